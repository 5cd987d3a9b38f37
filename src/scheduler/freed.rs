//! Room that pods left behind, and who of the pool takes it: the way of a lazy queue.
//!
//! After an attempt in vain nodes only fill up, but for those that a pod leaves. So a pod that wants nothing but room is
//! worth an attempt only where one of those has it. Differs: Kubernetes tries all of them, each after its back-off, and
//! writes a new message where the nodes have other reasons by then; the end is the same.

use super::cache::Cache;
use super::plugins::Plugins;
use super::queue::{Group, Queue, Rank};
use crate::sim::Seq;
use crate::world::NodeId;

/// Nodes that pods left since all those were tried that have room there now.
#[derive(Debug, Default)]
pub(super) struct Freed {
    nodes: Vec<(NodeId, Option<Seq>)>,
    /// The last pod that was tried and turned away after all: by a rule about other pods, or a nomination.
    tried: Option<Rank>,
}

impl Freed {
    /// A pod left a node.
    pub(super) fn note(&mut self, node: NodeId, cause: Option<Seq>) {
        self.nodes.push((node, cause));
        self.tried = None;
    }

    /// The pod of this rank was turned away.
    pub(super) fn tried(&mut self, rank: Rank) {
        self.tried = Some(rank);
    }

    /// The first pod that one of the nodes has room for, and why there is room.
    pub(super) fn first(
        &mut self,
        queue: &Queue,
        has_room: impl Fn(Group, NodeId) -> bool,
    ) -> Option<(Rank, Option<Seq>)> {
        if self.nodes.is_empty() {
            return None;
        }
        let found = queue.first_in_pool(self.tried, |group| {
            let mut nodes = self.nodes.iter();
            let is_for = |node| group.target.is_none_or(|target| target == node);
            nodes
                .find_map(|&(node, cause)| (is_for(node) && has_room(group, node)).then_some(cause))
        });
        if found.is_none() {
            self.nodes.clear();
        }
        found
    }
}

impl Group {
    /// Whether nothing but room on some node is missing, as far as a pod that goes can help: no port, no rule about
    /// other pods, nobody that may have to go.
    pub(super) fn wants_room_alone(self, cache: &Cache) -> bool {
        let others = Plugins::NODE_PORTS | Plugins::TOPOLOGY_SPREAD | Plugins::INTER_POD_AFFINITY;
        self.rejectors.has(Plugins::RESOURCES_FIT)
            && !self.rejectors.has(others)
            && !cache.holds_below(self.priority)
    }
}
