//! `podtime run`.

use crate::support::Folder;
use expect_test::expect;

/// Two nodes, one of which is taken out of service.
const SMALL: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: small}
spec:
  duration: 1h
  seed: 7
  cluster:
    controlPlane: ideal
    pools: [{name: workers, count: 2}]
  actions:
  - {at: 10m, kubectl: cordon workers-2}
  expect:
  - cluster.nodes_max == 2
  - cluster.pods_created == 0 && cluster.nodes_max < 3
";

fn small() -> Folder {
    Folder::with(&[("small.yaml", SMALL)])
}

const FILES: [&str; 11] = [
    "completions.csv",
    "coverage.csv",
    "cronjobs.csv",
    "events.csv",
    "jobs.csv",
    "nodes.csv",
    "objects.jsonl",
    "pods.csv",
    "retries.csv",
    "summary.json",
    "utilization.csv",
];

#[test]
fn a_run_prints_what_happened_and_writes_its_files() {
    let folder = small();
    folder.podtime(&["run", "small.yaml"]).is(&expect![[r#"
        exit 0
        --- stdout
        2 nodes; 0 pods
        cpu requested 0.0% on average, 0.0% at most; memory 0.0%, 0.0%
        7 events in 1h

        held      cluster.nodes_max == 2
        held      cluster.pods_created == 0 && cluster.nodes_max < 3
        --- stderr
        results are in results/small
    "#]]);
    assert_eq!(folder.list("results"), ["small"]);
    assert_eq!(folder.list("results/small"), FILES);
    expect![[r#"
        seq,t,time,kind,namespace,name,event,node,cause,detail
        1,0.000,2026-01-01T00:00:00.000Z,Node,,workers-1,NodeAdded,workers-1,,pool=workers
        2,0.000,2026-01-01T00:00:00.000Z,Node,,workers-1,NodeReady,workers-1,,
        3,0.000,2026-01-01T00:00:00.000Z,Node,,workers-2,NodeAdded,workers-2,,pool=workers
        4,0.000,2026-01-01T00:00:00.000Z,Node,,workers-2,NodeReady,workers-2,,
        5,600.000,2026-01-01T00:10:00.000Z,Scenario,,small,Action,,,cordon workers-2
        6,600.000,2026-01-01T00:10:00.000Z,Node,,workers-2,NodeCordoned,workers-2,5,
        7,600.000,2026-01-01T00:10:00.000Z,Node,,workers-2,NodeTainted,workers-2,6,node.kubernetes.io/unschedulable:NoSchedule
    "#]]
    .assert_eq(&folder.read("results/small/events.csv"));
}

#[test]
fn the_same_run_writes_the_same_bytes() {
    let folder = small();
    folder.podtime(&["run", "small.yaml", "--out", "a"]);
    folder.podtime(&["run", "./small.yaml", "--out", "deep/er/b", "--quiet"]);
    for file in FILES {
        assert_eq!(
            folder.read(&format!("a/{file}")),
            folder.read(&format!("deep/er/b/{file}")),
            "{file}"
        );
    }
}

#[test]
fn an_expectation_that_is_not_held_is_exit_code_1_and_the_results_are_there() {
    let folder = Folder::with(&[(
        "small.yaml",
        &format!("{SMALL}  - cluster.nodes_max == 3\n  - cluster.pending_p95_s < 1.0\n"),
    )]);
    folder.podtime(&["run", "small.yaml"]).is(&expect![[r#"
        exit 1
        --- stdout
        2 nodes; 0 pods
        cpu requested 0.0% on average, 0.0% at most; memory 0.0%, 0.0%
        7 events in 1h

        held      cluster.nodes_max == 2
        held      cluster.pods_created == 0 && cluster.nodes_max < 3
        not held  cluster.nodes_max == 3
                  cluster.nodes_max is 2
        not held  cluster.pending_p95_s < 1.0
                  cluster.pending_p95_s is null
        --- stderr
        results are in results/small
    "#]]);
    assert_eq!(folder.list("results/small"), FILES);
}

#[test]
fn a_wrong_scenario_is_exit_code_2_and_nothing_is_written() {
    let wrong = SMALL
        .replace("duration: 1h", "duration: soon")
        .replace("seed: 7", "sead: 7");
    let folder = Folder::with(&[("small.yaml", &wrong)]);
    folder.podtime(&["run", "small.yaml"]).is(&expect![[r#"
        exit 2
        --- stderr
        small.yaml:5:13: error: expected a duration such as 90s or 1h30m, found the text `soon`
          at spec.duration
          hint: "soon" is not a duration; write numbers with units, such as 30s, 1h30m or 7d
        small.yaml:6:3: error: unknown key `sead`
          at spec.sead
          hint: did you mean `seed`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        2 errors, 0 warnings
    "#]]);
    folder.podtime(&["run", "missing.yaml"]).is(&expect![[r#"
        exit 2
        --- stderr
        error: cannot read `missing.yaml`: there is no such file
        1 error, 0 warnings
    "#]]);
    assert_eq!(folder.list("."), ["small.yaml"]);
}

#[test]
fn a_wrong_scenario_leaves_old_results_as_they_were() {
    let folder = small();
    folder.podtime(&["run", "small.yaml"]);
    let before = folder.read("results/small/summary.json");
    folder.write("small.yaml", &SMALL.replace("1h", "soon"));
    assert_eq!(folder.podtime(&["run", "small.yaml"]).code, 2);
    assert_eq!(folder.read("results/small/summary.json"), before);
    folder.write("small.yaml", &SMALL.replace("1h", "2h"));
    assert_eq!(folder.podtime(&["run", "small.yaml"]).code, 0);
    assert_ne!(folder.read("results/small/summary.json"), before);
    assert_eq!(folder.list("results"), ["small"]);
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = small();
    folder.write("mine/notes.txt", "keep me");
    let done = folder.podtime(&["run", "small.yaml", "--out", "mine"]);
    let stderr = done.stderr.replace(
        &folder.path().canonicalize().unwrap().display().to_string(),
        "…",
    );
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
    expect![[r#"
        error: …/mine is not empty and holds no results of podtime; name another folder or empty this one
          hint: --out names the folder for the results
    "#]]
    .assert_eq(&stderr);
    assert_eq!(folder.list("mine"), ["notes.txt"]);
    assert_eq!(folder.list("."), ["mine", "small.yaml"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_exit_code_3() {
    let done = small().podtime(&["run", "small.yaml", "--out", "/proc/podtime"]);
    assert_eq!((done.code, done.stdout.as_str()), (3, ""));
    assert!(
        done.stderr.starts_with("error: cannot write /proc"),
        "{}",
        done.stderr
    );
}

#[test]
fn quiet_leaves_what_was_asked_for() {
    let loud = small().podtime(&["run", "small.yaml"]);
    let quiet = small().podtime(&["run", "small.yaml", "--quiet"]);
    assert_eq!(quiet.stdout, loud.stdout);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn json_has_the_summary_and_the_expectations() {
    let folder = small();
    let done = folder.podtime(&["run", "small.yaml", "--format", "json"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    let printed: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let written = folder.read("results/small/summary.json");
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(printed["summary"], written);
    expect![[r#"
        [
          {
            "expect": "cluster.nodes_max == 2",
            "held": true,
            "message": "held"
          },
          {
            "expect": "cluster.pods_created == 0 && cluster.nodes_max < 3",
            "held": true,
            "message": "held"
          }
        ]
    "#]]
    .assert_eq(&format!("{:#}\n", printed["expectations"]));
}

#[test]
fn the_command_line_wins_over_the_scenario() {
    let folder = small();
    let line = [
        "run",
        "small.yaml",
        "--seed=9",
        "--until=90m",
        "--set=spec.cluster.pools[name=workers].count=3",
        "--write=nodes,events",
        "--quiet",
    ];
    let done = folder.podtime(&line);
    assert_eq!((done.code, done.stderr.as_str()), (1, ""));
    assert_eq!(
        folder.list("results/small"),
        ["events.csv", "nodes.csv", "summary.json"]
    );
    let summary: serde_json::Value =
        serde_json::from_str(&folder.read("results/small/summary.json")).unwrap();
    assert_eq!(summary["seed"], 9);
    assert_eq!(summary["horizon_s"], 5400.0);
    assert_eq!(summary["cluster"]["nodes_max"], 3);
}

#[test]
fn a_path_of_set_that_leads_nowhere_is_refused() {
    let line = [
        "run",
        "small.yaml",
        "--set",
        "spec.cluster.pools[name=workres].count=3",
    ];
    small().podtime(&line).is(&expect![[r#"
        exit 2
        --- stderr
        --set:1:1: error: nothing in `spec.cluster.pools` has name=workres
          at spec.cluster.pools[name=workres].count
          hint: did you mean [name=workers]?
        1 error, 0 warnings
    "#]]);
}

#[test]
fn samples_are_as_far_apart_as_asked_for() {
    let folder = small();
    folder.podtime(&["run", "small.yaml", "--sample", "20m"]);
    let rows = folder.read("results/small/utilization.csv");
    let times: Vec<&str> = rows
        .lines()
        .map(|row| row.split(',').next().unwrap())
        .collect();
    assert_eq!(times, ["t", "0.000", "1200.000", "2400.000", "3600.000"]);
}

#[test]
fn a_scenario_can_come_from_stdin() {
    let folder = Folder::new();
    let done = folder.podtime_with_stdin(&["run", "-"], SMALL);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(folder.list("results"), ["small"]);
}

#[test]
fn an_action_that_the_cluster_refuses_is_a_warning() {
    let scenario = SMALL.replace("cordon workers-2", "delete job etl");
    let folder = Folder::with(&[("small.yaml", &scenario)]);
    let done = folder.podtime(&["run", "small.yaml"]);
    assert_eq!(done.code, 0);
    expect![[r#"
        warning: at 10m: `delete job etl` was refused: jobs.batch "etl" not found
        results are in results/small
    "#]]
    .assert_eq(&done.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn the_verdict_outlives_a_reader_who_leaves() {
    let folder = Folder::with(&[(
        "small.yaml",
        &format!("{SMALL}  - cluster.nodes_max == 3\n"),
    )]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = std::process::Command::new(assert_cmd::cargo::cargo_bin("podtime"))
        .args(["run", "small.yaml", "--quiet"])
        .current_dir(folder.path())
        .stdout(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

const JOB: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: etl}
spec:
  backoffLimit: 2
  template:
    metadata: {annotations: {podtime/run: 30s, podtime/exit-code: '1,0'}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: etl}]
";

#[test]
fn a_manifest_plays_without_a_scenario() {
    let folder = Folder::with(&[("etl job.yaml", JOB)]);
    let done = folder.podtime(&["run", "etl job.yaml"]);
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (0, "results are in results/etl-job\n")
    );
    let job: Vec<String> = done.stdout.lines().take(2).map(str::to_owned).collect();
    assert!(job[0].starts_with("JOB "), "{job:?}");
    assert!(job[1].starts_with("etl  Complete"), "{job:?}");
    assert!(
        done.stdout
            .contains("\n3 nodes; 2 pods, 1 succeeded, 1 failed\n"),
        "{}",
        done.stdout
    );
    assert_eq!(
        folder.read("results/etl-job/retries.csv").lines().count(),
        2
    );
}

#[test]
fn nodes_are_as_many_and_as_large_as_asked_for() {
    let folder = Folder::with(&[("etl.yaml", JOB)]);
    folder.podtime(&["run", "etl.yaml", "--nodes=2", "--node-size=500m,1Gi,7pods"]);
    let nodes = folder.read("results/etl/nodes.csv");
    let sizes: Vec<&str> = nodes
        .lines()
        .skip(1)
        .map(|row| row.split(",,").last().unwrap().rsplit_once(',').unwrap().0)
        .collect();
    assert_eq!(sizes, ["500,1073741824,7", "500,1073741824,7"]);
}
