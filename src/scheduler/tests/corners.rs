//! Rules that the other modules of this folder do not come to.

use super::*;

fn hard_spread() -> PodTemplate {
    let mut template = template(100, 128 * MI);
    template.labels = labels(&[("app", "web")]);
    template.spec.spread = vec![SpreadConstraint {
        max_skew: 1,
        min_domains: None,
        topology_key: "topology.kubernetes.io/zone".into(),
        when_unsatisfiable: WhenUnsatisfiable::DoNotSchedule,
        selector: LabelSelector(vec![Requirement::equals("app", "web")]),
        honor_affinity: true,
        honor_taints: false,
    }];
    template
}

/// SCH-3: a pod that is being deleted is passed over.
#[test]
fn pods_that_are_being_deleted_are_not_scheduled() {
    let mut rig = Rig::new();
    rig.node(node("a", 4000, 8 * GI));
    let pod = rig.pod("going", &template(100, 128 * MI));
    rig.world.request_deletion(pod, Span::from_secs(30));
    rig.changes();
    rig.run();
    assert_eq!(rig.lines(), ["0 going deleting"]);
}

/// SCH-7: room that comes free during the attempt counts when it ends.
#[test]
fn what_happens_during_an_attempt_is_not_missed() {
    for (micros, bound) in [(500, 1), (-200, 1)] {
        let mut rig = Rig::new();
        rig.node(node("a", 1000, 8 * GI));
        let first = rig.pod("first", &template(1000, 128 * MI));
        rig.run_until(100);
        rig.pod("next", &template(1000, 128 * MI));
        // The attempt takes from 103 to 104 ms, and the news takes 3 ms.
        let end = Time::ZERO + Span::from_nanos((100_000 + micros) * 1000);
        rig.run_before(end);
        rig.world.advance(end.max(rig.world.now()));
        rig.end_pod(first);
        rig.run_until(200);
        let lines = rig.lines();
        let at_once = lines.iter().filter(|line| line.ends_with("next -> a"));
        assert_eq!(at_once.count(), bound, "{lines:?}");
    }
}

/// SCH-13, SCH-12b, SCH-12c: each of the plugins that rejected a pod may bring it back.
#[test]
fn any_of_several_rejections_may_end() {
    let away = || taint("away", TaintEffect::NoSchedule);
    for help in ["room", "taint", "cordon"] {
        let mut rig = Rig::new();
        let full = rig.node(node("full", 1000, 8 * GI));
        let first = rig.pod_of("first", &template(1000, 128 * MI), 0, Some(full));
        rig.run();
        let mut tainted = node("tainted", 4000, 8 * GI);
        tainted.taints = vec![away()];
        let tainted = rig.node(tainted);
        let mut cordoned = node("cordoned", 4000, 8 * GI);
        cordoned.unschedulable = true;
        let cordoned = rig.node(cordoned);
        rig.pod("p", &template(1000, 128 * MI));
        rig.run_until(10_000);
        let bound = match help {
            "room" => {
                rig.end_pod(first);
                "full"
            }
            "taint" => {
                rig.change_node(tainted, NodeChange::RemoveTaint(away()));
                "tainted"
            }
            _ => {
                rig.change_node(cordoned, NodeChange::Unschedulable(false));
                "cordoned"
            }
        };
        rig.run_until(11_000);
        assert_eq!(rig.bound_to(), ["full", bound], "{help}");
    }
}

/// SCH-12f: any new node brings a pod back that found no free port.
#[test]
fn a_new_node_has_free_ports() {
    let mut rig = Rig::new();
    rig.node(node("a", 4000, 8 * GI));
    let mut template = template(100, 128 * MI);
    template.spec.host_ports = vec![crate::model::ContainerPort {
        host_ip: "".into(),
        host_port: 80,
        protocol: "TCP".into(),
    }];
    rig.pod("p0", &template);
    rig.pod("p1", &template);
    rig.run_until(10_000);
    assert_eq!(rig.bound_to(), ["a"]);
    rig.node(node("b", 4000, 8 * GI));
    rig.run_until(11_000);
    assert_eq!(rig.bound_to(), ["a", "b"]);
}

/// SCH-20: the node that a pod made room on is tried first, and a better one is not asked.
#[test]
fn a_nomination_comes_before_any_score() {
    let mut rig = Rig::new();
    let only = rig.node(node("a", 1000, 8 * GI));
    let victim = rig.pod_of("low", &template(900, 64 * MI), 0, Some(only));
    rig.run();
    rig.pod_of("high", &template(900, 64 * MI), 10, None);
    rig.run_until(5000);
    assert!(
        rig.lines()
            .iter()
            .any(|line| line.ends_with("high nominated a"))
    );
    // Both pieces of news are read together.
    rig.world
        .add_node(node("empty", 64_000, 512 * GI), None, true);
    rig.end_pod(victim);
    rig.run_until(6000);
    assert_eq!(rig.bound_to(), ["a", "a"]);
}

/// SCH-52: pods on their way out do not count.
#[test]
fn pods_that_go_do_not_count_for_the_spread() {
    for is_deleting in [false, true] {
        let mut rig = Rig::new();
        rig.node(zoned("a", "a"));
        let mut full = zoned("b", "b");
        full.allocatable.pods = 0;
        rig.node(full);
        let first = rig.pod("p0", &hard_spread());
        rig.run_until(1000);
        if is_deleting {
            rig.world.request_deletion(first, Span::from_secs(30));
            rig.changes();
        }
        rig.run_until(2000);
        rig.pod("p1", &hard_spread());
        rig.run_until(3000);
        let bound = if is_deleting { 2 } else { 1 };
        assert_eq!(rig.bound_to().len(), bound, "deleting: {is_deleting}");
    }
}

