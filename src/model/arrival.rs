//! Objects that come over time.

use super::{Name, Object};
use crate::sim::{Distribution, Span, Time};

/// More arrivals of one entry than this are a mistake, or a run that nobody would wait for.
pub const ARRIVALS_MAX: u32 = 10_000_000;

/// An entry of `spec.arrivals`.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// `name`: names its figures and its draws.
    pub name: Name,
    /// How what comes is called.
    pub naming: ArrivalNaming,
    /// When it comes, and what it is.
    pub source: ArrivalSource,
}

/// How the objects of an entry are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrivalNaming {
    /// `metadata.generateName`: a drawn suffix follows it.
    Generated(Name),
    /// `metadata.name`: `-1`, `-2`, … follow it.
    Numbered(Name),
    /// Each row of the file has a name.
    ByRow,
}

/// Where the times of an entry come from.
#[derive(Debug, Clone)]
pub enum ArrivalSource {
    /// Drawn one after the other.
    Drawn(Box<DrawnArrivals>),
    /// The rows of a file.
    Trace(Trace),
}

/// Arrivals with drawn gaps.
#[derive(Debug, Clone)]
pub struct DrawnArrivals {
    /// What comes, named later.
    pub object: Object,
    /// From `start` to the first, and from each to the next.
    pub gaps: Distribution,
    /// Nothing comes before.
    pub start: Time,
    /// Nothing comes at or after this time.
    pub end: Option<Time>,
    /// No more than so many come.
    pub count: Option<u32>,
}

/// One row of a file, as it is read.
#[derive(Debug, Clone, Copy)]
pub struct TraceRow<'a> {
    /// When it comes.
    pub at: Time,
    /// Its name; empty where the file has none.
    pub name: &'a str,
    /// How long its containers run, if the file says so.
    pub run: Option<Span>,
    /// How they end, if the file says so.
    pub exit_code: Option<u8>,
    /// Which of the objects it is: rows with equal requests share one.
    pub object: u32,
}

/// Columns that a file does not have stay empty.
#[derive(Debug, Clone, Default)]
struct Columns {
    at: Vec<Time>,
    /// Negative: not said.
    run: Vec<Span>,
    object: Vec<u32>,
    /// Where the name ends in `names`; it begins where the one before it ends.
    name_end: Vec<u32>,
    names: String,
    /// Negative: not said.
    exit_code: Vec<i16>,
}

/// The rows of a file by time, held in columns.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    columns: Columns,
    objects: Vec<Object>,
}

const NO_SPAN: Span = Span::from_nanos(-1);
const NO_CODE: i16 = -1;

impl Trace {
    /// What a row takes, its name not counted.
    pub const ROW_BYTES: usize = size_of::<Time>()
        + size_of::<Span>()
        + size_of::<u32>()
        + size_of::<u32>()
        + size_of::<i16>();

    /// Adds a row; they may come in any order.
    pub fn push(&mut self, row: TraceRow<'_>) {
        let columns = &mut self.columns;
        columns.at.push(row.at);
        columns.run.push(row.run.unwrap_or(NO_SPAN));
        columns.object.push(row.object);
        columns.names.push_str(row.name);
        let end = u32::try_from(columns.names.len()).expect("a text is shorter than 2^32 bytes");
        columns.name_end.push(end);
        columns
            .exit_code
            .push(row.exit_code.map_or(NO_CODE, i16::from));
    }

    /// All rows are there: sorts them by time, rows of one moment in the order of the file. `objects` are what rows
    /// refer to.
    #[must_use]
    pub fn finish(self, objects: Vec<Object>) -> Self {
        let mut order: Vec<u32> = (0..=u32::MAX).take(self.len()).collect();
        order.sort_by_key(|&row| self.columns.at[row as usize]);
        let mut sorted = Self::default();
        sorted.columns.names.reserve(self.columns.names.len());
        for row in order {
            sorted.push(self.row(row as usize));
        }
        sorted.objects = objects;
        sorted.columns.trim();
        sorted
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.columns.at.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.columns.at.is_empty()
    }

