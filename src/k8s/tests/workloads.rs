use super::*;
use crate::model::{
    ConcurrencyPolicy, DeploymentStrategy, FailureMatch, PodManagementPolicy, UpdateStrategy,
};
use crate::sim::Span;

/// CRON-43, CRON-82.
#[test]
fn wl_c1_to_c9_cron_jobs() {
    let text = |name: &str, spec: &str| {
        format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: {name}}}\nspec:\n  {}\n  jobTemplate:\n    spec:\n      \
             template:\n        spec: {{restartPolicy: Never, containers: [{{name: c, image: i}}]}}\n",
            spec.replace('\n', "\n  ")
        )
    };
    let daily = "schedule: '@daily'";
    let more = |line: &str| text("a", &format!("{daily}\n{line}"));
    expect![[r#"
        x.yaml:3:18: error: invalid value: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": must be no more than 52 characters @ metadata.name
        fine
        x.yaml:5:3: error: required value: five fields, as in "0 2 * * *", or a word such as @daily @ spec.schedule
        x.yaml:5:14: error: invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *] @ spec.schedule — the fields are minute, hour, day of month, month, day of week
        x.yaml:5:13: error: invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead @ spec.schedule
        x.yaml:6:13: error: invalid value: "": timeZone must be nil or non-empty string @ spec.timeZone
        x.yaml:6:13: error: invalid value: "Europe/Berln": unknown time zone Europe/Berln @ spec.timeZone — did you mean Europe/Berlin?
        x.yaml:6:13: error: invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones @ spec.timeZone
        x.yaml:6:28: error: invalid value: -1: must be greater than or equal to 0 @ spec.startingDeadlineSeconds
        x.yaml:7:31: error: invalid value: -1: must be greater than or equal to 0 @ spec.successfulJobsHistoryLimit
        x.yaml:8:27: error: invalid value: -1: must be greater than or equal to 0 @ spec.failedJobsHistoryLimit
        x.yaml:6:22: error: unsupported value: "forbid": supported values: "Allow", "Forbid", "Replace" @ spec.concurrencyPolicy — did you mean Forbid?
        fine
        x.yaml:9:17: error: invalid value: `selector` will be auto-generated @ spec.jobTemplate.spec.selector
        x.yaml:10:23: error: unsupported value: true: supported values: "nil", "false" @ spec.jobTemplate.spec.manualSelector
        x.yaml:10:31: error: required value: valid values: "OnFailure", "Never" @ spec.jobTemplate.spec.template.spec.restartPolicy — the pods of a Job end: write restartPolicy: OnFailure to restart a failed container in its pod, or Never to replace the pod
    "#]].assert_eq(&messages([
        text(&"a".repeat(53), daily),
        text(&"a".repeat(52), daily),
        text("a", "suspend: true"),
        text("a", "schedule: '* * * *'"),
        text("a", "schedule: 'TZ=UTC * * * * *'"),
        more("timeZone: ''"),
        more("timeZone: Europe/Berln"),
        more("timeZone: Local"),
        more("startingDeadlineSeconds: -1\nsuccessfulJobsHistoryLimit: -1\nfailedJobsHistoryLimit: -1"),
        more("concurrencyPolicy: forbid"),
        more("timeZone: Europe/Berlin\nconcurrencyPolicy: Replace"),
        more("suspend: false").replace("template:\n", "selector: {}\n      manualSelector: true\n      template:\n"),
        more("suspend: false").replace("Never", "Always"),
    ]));
}

