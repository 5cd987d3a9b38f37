//! A pod's life on its node, as the rules have it; without delays where nothing else is said.

use crate::engine::testing::{Rows, play};

/// A bare pod `p` on the only node.
struct Pod {
    control_plane: &'static str,
    policy: &'static str,
    annotations: &'static str,
    init: &'static str,
    containers: &'static str,
    /// More of its spec.
    more: &'static str,
    actions: String,
}

const POD: Pod = Pod {
    control_plane: "ideal",
    policy: "Never",
    annotations: "",
    init: "",
    containers: "{name: c, image: a}",
    more: "",
    actions: String::new(),
};

impl Pod {
    fn play(&self) -> Rows {
        let Self {
            control_plane,
            policy,
            annotations,
            init,
            containers,
            more,
            actions,
        } = self;
        play(
            &format!(
                "  cluster: {{controlPlane: {control_plane}, pools: [{{name: w, count: 1}}]}}\n  duration: 20m\n  \
                 manifests:\n  - apiVersion: v1\n    kind: Pod\n    metadata: {{name: p, annotations: {{{annotations}}}}}\n    \
                 spec: {{restartPolicy: {policy}, initContainers: [{init}], containers: [{containers}], {more}}}\n  \
                 actions: [{actions}]"
            ),
            1,
        )
    }

    /// What happened to the pod, as `SECONDS EVENT DETAIL`.
    fn story(&self) -> Vec<String> {
        let rows = self.play();
        let rows = rows.0.iter().filter(|row| row.name == "p");
        rows.filter(|row| row.event != "PodCreated" && row.event != "PodScheduled")
            .map(|row| {
                let seconds = (row.t - crate::sim::Time::ZERO).as_secs_f64();
                let line = format!("{seconds} {} {}", row.event, row.detail);
                line.replace("container=", "").trim_end().to_owned()
            })
            .collect()
    }
}

/// KUB-2, KUB-3, KUB-4, KUB-13, KUB-14, KUB-15, KUB-33: one after the other, Running when the last one has started.
/// KUB-5, KUB-7, KUB-27: the sidecar goes when the others have ended, and its exit code counts for nothing.
#[test]
fn containers_start_in_order_and_sidecars_go_last() {
    let pod = Pod {
        annotations: "podtime/run.a: 2s, podtime/run.d: 12s",
        init: "{name: a, image: a}, {name: s, image: a, restartPolicy: Always}, {name: b, image: a}",
        containers: "{name: c, image: a}, {name: d, image: a}",
        ..POD
    };
    assert_eq!(
        pod.story(),
        [
            "1 ContainerStarted a restarts=0",
            "3 ContainerExited a exit_code=0",
            "4 ContainerStarted s restarts=0",
            "5 ContainerStarted b restarts=0",
            "6 ContainerExited b exit_code=0",
            "7 ContainerStarted c restarts=0",
            "8 ContainerStarted d restarts=0",
            "8 PodStarted",
            "8 PodReady",
            "17 ContainerExited c exit_code=0",
            "17 PodNotReady",
            "20 ContainerExited d exit_code=0",
            "21 ContainerExited s exit_code=143",
            "21 PodSucceeded",
        ]
    );
}

/// KUB-1.
#[test]
fn an_init_container_that_fails_for_good_fails_the_pod() {
    let pod = Pod {
        annotations: "podtime/exit-code.a: '3'",
        init: "{name: a, image: a}, {name: b, image: a}",
        ..POD
    };
    assert_eq!(
        pod.story(),
        [
            "1 ContainerStarted a restarts=0",
            "2 ContainerExited a exit_code=3",
            "2 PodFailed exit_code=3",
        ]
    );
}

/// KUB-13: as the pod's policy says, with the crash back-off (KUB-25).
#[test]
fn an_init_container_is_restarted_until_it_succeeds() {
    let pod = Pod {
        policy: "OnFailure",
        annotations: "podtime/exit-code.a: '3, 3, 0'",
        init: "{name: a, image: a}",
        ..POD
    };
    assert_eq!(
        pod.play().times("ContainerStarted", "p"),
        [1.0, 3.0, 15.0, 17.0],
        "a at once, a after 10 s, then c"
    );
}

