//! Figures of arrivals: what came, how long it waited for its first pod, and what became of it.

use super::seconds;
use crate::model::{Model, Name};
use crate::record::numbers::Sample;
use crate::record::rows::{JobRow, PodRow};
use crate::sim::Time;
use crate::world::{ArrivalId, JobConditionKind, Phase};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct ArrivalFigures {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: Name,
    count: u64,
    complete: u64,
    failed: u64,
    retries: u64,
    waits: Sample,
    durations: Sample,
}

impl ArrivalFigures {
    pub(super) fn new(model: &Model) -> Self {
        let row = |name: &Name| Row {
            name: name.clone(),
            count: 0,
            complete: 0,
            failed: 0,
            retries: 0,
            waits: Sample::default(),
            durations: Sample::default(),
        };
        let rows = model.arrivals.iter();
        Self {
            rows: rows.map(|arrivals| row(&arrivals.name)).collect(),
        }
    }

    pub(super) fn came(&mut self, arrival: ArrivalId) {
        self.rows[usize::from(arrival.entry)].count += 1;
    }

    /// A Job that came, `now` being its end or that of the run.
    pub(super) fn job(&mut self, arrival: ArrivalId, row: &JobRow<'_>, now: Time) {
        let figures = &mut self.rows[usize::from(arrival.entry)];
        let job = row.job;
        let is = |kind| job.status.condition(kind).is_some();
        figures.complete += u64::from(is(JobConditionKind::Complete));
        figures.failed += u64::from(is(JobConditionKind::Failed));
        figures.retries += u64::from(row.retries);
        // One that never ran has waited until it was over.
        let waited = job.finished_at.unwrap_or(now) - job.created_at;
        figures.waits.push(row.first_pod_wait.unwrap_or(waited));
        if let Some(duration) = row.duration() {
            figures.durations.push(duration);
        }
    }

    /// A bare pod that came. Its duration is that of a Job that does the same work.
    pub(super) fn pod(&mut self, arrival: ArrivalId, row: &PodRow<'_>) {
        let figures = &mut self.rows[usize::from(arrival.entry)];
        let pod = row.pod;
        match pod.phase {
            Phase::Succeeded => figures.complete += 1,
            Phase::Failed => figures.failed += 1,
            Phase::Pending | Phase::Running => {}
        }
        figures.retries += u64::from(pod.restarts());
        let left = pod.started_at.or(pod.finished_at).unwrap_or(row.at);
        figures.waits.push(left - pod.created_at);
        if let Some(finished_at) = pod.finished_at {
            figures.durations.push(finished_at - pod.created_at);
        }
    }

    pub(super) fn figures(&self) -> Value {
        let by_name: BTreeMap<String, Value> = self
            .rows
            .iter()
            .map(|row| (row.name.to_string(), row.to_value()))
            .collect();
        Value::Object(by_name.into_iter().collect::<Map<_, _>>())
    }
}

impl Row {
    fn to_value(&self) -> Value {
        let (waits, durations) = (self.waits.sorted(), self.durations.sorted());
        json!({
            "count": self.count,
            "complete": self.complete,
            "failed": self.failed,
            "retries": self.retries,
            "wait_mean_s": waits.mean().map(seconds),
            "wait_p95_s": waits.percentile(95).map(seconds),
            "wait_max_s": waits.max().map(seconds),
            "duration_mean_s": durations.mean().map(seconds),
            "duration_p95_s": durations.percentile(95).map(seconds),
        })
    }
}
