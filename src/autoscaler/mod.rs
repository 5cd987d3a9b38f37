//! cluster-autoscaler: pools grow for pods that fit nowhere, and shrink where nodes are hardly used.
//!
//! The loop of the real one runs every ten seconds; here only those runs are played that find something new, since
//! a change or because a time is up. Whether a pod fits is asked of the scheduler's own filters ([`crate::scheduler::WhatIf`]), as the
//! real one links the scheduler's framework. Upstream: `cluster-autoscaler` of kubernetes/autoscaler, release 1.36.

mod drainability;
mod estimator;
mod expander;
mod loops;
mod pools;
mod removal;
mod run;
mod scale_down;
mod scale_up;
mod template;

use self::loops::Loops;
use self::pools::PoolState;
use self::removal::Removal;
use self::scale_down::Planner;
use crate::api::{Context, Origin, View};
use crate::model::{AutoscalerFlags, Model};
use crate::sim::{Seq, Span, Time};
use crate::world::{AutoscalerEvent, Call, Change, NodeId, PodId, PodNumber, Scaling, World};
use std::collections::BTreeMap;

/// For so long a pod without a node starts runs at once (`loop/trigger.go`).
const RECENT: Span = Span::from_secs(10);

/// A pod that the scheduler found no node for.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    pod: PodId,
    /// The event that says so.
    cause: Option<Seq>,
    /// Since when it is so.
    since: Time,
}

/// The autoscaler of a cluster with at least one autoscaled pool.
#[derive(Debug)]
pub struct Autoscaler {
    pools: Vec<PoolState>,
    loops: Loops,
    /// Grows with every change that a run of the loop may see.
    version: u64,
    waiting: BTreeMap<PodNumber, Waiting>,
    planner: Planner,
    removals: BTreeMap<NodeId, Removal>,
    /// Since when nodes are Ready that became so during the run.
    ready_since: BTreeMap<NodeId, Time>,
    last_up: Option<Time>,
    last_down: Option<Time>,
    last_failure: Option<Time>,
    /// How often it decided to grow.
    decisions: u64,
}

impl Autoscaler {
    /// The autoscaler of a model; `None` where no pool is autoscaled.
    pub fn new(model: &Model) -> Option<Self> {
        let pools = PoolState::all(model);
        (!pools.is_empty()).then(|| Self {
            pools,
            loops: Loops::new(model.control_plane.autoscaler.scan_interval),
            version: 0,
            waiting: BTreeMap::new(),
            planner: Planner::default(),
            removals: BTreeMap::new(),
            ready_since: BTreeMap::new(),
            last_up: None,
            last_down: None,
            last_failure: None,
            decisions: 0,
        })
    }

    /// Hears of a change right after it happened; `cause` is its number.
    pub fn observe(&mut self, change: &Change, cause: Option<Seq>, ctx: &mut Context<'_>) {
        let watch = ctx.view.latency().watch;
        if let Change::PodUnschedulable(pod) = *change {
            let is_recent = self.meet(pod, cause, ctx.view.world);
            self.touch(ctx);
            if is_recent && flags(ctx.view).frequent_loops {
                let at = ctx.now() + watch;
                self.loops.at(at, ctx);
            }
        } else if let Change::PodScheduled(pod)
        | Change::PodNominated(pod)
        | Change::PodSucceeded(pod)
        | Change::PodFailed(pod)
        | Change::PodDeleting(pod)
        | Change::PodDeleted(pod) = *change
        {
            self.lose(pod, change, ctx);
            self.touch(ctx);
        } else if let Change::Scaling(scaling) = change {
            self.carry_out(scaling, ctx);
        } else if let Change::NodeAdded(node)
        | Change::NodeReady(node)
        | Change::NodeNotReady(node)
        | Change::NodeTainted { node, .. }
        | Change::NodeUntainted { node, .. }
        | Change::NodeCordoned(node)
        | Change::NodeUncordoned(node)
        | Change::NodeLabeled(node)
        | Change::NodeRemoved(node) = *change
        {
            self.see_node(node, change, ctx.view.world);
            self.touch(ctx);
        } else if let Change::DisruptionBudget(..)
        | Change::DaemonSetCreated(_)
        | Change::DaemonSetUpdated(_)
        | Change::DaemonSetDeleted(_) = *change
        {
            self.touch(ctx);
        }
    }

