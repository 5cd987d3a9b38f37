//! `spec.manifests` and its like: paths, globs and inline objects, and what they hold.
//!
//! Finding the objects and decoding them are two steps, so that `--set` and sweeps can change an
//! object in between, wherever it was written.

use std::collections::BTreeMap;

use super::document::{Node, Value};
use super::files::{FileId, Files};
use super::path::{Path, Segment};
use super::problem::{Position, Problem, Problems, Severity, quote};
use super::walk::Field;
use crate::k8s::{self, DEFAULT_NAMESPACE};
use crate::model::Object;

/// Where one object of a list of manifests was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The document of a file; `None`: the scenario itself.
    file: Option<(FileId, usize)>,
    /// The way from the document's root to the object.
    path: Path,
}

impl Origin {
    /// The object.
    pub(super) fn node<'d>(&self, root: &'d Node, files: &'d Files) -> Option<&'d Node> {
        let document = match self.file {
            Some((id, index)) => files.document(id, index)?,
            None => root,
        };
        document.find(&self.path)
    }

    /// The way to the object within its document, for messages.
    pub(super) fn path_text(&self) -> String {
        self.path.to_string()
    }

    /// The object, to change it.
    pub(super) fn node_mut<'d>(
        &self,
        root: &'d mut Node,
        files: &'d mut Files,
    ) -> Option<&'d mut Node> {
        let document = match self.file {
            Some((id, index)) => files.document_mut(id, index)?,
            None => root,
        };
        document.find_mut(&self.path)
    }
}

/// An object and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) object: Object,
    pub(super) at: Position,
    pub(super) path: String,
}

