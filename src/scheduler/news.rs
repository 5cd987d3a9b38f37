//! What the scheduler watches: pods and nodes.

use crate::sim::{Seq, Time};
use crate::world::{Change, NodeId, PodId, World};

/// A change on its way to the scheduler.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notice {
    /// When the watch brings it.
    pub(super) at: Time,
    /// The fact that it was.
    pub(super) cause: Option<Seq>,
    pub(super) news: News,
}

/// What it says.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    PodCreated(PodId),
    PodBound(PodId),
    PodTerminating(PodId),
    /// Terminal, or its object is gone.
    PodEnded(PodId),
    NodeAdded(NodeId),
    /// Labels, taints or cordon.
    NodeChanged(NodeId),
    NodeRemoved(NodeId),
}

impl News {
    /// What of a change matters here.
    pub(super) fn of(change: &Change, world: &World) -> Option<Self> {
        match *change {
            Change::PodCreated(pod) => {
                let wants_a_node = world.pod(pod).is_some_and(|pod| pod.node.is_none());
                wants_a_node.then_some(News::PodCreated(pod))
            }
            Change::PodScheduled(pod) => Some(News::PodBound(pod)),
            Change::PodSucceeded(pod) | Change::PodFailed(pod) | Change::PodDeleted(pod) => {
                Some(News::PodEnded(pod))
            }
            Change::PodDeleting(pod) => Some(News::PodTerminating(pod)),
            Change::NodeAdded(node) => Some(News::NodeAdded(node)),
            Change::NodeTainted { node, .. }
            | Change::NodeUntainted { node, .. }
            | Change::NodeCordoned(node)
            | Change::NodeUncordoned(node)
            | Change::NodeLabeled(node) => Some(News::NodeChanged(node)),
            Change::NodeRemoved(node) => Some(News::NodeRemoved(node)),
            Change::NodeReady(_)
            | Change::NodeNotReady(_)
            | Change::NodeDrained(_)
            | Change::NodeCrashed(_)
            | Change::NodeRecovered(_)
            | Change::NodeFailure { .. }
            | Change::Outage { .. }
            | Change::PodUnschedulable(_)
            | Change::PodNominated(_)
            | Change::ContainerPulling { .. }
            | Change::ContainerPulled { .. }
            | Change::ContainerStarted { .. }
            | Change::ContainerExited { .. }
            | Change::ContainerBackoff { .. }
            | Change::PodStarted(_)
            | Change::PodReady(_)
            | Change::PodNotReady(_)
            | Change::PodFinalizerRemoved(_)
            | Change::PodPreempted(_)
            | Change::PodEvicted(_)
            | Change::EvictionRefused { .. }
            | Change::JobCreated(_)
            | Change::JobUpdated(_)
            | Change::JobStatus { .. }
            | Change::JobStarted(_)
            | Change::JobCondition { .. }
            | Change::JobDeleting(_)
            | Change::JobDeleted(_)
            | Change::CronJobCreated(_)
            | Change::CronJobUpdated { .. }
            | Change::CronJobSuspended(_)
            | Change::CronJobResumed(_)
            | Change::CronJobStatus(_)
            | Change::CronJobDecided { .. }
            | Change::CronJobDeleting(_)
            | Change::CronJobDeleted(_)
            | Change::DaemonSetCreated(_)
            | Change::DaemonSetUpdated(_)
            | Change::DaemonSetStatus(_)
            | Change::DaemonSetRolledOut(_)
            | Change::DaemonSetDeleting(_)
            | Change::DaemonSetDeleted(_)
            | Change::Deployment(..)
            | Change::ReplicaSet(..)
            | Change::StatefulSet(..)
            | Change::DisruptionBudget(..)
            | Change::DrainBegan(_)
            | Change::DrainEnded(_)
            | Change::Scaling(_)
            | Change::Action { .. } => None,
        }
    }
}
