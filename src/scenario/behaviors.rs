//! `spec.behaviors`: what containers do.

use super::distributions::{distribution, positive_duration, run_time};
use super::failures::read_labels;
use super::files::Files;
use super::problem::{Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::{Field, Walk};
use crate::model::{
    Attempt, AttemptBy, Behavior, BehaviorMatch, BehaviorRule, Failure, FailureLaw, Name,
    NodeFactor, RunTime,
};
use crate::sim::Distribution;

/// The kinds that `match.kind` can name: those that own pods, and the pod itself.
pub(super) const KINDS: &[&str] = &[
    "Pod",
    "Job",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
];

/// Attempts with a probability of their own; more are a mistake.
const PROBABILITIES_MAX: usize = 10_000;

/// The largest factor of a node.
const FACTOR_MAX: f64 = 1e6;

/// Reads one rule; `None` if it is no map.
pub(super) fn read(
    field: &Field<'_>,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<BehaviorRule> {
    let mut walk = field.walk(problems)?;
    let matches = read_match(&mut walk);
    let behavior = Behavior {
        startup: span(&mut walk, "startup", files),
        image_pull: span(&mut walk, "imagePull", files),
        ready_after: span(&mut walk, "readyAfter", files),
        run: run(&mut walk, files),
        exit_code: walk.int("exitCode", 0..=255),
        failure: walk
            .optional("failure")
            .and_then(|failure| read_failure(&failure, files, walk.problems())),
        attempts: walk
            .items("attempts")
            .iter()
            .filter_map(|attempt| read_attempt(attempt, files, walk.problems()))
            .collect(),
        attempt_by: walk.choice("attemptBy", ATTEMPT_BY),
        terminate: span(&mut walk, "terminate", files),
        checkpoint: walk
            .optional("checkpoint")
            .and_then(|field| positive_duration(&field, walk.problems())),
    };
    walk.finish();
    Some(BehaviorRule { matches, behavior })
}

/// The words of `attemptBy`.
pub(super) const ATTEMPT_BY: &[(&str, AttemptBy)] =
    &[("failure", AttemptBy::Failure), ("pod", AttemptBy::Pod)];

fn span(walk: &mut Walk<'_, '_>, key: &'static str, files: &mut Files) -> Option<Distribution> {
    let field = walk.optional(key)?;
    distribution(&field, files, walk.problems())
}

fn run(walk: &mut Walk<'_, '_>, files: &mut Files) -> Option<RunTime> {
    let field = walk.optional("run")?;
    run_time(&field, files, walk.problems())
}

fn read_match(rule: &mut Walk<'_, '_>) -> BehaviorMatch {
    let Some(mut walk) = rule.walk("match") else {
        return BehaviorMatch::default();
    };
    let glob = |walk: &mut Walk<'_, '_>, key| walk.text(key).map(Name::from);
    let kind = walk.optional("kind");
    if let Some(kind) = &kind {
        check_kind(kind, walk.problems());
    }
    let labels = walk.entries("labels");
    let matches = BehaviorMatch {
        kind: kind.and_then(|kind| kind.node.as_str()).map(Name::from),
        namespace: glob(&mut walk, "namespace"),
        name: glob(&mut walk, "name"),
        labels: labels
            .iter()
            .filter_map(|(key, value)| {
                let text = value.text(walk.problems())?;
                Some((key.name.as_str().into(), text.into()))
            })
            .collect(),
        container: glob(&mut walk, "container"),
    };
    walk.finish();
    matches
}

fn check_kind(field: &Field<'_>, problems: &mut Problems) {
    let Some(kind) = field.text(problems) else {
        return;
    };
    if kind.contains(['*', '?']) || KINDS.contains(&kind) {
        return;
    }
    let message = format!("no pod belongs to an object of kind {}", quote(kind));
    let hint = match did_you_mean(kind, KINDS.iter().copied()) {
        Some(meant) => format!("did you mean {}?", quote(meant)),
        None => format!("the kinds are {}", KINDS.join(", ")),
    };
    problems.push(Problem::error(field.node.at, &field.path, message).with_hint(hint));
}

fn read_failure(field: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Option<Failure> {
    let mut walk = field.walk(problems)?;
    let (probability, hazard) = (walk.optional("probability"), walk.optional("hazard"));
    let is_hazard = hazard.is_some();
    let law = match (probability, hazard) {
        (Some(field), None) => probabilities(&field, walk.problems()).map(FailureLaw::Probability),
        (None, Some(field)) => distribution(&field, files, walk.problems()).map(FailureLaw::Hazard),
        (both, _) => {
            let fault = if both.is_some() {
                "both `probability` and `hazard` are given; one of them decides"
            } else {
                "expected one of the keys `probability`, `hazard`"
            };
            let hint = "`probability: 0.1` fails every tenth attempt, `hazard: {exponential: {mean: 2h}}` those that run into the drawn time";
            let problem = walk.field().error(fault).with_hint(hint);
            walk.problems().push(problem);
            None
        }
    };
    let nodes = read_factors(&mut walk, law.as_ref());
    let exit_code = walk.int("exitCode", 1..=255);
    let run_field = walk.optional("run");
    if let (Some(field), true) = (&run_field, is_hazard) {
        let problem = field.error("a hazard says itself how long a failing attempt runs");
        walk.problems().push(problem.with_hint("remove `run`"));
    }
    let run = run_field.and_then(|field| run_time(&field, files, walk.problems()));
    walk.finish();
    Some(Failure {
        law: law?,
        nodes: nodes?,
        exit_code: exit_code.unwrap_or(1),
        run,
    })
}

/// One probability, or a list of them by attempt.
fn probabilities(field: &Field<'_>, problems: &mut Problems) -> Option<Vec<f64>> {
    if field.node.as_seq().is_none() {
        return Some(vec![field.probability(problems)?]);
    }
    let items = field.items(problems)?;
    if items.is_empty() {
        let problem = field.error("no probability is given");
        problems.push(problem.with_hint("one for each attempt, the last one repeats: [0.5, 0.1]"));
        return None;
    }
    if items.len() > PROBABILITIES_MAX {
        problems.push(field.error(format!("more than {PROBABILITIES_MAX} attempts")));
        return None;
    }
    let all: Vec<Option<f64>> = items
        .iter()
        .map(|item| item.probability(problems))
        .collect();
    all.into_iter().collect()
}

/// `failure.nodes`: factors by the labels of nodes.
fn read_factors(failure: &mut Walk<'_, '_>, law: Option<&FailureLaw>) -> Option<Vec<NodeFactor>> {
    let mut factors = Some(Vec::new());
    for item in failure.items("nodes") {
        let Some(mut walk) = item.walk(failure.problems()) else {
            factors = None;
            continue;
        };
        let labels = walk.required("match");
        let labels = labels.and_then(|labels| read_labels(&labels, walk.problems()));
        let factor = walk.required("factor");
        let factor = factor.and_then(|factor| read_factor(&factor, law, walk.problems()));
        walk.finish();
        match (&mut factors, labels, factor) {
            (Some(factors), Some(labels), Some(factor)) => {
                factors.push(NodeFactor { labels, factor });
            }
            (_, _, _) => factors = None,
        }
    }
    factors
}

fn read_factor(
    field: &Field<'_>,
    law: Option<&FailureLaw>,
    problems: &mut Problems,
) -> Option<f64> {
    let factor = field.number(0.0..=FACTOR_MAX, problems)?;
    let Some(FailureLaw::Probability(probabilities)) = law else {
        return Some(factor);
    };
    let highest = probabilities.iter().copied().fold(0.0, f64::max);
    if highest * factor > 1.0 {
        let message = format!("{factor} times the probability {highest} is more than 1");
        let hint = format!("at most {} here", 1.0 / highest);
        problems.push(field.error(message).with_hint(hint));
        return None;
    }
    Some(factor)
}

fn read_attempt(field: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Option<Attempt> {
    let mut walk = field.walk(problems)?;
    let attempt = Attempt {
        run: run(&mut walk, files),
        exit_code: walk.int("exitCode", 0..=255),
    };
    walk.finish();
    Some(attempt)
}
