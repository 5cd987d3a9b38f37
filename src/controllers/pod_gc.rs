//! The pod garbage collector: pods of nodes that no longer exist (NL-62).
//!
//! Follows `pkg/controller/podgc`. Its passes come every 20 s with a phase drawn from the seed; only those
//! passes that find something are played.

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::Profile;
use crate::sim::{Span, Stream, Time};
use crate::world::{Call, Change, ControllerKind, DisruptionReason, NodeId};

/// NL-C13.
const PERIOD: Span = Span::from_secs(20);
/// NL-C13.
const QUARANTINE: Span = Span::from_secs(40);

/// Decides which pods go.
#[derive(Debug)]
pub struct PodGc {
    /// The moment of the first pass.
    phase: Span,
}

impl PodGc {
    /// Draws the phase of the passes; none in the ideal profile.
    pub fn new(seed: u64, profile: Profile) -> Self {
        let phase = match profile {
            Profile::Ideal => Span::ZERO,
            Profile::Kubernetes => drawn_phase(seed, "pod-gc", PERIOD),
        };
        Self { phase }
    }

    /// The first pass at or after `time`.
    fn pass_at(&self, time: Time) -> Time {
        time + Span::from_nanos(
            (self.phase - time.since_start())
                .as_nanos()
                .rem_euclid(PERIOD.as_nanos()),
        )
    }
}

/// A moment within `period`, of the loop that is called `name`.
pub(super) fn drawn_phase(seed: u64, name: &str, period: Span) -> Span {
    let mut stream = Stream::new(seed, &["control-plane", name], "phase");
    let nanos = stream.below(period.as_nanos().unsigned_abs());
    Span::from_nanos(i64::try_from(nanos).expect("a period is far below 2^63 ns"))
}

impl Reconcile for PodGc {
    type Key = NodeId;

    const KIND: ControllerKind = ControllerKind::PodGc;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<NodeId>) {
        if let Change::NodeRemoved(node) = *change {
            wakes.now(node);
        } else if let Change::PodScheduled(pod) = *change
            && let Some(node) = view.world.pod(pod).and_then(|pod| pod.node)
            && !view.world.node(node).exists()
        {
            wakes.now(node);
        }
    }

    fn reconcile(&mut self, view: View<'_>, key: NodeId, _: Progress, plan: &mut Plan) -> Requeue {
        let node = view.world.node(key);
        let Some(removed_at) = node.removed_at.filter(|_| !node.pods.is_empty()) else {
            return Requeue::Done;
        };
        let seen_at = self.pass_at(removed_at);
        let delete_at = self.pass_at((seen_at + QUARANTINE).max(view.now()));
        if view.now() < delete_at {
            plan.look_again_at(delete_at);
            return Requeue::Done;
        }
        let calls = node
            .pods
            .values()
            .map(|&pod| Call::ForceDeletePod {
                pod,
                disruption: Some(DisruptionReason::DeletionByPodGC),
            })
            .collect();
        plan.together(calls, false);
        Requeue::Done
    }
}
