//! Small clusters without delays, in which controllers are synced by hand: for the tests of Deployments, `ReplicaSets`
//! and `StatefulSets`.

use super::deployment::DeploymentReconciler;
use super::disruption::DisruptionReconciler;
use super::garbage_collector::GarbageCollector;
use super::replicaset::ReplicaSetReconciler;
use super::statefulset::StatefulSetReconciler;
use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::{View, commit};
use crate::model::{
    Affinity, Container, ContainerKind, ControlPlane, ImagePullPolicy, Labels, Manifest, Meta,
    Model, NodeSpec, Object, PodSpec, PodTemplate, Resources, RestartPolicy,
};
use crate::sim::{Span, Time};
use crate::world::{Call, NodeId, Outcome, Phase, Pod, PodId, PodUpdate, World};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a sync did.
#[derive(Debug)]
pub(super) struct Synced {
    /// Creations of pods, by batch.
    pub(super) batches: Vec<usize>,
    /// Deletions of pods.
    pub(super) deleted: usize,
    pub(super) requeue: Requeue,
    pub(super) look_again_at: Vec<Time>,
}

/// A cluster and the controllers of Deployments, `ReplicaSets` and `StatefulSets`.
pub(super) struct Stage {
    pub(super) world: World,
    model: Model,
    deployments: DeploymentReconciler,
    replicasets: ReplicaSetReconciler,
    statefulsets: StatefulSetReconciler,
    budgets: DisruptionReconciler,
    garbage: GarbageCollector,
}

impl Stage {
    /// `nodes` Ready nodes.
    pub(super) fn new(nodes: usize) -> Self {
        let mut world = World::new(0);
        for index in 0..nodes {
            world.add_node(node_spec(index), None, true);
        }
        Self {
            world,
            model: model(),
            deployments: DeploymentReconciler::default(),
            replicasets: ReplicaSetReconciler::default(),
            statefulsets: StatefulSetReconciler::default(),
            budgets: DisruptionReconciler,
            garbage: GarbageCollector,
        }
    }

    /// `kubectl apply`.
    pub(super) fn apply(&mut self, object: Object) {
        let object = Box::new(object);
        self.commit(Call::Put {
            object,
            replace: true,
        });
    }

    pub(super) fn commit(&mut self, call: Call) {
        let outcome = commit(&mut self.world, 1, call);
        assert_eq!(outcome, Outcome::Done, "a call is refused");
    }

    /// Moves the clock.
    pub(super) fn at(&mut self, secs: i64) {
        self.world.advance(Time::ZERO + Span::from_secs(secs));
    }

    /// Syncs until nothing changes any more; deletions and pods stay as they are.
    pub(super) fn settle(&mut self) {
        for _ in 0..1000 {
            let changes: Vec<_> = std::iter::from_fn(|| self.world.pop_change()).collect();
            if changes.is_empty() {
                return;
            }
            let (world, model) = (&mut self.world, &self.model);
            react(world, model, &mut self.deployments, &changes);
            react(world, model, &mut self.replicasets, &changes);
            react(world, model, &mut self.statefulsets, &changes);
            react(world, model, &mut self.garbage, &changes);
            react(world, model, &mut self.budgets, &changes);
        }
        panic!("the controllers do not come to rest");
    }

    pub(super) fn sync_deployment(&mut self, key: crate::world::DeploymentId) -> Synced {
        sync(&mut self.world, &self.model, &mut self.deployments, key)
    }

    pub(super) fn sync_replicaset(&mut self, key: crate::world::ReplicaSetId) -> Synced {
        sync(&mut self.world, &self.model, &mut self.replicasets, key)
    }

    pub(super) fn sync_statefulset(&mut self, key: crate::world::StatefulSetId) -> Synced {
        sync(&mut self.world, &self.model, &mut self.statefulsets, key)
    }

    pub(super) fn sync_budget(&mut self, key: crate::world::BudgetId) -> Synced {
        sync(&mut self.world, &self.model, &mut self.budgets, key)
    }

    /// All pods that exist, in order of creation.
    pub(super) fn pods(&self) -> Vec<(PodId, &Pod)> {
        let mut pods: Vec<_> = self.world.pods().collect();
        pods.sort_by_key(|(_, pod)| pod.number);
        pods
    }

    pub(super) fn choose(&self, choice: impl Fn(&Pod) -> bool) -> Vec<PodId> {
        let pods = self.pods().into_iter().filter(|(_, pod)| choice(pod));
        pods.map(|(id, _)| id).collect()
    }

