//! What the swarm has found, as small as it gets.

use podtime::record::Recorder;
use podtime::scenario::{Options, load};
use podtime::sim::Time;
use podtime::world::{Fact, World};
use podtime::{Model, simulate};

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
