//! What the API server accepts is accepted, and a warning is given only where something has no effect
//! here: each such kind once.

use crate::support::podtime;
use expect_test::{Expect, expect};

/// Validates a text that is right, and plays it for a while; `expected` is what `validate` says to it.
fn check(text: &str, expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("input.yaml"), text).unwrap();
    let run = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        let output = podtime(folder.path(), &arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        stderr
    };
    expected.assert_eq(&run(&["validate", "input.yaml"]));
    run(&["run", "input.yaml", "--until", "5m", "--quiet"]);
}

#[test]
fn a_deployment_with_probes() {
    check(
        include_str!("accepted/deployment.yaml"),
        &expect![[r#"
            input.yaml: 2 objects, no problems
        "#]],
    );
}

#[test]
fn a_statefulset_with_claims() {
    check(
        include_str!("accepted/statefulset.yaml"),
        &expect![[r#"
            input.yaml: 2 objects, no problems
        "#]],
    );
}

#[test]
fn a_daemonset_of_the_host() {
    check(
        include_str!("accepted/daemonset.yaml"),
        &expect![[r#"
            input.yaml: 1 object, no problems
        "#]],
    );
}

#[test]
fn a_cronjob_with_secrets_and_volumes() {
    check(
        include_str!("accepted/cronjob.yaml"),
        &expect![[r#"
            input.yaml: 1 object, no problems
        "#]],
    );
}

#[test]
fn what_kubectl_get_prints() {
    check(
        include_str!("accepted/list.yaml"),
        &expect![[r#"
            input.yaml:3:3: warning: passed over, since CronJob `c` makes it
              at items[0]
            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn kinds_without_effect_are_named_once() {
    check(
        include_str!("accepted/without_effect.yaml"),
        &expect![[r#"
            input.yaml:5:1: warning: `v1 ServiceAccount` has no effect here; it is passed over
              at kind
            input.yaml:9:1: warning: `rbac.authorization.k8s.io/v1 Role` has no effect here; it is passed over
              at kind
            input.yaml:15:1: warning: `rbac.authorization.k8s.io/v1 RoleBinding` has no effect here; it is passed over
              at kind
            input.yaml:21:1: warning: `v1 ConfigMap` has no effect here; 2 objects are passed over
              at kind
            input.yaml:31:1: warning: `v1 Secret` has no effect here; it is passed over
              at kind
            input.yaml:37:1: warning: `networking.k8s.io/v1 NetworkPolicy` has no effect here; it is passed over
              at kind
            input.yaml:42:1: warning: `networking.k8s.io/v1 Ingress` has no effect here; it is passed over
              at kind
            input.yaml:47:1: warning: `autoscaling/v2 HorizontalPodAutoscaler` has no effect here; it is passed over
              at kind
            input.yaml:69:1: warning: `monitoring.coreos.com/v1 ServiceMonitor` has no effect here; it is passed over
              at kind
            0 errors, 9 warnings
        "#]],
    );
}

#[test]
fn forms_of_yaml_and_json() {
    let json = r#"{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "json"},
	"spec": {"template": {"spec": {"restartPolicy": "Never",
	"containers": [{"name": "main", "image": "a\/b", "args": ["\u00e9"]}]}}}}"#;
    check(
        json,
        &expect![[r#"
        input.yaml: 1 object, no problems
    "#]],
    );
    let windows = "\u{feff}apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: windows\r\nspec:\r\n  \
                   restartPolicy: Never\r\n  containers:\r\n  - name: main\r\n    image: a\r\n";
    check(
        windows,
        &expect![[r#"
        input.yaml: 1 object, no problems
    "#]],
    );
    let yaml = r#"
# Comments, directives, anchors, and documents of nothing.
---
%YAML 1.1
---
x-common: &common
  restartPolicy: Never
apiVersion: batch/v1
kind: Job
metadata: {name: "anchors"}
spec:
  suspend: off
  parallelism: 0x2
  completions: 2.0
  template:
    spec:
      <<: *common
      containers: [{name: main, image: a, command: [sh, -c, "a:b"], env: [{name: A, value: 'yes'}],},]
---
...
---
"#;
    check(
        &yaml.replace("---\n%YAML 1.1\n", ""),
        &expect![[r#"
        input.yaml:4:1: warning: the unknown key `x-common` is ignored
          at x-common
        0 errors, 1 warning
    "#]],
    );
}
