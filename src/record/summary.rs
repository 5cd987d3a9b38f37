//! The figures of a run (contract §5): what `expect`, `sweep`, `compare` and `plan` refer to.
//!
//! Kept while the run goes on: counters and sums, one entry for each workload, and a duration for each pod
//! and each Job of a CronJob, since percentiles need them. Figures leave out what was created before the
//! warm-up; means and extremes over time begin at its end.

mod cronjobs;
mod daemonsets;
mod nodes;
mod replicated;

use super::numbers::{MILLION, Sample};
use super::rows::{AvailabilityRow, CoverageRow, CronRow, JobRow, PodRow, Rows};
use super::{Load, Recorder, Timeline};
use crate::model::{Meta, Model};
use crate::sim::{Seq, Span, Time};
use crate::world::{Change, Fact, Job, Phase, World};
use cronjobs::CronJobs;
use daemonsets::DaemonSets;
pub use daemonsets::coverage;
use nodes::NodeHours;
use replicated::Replicated;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Collects the figures.
#[derive(Debug)]
pub struct Summary {
    warm_up: Time,
    events: u64,
    jobs: BTreeMap<String, Value>,
    cronjobs: CronJobs,
    daemonsets: DaemonSets,
    replicated: Replicated,
    pods: PodFigures,
    node_hours: NodeHours,
}

#[derive(Debug, Default)]
struct PodFigures {
    created: u64,
    succeeded: u64,
    failed: u64,
    evicted: u64,
    preempted: u64,
    /// How long each was in phase Pending; for one that is still, until the end.
    pending: Sample,
}

impl Summary {
    /// For a run of `model`.
    pub fn new(model: &Model) -> Self {
        let warm_up = Time::ZERO + model.warm_up;
        Self {
            warm_up,
            events: 0,
            jobs: BTreeMap::new(),
            cronjobs: CronJobs::default(),
            daemonsets: DaemonSets::new(warm_up),
            replicated: Replicated::new(warm_up),
            pods: PodFigures::default(),
            node_hours: NodeHours::new(model, warm_up),
        }
    }

    /// How many events there were.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The figures, by the names of the contract; `end` is the end of the run.
    pub fn finish(mut self, world: &World, end: Time, load: &Load) -> Map<String, Value> {
        self.daemonsets.finish(end);
        self.replicated.finish(end);
        let mut figures = Map::new();
        figures.insert(
            "jobs".to_owned(),
            Value::Object(self.jobs.into_iter().collect()),
        );
        figures.insert("cronjobs".to_owned(), self.cronjobs.figures(world));
        figures.insert("daemonsets".to_owned(), self.daemonsets.figures(world));
        let [deployments, statefulsets] = self.replicated.figures(world);
        figures.insert("deployments".to_owned(), deployments);
        figures.insert("statefulsets".to_owned(), statefulsets);
        figures.insert("arrivals".to_owned(), json!({}));
        let mut cluster = cluster_figures(&self.pods, load);
        cluster.extend(self.node_hours.figures(world, end));
        figures.insert("cluster".to_owned(), Value::Object(cluster));
        figures
    }

    /// Whether what was created at this moment counts.
    fn counts(&self, created_at: Time) -> bool {
        counts(self.warm_up, created_at)
    }
}

/// What was there before the run counts where there is no warm-up.
fn counts(warm_up: Time, created_at: Time) -> bool {
    created_at >= warm_up || warm_up <= Time::ZERO
}

impl Rows for Summary {
    fn event(&mut self, world: &World, fact: &Fact, _: Seq) {
        self.events += 1;
        if let Change::PodEvicted(pod) | Change::PodPreempted(pod) = fact.change {
            let counts = world
                .pod(pod)
                .is_some_and(|pod| self.counts(pod.created_at));
            let preempted = matches!(fact.change, Change::PodPreempted(_));
            self.pods.preempted += u64::from(counts && preempted);
            self.pods.evicted += u64::from(counts && !preempted);
        }
        self.cronjobs.event(&fact.change);
        self.daemonsets.event(world, fact);
        self.replicated.event(world, fact);
    }

    fn coverage(&mut self, _: &World, row: &CoverageRow<'_>) {
        self.daemonsets.status(row);
    }

    fn availability(&mut self, _: &World, row: &AvailabilityRow) {
        self.replicated.status(row);
    }

    fn cron(&mut self, _: &World, row: &CronRow<'_>) {
        if self.counts(row.at) {
            self.cronjobs.decided(row);
        }
    }

