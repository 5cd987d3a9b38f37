//! Topology spread constraints (WL-P18).

use super::affinity::{LabelKeys, selector_or_nothing};
use super::place::{Faults, Place};
use crate::model::{Labels, Operator, SpreadConstraint, WhenUnsatisfiable};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

/// Reads the constraints of a pod that has `labels`.
pub(super) fn spread(
    constraints: Vec<api::TopologySpreadConstraint>,
    labels: &Labels,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<SpreadConstraint> {
    let mut seen = BTreeSet::new();
    let mut decoded = Vec::new();
    for (index, value) in constraints.into_iter().enumerate() {
        let place = at.item(index);
        let pair = (value.topology_key.clone(), value.when_unsatisfiable.clone());
        if !seen.insert(pair) {
            let text = format!("{{{}, {}}}", value.topology_key, value.when_unsatisfiable);
            faults.duplicate(&place.key("topologyKey"), text.as_str());
        }
        decoded.push(constraint(value, labels, &place, faults));
    }
    decoded
}

fn constraint(
    value: api::TopologySpreadConstraint,
    labels: &Labels,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> SpreadConstraint {
    let api::TopologySpreadConstraint {
        label_selector,
        match_label_keys,
        max_skew,
        min_domains,
        node_affinity_policy,
        node_taints_policy,
        topology_key,
        when_unsatisfiable,
    } = value;
    if max_skew <= 0 {
        faults.invalid(&at.key("maxSkew"), max_skew, "must be greater than zero");
    }
    if topology_key.is_empty() {
        faults.required(&at.key("topologyKey"), "can not be empty");
    }
    let known = ["DoNotSchedule", "ScheduleAnyway"];
    let unsatisfiable = match when_unsatisfiable.as_str() {
        "DoNotSchedule" => WhenUnsatisfiable::DoNotSchedule,
        "ScheduleAnyway" => WhenUnsatisfiable::ScheduleAnyway,
        _ => {
            faults.unsupported(&at.key("whenUnsatisfiable"), &when_unsatisfiable, &known);
            WhenUnsatisfiable::DoNotSchedule
        }
    };
    if let Some(domains) = min_domains {
        let place = at.key("minDomains");
        if domains <= 0 {
            faults.invalid(&place, domains, "must be greater than zero");
        }
        if unsatisfiable != WhenUnsatisfiable::DoNotSchedule {
            let detail = format!(
                "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when_unsatisfiable}"
            );
            faults.invalid(&place, domains, &detail);
        }
    }
    let keys = LabelKeys {
        keys: match_label_keys.unwrap_or_default(),
        operator: Operator::In,
        labels,
    };
    let has_selector = label_selector.is_some();
    let mut selector = selector_or_nothing(label_selector, &at.key("labelSelector"), faults);
    keys.merge_into(
        &mut selector,
        has_selector,
        &at.key("matchLabelKeys"),
        faults,
    );
    SpreadConstraint {
        max_skew: max_skew.into(),
        min_domains: min_domains.map(Into::into),
        topology_key: topology_key.into(),
        when_unsatisfiable: unsatisfiable,
        selector,
        honor_affinity: honors(
            node_affinity_policy,
            true,
            &at.key("nodeAffinityPolicy"),
            faults,
        ),
        honor_taints: honors(
            node_taints_policy,
            false,
            &at.key("nodeTaintsPolicy"),
            faults,
        ),
    }
}

fn honors(policy: Option<String>, default: bool, at: &Place<'_>, faults: &mut Faults<'_>) -> bool {
    match policy.as_deref() {
        None => default,
        Some("Honor") => true,
        Some("Ignore") => false,
        Some(other) => {
            faults.unsupported(at, other, &["Honor", "Ignore"]);
            default
        }
    }
}
