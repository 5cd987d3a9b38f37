//! Objects that decide beside the workloads: `PriorityClass`, Service, `ResourceQuota`, `LimitRange` and
//! `PodDisruptionBudget`.

use super::meta::{self, Rules};
use super::place::{Faults, Place, Shown};
use super::quantity::Amount;
use super::resources::{QuantityMap, scalar};
use super::{Options, daemonset, names};
use crate::model::{
    CountOrPercent, DisruptionBudgetSpec, LabelSelector, LimitRangeSpec, Meta, Name,
    PreemptionPolicy, PriorityClassSpec, QuotaSpec, Requirement, ServiceSpec, UnhealthyPodEviction,
};
use k8s_openapi::api::{core::v1 as core, policy::v1 as policy, scheduling::v1 as scheduling};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Values above are Kubernetes' own.
const USER_PRIORITY_MAX: i32 = 1_000_000_000;
const SYSTEM_PREFIX: &str = "system-";
const SYSTEM_CLASSES: [(&str, i32); 2] = [
    ("system-node-critical", 2_000_001_000),
    ("system-cluster-critical", 2_000_000_000),
];
const QUOTA_SCOPES: [&str; 7] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];

/// Reads a `PriorityClass`.
pub(super) fn priority_class(
    value: scheduling::PriorityClass,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, PriorityClassSpec) {
    let scheduling::PriorityClass {
        description: _,
        global_default,
        metadata,
        preemption_policy,
        value,
    } = value;
    let rules = Rules {
        is_namespaced: false,
        ..Rules::WORKLOAD
    };
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, rules, options, faults);
    let value = value.unwrap_or(0);
    let is_known = SYSTEM_CLASSES.contains(&(&*meta.name, value));
    if meta.name.starts_with(SYSTEM_PREFIX) && !is_known {
        let detail = "priority class names with 'system-' prefix are reserved for system use only";
        faults.forbidden(&at.key("name"), detail);
    } else if value > USER_PRIORITY_MAX && !is_known {
        let detail =
            format!("maximum allowed value of a user defined priority is {USER_PRIORITY_MAX}");
        faults.forbidden(&root.key("value"), &detail);
    }
    let preemption_policy = match preemption_policy.as_deref() {
        Some("PreemptLowerPriority") | None => PreemptionPolicy::PreemptLowerPriority,
        Some("Never") => PreemptionPolicy::Never,
        Some(other) => {
            let known = ["Never", "PreemptLowerPriority"];
            faults.unsupported(&root.key("preemptionPolicy"), other, &known);
            PreemptionPolicy::PreemptLowerPriority
        }
    };
    let spec = PriorityClassSpec {
        value,
        global_default: global_default.unwrap_or(false),
        preemption_policy,
    };
    (meta, spec)
}

/// Reads a Service, of which only the selector has an effect.
pub(super) fn service(
    value: core::Service,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, ServiceSpec) {
    let core::Service {
        metadata,
        spec,
        status: _,
    } = value;
    let rules = Rules {
        name: names::dns_1035_label,
        ..Rules::WORKLOAD
    };
    let meta = meta::meta(metadata, &root.key("metadata"), rules, options, faults);
    let at = root.key("spec");
    let core::ServiceSpec {
        selector,
        // Nothing is sent over the network here.
        allocate_load_balancer_node_ports: _,
        cluster_ip: _,
        cluster_ips: _,
        external_ips: _,
        external_name: _,
        external_traffic_policy: _,
        health_check_node_port: _,
        internal_traffic_policy: _,
        ip_families: _,
        ip_family_policy: _,
        load_balancer_class: _,
        load_balancer_ip: _,
        load_balancer_source_ranges: _,
        ports: _,
        publish_not_ready_addresses: _,
        session_affinity: _,
        session_affinity_config: _,
        traffic_distribution: _,
        type_: _,
    } = spec.unwrap_or_default();
    let selector = selector.filter(|map| !map.is_empty());
    let selector = selector.map(|map| {
        let labels = meta::labels(map, &at.key("selector"), faults);
        let requirements = labels.iter();
        LabelSelector(
            requirements
                .map(|(key, value)| Requirement::equals(key, value))
                .collect(),
        )
    });
    (meta, ServiceSpec { selector })
}

