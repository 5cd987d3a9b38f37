//! Small clusters whose node lifecycle controller is played without delays: passes of the monitor at 1, 6, 11 … s.

use super::{Key, NodeLifecycle};
use crate::api::{View, commit, not_ready_taint};
use crate::controllers::passes::Passes;
use crate::controllers::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::model::{ControlPlane, Labels, Model, NodeSpec, Profile, Resources, TaintEffect};
use crate::sim::{Span, Time};
use crate::world::{Call, Change, NodeChange, NodeId, Readiness, World};
use std::collections::BTreeMap;

struct Cluster {
    world: World,
    model: Model,
    controller: NodeLifecycle,
    /// When a key is looked at, the earliest entry first; of one moment, in order of their coming.
    due: BTreeMap<(Time, u64), Key>,
    entries: u64,
    /// `SECONDS NODE CHANGE`.
    log: Vec<String>,
}

fn at(seconds: f64) -> Time {
    Time::ZERO + Span::from_nanos_f64(seconds * 1e9)
}

fn node_spec(name: String, zone: &str) -> NodeSpec {
    let label = ("topology.kubernetes.io/zone".into(), zone.into());
    NodeSpec {
        name: name.into(),
        labels: Labels::new([label]),
        taints: Vec::new(),
        unschedulable: false,
        allocatable: Resources::default(),
        ready_after: Span::from_secs(1),
        manifest: "".into(),
    }
}

fn model() -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: 0,
        duration: None,
        seed: 1,
        warm_up: Span::ZERO,
        control_plane: ControlPlane {
            profile: Profile::Ideal,
            ..ControlPlane::default()
        },
        pools: Vec::new(),
        nodes: Vec::new(),
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        edit: |_, _, _, _| Err("no edits here".into()),
    }
}

impl Cluster {
    /// So many nodes in each zone, named `0`, `1`, ….
    fn new(zones: &[usize]) -> Self {
        let model = model();
        let mut controller = NodeLifecycle::new(1, &model.control_plane);
        controller.monitor = Passes::known(Span::from_secs(5), Span::from_secs(1));
        controller.tainter = Passes::known(Span::from_millis(100), Span::ZERO);
        let mut world = World::new(0);
        let mut number = 0..;
        for (zone, count) in zones.iter().enumerate() {
            for index in number.by_ref().take(*count) {
                world.add_node(
                    node_spec(format!("{index}"), &format!("{zone}")),
                    None,
                    true,
                );
            }
        }
        while world.pop_change().is_some() {}
        Self {
            world,
            model,
            controller,
            due: BTreeMap::new(),
            entries: 0,
            log: Vec::new(),
        }
    }

    fn add(&mut self, key: Key, at: Time) {
        let same = self.due.iter().find(|(_, other)| **other == key);
        let same = same.map(|(entry, _)| *entry);
        if same.is_some_and(|(due, _)| due <= at) {
            return;
        }
        same.and_then(|entry| self.due.remove(&entry));
        self.entries += 1;
        self.due.insert((at, self.entries), key);
    }

    fn observe(&mut self) {
        while let Some(change) = self.world.pop_change() {
            self.note(&change);
            let mut wakes = Wakes(Vec::new());
            let view = View {
                world: &self.world,
                model: &self.model,
                seed: 1,
            };
            self.controller.concerns(view, &change, &mut wakes);
            for (key, delay) in wakes.0 {
                self.add(key, self.world.now() + delay);
            }
        }
    }

    fn note(&mut self, change: &Change) {
        let name = |node: NodeId| &self.world.node(node).name;
        let (node, text) = if let Change::NodeNotReady(node) = change {
            (*node, "not ready".to_owned())
        } else if let Change::NodeTainted { node, taint } = change {
            (*node, format!("+{taint}"))
        } else if let Change::NodeUntainted { node, taint } = change {
            (*node, format!("-{taint}"))
        } else {
            return;
        };
        let time = self.world.now().to_seconds_text();
        let text = text.replace("node.kubernetes.io/", "");
        self.log.push(format!("{time} {} {text}", name(node)));
    }

    /// Plays the controller up to a moment, that moment included.
    fn until(&mut self, seconds: f64) -> &mut Self {
        self.observe();
        while let Some(((due, _), key)) = self
            .due
            .first_key_value()
            .map(|(entry, key)| (*entry, *key))
            .filter(|((due, _), _)| *due <= at(seconds))
        {
            self.due.pop_first();
            self.world.advance(due.max(self.world.now()));
            self.look(key);
        }
        self.world.advance(at(seconds));
        self
    }

