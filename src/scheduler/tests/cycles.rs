//! When it is, and who is next.

use super::*;

/// SCH-1, SCH-81, CP-18: watch 3 ms, a cycle of 1 ms, a call of 3 ms; the next cycle goes on while the binding is on its way.
#[test]
fn a_pod_is_bound_after_watch_cycle_and_call() {
    let mut rig = Rig::new();
    rig.node(node("a", 4000, 8 * GI));
    rig.run_until(100);
    rig.pod("p0", &template(100, 128 * MI));
    rig.pod("p1", &template(100, 128 * MI));
    rig.run();
    assert_eq!(rig.lines(), ["107 p0 -> a", "108 p1 -> a"]);
}

/// SCH-C12.
#[test]
fn the_ideal_profile_takes_no_time() {
    let mut rig = Rig::with(model(Profile::Ideal));
    rig.node(node("a", 4000, 8 * GI));
    for pod in 0..150 {
        rig.pod(&format!("p{pod}"), &template(1, MI));
    }
    rig.run();
    assert_eq!(rig.bound_to().len(), 110, "as many as may be on a node");
    assert_eq!(rig.log.len(), 150, "the others say why they wait");
    assert!(rig.log.iter().all(|(at, _)| *at == 0));
}

/// Where attempts take no time, a long queue is not tried from end to end whenever a pod ends.
#[test]
fn a_long_queue_costs_no_more_than_its_bindings() {
    let mut rig = Rig::with(model(Profile::Ideal));
    rig.node(node("a", 10, 8 * GI));
    let pods: Vec<PodId> = (0..1000)
        .map(|pod| rig.pod(&format!("p{pod}"), &template(1, MI)))
        .collect();
    rig.run();
    let before = rig.events;
    for (number, &pod) in pods.iter().enumerate() {
        rig.run_until(i64::try_from(number).unwrap());
        rig.end_pod(pod);
        rig.run();
    }
    assert_eq!(rig.bound_to().len(), 1000);
    let order: Vec<String> = rig
        .log
        .iter()
        .filter_map(|(_, text)| text.split_once(" -> "))
        .map(|(pod, _)| pod.to_owned())
        .collect();
    let created: Vec<String> = (0..1000).map(|pod| format!("p{pod}")).collect();
    assert_eq!(order, created);
    assert!(
        rig.events - before < 10_000,
        "{} events",
        rig.events - before
    );
}

/// The same with pods of many sizes: only those are tried, in their order, that the node which a pod left has room for.
#[test]
fn room_goes_to_the_first_that_fits() {
    let mut rig = Rig::with(model(Profile::Ideal));
    let on_a = {
        rig.node(node("a", 1000, 8 * GI));
        let pod = rig.pod("on-a", &template(1000, MI));
        rig.run();
        rig.node(node("b", 1000, 8 * GI));
        rig.pod("on-b", &template(1000, MI));
        rig.run();
        pod
    };
    for cpu_m in [1001, 1002, 600, 700, 300, 50] {
        rig.pod(&format!("p{cpu_m}"), &template(cpu_m, MI));
    }
    rig.run();
    assert_eq!(rig.log.len(), 8, "each of them is tried once");
    let (before, cycles) = (rig.log.len(), rig.events);
    rig.run_until(1000);
    rig.end_pod(on_a);
    rig.run();
    let bound: Vec<&str> = rig.log[before..]
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    assert_eq!(bound, ["p600 -> a", "p300 -> a", "p50 -> a"]);
    assert!(
        rig.events - cycles < 15,
        "{} events for three bindings",
        rig.events - cycles
    );
}

/// A pod that nobody's room helps, because a taint keeps it away, is not tried for it.
#[test]
fn room_on_a_node_that_is_not_welcome_is_passed_over() {
    let mut rig = Rig::with(model(Profile::Ideal));
    let mut tainted = node("a", 1000, 8 * GI);
    tainted.taints = vec![taint("away", TaintEffect::NoSchedule)];
    rig.node(tainted);
    let mut tolerant = template(1000, MI);
    tolerant.spec.tolerations = vec![Toleration::exists("away", TaintEffect::NoSchedule)];
    let there = rig.pod("there", &tolerant);
    rig.node(node("b", 100, 8 * GI));
    rig.pod("waits", &template(500, MI));
    rig.run();
    let cycles = rig.events;
    rig.end_pod(there);
    rig.run();
    assert_eq!(rig.bound_to(), ["a"]);
    assert!(rig.events - cycles <= 2, "{} events", rig.events - cycles);
}