    /// Binds and runs pods that are not being deleted, node after node, and makes them Ready.
    pub(super) fn make_ready(&mut self, choice: impl Fn(&Pod) -> bool) {
        for id in self.choose(|pod| choice(pod) && pod.is_active() && !pod.ready) {
            let pod = self.world.pod(id).unwrap();
            if pod.node.is_none() {
                let nodes = self.world.nodes().count() as u64;
                let node = u32::try_from(pod.number.0 % nodes).unwrap();
                self.world.bind(id, NodeId(node));
            }
            if self.world.pod(id).unwrap().phase == Phase::Pending {
                self.set_phase(id, Phase::Running);
            }
            self.world.report(id, &PodUpdate::Ready(true));
        }
        self.settle();
    }

    pub(super) fn set_phase(&mut self, id: PodId, phase: Phase) {
        let reason = None;
        self.world.report(id, &PodUpdate::Phase { phase, reason });
    }

    /// Ends the pods that are being deleted, object and all.
    pub(super) fn end_deletions(&mut self) {
        for id in self.choose(|pod| pod.deletion.is_some()) {
            self.world.remove_pod(id);
        }
        self.settle();
    }

    /// Pods become Ready and deletions end until nothing changes any more.
    pub(super) fn play(&mut self) {
        for _ in 0..100 {
            let before: Vec<(PodId, bool)> = self.ready_pods();
            self.make_ready(|_| true);
            self.end_deletions();
            if self.ready_pods() == before {
                return;
            }
        }
        panic!("the pods do not come to rest");
    }

    fn ready_pods(&self) -> Vec<(PodId, bool)> {
        let pods = self.pods().into_iter();
        pods.map(|(id, pod)| (id, pod.ready)).collect()
    }
}

fn react<R: Reconcile>(
    world: &mut World,
    model: &Model,
    reconciler: &mut R,
    changes: &[crate::world::Change],
) {
    let mut wakes = Wakes(Vec::new());
    for change in changes {
        let seed = 1;
        let view = View { world, model, seed };
        reconciler.concerns(view, change, &mut wakes);
    }
    let due = wakes.0.iter().filter(|(_, delay)| delay.is_zero());
    let keys: BTreeSet<R::Key> = due.map(|(key, _)| *key).collect();
    for key in keys {
        sync(world, model, reconciler, key);
    }
}

fn sync<R: Reconcile>(world: &mut World, model: &Model, reconciler: &mut R, key: R::Key) -> Synced {
    let mut synced = Synced {
        batches: Vec::new(),
        deleted: 0,
        requeue: Requeue::Done,
        look_again_at: Vec::new(),
    };
    let mut progress = Progress::default();
    loop {
        let mut plan = Plan::default();
        let seed = 1;
        let view = View { world, model, seed };
        let requeue = reconciler.reconcile(view, key, progress, &mut plan);
        synced.look_again_at.append(&mut plan.requeues);
        let mut is_aborted = false;
        for step in plan.steps {
            if step.slow_start && is_aborted {
                progress.skipped += 1;
                continue;
            }
            let is_creation = |call: &Call| matches!(call, Call::CreatePod(_));
            let creations = step.calls.iter().filter(|call| is_creation(call)).count();
            synced.batches.extend((creations > 0).then_some(creations));
            for call in step.calls {
                synced.deleted += usize::from(matches!(call, Call::DeletePod { .. }));
                if matches!(commit(world, 1, call), Outcome::Refused(_)) {
                    progress.refused += 1;
                    is_aborted = true;
                } else {
                    progress.done += 1;
                }
            }
        }
        progress.stage += 1;
        if requeue != Requeue::Continue {
            synced.requeue = requeue;
            return synced;
        }
    }
}

/// An object of this name.
pub(super) fn manifest<S>(kind: &str, name: &str, spec: S) -> Manifest<S> {
    Manifest {
        meta: Meta {
            namespace: "default".into(),
            name: name.into(),
            labels: Labels::default(),
            annotations: Labels::default(),
        },
        spec,
        text: format!(r#"{{"kind":"{kind}","spec":{{"template":{{}}}}}}"#).into(),
    }
}

/// Pods of this image with the label `app: web`.
pub(super) fn template(image: &str) -> Arc<PodTemplate> {
    Arc::new(PodTemplate {
        labels: Labels::new([("app".into(), "web".into())]),
        annotations: Labels::default(),
        behavior: Vec::new(),
        spec: PodSpec {
            containers: vec![Container {
                name: "main".into(),
                kind: ContainerKind::Regular,
                image: image.into(),
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
        },
    })
}

pub(super) fn model() -> Model {
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

fn node_spec(index: usize) -> NodeSpec {
    NodeSpec {
        name: format!("node-{index}").into(),
        labels: Labels::default(),
        taints: Vec::new(),
        unschedulable: false,
        allocatable: Resources::default(),
        ready_after: Span::from_secs(1),
        scale_down_disabled: false,
        manifest: "".into(),
    }
}
