//! What is wrong with an input, and where: [`Problem`], their collector [`Problems`], and
//! [`Sources`], the texts that positions point into.
//!
//! A message is lower case, has no full stop, and names the value and what would be right. How a
//! problem looks on a terminal is not decided here; [`Problem::display`] is the plain form.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// Names one text in [`Sources`]; the order is that in which the texts were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SourceId(u32);

/// A text that was read: a file, standard input, or a value from the command line.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// The name as the user typed it, or relative to the file that names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, without a byte-order mark at its start.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Every text that was read, kept so that problems can be shown with the lines they point at.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

impl Sources {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps `text` under the display name `name`. A leading byte-order mark is dropped, so that
    /// columns and offsets count from the first visible character.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = u32::try_from(self.sources.len()).expect("fewer than 2^32 texts are ever read");
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        self.sources.push(Source {
            name: name.into(),
            text,
        });
        SourceId(id)
    }

    /// The source that `id` names.
    pub fn source(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// The display name of the source that `id` names.
    pub fn name(&self, id: SourceId) -> &str {
        self.source(id).name()
    }

    /// The text of the source that `id` names.
    pub fn text(&self, id: SourceId) -> &str {
        self.source(id).text()
    }

    /// The piece of text that `at` covers, empty if it lies outside the text.
    pub fn slice(&self, at: Position) -> &str {
        let start = at.offset as usize;
        let end = start + at.length as usize;
        self.text(at.source).get(start..end).unwrap_or("")
    }
}

/// A stretch of a source's text, on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// The text that the position lies in.
    pub source: SourceId,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters (Unicode scalar values), from 1.
    pub column: u32,
    /// Offset of the first byte, from 0.
    pub offset: u32,
    /// Length in bytes; may be 0 at the end of a text or for a value left empty.
    pub length: u32,
}

impl Position {
    /// The place of a part of the text that stands here, `text[range]`. Where the text is not written as
    /// it is read (with escapes, over several lines), that is the place of the whole.
    #[must_use]
    pub fn within(self, text: &str, range: Range<usize>) -> Self {
        let quotes = match (self.length as usize).checked_sub(text.len()) {
            Some(0) => 0,
            // One before the text and one behind it: an escape makes it longer still.
            Some(2) => 1,
            Some(_) | None => return self,
        };
        let (Some(before), Some(part)) = (text.get(..range.start), text.get(range)) else {
            return self;
        };
        let narrow = |size: usize| u32::try_from(size).unwrap_or(0);
        Self {
            column: self.column + quotes + narrow(before.chars().count()),
            offset: self.offset + quotes + narrow(before.len()),
            length: narrow(part.len()),
            ..self
        }
    }

    /// The very start of a source.
    pub fn start_of(source: SourceId) -> Self {
        Self {
            source,
            line: 1,
            column: 1,
            offset: 0,
            length: 0,
        }
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing runs while this stands.
    Error,
    /// The input is used, but something in it has no effect or is doubtful.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps the input from being used.
    pub severity: Severity,
    /// Where the faulty value stands; `None` where there is no text to point into.
    pub at: Option<Position>,
    /// The place within the document, such as `spec.template.spec.restartPolicy`; empty for the
    /// document as a whole. See [`crate::scenario::path`].
    pub path: String,
    /// What is wrong: lower case, no full stop, names the value and what would be right.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

impl Problem {
    /// An error at a position.
    pub fn error(
        at: impl Into<Option<Position>>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            at: at.into(),
            path: path.into(),
            message: message.into(),
            hint: None,
        }
    }

    /// A warning at a position.
    pub fn warning(
        at: impl Into<Option<Position>>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(at, path, message)
        }
    }

    /// The same problem with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem, placed at `at` and `path` if it has no position yet: a file that cannot
    /// be read is reported where another file names it.
    #[must_use]
    pub fn or_at(mut self, at: Position, path: &str) -> Self {
        if self.at.is_none() {
            self.at = Some(at);
            path.clone_into(&mut self.path);
        }
        self
    }

