//! DaemonSets: their rows, and how they change.

use super::{Change, DaemonSetId, NodeId, OwnerRef, PodId, PodNumber, TemplateId, World};
use crate::model::{DaemonSetSpec, ManifestText, Meta, PodTemplate};
use crate::sim::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The hash of a template: `controller-revision-hash` (DS-80), and `pod-template-hash` (WL-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u32);

/// A DaemonSet's status (DS-90 to DS-97).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaemonSetStatus {
    /// `desiredNumberScheduled`.
    pub desired: i32,
    /// `currentNumberScheduled`.
    pub current: i32,
    /// `numberReady`.
    pub ready: i32,
    /// `updatedNumberScheduled`.
    pub updated: i32,
    /// `numberAvailable`.
    pub available: i32,
    /// `numberUnavailable`.
    pub unavailable: i32,
    /// `numberMisscheduled`.
    pub misscheduled: i32,
    /// `observedGeneration`.
    pub observed_generation: u32,
}

/// A DaemonSet.
#[derive(Debug, Clone)]
pub struct DaemonSet {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// Its spec.
    pub spec: DaemonSetSpec,
    /// The template with the tolerations of DS-20, interned: what its pods are made of.
    pub template: TemplateId,
    /// The hash of the template as the user wrote it.
    pub revision: Revision,
    /// ControllerRevisions that exist: hash, number and template.
    pub history: Vec<(Revision, i64)>,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// `metadata.generation`, from 1.
    pub generation: u32,
    /// Its status.
    pub status: DaemonSetStatus,
    /// Whether every eligible node has had an available pod of the present template (`DaemonSetRolledOut`).
    pub rolled_out: bool,
    /// Foreground deletion was asked for.
    pub deleting: bool,
    /// Creation.
    pub created_at: Time,
    /// End of the object.
    pub deleted_at: Option<Time>,
    /// The pods that belong to it and exist, in order of creation.
    pub pods: BTreeMap<PodNumber, PodId>,
    /// Pods that it ever had, by node.
    pub pods_by_node: BTreeMap<NodeId, u32>,
}

impl DaemonSet {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }

    pub(in crate::world) fn note_pod(
        &mut self,
        number: PodNumber,
        pod: PodId,
        target: Option<NodeId>,
    ) {
        self.pods.insert(number, pod);
        if let Some(node) = target {
            *self.pods_by_node.entry(node).or_default() += 1;
        }
    }

    pub(in crate::world) fn forget_pod(&mut self, number: PodNumber) {
        self.pods.remove(&number);
    }
}

/// A DaemonSet to be put into the world, or a new spec of one.
#[derive(Debug, Clone)]
pub(crate) struct DaemonSetSeed {
    pub(crate) meta: Meta,
    pub(crate) spec: DaemonSetSpec,
    pub(crate) manifest: ManifestText,
    /// The template with the tolerations of DS-20.
    pub(crate) pod_template: Arc<PodTemplate>,
    pub(crate) revision: Revision,
}

impl World {
    /// Creates a DaemonSet.
    pub(crate) fn create_daemonset(&mut self, seed: DaemonSetSeed) -> DaemonSetId {
        let id = DaemonSetId::at(self.daemonsets.len());
        let key = (seed.meta.namespace.clone(), seed.meta.name.clone());
        let before = self.daemonset_names.insert(key, id);
        assert!(
            before.is_none(),
            "DaemonSet {} is created twice",
            seed.meta.name
        );
        let template = self.templates.intern(&seed.pod_template);
        self.daemonsets.push(DaemonSet {
            meta: seed.meta,
            spec: seed.spec,
            template,
            revision: seed.revision,
            history: Vec::new(),
            manifest: seed.manifest,
            generation: 1,
            status: DaemonSetStatus::default(),
            rolled_out: false,
            deleting: false,
            created_at: self.now,
            deleted_at: None,
            pods: BTreeMap::new(),
            pods_by_node: BTreeMap::new(),
        });
        self.push(Change::DaemonSetCreated(id));
        id
    }

    /// Replaces a DaemonSet's spec and metadata; a change only if the spec differs.
    pub(crate) fn update_daemonset(&mut self, id: DaemonSetId, seed: DaemonSetSeed) {
        let template = self.templates.intern(&seed.pod_template);
        let daemonset = &mut self.daemonsets[id.index()];
        daemonset.meta = seed.meta;
        daemonset.manifest = seed.manifest;
        if daemonset.spec == seed.spec {
            return;
        }
        if daemonset.revision != seed.revision {
            daemonset.rolled_out = false;
        }
        daemonset.spec = seed.spec;
        daemonset.template = template;
        daemonset.revision = seed.revision;
        daemonset.generation += 1;
        self.push(Change::DaemonSetUpdated(id));
    }

    /// Writes a DaemonSet's status; says nothing where nothing changes.
    pub(crate) fn write_daemonset_status(&mut self, id: DaemonSetId, status: DaemonSetStatus) {
        let daemonset = &mut self.daemonsets[id.index()];
        if daemonset.status == status {
            return;
        }
        daemonset.status = status;
        let status = &daemonset.status;
        let rolled_out = !daemonset.rolled_out
            && status.observed_generation == daemonset.generation
            && status.updated >= status.desired
            && status.available >= status.desired;
        daemonset.rolled_out |= rolled_out;
        self.push(Change::DaemonSetStatus(id));
        if rolled_out {
            self.push(Change::DaemonSetRolledOut(id));
        }
    }

    /// The ControllerRevisions of a DaemonSet or StatefulSet.
    fn history_mut(&mut self, owner: OwnerRef) -> &mut Vec<(Revision, i64)> {
        match owner {
            OwnerRef::DaemonSet(id) => &mut self.daemonsets[id.index()].history,
            OwnerRef::StatefulSet(id) => &mut self.statefulsets[id.index()].history,
            OwnerRef::Job(_)
            | OwnerRef::CronJob(_)
            | OwnerRef::Deployment(_)
            | OwnerRef::ReplicaSet(_) => unreachable!("{owner:?} has no ControllerRevisions"),
        }
    }

    /// Writes a ControllerRevision: a new one, or a new number for an old one (DS-80).
    pub(crate) fn write_revision(&mut self, owner: OwnerRef, revision: Revision, number: i64) {
        let history = self.history_mut(owner);
        match history.iter_mut().find(|(known, _)| *known == revision) {
            Some(entry) => entry.1 = number,
            None => history.push((revision, number)),
        }
    }

    /// Deletes a ControllerRevision (DS-81).
    pub(crate) fn remove_revision(&mut self, owner: OwnerRef, revision: Revision) {
        let history = self.history_mut(owner);
        history.retain(|(known, _)| *known != revision);
    }

    /// Marks a DaemonSet for foreground deletion (CP-G2).
    pub(crate) fn mark_daemonset_deleting(&mut self, id: DaemonSetId) {
        if !std::mem::replace(&mut self.daemonsets[id.index()].deleting, true) {
            self.push(Change::DaemonSetDeleting(id));
        }
    }

    /// Ends a DaemonSet's object; its pods stay until somebody deletes them.
    pub(crate) fn remove_daemonset(&mut self, id: DaemonSetId) {
        let now = self.now;
        let daemonset = &mut self.daemonsets[id.index()];
        assert!(
            daemonset.exists(),
            "DaemonSet {} is deleted twice",
            daemonset.meta.name
        );
        daemonset.deleted_at = Some(now);
        let key = (
            daemonset.meta.namespace.clone(),
            daemonset.meta.name.clone(),
        );
        self.daemonset_names.remove(&key);
        self.push(Change::DaemonSetDeleted(id));
    }
}