    fn job(&mut self, _: &World, row: &JobRow<'_>) {
        if !self.counts(row.job.created_at) {
            return;
        }
        if let Some(cronjob) = row.cronjob {
            self.cronjobs.job(cronjob, row);
        } else {
            self.jobs.insert(key(&row.job.meta), job_figures(row));
        }
    }

    fn pod(&mut self, _: &World, row: &PodRow<'_>) {
        let pod = row.pod;
        if !self.counts(pod.created_at) {
            return;
        }
        self.pods.created += 1;
        match pod.phase {
            Phase::Succeeded => self.pods.succeeded += 1,
            Phase::Failed => self.pods.failed += 1,
            Phase::Pending | Phase::Running => {}
        }
        let left = pod.started_at.or(pod.finished_at).or(pod.deleted_at);
        let left = left.unwrap_or(row.at);
        self.pods.pending.push(left - pod.created_at);
    }
}

fn job_figures(row: &JobRow<'_>) -> Value {
    let Job {
        spec,
        status,
        created_at,
        started_at,
        finished_at,
        pods_created,
        ..
    } = row.job;
    let complete = status.condition(crate::world::JobConditionKind::Complete);
    let failed = status.condition(crate::world::JobConditionKind::Failed);
    json!({
        "complete": complete.is_some(),
        "failed": failed.is_some(),
        "reason": complete.or(failed).map(|condition| &*condition.reason),
        "created_t": seconds(created_at.since_start()),
        "start_t": started_at.map(|at| seconds(at.since_start())),
        "finish_t": finished_at.map(|at| seconds(at.since_start())),
        "duration_s": row.duration().map(seconds),
        "completions": spec.completions,
        "succeeded": status.succeeded,
        "failed_pods": status.failed,
        "retries": row.retries,
        "pods": pods_created,
        "first_pod_wait_s": row.first_pod_wait.map(seconds),
    })
}

fn cluster_figures(pods: &PodFigures, load: &Load) -> Map<String, Value> {
    let (cpu_mean, cpu_max) = load.cpu_utilization();
    let (memory_mean, memory_max) = load.memory_utilization();
    let extended: Map<String, Value> = load
        .extended_utilization()
        .map(|(name, mean)| (name.to_string(), json!(mean.map(share))))
        .collect();
    let figures = json!({
        "nodes_max": load.nodes_max(),
        "pods_created": pods.created,
        "pods_succeeded": pods.succeeded,
        "pods_failed": pods.failed,
        "pods_evicted": pods.evicted,
        "pods_preempted": pods.preempted,
        "pods_pending_max": load.pods_pending_max(),
        "pending_p95_s": pods.pending.sorted().percentile(95).map(seconds),
        "cpu_utilization_mean": cpu_mean.map(share),
        "cpu_utilization_max": cpu_max.map(share),
        "memory_utilization_mean": memory_mean.map(share),
        "memory_utilization_max": memory_max.map(share),
        "daemon_cpu_share": load.daemon_cpu_share().map(share),
        "utilization_mean": extended,
    });
    let Value::Object(figures) = figures else {
        unreachable!("the figures are a map")
    };
    figures
}

/// The key of a workload.
fn key(meta: &Meta) -> String {
    format!("{}/{}", meta.namespace, meta.name)
}

/// Seconds with at most three decimals, rounded half up as in the tables.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds are exact up to 285,000 years"
)]
pub fn seconds(span: Span) -> f64 {
    let millis = (i128::from(span.as_nanos()) + 500_000).div_euclid(1_000_000);
    millis as f64 / 1000.0
}

/// A share with at most six decimals.
#[expect(
    clippy::cast_precision_loss,
    reason = "millionths are exact up to a share of nine billion"
)]
fn share(millionths: i64) -> f64 {
    millionths as f64 / MILLION as f64
}

/// The figures alone, without any file: for sweeps and expectations.
#[derive(Debug)]
pub struct SummaryRecorder {
    timeline: Timeline,
    summary: Summary,
}

impl SummaryRecorder {
    /// For a run of `model`.
    pub fn new(model: &Model) -> Self {
        Self {
            timeline: Timeline::new(model),
            summary: Summary::new(model),
        }
    }
}

impl Recorder for SummaryRecorder {
    type Output = Value;

    fn record(&mut self, world: &World, fact: &Fact) {
        self.timeline.record(world, fact, &mut self.summary);
    }

    fn finish(mut self, world: &World, end: Time) -> Value {
        self.timeline.finish(world, end, &mut self.summary);
        let figures = self.summary.finish(world, end, self.timeline.load());
        Value::Object(figures)
    }
}

#[cfg(test)]
mod tests;
