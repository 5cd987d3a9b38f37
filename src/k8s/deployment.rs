//! Deployments (WL-1 to WL-5, WL-E1 to WL-E3).
//!
//! Upstream: `ValidateDeploymentSpec` in `pkg/apis/apps/validation/validation.go`, `pkg/apis/apps/v1/defaults.go`.

use super::daemonset::{DEFAULT_HISTORY_LIMIT, check_percent, count_or_percent, is_zero, shown};
use super::meta::{Rules, workload_selector};
use super::place::{Faults, Place};
use super::pod::{PodOf, template};
use super::{Options, meta, seconds};
use crate::model::{CountOrPercent, DeploymentSpec, DeploymentStrategy, Meta};
use k8s_openapi::api::apps::v1 as api;
use std::collections::BTreeSet;
use std::sync::Arc;

const DEFAULT_SHARE: CountOrPercent = CountOrPercent::Percent(25);
const DEFAULT_PROGRESS_SECONDS: i32 = 600;

/// Reads a Deployment.
pub(super) fn deployment(
    value: api::Deployment,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, DeploymentSpec) {
    let api::Deployment {
        metadata,
        spec,
        status: _,
    } = value;
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    let at = root.key("spec");
    let api::DeploymentSpec {
        min_ready_seconds,
        paused,
        progress_deadline_seconds,
        replicas,
        revision_history_limit,
        selector,
        strategy: update,
        template: pod_template,
    } = spec.unwrap_or_default();
    for (key, value) in [
        ("replicas", replicas),
        ("minReadySeconds", min_ready_seconds),
        ("revisionHistoryLimit", revision_history_limit),
        ("progressDeadlineSeconds", progress_deadline_seconds),
    ] {
        faults.nonnegative(&at.key(key), value.map(i64::from));
    }
    let min_ready = min_ready_seconds.unwrap_or(0);
    let progress = progress_deadline_seconds.unwrap_or(DEFAULT_PROGRESS_SECONDS);
    if progress <= min_ready {
        let detail = "must be greater than minReadySeconds";
        faults.invalid(&at.key("progressDeadlineSeconds"), progress, detail);
    }
    let place = at.key("template");
    let of = PodOf::Kept("ReplicaSet");
    let template = template(pod_template, &place, of, BTreeSet::new(), faults);
    let spec = DeploymentSpec {
        replicas: replicas.unwrap_or(1),
        selector: workload_selector(selector, "deployment", &at, &template.labels, faults),
        template: Arc::new(template),
        strategy: strategy(update.unwrap_or_default(), &at.key("strategy"), faults),
        min_ready: seconds(min_ready.into()),
        revision_history_limit: revision_history_limit.unwrap_or(DEFAULT_HISTORY_LIMIT),
        progress_deadline: seconds(progress.into()),
        paused: paused.unwrap_or(false),
    };
    (meta, spec)
}

/// WL-E3.
fn strategy(
    strategy: api::DeploymentStrategy,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> DeploymentStrategy {
    let api::DeploymentStrategy {
        rolling_update,
        type_,
    } = strategy;
    let place = at.key("rollingUpdate");
    match type_.as_deref() {
        Some("RollingUpdate" | "") | None => {}
        Some("Recreate") => {
            if rolling_update.is_some() {
                let detail = "may not be specified when strategy `type` is 'Recreate'";
                faults.forbidden(&place, detail);
            }
            return DeploymentStrategy::Recreate;
        }
        Some(other) => {
            faults.unsupported(&at.key("type"), other, &["Recreate", "RollingUpdate"]);
            return DeploymentStrategy::Recreate;
        }
    }
    let api::RollingUpdateDeployment {
        max_surge,
        max_unavailable,
    } = rolling_update.unwrap_or_default();
    let unavailable = place.key("maxUnavailable");
    let max_surge = count_or_percent(max_surge, DEFAULT_SHARE, &place.key("maxSurge"), faults);
    let max_unavailable = count_or_percent(max_unavailable, DEFAULT_SHARE, &unavailable, faults);
    if is_zero(max_surge) && is_zero(max_unavailable) {
        let detail = "may not be 0 when `maxSurge` is 0";
        faults.invalid(&unavailable, shown(max_unavailable), detail);
    }
    check_percent(max_unavailable, &unavailable, faults);
    DeploymentStrategy::RollingUpdate {
        max_unavailable,
        max_surge,
    }
}
