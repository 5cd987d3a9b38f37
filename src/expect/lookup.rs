//! Finding objects in the summary by name and by glob, and fields in objects; and what to suggest
//! where there is none.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::expression::ExpressionError;
use super::fields::{FieldType, Kind};
use super::render::quote;
use super::value::{Evaluated, Object, Stop, Value, as_int, phrase_of};

/// How alike two names that differ in more places may be (Jaro-Winkler, 1 is equal).
const LIKENESS_MIN: f64 = 0.8;
/// Longer names are not compared, and no more candidates than this: it is a suggestion only.
const COMPARED_BYTES_MAX: usize = 128;
const COMPARED_MAX: usize = 5_000;
/// The most names that a message lists.
const LISTED_MAX: usize = 5;

/// The candidate that `name` is most likely to mean: fewest edits away, of equals the first. Not
/// one that differs in more than a third of its characters, unless the two begin alike.
pub(super) fn closest<'c>(
    name: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    if name.len() > COMPARED_BYTES_MAX {
        return None;
    }
    candidates
        .filter(|candidate| candidate.len() <= COMPARED_BYTES_MAX)
        .take(COMPARED_MAX)
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(edits, candidate)| {
            edits * 3 <= candidate.len() || strsim::jaro_winkler(name, candidate) >= LIKENESS_MIN
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The objects of a kind; none where the summary has no such section.
pub(super) fn section(summary: &Json, kind: Kind) -> Option<&Map<String, Json>> {
    summary.get(kind.plural())?.as_object()
}

/// The name in a key of the summary, without its namespace.
fn bare(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

/// Every key of a kind, sorted.
fn keys(summary: &Json, kind: Kind) -> Vec<&str> {
    let mut keys: Vec<&str> = section(summary, kind)
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

/// The one object that `name` names: `name` over all namespaces, or `namespace/name`.
pub(super) fn object<'s>(
    summary: &'s Json,
    kind: Kind,
    name: &str,
    at: usize,
) -> Evaluated<Object<'s>> {
    let Some(section) = section(summary, kind) else {
        return Err(Stop::Fatal(unknown_name(summary, kind, name, at)));
    };
    if name.contains('/') {
        let found = section.get_key_value(name).and_then(|(key, fields)| {
            Some(Object {
                kind,
                key,
                fields: fields.as_object()?,
            })
        });
        return found.ok_or_else(|| Stop::Fatal(unknown_name(summary, kind, name, at)));
    }
    let mut found = None;
    for (key, fields) in section {
        let Some(fields) = fields.as_object() else {
            continue;
        };
        if bare(key) == name {
            if found.is_some() {
                return Err(Stop::Fatal(ambiguous_name(summary, kind, name, at)));
            }
            found = Some(Object { kind, key, fields });
        }
    }
    found.ok_or_else(|| Stop::Fatal(unknown_name(summary, kind, name, at)))
}

/// The objects that `pattern` matches, in the order of their keys: by name, or by
/// `namespace/name` where the pattern has a slash.
pub(super) fn objects<'s>(summary: &'s Json, kind: Kind, pattern: &str) -> Vec<Object<'s>> {
    let mut found: Vec<Object<'s>> = section(summary, kind)
        .into_iter()
        .flatten()
        .filter(|(key, _)| {
            glob_matches(
                pattern,
                if pattern.contains('/') {
                    key
                } else {
                    bare(key)
                },
            )
        })
        .filter_map(|(key, fields)| {
            Some(Object {
                kind,
                key,
                fields: fields.as_object()?,
            })
        })
        .collect();
    found.sort_unstable_by_key(|object| object.key);
    found
}

/// Whether `pattern` matches all of `text`: `*` any characters, `?` one. Takes at most the product
/// of the two lengths in steps, unlike a backtracking matcher.
pub(super) fn glob_matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The last star seen, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern
            .get(p)
            .is_some_and(|&wanted| wanted == '?' || wanted == text[t])
        {
            p += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&left| left == '*')
}

fn ambiguous_name(summary: &Json, kind: Kind, name: &str, at: usize) -> ExpressionError {
    let keys: Vec<&str> = keys(summary, kind)
        .into_iter()
        .filter(|key| bare(key) == name)
        .collect();
    let listed: Vec<String> = keys
        .iter()
        .take(LISTED_MAX)
        .map(|key| format!("{}({})", kind.singular(), quote(key)))
        .collect();
    let more = if keys.len() > LISTED_MAX { " …" } else { "" };
    ExpressionError::new(
        at,
        format!("{} {} are named {}", keys.len(), kind.plural(), quote(name)),
    )
    .with_hint(format!("say which: {}{more}", listed.join(", ")))
}

fn unknown_name(summary: &Json, kind: Kind, name: &str, at: usize) -> ExpressionError {
    let error = ExpressionError::new(
        at,
        format!("no {} is named {}", kind.singular(), quote(name)),
    );
    error.with_hint(name_hint(summary, kind, name))
}

