//! The next times of a table of schedules.

use std::io::{self, Read, Write};

use super::{Schedule, TimeZone, UnixSeconds, mentions_time_zone};

/// How many times [`batch`] writes for each schedule.
pub const NEXT_TIMES: usize = 5;

/// Why a table could not be read or written. Lines count from 1, the header's.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The header names no such column.
    #[error("line 1: no column {name:?}; the columns are schedule, time_zone and after")]
    MissingColumn {
        /// The column that is missing.
        name: &'static str,
    },
    /// A moment that is no RFC 3339 time.
    #[error("line {line}: after: {value:?} is no time such as 2026-03-08T06:00:00Z")]
    After {
        /// The line on which the row begins.
        line: u64,
        /// The text in its place.
        value: String,
    },
    /// A row that is shorter or longer than the header.
    #[error("line {line}: {found} fields, but the header has {expected}")]
    FieldCount {
        /// The line on which the row begins.
        line: u64,
        /// How many fields the row has.
        found: usize,
        /// How many columns the header has.
        expected: usize,
    },
    /// The table is not UTF-8; the source names the record.
    #[error("cannot read the table: {0}")]
    NotText(#[from] csv::Error),
    /// The input could not be read.
    #[error("cannot read the table: {0}")]
    Read(#[source] io::Error),
    /// The output could not be written.
    #[error("cannot write the table: {0}")]
    Write(#[source] io::Error),
}

/// Reads CSV with the columns `schedule`, `time_zone` and `after` (others are passed over) and
/// writes `schedule,time_zone,after,next1,…,next5`; returns the number of rows.
///
/// A schedule or zone that cannot be read is no failure: it has `error` in `next1` and nothing
/// after it. From the first time that does not exist, the row says `never`. Times are RFC 3339 in
/// UTC; an empty `time_zone` is UTC.
pub fn batch<R: Read, W: Write>(mut reader: R, mut writer: W) -> Result<u64, BatchError> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(BatchError::Read)?;
    let mut table = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_slice());
    let columns = Columns::find(table.headers()?)?;
    let inputs = ["schedule", "time_zone", "after"];
    write_row(&mut writer, inputs, &header_of_times()).map_err(BatchError::Write)?;
    let mut rows = 0;
    for record in table.into_records() {
        let record = record?;
        let inputs = columns.of(&record, || line_of(&record, &text))?;
        let [schedule, zone, after] = inputs;
        let after = UnixSeconds::parse_rfc3339(after).ok_or_else(|| BatchError::After {
            line: line_of(&record, &text),
            value: after.to_owned(),
        })?;
        let times = next_times(schedule, zone, after);
        write_row(&mut writer, inputs, &times).map_err(BatchError::Write)?;
        rows += 1;
    }
    writer.flush().map_err(BatchError::Write)?;
    Ok(rows)
}

/// The reader's own count takes the empty lines before a record for its beginning.
fn line_of(record: &csv::StringRecord, text: &[u8]) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let start = usize::try_from(position.byte()).unwrap_or(text.len());
    let rest = text.get(start..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let empty_lines = skipped.filter(|byte| **byte == b'\n').count();
    position
        .line()
        .saturating_add(u64::try_from(empty_lines).unwrap_or(u64::MAX))
}

struct Columns {
    schedule: usize,
    time_zone: usize,
    after: usize,
    count: usize,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, BatchError> {
        let find = |name| {
            let column = header.iter().position(|column| column == name);
            column.ok_or(BatchError::MissingColumn { name })
        };
        Ok(Self {
            schedule: find("schedule")?,
            time_zone: find("time_zone")?,
            after: find("after")?,
            count: header.len(),
        })
    }

    /// The schedule, the zone and the moment of a row.
    fn of<'r>(
        &self,
        record: &'r csv::StringRecord,
        line: impl Fn() -> u64,
    ) -> Result<[&'r str; 3], BatchError> {
        if record.len() != self.count {
            let (found, expected) = (record.len(), self.count);
            return Err(BatchError::FieldCount {
                line: line(),
                found,
                expected,
            });
        }
        Ok([self.schedule, self.time_zone, self.after].map(|column| &record[column]))
    }
}

fn header_of_times() -> [String; NEXT_TIMES] {
    std::array::from_fn(|index| format!("next{}", index + 1))
}

fn next_times(schedule: &str, zone: &str, after: UnixSeconds) -> [String; NEXT_TIMES] {
    let Some((schedule, zone)) = read_as_controller(schedule, zone) else {
        let mut error = [const { String::new() }; NEXT_TIMES];
        "error".clone_into(&mut error[0]);
        return error;
    };
    let mut times = schedule.upcoming(after, zone);
    std::array::from_fn(|_| {
        times
            .next()
            .map_or_else(|| "never".to_owned(), |at| at.to_string())
    })
}

/// The controller puts `TZ=<zone> ` before the schedule, unless the schedule contains `TZ`
/// (CRON-73). Upstream takes the white space off what follows such a prefix, so that ` @daily`,
/// which alone is an error, is none here.
fn read_as_controller(schedule: &str, zone: &str) -> Option<(Schedule, TimeZone)> {
    if zone.is_empty() || mentions_time_zone(schedule) {
        return Some((Schedule::parse(schedule).ok()?, TimeZone::UTC));
    }
    let zone = TimeZone::load(zone).ok()?;
    Some((Schedule::parse(schedule.trim()).ok()?, zone))
}

/// A field is quoted where Go's `encoding/csv` quotes it, whose output the tables of known times
/// are: also where it begins with white space, which the `csv` crate's writer leaves bare.
fn write_row<W: Write>(
    writer: &mut W,
    inputs: [&str; 3],
    times: &[String; NEXT_TIMES],
) -> io::Result<()> {
    let fields = inputs.into_iter().chain(times.iter().map(String::as_str));
    for (index, field) in fields.enumerate() {
        if index > 0 {
            writer.write_all(b",")?;
        }
        if needs_quotes(field) {
            write!(writer, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            writer.write_all(field.as_bytes())?;
        }
    }
    writer.write_all(b"\n")
}

fn needs_quotes(field: &str) -> bool {
    field == r"\."
        || field.starts_with(char::is_whitespace)
        || field.contains([',', '"', '\r', '\n'])
}
