//! Tables of single decisions.

use super::super::drainability::{Drain, drain};
use super::super::estimator::{Estimate, Group, estimate, groups, helped};
use super::super::expander::{Choice, best};
use super::super::pools::PoolState;
use super::super::scale_down::{Candidate, Planner};
use super::super::template::{self, Template};
use super::{model, node, pod, world};
use crate::model::{AutoscalerFlags, Expander, Model, Resources};
use crate::scheduler::WhatIf;
use crate::sim::{Span, Stream, Time};
use crate::world::{NewPod, Owner, PodAdmission, PodId, TemplateId, World};
use std::fmt::Write;

/// Pods `<name>-1` and so on that ask for this, memory in bytes, as manifests.
fn pods(name: &str, count: usize, cpu_m: i64, memory: i64, more: &str) -> String {
    let mut text = String::new();
    for number in 1..=count {
        writeln!(
            text,
            "  - apiVersion: v1
    kind: Pod
    metadata: {{name: {name}-{number}, labels: {{app: estimatee}}}}
    spec:
      {more}
      containers:
      - name: c
        image: i
        resources: {{requests: {{cpu: {cpu_m}m, memory: {memory}}}}}"
        )
        .unwrap();
    }
    text
}

/// One small node in zone jupiter, and a pool whose nodes lie in zone mars.
fn cluster(cpu_m: i64, memory_mi: i64, manifests: &str) -> Model {
    let at = |zone: &str, cpu_m: i64, memory_mi: i64| {
        format!(
            "{{metadata: {{labels: {{topology.kubernetes.io/zone: {zone}}}}}, status: {{allocatable: {{cpu: {cpu_m}m, memory: {memory_mi}Mi, pods: 10}}}}}}"
        )
    };
    model(&format!(
        "  cluster:
    pools:
    - {{name: old, count: 1, node: {}}}
    - {{name: new, count: 0, autoscale: {{max: 100}}, node: {}}}
  manifests:
{manifests}",
        at("zone-jupiter", 100, 100),
        at("zone-mars", cpu_m, memory_mi)
    ))
}

fn fresh(world: &World, model: &Model) -> Template {
    let mut pools = PoolState::all(model);
    template::of_pool(world, &mut pools[0], |_| None, false)
}

fn group(world: &World, name: &str, count: usize) -> Group {
    Group {
        pods: (1..=count)
            .map(|number| pod(world, &format!("{name}-{number}")))
            .collect(),
    }
}

/// `TestBinpackingEstimate` of `estimator/binpacking_estimator_test.go`.
#[test]
fn pods_are_packed_as_upstream_packs_them() {
    let spread = |skew: u8, key: &str, domains: u8| {
        format!(
            "topologySpreadConstraints: [{{maxSkew: {skew}, topologyKey: {key}, minDomains: {domains}, whenUnsatisfiable: DoNotSchedule, labelSelector: {{matchLabels: {{app: estimatee}}}}}}]"
        )
    };
    let host = "kubernetes.io/hostname";
    let port = "hostNetwork: false";
    // CPU and memory of a node, the pods (count, CPU, memory), what they say, the limit; nodes and pods.
    let cases = [
        (
            "resources",
            (1000, 2000),
            (10, 350, 1000),
            port.to_owned(),
            100,
            (5, 10),
        ),
        (
            "pods of a node",
            (10_000, 20_000),
            (20, 10, 100),
            port.to_owned(),
            100,
            (2, 20),
        ),
        (
            "the limit",
            (1000, 5000),
            (20, 500, 1000),
            port.to_owned(),
            5,
            (5, 10),
        ),
        (
            "skew 2 over nodes",
            (1000, 5000),
            (8, 200, 200),
            spread(2, host, 1),
            100,
            (4, 8),
        ),
        (
            "skew 2 over zones",
            (1000, 5000),
            (8, 20, 100),
            spread(2, "topology.kubernetes.io/zone", 1),
            100,
            (1, 2),
        ),
        (
            "skew 1 over nodes",
            (1000, 5000),
            (12, 20, 100),
            spread(1, host, 3),
            100,
            (3, 12),
        ),
    ];
    for (name, (cpu, memory), (count, pod_cpu, pod_memory), more, limit, expected) in cases {
        let manifests = pods("p", count, pod_cpu, pod_memory, &more);
        let model = cluster(cpu, memory, &manifests);
        let world = world(&model);
        let template = fresh(&world, &model);
        let groups = [group(&world, "p", count)];
        let mut what_if = WhatIf::new(&world);
        let found = estimate(&mut what_if, &world, &groups, &template, limit);
        assert_eq!((found.nodes, found.pods.len()), expected, "{name}");
        // Nothing is left of it.
        let again = estimate(&mut what_if, &world, &groups, &template, limit);
        assert_eq!(again, found, "{name}");
    }
}

