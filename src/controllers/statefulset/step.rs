//! The step that a sync of a StatefulSet takes (WL-22 to WL-26), out of what its pods are.
//!
//! Upstream: `updateStatefulSet`, `processReplica` and `processCondemned` in
//! `pkg/controller/statefulset/stateful_set_control.go`.

use crate::model::PodManagementPolicy;
use crate::world::PodId;

/// What decides about a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own in the API object"
)]
pub(super) struct Replica {
    pub(super) id: PodId,
    /// Succeeded or Failed.
    pub(super) is_terminal: bool,
    pub(super) is_deleting: bool,
    /// Running and Ready.
    pub(super) is_ready: bool,
    pub(super) is_available: bool,
    /// Of the newest revision.
    pub(super) is_updated: bool,
}

impl Replica {
    /// `isUnavailable`.
    fn is_unavailable(&self) -> bool {
        !self.is_available || self.is_deleting
    }
}

/// A StatefulSet's pods, and how they are to be handled.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    /// By ordinal, ascending; `None`: there is no such pod.
    pub(super) replicas: Vec<(i32, Option<Replica>)>,
    /// Pods of ordinals that should not be, descending.
    pub(super) condemned: Vec<Replica>,
    pub(super) policy: PodManagementPolicy,
    /// `None`: `OnDelete`.
    pub(super) partition: Option<i32>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A pod of this ordinal is created.
    Create(i32),
    /// A pod that has ended, or that should not be, is deleted.
    Delete(PodId),
    /// A pod of an old revision is deleted.
    Renew(PodId),
}

/// All of a sync.
pub(super) fn plan(situation: &Situation) -> Vec<Act> {
    match situation.policy {
        PodManagementPolicy::OrderedReady => match ordered(situation) {
            Walk::Stop(act) => act.into_iter().collect(),
            Walk::Through => renew(situation).into_iter().collect(),
        },
        PodManagementPolicy::Parallel => {
            let mut acts = at_once(situation);
            acts.extend(renew(situation));
            acts
        }
    }
}

/// Whether one pod after the other was passed.
enum Walk {
    Through,
    /// Not all; what is done at the one where it ended.
    Stop(Option<Act>),
}

/// WL-22, WL-23, WL-24.
fn ordered(situation: &Situation) -> Walk {
    for (ordinal, replica) in &situation.replicas {
        let Some(replica) = replica else {
            return Walk::Stop(Some(Act::Create(*ordinal)));
        };
        if replica.is_terminal {
            let act = (!replica.is_deleting).then_some(Act::Delete(replica.id));
            return Walk::Stop(act);
        }
        if replica.is_deleting || !replica.is_ready || !replica.is_available {
            return Walk::Stop(None);
        }
    }
    // All replicas are available here, so that the first pod that is not is a condemned one, of the lowest ordinal.
    let mut unavailable = situation.condemned.iter().rev();
    let first_unavailable = unavailable.find(|replica| replica.is_unavailable());
    match situation.condemned.first() {
        None => Walk::Through,
        Some(pod) if pod.is_deleting => Walk::Stop(None),
        Some(pod) => {
            let is_first = first_unavailable.is_some_and(|first| first.id == pod.id);
            let may_go = pod.is_ready && pod.is_available || is_first;
            Walk::Stop(may_go.then_some(Act::Delete(pod.id)))
        }
    }
}

/// WL-25.
fn at_once(situation: &Situation) -> Vec<Act> {
    let replicas = situation.replicas.iter();
    let mut acts: Vec<Act> = replicas
        .filter_map(|(ordinal, replica)| match replica {
            None => Some(Act::Create(*ordinal)),
            Some(replica) if replica.is_terminal && !replica.is_deleting => {
                Some(Act::Delete(replica.id))
            }
            Some(_) => None,
        })
        .collect();
    let surplus = situation.condemned.iter().filter(|pod| !pod.is_deleting);
    acts.extend(surplus.map(|pod| Act::Delete(pod.id)));
    acts
}

/// WL-26: from the highest ordinal down to the partition, the first pod of an old revision; one that is not available
/// stops the search.
fn renew(situation: &Situation) -> Option<Act> {
    let partition = usize::try_from(situation.partition?).unwrap_or(0);
    let replicas = situation.replicas.iter().skip(partition);
    for (_, replica) in replicas.rev() {
        let replica = replica.as_ref()?; // Created in this sync: of the newest revision, and not available yet.
        if !replica.is_updated && !replica.is_deleting {
            return Some(Act::Renew(replica.id));
        }
        if replica.is_unavailable() {
            return None;
        }
    }
    None
}
