use super::*;

/// A Job around some lines of its spec and of its pod's spec.
fn job(spec: &str, pod: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a}}\nspec:\n  {}\n  template:\n    spec:\n      {}\n      \
         containers: [{{name: c, image: i}}]\n",
        spec.trim().replace('\n', "\n  "),
        pod.trim().replace('\n', "\n      "),
    )
}

fn jobs(cases: &[&str]) -> String {
    messages(cases.iter().map(|spec| job(spec, "restartPolicy: Never")))
}

#[test]
fn wl_j3_to_j12_numbers_and_modes_of_jobs() {
    expect![[r#"
        x.yaml:5:16: error: invalid value: -1: must be greater than or equal to 0 @ spec.parallelism
        x.yaml:5:16: error: invalid value: -1: must be greater than or equal to 0 @ spec.completions
        x.yaml:6:17: error: invalid value: -2: must be greater than or equal to 0 @ spec.backoffLimit
        x.yaml:5:26: error: invalid value: -1: must be greater than or equal to 0 @ spec.activeDeadlineSeconds
        x.yaml:5:28: error: invalid value: -1: must be greater than or equal to 0 @ spec.ttlSecondsAfterFinished
        x.yaml:5:3: error: required value: when maxFailedIndexes is specified @ spec.backoffLimitPerIndex
        x.yaml:5:21: error: invalid value: 1: requires indexed completion mode @ spec.maxFailedIndexes — set completionMode: Indexed
        x.yaml:5:19: error: unsupported value: "indexed": supported values: "NonIndexed", "Indexed" @ spec.completionMode — did you mean Indexed?
        x.yaml:5:3: error: required value: when completion mode is Indexed @ spec.completions
        x.yaml:7:16: error: invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed @ spec.parallelism
        x.yaml:8:21: error: invalid value: 6: must be less than or equal to completions @ spec.maxFailedIndexes
        x.yaml:5:3: error: required value: must be specified when completions is above 100000 @ spec.maxFailedIndexes
        x.yaml:7:16: error: invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index @ spec.parallelism
        x.yaml:9:21: error: invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index @ spec.maxFailedIndexes
        fine
        x.yaml:5:25: error: invalid value: 1: requires indexed completion mode @ spec.backoffLimitPerIndex — set completionMode: Indexed
        x.yaml:5:14: error: invalid value: "other": must be a domain-prefixed path (such as "acme.io/foo") @ spec.managedBy
        fine
        x.yaml:5:25: error: unsupported value: "Terminating": supported values: "Failed", "TerminatingOrFailed" @ spec.podReplacementPolicy
        x.yaml:5:25: error: unsupported value: "TerminatingOrFailed": supported values: "Failed" @ spec.podReplacementPolicy
        fine
        fine
    "#]].assert_eq(&jobs(&[
        "parallelism: -1",
        "completions: -1\nbackoffLimit: -2",
        "activeDeadlineSeconds: -1",
        "ttlSecondsAfterFinished: -1",
        "maxFailedIndexes: 1",
        "completionMode: indexed",
        "completionMode: Indexed",
        "completionMode: Indexed\ncompletions: 5\nparallelism: 100001",
        "completionMode: Indexed\ncompletions: 5\nbackoffLimitPerIndex: 1\nmaxFailedIndexes: 6",
        "completionMode: Indexed\ncompletions: 200000\nparallelism: 10001\nbackoffLimitPerIndex: 1",
        "completionMode: Indexed\ncompletions: 200000\nparallelism: 10\nbackoffLimitPerIndex: 1\nmaxFailedIndexes: 10001",
        "completionMode: Indexed\ncompletions: 200000\nparallelism: 10001",
        "backoffLimitPerIndex: 1",
        "managedBy: other",
        "managedBy: acme.io/foo",
        "podReplacementPolicy: Terminating",
        "podReplacementPolicy: TerminatingOrFailed\npodFailurePolicy: {rules: []}",
        "parallelism: 0\ncompletions: 0\nbackoffLimit: 0\nactiveDeadlineSeconds: 0",
        "activeDeadlineSeconds: 9223372036854775807",
    ]));
}

