//! The API server: carries out one call against the world.

use super::admission::{self, Refusal};
use super::{eviction, put, replicated};
use crate::model::Cascade;
use crate::sim::Span;
use crate::world::{
    BudgetId, BudgetStatus, Call, CronDecision, CronOutcome, DisruptionReason, NewJob, NodeChange,
    Outcome, OwnerRef, Phase, PodId, PodUpdate, World,
};

/// Carries out `call` now.
#[allow(
    clippy::too_many_lines,
    reason = "one arm for each request and nothing beside: a table, read by looking up"
)]
pub fn commit(world: &mut World, seed: u64, call: Call) -> Outcome {
    match call {
        Call::CreatePod(new) => admission::create_pod(world, seed, new).into(),
        Call::DeletePod {
            pod,
            grace,
            disruption,
        } => on_pod(world, pod, |world| {
            delete_pod(world, pod, grace, disruption);
        }),
        Call::EvictPod { pod, grace } => eviction::evict(world, pod, grace),
        Call::ForceDeletePod { pod, disruption } => {
            on_pod(world, pod, |world| force_delete_pod(world, pod, disruption))
        }
        Call::RemoveFinalizer { pod } => on_pod(world, pod, |world| {
            world.remove_finalizer(pod);
            let confirmed = world
                .pod(pod)
                .and_then(|pod| pod.deletion)
                .is_some_and(|deletion| deletion.is_confirmed);
            if confirmed {
                world.remove_pod(pod);
            }
        }),
        Call::Bind { pod, node } => match world.live_pod(pod) {
            None => Outcome::NotFound,
            Some(row) if row.deletion.is_some() || row.node.is_some() => {
                Outcome::Refused("the pod is being deleted or bound already".into())
            }
            Some(_) => {
                world.bind(pod, node);
                Outcome::Done
            }
        },
        Call::MarkUnschedulable { pod, message } => {
            on_pod(world, pod, |world| world.mark_unschedulable(pod, message))
        }
        Call::Nominate { pod, node } => on_pod(world, pod, |world| world.nominate(pod, node)),
        Call::Report { pod, updates } => on_pod(world, pod, |world| {
            for update in &updates {
                world.report(pod, update);
            }
        }),
        Call::CreateJob(new) => create_job(world, new),
        Call::WriteJobStatus { job, draft } => when(world.job(job).exists(), || {
            world.write_job_status(job, draft.status);
        }),
        Call::DeleteObject { owner, cascade } => delete_object(world, owner, cascade),
        Call::FinishDeletion { owner } => {
            when(exists(world, owner), || remove_object(world, owner))
        }
        Call::WriteCronJobStatus {
            cronjob,
            status,
            decisions,
        } => when(world.cronjob(cronjob).exists(), || {
            world.write_cronjob_status(cronjob, *status);
            world.note_cron_decisions(cronjob, decisions);
        }),
        Call::NoteCronDecisions { cronjob, decisions } => {
            world.note_cron_decisions(cronjob, decisions);
            Outcome::Done
        }
        Call::WriteDaemonSetStatus { daemonset, status } => {
            when(world.daemonset(daemonset).exists(), || {
                world.write_daemonset_status(daemonset, *status);
            })
        }
        Call::WriteRevision {
            owner,
            revision,
            number,
        } => {
            world.write_revision(owner, revision, number);
            Outcome::Done
        }
        Call::DeleteRevision { owner, revision } => {
            world.remove_revision(owner, revision);
            Outcome::Done
        }
        Call::CreateReplicaSet(new) => replicated::create_replicaset(world, &new).into(),
        Call::UpdateReplicaSet { replicaset, update } => {
            when(world.replicaset(replicaset).exists(), || {
                replicated::update_replicaset(world, replicaset, update);
            })
        }
        Call::WriteDeploymentStatus { deployment, status } => {
            when(world.deployment(deployment).exists(), || {
                world.write_deployment_status(deployment, *status);
            })
        }
        Call::WriteReplicaSetStatus { replicaset, status } => {
            when(world.replicaset(replicaset).exists(), || {
                world.write_replicaset_status(replicaset, *status);
            })
        }
        Call::WriteStatefulSetStatus {
            statefulset,
            status,
        } => when(world.statefulset(statefulset).exists(), || {
            world.write_statefulset_status(statefulset, *status);
        }),
        Call::WriteBudgetStatus {
            budget,
            version,
            status,
        } => write_budget_status(world, budget, version, *status),
        Call::DeleteBudget(budget) => when(world.budget(budget).exists(), || {
            world.remove_budget(budget);
        }),
        Call::Drain(drain) => {
            for &node in &drain.nodes {
                if world.node(node).exists() {
                    world.change_node(node, NodeChange::Unschedulable(true));
                }
            }
            world.begin_drain(*drain);
            Outcome::Done
        }
        // Of a node that is gone there is nothing to be told.
        Call::NoteDrained(node) => when(world.node(node).exists(), || world.note_drained(node)),
        Call::EndDrain(drain) => {
            world.end_drain(drain);
            Outcome::Done
        }
        Call::CreateNode { spec, pool, ready } => {
            if world.node_named(&spec.name).is_some() {
                return Outcome::Refused(format!("nodes \"{}\" already exists", spec.name).into());
            }
            put::create_node(world, *spec, pool, ready);
            Outcome::Done
        }
        Call::AddPoolNode { pool, ready } => {
            let (pool, spec) = world.next_of_pool(pool);
            put::create_node(world, spec, Some(pool), ready);
            Outcome::Done
        }
        Call::ChangeNode { node, change } => when(world.node(node).exists(), || {
            world.change_node(node, change);
        }),
        Call::TakeNode(node) => when(world.node(node).exists(), || {
            world.open_place(node);
            world.remove_node(node);
        }),
        Call::FillPlace { pool } => {
            world.close_place(pool);
            let (pool, spec) = world.next_of_pool(pool);
            put::create_node(world, spec, Some(pool), false);
            Outcome::Done
        }
        Call::DeleteNode(node) => when(world.node(node).exists(), || world.remove_node(node)),
        Call::SetNodeSilent {
            node,
            by,
            silent,
            powered_off,
        } => when(world.node(node).exists(), || {
            world.set_node_silent(node, by, silent, powered_off);
        }),
        Call::Put { object, replace } => put::put(world, *object, replace).into(),
        Call::Arrive { object, arrival } => put::arrive(world, *object, arrival).into(),
        Call::NoteFailure {
            node,
            failure,
            detail,
        } => when(world.node(node).exists(), || {
            world.note_failure(node, failure, detail);
        }),
        Call::NoteOutage {
            outage,
            begins,
            detail,
        } => {
            world.note_outage(outage, begins, detail);
            Outcome::Done
        }
        Call::NoteScaling(scaling) => {
            world.note_scaling(scaling);
            Outcome::Done
        }
        Call::NoteAction { text, refusal } => {
            world.note_action(text, refusal);
            Outcome::Done
        }
        Call::DeletePolicy(target) => {
            world.remove_policy(&target);
            Outcome::Done
        }
        Call::WriteEvent => Outcome::Done,
    }
}

