//! Pods that nobody else would end, with passes at 5, 25, 45 … s.

use super::{PodGc, QUARANTINE, Suspects};
use crate::api::commit;
use crate::controllers::job::testing::{Bench, Sketch, at, spec};
use crate::controllers::passes::Passes;
use crate::controllers::{Plan, Progress, Reconcile, Wakes};
use crate::model::{Profile, Taint, TaintEffect};
use crate::sim::{Span, Time};
use crate::world::{
    DisruptionReason, NodeChange, NodeId, Phase, PodId, PodReason, PodUpdate, Readiness,
};
use std::collections::BTreeSet;

const NODE: NodeId = NodeId(0);

struct Cluster {
    bench: Bench,
    controller: PodGc,
    due: BTreeSet<(Time, Suspects)>,
}

impl Cluster {
    fn new() -> Self {
        let mut bench = Bench::new(spec(1, None));
        bench.model.control_plane.profile = Profile::Ideal;
        let mut controller = PodGc::new(0, Profile::Kubernetes);
        controller.passes = Passes::known(Span::from_secs(20), Span::from_secs(5));
        Self {
            bench,
            controller,
            due: BTreeSet::new(),
        }
    }

    fn pod(&mut self, sketch: Sketch) -> PodId {
        self.bench.pod(sketch)
    }

    /// Plays the controller up to a second, that second included.
    fn until(&mut self, second: i64) -> &mut Self {
        self.observe();
        while let Some(&(due, key)) = self.due.first()
            && due <= at(second)
        {
            self.due.pop_first();
            self.bench.world.advance(due.max(self.bench.world.now()));
            let mut plan = Plan::default();
            let (view, progress) = (self.bench.view(), Progress::default());
            self.controller.reconcile(view, key, progress, &mut plan);
            for at in std::mem::take(&mut plan.requeues) {
                self.due.insert((at, key));
            }
            for call in plan.steps.into_iter().flat_map(|step| step.calls) {
                commit(&mut self.bench.world, 0, call);
            }
            self.observe();
        }
        self.bench.world.advance(at(second));
        self
    }

    fn observe(&mut self) {
        for change in self.bench.changes() {
            let mut wakes = Wakes(Vec::new());
            self.controller
                .concerns(self.bench.view(), &change, &mut wakes);
            for (key, delay) in wakes.0 {
                self.due.insert((self.bench.world.now() + delay, key));
            }
        }
    }

    fn is_there(&self, pod: PodId) -> bool {
        self.bench.world.live_pod(pod).is_some()
    }

    fn node_is(&mut self, readiness: Readiness) {
        let change = NodeChange::Readiness(readiness);
        self.bench.world.change_node(NODE, change);
    }

    fn take_out_of_service(&mut self) {
        let taint = Taint {
            key: super::OUT_OF_SERVICE.into(),
            value: "nodeshutdown".into(),
            effect: TaintEffect::NoExecute,
        };
        let change = NodeChange::AddTaint(taint);
        self.bench.world.change_node(NODE, change);
    }
}

/// A pod that no finalizer holds.
fn free(sketch: Sketch) -> Sketch {
    Sketch {
        finalizer: false,
        ..sketch
    }
}

#[test]
fn orphans_go_at_the_first_pass_after_the_quarantine_nl_62() {
    // (node removed at, pods gone at)
    for (removed, gone) in [(5, 45), (6, 65), (24, 65), (25, 65), (26, 85)] {
        let mut cluster = Cluster::new();
        let running = cluster.pod(free(Sketch::new(Phase::Running).ready()));
        let held = cluster.pod(Sketch::new(Phase::Running).ready());
        cluster.until(removed).bench.world.remove_node(NODE);
        cluster.until(gone - 1);
        assert!(cluster.is_there(running), "removed at {removed} s");
        cluster.until(gone);
        assert!(!cluster.is_there(running), "removed at {removed} s");
        let row = cluster.bench.world.live_pod(held).unwrap();
        assert_eq!(row.phase, Phase::Failed);
        let reason = Some(DisruptionReason::DeletionByPodGC);
        assert_eq!(
            row.disruption, reason,
            "a finalizer holds it (NL-51, NL-93)"
        );
    }
}