    fn look(&mut self, key: Key) {
        let mut progress = Progress::default();
        loop {
            let mut plan = Plan::default();
            let view = View {
                world: &self.world,
                model: &self.model,
                seed: 1,
            };
            let requeue = self.controller.reconcile(view, key, progress, &mut plan);
            for at in std::mem::take(&mut plan.requeues) {
                self.add(key, at);
            }
            for call in plan.steps.into_iter().flat_map(|step| step.calls) {
                self.call(call);
            }
            progress.stage += 1;
            if requeue != Requeue::Continue {
                return;
            }
        }
    }

    fn call(&mut self, call: Call) {
        commit(&mut self.world, 1, call);
        self.observe();
    }

    fn crash(&mut self, nodes: std::ops::Range<u32>) -> &mut Self {
        for node in nodes {
            self.world.set_node_silent(NodeId(node), true, false);
        }
        self.observe();
        self
    }

    /// Contact is back, and the kubelet has said so (fact 28).
    fn recover(&mut self, nodes: std::ops::Range<u32>) -> &mut Self {
        for node in nodes.map(NodeId) {
            self.world.set_node_silent(node, false, false);
            let change = NodeChange::Readiness(Readiness::Ready);
            self.world.change_node(node, change);
        }
        self.observe();
        self
    }

    /// What the log says of `NoExecute` taints, and nothing else.
    fn no_execute(&self) -> Vec<String> {
        let lines = self.log.iter().filter(|line| line.contains("NoExecute"));
        lines.map(|line| line.replace(":NoExecute", "")).collect()
    }
}

#[test]
fn a_lost_node_is_found_out_tainted_and_comes_back_fact_26_fact_28() {
    let mut cluster = Cluster::new(&[4]);
    cluster.until(3.0).crash(1..2);
    // Seen last by the pass at 6 s.
    cluster.until(100.0).recover(1..2);
    cluster.until(300.0);
    assert_eq!(
        cluster.log,
        [
            "56.000 1 not ready",
            "56.000 1 +unreachable:NoSchedule",
            "56.000 1 +unreachable:NoExecute",
            "100.000 1 -unreachable:NoSchedule",
            "101.000 1 -unreachable:NoExecute",
        ]
    );
    assert!(cluster.due.is_empty(), "nothing ticks");
}

#[test]
fn a_short_silence_is_not_noticed_nl_2() {
    let mut cluster = Cluster::new(&[4]);
    cluster.until(3.0).crash(1..2).until(55.9).recover(1..2);
    cluster.until(57.0).crash(1..2).until(200.0);
    assert_eq!(cluster.log[0], "111.000 1 not ready", "counted anew");
}

#[test]
fn nodes_of_a_zone_are_tainted_ten_seconds_apart_nl_22() {
    let mut cluster = Cluster::new(&[10, 10]);
    cluster.until(2.0).crash(0..4).crash(10..11);
    cluster.until(300.0);
    assert_eq!(
        cluster.no_execute(),
        [
            "56.000 0 +unreachable",
            "56.000 10 +unreachable",
            "66.000 1 +unreachable",
            "76.000 2 +unreachable",
            "86.000 3 +unreachable",
        ]
    );
}

#[test]
fn a_second_node_five_seconds_later_waits_for_the_token_fact_26() {
    let mut cluster = Cluster::new(&[4]);
    cluster
        .until(3.0)
        .crash(0..1)
        .until(8.0)
        .crash(1..2)
        .until(70.0);
    assert_eq!(
        cluster.no_execute(),
        ["56.000 0 +unreachable", "66.000 1 +unreachable"]
    );
}

#[test]
fn a_dropped_entry_costs_a_token_nl_23() {
    let mut cluster = Cluster::new(&[6]);
    cluster.until(3.0).crash(0..3).until(62.0);
    // Back between two passes: still in the queue when the token comes at 66 s, before the pass of that second.
    let queued: Vec<_> = cluster.controller.zones.iter_mut().collect();
    assert_eq!(queued[0].queue.len(), 2);
    cluster.until(65.95).recover(1..2);
    cluster.controller.tainter = Passes::known(Span::from_millis(100), Span::from_millis(50));
    cluster.until(300.0);
    let tainted = cluster.no_execute();
    assert_eq!(tainted[0], "56.000 0 +unreachable");
    assert_eq!(tainted[1..], ["66.050 2 +unreachable"]);
}

#[test]
fn a_small_zone_mostly_lost_keeps_its_pods_nl_27() {
    let mut cluster = Cluster::new(&[4, 4]);
    cluster.until(3.0).crash(0..3).until(300.0);
    assert_eq!(cluster.no_execute(), [] as [&str; 0], "the rate is 0");
    // The bucket was emptied by the stop, and only two nodes are lost now.
    cluster.recover(0..1).until(400.0);
    assert_eq!(
        cluster.no_execute(),
        ["311.000 1 +unreachable", "321.000 2 +unreachable"]
    );
}

