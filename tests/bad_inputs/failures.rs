//! Faults in drawn failures of nodes and of containers.

use crate::support::{Case, INPUT, check};
use expect_test::expect_file;

/// A scenario with a pool, what the cluster says beside it, and a rule for what containers do.
fn scenario(pool: &str, cluster: &str, behavior: &str) -> String {
    format!(
        "apiVersion: podtime/v1
kind: Scenario
metadata: {{name: wrong}}
spec:
  duration: 1d
  cluster:
    pools:
    - name: spot
      count: 2
{pool}
{cluster}
  behaviors:
  - run: 1h
{behavior}
"
    )
}

#[test]
fn failures_of_a_pool() {
    let cases = [
        ("nothing said", "{}"),
        ("a word", "often"),
        ("a list of words", "[crash]"),
        ("an unknown key", "{evry: 1d, how: crash, for: 5m}"),
        (
            "an unknown way to fail",
            "{every: 1d, how: explode, for: 5m}",
        ),
        (
            "a way to fail in other letters",
            "{every: 1d, how: poweroff, for: 5m}",
        ),
        (
            "no time between failures",
            "{every: 0s, how: crash, for: 5m}",
        ),
        (
            "no time between failures, drawn",
            "{every: {constant: 0s}, how: crash, for: 5m}",
        ),
        (
            "a negative time between failures",
            "{every: -1h, how: crash, for: 5m}",
        ),
        (
            "an unknown distribution",
            "{every: {exponental: {mean: 1d}}, how: crash, for: 5m}",
        ),
        ("a crash without an end", "{every: 1d, how: crash}"),
        ("a power cut without an end", "{every: 1d, how: powerOff}"),
        ("a crash for ever", "{every: 1d, how: crash, for: forever}"),
        ("a drain without notice", "{every: 1d, how: drain}"),
        (
            "a notice that is no duration",
            "{every: 1d, how: drain, notice: soon}",
        ),
        (
            "a notice that is drawn",
            "{every: 1d, how: drain, notice: {uniform: {min: 1m, max: 2m}}}",
        ),
        (
            "a crash with notice",
            "{every: 1d, how: crash, notice: 2m, for: 5m}",
        ),
        (
            "a removal with notice",
            "{every: 1d, how: remove, notice: 2m}",
        ),
        (
            "the second of two",
            "[{every: 1d, how: remove}, {every: 1d}]",
        ),
    ];
    let cases = cases.map(|(name, failures)| {
        let pool = format!("      failures: {failures}");
        Case::input(name, scenario(&pool, "", ""))
    });
    check(&cases, &expect_file!["snapshots/failures.txt"]);
}

#[test]
fn outages() {
    let cases = [
        ("no list", "{zone: a, at: 1h, how: crash, for: 1h}"),
        ("nobody", "[{at: 1h, how: crash, for: 1h}]"),
        (
            "a zone and labels",
            "[{zone: a, match: {rack: r1}, at: 1h, how: crash, for: 1h}]",
        ),
        ("no labels", "[{match: {}, at: 1h, how: crash, for: 1h}]"),
        (
            "a label that is no text",
            "[{match: {rack: 1}, at: 1h, how: crash, for: 1h}]",
        ),
        ("never", "[{zone: a, how: crash, for: 1h}]"),
        (
            "once and often",
            "[{zone: a, at: 1h, every: 1d, how: crash, for: 1h}]",
        ),
        ("without an end", "[{zone: a, at: 1h, how: crash}]"),
        ("without a way", "[{zone: a, at: 1h, for: 1h}]"),
        (
            "nodes that would go",
            "[{zone: a, at: 1h, how: drain, for: 1h}]",
        ),
        (
            "an unknown way",
            "[{zone: a, at: 1h, how: blackout, for: 1h}]",
        ),
        (
            "an unknown key",
            "[{zone: a, at: 1h, how: crash, for: 1h, notice: 2m}]",
        ),
        (
            "no time between them",
            "[{zone: a, every: {uniform: {min: 0s, max: 0s}}, how: crash, for: 1h}]",
        ),
    ];
    let pool = "      node: {metadata: {labels: {topology.kubernetes.io/zone: eu-1a}}}";
    let cases = cases.map(|(name, outages)| {
        let cluster = format!("    outages: {outages}");
        Case::input(name, scenario(pool, &cluster, ""))
    });
    // Warnings, and an error elsewhere so that they are seen.
    let strange = "    outages: [{zone: eu-1b, at: 1h, how: crash, for: 1h}, {match: {rack: r1}, at: 2d, how: crash, for: 1h}]";
    let warned = scenario(pool, strange, "    checkpoint: 0s");
    let mut cases = Vec::from(cases);
    cases.push(Case::input(
        "a zone without nodes, and a time after the end",
        warned,
    ));
    check(&cases, &expect_file!["snapshots/outages.txt"]);
}

