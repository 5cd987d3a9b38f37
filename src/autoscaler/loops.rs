//! When the loop runs: every `scan-interval` after the run before, but only where it would find something new.

use crate::api::Context;
use crate::sim::{Span, Time};
use crate::world::{AutoscalerEvent, Event};

/// How long a run takes at least: what comes meanwhile waits for its end. As long as one of a small cluster takes.
const LENGTH: Span = Span::from_millis(100);

/// The loop's clock.
#[derive(Debug)]
pub(super) struct Loops {
    interval: Span,
    /// The last run that was played; those since then found nothing.
    last: Option<Time>,
    next: Option<Time>,
}

impl Loops {
    /// The first run is at t = 0.
    pub(super) fn new(interval: Span) -> Self {
        Self {
            interval,
            last: None,
            next: None,
        }
    }

    /// Lets the timer's next run at or after `at` be played.
    pub(super) fn at_tick(&mut self, at: Time, ctx: &mut Context<'_>) {
        let from = self.last.unwrap_or(Time::ZERO);
        let past = (at.max(ctx.now()) - from).as_nanos();
        let rounds = past.div_euclid(self.interval.as_nanos());
        let is_round = past.rem_euclid(self.interval.as_nanos()) == 0;
        let rounds = if is_round { rounds } else { rounds + 1 };
        // Before the first run it may be at once.
        let least = i64::from(self.last.is_some());
        self.set(from + self.interval * rounds.max(least), ctx);
    }

    /// Lets it run at `at` without waiting for the timer, or at the end of the run that is going on.
    pub(super) fn at(&mut self, at: Time, ctx: &mut Context<'_>) {
        let free = self.last.map_or(Time::ZERO, |last| last + LENGTH);
        self.set(at.max(free), ctx);
    }

    fn set(&mut self, at: Time, ctx: &mut Context<'_>) {
        if self.next.is_none_or(|next| at < next) {
            self.next = Some(at);
            let event = Event::Autoscaler(AutoscalerEvent::Loop);
            ctx.out.event_at(at, event);
        }
    }

    /// Whether an event means the run that is wanted; if so, it is under way.
    pub(super) fn begins(&mut self, now: Time) -> bool {
        let is_due = self.next == Some(now);
        if is_due {
            self.next = None;
            self.last = Some(now);
        }
        is_due
    }
}
