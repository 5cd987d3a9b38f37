//! Lines of `objects.jsonl`: who an object is and what its spec says.

use crate::record::ObjectRef;
use crate::world::{Node, World};
use serde_json::{Map, Value, json};

/// Kind, namespace and name.
pub(super) fn identity(world: &World, object: ObjectRef) -> (&'static str, &str, &str) {
    let (kind, meta) = match object {
        ObjectRef::Job(id) => ("Job", &world.job(id).meta),
        ObjectRef::CronJob(id) => ("CronJob", &world.cronjob(id).meta),
        ObjectRef::DaemonSet(id) => ("DaemonSet", &world.daemonset(id).meta),
        ObjectRef::Deployment(id) => ("Deployment", &world.deployment(id).meta),
        ObjectRef::ReplicaSet(id) => ("ReplicaSet", &world.replicaset(id).meta),
        ObjectRef::StatefulSet(id) => ("StatefulSet", &world.statefulset(id).meta),
        ObjectRef::Node(id) => return ("Node", "", &world.node(id).name),
    };
    (kind, &meta.namespace, &meta.name)
}

/// The `spec` of the object's manifest; a node's with the taints and the cordon that it has now.
pub(super) fn spec(world: &World, object: ObjectRef) -> Value {
    match object {
        ObjectRef::Job(id) => spec_of(&world.job(id).manifest),
        ObjectRef::CronJob(id) => spec_of(&world.cronjob(id).manifest),
        ObjectRef::DaemonSet(id) => spec_of(&world.daemonset(id).manifest),
        ObjectRef::Deployment(id) => spec_of(&world.deployment(id).manifest),
        ObjectRef::ReplicaSet(id) => spec_of(&world.replicaset(id).manifest),
        ObjectRef::StatefulSet(id) => spec_of(&world.statefulset(id).manifest),
        ObjectRef::Node(id) => spec_of_node(world.node(id)),
    }
}

/// An object without a spec has an empty one.
fn spec_of(manifest: &str) -> Value {
    let mut manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    match manifest.get_mut("spec") {
        Some(spec) => spec.take(),
        None => json!({}),
    }
}

fn spec_of_node(node: &Node) -> Value {
    let mut spec = Map::new();
    if let Value::Object(written) = spec_of(&node.manifest) {
        spec = written;
    }
    spec.shift_remove("taints");
    spec.shift_remove("unschedulable");
    if node.unschedulable {
        spec.insert("unschedulable".to_owned(), json!(true));
    }
    if !node.taints.is_empty() {
        let taints = node.taints.iter().map(|taint| {
            let mut object = json!({"key": &*taint.key, "effect": taint.effect.name()});
            if !taint.value.is_empty() {
                object["value"] = json!(&*taint.value);
            }
            object
        });
        spec.insert("taints".to_owned(), taints.collect());
    }
    Value::Object(spec)
}