/// KUB-5, KUB-8, KUB-9, KUB-28: in place, waiting longer and longer; the phase stays Running meanwhile.
#[test]
fn a_crash_loop_is_a_running_pod() {
    let pod = Pod {
        policy: "OnFailure",
        annotations: "podtime/run: 5s, podtime/exit-code: '1, 1, 0'",
        ..POD
    };
    assert_eq!(
        pod.story(),
        [
            "1 ContainerStarted c restarts=0",
            "1 PodStarted",
            "1 PodReady",
            "6 ContainerExited c exit_code=1",
            "6 PodNotReady",
            "7 ContainerStarted c restarts=1",
            "7 PodReady",
            "12 ContainerExited c exit_code=1",
            "12 ContainerBackoff c wait_s=10.000",
            "12 PodNotReady",
            "23 ContainerStarted c restarts=2",
            "23 PodReady",
            "28 ContainerExited c exit_code=0",
            "28 PodNotReady",
            "28 PodSucceeded",
        ]
    );
}

/// KUB-T2: 0, 10, 20, 40, 80, 160, 300 s between an exit and the next start, which takes a second.
#[test]
fn restarts_are_spaced_kub_t2() {
    let pod = Pod {
        policy: "Always",
        annotations: "podtime/run: 1s, podtime/exit-code: '1'",
        ..POD
    };
    let starts = pod.play().times("ContainerStarted", "p");
    let gaps: Vec<f64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let waits = [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0];
    assert_eq!(gaps, waits.map(|wait| wait + 2.0));
}

/// KUB-C2, KUB-26: drawn out by up to a half, but each look is at most 90 s ahead.
#[test]
fn restarts_are_drawn_out() {
    let pod = Pod {
        control_plane: "{profile: ideal, kubelet: {profile: kubernetes}}",
        policy: "Always",
        annotations: "podtime/run: 1s, podtime/exit-code: '1', podtime/startup: 0s",
        ..POD
    };
    let rows = pod.play();
    let (starts, exits) = (
        rows.times("ContainerStarted", "p"),
        rows.times("ContainerExited", "p"),
    );
    let waits = [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0];
    let mut extra = 0.0;
    for (at, wait) in waits.into_iter().enumerate() {
        let waited = starts[at + 1] - exits[at];
        let most = f64::min(wait * 1.5, wait + 90.0);
        // An exit is noticed up to a second after it, and the wait counts from the exit.
        assert!(waited > wait - 1.01 && waited <= most, "{wait}: {waited}");
        extra += waited - wait;
    }
    assert!(extra > 10.0, "{extra}");
}

/// KUB-4, KUB-5: it fails when the last container has ended, not when the first one fails.
#[test]
fn a_pod_fails_when_all_its_containers_are_over() {
    let pod = Pod {
        annotations: "podtime/run.d: 60s, podtime/exit-code.c: '9'",
        containers: "{name: c, image: a}, {name: d, image: a}",
        ..POD
    };
    let rows = pod.play();
    assert_eq!(rows.times("ContainerExited", "p"), [11.0, 62.0]);
    assert_eq!(rows.times("PodFailed", "p"), [62.0]);
}

/// KUB-33, KUB-34: Ready when every container is, the sidecars among them.
#[test]
fn a_pod_is_ready_when_all_its_containers_are() {
    let pod = Pod {
        annotations: "podtime/ready-after.s: 30s, podtime/ready-after.c: 5s, podtime/run.c: 100s",
        init: "{name: s, image: a, restartPolicy: Always}",
        ..POD
    };
    let rows = pod.play();
    assert_eq!(rows.times("ContainerStarted", "p"), [1.0, 2.0]);
    assert_eq!(rows.times("PodReady", "p"), [31.0]);
}

/// KUB-10: what does not fit is refused for good.
#[test]
fn a_kubelet_refuses_what_does_not_fit() {
    let cases = [
        (
            "nodeName: w-1, nodeSelector: {no: where}",
            "reason=NodeAffinity",
        ),
        (
            "nodeName: w-1, resources: {requests: {cpu: 1000, memory: 1Gi}}",
            "reason=OutOfcpu",
        ),
        (
            "nodeName: w-1, resources: {requests: {cpu: 1, memory: 1Ti}}",
            "reason=OutOfmemory",
        ),
    ];
    for (more, reason) in cases {
        let story = Pod { more, ..POD }.story();
        assert_eq!(story, [format!("0 PodFailed {reason}")]);
    }
}

