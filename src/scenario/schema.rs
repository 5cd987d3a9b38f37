//! The JSON Schema of a scenario, for editors: completion, descriptions, and most mistakes while
//! typing. The reader has the last word; a test holds both to the same keys.
//!
//! Kubernetes objects are any maps with `apiVersion` and `kind` here: their own schemas exist.

use serde_json::{Map, Value, json};

use super::actions::NODE_VERBS;
use super::behaviors::{ATTEMPT_BY, KINDS};
use super::cluster::NODES_MAX;
use super::control_plane::{
    CONTROLLER_FLAGS, Flag, KUBELET_FLAGS, PROFILES, SCHEDULER_FLAGS, flag_schema,
};
use super::kubectl::command_names;
use super::load::API_VERSION;

/// The schema, draft 2020-12.
pub fn scenario() -> Value {
    let mut schema = closed(
        "A scenario of podtime: a cluster, what runs on it and what happens to it.",
        &["apiVersion", "kind", "metadata", "spec"],
        [
            ("apiVersion", json!({"const": API_VERSION})),
            ("kind", json!({"const": "Scenario"})),
            ("metadata", metadata()),
            ("spec", spec()),
        ],
    );
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "podtime scenario".into();
    schema["$defs"] = json!({
        "duration": duration(),
        "distribution": distribution(),
        "runTime": {
            "description": "How long a container runs: a duration, a distribution, or `forever`.",
            "anyOf": [{"const": "forever"}, reference("distribution")],
        },
        "object": {
            "description": "A Kubernetes object, as `kubectl get -o yaml` prints it.",
            "type": "object",
            "required": ["apiVersion", "kind"],
        },
        "manifest": {
            "description": "A path or glob, relative to this file, or an object written out.",
            "anyOf": [{"type": "string", "minLength": 1}, reference("object")],
        },
    });
    schema
}

/// A map that has these keys and no others.
fn closed<const N: usize>(
    description: &str,
    required: &[&str],
    properties: [(&str, Value); N],
) -> Value {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let mut schema = json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A reference with a description of its own.
fn described(name: &str, description: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}"), "description": description})
}

fn list(description: &str, items: Value) -> Value {
    json!({"description": description, "type": "array", "items": items})
}

fn text(description: &str) -> Value {
    json!({"description": description, "type": "string"})
}

/// A key that is known and refused for now.
fn not_yet() -> Value {
    json!({"description": "Not simulated yet.", "not": {}})
}

fn duration() -> Value {
    json!({
        "description": "A duration: numbers with units ms, s, m, h, d.",
        // A bare 0 needs no unit.
        "type": ["string", "integer"],
        "pattern": r"^\+?(0|([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+$",
        "minimum": 0,
        "maximum": 0,
        "examples": ["90s", "1h30m", "1500ms", "7d"],
    })
}

fn distribution() -> Value {
    let span = || reference("duration");
    let number = || json!({"type": "number", "exclusiveMinimum": 0});
    let mut named = closed(
        "A distribution of durations: a map with one key.",
        &[],
        [
            ("constant", span()),
            (
                "uniform",
                closed(
                    "Between two durations.",
                    &["min", "max"],
                    [("min", span()), ("max", span())],
                ),
            ),
            (
                "exponential",
                closed(
                    "Time between independent events.",
                    &["mean"],
                    [("mean", span())],
                ),
            ),
            (
                "normal",
                closed(
                    "Bell curve, cut at 0.",
                    &["mean", "stddev"],
                    [("mean", span()), ("stddev", span())],
                ),
            ),
            ("lognormal", lognormal()),
            (
                "weibull",
                closed(
                    "Times to failure.",
                    &["scale", "shape"],
                    [("scale", span()), ("shape", number())],
                ),
            ),
            (
                "gamma",
                closed(
                    "Gamma.",
                    &["mean", "shape"],
                    [
                        ("mean", span()),
                        (
                            "shape",
                            json!({"type": "number", "minimum": 0.01, "maximum": 10_000}),
                        ),
                    ],
                ),
            ),
            (
                "pareto",
                closed(
                    "A heavy tail.",
                    &["min", "shape"],
                    [("min", span()), ("shape", number())],
                ),
            ),
            (
                "triangular",
                closed(
                    "Most often near `mode`.",
                    &["min", "mode", "max"],
                    [("min", span()), ("mode", span()), ("max", span())],
                ),
            ),
            ("empirical", empirical()),
        ],
    );
    named["minProperties"] = 1.into();
    named["maxProperties"] = 1.into();
    json!({"description": "A plain duration, or a distribution.", "anyOf": [reference("duration"), named]})
}

fn lognormal() -> Value {
    let mut schema = closed(
        "Half of the draws are below `median`, and 95 of 100 below `p95`.",
        &["median"],
        [
            ("median", reference("duration")),
            ("p95", reference("duration")),
            (
                "sigma",
                json!({"description": "Instead of `p95`.", "type": "number", "minimum": 0}),
            ),
        ],
    );
    schema["oneOf"] = json!([{"required": ["p95"]}, {"required": ["sigma"]}]);
    schema
}

