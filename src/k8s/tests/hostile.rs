//! Whatever stands in a manifest, reading and editing it ends without a panic, and what is accepted is whole.

use super::*;
use crate::model::{Edit, EditContext, ResourceKind};
use serde_json::{Value, json};

const FULL_POD: &str = r#"{
    "restartPolicy": "Never", "nodeSelector": {"a": "b"}, "overhead": {"cpu": "1m"},
    "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]}}},
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {}, "matchLabelKeys": ["app"]}],
    "volumes": [{"name": "v", "emptyDir": {}}],
    "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}},
        "ports": [{"containerPort": 80}], "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        "livenessProbe": {"exec": {"command": ["x"]}}}]}"#;

#[expect(clippy::too_many_lines, reason = "one object of each kind")]
fn manifests() -> Vec<(ResourceKind, Value)> {
    let pod: Value = serde_json::from_str(FULL_POD).unwrap();
    let mut kept = pod.clone();
    kept["restartPolicy"] = "Always".into();
    let metadata =
        json!({"name": "a", "labels": {"app": "x"}, "annotations": {"podtime/run": "5s"}});
    let template = json!({"metadata": metadata, "spec": pod});
    let job = json!({
        "completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1, "template": template,
        "podFailurePolicy": {"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}]},
        "successPolicy": {"rules": [{"succeededIndexes": "0-1", "succeededCount": 1}]},
    });
    let kept = json!({"metadata": metadata, "spec": kept});
    let selector = json!({"matchLabels": {"app": "x"}});
    let object = |version: &str, kind: &str, spec: Value| json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
    let set = json!({"selector": selector, "template": kept,
        "updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}}});
    let rolled = json!({"selector": selector, "template": kept,
        "strategy": {"rollingUpdate": {"maxUnavailable": "10%"}}});
    let mut node = object(
        "v1",
        "Node",
        json!({"taints": [{"key": "a", "effect": "NoSchedule"}]}),
    );
    node["metadata"]["annotations"] = json!({"podtime/ready-after": "5s"});
    node["status"] = json!({"allocatable": {"cpu": "4", "memory": "1Gi"}});
    vec![
        (ResourceKind::Pod, object("v1", "Pod", pod)),
        (ResourceKind::Job, object("batch/v1", "Job", job.clone())),
        (
            ResourceKind::CronJob,
            object(
                "batch/v1",
                "CronJob",
                json!({"schedule": "@daily", "jobTemplate": {"spec": job}}),
            ),
        ),
        (
            ResourceKind::DaemonSet,
            object("apps/v1", "DaemonSet", set.clone()),
        ),
        (
            ResourceKind::ReplicaSet,
            object("apps/v1", "ReplicaSet", set.clone()),
        ),
        (
            ResourceKind::StatefulSet,
            object(
                "apps/v1",
                "StatefulSet",
                json!({"selector": selector, "template": kept}),
            ),
        ),
        (
            ResourceKind::Deployment,
            object("apps/v1", "Deployment", rolled),
        ),
        (ResourceKind::Node, node),
        (
            ResourceKind::ResourceQuota,
            object("v1", "ResourceQuota", json!({"hard": {"pods": "5"}})),
        ),
        (
            ResourceKind::LimitRange,
            object(
                "v1",
                "LimitRange",
                json!({"limits": [{"type": "Container", "max": {"cpu": "1"}}]}),
            ),
        ),
        (
            ResourceKind::PodDisruptionBudget,
            object(
                "policy/v1",
                "PodDisruptionBudget",
                json!({"minAvailable": 1, "selector": selector}),
            ),
        ),
    ]
}

/// The pointers to all values below `value`.
fn pointers(value: &Value, own: &str, all: &mut Vec<String>) {
    all.push(own.to_owned());
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| pointers(value, &format!("{own}/{}", escape(key)), all)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| pointers(value, &format!("{own}/{index}"), all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn any_value_in_any_place_is_read_or_refused() {
    let junk = [
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(1e300),
        json!(""),
        json!("99999999999999999999E"),
        json!("ä~/[].,"),
        json!([]),
        json!([null, 5]),
        json!({}),
        json!({"ä": [{}]}),
    ];
    for (kind, manifest) in manifests() {
        let text = manifest.to_string();
        let (decoded, shown) = read(&text);
        assert_eq!(decoded.objects.len(), 1, "{text}\n{shown}");
        let mut places = Vec::new();
        pointers(&manifest, "", &mut places);
        // Every junk in every place takes minutes: each place gets two, other ones than its neighbors.
        let cases = places.iter().enumerate().flat_map(|(index, place)| {
            [index, index + 5].map(|index| (place, &junk[index % junk.len()]))
        });
        for (place, value) in cases {
            let mut changed = manifest.clone();
            *changed.pointer_mut(place).unwrap() = value.clone();
            let (decoded, shown) = read(&changed.to_string());
            assert!(
                decoded.objects.is_empty() || !shown.contains("error:"),
                "{place} {value} {shown}"
            );
            let context = EditContext {
                template_is_mutable: true,
            };
            let replace = json!([{"op": "replace", "path": place, "value": value}]).to_string();
            for change in [
                Edit::StrategicPatch(changed.to_string().into()),
                Edit::JsonPatch(replace.into()),
            ] {
                drop(edit(kind, &text, &change, context));
            }
            for change in [
                Edit::SetImage(vec![("*".into(), "x".into())]),
                Edit::RestartedAt("x".into()),
            ] {
                drop(edit(kind, &changed.to_string(), &change, context));
            }
        }
    }
}
