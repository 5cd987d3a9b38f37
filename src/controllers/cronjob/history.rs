//! History limits: which finished Jobs a `CronJob` no longer keeps.
//!
//! Upstream: `cleanupFinishedJobs` and `removeOldestJobs` in `cronjob_controllerv2.go`, `byJobStartTime` in
//! `utils.go`, all of `pkg/controller/cronjob`.

use crate::model::Name;
use crate::sim::Time;
use crate::world::{CronJob, JobConditionKind, JobId, World};

/// A finished Job, sorted as CRON-51 says: by `startTime`, those without one last, then by name.
type Entry<'w> = (bool, Option<Time>, &'w Name, JobId);

/// CRON-50, CRON-51: the finished Jobs to delete, successful ones first, the oldest of each kind first.
pub(super) fn surplus(world: &World, cronjob: &CronJob) -> Vec<JobId> {
    let (mut complete, mut failed): (Vec<Entry<'_>>, Vec<Entry<'_>>) = (Vec::new(), Vec::new());
    for &id in &cronjob.jobs {
        let job = world.job(id);
        let Some(condition) = job.status.finished() else {
            continue;
        };
        let start = job.status.start_time;
        let entry = (start.is_none(), start, &job.meta.name, id);
        if condition.kind == JobConditionKind::Complete {
            complete.push(entry);
        } else {
            failed.push(entry);
        }
    }
    let mut surplus = oldest(complete, cronjob.spec.successful_history_limit);
    surplus.extend(oldest(failed, cronjob.spec.failed_history_limit));
    surplus
}

/// The oldest entries, as many as there are too many.
fn oldest(mut entries: Vec<Entry<'_>>, limit: i32) -> Vec<JobId> {
    let kept = usize::try_from(limit).unwrap_or(0);
    let count = entries.len().saturating_sub(kept);
    if count > 0 {
        entries.sort_unstable();
    }
    entries.iter().take(count).map(|&(.., id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Indexes of the entries that go, given `startTime` in seconds and name.
    fn check(limit: i32, jobs: &[(Option<i64>, &str)], expected: &[usize]) {
        let names: Vec<Name> = jobs.iter().map(|(_, name)| Name::from(*name)).collect();
        let entries = jobs.iter().zip(&names).zip(0..).map(|((job, name), id)| {
            let start = job.0.map(|s| Time::from_nanos(s * 1_000_000_000));
            (start.is_none(), start, name, JobId(id))
        });
        let gone: Vec<usize> = oldest(entries.collect(), limit)
            .into_iter()
            .map(JobId::index)
            .collect();
        assert_eq!(gone, expected, "{jobs:?} with limit {limit}");
    }

    /// `TestByJobStartTime` in `utils_test.go`: its five pairs, all deleted in order.
    #[test]
    fn oldest_first_cron_51() {
        check(0, &[(None, "b"), (None, "a")], &[1, 0]);
        check(0, &[(None, "a"), (Some(1), "b")], &[1, 0]);
        check(0, &[(Some(1), "a"), (None, "b")], &[0, 1]);
        check(0, &[(Some(1), "b"), (Some(1), "a")], &[1, 0]);
        check(0, &[(Some(2), "a"), (Some(1), "b")], &[1, 0]);
    }

    /// `TestControllerV2CleanupFinishedJobs`: an hour ago and a minute ago.
    #[test]
    fn only_what_is_above_the_limit_cron_51() {
        let two = [(Some(0), "hour"), (Some(3540), "minute")];
        check(1, &two, &[0]);
        check(2, &two[..1], &[]);
        check(2, &two, &[]);
        check(i32::MAX, &two, &[]);
    }
}
