//! The Deployment controller: ReplicaSets of its templates, the new one growing as the old ones shrink.
//!
//! A sync first sees to the ReplicaSet of the present template, then takes one step of the rollout (or of a scaling),
//! and at last writes the status. The step after comes with the next sync, which the ReplicaSets' changes bring
//! about. Upstream: `syncDeployment` in `pkg/controller/deployment/deployment_controller.go`.
//!
//! Differs: neither adoption of ReplicaSets nor rollbacks by annotation; a ReplicaSet that cannot be created leaves no
//! condition on the Deployment; what a Deployment's own annotations say is not copied to its ReplicaSets.

mod bounds;
mod family;
mod rolling;
mod scaling;
mod status;
#[cfg(test)]
mod tests;
mod triggers;

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::Cascade;
use crate::world::{
    Call, Change, ControllerKind, DeploymentId, DeploymentProgress, DeploymentStatus,
    NewReplicaSet, OwnerRef, ProgressReason, ReplicaSetNotes, ReplicaSetUpdate,
};
use family::{Family, Member, Scaling};
use std::collections::BTreeMap;

/// What is left of a sync whose calls are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The step of the rollout, then the status.
    Step,
    /// The status, and whether it estimates progress.
    Finish { estimates: bool },
}

/// The decisions of the Deployment controller.
#[derive(Debug, Default)]
pub struct DeploymentReconciler {
    started: BTreeMap<DeploymentId, Part>,
}

impl Reconcile for DeploymentReconciler {
    type Key = DeploymentId;

    const KIND: ControllerKind = ControllerKind::Deployment;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<DeploymentId>) {
        triggers::concerns(view.world, change, wakes);
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: DeploymentId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let part = self.started.remove(&key).filter(|_| progress.stage > 0);
        let family = Family::of(view.world, key);
        if !family.row.exists() {
            return Requeue::Done;
        }
        if progress.refused > 0 {
            return Requeue::Backoff;
        }
        if family.row.deleting {
            write_status(&family, status::status(&family), plan);
            return Requeue::Done;
        }
        if part.is_none() {
            prepare(&family, plan);
            if !plan.is_empty() {
                self.started.insert(key, Part::Step);
                return Requeue::Continue;
            }
        }
        let estimates = match part {
            Some(Part::Finish { estimates }) => estimates,
            Some(Part::Step) | None => {
                let estimates = !family.row.spec.paused && !family.was_scaled();
                step(&family, plan);
                if !plan.is_empty() {
                    self.started.insert(key, Part::Finish { estimates });
                    return Requeue::Continue;
                }
                estimates
            }
        };
        finish(&family, estimates, plan);
        Requeue::Done
    }
}

/// Sees to the ReplicaSet of the present template, and to the conditions that go with it.
fn prepare(family: &Family<'_>, plan: &mut Plan) {
    if let Some(reason) = paused_or_resumed(family) {
        write_progress(family, reason, plan);
    }
    let row = family.row;
    if let Some(new) = family.new {
        let set = family.world.replicaset(new.id);
        let mut notes = set.notes();
        notes.number = notes.number.max(family.next_number());
        if notes != set.notes() || set.spec.min_ready != row.spec.min_ready {
            plan.call(Call::UpdateReplicaSet {
                replicaset: new.id,
                update: ReplicaSetUpdate {
                    replicas: set.spec.replicas,
                    min_ready: row.spec.min_ready,
                    notes,
                },
            });
        } else if status::has_deadline(&row.spec)
            && row.status.progress.is_none()
            && plan.is_empty()
        {
            write_progress(family, ProgressReason::FoundNewReplicaSet, plan);
        }
        return;
    }
    let is_scaled = row.spec.paused || family.was_scaled();
    let waits = family.is_recreated() && (!family.active_old().is_empty() || family.has_old_pods());
    if !is_scaled && !waits {
        create(family, plan);
    }
}

/// `checkPausedConditions`.
fn paused_or_resumed(family: &Family<'_>) -> Option<ProgressReason> {
    let row = family.row;
    let known = row.status.progress.map(|progress| progress.reason);
    if !status::has_deadline(&row.spec) || known == Some(ProgressReason::ProgressDeadlineExceeded) {
        return None;
    }
    let was_paused = known == Some(ProgressReason::DeploymentPaused);
    match (row.spec.paused, was_paused) {
        (true, false) => Some(ProgressReason::DeploymentPaused),
        (false, true) => Some(ProgressReason::DeploymentResumed),
        (true, true) | (false, false) => None,
    }
}

