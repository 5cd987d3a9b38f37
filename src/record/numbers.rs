//! Shares and percentiles as integers, so that no rounding depends on the order of a sum.

use crate::sim::Span;

/// One, in the unit of the shares.
pub(super) const MILLION: i64 = 1_000_000;

/// `part ÷ whole` in millionths, rounded half up; `None` where `whole` is not positive.
pub fn ratio_millionths(part: i128, whole: i128) -> Option<i64> {
    let (mut part, mut whole) = (part, whole);
    if whole <= 0 {
        return None;
    }
    // A sum over time may have all its 127 bits in use: the lowest say nothing in a millionth.
    while whole.max(part.abs()) > i128::MAX / 4 / i128::from(MILLION) {
        part >>= 1;
        whole >>= 1;
    }
    if whole == 0 {
        return None;
    }
    let millionths = (2 * part * i128::from(MILLION) + whole).div_euclid(2 * whole);
    Some(i64::try_from(millionths).unwrap_or(i64::MAX))
}

/// Durations of which percentiles are wanted at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    nanos: Vec<i64>,
}

impl Sample {
    pub(super) fn push(&mut self, span: Span) {
        self.nanos.push(span.as_nanos());
    }

    /// Sorts once; percentiles are read from the result.
    pub(super) fn sorted(&self) -> Sorted {
        let mut nanos = self.nanos.clone();
        nanos.sort_unstable();
        Sorted { nanos }
    }
}

/// A sample in ascending order.
#[derive(Debug, Clone)]
pub(super) struct Sorted {
    nanos: Vec<i64>,
}

impl Sorted {
    /// The value that `percent` of the sample do not exceed, interpolated linearly between neighbors
    /// (the definition of spreadsheets and data frames); `None` of an empty sample.
    pub(super) fn percentile(&self, percent: u32) -> Option<Span> {
        let last = self.nanos.len().checked_sub(1)?;
        let position = last as u128 * u128::from(percent);
        let at = usize::try_from(position / 100).unwrap_or(last).min(last);
        let part = i128::try_from(position % 100).unwrap_or(0);
        let low = i128::from(self.nanos[at]);
        let high = i128::from(self.nanos[(at + 1).min(last)]);
        let nanos = low + ((high - low) * part + 50).div_euclid(100);
        Some(Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX)))
    }

    /// The average, rounded half up to a nanosecond; `None` of an empty sample.
    pub(super) fn mean(&self) -> Option<Span> {
        let count = i128::try_from(self.nanos.len()).ok()?;
        if count == 0 {
            return None;
        }
        let sum: i128 = self.nanos.iter().map(|nanos| i128::from(*nanos)).sum();
        let mean = (2 * sum + count).div_euclid(2 * count);
        Some(Span::from_nanos(i64::try_from(mean).unwrap_or(i64::MAX)))
    }

    pub(super) fn max(&self) -> Option<Span> {
        self.nanos.last().map(|nanos| Span::from_nanos(*nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_never_overflow() {
        for (part, whole, expected) in [
            (0, 0, None),
            (3, 4, Some(750_000)),
            (1, 3, Some(333_333)),
            (2, 3, Some(666_667)),
            (1, 2_000_000, Some(1)),
            (i128::MAX / 2, i128::MAX, Some(500_000)),
            (i128::MAX, 1, None),
        ] {
            assert_eq!(ratio_millionths(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn percentiles_are_interpolated() {
        let sample = |values: &[i64]| {
            let mut sample = Sample::default();
            for &value in values {
                sample.push(Span::from_nanos(value));
            }
            sample.sorted()
        };
        let nanos =
            |values: &[i64], percent| sample(values).percentile(percent).map(Span::as_nanos);
        assert_eq!(nanos(&[], 50), None);
        assert_eq!(nanos(&[7], 95), Some(7));
        assert_eq!(nanos(&[400, 100, 200, 300], 50), Some(250));
        assert_eq!(nanos(&[100, 200], 95), Some(195));
        assert_eq!(nanos(&[100, 200], 100), Some(200));
        assert_eq!(sample(&[]).mean(), None);
        assert_eq!(sample(&[1, 2]).mean(), Some(Span::from_nanos(2)));
        assert_eq!(sample(&[1, 1, 2]).mean(), Some(Span::from_nanos(1)));
        assert_eq!(sample(&[3, 9, 1]).max(), Some(Span::from_nanos(9)));
    }
}
