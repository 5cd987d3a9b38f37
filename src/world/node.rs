//! Nodes: their rows, and how they change.

use super::{Change, NodeChange, NodeId, PodId, PodNumber, World};
use crate::model::{Labels, Name, NodeSpec, Resources, Taint};
use crate::sim::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Condition Ready of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Readiness {
    /// The kubelet says so.
    Ready,
    /// The kubelet has not said so yet.
    NotReady,
    /// The kubelet is silent (NL-2).
    Unknown,
}

/// Why a machine is out of contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DownBy {
    /// A person's action.
    Hand,
    /// The drawn failure at this place in its pool's list.
    Failure(u8),
    /// The outage at this place in the model's list.
    Outage(u16),
}

/// A node.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a condition of its own"
)]
pub struct Node {
    /// Its name.
    pub name: Name,
    /// Its pool; `None` for a node with a manifest of its own.
    pub pool: Option<Name>,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// What pods can have of it.
    pub allocatable: Resources,
    /// Condition Ready.
    pub readiness: Readiness,
    /// What keeps it out of contact; empty while it is in contact.
    pub down: BTreeSet<DownBy>,
    /// The kubelet is out of contact: nothing it does reaches the API.
    pub silent: bool,
    /// Since when, if it is.
    pub silent_since: Option<Time>,
    /// Since when it is in contact, or was before it fell silent; `None`: since before the run.
    pub contact_since: Option<Time>,
    /// The machine is off: its containers are dead.
    pub powered_off: bool,
    /// When the object was created.
    pub added_at: Time,
    /// The first time Ready.
    pub ready_at: Option<Time>,
    /// When the object was deleted.
    pub removed_at: Option<Time>,
    /// From creation to Ready.
    pub ready_after: crate::sim::Span,
    /// The autoscaler leaves it alone.
    pub scale_down_disabled: bool,
    /// The manifest, for `objects.jsonl`.
    pub manifest: Name,
    /// The bound pods whose objects exist, terminal ones included, in order of creation.
    pub pods: BTreeMap<PodNumber, PodId>,
    /// The number of those that are not terminal.
    pub live_pods: u32,
    /// What those request.
    pub requested: Resources,
    /// The number of pods that were ever bound to it.
    pub pods_run: u32,
}

impl Node {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.removed_at.is_none()
    }

    pub(in crate::world) fn take(&mut self, number: PodNumber, pod: PodId, requests: &Resources) {
        self.pods.insert(number, pod);
        self.requested.add(requests);
        self.live_pods += 1;
        self.pods_run += 1;
    }

    pub(in crate::world) fn release(&mut self, number: PodNumber, requests: &Resources) {
        debug_assert!(
            self.pods.contains_key(&number),
            "only a bound pod gives room back"
        );
        self.requested.subtract(requests);
        self.live_pods -= 1;
    }

    pub(in crate::world) fn forget(&mut self, number: PodNumber) {
        self.pods.remove(&number);
    }
}

impl World {
    /// Creates a node.
    pub(crate) fn add_node(&mut self, spec: NodeSpec, pool: Option<Name>, ready: bool) -> NodeId {
        let id = NodeId::at(self.nodes.len());
        self.node_changes += 1;
        self.node_names.insert(spec.name.clone(), id);
        self.nodes.push(Node {
            name: spec.name,
            pool,
            labels: spec.labels,
            taints: spec.taints,
            unschedulable: spec.unschedulable,
            allocatable: spec.allocatable,
            readiness: Readiness::NotReady,
            down: BTreeSet::new(),
            silent: false,
            silent_since: None,
            contact_since: (!ready).then_some(self.now),
            powered_off: false,
            added_at: self.now,
            ready_at: None,
            removed_at: None,
            ready_after: spec.ready_after,
            scale_down_disabled: spec.scale_down_disabled,
            manifest: spec.manifest,
            pods: BTreeMap::new(),
            live_pods: 0,
            requested: Resources::default(),
            pods_run: 0,
        });
        self.push(Change::NodeAdded(id));
        if ready {
            self.change_node(id, NodeChange::Readiness(Readiness::Ready));
        }
        id
    }

    /// Changes a node's object; says nothing where nothing changes.
    pub(crate) fn change_node(&mut self, id: NodeId, change: NodeChange) {
        let now = self.now;
        self.node_changes += 1;
        let node = &mut self.nodes[id.index()];
        match change {
            NodeChange::Readiness(readiness) => {
                let before = std::mem::replace(&mut node.readiness, readiness);
                if readiness == Readiness::Ready {
                    node.ready_at.get_or_insert(now);
                    if before != readiness {
                        self.push(Change::NodeReady(id));
                    }
                } else if before != readiness {
                    // From False to Unknown, too: other taints follow (NL-20).
                    self.push(Change::NodeNotReady(id));
                }
            }
            NodeChange::AddTaint(taint) => {
                if node.taints.contains(&taint) {
                    return;
                }
                node.taints
                    .retain(|t| t.key != taint.key || t.effect != taint.effect);
                let text = taint_text(&taint);
                node.taints.push(taint);
                self.push(Change::NodeTainted {
                    node: id,
                    taint: text,
                });
            }
            NodeChange::RemoveTaint(taint) => {
                let before = node.taints.len();
                node.taints
                    .retain(|t| t.key != taint.key || t.effect != taint.effect);
                if node.taints.len() < before {
                    self.push(Change::NodeUntainted {
                        node: id,
                        taint: taint_text(&taint),
                    });
                }
            }
            NodeChange::Unschedulable(unschedulable) => {
                if std::mem::replace(&mut node.unschedulable, unschedulable) != unschedulable {
                    self.push(if unschedulable {
                        Change::NodeCordoned(id)
                    } else {
                        Change::NodeUncordoned(id)
                    });
                }
            }
            NodeChange::Labels(labels) => {
                if node.labels != labels {
                    node.labels = labels;
                    self.push(Change::NodeLabeled(id));
                }
            }
        }
    }

    /// Puts a node out of contact, or back when nothing else keeps it there; a person brings it back whatever keeps
    /// it. A machine that is off stays off until it is back.
    pub(crate) fn set_node_silent(
        &mut self,
        id: NodeId,
        by: DownBy,
        silent: bool,
        powered_off: bool,
    ) {
        let now = self.now;
        let node = &mut self.nodes[id.index()];
        if silent {
            node.down.insert(by);
        } else if by == DownBy::Hand {
            node.down.clear();
        } else {
            node.down.remove(&by);
        }
        let silent = !node.down.is_empty();
        let was = (node.silent, node.powered_off);
        node.silent = silent;
        node.powered_off = silent && (powered_off || node.powered_off);
        if was == (node.silent, node.powered_off) {
            return;
        }
        if silent {
            node.silent_since.get_or_insert(now);
            self.push(Change::NodeCrashed(id));
        } else {
            node.silent_since = None;
            node.contact_since = Some(now);
            self.push(Change::NodeRecovered(id));
        }
    }

    /// Deletes a node's object; its pods stay (NL-65).
    pub(crate) fn remove_node(&mut self, id: NodeId) {
        self.node_changes += 1;
        let node = &mut self.nodes[id.index()];
        assert!(node.exists(), "node {} is removed twice", node.name);
        node.removed_at = Some(self.now);
        self.node_names.remove(&node.name);
        self.push(Change::NodeRemoved(id));
    }
}

fn taint_text(taint: &Taint) -> Name {
    let equals = if taint.value.is_empty() { "" } else { "=" };
    format!(
        "{}{equals}{}:{}",
        taint.key,
        taint.value,
        taint.effect.name()
    )
    .into()
}