fn when(is_there: bool, change: impl FnOnce()) -> Outcome {
    if !is_there {
        return Outcome::NotFound;
    }
    change();
    Outcome::Done
}

fn on_pod(world: &mut World, pod: PodId, change: impl FnOnce(&mut World)) -> Outcome {
    if world.live_pod(pod).is_none() {
        return Outcome::NotFound;
    }
    change(world);
    Outcome::Done
}

/// NL-50 to NL-52: a pod's deletion; the object goes at once where nothing has to be stopped first.
pub(super) fn delete_pod(
    world: &mut World,
    pod: PodId,
    grace: Option<Span>,
    disruption: Option<DisruptionReason>,
) {
    let Some(row) = world.live_pod(pod) else {
        return;
    };
    let grace = grace.unwrap_or(world.template_of(row).spec.termination_grace);
    let grace = if grace.is_negative() {
        Span::from_secs(1)
    } else {
        grace
    };
    let ends_now = grace.is_zero() || row.node.is_none() || row.phase.is_terminal();
    let is_held = row.finalizer;
    let disrupts = disruption.filter(|_| row.deletion.is_none() && !row.phase.is_terminal());
    if let Some(reason) = disrupts {
        world.disrupt(pod, reason);
    }
    if !ends_now {
        world.request_deletion(pod, grace);
        return;
    }
    world.confirm_deletion(pod);
    if !is_held {
        world.remove_pod(pod);
    }
}

/// NL-64: PodGC fails a pod that is not terminal before it deletes it.
fn force_delete_pod(world: &mut World, pod: PodId, disruption: Option<DisruptionReason>) {
    let Some(row) = world.live_pod(pod) else {
        return;
    };
    if !row.phase.is_terminal() {
        if let Some(reason) = disruption {
            world.disrupt(pod, reason);
        }
        world.report(
            pod,
            &PodUpdate::Phase {
                phase: Phase::Failed,
                reason: None,
            },
        );
    }
    delete_pod(world, pod, Some(Span::ZERO), None);
}

