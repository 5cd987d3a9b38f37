//! The step as a table, and small clusters without delays. Cases after `stateful_set_control_test.go`.

use super::step::{Act, Replica, Situation, plan};
use crate::controllers::testing::{Stage, manifest, template};
use crate::model::{
    LabelSelector, Object, PodManagementPolicy, Requirement, StatefulSetSpec, UpdateStrategy,
};
use crate::sim::{Span, Time};
use crate::world::{Phase, PodId, PodUpdate, StatefulSetId};
use slotmap::SlotMap;

const DB: StatefulSetId = StatefulSetId(0);

/// A pod by letters: `+` available, `r` ready only, `p` pending, `x` ended; `d`: and being deleted; `o`: and old.
fn replica(id: PodId, letters: &str) -> Replica {
    let has = |letter| letters.contains(letter);
    Replica {
        id,
        is_terminal: has('x'),
        is_deleting: has('d'),
        is_ready: has('+') || has('r'),
        is_available: has('+'),
        is_updated: !has('o'),
    }
}

/// `replicas`: `-` is none.
fn check(
    policy: PodManagementPolicy,
    partition: Option<i32>,
    replicas: &[&str],
    condemned: &[&str],
    want: &str,
) {
    let mut ids: SlotMap<PodId, ()> = SlotMap::with_key();
    let mut names = Vec::new();
    let mut make = |name: String, letters: &str| {
        let id = ids.insert(());
        names.push((id, name));
        replica(id, letters)
    };
    let situation = Situation {
        replicas: (0..)
            .zip(replicas)
            .map(|(ordinal, letters)| {
                let pod = (*letters != "-").then(|| make(format!("{ordinal}"), letters));
                (ordinal, pod)
            })
            .collect(),
        condemned: condemned
            .iter()
            .enumerate()
            .map(|(at, letters)| make(format!("c{at}"), letters))
            .collect(),
        policy,
        partition,
    };
    let name_of = |id: PodId| {
        names
            .iter()
            .find(|(known, _)| *known == id)
            .unwrap()
            .1
            .clone()
    };
    let found: Vec<String> = plan(&situation)
        .into_iter()
        .map(|act| match act {
            Act::Create(ordinal) => format!("create {ordinal}"),
            Act::Delete(id) => format!("delete {}", name_of(id)),
            Act::Renew(id) => format!("renew {}", name_of(id)),
        })
        .collect();
    assert_eq!(
        found.join(", "),
        want,
        "{replicas:?} {condemned:?} {partition:?}"
    );
}

#[test]
fn ordered_pods_come_one_by_one_wl_22_wl_23() {
    let check = |replicas: &[&str], want| {
        check(
            PodManagementPolicy::OrderedReady,
            Some(0),
            replicas,
            &[],
            want,
        );
    };
    check(&["-", "-"], "create 0");
    check(&["p", "-"], "");
    check(&["r", "-"], "");
    check(&["+", "-"], "create 1");
    check(&["+d", "-"], "");
    check(&["+", "-", "+"], "create 1");
    check(&["x", "-"], "delete 0");
    check(&["xd", "-"], "");
    check(&["+", "+"], "");
}

#[test]
fn ordered_pods_go_one_by_one_wl_24() {
    let check = |replicas: &[&str], condemned: &[&str], want| {
        check(
            PodManagementPolicy::OrderedReady,
            Some(0),
            replicas,
            condemned,
            want,
        );
    };
    check(&["+"], &["+", "+"], "delete c0");
    check(&["+"], &["+d", "+"], "");
    check(&["p"], &["+"], "");
    check(&["+"], &["p", "+"], "delete c0");
    check(&["+"], &["p", "p"], "");
    check(&["+"], &["+", "p"], "delete c0");
    check(&["+o"], &["+"], "delete c0");
}

#[test]
fn parallel_pods_come_and_go_at_once_wl_25() {
    let check = |replicas: &[&str], condemned: &[&str], want| {
        check(
            PodManagementPolicy::Parallel,
            Some(0),
            replicas,
            condemned,
            want,
        );
    };
    check(&["-", "p", "-"], &[], "create 0, create 2");
    check(&["x", "-"], &["+", "pd"], "delete 0, create 1, delete c0");
    check(&["+o", "+o"], &["+"], "delete c0, renew 1");
    check(&["+o", "-"], &[], "create 1");
}

