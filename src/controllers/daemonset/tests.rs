//! Small clusters in which a `DaemonSet` is synced by hand, with no delays.

mod decisions;
mod nodes;
mod updates;

use super::DaemonSetReconciler;
use crate::api::{View, commit, daemon_template, revision_of};
use crate::controllers::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::model::{
    Affinity, Container, ContainerKind, ControlPlane, CountOrPercent, DaemonSetSpec,
    ImagePullPolicy, LabelSelector, Labels, Meta, Model, NodeSpec, PodSpec, PodTemplate,
    Requirement, Resources, RestartPolicy, Taint, TaintEffect, UpdateStrategy,
};
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, DaemonSetId, DaemonSetSeed, DaemonSetStatus, NodeChange, NodeId, Outcome, Phase,
    Pod, PodId, PodUpdate, World,
};
use std::sync::Arc;

/// A cluster with one `DaemonSet`.
struct Cluster {
    world: World,
    model: Model,
    reconciler: DaemonSetReconciler,
    set: DaemonSetId,
    /// Creations are refused from this one of a sync on (from 0).
    refuse_from: usize,
}

/// What a sync did.
#[derive(Debug, PartialEq, Eq)]
struct Synced {
    /// Creations, by batch.
    batches: Vec<usize>,
    deleted: usize,
    requeue: Requeue,
    look_again_at: Vec<Time>,
    events: u32,
}

impl Synced {
    fn created(&self) -> usize {
        self.batches.iter().sum()
    }

    /// Creations and deletions, as upstream's `expectSyncDaemonSets` counts them.
    fn counts(&self) -> (usize, usize) {
        (self.created(), self.deleted)
    }
}

impl Cluster {
    /// `nodes` Ready nodes and a `DaemonSet` changed by `edit`, not synced yet.
    fn new(nodes: usize, edit: impl FnOnce(&mut DaemonSetSpec)) -> Self {
        let mut world = World::new(0);
        for index in 0..nodes {
            world.add_node(node_spec(index), None, true);
        }
        let mut spec = daemonset_spec();
        edit(&mut spec);
        let set = world.create_daemonset(seed(spec));
        while world.pop_change().is_some() {}
        Self {
            world,
            model: model(),
            reconciler: DaemonSetReconciler::default(),
            set,
            refuse_from: usize::MAX,
        }
    }

    /// Ready nodes, each with a Ready pod, and the status written.
    fn running(nodes: usize, edit: impl FnOnce(&mut DaemonSetSpec)) -> Self {
        let mut cluster = Self::new(nodes, edit);
        cluster.sync();
        cluster.make_ready(|_| true);
        cluster.sync();
        assert_eq!(
            cluster.sync().counts(),
            (0, 0),
            "a running set is left alone"
        );
        cluster
    }

