//! What a node lacks and what it has too much of (DS-40 to DS-47), whatever the state of a rolling update.
//!
//! Upstream: `manage` and `podsShouldBeOnNode` in `pkg/controller/daemon/daemon_controller.go`.

use super::backoff::FailedPodBackoff;
use super::eligibility::Eligibility;
use super::rolling::allows_surge;
use super::survey::{DaemonPod, Place, Subject, Survey, by_age};
use crate::sim::Span;
use crate::world::{NodeId, Phase, PodId};

/// What a sync does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// Nodes that get a pod.
    pub(super) create: Vec<NodeId>,
    /// Pods that go.
    pub(super) delete: Vec<PodId>,
    /// v1 Events `FailedDaemonPod` and `SucceededDaemonPod` (DS-101, DS-102).
    pub(super) events: u32,
    /// The shortest back-off of a failed pod that stays for now (DS-45).
    pub(super) look_again_after: Option<Span>,
}

impl Work {
    pub(super) fn is_empty(&self) -> bool {
        self.create.is_empty() && self.delete.is_empty()
    }
}

/// DS-40 to DS-47 for all nodes.
pub(super) fn manage(
    subject: &Subject<'_>,
    survey: &Survey<'_>,
    backoff: &mut FailedPodBackoff,
) -> Work {
    let mut work = Work::default();
    for place in survey.places() {
        match place.eligibility {
            Some(Eligibility::Run) if place.pods.is_empty() => work.create.push(place.node),
            Some(Eligibility::Run | Eligibility::Keep) => keep(subject, &place, backoff, &mut work),
            Some(Eligibility::Leave) => delete(place.pods, &mut work),
            // PodGC takes the bound ones.
            None => delete(
                place.pods.iter().filter(|pod| pod.row.node.is_none()),
                &mut work,
            ),
        }
    }
    work
}

/// DS-46: those that are not on their way out already.
fn delete<'p, 'w: 'p>(pods: impl IntoIterator<Item = &'p DaemonPod<'w>>, work: &mut Work) {
    let remaining = pods.into_iter().filter(|pod| !pod.is_deleting());
    work.delete.extend(remaining.map(|pod| pod.id));
}

/// DS-41 to DS-45 for a node where pods may stay.
fn keep(
    subject: &Subject<'_>,
    place: &Place<'_, '_>,
    backoff: &mut FailedPodBackoff,
    work: &mut Work,
) {
    let mut running = 0;
    for pod in place.pods.iter().filter(|pod| !pod.is_deleting()) {
        match pod.row.phase {
            Phase::Pending | Phase::Running => running += 1,
            Phase::Succeeded => {
                work.events += 1;
                work.delete.push(pod.id);
            }
            Phase::Failed => {
                let key = (
                    subject.id,
                    subject.row.status.observed_generation,
                    place.node,
                );
                match backoff.admit(key, subject.now()) {
                    Ok(()) => {
                        work.events += 1;
                        work.delete.push(pod.id);
                    }
                    Err(delay) => {
                        let sooner = work.look_again_after.map_or(delay, |old| old.min(delay));
                        work.look_again_after = Some(sooner);
                    }
                }
            }
        }
    }
    let surges = allows_surge(&subject.row.spec.update_strategy);
    if running > 1 {
        let excess = place
            .pods
            .iter()
            .filter(|pod| !pod.is_deleting() && !pod.row.phase.is_terminal());
        let sorted = by_age(subject.world, excess);
        if surges {
            prune_surge(subject, &sorted, work);
        } else {
            work.delete.extend(sorted[1..].iter().map(|pod| pod.id)); // DS-42
        }
    } else if running == 0 && surges && place.eligibility == Some(Eligibility::Run) {
        work.create.push(place.node); // DS-44: pods that are on their way out do not block.
    }
}

/// DS-44 for a node with more than one running pod, `sorted` by age: one old and one new pod stay at most.
fn prune_surge(subject: &Subject<'_>, sorted: &[&DaemonPod<'_>], work: &mut Work) {
    let (mut new, mut old) = (None, None);
    for pod in sorted {
        let kept = if subject.is_updated(pod.row) {
            &mut new
        } else {
            &mut old
        };
        if kept.is_none() {
            *kept = Some(pod);
        } else {
            work.delete.push(pod.id);
        }
    }
    if let (Some(new), Some(old)) = (new, old)
        && (!old.row.ready || subject.is_available(new.row))
    {
        work.delete.push(old.id);
    }
}
