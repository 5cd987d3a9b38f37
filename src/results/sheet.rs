//! One CSV file on its way: cells, rows, and the first error.

use super::format::{push_integer, push_seconds, push_share};
use crate::sim::{Span, Time};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 1 << 16;

/// Where the bytes of a sheet go: into a file, a digest, or both.
#[derive(Debug, Default)]
struct Target {
    file: Option<File>,
    digest: Option<Box<blake3::Hasher>>,
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.file {
            Some(file) => file.write(bytes)?,
            None => bytes.len(),
        };
        if let Some(digest) = &mut self.digest {
            digest.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

/// A table that is written row by row; after an error it takes rows and drops them.
#[derive(Debug)]
pub(super) struct Sheet {
    path: PathBuf,
    out: Option<csv::Writer<Target>>,
    error: Option<io::Error>,
    cell: String,
}

/// What became of a [`Sheet`]: its digest, or the first error and its file.
pub(super) type SheetEnd = Result<Option<blake3::Hash>, (PathBuf, io::Error)>;

impl Sheet {
    /// A sheet that goes nowhere.
    pub(super) fn none() -> Self {
        Self {
            path: PathBuf::new(),
            out: None,
            error: None,
            cell: String::new(),
        }
    }

    /// A sheet with these columns; `digest`: its bytes are digested, written or not.
    pub(super) fn create<'c>(
        path: &Path,
        written: bool,
        digest: bool,
        columns: impl IntoIterator<Item = &'c str>,
    ) -> io::Result<Self> {
        if !written && !digest {
            return Ok(Self::none());
        }
        let target = Target {
            file: written.then(|| File::create(path)).transpose()?,
            digest: digest.then(|| Box::new(blake3::Hasher::new())),
        };
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER_BYTES)
            .from_writer(target);
        let mut sheet = Self {
            path: path.to_owned(),
            out: Some(writer),
            ..Self::none()
        };
        for column in columns {
            sheet.text(column);
        }
        sheet.end();
        Ok(sheet)
    }

    /// Whether rows go anywhere.
    pub(super) fn is_open(&self) -> bool {
        self.out.is_some()
    }

    pub(super) fn text(&mut self, text: &str) {
        let written = self.out.as_mut().map(|out| out.write_field(text));
        self.keep(written);
    }

    pub(super) fn empty(&mut self) {
        self.text("");
    }

    pub(super) fn integer(&mut self, value: impl Into<i64>) {
        self.formatted(|cell| push_integer(cell, value.into()));
    }

    pub(super) fn unsigned(&mut self, value: u64) {
        self.formatted(|cell| super::format::push_padded(cell, value, 1));
    }

    pub(super) fn integer_or_empty(&mut self, value: Option<impl Into<i64>>) {
        match value {
            Some(value) => self.integer(value),
            None => self.empty(),
        }
    }

    pub(super) fn seconds(&mut self, span: Option<Span>) {
        match span {
            Some(span) => self.formatted(|cell| push_seconds(cell, span)),
            None => self.empty(),
        }
    }

    pub(super) fn time(&mut self, time: Option<Time>) {
        self.seconds(time.map(Time::since_start));
    }

    pub(super) fn share(&mut self, millionths: i64) {
        self.formatted(|cell| push_share(cell, millionths));
    }

    /// A cell that `write` fills.
    pub(super) fn formatted(&mut self, write: impl FnOnce(&mut String)) {
        if self.out.is_some() {
            let mut cell = std::mem::take(&mut self.cell);
            cell.clear();
            write(&mut cell);
            self.text(&cell);
            self.cell = cell;
        }
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        let written = self.out.as_mut().map(|out| out.write_record(None::<&[u8]>));
        self.keep(written);
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> SheetEnd {
        if let Some(error) = self.error.take() {
            return Err((self.path, error));
        }
        let Some(out) = self.out else {
            return Ok(None);
        };
        match out.into_inner() {
            Ok(target) => Ok(target.digest.map(|digest| digest.finalize())),
            Err(error) => Err((self.path, error.into_error())),
        }
    }

    fn keep(&mut self, written: Option<csv::Result<()>>) {
        if let Some(Err(error)) = written {
            self.error.get_or_insert_with(|| error.into());
            self.out = None;
        }
    }
}
