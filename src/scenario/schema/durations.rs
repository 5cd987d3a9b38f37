//! Durations and distributions.

use serde_json::{Value, json};

use super::build::{closed, list, reference, text};

/// A duration of at least 0.
pub(super) fn duration() -> Value {
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

/// A plain duration or a distribution.
pub(super) fn distribution() -> Value {
    let span = |key| (key, reference("duration"));
    let shape = || ("shape", json!({"type": "number", "exclusiveMinimum": 0}));
    let gamma_shape = json!({"type": "number", "minimum": 0.01, "maximum": 10_000});
    let properties = [
        ("constant", reference("duration")),
        (
            "uniform",
            all("Between two durations.", [span("min"), span("max")]),
        ),
        (
            "exponential",
            all("Time between independent events.", [span("mean")]),
        ),
        (
            "normal",
            all("Bell curve, cut at 0.", [span("mean"), span("stddev")]),
        ),
        ("lognormal", lognormal()),
        (
            "weibull",
            all("Times to failure.", [span("scale"), shape()]),
        ),
        (
            "gamma",
            all("Gamma.", [span("mean"), ("shape", gamma_shape)]),
        ),
        ("pareto", all("A heavy tail.", [span("min"), shape()])),
        (
            "triangular",
            all(
                "Most often near `mode`.",
                [span("min"), span("mode"), span("max")],
            ),
        ),
        ("empirical", empirical()),
    ];
    let mut named = closed(
        "A distribution of durations: a map with one key.",
        &[],
        properties,
    );
    named["minProperties"] = 1.into();
    named["maxProperties"] = 1.into();
    json!({
        "description": "A plain duration, or a distribution.",
        "anyOf": [reference("duration"), named],
    })
}

/// A map of which every key must be there.
fn all<const N: usize>(description: &str, properties: [(&str, Value); N]) -> Value {
    let keys: Vec<&str> = properties.iter().map(|(key, _)| *key).collect();
    let required = json!(keys);
    let mut schema = closed(description, &[], properties);
    schema["required"] = required;
    schema
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
            ("samples", list("Durations, or numbers of seconds.", &sample)),
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
