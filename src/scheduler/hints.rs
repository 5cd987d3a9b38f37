//! Which events may help which waiting pods (SCH-12 to SCH-14).
//!
//! Upstream: `EventsToRegister` and the queueing hints of each plugin.

use super::cache::{Cache, Held, NodeBefore};
use super::filters::{fits_empty_node, ports_conflict, tolerates_all};
use super::plugins::Plugins;
use super::queue::Group;
use crate::model::PodSpec;
use crate::world::{NodeId, Templates};

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

/// Whether the occurrence may help pods of the group; `None`: it depends on the pod (affinity, spread).
pub(super) fn helps(
    occurrence: &Occurrence,
    group: Group,
    cache: &Cache,
    templates: &Templates,
) -> Option<bool> {
    let spec = &templates.get(group.template).spec;
    let sure = match occurrence {
        Occurrence::PodGone(held) => {
            group.rejectors.has(Plugins::RESOURCES_FIT)
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
