//! DaemonSets (WL-D20 to WL-D28, DS-C8), and what their strategy shares with those of Deployments and StatefulSets.
//!
//! Upstream: `ValidateDaemonSetSpec` in `pkg/apis/apps/validation/validation.go`, `pkg/apis/apps/v1/defaults.go`.

use super::meta::{Rules, workload_selector};
use super::place::{Faults, Place, Shown};
use super::pod::{PodOf, template};
use super::{Options, meta, seconds};
use crate::model::{CountOrPercent, DaemonSetSpec, Meta, UpdateStrategy};
use k8s_openapi::api::apps::v1 as api;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeSet;
use std::sync::Arc;

/// `revisionHistoryLimit` of all three kinds.
pub(super) const DEFAULT_HISTORY_LIMIT: i32 = 10;

/// Reads a DaemonSet.
pub(super) fn daemon_set(
    value: api::DaemonSet,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, DaemonSetSpec) {
    let api::DaemonSet {
        metadata,
        spec,
        status: _,
    } = value;
    let meta = meta::meta(
        metadata,
        &root.key("metadata"),
        Rules::WORKLOAD,
        options,
        faults,
    );
    let at = root.key("spec");
    let api::DaemonSetSpec {
        min_ready_seconds,
        revision_history_limit,
        selector,
        template: pod_template,
        update_strategy,
    } = spec.unwrap_or_default();
    let place = at.key("template");
    let of = PodOf::Kept("DaemonSet");
    let template = template(pod_template, &place, of, BTreeSet::new(), faults);
    faults.nonnegative(&at.key("minReadySeconds"), min_ready_seconds.map(i64::from));
    faults.nonnegative(
        &at.key("revisionHistoryLimit"),
        revision_history_limit.map(i64::from),
    );
    let spec = DaemonSetSpec {
        selector: workload_selector(selector, "daemonset", &at, &template.labels, faults),
        template: Arc::new(template),
        update_strategy: update_strategy_of(
            update_strategy.unwrap_or_default(),
            &at.key("updateStrategy"),
            faults,
        ),
        min_ready: seconds(min_ready_seconds.unwrap_or(0).into()),
        revision_history_limit: revision_history_limit.unwrap_or(DEFAULT_HISTORY_LIMIT),
    };
    (meta, spec)
}

/// WL-D25 to WL-D28.
fn update_strategy_of(
    strategy: api::DaemonSetUpdateStrategy,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> UpdateStrategy {
    let api::DaemonSetUpdateStrategy {
        rolling_update,
        type_,
    } = strategy;
    match type_.as_deref() {
        Some("RollingUpdate" | "") | None => {}
        Some("OnDelete") => return UpdateStrategy::OnDelete,
        Some(other) => {
            faults.unsupported(&at.key("type"), other, &["RollingUpdate", "OnDelete"]);
            return UpdateStrategy::OnDelete;
        }
    }
    let api::RollingUpdateDaemonSet {
        max_surge,
        max_unavailable,
    } = rolling_update.unwrap_or_default();
    let at = at.key("rollingUpdate");
    let surge = at.key("maxSurge");
    let unavailable = at.key("maxUnavailable");
    let max_surge = count_or_percent(max_surge, CountOrPercent::Count(0), &surge, faults);
    let max_unavailable = count_or_percent(
        max_unavailable,
        CountOrPercent::Count(1),
        &unavailable,
        faults,
    );
    for (value, place) in [(max_surge, &surge), (max_unavailable, &unavailable)] {
        check_percent(value, place, faults);
    }
    match (is_zero(max_unavailable), is_zero(max_surge)) {
        (false, false) => faults.invalid_with_hint(
            &surge,
            shown(max_surge),
            "may not be set when maxUnavailable is non-zero",
            "set maxUnavailable: 0 beside it (the default is 1)",
        ),
        (true, true) => {
            faults.required(&unavailable, "cannot be 0 when maxSurge is 0");
        }
        (true, false) | (false, true) => {}
    }
    UpdateStrategy::RollingUpdate {
        max_unavailable,
        max_surge,
    }
}

/// A number of pods or a percentage (WL-D26); the default stands in for one at fault.
pub(super) fn count_or_percent(
    value: Option<IntOrString>,
    default: CountOrPercent,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> CountOrPercent {
    match value {
        None => default,
        Some(IntOrString::Int(count)) => {
            faults.nonnegative(at, Some(count.into()));
            CountOrPercent::Count(count)
        }
        Some(IntOrString::String(text)) => {
            let digits = text.strip_suffix('%').filter(|digits| {
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            });
            let Some(digits) = digits else {
                let detail = "a valid percent string must be a numeric string followed by an ending '%' \
                    (e.g. '1%', or '93%')";
                faults.invalid(at, &text, detail);
                return default;
            };
            CountOrPercent::Percent(digits.parse().unwrap_or(i32::MAX))
        }
    }
}

/// Not more than all of them.
pub(super) fn check_percent(value: CountOrPercent, at: &Place<'_>, faults: &mut Faults<'_>) {
    if let CountOrPercent::Percent(percent) = value
        && percent > 100
    {
        faults.invalid(at, shown(value), "must not be greater than 100%");
    }
}

/// 0 or 0 %.
pub(super) fn is_zero(value: CountOrPercent) -> bool {
    match value {
        CountOrPercent::Count(number) | CountOrPercent::Percent(number) => number == 0,
    }
}

/// As a message shows it.
pub(super) fn shown(value: CountOrPercent) -> Shown {
    match value {
        CountOrPercent::Count(count) => count.into(),
        CountOrPercent::Percent(percent) => Shown::Text(format!("{percent}%")),
    }
}
