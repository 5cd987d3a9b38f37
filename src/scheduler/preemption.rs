//! Making room for a pod of higher priority (SCH-64 to SCH-66): who would have to go, on which node.
//!
//! Disruption budgets are preferred, not enforced. Upstream: `framework/plugins/defaultpreemption`,
//! `framework/preemption/preemption.go`.

use super::attempt::{Attempt, Failure, Imagined};
use super::cache::Held;
use super::filters::Rejection;
use super::message::{Reason, Tally, with_preemption};
use super::plugins::Plugins;
use crate::api::View;
use crate::model::PreemptionPolicy;
use crate::sim::{Stream, Time};
use crate::world::{BudgetId, DisruptionReason, NodeId, PodId, World};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// SCH-C8: so many per cent of the nodes are enough, but not fewer than [`MIN_CANDIDATES`].
const CANDIDATE_PERCENTAGE: usize = 10;
/// SCH-C8.
const MIN_CANDIDATES: usize = 100;

/// What a node says that has no pod of lower priority.
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Preemption {
    /// Not tried: a nomination stays as it is.
    NotEligible,
    /// No node would do: the pod loses its nomination.
    Hopeless,
    /// The pod waits for this node, from which these pods have to go, the most important first.
    Victims { node: NodeId, victims: Vec<PodId> },
}

/// Looks for pods that have to go; adds to the message why none do.
pub(super) fn preempt(attempt: &Attempt<'_>, view: View<'_>, failure: &mut Failure) -> Preemption {
    if let Some(why) = not_eligible(attempt) {
        failure.message = with_preemption(&failure.message, why).into();
        return Preemption::NotEligible;
    }
    let (candidates, tally) = candidates(attempt, view, &failure.resolvable);
    if let Some(candidate) = best(attempt.world, candidates) {
        return Preemption::Victims {
            node: candidate.node,
            victims: candidate.victims.iter().map(|held| held.pod).collect(),
        };
    }
    let nodes = attempt.cache.order().len();
    let why = tally.message(nodes, 0, Plugins::NONE);
    failure.message = with_preemption(&failure.message, &why).into();
    Preemption::Hopeless
}

/// SCH-64.
fn not_eligible(attempt: &Attempt<'_>) -> Option<&'static str> {
    if attempt.pod.preemption_policy == PreemptionPolicy::Never {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let node = attempt.nominations.of(attempt.waiting.pod)?;
    let info = attempt.cache.existing(node)?;
    if attempt
        .rejection(node)
        .is_some_and(|rejection| !rejection.is_resolvable())
    {
        return None;
    }
    let is_on_its_way = |&id: &PodId| {
        attempt.world.pod(id).is_some_and(|pod| {
            pod.priority < attempt.waiting.priority
                && pod.deletion.is_some()
                && pod.disruption == Some(DisruptionReason::PreemptionByScheduler)
        })
    };
    info.pods
        .values()
        .any(is_on_its_way)
        .then_some("not eligible due to a terminating pod on the nominated node.")
}

/// A node on which the pod would fit, and who has to go for that.
#[derive(Debug)]
struct Candidate<'a> {
    node: NodeId,
    /// The most important first; at least one.
    victims: Vec<&'a Held>,
    /// Victims beyond what a disruption budget allows.
    violations: usize,
}

/// SCH-65: enough candidates, from a random node on; what the other nodes say.
fn candidates<'a>(
    attempt: &Attempt<'a>,
    view: View<'_>,
    nodes: &[NodeId],
) -> (Vec<Candidate<'a>>, Tally) {
    let mut tally = Tally::default();
    let not_helpful = attempt.cache.order().len() - nodes.len();
    tally.add(
        Reason::Text("Preemption is not helpful for scheduling"),
        not_helpful,
    );
    if nodes.is_empty() {
        return (Vec::new(), tally);
    }
    if !attempt.cache.holds_below(attempt.waiting.priority) {
        tally.add(Reason::Text(NO_VICTIMS), nodes.len());
        return (Vec::new(), tally);
    }
    let enough = (nodes.len() * CANDIDATE_PERCENTAGE / 100)
        .max(MIN_CANDIDATES)
        .min(nodes.len());
    let (before, from) = nodes.split_at(offset(attempt, view, nodes.len()));
    let mut found = Vec::new();
    let mut violates_none = false;
    for &node in from.iter().chain(before) {
        match victims(attempt, node) {
            Ok((victims, violations)) if !victims.is_empty() => {
                violates_none |= violations == 0;
                found.push(Candidate {
                    node,
                    victims,
                    violations,
                });
            }
            Ok(_) => {}
            Err(None) => tally.add(Reason::Text(NO_VICTIMS), 1),
            Err(Some(rejection)) => rejection.count(&mut tally),
        }
        if violates_none && found.len() >= enough {
            break;
        }
    }
    (found, tally)
}

