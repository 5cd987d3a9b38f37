//! Kubernetes objects as the user applied them, decoded.

use super::{
    CronJobSpec, DaemonSetSpec, DeploymentSpec, DisruptionBudgetSpec, JobSpec, Labels,
    LimitRangeSpec, Name, NodeSpec, PodTemplate, PriorityClassSpec, QuotaSpec, ReplicaSetSpec,
    ServiceSpec, StatefulSetSpec,
};
use std::sync::Arc;

/// A manifest as JSON text, unmodeled fields included: what `kubectl patch` edits.
pub type ManifestText = Arc<str>;

/// `metadata`, as far as it has an effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meta {
    /// `namespace`, `default` filled in; empty for objects without one.
    pub namespace: Name,
    /// `name`.
    pub name: Name,
    /// `labels`.
    pub labels: Labels,
    /// `annotations`.
    pub annotations: Labels,
}

/// An object: its metadata, its decoded spec and its text.
#[derive(Debug, Clone)]
pub struct Manifest<S> {
    /// `metadata`.
    pub meta: Meta,
    /// The decoded `spec`.
    pub spec: S,
    /// The whole object as JSON text.
    pub text: ManifestText,
}

/// An object that has an effect here.
#[derive(Debug, Clone)]
pub enum Object {
    /// v1 Pod without an owner; its labels and annotations stand in the template.
    Pod(Manifest<Arc<PodTemplate>>),
    /// batch/v1 Job.
    Job(Manifest<JobSpec>),
    /// batch/v1 CronJob.
    CronJob(Manifest<CronJobSpec>),
    /// apps/v1 DaemonSet.
    DaemonSet(Manifest<DaemonSetSpec>),
    /// apps/v1 Deployment.
    Deployment(Manifest<DeploymentSpec>),
    /// apps/v1 ReplicaSet of its own.
    ReplicaSet(Manifest<ReplicaSetSpec>),
    /// apps/v1 StatefulSet.
    StatefulSet(Manifest<StatefulSetSpec>),
    /// scheduling.k8s.io/v1 PriorityClass.
    PriorityClass(Manifest<PriorityClassSpec>),
    /// v1 Service: default spreading (SCH-57a).
    Service(Manifest<ServiceSpec>),
    /// v1 ResourceQuota.
    ResourceQuota(Manifest<QuotaSpec>),
    /// v1 LimitRange.
    LimitRange(Manifest<LimitRangeSpec>),
    /// policy/v1 PodDisruptionBudget.
    PodDisruptionBudget(Manifest<DisruptionBudgetSpec>),
    /// v1 Node.
    Node(NodeSpec),
}
