//! Which events may help which waiting pods (SCH-12 to SCH-14).
//!
//! Upstream: `EventsToRegister` and the queueing hints of each plugin.

use super::cache::{Cache, Held, NodeBefore};
use super::filters::{fits_empty_node, ports_conflict, tolerates_all};
use super::interpod::all_match;
use super::plugins::Plugins;
use super::queue::Group;
use super::spread::{hard_constraints, has_all_keys};
use crate::model::{Labels, PodAffinityTerm, PodSpec};
use crate::world::{NodeId, Pod, Templates};

/// Something that happened to nodes or bound pods, as the scheduler learned of it.
#[derive(Debug, Clone)]
pub(super) enum Occurrence {
    /// A bound or nominated pod ended, is gone or lost its node (SCH-12a).
    PodGone(Held),
    /// A pod was bound (SCH-14).
    PodBound(Held),
    NodeAdded(NodeId),
    /// Its labels, taints or cordon changed; how they were.
    NodeChanged(NodeBefore),
    /// How it was.
    NodeRemoved(NodeBefore),
}

/// What the hints look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints<'a> {
    pub(super) cache: &'a Cache,
    pub(super) templates: &'a Templates,
    /// Whether [`Freed`](super::freed::Freed) finds the pods that only need the room that another one leaves.
    pub(super) room_is_watched: bool,
}

impl Hints<'_> {
    /// Whether the occurrence may help pods of the group; `None`: it depends on the pod (affinity, spread).
    pub(super) fn helps(&self, occurrence: &Occurrence, group: Group) -> Option<bool> {
        let (cache, templates) = (self.cache, self.templates);
        let spec = &templates.get(group.template).spec;
        let sure = match occurrence {
            Occurrence::PodGone(held) => {
                group.rejectors.has(Plugins::RESOURCES_FIT)
                    && !(self.room_is_watched && group.wants_room_alone(cache))
                    || group.rejectors.has(Plugins::NODE_PORTS)
                        && ports_conflict(
                            &spec.host_ports,
                            &templates.get(held.template).spec.host_ports,
                        )
            }
            Occurrence::PodBound(_) | Occurrence::NodeRemoved(_) => false,
            Occurrence::NodeAdded(node) => added_node_helps(*node, group, cache, templates),
            Occurrence::NodeChanged(before) => changed_node_helps(before, group, cache, spec),
        };
        let by_pod = group.rejectors.has(Plugins::TOPOLOGY_SPREAD)
            || group.rejectors.has(Plugins::INTER_POD_AFFINITY);
        if !sure && by_pod { None } else { Some(sure) }
    }

    /// SCH-12g, SCH-12h, SCH-14: the same for a pod that other pods keep away.
    pub(super) fn helps_pod(&self, occurrence: &Occurrence, rejectors: Plugins, pod: &Pod) -> bool {
        let spec = &self.templates.get(pod.template).spec;
        rejectors.has(Plugins::TOPOLOGY_SPREAD) && helps_spread(occurrence, pod, spec, self.cache)
            || rejectors.has(Plugins::INTER_POD_AFFINITY)
                && helps_company(occurrence, pod, spec, self.cache, self.templates)
    }
}

/// SCH-12g.
fn helps_spread(occurrence: &Occurrence, pod: &Pod, spec: &PodSpec, cache: &Cache) -> bool {
    let mut constraints = hard_constraints(spec);
    let has_keys = |labels: &Labels| has_all_keys(labels, hard_constraints(spec));
    match occurrence {
        Occurrence::PodGone(held) | Occurrence::PodBound(held) => {
            held.namespace == pod.namespace
                && constraints.any(|constraint| constraint.selector.matches(&held.labels))
        }
        Occurrence::NodeAdded(node) => cache
            .existing(*node)
            .is_some_and(|info| has_keys(&info.labels)),
        Occurrence::NodeRemoved(before) => has_keys(&before.labels),
        Occurrence::NodeChanged(before) => {
            let Some(info) = cache.existing(before.node) else {
                return false;
            };
            let moved = constraints.any(|constraint| {
                let key = &constraint.topology_key;
                before.labels.get(key) != info.labels.get(key)
            });
            let counts = has_keys(&info.labels);
            has_keys(&before.labels) != counts || counts && (moved || before.taints != info.taints)
        }
    }
}

/// SCH-12h.
fn helps_company(
    occurrence: &Occurrence,
    pod: &Pod,
    spec: &PodSpec,
    cache: &Cache,
    templates: &Templates,
) -> bool {
    let (wanted, unwanted) = (&spec.affinity.pod_required, &spec.affinity.anti_required);
    match occurrence {
        Occurrence::PodBound(held) => {
            all_match(wanted, &pod.namespace, &held.namespace, &held.labels)
        }
        Occurrence::PodGone(held) => {
            let theirs = &templates.get(held.template).spec.affinity.anti_required;
            all_match(unwanted, &pod.namespace, &held.namespace, &held.labels)
                || all_match(theirs, &held.namespace, &pod.namespace, &pod.labels)
        }
        Occurrence::NodeAdded(node) => cache.existing(*node).is_some_and(|info| {
            let has_key = |term: &PodAffinityTerm| info.labels.get(&term.topology_key).is_some();
            !unwanted.is_empty() || wanted.iter().any(has_key)
        }),
        Occurrence::NodeChanged(before) => cache.existing(before.node).is_some_and(|info| {
            let values = |term: &PodAffinityTerm| {
                let key = &term.topology_key;
                (before.labels.get(key), info.labels.get(key))
            };
            wanted.iter().any(|term| {
                let (was, is) = values(term);
                is.is_some() && was != is
            }) || unwanted.iter().any(|term| {
                let (was, is) = values(term);
                was.is_some() && was != is
            })
        }),
        Occurrence::NodeRemoved(_) => false,
    }
}

/// SCH-12a to SCH-12f for a node that was added.
fn added_node_helps(node: NodeId, group: Group, cache: &Cache, templates: &Templates) -> bool {
    let Some(info) = cache.existing(node) else {
        return false;
    };
    let spec = &templates.get(group.template).spec;
    let has = |plugin| group.rejectors.has(plugin);
    has(Plugins::RESOURCES_FIT)
        && fits_empty_node(templates.requests(group.template), &info.allocatable)
        || has(Plugins::TAINT_TOLERATION) && tolerates_all(&spec.tolerations, &info.taints)
        || has(Plugins::NODE_UNSCHEDULABLE) && !info.unschedulable
        || has(Plugins::NODE_AFFINITY)
            && group.target.is_none_or(|target| target == node)
            && spec.selects_node(&info.name, &info.labels)
        || has(Plugins::NODE_PORTS)
}

/// SCH-12b to SCH-12d for a node whose labels, taints or cordon changed.
fn changed_node_helps(before: &NodeBefore, group: Group, cache: &Cache, spec: &PodSpec) -> bool {
    let Some(info) = cache.existing(before.node) else {
        return false;
    };
    let has = |plugin| group.rejectors.has(plugin);
    has(Plugins::TAINT_TOLERATION)
        && !tolerates_all(&spec.tolerations, &before.taints)
        && tolerates_all(&spec.tolerations, &info.taints)
        || has(Plugins::NODE_UNSCHEDULABLE) && before.unschedulable && !info.unschedulable
        || has(Plugins::NODE_AFFINITY)
            && group.target.is_none_or(|target| target == before.node)
            && !spec.selects_node(&info.name, &before.labels)
            && spec.selects_node(&info.name, &info.labels)
}
