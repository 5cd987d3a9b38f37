//! The pass over all nodes: silent ones become unknown, taints are asked for or go, zones are judged
//! (NL-2, NL-5, NL-21, NL-24, NL-28).
//!
//! Follows `monitorNodeHealth`, `processTaintBaseEviction` and `MarkPodsNotReady`.

use super::tainter::{remove_taint, remove_taints, swap_taints};
use super::zones::{Census, Turn, ZoneKey, is_counted, zone_of};
use super::{NOT_READY, NodeLifecycle, UNREACHABLE, has_no_execute};
use crate::api::View;
use crate::controllers::{Plan, Requeue};
use crate::world::{Call, Node, NodeChange, NodeId, PodUpdate, Readiness};
use std::collections::{BTreeMap, BTreeSet};

/// NL-C12: nodes that are worked on at a time.
const LANES: usize = 8;

impl NodeLifecycle {
    /// Looks at every node.
    pub(super) fn begin_pass(&mut self, view: View<'_>, plan: &mut Plan) -> Requeue {
        let now = view.now();
        if !self.monitor.comes_at(now) {
            plan.look_again_at(self.monitor.at_or_after(now));
            return Requeue::Done;
        }
        self.last_pass = now;
        let mut found_out = BTreeSet::new();
        let mut work = Vec::new();
        for (id, node) in view.world.nodes() {
            let is_found_out = self.found_out_at(view, node).is_some_and(|at| at <= now);
            let calls = if is_found_out {
                let (is_tainted, calls) = make_unknown(view, id, node);
                if !is_tainted {
                    found_out.insert(id);
                }
                calls
            } else {
                self.keep_up_taints(view, id, node)
            };
            if !calls.is_empty() {
                work.push(calls);
            }
        }
        self.in_progress = Some(found_out);
        carry_out_in_lanes(work, plan);
        Requeue::Continue
    }

    /// Queues a node for its `NoExecute` taint, or answers with the calls that can be made at once.
    fn keep_up_taints(&mut self, view: View<'_>, id: NodeId, node: &Node) -> Vec<Call> {
        let flags = &view.model.control_plane.controllers;
        let zone = self.zones.ensure(zone_of(&node.labels), flags);
        let (own, other) = match node.readiness {
            Readiness::Ready => {
                zone.queue.remove(&id);
                return remove_taints(id, node);
            }
            Readiness::NotReady => (NOT_READY, UNREACHABLE),
            Readiness::Unknown => (UNREACHABLE, NOT_READY),
        };
        if has_no_execute(node, other) {
            return swap_taints(id, node, own, other);
        }
        if !has_no_execute(node, own) {
            zone.queue.insert(id);
        }
        Vec::new()
    }

    /// Judges the zones, and says when the next silent node is due.
    pub(super) fn end_pass(&mut self, view: View<'_>, plan: &mut Plan) -> Requeue {
        let now = view.now();
        self.queue_unknown(view);
        self.in_progress = None;
        let censuses = census(view);
        let flags = &view.model.control_plane.controllers;
        match self.zones.settle(&censuses, flags, now) {
            Turn::None => {}
            Turn::Restored => self.probe_floor = Some(now),
            Turn::AllDisrupted => {
                for (id, node) in view.world.nodes() {
                    let zone = self.zones.ensure(zone_of(&node.labels), flags);
                    zone.queue.remove(&id);
                    // Differs: upstream overlooks a taint that came during this very pass.
                    let calls = if self.taken_up.contains(&id) {
                        vec![remove_taint(id, UNREACHABLE), remove_taint(id, NOT_READY)]
                    } else {
                        remove_taints(id, node)
                    };
                    for call in calls {
                        plan.call(call);
                    }
                }
            }
        }
        self.taken_up.clear();
        let due = view.world.nodes();
        let due = due.filter_map(|(_, node)| self.found_out_at(view, node));
        if let Some(at) = due.min() {
            plan.look_again_at(at.max(self.monitor.after(now)));
        }
        Requeue::Done
    }
}

/// How many nodes of each zone are not Ready (NL-26).
fn census(view: View<'_>) -> BTreeMap<ZoneKey, Census> {
    let mut censuses: BTreeMap<ZoneKey, Census> = BTreeMap::new();
    for (_, node) in view.world.nodes().filter(|(_, node)| is_counted(node)) {
        let census = censuses.entry(zone_of(&node.labels)).or_default();
        census.total += 1;
        census.not_ready += u32::from(node.readiness != Readiness::Ready);
    }
    censuses
}

/// The calls that make a node unknown and then its pods not Ready; and whether it gets the taint at once, since
/// it has the other one (NL-21).
fn make_unknown(view: View<'_>, id: NodeId, node: &Node) -> (bool, Vec<Call>) {
    let mut calls = vec![Call::ChangeNode {
        node: id,
        change: NodeChange::Readiness(Readiness::Unknown),
    }];
    let is_tainted = has_no_execute(node, NOT_READY);
    if is_tainted {
        calls.extend(swap_taints(id, node, UNREACHABLE, NOT_READY));
    }
    if node.readiness == Readiness::Ready {
        let pods = node.pods.values();
        let ready = pods.filter(|&&pod| view.world.pod(pod).is_some_and(|row| row.ready));
        calls.extend(ready.map(|&pod| Call::Report {
            pod,
            updates: vec![PodUpdate::Ready(false)],
        }));
    }
    (is_tainted, calls)
}

/// Eight nodes at a time, each node's calls one after the other; beside them one writer of v1 Events (CP-2).
fn carry_out_in_lanes(work: Vec<Vec<Call>>, plan: &mut Plan) {
    let mut lanes: [Vec<Call>; LANES] = Default::default();
    for (index, calls) in work.into_iter().enumerate() {
        lanes[index % LANES].extend(calls);
    }
    let mut lanes = lanes.map(Vec::into_iter);
    loop {
        let mut step: Vec<Call> = lanes.iter_mut().filter_map(Iterator::next).collect();
        if step.is_empty() {
            return;
        }
        if step.iter().any(is_announced) {
            step.push(Call::WriteEvent);
        }
        plan.together(step, false);
    }
}

/// Whether a v1 Event `NodeNotReady` tells of the call.
fn is_announced(call: &Call) -> bool {
    matches!(
        call,
        Call::Report { .. }
            | Call::ChangeNode {
                change: NodeChange::Readiness(_),
                ..
            }
    )
}
