//! Faults of the command line.

use crate::support::{Case, INPUT, check};
use expect_test::expect_file;

const SCENARIO: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: good}
spec:
  duration: 1h
  cluster: {pools: [{name: workers, count: 2}]}
  manifests: [job.yaml]
";

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: etl}\nspec: \
    {template: {spec: {restartPolicy: Never, containers: [{name: main, image: etl}]}}}\n";

#[test]
fn options_of_run() {
    let options: &[&[&str]] = &[
        &["--seed", "-1"],
        &["--seed=lucky"],
        &["--seed"],
        &["--seed", "18446744073709551616"],
        &["--until", "-1h"],
        &["--until", "0s"],
        &["--until", "soon"],
        &["--until", "90"],
        &["--until", "200000d"],
        &["--sample", "0s"],
        &["--sample", "-1s"],
        &["--sample", "fine"],
        &["--write", "event"],
        &["--write", "all"],
        &["--set", "spec.duration"],
        &["--set", "=1"],
        &["--set", ""],
        &["--set", "spec.duratoin=1h"],
        &["--set", "spec.duration=-1h"],
        &["--set", "spec.cluster.pools[name=worker].count=3"],
        &["--set", "spec.cluster.pools[7].count=3"],
        &["--set", "spec.cluster.pools[name=workers.count=3"],
        &["--set", "spec.cluster.pools[name=workers].count=many"],
        &["--set", "spec.seed={"],
        &["--set", "manifests[kind=Job,name=elt].spec.parallelism=2"],
        &["--set", "manifests[kind=Job,name=etl].spec.paralelism=2"],
        &["--set", "manifests[kind=Job,name=etl].spec.parallelism=-2"],
        &["--nodes", "3"],
        &["--node-size", "8cpu"],
        &["--format", "yaml"],
        &["--sede", "1"],
        &["--out"],
        &["extra.yaml"],
        &["job.yaml"],
    ];
    let cases = options.iter().map(|options| {
        let name = options.join(" ");
        let command = [&["run", INPUT], *options].concat();
        Case::new(&name)
            .file(INPUT, SCENARIO)
            .file("job.yaml", JOB)
            .command(&command)
    });
    check(
        &cases.collect::<Vec<_>>(),
        &expect_file!["snapshots/options_of_run.txt"],
    );
}

#[test]
fn options_of_plain_manifests() {
    let options: &[&[&str]] = &[
        &["--nodes", "-1"],
        &["--nodes", "many"],
        &["--nodes", "5000000000"],
        &["--nodes", "4000000"],
        &["--node-size", ""],
        &["--node-size", "big"],
        &["--node-size", "4cpu,4cpu"],
        &["--node-size", "-4cpu"],
        &["--node-size", "4cups"],
        &["--node-size", "4cpu,16GB"],
        &["--node-size", "110pods,1.5pods"],
        &["--set", "spec.parallelism=2"],
        &["job.yaml"],
        &[
            "wrong.yaml",
            "missing.yaml",
            "empty.yaml",
            "--node-size",
            "x",
        ],
    ];
    let cases = options.iter().map(|options| {
        let name = options.join(" ");
        let command = [&["run", "job.yaml"], *options].concat();
        let wrong = JOB.replace("Never", "Always");
        Case::new(&name)
            .file("job.yaml", JOB)
            .file("wrong.yaml", wrong.replace("etl}\n", "other}\n"))
            .file("empty.yaml", "")
            .command(&command)
    });
    check(
        &cases.collect::<Vec<_>>(),
        &expect_file!["snapshots/options_of_plain_manifests.txt"],
    );
}

#[test]
fn the_folder_for_the_results() {
    let run = |name: &str, out: &str| {
        let case = Case::new(name).file(INPUT, SCENARIO).file("job.yaml", JOB);
        case.command(&["run", INPUT, "--out", out])
    };
    let cases = vec![
        run("somebody's folder", "photos").file("photos/cat.jpg", "meow"),
        run("a file", "job.yaml"),
        run("a folder with another program's summary", "other").file("other/summary.json", "{}"),
        run("the folder itself", "."),
        run("below a file", "job.yaml/results"),
        run("no name", ""),
        Case::new("a command that is missing").command(&["rnu", INPUT]),
        Case::new("nothing to run").command(&["run"]),
        Case::new("nothing to validate").command(&["validate"]),
        Case::new("two scenarios")
            .file(INPUT, SCENARIO)
            .file("job.yaml", JOB)
            .file("b.yaml", SCENARIO)
            .command(&["run", INPUT, "b.yaml"]),Case::new("a sweep to run").file(INPUT, "apiVersion: podtime/v1\nkind: Sweep\nmetadata: {name: s}\nspec: {scenario: a.yaml}\n")
            .command(&["run", INPUT]),
        Case::new("stdin twice").command(&["validate", "-", "-"]),
        Case::new("schedules of `cron`")
            .command(&["cron", "61 * * * *"])
            .command(&["cron", "0 2 * * *", "--time-zone", "Europe/Viena"])
            .command(&["cron", "0 2 * * *", "--after", "yesterday"])
            .command(&["cron"])
            .command(&["cron", "0 2 * * *", "-n", "-1"])
            .command(&["cron", "--batch", "missing.csv"]),
        Case::new("the shell of completions").command(&["completions", "dos"]),
        Case::new("the kind of a schema").command(&["schema", "pod"]),
    ];
    check(&cases, &expect_file!["snapshots/commands.txt"]);
}
