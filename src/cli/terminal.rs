//! Where words go: stdout takes what a person asked for, stderr everything else.
//!
//! A pipe that its reader has closed is no error: what follows is dropped, and the command ends as it
//! would have. Nothing else in the program writes to either stream, but for clap's own messages.

use super::arguments::Format;
use super::graphical::{self, Style};
use super::outcome::Failure;
use crate::scenario::problem::{Problem, Report, Severity, Sources};
use serde::Serialize;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

/// More problems than this are counted and not shown.
const SHOWN_MAX: usize = 100;

/// Both streams, and how a person wants them.
#[derive(Debug)]
pub(super) struct Terminal {
    quiet: bool,
    format: Format,
    out: BufWriter<Stdout>,
    /// Nobody reads stdout any more.
    closed: bool,
    style: Style,
}

/// Problems, each with the texts that it points into.
pub(super) type Found<'a> = Vec<(&'a Problem, &'a Sources)>;

impl Terminal {
    /// For `--quiet` and `--format`; asks the environment how stderr wants to be written.
    pub(super) fn new(quiet: bool, format: Format) -> Self {
        Self {
            quiet,
            format,
            out: BufWriter::new(io::stdout()),
            closed: false,
            style: stderr_style(),
        }
    }

    /// Whether `--format json` was given.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether a progress bar may be shown.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && !self.is_json() && self.style != Style::Plain
    }

    /// Whether nobody reads stdout any more; a long output can end early.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes to stdout as it is.
    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.out.write_all(text.as_bytes());
        self.pass_over_closed(written)
    }

    /// Writes a value as JSON to stdout.
    pub(super) fn print_json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.print(&to_json(value))
    }

    /// Hands stdout to something that writes by itself; its errors go to [`Terminal::stdout_failed`].
    pub(super) fn stdout(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// An error of whoever wrote to [`Terminal::stdout`].
    pub(super) fn stdout_failed(&mut self, error: io::Error) -> Result<(), Failure> {
        self.pass_over_closed(Err(error))
    }

    /// Writes out what is still in the buffer.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let flushed = self.out.flush();
        self.pass_over_closed(flushed)
    }

    fn pass_over_closed(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Ok(()) => Ok(()),
            Err(error) if self.closed || is_closed_pipe(&error) => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Failure::Machine(format!("cannot write to stdout: {error}"))),
        }
    }

    /// Says something on stderr that a person can do without, and a program more so.
    pub(super) fn note(&mut self, text: &str) {
        if !self.quiet && !self.is_json() {
            complain(&format!("{text}\n"));
        }
    }

    /// A warning without a place in a text.
    pub(super) fn warn(&mut self, message: &str) {
        if !self.quiet {
            self.complain_of(&Problem::warning(None, "", message));
        }
    }

    /// An error without a place in a text.
    pub(super) fn error(&mut self, message: &str, hint: Option<&str>) {
        let error = Problem::error(None, "", message);
        self.complain_of(&match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        });
    }

    fn complain_of(&mut self, problem: &Problem) {
        let sources = Sources::new();
        if self.is_json() {
            complain(&to_json(&[problem.report(&sources)]));
        } else {
            complain(&graphical::render(problem, &sources, Style::Plain));
        }
    }

    /// Shows problems on stderr and counts them; with `--quiet`, the errors alone. `omitted` is how
    /// many more there were than were kept.
    pub(super) fn problems(&mut self, found: &Found<'_>, omitted: usize) {
        let shown: Found<'_> = found
            .iter()
            .copied()
            .filter(|(problem, _)| !self.quiet || problem.severity == Severity::Error)
            .collect();
        if shown.is_empty() {
            return;
        }
        if self.is_json() {
            return complain(&to_json(&reports(&shown)));
        }
        for (problem, sources) in shown.iter().take(SHOWN_MAX) {
            complain(&graphical::render(problem, sources, self.style));
        }
        let rest = shown.len().saturating_sub(SHOWN_MAX) + omitted;
        if rest > 0 {
            complain(&format!("and {rest} more\n"));
        }
        complain(&count(&shown));
    }
}

fn to_json(value: &(impl Serialize + ?Sized)) -> String {
    let text = serde_json::to_string_pretty(value).expect("plain values have a JSON form");
    text + "\n"
}

/// The form of problems in JSON.
pub(super) fn reports<'a>(found: &Found<'a>) -> Vec<Report<'a>> {
    let reports = found
        .iter()
        .map(|(problem, sources)| problem.report(sources));
    reports.collect()
}

/// `2 errors, 1 warning`.
fn count(found: &Found<'_>) -> String {
    let of = |severity: Severity| {
        let count = found
            .iter()
            .filter(|(problem, _)| problem.severity == severity)
            .count();
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {}{plural}", severity.as_str())
    };
    format!("{}, {}\n", of(Severity::Error), of(Severity::Warning))
}

/// Writes to stderr. Where nobody can read that, nobody can be told.
fn complain(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether a write failed because its reader is gone.
pub(super) fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// How text is shown on a terminal is the one thing that the environment decides.
fn stderr_style() -> Style {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !io::stderr().is_terminal() || is_dumb {
        Style::Plain
    } else if is_set("NO_COLOR") {
        Style::Graphical
    } else {
        Style::Colored
    }
}
