//! A seed becomes a scenario: random, but one that `podtime validate` accepts.

mod actions;
mod autoscaler;
mod chance;
mod cluster;
mod pods;
mod replicated;
mod workloads;

use crate::dice::Dice;
use serde_json::{Value, json};

/// Seconds in which nothing is done to the cluster any more: longer than evictions, back-offs of the
/// scheduler and the garbage collector's rounds need.
pub(crate) const QUIET_S: i64 = 900;

/// A scenario, and the manifests that its actions read.
pub(crate) struct Generated {
    /// The scenario.
    pub(crate) scenario: Value,
    /// Names and contents of the files beside it.
    pub(crate) files: Vec<(String, Value)>,
}

/// What the scenario holds, for the actions to name.
#[derive(Default)]
pub(crate) struct Cast {
    pub(crate) pools: Vec<(String, i64)>,
    pub(crate) jobs: Vec<Role>,
    pub(crate) cronjobs: Vec<Role>,
    pub(crate) daemonsets: Vec<Role>,
    pub(crate) pods: Vec<Role>,
    /// Deployments, ReplicaSets and StatefulSets.
    pub(crate) replicated: Vec<Role>,
    pub(crate) budgets: Vec<Role>,
}

/// A workload.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) namespace: &'static str,
    pub(crate) name: String,
    pub(crate) manifest: Value,
}

impl Role {
    /// `-n`, where it is needed.
    pub(crate) fn flag(&self) -> String {
        match self.namespace {
            "default" => String::new(),
            other => format!(" -n {other}"),
        }
    }
}

/// The scenario of a seed.
pub(crate) fn generate(seed: u64) -> Generated {
    let mut dice = Dice::new(seed);
    let dice = &mut dice;
    let mut cast = Cast::default();
    let busy_s = dice.between(300, 2400);
    let mut cluster = cluster::cluster(dice, &mut cast);
    autoscaler::autoscale(seed, &mut cluster);
    let mut manifests = cluster::policies(dice);
    manifests.extend(workloads::workloads(dice, &mut cast));
    manifests.extend(replicated::replicated(dice, &mut cast));
    manifests.extend(replicated::budgets(dice, &mut cast));
    if dice.chance(35) {
        manifests.extend(replicated::calm(dice, &mut cast));
    }
    let behaviors = pods::behaviors(dice, &cast);
    let (actions, files) = actions::actions(dice, &cast, busy_s);
    let start = format!(
        "2026-03-{:02}T{:02}:{:02}:{:02}Z",
        dice.between(1, 28),
        dice.between(0, 23),
        dice.between(0, 59),
        dice.one(&[0, 0, 17, 59])
    );
    let mut scenario = json!({
        "apiVersion": "podtime/v1",
        "kind": "Scenario",
        "metadata": {"name": format!("swarm-{seed}")},
        "spec": {
            "start": start,
            "duration": format!("{}s", busy_s + QUIET_S),
            "seed": seed,
            "cluster": cluster,
            "manifests": manifests,
            "behaviors": behaviors,
            "actions": actions,
        },
    });
    chance::add(seed, &mut scenario["spec"]);
    Generated { scenario, files }
}
