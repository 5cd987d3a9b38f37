//! A Job's pods by what they mean to it (JOB-10 to JOB-16), and what they add to its indexes (JOB-48).
//!
//! Upstream: `job_controller.go` (`getNewFinishedPods`, `isPodFailed`), `indexed_job_utils.go`.

use super::failure_policy::{self, Judgement};
use super::{backoff, indexes::Indexes};
use crate::model::{CompletionMode, FailureAction, JobSpec};
use crate::sim::Time;
use crate::world::{Job, Phase, Pod, PodId, Uncounted, World};
use std::collections::{BTreeMap, BTreeSet};

/// A pod and its key.
pub(super) type Row<'w> = (PodId, &'w Pod);

/// A number of pods.
pub(super) fn count(pods: usize) -> i32 {
    i32::try_from(pods).unwrap_or(i32::MAX)
}

/// JOB-13: whether the pod has failed, or counts as if it had.
pub(super) fn is_failed(spec: &JobSpec, pod: &Pod) -> bool {
    match pod.phase {
        Phase::Failed => true,
        Phase::Succeeded => false,
        Phase::Pending | Phase::Running => pod.deletion.is_some() && !spec.only_replaces_failed(),
    }
}

/// Whether the Job is Indexed.
pub(super) fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode == CompletionMode::Indexed
}

/// The completion index of an Indexed Job's pod, if the Job has it (JOB-15).
pub(super) fn valid_index(spec: &JobSpec, pod: &Pod) -> Option<i32> {
    pod.index
        .filter(|index| (0..spec.completions.unwrap_or(0)).contains(index))
}

/// Whether a pod can be counted at all (JOB-15): by its finalizer and its index.
fn is_countable(spec: &JobSpec, pod: &Pod) -> bool {
    pod.finalizer && (!is_indexed(spec) || valid_index(spec, pod).is_some())
}

/// What the Job's failure policy says of a failed pod (JOB-50).
pub(super) fn judge(world: &World, spec: &JobSpec, pod: &Pod) -> Judgement {
    let rules = spec.failure_policy.as_deref();
    failure_policy::judge(rules, world.template_of(pod), pod)
}

/// A Job's pods at the start of a sync.
#[derive(Debug)]
pub(super) struct Census<'w> {
    /// All that exist, in order of creation.
    pub(super) pods: Vec<Row<'w>>,
    /// JOB-10.
    pub(super) active: Vec<Row<'w>>,
    /// JOB-16.
    pub(super) ready: i32,
    /// JOB-11.
    pub(super) terminating: i32,
    /// Succeeded pods that are not counted yet (JOB-15).
    pub(super) new_succeeded: Vec<Row<'w>>,
    /// Failed pods that are not counted yet.
    pub(super) new_failed: Vec<Row<'w>>,
    /// Pods on their way into the counters.
    pub(super) uncounted: UncountedPods,
}

/// The pods of `status.uncountedTerminatedPods`.
#[derive(Debug)]
pub(super) struct UncountedPods {
    pub(super) succeeded: BTreeSet<PodId>,
    pub(super) failed: BTreeSet<PodId>,
}

impl UncountedPods {
    fn of(uncounted: &Uncounted) -> Self {
        Self {
            succeeded: uncounted.succeeded.iter().copied().collect(),
            failed: uncounted.failed.iter().copied().collect(),
        }
    }
}

impl<'w> Census<'w> {
    /// Looks at every pod once.
    pub(super) fn of(world: &'w World, job: &'w Job) -> Self {
        let spec = &job.spec;
        let pods: Vec<Row<'w>> = job
            .pods
            .values()
            .filter_map(|&id| Some((id, world.live_pod(id)?)))
            .collect();
        let uncounted = UncountedPods::of(&job.status.uncounted);
        let select = |wanted: &dyn Fn(PodId, &Pod) -> bool| -> Vec<Row<'w>> {
            let rows = pods.iter().filter(|(id, pod)| wanted(*id, pod));
            rows.copied().collect()
        };
        let active = select(&|_, pod| pod.is_active());
        let new_succeeded = select(&|id, pod| {
            pod.phase == Phase::Succeeded
                && is_countable(spec, pod)
                && !uncounted.succeeded.contains(&id)
        });
        let new_failed = select(&|id, pod| {
            is_failed(spec, pod) && is_countable(spec, pod) && !uncounted.failed.contains(&id)
        });
        Self {
            ready: count_ready(&active),
            terminating: count(pods.iter().filter(|(_, pod)| pod.is_terminating()).count()),
            pods,
            active,
            new_succeeded,
            new_failed,
            uncounted,
        }
    }

    /// JOB-21: newly seen failures that the failure policy does not ignore.
    pub(super) fn counted_failures(&self, world: &World, spec: &JobSpec) -> i32 {
        if spec.failure_policy.is_none() {
            return count(self.new_failed.len());
        }
        let counted = self.new_failed.iter();
        count(
            counted
                .filter(|(_, pod)| judge(world, spec, pod).counted)
                .count(),
        )
    }

    /// The back-off record after what is newly seen (JOB-41).
    pub(super) fn update_record(&self, world: &World, record: backoff::Record) -> backoff::Record {
        let times = |pods: &[Row<'_>]| -> Vec<Time> {
            let times = pods.iter().map(|(_, pod)| backoff::finish_time(world, pod));
            times.collect()
        };
        record.after(&times(&self.new_succeeded), &times(&self.new_failed))
    }
}

