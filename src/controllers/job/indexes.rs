//! Sets of completion indexes as ranges (JOB-75). Upstream: `indexed_job_utils.go`, `orderedIntervals`.

use std::fmt;

/// Completion indexes as inclusive ranges, ascending, never touching one another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indexes(Vec<(i32, i32)>);

impl Indexes {
    /// From ascending ranges of a status or a spec, those below `completions`; neighbors are joined.
    pub fn below(completions: i32, ranges: &[(i32, i32)]) -> Self {
        let mut indexes = Self::default();
        for &(first, last) in ranges.iter().take_while(|range| range.0 < completions) {
            indexes.append((first, last.min(completions - 1)));
        }
        indexes
    }

    /// The union with single indexes, given in ascending order.
    #[must_use]
    pub fn with(&self, ascending: impl IntoIterator<Item = i32>) -> Self {
        self.merge(&Self(
            ascending.into_iter().map(|index| (index, index)).collect(),
        ))
    }

    /// The union.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut merged = Self::default();
        let (mut left, mut right) = (
            self.0.iter().copied().peekable(),
            other.0.iter().copied().peekable(),
        );
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.0 < b.0 => left.next(),
                (Some(_), None) => left.next(),
                (_, Some(_)) => right.next(),
                (None, None) => return merged,
            };
            if let Some(range) = next {
                merged.append(range);
            }
        }
    }

    /// Adds a range that does not begin before the last one.
    fn append(&mut self, (first, mut last): (i32, i32)) {
        if let Some(end) = self.0.last_mut()
            && first <= end.1.saturating_add(1)
        {
            last = last.max(end.1);
            end.1 = last;
        } else {
            self.0.push((first, last));
        }
    }

    /// How many indexes there are.
    pub fn total(&self) -> i32 {
        let total: i64 = self
            .0
            .iter()
            .map(|&(first, last)| i64::from(last) - i64::from(first) + 1)
            .sum();
        i32::try_from(total).unwrap_or(i32::MAX)
    }

    /// How many indexes are in both.
    pub fn common(&self, other: &Self) -> i32 {
        let (mut left, mut right) = (0, 0);
        let mut total = 0;
        while let (Some(a), Some(b)) = (self.0.get(left), other.0.get(right)) {
            let overlap = i64::from(a.1.min(b.1)) - i64::from(a.0.max(b.0)) + 1;
            total += overlap.max(0);
            if a.1 <= b.1 {
                left += 1;
            }
            if b.1 <= a.1 {
                right += 1;
            }
        }
        i32::try_from(total).unwrap_or(i32::MAX)
    }

    /// Whether the index is in the set.
    pub fn contains(&self, index: i32) -> bool {
        let at = self.0.partition_point(|range| range.1 < index);
        self.0.get(at).is_some_and(|range| range.0 <= index)
    }

    /// Whether there is no index.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lowest `count` indexes below `completions` that are not in the set.
    pub fn first_missing(&self, count: usize, completions: i32) -> Vec<i32> {
        let mut missing = Vec::with_capacity(count.min(1024));
        let mut candidate = 0;
        for &(first, last) in self.0.iter().chain([&(completions, completions)]) {
            let room = count - missing.len();
            missing.extend((candidate..first.min(completions)).take(room));
            candidate = candidate.max(last.saturating_add(1));
        }
        missing
    }

    /// The ranges, as a status holds them.
    pub fn into_ranges(self) -> Vec<(i32, i32)> {
        self.0
    }
}

impl fmt::Display for Indexes {
    /// The text of `completedIndexes`: `1,3-5,7,8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, &(first, last)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
