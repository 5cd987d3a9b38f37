//! How many pods of some kind each node holds: kept up to date, so that no attempt walks over all pods.
//!
//! Topology spread and pod affinity ask for pods by namespace and labels. The first attempt that asks counts; after
//! that every pod that comes or goes is counted as it does.

use super::cache::Held;
use crate::model::{LabelSelector, Name};
use crate::sim::Lookup;
use crate::world::NodeId;

/// Which pods are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// A pod must match all of them: namespaces (`None`: all) and labels.
    pub(super) terms: Vec<(Option<Vec<Name>>, LabelSelector)>,
    /// Pods that are being deleted do not count (SCH-52).
    pub(super) live_only: bool,
}

impl Kind {
    /// Whether a pod of this namespace and these labels counts.
    pub(super) fn matches(&self, held: &Held) -> bool {
        self.terms.iter().all(|(namespaces, selector)| {
            namespaces
                .as_ref()
                .is_none_or(|namespaces| namespaces.contains(&held.namespace))
                && selector.matches(&held.labels)
        })
    }
}

/// The place of a kind in [`Crowds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CrowdId(usize);

#[derive(Debug)]
struct Crowd {
    kind: Kind,
    by_node: Vec<i64>,
}

/// Counts of all kinds that were asked for.
#[derive(Debug, Default)]
pub(super) struct Crowds {
    rows: Vec<Crowd>,
    ids: Lookup<Kind, usize>,
}

impl Crowds {
    /// The counts of a kind; `held` are all pods on nodes, for a kind that is new.
    pub(super) fn of<'a>(&mut self, kind: Kind, held: impl Iterator<Item = &'a Held>) -> CrowdId {
        if let Some(&id) = self.ids.get(&kind) {
            return CrowdId(id);
        }
        let id = self.rows.len();
        self.ids.insert(kind.clone(), id);
        let mut crowd = Crowd {
            kind,
            by_node: Vec::new(),
        };
        for pod in held {
            crowd.shift(pod, 1);
        }
        self.rows.push(crowd);
        CrowdId(id)
    }

    /// How many pods of the kind are on the node.
    pub(super) fn count(&self, id: CrowdId, node: NodeId) -> i64 {
        let crowd = &self.rows[id.0];
        crowd.by_node.get(node.index()).copied().unwrap_or(0)
    }

    /// A pod came (1) or went (-1).
    pub(super) fn shift(&mut self, held: &Held, by: i64) {
        for crowd in &mut self.rows {
            crowd.shift(held, by);
        }
    }

    /// A pod is being deleted from now on; it is not marked yet.
    pub(super) fn terminate(&mut self, held: &Held) {
        for crowd in &mut self.rows {
            if crowd.kind.live_only {
                crowd.shift(held, -1);
            }
        }
    }
}

impl Crowd {
    fn shift(&mut self, held: &Held, by: i64) {
        let counts = !(self.kind.live_only && held.terminating);
        if counts && self.kind.matches(held) {
            let at = held.node.index();
            if self.by_node.len() <= at {
                self.by_node.resize(at + 1, 0);
            }
            self.by_node[at] += by;
        }
    }
}