#[test]
fn an_update_goes_from_the_top_down_to_the_partition_wl_26() {
    for policy in [
        PodManagementPolicy::OrderedReady,
        PodManagementPolicy::Parallel,
    ] {
        let check = |partition, replicas: &[&str], want| {
            check(policy, partition, replicas, &[], want);
        };
        check(Some(0), &["+o", "+o", "+o"], "renew 2");
        check(Some(0), &["+o", "+o", "+"], "renew 1");
        check(Some(2), &["+o", "+o", "+"], "");
        check(Some(9), &["+o"], "");
        check(None, &["+o", "+o", "+o"], "");
    }
    let parallel = PodManagementPolicy::Parallel;
    check(parallel, Some(0), &["+o", "+o", "r"], &[], "");
    check(parallel, Some(0), &["+o", "+o", "+od"], &[], "");
    check(parallel, Some(0), &["+o", "po", "+"], &[], "renew 1");
}

fn spec(replicas: i32) -> StatefulSetSpec {
    StatefulSetSpec {
        replicas,
        first_ordinal: 0,
        selector: LabelSelector(vec![Requirement::equals("app", "web")]),
        template: template("app:1"),
        pod_management_policy: PodManagementPolicy::OrderedReady,
        update_strategy: UpdateStrategy::Partitioned { partition: 0 },
        min_ready: Span::ZERO,
        revision_history_limit: 10,
    }
}

impl Stage {
    fn put_db(&mut self, spec: StatefulSetSpec) {
        self.apply(Object::StatefulSet(manifest("StatefulSet", "db", spec)));
        self.settle();
    }

    fn edit_db(&mut self, edit: impl FnOnce(&mut StatefulSetSpec)) {
        let mut spec = self.world.statefulset(DB).spec.clone();
        edit(&mut spec);
        self.put_db(spec);
    }

    fn names(&self) -> Vec<&str> {
        self.pods().iter().map(|(_, pod)| &*pod.name).collect()
    }

    /// The images of the pods, by name.
    fn images(&self) -> Vec<&str> {
        let mut pods = self.pods();
        pods.sort_by_key(|(_, pod)| &pod.name);
        let image = |pod| &*self.world.template_of(pod).spec.containers[0].image;
        pods.into_iter().map(|(_, pod)| image(pod)).collect()
    }

    /// `replicas ready available current updated`.
    fn db_status(&self) -> [i32; 5] {
        let status = &self.world.statefulset(DB).status;
        let counts = [status.replicas, status.ready, status.available];
        [
            counts[0],
            counts[1],
            counts[2],
            status.current,
            status.updated,
        ]
    }
}

fn running(spec: StatefulSetSpec) -> Stage {
    let mut stage = Stage::new(3);
    stage.put_db(spec);
    stage.play();
    stage
}

#[test]
fn pods_are_named_by_ordinal_wl_21() {
    let mut spec = spec(2);
    spec.first_ordinal = 5;
    let mut stage = Stage::new(1);
    stage.put_db(spec);
    assert_eq!(stage.names(), ["db-5"]);
    stage.play();
    assert_eq!(stage.names(), ["db-5", "db-6"]);
    let (_, pod) = stage.pods()[1];
    let label = |key| pod.labels.get(key).map(|value| &**value);
    assert_eq!(label("apps.kubernetes.io/pod-index"), Some("6"));
    assert_eq!(label("statefulset.kubernetes.io/pod-name"), Some("db-6"));
    assert_eq!(pod.attempt, 1);
    assert!(stage.world.statefulset(DB).rolled_out);
}

/// The recording `sts-rollout`.
#[test]
fn an_update_waits_for_each_pod_wl_26() {
    let mut stage = running(spec(3));
    stage.edit_db(|spec| spec.template = template("app:2"));
    assert_eq!(stage.choose(|pod| pod.deletion.is_some()).len(), 1);
    assert_eq!(stage.db_status(), [3, 3, 3, 2, 0]);
    stage.end_deletions();
    assert_eq!(stage.images(), ["app:1", "app:1", "app:2"]);
    assert_eq!(stage.db_status(), [3, 2, 2, 2, 1]);
    stage.make_ready(|_| true);
    let second = stage.choose(|pod| pod.deletion.is_some());
    assert_eq!(&*stage.world.pod(second[0]).unwrap().name, "db-1");
    assert!(!stage.world.statefulset(DB).rolled_out);
    stage.play();
    assert_eq!(stage.images(), ["app:2", "app:2", "app:2"]);
    assert_eq!(stage.db_status(), [3, 3, 3, 3, 3]);
    assert!(stage.world.statefulset(DB).rolled_out);
    let (_, pod) = stage.pods()[2];
    assert_eq!(pod.ordinal, 1, "the second pod of its ordinal");
}

