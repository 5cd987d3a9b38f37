//! Jobs: their rows, and how they change.

use super::{ArrivalId, Change, CronJobId, JobId, PodId, PodNumber, TemplateId, World};
use crate::model::{JobSpec, ManifestText, Meta, Name};
use crate::sim::Time;
use std::collections::BTreeMap;

/// Types of a Job's conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the types are Kubernetes' own")]
pub enum JobConditionKind {
    Suspended,
    FailureTarget,
    SuccessCriteriaMet,
    Failed,
    Complete,
}

impl JobConditionKind {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suspended => "Suspended",
            Self::FailureTarget => "FailureTarget",
            Self::SuccessCriteriaMet => "SuccessCriteriaMet",
            Self::Failed => "Failed",
            Self::Complete => "Complete",
        }
    }
}

/// A condition of a Job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCondition {
    /// Its type.
    pub kind: JobConditionKind,
    /// True or False.
    pub status: bool,
    /// Its reason (JOB section 9).
    pub reason: Name,
    /// Its message.
    pub message: Name,
    /// `lastTransitionTime`, cut to the second (JOB-9).
    pub changed_at: Time,
}

/// `status.uncountedTerminatedPods` (JOB-72).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uncounted {
    /// Succeeded pods that still have their finalizer.
    pub succeeded: Vec<PodId>,
    /// Failed ones.
    pub failed: Vec<PodId>,
}

/// A Job's status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobStatus {
    /// `active`.
    pub active: i32,
    /// `ready`.
    pub ready: i32,
    /// `terminating`.
    pub terminating: i32,
    /// `succeeded`.
    pub succeeded: i32,
    /// `failed`.
    pub failed: i32,
    /// `startTime`, cut to the second.
    pub start_time: Option<Time>,
    /// `completionTime`, cut to the second.
    pub completion_time: Option<Time>,
    /// In order of their coming.
    pub conditions: Vec<JobCondition>,
    /// Pods on their way into the counters.
    pub uncounted: Uncounted,
    /// Completed indexes as inclusive ranges, ascending.
    pub completed_indexes: Vec<(i32, i32)>,
    /// Failed indexes; `None` without `backoffLimitPerIndex` (JOB-75).
    pub failed_indexes: Option<Vec<(i32, i32)>>,
}

impl JobStatus {
    /// The condition of this type, if its status is True.
    pub fn condition(&self, kind: JobConditionKind) -> Option<&JobCondition> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind && condition.status)
    }

    /// JOB-5: Complete or Failed.
    pub fn finished(&self) -> Option<&JobCondition> {
        self.condition(JobConditionKind::Complete)
            .or_else(|| self.condition(JobConditionKind::Failed))
    }
}

/// A Job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// `metadata.uid`: its number among the Jobs of the run in the form of a UUID.
    pub uid: Name,
    /// The CronJob whose controller reference it carries.
    pub cronjob: Option<CronJobId>,
    /// The scheduled time of the CronJob that it was made for, seconds since the Unix epoch; `None`: by hand.
    pub scheduled_unix: Option<i64>,
    /// What it came as, if the scenario's arrivals brought it.
    pub arrival: Option<ArrivalId>,
    /// Its spec.
    pub spec: JobSpec,
    /// Its template, interned.
    pub template: TemplateId,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// `metadata.generation`, from 1.
    pub generation: u32,
    /// Its status.
    pub status: JobStatus,
    /// Foreground deletion was asked for.
    pub deleting: bool,
    /// Creation.
    pub created_at: Time,
    /// The first `startTime`, uncut.
    pub started_at: Option<Time>,
    /// When Complete or Failed was written, uncut.
    pub finished_at: Option<Time>,
    /// End of the object.
    pub deleted_at: Option<Time>,
    /// The pods that belong to it and exist, in order of creation.
    pub pods: BTreeMap<PodNumber, PodId>,
    /// Pods that it ever had.
    pub pods_created: u32,
    /// Pods of it that ever became Failed.
    pub pods_failed: u32,
    /// For Indexed Jobs: pods created and pods Failed, by index.
    pub by_index: BTreeMap<i32, (u32, u32)>,
}

impl Job {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }

    pub(in crate::world) fn note_pod(&mut self, number: PodNumber, pod: PodId, index: Option<i32>) {
        self.pods.insert(number, pod);
        self.pods_created += 1;
        if let Some(index) = index {
            self.by_index.entry(index).or_default().0 += 1;
        }
    }

    pub(in crate::world) fn note_failed_pod(&mut self, index: Option<i32>) {
        self.pods_failed += 1;
        if let Some(index) = index {
            self.by_index.entry(index).or_default().1 += 1;
        }
    }

    pub(in crate::world) fn forget_pod(&mut self, number: PodNumber) {
        self.pods.remove(&number);
    }
}

