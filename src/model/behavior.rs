//! What containers do: the rules of a scenario and the `podtime/*` annotations of a template.

use super::{Labels, Name, labels_match};
use crate::sim::{Distribution, Span};

/// How long a container runs.
#[derive(Debug, Clone, PartialEq)]
pub enum RunTime {
    /// Until it exits by itself.
    For(Distribution),
    /// Until it is stopped.
    Forever,
}

/// What decides whether an attempt fails.
#[derive(Debug, Clone, PartialEq)]
pub enum FailureLaw {
    /// So many of attempt 1, 2, … fail, each between 0 and 1; the last one repeats; never empty.
    Probability(Vec<f64>),
    /// The time from running to the failure; an attempt that ends before does not fail.
    Hazard(Distribution),
}

/// Nodes on which failures are more, or less, likely.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeFactor {
    /// Labels of the nodes; values are globs.
    pub labels: Vec<(Name, Name)>,
    /// Multiplies the probability, or the rate of a hazard; not negative.
    pub factor: f64,
}

/// A drawn failure of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Whether, and with a hazard when, an attempt fails.
    pub law: FailureLaw,
    /// Factors by node; the first that matches is the one.
    pub nodes: Vec<NodeFactor>,
    /// Its exit code, not 0.
    pub exit_code: i32,
    /// How long a failing attempt runs; `None`: as the others.
    pub run: Option<RunTime>,
}

impl Failure {
    /// The factor of a node with these labels.
    pub fn factor(&self, labels: &Labels) -> f64 {
        self.nodes
            .iter()
            .find(|node| labels_match(&node.labels, labels))
            .map_or(1.0, |node| node.factor)
    }
}

/// A scripted attempt; what is `None` comes from the behavior's other keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// How long it runs.
    pub run: Option<RunTime>,
    /// How it ends.
    pub exit_code: Option<i32>,
}

/// How the attempt number of a `restartPolicy: Never` pod is counted (contract §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum AttemptBy {
    /// Failed pods of the Job (of the index with `backoffLimitPerIndex`), plus one.
    #[default]
    Failure,
    /// All earlier pods of the Job (and index), plus one.
    Pod,
}

/// What a container does; `None` leaves the default of the contract.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Behavior {
    /// From the start of the container to running.
    pub startup: Option<Distribution>,
    /// The first time that an image comes to a node.
    pub image_pull: Option<Distribution>,
    /// From running to Ready.
    pub ready_after: Option<Distribution>,
    /// From running to exit.
    pub run: Option<RunTime>,
    /// The exit code where nothing else decides (default 0).
    pub exit_code: Option<i32>,
    /// A failure drawn for each attempt.
    pub failure: Option<Failure>,
    /// Attempt 1, 2, …; the last one repeats; empty: none is scripted.
    pub attempts: Vec<Attempt>,
    /// How attempts are counted.
    pub attempt_by: Option<AttemptBy>,
    /// The time that a container takes to stop when asked to.
    pub terminate: Option<Distribution>,
    /// Work is saved every so much of run time, for the next attempt.
    pub checkpoint: Option<Span>,
}

/// Which containers a rule is for; `None` is any. Texts are globs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BehaviorMatch {
    /// The kind of any one owner of the pod, or `Pod`.
    pub kind: Option<Name>,
    /// The namespace.
    pub namespace: Option<Name>,
    /// The name of any one owner of the pod (of that `kind`, if it is given), or of the pod.
    pub name: Option<Name>,
    /// Labels of the pod, those that controllers set included.
    pub labels: Vec<(Name, Name)>,
    /// The container; `None`: the regular containers.
    pub container: Option<Name>,
}

/// A rule of `spec.behaviors`.
#[derive(Debug, Clone, PartialEq)]
pub struct BehaviorRule {
    /// For which containers.
    pub matches: BehaviorMatch,
    /// What they do.
    pub behavior: Behavior,
}

/// The pod and container for which a rule is looked up.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The pod's namespace.
    pub namespace: &'a str,
    /// Kind and name of the pod's owners (Job, its CronJob, …) and of the pod itself.
    pub names: &'a [(&'a str, &'a str)],
    /// The pod's labels.
    pub labels: &'a Labels,
    /// The container's name.
    pub container: &'a str,
    /// Whether it is a regular container.
    pub is_regular: bool,
}

impl BehaviorMatch {
    /// Whether the rule is for `subject`.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        let fits = |pattern: &Option<Name>, text: &str| {
            pattern
                .as_ref()
                .is_none_or(|pattern| glob_matches(pattern, text))
        };
        let container = match &self.container {
            Some(pattern) => glob_matches(pattern, subject.container),
            None => subject.is_regular,
        };
        container
            && fits(&self.namespace, subject.namespace)
            && subject
                .names
                .iter()
                .any(|(kind, name)| fits(&self.kind, kind) && fits(&self.name, name))
            && labels_match(&self.labels, subject.labels)
    }
}

/// What the annotations of a template say of one container (`None`: of the regular ones).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnnotatedBehavior {
    /// The container named in `podtime/<key>.<container>`.
    pub container: Option<Name>,
    /// `podtime/startup`.
    pub startup: Option<Span>,
    /// `podtime/image-pull`.
    pub image_pull: Option<Span>,
    /// `podtime/ready-after`.
    pub ready_after: Option<Span>,
    /// `podtime/run`, by attempt; an entry `None` is `forever`.
    pub run: Vec<Option<Span>>,
    /// `podtime/exit-code`, by attempt.
    pub exit_codes: Vec<i32>,
    /// `podtime/terminate`.
    pub terminate: Option<Span>,
    /// `podtime/checkpoint`.
    pub checkpoint: Option<Span>,
    /// `podtime/attempt-by`.
    pub attempt_by: Option<AttemptBy>,
}

/// Whether `text` matches a glob of `*` (any characters) and `?` (one character).
///
/// Takes at most `pattern × text` steps and no memory.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            Some(_) | None => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("etl-*", "etl-7", true),
            ("etl-*", "etl", false),
            ("*-backup", "nightly-backup", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*c*", "xxaxxbxxc", true),
            ("*a*b*c*", "xxaxxcxxb", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(
                glob_matches(pattern, text),
                expected,
                "{pattern} against {text}"
            );
        }
    }
}
