//! Jobs: how many pods there may be, and what a status may become (WL-J40).

use super::{Verdict, hold};
use podtime::model::{CompletionMode, JobSpec, RestartPolicy, SuccessRule};
use podtime::sim::{Span, Time};
use podtime::world::{Change, Fact, Job, JobConditionKind, JobId, JobStatus, Owner, World};
use std::collections::{BTreeMap, BTreeSet};

/// The longest back-off (JOB-C3) and what follows it.
const LONGEST_BACKOFF: Span = Span::from_secs(620);

/// More than the Job controller and those after it need, with their own clients' limits.
const LATE: Span = Span::from_secs(100);

/// What is remembered of a Job.
#[derive(Default)]
struct Seen {
    status: JobStatus,
    /// The largest of each that the spec ever said: what was asked for under it may still be on its way.
    parallelism: i32,
    completions: Option<i32>,
    backoff_limit: i32,
    least_backoff_limit: i32,
    /// `completions` changed (WL-J30): indexes, and what was counted for them, may be gone.
    was_resized: bool,
    /// A pod was asked to stop while it ran: it may still succeed, beside its replacement (JOB-95).
    lost_pods: bool,
    last_at: Time,
}

/// All Jobs that ever were.
#[derive(Default)]
pub(super) struct Jobs(BTreeMap<JobId, Seen>);

