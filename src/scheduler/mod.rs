//! The scheduler: which pod goes to which node, and when.
//!
//! A change is put into the inbox and read when the watch brings it. Then, one pod at a time: a cycle begins with the
//! cluster as the scheduler knows it and looks for a node; when the cycle ends, the pod is assumed to be there and its
//! binding goes out, or it joins those that wait until something may help. Meanwhile the next cycle begins; bindings
//! wait for the client's tokens on their own. Upstream: `pkg/scheduler` of Kubernetes 1.36 (SCH-1 to SCH-81).
//!
//! Left out on purpose: volumes, dynamic resources, extenders, further profiles, pod groups, and images as a score.

mod attempt;
mod binding;
mod cache;
mod crowds;
mod filters;
mod freed;
mod hints;
mod interpod;
mod message;
mod news;
mod nominations;
mod patterns;
mod plugins;
mod preemption;
mod queue;
mod rules;
mod sampling;
mod scores;
mod search;
mod spread;
mod what_if;

pub use what_if::{ImaginedNode, Mark, WhatIf, suits};

use self::cache::{Cache, Held};
use self::freed::Freed;
use self::hints::{Hints, Occurrence};
use self::news::{News, Notice};
use self::nominations::Nominations;
use self::patterns::Patterns;
use self::plugins::Plugins;
use self::queue::{Queue, Trial, Waiting};
use self::search::{Scene, Searcher, Verdict};
use crate::api::{Context, TokenBucket};
use crate::model::{Model, Profile};
use crate::sim::{Seq, Span, Time};
use crate::world::{Call, Change, Event, Outcome, PodId, PodNumber, SchedulerEvent, World};
use slotmap::SecondaryMap;
use std::collections::VecDeque;

/// A scheduling cycle that is going on.
#[derive(Debug)]
struct Cycle {
    waiting: Waiting,
    verdict: Verdict,
    ends_at: Time,
    /// What happened since it began (SCH-7).
    meanwhile: Vec<Occurrence>,
}

/// kube-scheduler.
#[derive(Debug)]
pub struct Scheduler {
    inbox: VecDeque<Notice>,
    /// Pods in the inbox that want a node.
    newcomers: usize,
    cause: Option<Seq>,
    cache: Cache,
    patterns: Patterns,
    nominations: Nominations,
    queue: Queue,
    /// Only filled where the queue is lazy.
    freed: Freed,
    searcher: Searcher,
    client: TokenBucket,
    cycle: Option<Cycle>,
    /// Pods whose binding is on its way.
    binding: SecondaryMap<PodId, Waiting>,
    /// Pods that preempt, and whom: they are not tried until all deletions were asked for (SCH-67).
    preempting: SecondaryMap<PodId, Vec<PodId>>,
    cycle_length: Span,
    wake_at: Option<Time>,
    backoff_flush_at: Option<Time>,
    pool_flush_at: Option<Time>,
}

impl Scheduler {
    /// A scheduler that has not seen anything yet.
    pub fn new(model: &Model) -> Self {
        let flags = &model.control_plane.scheduler;
        Self {
            inbox: VecDeque::new(),
            newcomers: 0,
            cause: None,
            cache: Cache::default(),
            patterns: Patterns::default(),
            nominations: Nominations::default(),
            queue: Queue::new(
                flags,
                model.start_unix_nanos,
                model.control_plane.profile == Profile::Ideal,
            ),
            freed: Freed::default(),
            searcher: Searcher::new(flags.percentage_of_nodes_to_score),
            client: TokenBucket::new(model.control_plane.client(flags.client)),
            cycle: None,
            binding: SecondaryMap::new(),
            preempting: SecondaryMap::new(),
            cycle_length: model.control_plane.latency().scheduling_cycle,
            wake_at: None,
            backoff_flush_at: None,
            pool_flush_at: None,
        }
    }

    /// Says which recorded fact the change is that [`Scheduler::observe`] is told next: what a pod waits for becomes
    /// the cause of its binding. Without it, the event being handled is.
    pub fn note_cause(&mut self, cause: Option<Seq>) {
        self.cause = cause;
    }

