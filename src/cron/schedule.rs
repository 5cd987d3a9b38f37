//! A schedule as Kubernetes reads it.
//!
//! Upstream: `ParseStandard` in `robfig/cron`'s `parser.go`, and the recovery from its panics in
//! `pkg/util/parsers`.

use super::fields::{Fields, Part};
use super::parse_error::{ParseError, ParseErrorKind};
use super::{DurationError, TimeZone, UnixSeconds, ZoneError, duration, next};

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

/// When something recurs: five fields, a word such as `@daily`, or `@every` with a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    recurrence: Recurrence,
    /// From a `TZ=` or `CRON_TZ=` prefix.
    own_zone: Option<TimeZone>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Recurrence {
    Fields(Fields),
    /// At least one second (CRON-63).
    EverySeconds(i64),
}

/// Whether a schedule contains the text `TZ`: Kubernetes refuses it on create, and on an object of
/// old it makes the controller ignore `spec.timeZone` (CRON-73, CRON-80).
pub fn mentions_time_zone(schedule: &str) -> bool {
    schedule.contains("TZ")
}

impl Schedule {
    /// Reads a schedule (CRON-60 to CRON-67). The first fault is told, as upstream does.
    ///
    /// A prefix `TZ=…` is read here as the controller reads it; whether Kubernetes would admit it
    /// is for [`mentions_time_zone`] to say.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let whole = Part { text, start: 0 };
        if text.is_empty() {
            return Err(whole.error(ParseErrorKind::Empty));
        }
        let (own_zone, rest) = take_zone(whole)?;
        let recurrence = if rest.text.starts_with('@') {
            parse_descriptor(rest)?
        } else {
            Recurrence::Fields(parse_fields(rest)?)
        };
        Ok(Self {
            recurrence,
            own_zone,
        })
    }

    /// The zone of a `TZ=` or `CRON_TZ=` prefix, which goes before any other zone.
    pub fn own_zone(&self) -> Option<TimeZone> {
        self.own_zone
    }

    /// The first time strictly after `after`, on the wall clock of the schedule's own zone or else
    /// of `zone` (CRON-70 to CRON-73). `None` where no time comes within five calendar years, or
    /// before the end of [`UnixSeconds::MAX`].
    ///
    /// `@every` counts from `after` and heeds no zone (CRON-66).
    pub fn next(&self, after: UnixSeconds, zone: TimeZone) -> Option<UnixSeconds> {
        let seconds = match &self.recurrence {
            Recurrence::EverySeconds(delay) => after.seconds() + delay,
            Recurrence::Fields(fields) => {
                next::search(fields, after.seconds(), self.own_zone.unwrap_or(zone))?
            }
        };
        (seconds <= UnixSeconds::MAX.seconds()).then(|| UnixSeconds::new(seconds))
    }

    /// The times after `after`, one after the other, as [`Self::next`] finds them.
    pub fn upcoming(
        &self,
        after: UnixSeconds,
        zone: TimeZone,
    ) -> impl Iterator<Item = UnixSeconds> + '_ {
        std::iter::successors(self.next(after, zone), move |last| self.next(*last, zone))
    }
}

/// Splits off a zone prefix, which ends at the first space and at no other white space.
fn take_zone(whole: Part<'_>) -> Result<(Option<TimeZone>, Part<'_>), ParseError> {
    let prefixes = ["TZ=", "CRON_TZ="];
    let Some(prefix) = prefixes
        .into_iter()
        .find(|prefix| whole.text.starts_with(prefix))
    else {
        return Ok((None, whole));
    };
    let Some(space) = whole.text.find(' ') else {
        return Err(whole.error(ParseErrorKind::NothingAfterZone));
    };
    let name = Part {
        text: &whole.text[prefix.len()..space],
        start: prefix.len(),
    };
    let zone = load_own_zone(name.text).map_err(|source| {
        name.error(ParseErrorKind::Location {
            name: name.text.to_owned(),
            source,
        })
    })?;
    let untrimmed = &whole.text[space..];
    let text = untrimmed.trim_start();
    let start = whole.text.len() - text.len();
    Ok((
        zone,
        Part {
            text: text.trim_end(),
            start,
        },
    ))
}

/// `TZ=Local` is the zone of the time that is asked about, which is the same as no prefix.
fn load_own_zone(name: &str) -> Result<Option<TimeZone>, ZoneError> {
    if name == "Local" {
        Ok(None)
    } else {
        TimeZone::load(name).map(Some)
    }
}

fn parse_fields(text: Part<'_>) -> Result<Fields, ParseError> {
    let words: Vec<_> = text.words().collect();
    let Ok(five) = <[Part<'_>; 5]>::try_from(words.as_slice()) else {
        let texts: Vec<_> = words.iter().map(|word| word.text).collect();
        let kind = ParseErrorKind::FieldCount {
            found: words.len(),
            fields: texts.join(" "),
        };
        return Err(text.error(kind));
    };
    Fields::parse(five)
}

/// CRON-63. The words are case-sensitive, and nothing may follow them.
fn parse_descriptor(text: Part<'_>) -> Result<Recurrence, ParseError> {
    let equivalent = match text.text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        descriptor => return parse_every(text, descriptor),
    };
    parse_fields(Part {
        text: equivalent,
        start: text.start,
    })
    .map(Recurrence::Fields)
}

fn parse_every(text: Part<'_>, descriptor: &str) -> Result<Recurrence, ParseError> {
    let descriptor_owned = || descriptor.to_owned();
    let Some(period) = descriptor.strip_prefix("@every ") else {
        let descriptor = descriptor_owned();
        return Err(text.error(ParseErrorKind::UnknownDescriptor { descriptor }));
    };
    let nanoseconds = duration::parse_nanoseconds(period).map_err(|source: DurationError| {
        text.error(ParseErrorKind::Duration {
            descriptor: descriptor_owned(),
            source,
        })
    })?;
    // Negative ones included: whatever is below a second becomes one second.
    Ok(Recurrence::EverySeconds(
        (nanoseconds / NANOSECONDS_PER_SECOND).max(1),
    ))
}
