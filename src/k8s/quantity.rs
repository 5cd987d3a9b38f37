//! Kubernetes' quantities: `100m`, `1.5`, `16Gi`, `1e3`.
//!
//! Upstream: `k8s.io/apimachinery/pkg/api/resource/quantity.go`. A value finer than a billionth is rounded up, as
//! there. Differs: a value too large for its unit is refused where upstream makes it the largest number.

use std::fmt;

const NANOS: i128 = 1_000_000_000;
/// Digits after the point that are looked at behind a binary suffix; those behind them only round up.
const FRACTION_DIGITS: usize = 18;

/// An amount, in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amount {
    nanos: i128,
}

/// Why a text is no usable amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuantityError {
    /// Nothing at all.
    Empty,
    /// Not a number with a suffix.
    Syntax,
    /// A number, but its suffix is unknown.
    Suffix,
    /// A number that is too large.
    TooLarge,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "quantities must not be empty",
            Self::Syntax => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            Self::Suffix => {
                "unable to parse quantity's suffix: known are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei \
                 and exponents such as e3"
            }
            Self::TooLarge => "the quantity is too large",
        })
    }
}

/// What a suffix multiplies with.
enum Scale {
    /// 10 to this power.
    Ten(i32),
    /// 2 to this power.
    Two(u32),
}

impl Amount {
    /// Reads a quantity.
    pub(super) fn parse(text: &str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Empty);
        }
        let (negative, rest) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if number.is_empty() || fraction.contains('.') {
            return Err(QuantityError::Syntax);
        }
        let nanos = match scale(suffix)? {
            Scale::Ten(power) => decimal(whole, fraction, power),
            Scale::Two(power) => binary(whole, fraction, power),
        };
        let nanos = nanos.ok_or(QuantityError::TooLarge)?;
        let nanos = if negative { -nanos } else { nanos };
        Ok(Self { nanos })
    }

    /// Whole units, rounded up; `None` if there are too many.
    pub(super) fn units(self) -> Option<i64> {
        i64::try_from(divide_up(self.nanos, NANOS)).ok()
    }

    /// Thousandths of a unit, rounded up; `None` if there are too many.
    pub(super) fn millis(self) -> Option<i64> {
        i64::try_from(divide_up(self.nanos, NANOS / 1000)).ok()
    }

    /// Whether it is below 0.
    pub(super) fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it is a whole number, looked at in thousandths as upstream does.
    pub(super) fn is_whole(self) -> bool {
        divide_up(self.nanos, NANOS / 1000) % 1000 == 0
    }
}

/// Division of which the rest counts as one more, away from 0.
fn divide_up(value: i128, by: i128) -> i128 {
    let quotient = value / by;
    match value % by {
        0 => quotient,
        rest if rest > 0 => quotient + 1,
        _ => quotient - 1,
    }
}

fn scale(suffix: &str) -> Result<Scale, QuantityError> {
    let scale = match suffix {
        "" => Scale::Ten(0),
        "n" => Scale::Ten(-9),
        "u" => Scale::Ten(-6),
        "m" => Scale::Ten(-3),
        "k" => Scale::Ten(3),
        "M" => Scale::Ten(6),
        "G" => Scale::Ten(9),
        "T" => Scale::Ten(12),
        "P" => Scale::Ten(15),
        "E" => Scale::Ten(18),
        "Ki" => Scale::Two(10),
        "Mi" => Scale::Two(20),
        "Gi" => Scale::Two(30),
        "Ti" => Scale::Two(40),
        "Pi" => Scale::Two(50),
        "Ei" => Scale::Two(60),
        _ => {
            let power = suffix.strip_prefix(['e', 'E']);
            match power.map(str::parse) {
                Some(Ok(power)) => Scale::Ten(power),
                Some(Err(_)) | None => return Err(QuantityError::Suffix),
            }
        }
    };
    Ok(scale)
}

/// `whole.fraction × 10^power` in billionths, rounded up; `None` if it is too large.
fn decimal(whole: &str, fraction: &str, power: i32) -> Option<i128> {
    let digits: Vec<u8> = whole
        .bytes()
        .chain(fraction.bytes())
        .skip_while(|digit| *digit == b'0')
        .map(|digit| digit - b'0')
        .collect();
    if digits.is_empty() {
        return Some(0);
    }
    // How many of the digits stand before the point once the value is in billionths.
    let dropped = i64::try_from(fraction.len()).ok()? - 9 - i64::from(power);
    let kept = i64::try_from(digits.len()).ok()? - dropped;
    if kept <= 0 {
        return Some(1);
    }
    if kept > 38 {
        return None;
    }
    let kept = usize::try_from(kept).ok()?;
    let mut nanos: i128 = 0;
    for at in 0..kept {
        let digit = digits.get(at).copied().unwrap_or(0);
        nanos = nanos.checked_mul(10)?.checked_add(digit.into())?;
    }
    let is_rest = digits.iter().skip(kept).any(|digit| *digit != 0);
    nanos.checked_add(is_rest.into())
}