/// KUB-10, KUB-11: two pods on a node for one; a third beside them starts while the first does.
#[test]
fn pods_start_side_by_side_as_far_as_there_is_room() {
    let pod = |name: &str| {
        format!(
            "  - {{apiVersion: v1, kind: Pod, metadata: {{name: {name}, annotations: {{podtime/startup: 5s}}}}, \
             spec: {{nodeName: w-1, containers: [{{name: c, image: a}}]}}}}\n"
        )
    };
    let rows = play(
        &format!(
            "  cluster: {{controlPlane: ideal, pools: [{{name: w, count: 1, node: {{status: {{allocatable: \
             {{cpu: 4, memory: 8Gi, pods: 2}}}}}}}}]}}\n  duration: 1m\n  manifests:\n{}{}{}",
            pod("p0"),
            pod("p1"),
            pod("p2")
        ),
        1,
    );
    assert_eq!(rows.times("PodStarted", "p"), [5.0, 5.0]);
    let failed: Vec<_> = rows
        .0
        .iter()
        .filter(|row| row.event == "PodFailed")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (&*failed[0].name, &*failed[0].detail),
        ("p2", "reason=OutOfpods")
    );
}

/// KUB-12, KUB-46: the deadline counts from when the kubelet took the pod, not from its creation.
#[test]
fn the_deadline_of_a_pod_counts_from_its_node() {
    let pod = Pod {
        annotations: "podtime/run: forever",
        more: "activeDeadlineSeconds: 60",
        actions: "{at: 0s, kubectl: cordon w-1}, {at: 20s, kubectl: uncordon w-1}".to_owned(),
        ..POD
    };
    let rows = pod.play();
    let failed: Vec<_> = rows
        .0
        .iter()
        .filter(|row| row.event == "PodFailed")
        .collect();
    assert_eq!(failed.len(), 1);
    let started = rows.times("PodScheduled", "p")[0];
    let at = (failed[0].t - crate::sim::Time::ZERO).as_secs_f64();
    assert!((at - started - 61.0).abs() < 1e-9, "a second to stop: {at}");
    assert!(failed[0].detail.starts_with("reason=DeadlineExceeded"));
}

/// KUB-C1, KUB-17: what a container does by itself is seen at the next relist, and a start at once. KUB-T1.
#[test]
fn exits_are_noticed_at_the_next_relist_kub_t1() {
    let pod = Pod {
        control_plane: "kubernetes",
        annotations: "podtime/run.c: 5s, podtime/run.d: 7300ms",
        containers: "{name: c, image: a}, {name: d, image: a}",
        ..POD
    };
    let rows = pod.play();
    let (starts, exits) = (
        rows.times("ContainerStarted", "p"),
        rows.times("ContainerExited", "p"),
    );
    let late = |at: usize, run: f64| exits[at] - starts[at] - run;
    for late in [late(0, 5.0), late(1, 7.3)] {
        assert!((0.0..1.01).contains(&late), "{late}");
    }
    let apart = exits[1] - exits[0];
    assert!(
        (apart - apart.round()).abs() < 1e-6,
        "whole periods: {apart}"
    );
    let ended = rows.times("PodSucceeded", "p");
    assert!((exits[1]..exits[1] + 0.05).contains(&ended[0]), "{ended:?}");
}

