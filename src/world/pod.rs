//! Pods: their rows, and how they change.

use super::{
    Change, ContainerIndex, NewPod, NodeId, Owner, PodId, PodNumber, PodUpdate, TemplateId, World,
};
use crate::model::{Labels, Name, PreemptionPolicy};
use crate::sim::{Span, Time};

/// `status.phase` (KUB-1 to KUB-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not all containers have started.
    Pending,
    /// At least one container runs or will.
    Running,
    /// All containers ended with 0.
    Succeeded,
    /// The pod ended otherwise.
    Failed,
}

impl Phase {
    /// Succeeded or Failed.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// `status.reason` of a pod that the kubelet refused or ended (KUB-85).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodReason {
    /// The pod's own deadline (KUB-46).
    DeadlineExceeded,
    /// Refused by the kubelet (KUB-10).
    OutOfCpu,
    /// Refused by the kubelet.
    OutOfMemory,
    /// Refused by the kubelet.
    OutOfPods,
    /// Refused by the kubelet.
    NodeAffinity,
    /// Node-pressure eviction.
    Evicted,
}

impl PodReason {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::OutOfCpu => "OutOfcpu",
            Self::OutOfMemory => "OutOfmemory",
            Self::OutOfPods => "OutOfpods",
            Self::NodeAffinity => "NodeAffinity",
            Self::Evicted => "Evicted",
        }
    }
}

/// Reason of the condition `DisruptionTarget` (NL-90 to NL-94).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the reasons are Kubernetes' own")]
pub enum DisruptionReason {
    PreemptionByScheduler,
    DeletionByTaintManager,
    EvictionByEvictionAPI,
    DeletionByPodGC,
    TerminationByKubelet,
}

impl DisruptionReason {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreemptionByScheduler => "PreemptionByScheduler",
            Self::DeletionByTaintManager => "DeletionByTaintManager",
            Self::EvictionByEvictionAPI => "EvictionByEvictionAPI",
            Self::DeletionByPodGC => "DeletionByPodGC",
            Self::TerminationByKubelet => "TerminationByKubelet",
        }
    }
}

/// State of a container as the API shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerState {
    /// Not started yet.
    Waiting,
    /// Running since a moment.
    Running(Time),
    /// Ended with this code at this moment; it may be waiting for its restart.
    Terminated {
        /// The exit code.
        exit_code: i32,
        /// When it ended, cut to the second (JOB-9).
        finished_at: Time,
    },
}

/// A container's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Waiting, running or terminated.
    pub state: ContainerState,
    /// Starts after the first.
    pub restarts: u32,
    /// Its readiness.
    pub ready: bool,
}

/// A deletion request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// When it was asked for (cut to the second); `deletionTimestamp` is this plus the grace period.
    pub requested_at: Time,
    /// The moment itself.
    pub requested_exactly_at: Time,
    /// The grace period.
    pub grace: Span,
    /// The kubelet (or a forced deletion) has asked for the end of the object; a finalizer may still hold it.
    pub is_confirmed: bool,
}

/// What a bare pod is called, for its random streams.
pub type BareOwner = Name;

/// A pod.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own in the API object"
)]
pub struct Pod {
    /// Its namespace.
    pub namespace: Name,
    /// Its name.
    pub name: Name,
    /// Its controller.
    pub owner: Owner,
    /// Its place in the order of all pods of the run.
    pub number: PodNumber,
    /// Its place among the pods of its owner (and index or node), from 0: names its random streams.
    pub ordinal: u32,
    /// Its template.
    pub template: TemplateId,
    /// Its completion index.
    pub index: Option<i32>,
    /// The attempt that its first container start is (contract §2), from 1.
    pub attempt: u32,
    /// Its labels, those that controllers set included.
    pub labels: Labels,
    /// Its revision (daemon pods).
    pub revision: Option<super::Revision>,
    /// Counted and ignored failures of its index before it (JOB-47).
    pub index_failures: (i32, i32),
    /// Its priority (SCH-71).
    pub priority: i32,
    /// Whether it may preempt.
    pub preemption_policy: PreemptionPolicy,
    /// The node it is for (daemon pods).
    pub target: Option<NodeId>,
    /// The node it is bound to.
    pub node: Option<NodeId>,
    /// `status.nominatedNodeName`.
    pub nominated: Option<NodeId>,
    /// The message of PodScheduled=False.
    pub unschedulable: Option<Name>,
    /// The phase.
    pub phase: Phase,
    /// `status.reason`.
    pub reason: Option<PodReason>,
    /// Condition Ready.
    pub ready: bool,
    /// When condition Ready last changed, cut to the second; `None`: never set.
    pub ready_changed_at: Option<Time>,
    /// When condition Ready last changed.
    pub ready_changed_exactly_at: Time,
    /// Condition `DisruptionTarget`.
    pub disruption: Option<DisruptionReason>,
    /// The Job tracking finalizer is on.
    pub finalizer: bool,
    /// A deletion request.
    pub deletion: Option<Deletion>,
    /// The containers.
    pub containers: Vec<ContainerStatus>,
    /// Creation.
    pub created_at: Time,
    /// Binding.
    pub scheduled_at: Option<Time>,
    /// When the kubelet first handled it (KUB-12).
    pub accepted_at: Option<Time>,
    /// First phase Running.
    pub started_at: Option<Time>,
    /// First Ready.
    pub ready_at: Option<Time>,
    /// Phase Succeeded or Failed.
    pub finished_at: Option<Time>,
    /// End of the object.
    pub deleted_at: Option<Time>,
}

