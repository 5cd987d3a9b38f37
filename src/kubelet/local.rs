//! What a kubelet knows of its pods.

use super::work::Share;
use crate::sim::{Span, Time};
use crate::world::{ContainerIndex, NodeId, Phase, PodReason, PodUpdate};

/// A container's state in the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not started.
    Waiting,
    /// Its image is on its way.
    Pulling,
    /// It is being started.
    Starting,
    /// It runs.
    Running { since: Time },
    /// It ended; it may be waiting for its restart.
    Exited { code: i32, at: Time, noticed: bool },
}

/// A container on its node.
#[derive(Debug, Clone)]
pub(super) struct LocalContainer {
    pub(super) state: State,
    /// Its start, from 1; 0 before the first. Events of an older start are stale.
    pub(super) attempt: u32,
    pub(super) ready: bool,
    /// How the present start will end.
    pub(super) exit_code: i32,
    /// From running to Ready in the present start.
    pub(super) ready_after: Span,
    /// From running to exit in the present start; `None`: it runs until it is stopped.
    pub(super) run: Option<Span>,
    /// The part of its piece of work that the present start does, if it saves any.
    pub(super) work: Option<Share>,
    /// The crash back-off: delay and when it was last used (KUB-25).
    pub(super) backoff: Option<(Span, Time)>,
    /// It was asked to stop: what it will exit with.
    pub(super) stopping: Option<i32>,
    /// It will not be restarted.
    pub(super) is_over: bool,
}

/// Why a pod is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopping {
    /// When its containers are killed (KUB-41).
    pub(super) kill_at: Time,
    /// The pod's own reason, if it is not a deletion.
    pub(super) reason: Option<PodReason>,
}

/// A pod on its node.
#[derive(Debug, Clone)]
pub(super) struct LocalPod {
    pub(super) node: NodeId,
    pub(super) containers: Vec<LocalContainer>,
    pub(super) phase: Phase,
    pub(super) ready: bool,
    pub(super) stopping: Option<Stopping>,
    /// All regular containers are over, and sidecars are being stopped (KUB-27).
    pub(super) is_ending: bool,
    /// Reports that could not be sent.
    pub(super) unreported: Vec<PodUpdate>,
}

impl LocalPod {
    pub(super) fn new(node: NodeId, containers: usize) -> Self {
        let container = LocalContainer {
            state: State::Waiting,
            attempt: 0,
            ready: false,
            exit_code: 0,
            ready_after: Span::ZERO,
            run: None,
            work: None,
            backoff: None,
            stopping: None,
            is_over: false,
        };
        Self {
            node,
            containers: vec![container; containers],
            phase: Phase::Pending,
            ready: false,
            stopping: None,
            is_ending: false,
            unreported: Vec::new(),
        }
    }

    /// Containers whose end nobody has noticed yet.
    pub(super) fn unnoticed(&self) -> Vec<ContainerIndex> {
        self.which(|container| matches!(container.state, State::Exited { noticed: false, .. }))
    }

    /// Containers that have ended and will be started again.
    pub(super) fn waiting_for_restart(&self) -> Vec<ContainerIndex> {
        self.which(|container| {
            matches!(container.state, State::Exited { noticed: true, .. }) && !container.is_over
        })
    }

    fn which(&self, choice: impl Fn(&LocalContainer) -> bool) -> Vec<ContainerIndex> {
        (0..=ContainerIndex::MAX)
            .zip(&self.containers)
            .filter(|(_, container)| choice(container))
            .map(|(index, _)| index)
            .collect()
    }
}
