//! CronJobs: who may run beside whom, what is started once, what is kept.

use super::{Verdict, hold};
use podtime::Model;
use podtime::model::ConcurrencyPolicy;
use podtime::sim::{Span, Time};
use podtime::world::{
    Change, CronJobId, CronOutcome, Fact, Job, JobConditionKind, JobId, Owner, World,
};
use std::collections::{BTreeMap, BTreeSet};

/// Decisions on their way when the policy changes are of the policy before.
const ON_THE_WAY: Span = Span::from_secs(60);

/// How long the history may be too long: client limits of one call a second included.
const CLEANED_AFTER: Span = Span::from_secs(120);

/// What was decided, and when the spec last changed.
pub(super) struct CronJobs {
    decided: BTreeSet<(CronJobId, i64)>,
    started: BTreeSet<(CronJobId, i64)>,
    updated: BTreeMap<CronJobId, Time>,
    rescheduled: BTreeSet<CronJobId>,
    last_finished: BTreeMap<CronJobId, Time>,
    start_unix: i64,
}

impl CronJobs {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            decided: BTreeSet::new(),
            started: BTreeSet::new(),
            updated: BTreeMap::new(),
            rescheduled: BTreeSet::new(),
            last_finished: BTreeMap::new(),
            start_unix: model.start_unix_nanos.div_euclid(1_000_000_000),
        }
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        match &fact.change {
            Change::CronJobUpdated { cronjob, schedule } => {
                self.updated.insert(*cronjob, fact.at);
                if *schedule {
                    self.rescheduled.insert(*cronjob);
                }
                Ok(())
            }
            Change::JobCondition { job, .. } => {
                if let Some(cronjob) = world.job(*job).cronjob {
                    self.last_finished.insert(cronjob, fact.at);
                }
                Ok(())
            }
            Change::JobCreated(job) => self.created(world, *job, fact.at),
            Change::CronJobDecided { cronjob, decision } => {
                let name = &world.cronjob(*cronjob).meta.name;
                let Some(scheduled) = decision.scheduled_unix else {
                    return hold(decision.outcome == CronOutcome::Manual, "decisions", || {
                        format!("{name} decides on no time")
                    });
                };
                hold(
                    scheduled - self.start_unix <= fact.at.since_start().as_secs(),
                    "decisions",
                    || format!("{name} decides on {scheduled} before it has come"),
                )?;
                let key = (*cronjob, scheduled);
                if decision.outcome == CronOutcome::Replaced {
                    return hold(self.started.contains(&key), "decisions", || {
                        format!("{name} replaces the Job of {scheduled}, which it never started")
                    });
                }
                let is_start = decision.outcome == CronOutcome::Started;
                if is_start {
                    hold(self.started.insert(key), "decisions", || {
                        format!("{name} starts twice for {scheduled}")
                    })?;
                }
                // CRON-27: a new timetable may start a time that the old one has lost.
                let is_second = !self.decided.insert(key);
                hold(
                    !is_second || is_start && self.rescheduled.contains(cronjob),
                    "decisions",
                    || format!("{name} decides twice on {scheduled}"),
                )
            }
            _ => Ok(()),
        }
    }

    /// CRON-31, CRON-33: at the moment of its creation a Job of the schedule is alone, or not.
    fn created(&self, world: &World, id: JobId, at: Time) -> Verdict {
        let job = world.job(id);
        let (Some(cronjob), true) = (job.cronjob, job.scheduled_unix.is_some()) else {
            return Ok(());
        };
        let row = world.cronjob(cronjob);
        let unix = job.scheduled_unix.unwrap_or(0);
        // CRON-28, CRON-40.
        hold(
            unix <= self.start_unix + at.since_start().as_secs()
                && *job.meta.name == *format!("{}-{}", row.meta.name, unix / 60),
            "schedule",
            || format!("{} is created for {unix}", job.meta.name),
        )?;
        let is_new = |at: Time, updated: &Time| at - *updated < ON_THE_WAY;
        if self
            .updated
            .get(&cronjob)
            .is_some_and(|updated| is_new(at, updated))
        {
            return Ok(());
        }
        // CRON-16
        hold(!row.spec.suspend, "schedule", || {
            format!("{} starts while its CronJob is suspended", job.meta.name)
        })?;
        let mut others = row
            .jobs
            .iter()
            .filter(|&&other| other != id)
            .map(|&other| world.job(other))
            .filter(|other| other.exists() && other.scheduled_unix.is_some())
            .filter(|other| other.status.finished().is_none());
        let beside = match row.spec.concurrency_policy {
            ConcurrencyPolicy::Allow => None,
            ConcurrencyPolicy::Forbid => others.next(),
            ConcurrencyPolicy::Replace => others.find(|other| !other.deleting),
        };
        hold(beside.is_none(), "concurrencyPolicy", || {
            format!(
                "{} starts beside {} with {:?}",
                job.meta.name,
                beside.map_or("", |other| &*other.meta.name),
                row.spec.concurrency_policy
            )
        })
    }

    /// CRON-51: what is finished is kept up to the limits.
    pub(super) fn settled(&mut self, world: &World, end: Time, is_slow: bool) -> Verdict {
        if is_slow {
            return Ok(());
        }
        for (id, row) in world.all_cronjobs().filter(|(_, row)| row.exists()) {
            let last = self.last_finished.get(&id).max(self.updated.get(&id));
            if last.is_some_and(|last| end - *last < CLEANED_AFTER) {
                continue;
            }
            let count = |kind: JobConditionKind| {
                let is_kept = |job: &&JobId| {
                    let job: &Job = world.job(**job);
                    job.status.condition(kind).is_some() && !job.deleting
                };
                row.jobs.iter().filter(is_kept).count()
            };
            let limits = [
                (
                    JobConditionKind::Complete,
                    row.spec.successful_history_limit,
                ),
                (JobConditionKind::Failed, row.spec.failed_history_limit),
            ];
            for (kind, limit) in limits {
                let kept = count(kind);
                hold(
                    i64::try_from(kept).unwrap() <= i64::from(limit),
                    "history",
                    || {
                        format!(
                            "{} keeps {kept} Jobs {} of {limit}",
                            row.meta.name,
                            kind.name()
                        )
                    },
                )?;
            }
        }
        orphans(world, end)
    }
}

/// CP-G1: what belongs to an owner that is gone goes as well.
fn orphans(world: &World, end: Time) -> Verdict {
    let long_ago = |gone: Option<Time>| gone.is_some_and(|gone| end - gone > CLEANED_AFTER);
    for (_, job) in world.all_jobs().filter(|(_, job)| job.exists()) {
        let owner = job.cronjob.map(|cronjob| world.cronjob(cronjob));
        hold(
            !owner.is_some_and(|owner| long_ago(owner.deleted_at)),
            "garbage",
            || format!("the Job {} outlives its CronJob", job.meta.name),
        )?;
    }
    for (_, pod) in world.pods() {
        let gone = match pod.owner {
            Owner::None => None,
            Owner::Job(job) => world.job(job).deleted_at,
            Owner::DaemonSet(set) => world.daemonset(set).deleted_at,
            Owner::ReplicaSet(set) => world.replicaset(set).deleted_at,
            Owner::StatefulSet(set) => world.statefulset(set).deleted_at,
        };
        hold(!long_ago(gone) || pod.deletion.is_some(), "garbage", || {
            format!("the pod {} outlives its owner", pod.name)
        })?;
    }
    Ok(())
}
