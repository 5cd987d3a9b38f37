//! Workloads that the API server would refuse: the validation tables of Job, pod template, CronJob,
//! DaemonSet, Deployment and StatefulSet.

use crate::support::{Case, check};
use expect_test::expect_file;

const TEMPLATE: &str =
    "  template: {spec: {restartPolicy: Never, containers: [{name: main, image: etl}]}}\n";

/// A Job; the lines are of its `spec`.
fn job(spec: &str) -> String {
    format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: etl}}\nspec:\n{TEMPLATE}{spec}\n")
}

/// A Job; the lines are of its pod's `spec`.
fn pod(spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: etl}}\nspec:\n  template:\n    spec:\n      \
         restartPolicy: Never\n{spec}\n      containers:\n      - {{name: main, image: etl}}\n"
    )
}

/// A Job; the keys are of its container.
fn container(keys: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: etl}}\nspec:\n  template:\n    spec:\n      \
         restartPolicy: Never\n      containers:\n      - {{name: main, image: etl, {keys}}}\n"
    )
}

fn inputs<const N: usize>(cases: [(&str, String); N]) -> Vec<Case> {
    let cases = cases.map(|(name, text)| Case::input(name, text));
    cases.into()
}

#[test]
fn jobs() {
    let indexed = |more: &str| {
        job(&format!(
            "  completionMode: Indexed\n  completions: 3\n{more}"
        ))
    };
    let policy = |rule: &str| job(&format!("  podFailurePolicy:\n    rules:\n    - {rule}"));
    let success = |rule: &str| indexed(&format!("  successPolicy:\n    rules: {rule}"));
    let many_rules =
        vec!["{action: Count, onExitCodes: {operator: In, values: [1]}}"; 21].join(", ");
    let cases = inputs([
        ("no name", job("").replace("{name: etl}", "{}")),
        (
            "no metadata",
            job("").replace("metadata: {name: etl}\n", ""),
        ),
        (
            "no spec",
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: etl}\n".to_owned(),
        ),
        (
            "no template",
            job("").replace(TEMPLATE, "  parallelism: 1\n"),
        ),
        (
            "WL-J1: a name that is none",
            job("").replace("etl}\nspec", "ETL_1}\nspec"),
        ),
        (
            "WL-J1: a name that is too long",
            job("").replace("etl}\nspec", &format!("{}}}\nspec", "a".repeat(254))),
        ),
        (
            "WL-J2: an index that makes the name too long",
            indexed("").replace("etl}\nspec", &format!("{}}}\nspec", "a".repeat(62))),
        ),
        (
            "WL-J3: negative numbers",
            job(
                "  parallelism: -1\n  completions: -2\n  activeDeadlineSeconds: -3\n  backoffLimit: -4\n  ttlSecondsAfterFinished: -5",
            ),
        ),
        (
            "WL-J3: numbers that are none",
            job(
                "  parallelism: two\n  completions: 1.5\n  backoffLimit: 99999999999\n  suspend: 'yes'",
            ),
        ),
        (
            "WL-J4: maxFailedIndexes alone",
            indexed("  maxFailedIndexes: 1"),
        ),
        (
            "WL-J5: backoffLimitPerIndex without indexes",
            job("  completions: 3\n  backoffLimitPerIndex: 1"),
        ),
        ("WL-J6: an unknown mode", job("  completionMode: indexed")),
        ("WL-J7: no completions", job("  completionMode: Indexed")),
        (
            "WL-J8: parallelism too large",
            indexed("  parallelism: 100001"),
        ),
        (
            "WL-J9: maxFailedIndexes too large",
            indexed("  backoffLimitPerIndex: 1\n  maxFailedIndexes: 4"),
        ),
        (
            "WL-J10: many indexes",
            job(
                "  completionMode: Indexed\n  completions: 100001\n  parallelism: 20000\n  backoffLimitPerIndex: 1",
            ),
        ),
        ("WL-J11: managedBy", job("  managedBy: me")),
        (
            "WL-J12: podReplacementPolicy",
            job("  podReplacementPolicy: Always"),
        ),
        (
            "WL-J12: podReplacementPolicy with a podFailurePolicy",
            policy(
                "{action: Count, onExitCodes: {operator: In, values: [1]}}\n  podReplacementPolicy: TerminatingOrFailed",
            ),
        ),
        (
            "WL-J13: too many rules",
            job(&format!("  podFailurePolicy: {{rules: [{many_rules}]}}")),
        ),
        (
            "WL-J14: an unknown action",
            policy("{action: FailPod, onExitCodes: {operator: In, values: [1]}}"),
        ),
        (
            "WL-J14: FailIndex without a limit",
            policy("{action: FailIndex, onExitCodes: {operator: In, values: [1]}}"),
        ),
        ("WL-J15: neither requirement", policy("{action: Ignore}")),
        (
            "WL-J15: both requirements",
            policy(
                "{action: Ignore, onExitCodes: {operator: In, values: [1]}, onPodConditions: [{type: DisruptionTarget}]}",
            ),
        ),
        (
            "WL-J16: exit codes",
            policy(
                "{action: Count, onExitCodes: {containerName: other, operator: Is, values: [3, 2, 2, 0]}}",
            ),
        ),
        (
            "WL-J16: exit code 0",
            policy("{action: Count, onExitCodes: {operator: In, values: [0]}}"),
        ),
        (
            "WL-J16: no exit codes",
            policy("{action: Count, onExitCodes: {operator: NotIn, values: []}}"),
        ),
        (
            "WL-J17: conditions",
            policy("{action: Count, onPodConditions: [{type: 'a b', status: Maybe}]}"),
        ),
        (
            "WL-J18: successPolicy without indexes",
            job("  successPolicy: {rules: [{succeededCount: 1}]}"),
        ),
        ("WL-J18: no rules", success("[]")),
        ("WL-J18: an empty rule", success("[{}]")),
        (
            "WL-J18: indexes",
            success(
                "[{succeededIndexes: '0-7'}, {succeededIndexes: '2,1'}, {succeededIndexes: a}]",
            ),
        ),
        (
            "WL-J18: a count",
            success(
                "[{succeededCount: 4}, {succeededIndexes: '0-1', succeededCount: 3}, {succeededCount: -1}]",
            ),
        ),
        (
            "WL-J20: restartPolicy Always",
            job("").replace("Never", "Always"),
        ),
        (
            "WL-J20: no restartPolicy",
            job("").replace("restartPolicy: Never, ", ""),
        ),
        (
            "WL-J21: an unknown restartPolicy",
            job("").replace("Never", "OnFailrue"),
        ),
        (
            "WL-J22: restartPolicy with a podFailurePolicy",
            policy("{action: Count, onExitCodes: {operator: In, values: [1]}}")
                .replace("Never", "OnFailure"),
        ),
        (
            "WL-J23: a selector that does not match",
            job("  manualSelector: true\n  selector: {matchLabels: {app: etl}}"),
        ),
        (
            "WL-J24: a selector that is not generated",
            job("  selector: {matchLabels: {app: etl}}"),
        ),
        (
            "WL-J26: a deadline of 0",
            pod("      activeDeadlineSeconds: 0"),
        ),
        (
            "a misspelled field that matters",
            job("  backofLimit: 2\n  parallelism: -1"),
        ),
        (
            "the spec of a pod in place of a template",
            job("")
                .replace("template: {spec: {", "template: {")
                .replace("]}}", "]}"),
        ),
    ]);
    check(&cases, &expect_file!["snapshots/jobs.txt"]);
}

