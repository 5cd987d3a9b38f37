//! How pods change.

use super::{
    ArrivalId, Change, ContainerIndex, ContainerState, ContainerStatus, Deletion, DisruptionReason,
    NewPod, NodeId, Owner, Phase, Pod, PodId, PodNumber, PodReason, PodUpdate, World,
};
use crate::model::{Labels, Name, PreemptionPolicy};
use crate::sim::Span;

/// What the API adds to a new pod.
#[derive(Debug, Clone)]
pub(crate) struct PodAdmission {
    pub(crate) namespace: Name,
    pub(crate) name: Name,
    pub(crate) labels: Labels,
    pub(crate) attempt: u32,
    pub(crate) ordinal: u32,
    pub(crate) priority: i32,
    pub(crate) preemption_policy: PreemptionPolicy,
    pub(crate) arrival: Option<ArrivalId>,
}

impl World {
    /// Creates a pod.
    pub(crate) fn create_pod(&mut self, new: NewPod, admission: PodAdmission) -> PodId {
        let PodAdmission {
            namespace,
            name,
            labels,
            attempt,
            ordinal,
            priority,
            preemption_policy,
            arrival,
        } = admission;
        let containers = self.templates.get(new.template).spec.containers.len();
        let number = PodNumber(self.pods_created);
        self.pods_created += 1;
        let key = (namespace.clone(), name.clone());
        let pod = Pod {
            namespace,
            name,
            owner: new.owner,
            arrival,
            number,
            ordinal,
            template: new.template,
            index: new.index,
            attempt,
            labels,
            revision: new.revision,
            index_failures: new.index_failures,
            priority,
            preemption_policy,
            target: new.target,
            node: None,
            nominated: None,
            unschedulable: None,
            phase: Phase::Pending,
            reason: None,
            ready: false,
            ready_changed_at: None,
            ready_changed_exactly_at: self.now,
            disruption: None,
            finalizer: matches!(new.owner, Owner::Job(_)),
            deletion: None,
            containers: vec![
                ContainerStatus {
                    state: ContainerState::Waiting,
                    restarts: 0,
                    ready: false
                };
                containers
            ],
            created_at: self.now,
            scheduled_at: None,
            accepted_at: None,
            started_at: None,
            ready_at: None,
            finished_at: None,
            deleted_at: None,
        };
        let id = self.pods.insert(pod);
        self.pod_names.insert(key, id);
        self.note_pod_of(&new, number, id);
        self.note_pod_of_budgets(id);
        self.push(Change::PodCreated(id));
        id
    }

    fn note_pod_of(&mut self, new: &NewPod, number: PodNumber, id: PodId) {
        match new.owner {
            Owner::None => {}
            Owner::Job(job) => self.jobs[job.index()].note_pod(number, id, new.index),
            Owner::DaemonSet(daemonset) => {
                self.daemonsets[daemonset.index()].note_pod(number, id, new.target);
            }
            Owner::ReplicaSet(replicaset) => {
                self.replicasets[replicaset.index()].note_pod(number, id);
            }
            Owner::StatefulSet(statefulset) => {
                self.statefulsets[statefulset.index()].note_pod(number, id, new.index);
            }
        }
    }

    /// Binds a pod to a node.
    pub(crate) fn bind(&mut self, id: PodId, node: NodeId) {
        let requests = self.templates.requests(self.pods[id].template).clone();
        let now = self.now;
        let pod = &mut self.pods[id];
        assert!(pod.node.is_none(), "pod {} is bound twice", pod.name);
        pod.node = Some(node);
        pod.scheduled_at = Some(now);
        pod.nominated = None;
        pod.unschedulable = None;
        self.nodes[node.index()].take(pod.number, id, &requests);
        self.push(Change::PodScheduled(id));
    }

    /// Writes the scheduler's message; a change only if it differs.
    pub(crate) fn mark_unschedulable(&mut self, id: PodId, message: Name) {
        let pod = &mut self.pods[id];
        if pod.unschedulable.as_ref() != Some(&message) {
            pod.unschedulable = Some(message);
            self.push(Change::PodUnschedulable(id));
        }
    }

