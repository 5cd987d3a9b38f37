//! The decisions as tables, after upstream's own, and rollouts of a small cluster without delays.

use super::bounds::Bounds;
use super::family::{Member, Scaling};
use super::rolling::{scale_down, scale_up};
use super::scaling::{Situation, scale};
use crate::controllers::testing::{Stage, manifest, template};
use crate::model::{
    Cascade, CountOrPercent, DeploymentSpec, DeploymentStrategy, LabelSelector, Object, Requirement,
};
use crate::sim::{Span, Time};
use crate::world::{
    Call, Deployment, DeploymentId, OwnerRef, PodUpdate, ProgressReason, ReplicaSet, ReplicaSetId,
};
use CountOrPercent::{Count, Percent};

const WEB: DeploymentId = DeploymentId(0);

fn spec(
    replicas: i32,
    max_surge: CountOrPercent,
    max_unavailable: CountOrPercent,
) -> DeploymentSpec {
    DeploymentSpec {
        replicas,
        selector: LabelSelector(vec![Requirement::equals("app", "web")]),
        template: template("app:1"),
        strategy: DeploymentStrategy::RollingUpdate {
            max_unavailable,
            max_surge,
        },
        min_ready: Span::ZERO,
        revision_history_limit: 10,
        progress_deadline: Span::from_secs(600),
        paused: false,
    }
}

fn default_spec(replicas: i32) -> DeploymentSpec {
    spec(replicas, Percent(25), Percent(25))
}

fn bounds(replicas: i32, max_surge: i32, max_unavailable: i32) -> Bounds {
    Bounds::of(&spec(replicas, Count(max_surge), Count(max_unavailable)))
}

fn member(id: u32, replicas: i64, available: i64) -> Member {
    Member {
        id: ReplicaSetId(id),
        replicas,
        available,
        most: 0,
        desired: 0,
    }
}

/// After `TestResolveFenceposts` (`deployment_util_test.go`) and the examples of WL-2.
#[test]
fn percentages_round_towards_a_rollout_that_moves_wl_2() {
    let check = |surge, unavailable, replicas, want: (i64, i64)| {
        let found = Bounds::of(&spec(replicas, surge, unavailable));
        let name = format!("{surge:?}, {unavailable:?} of {replicas}");
        assert_eq!((found.surge, found.unavailable), want, "{name}");
    };
    check(Percent(39), Percent(39), 10, (4, 3));
    check(Count(0), Percent(39), 10, (0, 3));
    check(Percent(39), Count(0), 10, (4, 0));
    check(Count(0), Count(0), 10, (0, 1));
    check(Percent(0), Percent(0), 0, (0, 0)); // Upstream's `MaxUnavailable` is 0 of no replicas.
    check(Percent(25), Percent(25), 1, (1, 0));
    check(Percent(25), Percent(25), 3, (1, 0));
    check(Percent(25), Percent(25), 4, (1, 1));
    check(Percent(25), Percent(25), 10, (3, 2));
    check(Count(1), Count(10), 5, (1, 5));
}

/// `TestDeploymentController_reconcileNewReplicaSet` (`rolling_test.go`), `TestNewRSNewReplicas`.
#[test]
fn the_new_set_grows_as_far_as_the_surge_allows_wl_3() {
    let check = |replicas, surge, old, new, want: Option<i64>| {
        let found = scale_up(
            &bounds(replicas, surge, 0),
            member(1, new, new),
            &[member(0, old, old)],
        );
        let name = format!("{old} old and {new} new of {replicas}+{surge}");
        assert_eq!(found.map(|(_, size)| size), want, "{name}");
    };
    check(10, 0, 10, 0, None);
    check(10, 2, 10, 0, Some(2));
    check(10, 2, 5, 0, Some(7));
    check(10, 2, 10, 2, None);
    check(10, 2, 2, 11, Some(10));
    check(6, 10, 5, 2, Some(6));
}