#[test]
fn pods() {
    let probe = |probe: &str| container(probe);
    let resources = |resources: &str| container(&format!("resources: {resources}"));
    let cases = inputs([
        ("WL-P1: no containers", pod("").replace("\n      - {name: main, image: etl}", " []")),
        ("WL-P2: names of containers", pod("").replace("- {name: main, image: etl}", "- {image: a}\n      - {name: Main, image: b}\n      - {name: c, image: c}\n      - {name: c, image: d}")),
        ("WL-P3: no image", pod("").replace(", image: etl", "")),
        ("WL-P4: imagePullPolicy", container("imagePullPolicy: Sometimes")),
        ("WL-P5: ports", container("ports: [{}, {containerPort: 70000}, {containerPort: 80, protocol: HTTP}, {containerPort: 1, name: a}, {containerPort: 2, name: a}]")),
        ("WL-P5: a host port twice", container("ports: [{containerPort: 1, hostPort: 80}, {containerPort: 2, hostPort: 80}]")),
        ("WL-P5: a host port of the host's network", pod("      hostNetwork: true").replace("image: etl", "image: etl, ports: [{containerPort: 80, hostPort: 81}]")),
        ("WL-P6: resources that are none", resources("{requests: {cpus: 1, example.com/a b: 1, pods: 1}}")),
        ("WL-P6: half of an extended resource", resources("{limits: {nvidia.com/gpu: 0.5}}")),
        ("WL-P7: negative", resources("{requests: {cpu: -1, memory: -1Gi}}")),
        ("WL-P7: quantities that are none", resources("{requests: {cpu: 1 core, memory: 10GB}, limits: {memory: '', cpu: [1]}}")),
        ("WL-P8: a request over its limit", resources("{requests: {cpu: 2, memory: 2Gi}, limits: {cpu: 1500m, memory: 1Gi}}")),
        ("WL-P8: an extended resource without a limit", resources("{requests: {nvidia.com/gpu: 1}}")),
        ("WL-P9: hugepages alone", resources("{limits: {hugepages-2Mi: 4Mi}}")),
        ("WL-P10: a probe without a handler", probe("livenessProbe: {periodSeconds: 5}")),
        ("WL-P10: a probe with two handlers", probe("readinessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}")),
        ("WL-P10: numbers of probes", probe("startupProbe: {exec: {command: [a]}, periodSeconds: -1, failureThreshold: -2, successThreshold: 2}")),
        ("WL-P11: a probe of an init container", pod("      initContainers: [{name: i, image: i, readinessProbe: {exec: {command: [a]}}}]")),
        ("WL-P12: restartPolicy of a container", container("restartPolicy: Sometimes")),
        ("WL-P13: restartPolicy", pod("").replace("Never", "never")),
        ("WL-P16: nodeSelector", pod("      nodeSelector: {'disk type': ssd, disk: 'very fast'}")),
        ("WL-P17: tolerations", pod("      tolerations:\n      - {operator: Exist}\n      - {key: a, operator: Exists, value: b}\n      - {operator: Equal}\n      - {key: a, effect: NoExec}\n      - {key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 5}")),
        ("WL-P18: topologySpreadConstraints", pod("      topologySpreadConstraints:\n      - {maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}\n      - {maxSkew: 1, whenUnsatisfiable: Never}\n      - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}\n      - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}")),
        ("WL-P19: affinity", pod("      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}\n          preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, preference: {matchExpressions: [{key: a, operator: Inn, values: [b]}]}}]\n        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: b}}}]")),
        ("WL-P20, WL-P21: names", pod("      hostname: A\n      subdomain: b.c\n      priorityClassName: High\n      serviceAccountName: a_b\n      nodeName: Node1")),
        ("WL-P22: ephemeral containers", pod("      ephemeralContainers: [{name: debug, image: busybox}]")),
        ("WL-P23: labels", pod("").replace("  template:\n", "  template:\n    metadata: {labels: {a b: c, d: e f}, annotations: {'/x': y}}\n")),
        ("WL-P23: labels that are no text", pod("").replace("  template:\n", "  template:\n    metadata: {labels: {version: 2, canary: true}, annotations: {a: [b]}}\n")),
        ("volumes", pod("      volumes: [{name: A, emptyDir: {}}, {emptyDir: {}}, {name: b, emptyDir: {}}, {name: b, emptyDir: {}}]").replace("image: etl", "image: etl, volumeMounts: [{name: missing, mountPath: /x}]")),
        ("a Service's spec in a pod", container("env: {A: b}, command: run, args: [1, true]")),
        ("annotations of podtime", pod("").replace("  template:\n", "  template:\n    metadata:\n      annotations:\n        podtime/run: ten seconds\n        podtime/exit-code: '1,x,300'\n        podtime/startup: -1s\n        podtime/runs: 1s\n        podtime/terminate.other: 1s\n        podtime/attempt-by: pods\n")),
        ("a bare Pod", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: Not_One}\nspec: {containers: [{name: a}]}\n".to_owned()),
    ]);
    check(&cases, &expect_file!["snapshots/pods.txt"]);
}