    /// Hears of a change right after it happened; acts on it when the watch brings it.
    pub fn observe(&mut self, change: &Change, ctx: &mut Context<'_>) {
        let Some(news) = News::of(change, ctx.view.world) else {
            return;
        };
        let is_newcomer = matches!(news, News::PodCreated(_));
        let is_idle = self.queue.is_empty() && self.cycle.is_none() && self.newcomers == 0;
        self.newcomers += usize::from(is_newcomer);
        let at = ctx.now() + ctx.view.latency().watch;
        self.inbox.push_back(Notice {
            at,
            cause: self.cause.take(),
            news,
        });
        // What can neither start nor help a pod is read with the next notice that can.
        if is_newcomer || !is_idle {
            self.wake(at, ctx);
        }
    }

    /// Handles an event of its own; one that is no longer needed does nothing.
    pub fn handle(&mut self, event: SchedulerEvent, ctx: &mut Context<'_>) {
        let now = ctx.now();
        self.read_inbox(ctx.view.world);
        match event {
            SchedulerEvent::Wake => {}
            SchedulerEvent::CycleEnd => {
                if let Some(cycle) = self.cycle.take_if(|cycle| cycle.ends_at <= now) {
                    self.end_cycle(cycle, ctx);
                }
            }
            SchedulerEvent::FlushBackoff => {
                self.backoff_flush_at.take_if(|at| *at <= now);
                self.queue.flush_backoff(now);
            }
            SchedulerEvent::FlushUnschedulable => {
                self.pool_flush_at.take_if(|at| *at <= now);
                self.queue.flush_pool(now, self.cache.eased_version());
            }
        }
        self.begin_cycle(ctx);
        self.set_ticks(ctx);
    }

    /// Hears what became of a call that it sent.
    pub fn answered(&mut self, call: &Call, outcome: &Outcome, ctx: &mut Context<'_>) {
        let Call::Bind { pod, node: _ } = call else {
            return;
        };
        self.read_inbox(ctx.view.world);
        let Some(mut waiting) = self.binding.remove(*pod) else {
            return;
        };
        match outcome {
            Outcome::Done => return,
            Outcome::NotFound => {}
            Outcome::Refused(_) | Outcome::Later(_) => {
                waiting.rejectors = Plugins::NONE;
                waiting.cause = None;
                self.queue.add_failed(waiting, ctx.now(), false);
            }
        }
        let templates = ctx.view.world.templates();
        if let Some(held) = self.cache.release(templates, *pod) {
            self.happened(ctx.view.world, None, Occurrence::PodGone(held));
        }
        let now = ctx.now();
        self.wake(now, ctx);
    }

    /// Makes sure that the inbox is read at `at`.
    fn wake(&mut self, at: Time, ctx: &mut Context<'_>) {
        if self.wake_at != Some(at) {
            self.wake_at = Some(at);
            let event = Event::Scheduler(SchedulerEvent::Wake);
            ctx.out.event_at(at, event);
        }
    }

    /// Reads what the watch has brought so far.
    fn read_inbox(&mut self, world: &World) {
        if self.wake_at.is_some_and(|at| at <= world.now()) {
            self.wake_at = None;
        }
        while let Some(notice) = self.inbox.front().copied() {
            if notice.at > world.now() {
                return;
            }
            self.inbox.pop_front();
            self.read(world, notice);
        }
    }

