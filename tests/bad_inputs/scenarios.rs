//! Faults in the keys of a scenario.

use crate::support::{Case, check};
use expect_test::expect_file;

const POOLS: &str = "  cluster: {pools: [{name: workers, count: 2}]}";

/// A scenario whose `spec` is these lines, indented by two.
fn scenario(spec: &str) -> String {
    format!("apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: wrong}}\nspec:\n{spec}\n")
}

/// The same with two nodes.
fn with_pools(spec: &str) -> String {
    scenario(&format!("{POOLS}\n{spec}"))
}

/// The same with two nodes and a Job.
fn with_cluster(spec: &str) -> String {
    scenario(&format!(
        "  duration: 1h
{POOLS}
  manifests:
  - apiVersion: batch/v1
    kind: Job
    metadata: {{name: etl}}
    spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: etl}}]}}}}}}
{spec}"
    ))
}

#[test]
fn keys_of_a_scenario() {
    let cases = [
        (
            "no spec",
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: a}\n".to_owned(),
        ),
        (
            "no name",
            "apiVersion: podtime/v1\nkind: Scenario\nspec: {}\n".to_owned(),
        ),
        (
            "a name that leaves the folder",
            scenario("").replace("wrong", "../up"),
        ),
        ("an unknown key", with_cluster("  behaviours: []")),
        (
            "an unknown key at the top",
            format!("spce: {{}}\n{}", with_cluster("")),
        ),
        (
            "an unknown kind",
            with_cluster("").replace("Scenario", "Senario"),
        ),
        ("a negative duration", with_pools("  duration: -1h")),
        ("a duration of 0", with_pools("  duration: 0s")),
        ("a duration without a unit", with_pools("  duration: 90")),
        (
            "a duration of an unknown unit",
            with_pools("  duration: 3w"),
        ),
        (
            "a duration that is too long",
            with_pools("  duration: 1000000d"),
        ),
        (
            "a start that is no time",
            with_pools("  start: tomorrow\n  seed: 1"),
        ),
        (
            "a start without a zone",
            with_pools("  start: 2026-01-05T00:00:00"),
        ),
        (
            "a start that is no day",
            with_pools("  start: 2026-02-30T00:00:00Z"),
        ),
        (
            "an end after the calendar",
            with_pools("  start: 2261-12-01T00:00:00Z\n  duration: 3650d"),
        ),
        ("a negative seed", with_pools("  seed: -1")),
        ("a seed of text", with_pools("  seed: lucky")),
        (
            "a warm-up longer than the run",
            with_pools("  duration: 1h\n  warmUp: 2h"),
        ),
        (
            "a map in place of a list",
            with_pools("  behaviors: {run: 1s}"),
        ),
        ("a list in place of a map", scenario("  cluster: [workers]")),
        ("text in place of a map", scenario("  cluster: three nodes")),
    ];
    let cases = cases.map(|(name, text)| Case::input(name, text));
    check(&cases, &expect_file!["snapshots/scenarios.txt"]);
}

#[test]
fn clusters() {
    let cases = [
        ("a negative count", "{pools: [{name: a, count: -2}]}"),
        ("a count of half a node", "{pools: [{name: a, count: 1.5}]}"),
        (
            "a count of too many nodes",
            "{pools: [{name: a, count: 900000}, {name: b, count: 900000}]}",
        ),
        ("a pool without a name", "{pools: [{count: 2}]}"),
        ("a pool without a count", "{pools: [{name: a}]}"),
        (
            "two pools of a name",
            "{pools: [{name: a, count: 1}, {name: a, count: 2}]}",
        ),
        (
            "a name that no node can have",
            "{pools: [{name: Big_Ones, count: 1}]}",
        ),
        (
            "a misspelled key of a pool",
            "{pools: [{name: a, cuont: 1}]}",
        ),
        (
            "a quantity that is none",
            "{pools: [{name: a, count: 1, node: {status: {allocatable: {cpu: four, memory: 16GB}}}}]}",
        ),
        (
            "a taint without an effect",
            "{pools: [{name: a, count: 1, node: {spec: {taints: [{key: gpu}, {key: gpu, effect: NoSchedul}]}}}]}",
        ),
        (
            "a label that is none",
            "{pools: [{name: a, count: 1, node: {metadata: {labels: {'disk type': ssd, zone: 'a b'}}}}]}",
        ),
        ("an unknown profile", "{controlPlane: idael, pools: []}"),
        (
            "an unknown flag",
            "{controlPlane: {kube-controller-manager: {kube-api-qp: 20, v: 4}}}",
        ),
        (
            "an unknown component",
            "{controlPlane: {kube-proxy: {v: 4}}}",
        ),
        (
            "values that a flag cannot have",
            "{controlPlane: {kube-controller-manager: {kube-api-burst: -1, concurrent-job-syncs: 0, unhealthy-zone-threshold: 1.5, node-monitor-grace-period: soon}, kubelet: {serializeImagePulls: maybe}}}",
        ),
        (
            "kubelet flags against one another",
            "{controlPlane: {kubelet: {maxParallelImagePulls: 4}}}",
        ),
        (
            "a manifest that is no Node",
            "{manifests: [{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}]}",
        ),
        (
            "two nodes of a name",
            "{pools: [{name: a, count: 2}], manifests: [{apiVersion: v1, kind: Node, metadata: {name: a-2}}]}",
        ),
    ];
    let cases =
        cases.map(|(name, cluster)| Case::input(name, scenario(&format!("  cluster: {cluster}"))));
    check(&cases, &expect_file!["snapshots/clusters.txt"]);
}

