//! `metadata`, labels, annotations and label selectors.
//!
//! Upstream: `ValidateObjectMeta` in `k8s.io/apimachinery/pkg/api/validation/objectmeta.go`, `ValidateLabelSelector` in
//! `pkg/apis/meta/v1/validation`.

use super::place::{Faults, Place, Shown};
use super::{Naming, Options, annotations, names};
use crate::model::{LabelSelector, Labels, Meta, Name, Operator, Requirement};
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as api;
use std::collections::BTreeMap;

/// Keys and values of all annotations together (WL-P23).
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// What the kind of an object asks of its metadata.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Whether it lives in a namespace.
    pub(super) is_namespaced: bool,
    /// The syntax of its name.
    pub(super) name: fn(&str) -> names::Faults,
    /// Whether `podtime/*` annotations mean something here, and not only on its pod template.
    pub(super) has_behavior: bool,
}

impl Rules {
    /// Most kinds: in a namespace, named like a DNS subdomain, pods below it.
    pub(super) const WORKLOAD: Self = Self {
        is_namespaced: true,
        name: names::dns_subdomain,
        has_behavior: false,
    };
}

/// Reads `metadata`, which stands at `at`.
pub(super) fn meta(
    metadata: api::ObjectMeta,
    at: &Place<'_>,
    rules: Rules,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> Meta {
    let api::ObjectMeta {
        annotations,
        generate_name,
        labels: label_map,
        name,
        namespace,
        // Set by the API server or without an effect here.
        creation_timestamp: _,
        deletion_grace_period_seconds: _,
        deletion_timestamp: _,
        finalizers: _,
        generation: _,
        managed_fields: _,
        owner_references,
        resource_version: _,
        self_link: _,
        uid: _,
    } = metadata;
    check_owners(&owner_references.unwrap_or_default(), at, faults);
    let name = name.unwrap_or_default();
    let name = name_or_prefix(name, generate_name, at, rules, options, faults);
    let annotations = annotations.unwrap_or_default();
    if !rules.has_behavior {
        annotations::warn_of_misplaced(&annotations, &at.key("annotations"), faults);
    }
    Meta {
        namespace: namespace_of(namespace, at, rules, options, faults),
        name,
        labels: labels(label_map.unwrap_or_default(), &at.key("labels"), faults),
        annotations: annotation_labels(annotations, &at.key("annotations"), faults),
    }
}

/// Owners have no effect here; an object is still refused where the API server would refuse it
/// (`validateOwnerReference`).
fn check_owners(owners: &[api::OwnerReference], at: &Place<'_>, faults: &mut Faults<'_>) {
    let list = at.key("ownerReferences");
    for (index, owner) in owners.iter().enumerate() {
        let api::OwnerReference {
            api_version,
            kind,
            name,
            uid,
            block_owner_deletion: _,
            controller: _,
        } = owner;
        let place = list.item(index);
        for (key, value) in [
            ("apiVersion", api_version),
            ("kind", kind),
            ("name", name),
            ("uid", uid),
        ] {
            if value.is_empty() {
                faults.required(
                    &place.key(key),
                    "an owner is named by apiVersion, kind, name and uid",
                );
            }
        }
    }
    let controllers = owners.iter().filter(|owner| owner.controller == Some(true));
    if controllers.count() > 1 {
        faults.invalid(
            &list,
            Shown::Omitted,
            "only one of the owners can be the controller",
        );
    }
}

fn name_or_prefix(
    name: String,
    prefix: Option<String>,
    at: &Place<'_>,
    rules: Rules,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> Name {
    if !name.is_empty() {
        for fault in (rules.name)(&name) {
            faults.invalid(&at.key("name"), &name, &fault);
        }
        return name.into();
    }
    let prefix = prefix.unwrap_or_default();
    match options.naming {
        Naming::Required if prefix.is_empty() => {
            faults.required(&at.key("name"), "every object needs a name");
        }
        Naming::Required => faults.required_with_hint(
            &at.key("name"),
            "an object cannot be applied under a generated name",
            "give it a name of its own in place of generateName",
        ),
        // A dash may end a prefix, since a suffix follows it.
        Naming::Optional => {
            for fault in (rules.name)(&format!("{prefix}x")) {
                faults.invalid(&at.key("generateName"), &prefix, &fault);
            }
        }
    }
    prefix.into()
}

fn namespace_of(
    namespace: Option<String>,
    at: &Place<'_>,
    rules: Rules,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> Name {
    let namespace = namespace.filter(|namespace| !namespace.is_empty());
    if !rules.is_namespaced {
        if namespace.is_some() {
            faults.forbidden(
                &at.key("namespace"),
                "not allowed on this type, it lives in no namespace",
            );
        }
        return "".into();
    }
    let Some(namespace) = namespace else {
        return options.namespace.into();
    };
    for fault in names::dns_label(&namespace) {
        faults.invalid(&at.key("namespace"), &namespace, &fault);
    }
    namespace.into()
}

/// Labels, keys and values checked (WL-P23).
pub(super) fn labels(
    map: BTreeMap<String, String>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Labels {
    for (key, value) in &map {
        for fault in names::qualified_name(key) {
            faults.invalid(&at.key(key), key, &fault);
        }
        for fault in names::label_value(value) {
            faults.invalid(&at.key(key), value, &fault);
        }
    }
    shared(map)
}

/// Annotations, keys and size checked (WL-P23).
pub(super) fn annotation_labels(
    map: BTreeMap<String, String>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Labels {
    for key in map.keys() {
        for fault in names::qualified_name(&key.to_lowercase()) {
            faults.invalid(&at.key(key), key, &fault);
        }
    }
    let size: usize = map.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > ANNOTATIONS_BYTES_MAX {
        faults.too_long(at, ANNOTATIONS_BYTES_MAX);
    }
    shared(map)
}

fn shared(map: BTreeMap<String, String>) -> Labels {
    Labels::new(
        map.into_iter()
            .map(|(key, value)| (key.into(), value.into())),
    )
}

/// A label selector; without any requirement it selects everything.
pub(super) fn selector(
    selector: api::LabelSelector,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> LabelSelector {
    let api::LabelSelector {
        match_expressions,
        match_labels,
    } = selector;
    let of_labels = labels(
        match_labels.unwrap_or_default(),
        &at.key("matchLabels"),
        faults,
    );
    let mut requirements: Vec<Requirement> = of_labels
        .iter()
        .map(|(key, value)| Requirement::equals(key, value))
        .collect();
    let list = at.key("matchExpressions");
    for (index, expression) in match_expressions
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        requirements.extend(requirement(expression, &list.item(index), faults));
    }
    LabelSelector(requirements)
}

fn requirement(
    requirement: api::LabelSelectorRequirement,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Requirement> {
    let api::LabelSelectorRequirement {
        key,
        operator,
        values,
    } = requirement;
    let values = values.unwrap_or_default();
    let operator = match operator.as_str() {
        "In" => Some(Operator::In),
        "NotIn" => Some(Operator::NotIn),
        "Exists" => Some(Operator::Exists),
        "DoesNotExist" => Some(Operator::DoesNotExist),
        _ => {
            faults.invalid_with_hint(
                &at.key("operator"),
                &operator,
                "not a valid selector operator",
                "the operators are In, NotIn, Exists and DoesNotExist",
            );
            None
        }
    };
    check_values(operator, &values, at, faults);
    for fault in names::qualified_name(&key) {
        faults.invalid(&at.key("key"), &key, &fault);
    }
    check_label_values(&values, at, faults);
    Some(Requirement {
        key: key.into(),
        operator: operator?,
        values: values.into_iter().map(Into::into).collect(),
    })
}

/// How many values an operator takes; those of node selectors included.
pub(super) fn check_values(
    operator: Option<Operator>,
    values: &[String],
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let at = at.key("values");
    match operator {
        Some(Operator::In | Operator::NotIn) if values.is_empty() => {
            faults.required(&at, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        Some(Operator::Exists | Operator::DoesNotExist) if !values.is_empty() => {
            faults.forbidden(
                &at,
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            );
        }
        Some(Operator::Gt | Operator::Lt) if values.len() != 1 => {
            faults.required(
                &at,
                "must be specified single value when `operator` is 'Lt' or 'Gt'",
            );
        }
        Some(
            Operator::In
            | Operator::NotIn
            | Operator::Exists
            | Operator::DoesNotExist
            | Operator::Gt
            | Operator::Lt,
        )
        | None => {}
    }
}

/// The `values` of a requirement have the syntax of label values.
pub(super) fn check_label_values(values: &[String], at: &Place<'_>, faults: &mut Faults<'_>) {
    let at = at.key("values");
    for (index, value) in values.iter().enumerate() {
        for fault in names::label_value(value) {
            faults.invalid(&at.item(index), value, &fault);
        }
    }
}

/// The selector of a workload, which may not be empty and must match its own template (WL-D21, WL-E1).
pub(super) fn workload_selector(
    value: api::LabelSelector,
    kind: &str,
    spec: &Place<'_>,
    template: &Labels,
    faults: &mut Faults<'_>,
) -> LabelSelector {
    let at = spec.key("selector");
    let before = faults.problems().len();
    let selector = selector(value, &at, faults);
    if faults.problems().len() > before {
        // Whether it matches cannot be told.
        return selector;
    }
    let hint = "it names labels of the pod template, as in `selector: {matchLabels: {app: x}}`";
    if selector.0.is_empty() {
        let detail = format!("empty selector is invalid for {kind}");
        faults.invalid_with_hint(&at, Shown::Plain("{}".to_owned()), &detail, hint);
    } else if !at.is_doubtful() {
        check_template_labels(&selector, spec, template, faults);
    }
    selector
}

/// The labels of the template at `spec.template` are such that the selector matches them.
pub(super) fn check_template_labels(
    selector: &LabelSelector,
    spec: &Place<'_>,
    template: &Labels,
    faults: &mut Faults<'_>,
) {
    if selector.matches(template) {
        return;
    }
    let map: serde_json::Map<_, _> = template
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string().into()))
        .collect();
    let (of_template, metadata);
    of_template = spec.key("template");
    metadata = of_template.key("metadata");
    let missing = selector
        .0
        .iter()
        .find(|requirement| !requirement.matches(template))
        .map_or_else(String::new, |requirement| {
            format!("the selector is about `{}`", requirement.key)
        });
    faults.invalid_with_hint(
        &metadata.key("labels"),
        Shown::json(&map.into()),
        "`selector` does not match template `labels`",
        &missing,
    );
}
