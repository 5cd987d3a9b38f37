#![allow(clippy::too_many_lines, reason = "tables of cases")]

use super::super::testing::{Bench, Sketch, at, container, spec, template};
use super::{Record, delay, finish_time, remaining, remaining_of_index};
use crate::model::ContainerKind;
use crate::sim::{Span, Time};
use crate::world::{Phase, PodUpdate};
use std::sync::Arc;

#[test]
fn the_wait_doubles_up_to_ten_minutes() {
    // JOB-42.
    let seconds = [0, 10, 20, 40, 80, 160, 320, 600, 600, 600];
    for (failures, wait) in (0..).zip(seconds) {
        assert_eq!(
            delay(failures),
            Span::from_secs(wait),
            "{failures} failures"
        );
    }
    assert_eq!(delay(u32::MAX), Span::from_secs(600));
}

#[test]
fn the_wait_is_measured_from_the_failure() {
    // Upstream `TestGetRemainingBackoffTime`, with the base of 10 s and the cap of 600 s (JOB-C3).
    let cases = [
        ("no failures", 0, 0, 0),
        (
            "one failure; current time and failure time are same",
            1,
            0,
            10,
        ),
        (
            "one failure; current time == 1 second + failure time",
            1,
            1,
            9,
        ),
        (
            "one failure; current time == expected backoff time",
            1,
            10,
            0,
        ),
        (
            "one failure; current time == expected backoff time + 1 Second",
            1,
            11,
            0,
        ),
        (
            "three failures; current time and failure time are same",
            3,
            0,
            40,
        ),
        ("eight failures; backoff exceeding maxBackoff", 8, 0, 600),
    ];
    for (name, failures, elapsed, left) in cases {
        let left = Span::from_secs(left);
        assert_eq!(
            remaining(at(100 + elapsed), failures, at(100)),
            left,
            "{name}"
        );
    }
    assert_eq!(Record::default().remaining(at(5)), Span::ZERO);
}

#[test]
fn the_record_counts_failures_since_the_last_success() {
    // JOB-41; upstream `TestNewBackoffRecord`, the times in seconds.
    struct Case {
        name: &'static str,
        before: u32,
        succeeded: &'static [i64],
        failed: &'static [i64],
        after: (u32, Option<i64>),
    }
    let cases = [
        Case {
            name: "Empty backoff store and one new failure",
            before: 0,
            succeeded: &[],
            failed: &[10],
            after: (1, Some(10)),
        },
        Case {
            name: "Empty backoff store and two new failures",
            before: 0,
            succeeded: &[],
            failed: &[10, 9],
            after: (2, Some(10)),
        },
        Case {
            name: "Empty backoff store, two failures followed by success",
            before: 0,
            succeeded: &[10],
            failed: &[8, 9],
            after: (0, None),
        },
        Case {
            name: "Empty backoff store, two failures, one success and two more failures",
            before: 0,
            succeeded: &[8],
            failed: &[10, 6, 7, 9],
            after: (2, Some(10)),
        },
        Case {
            name: "Backoff store having failure count 2 and one new failure",
            before: 2,
            succeeded: &[],
            failed: &[10],
            after: (3, Some(10)),
        },
        Case {
            name: "Empty backoff store with success and failure at same timestamp",
            before: 0,
            succeeded: &[10],
            failed: &[10],
            after: (0, None),
        },
        Case {
            name: "Empty backoff store with no success/failure",
            before: 0,
            succeeded: &[],
            failed: &[],
            after: (0, None),
        },
        Case {
            name: "one success after two failures",
            before: 2,
            succeeded: &[10],
            failed: &[],
            after: (0, None),
        },
    ];
    for case in cases {
        let times = |seconds: &[i64]| -> Vec<Time> { seconds.iter().map(|&s| at(s)).collect() };
        let before = Record {
            failures: case.before,
            last_failure: None,
        };
        let after = before.after(&times(case.succeeded), &times(case.failed));
        let (failures, last_failure) = case.after;
        let last_failure = last_failure.map(at);
        assert_eq!(
            after,
            Record {
                failures,
                last_failure
            },
            "{}",
            case.name
        );
    }
    let kept = Record {
        failures: 2,
        last_failure: Some(at(4)),
    };
    assert_eq!(kept.after(&[], &[]), kept, "nothing new");
}