#[test]
fn failures_of_containers() {
    let cases = [
        ("neither probability nor hazard", "failure: {exitCode: 1}"),
        (
            "both probability and hazard",
            "failure: {probability: 0.5, hazard: 1h}",
        ),
        ("a probability over 1", "failure: {probability: 1.5}"),
        ("no probabilities", "failure: {probability: []}"),
        (
            "a probability over 1 in a list",
            "failure: {probability: [0.5, 1.5]}",
        ),
        (
            "a probability that is a text",
            "failure: {probability: [0.5, often]}",
        ),
        ("a hazard that is no distribution", "failure: {hazard: 0.5}"),
        (
            "a hazard without a shape",
            "failure: {hazard: {weibull: {scale: 2h}}}",
        ),
        (
            "a hazard with a run of its own",
            "failure: {hazard: 2h, run: 5m}",
        ),
        (
            "a factor without nodes",
            "failure: {probability: 0.5, nodes: [{factor: 2}]}",
        ),
        (
            "nodes without a factor",
            "failure: {probability: 0.5, nodes: [{match: {disk: old}}]}",
        ),
        (
            "nodes without labels",
            "failure: {probability: 0.5, nodes: [{match: {}, factor: 2}]}",
        ),
        (
            "labels too deep",
            "failure: {hazard: 1h, nodes: [{match: {labels: {disk: old}}, factor: 2}]}",
        ),
        (
            "a negative factor",
            "failure: {probability: 0.5, nodes: [{match: {disk: old}, factor: -1}]}",
        ),
        (
            "a factor that is too large",
            "failure: {hazard: 1h, nodes: [{match: {disk: old}, factor: 1e9}]}",
        ),
        (
            "a factor that makes more than 1",
            "failure: {probability: [0.1, 0.4], nodes: [{match: {disk: old}, factor: 3}]}",
        ),
        (
            "an unknown key of nodes",
            "failure: {hazard: 1h, nodes: [{match: {disk: old}, times: 3}]}",
        ),
        ("a checkpoint of 0", "checkpoint: 0s"),
        (
            "a checkpoint that is drawn",
            "checkpoint: {exponential: {mean: 10m}}",
        ),
        ("a checkpoint without a unit", "checkpoint: 10"),
    ];
    let cases = cases.map(|(name, behavior)| {
        let text = scenario("", "", &format!("    {behavior}"));
        Case::input(name, text)
    });
    check(&cases, &expect_file!["snapshots/container_failures.txt"]);
}

#[test]
fn failures_set_on_the_command_line() {
    let text = scenario("      failures: {every: 1d, how: crash, for: 5m}", "", "");
    let cases = [
        (
            "a time between failures",
            "spec.cluster.pools[name=spot].failures.every=0s",
        ),
        (
            "how they fail",
            "spec.cluster.pools[name=spot].failures.how=drian",
        ),
        ("an outage", "spec.cluster.outages=[{zone: a}]"),
        ("a checkpoint", "spec.behaviors[0].checkpoint=0"),
        (
            "a probability",
            "spec.behaviors[0].failure.probability=[0.5, 2]",
        ),
    ];
    let cases = cases.map(|(name, set)| {
        Case::new(name)
            .file(INPUT, text.clone())
            .command(&["run", INPUT, "--set", set])
    });
    check(&cases, &expect_file!["snapshots/failures_set.txt"]);
}

#[test]
fn checkpoints_by_annotation() {
    let cases = [("a checkpoint of 0", "0s"), ("a word", "often")];
    let cases = cases.map(|(name, value)| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: {{podtime/checkpoint: {value}}}\n\
             spec: {{containers: [{{name: main, image: app}}]}}\n"
        );
        Case::input(name, text)
    });
    check(&cases, &expect_file!["snapshots/checkpoints.txt"]);
}
