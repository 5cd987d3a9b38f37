//! Shrinking: which nodes nobody needs, since when, and which of them go now.
//!
//! Upstream: `core/scaledown/{eligibility,planner,unneeded,budgets}`, `simulator/cluster.go`.

use super::drainability::{Drain, drain};
use crate::model::AutoscalerFlags;
use crate::scheduler::WhatIf;
use crate::sim::{Span, Time};
use crate::world::{Node, NodeId, Owner, PodId, Readiness, World};
use std::collections::{BTreeMap, BTreeSet};

/// A node that could go.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unneeded {
    pub(super) since: Time,
    /// How long it has to be so.
    pub(super) threshold: Span,
    /// Its pool's place among the autoscaled pools.
    pub(super) pool: usize,
    /// Pods that would have to move; none: the node is empty.
    pub(super) pods: Vec<PodId>,
    /// A pod's end is waited for.
    pub(super) waits: bool,
    /// Millionths.
    pub(super) utilization: i64,
}

/// A node that cannot go now, and is not looked at before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unremovable {
    until: Time,
    /// The state of the cluster in which it was so.
    version: u64,
    /// When time alone may change it.
    again: Option<Time>,
}

/// A node that may be removed, as far as its pool goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) node: NodeId,
    pub(super) pool: usize,
    /// How long it has to be unneeded.
    pub(super) threshold: Span,
}

/// What is known of nodes that nobody needs.
#[derive(Debug, Default)]
pub(super) struct Planner {
    unneeded: BTreeMap<NodeId, Unneeded>,
    unremovable: BTreeMap<NodeId, Unremovable>,
}

/// The larger share of CPU and memory that is requested, in millionths; `None` of a node without one of the two,
/// which is never removed. Upstream: `simulator/utilization/info.go`.
pub(super) fn utilization(
    what_if: &WhatIf<'_>,
    world: &World,
    flags: &AutoscalerFlags,
    node: NodeId,
) -> Option<i64> {
    let mut requested = what_if.requested(node).clone();
    let mut allocatable = world.node(node).allocatable.clone();
    if flags.ignore_daemonsets_utilization {
        for pod in what_if.pods(node) {
            let daemon = world
                .pod(pod)
                .filter(|pod| matches!(pod.owner, Owner::DaemonSet(_)));
            if let Some(pod) = daemon {
                requested.subtract(world.requests_of(pod));
                allocatable.subtract(world.requests_of(pod));
            }
        }
    }
    let share = |want: i64, have: i64| {
        let millionths = i128::from(want) * 1_000_000 / i128::from(have);
        i64::try_from(millionths).unwrap_or(i64::MAX)
    };
    let is_known = allocatable.cpu_m > 0 && allocatable.memory_bytes > 0;
    is_known.then(|| {
        share(requested.cpu_m, allocatable.cpu_m)
            .max(share(requested.memory_bytes, allocatable.memory_bytes))
    })
}

impl Planner {
    /// Forgets everything: the cluster is not healthy.
    pub(super) fn forget(&mut self) {
        self.unneeded.clear();
    }

    /// Forgets a node that goes or stays for another reason.
    pub(super) fn forget_node(&mut self, node: NodeId) {
        self.unneeded.remove(&node);
        self.unremovable.remove(&node);
    }

    /// A node could not be removed: it is not looked at for a while.
    pub(super) fn failed(&mut self, node: NodeId, until: Time) {
        self.unneeded.remove(&node);
        let version = u64::MAX;
        let again = Some(until);
        self.unremovable.insert(
            node,
            Unremovable {
                until,
                version,
                again,
            },
        );
    }

    pub(super) fn unneeded(&self) -> &BTreeMap<NodeId, Unneeded> {
        &self.unneeded
    }