    fn view(&self) -> View<'_> {
        View {
            world: &self.world,
            model: &self.model,
            seed: 1,
        }
    }

    fn at(&mut self, secs: i64) {
        self.world.advance(Time::ZERO + Span::from_secs(secs));
    }

    fn update(&mut self, edit: impl FnOnce(&mut DaemonSetSpec)) {
        let mut spec = self.world.daemonset(self.set).spec.clone();
        edit(&mut spec);
        self.world.update_daemonset(self.set, seed(spec));
    }

    /// A new template.
    fn set_image(&mut self, image: &str) {
        self.update(|spec| {
            Arc::make_mut(&mut spec.template).spec.containers[0].image = image.into();
        });
    }

    fn sync(&mut self) -> Synced {
        let mut synced = Synced {
            batches: Vec::new(),
            deleted: 0,
            requeue: Requeue::Done,
            look_again_at: Vec::new(),
            events: 0,
        };
        let mut progress = Progress::default();
        loop {
            let mut plan = Plan::default();
            let view = View {
                world: &self.world,
                model: &self.model,
                seed: 1,
            };
            let requeue = self
                .reconciler
                .reconcile(view, self.set, progress, &mut plan);
            synced.look_again_at.append(&mut plan.requeues);
            synced.events += plan.events;
            let mut is_aborted = false;
            for step in plan.steps {
                if step.slow_start && is_aborted {
                    progress.skipped += 1;
                    continue;
                }
                if step.slow_start {
                    synced.batches.push(0);
                }
                for call in step.calls {
                    is_aborted |= !self.carry_out(call, &mut synced, &mut progress);
                }
            }
            progress.stage += 1;
            if requeue != Requeue::Continue {
                synced.requeue = requeue;
                return synced;
            }
        }
    }

    fn carry_out(&mut self, call: Call, synced: &mut Synced, progress: &mut Progress) -> bool {
        if matches!(call, Call::CreatePod(_)) {
            if synced.created() >= self.refuse_from {
                progress.refused += 1;
                return false;
            }
            *synced.batches.last_mut().unwrap() += 1;
        }
        synced.deleted += usize::from(matches!(call, Call::DeletePod { .. }));
        assert_eq!(
            commit(&mut self.world, 1, call),
            Outcome::Done,
            "a call is refused"
        );
        progress.done += 1;
        true
    }

    /// The pods that exist, in order of creation.
    fn pods(&self) -> Vec<(PodId, &Pod)> {
        let pods = self.world.daemonset(self.set).pods.values();
        pods.map(|id| (*id, self.world.pod(*id).unwrap())).collect()
    }

    fn choose(&self, choice: impl Fn(&Pod) -> bool) -> Vec<PodId> {
        let mut pods = self.pods();
        pods.retain(|(_, pod)| choice(pod));
        pods.into_iter().map(|(id, _)| id).collect()
    }

    /// Binds and runs pods that are not being deleted, and makes them Ready.
    fn make_ready(&mut self, choice: impl Fn(&Pod) -> bool) {
        self.bind();
        for id in self.choose(|pod| choice(pod) && pod.deletion.is_none()) {
            if self.world.pod(id).unwrap().phase == Phase::Pending {
                self.set_phase(id, Phase::Running);
            }
            self.world.report(id, &PodUpdate::Ready(true));
        }
    }

    fn make_unready(&mut self, choice: impl Fn(&Pod) -> bool) {
        for id in self.choose(choice) {
            self.world.report(id, &PodUpdate::Ready(false));
        }
    }

    fn set_phase(&mut self, id: PodId, phase: Phase) {
        let reason = None;
        self.world.report(id, &PodUpdate::Phase { phase, reason });
    }

    /// Binds every pod to its node.
    fn bind(&mut self) {
        for id in self.choose(|pod| pod.node.is_none()) {
            let node = self.world.pod(id).unwrap().target.unwrap();
            self.world.bind(id, node);
        }
    }

    /// Ends the pods that are being deleted, object and all.
    fn end_deletions(&mut self) {
        for id in self.choose(|pod| pod.deletion.is_some()) {
            self.world.remove_pod(id);
        }
    }

    /// A pod of the present template beside what is there.
    fn add_pod(&mut self, node: u32) -> PodId {
        let row = self.world.daemonset(self.set);
        let new = crate::world::NewPod {
            owner: crate::world::Owner::DaemonSet(self.set),
            template: row.template,
            index: None,
            target: Some(NodeId(node)),
            revision: Some(row.revision),
            index_failures: (0, 0),
        };
        let call = Call::CreatePod(new);
        assert_eq!(commit(&mut self.world, 1, call), Outcome::Done);
        self.pods().last().unwrap().0
    }

    fn delete_pod(&mut self, pod: PodId) {
        self.world.request_deletion(pod, Span::from_secs(30));
    }

    fn taint(&mut self, node: u32, effect: TaintEffect) {
        let change = NodeChange::AddTaint(taint("zone", effect));
        self.world.change_node(NodeId(node), change);
    }

    fn untaint(&mut self, node: u32, effect: TaintEffect) {
        let change = NodeChange::RemoveTaint(taint("zone", effect));
        self.world.change_node(NodeId(node), change);
    }

    /// `desired current ready updated available unavailable misscheduled generation`.
    fn status(&self) -> [i32; 8] {
        let DaemonSetStatus {
            desired,
            current,
            ready,
            updated,
            available,
            unavailable,
            misscheduled,
            observed_generation,
        } = self.world.daemonset(self.set).status;
        [
            desired,
            current,
            ready,
            updated,
            available,
            unavailable,
            misscheduled,
            observed_generation.cast_signed(),
        ]
    }

    /// Delays of the wake-ups that all changes since the last call bring about.
    fn wakes(&mut self) -> Vec<Span> {
        let mut wakes = Wakes(Vec::new());
        while let Some(change) = self.world.pop_change() {
            self.reconciler.concerns(self.view(), &change, &mut wakes);
        }
        wakes.0.into_iter().map(|(_, delay)| delay).collect()
    }
}

