//! The command line as clap reads it. What is here is checked: a value that has a type of its own is read
//! into it, so that a wrong one is clap's error.
#![expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as they are, where backticks are in the way"
)]

use crate::cron::{UnixSeconds, iana_release};
use crate::results::FileSet;
use crate::sim::Span;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Simulates Kubernetes clusters that run DaemonSets, Jobs and CronJobs, on virtual time.
///
/// Exit codes: 0 done, and every expectation held; 1 ran, and an expectation or a comparison failed;
/// 2 the command line or an input file is wrong; 3 the machine failed.
#[derive(Debug, Parser)]
#[command(name = "podtime", version = version(), arg_required_else_help = true)]
pub(super) struct Arguments {
    /// Say nothing but errors and what was asked for
    #[arg(long, global = true)]
    pub(super) quiet: bool,
    /// How to write what was asked for
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The form of what a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Simulate, write the result files, and print a short table of what happened
    Run(RunArguments),
    /// Report every problem of scenarios and Kubernetes manifests, with its place and a hint
    Validate(ValidateArguments),
    /// Run scenarios again and compare with the results that are kept
    Check(CheckArguments),
    /// Print the next times of a schedule, as Kubernetes computes them
    Cron(CronArguments),
    /// Print a JSON Schema for editors
    Schema(SchemaArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// A scenario, or Kubernetes manifests to play without one; `-` is stdin
    #[arg(required = true, value_name = "SCENARIO|MANIFEST")]
    pub(super) files: Vec<String>,
    /// Seed of all random draws, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = whole_number::<u64>, allow_hyphen_values = true)]
    pub(super) seed: Option<u64>,
    /// Folder for the results [default: results/<name of the scenario>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Simulate this long, instead of the scenario's duration
    #[arg(long, value_name = "DUR", value_parser = duration, allow_hyphen_values = true)]
    pub(super) until: Option<Span>,
    /// Change a field for this run, such as spec.cluster.pools[name=workers].count=8
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// The result files to write, by name, such as events,jobs [default: all]
    #[arg(long, value_name = "LIST", value_parser = FileSet::parse)]
    pub(super) write: Option<FileSet>,
    /// Time between two rows of utilization.csv [default: a 1/1000 of the horizon, at least 1s]
    #[arg(long, value_name = "DUR", value_parser = duration, allow_hyphen_values = true)]
    pub(super) sample: Option<Span>,
    /// Nodes, for manifests without a scenario [default: 3]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>, allow_hyphen_values = true)]
    pub(super) nodes: Option<u32>,
    /// Size of each of these nodes [default: 4cpu,16Gi,110pods]
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(super) node_size: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    /// Scenarios or Kubernetes manifests; `-` is stdin
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// The scenarios to run again [default: scenarios/*.yaml]
    #[arg(value_name = "SCENARIO")]
    pub(super) scenarios: Vec<String>,
    /// Keep the new results in place of the old ones
    #[arg(long)]
    pub(super) bless: bool,
    /// Folder of the kept results, for one scenario [default: results/<name of the scenario>]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CronArguments {
    /// Five fields, or a word such as @daily
    #[arg(required_unless_present = "batch")]
    pub(super) schedule: Option<String>,
    /// Name of a time zone, such as Europe/Vienna [default: UTC]
    #[arg(long, value_name = "TZ")]
    pub(super) time_zone: Option<String>,
    /// Print times after this one, such as 2026-03-08T06:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) after: Option<UnixSeconds>,
    /// How many times to print
    #[arg(short = 'n', value_name = "N", default_value_t = 5, value_parser = whole_number::<u32>, allow_hyphen_values = true)]
    pub(super) count: u32,
    /// Read a table with the columns schedule,time_zone,after and add the next five times; `-` is stdin
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["schedule", "time_zone", "after", "count"])]
    pub(super) batch: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// Of which kind of file
    #[arg(value_enum, default_value_t = SchemaOf::Scenario)]
    pub(super) of: SchemaOf,
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// A scenario
    Scenario,
    /// A sweep
    Sweep,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: Shell,
}

/// Zone rules are compiled in, so that they are part of the version.
fn version() -> &'static str {
    format!(
        "{} (time zones: IANA {})",
        env!("CARGO_PKG_VERSION"),
        iana_release()
    )
    .leak()
}

/// A whole number that is not negative.
fn whole_number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("expected a whole number such as 3, found `{text}`"))
}

fn duration(text: &str) -> Result<Span, String> {
    let span = Span::parse(text).map_err(|error| error.to_string())?;
    if span <= Span::ZERO {
        return Err("it must be longer than 0".to_owned());
    }
    Ok(span)
}

fn moment(text: &str) -> Result<UnixSeconds, String> {
    let expected = "expected a time such as 2026-03-08T06:00:00Z";
    UnixSeconds::parse_rfc3339(text).ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn clap_has_nothing_against_the_definition() {
        Arguments::command().debug_assert();
    }
}
