//! The filters that look at one node alone (SCH-40 to SCH-45): pure questions, first failure decides.
//!
//! Upstream: `framework/plugins/{nodeunschedulable,tainttoleration,nodeaffinity,nodeports,noderesources/fit.go}`.

use super::cache::{NodeInfo, Room};
use super::message::{Reason, Tally};
use super::plugins::Plugins;
use crate::model::{
    ContainerPort, Labels, Name, PodSpec, Resources, Taint, TaintEffect, Toleration,
};

/// The taint that stands for `spec.unschedulable`.
pub(super) const UNSCHEDULABLE_TAINT: &str = "node.kubernetes.io/unschedulable";
/// Taints that every pod bears for 300 s (NL-40), so that their `NoExecute` keeps no pod away.
const BORNE_BY_DEFAULT: [&str; 2] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
];

/// Why a node turns a pod away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rejection {
    /// SCH-40.
    Unschedulable,
    /// SCH-42.
    Taint,
    /// SCH-43.
    Affinity,
    /// SCH-44.
    Ports,
    /// SCH-45.
    Resources(Shortage),
    /// SCH-47: the node lacks the topology key.
    SpreadLabel,
    /// SCH-47.
    SpreadSkew,
    /// SCH-48: required affinity is not met.
    PodAffinity,
    /// SCH-48: the pod's own anti-affinity.
    PodAntiAffinity,
    /// SCH-48: anti-affinity of a pod that is there.
    ExistingAntiAffinity,
}

impl Rejection {
    /// The plugin that says so.
    pub(super) fn plugin(&self) -> Plugins {
        match self {
            Self::Unschedulable => Plugins::NODE_UNSCHEDULABLE,
            Self::Taint => Plugins::TAINT_TOLERATION,
            Self::Affinity => Plugins::NODE_AFFINITY,
            Self::Ports => Plugins::NODE_PORTS,
            Self::Resources(_) => Plugins::RESOURCES_FIT,
            Self::SpreadLabel | Self::SpreadSkew => Plugins::TOPOLOGY_SPREAD,
            Self::PodAffinity | Self::PodAntiAffinity | Self::ExistingAntiAffinity => {
                Plugins::INTER_POD_AFFINITY
            }
        }
    }

    /// Whether the node may fit once pods are taken off it.
    pub(super) fn is_resolvable(&self) -> bool {
        match self {
            Self::Unschedulable
            | Self::Taint
            | Self::Affinity
            | Self::SpreadLabel
            | Self::PodAffinity => false,
            Self::Resources(shortage) => !shortage.unresolvable,
            Self::Ports | Self::SpreadSkew | Self::PodAntiAffinity | Self::ExistingAntiAffinity => {
                true
            }
        }
    }

    /// Counts its reasons.
    pub(super) fn count(&self, tally: &mut Tally) {
        let text = match self {
            Self::Unschedulable => "node(s) were unschedulable",
            Self::Taint => "node(s) had untolerated taint(s)",
            Self::Affinity => "node(s) didn't match Pod's node affinity/selector",
            Self::Ports => "node(s) didn't have free ports for the requested pod ports",
            Self::Resources(shortage) => {
                for reason in &shortage.reasons {
                    tally.add(reason.clone(), 1);
                }
                return;
            }
            Self::SpreadLabel => {
                "node(s) didn't match pod topology spread constraints (missing required label)"
            }
            Self::SpreadSkew => "node(s) didn't match pod topology spread constraints",
            Self::PodAffinity => "node(s) didn't match pod affinity rules",
            Self::PodAntiAffinity => "node(s) didn't match pod anti-affinity rules",
            Self::ExistingAntiAffinity => {
                "node(s) didn't satisfy existing pods anti-affinity rules"
            }
        };
        tally.add(Reason::Text(text), 1);
    }
}

/// What a node has too little of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shortage {
    pub(super) reasons: Vec<Reason>,
    /// The node is too small even without any pod.
    pub(super) unresolvable: bool,
}

/// What of a node decides about a pod's template, whatever runs there (SCH-40, SCH-42, SCH-43).
pub(super) fn place_verdict(
    spec: &PodSpec,
    name: &Name,
    labels: &Labels,
    taints: &[Taint],
    unschedulable: bool,
) -> Option<Rejection> {
    if unschedulable && !tolerates_unschedulable(&spec.tolerations) {
        return Some(Rejection::Unschedulable);
    }
    if !tolerates_all(&spec.tolerations, taints) {
        return Some(Rejection::Taint);
    }
    (!spec.selects_node(name, labels)).then_some(Rejection::Affinity)
}