    fn read(&mut self, world: &World, notice: Notice) {
        let cause = notice.cause;
        match notice.news {
            News::PodCreated(pod) => {
                self.newcomers -= 1;
                self.meet_pod(world, cause, pod);
            }
            News::PodBound(pod) => {
                self.queue.remove(pod);
                self.clear_nomination(world, pod);
                if let Some(row) = world.pod(pod)
                    && let Some(node) = row.node
                    && !row.phase.is_terminal()
                {
                    let held = Held::new(pod, row, node, false);
                    if self.patterns.any_pod_rules() {
                        self.happened(world, cause, Occurrence::PodBound(held.clone()));
                    }
                    self.hold(world, held);
                }
            }
            News::PodEnded(pod) => self.lose_pod(world, cause, pod),
            News::PodTerminating(pod) => self.cache.terminate(pod),
            News::NodeAdded(node) => {
                if self.cache.order().is_empty() {
                    self.queue.catch_up(world.now(), self.cycle_length);
                }
                self.cache.add_node(world, node);
                self.cache.update_node(world, node);
                self.patterns
                    .node_changed(world.templates(), &self.cache, node);
                self.happened(world, cause, Occurrence::NodeAdded(node));
            }
            News::NodeChanged(node) => {
                if let Some(before) = self.cache.update_node(world, node) {
                    self.patterns
                        .node_changed(world.templates(), &self.cache, node);
                    self.happened(world, cause, Occurrence::NodeChanged(before));
                }
            }
            News::NodeRemoved(node) => {
                if let Some(before) = self.cache.remove_node(node) {
                    self.happened(world, cause, Occurrence::NodeRemoved(before));
                }
            }
        }
    }

    /// SCH-6: a pod that wants a node joins the queue; one with gates does not.
    fn meet_pod(&mut self, world: &World, cause: Option<Seq>, id: PodId) {
        let Some(pod) = world.live_pod(id) else {
            return;
        };
        let gated = !world.template_of(pod).spec.scheduling_gates.is_empty();
        if pod.node.is_some() || pod.phase.is_terminal() || gated {
            return;
        }
        self.patterns
            .learn(world.templates(), &self.cache, pod.template);
        self.queue.add(Waiting {
            pod: id,
            number: pod.number,
            template: pod.template,
            target: pod.target,
            priority: pod.priority,
            since: world.now(),
            failures: 0,
            errors: 0,
            rejectors: Plugins::NONE,
            version: 0,
            message: pod.unschedulable.clone(),
            cause,
            trial: Trial::Alone,
        });
    }

    /// SCH-2: a pod that ended gives its place back, whether it was bound, assumed or nominated.
    fn lose_pod(&mut self, world: &World, cause: Option<Seq>, pod: PodId) {
        if let Some(waiting) = self.queue.remove(pod) {
            self.probe_next(world, waiting.trial, waiting.number, cause);
        }
        self.preempting.remove(pod);
        let nominated = self.clear_nomination(world, pod);
        let held = self.cache.release(world.templates(), pod);
        if let Some(held) = held.or(nominated) {
            self.happened(world, cause, Occurrence::PodGone(held));
        }
    }

    fn hold(&mut self, world: &World, held: Held) {
        let is_new = self.cache.hold(world, held);
        // A pod that comes can only help those that want company or an even spread.
        if is_new && self.patterns.any_pod_rules() {
            self.cache.ease();
        }
    }

    /// Takes a pod's nomination away; the place that it kept.
    fn clear_nomination(&mut self, world: &World, pod: PodId) -> Option<Held> {
        let nominated = self.nominations.clear(pod)?;
        self.cache.ease_node(nominated.node);
        let row = world.pod(pod)?;
        Some(Held::new(pod, row, nominated.node, true))
    }

    /// Goes on with the group that a pod was tried for.
    fn probe_next(&mut self, world: &World, trial: Trial, tried: PodNumber, cause: Option<Seq>) {
        if let Some(group) = trial.group() {
            let preempting = &self.preempting;
            self.queue
                .probe_next(group, tried, world.now(), cause, |pod| {
                    Self::is_preempting(preempting, world, pod)
                });
        }
    }

    /// SCH-67: whether a pod still asks for its victims' deletion.
    fn is_preempting(
        preempting: &SecondaryMap<PodId, Vec<PodId>>,
        world: &World,
        pod: PodId,
    ) -> bool {
        let mut victims = preempting.get(pod).into_iter().flatten();
        victims.any(|&victim| {
            world
                .live_pod(victim)
                .is_some_and(|victim| victim.deletion.is_none() && !victim.phase.is_terminal())
        })
    }

