//! Topology spread: how evenly pods lie over zones or nodes (SCH-47, SCH-52, SCH-57).
//!
//! Upstream: `framework/plugins/podtopologyspread`.

use super::cache::{Cache, Held, NodeInfo};
use super::crowds::{CrowdId, Kind};
use super::filters::{Rejection, tolerates_all};
use super::scores::MAX_SCORE;
use crate::model::{
    LabelSelector, Labels, Name, PodSpec, Requirement, SpreadConstraint, WhenUnsatisfiable,
};
use crate::world::{NodeId, Owner, Pod, World};
use std::collections::BTreeMap;

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// A pod's constraints that filter, with the pods that count in each domain.
#[derive(Debug, Clone)]
pub(super) struct SpreadFilter<'a> {
    spec: &'a PodSpec,
    namespace: &'a Name,
    parts: Vec<Part<'a>>,
}

#[derive(Debug, Clone)]
struct Part<'a> {
    constraint: &'a SpreadConstraint,
    /// 1 if the pod itself counts.
    own: i64,
    domains: BTreeMap<Name, i64>,
    least: i64,
}

impl Part<'_> {
    /// SCH-47: the least count, 0 as long as there are too few domains.
    fn count_least(&mut self) {
        let too_few = usize::try_from(self.constraint.min_domains.unwrap_or(1))
            .is_ok_and(|wanted| self.domains.len() < wanted);
        let least = self.domains.values().copied().min().unwrap_or(0);
        self.least = if too_few { 0 } else { least };
    }
}

/// Whether a node has all topology keys of the constraints.
pub(super) fn has_all_keys<'a>(
    labels: &Labels,
    mut constraints: impl Iterator<Item = &'a SpreadConstraint>,
) -> bool {
    constraints.all(|constraint| labels.get(&constraint.topology_key).is_some())
}

/// The constraints that filter.
pub(super) fn hard_constraints(spec: &PodSpec) -> impl Iterator<Item = &SpreadConstraint> + Clone {
    spec.spread
        .iter()
        .filter(|part| part.when_unsatisfiable == WhenUnsatisfiable::DoNotSchedule)
}

/// SCH-52: whether the domains of a node count for the constraint.
fn includes(constraint: &SpreadConstraint, spec: &PodSpec, info: &NodeInfo) -> bool {
    (!constraint.honor_affinity || spec.selects_node(&info.name, &info.labels))
        && (!constraint.honor_taints || tolerates_all(&spec.tolerations, &info.taints))
}

fn crowd(cache: &mut Cache, namespace: &Name, selector: &LabelSelector) -> CrowdId {
    cache.crowd(Kind {
        terms: vec![(Some(vec![namespace.clone()]), selector.clone())],
        live_only: true,
    })
}

impl<'a> SpreadFilter<'a> {
    /// Counts for a pod; `None` if it has no such constraints.
    pub(super) fn new(cache: &mut Cache, spec: &'a PodSpec, pod: &'a Pod) -> Option<Self> {
        let mut parts: Vec<(Part<'a>, CrowdId)> = Vec::new();
        for constraint in hard_constraints(spec) {
            let part = Part {
                constraint,
                own: i64::from(constraint.selector.matches(&pod.labels)),
                domains: BTreeMap::new(),
                least: 0,
            };
            parts.push((part, crowd(cache, &pod.namespace, &constraint.selector)));
        }
        if parts.is_empty() {
            return None;
        }
        for &node in cache.order() {
            let info = cache.info(node);
            if !has_all_keys(&info.labels, hard_constraints(spec)) {
                continue;
            }
            for (part, crowd) in &mut parts {
                if let Some(domain) = info.labels.get(&part.constraint.topology_key)
                    && includes(part.constraint, spec, info)
                {
                    let selects_nothing = part.constraint.selector.0.is_empty();
                    let count = if selects_nothing {
                        0
                    } else {
                        cache.crowd_on(*crowd, node)
                    };
                    *part.domains.entry(domain.clone()).or_default() += count;
                }
            }
        }
        for (part, _) in &mut parts {
            part.count_least();
        }
        Some(Self {
            spec,
            namespace: &pod.namespace,
            parts: parts.into_iter().map(|(part, _)| part).collect(),
        })
    }

    /// A pod comes to a node (1) or goes (-1), as preemption imagines.
    pub(super) fn shift(&mut self, held: &Held, info: &NodeInfo, by: i64) {
        if held.namespace != *self.namespace
            || !has_all_keys(&info.labels, hard_constraints(self.spec))
        {
            return;
        }
        for part in &mut self.parts {
            if part.constraint.selector.matches(&held.labels)
                && includes(part.constraint, self.spec, info)
                && let Some(domain) = info.labels.get(&part.constraint.topology_key)
            {
                *part.domains.entry(domain.clone()).or_default() += by;
                part.count_least();
            }
        }
    }

    /// SCH-47.
    pub(super) fn rejection(&self, labels: &Labels) -> Option<Rejection> {
        for part in &self.parts {
            let Some(domain) = labels.get(&part.constraint.topology_key) else {
                return Some(Rejection::SpreadLabel);
            };
            let count = part.domains.get(domain).copied().unwrap_or(0);
            if count + part.own - part.least > part.constraint.max_skew {
                return Some(Rejection::SpreadSkew);
            }
        }
        None
    }
}

/// SCH-57a: the scores of the nodes found, normalized; `None` without constraints that score.
pub(super) fn scores(
    world: &World,
    cache: &mut Cache,
    spec: &PodSpec,
    pod: &Pod,
    found: &[(NodeId, i64)],
) -> Option<Vec<i64>> {
    let are_defaults = spec.spread.is_empty();
    let constraints = if are_defaults {
        default_constraints(world, pod)
    } else {
        let soft = spec.spread.iter();
        soft.filter(|part| part.when_unsatisfiable == WhenUnsatisfiable::ScheduleAnyway)
            .cloned()
            .collect()
    };
    if constraints.is_empty() {
        return None;
    }
    let crowds: Vec<CrowdId> = constraints
        .iter()
        .map(|constraint| crowd(cache, &pod.namespace, &constraint.selector))
        .collect();
    let is_ignored =
        |info: &NodeInfo| !are_defaults && !has_all_keys(&info.labels, constraints.iter());
    let infos: Vec<&NodeInfo> = found.iter().map(|&(node, _)| cache.info(node)).collect();
    let scored = infos.iter().filter(|info| !is_ignored(info)).count();

    let mut totals = vec![0.0; found.len()];
    for (constraint, &crowd) in constraints.iter().zip(&crowds) {
        let key = &*constraint.topology_key;
        let mut domains: BTreeMap<Option<&Name>, i64> = BTreeMap::new();
        if key != HOSTNAME {
            for info in infos.iter().filter(|info| !is_ignored(info)) {
                domains.insert(info.labels.get(key), 0);
            }
            for &node in cache.order() {
                let info = cache.info(node);
                if !is_ignored(info)
                    && includes(constraint, spec, info)
                    && let Some(count) = domains.get_mut(&info.labels.get(key))
                {
                    *count += cache.crowd_on(crowd, node);
                }
            }
        }
        let size = if key == HOSTNAME {
            scored
        } else {
            domains.len()
        };
        for ((&(node, _), info), total) in found.iter().zip(&infos).zip(&mut totals) {
            let Some(domain) = info.labels.get(key) else {
                continue;
            };
            let count = if key == HOSTNAME {
                cache.crowd_on(crowd, node)
            } else {
                domains.get(&Some(domain)).copied().unwrap_or(0)
            };
            *total += weigh(count, size, constraint.max_skew);
        }
    }
    let raw: Vec<Option<i64>> = totals
        .iter()
        .zip(&infos)
        .map(|(&total, info)| (!is_ignored(info)).then(|| round(total)))
        .collect();
    Some(normalize(&raw))
}

/// SCH-57a: what pods in a domain count, less in a topology of few domains.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of pods and nodes fit an f64 exactly"
)]
fn weigh(count: i64, domains: usize, max_skew: i64) -> f64 {
    count as f64 * libm::log((domains + 2) as f64) + (max_skew - 1) as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a sum of pod counts times at most 9 is far from the limits"
)]
fn round(total: f64) -> i64 {
    libm::round(total) as i64
}

