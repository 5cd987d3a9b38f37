//! Turns facts into rows, and keeps what a row needs that the world does not remember.

use super::event_names::Subject;
use super::load::PodLoad;
use super::retries::Retries;
use super::rows::{
    AvailabilityRow, CompletionRow, CoverageRow, CronRow, JobRow, ObjectRef, PodRow, ReplicatedId,
    RetryRow, Rows,
};
use super::{Load, extended_resources};
use crate::model::Model;
use crate::sim::Time;
use crate::world::{
    Change, CronJobId, CronOutcome, DaemonSetId, DeploymentId, Fact, JobConditionKind, JobId,
    NodeId, Owner, Pod, PodId, ReplicaSetId, StatefulSetId, WorkloadChange, World,
};
use slotmap::SecondaryMap;

/// In a second.
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A pod whose object exists.
#[derive(Debug, Clone, Copy)]
struct LivePod {
    /// The owner at its creation: it may be orphaned (CP-G3).
    owner: Owner,
    load: PodLoad,
}

#[derive(Debug, Clone, Copy, Default)]
struct JobHistory {
    /// The CronJob at its creation: it may be orphaned (CP-G3).
    cronjob: Option<CronJobId>,
    retries: u32,
    first_pod_ran_at: Option<Time>,
}

/// Makes rows of facts.
#[derive(Debug)]
pub struct Timeline {
    load: Load,
    retries: Retries,
    pods: SecondaryMap<PodId, LivePod>,
    jobs: Vec<JobHistory>,
}

impl Timeline {
    /// For a run of `model`.
    pub fn new(model: &Model) -> Self {
        Self {
            load: Load::new(extended_resources(model), model.warm_up),
            retries: Retries::default(),
            pods: SecondaryMap::new(),
            jobs: Vec::new(),
        }
    }

    /// How full the cluster is.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Something has happened.
    pub fn record(&mut self, world: &World, fact: &Fact, rows: &mut impl Rows) {
        if let Some(seq) = fact.seq {
            rows.event(world, fact, seq);
        }
        match Subject::of(&fact.change) {
            Subject::Node(node) => self.record_node(world, fact, node, rows),
            Subject::Pod(pod) => self.record_pod(world, fact, pod, rows),
            Subject::Job(job) => self.record_job(world, fact, job, rows),
            Subject::CronJob(cronjob) => record_cronjob(world, fact, cronjob, rows),
            Subject::DaemonSet(daemonset) => record_daemonset(world, fact, daemonset, rows),
            Subject::Deployment(id) => record_deployment(world, fact, id, rows),
            Subject::ReplicaSet(id) => record_replicaset(world, fact, id, rows),
            Subject::StatefulSet(id) => record_statefulset(world, fact, id, rows),
            Subject::DisruptionBudget(_) | Subject::Pool(_) | Subject::Action => {
                if let Change::Arrived(arrival) = fact.change {
                    rows.arrival(world, fact.at, arrival);
                }
            }
        }
    }

    /// A moment of the sampling grid.
    pub fn sample(&mut self, world: &World, at: Time, rows: &mut impl Rows) {
        rows.sample(world, at, &self.load);
    }

    /// The run is over: rows for all objects that are left, in order of creation.
    pub fn finish(&mut self, world: &World, end: Time, rows: &mut impl Rows) {
        for (id, job) in world.all_jobs() {
            if job.exists() {
                self.job_row(world, id, rows);
            }
        }
        let mut pods: Vec<_> = world
            .pods()
            .map(|(id, pod)| (pod.number, id, pod))
            .collect();
        pods.sort_unstable_by_key(|(number, ..)| *number);
        for (_, id, pod) in pods {
            let owner = self.pods.get(id).map_or(pod.owner, |live| live.owner);
            rows.pod(
                world,
                &PodRow {
                    at: end,
                    pod,
                    owner,
                },
            );
        }
        for (_, node) in world.nodes() {
            rows.node(world, node);
        }
        self.load.finish(end);
    }

