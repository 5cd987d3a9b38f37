//! How good a node is that fits (SCH-54 to SCH-63): pure arithmetic, as upstream computes it.
//!
//! Upstream: `framework/plugins/noderesources/{least_allocated,balanced_allocation}.go`, `helper/normalize_score.go`,
//! `prioritizeNodes` of `schedule_one.go`. `ImageLocality` (SCH-61) is left out: nodes do not tell their images here,
//! and so every node would get the same.

use super::cache::Room;
use crate::model::{Resources, Taint, TaintEffect, Toleration};

/// SCH-C11.
pub(super) const MAX_SCORE: i64 = 100;
/// SCH-55.
pub(super) const TAINT_WEIGHT: i64 = 3;
/// SCH-56.
pub(super) const AFFINITY_WEIGHT: i64 = 2;
/// SCH-57.
pub(super) const SPREAD_WEIGHT: i64 = 2;
/// SCH-58.
pub(super) const INTER_POD_WEIGHT: i64 = 2;

/// SCH-59 and SCH-60 together: what the room of a node alone decides, 0 to 200.
pub(super) fn room_score(requests: &Resources, scored: &Resources, room: &Room) -> i64 {
    least_allocated([
        (room.scored_cpu_m.saturating_add(scored.cpu_m), room.cpu_m),
        (
            room.scored_memory_bytes.saturating_add(scored.memory_bytes),
            room.memory_bytes,
        ),
    ]) + if requests.cpu_m == 0 && requests.memory_bytes == 0 {
        0
    } else {
        balanced_allocation([
            (room.used_cpu_m, requests.cpu_m, room.cpu_m),
            (
                room.used_memory_bytes,
                requests.memory_bytes,
                room.memory_bytes,
            ),
        ])
    }
}

/// SCH-59a: of pairs (requested with the pod, allocatable).
pub(super) fn least_allocated(resources: [(i64, i64); 2]) -> i64 {
    let (mut sum, mut weights) = (0, 0);
    for (requested, allocatable) in resources {
        if allocatable != 0 {
            weights += 1;
            if requested <= allocatable {
                sum += (allocatable - requested).saturating_mul(MAX_SCORE) / allocatable;
            }
        }
    }
    if weights == 0 { 0 } else { sum / weights }
}

/// SCH-60a: of triples (requested without the pod, by the pod, allocatable).
pub(super) fn balanced_allocation(resources: [(i64, i64, i64); 2]) -> i64 {
    let with =
        balance(resources.map(|(used, pod, allocatable)| (used.saturating_add(pod), allocatable)));
    let without = balance(resources.map(|(used, _, allocatable)| (used, allocatable)));
    MAX_SCORE / 2 + (MAX_SCORE / 2 + with - without) / 2
}

/// SCH-60a: 100 where both resources are used to the same part. In floating point, since upstream's rounding is part
/// of what decides; the four operations used are exact to the bit on every machine.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the same conversions as upstream's; the result lies between 0 and 100"
)]
fn balance(resources: [(i64, i64); 2]) -> i64 {
    let [(cpu, all_cpu), (memory, all_memory)] = resources;
    if all_cpu == 0 || all_memory == 0 {
        return MAX_SCORE;
    }
    let fraction =
        |requested: i64, allocatable: i64| (requested as f64 / allocatable as f64).min(1.0);
    let deviation = ((fraction(cpu, all_cpu) - fraction(memory, all_memory)) / 2.0).abs();
    ((1.0 - deviation) * MAX_SCORE as f64) as i64
}

/// SCH-55a: how many taints ask the pod to stay away and are not tolerated.
pub(super) fn unwelcome(tolerations: &[Toleration], taints: &[Taint]) -> i64 {
    let unwelcome = taints.iter().filter(|taint| {
        taint.effect == TaintEffect::PreferNoSchedule
            && !tolerations
                .iter()
                .any(|toleration| toleration.tolerates(taint))
    });
    i64::try_from(unwelcome.count()).unwrap_or(i64::MAX)
}

/// SCH-55a, SCH-56a: to 0–100 of the largest, the other way round if `reverse`; `raw` is not negative.
pub(super) fn normalize(raw: &mut [i64], reverse: bool) {
    let most = raw.iter().copied().max().unwrap_or(0);
    for score in raw {
        let part = if most == 0 {
            0
        } else {
            MAX_SCORE * *score / most
        };
        *score = if reverse { MAX_SCORE - part } else { part };
    }
}

/// SCH-63: the place of the winner. The scores lie in a binary heap by place, and of equal ones the first wins that a
/// walk meets which goes from each place to the one at 2i + 1 with all below it, then to the one at 2i + 2.
pub(super) fn winner(scores: impl Iterator<Item = i64>) -> Option<usize> {
    let mut best: Option<(i64, WalkOrder, usize)> = None;
    for (place, score) in scores.enumerate() {
        let better = match best {
            None => true,
            Some((most, order, _)) => score > most || score == most && walk_order(place) < order,
        };
        if better {
            best = Some((score, walk_order(place), place));
        }
    }
    best.map(|(.., place)| place)
}

/// Sorts places as a walk meets them: the path down from the root, then its length.
type WalkOrder = (usize, u32);

fn walk_order(place: usize) -> WalkOrder {
    let path = place + 1;
    let depth = path.leading_zeros();
    (path << depth, usize::BITS - depth)
}

#[cfg(test)]
mod tests;
