//! Disruption budgets and drains (NL-71 to NL-73).

use super::{Verdict, hold};
use podtime::model::{Name, PodSpec};
use podtime::sim::{Span, Time};
use podtime::world::{
    BudgetId, Change, DisruptionBudget, DisruptionReason, DrainId, Fact, NodeId, Owner, Pod, PodId,
    WorkloadChange, World,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a sync of the disruption controller takes, with all its events before it.
const SYNCED_AFTER: Span = Span::from_secs(4);

/// What is remembered of budgets and drains.
#[derive(Default)]
pub(super) struct Disruption {
    /// When something happened to a budget or its pods that evictions do not answer for.
    disturbed: BTreeMap<BudgetId, Time>,
    /// When anything happened to a budget or its pods.
    changed: BTreeMap<BudgetId, Time>,
    drains: BTreeMap<DrainId, Time>,
    /// Budgets that ever had a pod in common with another: it is brought to one of them only.
    sharing: BTreeSet<BudgetId>,
    /// Evictions that a budget counted, by pod.
    evicted: BTreeSet<PodId>,
    /// Pods that a DaemonSet created: a drain that began before they became orphans leaves them.
    daemons: BTreeSet<PodId>,
    is_slow: bool,
}

impl Disruption {
    pub(super) fn new(is_slow: bool) -> Self {
        Self {
            is_slow,
            ..Self::default()
        }
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        if let Change::PodCreated(pod) = fact.change
            && let Some(Owner::DaemonSet(_)) = world.pod(pod).map(|row| row.owner)
        {
            self.daemons.insert(pod);
        }
        match fact.change {
            Change::DrainBegan(drain) => {
                self.drains.insert(drain, fact.at);
            }
            Change::NodeDrained(node) => self.drained(world, node)?,
            Change::DisruptionBudget(id, change) => {
                self.changed.insert(id, fact.at);
                if change == WorkloadChange::Status {
                    figures(world.budget(id))?;
                } else {
                    self.disturbed.insert(id, fact.at);
                    self.note_shared(world, id);
                }
            }
            Change::Deployment(..) | Change::ReplicaSet(..) | Change::StatefulSet(..) => {
                // A scale is not watched: the budget may know an older one for a while.
                let change = match fact.change {
                    Change::Deployment(_, change)
                    | Change::ReplicaSet(_, change)
                    | Change::StatefulSet(_, change) => change,
                    _ => WorkloadChange::Status,
                };
                if change.is_event() {
                    let all: Vec<BudgetId> = world.budgets().map(|(id, _)| id).collect();
                    self.disturbed
                        .extend(all.into_iter().map(|id| (id, fact.at)));
                }
            }
            _ => {
                if let Some(id) = fact.change.pod() {
                    self.pod(world, id, fact)?;
                }
            }
        }
        Ok(())
    }

    fn note_shared(&mut self, world: &World, id: BudgetId) {
        for pod in world.budget(id).pods.values() {
            let budgets: Vec<BudgetId> = match world.live_pod(*pod) {
                Some(pod) => world.budgets_of(pod).collect(),
                None => continue,
            };
            if budgets.len() > 1 {
                self.sharing.extend(budgets);
            }
        }
    }

    fn pod(&mut self, world: &World, id: PodId, fact: &Fact) -> Verdict {
        let Some(pod) = world.pod(id) else {
            return Ok(());
        };
        let budgets: Vec<BudgetId> = world.budgets_of(pod).collect();
        if budgets.len() > 1 {
            self.sharing.extend(&budgets);
        }
        let by_eviction = pod.disruption == Some(DisruptionReason::EvictionByEvictionAPI);
        match fact.change {
            Change::PodEvicted(_) if by_eviction => {
                if let [budget] = budgets[..] {
                    self.evicted(world, budget, pod, fact.at)?;
                }
                self.evicted.insert(id);
            }
            Change::PodNotReady(_)
            | Change::PodDeleting(_)
            | Change::PodDeleted(_)
            | Change::PodSucceeded(_)
            | Change::PodFailed(_)
                if !self.evicted.contains(&id) =>
            {
                let disturbed = budgets.iter().map(|&budget| (budget, fact.at));
                self.disturbed.extend(disturbed);
            }
            _ => {}
        }
        let changed = budgets.into_iter().map(|budget| (budget, fact.at));
        self.changed.extend(changed);
        Ok(())
    }

    /// An eviction never takes a budget below what it wants to stay, unless others have done so meanwhile.
    fn evicted(&self, world: &World, id: BudgetId, pod: &Pod, at: Time) -> Verdict {
        let disturbed = self.disturbed.get(&id).copied().unwrap_or(Time::ZERO);
        if self.is_slow || at - disturbed <= SYNCED_AFTER || !pod.ready {
            return Ok(());
        }
        let budget = world.budget(id);
        let healthy = healthy(world, budget);
        let desired = budget.status.desired_healthy;
        hold(healthy >= desired, "budgets", || {
            format!(
                "the eviction of {} leaves {healthy} healthy pods of {desired} that {} wants",
                pod.name, budget.meta.name
            )
        })
    }

    /// NL-72: nothing is left on a drained node of what was there when the drain began. Several may be under way.
    fn drained(&self, world: &World, node: NodeId) -> Verdict {
        let mut running = self.drains.iter().filter(|(id, _)| {
            let drain = world.drain(**id);
            drain.nodes.contains(&node) && !drain.is_over
        });
        let is_empty = running.any(|(id, began)| {
            let selector = &world.drain(*id).options.pod_selector;
            let pods = world.node(node).pods.values();
            let others = pods.filter(|pod| !self.daemons.contains(pod));
            let mut pods = others.filter_map(|&pod| world.live_pod(pod));
            pods.all(|pod| {
                let spec: &PodSpec = &world.template_of(pod).spec;
                matches!(pod.owner, Owner::DaemonSet(_))
                    || !selector.matches(&pod.labels)
                    || pod.scheduled_at.is_some_and(|at| at >= *began)
                    || spec.node_name.is_some()
            })
        });
        hold(is_empty, "drains", || {
            format!("pods are left on {}", world.node(node).name)
        })
    }

    /// Each budget lists the pods that it selects.
    pub(super) fn walk(world: &World) -> Verdict {
        for (_, budget) in world.budgets() {
            let selected = world.pods_in(&budget.meta.namespace);
            let selected: BTreeSet<PodId> = selected
                .filter(|(_, pod)| budget.selects(pod))
                .map(|(id, _)| id)
                .collect();
            let listed: BTreeSet<PodId> = budget.pods.values().copied().collect();
            hold(selected == listed, "budgets", || {
                format!("{} lists other pods than it selects", budget.meta.name)
            })?;
        }
        Ok(())
    }

    /// The status of a budget that nothing has happened to is right.
    pub(super) fn settled(&self, world: &World, end: Time) -> Verdict {
        for (id, budget) in world.budgets() {
            let changed = self.changed.get(&id).copied().unwrap_or(Time::ZERO);
            if self.is_slow || self.sharing.contains(&id) || end - changed <= SYNCED_AFTER {
                continue;
            }
            let status = &budget.status;
            hold(
                status.observed_generation == budget.generation || status.failure.is_some(),
                "budgets",
                || format!("{} was not looked at: {status:?}", budget.meta.name),
            )?;
            if status.failure.is_some() {
                continue;
            }
            let healthy = healthy(world, budget);
            let spare = (healthy - status.desired_healthy).max(0);
            let allowed = if status.expected_pods > 0 { spare } else { 0 };
            hold(
                status.current_healthy == healthy && status.disruptions_allowed == allowed,
                "budgets",
                || {
                    let name: &Name = &budget.meta.name;
                    format!("{name} has {healthy} healthy pods and says {status:?}")
                },
            )?;
        }
        Ok(())
    }
}

fn healthy(world: &World, budget: &DisruptionBudget) -> i32 {
    let pods = budget.pods.values().filter_map(|&pod| world.live_pod(pod));
    let stays = pods.filter(|pod| pod.ready && pod.deletion.is_none());
    i32::try_from(stays.count()).unwrap()
}

/// What a status may say at all.
fn figures(budget: &DisruptionBudget) -> Verdict {
    let status = &budget.status;
    hold(
        status.disruptions_allowed >= 0
            && status.disruptions_allowed
                <= (status.current_healthy - status.desired_healthy).max(0)
            && status.observed_generation <= budget.generation
            && status.expected_pods >= 0
            && (status.failure.is_none() || status.disruptions_allowed == 0),
        "budgets",
        || format!("{}: {status:?}", budget.meta.name),
    )
}
