//! Kinds and names as kubectl takes them: `po`, `cronjob/x`, `deployments.apps web db`.

use super::arguments::Arguments;
use super::selectors::{field_selector, label_selector};
use super::{Refusal, list};
use crate::model::{Name, ResourceKind, Selection, Target};
use crate::scenario::names::is_subdomain;
use crate::scenario::problem::quote;
use crate::scenario::suggest::did_you_mean;

/// Singular, plural, short name and API group of each kind.
const KINDS: &[(ResourceKind, &str, &str, &str, &str)] = &[
    (ResourceKind::Pod, "pod", "pods", "po", ""),
    (ResourceKind::Job, "job", "jobs", "", "batch"),
    (ResourceKind::CronJob, "cronjob", "cronjobs", "cj", "batch"),
    (
        ResourceKind::DaemonSet,
        "daemonset",
        "daemonsets",
        "ds",
        "apps",
    ),
    (
        ResourceKind::Deployment,
        "deployment",
        "deployments",
        "deploy",
        "apps",
    ),
    (
        ResourceKind::ReplicaSet,
        "replicaset",
        "replicasets",
        "rs",
        "apps",
    ),
    (
        ResourceKind::StatefulSet,
        "statefulset",
        "statefulsets",
        "sts",
        "apps",
    ),
    (ResourceKind::Node, "node", "nodes", "no", ""),
    (
        ResourceKind::PriorityClass,
        "priorityclass",
        "priorityclasses",
        "pc",
        "scheduling.k8s.io",
    ),
    (ResourceKind::Service, "service", "services", "svc", ""),
    (
        ResourceKind::ResourceQuota,
        "resourcequota",
        "resourcequotas",
        "quota",
        "",
    ),
    (
        ResourceKind::LimitRange,
        "limitrange",
        "limitranges",
        "limits",
        "",
    ),
    (
        ResourceKind::PodDisruptionBudget,
        "poddisruptionbudget",
        "poddisruptionbudgets",
        "pdb",
        "policy",
    ),
];

/// The kind that a word such as `jobs.v1.batch` names, in any case.
pub(super) fn kind(word: &str) -> Result<ResourceKind, Refusal> {
    let lower = word.to_lowercase();
    let (resource, group) = lower.split_once('.').unwrap_or((&lower, ""));
    // A version may stand between the resource and its group.
    let group = group
        .strip_prefix("v1.")
        .unwrap_or(if group == "v1" { "" } else { group });
    let named = KINDS.iter().find(|(_, singular, plural, short, _)| {
        [*singular, *plural, *short].contains(&resource) && !resource.is_empty()
    });
    if let Some((kind, .., own_group)) = named
        && (group.is_empty() || group == *own_group)
    {
        return Ok(*kind);
    }
    if let Some((_, singular, .., own_group)) = named {
        let message = format!("{} is in another API group", quote(word));
        let meant = match *own_group {
            "" => (*singular).to_owned(),
            group => format!("{singular}.{group}"),
        };
        return Err(Refusal::new(message).with_hint(format!("did you mean {}?", quote(&meant))));
    }
    let words = || {
        KINDS
            .iter()
            .flat_map(|(_, singular, plural, short, _)| [*singular, *plural, *short])
    };
    let words = || words().filter(|word| !word.is_empty());
    let all = format!(
        "known are {}",
        list(KINDS.iter().map(|(_, _, plural, ..)| *plural))
    );
    let message = format!("{} is no kind of object that is simulated", quote(word));
    Err(
        Refusal::new(message).with_hint(match did_you_mean(resource, words()) {
            Some(meant) => format!("did you mean {}? {all}", quote(meant)),
            None => all,
        }),
    )
}

/// Whether objects of this kind live in a namespace.
pub(super) fn is_namespaced(kind: ResourceKind) -> bool {
    !matches!(kind, ResourceKind::Node | ResourceKind::PriorityClass)
}

