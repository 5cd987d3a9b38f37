//! Durations in the text form of Go, for `@every`.
//!
//! Upstream: Go's `time.ParseDuration`.

/// Go's durations are signed 64-bit nanoseconds; their magnitude is summed in an unsigned one.
const MAGNITUDE_MAX: u64 = 1 << 63;

/// Why a text is no duration. The messages are those of Go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// No number where one must be, or more than Go can count: about 292 years.
    #[error("time: invalid duration {0:?}")]
    Invalid(String),
    /// A number without a unit.
    #[error("time: missing unit in duration {0:?}")]
    MissingUnit(String),
    /// The unit is none of `ns`, `us`, `µs`, `ms`, `s`, `m`, `h`.
    #[error("time: unknown unit {unit:?} in duration {text:?}")]
    UnknownUnit {
        /// The unit as it was given.
        unit: String,
        /// The whole duration.
        text: String,
    },
}

/// Nanoseconds of a text such as `1h30m`, `-1.5h` or `300ms`.
pub(super) fn parse_nanoseconds(text: &str) -> Result<i64, DurationError> {
    let invalid = || DurationError::Invalid(text.to_owned());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut magnitude: u64 = 0;
    while !rest.is_empty() {
        let (number, after_number) = Number::read(rest).ok_or_else(invalid)?;
        let unit_length = after_number
            .find(|character: char| character == '.' || character.is_ascii_digit())
            .unwrap_or(after_number.len());
        let (unit, after_unit) = after_number.split_at(unit_length);
        if unit.is_empty() {
            return Err(DurationError::MissingUnit(text.to_owned()));
        }
        let unit = nanoseconds_per_unit(unit).ok_or_else(|| DurationError::UnknownUnit {
            unit: unit.to_owned(),
            text: text.to_owned(),
        })?;
        let term = number.times(unit).ok_or_else(invalid)?;
        magnitude = at_most_max(magnitude.checked_add(term)).ok_or_else(invalid)?;
        rest = after_unit;
    }
    if negative {
        // Two to the power of 63 itself is the one magnitude that only a negative number has.
        return Ok(0_i64
            .checked_sub_unsigned(magnitude)
            .expect("at most MAGNITUDE_MAX"));
    }
    i64::try_from(magnitude).map_err(|_| invalid())
}

fn nanoseconds_per_unit(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // The micro sign and the Greek letter mu, which look alike.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        _ => return None,
    })
}

fn at_most_max(magnitude: Option<u64>) -> Option<u64> {
    magnitude.filter(|magnitude| *magnitude <= MAGNITUDE_MAX)
}

/// A decimal number: `whole + fraction / scale`.
struct Number {
    whole: u64,
    fraction: u64,
    scale: f64,
}

impl Number {
    /// Reads the number at the start of `text`; `None` where there is none or it is too large.
    fn read(text: &str) -> Option<(Self, &str)> {
        let (digits, mut rest) = split_digits(text);
        let mut number = Self {
            whole: 0,
            fraction: 0,
            scale: 1.0,
        };
        for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
            number.whole = at_most_max(number.whole.checked_mul(10)?.checked_add(digit))?;
        }
        let mut digit_count = digits.len();
        if let Some(after_point) = rest.strip_prefix('.') {
            let (digits, after_digits) = split_digits(after_point);
            number.read_fraction(digits);
            digit_count += digits.len();
            rest = after_digits;
        }
        (digit_count > 0).then_some((number, rest))
    }

    /// Digits beyond what 63 bits hold are passed over: they are far below a nanosecond.
    fn read_fraction(&mut self, digits: &str) {
        for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
            let longer = self
                .fraction
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(digit));
            let Some(fraction) = at_most_max(longer) else {
                return;
            };
            self.fraction = fraction;
            self.scale *= 10.0;
        }
    }

    /// Nanoseconds of this many units; `None` where Go cannot hold them.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Go computes the fraction in floating point and cuts it; these are the same IEEE \
                  multiplication and division, exact on every machine, and never negative"
    )]
    fn times(&self, unit: u64) -> Option<u64> {
        let whole = at_most_max(self.whole.checked_mul(unit))?;
        let fraction = (self.fraction as f64 * (unit as f64 / self.scale)) as u64;
        at_most_max(whole.checked_add(fraction))
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}