    /// Looks at all candidates; `version` is the state of the cluster.
    pub(super) fn update(
        &mut self,
        what_if: &mut WhatIf<'_>,
        world: &World,
        flags: &AutoscalerFlags,
        candidates: &[Candidate],
        version: u64,
    ) {
        let now = world.now();
        self.unremovable
            .retain(|_, unremovable| unremovable.until > now);
        let mut destinations: BTreeSet<NodeId> = world.nodes().map(|(id, _)| id).collect();
        let limit = self.unneeded.len() + 2 * flags.max_scale_down_parallelism as usize;
        let before = std::mem::take(&mut self.unneeded);
        let mut eligible: Vec<(bool, bool, &Candidate, i64)> = Vec::new();
        for candidate in candidates {
            let node = world.node(candidate.node);
            if node.scale_down_disabled || self.unremovable.contains_key(&candidate.node) {
                continue;
            }
            let threshold = i64::from(flags.utilization_threshold_milli) * 1000;
            let utilization = utilization(what_if, world, flags, candidate.node);
            if let Some(utilization) = utilization.filter(|share| *share <= threshold) {
                let is_new = !before.contains_key(&candidate.node);
                let is_busy = what_if.pods(candidate.node).iter().any(|&pod| {
                    let pod = world.pod(pod);
                    pod.is_some_and(|pod| drain(world, flags, pod, now) == Drain::Move)
                });
                eligible.push((is_new, is_busy, candidate, utilization));
            }
        }
        // Those of the loop before come first, then empty ones.
        eligible.sort_by_key(|(is_new, is_busy, candidate, _)| (*is_new, *is_busy, candidate.node));
        for (_, _, candidate, utilization) in eligible {
            if self.unneeded.len() >= limit {
                break;
            }
            match simulate(what_if, world, flags, candidate.node, &mut destinations) {
                Ok((pods, waits)) => {
                    let since = before.get(&candidate.node).map_or(now, |known| known.since);
                    self.unneeded.insert(
                        candidate.node,
                        Unneeded {
                            since,
                            threshold: candidate.threshold,
                            pool: candidate.pool,
                            pods,
                            waits,
                            utilization,
                        },
                    );
                }
                Err(again) => {
                    let until = now + flags.unremovable_recheck;
                    let unremovable = Unremovable {
                        until,
                        version,
                        again: again.map(|again| again.max(until)),
                    };
                    self.unremovable.insert(candidate.node, unremovable);
                }
            }
        }
    }

    /// Nodes that have been unneeded for long enough: empty ones, and those that have to be drained.
    pub(super) fn due(&self, now: Time) -> (Vec<NodeId>, Vec<NodeId>) {
        let due = self
            .unneeded
            .iter()
            .filter(|(_, unneeded)| unneeded.since + unneeded.threshold <= now && !unneeded.waits);
        let (empty, drained): (Vec<_>, Vec<_>) =
            due.partition(|(_, unneeded)| unneeded.pods.is_empty());
        let ids = |nodes: Vec<(&NodeId, &Unneeded)>| nodes.iter().map(|(id, _)| **id).collect();
        (ids(empty), ids(drained))
    }

    /// The next moment at which something changes by time alone; `version` is the state of the cluster.
    pub(super) fn next(&self, now: Time, version: u64) -> Option<Time> {
        let due = self.unneeded.values().filter(|unneeded| !unneeded.waits);
        let due = due.map(|unneeded| unneeded.since + unneeded.threshold);
        let again = self.unremovable.values().filter_map(|unremovable| {
            if unremovable.version < version {
                Some(unremovable.until)
            } else {
                unremovable.again
            }
        });
        due.chain(again).filter(|&at| at > now).min()
    }
}

/// Whether the node's pods have a place elsewhere: they are put there, and the node is no destination any more. What
/// has to move, and whether a pod's end is waited for; else when time alone may change the answer.
fn simulate(
    what_if: &mut WhatIf<'_>,
    world: &World,
    flags: &AutoscalerFlags,
    node: NodeId,
    destinations: &mut BTreeSet<NodeId>,
) -> Result<(Vec<PodId>, bool), Option<Time>> {
    let mut to_move = Vec::new();
    let mut waits = false;
    for id in what_if.pods(node) {
        let Some(pod) = world.pod(id) else { continue };
        match drain(world, flags, pod, world.now()) {
            Drain::Ignore | Drain::Daemon => {}
            Drain::Move => to_move.push(id),
            Drain::Wait => waits = true,
            Drain::Block(_, again) => return Err(again),
        }
    }
    let mark = what_if.mark();
    for &id in &to_move {
        what_if.take_off(id);
    }
    let places: Vec<NodeId> = what_if
        .nodes()
        .iter()
        .copied()
        .filter(|place| *place != node && destinations.contains(place))
        .collect();
    for &id in &to_move {
        let Some(pod) = world.pod(id) else { continue };
        let Some(place) = what_if.first_fit(pod, places.iter().copied()) else {
            what_if.revert(mark);
            return Err(None);
        };
        what_if.place(id, pod, place);
    }
    destinations.remove(&node);
    Ok((to_move, waits))
}

/// How long a node has to be unneeded.
pub(super) fn threshold(node: &Node, unneeded: Span, unready: Span) -> Span {
    if node.readiness == Readiness::Ready {
        unneeded
    } else {
        unready
    }
}
