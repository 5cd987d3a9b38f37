//! The pass that gives waiting nodes their `NoExecute` taint, one a token (NL-21 to NL-23).
//!
//! Follows `doNoExecuteTaintingPass` and `RateLimitedTimedQueue.Try`.

use super::zones::zone_of;
use super::{NOT_READY, NodeLifecycle, UNREACHABLE, has_no_execute, taint};
use crate::api::View;
use crate::controllers::{Plan, Requeue};
use crate::model::{Profile, TaintEffect};
use crate::world::{Call, Node, NodeChange, NodeId, Readiness};

impl NodeLifecycle {
    /// A pass, and when the next one would find something.
    pub(super) fn taint_waiting(&mut self, view: View<'_>, plan: &mut Plan) -> Requeue {
        let now = view.now();
        if !self.tainter.comes_at(now) {
            plan.look_again_at(self.tainter.at_or_after(now));
            return Requeue::Done;
        }
        if self.in_progress.is_some() && self.profile == Profile::Ideal {
            // Where nothing takes time, nobody can taint between a node's loss and the verdict on its zone.
            plan.look_again_at(now);
            return Requeue::Done;
        }
        self.queue_unknown(view);
        let mut calls = Vec::new();
        for zone in self.zones.iter_mut() {
            // NL-23: the token goes before anybody knows whether the node still needs it.
            while !zone.queue.is_empty() && zone.limiter.take(now) {
                let Some(id) = zone.queue.pop_first() else {
                    break;
                };
                let node = view.world.node(id);
                let (add, other) = match node.readiness {
                    Readiness::NotReady => (NOT_READY, UNREACHABLE),
                    Readiness::Unknown => (UNREACHABLE, NOT_READY),
                    Readiness::Ready => continue,
                };
                if node.exists() {
                    self.taken_up.insert(id);
                    calls.extend(swap_taints(id, node, add, other));
                }
            }
        }
        plan.together(calls, false);
        let next = self.tainter.after(now);
        if self.in_progress.is_some() {
            plan.look_again_at(next);
        }
        if self.awaited_pass.get() > self.last_pass {
            plan.look_again_at(self.tainter.after(self.awaited_pass.get()).max(next));
        }
        if let Some(token) = self.zones.next_token() {
            plan.look_again_at(self.tainter.at_or_after(token).max(next));
        }
        Requeue::Done
    }

    /// Queues the nodes that the pass in progress has made unknown by now.
    pub(super) fn queue_unknown(&mut self, view: View<'_>) {
        let flags = &view.model.control_plane.controllers;
        let zones = &mut self.zones;
        if let Some(nodes) = &mut self.in_progress {
            nodes.retain(|&id| {
                let node = view.world.node(id);
                let is_unknown = node.exists() && node.readiness == Readiness::Unknown;
                if is_unknown {
                    zones.ensure(zone_of(&node.labels), flags).queue.insert(id);
                }
                !is_unknown
            });
        }
    }
}

/// Calls after which the node has one of the two `NoExecute` taints and not the other (NL-21).
pub(super) fn swap_taints(id: NodeId, node: &Node, add: &str, other: &str) -> Vec<Call> {
    let change = |change| Call::ChangeNode { node: id, change };
    let mut calls = vec![change(NodeChange::AddTaint(taint(
        add,
        TaintEffect::NoExecute,
    )))];
    if has_no_execute(node, other) {
        calls.push(change(NodeChange::RemoveTaint(taint(
            other,
            TaintEffect::NoExecute,
        ))));
    }
    calls
}

/// Calls after which the node has neither (NL-24).
pub(super) fn remove_taints(id: NodeId, node: &Node) -> Vec<Call> {
    let keys = [UNREACHABLE, NOT_READY].into_iter();
    keys.filter(|key| has_no_execute(node, key))
        .map(|key| remove_taint(id, key))
        .collect()
}

pub(super) fn remove_taint(id: NodeId, key: &str) -> Call {
    Call::ChangeNode {
        node: id,
        change: NodeChange::RemoveTaint(taint(key, TaintEffect::NoExecute)),
    }
}
