//! The end of a scheduling cycle: a binding goes out, or the pod says why it waits.
//!
//! Upstream: `bindingCycle` and `handleSchedulingFailure` of `schedule_one.go`, `framework/preemption/executor.go`.

use super::attempt::Failure;
use super::cache::Held;
use super::hints::{Hints, Occurrence};
use super::nominations::Nominated;
use super::preemption::Preemption;
use super::queue::{self, Trial, Waiting};
use super::search::Verdict;
use super::{Cycle, Scheduler};
use crate::api::{Context, Origin};
use crate::sim::Time;
use crate::world::{Call, DisruptionReason, NodeId, PodId, World};

impl Scheduler {
    /// Acts on what the cycle found.
    pub(super) fn end_cycle(&mut self, cycle: Cycle, ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let id = cycle.waiting.pod;
        let (trial, cause) = (cycle.waiting.trial, cycle.waiting.cause);
        let number = cycle.waiting.number;
        let Some(pod) = world.live_pod(id).filter(|pod| pod.node.is_none()) else {
            self.probe_next(world, trial, number, cause);
            return;
        };
        match cycle.verdict {
            Verdict::Node(node) => {
                self.hold(world, Held::new(id, pod, node, true));
                self.clear_nomination(world, id);
                let at = self.reserve(ctx);
                self.probe_next(world, trial, number, cause);
                self.binding.insert(id, cycle.waiting);
                ctx.out
                    .call_at(at, Origin::Scheduler, Call::Bind { pod: id, node });
            }
            Verdict::Nowhere(failure, preemption) => {
                let mut waiting = cycle.waiting;
                waiting.rejectors = failure.rejectors;
                if let Preemption::Victims { victims, .. } = &preemption {
                    self.preempting.insert(id, victims.clone());
                }
                let is_helped = self.is_helped(world, &waiting, &cycle.meanwhile);
                self.tell(&mut waiting, &failure, &preemption, ctx);
                let stays = trial.group() == Some(queue::group(&waiting));
                if trial == Trial::ForRoom {
                    self.freed.tried(queue::rank(&waiting));
                }
                self.queue.add_failed(waiting, ctx.now(), is_helped);
                // Where one of the group preempts, the next one may; and with other rejectors it left the group.
                if !is_helped && (!stays || matches!(preemption, Preemption::Victims { .. })) {
                    self.probe_next(world, trial, number, cause);
                }
                if let Preemption::Victims { node, victims } = preemption {
                    self.evict(pod.priority, node, &victims, ctx);
                }
            }
        }
    }

    /// SCH-7: whether something that happened during the cycle may help after all.
    fn is_helped(&self, world: &World, waiting: &Waiting, meanwhile: &[Occurrence]) -> bool {
        let group = queue::group(waiting);
        let hints = Hints {
            cache: &self.cache,
            templates: world.templates(),
            room_is_watched: false,
        };
        let helps = |occurrence: &Occurrence| match hints.helps(occurrence, group) {
            Some(helps) => helps,
            None => world
                .pod(waiting.pod)
                .is_some_and(|pod| hints.helps_pod(occurrence, group.rejectors, pod)),
        };
        !Self::is_preempting(&self.preempting, world, waiting.pod) && meanwhile.iter().any(helps)
    }

    /// Writes message and nomination, in one request, if either changed (SCH-4, SCH-68).
    fn tell(
        &mut self,
        waiting: &mut Waiting,
        failure: &Failure,
        preemption: &Preemption,
        ctx: &mut Context<'_>,
    ) {
        let pod = waiting.pod;
        let before = self.nominations.of(pod);
        let nominated = match preemption {
            Preemption::NotEligible => before,
            Preemption::Hopeless => None,
            Preemption::Victims { node, .. } => Some(*node),
        };
        let message = &failure.message;
        let is_new = waiting.message.as_ref() != Some(message);
        if !is_new && nominated == before {
            return;
        }
        let at = self.reserve(ctx);
        if is_new {
            waiting.message = Some(message.clone());
            let message = message.clone();
            let call = Call::MarkUnschedulable { pod, message };
            ctx.out.call_at(at, Origin::Nobody, call);
        }
        if nominated != before {
            self.nominate(ctx.view.world, waiting, nominated);
            let call = Call::Nominate {
                pod,
                node: nominated,
            };
            ctx.out.call_at(at, Origin::Nobody, call);
        }
    }

    fn nominate(&mut self, world: &World, waiting: &Waiting, node: Option<NodeId>) {
        if let Some(held) = self.clear_nomination(world, waiting.pod) {
            self.happened(world, None, Occurrence::PodGone(held));
        }
        if let Some(node) = node {
            self.nominations.set(Nominated {
                pod: waiting.pod,
                node,
                priority: waiting.priority,
            });
        }
    }

    /// SCH-67: pods of lower priority lose their nomination for the node, and the victims are deleted, the last one
    /// after the others. A victim takes two requests: its condition, and its deletion.
    fn evict(&mut self, priority: i32, node: NodeId, victims: &[PodId], ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let lower: Vec<PodId> = self
            .nominations
            .on(node)
            .filter(|nominated| nominated.priority < priority)
            .map(|nominated| nominated.pod)
            .collect();
        for pod in lower {
            if let Some(held) = self.clear_nomination(world, pod) {
                self.happened(world, None, Occurrence::PodGone(held));
            }
            let at = self.reserve(ctx);
            let call = Call::Nominate { pod, node: None };
            ctx.out.call_at(at, Origin::Nobody, call);
        }
        let is_alive = |pod: &&PodId| {
            let row = world.live_pod(**pod);
            row.is_some_and(|row| row.deletion.is_none())
        };
        let victims: Vec<PodId> = victims.iter().filter(is_alive).copied().collect();
        let call_latency = ctx.view.latency().call;
        let mut others_done = ctx.now();
        for (index, &pod) in victims.iter().enumerate() {
            let begins = if index + 1 == victims.len() {
                others_done
            } else {
                ctx.now()
            };
            self.client.reserve(begins);
            let at = self.client.reserve(begins) + call_latency + call_latency;
            others_done = others_done.max(at);
            let call = Call::DeletePod {
                pod,
                grace: None,
                disruption: Some(DisruptionReason::PreemptionByScheduler),
            };
            ctx.out.call_at(at, Origin::Nobody, call);
        }
    }

    /// When the next request changes the API (SCH-C7).
    fn reserve(&mut self, ctx: &Context<'_>) -> Time {
        self.client.reserve(ctx.now()) + ctx.view.latency().call
    }
}
