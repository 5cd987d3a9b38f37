//! The garbage collector: dependents of deleted objects (CP-G1 to CP-G9).
//!
//! Follows `pkg/controller/garbagecollector`. Only the kinds that own others here are known: CronJobs own Jobs,
//! Deployments own ReplicaSets; Jobs, DaemonSets, ReplicaSets and StatefulSets own pods.

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::{Cascade, ClientRate};
use crate::world::{
    Call, Change, ControllerKind, JobId, Owner, OwnerRef, PodId, ReplicaSetId, WorkloadChange,
    World,
};

/// CP-3: 40 requests a second with a burst of 30, and two of them for each deletion.
pub const CLIENT: ClientRate = ClientRate::new(20, 15);

/// An object that may have to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Candidate {
    /// A pod whose owner is gone or going.
    Pod(PodId),
    /// A Job whose CronJob is gone or going.
    Job(JobId),
    /// A ReplicaSet whose Deployment is gone or going.
    ReplicaSet(ReplicaSetId),
    /// An owner that waits for its dependents to go first.
    Owner(OwnerRef),
}

/// Decides what goes.
#[derive(Debug, Default)]
pub struct GarbageCollector;

impl Reconcile for GarbageCollector {
    type Key = Candidate;

    const KIND: ControllerKind = ControllerKind::GarbageCollector;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<Candidate>) {
        let world = view.world;
        if let Change::JobDeleted(job) | Change::JobDeleting(job) = *change {
            wake_pods(world.job(job).pods.values(), wakes);
            wakes.now(Candidate::Owner(OwnerRef::Job(job)));
            wake_owner(world.job(job).cronjob.map(OwnerRef::CronJob), world, wakes);
        } else if let Change::DaemonSetDeleted(id) | Change::DaemonSetDeleting(id) = *change {
            wake_pods(world.daemonset(id).pods.values(), wakes);
            wakes.now(Candidate::Owner(OwnerRef::DaemonSet(id)));
        } else if let Change::ReplicaSet(id, change) = *change {
            if is_end(change) {
                wake_pods(world.replicaset(id).pods.values(), wakes);
                wakes.now(Candidate::Owner(OwnerRef::ReplicaSet(id)));
                let parent = world.replicaset(id).deployment();
                wake_owner(parent.map(OwnerRef::Deployment), world, wakes);
            } else if change == WorkloadChange::Created {
                wakes.now(Candidate::ReplicaSet(id));
            }
        } else if let Change::StatefulSet(id, change) = *change {
            if is_end(change) {
                wake_pods(world.statefulset(id).pods.values(), wakes);
                wakes.now(Candidate::Owner(OwnerRef::StatefulSet(id)));
            }
        } else if let Change::Deployment(id, change) = *change {
            if is_end(change) {
                for &replicaset in &world.deployment(id).replicasets {
                    wakes.now(Candidate::ReplicaSet(replicaset));
                }
                wakes.now(Candidate::Owner(OwnerRef::Deployment(id)));
            }
        } else if let Change::CronJobDeleted(id) | Change::CronJobDeleting(id) = *change {
            for &job in &world.cronjob(id).jobs {
                wakes.now(Candidate::Job(job));
            }
            wakes.now(Candidate::Owner(OwnerRef::CronJob(id)));
        } else if let Change::PodDeleted(pod) | Change::PodCreated(pod) = *change {
            let owner = world.pod(pod).and_then(|pod| owner_of(pod.owner));
            let is_created = matches!(change, Change::PodCreated(_));
            if owner.is_some_and(|owner| is_going(world, owner)) && is_created {
                wakes.now(Candidate::Pod(pod));
            }
            wake_owner(owner.filter(|_| !is_created), world, wakes);
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: Candidate,
        _: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let world = view.world;
        match key {
            Candidate::Pod(pod) => {
                let doomed = world.live_pod(pod).filter(|row| {
                    row.deletion.is_none()
                        && owner_of(row.owner).is_some_and(|owner| is_going(world, owner))
                });
                if doomed.is_some() {
                    plan.call(Call::DeletePod {
                        pod,
                        grace: None,
                        disruption: None,
                    });
                }
            }
            Candidate::Job(id) => {
                let job = world.job(id);
                let parent = job.cronjob.map(OwnerRef::CronJob);
                if job.exists()
                    && !job.deleting
                    && parent.is_some_and(|parent| is_going(world, parent))
                {
                    let cascade = cascade_of(world, parent);
                    let owner = OwnerRef::Job(id);
                    plan.call(Call::DeleteObject { owner, cascade });
                }
            }
            Candidate::ReplicaSet(id) => {
                let replicaset = world.replicaset(id);
                let parent = replicaset.deployment().map(OwnerRef::Deployment);
                if replicaset.exists()
                    && !replicaset.deleting
                    && parent.is_some_and(|parent| is_going(world, parent))
                {
                    plan.call(Call::DeleteObject {
                        owner: OwnerRef::ReplicaSet(id),
                        cascade: cascade_of(world, parent),
                    });
                }
            }
            Candidate::Owner(owner) => {
                if is_deleting(world, owner) && !has_dependents(world, owner) {
                    plan.call(Call::FinishDeletion { owner });
                }
            }
        }
        Requeue::Done
    }
}

