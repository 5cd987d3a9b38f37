//! A controller whose plans are made up, its queue and its client played as the loop does it.

use super::*;
use crate::api::{Outbox, Request, View};
use crate::model::{ControlPlane, Model};
use crate::sim::EventQueue;
use crate::world::{ControllerKind, NodeId, World};

/// Answers to the looks at a key, in turn: so many calls (each with a v1 Event or not), and how the look ends.
#[derive(Debug)]
struct Drill {
    looks: Vec<(usize, bool, Requeue)>,
}

const KEY: u32 = 7;

impl Reconcile for Drill {
    type Key = u32;

    const KIND: ControllerKind = ControllerKind::Job;

    fn concerns(&self, _: View<'_>, _: &Change, wakes: &mut Wakes<u32>) {
        wakes.now(KEY);
    }

    fn reconcile(&mut self, _: View<'_>, _: u32, _: Progress, plan: &mut Plan) -> Requeue {
        let (calls, events, end) = match self.looks.len() {
            0 => (0, false, Requeue::Done),
            _ => self.looks.remove(0),
        };
        let calls = (0..calls).map(|_| Call::DeleteNode(NodeId(0)));
        plan.together(calls.collect(), events);
        end
    }
}

enum Step {
    Wake,
    Call(Origin, Call),
}

/// What a controller asks for, in milliseconds.
struct Rig {
    world: World,
    model: Model,
    controller: Controller<Drill>,
    queue: EventQueue<Step>,
    calls: Vec<i64>,
    events: Vec<i64>,
    /// The moments at which it was called.
    wakes: Vec<i64>,
}

impl Rig {
    fn new(looks: Vec<(usize, bool, Requeue)>) -> Self {
        let flags = ControlPlane::default();
        let client = flags.controllers.client;
        let mut rig = Self {
            world: World::new(0),
            model: crate::controllers::testing::model(),
            controller: Controller::new(Drill { looks }, 5, client),
            queue: EventQueue::new(),
            calls: Vec::new(),
            events: Vec::new(),
            wakes: Vec::new(),
        };
        rig.model.control_plane = flags;
        rig
    }

    fn act(&mut self, act: impl FnOnce(&mut Controller<Drill>, &mut Context<'_>)) {
        let mut out = Outbox::default();
        let view = View {
            world: &self.world,
            model: &self.model,
            seed: 1,
        };
        let mut ctx = Context {
            view,
            out: &mut out,
        };
        act(&mut self.controller, &mut ctx);
        for request in out.drain() {
            match request {
                Request::Call {
                    at, origin, call, ..
                } => self.queue.push(at, Seq(0), Step::Call(origin, call)),
                Request::Event { at, .. } => self.queue.push(at, Seq(0), Step::Wake),
            }
        }
    }

    /// A change that concerns the key.
    fn change(&mut self) {
        let change = Change::NodeAdded(NodeId(0));
        self.act(|controller, ctx| controller.observe(&change, None, ctx));
    }

    /// A change, and all that follows.
    fn run(mut self) -> Self {
        self.change();
        self.run_until(i64::MAX);
        self
    }

    /// Plays up to a millisecond, that one included.
    fn run_until(&mut self, millis: i64) {
        let is_due = |at: Time| at.as_nanos() / 1_000_000 <= millis;
        while self.queue.peek_at().is_some_and(is_due) {
            let entry = self.queue.pop().unwrap();
            self.world.advance(entry.at);
            let now = entry.at.as_nanos() / 1_000_000;
            match entry.event {
                Step::Wake => {
                    self.wakes.push(now);
                    self.act(Controller::wake);
                }
                Step::Call(Origin::EventWriter(_), _) => {
                    self.events.push(now);
                    self.act(Controller::wrote_event);
                }
                Step::Call(Origin::Worker(_, worker), _) => {
                    self.calls.push(now);
                    let done = Outcome::Done;
                    self.act(|controller, ctx| controller.answered(worker, &done, ctx));
                }
                Step::Call(origin, call) => panic!("{origin:?} {call:?}"),
            }
        }
    }
}

/// CP-1: the watch and the call take 3 ms each; a burst of 30, then one each 50 ms.
#[test]
fn calls_wait_for_the_client_of_the_controller() {
    let rig = Rig::new(vec![(33, false, Requeue::Done)]).run();
    assert_eq!(rig.calls[..30], [6; 30]);
    assert_eq!(rig.calls[30..], [56, 106, 156]);
    assert_eq!(rig.events, [] as [i64; 0]);
}

/// CP-2: 16 calls and 16 v1 Events are two more than the burst.
#[test]
fn events_take_tokens_of_the_same_client() {
    let rig = Rig::new(vec![(16, true, Requeue::Done)]).run();
    assert_eq!(rig.calls, [6; 16]);
    assert_eq!(rig.events.len(), 16);
    assert_eq!(rig.events[..14], (3..17).map(|n| n * 3).collect::<Vec<_>>());
    // Those that have grown since 3 ms: one each 50 ms.
    assert_eq!(rig.events[14..], [56, 106]);
}

/// CP-E10: 25 about one object; the next one comes after 300 s.
#[test]
fn an_object_has_few_events() {
    let again = Requeue::After(Span::from_secs(100));
    let looks = vec![(40, true, again); 4];
    let rig = Rig::new(looks).run();
    assert_eq!(rig.calls.len(), 160);
    let before = |limit: i64| rig.events.iter().filter(|at| **at < limit).count();
    assert_eq!((before(300_000), before(400_000)), (25, 26));
}

/// CP-E1, CP-19: what happens meanwhile is looked at when the last call of the plan has been answered.
#[test]
fn a_key_is_not_looked_at_while_its_calls_are_on_their_way() {
    let mut rig = Rig::new(vec![(31, false, Requeue::Done), (1, false, Requeue::Done)]);
    rig.change();
    rig.run_until(7);
    assert_eq!(rig.calls.len(), 30);
    rig.change();
    rig.run_until(50);
    assert_eq!(rig.calls.len(), 30, "seen at 10 ms, but its worker waits");
    rig.run_until(i64::MAX);
    // The second look's call has to wait for its token, too.
    assert_eq!(rig.calls[30..], [56, 106]);
}

/// CP-Q1, CP-Q4: errors in a row wait longer and longer, until a look succeeds.
#[test]
fn a_look_that_fails_is_repeated() {
    let fails = (0, false, Requeue::Backoff);
    let succeeds = (0, false, Requeue::After(Span::from_secs(1)));
    let rig = Rig::new(vec![fails, fails, succeeds, fails]).run();
    assert_eq!(rig.wakes, [3, 8, 18, 1018, 1023]);
}

/// CP-E3, JOB-C6, DS-C5.
#[test]
fn a_slow_start_doubles_its_batches() {
    let mut plan = Plan::default();
    plan.slow_start((0..12).map(|_| Call::WriteEvent).collect());
    let sizes: Vec<usize> = plan.steps.iter().map(|step| step.calls.len()).collect();
    assert_eq!(sizes, [1, 2, 4, 5]);
}
