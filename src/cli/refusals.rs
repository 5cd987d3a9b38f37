//! What a cluster refused to do for a scenario's actions, kept for a warning after the run.

use crate::model::Name;
use crate::record::Recorder;
use crate::sim::Time;
use crate::world::{Change, Fact, World};

/// More refusals than this are in `events.csv` alone.
const KEPT_MAX: usize = 100;

/// An action that was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// When.
    pub(super) at: Time,
    /// The action as it was written.
    pub(super) action: Name,
    /// Why it was refused.
    pub(super) reason: Name,
}

/// Collects the first refusals of a run.
#[derive(Debug, Default)]
pub(super) struct Refusals(Vec<Refusal>);

impl Recorder for Refusals {
    type Output = Vec<Refusal>;

    fn record(&mut self, _: &World, fact: &Fact) {
        if let Change::Action {
            text,
            refusal: Some(reason),
        } = &fact.change
            && self.0.len() < KEPT_MAX
        {
            self.0.push(Refusal {
                at: fact.at,
                action: text.clone(),
                reason: reason.clone(),
            });
        }
    }

    fn finish(self, _: &World, _: Time) -> Vec<Refusal> {
        self.0
    }
}
