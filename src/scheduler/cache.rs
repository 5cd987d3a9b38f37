//! What the scheduler knows of nodes and of the pods on them, assumed ones included (SCH-2).
//!
//! It may be a moment behind the API, and ahead of it where a binding is on its way. What every pod asks of every
//! node lies in one array of small rows ([`Room`]); the rest of a node lies beside it. Upstream: `backend/cache`.

use super::crowds::{CrowdId, Crowds, Kind};
use super::sampling::NodeOrder;
use crate::model::{Affinity, ContainerPort, Labels, Name, Resources, Taint};
use crate::sim::Lookup;
use crate::world::{Node, NodeId, Pod, PodId, PodNumber, TemplateId, Templates, World};
use slotmap::SecondaryMap;
use std::collections::BTreeMap;

/// What a node has, and what its pods take of it: the part that plain pods ask about, one cache line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) cpu_m: i64,
    pub(super) memory_bytes: i64,
    pub(super) pods: i64,
    pub(super) used_cpu_m: i64,
    pub(super) used_memory_bytes: i64,
    pub(super) used_pods: i64,
    /// Used, with defaults for containers that name nothing: for scores (SCH-C10).
    pub(super) scored_cpu_m: i64,
    pub(super) scored_memory_bytes: i64,
}

impl Room {
    pub(super) fn take(&mut self, requests: &Resources, scored: &Resources) {
        self.shift(requests, scored, 1);
    }

    pub(super) fn give_back(&mut self, requests: &Resources, scored: &Resources) {
        self.shift(requests, scored, -1);
    }

    fn shift(&mut self, requests: &Resources, scored: &Resources, sign: i64) {
        let shifted = |have: i64, by: i64| have.saturating_add(by.saturating_mul(sign));
        self.used_pods += sign;
        self.used_cpu_m = shifted(self.used_cpu_m, requests.cpu_m);
        self.used_memory_bytes = shifted(self.used_memory_bytes, requests.memory_bytes);
        self.scored_cpu_m = shifted(self.scored_cpu_m, scored.cpu_m);
        self.scored_memory_bytes = shifted(self.scored_memory_bytes, scored.memory_bytes);
    }
}

/// The rest of a node.
#[derive(Debug, Clone)]
pub(super) struct NodeInfo {
    pub(super) name: Name,
    pub(super) labels: Labels,
    pub(super) taints: Vec<Taint>,
    pub(super) unschedulable: bool,
    /// Whether the object exists; pods may be left on one that does not.
    pub(super) exists: bool,
    pub(super) allocatable: Resources,
    /// What its pods request, of every resource.
    pub(super) requested: Resources,
    /// Host ports that its pods hold.
    pub(super) ports: Vec<ContainerPort>,
    /// Its pods, assumed ones included, in order of creation.
    pub(super) pods: BTreeMap<PodNumber, PodId>,
}

impl NodeInfo {
    /// Adds what a pod of the template takes.
    pub(super) fn take(&mut self, templates: &Templates, template: TemplateId) {
        self.requested.add(templates.requests(template));
        let ports = &templates.get(template).spec.host_ports;
        self.ports.extend(ports.iter().cloned());
    }

    /// Takes away what a pod of the template took.
    pub(super) fn give_back(&mut self, templates: &Templates, template: TemplateId) {
        self.requested.subtract(templates.requests(template));
        for port in &templates.get(template).spec.host_ports {
            if let Some(at) = self.ports.iter().position(|held| held == port) {
                self.ports.swap_remove(at);
            }
        }
    }
}

/// A pod on a node, with what is asked about it when its object may be gone already.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) pod: PodId,
    pub(super) node: NodeId,
    pub(super) number: PodNumber,
    pub(super) template: TemplateId,
    pub(super) priority: i32,
    pub(super) namespace: Name,
    pub(super) labels: Labels,
    /// The binding is on its way.
    pub(super) assumed: bool,
    /// It is being deleted.
    pub(super) terminating: bool,
}

