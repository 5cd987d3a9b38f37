//! Failures of the nodes of a pool, each node for itself.
//!
//! Every failure of the pool's list has a clock on every node. It starts when the node is Ready for the first time,
//! and again when the failure is over; what else happens to the node meanwhile does not disturb it, so that the
//! failures of a node are the same with or without an outage or a person's crash.

use super::{SHORTEST, draw, now, set_down, uncaused};
use crate::api::Context;
use crate::model::{DrainOptions, FailureHow, LabelSelector, NodeFailure};
use crate::sim::{Identity, Span};
use crate::world::{Call, ChanceEvent, DownBy, Drain, Event, NodeId, World};
use std::collections::BTreeMap;

/// How far one failure of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is still to come.
    Armed,
    /// It keeps the node down.
    Down,
    /// The node is being drained and goes when its notice is over.
    Leaving,
}

/// One failure of one node: which time it is, from 0, and how far it is.
#[derive(Debug, Clone, Copy)]
struct Clock {
    number: u32,
    stage: Stage,
}

/// All failures of all nodes.
#[derive(Debug, Default)]
pub(super) struct Failures {
    clocks: BTreeMap<NodeId, Vec<Clock>>,
    /// Nodes that a failure is removing: which one, and its number.
    going: BTreeMap<NodeId, (u8, u32)>,
}

impl Failures {
    /// The clocks of a node start when it is Ready for the first time.
    pub(super) fn node_ready(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let count = failures_of(node, ctx).len();
        if count == 0 || self.clocks.contains_key(&node) {
            return;
        }
        let first = Clock {
            number: 0,
            stage: Stage::Armed,
        };
        self.clocks.insert(node, vec![first; count]);
        for failure in (0..=u8::MAX).take(count) {
            arm(node, failure, 0, ctx);
        }
    }

    /// A drawn moment has come: the failure becomes a fact.
    pub(super) fn announce(
        &mut self,
        node: NodeId,
        failure: u8,
        number: u32,
        ctx: &mut Context<'_>,
    ) {
        let Some(clocks) = self.clocks.get(&node) else {
            return;
        };
        let clock = clocks[usize::from(failure)];
        if (clock.number, clock.stage) != (number, Stage::Armed) {
            return;
        }
        let is_leaving = clocks.iter().any(|clock| clock.stage == Stage::Leaving);
        let Some(NodeFailure { how, .. }) = failure_of(node, failure, ctx) else {
            return;
        };
        let mut detail = format!("how={}", how.name());
        if let FailureHow::Drain { notice } = how {
            if is_leaving {
                return; // It has been told already.
            }
            detail += &format!(" notice_s={}", notice.to_seconds_text());
        }
        let detail = detail.into();
        now(
            Call::NoteFailure {
                node,
                failure,
                detail,
            },
            ctx,
        );
    }

    /// The failure is a fact: what it does.
    pub(super) fn strike(&mut self, node: NodeId, failure: u8, ctx: &mut Context<'_>) {
        let (Some(clocks), Some(spec)) =
            (self.clocks.get_mut(&node), failure_of(node, failure, ctx))
        else {
            return;
        };
        let clock = &mut clocks[usize::from(failure)];
        let number = clock.number;
        match spec.how {
            FailureHow::Crash | FailureHow::PowerOff => {
                clock.stage = Stage::Down;
                let lasts = repair(node, failure, number, ctx);
                let powered_off = spec.how == FailureHow::PowerOff;
                set_down(node, DownBy::Failure(failure), true, powered_off, ctx);
                let mend = ChanceEvent::Mend {
                    node,
                    failure,
                    number,
                };
                ctx.schedule(lasts, Event::Chance(mend));
            }
            FailureHow::Remove => self.remove(node, failure, number, ctx),
            FailureHow::Drain { notice } => {
                clock.stage = Stage::Leaving;
                empty(node, ctx);
                let take = ChanceEvent::Take {
                    node,
                    failure,
                    number,
                };
                ctx.schedule(notice, Event::Chance(take));
            }
        }
    }

    /// The failure is over; the node is back unless something else keeps it down.
    pub(super) fn mend(&mut self, node: NodeId, failure: u8, number: u32, ctx: &mut Context<'_>) {
        let Some(clock) = self.clock(node, failure) else {
            return;
        };
        let is_its_own = clock.number == number;
        if is_its_own && clock.stage == Stage::Down {
            set_down(node, DownBy::Failure(failure), false, false, ctx);
            self.rearm(node, failure, ctx);
        } else if clock.stage != Stage::Down {
            // A person brought the node back in the very moment in which it failed.
            set_down(node, DownBy::Failure(failure), false, false, ctx);
        }
    }

