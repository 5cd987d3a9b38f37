//! On which nodes a `DaemonSet`'s pods should and may run (DS-10 to DS-15).
//!
//! Room, ports, pod affinity and spreading are not looked at: a daemon pod that does not fit is created and
//! stays Pending (DS-14). Upstream: `NodeShouldRunDaemonPod` in `pkg/controller/daemon/daemon_controller.go`.

use crate::model::{PodSpec, TaintEffect};
use crate::world::Node;

/// What a `DaemonSet` wants of a node. Upstream's pair (`shouldRun`, `shouldContinueRunning`) has no fourth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Eligibility {
    /// A pod should run there.
    Run,
    /// A pod that is there may stay, but none is created (an untolerated `NoSchedule` taint).
    Keep,
    /// No pod may be there.
    Leave,
}

impl Eligibility {
    /// DS-11 to DS-13; `spec` holds the tolerations of DS-20 already.
    pub(super) fn of(spec: &PodSpec, node: &Node) -> Self {
        let names_another = spec
            .node_name
            .as_ref()
            .is_some_and(|name| *name != node.name);
        if names_another || !spec.selects_node(&node.name, &node.labels) {
            return Self::Leave;
        }
        let mut eligibility = Self::Run;
        for taint in &node.taints {
            let this = match taint.effect {
                TaintEffect::PreferNoSchedule => continue,
                TaintEffect::NoSchedule => Self::Keep,
                TaintEffect::NoExecute => Self::Leave,
            };
            if !spec.tolerations.iter().any(|t| t.tolerates(taint)) {
                eligibility = eligibility.max(this);
            }
        }
        eligibility
    }
}
