//! The scheduler: which pod goes to which node, and when.
//!
//! A change is put into the inbox and read when the watch brings it. Then, one pod at a time: a cycle begins with the
//! cluster as the scheduler knows it and looks for a node; when the cycle ends, the pod is assumed to be there and its
//! binding goes out, or it joins those that wait until something may help. Meanwhile the next cycle begins; bindings
//! wait for the client's tokens on their own. Upstream: `pkg/scheduler` of Kubernetes 1.36 (SCH-1 to SCH-81).
//!
//! Left out on purpose: volumes, dynamic resources, extenders, further profiles, pod groups, and images as a score.

mod attempt;
mod cache;
mod filters;
mod hints;
mod message;
mod nominations;
mod patterns;
mod plugins;
mod queue;
mod sampling;
mod scores;

use self::attempt::{Attempt, Failure, Searcher, Verdict};
use self::cache::{Cache, Held};
use self::hints::Occurrence;
use self::nominations::Nominations;
use self::patterns::Patterns;
use self::queue::{Queue, Waiting};
use crate::api::{Context, Origin, TokenBucket};
use crate::model::Model;
use crate::sim::{Seq, Time};
use crate::world::{Call, Change, Event, NodeId, Outcome, PodId, SchedulerEvent, World};
use slotmap::SecondaryMap;
use std::collections::VecDeque;

/// A change on its way to the scheduler.
#[derive(Debug, Clone, Copy)]
struct Notice {
    /// When the watch brings it.
    at: Time,
    cause: Option<Seq>,
    news: News,
}

