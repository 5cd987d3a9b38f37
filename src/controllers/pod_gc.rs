//! The pod garbage collector: pods that nobody else would end (NL-60 to NL-64).
//!
//! Follows `pkg/controller/podgc`. Its passes come every 20 s with a phase drawn from the seed; only those
//! passes that find something are played.

use super::passes::Passes;
use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::{Name, Profile};
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, ControllerKind, DisruptionReason, Node, NodeId, Phase, Pod, PodId, PodReason,
    Readiness, World,
};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// NL-C13.
const PERIOD: Span = Span::from_secs(20);
/// NL-C13.
const QUARANTINE: Span = Span::from_secs(40);
/// Key of the taint by which a person says that a machine is off (NL-61).
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// What a pass looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspects {
    /// Terminated pods, more than there may be (NL-60).
    Terminated,
    /// Pods being deleted on a node that may be out of service (NL-61).
    OutOfService(NodeId),
    /// Pods of a node that is gone (NL-62).
    Orphans(NodeId),
    /// A pod that is being deleted and has no node (NL-63).
    Unbound(PodId),
}

/// Decides which pods go.
#[derive(Debug)]
pub struct PodGc {
    passes: Passes,
    /// Kept where the changes are seen.
    terminated: RefCell<Terminated>,
}

/// NL-60: evicted pods first, then the oldest, then by name; the number settles what is left.
type Rank = (bool, Time, Name, u64);

/// The pods that ended and whose objects exist. There may be thousands that nobody will ever ask about, so those that
/// are new are only listed; a pass that finds too many puts them in order.
#[derive(Debug, Default)]
struct Terminated {
    count: usize,
    /// Since the last pass that found too many; some may be gone.
    fresh: Vec<PodId>,
    /// Those before, the first to go on top; some may be gone.
    ordered: BinaryHeap<Reverse<(Rank, PodId)>>,
}

impl Terminated {
    fn add(&mut self, world: &World, pod: PodId) {
        self.count += 1;
        self.fresh.push(pod);
        if self.fresh.len() > 2 * self.count + 64 {
            self.fresh.retain(|pod| world.live_pod(*pod).is_some());
        }
    }

    fn remove(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// The first pods in the order of NL-60. They stay here until they are gone.
    fn first(&mut self, world: &World, wanted: usize) -> Vec<PodId> {
        for pod in self.fresh.drain(..) {
            if let Some(row) = world.live_pod(pod) {
                self.ordered.push(Reverse((rank(world, row), pod)));
            }
        }
        let mut first = Vec::new();
        while first.len() < wanted
            && let Some(Reverse((_, pod))) = self.ordered.pop()
        {
            if world.live_pod(pod).is_some() {
                first.push(pod);
            }
        }
        // What is held by a finalizer is found again by the next pass.
        self.fresh.extend(&first);
        first
    }
}

fn rank(world: &World, row: &Pod) -> Rank {
    let is_evicted = row.phase == Phase::Failed && row.reason == Some(PodReason::Evicted);
    let created = world.api_time(row.created_at);
    (!is_evicted, created, row.name.clone(), row.number.0)
}

impl PodGc {
    /// Draws the phase of the passes; the ideal profile waits for none.
    pub fn new(seed: u64, profile: Profile) -> Self {
        Self {
            passes: Passes::new(seed, profile, "pod-gc", PERIOD),
            terminated: RefCell::default(),
        }
    }

    fn count_terminated(&self, view: View<'_>, change: &Change) {
        if let Change::PodSucceeded(pod) | Change::PodFailed(pod) = *change {
            self.terminated.borrow_mut().add(view.world, pod);
        } else if let Change::PodDeleted(pod) = *change
            && view
                .world
                .pod(pod)
                .is_some_and(|row| row.phase.is_terminal())
        {
            self.terminated.borrow_mut().remove();
        }
    }

    /// How many terminated pods are too many now.
    fn excess(&self, view: View<'_>) -> usize {
        let threshold = view
            .model
            .control_plane
            .controllers
            .terminated_pod_gc_threshold;
        if threshold == 0 {
            return 0;
        }
        let threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
        self.terminated.borrow().count.saturating_sub(threshold)
    }

