//! `podtime validate FILE…`.

use super::arguments::ValidateArguments;
use super::inputs;
use super::outcome::{Failure, Verdict};
use super::terminal::{Found, Terminal, reports};
use crate::scenario::problem::{Problems, Severity, Sources};
use crate::scenario::{self, Options};

/// Reads each file for itself, and reports what is wrong with any of them.
pub(super) fn run(
    arguments: &ValidateArguments,
    terminal: &mut Terminal,
) -> Result<Verdict, Failure> {
    let options = Options {
        stdin: inputs::read_stdin(&arguments.files)?,
        ..Options::default()
    };
    let read: Vec<_> = arguments
        .files
        .iter()
        .map(|file| problems_of(file, &options))
        .collect();
    let found: Found<'_> = read
        .iter()
        .flat_map(|(problems, sources)| inputs::pairs(problems, sources))
        .collect();
    let omitted = read.iter().map(|(problems, _)| problems.omitted()).sum();
    let is_wrong = found
        .iter()
        .any(|(problem, _)| problem.severity == Severity::Error);
    if terminal.is_json() {
        terminal.print_json(&reports(&found))?;
    } else if found.is_empty() {
        terminal.note("no problems");
    } else {
        terminal.problems(&found, omitted);
    }
    if is_wrong {
        return Err(Failure::Reported);
    }
    Ok(Verdict::Held)
}

fn problems_of(file: &str, options: &Options) -> (Problems, Sources) {
    match scenario::load(&[file.to_owned()], options) {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(rejected) => (rejected.problems, rejected.sources),
    }
}
