//! One step of a rolling update (WL-3, WL-4): the new ReplicaSet grows, or old ones shrink.
//!
//! Upstream: `pkg/controller/deployment/rolling.go`.

use super::bounds::Bounds;
use super::family::{Member, Scaling, total};

/// WL-3: the new size of the new set, if it changes.
pub(super) fn scale_up(bounds: &Bounds, new: Member, old: &[Member]) -> Option<Scaling> {
    let size = if new.replicas >= bounds.replicas {
        bounds.replicas
    } else {
        bounds.new_size(new.replicas, new.replicas + total(old))
    };
    (size != new.replicas).then_some((new.id, size))
}

/// WL-4: the steps down of `old`, the active old sets with the oldest first. A set may take two: first its pods that
/// are not available go, then others.
pub(super) fn scale_down(bounds: &Bounds, new: Member, old: &[Member]) -> Vec<Scaling> {
    let least = bounds.least_available();
    let not_available = new.replicas - new.available;
    let most_down = new.replicas + total(old) - least - not_available;
    if total(old) == 0 || most_down <= 0 {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut old = old.to_vec();
    let mut left = most_down;
    for set in &mut old {
        let unhealthy = set.replicas - set.available;
        if left > 0 && unhealthy < 0 {
            return steps; // It is on its way down still: its status does not know of its size yet.
        }
        if left > 0 && unhealthy > 0 {
            let down = unhealthy.min(left);
            left -= down;
            set.replicas -= down;
            steps.push((set.id, set.replicas));
        }
    }
    let available: i64 = new.available + old.iter().map(|set| set.available).sum::<i64>();
    let mut left = available - least;
    for set in &mut old {
        if left <= 0 {
            break;
        }
        let down = set.replicas.min(left);
        if down > 0 {
            left -= down;
            set.replicas -= down;
            steps.push((set.id, set.replicas));
        }
    }
    steps
}
