//! How the contract names what happened: event, object, node and detail.

use crate::world::{
    BudgetId, Change, CronJobId, CronOutcome, DaemonSetId, DeploymentId, JobConditionKind, JobId,
    NodeId, PodId, ReplicaSetId, Scaling, StatefulSetId, WorkloadChange, World,
};

/// The object that a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A node.
    Node(NodeId),
    /// A pod.
    Pod(PodId),
    /// A Job.
    Job(JobId),
    /// A CronJob.
    CronJob(CronJobId),
    /// A DaemonSet.
    DaemonSet(DaemonSetId),
    /// A Deployment.
    Deployment(DeploymentId),
    /// A ReplicaSet.
    ReplicaSet(ReplicaSetId),
    /// A StatefulSet.
    StatefulSet(StatefulSetId),
    /// A PodDisruptionBudget.
    DisruptionBudget(BudgetId),
    /// A pool of nodes, by its place in the model.
    Pool(usize),
    /// The scenario itself.
    Action,
}

impl Subject {
    /// What `change` is about.
    pub fn of(change: &Change) -> Self {
        if let Some(pod) = change.pod() {
            return Self::Pod(pod);
        }
        match change {
            Change::NodeAdded(node)
            | Change::NodeReady(node)
            | Change::NodeNotReady(node)
            | Change::NodeTainted { node, .. }
            | Change::NodeUntainted { node, .. }
            | Change::NodeCordoned(node)
            | Change::NodeUncordoned(node)
            | Change::NodeLabeled(node)
            | Change::NodeDrained(node)
            | Change::NodeCrashed(node)
            | Change::NodeRecovered(node)
            | Change::NodeFailure { node, .. }
            | Change::NodeRemoved(node) => Self::Node(*node),
            Change::JobCreated(job)
            | Change::JobUpdated(job)
            | Change::JobStatus { job, .. }
            | Change::JobStarted(job)
            | Change::JobCondition { job, .. }
            | Change::JobDeleting(job)
            | Change::JobDeleted(job) => Self::Job(*job),
            Change::CronJobCreated(cronjob)
            | Change::CronJobUpdated { cronjob, .. }
            | Change::CronJobSuspended(cronjob)
            | Change::CronJobResumed(cronjob)
            | Change::CronJobStatus(cronjob)
            | Change::CronJobDecided { cronjob, .. }
            | Change::CronJobDeleting(cronjob)
            | Change::CronJobDeleted(cronjob) => Self::CronJob(*cronjob),
            Change::DaemonSetCreated(daemonset)
            | Change::DaemonSetUpdated(daemonset)
            | Change::DaemonSetStatus(daemonset)
            | Change::DaemonSetRolledOut(daemonset)
            | Change::DaemonSetDeleting(daemonset)
            | Change::DaemonSetDeleted(daemonset) => Self::DaemonSet(*daemonset),
            Change::Deployment(id, _) => Self::Deployment(*id),
            Change::ReplicaSet(id, _) => Self::ReplicaSet(*id),
            Change::StatefulSet(id, _) => Self::StatefulSet(*id),
            Change::Scaling(scaling) => Self::of_scaling(scaling),
            Change::DisruptionBudget(id, _) => Self::DisruptionBudget(*id),
            Change::Outage { .. }
            | Change::Action { .. }
            | Change::DrainBegan(_)
            | Change::DrainEnded(_) => Self::Action,
            Change::PodCreated(pod)
            | Change::PodScheduled(pod)
            | Change::PodUnschedulable(pod)
            | Change::PodNominated(pod)
            | Change::ContainerPulling { pod, .. }
            | Change::ContainerPulled { pod, .. }
            | Change::ContainerStarted { pod, .. }
            | Change::ContainerExited { pod, .. }
            | Change::ContainerBackoff { pod, .. }
            | Change::PodStarted(pod)
            | Change::PodReady(pod)
            | Change::PodNotReady(pod)
            | Change::PodSucceeded(pod)
            | Change::PodFailed(pod)
            | Change::PodDeleting(pod)
            | Change::PodFinalizerRemoved(pod)
            | Change::PodDeleted(pod)
            | Change::PodPreempted(pod)
            | Change::PodEvicted(pod)
            | Change::EvictionRefused { pod, .. } => Self::Pod(*pod),
        }
    }

    fn of_scaling(scaling: &Scaling) -> Self {
        match scaling {
            Scaling::Up { pool, .. } | Scaling::UpFailed { pool, .. } => Self::Pool(*pool),
            Scaling::Down { node, .. } | Scaling::DownFailed { node, .. } => Self::Node(*node),
        }
    }
}

