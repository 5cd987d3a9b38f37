//! Faults in `spec.arrivals` and in the files that it names.

use crate::support::{Case, INPUT, check};
use expect_test::expect_file;

const POD: &str = "object: {apiVersion: v1, kind: Pod, metadata: {generateName: p-}, spec: {restartPolicy: Never, containers: [{name: c, image: a}]}}";
/// Named by its row, with a limit.
const BARE: &str = "object: {apiVersion: v1, kind: Pod, spec: {restartPolicy: Never, containers: [{name: c, image: a, resources: {limits: {cpu: 2}}}]}}";

/// A scenario with these entries, one a line.
fn scenario(entries: &[&str]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| format!("  - {{{entry}}}\n"))
        .collect();
    format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: wrong}}\nspec:\n  cluster: {{pools: [{{name: w, count: 1}}]}}\n  arrivals:\n{}",
        entries.concat()
    )
}

fn with_pod(keys: &str) -> String {
    scenario(&[&format!("{keys}, {POD}")])
}

#[test]
fn entries() {
    let adhoc = format!("name: adhoc, times: 1m, count: 1, {POD}");
    let cases = [
        ("nothing said", scenario(&[""])),
        ("no times", with_pod("name: a")),
        (
            "times and a file",
            with_pod("name: a, times: 1m, file: x.csv, columns: {at: at_s}"),
        ),
        ("without an end", with_pod("name: a, times: 1m")),
        (
            "no time between arrivals",
            with_pod("name: a, times: 0s, count: 3"),
        ),
        (
            "an unknown distribution",
            with_pod("name: a, times: {exponental: {mean: 1m}}, count: 3"),
        ),
        (
            "an end before the start",
            with_pod("name: a, times: 1m, start: 1h, end: 30m"),
        ),
        ("none", with_pod("name: a, times: 1m, count: 0")),
        (
            "a flood",
            with_pod("name: a, times: {exponential: {mean: 1ms}}, end: 30d"),
        ),
        ("an unknown key", with_pod("name: a, times: 1m, cuont: 3")),
        (
            "a name that is none",
            with_pod("name: Ad Hoc, times: 1m, count: 3"),
        ),
        ("the same name twice", scenario(&[&adhoc, &adhoc])),
        (
            "columns without a file",
            with_pod("name: a, times: 1m, count: 1, columns: {at: at_s}"),
        ),
        ("no object", scenario(&["name: a, times: 1m, count: 1"])),
        (
            "an object without a name",
            scenario(&[
                "name: a, times: 1m, count: 1, object: {apiVersion: v1, kind: Pod, metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: a}]}}",
            ]),
        ),
        (
            "a node",
            scenario(&[
                "name: a, times: 1m, count: 1, object: {apiVersion: v1, kind: Node, metadata: {name: box}, status: {allocatable: {cpu: 1, memory: 1Gi}}}",
            ]),
        ),
        (
            "a fault in the object",
            scenario(&[
                "name: a, times: 1m, count: 1, object: {apiVersion: batch/v1, kind: Job, metadata: {generateName: Bad_}, spec: {completions: -1, template: {spec: {containers: [{name: c, image: a}]}}}}",
            ]),
        ),
        (
            "an expectation about others",
            with_pod("name: adhoc, times: 1m, count: 1")
                + "  expect: [arrival('adhok').count == 1]\n",
        ),
        (
            "a figure that is none",
            with_pod("name: adhoc, times: 1m, count: 1")
                + "  expect: [arrival('adhoc').wait_p99_s < 1.0]\n",
        ),
    ];
    let cases = cases.map(|(name, text)| Case::input(name, text));
    check(&cases, &expect_file!["snapshots/arrivals.txt"]);
}

#[test]
fn files() {
    let whole = "name,submit_s,duration_s,cpu_m,mem_mib,exit\n";
    let columns =
        "name: name, at: submit_s, run: duration_s, cpu: cpu_m, memory: mem_mib, exitCode: exit";
    let entry = |columns: &str| {
        scenario(&[&format!(
            "name: t, file: x.csv, columns: {{{columns}}}, {BARE}"
        )])
    };
    let rows = |rows: &str| format!("{whole}{rows}");
    let cases = [
        (
            "no columns",
            scenario(&[&format!("name: t, file: x.csv, {BARE}")]),
            rows(""),
        ),
        ("no time", entry("name: name"), rows("a,1,1,1,1,0\n")),
        (
            "a column that is not there",
            entry("name: name, at: submitted_s"),
            rows(""),
        ),
        (
            "an unknown key of columns",
            entry("name: name, at: submit_s, gpu: gpu"),
            rows(""),
        ),
        (
            "a unit of another quantity",
            entry("name: name, at: submit_s, cpu: mem_mib"),
            rows(""),
        ),
        ("an empty file", entry(columns), String::new()),
        (
            "a time that is no number",
            entry(columns),
            rows("a,soon,1,1,1,0\nb,\"-1\",1,1,1,0\nc,,1,1,1,0\n"),
        ),
        (
            "names",
            entry(columns),
            rows("a,1,1,1,1,0\n  A b,2,1,1,1,0\n,2,1,1,1,0\na,3,1,1,1,0\n"),
        ),
        (
            "requests",
            entry(columns),
            rows("a,1,1,half,1,0\nb,1,1,1,-7,0\nc,1,1,2500,1,0\n"),
        ),
        (
            "exit codes",
            entry(columns),
            rows("a,1,1,1,1,256\nb,1,1,1,1,ok\n"),
        ),
        (
            "a run that is too long",
            entry(columns),
            rows("a,1,1e20,1,1,0\nb,1,9999999999,1,1,0\n"),
        ),
        (
            "durations without a unit",
            entry("name: name, at: exit"),
            rows("a,1,1,1,1,90\n"),
        ),
        ("a short row", entry(columns), rows("a\n")),
        (
            "bounds",
            scenario(&[&format!(
                "name: t, count: 3, start: 1m, file: x.csv, columns: {{{columns}}}, {BARE}"
            )]),
            rows("a,1,1,1,1,0\n"),
        ),
        (
            "two names",
            scenario(&[&format!(
                "name: t, file: x.csv, columns: {{{columns}}}, {POD}"
            )]),
            rows("a,1,1,1,1,0\n"),
        ),
        ("no name", entry("at: submit_s"), rows("a,1,1,1,1,0\n")),
        (
            "pods of a kind without",
            scenario(&[
                "name: t, file: x.csv, columns: {name: name, at: submit_s, cpu: cpu_m}, object: {apiVersion: v1, kind: ResourceQuota, spec: {hard: {pods: 3}}}",
            ]),
            rows("a,1,1,1,1,0\n"),
        ),
    ];
    let mut cases: Vec<Case> = cases
        .into_iter()
        .map(|(name, text, file)| Case::input(name, text).file("x.csv", file))
        .collect();
    cases.push(Case::input("no file", entry(columns)));
    cases.push(
        Case::new("--set")
            .file(INPUT, entry(columns))
            .file("x.csv", rows("a,1,1,1,1,0\n"))
            .command(&["run", INPUT, "--set", "spec.arrivals[name=x].file=y.csv"])
            .command(&["run", INPUT, "--set", "spec.arrivals[name=t].file=y.csv"]),
    );
    check(&cases, &expect_file!["snapshots/arrivals_files.txt"]);
}
