//! What is done to nodes: `label`, `taint`, `cordon`, `drain`.

use super::node_named;
use crate::model::{DrainOptions, LabelChange, Name, Selection, Taint, TaintChange};
use crate::sim::Span;
use crate::world::{Call, DisruptionReason, Node, NodeChange, NodeId, Owner, PodId, World};

/// The calls of a change of each selected node.
pub(super) fn each(
    world: &World,
    selection: &Selection,
    mut change: impl FnMut(NodeId, &Node) -> Result<Vec<Call>, Name>,
) -> Result<Vec<Call>, Name> {
    let mut calls = Vec::new();
    if let Selection::Names(names) = selection {
        for name in names {
            let id = node_named(world, name)?;
            calls.extend(change(id, world.node(id))?);
        }
        return Ok(calls);
    }
    for (id, node) in world.nodes() {
        if selection.includes(&node.name, &node.labels, |field| {
            name_field(&node.name, field)
        }) {
            calls.extend(change(id, node)?);
        }
    }
    Ok(calls)
}

pub(super) fn label(
    id: NodeId,
    node: &Node,
    labels: &[LabelChange],
    overwrite: bool,
) -> Result<Vec<Call>, Name> {
    for (key, value) in labels {
        let (Some(value), Some(old)) = (value, node.labels.get(key)) else {
            continue;
        };
        if !overwrite && old != value {
            return Err(
                format!("'{key}' already has a value ({old}), and --overwrite is false").into(),
            );
        }
    }
    let labels = node.labels.with(labels.iter().cloned());
    Ok(vec![Call::ChangeNode {
        node: id,
        change: NodeChange::Labels(labels),
    }])
}

pub(super) fn taint(
    id: NodeId,
    node: &Node,
    changes: &[TaintChange],
    overwrite: bool,
) -> Result<Vec<Call>, Name> {
    let mut calls = Vec::new();
    for change in changes {
        match change {
            TaintChange::Add(taint) => {
                let same = |t: &Taint| t.key == taint.key && t.effect == taint.effect;
                if !overwrite && node.taints.iter().any(same) {
                    let message = format!(
                        "node {} already has {} taint(s) with same effect(s)",
                        node.name, taint.key
                    );
                    return Err(format!("{message} and --overwrite is false").into());
                }
                calls.push(Call::ChangeNode {
                    node: id,
                    change: NodeChange::AddTaint(taint.clone()),
                });
            }
            TaintChange::Remove { key, effect } => {
                let gone: Vec<&Taint> = node
                    .taints
                    .iter()
                    .filter(|t| t.key == *key && effect.is_none_or(|effect| effect == t.effect))
                    .collect();
                if gone.is_empty() {
                    return Err(format!("taint \"{key}\" not found").into());
                }
                let remove = |taint: &Taint| NodeChange::RemoveTaint(taint.clone());
                calls.extend(gone.into_iter().map(|t| Call::ChangeNode {
                    node: id,
                    change: remove(t),
                }));
            }
        }
    }
    Ok(calls)
}

/// NL-71: cordons, then evicts; budgets are not asked.
pub(super) fn drain(
    world: &World,
    id: NodeId,
    node: &Node,
    options: &DrainOptions,
) -> Result<Vec<Call>, Name> {
    let mut calls = vec![Call::ChangeNode {
        node: id,
        change: NodeChange::Unschedulable(true),
    }];
    for &pod in node.pods.values() {
        let row = world.pod(pod).expect("a node lists pods that exist");
        match (row.owner, row.phase.is_terminal()) {
            (Owner::DaemonSet(_), false) if options.ignore_daemonsets => continue,
            (Owner::DaemonSet(_), false) => {
                return Err(
                    "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
                        .into(),
                );
            }
            (Owner::None, false) if !options.force => {
                return Err(
                    "cannot delete Pods that declare no controller (use --force to override)"
                        .into(),
                );
            }
            (
                Owner::None
                | Owner::Job(_)
                | Owner::DaemonSet(_)
                | Owner::ReplicaSet(_)
                | Owner::StatefulSet(_),
                _,
            ) => {}
        }
        let empty_dir = world.template_of(row).spec.has_empty_dir && !row.phase.is_terminal();
        if empty_dir && !options.delete_emptydir_data {
            return Err(
                "cannot delete Pods with local storage (use --delete-emptydir-data to override)"
                    .into(),
            );
        }
        calls.push(evict(pod, options.grace_period));
    }
    Ok(calls)
}

fn evict(pod: PodId, grace: Option<Span>) -> Call {
    Call::DeletePod {
        pod,
        grace,
        disruption: Some(DisruptionReason::EvictionByEvictionAPI),
    }
}

fn name_field(name: &Name, field: &str) -> Name {
    if field == "metadata.name" {
        name.clone()
    } else {
        "".into()
    }
}