#[test]
fn wl_j2_an_indexed_job_names_its_pods() {
    let name = "a".repeat(60);
    let text = |completions: i32| {
        job(
            &format!("completionMode: Indexed\ncompletions: {completions}"),
            "restartPolicy: Never",
        )
        .replace("name: a}", &format!("name: {name}}}"))
    };
    expect![[r#"
        fine
        x.yaml:3:18: error: invalid value: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": will not able to create pod with invalid DNS label: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-100 @ metadata.name
    "#]].assert_eq(&messages([text(100), text(101)]));
}

#[test]
fn wl_j13_to_j17_failure_policies() {
    expect![[r#"
        x.yaml:5:39: error: unsupported value: "Explode": supported values: "Count", "FailIndex", "FailJob", "Ignore" @ spec.podFailurePolicy.rules[0].action
        x.yaml:5:30: error: required value: valid values: "Count", "FailIndex", "FailJob", "Ignore" @ spec.podFailurePolicy.rules[0].action
        x.yaml:5:39: error: invalid value: "FailIndex": requires the backoffLimitPerIndex to be set @ spec.podFailurePolicy.rules[0].action
        x.yaml:5:30: error: invalid value: specifying one of OnExitCodes and OnPodConditions is required @ spec.podFailurePolicy.rules[0]
        x.yaml:5:30: error: invalid value: specifying both OnExitCodes and OnPodConditions is not supported @ spec.podFailurePolicy.rules[0]
        x.yaml:5:71: error: unsupported value: "Is": supported values: "In", "NotIn" @ spec.podFailurePolicy.rules[0].onExitCodes.operator — did you mean In?
        x.yaml:5:83: error: invalid value: [0,3,2,2]: must be ordered @ spec.podFailurePolicy.rules[0].onExitCodes.values
        x.yaml:5:84: error: invalid value: 0: must not be 0 for the In operator @ spec.podFailurePolicy.rules[0].onExitCodes.values[0]
        x.yaml:5:93: error: duplicate value: 2 @ spec.podFailurePolicy.rules[0].onExitCodes.values[3]
        x.yaml:5:106: error: invalid value: "d": must be one of the container or initContainer names in the pod template @ spec.podFailurePolicy.rules[0].onExitCodes.containerName
        x.yaml:5:86: error: invalid value: []: at least one value is required @ spec.podFailurePolicy.rules[0].onExitCodes.values
        x.yaml:5:72: error: invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ spec.podFailurePolicy.rules[0].onPodConditions[0].type
        x.yaml:5:87: error: unsupported value: "yes": supported values: "False", "True", "Unknown" @ spec.podFailurePolicy.rules[0].onPodConditions[0].status
        fine
        x.yaml:5:29: error: too many: 21: must have at most 20 items @ spec.podFailurePolicy.rules
    "#]].assert_eq(&jobs(&[
        "podFailurePolicy: {rules: [{action: Explode, onPodConditions: [{type: DisruptionTarget}]}]}",
        "podFailurePolicy: {rules: [{onPodConditions: [{type: DisruptionTarget}]}]}",
        "podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [1]}}]}",
        "podFailurePolicy: {rules: [{action: Ignore}]}",
        "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, values: [1]}, onPodConditions: [{type: X}]}]}",
        "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: Is, values: [1]}}]}",
        "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, values: [0, 3, 2, 2]}}]}",
        "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: NotIn, values: [0], containerName: d}}]}",
        "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: NotIn, values: []}}]}",
        "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: 'a b', status: 'yes'}]}]}",
        "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1, 42], containerName: c}}, {action: Count, onPodConditions: [{type: DisruptionTarget, status: 'True'}]}]}",
        &format!("podFailurePolicy: {{rules: [{}]}}", "{action: Count, onPodConditions: [{type: X}]}, ".repeat(21)),
    ]));
}

#[test]
fn wl_j18_success_policies() {
    let cases = [
        "{}",
        "{rules: []}",
        "{rules: [{}]}",
        "{rules: [{succeededIndexes: '0-2,4', succeededCount: 4}]}",
        "{rules: [{succeededIndexes: '0-2,4', succeededCount: 5}]}",
        "{rules: [{succeededIndexes: '0-5'}]}",
        "{rules: [{succeededIndexes: '3-1'}]}",
        "{rules: [{succeededIndexes: '1,1'}]}",
        "{rules: [{succeededIndexes: '1-2-3'}]}",
        "{rules: [{succeededIndexes: 'x'}]}",
        "{rules: [{succeededCount: 6}, {succeededCount: -1}]}",
    ];
    let of_indexed = cases.map(|policy| {
        let spec = format!("completionMode: Indexed\ncompletions: 5\nsuccessPolicy: {policy}");
        job(&spec, "restartPolicy: Never")
    });
    let of_other = job(
        "successPolicy: {rules: [{succeededCount: 1}]}",
        "restartPolicy: Never",
    );
    expect![[r#"
        x.yaml:7:18: error: required value: at least one rules must be specified when the successPolicy is specified @ spec.successPolicy.rules
        x.yaml:7:26: error: required value: at least one rules must be specified when the successPolicy is specified @ spec.successPolicy.rules
        x.yaml:7:27: error: required value: at least one of succeededCount or succeededIndexes must be specified @ spec.successPolicy.rules[0]
        fine
        x.yaml:7:71: error: invalid value: 5: must be less than or equal to 4 (the number of indexes in the specified succeededIndexes field) @ spec.successPolicy.rules[0].succeededCount
        x.yaml:7:46: error: invalid value: "0-5": error parsing succeededIndexes: too large index: "5" @ spec.successPolicy.rules[0].succeededIndexes
        x.yaml:7:46: error: invalid value: "3-1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1 @ spec.successPolicy.rules[0].succeededIndexes
        x.yaml:7:46: error: invalid value: "1,1": error parsing succeededIndexes: non-increasing order, previous: 1, current: 1 @ spec.successPolicy.rules[0].succeededIndexes
        x.yaml:7:46: error: invalid value: "1-2-3": error parsing succeededIndexes: the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-' @ spec.successPolicy.rules[0].succeededIndexes
        x.yaml:7:46: error: invalid value: "x": error parsing succeededIndexes: cannot convert string to integer for index: "x" @ spec.successPolicy.rules[0].succeededIndexes
        x.yaml:7:44: error: invalid value: 6: must be less than or equal to 5 (the number of specified completions) @ spec.successPolicy.rules[0].succeededCount
        x.yaml:7:65: error: invalid value: -1: must be greater than or equal to 0 @ spec.successPolicy.rules[1].succeededCount
        x.yaml:5:18: error: invalid value: requires indexed completion mode @ spec.successPolicy — set completionMode: Indexed
    "#]].assert_eq(&messages(of_indexed.into_iter().chain([of_other])));
}

#[test]
fn wl_j20_to_j22_restart_policies_of_jobs() {
    expect![[r#"
        x.yaml:8:7: error: required value: valid values: "OnFailure", "Never" @ spec.template.spec.restartPolicy — the pods of a Job end: write restartPolicy: OnFailure to restart a failed container in its pod, or Never to replace the pod
        x.yaml:8:22: error: required value: valid values: "OnFailure", "Never" @ spec.template.spec.restartPolicy — the pods of a Job end: write restartPolicy: OnFailure to restart a failed container in its pod, or Never to replace the pod
        x.yaml:8:22: error: unsupported value: "onFailure": supported values: "OnFailure", "Never" @ spec.template.spec.restartPolicy — did you mean OnFailure?
        x.yaml:8:22: error: invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified @ spec.template.spec.restartPolicy
        x.yaml:9:30: error: invalid value: 0: must be between 1 and 2147483647, inclusive @ spec.template.spec.activeDeadlineSeconds
        fine
    "#]].assert_eq(&messages([
        job("completions: 1", "hostIPC: false"),
        job("completions: 1", "restartPolicy: Always"),
        job("completions: 1", "restartPolicy: onFailure"),
        job("podFailurePolicy: {rules: []}", "restartPolicy: OnFailure"),
        job("completions: 1", "restartPolicy: OnFailure\nactiveDeadlineSeconds: 0"),
        job("completions: 1", "restartPolicy: OnFailure\nactiveDeadlineSeconds: 10"),
    ]));
}

#[test]
fn wl_j23_and_j24_selectors_of_jobs() {
    let with_labels = |spec: &str, labels: &str| {
        job(spec, "restartPolicy: Never").replace(
            "template:\n",
            &format!("template:\n    metadata: {{labels: {{{labels}}}}}\n"),
        )
    };
    let live = with_labels(
        "selector: {matchLabels: {batch.kubernetes.io/controller-uid: u-1}}",
        "app: x, batch.kubernetes.io/controller-uid: u-1, controller-uid: u-1, job-name: a",
    )
    .replace("{name: a}", "{name: a, uid: u-1}");
    let decoded = read(&live).0;
    let Some(Object::Job(manifest)) = decoded.objects.first() else {
        panic!("a Job as the cluster shows it is read");
    };
    let labels: Vec<_> = manifest
        .spec
        .template
        .labels
        .iter()
        .map(|(key, _)| &**key)
        .collect();
    assert_eq!(labels, ["app"]);
    expect![[r#"
        x.yaml:5:13: error: invalid value: `selector` not auto-generated @ spec.selector — leave it out, or set manualSelector: true
        x.yaml:5:3: error: required value: a Job with manualSelector: true needs its own @ spec.selector
        x.yaml:8:24: error: invalid value: {"app":"x"}: `selector` does not match template `labels` @ spec.template.metadata.labels — the selector is about `app`
        fine
        x.yaml:7:35: error: invalid value: must be 'a' @ spec.template.metadata.labels.job-name — leave it out: the Job's controller sets it
        fine
    "#]].assert_eq(&messages([
        with_labels("selector: {matchLabels: {app: x}}", "app: x"),
        with_labels("manualSelector: true", "app: x"),
        with_labels("manualSelector: true\nselector: {matchLabels: {app: z}}", "app: x"),
        with_labels("manualSelector: true\nselector: {matchLabels: {app: x}}", "app: x"),
        with_labels("completions: 1", "job-name: b"),
        with_labels("completions: 1", "job-name: a"),
    ]));
}

#[test]
fn wl_d1_to_d8_defaults_of_jobs() {
    let spec = |text: &str| {
        let text = job(text, "restartPolicy: Never");
        match read(&text).0.objects.pop() {
            Some(Object::Job(job)) => job.spec,
            other => panic!("{other:?}"),
        }
    };
    let counts = |text: &str| {
        let spec = spec(text);
        (spec.completions, spec.parallelism, spec.backoff_limit)
    };
    assert_eq!(counts("suspend: false"), (Some(1), 1, 6));
    assert_eq!(counts("completions: 5"), (Some(5), 1, 6));
    assert_eq!(counts("parallelism: 5"), (None, 5, 6));
    let indexed = "completionMode: Indexed\ncompletions: 2\nbackoffLimitPerIndex: 0";
    assert_eq!(counts(indexed), (Some(2), 1, i32::MAX));
    use crate::model::PodReplacementPolicy::{Failed, TerminatingOrFailed};
    let replacement = |text: &str| spec(text).pod_replacement_policy;
    assert_eq!(replacement("completions: 1"), TerminatingOrFailed);
    assert_eq!(replacement("podFailurePolicy: {rules: []}"), Failed);
    assert!(!spec("managedBy: kubernetes.io/job-controller").managed_by_other);
    assert!(spec("managedBy: acme.io/x").managed_by_other);
}