/// DS-75.
#[test]
fn wl_d20_to_d28_daemon_sets() {
    let text = |spec: &str| {
        let selector = if spec.contains("selector") {
            ""
        } else {
            "selector: {matchLabels: {app: x}}\n"
        };
        format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: a}}\nspec:\n  {}\n  template:\n    metadata: {{labels: {{app: x}}}}\n    \
             spec: {{containers: [{{name: c, image: i}}]}}\n",
            format!("{selector}{spec}").replace('\n', "\n  ")
        )
    };
    let pod = |spec: &str| {
        text("minReadySeconds: 0")
            .replace("spec: {containers", &format!("spec: {{{spec}, containers"))
    };
    expect![[r#"
        x.yaml:5:13: error: invalid value: {}: empty selector is invalid for daemonset @ spec.selector — it names labels of the pod template, as in `selector: {matchLabels: {app: x}}`
        x.yaml:7:24: error: invalid value: {"app":"x"}: `selector` does not match template `labels` @ spec.template.metadata.labels — the selector is about `app`
        fine
        x.yaml:9:27: error: unsupported value: "OnFailure": supported values: "Always" @ spec.template.spec.restartPolicy
        x.yaml:9:35: error: forbidden: activeDeadlineSeconds in DaemonSet is not Supported @ spec.template.spec.activeDeadlineSeconds
        x.yaml:6:20: error: invalid value: -1: must be greater than or equal to 0 @ spec.minReadySeconds
        x.yaml:7:25: error: invalid value: -1: must be greater than or equal to 0 @ spec.revisionHistoryLimit
        x.yaml:6:26: error: unsupported value: "Recreate": supported values: "RollingUpdate", "OnDelete" @ spec.updateStrategy.type
        x.yaml:6:52: error: invalid value: -1: must be greater than or equal to 0 @ spec.updateStrategy.rollingUpdate.maxUnavailable
        x.yaml:6:52: error: invalid value: "101%": must not be greater than 100% @ spec.updateStrategy.rollingUpdate.maxUnavailable
        x.yaml:6:52: error: invalid value: "5": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%') @ spec.updateStrategy.rollingUpdate.maxUnavailable
        x.yaml:6:46: error: invalid value: 1: may not be set when maxUnavailable is non-zero @ spec.updateStrategy.rollingUpdate.maxSurge — set maxUnavailable: 0 beside it (the default is 1)
        x.yaml:6:52: error: required value: cannot be 0 when maxSurge is 0 @ spec.updateStrategy.rollingUpdate.maxUnavailable
        fine
        fine
    "#]].assert_eq(&messages([
        text("selector: {}"),
        text("selector: {matchLabels: {app: z}}"),
        text("selector: {matchExpressions: [{key: app, operator: In, values: [x, z]}]}"),
        pod("restartPolicy: OnFailure"),
        pod("activeDeadlineSeconds: 5"),
        text("minReadySeconds: -1\nrevisionHistoryLimit: -1"),
        text("updateStrategy: {type: Recreate}"),
        text("updateStrategy: {rollingUpdate: {maxUnavailable: -1}}"),
        text("updateStrategy: {rollingUpdate: {maxUnavailable: 101%}}"),
        text("updateStrategy: {rollingUpdate: {maxUnavailable: '5'}}"),
        text("updateStrategy: {rollingUpdate: {maxSurge: 1}}"),
        text("updateStrategy: {rollingUpdate: {maxUnavailable: 0%}}"),
        text("updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 50%}}"),
        text("updateStrategy: {type: OnDelete}"),
    ]));
}

#[test]
fn wl_e1_to_e4_deployments_and_stateful_sets() {
    let text = |kind: &str, spec: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  selector: {{matchLabels: {{app: x}}}}\n  {}\n  template:\n    \
             metadata: {{labels: {{app: x}}}}\n    spec: {{containers: [{{name: c, image: i}}]}}\n",
            spec.replace('\n', "\n  ")
        )
    };
    expect![[r#"
        x.yaml:6:13: error: invalid value: -1: must be greater than or equal to 0 @ spec.replicas
        x.yaml:6:46: error: invalid value: 0: may not be 0 when `maxSurge` is 0 @ spec.strategy.rollingUpdate.maxUnavailable
        x.yaml:6:46: error: invalid value: "120%": must not be greater than 100% @ spec.strategy.rollingUpdate.maxUnavailable
        x.yaml:6:45: error: forbidden: may not be specified when strategy `type` is 'Recreate' @ spec.strategy.rollingUpdate
        x.yaml:6:20: error: unsupported value: "Rolling": supported values: "Recreate", "RollingUpdate" @ spec.strategy.type
        x.yaml:6:28: error: invalid value: 10: must be greater than minReadySeconds @ spec.progressDeadlineSeconds
        x.yaml:6:13: error: invalid value: -1: must be greater than or equal to 0 @ spec.replicas
        x.yaml:7:20: error: invalid value: -1: must be greater than or equal to 0 @ spec.minReadySeconds
        x.yaml:9:27: error: unsupported value: "Never": supported values: "Always" @ spec.template.spec.restartPolicy
        x.yaml:8:24: error: invalid value: {"app":"z"}: `selector` does not match template `labels` @ spec.template.metadata.labels — the selector is about `app`
        x.yaml:6:24: error: invalid value: "parallel": must be 'OrderedReady' or 'Parallel' @ spec.podManagementPolicy
        x.yaml:6:51: error: invalid value: only allowed for updateStrategy 'RollingUpdate' @ spec.updateStrategy.rollingUpdate
        x.yaml:6:47: error: invalid value: -1: must be greater than or equal to 0 @ spec.updateStrategy.rollingUpdate.partition
        x.yaml:6:67: error: invalid value: 0: cannot be 0 @ spec.updateStrategy.rollingUpdate.maxUnavailable
        x.yaml:6:21: error: invalid value: -1: must be greater than or equal to 0 @ spec.ordinals.start
        x.yaml:7:16: error: invalid value: "A.b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc') @ spec.serviceName
        fine
        x.yaml:9:27: error: unsupported value: "Never": supported values: "Always" @ spec.template.spec.restartPolicy
        x.yaml:9:57: error: forbidden: activeDeadlineSeconds in StatefulSet is not Supported @ spec.template.spec.activeDeadlineSeconds
    "#]].assert_eq(&messages([
        text("Deployment", "replicas: -1"),
        text("Deployment", "strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0%}}"),
        text("Deployment", "strategy: {rollingUpdate: {maxUnavailable: 120%, maxSurge: 120%}}"),
        text("Deployment", "strategy: {type: Recreate, rollingUpdate: {}}"),
        text("Deployment", "strategy: {type: Rolling}"),
        text("Deployment", "progressDeadlineSeconds: 10\nminReadySeconds: 10"),
        text("ReplicaSet", "replicas: -1\nminReadySeconds: -1"),
        text("ReplicaSet", "replicas: 2").replace("{containers", "{restartPolicy: Never, containers"),
        text("ReplicaSet", "replicas: 2").replace("labels: {app: x}", "labels: {app: z}"),
        text("StatefulSet", "podManagementPolicy: parallel"),
        text("StatefulSet", "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}"),
        text("StatefulSet", "updateStrategy: {rollingUpdate: {partition: -1, maxUnavailable: 0}}"),
        text("StatefulSet", "ordinals: {start: -1}\nserviceName: A.b"),
        text("StatefulSet", "ordinals: {start: 1}\nserviceName: b\nvolumeClaimTemplates: [{metadata: {name: data}}]")
            .replace("image: i", "image: i, volumeMounts: [{name: data, mountPath: /d}]"),
        text("StatefulSet", "replicas: 1").replace("{containers", "{restartPolicy: Never, activeDeadlineSeconds: 5, containers"),
    ]));
}