/// Reads a `ResourceQuota`.
pub(super) fn resource_quota(
    value: core::ResourceQuota,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, QuotaSpec) {
    let core::ResourceQuota {
        metadata,
        spec,
        status: _,
    } = value;
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    let core::ResourceQuotaSpec {
        hard,
        scope_selector,
        scopes,
    } = spec.unwrap_or_default();
    let at = root.key("spec");
    let list = at.key("hard");
    let mut limits: Vec<(Name, i64)> = Vec::new();
    for (name, quantity) in hard.unwrap_or_default() {
        let place = list.key(&name);
        for fault in names::qualified_name(&name) {
            faults.invalid(&place, &name, &fault);
        }
        if let Some(limit) = scalar(&name, &quantity, &place, faults) {
            limits.push((name.into(), limit));
        }
    }
    let list = at.key("scopes");
    let mut names: Vec<Name> = Vec::new();
    for (index, scope) in scopes.unwrap_or_default().into_iter().enumerate() {
        if !QUOTA_SCOPES.contains(&scope.as_str()) {
            faults.unsupported(&list.item(index), &scope, &QUOTA_SCOPES);
        }
        names.push(scope.into());
    }
    let selected = scope_selector.and_then(|selector| selector.match_expressions);
    let place = at.key("scopeSelector");
    for expression in selected.into_iter().flatten() {
        let core::ScopedResourceSelectorRequirement {
            operator,
            scope_name,
            values: _,
        } = expression;
        if operator != "Exists" {
            faults.warn(
                &place,
                "the quota has no effect here: a scope is known only as a whole, with Exists",
            );
            limits.clear();
        }
        names.push(scope_name.into());
    }
    let spec = QuotaSpec {
        hard: limits,
        scopes: names,
    };
    (meta, spec)
}

/// Reads a `LimitRange`.
pub(super) fn limit_range(
    value: core::LimitRange,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, LimitRangeSpec) {
    let core::LimitRange { metadata, spec } = value;
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    let at = root.key("spec");
    let list = at.key("limits");
    let mut decoded = LimitRangeSpec::default();
    for (index, item) in spec.unwrap_or_default().limits.into_iter().enumerate() {
        limit_item(item, &mut decoded, &list.item(index), faults);
    }
    (meta, decoded)
}

fn limit_item(
    item: core::LimitRangeItem,
    decoded: &mut LimitRangeSpec,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let core::LimitRangeItem {
        default,
        default_request,
        max,
        max_limit_request_ratio,
        min,
        type_,
    } = item;
    if max_limit_request_ratio.is_some_and(|map| !map.is_empty()) {
        let message = "the ratio of limit to request is not checked here";
        faults.warn(&at.key("maxLimitRequestRatio"), message);
    }
    let mut pair = |key: &str, map: &Option<QuantityMap>| {
        let place = at.key(key);
        ["cpu", "memory"].map(|name| {
            let quantity = map.as_ref()?.get(name)?;
            scalar(name, quantity, &place.key(name), faults)
        })
    };
    let (lowest, highest) = (pair("min", &min), pair("max", &max));
    let limit = pair("default", &default);
    let request = pair("defaultRequest", &default_request);
    match type_.as_str() {
        "Container" => {
            // As upstream fills them in: the largest allowed value is the default limit, and the limit, or else the
            // least allowed value, the default request.
            let limit = both(limit, highest);
            decoded.default_limit = limit;
            decoded.default_request = both(both(request, limit), lowest);
            decoded.container_min = lowest;
            decoded.container_max = highest;
        }
        "Pod" => {
            for (key, map) in [("default", &default), ("defaultRequest", &default_request)] {
                if map.as_ref().is_some_and(|map| !map.is_empty()) {
                    let detail = "may not be specified when `type` is 'Pod'";
                    faults.forbidden(&at.key(key), detail);
                }
            }
            decoded.pod_min = lowest;
            decoded.pod_max = highest;
        }
        "PersistentVolumeClaim" => {}
        "" => faults.required(&at.key("type"), "Container, Pod or PersistentVolumeClaim"),
        other => faults.unsupported(
            &at.key("type"),
            other,
            &["Container", "Pod", "PersistentVolumeClaim"],
        ),
    }
    for name in ["cpu", "memory"] {
        let bounds = [
            ("min", &min),
            ("default request", &default_request),
            ("default limit", &default),
            ("max", &max),
        ];
        let bounds = bounds.map(|(word, map)| (word, map.as_ref().and_then(|map| map.get(name))));
        check_order(name, &bounds, at, faults);
    }
}

