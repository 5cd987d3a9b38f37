use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::scenario;
use crate::scenario::{Document, Options};

/// A scenario in which every map of the schema is used at least once.
fn whole() -> Value {
    let distributions = [
        json!({"uniform": {"min": "1s", "max": "2s"}}),
        json!({"exponential": {"mean": "1s"}}),
        json!({"normal": {"mean": "1s", "stddev": "1s"}}),
        json!({"lognormal": {"median": "1s", "p95": "2s"}}),
        json!({"weibull": {"scale": "1s", "shape": 1}}),
        json!({"gamma": {"mean": "1s", "shape": 1}}),
        json!({"pareto": {"min": "1s", "shape": 1}}),
        json!({"triangular": {"min": "1s", "mode": "2s", "max": "3s"}}),
        json!({"empirical": {"samples": ["1s"]}}),
    ];
    let mut behaviors: Vec<Value> = distributions
        .map(|startup| json!({"startup": startup}))
        .into();
    behaviors.push(json!({
        "match": {"kind": "Job"},
        "failure": {"probability": 0.5, "nodes": [{"match": {"a": "b"}, "factor": 1}]},
        "attempts": [{"run": "1s"}],
    }));
    json!({
        "apiVersion": "podtime/v1",
        "kind": "Scenario",
        "metadata": {"name": "whole"},
        "spec": {
            "duration": "1d",
            "cluster": {
                "controlPlane": {"kube-controller-manager": {}, "kube-scheduler": {}, "kubelet": {}},
                "pools": [{
                    "name": "w",
                    "count": 1,
                    "failures": {"every": "1h", "how": "remove"},
                    "autoscale": {"max": 1},
                }],
                "outages": [{"match": {"kubernetes.io/os": "linux"}, "at": "1h", "how": "crash", "for": "1m"}],
                "autoscaler": {},
            },
            "behaviors": behaviors,
            "actions": [{"at": "1s", "node": {"add": {"pool": "w"}}}],
        },
    })
}

fn problems_of(scenario: &Value) -> Vec<(String, Option<String>)> {
    let options = Options {
        stdin: Some(scenario.to_string().into_bytes()),
        ..Options::default()
    };
    let rejected = Document::read(&["-".to_owned()], &options).and_then(Document::load);
    let problems = rejected.err().map(|rejected| rejected.problems);
    let texts = problems
        .iter()
        .flatten()
        .map(|p| (p.message.clone(), p.hint.clone()));
    texts.collect()
}

/// The keys that the reader says it knows at a place, told by a key that it does not.
fn known_keys(pointer: &str, has_one_key: bool) -> BTreeSet<String> {
    let mut scenario = whole();
    let map = scenario
        .pointer_mut(pointer)
        .unwrap()
        .as_object_mut()
        .unwrap();
    if has_one_key {
        map.clear();
    }
    map.insert("zzzzzzz".to_owned(), json!(1));
    let texts = problems_of(&scenario);
    let (message, hint) = texts
        .iter()
        .find(|(message, _)| message.contains("`zzzzzzz`"))
        .unwrap_or_else(|| panic!("an unknown key at {pointer} is not reported: {texts:?}"));
    let list = match hint {
        Some(hint) if !has_one_key => hint,
        _ => message.split(", found").next().unwrap(),
    };
    let quoted = list.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// Walks the schema and the scenario side by side.
fn compare(root: &Value, schema: &Value, pointer: &str, visited: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return compare(root, target, pointer, visited);
    }
    let scenario = whole();
    let value = scenario.pointer(pointer).unwrap();
    if let (Some(branches), true) = (schema["anyOf"].as_array(), value.is_object()) {
        for branch in branches {
            compare(root, branch, pointer, visited);
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for index in 0..values.len() {
            compare(root, items, &format!("{pointer}/{index}"), visited);
        }
    }
    let (Some(properties), Some(map)) = (schema["properties"].as_object(), value.as_object())
    else {
        return;
    };
    let in_schema: BTreeSet<String> = properties.keys().cloned().collect();
    let in_reader = known_keys(pointer, schema["maxProperties"] == 1);
    let hidden = if pointer.ends_with("/kubelet") {
        ["profile".to_owned()].into()
    } else {
        BTreeSet::new()
    };
    assert_eq!(in_schema, &in_reader | &hidden, "at {pointer}");
    visited.insert(
        schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    );
    for key in map.keys() {
        compare(root, &properties[key], &format!("{pointer}/{key}"), visited);
    }
}

fn count_maps(schema: &Value, found: &mut BTreeSet<String>) {
    if schema["additionalProperties"] == false {
        found.insert(
            schema["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    match schema {
        Value::Array(items) => items.iter().for_each(|item| count_maps(item, found)),
        Value::Object(map) => map.values().for_each(|item| count_maps(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_schema_knows_the_keys_that_the_reader_knows() {
    assert_eq!(problems_of(&whole()), []);
    let schema = scenario();
    let (mut visited, mut all) = (BTreeSet::new(), BTreeSet::new());
    compare(&schema, &schema, "", &mut visited);
    count_maps(&schema, &mut all);
    // Every map of the schema was compared, and none was forgotten in the scenario above.
    assert_eq!(visited, all);
}
