//! The wait before failed pods are replaced (JOB-41 to JOB-46). Upstream: `backoff_utils.go`.

use crate::model::{ContainerKind, PodTemplate};
use crate::sim::{Span, Time};
use crate::world::{ContainerState, Pod, World};

/// JOB-C3: the first wait.
const BASE: Span = Span::from_secs(10);
/// JOB-C3: the longest.
const CAP: Span = Span::from_secs(600);

/// What a Job's back-off is counted from (JOB-41).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Failed pods since the last success.
    pub(super) failures: u32,
    /// When the last of them ended.
    pub(super) last_failure: Option<Time>,
}

impl Record {
    /// The record after pods that are seen ended for the first time, by their finish times in any order.
    pub(super) fn after(self, succeeded: &[Time], failed: &[Time]) -> Self {
        let count = |times: usize| u32::try_from(times).unwrap_or(u32::MAX);
        let last_failure = failed.iter().max().copied();
        match (succeeded.iter().max(), last_failure) {
            (None, None) => self,
            (None, Some(_)) => Self {
                failures: self.failures.saturating_add(count(failed.len())),
                last_failure,
            },
            (Some(&success), _) => {
                let later = failed.iter().filter(|&&failure| failure > success);
                Self {
                    failures: count(later.clone().count()),
                    last_failure: later.max().copied(),
                }
            }
        }
    }

    /// What is left of the wait.
    pub(super) fn remaining(self, now: Time) -> Span {
        self.last_failure
            .map_or(Span::ZERO, |last| remaining(now, self.failures, last))
    }
}

/// JOB-42: the wait after this many failures in a row.
pub(super) fn delay(failures: u32) -> Span {
    match failures {
        0 => Span::ZERO,
        1..=6 => BASE * (1 << (failures - 1)),
        _ => CAP,
    }
}

/// JOB-42: what is left of it at `now`.
pub(super) fn remaining(now: Time, failures: u32, last_failure: Time) -> Span {
    if failures == 0 {
        return Span::ZERO;
    }
    (delay(failures) - (now - last_failure)).max(Span::ZERO)
}

/// JOB-46: what is left of the wait of an index whose last failed pod this is.
pub(super) fn remaining_of_index(world: &World, now: Time, last_failed: &Pod) -> Span {
    let (counted, ignored) = last_failed.index_failures;
    let failures = counted.saturating_add(ignored).saturating_add(1);
    let failures = u32::try_from(failures).unwrap_or(0);
    remaining(now, failures, finish_time(world, last_failed))
}

/// JOB-44: when a pod ended.
pub(super) fn finish_time(world: &World, pod: &Pod) -> Time {
    containers_end(world.template_of(pod), pod)
        .or_else(|| pod.ready_changed_at.filter(|_| !pod.ready))
        .or_else(|| pod.deletion.map(|deletion| deletion.requested_at))
        .unwrap_or_else(|| world.api_time(pod.created_at))
}

/// The latest end of the regular containers and sidecars, if all of them have ended.
fn containers_end(template: &PodTemplate, pod: &Pod) -> Option<Time> {
    let mut latest = None;
    for (container, status) in template.spec.containers.iter().zip(&pod.containers) {
        if container.kind == ContainerKind::Init {
            continue;
        }
        match status.state {
            ContainerState::Terminated { finished_at, .. } => {
                latest = latest.max(Some(finished_at));
            }
            ContainerState::Waiting | ContainerState::Running(_) => return None,
        }
    }
    latest
}

#[cfg(test)]
mod tests;