/// The same table: "hostport conflict forces pod-per-node".
#[test]
fn a_host_port_takes_a_node_for_itself() {
    let text = pods("p", 8, 200, 1000, "hostNetwork: false").replace(
        "image: i",
        "image: i\n        ports: [{containerPort: 80, hostPort: 5555}]",
    );
    let model = cluster(1000, 5000, &text);
    let world = world(&model);
    let template = fresh(&world, &model);
    let groups = [group(&world, "p", 8)];
    let found = estimate(&mut WhatIf::new(&world), &world, &groups, &template, 100);
    assert_eq!((found.nodes, found.pods.len()), (8, 8));
}

/// The same table: "decreasing ordered pods are processed first".
#[test]
fn large_pods_come_first() {
    let text = pods("small", 10, 50, 1000, "hostNetwork: false")
        + &pods("large", 10, 500, 1000, "hostNetwork: false");
    let model = cluster(1000, 5000, &text);
    let world = world(&model);
    let template = fresh(&world, &model);
    let groups = [group(&world, "small", 10), group(&world, "large", 10)];
    let found = estimate(&mut WhatIf::new(&world), &world, &groups, &template, 5);
    assert_eq!(found.nodes, 5);
    let (large, small) = found.pods.split_at(10);
    assert_eq!(large, groups[1].pods);
    assert_eq!(small, []);
}

#[test]
fn pods_that_fit_no_new_node_are_left_out() {
    let text = pods("p", 1, 1500, 100, "hostNetwork: false")
        + &pods("q", 1, 100, 100, "nodeSelector: {gpu: \"yes\"}");
    let model = cluster(1000, 5000, &text);
    let world = world(&model);
    let template = fresh(&world, &model);
    let all = [group(&world, "p", 1), group(&world, "q", 1)];
    assert_eq!(
        helped(&mut WhatIf::new(&world), &world, &all, &template),
        []
    );
    let found = estimate(&mut WhatIf::new(&world), &world, &all, &template, 10);
    assert_eq!(found, Estimate::default());
}

#[test]
fn bare_pods_are_groups_of_their_own() {
    let model = cluster(1000, 5000, &pods("p", 3, 100, 100, "hostNetwork: false"));
    let world = world(&model);
    let ids = group(&world, "p", 3).pods;
    assert_eq!(groups(&world, &ids).len(), 3);
}

/// `TestLeastWaste` of `expander/waste/waste_test.go`.
#[test]
fn the_least_waste_wins() {
    let mi = 1_000 << 20;
    let choice = |pool: usize, cpu: i64, memory: i64| Choice {
        pool,
        estimate: Estimate {
            nodes: 1,
            pods: Vec::new(),
        },
        requested: Resources {
            cpu_m: 500,
            memory_bytes: mi,
            ..Resources::default()
        },
        allocatable: Resources {
            cpu_m: cpu * 500,
            memory_bytes: memory * mi,
            ..Resources::default()
        },
        priority: 0,
        price_micros: 0,
    };
    let (balanced, high_memory, low_cpu) = (choice(0, 16, 16), choice(1, 16, 32), choice(2, 8, 16));
    for (choices, expected) in [
        (vec![balanced.clone()], 0),
        (vec![balanced.clone(), high_memory.clone()], 0),
        (vec![balanced, high_memory, low_cpu], 2),
    ] {
        let mut stream = Stream::new(1, &["test"], "expander");
        let found = best(&[Expander::LeastWaste], choices, &mut stream).unwrap();
        assert_eq!(found.pool, expected);
    }
}

