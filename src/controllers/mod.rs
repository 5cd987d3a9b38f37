//! The controllers of kube-controller-manager: one reconciler a file.
//!
//! A change says which keys to look at, never what to do. A reconciler compares what is with what should be
//! and returns a [`Plan`]; the [`Controller`] around it (work queue, workers, client) carries the plan out
//! over virtual time, and only then is the key free again. Scheduler and kubelet are not known here.

pub mod cronjob;
mod plan;
mod worker;
mod workqueue;

pub use plan::{Plan, Progress, Requeue};
pub use worker::{Controller, Loop};

use crate::api::View;
use crate::sim::Span;
use crate::world::{Change, ControllerKind};

/// Keys that a change makes a controller look at, with the delay of each (zero: at once).
#[derive(Debug)]
pub struct Wakes<K>(pub Vec<(K, Span)>);

impl<K> Wakes<K> {
    /// Look at once.
    pub fn now(&mut self, key: K) {
        self.0.push((key, Span::ZERO));
    }

    /// Look after a delay; an earlier entry of the same key wins (CP-Q3).
    pub fn after(&mut self, key: K, delay: Span) {
        self.0.push((key, delay));
    }
}

/// How a controller's queue backs off after an error: the first delay, doubled up to the cap.
#[derive(Debug, Clone, Copy)]
pub struct ErrorBackoff {
    /// The first delay.
    pub base: Span,
    /// The longest.
    pub cap: Span,
}

impl ErrorBackoff {
    /// CP-Q1.
    pub const DEFAULT: Self = Self {
        base: Span::from_millis(5),
        cap: Span::from_secs(1000),
    };
}

/// A controller's decisions.
pub trait Reconcile {
    /// What its queue holds.
    type Key: Copy + Ord + std::hash::Hash + std::fmt::Debug;

    /// Which controller it is.
    const KIND: ControllerKind;

    /// How its queue backs off.
    const BACKOFF: ErrorBackoff = ErrorBackoff::DEFAULT;

    /// Which keys to look at, given that something changed.
    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<Self::Key>);

    /// Compares what is with what should be. `progress.stage` is 0 unless the stage before answered
    /// [`Requeue::Continue`].
    fn reconcile(
        &mut self,
        view: View<'_>,
        key: Self::Key,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue;
}