impl Held {
    pub(super) fn new(id: PodId, pod: &Pod, node: NodeId, assumed: bool) -> Self {
        Self {
            pod: id,
            node,
            number: pod.number,
            template: pod.template,
            priority: pod.priority,
            namespace: pod.namespace.clone(),
            labels: pod.labels.clone(),
            assumed,
            terminating: pod.deletion.is_some(),
        }
    }
}

/// What of a node decides beside its room, as it was before a change.
#[derive(Debug, Clone)]
pub(super) struct NodeBefore {
    pub(super) node: NodeId,
    pub(super) labels: Labels,
    pub(super) taints: Vec<Taint>,
    pub(super) unschedulable: bool,
}

/// The stamp of a node without pods, whenever that is.
pub(super) const EMPTY: u32 = 0;

/// Nodes and the pods on them.
#[derive(Debug, Default)]
pub(super) struct Cache {
    rooms: Vec<Room>,
    /// Another one whenever the node's room changes: what was computed for an older stamp is out of date.
    stamps: Vec<u32>,
    /// Nodes of one size; empty ones of them are alike.
    sizes: Vec<usize>,
    size_ids: Lookup<Resources, usize>,
    size_count: usize,
    infos: Vec<NodeInfo>,
    order: NodeOrder,
    held: SecondaryMap<PodId, Held>,
    crowds: Crowds,
    /// Pods with affinity or anti-affinity of their own, by template and namespace: how many on which node.
    sociable: BTreeMap<(TemplateId, Name), BTreeMap<NodeId, i64>>,
    /// How many pods of each priority are on nodes.
    priorities: BTreeMap<i32, i64>,
    version: u64,
    eased_version: u64,
}

impl Cache {
    /// Nodes that exist, in the order of SCH-15.
    pub(super) fn order(&self) -> &[NodeId] {
        self.order.list()
    }

    pub(super) fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    pub(super) fn stamps(&self) -> &[u32] {
        &self.stamps
    }

    /// Which size each node has.
    pub(super) fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// How many sizes there are.
    pub(super) fn size_count(&self) -> usize {
        self.size_count
    }

    fn size_of(&mut self, allocatable: &Resources) -> usize {
        let count = &mut self.size_count;
        *self.size_ids.get_or_insert_with(allocatable.clone(), || {
            *count += 1;
            *count - 1
        })
    }

    pub(super) fn room(&self, node: NodeId) -> &Room {
        &self.rooms[node.index()]
    }

    pub(super) fn info(&self, node: NodeId) -> &NodeInfo {
        &self.infos[node.index()]
    }

    /// The node, if it is known and its object exists.
    pub(super) fn existing(&self, node: NodeId) -> Option<&NodeInfo> {
        self.infos.get(node.index()).filter(|info| info.exists)
    }

    pub(super) fn held(&self, pod: PodId) -> Option<&Held> {
        self.held.get(pod)
    }

    /// The counts of a kind of pods, kept from now on.
    pub(super) fn crowd(&mut self, kind: Kind) -> CrowdId {
        let held = self.held.values();
        self.crowds.of(kind, held)
    }

    /// How many pods of the kind are on the node.
    pub(super) fn crowd_on(&self, crowd: CrowdId, node: NodeId) -> i64 {
        self.crowds.count(crowd, node)
    }

    /// Pods with affinity or anti-affinity of their own.
    pub(super) fn sociable(&self) -> &BTreeMap<(TemplateId, Name), BTreeMap<NodeId, i64>> {
        &self.sociable
    }

    /// Whether a pod of lower priority is on some node: almost never, since most clusters have one priority.
    pub(super) fn holds_below(&self, priority: i32) -> bool {
        let lowest = self.priorities.keys().next();
        lowest.is_some_and(|lowest| *lowest < priority)
    }

    /// Grows with every change that may change an attempt's end.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The version after the last change that may have helped a pod: an attempt since then has seen it.
    pub(super) fn eased_version(&self) -> u64 {
        self.eased_version
    }

