//! Pods and their templates.

use super::{
    Affinity, AnnotatedBehavior, Labels, Name, NodeTerm, Operator, Resources, SpreadConstraint,
    Toleration,
};
use crate::sim::Span;

/// `spec.restartPolicy` of a pod, or of a container that has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RestartPolicy {
    /// Whatever the exit code.
    Always,
    /// After an exit code other than 0.
    OnFailure,
    /// Not at all.
    Never,
}

/// `imagePullPolicy`, default filled in (KUB-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImagePullPolicy {
    /// At each start.
    Always,
    /// Where the image is not on the node.
    IfNotPresent,
    /// Not at all.
    Never,
}

/// What part a container has in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerKind {
    /// Runs to its end before the next one.
    Init,
    /// An init container with `restartPolicy: Always`: runs beside the others (KUB-14).
    Sidecar,
    /// A regular container.
    Regular,
}

/// A port that is asked for on the node itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerPort {
    /// `hostIP`, empty for all addresses.
    pub host_ip: Name,
    /// `hostPort`, not 0.
    pub host_port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Name,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Container {
    /// Its name.
    pub name: Name,
    /// Its part.
    pub kind: ContainerKind,
    /// Its image.
    pub image: Name,
    /// When the image is pulled.
    pub image_pull_policy: ImagePullPolicy,
    /// What it asks for; a limit stands in for a missing request (WL-D14).
    pub requests: Resources,
    /// Its limits, for `LimitRange` and `ResourceQuota`.
    pub limits: Resources,
    /// Whether cpu (first) and memory (second) are requested at all: scoring fills in defaults (SCH-C10).
    pub requests_named: (bool, bool),
    /// A restart policy of its own (WL-P12), not that of a sidecar.
    pub restart_policy: Option<RestartPolicy>,
    /// Exit codes after which it is restarted whatever the policies say (KUB-8); the order decides nothing.
    pub restart_rules: Vec<RestartRule>,
}

/// An entry of `restartPolicyRules` (WL-P12).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RestartRule {
    /// The exit codes.
    pub exit_codes: Vec<i32>,
    /// `In`, else `NotIn`.
    pub includes: bool,
}

impl RestartRule {
    /// Whether the container is restarted after this exit code.
    pub fn matches(&self, exit_code: i32) -> bool {
        self.exit_codes.contains(&exit_code) == self.includes
    }
}

/// `preemptionPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum PreemptionPolicy {
    /// May take the place of pods of lower priority.
    #[default]
    PreemptLowerPriority,
    /// Waits.
    Never,
}

/// What a pod is to be, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodSpec {
    /// Init containers and sidecars in order, then the regular ones.
    pub containers: Vec<Container>,
    /// `restartPolicy`.
    pub restart_policy: RestartPolicy,
    /// `terminationGracePeriodSeconds` (default 30 s).
    pub termination_grace: Span,
    /// The pod's own `activeDeadlineSeconds` (KUB-46).
    pub active_deadline: Option<Span>,
    /// `nodeName`: the scheduler passes it over.
    pub node_name: Option<Name>,
    /// `nodeSelector`.
    pub node_selector: Labels,
    /// Affinities.
    pub affinity: Affinity,
    /// Tolerations.
    pub tolerations: Vec<Toleration>,
    /// Topology spread constraints.
    pub spread: Vec<SpreadConstraint>,
    /// `priorityClassName`; resolved when the pod is created (SCH-71).
    pub priority_class: Option<Name>,
    /// `preemptionPolicy` of the pod itself.
    pub preemption_policy: Option<PreemptionPolicy>,
    /// `hostNetwork`.
    pub host_network: bool,
    /// Ports on the node.
    pub host_ports: Vec<ContainerPort>,
    /// Names of `schedulingGates`.
    pub scheduling_gates: Vec<Name>,
    /// `overhead`.
    pub overhead: Resources,
    /// Whether an `emptyDir` volume is used (drain, NL-71).
    pub has_empty_dir: bool,
}

impl PodSpec {
    /// What the scheduler reserves for the pod (SCH-50).
    pub fn requests(&self) -> Resources {
        self.sum_requests(|container| container.requests.clone())
    }

    /// As [`PodSpec::requests`], with 100 m CPU and 200 MiB for containers that name none: for scores (SCH-C10).
    pub fn scored_requests(&self) -> Resources {
        self.sum_requests(|container| {
            let mut requests = container.requests.clone();
            if !container.requests_named.0 {
                requests.cpu_m = 100;
            }
            if !container.requests_named.1 {
                requests.memory_bytes = 200 << 20;
            }
            requests
        })
    }

    fn sum_requests(&self, of: impl Fn(&Container) -> Resources) -> Resources {
        let (mut running, mut sidecars, mut init) = (
            Resources::default(),
            Resources::default(),
            Resources::default(),
        );
        for container in &self.containers {
            match container.kind {
                ContainerKind::Regular => running.add(&of(container)),
                ContainerKind::Sidecar => {
                    sidecars.add(&of(container));
                    init.maximum(&sidecars);
                }
                ContainerKind::Init => {
                    let mut beside = sidecars.clone();
                    beside.add(&of(container));
                    init.maximum(&beside);
                }
            }
        }
        running.add(&sidecars);
        running.maximum(&init);
        running.add(&self.overhead);
        running
    }

    /// Whether `nodeSelector` and the required node affinity match a node (SCH-43).
    pub fn selects_node(&self, name: &str, labels: &Labels) -> bool {
        self.node_selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self
                .affinity
                .node_required
                .as_ref()
                .is_none_or(|terms| terms.iter().any(|term| term.matches(name, labels)))
    }

    /// The nodes that required affinity names by `metadata.name` in every term, if it does (SCH-22).
    pub fn named_nodes(&self) -> Option<Vec<Name>> {
        let terms = self.affinity.node_required.as_ref()?;
        let mut names = Vec::new();
        for term in terms {
            let values = term.0.iter().find_map(|part| match part {
                NodeTerm::NodeName(requirement) if requirement.operator == Operator::In => {
                    Some(&requirement.values)
                }
                NodeTerm::NodeName(_) | NodeTerm::Label(_) => None,
            })?;
            names.extend(values.iter().cloned());
        }
        names.sort();
        names.dedup();
        Some(names)
    }
}

/// A pod template: labels, annotations that matter, and the spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodTemplate {
    /// Labels, without those that controllers add.
    pub labels: Labels,
    /// All annotations, `podtime/*` included.
    pub annotations: Labels,
    /// What the `podtime/*` annotations say, one entry for each container they name.
    pub behavior: Vec<AnnotatedBehavior>,
    /// The spec.
    pub spec: PodSpec,
}
