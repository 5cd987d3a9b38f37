//! The filter plugins of the default profile, as a set of bits: which of them rejected a pod.

use std::fmt::Write as _;
use std::ops::{BitOr, BitOrAssign};

/// A set of filter plugins (SCH-40 to SCH-48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Plugins(u16);

impl Plugins {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NODE_UNSCHEDULABLE: Self = Self(1);
    pub(super) const TAINT_TOLERATION: Self = Self(1 << 1);
    pub(super) const NODE_AFFINITY: Self = Self(1 << 2);
    pub(super) const NODE_PORTS: Self = Self(1 << 3);
    pub(super) const RESOURCES_FIT: Self = Self(1 << 4);
    pub(super) const TOPOLOGY_SPREAD: Self = Self(1 << 5);
    pub(super) const INTER_POD_AFFINITY: Self = Self(1 << 6);

    /// Kubernetes' names, sorted as its messages sort them.
    const NAMES: [(Self, &'static str); 7] = [
        (Self::INTER_POD_AFFINITY, "InterPodAffinity"),
        (Self::NODE_AFFINITY, "NodeAffinity"),
        (Self::NODE_PORTS, "NodePorts"),
        (Self::RESOURCES_FIT, "NodeResourcesFit"),
        (Self::NODE_UNSCHEDULABLE, "NodeUnschedulable"),
        (Self::TOPOLOGY_SPREAD, "PodTopologySpread"),
        (Self::TAINT_TOLERATION, "TaintToleration"),
    ];

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names as Go prints a list: `[NodeAffinity NodeResourcesFit]`.
    pub(super) fn list(self) -> String {
        let mut text = String::from("[");
        for (plugin, name) in Self::NAMES {
            if self.has(plugin) {
                let space = if text.len() > 1 { " " } else { "" };
                let _ = write!(text, "{space}{name}");
            }
        }
        text.push(']');
        text
    }
}

impl BitOr for Plugins {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Plugins {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_sort_by_name() {
        let both = Plugins::RESOURCES_FIT | Plugins::NODE_AFFINITY;
        assert_eq!(both.list(), "[NodeAffinity NodeResourcesFit]");
        assert_eq!(Plugins::NONE.list(), "[]");
    }
}
