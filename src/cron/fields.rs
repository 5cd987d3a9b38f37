//! The five fields of a schedule as bit sets.
//!
//! Upstream: `getField` and `getRange` in `robfig/cron`'s `parser.go`, `dayMatches` in `spec.go`.

use super::parse_error::{FieldName, ParseError, ParseErrorKind};

/// The values at which one field matches. Bit `n` stands for the value `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ValueSet {
    bits: u64,
    /// The field was written with `*` or `?` at step 1 (CRON-64).
    starred: bool,
}

impl ValueSet {
    pub(super) fn contains(self, value: u32) -> bool {
        self.bits & (1 << value) != 0
    }

    /// Steps from `value` to the next value of the set, or to `modulus` where none follows.
    pub(super) fn distance_from(self, value: u32, modulus: u32) -> u32 {
        let later = self.bits & (u64::MAX << value);
        later.trailing_zeros().min(modulus) - value
    }

    fn is_empty(self) -> bool {
        self.bits == 0
    }
}

/// When a schedule of five fields matches a wall clock; its seconds are always zero (CRON-60).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) minute: ValueSet,
    pub(super) hour: ValueSet,
    pub(super) day_of_month: ValueSet,
    pub(super) month: ValueSet,
    /// Sunday is 0.
    pub(super) day_of_week: ValueSet,
}

impl Fields {
    /// Reads exactly five texts, each with its place in the schedule.
    pub(super) fn parse(texts: [Part<'_>; 5]) -> Result<Self, ParseError> {
        let [minute, hour, day_of_month, month, day_of_week] = texts;
        Ok(Self {
            minute: parse_field(FieldName::Minute, minute)?,
            hour: parse_field(FieldName::Hour, hour)?,
            day_of_month: parse_field(FieldName::DayOfMonth, day_of_month)?,
            month: parse_field(FieldName::Month, month)?,
            day_of_week: parse_field(FieldName::DayOfWeek, day_of_week)?,
        })
    }

    /// CRON-65: both days must match where one of them is starred, else either.
    pub(super) fn day_matches(&self, day_of_month: u32, day_of_week: u32) -> bool {
        let month_matches = self.day_of_month.contains(day_of_month);
        let week_matches = self.day_of_week.contains(day_of_week);
        if self.day_of_month.starred || self.day_of_week.starred {
            month_matches && week_matches
        } else {
            month_matches || week_matches
        }
    }

    /// A field of only commas has no value (CRON-61), and a search would go through five years.
    pub(super) fn is_hopeless(&self) -> bool {
        let (month_days, weekdays) = (self.day_of_month, self.day_of_week);
        let days_are_empty = if month_days.starred || weekdays.starred {
            month_days.is_empty() || weekdays.is_empty()
        } else {
            month_days.is_empty() && weekdays.is_empty()
        };
        self.minute.is_empty() || self.hour.is_empty() || self.month.is_empty() || days_are_empty
    }
}

/// A part of the schedule's text and the byte at which it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
}

impl<'t> Part<'t> {
    /// The pieces between separators, empty ones included. `separator` is one byte long.
    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Part<'t>> {
        let mut start = self.start;
        self.text.split(separator).map(move |text| {
            let part = Part { text, start };
            start += text.len() + separator.len_utf8();
            part
        })
    }

    /// The pieces between runs of white space.
    pub(super) fn words(self) -> impl Iterator<Item = Part<'t>> {
        let mut start = self.start;
        let pieces = self
            .text
            .split_inclusive(char::is_whitespace)
            .map(move |piece| {
                let part = Part {
                    text: piece.trim_end(),
                    start,
                };
                start += piece.len();
                part
            });
        pieces.filter(|part| !part.text.is_empty())
    }

    pub(super) fn error(self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(kind, self.start..self.start + self.text.len())
    }
}

struct Bounds {
    minimum: u8,
    maximum: u8,
    /// The first name stands for the minimum.
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl FieldName {
    fn bounds(self) -> Bounds {
        match self {
            Self::Minute => Bounds {
                minimum: 0,
                maximum: 59,
                names: &[],
            },
            Self::Hour => Bounds {
                minimum: 0,
                maximum: 23,
                names: &[],
            },
            Self::DayOfMonth => Bounds {
                minimum: 1,
                maximum: 31,
                names: &[],
            },
            Self::Month => Bounds {
                minimum: 1,
                maximum: 12,
                names: &MONTHS,
            },
            Self::DayOfWeek => Bounds {
                minimum: 0,
                maximum: 6,
                names: &WEEKDAYS,
            },
        }
    }
}

fn parse_field(field: FieldName, text: Part<'_>) -> Result<ValueSet, ParseError> {
    let mut values = ValueSet::default();
    for element in text.split(',').filter(|element| !element.text.is_empty()) {
        let more = Element {
            field,
            part: element,
        }
        .parse()?;
        values.bits |= more.bits;
        values.starred |= more.starred;
    }
    Ok(values)
}

/// One element of a field's list: a range with or without a step.
struct Element<'t> {
    field: FieldName,
    part: Part<'t>,
}

