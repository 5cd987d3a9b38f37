//! Random scenarios, each played under the eyes of a checker.
//!
//! A seed makes a scenario (`generate`), which is loaded as a person's file would be and played by
//! [`podtime::simulate`] with a recorder that walks the world after every fact (`check`) and fails the run at the
//! first thing that Kubernetes would never show. Afterwards the result files are held against each other
//! (`results`), and for some seeds the run is played again, without files and with.
//!
//! `cargo test` plays the seeds 0 to 49. More, or others:
//!
//! ```text
//! PODTIME_SWARM_SEEDS=1000 cargo test --release --test swarm      # seeds 0 to 999
//! PODTIME_SWARM_SEEDS=217..218 cargo test --test swarm            # seed 217
//! ```
//!
//! A failure names the seed, what does not hold, the scenario's file and the command that repeats it.

// Everything here is test code, helpers included.
#![cfg(test)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "each check looks at the few changes that it is about; a new one is none of them"
)]

mod check;
mod dice;
mod generate;
mod play;
mod regressions;
mod results;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// The seeds of an ordinary `cargo test`.
const SEEDS: Range<u64> = 0..50;

/// Names other seeds: a number of them, or `FIRST..END`.
const VARIABLE: &str = "PODTIME_SWARM_SEEDS";

/// If no seed ends for so long, those that have begun hang.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where `VARIABLE` points.
fn seeds() -> Range<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how much is tested is the caller's wish, and no result depends on it"
    )]
    let Ok(text) = std::env::var(VARIABLE) else {
        return SEEDS;
    };
    let number = |text: &str| {
        text.parse()
            .unwrap_or_else(|_| panic!("{VARIABLE} is a number or FIRST..END, not {text:?}"))
    };
    match text.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(&text),
    }
}

/// Plays all seeds on two threads; what failed, by seed.
fn failures(seeds: &Range<u64>) -> Vec<(u64, String)> {
    let next = AtomicU64::new(seeds.start);
    let (done, news) = mpsc::channel();
    let (mut failures, mut ended) = (Vec::new(), BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    done.send((seed, play::play(seed))).unwrap();
                }
            });
        }
        for _ in seeds.clone() {
            let Ok((seed, result)) = news.recv_timeout(PATIENCE) else {
                let begun = seeds.start..next.load(Ordering::Relaxed).min(seeds.end);
                let hanging: Vec<u64> = begun.filter(|seed| !ended.contains(seed)).collect();
                eprintln!("no end of seeds {hanging:?}; again: {VARIABLE}=SEED..NEXT");
                // The threads cannot be stopped, and the scope would wait for them.
                std::process::abort();
            };
            ended.insert(seed);
            failures.extend(result.err().map(|failure| (seed, failure)));
        }
    });
    failures.sort();
    failures
}

#[test]
fn nothing_happens_that_kubernetes_would_not_do() {
    let seeds = seeds();
    let failures = failures(&seeds);
    let told: Vec<String> = failures
        .iter()
        .map(|(seed, failure)| {
            let next = seed + 1;
            format!(
                "seed {seed}: {failure}\n  again: {VARIABLE}={seed}..{next} cargo test --test swarm"
            )
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} seeds failed\n{}",
        failures.len(),
        seeds.end - seeds.start,
        told.join("\n")
    );
}
