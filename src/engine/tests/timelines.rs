//! The rules' own examples, and what several components do together.

use crate::engine::testing::{Rows, play};

/// A scenario without delays: so many nodes of 4 CPUs, these manifests and actions.
fn scenario(control_plane: &str, nodes: u32, manifests: &str, actions: &str) -> Rows {
    let spec = format!(
        "  cluster: {{controlPlane: {control_plane}, pools: [{{name: w, count: {nodes}, node: \
         {{status: {{allocatable: {{cpu: 4, memory: 8Gi}}}}}}}}]}}\n  duration: 30m\n  manifests:\n{manifests}  \
         actions: [{actions}]"
    );
    play(&spec, 1)
}

/// A Job `job` of pods with these annotations.
fn job(spec: &str, annotations: &str) -> String {
    format!(
        "  - apiVersion: batch/v1\n    kind: Job\n    metadata: {{name: job}}\n    spec: {{{spec}, template: {{metadata: \
         {{annotations: {{{annotations}}}}}, spec: {{restartPolicy: Never, containers: [{{name: c, image: a}}]}}}}}}\n"
    )
}

/// A DaemonSet `agent`.
fn daemonset(pod: &str) -> String {
    format!(
        "  - apiVersion: apps/v1\n    kind: DaemonSet\n    metadata: {{name: agent}}\n    spec: {{selector: {{matchLabels: \
         {{app: agent}}}}, template: {{metadata: {{labels: {{app: agent}}}}, spec: {{containers: [{{name: c, image: a}}], \
         {pod}}}}}}}\n"
    )
}

fn details(rows: &Rows, event: &str) -> Vec<String> {
    let rows = rows.0.iter().filter(|row| row.event == event);
    rows.map(|row| row.detail.clone()).collect()
}

/// JOB-T1: replaced 10 s after the deletion, whatever the old pod still does (JOB-13, JOB-44).
#[test]
fn a_deleted_pod_of_a_job_is_replaced_after_the_back_off_job_t1() {
    let slow = "podtime/run: 10m, podtime/terminate: 25s";
    let delete = "{at: 100s, kubectl: 'delete pods --all'}";
    let rows = scenario("ideal", 1, &job("completions: 1", slow), delete);
    assert_eq!(rows.times("PodCreated", "job"), [0.0, 110.0]);
    assert_eq!(rows.times("PodDeleted", "job"), [125.0]);
}

/// JOB-T2: nothing until the pod has ended (JOB-12).
#[test]
fn a_policy_may_wait_for_the_end_of_the_pod_job_t2() {
    let slow = "podtime/run: 10m, podtime/terminate: 25s";
    let delete = "{at: 100s, kubectl: 'delete pods --all'}";
    for policy in [
        "podReplacementPolicy: Failed",
        "podFailurePolicy: {rules: []}",
    ] {
        let spec = format!("completions: 1, {policy}");
        let rows = scenario("ideal", 1, &job(&spec, slow), delete);
        assert_eq!(rows.times("PodCreated", "job"), [0.0, 135.0], "{policy}");
    }
}

/// JOB-T3: four failures that one sync sees make four steps of the back-off, 80 s.
#[test]
fn a_wave_of_failures_counts_as_many_job_t3() {
    let spec = "completions: 4, parallelism: 4, backoffLimit: 6";
    let failing = "podtime/run: 5s, podtime/exit-code: '1'";
    let rows = scenario("kubernetes", 4, &job(spec, failing), "");
    let created = rows.times("PodCreated", "job");
    let ended = rows.times("PodFailed", "job");
    // Finish times are whole seconds (JOB-9), some parts of a second before the failure is known.
    let after = created[4] - ended[3].floor();
    assert!(
        (79.0..80.1).contains(&after),
        "{after}: {created:?} {ended:?}"
    );
    assert_eq!(created.len(), 8, "all four at once, and then the limit");
    assert_eq!(rows.times("JobFailed", "job").len(), 1);
}

/// CP-1, CP-8, JOB-35: 20 calls a second after the first 30, the pods' Events and the status among them.
#[test]
fn a_large_job_takes_as_long_as_its_client_cp_8() {
    let spec = "completions: 200, parallelism: 200";
    let rows = scenario("kubernetes", 10, &job(spec, "podtime/run: 10m"), "");
    let created = rows.times("PodCreated", "job");
    assert_eq!(created.len(), 200);
    let (early, late) = (created[14], created[199]);
    assert!(early < 0.1, "{early}");
    // 200 creations and at most 25 Events (CP-E10) for 30 tokens and 20 a second.
    let least = f64::from(200 - 30) / 20.0;
    assert!((least..least + 1.5).contains(&late), "{late}");
}

/// NL-70, SCH-40: nobody has to go, and nobody comes.
#[test]
fn a_cordon_leaves_running_pods_alone_nl_70() {
    let spec = "completions: 2, parallelism: 1";
    let actions = "{at: 5s, kubectl: cordon w-1}";
    let rows = scenario("ideal", 2, &job(spec, "podtime/run: 60s"), actions);
    let nodes: Vec<_> = rows
        .0
        .iter()
        .filter(|row| row.event == "PodSucceeded")
        .collect();
    let nodes: Vec<&str> = nodes.into_iter().map(|row| &*row.node).collect();
    assert_eq!(nodes, ["w-1", "w-2"]);
}

