//! From paths on a command line to a checked model.
//!
//! A [`Document`] is what was written, as trees; [`Document::load`] makes a model of it. Sweeps
//! clone a document, change it and load it again.

use super::document::Node;
use super::expectations::Expectation;
use super::files::Files;
use super::header::{self, Header};
use super::manifests;
use super::parse::parse;
use super::plain::{self, PlainOptions};
use super::problem::{Position, Problem, Problems, Severity, Sources, quote};
use super::set::{self, Patch, SetPath};
use super::spec;
use super::walk::Field;
use crate::model::Model;
use crate::sim::Span;

/// What the command line says beside the paths.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Each `--set PATH=VALUE`.
    pub set: Vec<String>,
    /// `--seed`: wins over `spec.seed`.
    pub seed: Option<u64>,
    /// `--until`: wins over `spec.duration`.
    pub until: Option<Span>,
    /// `--nodes` and `--node-size`, for plain manifests.
    pub plain: PlainOptions,
    /// What standard input holds, where one of the paths is `-`.
    pub stdin: Option<Vec<u8>>,
}

/// A scenario that can be played.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What is played.
    pub model: Model,
    /// `spec.expect`.
    pub expectations: Vec<Expectation>,
    /// What has no effect or is doubtful.
    pub warnings: Problems,
    /// The texts that positions point into.
    pub sources: Sources,
    /// BLAKE3 over the contents of all files that were read and of all `--set`, in hexadecimal.
    /// No path, `--seed` or `--until` is in it.
    pub digest: String,
}

/// Why a scenario cannot be played.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// What is wrong, warnings included; sorted.
    pub problems: Problems,
    /// The texts that positions point into.
    pub sources: Sources,
}

/// Reads a scenario, or plain manifests, and checks everything.
///
/// # Errors
/// All problems that were found, if one of them is an error.
pub fn load(paths: &[String], options: &Options) -> Result<Loaded, Box<Rejected>> {
    let mut document = Document::read(paths, options)?;
    let mut problems = Problems::new();
    for assignment in &options.set {
        problems.extend(document.assign(assignment).err());
    }
    if problems.has_errors() {
        // The faults of the files are worth knowing as well.
        let (found, sources) = match document.load() {
            Ok(loaded) => (loaded.warnings, loaded.sources),
            Err(rejected) => (rejected.problems, rejected.sources),
        };
        problems.extend(found);
        return Err(rejected(problems, sources));
    }
    let mut loaded = document.load()?;
    loaded.model.seed = options.seed.unwrap_or(loaded.model.seed);
    if let Some(until) = options.until {
        problems.extend(check_until(until, &loaded.model));
        if problems.has_errors() {
            return Err(rejected(problems, loaded.sources));
        }
        loaded.model.duration = Some(until);
    }
    Ok(loaded)
}

fn check_until(until: Span, model: &Model) -> Option<Problem> {
    let end = model.start_unix_nanos.checked_add(until.as_nanos());
    let message = if until <= Span::ZERO {
        format!("expected a duration longer than 0s for `--until`, found `{until}`")
    } else if end.is_none() {
        format!("with `--until {until}` the run does not end before the year 2262")
    } else {
        return None;
    };
    Some(Problem::error(None, "", message))
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "the error of a result is boxed to keep the result small"
)]
fn rejected(mut problems: Problems, sources: Sources) -> Box<Rejected> {
    problems.sort();
    Box::new(Rejected { problems, sources })
}

/// A scenario as it was written.
#[derive(Clone, Debug)]
pub struct Document {
    files: Files,
    root: Node,
    /// Where patches were written. A key there that has no effect is an error and no warning:
    /// nobody changes a thing for nothing.
    patched: Vec<Position>,
    /// The command line says when the run ends.
    ends_elsewhere: bool,
    /// What is wrong with the text itself.
    problems: Problems,
}

impl Document {
    /// Reads the file of a scenario, or plain manifests.
    ///
    /// # Errors
    /// Files that cannot be read or hold no scenario.
    pub fn read(paths: &[String], options: &Options) -> Result<Self, Box<Rejected>> {
        let mut files = Files::new(options.stdin.clone());
        let mut problems = Problems::new();
        let [path] = paths else {
            let root = plain::document(paths, &options.plain, &mut files, &mut problems);
            return Self::of_root(root, files, problems, options);
        };
        let id = files.open(path);
        let documents = match files.documents(id, &mut problems) {
            Ok(documents) => documents.to_vec(),
            Err(problem) => {
                problems.push(problem);
                return Err(rejected(problems, files.into_sources()));
            }
        };
        let root = match header::find(&documents) {
            Some((root, Header::Scenario)) => root,
            Some((sweep, Header::Sweep)) => {
                problems.push(header::sweep_in_place_of_scenario(sweep));
                return Err(rejected(problems, files.into_sources()));
            }
            Some((other, Header::Other)) => {
                problems.push(header::unknown_kind(other));
                return Err(rejected(problems, files.into_sources()));
            }
            None => {
                let root = plain::document(paths, &options.plain, &mut files, &mut problems);
                return Self::of_root(root, files, problems, options);
            }
        };
        if let [_, second, ..] = documents.as_slice() {
            let message = "a file with a scenario holds nothing else";
            let hint = "put Kubernetes objects into `spec.manifests`";
            problems.push(Problem::error(second.at, "", message).with_hint(hint));
        }
        plain::refuse_options(&options.plain, root, &mut problems);
        files.set_base_to_folder_of(path);
        Self::of_root(Some(root.clone()), files, problems, options)
    }

