//! podtime against a real control plane.
//!
//! A recording is what an unmodified Kubernetes 1.36 control plane (etcd, API server, controller manager,
//! scheduler, all flags at their defaults) did in a small scenario. Only the kubelets were played by a
//! program, with known times; the control plane's decisions and delays are real. Each test here plays the
//! same scenario and holds the two against each other by the criteria of `compare.rs`.
//!
//! `cargo test --test oracle -- --nocapture table` prints how near each recording is.

mod archive;
mod compare;
mod cronjobs;
mod notices;
mod placement;
mod recorded;
mod side;
mod simulated;
mod steps;
mod table;
mod verdicts;
mod workloads;

use archive::{Recording, recordings};
use compare::{Summary, compare};
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};
use std::thread;
use verdicts::{MUST_PASS, NOT_YET};

/// Plays all recordings, once for all tests, on all cores.
fn summaries() -> &'static BTreeMap<String, Summary> {
    static SUMMARIES: OnceLock<BTreeMap<String, Summary>> = OnceLock::new();
    SUMMARIES.get_or_init(|| {
        let waiting = Mutex::new(recordings().into_iter());
        let done = Mutex::new(BTreeMap::new());
        let next = || waiting.lock().expect("no other thread panicked").next();
        let work = || {
            while let Some((name, recording)) = next() {
                let summary = play(&recording);
                let mut done = done.lock().expect("no other thread panicked");
                done.insert(name, summary);
            }
        };
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        done.into_inner().expect("no thread panicked")
    })
}

fn play(recording: &Recording) -> Summary {
    let recorded = recorded::read(recording);
    match simulated::run(recording, &recorded) {
        Ok(simulated) => compare(recording, &recorded, &simulated),
        Err(reason) => Summary::unplayable(&reason),
    }
}

/// The summary of a recording that one of the lists names.
fn summary(name: &str) -> &'static Summary {
    let summary = summaries().get(name);
    summary.unwrap_or_else(|| panic!("there is no recording {name}"))
}

#[test]
fn recordings_are_reproduced() {
    let reports: Vec<String> = MUST_PASS
        .iter()
        .filter(|name| !summary(name).passes())
        .map(|name| table::report(name, summary(name)))
        .collect();
    assert!(
        reports.is_empty(),
        "{} of {} recordings are not reproduced:\n\n{}",
        reports.len(),
        MUST_PASS.len(),
        reports.join("\n")
    );
}

#[test]
fn recordings_with_a_reason_still_differ() {
    let passing: Vec<&str> = NOT_YET
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| summary(name).passes())
        .collect();
    assert!(
        passing.is_empty(),
        "these pass: move them to MUST_PASS\n{}",
        passing.join("\n")
    );
}

#[test]
fn every_recording_is_in_one_list() {
    let mut listed: Vec<&str> = MUST_PASS.to_vec();
    listed.extend(NOT_YET.iter().map(|(name, _)| *name));
    listed.sort_unstable();
    let recordings = recordings();
    let names: Vec<&str> = recordings.keys().map(String::as_str).collect();
    assert_eq!(listed, names);
}

/// `docs/fidelity.md` shows this table; `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_table_in_the_docs_is_true() {
    expect_test::expect_file!["../../docs/fidelity.txt"].assert_eq(&table::table(summaries()));
}

#[test]
fn table_of_all_recordings() {
    let table = table::table(summaries());
    println!("\n{table}\nNot yet:\n{}", table::reasons(NOT_YET));
    assert_eq!(table.lines().count(), recordings().len() + 2);
}
