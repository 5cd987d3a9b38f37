//! A manifest changed as `kubectl` changes it, and decoded again.
//!
//! The error is one line in the words of the API server (WL-F1, WL-F2) or of `kubectl`.

use super::place::{Faults, Place};
use super::{Naming, Options, decode_kind, kind, patch, update};
use crate::model::{Edit, EditContext, LabelChange, Name, Object, ResourceKind};
use crate::scenario::document::Node;
use crate::scenario::problem::{Position, Problem, Problems, Severity, Sources};
use serde_json::{Value, json};

const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Changes the object whose JSON text is `manifest`: [`crate::model::EditFn`].
///
/// # Errors
/// What the API server or `kubectl` would say where they refuse the change.
pub fn edit(
    kind: ResourceKind,
    manifest: &str,
    edit: &Edit,
    context: EditContext,
) -> Result<Object, String> {
    let old: Value = serde_json::from_str(manifest)
        .map_err(|error| format!("the object's manifest is no JSON: {error}"))?;
    if !old.is_object() {
        return Err("the object's manifest is no object".to_owned());
    }
    let mut new = old.clone();
    change(kind, &mut new, edit)?;
    check_identity(&old, &new)?;
    let read = kind::of_resource(kind);
    let mut problems = Problems::new();
    let position = nowhere();
    let node = Node::from_json(position, &new);
    let options = Options {
        naming: Naming::Optional,
        is_update: true,
        keeps_zone_in_schedule: old["spec"]["schedule"]
            .as_str()
            .is_some_and(crate::cron::mentions_time_zone),
        ..Options::at("")
    };
    let object = decode_kind(&node, read, options, &mut problems);
    let mut faults = Faults::new(&mut problems);
    let root = Place::root(&node, "", &[]);
    update::check(
        kind,
        &update::Versions {
            old: &old,
            new: &new,
        },
        context,
        &root,
        &mut faults,
    );
    let name = old["metadata"]["name"].as_str().unwrap_or_default();
    match object {
        Some(object) if !problems.has_errors() => Ok(object),
        Some(_) | None => Err(refusal(kind, name, &problems)),
    }
}

/// JSON text has no places; all of it stands at the start of an empty source.
fn nowhere() -> Position {
    Position::start_of(Sources::new().add("", ""))
}

/// The message of the API server: WL-F2.
fn refusal(kind: ResourceKind, name: &str, problems: &Problems) -> String {
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    let mut texts: Vec<String> = Vec::new();
    for text in errors.map(cause) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let causes = match texts.as_slice() {
        [only] => only.clone(),
        _ => format!("[{}]", texts.join(", ")),
    };
    let group = kind::group_of(kind);
    let dot = if group.is_empty() { "" } else { "." };
    format!("{}{dot}{group} {name:?} is invalid: {causes}", kind.name())
}

/// `path: Kind of fault: value: detail`.
fn cause(problem: &Problem) -> String {
    let mut letters = problem.message.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let message: String = first.into_iter().chain(letters).collect();
    if problem.path.is_empty() {
        return message;
    }
    format!("{}: {message}", problem.path)
}

/// What the object is cannot be changed.
fn check_identity(old: &Value, new: &Value) -> Result<(), String> {
    for key in ["apiVersion", "kind"] {
        if old[key] != new[key] {
            return Err(format!(
                "the {key} of the object ({}) does not match that in the request ({})",
                shown(&new[key]),
                shown(&old[key])
            ));
        }
    }
    for key in ["name", "namespace"] {
        let (old, new) = (&old["metadata"][key], &new["metadata"][key]);
        // A namespace that is left out is the one that the object is in.
        let is_left_out = key == "namespace" && (new.is_null() || old.is_null());
        if old != new && !is_left_out {
            return Err(format!(
                "the {key} of the object ({}) does not match the {key} on the URL ({})",
                shown(new),
                shown(old)
            ));
        }
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn change(kind: ResourceKind, object: &mut Value, edit: &Edit) -> Result<(), String> {
    match edit {
        Edit::MergePatch(text) => patch::merge(object, &parse(text)?),
        Edit::JsonPatch(text) => patch::json(object, &parse(text)?)?,
        Edit::StrategicPatch(text) => patch::strategic(object, &parse(text)?)?,
        Edit::Apply(text) => {
            let namespace = object["metadata"]["namespace"].clone();
            *object = parse(text)?;
            let metadata = object.get_mut("metadata").filter(|value| value.is_object());
            if let Some(metadata) = metadata
                && metadata["namespace"].is_null()
                && !namespace.is_null()
            {
                metadata["namespace"] = namespace;
            }
        }
        Edit::Scale(replicas) => scale(kind, object, *replicas)?,
        Edit::SetImage(images) => set_images(kind, object, images)?,
        Edit::RestartedAt(time) => restart(kind, object, time)?,
        Edit::Label(changes) => set_keys(&mut object["metadata"], "labels", changes),
        Edit::Annotate(changes) => set_keys(&mut object["metadata"], "annotations", changes),
    }
    if object.is_object() {
        Ok(())
    } else {
        Err("the patch leaves no object".to_owned())
    }
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("unable to parse {text:?}: {error}"))
}

/// The map at `parent.key`, made if there is none.
fn child<'a>(parent: &'a mut Value, key: &str) -> &'a mut Value {
    if !parent.is_object() {
        *parent = json!({});
    }
    let child = &mut parent[key];
    if !child.is_object() {
        *child = json!({});
    }
    child
}

