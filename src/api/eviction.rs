//! The eviction API (NL-73): a pod's deletion that its disruption budget may refuse.
//!
//! Upstream: `pkg/registry/core/pod/storage/eviction.go`. Differs: writes never conflict here, so that nothing is tried
//! again inside the API server.

use super::commit::delete_pod;
use crate::model::{Name, UnhealthyPodEviction};
use crate::sim::Span;
use crate::world::{
    BudgetId, DisruptionBudget, DisruptionReason, Outcome, Phase, Pod, PodId, World,
};

/// As many granted evictions may wait for the disruption controller.
const DISRUPTED_PODS_MAX: usize = 2000;

/// How an eviction is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    /// No budget counts it.
    Free,
    /// This budget counts it.
    Counted(BudgetId),
}

/// Evicts a pod, or says why not.
pub(super) fn evict(world: &mut World, id: PodId, grace: Option<Span>) -> Outcome {
    let Some(pod) = world.live_pod(id) else {
        return Outcome::NotFound;
    };
    match ask(world, pod) {
        Ok(Grant::Free) => {}
        Ok(Grant::Counted(budget)) => {
            let name = pod.name.clone();
            count(world, budget, name);
        }
        Err(refusal) => {
            if let Outcome::Refused(message) | Outcome::Later(message) = &refusal {
                world.note_refused_eviction(id, message.clone());
            }
            return refusal;
        }
    }
    let reason = DisruptionReason::EvictionByEvictionAPI;
    delete_pod(world, id, grace, Some(reason));
    Outcome::Done
}

/// Whether a pod may be evicted now.
fn ask(world: &World, pod: &Pod) -> Result<Grant, Outcome> {
    if pod.phase != Phase::Running || pod.deletion.is_some() {
        return Ok(Grant::Free);
    }
    let mut budgets = world.budgets_of(pod);
    let Some(id) = budgets.next() else {
        return Ok(Grant::Free);
    };
    if budgets.next().is_some() {
        let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(Outcome::Refused(message.into()));
    }
    let budget = world.budget(id);
    let status = &budget.status;
    let is_free = match budget.spec.unhealthy_pods {
        UnhealthyPodEviction::AlwaysAllow => true,
        UnhealthyPodEviction::IfHealthyBudget => {
            status.current_healthy >= status.desired_healthy && status.desired_healthy > 0
        }
    };
    if !pod.ready && is_free {
        return Ok(Grant::Free);
    }
    match refusal(budget) {
        Some(message) => Err(Outcome::Later(message)),
        None if status.disrupted_pods.len() > DISRUPTED_PODS_MAX => Err(Outcome::Refused(
            "DisruptedPods map too big - too many evictions not confirmed by PDB controller".into(),
        )),
        None => Ok(Grant::Counted(id)),
    }
}

/// Why a budget allows no disruption now; the words are the API server's.
fn refusal(budget: &DisruptionBudget) -> Option<Name> {
    let name = &budget.meta.name;
    let status = &budget.status;
    if status.observed_generation < budget.generation {
        let message =
            format!("The disruption budget {name} is still being processed by the server.");
        return Some(message.into());
    }
    if status.disruptions_allowed > 0 {
        return None;
    }
    let (desired, current) = (status.desired_healthy, status.current_healthy);
    let message = match &status.failure {
        Some(failure) => format!(
            "The disruption budget {name} does not allow evicting pods currently because it failed sync: {failure}"
        ),
        None if current <= desired => format!(
            "The disruption budget {name} needs {desired} healthy pods and has {current} currently"
        ),
        None => format!("The disruption budget {name} does not allow evicting pods currently"),
    };
    Some(message.into())
}

/// The budget has one disruption less from now on, and knows of whom: a second eviction does not count on what the
/// controller has not seen yet.
fn count(world: &mut World, id: BudgetId, pod: Name) {
    let mut status = world.budget(id).status.clone();
    status.disruptions_allowed -= 1;
    status
        .disrupted_pods
        .insert(pod, world.api_time(world.now()));
    world.write_budget_status(id, status);
}

#[cfg(test)]
mod tests;
