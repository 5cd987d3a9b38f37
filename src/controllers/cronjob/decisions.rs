//! What becomes of each scheduled time, for `cronjobs.csv`.
//!
//! Kubernetes keeps no such account: a time that is not started is just never mentioned. The [`Ledger`] walks
//! along the timetable beside the syncs. At any moment at most one time can still be started, the latest
//! (CRON-26); it stays open until it is started, a later one takes its place, or the starting deadline passes.
//! All others are decided the moment a sync sees them.

use super::slots::Timetable;
use crate::cron::UnixSeconds;
use crate::world::{CronDecision, CronJob, CronOutcome, JobId};
use std::collections::VecDeque;

/// No sync tells more lost times than this. A `CronJob` that was suspended for long tells the rest at the syncs
/// that follow, oldest first: the work of a sync stays small, and so does what one call carries.
const TOLD_AT_ONCE: usize = 5_000;

/// The latest scheduled time, not yet started.
#[derive(Debug)]
struct Open {
    slot: UnixSeconds,
    /// What it becomes if it is never started: what first kept it from that.
    outcome: CronOutcome,
}

/// Lost times that are still to be told: those of `timetable` after `told` and before `end`.
#[derive(Debug)]
struct Stretch {
    timetable: Timetable,
    told: UnixSeconds,
    end: UnixSeconds,
    outcome: CronOutcome,
}

/// The moments that a sync of a `CronJob` goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Now.
    pub(super) now: UnixSeconds,
    /// `lastScheduleTime`, or the creation: where times are counted from.
    pub(super) base: UnixSeconds,
    /// When the timetable became what it is.
    pub(super) schedule_since: UnixSeconds,
    /// The latest time that is too old to be started, if there is a deadline.
    pub(super) too_old: Option<UnixSeconds>,
}

/// The account of one `CronJob`'s scheduled times.
#[derive(Debug)]
pub(super) struct Ledger {
    timetable: Timetable,
    /// The latest scheduled time that has been looked at, or where they are counted from: in phase (CRON-66).
    seen: UnixSeconds,
    is_suspended: bool,
    open: Option<Open>,
    untold: VecDeque<Stretch>,
}

impl Ledger {
    /// The account of a `CronJob` that is looked at for the first time.
    pub(super) fn new(cronjob: &CronJob, clock: Clock) -> Self {
        Self {
            timetable: Timetable::of(&cronjob.spec),
            seen: clock.base,
            is_suspended: cronjob.spec.suspend,
            open: None,
            untold: VecDeque::new(),
        }
    }

    /// Takes in the times that have passed since the last sync. Those of a suspended `CronJob` are left until it is
    /// resumed: until then none of them is decided, since nothing looks at them when they pass.
    pub(super) fn catch_up(
        &mut self,
        cronjob: &CronJob,
        clock: Clock,
        decisions: &mut Vec<CronDecision>,
    ) {
        let is_suspended = cronjob.spec.suspend;
        let was_suspended = std::mem::replace(&mut self.is_suspended, is_suspended);
        let outcome = if is_suspended || was_suspended {
            CronOutcome::MissedSuspended
        } else {
            CronOutcome::Missed
        };
        let timetable = Timetable::of(&cronjob.spec);
        if timetable != self.timetable {
            // A time counts as scheduled if it was so when it came.
            self.pass(clock.schedule_since, outcome, clock.too_old, decisions);
            let from = self.seen.max(clock.schedule_since);
            self.seen = timetable.latest(clock.base, from).unwrap_or(clock.base);
            self.timetable = timetable;
        }
        if !(is_suspended && was_suspended) {
            self.pass(clock.now, outcome, clock.too_old, decisions);
        }
        self.tell_lost(clock.too_old, decisions);
    }

    /// CRON-31: an active Job holds the open time back.
    pub(super) fn hold(&mut self) {
        if let Some(open) = &mut self.open
            && open.outcome == CronOutcome::Missed
        {
            open.outcome = CronOutcome::SkippedForbid;
        }
    }

