//! Figures of DaemonSets: how much of what is desired is ready, over time.
//!
//! A DaemonSet is *full* when every desired pod is ready and there is at least one. Least and mean coverage
//! are those after it was first full: before, it is being rolled out, which `covered_t` measures. A state
//! counts only if it lasts.

use super::{key, seconds, share};
use crate::record::numbers::{MILLION, ratio_millionths};
use crate::record::rows::CoverageRow;
use crate::sim::{Span, Time};
use crate::world::{Change, DaemonSetId, DaemonSetStatus, Fact, Revision, World};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct DaemonSets {
    warm_up: Time,
    rows: BTreeMap<DaemonSetId, Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    /// The present state, and since when.
    coverage: i64,
    desired: i32,
    misscheduled: i32,
    since: Time,
    ended: bool,
    desired_max: i32,
    misscheduled_max: i32,
    covered_at: Option<Time>,
    coverage_min: Option<i64>,
    /// Coverage × nanoseconds, and the nanoseconds.
    coverage_sum: i128,
    covered_nanos: i128,
    revision: Option<Revision>,
    rollout_from: Time,
    rollout: Option<Span>,
}

impl DaemonSets {
    pub(super) fn new(warm_up: Time) -> Self {
        let rows = BTreeMap::new();
        Self { warm_up, rows }
    }

    pub(super) fn event(&mut self, world: &World, fact: &Fact) {
        let warm_up = self.warm_up;
        if let Change::DaemonSetCreated(id) | Change::DaemonSetUpdated(id) = fact.change {
            let figures = self.rows.entry(id).or_default();
            figures.changed(fact.at, world.daemonset(id).revision);
        } else if let Change::DaemonSetRolledOut(id) = fact.change {
            let figures = self.rows.entry(id).or_default();
            figures.rollout = Some(fact.at - figures.rollout_from);
        } else if let Change::DaemonSetDeleted(id) = fact.change {
            let figures = self.rows.entry(id).or_default();
            figures.pass(warm_up, fact.at);
            figures.ended = true;
        }
    }

    pub(super) fn status(&mut self, row: &CoverageRow<'_>) {
        let figures = self.rows.entry(row.id).or_default();
        if !figures.ended {
            figures.pass(self.warm_up, row.at);
            figures.enter(row.at, &row.daemonset.status);
        }
    }

    pub(super) fn finish(&mut self, end: Time) {
        for figures in self.rows.values_mut() {
            if !figures.ended {
                figures.pass(self.warm_up, end);
                figures.note_extremes();
            }
        }
    }

    /// By name; of two DaemonSets of one name the later one stands.
    pub(super) fn figures(&self, world: &World) -> Value {
        let by_name: BTreeMap<String, Value> = self
            .rows
            .iter()
            .map(|(id, figures)| (key(&world.daemonset(*id).meta), figures.to_value()))
            .collect();
        Value::Object(by_name.into_iter().collect::<Map<_, _>>())
    }
}

/// `numberReady ÷ desiredNumberScheduled` in millionths, 1 where nothing is desired.
pub fn coverage(status: &DaemonSetStatus) -> i64 {
    let share = ratio_millionths(i128::from(status.ready), i128::from(status.desired));
    share.unwrap_or(MILLION)
}

impl Figures {
    /// The spec came or changed: a new template is a new rollout.
    fn changed(&mut self, at: Time, revision: Revision) {
        if self.revision.replace(revision) != Some(revision) {
            self.rollout_from = at;
            self.rollout = None;
        }
    }

    fn enter(&mut self, at: Time, status: &DaemonSetStatus) {
        self.coverage = coverage(status);
        self.desired = status.desired;
        self.misscheduled = status.misscheduled;
        if self.desired > 0 && self.coverage >= MILLION {
            self.covered_at.get_or_insert(at);
        }
    }

    /// The state has been what it is until `at`.
    fn pass(&mut self, warm_up: Time, at: Time) {
        let length = (at - self.since.max(warm_up)).as_nanos();
        self.since = at;
        if length <= 0 {
            return;
        }
        self.note_extremes();
        if self.covered_at.is_some() {
            self.coverage_sum += i128::from(self.coverage) * i128::from(length);
            self.covered_nanos += i128::from(length);
        }
    }

    fn note_extremes(&mut self) {
        self.desired_max = self.desired_max.max(self.desired);
        self.misscheduled_max = self.misscheduled_max.max(self.misscheduled);
        if self.covered_at.is_some() {
            let least = self.coverage_min.unwrap_or(self.coverage);
            self.coverage_min = Some(least.min(self.coverage));
        }
    }

    fn to_value(&self) -> Value {
        let whole = self.covered_nanos * i128::from(MILLION);
        let mean = ratio_millionths(self.coverage_sum, whole).or(self.coverage_min);
        json!({
            "desired_max": self.desired_max,
            "coverage_min": self.coverage_min.map(share),
            "coverage_mean": mean.map(share),
            "covered_t": self.covered_at.map(|at| seconds(at.since_start())),
            "rollout_s": self.rollout.map(seconds),
            "misscheduled_max": self.misscheduled_max,
        })
    }
}