/// The objects that a list of paths, globs and inline objects holds, lists of objects unpacked.
pub(super) fn find(list: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Vec<Origin> {
    let mut origins = Vec::new();
    let prefix = Path::parse(&list.path).unwrap_or_default();
    for (index, entry) in list.items(problems).unwrap_or_default().iter().enumerate() {
        match &entry.node.value {
            Value::Map(_) => {
                let mut path = prefix.clone();
                path.0.push(Segment::Index(index));
                unpack(entry.node, None, &path, &mut origins);
            }
            Value::String(text) => {
                for file in expand(text, entry, files, problems) {
                    find_in_file(&file, entry, files, problems, &mut origins);
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::Seq(_) => {
                problems.push(entry.expected("a path, a glob or a Kubernetes object"));
            }
        }
    }
    origins
}

/// The objects in one file that `entry` names.
pub(super) fn find_in_file(
    path: &str,
    entry: &Field<'_>,
    files: &mut Files,
    problems: &mut Problems,
    origins: &mut Vec<Origin>,
) {
    let id = files.open(path);
    let mut found = Problems::new();
    let documents = files.documents(id, &mut found);
    let is_read = !found.has_errors();
    problems.extend(found);
    match documents {
        Err(problem) => problems.push(problem.or_at(entry.node.at, &entry.path)),
        Ok([]) if is_read => {
            let mut problem = files.nothing_in(id);
            problem.severity = Severity::Warning;
            problems.push(problem.or_at(entry.node.at, &entry.path));
        }
        Ok(documents) => origins.extend(all_in(id, documents)),
    }
}

/// All objects of the documents of a file.
pub(super) fn all_in(id: FileId, documents: &[Node]) -> Vec<Origin> {
    let mut origins = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        unpack(document, Some((id, index)), &Path::default(), &mut origins);
    }
    origins
}

/// Takes a `List` apart. Its depth is bounded by that of the parser.
fn unpack(node: &Node, file: Option<(FileId, usize)>, path: &Path, origins: &mut Vec<Origin>) {
    let is_list = node
        .get("kind")
        .and_then(Node::as_str)
        .is_some_and(|kind| kind.ends_with("List"));
    // Items without a kind are told by that of the list, which is then decoded as a whole.
    let items = node.get("items").and_then(Node::as_seq);
    let items = items.filter(|items| items.iter().all(|item| item.get("kind").is_some()));
    let (true, Some(items)) = (is_list, items) else {
        let path = path.clone();
        origins.push(Origin { file, path });
        return;
    };
    for (index, item) in items.iter().enumerate() {
        let mut path = path.clone();
        path.0.push(Segment::Key("items".to_owned()));
        path.0.push(Segment::Index(index));
        unpack(item, file, &path, origins);
    }
}

/// The files that a path or glob stands for, by name.
fn expand(pattern: &str, entry: &Field<'_>, files: &Files, problems: &mut Problems) -> Vec<String> {
    let is_literal = !pattern.contains(['*', '?', '[']) || files.base().join(pattern).exists();
    if is_literal {
        return vec![pattern.to_owned()];
    }
    let base = files.base().display().to_string();
    let rooted = if base.is_empty() || pattern.starts_with('/') {
        pattern.to_owned()
    } else {
        format!("{}/{pattern}", glob::Pattern::escape(&base))
    };
    let matches = match glob::glob(&rooted) {
        Ok(matches) => matches,
        Err(error) => {
            let message = format!("{} is not a glob: {}", quote(pattern), error.msg);
            problems.push(entry.error(message));
            return Vec::new();
        }
    };
    let mut found: Vec<String> = matches
        .filter_map(Result::ok)
        .filter(|path| path.is_file())
        .map(|path| {
            let relative = path.strip_prefix(files.base()).unwrap_or(&path);
            relative.display().to_string()
        })
        .collect();
    found.sort();
    if found.is_empty() {
        problems.push(entry.error(format!("no file matches {}", quote(pattern))));
    }
    found
}

/// Kinds that have no effect here: the place of the first object of each, and how many there are.
#[derive(Debug, Default)]
pub(super) struct PassedOver(BTreeMap<String, (Position, usize)>);

impl PassedOver {
    pub(super) fn add(&mut self, kind: &str, at: Position) {
        let (_, count) = self.0.entry(kind.to_owned()).or_insert((at, 0));
        *count += 1;
    }

    /// Names each kind once.
    pub(super) fn report(self, problems: &mut Problems) {
        for (kind, (at, count)) in self.0 {
            let rest = match count {
                1 => "it is passed over".to_owned(),
                _ => format!("{count} objects are passed over"),
            };
            let message = format!("{} has no effect here; {rest}", quote(&kind));
            problems.push(Problem::warning(at, "kind", message));
        }
    }
}

/// Decodes the objects.
pub(super) fn decode_all(
    origins: &[Origin],
    root: &Node,
    files: &Files,
    passed_over: &mut PassedOver,
    problems: &mut Problems,
) -> Vec<Placed> {
    let mut objects = Vec::new();
    for origin in origins {
        let Some(node) = origin.node(root, files) else {
            continue;
        };
        let path = origin.path_text();
        let at = node.get("kind").map_or(node.at, |kind| kind.at);
        for object in decode_one(node, &path, DEFAULT_NAMESPACE, passed_over, problems) {
            let path = path.clone();
            objects.push(Placed { object, at, path });
        }
    }
    objects
}

/// Decodes one object (or a list of them whose items do not say what they are); none if it has no
/// effect or is at fault.
pub(super) fn decode_one(
    node: &Node,
    path: &str,
    namespace: &str,
    passed_over: &mut PassedOver,
    problems: &mut Problems,
) -> Vec<Object> {
    let mut options = k8s::Options::at(path);
    options.namespace = namespace;
    let decoded = k8s::decode(node, options, problems);
    for passed in decoded.no_effect {
        passed_over.add(&passed.kind, passed.at);
    }
    decoded.objects
}

/// Kind, namespace and name of an object.
pub(super) fn identity(object: &Object) -> (&'static str, &str, &str) {
    let meta = match object {
        Object::Node(node) => return ("Node", "", &node.name),
        Object::Pod(manifest) => ("Pod", &manifest.meta),
        Object::Job(manifest) => ("Job", &manifest.meta),
        Object::CronJob(manifest) => ("CronJob", &manifest.meta),
        Object::DaemonSet(manifest) => ("DaemonSet", &manifest.meta),
        Object::Deployment(manifest) => ("Deployment", &manifest.meta),
        Object::ReplicaSet(manifest) => ("ReplicaSet", &manifest.meta),
        Object::StatefulSet(manifest) => ("StatefulSet", &manifest.meta),
        Object::PriorityClass(manifest) => ("PriorityClass", &manifest.meta),
        Object::Service(manifest) => ("Service", &manifest.meta),
        Object::ResourceQuota(manifest) => ("ResourceQuota", &manifest.meta),
        Object::LimitRange(manifest) => ("LimitRange", &manifest.meta),
        Object::PodDisruptionBudget(manifest) => ("PodDisruptionBudget", &manifest.meta),
    };
    (meta.0, &meta.1.namespace, &meta.1.name)
}

/// Reports objects that are there twice.
pub(super) fn check_duplicates(objects: &[&Placed], files: &Files, problems: &mut Problems) {
    let mut seen: BTreeMap<(&str, &str, &str), Position> = BTreeMap::new();
    for placed in objects {
        let identity = identity(&placed.object);
        if let Some(first) = seen.get(&identity) {
            let (kind, namespace, name) = identity;
            let whole = match namespace {
                "" => format!("{kind} {name}"),
                _ => format!("{kind} {namespace}/{name}"),
            };
            let message = format!("{} is there twice", quote(&whole));
            let hint = format!(
                "the first one is at {}:{}:{}",
                files.sources().name(first.source),
                first.line,
                first.column
            );
            problems.push(Problem::error(placed.at, &placed.path, message).with_hint(hint));
        } else {
            seen.insert(identity, placed.at);
        }
    }
}
