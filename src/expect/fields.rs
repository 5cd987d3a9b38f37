//! What a summary knows about each kind of object: the fields an expression may name, and their
//! types. The one table behind the static check, the run-time errors and their suggestions.

use FieldType::{Bool, Count, Seconds, Share, Shares, Text};

/// A kind of object that a summary describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Job that neither a `CronJob` nor an arrival made.
    Job,
    /// A `CronJob`, with the Jobs that it made summed up.
    CronJob,
    /// A `DaemonSet`.
    DaemonSet,
    /// A Deployment.
    Deployment,
    /// A `StatefulSet`.
    StatefulSet,
    /// A stream of arrivals of the scenario, with the objects that it made summed up.
    Arrival,
    /// The whole cluster; there is one, and it has no name.
    Cluster,
}

/// How the value of a field appears in an expression. Any of them may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A number of things, a CEL `int`.
    Count,
    /// A time or a duration in seconds, a CEL `double`.
    Seconds,
    /// A share, a mean or an amount, a CEL `double`.
    Share,
    /// A CEL `string`.
    Text,
    /// A share for each resource name, or an amount for each pool, indexed by a string.
    Shares,
}

/// A field of an object of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name, as in `summary.json`.
    pub name: &'static str,
    /// The type of its value.
    pub field_type: FieldType,
}

impl Kind {
    /// The kinds whose objects have names, in the order of the summary.
    pub const NAMED: [Self; 6] = [
        Self::Job,
        Self::CronJob,
        Self::DaemonSet,
        Self::Deployment,
        Self::StatefulSet,
        Self::Arrival,
    ];

    /// The function that looks one object up, and the word for one; `cluster` is a variable.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::CronJob => "cronjob",
            Self::DaemonSet => "daemonset",
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::Arrival => "arrival",
            Self::Cluster => "cluster",
        }
    }

    /// The function that lists the objects that a glob matches, and the key in the summary.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Job => "jobs",
            Self::CronJob => "cronjobs",
            Self::DaemonSet => "daemonsets",
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::Arrival => "arrivals",
            Self::Cluster => "cluster",
        }
    }

    /// The fields of an object of this kind, in the order of the documentation.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Job => JOB,
            Self::CronJob => CRON_JOB,
            Self::DaemonSet => DAEMON_SET,
            Self::Deployment | Self::StatefulSet => REPLICATED,
            Self::Arrival => ARRIVAL,
            Self::Cluster => CLUSTER,
        }
    }

    /// The field of that name, if objects of this kind have it.
    pub fn field(self, name: &str) -> Option<Field> {
        self.fields()
            .iter()
            .copied()
            .find(|field| field.name == name)
    }
}

const fn field(name: &'static str, field_type: FieldType) -> Field {
    Field { name, field_type }
}

const JOB: &[Field] = &[
    field("complete", Bool),
    field("failed", Bool),
    field("reason", Text),
    field("created_t", Seconds),
    field("start_t", Seconds),
    field("finish_t", Seconds),
    field("duration_s", Seconds),
    field("completions", Count),
    field("succeeded", Count),
    field("failed_pods", Count),
    field("retries", Count),
    field("pods", Count),
    field("first_pod_wait_s", Seconds),
];

const CRON_JOB: &[Field] = &[
    field("scheduled", Count),
    field("started", Count),
    field("skipped", Count),
    field("replaced", Count),
    field("missed", Count),
    field("late_max_s", Seconds),
    field("complete", Count),
    field("failed", Count),
    field("duration_p50_s", Seconds),
    field("duration_p95_s", Seconds),
    field("duration_max_s", Seconds),
];

const DAEMON_SET: &[Field] = &[
    field("desired_max", Count),
    field("coverage_min", Share),
    field("coverage_mean", Share),
    field("covered_t", Seconds),
    field("rollout_s", Seconds),
    field("misscheduled_max", Count),
];

const REPLICATED: &[Field] = &[
    field("replicas", Count),
    field("available_min", Count),
    field("available_mean", Share),
    field("rollout_s", Seconds),
];

const ARRIVAL: &[Field] = &[
    field("count", Count),
    field("complete", Count),
    field("failed", Count),
    field("retries", Count),
    field("wait_mean_s", Seconds),
    field("wait_p95_s", Seconds),
    field("wait_max_s", Seconds),
    field("duration_mean_s", Seconds),
    field("duration_p95_s", Seconds),
];

const CLUSTER: &[Field] = &[
    field("nodes_max", Count),
    field("pods_created", Count),
    field("pods_succeeded", Count),
    field("pods_failed", Count),
    field("pods_evicted", Count),
    field("pods_preempted", Count),
    field("pods_pending_max", Count),
    field("pending_p95_s", Seconds),
    field("cpu_utilization_mean", Share),
    field("cpu_utilization_max", Share),
    field("memory_utilization_mean", Share),
    field("memory_utilization_max", Share),
    field("daemon_cpu_share", Share),
    field("utilization_mean", Shares),
    field("cost", Share),
    field("node_hours", Share),
    field("pool_node_hours", Shares),
];
