//! What a reconciler answers with: calls to be carried out, and when to look again.

use crate::sim::{Span, Time};
use crate::world::Call;
use std::collections::VecDeque;

/// How far the work on a key has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// 0 at first; one more each time that [`Requeue::Continue`] was answered.
    pub stage: u32,
    /// Calls of all earlier stages that were done.
    pub done: u32,
    /// Calls of all earlier stages that were refused.
    pub refused: u32,
    /// Calls that were not sent, since one of an earlier batch was refused (CP-E3).
    pub skipped: u32,
}

/// When a key is looked at again, once its plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeue {
    /// When something changes.
    Done,
    /// After a time, or when something changes.
    After(Span),
    /// After an error: with the queue's back-off.
    Backoff,
    /// At once, by the same worker, with the next stage: the key is not free in between.
    Continue,
}

/// Calls that go out together.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) calls: Vec<Call>,
    /// Whether each of them is followed by a v1 Event of the controller (CP-2).
    pub(crate) events: bool,
    /// A refusal drops the following steps that are marked the same (CP-E3).
    pub(crate) slow_start: bool,
}

/// Calls in the order in which a worker carries them out; a step begins when the one before has been answered.
#[derive(Debug, Default)]
pub struct Plan {
    pub(crate) steps: VecDeque<Step>,
    /// v1 Events that are written whatever becomes of the calls.
    pub(crate) events: u32,
    pub(crate) requeues: Vec<Time>,
}

impl Plan {
    /// One call, and the next step after its answer.
    pub fn call(&mut self, call: Call) {
        self.together(vec![call], false);
    }

    /// Calls that go out at once; `events`: each is followed by a v1 Event.
    pub fn together(&mut self, calls: Vec<Call>, events: bool) {
        if !calls.is_empty() {
            self.steps.push_back(Step {
                calls,
                events,
                slow_start: false,
            });
        }
    }

    /// Creations in batches of 1, 2, 4, … (CP-E3), each followed by a v1 Event.
    pub fn slow_start(&mut self, mut calls: Vec<Call>) {
        let mut size = 1;
        while !calls.is_empty() {
            let rest = calls.split_off(size.min(calls.len()));
            self.steps.push_back(Step {
                calls,
                events: true,
                slow_start: true,
            });
            calls = rest;
            size *= 2;
        }
    }

    /// A v1 Event that stands for itself.
    pub fn event(&mut self) {
        self.events += 1;
    }

    /// Also look again at this moment (a delayed add: the earliest one wins, CP-Q3).
    pub fn look_again_at(&mut self, at: Time) {
        self.requeues.push(at);
    }

    /// Whether there is nothing to carry out.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
