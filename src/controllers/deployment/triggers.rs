//! What makes a Deployment be looked at: itself, its ReplicaSets, and the last pod of one that is recreated (WL-5).
//!
//! Upstream: the event handlers in `pkg/controller/deployment/deployment_controller.go`.

use crate::controllers::Wakes;
use crate::model::DeploymentStrategy;
use crate::world::{Change, DeploymentId, Owner, PodId, WorkloadChange, World};

pub(super) fn concerns(world: &World, change: &Change, wakes: &mut Wakes<DeploymentId>) {
    if let Change::Deployment(id, change) = *change {
        match change {
            WorkloadChange::Created
            | WorkloadChange::Updated
            | WorkloadChange::Status
            | WorkloadChange::Deleting => wakes.now(id),
            WorkloadChange::Annotated | WorkloadChange::RolledOut | WorkloadChange::Deleted => {}
        }
    } else if let Change::ReplicaSet(id, _) = *change {
        if let Some(deployment) = world.replicaset(id).deployment() {
            wakes.now(deployment);
        }
    } else if let Change::PodDeleted(pod) = *change
        && let Some(deployment) = without_pods(world, pod)
    {
        wakes.now(deployment);
    }
}

/// The recreated Deployment whose last pod this was.
fn without_pods(world: &World, pod: PodId) -> Option<DeploymentId> {
    let Owner::ReplicaSet(set) = world.pod(pod)?.owner else {
        return None;
    };
    let id = world.replicaset(set).deployment()?;
    let row = world.deployment(id);
    let mut sets = row.replicasets.iter().map(|&set| world.replicaset(set));
    let is_recreated = row.spec.strategy == DeploymentStrategy::Recreate;
    (is_recreated && sets.all(|set| set.pods.is_empty())).then_some(id)
}
