use std::fs;

use expect_test::{Expect, expect};

use super::*;

/// A folder with some files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load_in(
    folder: &tempfile::TempDir,
    paths: &[&str],
    options: &Options,
) -> Result<Loaded, String> {
    let root = format!("{}/", folder.path().display());
    let paths: Vec<String> = paths.iter().map(|path| format!("{root}{path}")).collect();
    load(&paths, options).map_err(|rejected| {
        rejected
            .problems
            .display(&rejected.sources)
            .to_string()
            .replace(&root, "")
    })
}

fn warnings(loaded: &Loaded) -> String {
    loaded.warnings.display(&loaded.sources).to_string()
}

const MINIMAL: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: minimal}
spec:
  duration: 1h
  cluster:
    pools:
    - {name: workers, count: 2}
";

#[test]
fn a_minimal_scenario_is_loaded() {
    let folder = folder(&[("s.yaml", MINIMAL)]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    assert_eq!(&*loaded.model.name, "minimal");
    assert_eq!(loaded.model.pools[0].count, 2);
    assert_eq!(loaded.model.duration, Some(Span::from_hours(1)));
    assert_eq!(warnings(&loaded), "");
}

/// Loads `spec`, the text of the scenario behind `spec:`, and shows what is wrong with it.
fn check(spec: &str, expected: Expect) {
    let text =
        format!("apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: x}}\nspec:\n{spec}");
    check_files(&[("s.yaml", &text)], expected);
}

/// Loads `s.yaml` and shows what is wrong, warnings included.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a snapshot is written in place"
)]
fn check_files(files: &[(&str, &str)], expected: Expect) {
    let folder = folder(files);
    let shown = match load_in(&folder, &["s.yaml"], &Options::default()) {
        Ok(loaded) => warnings(&loaded).replace(&format!("{}/", folder.path().display()), ""),
        Err(problems) => problems,
    };
    expected.assert_eq(&shown);
}