    /// Sets or clears the nominated node.
    pub(crate) fn nominate(&mut self, id: PodId, node: Option<NodeId>) {
        let pod = &mut self.pods[id];
        if pod.nominated != node {
            pod.nominated = node;
            if node.is_some() {
                self.push(Change::PodNominated(id));
            }
        }
    }

    /// Applies one step of a kubelet's report.
    pub(crate) fn report(&mut self, id: PodId, update: &PodUpdate) {
        let at = self.api_time(self.now);
        let now = self.now;
        let pod = &mut self.pods[id];
        match *update {
            PodUpdate::Accepted => pod.accepted_at = Some(now),
            PodUpdate::Pulling { container } => {
                self.push(Change::ContainerPulling { pod: id, container });
            }
            PodUpdate::Pulled { container } => {
                self.push(Change::ContainerPulled { pod: id, container });
            }
            PodUpdate::Started { container } => self.start_container(id, container),
            PodUpdate::ContainerReady { container, ready } => {
                pod.containers[usize::from(container)].ready = ready;
            }
            PodUpdate::Exited {
                container,
                exit_code,
                finished_at,
            } => {
                let finished_at = self.api_time(finished_at);
                let status = &mut self.pods[id].containers[usize::from(container)];
                status.state = ContainerState::Terminated {
                    exit_code,
                    finished_at,
                };
                status.ready = false;
                self.push(Change::ContainerExited {
                    pod: id,
                    container,
                    exit_code,
                });
            }
            PodUpdate::Backoff { container, wait } => {
                self.push(Change::ContainerBackoff {
                    pod: id,
                    container,
                    wait,
                });
            }
            PodUpdate::Ready(ready) => {
                if pod.ready != ready || pod.ready_changed_at.is_none() {
                    pod.ready_changed_at = Some(at);
                    pod.ready_changed_exactly_at = now;
                }
                if pod.ready != ready {
                    pod.ready = ready;
                    if ready {
                        pod.ready_at.get_or_insert(now);
                    }
                    self.push(if ready {
                        Change::PodReady(id)
                    } else {
                        Change::PodNotReady(id)
                    });
                }
            }
            PodUpdate::Phase { phase, reason } => self.set_phase(id, phase, reason),
            PodUpdate::Disrupted(reason) => pod.disruption = Some(reason),
        }
    }

    fn start_container(&mut self, id: PodId, container: ContainerIndex) {
        let now = self.now;
        let status = &mut self.pods[id].containers[usize::from(container)];
        if status.state != ContainerState::Waiting {
            status.restarts += 1;
        }
        status.state = ContainerState::Running(now);
        self.push(Change::ContainerStarted { pod: id, container });
    }

    fn set_phase(&mut self, id: PodId, phase: Phase, reason: Option<PodReason>) {
        let now = self.now;
        let pod = &mut self.pods[id];
        if pod.phase == phase {
            return;
        }
        assert!(
            !pod.phase.is_terminal() && phase > pod.phase,
            "pod {} went from {:?} to {phase:?}",
            pod.name,
            pod.phase
        );
        pod.phase = phase;
        pod.reason = reason.or(pod.reason);
        if phase == Phase::Running {
            pod.started_at = Some(now);
            self.push(Change::PodStarted(id));
            return;
        }
        pod.finished_at = Some(now);
        let (number, node, template, owner, index) =
            (pod.number, pod.node, pod.template, pod.owner, pod.index);
        if let Some(node) = node {
            let requests = self.templates.requests(template).clone();
            self.nodes[node.index()].release(number, &requests);
        }
        if phase == Phase::Failed
            && let Owner::Job(job) = owner
        {
            self.jobs[job.index()].note_failed_pod(index);
        }
        self.push(if phase == Phase::Failed {
            Change::PodFailed(id)
        } else {
            Change::PodSucceeded(id)
        });
    }

