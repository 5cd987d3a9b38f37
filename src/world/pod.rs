//! Pods: their rows, and how they change.

use super::{ArrivalId, NodeId, Owner, PodNumber, TemplateId};
use crate::model::{Labels, Name, PreemptionPolicy};
use crate::sim::{Span, Time};

/// `status.phase` (KUB-1 to KUB-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not all containers have started.
    Pending,
    /// At least one container runs or will.
    Running,
    /// All containers ended with 0.
    Succeeded,
    /// The pod ended otherwise.
    Failed,
}

impl Phase {
    /// Succeeded or Failed.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// `status.reason` of a pod that the kubelet refused or ended (KUB-85).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodReason {
    /// The pod's own deadline (KUB-46).
    DeadlineExceeded,
    /// Refused by the kubelet (KUB-10).
    OutOfCpu,
    /// Refused by the kubelet.
    OutOfMemory,
    /// Refused by the kubelet.
    OutOfPods,
    /// Refused by the kubelet.
    NodeAffinity,
    /// Node-pressure eviction.
    Evicted,
}

impl PodReason {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::OutOfCpu => "OutOfcpu",
            Self::OutOfMemory => "OutOfmemory",
            Self::OutOfPods => "OutOfpods",
            Self::NodeAffinity => "NodeAffinity",
            Self::Evicted => "Evicted",
        }
    }
}

/// Reason of the condition `DisruptionTarget` (NL-90 to NL-94).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the reasons are Kubernetes' own")]
pub enum DisruptionReason {
    PreemptionByScheduler,
    DeletionByTaintManager,
    EvictionByEvictionAPI,
    DeletionByPodGC,
    TerminationByKubelet,
}

impl DisruptionReason {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreemptionByScheduler => "PreemptionByScheduler",
            Self::DeletionByTaintManager => "DeletionByTaintManager",
            Self::EvictionByEvictionAPI => "EvictionByEvictionAPI",
            Self::DeletionByPodGC => "DeletionByPodGC",
            Self::TerminationByKubelet => "TerminationByKubelet",
        }
    }
}

/// State of a container as the API shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerState {
    /// Not started yet.
    Waiting,
    /// Running since a moment.
    Running(Time),
    /// Ended with this code at this moment; it may be waiting for its restart.
    Terminated {
        /// The exit code.
        exit_code: i32,
        /// When it ended, cut to the second (JOB-9).
        finished_at: Time,
    },
}

/// A container's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Waiting, running or terminated.
    pub state: ContainerState,
    /// Starts after the first.
    pub restarts: u32,
    /// Its readiness.
    pub ready: bool,
}

/// A deletion request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// When it was asked for (cut to the second); `deletionTimestamp` is this plus the grace period.
    pub requested_at: Time,
    /// The moment itself.
    pub requested_exactly_at: Time,
    /// The grace period.
    pub grace: Span,
    /// The kubelet (or a forced deletion) has asked for the end of the object; a finalizer may still hold it.
    pub is_confirmed: bool,
}

/// A pod.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own in the API object"
)]
pub struct Pod {
    /// Its namespace.
    pub namespace: Name,
    /// Its name.
    pub name: Name,
    /// Its controller.
    pub owner: Owner,
    /// What it came as: a bare pod that the scenario's arrivals brought.
    pub arrival: Option<ArrivalId>,
    /// Its place in the order of all pods of the run.
    pub number: PodNumber,
    /// Its place among the pods of its owner (and index or node), from 0: names its random streams.
    pub ordinal: u32,
    /// Its template.
    pub template: TemplateId,
    /// Its completion index, or its ordinal in a StatefulSet.
    pub index: Option<i32>,
    /// The attempt that its first container start is (contract §2), from 1.
    pub attempt: u32,
    /// Its labels, those that controllers set included.
    pub labels: Labels,
    /// Its revision (pods of DaemonSets and StatefulSets).
    pub revision: Option<super::Revision>,
    /// Counted and ignored failures of its index before it (JOB-47).
    pub index_failures: (i32, i32),
    /// Its priority (SCH-71).
    pub priority: i32,
    /// Whether it may preempt.
    pub preemption_policy: PreemptionPolicy,
    /// The node it is for (daemon pods).
    pub target: Option<NodeId>,
    /// The node it is bound to.
    pub node: Option<NodeId>,
    /// `status.nominatedNodeName`.
    pub nominated: Option<NodeId>,
    /// The message of PodScheduled=False.
    pub unschedulable: Option<Name>,
    /// The phase.
    pub phase: Phase,
    /// `status.reason`.
    pub reason: Option<PodReason>,
    /// Condition Ready.
    pub ready: bool,
    /// When condition Ready last changed, cut to the second; `None`: never set.
    pub ready_changed_at: Option<Time>,
    /// When condition Ready last changed.
    pub ready_changed_exactly_at: Time,
    /// Condition `DisruptionTarget`.
    pub disruption: Option<DisruptionReason>,
    /// The Job tracking finalizer is on.
    pub finalizer: bool,
    /// A deletion request.
    pub deletion: Option<Deletion>,
    /// The containers.
    pub containers: Vec<ContainerStatus>,
    /// Creation.
    pub created_at: Time,
    /// Binding.
    pub scheduled_at: Option<Time>,
    /// When the kubelet first handled it (KUB-12).
    pub accepted_at: Option<Time>,
    /// First phase Running.
    pub started_at: Option<Time>,
    /// First Ready.
    pub ready_at: Option<Time>,
    /// Phase Succeeded or Failed.
    pub finished_at: Option<Time>,
    /// End of the object.
    pub deleted_at: Option<Time>,
}

impl Pod {
    /// JOB-10: neither terminal nor being deleted.
    pub fn is_active(&self) -> bool {
        !self.phase.is_terminal() && self.deletion.is_none()
    }

    /// JOB-11: being deleted and not terminal.
    pub fn is_terminating(&self) -> bool {
        !self.phase.is_terminal() && self.deletion.is_some()
    }

    /// Starts of containers after the first ones.
    pub fn restarts(&self) -> u32 {
        self.containers
            .iter()
            .map(|container| container.restarts)
            .sum()
    }

    /// The exit code that a person would name: that of the first container that failed, else of the last one.
    pub fn exit_code(&self) -> Option<i32> {
        let mut codes = self
            .containers
            .iter()
            .filter_map(|container| match container.state {
                ContainerState::Terminated { exit_code, .. } => Some(exit_code),
                ContainerState::Waiting | ContainerState::Running(_) => None,
            });
        codes
            .clone()
            .find(|&code| code != 0)
            .or_else(|| codes.next_back())
    }
}