fn set_keys(parent: &mut Value, key: &str, changes: &[LabelChange]) {
    let map = child(parent, key);
    for (key, value) in changes {
        match value {
            Some(value) => map[&**key] = (&**value).into(),
            None => {
                if let Some(map) = map.as_object_mut() {
                    map.shift_remove(&**key);
                }
            }
        }
    }
}

fn scale(kind: ResourceKind, object: &mut Value, replicas: i32) -> Result<(), String> {
    match kind {
        ResourceKind::Deployment | ResourceKind::ReplicaSet | ResourceKind::StatefulSet => {
            child(object, "spec")["replicas"] = replicas.into();
            Ok(())
        }
        ResourceKind::Pod
        | ResourceKind::Job
        | ResourceKind::CronJob
        | ResourceKind::DaemonSet
        | ResourceKind::Node
        | ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => Err(format!(
            "the server could not find the requested resource: a {} has no scale",
            kind.name()
        )),
    }
}

/// The keys that lead to the pod template of a kind, or to the pod itself.
fn template_path(kind: ResourceKind) -> Option<&'static [&'static str]> {
    match kind {
        ResourceKind::Pod => Some(&[]),
        ResourceKind::Job
        | ResourceKind::DaemonSet
        | ResourceKind::Deployment
        | ResourceKind::ReplicaSet
        | ResourceKind::StatefulSet => Some(&["spec", "template"]),
        ResourceKind::CronJob => Some(&["spec", "jobTemplate", "spec", "template"]),
        ResourceKind::Node
        | ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => None,
    }
}

fn set_images(
    kind: ResourceKind,
    object: &mut Value,
    images: &[(Name, Name)],
) -> Result<(), String> {
    let Some(path) = template_path(kind) else {
        return Err(format!("a {} has no containers", kind.name()));
    };
    let template = path.iter().fold(object, |value, key| child(value, key));
    let spec = child(template, "spec");
    for (wanted, image) in images {
        let mut is_found = &**wanted == "*";
        for list in ["initContainers", "containers"] {
            let Some(containers) = spec.get_mut(list).and_then(Value::as_array_mut) else {
                continue;
            };
            for container in containers.iter_mut().filter(|container| {
                container.is_object() && (&**wanted == "*" || container["name"] == **wanted)
            }) {
                container["image"] = (&**image).into();
                is_found = true;
            }
        }
        if !is_found {
            return Err(format!("unable to find container named {wanted:?}"));
        }
    }
    Ok(())
}

fn restart(kind: ResourceKind, object: &mut Value, time: &Name) -> Result<(), String> {
    match kind {
        ResourceKind::Deployment if object["spec"]["paused"] == true => {
            Err("can't restart paused deployment (run rollout resume first)".to_owned())
        }
        ResourceKind::Deployment | ResourceKind::DaemonSet | ResourceKind::StatefulSet => {
            let template = child(child(object, "spec"), "template");
            let change = (RESTARTED_AT.into(), Some(time.clone()));
            set_keys(child(template, "metadata"), "annotations", &[change]);
            Ok(())
        }
        ResourceKind::Pod
        | ResourceKind::Job
        | ResourceKind::CronJob
        | ResourceKind::ReplicaSet
        | ResourceKind::Node
        | ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => Err(format!(
            "{} {} restarting is not supported",
            kind.name(),
            shown(&object["metadata"]["name"])
        )),
    }
}
