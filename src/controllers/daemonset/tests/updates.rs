//! Rolling updates (DS-60 to DS-75) and history (DS-80, DS-81).
//!
//! Upstream's tests let a sync of a surging set both delete (DS-44) and create (DS-72), since their expectations
//! are satisfied at once; here the creation comes with the next sync (DS-51).

use super::super::rolling::{Budget, allows_surge, budget, roll};
use super::super::survey::{Subject, Survey};
use super::*;

/// `TestGetUnavailableNumbers` in upstream's `update_test.go`.
#[test]
fn budgets_round_up_ds_62() {
    use CountOrPercent::{Count, Percent};
    let cases = [
        (
            "no nodes",
            max_unavailable(Count(0)),
            0,
            Budget::Unavailable(0),
        ),
        ("one", max_unavailable(Count(1)), 2, Budget::Unavailable(1)),
        (
            "neither",
            max_unavailable(Count(0)),
            2,
            Budget::Unavailable(1),
        ),
        ("0 surge", max_surge(Count(0)), 2, Budget::Unavailable(1)),
        (
            "50 %",
            max_unavailable(Percent(50)),
            2,
            Budget::Unavailable(1),
        ),
        ("50 % surge", max_surge(Percent(50)), 2, Budget::Surge(1)),
        ("100 % surge", max_surge(Percent(100)), 2, Budget::Surge(2)),
        (
            "50 % of 3",
            max_unavailable(Percent(50)),
            3,
            Budget::Unavailable(2),
        ),
        (
            "DS-T2",
            max_unavailable(Percent(10)),
            95,
            Budget::Unavailable(10),
        ),
        ("1 % surge", max_surge(Percent(1)), 5, Budget::Surge(1)),
    ];
    for (name, strategy, desired, want) in cases {
        assert_eq!(budget(&strategy, desired), Some(want), "{name}");
        let surges = matches!(want, Budget::Surge(_));
        assert_eq!(allows_surge(&strategy), surges, "{name}");
    }
    assert_eq!(budget(&UpdateStrategy::OnDelete, 5), None);
    assert!(!allows_surge(&UpdateStrategy::OnDelete));
}

/// `TestDaemonSetUpdatesPods`.
/// DS-66 ("not ready yet"), DS-68, DS-70.
#[test]
fn an_update_replaces_max_unavailable_pods_at_a_time_ds_69() {
    let mut cluster = Cluster::running(5, replacing(2));
    cluster.set_image("app:2");
    for step in [2, 2, 1] {
        assert_eq!(cluster.sync().counts(), (0, step));
        assert_eq!(cluster.sync().counts(), (0, 0), "they are still ending");
        cluster.end_deletions();
        assert_eq!(cluster.sync().counts(), (step, 0), "DS-70");
        assert_eq!(cluster.sync().counts(), (0, 0), "not ready yet");
        cluster.make_ready(|_| true);
    }
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status(), [5, 5, 5, 5, 5, 0, 0, 2]);
    assert!(cluster.world.daemonset(cluster.set).rolled_out);
}

#[test]
fn the_status_of_the_first_step_knows_the_new_template_ds_94() {
    let mut cluster = Cluster::running(5, replacing(1));
    cluster.set_image("app:2");
    cluster.sync();
    let want = [5, 5, 5, 0, 5, 0, 0, 2];
    assert_eq!(
        cluster.status(),
        want,
        "recording ds-rolling-maxunavail1 at 10.02 s"
    );
}

#[test]
fn ten_percent_of_95_are_ten_ds_t2() {
    let mut cluster = Cluster::running(95, |spec| {
        spec.update_strategy = max_unavailable(CountOrPercent::Percent(10));
    });
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (0, 10));
    cluster.end_deletions();
    assert_eq!(cluster.sync().counts(), (10, 0));
    cluster.bind();
    let new = cluster.choose(|pod| !pod.ready);
    for pod in &new[..3] {
        cluster.world.report(*pod, &PodUpdate::Ready(true));
    }
    assert_eq!(
        cluster.sync().counts(),
        (0, 3),
        "a sliding window (fact 23)"
    );
}

