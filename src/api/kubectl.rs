//! A scenario's actions: what a person does to the cluster, as calls, or why it is refused.

use crate::model::{
    Cascade, Command, DrainOptions, Edit, EditContext, LabelChange, Model, Name, NodeSource,
    Object, ResourceKind, Selection, Taint, TaintChange, Target,
};
use crate::sim::Span;
use crate::world::{
    Call, DisruptionReason, JobId, NewJob, Node, NodeChange, NodeId, Owner, OwnerRef, Pod, PodId,
    World,
};

/// The calls that `command` comes to at this moment; `pool_numbers` are the last number used in each pool.
pub fn carry_out(
    world: &World,
    model: &Model,
    command: &Command,
    pool_numbers: &mut [u32],
) -> Result<Vec<Call>, Name> {
    match command {
        Command::AddNode(source) => Ok(add_nodes(model, source, pool_numbers)),
        Command::RemoveNode(name) => Ok(vec![Call::DeleteNode(node_named(world, name)?)]),
        Command::CrashNode(name) => silence(world, name, true, false),
        Command::PowerOffNode(name) => silence(world, name, true, true),
        Command::RecoverNode(name) => silence(world, name, false, false),
        Command::Apply(objects) => objects
            .iter()
            .map(|object| apply(world, model, object))
            .collect(),
        Command::Create(objects) => Ok(objects
            .iter()
            .map(|object| Call::Put {
                object: Box::new(object.clone()),
                replace: false,
            })
            .collect()),
        Command::CreateJobFrom {
            namespace,
            cronjob,
            job,
        } => {
            let cronjob = world
                .cronjob_named(namespace, cronjob)
                .ok_or_else(|| not_found("cronjobs.batch", cronjob))?;
            if world.job_named(namespace, job).is_some() {
                return Err(format!("jobs.batch \"{job}\" already exists").into());
            }
            Ok(vec![Call::CreateJob(NewJob {
                cronjob,
                name: job.clone(),
                scheduled_unix: None,
            })])
        }
        Command::Delete {
            kind,
            namespace,
            selection,
            cascade,
            grace,
            force: _,
        } => delete(world, *kind, namespace, selection, *cascade, *grace),
        Command::Edit { targets, edit } => targets
            .iter()
            .map(|target| edit_object(world, model, target, edit))
            .collect(),
        Command::LabelNodes {
            nodes,
            labels,
            overwrite,
        } => each_node(world, nodes, |id, node| label(id, node, labels, *overwrite)),
        Command::TaintNodes {
            nodes,
            taints,
            overwrite,
        } => each_node(world, nodes, |id, node| taint(id, node, taints, *overwrite)),
        Command::CordonNodes {
            nodes,
            unschedulable,
        } => each_node(world, nodes, |id, _| {
            Ok(vec![Call::ChangeNode {
                node: id,
                change: NodeChange::Unschedulable(*unschedulable),
            }])
        }),
        Command::DrainNodes { nodes, options } => {
            each_node(world, nodes, |id, node| drain(world, id, node, options))
        }
    }
}

fn not_found(resource: &str, name: &str) -> Name {
    format!("{resource} \"{name}\" not found").into()
}

fn node_named(world: &World, name: &Name) -> Result<NodeId, Name> {
    world
        .node_named(name)
        .ok_or_else(|| not_found("nodes", name))
}

fn silence(world: &World, name: &Name, silent: bool, powered_off: bool) -> Result<Vec<Call>, Name> {
    Ok(vec![Call::SetNodeSilent {
        node: node_named(world, name)?,
        silent,
        powered_off,
    }])
}

fn add_nodes(model: &Model, source: &NodeSource, pool_numbers: &mut [u32]) -> Vec<Call> {
    match source {
        NodeSource::Manifest(spec) => vec![Call::CreateNode {
            spec: spec.clone(),
            pool: None,
            ready: false,
        }],
        NodeSource::Pool { pool: index, count } => {
            let pool = &model.pools[*index];
            let number = &mut pool_numbers[*index];
            (0..*count)
                .map(|_| {
                    *number += 1;
                    Call::CreateNode {
                        spec: Box::new(pool.node(*number)),
                        pool: Some(pool.name.clone()),
                        ready: false,
                    }
                })
                .collect()
        }
    }
}