/// The contract's name of an event; `None` for a change that is no event.
pub fn event_name(change: &Change) -> Option<&'static str> {
    Some(match change {
        Change::NodeAdded(_) => "NodeAdded",
        Change::NodeReady(_) => "NodeReady",
        Change::NodeNotReady(_) => "NodeNotReady",
        Change::NodeTainted { .. } => "NodeTainted",
        Change::NodeUntainted { .. } => "NodeUntainted",
        Change::NodeCordoned(_) => "NodeCordoned",
        Change::NodeUncordoned(_) => "NodeUncordoned",
        Change::NodeLabeled(_) => "NodeLabeled",
        Change::NodeDrained(_) => "NodeDrained",
        Change::NodeCrashed(_) => "NodeCrashed",
        Change::NodeRecovered(_) => "NodeRecovered",
        Change::NodeFailure { .. } => "NodeFailure",
        Change::NodeRemoved(_) => "NodeRemoved",
        Change::PodCreated(_) => "PodCreated",
        Change::PodScheduled(_) => "PodScheduled",
        Change::PodUnschedulable(_) => "PodUnschedulable",
        Change::PodNominated(_) => "PodNominated",
        Change::ContainerPulling { .. } => "ContainerPulling",
        Change::ContainerPulled { .. } => "ContainerPulled",
        Change::ContainerStarted { .. } => "ContainerStarted",
        Change::ContainerExited { .. } => "ContainerExited",
        Change::ContainerBackoff { .. } => "ContainerBackoff",
        Change::PodStarted(_) => "PodStarted",
        Change::PodReady(_) => "PodReady",
        Change::PodNotReady(_) => "PodNotReady",
        Change::PodSucceeded(_) => "PodSucceeded",
        Change::PodFailed(_) => "PodFailed",
        Change::PodDeleting(_) => "PodDeleting",
        Change::PodDeleted(_) => "PodDeleted",
        Change::PodPreempted(_) => "PodPreempted",
        Change::PodEvicted(_) => "PodEvicted",
        Change::EvictionRefused { .. } => "PodEvictionRefused",
        Change::JobCreated(_) => "JobCreated",
        Change::JobUpdated(_) => "JobUpdated",
        Change::JobStarted(_) => "JobStarted",
        Change::JobCondition { kind, status, .. } => condition_event(*kind, *status),
        Change::JobDeleted(_) => "JobDeleted",
        Change::CronJobCreated(_) => "CronJobCreated",
        Change::CronJobUpdated { .. } => "CronJobUpdated",
        Change::CronJobSuspended(_) => "CronJobSuspended",
        Change::CronJobResumed(_) => "CronJobResumed",
        Change::CronJobDecided { decision, .. } => decision_event(decision.outcome),
        Change::CronJobDeleted(_) => "CronJobDeleted",
        Change::DaemonSetCreated(_) => "DaemonSetCreated",
        Change::DaemonSetUpdated(_) => "DaemonSetUpdated",
        Change::DaemonSetRolledOut(_) => "DaemonSetRolledOut",
        Change::DaemonSetDeleted(_) => "DaemonSetDeleted",
        Change::Deployment(_, change) => pick(DEPLOYMENT_EVENTS, *change)?,
        Change::ReplicaSet(_, change) => pick(REPLICASET_EVENTS, *change)?,
        Change::StatefulSet(_, change) => pick(STATEFULSET_EVENTS, *change)?,
        Change::Outage { begins: true, .. } => "OutageBegan",
        Change::Outage { begins: false, .. } => "OutageEnded",
        Change::DisruptionBudget(_, change) => pick(BUDGET_EVENTS, *change)?,
        Change::Scaling(scaling) => scaling_event(scaling),
        Change::Action { .. } => "Action",
        Change::PodFinalizerRemoved(_)
        | Change::JobStatus { .. }
        | Change::JobDeleting(_)
        | Change::CronJobStatus(_)
        | Change::CronJobDeleting(_)
        | Change::DaemonSetStatus(_)
        | Change::DaemonSetDeleting(_)
        | Change::DrainBegan(_)
        | Change::DrainEnded(_) => return None,
    })
}

const fn scaling_event(scaling: &Scaling) -> &'static str {
    match scaling {
        Scaling::Up { .. } => "PoolScaleUp",
        Scaling::UpFailed { .. } => "PoolScaleUpFailed",
        Scaling::Down { .. } => "NodeScaleDown",
        Scaling::DownFailed { .. } => "NodeScaleDownFailed",
    }
}

/// Created, updated, rolled out, deleted.
type WorkloadEvents = [&'static str; 4];

const DEPLOYMENT_EVENTS: WorkloadEvents = [
    "DeploymentCreated",
    "DeploymentUpdated",
    "DeploymentRolledOut",
    "DeploymentDeleted",
];
const REPLICASET_EVENTS: WorkloadEvents = [
    "ReplicaSetCreated",
    "ReplicaSetUpdated",
    "ReplicaSetRolledOut",
    "ReplicaSetDeleted",
];
const STATEFULSET_EVENTS: WorkloadEvents = [
    "StatefulSetCreated",
    "StatefulSetUpdated",
    "StatefulSetRolledOut",
    "StatefulSetDeleted",
];

const BUDGET_EVENTS: WorkloadEvents = [
    "PodDisruptionBudgetCreated",
    "PodDisruptionBudgetUpdated",
    "PodDisruptionBudgetRolledOut",
    "PodDisruptionBudgetDeleted",
];

const fn pick(events: WorkloadEvents, change: WorkloadChange) -> Option<&'static str> {
    let [created, updated, rolled_out, deleted] = events;
    match change {
        WorkloadChange::Created => Some(created),
        WorkloadChange::Updated => Some(updated),
        WorkloadChange::RolledOut => Some(rolled_out),
        WorkloadChange::Deleted => Some(deleted),
        WorkloadChange::Annotated | WorkloadChange::Status | WorkloadChange::Deleting => None,
    }
}

