//! Work that outlives its container: what has been saved at checkpoints, and who goes on with it.
//!
//! A piece of work is what one pod of a Job is to do, container by container. It goes from a pod that failed or is
//! being deleted to the next pod that the Job creates, for the same index if it is Indexed; of several pieces the one
//! that was left first is taken up first. A container that is restarted in place goes on with its own.

use super::local::{LocalContainer, State};
use crate::api::View;
use crate::model::PodTemplate;
use crate::sim::{Span, Time};
use crate::world::{ContainerIndex, JobId, NodeId, Owner, PodId, World};
use slotmap::{SecondaryMap, SlotMap};
use std::collections::{BTreeMap, VecDeque};

slotmap::new_key_type! {
    struct PieceId;
}

/// How far a container's part of a piece is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Its run time, drawn for the first attempt; `None`: nobody has begun it.
    pub(super) total: Option<Span>,
    /// What the next attempt need not do again: a multiple of the interval.
    pub(super) saved: Span,
}

/// What one start of a container does of its piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// What was saved before it.
    pub(super) from: Span,
    /// It saves after each so much of the work.
    pub(super) interval: Span,
}

impl Share {
    /// What is saved after the container has run for `elapsed`: the last checkpoint before that moment. At the moment
    /// itself the container is still at it.
    pub(super) fn saved_after(self, elapsed: Span) -> Span {
        let done = (self.from + elapsed - Span::from_nanos(1)).max(Span::ZERO);
        let interval = self.interval.as_nanos().max(1);
        Span::from_nanos(done.as_nanos() / interval * interval).max(self.from)
    }
}

#[derive(Debug)]
struct Piece {
    containers: Vec<Progress>,
    /// The pod that had it before; its containers may still be running.
    past: Option<PodId>,
}

#[derive(Debug, Clone, Copy)]
struct Holder {
    piece: PieceId,
    /// The pod has left the piece to the next one.
    has_left: bool,
}

/// A piece that was left, and by whom.
type Left = (PieceId, PodId);

/// All pieces of work of pods that save what they do.
#[derive(Debug, Default)]
pub(super) struct Works {
    pieces: SlotMap<PieceId, Piece>,
    holders: SecondaryMap<PodId, Holder>,
    /// Pieces that nobody is at, by Job and index, in the order in which they were left.
    left: BTreeMap<(JobId, Option<i32>), VecDeque<Left>>,
}

impl Works {
    /// A new pod takes up a piece: one that was left, or its own.
    pub(super) fn take_up(&mut self, pod: PodId, view: View<'_>) {
        let Some(row) = view.world.pod(pod) else {
            return;
        };
        let template = view.world.template_of(row);
        if !saves(template, view) {
            return;
        }
        let left = match row.owner {
            Owner::Job(job) => self
                .left
                .get_mut(&(job, row.index))
                .and_then(VecDeque::pop_front),
            Owner::None | Owner::DaemonSet(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_) => {
                None
            }
        };
        let count = template.spec.containers.len();
        let piece = match left {
            Some((piece, past)) => {
                self.pieces[piece].past = Some(past);
                // A Job whose template was edited meanwhile may have other containers.
                self.pieces[piece]
                    .containers
                    .resize(count, Progress::default());
                piece
            }
            None => self.pieces.insert(Piece {
                containers: vec![Progress::default(); count],
                past: None,
            }),
        };
        let has_left = false;
        self.holders.insert(pod, Holder { piece, has_left });
    }

    /// The pod has failed or is being deleted: its piece waits for the Job's next pod.
    pub(super) fn leave(&mut self, pod: PodId, world: &World) {
        let (Some(holder), Some(row)) = (self.holders.get_mut(pod), world.pod(pod)) else {
            return;
        };
        if let (false, Owner::Job(job)) = (holder.has_left, row.owner)
            && world.job(job).exists()
        {
            holder.has_left = true;
            let waiting = self.left.entry((job, row.index)).or_default();
            waiting.push_back((holder.piece, pod));
        }
    }

