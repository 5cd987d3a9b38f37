//! A controller: its queue, its workers, and the client through which they carry plans out.

use super::workqueue::WorkQueue;
use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::{Context, Origin, TokenBucket};
use crate::model::ClientRate;
use crate::sim::{Seq, Span, Time};
use crate::world::{Call, Change, Event, Outcome};
use std::collections::BTreeMap;

/// CP-E10: v1 Events about one object: this many at once, then one for each [`EVENT_REFILL`].
const EVENT_BURST: u32 = 25;
/// CP-E10.
const EVENT_REFILL: Span = Span::from_secs(300);

/// What the loop asks of a controller, whatever its keys.
pub trait Loop: std::fmt::Debug {
    /// Something has happened.
    fn observe(&mut self, change: &Change, seq: Option<Seq>, ctx: &mut Context<'_>);
    /// A moment that the controller asked for has come.
    fn wake(&mut self, ctx: &mut Context<'_>);
    /// The API has answered a call of a worker.
    fn answered(&mut self, worker: u32, outcome: &Outcome, ctx: &mut Context<'_>);
    /// A v1 Event is written.
    fn wrote_event(&mut self, ctx: &mut Context<'_>);
}

/// Work on one key.
#[derive(Debug)]
struct Work<K> {
    key: K,
    cause: Option<Seq>,
    plan: Plan,
    requeue: Requeue,
    progress: Progress,
    /// Answers that the present step waits for.
    outstanding: usize,
    /// The present step's calls are followed by v1 Events.
    events: bool,
    /// The present step is part of a slow start.
    slow_start: bool,
    /// A call of a slow start was refused.
    aborted: bool,
}

/// The writer of v1 Events: one at a time, through the controller's client (CP-2).
#[derive(Debug)]
struct EventWriter<K> {
    pending: u64,
    is_writing: bool,
    budgets: BTreeMap<K, (u32, Time)>,
}

/// A reconciler with its queue, workers and client.
#[derive(Debug)]
pub struct Controller<R: Reconcile> {
    reconciler: R,
    queue: WorkQueue<R::Key>,
    workers: Vec<Option<Work<R::Key>>>,
    client: TokenBucket,
    writer: EventWriter<R::Key>,
    wakes: Vec<(R::Key, Span)>,
    /// The earliest wake-up that is in the loop's queue.
    wake_at: Time,
}

impl<R: Reconcile> Controller<R> {
    /// A controller with so many workers and a client of this rate.
    pub fn new(reconciler: R, workers: u32, client: ClientRate) -> Self {
        Self {
            reconciler,
            queue: WorkQueue::new(R::BACKOFF),
            workers: (0..workers.max(1)).map(|_| None).collect(),
            client: TokenBucket::new(client),
            writer: EventWriter {
                pending: 0,
                is_writing: false,
                budgets: BTreeMap::new(),
            },
            wakes: Vec::new(),
            wake_at: Time::MAX,
        }
    }

    /// Has the loop call when the queue's next key is due.
    fn arm(&mut self, ctx: &mut Context<'_>) {
        if let Some(due) = self.queue.next_due()
            && due < self.wake_at
        {
            self.wake_at = due;
            ctx.out.set_cause(None);
            ctx.out.event_at(due, Event::Wake(R::KIND));
        }
    }

    /// Gives ready keys to idle workers.
    fn run(&mut self, ctx: &mut Context<'_>) {
        self.queue.advance(ctx.now());
        while let Some(worker) = self.workers.iter().position(Option::is_none) {
            let Some((key, cause)) = self.queue.take() else {
                break;
            };
            let mut work = Work {
                key,
                cause,
                plan: Plan::default(),
                requeue: Requeue::Done,
                progress: Progress::default(),
                outstanding: 0,
                events: false,
                slow_start: false,
                aborted: false,
            };
            self.reconcile(&mut work, ctx);
            self.proceed(worker, work, ctx);
        }
        self.arm(ctx);
    }

    fn reconcile(&mut self, work: &mut Work<R::Key>, ctx: &mut Context<'_>) {
        work.requeue = self
            .reconciler
            .reconcile(ctx.view, work.key, work.progress, &mut work.plan);
        for at in std::mem::take(&mut work.plan.requeues) {
            self.queue.add_at(at, work.key, work.cause);
        }
        for _ in 0..std::mem::take(&mut work.plan.events) {
            self.write_event(work.key, work.cause, ctx);
        }
    }

    /// Sends the next step, or ends the work.
    fn proceed(&mut self, worker: usize, mut work: Work<R::Key>, ctx: &mut Context<'_>) {
        loop {
            while let Some(step) = work.plan.steps.pop_front() {
                if step.slow_start && work.aborted {
                    work.progress.skipped += u32::try_from(step.calls.len()).unwrap_or(u32::MAX);
                    continue;
                }
                work.outstanding = step.calls.len();
                work.events = step.events;
                work.slow_start = step.slow_start;
                for call in step.calls {
                    self.send(worker, &work, call, ctx);
                }
                self.workers[worker] = Some(work);
                return;
            }
            if work.requeue != Requeue::Continue {
                break;
            }
            work.progress.stage += 1;
            self.reconcile(&mut work, ctx);
        }
        self.finish(&work, ctx);
    }

    fn send(&mut self, worker: usize, work: &Work<R::Key>, mut call: Call, ctx: &mut Context<'_>) {
        if let Call::WriteJobStatus { draft, .. } = &mut call
            && draft.counts_creations
        {
            let missing = work.progress.refused + work.progress.skipped;
            draft.status.active -= i32::try_from(missing).unwrap_or(i32::MAX);
        }
        // A decision that is only noted is no request.
        let at = if matches!(call, Call::NoteCronDecisions { .. }) {
            ctx.now()
        } else {
            self.client.reserve(ctx.now()) + ctx.view.latency().call
        };
        ctx.out.set_cause(work.cause);
        let worker = u32::try_from(worker).expect("fewer than 2^32 workers");
        ctx.out.call_at(at, Origin::Worker(R::KIND, worker), call);
    }

    fn finish(&mut self, work: &Work<R::Key>, ctx: &mut Context<'_>) {
        let (key, now) = (work.key, ctx.now());
        match work.requeue {
            Requeue::Done => self.queue.forget(key),
            Requeue::After(delay) => {
                self.queue.forget(key);
                self.queue.add_at(now + delay, key, work.cause);
            }
            Requeue::Backoff => self.queue.add_rate_limited(now, key, work.cause),
            Requeue::Continue => unreachable!("the work on {key:?} goes on"),
        }
        self.queue.done(key);
    }

    /// Puts a v1 Event about the object behind `key` into the writer, unless the object has had too many (CP-E10).
    fn write_event(&mut self, key: R::Key, cause: Option<Seq>, ctx: &mut Context<'_>) {
        if ctx.view.latency().call.is_zero() {
            return; // The ideal profile has no client limits, so that a v1 Event moves nothing.
        }
        let now = ctx.now();
        let (tokens, since) = self.writer.budgets.entry(key).or_insert((EVENT_BURST, now));
        let grown = (now - *since).as_nanos() / EVENT_REFILL.as_nanos();
        *since += EVENT_REFILL * grown;
        *tokens = tokens
            .saturating_add(u32::try_from(grown).unwrap_or(EVENT_BURST))
            .min(EVENT_BURST);
        if *tokens == 0 {
            return;
        }
        *tokens -= 1;
        self.writer.pending += 1;
        if !self.writer.is_writing {
            self.writer.is_writing = true;
            self.write_next(cause, ctx);
        }
    }

    fn write_next(&mut self, cause: Option<Seq>, ctx: &mut Context<'_>) {
        let at = self.client.reserve(ctx.now()) + ctx.view.latency().call;
        ctx.out.set_cause(cause);
        ctx.out
            .call_at(at, Origin::EventWriter(R::KIND), Call::WriteEvent);
    }
}

impl<R: Reconcile + std::fmt::Debug> Loop for Controller<R> {
    fn observe(&mut self, change: &Change, seq: Option<Seq>, ctx: &mut Context<'_>) {
        let mut wakes = Wakes(std::mem::take(&mut self.wakes));
        self.reconciler.concerns(ctx.view, change, &mut wakes);
        let at = ctx.now() + ctx.view.latency().watch;
        for (key, delay) in wakes.0.drain(..) {
            self.queue.arrive(at, key, delay, seq);
        }
        self.wakes = wakes.0;
        self.arm(ctx);
    }

    fn wake(&mut self, ctx: &mut Context<'_>) {
        if ctx.now() >= self.wake_at {
            self.wake_at = Time::MAX;
        }
        self.run(ctx);
    }

    fn wrote_event(&mut self, ctx: &mut Context<'_>) {
        self.writer.pending -= 1;
        self.writer.is_writing = self.writer.pending > 0;
        if self.writer.is_writing {
            self.write_next(None, ctx);
        }
    }

    fn answered(&mut self, worker: u32, outcome: &Outcome, ctx: &mut Context<'_>) {
        let worker = worker as usize;
        let mut work = self.workers[worker]
            .take()
            .expect("a worker with a call on its way has work");
        work.outstanding -= 1;
        match outcome {
            Outcome::Done | Outcome::NotFound => work.progress.done += 1,
            Outcome::Refused(_) | Outcome::Later(_) => {
                work.progress.refused += 1;
                work.aborted |= work.slow_start;
            }
        }
        if work.events {
            self.write_event(work.key, work.cause, ctx);
        }
        if work.outstanding > 0 {
            self.workers[worker] = Some(work);
            return;
        }
        self.proceed(worker, work, ctx);
        self.run(ctx);
    }
}

#[cfg(test)]
mod tests;
