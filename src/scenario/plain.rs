//! Plain manifests without a scenario: a scenario is made around them.

use super::cluster::{NODE_SIZE, NODES_MAX};
use super::document::Node;
use super::files::{Files, STDIN};
use super::header::API_VERSION;
use super::names::is_subdomain;
use super::problem::{Position, Problem, Problems, Severity, quote};
use super::suggest::did_you_mean;
use crate::model::Name;

/// How many nodes there are if `--nodes` does not say.
pub const DEFAULT_NODES: u32 = 3;

/// `--nodes` and `--node-size`.
#[derive(Clone, Debug, Default)]
pub struct PlainOptions {
    /// How many nodes.
    pub nodes: Option<u32>,
    /// What each of them has, such as `4cpu,16Gi,110pods`.
    pub node_size: Option<String>,
}

/// The scenario around the manifests at `paths`; `None` if none of them can be read. It is made after an
/// error as well, so that the faults of the objects are found too.
pub(super) fn document(
    paths: &[String],
    options: &PlainOptions,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<Node> {
    let line = paths.join(" ");
    let source = files.add_text("command line", &line);
    let start = Position::start_of(source);
    if paths.is_empty() {
        problems.push(Problem::error(None, "", "no file is given"));
        return None;
    }
    let (manifests, has_nodes) = readable(paths, files, problems);
    let given = options.node_size.as_deref();
    let size = given.and_then(|text| node_size(text, files, problems));
    let size = size.unwrap_or_else(default_size);
    let default = if has_nodes { 0 } else { DEFAULT_NODES };
    let mut count = options.nodes.unwrap_or(default);
    if count > NODES_MAX {
        let message = format!("expected at most {NODES_MAX} for `--nodes`, found `{count}`");
        problems.push(Problem::error(None, "", message));
        count = default;
    }
    if manifests.is_empty() {
        return None;
    }
    let allocatable: serde_json::Map<String, serde_json::Value> = size
        .into_iter()
        .map(|(name, amount)| (name, amount.into()))
        .collect();
    let pool = serde_json::json!({
        "name": "node", "count": count, "node": {"status": {"allocatable": allocatable}},
    });
    let pools = if count == 0 { Vec::new() } else { vec![pool] };
    let json = serde_json::json!({
        "apiVersion": API_VERSION,
        "kind": "Scenario",
        "metadata": {"name": &*name_of(&paths[0])},
        "spec": {"cluster": {"pools": pools}, "manifests": manifests},
    });
    files.digest_text(&json["spec"]["cluster"].to_string());
    Some(Node::from_json(start, &json))
}

/// The files with objects that can be looked into, and whether a Node is among those.
fn readable<'p>(
    paths: &'p [String],
    files: &mut Files,
    problems: &mut Problems,
) -> (Vec<&'p String>, bool) {
    let mut has_nodes = false;
    let mut manifests = Vec::new();
    let mut empty = Vec::new();
    for path in paths {
        let id = files.open(path);
        let mut found = Problems::new();
        let documents = match files.documents(id, &mut found) {
            Ok(documents) => documents,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let ours = documents.iter().find(|document| {
            document.get("apiVersion").and_then(Node::as_str) == Some(API_VERSION)
        });
        if let Some(document) = ours {
            let message = "a scenario stands alone, and several files are given";
            problems.push(Problem::error(document.at, "", message));
        } else if documents.is_empty() {
            if !found.has_errors() {
                empty.push(files.nothing_in(id));
            }
        } else {
            has_nodes |= documents.iter().any(holds_node);
            manifests.push(path);
        }
        problems.extend(found);
    }
    // As for `kubectl apply`, an empty file among others is none the worse for it.
    let is_none = manifests.is_empty();
    problems.extend(empty.into_iter().map(|mut problem| {
        if !is_none {
            problem.severity = Severity::Warning;
        }
        problem
    }));
    (manifests, has_nodes)
}

fn default_size() -> Vec<(String, String)> {
    let size = NODE_SIZE.map(|(name, amount)| (name.to_owned(), amount.to_owned()));
    size.into()
}

fn holds_node(document: &Node) -> bool {
    let kind = document.get("kind").and_then(Node::as_str);
    let items = document
        .get("items")
        .and_then(Node::as_seq)
        .unwrap_or_default();
    kind == Some("Node") || kind == Some("NodeList") || items.iter().any(holds_node)
}

/// The file's stem, made a name.
fn name_of(path: &str) -> Name {
    let stem = std::path::Path::new(path).file_stem().unwrap_or_default();
    let lower = stem.to_string_lossy().to_lowercase();
    let safe: String = lower
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let parts = safe.split('.').map(|part| part.trim_matches('-'));
    let name = parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(".");
    if path != STDIN && is_subdomain(&name) {
        name.as_str().into()
    } else {
        "manifests".into()
    }
}

/// `--nodes` and `--node-size` are not for scenarios, which have pools.
pub(super) fn refuse_options(options: &PlainOptions, scenario: &Node, problems: &mut Problems) {
    for (flag, is_given) in [
        ("--nodes", options.nodes.is_some()),
        ("--node-size", options.node_size.is_some()),
    ] {
        if is_given {
            let message = format!("`{flag}` is for plain manifests, and this is a scenario");
            let hint = "change its pools with `--set spec.cluster.pools[name=NAME].count=N`";
            problems.push(Problem::error(scenario.at, "", message).with_hint(hint));
        }
    }
}

/// Reads `4cpu,16Gi,110pods`, in any order: cores, memory, pods, and `2nvidia.com/gpu`. What is
/// not said is as in the default.
fn node_size(
    text: &str,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<Vec<(String, String)>> {
    let source = files.add_text("--node-size", text);
    let mut size = default_size();
    let errors_before = problems.len();
    let mut given: Vec<String> = Vec::new();
    let mut offset = 0;
    for part in text.split(',') {
        let mut at = Position::start_of(source);
        at.offset = u32::try_from(offset).unwrap_or(u32::MAX);
        at.column = at.offset.saturating_add(1);
        at.length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        offset += part.len() + 1;
        let (name, amount) = match size_part(part.trim()) {
            Ok(found) => found,
            Err(hint) => {
                let message = format!("{} is no size of a node", quote(part));
                problems.push(Problem::error(at, "", message).with_hint(hint));
                continue;
            }
        };
        if given.contains(&name) {
            let message = format!("{} is given twice", quote(&name));
            problems.push(Problem::error(at, "", message));
        }
        given.push(name.clone());
        match size.iter_mut().find(|(have, _)| *have == name) {
            Some((_, have)) => *have = amount,
            None => size.push((name, amount)),
        }
    }
    (problems.len() == errors_before).then_some(size)
}

fn size_part(part: &str) -> Result<(String, String), String> {
    let usual = "write it as in `4cpu,16Gi,110pods`";
    let end = part
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(part.len());
    let (number, unit) = part.split_at(end);
    if number.is_empty() || number.parse::<f64>().is_err() {
        return Err(usual.to_owned());
    }
    let whole = number.parse::<u64>().is_ok();
    match unit {
        "cpu" | "cpus" => Ok(("cpu".to_owned(), number.to_owned())),
        "mcpu" | "m" => Ok(("cpu".to_owned(), format!("{number}m"))),
        "pods" | "pod" if whole => Ok(("pods".to_owned(), number.to_owned())),
        "Ki" | "Mi" | "Gi" | "Ti" | "k" | "M" | "G" | "T" => {
            Ok(("memory".to_owned(), part.to_owned()))
        }
        resource if whole && resource.contains('/') && super::names::is_qualified_key(resource) => {
            Ok((resource.to_owned(), number.to_owned()))
        }
        "" => Err(format!("the unit is missing; {usual}")),
        _ => match did_you_mean(unit, ["cpu", "pods", "Ki", "Mi", "Gi", "Ti"]) {
            Some(meant) => Err(format!("did you mean `{number}{meant}`?")),
            None => Err(usual.to_owned()),
        },
    }
}
