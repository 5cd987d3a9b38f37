//! `podtime schema [scenario|sweep]`.

use super::arguments::{SchemaArguments, SchemaOf};
use super::outcome::{Failure, Verdict};
use super::terminal::Terminal;
use crate::scenario::schema;

/// Prints the schema; `--format` changes nothing about it.
pub(super) fn run(
    arguments: &SchemaArguments,
    terminal: &mut Terminal,
) -> Result<Verdict, Failure> {
    match arguments.of {
        SchemaOf::Scenario => terminal.print_json(&schema::scenario())?,
        SchemaOf::Sweep => return Err(Failure::usage("there is no schema of sweeps yet")),
    }
    Ok(Verdict::Held)
}