/// KUB-21, KUB-22: one image at a time, first come first served; one that is there is not pulled.
#[test]
fn images_are_pulled_one_after_the_other() {
    let pod = |name: &str, image: &str| {
        format!(
            "  - {{apiVersion: v1, kind: Pod, metadata: {{name: {name}, annotations: {{podtime/image-pull: 10s}}}}, \
             spec: {{nodeName: w-1, containers: [{{name: c, image: '{image}'}}]}}}}\n"
        )
    };
    let run = |kubelet: &str, images: [&str; 3]| {
        let manifests = [
            pod("p0", images[0]),
            pod("p1", images[1]),
            pod("p2", images[2]),
        ];
        play(
            &format!(
                "  cluster: {{controlPlane: {{profile: ideal, kubelet: {{profile: ideal{kubelet}}}}}, pools: \
                 [{{name: w, count: 1}}]}}\n  duration: 5m\n  manifests:\n{}",
                manifests.concat(),
            ),
            1,
        )
        .times("PodStarted", "p")
    };
    let three = ["a:1", "b:1", "c:1"];
    assert_eq!(run("", three), [11.0, 21.0, 31.0]);
    assert_eq!(
        run(", serializeImagePulls: false", three),
        [11.0, 11.0, 11.0]
    );
    assert_eq!(
        run(
            ", serializeImagePulls: false, maxParallelImagePulls: 2",
            three
        ),
        [11.0, 11.0, 21.0]
    );
    // Whoever wants an image that is on its way waits for it, and for those before it.
    assert_eq!(run("", ["a:1", "a:1", "a:1"]), [11.0, 11.0, 11.0]);
    assert_eq!(run("", ["a:1", "b:1", "a:1"]), [11.0, 21.0, 21.0]);
    let again = Pod {
        policy: "Always",
        annotations: "podtime/image-pull: 10s, podtime/run: 5s",
        containers: "{name: c, image: 'a:1'}",
        ..POD
    };
    let starts = again.play().times("ContainerStarted", "p");
    assert_eq!(starts[..2], [11.0, 17.0], "the image is there");
}

/// KUB-41, KUB-44, KUB-45: all at once, and the phase is told with the end of the last; then the object goes.
#[test]
fn a_deleted_pod_runs_until_its_last_container_has_stopped() {
    let pod = Pod {
        annotations: "podtime/run.c: forever, podtime/run.d: forever, podtime/terminate.c: 5s, podtime/terminate.d: 20s",
        containers: "{name: c, image: a}, {name: d, image: a}",
        actions: "{at: 100s, kubectl: delete pod p}".to_owned(),
        ..POD
    };
    assert_eq!(
        pod.story()[4..],
        [
            "100 PodDeleting grace_s=30.000",
            "105 ContainerExited c exit_code=143",
            "105 PodNotReady",
            "120 ContainerExited d exit_code=143",
            "120 PodFailed exit_code=143",
            "120 PodDeleted",
        ]
    );
}

/// KUB-40, KUB-41, KUB-42, KUB-43: the grace period is everybody's together; 2 s are the least. KUB-T3.
#[test]
fn what_does_not_stop_is_killed_kub_t3() {
    let alone = "podtime/run: forever, podtime/terminate: 10m";
    let with_sidecar = "podtime/run: forever, podtime/terminate: 10m, podtime/terminate.s: 10m";
    let sidecar = "{name: s, image: a, restartPolicy: Always}";
    let cases = [
        // (annotations, init containers, grace period, ends of c and s)
        (alone, "", "", &[130.0][..]),
        (alone, "", " --grace-period 7", &[107.0]),
        (alone, "", " --grace-period 1", &[102.0]), // KUB-C10
        (with_sidecar, sidecar, "", &[130.0, 132.0]),
    ];
    for (annotations, init, grace, ends) in cases {
        let rows = Pod {
            annotations,
            init,
            actions: format!("{{at: 100s, kubectl: delete pod p{grace}}}"),
            ..POD
        }
        .play();
        assert_eq!(rows.times("ContainerExited", "p"), ends, "{grace}");
        assert_eq!(rows.times("PodDeleted", "p"), ends[ends.len() - 1..]);
        let exits = rows.0.iter().filter(|row| row.event == "ContainerExited");
        assert!(exits.into_iter().all(|row| row.detail.ends_with("137")));
    }
    let rows = Pod {
        annotations: "podtime/run.c: forever, podtime/terminate.c: 10s, podtime/terminate.s: 10m",
        init: "{name: s, image: a, restartPolicy: Always}",
        actions: "{at: 100s, kubectl: delete pod p}".to_owned(),
        ..POD
    }
    .play();
    assert_eq!(rows.times("ContainerExited", "p"), [110.0, 130.0]);
}
