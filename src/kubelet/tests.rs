//! Failures of containers and the work that is saved.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

mod pods;

use crate::engine::testing::{Rows, play};
use expect_test::expect;

/// A Job of pods of 1 CPU, an entry of `behaviors` and what else the scenario says.
fn job(spec: &str, policy: &str, behavior: &str, rest: &str) -> String {
    format!(
        "  cluster:\n    controlPlane: ideal\n    pools:\n    \
         - {{name: a, count: 10, node: {{status: {{allocatable: {{cpu: \"25\"}}}}}}}}\n    \
         - {{name: b, count: 10, node: {{metadata: {{labels: {{bad: \"yes\"}}}}, status: {{allocatable: {{cpu: \"25\"}}}}}}}}\n  \
         manifests:\n  - apiVersion: batch/v1\n    kind: Job\n    metadata: {{name: job}}\n    spec:\n      \
         {spec}\n      template: {{spec: {{restartPolicy: {policy}, containers: [{{name: main, image: app, \
         resources: {{requests: {{cpu: \"1\"}}}}}}]}}}}\n  behaviors: [{{{behavior}}}]\n{rest}"
    )
}

/// 500 indexes that have one attempt each.
const ONCE: &str =
    "{completions: 500, parallelism: 500, completionMode: Indexed, backoffLimitPerIndex: 0}";

fn once(behavior: &str) -> Rows {
    let spec = job("{}", "Never", behavior, "");
    let fields = ONCE.trim_matches(['{', '}']).replace(", ", "\n      ");
    play(
        &spec.replace("      {}\n", &format!("      {fields}\n")),
        11,
    )
}

fn few(spec: &str, policy: &str, behavior: &str, rest: &str) -> String {
    let fields = spec.replace(", ", "\n      ");
    play(&job(&fields, policy, behavior, rest), 1).runs("job")
}

/// The pods that failed, by index.
fn failed(rows: &Rows) -> Vec<String> {
    let rows = rows.0.iter().filter(|row| row.event == "PodFailed");
    let mut names: Vec<String> = rows.map(|row| row.name.clone()).collect();
    names.sort();
    names
}

fn share(rows: &Rows) -> f64 {
    f64::from(u32::try_from(failed(rows).len()).unwrap()) / 500.0
}

#[test]
fn a_hazard_fails_those_that_run_into_it() {
    let rows = once("run: 1h, failure: {hazard: {exponential: {mean: 2h}}, exitCode: 7}");
    let expected = 1.0 - libm::exp(-0.5);
    assert!((share(&rows) - expected).abs() < 0.06, "{}", share(&rows));
    let exits: Vec<_> = rows
        .0
        .iter()
        .filter(|row| row.event == "ContainerExited")
        .collect();
    let codes: std::collections::BTreeSet<_> =
        exits.iter().map(|row| row.detail.as_str()).collect();
    assert_eq!(
        Vec::from_iter(codes),
        ["container=main exit_code=0", "container=main exit_code=7"]
    );
    // The longer the run, the more fail.
    let longer = once("run: 4h, failure: {hazard: {exponential: {mean: 2h}}, exitCode: 7}");
    let expected = 1.0 - libm::exp(-2.0);
    assert!(
        (share(&longer) - expected).abs() < 0.06,
        "{}",
        share(&longer)
    );
    let longer = failed(&longer);
    assert!(
        failed(&rows).iter().all(|name| longer.contains(name)),
        "the same draws"
    );
}

