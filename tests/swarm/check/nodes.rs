//! Nodes hold no more than they have, and count what they hold.

use super::{Verdict, hold};
use podtime::model::Resources;
use podtime::world::{Node, NodeId, World};
use std::collections::BTreeSet;

/// Nodes that were named by `spec.nodeName`: the scheduler was not asked.
#[derive(Default)]
pub(super) struct Nodes {
    named: BTreeSet<NodeId>,
}

impl Nodes {
    pub(super) fn walk(&mut self, world: &World) -> Verdict {
        let mut bound = 0;
        for (id, node) in world.all_nodes() {
            bound += node.pods.len();
            let mut requested = Resources::default();
            let mut live = 0;
            for &pod in node.pods.values() {
                let Some(row) = world.live_pod(pod) else {
                    return hold(false, "node counts", || {
                        format!("{} holds a pod that is gone", node.name)
                    });
                };
                hold(row.node == Some(id), "node counts", || {
                    format!("{} holds {}, which is elsewhere", node.name, row.name)
                })?;
                if world.template_of(row).spec.node_name.is_some() {
                    self.named.insert(id);
                }
                if !row.phase.is_terminal() {
                    requested.add(world.requests_of(row));
                    live += 1;
                }
            }
            hold(
                node.live_pods == live && equal(&node.requested, &requested),
                "node counts",
                || {
                    format!(
                        "{} counts {} pods with {:?}, and holds {live} with {requested:?}",
                        node.name, node.live_pods, node.requested
                    )
                },
            )?;
            hold(self.named.contains(&id) || fits(node), "room", || {
                format!(
                    "{} holds {} pods with {:?} and has {:?}",
                    node.name, node.live_pods, node.requested, node.allocatable
                )
            })?;
        }
        let counted = world.pods().filter(|(_, pod)| pod.node.is_some()).count();
        hold(bound == counted, "node counts", || {
            format!("nodes hold {bound} pods, and {counted} are bound")
        })
    }
}

fn equal(one: &Resources, two: &Resources) -> bool {
    let mut rest = one.clone();
    rest.subtract(two);
    rest.cpu_m == 0
        && rest.memory_bytes == 0
        && rest.storage_bytes == 0
        && rest.extended.iter().all(|(_, amount)| *amount == 0)
}

/// SCH-50: what is not requested is not held against a node.
fn fits(node: &Node) -> bool {
    let (have, held) = (&node.allocatable, &node.requested);
    let enough = |held: i64, have: i64| held == 0 || held <= have;
    i64::from(node.live_pods) <= have.pods
        && enough(held.cpu_m, have.cpu_m)
        && enough(held.memory_bytes, have.memory_bytes)
        && enough(held.storage_bytes, have.storage_bytes)
        && held
            .extended
            .iter()
            .all(|(name, held)| enough(*held, have.extended(name)))
}
