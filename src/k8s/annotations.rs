//! The `podtime/*` annotations: what the containers of a template do, and when a node is Ready.

use super::place::{Faults, Place};
use crate::model::{AnnotatedBehavior, AttemptBy, Container, Name};
use crate::scenario::suggest::did_you_mean;
use crate::sim::{Distribution, Span};
use std::collections::BTreeMap;

const PREFIX: &str = "podtime/";
const KEYS: [&str; 8] = [
    "startup",
    "image-pull",
    "ready-after",
    "run",
    "exit-code",
    "terminate",
    "checkpoint",
    "attempt-by",
];
const NODE_KEYS: [&str; 1] = ["ready-after"];
/// A list longer than this is a mistake.
const ATTEMPTS_MAX: usize = 10_000;

/// What the annotations at `at` say, one entry for each container that they name, that without a name first.
pub(super) fn behaviors(
    annotations: &BTreeMap<String, String>,
    containers: &[Container],
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<AnnotatedBehavior> {
    let mut found: BTreeMap<Option<&str>, AnnotatedBehavior> = BTreeMap::new();
    for (key, value) in annotations {
        let Some(name) = key.strip_prefix(PREFIX) else {
            continue;
        };
        let place = at.key(key);
        let (name, container) = match name.split_once('.') {
            Some((name, container)) => (name, Some(container)),
            None => (name, None),
        };
        if let Some(container) = container {
            check_container(container, containers, &place, faults);
        }
        let behavior = found.entry(container).or_default();
        set(behavior, name, value, &place, faults);
    }
    found
        .into_iter()
        .map(|(container, behavior)| AnnotatedBehavior {
            container: container.map(Name::from),
            ..behavior
        })
        .collect()
}

/// `podtime/ready-after` of a Node.
pub(super) fn node_ready_after(
    annotations: &BTreeMap<String, String>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Span> {
    let mut ready_after = None;
    for (key, value) in annotations {
        let place = at.key(key);
        match key.strip_prefix(PREFIX) {
            Some("ready-after") => ready_after = span(value, &place, faults),
            Some(name) => unknown(name, &NODE_KEYS, &place, faults),
            None => {}
        }
    }
    ready_after
}

/// Annotations that say what containers do have no effect on the workload itself.
pub(super) fn warn_of_misplaced(
    annotations: &BTreeMap<String, String>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    for key in annotations.keys().filter(|key| key.starts_with(PREFIX)) {
        let message =
            format!("the annotation `{key}` has an effect on the pod template only, not here");
        faults.warn(&at.key(key), &message);
    }
}

fn set(
    behavior: &mut AnnotatedBehavior,
    name: &str,
    value: &str,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    match name {
        "startup" => behavior.startup = span(value, at, faults),
        "image-pull" => behavior.image_pull = span(value, at, faults),
        "ready-after" => behavior.ready_after = span(value, at, faults),
        "terminate" => behavior.terminate = span(value, at, faults),
        "checkpoint" => behavior.checkpoint = interval(value, at, faults),
        "run" => behavior.run = list(value, at, faults, run),
        "exit-code" => behavior.exit_codes = list(value, at, faults, exit_code),
        "attempt-by" => behavior.attempt_by = attempt_by(value, at, faults),
        _ => unknown(name, &KEYS, at, faults),
    }
}

fn unknown(name: &str, known: &[&str], at: &Place<'_>, faults: &mut Faults<'_>) {
    let message = format!("unknown annotation `{PREFIX}{name}`");
    let hint = match did_you_mean(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{PREFIX}{meant}`?"),
        None => format!("known here: {PREFIX}{}", known.join(&format!(", {PREFIX}"))),
    };
    faults.error(at, &message, Some(hint));
}

fn check_container(name: &str, containers: &[Container], at: &Place<'_>, faults: &mut Faults<'_>) {
    if containers.iter().any(|container| *container.name == *name) {
        return;
    }
    let names = || containers.iter().map(|container| &*container.name);
    let hint = match did_you_mean(name, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "the containers are {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    let message = format!("the annotation is for the container `{name}`, which does not exist");
    faults.error(at, &message, Some(hint));
}

/// The entry is at fault, which has been said.
struct Reported;

fn span(text: &str, at: &Place<'_>, faults: &mut Faults<'_>) -> Option<Span> {
    let detail = match Span::parse(text.trim()) {
        Ok(span) if span.is_negative() => "a duration may not be negative here".to_owned(),
        Ok(span) if span > Distribution::LONGEST => "at most 100 years are simulated".to_owned(),
        Ok(span) => return Some(span),
        Err(error) => error.to_string(),
    };
    faults.invalid(at, text, &detail);
    None
}

/// A duration that is longer than 0.
fn interval(text: &str, at: &Place<'_>, faults: &mut Faults<'_>) -> Option<Span> {
    let interval = span(text, at, faults)?;
    if interval.is_zero() {
        faults.invalid(at, text, "it must be longer than 0s");
        return None;
    }
    Some(interval)
}

/// A comma list, one entry for each attempt; empty after a fault.
fn list<T>(
    text: &str,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
    entry: impl Fn(&str, &Place<'_>, &mut Faults<'_>) -> Result<T, Reported>,
) -> Vec<T> {
    let count = text.split(',').count();
    if count > ATTEMPTS_MAX {
        faults.too_many(at, count, ATTEMPTS_MAX);
        return Vec::new();
    }
    // All of them, so that every fault is found.
    let entries: Vec<Result<T, Reported>> = text
        .split(',')
        .map(|text| entry(text.trim(), at, faults))
        .collect();
    entries
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap_or_default()
}

/// How long an attempt runs; `Ok(None)` is for ever.
fn run(text: &str, at: &Place<'_>, faults: &mut Faults<'_>) -> Result<Option<Span>, Reported> {
    if text == "forever" {
        return Ok(None);
    }
    span(text, at, faults).map(Some).ok_or(Reported)
}

fn exit_code(text: &str, at: &Place<'_>, faults: &mut Faults<'_>) -> Result<i32, Reported> {
    text.parse::<u8>().map(i32::from).map_err(|_| {
        faults.invalid(at, text, "an exit code is a number from 0 to 255");
        Reported
    })
}

fn attempt_by(text: &str, at: &Place<'_>, faults: &mut Faults<'_>) -> Option<AttemptBy> {
    match text {
        "failure" => Some(AttemptBy::Failure),
        "pod" => Some(AttemptBy::Pod),
        _ => {
            faults.unsupported(at, text, &["failure", "pod"]);
            None
        }
    }
}
