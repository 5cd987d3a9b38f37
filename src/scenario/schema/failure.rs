//! Failures of nodes: `failures` of a pool, and `spec.cluster.outages`.

use serde_json::{Value, json};

use super::super::failures::{HOW, OUTAGE_HOW};
use super::build::{closed, described, text};

/// `failures` of a pool: one, or a list.
pub(super) fn failures() -> Value {
    let how: Vec<&str> = HOW.iter().map(|(name, _)| *name).collect();
    let failure = closed(
        "A failure that each node of the pool has.",
        &["every", "how"],
        [
            (
                "every",
                described(
                    "distribution",
                    "From Ready, or from the end of the last failure, to the next.",
                ),
            ),
            (
                "how",
                json!({
                    "description": "crash: contact is lost; powerOff: the containers die, too; remove: the node is gone; drain: drained, and gone after the notice.",
                    "enum": how,
                }),
            ),
            (
                "notice",
                described(
                    "duration",
                    "With `how: drain`: from the drain to the removal.",
                ),
            ),
            (
                "for",
                described(
                    "distribution",
                    "Until the node is back, or until the successor of one that is gone joins (default: at once).",
                ),
            ),
        ],
    );
    json!({
        "description": "Failures that are drawn for each node of the pool: one kind, or a list.",
        "anyOf": [failure, {"type": "array", "items": failure}],
    })
}

/// An entry of `spec.cluster.outages`.
pub(super) fn outage() -> Value {
    let how: Vec<&str> = OUTAGE_HOW.iter().map(|(name, _)| *name).collect();
    let mut outage = closed(
        "All nodes of a zone, or with some labels, fail together and are back together.",
        &["how", "for"],
        [
            (
                "zone",
                text("The value of topology.kubernetes.io/zone; a glob."),
            ),
            ("match", node_labels()),
            ("at", described("duration", "Once, at this time.")),
            (
                "every",
                described(
                    "distribution",
                    "From the start, or from the end of the last one, to the next.",
                ),
            ),
            ("how", json!({"enum": how})),
            ("for", described("distribution", "How long it lasts.")),
        ],
    );
    outage["oneOf"] = json!([{"required": ["zone"]}, {"required": ["match"]}]);
    outage["allOf"] = json!([{"oneOf": [{"required": ["at"]}, {"required": ["every"]}]}]);
    outage
}

/// Labels of nodes.
pub(super) fn node_labels() -> Value {
    json!({
        "description": "Labels of the nodes; values are globs.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": "string"},
    })
}
