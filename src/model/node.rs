//! Nodes and pools of nodes.

use super::{Autoscale, Labels, Name, NodeFailure, Resources};
use crate::sim::Span;

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaintEffect {
    /// New pods without a toleration are not placed.
    NoSchedule,
    /// The scheduler avoids the node.
    PreferNoSchedule,
    /// As `NoSchedule`, and running pods without a toleration are evicted.
    NoExecute,
}

impl TaintEffect {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Taint {
    /// The key.
    pub key: Name,
    /// The value, may be empty.
    pub value: Name,
    /// The effect.
    pub effect: TaintEffect,
}

/// A Node object as the user wrote it, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSpec {
    /// `metadata.name`.
    pub name: Name,
    /// Labels, with `kubernetes.io/hostname`, `os` and `arch`.
    pub labels: Labels,
    /// Taints of the manifest.
    pub taints: Vec<Taint>,
    /// `spec.unschedulable`: cordoned from the start.
    pub unschedulable: bool,
    /// What pods can have of it.
    pub allocatable: Resources,
    /// From the object's creation to Ready, for a node that is added during the run (default 1 s).
    pub ready_after: Span,
    /// `cluster-autoscaler.kubernetes.io/scale-down-disabled: "true"`.
    pub scale_down_disabled: bool,
    /// The manifest as JSON text, for `objects.jsonl`.
    pub manifest: Name,
}

/// A pool: nodes `<name>-1`, `<name>-2`, … made after one pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// The pool's name.
    pub name: Name,
    /// How many there are at t = 0.
    pub count: u32,
    /// The pattern: its `name` is the pool's and its hostname label is missing unless the user set it.
    pub node: NodeSpec,
    /// Failures that are drawn for each of its nodes.
    pub failures: Vec<NodeFailure>,
    /// What a node costs an hour, in millionths of whatever the user counts in.
    pub price_micros: Option<u64>,
    /// How it grows and shrinks; `None`: it does not.
    pub autoscale: Option<Autoscale>,
}

impl Pool {
    /// The node with this number (from 1).
    pub fn node(&self, number: u32) -> NodeSpec {
        let name: Name = format!("{}-{number}", self.name).into();
        let hostname: Name = "kubernetes.io/hostname".into();
        let mut node = self.node.clone();
        if node.labels.get(&hostname).is_none() {
            node.labels = node.labels.with([(hostname, Some(name.clone()))]);
        }
        node.name = name;
        node
    }
}
