//! Small clusters without delays. Cases after `disruption_test.go`.

use super::{DELETION_TIMEOUT, still_disrupted};
use crate::controllers::Requeue;
use crate::controllers::testing::{Stage, manifest, template};
use crate::model::{
    Cascade, CompletionMode, CountOrPercent, DeploymentSpec, DeploymentStrategy,
    DisruptionBudgetSpec, JobSpec, LabelSelector, Object, PodManagementPolicy,
    PodReplacementPolicy, ReplicaSetSpec, Requirement, StatefulSetSpec, UnhealthyPodEviction,
    UpdateStrategy,
};
use crate::sim::{Span, Time};
use crate::world::{BudgetId, BudgetStatus, Call, DeploymentId, OwnerRef, PodUpdate, ReplicaSetId};
use CountOrPercent::{Count, Percent};

const BUDGET: BudgetId = BudgetId(0);

fn web() -> LabelSelector {
    LabelSelector(vec![Requirement::equals("app", "web")])
}

fn min_available(value: CountOrPercent) -> DisruptionBudgetSpec {
    DisruptionBudgetSpec {
        min_available: Some(value),
        max_unavailable: None,
        selector: web(),
        unhealthy_pods: UnhealthyPodEviction::default(),
    }
}

fn max_unavailable(value: CountOrPercent) -> DisruptionBudgetSpec {
    DisruptionBudgetSpec {
        min_available: None,
        max_unavailable: Some(value),
        ..min_available(value)
    }
}

fn put(stage: &mut Stage, spec: DisruptionBudgetSpec) {
    let budget = manifest("PodDisruptionBudget", "budget", spec);
    stage.apply(Object::PodDisruptionBudget(budget));
}

fn replicaset(stage: &mut Stage, name: &str, replicas: i32) {
    let spec = ReplicaSetSpec {
        replicas,
        selector: web(),
        template: template("app:1"),
        min_ready: Span::ZERO,
    };
    stage.apply(Object::ReplicaSet(manifest("ReplicaSet", name, spec)));
    stage.settle();
}

fn deployment(stage: &mut Stage, replicas: i32) {
    let spec = DeploymentSpec {
        replicas,
        selector: web(),
        template: template("app:1"),
        strategy: DeploymentStrategy::RollingUpdate {
            max_unavailable: Percent(25),
            max_surge: Percent(25),
        },
        min_ready: Span::ZERO,
        revision_history_limit: 10,
        progress_deadline: Span::from_secs(600),
        paused: false,
    };
    stage.apply(Object::Deployment(manifest("Deployment", "web", spec)));
    stage.settle();
}

fn bare_pod(stage: &mut Stage, name: &str) {
    let pod = manifest("Pod", name, template("app:1"));
    stage.apply(Object::Pod(pod));
    stage.settle();
}

/// Makes so many pods Ready, the first ones.
fn ready(stage: &mut Stage, count: usize) {
    let ids = stage.choose(|_| true);
    for id in ids.into_iter().take(count) {
        stage.world.report(id, &PodUpdate::Ready(true));
    }
    stage.settle();
}

/// Allowed disruptions, healthy, desired and expected pods.
fn figures(stage: &Stage) -> [i32; 4] {
    let BudgetStatus {
        disruptions_allowed,
        current_healthy,
        desired_healthy,
        expected_pods,
        ..
    } = stage.world.budget(BUDGET).status;
    [
        disruptions_allowed,
        current_healthy,
        desired_healthy,
        expected_pods,
    ]
}

/// `TestNoSelector`, `TestUnavailable`.
#[test]
fn a_number_counts_whatever_pods_there_are() {
    let mut stage = Stage::new(1);
    put(&mut stage, min_available(Count(3)));
    stage.settle();
    assert_eq!(figures(&stage), [0, 0, 3, 0], "no pods, nothing allowed");
    for (name, want) in [
        ("a", [0, 1, 3, 1]),
        ("b", [0, 2, 3, 2]),
        ("c", [0, 3, 3, 3]),
        ("d", [1, 4, 3, 4]),
    ] {
        bare_pod(&mut stage, name);
        stage.make_ready(|_| true);
        assert_eq!(figures(&stage), want, "with {name}");
    }
    let last = stage.pods()[3].0;
    stage.world.request_deletion(last, Span::from_secs(30));
    stage.settle();
    assert_eq!(
        figures(&stage),
        [0, 3, 3, 4],
        "one that goes is not healthy"
    );
}

