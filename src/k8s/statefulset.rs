//! StatefulSets (WL-20, WL-29, WL-E1, WL-E2, WL-E4).
//!
//! Upstream: `ValidateStatefulSetSpec` in `pkg/apis/apps/validation/validation.go`, `pkg/apis/apps/v1/defaults.go`.

use super::daemonset::{DEFAULT_HISTORY_LIMIT, check_percent, count_or_percent, is_zero, shown};
use super::meta::{Rules, workload_selector};
use super::place::{Faults, Place, Shown};
use super::pod::{PodOf, template};
use super::{Options, meta, names, seconds};
use crate::model::{CountOrPercent, Meta, PodManagementPolicy, StatefulSetSpec, UpdateStrategy};
use k8s_openapi::api::apps::v1 as api;
use std::sync::Arc;

/// Reads a StatefulSet.
pub(super) fn stateful_set(
    value: api::StatefulSet,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, StatefulSetSpec) {
    let api::StatefulSet {
        metadata,
        spec,
        status: _,
    } = value;
    let rules = Rules {
        name: names::dns_label,
        ..Rules::WORKLOAD
    };
    let meta = meta::meta(metadata, &root.key("metadata"), rules, options, faults);
    let at = root.key("spec");
    let api::StatefulSetSpec {
        min_ready_seconds,
        ordinals,
        persistent_volume_claim_retention_policy,
        pod_management_policy,
        replicas,
        revision_history_limit,
        selector,
        service_name,
        template: pod_template,
        update_strategy,
        volume_claim_templates,
    } = spec.unwrap_or_default();
    let first_ordinal = ordinals.and_then(|ordinals| ordinals.start).unwrap_or(0);
    // Upstream does not check the history limit of a StatefulSet.
    for (key, value) in [
        ("replicas", replicas),
        ("minReadySeconds", min_ready_seconds),
    ] {
        faults.nonnegative(&at.key(key), value.map(i64::from));
    }
    faults.nonnegative(&at.key("ordinals").key("start"), Some(first_ordinal.into()));
    if let Some(policy) = persistent_volume_claim_retention_policy {
        check_retention(&policy, &at, faults);
    }
    let service_name = service_name.filter(|name| !name.is_empty() && !options.is_update);
    if let Some(name) = service_name {
        for fault in names::dns_label(&name) {
            faults.invalid(&at.key("serviceName"), &name, &fault);
        }
    }
    let claims = volume_claim_templates.unwrap_or_default();
    let claims = claims
        .into_iter()
        .filter_map(|claim| claim.metadata.name)
        .collect();
    let place = at.key("template");
    let of = PodOf::Kept("StatefulSet");
    let template = template(pod_template, &place, of, claims, faults);
    let spec = StatefulSetSpec {
        replicas: replicas.unwrap_or(1),
        first_ordinal,
        selector: workload_selector(selector, "statefulset", &at, &template.labels, faults),
        template: Arc::new(template),
        pod_management_policy: management(pod_management_policy.as_deref(), &at, faults),
        update_strategy: strategy(
            update_strategy.unwrap_or_default(),
            &at.key("updateStrategy"),
            faults,
        ),
        min_ready: seconds(min_ready_seconds.unwrap_or(0).into()),
        revision_history_limit: revision_history_limit.unwrap_or(DEFAULT_HISTORY_LIMIT),
    };
    (meta, spec)
}

fn check_retention(
    policy: &api::StatefulSetPersistentVolumeClaimRetentionPolicy,
    spec: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let api::StatefulSetPersistentVolumeClaimRetentionPolicy {
        when_deleted,
        when_scaled,
    } = policy;
    let at = spec.key("persistentVolumeClaimRetentionPolicy");
    let known = ["Retain", "Delete"];
    for (key, value) in [("whenDeleted", when_deleted), ("whenScaled", when_scaled)] {
        let value = value.as_deref().filter(|value| !value.is_empty());
        if let Some(value) = value.filter(|value| !known.contains(value)) {
            faults.unsupported(&at.key(key), value, &known);
        }
    }
}

fn management(
    policy: Option<&str>,
    spec: &Place<'_>,
    faults: &mut Faults<'_>,
) -> PodManagementPolicy {
    match policy {
        Some("OrderedReady" | "") | None => PodManagementPolicy::OrderedReady,
        Some("Parallel") => PodManagementPolicy::Parallel,
        Some(other) => {
            let detail = "must be 'OrderedReady' or 'Parallel'";
            faults.invalid(&spec.key("podManagementPolicy"), other, detail);
            PodManagementPolicy::OrderedReady
        }
    }
}

fn strategy(
    strategy: api::StatefulSetUpdateStrategy,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> UpdateStrategy {
    let api::StatefulSetUpdateStrategy {
        rolling_update,
        type_,
    } = strategy;
    let place = at.key("rollingUpdate");
    match type_.as_deref() {
        Some("RollingUpdate" | "") | None => {}
        Some("OnDelete") => {
            if rolling_update.is_some() {
                let detail = "only allowed for updateStrategy 'RollingUpdate'";
                faults.invalid(&place, Shown::Omitted, detail);
            }
            return UpdateStrategy::OnDelete;
        }
        Some(other) => {
            let detail = "must be 'RollingUpdate' or 'OnDelete'";
            faults.invalid(&at.key("type"), other, detail);
            return UpdateStrategy::OnDelete;
        }
    }
    let api::RollingUpdateStatefulSetStrategy {
        max_unavailable,
        partition,
    } = rolling_update.unwrap_or_default();
    // WL-26: checked, but its feature gate is off.
    let unavailable = place.key("maxUnavailable");
    let max_unavailable = count_or_percent(
        max_unavailable,
        CountOrPercent::Count(1),
        &unavailable,
        faults,
    );
    if is_zero(max_unavailable) {
        faults.invalid(&unavailable, shown(max_unavailable), "cannot be 0");
    }
    check_percent(max_unavailable, &unavailable, faults);
    faults.nonnegative(&place.key("partition"), partition.map(i64::from));
    UpdateStrategy::Partitioned {
        partition: partition.unwrap_or(0),
    }
}
