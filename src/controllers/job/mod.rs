//! The Job controller: the story of one sync (JOB-20).
//!
//! A sync looks at the world once and decides everything: how the Job ends, if it does (`verdict.rs`), which
//! pods start and which go (`manage.rs`), which ended pods are counted (`status.rs`). Its plan is what upstream
//! does in the same order: deletions or creations, the status with the names of the pods to be counted, their
//! finalizers, the status with the counters. The numbers written are those of the start (JOB-72, JOB-74).
//!
//! Upstream: `pkg/controller/job/job_controller.go` (`syncJob`). Left out: adoption, `PodGroup`s, and the
//! expectations, since a key is not free until its plan is carried out. A deletion is never refused here.

mod backoff;
mod failure_policy;
mod indexes;
mod manage;
mod pods;
mod status;
mod success_policy;
#[cfg(test)]
pub(in crate::controllers) mod testing;
#[cfg(test)]
mod tests;
mod triggers;
mod verdict;

pub use indexes::Indexes;

use super::{ErrorBackoff, Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::sim::{Span, Time};
use crate::world::{Call, Change, ControllerKind, Job, JobId, JobStatus, StatusDraft, World};
use pods::{Census, IndexState, count};
use status::{Ending, Tracking};
use std::collections::BTreeMap;
use verdict::{Deadline, Verdict};

/// The controller's decisions, and what it remembers of the Jobs that have not ended.
#[derive(Debug, Default)]
pub struct JobReconciler {
    records: BTreeMap<JobId, backoff::Record>,
    /// Second status writes of syncs whose first part is being carried out.
    endings: BTreeMap<JobId, Ending>,
}

/// A Job and its pods at the start of a sync.
#[derive(Debug)]
struct Sync<'w> {
    world: &'w World,
    id: JobId,
    job: &'w Job,
    now: Time,
    /// JOB-8; of the first sync the moment itself.
    start_time: Option<Time>,
    census: Census<'w>,
    indexes: Option<IndexState<'w>>,
    /// Pods that succeeded, or indexes that did.
    succeeded: i32,
    record: backoff::Record,
}

impl<'w> Sync<'w> {
    fn of(world: &'w World, id: JobId, record: backoff::Record) -> Self {
        let job = world.job(id);
        let now = world.now();
        let census = Census::of(world, job);
        let indexes = IndexState::of(world, job, &census);
        let succeeded = match &indexes {
            Some(state) => state.succeeded.total(),
            None => job.status.succeeded.saturating_add(count(
                census.new_succeeded.len() + census.uncounted.succeeded.len(),
            )),
        };
        Self {
            world,
            id,
            job,
            now,
            start_time: job
                .status
                .start_time
                .or_else(|| (!job.spec.suspend).then_some(now)),
            record: census.update_record(world, record),
            census,
            indexes,
            succeeded,
        }
    }
}

impl Reconcile for JobReconciler {
    type Key = JobId;

    const KIND: ControllerKind = ControllerKind::Job;

    /// JOB-C2.
    const BACKOFF: ErrorBackoff = ErrorBackoff {
        base: Span::from_secs(1),
        cap: Span::from_secs(60),
    };

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<JobId>) {
        triggers::concerns(view, change, wakes);
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: JobId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let job = view.world.job(key);
        if job.exists() && job.spec.managed_by_other {
            return Requeue::Done;
        }
        if !job.exists() || job.status.finished().is_some() {
            self.records.remove(&key);
            self.endings.remove(&key);
            release_orphans(view.world, job, plan);
            return Requeue::Done;
        }
        if progress.stage > 0 {
            return self.end(view, key, progress, plan);
        }
        self.sync(view, key, plan)
    }
}

impl JobReconciler {
    /// JOB-20: everything up to the finalizers of the pods that are counted now.
    fn sync(&mut self, view: View<'_>, key: JobId, plan: &mut Plan) -> Requeue {
        let record = self.records.get(&key).copied().unwrap_or_default();
        let sync = Sync::of(view.world, key, record);
        let mut status = sync.job.status.clone();
        status.start_time = sync.start_time.map(|start| view.world.api_time(start));

        let mut verdict = decide(&sync, plan);
        let decision = match &verdict {
            Some(_) => manage::stop(&sync),
            None if sync.job.deleting => manage::Decision::default(),
            None => manage::manage(&sync),
        };
        status::set_numbers(&sync, &decision, &mut status);
        if verdict.is_none() {
            let completions = sync.job.spec.completions;
            verdict = verdict::by_completions(completions, sync.succeeded, status.active);
            let is_managed = verdict.is_none() && !sync.job.deleting;
            if is_managed && status::set_suspended(&sync, &mut status) {
                plan.event();
            }
        }
        let tracking = status::track(&sync, &decision, verdict, status);
        if tracking.first.is_some() {
            // JOB-45: remembered together with a status write.
            self.records.insert(key, sync.record);
        }
        if let Some(wait) = decision.wait {
            plan.look_again_at(sync.now + wait.max(view.latency().job_batch));
        }
        self.carry_out(key, decision, tracking, plan)
    }

