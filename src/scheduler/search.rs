//! One scheduling cycle's search for a node: filter, score, choose; else preempt, or say why there is none.
//!
//! Upstream: `schedulePod`, `findNodesThatFitPod` and `prioritizeNodes` of `schedule_one.go`. Differs: the nodes are
//! looked at one after the other, where upstream's 16 workers race for the last few (SCH-19).

use super::attempt::{Attempt, Failure};
use super::cache::Cache;
use super::message::NO_NODES;
use super::nominations::Nominations;
use super::patterns::{Pattern, Patterns, Search};
use super::plugins::Plugins;
use super::preemption::{Preemption, preempt};
use super::queue::Waiting;
use super::rules::PodRules;
use super::sampling::feasible_nodes_to_find;
use super::scores::{
    AFFINITY_WEIGHT, INTER_POD_WEIGHT, SPREAD_WEIGHT, TAINT_WEIGHT, normalize, winner,
};
use super::{interpod, spread};
use crate::api::View;
use crate::model::PreemptionPolicy;
use crate::sim::Lookup;
use crate::world::{NodeId, Pod, TemplateId};

/// What an attempt ends with.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// The pod goes to this node.
    Node(NodeId),
    /// It goes nowhere, perhaps until the victims of its preemption are gone.
    Nowhere(Failure, Preemption),
}

/// What a search looks at and remembers into.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) view: View<'a>,
    pub(super) cache: &'a mut Cache,
    pub(super) patterns: &'a mut Patterns,
    pub(super) nominations: &'a Nominations,
}

/// Where the search goes on, and what it needs again and again.
#[derive(Debug, Default)]
pub(super) struct Searcher {
    /// `percentageOfNodesToScore` (SCH-C5).
    percentage: u32,
    /// SCH-18: one index for all pods.
    next_start: usize,
    found: Vec<(NodeId, i64)>,
    /// How attempts ended in vain.
    in_vain: Lookup<Likes, InVain>,
}

/// Pods that no node will tell apart, as long as no rules between pods are at play and none of them is nominated.
type Likes = (TemplateId, Option<NodeId>, i32, PreemptionPolicy);

/// An attempt that ended in vain: another one of its like ends the same until the cache changes.
#[derive(Debug)]
struct InVain {
    version: u64,
    failure: Failure,
    preemption: Preemption,
    /// How many nodes it looked at (SCH-18).
    nodes: usize,
}

impl Searcher {
    /// A search that begins at the first node.
    pub(super) fn new(percentage: u32) -> Self {
        Self {
            percentage,
            ..Self::default()
        }
    }

    /// Looks for a node.
    pub(super) fn search(
        &mut self,
        scene: &mut Scene<'_>,
        waiting: &Waiting,
        pod: &Pod,
    ) -> Verdict {
        if scene.cache.order().is_empty() {
            let failure = Failure {
                message: NO_NODES.into(),
                rejectors: Plugins::NONE,
                resolvable: Vec::new(),
            };
            return Verdict::Nowhere(failure, Preemption::Hopeless);
        }
        let world = scene.view.world;
        let rules = PodRules::new(world, scene.cache, scene.patterns, pod);
        let likes = (
            waiting.template,
            waiting.target,
            waiting.priority,
            pod.preemption_policy,
        );
        let is_alike = rules.is_empty() && scene.nominations.of(waiting.pod).is_none();
        if is_alike
            && let Some(known) = self.in_vain.get(&likes)
            && known.version == scene.cache.version()
        {
            self.next_start = (self.next_start + known.nodes) % scene.cache.order().len();
            return Verdict::Nowhere(known.failure.clone(), known.preemption.clone());
        }
        scene.patterns.prepare(scene.cache, waiting.template);
        let start = self.next_start;
        if let Some(verdict) = self.filter(scene, waiting, pod, &rules) {
            if is_alike
                && let Verdict::Nowhere(failure, preemption) = &verdict
                && !matches!(preemption, Preemption::Victims { .. })
            {
                // Nodes may have gone since the search before, so that it would begin past the end.
                let nodes = scene.cache.order().len();
                let start = start % nodes;
                let known = InVain {
                    version: scene.cache.version(),
                    failure: failure.clone(),
                    preemption: preemption.clone(),
                    nodes: (self.next_start + nodes - start) % nodes,
                };
                self.in_vain.insert(likes, known);
            }
            return verdict;
        }
        self.score(scene, pod);
        let place = winner(self.found.iter().map(|&(_, score)| score));
        Verdict::Node(self.found[place.expect("nodes were found")].0)
    }

