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

impl Object {
    /// Its metadata; a node has none of this form.
    pub fn meta(&self) -> Option<&Meta> {
        match self {
            Self::Pod(manifest) => Some(&manifest.meta),
            Self::Job(manifest) => Some(&manifest.meta),
            Self::CronJob(manifest) => Some(&manifest.meta),
            Self::DaemonSet(manifest) => Some(&manifest.meta),
            Self::Deployment(manifest) => Some(&manifest.meta),
            Self::ReplicaSet(manifest) => Some(&manifest.meta),
            Self::StatefulSet(manifest) => Some(&manifest.meta),
            Self::PriorityClass(manifest) => Some(&manifest.meta),
            Self::Service(manifest) => Some(&manifest.meta),
            Self::ResourceQuota(manifest) => Some(&manifest.meta),
            Self::LimitRange(manifest) => Some(&manifest.meta),
            Self::PodDisruptionBudget(manifest) => Some(&manifest.meta),
            Self::Node(_) => None,
        }
    }

    /// The same, to name it.
    pub fn meta_mut(&mut self) -> Option<&mut Meta> {
        match self {
            Self::Pod(manifest) => Some(&mut manifest.meta),
            Self::Job(manifest) => Some(&mut manifest.meta),
            Self::CronJob(manifest) => Some(&mut manifest.meta),
            Self::DaemonSet(manifest) => Some(&mut manifest.meta),
            Self::Deployment(manifest) => Some(&mut manifest.meta),
            Self::ReplicaSet(manifest) => Some(&mut manifest.meta),
            Self::StatefulSet(manifest) => Some(&mut manifest.meta),
            Self::PriorityClass(manifest) => Some(&mut manifest.meta),
            Self::Service(manifest) => Some(&mut manifest.meta),
            Self::ResourceQuota(manifest) => Some(&mut manifest.meta),
            Self::LimitRange(manifest) => Some(&mut manifest.meta),
            Self::PodDisruptionBudget(manifest) => Some(&mut manifest.meta),
            Self::Node(_) => None,
        }
    }

    /// The template of its pods, and its text: to fill both in.
    pub fn template_mut(&mut self) -> Option<(&mut Arc<PodTemplate>, &mut ManifestText)> {
        match self {
            Self::Pod(pod) => Some((&mut pod.spec, &mut pod.text)),
            Self::Job(job) => Some((&mut job.spec.template, &mut job.text)),
            Self::CronJob(cronjob) => Some((&mut cronjob.spec.job.template, &mut cronjob.text)),
            Self::DaemonSet(set) => Some((&mut set.spec.template, &mut set.text)),
            Self::Deployment(deployment) => {
                Some((&mut deployment.spec.template, &mut deployment.text))
            }
            Self::ReplicaSet(set) => Some((&mut set.spec.template, &mut set.text)),
            Self::StatefulSet(set) => Some((&mut set.spec.template, &mut set.text)),
            Self::PriorityClass(_)
            | Self::Service(_)
            | Self::ResourceQuota(_)
            | Self::LimitRange(_)
            | Self::PodDisruptionBudget(_)
            | Self::Node(_) => None,
        }
    }

    /// Kubernetes' word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Pod(_) => "Pod",
            Self::Job(_) => "Job",
            Self::CronJob(_) => "CronJob",
            Self::DaemonSet(_) => "DaemonSet",
            Self::Deployment(_) => "Deployment",
            Self::ReplicaSet(_) => "ReplicaSet",
            Self::StatefulSet(_) => "StatefulSet",
            Self::PriorityClass(_) => "PriorityClass",
            Self::Service(_) => "Service",
            Self::ResourceQuota(_) => "ResourceQuota",
            Self::LimitRange(_) => "LimitRange",
            Self::PodDisruptionBudget(_) => "PodDisruptionBudget",
            Self::Node(_) => "Node",
        }
    }
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