    /// Puts the steps of a sync into the plan.
    fn carry_out(
        &mut self,
        key: JobId,
        decision: manage::Decision<'_>,
        tracking: Tracking,
        plan: &mut Plan,
    ) -> Requeue {
        if decision.release {
            let tracked = decision.delete.iter().filter(|(_, pod)| pod.finalizer);
            let released = tracked.map(|&(pod, _)| Call::RemoveFinalizer { pod });
            plan.together(released.collect(), false);
        }
        let deletions = decision.delete.iter().map(|&(pod, _)| Call::DeletePod {
            pod,
            grace: None,
            disruption: None,
        });
        plan.together(deletions.collect(), true);
        let creates = !decision.create.is_empty();
        plan.slow_start(decision.create.into_iter().map(Call::CreatePod).collect());
        if let Some(status) = tracking.first {
            plan.call(write(key, status, creates));
        }
        let release = tracking.release.into_iter();
        plan.together(
            release.map(|pod| Call::RemoveFinalizer { pod }).collect(),
            false,
        );
        let ending = tracking.ending;
        if creates || ending.is_changed || ending.verdict.is_some() {
            self.endings.insert(key, ending);
            Requeue::Continue
        } else {
            Requeue::Done
        }
    }

    /// The counters and the final condition, written when the finalizers are off (JOB-70, JOB-72).
    fn end(&mut self, view: View<'_>, key: JobId, progress: Progress, plan: &mut Plan) -> Requeue {
        let Some(ending) = self.endings.remove(&key) else {
            return Requeue::Done;
        };
        let lost = progress.refused.saturating_add(progress.skipped);
        let lost = i32::try_from(lost).unwrap_or(i32::MAX).min(ending.created);
        let mut status = ending.status;
        status.active -= lost;
        let is_over = ending.verdict.is_some();
        if let Some((verdict, completed_at)) = ending.verdict {
            let completions = view.world.job(key).spec.completions;
            finish(view, &verdict, completed_at, &mut status);
            if verdict.success && completions.is_some_and(|wanted| status.succeeded > wanted) {
                // JOB-95: a warning of its own.
                plan.event();
            }
            plan.event();
        }
        if ending.is_changed || is_over {
            plan.call(write(key, status, false));
        }
        if lost > 0 {
            Requeue::Backoff
        } else {
            Requeue::Done
        }
    }
}

/// Items 1 to 7 of JOB-20; a deadline that is still to come is looked at again when it does.
fn decide(sync: &Sync<'_>, plan: &mut Plan) -> Option<Verdict> {
    let verdict = verdict::before_deadline(sync);
    if verdict.is_some() {
        return verdict;
    }
    match verdict::deadline(sync) {
        Deadline::Past => return Some(verdict::deadline_exceeded()),
        Deadline::At(at) => plan.look_again_at(at),
        Deadline::None => {}
    }
    verdict::by_indexes(sync)
}

/// JOB-70, JOB-76: the final condition; its time is that of the write.
fn finish(view: View<'_>, verdict: &Verdict, completed_at: Time, status: &mut JobStatus) {
    let now = view.world.api_time(view.now());
    let last = status::condition(verdict.terminal(), &verdict.reason, &verdict.message, now);
    status::set_condition(&mut status.conditions, last);
    if verdict.success {
        status.completion_time = Some(completed_at);
    }
}

/// JOB-5, JOB-77: pods of a Job that has ended or is gone must not wait for it.
fn release_orphans(world: &World, job: &Job, plan: &mut Plan) {
    let pods = job.pods.values().copied();
    let held = pods.filter(|&pod| world.live_pod(pod).is_some_and(|pod| pod.finalizer));
    plan.together(
        held.map(|pod| Call::RemoveFinalizer { pod }).collect(),
        false,
    );
}

fn write(job: JobId, status: JobStatus, counts_creations: bool) -> Call {
    Call::WriteJobStatus {
        job,
        draft: Box::new(StatusDraft {
            status,
            counts_creations,
        }),
    }
}
