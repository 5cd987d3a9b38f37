//! `podtime run`: the whole program, from the files of a scenario to the files of its results.

use super::arguments::RunArguments;
use super::inputs;
use super::outcome::{Failure, Verdict};
use super::progress::Progress;
use super::refusals::{Refusal, Refusals};
use super::terminal::Terminal;
use crate::engine::LONGEST_RUN;
use crate::expect::Evaluation;
use crate::model::Model;
use crate::results::{self, Finished, ResultFiles, ResultsError, short_table};
use crate::scenario::{Loaded, Options, PlainOptions};
use crate::sim::{Span, Time};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The table names this many workloads of a kind; the files have all of them.
const WORKLOADS_SHOWN_MAX: usize = 20;

/// Plays a scenario, writes its results, and prints what became of it.
pub(super) fn run(arguments: &RunArguments, terminal: &mut Terminal) -> Result<Verdict, Failure> {
    let loaded = inputs::load(&arguments.files, load_options(arguments), terminal)?;
    let target = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_target(&loaded.model));
    let options = results::Options {
        scenario_digest: loaded.digest.clone(),
        write: arguments.write.clone().unwrap_or_default(),
        sample: arguments.sample,
    };
    let finished = play(&loaded.model, &target, options, terminal)?;
    terminal.note(&format!("results are in {}", target.display()));
    let expectations = evaluate(&loaded, &finished.summary);
    if terminal.is_json() {
        terminal.print_json(&as_json(&finished.summary, &expectations))?;
    } else {
        terminal.print(&short_table(&finished.summary, WORKLOADS_SHOWN_MAX))?;
        if !expectations.is_empty() {
            terminal.print("\n")?;
        }
        terminal.print(&as_lines(&expectations))?;
    }
    Ok(Verdict::of(all_held(&expectations)))
}

/// `results/<metadata.name>/`.
pub(super) fn default_target(model: &Model) -> PathBuf {
    Path::new("results").join(&*model.name)
}

fn load_options(arguments: &RunArguments) -> Options {
    Options {
        set: arguments.set.clone(),
        seed: arguments.seed,
        until: arguments.until,
        plain: PlainOptions {
            nodes: arguments.nodes,
            node_size: arguments.node_size.clone(),
        },
        stdin: None,
    }
}

/// Plays a model into a folder, with what there is to tell about it on stderr.
pub(super) fn play(
    model: &Model,
    target: &Path,
    options: results::Options,
    terminal: &mut Terminal,
) -> Result<Finished, Failure> {
    let files = ResultFiles::create(target, model, options).map_err(|error| failed(&error))?;
    let progress = Progress::new(model.duration, terminal.shows_progress());
    let recorder = ((files, Refusals::default()), progress);
    let ((finished, refused), end) = crate::simulate(model, model.seed, recorder);
    let finished = finished.map_err(|error| failed(&error))?;
    for Refusal { at, action, reason } in refused {
        terminal.warn(&format!(
            "at {}: `{action}` was refused: {reason}",
            at.since_start()
        ));
    }
    if is_cut_off(model.duration, end) {
        terminal.warn(&format!(
            "the run was cut off after {LONGEST_RUN}, since something in it goes on for ever; \
             --until or spec.duration sets another end"
        ));
    }
    Ok(finished)
}

/// Whether a run without a horizon reached the engine's limit. The last event is before that limit, and
/// what still waited behind it is not known here; the slowest thing that goes on for ever, a container
/// in back-off, does something every few minutes.
fn is_cut_off(horizon: Option<Span>, end: Time) -> bool {
    horizon.is_none() && end.since_start() > LONGEST_RUN - Span::from_days(1)
}

fn failed(error: &ResultsError) -> Failure {
    if error.is_usage() {
        Failure::usage_with_hint(error, "--out names the folder for the results")
    } else {
        Failure::machine(error)
    }
}

/// An expectation as it was written, and what became of it.
pub(super) struct Expected<'a> {
    pub(super) text: &'a str,
    pub(super) evaluation: Evaluation,
}

/// What became of each expectation.
pub(super) fn evaluate<'a>(loaded: &'a Loaded, summary: &Value) -> Vec<Expected<'a>> {
    let expectations = loaded.expectations.iter();
    expectations
        .map(|expectation| Expected {
            text: expectation.expression.text(),
            evaluation: expectation.expression.evaluate(summary),
        })
        .collect()
}

/// Whether no expectation failed.
pub(super) fn all_held(expectations: &[Expected<'_>]) -> bool {
    expectations
        .iter()
        .all(|expected| expected.evaluation.is_held())
}

/// One line for each expectation, and one for the reason where it is not held.
pub(super) fn as_lines(expectations: &[Expected<'_>]) -> String {
    let mut lines = Vec::new();
    for Expected { text, evaluation } in expectations {
        let (verdict, reasons) = match evaluation {
            Evaluation::Held => ("held", Vec::new()),
            Evaluation::NotHeld { values } => {
                let reasons = values
                    .iter()
                    .map(|(text, value)| format!("{text} is {value}"));
                ("not held", reasons.collect())
            }
            Evaluation::Null { which } => ("not held", vec![format!("{which} is null")]),
            Evaluation::Error(_) => ("error", vec![evaluation.to_string()]),
        };
        lines.push(format!("{verdict:<8}  {}\n", text.trim()));
        lines.extend(reasons.iter().map(|reason| format!("          {reason}\n")));
    }
    lines.concat()
}

fn as_json(summary: &Value, expectations: &[Expected<'_>]) -> Value {
    let expectations: Vec<Value> = expectations
        .iter()
        .map(|Expected { text, evaluation }| {
            json!({
                "expect": text,
                "held": evaluation.is_held(),
                "message": evaluation.to_string(),
            })
        })
        .collect();
    json!({"summary": summary, "expectations": expectations})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_cut_off_where_it_has_no_end_of_its_own() {
        let end = |span| Time::ZERO + span;
        let five_minutes = Span::from_minutes(5);
        assert!(is_cut_off(None, end(LONGEST_RUN - five_minutes)));
        assert!(!is_cut_off(None, end(Span::from_days(300))));
        assert!(!is_cut_off(Some(LONGEST_RUN), end(LONGEST_RUN)));
    }
}
