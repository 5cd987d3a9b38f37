//! Affinity and anti-affinity between pods (SCH-48, SCH-53, SCH-58).
//!
//! Upstream: `framework/plugins/interpodaffinity`.

use super::cache::{Cache, Held};
use super::crowds::Kind;
use super::filters::Rejection;
use super::scores::MAX_SCORE;
use crate::model::{Affinity, Labels, Name, PodAffinityTerm, PodSpec, Weighted};
use crate::world::{NodeId, Pod, Templates};
use std::collections::BTreeMap;

/// SCH-C9.
const HARD_AFFINITY_WEIGHT: i64 = 1;

/// A topology key and its value on a node: one place.
type Place = (Name, Name);

/// Whether a term of a pod in `own_namespace` means a pod of this namespace and these labels.
pub(super) fn term_matches(
    term: &PodAffinityTerm,
    own_namespace: &Name,
    namespace: &Name,
    labels: &Labels,
) -> bool {
    let is_meant = match &term.namespaces {
        None => true,
        Some(namespaces) if namespaces.is_empty() => namespace == own_namespace,
        Some(namespaces) => namespaces.contains(namespace),
    };
    is_meant && term.selector.matches(labels)
}

/// Whether a pod is meant by all terms, of which there is one at least.
pub(super) fn all_match(
    terms: &[PodAffinityTerm],
    own_namespace: &Name,
    namespace: &Name,
    labels: &Labels,
) -> bool {
    let matches = |term| term_matches(term, own_namespace, namespace, labels);
    !terms.is_empty() && terms.iter().all(matches)
}

/// The pods that all of the terms mean.
fn kind<'a>(terms: impl IntoIterator<Item = &'a PodAffinityTerm>, own_namespace: &Name) -> Kind {
    let terms = terms.into_iter().map(|term| {
        let namespaces = term.namespaces.as_ref().map(|namespaces| {
            if namespaces.is_empty() {
                vec![own_namespace.clone()]
            } else {
                namespaces.clone()
            }
        });
        (namespaces, term.selector.clone())
    });
    Kind {
        terms: terms.collect(),
        live_only: false,
    }
}

/// Counts of matching terms by place.
#[derive(Debug, Clone, Default)]
struct Counts(BTreeMap<Place, i64>);

impl Counts {
    fn add(&mut self, key: &Name, labels: &Labels, by: i64) {
        if let Some(value) = labels.get(key) {
            let place = (key.clone(), value.clone());
            let count = self.0.entry(place.clone()).or_default();
            *count += by;
            if *count == 0 {
                self.0.remove(&place);
            }
        }
    }

    fn get(&self, key: &Name, value: &Name) -> i64 {
        let place = (key.clone(), value.clone());
        self.0.get(&place).copied().unwrap_or(0)
    }
}

/// What required terms say about a pod, of its own and of the pods that are there.
#[derive(Debug, Clone)]
pub(super) struct Company<'a> {
    affinity: &'a Affinity,
    namespace: &'a Name,
    labels: &'a Labels,
    /// Pods that match all required affinity terms.
    wanted: Counts,
    /// Pods that match an anti-affinity term of the pod.
    unwanted: Counts,
    /// Pods with an anti-affinity term that matches the pod.
    unwelcoming: Counts,
}

impl<'a> Company<'a> {
    /// Counts for a pod; `None` if no term has a say.
    pub(super) fn new(
        templates: &Templates,
        cache: &mut Cache,
        spec: &'a PodSpec,
        pod: &'a Pod,
    ) -> Option<Self> {
        let affinity = &spec.affinity;
        let mut company = Self {
            affinity,
            namespace: &pod.namespace,
            labels: &pod.labels,
            wanted: Counts::default(),
            unwanted: Counts::default(),
            unwelcoming: Counts::default(),
        };
        if !affinity.pod_required.is_empty() {
            let crowd = cache.crowd(kind(&affinity.pod_required, &pod.namespace));
            for &node in cache.order() {
                let count = cache.crowd_on(crowd, node);
                if count > 0 {
                    for term in &affinity.pod_required {
                        let labels = &cache.info(node).labels;
                        company.wanted.add(&term.topology_key, labels, count);
                    }
                }
            }
        }
        for term in &affinity.anti_required {
            let crowd = cache.crowd(kind([term], &pod.namespace));
            for &node in cache.order() {
                let count = cache.crowd_on(crowd, node);
                let labels = &cache.info(node).labels;
                company.unwanted.add(&term.topology_key, labels, count);
            }
        }
        for ((template, namespace), nodes) in cache.sociable() {
            for term in &templates.get(*template).spec.affinity.anti_required {
                if term_matches(term, namespace, &pod.namespace, &pod.labels) {
                    for (&node, &count) in nodes {
                        if let Some(info) = cache.existing(node) {
                            let key = &term.topology_key;
                            company.unwelcoming.add(key, &info.labels, count);
                        }
                    }
                }
            }
        }
        let has_terms = !affinity.pod_required.is_empty() || !affinity.anti_required.is_empty();
        (has_terms || !company.unwelcoming.0.is_empty()).then_some(company)
    }