/// `kubectl apply`: creates, or edits what is there.
fn apply(world: &World, model: &Model, object: &Object) -> Result<Call, Name> {
    let put = |object: Object| Call::Put {
        object: Box::new(object),
        replace: true,
    };
    let (kind, meta, text) = match object {
        Object::Job(job) => (ResourceKind::Job, &job.meta, &job.text),
        Object::CronJob(cronjob) => (ResourceKind::CronJob, &cronjob.meta, &cronjob.text),
        Object::DaemonSet(daemonset) => (ResourceKind::DaemonSet, &daemonset.meta, &daemonset.text),
        Object::Pod(_)
        | Object::Deployment(_)
        | Object::StatefulSet(_)
        | Object::PriorityClass(_)
        | Object::Service(_)
        | Object::ResourceQuota(_)
        | Object::LimitRange(_)
        | Object::PodDisruptionBudget(_)
        | Object::Node(_) => return Ok(put(object.clone())),
    };
    let target = Target {
        kind,
        namespace: meta.namespace.clone(),
        name: meta.name.clone(),
    };
    if manifest_of(world, &target).is_err() {
        return Ok(put(object.clone()));
    }
    edit_object(world, model, &target, &Edit::Apply(text.clone()))
}

fn edit_object(world: &World, model: &Model, target: &Target, edit: &Edit) -> Result<Call, Name> {
    let (manifest, context) = manifest_of(world, target)?;
    let object = (model.edit)(target.kind, &manifest, edit, context).map_err(Name::from)?;
    Ok(Call::Put {
        object: Box::new(renamed(object, target)),
        replace: true,
    })
}

/// A Job that a CronJob made shares the CronJob's text, which has no name.
fn renamed(mut object: Object, target: &Target) -> Object {
    if let Object::Job(job) = &mut object {
        job.meta.name = target.name.clone();
        job.meta.namespace = target.namespace.clone();
    }
    object
}

fn manifest_of(world: &World, target: &Target) -> Result<(Name, EditContext), Name> {
    let Target {
        kind,
        namespace,
        name,
    } = target;
    let plain = EditContext::default();
    match kind {
        ResourceKind::Job => {
            let id = world
                .job_named(namespace, name)
                .ok_or_else(|| not_found("jobs.batch", name))?;
            Ok((
                world.job(id).manifest.clone(),
                EditContext {
                    template_is_mutable: template_is_mutable(world, id),
                },
            ))
        }
        ResourceKind::CronJob => {
            let id = world
                .cronjob_named(namespace, name)
                .ok_or_else(|| not_found("cronjobs.batch", name))?;
            Ok((world.cronjob(id).manifest.clone(), plain))
        }
        ResourceKind::DaemonSet => {
            let id = world
                .daemonset_named(namespace, name)
                .ok_or_else(|| not_found("daemonsets.apps", name))?;
            Ok((world.daemonset(id).manifest.clone(), plain))
        }
        ResourceKind::Pod
        | ResourceKind::Deployment
        | ResourceKind::ReplicaSet
        | ResourceKind::StatefulSet
        | ResourceKind::Node
        | ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => Err(not_found(kind.name(), name)),
    }
}

/// WL-J32.
fn template_is_mutable(world: &World, id: JobId) -> bool {
    let job = world.job(id);
    let suspended = job
        .status
        .condition(crate::world::JobConditionKind::Suspended)
        .is_some();
    job.spec.suspend && job.status.active == 0 && (suspended || job.started_at.is_none())
}