    /// The pod has succeeded, or its object is gone.
    pub(super) fn forget(&mut self, pod: PodId) {
        if let Some(holder) = self.holders.remove(pod)
            && !holder.has_left
        {
            self.pieces.remove(holder.piece);
        }
    }

    /// A Job is gone, and so is what its pods have left.
    pub(super) fn forget_job(&mut self, job: JobId) {
        let of_job = (job, None)..=(job, Some(i32::MAX));
        let keys: Vec<_> = self.left.range(of_job).map(|(key, _)| *key).collect();
        for (piece, _) in keys
            .iter()
            .filter_map(|key| self.left.remove(key))
            .flatten()
        {
            self.pieces.remove(piece);
        }
    }

    /// How far the pod's piece is, and the pod that had it before.
    pub(super) fn progress(
        &self,
        pod: PodId,
        container: ContainerIndex,
    ) -> Option<(Progress, Option<PodId>)> {
        let piece = self.pieces.get(self.holders.get(pod)?.piece)?;
        Some((piece.containers[usize::from(container)], piece.past))
    }

    /// Notes what is known of the pod's piece.
    pub(super) fn note(&mut self, pod: PodId, container: ContainerIndex, progress: Progress) {
        let Some(holder) = self.holders.get(pod) else {
            return;
        };
        if let Some(row) = self
            .pieces
            .get_mut(holder.piece)
            .and_then(|piece| piece.containers.get_mut(usize::from(container)))
        {
            *row = progress;
        }
    }

    /// Notes what a container that stops running at `at` has saved.
    pub(super) fn save(
        &mut self,
        pod: PodId,
        container: ContainerIndex,
        status: &LocalContainer,
        at: Time,
    ) {
        let Some(saved) = saved_by(status, at) else {
            return;
        };
        if let Some((progress, _)) = self.progress(pod, container) {
            let saved = progress.saved.max(saved);
            self.note(pod, container, Progress { saved, ..progress });
        }
    }
}

/// What a container has saved that runs until `at`; `None`: it does not run, or saves nothing.
pub(super) fn saved_by(status: &LocalContainer, at: Time) -> Option<Span> {
    match (status.state, status.work) {
        (State::Running { since }, Some(share)) => {
            Some(share.saved_after((at - since).max(Span::ZERO)))
        }
        (
            State::Running { .. }
            | State::Waiting
            | State::Pulling
            | State::Starting
            | State::Exited { .. },
            _,
        ) => None,
    }
}

/// The last moment at which a container on the node can have saved anything: out of contact it saves nothing.
pub(super) fn last_contact(node: NodeId, world: &World) -> Time {
    let node = world.node(node);
    node.silent_since
        .filter(|_| node.silent)
        .map_or(world.now(), |since| since.min(world.now()))
}

/// Whether any container of the template may save its work.
fn saves(template: &PodTemplate, view: View<'_>) -> bool {
    let annotated = template.behavior.iter().any(|b| b.checkpoint.is_some());
    let mut rules = view.model.behaviors.iter();
    annotated || rules.any(|rule| rule.behavior.checkpoint.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_counts_from_the_moment_after_it() {
        let saved = |from: i64, elapsed: i64| {
            let share = Share {
                from: Span::from_secs(from),
                interval: Span::from_secs(600),
            };
            share.saved_after(Span::from_secs(elapsed)).as_secs()
        };
        assert_eq!(saved(0, 0), 0);
        assert_eq!(saved(0, 599), 0);
        assert_eq!(saved(0, 600), 0, "it fails while it saves");
        assert_eq!(saved(0, 601), 600);
        assert_eq!(saved(0, 3599), 3000);
        assert_eq!(saved(1200, 0), 1200, "nothing is lost by starting");
        assert_eq!(saved(1200, 601), 1800);
    }
}
