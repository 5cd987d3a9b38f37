#![allow(clippy::too_many_lines, reason = "tables of cases")]

use super::super::testing::{Bench, Sketch, at, indexed, spec};
use super::{Census, IndexState, is_failed};
use crate::model::{
    ExitCodeOperator, FailureAction, FailureMatch, FailureRule, JobSpec, PodReplacementPolicy,
};
use crate::world::Phase::{Failed, Pending, Running, Succeeded};

fn per_index(limit: i32) -> JobSpec {
    JobSpec {
        backoff_limit_per_index: Some(limit),
        ..indexed(2, 2)
    }
}

#[test]
fn pods_are_failed_by_phase_and_mode() {
    // JOB-12 to JOB-14.
    let lenient = spec(1, Some(1));
    let strict = JobSpec {
        pod_replacement_policy: PodReplacementPolicy::Failed,
        ..spec(1, Some(1))
    };
    let by_policy = JobSpec {
        failure_policy: Some(Vec::new()),
        ..spec(1, Some(1))
    };
    let cases = [
        (Sketch::new(Failed), true, true),
        (Sketch::new(Failed).deleting(), true, true),
        (Sketch::new(Running), false, false),
        (Sketch::new(Running).deleting(), true, false),
        (Sketch::new(Pending).deleting(), true, false),
        (Sketch::new(Succeeded).deleting(), false, false),
    ];
    for (sketch, by_default, only_failed) in cases {
        let bench = Bench::with(lenient.clone(), &[sketch], 1);
        let (_, pod) = bench.world.pods().next().unwrap();
        assert_eq!(is_failed(&lenient, pod), by_default, "{sketch:?}");
        assert_eq!(is_failed(&strict, pod), only_failed, "{sketch:?}");
        assert_eq!(is_failed(&by_policy, pod), only_failed, "{sketch:?}");
    }
}

/// JOB-10 (active), JOB-11 (terminating), JOB-16 (ready).
#[test]
fn a_pod_is_counted_once() {
    // JOB-15; upstream `TestGetNewFinshedPods`.
    let mut untracked = Sketch::of(Failed, 0);
    untracked.finalizer = false;
    let pods = [
        Sketch::of(Succeeded, 0),
        Sketch::of(Succeeded, 7),
        Sketch::new(Failed),
        Sketch::of(Failed, 1),
        untracked,
        Sketch::of(Running, 1).ready(),
        Sketch::of(Running, 1).deleting(),
    ];
    let mut bench = Bench::with(indexed(2, 2), &pods, 1);
    let failed = *bench.world.job(bench.job).pods.values().nth(3).unwrap();
    {
        let job = bench.world.job(bench.job);
        let census = Census::of(&bench.world, job);
        assert_eq!(census.new_succeeded.len(), 1);
        assert_eq!(census.new_failed.len(), 2, "one Failed, one deleted");
        assert_eq!(
            (census.active.len(), census.ready, census.terminating),
            (1, 1, 1)
        );
    }
    let mut status = bench.status().clone();
    status.uncounted.failed.push(failed);
    bench.world.write_job_status(bench.job, status);
    let census = Census::of(&bench.world, bench.world.job(bench.job));
    assert_eq!(
        census.new_failed.len(),
        1,
        "the other one is on its way already"
    );
}

#[test]
fn an_index_fails_at_its_limit() {
    // JOB-48; upstream `TestIsIndexFailed`, `TestCalculateFailedIndexes`.
    let fail_index = FailureRule {
        action: FailureAction::FailIndex,
        matches: FailureMatch::ExitCodes {
            container: None,
            operator: ExitCodeOperator::In,
            values: vec![3],
        },
    };
    let matching = |action| JobSpec {
        failure_policy: Some(vec![FailureRule {
            action,
            ..fail_index.clone()
        }]),
        ..per_index(1)
    };
    let failed = Sketch::of(Failed, 1).exit(3);
    let cases = [
        ("when backoffLimitPerIndex=0", per_index(0), failed, "1"),
        (
            "when backoffLimitPerIndex=1",
            per_index(1),
            failed.failures(1),
            "1",
        ),
        ("one retry left", per_index(1), failed, ""),
        (
            "matching FailIndex",
            matching(FailureAction::FailIndex),
            failed,
            "1",
        ),
        (
            "an ignored failure",
            matching(FailureAction::Ignore),
            failed.failures(1),
            "",
        ),
        (
            "a counted one",
            matching(FailureAction::Count),
            failed.failures(1),
            "1",
        ),
        (
            "index outside of completions",
            per_index(0),
            Sketch::of(Failed, 4),
            "",
        ),
        (
            "a succeeded pod",
            per_index(0),
            Sketch::of(Succeeded, 1).failures(1),
            "",
        ),
    ];
    for (name, spec, pod, indexes) in cases {
        let bench = Bench::with(spec, &[pod], 1);
        let job = bench.world.job(bench.job);
        let census = Census::of(&bench.world, job);
        let state = IndexState::of(&bench.world, job, &census).unwrap();
        assert_eq!(state.failed.unwrap().to_string(), indexes, "{name}");
    }
}

#[test]
fn the_last_failed_pod_of_an_index_is_held() {
    // JOB-47; upstream `TestGetPodsWithDelayedDeletionPerIndex`; pods by their place.
    let mut untracked = Sketch::of(Failed, 0);
    untracked.finalizer = false;
    let cases: [(&str, i32, &[Sketch], &[u64]); 6] = [
        (
            "corresponding to non-failed indexes are kept",
            1,
            &[Sketch::of(Failed, 0), Sketch::of(Failed, 1).failures(1)],
            &[0],
        ),
        ("failed pod without finalizer", 0, &[untracked], &[]),
        (
            "index outside of completions",
            1,
            &[Sketch::of(Failed, 4)],
            &[],
        ),
        (
            "for active index",
            1,
            &[Sketch::of(Failed, 0), Sketch::of(Running, 0).failures(1)],
            &[],
        ),
        (
            "for succeeded index",
            1,
            &[Sketch::of(Failed, 0), Sketch::of(Succeeded, 0).failures(1)],
            &[],
        ),
        (
            "only the pod with highest failure count is kept",
            4,
            &[
                Sketch::of(Failed, 0),
                Sketch::of(Failed, 0).failures(2),
                Sketch::of(Failed, 0).failures(1),
            ],
            &[1],
        ),
    ];
    for (name, limit, pods, held) in cases {
        let bench = Bench::with(per_index(limit), pods, 1);
        let job = bench.world.job(bench.job);
        let census = Census::of(&bench.world, job);
        let state = IndexState::of(&bench.world, job, &census).unwrap();
        let found: Vec<u64> = state.held.values().map(|(_, pod)| pod.number.0).collect();
        assert_eq!(found, held, "{name}");
    }

    let mut bench = Bench::new(per_index(4));
    for second in [5, 7] {
        bench.world.advance(at(second));
        bench.pod(Sketch::of(Failed, 0).failures(1).exit(1));
    }
    let job = bench.world.job(bench.job);
    let state = IndexState::of(&bench.world, job, &Census::of(&bench.world, job)).unwrap();
    assert_eq!(
        state.held[&0].1.number.0, 1,
        "only the last failed pod is kept"
    );
}
