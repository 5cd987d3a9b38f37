//! Counters over time.

/// A step function of time that is 0 before its first change; the last value set at a moment counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Steps {
    times: Vec<f64>,
    values: Vec<i32>,
}

impl Steps {
    /// Times must not go back; a change is dropped where the value is the last one.
    pub(crate) fn set(&mut self, t: f64, value: i32) {
        if value == self.last() {
            return;
        }
        if self.times.last().is_some_and(|last| *last >= t) {
            self.times.pop();
            self.values.pop();
        }
        self.times.push(t);
        self.values.push(value);
    }

    /// When it changes.
    pub(crate) fn times(&self) -> &[f64] {
        &self.times
    }

    /// The value at the end.
    pub(crate) fn last(&self) -> i32 {
        self.values.last().copied().unwrap_or(0)
    }

    /// How many changes there were at `t`.
    fn changes_until(&self, t: f64) -> usize {
        self.times.partition_point(|change| *change <= t)
    }

    pub(crate) fn at(&self, t: f64) -> i32 {
        match self.changes_until(t) {
            0 => 0,
            changes => self.values[changes - 1],
        }
    }

    /// How long the value at `t` holds, in seconds, up to `end`.
    pub(crate) fn lasts(&self, t: f64, end: f64) -> f64 {
        let changes = self.changes_until(t);
        let since = if changes > 0 {
            self.times[changes - 1]
        } else {
            0.0
        };
        self.times.get(changes).copied().unwrap_or(end).min(end) - since
    }

    /// Smallest and largest value taken from `from` to `until`, both included.
    pub(crate) fn range(&self, from: f64, until: f64) -> (i32, i32) {
        let first = self.at(from);
        let (a, b) = (self.changes_until(from), self.changes_until(until));
        self.values[a..b.max(a)]
            .iter()
            .fold((first, first), |(low, high), value| {
                (low.min(*value), high.max(*value))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stairs() -> Steps {
        let mut steps = Steps::default();
        for (t, value) in [(1.0, 2), (3.0, 5), (3.0, 4), (4.0, 4), (6.0, 0)] {
            steps.set(t, value);
        }
        steps
    }

    #[test]
    fn the_last_value_of_a_moment_counts_and_repeats_are_dropped() {
        assert_eq!(stairs().times(), [1.0, 3.0, 6.0]);
        let values: Vec<i32> = [0.0, 1.0, 2.9, 3.0, 5.9, 6.0]
            .into_iter()
            .map(|t| stairs().at(t))
            .collect();
        assert_eq!(values, [0, 2, 2, 4, 4, 0]);
    }

    #[test]
    fn a_range_has_the_value_it_begins_with() {
        assert_eq!(stairs().range(2.0, 2.5), (2, 2));
        assert_eq!(stairs().range(2.0, 3.0), (2, 4));
        assert_eq!(stairs().range(-5.0, 9.0), (0, 4));
    }

    #[test]
    fn the_last_value_lasts_until_the_end() {
        let lasting: Vec<String> = [0.5, 2.0, 4.0, 7.0]
            .into_iter()
            .map(|t| format!("{:.1}", stairs().lasts(t, 10.0)))
            .collect();
        assert_eq!(lasting, ["1.0", "2.0", "3.0", "4.0"]);
    }
}
