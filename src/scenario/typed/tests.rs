use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node as CoreNode, Service};
use serde::Deserialize;

use super::*;
use crate::scenario::parse::parse;
use crate::scenario::problem::Sources;

fn read<T: DeserializeOwned>(text: &str) -> (Typed<T>, String) {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    let typed = read_typed(&documents[0], "", &mut problems);
    problems.sort();
    (typed, problems.display(&sources).to_string())
}

fn check<T: DeserializeOwned>(text: &str, expected: &Expect) -> Typed<T> {
    let (typed, shown) = read(text);
    expected.assert_eq(&shown);
    typed
}

const FAULTY: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: etl
  label: {a: b}
spec:
  completions: \"three\"
  parallelism: 99999999999
  backoffLimit: 2
  suspended: true
  template:
    spec:
      restartPolcy: Never
      containers: {}
      initContainers:
      - name: [a]
        image: x
      - just text
      - name: c
        resources: {requests: {cpu: 1, memory: 0.5}, limits: 7}
";

#[test]
fn all_faults_of_an_object_are_found_at_once() {
    let typed = check::<Job>(
        FAULTY,
        &expect![[r"
            x.yaml:5:3: warning: the unknown key `label` is ignored
              at metadata.label
              hint: did you mean `labels`?
            x.yaml:7:16: error: expected a whole number, found the text `three`
              at spec.completions
            x.yaml:8:16: error: expected a whole number from -2147483648 to 2147483647, found the number `99999999999`
              at spec.parallelism
            x.yaml:10:3: warning: the unknown key `suspended` is ignored
              at spec.suspended
              hint: did you mean `suspend`?
            x.yaml:13:7: warning: the unknown key `restartPolcy` is ignored
              at spec.template.spec.restartPolcy
              hint: did you mean `restartPolicy`?
            x.yaml:14:19: error: expected a list, found a map
              at spec.template.spec.containers
            x.yaml:16:15: error: expected text, found a list
              at spec.template.spec.initContainers[0].name
            x.yaml:18:9: error: expected a map (Container), found the text `just text`
              at spec.template.spec.initContainers[1]
            x.yaml:20:62: error: expected a map, found the number `7`
              at spec.template.spec.initContainers[2].resources.limits
        "]],
    );
    expect![[r"
        spec.completions
        spec.parallelism
        spec.template.spec.containers
        spec.template.spec.initContainers[0].name
        spec.template.spec.initContainers[1]
        spec.template.spec.initContainers[2].resources.limits"]]
    .assert_eq(&typed.left_out.join("\n"));
    let spec = typed.value.unwrap().spec.unwrap();
    assert_eq!(spec.backoff_limit, Some(2));
    assert_eq!(spec.completions, None);
    let pod = spec.template.spec.unwrap();
    let init = pod.init_containers.unwrap();
    assert_eq!(init.len(), 2);
    assert_eq!(init[0].image.as_deref(), Some("x"));
    let requests = init[1]
        .resources
        .as_ref()
        .unwrap()
        .requests
        .as_ref()
        .unwrap();
    assert_eq!(
        (requests["cpu"].0.as_str(), requests["memory"].0.as_str()),
        ("1", "0.5")
    );
}

#[test]
fn a_sound_object_is_read_without_a_word() {
    let typed = check::<Job>(
        "\
apiVersion: batch/v1
kind: Job
metadata: {name: a, creationTimestamp: null, annotations: {x: 'yes'}}
spec:
  suspend: no
  completions: 1e1
  parallelism: 3.0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: i, ports: [{containerPort: 80}], env: }]
status: {}
",
        &expect![""],
    );
    let spec = typed.value.unwrap().spec.unwrap();
    assert_eq!((spec.completions, spec.parallelism), (Some(10), Some(3)));
    assert_eq!(spec.suspend, Some(false));
}

#[test]
fn an_object_of_another_kind_is_blamed_on_its_kind() {
    check::<Job>(
        "apiVersion: batch/v2\nkind: Jobs\n",
        &expect![[r"
        x.yaml:1:13: error: expected batch/v1, found the text `batch/v2`
          at apiVersion
        x.yaml:2:7: error: expected Job, found the text `Jobs`
          at kind
    "]],
    );
}

#[test]
fn words_for_kubernetes_own_scalars() {
    check::<Service>(
        "apiVersion: v1\nkind: Service\nspec: {ports: [{port: 80, targetPort: [http]}]}\n",
        &expect![[r"
            x.yaml:3:39: error: expected a whole number or text, found a list
              at spec.ports[0].targetPort
        "]],
    );
    check::<CoreNode>(
        "apiVersion: v1\nkind: Node\nmetadata: {creationTimestamp: yesterday}\n\
         status: {capacity: {cpu: [4]}}\nspec: {unschedulable: 'true'}\n",
        &expect![[r"
            x.yaml:3:31: error: the text `yesterday` does not fit: failed to parse four digit integer as year: invalid digit, expected 0-9 but got y
              at metadata.creationTimestamp
            x.yaml:4:26: error: expected a quantity such as 500m or 2Gi, found a list
              at status.capacity.cpu
            x.yaml:5:23: error: expected a boolean, `true` or `false`, found the text `true`
              at spec.unschedulable
        "]],
    );
}

#[test]
fn a_root_of_the_wrong_kind_gives_nothing() {
    let typed = check::<Job>(
        "- a\n",
        &expect![[r"
        x.yaml:1:1: error: expected a map (Job), found a list
    "]],
    );
    assert!(typed.value.is_none());
}

#[derive(Debug, Deserialize)]
struct Own {
    needed: u32,
    other: Mode,
    #[serde(default)]
    more: BTreeMap<String, Mode>,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Mode {
    Fast,
    Slow,
    Steps(u32),
}

#[test]
fn derived_types_are_read_as_well() {
    let (typed, shown) = read::<Own>("{needed: 1, other: {Steps: 3}, more: {a: Fast, b: Slow}}");
    let own = typed.value.unwrap();
    assert_eq!((own.needed, own.other), (1, Mode::Steps(3)));
    assert_eq!(own.more["b"], Mode::Slow);
    assert_eq!(shown, "");
    let typed = check::<Own>(
        "more: {a: Fats, b: {Steps: x}}\nneeded: -1\n",
        &expect![[r"
            x.yaml:1:11: error: expected one of `Fast`, `Slow`, `Steps`, found the text `Fats`
              at more.a
              hint: did you mean `Fast`?
            x.yaml:1:28: error: expected a whole number, found the text `x`
              at more.b.Steps
            x.yaml:2:9: error: expected a whole number from 0 to 4294967295, found the number `-1`
              at needed
        "]],
    );
    assert!(typed.value.is_none());
}

#[test]
fn the_number_of_faults_has_an_end() {
    let text = format!("[{}]", "x, ".repeat(1_000));
    let (typed, shown) = read::<Vec<u32>>(&text);
    assert!(typed.value.is_none());
    assert_eq!(
        shown.lines().filter(|line| line.contains("error")).count(),
        FAULTS_MAX + 1
    );
}

#[test]
fn paths_start_at_the_root_of_the_document() {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", "[-1]");
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    read_typed::<Vec<u32>>(&documents[0], "spec.list", &mut problems);
    assert_eq!(problems.iter().next().unwrap().path, "spec.list[0]");
}
