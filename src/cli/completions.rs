//! `podtime completions SHELL`.

use super::arguments::{Arguments, CompletionsArguments};
use super::outcome::{Failure, Verdict};
use super::terminal::Terminal;
use clap::CommandFactory;

/// Prints the script; `--format` changes nothing about it.
pub(super) fn run(
    arguments: &CompletionsArguments,
    terminal: &mut Terminal,
) -> Result<Verdict, Failure> {
    // Into memory first: clap panics where it cannot write.
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "podtime", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Held)
}