/// First and last value as written, which may lie outside the field's bounds.
struct WrittenRange {
    start: u64,
    end: u64,
    is_star: bool,
}

impl Element<'_> {
    /// Checks in upstream's order, so that of several faults the same one is told.
    fn parse(&self) -> Result<ValueSet, ParseError> {
        let mut pieces = self.part.split('/');
        let range_part = pieces.next().unwrap_or(self.part);
        let mut range = self.parse_range(range_part)?;
        let mut step = 1;
        if let Some(step_part) = pieces.next() {
            if pieces.next().is_some() {
                let element = self.part.text.to_owned();
                let field = self.field;
                return Err(self
                    .part
                    .error(ParseErrorKind::TooManySlashes { field, element }));
            }
            step = self.parse_number(step_part)?;
            if !range_part.text.contains('-') {
                // `N/step` means from N to the maximum (CRON-61).
                range.end = u64::from(self.field.bounds().maximum);
            }
        }
        self.check(&range, step)?;
        Ok(ValueSet {
            bits: bits_of(&range, step),
            starred: range.is_star && step == 1,
        })
    }

    fn parse_range(&self, range: Part<'_>) -> Result<WrittenRange, ParseError> {
        let mut ends = range.split('-');
        let low = ends.next().unwrap_or(range);
        if low.text == "*" || low.text == "?" {
            // Whatever follows a hyphen is not looked at: `*-5` is `*` (CRON-67).
            let Bounds {
                minimum, maximum, ..
            } = self.field.bounds();
            let (start, end) = (u64::from(minimum), u64::from(maximum));
            return Ok(WrittenRange {
                start,
                end,
                is_star: true,
            });
        }
        let start = self.parse_value(low)?;
        let Some(high) = ends.next() else {
            return Ok(WrittenRange {
                start,
                end: start,
                is_star: false,
            });
        };
        if ends.next().is_some() {
            let element = self.part.text.to_owned();
            let field = self.field;
            return Err(self
                .part
                .error(ParseErrorKind::TooManyHyphens { field, element }));
        }
        Ok(WrittenRange {
            start,
            end: self.parse_value(high)?,
            is_star: false,
        })
    }

    /// A number, or the name of a month or weekday in any case.
    fn parse_value(&self, part: Part<'_>) -> Result<u64, ParseError> {
        let Bounds { minimum, names, .. } = self.field.bounds();
        let named = (u64::from(minimum)..).zip(names);
        match named
            .into_iter()
            .find(|(_, name)| part.text.eq_ignore_ascii_case(name))
        {
            Some((value, _)) => Ok(value),
            None => self.parse_number(part),
        }
    }

    /// Digits with an optional sign, as Go's `strconv.Atoi` and Rust's `i64` both read them.
    fn parse_number(&self, part: Part<'_>) -> Result<u64, ParseError> {
        let (field, value) = (self.field, part.text.to_owned());
        let Ok(number) = part.text.parse::<i64>() else {
            // An empty number has no bytes of its own to point at.
            let blamed = if part.text.is_empty() {
                self.part
            } else {
                part
            };
            return Err(blamed.error(ParseErrorKind::NotANumber { field, value }));
        };
        u64::try_from(number).map_err(|_| part.error(ParseErrorKind::Negative { field, value }))
    }

    fn check(&self, range: &WrittenRange, step: u64) -> Result<(), ParseError> {
        let Bounds {
            minimum, maximum, ..
        } = self.field.bounds();
        let (field, element) = (self.field, self.part.text.to_owned());
        let &WrittenRange { start, end, .. } = range;
        let kind = if start < u64::from(minimum) {
            ParseErrorKind::BelowMinimum {
                field,
                value: start,
                minimum,
                element,
            }
        } else if end > u64::from(maximum) {
            ParseErrorKind::AboveMaximum {
                field,
                value: end,
                maximum,
                element,
            }
        } else if start > end {
            ParseErrorKind::StartAfterEnd {
                field,
                start,
                end,
                element,
            }
        } else if step == 0 {
            ParseErrorKind::StepZero { field, element }
        } else {
            return Ok(());
        };
        Err(self.part.error(kind))
    }
}

/// Every `step`-th value of a checked range; a step beyond the range leaves its start.
fn bits_of(range: &WrittenRange, step: u64) -> u64 {
    let mut bits = 0;
    let mut value = range.start;
    while value <= range.end {
        bits |= 1 << value;
        value = value.saturating_add(step);
    }
    bits
}
