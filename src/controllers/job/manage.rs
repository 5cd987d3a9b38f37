//! Which pods a Job starts and which it removes (JOB-30 to JOB-40, JOB-46).
//!
//! Upstream: `job_controller.go` (`manageJob`, `activePodsForRemoval`), `controller_utils.go` (`ActivePods`).

use super::Sync;
use super::backoff::remaining_of_index;
use super::pods::{self, Row, active_indexes, count, is_indexed, judge, valid_index};
use crate::model::{ContainerKind, JobSpec};
use crate::sim::Span;
use crate::world::{NewPod, Owner, Pod, World};
use std::cmp::Reverse;

/// JOB-C4: pods created or deleted in one sync.
const MAX_PODS_PER_SYNC: usize = 500;

/// What a sync does to the Job's pods.
#[derive(Debug, Default)]
pub(super) struct Decision<'w> {
    /// Pods to delete.
    pub(super) delete: Vec<Row<'w>>,
    /// Their finalizers go first, so that they never count as failed (JOB-32).
    pub(super) release: bool,
    /// Pods to create.
    pub(super) create: Vec<NewPod>,
    /// Creations are withheld for this long (JOB-34).
    pub(super) wait: Option<Span>,
}

/// JOB-22: the Job is over; all active pods are deleted, and still count.
pub(super) fn stop<'w>(sync: &Sync<'w>) -> Decision<'w> {
    Decision {
        delete: sync.census.active.clone(),
        ..Decision::default()
    }
}

/// Compares the active pods with those wanted.
pub(super) fn manage<'w>(sync: &Sync<'w>) -> Decision<'w> {
    let spec = &sync.job.spec;
    let active = count(sync.census.active.len());
    if spec.suspend {
        return Decision {
            delete: sync.census.active.clone(),
            release: true,
            ..Decision::default()
        };
    }
    let wanted = wanted_active(spec, sync.succeeded, active);
    let surplus = usize::try_from(active - wanted).unwrap_or(0);
    let mut delete = pods_to_remove(sync.world, spec, &sync.census.active, surplus);
    if !delete.is_empty() {
        delete.truncate(MAX_PODS_PER_SYNC);
        return Decision {
            delete,
            release: true,
            ..Decision::default()
        };
    }
    let mut missing = wanted - active;
    if spec.only_replaces_failed() {
        missing -= sync.census.terminating;
    }
    match usize::try_from(missing) {
        Ok(missing) if missing > 0 => start(sync, missing),
        Ok(_) | Err(_) => Decision::default(),
    }
}

/// JOB-30: how many pods are to be active.
pub(super) fn wanted_active(spec: &JobSpec, succeeded: i32, active: i32) -> i32 {
    match spec.completions {
        None if succeeded > 0 => active,
        None => spec.parallelism,
        Some(completions) => spec.parallelism.min(completions - succeeded).max(0),
    }
}

/// Creates up to `missing` pods, unless a back-off stands against it.
fn start<'w>(sync: &Sync<'w>, missing: usize) -> Decision<'w> {
    let spec = &sync.job.spec;
    if spec.backoff_limit_per_index.is_none() {
        let wait = sync.record.remaining(sync.now);
        if wait > Span::ZERO {
            return withheld(wait);
        }
    }
    let missing = missing.min(MAX_PODS_PER_SYNC);
    if !is_indexed(spec) {
        return Decision {
            create: vec![new_pod(sync, None); missing],
            ..Decision::default()
        };
    }
    let mut indexes = first_pending_indexes(sync, missing);
    if spec.backoff_limit_per_index.is_some() {
        match ready_indexes(sync, indexes) {
            Ok(ready) => indexes = ready,
            Err(wait) => return withheld(wait),
        }
    }
    let create = indexes.into_iter().map(|index| new_pod(sync, Some(index)));
    Decision {
        create: create.collect(),
        ..Decision::default()
    }
}

fn withheld<'w>(wait: Span) -> Decision<'w> {
    Decision {
        wait: Some(wait),
        ..Decision::default()
    }
}

/// JOB-38: the lowest indexes that have no pod and are not done, those in back-off included (JOB-46).
fn first_pending_indexes(sync: &Sync<'_>, most: usize) -> Vec<i32> {
    let Some(state) = &sync.indexes else {
        return Vec::new();
    };
    let spec = &sync.job.spec;
    let mut taken = state.succeeded.with(active_indexes(&sync.census.active));
    if spec.only_replaces_failed() {
        let terminating = sync.census.pods.iter();
        let terminating: Vec<Row<'_>> = terminating
            .filter(|(_, pod)| pod.is_terminating())
            .copied()
            .collect();
        taken = taken.with(active_indexes(&terminating));
    }
    if let Some(failed) = &state.failed {
        taken = taken.merge(failed);
    }
    taken.first_missing(most, spec.completions.unwrap_or(0))
}

