//! What is asked of the API.

use super::{
    ArrivalId, BudgetId, BudgetStatus, ContainerIndex, CronJobId, CronJobStatus, DaemonSetId,
    DaemonSetStatus, DeploymentId, DeploymentStatus, DisruptionReason, DownBy, Drain, DrainId,
    JobId, JobStatus, NodeId, Owner, Phase, PodId, PodReason, ReplicaSetId, ReplicaSetNotes,
    ReplicaSetStatus, Revision, StatefulSetId, StatefulSetStatus, TemplateId,
};
use crate::model::{Cascade, Labels, Name, NodeSpec, Object, PodTemplate, Taint, Target};
use crate::sim::{Span, Time};
use std::sync::Arc;

/// A pod to be created by a controller; the API adds name, priority and defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewPod {
    /// The controller.
    pub owner: Owner,
    /// The template.
    pub template: TemplateId,
    /// The completion index of an Indexed Job's pod, or the ordinal of a StatefulSet's.
    pub index: Option<i32>,
    /// The node a daemon pod is for (DS-30).
    pub target: Option<NodeId>,
    /// The `controller-revision-hash` of a pod of a DaemonSet or StatefulSet.
    pub revision: Option<Revision>,
    /// Carried over by `backoffLimitPerIndex` (JOB-47): counted failures of the index, and ignored ones.
    pub index_failures: (i32, i32),
}

/// A Job to be created by a CronJob or by `kubectl create job --from`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// The CronJob.
    pub cronjob: CronJobId,
    /// The name.
    pub name: Name,
    /// The scheduled time, seconds since the Unix epoch; `None`: by hand.
    pub scheduled_unix: Option<i64>,
}

/// A ReplicaSet to be created by a Deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReplicaSet {
    /// The Deployment.
    pub deployment: DeploymentId,
    /// Its template at the moment of the decision, without the label `pod-template-hash`.
    pub template: Arc<PodTemplate>,
    /// The hash of the template: part of the name (WL-11).
    pub revision: Revision,
    /// `replicas`.
    pub replicas: i32,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// Annotations.
    pub notes: ReplicaSetNotes,
}

/// What a Deployment changes on a ReplicaSet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaSetUpdate {
    /// `replicas`.
    pub replicas: i32,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// Annotations.
    pub notes: ReplicaSetNotes,
}

/// What became of a scheduled time (`cronjobs.csv`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the contract names and explains the outcomes")]
pub enum CronOutcome {
    Started,
    SkippedForbid,
    Replaced,
    MissedDeadline,
    MissedSuspended,
    Missed,
    Manual,
}

/// A decision on a scheduled time of a CronJob.
#[derive(Debug, Clone, PartialEq)]
pub struct CronDecision {
    /// The scheduled time, seconds since the Unix epoch; `None`: by hand.
    pub scheduled_unix: Option<i64>,
    /// What was decided.
    pub outcome: CronOutcome,
    /// The Job that was started, or that was replaced.
    pub job: Option<JobId>,
}

/// A Job's status to be written; what a plan could not know is settled when it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusDraft {
    /// The status, creations of the same sync counted as active.
    pub status: JobStatus,
    /// Creations of the same plan that were refused are taken from `active` before it is written.
    pub counts_creations: bool,
}

/// One step of a pod's status as its kubelet reports it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the subject of each step")]
pub enum PodUpdate {
    /// The kubelet handled the pod first at this moment (KUB-12).
    Accepted,
    Pulling {
        container: ContainerIndex,
    },
    Pulled {
        container: ContainerIndex,
    },
    /// Running; a start after the first raises the restart count.
    Started {
        container: ContainerIndex,
    },
    ContainerReady {
        container: ContainerIndex,
        ready: bool,
    },
    Exited {
        container: ContainerIndex,
        exit_code: i32,
        finished_at: Time,
    },
    Backoff {
        container: ContainerIndex,
        wait: Span,
    },
    /// Condition Ready of the pod.
    Ready(bool),
    Phase {
        phase: Phase,
        reason: Option<PodReason>,
    },
    Disrupted(DisruptionReason),
}

/// A change of a node's object.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeChange {
    /// Condition Ready: True, False or Unknown.
    Readiness(super::Readiness),
    /// Adds a taint, or changes the value of one with that key and effect.
    AddTaint(Taint),
    /// Takes a taint away, by key and effect.
    RemoveTaint(Taint),
    /// `spec.unschedulable`.
    Unschedulable(bool),
    /// All labels.
    Labels(Labels),
}

