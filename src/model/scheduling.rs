//! What a pod says about where it may run.

use super::{LabelSelector, Name, Operator, Requirement, Taint, TaintEffect};
use crate::sim::Span;

/// How a toleration compares with a taint's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TolerationOperator {
    /// The values are equal.
    Equal,
    /// Any value.
    Exists,
}

/// A toleration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Toleration {
    /// The taint's key; empty: every key.
    pub key: Name,
    /// How the values compare.
    pub operator: TolerationOperator,
    /// The value.
    pub value: Name,
    /// The effect; `None`: every effect.
    pub effect: Option<TaintEffect>,
    /// How long a `NoExecute` taint is borne; `None`: for ever. Zero or less: not at all.
    pub seconds: Option<Span>,
}

impl Toleration {
    /// A toleration of every value of `key`, without a time limit.
    pub fn exists(key: &str, effect: TaintEffect) -> Self {
        Self {
            key: key.into(),
            operator: TolerationOperator::Exists,
            value: "".into(),
            effect: Some(effect),
            seconds: None,
        }
    }

    /// Whether it matches `taint` (SCH-51).
    pub fn tolerates(&self, taint: &Taint) -> bool {
        (self.effect.is_none() || self.effect == Some(taint.effect))
            && (self.key.is_empty() || self.key == taint.key)
            && match self.operator {
                TolerationOperator::Exists => true,
                TolerationOperator::Equal => self.value == taint.value,
            }
    }
}

/// What a node selector's requirement looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeTerm {
    /// A label.
    Label(Requirement),
    /// The field `metadata.name`.
    NodeName(Requirement),
}

/// Requirements that must all hold; a term without any matches no node.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeSelectorTerm(pub Vec<NodeTerm>);

impl NodeSelectorTerm {
    /// Whether a node of this name and labels matches.
    pub fn matches(&self, name: &str, labels: &super::Labels) -> bool {
        !self.0.is_empty()
            && self.0.iter().all(|term| match term {
                NodeTerm::Label(requirement) => requirement.matches(labels),
                NodeTerm::NodeName(requirement) => requirement.matches_value(Some(name)),
            })
    }
}

/// A preference with its weight (1–100).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weighted<T> {
    /// The weight.
    pub weight: i64,
    /// The preference.
    pub term: T,
}

/// A term of inter-pod affinity or anti-affinity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodAffinityTerm {
    /// Which pods.
    pub selector: LabelSelector,
    /// In which namespaces; empty: the pod's own. `None` with a selector for all namespaces.
    pub namespaces: Option<Vec<Name>>,
    /// The node label whose equal values count as one place.
    pub topology_key: Name,
}

/// Node and pod (anti-)affinity.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Affinity {
    /// Required node affinity: `None` is no restriction, else one of the terms must match.
    pub node_required: Option<Vec<NodeSelectorTerm>>,
    /// Preferred node affinity.
    pub node_preferred: Vec<Weighted<NodeSelectorTerm>>,
    /// Required pod affinity: all must hold.
    pub pod_required: Vec<PodAffinityTerm>,
    /// Preferred pod affinity.
    pub pod_preferred: Vec<Weighted<PodAffinityTerm>>,
    /// Required pod anti-affinity: none may hold.
    pub anti_required: Vec<PodAffinityTerm>,
    /// Preferred pod anti-affinity.
    pub anti_preferred: Vec<Weighted<PodAffinityTerm>>,
}

/// What happens when a spread constraint does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhenUnsatisfiable {
    /// The node is filtered out.
    DoNotSchedule,
    /// The node scores lower.
    ScheduleAnyway,
}

/// A topology spread constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpreadConstraint {
    /// `maxSkew`.
    pub max_skew: i64,
    /// `minDomains`.
    pub min_domains: Option<i64>,
    /// `topologyKey`.
    pub topology_key: Name,
    /// `whenUnsatisfiable`.
    pub when_unsatisfiable: WhenUnsatisfiable,
    /// Which pods are counted; `matchLabelKeys` are merged in.
    pub selector: LabelSelector,
    /// `nodeAffinityPolicy: Honor` (the default).
    pub honor_affinity: bool,
    /// `nodeTaintsPolicy: Honor` (not the default).
    pub honor_taints: bool,
}

impl Requirement {
    /// `key = value`.
    pub fn equals(key: &str, value: &str) -> Self {
        Self {
            key: key.into(),
            operator: Operator::In,
            values: vec![value.into()],
        }
    }
}