/// `TestDeploymentController_reconcileOldReplicaSets`, `_cleanupUnhealthyReplicas` and
/// `_scaleDownOldReplicaSetsForRollingUpdate` (`rolling_test.go`).
#[test]
fn old_sets_shrink_as_far_as_availability_allows_wl_4() {
    let check = |name: &str, unavailable, new: (i64, i64), old: &[(i64, i64)], want: &[Scaling]| {
        let old: Vec<Member> = (0..)
            .zip(old)
            .map(|(id, &(replicas, available))| member(id, replicas, available))
            .collect();
        let new = member(9, new.0, new.1);
        assert_eq!(
            scale_down(&bounds(10, 1, unavailable), new, &old),
            want,
            "{name}"
        );
    };
    let to = |id, size| (ReplicaSetId(id), size);
    check("none may be missing", 0, (0, 0), &[(10, 10)], &[]);
    check(
        "a surge pod is available",
        0,
        (1, 1),
        &[(10, 10)],
        &[to(0, 9)],
    );
    check("two may be missing", 2, (0, 0), &[(10, 10)], &[to(0, 8)]);
    check("the unhealthy go first", 2, (0, 0), &[(10, 8)], &[to(0, 8)]);
    check("then others", 2, (0, 0), &[(10, 9)], &[to(0, 9), to(0, 8)]);
    check("new ones are not available", 2, (2, 0), &[(8, 8)], &[]);
    check(
        "rolled over",
        2,
        (0, 0),
        &[(3, 0), (10, 10)],
        &[to(0, 0), to(1, 8)],
    );
    check(
        "the oldest first",
        5,
        (0, 0),
        &[(3, 3), (7, 7)],
        &[to(0, 0), to(1, 5)],
    );
    check("on its way down still", 2, (0, 0), &[(9, 10)], &[]);
    check("nothing old", 2, (10, 10), &[], &[]);
}

/// `TestScale` (`sync_test.go`): the sizes before and after, the oldest set first.
#[test]
fn scaling_keeps_the_proportions() {
    // Replicas and surge before and after; old sets and the new one, each with its size before and after.
    type Case<'a> = (&'a str, [i32; 4], &'a [(i64, i64)], Option<(i64, i64)>);
    let cases: &[Case<'_>] = &[
        ("10 -> 12", [10, 0, 12, 0], &[], Some((10, 12))),
        ("10 -> 5", [10, 0, 5, 0], &[], Some((10, 5))),
        ("5 -> 10", [5, 0, 10, 0], &[(3, 6)], Some((2, 4))),
        ("5 -> 3", [5, 0, 3, 0], &[(3, 2)], Some((2, 1))),
        ("9 -> 4", [9, 0, 4, 0], &[(1, 0)], Some((8, 4))),
        ("7 -> 10", [7, 0, 10, 0], &[(2, 3), (3, 4)], Some((2, 3))),
        ("13 -> 8", [13, 0, 8, 0], &[(3, 2), (8, 5)], Some((2, 1))),
        ("3 -> 4", [3, 0, 4, 0], &[(1, 1), (1, 1)], Some((1, 2))),
        ("3 -> 2", [3, 0, 2, 0], &[(1, 0), (1, 1)], Some((1, 1))),
        ("no new set: 4 -> 5", [4, 0, 5, 0], &[(2, 2), (2, 3)], None),
        ("6 -> 0", [6, 0, 0, 0], &[(1, 0), (2, 0)], Some((3, 0))),
        ("0 -> 6", [6, 0, 6, 0], &[(0, 0), (0, 0)], Some((0, 6))),
        ("with surge", [10, 2, 20, 2], &[(6, 11)], Some((6, 11))),
        (
            "both surge and size",
            [10, 3, 50, 6],
            &[(8, 34)],
            Some((5, 22)),
        ),
        (
            "size and template",
            [10, 0, 14, 0],
            &[(3, 4), (7, 10)],
            None,
        ),
        (
            "saturated but broken",
            [2, 1, 2, 1],
            &[(1, 1)],
            Some((2, 2)),
        ),
    ];
    for (name, [before, surge_before, after, surge], old, new) in cases {
        let known = bounds(*before, *surge_before, 0);
        let noted = |mut member: Member| {
            (member.most, member.desired) = (known.most(), known.replicas);
            member
        };
        let sets: Vec<(Member, i64)> = (0..)
            .zip(old.iter().chain(new))
            .map(|(id, &(size, want))| (noted(member(id, size, 0)), want))
            .collect();
        let members: Vec<Member> = sets.iter().map(|(member, _)| *member).collect();
        let (old, rest) = members.split_at(old.len());
        let scalings = scale(&Situation {
            bounds: bounds(*after, *surge, 1),
            is_recreated: false,
            pods: 0,
            new: rest.first().copied(),
            old,
        });
        for (member, want) in &sets {
            let mut written = scalings.iter().filter(|(id, _)| *id == member.id);
            let size = written
                .next_back()
                .map_or(member.replicas, |(_, size)| *size);
            assert_eq!(size, *want, "{name}, set {:?}", member.id);
        }
    }
}