    /// Something happened that may help pods.
    pub(super) fn ease(&mut self) {
        self.version += 1;
        self.eased_version = self.version;
    }

    /// The same, and what is remembered of a node's room no longer holds.
    pub(super) fn ease_node(&mut self, node: NodeId) {
        self.ease();
        self.touch_node(node);
    }

    /// A node's room became smaller.
    fn touch_node(&mut self, node: NodeId) {
        self.version += 1;
        let Some(room) = self.rooms.get(node.index()) else {
            return;
        };
        self.stamps[node.index()] = if room.used_pods == 0 {
            EMPTY
        } else {
            let low = self.version & u64::from(u32::MAX);
            u32::try_from(low).map_or(1, |stamp| stamp.max(1))
        };
    }

    /// A node appears. Nodes that come before it and were not told yet get an empty row.
    pub(super) fn add_node(&mut self, world: &World, id: NodeId) {
        self.make_row(world, id);
        let info = &mut self.infos[id.index()];
        if info.exists {
            return;
        }
        info.exists = true;
        self.order.add(id, &info.labels);
        self.ease_node(id);
    }

    /// Adds a node that no API knows, with an id after all others; `fill` puts on it what does not count as a pod.
    pub(super) fn add_imagined(
        &mut self,
        name: Name,
        labels: Labels,
        taints: Vec<Taint>,
        allocatable: Resources,
        fill: impl FnOnce(&mut Room, &mut NodeInfo),
    ) -> NodeId {
        let id = NodeId(u32::try_from(self.rooms.len()).expect("nodes are counted in 32 bits"));
        let mut room = Room {
            cpu_m: allocatable.cpu_m,
            memory_bytes: allocatable.memory_bytes,
            pods: allocatable.pods,
            ..Room::default()
        };
        let mut info = NodeInfo {
            name,
            labels,
            taints,
            unschedulable: false,
            exists: true,
            allocatable,
            requested: Resources::default(),
            ports: Vec::new(),
            pods: BTreeMap::new(),
        };
        fill(&mut room, &mut info);
        self.order.add(id, &info.labels);
        self.rooms.push(room);
        self.stamps.push(EMPTY);
        // With what fills it, it is like no other, even without pods.
        self.sizes.push(self.size_count);
        self.size_count += 1;
        self.infos.push(info);
        self.touch_node(id);
        self.ease();
        id
    }

    /// Makes sure that the node and all before it have rows.
    pub(super) fn make_row(&mut self, world: &World, id: NodeId) {
        while self.rooms.len() <= id.index() {
            let next = u32::try_from(self.rooms.len()).expect("nodes are counted in 32 bits");
            let node = world.node(NodeId(next));
            self.rooms.push(Room {
                cpu_m: node.allocatable.cpu_m,
                memory_bytes: node.allocatable.memory_bytes,
                pods: node.allocatable.pods,
                ..Room::default()
            });
            self.stamps.push(EMPTY);
            let size = self.size_of(&node.allocatable);
            self.sizes.push(size);
            self.infos.push(new_info(node));
        }
    }

    /// Reads a node's labels and taints anew; what they were if they changed.
    pub(super) fn update_node(&mut self, world: &World, id: NodeId) -> Option<NodeBefore> {
        let node = world.node(id);
        let info = self.infos.get_mut(id.index()).filter(|info| info.exists)?;
        if info.labels == node.labels
            && info.taints == node.taints
            && info.unschedulable == node.unschedulable
        {
            return None;
        }
        let before = NodeBefore {
            node: id,
            labels: std::mem::replace(&mut info.labels, node.labels.clone()),
            taints: std::mem::replace(&mut info.taints, node.taints.clone()),
            unschedulable: std::mem::replace(&mut info.unschedulable, node.unschedulable),
        };
        self.order.relabel(id, &before.labels, &node.labels);
        self.ease();
        Some(before)
    }

