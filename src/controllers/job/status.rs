//! A Job's status and the finalizers of its ended pods (JOB-70 to JOB-76).
//!
//! Counting a pod takes three steps, so that none is counted twice: its name goes into the status, its
//! finalizer goes, the counter rises and the name goes. Upstream: `job_controller.go`
//! (`trackJobStatusAndRemoveFinalizers`, `enactJobFinished`).

use super::Sync;
use super::manage::Decision;
use super::pods::{Row, count, is_failed, is_indexed, judge, valid_index};
use super::verdict::Verdict;
use crate::model::Name;
use crate::sim::Time;
use crate::world::{JobCondition, JobConditionKind, JobStatus, Phase, Pod, PodId, World};
use std::collections::BTreeSet;

/// JOB-C5: entries of `status.uncountedTerminatedPods`.
const MAX_UNCOUNTED: usize = 500;

/// The two status writes of a sync, and the finalizers that go between them.
#[derive(Debug)]
pub(super) struct Tracking {
    /// The first write; `None`: nothing has changed.
    pub(super) first: Option<JobStatus>,
    /// Pods whose finalizers go then.
    pub(super) release: Vec<PodId>,
    /// What comes last.
    pub(super) ending: Ending,
}

/// The second status write of a sync.
#[derive(Debug)]
pub(super) struct Ending {
    /// The status with its counters raised.
    pub(super) status: JobStatus,
    /// Whether they rose.
    pub(super) is_changed: bool,
    /// The final condition and its time of completion; the condition's own time is that of the write.
    pub(super) verdict: Option<(Verdict, Time)>,
    /// Pods that the sync was to create.
    pub(super) created: i32,
}

/// Sets a condition; one that is not there is only added if it is true. Whether anything changed.
pub(super) fn set_condition(conditions: &mut Vec<JobCondition>, condition: JobCondition) -> bool {
    let same = conditions.iter_mut().find(|old| old.kind == condition.kind);
    match same {
        Some(old)
            if old.status == condition.status
                && old.reason == condition.reason
                && old.message == condition.message =>
        {
            false
        }
        Some(old) => {
            *old = condition;
            true
        }
        None if condition.status => {
            conditions.push(condition);
            true
        }
        None => false,
    }
}

/// A condition that is true.
pub(super) fn condition(
    kind: JobConditionKind,
    reason: &Name,
    message: &Name,
    changed_at: Time,
) -> JobCondition {
    JobCondition {
        kind,
        status: true,
        reason: reason.clone(),
        message: message.clone(),
        changed_at,
    }
}

/// JOB-81, JOB-82: writes whether the Job is suspended; whether that is news.
pub(super) fn set_suspended(sync: &Sync<'_>, status: &mut JobStatus) -> bool {
    let suspend = sync.job.spec.suspend;
    let (reason, message) = if suspend {
        ("JobSuspended", "Job suspended")
    } else {
        ("JobResumed", "Job resumed")
    };
    let now = sync.world.api_time(sync.now);
    let is_news = set_condition(
        &mut status.conditions,
        JobCondition {
            status: suspend,
            ..condition(
                JobConditionKind::Suspended,
                &reason.into(),
                &message.into(),
                now,
            )
        },
    );
    if is_news {
        status.start_time = (!suspend).then_some(now);
    }
    is_news
}

/// The numbers of active, ready and terminating pods (JOB-74): those of the sync's start, what it does added.
pub(super) fn set_numbers(sync: &Sync<'_>, decision: &Decision<'_>, status: &mut JobStatus) {
    let census = &sync.census;
    let deleted = count(decision.delete.len());
    status.active = count(census.active.len() + decision.create.len()) - deleted;
    status.ready = census.ready - decision.deleted_ready();
    status.terminating = census.terminating + deleted;
}

