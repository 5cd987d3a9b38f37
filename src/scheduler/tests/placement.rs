//! Which node it is.

use super::*;
use crate::model::ContainerPort;

/// The nodes of the recorded scenarios `sched-hetero` and `sched-hetero-sequence`.
fn four_unequal_nodes() -> Rig {
    let mut rig = Rig::new();
    for (name, cpu, memory) in [
        ("small", 2000, 4 * GI),
        ("medium", 4000, 8 * GI),
        ("large", 8000, 16 * GI),
        ("fatmem", 4000, 32 * GI),
    ] {
        rig.node(node(name, cpu, memory));
    }
    rig.run();
    rig
}

/// Nineteen pods of three shapes, one a second: each choice as a real kube-scheduler 1.36 made it (SCH-54 to SCH-60, SCH-63).
#[test]
fn a_sequence_of_shapes_as_recorded() {
    let mut rig = four_unequal_nodes();
    let shapes = [(500, 512 * MI), (250, 2 * GI), (1000, 256 * MI)];
    for pod in 0..19 {
        let (cpu, memory) = shapes[pod % 3];
        rig.pod(&format!("j{pod}"), &template(cpu, memory));
        rig.run();
    }
    assert_eq!(
        rig.bound_to(),
        [
            "large", "fatmem", "large", "medium", "fatmem", "large", "medium", "fatmem", "large",
            "small", "fatmem", "large", "medium", "fatmem", "large", "medium", "fatmem", "large",
            "small"
        ]
    );
}

/// Twenty equal pods at once: as many on each node as a real kube-scheduler 1.36 put there.
#[test]
fn equal_pods_as_recorded() {
    let mut rig = four_unequal_nodes();
    for pod in 0..20 {
        rig.pod(&format!("ix-{pod}"), &template(500, 512 * MI));
    }
    rig.run();
    let count = |node| rig.bound_to().iter().filter(|to| **to == node).count();
    assert_eq!(
        ["small", "medium", "large", "fatmem"].map(count),
        [2, 4, 9, 5]
    );
}

/// SCH-63 with SCH-18: equal nodes take turns, from the place that the search has come to.
#[test]
fn equal_nodes_take_turns() {
    let mut rig = Rig::new();
    for name in ["a", "b", "c"] {
        rig.node(node(name, 4000, 8 * GI));
    }
    for pod in 0..6 {
        rig.pod(&format!("p{pod}"), &template(100, 128 * MI));
    }
    rig.run();
    assert_eq!(rig.bound_to(), ["a", "b", "c", "a", "b", "c"]);
}

/// SCH-18: 100 of 200 nodes are enough, and the next search goes on behind them.
#[test]
fn the_search_goes_on_where_it_stopped_sch_18() {
    let mut model = model(Profile::Ideal);
    model.control_plane.scheduler.percentage_of_nodes_to_score = 50;
    let mut rig = Rig::with(model);
    for name in 0..200 {
        rig.node(node(&format!("n{name}"), 4000, 8 * GI));
    }
    for pod in 0..3 {
        rig.pod(&format!("p{pod}"), &template(100, 128 * MI));
    }
    rig.run();
    assert_eq!(rig.bound_to(), ["n0", "n100", "n1"]);
}

#[test]
fn selectors_taints_and_preferences_decide() {
    let mut rig = Rig::new();
    let mut tainted = node("tainted", 8000, 16 * GI);
    tainted.taints = vec![taint("dedicated", TaintEffect::NoSchedule)];
    rig.node(tainted);
    let mut avoided = node("avoided", 8000, 16 * GI);
    avoided.taints = vec![taint("slow", TaintEffect::PreferNoSchedule)];
    rig.node(avoided);
    let mut gone = node("away", 8000, 16 * GI);
    gone.taints = vec![taint(
        "node.kubernetes.io/unreachable",
        TaintEffect::NoExecute,
    )];
    rig.node(gone);
    rig.node(zoned("plain", "z1"));
    let plain = template(100, 128 * MI);
    let mut tolerant = plain.clone();
    tolerant.spec.tolerations = vec![Toleration::exists("dedicated", TaintEffect::NoSchedule)];
    tolerant.spec.affinity.node_required = Some(vec![NodeSelectorTerm(vec![NodeTerm::NodeName(
        Requirement::equals("metadata.name", "tainted"),
    )])]);
    let mut choosy = plain.clone();
    choosy.spec.node_selector = labels(&[("topology.kubernetes.io/zone", "z1")]);
    let mut fond = plain.clone();
    fond.spec.affinity.node_preferred = vec![Weighted {
        weight: 100,
        term: NodeSelectorTerm(vec![NodeTerm::Label(Requirement::equals(
            "kubernetes.io/hostname",
            "avoided",
        ))]),
    }];
    for (name, template) in [
        ("plain", &plain),
        ("tolerant", &tolerant),
        ("choosy", &choosy),
        ("fond", &fond),
    ] {
        rig.pod(name, template);
        rig.run();
    }
    // NoExecute of an unreachable node is borne for 300 s, so that only its NoSchedule would keep pods away (NL-40);
    // 300 points for an untainted node outweigh 200 for a preferred one (SCH-55, SCH-56).
    assert_eq!(rig.bound_to(), ["away", "tainted", "plain", "away"]);
}

