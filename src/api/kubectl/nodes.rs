//! What is done to nodes: `label`, `taint`, `cordon`, `drain`.

use super::node_named;
use crate::model::{DrainOptions, LabelChange, Name, Selection, Taint, TaintChange};
use crate::world::{Call, Drain, Node, NodeChange, NodeId, World};

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

/// NL-71: the nodes in the order in which they are drained.
pub(super) fn drain(
    world: &World,
    selection: &Selection,
    options: &DrainOptions,
    text: &Name,
) -> Result<Call, Name> {
    let mut nodes = Vec::new();
    each(world, selection, |id, _| {
        nodes.push(id);
        Ok(Vec::new())
    })?;
    Ok(Call::Drain(Box::new(Drain {
        nodes,
        options: options.clone(),
        text: text.clone(),
        is_over: false,
    })))
}

fn name_field(name: &Name, field: &str) -> Name {
    if field == "metadata.name" {
        name.clone()
    } else {
        "".into()
    }
}
