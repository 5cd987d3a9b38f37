//! Jobs, CronJobs, DaemonSets and bare pods.

use super::pods::{Use, pod};
use super::{Cast, Role};
use crate::dice::{Dice, map};
use serde_json::{Map, Value, json};

/// Some of each kind.
pub(super) fn workloads(dice: &mut Dice, cast: &mut Cast) -> Vec<Value> {
    let mut objects = Vec::new();
    let count = |dice: &mut Dice, most: i64| dice.between(0, most);
    for number in 1..=count(dice, 4) {
        let role = role(dice, "batch/v1", "Job", &format!("job-{number}"), job_spec);
        objects.push(role.manifest.clone());
        cast.jobs.push(role);
    }
    for number in 1..=count(dice, 3) {
        let name = format!("cron-{number}");
        let role = role(dice, "batch/v1", "CronJob", &name, cronjob_spec);
        objects.push(role.manifest.clone());
        cast.cronjobs.push(role);
    }
    for number in 1..=count(dice, 2) {
        let name = format!("daemon-{number}");
        let role = role(dice, "apps/v1", "DaemonSet", &name, daemonset_spec);
        objects.push(role.manifest.clone());
        cast.daemonsets.push(role);
    }
    for number in 1..=count(dice, 2) {
        let role = bare_pod(dice, &format!("pod-{number}"));
        objects.push(role.manifest.clone());
        cast.pods.push(role);
    }
    objects
}

pub(super) fn role(
    dice: &mut Dice,
    version: &str,
    kind: &str,
    name: &str,
    spec: fn(&mut Dice, &str) -> Value,
) -> Role {
    let namespace = dice.one(&["default", "default", "batch"]);
    let manifest = json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {"role": kind.to_lowercase()}},
        "spec": spec(dice, name),
    });
    Role {
        namespace,
        name: name.to_owned(),
        manifest,
    }
}

fn bare_pod(dice: &mut Dice, name: &str) -> Role {
    let namespace = dice.one(&["default", "batch"]);
    let mut manifest = json!({"apiVersion": "v1", "kind": "Pod"});
    let pod = pod(dice, name, Use::Bare);
    manifest["metadata"] = pod["metadata"].clone();
    manifest["metadata"]["name"] = json!(name);
    manifest["metadata"]["namespace"] = json!(namespace);
    manifest["spec"] = pod["spec"].clone();
    Role {
        namespace,
        name: name.to_owned(),
        manifest,
    }
}

/// `spec` of a Job.
pub(super) fn job_spec(dice: &mut Dice, name: &str) -> Value {
    let mut spec = map(json!({}));
    let is_indexed = dice.chance(45);
    dice.maybe(&mut spec, 70, "parallelism", |dice| {
        json!(dice.one(&[0, 1, 2, 3, 5, 8]))
    });
    let completions = dice.between(0, 9);
    if is_indexed {
        spec.insert("completionMode".to_owned(), json!("Indexed"));
        spec.insert("completions".to_owned(), json!(completions));
        if dice.chance(30) {
            spec.insert("parallelism".to_owned(), json!(completions));
        }
    } else {
        dice.maybe(&mut spec, 65, "completions", |_| json!(completions));
    }
    let mut policy = dice.one(&["Never", "Never", "OnFailure"]);
    dice.maybe(&mut spec, 60, "backoffLimit", |dice| {
        json!(dice.one(&[0, 1, 2, 4, 20]))
    });
    let mut is_per_index = false;
    if is_indexed {
        is_per_index = dice.maybe(&mut spec, 35, "backoffLimitPerIndex", |dice| {
            json!(dice.one(&[0, 1, 2]))
        });
        if is_per_index {
            dice.maybe(&mut spec, 40, "maxFailedIndexes", |dice| {
                json!(dice.between(0, completions))
            });
        }
        if completions > 0 {
            dice.maybe(&mut spec, 25, "successPolicy", |dice| {
                success_policy(dice, completions)
            });
        }
    }
    if dice.chance(25) {
        policy = "Never";
        spec.insert(
            "podFailurePolicy".to_owned(),
            failure_policy(dice, is_per_index),
        );
    }
    let has_policy = spec.contains_key("podFailurePolicy");
    dice.maybe(&mut spec, 30, "podReplacementPolicy", |dice| {
        if has_policy {
            json!("Failed")
        } else {
            json!(dice.one(&["Failed", "TerminatingOrFailed"]))
        }
    });
    limits(dice, &mut spec);
    let template = pod(dice, name, Use::Job(policy));
    spec.insert("template".to_owned(), template);
    Value::Object(spec)
}

