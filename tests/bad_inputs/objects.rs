//! Other objects that the API server would refuse.

use crate::support::{Case, check};
use expect_test::expect_file;

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: etl}\nspec: \
    {template: {spec: {restartPolicy: Never, containers: [{name: main, image: etl}]}}}\n";

#[test]
fn objects() {
    let of = |version: &str, kind: &str, rest: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: it}}\n{rest}\n")
    };
    let cases = [
        ("the same object twice", format!("{JOB}---\n{JOB}")),
        (
            "PriorityClass: a value over the limit",
            of("scheduling.k8s.io/v1", "PriorityClass", "value: 2000000000"),
        ),
        (
            "PriorityClass: no value, policy",
            of(
                "scheduling.k8s.io/v1",
                "PriorityClass",
                "preemptionPolicy: Sometimes",
            ),
        ),
        (
            "PodDisruptionBudget: both",
            of(
                "policy/v1",
                "PodDisruptionBudget",
                "spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {a: b}}}",
            ),
        ),
        (
            "PodDisruptionBudget: values",
            of(
                "policy/v1",
                "PodDisruptionBudget",
                "spec: {minAvailable: 120%, selector: {matchLabels: {a b: c}}}",
            ),
        ),
        (
            "ResourceQuota",
            of(
                "v1",
                "ResourceQuota",
                "spec: {hard: {pods: -1, cpu: lots, 'a b': 1}}",
            ),
        ),
        (
            "LimitRange",
            of(
                "v1",
                "LimitRange",
                "spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}, {type: Box}]}",
            ),
        ),
        (
            "Node",
            of(
                "v1",
                "Node",
                "spec: {taints: [{key: '', effect: NoSchedule}, {key: a, effect: Never}]}\nstatus: {capacity: {cpu: many}, allocatable: {memory: -1Gi}}",
            ),
        ),
        (
            "Service",
            of("v1", "Service", "spec: {ports: [{port: 0}], selector: [a]}"),
        ),
        (
            "a generated name",
            of("v1", "Pod", "spec: {containers: [{name: a, image: a}]}")
                .replace("{name: it}", "{generateName: it-}"),
        ),
        ("an apiVersion that is none", of("batch", "Job", "")),
        ("a kind in lower case", of("batch/v1", "job", "")),
        ("a kind of another group", of("v1", "DaemonSet", "")),
        ("metadata that is none", JOB.replace("{name: etl}", "etl")),
        (
            "a name that is no text",
            JOB.replace("{name: etl}", "{name: 7, namespace: true}"),
        ),
        (
            "owner references",
            JOB.replace(
                "{name: etl}",
                "{name: etl, ownerReferences: [{kind: CronJob}]}",
            ),
        ),
    ];
    let cases = cases.map(|(name, text)| Case::input(name, text));
    check(&cases, &expect_file!["snapshots/objects.txt"]);
}