/// What to write in place of a name that no object of the kind has.
fn name_hint(summary: &Json, kind: Kind, name: &str) -> String {
    for other in Kind::NAMED {
        let has = keys(summary, other)
            .iter()
            .any(|key| *key == name || bare(key) == name);
        if has {
            return format!(
                "there is {} of that name: {}({})",
                phrase_of(other),
                other.singular(),
                quote(name)
            );
        }
    }
    // A Job of a CronJob is `<cronjob>-<minutes>`.
    if kind == Kind::Job
        && let Some((maker, number)) = name.rsplit_once('-')
        && number.bytes().all(|digit| digit.is_ascii_digit())
        && keys(summary, Kind::CronJob)
            .iter()
            .any(|key| *key == maker || bare(key) == maker)
    {
        return format!(
            "jobs that a cronjob made are summed up there: cronjob({})",
            quote(maker)
        );
    }
    let keys = keys(summary, kind);
    let candidates = keys
        .iter()
        .map(|key| if name.contains('/') { key } else { bare(key) });
    if let Some(close) = closest(name, candidates) {
        return format!("did you mean {}?", quote(close));
    }
    match keys.len() {
        0 => format!("the summary has no {}", kind.plural()),
        count => {
            let more = if count > LISTED_MAX { " …" } else { "" };
            format!(
                "there are: {}{more}",
                keys[..count.min(LISTED_MAX)].join(", ")
            )
        }
    }
}

/// The error for a field that objects of a kind do not have.
pub(super) fn unknown_field(kind: Kind, field: &str, at: usize) -> ExpressionError {
    let names = || kind.fields().iter().map(|field| field.name);
    let hint = closest(field, names()).map_or_else(
        || format!("its fields are: {}", names().collect::<Vec<_>>().join(", ")),
        |close| format!("did you mean '{close}'?"),
    );
    ExpressionError::new(at, format!("{} has no field '{field}'", phrase_of(kind))).with_hint(hint)
}

/// The expression that an object is, with its full name.
pub(super) fn object_text(object: &Object<'_>) -> String {
    match object.kind {
        Kind::Cluster => Kind::Cluster.singular().to_owned(),
        Kind::Job
        | Kind::CronJob
        | Kind::DaemonSet
        | Kind::Deployment
        | Kind::StatefulSet
        | Kind::Arrival => {
            format!("{}({})", object.kind.singular(), quote(object.key))
        }
    }
}

/// The value of a field. A field that its kind has and the summary leaves out is null.
pub(super) fn field<'s>(object: &Object<'s>, name: &str, at: usize) -> Evaluated<Value<'s>> {
    let Some(field) = object.kind.field(name) else {
        return Err(Stop::Fatal(unknown_field(object.kind, name, at)));
    };
    let text = || Rc::from(format!("{}.{name}", object_text(object)));
    let found = match object.fields.get(name) {
        None | Some(Json::Null) => return Ok(Value::Null(Some(text()))),
        Some(found) => found,
    };
    let value = match (field.field_type, found) {
        (FieldType::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
        (FieldType::Text, Json::String(value)) => Some(Value::Text(Rc::from(value.as_str()))),
        (FieldType::Count, Json::Number(_)) => count(found),
        (FieldType::Seconds | FieldType::Share, Json::Number(_)) => {
            found.as_f64().map(Value::Double)
        }
        (FieldType::Shares, Json::Object(shares)) => Some(Value::Shares(shares, text())),
        _ => None,
    };
    value.ok_or_else(|| {
        Stop::Fatal(ExpressionError::new(
            at,
            format!("the summary has a wrong type for {}", text()),
        ))
    })
}

/// A count: an int, also where it is written `3.0`. A fraction stays what it is.
fn count<'s>(found: &Json) -> Option<Value<'s>> {
    if let Some(value) = found.as_i64() {
        return Some(Value::Int(value));
    }
    let value = found.as_f64()?;
    let whole = if value.fract() == 0.0 {
        as_int(value)
    } else {
        None
    };
    Some(whole.map_or(Value::Double(value), Value::Int))
}

/// The share of a resource.
pub(super) fn share<'s>(
    shares: &'s Map<String, Json>,
    text: &str,
    resource: &str,
    at: usize,
) -> Evaluated<Value<'s>> {
    let Some(found) = shares.get(resource) else {
        let (word, none) = if text.ends_with("pool_node_hours") {
            ("pool", "there is no pool")
        } else {
            ("resource", "no node has an extended resource")
        };
        let error = ExpressionError::new(at, format!("{text} has no {word} {}", quote(resource)));
        let mut names: Vec<&str> = shares.keys().map(String::as_str).collect();
        names.sort_unstable();
        let hint = match closest(resource, names.iter().copied()) {
            Some(close) => format!("did you mean {}?", quote(close)),
            None if names.is_empty() => none.to_owned(),
            None => format!("there are: {}", names.join(", ")),
        };
        return Err(Stop::Fatal(error.with_hint(hint)));
    };
    Ok(found.as_f64().map_or_else(
        || Value::Null(Some(Rc::from(format!("{text}[{}]", quote(resource))))),
        Value::Double,
    ))
}