#[test]
fn autoscaled_pools() {
    let cases = [
        (
            "no max",
            "{pools: [{name: a, count: 1, autoscale: {min: 1}}]}",
        ),
        (
            "max below min",
            "{pools: [{name: a, count: 3, autoscale: {min: 5, max: 3}}]}",
        ),
        (
            "a max of 0",
            "{pools: [{name: a, count: 0, autoscale: {max: 0}}]}",
        ),
        (
            "a count below min",
            "{pools: [{name: a, count: 1, autoscale: {min: 2, max: 9}}]}",
        ),
        (
            "a count above max",
            "{pools: [{name: a, count: 12, autoscale: {min: 2, max: 9}}]}",
        ),
        (
            "neither count nor autoscale",
            "{pools: [{name: a, price: 1}]}",
        ),
        (
            "a misspelled key of autoscale",
            "{pools: [{name: a, autoscale: {max: 2, unneded: 5m}}]}",
        ),
        (
            "keys of autoscale that stand elsewhere",
            "{pools: [{name: a, autoscale: {max: 2, expander: random, price: 1, scan-interval: 5s}}]}",
        ),
        (
            "no duration",
            "{pools: [{name: a, autoscale: {max: 2, unneeded: soon, provision: -5s}}]}",
        ),
        (
            "an unknown distribution",
            "{pools: [{name: a, autoscale: {max: 2, provision: {lognormall: {median: 60s, p95: 2m}}}}]}",
        ),
        (
            "a list for autoscale",
            "{pools: [{name: a, autoscale: [1, 2]}]}",
        ),
        (
            "true for autoscale",
            "{pools: [{name: a, count: 1, autoscale: true}]}",
        ),
        (
            "a negative price",
            "{pools: [{name: a, count: 1, price: -0.2}]}",
        ),
        (
            "a price in words",
            "{pools: [{name: a, count: 1, price: $0.192}]}",
        ),
        (
            "too many nodes in the end",
            "{pools: [{name: a, autoscale: {max: 900000}}, {name: b, autoscale: {max: 900000}}]}",
        ),
        (
            "a flag without effect",
            "{autoscaler: {balance-similar-node-groups: true}, pools: [{name: a, autoscale: {max: 2}}]}",
        ),
        (
            "a misspelled flag",
            "{autoscaler: {scale-down-uneeded-time: 5m}, pools: [{name: a, autoscale: {max: 2}}]}",
        ),
        (
            "an unknown expander",
            "{autoscaler: {expander: 'least-waste,cheapest'}, pools: [{name: a, autoscale: {max: 2}}]}",
        ),
        (
            "a misspelled expander",
            "{autoscaler: {expander: leastwaste}, pools: [{name: a, autoscale: {max: 2}}]}",
        ),
        (
            "flags of wrong kinds",
            "{autoscaler: {scan-interval: 0s, scale-down-utilization-threshold: 50, force-ds: 1, max-drain-parallelism: 0, max-graceful-termination-sec: 10m}, pools: [{name: a, autoscale: {max: 2}}]}",
        ),
        (
            "the key of a pool for the cluster",
            "{autoscale: {max: 3}, pools: [{name: a, count: 1}]}",
        ),
        (
            "flags for nobody, and a fault",
            "{autoscaler: {scan-interval: 5s}, pools: [{name: a, cuont: 1}]}",
        ),
    ];
    let cases =
        cases.map(|(name, cluster)| Case::input(name, scenario(&format!("  cluster: {cluster}"))));
    check(&cases, &expect_file!["snapshots/autoscaled_pools.txt"]);
}

