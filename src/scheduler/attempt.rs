//! One attempt to find a node for a pod: filter, score, choose; or say why there is none.
//!
//! Upstream: `schedulePod`, `findNodesThatFitPod` and `prioritizeNodes` of `schedule_one.go`. Differs: the nodes are
//! looked at one after the other, where upstream's 16 workers race for the last few (SCH-19).

use super::cache::{Cache, NodeInfo, Room};
use super::filters::{Rejection, ports_conflict, shortage};
use super::message::{NO_NODES, Tally};
use super::nominations::Nominations;
use super::patterns::{Pattern, Patterns, Search};
use super::plugins::Plugins;
use super::queue::Waiting;
use super::sampling::feasible_nodes_to_find;
use super::scores::{AFFINITY_WEIGHT, TAINT_WEIGHT, normalize, winner};
use crate::world::{NodeId, World};
use std::borrow::Cow;

/// What an attempt ends with.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// The pod goes to this node.
    Node(NodeId),
    /// It goes nowhere.
    Nowhere(Failure),
}

/// Why a pod found no node.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// SCH-4, without what preemption adds.
    pub(super) message: String,
    /// Empty: an internal error, such as no node at all.
    pub(super) rejectors: Plugins,
    /// Nodes that may fit once pods are taken off them, in the order in which they were looked at (SCH-65).
    pub(super) resolvable: Vec<NodeId>,
    /// How many nodes there are.
    pub(super) nodes: usize,
}

/// What an attempt looks at.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) world: &'a World,
    pub(super) cache: &'a Cache,
    pub(super) nominations: &'a Nominations,
    pub(super) waiting: &'a Waiting,
}

/// Where the search goes on, and what it needs again and again.
#[derive(Debug, Default)]
pub(super) struct Searcher {
    /// `percentageOfNodesToScore` (SCH-C5).
    percentage: u32,
    /// SCH-18: one index for all pods.
    next_start: usize,
    found: Vec<(NodeId, i64)>,
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
    pub(super) fn search(&mut self, attempt: &Attempt<'_>, patterns: &mut Patterns) -> Verdict {
        let order = attempt.cache.order();
        if order.is_empty() {
            return Verdict::Nowhere(Failure {
                message: NO_NODES.to_owned(),
                rejectors: Plugins::NONE,
                resolvable: Vec::new(),
                nodes: 0,
            });
        }
        let mut known_rejectors = Plugins::NONE;
        if let Some(node) = attempt.nominations.of(attempt.waiting.pod)
            && attempt.cache.existing(node).is_some()
        {
            match attempt.rejection(patterns.get(attempt.waiting.template), node) {
                None => return Verdict::Node(node),
                Some(rejection) => known_rejectors |= rejection.plugin(),
            }
        }
        let named = attempt.named_nodes(patterns.get(attempt.waiting.template));
        let nodes = named.as_deref().unwrap_or(order);
        let is_simple = attempt.is_simple(patterns.get(attempt.waiting.template));
        self.found.clear();
        let turned_away = if nodes.is_empty() {
            0
        } else {
            let search = Search {
                nodes,
                start: self.next_start % nodes.len(),
                limit: feasible_nodes_to_find(nodes.len(), self.percentage),
            };
            if is_simple {
                patterns.scan(
                    attempt.cache,
                    attempt.waiting.template,
                    &search,
                    |_| true,
                    &mut self.found,
                )
            } else {
                self.scan_slowly(attempt, patterns, &search)
            }
        };
        self.next_start = (self.next_start + self.found.len() + turned_away) % order.len();
        match self.found[..] {
            [] => Verdict::Nowhere(attempt.diagnose(
                patterns.get(attempt.waiting.template),
                named.as_deref(),
                known_rejectors,
            )),
            [(node, _)] => Verdict::Node(node),
            [..] => Verdict::Node(self.best(patterns.get(attempt.waiting.template))),
        }
    }

    /// The same search where the pods on the nodes, or those nominated for them, have a say.
    fn scan_slowly(
        &mut self,
        attempt: &Attempt<'_>,
        patterns: &mut Patterns,
        search: &Search<'_>,
    ) -> usize {
        let (before, from) = search.nodes.split_at(search.start);
        let mut turned_away = 0;
        for &node in from.iter().chain(before) {
            let template = attempt.waiting.template;
            let score = patterns.room_answer(attempt.cache, template, node);
            let fits = attempt.rejection(patterns.get(template), node).is_none();
            match score.filter(|_| fits) {
                None => turned_away += 1,
                Some(_) if self.found.len() == search.limit => break,
                Some(score) => self.found.push((node, score)),
            }
        }
        turned_away
    }

