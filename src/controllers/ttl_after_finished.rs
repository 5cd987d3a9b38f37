//! Deletes finished Jobs once their time is over (JOB-83).
//!
//! Upstream: `pkg/controller/ttlafterfinished/ttlafterfinished_controller.go`. Its second look at the API
//! before a deletion is left out: here a reconciler sees the truth itself.

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::Cascade;
use crate::sim::Time;
use crate::world::{Call, Change, ControllerKind, Job, JobId, OwnerRef};

/// The controller's decisions; it remembers nothing.
#[derive(Debug, Default)]
pub struct TtlReconciler;

/// When a Job is to be deleted; `None`: not by this controller, or not yet known.
fn expires_at(job: &Job) -> Option<Time> {
    if !job.exists() || job.deleting {
        return None;
    }
    let finished = job.status.finished()?;
    Some(finished.changed_at + job.spec.ttl_after_finished?)
}

impl Reconcile for TtlReconciler {
    type Key = JobId;

    const KIND: ControllerKind = ControllerKind::TtlAfterFinished;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<JobId>) {
        if let Change::JobCreated(job) | Change::JobUpdated(job) | Change::JobStatus { job, .. } =
            change
            && expires_at(view.world.job(*job)).is_some()
        {
            wakes.now(*job);
        }
    }

    fn reconcile(&mut self, view: View<'_>, key: JobId, _: Progress, plan: &mut Plan) -> Requeue {
        let Some(expires_at) = expires_at(view.world.job(key)) else {
            return Requeue::Done;
        };
        if view.now() < expires_at {
            return Requeue::After(expires_at - view.now());
        }
        plan.call(Call::DeleteObject {
            owner: OwnerRef::Job(key),
            cascade: Cascade::Foreground,
        });
        Requeue::Done
    }
}

#[cfg(test)]
mod tests;
