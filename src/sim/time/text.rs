//! Durations as people write them, and seconds as tables print them.

use super::{
    NANOS_PER_DAY, NANOS_PER_HOUR, NANOS_PER_MILLI, NANOS_PER_MINUTE, NANOS_PER_SECOND, Span,
};

/// Each unit's name and length in nanoseconds. Both micro signs (U+00B5, U+03BC) are Go's too.
const UNITS: [(&str, i64); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", NANOS_PER_MILLI),
    ("s", NANOS_PER_SECOND),
    ("m", NANOS_PER_MINUTE),
    ("h", NANOS_PER_HOUR),
    ("d", NANOS_PER_DAY),
];

/// How much of a wrong duration is quoted back, in characters: enough to find it again.
const QUOTED_CHARACTERS: usize = 40;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// There is nothing to read.
    #[error("the duration is empty; write a number with a unit, such as 30s or 1h30m")]
    Empty,
    /// A number has no unit behind it.
    #[error(
        "duration {text:?} has a number without a unit; write {number}s for seconds, \
             or another of ms, s, m, h, d"
    )]
    UnitMissing {
        /// The whole text, shortened.
        text: String,
        /// The number that lacks its unit.
        number: String,
    },
    /// A number is followed by something that is no unit.
    #[error("duration {text:?} has an unknown unit {unit:?}; the units are ms, s, m, h, d")]
    UnitUnknown {
        /// The whole text, shortened.
        text: String,
        /// What stands in the place of the unit.
        unit: String,
    },
    /// A number was due and something else came.
    #[error("{text:?} is not a duration; write numbers with units, such as 30s, 1h30m or 7d")]
    NotANumber {
        /// The whole text, shortened.
        text: String,
    },
    /// The duration does not fit 63 bits of nanoseconds.
    #[error("duration {text:?} is too long; the longest is 106751d, about 292 years")]
    TooLong {
        /// The whole text, shortened.
        text: String,
    },
}

/// Seconds with three decimals, half a millisecond rounding up (toward later).
pub(super) fn seconds_with_millis(nanos: i64) -> String {
    // Wider than the input, so that rounding cannot overflow.
    let half = i128::from(NANOS_PER_MILLI / 2);
    let millis = (i128::from(nanos) + half).div_euclid(i128::from(NANOS_PER_MILLI));
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

/// A duration in days, hours, minutes and seconds, leaving out what is zero.
pub(super) fn units(nanos: i64) -> String {
    let mut out = String::new();
    if nanos < 0 {
        out.push('-');
    }
    let mut rest = nanos.unsigned_abs();
    if rest == 0 {
        out.push_str("0s");
    } else if rest < NANOS_PER_SECOND.unsigned_abs() {
        // The largest unit that the span fills, as Go prints it.
        let (name, unit) = match rest {
            1_000_000.. => ("ms", 1_000_000),
            1_000.. => ("us", 1_000),
            _ => ("ns", 1),
        };
        push_decimal(&mut out, rest, unit);
        out.push_str(name);
    } else {
        for (name, unit) in [
            ("d", NANOS_PER_DAY),
            ("h", NANOS_PER_HOUR),
            ("m", NANOS_PER_MINUTE),
        ] {
            let unit = unit.unsigned_abs();
            if rest >= unit {
                push_decimal(&mut out, rest / unit * unit, unit);
                out.push_str(name);
                rest %= unit;
            }
        }
        if rest > 0 {
            push_decimal(&mut out, rest, NANOS_PER_SECOND.unsigned_abs());
            out.push('s');
        }
    }
    out
}

/// Appends `nanos / unit` in decimal, exactly; `unit` is a power of ten, or divides `nanos`.
fn push_decimal(out: &mut String, nanos: u64, unit: u64) {
    out.push_str(&(nanos / unit).to_string());
    let fraction = nanos % unit;
    if fraction > 0 {
        // `unit + fraction` is a one, then the digits of the fraction with their leading zeros.
        let digits = (unit + fraction).to_string();
        out.push('.');
        out.push_str(digits[1..].trim_end_matches('0'));
    }
}

pub(super) fn parse(text: &str) -> Result<Span, SpanError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text.is_empty() {
        return Err(SpanError::Empty);
    }
    if unsigned == "0" {
        return Ok(Span::ZERO);
    }
    if unsigned.is_empty() {
        return Err(SpanError::NotANumber { text: quoted(text) });
    }
    let mut total: i64 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        // Counted downward, since the most negative duration has no positive twin.
        let (nanos, after) = parse_term(text, rest)?;
        total = total
            .checked_sub_unsigned(nanos)
            .ok_or_else(|| SpanError::TooLong { text: quoted(text) })?;
        rest = after;
    }
    if text.starts_with('-') {
        return Ok(Span(total));
    }
    total
        .checked_neg()
        .map(Span)
        .ok_or_else(|| SpanError::TooLong { text: quoted(text) })
}

/// Reads one number and its unit from the front of `rest`; `text` is the whole, for the error.
fn parse_term<'t>(text: &str, rest: &'t str) -> Result<(u64, &'t str), SpanError> {
    let number_end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, after_number) = rest.split_at(number_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(SpanError::NotANumber { text: quoted(text) });
    }
    let unit_end = after_number
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(after_number.len());
    let (unit_name, after) = after_number.split_at(unit_end);
    if unit_name.is_empty() {
        return Err(SpanError::UnitMissing {
            text: quoted(text),
            number: quoted(number),
        });
    }
    let unit = UNITS
        .iter()
        .find(|(name, _)| *name == unit_name)
        .map(|(_, unit)| unit.unsigned_abs())
        .ok_or_else(|| SpanError::UnitUnknown {
            text: quoted(text),
            unit: quoted(unit_name),
        })?;
    let nanos = whole_nanos(whole, unit)
        .and_then(|nanos| nanos.checked_add(fraction_nanos(fraction, unit)))
        .ok_or_else(|| SpanError::TooLong { text: quoted(text) })?;
    Ok((nanos, after))
}

fn whole_nanos(digits: &str, unit: u64) -> Option<u64> {
    let mut value: u64 = 0;
    for digit in digits.bytes() {
        value = value
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
    }
    value.checked_mul(unit)
}

/// The part behind the decimal point, rounded down to a nanosecond.
fn fraction_nanos(digits: &str, unit: u64) -> u64 {
    let mut value: u128 = 0;
    let mut scale: u128 = 1;
    // A day has fewer than 10^14 nanoseconds: a digit behind the eighteenth never counts.
    for digit in digits.bytes().take(18) {
        value = value * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    let nanos = value * u128::from(unit) / scale;
    u64::try_from(nanos).expect("a fraction of a unit is shorter than the unit")
}

fn quoted(text: &str) -> String {
    let mut start: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}
