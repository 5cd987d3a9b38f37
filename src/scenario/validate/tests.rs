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
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: etl}\nspec:\n  paralelism: 3\n  template:\n    spec:\n      restartPolicy: Sometimes\n      containers: [{name: main, image: a}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n}\n",
        Content::Manifests(2),
        expect![[""]],
    );
    check("", Content::Manifests(0), expect![[""]]);
}

#[test]
fn scenarios_are_checked() {
    check(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {duratoin: 1h, cluster: {pools: [{name: w, count: 1}]}}\n",
        Content::Scenario,
        expect![[r#"
            stdin:4:8: error: unknown key `duratoin`
              at spec.duratoin
              hint: did you mean `duration`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        "#]],
    );
    check(
        "apiVersion: podtime/v1\nkind: Scenarios\nspec: {}\n",
        Content::Unreadable,
        expect![[r#"
            stdin:2:7: error: podtime/v1 has no kind `Scenarios`
              at kind
              hint: did you mean `Scenario`?
        "#]],
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
