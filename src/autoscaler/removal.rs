//! Removing a node: taint, wait, evict, wait, delete; or take the taint away again.
//!
//! Upstream: `core/scaledown/actuation`. Differs: the machine is gone as soon as it is asked for.

use super::drainability::{Drain, drain};
use super::template::TO_BE_DELETED;
use crate::api::{Context, Origin};
use crate::model::{AutoscalerFlags, Taint, TaintEffect};
use crate::sim::{Span, Time};
use crate::world::{AutoscalerEvent, Call, Event, NodeChange, NodeId, Owner, PodId, World};

/// How often the pods of a node that is being drained are looked at.
const POLL: Span = Span::from_secs(5);
/// A refused eviction is asked for again after this.
const EVICTION_RETRY: Span = Span::from_secs(10);
/// `max-pod-eviction-time`: for so long.
const MAX_POD_EVICTION_TIME: Span = Span::from_secs(120);
/// Pods may take longer than their grace period by this.
const HEADROOM: Span = Span::from_secs(30);

/// Where a removal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// The taint is on its way to everybody.
    Tainted,
    /// Pods were asked to go at this moment.
    Draining(Time),
    /// Its deletion was asked for.
    Deleting,
}

/// A node that is being removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Removal {
    /// Its pool's place among the autoscaled pools.
    pub(super) pool: usize,
    /// Whether pods have to be evicted.
    pub(super) drain: bool,
    pub(super) stage: Stage,
}

impl Removal {
    pub(super) fn new(pool: usize, drain: bool) -> Self {
        Self {
            pool,
            drain,
            stage: Stage::Tainted,
        }
    }

    /// Puts the taint on, and looks again after the delay.
    pub(super) fn begin(node: NodeId, ctx: &mut Context<'_>) {
        let change = NodeChange::AddTaint(taint());
        ctx.send(Origin::Nobody, Call::ChangeNode { node, change });
        let delay = ctx
            .view
            .model
            .control_plane
            .autoscaler
            .delete_delay_after_taint;
        let after = ctx.view.latency().call + delay;
        ctx.schedule(after, Event::Autoscaler(AutoscalerEvent::Removal(node)));
    }

    /// The next step; `Err` says why the node stays.
    pub(super) fn step(&mut self, node: NodeId, ctx: &mut Context<'_>) -> Result<(), String> {
        let flags = &ctx.view.model.control_plane.autoscaler;
        let world = ctx.view.world;
        match self.stage {
            Stage::Deleting => Ok(()),
            Stage::Tainted => {
                let pods = to_evict(world, flags, node)?;
                if !self.drain && !pods.is_empty() {
                    return Err("reason=not-empty".to_owned());
                }
                self.evict(node, &pods, ctx);
                if pods.is_empty() {
                    self.delete(node, ctx);
                } else {
                    self.stage = Stage::Draining(ctx.now());
                    let patience = flags.max_graceful_termination + HEADROOM;
                    ctx.schedule(patience, Event::Autoscaler(AutoscalerEvent::Removal(node)));
                }
                Ok(())
            }
            Stage::Draining(since) => {
                let refused = not_asked(world, flags, node);
                if let Some(&pod) = refused.first() {
                    return self.ask_again(node, since, pod, &refused, ctx);
                }
                if left(world, flags, node) == 0 {
                    self.delete(node, ctx);
                } else if since + flags.max_graceful_termination + HEADROOM <= ctx.now() {
                    return Err("reason=drain-timeout".to_owned());
                }
                Ok(())
            }
        }
    }

    /// Some evictions were refused: they are asked for again, for a while.
    fn ask_again(
        &self,
        node: NodeId,
        since: Time,
        first: PodId,
        refused: &[PodId],
        ctx: &mut Context<'_>,
    ) -> Result<(), String> {
        let elapsed = ctx.now() - since;
        if elapsed >= MAX_POD_EVICTION_TIME {
            let name = ctx.view.world.pod(first).map(|pod| pod.name.clone());
            return Err(format!(
                "reason=eviction-refused pod={}",
                name.unwrap_or_default()
            ));
        }
        if (elapsed.as_nanos() % EVICTION_RETRY.as_nanos()) == 0 {
            self.evict(node, refused, ctx);
        }
        Ok(())
    }

