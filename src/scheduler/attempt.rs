//! What one pod is told by a node: the filters in order, nominated pods counted.
//!
//! Upstream: `RunFilterPluginsWithNominatedPods` of `framework/runtime/framework.go`.

use super::cache::{Cache, Held, NodeInfo, Room};
use super::filters::{Rejection, ports_conflict, shortage};
use super::message::Tally;
use super::nominations::Nominations;
use super::patterns::Pattern;
use super::plugins::Plugins;
use super::queue::Waiting;
use super::rules::PodRules;
use crate::model::Name;
use crate::world::{NodeId, Pod, World};

/// Why a pod found no node.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// SCH-4.
    pub(super) message: Name,
    /// Empty: an internal error, such as no node at all.
    pub(super) rejectors: Plugins,
    /// Nodes that may fit once pods are taken off them, in the order in which they were looked at (SCH-65).
    pub(super) resolvable: Vec<NodeId>,
}

/// An attempt to find a node for a pod.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) world: &'a World,
    pub(super) cache: &'a Cache,
    pub(super) nominations: &'a Nominations,
    pub(super) waiting: &'a Waiting,
    pub(super) pod: &'a Pod,
    pub(super) pattern: &'a Pattern,
    pub(super) rules: &'a PodRules<'a>,
}

/// A node with pods added or taken away, as preemption and nominations imagine it.
#[derive(Debug, Clone)]
pub(super) struct Imagined<'a> {
    pub(super) node: NodeId,
    pub(super) room: Room,
    pub(super) info: NodeInfo,
    pub(super) rules: PodRules<'a>,
}

impl Imagined<'_> {
    /// A pod comes.
    pub(super) fn add(&mut self, world: &World, held: &Held) {
        let templates = world.templates();
        let (requests, scored) = (
            templates.requests(held.template),
            templates.scored_requests(held.template),
        );
        self.room.take(requests, scored);
        self.info.take(templates, held.template);
        self.rules.shift(templates, held, &self.info, 1);
    }

    /// A pod goes.
    pub(super) fn remove(&mut self, world: &World, held: &Held) {
        let templates = world.templates();
        let (requests, scored) = (
            templates.requests(held.template),
            templates.scored_requests(held.template),
        );
        self.room.give_back(requests, scored);
        self.info.give_back(templates, held.template);
        self.rules.shift(templates, held, &self.info, -1);
    }
}

impl<'a> Attempt<'a> {
    /// SCH-22: the nodes that the pod names, if it does.
    pub(super) fn named_nodes(&self) -> Option<Vec<NodeId>> {
        if let Some(target) = self.waiting.target {
            let exists = self.cache.existing(target).is_some();
            return Some(exists.then_some(target).into_iter().collect());
        }
        let names = self.pattern.named.as_ref()?;
        let nodes = names.iter().filter_map(|name| self.world.node_named(name));
        Some(
            nodes
                .filter(|&node| self.cache.existing(node).is_some())
                .collect(),
        )
    }

    /// Whether the answers that the template remembers decide alone.
    pub(super) fn is_simple(&self) -> bool {
        self.nominations.is_empty() && !self.pattern.has_ports && self.rules.is_empty()
    }

    /// SCH-40 to SCH-48 on one node.
    pub(super) fn rejection(&self, node: NodeId) -> Option<Rejection> {
        if let Some(rejection) = self.pattern.place(node).rejection() {
            return Some(rejection);
        }
        let (room, info) = (self.cache.room(node), self.cache.info(node));
        if self.has_nominated(node) {
            return self.pod_rejection_imagined(&self.imagine(node));
        }
        self.pod_rejection(room, info, self.rules)
    }

    /// The node as it is, to be changed.
    pub(super) fn imagine(&self, node: NodeId) -> Imagined<'a> {
        Imagined {
            node,
            room: *self.cache.room(node),
            info: self.cache.info(node).clone(),
            rules: self.rules.clone(),
        }
    }

    /// SCH-21: what depends on pods must hold with the pods that are nominated for the node, and without them.
    pub(super) fn pod_rejection_imagined(&self, imagined: &Imagined<'a>) -> Option<Rejection> {
        if self.has_nominated(imagined.node) {
            let mut crowded = imagined.clone();
            for nominated in self.nominations.on(imagined.node) {
                if nominated.priority >= self.waiting.priority
                    && nominated.pod != self.waiting.pod
                    && let Some(pod) = self.world.pod(nominated.pod)
                {
                    let held = Held::new(nominated.pod, pod, nominated.node, true);
                    crowded.add(self.world, &held);
                }
            }
            let rejection = self.pod_rejection(&crowded.room, &crowded.info, &crowded.rules);
            if rejection.is_some() {
                return rejection;
            }
        }
        self.pod_rejection(&imagined.room, &imagined.info, &imagined.rules)
    }

    fn has_nominated(&self, node: NodeId) -> bool {
        let mut nominated = self.nominations.on(node);
        nominated
            .any(|other| other.priority >= self.waiting.priority && other.pod != self.waiting.pod)
    }

    /// SCH-44 to SCH-48.
    fn pod_rejection(
        &self,
        room: &Room,
        info: &NodeInfo,
        rules: &PodRules<'_>,
    ) -> Option<Rejection> {
        if self.pattern.has_ports {
            let template = self.world.templates().get(self.waiting.template);
            if ports_conflict(&template.spec.host_ports, &info.ports) {
                return Some(Rejection::Ports);
            }
        }
        if let Some(shortage) = shortage(&self.pattern.requests, room, info) {
            return Some(Rejection::Resources(shortage));
        }
        rules.rejection(&info.labels)
    }

    /// SCH-4: asks every node why.
    pub(super) fn diagnose(&self, named: Option<&[NodeId]>, known_rejectors: Plugins) -> Failure {
        let all = self.cache.order();
        let nodes = named.unwrap_or(all);
        let mut absent_plugins = known_rejectors;
        if named.is_some() {
            absent_plugins |= Plugins::NODE_AFFINITY;
        }
        let mut failure = Failure {
            message: Name::from(""),
            rejectors: absent_plugins,
            resolvable: Vec::new(),
        };
        let mut tally = Tally::default();
        for &node in nodes {
            if let Some(rejection) = self.rejection(node) {
                rejection.count(&mut tally);
                failure.rejectors |= rejection.plugin();
                if rejection.is_resolvable() {
                    failure.resolvable.push(node);
                }
            }
        }
        failure.message = tally
            .message(all.len(), all.len() - nodes.len(), absent_plugins)
            .into();
        failure
    }
}