#[test]
fn a_missing_selector_selects_no_pod_and_an_empty_one_all() {
    let nothing = LabelSelector(vec![Requirement {
        operator: crate::model::Operator::In,
        values: Vec::new(),
        key: "app".into(),
    }]);
    for (selector, want) in [
        (nothing, [0, 0, 1, 0]),
        (LabelSelector::default(), [0, 1, 1, 1]),
    ] {
        let mut stage = Stage::new(1);
        let spec = DisruptionBudgetSpec {
            selector,
            ..min_available(Count(1))
        };
        bare_pod(&mut stage, "a");
        stage.make_ready(|_| true);
        put(&mut stage, spec);
        stage.settle();
        assert_eq!(figures(&stage), want);
    }
}

/// `TestIntegerMaxUnavailable`, `TestNakedPod`, `TestTotalUnmanagedPods`: a share of nothing is nothing.
#[test]
fn bare_pods_count_for_integers_only() {
    for (spec, want) in [
        (max_unavailable(Count(1)), [0, 1, 0, 0]),
        (max_unavailable(Percent(30)), [0, 1, 0, 0]),
        (min_available(Percent(28)), [0, 1, 0, 0]),
        (min_available(Count(0)), [1, 1, 0, 1]),
    ] {
        let mut stage = Stage::new(1);
        put(&mut stage, spec.clone());
        bare_pod(&mut stage, "a");
        stage.make_ready(|_| true);
        assert_eq!(figures(&stage), want, "{spec:?}");
        assert_eq!(stage.world.budget(BUDGET).status.failure, None);
    }
}

/// `TestReplicaSet`, `TestIntegerMaxUnavailableWithScaling`, `TestPercentageMaxUnavailableWithScaling`: of the scale,
/// however few pods there are, and rounded up.
#[test]
fn shares_are_of_the_controllers_scale() {
    for (spec, replicas, ready_pods, want) in [
        (min_available(Percent(20)), 10, 1, [0, 1, 2, 10]),
        (min_available(Percent(20)), 10, 3, [1, 3, 2, 10]),
        (max_unavailable(Count(2)), 7, 1, [0, 1, 5, 7]),
        (max_unavailable(Percent(30)), 7, 7, [3, 7, 4, 7]),
        (max_unavailable(Percent(30)), 3, 3, [1, 3, 2, 3]),
        (max_unavailable(Count(9)), 3, 0, [0, 0, 0, 3]),
        (min_available(Percent(100)), 3, 3, [0, 3, 3, 3]),
    ] {
        let mut stage = Stage::new(1);
        put(&mut stage, spec.clone());
        replicaset(&mut stage, "web", replicas);
        ready(&mut stage, ready_pods);
        assert_eq!(figures(&stage), want, "{spec:?} of {replicas}");
    }
}

/// `TestMultipleControllers`: the scales of all add up; those of one Deployment count once.
#[test]
fn scales_of_all_controllers_add_up() {
    let mut stage = Stage::new(1);
    put(&mut stage, min_available(Percent(50)));
    replicaset(&mut stage, "one", 4);
    replicaset(&mut stage, "two", 6);
    deployment(&mut stage, 3);
    stage.make_ready(|_| true);
    assert_eq!(figures(&stage), [6, 13, 7, 13]);
    let sets = [
        OwnerRef::Deployment(DeploymentId(0)),
        OwnerRef::ReplicaSet(ReplicaSetId(0)),
    ];
    for owner in sets {
        stage.commit(Call::DeleteObject {
            owner,
            cascade: Cascade::Orphan,
        });
    }
    bare_pod(&mut stage, "late");
    assert_eq!(
        figures(&stage),
        [8, 13, 5, 9],
        "an orphaned ReplicaSet has a scale of its own, orphaned pods have none"
    );
}

/// The scale itself is not watched: the pods that come or go bring the budget up.
#[test]
fn a_new_scale_is_seen_with_the_pods() {
    let mut stage = Stage::new(1);
    put(&mut stage, max_unavailable(Count(1)));
    deployment(&mut stage, 3);
    stage.make_ready(|_| true);
    assert_eq!(figures(&stage), [1, 3, 2, 3]);
    deployment(&mut stage, 5);
    assert_eq!(figures(&stage), [0, 3, 4, 5]);
    stage.make_ready(|_| true);
    assert_eq!(figures(&stage), [1, 5, 4, 5]);
}