    /// The plain form: `file:line:column: error: message`, then the path and the hint on lines of
    /// their own. No line break at the end.
    pub fn display<'a>(&'a self, sources: &'a Sources) -> impl fmt::Display + 'a {
        Plain {
            problem: self,
            sources,
        }
    }

    /// The form for JSON output, with the file's name in place of its id.
    pub fn report<'a>(&'a self, sources: &'a Sources) -> Report<'a> {
        Report {
            severity: self.severity,
            file: self.at.map(|at| sources.name(at.source)),
            line: self.at.map(|at| at.line),
            column: self.at.map(|at| at.column),
            offset: self.at.map(|at| at.offset),
            length: self.at.map(|at| at.length),
            path: &self.path,
            message: &self.message,
            hint: self.hint.as_deref(),
        }
    }
}

/// A [`Problem`] as JSON output shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report<'a> {
    /// `error` or `warning`.
    pub severity: Severity,
    /// Display name of the source.
    pub file: Option<&'a str>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
    /// Offset in bytes, from 0.
    pub offset: Option<u32>,
    /// Length in bytes.
    pub length: Option<u32>,
    /// Place within the document.
    pub path: &'a str,
    /// What is wrong.
    pub message: &'a str,
    /// What to do about it.
    pub hint: Option<&'a str>,
}

struct Plain<'a> {
    problem: &'a Problem,
    sources: &'a Sources,
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = self.problem;
        if let Some(at) = problem.at {
            let name = self.sources.name(at.source);
            write!(f, "{name}:{}:{}: ", at.line, at.column)?;
        }
        write!(f, "{}: {}", problem.severity.as_str(), problem.message)?;
        if !problem.path.is_empty() {
            write!(f, "\n  at {}", problem.path)?;
        }
        if let Some(hint) = &problem.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// So many errors, and as many warnings, are kept; a hostile input could cause millions.
pub const KEPT_MAX: usize = 10_000;

/// Collects problems; nothing that is found ends the search for more.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    errors: usize,
    warnings: usize,
}

impl Problems {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem. Beyond [`KEPT_MAX`] of its severity it is only counted.
    pub fn push(&mut self, problem: Problem) {
        let count = match problem.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= KEPT_MAX {
            self.kept.push(problem);
        }
    }

    /// How many problems were counted and not kept.
    pub fn omitted(&self) -> usize {
        self.errors.saturating_sub(KEPT_MAX) + self.warnings.saturating_sub(KEPT_MAX)
    }

    /// Whether anything was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many problems are kept, repetitions included.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether a problem was found that keeps the input from being used.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The problems in the order in which they were found, or sorted after [`Problems::sort`].
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.kept.iter()
    }

    /// Sorts by source (in the order of reading) and position, those without a position last, and
    /// drops repetitions: the same message at the same place. Ties go by severity, message, path.
    pub fn sort(&mut self) {
        fn key(problem: &Problem) -> impl Ord + '_ {
            (
                problem.at.is_none(),
                problem.at,
                problem.severity,
                problem.message.as_str(),
                problem.path.as_str(),
                problem.hint.as_deref(),
            )
        }
        self.kept.sort_by(|a, b| key(a).cmp(&key(b)));
        self.kept
            .dedup_by(|a, b| a.at == b.at && a.message == b.message && a.path == b.path);
    }

    /// The problems, sorted as [`Problems::sort`] does.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.sort();
        self.kept
    }

    /// The plain form of all problems, one after the other, each ending in a line break.
    pub fn display<'a>(&'a self, sources: &'a Sources) -> impl fmt::Display + 'a {
        PlainList {
            problems: self,
            sources,
        }
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        for problem in problems {
            self.push(problem);
        }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

struct PlainList<'a> {
    problems: &'a Problems,
    sources: &'a Sources,
}

impl fmt::Display for PlainList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems {
            writeln!(f, "{}", problem.display(self.sources))?;
        }
        match self.problems.omitted() {
            0 => Ok(()),
            omitted => writeln!(f, "and {omitted} more"),
        }
    }
}

