//! `podFailurePolicy` and `successPolicy` of a Job (WL-J13 to WL-J18).

use super::names;
use super::place::{Faults, Place, Shown, quoted_list};
use crate::model::{ExitCodeOperator, FailureAction, FailureMatch, FailureRule, SuccessRule};
use k8s_openapi::api::batch::v1 as api;
use std::collections::BTreeSet;

const RULES_MAX: usize = 20;
const EXIT_CODES_MAX: usize = 255;
const PATTERNS_MAX: usize = 20;
const INDEXES_BYTES_MAX: usize = 64 * 1024;

/// Reads `podFailurePolicy`; rules at fault are left out.
pub(super) fn failure_policy(
    policy: api::PodFailurePolicy,
    containers: &BTreeSet<String>,
    is_per_index: bool,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<FailureRule> {
    let api::PodFailurePolicy { rules } = policy;
    let list = at.key("rules");
    if rules.len() > RULES_MAX {
        faults.too_many(&list, rules.len(), RULES_MAX);
    }
    let mut decoded = Vec::new();
    for (index, rule) in rules.into_iter().enumerate() {
        let place = list.item(index);
        decoded.extend(failure_rule(rule, containers, is_per_index, &place, faults));
    }
    decoded
}

fn failure_rule(
    rule: api::PodFailurePolicyRule,
    containers: &BTreeSet<String>,
    is_per_index: bool,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<FailureRule> {
    let api::PodFailurePolicyRule {
        action,
        on_exit_codes,
        on_pod_conditions,
    } = rule;
    let action = failure_action(&action, is_per_index, &at.key("action"), faults);
    let on_pod_conditions = on_pod_conditions.unwrap_or_default();
    let has_conditions = !on_pod_conditions.is_empty();
    let codes =
        on_exit_codes.map(|codes| exit_codes(codes, containers, &at.key("onExitCodes"), faults));
    let conditions = pod_conditions(on_pod_conditions, &at.key("onPodConditions"), faults);
    let matches = match (codes, has_conditions) {
        (Some(_), true) => {
            let detail = "specifying both OnExitCodes and OnPodConditions is not supported";
            faults.invalid(at, Shown::Omitted, detail);
            None
        }
        (None, false) => {
            let detail = "specifying one of OnExitCodes and OnPodConditions is required";
            faults.invalid(at, Shown::Omitted, detail);
            None
        }
        (Some(codes), false) => codes,
        (None, true) => Some(FailureMatch::Conditions(conditions)),
    };
    Some(FailureRule {
        action: action?,
        matches: matches?,
    })
}

/// WL-J14.
fn failure_action(
    action: &str,
    is_per_index: bool,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<FailureAction> {
    const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
    match action {
        "Count" => Some(FailureAction::Count),
        "FailJob" => Some(FailureAction::FailJob),
        "Ignore" => Some(FailureAction::Ignore),
        "FailIndex" => {
            if !is_per_index {
                faults.invalid(at, action, "requires the backoffLimitPerIndex to be set");
            }
            Some(FailureAction::FailIndex)
        }
        "" => {
            faults.required(at, &format!("valid values: {}", quoted_list(&ACTIONS)));
            None
        }
        _ => {
            faults.unsupported(at, action, &ACTIONS);
            None
        }
    }
}

/// WL-J16.
fn exit_codes(
    codes: api::PodFailurePolicyOnExitCodesRequirement,
    containers: &BTreeSet<String>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<FailureMatch> {
    const OPERATORS: [&str; 2] = ["In", "NotIn"];
    let api::PodFailurePolicyOnExitCodesRequirement {
        container_name,
        operator: operator_text,
        values,
    } = codes;
    let place = at.key("operator");
    let operator = match operator_text.as_str() {
        "In" => Some(ExitCodeOperator::In),
        "NotIn" => Some(ExitCodeOperator::NotIn),
        "" => {
            faults.required(
                &place,
                &format!("valid values: {}", quoted_list(&OPERATORS)),
            );
            None
        }
        other => {
            faults.unsupported(&place, other, &OPERATORS);
            None
        }
    };
    if let Some(name) = container_name
        .as_ref()
        .filter(|name| !containers.contains(*name))
    {
        let detail = "must be one of the container or initContainer names in the pod template";
        faults.invalid(&at.key("containerName"), name, detail);
    }
    let place = at.key("values");
    check_exit_codes(operator, &values, &place, faults);
    let mut sorted = values;
    sorted.sort_unstable();
    Some(FailureMatch::ExitCodes {
        container: container_name.map(Into::into),
        operator: operator?,
        values: sorted,
    })
}

fn check_exit_codes(
    operator: Option<ExitCodeOperator>,
    values: &[i32],
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    if values.is_empty() {
        faults.invalid(
            at,
            Shown::Plain("[]".to_owned()),
            "at least one value is required",
        );
    }
    if values.len() > EXIT_CODES_MAX {
        faults.too_many(at, values.len(), EXIT_CODES_MAX);
    }
    let mut seen = BTreeSet::new();
    for (index, value) in values.iter().enumerate() {
        let place = at.item(index);
        if *value == 0 && operator == Some(ExitCodeOperator::In) {
            faults.invalid(&place, *value, "must not be 0 for the In operator");
        }
        if !seen.insert(value) {
            faults.duplicate(&place, *value);
        }
    }
    if !values.is_sorted() {
        faults.invalid(at, Shown::json(&values.into()), "must be ordered");
    }
}

/// WL-J17, WL-D10.
fn pod_conditions(
    patterns: Vec<api::PodFailurePolicyOnPodConditionsPattern>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<(crate::model::Name, crate::model::Name)> {
    const STATUSES: [&str; 3] = ["False", "True", "Unknown"];
    if patterns.len() > PATTERNS_MAX {
        faults.too_many(at, patterns.len(), PATTERNS_MAX);
    }
    let mut decoded = Vec::new();
    for (index, pattern) in patterns.into_iter().enumerate() {
        let api::PodFailurePolicyOnPodConditionsPattern { status, type_ } = pattern;
        let place = at.item(index);
        for fault in names::qualified_name(&type_) {
            faults.invalid(&place.key("type"), &type_, &fault);
        }
        let status = status.filter(|status| !status.is_empty());
        let status = status.unwrap_or_else(|| "True".to_owned());
        if !STATUSES.contains(&status.as_str()) {
            faults.unsupported(&place.key("status"), &status, &STATUSES);
        }
        decoded.push((type_.into(), status.into()));
    }
    decoded
}

/// Reads `successPolicy` of an Indexed Job (WL-J18).
pub(super) fn success_policy(
    policy: api::SuccessPolicy,
    completions: i32,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Vec<SuccessRule> {
    let api::SuccessPolicy { rules } = policy;
    let list = at.key("rules");
    if rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        faults.required(&list, detail);
    }
    if rules.len() > RULES_MAX {
        faults.too_many(&list, rules.len(), RULES_MAX);
    }
    rules
        .into_iter()
        .enumerate()
        .map(|(index, rule)| success_rule(rule, completions, &list.item(index), faults))
        .collect()
}

fn success_rule(
    rule: api::SuccessPolicyRule,
    completions: i32,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> SuccessRule {
    let api::SuccessPolicyRule {
        succeeded_count,
        succeeded_indexes,
    } = rule;
    if succeeded_count.is_none() && succeeded_indexes.is_none() {
        let detail = "at least one of succeededCount or succeededIndexes must be specified";
        faults.required(at, detail);
    }
    let place = at.key("succeededIndexes");
    let indexes = succeeded_indexes.map(|text| {
        if text.len() > INDEXES_BYTES_MAX {
            faults.too_long(&place, INDEXES_BYTES_MAX);
        }
        index_ranges(&text, completions).unwrap_or_else(|error| {
            let detail = format!("error parsing succeededIndexes: {error}");
            faults.invalid(&place, &text, &detail);
            Vec::new()
        })
    });
    if let Some(count) = succeeded_count {
        let place = at.key("succeededCount");
        faults.nonnegative(&place, Some(count.into()));
        if count > completions {
            let detail = format!(
                "must be less than or equal to {completions} (the number of specified completions)"
            );
            faults.invalid(&place, count, &detail);
        }
        let listed = indexes.as_ref().map(|ranges| total(ranges));
        if let Some(listed) = listed.filter(|listed| i64::from(count) > *listed) {
            let detail = format!(
                "must be less than or equal to {listed} (the number of indexes in the specified succeededIndexes field)"
            );
            faults.invalid(&place, count, &detail);
        }
    }
    SuccessRule {
        indexes,
        count: succeeded_count,
    }
}

fn total(ranges: &[(i32, i32)]) -> i64 {
    ranges
        .iter()
        .map(|(first, last)| i64::from(*last) - i64::from(*first) + 1)
        .sum()
}

/// Ranges such as `0-3,5`, ascending and below `completions`.
pub(super) fn index_ranges(text: &str, completions: i32) -> Result<Vec<(i32, i32)>, String> {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    if text.is_empty() {
        return Ok(ranges);
    }
    for part in text.split(',') {
        let (first, last) = index_range(part, completions)?;
        if let Some((_, previous)) = ranges.last().filter(|(_, previous)| *previous >= first) {
            return Err(format!(
                "non-increasing order, previous: {previous}, current: {first}"
            ));
        }
        ranges.push((first, last));
    }
    Ok(ranges)
}

fn index_range(text: &str, completions: i32) -> Result<(i32, i32), String> {
    let index = |text: &str| match text.parse::<i64>() {
        Err(_) => Err(format!(
            "cannot convert string to integer for index: {text:?}"
        )),
        Ok(index) if index >= i64::from(completions) => Err(format!("too large index: {text:?}")),
        Ok(index) => i32::try_from(index).map_err(|error| error.to_string()),
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [only] => index(only).map(|index| (index, index)),
        [first, last] => {
            let (first, last) = (index(first)?, index(last)?);
            if first >= last {
                return Err(format!(
                    "non-increasing order, previous: {first}, current: {last}"
                ));
            }
            Ok((first, last))
        }
        _ => Err(format!(
            "the fragment {text:?} violates the requirement that an index interval can have at most two parts separated \
             by '-'"
        )),
    }
}
