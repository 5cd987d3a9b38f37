//! The decision for each node (DS-40 to DS-47), batches (DS-52) and the status (DS-90 to DS-97).

use super::*;
use crate::controllers::availability::is_available;

#[test]
fn available_is_counted_from_the_whole_second_ds_63() {
    let at = |millis| Time::ZERO + Span::from_millis(millis);
    let since = Some(at(3000)); // Ready at 3.9 s is stored as 3 s (fact 40).
    let min = Span::from_secs(6);
    let cases = [
        ("not ready", false, since, min, at(20_000), false),
        ("no minimum", true, since, Span::ZERO, at(3000), true),
        ("too soon", true, since, min, at(8999), false),
        ("just enough", true, since, min, at(9000), true),
        ("never set", true, None, min, at(9000), false),
    ];
    for (name, ready, since, min, now, want) in cases {
        assert_eq!(is_available(ready, since, min, now), want, "{name}");
    }
}

/// DS-C5; DS-30, DS-31: the pods are not bound, and each has its node as its target.
#[test]
fn one_hundred_pods_come_in_seven_batches_ds_t1() {
    let mut cluster = Cluster::new(100, |_| {});
    let synced = cluster.sync();
    assert_eq!(synced.batches, [1, 2, 4, 8, 16, 32, 37]);
    let targets: Vec<u32> = cluster
        .pods()
        .iter()
        .map(|(_, p)| p.target.unwrap().0)
        .collect();
    assert_eq!(targets, (0..100).collect::<Vec<_>>(), "DS-53");
    assert_eq!(cluster.status(), [100, 100, 0, 100, 0, 100, 0, 1]);
    let mut statuses = 0;
    while let Some(change) = cluster.world.pop_change() {
        statuses += usize::from(is_status(&change));
    }
    assert_eq!(
        statuses, 1,
        "written when all pods are there, and only then"
    );
}

/// Recording `large-ds`: 250 of 300 pods, a status that says so, then the other 50.
/// DS-C1, CP-E4.
#[test]
fn a_sync_creates_250_pods_at_most_ds_52() {
    let mut cluster = Cluster::new(300, |_| {});
    assert_eq!(cluster.sync().created(), 250);
    assert_eq!(cluster.status(), [300, 250, 0, 250, 0, 300, 0, 1]);
    assert_eq!(cluster.sync().created(), 50);
    cluster.make_ready(|_| true);
    let nodes = 0..300;
    for node in nodes {
        cluster.taint(node, TaintEffect::NoExecute);
    }
    assert_eq!(cluster.sync().counts(), (0, 250));
    assert_eq!(cluster.sync().counts(), (0, 50));
}

/// `TestDaemonSetPodCreateExpectationsError`: what a refusal dropped comes with the next try.
/// CP-E2: what was refused is not waited for.
#[test]
fn a_refused_creation_fails_the_sync_cp_e3() {
    let mut cluster = Cluster::new(20, |_| {});
    cluster.refuse_from = 5;
    let synced = cluster.sync();
    assert_eq!(synced.batches, [1, 2, 2], "the rest is dropped");
    assert_eq!(synced.requeue, Requeue::Backoff);
    assert_eq!(cluster.status(), [20, 5, 0, 5, 0, 20, 0, 1]);
    cluster.refuse_from = usize::MAX;
    let synced = cluster.sync();
    assert_eq!((synced.created(), synced.requeue), (15, Requeue::Done));
}

/// `TestDealsWithExistingPods`: 1, 2 and 5 pods on three of five nodes.
/// DS-31: an unbound pod counts for the node that it is meant for.
#[test]
fn a_node_keeps_one_pod_ds_40_ds_42() {
    for surge in [0, 1] {
        let mut cluster = Cluster::new(5, |spec| {
            if surge > 0 {
                surging(surge)(spec);
            }
        });
        for (node, pods) in [(1, 1), (2, 2), (3, 5)] {
            for _ in 0..pods {
                cluster.add_pod(node);
            }
        }
        assert_eq!(cluster.sync().counts(), (2, 5), "surge {surge}");
        assert_eq!(cluster.sync().counts(), (0, 0), "surge {surge}");
    }
}

