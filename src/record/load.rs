//! How full the cluster is, now and over time: totals of what nodes have and pods request.
//!
//! The totals follow the facts, not the world, which may be ahead of the fact that is being told. Sums over
//! time are integers (amount × nanoseconds). A state counts toward a maximum only if it lasts: what comes
//! and goes within one instant is an artefact of telling one thing after another.

use super::numbers::ratio_millionths;
use crate::model::{Command, Model, Name, NodeSource, NodeSpec, Object, Resources};
use crate::sim::{Span, Time};
use crate::world::{Change, Fact, Node, NodeId, Owner, Pod, World};

/// Place of CPU (millicores) among the amounts.
const CPU: usize = 0;
/// Place of memory (bytes).
const MEMORY: usize = 1;
/// Place of the first extended resource.
const EXTENDED: usize = 2;

/// Phase of a pod as far as it has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Running,
    Ended,
}

/// What a pod counts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct PodLoad {
    stage: Stage,
    /// The node on which its requests are counted.
    node: Option<NodeId>,
}

#[derive(Debug, Clone, Default)]
struct NodeLoad {
    exists: bool,
    ready: bool,
    requested: Vec<i64>,
    daemon_cpu_m: i64,
}

/// The totals over all nodes that exist, with their integrals and maxima since the warm-up.
#[derive(Debug, Clone, Default)]
pub struct Load {
    names: Vec<Name>,
    from: Time,
    since: Time,
    nodes_by_id: Vec<NodeLoad>,
    /// Nodes that exist.
    pub nodes: i64,
    /// Nodes of those that are Ready.
    pub nodes_ready: i64,
    /// Pods in phase Pending.
    pub pods_pending: i64,
    /// Pods in phase Running.
    pub pods_running: i64,
    requested: Vec<i64>,
    allocatable: Vec<i64>,
    daemon_cpu_m: i64,
    requested_sums: Vec<i128>,
    allocatable_sums: Vec<i128>,
    daemon_cpu_sum: i128,
    utilization_max: Vec<Option<i64>>,
    nodes_max: i64,
    pods_pending_max: i64,
}

impl Load {
    /// An empty cluster with the extended resources `names`, sorted; statistics begin at `warm_up`.
    pub fn new(names: Vec<Name>, warm_up: Span) -> Self {
        let count = EXTENDED + names.len();
        Self {
            names,
            from: Time::ZERO + warm_up,
            requested: vec![0; count],
            allocatable: vec![0; count],
            requested_sums: vec![0; count],
            allocatable_sums: vec![0; count],
            utilization_max: vec![None; count],
            ..Self::default()
        }
    }

    /// The names of the extended resources.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Requested and allocatable CPU in millicores.
    pub fn cpu_m(&self) -> (i64, i64) {
        (self.requested[CPU], self.allocatable[CPU])
    }

    /// Requested and allocatable memory in bytes.
    pub fn memory_bytes(&self) -> (i64, i64) {
        (self.requested[MEMORY], self.allocatable[MEMORY])
    }

    /// Requested and allocatable amount of each extended resource, in the order of [`Load::names`].
    pub fn extended(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let allocatable = self.allocatable[EXTENDED..].iter().copied();
        self.requested[EXTENDED..].iter().copied().zip(allocatable)
    }

    /// Follows a fact about a node.
    pub(super) fn node_changed(&mut self, world: &World, fact: &Fact, id: NodeId) {
        self.pass(fact.at);
        let added = matches!(fact.change, Change::NodeAdded(_));
        if self.nodes_by_id.len() <= id.index() {
            self.nodes_by_id
                .resize_with(id.index() + 1, NodeLoad::default);
        }
        if added {
            let amounts = self.amounts(&world.node(id).allocatable);
            let row = &mut self.nodes_by_id[id.index()];
            row.exists = true;
            row.requested.resize(amounts.len(), 0);
            self.nodes += 1;
            shift(&mut self.allocatable, &amounts, 1);
        } else if matches!(fact.change, Change::NodeRemoved(_)) {
            let amounts = self.amounts(&world.node(id).allocatable);
            let row = &mut self.nodes_by_id[id.index()];
            row.exists = false;
            self.nodes -= 1;
            self.nodes_ready -= i64::from(std::mem::take(&mut row.ready));
            shift(&mut self.allocatable, &amounts, -1);
            shift(&mut self.requested, &row.requested, -1);
            self.daemon_cpu_m -= row.daemon_cpu_m;
        } else {
            let ready = matches!(fact.change, Change::NodeReady(_));
            if ready || matches!(fact.change, Change::NodeNotReady(_)) {
                let row = &mut self.nodes_by_id[id.index()];
                let before = std::mem::replace(&mut row.ready, ready);
                self.nodes_ready += i64::from(ready) - i64::from(before);
            }
        }
    }

