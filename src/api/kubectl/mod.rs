//! A scenario's actions: what a person does to the cluster, as calls, or why it is refused.

mod delete;
mod nodes;

use crate::model::{
    Action, Command, Edit, EditContext, Model, Name, NodeSource, Object, ResourceKind, Target,
};
use crate::world::{Call, DownBy, JobId, NewJob, NodeChange, NodeId, World};

/// The calls that `action` comes to at this moment.
pub fn carry_out(world: &World, model: &Model, action: &Action) -> Result<Vec<Call>, Name> {
    match &action.command {
        Command::AddNode(source) => Ok(add_nodes(source)),
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
        } => create_job_from(world, namespace, cronjob, job),
        Command::Delete {
            kind,
            namespace,
            selection,
            cascade,
            grace,
            force: _,
        } => delete::delete(world, *kind, namespace, selection, (*cascade, *grace)),
        Command::Edit { targets, edit } => targets
            .iter()
            .map(|target| edit_object(world, model, target, edit))
            .collect(),
        Command::LabelNodes {
            nodes,
            labels,
            overwrite,
        } => nodes::each(world, nodes, |id, node| {
            nodes::label(id, node, labels, *overwrite)
        }),
        Command::TaintNodes {
            nodes,
            taints,
            overwrite,
        } => nodes::each(world, nodes, |id, node| {
            nodes::taint(id, node, taints, *overwrite)
        }),
        Command::CordonNodes {
            nodes,
            unschedulable,
        } => nodes::each(world, nodes, |id, _| {
            Ok(vec![Call::ChangeNode {
                node: id,
                change: NodeChange::Unschedulable(*unschedulable),
            }])
        }),
        Command::DrainNodes { nodes, options } => {
            nodes::drain(world, nodes, options, &action.text).map(|drain| vec![drain])
        }
    }
}

fn create_job_from(
    world: &World,
    namespace: &Name,
    cronjob: &Name,
    job: &Name,
) -> Result<Vec<Call>, Name> {
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
        by: DownBy::Hand,
        silent,
        powered_off,
    }])
}

fn add_nodes(source: &NodeSource) -> Vec<Call> {
    match source {
        NodeSource::Manifest(spec) => vec![Call::CreateNode {
            spec: spec.clone(),
            pool: None,
            ready: false,
        }],
        NodeSource::Pool { pool, count } => (0..*count)
            .map(|_| Call::AddPoolNode {
                pool: *pool,
                ready: false,
            })
            .collect(),
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
        Object::Deployment(deployment) => {
            (ResourceKind::Deployment, &deployment.meta, &deployment.text)
        }
        Object::ReplicaSet(replicaset) => {
            (ResourceKind::ReplicaSet, &replicaset.meta, &replicaset.text)
        }
        Object::StatefulSet(statefulset) => (
            ResourceKind::StatefulSet,
            &statefulset.meta,
            &statefulset.text,
        ),
        Object::PodDisruptionBudget(budget) => (
            ResourceKind::PodDisruptionBudget,
            &budget.meta,
            &budget.text,
        ),
        Object::Pod(_)
        | Object::PriorityClass(_)
        | Object::Service(_)
        | Object::ResourceQuota(_)
        | Object::LimitRange(_)
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
        ResourceKind::Deployment => {
            let id = world
                .deployment_named(namespace, name)
                .ok_or_else(|| not_found("deployments.apps", name))?;
            Ok((world.deployment(id).manifest.clone(), plain))
        }
        ResourceKind::ReplicaSet => {
            let id = world
                .replicaset_named(namespace, name)
                .ok_or_else(|| not_found("replicasets.apps", name))?;
            Ok((world.replicaset(id).manifest.clone(), plain))
        }
        ResourceKind::StatefulSet => {
            let id = world
                .statefulset_named(namespace, name)
                .ok_or_else(|| not_found("statefulsets.apps", name))?;
            Ok((world.statefulset(id).manifest.clone(), plain))
        }
        ResourceKind::PodDisruptionBudget => {
            let id = world
                .budget_named(namespace, name)
                .ok_or_else(|| not_found("poddisruptionbudgets.policy", name))?;
            Ok((world.budget(id).manifest.clone(), plain))
        }
        ResourceKind::Pod
        | ResourceKind::Node
        | ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange => Err(not_found(kind.name(), name)),
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
