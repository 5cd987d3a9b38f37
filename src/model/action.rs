//! What happens to the cluster from outside: a scenario's `actions`.

use super::{Labels, ManifestText, Name, NodeSpec, Object, Taint, TaintEffect};
use crate::sim::{Span, Time};

/// Kinds that a `kubectl` command can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each name is Kubernetes' own kind")]
pub enum ResourceKind {
    Pod,
    Job,
    CronJob,
    DaemonSet,
    Deployment,
    ReplicaSet,
    StatefulSet,
    Node,
    PriorityClass,
    Service,
    ResourceQuota,
    LimitRange,
    PodDisruptionBudget,
}

impl ResourceKind {
    /// Kubernetes' word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
            Self::DaemonSet => "DaemonSet",
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::Node => "Node",
            Self::PriorityClass => "PriorityClass",
            Self::Service => "Service",
            Self::ResourceQuota => "ResourceQuota",
            Self::LimitRange => "LimitRange",
            Self::PodDisruptionBudget => "PodDisruptionBudget",
        }
    }
}

/// One object by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its namespace; empty for nodes and priority classes.
    pub namespace: Name,
    /// Its name.
    pub name: Name,
}

/// Some objects of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// By name.
    Names(Vec<Name>),
    /// `-l` and `--field-selector` together, or `--all` (both empty).
    Matching {
        /// `-l`.
        labels: super::LabelSelector,
        /// `--field-selector`: (field, equal, value) such as `spec.nodeName`, `metadata.name`, `status.phase`.
        fields: Vec<(Name, bool, Name)>,
    },
}

/// `--cascade`, or the propagation of a deletion (CP-G1 to CP-G3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cascade {
    /// The owner goes at once, its dependents after it.
    Background,
    /// The dependents go first.
    Foreground,
    /// The dependents stay.
    Orphan,
}

/// Where a node comes from that an action adds.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeSource {
    /// The next numbers of a pool, by its index in [`super::Model::pools`].
    Pool {
        /// Index of the pool.
        pool: usize,
        /// How many.
        count: u32,
    },
    /// A Node manifest of its own.
    Manifest(Box<NodeSpec>),
}

/// `key=value` sets, `key-` removes.
pub type LabelChange = (Name, Option<Name>);

/// A change of a node's taints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaintChange {
    /// `key=value:Effect`.
    Add(Taint),
    /// `key-` or `key:Effect-`.
    Remove {
        /// The key.
        key: Name,
        /// `None`: every effect.
        effect: Option<TaintEffect>,
    },
}

/// Flags of `kubectl drain`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command"
)]
pub struct DrainOptions {
    /// `--ignore-daemonsets`.
    pub ignore_daemonsets: bool,
    /// `--delete-emptydir-data`.
    pub delete_emptydir_data: bool,
    /// `--force`.
    pub force: bool,
    /// `--grace-period`; `None`: each pod's own.
    pub grace_period: Option<Span>,
    /// `--timeout`, for each node; `None`: none.
    pub timeout: Option<Span>,
    /// `--disable-eviction`: pods are deleted, whatever disruption budgets say.
    pub disable_eviction: bool,
    /// `--pod-selector`: other pods stay.
    pub pod_selector: super::LabelSelector,
}

/// A change of one object's spec, carried out on its manifest by [`EditFn`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// `kubectl patch --type merge` with JSON text.
    MergePatch(Name),
    /// `kubectl patch --type json` with JSON text.
    JsonPatch(Name),
    /// `kubectl patch` (strategic) with JSON text.
    StrategicPatch(Name),
    /// `kubectl apply`: the new manifest as JSON text.
    Apply(ManifestText),
    /// `kubectl scale --replicas`.
    Scale(i32),
    /// `kubectl set image`: container (or `*`) and image.
    SetImage(Vec<(Name, Name)>),
    /// `kubectl rollout restart` at this wall clock (RFC 3339).
    RestartedAt(Name),
    /// `kubectl label`.
    Label(Vec<LabelChange>),
    /// `kubectl annotate`.
    Annotate(Vec<LabelChange>),
}

/// What of an object's state decides whether an edit is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EditContext {
    /// A Job is suspended and has no active pods: its template may change (WL-J32).
    pub template_is_mutable: bool,
}

/// Carries out an edit: kind, the object's manifest as it is now, the edit. The API server's refusal is the error.
pub type EditFn = fn(
    kind: ResourceKind,
    manifest: &str,
    edit: &Edit,
    context: EditContext,
) -> Result<Object, String>;

/// What an action does.
#[derive(Debug, Clone)]
pub enum Command {
    /// `node: {add: …}`.
    AddNode(NodeSource),
    /// `node: {remove: NAME}`: the machine is gone and the Node object is deleted.
    RemoveNode(Name),
    /// `node: {crash: NAME}`: contact is lost, containers run on.
    CrashNode(Name),
    /// `node: {powerOff: NAME}`: contact is lost and the containers are dead.
    PowerOffNode(Name),
    /// `node: {recover: NAME}`.
    RecoverNode(Name),
    /// `kubectl apply -f`: created where missing, else edited.
    Apply(Vec<Object>),
    /// `kubectl create -f`: refused where it exists.
    Create(Vec<Object>),
    /// `kubectl create job NAME --from=cronjob/…`.
    CreateJobFrom {
        /// The CronJob's namespace, and the Job's.
        namespace: Name,
        /// The CronJob.
        cronjob: Name,
        /// The new Job.
        job: Name,
    },
    /// `kubectl delete`.
    Delete {
        /// What kind.
        kind: ResourceKind,
        /// In which namespace.
        namespace: Name,
        /// Which objects.
        selection: Selection,
        /// `--cascade`.
        cascade: Cascade,
        /// `--grace-period`.
        grace: Option<Span>,
        /// `--force`.
        force: bool,
    },
    /// A command that edits specs (`scale`, `patch`, `label` and `annotate` of workloads, `set image`, `rollout restart`).
    Edit {
        /// The objects.
        targets: Vec<Target>,
        /// The change.
        edit: Edit,
    },
    /// `kubectl label node`.
    LabelNodes {
        /// The nodes.
        nodes: Selection,
        /// The changes.
        labels: Vec<LabelChange>,
        /// `--overwrite`.
        overwrite: bool,
    },
    /// `kubectl taint node`.
    TaintNodes {
        /// The nodes.
        nodes: Selection,
        /// The changes.
        taints: Vec<TaintChange>,
        /// `--overwrite`.
        overwrite: bool,
    },
    /// `kubectl cordon` (true) and `uncordon` (false).
    CordonNodes {
        /// The nodes.
        nodes: Selection,
        /// Whether pods are kept away from now on.
        unschedulable: bool,
    },
    /// `kubectl drain`.
    DrainNodes {
        /// The nodes.
        nodes: Selection,
        /// The flags.
        options: DrainOptions,
    },
}

/// An entry of `spec.actions`.
#[derive(Debug, Clone)]
pub struct Action {
    /// When.
    pub at: Time,
    /// What.
    pub command: Command,
    /// As the user wrote it, for `events.csv`.
    pub text: Name,
}

impl Selection {
    /// Whether an object of this name, labels and fields is meant.
    pub fn includes(&self, name: &str, labels: &Labels, field: impl Fn(&str) -> Name) -> bool {
        match self {
            Self::Names(names) => names.iter().any(|n| **n == *name),
            Self::Matching {
                labels: selector,
                fields,
            } => {
                selector.matches(labels)
                    && fields
                        .iter()
                        .all(|(key, equal, value)| (field(key) == *value) == *equal)
            }
        }
    }
}