/// Of the amounts that are given, none may be greater than one behind it.
fn check_order(
    name: &str,
    bounds: &[(&str, Option<&Quantity>)],
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let given: Vec<(&str, &Quantity, Amount)> = bounds
        .iter()
        .filter_map(|(word, quantity)| {
            let quantity = (*quantity)?;
            Some((*word, quantity, Amount::parse(&quantity.0).ok()?))
        })
        .collect();
    for (index, (low_word, low_text, low)) in given.iter().enumerate() {
        for (high_word, high_text, high) in &given[index + 1..] {
            if low <= high {
                continue;
            }
            // As upstream, the fault is the default's where one is involved.
            let (word, shown) = if *low_word == "min" && *high_word != "max" {
                (*high_word, high_text)
            } else {
                (*low_word, low_text)
            };
            let key = match word {
                "default request" => "defaultRequest",
                "default limit" => "default",
                other => other,
            };
            let detail = format!(
                "{low_word} value {} is greater than {high_word} value {}",
                low_text.0, high_text.0
            );
            faults.invalid(&at.key(key).key(name), &shown.0, &detail);
        }
    }
}

fn both(first: [Option<i64>; 2], second: [Option<i64>; 2]) -> [Option<i64>; 2] {
    [first[0].or(second[0]), first[1].or(second[1])]
}

/// Reads a `PodDisruptionBudget`.
pub(super) fn disruption_budget(
    value: policy::PodDisruptionBudget,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, DisruptionBudgetSpec) {
    let policy::PodDisruptionBudget {
        metadata,
        spec,
        status: _,
    } = value;
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    let policy::PodDisruptionBudgetSpec {
        max_unavailable,
        min_available,
        selector,
        unhealthy_pod_eviction_policy,
    } = spec.unwrap_or_default();
    let at = root.key("spec");
    if max_unavailable.is_some() && min_available.is_some() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        faults.invalid(&at, Shown::Omitted, detail);
    }
    let mut read = |key, value: Option<IntOrString>| {
        value.as_ref()?;
        let place = at.key(key);
        let count = daemonset::count_or_percent(value, CountOrPercent::Count(0), &place, faults);
        daemonset::check_percent(count, &place, faults);
        Some(count)
    };
    let min_available = read("minAvailable", min_available);
    let max_unavailable = read("maxUnavailable", max_unavailable);
    let unhealthy_pods = match unhealthy_pod_eviction_policy.as_deref() {
        None | Some("IfHealthyBudget") => UnhealthyPodEviction::IfHealthyBudget,
        Some("AlwaysAllow") => UnhealthyPodEviction::AlwaysAllow,
        Some(other) => {
            let known = ["AlwaysAllow", "IfHealthyBudget"];
            faults.unsupported(&at.key("unhealthyPodEvictionPolicy"), other, &known);
            UnhealthyPodEviction::default()
        }
    };
    let selector = super::affinity::selector_or_nothing(selector, &at.key("selector"), faults);
    let spec = DisruptionBudgetSpec {
        min_available,
        max_unavailable,
        selector,
        unhealthy_pods,
    };
    (meta, spec)
}
