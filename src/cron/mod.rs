//! Schedule text to next times, as the `CronJob` controller of Kubernetes computes them.
//!
//! A [`Schedule`] is parsed once and asked for the first time after a moment in a [`TimeZone`];
//! [`batch`] does the same for a table. The module knows no `CronJob` and no clock of a run, and it
//! never asks for the machine's own zone: where no zone is given, it is UTC.
//!
//! Upstream: `robfig/cron` v3, `parser.go` (`ParseStandard`), `spec.go` (`SpecSchedule.Next`) and
//! `constantdelay.go`; Go's `time.LoadLocation`, `time.Date` and `time.ParseDuration` below them.

mod batch;
mod duration;
mod fields;
mod next;
mod parse_error;
mod schedule;
mod unix_seconds;
mod zone;

pub use batch::{BatchError, NEXT_TIMES, batch};
pub use duration::DurationError;
pub use parse_error::{FieldName, ParseError, ParseErrorKind};
pub use schedule::{Schedule, mentions_time_zone};
pub use unix_seconds::UnixSeconds;
pub use zone::{TimeZone, ZoneError, iana_release};

#[cfg(test)]
mod tests;