#[test]
fn behaviors() {
    let cases = [
        ("a probability over 1", "{failure: {probability: 1.5}}"),
        ("a probability below 0", "{failure: {probability: -0.1}}"),
        ("a probability of text", "{failure: {probability: 8%}}"),
        ("no probability", "{failure: {exitCode: 1}}"),
        (
            "a failure that succeeds",
            "{failure: {probability: 0.5, exitCode: 0}}",
        ),
        ("an exit code over 255", "{exitCode: 256}"),
        ("an unknown key", "{runs: 10s}"),
        ("an unknown key of match", "{match: {kinds: Job}}"),
        ("a kind without pods", "{match: {kind: Jobs}}"),
        (
            "labels that are no text",
            "{match: {labels: {tier: 1, app: [a]}}}",
        ),
        ("a run of text", "{run: for ever}"),
        ("a misspelled word", "{run: forver}"),
        ("a negative startup", "{startup: -5s}"),
        (
            "an unknown distribution",
            "{run: {lognorm: {median: 1s, p95: 2s}}}",
        ),
        (
            "two distributions",
            "{run: {constant: 1s, exponential: {mean: 2s}}}",
        ),
        ("no distribution", "{run: {}}"),
        ("a missing parameter", "{run: {lognormal: {median: 90s}}}"),
        (
            "parameters too many",
            "{run: {lognormal: {median: 90s, p95: 5m, sigma: 1}}}",
        ),
        (
            "a percentile below the median",
            "{run: {lognormal: {median: 90s, p95: 5s}}}",
        ),
        (
            "a range that is empty",
            "{run: {uniform: {min: 9s, max: 2s}}}",
        ),
        (
            "a mode outside",
            "{run: {triangular: {min: 1s, mode: 9s, max: 2s}}}",
        ),
        ("a shape of 0", "{run: {weibull: {scale: 1s, shape: 0}}}"),
        (
            "a shape that is no number",
            "{run: {gamma: {mean: 1s, shape: .nan}}}",
        ),
        ("a mean of 0", "{run: {exponential: {mean: 0s}}}"),
        (
            "samples that are none",
            "{run: {empirical: {samples: [1s, -2s, x, [3]]}}}",
        ),
        ("no samples", "{run: {empirical: {samples: []}}}"),
        ("a list in place of a rule", "[1s]"),
        ("attempts that are no list", "{attempts: {run: 1s}}"),
        ("an unknown way to count", "{attemptBy: pods}"),
    ];
    let mut cases: Vec<Case> = cases
        .iter()
        .map(|(name, rule)| Case::input(name, with_cluster(&format!("  behaviors:\n  - {rule}"))))
        .collect();
    let csv = |name: &str, column: &str, text: &str| {
        let rule =
            format!("  behaviors:\n  - run: {{empirical: {{file: s.csv, column: {column}}}}}");
        Case::input(name, with_cluster(&rule)).file("s.csv", text)
    };
    cases.push(csv(
        "a column that is missing",
        "run_sec",
        "id,run_s\n1,2\n",
    ));
    cases.push(csv(
        "a cell that is no duration",
        "run_s",
        "id,run_s\n1,2\n2,long\n",
    ));
    cases.push(csv("a column without a sample", "run_s", "id,run_s\n1,\n"));
    cases.push(csv(
        "a quote that never ends",
        "run_s",
        "id,run_s\n1,\"2\n2,3\n",
    ));
    check(&cases, &expect_file!["snapshots/behaviors.txt"]);
}

