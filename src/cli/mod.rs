//! The commands: one file each, and the only code that prints.
//!
//! The rest of the program answers with values and typed errors; here they become words and exit codes
//! (contract §1). What a person asked for goes to stdout, everything else to stderr.

mod arguments;
mod check;
mod completions;
mod cron;
mod graphical;
mod inputs;
mod outcome;
mod progress;
mod refusals;
mod run;
mod schema;
mod terminal;
mod validate;

use arguments::{Arguments, Command};
use clap::Parser;
use outcome::{Failure, Verdict};
use std::ffi::OsString;
use std::process::ExitCode;
use terminal::Terminal;

/// The program: reads the command line, does what it says, and answers with the exit code.
pub fn main(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let mut terminal = Terminal::new(arguments.quiet, arguments.format);
    let outcome = dispatch(&arguments.command, &mut terminal);
    outcome::exit_code(
        outcome.and_then(|verdict| terminal.finish().map(|()| verdict)),
        &mut terminal,
    )
}

fn dispatch(command: &Command, terminal: &mut Terminal) -> Result<Verdict, Failure> {
    match command {
        Command::Run(arguments) => run::run(arguments, terminal),
        Command::Validate(arguments) => validate::run(arguments, terminal),
        Command::Check(arguments) => check::run(arguments, terminal),
        Command::Cron(arguments) => cron::run(arguments, terminal),
        Command::Schema(arguments) => schema::run(arguments, terminal),
        Command::Completions(arguments) => completions::run(arguments, terminal),
    }
}

/// Help and version, which go to stdout, or what clap has against the command line.
fn refuse(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(failed) if !error.use_stderr() && !terminal::is_closed_pipe(&failed) => {
            outcome::MACHINE_FAILED.into()
        }
        // A message that nobody can read changes nothing about the line that it is about.
        Ok(()) | Err(_) => {
            u8::try_from(error.exit_code()).map_or(outcome::WRONG_INPUT.into(), ExitCode::from)
        }
    }
}