/// Finds out which pods are counted now and what the status becomes.
pub(super) fn track(
    sync: &Sync<'_>,
    decision: &Decision<'_>,
    verdict: Option<Verdict>,
    mut status: JobStatus,
) -> Tracking {
    count_released(&mut status, |id| !has_finalizer(sync.world, id));
    let listed = status.uncounted.succeeded.len() + status.uncounted.failed.len();
    let found = find_ended(sync, decision, verdict.as_ref(), listed);
    status.uncounted.succeeded.extend(found.succeeded);
    status.uncounted.failed.extend(found.failed);
    if let Some(state) = &sync.indexes {
        status.succeeded = state.succeeded.total();
        status.completed_indexes = state.succeeded.clone().into_ranges();
        status.failed_indexes = state.failed.clone().map(super::Indexes::into_ranges);
    }
    let now = sync.world.api_time(sync.now);
    if let Some(verdict) = verdict.as_ref().filter(|verdict| !verdict.is_written) {
        let interim = condition(verdict.interim(), &verdict.reason, &verdict.message, now);
        status.conditions.push(interim);
    }

    let mut after = status.clone();
    let released: BTreeSet<PodId> = found.release.iter().copied().collect();
    count_released(&mut after, |id| released.contains(&id));
    let is_over = !found.is_cut_short
        && after.uncounted.succeeded.is_empty()
        && after.uncounted.failed.is_empty()
        && after.terminating == 0;
    Tracking {
        ending: Ending {
            is_changed: after != status,
            status: after,
            verdict: verdict.filter(|_| is_over).map(|verdict| (verdict, now)),
            created: count(decision.create.len()),
        },
        first: (status != sync.job.status).then_some(status),
        release: found.release,
    }
}

fn has_finalizer(world: &World, pod: PodId) -> bool {
    world.live_pod(pod).is_some_and(|pod| pod.finalizer)
}

/// Moves pods whose finalizers are off out of the lists and into the counters.
fn count_released(status: &mut JobStatus, is_released: impl Fn(PodId) -> bool) {
    let take = |pods: &mut Vec<PodId>| {
        let before = pods.len();
        pods.retain(|&pod| !is_released(pod));
        count(before - pods.len())
    };
    status.succeeded += take(&mut status.uncounted.succeeded);
    status.failed += take(&mut status.uncounted.failed);
}

/// Pods that are counted now.
#[derive(Debug, Default)]
struct Ended {
    succeeded: Vec<PodId>,
    failed: Vec<PodId>,
    release: Vec<PodId>,
    /// The rest waits for the next sync (JOB-72).
    is_cut_short: bool,
}

/// `entries`: how many pods the lists hold already.
fn find_ended(
    sync: &Sync<'_>,
    decision: &Decision<'_>,
    verdict: Option<&Verdict>,
    mut entries: usize,
) -> Ended {
    let (job, spec, listed) = (sync.job, &sync.job.spec, &sync.census.uncounted);
    let mut pods: Vec<Row<'_>> = sync.census.pods.clone();
    if is_indexed(spec) {
        pods.sort_by_key(|(_, pod)| (pod.index, pod.number));
    }
    let mut gone = BTreeSet::new();
    if decision.release {
        gone.extend(decision.delete.iter().map(|&(id, _)| id));
    }
    let everything_fails = verdict.is_some_and(|verdict| !verdict.success);
    let mut found = Ended::default();
    for (id, pod) in pods {
        let failed = is_failed(spec, pod);
        let may_go = job.deleting
            || verdict.is_some()
            || pod.phase == Phase::Succeeded
            || failed && !is_held(sync, id, pod);
        if !pod.finalizer || gone.contains(&id) || !may_go {
            continue;
        }
        found.release.push(id);
        if pod.phase == Phase::Succeeded && !listed.failed.contains(&id) {
            match &sync.indexes {
                Some(state) => {
                    let index = valid_index(spec, pod);
                    entries += usize::from(index.is_some_and(|at| !state.counted.contains(at)));
                }
                None if !listed.succeeded.contains(&id) => {
                    found.succeeded.push(id);
                    entries += 1;
                }
                None => {}
            }
        } else if (failed || everything_fails)
            && !listed.failed.contains(&id)
            && (!is_indexed(spec) || valid_index(spec, pod).is_some())
            && judge(sync.world, spec, pod).counted
        {
            found.failed.push(id);
            entries += 1;
        }
        if entries >= MAX_UNCOUNTED {
            found.is_cut_short = true;
            break;
        }
    }
    found
}

/// JOB-47: whether the pod waits for the one that replaces it.
fn is_held(sync: &Sync<'_>, id: PodId, pod: &Pod) -> bool {
    let held = sync.indexes.as_ref().zip(pod.index);
    held.and_then(|(state, index)| state.held.get(&index))
        .is_some_and(|&(held, _)| held == id)
}

#[cfg(test)]
mod tests;
