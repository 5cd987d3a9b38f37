//! Whom it costs their place.

use super::*;
use crate::model::{CountOrPercent, DisruptionBudgetSpec, Meta, UnhealthyPodEviction};
use crate::world::{BudgetId, BudgetStatus};

fn deleting(rig: &Rig) -> Vec<&str> {
    let lines = rig.log.iter();
    lines
        .filter_map(|(_, text)| text.strip_suffix(" deleting"))
        .collect()
}

/// As recorded in `ds-preempt` (facts 33 and 34): the fewest pods that make room are deleted, the preemptor is
/// nominated, tries again whenever one of them is gone, and is bound after the last (DS-114, SCH-67 to SCH-69, NL-90).
#[test]
fn a_critical_daemon_pod_makes_room() {
    let mut rig = Rig::new();
    let nodes: Vec<NodeId> = (1..=3)
        .map(|number| rig.node(node(&format!("node-{number}"), 2000, 8 * GI)))
        .collect();
    for pod in 0..12 {
        rig.pod(&format!("low{pod}"), &template(500, 128 * MI));
    }
    rig.run();
    assert_eq!(rig.bound_to().len(), 12);
    rig.log.clear();
    rig.run_until(10_000);
    rig.pod_of(
        "crit",
        &template(600, 64 * MI),
        2_000_001_000,
        Some(nodes[0]),
    );
    rig.run_until(11_000);
    let victims: Vec<PodId> = deleting(&rig)
        .iter()
        .map(|name| {
            rig.world
                .pod_named(&"default".into(), &(*name).into())
                .unwrap()
        })
        .collect();
    assert_eq!(victims.len(), 2, "{:?}", rig.lines());
    assert_eq!(
        rig.lines()[..2],
        [
            "10007 crit: 0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) \
             [NodeAffinity].",
            "10007 crit nominated node-1",
        ]
    );
    rig.run_until(14_000);
    rig.end_pod(victims[0]);
    rig.run_until(15_000);
    rig.end_pod(victims[1]);
    rig.run();
    assert_eq!(
        rig.lines()[4..],
        [
            "14007 crit: 0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) \
             [NodeAffinity NodeResourcesFit]. no new claims to deallocate, preemption: not eligible due to a \
             terminating pod on the nominated node.",
            "15007 crit -> node-1",
        ]
    );
}

/// SCH-66: the least important victims, then the fewest; SCH-21: nobody takes the room that was made.
#[test]
fn the_cheapest_node_is_emptied_and_kept() {
    let mut rig = Rig::new();
    for name in ["a", "b", "c"] {
        let id = rig.node(node(name, 1000, 8 * GI));
        let (priority, cpu) = match name {
            "a" => (5, 1000),
            "b" => (1, 500),
            _ => (1, 1000),
        };
        rig.pod_of(
            &format!("on-{name}"),
            &template(cpu, 64 * MI),
            priority,
            Some(id),
        );
        if name == "b" {
            rig.pod_of("on-b-too", &template(cpu, 64 * MI), priority, Some(id));
        }
    }
    rig.run();
    let high = template(800, 64 * MI);
    rig.pod_of("high", &high, 10, None);
    rig.run_until(1000);
    assert_eq!(deleting(&rig), ["on-c"]);
    let victim = rig
        .world
        .pod_named(&"default".into(), &"on-c".into())
        .unwrap();
    // One of less priority comes just when the room is free, and has to leave it to the one that made it.
    rig.end_pod(victim);
    rig.pod_of("greedy", &high, 0, None);
    rig.run();
    assert_eq!(rig.bound_to().last(), Some(&"c"));
    assert!(rig.lines().iter().any(|line| line.ends_with("high -> c")));
    assert!(
        rig.lines()[7].contains("greedy: 0/3 nodes are available: 3 Insufficient cpu"),
        "{:?}",
        rig.lines()
    );
}