#[test]
fn a_factor_of_the_node_changes_what_a_draw_means_and_not_the_draw() {
    for law in ["hazard: {exponential: {mean: 4h}}", "probability: 0.2"] {
        let plain = once(&format!("run: 1h, failure: {{{law}}}"));
        let rows = once(&format!("run: 1h, failure: {{{law}, nodes: [{{match: {{bad: \"y*\"}}, factor: 3}}, {{match: {{bad: yes}}, factor: 0}}]}}").replace("bad: yes", "bad: \"yes\""));
        let (few, many) = (failed(&plain), failed(&rows));
        assert!(few.iter().all(|name| many.contains(name)));
        let on = |rows: &Rows, pool: &str| {
            let rows = rows.0.iter();
            rows.filter(|row| row.event == "PodFailed" && row.node.starts_with(pool))
                .count()
        };
        assert_eq!(on(&plain, "a-"), on(&rows, "a-"), "{law}");
        // Some 0.2 × 250, and 0.6 or 0.53 × 250.
        assert!((35..70).contains(&on(&plain, "b-")), "{}", on(&plain, "b-"));
        assert!((110..175).contains(&on(&rows, "b-")), "{}", on(&rows, "b-"));
        let none = once(&format!(
            "run: 1h, failure: {{{law}, nodes: [{{match: {{kubernetes.io/os: linux}}, factor: 0}}]}}"
        ));
        assert!(failed(&none).is_empty());
    }
}

