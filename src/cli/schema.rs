//! `podtime schema [scenario|sweep]`.

use super::arguments::{SchemaArguments, SchemaOf};
use super::outcome::{Failure, Verdict};
use super::terminal::Terminal;

/// Prints the schema.
pub(super) fn run(arguments: &SchemaArguments, _: &mut Terminal) -> Result<Verdict, Failure> {
    let what = match arguments.of {
        SchemaOf::Scenario => "scenarios",
        SchemaOf::Sweep => "sweeps",
    };
    Err(Failure::usage(format!("there is no schema of {what} yet")))
}
