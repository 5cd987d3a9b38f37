use expect_test::{Expect, expect};

use super::*;

#[expect(
    clippy::needless_pass_by_value,
    reason = "a snapshot is written in place"
)]
fn check(text: &str, content: Content, expected: Expect) {
    let report = validate(&["-".to_owned()], Some(text.as_bytes()));
    let [file] = report.files.as_slice() else {
        panic!("expected one file");
    };
    assert_eq!(file.content, content);
    assert_eq!(report.has_errors(), file.problems.has_errors());
    expected.assert_eq(&file.problems.display(&file.sources).to_string());
}

#[test]
fn manifests_are_checked() {
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: etl}\nspec:\n  paralelism: 3\n  template:\n    spec:\n      restartPolicy: Sometimes\n      containers: [{name: main, image: a}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: extra}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: extra}\n",
        Content::Manifests(2),
        expect![[r#"
            stdin:1:1: warning: `v1 ConfigMap` has no effect here; 2 objects are passed over
              at kind
            stdin:9:3: warning: the unknown key `paralelism` is ignored
              at spec.paralelism
              hint: did you mean `parallelism`?
            stdin:12:22: error: unsupported value: "Sometimes": supported values: "OnFailure", "Never"
              at spec.template.spec.restartPolicy
            stdin:19:1: warning: the node has no cpu: pods that ask for any do not fit
              at status.allocatable.cpu
            stdin:19:1: warning: the node has no memory: pods that ask for any do not fit
              at status.allocatable.memory
            stdin:23:1: warning: the node has no cpu: pods that ask for any do not fit
              at status.allocatable.cpu
            stdin:23:1: warning: the node has no memory: pods that ask for any do not fit
              at status.allocatable.memory
            stdin:24:7: error: `Node extra` is there twice
              hint: the first one is at stdin:20:7
        "#]],
    );
    check(
        "",
        Content::Manifests(0),
        expect![[r"
            stdin:1:1: error: there is no object in `stdin`
        "]],
    );
}

#[test]
fn scenarios_are_checked() {
    check(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {duratoin: 1h, cluster: {pools: [{name: w, count: 1}]}}\n",
        Content::Scenario,
        expect![[r"
            stdin:4:8: error: unknown key `duratoin`
              at spec.duratoin
              hint: did you mean `duration`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        "]],
    );
    check(
        "apiVersion: podtime/v1\nkind: Scenarios\nspec: {duratoin: 1h}\n",
        Content::Scenario,
        expect![[r"
            stdin:1:1: error: the key `metadata` is missing
            stdin:2:7: error: expected `Scenario`, found the text `Scenarios`
              at kind
              hint: did you mean `Scenario`?
            stdin:3:7: warning: there is no node: pods stay Pending until the end
              at spec.cluster
            stdin:3:8: error: unknown key `duratoin`
              at spec.duratoin
              hint: did you mean `duration`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        "]],
    );
    check(
        "apiVersion: podtime/v1\nkind: Fleet\nspec: {}\n",
        Content::Unreadable,
        expect![[r"
            stdin:2:7: error: podtime/v1 has no kind `Fleet`
              at kind
              hint: the kinds are `Scenario` and `Sweep`
        "]],
    );
    check(
        "apiVersion: podtime/v1\nkind: Sweep\n",
        Content::Sweep,
        expect![[""]],
    );
}

#[test]
fn what_cannot_be_read_is_reported() {
    let report = validate(&["none.yaml".to_owned()], None);
    assert!(report.has_errors());
    assert_eq!(report.files[0].content, Content::Unreadable);
}