#[test]
fn the_oldest_bound_pod_is_kept_ds_42() {
    let mut cluster = Cluster::new(1, |_| {});
    let unbound = cluster.add_pod(0);
    cluster.at(10);
    let (first, second) = (cluster.add_pod(0), cluster.add_pod(0));
    cluster.at(11);
    let youngest = cluster.add_pod(0);
    for pod in [youngest, second, first] {
        cluster.world.bind(pod, NodeId(0));
    }
    cluster.sync();
    let name = |pod| cluster.world.pod(pod).map(|row| row.name.clone());
    let kept = if name(first) < name(second) {
        first
    } else {
        second
    };
    let alive = |pod: &PodId| {
        let row = cluster.world.live_pod(*pod);
        row.is_some_and(|row| row.deletion.is_none())
    };
    let pods = [unbound, first, second, youngest];
    let left: Vec<PodId> = pods.into_iter().filter(alive).collect();
    assert_eq!(left, [kept], "same second: by name");
}

#[test]
fn a_replacement_waits_for_the_end_of_the_old_pod_ds_43() {
    let mut cluster = Cluster::running(1, |_| {});
    let pod = cluster.pods()[0].0;
    cluster.delete_pod(pod);
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status()[..3], [1, 1, 1], "it counts until it ends");
    cluster.set_phase(pod, Phase::Failed);
    assert_eq!(cluster.sync().counts(), (1, 0), "fact 22");
    assert_eq!(cluster.pods().len(), 2, "the old object is still there");
    cluster.world.remove_pod(pod);
    assert_eq!(cluster.sync().counts(), (0, 0));
}

#[test]
fn with_surge_a_pod_on_its_way_out_does_not_block_ds_44() {
    let mut cluster = Cluster::running(1, surging(1));
    let pod = cluster.pods()[0].0;
    cluster.delete_pod(pod);
    cluster.taint(0, TaintEffect::NoSchedule);
    assert_eq!(cluster.sync().counts(), (0, 0), "none should run here");
    cluster.untaint(0, TaintEffect::NoSchedule);
    assert_eq!(cluster.sync().counts(), (1, 0));
    assert_eq!(cluster.sync().counts(), (0, 0));
}

/// `TestSurgePreservesReadyOldPods`, `TestSurgeDeletesUnreadyOldPods`,
/// `TestSurgePreservesOldReadyWithUnsatisfiedMinReady`, `TestSurgeDeletesOldReadyWithUnsatisfiedMinReady`.
#[test]
fn a_surging_node_keeps_one_old_and_one_new_pod_ds_44() {
    // (old ready, new ready since, whether old and new stay)
    let cases = [
        ("new not ready", true, None, [true, true]),
        ("old not ready", false, None, [false, true]),
        ("new not available yet", true, Some(50), [true, true]),
        ("new available", true, Some(45), [false, true]),
    ];
    for (name, old_ready, new_ready_at, want) in cases {
        let mut cluster = Cluster::new(1, |spec| {
            surging(1)(spec);
            spec.min_ready = Span::from_secs(15);
        });
        let old = cluster.add_pod(0);
        cluster.at(1);
        let excess_old = cluster.add_pod(0);
        cluster.make_ready(|_| old_ready);
        cluster.bind();
        cluster.set_image("app:2");
        cluster.at(2);
        let new = cluster.add_pod(0);
        cluster.world.bind(new, NodeId(0));
        if let Some(at) = new_ready_at {
            cluster.at(at);
            cluster.world.report(new, &PodUpdate::Ready(true));
        }
        cluster.at(60);
        cluster.sync();
        let stays = |pod| cluster.world.pod(pod).unwrap().deletion.is_none();
        assert_eq!([stays(old), stays(new)], want, "{name}");
        assert!(!stays(excess_old), "{name}");
    }
}

#[test]
fn a_succeeded_pod_is_deleted_at_once_ds_41() {
    let mut cluster = Cluster::running(1, |_| {});
    let pod = cluster.pods()[0].0;
    cluster.set_phase(pod, Phase::Succeeded);
    let synced = cluster.sync();
    assert_eq!((synced.deleted, synced.events), (1, 1), "DS-102");
    assert_eq!(cluster.sync().counts(), (1, 0));
}

