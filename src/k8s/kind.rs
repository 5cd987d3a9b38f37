//! Which kinds have an effect here, and under which version.

use crate::model::ResourceKind;
use crate::scenario::problem::quote;
use crate::scenario::suggest::did_you_mean;

/// A kind that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each name is Kubernetes' own kind")]
pub(super) enum Kind {
    Pod,
    Job,
    CronJob,
    DaemonSet,
    Deployment,
    ReplicaSet,
    StatefulSet,
    Node,
    PriorityClass,
    Service,
    ResourceQuota,
    LimitRange,
    PodDisruptionBudget,
}

/// What is to be done with an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is read.
    Known(Kind),
    /// It is named once and passed over.
    NoEffect,
    /// It is passed over.
    Silent,
    /// The API server would not know it.
    Wrong {
        /// The key at fault.
        key: &'static str,
        /// What is wrong.
        message: String,
        /// What would be right.
        hint: String,
    },
}

static KINDS: [(&str, &str, Kind); 13] = [
    ("Pod", "v1", Kind::Pod),
    ("Job", "batch/v1", Kind::Job),
    ("CronJob", "batch/v1", Kind::CronJob),
    ("DaemonSet", "apps/v1", Kind::DaemonSet),
    ("Deployment", "apps/v1", Kind::Deployment),
    ("StatefulSet", "apps/v1", Kind::StatefulSet),
    ("ReplicaSet", "apps/v1", Kind::ReplicaSet),
    ("Node", "v1", Kind::Node),
    ("PriorityClass", "scheduling.k8s.io/v1", Kind::PriorityClass),
    ("Service", "v1", Kind::Service),
    ("ResourceQuota", "v1", Kind::ResourceQuota),
    ("LimitRange", "v1", Kind::LimitRange),
    (
        "PodDisruptionBudget",
        "policy/v1",
        Kind::PodDisruptionBudget,
    ),
];

/// Groups of which every kind is known: any other word is a slip.
const CLOSED_GROUPS: [&str; 2] = ["batch", "apps"];
const CLOSED_GROUP_OTHERS: [&str; 1] = ["ControllerRevision"];

/// Judges an `apiVersion` and a kind.
pub(super) fn of(api_version: &str, kind: &str) -> Verdict {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if !is_built_in(group) {
        return Verdict::NoEffect;
    }
    if let Some((_, right, known)) = KINDS.iter().find(|(name, ..)| *name == kind) {
        if *right == api_version {
            return Verdict::Known(*known);
        }
        return Verdict::Wrong {
            key: "apiVersion",
            message: format!("no kind {} in version {}", quote(kind), quote(api_version)),
            hint: format!("write `apiVersion: {right}`"),
        };
    }
    if kind == "Namespace" {
        return Verdict::Silent;
    }
    let names = KINDS.iter().map(|(name, ..)| *name);
    let other_case = names.clone().find(|name| name.eq_ignore_ascii_case(kind));
    let is_closed = CLOSED_GROUPS.contains(&group) && !CLOSED_GROUP_OTHERS.contains(&kind);
    if other_case.is_none() && !is_closed {
        return Verdict::NoEffect;
    }
    let hint = if let Some(meant) = other_case.or_else(|| did_you_mean(kind, names)) {
        format!("did you mean `{meant}`?")
    } else {
        let kinds = KINDS
            .iter()
            .filter(|(_, version, _)| *version == api_version);
        let kinds: Vec<_> = kinds.map(|(name, ..)| *name).collect();
        format!("the kinds of {api_version} are {}", kinds.join(", "))
    };
    Verdict::Wrong {
        key: "kind",
        message: format!("no kind {} in version {}", quote(kind), quote(api_version)),
        hint,
    }
}

/// Kubernetes' own groups have no dot, or end in `.k8s.io`.
fn is_built_in(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

/// The kind of a resource.
pub(super) fn of_resource(resource: ResourceKind) -> Kind {
    entry(resource).2
}

/// The API group of a resource, empty for the core group.
pub(super) fn group_of(resource: ResourceKind) -> &'static str {
    let (_, version, _) = entry(resource);
    version.split_once('/').map_or("", |(group, _)| group)
}

fn entry(resource: ResourceKind) -> &'static (&'static str, &'static str, Kind) {
    let mut kinds = KINDS.iter();
    let entry = kinds.find(|(name, ..)| *name == resource.name());
    entry.expect("every kind that kubectl can name is read")
}
