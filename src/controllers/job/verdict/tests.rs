use super::super::testing::{Bench, Sketch, at, spec};
use super::super::{Sync, backoff};
use super::{Deadline, by_completions, deadline, exceeds_restarts};
use crate::model::JobSpec;
use crate::sim::Span;
use crate::world::Phase;

#[test]
fn restarts_reach_the_limit() {
    // JOB-43; upstream `TestJobBackoffForOnFailure`.
    let cases = [
        ("backoffLimit 0 should have 1 pod active", 0, 0, false),
        ("backoffLimit 0 - first restart", 0, 1, true),
        (
            "backoffLimit 1 with restartCount 0 should have 1 pod active",
            1,
            0,
            false,
        ),
        (
            "backoffLimit 1 with restartCount 1 should have 0 pod active",
            1,
            1,
            true,
        ),
        (
            "too many job failures with podRunning - multiple pods",
            2,
            2,
            true,
        ),
        ("not enough failures", 3, 2, false),
    ];
    for (name, limit, restarts, exceeded) in cases {
        assert_eq!(exceeds_restarts(restarts, limit), exceeded, "{name}");
    }
}

#[test]
fn a_job_is_complete_when_nothing_is_left() {
    // JOB-60, JOB-61.
    let cases = [
        (Some(5), 5, 0, true),
        (Some(5), 6, 0, true),
        (Some(5), 5, 1, false),
        (Some(5), 4, 0, false),
        (Some(0), 0, 0, true),
        (None, 0, 0, false),
        (None, 1, 1, false),
        (None, 1, 0, true),
    ];
    for (completions, succeeded, active, complete) in cases {
        let verdict = by_completions(completions, succeeded, active);
        let case = (completions, succeeded, active);
        assert_eq!(verdict.is_some(), complete, "{case:?}");
    }
}

#[test]
fn the_deadline_counts_from_the_whole_second() {
    // JOB-80 with JOB-9.
    let limited = JobSpec {
        active_deadline: Some(Span::from_secs(10)),
        ..spec(1, Some(1))
    };
    let mut bench = Bench::new(limited);
    let check = |bench: &Bench| {
        let sync = Sync::of(&bench.world, bench.job, backoff::Record::default());
        deadline(&sync)
    };
    bench.world.advance(at(3) + Span::from_millis(700));
    let first = at(13) + Span::from_millis(700);
    assert_eq!(check(&bench), Deadline::At(first), "before the first write");
    bench.sync();
    assert_eq!(bench.look_again, [first]);
    assert_eq!(check(&bench), Deadline::At(at(13)));
    bench.world.advance(at(13));
    assert_eq!(check(&bench), Deadline::Past);

    let suspended = JobSpec {
        suspend: true,
        active_deadline: Some(Span::from_secs(1)),
        ..spec(1, Some(1))
    };
    let bench = Bench::with(suspended, &[Sketch::new(Phase::Running)], 50);
    assert_eq!(check(&bench), Deadline::None);
}
