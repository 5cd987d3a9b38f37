//! `podtime check`.

use crate::support::Folder;
use expect_test::expect;

const SMALL: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: small}
spec:
  duration: 1h
  cluster: {pools: [{name: workers, count: 2}]}
  expect: [cluster.nodes_max == 2]
";

fn two() -> Folder {
    Folder::with(&[
        ("scenarios/small.yaml", SMALL),
        ("scenarios/big.yaml", &SMALL.replace("small", "big")),
        ("scenarios/manifests/other.yaml", "kind: none"),
    ])
}

#[test]
fn results_are_kept_and_compared() {
    let folder = two();
    folder.podtime(&["check"]).is(&expect![[r#"
        exit 1
        --- stdout
        missing   big: no results are kept in results/big; --bless keeps them
        missing   small: no results are kept in results/small; --bless keeps them
    "#]]);
    assert_eq!(folder.list("."), ["scenarios"]);
    folder.podtime(&["check", "--bless"]).is(&expect![[r#"
        exit 0
        --- stdout
        blessed   big: new in results/big
        blessed   small: new in results/small
    "#]]);
    assert_eq!(folder.list("results"), ["big", "small"]);
    folder.podtime(&["check"]).is(&expect![[r#"
        exit 0
        --- stdout
        same      big
        same      small
    "#]]);
}

#[test]
fn the_files_that_differ_are_named() {
    let folder = two();
    folder.podtime(&["check", "--bless"]);
    let events = folder.read("results/small/events.csv");
    folder.write("results/small/events.csv", &(events.clone() + "x\n"));
    std::fs::remove_file(folder.path().join("results/small/jobs.csv")).unwrap();
    folder.podtime(&["check"]).is(&expect![[r#"
        exit 1
        --- stdout
        same      big
        differs   small: events.csv, jobs.csv in results/small
    "#]]);
    let done = folder.podtime(&["check", "scenarios/small.yaml", "--format=json"]);
    done.is(&expect![[r#"
        exit 1
        --- stdout
        [
          {
            "scenario": "small",
            "results": "results/small",
            "kept": true,
            "differing": [
              "events.csv",
              "jobs.csv"
            ],
            "not_held": []
          }
        ]
    "#]]);
    folder.podtime(&["check", "--bless"]).is(&expect![[r#"
        exit 0
        --- stdout
        same      big
        blessed   small: events.csv, jobs.csv in results/small
    "#]]);
    assert_eq!(folder.read("results/small/events.csv"), events);
}

#[test]
fn one_scenario_can_be_compared_with_any_folder() {
    let folder = two();
    folder.podtime(&["run", "scenarios/small.yaml", "--out", "kept"]);
    let check = |more: &[&str]| {
        let line = [&["check", "--out", "kept", "scenarios/small.yaml"], more].concat();
        folder.podtime(&line)
    };
    check(&[]).is(&expect![[r#"
        exit 0
        --- stdout
        same      small
    "#]]);
    check(&["scenarios/big.yaml"]).is(&expect![[r#"
        exit 2
        --- stderr
        error: --out is the folder of one scenario, and there are several
          hint: name one scenario
    "#]]);
}

#[test]
fn an_expectation_that_is_not_held_fails_the_check() {
    let folder = Folder::with(&[(
        "scenarios/small.yaml",
        &SMALL.replace("max == 2", "max == 3"),
    )]);
    folder.podtime(&["check", "--bless"]).is(&expect![[r#"
        exit 1
        --- stdout
        blessed   small: new in results/small
        not held  cluster.nodes_max == 3
                  cluster.nodes_max is 2
    "#]]);
    folder.podtime(&["check"]).is(&expect![[r#"
        exit 1
        --- stdout
        same      small
        not held  cluster.nodes_max == 3
                  cluster.nodes_max is 2
    "#]]);
}

#[test]
fn one_wrong_scenario_keeps_all_from_being_played() {
    let folder = two();
    folder.write("scenarios/small.yaml", &SMALL.replace("1h", "soon"));
    folder.podtime(&["check", "--bless"]).is(&expect![[r#"
        exit 2
        --- stderr
        scenarios/small.yaml:5:13: error: expected a duration such as 90s or 1h30m, found the text `soon`
          at spec.duration
          hint: "soon" is not a duration; write numbers with units, such as 30s, 1h30m or 7d
        1 error, 0 warnings
    "#]]);
    assert_eq!(folder.list("."), ["scenarios"]);
}

#[test]
fn two_scenarios_cannot_share_a_folder() {
    let folder = two();
    folder.write("scenarios/copy.yaml", SMALL);
    folder.podtime(&["check", "--bless"]).is(&expect![[r#"
        exit 2
        --- stderr
        error: two scenarios have the name `small`, and with it the same folder of results
          hint: give one of them another `metadata.name`
    "#]]);
    assert_eq!(folder.list("."), ["scenarios"]);
}

#[test]
fn no_scenario_at_all_is_an_error() {
    Folder::new().podtime(&["check"]).is(&expect![[r#"
        exit 2
        --- stderr
        error: no scenario is named, and `scenarios` cannot be read: it is not there
          hint: name a scenario, or go to the folder that holds `scenarios`
    "#]]);
    Folder::with(&[("scenarios/readme.md", "")])
        .podtime(&["check"])
        .is(&expect![[r#"
            exit 2
            --- stderr
            error: no scenario is named, and there is none in `scenarios`
              hint: name a scenario, or go to the folder that holds `scenarios`
        "#]]);
}
