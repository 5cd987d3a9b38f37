#![allow(clippy::too_many_lines, reason = "tables of cases")]

use super::super::testing::{Bench, Sketch, at, indexed, spec};
use super::{pods_to_remove, rank, wanted_active};
use crate::controllers::job::pods::Row;
use crate::world::Phase::{Pending, Running};

#[test]
fn the_wanted_number_depends_on_what_has_succeeded() {
    // JOB-30: parallelism, completions, succeeded, active, wanted.
    let cases = [
        ("start", 2, Some(5), 0, 0, 2),
        ("fewer completions than parallelism", 8, Some(3), 0, 0, 3),
        (
            "more active pods than remaining completions",
            3,
            Some(4),
            2,
            3,
            2,
        ),
        ("more succeeded than completions", 3, Some(2), 4, 0, 0),
        ("parallelism 0", 0, Some(4), 0, 2, 0),
        ("work queue", 3, None, 0, 1, 3),
        ("work queue after a success", 3, None, 1, 2, 2),
    ];
    for (name, parallelism, completions, succeeded, active, wanted) in cases {
        let spec = spec(parallelism, completions);
        assert_eq!(wanted_active(&spec, succeeded, active), wanted, "{name}");
    }
}

#[test]
fn pods_are_removed_in_the_order_of_their_worth() {
    // JOB-39; upstream `TestSortingActivePods`.
    let mut bench = Bench::new(spec(1, None));
    let pending = Sketch::new(Pending);
    let mut unbound = pending;
    unbound.bound = false;
    let mut restarted = Sketch::new(Running);
    restarted.restarts = 2;
    let made = [
        (1, "ready for long", Sketch::new(Running).ready()),
        (2, "bound", pending),
        (3, "old", Sketch::new(Running)),
        (4, "restarted", restarted),
        (5, "new", Sketch::new(Running)),
        (6, "ready", Sketch::new(Running).ready()),
        (7, "unbound", unbound),
    ];
    for (second, _, sketch) in made {
        bench.world.advance(at(second));
        bench.pod(sketch);
    }
    let mut pods: Vec<Row<'_>> = bench.world.pods().collect();
    rank(&bench.world, &mut pods);
    let order: Vec<&str> = pods
        .iter()
        .map(|(_, pod)| made[usize::try_from(pod.number.0).unwrap()].1)
        .collect();
    let expected = [
        "unbound",
        "bound",
        "restarted",
        "new",
        "old",
        "ready",
        "ready for long",
    ];
    assert_eq!(order, expected);
}

#[test]
fn doubled_and_invalid_indexes_go_first() {
    // Upstream `TestAppendDuplicatedIndexPodsForRemoval`; pods by their place.
    let pod = |phase, index| Sketch::of(phase, index);
    let cases: [(&str, &[Sketch], usize, &[u64]); 4] = [
        (
            "all unique",
            &[
                Sketch::new(Pending),
                pod(Pending, 2),
                pod(Running, 5),
                pod(Running, 6),
            ],
            0,
            &[0, 3],
        ),
        (
            "all with index",
            &[
                pod(Pending, 5),
                pod(Running, 0),
                pod(Pending, 3),
                pod(Running, 0),
                pod(Running, 3),
                pod(Pending, 0),
                pod(Running, 6),
                pod(Pending, 6),
            ],
            0,
            &[1, 2, 5, 6, 7],
        ),
        (
            "mixed",
            &[
                Sketch::new(Pending),
                pod(Running, -2),
                pod(Pending, 0),
                pod(Pending, 1),
                pod(Pending, 1),
                pod(Running, 1),
            ],
            0,
            &[0, 1, 3, 4],
        ),
        (
            "more than those: the pending one, not the highest index (JOB-39)",
            &[
                pod(Pending, 0),
                pod(Running, 1),
                pod(Running, 2),
                pod(Running, 2),
            ],
            2,
            &[0, 2],
        ),
    ];
    for (name, pods, surplus, removed) in cases {
        let spec = indexed(9, 6);
        let bench = Bench::with(spec.clone(), pods, 1);
        let active: Vec<Row<'_>> = bench.world.pods().collect();
        let rows = pods_to_remove(&bench.world, &spec, &active, surplus);
        let mut numbers: Vec<u64> = rows.iter().map(|(_, pod)| pod.number.0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, removed, "{name}");
    }
}
