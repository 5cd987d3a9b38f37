//! Outages: all nodes with some labels are down together.

use super::{SHORTEST, draw, now, set_down, uncaused};
use crate::api::Context;
use crate::model::{Outage, OutageTime, labels_match};
use crate::sim::{Identity, Time};
use crate::world::{Call, ChanceEvent, DownBy, Event, NodeId};

/// The outages of the model.
#[derive(Debug, Default)]
pub(super) struct Outages {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// How many there have been.
    number: u32,
    /// It has been announced and its end has not.
    lasts: bool,
}

impl Outages {
    pub(super) fn begin(&mut self, ctx: &mut Context<'_>) {
        self.rows = vec![Row::default(); ctx.view.model.outages.len()];
        for (outage, spec) in (0..=u16::MAX).zip(&ctx.view.model.outages) {
            match spec.begins {
                OutageTime::At(at) => {
                    let begins = ChanceEvent::OutageBegins {
                        outage,
                        drawn: false,
                    };
                    uncaused(at - Time::ZERO, begins, ctx);
                }
                OutageTime::Every(_) => self.arm(outage, ctx),
            }
        }
    }

    /// Its moment has come: it becomes a fact.
    pub(super) fn announce(&mut self, outage: u16, ctx: &mut Context<'_>) {
        self.rows[usize::from(outage)].lasts = true;
        note(outage, true, ctx);
    }

    /// It is a fact: its nodes go down, and come back together.
    pub(super) fn take_down(&mut self, outage: u16, ctx: &mut Context<'_>) {
        let spec = spec(outage, ctx);
        let world = ctx.view.world;
        for (id, node) in world.nodes() {
            if labels_match(&spec.labels, &node.labels) {
                set_down(id, DownBy::Outage(outage), true, spec.powered_off, ctx);
            }
        }
        let number = self.rows[usize::from(outage)].number;
        let lasts = draw(&spec.lasts, &identity(spec), "repair", number, ctx);
        ctx.schedule(lasts, Event::Chance(ChanceEvent::OutageEnds { outage }));
    }

    pub(super) fn announce_end(&mut self, outage: u16, ctx: &mut Context<'_>) {
        // From here on no node joins it: one that did after the fact would never leave it.
        self.rows[usize::from(outage)].lasts = false;
        note(outage, false, ctx);
    }

    /// Its nodes are back unless something else keeps them down.
    pub(super) fn bring_up(&mut self, outage: u16, ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let by = DownBy::Outage(outage);
        for (id, node) in world.nodes() {
            if node.down.contains(&by) {
                set_down(id, by, false, false, ctx);
            }
        }
        self.rows[usize::from(outage)].number += 1;
        if let OutageTime::Every(_) = spec(outage, ctx).begins {
            self.arm(outage, ctx);
        }
    }

    /// A node that joins during an outage of its zone is down from the start.
    pub(super) fn node_added(&self, node: NodeId, ctx: &mut Context<'_>) {
        let labels = &ctx.view.world.node(node).labels;
        for (outage, row) in (0..=u16::MAX).zip(&self.rows) {
            let spec = spec(outage, ctx);
            if row.lasts && labels_match(&spec.labels, labels) {
                set_down(node, DownBy::Outage(outage), true, spec.powered_off, ctx);
            }
        }
    }

    fn arm(&self, outage: u16, ctx: &mut Context<'_>) {
        let spec = spec(outage, ctx);
        let OutageTime::Every(every) = &spec.begins else {
            return;
        };
        let number = self.rows[usize::from(outage)].number;
        let after = draw(every, &identity(spec), "outage", number, ctx);
        let begins = ChanceEvent::OutageBegins {
            outage,
            drawn: true,
        };
        uncaused(after.max(SHORTEST), begins, ctx);
    }
}

fn note(outage: u16, begins: bool, ctx: &mut Context<'_>) {
    let spec = spec(outage, ctx);
    let mut detail = spec.text.to_string();
    if begins {
        let how = if spec.powered_off {
            "powerOff"
        } else {
            "crash"
        };
        detail = format!("{detail} how={how}");
    }
    let detail = detail.into();
    now(
        Call::NoteOutage {
            outage,
            begins,
            detail,
        },
        ctx,
    );
}

fn spec<'a>(outage: u16, ctx: &Context<'a>) -> &'a Outage {
    &ctx.view.model.outages[usize::from(outage)]
}

fn identity(spec: &Outage) -> Identity {
    Identity::new(&["outage", &*spec.text]).child(&[spec.nth.to_string()])
}
