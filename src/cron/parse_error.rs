//! What is wrong with a schedule, and where.

use std::fmt;
use std::ops::Range;

use super::{DurationError, ZoneError};

/// One of the five fields of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldName {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or `jan` to `dec`.
    Month,
    /// 0 to 6, or `sun` to `sat`.
    DayOfWeek,
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

/// A schedule that Kubernetes refuses: what is wrong, and the bytes of the text that are to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ParseError {
    kind: ParseErrorKind,
    span: Range<usize>,
}

impl ParseError {
    pub(super) fn new(kind: ParseErrorKind, span: Range<usize>) -> Self {
        Self { kind, span }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// Byte range in the text that was parsed, on character boundaries; empty for an empty text.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What would be right, where that is more than the message says.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.kind {
            ParseErrorKind::FieldCount { found: 6, .. } => Some(
                "Kubernetes has no field for seconds or years: minute, hour, day of month, month, day of week",
            ),
            ParseErrorKind::FieldCount { .. } | ParseErrorKind::Empty => {
                Some("the fields are minute, hour, day of month, month, day of week")
            }
            ParseErrorKind::UnknownDescriptor { .. } => Some(
                "known are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and `@every 1h30m`",
            ),
            ParseErrorKind::AboveMaximum {
                field: FieldName::DayOfWeek,
                value: 7,
                ..
            } => Some("Sunday is 0"),
            ParseErrorKind::StartAfterEnd { .. } => {
                Some("a range does not wrap around: list both parts, as in `22-23,0-2`")
            }
            ParseErrorKind::NotANumber {
                field: FieldName::Month | FieldName::DayOfWeek,
                ..
            } => Some("names have three letters, such as `jan` or `mon`"),
            ParseErrorKind::Location { .. } | ParseErrorKind::NothingAfterZone => {
                Some("leave the zone out of the schedule and set timeZone")
            }
            ParseErrorKind::Duration { .. } => Some("a duration looks like 90s, 1h30m or 36h"),
            ParseErrorKind::NotANumber { .. }
            | ParseErrorKind::Negative { .. }
            | ParseErrorKind::TooManyHyphens { .. }
            | ParseErrorKind::TooManySlashes { .. }
            | ParseErrorKind::BelowMinimum { .. }
            | ParseErrorKind::AboveMaximum { .. }
            | ParseErrorKind::StepZero { .. } => None,
        }
    }
}

/// What is wrong with a schedule (CRON-62). The messages have the wording of `robfig/cron`, with
/// the name of the field in front.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// The text is empty.
    #[error("empty spec string")]
    Empty,
    /// Neither a descriptor nor five fields.
    #[error("expected exactly 5 fields, found {found}: [{fields}]")]
    FieldCount {
        /// How many fields the text has.
        found: usize,
        /// The fields, joined by spaces.
        fields: String,
    },
    /// A word with `@` that means nothing here.
    #[error("unrecognized descriptor: {descriptor}")]
    UnknownDescriptor {
        /// The text from `@` on.
        descriptor: String,
    },
    /// The duration of `@every` cannot be read.
    #[error("failed to parse duration {descriptor}: {source}")]
    Duration {
        /// The text from `@` on.
        descriptor: String,
        /// What is wrong with the duration.
        source: DurationError,
    },
    /// The zone of the `TZ=` or `CRON_TZ=` prefix does not exist.
    #[error("provided bad location {name}: {source}")]
    Location {
        /// The name as it was given.
        name: String,
        /// What is wrong with the name.
        source: ZoneError,
    },
    /// The prefix is not followed by a space; upstream panics, and Kubernetes makes an error of
    /// the panic (CRON-80).
    #[error("no schedule follows the time zone")]
    NothingAfterZone,
    /// A number must be here.
    #[error("{field}: failed to parse int from {value:?}")]
    NotANumber {
        /// The field in which it stands.
        field: FieldName,
        /// What stands in the number's place; empty in `1-` and `-1`.
        value: String,
    },
    /// Only a step can come so far with its sign.
    #[error("{field}: negative number ({value}) not allowed: {value}")]
    Negative {
        /// The field in which it stands.
        field: FieldName,
        /// The number as it was given.
        value: String,
    },
    /// An element such as `1-2-3`.
    #[error("{field}: too many hyphens: {element}")]
    TooManyHyphens {
        /// The field in which it stands.
        field: FieldName,
        /// The element of the field's list.
        element: String,
    },
    /// An element such as `1/2/3`.
    #[error("{field}: too many slashes: {element}")]
    TooManySlashes {
        /// The field in which it stands.
        field: FieldName,
        /// The element of the field's list.
        element: String,
    },
    /// The field has no value so small.
    #[error("{field}: beginning of range ({value}) below minimum ({minimum}): {element}")]
    BelowMinimum {
        /// The field in which it stands.
        field: FieldName,
        /// The first value of the range.
        value: u64,
        /// The smallest value of the field.
        minimum: u8,
        /// The element of the field's list.
        element: String,
    },
    /// The field has no value so large.
    #[error("{field}: end of range ({value}) above maximum ({maximum}): {element}")]
    AboveMaximum {
        /// The field in which it stands.
        field: FieldName,
        /// The last value of the range.
        value: u64,
        /// The largest value of the field.
        maximum: u8,
        /// The element of the field's list.
        element: String,
    },
    /// A range that would have to wrap around, such as `fri-mon`.
    #[error("{field}: beginning of range ({start}) beyond end of range ({end}): {element}")]
    StartAfterEnd {
        /// The field in which it stands.
        field: FieldName,
        /// The first value of the range.
        start: u64,
        /// The last value of the range.
        end: u64,
        /// The element of the field's list.
        element: String,
    },
    /// A step of nothing.
    #[error("{field}: step of range should be a positive number: {element}")]
    StepZero {
        /// The field in which it stands.
        field: FieldName,
        /// The element of the field's list.
        element: String,
    },
}