/// `TestDaemonKillFailedPodsBackoff`.
#[test]
fn failed_pods_are_deleted_with_a_back_off_ds_45() {
    let mut cluster = Cluster::running(1, |_| {});
    let fail = |cluster: &mut Cluster| {
        let pod = cluster.pods().last().unwrap().0;
        cluster.bind();
        cluster.set_phase(pod, Phase::Failed);
    };
    cluster.at(100);
    fail(&mut cluster);
    let first = cluster.sync();
    assert_eq!((first.deleted, first.events), (1, 1), "DS-101");
    assert_eq!(cluster.sync().counts(), (1, 0));
    fail(&mut cluster);
    let second = cluster.sync();
    assert_eq!(second.counts(), (0, 0));
    let whole_delay = Time::ZERO + Span::from_secs(101);
    assert_eq!(
        (second.look_again_at, second.events),
        (vec![whole_delay], 0)
    );
    cluster.at(101);
    assert_eq!(cluster.sync().counts(), (0, 1));
    cluster.sync();
    fail(&mut cluster);
    cluster.at(102);
    let third = cluster.sync();
    let whole_delay = Time::ZERO + Span::from_secs(104);
    assert_eq!(third.look_again_at, [whole_delay]);
}

#[test]
fn pods_leave_a_node_that_is_not_for_them_ds_46() {
    let mut cluster = Cluster::running(3, |_| {});
    cluster.taint(0, TaintEffect::NoExecute);
    cluster.taint(1, TaintEffect::NoSchedule);
    assert_eq!(cluster.sync().counts(), (0, 1));
    assert_eq!(cluster.status(), [1, 1, 1, 1, 1, 0, 2, 1], "DS-95");
    assert_eq!(cluster.sync().counts(), (0, 0), "once is enough");
    cluster.end_deletions();
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status()[6], 1);
}

/// `TestDeleteUnscheduledPodForNotExistingNode`.
#[test]
fn unbound_pods_of_a_vanished_node_are_deleted_ds_47() {
    let mut cluster = Cluster::running(2, |_| {});
    cluster.world.add_node(node_spec(2), None, true);
    assert_eq!(cluster.sync().counts(), (1, 0));
    cluster.world.remove_node(NodeId(1));
    cluster.world.remove_node(NodeId(2));
    assert_eq!(cluster.sync().counts(), (0, 1), "PodGC takes the bound one");
    assert_eq!(cluster.pods().len(), 2);
    assert_eq!(cluster.status(), [1, 1, 1, 1, 1, 0, 0, 1], "existing nodes");
}

#[test]
fn a_set_on_its_way_out_is_not_processed_ds_54() {
    let mut cluster = Cluster::new(3, |_| {});
    cluster.world.mark_daemonset_deleting(cluster.set);
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status(), [0; 8]);
}

/// Recording `ds-minready`: ready at 3 s, seen then, available 6 s later.
#[test]
fn the_status_is_looked_at_again_after_min_ready_ds_2() {
    let mut cluster = Cluster::new(1, |spec| spec.min_ready = Span::from_secs(6));
    cluster.sync();
    cluster.at(3);
    cluster.make_ready(|_| true);
    let synced = cluster.sync();
    assert_eq!(synced.requeue, Requeue::After(Span::from_secs(6)));
    assert_eq!(cluster.status(), [1, 1, 1, 1, 0, 1, 0, 1]);
    cluster.at(9);
    assert_eq!(cluster.sync().requeue, Requeue::Done);
    assert_eq!(cluster.status(), [1, 1, 1, 1, 1, 0, 0, 1]);
}

/// DS-90 to DS-97: a pod that is Ready, one that is not, a node without one, and a pod where none should run.
#[test]
fn the_status_counts_nodes() {
    let mut cluster = Cluster::running(4, |_| {});
    cluster.make_unready(|pod| pod.target == Some(NodeId(1)));
    let third = cluster.choose(|pod| pod.target == Some(NodeId(2)))[0];
    cluster.world.remove_pod(third);
    cluster.taint(3, TaintEffect::NoSchedule);
    cluster.refuse_from = 0;
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status(), [3, 2, 1, 2, 1, 2, 1, 1]);
    cluster.update(|spec| {
        spec.update_strategy = UpdateStrategy::OnDelete;
        Arc::make_mut(&mut spec.template).spec.containers[0].image = "app:2".into();
    });
    cluster.sync();
    assert_eq!(
        cluster.status(),
        [3, 2, 1, 0, 1, 2, 1, 2],
        "none is up to date"
    );
}
