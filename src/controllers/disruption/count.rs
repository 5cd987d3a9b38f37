//! How many pods a budget expects, how many of them have to stay Ready, and how many are.

use super::DELETION_TIMEOUT;
use crate::model::{CountOrPercent, Name};
use crate::sim::Time;
use crate::world::{DisruptionBudget, Owner, Pod, World};
use std::collections::BTreeMap;

/// What a budget's spec comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Expected {
    /// `expectedPods`.
    pub(super) pods: i32,
    /// `desiredHealthy`.
    pub(super) desired_healthy: i32,
    /// A share was asked for, and some pods have no controller whose scale it could be a share of.
    pub(super) has_unmanaged_pods: bool,
}

/// A controller that pods belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scaled {
    Deployment(u32),
    ReplicaSet(u32),
    StatefulSet(u32),
}

/// `getExpectedPodCount`; the error is why it cannot be said.
pub(super) fn expected(world: &World, budget: &DisruptionBudget) -> Result<Expected, Name> {
    let spec = &budget.spec;
    if let Some(max_unavailable) = spec.max_unavailable {
        let scale = scale(world, budget)?;
        let unavailable = max_unavailable.resolve(scale.pods, true);
        return Ok(Expected {
            desired_healthy: scale.pods.saturating_sub(unavailable).max(0),
            ..scale
        });
    }
    match spec.min_available {
        None => Ok(Expected::default()),
        Some(CountOrPercent::Count(desired_healthy)) => Ok(Expected {
            pods: i32::try_from(budget.pods.len()).unwrap_or(i32::MAX),
            desired_healthy,
            has_unmanaged_pods: false,
        }),
        Some(percent @ CountOrPercent::Percent(_)) => {
            let scale = scale(world, budget)?;
            Ok(Expected {
                desired_healthy: percent.resolve(scale.pods, true),
                ..scale
            })
        }
    }
}

/// `getExpectedScale`: the replicas of all controllers that the budget's pods belong to.
fn scale(world: &World, budget: &DisruptionBudget) -> Result<Expected, Name> {
    let mut scales = BTreeMap::new();
    let mut has_unmanaged_pods = false;
    for pod in budget.pods.values().filter_map(|&id| world.live_pod(id)) {
        match scale_of(world, pod)? {
            Some((controller, replicas)) => {
                scales.insert(controller, replicas);
            }
            None => has_unmanaged_pods = true,
        }
    }
    Ok(Expected {
        pods: scales
            .values()
            .fold(0, |sum: i32, &scale| sum.saturating_add(scale)),
        desired_healthy: 0,
        has_unmanaged_pods,
    })
}

/// The controller of a pod and its `replicas`; a Job and a `DaemonSet` have none.
fn scale_of(world: &World, pod: &Pod) -> Result<Option<(Scaled, i32)>, Name> {
    let no_controllers =
        || -> Name { format!("found no controllers for pod {:?}", &*pod.name).into() };
    match pod.owner {
        Owner::None => Ok(None),
        Owner::Job(_) => Err("jobs.batch does not implement the scale subresource".into()),
        Owner::DaemonSet(_) => {
            Err("daemonsets.apps does not implement the scale subresource".into())
        }
        Owner::ReplicaSet(id) => {
            let set = world.replicaset(id);
            if !set.exists() {
                return Err(no_controllers());
            }
            let deployment = set.deployment();
            let deployment = deployment.filter(|&id| world.deployment(id).exists());
            Ok(Some(match deployment {
                Some(id) => {
                    let replicas = world.deployment(id).spec.replicas;
                    (Scaled::Deployment(id.0), replicas)
                }
                None => (Scaled::ReplicaSet(id.0), set.spec.replicas),
            }))
        }
        Owner::StatefulSet(id) => {
            let set = world.statefulset(id);
            if !set.exists() {
                return Err(no_controllers());
            }
            Ok(Some((Scaled::StatefulSet(id.0), set.spec.replicas)))
        }
    }
}

/// `countHealthyPods`: Ready, not being deleted, and not about to be.
pub(super) fn healthy(
    world: &World,
    budget: &DisruptionBudget,
    disrupted: &BTreeMap<Name, Time>,
) -> i32 {
    let now = world.now();
    let stays = |pod: &&Pod| {
        let granted = disrupted.get(&pod.name);
        pod.ready
            && pod.deletion.is_none()
            && granted.is_none_or(|&at| at + DELETION_TIMEOUT <= now)
    };
    let pods = budget.pods.values().filter_map(|&id| world.live_pod(id));
    i32::try_from(pods.filter(stays).count()).unwrap_or(i32::MAX)
}
