//! In which order nodes are looked at, and how many of them are enough.
//!
//! Upstream: `numFeasibleNodesToFind` and `findNodesThatPassFilters` of `schedule_one.go`, `node_tree.go`.

use crate::model::{Labels, Name};
use crate::world::NodeId;

/// SCH-C4: fewer nodes than this are never sought.
const MINIMUM: usize = 100;
/// SCH-C5: the adaptive percentage does not fall below this.
const MINIMUM_PERCENTAGE: usize = 5;

/// SCH-16: how many feasible nodes are sought among `nodes`; `percentage` 0 adapts to the cluster.
pub(super) fn feasible_nodes_to_find(nodes: usize, percentage: u32) -> usize {
    if nodes < MINIMUM {
        return nodes;
    }
    let percentage = match percentage {
        0 => 50_usize.saturating_sub(nodes / 125).max(MINIMUM_PERCENTAGE),
        fixed => fixed as usize,
    };
    (nodes * percentage / 100).clamp(MINIMUM, nodes.max(MINIMUM))
}

/// SCH-15: nodes by zone, in the order in which zones and nodes came.
#[derive(Debug, Default)]
pub(super) struct NodeOrder {
    zones: Vec<(ZoneKey, Vec<NodeId>)>,
    list: Vec<NodeId>,
}

/// Region and zone of a node; both empty where neither is labeled.
type ZoneKey = (Option<Name>, Option<Name>);

fn zone_key(labels: &Labels) -> ZoneKey {
    let either = |stable: &str, beta: &str| {
        labels
            .get(stable)
            .or_else(|| labels.get(beta))
            .filter(|value| !value.is_empty())
            .cloned()
    };
    (
        either(
            "topology.kubernetes.io/region",
            "failure-domain.beta.kubernetes.io/region",
        ),
        either(
            "topology.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/zone",
        ),
    )
}

impl NodeOrder {
    /// All nodes in the order in which they are scanned.
    pub(super) fn list(&self) -> &[NodeId] {
        &self.list
    }

    pub(super) fn add(&mut self, node: NodeId, labels: &Labels) {
        let key = zone_key(labels);
        match self.zones.iter_mut().find(|(zone, _)| *zone == key) {
            Some((_, nodes)) => nodes.push(node),
            None => self.zones.push((key, vec![node])),
        }
        if self.zones.len() == 1 {
            self.list.push(node);
        } else {
            self.rebuild();
        }
    }

    pub(super) fn remove(&mut self, node: NodeId, labels: &Labels) {
        let key = zone_key(labels);
        if let Some(at) = self.zones.iter().position(|(zone, _)| *zone == key) {
            self.zones[at].1.retain(|&other| other != node);
            if self.zones[at].1.is_empty() {
                self.zones.remove(at);
            }
            self.rebuild();
        }
    }

    /// A node whose zone changed goes to the end of its new zone.
    pub(super) fn relabel(&mut self, node: NodeId, before: &Labels, after: &Labels) {
        if zone_key(before) != zone_key(after) {
            self.remove(node, before);
            self.add(node, after);
        }
    }

    fn rebuild(&mut self) {
        self.list.clear();
        let longest = self.zones.iter().map(|(_, nodes)| nodes.len()).max();
        for round in 0..longest.unwrap_or(0) {
            let turn = self.zones.iter().filter_map(|(_, nodes)| nodes.get(round));
            self.list.extend(turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SCH-16, SCH-C4, SCH-C5; the cases of `TestNumFeasibleNodesToFind` (`schedule_one_test.go`) among them.
    #[test]
    fn nodes_sought_sch_16() {
        for (nodes, percentage, sought) in [
            (10, 0, 10),
            (10, 40, 10),
            (100, 0, 100),
            (250, 0, 120),
            (500, 0, 230),
            (1000, 0, 420),
            (1000, 40, 400),
            (2000, 0, 680),
            (5000, 0, 500),
            (5624, 0, 337),
            (5625, 0, 281),
            (6000, 0, 300),
            (6000, 40, 2400),
            (200, 100, 200),
            (200, 1, 100),
        ] {
            assert_eq!(
                feasible_nodes_to_find(nodes, percentage),
                sought,
                "{nodes} nodes at {percentage} %"
            );
        }
    }

    fn labels(zone: &str) -> Labels {
        if zone.is_empty() {
            return Labels::default();
        }
        Labels::new([("topology.kubernetes.io/zone".into(), zone.into())])
    }

    /// SCH-15, after `TestNodeTree_List` (`node_tree_test.go`).
    #[test]
    fn zones_take_turns_sch_15() {
        let mut order = NodeOrder::default();
        for (node, zone) in ["", "a", "b", "b", "c", "c", "b"].into_iter().enumerate() {
            order.add(NodeId(u32::try_from(node).unwrap()), &labels(zone));
        }
        let ids = |order: &NodeOrder| order.list().iter().map(|node| node.0).collect::<Vec<_>>();
        assert_eq!(ids(&order), [0, 1, 2, 4, 3, 5, 6]);
        order.remove(NodeId(1), &labels("a"));
        order.relabel(NodeId(2), &labels("b"), &labels("c"));
        assert_eq!(ids(&order), [0, 3, 4, 6, 5, 2]);
    }
}
