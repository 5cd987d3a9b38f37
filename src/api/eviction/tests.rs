//! NL-73 as a table. Cases after `eviction_test.go`.

use super::evict;
use crate::api::commit;
use crate::model::{
    Affinity, CountOrPercent, DisruptionBudgetSpec, LabelSelector, Labels, Manifest, Meta,
    NodeSpec, Object, PodSpec, PodTemplate, Resources, RestartPolicy, UnhealthyPodEviction,
};
use crate::sim::{Span, Time};
use crate::world::{
    BudgetId, BudgetStatus, Call, DisruptionReason, NodeId, Outcome, Phase, PodId, PodUpdate, World,
};
use UnhealthyPodEviction::{AlwaysAllow, IfHealthyBudget};
use std::sync::Arc;

const BUDGET: BudgetId = BudgetId(0);

fn meta(name: &str) -> Meta {
    Meta {
        namespace: "default".into(),
        name: name.into(),
        labels: Labels::default(),
        annotations: Labels::default(),
    }
}

fn node_spec() -> NodeSpec {
    NodeSpec {
        name: "w-1".into(),
        labels: Labels::default(),
        taints: Vec::new(),
        unschedulable: false,
        allocatable: Resources::default(),
        ready_after: Span::from_secs(1),
        scale_down_disabled: false,
        manifest: "".into(),
    }
}