/// SCH-44, SCH-12f.
#[test]
fn host_ports_are_held_by_one_pod() {
    let mut rig = Rig::new();
    for name in ["a", "b"] {
        rig.node(node(name, 4000, 8 * GI));
    }
    let mut template = template(100, 128 * MI);
    template.spec.host_ports = vec![ContainerPort {
        host_ip: "".into(),
        host_port: 80,
        protocol: "TCP".into(),
    }];
    let first = rig.pod("p0", &template);
    rig.pod("p1", &template);
    rig.pod("p2", &template);
    rig.run();
    assert_eq!(rig.bound_to(), ["a", "b"]);
    assert_eq!(
        rig.log.last().unwrap().1,
        "p2: 0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. no new claims to \
         deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
    );
    rig.end_pod(first);
    rig.run();
    assert_eq!(rig.bound_to(), ["a", "b", "a"]);
}

fn spread_over(key: &str, when_unsatisfiable: WhenUnsatisfiable) -> PodTemplate {
    let mut template = template(100, 128 * MI);
    template.labels = labels(&[("app", "web")]);
    template.spec.spread = vec![SpreadConstraint {
        max_skew: 1,
        min_domains: None,
        topology_key: key.into(),
        when_unsatisfiable,
        selector: LabelSelector(vec![Requirement::equals("app", "web")]),
        honor_affinity: true,
        honor_taints: false,
    }];
    template
}

/// SCH-47: a zone of one node gets as many pods as a zone of three.
#[test]
fn hard_spread_keeps_zones_even() {
    let mut rig = Rig::new();
    for (name, zone) in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")] {
        rig.node(zoned(name, zone));
    }
    rig.node(node("unlabeled", 4000, 8 * GI));
    let template = spread_over(
        "topology.kubernetes.io/zone",
        WhenUnsatisfiable::DoNotSchedule,
    );
    for pod in 0..6 {
        rig.pod(&format!("p{pod}"), &template);
    }
    rig.run();
    let in_b = rig.bound_to().iter().filter(|node| **node == "b1").count();
    assert_eq!((rig.bound_to().len(), in_b), (6, 3), "{:?}", rig.lines());
}

/// SCH-47, SCH-12g: the third pod waits until the fuller zone's pod is gone.
#[test]
fn hard_spread_is_tried_again_when_a_counted_pod_goes() {
    let mut rig = Rig::new();
    rig.node(zoned("a", "a"));
    let mut full = zoned("b", "b");
    full.allocatable.pods = 1;
    rig.node(full);
    let template = spread_over(
        "topology.kubernetes.io/zone",
        WhenUnsatisfiable::DoNotSchedule,
    );
    let pods: Vec<PodId> = (0..4)
        .map(|pod| {
            let pod = rig.pod(&format!("p{pod}"), &template);
            rig.run();
            pod
        })
        .collect();
    assert_eq!(rig.bound_to(), ["a", "b", "a"]);
    assert_eq!(
        rig.log.last().unwrap().1,
        "p3: 0/2 nodes are available: 1 Too many pods, 1 node(s) didn't match pod topology spread constraints. no \
         new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming \
         pod."
    );
    rig.end_pod(pods[0]);
    rig.run();
    assert_eq!(rig.bound_to(), ["a", "b", "a", "a"]);
}