#[derive(Debug, Clone, Copy)]
enum News {
    PodCreated(PodId),
    PodBound(PodId),
    /// Terminal, or its object is gone.
    PodEnded(PodId),
    NodeAdded(NodeId),
    NodeChanged(NodeId),
    NodeRemoved(NodeId),
}

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
    searcher: Searcher,
    client: TokenBucket,
    cycle: Option<Cycle>,
    /// Pods whose binding is on its way.
    binding: SecondaryMap<PodId, Waiting>,
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
            queue: Queue::new(flags, model.start_unix_nanos),
            searcher: Searcher::new(flags.percentage_of_nodes_to_score),
            client: TokenBucket::new(model.control_plane.client(flags.client)),
            cycle: None,
            binding: SecondaryMap::new(),
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
        let Some(news) = news(change, ctx.view.world) else {
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
                if self
                    .cycle
                    .as_ref()
                    .is_some_and(|cycle| cycle.ends_at <= now)
                {
                    self.end_cycle(ctx);
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
            Outcome::Refused(_) => {
                waiting.rejectors = plugins::Plugins::NONE;
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
                self.clear_nomination(pod);
                if let Some(row) = world.pod(pod)
                    && let Some(node) = row.node
                    && !row.phase.is_terminal()
                {
                    let held = Held::new(pod, row, node, false);
                    self.hold(world, held.clone());
                    self.happened(world, cause, Occurrence::PodBound(held));
                }
            }
            News::PodEnded(pod) => self.lose_pod(world, cause, pod),
            News::NodeAdded(node) => {
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
            rejectors: plugins::Plugins::NONE,
            version: 0,
            message: pod.unschedulable.clone(),
            cause,
        });
    }

    /// SCH-2: a pod that ended gives its place back, whether it was bound, assumed or nominated.
    fn lose_pod(&mut self, world: &World, cause: Option<Seq>, pod: PodId) {
        self.queue.remove(pod);
        self.clear_nomination(pod);
        if let Some(held) = self.cache.release(world.templates(), pod) {
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

    fn clear_nomination(&mut self, pod: PodId) {
        if let Some(nominated) = self.nominations.clear(pod) {
            self.cache.ease_node(nominated.node);
        }
    }

    /// Moves the pods that an occurrence may help, and keeps it for the pod whose cycle is going on.
    fn happened(&mut self, world: &World, cause: Option<Seq>, occurrence: Occurrence) {
        let (cache, templates) = (&self.cache, world.templates());
        self.queue.move_helped(
            world.now(),
            cause,
            |group| hints::helps(&occurrence, group, cache, templates),
            |_| true,
        );
        if let Some(cycle) = &mut self.cycle {
            cycle.meanwhile.push(occurrence);
        }
    }

    /// Takes the next pod and looks for its node; the answer counts when the cycle ends.
    fn begin_cycle(&mut self, ctx: &mut Context<'_>) {
        if self.cycle.is_some() {
            return;
        }
        let world = ctx.view.world;
        while let Some(mut waiting) = self.queue.pop() {
            let wants_a_node = world
                .live_pod(waiting.pod)
                .is_some_and(|pod| pod.deletion.is_none() && pod.node.is_none());
            // SCH-3; a pod is also passed over that is assumed to be on a node.
            if !wants_a_node || self.cache.held(waiting.pod).is_some() {
                continue;
            }
            let attempt = Attempt {
                world,
                cache: &self.cache,
                nominations: &self.nominations,
                waiting: &waiting,
            };
            let verdict = self.searcher.search(&attempt, &mut self.patterns);
            waiting.version = self.cache.version();
            let ends_at = ctx.now() + ctx.view.latency().scheduling_cycle;
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

    fn end_cycle(&mut self, ctx: &mut Context<'_>) {
        let Some(cycle) = self.cycle.take() else {
            return;
        };
        let world = ctx.view.world;
        let id = cycle.waiting.pod;
        let Some(pod) = world.live_pod(id).filter(|pod| pod.node.is_none()) else {
            return;
        };
        match cycle.verdict {
            Verdict::Node(node) => {
                let held = Held::new(id, pod, node, true);
                self.hold(world, held);
                self.clear_nomination(id);
                let at = self.client.reserve(ctx.now()) + ctx.view.latency().call;
                let call = Call::Bind { pod: id, node };
                self.binding.insert(id, cycle.waiting);
                ctx.out.call_at(at, Origin::Scheduler, call);
            }
            Verdict::Nowhere(failure) => {
                self.fail(cycle.waiting, &failure, &cycle.meanwhile, ctx);
            }
        }
    }

    /// SCH-7: the pod found no node; it says so, and waits.
    fn fail(
        &mut self,
        mut waiting: Waiting,
        failure: &Failure,
        meanwhile: &[Occurrence],
        ctx: &mut Context<'_>,
    ) {
        waiting.rejectors = failure.rejectors;
        let group = queue::group(&waiting);
        let templates = ctx.view.world.templates();
        let helped = meanwhile.iter().any(|occurrence| {
            hints::helps(occurrence, group, &self.cache, templates) != Some(false)
        });
        let message: crate::model::Name = failure.message.as_str().into();
        if waiting.message.as_ref() != Some(&message) {
            waiting.message = Some(message.clone());
            let at = self.client.reserve(ctx.now()) + ctx.view.latency().call;
            let call = Call::MarkUnschedulable {
                pod: waiting.pod,
                message,
            };
            ctx.out.call_at(at, Origin::Nobody, call);
        }
        self.queue.add_failed(waiting, ctx.now(), helped);
    }

    /// Sets the next tick of each kind at which something would change (SCH-C2, SCH-C3).
    fn set_ticks(&mut self, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let backoff = self.queue.next_backoff_flush();
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

/// What of a change matters here.
fn news(change: &Change, world: &World) -> Option<News> {
    match *change {
        Change::PodCreated(pod) => {
            let wants_a_node = world.pod(pod).is_some_and(|pod| pod.node.is_none());
            wants_a_node.then_some(News::PodCreated(pod))
        }
        Change::PodScheduled(pod) => Some(News::PodBound(pod)),
        Change::PodSucceeded(pod) | Change::PodFailed(pod) | Change::PodDeleted(pod) => {
            Some(News::PodEnded(pod))
        }
        Change::NodeAdded(node) => Some(News::NodeAdded(node)),
        Change::NodeTainted { node, .. }
        | Change::NodeUntainted { node, .. }
        | Change::NodeCordoned(node)
        | Change::NodeUncordoned(node)
        | Change::NodeLabeled(node) => Some(News::NodeChanged(node)),
        Change::NodeRemoved(node) => Some(News::NodeRemoved(node)),
        Change::NodeReady(_)
        | Change::NodeNotReady(_)
        | Change::NodeCrashed(_)
        | Change::NodeRecovered(_)
        | Change::PodUnschedulable(_)
        | Change::PodNominated(_)
        | Change::ContainerPulling { .. }
        | Change::ContainerPulled { .. }
        | Change::ContainerStarted { .. }
        | Change::ContainerExited { .. }
        | Change::ContainerBackoff { .. }
        | Change::PodStarted(_)
        | Change::PodReady(_)
        | Change::PodNotReady(_)
        | Change::PodDeleting(_)
        | Change::PodFinalizerRemoved(_)
        | Change::PodPreempted(_)
        | Change::PodEvicted(_)
        | Change::JobCreated(_)
        | Change::JobUpdated(_)
        | Change::JobStatus { .. }
        | Change::JobStarted(_)
        | Change::JobCondition { .. }
        | Change::JobDeleting(_)
        | Change::JobDeleted(_)
        | Change::CronJobCreated(_)
        | Change::CronJobUpdated { .. }
        | Change::CronJobSuspended(_)
        | Change::CronJobResumed(_)
        | Change::CronJobStatus(_)
        | Change::CronJobDecided { .. }
        | Change::CronJobDeleting(_)
        | Change::CronJobDeleted(_)
        | Change::DaemonSetCreated(_)
        | Change::DaemonSetUpdated(_)
        | Change::DaemonSetStatus(_)
        | Change::DaemonSetRolledOut(_)
        | Change::DaemonSetDeleting(_)
        | Change::DaemonSetDeleted(_)
        | Change::Action { .. } => None,
    }
}