    fn of_root(
        root: Option<Node>,
        files: Files,
        problems: Problems,
        options: &Options,
    ) -> Result<Self, Box<Rejected>> {
        match root {
            Some(root) => Ok(Self {
                files,
                root,
                patched: Vec::new(),
                ends_elsewhere: options.until.is_some(),
                problems,
            }),
            None => Err(rejected(problems, files.into_sources())),
        }
    }

    /// Carries out `--set PATH=VALUE`.
    ///
    /// # Errors
    /// The path is no path or leads nowhere, or the value is not YAML.
    pub fn assign(&mut self, assignment: &str) -> Result<(), Problem> {
        let source = self.files.add_text("--set", assignment);
        self.files.digest_text(assignment);
        let start = Position::start_of(source);
        let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let whole = Position {
            length: length(assignment),
            ..start
        };
        let Some((path, value)) = set::split_assignment(assignment) else {
            let message = format!("expected PATH=VALUE, found {}", quote(assignment));
            return Err(Problem::error(whole, "", message));
        };
        let at = Position {
            length: length(path),
            ..start
        };
        let value_at = Position {
            column: u32::try_from(path.chars().count() + 2).unwrap_or(u32::MAX),
            offset: length(path) + 1,
            length: length(value),
            ..start
        };
        let value = parse_value(value, value_at)?;
        let path = SetPath::parse(path).map_err(|reason| {
            Problem::error(at, "", format!("{} is no path: {reason}", quote(path)))
        })?;
        self.patch(&Patch { path, value, at })
    }

    /// Changes the document. A path with a filter may change several values.
    ///
    /// # Errors
    /// The path leads nowhere.
    pub fn patch(&mut self, patch: &Patch) -> Result<(), Problem> {
        self.patched.push(patch.at);
        self.patched.push(patch.value.at);
        let Some((list, filter, rest)) = patch.path.about_manifests() else {
            if patch.path.begins_with_manifests() {
                let problem = set::refused(patch, "which of the manifests is not said".to_owned());
                return Err(problem.with_hint("write manifests[kind=Job,name=etl]"));
            }
            return set::apply(&mut self.root, &patch.path.steps, "", patch);
        };
        let mut names = Vec::new();
        let mut matched = false;
        for origin in self.origins(list) {
            let Some(node) = origin.node_mut(&mut self.root, &mut self.files) else {
                continue;
            };
            if set::fits(node, filter) {
                matched = true;
                set::apply(node, rest, "", patch)?;
            } else {
                names.extend(set::describe(node, filter));
            }
        }
        if matched {
            return Ok(());
        }
        Err(set::nothing_matches(patch, &list.join("."), filter, &names))
    }

    /// The objects of a list of manifests.
    fn origins(&mut self, list: &[&str]) -> Vec<manifests::Origin> {
        let Some(node) = self.root.at_path(list.iter().copied()) else {
            return Vec::new();
        };
        // What is wrong with the files is found again, and reported, when they are loaded.
        let field = Field::new(node, list.join("."));
        manifests::find(&field, &mut self.files, &mut Problems::new())
    }

    /// Makes the model.
    ///
    /// # Errors
    /// All problems that were found, if one of them is an error.
    pub fn load(mut self) -> Result<Loaded, Box<Rejected>> {
        let mut problems = std::mem::take(&mut self.problems);
        let read = spec::read(
            &self.root,
            &mut self.files,
            self.ends_elsewhere,
            &mut problems,
        );
        if !self.patched.is_empty() {
            problems = promoted(problems, &self.patched);
        }
        let digest = self.files.digest();
        match read {
            Some((model, expectations)) if !problems.has_errors() => {
                problems.sort();
                Ok(Loaded {
                    model,
                    expectations,
                    warnings: problems,
                    sources: self.files.into_sources(),
                    digest,
                })
            }
            Some(_) | None => Err(rejected(problems, self.files.into_sources())),
        }
    }
}

/// The problems, warnings at the places of patches made errors.
fn promoted(problems: Problems, patched: &[Position]) -> Problems {
    let mut promoted = Problems::new();
    promoted.extend(problems.into_iter().map(|mut problem| {
        if problem.at.is_some_and(|at| patched.contains(&at)) {
            problem.severity = Severity::Error;
            // The warning says that it is ignored; now it is not.
            let key = problem.message.strip_prefix("the unknown key ");
            if let Some(key) = key.and_then(|rest| rest.strip_suffix(" is ignored")) {
                problem.message = format!("unknown key {key}");
            }
        }
        problem
    }));
    promoted
}

/// The value of `--set`: one YAML value; nothing is null.
fn parse_value(text: &str, at: Position) -> Result<Node, Problem> {
    let mut sources = Sources::new();
    let source = sources.add("value", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    if let Some(problem) = problems.iter().next() {
        return Err(Problem::error(at, "", problem.message.clone()));
    }
    match documents.as_slice() {
        [] => Ok(Node::new(at, super::document::Value::Null)),
        [value] => {
            let mut value = value.clone();
            set::place(&mut value, at);
            Ok(value)
        }
        _ => Err(Problem::error(
            at,
            "",
            "expected one value, found several documents",
        )),
    }
}

#[cfg(test)]
mod tests;