impl Stage {
    fn deploy(&mut self, spec: DeploymentSpec) {
        self.apply(Object::Deployment(manifest("Deployment", "web", spec)));
        self.settle();
    }

    fn edit(&mut self, edit: impl FnOnce(&mut DeploymentSpec)) {
        let mut spec = self.web().spec.clone();
        edit(&mut spec);
        self.deploy(spec);
    }

    fn set_image(&mut self, image: &str) {
        self.edit(|spec| spec.template = template(image));
    }

    fn web(&self) -> &Deployment {
        self.world.deployment(WEB)
    }

    /// Those that exist, the oldest first.
    fn sets(&self) -> Vec<&ReplicaSet> {
        let ids = self.web().replicasets.iter();
        ids.map(|&id| self.world.replicaset(id)).collect()
    }

    /// Their sizes.
    fn sizes(&self) -> Vec<i32> {
        self.sets().iter().map(|set| set.spec.replicas).collect()
    }

    fn reason(&self) -> ProgressReason {
        self.web().status.progress.unwrap().reason
    }
}

/// A Deployment whose pods are all Ready.
fn running(spec: DeploymentSpec) -> Stage {
    let mut stage = Stage::new(3);
    stage.deploy(spec);
    stage.play();
    stage
}

#[test]
fn a_deployment_makes_a_set_that_makes_pods_wl_11() {
    let stage = running(default_spec(3));
    let sets = stage.sets();
    let name = &*sets[0].meta.name;
    let hash = name.strip_prefix("web-").unwrap();
    let pods = stage.pods();
    assert_eq!(pods.len(), 3);
    for (_, pod) in pods {
        assert_eq!(
            pod.labels.get("pod-template-hash").map(|v| &**v),
            Some(hash)
        );
        assert!(pod.name.starts_with(&format!("{name}-")), "{}", pod.name);
        assert_eq!(pod.attempt, 1);
        let names = stage.world.names_of(pod);
        assert_eq!(names[..2], [("ReplicaSet", name), ("Deployment", "web")]);
    }
    assert!(stage.web().rolled_out);
    assert_eq!(stage.reason(), ProgressReason::NewReplicaSetAvailable);
}

/// The recording `deploy-rollout`: 6 replicas, 25 % each way.
#[test]
fn a_rollout_goes_step_by_step_wl_3_wl_4() {
    let mut stage = running(default_spec(6));
    stage.set_image("app:2");
    assert_eq!(stage.sizes(), [5, 3]);
    assert!(!stage.web().rolled_out);
    stage.make_ready(|pod| pod.number.0 == 6);
    assert_eq!(stage.sizes(), [4, 4]);
    stage.play();
    assert_eq!(stage.sizes(), [0, 6]);
    assert_eq!(stage.pods().len(), 6);
    assert!(stage.web().rolled_out);
}

#[test]
fn a_broken_version_stops_the_rollout_and_a_rollback_ends_it_wl_4() {
    let mut stage = running(default_spec(4));
    stage.set_image("app:broken");
    stage.end_deletions();
    assert_eq!(stage.sizes(), [3, 2]);
    stage.set_image("app:1");
    stage.play();
    assert_eq!(stage.sizes(), [4, 0]);
    let numbers: Vec<i64> = stage.sets().iter().map(|set| set.notes().number).collect();
    assert_eq!(numbers, [3, 2], "the old set is the newest again");
}

