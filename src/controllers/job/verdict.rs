//! Whether a Job has succeeded or failed, in the order of JOB-20 and JOB-60.
//!
//! Upstream: `job_controller.go` (`syncJob`, `pastBackoffLimitOnFailure`, `getFailJobMessage`).

use super::Sync;
use super::pods::{count, is_failed, judge};
use super::success_policy;
use crate::model::{Name, RestartPolicy};
use crate::sim::Time;
use crate::world::{JobConditionKind, JobStatus};

/// How a Job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Complete, or Failed.
    pub(super) success: bool,
    /// The interim condition was written by an earlier sync (JOB-70).
    pub(super) is_written: bool,
    /// The reason of both conditions.
    pub(super) reason: Name,
    /// Their message.
    pub(super) message: Name,
}

impl Verdict {
    fn new(success: bool, reason: &str, message: &str) -> Self {
        Self {
            success,
            is_written: false,
            reason: reason.into(),
            message: message.into(),
        }
    }

    /// The interim condition.
    pub(super) fn interim(&self) -> JobConditionKind {
        if self.success {
            JobConditionKind::SuccessCriteriaMet
        } else {
            JobConditionKind::FailureTarget
        }
    }

    /// The final one.
    pub(super) fn terminal(&self) -> JobConditionKind {
        if self.success {
            JobConditionKind::Complete
        } else {
            JobConditionKind::Failed
        }
    }
}

/// Items 1 to 4 of JOB-20.
pub(super) fn before_deadline(sync: &Sync<'_>) -> Option<Verdict> {
    written(&sync.job.status)
        .or_else(|| by_failure_policy(sync))
        .or_else(|| by_backoff_limit(sync))
}

/// Items 1 and 2: what an earlier sync has found.
fn written(status: &JobStatus) -> Option<Verdict> {
    let condition = status
        .condition(JobConditionKind::SuccessCriteriaMet)
        .or_else(|| status.condition(JobConditionKind::FailureTarget))?;
    Some(Verdict {
        success: condition.kind == JobConditionKind::SuccessCriteriaMet,
        is_written: true,
        reason: condition.reason.clone(),
        message: condition.message.clone(),
    })
}

/// Item 3.
fn by_failure_policy(sync: &Sync<'_>) -> Option<Verdict> {
    let spec = &sync.job.spec;
    spec.failure_policy.as_ref()?;
    let failed = sync.census.pods.iter();
    let message = failed
        .filter(|(_, pod)| is_failed(spec, pod))
        .find_map(|(_, pod)| judge(sync.world, spec, pod).message)?;
    Some(Verdict::new(false, "PodFailurePolicy", &message))
}

/// Item 4.
fn by_backoff_limit(sync: &Sync<'_>) -> Option<Verdict> {
    let limit = sync.job.spec.backoff_limit;
    let failed = (sync.job.status.failed)
        .saturating_add(sync.census.counted_failures(sync.world, &sync.job.spec))
        .saturating_add(count(sync.census.uncounted.failed.len()));
    let restarts = restarts(sync).is_some_and(|restarts| exceeds_restarts(restarts, limit));
    (failed > limit || restarts).then(|| {
        Verdict::new(
            false,
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        )
    })
}

/// JOB-43: restarts of containers in pods that have not ended, with restart policy `OnFailure`.
fn restarts(sync: &Sync<'_>) -> Option<u32> {
    if sync.job.spec.template.spec.restart_policy != RestartPolicy::OnFailure {
        return None;
    }
    let running = sync.census.pods.iter();
    Some(
        running
            .filter(|(_, pod)| !pod.phase.is_terminal())
            .map(|(_, pod)| pod.restarts())
            .fold(0, u32::saturating_add),
    )
}

/// JOB-43: with a limit of 0 the first restart is one too many, else the one that reaches the limit.
pub(super) fn exceeds_restarts(restarts: u32, limit: i32) -> bool {
    let limit = u32::try_from(limit).unwrap_or(0);
    restarts > 0 && restarts >= limit
}

/// What `activeDeadlineSeconds` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deadline {
    /// There is none.
    None,
    /// It is still to come.
    At(Time),
    /// It is over.
    Past,
}

/// Item 5 (JOB-80).
pub(super) fn deadline(sync: &Sync<'_>) -> Deadline {
    let spec = &sync.job.spec;
    let (Some(deadline), Some(start), false) =
        (spec.active_deadline, sync.start_time, spec.suspend)
    else {
        return Deadline::None;
    };
    let at = start + deadline;
    if sync.now >= at {
        Deadline::Past
    } else {
        Deadline::At(at)
    }
}

/// The verdict of a deadline that is over.
pub(super) fn deadline_exceeded() -> Verdict {
    Verdict::new(
        false,
        "DeadlineExceeded",
        "Job was active longer than specified deadline",
    )
}

/// Items 6 and 7.
pub(super) fn by_indexes(sync: &Sync<'_>) -> Option<Verdict> {
    let spec = &sync.job.spec;
    let state = sync.indexes.as_ref()?;
    let completions = spec.completions.unwrap_or(0);
    if let Some(failed) = &state.failed {
        let total = failed.total();
        if spec.max_failed_indexes.is_some_and(|most| total > most) {
            return Some(Verdict::new(
                false,
                "MaxFailedIndexesExceeded",
                "Job has exceeded the specified maximal number of failed indexes",
            ));
        }
        if total > 0 && total.saturating_add(state.succeeded.total()) >= completions {
            return Some(Verdict::new(
                false,
                "FailedIndexes",
                "Job has failed indexes",
            ));
        }
    }
    let rules = spec.success_policy.as_deref()?;
    let rule = success_policy::matched_rule(rules, completions, &state.succeeded)?;
    Some(Verdict::new(
        true,
        "SuccessPolicy",
        &format!("Matched rules at index {rule}"),
    ))
}

/// JOB-60: whether enough pods have succeeded, given what is left active.
pub(super) fn by_completions(
    completions: Option<i32>,
    succeeded: i32,
    active: i32,
) -> Option<Verdict> {
    let enough = match completions {
        Some(completions) => succeeded >= completions,
        None => succeeded > 0,
    };
    (enough && active == 0).then(|| {
        Verdict::new(
            true,
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        )
    })
}

#[cfg(test)]
mod tests;