/// A status that was made of an older state than the one that is there is refused.
fn write_budget_status(
    world: &mut World,
    budget: BudgetId,
    version: u64,
    status: BudgetStatus,
) -> Outcome {
    let row = world.budget(budget);
    if !row.exists() {
        return Outcome::NotFound;
    }
    if row.version != version {
        let name = &row.meta.name;
        let message = format!(
            "Operation cannot be fulfilled on poddisruptionbudgets.policy \"{name}\": the object has been modified; \
             please apply your changes to the latest version and try again"
        );
        return Outcome::Refused(message.into());
    }
    world.write_budget_status(budget, status);
    Outcome::Done
}

fn create_job(world: &mut World, new: NewJob) -> Outcome {
    let cronjob = world.cronjob(new.cronjob);
    let by_hand = new.scheduled_unix.is_none();
    let id = new.cronjob;
    match put::create_cron_child(world, cronjob.meta.clone(), new) {
        Err(refusal) => refusal.into(),
        Ok(job) => {
            if by_hand {
                let decision = CronDecision {
                    scheduled_unix: None,
                    outcome: CronOutcome::Manual,
                    job: Some(job),
                };
                world.note_cron_decisions(id, vec![decision]);
            }
            Outcome::Done
        }
    }
}

fn exists(world: &World, owner: OwnerRef) -> bool {
    match owner {
        OwnerRef::Job(job) => world.job(job).exists(),
        OwnerRef::CronJob(cronjob) => world.cronjob(cronjob).exists(),
        OwnerRef::DaemonSet(daemonset) => world.daemonset(daemonset).exists(),
        OwnerRef::Deployment(deployment) => world.deployment(deployment).exists(),
        OwnerRef::ReplicaSet(replicaset) => world.replicaset(replicaset).exists(),
        OwnerRef::StatefulSet(statefulset) => world.statefulset(statefulset).exists(),
    }
}

fn remove_object(world: &mut World, owner: OwnerRef) {
    match owner {
        OwnerRef::Job(job) => world.remove_job(job),
        OwnerRef::CronJob(cronjob) => world.remove_cronjob(cronjob),
        OwnerRef::DaemonSet(daemonset) => world.remove_daemonset(daemonset),
        OwnerRef::Deployment(deployment) => world.remove_deployment(deployment),
        OwnerRef::ReplicaSet(replicaset) => world.remove_replicaset(replicaset),
        OwnerRef::StatefulSet(statefulset) => world.remove_statefulset(statefulset),
    }
}

/// CP-G1 to CP-G3: the garbage collector does the rest.
fn delete_object(world: &mut World, owner: OwnerRef, cascade: Cascade) -> Outcome {
    if !exists(world, owner) {
        return Outcome::NotFound;
    }
    match cascade {
        Cascade::Foreground => match owner {
            OwnerRef::Job(job) => world.mark_job_deleting(job),
            OwnerRef::CronJob(cronjob) => world.mark_cronjob_deleting(cronjob),
            OwnerRef::DaemonSet(daemonset) => world.mark_daemonset_deleting(daemonset),
            OwnerRef::Deployment(deployment) => world.mark_deployment_deleting(deployment),
            OwnerRef::ReplicaSet(replicaset) => world.mark_replicaset_deleting(replicaset),
            OwnerRef::StatefulSet(statefulset) => world.mark_statefulset_deleting(statefulset),
        },
        Cascade::Orphan => {
            orphan_dependents(world, owner);
            remove_object(world, owner);
        }
        Cascade::Background => remove_object(world, owner),
    }
    Outcome::Done
}

fn orphan_dependents(world: &mut World, owner: OwnerRef) {
    let pods: Vec<PodId> = match owner {
        OwnerRef::Job(job) => world.job(job).pods.values().copied().collect(),
        OwnerRef::DaemonSet(daemonset) => {
            world.daemonset(daemonset).pods.values().copied().collect()
        }
        OwnerRef::ReplicaSet(id) => world.replicaset(id).pods.values().copied().collect(),
        OwnerRef::StatefulSet(id) => world.statefulset(id).pods.values().copied().collect(),
        OwnerRef::Deployment(deployment) => {
            for replicaset in world.deployment(deployment).replicasets.clone() {
                world.orphan_replicaset(replicaset);
            }
            Vec::new()
        }
        OwnerRef::CronJob(cronjob) => {
            for job in world.cronjob(cronjob).jobs.clone() {
                world.orphan_job(job);
            }
            Vec::new()
        }
    };
    for pod in pods {
        // Nobody but the Job controller would take the finalizer off, and it no longer knows the pod.
        world.remove_finalizer(pod);
        world.orphan_pod(pod);
    }
}

/// What was made does not matter to the one who asked.
impl<T> From<Result<T, Refusal>> for Outcome {
    fn from(result: Result<T, Refusal>) -> Self {
        result.map_or_else(Self::from, |_| Self::Done)
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::Refused(message) => Self::Refused(message),
        }
    }
}