/// NL-74, JOB-53: an eviction is a failure, unless the policy passes over disruptions. NL-92.
#[test]
fn evictions_count_as_failures_nl_74() {
    let ignore = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}";
    for (policy, failed) in [("completionMode: NonIndexed", 1), (ignore, 0)] {
        let spec = format!("backoffLimit: 0, completions: 1, {policy}");
        let actions = "{at: 5s, kubectl: drain w-1}";
        let rows = scenario("ideal", 2, &job(&spec, "podtime/run: 60s"), actions);
        assert_eq!(
            details(&rows, "PodEvicted"),
            ["reason=EvictionByEvictionAPI"]
        );
        assert_eq!(rows.times("JobFailed", "job").len(), failed, "{policy}");
        assert_eq!(
            rows.times("JobComplete", "job").len(),
            1 - failed,
            "{policy}"
        );
    }
}

/// DS-110: what a daemon pod does not tolerate takes it away for as long as it is there.
#[test]
fn a_taint_keeps_daemon_pods_away_ds_110() {
    let actions = "{at: 10s, kubectl: 'taint node w-1 a=b:NoExecute'}, {at: 60s, kubectl: 'taint node w-1 a-'}";
    let rows = scenario("ideal", 2, &daemonset("nodeSelector: {}"), actions);
    assert_eq!(rows.times("PodDeleting", "agent"), [10.0]);
    assert_eq!(rows.times("PodCreated", "agent"), [0.0, 0.0, 60.0]);
    let tolerant = daemonset("tolerations: [{operator: Exists}]");
    let rows = scenario("ideal", 2, &tolerant, actions);
    assert_eq!(rows.times("PodCreated", "agent"), [0.0, 0.0]);
}

/// DS-113, DS-23.
#[test]
fn a_drain_leaves_daemon_pods_alone_ds_113() {
    let actions = "{at: 10s, kubectl: drain w-1 --ignore-daemonsets}";
    let rows = scenario("ideal", 2, &daemonset("nodeSelector: {}"), actions);
    assert_eq!(rows.times("NodeDrained", "w-1"), [10.0]);
    assert_eq!(rows.times("PodDeleting", "agent"), [0.0; 0]);
}

/// DS-111: the pods of a node that is removed go with `PodGC` (NL-62), and none takes their place.
#[test]
fn daemon_pods_of_a_removed_node_are_collected_ds_111() {
    let actions = "{at: 10s, kubectl: delete node w-1}";
    let rows = scenario("ideal", 2, &daemonset("nodeSelector: {}"), actions);
    assert_eq!(rows.times("PodCreated", "agent"), [0.0, 0.0]);
    assert_eq!(rows.times("PodDeleted", "agent"), [50.0], "the quarantine");
}

/// DS-115: what the kubelet refuses comes again, after 1, 2, 4, … s (DS-45).
#[test]
fn a_refused_daemon_pod_comes_again_and_again_ds_115() {
    let pod = "nodeName: w-1, resources: {requests: {cpu: 100}}";
    let rows = scenario("ideal", 1, &daemonset(pod), "");
    let failed = rows.times("PodFailed", "agent");
    assert_eq!(failed[..7], [0.0, 0.0, 1.0, 3.0, 7.0, 15.0, 31.0]);
    assert!(
        details(&rows, "PodFailed")
            .iter()
            .all(|detail| detail == "reason=OutOfcpu")
    );
}

/// CP-G7, CP-G8, CP-G9: a CronJob takes its Jobs with it and they their pods; a suspension takes nothing.
#[test]
fn jobs_and_pods_go_with_their_cronjob_cp_g7() {
    let cronjob = "  - apiVersion: batch/v1\n    kind: CronJob\n    metadata: {name: cron}\n    spec: {schedule: '*/5 * * * *', \
                   jobTemplate: {spec: {template: {metadata: {annotations: {podtime/run: 1h}}, spec: {restartPolicy: Never, \
                   containers: [{name: c, image: a}]}}}}}\n";
    let suspend = "{at: 6m, kubectl: 'patch cronjob cron -p ''{\"spec\": {\"suspend\": true}}'''}";
    let delete = "{at: 7m, kubectl: delete cronjob cron}";
    let rows = scenario("ideal", 1, cronjob, suspend);
    assert_eq!(rows.times("CronJobSuspended", "cron"), [360.0]);
    let started = rows.times("JobCreated", "cron");
    assert!(!started.is_empty() && started.iter().all(|at| *at <= 360.0));
    assert_eq!(rows.times("PodDeleting", "cron"), [0.0; 0]);
    let rows = scenario("ideal", 1, cronjob, &format!("{suspend}, {delete}"));
    let order: Vec<&str> = rows.0.iter().map(|row| row.event).collect();
    let place = |event| order.iter().position(|other| *other == event);
    assert!(place("CronJobDeleted") < place("JobDeleted"));
    assert!(place("JobDeleted") < place("PodDeleting"));
    let gone = vec![420.0; started.len()];
    assert_eq!(rows.times("JobDeleted", "cron"), gone);
    assert_eq!(rows.times("PodDeleting", "cron"), gone);
    let ended = vec![421.0; started.len()];
    assert_eq!(
        rows.times("PodDeleted", "cron"),
        ended,
        "no finalizer holds them"
    );
}

/// CP-3: the garbage collector deletes 15 pods at once and then 20 a second. CP-G5: kubectl deletes in the background.
#[test]
fn the_garbage_collector_has_a_client_of_its_own_cp_3() {
    let spec = "completions: 60, parallelism: 60";
    let delete = "{at: 1m, kubectl: delete job job}";
    let rows = scenario("kubernetes", 4, &job(spec, "podtime/run: 10m"), delete);
    let deleted = rows.times("PodDeleting", "job");
    assert_eq!(deleted.len(), 60);
    assert!(rows.times("JobDeleted", "job")[0] < deleted[0]);
    assert!(deleted[14] < 60.1, "{deleted:?}");
    let all = deleted[59] - deleted[0];
    assert!((all - 45.0 / 20.0).abs() < 0.05, "{all}");
}
