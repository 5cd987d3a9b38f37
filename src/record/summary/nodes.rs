//! How long nodes were there, and what they cost.
//!
//! A node counts from its object's creation to its deletion; the warm-up is left out.

use crate::model::{Model, Name};
use crate::sim::Time;
use crate::world::World;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const NANOS_OF_HOUR: i128 = 3_600_000_000_000;

/// Prices of pools; figures are made only where a pool has a price or is autoscaled.
#[derive(Debug)]
pub(super) struct NodeHours {
    warm_up: Time,
    /// Millionths an hour.
    prices: BTreeMap<Name, u64>,
    is_asked: bool,
}

impl NodeHours {
    pub(super) fn new(model: &Model, warm_up: Time) -> Self {
        let pools = model.pools.iter();
        let of_pools = pools.filter_map(|pool| Some((pool.name.clone(), pool.price_micros?)));
        let prices: BTreeMap<Name, u64> = of_pools.collect();
        let mut pools = model.pools.iter();
        Self {
            warm_up,
            is_asked: !prices.is_empty() || pools.any(|pool| pool.autoscale.is_some()),
            prices,
        }
    }

    /// `cost`, `node_hours` and `pool_node_hours`; `end` is the end of the run.
    pub(super) fn figures(&self, world: &World, end: Time) -> Map<String, Value> {
        let mut figures = Map::new();
        if !self.is_asked {
            return figures;
        }
        let mut by_pool: BTreeMap<&str, i128> = BTreeMap::new();
        let (mut all, mut cost) = (0_i128, 0_i128);
        for (_, node) in world.all_nodes() {
            let from = node.added_at.max(self.warm_up);
            let until = node.removed_at.unwrap_or(end).max(from);
            let nanos = i128::from((until - from).as_nanos());
            all += nanos;
            if let Some(pool) = &node.pool {
                *by_pool.entry(pool).or_default() += nanos;
                let price = self.prices.get(pool).copied().unwrap_or(0);
                cost += nanos * i128::from(price);
            }
        }
        let cost = (!self.prices.is_empty()).then(|| number(cost));
        figures.insert("cost".to_owned(), json!(cost));
        figures.insert("node_hours".to_owned(), json!(number(all * 1_000_000)));
        let by_pool: Map<String, Value> = by_pool
            .into_iter()
            .map(|(pool, nanos)| (pool.to_owned(), json!(number(nanos * 1_000_000))))
            .collect();
        figures.insert("pool_node_hours".to_owned(), Value::Object(by_pool));
        figures
    }
}

/// What so many nanoseconds of millionths an hour come to, with at most six decimals, rounded half up.
#[expect(
    clippy::cast_precision_loss,
    reason = "millionths are exact up to nine billion"
)]
fn number(nanos_times_micros: i128) -> f64 {
    let micros = (nanos_times_micros + NANOS_OF_HOUR / 2).div_euclid(NANOS_OF_HOUR);
    micros as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_of_an_hour_is_rounded_to_millionths() {
        for (micros, nanos, expected) in [
            (192_000, NANOS_OF_HOUR, 0.192),
            (192_000, NANOS_OF_HOUR / 2, 0.096),
            (1, NANOS_OF_HOUR / 2, 0.000_001),
            (1, NANOS_OF_HOUR / 2 - 1, 0.0),
            (1_000_000, NANOS_OF_HOUR * 24 * 366, 8784.0),
        ] {
            assert!(
                (number(nanos * micros) - expected).abs() < 1e-12,
                "{micros} {nanos}"
            );
        }
    }
}