#[test]
fn a_large_zone_mostly_lost_is_slow_nl_27() {
    let mut cluster = Cluster::new(&[60]);
    cluster.until(3.0).crash(0..40).until(300.0);
    assert_eq!(
        cluster.no_execute(),
        [
            "56.000 0 +unreachable",
            "156.000 1 +unreachable",
            "256.000 2 +unreachable"
        ]
    );
}

#[test]
fn nothing_is_evicted_when_every_node_is_lost_nl_28() {
    let mut cluster = Cluster::new(&[3]);
    cluster.until(3.0).crash(0..1).until(13.0).crash(1..3);
    cluster.until(300.0);
    let before = ["56.000 0 +unreachable", "66.000 0 -unreachable"];
    assert_eq!(cluster.no_execute(), before);
    cluster.recover(2..3).until(400.0);
    assert_eq!(
        cluster.no_execute()[2..],
        ["311.000 0 +unreachable", "321.000 1 +unreachable"],
        "ten seconds after the first pass that sees a Ready node"
    );
}

#[test]
fn a_lost_zone_among_others_is_evicted_at_the_normal_rate_nl_27() {
    let mut cluster = Cluster::new(&[2, 1]);
    cluster.until(3.0).crash(0..2).until(100.0);
    assert_eq!(
        cluster.no_execute(),
        ["56.000 0 +unreachable", "66.000 1 +unreachable"]
    );
}

#[test]
fn a_node_that_is_long_in_coming_up_is_tainted_at_the_next_pass_fact_19() {
    let mut cluster = Cluster::new(&[2]);
    cluster.until(7.0);
    let mut spec = node_spec("new".into(), "0");
    spec.taints.push(not_ready_taint());
    let new = cluster.world.add_node(spec, None, false);
    cluster.until(18.0).recover(new.0..new.0 + 1).until(100.0);
    assert_eq!(
        cluster.log,
        [
            "11.100 new +not-ready:NoExecute",
            "18.000 new -not-ready:NoSchedule",
            "21.000 new -not-ready:NoExecute",
        ]
    );
}

#[test]
fn a_new_node_that_falls_silent_swaps_its_taints_nl_21() {
    let mut cluster = Cluster::new(&[2]);
    let mut spec = node_spec("new".into(), "0");
    spec.taints.push(not_ready_taint());
    let new = cluster.world.add_node(spec, None, false);
    cluster.until(3.0).crash(new.0..new.0 + 1).until(100.0);
    assert_eq!(
        cluster.log,
        [
            "1.100 new +not-ready:NoExecute",
            "56.000 new not ready",
            "56.000 new +unreachable:NoExecute",
            "56.000 new -not-ready:NoExecute",
            "56.000 new -not-ready:NoSchedule",
            "56.000 new +unreachable:NoSchedule",
        ]
    );
}

#[test]
fn a_taint_that_is_removed_by_hand_comes_back_nl_22() {
    let mut cluster = Cluster::new(&[4]);
    cluster.until(3.0).crash(1..2).until(80.0);
    let taint = super::taint(super::UNREACHABLE, TaintEffect::NoExecute);
    let change = NodeChange::RemoveTaint(taint);
    cluster.world.change_node(NodeId(1), change);
    cluster.until(100.0);
    assert_eq!(
        cluster.no_execute(),
        [
            "56.000 1 +unreachable",
            "80.000 1 -unreachable",
            "81.100 1 +unreachable"
        ]
    );
}

#[test]
fn a_removed_node_is_never_found_out_nl_65() {
    let mut cluster = Cluster::new(&[2]);
    cluster.until(3.0).crash(1..2).until(40.0);
    cluster.world.remove_node(NodeId(1));
    cluster.until(200.0);
    assert_eq!(cluster.log, [] as [&str; 0]);
}

#[test]
fn excluded_nodes_do_not_count_for_their_zone_nl_25() {
    let mut cluster = Cluster::new(&[4]);
    let labels = cluster.world.node(NodeId(3)).labels.clone();
    let exclude = "node.kubernetes.io/exclude-disruption".into();
    let labels = labels.with([(exclude, Some("".into()))]);
    cluster
        .world
        .change_node(NodeId(3), NodeChange::Labels(labels));
    cluster.until(3.0).crash(0..3).until(300.0);
    assert_eq!(cluster.no_execute(), [] as [&str; 0]);
}

#[test]
fn cordon_is_a_taint_nl_20() {
    let mut cluster = Cluster::new(&[2]);
    for (seconds, unschedulable) in [(3.0, true), (4.0, false)] {
        cluster.until(seconds);
        let change = NodeChange::Unschedulable(unschedulable);
        cluster.world.change_node(NodeId(1), change);
    }
    cluster.until(5.0);
    assert_eq!(
        cluster.log,
        [
            "3.000 1 +unschedulable:NoSchedule",
            "4.000 1 -unschedulable:NoSchedule"
        ]
    );
}
