//! Zones: how healthy each is, and how fast its nodes may be tainted (NL-22, NL-25 to NL-29).
//!
//! Follows `handleDisruption` and `ComputeZoneState`, and the queues of `scheduler/rate_limited_queue.go`.

use crate::model::{ControllerFlags, Labels, Name};
use crate::sim::{Span, Time};
use crate::world::{Node, NodeId};
use std::collections::{BTreeMap, BTreeSet};

/// Region and zone of a node; both empty where it has neither.
pub(super) type ZoneKey = (Name, Name);

/// How many nodes of a zone are not Ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ZoneState {
    /// Not looked at yet.
    Initial,
    /// Few.
    Normal,
    /// Many.
    Partial,
    /// All.
    Full,
}

/// Nodes of a zone that count for its state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Census {
    /// Those that are not Ready.
    pub(super) not_ready: u32,
    /// All.
    pub(super) total: u32,
}

/// What a pass does to the whole cluster (NL-28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    None,
    /// Every zone is fully disrupted from now on: no more evictions.
    AllDisrupted,
    /// Some zone is not any more.
    Restored,
}

/// The zone of a node (NL-25).
pub(super) fn zone_of(labels: &Labels) -> ZoneKey {
    let first = |keys: [&str; 2]| {
        let mut values = keys.into_iter().filter_map(|key| labels.get(key));
        values.next().cloned().unwrap_or_else(|| "".into())
    };
    let region = [
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ];
    let zone = [
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ];
    (first(region), first(zone))
}

/// Whether the node counts for the state of its zone (NL-25).
pub(super) fn is_counted(node: &Node) -> bool {
    let exclude = "node.kubernetes.io/exclude-disruption";
    node.labels.get(exclude).is_none()
}

/// NL-26.
pub(super) fn state_of(census: Census, flags: &ControllerFlags) -> ZoneState {
    let Census { not_ready, total } = census;
    let is_unhealthy = u64::from(not_ready) * 1000
        >= u64::from(flags.unhealthy_zone_threshold_milli) * u64::from(total);
    if not_ready > 0 && not_ready == total {
        ZoneState::Full
    } else if not_ready > 2 && is_unhealthy {
        ZoneState::Partial
    } else {
        ZoneState::Normal
    }
}

/// Thousandths of a node a second that may be tainted in a zone (NL-27).
pub(super) fn rate_milli(state: ZoneState, nodes: u32, flags: &ControllerFlags) -> u32 {
    match state {
        ZoneState::Initial | ZoneState::Normal | ZoneState::Full => flags.node_eviction_rate_milli,
        ZoneState::Partial if nodes > flags.large_cluster_size_threshold => {
            flags.secondary_node_eviction_rate_milli
        }
        ZoneState::Partial => 0,
    }
}

/// A token bucket with room for one token (NL-C4).
#[derive(Debug, Clone, Copy)]
pub(super) struct Limiter {
    rate_milli: u32,
    /// When there is a token, unless the rate is 0.
    token_at: Time,
}

impl Limiter {
    pub(super) fn new(rate_milli: u32) -> Self {
        Self {
            rate_milli,
            token_at: Time::MIN,
        }
    }

    /// When there is a token; `None`: never.
    pub(super) fn token_at(&self) -> Option<Time> {
        (self.rate_milli > 0).then_some(self.token_at)
    }

    /// Takes the token, if there is one.
    pub(super) fn take(&mut self, now: Time) -> bool {
        let is_there = self.token_at().is_some_and(|at| at <= now);
        if is_there {
            self.token_at = now + interval(self.rate_milli);
        }
        is_there
    }

    /// Another rate; a bucket that was empty stays empty (NL-29).
    fn swap(&mut self, rate_milli: u32, now: Time) {
        if rate_milli == self.rate_milli {
            return;
        }
        let is_full = self.take(now);
        *self = Self::new(rate_milli);
        if !is_full {
            self.take(now);
        }
    }
}

/// How long a token takes to grow.
fn interval(rate_milli: u32) -> Span {
    Span::from_nanos(1_000_000_000_000 / i64::from(rate_milli.max(1)))
}

/// A zone.
#[derive(Debug)]
pub(super) struct Zone {
    /// `None`: no node of it was counted in the last pass.
    state: Option<ZoneState>,
    /// As in the last pass.
    census: Census,
    pub(super) limiter: Limiter,
    /// Nodes that wait for their taint, in a fixed order (NL-22).
    pub(super) queue: BTreeSet<NodeId>,
}

/// All zones.
#[derive(Debug, Default)]
pub(super) struct Zones {
    zones: BTreeMap<ZoneKey, Zone>,
}

impl Zones {
    /// The zone with this key; one that is new, or had no nodes, starts with a full bucket.
    pub(super) fn ensure(&mut self, key: ZoneKey, flags: &ControllerFlags) -> &mut Zone {
        let fresh = || Zone {
            state: Some(ZoneState::Initial),
            census: Census::default(),
            limiter: Limiter::new(flags.node_eviction_rate_milli),
            queue: BTreeSet::new(),
        };
        let zone = self.zones.entry(key).or_insert_with(fresh);
        if zone.state.is_none() {
            *zone = fresh();
        }
        zone
    }

    /// All of them, in order of their keys.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Zone> {
        self.zones.values_mut()
    }

    /// When the next token is there for a node that waits.
    pub(super) fn next_token(&self) -> Option<Time> {
        let waiting = self.zones.values().filter(|zone| !zone.queue.is_empty());
        waiting.filter_map(|zone| zone.limiter.token_at()).min()
    }

    /// Whether every node was Ready in the last pass and none waits.
    pub(super) fn is_calm(&self) -> bool {
        self.zones
            .values()
            .all(|zone| zone.census.not_ready == 0 && zone.queue.is_empty())
    }

    /// Settles states and rates at the end of a pass (NL-26 to NL-28).
    pub(super) fn settle(
        &mut self,
        censuses: &BTreeMap<ZoneKey, Census>,
        flags: &ControllerFlags,
        now: Time,
    ) -> Turn {
        for (key, zone) in &mut self.zones {
            zone.census = censuses.get(key).copied().unwrap_or_default();
            if zone.census.total == 0 {
                zone.state = None;
            }
        }
        let is_full = |census: &Census| state_of(*census, flags) == ZoneState::Full;
        let all_are = censuses.values().all(is_full);
        let mut states = self.zones.values().filter_map(|zone| zone.state);
        let all_were = states.all(|state| state == ZoneState::Full);
        if all_are && all_were {
            return Turn::None;
        }
        for zone in self.zones.values_mut().filter(|zone| zone.state.is_some()) {
            let state = state_of(zone.census, flags);
            let rate = if all_are {
                0
            } else {
                rate_milli(state, zone.census.total, flags)
            };
            if all_are || all_were || zone.state != Some(state) {
                zone.limiter.swap(rate, now);
            }
            zone.state = Some(state);
        }
        match (all_are, all_were) {
            (true, _) => Turn::AllDisrupted,
            (false, true) => Turn::Restored,
            (false, false) => Turn::None,
        }
    }
}

#[cfg(test)]
mod tests;