fn limits(dice: &mut Dice, spec: &mut Map<String, Value>) {
    dice.maybe(spec, 15, "activeDeadlineSeconds", |dice| {
        json!(dice.one(&[1, 15, 60, 400]))
    });
    dice.maybe(spec, 25, "ttlSecondsAfterFinished", |dice| {
        json!(dice.one(&[0, 1, 30, 200]))
    });
    dice.maybe(spec, 10, "suspend", |dice| json!(dice.chance(70)));
}

fn success_policy(dice: &mut Dice, completions: i64) -> Value {
    let mut rule = map(json!({}));
    let last = dice.between(0, completions - 1);
    let by_index = dice.maybe(&mut rule, 60, "succeededIndexes", |_| {
        json!(if last == 0 {
            "0".to_owned()
        } else {
            format!("0-{last}")
        })
    });
    let most = if by_index { last + 1 } else { completions };
    if !by_index || dice.chance(50) {
        rule.insert("succeededCount".to_owned(), json!(dice.between(1, most)));
    }
    json!({"rules": [rule]})
}

fn failure_policy(dice: &mut Dice, is_per_index: bool) -> Value {
    let mut rules = Vec::new();
    for _ in 0..dice.between(1, 3) {
        let mut actions = vec!["Count", "Ignore", "FailJob"];
        if is_per_index {
            actions.push("FailIndex");
        }
        let action = dice.one(&actions);
        rules.push(if dice.chance(60) {
            json!({"action": action, "onExitCodes": {
                "operator": dice.one(&["In", "NotIn"]),
                "values": dice.one(&[json!([1]), json!([3, 42]), json!([42, 143])]),
            }})
        } else {
            json!({"action": action, "onPodConditions": [{"type": "DisruptionTarget"}]})
        });
    }
    json!({"rules": rules})
}

fn cronjob_spec(dice: &mut Dice, name: &str) -> Value {
    let mut spec = map(json!({"schedule": schedule(dice)}));
    dice.maybe(&mut spec, 20, "timeZone", |dice| {
        json!(dice.one(&["Europe/Berlin", "America/New_York", "Asia/Kolkata"]))
    });
    dice.maybe(&mut spec, 80, "concurrencyPolicy", |dice| {
        json!(dice.one(&["Allow", "Forbid", "Forbid", "Replace", "Replace"]))
    });
    dice.maybe(&mut spec, 25, "startingDeadlineSeconds", |dice| {
        json!(dice.one(&[0, 5, 60, 200]))
    });
    dice.maybe(&mut spec, 8, "suspend", |_| json!(true));
    for key in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        dice.maybe(&mut spec, 35, key, |dice| json!(dice.between(0, 4)));
    }
    let job = job_spec(dice, name);
    spec.insert("jobTemplate".to_owned(), json!({"spec": job}));
    Value::Object(spec)
}

pub(super) fn schedule(dice: &mut Dice) -> &'static str {
    dice.one(&[
        "* * * * *",
        "*/2 * * * *",
        "*/5 * * * *",
        "*/7 * * * *",
        "0,1,2,30,31 * * * *",
        "@every 90s",
        "@every 45s",
        "@hourly",
        "15 4 31 2 *",
    ])
}

fn daemonset_spec(dice: &mut Dice, name: &str) -> Value {
    let mut spec = map(json!({"selector": {"matchLabels": {"app": name}}}));
    dice.maybe(&mut spec, 70, "updateStrategy", strategy);
    dice.maybe(&mut spec, 30, "minReadySeconds", |dice| {
        json!(dice.one(&[1, 10, 45]))
    });
    dice.maybe(&mut spec, 20, "revisionHistoryLimit", |dice| {
        json!(dice.between(0, 2))
    });
    spec.insert("template".to_owned(), pod(dice, name, Use::Daemon));
    Value::Object(spec)
}

/// `updateStrategy` of a DaemonSet.
pub(super) fn strategy(dice: &mut Dice) -> Value {
    match dice.between(0, 3) {
        0 => json!({"type": "OnDelete"}),
        1 => json!({"type": "RollingUpdate", "rollingUpdate": {
            "maxUnavailable": 0,
            "maxSurge": dice.one(&[json!(1), json!(2), json!("50%")]),
        }}),
        _ => json!({"type": "RollingUpdate", "rollingUpdate": {
            "maxSurge": 0,
            "maxUnavailable": dice.one(&[json!(1), json!(3), json!("30%"), json!("100%")]),
        }}),
    }
}
