//! Runs of small models that are built by hand.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

mod timelines;

use super::simulate;
use crate::model::{
    BehaviorRule, CompletionMode, Container, ContainerKind, ControlPlane, ImagePullPolicy, JobSpec,
    KubeletFlags, KubeletProfile, Labels, Manifest, Meta, Model, NodeSpec, Object,
    PodReplacementPolicy, PodSpec, PodTemplate, Pool, Resources, RestartPolicy,
};
use crate::record::Recorder;
use crate::sim::{Span, Time};
use crate::world::{Change, Fact, World};
use expect_test::expect;
use std::sync::Arc;

/// Writes a line for each fact: time, cause, change.
#[derive(Default)]
struct Lines(String);

impl Recorder for Lines {
    type Output = String;

    fn record(&mut self, _: &World, fact: &Fact) {
        if fact.at == Time::ZERO
            && matches!(fact.change, Change::NodeAdded(_) | Change::NodeReady(_))
        {
            return;
        }
        let number =
            |seq: Option<crate::sim::Seq>| seq.map_or("-".to_string(), |seq| seq.0.to_string());
        self.0 += &format!(
            "{} {}<{} {:?}\n",
            fact.at.to_seconds_text(),
            number(fact.seq),
            number(fact.cause),
            fact.change
        );
    }

    fn finish(self, _: &World, _: Time) -> String {
        self.0
    }
}

fn pool(count: u32) -> Pool {
    let allocatable = Resources {
        cpu_m: 4000,
        memory_bytes: 8 << 30,
        pods: 110,
        ..Resources::default()
    };
    Pool {
        name: "node".into(),
        count,
        node: NodeSpec {
            name: "node".into(),
            labels: Labels::default(),
            taints: Vec::new(),
            unschedulable: false,
            allocatable,
            ready_after: Span::from_secs(1),
            scale_down_disabled: false,
            manifest: "{}".into(),
        },
        failures: Vec::new(),
        price_micros: None,
        autoscale: None,
    }
}

fn template(restart_policy: RestartPolicy) -> PodTemplate {
    let requests = Resources {
        cpu_m: 500,
        memory_bytes: 128 << 20,
        ..Resources::default()
    };
    PodTemplate {
        labels: Labels::default(),
        annotations: Labels::default(),
        behavior: Vec::new(),
        spec: PodSpec {
            containers: vec![Container {
                name: "main".into(),
                kind: ContainerKind::Regular,
                image: "app:1".into(),
                image_pull_policy: ImagePullPolicy::IfNotPresent,
                requests,
                limits: Resources::default(),
                requests_named: (true, true),
                restart_policy: None,
                restart_rules: Vec::new(),
            }],
            restart_policy,
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
        },
    }
}

fn job() -> JobSpec {
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
        template: Arc::new(template(RestartPolicy::Never)),
    }
}

fn model(objects: Vec<Object>, behaviors: Vec<BehaviorRule>) -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: 1_767_225_600_000_000_000,
        duration: None,
        seed: 0,
        warm_up: Span::ZERO,
        control_plane: ControlPlane {
            kubelet: KubeletFlags {
                profile: KubeletProfile::Ideal,
                ..KubeletFlags::default()
            },
            ..ControlPlane::default()
        },
        pools: vec![pool(2)],
        outages: Vec::new(),
        nodes: Vec::new(),
        objects,
        behaviors,
        actions: Vec::new(),
        edit: |_, _, _, _| Err("no edits".into()),
    }
}

fn job_object(name: &str, spec: JobSpec) -> Object {
    let meta = Meta {
        namespace: "default".into(),
        name: name.into(),
        labels: Labels::default(),
        annotations: Labels::default(),
    };
    Object::Job(Manifest {
        meta,
        spec,
        text: "{}".into(),
    })
}

#[test]
fn a_job_of_one_pod_from_creation_to_completion() {
    let model = model(vec![job_object("a", job())], Vec::new());
    expect![[r#"
        0.000 5<- JobCreated(JobId(0))
        0.006 6<5 PodCreated(PodId(1v1))
        0.011 -<5 JobStatus { job: JobId(0), conditions: 0 }
        0.011 7<5 JobStarted(JobId(0))
        0.013 8<6 PodScheduled(PodId(1v1))
        1.019 9<8 ContainerStarted { pod: PodId(1v1), container: 0 }
        1.019 10<8 PodStarted(PodId(1v1))
        1.019 11<8 PodReady(PodId(1v1))
        2.025 -<9 JobStatus { job: JobId(0), conditions: 0 }
        11.019 12<8 ContainerExited { pod: PodId(1v1), container: 0, exit_code: 0 }
        11.019 13<8 PodNotReady(PodId(1v1))
        11.019 14<8 PodSucceeded(PodId(1v1))
        12.025 -<12 JobStatus { job: JobId(0), conditions: 1 }
        12.025 15<12 JobCondition { job: JobId(0), kind: SuccessCriteriaMet, status: true }
        12.028 -<12 PodFinalizerRemoved(PodId(1v1))
        12.033 -<12 JobStatus { job: JobId(0), conditions: 1 }
        12.033 16<12 JobCondition { job: JobId(0), kind: Complete, status: true }
    "#]]
    .assert_eq(&simulate(&model, 0, Lines::default()));
}

/// What the scenario itself did has no cause (contract §3).
#[test]
fn what_is_there_at_the_start_has_no_cause() {
    #[derive(Default)]
    struct Causes(Vec<String>);

    impl Recorder for Causes {
        type Output = Vec<String>;

        fn record(&mut self, _: &World, fact: &Fact) {
            let is_given = matches!(
                fact.change,
                Change::NodeAdded(_) | Change::NodeReady(_) | Change::JobCreated(_)
            );
            if is_given && fact.cause.is_some() {
                self.0.push(format!("{fact:?}"));
            }
        }

        fn finish(self, _: &World, _: Time) -> Vec<String> {
            self.0
        }
    }

    let objects = vec![job_object("a", job()), job_object("b", job())];
    let caused = simulate(&model(objects, Vec::new()), 0, Causes::default());
    assert_eq!(caused, Vec::<String>::new());
}