    /// A pod comes to a node (1) or goes (-1), as preemption imagines.
    pub(super) fn shift(&mut self, templates: &Templates, held: &Held, labels: &Labels, by: i64) {
        let theirs = &templates.get(held.template).spec.affinity.anti_required;
        for term in theirs {
            if term_matches(term, &held.namespace, self.namespace, self.labels) {
                self.unwelcoming.add(&term.topology_key, labels, by);
            }
        }
        let required = &self.affinity.pod_required;
        if all_match(required, self.namespace, &held.namespace, &held.labels) {
            for term in required {
                self.wanted.add(&term.topology_key, labels, by);
            }
        }
        for term in &self.affinity.anti_required {
            if term_matches(term, self.namespace, &held.namespace, &held.labels) {
                self.unwanted.add(&term.topology_key, labels, by);
            }
        }
    }

    /// SCH-48.
    pub(super) fn rejection(&self, labels: &Labels) -> Option<Rejection> {
        if !self.has_wanted(labels) {
            return Some(Rejection::PodAffinity);
        }
        let is_there = |counts: &Counts, term: &PodAffinityTerm| {
            let value = labels.get(&term.topology_key);
            value.is_some_and(|value| counts.get(&term.topology_key, value) > 0)
        };
        let mut anti = self.affinity.anti_required.iter();
        if anti.any(|term| is_there(&self.unwanted, term)) {
            return Some(Rejection::PodAntiAffinity);
        }
        let mut places = self.unwelcoming.0.iter();
        places
            .any(|((key, value), &count)| count > 0 && labels.get(key) == Some(value))
            .then_some(Rejection::ExistingAntiAffinity)
    }

    /// SCH-48, SCH-53: the first pod of a group need not find others of it.
    fn has_wanted(&self, labels: &Labels) -> bool {
        let required = &self.affinity.pod_required;
        let mut all_there = true;
        for term in required {
            let Some(value) = labels.get(&term.topology_key) else {
                return false;
            };
            all_there &= self.wanted.get(&term.topology_key, value) > 0;
        }
        all_there
            || self.wanted.0.is_empty()
                && all_match(required, self.namespace, self.namespace, self.labels)
    }
}

/// SCH-58a: the scores of the nodes found, normalized; `None` if no term has a say.
pub(super) fn scores(
    templates: &Templates,
    cache: &mut Cache,
    spec: &PodSpec,
    pod: &Pod,
    found: &[(NodeId, i64)],
) -> Option<Vec<i64>> {
    let mut counts = Counts::default();
    let own = [
        (&spec.affinity.pod_preferred, 1),
        (&spec.affinity.anti_preferred, -1),
    ];
    for (terms, sign) in own {
        for Weighted { weight, term } in terms {
            let crowd = cache.crowd(kind([term], &pod.namespace));
            for &node in cache.order() {
                let by = sign * weight * cache.crowd_on(crowd, node);
                let labels = &cache.info(node).labels;
                counts.add(&term.topology_key, labels, by);
            }
        }
    }
    for ((template, namespace), nodes) in cache.sociable() {
        let theirs = &templates.get(*template).spec.affinity;
        let required = theirs.pod_required.iter();
        let weighted = required
            .map(|term| (HARD_AFFINITY_WEIGHT, term))
            .chain(theirs.pod_preferred.iter().map(|w| (w.weight, &w.term)))
            .chain(theirs.anti_preferred.iter().map(|w| (-w.weight, &w.term)));
        for (weight, term) in weighted {
            if term_matches(term, namespace, &pod.namespace, &pod.labels) {
                for (&node, &pods) in nodes {
                    if let Some(info) = cache.existing(node) {
                        counts.add(&term.topology_key, &info.labels, weight * pods);
                    }
                }
            }
        }
    }
    if counts.0.is_empty() {
        return None;
    }
    let raw: Vec<i64> = found
        .iter()
        .map(|&(node, _)| {
            let labels = &cache.info(node).labels;
            let here = counts.0.iter();
            here.filter(|((key, value), _)| labels.get(key) == Some(value))
                .map(|(_, count)| count)
                .sum()
        })
        .collect();
    Some(normalize(&raw))
}

/// SCH-58a: from the least (0) to the most (100), in floating point as upstream computes it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the same conversions as upstream's; the result lies between 0 and 100"
)]
fn normalize(raw: &[i64]) -> Vec<i64> {
    let least = raw.iter().copied().min().unwrap_or(0);
    let range = raw.iter().copied().max().unwrap_or(0) - least;
    raw.iter()
        .map(|score| {
            if range == 0 {
                return 0;
            }
            (MAX_SCORE as f64 * ((score - least) as f64 / range as f64)) as i64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After `TestPreferredAffinity` (`scoring_test.go`): raw sums to scores.
    #[test]
    fn sums_are_stretched_sch_58a() {
        assert_eq!(normalize(&[4, 0, 4]), [100, 0, 100]);
        assert_eq!(normalize(&[-4, 0]), [0, 100]);
        assert_eq!(normalize(&[8, 5, 2]), [100, 50, 0]);
        assert_eq!(normalize(&[7, 7]), [0, 0]);
    }
}
