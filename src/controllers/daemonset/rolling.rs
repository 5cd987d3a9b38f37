//! The step of a rolling update that a sync takes when nothing else is to be done (DS-60 to DS-75).
//!
//! Upstream: `rollingUpdate` in `pkg/controller/daemon/update.go`.

use super::eligibility::Eligibility;
use super::per_node::Work;
use super::survey::{DaemonPod, Place, Subject, Survey};
use crate::model::UpdateStrategy;
use crate::world::{NodeId, PodId};

/// How many pods an update may take away or add at a time (DS-62).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Budget {
    /// `maxUnavailable`.
    Unavailable(usize),
    /// `maxSurge`, above 0.
    Surge(usize),
}

/// Whether a node may have an old and a new pod at a time, as far as that does not depend on the number of nodes.
pub(super) fn allows_surge(strategy: &UpdateStrategy) -> bool {
    match strategy {
        UpdateStrategy::RollingUpdate { max_surge, .. } => max_surge.resolve(1, true) > 0,
        UpdateStrategy::Partitioned { .. } | UpdateStrategy::OnDelete => false,
    }
}

/// DS-62; `None`: the controller replaces nothing (DS-60).
pub(super) fn budget(strategy: &UpdateStrategy, desired: usize) -> Option<Budget> {
    let UpdateStrategy::RollingUpdate {
        max_unavailable,
        max_surge,
    } = strategy
    else {
        return None;
    };
    let total = i32::try_from(desired).unwrap_or(i32::MAX);
    let count = |value: i32| usize::try_from(value).unwrap_or(0);
    let surge = count(max_surge.resolve(total, true));
    if surge > 0 {
        return Some(Budget::Surge(surge));
    }
    let unavailable = count(max_unavailable.resolve(total, true));
    Some(Budget::Unavailable(if desired > 0 {
        unavailable.max(1)
    } else {
        unavailable
    }))
}

/// A step of the update is impossible: a node that has only an old pod has lost its object. The sync fails, and is
/// tried again until `PodGC` has taken the pod.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NodeGone;

/// The next step.
pub(super) fn roll(subject: &Subject<'_>, survey: &Survey<'_>) -> Result<Work, NodeGone> {
    let desired = survey
        .places()
        .filter(|place| place.eligibility == Some(Eligibility::Run))
        .count();
    match budget(&subject.row.spec.update_strategy, desired) {
        None => Ok(Work::default()),
        Some(Budget::Unavailable(limit)) => Ok(replace(subject, survey, limit)),
        Some(Budget::Surge(limit)) => surge(subject, survey, limit, desired),
    }
}

/// Pods of a node that are not being deleted, by revision.
enum Found<'s, 'w> {
    /// More than one of a revision: the next sync prunes them.
    TooMany,
    Pods {
        new: Option<&'s DaemonPod<'w>>,
        old: Option<&'s DaemonPod<'w>>,
    },
}

fn find<'s, 'w>(subject: &Subject<'_>, place: &Place<'s, 'w>) -> Found<'s, 'w> {
    let (mut new, mut old) = (None, None);
    for pod in place.pods.iter().filter(|pod| !pod.is_deleting()) {
        let slot = if subject.is_updated(pod.row) {
            &mut new
        } else {
            &mut old
        };
        if slot.replace(pod).is_some() {
            return Found::TooMany;
        }
    }
    Found::Pods { new, old }
}

/// Whether an update looks at a place at all: one that has pods, or should have one.
fn concerns_update(place: &Place<'_, '_>) -> bool {
    !place.pods.is_empty() || place.eligibility == Some(Eligibility::Run)
}

/// DS-64 to DS-69.
fn replace(subject: &Subject<'_>, survey: &Survey<'_>, limit: usize) -> Work {
    let mut unavailable = 0;
    let mut work = Work::default();
    let mut candidates: Vec<PodId> = Vec::new();
    for place in survey.places().filter(concerns_update) {
        match find(subject, &place) {
            Found::TooMany
            | Found::Pods {
                new: None,
                old: None,
            }
            | Found::Pods {
                new: Some(_),
                old: Some(_),
            } => unavailable += 1,
            Found::Pods {
                new: Some(new),
                old: None,
            } => unavailable += usize::from(!subject.is_available(new.row)),
            Found::Pods {
                new: None,
                old: Some(old),
            } => {
                if subject.is_available(old.row) {
                    candidates.push(old.id);
                } else {
                    work.delete.push(old.id);
                    unavailable += 1;
                }
            }
        }
    }
    let free = limit.saturating_sub(unavailable);
    work.delete.extend(candidates.into_iter().take(free));
    work
}

/// What DS-71 to DS-74 find out before they decide.
#[derive(Default)]
struct Surge {
    work: Work,
    surging: usize,
    available: usize,
    candidates: Vec<NodeId>,
    /// Available old pods on nodes where none should run (DS-74).
    leaving: Vec<PodId>,
}

fn surge(
    subject: &Subject<'_>,
    survey: &Survey<'_>,
    limit: usize,
    desired: usize,
) -> Result<Work, NodeGone> {
    let mut found = Surge::default();
    for place in survey.places().filter(concerns_update) {
        match find(subject, &place) {
            Found::TooMany => found.surging += 1,
            Found::Pods { new, old } => {
                let counted = old.or(new);
                found.available +=
                    usize::from(counted.is_some_and(|pod| subject.is_available(pod.row)));
                if let Some(old) = old {
                    surge_beside(subject, &place, old, new, &mut found)?;
                }
            }
        }
    }
    let Surge {
        mut work,
        surging,
        available,
        candidates,
        leaving,
    } = found;
    let surplus = available.saturating_sub(desired);
    work.delete.extend(leaving.into_iter().take(surplus));
    let free = limit.saturating_sub(surging);
    work.create.extend(candidates.into_iter().take(free));
    Ok(work)
}

/// DS-71 to DS-74 for a node with an old pod.
fn surge_beside(
    subject: &Subject<'_>,
    place: &Place<'_, '_>,
    old: &DaemonPod<'_>,
    new: Option<&DaemonPod<'_>>,
    found: &mut Surge,
) -> Result<(), NodeGone> {
    if let Some(new) = new {
        if subject.is_available(new.row) {
            found.work.delete.push(old.id);
        } else {
            found.surging += 1;
        }
        return Ok(());
    }
    let is_available = subject.is_available(old.row);
    match (place.eligibility.ok_or(NodeGone)?, is_available) {
        (Eligibility::Run, true) => found.candidates.push(place.node),
        (Eligibility::Run, false) => found.work.create.push(place.node),
        (Eligibility::Keep | Eligibility::Leave, true) => found.leaving.push(old.id),
        (Eligibility::Keep | Eligibility::Leave, false) => found.work.delete.push(old.id),
    }
    Ok(())
}
