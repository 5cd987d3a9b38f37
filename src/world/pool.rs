//! Pools of nodes: the numbers that their nodes have used.

use super::{NodeId, World};
use crate::model::{Name, NodeSpec, Pool};

/// A pool during a run.
#[derive(Debug, Clone, PartialEq)]
pub struct NodePool {
    /// What its nodes are made after.
    pub pattern: Pool,
    /// The last number that was used; none is used twice, whoever is gone.
    pub last_number: u32,
    /// Nodes that were taken and whose successors are still to come.
    pub open_places: u32,
}

impl World {
    /// The pool at `index` of the model's.
    pub fn pool(&self, index: usize) -> &NodePool {
        &self.pools[index]
    }

    /// Where the pool of this name stands, if there is one.
    pub fn pool_named(&self, name: &str) -> Option<usize> {
        self.pools
            .iter()
            .position(|pool| *pool.pattern.name == *name)
    }

    /// Makes a pool known; its nodes are not made by this.
    pub(crate) fn create_pool(&mut self, pattern: Pool) {
        self.pools.push(NodePool {
            pattern,
            last_number: 0,
            open_places: 0,
        });
    }

    /// A node is about to be taken, and its pool will make up for it.
    pub(crate) fn open_place(&mut self, node: NodeId) {
        let pool = self.node(node).pool.clone();
        if let Some(pool) = pool.and_then(|name| self.pool_named(&name)) {
            self.pools[pool].open_places += 1;
        }
    }

    /// The pool makes up for a node.
    pub(crate) fn close_place(&mut self, index: usize) {
        let pool = &mut self.pools[index];
        pool.open_places = pool.open_places.saturating_sub(1);
    }

    /// Uses up the pool's next number: its name and the node to be. A number whose name another node has is passed over.
    pub(crate) fn next_of_pool(&mut self, index: usize) -> (Name, NodeSpec) {
        loop {
            let pool = &mut self.pools[index];
            pool.last_number += 1;
            let node = pool.pattern.node(pool.last_number);
            let name = pool.pattern.name.clone();
            if self.node_named(&node.name).is_none() {
                return (name, node);
            }
        }
    }
}
