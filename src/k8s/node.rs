//! Nodes and the partial nodes of pools (contract §2 "Nodes").
//!
//! Upstream: `ValidateNode` in `pkg/apis/core/validation/validation.go`.

use super::meta::{self, Rules};
use super::place::{Faults, Place};
use super::resources::{QuantityMap, total};
use super::{Options, annotations, names, scheduling};
use crate::model::{Labels, Name, NodeSpec, Resources, Taint};
use crate::sim::Span;
use k8s_openapi::api::core::v1 as api;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeSet;

const DEFAULT_PODS: &str = "110";
const DEFAULT_READY_AFTER: Span = Span::from_secs(1);
const HOSTNAME: &str = "kubernetes.io/hostname";
const OTHER_LABELS: [(&str, &str); 2] = [
    ("kubernetes.io/os", "linux"),
    ("kubernetes.io/arch", "amd64"),
];
/// Set by whoever watches the node's condition, not by the user.
const CONDITION_TAINTS: [&str; 3] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
];

/// Reads a Node; `pool` is the pool whose pattern it is, so that its names come later.
pub(super) fn node(
    value: api::Node,
    pool: Option<&str>,
    text: Name,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> NodeSpec {
    let api::Node {
        metadata,
        spec,
        status,
    } = value;
    let rules = Rules {
        is_namespaced: false,
        name: names::dns_subdomain,
        has_behavior: true,
    };
    let at = root.key("metadata");
    let ready_after = annotations::node_ready_after(
        metadata.annotations.as_ref().unwrap_or(&Default::default()),
        &at.key("annotations"),
        faults,
    );
    let meta = meta::meta(metadata, &at, rules, options, faults);
    let name = pool.map_or(meta.name, Name::from);
    let at = root.key("spec");
    let api::NodeSpec {
        taints,
        unschedulable,
        // No effect here.
        config_source: _,
        external_id: _,
        pod_cidr: _,
        pod_cidrs: _,
        provider_id: _,
    } = spec.unwrap_or_default();
    NodeSpec {
        labels: with_defaults(&meta.labels, pool.is_none().then_some(&name)),
        name,
        taints: read_taints(taints.unwrap_or_default(), &at.key("taints"), faults),
        unschedulable: unschedulable.unwrap_or(false),
        allocatable: allocatable(status.unwrap_or_default(), &root.key("status"), faults),
        ready_after: ready_after.unwrap_or(DEFAULT_READY_AFTER),
        manifest: text,
    }
}

fn with_defaults(labels: &Labels, hostname: Option<&Name>) -> Labels {
    let hostname = hostname.map(|name| (Name::from(HOSTNAME), name.clone()));
    let others = OTHER_LABELS.map(|(key, value)| (Name::from(key), Name::from(value)));
    let missing: Vec<_> = hostname
        .into_iter()
        .chain(others)
        .filter(|(key, _)| labels.get(key).is_none())
        .map(|(key, value)| (key, Some(value)))
        .collect();
    labels.with(missing)
}

fn read_taints(taints: Vec<api::Taint>, at: &Place<'_>, faults: &mut Faults<'_>) -> Vec<Taint> {
    let mut seen = BTreeSet::new();
    let mut decoded = Vec::new();
    for (index, taint) in taints.into_iter().enumerate() {
        let api::Taint {
            effect: effect_text,
            key,
            value,
            time_added: _,
        } = taint;
        let value = value.unwrap_or_default();
        let place = at.item(index);
        for fault in names::qualified_name(&key) {
            faults.invalid(&place.key("key"), &key, &fault);
        }
        for fault in names::label_value(&value) {
            faults.invalid(&place.key("value"), &value, &fault);
        }
        let effect = scheduling::taint_effect(&effect_text, &place.key("effect"), faults);
        if !seen.insert((key.clone(), effect_text)) {
            let text = "taints must be unique by key and effect pair";
            faults.error(&place, &format!("duplicate value: {text}"), None);
        }
        // Those of a node that was written down while it was cordoned or not Ready come and go with its condition.
        let Some(effect) = effect.filter(|_| !CONDITION_TAINTS.contains(&key.as_str())) else {
            continue;
        };
        decoded.push(Taint {
            key: key.into(),
            value: value.into(),
            effect,
        });
    }
    decoded
}

fn allocatable(status: api::NodeStatus, at: &Place<'_>, faults: &mut Faults<'_>) -> Resources {
    let api::NodeStatus {
        allocatable,
        capacity,
        // What becomes of the node is the run's to say.
        addresses: _,
        conditions: _,
        config: _,
        daemon_endpoints: _,
        declared_features: _,
        features: _,
        images: _,
        node_info: _,
        phase: _,
        runtime_handlers: _,
        volumes_attached: _,
        volumes_in_use: _,
    } = status;
    let capacity = capacity.unwrap_or_default();
    let allocatable = allocatable.unwrap_or_default();
    total(&capacity, &at.key("capacity"), faults);
    let mut amounts: QuantityMap = capacity;
    amounts.extend(allocatable);
    if !amounts.contains_key("pods") {
        amounts.insert("pods".to_owned(), Quantity(DEFAULT_PODS.to_owned()));
    }
    let place = at.key("allocatable");
    for name in ["cpu", "memory"] {
        if !amounts.contains_key(name) && !at.is_doubtful() {
            faults.warn(
                &place.key(name),
                &format!("the node has no {name}: pods that ask for any do not fit"),
            );
        }
    }
    total(&amounts, &place, faults)
}
