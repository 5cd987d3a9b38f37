//! Nodes are down for a reason, and go and come back when they should.

use super::{Verdict, hold};
use podtime::Model;
use podtime::model::{FailureHow, Outage, Pool};
use podtime::sim::{Span, Time};
use podtime::world::{Change, DownBy, Fact, NodeId, World};
use std::collections::{BTreeMap, BTreeSet};

/// What failures have done.
pub(super) struct Chance {
    pools: Vec<Pool>,
    outages: Vec<Outage>,
    /// Outages that have begun and not ended.
    lasting: BTreeSet<u16>,
    /// When drained nodes are to go.
    leaving: BTreeMap<NodeId, Time>,
    /// The last time that a failure came to a node, by its place in the list.
    last: BTreeMap<(NodeId, u8), Time>,
}

impl Chance {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            pools: model.pools.clone(),
            outages: model.outages.clone(),
            lasting: BTreeSet::new(),
            leaving: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        match fact.change {
            Change::NodeFailure { node, failure, .. } => self.failure(world, node, failure, fact),
            Change::Outage { outage, begins, .. } => {
                let changed = if begins {
                    self.lasting.insert(outage)
                } else {
                    self.lasting.remove(&outage)
                };
                hold(changed, "outages", || format!("outage {outage} twice"))?;
                hold(begins == fact.cause.is_none(), "outages", || {
                    format!("outage {outage}: its end has its beginning as the cause")
                })
            }
            Change::NodeRemoved(node) => {
                let due = self.leaving.remove(&node);
                hold(due.is_none_or(|due| fact.at <= due), "notices", || {
                    format!("{} went late", world.node(node).name)
                })
            }
            _ => self.overdue(world, fact.at),
        }
    }

    fn failure(&mut self, world: &World, node: NodeId, failure: u8, fact: &Fact) -> Verdict {
        let row = world.node(node);
        let pool = self
            .pools
            .iter()
            .find(|pool| Some(&pool.name) == row.pool.as_ref());
        let spec = pool.and_then(|pool| pool.failures.get(usize::from(failure)));
        hold(
            spec.is_some() && row.exists() && fact.cause.is_none(),
            "failures",
            || format!("{} has no failure {failure}", row.name),
        )?;
        let since = self.last.insert((node, failure), fact.at).or(row.ready_at);
        let gap = since.map(|since| fact.at - since);
        hold(
            gap.is_some_and(|gap| gap.as_secs() >= 1),
            "failures",
            || format!("{} failed {gap:?} after the last time", row.name),
        )?;
        if let Some(FailureHow::Drain { notice }) = spec.map(|spec| spec.how) {
            // Its deletion waits for its turn at the API server.
            let latest = fact.at + notice + Span::from_secs(1);
            self.leaving.entry(node).or_insert(latest);
        }
        Ok(())
    }

    fn overdue(&self, world: &World, now: Time) -> Verdict {
        let late = self.leaving.iter().find(|(_, due)| now > **due);
        hold(late.is_none(), "notices", || {
            let name = late.map(|(node, _)| world.node(*node).name.clone());
            format!("{name:?} is still there")
        })
    }

    pub(super) fn walk(&self, world: &World) -> Verdict {
        for (_, node) in world.nodes() {
            hold(node.silent != node.down.is_empty(), "down", || {
                format!(
                    "{} is silent: {}, because of {:?}",
                    node.name, node.silent, node.down
                )
            })?;
            hold(node.silent || !node.powered_off, "down", || {
                format!("{} is off and in contact", node.name)
            })?;
            hold(node.silent == node.silent_since.is_some(), "down", || {
                format!("{} is silent since {:?}", node.name, node.silent_since)
            })?;
            for by in &node.down {
                let is_known = match *by {
                    DownBy::Hand | DownBy::Failure(_) => true,
                    DownBy::Outage(outage) => usize::from(outage) < self.outages.len(),
                };
                hold(is_known, "down", || format!("{} by {by:?}", node.name))?;
            }
        }
        Ok(())
    }

    /// In the end nothing keeps a node down that is over.
    pub(super) fn settled(&self, world: &World, end: Time) -> Verdict {
        self.overdue(world, end)?;
        for (id, node) in world.nodes() {
            for by in &node.down {
                if let DownBy::Outage(outage) = *by {
                    hold(self.lasting.contains(&outage), "outages", || {
                        format!("{} is down by outage {outage}, which is over", node.name)
                    })?;
                } else if let DownBy::Failure(failure) = *by {
                    hold(self.last.contains_key(&(id, failure)), "failures", || {
                        format!("{} is down by a failure that it never had", node.name)
                    })?;
                }
            }
        }
        Ok(())
    }
}
