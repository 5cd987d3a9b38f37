//! What of an object may change (WL-J30 to WL-J32, WL-D21, WL-E1, WL-E4).
//!
//! Upstream: `Validate…Update` in `pkg/apis/{batch,apps,core,scheduling}/validation/validation.go`.

use super::place::{Faults, Place, Shown};
use crate::model::{EditContext, ResourceKind};
use serde_json::{Value, json};

const IMMUTABLE: &str = "field is immutable";
const STATEFUL_SET_MUTABLE: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];
const POD_MUTABLE: [&str; 4] = [
    "tolerations",
    "activeDeadlineSeconds",
    "terminationGracePeriodSeconds",
    "schedulingGates",
];

/// An object before and after an edit, as JSON.
pub(super) struct Versions<'a> {
    /// Before.
    pub(super) old: &'a Value,
    /// After.
    pub(super) new: &'a Value,
}

impl Versions<'_> {
    /// Each version of `spec.key`, null where it is missing, with its default filled in.
    fn of(&self, key: &str, default: &Value) -> (Value, Value) {
        let read = |object: &Value| match &object["spec"][key] {
            Value::Null => default.clone(),
            value => value.clone(),
        };
        (read(self.old), read(self.new))
    }

    /// Each version of the spec without some keys, and what is left of it changed by `clean`.
    fn specs(&self, keys: &[&str], clean: impl Fn(&mut Value)) -> (Value, Value) {
        let read = |object: &Value| {
            let mut spec = object["spec"].clone();
            remove(&mut spec, keys);
            clean(&mut spec);
            spec
        };
        (read(self.old), read(self.new))
    }
}

/// Reports what changed that may not change.
pub(super) fn check(
    kind: ResourceKind,
    versions: &Versions<'_>,
    context: EditContext,
    root: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let spec = root.key("spec");
    let selector = (&spec, "selector");
    match kind {
        ResourceKind::Job => check_job(versions, context, &spec, faults),
        ResourceKind::DaemonSet | ResourceKind::Deployment | ResourceKind::ReplicaSet => {
            immutable(versions, selector, &Value::Null, faults);
        }
        ResourceKind::StatefulSet => {
            let (old, new) = versions.specs(&STATEFUL_SET_MUTABLE, |spec| {
                fill(spec, "podManagementPolicy", &json!("OrderedReady"));
            });
            if old != new {
                faults.forbidden(
                    &spec,
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                     'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                     'minReadySeconds' are forbidden",
                );
            }
        }
        ResourceKind::Pod => check_pod(versions, &spec, faults),
        ResourceKind::PriorityClass => {
            let value = |object: &Value| object["value"].as_i64().unwrap_or(0);
            if value(versions.old) != value(versions.new) {
                faults.forbidden(&root.key("value"), "may not be changed in an update.");
            }
        }
        ResourceKind::CronJob
        | ResourceKind::Node
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => {}
    }
}

fn immutable(
    versions: &Versions<'_>,
    (spec, key): (&Place<'_>, &str),
    default: &Value,
    faults: &mut Faults<'_>,
) {
    let (old, new) = versions.of(key, default);
    if old != new {
        faults.invalid(&spec.key(key), shown(&new), IMMUTABLE);
    }
}

fn shown(value: &Value) -> Shown {
    match value {
        Value::String(text) => text.into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Shown::json(value)
        }
    }
}