/// A `CronJob`; the lines are of its `spec`.
fn cronjob(spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: nightly}}\nspec:\n{spec}\n  \
         jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: etl}}]}}}}}}}}\n"
    )
}

#[test]
fn cronjobs() {
    let schedule = |text: &str| cronjob(&format!("  schedule: {text}"));
    let zone = |text: &str| cronjob(&format!("  schedule: 0 2 * * *\n  timeZone: {text}"));
    let mut cases = inputs([
        ("WL-C1: a name that is too long", schedule("0 2 * * *").replace("nightly", &"a".repeat(53))),
        ("WL-C2: no schedule", cronjob("  suspend: false")),
        ("WL-C2: an empty schedule", schedule("''")),
        ("WL-C3: a zone in the schedule", schedule("TZ=Europe/Vienna 0 2 * * *")),
        ("WL-C6: negative numbers", cronjob("  schedule: 0 2 * * *\n  startingDeadlineSeconds: -1\n  successfulJobsHistoryLimit: -2\n  failedJobsHistoryLimit: -3")),
        ("WL-C7: concurrencyPolicy", cronjob("  schedule: 0 2 * * *\n  concurrencyPolicy: forbid")),
        ("WL-C8: restartPolicy Always", schedule("0 2 * * *").replace("Never", "Always")),
        ("WL-C9: a selector", schedule("0 2 * * *").replace("jobTemplate: {spec: {", "jobTemplate: {spec: {manualSelector: true, selector: {matchLabels: {a: b}}, ")),
        ("no jobTemplate", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {schedule: 0 2 * * *}\n".to_owned()),
        ("the spec of a Job in place of a template", schedule("0 2 * * *").replace("{spec: {template: ", "{template: ").replace("}}}}\n", "}}}\n")),
    ]);
    let schedules = [
        "0 2 * *",
        "0 2 * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 7",
        "* * * * 8",
        "*/0 * * * *",
        "*/x * * * *",
        "5-1 * * * *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
        "0 2 30 FEB-13 *",
        "0 2 * * 1-5,9",
        "-1 * * * *",
        "a * * * *",
        "* * * JAN-FOO *",
        "* * * * MONDAY",
        "@fortnightly",
        "@every",
        "@every 5x",
        "? * * * L",
        "99999999999999999999 * * * *",
        "every day",
    ];
    cases.extend(
        schedules
            .map(|text| Case::input(&format!("WL-C2: {text}"), schedule(&format!("'{text}'")))),
    );
    let zones = [
        "''",
        "Europe/Viena",
        "Local",
        "CEST",
        "utc+2",
        "../etc/passwd",
        "europe/vienna",
        "' UTC'",
        "7",
    ];
    cases.extend(zones.map(|text| Case::input(&format!("WL-C5: {text}"), zone(text))));
    check(&cases, &expect_file!["snapshots/cronjobs.txt"]);
}

/// A workload of `apps/v1` that is right.
fn app(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: agent}}\nspec:\n  selector: {{matchLabels: {{app: agent}}}}\n  \
         template: {{metadata: {{labels: {{app: agent}}}}, spec: {{containers: [{{name: main, image: agent}}]}}}}\n{spec}\n"
    )
}

