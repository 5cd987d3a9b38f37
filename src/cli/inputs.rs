//! From the paths of a command line to what `scenario` makes of them.

use super::outcome::Failure;
use super::terminal::{Found, Terminal};
use crate::scenario::problem::{Problems, Sources};
use crate::scenario::source::FILE_BYTES_MAX;
use crate::scenario::{self, Loaded, Options, Rejected};
use std::io::{self, Read};

/// Reads a scenario or manifests, and says what is wrong or doubtful.
pub(super) fn load(
    paths: &[String],
    mut options: Options,
    terminal: &mut Terminal,
) -> Result<Loaded, Failure> {
    options.stdin = read_stdin(paths)?;
    match scenario::load(paths, &options) {
        Ok(loaded) => {
            let found: Found<'_> = pairs(&loaded.warnings, &loaded.sources);
            terminal.problems(&found, loaded.warnings.omitted());
            Ok(loaded)
        }
        Err(rejected) => {
            let Rejected { problems, sources } = *rejected;
            terminal.problems(&pairs(&problems, &sources), problems.omitted());
            Err(Failure::Reported)
        }
    }
}

/// Why something cannot be read, in words that do not depend on the operating system where it is usual.
pub(super) fn explain(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        "it is not there".to_owned()
    } else {
        error.to_string()
    }
}

/// Each problem with its texts.
pub(super) fn pairs<'a>(problems: &'a Problems, sources: &'a Sources) -> Found<'a> {
    problems.iter().map(|problem| (problem, sources)).collect()
}

/// All of stdin, if one of the paths stands for it.
pub(super) fn read_stdin(paths: &[String]) -> Result<Option<Vec<u8>>, Failure> {
    if !paths.iter().any(|path| path == "-") {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // One byte more than is let through, so that what is too long is seen to be.
    io::stdin()
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::machine(format!("cannot read stdin: {error}")))?;
    Ok(Some(bytes))
}
