//! What the swarm has found, as small as it gets.

use podtime::record::Recorder;
use podtime::scenario::{Options, load};
use podtime::sim::Time;
use podtime::world::{Fact, World};
use podtime::{Model, simulate};
use std::sync::mpsc;
use std::time::Duration;

/// The model of a scenario's `spec`, written as YAML.
fn model(spec: &str) -> Model {
    let text = format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: regression}}\nspec:\n{spec}"
    );
    let options = Options {
        stdin: Some(text.into_bytes()),
        ..Options::default()
    };
    match load(&["-".to_owned()], &options) {
        Ok(loaded) => loaded.model,
        Err(rejected) => panic!("{:?}", rejected.problems),
    }
}

/// The names of the pods that are left at the end.
struct Left;

impl Recorder for Left {
    type Output = Vec<String>;

    fn record(&mut self, _: &World, _: &Fact) {}

    fn finish(self, world: &World, _: Time) -> Vec<String> {
        world.pods().map(|(_, pod)| pod.name.to_string()).collect()
    }
}

/// Whether the run comes to its end.
fn ends(spec: &str) -> bool {
    let model = model(spec);
    let (done, news) = mpsc::channel();
    std::thread::spawn(move || {
        simulate(&model, 0, ());
        done.send(())
    });
    news.recv_timeout(Duration::from_mins(1)).is_ok()
}

#[test]
fn pods_that_wait_for_a_terminating_one_do_not_try_for_ever_sch_9() {
    // When the first pod goes, one of three takes its place and the next is tried. It would make room by a pod that
    // goes anyway, and was then the first of its group again.
    let pod = |name: &str, terminate: &str| {
        format!(
            "
  - apiVersion: v1
    kind: Pod
    metadata: {{name: {name}, annotations: {{podtime/terminate: {terminate}}}}}
    spec:
      terminationGracePeriodSeconds: 60
      containers: [{{name: main, image: app, resources: {{requests: {{cpu: 1}}}}}}]"
        )
    };
    let (a, b) = (pod("a", "20s"), pod("b", "40s"));
    assert!(ends(&format!(
        "  duration: 5m
  cluster:
    controlPlane: ideal
    pools: [{{name: node, count: 1, node: {{status: {{allocatable: {{cpu: 2, memory: 1Gi, pods: 9}}}}}}}}]
  manifests:
  - {{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: high}}, value: 9}}{a}{b}
  - apiVersion: batch/v1
    kind: CronJob
    metadata: {{name: c}}
    spec:
      schedule: '* * * * *'
      jobTemplate:
        spec:
          parallelism: 3
          completions: 3
          template:
            spec:
              restartPolicy: Never
              priorityClassName: high
              containers: [{{name: main, image: app, resources: {{requests: {{cpu: 1}}}}}}]
  actions: [{{at: 50s, kubectl: delete pod a b}}]
"
    )));
}

#[test]
fn a_daemon_pod_that_bears_a_taint_for_no_time_is_not_replaced_for_ever_ds_13() {
    assert!(ends(
        "  duration: 10m
  cluster:
    controlPlane: ideal
    pools: [{name: node, count: 1}]
  manifests:
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: d}
    spec:
      selector: {matchLabels: {app: d}}
      template:
        metadata: {labels: {app: d}}
        spec:
          containers: [{name: main, image: app}]
          tolerations: [{key: k, operator: Exists, effect: NoExecute, tolerationSeconds: 0}]
  actions: [{at: 1m, kubectl: 'taint node node-1 k=v:NoExecute'}]
"
    ));
}

#[test]
fn a_pod_that_is_deleted_while_its_end_is_reported_goes_kub_44() {
    // It ends at 11.008 s, and the API knows at 11.011 s.
    for millis in 11_000..11_020 {
        let spec = format!(
            "  duration: 5m
  cluster:
    controlPlane: {{kubelet: {{profile: ideal}}}}
    pools: [{{name: node, count: 1}}]
  manifests:
  - apiVersion: v1
    kind: Pod
    metadata: {{name: a}}
    spec: {{restartPolicy: Never, containers: [{{name: main, image: app}}]}}
  actions: [{{at: {millis}ms, kubectl: delete pod a}}]
"
        );
        let left = simulate(&model(&spec), 0, Left);
        assert!(left.is_empty(), "deleted at {millis} ms: {left:?} stays");
    }
}