#[test]
fn actions() {
    let cases = [
        ("no time", "{node: {remove: workers-1}}"),
        ("a negative time", "{at: -1m, node: {remove: workers-1}}"),
        ("nothing to do", "{at: 1m}"),
        (
            "two things to do",
            "{at: 1m, node: {remove: workers-1}, kubectl: cordon workers-1}",
        ),
        ("an unknown verb", "{at: 1m, node: {reboot: workers-1}}"),
        ("a misspelled verb", "{at: 1m, node: {poweroff: workers-1}}"),
        (
            "a node that never exists",
            "{at: 1m, node: {crash: workers-3}}",
        ),
        ("a node of no pool", "{at: 1m, node: {crash: worker-1}}"),
        (
            "a pool that is missing",
            "{at: 1m, node: {add: {pool: worker, count: 1}}}",
        ),
        (
            "no nodes to add",
            "{at: 1m, node: {add: {pool: workers, count: 0}}}",
        ),
    ];
    let mut cases: Vec<Case> = cases
        .iter()
        .map(|(name, action)| Case::input(name, with_cluster(&format!("  actions:\n  - {action}"))))
        .collect();
    cases.push(Case::input(
        "a node before it is added",
        with_cluster("  actions:\n  - {at: 1m, node: {crash: workers-3}}\n  - {at: 2m, node: {add: {pool: workers}}}"),
    ));
    check(&cases, &expect_file!["snapshots/actions.txt"]);
}

#[test]
fn kubectl_commands() {
    let cases = [
        "",
        "get pods",
        "get pods -o wide",
        "aply -f job.yaml",
        "apply job.yaml",
        "apply -f",
        "apply -f missing.yaml",
        "apply -f https://example.com/job.yaml",
        "apply -f job.yaml --server-side",
        "create deployment web --image=nginx",
        "create job a",
        "create job a --from=job/b",
        "create job A --from=cronjob/b",
        "delete",
        "delete job",
        "delete job a --cascade=sideways",
        "delete pods -l 'a in'",
        "delete pods --all etl",
        "delete widget a",
        "delete job a --grace-period=soon",
        "scale deployment web",
        "scale deployment web --replicas=-1",
        "scale cronjob a --replicas=2",
        "patch job etl",
        "patch job etl -p '{'",
        "patch job etl -p '{\"spec\": 7}' --type=yaml",
        "label node workers-1",
        "label node workers-1 'a b=c'",
        "annotate job etl ===",
        "taint node workers-1 gpu=true",
        "taint node workers-1 gpu=true:NoSchedul",
        "cordon",
        "drain workers-1 --timeout=never",
        "rollout restart",
        "rollout undo deployment web",
        "rollout restart job etl",
        "set image deployment web",
        "set env deployment web A=b",
        "cordon 'workers-1",
        "sudo kubectl apply -f job.yaml",
        "delete job a -n Bad_Namespace",
        "delete pods --field-selector spec.color=red",
        "apply -f job.yaml | tee x",
    ];
    let cases = cases.iter().map(|command| {
        let quoted = command.replace('\'', "''");
        let text = with_cluster(&format!("  actions:\n  - {{at: 1m, kubectl: '{quoted}'}}"));
        let name = format!("kubectl {command}");
        let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: later}\nspec: \
                   {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n";
        Case::input(&name, text).file("job.yaml", job)
    });
    check(
        &cases.collect::<Vec<_>>(),
        &expect_file!["snapshots/kubectl.txt"],
    );
}

#[test]
fn all_faults_of_a_scenario_are_reported_at_once() {
    let text = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: Nightly, labels: {a: b}}
spec:
  start: today
  duratoin: 1h
  seed: -1
  cluster:
    controlPlane: idael
    pools:
    - {name: workers, count: -2}
    - {name: workers, count: 2, node: {status: {allocatable: {cpu: lots}}}}
  manifests:
  - jobs.yaml
  - missing.yaml
  behaviors:
  - {run: {lognormal: {median: 1s}}, failure: {probability: 2}}
  actions:
  - {at: 1m, kubectl: get pods}
  - {at: never, node: {explode: workers-1}}
  expect:
  - job('etl').complet
  - 1 +
";
    let jobs = "\
apiVersion: batch/v1
kind: Job
metadata: {name: etl}
spec:
  backoffLimit: -1
  template:
    spec:
      containers:
      - {name: Main, image: etl, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: 61 * * * *
  timeZone: Europe/Viena
  jobTemplate: {spec: {template: {spec: {restartPolicy: Always, containers: []}}}}
";
    let case = Case::input("many faults", text).file("jobs.yaml", jobs);
    check(&[case], &expect_file!["snapshots/many.txt"]);
}