fn create(family: &Family<'_>, plan: &mut Plan) {
    let (row, bounds) = (family.row, &family.bounds);
    let replicas = if family.is_recreated() {
        bounds.replicas
    } else {
        bounds.new_size(0, family::total(family.all()))
    };
    let call = Call::CreateReplicaSet(Box::new(NewReplicaSet {
        deployment: family.id,
        template: row.spec.template.clone(),
        revision: row.revision,
        replicas: narrow(replicas),
        min_ready: row.spec.min_ready,
        notes: notes(family, family.next_number()),
    }));
    plan.together(vec![call], replicas > 0);
    if status::has_deadline(&row.spec) {
        write_progress(family, ProgressReason::NewReplicaSetCreated, plan);
    }
}

/// One step of the rollout, or of a scaling.
fn step(family: &Family<'_>, plan: &mut Plan) {
    let row = family.row;
    if row.spec.paused || family.was_scaled() {
        let situation = scaling::Situation {
            bounds: family.bounds,
            is_recreated: family.is_recreated(),
            pods: i64::from(row.status.replicas),
            new: family.new,
            old: &family.old,
        };
        scale(family, scaling::scale(&situation), plan);
        if row.spec.paused {
            clean_up(family, plan);
        }
        return;
    }
    if family.is_recreated() {
        recreate(family, plan);
    } else if let Some(new) = family.new {
        roll(family, new, plan);
    }
    if plan.is_empty() && row.is_complete(&row.status) {
        clean_up(family, plan);
    }
}

/// WL-3, WL-4.
fn roll(family: &Family<'_>, new: Member, plan: &mut Plan) {
    let old = family.active_old();
    let up = rolling::scale_up(&family.bounds, new, &family.old);
    let scalings = match up {
        Some(up) => vec![up],
        None => rolling::scale_down(&family.bounds, new, &old),
    };
    scale(family, scalings, plan);
}

/// WL-5.
fn recreate(family: &Family<'_>, plan: &mut Plan) {
    let old = family.active_old();
    if !old.is_empty() {
        scale(family, old.iter().map(|set| (set.id, 0)).collect(), plan);
    } else if let Some(new) = family.new.filter(|_| !family.has_old_pods())
        && new.replicas != family.bounds.replicas
    {
        scale(family, vec![(new.id, family.bounds.replicas)], plan);
    }
}

fn scale(family: &Family<'_>, scalings: Vec<Scaling>, plan: &mut Plan) {
    for (id, size) in scalings {
        let set = family.world.replicaset(id);
        let update = ReplicaSetUpdate {
            replicas: narrow(size),
            min_ready: set.spec.min_ready,
            notes: notes(family, set.notes().number),
        };
        let is_scaled = update.replicas != set.spec.replicas;
        if is_scaled || update.notes != set.notes() {
            let call = Call::UpdateReplicaSet {
                replicaset: id,
                update,
            };
            plan.together(vec![call], is_scaled);
        }
    }
}

/// WL-7.
fn clean_up(family: &Family<'_>, plan: &mut Plan) {
    let sets = family
        .old
        .iter()
        .map(|member| (member.id, family.world.replicaset(member.id)));
    let mut sets: Vec<_> = sets.filter(|(_, set)| !set.deleting).collect();
    let limit = usize::try_from(family.row.spec.revision_history_limit).unwrap_or(0);
    let excess = sets.len().saturating_sub(limit);
    sets.sort_by_key(|(id, set)| (set.notes().number, *id));
    for (id, set) in sets.into_iter().take(excess) {
        let is_empty = set.status.replicas == 0 && set.spec.replicas == 0;
        if is_empty && set.generation <= set.status.observed_generation {
            plan.call(Call::DeleteObject {
                owner: OwnerRef::ReplicaSet(id),
                cascade: Cascade::Background,
            });
        }
    }
}

fn finish(family: &Family<'_>, estimates: bool, plan: &mut Plan) {
    let status = if estimates {
        status::rollout_status(family)
    } else {
        status::status(family)
    };
    if estimates
        && status == family.row.status
        && let Some(at) = status::next_check(family.row, &status, family.world.now())
    {
        plan.look_again_at(at);
    }
    write_status(family, status, plan);
}

fn write_progress(family: &Family<'_>, reason: ProgressReason, plan: &mut Plan) {
    let updated_at = family.world.api_time(family.world.now());
    let status = DeploymentStatus {
        progress: Some(DeploymentProgress { reason, updated_at }),
        ..family.row.status.clone()
    };
    write_status(family, status, plan);
}

fn write_status(family: &Family<'_>, status: DeploymentStatus, plan: &mut Plan) {
    if status != family.row.status {
        plan.call(Call::WriteDeploymentStatus {
            deployment: family.id,
            status: Box::new(status),
        });
    }
}

fn notes(family: &Family<'_>, number: i64) -> ReplicaSetNotes {
    ReplicaSetNotes {
        number,
        desired: narrow(family.bounds.replicas),
        most: narrow(family.bounds.most()),
    }
}

fn narrow(size: i64) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}
