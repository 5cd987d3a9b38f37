//! The cells of a CSV file, one row after the other, and where they stand.

use super::problem::{Position, Problem, SourceId, Sources};

/// A CSV file with a header.
pub(super) struct Table<'a> {
    pub(super) header: csv::StringRecord,
    reader: csv::Reader<&'a [u8]>,
    text: &'a str,
    name: &'a str,
    source: SourceId,
}

/// A row of it.
pub(super) struct Row {
    record: csv::StringRecord,
}

/// A cell of a row.
#[derive(Clone, Copy)]
pub(super) struct Cell<'r> {
    /// Without spaces around it; empty where the row is too short.
    pub(super) text: &'r str,
    place: usize,
    row: &'r Row,
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub(super) fn open(sources: &'a Sources, source: SourceId) -> Result<Self, Problem> {
        let text = sources.text(source);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        let header = reader.headers().cloned().unwrap_or_default();
        if header.is_empty() {
            let at = Position::start_of(source);
            let problem = Problem::error(at, "", "there is no header in this file");
            return Err(problem.with_hint("its first line names the columns"));
        }
        let name = sources.name(source);
        Ok(Self {
            header,
            reader,
            text,
            name,
            source,
        })
    }

    /// The file.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// The start of the file.
    pub(super) fn start(&self) -> Position {
        Position::start_of(self.source)
    }

    /// The next row.
    pub(super) fn next_row(&mut self) -> Option<Result<Row, Problem>> {
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => Some(Ok(Row { record })),
            Err(error) => {
                let message = format!("this is not a CSV file: {error}");
                Some(Err(Problem::error(self.start(), "", message)))
            }
        }
    }
}

impl Row {
    /// The cell at a place.
    pub(super) fn cell(&self, place: usize) -> Cell<'_> {
        let text = self.record.get(place).unwrap_or("").trim();
        let row = self;
        Cell { text, place, row }
    }
}

impl Cell<'_> {
    /// Something is wrong with this cell.
    pub(super) fn error(&self, table: &Table<'_>, message: &str, hint: &str) -> Problem {
        let path = table.header.get(self.place).unwrap_or("").trim();
        let problem = Problem::error(self.position(table), path, message);
        if hint.is_empty() {
            problem
        } else {
            problem.with_hint(hint)
        }
    }

    fn position(&self, table: &Table<'_>) -> Position {
        let start = self.row.record.position();
        let offset = start.and_then(|at| usize::try_from(at.byte()).ok());
        let from = offset.unwrap_or(0).min(table.text.len());
        let line = start.map_or(1, csv::Position::line);
        let (mut line, mut column) = (u32::try_from(line).unwrap_or(u32::MAX), 1_u32);
        let (mut places, mut is_quoted, mut has_begun) = (0, false, false);
        let rest = table.text.get(from..).unwrap_or("");
        let mut found = table.text.len();
        for (at, character) in rest.char_indices() {
            let is_break = matches!(character, '\n' | '\r');
            if !is_break || is_quoted {
                has_begun = true;
            }
            let ends_row = is_break && has_begun && !is_quoted;
            let is_inside = places == self.place && has_begun;
            if is_inside && !matches!(character, ' ' | '"' | '\t') || ends_row {
                found = from + at;
                break;
            }
            match character {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => places += 1,
                _ => {}
            }
            column += 1;
            if character == '\n' {
                (line, column) = (line.saturating_add(1), 1);
            }
        }
        let narrow = |size: usize| u32::try_from(size).unwrap_or(0);
        let as_written = table.text.get(found..).unwrap_or("").starts_with(self.text);
        Position {
            source: table.source,
            line,
            column,
            offset: narrow(found),
            length: if as_written {
                narrow(self.text.len())
            } else {
                0
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_know_where_they_stand() {
        let mut sources = Sources::new();
        let text = "a,b,c\n\n1, two ,\"th,ree\"\r\nä,\"x\"\n";
        let source = sources.add("x.csv", text);
        let mut table = Table::open(&sources, source).ok().unwrap();
        let mut places = Vec::new();
        while let Some(row) = table.next_row() {
            let row = row.ok().unwrap();
            for place in 0..3 {
                let at = row.cell(place).position(&table);
                let slice = sources.slice(at).to_owned();
                places.push((at.line, at.column, slice));
            }
        }
        let expected = [
            (3, 1, "1"),
            (3, 4, "two"),
            (3, 10, "th,ree"),
            (4, 1, "ä"),
            (4, 4, "x"),
            (4, 6, ""),
        ];
        let expected = expected.map(|(line, column, text)| (line, column, text.to_owned()));
        assert_eq!(places, expected);
    }
}