    /// Handles an event of its own; one that is no longer needed does nothing.
    pub fn handle(&mut self, event: AutoscalerEvent, ctx: &mut Context<'_>) {
        match event {
            AutoscalerEvent::Loop => {
                if self.loops.begins(ctx.now()) {
                    self.run(ctx);
                }
            }
            AutoscalerEvent::Removal(node) => self.step(node, ctx),
        }
    }

    /// Something is new: the timer's next run is worth it.
    fn touch(&mut self, ctx: &mut Context<'_>) {
        self.version += 1;
        let at = ctx.now() + ctx.view.latency().watch;
        self.loops.at_tick(at, ctx);
    }

    /// A pod found no node, or for another reason than before; whether that is news for less than [`RECENT`].
    fn meet(&mut self, id: PodId, cause: Option<Seq>, world: &World) -> bool {
        let Some(pod) = world.live_pod(id) else {
            return false;
        };
        let since = self.waiting.get(&pod.number).map(|before| before.since);
        let since = since.unwrap_or(world.now());
        let pod_is = Waiting {
            pod: id,
            cause,
            since,
        };
        self.waiting.insert(pod.number, pod_is);
        since + RECENT >= world.now()
    }

    /// A pod found a node, or is no more; one that makes room for itself is looked at again with its nomination.
    fn lose(&mut self, id: PodId, change: &Change, ctx: &mut Context<'_>) {
        let Some(pod) = ctx.view.world.pod(id) else {
            return;
        };
        if !matches!(change, Change::PodNominated(_)) {
            self.waiting.remove(&pod.number);
        }
        if let (Change::PodDeleted(_), Some(node)) = (change, pod.node)
            && let Some(removal) = self.removals.get(&node)
        {
            removal.pod_gone(node, id, ctx);
        }
    }

    fn see_node(&mut self, id: NodeId, change: &Change, world: &World) {
        let node = world.node(id);
        if let Change::NodeAdded(_) = change {
            let mut pools = self.pools.iter_mut();
            if let Some(pool) = pools.find(|pool| node.pool.as_ref() == Some(&pool.name)) {
                pool.arrived(world.now());
            }
        } else if let Change::NodeReady(_) = change {
            // Those of t = 0 have been Ready for long.
            if node.contact_since.is_some() {
                self.ready_since.insert(id, world.now());
            }
        } else if let Change::NodeRemoved(_) = change {
            self.removals.remove(&id);
            self.planner.forget_node(id);
            self.ready_since.remove(&id);
        }
    }

    /// What it decided is on record: now it is done, with that record as its cause.
    fn carry_out(&mut self, scaling: &Scaling, ctx: &mut Context<'_>) {
        match scaling {
            Scaling::Up { pool, count, .. } => {
                let (model, seed) = (ctx.view.model, ctx.view.seed);
                let now = ctx.now();
                let mut pools = self.pools.iter_mut();
                let Some(state) = pools.find(|state| state.index == *pool) else {
                    return;
                };
                for at in state.request(model, seed, now, *count) {
                    let call = Call::AddPoolNode {
                        pool: *pool,
                        ready: false,
                    };
                    ctx.out.call_at(at, Origin::Nobody, call);
                }
                if let Some(at) = state.gives_up_at() {
                    self.loops.at_tick(at, ctx);
                }
            }
            Scaling::Down { node, .. } => Removal::begin(*node, ctx),
            Scaling::DownFailed { node, .. } => Removal::abort(*node, ctx),
            Scaling::UpFailed { .. } => {}
        }
    }

    /// A step of a removal.
    fn step(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let Some(removal) = self.removals.get_mut(&node) else {
            return;
        };
        if let Err(why) = removal.step(node, ctx) {
            self.removals.remove(&node);
            self.last_failure = Some(now);
            let until = now + flags(ctx.view).unremovable_recheck;
            self.planner.failed(node, until);
            let text = why.into();
            note(Scaling::DownFailed { node, text }, ctx);
        }
    }
}

fn flags(view: View<'_>) -> &AutoscalerFlags {
    &view.model.control_plane.autoscaler
}

/// Puts on record what is decided; [`Autoscaler::carry_out`] does it.
fn note(scaling: Scaling, ctx: &mut Context<'_>) {
    let now = ctx.now();
    ctx.out
        .call_at(now, Origin::Nobody, Call::NoteScaling(scaling));
}

#[cfg(test)]
mod tests;