fn model() -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: 0,
        duration: None,
        seed: 1,
        warm_up: Span::ZERO,
        control_plane: ControlPlane::default(),
        pools: Vec::new(),
        outages: Vec::new(),
        nodes: Vec::new(),
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        edit: |_, _, _, _| Err("no edits here".into()),
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(
        pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into())),
    )
}

fn taint(key: &str, effect: TaintEffect) -> Taint {
    Taint {
        key: key.into(),
        value: "".into(),
        effect,
    }
}

fn node_spec(index: usize) -> NodeSpec {
    NodeSpec {
        name: format!("node-{index}").into(),
        labels: labels(&[("type", "production")]),
        taints: Vec::new(),
        unschedulable: false,
        allocatable: Resources::default(),
        ready_after: Span::from_secs(1),
        scale_down_disabled: false,
        manifest: "".into(),
    }
}

fn pod_spec() -> PodSpec {
    PodSpec {
        containers: vec![Container {
            name: "main".into(),
            kind: ContainerKind::Regular,
            image: "app:1".into(),
            image_pull_policy: ImagePullPolicy::IfNotPresent,
            requests: Resources::default(),
            limits: Resources::default(),
            requests_named: (false, false),
            restart_policy: None,
            restart_rules: Vec::new(),
        }],
        restart_policy: RestartPolicy::Always,
        termination_grace: Span::from_secs(30),
        active_deadline: None,
        node_name: None,
        node_selector: Labels::default(),
        affinity: Affinity::default(),
        tolerations: Vec::new(),
        spread: Vec::new(),
        priority_class: None,
        preemption_policy: None,
        host_network: false,
        host_ports: Vec::new(),
        scheduling_gates: Vec::new(),
        overhead: Resources::default(),
        has_empty_dir: false,
    }
}

fn daemonset_spec() -> DaemonSetSpec {
    DaemonSetSpec {
        selector: LabelSelector(vec![Requirement::equals("app", "agent")]),
        template: Arc::new(PodTemplate {
            labels: labels(&[("app", "agent")]),
            annotations: Labels::default(),
            behavior: Vec::new(),
            spec: pod_spec(),
        }),
        update_strategy: max_unavailable(CountOrPercent::Count(1)),
        min_ready: Span::ZERO,
        revision_history_limit: 10,
    }
}

fn max_unavailable(max_unavailable: CountOrPercent) -> UpdateStrategy {
    UpdateStrategy::RollingUpdate {
        max_unavailable,
        max_surge: CountOrPercent::Count(0),
    }
}

fn max_surge(max_surge: CountOrPercent) -> UpdateStrategy {
    UpdateStrategy::RollingUpdate {
        max_unavailable: CountOrPercent::Count(0),
        max_surge,
    }
}

fn seed(spec: DaemonSetSpec) -> DaemonSetSeed {
    DaemonSetSeed {
        meta: Meta {
            namespace: "default".into(),
            name: "agent".into(),
            labels: Labels::default(),
            annotations: Labels::default(),
        },
        manifest: "".into(),
        pod_template: Arc::new(daemon_template(&spec.template)),
        revision: revision_of(&spec.template),
        spec,
    }
}

fn surging(count: i32) -> impl FnOnce(&mut DaemonSetSpec) {
    move |spec| spec.update_strategy = max_surge(CountOrPercent::Count(count))
}

fn replacing(count: i32) -> impl FnOnce(&mut DaemonSetSpec) {
    move |spec| spec.update_strategy = max_unavailable(CountOrPercent::Count(count))
}

/// Whether a change is the write of a status.
fn is_status(change: &Change) -> bool {
    matches!(change, Change::DaemonSetStatus(_))
}
