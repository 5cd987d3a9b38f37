//! Requests, limits and what nodes have.
//!
//! Upstream: `validateResourceRequirements` in `pkg/apis/core/validation`, `pkg/apis/core/helper/helpers.go`.

use super::names;
use super::place::{Faults, Place, Shown};
use super::quantity::{Amount, QuantityError};
use crate::model::{Name, Resources};
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// Amounts by the API's names, as written.
pub(super) type QuantityMap = BTreeMap<String, Quantity>;

/// What a container asks for.
pub(super) struct Asked {
    /// Requests; a limit stands in where one is missing (WL-D14).
    pub(super) requests: Resources,
    /// Limits.
    pub(super) limits: Resources,
    /// Whether cpu and memory are among the requests.
    pub(super) requests_named: (bool, bool),
}

/// Reads `resources` of a container (WL-P6 to WL-P9).
pub(super) fn asked(
    requirements: ResourceRequirements,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Asked {
    let ResourceRequirements {
        claims,
        limits,
        requests,
    } = requirements;
    if claims.is_some_and(|claims| !claims.is_empty()) {
        faults.warn(
            &at.key("claims"),
            "resource claims have no effect here: the devices count as free",
        );
    }
    let written_limits = limits.unwrap_or_default();
    let written_requests = requests.unwrap_or_default();
    let limits = container_amounts(&written_limits, &at.key("limits"), faults);
    let mut requests = container_amounts(&written_requests, &at.key("requests"), faults);
    for (name, limit) in &limits {
        requests.entry(name).or_insert(*limit);
    }
    for (name, request) in &requests {
        let limit = limits.get(name).zip(written_limits.get(*name));
        let written = written_requests.get(*name);
        compare((name, written), *request, limit, at, faults);
    }
    let has = |name: &str| requests.contains_key(name);
    if requests.keys().any(|name| is_huge_page(name)) && !has("cpu") && !has("memory") {
        faults.forbidden(at, "HugePages require cpu or memory");
    }
    Asked {
        requests_named: (has("cpu"), has("memory")),
        requests: sum(&requests, &at.key("requests"), faults),
        limits: sum(&limits, &at.key("limits"), faults),
    }
}

/// WL-P8.
fn compare(
    (name, written_request): (&str, Option<&Quantity>),
    request: Amount,
    limit: Option<(&Amount, &Quantity)>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    let can_overcommit = is_native(name) && !is_huge_page(name);
    let list = at.key("requests");
    let place = list.key(name);
    let shown = || written_request.map_or(Shown::Omitted, |written| Shown::from(&written.0));
    match limit {
        None if can_overcommit => {}
        None => faults.required(
            &at.key("limits"),
            "Limit must be set for non overcommitable resources",
        ),
        Some((limit, written)) if !can_overcommit && request != *limit => {
            let detail = format!("must be equal to {name} limit of {}", written.0);
            faults.invalid(&place, shown(), &detail);
        }
        Some((limit, written)) if request > *limit => {
            let detail = format!(
                "must be less than or equal to {name} limit of {}",
                written.0
            );
            faults.invalid(&place, shown(), &detail);
        }
        Some(_) => {}
    }
}

fn container_amounts<'a>(
    map: &'a QuantityMap,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> BTreeMap<&'a str, Amount> {
    for name in map.keys() {
        check_container_resource(name, &at.key(name), faults);
    }
    amounts(map, at, faults)
}

/// WL-P6.
fn check_container_resource(name: &str, at: &Place<'_>, faults: &mut Faults<'_>) {
    let syntax = names::qualified_name(name);
    let detail = if let Some(fault) = syntax.first() {
        fault.as_str()
    } else if !name.contains('/') {
        if matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_huge_page(name) {
            return;
        }
        let hint = "the standard ones are cpu, memory, ephemeral-storage and hugepages-<size>; others need a domain, \
                    as in example.com/device";
        let detail = "must be a standard resource for containers";
        return faults.invalid_with_hint(at, name, detail, hint);
    } else if !is_native(name) && name.starts_with("requests.") {
        "doesn't follow extended resource name standard"
    } else {
        return;
    };
    faults.invalid(at, name, detail);
}

/// Reads all quantities of a map; those at fault are left out (WL-P7).
fn amounts<'a>(
    map: &'a QuantityMap,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> BTreeMap<&'a str, Amount> {
    map.iter()
        .filter_map(|(name, quantity)| {
            let amount = amount(name, quantity, &at.key(name), faults)?;
            Some((name.as_str(), amount))
        })
        .collect()
}

/// Reads a quantity of the resource `name`, which may not be negative.
pub(super) fn amount(
    name: &str,
    quantity: &Quantity,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Amount> {
    let amount = match Amount::parse(&quantity.0) {
        Ok(amount) => amount,
        Err(error) => {
            let detail = error.to_string();
            match meant(&quantity.0, error) {
                Some(hint) => faults.invalid_with_hint(at, &quantity.0, &detail, &hint),
                None => faults.invalid(at, &quantity.0, &detail),
            }
            return None;
        }
    };
    if amount.is_negative() {
        faults.invalid(at, &quantity.0, "must be greater than or equal to 0");
        return None;
    }
    if (!is_native(name) || name == "pods") && !amount.is_whole() {
        faults.invalid(at, &quantity.0, "must be an integer");
        return None;
    }
    Some(amount)
}

/// `4GB` and `512mi` are frequent.
fn meant(text: &str, error: QuantityError) -> Option<String> {
    if matches!(error, QuantityError::Empty | QuantityError::Syntax) {
        return Some("write a number with or without a suffix, such as 500m, 2 or 16Gi".to_owned());
    }
    if error != QuantityError::Suffix {
        return None;
    }
    let end = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, suffix) = text.split_at(end);
    let suffix = suffix.trim_end_matches(['B', 'b']);
    let mut letters = suffix.chars();
    let first = letters.next()?.to_ascii_uppercase();
    let rest = letters.as_str().to_ascii_lowercase();
    let candidate = match (first, rest.as_str()) {
        ('K', "") => format!("{number}k"),
        (first, rest) => format!("{number}{first}{rest}"),
    };
    Amount::parse(&candidate).ok()?;
    Some(format!("did you mean {candidate}?"))
}

/// The amounts in the units of the model; what does not fit is a fault.
fn sum(amounts: &BTreeMap<&str, Amount>, at: &Place<'_>, faults: &mut Faults<'_>) -> Resources {
    let mut resources = Resources::default();
    for (name, amount) in amounts {
        let units = if *name == "cpu" {
            amount.millis()
        } else {
            amount.units()
        };
        let Some(units) = units else {
            let detail = QuantityError::TooLarge.to_string();
            faults.invalid(&at.key(name), Shown::Omitted, &detail);
            continue;
        };
        match *name {
            "cpu" => resources.cpu_m = units,
            "memory" => resources.memory_bytes = units,
            "ephemeral-storage" => resources.storage_bytes = units,
            "pods" => resources.pods = units,
            name if name.contains('/') || is_huge_page(name) => {
                resources.set_extended(&Name::from(name), units);
            }
            // `storage` and the like of nodes: nothing asks for them.
            _ => {}
        }
    }
    resources
}

/// What a node has, or the overhead of a pod.
pub(super) fn total(map: &QuantityMap, at: &Place<'_>, faults: &mut Faults<'_>) -> Resources {
    let amounts = amounts(map, at, faults);
    sum(&amounts, at, faults)
}

/// The amount of one resource in the unit of the model: thousandths for `cpu` and what ends in `.cpu`, else units.
pub(super) fn scalar(
    name: &str,
    quantity: &Quantity,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<i64> {
    let amount = amount(name, quantity, at, faults)?;
    let is_cpu = name.rsplit('.').next() == Some("cpu");
    let units = if is_cpu {
        amount.millis()
    } else {
        amount.units()
    };
    if units.is_none() {
        faults.invalid(at, &quantity.0, &QuantityError::TooLarge.to_string());
    }
    units
}

fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}
