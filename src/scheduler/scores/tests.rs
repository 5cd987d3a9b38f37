use super::*;
use crate::model::{Name, TolerationOperator};

/// SCH-59a, SCH-C11: `TestLeastAllocatedScoringStrategy` (`least_allocated_test.go`), cases with equal weights.
#[test]
fn least_allocated_sch_59a() {
    for (name, resources, score) in [
        ("nothing there, nothing asked", [(0, 4000), (0, 10000)], 100),
        ("differently sized, 1", [(3000, 4000), (5000, 10000)], 37),
        ("differently sized, 2", [(3000, 6000), (5000, 10000)], 50),
        ("pods there, 1", [(6000, 10000), (0, 20000)], 70),
        ("pods there, 2", [(6000, 10000), (5000, 20000)], 57),
        (
            "pods there and one more",
            [(6000, 10000), (10000, 20000)],
            45,
        ),
        ("more memory", [(6000, 10000), (10000, 50000)], 60),
        ("over capacity, 1", [(6000, 4000), (0, 10000)], 50),
        ("over capacity, 2", [(6000, 4000), (5000, 10000)], 25),
        ("a node without resources", [(3000, 0), (5000, 0)], 0),
    ] {
        assert_eq!(least_allocated(resources), score, "{name}");
    }
}

/// SCH-60a: `TestNodeResourcesBalancedAllocation` (`balanced_allocation_test.go`), cases of cpu and memory.
#[test]
fn balanced_allocation_sch_60a() {
    for (name, resources, score) in [
        (
            "differently sized, 1",
            [(0, 3000, 4000), (0, 5000, 10000)],
            68,
        ),
        (
            "differently sized, 2",
            [(0, 3000, 6000), (0, 5000, 10000)],
            75,
        ),
        ("pods there, 1", [(3000, 3000, 10000), (0, 5000, 20000)], 73),
        (
            "pods there, 2",
            [(3000, 3000, 10000), (5000, 5000, 20000)],
            74,
        ),
        (
            "more memory",
            [(3000, 3000, 10000), (5000, 5000, 50000)],
            70,
        ),
        ("the most", [(3000, 0, 3000), (0, 5000, 5000)], 100),
        ("the least", [(0, 0, 3000), (0, 5000, 5000)], 50),
        ("at capacity, 1", [(3000, 3000, 6000), (0, 0, 10000)], 62),
        ("at capacity, 2", [(3000, 3000, 6000), (5000, 0, 10000)], 62),
        ("little cpu", [(0, 3000, 3500), (0, 5000, 40000)], 56),
        ("one resource alone", [(0, 3000, 0), (0, 5000, 40000)], 75),
    ] {
        assert_eq!(balanced_allocation(resources), score, "{name}");
    }
}

/// SCH-60a: a pod that asks for neither cpu nor memory gets no score for balance.
#[test]
fn pods_without_requests_are_not_balanced() {
    let room = Room {
        cpu_m: 4000,
        memory_bytes: 8 << 30,
        ..Room::default()
    };
    let scored = Resources {
        cpu_m: 100,
        memory_bytes: 200 << 20,
        ..Resources::default()
    };
    // (3900·100/4000 + 7992·100/8192) / 2 = (97 + 97) / 2
    assert_eq!(room_score(&Resources::default(), &scored, &room), 97);
}

/// SCH-63.
#[test]
fn the_heap_breaks_ties_sch_63() {
    for (scores, place) in [
        (vec![], None),
        (vec![3], Some(0)),
        (vec![5, 9, 9, 9], Some(1)),
        (vec![5, 7, 9, 9], Some(3)),
        (vec![9, 9, 9, 9], Some(0)),
        (vec![1, 2, 9, 2, 2, 9, 9], Some(2)),
        (vec![1, 1, 9, 1, 9], Some(4)),
        (vec![0, 0, 0, 0, 0, 9, 9, 0, 9], Some(8)),
    ] {
        assert_eq!(winner(scores.iter().copied()), place, "{scores:?}");
    }
}