/// A request to the API server.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the fields are the subject of each request")]
pub enum Call {
    CreatePod(NewPod),
    /// Deletes a pod; `grace`: `None` is the pod's own; `disruption` sets the condition first.
    DeletePod {
        pod: PodId,
        grace: Option<Span>,
        disruption: Option<DisruptionReason>,
    },
    /// The eviction API (NL-73): a deletion that disruption budgets may refuse; `grace`: `None` is the pod's own.
    EvictPod {
        pod: PodId,
        grace: Option<Span>,
    },
    /// PodGC's force deletion (NL-64): phase Failed where it is not terminal, then gone.
    ForceDeletePod {
        pod: PodId,
        disruption: Option<DisruptionReason>,
    },
    RemoveFinalizer {
        pod: PodId,
    },
    Bind {
        pod: PodId,
        node: NodeId,
    },
    MarkUnschedulable {
        pod: PodId,
        message: Name,
    },
    Nominate {
        pod: PodId,
        node: Option<NodeId>,
    },
    /// A kubelet's status update.
    Report {
        pod: PodId,
        updates: Vec<PodUpdate>,
    },

    CreateJob(NewJob),
    WriteJobStatus {
        job: JobId,
        draft: Box<StatusDraft>,
    },
    /// The garbage collector's last step of a foreground deletion.
    FinishDeletion {
        owner: OwnerRef,
    },

    WriteCronJobStatus {
        cronjob: CronJobId,
        status: Box<CronJobStatus>,
        decisions: Vec<CronDecision>,
    },
    /// Decisions that the API never sees: not a request, takes no token and no time.
    NoteCronDecisions {
        cronjob: CronJobId,
        decisions: Vec<CronDecision>,
    },

    WriteDaemonSetStatus {
        daemonset: DaemonSetId,
        status: Box<DaemonSetStatus>,
    },
    /// A new ControllerRevision, or an old one with a raised number (DS-80).
    WriteRevision {
        owner: OwnerRef,
        revision: Revision,
        number: i64,
    },
    /// An old ControllerRevision beyond the history limit (DS-81).
    DeleteRevision {
        owner: OwnerRef,
        revision: Revision,
    },

    CreateReplicaSet(Box<NewReplicaSet>),
    UpdateReplicaSet {
        replicaset: ReplicaSetId,
        update: ReplicaSetUpdate,
    },
    WriteDeploymentStatus {
        deployment: DeploymentId,
        status: Box<DeploymentStatus>,
    },
    WriteReplicaSetStatus {
        replicaset: ReplicaSetId,
        status: Box<ReplicaSetStatus>,
    },
    WriteStatefulSetStatus {
        statefulset: StatefulSetId,
        status: Box<StatefulSetStatus>,
    },

    /// The status of a budget that was read at `version`; refused where somebody has written since.
    WriteBudgetStatus {
        budget: BudgetId,
        version: u64,
        status: Box<BudgetStatus>,
    },
    DeleteBudget(BudgetId),

    /// Cordons the nodes and begins to drain them, one after the other.
    Drain(Box<Drain>),
    /// A drain found its node without pods.
    NoteDrained(NodeId),
    /// A drain is over.
    EndDrain(DrainId),

    CreateNode {
        spec: Box<NodeSpec>,
        pool: Option<Name>,
        ready: bool,
    },
    /// The next node of a pool, by its place in [`crate::model::Model::pools`].
    AddPoolNode {
        pool: usize,
        ready: bool,
    },
    ChangeNode {
        node: NodeId,
        change: NodeChange,
    },
    /// Deletes a node whose place in its pool stays open for a successor.
    TakeNode(NodeId),
    /// The successor of a node that was taken joins the pool.
    FillPlace {
        pool: usize,
    },
    DeleteNode(NodeId),
    /// Marks a node as silent, or back: no request, but part of the machine's truth.
    SetNodeSilent {
        node: NodeId,
        by: DownBy,
        silent: bool,
        powered_off: bool,
    },

    /// `kubectl create` or `apply` of an object, defaults filled in; replaces one that exists if `replace`.
    Put {
        object: Box<Object>,
        replace: bool,
    },
    /// The creation of an object that comes as the scenario said.
    Arrive {
        object: Box<Object>,
        arrival: ArrivalId,
    },
    /// Deletes a PriorityClass, Service, quota or limit range.
    DeletePolicy(Target),
    DeleteObject {
        owner: OwnerRef,
        cascade: Cascade,
    },
    /// A drawn failure comes to a node: no request.
    NoteFailure {
        node: NodeId,
        failure: u8,
        detail: Name,
    },
    /// An outage begins or ends: no request.
    NoteOutage {
        outage: u16,
        begins: bool,
        detail: Name,
    },
    NoteAction {
        text: Name,
        refusal: Option<Name>,
    },
    /// What the autoscaler decided: changes nothing by itself.
    NoteScaling(super::Scaling),
    /// A v1 Event of a controller: takes a token of its client, changes nothing.
    WriteEvent,
}

/// An object that others belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the kinds are Kubernetes' own")]
pub enum OwnerRef {
    Job(JobId),
    CronJob(CronJobId),
    DaemonSet(DaemonSetId),
    Deployment(DeploymentId),
    ReplicaSet(ReplicaSetId),
    StatefulSet(StatefulSetId),
}

/// What the API answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// The object is not there any more; to most callers as good as done.
    NotFound,
    /// Refused: quota, validation, a name that is taken.
    Refused(Name),
    /// Refused for now, to be asked again later: a disruption budget (HTTP 429).
    Later(Name),
}
