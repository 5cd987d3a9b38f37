//! What the user asked for: checked, immutable plain data.
//!
//! `scenario/` and `k8s/` make a [`Model`] out of text; everything behind it reads the model and never
//! changes it. Every value here has passed validation, so no code behind this module asks again. The
//! module knows nothing of serde, of Kubernetes' API types, or of the state of a run.

mod action;
mod autoscaler;
mod behavior;
mod control_plane;
mod failure;
mod labels;
mod manifest;
mod node;
mod pod;
mod resources;
mod scheduling;
mod workload;

pub use action::{
    Action, Cascade, Command, DrainOptions, Edit, EditContext, EditFn, LabelChange, NodeSource,
    ResourceKind, Selection, TaintChange, Target,
};
pub use autoscaler::{Autoscale, AutoscalerFlags, Expander};
pub use behavior::{
    AnnotatedBehavior, Attempt, AttemptBy, Behavior, BehaviorMatch, BehaviorRule, Failure,
    FailureLaw, NodeFactor, RunTime, Subject, glob_matches,
};
pub use control_plane::{
    ClientRate, ControlPlane, ControllerFlags, KubeletFlags, KubeletProfile, Latency, Profile,
    SchedulerFlags,
};
pub use failure::{FailureHow, NodeFailure, Outage, OutageTime, labels_match};
pub use labels::{LabelSelector, Labels, Operator, Requirement};
pub use manifest::{Manifest, ManifestText, Meta, Object};
pub use node::{NodeSpec, Pool, Taint, TaintEffect};
pub use pod::{
    Container, ContainerKind, ContainerPort, ImagePullPolicy, PodSpec, PodTemplate,
    PreemptionPolicy, RestartPolicy, RestartRule,
};
pub use resources::{ResourceName, Resources};
pub use scheduling::{
    Affinity, NodeSelectorTerm, NodeTerm, PodAffinityTerm, SpreadConstraint, Toleration,
    TolerationOperator, Weighted, WhenUnsatisfiable,
};
pub use workload::{
    CompletionMode, ConcurrencyPolicy, CountOrPercent, CronJobSpec, DaemonSetSpec, DeploymentSpec,
    DeploymentStrategy, DisruptionBudgetSpec, ExitCodeOperator, FailureAction, FailureMatch,
    FailureRule, JobSpec, LimitRangeSpec, PodManagementPolicy, PodReplacementPolicy,
    PriorityClassSpec, QuotaSpec, ReplicaSetSpec, ServiceSpec, StatefulSetSpec, SuccessRule,
    UnhealthyPodEviction, UpdateStrategy,
};

use crate::sim::Span;

/// A name, a label or another short text that many objects share.
pub type Name = std::sync::Arc<str>;

/// One scenario, checked and complete: what a run plays.
#[derive(Debug, Clone)]
pub struct Model {
    /// `metadata.name`: also the name of the folder under `results/`.
    pub name: Name,
    /// `metadata.description`, one line, may be empty.
    pub description: Name,
    /// The wall clock at t = 0, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: i64,
    /// The horizon: nothing at or after it happens. `None`: until nothing changes any more.
    pub duration: Option<Span>,
    /// `spec.seed`; the command line may override it.
    pub seed: u64,
    /// Figures of the summary leave out what was created before this (`spec.warmUp`).
    pub warm_up: Span,
    /// Delays, rates and flags of the control plane.
    pub control_plane: ControlPlane,
    /// The pools, in the order of the scenario; their nodes exist and are Ready at t = 0.
    pub pools: Vec<Pool>,
    /// What makes many nodes fail together.
    pub outages: Vec<Outage>,
    /// Nodes that `cluster.manifests` names, after those of the pools; Ready at t = 0.
    pub nodes: Vec<NodeSpec>,
    /// The objects applied at t = 0, in this order.
    pub objects: Vec<Object>,
    /// What containers do; the first rule that matches a container wins.
    pub behaviors: Vec<BehaviorRule>,
    /// What happens to the cluster, sorted by time (stable).
    pub actions: Vec<Action>,
    /// How `kubectl` commands that change a spec are carried out at the moment they happen.
    pub edit: EditFn,
}