/// `TestStatefulSetControlRollingUpdateWithPartition`.
#[test]
fn below_the_partition_the_old_revision_stays_wl_27() {
    let mut stage = running(spec(3));
    stage.edit_db(|spec| {
        spec.template = template("app:2");
        spec.update_strategy = UpdateStrategy::Partitioned { partition: 2 };
    });
    stage.play();
    assert_eq!(stage.images(), ["app:1", "app:1", "app:2"]);
    assert!(stage.world.statefulset(DB).rolled_out);
    let lowest = stage.choose(|pod| &*pod.name == "db-0")[0];
    stage.world.request_deletion(lowest, Span::ZERO);
    stage.play();
    assert_eq!(stage.images(), ["app:1", "app:1", "app:2"]);
    stage.edit_db(|spec| {
        spec.update_strategy = UpdateStrategy::Partitioned { partition: 0 };
    });
    stage.play();
    assert_eq!(stage.images(), ["app:2", "app:2", "app:2"]);
}

#[test]
fn on_delete_renews_only_what_is_deleted_wl_26() {
    let mut on_delete = spec(2);
    on_delete.update_strategy = UpdateStrategy::OnDelete;
    let mut stage = running(on_delete);
    stage.edit_db(|spec| spec.template = template("app:2"));
    stage.play();
    assert_eq!(stage.images(), ["app:1", "app:1"]);
    let lowest = stage.choose(|pod| &*pod.name == "db-0")[0];
    stage.world.request_deletion(lowest, Span::ZERO);
    stage.play();
    assert_eq!(stage.images(), ["app:2", "app:1"]);
}

/// `TestStatefulSetControlScaleDownDeleteError` and its like: one at a time, each gone before the next.
#[test]
fn scaling_down_waits_for_the_end_of_each_pod_wl_24() {
    let mut stage = running(spec(3));
    stage.edit_db(|spec| spec.replicas = 1);
    assert_eq!(stage.choose(|pod| pod.deletion.is_some()).len(), 1);
    stage.end_deletions();
    assert_eq!(stage.names(), ["db-0", "db-1"]);
    assert_eq!(stage.choose(|pod| pod.deletion.is_some()).len(), 1);
    stage.play();
    assert_eq!(stage.names(), ["db-0"]);
}

#[test]
fn ended_pods_are_renewed_once_they_are_gone_wl_23() {
    for phase in [Phase::Failed, Phase::Succeeded] {
        let mut stage = running(spec(1));
        let pod = stage.pods()[0].0;
        stage.set_phase(pod, phase);
        stage.settle();
        assert_eq!(stage.names(), ["db-0"]);
        assert!(stage.pods()[0].1.number.0 > 0, "deleted and created again");
    }
}

/// Fact 27.
#[test]
fn a_pod_on_a_dead_node_blocks_its_ordinal_wl_28() {
    let mut stage = running(spec(2));
    let pod = stage.choose(|pod| &*pod.name == "db-1")[0];
    stage.world.report(pod, &PodUpdate::Ready(false));
    stage.world.request_deletion(pod, Span::from_secs(30));
    stage.settle();
    assert_eq!(stage.names().len(), 2);
    stage.end_deletions();
    assert_eq!(stage.names(), ["db-0", "db-1"]);
}

#[test]
fn the_next_pod_waits_for_min_ready_seconds_wl_22() {
    let mut stage = Stage::new(1);
    let mut spec = spec(2);
    spec.min_ready = Span::from_secs(10);
    stage.put_db(spec);
    stage.at(5);
    stage.make_ready(|_| true);
    let synced = stage.sync_statefulset(DB);
    assert_eq!(synced.look_again_at, [Time::ZERO + Span::from_secs(15)]);
    assert_eq!(stage.names(), ["db-0"]);
    stage.at(15);
    stage.sync_statefulset(DB);
    assert_eq!(stage.names(), ["db-0", "db-1"]);
}

#[test]
fn parallel_pods_are_created_in_growing_batches_wl_25() {
    let mut stage = Stage::new(1);
    let mut spec = spec(6);
    spec.pod_management_policy = PodManagementPolicy::Parallel;
    stage.apply(Object::StatefulSet(manifest("StatefulSet", "db", spec)));
    let synced = stage.sync_statefulset(DB);
    assert_eq!(synced.batches, [1, 2, 3]);
}

/// `TestStatefulSetControlLimitsHistory`.
#[test]
fn revisions_beyond_the_limit_go() {
    let mut limited = spec(1);
    limited.revision_history_limit = 1;
    let mut stage = running(limited);
    for image in ["app:2", "app:3", "app:4"] {
        stage.edit_db(|spec| spec.template = template(image));
        stage.play();
    }
    let history = &stage.world.statefulset(DB).history;
    let numbers: Vec<i64> = history.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [3, 4]);
    stage.edit_db(|spec| spec.template = template("app:3"));
    stage.play();
    let history = &stage.world.statefulset(DB).history;
    let mut numbers: Vec<i64> = history.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        [4, 5],
        "an old revision that comes back has the highest number"
    );
}
