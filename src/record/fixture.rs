//! A small world that is changed by hand and told to a recorder, for the tests of this module and of
//! `results/`.

use super::Recorder;
use crate::cron::{Schedule, TimeZone};
use crate::model::{
    CompletionMode, ConcurrencyPolicy, Container, ContainerKind, ControlPlane, CountOrPercent,
    CronJobSpec, DaemonSetSpec, DeploymentSpec, DeploymentStrategy, ImagePullPolicy, JobSpec,
    LabelSelector, Labels, Meta, Model, Name, NodeSpec, PodReplacementPolicy, PodSpec, PodTemplate,
    PreemptionPolicy, Resources, RestartPolicy, UpdateStrategy,
};
use crate::sim::{Seq, Span, Time};
use crate::world::{
    CronJobId, DaemonSetId, DaemonSetSeed, DaemonSetStatus, DeploymentId, DeploymentSeed,
    DeploymentStatus, Fact, JobCondition, JobConditionKind, JobId, JobSeed, JobStatus, NewPod,
    NodeId, Owner, Phase, PodAdmission, PodId, PodUpdate, Revision, World,
};
use std::sync::Arc;

/// 2026-01-05T00:00:00Z.
const START: i64 = 1_767_571_200;

/// A world, and who listens.
pub(crate) struct Play<R> {
    pub(crate) world: World,
    pub(crate) recorder: R,
    seq: Seq,
}

/// A scenario without objects.
pub(crate) fn model() -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: START * 1_000_000_000,
        duration: Some(Span::from_secs(100)),
        seed: 7,
        warm_up: Span::ZERO,
        control_plane: ControlPlane::default(),
        pools: Vec::new(),
        outages: Vec::new(),
        nodes: vec![node("gpu-node")],
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        edit: |_, _, _, _| Err("this scenario has no edits".to_owned()),
    }
}

/// A node of 1 core and 1 GiB, with two GPUs if its name says so.
pub(crate) fn node(name: &str) -> NodeSpec {
    let mut allocatable = Resources {
        cpu_m: 1000,
        memory_bytes: 1 << 30,
        pods: 110,
        ..Resources::default()
    };
    if name.starts_with("gpu") {
        allocatable.set_extended(&"nvidia.com/gpu".into(), 2);
    }
    NodeSpec {
        name: name.into(),
        labels: Labels::default(),
        taints: Vec::new(),
        unschedulable: false,
        allocatable,
        ready_after: Span::from_secs(1),
        scale_down_disabled: false,
        manifest: r#"{"kind":"Node","spec":{"podCIDR":"10.0.0.0/24"}}"#.into(),
    }
}

fn meta(name: &str) -> Meta {
    Meta {
        namespace: "default".into(),
        name: name.into(),
        labels: Labels::default(),
        annotations: Labels::default(),
    }
}

/// A pod of one container `app` that requests 500 m and a GPU.
fn template() -> Arc<PodTemplate> {
    let mut requests = Resources {
        cpu_m: 500,
        ..Resources::default()
    };
    requests.set_extended(&"nvidia.com/gpu".into(), 1);
    let app = Container {
        name: "app".into(),
        kind: ContainerKind::Regular,
        image: "app:1".into(),
        image_pull_policy: ImagePullPolicy::IfNotPresent,
        requests,
        limits: Resources::default(),
        requests_named: (true, false),
        restart_policy: None,
        restart_rules: Vec::new(),
    };
    let spec = PodSpec {
        containers: vec![app],
        restart_policy: RestartPolicy::Never,
        termination_grace: Span::from_secs(30),
        active_deadline: None,
        node_name: None,
        node_selector: Labels::default(),
        affinity: crate::model::Affinity::default(),
        tolerations: Vec::new(),
        spread: Vec::new(),
        priority_class: None,
        preemption_policy: None,
        host_network: false,
        host_ports: Vec::new(),
        scheduling_gates: Vec::new(),
        overhead: Resources::default(),
        has_empty_dir: false,
    };
    Arc::new(PodTemplate {
        labels: Labels::default(),
        annotations: Labels::default(),
        behavior: Vec::new(),
        spec,
    })
}

