//! The autoscaler keeps to the bounds of its pools, and takes no node away from pods that it would have to move first.

use super::{Verdict, hold};
use podtime::Model;
use podtime::sim::Seq;
use podtime::world::{Change, Fact, Node, Owner, Scaling as Decision, World};
use std::collections::BTreeMap;

/// Bounds of a pool, by its place in the model.
type Bounds = Option<(usize, usize)>;

pub(super) struct Scaling {
    bounds: Vec<Bounds>,
    names: Vec<String>,
    /// Nodes that were asked for and have not come, by pool.
    awaited: Vec<usize>,
    /// The pools of its requests, by their events.
    requests: BTreeMap<Seq, usize>,
}

/// The taint of a node that the autoscaler is about to remove.
fn is_going(node: &Node) -> bool {
    let mut taints = node.taints.iter();
    taints.any(|taint| &*taint.key == "ToBeDeletedByClusterAutoscaler")
}

impl Scaling {
    pub(super) fn new(model: &Model) -> Self {
        let size = |count: u32| usize::try_from(count).unwrap();
        let bounds = model.pools.iter().map(|pool| {
            let autoscale = pool.autoscale.as_ref()?;
            Some((size(autoscale.min), size(autoscale.max)))
        });
        Self {
            bounds: bounds.collect(),
            names: model
                .pools
                .iter()
                .map(|pool| pool.name.to_string())
                .collect(),
            awaited: vec![0; model.pools.len()],
            requests: BTreeMap::new(),
        }
    }

    fn nodes<'w>(&self, world: &'w World, pool: usize) -> impl Iterator<Item = &'w Node> {
        let name = self.names[pool].clone();
        world
            .nodes()
            .map(|(_, node)| node)
            .filter(move |node| node.pool.as_deref() == Some(&*name))
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        if let Change::NodeAdded(_) = fact.change {
            let request = fact.cause.and_then(|cause| self.requests.get(&cause));
            if let Some(&pool) = request {
                self.awaited[pool] -= 1;
            }
            return Ok(());
        }
        let Change::Scaling(decision) = &fact.change else {
            return Ok(());
        };
        match decision {
            Decision::Up { pool, count, .. } => {
                let most = self.bounds[*pool].map_or(0, |(_, max)| max);
                let there = self.nodes(world, *pool).count() + owed(world, *pool);
                let count = usize::try_from(*count).unwrap();
                self.awaited[*pool] += count;
                self.requests.insert(fact.seq.unwrap(), *pool);
                let awaited = self.awaited[*pool];
                hold(count > 0 && there + awaited <= most, "pool size", || {
                    format!("{there} nodes and {awaited} more are above {most}")
                })
            }
            Decision::Down { node, text } => {
                let node = world.node(*node);
                let pool = self
                    .names
                    .iter()
                    .position(|name| Some(&**name) == node.pool.as_deref());
                let bounds = pool.and_then(|pool| self.bounds[pool]);
                let Some((pool, (least, _))) = pool.zip(bounds) else {
                    return hold(false, "pool", || format!("{} is not autoscaled", node.name));
                };
                let left = self
                    .nodes(world, pool)
                    .filter(|node| !is_going(node))
                    .count();
                let left = left + self.awaited[pool] + owed(world, pool);
                hold(node.exists() && left > least, "pool size", || {
                    format!(
                        "{} goes, and the pool has {left} of at least {least}",
                        node.name
                    )
                })?;
                let moving = node.pods.values().filter_map(|&id| world.live_pod(id));
                let moving = moving.filter(|pod| {
                    !pod.phase.is_terminal()
                        && pod.deletion.is_none()
                        && !matches!(pod.owner, Owner::DaemonSet(_))
                });
                let bare = moving.clone().filter(|pod| pod.owner == Owner::None);
                hold(bare.count() == 0, "bare pods", || {
                    format!("{} has a pod without a controller", node.name)
                })?;
                let moving = moving.count();
                hold(
                    !text.contains("reason=empty") || moving == 0,
                    "empty",
                    || format!("{} has {moving} pods", node.name),
                )
            }
            Decision::UpFailed { pool, text } => {
                let number = text.trim_start_matches("nodes=").split(' ').next();
                self.awaited[*pool] -= number.unwrap().parse::<usize>().unwrap();
                Ok(())
            }
            Decision::DownFailed { .. } => Ok(()),
        }
    }
}

/// The pool's places that successors of taken nodes will fill.
fn owed(world: &World, pool: usize) -> usize {
    usize::try_from(world.pool(pool).open_places).unwrap()
}
