//! Evictions from one node, played without delays.

use super::TaintEviction;
use crate::api::commit;
use crate::controllers::job::testing::{Bench, Sketch, at, container, spec, template};
use crate::controllers::{Plan, Progress, Reconcile, Wakes};
use crate::model::{ContainerKind, JobSpec, Profile, Taint, TaintEffect, Toleration};
use crate::sim::{Span, Time};
use crate::world::{
    Call, DisruptionReason, NodeChange, NodeId, Phase, PodId, PodUpdate, Readiness,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const NODE: NodeId = NodeId(0);
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

struct Node {
    bench: Bench,
    controller: TaintEviction,
    due: BTreeMap<PodId, Time>,
    /// Second and pod of each deletion.
    evicted: Vec<(i64, PodId)>,
}

/// A toleration of `key` for so many seconds.
fn bears(key: &str, seconds: i64) -> Toleration {
    Toleration {
        seconds: Some(Span::from_secs(seconds)),
        ..Toleration::exists(key, TaintEffect::NoExecute)
    }
}

impl Node {
    /// A node for pods with these tolerations.
    fn new(tolerations: Vec<Toleration>) -> Self {
        let mut pods = template(vec![container("main", ContainerKind::Regular)]);
        pods.spec.tolerations = tolerations;
        let mut bench = Bench::new(JobSpec {
            template: Arc::new(pods),
            ..spec(1, None)
        });
        bench.model.control_plane.profile = Profile::Ideal;
        Self {
            bench,
            controller: TaintEviction::default(),
            due: BTreeMap::new(),
            evicted: Vec::new(),
        }
    }

    fn running_pod(&mut self) -> PodId {
        self.bench.pod(Sketch::new(Phase::Running).ready())
    }

    fn taint(&mut self, key: &str, effect: TaintEffect, is_there: bool) {
        let taint = Taint {
            key: key.into(),
            value: "".into(),
            effect,
        };
        let change = if is_there {
            NodeChange::AddTaint(taint)
        } else {
            NodeChange::RemoveTaint(taint)
        };
        self.bench.world.change_node(NODE, change);
    }

    fn add_taint(&mut self, key: &str) {
        self.taint(key, TaintEffect::NoExecute, true);
    }

    fn remove_taint(&mut self, key: &str) {
        self.taint(key, TaintEffect::NoExecute, false);
    }

    /// Plays the controller up to a second, that second included.
    fn until(&mut self, second: i64) {
        self.observe();
        loop {
            let next = self.due.iter().min_by_key(|(_, due)| **due);
            let Some((pod, due)) = next.map(|(pod, due)| (*pod, *due)) else {
                break;
            };
            if due > at(second) {
                break;
            }
            self.due.remove(&pod);
            self.bench.world.advance(due.max(self.bench.world.now()));
            self.look(pod);
            self.observe();
        }
        self.bench.world.advance(at(second));
    }

    fn observe(&mut self) {
        for change in self.bench.changes() {
            let mut wakes = Wakes(Vec::new());
            self.controller
                .concerns(self.bench.view(), &change, &mut wakes);
            for (pod, delay) in wakes.0 {
                self.add(pod, self.bench.world.now() + delay);
            }
        }
    }

    fn add(&mut self, pod: PodId, at: Time) {
        let due = self.due.entry(pod).or_insert(at);
        *due = at.min(*due);
    }

    fn look(&mut self, pod: PodId) {
        let mut plan = Plan::default();
        let progress = Progress::default();
        let view = self.bench.view();
        self.controller.reconcile(view, pod, progress, &mut plan);
        for at in std::mem::take(&mut plan.requeues) {
            self.add(pod, at);
        }
        for call in plan.steps.into_iter().flat_map(|step| step.calls) {
            if let Call::DeletePod { pod, .. } = call {
                let second = self.bench.world.now().since_start().as_secs();
                self.evicted.push((second, pod));
            }
            commit(&mut self.bench.world, 0, call);
        }
    }

    fn seconds(&self) -> Vec<i64> {
        self.evicted.iter().map(|(second, _)| *second).collect()
    }
}

#[test]
fn pods_of_an_unreachable_node_go_300_seconds_after_the_taint_fact_27() {
    let mut node = Node::new(Vec::new());
    let pod = node.running_pod();
    node.until(56);
    node.taint(UNREACHABLE, TaintEffect::NoSchedule, true);
    node.until(60);
    node.add_taint(UNREACHABLE);
    node.until(1000);
    assert_eq!(node.evicted, [(360, pod)]);
    let row = node.bench.world.live_pod(pod).unwrap();
    let deletion = row.deletion.unwrap();
    assert_eq!(
        (deletion.requested_at, deletion.grace),
        (at(360), Span::from_secs(30)),
        "with the pod's own grace period (NL-43, NL-91)"
    );
    let reason = Some(DisruptionReason::DeletionByTaintManager);
    assert_eq!(row.disruption, reason);
}

#[test]
fn the_end_of_all_taints_cancels_nl_42() {
    let mut node = Node::new(Vec::new());
    node.running_pod();
    node.add_taint(UNREACHABLE);
    node.until(299);
    node.remove_taint(UNREACHABLE);
    node.until(400);
    assert_eq!(node.seconds(), [] as [i64; 0]);
    node.add_taint(UNREACHABLE);
    node.until(2000);
    assert_eq!(node.seconds(), [700], "counted anew");
}

#[test]
fn later_taints_do_not_move_an_eviction_nl_42() {
    let soon = "example.com/soon";
    let mut node = Node::new(vec![bears(soon, 10)]);
    node.running_pod();
    node.add_taint(UNREACHABLE);
    node.until(100);
    // A shorter toleration is in use from now on, but upstream keeps what it has planned.
    node.add_taint(soon);
    node.until(200);
    assert_eq!(node.seconds(), [] as [i64; 0]);
    node.remove_taint(UNREACHABLE);
    node.until(2000);
    assert_eq!(node.seconds(), [300]);
}

#[test]
fn a_taint_that_nobody_bears_evicts_at_once_nl_41() {
    let mut node = Node::new(vec![bears("example.com/other", 10)]);
    let pods = [node.running_pod(), node.running_pod()];
    node.add_taint(UNREACHABLE);
    node.until(7);
    node.add_taint("example.com/gone");
    node.until(1000);
    assert_eq!(node.seconds(), [7, 7]);
    let mut evicted: Vec<PodId> = node.evicted.iter().map(|(_, pod)| *pod).collect();
    evicted.sort_unstable();
    assert_eq!(evicted, pods);
}

#[test]
fn pods_that_bear_it_for_ever_stay_ds_20() {
    let ever = Toleration::exists(UNREACHABLE, TaintEffect::NoExecute);
    let mut node = Node::new(vec![ever]);
    node.running_pod();
    node.add_taint(UNREACHABLE);
    node.until(10_000);
    assert_eq!(node.seconds(), [] as [i64; 0]);
    assert!(node.controller.evictions.is_empty() && node.due.is_empty());
}

#[test]
fn the_time_counts_from_the_binding_to_a_tainted_node_fact_43() {
    let mut node = Node::new(vec![bears("example.com/soon", 20)]);
    node.add_taint("example.com/soon");
    node.until(50);
    node.running_pod();
    node.until(65);
    node.running_pod();
    node.until(1000);
    assert_eq!(node.seconds(), [70, 85]);
}

#[test]
fn a_pod_that_is_gone_is_forgotten() {
    let mut node = Node::new(Vec::new());
    let pod = node.running_pod();
    node.add_taint(UNREACHABLE);
    node.until(100);
    node.bench.world.remove_pod(pod);
    node.until(1000);
    assert_eq!(node.seconds(), [] as [i64; 0]);
    assert!(node.controller.evictions.is_empty());
}

#[test]
fn an_eviction_outlives_the_node_object() {
    let mut node = Node::new(Vec::new());
    node.running_pod();
    node.add_taint(UNREACHABLE);
    node.until(290);
    node.bench.world.remove_node(NODE);
    node.until(1000);
    assert_eq!(node.seconds(), [300], "PodGC is not faster here (NL-62)");
}

#[test]
fn the_pods_that_ended_go_as_well() {
    let mut node = Node::new(Vec::new());
    let pod = node.bench.pod(Sketch {
        finalizer: false,
        ..Sketch::new(Phase::Running)
    });
    node.bench.phase(pod, Phase::Succeeded);
    let unknown = NodeChange::Readiness(Readiness::Unknown);
    node.bench.world.change_node(NODE, unknown);
    node.bench.report(pod, &PodUpdate::Ready(false));
    node.add_taint(UNREACHABLE);
    node.until(1000);
    assert_eq!(node.evicted, [(300, pod)]);
    assert!(node.bench.world.live_pod(pod).is_none());
}