#[test]
fn apps() {
    let daemonset = |spec: &str| app("DaemonSet", spec);
    let deployment = |spec: &str| app("Deployment", spec);
    let statefulset = |spec: &str| app("StatefulSet", spec);
    let update = |update: &str| daemonset(&format!("  updateStrategy: {update}"));
    let cases = inputs([
        ("WL-D20: a name that is none", daemonset("").replace("{name: agent}", "{name: Agent}")),
        ("WL-D21: no selector", daemonset("").replace("  selector: {matchLabels: {app: agent}}\n", "")),
        ("WL-D21: an empty selector", daemonset("").replace("{matchLabels: {app: agent}}", "{}")),
        ("WL-D21: a selector that does not match", daemonset("").replace("{labels: {app: agent}}", "{labels: {app: agnet}}")),
        ("WL-D21: a template without labels", daemonset("").replace("metadata: {labels: {app: agent}}, ", "")),
        ("WL-D21: an expression", daemonset("").replace("{matchLabels: {app: agent}}", "{matchExpressions: [{key: app, operator: Is, values: [agent]}, {key: app, operator: In}]}")),
        ("WL-D22: restartPolicy", daemonset("").replace("{containers", "{restartPolicy: OnFailure, containers")),
        ("WL-D23: activeDeadlineSeconds", daemonset("").replace("{containers", "{activeDeadlineSeconds: 5, containers")),
        ("WL-D24: negative numbers", daemonset("  minReadySeconds: -1\n  revisionHistoryLimit: -1")),
        ("WL-D25: an unknown strategy", update("{type: Recreate}")),
        ("WL-D26: maxUnavailable", update("{rollingUpdate: {maxUnavailable: 150%}}")),
        ("WL-D26: maxUnavailable of text", update("{rollingUpdate: {maxUnavailable: half}}")),
        ("WL-D26: maxUnavailable below 0", update("{rollingUpdate: {maxUnavailable: -1}}")),
        ("WL-D27: both", update("{rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}")),
        ("WL-D28: neither", update("{rollingUpdate: {maxUnavailable: 0}}")),
        ("a DaemonSet with replicas", daemonset("  replicas: 3\n  minReadySeconds: -1")),
        ("WL-E1: a selector that does not match", deployment("").replace("{labels: {app: agent}}", "{labels: {}}")),
        ("WL-E2: restartPolicy", deployment("").replace("{containers", "{restartPolicy: Never, containers")),
        ("WL-E3: replicas", deployment("  replicas: -1")),
        ("WL-E3: neither surge nor unavailable", deployment("  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}")),
        ("WL-E3: a block that does not belong", deployment("  strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}")),
        ("WL-E3: an unknown strategy", deployment("  strategy: {type: BlueGreen}")),
        ("WL-E3: progressDeadlineSeconds", deployment("  minReadySeconds: 60\n  progressDeadlineSeconds: 60")),
        ("WL-E4: StatefulSet", statefulset("  replicas: -1\n  podManagementPolicy: Random\n  updateStrategy: {type: Recreate}\n  serviceName: A_b\n  ordinals: {start: -1}")),
        ("WL-E4: StatefulSet and deadline", statefulset("").replace("{containers", "{activeDeadlineSeconds: 5, containers")),
    ]);
    check(&cases, &expect_file!["snapshots/apps.txt"]);
}
