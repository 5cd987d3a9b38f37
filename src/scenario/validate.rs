//! `podtime validate`: everything that is wrong with files of any kind that podtime reads.

use super::document::Node;
use super::files::{Files, STDIN};
use super::header::{self, Header};
use super::load::{Document, Options};
use super::manifests::{self, PassedOver, Placed};
use super::problem::{Problems, Sources};

/// What was found in some files.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each input in the order of the command line.
    pub files: Vec<FileReport>,
}

/// What was found in one input: a scenario with the files that it names, or a file of manifests.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The path as it was given.
    pub path: String,
    /// What it holds.
    pub content: Content,
    /// Errors and warnings, sorted.
    pub problems: Problems,
    /// The texts that positions point into.
    pub sources: Sources,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A scenario.
    Scenario,
    /// A sweep, of which only the syntax is checked.
    Sweep,
    /// So many Kubernetes objects that have an effect.
    Manifests(usize),
    /// Nothing that could be read.
    Unreadable,
}

impl Report {
    /// Whether a file has an error.
    pub fn has_errors(&self) -> bool {
        self.files.iter().any(|file| file.problems.has_errors())
    }
}

/// Checks files, each for itself; `stdin` stands for the path `-`.
///
/// Two files of manifests may hold the same object: they are not taken for one cluster.
pub fn validate(paths: &[String], stdin: Option<&[u8]>) -> Report {
    let files = paths.iter().map(|path| validate_one(path, stdin));
    Report {
        files: files.collect(),
    }
}

fn validate_one(path: &str, stdin: Option<&[u8]>) -> FileReport {
    let stdin = stdin.filter(|_| path == STDIN).map(<[u8]>::to_vec);
    let mut files = Files::new(stdin.clone());
    let mut problems = Problems::new();
    let id = files.open(path);
    let report = |content, mut problems: Problems, files: Files| {
        problems.sort();
        FileReport {
            path: path.to_owned(),
            content,
            problems,
            sources: files.into_sources(),
        }
    };
    let documents = match files.documents(id, &mut problems) {
        Ok(documents) => documents.to_vec(),
        Err(problem) => {
            problems.push(problem);
            return report(Content::Unreadable, problems, files);
        }
    };
    match header::find(&documents) {
        None => {
            let count = check_manifests(path, &documents, &mut files, &mut problems);
            report(Content::Manifests(count), problems, files)
        }
        Some((_, Header::Sweep)) => report(Content::Sweep, problems, files),
        Some((_, Header::Scenario)) => check_scenario(path, stdin),
        Some((node, Header::Other)) => {
            problems.push(header::unknown_kind(node));
            report(Content::Unreadable, problems, files)
        }
    }
}

fn check_scenario(path: &str, stdin: Option<Vec<u8>>) -> FileReport {
    let options = Options {
        stdin,
        ..Options::default()
    };
    let loaded = Document::read(&[path.to_owned()], &options).and_then(Document::load);
    let (problems, sources) = match loaded {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(rejected) => (rejected.problems, rejected.sources),
    };
    FileReport {
        path: path.to_owned(),
        content: Content::Scenario,
        problems,
        sources,
    }
}

fn check_manifests(
    path: &str,
    documents: &[Node],
    files: &mut Files,
    problems: &mut Problems,
) -> usize {
    let mut passed_over = PassedOver::default();
    let id = files.open(path);
    let origins = manifests::all_in(id, documents);
    // Every object is in the file: there is no scenario around it to be looked into.
    let Some(root) = documents.first() else {
        if !problems.has_errors() {
            problems.push(files.nothing_in(id));
        }
        return 0;
    };
    let objects = manifests::decode_all(&origins, root, files, &mut passed_over, problems);
    let all: Vec<&Placed> = objects.iter().collect();
    manifests::check_duplicates(&all, files, problems);
    passed_over.report(problems);
    objects.len()
}

#[cfg(test)]
mod tests;