impl Jobs {
    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        self.note(world, fact);
        match fact.change {
            Change::JobStatus { job, .. } => {
                let row = world.job(job);
                let seen = self.0.get_mut(&job).expect("a Job is created first");
                let before = std::mem::replace(&mut seen.status, row.status.clone());
                step(row, &before).and_then(|()| state(row, seen))
            }
            Change::PodCreated(pod) => {
                let Some(Owner::Job(job)) = world.pod(pod).map(|pod| pod.owner) else {
                    return Ok(());
                };
                let row = world.job(job);
                // JOB-5
                hold(row.status.finished().is_none(), "finished Jobs", || {
                    format!("{} has finished and creates a pod", row.meta.name)
                })
            }
            Change::JobCondition {
                job,
                kind,
                status: true,
            } if matches!(kind, JobConditionKind::Complete | JobConditionKind::Failed) => {
                // JOB-70: everything has ended.
                let row = world.job(job);
                let mut pods = row.pods.values().filter_map(|&pod| world.live_pod(pod));
                let running = pods.find(|pod| !pod.phase.is_terminal());
                hold(running.is_none(), "finished Jobs", || {
                    format!(
                        "{} is {} while {} is {}",
                        row.meta.name,
                        kind.name(),
                        running.map_or("", |pod| &*pod.name),
                        running.map_or("", |pod| pod.phase.name())
                    )
                })
            }
            _ => Ok(()),
        }
    }

    /// Remembers what the limits depend on.
    fn note(&mut self, world: &World, fact: &Fact) {
        let job = match &fact.change {
            Change::JobCreated(job)
            | Change::JobUpdated(job)
            | Change::JobStatus { job, .. }
            | Change::JobDeleting(job) => *job,
            change => match change.pod().and_then(|pod| world.pod(pod)) {
                Some(pod) => match pod.owner {
                    Owner::Job(job) => job,
                    Owner::None
                    | Owner::DaemonSet(_)
                    | Owner::ReplicaSet(_)
                    | Owner::StatefulSet(_) => return,
                },
                None => return,
            },
        };
        let spec = &world.job(job).spec;
        let seen = self.0.entry(job).or_insert_with(|| Seen {
            completions: spec.completions,
            least_backoff_limit: spec.backoff_limit,
            ..Seen::default()
        });
        seen.last_at = fact.at;
        seen.parallelism = seen.parallelism.max(spec.parallelism);
        seen.backoff_limit = seen.backoff_limit.max(spec.backoff_limit);
        seen.least_backoff_limit = seen.least_backoff_limit.min(spec.backoff_limit);
        seen.was_resized |= seen.completions != spec.completions;
        seen.completions = seen.completions.max(spec.completions);
        seen.lost_pods |= matches!(fact.change, Change::PodDeleting(_) | Change::PodDeleted(_));
    }

    pub(super) fn walk(&mut self, world: &World) -> Verdict {
        for (&id, seen) in &self.0 {
            let job = world.job(id);
            if job.pods.is_empty() {
                continue;
            }
            let (mut active, mut terminating) = (0, 0);
            let mut indexes = BTreeSet::new();
            for pod in job.pods.values().filter_map(|&pod| world.live_pod(pod)) {
                if pod.is_active() {
                    active += 1;
                    hold(
                        pod.index.is_none_or(|index| indexes.insert(index)),
                        "indexes",
                        || {
                            format!(
                                "{} has two active pods of index {:?}",
                                job.meta.name, pod.index
                            )
                        },
                    )?;
                } else if pod.is_terminating() {
                    terminating += 1;
                }
            }
            // JOB-33: in this mode what is being deleted still counts.
            if job.spec.only_replaces_failed() {
                active += terminating;
            }
            hold(active <= seen.parallelism, "parallelism", || {
                format!(
                    "{} has {active} pods (with {terminating} on their way out) and never had a \
                     parallelism above {}",
                    job.meta.name, seen.parallelism
                )
            })?;
        }
        Ok(())
    }

    /// Whoever wants pods has some, once the longest back-off is over.
    pub(super) fn settled(&mut self, world: &World, end: Time) -> Verdict {
        for (&id, seen) in &self.0 {
            let job = world.job(id);
            let quotas = &world.policies().quotas;
            let has_quota = quotas.keys().any(|(space, _)| *space == job.meta.namespace);
            let runs = job
                .pods
                .values()
                .filter_map(|&pod| world.live_pod(pod))
                .any(|pod| !pod.phase.is_terminal());
            let wants = job.exists()
                && !job.deleting
                && !job.spec.suspend
                && job.spec.parallelism > 0
                && job.status.finished().is_none();
            hold(
                !wants || runs || has_quota || end - seen.last_at < LONGEST_BACKOFF,
                "stuck Jobs",
                || {
                    format!(
                        "{} has no running pod, and nothing has happened since {} s: {:?}",
                        job.meta.name,
                        seen.last_at.to_seconds_text(),
                        job.status
                    )
                },
            )?;
            in_time(world, job, end)?;
            reported(world, job, seen, end)?;
            hold(
                !(job.exists() && job.spec.suspend && end - seen.last_at > LONGEST_BACKOFF)
                    || job.status.finished().is_some()
                    || !job.pods.values().any(|&pod| {
                        world
                            .live_pod(pod)
                            .is_some_and(podtime::world::Pod::is_active)
                    }),
                "suspended Jobs",
                || format!("{} is suspended and has active pods", job.meta.name),
            )?;
        }
        Ok(())
    }
}

/// JOB-80, JOB-83: deadlines and times to live are kept.
fn in_time(world: &World, job: &Job, end: Time) -> Verdict {
    let status = &job.status;
    let ended = JobConditionKind::FailureTarget;
    let is_ending = status.condition(ended).is_some()
        || status
            .condition(JobConditionKind::SuccessCriteriaMet)
            .is_some();
    if let (Some(start), Some(deadline)) = (status.start_time, job.spec.active_deadline) {
        let is_late = end - start > deadline + LATE;
        hold(
            !is_late || is_ending || job.spec.suspend || !job.exists() || job.deleting,
            "deadlines",
            || format!("{} runs beyond its deadline: {status:?}", job.meta.name),
        )?;
    }
    if let (Some(finished), Some(ttl)) = (job.finished_at, job.spec.ttl_after_finished) {
        let pods = job.pods.values().filter_map(|&pod| world.live_pod(pod));
        hold(
            end - finished < ttl + LATE || !job.exists() || pods.count() > 0,
            "ttl",
            || format!("{} outlives its time: {status:?}", job.meta.name),
        )?;
    }
    Ok(())
}

