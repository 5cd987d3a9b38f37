//! Eligibility (DS-10 to DS-23) and triggers (DS-1 to DS-5).

use super::super::eligibility::Eligibility::{self, Keep, Leave, Run};
use super::*;
use crate::model::TaintEffect::{NoExecute, NoSchedule, PreferNoSchedule};
use crate::model::{NodeSelectorTerm, NodeTerm, Toleration};
use crate::world::DownBy;

/// `TestNodeShouldRunDaemonPod` in upstream's `daemon_controller_test.go`, and the taint tests beside it.
#[test]
fn a_node_is_eligible_by_name_labels_and_taints_alone_ds_10() {
    type Edit = fn(&mut PodSpec);
    let required = |value: &str| {
        let requirement = Requirement::equals("type", value);
        Some(vec![NodeSelectorTerm(vec![NodeTerm::Label(requirement)])])
    };
    let plain: Edit = |_| {};
    let tolerant: Edit = |spec| {
        let toleration = Toleration::exists("zone", TaintEffect::NoSchedule);
        spec.tolerations.push(toleration);
    };
    let check = |name: &str, edit: &dyn Fn(&mut PodSpec), taints: &[(&str, TaintEffect)], want| {
        let mut spec = daemonset_spec();
        edit(&mut Arc::make_mut(&mut spec.template).spec);
        let template = daemon_template(&spec.template);
        let mut world = World::new(0);
        let mut node = node_spec(0);
        node.taints = taints.iter().map(|(key, e)| taint(key, *e)).collect();
        let id = world.add_node(node, None, true);
        let found = Eligibility::of(&template.spec, world.node(id));
        assert_eq!(found, want, "{name}");
    };
    check("plain", &plain, &[], Run);
    let too_large = |spec: &mut PodSpec| spec.containers[0].requests.cpu_m = 200_000;
    check("insufficient resources", &too_large, &[], Run);
    let here = |spec: &mut PodSpec| spec.node_name = Some("node-0".into());
    check("nodeName matches", &here, &[], Run);
    let there = |spec: &mut PodSpec| spec.node_name = Some("other-node".into());
    check("nodeName names another", &there, &[], Leave);
    let select = |value: &'static str| {
        move |spec: &mut PodSpec| spec.node_selector = labels(&[("type", value)])
    };
    check("selector matches", &select("production"), &[], Run);
    check("selector does not", &select("test"), &[], Leave);
    let affine = |value: &'static str| {
        move |spec: &mut PodSpec| spec.affinity.node_required = required(value)
    };
    check("affinity matches", &affine("production"), &[], Run);
    check("affinity does not", &affine("test"), &[], Leave);
    let both = |spec: &mut PodSpec| {
        spec.node_name = Some("node-0".into());
        spec.node_selector = labels(&[("type", "test")]);
    };
    check("name matches, selector does not", &both, &[], Leave);

    check("NoSchedule", &plain, &[("zone", NoSchedule)], Keep);
    check("NoExecute", &plain, &[("zone", NoExecute)], Leave);
    check("DS-15", &plain, &[("zone", PreferNoSchedule)], Run);
    check("tolerated", &tolerant, &[("zone", NoSchedule)], Run);
    check("other effect", &tolerant, &[("zone", NoExecute)], Leave);
    let two = [("a", NoExecute), ("b", NoSchedule)];
    check("the strongest counts", &plain, &two, Leave);
    let two = [("zone", NoSchedule), ("b", NoSchedule)];
    check("one of two tolerated", &tolerant, &two, Keep);

    let system = |key: &str, effect, want| {
        let key = format!("node.kubernetes.io/{key}");
        check(&key, &plain, &[(&key, effect)], want);
    };
    system("not-ready", NoExecute, Run);
    system("not-ready", NoSchedule, Keep); // DS-21
    system("unreachable", NoExecute, Run);
    system("unreachable", NoSchedule, Keep); // DS-21
    system("disk-pressure", NoSchedule, Run);
    system("memory-pressure", NoSchedule, Run);
    system("pid-pressure", NoSchedule, Run);
    system("unschedulable", NoSchedule, Run); // DS-23
    system("network-unavailable", NoSchedule, Keep);
    let on_host = |spec: &mut PodSpec| spec.host_network = true;
    let unavailable = [("node.kubernetes.io/network-unavailable", NoSchedule)];
    check("DS-20g", &on_host, &unavailable, Run);
}

/// Facts 19 and 30: a node that is not Ready yet gets no pod.
#[test]
fn a_new_node_gets_its_pod_when_the_taint_goes_ds_22() {
    let mut cluster = Cluster::running(1, |_| {});
    let mut spec = node_spec(1);
    spec.taints = vec![crate::api::not_ready_taint()];
    cluster.wakes();
    let node = cluster.world.add_node(spec, None, false);
    assert_eq!(cluster.wakes(), [], "not eligible, no pod: no matter");
    let change = NodeChange::RemoveTaint(crate::api::not_ready_taint());
    cluster.world.change_node(node, change);
    assert_eq!(cluster.wakes(), [Span::ZERO]);
    assert_eq!(cluster.sync().counts(), (1, 0));
    assert_eq!(cluster.pods()[1].1.target, Some(node));
}