#[test]
fn each_expander_has_its_own_measure() {
    let template = Choice {
        pool: 0,
        estimate: Estimate::default(),
        requested: Resources::default(),
        allocatable: Resources::default(),
        priority: 0,
        price_micros: 0,
    };
    let model = cluster(1000, 5000, &pods("p", 3, 100, 100, "hostNetwork: false"));
    let world = world(&model);
    let ids = group(&world, "p", 3).pods;
    let choice = |pool, nodes, pods: usize, priority, price_micros| Choice {
        pool,
        estimate: Estimate {
            nodes,
            pods: ids[..pods].to_vec(),
        },
        priority,
        price_micros,
        ..template.clone()
    };
    let choices = [
        choice(0, 1, 1, 0, 100),
        choice(1, 3, 3, 5, 90),
        choice(2, 2, 2, 1, 60),
    ];
    for (expander, expected) in [
        (Expander::LeastNodes, 0),
        (Expander::MostPods, 1),
        (Expander::Priority, 1),
        (Expander::Price, 2),
    ] {
        let mut stream = Stream::new(1, &["test"], "expander");
        let found = best(&[expander], choices.to_vec(), &mut stream).unwrap();
        assert_eq!(found.pool, expected, "{expander:?}");
    }
    // The next expander decides between equals, and the seed between those that are still equal.
    let equals = [
        choice(0, 1, 1, 0, 0),
        choice(1, 1, 1, 0, 0),
        choice(2, 1, 1, 0, 0),
    ];
    let found: std::collections::BTreeSet<usize> = (0..40)
        .map(|seed| {
            let mut stream = Stream::new(seed, &["test"], "expander");
            best(
                &[Expander::MostPods, Expander::Random],
                equals.to_vec(),
                &mut stream,
            )
            .unwrap()
            .pool
        })
        .collect();
    assert_eq!(found.len(), 3);
    let mut stream = Stream::new(1, &["test"], "expander");
    assert_eq!(best(&[Expander::LeastWaste], Vec::new(), &mut stream), None);
}

const DAEMONSETS: &str = "
  - {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-node-critical}, value: 2000001000}";

fn daemonset(name: &str, pod: &str) -> String {
    format!(
        "
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: {{name: {name}}}
    spec:
      selector: {{matchLabels: {{app: {name}}}}}
      template:
        metadata: {{labels: {{app: {name}}}}}
        spec: {{{pod}containers: [{{name: c, image: {name}, resources: {{requests: {{cpu: 10m}}}}}}]}}"
    )
}

/// A pod of the DaemonSet on the node.
fn run_daemon(world: &mut World, name: &str, on: &str) -> PodId {
    let (id, row) = world
        .all_daemonsets()
        .find(|(_, row)| &*row.meta.name == name)
        .unwrap();
    let template = row.template;
    create(world, Owner::DaemonSet(id), template, name, on)
}

fn create(world: &mut World, owner: Owner, template: TemplateId, name: &str, on: &str) -> PodId {
    let target = node(world, on);
    let new = NewPod {
        owner,
        template,
        index: None,
        target: matches!(owner, Owner::DaemonSet(_)).then_some(target),
        revision: None,
        index_failures: (0, 0),
    };
    let labels = world.templates().get(template).labels.clone();
    let admission = PodAdmission {
        namespace: "default".into(),
        name: format!("{name}-pod").into(),
        labels,
        attempt: 1,
        ordinal: 0,
        priority: 0,
        preemption_policy: crate::model::PreemptionPolicy::PreemptLowerPriority,
    };
    let pod = world.create_pod(new, admission);
    world.bind(pod, target);
    pod
}

/// `TestSanitizedTemplateNodeInfoFromNodeInfo` of `simulator/node_info_utils_test.go`, #7841 included.
#[test]
fn a_template_runs_what_its_example_runs() {
    let manifests = [
        DAEMONSETS.to_owned(),
        daemonset("ds1", ""),
        daemonset("ds2", ""),
        daemonset("ds3", "nodeSelector: {key: value}, "),
        daemonset("ds4", "priorityClassName: system-node-critical, "),
    ]
    .concat();
    for (running, leaving, force, expected) in [
        (vec![], vec![], false, vec!["ds4"]),
        (vec!["ds1"], vec!["ds2"], false, vec!["ds1", "ds4"]),
        (vec!["ds1"], vec!["ds2"], true, vec!["ds1", "ds2", "ds4"]),
        (
            vec!["ds1", "ds2", "ds4"],
            vec![],
            false,
            vec!["ds1", "ds2", "ds4"],
        ),
    ] {
        let model = model(&format!(
            "  cluster: {{pools: [{{name: w, count: 1, autoscale: {{max: 5}}}}]}}\n  manifests:{manifests}"
        ));
        let mut world = world(&model);
        for name in &running {
            run_daemon(&mut world, name, "w-1");
        }
        for name in &leaving {
            let pod = run_daemon(&mut world, name, "w-1");
            world.request_deletion(pod, Span::from_secs(30));
        }
        let mut pools = PoolState::all(&model);
        let found = template::of_pool(&world, &mut pools[0], |_| None, force);
        let images: Vec<&str> = found
            .daemons
            .iter()
            .map(|&daemon| &*world.templates().get(daemon).spec.containers[0].image)
            .collect();
        assert_eq!(images, expected, "running {running:?} force {force}");
        assert_eq!(found.after.as_deref(), Some("w-1"));
    }
}

