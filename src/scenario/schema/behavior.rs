//! `spec.behaviors`.

use serde_json::{Value, json};

use super::super::behaviors::{ATTEMPT_BY, KINDS};
use super::build::{closed, described, list, reference, text};
use super::failure::node_labels;

/// A rule of `spec.behaviors`.
pub(super) fn behavior() -> Value {
    let attempt = closed(
        "One attempt.",
        &[],
        [("run", reference("runTime")), ("exitCode", exit_code(0))],
    );
    let attempt_by: Vec<&str> = ATTEMPT_BY.iter().map(|(name, _)| *name).collect();
    closed(
        "What some containers do.",
        &[],
        [
            ("match", matches()),
            (
                "startup",
                described(
                    "distribution",
                    "From the container's start to running, image pulled; default 1s.",
                ),
            ),
            (
                "imagePull",
                described(
                    "distribution",
                    "The first time that an image comes to a node; default 0s.",
                ),
            ),
            (
                "readyAfter",
                described("distribution", "From running to Ready; default 0s."),
            ),
            (
                "run",
                described(
                    "runTime",
                    "Until the container exits; default 10s, `forever` with restartPolicy Always.",
                ),
            ),
            ("exitCode", exit_code(0)),
            ("failure", failure()),
            (
                "attempts",
                list("Attempt 1, 2, …; the last one repeats.", &attempt),
            ),
            (
                "attemptBy",
                json!({"description": "What counts as an attempt of a pod that is not restarted.", "enum": attempt_by}),
            ),
            (
                "terminate",
                described(
                    "distribution",
                    "The time to stop when asked to; default 1s.",
                ),
            ),
            (
                "checkpoint",
                described(
                    "duration",
                    "Work is saved every so much of run time; the next attempt goes on from there.",
                ),
            ),
        ],
    )
}

fn exit_code(least: u8) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": 255})
}

fn failure() -> Value {
    let probability = json!({"type": "number", "minimum": 0, "maximum": 1});
    let factor = closed(
        "A factor on the nodes with some labels.",
        &["match", "factor"],
        [
            ("match", node_labels()),
            (
                "factor",
                json!({"description": "Of the probability, or of the rate of the hazard.", "type": "number", "minimum": 0}),
            ),
        ],
    );
    let mut failure = closed(
        "A failure drawn for each attempt.",
        &[],
        [
            (
                "probability",
                json!({
                    "description": "For each attempt, or a list for attempt 1, 2, …; the last one repeats.",
                    "anyOf": [probability, {"type": "array", "minItems": 1, "items": probability}],
                }),
            ),
            (
                "hazard",
                described(
                    "distribution",
                    "The time from running to the failure, if the run is not over before.",
                ),
            ),
            (
                "nodes",
                list(
                    "Nodes on which failures are more, or less, likely; the first match wins.",
                    &factor,
                ),
            ),
            ("exitCode", exit_code(1)),
            (
                "run",
                described(
                    "runTime",
                    "How long a failing attempt runs; not with a hazard.",
                ),
            ),
        ],
    );
    failure["oneOf"] = json!([{"required": ["probability"]}, {"required": ["hazard"]}]);
    failure
}

fn matches() -> Value {
    let glob = |of: &str| text(&format!("{of}; a glob."));
    closed(
        "For which containers; all of it must hold.",
        &[],
        [
            (
                "kind",
                json!({"description": "Of any one owner of the pod, or Pod; a glob.", "type": "string", "examples": KINDS}),
            ),
            ("namespace", glob("The pod's namespace")),
            (
                "name",
                glob("The name of any one owner of the pod, or of the pod"),
            ),
            (
                "labels",
                json!({"description": "The pod's labels; values are globs.", "type": "object", "additionalProperties": {"type": "string"}}),
            ),
            (
                "container",
                glob("The container's name; without it the regular containers"),
            ),
        ],
    )
}