/// JOB-46: those of the indexes whose wait is over; if there is none, the shortest wait.
fn ready_indexes(sync: &Sync<'_>, indexes: Vec<i32>) -> Result<Vec<i32>, Span> {
    let held = sync.indexes.as_ref().map(|state| &state.held);
    let wait = |index: &i32| {
        held.and_then(|held| held.get(index))
            .map_or(Span::ZERO, |(_, pod)| {
                remaining_of_index(sync.world, sync.now, pod)
            })
    };
    let shortest = indexes.iter().map(wait).min().unwrap_or(Span::ZERO);
    if shortest > Span::ZERO {
        return Err(shortest);
    }
    Ok(indexes
        .into_iter()
        .filter(|index| wait(index).is_zero())
        .collect())
}

fn new_pod(sync: &Sync<'_>, index: Option<i32>) -> NewPod {
    let held = sync.indexes.as_ref().zip(index);
    let replaced = held.and_then(|(state, index)| state.held.get(&index));
    NewPod {
        owner: Owner::Job(sync.id),
        template: sync.job.template,
        index,
        target: None,
        revision: None,
        index_failures: replaced.map_or((0, 0), |(_, pod)| next_index_failures(sync, pod)),
    }
}

/// JOB-47: the counters of the pod that replaces this one.
fn next_index_failures(sync: &Sync<'_>, replaced: &Pod) -> (i32, i32) {
    let (counted, ignored) = replaced.index_failures;
    if judge(sync.world, &sync.job.spec, replaced).counted {
        (counted.saturating_add(1), ignored)
    } else {
        (counted, ignored.saturating_add(1))
    }
}

/// JOB-39: at least `surplus` active pods to remove, the first in rank first; of an Indexed Job also those
/// whose index is not the Job's, or another pod's.
fn pods_to_remove<'w>(
    world: &World,
    spec: &JobSpec,
    active: &[Row<'w>],
    surplus: usize,
) -> Vec<Row<'w>> {
    let (mut remove, mut left) = if is_indexed(spec) {
        split_by_index(world, spec, active)
    } else if surplus > 0 {
        (Vec::new(), active.to_vec())
    } else {
        return Vec::new();
    };
    if remove.len() < surplus {
        rank(world, &mut left);
        left.truncate(surplus - remove.len());
        remove.append(&mut left);
    }
    remove
}

/// Pods with an invalid or a doubled index, and the others.
fn split_by_index<'w>(
    world: &World,
    spec: &JobSpec,
    active: &[Row<'w>],
) -> (Vec<Row<'w>>, Vec<Row<'w>>) {
    let (mut remove, mut left) = (Vec::new(), Vec::with_capacity(active.len()));
    let mut by_index: Vec<(i32, Row<'w>)> = Vec::with_capacity(active.len());
    for &(id, pod) in active {
        match valid_index(spec, pod) {
            Some(index) => by_index.push((index, (id, pod))),
            None => remove.push((id, pod)),
        }
    }
    by_index.sort_by_key(|(index, _)| *index);
    for same in by_index.chunk_by(|(index, _), (other, _)| index == other) {
        if let [(_, pod)] = same {
            left.push(*pod);
            continue;
        }
        let mut same: Vec<Row<'w>> = same.iter().map(|(_, pod)| *pod).collect();
        rank(world, &mut same);
        left.extend(same.pop());
        remove.append(&mut same);
    }
    (remove, left)
}

/// JOB-39: the pods to be deleted first come first; the name breaks ties.
fn rank(world: &World, pods: &mut [Row<'_>]) {
    pods.sort_by_cached_key(|(_, pod)| {
        let ready_at = pod.ready_changed_at.filter(|_| pod.ready);
        (
            (pod.node.is_some(), pod.phase, pod.ready, Reverse(ready_at)),
            Reverse(most_restarts(world, pod)),
            Reverse(world.api_time(pod.created_at)),
            pod.name.clone(),
        )
    });
}

/// The highest restart count of a regular container, and of a sidecar.
fn most_restarts(world: &World, pod: &Pod) -> (u32, u32) {
    let containers = &world.template_of(pod).spec.containers;
    let most = |kind| {
        let statuses = containers.iter().zip(&pod.containers);
        statuses
            .filter(|(container, _)| container.kind == kind)
            .map(|(_, status)| status.restarts)
            .max()
            .unwrap_or(0)
    };
    (most(ContainerKind::Regular), most(ContainerKind::Sidecar))
}

impl Decision<'_> {
    /// How many of the deleted pods are ready.
    pub(super) fn deleted_ready(&self) -> i32 {
        pods::count_ready(&self.delete)
    }
}

#[cfg(test)]
mod tests;
