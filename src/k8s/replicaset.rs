//! ReplicaSets of their own (WL-8, WL-E1, WL-E2); those of a Deployment are passed over.
//!
//! Upstream: `ValidateReplicaSetSpec` in `pkg/apis/apps/validation/validation.go`.

use super::meta::{Rules, workload_selector};
use super::place::{Faults, Place};
use super::pod::{PodOf, template};
use super::{Options, meta, seconds};
use crate::model::{Meta, ReplicaSetSpec};
use k8s_openapi::api::apps::v1 as api;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads a `ReplicaSet`.
pub(super) fn replica_set(
    value: api::ReplicaSet,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, ReplicaSetSpec) {
    let api::ReplicaSet {
        metadata,
        spec,
        status: _,
    } = value;
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    let at = root.key("spec");
    let api::ReplicaSetSpec {
        min_ready_seconds,
        replicas,
        selector,
        template: pod_template,
    } = spec.unwrap_or_default();
    for (key, value) in [
        ("replicas", replicas),
        ("minReadySeconds", min_ready_seconds),
    ] {
        faults.nonnegative(&at.key(key), value.map(i64::from));
    }
    let of = PodOf::Kept("ReplicaSet");
    let pod_template = pod_template.unwrap_or_default();
    let template = template(
        pod_template,
        &at.key("template"),
        of,
        BTreeSet::new(),
        faults,
    );
    let spec = ReplicaSetSpec {
        replicas: replicas.unwrap_or(1),
        selector: workload_selector(selector, "replicaset", &at, &template.labels, faults),
        template: Arc::new(template),
        min_ready: seconds(min_ready_seconds.unwrap_or(0).into()),
    };
    (meta, spec)
}