    /// Moves the pods that an occurrence may help, and keeps it for the pod whose cycle is going on.
    fn happened(&mut self, world: &World, cause: Option<Seq>, occurrence: Occurrence) {
        let hints = Hints {
            cache: &self.cache,
            templates: world.templates(),
            room_is_watched: self.queue.is_lazy(),
        };
        if let Occurrence::PodGone(held) = &occurrence
            && self.queue.is_lazy()
            && !self.queue.is_empty()
        {
            self.freed.note(held.node, cause);
        }
        let preempting = &self.preempting;
        self.queue.move_helped(
            world.now(),
            cause,
            |group| hints.helps(&occurrence, group),
            |rejectors, id| {
                let pod = world.pod(id);
                pod.is_some_and(|pod| hints.helps_pod(&occurrence, rejectors, pod))
            },
            |pod| Self::is_preempting(preempting, world, pod),
        );
        if let Some(cycle) = &mut self.cycle {
            cycle.meanwhile.push(occurrence);
        }
    }

    /// The first active pod, or one before it that a pod which ended has left room for.
    fn next_to_try(&mut self) -> Option<Waiting> {
        let (queue, patterns, cache) = (&mut self.queue, &self.patterns, &self.cache);
        let before = queue.next_rank();
        let found = self.freed.first(queue, |group, node| {
            let is_free = patterns.has_room(cache, group.template, node);
            is_free && group.wants_room_alone(cache)
        });
        if let Some(((.., pod), cause)) =
            found.filter(|(rank, _)| before.is_none_or(|before| *rank < before))
        {
            return queue.take_for_room(pod, cause);
        }
        queue.pop()
    }

    /// Takes the next pod and looks for its node; the answer counts when the cycle ends.
    fn begin_cycle(&mut self, ctx: &mut Context<'_>) {
        if self.cycle.is_some() {
            return;
        }
        let world = ctx.view.world;
        while let Some(mut waiting) = self.next_to_try() {
            let pod = world
                .live_pod(waiting.pod)
                .filter(|pod| pod.deletion.is_none() && pod.node.is_none());
            // SCH-3; a pod is also passed over that is assumed to be on a node.
            let Some(pod) = pod.filter(|_| self.cache.held(waiting.pod).is_none()) else {
                self.probe_next(world, waiting.trial, waiting.number, waiting.cause);
                continue;
            };
            self.preempting.remove(waiting.pod);
            let mut scene = Scene {
                view: ctx.view,
                cache: &mut self.cache,
                patterns: &mut self.patterns,
                nominations: &self.nominations,
            };
            let verdict = self.searcher.search(&mut scene, &waiting, pod);
            waiting.version = self.cache.version();
            let ends_at = ctx.now() + self.cycle_length;
            ctx.out.set_cause(waiting.cause);
            ctx.out
                .event_at(ends_at, Event::Scheduler(SchedulerEvent::CycleEnd));
            ctx.out.set_cause(None);
            self.cycle = Some(Cycle {
                waiting,
                verdict,
                ends_at,
                meanwhile: Vec::new(),
            });
            return;
        }
    }

    /// Sets the next tick of each kind at which something would change (SCH-C2, SCH-C3).
    fn set_ticks(&mut self, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let backoff = self
            .queue
            .next_backoff_flush(!self.cache.order().is_empty());
        let pool = self.queue.next_pool_flush(now, self.cache.eased_version());
        for (set_at, at, event) in [
            (
                &mut self.backoff_flush_at,
                backoff,
                SchedulerEvent::FlushBackoff,
            ),
            (
                &mut self.pool_flush_at,
                pool,
                SchedulerEvent::FlushUnschedulable,
            ),
        ] {
            if let Some(at) = at.map(|at| at.max(now))
                && set_at.is_none_or(|set_at| at < set_at)
            {
                *set_at = Some(at);
                ctx.out.event_at(at, Event::Scheduler(event));
            }
        }
    }
}

#[cfg(test)]
mod tests;