/// `whole.fraction × 2^power` in billionths, rounded up; `None` if it is too large.
fn binary(whole: &str, fraction: &str, power: u32) -> Option<i128> {
    let whole = decimal(whole, "", 0)? / NANOS;
    let whole = whole.checked_mul(1 << power)?.checked_mul(NANOS)?;
    let (used, rest) = fraction.split_at(fraction.len().min(FRACTION_DIGITS));
    let mut numerator: i128 = 0;
    for digit in used.bytes() {
        numerator = numerator * 10 + i128::from(digit - b'0');
    }
    if rest.bytes().any(|digit| digit != b'0') {
        numerator += 1;
    }
    // At most 10^18 × 2^60, which is below 2^127.
    numerator *= 1 << power;
    let digits = u32::try_from(used.len()).ok()?;
    let part = match digits.checked_sub(9) {
        Some(finer) => divide_up(numerator, 10_i128.pow(finer)),
        None => numerator.checked_mul(10_i128.pow(9 - digits))?,
    };
    whole.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of upstream's `TestQuantityParse`.
    #[test]
    fn quantities_are_read_as_upstream_does() {
        let cases: &[(&str, i128)] = &[
            ("0", 0),
            ("0Ki", 0),
            ("1", NANOS),
            ("+1", NANOS),
            ("-1", -NANOS),
            ("1Ki", 1024 * NANOS),
            ("3Ei", 3 * (1 << 60) * NANOS),
            ("5n", 5),
            ("4u", 4_000),
            ("3m", 3_000_000),
            ("100m", 100_000_000),
            ("50k", 50_000 * NANOS),
            ("300T", 300_000_000_000_000 * NANOS),
            ("1E", 1_000_000_000_000_000_000 * NANOS),
            ("12E", 12_000_000_000_000_000_000 * NANOS),
            ("1E-3", 1_000_000),
            ("1e3", 1_000 * NANOS),
            ("1.3E+6", 1_300_000 * NANOS),
            ("100.035k", 100_035 * NANOS),
            ("0.5e-2", 5_000_000),
            ("1.", NANOS),
            ("1.G", 1_000_000_000 * NANOS),
            (".001", 1_000_000),
            ("0.00050k", 500_000_000),
            ("3.001n", 4),
            ("1.1E-9", 2),
            ("0.0000000001", 1),
            ("0.00000012345", 124),
            ("0.9n", 1),
            ("1e-30", 1),
            ("100.035Ki", 102_435_840_000_000),
            ("0.5Mi", 524_288 * NANOS),
            ("0.05Gi", 53_687_091_200_000_000),
            ("0.000000000001Ki", 2),
            ("0.5Gi", 536_870_912 * NANOS),
            (".", 0),
        ];
        for (text, nanos) in cases {
            let amount = Amount::parse(text).map(|amount| amount.nanos);
            assert_eq!(amount, Ok(*nanos), "{text}");
        }
    }

    /// Cases of upstream's list of invalid quantities.
    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("", QuantityError::Empty),
            ("1.1.M", QuantityError::Syntax),
            ("1+1.0M", QuantityError::Suffix),
            ("0.1mi", QuantityError::Suffix),
            ("0.1am", QuantityError::Suffix),
            ("aoeu", QuantityError::Syntax),
            (".5i", QuantityError::Suffix),
            ("1i", QuantityError::Suffix),
            ("-3.01i", QuantityError::Suffix),
            ("-3.01e-", QuantityError::Suffix),
            (" 1", QuantityError::Syntax),
            ("1 ", QuantityError::Suffix),
            ("1GB", QuantityError::Suffix),
            ("1e99999999999", QuantityError::Suffix),
            ("1e100", QuantityError::TooLarge),
            (
                "99999999999999999999999999999999999999999Ei",
                QuantityError::TooLarge,
            ),
        ] {
            assert_eq!(Amount::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn units_and_thousandths_round_up() {
        for (text, units, millis) in [
            ("100m", Some(1), Some(100)),
            ("1.5", Some(2), Some(1500)),
            ("0.0001", Some(1), Some(1)),
            ("1e3", Some(1000), Some(1_000_000)),
            ("16Gi", Some(17_179_869_184), Some(17_179_869_184_000)),
            ("1E", Some(1_000_000_000_000_000_000), None),
            ("9Ei", None, None),
            ("-1.5", Some(-2), Some(-1500)),
        ] {
            let amount = Amount::parse(text).unwrap();
            assert_eq!((amount.units(), amount.millis()), (units, millis), "{text}");
        }
    }
}
