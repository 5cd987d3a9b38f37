//! What crashes, power cuts and recoveries of nodes do to pods, seen in `events.csv`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

use expect_test::{Expect, expect};
use std::fs;

/// Plays a scenario of three nodes without delays; the events but those of containers, from a moment on.
fn check(from: f64, manifests: &str, actions: &str, expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let scenario = format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: nodes}}\nspec:\n  \
         cluster: {{controlPlane: ideal, pools: [{{name: w, count: 3}}]}}\n  duration: 20m\n  \
         manifests: [objects.yaml]\n  actions: [{actions}]\n"
    );
    fs::write(folder.path().join("nodes.yaml"), scenario).unwrap();
    fs::write(folder.path().join("objects.yaml"), manifests).unwrap();
    let output = assert_cmd::Command::cargo_bin("podtime")
        .unwrap()
        .current_dir(folder.path())
        .args(["run", "--quiet", "nodes.yaml"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let events = folder.path().join("results/nodes/events.csv");
    let mut reader = csv::Reader::from_path(events).unwrap();
    let mut lines = String::new();
    for row in reader.records().map(Result::unwrap) {
        let (t, event) = (row[1].parse::<f64>().unwrap(), &row[6]);
        if t >= from && event != "Action" && !event.starts_with("Container") {
            // A pod's name is told by its owner and its node.
            let name = row[5].rsplit_once('-').map_or(&row[5], |(owner, _)| owner);
            let subject = if &row[3] == "Node" { &row[5] } else { name };
            let line = format!("{} {subject} {event} {}", &row[1], &row[9]);
            lines += line.trim_end();
            lines += "\n";
        }
    }
    expected.assert_eq(&lines);
}

/// A Job of one pod on node `w-2`.
fn job(annotations: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: job}}\nspec:\n  template:\n    \
         metadata: {{annotations: {{{annotations}}}}}\n    spec:\n      restartPolicy: Never\n      \
         nodeSelector: {{kubernetes.io/hostname: w-2}}\n      containers: [{{name: main, image: app}}]\n"
    )
}

/// A DaemonSet on node `w-2`.
const DAEMONSET: &str = "\
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {kubernetes.io/hostname: w-2}
      containers: [{name: main, image: app}]
";

