//! Small clusters without delays. Cases after `replica_set_test.go`.

use crate::controllers::Requeue;
use crate::controllers::testing::{Stage, manifest, template};
use crate::model::{LabelSelector, Manifest, Object, QuotaSpec, ReplicaSetSpec, Requirement};
use crate::sim::{Span, Time};
use crate::world::{Call, Phase, PodUpdate, ReplicaSetId, ReplicaSetStatus};

const SET: ReplicaSetId = ReplicaSetId(0);

fn spec(replicas: i32) -> ReplicaSetSpec {
    ReplicaSetSpec {
        replicas,
        selector: LabelSelector(vec![Requirement::equals("app", "web")]),
        template: template("app:1"),
        min_ready: Span::ZERO,
    }
}

fn put(stage: &mut Stage, spec: ReplicaSetSpec) {
    stage.apply(Object::ReplicaSet(manifest("ReplicaSet", "web", spec)));
}

/// A set whose pods are all Ready.
fn running(replicas: i32) -> Stage {
    let mut stage = Stage::new(2);
    put(&mut stage, spec(replicas));
    stage.settle();
    stage.make_ready(|_| true);
    stage
}

fn status(stage: &Stage) -> [i32; 4] {
    let ReplicaSetStatus {
        replicas,
        ready,
        available,
        terminating,
        ..
    } = stage.world.replicaset(SET).status;
    [replicas, ready, available, terminating]
}

/// `TestSyncReplicaSetCreates`, `TestDoNothing…`.
#[test]
fn missing_pods_are_created_slowly_at_first_wl_8() {
    let mut stage = Stage::new(1);
    put(&mut stage, spec(10));
    let synced = stage.sync_replicaset(SET);
    assert_eq!(synced.batches, [1, 2, 4, 3]);
    assert_eq!(
        status(&stage),
        [0, 0, 0, 0],
        "the status is that of the start"
    );
    assert!(stage.sync_replicaset(SET).batches.is_empty());
    assert_eq!(status(&stage), [10, 0, 0, 0]);
}

/// CP-E4.
#[test]
fn a_sync_creates_at_most_500_wl_8() {
    let mut stage = Stage::new(1);
    put(&mut stage, spec(1200));
    let created: Vec<usize> = (0..4)
        .map(|_| stage.sync_replicaset(SET).batches.iter().sum())
        .collect();
    assert_eq!(created, [500, 500, 200, 0]);
}

/// Fact 27: the replacement comes with the request, not with the end.
#[test]
fn a_pod_on_its_way_out_is_replaced_at_once_wl_8() {
    let mut stage = running(2);
    let pod = stage.pods()[0].0;
    stage.world.request_deletion(pod, Span::from_secs(30));
    let synced = stage.sync_replicaset(SET);
    assert_eq!((synced.batches, synced.deleted), (vec![1], 0));
    stage.sync_replicaset(SET);
    assert_eq!(status(&stage), [2, 1, 1, 1]);
}

/// What is taken away at once is not replaced for ever at one instant.
#[test]
fn a_set_pauses_after_three_rounds_of_one_instant() {
    let mut stage = Stage::new(1);
    put(&mut stage, spec(2));
    let mut created = Vec::new();
    for _ in 0..4 {
        let synced = stage.sync_replicaset(SET);
        created.push(synced.batches.iter().sum::<usize>());
        if synced.batches.is_empty() {
            assert_eq!(synced.look_again_at, [Time::ZERO + Span::from_secs(1)]);
        }
        for pod in stage.choose(|_| true) {
            stage.world.remove_pod(pod);
        }
    }
    assert_eq!(created, [2, 2, 2, 0]);
    stage.at(1);
    assert_eq!(stage.sync_replicaset(SET).batches, [1, 1]);
}

#[test]
fn ended_pods_are_replaced_and_left_alone_wl_8() {
    let mut stage = running(2);
    let pod = stage.pods()[0].0;
    stage.set_phase(pod, Phase::Failed);
    stage.settle();
    stage.make_ready(|_| true);
    assert_eq!(stage.pods().len(), 3);
    assert_eq!(status(&stage), [2, 2, 2, 0]);
}

/// `TestDeletePodsWithRank…`: the ones that serve least.
#[test]
fn surplus_pods_go_by_rank_wl_9() {
    let mut stage = running(3);
    let ids = stage.choose(|_| true);
    stage.world.report(ids[1], &PodUpdate::Ready(false));
    stage.settle();
    put(&mut stage, spec(1));
    let synced = stage.sync_replicaset(SET);
    assert_eq!(synced.deleted, 2);
    let doomed = stage.choose(|pod| pod.deletion.is_some());
    assert!(doomed.contains(&ids[1]), "the one that is not Ready goes");
}

#[test]
fn availability_takes_min_ready_seconds_wl_10() {
    let mut stage = Stage::new(1);
    let mut spec = spec(1);
    spec.min_ready = Span::from_secs(10);
    put(&mut stage, spec);
    stage.settle();
    stage.at(5);
    stage.make_ready(|_| true);
    assert_eq!(status(&stage), [1, 1, 0, 0]);
    let synced = stage.sync_replicaset(SET);
    assert_eq!(synced.look_again_at, [Time::ZERO + Span::from_secs(15)]);
    stage.at(15);
    assert!(stage.sync_replicaset(SET).look_again_at.is_empty());
    assert_eq!(status(&stage), [1, 1, 1, 0]);
}

#[test]
fn a_refused_pod_is_noted_and_tried_again() {
    let mut stage = Stage::new(1);
    let quota = QuotaSpec {
        hard: vec![("pods".into(), 1)],
        scopes: Vec::new(),
    };
    let quota: Manifest<QuotaSpec> = manifest("ResourceQuota", "quota", quota);
    stage.apply(Object::ResourceQuota(quota));
    put(&mut stage, spec(4));
    let synced = stage.sync_replicaset(SET);
    assert_eq!(
        (synced.batches, synced.requeue),
        (vec![1, 2], Requeue::Backoff)
    );
    assert!(stage.world.replicaset(SET).status.is_failing);
    let target = crate::model::Target {
        kind: crate::model::ResourceKind::ResourceQuota,
        namespace: "default".into(),
        name: "quota".into(),
    };
    stage.commit(Call::DeletePolicy(target));
    assert_eq!(stage.sync_replicaset(SET).requeue, Requeue::Done);
    assert!(!stage.world.replicaset(SET).status.is_failing);
}