fn delete(
    world: &World,
    kind: ResourceKind,
    namespace: &Name,
    selection: &Selection,
    cascade: Cascade,
    grace: Option<Span>,
) -> Result<Vec<Call>, Name> {
    let owner = |owner: OwnerRef| Call::DeleteObject { owner, cascade };
    match kind {
        ResourceKind::Pod => {
            let pods = world.pods_in(namespace).filter(|(_, pod)| {
                selection.includes(&pod.name, &pod.labels, |field| pod_field(world, pod, field))
            });
            let calls: Vec<Call> = pods
                .map(|(pod, _)| Call::DeletePod {
                    pod,
                    grace,
                    disruption: None,
                })
                .collect();
            complete(selection, calls, "pods")
        }
        ResourceKind::Job => {
            let jobs = world.jobs_in(namespace).filter(|&id| {
                let meta = &world.job(id).meta;
                selection.includes(&meta.name, &meta.labels, |field| {
                    meta_field(&meta.name, &meta.namespace, field)
                })
            });
            complete(
                selection,
                jobs.map(|id| owner(OwnerRef::Job(id))).collect(),
                "jobs.batch",
            )
        }
        ResourceKind::CronJob => {
            let cronjobs = world.cronjobs_in(namespace).filter(|&id| {
                let meta = &world.cronjob(id).meta;
                selection.includes(&meta.name, &meta.labels, |field| {
                    meta_field(&meta.name, &meta.namespace, field)
                })
            });
            complete(
                selection,
                cronjobs.map(|id| owner(OwnerRef::CronJob(id))).collect(),
                "cronjobs.batch",
            )
        }
        ResourceKind::DaemonSet => {
            let daemonsets = world.daemonsets_in(namespace).filter(|&id| {
                let meta = &world.daemonset(id).meta;
                selection.includes(&meta.name, &meta.labels, |field| {
                    meta_field(&meta.name, &meta.namespace, field)
                })
            });
            complete(
                selection,
                daemonsets
                    .map(|id| owner(OwnerRef::DaemonSet(id)))
                    .collect(),
                "daemonsets.apps",
            )
        }
        ResourceKind::Node => each_node(world, selection, |id, _| Ok(vec![Call::DeleteNode(id)])),
        ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange
        | ResourceKind::PodDisruptionBudget => {
            let Selection::Names(names) = selection else {
                return Err(format!("{} can be deleted by name only", kind.name()).into());
            };
            let target = |name: &Name| Target {
                kind,
                namespace: namespace.clone(),
                name: name.clone(),
            };
            Ok(names
                .iter()
                .map(|name| Call::DeletePolicy(target(name)))
                .collect())
        }
        ResourceKind::Deployment | ResourceKind::ReplicaSet | ResourceKind::StatefulSet => {
            Err(format!("{} is not simulated yet", kind.name()).into())
        }
    }
}

/// kubectl complains about names that it does not find, and is content with a selector that finds nothing.
fn complete(selection: &Selection, calls: Vec<Call>, resource: &str) -> Result<Vec<Call>, Name> {
    match selection {
        Selection::Names(names) if calls.is_empty() => {
            Err(not_found(resource, names.first().map_or("", |name| name)))
        }
        Selection::Names(_) | Selection::Matching { .. } => Ok(calls),
    }
}

fn meta_field(name: &Name, namespace: &Name, field: &str) -> Name {
    match field {
        "metadata.name" => name.clone(),
        "metadata.namespace" => namespace.clone(),
        _ => "".into(),
    }
}

fn pod_field(world: &World, pod: &Pod, field: &str) -> Name {
    match field {
        "spec.nodeName" => pod
            .node
            .map_or_else(|| "".into(), |node| world.node(node).name.clone()),
        "status.phase" => pod.phase.name().into(),
        _ => meta_field(&pod.name, &pod.namespace, field),
    }
}

fn each_node(
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
            meta_field(&node.name, &"".into(), field)
        }) {
            calls.extend(change(id, node)?);
        }
    }
    Ok(calls)
}

fn label(
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

fn taint(
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
fn drain(
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
            (Owner::None | Owner::Job(_) | Owner::DaemonSet(_), _) => {}
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
