//! A problem as a terminal shows it: the lines it points into, with a mark under the fault.
//!
//! Only a few characters around the fault are shown, however long the line is, and no control character
//! of an input reaches the terminal.

use crate::scenario::problem::{Position, Problem, Severity, Sources};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};
use std::fmt;

/// This much of a line is shown before a fault, and after its beginning.
const SHOWN_BYTES_BEFORE: usize = 100;
const SHOWN_BYTES_AFTER: usize = 100;

/// How text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// One line for a problem, and more for its path and hint: for files and other programs.
    Plain,
    /// With the lines of the text, without colors.
    Graphical,
    /// With the lines of the text, in colors.
    Colored,
}

/// A problem with what surrounds it, ending in a line break.
pub(super) fn render(problem: &Problem, sources: &Sources, style: Style) -> String {
    let theme = match style {
        Style::Plain => return format!("{}\n", problem.display(sources)),
        Style::Graphical => GraphicalTheme::unicode_nocolor(),
        Style::Colored => GraphicalTheme::unicode(),
    };
    let shown = Shown {
        problem,
        excerpt: problem.at.map(|at| Excerpt::new(sources, at)),
    };
    let mut text = String::new();
    let written = GraphicalReportHandler::new_themed(theme)
        .with_context_lines(1)
        .render_report(&mut text, &shown);
    match written {
        Ok(()) => text,
        Err(fmt::Error) => format!("{}\n", problem.display(sources)),
    }
}

#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    excerpt: Option<Excerpt<'a>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.problem.hint.as_ref()?;
        Some(Box::new(hint))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let excerpt = self.excerpt.as_ref()?;
        Some(excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let path = Some(self.problem.path.clone()).filter(|path| !path.is_empty());
        let label = LabeledSpan::new(path, excerpt.before, excerpt.length);
        Some(Box::new(std::iter::once(label)))
    }
}

/// The line of a fault and those next to it, cut and cleaned.
#[derive(Debug)]
struct Excerpt<'a> {
    name: &'a str,
    at: Position,
    text: String,
    /// Line of the excerpt's beginning, from 0.
    first_line: usize,
    /// Bytes of the excerpt before the fault.
    before: usize,
    /// Bytes of the fault that are shown.
    length: usize,
}

impl<'a> Excerpt<'a> {
    fn new(sources: &'a Sources, at: Position) -> Self {
        let text = sources.text(at.source);
        let fault = floor(text, at.offset as usize);
        let line_start = text[..fault].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[fault..]
            .find('\n')
            .map_or(text.len(), |length| fault + length);
        let start = floor(text, fault.saturating_sub(SHOWN_BYTES_BEFORE)).max(line_start);
        let end = floor(text, fault + SHOWN_BYTES_AFTER).clamp(fault, line_end);
        let fault_end = floor(text, fault + at.length as usize).clamp(fault, end);

        let mut excerpt = String::new();
        let mut first_line = (at.line as usize).saturating_sub(1);
        if let Some(previous_end) = line_start.checked_sub(1) {
            let previous_start = text[..previous_end]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            let cut = floor(text, previous_start + SHOWN_BYTES_BEFORE).min(previous_end);
            push_clean(&mut excerpt, &text[previous_start..cut]);
            excerpt.push('\n');
            first_line = first_line.saturating_sub(1);
        }
        push_clean(&mut excerpt, &text[start..fault]);
        let before = excerpt.len();
        push_clean(&mut excerpt, &text[fault..fault_end]);
        let length = excerpt.len() - before;
        push_clean(&mut excerpt, &text[fault_end..end]);
        Self {
            name: sources.name(at.source),
            at,
            text: excerpt,
            first_line,
            before,
            length,
        }
    }
}

/// The end of the last whole character at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

fn push_clean(excerpt: &mut String, text: &str) {
    excerpt.extend(text.chars().map(|character| match character {
        '\t' => ' ',
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        shown => shown,
    }));
}

impl SourceCode for Excerpt<'_> {
    /// The whole excerpt; asked for the fault without lines around it, where that is in its text.
    fn read_span<'s>(
        &'s self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        let whole = SourceSpan::from((0, self.text.len()));
        let (span, line, column) = match (lines_before, lines_after) {
            (0, 0) => (
                *span,
                self.at.line as usize - 1,
                self.at.column as usize - 1,
            ),
            (_, _) => (whole, self.first_line, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_owned(),
            self.text.as_bytes(),
            span,
            line,
            column,
            self.text.matches('\n').count() + 1,
        )))
    }
}

#[cfg(test)]
mod tests;