    /// The row at this place in the order of time, from 0.
    pub fn row(&self, row: usize) -> TraceRow<'_> {
        let columns = &self.columns;
        let run = columns.run.get(row).copied();
        let exit_code = columns.exit_code.get(row).copied();
        TraceRow {
            at: columns.at[row],
            name: columns.name(row),
            run: run.filter(|run| !run.is_negative()),
            exit_code: exit_code.and_then(|code| u8::try_from(code).ok()),
            object: columns.object.get(row).copied().unwrap_or(0),
        }
    }

    /// What comes with a row, named later.
    pub fn object(&self, row: usize) -> &Object {
        &self.objects[self.row(row).object as usize]
    }

    /// All that differs in requests.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }
}

impl Columns {
    fn name(&self, row: usize) -> &str {
        let Some(&end) = self.name_end.get(row) else {
            return "";
        };
        let start = row.checked_sub(1).map_or(0, |before| self.name_end[before]);
        &self.names[start as usize..end as usize]
    }

    /// Gives back what columns without a word take.
    fn trim(&mut self) {
        if self.run.iter().all(|run| run.is_negative()) {
            self.run = Vec::new();
        }
        if self.object.iter().all(|&object| object == 0) {
            self.object = Vec::new();
        }
        if self.names.is_empty() {
            self.name_end = Vec::new();
        }
        if self.exit_code.iter().all(|&code| code < 0) {
            self.exit_code = Vec::new();
        }
        self.at.shrink_to_fit();
        self.run.shrink_to_fit();
        self.object.shrink_to_fit();
        self.name_end.shrink_to_fit();
        self.exit_code.shrink_to_fit();
        self.names.shrink_to_fit();
    }
}

impl Arrivals {
    /// What the file says about the containers of an arrival, by its number from 0: how long they run, how they end.
    pub fn behavior(&self, number: u32) -> (Option<Span>, Option<u8>) {
        match &self.source {
            ArrivalSource::Drawn(_) => (None, None),
            ArrivalSource::Trace(trace) => {
                let row = trace.row(number as usize);
                (row.run, row.exit_code)
            }
        }
    }

    /// What comes, one for each set of requests.
    pub fn objects(&self) -> &[Object] {
        match &self.source {
            ArrivalSource::Drawn(drawn) => std::slice::from_ref(&drawn.object),
            ArrivalSource::Trace(trace) => trace.objects(),
        }
    }

    /// Whether it comes to an end by itself.
    pub fn is_bounded(&self) -> bool {
        match &self.source {
            ArrivalSource::Drawn(drawn) => drawn.end.is_some() || drawn.count.is_some(),
            ArrivalSource::Trace(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_at_most_40_bytes() {
        // With a name of 14 characters; no padding, since each column is a list of its own.
        const { assert!(Trace::ROW_BYTES + 14 <= 40) };
        assert_eq!(Trace::ROW_BYTES, 26);
    }

    #[test]
    fn rows_are_sorted_by_time_and_keep_what_belongs_to_them() {
        let mut trace = Trace::default();
        let row = |at: i64, name| TraceRow {
            at: Time::ZERO + Span::from_secs(at),
            name,
            run: (at > 1).then_some(Span::from_secs(at)),
            exit_code: (name == "c").then_some(3),
            object: 0,
        };
        for (at, name) in [(5, "b"), (1, "first"), (5, "c"), (0, "")] {
            trace.push(row(at, name));
        }
        let trace = trace.finish(Vec::new());
        let names: Vec<&str> = (0..4).map(|at| trace.row(at).name).collect();
        assert_eq!(names, ["", "first", "b", "c"]);
        assert_eq!(trace.row(1).run, None);
        assert_eq!(trace.row(2).run, Some(Span::from_secs(5)));
        assert_eq!(trace.row(3).exit_code, Some(3));
        assert_eq!(trace.row(2).exit_code, None);
        assert!(trace.columns.object.is_empty(), "nobody needs the column");
    }
}
