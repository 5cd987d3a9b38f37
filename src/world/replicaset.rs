//! ReplicaSets: their rows, and how they change.

use super::{
    Change, DeploymentId, PodId, PodNumber, ReplicaSetId, TemplateId, WorkloadChange, World,
};
use crate::model::{ManifestText, Meta, ReplicaSetSpec};
use crate::sim::Time;
use std::collections::BTreeMap;

/// A ReplicaSet's status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplicaSetStatus {
    /// `replicas`: active pods.
    pub replicas: i32,
    /// `readyReplicas`.
    pub ready: i32,
    /// `availableReplicas`.
    pub available: i32,
    /// `terminatingReplicas`.
    pub terminating: i32,
    /// Condition `ReplicaFailure`.
    pub is_failing: bool,
    /// `observedGeneration`.
    pub observed_generation: u32,
}

/// What the Deployment controller notes in annotations of a ReplicaSet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplicaSetNotes {
    /// `deployment.kubernetes.io/revision`: its place in the history, from 1.
    pub number: i64,
    /// `deployment.kubernetes.io/desired-replicas`: `replicas` of the Deployment when it was last scaled.
    pub desired: i32,
    /// `deployment.kubernetes.io/max-replicas`: the same with the surge.
    pub most: i32,
}

/// A ReplicaSet.
#[derive(Debug, Clone)]
pub struct ReplicaSet {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// The Deployment that it belongs to, and what that notes on it.
    pub owner: Option<(DeploymentId, ReplicaSetNotes)>,
    /// The Deployment's template that it was made of; `None` for one of its own.
    pub origin: Option<TemplateId>,
    /// Its spec; the template has the label `pod-template-hash` if a Deployment made it.
    pub spec: ReplicaSetSpec,
    /// Its template, interned.
    pub template: TemplateId,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// `metadata.generation`, from 1.
    pub generation: u32,
    /// Its status.
    pub status: ReplicaSetStatus,
    /// Foreground deletion was asked for.
    pub deleting: bool,
    /// Creation.
    pub created_at: Time,
    /// End of the object.
    pub deleted_at: Option<Time>,
    /// The pods that belong to it and exist, in order of creation.
    pub pods: BTreeMap<PodNumber, PodId>,
    /// Pods that it ever had.
    pub pods_created: u32,
}

impl ReplicaSet {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// The Deployment that it belongs to.
    pub fn deployment(&self) -> Option<DeploymentId> {
        self.owner.map(|(deployment, _)| deployment)
    }

    /// What its Deployment notes on it; nothing on one of its own.
    pub fn notes(&self) -> ReplicaSetNotes {
        self.owner
            .map_or_else(ReplicaSetNotes::default, |(_, notes)| notes)
    }

    pub(in crate::world) fn note_pod(&mut self, number: PodNumber, pod: PodId) {
        self.pods.insert(number, pod);
        self.pods_created += 1;
    }

    pub(in crate::world) fn forget_pod(&mut self, number: PodNumber) {
        self.pods.remove(&number);
    }
}

/// A ReplicaSet to be put into the world.
#[derive(Debug, Clone)]
pub(crate) struct ReplicaSetSeed {
    pub(crate) meta: Meta,
    pub(crate) owner: Option<(DeploymentId, ReplicaSetNotes)>,
    pub(crate) origin: Option<TemplateId>,
    pub(crate) spec: ReplicaSetSpec,
    pub(crate) manifest: ManifestText,
}

impl World {
    /// Creates a ReplicaSet.
    pub(crate) fn create_replicaset(&mut self, seed: ReplicaSetSeed) -> ReplicaSetId {
        let id = ReplicaSetId::at(self.replicasets.len());
        let key = (seed.meta.namespace.clone(), seed.meta.name.clone());
        let before = self.replicaset_names.insert(key, id);
        assert!(
            before.is_none(),
            "ReplicaSet {} is created twice",
            seed.meta.name
        );
        let template = self.templates.intern(&seed.spec.template);
        if let Some((deployment, _)) = seed.owner {
            self.deployments[deployment.index()].replicasets.insert(id);
        }
        self.replicasets.push(ReplicaSet {
            meta: seed.meta,
            owner: seed.owner,
            origin: seed.origin,
            spec: seed.spec,
            template,
            manifest: seed.manifest,
            generation: 1,
            status: ReplicaSetStatus::default(),
            deleting: false,
            created_at: self.now,
            deleted_at: None,
            pods: BTreeMap::new(),
            pods_created: 0,
        });
        self.push(Change::ReplicaSet(id, WorkloadChange::Created));
        id
    }

    /// Replaces a ReplicaSet's metadata, as a person does.
    pub(crate) fn relabel_replicaset(&mut self, id: ReplicaSetId, meta: Meta) {
        self.replicasets[id.index()].meta = meta;
    }

    /// Replaces a ReplicaSet's spec, and what its Deployment notes on it; says nothing where nothing changes.
    pub(crate) fn update_replicaset(
        &mut self,
        id: ReplicaSetId,
        spec: ReplicaSetSpec,
        notes: Option<ReplicaSetNotes>,
        manifest: ManifestText,
    ) {
        let template = self.templates.intern(&spec.template);
        let replicaset = &mut self.replicasets[id.index()];
        let before = replicaset.notes();
        if let (Some((_, kept)), Some(notes)) = (&mut replicaset.owner, notes) {
            *kept = notes;
        }
        let is_annotated = replicaset.notes() != before;
        replicaset.manifest = manifest;
        if replicaset.spec != spec {
            replicaset.spec = spec;
            replicaset.template = template;
            replicaset.generation += 1;
            self.push(Change::ReplicaSet(id, WorkloadChange::Updated));
        } else if is_annotated {
            self.push(Change::ReplicaSet(id, WorkloadChange::Annotated));
        }
    }

    /// Writes a ReplicaSet's status; says nothing where nothing changes.
    pub(crate) fn write_replicaset_status(&mut self, id: ReplicaSetId, status: ReplicaSetStatus) {
        let replicaset = &mut self.replicasets[id.index()];
        if replicaset.status != status {
            replicaset.status = status;
            self.push(Change::ReplicaSet(id, WorkloadChange::Status));
        }
    }

    /// Marks a ReplicaSet for foreground deletion (CP-G2).
    pub(crate) fn mark_replicaset_deleting(&mut self, id: ReplicaSetId) {
        if !std::mem::replace(&mut self.replicasets[id.index()].deleting, true) {
            self.push(Change::ReplicaSet(id, WorkloadChange::Deleting));
        }
    }

    /// Ends a ReplicaSet's object; its pods stay until somebody deletes them.
    pub(crate) fn remove_replicaset(&mut self, id: ReplicaSetId) {
        let now = self.now;
        let replicaset = &mut self.replicasets[id.index()];
        let meta = &replicaset.meta;
        assert!(
            replicaset.exists(),
            "ReplicaSet {} is deleted twice",
            meta.name
        );
        let key = (meta.namespace.clone(), meta.name.clone());
        replicaset.deleted_at = Some(now);
        if let Some((deployment, _)) = replicaset.owner {
            self.deployments[deployment.index()].replicasets.remove(&id);
        }
        self.replicaset_names.remove(&key);
        self.push(Change::ReplicaSet(id, WorkloadChange::Deleted));
    }

    /// Takes a ReplicaSet's owner reference off (CP-G3).
    pub(crate) fn orphan_replicaset(&mut self, id: ReplicaSetId) {
        if let Some((deployment, _)) = self.replicasets[id.index()].owner.take() {
            self.deployments[deployment.index()].replicasets.remove(&id);
        }
    }
}
