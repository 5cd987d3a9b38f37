//! Whole runs of small clusters: what the autoscaler does, and when.

use super::model;
use crate::engine::simulate;
use crate::record::{Detail, EventObject, Recorder, Subject, SummaryRecorder, event_name};
use crate::sim::{Span, Time};
use crate::world::{Change, Fact, World};
use expect_test::{Expect, expect};
use serde_json::json;
use std::fmt::Write;

/// Nodes that come and go, and the autoscaler's decisions, a line each.
#[derive(Default)]
struct Lines(String);

impl Recorder for Lines {
    type Output = String;

    fn record(&mut self, world: &World, fact: &Fact) {
        let is_told = matches!(
            fact.change,
            Change::Scaling(_)
                | Change::NodeAdded(_)
                | Change::NodeRemoved(_)
                | Change::PodEvicted(_)
        );
        if !is_told || fact.at == Time::ZERO {
            return;
        }
        let object = EventObject::of(world, Subject::of(&fact.change), "test");
        let mut text = String::new();
        Detail {
            text: &mut text,
            seconds: |text, span| text.push_str(&span.to_seconds_text()),
            wall_clock: |_, _| {},
        }
        .write(world, &fact.change);
        let name = event_name(&fact.change).unwrap();
        let at = fact.at.to_seconds_text();
        let line = format!("{at} {name} {} {text}", object.name);
        writeln!(self.0, "{}", line.trim_end()).unwrap();
    }

    fn finish(self, _: &World, _: Time) -> String {
        self.0
    }
}

fn check(spec: &str, expected: &Expect) {
    expected.assert_eq(&simulate(&model(spec), 0, Lines::default()));
}

const NODE: &str = "node: {status: {allocatable: {cpu: \"4\", memory: 8Gi, pods: 20}}}";

fn job(name: &str, pods: u32, cpu: &str, more: &str) -> String {
    format!(
        "
  - apiVersion: batch/v1
    kind: Job
    metadata: {{name: {name}}}
    spec:
      parallelism: {pods}
      completions: {pods}
      completionMode: Indexed
      template:
        metadata: {{annotations: {{podtime/run: 5m{more}}}}}
        spec:
          restartPolicy: Never
          containers: [{{name: c, image: i, imagePullPolicy: Never, resources: {{requests: {{cpu: {cpu}, memory: 1Gi}}}}}}]"
    )
}