/// SCH-64, SCH-45: no victim is sought where the node is too small, nor among equals.
#[test]
fn preemption_is_not_tried_in_vain() {
    let mut rig = Rig::new();
    rig.node(node("a", 1000, 8 * GI));
    rig.pod_of("there", &template(900, 64 * MI), 0, None);
    rig.run();
    rig.pod_of("equal", &template(900, 64 * MI), 0, None);
    rig.pod_of("huge", &template(1100, 64 * MI), 10, None);
    rig.run();
    assert_eq!(deleting(&rig), Vec::<&str>::new());
    assert!(rig.lines()[1].contains("huge: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, \
                                     preemption: 0/1 nodes are available: 1 Preemption is not helpful"));
    assert!(rig.lines()[2].ends_with("1 No preemption victims found for incoming pod."));
}

/// SCH-65: the more important victims are spared as long as the others suffice.
#[test]
fn important_pods_are_spared() {
    let mut rig = Rig::new();
    let only = rig.node(node("a", 1000, 8 * GI));
    for (name, priority) in [("p3", 3), ("p1", 1), ("p2", 2)] {
        rig.pod_of(name, &template(300, 64 * MI), priority, Some(only));
    }
    rig.run();
    rig.pod_of("high", &template(600, 64 * MI), 10, None);
    rig.run();
    assert_eq!(deleting(&rig), ["p2", "p1"]);
}

/// A budget over the pods with the label `guard: yes` that allows so many disruptions.
fn guard(rig: &mut Rig, allowed: i32) {
    let meta = Meta {
        namespace: "default".into(),
        name: "guard".into(),
        labels: Labels::default(),
        annotations: Labels::default(),
    };
    let spec = DisruptionBudgetSpec {
        min_available: Some(CountOrPercent::Count(1)),
        max_unavailable: None,
        selector: LabelSelector(vec![Requirement::equals("guard", "yes")]),
        unhealthy_pods: UnhealthyPodEviction::default(),
    };
    rig.world.put_budget(meta, spec, "{}".into());
    let status = BudgetStatus {
        disruptions_allowed: allowed,
        observed_generation: 1,
        ..BudgetStatus::default()
    };
    rig.world.write_budget_status(BudgetId(0), status);
    rig.changes();
}

fn guarded(cpu_m: i64) -> PodTemplate {
    let mut template = template(cpu_m, 64 * MI);
    template.labels = Labels::new([("guard".into(), "yes".into())]);
    template
}

/// SCH-65, `TestSelectNodesForPreemption` ("pdb"): those whom a budget keeps are spared first, whatever their rank.
#[test]
fn pods_that_a_budget_keeps_are_spared_first() {
    for (allowed, want) in [
        (0, ["p3", "p2"]),
        (1, ["p2", "p1"]), // The budget has room for the one, so that rank alone decides.
    ] {
        let mut rig = Rig::new();
        let only = rig.node(node("a", 1000, 8 * GI));
        guard(&mut rig, allowed);
        rig.pod_of("p1", &guarded(300), 1, Some(only));
        for (name, priority) in [("p2", 2), ("p3", 3)] {
            rig.pod_of(name, &template(300, 64 * MI), priority, Some(only));
        }
        rig.run();
        rig.pod_of("high", &template(600, 64 * MI), 10, None);
        rig.run();
        assert_eq!(deleting(&rig), want, "{allowed} allowed");
    }
}

/// SCH-66: fewest violations come before everything else; SCH-65: but a budget holds nobody who has to go.
#[test]
fn nodes_with_fewer_violations_are_preferred() {
    let mut rig = Rig::new();
    guard(&mut rig, 0);
    let (a, b) = (
        rig.node(node("a", 1000, 8 * GI)),
        rig.node(node("b", 1000, 8 * GI)),
    );
    rig.pod_of("cheap", &guarded(900), 1, Some(a));
    rig.pod_of("dear", &template(900, 64 * MI), 5, Some(b));
    rig.run();
    rig.pod_of("high", &template(600, 64 * MI), 10, None);
    rig.run();
    assert_eq!(deleting(&rig), ["dear"]);
    rig.pod_of("critical", &template(600, 64 * MI), 5, None);
    rig.run();
    assert_eq!(deleting(&rig), ["dear", "cheap"]);
}
