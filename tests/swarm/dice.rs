//! Random choices of the generator, all from one stream.

use podtime::sim::Stream;
use serde_json::{Map, Value};

/// A stream of choices.
pub(crate) struct Dice(Stream);

impl Dice {
    /// The choices of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(seed, "scenario")
    }

    /// The choices of a seed for one purpose.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        Self(Stream::new(seed, &["swarm"], purpose))
    }

    /// Whether something happens in `percent` of all cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.0.below(100) < percent
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let count = u64::try_from(high - low + 1).unwrap();
        low + i64::try_from(self.0.below(count)).unwrap()
    }

    /// One of `choices`.
    pub(crate) fn one<T: Clone>(&mut self, choices: &[T]) -> T {
        let at = self.0.below(choices.len() as u64);
        choices[usize::try_from(at).unwrap()].clone()
    }

    /// Sets `key` in `percent` of all cases; whether it did.
    pub(crate) fn maybe(
        &mut self,
        map: &mut Map<String, Value>,
        percent: u64,
        key: &str,
        value: impl FnOnce(&mut Self) -> Value,
    ) -> bool {
        let chosen = self.chance(percent);
        if chosen {
            let value = value(self);
            map.insert(key.to_owned(), value);
        }
        chosen
    }
}

/// The map that `json!({…})` made.
pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no map"),
    }
}
