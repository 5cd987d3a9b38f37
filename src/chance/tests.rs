//! Failures of nodes, drawn and told.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

use crate::engine::testing::{Rows, play};
use expect_test::expect;

/// Two nodes of one pool with these failures, and what else the scenario says.
fn pool(failures: &str, rest: &str) -> String {
    format!(
        "  duration: 2h\n  cluster:\n    controlPlane: ideal\n    pools:\n    - name: w\n      count: 2\n      \
         failures: {failures}\n      node: {{metadata: {{labels: {{topology.kubernetes.io/zone: a}}}}}}\n{rest}"
    )
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

/// Gaps between the end of a failure and the next one, of all nodes.
fn gaps(rows: &Rows, nodes: u32) -> Vec<f64> {
    let mut gaps = Vec::new();
    for node in 1..=nodes {
        let name = format!("w-{node}");
        let of = |event: &str| -> Vec<f64> {
            let rows = rows.0.iter();
            rows.filter(|row| row.event == event && row.name == name)
                .map(|row| (row.t - crate::sim::Time::ZERO).as_secs_f64())
                .collect()
        };
        let mut up = vec![0.0];
        up.extend(of("NodeRecovered"));
        let down = of("NodeCrashed");
        gaps.extend(up.iter().zip(&down).map(|(up, down)| down - up));
    }
    gaps
}

fn many(every: &str) -> String {
    format!(
        "  duration: 20d\n  cluster:\n    controlPlane: ideal\n    pools:\n    - {{name: w, count: 50, \
         failures: {{every: {every}, how: crash, for: {{uniform: {{min: 10m, max: 30m}}}}}}}}\n"
    )
}

#[test]
fn times_between_failures_and_repairs_follow_their_distributions() {
    let rows = play(&many("{exponential: {mean: 6h}}"), 1);
    let gaps = gaps(&rows, 50);
    // 20 days of 50 nodes, 6 h 20 min a failure: some 3,790.
    assert!((3600..4000).contains(&gaps.len()), "{}", gaps.len());
    let hours = mean(&gaps) / 3600.0;
    assert!((hours - 6.0).abs() < 0.25, "{hours}");
    let long = gaps.iter().filter(|gap| **gap > 6.0 * 3600.0).count();
    let share =
        f64::from(u32::try_from(long).unwrap()) / f64::from(u32::try_from(gaps.len()).unwrap());
    assert!(
        (share - libm::exp(-1.0)).abs() < 0.03,
        "{share} outlast the mean"
    );
    let down = rows.times("NodeCrashed", "w-1");
    let up = rows.times("NodeRecovered", "w-1");
    let repairs: Vec<f64> = down.iter().zip(&up).map(|(down, up)| up - down).collect();
    assert!(
        repairs
            .iter()
            .all(|repair| (600.0..=1800.0).contains(repair))
    );
    assert!(
        (mean(&repairs) - 1200.0).abs() < 150.0,
        "{}",
        mean(&repairs)
    );
}

#[test]
fn the_same_seed_gives_the_same_failures_and_another_one_gives_others() {
    let spec = many("{weibull: {scale: 3d, shape: 2}}");
    let times = |seed| play(&spec, seed).times("NodeFailure", "w-");
    assert_eq!(times(3), times(3));
    assert_ne!(times(3), times(4));
}

#[test]
fn a_failure_of_a_node_is_drawn_for_itself() {
    let failures = "{every: {exponential: {mean: 30m}}, how: powerOff, for: 5m}";
    let alone = play(&pool(failures, ""), 7);
    let times = |rows: &Rows| {
        (
            rows.times("NodeFailure", "w-1"),
            rows.times("NodeFailure", "w-2"),
        )
    };
    assert!(times(&alone).0.len() > 1);
    // Neither another pool's failures, nor an outage, nor a person's crash moves one of them.
    let beside = "    - {name: x, count: 3, failures: {every: {exponential: {mean: 5m}}, how: remove}}\n    \
                  outages: [{zone: a, every: {exponential: {mean: 40m}}, how: crash, for: 10m}]\n  \
                  actions: [{at: 20m, node: {crash: x-1}}]\n";
    let both = play(&pool(failures, beside), 7);
    assert!(!both.times("OutageBegan", "").is_empty());
    assert_eq!(times(&alone), times(&both));
    // Nor does a second kind of failure move the first.
    let two = format!("[{failures}, {{every: 50m, how: crash, for: 1m}}]");
    let two = play(&pool(&two, ""), 7);
    let drawn = |rows: &Rows| -> Vec<_> {
        let is_first = |row: &&crate::engine::testing::Row| row.detail == "how=powerOff";
        rows.0
            .iter()
            .filter(is_first)
            .map(|row| (row.t, row.name.clone()))
            .collect()
    };
    assert_eq!(drawn(&alone), drawn(&two));
}

#[test]
fn failures_of_a_pool_leave_the_pods_elsewhere_as_they_were() {
    let job = "  manifests:\n  - apiVersion: batch/v1\n    kind: Job\n    metadata: {name: job}\n    spec:\n      \
               completions: 20\n      parallelism: 5\n      template: {spec: {restartPolicy: Never, \
               nodeSelector: {topology.kubernetes.io/zone: a}, containers: [{name: main, image: app}]}}\n  \
               behaviors: [{run: {exponential: {mean: 5m}}, failure: {probability: 0.2}}]\n";
    let beside = "    - {name: x, count: 9, failures: {every: {exponential: {mean: 5m}}, how: drain, notice: 1m}}\n";
    let alone = play(&pool("[]", job), 3);
    let both = play(&pool("[]", &format!("{beside}{job}")), 3);
    assert!(both.times("NodeFailure", "x-").len() > 100);
    assert!(alone.times("PodFailed", "job").len() > 2);
    assert_eq!(alone.runs("job"), both.runs("job"));
}

#[test]
fn everything_that_follows_a_failure_is_caused_by_it() {
    let rows = play(
        &pool("{every: 10m, how: drain, notice: 2m, for: 1m}", ""),
        0,
    )
    .0;
    let failure = rows.iter().find(|row| row.event == "NodeFailure").unwrap();
    assert_eq!(failure.cause, None);
    let of = |event: &str| {
        let of_event =
            |row: &&crate::engine::testing::Row| row.event == event && row.t >= failure.t;
        rows.iter().find(of_event).unwrap()
    };
    assert_eq!(of("NodeCordoned").cause, Some(failure.seq));
    assert_eq!(of("NodeRemoved").cause, Some(failure.seq));
    assert_eq!(of("NodeAdded").cause, Some(of("NodeRemoved").seq));
}

#[test]
fn a_drained_node_goes_after_its_notice_and_the_next_number_comes() {
    let rows = play(
        &pool(
            "{every: {uniform: {min: 40m, max: 50m}}, how: drain, notice: 2m, for: 1m}",
            "",
        ),
        0,
    );
    expect![[r#"
        2453.549 w-1 NodeFailure how=drain notice_s=120.000
        2453.549 w-1 NodeCordoned
        2453.549 w-1 NodeDrained
        2573.549 w-1 NodeRemoved
        2633.549 w-3 NodeAdded pool=w
        2634.549 w-3 NodeReady
        2897.383 w-2 NodeFailure how=drain notice_s=120.000
        2897.383 w-2 NodeCordoned
        2897.383 w-2 NodeDrained
        3017.383 w-2 NodeRemoved
        3077.383 w-4 NodeAdded pool=w
        3078.383 w-4 NodeReady
        5423.318 w-3 NodeFailure how=drain notice_s=120.000
        5423.318 w-3 NodeCordoned
        5423.318 w-3 NodeDrained
        5543.318 w-3 NodeRemoved
        5603.318 w-5 NodeAdded pool=w
        5604.318 w-5 NodeReady
        5628.554 w-4 NodeFailure how=drain notice_s=120.000
        5628.554 w-4 NodeCordoned
        5628.554 w-4 NodeDrained
        5748.554 w-4 NodeRemoved
        5808.554 w-6 NodeAdded pool=w
        5809.554 w-6 NodeReady
    "#]]
    .assert_eq(&rows.of_nodes(1.0));
}

#[test]
fn a_removed_node_is_replaced_at_once() {
    let rows = play(&pool("{every: 100m, how: remove}", ""), 0);
    expect![[r#"
        6000.000 w-1 NodeFailure how=remove
        6000.000 w-2 NodeFailure how=remove
        6000.000 w-1 NodeRemoved
        6000.000 w-2 NodeRemoved
        6000.000 w-3 NodeAdded pool=w
        6000.000 w-4 NodeAdded pool=w
        6001.000 w-3 NodeReady
        6001.000 w-4 NodeReady
    "#]]
    .assert_eq(&rows.of_nodes(1.0));
}

#[test]
fn a_node_that_a_person_removes_in_its_notice_has_no_successor() {
    let actions = "  actions: [{at: 51m, node: {remove: w-1}}]\n";
    let rows = play(
        &pool("{every: 50m, how: drain, notice: 2m, for: 1m}", actions),
        0,
    );
    expect![[r#"
        3000.000 w-1 NodeFailure how=drain notice_s=120.000
        3000.000 w-2 NodeFailure how=drain notice_s=120.000
        3000.000 w-1 NodeCordoned
        3000.000 w-2 NodeCordoned
        3000.000 w-1 NodeDrained
        3000.000 w-2 NodeDrained
        3060.000 w-1 NodeRemoved
        3120.000 w-2 NodeRemoved
        3180.000 w-3 NodeAdded pool=w
        3181.000 w-3 NodeReady
        6181.000 w-3 NodeFailure how=drain notice_s=120.000
        6181.000 w-3 NodeCordoned
        6181.000 w-3 NodeDrained
        6301.000 w-3 NodeRemoved
        6361.000 w-4 NodeAdded pool=w
        6362.000 w-4 NodeReady
    "#]]
    .assert_eq(&rows.of_nodes(3000.0));
}

#[test]
fn a_person_ends_a_failure_and_the_next_one_is_drawn_from_there() {
    let actions = "  actions: [{at: 52m, node: {recover: w-1}}]\n";
    let rows = play(&pool("{every: 50m, how: crash, for: 10m}", actions), 0);
    expect![[r#"
        3000.000 w-1 NodeFailure how=crash
        3000.000 w-2 NodeFailure how=crash
        3000.000 w-1 NodeCrashed
        3000.000 w-2 NodeCrashed
        3050.000 w-1 NodeNotReady status=Unknown
        3050.000 w-2 NodeNotReady status=Unknown
        3120.000 w-1 NodeRecovered
        3120.000 w-1 NodeReady
        3600.000 w-2 NodeRecovered
        3600.000 w-2 NodeReady
        6120.000 w-1 NodeFailure how=crash
        6120.000 w-1 NodeCrashed
        6170.000 w-1 NodeNotReady status=Unknown
        6600.000 w-2 NodeFailure how=crash
        6600.000 w-2 NodeCrashed
        6650.000 w-2 NodeNotReady status=Unknown
        6720.000 w-1 NodeRecovered
        6720.000 w-1 NodeReady
    "#]]
    .assert_eq(&rows.of_nodes(3000.0));
}

#[test]
fn the_end_of_a_failure_leaves_a_node_down_that_a_person_took_down() {
    let actions = "  actions: [{at: 55m, node: {crash: w-1}}, {at: 65m, node: {recover: w-1}}]\n";
    let rows = play(&pool("{every: 50m, how: crash, for: 10m}", actions), 0);
    expect![[r#"
        3000.000 w-1 NodeFailure how=crash
        3000.000 w-2 NodeFailure how=crash
        3000.000 w-1 NodeCrashed
        3000.000 w-2 NodeCrashed
        3050.000 w-1 NodeNotReady status=Unknown
        3050.000 w-2 NodeNotReady status=Unknown
        3600.000 w-2 NodeRecovered
        3600.000 w-2 NodeReady
        3900.000 w-1 NodeRecovered
        3900.000 w-1 NodeReady
        6600.000 w-1 NodeFailure how=crash
        6600.000 w-2 NodeFailure how=crash
        6600.000 w-1 NodeCrashed
        6600.000 w-2 NodeCrashed
        6650.000 w-1 NodeNotReady status=Unknown
        6650.000 w-2 NodeNotReady status=Unknown
    "#]]
    .assert_eq(&rows.of_nodes(3000.0));
}

#[test]
fn a_node_is_down_as_long_as_anything_keeps_it_down() {
    let outages = "    outages: [{zone: a, at: 55m, how: powerOff, for: 20m}]\n";
    let rows = play(&pool("{every: 50m, how: crash, for: 10m}", outages), 0);
    expect![[r#"
        3000.000 w-1 NodeFailure how=crash
        3000.000 w-2 NodeFailure how=crash
        3000.000 w-1 NodeCrashed
        3000.000 w-2 NodeCrashed
        3050.000 w-1 NodeNotReady status=Unknown
        3050.000 w-2 NodeNotReady status=Unknown
        3300.000 test OutageBegan zone=a how=powerOff
        3300.000 w-1 NodeCrashed
        3300.000 w-2 NodeCrashed
        4500.000 test OutageEnded zone=a
        4500.000 w-1 NodeRecovered
        4500.000 w-2 NodeRecovered
        4500.000 w-1 NodeReady
        4500.000 w-2 NodeReady
        6600.000 w-1 NodeFailure how=crash
        6600.000 w-2 NodeFailure how=crash
        6600.000 w-1 NodeCrashed
        6600.000 w-2 NodeCrashed
        6650.000 w-1 NodeNotReady status=Unknown
        6650.000 w-2 NodeNotReady status=Unknown
    "#]]
    .assert_eq(&rows.of_nodes(3000.0));
}

#[test]
fn a_node_that_joins_during_an_outage_of_its_zone_is_down_until_it_ends() {
    let rest = "    outages: [{match: {topology.kubernetes.io/zone: a*}, at: 10m, how: crash, for: 5m}]\n  \
                actions: [{at: 12m, node: {add: {pool: w, count: 1}}}]\n";
    let rows = play(&pool("[]", rest), 0);
    expect![[r#"
        600.000 test OutageBegan topology.kubernetes.io/zone=a* how=crash
        600.000 w-1 NodeCrashed
        600.000 w-2 NodeCrashed
        650.000 w-1 NodeNotReady status=Unknown
        650.000 w-2 NodeNotReady status=Unknown
        720.000 w-3 NodeAdded pool=w
        720.000 w-3 NodeCrashed
        770.000 w-3 NodeNotReady status=Unknown
        900.000 test OutageEnded topology.kubernetes.io/zone=a*
        900.000 w-1 NodeRecovered
        900.000 w-2 NodeRecovered
        900.000 w-3 NodeRecovered
        900.000 w-1 NodeReady
        900.000 w-2 NodeReady
        900.000 w-3 NodeReady
    "#]]
    .assert_eq(&rows.of_nodes(1.0));
}

#[test]
fn outages_are_drawn_from_the_end_of_the_last_one() {
    let spec = "  duration: 100d\n  cluster:\n    pools: [{name: w, count: 1}]\n    outages:\n    \
                - {match: {kubernetes.io/hostname: w-1}, every: {exponential: {mean: 1d}}, how: crash, for: 1h}\n";
    let rows = play(spec, 5);
    let (began, ended) = (rows.times("OutageBegan", ""), rows.times("OutageEnded", ""));
    assert!((75..120).contains(&began.len()), "{}", began.len());
    let gaps: Vec<f64> = ended
        .iter()
        .zip(&began[1..])
        .map(|(end, next)| next - end)
        .collect();
    assert!(
        (mean(&gaps) / 86400.0 - 1.0).abs() < 0.25,
        "{}",
        mean(&gaps)
    );
}

#[test]
fn failures_are_at_least_a_second_apart() {
    let failures = "{every: {uniform: {min: 0s, max: 2ns}}, how: crash, for: 0s}";
    let spec = pool(failures, "").replace("2h", "10s");
    let rows = play(&spec, 0);
    assert_eq!(rows.times("NodeFailure", "w-1").len(), 9);
}

#[test]
fn without_a_horizon_failures_alone_do_not_keep_a_run_going() {
    let job = "  manifests:\n  - apiVersion: batch/v1\n    kind: Job\n    metadata: {name: job}\n    spec: \
               {template: {metadata: {annotations: {podtime/run: 3h}}, spec: {restartPolicy: Never, containers: \
               [{name: main, image: app}]}}}\n";
    let spec = |how: &str| {
        pool(
            &format!("{{every: {{uniform: {{min: 2h, max: 6h}}}}, {how}}}"),
            job,
        )
        .replace("  duration: 2h\n", "")
    };
    // The Job may lose its pod; no failure is waited for when it is done.
    let rows = play(&spec("how: remove"), 0);
    let complete = rows.times("JobComplete", "job");
    assert_eq!(complete.len(), 1);
    let last = rows.0.last().unwrap();
    assert!((last.t - crate::sim::Time::ZERO).as_secs_f64() < complete[0] + 60.0);
    // A node that is down is waited for.
    let rows = play(&spec("how: crash, for: 7h"), 0);
    assert_eq!(
        rows.times("NodeRecovered", "w-").len(),
        rows.times("NodeCrashed", "w-").len()
    );
}