/// A manifest of `apps/v1` with these lines in its spec.
fn app(kind: &str, spec: &str) -> Object {
    let text = format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  selector: {{matchLabels: {{app: x}}}}\n  {spec}\n  \
         template:\n    metadata: {{labels: {{app: x}}}}\n    spec: {{containers: [{{name: c, image: i}}]}}\n"
    );
    read(&text).0.objects.pop().expect("it is valid")
}

/// DS-C8, WL-D16; WL-1; WL-20.
#[test]
fn defaults_of_apps() {
    let Object::DaemonSet(daemonset) = app("DaemonSet", "") else {
        panic!("a DaemonSet");
    };
    let spec = daemonset.spec;
    let rolling = UpdateStrategy::RollingUpdate {
        max_unavailable: CountOrPercent::Count(1),
        max_surge: CountOrPercent::Count(0),
    };
    assert_eq!(spec.update_strategy, rolling);
    assert_eq!(
        (spec.min_ready, spec.revision_history_limit),
        (Span::ZERO, 10)
    );

    let Object::Deployment(deployment) = app("Deployment", "") else {
        panic!("a Deployment");
    };
    let spec = deployment.spec;
    let rolling = DeploymentStrategy::RollingUpdate {
        max_unavailable: CountOrPercent::Percent(25),
        max_surge: CountOrPercent::Percent(25),
    };
    assert_eq!((spec.replicas, spec.strategy), (1, rolling));
    assert_eq!(
        (spec.min_ready, spec.revision_history_limit),
        (Span::ZERO, 10)
    );
    assert_eq!(spec.progress_deadline, Span::from_secs(600));

    let Object::StatefulSet(statefulset) = app("StatefulSet", "") else {
        panic!("a StatefulSet");
    };
    let spec = statefulset.spec;
    assert_eq!(
        spec.pod_management_policy,
        PodManagementPolicy::OrderedReady
    );
    assert_eq!(spec.replicas, 1);
    assert_eq!(
        spec.update_strategy,
        UpdateStrategy::Partitioned { partition: 0 }
    );
    assert_eq!(
        (spec.min_ready, spec.revision_history_limit),
        (Span::ZERO, 10)
    );
}

/// CRON-C5, CRON-C6, WL-D11; WL-D10.
#[test]
fn defaults_of_cron_jobs() {
    let text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: '@daily'\n  jobTemplate:\n    spec:\n      \
                podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}\n      \
                template:\n        spec: {restartPolicy: Never, containers: [{name: c, image: i}]}\n";
    let Some(Object::CronJob(cronjob)) = read(text).0.objects.pop() else {
        panic!("a CronJob");
    };
    let spec = cronjob.spec;
    let limits = (spec.successful_history_limit, spec.failed_history_limit);
    assert_eq!(limits, (3, 1));
    assert_eq!(spec.concurrency_policy, ConcurrencyPolicy::Allow);
    assert_eq!((spec.suspend, spec.starting_deadline), (false, None));
    let rules = spec.job.failure_policy.expect("it has one");
    let condition = ("DisruptionTarget".into(), "True".into());
    assert_eq!(rules[0].matches, FailureMatch::Conditions(vec![condition]));
}
