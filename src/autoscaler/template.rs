//! What a new node of a pool is expected to look like.
//!
//! The pattern is a node of the pool that is there: its labels, its taints, and those daemon pods that run on **it**. A
//! DaemonSet whose pod does not run there (it may be Pending) is not counted, unless it is node-critical or `force-ds`
//! is set; only for a pool that never had a good node are all DaemonSets counted. Upstream:
//! `processors/nodeinfosprovider/mixed_nodeinfos_processor.go`, `simulator/node_info_utils.go` (with #7841).

use super::pools::PoolState;
use crate::model::{Labels, Name, PreemptionPolicy, Resources, Taint, TaintEffect};
use crate::scheduler::{ImaginedNode, suits};
use crate::sim::{Span, Time};
use crate::world::{DaemonSetId, Node, NodeId, Owner, Readiness, TemplateId, World};
use std::collections::BTreeSet;

/// Of a node that is being removed.
pub(super) const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";
/// A node that became Ready later than this ago is no pattern yet.
const STABILIZATION: Span = Span::from_secs(60);
/// The priority class whose daemon pods are counted even where they do not run.
const NODE_CRITICAL: &str = "system-node-critical";
/// Taints of a node's present condition: a new node does not have them.
const CONDITIONS: [&str; 8] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/pid-pressure",
    TO_BE_DELETED,
];

/// A node to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template {
    /// The node that it is made after; `None`: the pool's own manifest.
    pub(super) after: Option<Name>,
    pub(super) labels: Labels,
    pub(super) taints: Vec<Taint>,
    pub(super) allocatable: Resources,
    /// Templates of the daemon pods that are expected to run there.
    pub(super) daemons: Vec<TemplateId>,
}

impl Template {
    /// The node of this name.
    pub(super) fn node(&self, name: Name) -> ImaginedNode<'_> {
        ImaginedNode {
            labels: with_hostname(&self.labels, &name),
            name,
            taints: self.taints.clone(),
            allocatable: self.allocatable.clone(),
            daemons: &self.daemons,
        }
    }
}

fn with_hostname(labels: &Labels, name: &Name) -> Labels {
    labels.with([("kubernetes.io/hostname".into(), Some(name.clone()))])
}

/// The template of a pool, as this loop sees it; a good one is remembered.
pub(super) fn of_pool(
    world: &World,
    pool: &mut PoolState,
    ready_since: impl Fn(NodeId) -> Option<Time>,
    force_daemonsets: bool,
) -> Template {
    let name = &world.pool(pool.index).pattern.name;
    let nodes = world
        .nodes()
        .filter(|(_, node)| node.pool.as_ref() == Some(name));
    let mut bad = None;
    for (id, node) in nodes {
        if is_good(node, ready_since(id), world.now()) {
            let template = after(world, node, force_daemonsets);
            pool.template = Some(template.clone());
            return template;
        }
        bad.get_or_insert(id);
    }
    if let Some(template) = &pool.template {
        return template.clone();
    }
    from_pattern(world, pool.index)
}

/// Ready for a while, and pods may go there.
fn is_good(node: &Node, ready_since: Option<Time>, now: Time) -> bool {
    let is_stable = ready_since.is_none_or(|since| since + STABILIZATION < now);
    let is_going = node.taints.iter().any(|taint| &*taint.key == TO_BE_DELETED);
    node.readiness == Readiness::Ready && is_stable && !node.unschedulable && !is_going
}

fn after(world: &World, node: &Node, force_daemonsets: bool) -> Template {
    let mut daemons = Vec::new();
    let mut running: BTreeSet<DaemonSetId> = BTreeSet::new();
    for &pod in node.pods.values() {
        let row = world.pod(pod).filter(|row| row.deletion.is_none());
        if let Some(row) = row.filter(|row| !row.phase.is_terminal())
            && let Owner::DaemonSet(daemonset) = row.owner
        {
            running.insert(daemonset);
            daemons.push(row.template);
        }
    }
    let taints: Vec<Taint> = node
        .taints
        .iter()
        .filter(|taint| !CONDITIONS.contains(&&*taint.key))
        .cloned()
        .collect();
    let absent = suitable(world, &node.name, &node.labels, &taints);
    for (id, template) in absent.filter(|(id, _)| !running.contains(id)) {
        if force_daemonsets || is_node_critical(world, id) {
            daemons.push(template);
        }
    }
    Template {
        after: Some(node.name.clone()),
        labels: node.labels.clone(),
        taints,
        allocatable: node.allocatable.clone(),
        daemons,
    }
}

/// For a pool without a good node, now or ever: as its manifest says, with every DaemonSet that suits it.
fn from_pattern(world: &World, pool: usize) -> Template {
    let pattern = &world.pool(pool).pattern;
    let mut taints = pattern.node.taints.clone();
    if pattern.node.unschedulable {
        taints.push(Taint {
            key: "node.kubernetes.io/unschedulable".into(),
            value: "".into(),
            effect: TaintEffect::NoSchedule,
        });
    }
    let name: Name = format!("{}-template", pattern.name).into();
    let labels = with_hostname(&pattern.node.labels, &name);
    let daemons = suitable(world, &name, &labels, &taints);
    Template {
        after: None,
        daemons: daemons.map(|(_, template)| template).collect(),
        labels,
        allocatable: pattern.node.allocatable.clone(),
        taints,
    }
}

/// DaemonSets whose pods should run on such a node.
fn suitable<'w>(
    world: &'w World,
    name: &'w Name,
    labels: &'w Labels,
    taints: &'w [Taint],
) -> impl Iterator<Item = (DaemonSetId, TemplateId)> + 'w {
    let daemonsets = world.all_daemonsets();
    let live = daemonsets.filter(|(_, daemonset)| daemonset.exists() && !daemonset.deleting);
    live.filter(move |(_, daemonset)| {
        let spec = &world.templates().get(daemonset.template).spec;
        suits(spec, name, labels, taints)
    })
    .map(|(id, daemonset)| (id, daemonset.template))
}

fn is_node_critical(world: &World, id: DaemonSetId) -> bool {
    let spec = &world.templates().get(world.daemonset(id).template).spec;
    spec.priority_class.as_deref() == Some(NODE_CRITICAL)
        && spec.preemption_policy != Some(PreemptionPolicy::Never)
}
