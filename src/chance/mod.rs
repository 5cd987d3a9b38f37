//! Chance: failures of nodes that nobody asked for, drawn for each node of a pool, and outages of many nodes at once.
//!
//! It stands beside the scenario's actions: what it does to a node is what a person or a machine hall could do, and
//! the rest of the cluster finds out in its own way. A failure first becomes a fact of its own, and answering that
//! fact is what takes the node down, so that everything that follows carries the failure as its cause.
//!
//! Not here: failures of containers, which belong to the container's behavior (`kubelet/`).

mod failures;
mod outages;

use crate::api::Context;
use crate::sim::{Distribution, Identity, Seq, Span, Stream};
use crate::world::{Call, ChanceEvent, Change, DownBy, Event, NodeId};
use failures::Failures;
use outages::Outages;

/// A drawn time between failures is never shorter: a run of failures must not stand still.
const SHORTEST: Span = Span::from_secs(1);

/// Drawn failures and outages of a run.
#[derive(Debug, Default)]
pub struct Chance {
    failures: Failures,
    outages: Outages,
}

impl Chance {
    /// The run begins: the first outages are drawn.
    pub fn begin(&mut self, ctx: &mut Context<'_>) {
        self.outages.begin(ctx);
    }

    /// Something has happened to an object.
    pub fn observe(&mut self, change: &Change, ctx: &mut Context<'_>) {
        // What comes of a change is caused by that change.
        ctx.out.set_cause(None);
        if let Change::NodeReady(node) = *change {
            self.failures.node_ready(node, ctx);
        } else if let Change::NodeFailure { node, failure, .. } = *change {
            self.failures.strike(node, failure, ctx);
        } else if let Change::NodeRecovered(node) = *change {
            self.failures.node_recovered(node, ctx);
        } else if let Change::NodeRemoved(node) = *change {
            self.failures.node_removed(node, ctx);
        } else if let Change::NodeAdded(node) = *change {
            self.outages.node_added(node, ctx);
        } else if let Change::Outage {
            outage,
            begins: true,
            ..
        } = *change
        {
            self.outages.take_down(outage, ctx);
        } else if let Change::Outage {
            outage,
            begins: false,
            ..
        } = *change
        {
            self.outages.bring_up(outage, ctx);
        }
    }

    /// A moment has come; one that is out of date is dropped here.
    pub fn handle(&mut self, event: ChanceEvent, ctx: &mut Context<'_>) {
        match event {
            ChanceEvent::Strike {
                node,
                failure,
                number,
            } => self.failures.announce(node, failure, number, ctx),
            ChanceEvent::Mend {
                node,
                failure,
                number,
            } => self.failures.mend(node, failure, number, ctx),
            ChanceEvent::Take {
                node,
                failure,
                number,
            } => self.failures.take(node, failure, number, ctx),
            ChanceEvent::Replace { pool } => {
                let pool = pool as usize;
                now(Call::FillPlace { pool }, ctx);
            }
            ChanceEvent::OutageBegins { outage, .. } => self.outages.announce(outage, ctx),
            ChanceEvent::OutageEnds { outage } => self.outages.announce_end(outage, ctx),
        }
    }
}

/// Draws for the `number`-th time.
fn draw(
    from: &Distribution,
    identity: &Identity,
    purpose: &str,
    number: u32,
    ctx: &Context<'_>,
) -> Span {
    let mut stream = Stream::keyed(ctx.view.seed, identity, purpose, u64::from(number));
    from.sample(&mut stream)
}

/// What a machine does, it does at once and not through the API server's queue.
fn now(call: Call, ctx: &mut Context<'_>) {
    let at = ctx.now();
    ctx.out.call_at(at, crate::api::Origin::Nobody, call);
}

/// Schedules what nothing brings about but chance.
fn uncaused(after: Span, event: ChanceEvent, ctx: &mut Context<'_>) {
    ctx.out.set_cause(Some(Seq::NONE));
    ctx.schedule(after, Event::Chance(event));
    ctx.out.set_cause(None);
}

/// Puts a node out of contact for a reason, or takes the reason away.
fn set_down(node: NodeId, by: DownBy, down: bool, powered_off: bool, ctx: &mut Context<'_>) {
    let call = Call::SetNodeSilent {
        node,
        by,
        silent: down,
        powered_off,
    };
    now(call, ctx);
}

#[cfg(test)]
mod tests;