/// `TestDaemonSetUpdatesAllOldPodsNotReady`, and the rule's own example.
#[test]
fn broken_old_pods_are_replaced_whatever_the_budget_ds_t3() {
    let mut cluster = Cluster::running(20, replacing(1));
    let is_broken = |pod: &Pod| pod.target.unwrap().0 < 5;
    cluster.make_unready(is_broken);
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (0, 5));
    assert_eq!(cluster.choose(|pod| pod.deletion.is_some()).len(), 5);
    assert!(
        cluster
            .choose(|p| p.ready && p.deletion.is_some())
            .is_empty()
    );
    cluster.end_deletions();
    assert_eq!(cluster.sync().counts(), (5, 0));
    assert_eq!(cluster.sync().counts(), (0, 0), "no available one goes");
    cluster.make_ready(|pod| pod.target.unwrap().0 < 4);
    assert_eq!(cluster.sync().counts(), (0, 0), "one is still missing");
    cluster.make_ready(|_| true);
    assert_eq!(cluster.sync().counts(), (0, 1));
}

/// `TestDaemonSetUpdatesSomeOldPodsNotReady`: a second template before the first is out.
#[test]
fn available_old_pods_outlive_a_second_update_ds_67() {
    let mut cluster = Cluster::running(5, replacing(2));
    for image in ["app:2", "app:3"] {
        cluster.set_image(image);
        assert_eq!(cluster.sync().counts(), (0, 2), "{image}");
        cluster.end_deletions();
        assert_eq!(cluster.sync().counts(), (2, 0), "{image}");
        assert_eq!(cluster.sync().counts(), (0, 0), "{image}");
    }
    assert_eq!(cluster.choose(|pod| pod.ready).len(), 3);
}

/// `TestDaemonSetUpdatesSaveOldHealthyPods`.
#[test]
fn a_larger_budget_takes_only_what_it_adds_ds_69() {
    let mut cluster = Cluster::running(20, replacing(10));
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (0, 10));
    cluster.end_deletions();
    assert_eq!(cluster.sync().counts(), (10, 0));
    for (round, budget) in [0, 9, 3].into_iter().enumerate() {
        cluster.update(replacing(budget));
        cluster.set_image(&format!("app:3-{round}"));
        let counts = cluster.sync().counts();
        assert_eq!(counts, (0, 10), "the broken ones, budget {budget}");
        cluster.end_deletions();
        assert_eq!(cluster.sync().counts(), (10, 0));
        assert_eq!(cluster.sync().counts(), (0, 0));
    }
    cluster.update(replacing(11));
    cluster.set_image("app:4");
    assert_eq!(cluster.sync().counts(), (0, 11));
    let ready = |pod: &Pod| pod.ready && pod.deletion.is_none();
    assert_eq!(cluster.choose(ready).len(), 9);
}

/// Facts 24 and 41: an old pod where none should run is replaced like any other, and nothing renews it.
#[test]
fn old_pods_on_nodes_without_right_count_ds_65() {
    let mut cluster = Cluster::running(3, replacing(1));
    cluster.taint(0, TaintEffect::NoSchedule);
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (0, 1));
    let deleted = cluster.choose(|pod| pod.deletion.is_some());
    let pod = cluster.world.pod(deleted[0]).unwrap();
    assert_eq!(pod.node, Some(NodeId(0)), "the first in order");
    assert_eq!(cluster.sync().counts(), (0, 0), "the budget is used up");
    cluster.end_deletions();
    assert_eq!(cluster.sync().counts(), (0, 1), "not renewed: free again");
}

/// DS-61: a pod is up to date by its revision.
#[test]
fn on_delete_renews_only_what_somebody_deletes_ds_60() {
    let mut cluster = Cluster::running(3, |spec| {
        spec.update_strategy = UpdateStrategy::OnDelete;
    });
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status()[3], 0);
    let pod = cluster.pods()[0].0;
    cluster.delete_pod(pod);
    cluster.end_deletions();
    assert_eq!(cluster.sync().counts(), (1, 0));
    assert_eq!(cluster.status()[3], 1, "DS-60");
}

