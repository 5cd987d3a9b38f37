//! Creating and replacing objects: `kubectl apply` and `create`, new nodes, and the Jobs of CronJobs.

use super::admission::{self, Refusal};
use super::{daemon, quota, replicated};
use crate::model::{
    CronJobSpec, DaemonSetSpec, DisruptionBudgetSpec, JobSpec, Manifest, Meta, Name, NodeSpec,
    Object, PodTemplate, Taint, TaintEffect,
};
use crate::world::{ArrivalId, JobId, JobSeed, NewJob, NodeChange, NodeId, World};
use std::sync::Arc;

/// Creates `object`; one that exists is replaced if `replace`, else the answer is a refusal.
pub(super) fn put(world: &mut World, object: Object, replace: bool) -> Result<(), Refusal> {
    put_as(world, object, replace, None)
}

/// Creates an object that comes as the scenario said.
pub(super) fn arrive(world: &mut World, object: Object, arrival: ArrivalId) -> Result<(), Refusal> {
    put_as(world, object, false, Some(arrival))?;
    world.note_arrival(arrival);
    Ok(())
}

fn put_as(
    world: &mut World,
    object: Object,
    replace: bool,
    arrival: Option<ArrivalId>,
) -> Result<(), Refusal> {
    match object {
        Object::Pod(pod) => put_pod(world, &pod, replace, arrival),
        Object::Job(job) => put_job(world, job, replace, arrival),
        Object::CronJob(cronjob) => put_cronjob(world, cronjob, replace),
        Object::DaemonSet(daemonset) => put_daemonset(world, daemonset, replace),
        Object::Node(spec) => put_node(world, spec, replace),
        Object::Deployment(deployment) => replicated::put_deployment(world, deployment, replace),
        Object::ReplicaSet(replicaset) => replicated::put_replicaset(world, replicaset, replace),
        Object::StatefulSet(statefulset) => {
            replicated::put_statefulset(world, statefulset, replace)
        }
        Object::PodDisruptionBudget(budget) => put_budget(world, budget, replace),
        Object::PriorityClass(_)
        | Object::Service(_)
        | Object::ResourceQuota(_)
        | Object::LimitRange(_) => {
            put_policy(world, object);
            Ok(())
        }
    }
}

/// The refusal of an object whose name is taken.
pub(super) fn taken(resource: &str, name: &Name) -> Refusal {
    Refusal::Refused(format!("{resource} \"{name}\" already exists").into())
}

fn put_pod(
    world: &mut World,
    pod: &Manifest<Arc<PodTemplate>>,
    replace: bool,
    arrival: Option<ArrivalId>,
) -> Result<(), Refusal> {
    let (namespace, name) = (&pod.meta.namespace, &pod.meta.name);
    if replace && world.pod_named(namespace, name).is_some() {
        return Ok(()); // A bare pod's spec cannot change in a way that has an effect here.
    }
    admission::create_bare_pod(world, namespace, name, &pod.spec, arrival).map(|_| ())
}

fn put_job(
    world: &mut World,
    job: Manifest<JobSpec>,
    replace: bool,
    arrival: Option<ArrivalId>,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = job;
    match world.job_named(&meta.namespace, &meta.name) {
        Some(_) if !replace => return Err(taken("jobs.batch", &meta.name)),
        Some(id) => world.update_job(id, meta, spec, text),
        None => {
            let used = || world.jobs_in(&meta.namespace).count();
            quota::admit_count(world, &meta.namespace, "count/jobs.batch", used)?;
            world.create_job(JobSeed {
                meta,
                cronjob: None,
                scheduled_unix: None,
                arrival,
                spec,
                manifest: text,
            });
        }
    }
    Ok(())
}

fn put_cronjob(
    world: &mut World,
    cronjob: Manifest<CronJobSpec>,
    replace: bool,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = cronjob;
    match world.cronjob_named(&meta.namespace, &meta.name) {
        Some(_) if !replace => return Err(taken("cronjobs.batch", &meta.name)),
        Some(id) => world.update_cronjob(id, meta, spec, text),
        None => {
            let used = || world.cronjobs_in(&meta.namespace).count();
            quota::admit_count(world, &meta.namespace, "count/cronjobs.batch", used)?;
            world.create_cronjob(meta, spec, text);
        }
    }
    Ok(())
}

fn put_daemonset(
    world: &mut World,
    daemonset: Manifest<DaemonSetSpec>,
    replace: bool,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = daemonset;
    match world.daemonset_named(&meta.namespace, &meta.name) {
        Some(_) if !replace => return Err(taken("daemonsets.apps", &meta.name)),
        Some(id) => world.update_daemonset(id, daemon::seed(meta, spec, text)),
        None => {
            world.create_daemonset(daemon::seed(meta, spec, text));
        }
    }
    Ok(())
}

