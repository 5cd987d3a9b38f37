//! The StatefulSet controller: pods by ordinal, one after the other or all at once (WL-20 to WL-29).
//!
//! A sync writes the revision of the template if it is new, takes the step that `step::plan` finds, and writes the
//! status of the pods that it found at its start. Upstream: `UpdateStatefulSet` in
//! `pkg/controller/statefulset/stateful_set_control.go`.
//!
//! Differs: no volume claims, and no adoption of pods.

mod step;
#[cfg(test)]
mod tests;

use super::availability::{has_been_ready, next_available};
use super::history::number_to_write;
use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::UpdateStrategy;
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, ControllerKind, NewPod, Owner, OwnerRef, Phase, Pod, PodId, Revision,
    StatefulSet, StatefulSetId, StatefulSetStatus, WorkloadChange, World,
};
use std::collections::{BTreeMap, BTreeSet};
use step::{Act, Replica, Situation};

/// Creations in a sync. Differs: Kubernetes limits only the batches (CP-E4), and so do the client's rates here; it keeps
/// the answer to a set of millions within memory.
const MOST_CREATIONS: usize = 500;

/// The decisions of the StatefulSet controller.
#[derive(Debug, Default)]
pub struct StatefulSetReconciler {
    /// Statuses of syncs whose calls are on their way.
    started: BTreeMap<StatefulSetId, StatefulSetStatus>,
}

impl Reconcile for StatefulSetReconciler {
    type Key = StatefulSetId;

    const KIND: ControllerKind = ControllerKind::StatefulSet;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<StatefulSetId>) {
        let world = view.world;
        if let Change::StatefulSet(id, change) = *change {
            if !matches!(change, WorkloadChange::RolledOut | WorkloadChange::Deleted) {
                wakes.now(id);
            }
        } else if let Change::PodReady(pod) = *change {
            if let Some(id) = owner(world, pod) {
                wakes.now(id);
                let min_ready = world.statefulset(id).spec.min_ready;
                if !min_ready.is_zero() {
                    wakes.after(id, min_ready);
                }
            }
        } else if let Change::PodCreated(pod)
        | Change::PodStarted(pod)
        | Change::PodNotReady(pod)
        | Change::PodSucceeded(pod)
        | Change::PodFailed(pod)
        | Change::PodDeleting(pod)
        | Change::PodDeleted(pod) = *change
        {
            // Other changes of a pod make Kubernetes look too, but there is nothing to be found.
            wakes.0.extend(owner(world, pod).map(|id| (id, Span::ZERO)));
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: StatefulSetId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let row = view.world.statefulset(key);
        let started = self.started.remove(&key).filter(|_| progress.stage > 0);
        if !row.exists() {
            return Requeue::Done;
        }
        if let Some(status) = started {
            finish(view.world, key, status, plan);
            if progress.refused > 0 {
                return Requeue::Backoff;
            }
            return Requeue::Done;
        }
        let subject = Subject::of(view.world, key);
        if let Some(number) = number_to_write(&row.history, subject.update) {
            plan.call(Call::WriteRevision {
                owner: OwnerRef::StatefulSet(key),
                revision: subject.update,
                number,
            });
        }
        let acts = if row.deleting {
            Vec::new()
        } else {
            step::plan(&subject.situation())
        };
        let mut status = subject.status();
        carry_out(&subject, &acts, &mut status, plan);
        complete(row, &mut status);
        if let Some(at) = subject.next_check() {
            plan.look_again_at(at);
        }
        if plan.is_empty() {
            finish(view.world, key, status, plan);
            return Requeue::Done;
        }
        self.started.insert(key, status);
        Requeue::Continue
    }
}

/// The StatefulSet that a pod belongs to, if it still exists.
fn owner(world: &World, pod: PodId) -> Option<StatefulSetId> {
    match world.pod(pod)?.owner {
        Owner::StatefulSet(id) => world.statefulset(id).exists().then_some(id),
        Owner::None | Owner::Job(_) | Owner::DaemonSet(_) | Owner::ReplicaSet(_) => None,
    }
}

/// The set and its pods at the start of a sync.
struct Subject<'w> {
    world: &'w World,
    id: StatefulSetId,
    row: &'w StatefulSet,
    /// `currentRevision`: that of the last rollout that was completed.
    current: Revision,
    /// `updateRevision`: that of the present template.
    update: Revision,
    /// By ordinal.
    pods: BTreeMap<i32, (PodId, &'w Pod)>,
}

impl<'w> Subject<'w> {
    fn of(world: &'w World, id: StatefulSetId) -> Self {
        let row = world.statefulset(id);
        let update = row.revision;
        let known = |revision: &Revision| row.history.iter().any(|(known, _)| known == revision);
        let pods = row.pods.values().filter_map(|&pod| {
            let found = world.live_pod(pod)?;
            Some((found.index?, (pod, found)))
        });
        Self {
            world,
            id,
            row,
            current: row.status.current_revision.filter(known).unwrap_or(update),
            update,
            pods: pods.collect(),
        }
    }

    fn is_available(&self, pod: &Pod) -> bool {
        has_been_ready(pod, self.row.spec.min_ready, self.world.now())
    }

    fn replica(&self, (id, pod): (PodId, &Pod)) -> Replica {
        Replica {
            id,
            is_terminal: pod.phase.is_terminal(),
            is_deleting: pod.deletion.is_some(),
            is_ready: pod.ready && pod.phase == Phase::Running,
            is_available: self.is_available(pod),
            is_updated: pod.revision == Some(self.update),
        }
    }

