//! The loop: pop, dispatch, commit, wake, record.
//!
//! One queue carries everything that will happen. Handling an entry changes the world through the API; each
//! change becomes a fact, is recorded, and is shown to the scheduler, the kubelets and the controllers, whose
//! answers go back into the queue. Nothing here is about Kubernetes beyond the `match` that dispatches.

use crate::api::{self, ApiServer, Context, Drains, Origin, Outbox, Request, View};
use crate::autoscaler::Autoscaler;
use crate::chance::Chance;
use crate::controllers::Controllers;
use crate::kubelet::Kubelet;
use crate::model::Model;
use crate::record::Recorder;
use crate::scheduler::Scheduler;
use crate::sim::{EventQueue, Seq, Span, Time};
use crate::world::{Call, CallId, Change, Event, Fact, Outcome, World};
use slotmap::SlotMap;

/// A run without a horizon ends here at the latest: a crash loop never does.
pub const LONGEST_RUN: Span = Span::from_days(366);

/// Plays `model` with this seed; the recorder sees all of it.
///
/// The same model and seed give the same facts, whatever the recorder.
pub fn simulate<R: Recorder>(model: &Model, seed: u64, recorder: R) -> R::Output {
    let mut engine = Engine::new(model, seed, recorder);
    engine.set_up();
    let end = engine.run();
    engine.recorder.finish(&engine.world, end)
}

/// A run in progress.
struct Engine<'m, R> {
    model: &'m Model,
    seed: u64,
    world: World,
    queue: EventQueue<Event>,
    api_server: ApiServer,
    calls: SlotMap<CallId, (Call, Origin)>,
    scheduler: Scheduler,
    kubelet: Kubelet,
    controllers: Controllers,
    chance: Chance,
    /// Entries of the queue that are no reason to go on.
    idle: usize,
    drains: Drains,
    /// Only where a pool is autoscaled.
    autoscaler: Option<Autoscaler>,
    recorder: R,
    /// The last number of an event.
    seq: Seq,
    /// The cause of what is being handled.
    cause: Seq,
    out: Outbox,
    next_sample: Time,
}

impl<'m, R: Recorder> Engine<'m, R> {
    fn new(model: &'m Model, seed: u64, recorder: R) -> Self {
        Self {
            model,
            seed,
            world: World::new(model.start_unix_nanos),
            queue: EventQueue::new(),
            api_server: ApiServer::new(model.control_plane.latency()),
            calls: SlotMap::with_key(),
            scheduler: Scheduler::new(model),
            kubelet: Kubelet::default(),
            controllers: Controllers::new(model, seed),
            chance: Chance::default(),
            idle: 0,
            drains: Drains::default(),
            autoscaler: Autoscaler::new(model),
            recorder,
            seq: Seq::NONE,
            cause: Seq::NONE,
            out: Outbox::default(),
            next_sample: Time::ZERO,
        }
    }

    /// t = 0: the nodes are there and Ready, the objects are applied, the actions wait for their time.
    fn set_up(&mut self) {
        let model = self.model;
        for pattern in &model.pools {
            self.world.create_pool(pattern.clone());
        }
        for (pool, pattern) in model.pools.iter().enumerate() {
            for _ in 0..pattern.count {
                self.begin(Call::AddPoolNode { pool, ready: true });
            }
        }
        for spec in &model.nodes {
            self.begin(Call::CreateNode {
                spec: Box::new(spec.clone()),
                pool: None,
                ready: true,
            });
        }
        for object in &model.objects {
            let outcome = self.begin(Call::Put {
                object: Box::new(object.clone()),
                replace: true,
            });
            if let Outcome::Refused(refusal) = outcome {
                self.commit(Call::NoteAction {
                    text: "apply".into(),
                    refusal: Some(refusal),
                });
            }
        }
        for (index, action) in model.actions.iter().enumerate() {
            let index = u32::try_from(index).expect("fewer than 2^32 actions");
            self.queue.push(action.at, Seq::NONE, Event::Action(index));
        }
        self.with(|engine, ctx| engine.chance.begin(ctx));
    }

    /// Commits what nothing but the scenario brought about.
    fn begin(&mut self, call: Call) -> Outcome {
        self.cause = Seq::NONE;
        self.commit(call)
    }

    /// Handles entries until the horizon, or until nothing will happen any more; answers with the end.
    fn run(&mut self) -> Time {
        let horizon = self.model.duration.map(|duration| Time::ZERO + duration);
        let limit = horizon.unwrap_or(Time::ZERO + LONGEST_RUN);
        while let Some(at) = self.queue.peek_at().filter(|&at| at < limit) {
            self.sample_before(at);
            // Failures alone have nobody to strike: without a horizon the run is over.
            if horizon.is_none() && self.idle == self.queue.len() {
                break;
            }
            let Some(entry) = self.queue.pop() else { break };
            self.idle -= usize::from(entry.event.is_idle());
            self.world.advance(entry.at);
            self.cause = entry.cause;
            self.handle(entry.event);
        }
        let end = horizon.unwrap_or(self.world.now());
        self.sample_before(end + Span::from_nanos(1));
        self.world.advance(end);
        end
    }