fn template() -> Arc<PodTemplate> {
    Arc::new(PodTemplate {
        labels: Labels::new([("app".into(), "web".into())]),
        annotations: Labels::default(),
        behavior: Vec::new(),
        spec: PodSpec {
            containers: Vec::new(),
            restart_policy: RestartPolicy::Always,
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
    })
}

fn pending_pod(world: &mut World, name: &str, node: NodeId) -> PodId {
    let pod = Manifest {
        meta: meta(name),
        spec: template(),
        text: "{}".into(),
    };
    let object = Box::new(Object::Pod(pod));
    let replace = false;
    commit(world, 1, Call::Put { object, replace });
    let pod = world.pod_named(&"default".into(), &name.into()).unwrap();
    world.bind(pod, node);
    pod
}

fn bare_pod(world: &mut World, name: &str, node: NodeId) -> PodId {
    let pod = pending_pod(world, name, node);
    let (phase, reason) = (Phase::Running, None);
    world.report(pod, &PodUpdate::Phase { phase, reason });
    pod
}

fn put(world: &mut World, name: &str, unhealthy_pods: UnhealthyPodEviction) {
    let spec = DisruptionBudgetSpec {
        min_available: Some(CountOrPercent::Count(1)),
        max_unavailable: None,
        selector: LabelSelector::default(),
        unhealthy_pods,
    };
    let manifest = Manifest {
        meta: meta(name),
        spec,
        text: "{}".into(),
    };
    let object = Box::new(Object::PodDisruptionBudget(manifest));
    let replace = true;
    commit(world, 1, Call::Put { object, replace });
}

/// A cluster with a running pod and a budget over it.
fn cluster(unhealthy_pods: UnhealthyPodEviction) -> (World, PodId) {
    let mut world = World::new(0);
    let node = world.add_node(node_spec(), None, true);
    let pod = bare_pod(&mut world, "a", node);
    put(&mut world, "web", unhealthy_pods);
    (world, pod)
}

fn allow(world: &mut World, status: BudgetStatus) {
    let observed_generation = world.budget(BUDGET).generation;
    world.write_budget_status(
        BUDGET,
        BudgetStatus {
            observed_generation,
            ..status
        },
    );
}

fn status(allowed: i32, current: i32, desired: i32) -> BudgetStatus {
    BudgetStatus {
        disruptions_allowed: allowed,
        current_healthy: current,
        desired_healthy: desired,
        ..BudgetStatus::default()
    }
}

fn later(text: &str) -> Outcome {
    Outcome::Later(text.into())
}

const NEEDS: &str = "The disruption budget web needs 2 healthy pods and has 2 currently";
const FEW: &str = "The disruption budget web needs 2 healthy pods and has 1 currently";
const NONE: &str = "The disruption budget web needs 0 healthy pods and has 0 currently";
const SPENT: &str = "The disruption budget web does not allow evicting pods currently";
const FAILED: &str = "The disruption budget web does not allow evicting pods currently because it failed sync: no scale";

/// An empty text: the eviction is granted.
fn check(name: &str, policy: UnhealthyPodEviction, ready: bool, figures: BudgetStatus, want: &str) {
    let (mut world, pod) = cluster(policy);
    world.report(pod, &PodUpdate::Ready(ready));
    allow(&mut world, figures);
    let is_evicted = want.is_empty();
    let want = if is_evicted {
        Outcome::Done
    } else {
        later(want)
    };
    assert_eq!(evict(&mut world, pod, None), want, "{name}");
    let row = world.pod(pod).unwrap();
    assert_eq!(row.deletion.is_some(), is_evicted, "{name}");
    let reason = is_evicted.then_some(DisruptionReason::EvictionByEvictionAPI);
    assert_eq!(row.disruption, reason, "{name}");
}

/// `TestEviction`, `TestEvictionPDBStatus`.
#[test]
fn budgets_decide_about_ready_pods_nl_73() {
    check("allowed", IfHealthyBudget, true, status(1, 3, 2), "");
    check("limit", IfHealthyBudget, true, status(0, 2, 2), NEEDS);
    check("spent", IfHealthyBudget, true, status(0, 3, 2), SPENT);
    check("ready, always", AlwaysAllow, true, status(0, 2, 2), NEEDS);
    let failed = BudgetStatus {
        failure: Some("no scale".into()),
        ..status(0, 2, 2)
    };
    check("failed", IfHealthyBudget, true, failed, FAILED);
}

/// `TestEvictionIgnorePDB`.
#[test]
fn unready_pods_go_where_enough_are_ready_nl_73() {
    check("enough", IfHealthyBudget, false, status(0, 2, 2), "");
    check("too few", IfHealthyBudget, false, status(0, 1, 2), FEW);
    check("none", IfHealthyBudget, false, status(0, 0, 0), NONE);
    check("one allowed", IfHealthyBudget, false, status(1, 1, 0), "");
    check("always", AlwaysAllow, false, status(0, 1, 2), "");
}

#[test]
fn a_budget_that_was_not_looked_at_refuses_nl_73() {
    let (mut world, pod) = cluster(IfHealthyBudget);
    world.report(pod, &PodUpdate::Ready(true));
    let processing = "The disruption budget web is still being processed by the server.";
    assert_eq!(evict(&mut world, pod, None), later(processing));
}

#[test]
fn pods_that_do_not_run_need_no_budget_nl_73() {
    for phase in [None, Some(Phase::Succeeded), Some(Phase::Failed)] {
        let (mut world, pod) = cluster(IfHealthyBudget);
        let mut other = World::new(0);
        if phase.is_none() {
            let node = other.add_node(node_spec(), None, true);
            let pending = pending_pod(&mut other, "a", node);
            put(&mut other, "web", IfHealthyBudget);
            assert_eq!(evict(&mut other, pending, None), Outcome::Done, "Pending");
        }
        if let Some(phase) = phase {
            let reason = None;
            world.report(pod, &PodUpdate::Phase { phase, reason });
            assert_eq!(evict(&mut world, pod, None), Outcome::Done, "{phase:?}");
            assert!(world.live_pod(pod).is_none(), "it goes at once (NL-51)");
        }
    }
    let (mut world, pod) = cluster(IfHealthyBudget);
    world.request_deletion(pod, Span::from_secs(30));
    assert_eq!(evict(&mut world, pod, None), Outcome::Done, "deleting");
    let gone = {
        world.remove_pod(pod);
        evict(&mut world, pod, None)
    };
    assert_eq!(gone, Outcome::NotFound);
}

#[test]
fn two_budgets_are_an_error_nl_73() {
    let (mut world, pod) = cluster(AlwaysAllow);
    put(&mut world, "web-too", AlwaysAllow);
    let outcome = evict(&mut world, pod, None);
    assert!(
        matches!(&outcome, Outcome::Refused(text) if text.starts_with("This pod has more than one")),
        "{outcome:?}"
    );
}

/// The grant is counted at once, before the controller has seen anything.
#[test]
fn a_grant_is_spent_at_once_nl_73() {
    let (mut world, first) = cluster(IfHealthyBudget);
    let node = world.pod(first).unwrap().node.unwrap();
    let second = bare_pod(&mut world, "b", node);
    for pod in [first, second] {
        world.report(pod, &PodUpdate::Ready(true));
    }
    allow(&mut world, status(1, 2, 1));
    world.advance(Time::ZERO + Span::from_millis(1700));
    assert_eq!(evict(&mut world, first, None), Outcome::Done);
    let granted = &world.budget(BUDGET).status;
    assert_eq!(granted.disruptions_allowed, 0);
    let second_of_grant = Time::ZERO + Span::from_secs(1);
    assert_eq!(
        granted.disrupted_pods,
        [("a".into(), second_of_grant)].into()
    );
    assert!(matches!(evict(&mut world, second, None), Outcome::Later(_)));
    // One that the budget does not count spends nothing.
    world.report(second, &PodUpdate::Ready(false));
    assert_eq!(evict(&mut world, second, None), Outcome::Done);
    assert_eq!(world.budget(BUDGET).status.disrupted_pods.len(), 1);
}