    fn situation(&self) -> Situation {
        let spec = &self.row.spec;
        let end = spec.first_ordinal.saturating_add(spec.replicas);
        let ordinals = spec.first_ordinal..end;
        let mut missing = 0;
        let replicas = ordinals.clone().map_while(|ordinal| {
            let pod = self.pods.get(&ordinal).map(|&pod| self.replica(pod));
            missing += usize::from(pod.is_none());
            (missing <= MOST_CREATIONS).then_some((ordinal, pod))
        });
        let condemned = self.pods.iter().rev();
        let condemned = condemned.filter(|(ordinal, _)| !ordinals.contains(ordinal));
        Situation {
            replicas: replicas.collect(),
            condemned: condemned.map(|(_, &pod)| self.replica(pod)).collect(),
            policy: spec.pod_management_policy,
            partition: match spec.update_strategy {
                UpdateStrategy::Partitioned { partition } => Some(partition),
                UpdateStrategy::RollingUpdate { .. } | UpdateStrategy::OnDelete => None,
            },
        }
    }

    /// `computeReplicaStatus`.
    fn status(&self) -> StatefulSetStatus {
        let count = |counts: &dyn Fn(&Pod) -> bool| {
            let pods = self.pods.values().filter(|(_, pod)| counts(pod));
            i32::try_from(pods.count()).unwrap_or(i32::MAX)
        };
        let of = |pod: &Pod, revision| pod.deletion.is_none() && pod.revision == Some(revision);
        let is_ready = |pod: &Pod| pod.ready && pod.phase == Phase::Running;
        StatefulSetStatus {
            replicas: count(&|_| true),
            ready: count(&is_ready),
            available: count(&|pod| is_ready(pod) && self.is_available(pod)),
            current: count(&|pod| of(pod, self.current)),
            updated: count(&|pod| of(pod, self.update)),
            current_revision: Some(self.current),
            update_revision: Some(self.update),
            observed_generation: self.row.generation,
        }
    }

    fn next_check(&self) -> Option<Time> {
        let pods = self.pods.values().map(|(_, pod)| *pod);
        next_available(pods, self.row.spec.min_ready, self.world.now())
    }

    /// WL-27.
    fn revision_of(&self, ordinal: i32) -> Revision {
        let first = self.row.spec.first_ordinal;
        match self.row.spec.update_strategy {
            UpdateStrategy::Partitioned { partition }
                if ordinal < first.saturating_add(partition) =>
            {
                self.current
            }
            UpdateStrategy::Partitioned { .. }
            | UpdateStrategy::RollingUpdate { .. }
            | UpdateStrategy::OnDelete => self.update,
        }
    }
}

fn carry_out(subject: &Subject<'_>, acts: &[Act], status: &mut StatefulSetStatus, plan: &mut Plan) {
    let call = |act: &Act| match *act {
        Act::Create(ordinal) => {
            let revision = subject.revision_of(ordinal);
            let template = subject.row.templates.get(&revision);
            Call::CreatePod(NewPod {
                owner: Owner::StatefulSet(subject.id),
                template: *template.expect("every revision was that of a template once"),
                index: Some(ordinal),
                target: None,
                revision: Some(revision),
                index_failures: (0, 0),
            })
        }
        Act::Delete(pod) | Act::Renew(pod) => Call::DeletePod {
            pod,
            grace: None,
            disruption: None,
        },
    };
    let (renewals, others): (Vec<&Act>, Vec<&Act>) =
        acts.iter().partition(|act| matches!(act, Act::Renew(_)));
    plan.slow_start(others.into_iter().map(call).collect());
    for act in renewals {
        plan.together(vec![call(act)], true);
        status.current -= 1;
    }
}

/// `completeRollingUpdate`.
fn complete(row: &StatefulSet, status: &mut StatefulSetStatus) {
    let replicas = row.spec.replicas;
    let is_complete =
        status.updated == replicas && status.ready == replicas && status.replicas == replicas;
    if is_complete && row.spec.update_strategy != UpdateStrategy::OnDelete {
        status.current = status.updated;
        status.current_revision = status.update_revision;
    }
}

/// The end of a sync: status and history.
fn finish(world: &World, id: StatefulSetId, status: StatefulSetStatus, plan: &mut Plan) {
    let row = world.statefulset(id);
    let mut live: BTreeSet<Revision> = row
        .pods
        .values()
        .filter_map(|&pod| world.live_pod(pod)?.revision)
        .collect();
    live.extend(status.current_revision);
    live.extend(status.update_revision);
    if status != row.status {
        plan.call(Call::WriteStatefulSetStatus {
            statefulset: id,
            status: Box::new(status),
        });
    }
    let mut past: Vec<(i64, Revision)> = row
        .history
        .iter()
        .filter(|(revision, _)| !live.contains(revision))
        .map(|&(revision, number)| (number, revision))
        .collect();
    past.sort_unstable();
    let limit = usize::try_from(row.spec.revision_history_limit).unwrap_or(usize::MAX);
    let excess = past.len().saturating_sub(limit);
    for (_, revision) in past.into_iter().take(excess) {
        plan.call(Call::DeleteRevision {
            owner: OwnerRef::StatefulSet(id),
            revision,
        });
    }
}
