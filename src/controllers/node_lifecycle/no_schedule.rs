//! `NoSchedule` taints follow the conditions of a node, at each change and without a rate (NL-20).
//!
//! Follows `doNoScheduleTaintingPass`.

use super::{NOT_READY, UNREACHABLE, taint};
use crate::api::View;
use crate::controllers::Plan;
use crate::model::TaintEffect;
use crate::world::{Call, Node, NodeChange, NodeId, Readiness};

/// Adds and removes what differs from [`wanted_taints`].
pub(super) fn reconcile(view: View<'_>, id: NodeId, plan: &mut Plan) {
    let node = view.world.node(id);
    if !node.exists() {
        return;
    }
    for (key, wanted) in wanted_taints(node) {
        let taint = taint(key, TaintEffect::NoSchedule);
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
            plan.call(Call::ChangeNode { node: id, change });
        }
    }
}

/// The taints that follow the node's conditions, and whether each should be there.
fn wanted_taints(node: &Node) -> [(&'static str, bool); 3] {
    [
        (NOT_READY, node.readiness == Readiness::NotReady),
        (UNREACHABLE, node.readiness == Readiness::Unknown),
        ("node.kubernetes.io/unschedulable", node.unschedulable),
    ]
}
