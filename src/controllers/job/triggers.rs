//! When a Job is looked at (JOB-1 to JOB-5). Upstream: `job_controller.go`, the informers' handlers.

use crate::api::View;
use crate::controllers::Wakes;
use crate::world::{Change, JobId, Owner, PodId};

/// Which Jobs a change concerns, and after which delay.
pub(super) fn concerns(view: View<'_>, change: &Change, wakes: &mut Wakes<JobId>) {
    if let Some(pod) = change.pod() {
        pod_changed(view, change, pod, wakes);
    } else if let Change::JobCreated(job)
    | Change::JobUpdated(job)
    | Change::JobDeleting(job)
    | Change::JobDeleted(job) = change
    {
        // Asking for deletion raises the generation too.
        wakes.now(*job);
    } else if let Change::JobStatus { job, .. } = change {
        if is_open(view, *job) {
            wakes.after(*job, view.latency().job_batch);
        } else {
            // JOB-5: what is left is to let pods go that still have the finalizer.
            wakes.now(*job);
        }
    }
}

fn pod_changed(view: View<'_>, change: &Change, pod: PodId, wakes: &mut Wakes<JobId>) {
    // Pulls are told as v1 Events only; the pod object stays as it is.
    if let Change::ContainerPulling { .. } | Change::ContainerPulled { .. } = change {
        return;
    }
    let Some(pod) = view.world.pod(pod) else {
        return;
    };
    let Owner::Job(job) = pod.owner else {
        return;
    };
    if view.world.job(job).spec.managed_by_other {
        return;
    }
    if is_open(view, job) {
        wakes.after(job, view.latency().job_batch);
    } else if pod.finalizer && pod.deleted_at.is_none() {
        wakes.now(job);
    }
}

/// Whether the Job exists and has neither completed nor failed.
fn is_open(view: View<'_>, job: JobId) -> bool {
    let job = view.world.job(job);
    job.exists() && job.status.finished().is_none()
}

#[cfg(test)]
mod tests;
