//! DaemonSets: one pod on each node that should have one, and never two.

use super::{Verdict, hold};
use podtime::model::{PodTemplate, TaintEffect, UpdateStrategy};
use podtime::sim::{Span, Time};
use podtime::world::{
    Change, DaemonSet, DaemonSetId, Fact, Node, NodeId, Owner, Phase, Readiness, World,
};
use std::collections::{BTreeMap, BTreeSet};

/// After this nothing more comes: deletions by a slow client, back-offs of a few failures.
const SETTLED_AFTER: Span = Span::from_secs(180);

/// What is remembered of DaemonSets and nodes.
#[derive(Default)]
pub(super) struct DaemonSets {
    /// DaemonSets that ever had a surge: two pods of a node may be left of it.
    surged: BTreeSet<DaemonSetId>,
    last_change: BTreeMap<DaemonSetId, Time>,
    last_node_change: BTreeMap<NodeId, Time>,
}

impl DaemonSets {
    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        match &fact.change {
            Change::DaemonSetCreated(id) | Change::DaemonSetUpdated(id) => {
                if surges(world.daemonset(*id)) {
                    self.surged.insert(*id);
                }
                self.last_change.insert(*id, fact.at);
            }
            Change::DaemonSetStatus(id) => {
                let row = world.daemonset(*id);
                let status = &row.status;
                hold(
                    0 <= status.available
                        && status.available <= status.ready
                        && status.ready <= status.current
                        && status.current <= status.desired
                        && status.updated <= status.current
                        && status.unavailable == status.desired - status.available
                        && status.observed_generation <= row.generation,
                    "daemon status",
                    || format!("{}: {status:?}", row.meta.name),
                )?;
            }
            Change::NodeAdded(node)
            | Change::NodeReady(node)
            | Change::NodeNotReady(node)
            | Change::NodeTainted { node, .. }
            | Change::NodeUntainted { node, .. }
            | Change::NodeLabeled(node) => {
                self.last_node_change.insert(*node, fact.at);
            }
            change => {
                if let Some(pod) = change.pod().and_then(|pod| world.pod(pod))
                    && let Owner::DaemonSet(id) = pod.owner
                {
                    self.last_change.insert(id, fact.at);
                }
            }
        }
        Ok(())
    }

    /// DS-42 to DS-44.
    pub(super) fn walk(&mut self, world: &World) -> Verdict {
        for (id, row) in world.all_daemonsets() {
            let most = if self.surged.contains(&id) { 2 } else { 1 };
            let mut live: BTreeMap<NodeId, i32> = BTreeMap::new();
            for pod in row.pods.values().filter_map(|&pod| world.live_pod(pod)) {
                let Some(node) = pod.target else {
                    return hold(false, "daemon pods", || {
                        format!("{} is for no node", pod.name)
                    });
                };
                hold(
                    pod.node.is_none_or(|bound| bound == node),
                    "daemon pods",
                    || format!("{} runs on another node than its own", pod.name),
                )?;
                // DS-43: without a surge the old pod has ended before the new one comes.
                let counts = if most == 1 {
                    !pod.phase.is_terminal()
                } else {
                    pod.is_active()
                };
                let count = live.entry(node).or_default();
                *count += i32::from(counts);
                hold(*count <= most, "daemon pods", || {
                    let node = &world.node(node).name;
                    format!("{} has {count} live pods on {node}", row.meta.name)
                })?;
            }
        }
        Ok(())
    }

    /// DS-40, DS-46: every node that should have a pod has one, and nobody else.
    pub(super) fn settled(&mut self, world: &World, end: Time) -> Verdict {
        let quiet = |at: Option<&Time>| at.is_none_or(|at| end - *at > SETTLED_AFTER);
        for (id, row) in world.all_daemonsets() {
            let quotas = &world.policies().quotas;
            let has_quota = quotas.keys().any(|(space, _)| *space == row.meta.namespace);
            if !row.exists() || row.deleting || has_quota || !quiet(self.last_change.get(&id)) {
                continue;
            }
            let template = world.templates().get(row.template);
            for (node, host) in world.nodes() {
                if !quiet(self.last_node_change.get(&node)) {
                    continue;
                }
                let pods = || {
                    let pods = row.pods.values().filter_map(|&pod| world.live_pod(pod));
                    pods.filter(move |pod| pod.target == Some(node))
                };
                let (runs, keeps) = eligible(template, host);
                let count = pods().filter(|pod| pod.phase != Phase::Succeeded).count();
                let name = &row.meta.name;
                hold(!runs || count >= 1, "coverage", || {
                    format!("{name} has no pod on {}", host.name)
                })?;
                let live = pods().filter(|pod| pod.is_active()).count();
                // A surge whose new pod never gets available lasts.
                hold(!runs || live <= 1 || surges(row), "coverage", || {
                    format!("{name} has {live} pods on {}", host.name)
                })?;
                // DS-3: a node's change brings about no sync for a pod that is not bound yet.
                let bound = pods().filter(|pod| pod.is_active() && pod.node.is_some());
                hold(
                    keeps || bound.count() == 0 || host.readiness != Readiness::Ready,
                    "coverage",
                    || {
                        format!(
                            "{name} has a pod on {}, where it has no business",
                            host.name
                        )
                    },
                )?;
            }
        }
        Ok(())
    }
}

fn surges(row: &DaemonSet) -> bool {
    match row.spec.update_strategy {
        UpdateStrategy::RollingUpdate { max_surge, .. } => max_surge.resolve(100, true) > 0,
        UpdateStrategy::Partitioned { .. } | UpdateStrategy::OnDelete => false,
    }
}

/// DS-10 to DS-14: whether the node should have a pod, and whether it may keep one.
fn eligible(template: &PodTemplate, node: &Node) -> (bool, bool) {
    let spec = &template.spec;
    if spec
        .node_name
        .as_ref()
        .is_some_and(|name| *name != node.name)
        || !spec.selects_node(&node.name, &node.labels)
    {
        return (false, false);
    }
    let untolerated = |effect: TaintEffect| {
        node.taints.iter().any(|taint| {
            taint.effect == effect && !spec.tolerations.iter().any(|t| t.tolerates(taint))
        })
    };
    let (keeps, schedules) = (
        !untolerated(TaintEffect::NoExecute),
        !untolerated(TaintEffect::NoSchedule),
    );
    (keeps && schedules, keeps)
}
