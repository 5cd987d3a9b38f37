//! A moment on the whole second.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

/// Whole seconds since 1970-01-01T00:00:00Z, within the years that RFC 3339 can write (0 to 9999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSeconds(i64);

impl UnixSeconds {
    /// 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200);
    /// 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(253_402_300_799);

    /// The moment `seconds` after the epoch; beyond [`Self::MIN`] or [`Self::MAX`], that bound.
    pub fn new(seconds: i64) -> Self {
        Self(seconds.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The second in which the moment `nanoseconds` after the epoch lies: the fraction is cut
    /// downwards, also before 1970. Every next time after the second is also the next time after
    /// any moment within it (CRON-66, CRON-70).
    pub fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds.div_euclid(NANOSECONDS_PER_SECOND))
    }

    /// Reads an RFC 3339 date and time with any offset; a fraction of a second is cut downwards.
    /// `None` where the text is no such time.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::new(parsed.timestamp()))
    }

    /// Seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Nanoseconds since the epoch; `None` outside the years 1677 to 2262, which `i64` holds.
    pub fn nanoseconds(self) -> Option<i64> {
        self.0.checked_mul(NANOSECONDS_PER_SECOND)
    }

    /// Wall clock of a place that is `offset` seconds ahead of UTC.
    pub(super) fn wall_clock(seconds: i64, offset: i64) -> NaiveDateTime {
        DateTime::from_timestamp(seconds + offset, 0)
            .expect("the search ends a few years after the year 9999, which chrono can hold")
            .naive_utc()
    }
}

/// RFC 3339 in UTC: `2026-03-09T06:30:00Z`.
impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Self::wall_clock(self.0, 0)
            .and_utc()
            .to_rfc3339_opts(SecondsFormat::Secs, true);
        f.write_str(&text)
    }
}