#[test]
fn a_pool_without_nodes_expects_every_daemonset_that_suits() {
    let manifests = daemonset("ds1", "") + &daemonset("ds3", "nodeSelector: {key: value}, ");
    let model = model(&format!(
        "  cluster: {{pools: [{{name: w, count: 0, autoscale: {{max: 5}}}}]}}\n  manifests:{manifests}"
    ));
    let world = world(&model);
    let found = fresh(&world, &model);
    assert_eq!((found.after, found.daemons.len()), (None, 1));
}

#[test]
fn a_young_node_is_no_example_but_an_old_template_is_remembered() {
    let model = model("  cluster: {pools: [{name: w, count: 1, autoscale: {max: 5}}]}");
    let mut world = world(&model);
    world.advance(Time::ZERO + Span::from_secs(100));
    let mut pools = PoolState::all(&model);
    let young = Some(Time::ZERO + Span::from_secs(50));
    let mut after =
        |since: Option<Time>| template::of_pool(&world, &mut pools[0], |_| since, false).after;
    assert_eq!(after(young), None);
    assert_eq!(after(None).as_deref(), Some("w-1"));
    assert_eq!(after(young).as_deref(), Some("w-1"));
}

/// What `Planner::update` makes of node `w-1`, with a second node for its pods to go to.
fn is_unneeded(
    flags: &AutoscalerFlags,
    pods: &[(&str, i64)],
    annotation: &str,
    other_cpu_m: i64,
) -> bool {
    let manifests = daemonset("ds", "")
        + "
  - apiVersion: apps/v1
    kind: ReplicaSet
    metadata: {name: rs}
    spec:
      replicas: 0
      selector: {matchLabels: {app: rs}}
      template:
        metadata: {labels: {app: rs}}
        spec: {containers: [{name: c, image: i}]}";
    let model = model(&format!(
        "  cluster:
    pools:
    - {{name: w, count: 1, autoscale: {{max: 5}}, node: {{{annotation} status: {{allocatable: {{cpu: 1000m, memory: 10Mi, pods: 10}}}}}}}}
    - {{name: other, count: 1, node: {{status: {{allocatable: {{cpu: {other_cpu_m}m, memory: 10Mi, pods: 10}}}}}}}}
  manifests:{manifests}"
    ));
    let mut world = world(&model);
    for (kind, cpu_m) in pods {
        let (owner, template) = if *kind == "daemon" {
            let (id, row) = world.all_daemonsets().next().unwrap();
            (Owner::DaemonSet(id), row.template)
        } else {
            let namespace = "default".into();
            let id = world.replicasets_in(&namespace).next().unwrap();
            let template = world.replicaset(id).spec.template.clone();
            (Owner::ReplicaSet(id), world.intern(&template))
        };
        let template = {
            let mut own = (**world.templates().get(template)).clone();
            own.spec.containers[0].requests.cpu_m = *cpu_m;
            world.intern(&std::sync::Arc::new(own))
        };
        create(&mut world, owner, template, kind, "w-1");
    }
    let mut planner = Planner::default();
    let candidate = Candidate {
        node: node(&world, "w-1"),
        pool: 0,
        threshold: Span::from_secs(600),
    };
    let mut what_if = WhatIf::new(&world);
    planner.update(&mut what_if, &world, flags, &[candidate], 1);
    planner.unneeded().contains_key(&candidate.node)
}

/// `getTestCases` of `core/scaledown/eligibility/eligibility_test.go`, and whether pods find another place.
#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn hardly_used_nodes_are_unneeded() {
    let defaults = AutoscalerFlags::default();
    let ignoring = AutoscalerFlags {
        ignore_daemonsets_utilization: true,
        ..defaults.clone()
    };
    let strict = AutoscalerFlags {
        utilization_threshold_milli: 0,
        ..ignoring.clone()
    };
    let disabled = "metadata: {annotations: {cluster-autoscaler.kubernetes.io/scale-down-disabled: \"true\"}},";
    for (name, flags, pods, annotation, other, expected) in [
        ("regular node", &defaults, vec![], "", 1000, true),
        ("no scale down", &defaults, vec![], disabled, 1000, false),
        (
            "highly utilized",
            &defaults,
            vec![("app", 600)],
            "",
            1000,
            false,
        ),
        (
            "underutilized",
            &defaults,
            vec![("app", 100)],
            "",
            1000,
            true,
        ),
        (
            "at the threshold",
            &defaults,
            vec![("app", 500)],
            "",
            1000,
            true,
        ),
        (
            "daemons ignored",
            &ignoring,
            vec![("app", 100), ("daemon", 500)],
            "",
            1000,
            true,
        ),
        (
            "daemons counted",
            &defaults,
            vec![("app", 100), ("daemon", 500)],
            "",
            1000,
            false,
        ),
        (
            "only daemons, threshold 0",
            &strict,
            vec![("daemon", 500)],
            "",
            1000,
            true,
        ),
        (
            "no other place",
            &defaults,
            vec![("app", 100)],
            "",
            50,
            false,
        ),
        (
            "daemons need none",
            &defaults,
            vec![("daemon", 100)],
            "",
            50,
            true,
        ),
    ] {
        assert_eq!(
            is_unneeded(flags, &pods, annotation, other),
            expected,
            "{name}"
        );
    }
}

