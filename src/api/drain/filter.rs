//! NL-71: which pods of a node a drain evicts, and which it does not dare to.
//!
//! Upstream: `pkg/drain/filters.go` of kubectl. There are no mirror pods here.

use crate::model::DrainOptions;
use crate::world::{NodeId, Owner, Pod, PodId, World};
use std::collections::BTreeMap;

const DAEMON: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL_STORAGE: &str = "Pods with local storage (use --delete-emptydir-data to override)";
const UNMANAGED: &str = "Pods that declare no controller (use --force to override)";

/// What becomes of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Evicted,
    Left,
    /// It keeps the whole node from being drained.
    Forbidden(&'static str),
}

/// The pods to be evicted, in order of creation; or why none is.
pub(super) fn pods_to_evict(
    world: &World,
    node: NodeId,
    options: &DrainOptions,
) -> Result<Vec<PodId>, Vec<String>> {
    let mut evicted = Vec::new();
    let mut forbidden: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for &id in world.node(node).pods.values() {
        let pod = world.live_pod(id).expect("a node lists pods that exist");
        if !options.pod_selector.matches(&pod.labels) {
            continue;
        }
        match fate(world, pod, options) {
            Fate::Evicted => evicted.push(id),
            Fate::Left => {}
            Fate::Forbidden(why) => {
                let name = format!("{}/{}", pod.namespace, pod.name);
                forbidden.entry(why).or_default().push(name);
            }
        }
    }
    if forbidden.is_empty() {
        return Ok(evicted);
    }
    let error =
        |(why, pods): (&str, Vec<String>)| format!("cannot delete {why}: {}", pods.join(", "));
    Err(forbidden.into_iter().map(error).collect())
}

fn fate(world: &World, pod: &Pod, options: &DrainOptions) -> Fate {
    if pod.phase.is_terminal() {
        return Fate::Evicted;
    }
    let is_orphan = match pod.owner {
        Owner::DaemonSet(id) if world.daemonset(id).exists() => {
            return if options.ignore_daemonsets {
                Fate::Left
            } else {
                Fate::Forbidden(DAEMON)
            };
        }
        // One whose DaemonSet is gone is as good as unmanaged.
        Owner::DaemonSet(_) | Owner::None => true,
        Owner::Job(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_) => false,
    };
    if world.template_of(pod).spec.has_empty_dir && !options.delete_emptydir_data {
        Fate::Forbidden(LOCAL_STORAGE)
    } else if is_orphan && !options.force {
        Fate::Forbidden(UNMANAGED)
    } else {
        Fate::Evicted
    }
}
