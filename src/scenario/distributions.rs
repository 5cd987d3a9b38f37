//! Durations and distributions of a scenario.

use std::fmt;

use super::files::Files;
use super::problem::{Position, Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::{Field, Walk};
use crate::model::RunTime;
use crate::sim::{Distribution, DistributionError, Span};

/// What a duration looks like, for messages.
pub(super) const DURATION: &str = "a duration such as 90s or 1h30m";

/// The distributions that have a name, in the order of the documentation.
pub(super) const NAMES: &[&str] = &[
    "constant",
    "uniform",
    "exponential",
    "normal",
    "lognormal",
    "weibull",
    "gamma",
    "pareto",
    "triangular",
    "empirical",
];

/// More samples than this are refused: 80 MB of memory, and far more than a shape needs.
const SAMPLES_MAX: usize = 10_000_000;

/// A duration of at least 0.
pub(super) fn duration(field: &Field<'_>, problems: &mut Problems) -> Option<Span> {
    field.parsed(DURATION, not_negative, problems)
}

/// A duration longer than 0.
pub(super) fn positive_duration(field: &Field<'_>, problems: &mut Problems) -> Option<Span> {
    let parse = |text: &str| match not_negative(text) {
        Ok(span) if span.is_zero() => Err("it must be longer than 0s".to_owned()),
        result => result,
    };
    field.parsed(DURATION, parse, problems)
}

fn not_negative(text: &str) -> Result<Span, String> {
    let span = Span::parse(text).map_err(|error| error.to_string())?;
    if span.is_negative() {
        return Err("it must not be negative".to_owned());
    }
    if span > Distribution::LONGEST {
        return Err(format!(
            "it must be at most {} (100 years)",
            Distribution::LONGEST
        ));
    }
    Ok(span)
}

/// A plain duration or one of the named distributions.
pub(super) fn distribution(
    field: &Field<'_>,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<Distribution> {
    if field.node.as_map().is_none() {
        if field.node.scalar_text().is_none() {
            problems.push(field.expected("a duration such as 90s, or a distribution"));
            return None;
        }
        let span = duration(field, problems)?;
        return built(field, problems, Distribution::constant(span));
    }
    let (name, inner) = field.variant(NAMES, problems)?;
    if name == "constant" {
        let span = duration(&inner, problems)?;
        return built(&inner, problems, Distribution::constant(span));
    }
    let mut walk = inner.walk(problems)?;
    let result = parameters(name, &mut walk, files);
    walk.finish();
    built(&inner, problems, result?)
}

/// `forever`, or as [`distribution`].
pub(super) fn run_time(
    field: &Field<'_>,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<RunTime> {
    match field.node.as_str() {
        Some("forever") => Some(RunTime::Forever),
        Some(word) if did_you_mean(word, ["forever"]).is_some() => {
            let problem = field.expected("a duration, a distribution or `forever`");
            problems.push(problem.with_hint("did you mean `forever`?"));
            None
        }
        Some(_) | None => distribution(field, files, problems).map(RunTime::For),
    }
}

fn built(
    field: &Field<'_>,
    problems: &mut Problems,
    result: Result<Distribution, DistributionError>,
) -> Option<Distribution> {
    result
        .map_err(|error| problems.push(field.error(error.to_string())))
        .ok()
}

type Built = Option<Result<Distribution, DistributionError>>;

fn parameters(name: &str, walk: &mut Walk<'_, '_>, files: &mut Files) -> Built {
    match name {
        "uniform" => {
            let (min, max) = (span(walk, "min"), span(walk, "max"));
            Some(Distribution::uniform(min?, max?))
        }
        "exponential" => Some(Distribution::exponential(span(walk, "mean")?)),
        "normal" => {
            let (mean, stddev) = (span(walk, "mean"), span(walk, "stddev"));
            Some(Distribution::normal(mean?, stddev?))
        }
        "lognormal" => lognormal(walk),
        "weibull" => {
            let (scale, shape) = (span(walk, "scale"), number(walk, "shape"));
            Some(Distribution::weibull(scale?, shape?))
        }
        "gamma" => {
            let (mean, shape) = (span(walk, "mean"), number(walk, "shape"));
            Some(Distribution::gamma(mean?, shape?))
        }
        "pareto" => {
            let (min, shape) = (span(walk, "min"), number(walk, "shape"));
            Some(Distribution::pareto(min?, shape?))
        }
        "triangular" => {
            let (min, mode, max) = (span(walk, "min"), span(walk, "mode"), span(walk, "max"));
            Some(Distribution::triangular(min?, mode?, max?))
        }
        _ => Some(Distribution::empirical(samples(walk, files)?)),
    }
}

fn lognormal(walk: &mut Walk<'_, '_>) -> Built {
    let median = span(walk, "median");
    let p95 = walk.optional("p95");
    let sigma = walk.optional("sigma");
    match (p95, sigma) {
        (Some(p95), None) => {
            let p95 = duration(&p95, walk.problems());
            Some(Distribution::lognormal_p95(median?, p95?))
        }
        (None, Some(sigma)) => {
            let sigma = sigma.number(f64::NEG_INFINITY..=f64::INFINITY, walk.problems());
            Some(Distribution::lognormal(median?, sigma?))
        }
        (Some(_), Some(_)) => {
            let problem = walk
                .field()
                .error("both `p95` and `sigma` are given; one of them is enough");
            walk.problems().push(problem);
            None
        }
        (None, None) => {
            let problem = walk
                .field()
                .error("one of the keys `p95`, `sigma` is missing");
            walk.problems().push(problem);
            None
        }
    }
}

fn span(walk: &mut Walk<'_, '_>, key: &'static str) -> Option<Span> {
    let field = walk.required(key)?;
    duration(&field, walk.problems())
}

fn number(walk: &mut Walk<'_, '_>, key: &'static str) -> Option<f64> {
    let field = walk.required(key)?;
    field.number(f64::NEG_INFINITY..=f64::INFINITY, walk.problems())
}

fn samples(walk: &mut Walk<'_, '_>, files: &mut Files) -> Option<Vec<Span>> {
    let (list, file, column) = (
        walk.optional("samples"),
        walk.optional("file"),
        walk.optional("column"),
    );
    let problems = walk.problems();
    match (list, file, column) {
        (Some(list), None, None) => {
            let items = list.items(problems)?;
            let read = |item: &Field<'_>| item.parsed(SAMPLE, sample_in_seconds, problems);
            let spans: Vec<Option<Span>> = items.iter().map(read).collect();
            spans.into_iter().collect()
        }
        (None, Some(file), Some(column)) => {
            let (file_text, column) = (file.text(problems), column.text(problems));
            match read_column(files, file_text?, column?) {
                Ok(spans) => Some(spans),
                Err(problem) => {
                    problems.push(problem.or_at(file.node.at, &file.path));
                    None
                }
            }
        }
        (_, _, _) => {
            let problem = walk
                .field()
                .error("expected either `samples`, or `file` and `column`");
            walk.problems().push(problem);
            None
        }
    }
}

const SAMPLE: &str = "a duration such as 90s, or a number of seconds";

fn sample_in_seconds(text: &str) -> Result<Span, String> {
    sample(text, Span::from_secs(1))
}

/// A duration, or a number that counts `unit`.
fn sample(text: &str, unit: Span) -> Result<Span, String> {
    let text = text.trim();
    let Ok(number) = text.parse::<f64>() else {
        return not_negative(text);
    };
    if !number.is_finite() {
        return Err("it must be a finite number".to_owned());
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a unit is a small number of nanoseconds"
    )]
    let span = Span::from_nanos_f64(number * unit.as_nanos() as f64);
    not_negative(&span.to_string())
}

