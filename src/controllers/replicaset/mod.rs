//! The ReplicaSet controller: as many active pods as `replicas` says (WL-8).
//!
//! A sync creates what is missing, slowly at first, or deletes what is too much; then it writes the status of the
//! pods that it found at its start. Upstream: `syncReplicaSet` in `pkg/controller/replicaset/replica_set.go`.
//!
//! Differs: pods are not adopted. A worker keeps its key until the API has answered every call, so that expectations
//! (CP-E1) are always satisfied when a sync begins.

mod ranking;
#[cfg(test)]
mod tests;

use super::availability::{has_been_ready, next_available};
use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, ControllerKind, NewPod, Owner, Pod, PodId, ReplicaSet, ReplicaSetId,
    ReplicaSetStatus, WorkloadChange, World,
};
use std::collections::BTreeMap;

/// CP-E4: creations in a sync, and likewise deletions.
const BURST: usize = 500;

/// The decisions of the ReplicaSet controller.
#[derive(Debug, Default)]
pub struct ReplicaSetReconciler {
    /// Statuses of syncs whose calls are on their way.
    started: BTreeMap<ReplicaSetId, ReplicaSetStatus>,
    instant: Instant,
}

/// So many times its `replicas` a ReplicaSet creates at one instant.
const MOST_AT_ONCE: usize = 3;
/// How long it waits then.
const PAUSE: Span = Span::from_secs(1);

/// Pods that were created at this very instant.
///
/// Differs: pods that are preempted or evicted the moment they are bound are replaced at once, without end. Time that
/// requests take limits that; where nothing takes time, a ReplicaSet waits a second after [`MOST_AT_ONCE`] rounds.
#[derive(Debug, Default)]
struct Instant {
    at: Time,
    created: BTreeMap<ReplicaSetId, usize>,
}

impl Instant {
    /// How many of the `missing` pods may come now.
    fn admit(&mut self, id: ReplicaSetId, replicas: usize, missing: usize, now: Time) -> usize {
        if std::mem::replace(&mut self.at, now) != now {
            self.created.clear();
        }
        let created = self.created.entry(id).or_default();
        let room = replicas
            .saturating_mul(MOST_AT_ONCE)
            .saturating_sub(*created);
        let admitted = missing.min(room);
        *created += admitted;
        admitted
    }
}

impl Reconcile for ReplicaSetReconciler {
    type Key = ReplicaSetId;

    const KIND: ControllerKind = ControllerKind::ReplicaSet;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<ReplicaSetId>) {
        let world = view.world;
        if let Change::ReplicaSet(id, change) = *change {
            if !matches!(change, WorkloadChange::RolledOut | WorkloadChange::Deleted) {
                wakes.now(id);
            }
        } else if let Change::PodReady(pod) = *change {
            if let Some(id) = owner(world, pod) {
                wakes.now(id);
                let min_ready = world.replicaset(id).spec.min_ready;
                let is_deleting = world.pod(pod).is_some_and(|pod| pod.deletion.is_some());
                if !min_ready.is_zero() && !is_deleting {
                    wakes.after(id, min_ready);
                }
            }
        } else if let Change::PodCreated(pod)
        | Change::PodNotReady(pod)
        | Change::PodSucceeded(pod)
        | Change::PodFailed(pod)
        | Change::PodDeleting(pod)
        | Change::PodDeleted(pod) = *change
        {
            // Other changes of a pod make Kubernetes look too, but there is nothing to be found.
            wakes
                .0
                .extend(owner(world, pod).map(|id| (id, crate::sim::Span::ZERO)));
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: ReplicaSetId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let world = view.world;
        let row = world.replicaset(key);
        let started = self.started.remove(&key).filter(|_| progress.stage > 0);
        if !row.exists() {
            return Requeue::Done;
        }
        if let Some(mut status) = started {
            status.is_failing = progress.refused > 0;
            write_status(key, row, status, plan);
            if progress.refused > 0 {
                return Requeue::Backoff;
            }
            return Requeue::Done;
        }
        let found = Found::of(world, row);
        if !row.deleting {
            manage(world, key, row, &found, &mut self.instant, plan);
        }
        let status = found.status(row, world);
        if let Some(at) = found.next_check(row, world) {
            plan.look_again_at(at);
        }
        if plan.is_empty() {
            write_status(key, row, status, plan);
            return Requeue::Done;
        }
        self.started.insert(key, status);
        Requeue::Continue
    }
}