/// A longer piece of input is cut to this many characters when a message quotes it.
const QUOTED_CHARS_MAX: usize = 60;

/// `text` between backticks for use in a message: control characters escaped, cut when long.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == QUOTED_CHARS_MAX {
            quoted.push('…');
            break;
        }
        push_escaped(&mut quoted, character);
    }
    quoted.push('`');
    quoted
}

/// Appends a character to text that is shown to people; input must not move a terminal's cursor.
pub(super) fn push_escaped(text: &mut String, character: char) {
    if character.is_control() {
        text.extend(character.escape_default());
    } else {
        text.push(character);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn position(source: SourceId, line: u32, column: u32) -> Position {
        Position {
            source,
            line,
            column,
            offset: line * 100 + column,
            length: 1,
        }
    }

    #[test]
    fn plain_form_names_place_path_and_hint() {
        let mut sources = Sources::new();
        let file = sources.add("nightly.yaml", "a: 1\n");
        let other = sources.add("job.yaml", "b: 1\n");
        let mut problems = Problems::new();
        problems.push(Problem::error(
            None,
            "",
            "cannot read `x.yaml`: no such file",
        ));
        problems.push(Problem::warning(
            position(other, 1, 1),
            "",
            "it has no effect",
        ));
        problems.push(
            Problem::error(
                position(file, 7, 3),
                "spec.seed",
                "expected text, found a list",
            )
            .with_hint("put it between quotes"),
        );
        problems.push(Problem::error(position(file, 2, 1), "spec", "first"));
        problems.push(Problem::error(position(file, 2, 1), "spec", "first"));
        assert_eq!(problems.len(), 5);
        problems.sort();
        expect![[r"
            nightly.yaml:2:1: error: first
              at spec
            nightly.yaml:7:3: error: expected text, found a list
              at spec.seed
              hint: put it between quotes
            job.yaml:1:1: warning: it has no effect
            error: cannot read `x.yaml`: no such file
        "]]
        .assert_eq(&problems.display(&sources).to_string());
        assert!(problems.has_errors());
    }

    #[test]
    fn a_flood_of_warnings_hides_no_error() {
        let sources = Sources::new();
        let mut problems = Problems::new();
        problems.extend((0..KEPT_MAX + 5).map(|n| Problem::warning(None, "", n.to_string())));
        assert!(!problems.has_errors());
        problems.push(Problem::error(None, "", "broken"));
        assert!(problems.has_errors());
        let shown = problems.display(&sources).to_string();
        assert!(shown.ends_with("error: broken\nand 5 more\n"));
    }

    #[test]
    fn json_form_names_the_file() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "x: 1");
        let problem = Problem::warning(position(file, 1, 4), "x", "odd");
        expect![[r#"{"severity":"warning","file":"a.yaml","line":1,"column":4,"offset":104,"length":1,"path":"x","message":"odd","hint":null}"#]]
            .assert_eq(&serde_json::to_string(&problem.report(&sources)).unwrap());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let mut sources = Sources::new();
        let id = sources.add("bom.yaml", "\u{feff}a: 1");
        assert_eq!(sources.text(id), "a: 1");
    }

    #[test]
    fn quotes_are_short_and_printable() {
        assert_eq!(quote("a\nb\u{1b}[2J"), "`a\\nb\\u{1b}[2J`");
        assert_eq!(quote(&"x".repeat(100)).chars().count(), 63);
    }

    #[test]
    fn or_at_keeps_a_known_position() {
        let mut sources = Sources::new();
        let file = sources.add("a", "");
        let (here, there) = (position(file, 1, 1), position(file, 2, 2));
        let placed = Problem::error(None, "", "m").or_at(here, "spec.manifests[0]");
        assert_eq!(placed.at, Some(here));
        assert_eq!(placed.path, "spec.manifests[0]");
        assert_eq!(placed.or_at(there, "other").at, Some(here));
    }
}
