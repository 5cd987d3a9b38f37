//! What has happened.

use super::{
    BudgetId, CronDecision, CronJobId, DaemonSetId, DeploymentId, DrainId, JobConditionKind, JobId,
    NodeId, PodId, ReplicaSetId, StatefulSetId,
};
use crate::model::Name;
use crate::sim::{Seq, Span, Time};

/// A container's place in [`crate::model::PodSpec::containers`].
pub type ContainerIndex = u8;

/// Something that has happened to the cluster's objects.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the subject of each change")]
pub enum Change {
    NodeAdded(NodeId),
    NodeReady(NodeId),
    NodeNotReady(NodeId),
    NodeTainted {
        node: NodeId,
        taint: Name,
    },
    NodeUntainted {
        node: NodeId,
        taint: Name,
    },
    NodeCordoned(NodeId),
    NodeUncordoned(NodeId),
    NodeLabeled(NodeId),
    /// A drain found the node without pods.
    NodeDrained(NodeId),
    NodeCrashed(NodeId),
    NodeRecovered(NodeId),
    /// A drawn failure comes to the node; what it does follows.
    NodeFailure {
        node: NodeId,
        /// Its place in the pool's list.
        failure: u8,
        detail: Name,
    },
    /// The row stays readable; the node's pods stay until somebody deletes them (NL-65).
    NodeRemoved(NodeId),

    PodCreated(PodId),
    PodScheduled(PodId),
    /// The scheduler's message changed (SCH-4).
    PodUnschedulable(PodId),
    PodNominated(PodId),
    ContainerPulling {
        pod: PodId,
        container: ContainerIndex,
    },
    ContainerPulled {
        pod: PodId,
        container: ContainerIndex,
    },
    /// Running, for the `restarts`-th time after the first.
    ContainerStarted {
        pod: PodId,
        container: ContainerIndex,
    },
    ContainerExited {
        pod: PodId,
        container: ContainerIndex,
        exit_code: i32,
    },
    ContainerBackoff {
        pod: PodId,
        container: ContainerIndex,
        wait: Span,
    },
    /// The first time in phase Running.
    PodStarted(PodId),
    PodReady(PodId),
    PodNotReady(PodId),
    PodSucceeded(PodId),
    PodFailed(PodId),
    /// The deletion request, or a shorter grace period.
    PodDeleting(PodId),
    /// The Job tracking finalizer is off (JOB-C9).
    PodFinalizerRemoved(PodId),
    /// The object is gone; its row is readable until everybody has seen this.
    PodDeleted(PodId),
    PodPreempted(PodId),
    PodEvicted(PodId),
    /// The eviction API refused to delete the pod (NL-73), with this message.
    EvictionRefused {
        pod: PodId,
        message: Name,
    },

    JobCreated(JobId),
    /// The spec changed (generation + 1).
    JobUpdated(JobId),
    /// A status write; `conditions`: how many [`Change::JobCondition`] follow.
    JobStatus {
        job: JobId,
        conditions: u8,
    },
    JobStarted(JobId),
    /// A condition came or changed its status.
    JobCondition {
        job: JobId,
        kind: JobConditionKind,
        status: bool,
    },
    /// Foreground deletion was asked for.
    JobDeleting(JobId),
    JobDeleted(JobId),

    CronJobCreated(CronJobId),
    /// The spec changed; `schedule`: schedule or time zone did (CRON-2).
    CronJobUpdated {
        cronjob: CronJobId,
        schedule: bool,
    },
    CronJobSuspended(CronJobId),
    CronJobResumed(CronJobId),
    CronJobStatus(CronJobId),
    CronJobDecided {
        cronjob: CronJobId,
        decision: CronDecision,
    },
    CronJobDeleting(CronJobId),
    CronJobDeleted(CronJobId),

    DaemonSetCreated(DaemonSetId),
    DaemonSetUpdated(DaemonSetId),
    DaemonSetStatus(DaemonSetId),
    /// Every eligible node has an available pod of the newest template, for the first time since it changed.
    DaemonSetRolledOut(DaemonSetId),
    DaemonSetDeleting(DaemonSetId),
    DaemonSetDeleted(DaemonSetId),

