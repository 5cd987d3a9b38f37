//! What a file says that it is, before anything else of it is read.

use super::document::Node;
use super::problem::{Problem, quote};
use super::suggest::did_you_mean;

/// The version of podtime's own kinds.
pub const API_VERSION: &str = "podtime/v1";

/// A document that is podtime's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// A scenario, or what is plainly meant to be one.
    Scenario,
    /// A sweep.
    Sweep,
    /// A kind that podtime does not know.
    Other,
}

/// The first document that is podtime's own.
pub(super) fn find(documents: &[Node]) -> Option<(&Node, Header)> {
    let node = documents.iter().find(|node| is_of_podtime(node))?;
    let header = match node.get("kind").and_then(Node::as_str) {
        Some("Sweep") => Header::Sweep,
        Some("Scenario") | None => Header::Scenario,
        // A misspelled kind is reported among the other faults.
        Some(kind) if did_you_mean(kind, ["Scenario"]).is_some() => Header::Scenario,
        Some(_) if has_spec_of_scenario(node) => Header::Scenario,
        Some(_) => Header::Other,
    };
    Some((node, header))
}

fn is_of_podtime(node: &Node) -> bool {
    let version = node.get("apiVersion").and_then(Node::as_str);
    version.is_some_and(|version| version.starts_with("podtime"))
        || matches!(
            node.get("kind").and_then(Node::as_str),
            Some("Scenario" | "Sweep")
        )
}

fn has_spec_of_scenario(node: &Node) -> bool {
    let keys = [
        "cluster",
        "manifests",
        "behaviors",
        "actions",
        "duration",
        "start",
    ];
    keys.iter().any(|key| node.at_path(["spec", key]).is_some())
}

/// What is wrong with a [`Header::Other`].
pub(super) fn unknown_kind(node: &Node) -> Problem {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or("");
    let at = node.get("kind").map_or(node.at, |kind| kind.at);
    let message = format!("{API_VERSION} has no kind {}", quote(kind));
    let kinds = ["Scenario", "Sweep"];
    let hint = match did_you_mean(kind, kinds) {
        Some(meant) => format!("did you mean {}?", quote(meant)),
        None => "the kinds are `Scenario` and `Sweep`".to_owned(),
    };
    Problem::error(at, "kind", message).with_hint(hint)
}

/// What is wrong with a [`Header::Sweep`] where a scenario should be.
pub(super) fn sweep_in_place_of_scenario(node: &Node) -> Problem {
    let at = node.get("kind").map_or(node.at, |kind| kind.at);
    Problem::error(
        at,
        "kind",
        "expected a scenario, or manifests; this is a sweep",
    )
    .with_hint("its `spec.scenario` names the scenario")
}
