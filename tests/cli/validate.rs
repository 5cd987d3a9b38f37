//! `podtime validate`.

use crate::support::Folder;
use expect_test::expect;

const GOOD: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: good}
spec:
  duration: 1h
  cluster: {pools: [{name: workers, count: 2}]}
";

const WRONG: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: Wrong}
spec:
  duratoin: 1h
  cluster: {pools: [{name: workers, count: -2}]}
  expect:
  - cluster.nodes_mix == 2
";

#[test]
fn a_good_file_has_no_problems() {
    let folder = Folder::with(&[("good.yaml", GOOD)]);
    folder.podtime(&["validate", "good.yaml"]).is(&expect![[r#"
        exit 0
        --- stderr
        good.yaml: a scenario, no problems
    "#]]);
    let done = folder.podtime_with_stdin(&["validate", "-", "--quiet"], GOOD);
    done.is(&expect![[r#"
        exit 0
    "#]]);
    assert_eq!(folder.list("."), ["good.yaml"]);
}

#[test]
fn every_problem_of_every_file_is_reported() {
    let folder = Folder::with(&[
        ("good.yaml", GOOD),
        ("wrong.yaml", WRONG),
        ("broken.yaml", "kind: Pod\n---\na: [1\nb: 2\n"),
    ]);
    let files = [
        "validate",
        "wrong.yaml",
        "good.yaml",
        "broken.yaml",
        "missing.yaml",
    ];
    folder.podtime(&files).is(&expect![[r#"
        exit 2
        --- stderr
        good.yaml: a scenario, no problems
        wrong.yaml:3:18: error: `Wrong` cannot be the name of a scenario, and of a folder
          at metadata.name
          hint: lower-case letters, digits, `-` and `.`, a letter or digit first and last
        wrong.yaml:5:3: error: unknown key `duratoin`
          at spec.duratoin
          hint: did you mean `duration`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        wrong.yaml:6:44: error: expected a whole number from 0 to 1000000, found the number `-2`
          at spec.cluster.pools[0].count
        wrong.yaml:8:13: error: the cluster has no field 'nodes_mix'
          at spec.expect[0]
          hint: did you mean 'nodes_max'?
        broken.yaml:1:1: error: the key `apiVersion` is missing
          at apiVersion
          hint: every Kubernetes object has one, as in `apiVersion: batch/v1`
        broken.yaml:4:2: error: this is not valid YAML: illegal placement of ':' indicator
        error: cannot read `missing.yaml`: there is no such file
        7 errors, 0 warnings
    "#]]);
}

#[test]
fn json_is_one_array_on_stdout() {
    let folder = Folder::with(&[("good.yaml", GOOD), ("wrong.yaml", WRONG)]);
    let done = folder.podtime(&["validate", "--format", "json", "good.yaml", "wrong.yaml"]);
    assert_eq!((done.code, done.stderr.as_str()), (2, ""));
    let problems: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    expect![[r#"
        {
          "severity": "error",
          "file": "wrong.yaml",
          "line": 3,
          "column": 18,
          "offset": 55,
          "length": 5,
          "path": "metadata.name",
          "message": "`Wrong` cannot be the name of a scenario, and of a folder",
          "hint": "lower-case letters, digits, `-` and `.`, a letter or digit first and last"
        }
    "#]]
    .assert_eq(&format!("{:#}\n", problems[0]));
    let done = folder.podtime(&["validate", "--format", "json", "good.yaml"]);
    done.is(&expect![[r#"
        exit 0
        --- stdout
        []
    "#]]);
}

#[test]
fn a_flood_of_problems_is_cut_and_counted() {
    let mut flood = GOOD.to_owned();
    for number in 0..150 {
        flood.push_str(&format!("  key{number}: 1\n"));
    }
    let done = Folder::with(&[("flood.yaml", &flood)]).podtime(&["validate", "flood.yaml"]);
    assert_eq!(done.code, 2);
    assert_eq!(done.stderr.matches("flood.yaml:").count(), 100);
    expect![[r#"
        150 errors, 0 warnings
        and 50 more"#]]
    .assert_eq(
        &done
            .stderr
            .lines()
            .rev()
            .take(2)
            .collect::<Vec<_>>()
            .join("\n"),
    );
}

#[test]
fn manifests_are_checked_as_well() {
    let job = "\
apiVersion: batch/v1
kind: Job
metadata: {name: etl}
spec:
  template:
    spec:
      restartPolicy: Always
      containers: [{name: main, image: etl, comand: [x]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: etl}
";
    let folder = Folder::with(&[
        ("job.yaml", job),
        ("good.yaml", &job.replace("Always", "Never")),
    ]);
    folder.podtime(&["validate", "job.yaml"]).is(&expect![[r#"
        exit 2
        --- stderr
        job.yaml:7:22: error: required value: valid values: "OnFailure", "Never"
          at spec.template.spec.restartPolicy
          hint: the pods of a Job end: write restartPolicy: OnFailure to restart a failed container in its pod, or Never to replace the pod
        job.yaml:8:45: warning: the unknown key `comand` is ignored
          at spec.template.spec.containers[0].comand
          hint: did you mean `command`?
        job.yaml:10:1: warning: `v1 ConfigMap` has no effect here; it is passed over
          at kind
        1 error, 2 warnings
    "#]]);
    folder
        .podtime(&["validate", "good.yaml", "--quiet"])
        .is(&expect![[r#"
            exit 0
        "#]]);
}