/// `TestDaemonSetUpdatesPodsWithMaxSurge`.
#[test]
fn a_surge_creates_before_it_deletes_ds_72() {
    let mut cluster = Cluster::running(5, surging(2));
    cluster.set_image("app:2");
    let mut deleted = 0;
    for created in [2, 2, 1] {
        assert_eq!(cluster.sync().counts(), (created, 0));
        assert_eq!(cluster.sync().counts(), (0, 0));
        assert_eq!(cluster.status()[3], deleted, "DS-98");
        cluster.make_ready(|_| true);
        let synced = cluster.sync();
        assert_eq!(synced.counts(), (0, created), "DS-73");
        cluster.end_deletions();
        deleted += i32::try_from(created).unwrap();
    }
    assert_eq!(cluster.sync().counts(), (0, 0));
    assert_eq!(cluster.status(), [5, 5, 5, 5, 5, 0, 0, 2]);
}

/// The next surge pod does not wait for the end of the old one (fact 23).
#[test]
fn a_surge_goes_on_while_old_pods_end_ds_72() {
    let mut cluster = Cluster::running(3, surging(1));
    cluster.set_image("app:2");
    cluster.sync();
    cluster.make_ready(|_| true);
    assert_eq!(cluster.sync().counts(), (0, 1));
    assert_eq!(cluster.sync().counts(), (1, 0));
    assert_eq!(cluster.pods().len(), 5);
}

/// `TestDaemonSetUpdatesAllOldPodsNotReadyMaxSurge`.
#[test]
fn broken_old_pods_do_not_count_as_surge_ds_71() {
    let mut cluster = Cluster::running(5, surging(1));
    cluster.make_unready(|pod| pod.target.unwrap().0 != 4);
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (5, 0), "four beside, one surge");
    let synced = cluster.sync();
    assert_eq!(synced.counts(), (0, 4), "DS-44: old ones that are broken");
}

/// `TestDaemonSetUpdatesPodsNotMatchTainstWithMaxSurge`.
#[test]
fn a_surge_leaves_nodes_only_while_enough_are_available_ds_74() {
    let mut cluster = Cluster::running(3, surging(1));
    cluster.taint(0, TaintEffect::NoSchedule);
    cluster.set_image("app:2");
    let synced = cluster.sync();
    assert_eq!(synced.counts(), (1, 1), "3 available, 2 desired");
    let gone = cluster.choose(|pod| pod.deletion.is_some());
    assert_eq!(cluster.world.pod(gone[0]).unwrap().node, Some(NodeId(0)));

    let mut cluster = Cluster::running(3, surging(1));
    cluster.taint(0, TaintEffect::NoSchedule);
    cluster.make_unready(|pod| pod.target.unwrap().0 == 1);
    cluster.set_image("app:2");
    let synced = cluster.sync();
    assert_eq!(synced.counts(), (2, 0), "2 available: none may leave");

    let mut cluster = Cluster::running(3, surging(1));
    cluster.taint(0, TaintEffect::NoSchedule);
    cluster.make_unready(|pod| pod.target.unwrap().0 == 0);
    cluster.set_image("app:2");
    let synced = cluster.sync();
    assert_eq!(synced.counts(), (1, 1), "DS-71: it was of no use");
}

/// Upstream's `rollingUpdate` asks for the node of every old pod, and fails without it.
#[test]
fn a_surge_stands_while_an_old_pod_has_lost_its_node() {
    let mut cluster = Cluster::running(3, surging(1));
    cluster.world.remove_node(NodeId(1));
    cluster.set_image("app:2");
    let synced = cluster.sync();
    assert_eq!(
        (synced.counts(), synced.requeue),
        ((0, 0), Requeue::Backoff)
    );
    assert_eq!(cluster.status(), [2, 2, 2, 0, 2, 0, 0, 2]);
    let lost = cluster.choose(|pod| pod.node == Some(NodeId(1)));
    cluster.world.remove_pod(lost[0]);
    assert_eq!(cluster.sync().counts(), (1, 0));
}

/// With surge the status shows nothing of the new pod, so only its own turn (DS-2) ends the wait (fact 37).
#[test]
fn a_surge_waits_for_min_ready_of_the_new_pod_ds_98() {
    let mut cluster = Cluster::new(1, |spec| {
        surging(1)(spec);
        spec.min_ready = Span::from_secs(6);
    });
    cluster.sync();
    cluster.make_ready(|_| true);
    cluster.at(10);
    cluster.sync();
    cluster.set_image("app:2");
    cluster.sync();
    cluster.make_ready(|_| true);
    let synced = cluster.sync();
    assert_eq!((synced.counts(), synced.requeue), ((0, 0), Requeue::Done));
    cluster.at(16);
    assert_eq!(cluster.sync().counts(), (0, 1));
}

