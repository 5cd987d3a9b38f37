//! A Deployment's status, and whether its rollout goes on (WL-6).
//!
//! Upstream: `calculateStatus` in `pkg/controller/deployment/sync.go`, `syncRolloutStatus` and
//! `requeueStuckDeployment` in `pkg/controller/deployment/progress.go`.

use super::family::{Family, total};
use crate::model::DeploymentSpec;
use crate::sim::{Span, Time};
use crate::world::{Deployment, DeploymentProgress, DeploymentStatus, ProgressReason};

/// `progressDeadlineSeconds` of this many means none.
const NO_DEADLINE: Span = Span::from_secs(i32::MAX as i64);
/// Upstream's allowance for clocks that are milliseconds apart.
const CLOCK_ALLOWANCE: Span = Span::from_secs(1);

/// Whether the Deployment wants its progress to be watched.
pub(super) fn has_deadline(spec: &DeploymentSpec) -> bool {
    spec.progress_deadline != NO_DEADLINE
}

/// The status as the ReplicaSets say, without an estimate of progress.
pub(super) fn status(family: &Family<'_>) -> DeploymentStatus {
    let sets = || {
        family
            .all()
            .map(|member| family.world.replicaset(member.id))
    };
    let sum = |count: fn(&crate::world::ReplicaSetStatus) -> i32| {
        sets().map(|set| i64::from(count(&set.status))).sum::<i64>()
    };
    let narrow = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let available = sum(|status| status.available);
    let updated = family
        .new
        .map_or(0, |new| family.world.replicaset(new.id).status.replicas);
    DeploymentStatus {
        replicas: narrow(sum(|status| status.replicas)),
        updated,
        ready: narrow(sum(|status| status.ready)),
        available: narrow(available),
        unavailable: narrow((total(family.all()) - available).max(0)),
        terminating: narrow(sum(|status| status.terminating)),
        is_available: Some(available >= family.bounds.least_available()),
        progress: family.row.status.progress,
        is_failing: family.row.status.is_failing,
        observed_generation: family.row.generation,
    }
}

/// The same with the conditions Progressing and `ReplicaFailure`.
pub(super) fn rollout_status(family: &Family<'_>) -> DeploymentStatus {
    let mut status = status(family);
    let world = family.world;
    status.progress = progress(
        family.row,
        &status,
        world.now(),
        world.api_time(world.now()),
    );
    status.is_failing = family
        .all()
        .any(|member| world.replicaset(member.id).status.is_failing);
    status
}

/// The condition Progressing that goes with a new status; `second` is `now`, cut to the second.
fn progress(
    row: &Deployment,
    status: &DeploymentStatus,
    now: Time,
    second: Time,
) -> Option<DeploymentProgress> {
    if !has_deadline(&row.spec) {
        return None;
    }
    let known = row.status.progress;
    let as_of_now = |reason| {
        Some(DeploymentProgress {
            reason,
            updated_at: second,
        })
    };
    let was_complete =
        known.is_some_and(|known| known.reason == ProgressReason::NewReplicaSetAvailable);
    if status.replicas == status.updated && was_complete {
        return known;
    }
    if row.is_complete(status) {
        return match known {
            Some(known) if was_complete => Some(known),
            Some(_) | None => as_of_now(ProgressReason::NewReplicaSetAvailable),
        };
    }
    if has_progressed(&row.status, status) {
        return as_of_now(ProgressReason::ReplicaSetUpdated);
    }
    match known {
        Some(known) if is_timed_out(known, row.spec.progress_deadline, now) => {
            as_of_now(ProgressReason::ProgressDeadlineExceeded)
        }
        Some(_) | None => known,
    }
}

/// `DeploymentProgressing`: new pods came, old ones went, or more are ready or available.
fn has_progressed(before: &DeploymentStatus, after: &DeploymentStatus) -> bool {
    after.updated > before.updated
        || after.replicas - after.updated < before.replicas - before.updated
        || after.ready > before.ready
        || after.available > before.available
}

/// `DeploymentTimedOut`, for one that has not been found out yet.
fn is_timed_out(known: DeploymentProgress, deadline: Span, now: Time) -> bool {
    match known.reason {
        ProgressReason::NewReplicaSetAvailable | ProgressReason::ProgressDeadlineExceeded => false,
        ProgressReason::NewReplicaSetCreated
        | ProgressReason::FoundNewReplicaSet
        | ProgressReason::ReplicaSetUpdated
        | ProgressReason::DeploymentPaused
        | ProgressReason::DeploymentResumed => known.updated_at + deadline < now,
    }
}

/// When a rollout without a sign of life is looked at again.
///
/// Differs: in the last second Kubernetes looks again every few milliseconds; here it is the moment after the deadline.
/// A rollout that was complete cannot time out (`DeploymentTimedOut`), however few of its pods are available later:
/// Kubernetes looks for that every few milliseconds too, and finds nothing.
pub(super) fn next_check(row: &Deployment, status: &DeploymentStatus, now: Time) -> Option<Time> {
    let known = row.status.progress.filter(|_| has_deadline(&row.spec))?;
    let is_over = row.is_complete(status)
        || matches!(
            known.reason,
            ProgressReason::ProgressDeadlineExceeded | ProgressReason::NewReplicaSetAvailable
        );
    if is_over {
        return None;
    }
    let deadline = known.updated_at + row.spec.progress_deadline;
    if deadline - now < CLOCK_ALLOWANCE {
        Some(deadline.max(now) + Span::from_millis(1))
    } else {
        Some(deadline + CLOCK_ALLOWANCE)
    }
}
