//! The three kinds of patches that `kubectl patch` knows, on JSON values.
//!
//! Upstream: RFC 7386 (merge patch), RFC 6902 (JSON patch), and
//! `k8s.io/apimachinery/pkg/util/strategicpatch/patch.go` with the `patchMergeKey` tags of `k8s.io/api`.

use serde_json::{Map, Value};

/// Lists whose items are merged by a key; all others are replaced as a whole.
const MERGE_KEYS: [(&str, &str); 16] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("schedulingGates", "name"),
    ("resourceClaims", "name"),
    ("conditions", "type"),
    ("ownerReferences", "uid"),
    ("addresses", "type"),
    ("secrets", "name"),
];
/// As the API server.
const OPERATIONS_MAX: usize = 10_000;
/// As deep as JSON text may be nested.
const DEPTH_MAX: usize = 128;
const VALUES_MAX: usize = 1_000_000;
const FINALIZERS: &str = "finalizers";
const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder/";
const DELETE_PRIMITIVE: &str = "$deleteFromPrimitiveList/";

/// Applies an RFC 7386 merge patch.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    let target = as_object(target);
    for (key, change) in patch {
        if change.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// The value as a map; what is none becomes an empty one.
fn as_object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("it was made a map just now")
}

/// Applies an RFC 6902 patch, all of it or nothing.
pub(super) fn json(target: &mut Value, patch: &Value) -> Result<(), String> {
    let Value::Array(operations) = patch else {
        return Err("a JSON patch is a list of operations".to_owned());
    };
    if operations.len() > OPERATIONS_MAX {
        return Err(format!(
            "the allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, got {}",
            operations.len()
        ));
    }
    let mut changed = target.clone();
    for operation in operations {
        apply(&mut changed, operation)?;
        let mut values_left = VALUES_MAX;
        if !is_small(&changed, DEPTH_MAX, &mut values_left) {
            return Err("the JSON patch makes the object too large".to_owned());
        }
    }
    *target = changed;
    Ok(())
}

