//! The disruption controller: keeps the status of disruption budgets, by which the eviction API decides (NL-73).
//!
//! A sync counts a budget's pods and those of them that are Ready, and writes how many may go. Upstream:
//! `pkg/controller/disruption/disruption.go`. Differs: a pod that several budgets select is brought to the first one by
//! name, where upstream takes any; the condition `DisruptionTarget` never gets stale here, since whoever sets it deletes
//! the pod in the same step, so that nobody has to take it back.

mod count;
#[cfg(test)]
mod tests;

use super::{ErrorBackoff, Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::Name;
use crate::sim::{Span, Time};
use crate::world::{
    BudgetId, BudgetStatus, Call, Change, ControllerKind, DisruptionBudget, PodId, WorkloadChange,
    World,
};
use std::collections::BTreeMap;

/// Upstream has one worker for budgets.
pub(super) const WORKERS: u32 = 1;
/// `DeletionTimeout`: a pod whose eviction was granted and that is not being deleted after this time stays.
const DELETION_TIMEOUT: Span = Span::from_secs(120);

/// The decisions of the disruption controller.
#[derive(Debug, Default)]
pub struct DisruptionReconciler;

impl Reconcile for DisruptionReconciler {
    type Key = BudgetId;

    const KIND: ControllerKind = ControllerKind::Disruption;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<BudgetId>) {
        if let Change::DisruptionBudget(id, change) = *change {
            if change != WorkloadChange::Deleted {
                wakes.now(id);
            }
        } else if let Change::PodCreated(pod)
        | Change::PodReady(pod)
        | Change::PodNotReady(pod)
        | Change::PodSucceeded(pod)
        | Change::PodFailed(pod)
        | Change::PodDeleting(pod)
        | Change::PodDeleted(pod) = *change
        {
            // Other changes of a pod make Kubernetes look too, but there is nothing to be found.
            wakes
                .0
                .extend(budget_of(view.world, pod).map(|id| (id, Span::ZERO)));
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: BudgetId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let world = view.world;
        let budget = world.budget(key);
        if progress.stage > 0 {
            // Somebody has written the budget since it was read.
            return if progress.refused > 0 {
                Requeue::Backoff
            } else {
                Requeue::Done
            };
        }
        if !budget.exists() {
            return Requeue::Done;
        }
        if budget.pods.is_empty() {
            plan.event();
        }
        let (status, recheck) = match count::expected(world, budget) {
            Ok(expected) => {
                if expected.has_unmanaged_pods {
                    plan.event();
                }
                let disrupted = still_disrupted(world, budget);
                let recheck = disrupted.values().min().copied();
                let status = status(world, budget, &expected, disrupted);
                (status, recheck.map(|at| at + DELETION_TIMEOUT))
            }
            Err(failure) => {
                plan.event();
                (fail_safe(&budget.status, failure), None)
            }
        };
        if let Some(at) = recheck {
            // What is to be rechecked goes through the queue's back-off.
            plan.look_again_at(at + ErrorBackoff::DEFAULT.base);
        }
        if status == budget.status {
            return Requeue::Done;
        }
        plan.call(Call::WriteBudgetStatus {
            budget: key,
            version: budget.version,
            status: Box::new(status),
        });
        Requeue::Continue
    }
}

/// The budget that a pod is brought to.
fn budget_of(world: &World, pod: PodId) -> Option<BudgetId> {
    // Most runs have no budget, and this is asked at almost every change of a pod.
    world.budgets().next()?;
    world.budgets_of(world.pod(pod)?).next()
}

/// `updatePdbStatus`.
fn status(
    world: &World,
    budget: &DisruptionBudget,
    expected: &count::Expected,
    disrupted_pods: BTreeMap<Name, Time>,
) -> BudgetStatus {
    let current_healthy = count::healthy(world, budget, &disrupted_pods);
    let spare = current_healthy - expected.desired_healthy;
    // A budget without pods allows nothing, so that its first pods are safe before they are counted.
    let disruptions_allowed = if expected.pods > 0 { spare.max(0) } else { 0 };
    BudgetStatus {
        current_healthy,
        desired_healthy: expected.desired_healthy,
        expected_pods: expected.pods,
        disruptions_allowed,
        disrupted_pods,
        observed_generation: budget.generation,
        failure: None,
    }
}

/// `failSafe`: what cannot be counted may not be disrupted.
fn fail_safe(before: &BudgetStatus, failure: Name) -> BudgetStatus {
    BudgetStatus {
        disruptions_allowed: 0,
        failure: Some(failure),
        ..before.clone()
    }
}

/// `buildDisruptedPodMap`: granted evictions whose pods are still to be deleted.
fn still_disrupted(world: &World, budget: &DisruptionBudget) -> BTreeMap<Name, Time> {
    let granted = &budget.status.disrupted_pods;
    if granted.is_empty() {
        return BTreeMap::new();
    }
    let pods = budget.pods.values().filter_map(|&id| world.live_pod(id));
    let waiting = pods.filter(|pod| pod.deletion.is_none());
    let granted = waiting.filter_map(|pod| Some((pod.name.clone(), *granted.get(&pod.name)?)));
    granted
        .filter(|(_, at)| *at + DELETION_TIMEOUT >= world.now())
        .collect()
}
