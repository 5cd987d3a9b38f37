//! The `CronJob` controller: starts a Job for each scheduled time, as `concurrencyPolicy` and deadline allow.
//!
//! A sync is two stages: what is known is brought up to date and the slot that is due is found; once the API has
//! answered the creation, the new Job is noted. All changes of the status are one write at the end. What became of
//! scheduled times that were not started, Kubernetes does not say; the ledger in `decisions` works out beside.
//!
//! Differs: the controller reads the API's present state where upstream reads a cache and asks the API where
//! that may be old, so no request is spent on `GetCronJob` (CRON-12) and `GetJob` (CRON-13, CRON-33).
//!
//! Upstream: `pkg/controller/cronjob/cronjob_controllerv2.go`.

mod decisions;
mod history;
mod policy;
mod slots;

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::cron::UnixSeconds;
use crate::model::{Cascade, Name};
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, ControllerKind, CronDecision, CronJob, CronJobId, CronJobStatus, CronOutcome,
    JobConditionKind, JobId, NewJob, OwnerRef, World,
};
use decisions::{Clock, Ledger};
use policy::Verdict;
use slots::{Due, Timetable};
use std::collections::{BTreeMap, BTreeSet};

/// Decides what the `CronJob` controller does.
#[derive(Debug, Default)]
pub struct CronJobReconciler {
    /// Of every `CronJob` that exists.
    ledgers: BTreeMap<CronJobId, Ledger>,
    /// Syncs whose Job is being created.
    creations: BTreeMap<CronJobId, Creation>,
}

/// What a sync has changed so far; written at its end.
#[derive(Debug)]
struct Draft {
    status: CronJobStatus,
    /// Whether upstream would send an update, be it one that changes nothing.
    must_write: bool,
    decisions: Vec<CronDecision>,
}

/// A sync between its two stages.
#[derive(Debug)]
struct Creation {
    draft: Draft,
    slot: UnixSeconds,
    name: Name,
    /// A Job of this name was there before (CRON-23).
    existed: bool,
}

/// What a sync comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing is started; look again at the scheduled time, if there is one.
    Rest(Option<UnixSeconds>),
    /// The Job for this slot is created.
    Start(UnixSeconds),
}

impl Reconcile for CronJobReconciler {
    type Key = CronJobId;

    const KIND: ControllerKind = ControllerKind::CronJob;

    /// CRON-1 to CRON-3.
    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<CronJobId>) {
        if let Change::JobCreated(job)
        | Change::JobUpdated(job)
        | Change::JobStatus { job, .. }
        | Change::JobDeleting(job)
        | Change::JobDeleted(job) = change
        {
            let owner = view.world.job(*job).cronjob;
            if let Some(owner) = owner.filter(|owner| view.world.cronjob(*owner).exists()) {
                wakes.now(owner);
            }
        } else if let Change::CronJobCreated(cronjob)
        | Change::CronJobStatus(cronjob)
        | Change::CronJobDeleted(cronjob) = change
        {
            wakes.now(*cronjob);
        } else if let Change::CronJobUpdated { cronjob, schedule } = change {
            match delay_of_change(view, *cronjob).filter(|_| *schedule) {
                None => wakes.now(*cronjob),
                Some(delay) => wakes.after(*cronjob, delay),
            }
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: CronJobId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        if progress.stage > 0 {
            return self.finish(view, key, plan);
        }
        let cronjob = view.world.cronjob(key);
        if !cronjob.exists() {
            self.ledgers.remove(&key);
            return Requeue::Done;
        }
        self.sync(view, key, plan)
    }
}