/// SCH-57a: the other way round, to 0–100; nodes that are ignored (`None`) get 0.
fn normalize(raw: &[Option<i64>]) -> Vec<i64> {
    let least = raw.iter().flatten().copied().min().unwrap_or(0);
    let most = raw.iter().flatten().copied().max().unwrap_or(0);
    raw.iter()
        .map(|score| match score {
            None => 0,
            Some(_) if most == 0 => MAX_SCORE,
            Some(score) => MAX_SCORE * (most + least - score) / most,
        })
        .collect()
}

/// The requirements of the selector of a pod's ReplicaSet or StatefulSet.
fn selector_of_owner<'w>(world: &'w World, pod: &Pod) -> &'w [Requirement] {
    match pod.owner {
        Owner::ReplicaSet(id) => &world.replicaset(id).spec.selector.0,
        Owner::StatefulSet(id) => &world.statefulset(id).spec.selector.0,
        Owner::None | Owner::Job(_) | Owner::DaemonSet(_) => &[],
    }
}

/// SCH-57a: whether a pod without constraints of its own may be given some.
pub(super) fn may_have_defaults(world: &World, pod: &Pod) -> bool {
    !world.policies().services.is_empty() || !selector_of_owner(world, pod).is_empty()
}

/// SCH-57a: what a pod of a Service, ReplicaSet or StatefulSet is given if it has no constraints of its own.
fn default_constraints(world: &World, pod: &Pod) -> Vec<SpreadConstraint> {
    let mut requirements: Vec<Requirement> = Vec::new();
    for ((namespace, _), service) in &world.policies().services {
        if *namespace == pod.namespace
            && let Some(selector) = &service.selector
            && selector.matches(&pod.labels)
        {
            requirements.extend(selector.0.iter().cloned());
        }
    }
    requirements.extend(selector_of_owner(world, pod).iter().cloned());
    if requirements.is_empty() {
        return Vec::new();
    }
    requirements.sort();
    requirements.dedup();
    [(HOSTNAME, 3), (ZONE, 5)]
        .map(|(key, max_skew)| SpreadConstraint {
            max_skew,
            min_domains: None,
            topology_key: key.into(),
            when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
            selector: LabelSelector(requirements.clone()),
            honor_affinity: true,
            honor_taints: false,
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After `TestPodTopologySpreadScore` (`scoring_test.go`): one constraint on the node name over four nodes with
    /// 2, 1, 0 and 3 matching pods, maxSkew 1.
    #[test]
    fn scores_fall_with_the_count_sch_57a() {
        let raw: Vec<Option<i64>> = [2, 1, 0, 3]
            .into_iter()
            .map(|count| Some(round(weigh(count, 4, 1))))
            .collect();
        assert_eq!(raw, [Some(4), Some(2), Some(0), Some(5)]);
        assert_eq!(normalize(&raw), [20, 60, 100, 0]);
    }

    #[test]
    fn nothing_to_spread_gives_all_the_most() {
        assert_eq!(normalize(&[Some(0), None, Some(0)]), [100, 0, 100]);
    }
}