/// SCH-57a: pods of a Service avoid the nodes of their like, others do not mind.
#[test]
fn pods_of_a_service_spread_over_zones() {
    let mut rig = Rig::new();
    for (name, zone) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        rig.node(zoned(name, zone));
    }
    let mut web = template(100, 128 * MI);
    web.labels = labels(&[("app", "web")]);
    rig.world.policies_mut().services.insert(
        ("default".into(), "web".into()),
        ServiceSpec {
            selector: Some(LabelSelector(vec![Requirement::equals("app", "web")])),
        },
    );
    rig.pod("w0", &web);
    rig.run();
    rig.pod("w1", &web);
    rig.run();
    rig.pod("w2", &web);
    rig.run();
    assert_eq!(rig.bound_to(), ["a1", "b1", "a2"]);
}

fn near(selector: &str, key: &str) -> PodAffinityTerm {
    PodAffinityTerm {
        selector: LabelSelector(vec![Requirement::equals("app", selector)]),
        namespaces: Some(Vec::new()),
        topology_key: key.into(),
    }
}

/// SCH-48: one pod a node, whoever comes first; also those without terms of their own keep away.
#[test]
fn required_anti_affinity_works_both_ways() {
    let mut rig = Rig::new();
    for name in ["a", "b"] {
        rig.node(node(name, 4000, 8 * GI));
    }
    let mut alone = template(100, 128 * MI);
    alone.labels = labels(&[("app", "db")]);
    alone.spec.affinity.anti_required = vec![near("db", "kubernetes.io/hostname")];
    let mut meek = template(100, 128 * MI);
    meek.labels = labels(&[("app", "db")]);
    let first = rig.pod("alone-0", &alone);
    rig.pod("alone-1", &alone);
    rig.pod("meek", &meek);
    rig.run();
    assert_eq!(rig.bound_to(), ["a", "b"]);
    assert!(
        rig.log.last().unwrap().1.starts_with(
            "meek: 0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules."
        ),
        "{:?}",
        rig.lines()
    );
    rig.end_pod(first);
    rig.run();
    assert_eq!(rig.bound_to(), ["a", "b", "a"]);
}

/// SCH-48, SCH-53, SCH-12h, SCH-14: followers wait for the one they follow; a group finds itself.
#[test]
fn required_affinity_waits_for_company() {
    let mut rig = Rig::new();
    for (name, zone) in [("a1", "a"), ("b1", "b"), ("b2", "b")] {
        rig.node(zoned(name, zone));
    }
    let mut follower = template(100, 128 * MI);
    follower.spec.affinity.pod_required = vec![near("leader", "topology.kubernetes.io/zone")];
    rig.pod("follower", &follower);
    rig.run();
    assert_eq!(
        rig.log.last().unwrap().1,
        "follower: 0/3 nodes are available: 3 node(s) didn't match pod affinity rules. no new claims to deallocate, \
         preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    );
    let mut leader = template(100, 128 * MI);
    leader.labels = labels(&[("app", "leader")]);
    leader.spec.node_selector = labels(&[("kubernetes.io/hostname", "b2")]);
    rig.pod("leader", &leader);
    rig.run();
    assert_eq!(rig.bound_to(), ["b2", "b1"]);
    let mut group = template(100, 128 * MI);
    group.labels = labels(&[("app", "group")]);
    group.spec.affinity.pod_required = vec![near("group", "topology.kubernetes.io/zone")];
    for pod in 0..3 {
        rig.pod(&format!("g{pod}"), &group);
    }
    rig.run();
    let zones: Vec<char> = rig.bound_to()[2..]
        .iter()
        .map(|node| node.chars().next().unwrap())
        .collect();
    assert!(zones.iter().all(|zone| *zone == zones[0]), "{zones:?}");
}

/// SCH-58a.
#[test]
fn preferred_affinity_pulls_and_pushes() {
    let mut rig = Rig::new();
    for name in ["a", "b", "c"] {
        rig.node(node(name, 4000, 8 * GI));
    }
    let mut leader = template(100, 128 * MI);
    leader.labels = labels(&[("app", "leader")]);
    rig.pod("leader", &leader);
    rig.run();
    let weighted = |weight| {
        vec![Weighted {
            weight,
            term: near("leader", "kubernetes.io/hostname"),
        }]
    };
    let mut fond = template(100, 128 * MI);
    fond.spec.affinity.pod_preferred = weighted(100);
    let mut shy = template(100, 128 * MI);
    shy.spec.affinity.anti_preferred = weighted(100);
    rig.pod("fond", &fond);
    rig.run();
    rig.pod("shy", &shy);
    rig.run();
    assert_eq!(rig.bound_to()[..2], ["a", "a"]);
    assert_ne!(rig.bound_to()[2], "a");
}