/// SCH-63: the same against a heap built and popped as Go's `container/heap` does it.
#[test]
fn the_heap_breaks_ties_as_a_heap_does() {
    let mut state = 7_u64;
    for length in 1..200 {
        let scores: Vec<i64> = (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                i64::try_from(state >> 62).unwrap()
            })
            .collect();
        assert_eq!(
            winner(scores.iter().copied()),
            Some(first_of_heap(&scores)),
            "{scores:?}"
        );
    }
}

fn first_of_heap(scores: &[i64]) -> usize {
    let mut heap: Vec<usize> = (0..scores.len()).collect();
    for root in (0..scores.len() / 2).rev() {
        let mut at = root;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if left >= heap.len() {
                break;
            }
            let mut child = left;
            if right < heap.len() && scores[heap[right]] > scores[heap[left]] {
                child = right;
            }
            if scores[heap[child]] <= scores[heap[at]] {
                break;
            }
            heap.swap(at, child);
            at = child;
        }
    }
    heap[0]
}

fn prefer_no(key: &str, value: &str) -> Taint {
    Taint {
        key: key.into(),
        value: value.into(),
        effect: TaintEffect::PreferNoSchedule,
    }
}

fn equal(key: &str, value: &str, effect: TaintEffect) -> Toleration {
    Toleration {
        key: key.into(),
        operator: TolerationOperator::Equal,
        value: Name::from(value),
        effect: Some(effect),
        seconds: None,
    }
}

/// SCH-55a: `TestTaintTolerationScore` (`taint_toleration_test.go`).
#[test]
fn unwelcome_nodes_score_lower_sch_55a() {
    use TaintEffect::{NoSchedule, PreferNoSchedule};
    let cpu = prefer_no("cpu-type", "arm64");
    let disk = prefer_no("disk-type", "ssd");
    let hard = Taint {
        effect: NoSchedule,
        ..cpu.clone()
    };
    let both = vec![cpu.clone(), disk.clone()];
    for (name, tolerations, nodes, scores) in [
        (
            "tolerated by value",
            vec![equal("foo", "bar", PreferNoSchedule)],
            vec![
                vec![prefer_no("foo", "bar")],
                vec![prefer_no("foo", "blah")],
            ],
            vec![100, 0],
        ),
        (
            "tolerated taints do not count",
            vec![
                equal("cpu-type", "arm64", PreferNoSchedule),
                equal("disk-type", "ssd", PreferNoSchedule),
            ],
            vec![vec![], vec![cpu.clone()], both.clone()],
            vec![100, 100, 100],
        ),
        (
            "the more, the lower",
            vec![equal("foo", "bar", PreferNoSchedule)],
            vec![vec![], vec![cpu.clone()], both.clone()],
            vec![100, 50, 0],
        ),
        (
            "only PreferNoSchedule",
            vec![
                equal("cpu-type", "arm64", NoSchedule),
                equal("disk-type", "ssd", NoSchedule),
            ],
            vec![vec![], vec![hard], both],
            vec![100, 100, 0],
        ),
        (
            "no tolerations",
            vec![],
            vec![vec![], vec![cpu]],
            vec![100, 0],
        ),
    ] {
        let mut raw: Vec<i64> = nodes
            .iter()
            .map(|taints| unwelcome(&tolerations, taints))
            .collect();
        normalize(&mut raw, true);
        assert_eq!(raw, scores, "{name}");
    }
}

/// SCH-56a.
#[test]
fn preferences_are_scaled_to_the_largest_sch_56a() {
    let mut raw = [0, 2, 4];
    normalize(&mut raw, false);
    assert_eq!(raw, [0, 50, 100]);
    let mut none = [0, 0];
    normalize(&mut none, false);
    assert_eq!(none, [0, 0]);
}
