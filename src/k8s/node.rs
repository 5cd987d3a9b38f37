//! Nodes and the partial nodes of pools (contract §2 "Nodes").
//!
//! Upstream: `ValidateNode` in `pkg/apis/core/validation/validation.go`.

use super::meta::{self, Rules};
use super::place::{Faults, Place};
use super::resources::total;
use super::{Options, annotations, names, scheduling};
use crate::model::{Labels, Name, NodeSpec, Resources, Taint};
use crate::sim::Span;
use k8s_openapi::api::core::v1 as api;
use std::collections::{BTreeMap, BTreeSet};

const DEFAULT_PODS: i64 = 110;
const DEFAULT_READY_AFTER: Span = Span::from_secs(1);
/// Keeps the autoscaler away from a node.
const SCALE_DOWN_DISABLED: &str = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
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
        metadata.annotations.as_ref().unwrap_or(&BTreeMap::new()),
        &at.key("annotations"),
        faults,
    );
    let scale_down_disabled = metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get(SCALE_DOWN_DISABLED))
        .is_some_and(|value| value == "true");
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
        scale_down_disabled,
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
    let own = allocatable.unwrap_or_default();
    // Where nothing is said of what pods can have, it is all that there is.
    let mut rest = capacity.unwrap_or_default();
    let has_pods = own.contains_key("pods") || rest.contains_key("pods");
    for name in ["cpu", "memory"] {
        let is_known = own.contains_key(name) || rest.contains_key(name);
        if !is_known && !at.is_doubtful() {
            let place = at.key("allocatable");
            let message = format!("the node has no {name}: pods that ask for any do not fit");
            faults.warn(&place.key(name), &message);
        }
    }
    rest.retain(|name, _| !own.contains_key(name));
    let mut amounts = total(&own, &at.key("allocatable"), faults);
    amounts.add(&total(&rest, &at.key("capacity"), faults));
    if !has_pods {
        amounts.pods = DEFAULT_PODS;
    }
    amounts
}
