//! No pod waits for ever beside a node that has room for it.
//!
//! SCH-C3: a pod that the scheduler has given up on is looked at again after five minutes at the latest. Only
//! pods whose place depends on nothing but resources, taints and node labels are watched.

use super::{Verdict, hold};
use podtime::Model;
use podtime::model::{PodTemplate, Taint, TaintEffect};
use podtime::sim::{Span, Time};
use podtime::world::{Change, Fact, Node, NodeId, Pod, PodId, Readiness, World};
use std::collections::BTreeMap;

/// Five minutes, the tick that looks, and the longest back-off.
const LONGEST_WAIT: Span = Span::from_secs(380);

/// Between two looks at all of them; what changes in between is noticed.
const LOOK_EVERY: Span = Span::from_secs(20);

/// Since when a pod waits beside a node that fits.
pub(super) struct Pending {
    next_look: Time,
    since: BTreeMap<(NodeId, PodId), Time>,
    /// A required anti-affinity of one pod keeps others away: nobody is watched then.
    is_off: bool,
}

impl Pending {
    pub(super) fn new(model: &Model) -> Self {
        // Any of them may come by an action, so the texts are asked.
        let text = format!("{:?}{:?}", model.objects, model.actions);
        let is_off = text
            .split("anti_required: [")
            .skip(1)
            .any(|rest| !rest.starts_with(']'));
        Self {
            next_look: Time::ZERO,
            since: BTreeMap::new(),
            is_off,
        }
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        let pod_node = |pod: PodId| world.pod(pod).and_then(|pod| pod.node.or(pod.nominated));
        let node = match fact.change {
            Change::PodScheduled(pod) | Change::PodNominated(pod) => pod_node(pod),
            Change::NodeTainted { node, .. }
            | Change::NodeNotReady(node)
            | Change::NodeCordoned(node)
            | Change::NodeLabeled(node)
            | Change::NodeRemoved(node) => Some(node),
            _ => None,
        };
        if let Some(node) = node {
            self.since
                .retain(|&(other, pod), _| other != node || fits(world, node, pod));
        }
        if fact.at < self.next_look {
            return Ok(());
        }
        self.next_look = fact.at + LOOK_EVERY;
        self.look(world, fact.at)
    }

    /// Looks at every pod that waits.
    pub(super) fn look(&mut self, world: &World, at: Time) -> Verdict {
        if self.is_off {
            return Ok(());
        }
        self.since.retain(|&(node, pod), _| fits(world, node, pod));
        for (id, pod) in world.pods().filter(|(_, pod)| waits(world, pod)) {
            for (node, row) in world.nodes() {
                if !fits(world, node, id) {
                    continue;
                }
                let since = *self.since.entry((node, id)).or_insert(at);
                hold(at - since <= LONGEST_WAIT, "waiting pods", || {
                    format!(
                        "{} waits beside {}, which has had room since {} s; it says {:?}",
                        pod.name,
                        row.name,
                        since.to_seconds_text(),
                        pod.unschedulable
                    )
                })?;
            }
        }
        Ok(())
    }
}

/// Whether the pod waits for the scheduler, and for nothing that is not watched.
fn waits(world: &World, pod: &Pod) -> bool {
    let template: &PodTemplate = world.template_of(pod);
    let spec = &template.spec;
    pod.node.is_none()
        && pod.is_active()
        && spec.node_name.is_none()
        && spec.scheduling_gates.is_empty()
        && spec.affinity.pod_required.is_empty()
        && spec.spread.is_empty()
        && spec.host_ports.is_empty()
}

fn fits(world: &World, node: NodeId, pod: PodId) -> bool {
    let Some(row) = world.live_pod(pod).filter(|row| waits(world, row)) else {
        return false;
    };
    let host: &Node = world.node(node);
    let is_promised = world
        .pods()
        .any(|(other, row)| other != pod && row.node.is_none() && row.nominated == Some(node));
    let template: &PodTemplate = world.template_of(row);
    let tolerates = |taint: &Taint| {
        taint.effect == TaintEffect::PreferNoSchedule
            || template
                .spec
                .tolerations
                .iter()
                .any(|toleration| toleration.tolerates(taint))
    };
    let mut held = host.requested.clone();
    held.add(world.requests_of(row));
    host.exists()
        && host.readiness == Readiness::Ready
        && !host.unschedulable
        && !is_promised
        && row.target.is_none_or(|target| target == node)
        && template.spec.selects_node(&host.name, &host.labels)
        && host.taints.iter().all(tolerates)
        && i64::from(host.live_pods) < host.allocatable.pods
        && held.cpu_m <= host.allocatable.cpu_m
        && held.memory_bytes <= host.allocatable.memory_bytes
        && held.extended.is_empty()
        && held.storage_bytes == 0
}
