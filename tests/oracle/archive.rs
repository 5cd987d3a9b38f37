//! The recordings as `scripts/pack_recordings.py` packed them: gzip over JSON, one entry for each.

use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;

static PACKED: &[u8] = include_bytes!("recordings.json.gz");

/// What a real control plane did in one scenario, and that scenario in podtime's form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    /// The wall clock at t = 0, in seconds since 1970.
    pub(crate) start: i64,
    pub(crate) end_seconds: f64,
    /// All nodes, those included that an action adds.
    pub(crate) nodes: Vec<String>,
    pub(crate) noise: Vec<Noise>,
    /// By name.
    pub(crate) cronjobs: BTreeMap<String, CronJob>,
    /// Where the recording is about the scheduler.
    pub(crate) placement: Option<Placement>,
    /// The files to play: name, text. The main one is `scenario.yaml`.
    pub(crate) scenario: BTreeMap<String, String>,
    /// CSV: `t_seconds,kind,name,event,detail`; only the rows that the comparison reads.
    pub(crate) timeline: String,
}

/// What varies among recordings of one scenario, so that a simulation cannot be asked to match it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noise {
    /// Criteria (`pods.failed`) or groups of them (`pods`).
    pub(crate) criteria: Vec<String>,
    /// Added to the tolerance …
    #[serde(default)]
    pub(crate) seconds: f64,
    /// … between these two times.
    #[serde(default)]
    pub(crate) from: f64,
    #[serde(default = "forever")]
    pub(crate) until: f64,
    /// Of pods, or of a counter's largest value: so many may differ.
    #[serde(default)]
    pub(crate) share: f64,
    pub(crate) reason: String,
}

impl Noise {
    /// It begins with something: a loop whose phase no scenario states decides the times from there. Noise of a whole
    /// recording is of the machine.
    pub(crate) fn is_of_a_phase(&self) -> bool {
        self.from > 0.0
    }
}

fn forever() -> f64 {
    crate::side::FOREVER
}

/// What decides which scheduled times a CronJob passes over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CronJob {
    pub(crate) schedule: String,
    pub(crate) has_deadline: bool,
}

/// What the scheduler had to choose from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placement {
    pub(crate) nodes: Vec<Node>,
    pub(crate) relabels: Vec<Relabel>,
    /// Owner (`Job/name`) -> what its pods ask for.
    pub(crate) pods: BTreeMap<String, PodSpec>,
}

/// A node before the run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// Cordoned, or with a taint that no pod of these recordings tolerates.
    pub(crate) closed: bool,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) cpu_m: i64,
    pub(crate) memory_bytes: i64,
    pub(crate) pods_max: i64,
}

/// An action that changes labels of a node; no value: the label goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relabel {
    pub(crate) at: f64,
    pub(crate) node: String,
    pub(crate) labels: BTreeMap<String, Option<String>>,
}

/// What a pod asks of its node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PodSpec {
    pub(crate) node_selector: BTreeMap<String, String>,
    pub(crate) containers: Vec<Container>,
}

/// A container's requests, where it has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Container {
    pub(crate) cpu_m: Option<i64>,
    pub(crate) memory_bytes: Option<i64>,
}

/// All recordings by name.
pub(crate) fn recordings() -> BTreeMap<String, Recording> {
    serde_json::from_reader(GzDecoder::new(PACKED)).expect("the archive is what its script writes")
}
