//! Pools that grow and shrink: what was asked for, and has not come yet.

use super::template::Template;
use crate::model::{Autoscale, Model, Name};
use crate::sim::{Identity, Span, Stream, Time};
use crate::world::World;
use std::collections::BTreeMap;

/// Upstream's `initial-node-group-backoff-duration`.
const BACKOFF: Span = Span::from_secs(300);

/// Nodes that were asked for together, or what is left of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Awaited {
    /// When the node comes; `None`: not within `max-node-provision-time`.
    at: Option<Time>,
    /// When nobody waits for it any more.
    until: Time,
}

/// An autoscaled pool.
#[derive(Debug)]
pub(super) struct PoolState {
    /// Its place in the model.
    pub(super) index: usize,
    pub(super) name: Name,
    pub(super) min: u32,
    pub(super) max: u32,
    /// Nodes were asked for so often.
    requests: u64,
    awaited: Vec<Awaited>,
    /// It does not grow before this: nodes did not come.
    pub(super) backoff_until: Option<Time>,
    /// The last good template.
    pub(super) template: Option<Template>,
}

impl PoolState {
    /// The autoscaled pools of a model.
    pub(super) fn all(model: &Model) -> Vec<Self> {
        let pools = model.pools.iter().enumerate();
        let autoscaled = pools.filter_map(|(index, pool)| {
            let autoscale = pool.autoscale.as_ref()?;
            Some(Self {
                index,
                name: pool.name.clone(),
                min: autoscale.min,
                max: autoscale.max,
                requests: 0,
                awaited: Vec::new(),
                backoff_until: None,
                template: None,
            })
        });
        autoscaled.collect()
    }

    /// How it scales.
    pub(super) fn autoscale<'m>(&self, model: &'m Model) -> &'m Autoscale {
        let autoscale = model.pools[self.index].autoscale.as_ref();
        autoscale.expect("only pools that have it are here")
    }

    /// Nodes that were asked for and have no object yet.
    pub(super) fn awaited(&self) -> usize {
        self.awaited.len()
    }

    /// Asks for nodes; when those come that do come in time.
    pub(super) fn request(&mut self, model: &Model, seed: u64, now: Time, count: u32) -> Vec<Time> {
        let patience = model.control_plane.autoscaler.max_node_provision_time;
        let provision = &self.autoscale(model).provision;
        let identity = Identity::new(&["pool", &*self.name]);
        let mut arrivals = Vec::new();
        for _ in 0..count {
            let mut stream = Stream::keyed(seed, &identity, "provision", self.requests);
            self.requests += 1;
            let needs = provision.sample(&mut stream);
            let at = (needs <= patience).then_some(now + needs);
            arrivals.extend(at);
            self.awaited.push(Awaited {
                at,
                until: now + patience,
            });
        }
        arrivals
    }

    /// A node has come at `now`.
    pub(super) fn arrived(&mut self, now: Time) {
        let mut awaited = self.awaited.iter();
        if let Some(place) = awaited.position(|awaited| awaited.at.is_some_and(|at| at <= now)) {
            self.awaited.remove(place);
        }
    }

    /// Gives up on nodes that did not come; how many.
    pub(super) fn give_up(&mut self, now: Time) -> usize {
        let before = self.awaited.len();
        self.awaited
            .retain(|awaited| awaited.at.is_some() || awaited.until > now);
        let lost = before - self.awaited.len();
        if lost > 0 {
            self.backoff_until = Some(now + BACKOFF);
        }
        lost
    }

    /// The next moment at which it gives up on one.
    pub(super) fn gives_up_at(&self) -> Option<Time> {
        let awaited = self.awaited.iter();
        let hopeless = awaited.filter(|awaited| awaited.at.is_none());
        hopeless.map(|awaited| awaited.until).min()
    }
}

/// How many nodes each of the pools has, by its place among them, those that are awaited included, and the places of
/// those that were taken and get a successor.
pub(super) fn sizes(world: &World, pools: &[PoolState]) -> Vec<u32> {
    let places: BTreeMap<&Name, usize> = pools
        .iter()
        .enumerate()
        .map(|(place, pool)| (&pool.name, place))
        .collect();
    let mut sizes: Vec<u32> = pools
        .iter()
        .map(|pool| {
            let awaited =
                u32::try_from(pool.awaited.len()).expect("pools have fewer than 2^32 nodes");
            awaited + world.pool(pool.index).open_places
        })
        .collect();
    for (_, node) in world.nodes() {
        let place = node.pool.as_ref().and_then(|name| places.get(name));
        if let Some(&place) = place {
            sizes[place] += 1;
        }
    }
    sizes
}
