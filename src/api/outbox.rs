//! What a behavior module sees, and where it puts its answers.

use crate::model::{Latency, Model};
use crate::sim::{Seq, Span, Time};
use crate::world::{Call, ControllerKind, DrainId, Event, PodId, World};

/// What everybody may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The state of the API.
    pub world: &'a World,
    /// What the user asked for.
    pub model: &'a Model,
    /// The run's seed.
    pub seed: u64,
}

impl View<'_> {
    /// The present moment.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// The delays of the control plane's profile.
    pub fn latency(&self) -> &'static Latency {
        self.model.control_plane.latency()
    }
}

/// Who hears what became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Nobody,
    /// A worker of a controller, by its place.
    Worker(ControllerKind, u32),
    /// The scheduler.
    Scheduler,
    /// The writer of a controller's v1 Events.
    EventWriter(ControllerKind),
    /// A drain, about a pod.
    Drain(DrainId, PodId),
}

/// An entry for the queue.
#[derive(Debug)]
pub enum Request {
    /// A call that reaches the API at a moment.
    Call {
        /// When it changes the world.
        at: Time,
        /// Who hears of it.
        origin: Origin,
        /// The event that brought it about, if it is not the one being handled.
        cause: Option<Seq>,
        /// The call.
        call: Call,
    },
    /// An event.
    Event {
        /// When.
        at: Time,
        /// The event that brought it about, if it is not the one being handled.
        cause: Option<Seq>,
        /// What.
        event: Event,
    },
}

/// Answers, in order.
#[derive(Debug, Default)]
pub struct Outbox {
    requests: Vec<Request>,
    cause: Option<Seq>,
}

impl Outbox {
    /// From now on answers are caused by `cause` and not by the event being handled: work that waited in a queue.
    pub fn set_cause(&mut self, cause: Option<Seq>) {
        self.cause = cause;
    }

    /// Asks the API at `at`.
    pub fn call_at(&mut self, at: Time, origin: Origin, call: Call) {
        self.requests.push(Request::Call {
            at,
            origin,
            cause: self.cause,
            call,
        });
    }

    /// Puts an event into the queue.
    pub fn event_at(&mut self, at: Time, event: Event) {
        self.requests.push(Request::Event {
            at,
            cause: self.cause,
            event,
        });
    }

    /// Takes all answers.
    pub fn drain(&mut self) -> impl Iterator<Item = Request> + '_ {
        self.cause = None;
        self.requests.drain(..)
    }

    /// Whether there is no answer.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }
}

/// The view of a behavior module that is being called, and its outbox.
#[derive(Debug)]
pub struct Context<'a> {
    /// What it sees.
    pub view: View<'a>,
    /// What it answers.
    pub out: &'a mut Outbox,
}

impl Context<'_> {
    /// The present moment.
    pub fn now(&self) -> Time {
        self.view.now()
    }

    /// Asks the API; the change comes after the latency of a call.
    pub fn send(&mut self, origin: Origin, call: Call) {
        let at = self.now() + self.view.latency().call;
        self.out.call_at(at, origin, call);
    }

    /// Puts an event into the queue, `after` from now.
    pub fn schedule(&mut self, after: Span, event: Event) {
        let at = self.now() + after;
        self.out.event_at(at, event);
    }
}