impl Pod {
    /// JOB-10: neither terminal nor being deleted.
    pub fn is_active(&self) -> bool {
        !self.phase.is_terminal() && self.deletion.is_none()
    }

    /// JOB-11: being deleted and not terminal.
    pub fn is_terminating(&self) -> bool {
        !self.phase.is_terminal() && self.deletion.is_some()
    }

    /// Starts of containers after the first ones.
    pub fn restarts(&self) -> u32 {
        self.containers
            .iter()
            .map(|container| container.restarts)
            .sum()
    }

    /// The exit code that a person would name: that of the first container that failed, else of the last one.
    pub fn exit_code(&self) -> Option<i32> {
        let codes = self
            .containers
            .iter()
            .filter_map(|container| match container.state {
                ContainerState::Terminated { exit_code, .. } => Some(exit_code),
                ContainerState::Waiting | ContainerState::Running(_) => None,
            });
        codes
            .clone()
            .find(|&code| code != 0)
            .or_else(|| codes.last())
    }
}

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
        } = admission;
        let containers = self.templates.get(new.template).spec.containers.len();
        let number = PodNumber(self.pods_created);
        self.pods_created += 1;
        let key = (namespace.clone(), name.clone());
        let pod = Pod {
            namespace,
            name,
            owner: new.owner,
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
        match new.owner {
            Owner::None => {}
            Owner::Job(job) => self.jobs[job.index()].note_pod(number, id, new.index),
            Owner::DaemonSet(daemonset) => {
                self.daemonsets[daemonset.index()].note_pod(number, id, new.target);
            }
        }
        self.push(Change::PodCreated(id));
        id
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
                self.push(Change::ContainerPulling { pod: id, container })
            }
            PodUpdate::Pulled { container } => {
                self.push(Change::ContainerPulled { pod: id, container })
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
                })
            }
            Some(deletion) if now + grace < deletion.requested_exactly_at + deletion.grace => {
                deletion.grace = (now + grace - deletion.requested_exactly_at).max(Span::ZERO);
            }
            Some(_) => return,
        }
        self.push(Change::PodDeleting(id));
    }

    /// The object is to end; says nothing if only a finalizer holds it now.
    pub(crate) fn confirm_deletion(&mut self, id: PodId) {
        self.request_deletion(id, Span::ZERO);
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
        match owner {
            Owner::None => {}
            Owner::Job(job) => self.jobs[job.index()].forget_pod(number),
            Owner::DaemonSet(daemonset) => self.daemonsets[daemonset.index()].forget_pod(number),
        }
        self.deleted_pods.push(id);
        self.push(Change::PodDeleted(id));
    }

    /// Takes the owner reference off (CP-G3).
    pub(crate) fn orphan_pod(&mut self, id: PodId) {
        let pod = &mut self.pods[id];
        let number = pod.number;
        match std::mem::replace(&mut pod.owner, Owner::None) {
            Owner::None => {}
            Owner::Job(job) => self.jobs[job.index()].forget_pod(number),
            Owner::DaemonSet(daemonset) => self.daemonsets[daemonset.index()].forget_pod(number),
        }
    }
}