#[test]
fn a_template_has_one_revision_each_ds_80() {
    let mut cluster = Cluster::running(1, |spec| spec.revision_history_limit = 2);
    let first = cluster.world.daemonset(cluster.set).revision;
    let numbers = |cluster: &Cluster| {
        let history = &cluster.world.daemonset(cluster.set).history;
        history.iter().map(|entry| entry.1).collect::<Vec<_>>()
    };
    let roll_out = |cluster: &mut Cluster, image: &str| {
        cluster.set_image(image);
        cluster.sync();
        cluster.end_deletions();
        cluster.sync();
        cluster.make_ready(|_| true);
        cluster.sync();
    };
    assert_eq!(numbers(&cluster), [1]);
    roll_out(&mut cluster, "app:2");
    assert_eq!(numbers(&cluster), [1, 2]);
    roll_out(&mut cluster, "app:1");
    assert_eq!(numbers(&cluster), [3, 2], "back to the first");
    let pod = cluster.pods()[0].1;
    assert_eq!(pod.revision, Some(first));
    roll_out(&mut cluster, "app:3");
    assert_eq!(numbers(&cluster), [3, 2, 4], "two old ones are kept");
    cluster.set_image("app:4");
    cluster.sync();
    assert_eq!(numbers(&cluster), [3, 4, 5], "DS-81");
    cluster.update(|spec| spec.revision_history_limit = 0);
    cluster.sync();
    assert_eq!(numbers(&cluster), [4, 5], "a pod still has number 4");
}

/// A sync finishes what it set out for: its status speaks of the template of its start.
#[test]
fn a_template_that_changes_meanwhile_is_not_observed_ds_97() {
    let mut cluster = Cluster::new(2, |_| {});
    let mut plan = Plan::default();
    let mut reconciler = std::mem::take(&mut cluster.reconciler);
    let set = cluster.set;
    let first = reconciler.reconcile(cluster.view(), set, Progress::default(), &mut plan);
    assert_eq!(first, Requeue::Continue);
    for call in plan.steps.into_iter().flat_map(|step| step.calls) {
        commit(&mut cluster.world, 1, call);
    }
    cluster.set_image("app:2");
    let progress = Progress {
        stage: 1,
        done: 3,
        ..Progress::default()
    };
    let mut plan = Plan::default();
    let last = reconciler.reconcile(cluster.view(), set, progress, &mut plan);
    assert_eq!(last, Requeue::Done);
    for call in plan.steps.into_iter().flat_map(|step| step.calls) {
        commit(&mut cluster.world, 1, call);
    }
    assert_eq!(cluster.status(), [2, 2, 0, 2, 0, 2, 0, 1]);
}

/// DS-50, DS-51: what is missing is created first, and the update waits for the next sync.
#[test]
fn a_sync_that_creates_takes_no_step_of_the_update() {
    let mut cluster = Cluster::running(3, replacing(3));
    let pod = cluster.pods()[0].0;
    cluster.world.remove_pod(pod);
    cluster.set_image("app:2");
    assert_eq!(cluster.sync().counts(), (1, 0));
    assert_eq!(
        cluster.sync().counts(),
        (0, 2),
        "one of three is unavailable"
    );
}

/// DS-64: the manager prunes such a node; until then it uses up budget, and nothing is done there.
#[test]
fn a_node_with_two_old_pods_is_left_alone() {
    for (limit, deleted) in [(1, 0), (2, 1), (3, 2)] {
        let mut cluster = Cluster::running(3, replacing(limit));
        cluster.add_pod(0);
        cluster.set_image("app:2");
        let world = &cluster.world;
        let row = world.daemonset(cluster.set);
        let subject = Subject {
            world,
            id: cluster.set,
            row,
            revision: row.revision,
            generation: row.generation,
        };
        let work = roll(&subject, &Survey::of(&subject)).unwrap();
        assert_eq!((work.create.len(), work.delete.len()), (0, deleted));
        let on_first = |pod: &PodId| world.pod(*pod).unwrap().target == Some(NodeId(0));
        assert!(!work.delete.iter().any(on_first));
    }
}