pub(crate) fn job_spec() -> JobSpec {
    JobSpec {
        parallelism: 1,
        completions: Some(1),
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
        template: template(),
    }
}

impl<R: Recorder> Play<R> {
    pub(crate) fn new(model: &Model, recorder: R) -> Self {
        Self {
            world: World::new(model.start_unix_nanos),
            recorder,
            seq: Seq(0),
        }
    }

    /// Changes the world at this moment (milliseconds), and tells what happened.
    pub(crate) fn at<T>(&mut self, millis: i64, change: impl FnOnce(&mut World) -> T) -> T {
        let now = Time::ZERO + Span::from_millis(millis);
        self.world.advance(now);
        let value = change(&mut self.world);
        let mut cause = None;
        while let Some(change) = self.world.pop_change() {
            if change.is_event() {
                self.seq = self.seq.next();
            }
            let fact = Fact {
                seq: change.is_event().then_some(self.seq),
                cause,
                at: now,
                change,
            };
            self.recorder.record(&self.world, &fact);
            cause = fact.seq.or(cause);
        }
        self.world.forget_deleted();
        value
    }

    pub(crate) fn sample(&mut self, millis: i64) {
        let at = Time::ZERO + Span::from_millis(millis);
        self.recorder.sample(&self.world, at);
    }

    pub(crate) fn finish(mut self, millis: i64) -> R::Output {
        let end = Time::ZERO + Span::from_millis(millis);
        self.world.advance(end);
        self.recorder.finish(&self.world, end)
    }
}

pub(crate) fn add_node(world: &mut World, name: &str) -> NodeId {
    world.add_node(node(name), None, true)
}

pub(crate) fn create_job(
    world: &mut World,
    name: &str,
    spec: JobSpec,
    cronjob: Option<CronJobId>,
) -> JobId {
    world.create_job(JobSeed {
        meta: meta(name),
        cronjob,
        scheduled_unix: None,
        spec,
        manifest: r#"{"kind":"Job","spec":{"completions":1}}"#.into(),
    })
}

pub(crate) fn create_cronjob(world: &mut World, name: &str) -> CronJobId {
    let spec = CronJobSpec {
        schedule: Arc::new(Schedule::parse("* * * * *").unwrap()),
        schedule_text: "* * * * *".into(),
        zone: TimeZone::default(),
        zone_text: None,
        starting_deadline: None,
        concurrency_policy: ConcurrencyPolicy::Forbid,
        suspend: false,
        successful_history_limit: 3,
        failed_history_limit: 1,
        job: job_spec(),
        job_labels: Labels::default(),
        job_annotations: Labels::default(),
        job_text: "{}".into(),
    };
    world.create_cronjob(meta(name), spec, "{}".into())
}

pub(crate) fn daemonset_seed(name: &str, revision: u32) -> DaemonSetSeed {
    DaemonSetSeed {
        meta: meta(name),
        spec: DaemonSetSpec {
            selector: LabelSelector::default(),
            template: template(),
            update_strategy: UpdateStrategy::RollingUpdate {
                max_unavailable: CountOrPercent::Count(1),
                max_surge: CountOrPercent::Count(0),
            },
            // Another spec for each revision, as it would be.
            min_ready: Span::from_secs(i64::from(revision)),
            revision_history_limit: 10,
        },
        manifest: "{}".into(),
        pod_template: template(),
        revision: Revision(revision),
    }
}

/// Writes a status with so many desired, ready and updated pods.
pub(crate) fn cover(world: &mut World, id: DaemonSetId, desired: i32, ready: i32, updated: i32) {
    let observed_generation = world.daemonset(id).generation;
    let status = DaemonSetStatus {
        desired,
        current: desired,
        ready,
        updated,
        available: ready,
        unavailable: desired - ready,
        misscheduled: 0,
        observed_generation,
    };
    world.write_daemonset_status(id, status);
}

