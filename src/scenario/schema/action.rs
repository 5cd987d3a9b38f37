//! `spec.actions`.

use serde_json::{Map, Value, json};

use super::super::actions::NODE_VERBS;
use super::super::cluster::NODES_MAX;
use super::super::kubectl::command_names;
use super::build::{closed, described, reference, text};

/// An entry of `spec.actions`.
pub(super) fn action() -> Value {
    let name = || text("The name of a node.");
    let add = json!({
        "description": "Nodes of a pool, or a Node of its own.",
        "anyOf": [
            closed(
                "The next nodes of a pool.",
                &["pool"],
                [
                    ("pool", text("The name of the pool.")),
                    ("count", json!({"type": "integer", "minimum": 1, "maximum": NODES_MAX})),
                ],
            ),
            reference("object"),
        ],
    });
    let mut node = closed("What happens to a node.", &[], []);
    node["properties"] = NODE_VERBS
        .iter()
        .map(|verb| {
            (
                (*verb).to_owned(),
                if *verb == "add" { add.clone() } else { name() },
            )
        })
        .collect::<Map<_, _>>()
        .into();
    node["minProperties"] = 1.into();
    node["maxProperties"] = 1.into();
    let commands: Vec<&str> = command_names().collect();
    let mut action = closed(
        "Something that happens at a time.",
        &["at"],
        [
            ("at", described("duration", "When, from the start.")),
            ("node", node),
            (
                "kubectl",
                json!({
                    "description": format!("A command as typed: {}.", commands.join(", ")),
                    "type": "string",
                    "examples": ["create job --from=cronjob/nightly-backup manual-backup-test"],
                }),
            ),
        ],
    );
    action["oneOf"] = json!([{"required": ["node"]}, {"required": ["kubectl"]}]);
    action
}
