//! A Deployment and its ReplicaSets at one moment: what every decision of a sync looks at.

use super::bounds::Bounds;
use crate::model::DeploymentStrategy;
use crate::world::{Deployment, DeploymentId, ReplicaSet, ReplicaSetId, World};

/// What a decision needs to know of a ReplicaSet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: ReplicaSetId,
    /// `spec.replicas`.
    pub(super) replicas: i64,
    /// `status.availableReplicas`.
    pub(super) available: i64,
    /// The annotation `max-replicas`.
    pub(super) most: i64,
    /// The annotation `desired-replicas`.
    pub(super) desired: i64,
}

/// A new size of a ReplicaSet.
pub(super) type Scaling = (ReplicaSetId, i64);

/// The sum of the sizes of some ReplicaSets.
pub(super) fn total<'m>(members: impl IntoIterator<Item = &'m Member>) -> i64 {
    members.into_iter().map(|member| member.replicas).sum()
}

/// A Deployment with its ReplicaSets.
#[derive(Debug)]
pub(super) struct Family<'w> {
    pub(super) world: &'w World,
    pub(super) id: DeploymentId,
    pub(super) row: &'w Deployment,
    pub(super) bounds: Bounds,
    /// The one of the present template.
    pub(super) new: Option<Member>,
    /// The others, the oldest first.
    pub(super) old: Vec<Member>,
}

impl<'w> Family<'w> {
    pub(super) fn of(world: &'w World, id: DeploymentId) -> Self {
        let row = world.deployment(id);
        let mut sets: Vec<(ReplicaSetId, &ReplicaSet)> = row
            .replicasets
            .iter()
            .map(|&id| (id, world.replicaset(id)))
            .collect();
        sets.sort_by_key(|(_, set)| (world.api_time(set.created_at), &set.meta.name));
        let new = sets
            .iter()
            .position(|(_, set)| set.origin == Some(row.template))
            .map(|at| sets.remove(at));
        Self {
            world,
            id,
            row,
            bounds: Bounds::of(&row.spec),
            new: new.map(member),
            old: sets.into_iter().map(member).collect(),
        }
    }

    /// All of them, the old ones first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Member> {
        self.old.iter().chain(&self.new)
    }

    /// Those that have, or ought to have, pods.
    pub(super) fn active(&self) -> impl Iterator<Item = &Member> {
        self.all().filter(|member| member.replicas > 0)
    }

    /// The old ones that have, or ought to have, pods.
    pub(super) fn active_old(&self) -> Vec<Member> {
        let old = self.old.iter().copied();
        old.filter(|member| member.replicas > 0).collect()
    }

    /// Whether the Deployment was scaled since its sets were (`isScalingEvent`).
    pub(super) fn was_scaled(&self) -> bool {
        self.active()
            .any(|member| member.desired != self.bounds.replicas)
    }

    pub(super) fn is_recreated(&self) -> bool {
        match self.row.spec.strategy {
            DeploymentStrategy::Recreate => true,
            DeploymentStrategy::RollingUpdate { .. } => false,
        }
    }

    /// WL-5: old sets report pods, or have some that run.
    pub(super) fn has_old_pods(&self) -> bool {
        self.old.iter().any(|member| {
            let set = self.world.replicaset(member.id);
            let mut pods = set
                .pods
                .values()
                .filter_map(|&pod| self.world.live_pod(pod));
            set.status.replicas > 0 || pods.any(|pod| !pod.phase.is_terminal())
        })
    }

    /// The place in the history that the new set must have at least: behind all old ones.
    pub(super) fn next_number(&self) -> i64 {
        let numbers = self
            .old
            .iter()
            .map(|member| self.world.replicaset(member.id).notes().number);
        numbers.max().unwrap_or(0) + 1
    }
}

fn member((id, set): (ReplicaSetId, &ReplicaSet)) -> Member {
    let notes = set.notes();
    Member {
        id,
        replicas: i64::from(set.spec.replicas),
        available: i64::from(set.status.available),
        most: i64::from(notes.most),
        desired: i64::from(notes.desired),
    }
}
