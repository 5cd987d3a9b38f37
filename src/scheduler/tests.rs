//! The scheduler against a small API: time, calls and changes as the engine passes them.

use super::Scheduler;
use crate::api::{Context, Origin, Outbox, Request, View};
use crate::model::{
    Affinity, Container, ContainerKind, ControlPlane, ImagePullPolicy, LabelSelector, Labels,
    Model, NodeSelectorTerm, NodeSpec, NodeTerm, PodAffinityTerm, PodSpec, PodTemplate,
    PreemptionPolicy, Profile, Requirement, Resources, RestartPolicy, ServiceSpec,
    SpreadConstraint, Taint, TaintEffect, Toleration, Weighted, WhenUnsatisfiable,
};
use crate::sim::{EventQueue, Seq, Span, Time};
use crate::world::{
    Call, Change, Event, NewPod, NodeChange, NodeId, Outcome, Owner, Phase, PodAdmission, PodId,
    PodUpdate, SchedulerEvent, World,
};
use std::sync::Arc;

mod corners;
mod cycles;
mod placement;
mod preempting;
mod upstream;

const MI: i64 = 1 << 20;
const GI: i64 = 1 << 30;

/// What the rig's queue holds.
#[derive(Debug)]
enum Step {
    Scheduler(SchedulerEvent),
    Call(Origin, Call),
}

/// A scheduler, a world and a queue.
struct Rig {
    model: Model,
    world: World,
    scheduler: Scheduler,
    queue: EventQueue<Step>,
    /// Bindings, messages, nominations and deletions, with their times in milliseconds.
    log: Vec<(i64, String)>,
    refuse_bindings: u32,
    events: usize,
}

fn model(profile: Profile) -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: 1_800_000_000_000_000_000,
        duration: None,
        seed: 1,
        warm_up: Span::ZERO,
        control_plane: ControlPlane {
            profile,
            ..ControlPlane::default()
        },
        pools: Vec::new(),
        outages: Vec::new(),
        nodes: Vec::new(),
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        arrivals: Vec::new(),
        edit: |_, _, _, _| Err("nothing is edited here".to_owned()),
    }
}

impl Rig {
    fn new() -> Self {
        Self::with(model(Profile::Kubernetes))
    }

    fn with(model: Model) -> Self {
        Self {
            world: World::new(model.start_unix_nanos),
            scheduler: Scheduler::new(&model),
            queue: EventQueue::new(),
            log: Vec::new(),
            refuse_bindings: 0,
            events: 0,
            model,
        }
    }