    /// The node is back. Failures that a person has put an end to are over.
    pub(super) fn node_recovered(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let count = self.clocks.get(&node).map_or(0, Vec::len);
        for failure in (0..=u8::MAX).take(count) {
            let is_down = |clock: &mut Clock| clock.stage == Stage::Down;
            if self.clock(node, failure).is_some_and(is_down) {
                self.rearm(node, failure, ctx);
            }
        }
    }

    /// The notice is over, and the node goes with what is left on it.
    pub(super) fn take(&mut self, node: NodeId, failure: u8, number: u32, ctx: &mut Context<'_>) {
        if self.clocks.contains_key(&node) {
            self.remove(node, failure, number, ctx);
        }
    }

    /// A node is gone; one that a failure took has a successor.
    pub(super) fn node_removed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        self.clocks.remove(&node);
        let Some((failure, number)) = self.going.remove(&node) else {
            return;
        };
        let pool = pool_of(node, ctx.view.world);
        if let Some(pool) = pool.and_then(|pool| u32::try_from(pool).ok()) {
            let wait = repair(node, failure, number, ctx);
            ctx.schedule(wait, Event::Chance(ChanceEvent::Replace { pool }));
        }
    }

    fn remove(&mut self, node: NodeId, failure: u8, number: u32, ctx: &mut Context<'_>) {
        self.going.entry(node).or_insert((failure, number));
        now(Call::TakeNode(node), ctx);
    }

    fn clock(&mut self, node: NodeId, failure: u8) -> Option<&mut Clock> {
        self.clocks.get_mut(&node)?.get_mut(usize::from(failure))
    }

    fn rearm(&mut self, node: NodeId, failure: u8, ctx: &mut Context<'_>) {
        if let Some(clock) = self.clock(node, failure) {
            clock.number += 1;
            clock.stage = Stage::Armed;
            let number = clock.number;
            arm(node, failure, number, ctx);
        }
    }
}

/// Draws when the failure comes.
fn arm(node: NodeId, failure: u8, number: u32, ctx: &mut Context<'_>) {
    let Some(spec) = failure_of(node, failure, ctx) else {
        return;
    };
    let after = draw(
        &spec.every,
        &identity(node, failure, ctx.view.world),
        "failure",
        number,
        ctx,
    );
    let strike = ChanceEvent::Strike {
        node,
        failure,
        number,
    };
    uncaused(after.max(SHORTEST), strike, ctx);
}

/// Draws how long the failure lasts, or the successor takes.
fn repair(node: NodeId, failure: u8, number: u32, ctx: &Context<'_>) -> Span {
    let identity = identity(node, failure, ctx.view.world);
    failure_of(node, failure, ctx).map_or(Span::ZERO, |spec| {
        draw(&spec.lasts, &identity, "repair", number, ctx)
    })
}

/// `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`.
fn empty(node: NodeId, ctx: &mut Context<'_>) {
    let options = DrainOptions {
        ignore_daemonsets: true,
        delete_emptydir_data: true,
        force: true,
        grace_period: None,
        timeout: None,
        disable_eviction: false,
        pod_selector: LabelSelector::default(),
    };
    let name = &ctx.view.world.node(node).name;
    let text = format!("drain {name} --ignore-daemonsets --delete-emptydir-data --force").into();
    let nodes = vec![node];
    let drain = Drain {
        nodes,
        options,
        text,
        is_over: false,
    };
    now(Call::Drain(Box::new(drain)), ctx);
}

fn identity(node: NodeId, failure: u8, world: &World) -> Identity {
    Identity::new(&["node", &*world.node(node).name]).child(&[failure.to_string()])
}

fn pool_of(node: NodeId, world: &World) -> Option<usize> {
    world.pool_named(world.node(node).pool.as_ref()?)
}

fn failures_of<'a>(node: NodeId, ctx: &Context<'a>) -> &'a [NodeFailure] {
    let world = ctx.view.world;
    pool_of(node, world).map_or(&[], |pool| &world.pool(pool).pattern.failures)
}

fn failure_of<'a>(node: NodeId, failure: u8, ctx: &Context<'a>) -> Option<&'a NodeFailure> {
    failures_of(node, ctx).get(usize::from(failure))
}