/// Where the search begins; it only matters where more nodes are left than are looked at.
fn offset(attempt: &Attempt<'_>, view: View<'_>, nodes: usize) -> usize {
    if nodes <= MIN_CANDIDATES {
        return 0;
    }
    let identity = attempt.world.pod_identity(attempt.pod);
    let number = u64::from(attempt.waiting.failures);
    let draw = Stream::keyed(view.seed, &identity, "preemption", number).below(nodes as u64);
    usize::try_from(draw).expect("a number below a length fits")
}

/// SCH-65: the fewest pods that have to go from a node, and how many of them a budget would keep; `Err(None)` if none
/// may go, `Err(Some(why))` if all would not do.
fn victims<'a>(
    attempt: &Attempt<'a>,
    node: NodeId,
) -> Result<(Vec<&'a Held>, usize), Option<Rejection>> {
    let world = attempt.world;
    let pods = attempt.cache.info(node).pods.values();
    let held = pods.filter_map(|&pod| attempt.cache.held(pod));
    let mut lower: Vec<&Held> = held
        .filter(|held| held.priority < attempt.waiting.priority)
        .collect();
    if lower.is_empty() {
        return Err(None);
    }
    let mut imagined: Imagined<'a> = attempt.imagine(node);
    for held in &lower {
        imagined.remove(world, held);
    }
    if let Some(rejection) = attempt.pod_rejection_imagined(&imagined) {
        return Err(Some(rejection));
    }
    let importance = |held: &&Held| (Reverse(held.priority), started(world, held), held.number);
    lower.sort_by_key(importance);
    let (violating, others) = split_by_budgets(world, lower);
    let mut victims = Vec::new();
    let mut reprieve = |held: &'a Held, victims: &mut Vec<&'a Held>| {
        imagined.add(world, held);
        if attempt.pod_rejection_imagined(&imagined).is_some() {
            imagined.remove(world, held);
            victims.push(held);
        }
    };
    for held in violating {
        reprieve(held, &mut victims);
    }
    let violations = victims.len();
    for held in others {
        reprieve(held, &mut victims);
    }
    victims.sort_by_key(importance);
    Ok((victims, violations))
}

/// The pods whose loss would be one too many for a disruption budget if those before them went too, and the others.
fn split_by_budgets<'a>(world: &World, pods: Vec<&'a Held>) -> (Vec<&'a Held>, Vec<&'a Held>) {
    let mut spent: BTreeMap<BudgetId, i32> = BTreeMap::new();
    pods.into_iter().partition(|held| {
        let Some(pod) = world.pod(held.pod).filter(|pod| !pod.labels.is_empty()) else {
            return false;
        };
        let mut is_violating = false;
        for id in world.budgets_of(pod) {
            let budget = world.budget(id);
            // Here an empty selector selects nothing, and who is about to be evicted is counted already.
            let is_counted = budget.status.disrupted_pods.contains_key(&pod.name);
            if budget.spec.selector.0.is_empty() || is_counted {
                continue;
            }
            let spent = spent.entry(id).or_insert(0);
            *spent += 1;
            is_violating |= *spent > budget.status.disruptions_allowed;
        }
        is_violating
    })
}

/// `status.startTime`; a pod that has none counts as starting now.
fn started(world: &World, held: &Held) -> Time {
    let accepted = world.pod(held.pod).and_then(|pod| pod.accepted_at);
    accepted.map_or(world.now(), |at| world.api_time(at))
}

/// SCH-66: of equal ones the first.
fn best<'a>(world: &World, candidates: Vec<Candidate<'a>>) -> Option<Candidate<'a>> {
    candidates.into_iter().min_by_key(|candidate| {
        let highest = candidate.victims[0].priority;
        let sum: i64 = candidate
            .victims
            .iter()
            .map(|held| i64::from(held.priority) + (1 << 31))
            .sum();
        let of_highest = candidate
            .victims
            .iter()
            .filter(|held| held.priority == highest);
        let earliest = of_highest.map(|held| started(world, held)).min();
        let earliest = Reverse(earliest);
        (
            candidate.violations,
            highest,
            sum,
            candidate.victims.len(),
            earliest,
        )
    })
}