#[test]
fn statefulsets_have_a_scale() {
    let mut stage = Stage::new(1);
    put(&mut stage, min_available(Percent(30)));
    let spec = StatefulSetSpec {
        replicas: 3,
        selector: web(),
        template: template("app:1"),
        update_strategy: UpdateStrategy::Partitioned { partition: 0 },
        pod_management_policy: PodManagementPolicy::Parallel,
        min_ready: Span::ZERO,
        revision_history_limit: 10,
        first_ordinal: 0,
    };
    stage.apply(Object::StatefulSet(manifest("StatefulSet", "db", spec)));
    stage.settle();
    ready(&mut stage, 1);
    assert_eq!(figures(&stage), [0, 1, 1, 3]);
    ready(&mut stage, 2);
    assert_eq!(figures(&stage), [1, 2, 1, 3]);
}

/// `TestFailSafe`-like: a Job has no scale, so that nothing may be disrupted.
#[test]
fn what_has_no_scale_fails_the_sync() {
    let mut stage = Stage::new(1);
    put(&mut stage, max_unavailable(Count(1)));
    let spec = JobSpec {
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
        template: template("app:1"),
    };
    stage.apply(Object::Job(manifest("Job", "work", spec)));
    let job = stage.world.job(crate::world::JobId(0));
    let new = crate::world::NewPod {
        owner: crate::world::Owner::Job(crate::world::JobId(0)),
        template: job.template,
        index: None,
        target: None,
        revision: None,
        index_failures: (0, 0),
    };
    stage.commit(Call::CreatePod(new));
    stage.settle();
    stage.make_ready(|_| true);
    let status = &stage.world.budget(BUDGET).status;
    assert_eq!(status.disruptions_allowed, 0);
    assert_eq!(
        status.failure.as_deref(),
        Some("jobs.batch does not implement the scale subresource")
    );
    put(&mut stage, min_available(Count(0)));
    stage.settle();
    assert_eq!(figures(&stage), [1, 1, 0, 1], "an integer is well");
    assert_eq!(stage.world.budget(BUDGET).status.failure, None);
}

/// `TestUpdateDisruptedPods`: granted evictions wait for two minutes.
#[test]
fn granted_evictions_that_do_not_come_are_forgotten() {
    let mut stage = Stage::new(1);
    put(&mut stage, min_available(Count(1)));
    for name in ["a", "b", "c"] {
        bare_pod(&mut stage, name);
    }
    stage.make_ready(|_| true);
    assert_eq!(figures(&stage), [2, 3, 1, 3]);
    stage.at(100);
    let mut status = stage.world.budget(BUDGET).status.clone();
    let second = |at| Time::ZERO + Span::from_secs(at);
    for (name, at) in [("a", 100), ("b", -21), ("gone", 99)] {
        status.disrupted_pods.insert(name.into(), second(at));
    }
    stage.world.write_budget_status(BUDGET, status);
    let kept = still_disrupted(&stage.world, stage.world.budget(BUDGET));
    assert_eq!(kept, [("a".into(), second(100))].into(), "b's is too old");
    let synced = stage.sync_budget(BUDGET);
    assert_eq!(figures(&stage), [1, 2, 1, 3]);
    let recheck = second(100) + DELETION_TIMEOUT + Span::from_millis(5);
    assert_eq!(synced.look_again_at, [recheck]);
    stage.at(220);
    stage.sync_budget(BUDGET);
    assert_eq!(figures(&stage), [2, 3, 1, 3], "it counts to the second");
    stage.at(221);
    stage.sync_budget(BUDGET);
    assert!(stage.world.budget(BUDGET).status.disrupted_pods.is_empty());
}

/// An eviction between a sync's reading and its writing is not overwritten.
#[test]
fn a_status_of_an_older_state_is_refused() {
    let mut stage = Stage::new(1);
    put(&mut stage, min_available(Count(1)));
    for name in ["a", "b"] {
        bare_pod(&mut stage, name);
    }
    stage.make_ready(|_| true);
    let read = stage.world.budget(BUDGET).clone();
    let pod = stage.pods()[0].0;
    stage.commit(Call::EvictPod { pod, grace: None });
    let call = Call::WriteBudgetStatus {
        budget: BUDGET,
        version: read.version,
        status: Box::new(read.status),
    };
    assert!(matches!(
        crate::api::commit(&mut stage.world, 1, call),
        crate::world::Outcome::Refused(_)
    ));
    assert_eq!(figures(&stage), [0, 2, 1, 2], "as the eviction left it");
    assert_eq!(stage.sync_budget(BUDGET).requeue, Requeue::Done);
    assert_eq!(figures(&stage), [0, 1, 1, 2]);
}
