//! `spec.expect`: conditions over the final summary, read when the scenario is.

use std::collections::BTreeSet;

use super::problem::{Position, Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::Field;
use crate::expect::{Expression, Kind, Reference};
use crate::model::{Command, Object};

/// A condition and where it was written.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The condition.
    pub expression: Expression,
    /// Where it stands.
    pub at: Position,
}

/// Reads the list.
pub(super) fn read(items: &[Field<'_>], problems: &mut Problems) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    for item in items {
        let Some(text) = item.text(problems) else {
            continue;
        };
        match Expression::parse_condition(text) {
            Ok(expression) => expectations.push(Expectation {
                expression,
                at: item.node.at,
            }),
            Err(error) => {
                let at = item.node.at.within(text, error.offset..text.len());
                let problem = Problem::error(at, &item.path, error.message);
                problems.push(match error.hint {
                    Some(hint) => problem.with_hint(hint),
                    None => problem,
                });
            }
        }
    }
    expectations
}

/// The objects that an expectation can name: kind, namespace, name.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(BTreeSet<(Kind, &'a str, &'a str)>);

impl<'a> Names<'a> {
    /// Takes note of an object of the scenario.
    pub(super) fn add(&mut self, object: &'a Object) {
        let (kind, namespace, name) = super::manifests::identity(object);
        let kind = match kind {
            "Job" => Kind::Job,
            "CronJob" => Kind::CronJob,
            "DaemonSet" => Kind::DaemonSet,
            "Deployment" => Kind::Deployment,
            "StatefulSet" => Kind::StatefulSet,
            _ => return,
        };
        self.0.insert((kind, namespace, name));
    }

    /// Takes note of arrivals, which live in no namespace.
    pub(super) fn add_arrival(&mut self, name: &'a str) {
        self.0.insert((Kind::Arrival, "", name));
    }

    /// Takes note of what a command makes.
    pub(super) fn add_made_by(&mut self, command: &'a Command) {
        if let Command::Apply(objects) | Command::Create(objects) = command {
            for object in objects {
                self.add(object);
            }
        }
        if let Command::CreateJobFrom { namespace, job, .. } = command {
            self.0.insert((Kind::Job, namespace, job));
        }
    }

    /// Reports names that no object has, and those that several have.
    pub(super) fn check(&self, expectations: &[Expectation], problems: &mut Problems) {
        for (index, expectation) in expectations.iter().enumerate() {
            for reference in expectation.expression.references() {
                if let Some((message, hint)) = self.fault(&reference) {
                    let text = expectation.expression.text();
                    let at = expectation.at.within(text, reference.offset..text.len());
                    let path = format!("spec.expect[{index}]");
                    let problem = Problem::error(at, path, message);
                    problems.push(match hint {
                        Some(hint) => problem.with_hint(hint),
                        None => problem,
                    });
                }
            }
        }
    }

    fn fault(&self, reference: &Reference) -> Option<(String, Option<String>)> {
        // A glob may match nothing, and there is one cluster.
        let kind = reference.kind;
        if reference.is_glob || kind == Kind::Cluster {
            return None;
        }
        let wanted = reference.text.as_str();
        let of_kind = || self.0.iter().filter(|(have, _, _)| *have == kind);
        let full: Vec<String> = of_kind()
            .map(|(_, space, name)| match *space {
                "" => (*name).to_owned(),
                space => format!("{space}/{name}"),
            })
            .collect();
        let has_namespace = wanted.contains('/');
        let fits = |full: &&String| {
            *full == wanted || !has_namespace && full.rsplit('/').next() == Some(wanted)
        };
        let found: Vec<&String> = full.iter().filter(fits).collect();
        match found.as_slice() {
            [_] => None,
            [] => {
                let message = format!("there is no {} {}", kind.singular(), quote(wanted));
                let short = of_kind().map(|(_, _, name)| *name);
                let meant = did_you_mean(wanted, short.chain(full.iter().map(String::as_str)));
                Some((
                    message,
                    meant.map(|meant| format!("did you mean {}?", quote(meant))),
                ))
            }
            several => {
                let word = kind.singular();
                let message = format!("there are {} {word}s {}", several.len(), quote(wanted));
                Some((
                    message,
                    Some(format!(
                        "write its namespace as well: {}",
                        quote(several[0])
                    )),
                ))
            }
        }
    }
}
