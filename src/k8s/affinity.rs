//! Node and pod (anti-)affinity (WL-P19).

use super::place::{Faults, Place};
use super::{meta, names};
use crate::model::{
    Affinity, LabelSelector, Labels, Name, NodeSelectorTerm, NodeTerm, Operator, PodAffinityTerm,
    Requirement, Weighted,
};
use k8s_openapi::api::core::v1 as api;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta_api;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
/// Every namespace carries its name under this label.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Reads `affinity` of a pod that has `labels`.
pub(super) fn affinity(
    affinity: Option<api::Affinity>,
    labels: &Labels,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Affinity {
    let api::Affinity {
        node_affinity,
        pod_affinity,
        pod_anti_affinity,
    } = affinity.unwrap_or_default();
    let mut decoded = Affinity::default();
    if let Some(value) = node_affinity {
        node(value, &mut decoded, &at.key("nodeAffinity"), faults);
    }
    if let Some(value) = pod_affinity {
        let api::PodAffinity {
            required_during_scheduling_ignored_during_execution: required,
            preferred_during_scheduling_ignored_during_execution: preferred,
        } = value;
        let at = at.key("podAffinity");
        decoded.pod_required = pod_terms(required, labels, &at.key(REQUIRED), faults);
        decoded.pod_preferred = weighted_pod_terms(preferred, labels, &at.key(PREFERRED), faults);
    }
    if let Some(value) = pod_anti_affinity {
        let api::PodAntiAffinity {
            required_during_scheduling_ignored_during_execution: required,
            preferred_during_scheduling_ignored_during_execution: preferred,
        } = value;
        let at = at.key("podAntiAffinity");
        decoded.anti_required = pod_terms(required, labels, &at.key(REQUIRED), faults);
        decoded.anti_preferred = weighted_pod_terms(preferred, labels, &at.key(PREFERRED), faults);
    }
    decoded
}

fn node(value: api::NodeAffinity, decoded: &mut Affinity, at: &Place<'_>, faults: &mut Faults<'_>) {
    let api::NodeAffinity {
        required_during_scheduling_ignored_during_execution: required,
        preferred_during_scheduling_ignored_during_execution: preferred,
    } = value;
    if let Some(required) = required {
        let at = at.key(REQUIRED);
        let at = at.key("nodeSelectorTerms");
        if required.node_selector_terms.is_empty() {
            faults.required(&at, "must have at least one node selector term");
        }
        let terms = required.node_selector_terms.into_iter().enumerate();
        decoded.node_required = Some(
            terms
                .map(|(index, term)| node_term(term, true, &at.item(index), faults))
                .collect(),
        );
    }
    let at = at.key(PREFERRED);
    for (index, preferred) in preferred.unwrap_or_default().into_iter().enumerate() {
        let api::PreferredSchedulingTerm { preference, weight } = preferred;
        let at = at.item(index);
        check_weight(weight, &at, faults);
        decoded.node_preferred.push(Weighted {
            weight: weight.into(),
            term: node_term(preference, false, &at.key("preference"), faults),
        });
    }
}

fn check_weight(weight: i32, at: &Place<'_>, faults: &mut Faults<'_>) {
    if !(1..=100).contains(&weight) {
        faults.invalid(&at.key("weight"), weight, "must be in the range 1-100");
    }
}

fn node_term(
    term: api::NodeSelectorTerm,
    is_required: bool,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> NodeSelectorTerm {
    let api::NodeSelectorTerm {
        match_expressions,
        match_fields,
    } = term;
    let mut terms = Vec::new();
    let list = at.key("matchExpressions");
    for (index, value) in match_expressions
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let requirement = node_label(value, is_required, &list.item(index), faults);
        terms.extend(requirement.map(NodeTerm::Label));
    }
    let list = at.key("matchFields");
    for (index, value) in match_fields.unwrap_or_default().into_iter().enumerate() {
        let requirement = node_field(value, &list.item(index), faults);
        terms.extend(requirement.map(NodeTerm::NodeName));
    }
    NodeSelectorTerm(terms)
}

fn node_label(
    requirement: api::NodeSelectorRequirement,
    is_required: bool,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Requirement> {
    let api::NodeSelectorRequirement {
        key,
        operator: operator_text,
        values,
    } = requirement;
    let values = values.unwrap_or_default();
    let operator = match operator_text.as_str() {
        "In" => Some(Operator::In),
        "NotIn" => Some(Operator::NotIn),
        "Exists" => Some(Operator::Exists),
        "DoesNotExist" => Some(Operator::DoesNotExist),
        "Gt" => Some(Operator::Gt),
        "Lt" => Some(Operator::Lt),
        _ => {
            faults.invalid_with_hint(
                &at.key("operator"),
                &operator_text,
                "not a valid selector operator",
                "the operators are In, NotIn, Exists, DoesNotExist, Gt and Lt",
            );
            None
        }
    };
    meta::check_values(operator, &values, at, faults);
    for fault in names::qualified_name(&key) {
        faults.invalid(&at.key("key"), &key, &fault);
    }
    // Upstream lets any value stand in preferred terms.
    if is_required {
        meta::check_label_values(&values, at, faults);
    }
    Some(requirement_of(key, operator?, values))
}

fn node_field(
    requirement: api::NodeSelectorRequirement,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Requirement> {
    let api::NodeSelectorRequirement {
        key,
        operator: operator_text,
        values,
    } = requirement;
    let values = values.unwrap_or_default();
    let operator = match operator_text.as_str() {
        "In" => Some(Operator::In),
        "NotIn" => Some(Operator::NotIn),
        _ => {
            faults.invalid_with_hint(
                &at.key("operator"),
                &operator_text,
                "not a valid selector operator",
                "fields are compared with In and NotIn",
            );
            None
        }
    };
    if operator.is_some() && values.len() != 1 {
        faults.required(
            &at.key("values"),
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        );
    }
    if key != "metadata.name" {
        faults.invalid_with_hint(
            &at.key("key"),
            &key,
            "not a valid field selector key",
            "the only field is metadata.name",
        );
    }
    let list = at.key("values");
    for (index, value) in values.iter().enumerate() {
        for fault in names::dns_subdomain(value) {
            faults.invalid(&list.item(index), value, &fault);
        }
    }
    Some(requirement_of(key, operator?, values))
}

fn requirement_of(key: String, operator: Operator, values: Vec<String>) -> Requirement {
    Requirement {
        key: key.into(),
        operator,
        values: values.into_iter().map(Into::into).collect(),
    }
}

fn pod_terms(
    terms: Option<Vec<api::PodAffinityTerm>>,
    labels: &Labels,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<PodAffinityTerm> {
    let terms = terms.unwrap_or_default().into_iter().enumerate();
    terms
        .map(|(index, term)| pod_term(term, labels, &at.item(index), faults))
        .collect()
}

fn weighted_pod_terms(
    terms: Option<Vec<api::WeightedPodAffinityTerm>>,
    labels: &Labels,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<Weighted<PodAffinityTerm>> {
    let terms = terms.unwrap_or_default().into_iter().enumerate();
    terms
        .map(|(index, term)| {
            let api::WeightedPodAffinityTerm {
                pod_affinity_term,
                weight,
            } = term;
            let at = at.item(index);
            check_weight(weight, &at, faults);
            Weighted {
                weight: weight.into(),
                term: pod_term(
                    pod_affinity_term,
                    labels,
                    &at.key("podAffinityTerm"),
                    faults,
                ),
            }
        })
        .collect()
}

fn pod_term(
    term: api::PodAffinityTerm,
    labels: &Labels,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> PodAffinityTerm {
    let api::PodAffinityTerm {
        label_selector,
        match_label_keys,
        mismatch_label_keys,
        namespace_selector,
        namespaces,
        topology_key,
    } = term;
    let has_selector = label_selector.is_some();
    let mut selector = selector_or_nothing(label_selector, &at.key("labelSelector"), faults);
    for (key, keys, operator) in [
        ("matchLabelKeys", match_label_keys, Operator::In),
        ("mismatchLabelKeys", mismatch_label_keys, Operator::NotIn),
    ] {
        let keys = LabelKeys {
            keys: keys.unwrap_or_default(),
            operator,
            labels,
        };
        keys.merge_into(&mut selector, has_selector, &at.key(key), faults);
    }
    let place = at.key("topologyKey");
    if topology_key.is_empty() {
        faults.required(&place, "can not be empty");
    } else {
        for fault in names::qualified_name(&topology_key) {
            faults.invalid(&place, &topology_key, &fault);
        }
    }
    let namespaces = namespaces.unwrap_or_default();
    let list = at.key("namespaces");
    for (index, namespace) in namespaces.iter().enumerate() {
        for fault in names::dns_label(namespace) {
            faults.invalid(&list.item(index), namespace, &fault);
        }
    }
    PodAffinityTerm {
        selector,
        namespaces: all_namespaces(
            namespaces,
            namespace_selector,
            &at.key("namespaceSelector"),
            faults,
        ),
        topology_key: topology_key.into(),
    }
}

/// A selector that is left out selects nothing, an empty one everything.
pub(super) fn selector_or_nothing(
    selector: Option<meta_api::LabelSelector>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> LabelSelector {
    match selector {
        Some(selector) => meta::selector(selector, at, faults),
        None => LabelSelector(vec![Requirement {
            key: "".into(),
            operator: Operator::In,
            values: Vec::new(),
        }]),
    }
}

/// Keys of labels whose values a selector takes over from the pod itself: `matchLabelKeys` and the like.
pub(super) struct LabelKeys<'a> {
    /// The keys.
    pub(super) keys: Vec<String>,
    /// Whether the values must be the same or must differ.
    pub(super) operator: Operator,
    /// The pod's labels, those that controllers add not among them.
    pub(super) labels: &'a Labels,
}

impl LabelKeys<'_> {
    /// Checks the keys and adds them to `selector`. A key that the pod does not have is passed over, as upstream does.
    pub(super) fn merge_into(
        &self,
        selector: &mut LabelSelector,
        has_selector: bool,
        at: &Place<'_>,
        faults: &mut Faults<'_>,
    ) {
        if !has_selector && !self.keys.is_empty() {
            faults.forbidden(at, "must not be specified when labelSelector is not set");
            return;
        }
        for (index, key) in self.keys.iter().enumerate() {
            for fault in names::qualified_name(key) {
                faults.invalid(&at.item(index), key, &fault);
            }
            if let Some(value) = self.labels.get(key) {
                selector.0.push(Requirement {
                    key: key.as_str().into(),
                    operator: self.operator,
                    values: vec![value.clone()],
                });
            } else {
                let message = format!(
                    "the pod template has no label `{key}`: the key has no effect, and labels that controllers add \
                     do not count here"
                );
                faults.warn(&at.item(index), &message);
            }
        }
    }
}

/// `None` is every namespace. Namespaces have no objects here, so a selector can ask for their names only.
fn all_namespaces(
    namespaces: Vec<String>,
    selector: Option<meta_api::LabelSelector>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Vec<Name>> {
    let mut names: Vec<Name> = namespaces.into_iter().map(Into::into).collect();
    let Some(selector) = selector else {
        return Some(names);
    };
    let selector = meta::selector(selector, at, faults);
    match selector.0.as_slice() {
        [] => None,
        [only] if *only.key == *NAMESPACE_NAME && only.operator == Operator::In => {
            names.extend(only.values.iter().cloned());
            Some(names)
        }
        _ => {
            let message = format!(
                "counts as every namespace: of their labels only {NAMESPACE_NAME} is known here, with In"
            );
            faults.warn(at, &message);
            None
        }
    }
}
