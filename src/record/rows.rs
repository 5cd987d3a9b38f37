//! What a run is told as: one row for each thing that somebody may want to read afterwards.
//!
//! [`super::Timeline`] makes the rows out of facts; a [`Rows`] takes those that it has a use for. A row
//! borrows from the world and says no more than the world does not know by itself. Nothing here knows of
//! files, columns or number formats.

use super::Load;
use crate::sim::{Seq, Span, Time};
use crate::world::{
    ArrivalId, CronDecision, CronJob, CronJobId, DaemonSet, DaemonSetId, DeploymentId, Fact, Job,
    JobConditionKind, JobId, Node, NodeId, Owner, Pod, ReplicaSetId, StatefulSetId, World,
};

/// A change of a Job's status: of its counters, or of one condition.
#[derive(Debug, Clone, Copy)]
pub struct CompletionRow<'w> {
    /// When it was written.
    pub at: Time,
    /// The Job, with the status as it is now.
    pub job: &'w Job,
    /// The CronJob that it was made by.
    pub cronjob: Option<&'w CronJob>,
    /// The condition that this row is about, and whether it became True.
    pub condition: Option<(JobConditionKind, bool)>,
}

/// What was tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryKind {
    /// A new pod takes the place of a failed one.
    Pod,
    /// A container was started again in its pod.
    Container,
}

/// A retry.
#[derive(Debug, Clone, Copy)]
pub struct RetryRow<'w> {
    /// When the new attempt was created or started.
    pub at: Time,
    /// The pod of the new attempt.
    pub pod: &'w Pod,
    /// The Job that the pod was created by.
    pub job: Option<JobId>,
    /// The number of the new attempt (contract §2).
    pub attempt: u32,
    /// What was tried again.
    pub kind: RetryKind,
    /// Why the attempt before it ended.
    pub reason: &'static str,
    /// How it ended, if one of its containers did.
    pub exit_code: Option<i32>,
    /// The wait since then.
    pub backoff: Span,
}

/// A change of a DaemonSet's status.
#[derive(Debug, Clone, Copy)]
pub struct CoverageRow<'w> {
    /// When it was written.
    pub at: Time,
    /// Which DaemonSet.
    pub id: DaemonSetId,
    /// The same, with the status as it is now.
    pub daemonset: &'w DaemonSet,
}

/// A decision on a scheduled time.
#[derive(Debug, Clone, Copy)]
pub struct CronRow<'w> {
    /// When it was decided.
    pub at: Time,
    /// For which CronJob.
    pub id: CronJobId,
    /// The same.
    pub cronjob: &'w CronJob,
    /// The decision.
    pub decision: &'w CronDecision,
    /// The Job that was started or replaced.
    pub job: Option<&'w Job>,
    /// From the scheduled time to the start of its Job; `None` where none was started.
    pub late: Option<Span>,
}

/// A Job that is gone, or that is left at the end.
#[derive(Debug, Clone, Copy)]
pub struct JobRow<'w> {
    /// The Job.
    pub job: &'w Job,
    /// The CronJob that made it, even if it has been orphaned since.
    pub cronjob: Option<CronJobId>,
    /// Rows of [`RetryRow`] that belong to it.
    pub retries: u32,
    /// From its creation to the first time that one of its pods ran.
    pub first_pod_wait: Option<Span>,
}

impl JobRow<'_> {
    /// From the start to the end; `None` while it has no end.
    pub fn duration(&self) -> Option<Span> {
        Some(self.job.finished_at? - self.job.started_at?)
    }
}

/// A Deployment or StatefulSet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplicatedId {
    /// A Deployment.
    Deployment(DeploymentId),
    /// A StatefulSet.
    StatefulSet(StatefulSetId),
}

/// A change of the status of a Deployment or StatefulSet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvailabilityRow {
    /// When it was written.
    pub at: Time,
    /// Whose.
    pub id: ReplicatedId,
    /// `spec.replicas`.
    pub replicas: i32,
    /// `status.availableReplicas`.
    pub available: i32,
}