/// The same where the pods of a group are told apart meanwhile: none of them is forgotten.
#[test]
fn pods_that_are_rejected_for_another_reason_are_not_forgotten() {
    let mut rig = Rig::with(model(Profile::Ideal));
    let mut only = node("a", 2, 8 * GI);
    only.taints = vec![taint("away", TaintEffect::NoSchedule)];
    let only = rig.node(only);
    for pod in 0..6 {
        rig.pod(&format!("p{pod}"), &template(1, MI));
    }
    rig.run();
    let change = NodeChange::RemoveTaint(taint("away", TaintEffect::NoSchedule));
    rig.change_node(only, change);
    rig.run();
    assert_eq!(rig.bound_to().len(), 2);
    for name in ["p0", "p1", "p2", "p3"] {
        let pod = rig
            .world
            .pod_named(&"default".into(), &name.into())
            .unwrap();
        rig.end_pod(pod);
        rig.run();
    }
    assert_eq!(rig.bound_to().len(), 6);
}

/// SCH-C7, SCH-80: a burst of 100 bindings, then 50 a second; cycles do not wait for them.
#[test]
fn bindings_wait_for_tokens() {
    let mut rig = Rig::new();
    for name in ["a", "b"] {
        rig.node(node(name, 4000, 8 * GI));
    }
    for pod in 0..200 {
        rig.pod(&format!("p{pod}"), &template(1, MI));
    }
    rig.run();
    let at = |pod: usize| rig.log[pod].0;
    // Cycle k ends at 3 + k ms. The bucket of 100 grows by one each 20 ms, and so lasts for 105 pods.
    assert_eq!((at(0), at(99)), (7, 106));
    assert_eq!((at(149), at(199)), (1007, 2007));
}

/// As recorded in `sched-retry` (SCH-10, SCH-12a, SCH-12d, SCH-14: a binding alone is no news): bound when room is free and when a label fits, no retry between.
#[test]
fn pods_are_tried_again_when_something_may_help() {
    let mut rig = Rig::new();
    let only = rig.node(node("node-1", 1000, 8 * GI));
    let half = template(500, 128 * MI);
    let first: Vec<PodId> = (0..2)
        .map(|pod| rig.pod(&format!("a{pod}"), &half))
        .collect();
    rig.run_until(3000);
    rig.pod("b0", &half);
    let mut choosy = half.clone();
    choosy.spec.node_selector = labels(&[("zone", "z1")]);
    rig.pod("sel", &choosy);
    rig.run_until(16_000);
    let before = rig.events;
    rig.end_pod(first[0]);
    rig.run_until(60_000);
    rig.end_pod(first[1]);
    rig.run_until(70_000);
    let change = NodeChange::Labels(labels(&[("zone", "z1")]));
    rig.change_node(only, change);
    rig.run();
    assert_eq!(
        rig.lines()[2..],
        [
            "3007 b0: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 \
             nodes are available: 1 No preemption victims found for incoming pod.",
            "3008 sel: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims \
             to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
            "16007 b0 -> node-1",
            "70007 sel -> node-1",
        ]
    );
    assert!(rig.events - before < 20, "nothing ticks in between");
}

/// SCH-10 (c): after five minutes, at the next tick of 30 s, a pod is tried again; but only if something changed.
#[test]
fn the_pool_is_emptied_after_five_minutes() {
    let mut rig = Rig::new();
    let first = rig.node(node("a", 1000, 8 * GI));
    let mut choosy = template(500, 128 * MI);
    choosy.spec.node_selector = labels(&[("zone", "z1")]);
    rig.pod("sel", &choosy);
    rig.run();
    assert!(
        rig.world.now() < Time::ZERO + Span::from_secs(1),
        "a run in which nothing happens any more can end"
    );
    // A second node that does not fit is no help (SCH-12d), but it changes the message.
    rig.run_until(100_000);
    rig.node(node("b", 1000, 8 * GI));
    rig.run();
    assert_eq!(rig.log.len(), 2);
    let (at, message) = &rig.log[1];
    assert_eq!(*at, 330_000 + 4, "failed at 3 ms, so 300 s is not yet over");
    assert!(message.starts_with("sel: 0/2 nodes are available: 2 node(s) didn't match"));
    let _ = first;
}

/// SCH-42, SCH-40, SCH-12b, SCH-12c: cordon and taint keep pods away until both are gone.
#[test]
fn cordoned_and_tainted_nodes_wait_for_both_to_go() {
    let mut rig = Rig::new();
    let mut away = node("a", 1000, 8 * GI);
    away.unschedulable = true;
    let away = rig.node(away);
    let cordon = taint("node.kubernetes.io/unschedulable", TaintEffect::NoSchedule);
    rig.change_node(away, NodeChange::AddTaint(cordon.clone()));
    rig.pod("p", &template(100, 128 * MI));
    rig.run_until(1000);
    rig.change_node(away, NodeChange::Unschedulable(false));
    rig.run_until(2000);
    rig.change_node(away, NodeChange::RemoveTaint(cordon));
    rig.run();
    let firsts: Vec<String> = rig
        .lines()
        .iter()
        .map(|line| line.chars().take(70).collect())
        .collect();
    assert_eq!(
        firsts,
        [
            "7 p: 0/1 nodes are available: 1 node(s) were unschedulable. no new cla",
            "1007 p: 0/1 nodes are available: 1 node(s) had untolerated taint(s). n",
            "2007 p -> a",
        ]
    );
}