    /// SCH-16 to SCH-22: the nodes that fit; a verdict if there are not several.
    fn filter(
        &mut self,
        scene: &mut Scene<'_>,
        waiting: &Waiting,
        pod: &Pod,
        rules: &PodRules<'_>,
    ) -> Option<Verdict> {
        let attempt = Attempt {
            world: scene.view.world,
            cache: scene.cache,
            nominations: scene.nominations,
            waiting,
            pod,
            pattern: scene.patterns.get(waiting.template),
            rules,
        };
        let order = attempt.cache.order();
        let mut known_rejectors = Plugins::NONE;
        if let Some(node) = attempt.nominations.of(waiting.pod)
            && attempt.cache.existing(node).is_some()
        {
            match attempt.rejection(node) {
                None => return Some(Verdict::Node(node)),
                Some(rejection) => known_rejectors |= rejection.plugin(),
            }
        }
        let named = attempt.named_nodes();
        let nodes = named.as_deref().unwrap_or(order);
        self.found.clear();
        let mut turned_away = 0;
        if !nodes.is_empty() {
            let search = Search {
                nodes,
                start: self.next_start % nodes.len(),
                limit: feasible_nodes_to_find(nodes.len(), self.percentage),
            };
            let is_simple = attempt.is_simple();
            let accept = |node| is_simple || attempt.rejection(node).is_none();
            turned_away = scene.patterns.scan(
                attempt.cache,
                waiting.template,
                &search,
                accept,
                &mut self.found,
            );
        }
        self.next_start = (self.next_start + self.found.len() + turned_away) % order.len();
        match self.found[..] {
            [] => {
                let mut failure = attempt.diagnose(named.as_deref(), known_rejectors);
                let preemption = preempt(&attempt, scene.view, &mut failure);
                Some(Verdict::Nowhere(failure, preemption))
            }
            [(node, _)] => Some(Verdict::Node(node)),
            [..] => None,
        }
    }

    /// SCH-54 to SCH-58, on top of the scores of the rooms.
    fn score(&mut self, scene: &mut Scene<'_>, pod: &Pod) {
        let pattern: &Pattern = scene.patterns.get(pod.template);
        let of_found = |score: &dyn Fn(NodeId) -> i64| -> Vec<i64> {
            self.found.iter().map(|&(node, _)| score(node)).collect()
        };
        let mut scores: Vec<(i64, Vec<i64>)> = Vec::new();
        if pattern.any_unwelcome {
            let mut raw = of_found(&|node| pattern.unwelcome(node));
            normalize(&mut raw, true);
            scores.push((TAINT_WEIGHT, raw));
        }
        if pattern.prefers {
            let mut raw = of_found(&|node| pattern.preferred(node));
            normalize(&mut raw, false);
            scores.push((AFFINITY_WEIGHT, raw));
        }
        let world = scene.view.world;
        let spec = &world.template_of(pod).spec;
        if pattern.spreads || spread::may_have_defaults(world, pod) {
            let spread = spread::scores(world, scene.cache, spec, pod, &self.found);
            scores.extend(spread.map(|spread| (SPREAD_WEIGHT, spread)));
        }
        if pattern.pod_affinity || !scene.cache.sociable().is_empty() {
            let templates = world.templates();
            let company = interpod::scores(templates, scene.cache, spec, pod, &self.found);
            scores.extend(company.map(|company| (INTER_POD_WEIGHT, company)));
        }
        for (weight, scores) in scores {
            for ((_, total), score) in self.found.iter_mut().zip(scores) {
                *total += weight * score;
            }
        }
    }
}