/// A pod waits for the second run of the loop, its node comes after `provision`, and goes ten minutes after its end.
#[test]
fn a_pool_grows_from_zero_and_shrinks_again() {
    check(
        &format!(
            "  cluster: {{pools: [{{name: w, autoscale: {{max: 3, provision: 60s}}, {NODE}}}]}}\n  manifests:{}",
            job("a", 1, "1", "")
        ),
        &expect![[r"
            10.016 PoolScaleUp w nodes=0->1 max=3 pods=1 for=default/a-0-dgkjx template=manifest daemons=none
            70.016 NodeAdded w-1 pool=w
            980.116 NodeScaleDown w-1 reason=empty utilization=0.000 unneeded_s=600.000
            985.122 NodeRemoved w-1
        "]],
    );
}

/// Six pods of which two fit a node need three nodes; nodes on their way are counted.
#[test]
fn nodes_on_their_way_are_counted() {
    check(
        &format!(
            "  cluster: {{pools: [{{name: w, autoscale: {{max: 9, provision: 120s, unneeded: 1m}}, {NODE}}}]}}\n  manifests:{}{}",
            job("a", 6, "2", ""),
            job("b", 1, "1500m", "")
        ),
        &expect![[r"
            10.120 PoolScaleUp w nodes=0->4 max=9 pods=7 for=default/a-0-dgkjx,default/a-1-k2f4f,default/a-2-nbvrx,… template=manifest daemons=none
            130.120 NodeAdded w-1 pool=w
            130.121 NodeAdded w-2 pool=w
            130.123 NodeAdded w-3 pool=w
            130.124 NodeAdded w-4 pool=w
            610.220 NodeScaleDown w-1 reason=empty utilization=0.000 unneeded_s=160.000
            610.220 NodeScaleDown w-2 reason=empty utilization=0.000 unneeded_s=160.000
            610.220 NodeScaleDown w-3 reason=empty utilization=0.000 unneeded_s=160.000
            610.220 NodeScaleDown w-4 reason=empty utilization=0.000 unneeded_s=160.000
            615.226 NodeRemoved w-1
            615.227 NodeRemoved w-2
            615.229 NodeRemoved w-3
            615.230 NodeRemoved w-4
        "]],
    );
}

/// `min` and `max` hold.
#[test]
fn a_pool_stays_within_its_bounds() {
    check(
        &format!(
            "  duration: 1h\n  cluster: {{pools: [{{name: w, count: 2, autoscale: {{min: 1, max: 2, provision: 60s}}, {NODE}}}]}}\n  manifests:{}",
            job("a", 4, "3", "")
        ),
        &expect![[r"
            1210.126 NodeScaleDown w-1 reason=empty utilization=0.000 unneeded_s=600.000
            1215.132 NodeRemoved w-1
        "]],
    );
}

/// Pods of a node that is hardly used are evicted if they fit elsewhere; one that says no keeps its node.
#[test]
fn a_node_is_drained_unless_a_pod_says_no() {
    let spec = |annotation: &str| {
        format!(
            "  duration: 1h
  cluster: {{pools: [{{name: w, count: 2, autoscale: {{min: 1, max: 2, unneeded: 2m}}, {NODE}}}]}}
  manifests:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: web}}
    spec:
      replicas: 2
      selector: {{matchLabels: {{app: web}}}}
      template:
        metadata: {{labels: {{app: web}}, annotations: {{{annotation}}}}}
        spec: {{containers: [{{name: c, image: i, resources: {{requests: {{cpu: \"1\", memory: 1Gi}}}}}}]}}"
        )
    };
    check(
        &spec(""),
        &expect![[r"
            130.000 NodeScaleDown w-1 reason=underutilized utilization=0.250 unneeded_s=120.000 pods=default/web-6bbf65f46b-74sch
            135.006 PodEvicted web-6bbf65f46b-74sch reason=EvictionByEvictionAPI
            140.006 NodeRemoved w-1
        "]],
    );
    check(
        &spec("cluster-autoscaler.kubernetes.io/safe-to-evict: \"false\""),
        &expect![[r""]],
    );
}

/// A node that needs longer than `max-node-provision-time` is given up, and the pool held back for five minutes.
#[test]
fn nodes_that_do_not_come_are_given_up() {
    check(
        &format!(
            "  duration: 10m\n  cluster: {{autoscaler: {{max-node-provision-time: 2m}}, pools: [{{name: w, count: 0, autoscale: {{max: 1, provision: 3m}}, {NODE}}}]}}\n  manifests:{}",
            job("a", 1, "1", "")
        ),
        &expect![[r"
            10.016 PoolScaleUp w nodes=0->1 max=1 pods=1 for=default/a-0-dgkjx template=manifest daemons=none
            130.116 PoolScaleUpFailed w nodes=1 waited_s=120.000
            430.116 PoolScaleUp w nodes=0->1 max=1 pods=1 for=default/a-0-dgkjx template=manifest daemons=none
            550.216 PoolScaleUpFailed w nodes=1 waited_s=120.000
        "]],
    );
}

/// Daemon pods that are expected on a new node leave less room for others.
#[test]
fn daemonsets_count_for_a_pool_from_zero() {
    let daemonset = "
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: agent}
    spec:
      selector: {matchLabels: {app: agent}}
      template:
        metadata: {labels: {app: agent}}
        spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 1500m}}}]}";
    let spec = |cpu: &str| {
        format!(
            "  duration: 5m\n  cluster: {{pools: [{{name: w, autoscale: {{max: 5, provision: 30s}}, {NODE}}}]}}\n  manifests:{daemonset}{}",
            job("a", 2, cpu, "")
        )
    };
    // Two pods beside the agent, one pod, none.
    check(
        &spec("1250m"),
        &expect![[r"
            10.118 PoolScaleUp w nodes=0->1 max=5 pods=2 for=default/a-0-dgkjx,default/a-1-k2f4f template=manifest daemons=agent
            40.118 NodeAdded w-1 pool=w
        "]],
    );
    check(
        &spec("2"),
        &expect![[r"
            10.118 PoolScaleUp w nodes=0->2 max=5 pods=2 for=default/a-0-dgkjx,default/a-1-k2f4f template=manifest daemons=agent
            40.118 NodeAdded w-1 pool=w
            40.119 NodeAdded w-2 pool=w
        "]],
    );
    check(&spec("3"), &expect![[r""]]);
}

/// Unneeded nodes wait for `scale-down-delay-after-add`, of the whole cluster.
#[test]
fn growing_holds_shrinking_back() {
    check(
        &format!(
            "  duration: 40m\n  cluster: {{autoscaler: {{scale-down-unneeded-time: 1m, scale-down-delay-after-add: 20m}}, pools: [{{name: w, autoscale: {{max: 5, provision: 30s}}, {NODE}}}]}}\n  manifests:{}",
            job("a", 2, "3", "")
        ),
        &expect![[r"
            10.116 PoolScaleUp w nodes=0->2 max=5 pods=2 for=default/a-0-dgkjx,default/a-1-k2f4f template=manifest daemons=none
            40.116 NodeAdded w-1 pool=w
            40.118 NodeAdded w-2 pool=w
            1210.216 NodeScaleDown w-1 reason=empty utilization=0.000 unneeded_s=860.000
            1210.216 NodeScaleDown w-2 reason=empty utilization=0.000 unneeded_s=860.000
            1215.222 NodeRemoved w-1
            1215.224 NodeRemoved w-2
        "]],
    );
}

/// The ideal profile takes the delays of the control plane away, not the intervals of the autoscaler.
#[test]
fn nothing_stands_still_without_delays() {
    check(
        &format!(
            "  duration: 7m\n  cluster: {{controlPlane: ideal, autoscaler: {{scan-interval: 20s, scale-down-unneeded-time: 0s, scale-down-delay-after-add: 0s, node-delete-delay-after-taint: 0s}}, pools: [{{name: w, autoscale: {{max: 2, provision: 0s}}, node: {{metadata: {{annotations: {{podtime/ready-after: 0s}}}}, status: {{allocatable: {{cpu: \"4\", memory: 8Gi, pods: 20}}}}}}}}]}}\n  manifests:{}",
            job("a", 1, "1", "").replace("5m", "30s")
        ),
        &expect![[r"
            20.000 PoolScaleUp w nodes=0->1 max=2 pods=1 for=default/a-0-dgkjx template=manifest daemons=none
            20.000 NodeAdded w-1 pool=w
            320.100 NodeScaleDown w-1 reason=empty utilization=0.000 unneeded_s=0.000
            320.100 NodeRemoved w-1
        "]],
    );
}

/// When a run ends.
struct End;

impl Recorder for End {
    type Output = Time;

    fn finish(self, _: &World, end: Time) -> Time {
        end
    }
}

/// A run without a horizon ends: what cannot be helped is not looked at for ever.
#[test]
fn what_cannot_change_is_left_alone() {
    let text = format!(
        "  cluster: {{pools: [{{name: w, count: 1, autoscale: {{min: 0, max: 2}}, {NODE}}}]}}\n  manifests:{}
  - apiVersion: v1
    kind: Pod
    metadata: {{name: bare}}
    spec: {{containers: [{{name: c, image: i}}]}}",
        job("a", 1, "100", "")
    );
    let mut model = model(&text);
    model.duration = None;
    let end = simulate(&model, 0, End);
    assert!(end < Time::ZERO + Span::from_secs(3600), "{end:?}");
}

fn figures(spec: &str) -> serde_json::Value {
    let model = model(spec);
    let summary = simulate(&model, 0, SummaryRecorder::new(&model));
    let cluster = summary["cluster"].as_object().unwrap();
    let keys = ["cost", "node_hours", "pool_node_hours"];
    let asked = keys.map(|key| (key.to_owned(), cluster.get(key).cloned()));
    let there = asked
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    serde_json::Value::Object(there.collect())
}

/// Every node is paid for from its object's creation to its deletion, whoever made it.
#[test]
fn nodes_cost_what_their_pool_says() {
    let fixed = "  duration: 2h\n  cluster: {pools: [{name: a, count: 2, price: 0.25}, {name: b, count: 1}]}";
    for (spec, expected) in [
        (
            fixed.to_owned(),
            json!({"cost": 1.0, "node_hours": 6.0, "pool_node_hours": {"a": 4.0, "b": 2.0}}),
        ),
        (
            format!("{fixed}\n  warmUp: 1h"),
            json!({"cost": 0.5, "node_hours": 3.0, "pool_node_hours": {"a": 2.0, "b": 1.0}}),
        ),
        (
            format!("{fixed}\n  actions: [{{at: 1h, node: {{remove: a-1}}}}, {{at: 90m, node: {{add: {{pool: a, count: 2}}}}}}]"),
            json!({"cost": 1.0, "node_hours": 6.0, "pool_node_hours": {"a": 4.0, "b": 2.0}}),
        ),
        (fixed.replace(", price: 0.25", ""), json!({})),
        (
            "  duration: 1h\n  cluster: {pools: [{name: a, count: 2, autoscale: {min: 2, max: 3}}]}".to_owned(),
            json!({"cost": null, "node_hours": 2.0, "pool_node_hours": {"a": 2.0}}),
        ),
    ] {
        assert_eq!(figures(&spec), expected, "{spec}");
    }
}
