//! A small world with one Job, and a worker without delays, for the tests of this folder.

use super::JobReconciler;
use crate::api::View;
use crate::controllers::{Plan, Progress, Reconcile, Requeue};
use crate::model::{
    Affinity, CompletionMode, Container, ContainerKind, ControlPlane, ImagePullPolicy, JobSpec,
    Labels, Meta, Model, NodeSpec, PodReplacementPolicy, PodSpec, PodTemplate, PreemptionPolicy,
    Resources, RestartPolicy,
};
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, JobId, JobSeed, JobStatus, NewPod, NodeId, Owner, Phase, PodAdmission, PodId,
    PodUpdate, World,
};
use std::sync::Arc;

/// `seconds` after the start.
pub(in crate::controllers) fn at(seconds: i64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// A container of this kind.
pub(in crate::controllers) fn container(name: &str, kind: ContainerKind) -> Container {
    Container {
        name: name.into(),
        kind,
        image: "app".into(),
        image_pull_policy: ImagePullPolicy::IfNotPresent,
        requests: Resources::default(),
        limits: Resources::default(),
        requests_named: (false, false),
        restart_policy: None,
        restart_rules: Vec::new(),
    }
}

/// A template with these containers and restart policy `Never`.
pub(in crate::controllers) fn template(containers: Vec<Container>) -> PodTemplate {
    PodTemplate {
        labels: Labels::default(),
        annotations: Labels::default(),
        behavior: Vec::new(),
        spec: PodSpec {
            containers,
            restart_policy: RestartPolicy::Never,
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
    }
}

/// A Job of pods with one container; `backoffLimit` 6.
pub(in crate::controllers) fn spec(parallelism: i32, completions: Option<i32>) -> JobSpec {
    JobSpec {
        parallelism,
        completions,
        backoff_limit: 6,
        backoff_limit_per_index: None,
        max_failed_indexes: None,
        active_deadline: None,
        ttl_after_finished: None,
        suspend: false,
        completion_mode: CompletionMode::NonIndexed,
        pod_replacement_policy: PodReplacementPolicy::TerminatingOrFailed,
        failure_policy: None,
        success_policy: None,
        managed_by_other: false,
        template: Arc::new(template(vec![container("main", ContainerKind::Regular)])),
    }
}

/// An Indexed one.
pub(in crate::controllers) fn indexed(parallelism: i32, completions: i32) -> JobSpec {
    JobSpec {
        completion_mode: CompletionMode::Indexed,
        ..spec(parallelism, Some(completions))
    }
}

/// What a pod of the Job looks like.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::controllers) struct Sketch {
    pub(in crate::controllers) phase: Phase,
    pub(in crate::controllers) index: Option<i32>,
    pub(in crate::controllers) failures: (i32, i32),
    pub(in crate::controllers) ready: bool,
    pub(in crate::controllers) deleting: bool,
    pub(in crate::controllers) finalizer: bool,
    pub(in crate::controllers) restarts: u32,
    /// Exit code of the first container, if it has ended.
    pub(in crate::controllers) exit: Option<i32>,
    pub(in crate::controllers) bound: bool,
}

impl Sketch {
    pub(in crate::controllers) const fn new(phase: Phase) -> Self {
        Self {
            phase,
            index: None,
            failures: (0, 0),
            ready: false,
            deleting: false,
            finalizer: true,
            restarts: 0,
            exit: None,
            bound: true,
        }
    }

    pub(in crate::controllers) const fn of(phase: Phase, index: i32) -> Self {
        let mut sketch = Self::new(phase);
        sketch.index = Some(index);
        sketch
    }

    pub(in crate::controllers) const fn failures(mut self, counted: i32) -> Self {
        self.failures = (counted, 0);
        self
    }

    pub(in crate::controllers) const fn exit(mut self, code: i32) -> Self {
        self.exit = Some(code);
        self
    }

    pub(in crate::controllers) const fn ready(mut self) -> Self {
        self.ready = true;
        self
    }

    pub(in crate::controllers) const fn deleting(mut self) -> Self {
        self.deleting = true;
        self
    }
}

/// A world with one Job, its reconciler, and what plans have done.
pub(in crate::controllers) struct Bench {
    pub(in crate::controllers) world: World,
    pub(in crate::controllers) model: Model,
    pub(in crate::controllers) job: JobId,
    pub(in crate::controllers) reconciler: JobReconciler,
    pub(in crate::controllers) created: Vec<NewPod>,
    pub(in crate::controllers) deleted: Vec<PodId>,
    pub(in crate::controllers) released: Vec<PodId>,
    pub(in crate::controllers) written: Vec<JobStatus>,
    /// v1 Events that stand for themselves.
    pub(in crate::controllers) events: u32,
    pub(in crate::controllers) look_again: Vec<Time>,
    /// No more pods than these are admitted.
    pub(in crate::controllers) quota: usize,
    node: NodeId,
}

impl Bench {
    pub(in crate::controllers) fn new(spec: JobSpec) -> Self {
        let mut world = World::new(0);
        let node = world.add_node(
            NodeSpec {
                name: "node-1".into(),
                labels: Labels::default(),
                taints: Vec::new(),
                unschedulable: false,
                allocatable: Resources::default(),
                ready_after: Span::ZERO,
                scale_down_disabled: false,
                manifest: "".into(),
            },
            None,
            true,
        );
        let job = world.create_job(JobSeed {
            meta: Meta {
                namespace: "default".into(),
                name: "j".into(),
                labels: Labels::default(),
                annotations: Labels::default(),
            },
            cronjob: None,
            scheduled_unix: None,
            spec,
            manifest: "".into(),
        });
        Self {
            world,
            model: model(),
            job,
            reconciler: JobReconciler::default(),
            created: Vec::new(),
            deleted: Vec::new(),
            released: Vec::new(),
            written: Vec::new(),
            events: 0,
            look_again: Vec::new(),
            quota: usize::MAX,
            node,
        }
    }

    /// A Job that has run from t = 0 and whose pods are these; it is now `now` seconds later.
    pub(in crate::controllers) fn with(spec: JobSpec, pods: &[Sketch], now: i64) -> Self {
        let mut bench = Self::new(spec);
        for sketch in pods {
            bench.pod(*sketch);
        }
        bench.world.advance(at(now));
        bench
    }

    /// Adds a pod at the present moment.
    pub(in crate::controllers) fn pod(&mut self, sketch: Sketch) -> PodId {
        let template = self.world.job(self.job).template;
        let pod = self.admit(NewPod {
            owner: Owner::Job(self.job),
            template,
            index: sketch.index,
            target: None,
            revision: None,
            index_failures: sketch.failures,
        });
        if sketch.bound {
            self.world.bind(pod, self.node);
        }
        for _ in 0..=sketch.restarts {
            if sketch.phase != Phase::Pending || sketch.restarts > 0 {
                self.report(pod, &PodUpdate::Started { container: 0 });
            }
        }
        if sketch.ready {
            self.report(pod, &PodUpdate::Ready(true));
        }
        if let Some(code) = sketch.exit {
            self.exit(pod, 0, code);
        }
        self.phase(pod, sketch.phase);
        if sketch.deleting {
            self.world.request_deletion(pod, Span::from_secs(30));
        }
        if !sketch.finalizer {
            self.world.remove_finalizer(pod);
        }
        pod
    }

    pub(in crate::controllers) fn report(&mut self, pod: PodId, update: &PodUpdate) {
        self.world.report(pod, update);
    }

    pub(in crate::controllers) fn phase(&mut self, pod: PodId, phase: Phase) {
        let reason = None;
        self.report(pod, &PodUpdate::Phase { phase, reason });
    }

    pub(in crate::controllers) fn exit(&mut self, pod: PodId, container: u8, exit_code: i32) {
        let finished_at = self.world.now();
        self.report(
            pod,
            &PodUpdate::Exited {
                container,
                exit_code,
                finished_at,
            },
        );
    }

    pub(in crate::controllers) fn view(&self) -> View<'_> {
        View {
            world: &self.world,
            model: &self.model,
            seed: 0,
        }
    }

    pub(in crate::controllers) fn status(&self) -> &JobStatus {
        &self.world.job(self.job).status
    }

    /// Types of the conditions that are true.
    pub(in crate::controllers) fn conditions(&self) -> Vec<&'static str> {
        let conditions = self.status().conditions.iter();
        conditions
            .filter(|condition| condition.status)
            .map(|condition| condition.kind.name())
            .collect()
    }

    /// One sync, carried out without delay.
    pub(in crate::controllers) fn sync(&mut self) -> Requeue {
        let mut progress = Progress::default();
        loop {
            let mut plan = Plan::default();
            let view = View {
                world: &self.world,
                model: &self.model,
                seed: 0,
            };
            let requeue = self
                .reconciler
                .reconcile(view, self.job, progress, &mut plan);
            self.carry_out(plan, &mut progress);
            if requeue != Requeue::Continue {
                return requeue;
            }
            progress.stage += 1;
        }
    }

    fn carry_out(&mut self, plan: Plan, progress: &mut Progress) {
        self.events += plan.events;
        self.look_again.extend(plan.requeues);
        let (mut lost, mut stopped) = (0, false);
        for step in plan.steps {
            if step.slow_start && stopped {
                let skipped = u32::try_from(step.calls.len()).unwrap();
                progress.skipped += skipped;
                lost += skipped;
                continue;
            }
            for call in step.calls {
                if matches!(call, Call::CreatePod(_)) && self.created.len() >= self.quota {
                    progress.refused += 1;
                    lost += 1;
                    stopped = true;
                } else {
                    progress.done += 1;
                    self.commit(call, i32::try_from(lost).unwrap());
                }
            }
        }
    }

    fn commit(&mut self, call: Call, lost: i32) {
        if let Call::CreatePod(new) = call {
            self.created.push(new);
            self.admit(new);
        } else if let Call::DeletePod { pod, .. } = call {
            self.deleted.push(pod);
            self.world.request_deletion(pod, Span::from_secs(30));
        } else if let Call::RemoveFinalizer { pod } = call {
            self.released.push(pod);
            self.world.remove_finalizer(pod);
        } else if let Call::WriteJobStatus { job, draft } = call {
            let mut status = draft.status;
            if draft.counts_creations {
                status.active -= lost;
            }
            self.written.push(status.clone());
            self.world.write_job_status(job, status);
        } else {
            panic!("the Job controller does not ask for {call:?}");
        }
    }

    fn admit(&mut self, new: NewPod) -> PodId {
        let ordinal = self.world.job(self.job).pods_created;
        self.world.create_pod(
            new,
            PodAdmission {
                namespace: "default".into(),
                name: format!("j-{ordinal}").into(),
                labels: Labels::default(),
                attempt: 1,
                ordinal,
                priority: 0,
                preemption_policy: PreemptionPolicy::PreemptLowerPriority,
            },
        )
    }

    /// All changes since the last call.
    pub(in crate::controllers) fn changes(&mut self) -> Vec<Change> {
        std::iter::from_fn(|| self.world.pop_change()).collect()
    }
}

fn model() -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: 0,
        duration: None,
        seed: 0,
        warm_up: Span::ZERO,
        control_plane: ControlPlane::default(),
        pools: Vec::new(),
        outages: Vec::new(),
        nodes: Vec::new(),
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        edit: |_, _, _, _| Err(String::new()),
    }
}