/// SCH-5: priority first, then who waits longer.
#[test]
fn the_more_important_pod_is_next() {
    let mut rig = Rig::new();
    rig.run_until(10);
    for (name, priority) in [("low", 0), ("high", 10), ("middle", 5)] {
        rig.pod_of(name, &template(100, 128 * MI), priority, None);
    }
    rig.node(node("a", 4000, 8 * GI));
    rig.run_until(19);
    rig.run_until(60_000);
    let order: Vec<&str> = rig
        .log
        .iter()
        .filter_map(|(_, text)| text.split_once(" -> "))
        .map(|(pod, _)| pod)
        .collect();
    assert_eq!(order, ["high", "middle", "low"]);
}

/// SCH-22: a daemon pod looks at its node alone, and names the plugin that keeps it from the others.
#[test]
fn daemon_pods_go_to_their_node() {
    let mut rig = Rig::new();
    let _other = rig.node(node("a", 4000, 8 * GI));
    let own = rig.node(node("b", 1000, 8 * GI));
    let blocker = rig.pod_of("blocker", &template(800, 128 * MI), 0, Some(own));
    rig.run();
    rig.pod_of("daemon", &template(500, 128 * MI), 0, Some(own));
    rig.run();
    // As recorded in `ds-nofit`, over two nodes.
    assert_eq!(
        rig.log[1].1,
        "daemon: 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. no \
         new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming \
         pod, 1 Preemption is not helpful for scheduling."
    );
    rig.end_pod(blocker);
    rig.run();
    assert_eq!(rig.bound_to(), ["b", "b"]);
}

/// SCH-6.
#[test]
fn gated_pods_and_pods_that_go_away_are_not_scheduled() {
    let mut rig = Rig::new();
    rig.node(node("a", 4000, 8 * GI));
    let mut gated = template(100, 128 * MI);
    gated.spec.scheduling_gates = vec!["wait".into()];
    rig.pod("gated", &gated);
    let gone = rig.pod("gone", &template(100, 128 * MI));
    rig.delete_pod(gone);
    let late = rig.pod("late", &template(100, 128 * MI));
    rig.run_until(4);
    rig.delete_pod(late);
    rig.run();
    assert!(rig.log.is_empty(), "{:?}", rig.lines());
}

/// SCH-8: a refused binding is an internal error; the pod comes back after its back-off, at a whole second.
#[test]
fn a_refused_binding_is_tried_again_after_its_backoff() {
    let mut rig = Rig::new();
    rig.node(node("a", 1000, 8 * GI));
    rig.run_until(300);
    rig.refuse_bindings = 2;
    rig.pod("p", &template(900, 128 * MI));
    rig.run();
    // Refused at 0.306 (1 s, so over once second 1 is over), at 2.004 (2 s, so over once second 4 is over).
    assert_eq!(rig.lines(), ["5004 p -> a"]);
}

/// A pod without any node is tried as often as upstream does (SCH-8), but nothing ticks for it meanwhile.
#[test]
fn pods_wait_for_the_first_node() {
    let mut rig = Rig::new();
    rig.pod("p", &template(100, 128 * MI));
    rig.run();
    assert_eq!(rig.lines(), ["7 p: no nodes available to schedule pods"]);
    assert!(rig.world.now() < Time::ZERO + Span::from_secs(1));
    rig.run_until(20_000);
    rig.node(node("a", 1000, 8 * GI));
    rig.run();
    // Attempts at 0, 2, 5, 10 and 19 s; the last one backs off for 10 s, over once second 29 is.
    assert_eq!(rig.lines()[1..], ["30004 p -> a"]);
}

/// SCH-2: a bound pod that nobody waits for leaves room without a word.
#[test]
fn room_is_given_back_once() {
    let mut rig = Rig::new();
    rig.node(node("a", 1000, 8 * GI));
    for round in 0..3 {
        let pod = rig.pod(&format!("p{round}"), &template(1000, 128 * MI));
        rig.run();
        rig.end_pod(pod);
        rig.delete_pod(pod);
    }
    assert_eq!(rig.bound_to(), ["a", "a", "a"]);
}