#[test]
fn probabilities_go_by_attempt_and_the_last_one_repeats() {
    let spec = "completions: 1, backoffLimit: 6";
    let behavior = "run: 5s, failure: {probability: [1, 1, 0], exitCode: 3}";
    expect![[r#"
        1 job on a-1: ran 5 exit 3
        17 job on a-1: ran 5 exit 3
        43 job on a-1: ran 5 exit 0
    "#]]
    .assert_eq(&few(spec, "Never", behavior, ""));
    expect![[r#"
        1 job on a-1: ran 5 exit 3
        7 job on a-1: ran 5 exit 3
        23 job on a-1: ran 5 exit 0
    "#]]
    .assert_eq(&few(spec, "OnFailure", behavior, ""));
}

#[test]
fn a_container_restarted_in_place_goes_on_from_its_checkpoint() {
    let behavior = "run: 1h, checkpoint: 10m, failure: {hazard: 25m}";
    expect![[r#"
        1 job on a-1: ran 1500 exit 1
        1502 job on a-1: ran 1500 exit 1
        3003 job on a-1: ran 1200 exit 0
    "#]]
    .assert_eq(&few("backoffLimit: 6", "OnFailure", behavior, ""));
}

#[test]
fn the_next_pod_of_an_index_goes_on_from_the_checkpoint() {
    let behavior = "run: 1h, checkpoint: 10m";
    let spec = "completions: 2, parallelism: 2, completionMode: Indexed";
    // A drain, and a power cut after which the pod is not evicted for some minutes.
    let actions = "  actions:\n  - {at: 25m, kubectl: drain a-1}\n  - {at: 27m, node: {powerOff: a-2}}\n  \
                   - {at: 50m, kubectl: uncordon a-1}\n";
    expect![[r#"
        1 job-0 on a-1: ran 1500 exit 143
        1 job-1 on a-2: runs
        1511 job-0 on a-3: ran 2400 exit 0
        1971 job-1 on a-4: ran 2400 exit 0
    "#]]
    .assert_eq(&few(spec, "Never", behavior, actions));
}

#[test]
fn a_node_out_of_contact_saves_nothing() {
    let behavior = "run: 1h, checkpoint: 10m";
    let spec = "completions: 1, completionMode: Indexed";
    // The container runs on until the node is back, but what it does there reaches nobody.
    let actions =
        "  actions:\n  - {at: 15m, node: {crash: a-1}}\n  - {at: 55m, node: {recover: a-1}}\n";
    expect![[r#"
        1 job-0 on a-1: ran 3300 exit 143
        1251 job-0 on a-2: ran 3000 exit 0
    "#]]
    .assert_eq(&few(spec, "Never", behavior, actions));
}

#[test]
fn work_of_a_plain_job_goes_to_the_next_pods_in_the_order_in_which_it_was_left() {
    let behavior = "run: {uniform: {min: 1h, max: 2h}}, checkpoint: 10m";
    let actions =
        "  actions:\n  - {at: 35m, kubectl: drain a-1}\n  - {at: 44m, kubectl: drain a-2}\n";
    expect![[r#"
        1 job on a-1: ran 2100 exit 143
        1 job on a-2: ran 2640 exit 143
        1 job on a-4: ran 5977 exit 0
        2111 job on a-3: ran 4036 exit 0
        2661 job on a-6: ran 3246 exit 0
    "#]]
    .assert_eq(&few(
        "completions: 3, parallelism: 3",
        "Never",
        behavior,
        actions,
    ));
}

#[test]
fn a_pod_that_never_starts_hands_its_piece_on() {
    let behavior = "run: 1h, checkpoint: 10m";
    let spec = "completions: 1, completionMode: Indexed";
    // The second pod finds no node, and is deleted while it waits.
    let actions = "  actions:\n  - {at: 34m, kubectl: cordon -l kubernetes.io/os=linux}\n  - {at: 35m, kubectl: drain a-1}\n  \
                   - {at: 40m, kubectl: delete pods --field-selector status.phase=Pending}\n  \
                   - {at: 50m, kubectl: uncordon -l kubernetes.io/os=linux}\n";
    expect![[r#"
        1 job-0 on a-1: ran 2100 exit 143
        3001 job-0 on a-1: ran 1800 exit 0
    "#]]
    .assert_eq(&few(spec, "Never", behavior, actions));
}

#[test]
fn a_failing_attempt_may_have_its_own_time_and_saves_that() {
    let behavior = "run: 30m, checkpoint: 10m, failure: {probability: [1, 0], run: 12m}";
    expect![[r#"
        1 job on a-1: ran 720 exit 1
        732 job on a-1: ran 1200 exit 0
    "#]]
    .assert_eq(&few("completions: 1", "Never", behavior, ""));
}

#[test]
fn annotations_say_the_same() {
    let spec = job(
        "{}",
        "Never",
        "failure: {probability: [1, 0], run: 12m}",
        "",
    );
    let spec = spec.replace("      {}\n", "").replace(
        "template: {spec",
        "template: {metadata: {annotations: {podtime/checkpoint: 5m, podtime/run: 30m}}, spec",
    );
    // The annotation says how long an attempt runs, a failing one included.
    expect![[r#"
        1 job on a-1: ran 1800 exit 1
        1812 job on a-1: ran 300 exit 0
    "#]]
    .assert_eq(&play(&spec, 1).runs("job"));
}

#[test]
fn a_container_has_restart_rules_of_its_own_kub_8() {
    let rules = |rules: &str| {
        let spec = job(
            "backoffLimit: 6",
            "Never",
            "attempts: [{run: 5s, exitCode: 42}, {run: 6s, exitCode: 3}, {run: 7s, exitCode: 1}, {run: 8s, exitCode: 0}]",
            "",
        );
        play(
            &spec.replace(
                "image: app,",
                &format!("image: app, restartPolicy: Never, restartPolicyRules: [{rules}],"),
            ),
            1,
        )
        .runs("job")
    };
    // Restarted in place after 42 and 3, and another pod after 1.
    expect![[r#"
        1 job on a-1: ran 5 exit 42
        7 job on a-1: ran 6 exit 3
        24 job on a-1: ran 7 exit 1
        42 job on a-1: ran 6 exit 3
        49 job on a-1: ran 7 exit 1
        77 job on a-1: ran 7 exit 1
        125 job on a-1: ran 8 exit 0
    "#]]
    .assert_eq(&rules(
        "{action: Restart, exitCodes: {operator: In, values: [42, 3]}}",
    ));
    expect![[r#"
        1 job on a-1: ran 5 exit 42
        7 job on a-1: ran 6 exit 3
        24 job on a-1: ran 7 exit 1
        42 job on a-1: ran 6 exit 3
        49 job on a-1: ran 7 exit 1
        77 job on a-1: ran 7 exit 1
        125 job on a-1: ran 8 exit 0
    "#]]
    .assert_eq(&rules(
        "{action: Restart, exitCodes: {operator: NotIn, values: [0, 1]}}",
    ));
}