/// JOB-74: a status that nothing has happened to for a while counts what there is.
fn reported(world: &World, job: &Job, seen: &Seen, end: Time) -> Verdict {
    if end - seen.last_at < LATE || !job.exists() || job.deleting {
        return Ok(());
    }
    let (mut active, mut ready, mut terminating) = (0, 0, 0);
    for pod in job.pods.values().filter_map(|&pod| world.live_pod(pod)) {
        active += i32::from(pod.is_active());
        ready += i32::from(pod.is_active() && pod.ready);
        terminating += i32::from(pod.is_terminating());
    }
    let status = &job.status;
    hold(
        (status.active, status.ready, status.terminating) == (active, ready, terminating),
        "job status",
        || {
            format!(
                "{} has {active} active, {ready} ready, {terminating} terminating pods: {status:?}",
                job.meta.name
            )
        },
    )
}

/// What a write of the status may change (WL-J40).
fn step(job: &Job, before: &JobStatus) -> Verdict {
    let (name, now) = (&job.meta.name, &job.status);
    hold(before.finished().is_none(), "finished Jobs", || {
        format!("{name} has finished and its status changes from {before:?} to {now:?}")
    })?;
    let resizable = job.spec.completion_mode == CompletionMode::Indexed
        && job.spec.completions == Some(job.spec.parallelism);
    hold(
        now.failed >= before.failed && (resizable || now.succeeded >= before.succeeded),
        "counters",
        || {
            format!(
                "{name} goes from {} succeeded and {} failed to {} and {}",
                before.succeeded, before.failed, now.succeeded, now.failed
            )
        },
    )?;
    for condition in &before.conditions {
        let stays = now.condition(condition.kind).is_some();
        hold(
            stays || !condition.status || condition.kind == JobConditionKind::Suspended,
            "conditions",
            || format!("{name} is no longer {}", condition.kind.name()),
        )?;
    }
    let resumes = before.condition(JobConditionKind::Suspended).is_some()
        && now.condition(JobConditionKind::Suspended).is_none();
    hold(
        before.start_time.is_none()
            || now.start_time == before.start_time
            || resumes
            || job.spec.suspend
            || now.condition(JobConditionKind::Suspended).is_some(),
        "start time",
        || {
            format!(
                "{name} starts at {:?} and at {:?}",
                before.start_time, now.start_time
            )
        },
    )
}

/// What must hold of any status.
fn state(job: &Job, seen: &Seen) -> Verdict {
    let (name, status, spec) = (&job.meta.name, &job.status, &job.spec);
    let is = |kind| status.condition(kind).is_some();
    let (complete, failed) = (is(JobConditionKind::Complete), is(JobConditionKind::Failed));
    let (target, met) = (
        is(JobConditionKind::FailureTarget),
        is(JobConditionKind::SuccessCriteriaMet),
    );
    let broken = [
        (status.ready > status.active, "more ready than active"),
        (complete && !met, "Complete without SuccessCriteriaMet"),
        (failed && !target, "Failed without FailureTarget"),
        (
            (complete || met) && (failed || target),
            "a success and a failure",
        ),
        (
            complete != status.completion_time.is_some(),
            "Complete and completionTime disagree",
        ),
        (
            (complete || failed) && status.active + status.terminating > 0,
            "finished with pods that have not ended",
        ),
        (
            (complete || failed)
                && status.uncounted.succeeded.len() + status.uncounted.failed.len() > 0,
            "finished with uncounted pods",
        ),
        (
            (complete || failed)
                && status.start_time.is_none()
                && !(spec.suspend && spec.completions == Some(0)),
            "finished without a start",
        ),
        (
            status
                .completion_time
                .is_some_and(|end| Some(end) < status.start_time),
            "complete before its start",
        ),
        (
            status.failed_indexes.is_some() != spec.backoff_limit_per_index.is_some()
                && status.start_time.is_some(),
            "failedIndexes and backoffLimitPerIndex disagree",
        ),
        (
            [
                status.active,
                status.ready,
                status.terminating,
                status.succeeded,
                status.failed,
            ]
            .iter()
            .any(|count| *count < 0),
            "a negative count",
        ),
        (
            i64::from(status.succeeded) + i64::from(status.failed) > i64::from(job.pods_created),
            "more pods counted than created",
        ),
        (overlap(status), "an index that is completed and failed"),
    ];
    for (is_broken, words) in broken {
        hold(!is_broken, "job status", || {
            format!("{name}: {words}: {status:?}")
        })?;
    }
    counts(job, seen)
}

