//! Where a pod may be bound, and who may be preempted, as of the moment of the binding.
//!
//! A binding is some milliseconds on its way, so a node that has just changed is not held against it.

use super::{Verdict, hold};
use podtime::model::{Labels, PodAffinityTerm, PodTemplate, PreemptionPolicy, TaintEffect};
use podtime::sim::{Span, Time};
use podtime::world::{Change, Fact, NodeId, Pod, PodId, World};
use std::collections::BTreeMap;

/// More than a binding needs, client limits included.
const ON_THE_WAY: Span = Span::from_secs(5);

/// Since when nodes are what they are.
#[derive(Default)]
pub(super) struct Placement {
    changed: BTreeMap<NodeId, Time>,
}

impl Placement {
    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        match fact.change {
            Change::NodeReady(node)
            | Change::NodeNotReady(node)
            | Change::NodeTainted { node, .. }
            | Change::NodeUntainted { node, .. }
            | Change::NodeCordoned(node)
            | Change::NodeUncordoned(node)
            | Change::NodeLabeled(node)
            | Change::NodeRemoved(node) => {
                self.changed.insert(node, fact.at);
                Ok(())
            }
            Change::PodScheduled(pod) => self.bound(world, pod, fact.at),
            Change::PodPreempted(pod) => preempted(world, pod),
            _ => Ok(()),
        }
    }

    /// SCH-43, SCH-44, SCH-51 and host ports.
    fn bound(&self, world: &World, id: PodId, at: Time) -> Verdict {
        let Some((pod, node_id)) = world.live_pod(id).and_then(|pod| Some((pod, pod.node?))) else {
            return Ok(());
        };
        let template: &PodTemplate = world.template_of(pod);
        let spec = &template.spec;
        if spec.node_name.is_some() {
            return Ok(());
        }
        let node = world.node(node_id);
        let changed = self.changed.get(&node_id);
        if changed.is_none_or(|changed| at - *changed > ON_THE_WAY) {
            let repels = node.taints.iter().any(|taint| {
                taint.effect != TaintEffect::PreferNoSchedule
                    && !spec.tolerations.iter().any(|t| t.tolerates(taint))
            });
            hold(
                node.exists() && !repels && spec.selects_node(&node.name, &node.labels),
                "placement",
                || {
                    format!(
                        "{} is bound to {}, which it must not be",
                        pod.name, node.name
                    )
                },
            )?;
        }
        for other in neighbors(world).filter(|other| other.number != pod.number) {
            let here = other.node == Some(node_id);
            let ports = &world.template_of(other).spec.host_ports;
            let clash = here && ports.iter().any(|port| spec.host_ports.contains(port));
            hold(!clash, "placement", || {
                format!(
                    "{} and {} have a port of {}",
                    pod.name, other.name, node.name
                )
            })?;
            let anti = &world.template_of(other).spec.affinity.anti_required;
            let repels = |terms: &[PodAffinityTerm], of: &Pod, it: &Pod| {
                terms.iter().any(|term| keeps_away(world, term, of, it))
            };
            hold(
                !repels(&spec.affinity.anti_required, pod, other) && !repels(anti, other, pod),
                "placement",
                || {
                    format!(
                        "{} is beside {}, which it must not be",
                        pod.name, other.name
                    )
                },
            )?;
        }
        Ok(())
    }
}

/// The pods on nodes that the scheduler counts: those of a node whose object is gone are out of its sight.
fn neighbors(world: &World) -> impl Iterator<Item = &Pod> {
    world
        .pods()
        .map(|(_, pod)| pod)
        .filter(|pod| pod.node.is_some_and(|node| world.node(node).exists()))
        .filter(|pod| !pod.phase.is_terminal())
        .filter(|pod| world.template_of(pod).spec.node_name.is_none())
}

/// Whether a term of `of` forbids the place of `it`: both are bound.
fn keeps_away(world: &World, term: &PodAffinityTerm, of: &Pod, it: &Pod) -> bool {
    let in_namespace = match &term.namespaces {
        None => true,
        Some(names) if names.is_empty() => of.namespace == it.namespace,
        Some(names) => names.contains(&it.namespace),
    };
    let domain = |pod: &Pod| {
        let labels: Option<&Labels> = pod.node.map(|node| &world.node(node).labels);
        labels.and_then(|labels| labels.get(&term.topology_key))
    };
    in_namespace
        && term.selector.matches(&it.labels)
        && domain(of).is_some()
        && domain(of) == domain(it)
}

/// SCH-70 ff.: somebody more important waits, who may preempt.
fn preempted(world: &World, id: PodId) -> Verdict {
    let Some(pod) = world.pod(id) else {
        return Ok(());
    };
    let preemptor = world.pods().any(|(_, other)| {
        other.node.is_none()
            && other.priority > pod.priority
            && other.preemption_policy == PreemptionPolicy::PreemptLowerPriority
    });
    hold(preemptor && pod.node.is_some(), "preemption", || {
        format!("{} gives way to nobody", pod.name)
    })
}
