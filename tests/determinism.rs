//! The same scenario and seed give the same bytes, and workloads do not disturb each other's draws.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// Runs the program on a scenario; the folder of its results. In the ideal profile, where a stranger's calls do not
/// shift a relist.
fn run(scenario: &Path, out: &Path) -> PathBuf {
    let folder = out.join("results");
    let output = assert_cmd::Command::cargo_bin("podtime")
        .unwrap()
        .args([
            "run",
            "--quiet",
            "--set",
            "spec.cluster.controlPlane=ideal",
            "--out",
        ])
        .arg(&folder)
        .arg(scenario)
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}: {}",
        scenario.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    folder
}

/// Name and content of every file of a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(name)
}

#[test]
fn twice_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let scenario = scenario("crowded-hour.yaml");
    assert_eq!(
        files(&run(&scenario, one.path())),
        files(&run(&scenario, two.path()))
    );
}

/// Everything about one Job's pods but the nodes they ran on: name, times of the containers, exit codes.
fn draws_of(folder: &Path, owner: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(folder.join("pods.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (pod, owner_at, started, finished, exit) = (
        column("pod"),
        column("owner"),
        column("started_t"),
        column("finished_t"),
        column("exit_code"),
    );
    reader
        .records()
        .map(|record| record.unwrap())
        .filter(|record| &record[owner_at] == owner)
        .map(|record| {
            let time = |at: usize| record[at].parse::<f64>().unwrap_or(0.0);
            format!(
                "{} ran {:.3} and exited with {}",
                &record[pod],
                time(finished) - time(started),
                &record[exit]
            )
        })
        .collect()
}

#[test]
fn an_unrelated_job_leaves_every_other_draw_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let alone = scenario("parallel-chunks.yaml");
    let text = fs::read_to_string(&alone).unwrap();
    let other = "  - apiVersion: batch/v1\n    kind: Job\n    metadata: {name: a-stranger}\n    spec:\n      completions: 5\n      parallelism: 2\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n          - {name: main, image: \"stranger:v1\"}\n";
    let both = folder.path().join("both.yaml");
    fs::write(
        &both,
        text.replace("  behaviors:\n", &format!("{other}  behaviors:\n")),
    )
    .unwrap();
    let one = run(&alone, &folder.path().join("alone"));
    let two = run(&both, &folder.path().join("both"));
    let before = draws_of(&one, "chunks");
    assert!(before.len() >= 10, "the Job has its pods");
    assert_eq!(before, draws_of(&two, "chunks"));
    assert!(
        !draws_of(&two, "a-stranger").is_empty(),
        "the other Job ran"
    );
}