impl CronJobReconciler {
    /// Section 3 of the rules up to the creation of the Job.
    fn sync(&mut self, view: View<'_>, key: CronJobId, plan: &mut Plan) -> Requeue {
        let world = view.world;
        let cronjob = world.cronjob(key);
        let mut draft = Draft {
            status: cronjob.status.clone(),
            must_write: false,
            decisions: Vec::new(),
        };
        let surplus = history::surplus(world, cronjob);
        for &job in &surplus {
            draft.delete(job, plan);
        }
        draft.observe(world, cronjob, plan);
        // CRON-14: the children are looked after as long as the CronJob is there, its schedule is not.
        if cronjob.deleting {
            draft.write(key, plan);
            return Requeue::Done;
        }

        let clock = clock_of(world, cronjob, world.now());
        let ledger = self
            .ledgers
            .entry(key)
            .or_insert_with(|| Ledger::new(cronjob, clock));
        ledger.catch_up(cronjob, clock, &mut draft.decisions);
        let step = choose(world, cronjob, clock, ledger, &mut draft, plan);
        ledger.expire(clock.too_old, &mut draft.decisions);

        match step {
            Step::Rest(next) => {
                draft.write(key, plan);
                look_again(view, next, plan);
                Requeue::Done
            }
            Step::Start(slot) => {
                let name = job_name(cronjob, slot);
                // A Job that this sync deletes gives its name free before the new one asks for it.
                let existed = world
                    .job_named(&cronjob.meta.namespace, &name)
                    .is_some_and(|job| !surplus.contains(&job));
                let call = Call::CreateJob(NewJob {
                    cronjob: key,
                    name: name.clone(),
                    scheduled_unix: Some(slot.seconds()),
                });
                // SuccessfulCreate or FailedCreate; a name that is taken is passed over in silence.
                plan.together(vec![call], !existed);
                let creation = Creation {
                    draft,
                    slot,
                    name,
                    existed,
                };
                self.creations.insert(key, creation);
                Requeue::Continue
            }
        }
    }

    /// CRON-22, CRON-23: after the API's answer to the creation.
    fn finish(&mut self, view: View<'_>, key: CronJobId, plan: &mut Plan) -> Requeue {
        let Some(creation) = self.creations.remove(&key) else {
            return Requeue::Done;
        };
        let Creation {
            mut draft,
            slot,
            name,
            existed,
        } = creation;
        let cronjob = view.world.cronjob(key);
        // A CronJob that is gone meanwhile has no status, but its decisions count.
        draft.must_write &= cronjob.exists();
        let job = view.world.job_named(&cronjob.meta.namespace, &name);
        let Some(job) = job else {
            draft.write(key, plan);
            return if cronjob.exists() {
                Requeue::Backoff
            } else {
                Requeue::Done
            };
        };
        if view.world.job(job).cronjob != Some(key) || draft.status.active.contains(&job) {
            draft.write(key, plan);
            return Requeue::Done;
        }
        if let Some(ledger) = self.ledgers.get_mut(&key) {
            // `@every` below a minute: the Job was made for another slot of the same minute (CRON-40).
            let started = Some(job).filter(|_| !existed);
            ledger.handle(slot, started, &mut draft.decisions);
        }
        draft.must_write = cronjob.exists();
        draft.status.active.push(job);
        draft.status.last_schedule_unix = Some(slot.seconds());
        draft.write(key, plan);
        look_again(view, Timetable::of(&cronjob.spec).next(slot), plan);
        Requeue::Done
    }
}

/// CRON-16 to CRON-21: whether a slot is due and may be started.
fn choose(
    world: &World,
    cronjob: &CronJob,
    clock: Clock,
    ledger: &mut Ledger,
    draft: &mut Draft,
    plan: &mut Plan,
) -> Step {
    if cronjob.spec.suspend {
        return Step::Rest(None);
    }
    let timetable = Timetable::of(&cronjob.spec);
    let rest = || Step::Rest(timetable.next_look(clock.base, clock.now));
    let slot = match timetable.due(slots::earliest(clock.base, clock.too_old), clock.now) {
        Due::NotYet => return rest(),
        Due::Invalid => {
            plan.event(); // InvalidSchedule
            return Step::Rest(None);
        }
        Due::Lost => {
            ledger.lose(clock, &mut draft.decisions);
            return rest();
        }
        Due::Slot { slot, many_missed } => {
            if many_missed {
                plan.event(); // TooManyMissedTimes
            }
            slot
        }
    };
    let name = job_name(cronjob, slot);
    let is_handled = draft.status.last_schedule_unix == Some(slot.seconds())
        || draft
            .status
            .active
            .iter()
            .any(|job| world.job(*job).meta.name == name);
    if is_handled {
        return rest();
    }
    match policy::judge(cronjob.spec.concurrency_policy, draft.status.active.len()) {
        Verdict::Start => {}
        Verdict::Wait => {
            plan.event(); // JobAlreadyActive
            ledger.hold();
            return rest();
        }
        Verdict::Replace => {
            for job in draft.status.active.clone() {
                draft.delete(job, plan);
                draft.decisions.extend(replaced(world, job));
            }
        }
    }
    Step::Start(slot)
}

