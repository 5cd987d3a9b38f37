//! The slot search: which scheduled time is to be started now, and when the next one comes.
//!
//! Functions from times to times over a [`Schedule`]; they know neither Jobs nor the state of a run. The search
//! is an approximation on purpose, as upstream's is: it can lose times of irregular schedules (CRON-29).
//!
//! Upstream: `mostRecentScheduleTime`, `nextScheduleTime` and `nextScheduleTimeDuration` in
//! `pkg/controller/cronjob/utils.go`.

use crate::cron::{Schedule, TimeZone, UnixSeconds};
use crate::model::CronJobSpec;
use crate::sim::Span;
use std::sync::Arc;

/// CRON-C2: more missed times than this are worth a warning.
const MANY_MISSED: i64 = 100;

/// A schedule in a time zone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Timetable {
    schedule: Arc<Schedule>,
    zone: TimeZone,
}

/// What the search for a slot finds (CRON-25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// The next scheduled time is still to come.
    NotYet,
    /// The latest missed scheduled time, and whether more than [`MANY_MISSED`] were missed.
    Slot {
        slot: UnixSeconds,
        many_missed: bool,
    },
    /// Times were missed, but the search does not find the latest of them (CRON-29).
    Lost,
    /// The schedule has no next time, or none after that.
    Invalid,
}

impl Timetable {
    /// The timetable of a `CronJob`.
    pub(super) fn of(spec: &CronJobSpec) -> Self {
        Self {
            schedule: spec.schedule.clone(),
            zone: spec.zone,
        }
    }

    /// The first scheduled time after `after`.
    pub(super) fn next(&self, after: UnixSeconds) -> Option<UnixSeconds> {
        self.schedule.next(after, self.zone)
    }

    /// CRON-25: the slot to start at `now`. `base` is the last slot or the creation, moved by [`earliest`].
    pub(super) fn due(&self, base: UnixSeconds, now: UnixSeconds) -> Due {
        let Some(first) = self.next(base) else {
            return Due::Invalid;
        };
        if now < first {
            return Due::NotYet;
        }
        let Some(second) = self.next(first) else {
            return Due::Invalid;
        };
        if now < second {
            return Due::Slot {
                slot: first,
                many_missed: false,
            };
        }
        let gap = second.seconds() - first.seconds();
        let missed = (now.seconds() - first.seconds()) / gap + 1;
        let start = UnixSeconds::new(first.seconds() + (missed - 2) * gap);
        match self.last_between(start, now) {
            None => Due::Lost,
            Some(slot) => Due::Slot {
                slot,
                many_missed: missed > MANY_MISSED,
            },
        }
    }

    /// CRON-24: the slot before which nothing has to be looked at; the deadline plays no part. `None`: never.
    pub(super) fn next_look(&self, base: UnixSeconds, now: UnixSeconds) -> Option<UnixSeconds> {
        self.next(match self.due(base, now) {
            Due::NotYet => base,
            Due::Slot { slot, .. } => slot,
            Due::Lost | Due::Invalid => now,
        })
    }

    /// The last scheduled time after `after` that is not after `now`. Unlike [`Timetable::due`] it always finds
    /// it. `after` must be in phase (CRON-66): a scheduled time, or where they are counted from.
    pub(super) fn latest(&self, after: UnixSeconds, now: UnixSeconds) -> Option<UnixSeconds> {
        let first = self.next(after).filter(|first| *first <= now)?;
        let Some(second) = self.next(first).filter(|second| *second <= now) else {
            return Some(first);
        };
        let gap = second.seconds() - first.seconds();
        let periods = (now.seconds() - first.seconds()) / gap;
        let mut back = 1;
        loop {
            // A whole number of periods keeps the phase; from `first` on the search finds at least `second`.
            let start = first.seconds() + (periods - back).max(0) * gap;
            if let Some(slot) = self.last_between(UnixSeconds::new(start), now) {
                return Some(slot);
            }
            back *= 2;
        }
    }

    fn last_between(&self, start: UnixSeconds, now: UnixSeconds) -> Option<UnixSeconds> {
        self.schedule
            .upcoming(start, self.zone)
            .take_while(|slot| *slot <= now)
            .last()
    }
}

/// The latest time that is too old to be started: `startingDeadlineSeconds` before `now`.
pub(super) fn too_old(deadline: Option<Span>, now: UnixSeconds) -> Option<UnixSeconds> {
    deadline.map(|deadline| UnixSeconds::new(now.seconds().saturating_sub(deadline.as_secs())))
}

/// CRON-25: where the search begins.
pub(super) fn earliest(base: UnixSeconds, too_old: Option<UnixSeconds>) -> UnixSeconds {
    too_old.map_or(base, |too_old| base.max(too_old))
}

#[cfg(test)]
mod tests;
