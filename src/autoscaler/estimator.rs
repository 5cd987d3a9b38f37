//! How many new nodes help how many pods: first fit, the largest pods first.
//!
//! Upstream: `estimator/binpacking_estimator.go` and `decreasing_pod_orderer.go`, without the fast path, whose result is
//! the same for the pods that it is used for.

use super::template::Template;
use crate::model::Name;
use crate::scheduler::WhatIf;
use crate::world::{NodeId, Owner, Pod, PodId, TemplateId, World};
use std::collections::{BTreeMap, BTreeSet};

const HOSTNAME: &str = "kubernetes.io/hostname";

/// Pods that no node will tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// In order of creation.
    pub(super) pods: Vec<PodId>,
}

/// Puts pods of one controller, template and priority together, in the order of their first pods.
pub(super) fn groups(world: &World, pods: &[PodId]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: BTreeMap<(Owner, TemplateId, i32), usize> = BTreeMap::new();
    for &id in pods {
        let Some(pod) = world.pod(id) else { continue };
        let key = (pod.owner, pod.template, pod.priority);
        if pod.owner != Owner::None
            && let Some(&place) = places.get(&key)
        {
            groups[place].pods.push(id);
            continue;
        }
        places.insert(key, groups.len());
        groups.push(Group { pods: vec![id] });
    }
    groups
}

/// What new nodes would be good for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Estimate {
    /// New nodes that get a pod.
    pub(super) nodes: u32,
    /// The pods that they help.
    pub(super) pods: Vec<PodId>,
}

/// The groups whose pods could go to a fresh node.
pub(super) fn helped(
    what_if: &mut WhatIf<'_>,
    world: &World,
    groups: &[Group],
    template: &Template,
) -> Vec<Group> {
    let mark = what_if.mark();
    let node = what_if.add_node(template.node("template-node".into()));
    let helped = groups
        .iter()
        .filter(|group| {
            let pod = world.pod(group.pods[0]);
            pod.is_some_and(|pod| what_if.fits(pod, node))
        })
        .cloned()
        .collect();
    what_if.revert(mark);
    helped
}

/// Packs the groups on at most `limit` new nodes; leaves `what_if` as it was.
pub(super) fn estimate<'w>(
    what_if: &mut WhatIf<'w>,
    world: &'w World,
    groups: &[Group],
    template: &Template,
    limit: u32,
) -> Estimate {
    let mark = what_if.mark();
    let mut order: Vec<&Group> = groups.iter().collect();
    let score = |group: &Group| {
        world
            .pod(group.pods[0])
            .map_or(0.0, |pod| size(world, pod, template))
    };
    order.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let mut packing = Packing {
        what_if,
        world,
        template,
        limit,
        nodes: Vec::new(),
        used: BTreeSet::new(),
        pods: Vec::new(),
    };
    let mut may_add = true;
    for group in order {
        let rest = packing.fill(&group.pods);
        if may_add {
            may_add = packing.grow(rest);
        }
    }
    let Packing { used, pods, .. } = packing;
    what_if.revert(mark);
    Estimate {
        nodes: u32::try_from(used.len()).expect("the limit is of 32 bits"),
        pods,
    }
}

/// The share of a node's CPU that a pod requests, plus the share of its memory.
#[expect(
    clippy::cast_precision_loss,
    reason = "a quotient for sorting, as upstream's"
)]
fn size(world: &World, pod: &Pod, template: &Template) -> f64 {
    let share = |want: i64, have: i64| {
        if have > 0 {
            want as f64 / have as f64
        } else {
            0.0
        }
    };
    let requests = world.requests_of(pod);
    let allocatable = &template.allocatable;
    share(requests.cpu_m, allocatable.cpu_m)
        + share(requests.memory_bytes, allocatable.memory_bytes)
}

struct Packing<'a, 'w> {
    what_if: &'a mut WhatIf<'w>,
    world: &'w World,
    template: &'a Template,
    limit: u32,
    /// New nodes, in the order in which they were added.
    nodes: Vec<NodeId>,
    /// Nodes that got a pod.
    used: BTreeSet<NodeId>,
    pods: Vec<PodId>,
}

impl Packing<'_, '_> {
    /// Puts pods on new nodes that are there already, until one fits on none of them; the pods that are left.
    fn fill<'p>(&mut self, pods: &'p [PodId]) -> &'p [PodId] {
        let mut from = 0;
        for (place, &id) in pods.iter().enumerate() {
            let Some(pod) = self.world.pod(id) else {
                continue;
            };
            // A node that is full for a pod is so for its like, unless other pods have a say.
            if !self.what_if.is_plain(pod) {
                from = 0;
            }
            let nodes = self.nodes[from..].iter().copied();
            let Some(node) = self.what_if.first_fit(pod, nodes) else {
                return &pods[place..];
            };
            let after = self.nodes[from..].iter().position(|&have| have == node);
            from += after.unwrap_or(0);
            self.place(id, pod, node);
        }
        &[]
    }

    /// Adds nodes for the pods, one after the other; whether more could be added for other pods.
    fn grow(&mut self, pods: &[PodId]) -> bool {
        for &id in pods {
            let Some(pod) = self.world.pod(id) else {
                continue;
            };
            if let Some(&last) = self.nodes.last() {
                if self.what_if.fits(pod, last) {
                    self.place(id, pod, last);
                    continue;
                }
                // A spread over nodes may let the pod go to any other one.
                if self.spreads_over_nodes(pod) {
                    let others: Vec<NodeId> = self.what_if.nodes().to_vec();
                    let others = others.into_iter().filter(|&node| node != last);
                    if let Some(node) = self.what_if.first_fit(pod, others) {
                        self.place(id, pod, node);
                        continue;
                    }
                }
                // What does not fit on an empty node does not fit on another one.
                if !self.used.contains(&last) {
                    return true;
                }
            }
            if self.nodes.len() >= self.limit as usize {
                return false;
            }
            let name: Name = format!("new-node-{}", self.nodes.len()).into();
            let node = self.what_if.add_node(self.template.node(name));
            self.nodes.push(node);
            if !self.what_if.fits(pod, node) {
                return true;
            }
            self.place(id, pod, node);
        }
        true
    }

    fn spreads_over_nodes(&self, pod: &Pod) -> bool {
        let spread = &self.world.template_of(pod).spec.spread;
        spread.iter().any(|part| &*part.topology_key == HOSTNAME)
    }

    fn place(&mut self, id: PodId, pod: &Pod, node: NodeId) {
        self.what_if.place(id, pod, node);
        self.pods.push(id);
        // As upstream, which takes a node that was there before for a new one where a spread sends the pod there.
        self.used.insert(node);
    }
}