    /// A pod was created.
    pub(super) fn pod_created(&mut self, at: Time) -> PodLoad {
        self.pass(at);
        self.pods_pending += 1;
        PodLoad {
            stage: Stage::Pending,
            node: None,
        }
    }

    /// A pod was bound: its requests count from now on.
    pub(super) fn pod_scheduled(
        &mut self,
        world: &World,
        at: Time,
        pod: &Pod,
        owner: Owner,
        load: &mut PodLoad,
    ) {
        if load.stage != Stage::Ended {
            self.pass(at);
            load.node = pod.node;
            self.book(world, pod, owner, load.node, 1);
        }
    }

    /// A pod is Running for the first time.
    pub(super) fn pod_started(&mut self, at: Time, load: &mut PodLoad) {
        self.pass(at);
        self.leave(load.stage);
        load.stage = Stage::Running;
        self.pods_running += 1;
    }

    /// A pod has ended or is gone: its requests do not count any more.
    pub(super) fn pod_ended(
        &mut self,
        world: &World,
        at: Time,
        pod: &Pod,
        owner: Owner,
        load: &mut PodLoad,
    ) {
        self.pass(at);
        self.leave(load.stage);
        load.stage = Stage::Ended;
        self.book(world, pod, owner, load.node.take(), -1);
    }

    /// Brings the sums up to `end`.
    pub(super) fn finish(&mut self, end: Time) {
        self.pass(end);
        self.note_maxima();
    }

    /// Nodes at most.
    pub fn nodes_max(&self) -> i64 {
        self.nodes_max
    }

    /// Pods in phase Pending at most.
    pub fn pods_pending_max(&self) -> i64 {
        self.pods_pending_max
    }

    /// Mean and largest share of the allocatable CPU that was requested, in millionths.
    pub fn cpu_utilization(&self) -> (Option<i64>, Option<i64>) {
        (self.mean(CPU), self.utilization_max[CPU])
    }

    /// The same for memory.
    pub fn memory_utilization(&self) -> (Option<i64>, Option<i64>) {
        (self.mean(MEMORY), self.utilization_max[MEMORY])
    }

    /// The mean for each extended resource, in the order of [`Load::names`].
    pub fn extended_utilization(&self) -> impl Iterator<Item = (&Name, Option<i64>)> {
        let names = self.names.iter().enumerate();
        names.map(|(at, name)| (name, self.mean(EXTENDED + at)))
    }

    /// The share of the allocatable CPU that pods of DaemonSets requested, in millionths.
    pub fn daemon_cpu_share(&self) -> Option<i64> {
        ratio_millionths(self.daemon_cpu_sum, self.allocatable_sums[CPU])
    }

    fn mean(&self, resource: usize) -> Option<i64> {
        ratio_millionths(
            self.requested_sums[resource],
            self.allocatable_sums[resource],
        )
    }

    fn leave(&mut self, stage: Stage) {
        match stage {
            Stage::Pending => self.pods_pending -= 1,
            Stage::Running => self.pods_running -= 1,
            Stage::Ended => {}
        }
    }

