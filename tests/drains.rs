//! `kubectl drain` and disruption budgets, seen in `events.csv` (NL-71 to NL-73).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

use expect_test::{Expect, expect};
use std::fs;

/// Four pods, two on each node, that take 10 s to start.
const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {podtime/startup: 10s}}
    spec: {containers: [{name: main, image: app}]}
";

fn budget(spec: &str) -> String {
    format!(
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web, labels: {{app: web}}}}\n\
         spec: {{selector: {{matchLabels: {{app: web}}}}, {spec}}}\n"
    )
}

/// Plays a scenario of two nodes without delays; what happened to nodes, pods and budgets after the first minute.
/// Pods are told by their number.
fn check(manifests: &str, actions: &str, expected: &Expect) {
    expected.assert_eq(&play(manifests, actions, "  duration: 20m\n"));
}

fn play(manifests: &str, actions: &str, duration: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let scenario = format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: drains}}\nspec:\n  \
         cluster: {{controlPlane: ideal, pools: [{{name: w, count: 2}}]}}\n{duration}  \
         manifests: [objects.yaml]\n  actions:\n{actions}\n"
    );
    fs::write(folder.path().join("drains.yaml"), scenario).unwrap();
    fs::write(folder.path().join("objects.yaml"), manifests).unwrap();
    let output = assert_cmd::Command::cargo_bin("podtime")
        .unwrap()
        .current_dir(folder.path())
        .args(["run", "--quiet", "drains.yaml"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let events = folder.path().join("results/drains/events.csv");
    let mut reader = csv::Reader::from_path(events).unwrap();
    let mut lines = String::new();
    let mut pods: Vec<String> = Vec::new();
    for row in reader.records().map(Result::unwrap) {
        let (t, kind, event) = (row[1].parse::<f64>().unwrap(), &row[3], &row[6]);
        if event == "PodCreated" {
            pods.push(row[5].to_owned());
        }
        let shown = [
            "PodCreated",
            "PodReady",
            "PodEvicted",
            "PodDeleting",
            "PodDeleted",
            "PodEvictionRefused",
            "NodeCordoned",
            "NodeUncordoned",
            "NodeDrained",
            "PodDisruptionBudgetUpdated",
            "PodDisruptionBudgetDeleted",
            "Action",
        ];
        if t < 60.0 || !shown.contains(&event) {
            continue;
        }
        let name = match pods.iter().position(|name| *name == row[5]) {
            Some(number) if kind == "Pod" => format!("pod{number}"),
            _ => row[5].to_owned(),
        };
        let mut detail = row[9].to_owned();
        for (number, pod) in pods.iter().enumerate() {
            detail = detail.replace(pod, &format!("pod{number}"));
        }
        if detail.starts_with("owner=") {
            detail.clear();
        }
        lines += format!("{} {name} {event} {detail}", &row[1]).trim_end();
        lines += "\n";
    }
    lines
}

/// NL-72, NL-73, NL-C16: one at a time, asked for again every 5 s, and drained when the last one is gone.
#[test]
fn a_budget_lets_one_pod_go_at_a_time() {
    check(
        &(WEB.to_owned() + &budget("maxUnavailable: 1")),
        "  - {at: 1m, kubectl: drain w-1}",
        &expect![[r#"
            60.000 drains Action drain w-1
            60.000 w-1 NodeCordoned
            60.000 pod0 PodEvicted reason=EvictionByEvictionAPI
            60.000 pod0 PodDeleting grace_s=30.000
            60.000 pod2 PodEvictionRefused The disruption budget web does not allow evicting pods currently
            60.000 pod4 PodCreated
            61.000 pod0 PodDeleted
            65.000 pod2 PodEvictionRefused The disruption budget web needs 3 healthy pods and has 3 currently
            70.000 pod4 PodReady
            70.000 pod2 PodEvicted reason=EvictionByEvictionAPI
            70.000 pod2 PodDeleting grace_s=30.000
            70.000 pod5 PodCreated
            71.000 pod2 PodDeleted
            71.000 w-1 NodeDrained
            80.000 pod5 PodReady
        "#]],
    );
}

/// Nothing ticks while nothing can change: a run without a horizon ends though the drain never does.
#[test]
fn a_drain_that_a_budget_blocks_waits_for_a_change() {
    let manifests = WEB.to_owned() + &budget("minAvailable: 100%");
    let actions = "  - {at: 1m, kubectl: drain w-1}\n  - {at: 2m, kubectl: uncordon w-1}\n";
    let lines = play(&manifests, actions, "");
    expect![[r#"
        60.000 drains Action drain w-1
        60.000 w-1 NodeCordoned
        60.000 pod0 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
        60.000 pod2 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
        120.000 drains Action uncordon w-1
        120.000 w-1 NodeUncordoned
    "#]].assert_eq(&lines);
}

#[test]
fn a_drain_gives_up_at_its_timeout() {
    check(
        &(WEB.to_owned() + &budget("minAvailable: 4")),
        "  - {at: 1m, kubectl: drain w-1 w-2 --timeout=12s}",
        &expect![[r#"
            60.000 drains Action drain w-1 w-2 --timeout=12s
            60.000 w-1 NodeCordoned
            60.000 w-2 NodeCordoned
            60.000 pod0 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
            60.000 pod2 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
            75.000 drains Action drain w-1 w-2 --timeout=12s: unable to drain node "w-1" due to error: [error when evicting pods/"pod0" -n "default": global timeout reached, error when evicting pods/"pod2" -n "default": global timeout reached]
            75.000 pod1 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
            75.000 pod3 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
            90.000 drains Action drain w-1 w-2 --timeout=12s: unable to drain node "w-2" due to error: [error when evicting pods/"pod1" -n "default": global timeout reached, error when evicting pods/"pod3" -n "default": global timeout reached]
        "#]],
    );
}

/// A patch that widens the budget, and its deletion by label, are seen at the next try.
#[test]
fn budgets_can_be_changed_and_deleted_meanwhile() {
    check(
        &(WEB.to_owned() + &budget("minAvailable: 4")),
        "  - {at: 1m, kubectl: drain w-1}\n  \
           - {at: 62s, kubectl: \"patch pdb web --type merge -p '{\\\"spec\\\":{\\\"minAvailable\\\":3}}'\"}\n  \
           - {at: 66s, kubectl: delete pdb -l app=web}\n  \
           - {at: 2m, kubectl: delete pdb web}",
        &expect![[r#"
            60.000 drains Action drain w-1
            60.000 w-1 NodeCordoned
            60.000 pod0 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
            60.000 pod2 PodEvictionRefused The disruption budget web needs 4 healthy pods and has 4 currently
            62.000 drains Action patch pdb web --type merge -p '{"spec":{"minAvailable":3}}'
            62.000 web PodDisruptionBudgetUpdated
            65.000 pod0 PodEvicted reason=EvictionByEvictionAPI
            65.000 pod0 PodDeleting grace_s=30.000
            65.000 pod2 PodEvictionRefused The disruption budget web does not allow evicting pods currently
            65.000 pod4 PodCreated
            66.000 drains Action delete pdb -l app=web
            66.000 web PodDisruptionBudgetDeleted
            66.000 pod0 PodDeleted
            70.000 pod2 PodEvicted reason=EvictionByEvictionAPI
            70.000 pod2 PodDeleting grace_s=30.000
            70.000 pod5 PodCreated
            71.000 pod2 PodDeleted
            71.000 w-1 NodeDrained
            75.000 pod4 PodReady
            80.000 pod5 PodReady
            120.000 drains Action delete pdb web: poddisruptionbudgets.policy "web" not found
        "#]],
    );
}

#[test]
fn deletion_asks_no_budget() {
    check(
        &(WEB.to_owned() + &budget("minAvailable: 4")),
        "  - {at: 1m, kubectl: drain w-1 --disable-eviction --grace-period=3}",
        &expect![[r#"
            60.000 drains Action drain w-1 --disable-eviction --grace-period=3
            60.000 w-1 NodeCordoned
            60.000 pod0 PodDeleting grace_s=3.000
            60.000 pod2 PodDeleting grace_s=3.000
            60.000 pod4 PodCreated
            60.000 pod5 PodCreated
            61.000 pod0 PodDeleted
            61.000 pod2 PodDeleted
            61.000 w-1 NodeDrained
            70.000 pod4 PodReady
            70.000 pod5 PodReady
        "#]],
    );
}

/// NL-71: the node is cordoned all the same.
#[test]
fn pods_that_a_drain_may_not_touch_keep_it_from_the_node() {
    let agent = WEB
        .replace("Deployment", "DaemonSet")
        .replace("  replicas: 4\n", "");
    let bare = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {nodeName: w-2, \
                volumes: [{name: x, emptyDir: {}}], containers: [{name: main, image: app}]}\n";
    check(
        &(agent + bare),
        "  - {at: 1m, kubectl: drain w-1}\n  \
           - {at: 2m, kubectl: drain w-1 w-2 --ignore-daemonsets}\n  \
           - {at: 3m, kubectl: drain w-2 --ignore-daemonsets --delete-emptydir-data}\n  \
           - {at: 4m, kubectl: drain w-2 --ignore-daemonsets --delete-emptydir-data --force}",
        &expect![[r#"
            60.000 drains Action drain w-1
            60.000 w-1 NodeCordoned
            60.000 drains Action drain w-1: unable to drain node "w-1" due to error: cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/pod1
            120.000 drains Action drain w-1 w-2 --ignore-daemonsets
            120.000 w-2 NodeCordoned
            120.000 w-1 NodeDrained
            120.000 drains Action drain w-1 w-2 --ignore-daemonsets: unable to drain node "w-2" due to error: cannot delete Pods with local storage (use --delete-emptydir-data to override): default/pod0
            180.000 drains Action drain w-2 --ignore-daemonsets --delete-emptydir-data
            180.000 drains Action drain w-2 --ignore-daemonsets --delete-emptydir-data: unable to drain node "w-2" due to error: cannot delete Pods that declare no controller (use --force to override): default/pod0
            240.000 drains Action drain w-2 --ignore-daemonsets --delete-emptydir-data --force
            240.000 pod0 PodEvicted reason=EvictionByEvictionAPI
            240.000 pod0 PodDeleting grace_s=30.000
            241.000 pod0 PodDeleted
            241.000 w-2 NodeDrained
        "#]],
    );
}

/// NL-73: pods that are not Ready.
#[test]
fn unready_pods_go_by_the_budgets_policy() {
    let web = WEB.replace("startup: 10s", "ready-after: 300s");
    for (policy, goes) in [("IfHealthyBudget", false), ("AlwaysAllow", true)] {
        let spec = format!("minAvailable: 2, unhealthyPodEvictionPolicy: {policy}");
        let lines = play(
            &(web.clone() + &budget(&spec)),
            "  - {at: 1m, kubectl: drain w-1}",
            "  duration: 2m\n",
        );
        assert_eq!(lines.contains("PodEvicted"), goes, "{policy}:\n{lines}");
        assert_eq!(
            lines.contains("PodEvictionRefused"),
            !goes,
            "{policy}:\n{lines}"
        );
    }
}
