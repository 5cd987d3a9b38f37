//! The node lifecycle controller, as far as taints follow the conditions of nodes (NL-20, NL-30).
//!
//! Follows `pkg/controller/nodelifecycle`, `doNoScheduleTaintingPass`.

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::{Taint, TaintEffect};
use crate::world::{Call, Change, ControllerKind, Node, NodeChange, NodeId, Readiness};

/// Keeps the `NoSchedule` taints of nodes in step with their conditions.
#[derive(Debug, Default)]
pub struct NodeLifecycle;

impl Reconcile for NodeLifecycle {
    type Key = NodeId;

    const KIND: ControllerKind = ControllerKind::NodeLifecycle;

    fn concerns(&self, _: View<'_>, change: &Change, wakes: &mut Wakes<NodeId>) {
        if let Change::NodeAdded(node)
        | Change::NodeReady(node)
        | Change::NodeNotReady(node)
        | Change::NodeCordoned(node)
        | Change::NodeUncordoned(node) = *change
        {
            wakes.now(node);
        }
    }

    fn reconcile(&mut self, view: View<'_>, key: NodeId, _: Progress, plan: &mut Plan) -> Requeue {
        let node = view.world.node(key);
        if !node.exists() {
            return Requeue::Done;
        }
        for (name, wanted) in wanted_taints(node) {
            let taint = Taint {
                key: name.into(),
                value: "".into(),
                effect: TaintEffect::NoSchedule,
            };
            let present = node
                .taints
                .iter()
                .any(|t| t.key == taint.key && t.effect == taint.effect);
            if present != wanted {
                let change = if wanted {
                    NodeChange::AddTaint(taint)
                } else {
                    NodeChange::RemoveTaint(taint)
                };
                plan.call(Call::ChangeNode { node: key, change });
            }
        }
        Requeue::Done
    }
}

/// The taints that follow the node's conditions, and whether each should be there (NL-20).
fn wanted_taints(node: &Node) -> [(&'static str, bool); 3] {
    [
        (
            "node.kubernetes.io/not-ready",
            node.readiness == Readiness::NotReady,
        ),
        (
            "node.kubernetes.io/unreachable",
            node.readiness == Readiness::Unknown,
        ),
        ("node.kubernetes.io/unschedulable", node.unschedulable),
    ]
}
