//! What `kubectl` does to Deployments, ReplicaSets and StatefulSets, seen in the result files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

use expect_test::{Expect, expect};
use std::fs;
use tempfile::TempDir;

/// Plays objects and actions without delays on two nodes of four cores.
fn play(manifests: &str, actions: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let scenario = format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: play}}\nspec:\n  \
         cluster: {{controlPlane: ideal, pools: [{{name: w, count: 2, node: {{status: {{allocatable: \
         {{cpu: '4', memory: 8Gi, pods: '110'}}}}}}}}]}}\n  duration: 10m\n  \
         manifests: [objects.yaml]\n  actions:\n{actions}\n"
    );
    fs::write(folder.path().join("play.yaml"), scenario).unwrap();
    fs::write(folder.path().join("objects.yaml"), manifests).unwrap();
    let output = assert_cmd::Command::cargo_bin("podtime")
        .unwrap()
        .current_dir(folder.path())
        .args(["run", "--quiet", "play.yaml"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    folder
}

/// Rows of a result file, `shown` columns of those that are `chosen`.
fn rows(
    folder: &TempDir,
    file: &str,
    chosen: impl Fn(&csv::StringRecord) -> bool,
    shown: &[usize],
    expected: &Expect,
) {
    let path = folder.path().join("results/play").join(file);
    let mut reader = csv::Reader::from_path(path).unwrap();
    let mut lines = String::new();
    for row in reader
        .records()
        .map(Result::unwrap)
        .filter(|row| chosen(row))
    {
        let cells: Vec<&str> = shown.iter().map(|&column| &row[column]).collect();
        lines += cells.join(" ").trim_end();
        lines += "\n";
    }
    expected.assert_eq(&lines);
}

/// Events of the objects themselves and of the scenario: time, name, event, detail.
fn events(folder: &TempDir, expected: &Expect) {
    let chosen = |row: &csv::StringRecord| !matches!(&row[3], "Pod" | "Node");
    rows(folder, "events.csv", chosen, &[1, 5, 6, 9], expected);
}

/// Owner kind, owner, index, creation and end of each pod.
fn pods(folder: &TempDir, expected: &Expect) {
    rows(folder, "pods.csv", |_| true, &[2, 3, 4, 6, 11], expected);
}

fn object(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {spec}\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec: {{containers: [{{name: main, image: 'app:1', resources: {{requests: {{cpu: 100m}}}}}}]}}\n"
    )
}