#[test]
fn the_head_of_a_scenario_is_checked() {
    check_files(
        &[(
            "s.yaml",
            "apiVersion: podtime/v1\nkind: Scenari\nmetadata: {name: ../etc, descriptoin: x}\nspce: {}\n",
        )],
        expect![[r"
            s.yaml:1:1: error: the key `spec` is missing
            s.yaml:2:7: error: expected `Scenario`, found the text `Scenari`
              at kind
              hint: did you mean `Scenario`?
            s.yaml:3:18: error: `../etc` cannot be the name of a scenario, and of a folder
              at metadata.name
              hint: lower-case letters, digits, `-` and `.`, a letter or digit first and last
            s.yaml:3:26: error: unknown key `descriptoin`
              at metadata.descriptoin
              hint: did you mean `description`? known here: `name`, `description`
            s.yaml:4:1: error: unknown key `spce`
              at spce
              hint: did you mean `spec`? known here: `apiVersion`, `kind`, `metadata`, `spec`
        "]],
    );
    check_files(
        &[("s.yaml", "apiVersion: podtime/v2\nkind: Scenario\n")],
        expect![[r"
            s.yaml:1:1: error: the key `metadata` is missing
            s.yaml:1:1: error: the key `spec` is missing
            s.yaml:1:13: error: expected `podtime/v1`, found the text `podtime/v2`
              at apiVersion
              hint: did you mean `podtime/v1`?
        "]],
    );
    check_files(
        &[(
            "s.yaml",
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {}\n---\nkind: Job\n",
        )],
        expect![[r"
            s.yaml:4:7: warning: there is no node: pods stay Pending until the end
              at spec.cluster
            s.yaml:6:1: error: a file with a scenario holds nothing else
              hint: put Kubernetes objects into `spec.manifests`
        "]],
    );
}

#[test]
fn times_are_checked() {
    check(
        "  start: 2026-13-01T00:00:00Z\n  duration: -5m\n  seed: -1\n  warmUp: 90\n  cluster: {pools: [{name: w, count: 1}]}\n",
        expect![[r#"
            s.yaml:5:10: error: expected a time such as 2026-01-05T00:00:00Z, found the text `2026-13-01T00:00:00Z`
              at spec.start
              hint: there is no such day or time
            s.yaml:6:13: error: expected a duration such as 90s or 1h30m, found the text `-5m`
              at spec.duration
              hint: it must not be negative
            s.yaml:7:9: error: expected a whole number of at least 0, found the number `-1`
              at spec.seed
            s.yaml:8:11: error: expected a duration such as 90s or 1h30m, found the number `90`
              at spec.warmUp
              hint: duration "90" has a number without a unit; write 90s for seconds, or another of ms, s, m, h, d
        "#]],
    );
    check(
        "  duration: 0s\n  warmUp: 2h\n  cluster: {pools: [{name: w, count: 1}]}\n",
        expect![[r"
            s.yaml:5:13: error: expected a duration such as 90s or 1h30m, found the text `0s`
              at spec.duration
              hint: it must be longer than 0s
        "]],
    );
    check(
        "  start: 2261-12-31T00:00:00Z\n  duration: 3650d\n  warmUp: 3650d\n  cluster: {pools: [{name: w, count: 1}]}\n",
        expect![[r"
            s.yaml:5:3: error: the run must end before the year 2262
              at spec
            s.yaml:7:11: error: the warm-up (3650d) leaves nothing of the run
              at spec.warmUp
        "]],
    );
}

#[test]
fn what_is_not_simulated_yet_is_refused() {
    check(
        "  arrivals: []\n  cluster:\n    autoscale: {}\n    pools:\n    - {name: w, count: 1, autoscale: {}}\n",
        expect![[r"
            s.yaml:5:13: error: `arrivals` is not simulated yet
              at spec.arrivals
              hint: remove it for now
            s.yaml:7:5: error: unknown key `autoscale`
              at spec.cluster.autoscale
              hint: did you mean `autoscaler`? known here: `controlPlane`, `pools`, `manifests`, `outages`, `autoscaler`
            s.yaml:9:38: error: the key `max` is missing
              at spec.cluster.pools[0].autoscale
        "]],
    );
}

#[test]
fn pools_are_checked() {
    check(
        "  cluster:\n    pools:\n    - {name: Workers, count: 1}\n    - {name: a, count: 2000000}\n    - {name: a, cuont: 2}\n    - {count: 1, node: 7}\n    - {name: b, count: 1, node: {metadata: {name: x}, spec: {taints: [{key: k, effect: NoRun}]}}}\n",
        expect![[r"
            s.yaml:7:14: error: `Workers` cannot begin the name of a node
              at spec.cluster.pools[0].name
              hint: at most 53 lower-case letters, digits and `-`, a letter or digit first
            s.yaml:8:24: error: expected a whole number from 0 to 1000000, found the number `2000000`
              at spec.cluster.pools[1].count
            s.yaml:9:7: error: the key `count` is missing
              at spec.cluster.pools[2]
            s.yaml:9:17: error: unknown key `cuont`
              at spec.cluster.pools[2].cuont
              hint: did you mean `count`? known here: `name`, `count`, `node`, `failures`, `price`, `autoscale`
            s.yaml:10:7: error: the key `name` is missing
              at spec.cluster.pools[3]
            s.yaml:11:51: error: the nodes of this pool are called b-1, b-2, …
              at spec.cluster.pools[4].node.metadata.name
              hint: remove `name`
        "]],
    );
    check(
        "  cluster:\n    pools:\n    - {name: a, count: 600000}\n    - {name: a, count: 1}\n    - {name: b, count: 600000}\n",
        expect![[r"
            s.yaml:8:14: error: there are two pools `a`
              at spec.cluster.pools[1].name
              hint: the first one is at line 7
            s.yaml:9:14: error: with this pool there are more than 1000000 nodes
              at spec.cluster.pools[2].count
        "]],
    );
    check(
        "  duration: 1h\n",
        expect![[r"
        s.yaml:5:3: warning: there is no node: pods stay Pending until the end
          at spec.cluster
    "]],
    );
}

#[test]
fn nodes_of_manifests_must_not_meet_those_of_pools() {
    let node =
        |name: &str| format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n---\n");
    let nodes = [node("w-1"), node("extra"), node("extra"), node("w-9")].concat();
    check_files(
        &[
            (
                "s.yaml",
                "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: x}\nspec:\n  cluster:\n    pools: [{name: w, count: 2}]\n    manifests: [nodes.yaml, job.yaml]\n",
            ),
            ("nodes.yaml", &nodes),
            ("job.yaml", JOB),
        ],
        expect![[r"
            nodes.yaml:1:1: warning: the node has no cpu: pods that ask for any do not fit
              at status.allocatable.cpu
            nodes.yaml:1:1: warning: the node has no memory: pods that ask for any do not fit
              at status.allocatable.memory
            nodes.yaml:2:7: error: the node `w-1` is there twice
              hint: the pool `w` has one of that name
            nodes.yaml:5:1: warning: the node has no cpu: pods that ask for any do not fit
              at status.allocatable.cpu
            nodes.yaml:5:1: warning: the node has no memory: pods that ask for any do not fit
              at status.allocatable.memory
            nodes.yaml:9:1: warning: the node has no cpu: pods that ask for any do not fit
              at status.allocatable.cpu
            nodes.yaml:9:1: warning: the node has no memory: pods that ask for any do not fit
              at status.allocatable.memory
            nodes.yaml:10:7: error: the node `extra` is there twice
              hint: the first one is at line 6
            nodes.yaml:13:1: warning: the node has no cpu: pods that ask for any do not fit
              at status.allocatable.cpu
            nodes.yaml:13:1: warning: the node has no memory: pods that ask for any do not fit
              at status.allocatable.memory
            job.yaml:2:7: error: expected a Node, found the Job `etl`
              hint: other objects belong into `spec.manifests`
        "]],
    );
}

#[test]
fn the_control_plane_is_checked() {
    check(
        "  cluster: {pools: [{name: w, count: 1}], controlPlane: idael}\n",
        expect![[r"
            s.yaml:5:57: error: expected one of `kubernetes`, `ideal`, found the text `idael`
              at spec.cluster.controlPlane
              hint: did you mean `ideal`?
        "]],
    );
    check(
        "  cluster:\n    pools: [{name: w, count: 1}]\n    controlPlane:\n      profile: fast\n      kube-controller-manager:\n        kube-api-qsp: 5\n        kube-api-qps: 0\n        concurrent-job-syncs: 0\n        node-monitor-period: 5\n        leader-elect: false\n        unhealthy-zone-threshold: 1.5\n      kube-scheduler: {podInitialBackoffSeconds: 20}\n      kubelet: {profile: idle, maxParallelImagePulls: 4}\n      etcd: {}\n",
        expect![[r#"
            s.yaml:8:16: error: expected one of `kubernetes`, `ideal`, found the text `fast`
              at spec.cluster.controlPlane.profile
            s.yaml:10:9: error: the flag `kube-api-qsp` of kube-controller-manager has no effect here
              at spec.cluster.controlPlane.kube-controller-manager.kube-api-qsp
              hint: did you mean `kube-api-qps`? those of kube-controller-manager that have one: `kube-api-qps`, `kube-api-burst`, `concurrent-job-syncs`, `concurrent-cron-job-syncs`, `concurrent-daemonset-syncs`, `concurrent-deployment-syncs`, `concurrent-replicaset-syncs`, `concurrent-statefulset-syncs`, `concurrent-ttl-after-finished-syncs`, `concurrent-gc-syncs`, `node-monitor-period`, `node-monitor-grace-period`, `node-startup-grace-period`, `node-eviction-rate`, `secondary-node-eviction-rate`, `large-cluster-size-threshold`, `unhealthy-zone-threshold`, `terminated-pod-gc-threshold`
            s.yaml:11:23: error: a client that may make 0 requests a second never makes one
              at spec.cluster.controlPlane.kube-controller-manager.kube-api-qps
              hint: a negative number takes the limit away
            s.yaml:12:31: error: expected a whole number from 1 to 1000000, found the number `0`
              at spec.cluster.controlPlane.kube-controller-manager.concurrent-job-syncs
            s.yaml:13:30: error: expected a duration such as 90s or 1h30m, found the number `5`
              at spec.cluster.controlPlane.kube-controller-manager.node-monitor-period
              hint: duration "5" has a number without a unit; write 5s for seconds, or another of ms, s, m, h, d
            s.yaml:14:9: error: the flag `leader-elect` of kube-controller-manager has no effect here
              at spec.cluster.controlPlane.kube-controller-manager.leader-elect
              hint: those of kube-controller-manager that have one: `kube-api-qps`, `kube-api-burst`, `concurrent-job-syncs`, `concurrent-cron-job-syncs`, `concurrent-daemonset-syncs`, `concurrent-deployment-syncs`, `concurrent-replicaset-syncs`, `concurrent-statefulset-syncs`, `concurrent-ttl-after-finished-syncs`, `concurrent-gc-syncs`, `node-monitor-period`, `node-monitor-grace-period`, `node-startup-grace-period`, `node-eviction-rate`, `secondary-node-eviction-rate`, `large-cluster-size-threshold`, `unhealthy-zone-threshold`, `terminated-pod-gc-threshold`
            s.yaml:15:35: error: expected a number from 0 to 1, found the number `1.5`
              at spec.cluster.controlPlane.kube-controller-manager.unhealthy-zone-threshold
            s.yaml:16:23: error: podInitialBackoffSeconds (20s) must not be longer than podMaxBackoffSeconds (10s)
              at spec.cluster.controlPlane.kube-scheduler
            s.yaml:17:16: error: `maxParallelImagePulls` above 1 needs `serializeImagePulls: false`
              at spec.cluster.controlPlane.kubelet
              hint: the kubelet refuses to start with both
            s.yaml:17:26: error: expected one of `kubernetes`, `ideal`, found the text `idle`
              at spec.cluster.controlPlane.kubelet.profile
            s.yaml:18:7: error: unknown key `etcd`
              at spec.cluster.controlPlane.etcd
              hint: known here: `profile`, `kube-controller-manager`, `kube-scheduler`, `kubelet`
        "#]],
    );
}

#[test]
fn behaviors_are_checked() {
    check(
        "  cluster: {pools: [{name: w, count: 1}]}\n  behaviors:\n  - match: {kind: job, nmae: x, labels: {a: 1}}\n    startup: -1s\n    run: forver\n    failure: {probability: 1.5, exitCode: 0}\n    attempts: [{run: 8s, exitCode: 300}, 7]\n    attemptBy: pods\n    terminate: 1\n  - match: {kind: Ingress}\n    run: {exponential: {maen: 3s}}\n",
        expect![[r#"
            s.yaml:7:19: error: no pod belongs to an object of kind `job`
              at spec.behaviors[0].match.kind
              hint: did you mean `Job`?
            s.yaml:7:24: error: unknown key `nmae`
              at spec.behaviors[0].match.nmae
              hint: did you mean `name`? known here: `kind`, `labels`, `namespace`, `name`, `container`
            s.yaml:7:45: error: expected text, found the number `1`
              at spec.behaviors[0].match.labels.a
              hint: to make it text, write "1"
            s.yaml:8:14: error: expected a duration such as 90s or 1h30m, found the text `-1s`
              at spec.behaviors[0].startup
              hint: it must not be negative
            s.yaml:9:10: error: expected a duration, a distribution or `forever`, found the text `forver`
              at spec.behaviors[0].run
              hint: did you mean `forever`?
            s.yaml:10:28: error: expected a number from 0 to 1, found the number `1.5`
              at spec.behaviors[0].failure.probability
            s.yaml:10:43: error: expected a whole number from 1 to 255, found the number `0`
              at spec.behaviors[0].failure.exitCode
            s.yaml:11:36: error: expected a whole number from 0 to 255, found the number `300`
              at spec.behaviors[0].attempts[0].exitCode
            s.yaml:11:42: error: expected a map, found the number `7`
              at spec.behaviors[0].attempts[1]
            s.yaml:12:16: error: expected one of `failure`, `pod`, found the text `pods`
              at spec.behaviors[0].attemptBy
              hint: did you mean `pod`?
            s.yaml:13:16: error: expected a duration such as 90s or 1h30m, found the number `1`
              at spec.behaviors[0].terminate
              hint: duration "1" has a number without a unit; write 1s for seconds, or another of ms, s, m, h, d
            s.yaml:14:19: error: no pod belongs to an object of kind `Ingress`
              at spec.behaviors[1].match.kind
              hint: the kinds are Pod, Job, CronJob, DaemonSet, Deployment, ReplicaSet, StatefulSet
            s.yaml:15:24: error: the key `mean` is missing
              at spec.behaviors[1].run.exponential
            s.yaml:15:25: error: unknown key `maen`
              at spec.behaviors[1].run.exponential.maen
              hint: did you mean `mean`? known here: `mean`
        "#]],
    );
}

#[test]
fn distributions_are_checked() {
    check(
        "  cluster: {pools: [{name: w, count: 1}]}\n  behaviors:\n  - startup: {uniform: {min: 5s, max: 1s}}\n  - startup: {lognormal: {median: 1s}}\n  - startup: {lognormal: {median: 1s, p95: 2s, sigma: 1}}\n  - startup: {gamma: {mean: 1s, shape: 0}}\n  - startup: {gama: {mean: 1s, shape: 1}}\n  - startup: {constant: 1s, uniform: {min: 1s, max: 2s}}\n  - startup: {exponential: {mean: 0s}}\n  - startup: {empirical: {samples: []}}\n  - startup: {empirical: {samples: [1s, 2.5, x]}}\n  - startup: {empirical: {file: none.csv, column: x}}\n  - startup: {normal: {mean: 1s}}\n  - startup: [1s]\n  - startup: {constant: 200000d}\n",
        expect![[r#"
            s.yaml:7:24: error: min (5s) must not be longer than max (1s)
              at spec.behaviors[0].startup.uniform
            s.yaml:8:26: error: one of the keys `p95`, `sigma` is missing
              at spec.behaviors[1].startup.lognormal
            s.yaml:9:26: error: both `p95` and `sigma` are given; one of them is enough
              at spec.behaviors[2].startup.lognormal
            s.yaml:10:22: error: shape must be greater than 0, and is 0
              at spec.behaviors[3].startup.gamma
            s.yaml:11:15: error: expected a map with one of `constant`, `uniform`, `exponential`, `normal`, `lognormal`, `weibull`, `gamma`, `pareto`, `triangular`, `empirical`, found `gama`
              at spec.behaviors[4].startup.gama
              hint: did you mean `gamma`?
            s.yaml:12:14: error: expected a map with one of `constant`, `uniform`, `exponential`, `normal`, `lognormal`, `weibull`, `gamma`, `pareto`, `triangular`, `empirical`, found 2 keys
              at spec.behaviors[5].startup
            s.yaml:13:28: error: mean must be longer than 0s; for no time at all write a plain 0s
              at spec.behaviors[6].startup.exponential
            s.yaml:14:26: error: samples must hold at least one duration, and is empty
              at spec.behaviors[7].startup.empirical
            s.yaml:15:46: error: expected a duration such as 90s, or a number of seconds, found the text `x`
              at spec.behaviors[8].startup.empirical.samples[2]
              hint: "x" is not a duration; write numbers with units, such as 30s, 1h30m or 7d
            s.yaml:16:33: error: cannot read `none.csv`: there is no such file
              at spec.behaviors[9].startup.empirical.file
            s.yaml:17:23: error: the key `stddev` is missing
              at spec.behaviors[10].startup.normal
            s.yaml:18:14: error: expected a duration such as 90s, or a distribution, found a list
              at spec.behaviors[11].startup
            s.yaml:19:25: error: expected a duration such as 90s or 1h30m, found the text `200000d`
              at spec.behaviors[12].startup.constant
              hint: duration "200000d" is too long; the longest is 106751d, about 292 years
        "#]],
    );
}

#[test]
fn columns_of_files_are_checked() {
    let spec = |column: &str| {
        format!(
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: x}}\nspec:\n  cluster: {{pools: [{{name: w, count: 1}}]}}\n  behaviors:\n  - run: {{empirical: {{file: t.csv, column: {column}}}}}\n"
        )
    };
    let csv = "name,run_s,wait_ms\na,5,1500\nb,,20\nc,1m,-3\n";
    for (column, expected) in [
        ("run_s", expect![[""]]),
        (
            "wait_ms",
            expect![[r"
            t.csv:4:1: error: expected a duration such as 90s, or a number of seconds, found the text `-3`
              at wait_ms
              hint: it must not be negative
        "]],
        ),
        (
            "runs_s",
            expect![[r"
            t.csv:1:1: error: there is no column `runs_s`
              at runs_s
              hint: did you mean `run_s`?
        "]],
        ),
        (
            "other",
            expect![[r"
            t.csv:1:1: error: there is no column `other`
              at other
              hint: the columns are `name`, `run_s`, `wait_ms`
        "]],
        ),
    ] {
        check_files(&[("s.yaml", &spec(column)), ("t.csv", csv)], expected);
    }
    let folder = folder(&[("s.yaml", &spec("run_s")), ("t.csv", csv)]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    let Some(crate::model::RunTime::For(run)) = &loaded.model.behaviors[0].behavior.run else {
        panic!("expected a distribution");
    };
    assert_eq!(run.mean(), Span::from_millis(32_500));
}

const JOB: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: etl}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: registry.example/etl:1}]
";

fn with_manifests(list: &str) -> String {
    format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: x}}\nspec:\n  cluster: {{pools: [{{name: w, count: 1}}]}}\n  manifests: {list}\n"
    )
}

#[test]
fn manifests_are_checked() {
    check_files(
        &[
            (
                "s.yaml",
                &with_manifests(
                    "[m/none.yaml, 'm/*.yml', m/bad.yaml, m/empty.yaml, m, 7, {kind: Job}]",
                ),
            ),
            (
                "m/bad.yaml",
                "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x\n",
            ),
            ("m/empty.yaml", "# nothing\n---\n"),
        ],
        expect![[r"
            s.yaml:6:15: error: cannot read `m/none.yaml`: there is no such file
              at spec.manifests[0]
            s.yaml:6:28: error: no file matches `m/*.yml`
              at spec.manifests[1]
            s.yaml:6:65: error: cannot read `m`: it is a directory
              at spec.manifests[4]
              hint: name the files in it
            s.yaml:6:68: error: expected a path, a glob or a Kubernetes object, found the number `7`
              at spec.manifests[5]
            s.yaml:6:71: error: the key `apiVersion` is missing
              at spec.manifests[6].apiVersion
              hint: every Kubernetes object has one, as in `apiVersion: batch/v1`
            m/bad.yaml:3:11: error: this is not valid YAML: unclosed bracket '{'
            m/empty.yaml:1:1: warning: there is no object in `m/empty.yaml`
        "]],
    );
    check_files(
        &[
            ("s.yaml", &with_manifests("['m/*.yaml', a.yaml]")),
            ("m/1.yaml", JOB),
            ("a.yaml", JOB),
        ],
        expect![[r"
            a.yaml:2:7: error: `Job default/etl` is there twice
              hint: the first one is at m/1.yaml:2:7
        "]],
    );
}

#[test]
fn objects_without_effect_are_named_once() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n";
    check_files(
        &[("s.yaml", &with_manifests("[c.yaml]")), ("c.yaml", map)],
        expect![[r"
            c.yaml:1:1: warning: `v1 ConfigMap` has no effect here; 2 objects are passed over
              at kind
        "]],
    );
}

#[test]
fn globs_are_sorted_and_lists_unpacked() {
    let job = |name: &str| JOB.replace("etl", name);
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "in-list"}, "spec": {"template": {
            "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a"}]}}}},
    ]});
    let folder = folder(&[
        ("s.yaml", &with_manifests("['m/*.yaml', m/list.json]")),
        ("m/b.yaml", &[job("b1"), job("b2")].join("---\n")),
        ("m/a.yaml", &job("a")),
        ("m/list.json", &list.to_string()),
    ]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    let names: Vec<&str> = loaded
        .model
        .objects
        .iter()
        .map(|o| manifests::identity(o).2)
        .collect();
    assert_eq!(names, ["a", "b1", "b2", "in-list"]);
}

#[test]
fn actions_are_checked() {
    check(
        "  duration: 1h\n  cluster: {pools: [{name: w, count: 2}]}\n  actions:\n  - {at: 10m, node: {add: {pool: ww, count: 1}}}\n  - {at: 10m, node: {add: {pool: w, count: 0}}}\n  - {at: 10m, node: {explode: w-1}}\n  - {at: 10m, node: {crash: w-1, recover: w-2}}\n  - {at: 10m, node: {crash: 7}}\n  - {at: -1m, node: {crash: w-1}}\n  - {node: {crash: w-1}}\n  - {at: 1m}\n  - {at: 1m, kubectl: cordon w-1, node: {crash: w-1}}\n  - {at: 1m, kubctl: cordon w-1}\n  - {at: 10m, node: {add: {kind: Job}}}\n",
        expect![[r#"
            s.yaml:8:34: error: there is no pool `ww`
              at spec.actions[0].node.add.pool
              hint: the pools are `w`
            s.yaml:9:44: error: expected a whole number from 1 to 1000000, found the number `0`
              at spec.actions[1].node.add.count
            s.yaml:10:22: error: expected a map with one of `add`, `remove`, `crash`, `powerOff`, `recover`, found `explode`
              at spec.actions[2].node.explode
            s.yaml:11:21: error: expected a map with one of `add`, `remove`, `crash`, `powerOff`, `recover`, found 2 keys
              at spec.actions[3].node
            s.yaml:12:29: error: expected text, found the number `7`
              at spec.actions[4].node.crash
              hint: to make it text, write "7"
            s.yaml:13:10: error: expected a duration such as 90s or 1h30m, found the text `-1m`
              at spec.actions[5].at
              hint: it must not be negative
            s.yaml:14:5: error: the key `at` is missing
              at spec.actions[6]
            s.yaml:15:5: error: expected one of the keys `node`, `kubectl`
              at spec.actions[7]
            s.yaml:16:5: error: both `node` and `kubectl` are given; write two actions
              at spec.actions[8]
            s.yaml:17:5: error: expected one of the keys `node`, `kubectl`
              at spec.actions[9]
            s.yaml:17:14: error: unknown key `kubctl`
              at spec.actions[9].kubctl
              hint: did you mean `kubectl`? known here: `at`, `node`, `kubectl`
            s.yaml:18:27: error: the key `apiVersion` is missing
              at spec.actions[10].node.add.apiVersion
              hint: every Kubernetes object has one, as in `apiVersion: batch/v1`
        "#]],
    );
}

#[test]
fn nodes_of_actions_must_have_been_there() {
    check(
        "  duration: 1h\n  cluster: {pools: [{name: w, count: 2}]}\n  actions:\n  - {at: 30m, node: {crash: w-3}}\n  - {at: 10m, node: {add: {pool: w, count: 1}}}\n  - {at: 5m, node: {crash: w-3}}\n  - {at: 5m, node: {powerOff: big}}\n  - {at: 6m, node: {add: {apiVersion: v1, kind: Node, metadata: {name: big}}}}\n  - {at: 7m, node: {recover: big}}\n  - {at: 7m, node: {remove: w-03}}\n  - {at: 8m, kubectl: drain w-7}\n",
        expect![[r"
            s.yaml:10:28: error: there is no node `w-3` at 5m
              at spec.actions[2].node
              hint: it is added at 10m
            s.yaml:11:31: error: there is no node `big` at 5m
              at spec.actions[3].node
              hint: it is added at 6m
            s.yaml:12:26: warning: the node has no cpu: pods that ask for any do not fit
              at spec.actions[4].node.add.status.allocatable.cpu
            s.yaml:12:26: warning: the node has no memory: pods that ask for any do not fit
              at spec.actions[4].node.add.status.allocatable.memory
            s.yaml:14:29: error: there is no node `w-03` at 7m
              at spec.actions[6].node
            s.yaml:15:23: warning: there is no node `w-7` at 8m
              at spec.actions[7].kubectl
              hint: did you mean `w-1`?
        "]],
    );
    check(
        "  duration: 1h\n  cluster: {pools: [{name: w, count: 2}]}\n  actions:\n  - {at: 8m, kubectl: drain w-7}\n  - {at: 60m, node: {crash: w-1}}\n",
        expect![[r"
            s.yaml:8:23: warning: there is no node `w-7` at 8m
              at spec.actions[0].kubectl
              hint: did you mean `w-1`?
            s.yaml:9:10: warning: at 1h the run is over, which lasts 1h: this never happens
              at spec.actions[1].at
        "]],
    );
}

#[test]
fn actions_are_sorted_by_time() {
    let folder = folder(&[(
        "s.yaml",
        &format!(
            "{MINIMAL}  actions:\n  - {{at: 2m, node: {{crash: workers-1}}}}\n  - {{at: 1m, kubectl: cordon workers-2}}\n  - {{at: 2m, node: {{remove: workers-1}}}}\n"
        ),
    )]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    let texts: Vec<&str> = loaded
        .model
        .actions
        .iter()
        .map(|action| &*action.text)
        .collect();
    assert_eq!(
        texts,
        [
            "cordon workers-2",
            "node: {crash: workers-1}",
            "node: {remove: workers-1}"
        ]
    );
}

#[test]
fn expectations_are_checked() {
    check(
        "  cluster: {pools: [{name: w, count: 1}]}\n  expect:\n  - job('a').complet\n  - 7\n  - job('a').retries\n  - job('a').complete && (\n",
        expect![[r#"
            s.yaml:7:14: error: a job has no field 'complet'
              at spec.expect[0]
              hint: did you mean 'complete'?
            s.yaml:8:5: error: expected text, found the number `7`
              at spec.expect[1]
              hint: to make it text, write "7"
            s.yaml:9:5: error: an expectation is true or false; this is an int
              at spec.expect[2]
              hint: compare it, as in job('etl').retries <= 3
            s.yaml:10:26: error: '(' is never closed
              at spec.expect[3]
        "#]],
    );
}

#[test]
fn expectations_name_objects_that_are_there() {
    let scenario = format!(
        "{}  actions:\n  - {{at: 1m, kubectl: apply -f cron.yaml -n batch}}\n  - {{at: 2m, kubectl: create job --from=cronjob/tick -n batch manual}}\n  expect:\n  - job('elt').complete\n  - job('default/etl').complete && job('manual').complete\n  - \"cronjob('batch/tick').started > 0 && cronjob('default/tick').started > 0\"\n  - jobs('x-*').all(j, j.complete)\n",
        with_manifests("[job.yaml]"),
    );
    check_files(
        &[
            ("s.yaml", &scenario),
            ("job.yaml", JOB),
            ("cron.yaml", CRONJOB),
        ],
        expect![[r"
            s.yaml:11:9: error: there is no job `elt`
              at spec.expect[0]
              hint: did you mean `etl`?
            s.yaml:13:51: error: there is no cronjob `default/tick`
              at spec.expect[2]
        "]],
    );
}

#[test]
fn unknown_keys_are_reported_with_what_was_meant() {
    check(
        "  cluster: {pool: [{name: w, count: 1}]}\n  manifest: []\n  behaviours: []\n  wrmUp: 1h\n",
        expect![[r"
            s.yaml:5:13: error: unknown key `pool`
              at spec.cluster.pool
              hint: did you mean `pools`? known here: `controlPlane`, `pools`, `manifests`, `outages`, `autoscaler`
            s.yaml:6:3: error: unknown key `manifest`
              at spec.manifest
              hint: did you mean `manifests`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
            s.yaml:7:3: error: unknown key `behaviours`
              at spec.behaviours
              hint: did you mean `behaviors`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
            s.yaml:8:3: error: unknown key `wrmUp`
              at spec.wrmUp
              hint: did you mean `warmUp`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        "]],
    );
}

fn set(assignments: &[&str]) -> Result<Loaded, String> {
    let folder = folder(&[
        ("s.yaml", &format!("{}  actions:\n  - {{at: 1m, node: {{crash: w-1}}}}\n", with_manifests("[m/*.yaml]").replace("[m/*.yaml]", "['m/*.yaml', {apiVersion: batch/v1, kind: Job, metadata: {name: inline}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: a}]}}}}]"))),
        ("m/job.yaml", JOB),
    ]);
    let options = Options {
        set: assignments.iter().map(|text| (*text).to_owned()).collect(),
        ..Options::default()
    };
    load_in(&folder, &["s.yaml"], &options)
}

#[test]
fn set_changes_any_field() {
    let model = |assignment: &str| set(&[assignment]).unwrap().model;
    assert_eq!(
        model("spec.cluster.pools[name=w].count=7").pools[0].count,
        7
    );
    assert_eq!(model("spec.cluster.pools[0].count=8").pools[0].count, 8);
    assert_eq!(model("spec.seed=9").seed, 9);
    assert_eq!(
        model("spec.actions[0].at=2m").actions[0].at,
        crate::sim::Time::ZERO + Span::from_minutes(2)
    );
    assert_eq!(
        model("spec.duration=3h").duration,
        Some(Span::from_hours(3))
    );
    let plane = model("spec.cluster.controlPlane.kube-controller-manager.kube-api-burst=5");
    assert_eq!(plane.control_plane.controllers.client.burst, 5);
    let parallelism = |model: &Model| -> Vec<i32> {
        let jobs = model.objects.iter().map(|object| {
            let crate::model::Object::Job(job) = object else {
                panic!("expected Jobs only");
            };
            job.spec.parallelism
        });
        jobs.collect()
    };
    assert_eq!(
        parallelism(&model("manifests[kind=Job,name=etl].spec.parallelism=3")),
        [3, 1]
    );
    assert_eq!(
        parallelism(&model("manifests[kind=Job,name=inline].spec.parallelism=4")),
        [1, 4]
    );
    assert_eq!(
        parallelism(&model("manifests[kind=Job].spec.parallelism=5")),
        [5, 5]
    );
    assert_eq!(
        parallelism(&model(
            "manifests[kind=Job,namespace=default,name=etl].spec.parallelism=3"
        )),
        [3, 1]
    );
    let model =
        model("manifests[name=etl].spec.template.metadata.annotations[\"podtime/run\"]=30s");
    let crate::model::Object::Job(job) = &model.objects[0] else {
        panic!("expected a Job")
    };
    assert_eq!(
        job.spec.template.behavior[0].run,
        [Some(Span::from_secs(30))]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn a_set_that_leads_nowhere_is_an_error() {
    for (assignment, expected) in [
        (
            "spec.seed",
            expect![[r"
            --set:1:1: error: expected PATH=VALUE, found `spec.seed`
        "]],
        ),
        (
            "spec..seed=1",
            expect![[r"
            --set:1:1: error: `spec..seed` is no path: a key is missing before `.seed`
        "]],
        ),
        (
            "spec.duraton=3h",
            expect![[r"
            --set:1:1: error: unknown key `duraton`
              at spec.duraton
              hint: did you mean `duration`? known here: `start`, `duration`, `seed`, `warmUp`, `cluster`, `manifests`, `behaviors`, `arrivals`, `actions`, `expect`
        "]],
        ),
        (
            "spce.seed=1",
            expect![[r"
            --set:1:1: error: unknown key `spce`
              at spce
              hint: did you mean `spec`? known here: `apiVersion`, `kind`, `metadata`, `spec`
        "]],
        ),
        (
            "spec.cluster.pools[name=ww].count=7",
            expect![[r"
            --set:1:1: error: nothing in `spec.cluster.pools` has name=ww
              at spec.cluster.pools[name=ww].count
              hint: did you mean [name=w]?
        "]],
        ),
        (
            "spec.cluster.pool[name=w].count=7",
            expect![[r"
            --set:1:1: error: there is no list `spec.cluster.pool`
              at spec.cluster.pool[name=w].count
              hint: did you mean `pools`?
        "]],
        ),
        (
            "spec.cluster.pools[3].count=7",
            expect![[r"
            --set:1:1: error: there is no item 3 in `spec.cluster.pools`: it has 1
              at spec.cluster.pools[3].count
        "]],
        ),
        (
            "spec.cluster.pools[name=w].count=many",
            expect![[r"
                --set:1:34: error: expected a whole number from 0 to 1000000, found the text `many`
                  at spec.cluster.pools[0].count
            "]],
        ),
        (
            "spec.actions.at=7",
            expect![[r"
            --set:1:1: error: `spec.actions.at` leads into a list, which has no keys
              at spec.actions.at
        "]],
        ),
        (
            "spec.manifests[1].kind.x=7",
            expect![[r"
            --set:1:1: error: `spec.manifests[1].kind.x` leads into the text `Job`, which has no keys
              at spec.manifests[1].kind.x
        "]],
        ),
        (
            "manifests[kind=Job,name=elt].spec.parallelism=7",
            expect![[r"
                --set:1:1: error: nothing in `spec.manifests` has kind=Job,name=elt
                  at manifests[kind=Job,name=elt].spec.parallelism
                  hint: did you mean [kind=Job,name=etl]?
            "]],
        ),
        (
            "manifests[kind=Job,name=etl].spec.paralelism=7",
            expect![[r"
                --set:1:1: error: unknown key `paralelism`
                  at spec.paralelism
                  hint: did you mean `parallelism`?
            "]],
        ),
        (
            "manifests.spec=7",
            expect![[r"
            --set:1:1: error: which of the manifests is not said
              at manifests.spec
              hint: write manifests[kind=Job,name=etl]
        "]],
        ),
        (
            "spec.seed={a: ",
            expect![[r"
            --set:1:11: error: this is not valid YAML: unclosed bracket '{'
        "]],
        ),
        (
            "spec.x[=1",
            expect![[r"
            --set:1:1: error: expected PATH=VALUE, found `spec.x[=1`
        "]],
        ),
    ] {
        let problems = set(&[assignment]).map_or_else(|problems| problems, |_| String::new());
        expected.assert_eq(&problems);
    }
}

#[test]
fn options_win_over_the_scenario() {
    let folder = folder(&[("s.yaml", MINIMAL)]);
    let options = Options {
        seed: Some(5),
        until: Some(Span::from_secs(9)),
        ..Options::default()
    };
    let loaded = load_in(&folder, &["s.yaml"], &options).unwrap();
    assert_eq!(
        (loaded.model.seed, loaded.model.duration),
        (5, Some(Span::from_secs(9)))
    );
}

#[test]
fn the_digest_is_that_of_the_contents() {
    let files = [
        ("s.yaml", with_manifests("[m.yaml]")),
        ("m.yaml", JOB.to_owned()),
    ];
    let digest = |files: &[(&str, String)], set: &[&str]| {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let options = Options {
            set: set.iter().map(|text| (*text).to_owned()).collect(),
            ..Options::default()
        };
        load_in(&folder(&files), &["s.yaml"], &options)
            .unwrap()
            .digest
    };
    let first = digest(&files, &[]);
    assert_eq!(first.len(), 64);
    assert_eq!(
        digest(&files, &[]),
        first,
        "another folder, the same contents"
    );
    assert_ne!(digest(&files, &["spec.seed=0"]), first);
    let mut other = files.clone();
    other[1].1.push_str("# a comment\n");
    assert_ne!(digest(&other, &[]), first);
}

#[test]
fn plain_manifests_are_played_on_three_nodes() {
    let folder = folder(&[
        ("My_Job.yaml", JOB),
        ("cron.yaml", CRONJOB),
        (
            "node.yaml",
            "apiVersion: v1\nkind: Node\nmetadata: {name: extra}\n",
        ),
    ]);
    let loaded = load_in(&folder, &["My_Job.yaml"], &Options::default()).unwrap();
    assert_eq!(
        (&*loaded.model.name, loaded.model.pools[0].count),
        ("my-job", 3)
    );
    assert_eq!(loaded.model.pools[0].node(1).name.as_ref(), "node-1");
    assert_eq!(loaded.model.pools[0].node.allocatable.cpu_m, 4000);
    assert_eq!(
        (loaded.model.duration, warnings(&loaded)),
        (None, String::new())
    );
    let loaded = load_in(&folder, &["My_Job.yaml", "cron.yaml"], &Options::default()).unwrap();
    assert_eq!(loaded.model.duration, Some(Span::from_days(1)));
    assert_eq!(loaded.model.objects.len(), 2);
    let loaded = load_in(&folder, &["node.yaml", "My_Job.yaml"], &Options::default()).unwrap();
    assert_eq!((loaded.model.pools.len(), loaded.model.nodes.len()), (0, 1));
    let options = Options {
        plain: PlainOptions {
            nodes: Some(2),
            node_size: Some("1500mcpu,1Gi,2example.com/gpu".to_owned()),
        },
        set: vec!["manifests[name=etl].spec.parallelism=2".to_owned()],
        ..Options::default()
    };
    let loaded = load_in(&folder, &["My_Job.yaml"], &options).unwrap();
    let size = &loaded.model.pools[0].node.allocatable;
    assert_eq!(
        (
            size.cpu_m,
            size.memory_bytes,
            size.pods,
            size.extended("example.com/gpu")
        ),
        (1500, 1 << 30, 110, 2)
    );
}

const CRONJOB: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '*/5 * * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: a}]
";

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn plain_manifests_are_checked() {
    let folder = folder(&[("job.yaml", JOB), ("s.yaml", MINIMAL)]);
    let with = |nodes: Option<u32>, size: Option<&str>| Options {
        plain: PlainOptions {
            nodes,
            node_size: size.map(str::to_owned),
        },
        ..Options::default()
    };
    for (paths, options, expected) in [
        (
            &["job.yaml", "none.yaml"] as &[&str],
            with(None, None),
            expect![[r"
                error: cannot read `none.yaml`: there is no such file
            "]],
        ),
        (
            &["job.yaml"],
            with(None, Some("4cpus,16Gib,x,110pods,5cpu,7")),
            expect![[r"
                --node-size:1:7: error: `16Gib` is no size of a node
                  hint: did you mean `16Gi`?
                --node-size:1:13: error: `x` is no size of a node
                  hint: write it as in `4cpu,16Gi,110pods`
                --node-size:1:23: error: `cpu` is given twice
                --node-size:1:28: error: `7` is no size of a node
                  hint: the unit is missing; write it as in `4cpu,16Gi,110pods`
            "]],
        ),
        (
            &["job.yaml"],
            with(Some(2_000_000), None),
            expect![[r"
            error: expected at most 1000000 for `--nodes`, found `2000000`
        "]],
        ),
        (
            &["job.yaml", "s.yaml"],
            with(None, None),
            expect![[r"
            s.yaml:1:1: error: a scenario stands alone, and several files are given
        "]],
        ),
        (
            &["s.yaml"],
            with(Some(3), None),
            expect![[r"
            s.yaml:1:1: error: `--nodes` is for plain manifests, and this is a scenario
              hint: change its pools with `--set spec.cluster.pools[name=NAME].count=N`
        "]],
        ),
        (
            &["none.yaml"],
            with(None, None),
            expect![[r"
            error: cannot read `none.yaml`: there is no such file
        "]],
        ),
        (
            &[],
            with(None, None),
            expect![[r"
            error: no file is given
        "]],
        ),
        (
            &["job.yaml", "job.yaml"],
            with(None, None),
            expect![[r"
            job.yaml:2:7: error: `Job default/etl` is there twice
              hint: the first one is at job.yaml:2:7
        "]],
        ),
    ] {
        let problems = load_in(&folder, paths, &options).map(|loaded| warnings(&loaded));
        expected.assert_eq(&problems.unwrap_or_else(|problems| problems));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn the_example_of_the_documentation_is_loaded() {
    let scenario = "\
apiVersion: podtime/v1
kind: Scenario
metadata:
  name: nightly-backup
  description: one line
spec:
  start: 2026-01-05T00:00:00Z
  duration: 7d
  seed: 42
  cluster:
    controlPlane: kubernetes
    pools:
    - name: workers
      count: 4
      node:
        metadata: {labels: {disk: ssd}}
        status: {allocatable: {cpu: \"4\", memory: 16Gi, pods: \"110\"}}
    manifests: [nodes.yaml]
  manifests:
  - manifests/log-collector.yaml
  - apiVersion: batch/v1
    kind: Job
    metadata: {name: database-migration}
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: registry.example/db:1}]}}}
  behaviors:
  - match: {kind: Job, name: \"database-*\"}
    startup: 2s
    imagePull: 20s
    readyAfter: 1s
    run: {lognormal: {median: 90s, p95: 5m}}
    failure: {probability: 0.08, exitCode: 1, run: 20s}
    attempts:
    - {run: 8s, exitCode: 1}
    - {run: 8s, exitCode: 0}
    terminate: 1s
  actions:
  - {at: 10m, node: {add: {pool: workers, count: 1}}}
  - {at: 20m, node: {remove: workers-3}}
  - {at: 30m, node: {crash: workers-2}}
  - {at: 3h, kubectl: create job --from=cronjob/nightly-backup manual-backup-test}
  expect:
  - job('database-migration').complete && job('database-migration').retries <= 3
  - daemonset('log-collector').coverage_min >= 0.75
";
    let daemons = "\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log-collector}
spec:
  selector: {matchLabels: {app: log}}
  template:
    metadata: {labels: {app: log}}
    spec: {containers: [{name: main, image: registry.example/log:1}]}
";
    let folder = folder(&[
        ("s.yaml", scenario),
        (
            "nodes.yaml",
            "apiVersion: v1\nkind: Node\nmetadata: {name: extra}\nstatus: {capacity: {cpu: 8, memory: 32Gi}}\n",
        ),
        ("manifests/log-collector.yaml", daemons),
    ]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    assert_eq!(warnings(&loaded), "");
    let model = &loaded.model;
    assert_eq!(
        (model.pools.len(), model.nodes.len(), model.objects.len()),
        (1, 1, 2)
    );
    assert_eq!(
        (
            model.behaviors.len(),
            model.actions.len(),
            loaded.expectations.len()
        ),
        (1, 4, 2)
    );
    assert_eq!(model.start_unix_nanos, 1_767_571_200_000_000_000);
    assert_eq!(
        model.pools[0]
            .node(2)
            .labels
            .get("kubernetes.io/hostname")
            .map(|name| &**name),
        Some("workers-2")
    );
}

#[test]
fn manifests_of_actions_are_read_with_the_scenario() {
    let scenario = format!(
        "{MINIMAL}  actions:\n  - {{at: 1m, kubectl: apply -f m/etl.yaml -n batch}}\n  - {{at: 2m, kubectl: create -f m/node.yaml}}\n  - {{at: 3m, node: {{crash: extra}}}}\n  - {{at: 4m, kubectl: delete -f m/etl.yaml}}\n"
    );
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: extra}\nstatus: {allocatable: {cpu: 1, memory: 1Gi}}\n";
    let files = [
        ("s.yaml", scenario.as_str()),
        ("m/etl.yaml", JOB),
        ("m/node.yaml", node),
    ];
    let folder = folder(&files);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    assert_eq!(warnings(&loaded), "");
    let crate::model::Command::Apply(objects) = &loaded.model.actions[0].command else {
        panic!("expected apply");
    };
    assert_eq!(manifests::identity(&objects[0]), ("Job", "batch", "etl"));
    let crate::model::Command::Delete { namespace, .. } = &loaded.model.actions[3].command else {
        panic!("expected delete");
    };
    assert_eq!(&**namespace, "default");
    let in_other = JOB.replace("name: etl", "name: etl, namespace: other");
    let folder = self::folder(&[files[0], ("m/etl.yaml", &in_other), files[2]]);
    let problems = load_in(&folder, &["s.yaml"], &Options::default()).unwrap_err();
    expect![[r"
        s.yaml:10:23: error: an object in the file is in the namespace `other`, and `-n` says `batch`
          at spec.actions[0].kubectl
    "]].assert_eq(&problems);
}

#[test]
fn a_pool_may_begin_empty_and_have_a_slow_start() {
    let folder = folder(&[(
        "s.yaml",
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: ds-add-remove-node}\nspec:\n  start: '2026-11-24T20:54:35.250Z'\n  duration: 32040ms\n  cluster:\n    controlPlane: {profile: kubernetes, kubelet: {profile: ideal}}\n    pools:\n    - name: node-5\n      count: 0\n      node:\n        metadata:\n          labels: {}\n          annotations: {podtime/ready-after: 20s}\n        status:\n          capacity: {cpu: '4', memory: 8Gi, pods: '110'}\n  actions:\n  - {at: 10s, node: {add: {pool: node-5, count: 1}}}\n  - {at: 20s, node: {remove: node-5-1}}\n",
    )]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    assert_eq!(warnings(&loaded), "");
    let pool = &loaded.model.pools[0];
    assert_eq!(
        (pool.count, pool.node.ready_after),
        (0, Span::from_secs(20))
    );
    assert_eq!(pool.node.allocatable.memory_bytes, 8 << 30);
    assert_eq!(
        loaded.model.control_plane.kubelet.profile,
        crate::model::KubeletProfile::Ideal
    );
    assert_eq!(
        loaded.model.control_plane.profile,
        crate::model::Profile::Kubernetes
    );
    assert_eq!(loaded.model.start_unix_nanos % 1_000_000_000, 250_000_000);
}

#[test]
fn ideal_is_short_for_both_profiles() {
    let load = |plane: &str| {
        let text = MINIMAL.replace(
            "  cluster:\n",
            &format!("  cluster:\n    controlPlane: {plane}\n"),
        );
        let folder = folder(&[("s.yaml", &text)]);
        load_in(&folder, &["s.yaml"], &Options::default())
            .unwrap()
            .model
            .control_plane
    };
    let ideal = load("ideal");
    assert_eq!(ideal.kubelet.profile, crate::model::KubeletProfile::Ideal);
    assert_eq!(ideal.profile, crate::model::Profile::Ideal);
    let flags = load(
        "{kube-controller-manager: {kube-api-qps: 7.5, unhealthy-zone-threshold: 0.3}, kube-scheduler: {kube-api-qps: -1}}",
    );
    assert_eq!(flags.controllers.client.qps_milli, Some(7500));
    assert_eq!(flags.controllers.unhealthy_zone_threshold_milli, 300);
    assert_eq!(flags.scheduler.client.qps_milli, None);
}
