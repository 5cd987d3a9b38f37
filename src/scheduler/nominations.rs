//! Pods that made room for themselves on a node and wait for it (`status.nominatedNodeName`, SCH-20, SCH-21).
//!
//! Upstream: `backend/queue/nominator.go`.

use crate::world::{NodeId, PodId};
use slotmap::SecondaryMap;
use std::collections::BTreeMap;

/// A pod with a nomination.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nominated {
    pub(super) pod: PodId,
    pub(super) node: NodeId,
    pub(super) priority: i32,
}

/// All nominations.
#[derive(Debug, Default)]
pub(super) struct Nominations {
    pods: SecondaryMap<PodId, Nominated>,
    nodes: BTreeMap<NodeId, Vec<PodId>>,
}

impl Nominations {
    /// Whether there is none: almost always.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node that a pod is nominated for.
    pub(super) fn of(&self, pod: PodId) -> Option<NodeId> {
        self.pods.get(pod).map(|nominated| nominated.node)
    }

    /// Pods nominated for a node, the oldest nomination first.
    pub(super) fn on(&self, node: NodeId) -> impl Iterator<Item = &Nominated> {
        let pods = self.nodes.get(&node).into_iter().flatten();
        pods.map(|&pod| &self.pods[pod])
    }

    pub(super) fn set(&mut self, nominated: Nominated) {
        self.clear(nominated.pod);
        self.pods.insert(nominated.pod, nominated);
        let pods = self.nodes.entry(nominated.node).or_default();
        pods.push(nominated.pod);
    }

    /// Takes a pod's nomination away; what it was.
    pub(super) fn clear(&mut self, pod: PodId) -> Option<Nominated> {
        let nominated = self.pods.remove(pod)?;
        if let Some(pods) = self.nodes.get_mut(&nominated.node) {
            pods.retain(|&other| other != pod);
            if pods.is_empty() {
                self.nodes.remove(&nominated.node);
            }
        }
        Some(nominated)
    }
}