/// After `simulator/drainability/rules`: the first rule decides.
#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn pods_keep_their_node_or_let_it_go() {
    let defaults = AutoscalerFlags::default();
    let lenient = AutoscalerFlags {
        skip_system_pods: false,
        skip_local_storage: false,
        ..defaults.clone()
    };
    let safe = "cluster-autoscaler.kubernetes.io/safe-to-evict";
    let local = "volumes: [{name: v, emptyDir: {}}],";
    let cases = [
        ("plain", "default", String::new(), "", &defaults, "Move"),
        (
            "not safe",
            "default",
            format!("{safe}: \"false\""),
            "",
            &defaults,
            "Block(not safe to evict)",
        ),
        (
            "on completion",
            "default",
            format!("{safe}: on-completion"),
            "",
            &defaults,
            "Wait",
        ),
        (
            "local",
            "default",
            String::new(),
            local,
            &defaults,
            "Block(local storage)",
        ),
        (
            "local, allowed",
            "default",
            String::new(),
            local,
            &lenient,
            "Move",
        ),
        (
            "local, safe",
            "default",
            format!("{safe}: \"true\""),
            local,
            &defaults,
            "Move",
        ),
        (
            "local, named",
            "default",
            "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: v".to_owned(),
            local,
            &defaults,
            "Move",
        ),
        (
            "system",
            "kube-system",
            String::new(),
            "",
            &defaults,
            "Block(kube-system)",
        ),
        (
            "system, allowed",
            "kube-system",
            String::new(),
            "",
            &lenient,
            "Move",
        ),
        (
            "system, safe",
            "kube-system",
            format!("{safe}: \"true\""),
            "",
            &defaults,
            "Move",
        ),
    ];
    for (name, namespace, annotation, volumes, flags, expected) in cases {
        let model = model(&format!(
            "  cluster: {{pools: [{{name: w, count: 1}}]}}
  manifests:
  - apiVersion: apps/v1
    kind: ReplicaSet
    metadata: {{name: rs, namespace: {namespace}}}
    spec:
      replicas: 0
      selector: {{matchLabels: {{app: rs}}}}
      template:
        metadata: {{labels: {{app: rs}}, annotations: {{{annotation}}}}}
        spec: {{{volumes} containers: [{{name: c, image: i}}]}}"
        ));
        let mut world = world(&model);
        let id = world.replicasets_in(&namespace.into()).next().unwrap();
        let template = world.replicaset(id).spec.template.clone();
        let template = world.intern(&template);
        let new = NewPod {
            owner: Owner::ReplicaSet(id),
            template,
            index: None,
            target: None,
            revision: None,
            index_failures: (0, 0),
        };
        let admission = PodAdmission {
            namespace: namespace.into(),
            name: "p".into(),
            labels: world.templates().get(template).labels.clone(),
            attempt: 1,
            ordinal: 0,
            priority: 0,
            preemption_policy: crate::model::PreemptionPolicy::PreemptLowerPriority,
        };
        let pod = world.create_pod(new, admission);
        let shown = |world: &World| match drain(world, flags, world.pod(pod).unwrap(), world.now())
        {
            Drain::Block(why, _) => format!("Block({why})"),
            other @ (Drain::Ignore | Drain::Daemon | Drain::Move | Drain::Wait) => {
                format!("{other:?}")
            }
        };
        assert_eq!(shown(&world), expected, "{name}");
        world.advance(Time::ZERO + Span::from_secs(3601));
        if expected == "Block(kube-system)" {
            assert_eq!(shown(&world), "Move", "{name}, an hour later");
        }
    }
}

#[test]
fn a_pod_without_a_controller_keeps_its_node() {
    let model = cluster(1000, 5000, &pods("p", 1, 10, 10, "hostNetwork: false"));
    let world = world(&model);
    let row = world.pod(pod(&world, "p-1")).unwrap();
    let flags = AutoscalerFlags::default();
    assert_eq!(
        drain(&world, &flags, row, world.now()),
        Drain::Block("not replicated", None)
    );
}
