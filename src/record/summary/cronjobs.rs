//! Figures of CronJobs: what became of their scheduled times and of the Jobs that they made.

use super::{key, seconds};
use crate::record::numbers::Sample;
use crate::record::rows::{CronRow, JobRow};
use crate::sim::Span;
use crate::world::{Change, CronJobId, CronOutcome, JobConditionKind, World};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct CronJobs {
    rows: BTreeMap<CronJobId, Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    started: u64,
    skipped: u64,
    replaced: u64,
    missed: u64,
    late_max: Option<Span>,
    complete: u64,
    failed: u64,
    durations: Sample,
}

impl CronJobs {
    pub(super) fn event(&mut self, change: &Change) {
        if let Change::CronJobCreated(id) = change {
            self.rows.entry(*id).or_default();
        }
    }

    pub(super) fn decided(&mut self, row: &CronRow<'_>) {
        let figures = self.rows.entry(row.id).or_default();
        figures.late_max = figures.late_max.max(row.late);
        match row.decision.outcome {
            CronOutcome::Started => figures.started += 1,
            CronOutcome::SkippedForbid => figures.skipped += 1,
            CronOutcome::Replaced => figures.replaced += 1,
            CronOutcome::MissedDeadline | CronOutcome::MissedSuspended | CronOutcome::Missed => {
                figures.missed += 1;
            }
            CronOutcome::Manual => {}
        }
    }

    pub(super) fn job(&mut self, cronjob: CronJobId, row: &JobRow<'_>) {
        let figures = self.rows.entry(cronjob).or_default();
        let is = |kind| row.job.status.condition(kind).is_some();
        figures.complete += u64::from(is(JobConditionKind::Complete));
        figures.failed += u64::from(is(JobConditionKind::Failed));
        if let Some(duration) = row.duration() {
            figures.durations.push(duration);
        }
    }

    /// By name; of two CronJobs of one name the later one stands.
    pub(super) fn figures(&self, world: &World) -> Value {
        let by_name: BTreeMap<String, Value> = self
            .rows
            .iter()
            .map(|(id, figures)| (key(&world.cronjob(*id).meta), figures.to_value()))
            .collect();
        Value::Object(by_name.into_iter().collect::<Map<_, _>>())
    }
}

impl Figures {
    fn to_value(&self) -> Value {
        let durations = self.durations.sorted();
        json!({
            "scheduled": self.started + self.skipped + self.missed,
            "started": self.started,
            "skipped": self.skipped,
            "replaced": self.replaced,
            "missed": self.missed,
            "late_max_s": self.late_max.map(seconds),
            "complete": self.complete,
            "failed": self.failed,
            "duration_p50_s": durations.percentile(50).map(seconds),
            "duration_p95_s": durations.percentile(95).map(seconds),
            "duration_max_s": durations.max().map(seconds),
        })
    }
}
