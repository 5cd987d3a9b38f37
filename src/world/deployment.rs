//! Deployments: their rows, and how they change.

use super::{Change, DeploymentId, ReplicaSetId, Revision, TemplateId, WorkloadChange, World};
use crate::model::{DeploymentSpec, ManifestText, Meta};
use crate::sim::Time;
use std::collections::BTreeSet;

/// Reason of a Deployment's condition Progressing (WL-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the reasons are Kubernetes' own")]
pub enum ProgressReason {
    NewReplicaSetCreated,
    FoundNewReplicaSet,
    ReplicaSetUpdated,
    NewReplicaSetAvailable,
    ProgressDeadlineExceeded,
    DeploymentPaused,
    DeploymentResumed,
}

/// A Deployment's condition Progressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentProgress {
    /// Its reason, which tells its status as well.
    pub reason: ProgressReason,
    /// `lastUpdateTime`, cut to the second: the deadline runs from here.
    pub updated_at: Time,
}

/// A Deployment's status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// `replicas`: pods of all its ReplicaSets.
    pub replicas: i32,
    /// `updatedReplicas`.
    pub updated: i32,
    /// `readyReplicas`.
    pub ready: i32,
    /// `availableReplicas`.
    pub available: i32,
    /// `unavailableReplicas`.
    pub unavailable: i32,
    /// `terminatingReplicas`.
    pub terminating: i32,
    /// Condition Available; `None`: never set.
    pub is_available: Option<bool>,
    /// Condition Progressing.
    pub progress: Option<DeploymentProgress>,
    /// Condition `ReplicaFailure`: a ReplicaSet could not create or delete pods.
    pub is_failing: bool,
    /// `observedGeneration`.
    pub observed_generation: u32,
}

/// A Deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// Its spec.
    pub spec: DeploymentSpec,
    /// The template as the user wrote it, interned: a ReplicaSet of an equal one is the new one.
    pub template: TemplateId,
    /// The hash of the template (WL-11).
    pub revision: Revision,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// `metadata.generation`, from 1.
    pub generation: u32,
    /// Its status.
    pub status: DeploymentStatus,
    /// Whether all replicas have been available and of the present template (`DeploymentRolledOut`).
    pub rolled_out: bool,
    /// Foreground deletion was asked for.
    pub deleting: bool,
    /// Creation.
    pub created_at: Time,
    /// End of the object.
    pub deleted_at: Option<Time>,
    /// The ReplicaSets that belong to it and exist, in order of creation.
    pub replicasets: BTreeSet<ReplicaSetId>,
}

impl Deployment {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether a status says that the rollout is over (WL-6).
    pub fn is_complete(&self, status: &DeploymentStatus) -> bool {
        status.updated == self.spec.replicas
            && status.replicas == self.spec.replicas
            && status.available == self.spec.replicas
            && status.observed_generation >= self.generation
    }
}

/// A Deployment to be put into the world, or a new spec of one.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentSeed {
    pub(crate) meta: Meta,
    pub(crate) spec: DeploymentSpec,
    pub(crate) manifest: ManifestText,
    pub(crate) revision: Revision,
}

impl World {
    /// Creates a Deployment.
    pub(crate) fn create_deployment(&mut self, seed: DeploymentSeed) -> DeploymentId {
        let id = DeploymentId::at(self.deployments.len());
        let key = (seed.meta.namespace.clone(), seed.meta.name.clone());
        let before = self.deployment_names.insert(key, id);
        assert!(
            before.is_none(),
            "Deployment {} is created twice",
            seed.meta.name
        );
        let template = self.templates.intern(&seed.spec.template);
        self.deployments.push(Deployment {
            meta: seed.meta,
            spec: seed.spec,
            template,
            revision: seed.revision,
            manifest: seed.manifest,
            generation: 1,
            status: DeploymentStatus::default(),
            rolled_out: false,
            deleting: false,
            created_at: self.now,
            deleted_at: None,
            replicasets: BTreeSet::new(),
        });
        self.push(Change::Deployment(id, WorkloadChange::Created));
        id
    }

    /// Replaces a Deployment's spec and metadata; a change only if the spec differs.
    pub(crate) fn update_deployment(&mut self, id: DeploymentId, seed: DeploymentSeed) {
        let template = self.templates.intern(&seed.spec.template);
        let deployment = &mut self.deployments[id.index()];
        deployment.meta = seed.meta;
        deployment.manifest = seed.manifest;
        if deployment.spec == seed.spec {
            return;
        }
        if deployment.template != template {
            deployment.rolled_out = false;
        }
        deployment.spec = seed.spec;
        deployment.template = template;
        deployment.revision = seed.revision;
        deployment.generation += 1;
        self.push(Change::Deployment(id, WorkloadChange::Updated));
    }

    /// Writes a Deployment's status; says nothing where nothing changes.
    pub(crate) fn write_deployment_status(&mut self, id: DeploymentId, status: DeploymentStatus) {
        let deployment = &mut self.deployments[id.index()];
        if deployment.status == status {
            return;
        }
        let rolled_out = !deployment.rolled_out && deployment.is_complete(&status);
        deployment.status = status;
        deployment.rolled_out |= rolled_out;
        self.push(Change::Deployment(id, WorkloadChange::Status));
        if rolled_out {
            self.push(Change::Deployment(id, WorkloadChange::RolledOut));
        }
    }

    /// Marks a Deployment for foreground deletion (CP-G2).
    pub(crate) fn mark_deployment_deleting(&mut self, id: DeploymentId) {
        if !std::mem::replace(&mut self.deployments[id.index()].deleting, true) {
            self.push(Change::Deployment(id, WorkloadChange::Deleting));
        }
    }

    /// Ends a Deployment's object; its ReplicaSets stay until somebody deletes them.
    pub(crate) fn remove_deployment(&mut self, id: DeploymentId) {
        let now = self.now;
        let deployment = &mut self.deployments[id.index()];
        let meta = &deployment.meta;
        assert!(
            deployment.exists(),
            "Deployment {} is deleted twice",
            meta.name
        );
        let key = (meta.namespace.clone(), meta.name.clone());
        deployment.deleted_at = Some(now);
        self.deployment_names.remove(&key);
        self.push(Change::Deployment(id, WorkloadChange::Deleted));
    }
}