fn put_node(world: &mut World, spec: NodeSpec, replace: bool) -> Result<(), Refusal> {
    match world.node_named(&spec.name) {
        Some(_) if !replace => return Err(taken("nodes", &spec.name)),
        Some(id) => {
            world.change_node(id, NodeChange::Labels(spec.labels));
            world.change_node(id, NodeChange::Unschedulable(spec.unschedulable));
        }
        None => {
            create_node(world, spec, None, false);
        }
    }
    Ok(())
}

fn put_budget(
    world: &mut World,
    budget: Manifest<DisruptionBudgetSpec>,
    replace: bool,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = budget;
    let (namespace, name) = (&meta.namespace, &meta.name);
    if world.budget_named(namespace, name).is_some() {
        if !replace {
            return Err(taken("poddisruptionbudgets.policy", name));
        }
    } else {
        let used = || world.budgets_in(namespace).count();
        quota::admit_count(world, namespace, "count/poddisruptionbudgets.policy", used)?;
    }
    world.put_budget(meta, spec, text);
    Ok(())
}

fn put_policy(world: &mut World, object: Object) {
    let key = |meta: Meta| (meta.namespace, meta.name);
    let policies = world.policies_mut();
    match object {
        Object::PriorityClass(class) => {
            policies
                .priority_classes
                .insert(class.meta.name, class.spec);
        }
        Object::Service(service) => {
            policies.services.insert(key(service.meta), service.spec);
        }
        Object::ResourceQuota(quota) => {
            policies.quotas.insert(key(quota.meta), quota.spec);
        }
        Object::LimitRange(range) => {
            policies.limit_ranges.insert(key(range.meta), range.spec);
        }
        Object::Pod(_)
        | Object::Job(_)
        | Object::CronJob(_)
        | Object::DaemonSet(_)
        | Object::Deployment(_)
        | Object::ReplicaSet(_)
        | Object::StatefulSet(_)
        | Object::PodDisruptionBudget(_)
        | Object::Node(_) => unreachable!("only objects without a life of their own are policies"),
    }
}

/// Creates a node; one that is not Ready yet carries the taint that keeps pods away (NL-30).
pub(super) fn create_node(
    world: &mut World,
    mut spec: NodeSpec,
    pool: Option<Name>,
    ready: bool,
) -> NodeId {
    let not_ready = not_ready_taint();
    if ready {
        spec.taints.retain(|taint| taint.key != not_ready.key);
    } else if !spec.taints.contains(&not_ready) {
        spec.taints.push(not_ready);
    }
    if spec.unschedulable {
        spec.taints.push(unschedulable_taint());
    }
    world.add_node(spec, pool, ready)
}

/// `node.kubernetes.io/not-ready:NoSchedule`.
pub fn not_ready_taint() -> Taint {
    Taint {
        key: "node.kubernetes.io/not-ready".into(),
        value: "".into(),
        effect: TaintEffect::NoSchedule,
    }
}

/// `node.kubernetes.io/unschedulable:NoSchedule`.
pub fn unschedulable_taint() -> Taint {
    Taint {
        key: "node.kubernetes.io/unschedulable".into(),
        value: "".into(),
        effect: TaintEffect::NoSchedule,
    }
}

/// Creates a Job of a CronJob (CRON-40 to CRON-42), or one by hand from it.
pub(super) fn create_cron_child(
    world: &mut World,
    parent: Meta,
    new: NewJob,
) -> Result<JobId, Refusal> {
    let cronjob = world.cronjob(new.cronjob);
    if !cronjob.exists() {
        return Err(Refusal::NotFound);
    }
    let namespace = parent.namespace;
    if world.job_named(&namespace, &new.name).is_some() {
        return Err(taken("jobs.batch", &new.name));
    }
    let meta = Meta {
        namespace: namespace.clone(),
        name: new.name,
        labels: cronjob.spec.job_labels.clone(),
        annotations: cronjob.spec.job_annotations.clone(),
    };
    let (spec, manifest) = (cronjob.spec.job.clone(), cronjob.spec.job_text.clone());
    let used = || world.jobs_in(&namespace).count();
    quota::admit_count(world, &namespace, "count/jobs.batch", used)?;
    Ok(world.create_job(JobSeed {
        meta,
        cronjob: Some(new.cronjob),
        scheduled_unix: new.scheduled_unix,
        arrival: None,
        spec,
        manifest,
    }))
}
