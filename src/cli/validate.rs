//! `podtime validate FILE…`.

use super::arguments::ValidateArguments;
use super::inputs;
use super::outcome::{Failure, Verdict};
use super::terminal::{Found, Terminal, reports};
use crate::scenario::{self, Content, FileReport};

/// Reads each file for itself, and reports what is wrong with any of them.
pub(super) fn run(
    arguments: &ValidateArguments,
    terminal: &mut Terminal,
) -> Result<Verdict, Failure> {
    let stdin = inputs::read_stdin(&arguments.files)?;
    let report = scenario::validate(&arguments.files, stdin.as_deref());
    let found: Found<'_> = report
        .files
        .iter()
        .flat_map(|file| inputs::pairs(&file.problems, &file.sources))
        .collect();
    if terminal.is_json() {
        terminal.print_json(&reports(&found))?;
    } else {
        for file in report.files.iter().filter(|file| file.problems.is_empty()) {
            terminal.note(&approval(file));
        }
        let omitted = report.files.iter().map(|file| file.problems.omitted());
        terminal.problems(&found, omitted.sum());
    }
    if report.has_errors() {
        return Err(Failure::Reported);
    }
    Ok(Verdict::Held)
}

/// What was found good.
fn approval(file: &FileReport) -> String {
    let path = &file.path;
    match file.content {
        Content::Scenario => format!("{path}: a scenario, no problems"),
        Content::Sweep => format!("{path}: a sweep, of which only the syntax was checked"),
        Content::Manifests(1) => format!("{path}: 1 object, no problems"),
        Content::Manifests(count) => format!("{path}: {count} objects, no problems"),
        Content::Unreadable => format!("{path}: nothing to check"),
    }
}
