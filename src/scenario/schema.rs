//! The JSON Schema of a scenario, for editors: completion, descriptions, and most mistakes while
//! typing. The reader has the last word; a test holds both to the same keys.
//!
//! Kubernetes objects are any maps with `apiVersion` and `kind` here: their own schemas exist.

mod action;
mod behavior;
mod build;
mod durations;
mod failure;

use serde_json::{Map, Value, json};

use super::autoscaler::{AUTOSCALER_FLAGS, PRICE_MAX};
use super::cluster::NODES_MAX;
use super::control_plane::{
    CONTROLLER_FLAGS, Flag, KUBELET_FLAGS, PROFILES, SCHEDULER_FLAGS, flag_schema,
};
use super::header::API_VERSION;
use action::action;
use behavior::behavior;
use build::{closed, described, list, not_yet, reference, text};
use durations::{distribution, duration};

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
                list("Applied at t = 0, in this order.", &reference("manifest")),
            ),
            (
                "behaviors",
                list("What containers do; the first match wins.", &behavior()),
            ),
            ("arrivals", not_yet()),
            ("actions", list("What happens to the cluster.", &action())),
            (
                "expect",
                list(
                    "Conditions over the final summary, in CEL.",
                    &json!({
                        "type": "string",
                        "examples": ["job('database-migration').complete && job('database-migration').retries <= 3"],
                    }),
                ),
            ),
        ],
    )
}

fn cluster() -> Value {
    let mut pool = closed(
        "Nodes <name>-1, <name>-2, …",
        &["name"],
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
            ("failures", failure::failures()),
            (
                "price",
                json!({"description": "Of a node hour, for `cluster.cost`.", "type": "number", "minimum": 0, "maximum": PRICE_MAX}),
            ),
            ("autoscale", autoscale()),
        ],
    );
    // An autoscaled pool begins with `min` nodes if it does not say.
    pool["anyOf"] = json!([{"required": ["count"]}, {"required": ["autoscale"]}]);
    closed(
        "Control plane and nodes.",
        &[],
        [
            ("controlPlane", control_plane()),
            ("pools", list("Groups of like nodes.", &pool)),
            (
                "manifests",
                list("v1 Node objects.", &reference("manifest")),
            ),
            (
                "outages",
                list("What makes many nodes fail together.", &failure::outage()),
            ),
            ("autoscaler", flags("cluster-autoscaler", AUTOSCALER_FLAGS)),
        ],
    )
}

fn autoscale() -> Value {
    let nodes = |description: &str, least: u32| json!({"description": description, "type": "integer", "minimum": least, "maximum": NODES_MAX});
    closed(
        "How cluster-autoscaler grows and shrinks the pool.",
        &["max"],
        [
            ("min", nodes("It never shrinks below this; default 0.", 0)),
            ("max", nodes("It never grows beyond this.", 1)),
            (
                "provision",
                described(
                    "distribution",
                    "From the request of a node to its object; default 90s.",
                ),
            ),
            (
                "unneeded",
                described("duration", "`scale-down-unneeded-time` of this pool."),
            ),
            (
                "priority",
                json!({"description": "For the expander `priority`: the highest one grows; default 0.", "type": "integer", "minimum": -1_000_000, "maximum": 1_000_000}),
            ),
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

#[cfg(test)]
mod tests;
