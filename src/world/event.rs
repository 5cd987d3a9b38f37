//! What will happen: the entries of the queue.

use super::{CallId, ContainerIndex, DrainId, NodeId, PodId};

/// The controllers of kube-controller-manager, each with a queue, workers and a client of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControllerKind {
    /// `job`.
    Job,
    /// `cronjob`.
    CronJob,
    /// `daemonset`.
    DaemonSet,
    /// `deployment`.
    Deployment,
    /// `replicaset`.
    ReplicaSet,
    /// `statefulset`.
    StatefulSet,
    /// `ttl-after-finished`.
    TtlAfterFinished,
    /// `garbage-collector`.
    GarbageCollector,
    /// `pod-garbage-collector`.
    PodGc,
    /// `node-lifecycle`.
    NodeLifecycle,
    /// `taint-eviction`.
    TaintEviction,
    /// `disruption`.
    Disruption,
}

/// For a pod's kubelet. `attempt` is the container's start number; an event of an older one is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the subject of each event")]
pub enum KubeletEvent {
    /// The kubelet has seen the bound pod.
    Admit(PodId),
    /// An image has been pulled.
    Pulled {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// A container is up.
    Running {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// A container is ready.
    Ready {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// A container's process has ended.
    Exit {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// The kubelet notices an exit.
    Notice {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// A back-off is over.
    Restart {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// The kubelet has seen the deletion request (or a shorter grace).
    Terminate(PodId),
    /// A container that was asked to stop has stopped or is killed.
    Stopped {
        pod: PodId,
        container: ContainerIndex,
        attempt: u32,
    },
    /// The pod's own deadline (KUB-46).
    Deadline(PodId),
    /// The kubelet of a new node posts Ready.
    PostReady(NodeId),
}

/// For the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulerEvent {
    /// The scheduler has seen a new pod, or one that may fit now.
    Wake,
    /// A scheduling cycle ends.
    CycleEnd,
    /// The back-off tick (SCH-C2).
    FlushBackoff,
    /// The tick that looks for pods too long in the unschedulable pool (SCH-C3).
    FlushUnschedulable,
}

/// What chance brings. `failure` is a place in the list of the node's pool, `number` counts that failure on that node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the subject of each event")]
pub enum ChanceEvent {
    /// A drawn failure comes to a node.
    Strike {
        node: NodeId,
        failure: u8,
        number: u32,
    },
    /// A failure is over.
    Mend {
        node: NodeId,
        failure: u8,
        number: u32,
    },
    /// The notice of a drained node is over.
    Take {
        node: NodeId,
        failure: u8,
        number: u32,
    },
    /// The successor of a node that went joins the pool.
    Replace { pool: u32 },
    /// An outage begins: drawn, or at the time that the scenario says.
    OutageBegins { outage: u16, drawn: bool },
    /// It ends.
    OutageEnds { outage: u16 },
}

/// For somebody who drains nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrainEvent {
    /// An eviction that was refused is asked for again.
    Retry {
        /// The drain.
        drain: DrainId,
        /// The pod.
        pod: PodId,
    },
    /// A look whether a pod is gone finds that it is, or the time is over.
    Look(DrainId),
}

/// For the autoscaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoscalerEvent {
    /// Its loop runs.
    Loop,
    /// It looks after a node that it is removing.
    Removal(NodeId),
}

/// An entry of the queue, by receiver; made of ids and small numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A kubelet.
    Kubelet(KubeletEvent),
    /// The scheduler.
    Scheduler(SchedulerEvent),
    /// A controller's queue may have a key that is due.
    Wake(ControllerKind),
    /// The autoscaler.
    Autoscaler(AutoscalerEvent),
    /// Somebody who drains nodes.
    Drain(DrainEvent),
    /// A call reaches the API server.
    Request(CallId),
    /// The API server comes to a call that had to wait.
    Commit(CallId),
    /// Drawn failures and outages.
    Chance(ChanceEvent),
    /// The scenario's action with this index happens.
    Action(u32),
}

impl Event {
    /// Whether it is no reason for a run to go on: a failure that is still to be drawn upon a cluster in which nothing
    /// else will happen.
    pub const fn is_idle(&self) -> bool {
        matches!(
            self,
            Self::Chance(
                ChanceEvent::Strike { .. } | ChanceEvent::OutageBegins { drawn: true, .. }
            )
        )
    }
}

const _: () = assert!(size_of::<Event>() <= 24, "the queue copies its entries");
