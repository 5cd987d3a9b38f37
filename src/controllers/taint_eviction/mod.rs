//! The taint eviction controller: deletes the pods that do not bear the `NoExecute` taints of their node (NL-40 to
//! NL-44).
//!
//! Follows `pkg/controller/tainteviction`. Each pod has at most one eviction before it, whose time was counted from
//! the first look that found the pod on a tainted node; later changes do not move it, but the end of all taints does.

mod verdict;

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::{Taint, TaintEffect};
use crate::sim::Time;
use crate::world::{Call, Change, ControllerKind, DisruptionReason, NodeId, PodId};
use std::collections::BTreeMap;
use verdict::{Verdict, verdict};

/// Upstream starts a timer for each pod: any number of evictions is under way at a time, and they meet at the client.
pub(super) const WORKERS: u32 = 1000;

/// An eviction to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Eviction {
    /// The look that decided on it.
    decided_at: Time,
    due: Time,
}

/// Decides when pods are evicted.
#[derive(Debug, Default)]
pub struct TaintEviction {
    evictions: BTreeMap<PodId, Eviction>,
}

impl TaintEviction {
    /// NL-41, NL-42: plans, keeps or cancels the pod's eviction.
    fn plan_eviction(&mut self, view: View<'_>, pod: PodId, taints: &[&Taint]) {
        let now = view.now();
        let Some(row) = view.world.pod(pod) else {
            return;
        };
        let tolerations = &view.world.template_of(row).spec.tolerations;
        let eviction = match verdict(tolerations, taints) {
            Verdict::Stay => {
                self.evictions.remove(&pod);
                return;
            }
            Verdict::Leave => Eviction {
                decided_at: now,
                due: now,
            },
            Verdict::LeaveAfter(bearable) => match self.evictions.get(&pod) {
                // A shorter time does not count either, once some time has gone by: so upstream.
                Some(planned) if planned.decided_at < now => return,
                Some(_) | None => Eviction {
                    decided_at: now,
                    due: now + bearable,
                },
            },
        };
        self.evictions.insert(pod, eviction);
    }
}

impl Reconcile for TaintEviction {
    type Key = PodId;

    const KIND: ControllerKind = ControllerKind::TaintEviction;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<PodId>) {
        if let Change::NodeTainted { node, taint } | Change::NodeUntainted { node, taint } = change
        {
            if taint.ends_with(":NoExecute") {
                let pods = view.world.node(*node).pods.values();
                pods.for_each(|&pod| wakes.now(pod));
            }
        } else if let Change::PodScheduled(pod) = *change {
            let node = view.world.pod(pod).and_then(|row| row.node);
            if node.is_some_and(|node| !no_execute_taints(view, node).is_empty()) {
                wakes.now(pod);
            }
        } else if let Change::PodDeleted(pod) = *change
            && self.evictions.contains_key(&pod)
        {
            wakes.now(pod);
        }
    }

    fn reconcile(&mut self, view: View<'_>, key: PodId, _: Progress, plan: &mut Plan) -> Requeue {
        let now = view.now();
        let Some(node) = view.world.live_pod(key).and_then(|row| row.node) else {
            self.evictions.remove(&key);
            return Requeue::Done;
        };
        let is_due = |eviction: &Eviction| eviction.due <= now;
        // An eviction that was decided on goes on after the deletion of the node object.
        if !self.evictions.get(&key).is_some_and(is_due) && view.world.node(node).exists() {
            self.plan_eviction(view, key, &no_execute_taints(view, node));
        }
        match self.evictions.get(&key) {
            Some(eviction) if is_due(eviction) => {
                self.evictions.remove(&key);
                evict(key, plan);
            }
            Some(eviction) => plan.look_again_at(eviction.due),
            None => {}
        }
        Requeue::Done
    }
}

/// NL-43. The pod is read and its condition written before the deletion: two more requests of the client, which
/// change nothing here, since the condition comes with the deletion.
fn evict(pod: PodId, plan: &mut Plan) {
    plan.event();
    plan.call(Call::WriteEvent);
    plan.call(Call::WriteEvent);
    plan.call(Call::DeletePod {
        pod,
        grace: None,
        disruption: Some(DisruptionReason::DeletionByTaintManager),
    });
}

fn no_execute_taints(view: View<'_>, node: NodeId) -> Vec<&Taint> {
    let taints = view.world.node(node).taints.iter();
    taints
        .filter(|taint| taint.effect == TaintEffect::NoExecute)
        .collect()
}

#[cfg(test)]
mod tests;
