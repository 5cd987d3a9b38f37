//! Which pod takes the place of a failed one, and which container start is a repetition.
//!
//! A Job's failures wait here until a pod of the Job (of the index, for an Indexed Job) is created: that pod
//! is a retry of the latest of them. With `podReplacementPolicy: TerminatingOrFailed` a pod is replaced as
//! soon as it is being deleted (JOB-17), so it counts as lost from then on, unless the Job had too many pods
//! or was suspended.

use super::rows::{RetryKind, RetryRow};
use crate::sim::{Lookup, Span, Time};
use crate::world::{ContainerIndex, JobConditionKind, JobId, Pod, PodId, World};

/// The exit code of a container that was killed.
const KILLED: i32 = 137;

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
struct Failure {
    at: Time,
    pod: Option<PodId>,
    reason: &'static str,
    exit_code: Option<i32>,
}

/// Failures that nothing has replaced yet.
#[derive(Debug, Default)]
pub(super) struct Retries {
    /// By Job and index; the latest failure is the last one.
    jobs: Lookup<(JobId, Option<i32>), Vec<Failure>>,
    /// The last end of a container that has not been started again.
    containers: Lookup<(PodId, ContainerIndex), Failure>,
    /// Pods whose deletion began while they were alive, and whose Job does not wait for their end.
    given_up: Lookup<PodId, ()>,
}

impl Retries {
    /// A pod of a Job was created: a retry if it replaces a failed one.
    pub(super) fn pod_created<'w>(
        &mut self,
        at: Time,
        job: JobId,
        pod: &'w Pod,
    ) -> Option<RetryRow<'w>> {
        let failure = self.jobs.get_mut(&(job, pod.index))?.pop()?;
        Some(RetryRow {
            at,
            pod,
            job: Some(job),
            attempt: pod.attempt,
            kind: RetryKind::Pod,
            reason: failure.reason,
            exit_code: failure.exit_code,
            backoff: at - failure.at,
        })
    }

    /// A pod of a Job is being deleted.
    pub(super) fn pod_deleting(&mut self, world: &World, at: Time, job: JobId, id: PodId) {
        let (Some(pod), row) = (world.pod(id), world.job(job)) else {
            return;
        };
        if pod.phase.is_terminal() || row.spec.only_replaces_failed() {
            return;
        }
        let seen_before = self.given_up.insert(id, ()).is_some();
        let surplus = row.status.active > row.spec.parallelism;
        if !seen_before && !surplus && !row.spec.suspend {
            self.failures(job, pod.index).push(Failure {
                at,
                pod: Some(id),
                reason: reason(pod, None),
                exit_code: None,
            });
        }
    }

    /// A pod of a Job has failed.
    pub(super) fn pod_failed(&mut self, world: &World, at: Time, job: JobId, id: PodId) {
        let (Some(pod), row) = (world.pod(id), world.job(job)) else {
            return;
        };
        let exit_code = pod.exit_code();
        if self.given_up.contains(&id) {
            // Its place has been taken since its deletion began, or waits to be taken.
            let failures = self.failures(job, pod.index);
            if let Some(failure) = failures.iter_mut().find(|f| f.pod == Some(id)) {
                failure.exit_code = exit_code;
            }
        } else if !row.spec.suspend {
            self.failures(job, pod.index).push(Failure {
                at,
                pod: None,
                reason: reason(pod, exit_code),
                exit_code,
            });
        }
    }

    /// A Job's condition changed: what failed before a suspension is not replaced, but started anew.
    pub(super) fn job_condition(&mut self, world: &World, job: JobId, kind: JobConditionKind) {
        match kind {
            JobConditionKind::Suspended | JobConditionKind::Failed | JobConditionKind::Complete => {
                self.forget_job(world, job);
            }
            JobConditionKind::FailureTarget | JobConditionKind::SuccessCriteriaMet => {}
        }
    }

    /// The Job makes no pods any more.
    pub(super) fn forget_job(&mut self, world: &World, job: JobId) {
        self.jobs.remove(&(job, None));
        for index in world.job(job).by_index.keys() {
            self.jobs.remove(&(job, Some(*index)));
        }
    }

    /// A container ended.
    pub(super) fn container_exited(
        &mut self,
        at: Time,
        pod: PodId,
        container: ContainerIndex,
        exit_code: i32,
    ) {
        let failure = Failure {
            at,
            pod: None,
            reason: exit_reason(exit_code),
            exit_code: Some(exit_code),
        };
        self.containers.insert((pod, container), failure);
    }

    /// A container started: a retry if it had ended before.
    pub(super) fn container_started<'w>(
        &mut self,
        at: Time,
        id: PodId,
        pod: &'w Pod,
        container: ContainerIndex,
        job: Option<JobId>,
    ) -> Option<RetryRow<'w>> {
        let failure = self.containers.remove(&(id, container))?;
        Some(RetryRow {
            at,
            pod,
            job,
            attempt: pod.attempt + pod.containers[usize::from(container)].restarts,
            kind: RetryKind::Container,
            reason: failure.reason,
            exit_code: failure.exit_code,
            backoff: (at - failure.at).max(Span::ZERO),
        })
    }

    /// The pod is gone.
    pub(super) fn forget_pod(&mut self, id: PodId, pod: &Pod) {
        self.given_up.remove(&id);
        for container in 0..pod.containers.len() {
            if let Ok(container) = ContainerIndex::try_from(container) {
                self.containers.remove(&(id, container));
            }
        }
    }

    fn failures(&mut self, job: JobId, index: Option<i32>) -> &mut Vec<Failure> {
        self.jobs.get_or_insert_with((job, index), Vec::new)
    }
}

/// Why a pod was lost: the kubelet's reason, the disruption, or how its container ended.
fn reason(pod: &Pod, exit_code: Option<i32>) -> &'static str {
    if let Some(reason) = pod.reason {
        return reason.name();
    }
    if let Some(reason) = pod.disruption {
        return reason.name();
    }
    match exit_code {
        Some(exit_code) if pod.deletion.is_none() => exit_reason(exit_code),
        Some(_) | None if pod.deletion.is_some() => "Deleted",
        Some(_) | None => "",
    }
}

/// The reason of a terminated container. Only the kernel kills one that nobody asked to stop.
fn exit_reason(exit_code: i32) -> &'static str {
    match exit_code {
        0 => "Completed",
        KILLED => "OOMKilled",
        _ => "Error",
    }
}