fn empirical() -> Value {
    let sample = json!({"anyOf": [reference("duration"), {"type": "number", "minimum": 0}]});
    let mut schema = closed(
        "One of the samples, each as likely as the other.",
        &[],
        [
            ("samples", list("Durations, or numbers of seconds.", sample)),
            (
                "file",
                text("A CSV file with a header, relative to this file."),
            ),
            (
                "column",
                text(
                    "A column of `file`: durations, or numbers of seconds (milliseconds if it is called …_ms).",
                ),
            ),
        ],
    );
    schema["oneOf"] = json!([{"required": ["samples"]}, {"required": ["file", "column"]}]);
    schema
}

fn metadata() -> Value {
    closed(
        "What the scenario is called.",
        &["name"],
        [
            (
                "name",
                json!({
                    "description": "Also the name of its folder under results/.",
                    "type": "string",
                    "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
                    "maxLength": 253,
                }),
            ),
            ("description", text("One line.")),
        ],
    )
}

fn spec() -> Value {
    closed(
        "What is simulated.",
        &[],
        [
            (
                "start",
                json!({
                    "description": "The wall clock at t = 0, RFC 3339; default 2026-01-01T00:00:00Z.",
                    "type": "string",
                    "format": "date-time",
                }),
            ),
            (
                "duration",
                described(
                    "duration",
                    "The horizon; without it until nothing changes any more, or one day with CronJobs.",
                ),
            ),
            (
                "seed",
                json!({"description": "Default 0; --seed overrides.", "type": "integer", "minimum": 0}),
            ),
            (
                "warmUp",
                described(
                    "duration",
                    "The summary leaves out what was created before.",
                ),
            ),
            ("cluster", cluster()),
            (
                "manifests",
                list("Applied at t = 0, in this order.", reference("manifest")),
            ),
            (
                "behaviors",
                list("What containers do; the first match wins.", behavior()),
            ),
            ("arrivals", not_yet()),
            ("actions", list("What happens to the cluster.", action())),
            (
                "expect",
                list(
                    "Conditions over the final summary, in CEL.",
                    json!({
                        "type": "string",
                        "examples": ["job('database-migration').complete && job('database-migration').retries <= 3"],
                    }),
                ),
            ),
        ],
    )
}

fn cluster() -> Value {
    let pool = closed(
        "Nodes <name>-1, <name>-2, …",
        &["name", "count"],
        [
            ("name", text("Begins the names of its nodes.")),
            (
                "count",
                json!({"description": "How many nodes at t = 0.", "type": "integer", "minimum": 0, "maximum": NODES_MAX}),
            ),
            (
                "node",
                json!({"description": "A partial v1 Node: labels, taints, allocatable, unschedulable.", "type": "object"}),
            ),
            ("failures", not_yet()),
            ("autoscale", not_yet()),
        ],
    );
    closed(
        "Control plane and nodes.",
        &[],
        [
            ("controlPlane", control_plane()),
            ("pools", list("Groups of like nodes.", pool)),
            ("manifests", list("v1 Node objects.", reference("manifest"))),
            ("autoscale", not_yet()),
        ],
    )
}

fn control_plane() -> Value {
    let profile = json!({"enum": PROFILES});
    let mut kubelet = flags("kubelet", KUBELET_FLAGS);
    kubelet["properties"]["profile"] = profile.clone();
    let map = closed(
        "A profile, and flags of the components; each flag's default is Kubernetes' own.",
        &[],
        [
            ("profile", profile.clone()),
            (
                "kube-controller-manager",
                flags("kube-controller-manager", CONTROLLER_FLAGS),
            ),
            ("kube-scheduler", flags("kube-scheduler", SCHEDULER_FLAGS)),
            ("kubelet", kubelet),
        ],
    );
    json!({
        "description": "`kubernetes` has a real control plane's delays and rate limits, `ideal` none.",
        "anyOf": [profile, map],
    })
}

fn flags<F>(component: &str, table: &[Flag<F>]) -> Value {
    let properties: Map<String, Value> = table
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), flag_schema(kind)))
        .collect();
    let mut schema = closed(&format!("Flags of {component}."), &[], []);
    schema["properties"] = properties.into();
    schema
}

fn behavior() -> Value {
    let exit_code = |least: u8| json!({"type": "integer", "minimum": least, "maximum": 255});
    let glob = |of: &str| text(&format!("{of}; a glob."));
    let matches = closed(
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
    );
    let failure = closed(
        "A failure drawn for each attempt.",
        &["probability"],
        [
            (
                "probability",
                json!({"type": "number", "minimum": 0, "maximum": 1}),
            ),
            ("exitCode", exit_code(1)),
            ("run", reference("runTime")),
        ],
    );
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
            ("match", matches),
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
            ("failure", failure),
            (
                "attempts",
                list("Attempt 1, 2, …; the last one repeats.", attempt),
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
        ],
    )
}

fn action() -> Value {
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

#[cfg(test)]
mod tests;