    /// SCH-54 to SCH-63, among the nodes found.
    fn best(&mut self, pattern: &Pattern) -> NodeId {
        if pattern.any_unwelcome {
            let raw = self.found.iter().map(|&(node, _)| pattern.unwelcome(node));
            let raw = raw.collect();
            self.add_scores(raw, TAINT_WEIGHT, Some(true));
        }
        if pattern.preferred(self.found[0].0).is_some() {
            let raw = self.found.iter();
            let raw = raw.map(|&(node, _)| pattern.preferred(node).unwrap_or(0));
            let raw = raw.collect();
            self.add_scores(raw, AFFINITY_WEIGHT, Some(false));
        }
        let place = winner(self.found.iter().map(|&(_, score)| score));
        self.found[place.expect("nodes were found")].0
    }

    /// Adds a plugin's scores; `reverse` says how they are to be normalized, if they are not yet.
    fn add_scores(&mut self, mut raw: Vec<i64>, weight: i64, reverse: Option<bool>) {
        if let Some(reverse) = reverse {
            normalize(&mut raw, reverse);
        }
        for ((_, total), score) in self.found.iter_mut().zip(raw) {
            *total += weight * score;
        }
    }
}

impl Attempt<'_> {
    /// SCH-22: the nodes that the pod names, if it does.
    fn named_nodes(&self, pattern: &Pattern) -> Option<Vec<NodeId>> {
        if let Some(target) = self.waiting.target {
            let exists = self.cache.existing(target).is_some();
            return Some(exists.then_some(target).into_iter().collect());
        }
        let names = pattern.named.as_ref()?;
        let nodes = names.iter().filter_map(|name| self.world.node_named(name));
        Some(
            nodes
                .filter(|&node| self.cache.existing(node).is_some())
                .collect(),
        )
    }

    /// Whether the answers that the template remembers decide alone.
    fn is_simple(&self, pattern: &Pattern) -> bool {
        self.nominations.is_empty() && !pattern.has_ports
    }

    /// SCH-40 to SCH-48 on one node, nominated pods counted (SCH-21).
    pub(super) fn rejection(&self, pattern: &Pattern, node: NodeId) -> Option<Rejection> {
        if let Some(rejection) = pattern.place(node).rejection() {
            return Some(rejection);
        }
        let (room, info) = (self.cache.room(node), self.cache.info(node));
        if let Some((room, info)) = self.with_nominated(node, room, info)
            && let Some(rejection) = self.pod_rejection(pattern, &room, &info)
        {
            return Some(rejection);
        }
        self.pod_rejection(pattern, room, info)
    }

    /// SCH-44 to SCH-48: what depends on the pods of the node.
    pub(super) fn pod_rejection(
        &self,
        pattern: &Pattern,
        room: &Room,
        info: &NodeInfo,
    ) -> Option<Rejection> {
        if pattern.has_ports {
            let template = self.world.templates().get(self.waiting.template);
            if ports_conflict(&template.spec.host_ports, &info.ports) {
                return Some(Rejection::Ports);
            }
        }
        shortage(&pattern.requests, room, info).map(Rejection::Resources)
    }

    /// SCH-21: the node as if the pods of at least this priority that are nominated for it were there; `None` if there
    /// are none.
    pub(super) fn with_nominated(
        &self,
        node: NodeId,
        room: &Room,
        info: &NodeInfo,
    ) -> Option<(Room, NodeInfo)> {
        let others = self.nominations.on(node).filter(|nominated| {
            nominated.priority >= self.waiting.priority && nominated.pod != self.waiting.pod
        });
        let mut crowded: Option<(Room, Cow<'_, NodeInfo>)> = None;
        let templates = self.world.templates();
        for nominated in others {
            let (room, info) = crowded.get_or_insert_with(|| (*room, Cow::Borrowed(info)));
            let template = nominated.template;
            room.take(
                templates.requests(template),
                templates.scored_requests(template),
            );
            info.to_mut().take(templates, template);
        }
        crowded.map(|(room, info)| (room, info.into_owned()))
    }

    /// SCH-4: asks every node why.
    fn diagnose(
        &self,
        pattern: &Pattern,
        named: Option<&[NodeId]>,
        known_rejectors: Plugins,
    ) -> Failure {
        let all = self.cache.order();
        let nodes = named.unwrap_or(all);
        let mut absent_plugins = known_rejectors;
        if named.is_some() {
            absent_plugins |= Plugins::NODE_AFFINITY;
        }
        let mut failure = Failure {
            message: String::new(),
            rejectors: absent_plugins,
            resolvable: Vec::new(),
            nodes: all.len(),
        };
        let mut tally = Tally::default();
        for &node in nodes {
            if let Some(rejection) = self.rejection(pattern, node) {
                rejection.count(&mut tally);
                failure.rejectors |= rejection.plugin();
                if rejection.is_resolvable() {
                    failure.resolvable.push(node);
                }
            }
        }
        failure.message = tally.message(all.len(), all.len() - nodes.len(), absent_plugins);
        failure
    }
}
