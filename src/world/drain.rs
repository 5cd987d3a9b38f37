//! Drains of nodes that somebody has begun (NL-71, NL-72).

use super::{Change, DrainId, NodeId, World};
use crate::model::{DrainOptions, Name};

/// A `kubectl drain`: the nodes are drained one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Drain {
    /// The nodes, in the order in which they are drained.
    pub nodes: Vec<NodeId>,
    /// The flags.
    pub options: DrainOptions,
    /// Who drains, for `Action` events that tell of a refusal: the command as it was written.
    pub text: Name,
    /// Whether the command has come to its end.
    pub is_over: bool,
}

impl World {
    /// The drain, those that are over included.
    pub fn drain(&self, id: DrainId) -> &Drain {
        &self.drains[id.index()]
    }

    /// Begins a drain, whose nodes are cordoned already.
    pub(crate) fn begin_drain(&mut self, drain: Drain) -> DrainId {
        let id = DrainId::at(self.drains.len());
        self.drains.push(drain);
        self.push(Change::DrainBegan(id));
        id
    }

    /// A drain has come to its end, well or not.
    pub(crate) fn end_drain(&mut self, id: DrainId) {
        self.drains[id.index()].is_over = true;
        self.push(Change::DrainEnded(id));
    }

    /// A drain has emptied one of its nodes.
    pub(crate) fn note_drained(&mut self, node: NodeId) {
        self.push(Change::NodeDrained(node));
    }
}