/// Its dependents are to go, now or before it.
fn is_end(change: WorkloadChange) -> bool {
    matches!(change, WorkloadChange::Deleted | WorkloadChange::Deleting)
}

/// CP-G2: a dependent that has dependents goes in the way its owner does.
fn cascade_of(world: &World, parent: Option<OwnerRef>) -> Cascade {
    if parent.is_some_and(|parent| is_deleting(world, parent)) {
        Cascade::Foreground
    } else {
        Cascade::Background
    }
}

fn wake_pods<'w>(pods: impl Iterator<Item = &'w PodId>, wakes: &mut Wakes<Candidate>) {
    for &pod in pods {
        wakes.now(Candidate::Pod(pod));
    }
}

fn wake_owner(owner: Option<OwnerRef>, world: &World, wakes: &mut Wakes<Candidate>) {
    if let Some(owner) = owner.filter(|&owner| is_deleting(world, owner)) {
        wakes.now(Candidate::Owner(owner));
    }
}

fn owner_of(owner: Owner) -> Option<OwnerRef> {
    match owner {
        Owner::None => None,
        Owner::Job(job) => Some(OwnerRef::Job(job)),
        Owner::DaemonSet(daemonset) => Some(OwnerRef::DaemonSet(daemonset)),
        Owner::ReplicaSet(replicaset) => Some(OwnerRef::ReplicaSet(replicaset)),
        Owner::StatefulSet(statefulset) => Some(OwnerRef::StatefulSet(statefulset)),
    }
}

/// The object is gone, or waits for its dependents to go.
fn is_going(world: &World, owner: OwnerRef) -> bool {
    let exists = match owner {
        OwnerRef::Job(job) => world.job(job).exists(),
        OwnerRef::CronJob(cronjob) => world.cronjob(cronjob).exists(),
        OwnerRef::DaemonSet(daemonset) => world.daemonset(daemonset).exists(),
        OwnerRef::Deployment(id) => world.deployment(id).exists(),
        OwnerRef::ReplicaSet(id) => world.replicaset(id).exists(),
        OwnerRef::StatefulSet(id) => world.statefulset(id).exists(),
    };
    !exists || is_deleting(world, owner)
}

/// The object exists and waits for its dependents to go (CP-G2).
fn is_deleting(world: &World, owner: OwnerRef) -> bool {
    match owner {
        OwnerRef::Job(job) => world.job(job).exists() && world.job(job).deleting,
        OwnerRef::CronJob(cronjob) => {
            world.cronjob(cronjob).exists() && world.cronjob(cronjob).deleting
        }
        OwnerRef::DaemonSet(id) => world.daemonset(id).exists() && world.daemonset(id).deleting,
        OwnerRef::Deployment(id) => world.deployment(id).exists() && world.deployment(id).deleting,
        OwnerRef::ReplicaSet(id) => world.replicaset(id).exists() && world.replicaset(id).deleting,
        OwnerRef::StatefulSet(id) => {
            world.statefulset(id).exists() && world.statefulset(id).deleting
        }
    }
}

fn has_dependents(world: &World, owner: OwnerRef) -> bool {
    match owner {
        OwnerRef::Job(job) => !world.job(job).pods.is_empty(),
        OwnerRef::CronJob(cronjob) => !world.cronjob(cronjob).jobs.is_empty(),
        OwnerRef::DaemonSet(daemonset) => !world.daemonset(daemonset).pods.is_empty(),
        OwnerRef::Deployment(id) => !world.deployment(id).replicasets.is_empty(),
        OwnerRef::ReplicaSet(id) => !world.replicaset(id).pods.is_empty(),
        OwnerRef::StatefulSet(id) => !world.statefulset(id).pods.is_empty(),
    }
}