/// JOB-16: how many of these active pods are ready.
pub(super) fn count_ready(pods: &[Row<'_>]) -> i32 {
    count(pods.iter().filter(|(_, pod)| pod.ready).count())
}

/// The state of an Indexed Job's indexes.
#[derive(Debug)]
pub(super) struct IndexState<'w> {
    /// Succeeded ones as the status has them.
    pub(super) counted: Indexes,
    /// The same with newly succeeded ones.
    pub(super) succeeded: Indexes,
    /// Failed ones; `None` without `backoffLimitPerIndex`.
    pub(super) failed: Option<Indexes>,
    /// The failed pod of each index that waits for its replacement (JOB-47).
    pub(super) held: BTreeMap<i32, Row<'w>>,
}

impl<'w> IndexState<'w> {
    /// `None` for a Job that is not Indexed.
    pub(super) fn of(world: &'w World, job: &Job, census: &Census<'w>) -> Option<Self> {
        let spec = &job.spec;
        if !is_indexed(spec) {
            return None;
        }
        let completions = spec.completions.unwrap_or(0);
        let counted = Indexes::below(completions, &job.status.completed_indexes);
        let tracked = || census.pods.iter().filter(|(_, pod)| pod.finalizer);
        let succeeded: BTreeSet<i32> = tracked()
            .filter(|(_, pod)| pod.phase == Phase::Succeeded)
            .filter_map(|(_, pod)| valid_index(spec, pod))
            .collect();
        let succeeded = counted.with(succeeded);
        let mut state = Self {
            counted,
            succeeded,
            failed: None,
            held: BTreeMap::new(),
        };
        if let Some(limit) = spec.backoff_limit_per_index {
            let before = job.status.failed_indexes.as_deref().unwrap_or_default();
            let failed: BTreeSet<i32> = tracked()
                .filter(|(_, pod)| fails_index(world, spec, pod, limit))
                .filter_map(|(_, pod)| valid_index(spec, pod))
                .collect();
            let failed = Indexes::below(completions, before).with(failed);
            state.held = held_pods(world, spec, census, &state.succeeded, &failed);
            state.failed = Some(failed);
        }
        Some(state)
    }
}

/// JOB-48: whether the pod makes its index fail.
fn fails_index(world: &World, spec: &JobSpec, pod: &Pod, limit: i32) -> bool {
    if !is_failed(spec, pod) {
        return false;
    }
    let judgement = judge(world, spec, pod);
    judgement.action == Some(FailureAction::FailIndex)
        || judgement.counted && pod.index_failures.0 >= limit
}

/// JOB-47: the last failed pod of each index that has no other pod to carry its count.
fn held_pods<'w>(
    world: &World,
    spec: &JobSpec,
    census: &Census<'w>,
    succeeded: &Indexes,
    failed: &Indexes,
) -> BTreeMap<i32, Row<'w>> {
    let mut held: BTreeMap<i32, Row<'w>> = BTreeMap::new();
    let pods = census.pods.iter();
    let mut candidates = pods
        .filter(|(_, pod)| pod.finalizer && is_failed(spec, pod))
        .peekable();
    if candidates.peek().is_none() {
        return held;
    }
    let active: BTreeSet<i32> = active_indexes(&census.active);
    for &(id, pod) in candidates {
        let Some(index) = valid_index(spec, pod) else {
            continue;
        };
        if succeeded.contains(index) || failed.contains(index) || active.contains(&index) {
            continue;
        }
        held.entry(index)
            .and_modify(|last| {
                let failures =
                    |pod: &Pod| pod.index_failures.0.saturating_add(pod.index_failures.1);
                if failures(last.1) <= failures(pod)
                    && backoff::finish_time(world, pod) >= backoff::finish_time(world, last.1)
                {
                    *last = (id, pod);
                }
            })
            .or_insert((id, pod));
    }
    held
}

/// The completion indexes of these pods.
pub(super) fn active_indexes(pods: &[Row<'_>]) -> BTreeSet<i32> {
    pods.iter().filter_map(|(_, pod)| pod.index).collect()
}

#[cfg(test)]
mod tests;