#[test]
fn the_ideal_profile_keeps_the_quarantine_alone() {
    let mut cluster = Cluster::new();
    cluster.controller = PodGc::new(0, Profile::Ideal);
    let pod = cluster.pod(free(Sketch::new(Phase::Running)));
    cluster.until(7).bench.world.remove_node(NODE);
    cluster.until(46);
    assert!(cluster.is_there(pod));
    cluster.until(7 + QUARANTINE.as_secs());
    assert!(!cluster.is_there(pod));
}

#[test]
fn pods_on_a_node_out_of_service_are_let_go_nl_61() {
    // (node, taint, deletion asked for) → gone at the pass at 25 s
    let (ready, lost) = (Readiness::Ready, Readiness::Unknown);
    let cases = [
        (lost, true, true, true),
        (ready, true, true, false),
        (lost, false, true, false),
        (lost, true, false, false),
    ];
    for (readiness, is_tainted, is_deleting, is_gone) in cases {
        let mut cluster = Cluster::new();
        let pod = cluster.pod(free(Sketch::new(Phase::Running)));
        cluster.until(8).node_is(readiness);
        if is_tainted {
            cluster.take_out_of_service();
        }
        if is_deleting {
            let world = &mut cluster.bench.world;
            world.request_deletion(pod, Span::from_secs(30));
        }
        cluster.until(24);
        assert!(cluster.is_there(pod));
        cluster.until(100);
        let name = format!("{readiness:?} {is_tainted} {is_deleting}");
        assert_eq!(!cluster.is_there(pod), is_gone, "{name}");
    }
}

#[test]
fn the_last_of_the_three_makes_it_out_of_service_nl_61() {
    for last in 0..3 {
        let mut cluster = Cluster::new();
        let pod = cluster.pod(free(Sketch::new(Phase::Running)));
        for step in [(last + 1) % 3, (last + 2) % 3, last] {
            match step {
                0 => cluster.node_is(Readiness::Unknown),
                1 => cluster.take_out_of_service(),
                _ => {
                    let world = &mut cluster.bench.world;
                    world.request_deletion(pod, Span::from_secs(30));
                }
            }
            let second = if step == last { 45 } else { 30 };
            assert!(cluster.is_there(pod), "last {last}");
            cluster.until(second);
        }
        assert!(!cluster.is_there(pod), "last {last}");
    }
}

#[test]
fn a_pod_without_a_node_that_a_finalizer_holds_fails_nl_63() {
    let mut cluster = Cluster::new();
    let pod = cluster.pod(Sketch {
        bound: false,
        ..Sketch::new(Phase::Pending).deleting()
    });
    let phase = |cluster: &Cluster| cluster.bench.world.live_pod(pod).unwrap().phase;
    cluster.until(4);
    assert_eq!(phase(&cluster), Phase::Pending);
    cluster.until(5);
    assert_eq!(phase(&cluster), Phase::Failed);
}

#[test]
fn terminated_pods_beyond_the_threshold_go_evicted_ones_first_nl_60() {
    let mut cluster = Cluster::new();
    let flags = &mut cluster.bench.model.control_plane.controllers;
    flags.terminated_pod_gc_threshold = 2;
    let mut pods = Vec::new();
    for second in 6..9 {
        cluster.until(second);
        pods.push(cluster.pod(free(Sketch::new(Phase::Succeeded))));
    }
    let evicted = cluster.pod(free(Sketch::new(Phase::Running)));
    let end = PodUpdate::Phase {
        phase: Phase::Failed,
        reason: Some(PodReason::Evicted),
    };
    cluster.bench.report(evicted, &end);
    let running = cluster.pod(free(Sketch::new(Phase::Running)));
    cluster.until(24);
    assert!(pods.iter().all(|pod| cluster.is_there(*pod)));
    cluster.until(25);
    let left: Vec<bool> = pods.iter().map(|pod| cluster.is_there(*pod)).collect();
    assert_eq!(left, [false, true, true], "the oldest");
    assert!(!cluster.is_there(evicted) && cluster.is_there(running));
    cluster.until(100);
    assert_eq!(cluster.controller.terminated.borrow().count, 2);
    assert!(cluster.due.is_empty(), "nothing ticks");
}

#[test]
fn a_threshold_of_zero_is_none_nl_60() {
    let mut cluster = Cluster::new();
    let flags = &mut cluster.bench.model.control_plane.controllers;
    flags.terminated_pod_gc_threshold = 0;
    let pod = cluster.pod(free(Sketch::new(Phase::Succeeded)));
    cluster.until(1000);
    assert!(cluster.is_there(pod));
}