/// Completions and failures against their limits.
fn counts(job: &Job, seen: &Seen) -> Verdict {
    let (name, status) = (&job.meta.name, &job.status);
    let spec: &JobSpec = &job.spec;
    let is_indexed = spec.completion_mode == CompletionMode::Indexed;
    if let Some(most) = seen.completions {
        hold(
            status.succeeded <= most || (!is_indexed && seen.lost_pods),
            "completions",
            || format!("{name} has {} successes of {most}", status.succeeded),
        )?;
    }
    if is_indexed {
        let completed = length(&status.completed_indexes);
        hold(status.succeeded == completed, "completions", || {
            format!("{name} counts {} and lists {completed}", status.succeeded)
        })?;
    }
    if let Some(failed) = status.condition(JobConditionKind::Failed) {
        return reason_of_failure(job, seen, &failed.reason);
    }
    let Some(complete) = status.condition(JobConditionKind::Complete) else {
        return Ok(());
    };
    if &*complete.reason == "SuccessPolicy" {
        let mut rules = spec.success_policy.iter().flatten();
        return hold(
            rules.any(|rule| meets(rule, status)),
            "successPolicy",
            || format!("{name} is Complete with {:?}", status.completed_indexes),
        );
    }
    let by_count = &*complete.reason == "CompletionsReached";
    if let (true, Some(wanted)) = (by_count, spec.completions) {
        hold(
            status.succeeded >= wanted || seen.was_resized,
            "completions",
            || format!("{name} is Complete with {} of {wanted}", status.succeeded),
        )?;
        // JOB-20: the limit is looked at before the completions.
        hold(
            status.failed <= seen.backoff_limit || seen.lost_pods,
            "backoffLimit",
            || format!("{name} is Complete with {} failures", status.failed),
        )?;
    }
    Ok(())
}

/// JOB-62.
fn meets(rule: &SuccessRule, status: &JobStatus) -> bool {
    let is_in = |ranges: &[(i32, i32)], index: i32| {
        ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&index))
    };
    let Some(wanted) = &rule.indexes else {
        return rule
            .count
            .is_some_and(|count| length(&status.completed_indexes) >= count);
    };
    let indexes = wanted.iter().flat_map(|(first, last)| *first..=*last);
    let done = indexes
        .filter(|&index| is_in(&status.completed_indexes, index))
        .count();
    i32::try_from(done).unwrap() >= rule.count.unwrap_or(length(wanted))
}

/// Whether the status shows why the Job has failed.
fn reason_of_failure(job: &Job, seen: &Seen, reason: &str) -> Verdict {
    let (status, spec) = (&job.status, &job.spec);
    let failed = length(status.failed_indexes.as_deref().unwrap_or_default());
    let holds = match reason {
        "BackoffLimitExceeded" => {
            status.failed > seen.least_backoff_limit
                || spec.template.spec.restart_policy == RestartPolicy::OnFailure
        }
        "FailedIndexes" => failed > 0,
        "MaxFailedIndexesExceeded" => spec.max_failed_indexes.is_some_and(|most| failed > most),
        "DeadlineExceeded" => spec.active_deadline.is_some(),
        "PodFailurePolicy" => spec.failure_policy.is_some() && status.failed > 0,
        _ => false,
    };
    hold(holds, "reasons", || {
        format!("{} has failed with {reason}: {status:?}", job.meta.name)
    })
}

fn length(ranges: &[(i32, i32)]) -> i32 {
    ranges.iter().map(|(first, last)| last - first + 1).sum()
}

fn overlap(status: &JobStatus) -> bool {
    let failed = status.failed_indexes.iter().flatten();
    failed.clone().any(|(first, last)| {
        status
            .completed_indexes
            .iter()
            .any(|(low, high)| low <= last && first <= high)
    })
}