    /// CRON-29: the search does not find the open time. With a deadline the search goes on from elsewhere later
    /// and may find it after all, so that it stays open until the deadline passes.
    pub(super) fn lose(&mut self, clock: Clock, decisions: &mut Vec<CronDecision>) {
        if let Some(open) = &mut self.open {
            open.outcome = CronOutcome::Missed;
        }
        if clock.too_old.is_none()
            && let Some(open) = self.open.take()
        {
            decisions.push(missed(open.slot, open.outcome, None));
        }
    }

    /// Gives up the open time if it is too old.
    pub(super) fn expire(
        &mut self,
        too_old: Option<UnixSeconds>,
        decisions: &mut Vec<CronDecision>,
    ) {
        if let Some(open) = self
            .open
            .take_if(|open| too_old.is_some_and(|too_old| open.slot <= too_old))
        {
            decisions.push(missed(open.slot, open.outcome, too_old));
        }
    }

    /// CRON-22: `slot` is handled; `job` was created for it, or nothing was.
    pub(super) fn handle(
        &mut self,
        slot: UnixSeconds,
        job: Option<JobId>,
        decisions: &mut Vec<CronDecision>,
    ) {
        if let Some(open) = self.open.take_if(|open| open.slot <= slot)
            && open.slot < slot
        {
            decisions.push(missed(open.slot, open.outcome, None));
        }
        // From now on `@every` counts from here; a deadline may have moved it out of step (CRON-25, CRON-66).
        let seen = self.seen.max(slot);
        self.seen = self.timetable.latest(slot, seen).unwrap_or(slot);
        decisions.push(match job {
            None => missed(slot, CronOutcome::Missed, None),
            Some(_) => CronDecision {
                scheduled_unix: Some(slot.seconds()),
                outcome: CronOutcome::Started,
                job,
            },
        });
    }

    /// Makes the latest time up to `until` the open one; those before it are lost.
    fn pass(
        &mut self,
        until: UnixSeconds,
        outcome: CronOutcome,
        too_old: Option<UnixSeconds>,
        decisions: &mut Vec<CronDecision>,
    ) {
        let Some(latest) = self.timetable.latest(self.seen, until) else {
            return;
        };
        let slot = latest;
        if let Some(before) = self.open.replace(Open { slot, outcome }) {
            decisions.push(missed(before.slot, before.outcome, too_old));
        }
        if self.timetable.next(self.seen) != Some(latest) {
            self.untold.push_back(Stretch {
                timetable: self.timetable.clone(),
                told: self.seen,
                end: latest,
                outcome,
            });
        }
        self.seen = latest;
    }

    /// Tells lost times, up to [`TOLD_AT_ONCE`].
    fn tell_lost(&mut self, too_old: Option<UnixSeconds>, decisions: &mut Vec<CronDecision>) {
        let most = decisions.len() + TOLD_AT_ONCE;
        while let Some(stretch) = self.untold.front_mut() {
            while let Some(slot) = stretch.timetable.next(stretch.told)
                && slot < stretch.end
            {
                if decisions.len() == most {
                    return;
                }
                stretch.told = slot;
                decisions.push(missed(slot, stretch.outcome, too_old));
            }
            self.untold.pop_front();
        }
    }
}

/// A time that is never started. What nothing else kept back, and is too old now, has missed its deadline.
fn missed(slot: UnixSeconds, outcome: CronOutcome, too_old: Option<UnixSeconds>) -> CronDecision {
    let is_late = outcome == CronOutcome::Missed && too_old.is_some_and(|too_old| slot <= too_old);
    CronDecision {
        scheduled_unix: Some(slot.seconds()),
        outcome: if is_late {
            CronOutcome::MissedDeadline
        } else {
            outcome
        },
        job: None,
    }
}
