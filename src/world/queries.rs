//! What can be asked of the world.

use super::ids::Key;
use super::{
    ArrivalId, CronJob, CronJobId, DaemonSet, DaemonSetId, Deployment, DeploymentId, Job, JobId,
    Node, NodeId, Owner, Pod, PodId, ReplicaSet, ReplicaSetId, StatefulSet, StatefulSetId,
    TemplateId, Templates, World,
};
use crate::model::{Name, PodTemplate, Resources};
use crate::sim::Identity;
use std::sync::Arc;

impl World {
    /// The pod, while its object exists or its deletion is being told.
    pub fn pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id)
    }

    /// The pod, if its object exists.
    pub fn live_pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id).filter(|pod| pod.deleted_at.is_none())
    }

    /// All pods whose objects exist, in no order that means anything but always the same.
    pub fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.iter().filter(|(_, pod)| pod.deleted_at.is_none())
    }

    /// The pods of a namespace by name.
    pub fn pods_in<'w>(
        &'w self,
        namespace: &Name,
    ) -> impl Iterator<Item = (PodId, &'w Pod)> + use<'w> {
        in_namespace(&self.pod_names, namespace).map(|id| (id, &self.pods[id]))
    }

    /// The pod of this name.
    pub fn pod_named(&self, namespace: &Name, name: &Name) -> Option<PodId> {
        self.pod_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The node, gone ones included.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All nodes that exist, in order of creation.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.all_nodes().filter(|(_, node)| node.exists())
    }

    /// All nodes that ever were, in order of creation.
    pub fn all_nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (NodeId::at(index), node))
    }

    /// Rises with every change of a node's object: as long as it stays, no answer about nodes changes.
    pub fn node_changes(&self) -> u64 {
        self.node_changes
    }

    /// The node of this name.
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        self.node_names.get(name).copied()
    }

    /// The Job, gone ones included.
    pub fn job(&self, id: JobId) -> &Job {
        &self.jobs[id.index()]
    }

    /// All Jobs that ever were, in order of creation.
    pub fn all_jobs(&self) -> impl Iterator<Item = (JobId, &Job)> {
        self.jobs
            .iter()
            .enumerate()
            .map(|(index, job)| (JobId::at(index), job))
    }

    /// The Jobs of a namespace by name.
    pub fn jobs_in<'w>(&'w self, namespace: &Name) -> impl Iterator<Item = JobId> + use<'w> {
        in_namespace(&self.job_names, namespace)
    }

    /// The Job of this name.
    pub fn job_named(&self, namespace: &Name, name: &Name) -> Option<JobId> {
        self.job_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The CronJob, gone ones included.
    pub fn cronjob(&self, id: CronJobId) -> &CronJob {
        &self.cronjobs[id.index()]
    }

    /// All CronJobs that ever were, in order of creation.
    pub fn all_cronjobs(&self) -> impl Iterator<Item = (CronJobId, &CronJob)> {
        self.cronjobs
            .iter()
            .enumerate()
            .map(|(index, row)| (CronJobId::at(index), row))
    }

    /// The CronJobs of a namespace by name.
    pub fn cronjobs_in<'w>(
        &'w self,
        namespace: &Name,
    ) -> impl Iterator<Item = CronJobId> + use<'w> {
        in_namespace(&self.cronjob_names, namespace)
    }

    /// The CronJob of this name.
    pub fn cronjob_named(&self, namespace: &Name, name: &Name) -> Option<CronJobId> {
        self.cronjob_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The DaemonSet, gone ones included.
    pub fn daemonset(&self, id: DaemonSetId) -> &DaemonSet {
        &self.daemonsets[id.index()]
    }

    /// All DaemonSets that ever were, in order of creation.
    pub fn all_daemonsets(&self) -> impl Iterator<Item = (DaemonSetId, &DaemonSet)> {
        self.daemonsets
            .iter()
            .enumerate()
            .map(|(index, row)| (DaemonSetId::at(index), row))
    }

    /// The DaemonSets of a namespace by name.
    pub fn daemonsets_in<'w>(
        &'w self,
        namespace: &Name,
    ) -> impl Iterator<Item = DaemonSetId> + use<'w> {
        in_namespace(&self.daemonset_names, namespace)
    }

    /// The DaemonSet of this name.
    pub fn daemonset_named(&self, namespace: &Name, name: &Name) -> Option<DaemonSetId> {
        self.daemonset_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The Deployment, gone ones included.
    pub fn deployment(&self, id: DeploymentId) -> &Deployment {
        &self.deployments[id.index()]
    }

    /// All Deployments that ever were, in order of creation.
    pub fn all_deployments(&self) -> impl Iterator<Item = (DeploymentId, &Deployment)> {
        self.deployments
            .iter()
            .enumerate()
            .map(|(index, row)| (DeploymentId::at(index), row))
    }

    /// The Deployments of a namespace by name.
    pub fn deployments_in<'w>(
        &'w self,
        namespace: &Name,
    ) -> impl Iterator<Item = DeploymentId> + use<'w> {
        in_namespace(&self.deployment_names, namespace)
    }

    /// The Deployment of this name.
    pub fn deployment_named(&self, namespace: &Name, name: &Name) -> Option<DeploymentId> {
        self.deployment_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The ReplicaSet, gone ones included.
    pub fn replicaset(&self, id: ReplicaSetId) -> &ReplicaSet {
        &self.replicasets[id.index()]
    }

    /// All ReplicaSets that ever were, in order of creation.
    pub fn all_replicasets(&self) -> impl Iterator<Item = (ReplicaSetId, &ReplicaSet)> {
        self.replicasets
            .iter()
            .enumerate()
            .map(|(index, row)| (ReplicaSetId::at(index), row))
    }

    /// The ReplicaSets of a namespace by name.
    pub fn replicasets_in<'w>(
        &'w self,
        namespace: &Name,
    ) -> impl Iterator<Item = ReplicaSetId> + use<'w> {
        in_namespace(&self.replicaset_names, namespace)
    }

    /// The ReplicaSet of this name.
    pub fn replicaset_named(&self, namespace: &Name, name: &Name) -> Option<ReplicaSetId> {
        self.replicaset_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The StatefulSet, gone ones included.
    pub fn statefulset(&self, id: StatefulSetId) -> &StatefulSet {
        &self.statefulsets[id.index()]
    }

    /// All StatefulSets that ever were, in order of creation.
    pub fn all_statefulsets(&self) -> impl Iterator<Item = (StatefulSetId, &StatefulSet)> {
        self.statefulsets
            .iter()
            .enumerate()
            .map(|(index, row)| (StatefulSetId::at(index), row))
    }

    /// The StatefulSets of a namespace by name.
    pub fn statefulsets_in<'w>(
        &'w self,
        namespace: &Name,
    ) -> impl Iterator<Item = StatefulSetId> + use<'w> {
        in_namespace(&self.statefulset_names, namespace)
    }

    /// The StatefulSet of this name.
    pub fn statefulset_named(&self, namespace: &Name, name: &Name) -> Option<StatefulSetId> {
        self.statefulset_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The pod templates of the run.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The same, for interning.
    pub(crate) fn intern(&mut self, template: &Arc<PodTemplate>) -> TemplateId {
        self.templates.intern(template)
    }

    /// The template of a pod.
    pub fn template_of(&self, pod: &Pod) -> &PodTemplate {
        self.templates.get(pod.template)
    }

    /// What a pod requests (SCH-50).
    pub fn requests_of(&self, pod: &Pod) -> &Resources {
        self.templates.requests(pod.template)
    }

    /// Kind and name of the pod's owners, the nearest first, and of the pod itself.
    pub fn names_of<'w>(&'w self, pod: &'w Pod) -> Vec<(&'static str, &'w str)> {
        let mut names = Vec::with_capacity(3);
        match pod.owner {
            Owner::None => {}
            Owner::Job(id) => {
                let job = self.job(id);
                names.push(("Job", &*job.meta.name));
                if let Some(cronjob) = job.cronjob {
                    names.push(("CronJob", &*self.cronjob(cronjob).meta.name));
                }
            }
            Owner::DaemonSet(id) => names.push(("DaemonSet", &*self.daemonset(id).meta.name)),
            Owner::ReplicaSet(id) => {
                let replicaset = self.replicaset(id);
                names.push(("ReplicaSet", &*replicaset.meta.name));
                if let Some(deployment) = replicaset.deployment() {
                    names.push(("Deployment", &*self.deployment(deployment).meta.name));
                }
            }
            Owner::StatefulSet(id) => names.push(("StatefulSet", &*self.statefulset(id).meta.name)),
        }
        names.push(("Pod", &*pod.name));
        names
    }

    /// Kind and name of the pod's controller; empty for a bare pod.
    pub fn owner_name(&self, owner: Owner) -> (&'static str, &str) {
        match owner {
            Owner::None => ("", ""),
            Owner::Job(id) => ("Job", &self.job(id).meta.name),
            Owner::DaemonSet(id) => ("DaemonSet", &self.daemonset(id).meta.name),
            Owner::ReplicaSet(id) => ("ReplicaSet", &self.replicaset(id).meta.name),
            Owner::StatefulSet(id) => ("StatefulSet", &self.statefulset(id).meta.name),
        }
    }

    /// What a pod, or the Job that it belongs to, came as.
    pub fn arrival_of(&self, pod: &Pod) -> Option<ArrivalId> {
        match pod.owner {
            Owner::Job(id) => self.job(id).arrival,
            Owner::None => pod.arrival,
            Owner::DaemonSet(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_) => None,
        }
    }

    /// What names a pod's random streams: its owner, its index, ordinal or node, and its place there (contract §4).
    pub fn pod_identity(&self, pod: &Pod) -> Identity {
        let (kind, name) = self.owner_name(pod.owner);
        let name = if kind.is_empty() { &pod.name } else { name };
        let place = match (pod.index, pod.target) {
            (Some(index), _) => index.to_string(),
            (None, Some(node)) => self.node(node).name.to_string(),
            (None, None) => String::new(),
        };
        Identity::new(&[
            "pod",
            &*pod.namespace,
            kind,
            name,
            &place,
            &pod.ordinal.to_string(),
        ])
    }
}

/// The values of one namespace, by name.
pub(in crate::world) fn in_namespace<'w, Id: Copy + 'w>(
    names: &'w std::collections::BTreeMap<Key, Id>,
    namespace: &Name,
) -> impl Iterator<Item = Id> + use<'w, Id> {
    let namespace = namespace.clone();
    let from = (namespace.clone(), Name::from(""));
    names
        .range(from..)
        .take_while(move |((ns, _), _)| *ns == namespace)
        .map(|(_, id)| *id)
}
