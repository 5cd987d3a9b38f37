//! Which pool grows, of several that would help.
//!
//! Upstream: `expander/`. Differs: `price` takes the price of the new nodes for each pod that they help, since nobody
//! here knows what a pod is worth; `priority` is a number of the pool, not a list of patterns; least-waste takes what
//! pods can have of a node, not its capacity, which nobody tells.

use super::estimator::Estimate;
use crate::model::{Expander, Resources};
use crate::sim::Stream;

/// A pool that could grow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    /// Its place among the autoscaled pools.
    pub(super) pool: usize,
    pub(super) estimate: Estimate,
    /// What the helped pods request.
    pub(super) requested: Resources,
    /// What pods can have of one new node.
    pub(super) allocatable: Resources,
    pub(super) priority: i32,
    /// Millionths; 0 where the pool has none.
    pub(super) price_micros: u64,
}

/// Asks the expanders in turn until one choice is left; of those that are still equal any.
pub(super) fn best(
    expanders: &[Expander],
    mut choices: Vec<Choice>,
    stream: &mut Stream,
) -> Option<Choice> {
    for expander in expanders {
        choices = match expander {
            Expander::Random => break,
            Expander::LeastWaste => lowest(choices, waste),
            Expander::MostPods => lowest(choices, |choice| -count(choice.estimate.pods.len())),
            Expander::LeastNodes => lowest(choices, |choice| f64::from(choice.estimate.nodes)),
            Expander::Priority => lowest(choices, |choice| -f64::from(choice.priority)),
            Expander::Price => lowest(choices, |choice| {
                let pods = count(choice.estimate.pods.len());
                cents(choice.price_micros) * f64::from(choice.estimate.nodes) / pods.max(1.0)
            }),
        };
    }
    let place = match choices.len() {
        0 => return None,
        1 => 0,
        several => {
            usize::try_from(stream.below(several as u64)).expect("a number below a length fits")
        }
    };
    Some(choices.swap_remove(place))
}

fn lowest(choices: Vec<Choice>, score: impl Fn(&Choice) -> f64) -> Vec<Choice> {
    let least = choices.iter().map(&score).min_by(f64::total_cmp);
    let is_least =
        |choice: &Choice| least.is_some_and(|least| score(choice).total_cmp(&least).is_eq());
    choices.into_iter().filter(is_least).collect()
}

/// The share of CPU that stays idle, plus that of memory.
#[expect(
    clippy::cast_precision_loss,
    reason = "a quotient to be compared, as upstream's"
)]
fn waste(choice: &Choice) -> f64 {
    let nodes = i64::from(choice.estimate.nodes);
    let idle = |have: i64, want: i64| {
        let have = have.saturating_mul(nodes);
        if have == 0 {
            return 0.0;
        }
        have.saturating_sub(want) as f64 / have as f64
    };
    let (have, want) = (&choice.allocatable, &choice.requested);
    idle(have.cpu_m, want.cpu_m) + idle(have.memory_bytes, want.memory_bytes)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "pods of a run are fewer than 2^52"
)]
fn count(pods: usize) -> f64 {
    pods as f64
}

#[expect(clippy::cast_precision_loss, reason = "a price to be compared")]
fn cents(micros: u64) -> f64 {
    micros as f64
}