    /// Evicts pods; daemon pods go as well where the flag says so, but nobody waits for them.
    fn evict(&self, node: NodeId, pods: &[PodId], ctx: &mut Context<'_>) {
        let flags = &ctx.view.model.control_plane.autoscaler;
        let world = ctx.view.world;
        let with_daemons = if self.drain {
            flags.evict_daemons_of_occupied_nodes
        } else {
            flags.evict_daemons_of_empty_nodes
        };
        let mut may_be_refused = false;
        for &id in world.node(node).pods.values() {
            let Some(pod) = world.live_pod(id) else {
                continue;
            };
            let is_daemon = matches!(pod.owner, Owner::DaemonSet(_));
            let goes = pods.contains(&id) || is_daemon && with_daemons && !pod.phase.is_terminal();
            if goes && pod.deletion.is_none() {
                let own = world.template_of(pod).spec.termination_grace;
                let grace = Some(own.min(flags.max_graceful_termination));
                ctx.send(Origin::Nobody, Call::EvictPod { pod: id, grace });
                may_be_refused |= world.budgets_of(pod).next().is_some();
            }
        }
        if may_be_refused {
            let event = Event::Autoscaler(AutoscalerEvent::Removal(node));
            ctx.schedule(EVICTION_RETRY, event);
        }
    }

    fn delete(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.stage = Stage::Deleting;
        ctx.send(Origin::Nobody, Call::DeleteNode(node));
    }

    /// A pod of the node is gone: looks again at the next round, if it was the last one.
    pub(super) fn pod_gone(&self, node: NodeId, pod: PodId, ctx: &mut Context<'_>) {
        let Stage::Draining(since) = self.stage else {
            return;
        };
        let flags = &ctx.view.model.control_plane.autoscaler;
        let world = ctx.view.world;
        let others = world.node(node).pods.values().filter(|&&id| id != pod);
        let others = others.filter(|&&id| is_awaited(world, flags, id)).count();
        if others == 0 {
            let rounds = (ctx.now() - since).as_nanos().div_euclid(POLL.as_nanos()) + 1;
            let at = since + POLL * rounds;
            let event = Event::Autoscaler(AutoscalerEvent::Removal(node));
            ctx.out.event_at(at, event);
        }
    }

    /// The node stays.
    pub(super) fn abort(node: NodeId, ctx: &mut Context<'_>) {
        let change = NodeChange::RemoveTaint(taint());
        ctx.send(Origin::Nobody, Call::ChangeNode { node, change });
    }
}

/// The taint of a node that is being removed.
fn taint() -> Taint {
    Taint {
        key: TO_BE_DELETED.into(),
        value: "".into(),
        effect: TaintEffect::NoSchedule,
    }
}

/// The pods that have to move, as it is now; `Err`: one of them must not.
fn to_evict(world: &World, flags: &AutoscalerFlags, node: NodeId) -> Result<Vec<PodId>, String> {
    let mut pods = Vec::new();
    for &id in world.node(node).pods.values() {
        let Some(pod) = world.live_pod(id) else {
            continue;
        };
        match drain(world, flags, pod, world.now()) {
            Drain::Ignore | Drain::Daemon => {}
            Drain::Move => pods.push(id),
            Drain::Wait => return Err("reason=on-completion".to_owned()),
            Drain::Block(why, _) => {
                return Err(format!(
                    "reason=blocked pod={}/{}: {why}",
                    pod.namespace, pod.name
                ));
            }
        }
    }
    Ok(pods)
}

/// Pods that are waited for and were not evicted: a disruption budget has refused it.
fn not_asked(world: &World, flags: &AutoscalerFlags, node: NodeId) -> Vec<PodId> {
    let is_spared = |&id: &PodId| {
        is_awaited(world, flags, id) && world.live_pod(id).is_some_and(|pod| pod.deletion.is_none())
    };
    let pods = world.node(node).pods.values().copied();
    pods.filter(is_spared).collect()
}

/// Pods that were evicted and are still there.
fn left(world: &World, flags: &AutoscalerFlags, node: NodeId) -> usize {
    let pods = world.node(node).pods.values();
    pods.filter(|&&id| is_awaited(world, flags, id)).count()
}

fn is_awaited(world: &World, flags: &AutoscalerFlags, id: PodId) -> bool {
    let Some(pod) = world.live_pod(id) else {
        return false;
    };
    let is_daemon = matches!(pod.owner, Owner::DaemonSet(_));
    let was_asked = pod.deletion.is_some();
    // One that has ended is waited for only if it was asked to go.
    let is_gone = drain(world, flags, pod, world.now()) == Drain::Ignore && !was_asked;
    !is_daemon && !is_gone
}