    /// Lets the scheduler act, and takes its answers and all changes.
    fn act(&mut self, act: impl FnOnce(&mut Scheduler, &mut Context<'_>)) {
        let mut out = Outbox::default();
        let mut act = Some(act);
        loop {
            let change = if act.is_some() {
                None
            } else {
                match self.world.pop_change() {
                    None => break,
                    some => some,
                }
            };
            if let Some(change) = &change {
                self.note(change);
            }
            let view = View {
                world: &self.world,
                model: &self.model,
                seed: self.model.seed,
            };
            let mut ctx = Context {
                view,
                out: &mut out,
            };
            match change {
                Some(change) => self.scheduler.observe(&change, &mut ctx),
                None => act.take().expect("it acts once")(&mut self.scheduler, &mut ctx),
            }
            for request in out.drain() {
                match request {
                    Request::Call {
                        at, origin, call, ..
                    } => self.queue.push(at, Seq(0), Step::Call(origin, call)),
                    Request::Event {
                        at,
                        event: Event::Scheduler(event),
                        ..
                    } => self.queue.push(at, Seq(0), Step::Scheduler(event)),
                    Request::Event { event, .. } => panic!("{event:?} is not the scheduler's"),
                }
            }
        }
        self.world.forget_deleted();
    }

    fn changes(&mut self) {
        self.act(|_, _| {});
    }

    fn note(&mut self, change: &Change) {
        let name = |pod: &PodId| self.world.pod(*pod).unwrap().name.clone();
        let node = |node: Option<NodeId>| self.world.node(node.unwrap()).name.clone();
        let row = |pod: &PodId| self.world.pod(*pod).unwrap();
        let text = if let Change::PodScheduled(pod) = change {
            format!("{} -> {}", name(pod), node(row(pod).node))
        } else if let Change::PodUnschedulable(pod) = change {
            format!("{}: {}", name(pod), row(pod).unschedulable.clone().unwrap())
        } else if let Change::PodNominated(pod) = change {
            format!("{} nominated {}", name(pod), node(row(pod).nominated))
        } else if let Change::PodDeleting(pod) = change {
            format!("{} deleting", name(pod))
        } else {
            return;
        };
        let at = self.world.now().as_nanos() / 1_000_000;
        self.log.push((at, text));
    }

    /// Runs until `millis` after the start.
    fn run_until(&mut self, millis: i64) {
        let end = Time::ZERO + Span::from_millis(millis);
        self.run_before(end);
        self.world.advance(end.max(self.world.now()));
    }

    /// Runs until nothing is left.
    fn run(&mut self) {
        self.run_before(Time::MAX);
    }

    fn run_before(&mut self, end: Time) {
        while self.queue.peek_at().is_some_and(|at| at <= end) {
            let entry = self.queue.pop().unwrap();
            self.events += 1;
            assert!(self.events < 100_000, "the scheduler does not come to rest");
            self.world.advance(entry.at);
            match entry.event {
                Step::Scheduler(event) => {
                    self.act(|scheduler, ctx| scheduler.handle(event, ctx));
                }
                Step::Call(origin, call) => {
                    let outcome = self.carry_out(&call);
                    self.changes();
                    if origin == Origin::Scheduler {
                        self.act(|scheduler, ctx| scheduler.answered(&call, &outcome, ctx));
                    }
                }
            }
        }
    }

    fn carry_out(&mut self, call: &Call) -> Outcome {
        let is_there = |pod: &PodId| self.world.live_pod(*pod).is_some();
        if let Call::Bind { pod, node } = call {
            if !is_there(pod) {
                return Outcome::NotFound;
            }
            if self.refuse_bindings > 0 {
                self.refuse_bindings -= 1;
                return Outcome::Refused("not now".into());
            }
            self.world.bind(*pod, *node);
        } else if let Call::MarkUnschedulable { pod, message } = call {
            if is_there(pod) {
                self.world.mark_unschedulable(*pod, message.clone());
            }
        } else if let Call::Nominate { pod, node } = call {
            if is_there(pod) {
                self.world.nominate(*pod, *node);
            }
        } else if let Call::DeletePod {
            pod, disruption, ..
        } = call
        {
            if is_there(pod) {
                self.world.disrupt(*pod, disruption.unwrap());
                self.world.request_deletion(*pod, Span::from_secs(30));
            }
        } else {
            panic!("{call:?} is not the scheduler's");
        }
        Outcome::Done
    }

    fn node(&mut self, spec: NodeSpec) -> NodeId {
        let id = self.world.add_node(spec, None, true);
        self.changes();
        id
    }

    fn pod(&mut self, name: &str, template: &PodTemplate) -> PodId {
        self.pod_of(name, template, 0, None)
    }

    fn pod_of(
        &mut self,
        name: &str,
        template: &PodTemplate,
        priority: i32,
        target: Option<NodeId>,
    ) -> PodId {
        let labels = template.labels.clone();
        let template = self.world.intern(&Arc::new(template.clone()));
        let new = NewPod {
            owner: Owner::None,
            template,
            index: None,
            target,
            revision: None,
            index_failures: (0, 0),
        };
        let admission = PodAdmission {
            namespace: "default".into(),
            name: name.into(),
            labels,
            attempt: 1,
            ordinal: 0,
            priority,
            preemption_policy: PreemptionPolicy::PreemptLowerPriority,
            arrival: None,
        };
        let id = self.world.create_pod(new, admission);
        self.changes();
        id
    }

    fn end_pod(&mut self, pod: PodId) {
        let update = PodUpdate::Phase {
            phase: Phase::Succeeded,
            reason: None,
        };
        self.world.report(pod, &update);
        self.changes();
    }

    fn delete_pod(&mut self, pod: PodId) {
        self.world.remove_pod(pod);
        self.changes();
    }

    fn change_node(&mut self, node: NodeId, change: NodeChange) {
        self.world.change_node(node, change);
        self.changes();
    }

    /// The nodes of the bindings, in their order.
    fn bound_to(&self) -> Vec<&str> {
        let bindings = self
            .log
            .iter()
            .filter_map(|(_, text)| text.split_once(" -> "));
        bindings.map(|(_, node)| node).collect()
    }

    fn lines(&self) -> Vec<String> {
        let lines = self.log.iter();
        lines.map(|(at, text)| format!("{at} {text}")).collect()
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(
        pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into())),
    )
}

fn node(name: &str, cpu_m: i64, memory_bytes: i64) -> NodeSpec {
    NodeSpec {
        name: name.into(),
        labels: labels(&[("kubernetes.io/hostname", name)]),
        taints: Vec::new(),
        unschedulable: false,
        allocatable: Resources {
            cpu_m,
            memory_bytes,
            pods: 110,
            ..Resources::default()
        },
        ready_after: Span::ZERO,
        scale_down_disabled: false,
        manifest: "".into(),
    }
}

fn zoned(name: &str, zone: &str) -> NodeSpec {
    NodeSpec {
        labels: labels(&[
            ("kubernetes.io/hostname", name),
            ("topology.kubernetes.io/zone", zone),
        ]),
        ..node(name, 4000, 8 * GI)
    }
}

fn template(cpu_m: i64, memory_bytes: i64) -> PodTemplate {
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
                requests: Resources {
                    cpu_m,
                    memory_bytes,
                    ..Resources::default()
                },
                limits: Resources::default(),
                requests_named: (cpu_m > 0, memory_bytes > 0),
                restart_policy: None,
                restart_rules: Vec::new(),
            }],
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

fn taint(key: &str, effect: TaintEffect) -> Taint {
    Taint {
        key: key.into(),
        value: "".into(),
        effect,
    }
}