/// NL-5, NL-44, NL-83, JOB-T5: its finish time lies so far back that the replacement comes at once.
#[test]
fn a_pod_on_a_lost_node_is_evicted_and_ends_when_the_node_is_back_fact_27() {
    check(
        10.0,
        &job("podtime/run: 10m"),
        "{at: 10s, node: {crash: w-2}}, {at: 400s, node: {recover: w-2}}",
        &expect![[r#"
            10.000 w-2 NodeCrashed
            60.000 w-2 NodeNotReady status=Unknown
            60.000 job PodNotReady
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoSchedule
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoExecute
            360.000 job PodEvicted reason=DeletionByTaintManager
            360.000 job PodDeleting grace_s=30.000
            360.000 job PodCreated owner=Job/job
            360.000 job PodUnschedulable 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.
            400.000 w-2 NodeRecovered
            400.000 w-2 NodeReady
            400.000 job PodReady
            400.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoSchedule
            400.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoExecute
            400.000 job PodScheduled
            401.000 job PodNotReady
            401.000 job PodFailed exit_code=143
            401.000 job PodDeleted
            401.000 job PodStarted
            401.000 job PodReady
            1001.000 job PodNotReady
            1001.000 job PodSucceeded
            1001.000 job JobSuccessCriteriaMet reason=CompletionsReached
            1001.000 job JobComplete reason=CompletionsReached
        "#]],
    );
}

#[test]
fn a_pod_that_ended_in_the_outage_is_reported_and_goes_as_it_was_asked_to() {
    check(
        360.0,
        &job("podtime/run: 100s"),
        "{at: 10s, node: {crash: w-2}}, {at: 400s, node: {recover: w-2}}",
        &expect![[r#"
            360.000 job PodEvicted reason=DeletionByTaintManager
            360.000 job PodDeleting grace_s=30.000
            360.000 job PodCreated owner=Job/job
            360.000 job PodUnschedulable 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.
            400.000 w-2 NodeRecovered
            400.000 w-2 NodeReady
            400.000 job PodSucceeded
            400.000 job PodDeleted
            400.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoSchedule
            400.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoExecute
            400.000 job PodScheduled
            401.000 job PodStarted
            401.000 job PodReady
            501.000 job PodNotReady
            501.000 job PodSucceeded
            501.000 job JobSuccessCriteriaMet reason=CompletionsReached
            501.000 job JobComplete reason=CompletionsReached
        "#]],
    );
}

/// DS-111.
#[test]
fn a_short_outage_evicts_nobody_and_daemon_pods_stay_fact_28() {
    check(
        10.0,
        &(job("podtime/run: 100s") + DAEMONSET),
        "{at: 10s, node: {crash: w-2}}, {at: 90s, node: {recover: w-2}}",
        &expect![[r#"
            10.000 w-2 NodeCrashed
            60.000 w-2 NodeNotReady status=Unknown
            60.000 job PodNotReady
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoSchedule
            60.000 agent PodNotReady
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoExecute
            90.000 w-2 NodeRecovered
            90.000 w-2 NodeReady
            90.000 job PodReady
            90.000 agent PodReady
            90.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoSchedule
            90.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoExecute
            101.000 job PodNotReady
            101.000 job PodSucceeded
            101.000 job JobSuccessCriteriaMet reason=CompletionsReached
            101.000 job JobComplete reason=CompletionsReached
        "#]],
    );
}

#[test]
fn a_power_cut_kills_and_the_kubelet_finds_out_later() {
    check(
        10.0,
        &(job("podtime/run: 100s") + DAEMONSET),
        "{at: 10s, node: {powerOff: w-2}}, {at: 30s, node: {recover: w-2}}",
        &expect![[r#"
            10.000 w-2 NodeCrashed
            30.000 w-2 NodeRecovered
            30.000 job PodNotReady
            30.000 job PodFailed exit_code=137
            30.000 agent PodNotReady
            30.000 job PodCreated owner=Job/job
            30.000 job PodScheduled
            31.000 agent PodReady
            31.000 job PodStarted
            31.000 job PodReady
            131.000 job PodNotReady
            131.000 job PodSucceeded
            131.000 job JobSuccessCriteriaMet reason=CompletionsReached
            131.000 job JobComplete reason=CompletionsReached
        "#]],
    );
}

#[test]
fn a_pod_that_was_starting_at_a_power_cut_starts_again() {
    check(
        10.0,
        &job("podtime/startup: 20s"),
        "{at: 10s, node: {crash: w-2}}, {at: 12s, node: {powerOff: w-2}}, {at: 50s, node: {recover: w-2}}",
        &expect![[r#"
            10.000 w-2 NodeCrashed
            12.000 w-2 NodeCrashed
            50.000 w-2 NodeRecovered
            70.000 job PodStarted
            70.000 job PodReady
            80.000 job PodNotReady
            80.000 job PodSucceeded
            80.000 job JobSuccessCriteriaMet reason=CompletionsReached
            80.000 job JobComplete reason=CompletionsReached
        "#]],
    );
}

#[test]
fn a_machine_out_of_service_lets_its_pods_go_nl_61() {
    check(
        60.0,
        &job("podtime/run: 10m"),
        "{at: 10s, node: {powerOff: w-2}}, {at: 100s, kubectl: 'taint node w-2 node.kubernetes.io/out-of-service=x:NoExecute'}",
        &expect![[r#"
            60.000 w-2 NodeNotReady status=Unknown
            60.000 job PodNotReady
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoSchedule
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoExecute
            100.000 w-2 NodeTainted node.kubernetes.io/out-of-service=x:NoExecute
            100.000 job PodEvicted reason=DeletionByTaintManager
            100.000 job PodDeleting grace_s=30.000
            100.000 job PodCreated owner=Job/job
            100.000 job PodFailed
            100.000 job PodDeleted
            100.000 job PodUnschedulable 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.
        "#]],
    );
}

#[test]
fn no_node_left_means_no_eviction_nl_28() {
    check(
        10.0,
        &job("podtime/run: 10m"),
        "{at: 10s, node: {crash: w-1}}, {at: 10s, node: {crash: w-2}}, {at: 10s, node: {crash: w-3}}, {at: 900s, node: {recover: w-2}}",
        &expect![[r#"
            10.000 w-1 NodeCrashed
            10.000 w-2 NodeCrashed
            10.000 w-3 NodeCrashed
            60.000 w-1 NodeNotReady status=Unknown
            60.000 w-2 NodeNotReady status=Unknown
            60.000 w-3 NodeNotReady status=Unknown
            60.000 job PodNotReady
            60.000 w-1 NodeTainted node.kubernetes.io/unreachable:NoSchedule
            60.000 w-2 NodeTainted node.kubernetes.io/unreachable:NoSchedule
            60.000 w-3 NodeTainted node.kubernetes.io/unreachable:NoSchedule
            900.000 w-2 NodeRecovered
            900.000 w-2 NodeReady
            900.000 job PodSucceeded
            900.000 w-2 NodeUntainted node.kubernetes.io/unreachable:NoSchedule
            900.000 job JobSuccessCriteriaMet reason=CompletionsReached
            900.000 job JobComplete reason=CompletionsReached
            910.000 w-1 NodeTainted node.kubernetes.io/unreachable:NoExecute
            920.000 w-3 NodeTainted node.kubernetes.io/unreachable:NoExecute
        "#]],
    );
}

#[test]
fn one_node_that_is_lost_keeps_its_pods_whatever_the_phases_nl_28() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: one}\nspec:\n  \
                    cluster: {pools: [{name: w, count: 1}]}\n  duration: 500s\n  \
                    manifests: [objects.yaml]\n  actions: [{at: 10s, node: {crash: w-1}}]\n  \
                    expect: [cluster.pods_created == 1, cluster.pods_evicted == 0]\n";
    fs::write(folder.path().join("one.yaml"), scenario).unwrap();
    let objects = job("podtime/run: 1h").replace("w-2", "w-1");
    fs::write(folder.path().join("objects.yaml"), objects).unwrap();
    for seed in 0..40 {
        let output = assert_cmd::Command::cargo_bin("podtime")
            .unwrap()
            .current_dir(folder.path())
            .args(["run", "--quiet", "one.yaml", "--seed", &seed.to_string()])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "seed {seed}: {stderr}");
    }
}