    /// Sets the condition `DisruptionTarget`.
    pub(crate) fn disrupt(&mut self, id: PodId, reason: DisruptionReason) {
        if self.pods[id].disruption.replace(reason).is_none() {
            match reason {
                DisruptionReason::PreemptionByScheduler => self.push(Change::PodPreempted(id)),
                DisruptionReason::DeletionByTaintManager
                | DisruptionReason::EvictionByEvictionAPI
                | DisruptionReason::TerminationByKubelet => self.push(Change::PodEvicted(id)),
                DisruptionReason::DeletionByPodGC => {}
            }
        }
    }

    /// The eviction API refused to delete a pod.
    pub(crate) fn note_refused_eviction(&mut self, id: PodId, message: Name) {
        self.push(Change::EvictionRefused { pod: id, message });
    }

    /// Marks a pod as being deleted, or shortens its grace period (NL-52).
    pub(crate) fn request_deletion(&mut self, id: PodId, grace: Span) {
        let (at, now) = (self.api_time(self.now), self.now);
        let pod = &mut self.pods[id];
        match &mut pod.deletion {
            None => {
                pod.deletion = Some(Deletion {
                    requested_at: at,
                    requested_exactly_at: now,
                    grace,
                    is_confirmed: false,
                });
            }
            Some(deletion) if now + grace < deletion.requested_exactly_at + deletion.grace => {
                deletion.grace = (now + grace - deletion.requested_exactly_at).max(Span::ZERO);
            }
            Some(_) => return,
        }
        self.push(Change::PodDeleting(id));
    }

    /// The object is to end at once; a finalizer may still hold it. What its kubelet confirms is no news.
    pub(crate) fn confirm_deletion(&mut self, id: PodId) {
        if self.pods[id].deletion.is_none() || !self.pods[id].phase.is_terminal() {
            self.request_deletion(id, Span::ZERO);
        }
        if let Some(deletion) = &mut self.pods[id].deletion {
            deletion.is_confirmed = true;
        }
    }

    /// Takes the tracking finalizer off.
    pub(crate) fn remove_finalizer(&mut self, id: PodId) {
        if std::mem::replace(&mut self.pods[id].finalizer, false) {
            self.push(Change::PodFinalizerRemoved(id));
        }
    }

    /// Ends a pod's object.
    pub(crate) fn remove_pod(&mut self, id: PodId) {
        let now = self.now;
        let pod = &mut self.pods[id];
        assert!(
            pod.deleted_at.is_none(),
            "pod {} is deleted twice",
            pod.name
        );
        pod.deleted_at = Some(now);
        let (number, node, template, owner, live) = (
            pod.number,
            pod.node,
            pod.template,
            pod.owner,
            !pod.phase.is_terminal(),
        );
        let key = (pod.namespace.clone(), pod.name.clone());
        self.pod_names.remove(&key);
        if let Some(node) = node {
            if live {
                let requests = self.templates.requests(template).clone();
                self.nodes[node.index()].release(number, &requests);
            }
            self.nodes[node.index()].forget(number);
        }
        self.forget_pod_of(owner, number);
        self.forget_pod_of_budgets(id);
        self.deleted_pods.push(id);
        self.push(Change::PodDeleted(id));
    }

    /// Takes the owner reference off (CP-G3).
    pub(crate) fn orphan_pod(&mut self, id: PodId) {
        let pod = &mut self.pods[id];
        let number = pod.number;
        let owner = std::mem::replace(&mut pod.owner, Owner::None);
        self.forget_pod_of(owner, number);
    }

    fn forget_pod_of(&mut self, owner: Owner, number: PodNumber) {
        match owner {
            Owner::None => {}
            Owner::Job(job) => self.jobs[job.index()].forget_pod(number),
            Owner::DaemonSet(daemonset) => self.daemonsets[daemonset.index()].forget_pod(number),
            Owner::ReplicaSet(id) => self.replicasets[id.index()].forget_pod(number),
            Owner::StatefulSet(id) => self.statefulsets[id.index()].forget_pod(number),
        }
    }
}