    /// A node's object is gone; its pods stay until each of them is told gone.
    pub(super) fn remove_node(&mut self, id: NodeId) -> Option<NodeBefore> {
        let info = self.infos.get_mut(id.index()).filter(|info| info.exists)?;
        info.exists = false;
        let before = NodeBefore {
            node: id,
            labels: info.labels.clone(),
            taints: info.taints.clone(),
            unschedulable: info.unschedulable,
        };
        self.order.remove(id, &before.labels);
        self.ease_node(id);
        Some(before)
    }

    /// Puts a pod on a node, or confirms that an assumed one is there. Whether it is new there.
    pub(super) fn hold(&mut self, world: &World, held: Held) -> bool {
        if let Some(known) = self.held.get_mut(held.pod) {
            if known.node == held.node {
                known.assumed &= held.assumed;
                return false;
            }
            let pod = held.pod;
            self.release(world.templates(), pod);
        }
        self.make_row(world, held.node);
        let templates = world.templates();
        let at = held.node.index();
        self.rooms[at].take(
            templates.requests(held.template),
            templates.scored_requests(held.template),
        );
        self.infos[at].take(templates, held.template);
        self.infos[at].pods.insert(held.number, held.pod);
        self.touch_node(held.node);
        self.count(templates, &held, 1);
        self.held.insert(held.pod, held);
        true
    }

    /// A pod on a node is being deleted.
    pub(super) fn terminate(&mut self, pod: PodId) {
        if let Some(held) = self.held.get_mut(pod)
            && !held.terminating
        {
            self.crowds.terminate(held);
            held.terminating = true;
            self.ease();
        }
    }

    /// A pod came (1) or went (-1).
    fn count(&mut self, templates: &Templates, held: &Held, by: i64) {
        self.crowds.shift(held, by);
        self.note_sociable(templates, held, by);
        shift_count(&mut self.priorities, held.priority, by);
    }

    fn note_sociable(&mut self, templates: &Templates, held: &Held, by: i64) {
        if !has_pod_affinity(&templates.get(held.template).spec.affinity) {
            return;
        }
        let key = (held.template, held.namespace.clone());
        let nodes = self.sociable.entry(key.clone()).or_default();
        shift_count(nodes, held.node, by);
        if nodes.is_empty() {
            self.sociable.remove(&key);
        }
    }

    /// Takes a pod off its node: it ended, is gone, or its binding was refused.
    pub(super) fn release(&mut self, templates: &Templates, pod: PodId) -> Option<Held> {
        let held = self.held.remove(pod)?;
        let at = held.node.index();
        self.rooms[at].give_back(
            templates.requests(held.template),
            templates.scored_requests(held.template),
        );
        self.infos[at].give_back(templates, held.template);
        self.infos[at].pods.remove(&held.number);
        self.count(templates, &held, -1);
        self.ease_node(held.node);
        Some(held)
    }
}

/// Changes a count; one of nothing has no entry.
fn shift_count<K: Ord + Copy>(counts: &mut BTreeMap<K, i64>, key: K, by: i64) {
    let count = counts.entry(key).or_default();
    *count += by;
    if *count == 0 {
        counts.remove(&key);
    }
}

fn new_info(node: &Node) -> NodeInfo {
    NodeInfo {
        name: node.name.clone(),
        labels: node.labels.clone(),
        taints: node.taints.clone(),
        unschedulable: node.unschedulable,
        exists: false,
        allocatable: node.allocatable.clone(),
        requested: Resources::default(),
        ports: Vec::new(),
        pods: BTreeMap::new(),
    }
}

/// Whether a template has terms about other pods.
pub(super) fn has_pod_affinity(affinity: &Affinity) -> bool {
    !affinity.pod_required.is_empty()
        || !affinity.pod_preferred.is_empty()
        || !affinity.anti_required.is_empty()
        || !affinity.anti_preferred.is_empty()
}