    fn sample_before(&mut self, at: Time) {
        let Some(every) = self.recorder.sample_every() else {
            return;
        };
        while self.next_sample < at {
            self.recorder.sample(&self.world, self.next_sample);
            self.next_sample += every;
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Kubelet(event) => self.with(|engine, ctx| engine.kubelet.handle(event, ctx)),
            Event::Scheduler(event) => self.with(|engine, ctx| engine.scheduler.handle(event, ctx)),
            Event::Wake(kind) => {
                self.with(|engine, ctx| engine.controllers.get(kind).wake(ctx));
            }
            Event::Autoscaler(event) => self.with(|engine, ctx| {
                if let Some(autoscaler) = &mut engine.autoscaler {
                    autoscaler.handle(event, ctx);
                }
            }),
            Event::Drain(event) => self.with(|engine, ctx| engine.drains.handle(event, ctx)),
            Event::Request(id) => {
                let now = self.world.now();
                let at = self.api_server.accept(now, &self.calls[id].0);
                if at > now {
                    self.queue.push(at, self.cause, Event::Commit(id));
                } else {
                    self.carry_out(id);
                }
            }
            Event::Commit(id) => self.carry_out(id),
            Event::Chance(event) => self.with(|engine, ctx| engine.chance.handle(event, ctx)),
            Event::Action(index) => self.act(index),
        }
    }

    fn carry_out(&mut self, id: CallId) {
        if let Some((call, origin)) = self.calls.remove(id) {
            self.answer(origin, call);
        }
    }

    /// Commits a call and tells the one who asked.
    fn answer(&mut self, origin: Origin, call: Call) {
        let cause = self.cause;
        match origin {
            Origin::Nobody => {
                self.commit(call);
            }
            Origin::Worker(kind, worker) => {
                let outcome = self.commit(call);
                self.cause = cause;
                self.with(|engine, ctx| {
                    engine.controllers.get(kind).answered(worker, &outcome, ctx);
                });
            }
            Origin::EventWriter(kind) => {
                self.commit(call);
                self.with(|engine, ctx| engine.controllers.get(kind).wrote_event(ctx));
            }
            Origin::Scheduler => {
                let outcome = self.commit(call.clone());
                self.cause = cause;
                self.with(|engine, ctx| engine.scheduler.answered(&call, &outcome, ctx));
            }
            Origin::Drain(drain, pod) => {
                let outcome = self.commit(call);
                self.cause = cause;
                self.with(|engine, ctx| engine.drains.answered(drain, pod, &outcome, ctx));
            }
        }
    }

    /// Somebody does something to the cluster.
    fn act(&mut self, index: u32) {
        let action = &self.model.actions[index as usize];
        let planned = api::carry_out(&self.world, self.model, action);
        let (calls, refusal) = match planned {
            Ok(calls) => (calls, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        self.commit(Call::NoteAction {
            text: action.text.clone(),
            refusal,
        });
        let cause = self.seq;
        for call in calls {
            self.cause = cause;
            if let Outcome::Refused(refusal) = self.commit(call) {
                self.commit(Call::NoteAction {
                    text: action.text.clone(),
                    refusal: Some(refusal),
                });
            }
        }
    }

    /// Changes the world, and lets everybody see each change.
    fn commit(&mut self, call: Call) -> Outcome {
        let outcome = api::commit(&mut self.world, self.seed, call);
        let cause = self.cause;
        while let Some(change) = self.world.pop_change() {
            self.publish(change, cause);
        }
        self.world.forget_deleted();
        outcome
    }

    fn publish(&mut self, change: Change, cause: Seq) {
        let is_event = change.is_event();
        if is_event {
            self.seq = self.seq.next();
        }
        self.cause = if is_event { self.seq } else { cause };
        let fact = Fact {
            seq: is_event.then_some(self.seq),
            cause: (cause != Seq::NONE).then_some(cause),
            at: self.world.now(),
            change,
        };
        self.recorder.record(&self.world, &fact);
        let seq = Some(self.cause);
        let change = &fact.change;
        self.with(|engine, ctx| {
            engine.kubelet.observe(change, ctx);
            engine.scheduler.note_cause(seq);
            engine.scheduler.observe(change, ctx);
            for controller in engine.controllers.all() {
                controller.observe(change, seq, ctx);
            }
            engine.chance.observe(change, ctx);
            engine.drains.observe(change, ctx);
            if let Some(autoscaler) = &mut engine.autoscaler {
                autoscaler.observe(change, seq, ctx);
            }
        });
    }

    /// Calls a behavior module, and takes its answers.
    fn with(&mut self, call: impl FnOnce(&mut Behaviors<'_>, &mut Context<'_>)) {
        let view = View {
            world: &self.world,
            model: self.model,
            seed: self.seed,
        };
        let mut behaviors = Behaviors {
            scheduler: &mut self.scheduler,
            kubelet: &mut self.kubelet,
            controllers: &mut self.controllers,
            chance: &mut self.chance,
            drains: &mut self.drains,
            autoscaler: self.autoscaler.as_mut(),
        };
        call(
            &mut behaviors,
            &mut Context {
                view,
                out: &mut self.out,
            },
        );
        for request in self.out.drain() {
            let (at, cause, event) = match request {
                Request::Call {
                    at,
                    origin,
                    cause,
                    call,
                } => (at, cause, Event::Request(self.calls.insert((call, origin)))),
                Request::Event { at, cause, event } => (at, cause, event),
            };
            self.idle += usize::from(event.is_idle());
            self.queue.push(at, cause.unwrap_or(self.cause), event);
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

/// The modules that answer, apart from what they look at.
struct Behaviors<'e> {
    scheduler: &'e mut Scheduler,
    kubelet: &'e mut Kubelet,
    controllers: &'e mut Controllers,
    chance: &'e mut Chance,
    drains: &'e mut Drains,
    autoscaler: Option<&'e mut Autoscaler>,
}