/// WL-J30 to WL-J32.
fn check_job(
    versions: &Versions<'_>,
    context: EditContext,
    spec: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let mode = json!("NonIndexed");
    let is_indexed = versions.new["spec"]["completionMode"] == "Indexed";
    let (old, new) = (
        completions(&versions.old["spec"]),
        completions(&versions.new["spec"]),
    );
    if !is_indexed && old != new {
        faults.invalid(&spec.key("completions"), shown(&new.into()), IMMUTABLE);
    } else if old != new && new != Some(parallelism(&versions.new["spec"])) {
        let detail = "can only be modified in tandem with spec.parallelism";
        faults.invalid(&spec.key("completions"), shown(&new.into()), detail);
    }
    immutable(versions, (spec, "selector"), &Value::Null, faults);
    let is_mutable = context.template_is_mutable && versions.old["spec"]["suspend"] == true;
    check_template(versions, is_mutable, spec, faults);
    for (key, default) in [
        ("completionMode", &mode),
        ("podFailurePolicy", &Value::Null),
        ("backoffLimitPerIndex", &Value::Null),
        ("managedBy", &Value::Null),
        ("successPolicy", &Value::Null),
    ] {
        immutable(versions, (spec, key), default, faults);
    }
}

/// WL-D1 to WL-D3.
fn completions(spec: &Value) -> Option<i64> {
    let is_alone = spec["parallelism"].is_null();
    spec["completions"].as_i64().or(is_alone.then_some(1))
}

fn parallelism(spec: &Value) -> i64 {
    spec["parallelism"].as_i64().unwrap_or(1)
}

/// The template of a Job, of which a suspended Job may change where its pods run and what they ask for.
fn check_template(
    versions: &Versions<'_>,
    is_mutable: bool,
    spec: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let read = |object: &Value| {
        let mut template = object["spec"]["template"].clone();
        fill_template(&mut template);
        if is_mutable {
            take_mutable(&mut template);
        }
        template
    };
    let (old, new) = (read(versions.old), read(versions.new));
    if old != new {
        faults.invalid(&spec.key("template"), shown(&new), IMMUTABLE);
    }
}

fn take_mutable(template: &mut Value) {
    if let Some(metadata) = template.get_mut("metadata") {
        remove(metadata, &["labels", "annotations"]);
    }
    remove_empty(template, "metadata");
    let Some(pod) = template.get_mut("spec") else {
        return;
    };
    remove(pod, &["nodeSelector", "tolerations", "schedulingGates"]);
    if let Some(affinity) = pod.get_mut("affinity") {
        remove(affinity, &["nodeAffinity"]);
    }
    remove_empty(pod, "affinity");
    for_each_container(pod, |container| remove(container, &["resources"]));
}

/// Defaults that a manifest may name or leave out.
fn fill_template(template: &mut Value) {
    drop_nulls(template);
    if let Some(metadata) = template.get_mut("metadata") {
        remove(metadata, &["creationTimestamp"]);
        remove_empty(metadata, "labels");
        remove_empty(metadata, "annotations");
    }
    remove_empty(template, "metadata");
    let Some(pod) = template.get_mut("spec") else {
        return;
    };
    for (key, default) in [
        ("dnsPolicy", json!("ClusterFirst")),
        ("schedulerName", json!("default-scheduler")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("securityContext", json!({})),
    ] {
        fill(pod, key, &default);
    }
    for_each_container(pod, |container| {
        for (key, default) in [
            ("resources", json!({})),
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
        ] {
            fill(container, key, &default);
        }
    });
}

/// WL-E4 for pods: only images and a few other fields may change.
fn check_pod(versions: &Versions<'_>, spec: &Place<'_>, faults: &mut Faults<'_>) {
    let (old, new) = versions.specs(&POD_MUTABLE, |pod| {
        for_each_container(pod, |container| remove(container, &["image"]));
        drop_nulls(pod);
    });
    if old != new {
        faults.forbidden(
            spec,
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
             `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
             `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        );
    }
}

fn remove(value: &mut Value, keys: &[&str]) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn remove_empty(value: &mut Value, key: &str) {
    if value.get(key).is_some_and(|inner| *inner == json!({})) {
        remove(value, &[key]);
    }
}

fn fill(value: &mut Value, key: &str, default: &Value) {
    if value.is_object() && value[key].is_null() {
        value[key] = default.clone();
    }
}

fn for_each_container(pod: &mut Value, change: impl Fn(&mut Value)) {
    for list in ["initContainers", "containers"] {
        let containers = pod.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            change(container);
        }
    }
}

/// A key whose value is null is as good as missing.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
