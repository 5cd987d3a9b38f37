//! One side of the comparison, recorded or simulated, in the same terms. Namespaces are left out: a
//! recording has one. Times are seconds since the start.

use crate::steps::Steps;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Later than any recording ends.
pub(crate) const FOREVER: f64 = 1e9;

/// The counters of a Job's status that are compared.
pub(crate) const JOB_STEPS: [&str; 5] = ["active", "ready", "terminating", "succeeded", "failed"];
/// The counters of a DaemonSet's status that are compared.
pub(crate) const DAEMONSET_STEPS: [&str; 6] = [
    "desired",
    "current",
    "ready",
    "updated",
    "available",
    "misscheduled",
];

/// All that happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    pub(crate) pods: Vec<Pod>,
    /// Owner -> times of container restarts.
    pub(crate) restarts: BTreeMap<String, Vec<f64>>,
    pub(crate) jobs: BTreeMap<String, Job>,
    /// In the order of [`DAEMONSET_STEPS`].
    pub(crate) daemonsets: BTreeMap<String, [Steps; 6]>,
    /// Node -> 1 while Ready.
    pub(crate) nodes_ready: BTreeMap<String, Steps>,
    /// CronJob -> what it was for -> the Job that was made.
    pub(crate) cron_runs: BTreeMap<String, BTreeMap<Slot, String>>,
    /// CronJob -> scheduled time without a Job (seconds since 1970) -> why.
    pub(crate) skipped: BTreeMap<String, BTreeMap<i64, String>>,
    /// CronJob -> (seconds since 1970, whether suspended from then on).
    pub(crate) suspended: BTreeMap<String, Vec<(f64, bool)>>,
}

/// When a pod came to what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pod {
    /// `Job/name`, `DaemonSet/name` …
    pub(crate) owner: String,
    /// Empty where it was never bound.
    pub(crate) node: String,
    pub(crate) created: Option<f64>,
    pub(crate) scheduled: Option<f64>,
    pub(crate) started: Option<f64>,
    pub(crate) succeeded: Option<f64>,
    pub(crate) failed: Option<f64>,
    pub(crate) deleted: Option<f64>,
}

/// A Job's life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Job {
    pub(crate) created: Option<f64>,
    pub(crate) deleted: Option<f64>,
    /// Empty for a Job of its own.
    pub(crate) cronjob: String,
    /// `Complete` or `Failed` and its reason; both empty while unfinished.
    pub(crate) terminal: (String, String),
    /// In the order of [`JOB_STEPS`].
    pub(crate) steps: [Steps; 5],
    /// (type, reason) -> times.
    pub(crate) conditions: BTreeMap<(String, String), Vec<f64>>,
    /// The last `succeeded` and `failed`.
    pub(crate) counters: (i32, i32),
    /// The last change of the status.
    pub(crate) changed: f64,
}

/// What a CronJob's Job was made for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// A scheduled time, in seconds since 1970.
    Scheduled(i64),
    /// By hand; the name of the Job.
    Manual(String),
}

/// A moment of a pod's life: its name, and how to read it off.
pub(crate) type Moment = (&'static str, fn(&Pod) -> Option<f64>);

impl Pod {
    /// The moments that are compared.
    pub(crate) const MOMENTS: [Moment; 5] = [
        ("created", |pod| pod.created),
        ("started", |pod| pod.started),
        ("succeeded", |pod| pod.succeeded),
        ("failed", |pod| pod.failed),
        ("deleted", |pod| pod.deleted),
    ];

    /// When it stopped holding its place: its first terminal phase, or its deletion.
    pub(crate) fn ended(&self) -> Option<f64> {
        let ends = [self.succeeded, self.failed, self.deleted];
        ends.into_iter().flatten().min_by(f64::total_cmp)
    }
}

impl Job {
    /// The times of each condition of that type, by reason.
    pub(crate) fn reasons(&self, condition: &str) -> BTreeSet<&str> {
        let of_type = self.conditions.keys().filter(|(kind, _)| kind == condition);
        of_type.map(|(_, reason)| reason.as_str()).collect()
    }
}

impl Run {
    pub(crate) fn job(&mut self, name: &str) -> &mut Job {
        self.jobs.entry(name.to_owned()).or_default()
    }

    /// The object of a Job is gone.
    pub(crate) fn end_of_job(&mut self, name: &str, t: f64) {
        let job = self.job(name);
        job.deleted = Some(t);
        for steps in &mut job.steps {
            steps.set(t, 0);
        }
    }

    pub(crate) fn daemonset(&mut self, name: &str) -> &mut [Steps; 6] {
        self.daemonsets.entry(name.to_owned()).or_default()
    }

    /// The object of a DaemonSet is gone.
    pub(crate) fn end_of_daemonset(&mut self, name: &str, t: f64) {
        for steps in self.daemonset(name) {
            steps.set(t, 0);
        }
    }

    pub(crate) fn node_ready(&mut self, name: &str, t: f64, is_ready: bool) {
        let steps = self.nodes_ready.entry(name.to_owned()).or_default();
        steps.set(t, i32::from(is_ready));
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduled(epoch) => write!(f, "{epoch}"),
            Self::Manual(job) => write!(f, "manual: {job}"),
        }
    }
}

/// `2026-11-24T20:52:00Z` in seconds since 1970.
pub(crate) fn epoch(text: &str) -> i64 {
    let time = chrono::DateTime::parse_from_rfc3339(text);
    time.unwrap_or_else(|error| panic!("{text} is no time: {error}"))
        .timestamp()
}

/// The whole number at or below; times are far smaller than an `i64` holds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a wall clock in seconds is far below 2^63"
)]
pub(crate) fn whole(value: f64) -> i64 {
    value.floor() as i64
}

/// A number below 2^53: seconds since 1970, pods, bytes of memory.
#[expect(
    clippy::cast_precision_loss,
    reason = "whole numbers up to 2^53 are exact"
)]
pub(crate) fn exact(value: i64) -> f64 {
    assert!(value.abs() < 1 << 53, "{value} has no exact float");
    value as f64
}