#[test]
fn deployments_are_scaled_changed_restarted_and_deleted() {
    let actions = "  - {at: 1m, kubectl: scale deployment web --replicas=1}\n  \
                   - {at: 2m, kubectl: set image deployment/web main=app:2}\n  \
                   - {at: 3m, kubectl: rollout restart deployment/web}\n  \
                   - {at: 4m, kubectl: \"patch deployment web --type=merge -p '{spec: {paused: true}}'\"}\n  \
                   - {at: 5m, kubectl: delete deployment web}\n  \
                   - {at: 6m, kubectl: scale deployment web --replicas=3}";
    let folder = play(&object("Deployment", "web", "replicas: 2"), actions);
    events(
        &folder,
        &expect![[r#"
            0.000 web DeploymentCreated
            0.000 web-7f56d86787 ReplicaSetCreated owner=Deployment/web replicas=2
            1.000 web DeploymentRolledOut
            60.000 play Action scale deployment web --replicas=1
            60.000 web DeploymentUpdated
            60.000 web-7f56d86787 ReplicaSetUpdated replicas=1
            120.000 play Action set image deployment/web main=app:2
            120.000 web DeploymentUpdated
            120.000 web-56f5ccc884 ReplicaSetCreated owner=Deployment/web replicas=1
            121.000 web-7f56d86787 ReplicaSetUpdated replicas=0
            121.000 web DeploymentRolledOut
            180.000 play Action rollout restart deployment/web
            180.000 web DeploymentUpdated
            180.000 web-59fb7d7976 ReplicaSetCreated owner=Deployment/web replicas=1
            181.000 web-56f5ccc884 ReplicaSetUpdated replicas=0
            181.000 web DeploymentRolledOut
            240.000 play Action patch deployment web --type=merge -p '{spec: {paused: true}}'
            240.000 web DeploymentUpdated
            300.000 play Action delete deployment web
            300.000 web DeploymentDeleted
            300.000 web-7f56d86787 ReplicaSetDeleted
            300.000 web-56f5ccc884 ReplicaSetDeleted
            300.000 web-59fb7d7976 ReplicaSetDeleted
            360.000 play Action scale deployment web --replicas=3: deployments.apps "web" not found
        "#]],
    );
    pods(
        &folder,
        &expect![[r#"
            ReplicaSet web-7f56d86787  0.000 61.000
            ReplicaSet web-7f56d86787  0.000 122.000
            ReplicaSet web-56f5ccc884  120.000 182.000
            ReplicaSet web-59fb7d7976  180.000 301.000
        "#]],
    );
}

#[test]
fn statefulsets_are_scaled_changed_and_deleted() {
    let actions = "  - {at: 1m, kubectl: scale statefulset db --replicas=1}\n  \
                   - {at: 2m, kubectl: set image statefulset/db main=app:2}\n  \
                   - {at: 3m, kubectl: delete pod db-0}\n  \
                   - {at: 4m, kubectl: delete statefulset db --cascade=foreground}";
    let folder = play(&object("StatefulSet", "db", "replicas: 2"), actions);
    events(
        &folder,
        &expect![[r#"
        0.000 db StatefulSetCreated
        2.000 db StatefulSetRolledOut
        60.000 play Action scale statefulset db --replicas=1
        60.000 db StatefulSetUpdated
        120.000 play Action set image statefulset/db main=app:2
        120.000 db StatefulSetUpdated
        122.000 db StatefulSetRolledOut
        180.000 play Action delete pod db-0
        240.000 play Action delete statefulset db --cascade=foreground
        241.000 db StatefulSetDeleted
    "#]],
    );
    pods(
        &folder,
        &expect![[r#"
        StatefulSet db 1 1.000 61.000
        StatefulSet db 0 0.000 121.000
        StatefulSet db 0 121.000 181.000
        StatefulSet db 0 181.000 241.000
    "#]],
    );
}

#[test]
fn replicasets_are_scaled_and_orphaned() {
    let actions = "  - {at: 1m, kubectl: scale rs bare --replicas=1}\n  \
                   - {at: 2m, kubectl: delete rs bare --cascade=orphan}\n  \
                   - {at: 3m, kubectl: apply -f objects.yaml}";
    let folder = play(&object("ReplicaSet", "bare", "replicas: 2"), actions);
    events(
        &folder,
        &expect![[r#"
        0.000 bare ReplicaSetCreated replicas=2
        60.000 play Action scale rs bare --replicas=1
        60.000 bare ReplicaSetUpdated replicas=1
        120.000 play Action delete rs bare --cascade=orphan
        120.000 bare ReplicaSetDeleted
        180.000 play Action apply -f objects.yaml
        180.000 bare ReplicaSetCreated replicas=2
    "#]],
    );
    pods(
        &folder,
        &expect![[r#"
        ReplicaSet bare  0.000 61.000
        ReplicaSet bare  0.000
        ReplicaSet bare  180.000
        ReplicaSet bare  180.000
    "#]],
    );
}

#[test]
fn drained_pods_of_a_deployment_come_back_elsewhere() {
    let actions = "  - {at: 1m, kubectl: drain w-1}";
    let folder = play(&object("Deployment", "web", "replicas: 4"), actions);
    let chosen = |row: &csv::StringRecord| row[6].parse::<f64>().unwrap() >= 60.0;
    rows(
        &folder,
        "pods.csv",
        chosen,
        &[2, 5, 6, 8, 12],
        &expect![[r#"
            ReplicaSet w-2 60.000 61.000 Running
            ReplicaSet w-2 60.000 61.000 Running
        "#]],
    );
}

/// SCH-57a: without constraints of their own, pods of a ReplicaSet or StatefulSet lie evenly over the nodes.
#[test]
fn replicas_lie_apart_by_default_sch_57a() {
    for kind in ["Deployment", "StatefulSet"] {
        // A pod that fills a node up, so that free room speaks for the other one.
        let filler = "apiVersion: v1\nkind: Pod\nmetadata: {name: filler}\nspec:\n  nodeName: w-1\n  \
                      containers: [{name: main, image: app, resources: {requests: {cpu: '2'}}}]\n";
        let objects = format!("{filler}{}", object(kind, "web", "replicas: 6"));
        let folder = play(&objects, "  - {at: 1m, kubectl: cordon w-1}");
        let path = folder.path().join("results/play/pods.csv");
        let mut reader = csv::Reader::from_path(path).unwrap();
        let nodes: Vec<String> = reader
            .records()
            .map(|row| row.unwrap()[5].to_owned())
            .collect();
        let on_first = nodes.iter().filter(|node| *node == "w-1").count();
        assert_eq!(on_first, 1 + 3, "{kind}");
    }
}

#[test]
fn the_summary_has_figures_of_both_kinds() {
    let objects =
        object("Deployment", "web", "replicas: 2") + &object("StatefulSet", "db", "replicas: 2");
    let actions = "  - {at: 1m, kubectl: set image deployment/web main=app:2}\n  \
                   - {at: 2m, kubectl: set image statefulset/db main=app:2}";
    let folder = play(&objects, actions);
    let path = folder.path().join("results/play/summary.json");
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    expect![[r#"
        {
          "default/web": {
            "replicas": 2,
            "available_min": 2,
            "available_mean": 2.0,
            "rollout_s": 2.0
          }
        }
        {
          "default/db": {
            "replicas": 2,
            "available_min": 1,
            "available_mean": 1.996656,
            "rollout_s": 4.0
          }
        }"#]]
    .assert_eq(&format!(
        "{:#}\n{:#}",
        summary["deployments"], summary["statefulsets"]
    ));
}
