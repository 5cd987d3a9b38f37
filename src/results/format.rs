//! How numbers and times are written.

use crate::sim::Span;
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::fmt::Write;

/// Writing into a `String` cannot fail.
const INFALLIBLE: &str = "a String takes every text";

/// Seconds with exactly three decimals, rounded half up, as [`Span::to_seconds_text`].
pub(super) fn push_seconds(out: &mut String, span: Span) {
    let millis = millis(span.as_nanos());
    if millis < 0 {
        out.push('-');
    }
    let millis = millis.unsigned_abs();
    push_padded(out, millis / 1000, 1);
    out.push('.');
    push_padded(out, millis % 1000, 3);
}

/// RFC 3339 in UTC with milliseconds, rounded as the seconds are: `2026-01-05T00:00:01.250Z`.
pub(super) fn push_wall_clock(out: &mut String, unix_nanos: i64) {
    let millis = millis(unix_nanos);
    push_date_time(out, millis.div_euclid(1000));
    out.push('.');
    push_padded(out, millis.rem_euclid(1000).unsigned_abs(), 3);
    out.push('Z');
}

/// RFC 3339 in UTC, whole seconds as Kubernetes writes them: `2026-01-05T00:00:00Z`.
pub(super) fn push_wall_clock_seconds(out: &mut String, unix: i64) {
    push_date_time(out, unix);
    out.push('Z');
}

/// A share given in millionths, without zeros at the end: `1`, `0.75`.
pub(super) fn push_share(out: &mut String, millionths: i64) {
    write!(
        out,
        "{}.{:06}",
        millionths / 1_000_000,
        (millionths % 1_000_000).unsigned_abs()
    )
    .expect(INFALLIBLE);
    let end = out.trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(end);
}

/// An integer.
pub(super) fn push_integer(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    push_padded(out, value.unsigned_abs(), 1);
}

/// Digits, with zeros in front up to `width`; by hand, since a run has millions of cells.
pub(super) fn push_padded(out: &mut String, value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut from) = (value, digits.len());
    while rest > 0 || digits.len() - from < width {
        from -= 1;
        digits[from] = b'0' + u8::try_from(rest % 10).expect("a digit is below 10");
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(&digits[from..]).expect("digits are ASCII"));
}

fn push_date_time(out: &mut String, unix: i64) {
    let Some(time) = DateTime::<Utc>::from_timestamp(unix, 0) else {
        // No span of 292 years around a start leaves the years that the calendar knows.
        out.push_str("never");
        return;
    };
    write!(out, "{:04}", time.year()).expect(INFALLIBLE);
    for (separator, value) in [
        ('-', time.month()),
        ('-', time.day()),
        ('T', time.hour()),
        (':', time.minute()),
        (':', time.second()),
    ] {
        out.push(separator);
        push_padded(out, u64::from(value), 2);
    }
}

/// Half a millisecond rounds up (toward later).
fn millis(nanos: i64) -> i64 {
    let rest = nanos.rem_euclid(1_000_000);
    nanos.div_euclid(1_000_000) + i64::from(rest >= 500_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn seconds_agree_with_those_of_the_simulation() {
        for nanos in [
            0,
            1,
            499_999,
            500_000,
            1_250_000_000,
            86_400_000_000_000,
            -1,
            -500_000,
            -500_001,
            -1_500_000_000,
            i64::MAX,
            i64::MIN,
        ] {
            let span = Span::from_nanos(nanos);
            assert_eq!(
                text(|out| push_seconds(out, span)),
                span.to_seconds_text(),
                "{nanos} ns"
            );
        }
    }

    #[test]
    fn the_wall_clock_always_has_milliseconds() {
        let start = 1_767_571_200_000_000_000; // 2026-01-05T00:00:00Z
        for (nanos, expected) in [
            (0, "2026-01-05T00:00:00.000Z"),
            (1_250_000_000, "2026-01-05T00:00:01.250Z"),
            (59_999_600_000, "2026-01-05T00:01:00.000Z"),
            (-1_000_000, "2026-01-04T23:59:59.999Z"),
            (86_400_000_000_000 * 55, "2026-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(text(|out| push_wall_clock(out, start + nanos)), expected);
        }
        assert_eq!(
            text(|out| push_wall_clock_seconds(out, 1_767_571_200)),
            "2026-01-05T00:00:00Z"
        );
        assert_eq!(
            text(|out| push_wall_clock_seconds(out, 0)),
            "1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn shares_have_no_zeros_at_the_end() {
        for (millionths, expected) in [
            (0, "0"),
            (1_000_000, "1"),
            (750_000, "0.75"),
            (333_333, "0.333333"),
            (1_500_000, "1.5"),
            (10_000_000, "10"),
        ] {
            assert_eq!(text(|out| push_share(out, millionths)), expected);
        }
    }

    #[test]
    fn integers_are_written_in_full() {
        for value in [0, 7, -7, 1000, i64::MAX, i64::MIN] {
            assert_eq!(text(|out| push_integer(out, value)), value.to_string());
        }
    }
}