impl Draft {
    /// Deletes a Job and drops it from the list (upstream's `deleteJob`).
    fn delete(&mut self, job: JobId, plan: &mut Plan) {
        let (owner, cascade) = (OwnerRef::Job(job), Cascade::Background);
        plan.together(vec![Call::DeleteObject { owner, cascade }], true); // SuccessfulDelete
        self.status.active.retain(|active| *active != job);
        self.must_write = true;
    }

    /// CRON-12, CRON-13: what has become of the children and of the active list.
    fn observe(&mut self, world: &World, cronjob: &CronJob, plan: &mut Plan) {
        let active: BTreeSet<JobId> = self.status.active.iter().copied().collect();
        for &id in &cronjob.jobs {
            let job = world.job(id);
            let is_active = active.contains(&id);
            let Some(condition) = job.status.finished() else {
                if !is_active {
                    plan.event(); // UnexpectedJob
                }
                continue;
            };
            if is_active {
                plan.event(); // SawCompletedJob
                self.must_write = true;
            }
            let completion = job.status.completion_time;
            if condition.kind == JobConditionKind::Complete
                && completion > self.status.last_successful
            {
                self.status.last_successful = completion;
                self.must_write = true;
            }
        }
        self.status.active.retain(|id| {
            let job = world.job(*id);
            let is_missing = !job.exists();
            if is_missing {
                plan.event(); // MissingJob
                self.must_write = true;
            }
            let is_completed = job.status.finished().is_some() && cronjob.jobs.contains(id);
            !is_missing && !is_completed
        });
    }

    /// Sends the status, with the decisions; decisions alone cost nothing.
    fn write(self, cronjob: CronJobId, plan: &mut Plan) {
        let (status, decisions) = (Box::new(self.status), self.decisions);
        if self.must_write {
            plan.call(Call::WriteCronJobStatus {
                cronjob,
                status,
                decisions,
            });
        } else if !decisions.is_empty() {
            plan.call(Call::NoteCronDecisions { cronjob, decisions });
        }
    }
}

/// The row for a Job that gives way to a later one; none for a Job that was not made for a scheduled time.
fn replaced(world: &World, job: JobId) -> Option<CronDecision> {
    let scheduled_unix = world.job(job).scheduled_unix;
    scheduled_unix.is_some().then_some(CronDecision {
        scheduled_unix,
        outcome: CronOutcome::Replaced,
        job: Some(job),
    })
}

/// CRON-40.
fn job_name(cronjob: &CronJob, slot: UnixSeconds) -> Name {
    format!("{}-{}", cronjob.meta.name, slot.seconds() / 60).into()
}

/// The moments of a sync at `at`.
fn clock_of(world: &World, cronjob: &CronJob, at: Time) -> Clock {
    let seconds = |time| UnixSeconds::from_nanoseconds(world.unix_nanos(time));
    let last = cronjob.status.last_schedule_unix.map(UnixSeconds::new);
    let now = seconds(at);
    Clock {
        now,
        base: last.unwrap_or_else(|| seconds(cronjob.created_at)),
        schedule_since: seconds(cronjob.schedule_since),
        too_old: slots::too_old(cronjob.spec.starting_deadline, now),
    }
}

/// CRON-4: asks for a look at a scheduled time, a little later (CRON-C1).
fn look_again(view: View<'_>, slot: Option<UnixSeconds>, plan: &mut Plan) {
    if let Some(at) = slot.and_then(|slot| look_at(view, slot)) {
        plan.look_again_at(at);
    }
}

/// When a slot is looked at; `None` for one that lies beyond the end of time.
fn look_at(view: View<'_>, slot: UnixSeconds) -> Option<Time> {
    let slot = view.world.time_of_unix_nanos(slot.nanoseconds()?);
    Some(slot + view.latency().cron_padding)
}

/// CRON-2: how long after the news of a new schedule its next slot is looked at. `None`: at once, for a schedule
/// that never matches, and for a suspended `CronJob`, where the delayed sync would do nothing but keep a run going.
fn delay_of_change(view: View<'_>, key: CronJobId) -> Option<Span> {
    let cronjob = view.world.cronjob(key);
    if cronjob.spec.suspend {
        return None;
    }
    let seen_at = view.now() + view.latency().watch;
    let clock = clock_of(view.world, cronjob, seen_at);
    let slot = Timetable::of(&cronjob.spec).next_look(clock.base, clock.now)?;
    Some(look_at(view, slot)? - seen_at)
}

#[cfg(test)]
mod tests;