    /// NL-60.
    fn collect_terminated(&self, view: View<'_>, plan: &mut Plan) {
        let excess = self.excess(view);
        if excess == 0 {
            return;
        }
        let mut pods = self.terminated.borrow_mut().first(view.world, excess);
        // One that only a finalizer holds has been asked for before.
        pods.retain(|&pod| {
            view.world
                .live_pod(pod)
                .is_some_and(|row| !is_confirmed(row))
        });
        force_delete(pods, None, plan);
    }

    /// NL-62.
    fn collect_orphans(&self, view: View<'_>, node: &Node, plan: &mut Plan) {
        let Some(removed_at) = node.removed_at.filter(|_| !node.pods.is_empty()) else {
            return;
        };
        let seen_at = self.passes.at_or_after(removed_at + view.latency().watch);
        let delete_at = self.passes.at_or_after(seen_at + QUARANTINE);
        if view.now() < delete_at {
            plan.look_again_at(delete_at);
            return;
        }
        let reason = Some(DisruptionReason::DeletionByPodGC);
        force_delete(node.pods.values().copied(), reason, plan);
    }

    /// NL-61.
    fn collect_out_of_service(view: View<'_>, node: &Node, plan: &mut Plan) {
        if !is_out_of_service(node) {
            return;
        }
        let pods = node.pods.values().copied();
        let is_leaving = |pod: &PodId| {
            let row = view.world.live_pod(*pod);
            row.is_some_and(|row| row.deletion.is_some() && !is_confirmed(row))
        };
        force_delete(pods.filter(is_leaving), None, plan);
    }
}

impl Reconcile for PodGc {
    type Key = Suspects;

    const KIND: ControllerKind = ControllerKind::PodGc;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<Suspects>) {
        let world = view.world;
        let seen = view.now() + view.latency().watch;
        let mut at_next_pass = |key| wakes.after(key, self.passes.at_or_after(seen) - seen);
        self.count_terminated(view, change);
        if let Change::PodSucceeded(_) | Change::PodFailed(_) = *change {
            if self.excess(view) > 0 {
                at_next_pass(Suspects::Terminated);
            }
        } else if let Change::NodeRemoved(node) = *change {
            at_next_pass(Suspects::Orphans(node));
        } else if let Change::PodScheduled(pod) = *change
            && let Some(node) = world.pod(pod).and_then(|row| row.node)
        {
            if !world.node(node).exists() {
                at_next_pass(Suspects::Orphans(node));
            }
        } else if let Change::NodeNotReady(node) | Change::NodeTainted { node, .. } = *change {
            if is_out_of_service(world.node(node)) {
                at_next_pass(Suspects::OutOfService(node));
            }
        } else if let Change::PodDeleting(pod) = *change {
            match world.live_pod(pod).map(|row| row.node) {
                Some(Some(node)) if is_out_of_service(world.node(node)) => {
                    at_next_pass(Suspects::OutOfService(node));
                }
                Some(None) => at_next_pass(Suspects::Unbound(pod)),
                Some(Some(_)) | None => {}
            }
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: Suspects,
        _: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        // Keys are woken for passes; one that had to wait for others of the same pass is late, not early.
        match key {
            Suspects::Terminated => self.collect_terminated(view, plan),
            Suspects::OutOfService(node) => {
                Self::collect_out_of_service(view, view.world.node(node), plan);
            }
            Suspects::Orphans(node) => self.collect_orphans(view, view.world.node(node), plan),
            Suspects::Unbound(pod) => {
                let row = view.world.live_pod(pod);
                let is_leaving = |row: &Pod| row.node.is_none() && row.deletion.is_some();
                if row.is_some_and(is_leaving) {
                    force_delete([pod], None, plan);
                }
            }
        }
        Requeue::Done
    }
}

/// NL-64: the pods fail where they have not ended, and go.
fn force_delete(
    pods: impl IntoIterator<Item = PodId>,
    disruption: Option<DisruptionReason>,
    plan: &mut Plan,
) {
    let call = |pod| Call::ForceDeletePod { pod, disruption };
    plan.together(pods.into_iter().map(call).collect(), false);
}

fn is_out_of_service(node: &Node) -> bool {
    let mut taints = node.taints.iter();
    node.exists()
        && node.readiness != Readiness::Ready
        && taints.any(|taint| &*taint.key == OUT_OF_SERVICE)
}

fn is_confirmed(row: &Pod) -> bool {
    row.deletion.is_some_and(|deletion| deletion.is_confirmed)
}

#[cfg(test)]
mod tests;