/// The finish time of a pod with these containers after `make`, which starts at 100 s.
fn finish(kinds: &[ContainerKind], make: impl Fn(&mut Bench, crate::world::PodId)) -> Time {
    let mut spec = spec(1, Some(1));
    let containers = kinds.iter().map(|&kind| container("c", kind));
    spec.template = Arc::new(template(containers.collect()));
    let mut bench = Bench::new(spec);
    bench.world.advance(at(100));
    let pod = bench.pod(Sketch::new(Phase::Pending));
    make(&mut bench, pod);
    finish_time(&bench.world, bench.world.pod(pod).unwrap())
}

#[test]
fn the_finish_time_falls_back_step_by_step() {
    // JOB-44; upstream `TestGetFinishedTime`.
    use ContainerKind::{Init, Regular, Sidecar};
    let end = |bench: &mut Bench, pod, container, second| {
        bench.world.advance(at(second));
        bench.exit(pod, container, 1);
    };
    let delete = |bench: &mut Bench, pod, second| {
        bench.world.advance(at(second));
        bench.world.request_deletion(pod, Span::from_secs(30));
    };
    let all = finish(&[Regular, Regular, Regular], |bench, pod| {
        end(bench, pod, 0, 101);
        end(bench, pod, 2, 102);
        end(bench, pod, 1, 104);
    });
    assert_eq!(all, at(104), "all containers terminated");

    let some = finish(&[Regular, Regular], |bench, pod| {
        end(bench, pod, 0, 101);
        delete(bench, pod, 107);
    });
    assert_eq!(
        some,
        at(107),
        "one still running; fallback to deletionTimestamp"
    );

    let not_ready = finish(&[Regular], |bench, pod| {
        bench.world.advance(at(103));
        bench.report(pod, &PodUpdate::Ready(false));
        delete(bench, pod, 109);
    });
    assert_eq!(
        not_ready,
        at(103),
        "fallback to PodReady.LastTransitionTime"
    );

    let ready = finish(&[Regular], |bench, pod| {
        bench.report(pod, &PodUpdate::Ready(true));
        delete(bench, pod, 109);
    });
    assert_eq!(
        ready,
        at(109),
        "skip fallback when status of the condition is True"
    );

    assert_eq!(
        finish(&[Regular], |_, _| {}),
        at(100),
        "fallback to creationTimestamp"
    );

    let sidecar = finish(&[Init, Sidecar, Regular], |bench, pod| {
        end(bench, pod, 2, 103);
        end(bench, pod, 1, 105);
    });
    assert_eq!(
        sidecar,
        at(105),
        "Pod with sidecar container and all containers terminated"
    );
}

#[test]
fn an_index_waits_by_its_own_failures() {
    // JOB-46; upstream `TestGetRemainingBackoffTimePerIndex`, with the base of 10 s.
    for (failures, wait) in [((0, 0), 10), ((2, 0), 40), ((1, 1), 40)] {
        let mut bench = Bench::new(spec(1, Some(1)));
        bench.world.advance(at(100));
        let pod = bench.pod(Sketch {
            failures,
            ..Sketch::of(Phase::Failed, 0).exit(1)
        });
        let row = bench.world.pod(pod).unwrap();
        for (later, left) in [(0, wait), (3, wait - 3), (wait, 0)] {
            let left = Span::from_secs(left);
            let found = remaining_of_index(&bench.world, at(100 + later), row);
            assert_eq!(found, left, "{failures:?}");
        }
    }
}