/// The namespace for objects of this kind: that of `-n`, or none.
pub(super) fn namespace_of(kind: ResourceKind, arguments: &Arguments) -> Result<Name, Refusal> {
    let namespace = arguments.namespace()?;
    Ok(if is_namespaced(kind) { namespace } else { "" }.into())
}

/// Objects by name: `KIND NAME…` or `KIND/NAME…`. Returns at least one.
pub(super) fn targets(words: &[String], arguments: &Arguments) -> Result<Vec<Target>, Refusal> {
    let Some(first) = words.first() else {
        return Err(Refusal::new("the kind and name of an object are missing"));
    };
    if !first.contains('/') {
        let kind = kind(first)?;
        let names = &words[1..];
        if names.is_empty() {
            return Err(Refusal::new(format!("the name of the {first} is missing")));
        }
        return names
            .iter()
            .map(|name| target(kind, name, arguments))
            .collect();
    }
    let one = |word: &String| {
        let (kind_word, name) = word.split_once('/').ok_or_else(|| {
            let message = format!("expected KIND/NAME as before, found {}", quote(word));
            Refusal::new(message)
        })?;
        target(kind(kind_word)?, name, arguments)
    };
    words.iter().map(one).collect()
}

fn target(kind: ResourceKind, name: &str, arguments: &Arguments) -> Result<Target, Refusal> {
    Ok(Target {
        kind,
        namespace: namespace_of(kind, arguments)?,
        name: checked_name(name)?,
    })
}

fn checked_name(name: &str) -> Result<Name, Refusal> {
    if is_subdomain(name) {
        return Ok(name.into());
    }
    let mut refusal = Refusal::new(format!("{} is not the name of an object", quote(name)));
    if name.contains('/') {
        refusal = refusal.with_hint("write either `KIND NAME` or `KIND/NAME`");
    }
    Err(refusal)
}

/// Whether one of `-l`, `--field-selector` and `--all` is given.
pub(super) fn is_selecting(arguments: &Arguments) -> Result<bool, Refusal> {
    let has = |flag| arguments.value(flag).is_some();
    Ok(has("selector") || has("field-selector") || arguments.switch("all")?)
}

/// What `-l`, `--field-selector` and `--all` select among objects of a kind.
pub(super) fn matching(kind: ResourceKind, arguments: &Arguments) -> Result<Selection, Refusal> {
    let labels = match arguments.value("selector") {
        Some(text) => label_selector(text)?,
        None => crate::model::LabelSelector::default(),
    };
    if arguments.switch("all")? && !labels.0.is_empty() {
        return Err(Refusal::new("`--all` and `-l` cannot be given together"));
    }
    let fields = match arguments.value("field-selector") {
        Some(text) => field_selector(text, kind)?,
        None => Vec::new(),
    };
    Ok(Selection::Matching { labels, fields })
}

/// Nodes: by name (`NAME` or `node/NAME`), or by selector.
pub(super) fn nodes(words: &[String], arguments: &Arguments) -> Result<Selection, Refusal> {
    match (words.is_empty(), is_selecting(arguments)?) {
        (true, true) => matching(ResourceKind::Node, arguments),
        (true, false) => Err(Refusal::new("the name of a node is missing")),
        (false, true) => Err(both_name_and_selector()),
        (false, false) => {
            let bare = |word: &String| {
                let name = match word.split_once('/') {
                    Some((kind_word, name)) if kind(kind_word)? == ResourceKind::Node => name,
                    Some(_) | None => word,
                };
                checked_name(name)
            };
            let names: Result<Vec<Name>, Refusal> = words.iter().map(bare).collect();
            names.map(Selection::Names)
        }
    }
}

/// kubectl takes names or a selector.
pub(super) fn both_name_and_selector() -> Refusal {
    Refusal::new("objects are chosen either by name, or with `-l`, `--field-selector` or `--all`")
}
