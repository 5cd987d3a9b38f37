//! StatefulSets: their rows, and how they change.

use super::{Change, PodId, PodNumber, Revision, StatefulSetId, TemplateId, WorkloadChange, World};
use crate::model::{ManifestText, Meta, StatefulSetSpec, UpdateStrategy};
use crate::sim::Time;
use std::collections::BTreeMap;

/// A StatefulSet's status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatefulSetStatus {
    /// `replicas`: pods that exist.
    pub replicas: i32,
    /// `readyReplicas`.
    pub ready: i32,
    /// `availableReplicas`.
    pub available: i32,
    /// `currentReplicas`.
    pub current: i32,
    /// `updatedReplicas`.
    pub updated: i32,
    /// `currentRevision`.
    pub current_revision: Option<Revision>,
    /// `updateRevision`.
    pub update_revision: Option<Revision>,
    /// `observedGeneration`.
    pub observed_generation: u32,
}

/// A StatefulSet.
#[derive(Debug, Clone)]
pub struct StatefulSet {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// Its spec.
    pub spec: StatefulSetSpec,
    /// The hash of the present template.
    pub revision: Revision,
    /// ControllerRevisions that exist: hash and number.
    pub history: Vec<(Revision, i64)>,
    /// Templates that it ever had, interned, by hash.
    pub templates: BTreeMap<Revision, TemplateId>,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// `metadata.generation`, from 1.
    pub generation: u32,
    /// Its status.
    pub status: StatefulSetStatus,
    /// Whether all replicas have been available and, down to the partition, of the present template
    /// (`StatefulSetRolledOut`).
    pub rolled_out: bool,
    /// Foreground deletion was asked for.
    pub deleting: bool,
    /// Creation.
    pub created_at: Time,
    /// End of the object.
    pub deleted_at: Option<Time>,
    /// The pods that belong to it and exist, in order of creation.
    pub pods: BTreeMap<PodNumber, PodId>,
    /// Pods that it ever had, by ordinal.
    pub pods_by_ordinal: BTreeMap<i32, u32>,
}

impl StatefulSet {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// `kubectl rollout status`: all replicas available, and those from the partition on updated.
    fn is_complete(&self, status: &StatefulSetStatus) -> bool {
        let partition = match self.spec.update_strategy {
            UpdateStrategy::Partitioned { partition } => partition,
            UpdateStrategy::RollingUpdate { .. } | UpdateStrategy::OnDelete => 0,
        };
        status.observed_generation >= self.generation
            && status.update_revision == Some(self.revision)
            && status.replicas == self.spec.replicas
            && status.available == self.spec.replicas
            && status.updated >= self.spec.replicas.saturating_sub(partition)
    }

    pub(in crate::world) fn note_pod(
        &mut self,
        number: PodNumber,
        pod: PodId,
        ordinal: Option<i32>,
    ) {
        self.pods.insert(number, pod);
        if let Some(ordinal) = ordinal {
            *self.pods_by_ordinal.entry(ordinal).or_default() += 1;
        }
    }

    pub(in crate::world) fn forget_pod(&mut self, number: PodNumber) {
        self.pods.remove(&number);
    }
}

/// A StatefulSet to be put into the world, or a new spec of one.
#[derive(Debug, Clone)]
pub(crate) struct StatefulSetSeed {
    pub(crate) meta: Meta,
    pub(crate) spec: StatefulSetSpec,
    pub(crate) manifest: ManifestText,
    pub(crate) revision: Revision,
}

impl World {
    /// Creates a StatefulSet.
    pub(crate) fn create_statefulset(&mut self, seed: StatefulSetSeed) -> StatefulSetId {
        let id = StatefulSetId::at(self.statefulsets.len());
        let key = (seed.meta.namespace.clone(), seed.meta.name.clone());
        let before = self.statefulset_names.insert(key, id);
        assert!(
            before.is_none(),
            "StatefulSet {} is created twice",
            seed.meta.name
        );
        let template = self.templates.intern(&seed.spec.template);
        self.statefulsets.push(StatefulSet {
            meta: seed.meta,
            spec: seed.spec,
            revision: seed.revision,
            history: Vec::new(),
            templates: BTreeMap::from([(seed.revision, template)]),
            manifest: seed.manifest,
            generation: 1,
            status: StatefulSetStatus::default(),
            rolled_out: false,
            deleting: false,
            created_at: self.now,
            deleted_at: None,
            pods: BTreeMap::new(),
            pods_by_ordinal: BTreeMap::new(),
        });
        self.push(Change::StatefulSet(id, WorkloadChange::Created));
        id
    }

    /// Replaces a StatefulSet's spec and metadata; a change only if the spec differs.
    pub(crate) fn update_statefulset(&mut self, id: StatefulSetId, seed: StatefulSetSeed) {
        let template = self.templates.intern(&seed.spec.template);
        let statefulset = &mut self.statefulsets[id.index()];
        statefulset.meta = seed.meta;
        statefulset.manifest = seed.manifest;
        if statefulset.spec == seed.spec {
            return;
        }
        if statefulset.revision != seed.revision {
            statefulset.rolled_out = false;
        }
        statefulset.spec = seed.spec;
        statefulset.revision = seed.revision;
        statefulset.templates.insert(seed.revision, template);
        statefulset.generation += 1;
        self.push(Change::StatefulSet(id, WorkloadChange::Updated));
    }

    /// Writes a StatefulSet's status; says nothing where nothing changes.
    pub(crate) fn write_statefulset_status(
        &mut self,
        id: StatefulSetId,
        status: StatefulSetStatus,
    ) {
        let statefulset = &mut self.statefulsets[id.index()];
        if statefulset.status == status {
            return;
        }
        let rolled_out = !statefulset.rolled_out && statefulset.is_complete(&status);
        statefulset.status = status;
        statefulset.rolled_out |= rolled_out;
        self.push(Change::StatefulSet(id, WorkloadChange::Status));
        if rolled_out {
            self.push(Change::StatefulSet(id, WorkloadChange::RolledOut));
        }
    }

    /// Marks a StatefulSet for foreground deletion (CP-G2).
    pub(crate) fn mark_statefulset_deleting(&mut self, id: StatefulSetId) {
        if !std::mem::replace(&mut self.statefulsets[id.index()].deleting, true) {
            self.push(Change::StatefulSet(id, WorkloadChange::Deleting));
        }
    }

    /// Ends a StatefulSet's object; its pods stay until somebody deletes them.
    pub(crate) fn remove_statefulset(&mut self, id: StatefulSetId) {
        let now = self.now;
        let statefulset = &mut self.statefulsets[id.index()];
        let meta = &statefulset.meta;
        assert!(
            statefulset.exists(),
            "StatefulSet {} is deleted twice",
            meta.name
        );
        let key = (meta.namespace.clone(), meta.name.clone());
        statefulset.deleted_at = Some(now);
        self.statefulset_names.remove(&key);
        self.push(Change::StatefulSet(id, WorkloadChange::Deleted));
    }
}