/// SCH-40: a pod that bears the taint also goes to a cordoned node.
pub(super) fn tolerates_unschedulable(tolerations: &[Toleration]) -> bool {
    let taint = Taint {
        key: UNSCHEDULABLE_TAINT.into(),
        value: "".into(),
        effect: TaintEffect::NoSchedule,
    };
    tolerations
        .iter()
        .any(|toleration| toleration.tolerates(&taint))
}

/// SCH-42: whether no taint keeps the pod away.
pub(super) fn tolerates_all(tolerations: &[Toleration], taints: &[Taint]) -> bool {
    taints.iter().all(|taint| match taint.effect {
        TaintEffect::PreferNoSchedule => true,
        TaintEffect::NoSchedule => tolerates(tolerations, taint),
        TaintEffect::NoExecute => {
            BORNE_BY_DEFAULT.contains(&&*taint.key) || tolerates(tolerations, taint)
        }
    })
}

fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations
        .iter()
        .any(|toleration| toleration.tolerates(taint))
}

/// SCH-44: whether a wanted port is taken; an empty address is all of them.
pub(super) fn ports_conflict(wanted: &[ContainerPort], held: &[ContainerPort]) -> bool {
    let is_any = |ip: &Name| ip.is_empty() || &**ip == "0.0.0.0";
    wanted.iter().any(|want| {
        held.iter().any(|have| {
            want.host_port == have.host_port
                && want.protocol == have.protocol
                && (is_any(&want.host_ip) || is_any(&have.host_ip) || want.host_ip == have.host_ip)
        })
    })
}

/// SCH-45 where neither storage nor extended resources are asked for: the question that every node is asked.
pub(super) fn has_room(requests: &Resources, room: &Room) -> bool {
    room.used_pods < room.pods
        && (requests.cpu_m == 0 || requests.cpu_m <= room.cpu_m - room.used_cpu_m)
        && (requests.memory_bytes == 0
            || requests.memory_bytes <= room.memory_bytes - room.used_memory_bytes)
}

/// SCH-45 for the resources that [`has_room`] leaves out.
pub(super) fn has_other_resources(requests: &Resources, info: &NodeInfo) -> bool {
    let fits = |want: i64, have: i64, used: i64| want == 0 || want <= have - used;
    fits(
        requests.storage_bytes,
        info.allocatable.storage_bytes,
        info.requested.storage_bytes,
    ) && requests.extended.iter().all(|(name, want)| {
        fits(
            *want,
            info.allocatable.extended(name),
            info.requested.extended(name),
        )
    })
}

/// SCH-45: everything that is short, in the order in which Kubernetes says it.
pub(super) fn shortage(requests: &Resources, room: &Room, info: &NodeInfo) -> Option<Shortage> {
    let mut shortage = Shortage {
        reasons: Vec::new(),
        unresolvable: false,
    };
    if room.used_pods >= room.pods {
        shortage.reasons.push(Reason::Text("Too many pods"));
    }
    let mut check = |reason: Reason, want: i64, have: i64, used: i64| {
        if want > 0 && want > have - used {
            shortage.reasons.push(reason);
            shortage.unresolvable |= want > have;
        }
    };
    check(
        Reason::Text("Insufficient cpu"),
        requests.cpu_m,
        room.cpu_m,
        room.used_cpu_m,
    );
    check(
        Reason::Text("Insufficient memory"),
        requests.memory_bytes,
        room.memory_bytes,
        room.used_memory_bytes,
    );
    check(
        Reason::Text("Insufficient ephemeral-storage"),
        requests.storage_bytes,
        info.allocatable.storage_bytes,
        info.requested.storage_bytes,
    );
    for (name, want) in &requests.extended {
        check(
            Reason::Insufficient(name.clone()),
            *want,
            info.allocatable.extended(name),
            info.requested.extended(name),
        );
    }
    (!shortage.reasons.is_empty()).then_some(shortage)
}

/// SCH-12a: whether the request fits the node with no other pod on it.
pub(super) fn fits_empty_node(requests: &Resources, allocatable: &Resources) -> bool {
    allocatable.pods > 0
        && requests.cpu_m <= allocatable.cpu_m
        && requests.memory_bytes <= allocatable.memory_bytes
        && requests.storage_bytes <= allocatable.storage_bytes
        && requests
            .extended
            .iter()
            .all(|(name, want)| *want <= allocatable.extended(name))
}

#[cfg(test)]
mod tests;