    Deployment(DeploymentId, WorkloadChange),
    ReplicaSet(ReplicaSetId, WorkloadChange),
    StatefulSet(StatefulSetId, WorkloadChange),

    /// An outage begins or ends; what it does to its nodes follows.
    Outage {
        /// Its place in the model's list.
        outage: u16,
        begins: bool,
        detail: Name,
    },
    DisruptionBudget(BudgetId, WorkloadChange),
    DrainBegan(DrainId),
    DrainEnded(DrainId),
    /// The autoscaler did something, or gave it up.
    Scaling(Scaling),

    /// A scenario's action was carried out or refused.
    Action {
        text: Name,
        refusal: Option<Name>,
    },
}

/// What the autoscaler did. `text` says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scaling {
    /// It asked for more nodes of a pool, by its place in the model.
    Up {
        /// The pool.
        pool: usize,
        /// How many nodes.
        count: u32,
        /// Pods, sizes, and what a new node was expected to look like.
        text: Name,
    },
    /// Nodes that it asked for did not come in time.
    UpFailed {
        /// The pool.
        pool: usize,
        /// How many, and how long it waited.
        text: Name,
    },
    /// It begins to remove a node.
    Down {
        /// The node.
        node: NodeId,
        /// Why nobody needs it.
        text: Name,
    },
    /// It keeps a node that it had begun to remove.
    DownFailed {
        /// The node.
        node: NodeId,
        /// Why.
        text: Name,
    },
}

/// What has happened to a Deployment, a ReplicaSet, a StatefulSet or a PodDisruptionBudget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadChange {
    /// The object came.
    Created,
    /// The spec changed (generation + 1).
    Updated,
    /// Only what the Deployment controller notes on its ReplicaSet changed.
    Annotated,
    /// A status write.
    Status,
    /// All replicas are available and of the newest template, for the first time since it changed; never of a ReplicaSet.
    RolledOut,
    /// Foreground deletion was asked for.
    Deleting,
    /// The object is gone.
    Deleted,
}

impl WorkloadChange {
    /// Whether it is an event of `events.csv`.
    pub fn is_event(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::RolledOut | Self::Deleted => true,
            Self::Annotated | Self::Status | Self::Deleting => false,
        }
    }
}

/// A change with its number, its time and its cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The row of `events.csv`; `None` for a change that is no event of the contract.
    pub seq: Option<Seq>,
    /// The event that brought it about; `None` for what the scenario itself did.
    pub cause: Option<Seq>,
    /// When.
    pub at: Time,
    /// What.
    pub change: Change,
}

impl Change {
    /// Whether it is an event of `events.csv`; the rest only moves counters and columns.
    pub fn is_event(&self) -> bool {
        match self {
            Self::PodFinalizerRemoved(_)
            | Self::JobStatus { .. }
            | Self::JobDeleting(_)
            | Self::CronJobStatus(_)
            | Self::CronJobDeleting(_)
            | Self::DaemonSetStatus(_)
            | Self::DaemonSetDeleting(_)
            | Self::DrainBegan(_)
            | Self::DrainEnded(_) => false,
            Self::Deployment(_, change)
            | Self::ReplicaSet(_, change)
            | Self::StatefulSet(_, change)
            | Self::DisruptionBudget(_, change) => change.is_event(),
            Self::NodeAdded(_)
            | Self::NodeReady(_)
            | Self::NodeNotReady(_)
            | Self::NodeTainted { .. }
            | Self::NodeUntainted { .. }
            | Self::NodeCordoned(_)
            | Self::NodeUncordoned(_)
            | Self::NodeLabeled(_)
            | Self::NodeDrained(_)
            | Self::NodeCrashed(_)
            | Self::NodeRecovered(_)
            | Self::NodeFailure { .. }
            | Self::NodeRemoved(_)
            | Self::PodCreated(_)
            | Self::PodScheduled(_)
            | Self::PodUnschedulable(_)
            | Self::PodNominated(_)
            | Self::ContainerPulling { .. }
            | Self::ContainerPulled { .. }
            | Self::ContainerStarted { .. }
            | Self::ContainerExited { .. }
            | Self::ContainerBackoff { .. }
            | Self::PodStarted(_)
            | Self::PodReady(_)
            | Self::PodNotReady(_)
            | Self::PodSucceeded(_)
            | Self::PodFailed(_)
            | Self::PodDeleting(_)
            | Self::PodDeleted(_)
            | Self::PodPreempted(_)
            | Self::PodEvicted(_)
            | Self::EvictionRefused { .. }
            | Self::JobCreated(_)
            | Self::JobUpdated(_)
            | Self::JobStarted(_)
            | Self::JobCondition { .. }
            | Self::JobDeleted(_)
            | Self::CronJobCreated(_)
            | Self::CronJobUpdated { .. }
            | Self::CronJobSuspended(_)
            | Self::CronJobResumed(_)
            | Self::CronJobDecided { .. }
            | Self::CronJobDeleted(_)
            | Self::DaemonSetCreated(_)
            | Self::DaemonSetUpdated(_)
            | Self::DaemonSetRolledOut(_)
            | Self::DaemonSetDeleted(_)
            | Self::Outage { .. }
            | Self::Scaling(_)
            | Self::Action { .. } => true,
        }
    }

