//! Recorders: what watches a run and keeps something of it. They see the world and the facts, and change nothing.
//!
//! A [`Timeline`] turns facts into rows; whoever implements [`Rows`] takes them: [`Summary`] sums them up, the
//! files of `results/` write them down. Formats and files are not known here.

mod event_detail;
mod event_names;
#[cfg(test)]
pub(crate) mod fixture;
mod load;
mod numbers;
mod retries;
mod rows;
mod summary;
mod timeline;

pub use event_detail::Detail;
pub use event_names::{EventObject, Subject, condition_reason, event_name, outcome_name};
pub use load::{Load, extended_amounts, extended_resources};
pub use numbers::ratio_millionths;
pub use rows::{
    AvailabilityRow, CompletionRow, CoverageRow, CronRow, JobRow, ObjectRef, PodRow, ReplicatedId,
    RetryKind, RetryRow, Rows,
};
pub use summary::{Summary, SummaryRecorder, coverage, seconds};
pub use timeline::Timeline;

use crate::sim::Time;
use crate::world::{Fact, World};

/// Watches a run. On or off, the run is the same.
pub trait Recorder {
    /// What it has at the end.
    type Output;

    /// Something has happened; the world is as it is just after.
    fn record(&mut self, world: &World, fact: &Fact) {
        let _ = (world, fact);
    }

    /// A moment of the sampling grid ([`Recorder::sample_every`]); every change before it has been recorded.
    fn sample(&mut self, world: &World, at: Time) {
        let _ = (world, at);
    }

    /// The length of the sampling grid, if it wants samples.
    fn sample_every(&self) -> Option<crate::sim::Span> {
        None
    }

    /// The run is over.
    fn finish(self, world: &World, end: Time) -> Self::Output;
}

impl Recorder for () {
    type Output = ();

    fn finish(self, _: &World, _: Time) {}
}

impl<A: Recorder, B: Recorder> Recorder for (A, B) {
    type Output = (A::Output, B::Output);

    fn record(&mut self, world: &World, fact: &Fact) {
        self.0.record(world, fact);
        self.1.record(world, fact);
    }

    fn sample(&mut self, world: &World, at: Time) {
        self.0.sample(world, at);
        self.1.sample(world, at);
    }

    fn sample_every(&self) -> Option<crate::sim::Span> {
        self.0.sample_every().or(self.1.sample_every())
    }

    fn finish(self, world: &World, end: Time) -> Self::Output {
        (self.0.finish(world, end), self.1.finish(world, end))
    }
}