/// A Deployment of four replicas.
pub(crate) fn deployment_seed(name: &str, revision: u32) -> DeploymentSeed {
    let mut template = PodTemplate::clone(&template());
    template.labels = Labels::new([("revision".into(), revision.to_string().into())]);
    DeploymentSeed {
        meta: meta(name),
        spec: DeploymentSpec {
            replicas: 4,
            selector: LabelSelector::default(),
            template: Arc::new(template),
            strategy: DeploymentStrategy::Recreate,
            min_ready: Span::ZERO,
            revision_history_limit: 10,
            progress_deadline: Span::from_secs(600),
            paused: false,
        },
        manifest: "{}".into(),
        revision: Revision(revision),
    }
}

/// Writes a status with so many available pods, all of them new.
pub(crate) fn make_available(world: &mut World, id: DeploymentId, available: i32) {
    let status = DeploymentStatus {
        replicas: available,
        updated: available,
        ready: available,
        available,
        observed_generation: world.deployment(id).generation,
        ..DeploymentStatus::default()
    };
    world.write_deployment_status(id, status);
}

pub(crate) fn create_pod(world: &mut World, name: &str, owner: Owner, attempt: u32) -> PodId {
    let template = world.intern(&template());
    let new = NewPod {
        owner,
        template,
        index: None,
        target: None,
        revision: None,
        index_failures: (0, 0),
    };
    let admission = PodAdmission {
        namespace: "default".into(),
        name: name.into(),
        labels: Labels::default(),
        attempt,
        ordinal: attempt - 1,
        priority: 0,
        preemption_policy: PreemptionPolicy::default(),
    };
    world.create_pod(new, admission)
}

/// The container starts, and the pod is Running and Ready.
pub(crate) fn start_pod(world: &mut World, pod: PodId) {
    world.report(pod, &PodUpdate::Started { container: 0 });
    if world
        .pod(pod)
        .is_some_and(|pod| pod.phase == Phase::Pending)
    {
        let (phase, reason) = (Phase::Running, None);
        world.report(pod, &PodUpdate::Phase { phase, reason });
    }
}

/// The container exits.
pub(crate) fn exit_container(world: &mut World, pod: PodId, exit_code: i32) {
    let finished_at = world.now();
    let container = 0;
    world.report(
        pod,
        &PodUpdate::Exited {
            container,
            exit_code,
            finished_at,
        },
    );
}

/// The container exits, and the pod ends with it.
pub(crate) fn end_pod(world: &mut World, pod: PodId, exit_code: i32) {
    exit_container(world, pod, exit_code);
    let phase = if exit_code == 0 {
        Phase::Succeeded
    } else {
        Phase::Failed
    };
    world.report(
        pod,
        &PodUpdate::Phase {
            phase,
            reason: None,
        },
    );
}

/// Counters of a Job's status.
pub(crate) fn write_counts(
    world: &mut World,
    job: JobId,
    active: i32,
    succeeded: i32,
    failed: i32,
) {
    let mut status = world.job(job).status.clone();
    status.start_time = status.start_time.or(Some(world.api_time(world.now())));
    (status.active, status.succeeded, status.failed) = (active, succeeded, failed);
    world.write_job_status(job, status);
}

/// Conditions that come together with a Job's last counters.
pub(crate) fn write_conditions(
    world: &mut World,
    job: JobId,
    conditions: &[(JobConditionKind, bool, &str)],
) {
    let mut status: JobStatus = world.job(job).status.clone();
    for (kind, is_true, reason) in conditions {
        status.conditions.retain(|old| old.kind != *kind);
        status.conditions.push(JobCondition {
            kind: *kind,
            status: *is_true,
            reason: Name::from(*reason),
            message: "".into(),
            changed_at: world.now(),
        });
    }
    status.active = 0;
    world.write_job_status(job, status);
}
