//! Small clusters whose node lifecycle controller is played without delays: the monitor passes at 1, 6, 11 … s.

use super::{Key, NodeLifecycle};
use crate::api::{View, commit, not_ready_taint};
use crate::controllers::passes::Passes;
use crate::controllers::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::model::{ControlPlane, Labels, Model, NodeSpec, Profile, Resources, TaintEffect};
use crate::sim::{Span, Time};
use crate::world::{Call, Change, DownBy, NodeChange, NodeId, Readiness, World};
use std::collections::BTreeMap;
use std::ops::Range;

struct Cluster {
    world: World,
    model: Model,
    controller: NodeLifecycle,
    /// When a key is looked at; of one moment, in order of their coming.
    due: BTreeMap<(Time, u64), Key>,
    entries: u64,
    /// `SECONDS NODE CHANGE`.
    log: Vec<String>,
}

fn at(millis: i64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

fn node_spec(name: &str, zone: usize) -> NodeSpec {
    let zone = format!("{zone}").as_str().into();
    NodeSpec {
        name: name.into(),
        labels: Labels::new([("topology.kubernetes.io/zone".into(), zone)]),
        taints: Vec::new(),
        unschedulable: false,
        allocatable: Resources::default(),
        ready_after: Span::from_secs(1),
        scale_down_disabled: false,
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
        outages: Vec::new(),
        nodes: Vec::new(),
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        edit: |_, _, _, _| Err("no edits here".into()),
    }
}

impl Cluster {
    /// So many nodes in each zone, named 0, 1, ….
    fn new(zones: &[usize]) -> Self {
        let model = model();
        let mut controller = NodeLifecycle::new(1, &model.control_plane);
        controller.monitor = Passes::known(Span::from_secs(5), Span::from_secs(1));
        controller.tainter = Passes::known(Span::from_millis(100), Span::ZERO);
        let mut world = World::new(0);
        let of_zones = zones.iter().enumerate();
        let zone_of_node = of_zones.flat_map(|(zone, &count)| std::iter::repeat_n(zone, count));
        for (number, zone) in zone_of_node.enumerate() {
            world.add_node(node_spec(&number.to_string(), zone), None, true);
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

    /// As a work queue does it: of one key, the earliest entry stays.
    fn add(&mut self, key: Key, at: Time) {
        let same = self.due.iter().find(|(_, other)| **other == key);
        if let Some(entry) = same.map(|(entry, _)| *entry) {
            if entry.0 <= at {
                return;
            }
            self.due.remove(&entry);
        }
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
        let name = &self.world.node(node).name;
        self.log.push(format!("{time} {name} {text}"));
    }

    /// Plays the controller up to a moment, that moment included.
    fn until(&mut self, millis: i64) -> &mut Self {
        self.observe();
        while let Some(entry) = self.due.first_entry()
            && entry.key().0 <= at(millis)
        {
            let ((due, _), key) = entry.remove_entry();
            self.world.advance(due.max(self.world.now()));
            self.look(key);
        }
        self.world.advance(at(millis));
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

    fn change(&mut self, node: u32, change: NodeChange) {
        self.world.change_node(NodeId(node), change);
        self.observe();
    }

    fn crash(&mut self, nodes: Range<u32>) -> &mut Self {
        for node in nodes {
            self.world
                .set_node_silent(NodeId(node), DownBy::Hand, true, false);
        }
        self.observe();
        self
    }

    /// Contact is back, and the kubelet has said so (fact 28).
    fn recover(&mut self, nodes: Range<u32>) -> &mut Self {
        for node in nodes {
            self.world
                .set_node_silent(NodeId(node), DownBy::Hand, false, false);
            self.change(node, NodeChange::Readiness(Readiness::Ready));
        }
        self
    }

    /// A node whose kubelet is not up yet.
    fn add_node(&mut self) -> Range<u32> {
        let mut spec = node_spec("new", 0);
        spec.taints.push(not_ready_taint());
        let NodeId(id) = self.world.add_node(spec, None, false);
        self.observe();
        id..id + 1
    }

    /// What the log says of `NoExecute` taints.
    fn no_execute(&self) -> Vec<String> {
        let lines = self.log.iter().filter(|line| line.contains("NoExecute"));
        lines.map(|line| line.replace(":NoExecute", "")).collect()
    }
}

const NOTHING: [&str; 0] = [];

/// NL-24: the `NoExecute` taint goes with the next pass.
#[test]
fn a_lost_node_is_found_out_tainted_and_comes_back_fact_26_fact_28() {
    let mut cluster = Cluster::new(&[4]);
    cluster.until(3_000).crash(1..2);
    // The pass at 6 s is the one that saw it last.
    cluster.until(100_000).recover(1..2).until(300_000);
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

/// NL-1: the time counts from the last renewal that a pass saw.
#[test]
fn a_short_silence_is_not_noticed_nl_2() {
    let mut cluster = Cluster::new(&[4]);
    cluster.until(3_000).crash(1..2);
    cluster.until(55_900).recover(1..2);
    cluster.until(57_000).crash(1..2).until(200_000);
    assert_eq!(cluster.log[0], "111.000 1 not ready", "counted anew");
}

#[test]
fn nodes_of_a_zone_are_tainted_ten_seconds_apart_nl_22() {
    let mut cluster = Cluster::new(&[10, 10]);
    cluster.until(2_000).crash(0..4).crash(10..11);
    cluster.until(300_000);
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
    cluster.until(3_000).crash(0..1);
    cluster.until(8_000).crash(1..2).until(70_000);
    assert_eq!(
        cluster.no_execute(),
        ["56.000 0 +unreachable", "66.000 1 +unreachable"]
    );
}

#[test]
fn a_dropped_entry_costs_a_token_nl_23() {
    let mut cluster = Cluster::new(&[6]);
    cluster.controller.tainter = Passes::known(Span::from_millis(100), Span::from_millis(90));
    cluster.until(3_000).crash(0..3);
    // The token is there at 66.09 s. The node next in line is back since 66.05 s, and no pass comes in between.
    cluster.until(66_050).recover(1..2).until(300_000);
    assert_eq!(
        cluster.no_execute(),
        ["56.090 0 +unreachable", "76.090 2 +unreachable"]
    );
}

#[test]
fn a_small_zone_mostly_lost_keeps_its_pods_nl_27() {
    let mut cluster = Cluster::new(&[4, 4]);
    cluster.until(3_000).crash(0..3).until(300_000);
    assert_eq!(cluster.no_execute(), NOTHING, "the rate is 0");
    // The pass at 301 s finds two lost nodes; the bucket starts empty after the stop (NL-29).
    cluster.recover(0..1).until(400_000);
    assert_eq!(
        cluster.no_execute(),
        ["311.000 1 +unreachable", "321.000 2 +unreachable"]
    );
}

#[test]
fn a_large_zone_mostly_lost_is_slow_nl_27() {
    let mut cluster = Cluster::new(&[60]);
    cluster.until(3_000).crash(0..40).until(300_000);
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
    cluster.until(3_000).crash(0..1);
    cluster.until(13_000).crash(1..3).until(300_000);
    assert_eq!(
        cluster.no_execute(),
        ["56.000 0 +unreachable", "66.000 0 -unreachable"]
    );
    cluster.recover(2..3).until(400_000);
    assert_eq!(
        cluster.no_execute()[2..],
        ["311.000 0 +unreachable", "321.000 1 +unreachable"],
        "ten seconds after the first pass that sees a Ready node"
    );
}

#[test]
fn a_lost_zone_among_others_is_evicted_at_the_normal_rate_nl_27() {
    let mut cluster = Cluster::new(&[2, 1]);
    cluster.until(3_000).crash(0..2).until(100_000);
    assert_eq!(
        cluster.no_execute(),
        ["56.000 0 +unreachable", "66.000 1 +unreachable"]
    );
}

/// NL-C8: the tainter looks every 100 ms.
#[test]
fn a_node_that_is_long_in_coming_up_is_tainted_after_the_next_pass_fact_19() {
    let mut cluster = Cluster::new(&[2]);
    let new = cluster.until(7_000).add_node();
    cluster.until(18_000).recover(new).until(100_000);
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
    let new = cluster.add_node();
    cluster.until(3_000).crash(new).until(100_000);
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
    cluster.until(3_000).crash(1..2).until(80_000);
    let taint = super::taint(super::UNREACHABLE, TaintEffect::NoExecute);
    cluster.change(1, NodeChange::RemoveTaint(taint));
    cluster.until(100_000);
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
    cluster.until(3_000).crash(1..2).until(40_000);
    cluster.world.remove_node(NodeId(1));
    cluster.until(200_000);
    assert_eq!(cluster.log, NOTHING);
}

#[test]
fn excluded_nodes_do_not_count_for_their_zone_nl_25() {
    let mut cluster = Cluster::new(&[4]);
    let exclude = "node.kubernetes.io/exclude-disruption".into();
    let labels = &cluster.world.node(NodeId(3)).labels;
    let labels = labels.with([(exclude, Some("".into()))]);
    cluster.change(3, NodeChange::Labels(labels));
    cluster.until(3_000).crash(0..3).until(300_000);
    assert_eq!(cluster.no_execute(), NOTHING, "all that count are lost");
}

#[test]
fn a_cordon_is_a_taint_nl_20() {
    let mut cluster = Cluster::new(&[2]);
    for (millis, unschedulable) in [(3_000, true), (4_000, false)] {
        cluster.until(millis);
        cluster.change(1, NodeChange::Unschedulable(unschedulable));
    }
    cluster.until(5_000);
    assert_eq!(
        cluster.log,
        [
            "3.000 1 +unschedulable:NoSchedule",
            "4.000 1 -unschedulable:NoSchedule"
        ]
    );
}
