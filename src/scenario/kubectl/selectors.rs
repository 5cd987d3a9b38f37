//! Selectors of labels and fields, changes of labels, and taints, as they are typed.

use super::Refusal;
use crate::model::{
    LabelChange, LabelSelector, Name, Operator, Requirement, ResourceKind, Taint, TaintChange,
    TaintEffect,
};
use crate::scenario::names::{is_label_value, is_qualified_key};
use crate::scenario::problem::quote;

/// A selector of labels: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
pub(super) fn label_selector(text: &str) -> Result<LabelSelector, Refusal> {
    let mut requirements = Vec::new();
    for part in split_outside_parentheses(text) {
        let part = part.trim();
        if part.is_empty() && text.trim().is_empty() {
            continue;
        }
        requirements.push(requirement(part).ok_or_else(|| {
            let message = format!("{} is no part of a label selector", quote(part));
            Refusal::new(message)
                .with_hint("write `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a` or `!a`")
        })?);
    }
    Ok(LabelSelector(requirements))
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn requirement(part: &str) -> Option<Requirement> {
    if let Some(key) = part.strip_prefix('!') {
        return made(key, Operator::DoesNotExist, &[]);
    }
    if let Some((key, value)) = part.split_once("!=") {
        return made(key, Operator::NotIn, &[value]);
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return made(key, Operator::In, &[value]);
    }
    let Some(head) = part.strip_suffix(')') else {
        return made(part, Operator::Exists, &[]);
    };
    let (head, values) = head.split_once('(')?;
    let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
    let values: Vec<&str> = values.split(',').collect();
    match operator {
        "in" => made(key, Operator::In, &values),
        "notin" => made(key, Operator::NotIn, &values),
        _ => None,
    }
}

fn made(key: &str, operator: Operator, values: &[&str]) -> Option<Requirement> {
    let key = key.trim();
    let values: Vec<&str> = values.iter().map(|value| value.trim()).collect();
    let fits = is_qualified_key(key) && values.iter().all(|value| is_label_value(value));
    fits.then(|| Requirement {
        key: key.into(),
        operator,
        values: values.into_iter().map(Name::from).collect(),
    })
}

/// A selector of fields: `spec.nodeName=a,status.phase!=Running`.
pub(super) fn field_selector(
    text: &str,
    kind: ResourceKind,
) -> Result<Vec<(Name, bool, Name)>, Refusal> {
    let known = selectable_fields(kind);
    let mut fields = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, equal, value) = if let Some((key, value)) = part.split_once("!=") {
            (key, false, value)
        } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            (key, true, value)
        } else {
            let message = format!("{} is no part of a field selector", quote(part));
            return Err(Refusal::new(message).with_hint("write `field=value` or `field!=value`"));
        };
        if !known.contains(&key) {
            let message = format!(
                "{} cannot be selected by the field {}",
                kind.name(),
                quote(key)
            );
            let hint = format!("its fields are {}", super::list(known.iter().copied()));
            return Err(Refusal::new(message).with_hint(hint));
        }
        fields.push((key.into(), equal, value.into()));
    }
    Ok(fields)
}

fn selectable_fields(kind: ResourceKind) -> &'static [&'static str] {
    match kind {
        ResourceKind::Pod => &[
            "metadata.name",
            "metadata.namespace",
            "spec.nodeName",
            "status.phase",
        ],
        ResourceKind::Node => &["metadata.name", "spec.unschedulable"],
        ResourceKind::PriorityClass => &["metadata.name"],
        ResourceKind::Job
        | ResourceKind::CronJob
        | ResourceKind::DaemonSet
        | ResourceKind::Deployment
        | ResourceKind::ReplicaSet
        | ResourceKind::StatefulSet
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => &["metadata.name", "metadata.namespace"],
    }
}

/// Whether a word is a change (`a=b`, `a-`) and not the name of an object.
pub(super) fn is_change(word: &str) -> bool {
    word.contains('=') || word.ends_with('-')
}

/// Changes of labels (`are_labels`) or annotations: `key=value`, `key-`.
pub(super) fn label_changes(
    words: &[String],
    are_labels: bool,
) -> Result<Vec<LabelChange>, Refusal> {
    if words.is_empty() {
        return Err(Refusal::new("no change is given").with_hint("write `key=value` or `key-`"));
    }
    let change = |word: &String| {
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (word.strip_suffix('-').unwrap_or(word), None),
        };
        let fits = is_change(word)
            && is_qualified_key(key)
            && value.is_none_or(|value| !are_labels || is_label_value(value));
        if fits {
            return Ok((key.into(), value.map(Name::from)));
        }
        let what = if are_labels {
            "a label"
        } else {
            "an annotation"
        };
        let message = format!("{} is no change of {what}", quote(word));
        Err(Refusal::new(message).with_hint("write `key=value` or `key-`"))
    };
    words.iter().map(change).collect()
}

/// Changes of taints: `key=value:Effect`, `key:Effect`, `key:Effect-`, `key-`.
pub(super) fn taint_changes(words: &[String]) -> Result<Vec<TaintChange>, Refusal> {
    if words.is_empty() {
        return Err(Refusal::new("no taint is given").with_hint(TAINT_FORMS));
    }
    words.iter().map(|word| taint_change(word)).collect()
}

const TAINT_FORMS: &str = "write `key=value:Effect`, `key:Effect`, `key:Effect-` or `key-`; \
    the effects are `NoSchedule`, `PreferNoSchedule`, `NoExecute`";

fn taint_change(word: &str) -> Result<TaintChange, Refusal> {
    let refused = || Refusal::new(format!("{} is no taint", quote(word))).with_hint(TAINT_FORMS);
    let (spec, is_removal) = match word.strip_suffix('-') {
        Some(spec) => (spec, true),
        None => (word, false),
    };
    let (pair, effect) = match spec.rsplit_once(':') {
        Some((pair, effect)) => (pair, Some(effect_of(effect).ok_or_else(refused)?)),
        None => (spec, None),
    };
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if !is_qualified_key(key) || !is_label_value(value) {
        return Err(refused());
    }
    let key: Name = key.into();
    match (is_removal, effect) {
        (true, effect) => Ok(TaintChange::Remove { key, effect }),
        (false, Some(effect)) => {
            let value = value.into();
            Ok(TaintChange::Add(Taint { key, value, effect }))
        }
        (false, None) => Err(refused()),
    }
}

fn effect_of(word: &str) -> Option<TaintEffect> {
    [
        TaintEffect::NoSchedule,
        TaintEffect::PreferNoSchedule,
        TaintEffect::NoExecute,
    ]
    .into_iter()
    .find(|effect| effect.name() == word)
}
