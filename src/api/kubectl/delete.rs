//! `kubectl delete`.

use super::{nodes, not_found};
use crate::model::{Cascade, Meta, Name, ResourceKind, Selection, Target};
use crate::sim::Span;
use crate::world::{Call, OwnerRef, Pod, World};

/// The calls of a deletion; `how` is the cascade, and the grace period of pods.
pub(super) fn delete(
    world: &World,
    kind: ResourceKind,
    namespace: &Name,
    selection: &Selection,
    how: (Cascade, Option<Span>),
) -> Result<Vec<Call>, Name> {
    let (cascade, grace) = how;
    let owners = |resource: &str, rows: Vec<(OwnerRef, &Meta)>| {
        let chosen = rows.into_iter().filter(|(_, meta)| {
            selection.includes(&meta.name, &meta.labels, |field| meta_field(meta, field))
        });
        let calls = chosen.map(|(owner, _)| Call::DeleteObject { owner, cascade });
        complete(selection, calls.collect(), resource)
    };
    match kind {
        ResourceKind::Pod => delete_pods(world, namespace, selection, grace),
        ResourceKind::Job => {
            let rows = world.jobs_in(namespace);
            let rows = rows.map(|id| (OwnerRef::Job(id), &world.job(id).meta));
            owners("jobs.batch", rows.collect())
        }
        ResourceKind::CronJob => {
            let rows = world.cronjobs_in(namespace);
            let rows = rows.map(|id| (OwnerRef::CronJob(id), &world.cronjob(id).meta));
            owners("cronjobs.batch", rows.collect())
        }
        ResourceKind::DaemonSet => {
            let rows = world.daemonsets_in(namespace);
            let rows = rows.map(|id| (OwnerRef::DaemonSet(id), &world.daemonset(id).meta));
            owners("daemonsets.apps", rows.collect())
        }
        ResourceKind::Deployment => {
            let rows = world.deployments_in(namespace);
            let rows = rows.map(|id| (OwnerRef::Deployment(id), &world.deployment(id).meta));
            owners("deployments.apps", rows.collect())
        }
        ResourceKind::ReplicaSet => {
            let rows = world.replicasets_in(namespace);
            let rows = rows.map(|id| (OwnerRef::ReplicaSet(id), &world.replicaset(id).meta));
            owners("replicasets.apps", rows.collect())
        }
        ResourceKind::StatefulSet => {
            let rows = world.statefulsets_in(namespace);
            let rows = rows.map(|id| (OwnerRef::StatefulSet(id), &world.statefulset(id).meta));
            owners("statefulsets.apps", rows.collect())
        }
        ResourceKind::Node => nodes::each(world, selection, |id, _| Ok(vec![Call::DeleteNode(id)])),
        ResourceKind::PodDisruptionBudget => delete_budgets(world, namespace, selection),
        ResourceKind::PriorityClass
        | ResourceKind::Service
        | ResourceKind::ResourceQuota
        | ResourceKind::LimitRange => delete_policies(kind, namespace, selection),
    }
}

fn delete_pods(
    world: &World,
    namespace: &Name,
    selection: &Selection,
    grace: Option<Span>,
) -> Result<Vec<Call>, Name> {
    let pods = world.pods_in(namespace).filter(|(_, pod)| {
        selection.includes(&pod.name, &pod.labels, |field| pod_field(world, pod, field))
    });
    let disruption = None;
    let calls = pods.map(|(pod, _)| Call::DeletePod {
        pod,
        grace,
        disruption,
    });
    complete(selection, calls.collect(), "pods")
}

fn delete_budgets(
    world: &World,
    namespace: &Name,
    selection: &Selection,
) -> Result<Vec<Call>, Name> {
    let budgets = world.budgets_in(namespace).filter(|&id| {
        let meta = &world.budget(id).meta;
        selection.includes(&meta.name, &meta.labels, |field| meta_field(meta, field))
    });
    let calls = budgets.map(Call::DeleteBudget).collect();
    complete(selection, calls, "poddisruptionbudgets.policy")
}

fn delete_policies(
    kind: ResourceKind,
    namespace: &Name,
    selection: &Selection,
) -> Result<Vec<Call>, Name> {
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

/// kubectl complains about names that it does not find, and is content with a selector that finds nothing.
fn complete(selection: &Selection, calls: Vec<Call>, resource: &str) -> Result<Vec<Call>, Name> {
    match selection {
        Selection::Names(names) if calls.is_empty() => {
            Err(not_found(resource, names.first().map_or("", |name| name)))
        }
        Selection::Names(_) | Selection::Matching { .. } => Ok(calls),
    }
}

fn meta_field(meta: &Meta, field: &str) -> Name {
    match field {
        "metadata.name" => meta.name.clone(),
        "metadata.namespace" => meta.namespace.clone(),
        _ => "".into(),
    }
}

fn pod_field(world: &World, pod: &Pod, field: &str) -> Name {
    match field {
        "metadata.name" => pod.name.clone(),
        "metadata.namespace" => pod.namespace.clone(),
        "spec.nodeName" => pod
            .node
            .map_or_else(|| "".into(), |node| world.node(node).name.clone()),
        "status.phase" => pod.phase.name().into(),
        _ => "".into(),
    }
}
