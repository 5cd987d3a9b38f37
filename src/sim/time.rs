//! Simulated time as integers: a point ([`Time`]) and a length ([`Span`]), both in nanoseconds.
//!
//! Both are signed, since an object that is taken over from elsewhere may be older than the run.
//! Arithmetic saturates: a time that cannot be represented (292 years away) is as good as never.
//! Seconds and units exist in text only; this module reads and writes that text. It knows no
//! calendar: the wall clock at the start of a run belongs to the caller.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

mod text;

pub use text::SpanError;

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: i64 = 1_000 * NANOS_PER_MILLI;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SECOND;
const NANOS_PER_HOUR: i64 = 60 * NANOS_PER_MINUTE;
const NANOS_PER_DAY: i64 = 24 * NANOS_PER_HOUR;

/// A point in simulated time: nanoseconds since the start of the run, negative before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A length of simulated time in nanoseconds; negative where a difference is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// Later than anything that happens: never.
    pub const MAX: Time = Time(i64::MAX);
    /// Earlier than anything that happened.
    pub const MIN: Time = Time(i64::MIN);

    /// The point `nanos` nanoseconds after the start of the run.
    pub const fn from_nanos(nanos: i64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the start of the run.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the start of the run, for statistics; never for a decision.
    pub fn as_secs_f64(self) -> f64 {
        seconds(self.0)
    }

    /// How long after the start of the run this is.
    pub const fn since_start(self) -> Span {
        Span(self.0)
    }

    /// Seconds since the start with exactly three decimals, rounded half up (`12.020`).
    pub fn to_seconds_text(self) -> String {
        text::seconds_with_millis(self.0)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span, about 292 years.
    pub const MAX: Span = Span(i64::MAX);
    /// The most negative span.
    pub const MIN: Span = Span(i64::MIN);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Span {
        Span(nanos)
    }

    /// A span of `millis` milliseconds, saturating.
    pub const fn from_millis(millis: i64) -> Span {
        Span(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// A span of `secs` seconds, saturating.
    pub const fn from_secs(secs: i64) -> Span {
        Span(secs.saturating_mul(NANOS_PER_SECOND))
    }

    /// A span of `minutes` minutes, saturating.
    pub const fn from_minutes(minutes: i64) -> Span {
        Span(minutes.saturating_mul(NANOS_PER_MINUTE))
    }

    /// A span of `hours` hours, saturating.
    pub const fn from_hours(hours: i64) -> Span {
        Span(hours.saturating_mul(NANOS_PER_HOUR))
    }

    /// A span of `days` days of 24 hours, saturating.
    pub const fn from_days(days: i64) -> Span {
        Span(days.saturating_mul(NANOS_PER_DAY))
    }

    /// The span nearest to `nanos` nanoseconds: ties go away from zero, what is too long
    /// saturates, and a NaN is [`Span::ZERO`].
    ///
    /// The one place where a floating-point number becomes simulated time.
    pub fn from_nanos_f64(nanos: f64) -> Span {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`as` saturates at both ends and takes a NaN to 0, which is what is promised"
        )]
        let rounded = libm::round(nanos) as i64;
        Span(rounded)
    }

    /// Nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded toward zero.
    pub const fn as_secs(self) -> i64 {
        self.0 / NANOS_PER_SECOND
    }

    /// Seconds, for statistics; never for a decision.
    pub fn as_secs_f64(self) -> f64 {
        seconds(self.0)
    }

    /// Whether this is less than no time.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Seconds with exactly three decimals, rounded half up (`12.020`).
    pub fn to_seconds_text(self) -> String {
        text::seconds_with_millis(self.0)
    }

    /// Reads a duration: numbers with units, as in `7d`, `1h30m`, `1500ms`, `1.5s`, or a bare `0`.
    ///
    /// This is Go's notation with a `d` of 24 hours added, so that a duration copied from a
    /// Kubernetes flag means the same. A digit beyond the nanosecond is dropped, as Go does.
    /// A negative duration is read as such: whether it makes sense is the caller's question.
    ///
    /// # Errors
    /// Anything else is refused with a [`SpanError`] that quotes the text and says what would be
    /// right; so is a duration of more than 292 years.
    pub fn parse(text: &str) -> Result<Span, SpanError> {
        text::parse(text)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "statistics need no nanosecond of a run longer than 104 days"
)]
fn seconds(nanos: i64) -> f64 {
    nanos as f64 / NANOS_PER_SECOND as f64
}

impl Add<Span> for Time {
    type Output = Time;

    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Time;

    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Sub for Time {
    type Output = Span;

    fn sub(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Span {
    type Output = Span;

    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;

    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Span {
    fn sub_assign(&mut self, other: Span) {
        *self = *self - other;
    }
}

impl Neg for Span {
    type Output = Span;

    fn neg(self) -> Span {
        Span(self.0.saturating_neg())
    }
}

impl Mul<i64> for Span {
    type Output = Span;

    fn mul(self, times: i64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}

impl Div<i64> for Span {
    type Output = Span;

    /// A part of the span, rounded toward zero.
    ///
    /// # Panics
    /// When `parts` is zero.
    fn div(self, parts: i64) -> Span {
        assert!(parts != 0, "a span cannot be cut into zero parts");
        Span(self.0.saturating_div(parts))
    }
}

impl fmt::Debug for Time {
    /// The time as `t+1h30m`, for failed assertions and traces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Time::MAX => f.write_str("t+never"),
            Time::MIN => f.write_str("t-ever"),
            Time(nanos) if nanos < 0 => write!(f, "t{}", Span(nanos)),
            Time(nanos) => write!(f, "t+{}", Span(nanos)),
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Span {
    /// The duration in the notation that [`Span::parse`] reads, to the nanosecond: `1h30m`,
    /// `1.5s`, `250ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::units(self.0))
    }
}

#[cfg(test)]
mod tests;