/// A Job to be put into the world.
#[derive(Debug, Clone)]
pub(crate) struct JobSeed {
    pub(crate) meta: Meta,
    pub(crate) cronjob: Option<CronJobId>,
    pub(crate) scheduled_unix: Option<i64>,
    pub(crate) arrival: Option<ArrivalId>,
    pub(crate) spec: JobSpec,
    pub(crate) manifest: ManifestText,
}

impl World {
    /// Creates a Job.
    pub(crate) fn create_job(&mut self, seed: JobSeed) -> JobId {
        let id = JobId::at(self.jobs.len());
        let key = (seed.meta.namespace.clone(), seed.meta.name.clone());
        let before = self.job_names.insert(key, id);
        assert!(before.is_none(), "Job {} is created twice", seed.meta.name);
        let template = self.templates.intern(&seed.spec.template);
        if let Some(cronjob) = seed.cronjob {
            self.cronjobs[cronjob.index()].jobs.insert(id);
        }
        self.jobs.push(Job {
            meta: seed.meta,
            uid: format!("{:08x}-0000-4000-8000-000000000000", id.0).into(),
            cronjob: seed.cronjob,
            scheduled_unix: seed.scheduled_unix,
            arrival: seed.arrival,
            spec: seed.spec,
            template,
            manifest: seed.manifest,
            generation: 1,
            status: JobStatus::default(),
            deleting: false,
            created_at: self.now,
            started_at: None,
            finished_at: None,
            deleted_at: None,
            pods: BTreeMap::new(),
            pods_created: 0,
            pods_failed: 0,
            by_index: BTreeMap::new(),
        });
        self.push(Change::JobCreated(id));
        id
    }

    /// Replaces a Job's spec and metadata; a change only if the spec differs.
    pub(crate) fn update_job(
        &mut self,
        id: JobId,
        meta: Meta,
        spec: JobSpec,
        manifest: ManifestText,
    ) {
        let template = self.templates.intern(&spec.template);
        let job = &mut self.jobs[id.index()];
        job.meta = meta;
        job.manifest = manifest;
        if job.spec != spec {
            job.spec = spec;
            job.template = template;
            job.generation += 1;
            self.push(Change::JobUpdated(id));
        }
    }

    /// Writes a Job's status; says nothing where nothing changes.
    pub(crate) fn write_job_status(&mut self, id: JobId, status: JobStatus) {
        let now = self.now;
        let job = &mut self.jobs[id.index()];
        if job.status == status {
            return;
        }
        let before = std::mem::replace(&mut job.status, status);
        let changed: Vec<(JobConditionKind, bool)> = job
            .status
            .conditions
            .iter()
            .filter(|condition| {
                !before
                    .conditions
                    .iter()
                    .any(|old| old.kind == condition.kind && old.status == condition.status)
            })
            .map(|condition| (condition.kind, condition.status))
            .collect();
        let started = before.start_time.is_none() && job.status.start_time.is_some();
        if started {
            job.started_at.get_or_insert(now);
        }
        if before.finished().is_none() && job.status.finished().is_some() {
            job.finished_at = Some(now);
        }
        let conditions = u8::try_from(changed.len()).expect("a Job has five condition types");
        self.push(Change::JobStatus {
            job: id,
            conditions,
        });
        if started {
            self.push(Change::JobStarted(id));
        }
        for (kind, status) in changed {
            self.push(Change::JobCondition {
                job: id,
                kind,
                status,
            });
        }
    }

    /// Marks a Job for foreground deletion (CP-G2).
    pub(crate) fn mark_job_deleting(&mut self, id: JobId) {
        if !std::mem::replace(&mut self.jobs[id.index()].deleting, true) {
            self.push(Change::JobDeleting(id));
        }
    }

    /// Ends a Job's object; its pods stay until somebody deletes them.
    pub(crate) fn remove_job(&mut self, id: JobId) {
        let now = self.now;
        let job = &mut self.jobs[id.index()];
        assert!(job.exists(), "Job {} is deleted twice", job.meta.name);
        job.deleted_at = Some(now);
        let key = (job.meta.namespace.clone(), job.meta.name.clone());
        if let Some(cronjob) = job.cronjob {
            self.cronjobs[cronjob.index()].jobs.remove(&id);
        }
        self.job_names.remove(&key);
        self.push(Change::JobDeleted(id));
    }

    /// Takes a Job's owner reference off (CP-G3).
    pub(crate) fn orphan_job(&mut self, id: JobId) {
        if let Some(cronjob) = self.jobs[id.index()].cronjob.take() {
            self.cronjobs[cronjob.index()].jobs.remove(&id);
        }
    }
}
