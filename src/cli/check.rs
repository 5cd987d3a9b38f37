//! `podtime check`: run scenarios again, and compare with the results that are kept.

use super::arguments::CheckArguments;
use super::inputs;
use super::outcome::{Failure, Verdict};
use super::run::{self, Expected};
use super::terminal::Terminal;
use crate::results::{self, compare_folders, digest_folder};
use crate::scenario::{Loaded, Options};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where scenarios are when none is named.
const SCENARIOS: &str = "scenarios";

/// What became of one scenario.
struct Checked {
    name: String,
    /// Where its results are kept.
    target: PathBuf,
    /// Whether results are kept at all.
    is_kept: bool,
    /// The result files that differ.
    differing: Vec<String>,
    /// The expectations that are not held, as lines of text.
    not_held: String,
}

/// Checks each scenario; all of them are read before the first is played.
pub(super) fn run(arguments: &CheckArguments, terminal: &mut Terminal) -> Result<Verdict, Failure> {
    let paths = match arguments.scenarios.as_slice() {
        [] => all_scenarios()?,
        named => named.to_vec(),
    };
    if arguments.out.is_some() && paths.len() > 1 {
        return Err(Failure::usage_with_hint(
            "--out is the folder of one scenario, and there are several",
            "name one scenario",
        ));
    }
    let mut read: Vec<Result<Loaded, Failure>> = Vec::new();
    for path in paths {
        read.push(inputs::load(&[path], Options::default(), terminal));
    }
    let scenarios = read.into_iter().collect::<Result<Vec<_>, _>>()?;
    refuse_same_names(&scenarios)?;
    let mut checked = Vec::new();
    for scenario in &scenarios {
        let default = || run::default_target(&scenario.model);
        let target = arguments.out.clone().unwrap_or_else(default);
        let one = if arguments.bless {
            bless(scenario, target, terminal)?
        } else {
            compare(scenario, target, terminal)?
        };
        if !terminal.is_json() {
            terminal.print(&as_lines(&one, arguments.bless))?;
        }
        checked.push(one);
    }
    if terminal.is_json() {
        terminal.print_json(&checked.iter().map(as_json).collect::<Vec<_>>())?;
    }
    let is_same = |one: &Checked| arguments.bless || (one.is_kept && one.differing.is_empty());
    let is_good = |one: &Checked| is_same(one) && one.not_held.is_empty();
    Ok(Verdict::of(checked.iter().all(is_good)))
}

/// `scenarios/*.yaml`, by name.
fn all_scenarios() -> Result<Vec<String>, Failure> {
    let refuse = |reason: String| {
        Failure::usage_with_hint(
            format!("no scenario is named, and {reason}"),
            "name a scenario, or go to the folder that holds `scenarios`",
        )
    };
    let entries = std::fs::read_dir(SCENARIOS).map_err(|error| {
        refuse(format!(
            "`{SCENARIOS}` cannot be read: {}",
            inputs::explain(&error)
        ))
    })?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(Failure::machine)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
    if paths.is_empty() {
        return Err(refuse(format!("there is none in `{SCENARIOS}`")));
    }
    paths.sort();
    Ok(paths)
}

/// Two scenarios of one name would replace each other's results.
fn refuse_same_names(scenarios: &[Loaded]) -> Result<(), Failure> {
    let mut names: Vec<&str> = scenarios.iter().map(|one| &*one.model.name).collect();
    names.sort_unstable();
    match names.array_windows().find(|[one, next]| one == next) {
        Some([name, _]) => Err(Failure::usage_with_hint(
            format!("two scenarios have the name `{name}`, and with it the same folder of results"),
            "give one of them another `metadata.name`",
        )),
        None => Ok(()),
    }
}

/// Plays into a folder of its own, and compares that with the target.
fn compare(
    scenario: &Loaded,
    target: PathBuf,
    terminal: &mut Terminal,
) -> Result<Checked, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::machine)?;
    let new = folder.path().join("results");
    let not_held = play(scenario, &new, terminal)?;
    let read = |error| Failure::machine(format!("cannot read {}: {error}", target.display()));
    let differing = compare_folders(&target, &new).map_err(read)?;
    Ok(Checked {
        name: scenario.model.name.to_string(),
        is_kept: target.join("summary.json").is_file(),
        differing: differing.into_iter().map(|found| found.file).collect(),
        not_held,
        target,
    })
}

/// Plays into the target.
fn bless(scenario: &Loaded, target: PathBuf, terminal: &mut Terminal) -> Result<Checked, Failure> {
    let read = |error| Failure::machine(format!("cannot read {}: {error}", target.display()));
    let is_kept = target.join("summary.json").is_file();
    let old = digest_folder(&target).map_err(read)?;
    let not_held = play(scenario, &target, terminal)?;
    let new = digest_folder(&target).map_err(read)?;
    let mut files: Vec<&String> = old.keys().chain(new.keys()).collect();
    files.sort();
    files.dedup();
    let differing = files
        .into_iter()
        .filter(|file| old.get(*file) != new.get(*file));
    Ok(Checked {
        name: scenario.model.name.to_string(),
        is_kept,
        differing: differing.cloned().collect(),
        not_held,
        target,
    })
}

/// Plays a scenario, and answers with the lines of the expectations that are not held.
fn play(scenario: &Loaded, target: &Path, terminal: &mut Terminal) -> Result<String, Failure> {
    let options = results::Options {
        scenario_digest: scenario.digest.clone(),
        ..results::Options::default()
    };
    let finished = run::play(&scenario.model, target, options, terminal)?;
    let mut expectations = run::evaluate(scenario, &finished.summary);
    expectations.retain(|Expected { evaluation, .. }| !evaluation.is_held());
    Ok(run::as_lines(&expectations))
}

fn as_lines(checked: &Checked, is_blessed: bool) -> String {
    let (name, target) = (&checked.name, checked.target.display());
    let files = checked.differing.join(", ");
    let line = match (is_blessed, checked.is_kept, checked.differing.is_empty()) {
        (_, true, true) => format!("same      {name}\n"),
        (false, true, false) => format!("differs   {name}: {files} in {target}\n"),
        (false, false, _) => {
            format!("missing   {name}: no results are kept in {target}; --bless keeps them\n")
        }
        (true, true, false) => format!("blessed   {name}: {files} in {target}\n"),
        (true, false, _) => format!("blessed   {name}: new in {target}\n"),
    };
    line + &checked.not_held
}

fn as_json(checked: &Checked) -> Value {
    json!({
        "scenario": checked.name,
        "results": checked.target,
        "kept": checked.is_kept,
        "differing": checked.differing,
        "not_held": checked.not_held.lines().collect::<Vec<_>>(),
    })
}