/// SCH-52: a zone that the pod may not go to does not count by its selector, but does by its taint.
#[test]
fn which_zones_count_for_the_spread() {
    type Edit<'e> = &'e dyn Fn(&mut PodTemplate);
    let within = |template: &mut PodTemplate| {
        let mut zones = Requirement::equals("topology.kubernetes.io/zone", "a");
        zones.values = vec!["a".into(), "b".into()];
        template.spec.affinity.node_required =
            Some(vec![NodeSelectorTerm(vec![NodeTerm::Label(zones)])]);
    };
    let honor = |template: &mut PodTemplate| template.spec.spread[0].honor_taints = true;
    let cases: [(&str, bool, Edit<'_>, usize); 3] = [
        ("by selector", false, &within, 4),
        ("by taint", true, &|_| {}, 2),
        ("by taint, honored", true, &honor, 4),
    ];
    for (name, is_tainted, edit, bound) in cases {
        let mut rig = Rig::new();
        for zone in ["a", "b", "c"] {
            let mut spec = zoned(zone, zone);
            if zone == "c" && is_tainted {
                spec.taints = vec![taint("away", TaintEffect::NoSchedule)];
            }
            rig.node(spec);
        }
        let mut template = hard_spread();
        edit(&mut template);
        for pod in 0..4 {
            rig.pod(&format!("p{pod}"), &template);
        }
        rig.run_until(1000);
        assert_eq!(rig.bound_to().len(), bound, "{name}: {:?}", rig.lines());
    }
}

/// SCH-C8: of more than a hundred nodes, the search for victims ends after a hundred, from anywhere.
#[test]
fn preemption_looks_at_a_hundred_nodes() {
    let cheapest = |nodes: u32, at: u32| {
        let mut rig = Rig::with(model(Profile::Ideal));
        for name in 0..nodes {
            let id = rig.node(node(&format!("n{name}"), 1000, 8 * GI));
            let priority = if name == at { 1 } else { 5 };
            rig.pod_of(
                &format!("on-{name}"),
                &template(900, 64 * MI),
                priority,
                Some(id),
            );
        }
        rig.run();
        rig.pod_of("high", &template(900, 64 * MI), 10, None);
        rig.run();
        let lines = rig.lines();
        let is_chosen = |line: &String| line.ends_with(&format!(" on-{at} deleting"));
        lines.iter().any(is_chosen)
    };
    assert!((0..100).step_by(20).all(|at| cheapest(100, at)));
    let found = (0..150).step_by(10).filter(|at| cheapest(150, *at)).count();
    assert_eq!(found, 10, "of 15");
}

fn near(app: &str) -> PodAffinityTerm {
    PodAffinityTerm {
        selector: LabelSelector(vec![Requirement::equals("app", app)]),
        namespaces: Some(Vec::new()),
        topology_key: "kubernetes.io/hostname".into(),
    }
}

/// SCH-C9, SCH-58a: a pod that must be near others pulls them with a weight of 1.
#[test]
fn required_affinity_of_others_pulls_a_little() {
    for (weight, bound) in [(None, "b"), (Some(2), "a")] {
        let mut rig = Rig::new();
        for name in ["a", "b"] {
            rig.node(node(name, 4000, 8 * GI));
        }
        let mut needy = template(500, 512 * MI);
        needy.labels = labels(&[("app", "web")]);
        needy.spec.affinity.pod_required = vec![near("web")];
        needy.spec.node_selector = labels(&[("kubernetes.io/hostname", "b")]);
        rig.pod("needy", &needy);
        rig.run();
        if let Some(weight) = weight {
            let mut fond = template(100, 128 * MI);
            let term = near("web");
            fond.spec.affinity.pod_preferred = vec![Weighted { weight, term }];
            fond.spec.node_selector = labels(&[("kubernetes.io/hostname", "a")]);
            rig.pod("fond", &fond);
            rig.run();
        }
        let mut web = template(100, 128 * MI);
        web.labels = labels(&[("app", "web")]);
        rig.pod("web", &web);
        rig.run();
        assert_eq!(rig.bound_to().last(), Some(&bound), "{weight:?}");
    }
}

/// SCH-C10, SCH-59a: a container that names nothing counts with 100 m and 200 MiB, for scores alone.
#[test]
fn pods_without_requests_count_for_scores() {
    for (cpu, memory, bound) in [(90, 180, "b"), (110, 220, "a")] {
        let mut rig = Rig::new();
        let a = rig.node(node("a", 1000, 2000 * MI));
        let b = rig.node(node("b", 1000, 2000 * MI));
        rig.pod_of("plain", &template(0, 0), 0, Some(a));
        rig.pod_of("other", &template(cpu, memory * MI), 0, Some(b));
        rig.run();
        rig.pod("p", &template(0, 0));
        rig.run();
        assert_eq!(rig.bound_to().last(), Some(&bound), "{cpu} m");
    }
    let mut rig = Rig::new();
    rig.node(node("a", 100, 200 * MI));
    for pod in 0..5 {
        rig.pod(&format!("p{pod}"), &template(0, 0));
    }
    rig.run();
    assert_eq!(rig.bound_to().len(), 5, "filters ask for nothing");
}
