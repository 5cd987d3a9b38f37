//! `successPolicy` (JOB-62). Upstream: `success_policy.go`.

use super::indexes::Indexes;
use crate::model::SuccessRule;

/// The first rule that is met, by its place; none while no index has succeeded.
pub(super) fn matched_rule(
    rules: &[SuccessRule],
    completions: i32,
    succeeded: &Indexes,
) -> Option<usize> {
    if succeeded.is_empty() {
        return None;
    }
    rules
        .iter()
        .position(|rule| is_met(rule, completions, succeeded))
}

fn is_met(rule: &SuccessRule, completions: i32, succeeded: &Indexes) -> bool {
    let Some(ranges) = &rule.indexes else {
        return rule.count.is_some_and(|count| succeeded.total() >= count);
    };
    let wanted = Indexes::below(completions, ranges);
    if wanted.is_empty() {
        return false;
    }
    let met = wanted.common(succeeded);
    met == wanted.total() || rule.count.is_some_and(|count| met >= count)
}

#[cfg(test)]
mod tests;