/// The column of a CSV file: durations or numbers of seconds, of milliseconds if the column's name
/// ends in `_ms`. Empty cells are passed over.
fn read_column(files: &mut Files, file: &str, column: &str) -> Result<Vec<Span>, Problem> {
    let source = files.read(file)?;
    let text = files.sources().text(source);
    let line_problem = |line: u64, message: String| {
        let at = Position {
            line: u32::try_from(line).unwrap_or(u32::MAX).max(1),
            ..Position::start_of(source)
        };
        Problem::error(at, column, message)
    };
    let unreadable =
        |error: &dyn fmt::Display| line_problem(1, format!("this is not a CSV file: {error}"));
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| unreadable(&error))?
        .clone();
    let Some(index) = header.iter().position(|name| name.trim() == column) else {
        let names: Vec<String> = header.iter().map(quote).collect();
        let message = format!("there is no column {}", quote(column));
        let meant = did_you_mean(column, header.iter());
        let hint = match meant {
            Some(meant) => format!("did you mean {}?", quote(meant)),
            None => format!("the columns are {}", names.join(", ")),
        };
        return Err(line_problem(1, message).with_hint(hint));
    };
    let unit = if column.ends_with("_ms") {
        Span::from_millis(1)
    } else {
        Span::from_secs(1)
    };
    let mut spans = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(1, csv::Position::line);
        let cell = record.get(index).unwrap_or("");
        if cell.trim().is_empty() {
            continue;
        }
        let span = sample(cell, unit).map_err(|reason| {
            let message = format!("expected {SAMPLE}, found the text {}", quote(cell));
            line_problem(line, message).with_hint(reason)
        })?;
        spans.push(span);
        if spans.len() > SAMPLES_MAX {
            return Err(line_problem(
                line,
                format!("more than {SAMPLES_MAX} samples"),
            ));
        }
    }
    Ok(spans)
}