const fn condition_event(kind: JobConditionKind, status: bool) -> &'static str {
    match kind {
        JobConditionKind::Suspended if status => "JobSuspended",
        JobConditionKind::Suspended => "JobResumed",
        JobConditionKind::FailureTarget => "JobFailureTarget",
        JobConditionKind::SuccessCriteriaMet => "JobSuccessCriteriaMet",
        JobConditionKind::Failed => "JobFailed",
        JobConditionKind::Complete => "JobComplete",
    }
}

/// `CronJobReplaced`: a started time whose Job gives way to a later one, neither scheduled again nor missed.
const fn decision_event(outcome: CronOutcome) -> &'static str {
    match outcome {
        CronOutcome::Started | CronOutcome::Manual => "CronJobScheduled",
        CronOutcome::SkippedForbid => "CronJobSkipped",
        CronOutcome::Replaced => "CronJobReplaced",
        CronOutcome::MissedDeadline | CronOutcome::MissedSuspended | CronOutcome::Missed => {
            "CronJobMissed"
        }
    }
}

/// The contract's word for an outcome.
pub const fn outcome_name(outcome: CronOutcome) -> &'static str {
    match outcome {
        CronOutcome::Started => "started",
        CronOutcome::SkippedForbid => "skipped_forbid",
        CronOutcome::Replaced => "replaced",
        CronOutcome::MissedDeadline => "missed_deadline",
        CronOutcome::MissedSuspended => "missed_suspended",
        CronOutcome::Missed => "missed",
        CronOutcome::Manual => "manual",
    }
}

/// The reason of a condition that changed. Kubernetes keeps one `Suspended` condition for both ways.
pub fn condition_reason(job: &crate::world::Job, kind: JobConditionKind, status: bool) -> &str {
    if kind == JobConditionKind::Suspended && !status {
        return "JobResumed";
    }
    let mut conditions = job.status.conditions.iter();
    conditions
        .find(|condition| condition.kind == kind)
        .map_or("", |condition| &condition.reason)
}

/// Kind, namespace, name and node of an event's object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventObject<'w> {
    /// Kubernetes' kind; `Scenario` for an action.
    pub kind: &'static str,
    /// Empty for nodes and the scenario.
    pub namespace: &'w str,
    /// Its name.
    pub name: &'w str,
    /// The node itself, or the one that the pod is bound to; may be empty.
    pub node: &'w str,
}

impl<'w> EventObject<'w> {
    /// Who `subject` is; `scenario` is the name of the scenario.
    pub fn of(world: &'w World, subject: Subject, scenario: &'w str) -> Self {
        let object = |kind, namespace, name, node| Self {
            kind,
            namespace,
            name,
            node,
        };
        match subject {
            Subject::Node(id) => {
                let name = &*world.node(id).name;
                object("Node", "", name, name)
            }
            Subject::Pod(id) => {
                let Some(pod) = world.pod(id) else {
                    return object("Pod", "", "", "");
                };
                let node = pod.node.map_or("", |node| &*world.node(node).name);
                object("Pod", &pod.namespace, &pod.name, node)
            }
            Subject::Job(id) => {
                let meta = &world.job(id).meta;
                object("Job", &meta.namespace, &meta.name, "")
            }
            Subject::CronJob(id) => {
                let meta = &world.cronjob(id).meta;
                object("CronJob", &meta.namespace, &meta.name, "")
            }
            Subject::DaemonSet(id) => {
                let meta = &world.daemonset(id).meta;
                object("DaemonSet", &meta.namespace, &meta.name, "")
            }
            Subject::Deployment(id) => {
                let meta = &world.deployment(id).meta;
                object("Deployment", &meta.namespace, &meta.name, "")
            }
            Subject::ReplicaSet(id) => {
                let meta = &world.replicaset(id).meta;
                object("ReplicaSet", &meta.namespace, &meta.name, "")
            }
            Subject::StatefulSet(id) => {
                let meta = &world.statefulset(id).meta;
                object("StatefulSet", &meta.namespace, &meta.name, "")
            }
            Subject::DisruptionBudget(id) => {
                let meta = &world.budget(id).meta;
                object("PodDisruptionBudget", &meta.namespace, &meta.name, "")
            }
            Subject::Pool(pool) => object("Pool", "", &world.pool(pool).pattern.name, ""),
            Subject::Action => object("Scenario", "", scenario, ""),
        }
    }
}