    fn record_node(&mut self, world: &World, fact: &Fact, id: NodeId, rows: &mut impl Rows) {
        self.load.node_changed(world, fact, id);
        let change = &fact.change;
        if matches!(
            change,
            Change::NodeAdded(_)
                | Change::NodeTainted { .. }
                | Change::NodeUntainted { .. }
                | Change::NodeCordoned(_)
                | Change::NodeUncordoned(_)
        ) {
            rows.object(world, fact.at, ObjectRef::Node(id));
        } else if matches!(change, Change::NodeRemoved(_)) {
            rows.node(world, world.node(id));
        }
    }

    fn record_pod(&mut self, world: &World, fact: &Fact, id: PodId, rows: &mut impl Rows) {
        let at = fact.at;
        let pod = world
            .pod(id)
            .expect("a pod's row stays until its deletion has been recorded");
        if let Change::PodCreated(_) = fact.change {
            let load = self.load.pod_created(at);
            let owner = pod.owner;
            self.pods.insert(id, LivePod { owner, load });
            if let Owner::Job(job) = owner {
                let retry = self.retries.pod_created(at, job, pod);
                self.retry(world, retry, rows);
            }
            return;
        }
        self.pod_load(world, at, pod, id, &fact.change);
        let owner = self.pods.get(id).map_or(pod.owner, |live| live.owner);
        let job = match owner {
            Owner::Job(job) => Some(job),
            Owner::DaemonSet(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_) | Owner::None => {
                None
            }
        };
        if let Change::ContainerStarted { container, .. } = fact.change {
            let retry = self.retries.container_started(at, id, pod, container, job);
            self.retry(world, retry, rows);
        } else if let Change::ContainerExited {
            container,
            exit_code,
            ..
        } = fact.change
        {
            self.retries.container_exited(at, id, container, exit_code);
        } else if let Change::PodDeleted(_) = fact.change {
            self.retries.forget_pod(id, pod);
            self.pods.remove(id);
            rows.pod(world, &PodRow { at, pod, owner });
        }
        if let Some(job) = job {
            self.pod_of_job(world, at, job, id, &fact.change);
        }
    }

    /// Keeps count of what runs where.
    fn pod_load(&mut self, world: &World, at: Time, pod: &Pod, id: PodId, change: &Change) {
        let live = self
            .pods
            .get_mut(id)
            .expect("a pod is created before anything else happens to it");
        let (owner, load) = (live.owner, &mut live.load);
        if let Change::PodScheduled(_) = change {
            self.load.pod_scheduled(world, at, pod, owner, load);
        } else if let Change::PodStarted(_) = change {
            self.load.pod_started(at, load);
        } else if let Change::PodSucceeded(_) | Change::PodFailed(_) | Change::PodDeleted(_) =
            change
        {
            self.load.pod_ended(world, at, pod, owner, load);
        }
    }

    fn pod_of_job(&mut self, world: &World, at: Time, job: JobId, id: PodId, change: &Change) {
        if let Change::PodStarted(_) | Change::PodSucceeded(_) = change {
            self.job(job).first_pod_ran_at.get_or_insert(at);
        } else if let Change::PodDeleting(_) = change {
            self.retries.pod_deleting(world, at, job, id);
        } else if let Change::PodFailed(_) = change {
            self.retries.pod_failed(world, at, job, id);
        }
    }

    fn record_job(&mut self, world: &World, fact: &Fact, id: JobId, rows: &mut impl Rows) {
        let at = fact.at;
        if let Change::JobCreated(_) = fact.change {
            self.job(id).cronjob = world.job(id).cronjob;
            rows.object(world, at, ObjectRef::Job(id));
        } else if let Change::JobUpdated(_) = fact.change {
            rows.object(world, at, ObjectRef::Job(id));
        } else if let Change::JobStatus { conditions: 0, .. } = fact.change {
            self.completion(world, at, id, None, rows);
        } else if let Change::JobCondition { kind, status, .. } = fact.change {
            self.retries.job_condition(world, id, kind);
            self.completion(world, at, id, Some((kind, status)), rows);
        } else if let Change::JobDeleted(_) = fact.change {
            self.retries.forget_job(world, id);
            self.job_row(world, id, rows);
        }
    }

    fn completion(
        &mut self,
        world: &World,
        at: Time,
        id: JobId,
        condition: Option<(JobConditionKind, bool)>,
        rows: &mut impl Rows,
    ) {
        let cronjob = self.job(id).cronjob;
        let row = CompletionRow {
            at,
            job: world.job(id),
            cronjob: cronjob.map(|cronjob| world.cronjob(cronjob)),
            condition,
        };
        rows.completion(world, &row);
    }

