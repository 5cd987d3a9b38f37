//! Time zones by name, from the IANA database that is compiled in.
//!
//! It never reads the machine's zone or its zone files, so that a run means the same everywhere.
//! Differs: the compiled-in tables end in 2099; from then on a zone keeps its last offset, while
//! Go goes on applying the zone's last rule.
//!
//! Upstream: Go's `time.LoadLocation`; `validateTimeZone` in `pkg/apis/batch/validation`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, Offset, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::UnixSeconds;

/// Longest component of a zone name that Kubernetes admits (CRON-81).
const COMPONENT_LENGTH_MAX: usize = 14;
/// A name with more changed letters than this is no slip of the pen.
const SUGGESTION_DISTANCE_MAX: usize = 3;
/// Longer names than any real one are not compared.
const SUGGESTION_LENGTH_MAX: usize = 64;
/// More suggestions than this help nobody.
const SUGGESTIONS_MAX: usize = 3;

/// The rules by which a place sets its clocks. [`TimeZone::UTC`] is the default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(Tz);

/// Why a name is no usable time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The field is present but empty.
    #[error("timeZone must be nil or non-empty string")]
    Empty,
    /// `Local` would be the zone of whatever machine the controller runs on.
    #[error("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")]
    Local,
    /// The name is malformed, or the database has no such zone; names are case-sensitive.
    #[error("unknown time zone {name}")]
    Unknown {
        /// The name as it was given.
        name: String,
    },
}

/// The release of the IANA time zone database in use, such as `2025b`.
pub fn iana_release() -> &'static str {
    chrono_tz::IANA_TZDB_VERSION
}

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone called `name`, in exactly this spelling; the empty name is UTC.
    pub fn load(name: &str) -> Result<Self, ZoneError> {
        if name.is_empty() {
            return Ok(Self::UTC);
        }
        let unknown = |_| ZoneError::Unknown {
            name: name.to_owned(),
        };
        Tz::from_str(name).map(Self).map_err(unknown)
    }

    /// The zone called `name`, where Kubernetes admits it as the `spec.timeZone` of a `CronJob`
    /// (CRON-81): other than [`Self::load`] it refuses the empty name.
    pub fn admit(name: &str) -> Result<Self, ZoneError> {
        if name.is_empty() {
            return Err(ZoneError::Empty);
        }
        if !name.split('/').all(is_component) {
            return Err(ZoneError::Unknown {
                name: name.to_owned(),
            });
        }
        if name.eq_ignore_ascii_case("Local") {
            return Err(ZoneError::Local);
        }
        Self::load(name)
    }

    /// The name in the IANA database, such as `America/New_York`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// All names of the database, aliases included, in the order of their bytes.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        names.sort_unstable();
        names
    }

    /// Up to three names that `name` may have been meant to be, the likeliest first: the same but
    /// for upper and lower case, the last component of a name, or a few letters off.
    pub fn suggestions(name: &str) -> Vec<&'static str> {
        if name.is_empty() || name.len() > SUGGESTION_LENGTH_MAX {
            return Vec::new();
        }
        let wanted = name.to_lowercase().replace(' ', "_");
        let distance = |candidate: &str| {
            let candidate = candidate.to_lowercase();
            let city = candidate.rsplit('/').next().unwrap_or(&candidate);
            strsim::osa_distance(&wanted, &candidate).min(strsim::osa_distance(&wanted, city))
        };
        let limit = SUGGESTION_DISTANCE_MAX.min(wanted.chars().count() / 3);
        let mut near: Vec<_> = Self::names()
            .into_iter()
            .map(|candidate| (distance(candidate), candidate))
            .filter(|(distance, _)| *distance <= limit)
            .collect();
        near.sort_unstable();
        near.into_iter()
            .take(SUGGESTIONS_MAX)
            .map(|(_, candidate)| candidate)
            .collect()
    }

    /// `at` as RFC 3339 on the zone's wall clock: `2026-03-09T02:30:00-04:00`.
    pub fn format(self, at: UnixSeconds) -> String {
        let local = UnixSeconds::wall_clock(at.seconds(), 0);
        DateTime::<FixedOffset>::from_naive_utc_and_offset(local, self.fixed_offset(at.seconds()))
            .to_rfc3339()
    }

    /// Seconds by which the zone's wall clock is ahead of UTC at `unix`.
    pub(super) fn offset_at(self, unix: i64) -> i64 {
        i64::from(self.fixed_offset(unix).local_minus_utc())
    }

    fn fixed_offset(self, unix: i64) -> FixedOffset {
        self.0
            .offset_from_utc_datetime(&UnixSeconds::wall_clock(unix, 0))
            .fix()
    }
}

fn is_component(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    (1..=COMPONENT_LENGTH_MAX).contains(&part.len())
        && part != "."
        && part != ".."
        && !part.starts_with('-')
        && part.bytes().all(allowed)
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name())
    }
}
