//! How far a Deployment may be from its size while it rolls out (WL-2).
//!
//! Upstream: `ResolveFenceposts`, `MaxSurge`, `MaxUnavailable` and `NewRSNewReplicas` in
//! `pkg/controller/deployment/util/deployment_util.go`.

use crate::model::{DeploymentSpec, DeploymentStrategy};

/// Numbers of pods, percentages resolved; wide enough that no sum overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// `replicas`.
    pub(super) replicas: i64,
    /// `maxSurge`, 0 with Recreate.
    pub(super) surge: i64,
    /// `maxUnavailable`, 0 with Recreate.
    pub(super) unavailable: i64,
}

impl Bounds {
    pub(super) fn of(spec: &DeploymentSpec) -> Self {
        let replicas = i64::from(spec.replicas);
        let (surge, unavailable) = match spec.strategy {
            DeploymentStrategy::Recreate => (0, 0),
            DeploymentStrategy::RollingUpdate {
                max_unavailable,
                max_surge,
            } => {
                let surge = i64::from(max_surge.resolve(spec.replicas, true));
                let unavailable = i64::from(max_unavailable.resolve(spec.replicas, false));
                // Rounding must not stop the rollout.
                let unavailable = if surge == 0 {
                    unavailable.max(1)
                } else {
                    unavailable
                };
                (surge, unavailable.min(replicas))
            }
        };
        Self {
            replicas,
            surge,
            unavailable,
        }
    }

    /// The most pods there may be: the annotation `max-replicas`.
    pub(super) fn most(&self) -> i64 {
        self.replicas + self.surge
    }

    /// The fewest available pods that the rollout leaves.
    pub(super) fn least_available(&self) -> i64 {
        self.replicas - self.unavailable
    }

    /// WL-3: the size of the new set, which has `new` pods out of a `total` of all sets.
    pub(super) fn new_size(&self, new: i64, total: i64) -> i64 {
        if total >= self.most() {
            return new;
        }
        new + (self.most() - total).min(self.replicas - new)
    }
}
