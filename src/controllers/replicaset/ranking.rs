//! Which pods a ReplicaSet gives up first (WL-9).
//!
//! Upstream: `ActivePodsWithRanks` in `pkg/controller/controller_utils.go`, `getPodsRankedByRelatedPodsOnSameNode` in
//! `pkg/controller/replicaset/replica_set.go`.
//!
//! Differs: of two pods that became ready in different seconds of one bucket, upstream takes the one with the lesser UID;
//! here restarts and age are asked first, and names stand for UIDs. The annotation `pod-deletion-cost` is not asked:
//! all pods of a template have the same.

use crate::sim::Time;
use crate::world::{NodeId, Phase, Pod, PodId, ReplicaSet, World};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What decides about a pod; the least goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank<'w> {
    is_assigned: bool,
    phase: Phase,
    is_ready: bool,
    /// Active pods of all ReplicaSets of the Deployment on the node.
    crowd: Reverse<usize>,
    /// The logarithm of how long it has been ready.
    ready_for: Option<u32>,
    restarts: Reverse<u32>,
    /// The logarithm of its age.
    age: Option<u32>,
    name: &'w str,
}

/// The `surplus` pods of `active` that go.
pub(super) fn to_delete(
    world: &World,
    row: &ReplicaSet,
    active: &[(PodId, &Pod)],
    surplus: usize,
) -> Vec<PodId> {
    let crowds = crowds(world, row);
    let now = world.now();
    let mut ranked: Vec<(Rank<'_>, PodId)> = active
        .iter()
        .map(|&(id, pod)| (rank(world, pod, &crowds, now), id))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(surplus).map(|(_, id)| id).collect()
}

fn rank<'w>(
    world: &World,
    pod: &'w Pod,
    crowds: &BTreeMap<Option<NodeId>, usize>,
    now: Time,
) -> Rank<'w> {
    let restarts = pod.containers.iter().map(|container| container.restarts);
    let ready_since = pod.ready_changed_at.filter(|_| pod.ready);
    Rank {
        is_assigned: pod.node.is_some(),
        phase: pod.phase,
        is_ready: pod.ready,
        crowd: Reverse(crowds.get(&pod.node).copied().unwrap_or(0)),
        ready_for: ready_since.and_then(|since| bucket(since, now)),
        restarts: Reverse(restarts.max().unwrap_or(0)),
        age: bucket(world.api_time(pod.created_at), now),
        name: &pod.name,
    }
}

/// The whole binary logarithm of the nanoseconds since then; `None`, the least, for none.
fn bucket(since: Time, now: Time) -> Option<u32> {
    u64::try_from((now - since).as_nanos())
        .ok()
        .and_then(u64::checked_ilog2)
}

/// A ReplicaSet of its own has no related ones, not even itself.
fn crowds(world: &World, row: &ReplicaSet) -> BTreeMap<Option<NodeId>, usize> {
    let mut crowds = BTreeMap::new();
    let Some(deployment) = row.deployment() else {
        return crowds;
    };
    for &set in &world.deployment(deployment).replicasets {
        let pods = world.replicaset(set).pods.values();
        for pod in pods.filter_map(|&pod| world.live_pod(pod)) {
            if pod.is_active() {
                *crowds.entry(pod.node).or_default() += 1;
            }
        }
    }
    crowds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Span;

    fn plain() -> Rank<'static> {
        Rank {
            is_assigned: true,
            phase: Phase::Running,
            is_ready: true,
            crowd: Reverse(1),
            ready_for: Some(30),
            restarts: Reverse(0),
            age: Some(31),
            name: "a",
        }
    }

    /// After `TestSortingActivePodsWithRanks` (`controller_utils_test.go`): each row is given up before a plain one.
    #[test]
    fn the_least_useful_goes_first_wl_9() {
        let cases = [
            (
                "unassigned",
                Rank {
                    is_assigned: false,
                    ..plain()
                },
            ),
            (
                "pending",
                Rank {
                    phase: Phase::Pending,
                    ..plain()
                },
            ),
            (
                "not ready",
                Rank {
                    is_ready: false,
                    ready_for: None,
                    ..plain()
                },
            ),
            (
                "crowded",
                Rank {
                    crowd: Reverse(2),
                    ..plain()
                },
            ),
            (
                "ready for less time",
                Rank {
                    ready_for: Some(29),
                    ..plain()
                },
            ),
            (
                "restarted",
                Rank {
                    restarts: Reverse(1),
                    ..plain()
                },
            ),
            (
                "younger",
                Rank {
                    age: Some(30),
                    ..plain()
                },
            ),
        ];
        for (name, rank) in cases {
            assert!(rank < plain(), "{name}");
        }
        for pair in cases.windows(2) {
            assert!(pair[0].1 < pair[1].1, "{} before {}", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn times_are_compared_by_their_logarithm_wl_9() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        assert_eq!(bucket(at(10), at(10)), None);
        assert_eq!(bucket(at(11), at(10)), None);
        assert_eq!(bucket(at(9), at(10)), Some(29));
        assert_eq!(bucket(at(8), at(10)), Some(30));
        assert_eq!(bucket(at(0), at(18)), bucket(at(0), at(34)));
    }
}