/// `TestUpdateNode` in upstream's `daemon_controller_test.go`.
#[test]
fn a_node_matters_where_its_pod_may_come_or_go_ds_3() {
    let now = [Span::ZERO];
    let mut cluster = Cluster::running(1, |_| {});
    cluster.wakes();
    cluster.taint(0, TaintEffect::NoSchedule);
    assert_eq!(
        cluster.wakes(),
        [],
        "the pod may stay: status is stale (fact 21)"
    );
    cluster.untaint(0, TaintEffect::NoSchedule);
    assert_eq!(cluster.wakes(), [], "should run, and does");
    cluster.taint(0, TaintEffect::NoExecute);
    assert_eq!(cluster.wakes(), now, "the pod has to go");
    cluster.untaint(0, TaintEffect::NoExecute);
    cluster.wakes();

    cluster.taint(0, TaintEffect::NoSchedule);
    cluster.sync();
    assert_eq!(cluster.status()[6], 1, "misscheduled");
    cluster.wakes();
    cluster.untaint(0, TaintEffect::NoSchedule);
    assert_eq!(cluster.wakes(), now, "misscheduled > 0: DS-112");

    let node = NodeId(0);
    let cordon = NodeChange::Unschedulable(true);
    cluster.world.change_node(node, cordon);
    let unknown = NodeChange::Readiness(crate::world::Readiness::Unknown);
    cluster.world.change_node(node, unknown);
    cluster
        .world
        .set_node_silent(node, DownBy::Hand, true, false);
    assert_eq!(cluster.wakes(), [], "neither labels nor taints");
    cluster.world.remove_node(node);
    assert_eq!(cluster.wakes(), [], "DS-4");
}

/// What a sync would not look at brings none about, unless there may be something else to find (fact 21).
#[test]
fn changes_that_decide_nothing_wake_no_settled_set() {
    let started = |cluster: &mut Cluster| {
        let pod = cluster.pods()[0].0;
        cluster.wakes();
        let container = 0;
        cluster.world.report(pod, &PodUpdate::Started { container });
        cluster.wakes().len()
    };
    let mut cluster = Cluster::running(2, |_| {});
    assert_eq!(started(&mut cluster), 0);
    cluster.taint(0, NoSchedule);
    assert_eq!(started(&mut cluster), 1, "the status is stale");
    cluster.sync();
    assert_eq!(cluster.status()[6], 1);
    assert_eq!(cluster.wakes(), [], "a status of a settled set");
    assert_eq!(started(&mut cluster), 0);

    let pod = cluster.pods()[1].0;
    for sync in 0..2 {
        cluster.set_phase(cluster.pods().last().unwrap().0, Phase::Failed);
        cluster.sync();
        if sync == 0 {
            cluster.sync();
            cluster.bind();
        }
    }
    assert_ne!(cluster.pods()[1].0, pod);
    assert_eq!(started(&mut cluster), 1, "a back-off runs (DS-45)");

    let mut cluster = Cluster::running(1, |spec| spec.min_ready = Span::from_secs(1));
    assert_eq!(started(&mut cluster), 1, "so does minReadySeconds");
    let mut cluster = Cluster::new(1, |_| {});
    cluster.refuse_from = 0;
    cluster.sync();
    cluster.add_pod(0);
    assert_eq!(started(&mut cluster), 1, "a sync has failed");
}

#[test]
fn changes_of_the_set_and_its_pods_matter_at_once_ds_1() {
    let mut cluster = Cluster::new(2, |_| {});
    cluster.sync();
    let wakes = cluster.wakes();
    assert_eq!(wakes, [Span::ZERO; 3], "two creations, a status");
    cluster.bind();
    assert_eq!(cluster.wakes().len(), 2);
    let pod = cluster.pods()[0].0;
    cluster.delete_pod(pod);
    assert_eq!(cluster.wakes().len(), 1, "DS-5");
    cluster.world.remove_pod(pod);
    assert_eq!(cluster.wakes().len(), 1);
    cluster.set_image("app:2");
    assert_eq!(cluster.wakes().len(), 1);
    cluster.world.remove_daemonset(cluster.set);
    let pod = cluster.pods()[0].0;
    cluster.delete_pod(pod);
    assert_eq!(cluster.wakes(), [], "nobody's pods");
    assert_eq!(cluster.sync().counts(), (0, 0));
}

#[test]
fn a_pod_that_turned_ready_is_looked_at_a_second_after_min_ready_ds_2() {
    let mut cluster = Cluster::new(1, |spec| spec.min_ready = Span::from_secs(6));
    cluster.sync();
    cluster.bind();
    cluster.wakes();
    cluster.make_ready(|_| true);
    let wakes = cluster.wakes();
    assert_eq!(
        wakes,
        [Span::ZERO, Span::ZERO, Span::from_secs(7)],
        "running, ready, and later"
    );
    cluster.make_unready(|_| true);
    let pod = cluster.pods()[0].0;
    cluster.delete_pod(pod);
    cluster.wakes();
    cluster.world.report(pod, &PodUpdate::Ready(true));
    assert_eq!(cluster.wakes(), [Span::ZERO], "on its way out");
}
