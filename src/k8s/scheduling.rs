//! What a pod says about where it may run (WL-P16 to WL-P19).
//!
//! Upstream: `validateAffinity`, `ValidateTolerations` and `validateTopologySpreadConstraints` in
//! `pkg/apis/core/validation/validation.go`.

use super::place::{Faults, Place};
use super::{names, seconds};
use crate::model::{Name, TaintEffect, Toleration, TolerationOperator};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

pub(super) use super::affinity::affinity;
pub(super) use super::spread::spread;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Reads tolerations (WL-P17).
pub(super) fn tolerations(
    tolerations: Vec<api::Toleration>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<Toleration> {
    tolerations
        .into_iter()
        .enumerate()
        .map(|(index, value)| toleration(value, &at.item(index), faults))
        .collect()
}

fn toleration(value: api::Toleration, at: &Place<'_>, faults: &mut Faults<'_>) -> Toleration {
    let api::Toleration {
        effect,
        key,
        operator,
        toleration_seconds,
        value,
    } = value;
    let key = key.unwrap_or_default();
    let value = value.unwrap_or_default();
    let effect_text = effect.unwrap_or_default();
    let operator_text = operator.unwrap_or_default();
    if !key.is_empty() {
        for fault in names::qualified_name(&key) {
            faults.invalid(&at.key("key"), &key, &fault);
        }
    }
    if key.is_empty() && operator_text != "Exists" {
        faults.invalid(
            &at.key("operator"),
            &operator_text,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        );
    }
    if toleration_seconds.is_some() && effect_text != "NoExecute" {
        faults.invalid(
            &at.key("effect"),
            &effect_text,
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
        );
    }
    let effect = if effect_text.is_empty() {
        None
    } else {
        taint_effect(&effect_text, &at.key("effect"), faults)
    };
    Toleration {
        operator: toleration_operator(&operator_text, &value, at, faults),
        key: key.into(),
        value: value.into(),
        effect,
        seconds: toleration_seconds.map(seconds),
    }
}

fn toleration_operator(
    operator: &str,
    value: &str,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> TolerationOperator {
    let place = at.key("operator");
    match operator {
        "" | "Equal" => {
            for fault in names::label_value(value) {
                faults.invalid(&at.key("value"), value, &fault);
            }
            TolerationOperator::Equal
        }
        "Exists" => {
            if !value.is_empty() {
                let detail = "value must be empty when `operator` is 'Exists'";
                faults.invalid(&place, value, detail);
            }
            TolerationOperator::Exists
        }
        // `Lt` and `Gt` stand behind a feature gate that is off.
        _ => {
            faults.unsupported(&place, operator, &["Equal", "Exists"]);
            TolerationOperator::Equal
        }
    }
}

/// Reads the effect of a taint.
pub(super) fn taint_effect(
    text: &str,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<TaintEffect> {
    match text {
        "NoSchedule" => Some(TaintEffect::NoSchedule),
        "PreferNoSchedule" => Some(TaintEffect::PreferNoSchedule),
        "NoExecute" => Some(TaintEffect::NoExecute),
        "" => {
            faults.required(
                at,
                "valid values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"",
            );
            None
        }
        _ => {
            faults.unsupported(at, text, &EFFECTS);
            None
        }
    }
}

/// Names of scheduling gates, each once.
pub(super) fn gates(
    gates: Vec<api::PodSchedulingGate>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<Name> {
    let mut seen = BTreeSet::new();
    for (index, gate) in gates.iter().enumerate() {
        let item = at.item(index);
        let place = item.key("name");
        for fault in names::qualified_name(&gate.name) {
            faults.invalid(&place, &gate.name, &fault);
        }
        if !seen.insert(gate.name.as_str()) {
            faults.duplicate(&place, &gate.name);
        }
    }
    gates.into_iter().map(|gate| gate.name.into()).collect()
}
