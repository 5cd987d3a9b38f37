//! A cluster as somebody imagines it, asked with the filters of a scheduling cycle: would this pod fit on that node,
//! with these pods and nodes more or fewer?
//!
//! It is made from the API, not from what the scheduler knows, and changes nothing. Upstream: `ClusterSnapshot` of
//! cluster-autoscaler, which runs the filters of the scheduler's framework in the same way.

use super::cache::{Cache, Held, has_pod_affinity};
use super::filters::{place_verdict, ports_conflict, shortage};
use super::interpod::Company;
use super::rules::PodRules;
use super::spread::{SpreadFilter, hard_constraints};
use crate::model::{Labels, Name, PodSpec, Resources, Taint};
use crate::world::{NodeId, Pod, PodId, TemplateId, World};

/// A node that does not exist.
#[derive(Debug, Clone)]
pub struct ImaginedNode<'a> {
    /// Its name.
    pub name: Name,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// What pods can have of it.
    pub allocatable: Resources,
    /// Templates of the daemon pods that run there; they take room and ports.
    pub daemons: &'a [TemplateId],
}

/// Whether a daemon pod should run on a node of this name, these labels and taints: room and other pods aside.
///
/// Upstream: `NodeShouldRunDaemonPod` of `pkg/controller/daemon`.
pub fn suits(spec: &PodSpec, name: &Name, labels: &Labels, taints: &[Taint]) -> bool {
    let is_named = spec.node_name.as_ref().is_none_or(|named| named == name);
    is_named && place_verdict(spec, name, labels, taints, false).is_none()
}

/// Undoes one change.
#[derive(Debug)]
enum Undo {
    Place(PodId),
    TakeOff(Held),
    Add(NodeId),
}

/// How far the changes of a [`WhatIf`] have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(usize);

/// An imagined cluster.
#[derive(Debug)]
pub struct WhatIf<'w> {
    world: &'w World,
    cache: Cache,
    changes: Vec<Undo>,
}

impl<'w> WhatIf<'w> {
    /// The cluster as the API has it: all nodes, with the pods on them that have not ended.
    pub fn new(world: &'w World) -> Self {
        let mut cache = Cache::default();
        for (id, _) in world.all_nodes() {
            cache.make_row(world, id);
        }
        for (id, node) in world.nodes() {
            cache.add_node(world, id);
            for &pod in node.pods.values() {
                if let Some(row) = world.live_pod(pod).filter(|row| !row.phase.is_terminal()) {
                    cache.hold(world, Held::new(pod, row, id, false));
                }
            }
        }
        Self {
            world,
            cache,
            changes: Vec::new(),
        }
    }

    /// Adds a node, after all others.
    pub fn add_node(&mut self, node: ImaginedNode<'_>) -> NodeId {
        let daemons = node.daemons;
        let id = self.cache.add_imagined(
            node.name,
            node.labels,
            node.taints,
            node.allocatable,
            |room, info| {
                let templates = self.world.templates();
                for &daemon in daemons {
                    room.take(
                        templates.requests(daemon),
                        templates.scored_requests(daemon),
                    );
                    info.take(templates, daemon);
                }
            },
        );
        self.changes.push(Undo::Add(id));
        id
    }

    /// Takes a real node away, for good; its pods are to be taken off first.
    pub fn remove_node(&mut self, node: NodeId) {
        self.cache.remove_node(node);
    }

    /// What the pods on a node request, imagined daemons included.
    pub fn requested(&self, node: NodeId) -> &Resources {
        &self.cache.info(node).requested
    }

    /// The pods on a node, in order of creation.
    pub fn pods(&self, node: NodeId) -> Vec<PodId> {
        self.cache.info(node).pods.values().copied().collect()
    }

    /// All nodes in the order in which the scheduler would look at them.
    pub fn nodes(&self) -> &[NodeId] {
        self.cache.order()
    }

    /// Whether the pod fits on the node.
    pub fn fits(&mut self, pod: &Pod, node: NodeId) -> bool {
        let rules = self.rules(pod);
        self.fits_by(&rules, pod, node)
    }

    /// The first of these nodes on which the pod fits.
    pub fn first_fit(
        &mut self,
        pod: &Pod,
        nodes: impl IntoIterator<Item = NodeId>,
    ) -> Option<NodeId> {
        let rules = self.rules(pod);
        nodes
            .into_iter()
            .find(|&node| self.fits_by(&rules, pod, node))
    }

    /// Whether only the node itself decides about the pod, so that a node that is full stays so as others come.
    pub fn is_plain(&self, pod: &Pod) -> bool {
        let spec = &self.world.templates().get(pod.template).spec;
        self.cache.sociable().is_empty()
            && !has_pod_affinity(&spec.affinity)
            && hard_constraints(spec).next().is_none()
    }

    /// Puts a pod on a node, whether it fits or not.
    pub fn place(&mut self, id: PodId, pod: &Pod, node: NodeId) {
        self.cache.hold(self.world, Held::new(id, pod, node, true));
        self.changes.push(Undo::Place(id));
    }

    /// Takes a pod off its node.
    pub fn take_off(&mut self, pod: PodId) {
        if let Some(held) = self.cache.release(self.world.templates(), pod) {
            self.changes.push(Undo::TakeOff(held));
        }
    }

    /// To come back to.
    pub fn mark(&self) -> Mark {
        Mark(self.changes.len())
    }

    /// Undoes what was changed since the mark.
    pub fn revert(&mut self, mark: Mark) {
        while self.changes.len() > mark.0 {
            match self.changes.pop() {
                Some(Undo::Place(pod)) => {
                    self.cache.release(self.world.templates(), pod);
                }
                Some(Undo::TakeOff(held)) => {
                    self.cache.hold(self.world, held);
                }
                Some(Undo::Add(node)) => {
                    self.cache.remove_node(node);
                }
                None => return,
            }
        }
    }

    fn rules<'a>(&mut self, pod: &'a Pod) -> PodRules<'a>
    where
        'w: 'a,
    {
        if self.is_plain(pod) {
            return PodRules::default();
        }
        let world: &'w World = self.world;
        let spec: &'a PodSpec = &world.templates().get(pod.template).spec;
        let spread = SpreadFilter::new(&mut self.cache, spec, pod);
        let company = Company::new(world.templates(), &mut self.cache, spec, pod);
        PodRules::of(spread, company)
    }

    fn fits_by(&self, rules: &PodRules<'_>, pod: &Pod, node: NodeId) -> bool {
        let templates = self.world.templates();
        let spec = &templates.get(pod.template).spec;
        let (room, info) = (self.cache.room(node), self.cache.info(node));
        let place = place_verdict(
            spec,
            &info.name,
            &info.labels,
            &info.taints,
            info.unschedulable,
        );
        info.exists
            && place.is_none()
            && !ports_conflict(&spec.host_ports, &info.ports)
            && shortage(templates.requests(pod.template), room, info).is_none()
            && rules.rejection(&info.labels).is_none()
    }
}
