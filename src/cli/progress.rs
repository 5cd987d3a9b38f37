//! A progress bar that watches a run.

use crate::record::Recorder;
use crate::sim::{Span, Time};
use crate::world::{Fact, World};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar is told of every so many facts.
const FACTS_PER_LOOK: u64 = 4096;
/// The bar counts thousandths of the horizon.
const LENGTH: i64 = 1000;

/// Shows how much of the horizon is over or, without one, how much time has passed.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    horizon: Option<Span>,
    facts: u64,
}

impl Progress {
    /// A bar on stderr, or one that nobody sees.
    pub(super) fn new(horizon: Option<Span>, is_shown: bool) -> Self {
        let target = if is_shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let (length, template) = match horizon {
            Some(_) => (u64::try_from(LENGTH).ok(), "{bar:40} {percent:>3} %  {msg}"),
            None => (None, "{spinner} {msg}"),
        };
        let style = ProgressStyle::with_template(template).expect("the template is well-formed");
        let bar = ProgressBar::with_draw_target(length, target).with_style(style);
        Self {
            bar,
            horizon,
            facts: 0,
        }
    }

    fn show(&self, at: Time) {
        let passed = at.since_start();
        // To the second: a duration with nine decimals cannot be read while it moves.
        self.bar
            .set_message(Span::from_secs(passed.as_secs()).to_string());
        match self.horizon {
            Some(horizon) => self.bar.set_position(thousandths(passed, horizon)),
            None => self.bar.tick(),
        }
    }
}

fn thousandths(passed: Span, horizon: Span) -> u64 {
    let step = (horizon / LENGTH).as_nanos().max(1);
    u64::try_from(passed.as_nanos() / step).unwrap_or(0)
}

impl Recorder for Progress {
    /// When the run ended.
    type Output = Time;

    fn record(&mut self, _: &World, fact: &Fact) {
        self.facts += 1;
        if self.facts.is_multiple_of(FACTS_PER_LOOK) && !self.bar.is_hidden() {
            self.show(fact.at);
        }
    }

    fn finish(self, _: &World, end: Time) -> Time {
        self.bar.finish_and_clear();
        end
    }
}
