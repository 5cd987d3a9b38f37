//! CronJobs: their rows, and how they change.

use super::{Change, CronDecision, CronJobId, CronOutcome, JobId, World};
use crate::model::{CronJobSpec, ManifestText, Meta};
use crate::sim::Time;
use std::collections::BTreeSet;

/// A CronJob's status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CronJobStatus {
    /// `active`, in the order in which they were started.
    pub active: Vec<JobId>,
    /// `lastScheduleTime`: the scheduled time, seconds since the Unix epoch.
    pub last_schedule_unix: Option<i64>,
    /// `lastSuccessfulTime`, cut to the second.
    pub last_successful: Option<Time>,
}

/// A CronJob.
#[derive(Debug, Clone)]
pub struct CronJob {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// Its spec.
    pub spec: CronJobSpec,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// Its status.
    pub status: CronJobStatus,
    /// The Jobs that carry its controller reference and exist.
    pub jobs: BTreeSet<JobId>,
    /// Foreground deletion was asked for.
    pub deleting: bool,
    /// Creation.
    pub created_at: Time,
    /// When schedule or time zone came to be as they are: the scheduled times before it were others.
    pub schedule_since: Time,
    /// End of the object.
    pub deleted_at: Option<Time>,
}

impl CronJob {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }
}

impl World {
    /// Creates a CronJob.
    pub(crate) fn create_cronjob(
        &mut self,
        meta: Meta,
        spec: CronJobSpec,
        manifest: ManifestText,
    ) -> CronJobId {
        let id = CronJobId::at(self.cronjobs.len());
        let key = (meta.namespace.clone(), meta.name.clone());
        let before = self.cronjob_names.insert(key, id);
        assert!(before.is_none(), "CronJob {} is created twice", meta.name);
        self.cronjobs.push(CronJob {
            meta,
            spec,
            manifest,
            status: CronJobStatus::default(),
            jobs: BTreeSet::new(),
            deleting: false,
            created_at: self.now,
            schedule_since: self.now,
            deleted_at: None,
        });
        self.push(Change::CronJobCreated(id));
        id
    }

    /// Replaces a CronJob's spec and metadata; a change only if the spec differs.
    pub(crate) fn update_cronjob(
        &mut self,
        id: CronJobId,
        meta: Meta,
        spec: CronJobSpec,
        manifest: ManifestText,
    ) {
        let cronjob = &mut self.cronjobs[id.index()];
        cronjob.meta = meta;
        cronjob.manifest = manifest;
        if cronjob.spec == spec {
            return;
        }
        let before = std::mem::replace(&mut cronjob.spec, spec);
        let spec = &cronjob.spec;
        let schedule =
            before.schedule_text != spec.schedule_text || before.zone_text != spec.zone_text;
        let suspend = (before.suspend != spec.suspend).then_some(spec.suspend);
        if schedule {
            cronjob.schedule_since = self.now;
        }
        self.push(Change::CronJobUpdated {
            cronjob: id,
            schedule,
        });
        match suspend {
            Some(true) => self.push(Change::CronJobSuspended(id)),
            Some(false) => self.push(Change::CronJobResumed(id)),
            None => {}
        }
    }

    /// Writes a CronJob's status; a change only where it differs.
    pub(crate) fn write_cronjob_status(&mut self, id: CronJobId, status: CronJobStatus) {
        let cronjob = &mut self.cronjobs[id.index()];
        if cronjob.status != status {
            cronjob.status = status;
            self.push(Change::CronJobStatus(id));
        }
    }

    /// Notes what became of scheduled times.
    pub(crate) fn note_cron_decisions(&mut self, id: CronJobId, decisions: Vec<CronDecision>) {
        for decision in decisions {
            debug_assert!(
                decision.job.is_some()
                    || !matches!(
                        decision.outcome,
                        CronOutcome::Started | CronOutcome::Replaced | CronOutcome::Manual
                    ),
                "a started time has a Job"
            );
            self.push(Change::CronJobDecided {
                cronjob: id,
                decision,
            });
        }
    }

    /// Marks a CronJob for foreground deletion (CP-G2).
    pub(crate) fn mark_cronjob_deleting(&mut self, id: CronJobId) {
        if !std::mem::replace(&mut self.cronjobs[id.index()].deleting, true) {
            self.push(Change::CronJobDeleting(id));
        }
    }

    /// Ends a CronJob's object; its Jobs stay until somebody deletes them.
    pub(crate) fn remove_cronjob(&mut self, id: CronJobId) {
        let now = self.now;
        let cronjob = &mut self.cronjobs[id.index()];
        assert!(
            cronjob.exists(),
            "CronJob {} is deleted twice",
            cronjob.meta.name
        );
        cronjob.deleted_at = Some(now);
        let key = (cronjob.meta.namespace.clone(), cronjob.meta.name.clone());
        self.cronjob_names.remove(&key);
        self.push(Change::CronJobDeleted(id));
    }
}