    fn retry(&mut self, world: &World, row: Option<RetryRow<'_>>, rows: &mut impl Rows) {
        let Some(row) = row else { return };
        if let Some(job) = row.job {
            self.job(job).retries += 1;
        }
        rows.retry(world, &row);
    }

    fn job_row(&mut self, world: &World, id: JobId, rows: &mut impl Rows) {
        let (job, history) = (world.job(id), *self.job(id));
        let row = JobRow {
            job,
            cronjob: history.cronjob,
            retries: history.retries,
            first_pod_wait: history.first_pod_ran_at.map(|at| at - job.created_at),
        };
        rows.job(world, &row);
    }

    fn job(&mut self, id: JobId) -> &mut JobHistory {
        if self.jobs.len() <= id.index() {
            self.jobs.resize(id.index() + 1, JobHistory::default());
        }
        &mut self.jobs[id.index()]
    }
}

fn record_cronjob(world: &World, fact: &Fact, id: CronJobId, rows: &mut impl Rows) {
    if let Change::CronJobCreated(_) | Change::CronJobUpdated { .. } = fact.change {
        rows.object(world, fact.at, ObjectRef::CronJob(id));
    } else if let Change::CronJobDecided { decision, .. } = &fact.change {
        let starts = decision.outcome == CronOutcome::Started;
        let scheduled = decision.scheduled_unix.filter(|_| starts);
        let row = CronRow {
            at: fact.at,
            id,
            cronjob: world.cronjob(id),
            decision,
            job: decision.job.map(|job| world.job(job)),
            late: scheduled.map(|unix| {
                let scheduled_at = world.time_of_unix_nanos(unix.saturating_mul(NANOS_PER_SECOND));
                fact.at - scheduled_at
            }),
        };
        rows.cron(world, &row);
    }
}

fn record_daemonset(world: &World, fact: &Fact, id: DaemonSetId, rows: &mut impl Rows) {
    if let Change::DaemonSetCreated(_) | Change::DaemonSetUpdated(_) = fact.change {
        rows.object(world, fact.at, ObjectRef::DaemonSet(id));
    } else if let Change::DaemonSetStatus(_) = fact.change {
        let (at, daemonset) = (fact.at, world.daemonset(id));
        rows.coverage(world, &CoverageRow { at, id, daemonset });
    }
}

/// Whether the object is new, or has a new spec.
fn is_respecified(change: &Change) -> bool {
    let (Change::Deployment(_, change)
    | Change::ReplicaSet(_, change)
    | Change::StatefulSet(_, change)) = change
    else {
        return false;
    };
    matches!(change, WorkloadChange::Created | WorkloadChange::Updated)
}

fn record_deployment(world: &World, fact: &Fact, id: DeploymentId, rows: &mut impl Rows) {
    if is_respecified(&fact.change) {
        rows.object(world, fact.at, ObjectRef::Deployment(id));
    } else if let Change::Deployment(_, WorkloadChange::Status) = fact.change {
        let deployment = world.deployment(id);
        let row = AvailabilityRow {
            at: fact.at,
            id: ReplicatedId::Deployment(id),
            replicas: deployment.spec.replicas,
            available: deployment.status.available,
        };
        rows.availability(world, &row);
    }
}

fn record_replicaset(world: &World, fact: &Fact, id: ReplicaSetId, rows: &mut impl Rows) {
    if is_respecified(&fact.change) {
        rows.object(world, fact.at, ObjectRef::ReplicaSet(id));
    }
}

fn record_statefulset(world: &World, fact: &Fact, id: StatefulSetId, rows: &mut impl Rows) {
    if is_respecified(&fact.change) {
        rows.object(world, fact.at, ObjectRef::StatefulSet(id));
    } else if let Change::StatefulSet(_, WorkloadChange::Status) = fact.change {
        let statefulset = world.statefulset(id);
        let row = AvailabilityRow {
            at: fact.at,
            id: ReplicatedId::StatefulSet(id),
            replicas: statefulset.spec.replicas,
            available: statefulset.status.available,
        };
        rows.availability(world, &row);
    }
}
