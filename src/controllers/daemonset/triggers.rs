//! What makes a `DaemonSet` be looked at (DS-1 to DS-5).
//!
//! The queue for nodes (DS-3) is a filter here: it holds a node for no time worth naming, and asks each
//! `DaemonSet` whether the node's change matters to it. Upstream: the event handlers and `syncNodeUpdate` in
//! `pkg/controller/daemon/daemon_controller.go`.

use super::Settled;
use super::eligibility::Eligibility;
use super::rolling::allows_surge;
use crate::controllers::Wakes;
use crate::sim::Span;
use crate::world::{Change, DaemonSetId, NodeId, Owner, PodId, World};

/// Upstream's allowance for clocks that differ (DS-2).
const CLOCK_ALLOWANCE: Span = Span::from_secs(1);

/// DS-1 to DS-5.
#[allow(
    clippy::too_many_lines,
    reason = "a table of all changes, read by looking up"
)]
pub(super) fn concerns(
    world: &World,
    settled: &Settled,
    change: &Change,
    wakes: &mut Wakes<DaemonSetId>,
) {
    let is_settled = |id| settled.get(&id) == Some(&world.node_changes());
    match change {
        Change::DaemonSetCreated(id) | Change::DaemonSetUpdated(id) => wakes.now(*id),
        Change::DaemonSetStatus(id) => {
            if !is_settled(*id) {
                wakes.now(*id);
            }
        }
        Change::NodeAdded(node)
        | Change::NodeTainted { node, .. }
        | Change::NodeUntainted { node, .. }
        | Change::NodeLabeled(node) => node_changed(world, *node, wakes),
        Change::PodReady(pod) => {
            pod_changed(world, *pod, wakes);
            pod_became_ready(world, *pod, wakes);
        }
        Change::PodCreated(pod)
        | Change::PodNotReady(pod)
        | Change::PodSucceeded(pod)
        | Change::PodFailed(pod)
        | Change::PodDeleting(pod)
        | Change::PodDeleted(pod) => pod_changed(world, *pod, wakes),
        // Nothing that a sync looks at, but for the order of two pods of a node (DS-42).
        Change::PodScheduled(pod)
        | Change::PodUnschedulable(pod)
        | Change::PodNominated(pod)
        | Change::ContainerPulling { pod, .. }
        | Change::ContainerStarted { pod, .. }
        | Change::ContainerExited { pod, .. }
        | Change::ContainerBackoff { pod, .. }
        | Change::PodStarted(pod)
        | Change::PodPreempted(pod)
        | Change::PodEvicted(pod) => {
            if let Some(id) = owner(world, *pod)
                && (!is_settled(id) || allows_surge(&world.daemonset(id).spec.update_strategy))
            {
                wakes.now(id);
            }
        }
        // Not in the pod's object, or never of a daemon pod.
        Change::ContainerPulled { .. } | Change::PodFinalizerRemoved(_)
        // Not processed any more (DS-54), or not a change of the object.
        | Change::DaemonSetRolledOut(_)
        | Change::DaemonSetDeleting(_)
        | Change::DaemonSetDeleted(_)
        // Neither labels nor taints; the deletion of a node has no handler (DS-4).
        | Change::NodeReady(_)
        | Change::NodeNotReady(_)
        | Change::NodeCordoned(_)
        | Change::NodeUncordoned(_)
        | Change::NodeCrashed(_)
        | Change::NodeRecovered(_)
        | Change::NodeFailure { .. }
        | Change::NodeRemoved(_)
        | Change::JobCreated(_)
        | Change::JobUpdated(_)
        | Change::JobStatus { .. }
        | Change::JobStarted(_)
        | Change::JobCondition { .. }
        | Change::JobDeleting(_)
        | Change::JobDeleted(_)
        | Change::CronJobCreated(_)
        | Change::CronJobUpdated { .. }
        | Change::CronJobSuspended(_)
        | Change::CronJobResumed(_)
        | Change::CronJobStatus(_)
        | Change::CronJobDecided { .. }
        | Change::CronJobDeleting(_)
        | Change::CronJobDeleted(_)
        | Change::Deployment(..)
        | Change::ReplicaSet(..)
        | Change::StatefulSet(..)
        | Change::Outage { .. }
        | Change::DisruptionBudget(..)
        | Change::DrainBegan(_)
        | Change::DrainEnded(_)
        | Change::NodeDrained(_)
        | Change::EvictionRefused { .. }
        | Change::Scaling(_)
        | Change::Action { .. } => {}
    }
}

/// The `DaemonSet` that a pod belongs to, if it still exists.
fn owner(world: &World, pod: PodId) -> Option<DaemonSetId> {
    match world.pod(pod)?.owner {
        Owner::DaemonSet(id) => world.daemonset(id).exists().then_some(id),
        Owner::None | Owner::Job(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_) => None,
    }
}

fn pod_changed(world: &World, pod: PodId, wakes: &mut Wakes<DaemonSetId>) {
    if let Some(id) = owner(world, pod) {
        wakes.now(id);
    }
}

/// DS-2.
fn pod_became_ready(world: &World, pod: PodId, wakes: &mut Wakes<DaemonSetId>) {
    let is_deleting = world.pod(pod).is_some_and(|row| row.deletion.is_some());
    if let Some(id) = owner(world, pod) {
        let min_ready = world.daemonset(id).spec.min_ready;
        if !min_ready.is_zero() && !is_deleting {
            wakes.after(id, min_ready + CLOCK_ALLOWANCE);
        }
    }
}

/// DS-3.
fn node_changed(world: &World, node: NodeId, wakes: &mut Wakes<DaemonSetId>) {
    let row = world.node(node);
    if !row.exists() {
        return;
    }
    let mut with_pod: Vec<DaemonSetId> = row
        .pods
        .values()
        .filter_map(|pod| owner(world, *pod))
        .collect();
    with_pod.sort_unstable();
    for (id, daemonset) in world.all_daemonsets() {
        if !daemonset.exists() || daemonset.deleting {
            continue;
        }
        let spec = &world.templates().get(daemonset.template).spec;
        let matters = if with_pod.binary_search(&id).is_ok() {
            daemonset.status.misscheduled > 0 || Eligibility::of(spec, row) == Eligibility::Leave
        } else {
            Eligibility::of(spec, row) == Eligibility::Run
        };
        if matters {
            wakes.now(id);
        }
    }
}