#[test]
fn recreate_waits_for_the_last_old_pod_wl_5() {
    let mut spec = default_spec(2);
    spec.strategy = DeploymentStrategy::Recreate;
    let mut stage = running(spec);
    stage.set_image("app:2");
    assert_eq!(stage.sizes(), [0]);
    let old = stage.choose(|pod| pod.deletion.is_some());
    assert_eq!(old.len(), 2);
    stage.world.remove_pod(old[0]);
    stage.settle();
    assert_eq!(stage.sizes(), [0], "one is left");
    stage.world.remove_pod(old[1]);
    stage.settle();
    assert_eq!(stage.sizes(), [0, 2]);
}

#[test]
fn a_paused_deployment_scales_and_rolls_out_later() {
    let mut stage = running(default_spec(4));
    stage.edit(|spec| {
        spec.paused = true;
        spec.template = template("app:2");
        spec.replicas = 6;
    });
    assert_eq!(stage.sizes(), [6]);
    assert_eq!(stage.reason(), ProgressReason::DeploymentPaused);
    stage.edit(|spec| spec.paused = false);
    stage.play();
    assert_eq!(stage.sizes(), [0, 6]);
}

#[test]
fn scaling_in_the_middle_of_a_rollout_is_no_step_of_it() {
    let mut stage = running(default_spec(10));
    stage.set_image("app:2");
    assert_eq!(stage.sizes(), [8, 5]);
    stage.edit(|spec| spec.replicas = 20);
    assert_eq!(stage.sizes(), [15, 10], "25 of 20 + 5, in proportion");
}

#[test]
fn old_sets_beyond_the_limit_go_wl_7() {
    let mut spec = default_spec(1);
    spec.revision_history_limit = 1;
    let mut stage = running(spec);
    for image in ["app:2", "app:3", "app:4"] {
        stage.set_image(image);
        stage.play();
    }
    assert_eq!(stage.sizes(), [0, 1]);
    let numbers: Vec<i64> = stage.sets().iter().map(|set| set.notes().number).collect();
    assert_eq!(numbers, [3, 4]);
}

#[test]
fn no_progress_until_the_deadline_is_noted_and_the_rollout_goes_on_wl_6() {
    let mut stage = running(default_spec(2));
    stage.at(10);
    stage.set_image("app:2");
    assert_eq!(stage.reason(), ProgressReason::ReplicaSetUpdated);
    stage.at(100);
    let synced = stage.sync_deployment(WEB);
    let deadline = Time::ZERO + Span::from_secs(10 + 600 + 1);
    assert_eq!(synced.look_again_at, [deadline]);
    stage.at(611);
    assert!(stage.sync_deployment(WEB).look_again_at.is_empty());
    assert_eq!(stage.reason(), ProgressReason::ProgressDeadlineExceeded);
    stage.settle();
    stage.play();
    assert_eq!(stage.reason(), ProgressReason::NewReplicaSetAvailable);
    assert_eq!(stage.sizes(), [0, 2]);
}

/// One that was complete cannot time out, so that nobody has to wait for that.
#[test]
fn a_complete_rollout_that_loses_a_pod_is_not_waited_for_wl_6() {
    let mut stage = running(default_spec(2));
    stage.at(1000);
    let pod = stage.pods()[0].0;
    stage.world.report(pod, &PodUpdate::Ready(false));
    stage.settle();
    let synced = stage.sync_deployment(WEB);
    assert_eq!(synced.look_again_at, []);
    assert_eq!(stage.reason(), ProgressReason::NewReplicaSetAvailable);
}

#[test]
fn sets_and_pods_go_with_their_deployment_cp_g1_cp_g2_cp_g3() {
    let gone = |cascade| {
        let mut stage = running(default_spec(2));
        let owner = OwnerRef::Deployment(WEB);
        stage.commit(Call::DeleteObject { owner, cascade });
        stage.settle();
        let deleting = stage.choose(|pod| pod.deletion.is_some()).len();
        let exists = (
            stage.web().exists(),
            stage.world.replicaset(ReplicaSetId(0)).exists(),
        );
        stage.end_deletions();
        let left = (
            stage.web().exists(),
            stage.world.replicaset(ReplicaSetId(0)).exists(),
        );
        (deleting, exists, left)
    };
    assert_eq!(
        gone(Cascade::Background),
        (2, (false, false), (false, false))
    );
    assert_eq!(gone(Cascade::Foreground), (2, (true, true), (false, false)));
    assert_eq!(gone(Cascade::Orphan), (0, (false, true), (false, true)));
}