/// A pod that is gone, or that is left at the end.
#[derive(Debug, Clone, Copy)]
pub struct PodRow<'w> {
    /// When its object was gone, or the end of the run.
    pub at: Time,
    /// The pod.
    pub pod: &'w Pod,
    /// The controller that created it, even if it has been orphaned since.
    pub owner: Owner,
}

/// An object that came, or whose spec changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectRef {
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
    /// A node.
    Node(NodeId),
}

/// Takes rows; by default it has no use for any.
pub trait Rows {
    /// An event of the contract, with its number.
    fn event(&mut self, world: &World, fact: &Fact, seq: Seq) {
        let _ = (world, fact, seq);
    }

    /// A Job's status changed.
    fn completion(&mut self, world: &World, row: &CompletionRow<'_>) {
        let _ = (world, row);
    }

    /// Something was tried again.
    fn retry(&mut self, world: &World, row: &RetryRow<'_>) {
        let _ = (world, row);
    }

    /// A DaemonSet's status changed.
    fn coverage(&mut self, world: &World, row: &CoverageRow<'_>) {
        let _ = (world, row);
    }

    /// A Deployment's or StatefulSet's status changed.
    fn availability(&mut self, world: &World, row: &AvailabilityRow) {
        let _ = (world, row);
    }

    /// A scheduled time was decided on.
    fn cron(&mut self, world: &World, row: &CronRow<'_>) {
        let _ = (world, row);
    }

    /// A Job is gone, or left at the end.
    fn job(&mut self, world: &World, row: &JobRow<'_>) {
        let _ = (world, row);
    }

    /// A pod is gone, or left at the end.
    fn pod(&mut self, world: &World, row: &PodRow<'_>) {
        let _ = (world, row);
    }

    /// A node is gone, or left at the end.
    fn node(&mut self, world: &World, node: &Node) {
        let _ = (world, node);
    }

    /// An object came, or its spec changed.
    fn object(&mut self, world: &World, at: Time, object: ObjectRef) {
        let _ = (world, at, object);
    }

    /// An object came as `spec.arrivals` said.
    fn arrival(&mut self, world: &World, at: Time, arrival: ArrivalId) {
        let _ = (world, at, arrival);
    }

    /// A moment of the sampling grid.
    fn sample(&mut self, world: &World, at: Time, load: &Load) {
        let _ = (world, at, load);
    }
}

/// Both take every row.
impl<A: Rows, B: Rows> Rows for (A, B) {
    fn event(&mut self, world: &World, fact: &Fact, seq: Seq) {
        self.0.event(world, fact, seq);
        self.1.event(world, fact, seq);
    }

    fn completion(&mut self, world: &World, row: &CompletionRow<'_>) {
        self.0.completion(world, row);
        self.1.completion(world, row);
    }

    fn retry(&mut self, world: &World, row: &RetryRow<'_>) {
        self.0.retry(world, row);
        self.1.retry(world, row);
    }

    fn coverage(&mut self, world: &World, row: &CoverageRow<'_>) {
        self.0.coverage(world, row);
        self.1.coverage(world, row);
    }

    fn availability(&mut self, world: &World, row: &AvailabilityRow) {
        self.0.availability(world, row);
        self.1.availability(world, row);
    }

    fn cron(&mut self, world: &World, row: &CronRow<'_>) {
        self.0.cron(world, row);
        self.1.cron(world, row);
    }

    fn job(&mut self, world: &World, row: &JobRow<'_>) {
        self.0.job(world, row);
        self.1.job(world, row);
    }

    fn pod(&mut self, world: &World, row: &PodRow<'_>) {
        self.0.pod(world, row);
        self.1.pod(world, row);
    }

    fn node(&mut self, world: &World, node: &Node) {
        self.0.node(world, node);
        self.1.node(world, node);
    }

    fn object(&mut self, world: &World, at: Time, object: ObjectRef) {
        self.0.object(world, at, object);
        self.1.object(world, at, object);
    }

    fn arrival(&mut self, world: &World, at: Time, arrival: ArrivalId) {
        self.0.arrival(world, at, arrival);
        self.1.arrival(world, at, arrival);
    }

    fn sample(&mut self, world: &World, at: Time, load: &Load) {
        self.0.sample(world, at, load);
        self.1.sample(world, at, load);
    }
}
