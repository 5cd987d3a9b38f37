//! `spec.behaviors`: what containers do.

use super::distributions::{distribution, run_time};
use super::files::Files;
use super::problem::{Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::{Field, Walk};
use crate::model::{
    Attempt, AttemptBy, Behavior, BehaviorMatch, BehaviorRule, Failure, Name, RunTime,
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
    let probability = walk
        .required("probability")
        .and_then(|field| field.probability(walk.problems()));
    let exit_code = walk.int("exitCode", 1..=255);
    let run = run(&mut walk, files);
    walk.finish();
    Some(Failure {
        probability: probability?,
        exit_code: exit_code.unwrap_or(1),
        run,
    })
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