/// Copies may double an object with each operation.
fn is_small(value: &Value, depth_left: usize, values_left: &mut usize) -> bool {
    if depth_left == 0 || *values_left == 0 {
        return false;
    }
    *values_left -= 1;
    match value {
        Value::Object(map) => map
            .values()
            .all(|value| is_small(value, depth_left - 1, values_left)),
        Value::Array(items) => items
            .iter()
            .all(|value| is_small(value, depth_left - 1, values_left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn apply(target: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |key: &str| {
        let text = operation[key].as_str();
        text.ok_or_else(|| format!("an operation of a JSON patch needs the text {key:?}"))
    };
    let value = || {
        let value = operation.get("value");
        value.ok_or_else(|| "an operation of a JSON patch needs a \"value\"".to_owned())
    };
    let path = text("path")?;
    match text("op")? {
        "add" => add(target, path, value()?.clone()),
        "remove" => remove(target, path).map(drop),
        "replace" => {
            *find_mut(target, path)? = value()?.clone();
            Ok(())
        }
        "move" => {
            let from = text("from")?;
            if path.starts_with(&format!("{from}/")) {
                return Err(format!("{from:?} cannot be moved into itself"));
            }
            let moved = remove(target, from)?;
            add(target, path, moved)
        }
        "copy" => {
            let copied = find_mut(target, text("from")?)?.clone();
            add(target, path, copied)
        }
        "test" => {
            let found = find_mut(target, path)?;
            if found == value()? {
                Ok(())
            } else {
                Err(format!("testing value {path} failed"))
            }
        }
        other => Err(format!(
            "unknown operation {other:?} of a JSON patch: known are add, remove, replace, move, copy and test"
        )),
    }
}

fn missing(path: &str) -> String {
    format!("the path {path:?} of the JSON patch does not exist")
}

/// The parts of an RFC 6901 pointer.
fn parts(path: &str) -> Result<Vec<String>, String> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let rest = path
        .strip_prefix('/')
        .ok_or_else(|| format!("the path {path:?} of a JSON patch must start with a slash"))?;
    Ok(rest
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect())
}

fn find_mut<'a>(target: &'a mut Value, path: &str) -> Result<&'a mut Value, String> {
    let mut value = target;
    for part in parts(path)? {
        value = step(value, &part).ok_or_else(|| missing(path))?;
    }
    Ok(value)
}

fn step<'a>(value: &'a mut Value, part: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(items) => items.get_mut(index(part)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// An index has no sign and no leading zero.
fn index(part: &str) -> Option<usize> {
    let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
    let has_zero = part.len() > 1 && part.starts_with('0');
    part.parse().ok().filter(|_| is_number && !has_zero)
}

fn parent<'a>(
    target: &'a mut Value,
    path: &str,
) -> Result<Option<(&'a mut Value, String)>, String> {
    let mut parts = parts(path)?;
    let Some(last) = parts.pop() else {
        return Ok(None);
    };
    let mut value = target;
    for part in parts {
        value = step(value, &part).ok_or_else(|| missing(path))?;
    }
    Ok(Some((value, last)))
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let Some((parent, last)) = parent(target, path)? else {
        *target = value;
        return Ok(());
    };
    match parent {
        Value::Object(map) => {
            map.insert(last, value);
            Ok(())
        }
        Value::Array(items) => {
            let at = if last == "-" {
                Some(items.len())
            } else {
                index(&last).filter(|at| *at <= items.len())
            };
            items.insert(at.ok_or_else(|| missing(path))?, value);
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(missing(path)),
    }
}

fn remove(target: &mut Value, path: &str) -> Result<Value, String> {
    let Some((parent, last)) = parent(target, path)? else {
        return Ok(std::mem::take(target));
    };
    let removed = match parent {
        Value::Object(map) => map.shift_remove(&last),
        Value::Array(items) => index(&last)
            .filter(|at| *at < items.len())
            .map(|at| items.remove(at)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    removed.ok_or_else(|| missing(path))
}

/// Applies a strategic merge patch: as a merge patch, but lists of containers and the like are merged by their keys.
///
/// Understands the directives `$patch` (`replace`, `delete`, `merge`), `$retainKeys` and `$deleteFromPrimitiveList`;
/// `$setElementOrder` is passed over, since no order of items has an effect here.
pub(super) fn strategic(target: &mut Value, patch: &Value) -> Result<(), String> {
    let Value::Object(patch) = patch else {
        return Err("a strategic merge patch is a map".to_owned());
    };
    merge_map(as_object(target), patch)
}

fn merge_map(target: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), String> {
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => target.clear(),
        Some("delete") => {
            target.clear();
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => return Err(format!("unknown directive $patch: {other:?}")),
    }
    if let Some(kept) = patch.get(RETAIN_KEYS).and_then(Value::as_array) {
        target.retain(|key, _| kept.iter().any(|kept| kept.as_str() == Some(key)));
    }
    for (key, change) in patch {
        if let Some(list) = key.strip_prefix(DELETE_PRIMITIVE) {
            delete_items(target.get_mut(list), change);
        } else if key == DIRECTIVE || key == RETAIN_KEYS || key.starts_with(SET_ORDER) {
            // Done above, or without an effect.
        } else if change.is_null() {
            target.shift_remove(key);
        } else {
            let old = target.entry(key.clone()).or_insert(Value::Null);
            merge_value(key, old, change)?;
        }
    }
    Ok(())
}

fn delete_items(list: Option<&mut Value>, gone: &Value) {
    if let Some(Value::Array(items)) = list {
        let gone = gone.as_array();
        items.retain(|item| !gone.is_some_and(|gone| gone.contains(item)));
    }
}

fn merge_value(key: &str, old: &mut Value, change: &Value) -> Result<(), String> {
    match change {
        Value::Object(change) => merge_map(as_object(old), change),
        Value::Array(items) => {
            if !old.is_array() {
                *old = Value::Array(Vec::new());
            }
            let list = old.as_array_mut().expect("it was made a list just now");
            merge_list(key, list, items)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *old = change.clone();
            Ok(())
        }
    }
}

fn merge_list(key: &str, old: &mut Vec<Value>, changes: &[Value]) -> Result<(), String> {
    if key == FINALIZERS {
        for change in changes {
            if !old.contains(change) {
                old.push(change.clone());
            }
        }
        return Ok(());
    }
    let Some(merge_key) = merge_key(key, changes) else {
        *old = changes.to_vec();
        return Ok(());
    };
    let directive = |change: &Value| {
        change
            .get(DIRECTIVE)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    if changes.iter().any(|change| {
        directive(change).as_deref() == Some("replace") && change.get(merge_key).is_none()
    }) {
        old.clear();
    }
    for change in changes {
        let Some(wanted) = change.get(merge_key) else {
            if directive(change).is_some() {
                continue;
            }
            return Err(format!(
                "map: {change} does not contain declared merge key: {merge_key}"
            ));
        };
        let found = old
            .iter()
            .position(|item| item.get(merge_key) == Some(wanted));
        let patch = change.as_object().ok_or("an item of the list is no map")?;
        match (found, directive(change).as_deref()) {
            (Some(at), Some("delete")) => {
                old.remove(at);
            }
            (None, Some("delete")) => {}
            (Some(at), _) => merge_map(as_object(&mut old[at]), patch)?,
            (None, _) => {
                let mut item = Map::new();
                merge_map(&mut item, patch)?;
                old.push(Value::Object(item));
            }
        }
    }
    Ok(())
}

/// `ports` of a container are told apart by `containerPort`, those of a Service by `port`.
fn merge_key(list: &str, items: &[Value]) -> Option<&'static str> {
    if list == "ports" {
        let is_service = items.iter().any(|item| item.get("port").is_some());
        return Some(if is_service { "port" } else { "containerPort" });
    }
    let found = MERGE_KEYS.iter().find(|(name, _)| *name == list);
    found.map(|(_, key)| *key)
}
