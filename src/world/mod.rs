//! What is true now: pods, nodes and workloads, their indexes, and the only code that changes them.
//!
//! The three vocabularies of a run live here too, one for each tense: an [`Event`] will happen, a
//! [`Call`] is asked of the API, a [`Change`] has happened. Rows have public fields, but the world hands
//! out shared references only; what may change is a mutator of [`World`], which keeps the indexes right
//! and pushes one [`Change`] for each thing that happened. The module knows no policy, no delays and no
//! randomness.

mod budget;
mod call;
mod change;
mod cronjob;
mod daemonset;
mod deployment;
mod drain;
mod event;
mod ids;
mod job;
mod node;
mod pod;
mod pod_changes;
mod policy;
mod pool;
mod queries;
mod replicaset;
mod statefulset;
mod templates;

pub use budget::{BudgetStatus, DisruptionBudget};
pub use call::{
    Call, CronDecision, CronOutcome, NewJob, NewPod, NewReplicaSet, NodeChange, Outcome, OwnerRef,
    PodUpdate, ReplicaSetUpdate, StatusDraft,
};
pub use change::{Change, ContainerIndex, Fact, Scaling, WorkloadChange};
pub use cronjob::{CronJob, CronJobStatus};
pub(crate) use daemonset::DaemonSetSeed;
pub use daemonset::{DaemonSet, DaemonSetStatus, Revision};
pub(crate) use deployment::DeploymentSeed;
pub use deployment::{Deployment, DeploymentProgress, DeploymentStatus, ProgressReason};
pub use drain::Drain;
pub use event::{
    AutoscalerEvent, ChanceEvent, ControllerKind, DrainEvent, Event, KubeletEvent, SchedulerEvent,
};
pub use ids::{
    BudgetId, CallId, CronJobId, DaemonSetId, DeploymentId, DrainId, JobId, NodeId, Owner, PodId,
    PodNumber, ReplicaSetId, StatefulSetId, TemplateId,
};
pub(crate) use job::JobSeed;
pub use job::{Job, JobCondition, JobConditionKind, JobStatus, Uncounted};
pub use node::{DownBy, Node, Readiness};
pub use pod::{ContainerState, ContainerStatus, Deletion, DisruptionReason, Phase, Pod, PodReason};
pub(crate) use pod_changes::PodAdmission;
pub use policy::Policies;
pub use pool::NodePool;
pub(crate) use replicaset::ReplicaSetSeed;
pub use replicaset::{ReplicaSet, ReplicaSetNotes, ReplicaSetStatus};
pub(crate) use statefulset::StatefulSetSeed;
pub use statefulset::{StatefulSet, StatefulSetStatus};
pub use templates::Templates;

use crate::model::Name;
use crate::sim::Time;
use slotmap::SlotMap;
use std::collections::{BTreeMap, VecDeque};

/// The state of a run: the API server's objects.
#[derive(Debug, Default)]
pub struct World {
    now: Time,
    start_unix_nanos: i64,
    pods: SlotMap<PodId, Pod>,
    pod_names: BTreeMap<(Name, Name), PodId>,
    pods_created: u64,
    pools: Vec<NodePool>,
    nodes: Vec<Node>,
    node_names: BTreeMap<Name, NodeId>,
    node_changes: u64,
    jobs: Vec<Job>,
    job_names: BTreeMap<(Name, Name), JobId>,
    cronjobs: Vec<CronJob>,
    cronjob_names: BTreeMap<(Name, Name), CronJobId>,
    daemonsets: Vec<DaemonSet>,
    daemonset_names: BTreeMap<(Name, Name), DaemonSetId>,
    deployments: Vec<Deployment>,
    deployment_names: BTreeMap<(Name, Name), DeploymentId>,
    replicasets: Vec<ReplicaSet>,
    replicaset_names: BTreeMap<(Name, Name), ReplicaSetId>,
    statefulsets: Vec<StatefulSet>,
    statefulset_names: BTreeMap<(Name, Name), StatefulSetId>,
    budgets: Vec<DisruptionBudget>,
    budget_names: BTreeMap<(Name, Name), BudgetId>,
    drains: Vec<Drain>,
    templates: Templates,
    policies: Policies,
    /// Pods whose object is gone; their rows are readable until [`World::forget_deleted`].
    deleted_pods: Vec<PodId>,
    changes: VecDeque<Change>,
}

impl World {
    /// An empty cluster whose wall clock at t = 0 is `start_unix_nanos`.
    pub fn new(start_unix_nanos: i64) -> Self {
        Self {
            start_unix_nanos,
            ..Self::default()
        }
    }

    /// The present moment; the loop sets it.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the clock; never backwards.
    pub fn advance(&mut self, now: Time) {
        assert!(
            now >= self.now,
            "the clock went back from {:?} to {now:?}",
            self.now
        );
        self.now = now;
    }

    /// The wall clock at `time`, in nanoseconds since the Unix epoch.
    pub fn unix_nanos(&self, time: Time) -> i64 {
        self.start_unix_nanos.saturating_add(time.as_nanos())
    }

    /// The moment of the run at which the wall clock shows `unix_nanos`.
    pub fn time_of_unix_nanos(&self, unix_nanos: i64) -> Time {
        Time::from_nanos(unix_nanos.saturating_sub(self.start_unix_nanos))
    }

    /// `time` as the API stores it: cut to a whole second of the wall clock (JOB-9).
    pub fn api_time(&self, time: Time) -> Time {
        let nanos = self.unix_nanos(time);
        self.time_of_unix_nanos(nanos - nanos.rem_euclid(1_000_000_000))
    }

    /// The oldest change that nobody has taken yet.
    pub fn pop_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// Frees the rows of pods whose deletion everybody has seen.
    pub fn forget_deleted(&mut self) {
        for pod in self.deleted_pods.drain(..) {
            self.pods.remove(pod);
        }
    }

    /// The autoscaler did something.
    pub(crate) fn note_scaling(&mut self, scaling: Scaling) {
        self.push(Change::Scaling(scaling));
    }

    /// An action was carried out or refused.
    pub(crate) fn note_action(&mut self, text: Name, refusal: Option<Name>) {
        self.push(Change::Action { text, refusal });
    }

    /// A drawn failure comes to a node.
    pub(crate) fn note_failure(&mut self, node: NodeId, failure: u8, detail: Name) {
        self.push(Change::NodeFailure {
            node,
            failure,
            detail,
        });
    }

    /// An outage begins or ends.
    pub(crate) fn note_outage(&mut self, outage: u16, begins: bool, detail: Name) {
        self.push(Change::Outage {
            outage,
            begins,
            detail,
        });
    }

    fn push(&mut self, change: Change) {
        self.changes.push_back(change);
    }
}
