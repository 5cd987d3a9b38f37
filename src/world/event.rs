//! What will happen: the entries of the queue.

use super::{CallId, ContainerIndex, NodeId, PodId};

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

/// For the workers of a controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerEvent {
    /// The queue may have a key that is due.
    Wake,
    /// The controller's event writer may send its next v1 Event.
    WriteEvent,
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
    /// A controller.
    Controller(ControllerKind, WorkerEvent),
    /// The autoscaler.
    Autoscaler(AutoscalerEvent),
    /// A call reaches the API.
    Commit(CallId),
    /// The scenario's action with this index happens.
    Action(u32),
}

const _: () = assert!(size_of::<Event>() <= 24, "the queue copies its entries");