/// The ReplicaSet that a pod belongs to, if it still exists.
fn owner(world: &World, pod: PodId) -> Option<ReplicaSetId> {
    match world.pod(pod)?.owner {
        Owner::ReplicaSet(id) => world.replicaset(id).exists().then_some(id),
        Owner::None | Owner::Job(_) | Owner::DaemonSet(_) | Owner::StatefulSet(_) => None,
    }
}

/// The pods that a sync finds.
struct Found<'w> {
    active: Vec<(PodId, &'w Pod)>,
    terminating: usize,
}

impl<'w> Found<'w> {
    fn of(world: &'w World, row: &ReplicaSet) -> Self {
        let pods = || {
            let ids = row.pods.values();
            ids.filter_map(|&id| world.live_pod(id).map(|pod| (id, pod)))
        };
        Self {
            active: pods().filter(|(_, pod)| pod.is_active()).collect(),
            terminating: pods().filter(|(_, pod)| pod.is_terminating()).count(),
        }
    }

    /// `calculateStatus`.
    fn status(&self, row: &ReplicaSet, world: &World) -> ReplicaSetStatus {
        let (min_ready, now) = (row.spec.min_ready, world.now());
        let count = |counts: &dyn Fn(&Pod) -> bool| {
            let pods = self.active.iter().filter(|(_, pod)| counts(pod));
            i32::try_from(pods.count()).unwrap_or(i32::MAX)
        };
        ReplicaSetStatus {
            replicas: count(&|_| true),
            ready: count(&|pod| pod.ready),
            available: count(&|pod| has_been_ready(pod, min_ready, now)),
            terminating: i32::try_from(self.terminating).unwrap_or(i32::MAX),
            is_failing: false,
            observed_generation: row.generation,
        }
    }

    /// WL-10.
    fn next_check(&self, row: &ReplicaSet, world: &World) -> Option<crate::sim::Time> {
        let pods = self.active.iter().map(|(_, pod)| *pod);
        next_available(pods, row.spec.min_ready, world.now())
    }
}

/// WL-8.
fn manage(
    world: &World,
    id: ReplicaSetId,
    row: &ReplicaSet,
    found: &Found<'_>,
    instant: &mut Instant,
    plan: &mut Plan,
) {
    let wanted = usize::try_from(row.spec.replicas).unwrap_or(0);
    let active = found.active.len();
    if active < wanted {
        let new = NewPod {
            owner: Owner::ReplicaSet(id),
            template: row.template,
            index: None,
            target: None,
            revision: None,
            index_failures: (0, 0),
        };
        let missing = (wanted - active).min(BURST);
        let admitted = instant.admit(id, wanted, missing, world.now());
        if admitted < missing {
            plan.look_again_at(world.now() + PAUSE);
        }
        plan.slow_start(vec![Call::CreatePod(new); admitted]);
    } else if active > wanted {
        let surplus = (active - wanted).min(BURST);
        let doomed = ranking::to_delete(world, row, &found.active, surplus);
        let delete = |pod| Call::DeletePod {
            pod,
            grace: None,
            disruption: None,
        };
        plan.together(doomed.into_iter().map(delete).collect(), true);
    }
}

fn write_status(id: ReplicaSetId, row: &ReplicaSet, status: ReplicaSetStatus, plan: &mut Plan) {
    if status != row.status {
        plan.call(Call::WriteReplicaSetStatus {
            replicaset: id,
            status: Box::new(status),
        });
    }
}