    /// The pod that the change is about.
    pub fn pod(&self) -> Option<PodId> {
        match self {
            Self::PodCreated(pod)
            | Self::PodScheduled(pod)
            | Self::PodUnschedulable(pod)
            | Self::PodNominated(pod)
            | Self::ContainerPulling { pod, .. }
            | Self::ContainerPulled { pod, .. }
            | Self::ContainerStarted { pod, .. }
            | Self::ContainerExited { pod, .. }
            | Self::ContainerBackoff { pod, .. }
            | Self::PodStarted(pod)
            | Self::PodReady(pod)
            | Self::PodNotReady(pod)
            | Self::PodSucceeded(pod)
            | Self::PodFailed(pod)
            | Self::PodDeleting(pod)
            | Self::PodFinalizerRemoved(pod)
            | Self::PodDeleted(pod)
            | Self::PodPreempted(pod)
            | Self::PodEvicted(pod)
            | Self::EvictionRefused { pod, .. } => Some(*pod),
            Self::NodeAdded(_)
            | Self::NodeReady(_)
            | Self::NodeNotReady(_)
            | Self::NodeTainted { .. }
            | Self::NodeUntainted { .. }
            | Self::NodeCordoned(_)
            | Self::NodeUncordoned(_)
            | Self::NodeLabeled(_)
            | Self::NodeDrained(_)
            | Self::NodeCrashed(_)
            | Self::NodeRecovered(_)
            | Self::NodeFailure { .. }
            | Self::NodeRemoved(_)
            | Self::JobCreated(_)
            | Self::JobUpdated(_)
            | Self::JobStatus { .. }
            | Self::JobStarted(_)
            | Self::JobCondition { .. }
            | Self::JobDeleting(_)
            | Self::JobDeleted(_)
            | Self::CronJobCreated(_)
            | Self::CronJobUpdated { .. }
            | Self::CronJobSuspended(_)
            | Self::CronJobResumed(_)
            | Self::CronJobStatus(_)
            | Self::CronJobDecided { .. }
            | Self::CronJobDeleting(_)
            | Self::CronJobDeleted(_)
            | Self::DaemonSetCreated(_)
            | Self::DaemonSetUpdated(_)
            | Self::DaemonSetStatus(_)
            | Self::DaemonSetRolledOut(_)
            | Self::DaemonSetDeleting(_)
            | Self::DaemonSetDeleted(_)
            | Self::Deployment(..)
            | Self::ReplicaSet(..)
            | Self::StatefulSet(..)
            | Self::Outage { .. }
            | Self::DisruptionBudget(..)
            | Self::DrainBegan(_)
            | Self::DrainEnded(_)
            | Self::Scaling(_)
            | Self::Action { .. } => None,
        }
    }
}