    /// Counts a pod's requests on its node, or takes them away (`sign` −1).
    fn book(&mut self, world: &World, pod: &Pod, owner: Owner, node: Option<NodeId>, sign: i64) {
        let Some(node) = node else { return };
        let amounts = self.amounts(world.requests_of(pod));
        let daemon_cpu_m = match owner {
            Owner::DaemonSet(_) => sign * amounts[CPU],
            Owner::Job(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_) | Owner::None => 0,
        };
        let row = &mut self.nodes_by_id[node.index()];
        shift(&mut row.requested, &amounts, sign);
        row.daemon_cpu_m += daemon_cpu_m;
        if row.exists {
            shift(&mut self.requested, &amounts, sign);
            self.daemon_cpu_m += daemon_cpu_m;
        }
    }

    fn amounts(&self, resources: &Resources) -> Vec<i64> {
        let mut amounts = vec![resources.cpu_m, resources.memory_bytes];
        amounts.extend(self.names.iter().map(|name| resources.extended(name)));
        amounts
    }

    /// The totals have been what they are until `at`.
    fn pass(&mut self, at: Time) {
        let length = (at - self.since.max(self.from)).as_nanos();
        self.since = self.since.max(at);
        if length <= 0 {
            return;
        }
        let weight = i128::from(length);
        for (sum, amount) in self.requested_sums.iter_mut().zip(&self.requested) {
            *sum = sum.saturating_add(i128::from(*amount) * weight);
        }
        for (sum, amount) in self.allocatable_sums.iter_mut().zip(&self.allocatable) {
            *sum = sum.saturating_add(i128::from(*amount) * weight);
        }
        self.daemon_cpu_sum = self
            .daemon_cpu_sum
            .saturating_add(i128::from(self.daemon_cpu_m) * weight);
        self.note_maxima();
    }

    fn note_maxima(&mut self) {
        self.nodes_max = self.nodes_max.max(self.nodes);
        self.pods_pending_max = self.pods_pending_max.max(self.pods_pending);
        let amounts = self.requested.iter().zip(&self.allocatable);
        for (largest, (requested, allocatable)) in self.utilization_max.iter_mut().zip(amounts) {
            let share = ratio_millionths(i128::from(*requested), i128::from(*allocatable));
            *largest = share.max(*largest);
        }
    }
}

fn shift(totals: &mut [i64], amounts: &[i64], sign: i64) {
    for (total, amount) in totals.iter_mut().zip(amounts) {
        *total = total.saturating_add(sign.saturating_mul(*amount));
    }
}

/// The extended resources that any node of the run can have, by name.
pub fn extended_resources(model: &Model) -> Vec<Name> {
    let of_actions = model
        .actions
        .iter()
        .flat_map(|action| nodes_of_command(&action.command));
    let nodes = model
        .pools
        .iter()
        .map(|pool| &pool.node)
        .chain(&model.nodes)
        .chain(model.objects.iter().filter_map(node_of_object))
        .chain(of_actions);
    let mut names: Vec<Name> = nodes
        .flat_map(|node| node.allocatable.extended.iter())
        .map(|(name, _)| name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn nodes_of_command(command: &Command) -> Vec<&NodeSpec> {
    match command {
        Command::AddNode(NodeSource::Manifest(node)) => vec![node],
        Command::Apply(objects) | Command::Create(objects) => {
            objects.iter().filter_map(node_of_object).collect()
        }
        Command::AddNode(NodeSource::Pool { .. })
        | Command::RemoveNode(_)
        | Command::CrashNode(_)
        | Command::PowerOffNode(_)
        | Command::RecoverNode(_)
        | Command::CreateJobFrom { .. }
        | Command::Delete { .. }
        | Command::Edit { .. }
        | Command::LabelNodes { .. }
        | Command::TaintNodes { .. }
        | Command::CordonNodes { .. }
        | Command::DrainNodes { .. } => Vec::new(),
    }
}

fn node_of_object(object: &Object) -> Option<&NodeSpec> {
    if let Object::Node(node) = object {
        Some(node)
    } else {
        None
    }
}

/// The amount that a node has of each of `names`.
pub fn extended_amounts<'a>(
    node: &'a Node,
    names: &'a [Name],
) -> impl Iterator<Item = i64> + use<'a> {
    names.iter().map(|name| node.allocatable.extended(name))
}
