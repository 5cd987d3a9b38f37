//! Deployments, ReplicaSets, StatefulSets and disruption budgets, and what is done to them.

use super::actions::{apply, cascade, kubectl, patch};
use super::pods::{Use, pod};
use super::workloads::role;
use super::{Cast, Role};
use crate::dice::{Dice, map};
use serde_json::{Map, Value, json};

/// Some of each kind.
pub(super) fn replicated(dice: &mut Dice, cast: &mut Cast) -> Vec<Value> {
    let mut objects = Vec::new();
    for (kind, name, spec) in [
        (
            "Deployment",
            "web",
            deployment_spec as fn(&mut Dice, &str) -> Value,
        ),
        ("ReplicaSet", "set", replicaset_spec),
        ("StatefulSet", "db", statefulset_spec),
    ] {
        let most = if kind == "ReplicaSet" { 1 } else { 2 };
        for number in 1..=dice.between(0, most) {
            let role = role(dice, "apps/v1", kind, &format!("{name}-{number}"), spec);
            objects.push(role.manifest.clone());
            cast.replicated.push(role);
        }
    }
    objects
}

/// Budgets, most of them over one workload that has no other, so that evictions have somebody to ask.
pub(super) fn budgets(dice: &mut Dice, cast: &mut Cast) -> Vec<Value> {
    let mut objects = Vec::new();
    let mut over: Vec<Role> = cast.replicated.clone();
    over.extend(cast.jobs.first().cloned().filter(|_| dice.chance(20)));
    for number in 1..=dice.between(0, 4) {
        let name = format!("budget-{number}");
        let mut role = role(dice, "policy/v1", "PodDisruptionBudget", &name, budget_spec);
        if over.is_empty() && dice.chance(70) {
            break;
        }
        if !over.is_empty() && dice.chance(90) {
            let at = dice.between(0, i64::try_from(over.len()).unwrap() - 1);
            let over = over.remove(usize::try_from(at).unwrap());
            role.namespace = over.namespace;
            role.manifest["metadata"]["namespace"] = json!(over.namespace);
            role.manifest["spec"]["selector"] = json!({"matchLabels": {"app": over.name}});
        }
        objects.push(role.manifest.clone());
        cast.budgets.push(role);
    }
    objects
}

/// A workload that does nothing by itself and a budget over it, for the drains to meet.
pub(super) fn calm(dice: &mut Dice, cast: &mut Cast) -> Vec<Value> {
    let (kind, spec) = dice.one(&[
        ("Deployment", json!({})),
        ("ReplicaSet", json!({})),
        ("StatefulSet", json!({"podManagementPolicy": "Parallel"})),
    ]);
    let mut objects = Vec::new();
    for (version, kind, spec) in [
        ("apps/v1", kind, spec),
        ("policy/v1", "PodDisruptionBudget", json!({})),
    ] {
        let mut role = role(dice, version, kind, "calm", |dice, _| {
            Value::Object(bound(dice))
        });
        role.namespace = "default";
        role.manifest["metadata"]["namespace"] = json!("default");
        if version == "apps/v1" {
            role.manifest["spec"] = spec;
            role.manifest["spec"]["replicas"] = json!(dice.between(3, 12));
            role.manifest["spec"]["template"] = json!({
                "metadata": {"labels": {"app": "calm"}},
                "spec": {"containers": [{"name": "main", "image": "app:v1"}]},
            });
        }
        role.manifest["spec"]["selector"] = json!({"matchLabels": {"app": "calm"}});
        objects.push(role.manifest.clone());
        if version == "apps/v1" {
            cast.replicated.push(role);
        } else {
            cast.budgets.push(role);
        }
    }
    objects
}

fn budget_spec(dice: &mut Dice, _: &str) -> Value {
    let mut spec = bound(dice);
    let selector = dice.one(&[
        json!({"matchLabels": {"tier": "front"}}),
        json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]}),
        json!({}),
    ]);
    spec.insert("selector".to_owned(), selector);
    dice.maybe(&mut spec, 40, "unhealthyPodEvictionPolicy", |dice| {
        json!(dice.one(&["IfHealthyBudget", "AlwaysAllow"]))
    });
    Value::Object(spec)
}

/// One of the two bounds of a budget; the other one is taken out by a patch.
fn bound(dice: &mut Dice) -> Map<String, Value> {
    let (key, other) = dice.one(&[
        ("minAvailable", "maxUnavailable"),
        ("maxUnavailable", "minAvailable"),
    ]);
    let value = dice.one(&[
        json!(0),
        json!(1),
        json!(2),
        json!("30%"),
        json!("50%"),
        json!("100%"),
    ]);
    let mut bound = map(json!({key: value}));
    bound.insert(other.to_owned(), Value::Null);
    bound
}

fn replicas(dice: &mut Dice, spec: &mut Map<String, Value>) {
    dice.maybe(spec, 85, "replicas", |dice| {
        json!(dice.one(&[0, 1, 2, 3, 5, 9]))
    });
    dice.maybe(spec, 25, "minReadySeconds", |dice| {
        json!(dice.one(&[1, 10, 40]))
    });
}

fn deployment_spec(dice: &mut Dice, name: &str) -> Value {
    let mut spec = map(json!({"selector": {"matchLabels": {"app": name}}}));
    replicas(dice, &mut spec);
    dice.maybe(&mut spec, 70, "strategy", deployment_strategy);
    dice.maybe(&mut spec, 20, "revisionHistoryLimit", |dice| {
        json!(dice.between(0, 2))
    });
    dice.maybe(&mut spec, 20, "progressDeadlineSeconds", |dice| {
        json!(dice.one(&[50, 100]))
    });
    dice.maybe(&mut spec, 5, "paused", |_| json!(true));
    spec.insert("template".to_owned(), pod(dice, name, Use::Replica));
    Value::Object(spec)
}

fn deployment_strategy(dice: &mut Dice) -> Value {
    if dice.chance(20) {
        return json!({"type": "Recreate", "rollingUpdate": null});
    }
    let surge = dice.one(&[json!(0), json!(1), json!(3), json!("25%"), json!("100%")]);
    let unavailable = if surge == json!(0) {
        dice.one(&[json!(1), json!("40%")])
    } else {
        dice.one(&[json!(0), json!(1), json!("25%"), json!("100%")])
    };
    json!({"type": "RollingUpdate", "rollingUpdate": {
        "maxSurge": surge,
        "maxUnavailable": unavailable,
    }})
}

fn replicaset_spec(dice: &mut Dice, name: &str) -> Value {
    let mut spec = map(json!({"selector": {"matchLabels": {"app": name}}}));
    replicas(dice, &mut spec);
    spec.insert("template".to_owned(), pod(dice, name, Use::Replica));
    Value::Object(spec)
}

fn statefulset_spec(dice: &mut Dice, name: &str) -> Value {
    let mut spec = map(json!({"selector": {"matchLabels": {"app": name}}}));
    replicas(dice, &mut spec);
    dice.maybe(&mut spec, 60, "podManagementPolicy", |dice| {
        json!(dice.one(&["OrderedReady", "Parallel"]))
    });
    dice.maybe(&mut spec, 60, "updateStrategy", update_strategy);
    dice.maybe(
        &mut spec,
        20,
        "ordinals",
        |dice| json!({"start": dice.between(0, 3)}),
    );
    spec.insert("template".to_owned(), pod(dice, name, Use::Replica));
    Value::Object(spec)
}

fn update_strategy(dice: &mut Dice) -> Value {
    match dice.between(0, 3) {
        0 => json!({"type": "OnDelete", "rollingUpdate": null}),
        1 => json!({"type": "RollingUpdate", "rollingUpdate": {"partition": dice.between(0, 3)}}),
        _ => json!({"type": "RollingUpdate"}),
    }
}

/// Something is done to a Deployment, a ReplicaSet or a StatefulSet.
pub(super) fn act(
    dice: &mut Dice,
    cast: &Cast,
    at: i64,
    actions: &mut Vec<Value>,
    files: &mut Vec<(String, Value)>,
) {
    let role = dice.one(&cast.replicated);
    let kind = role.manifest["kind"].as_str().unwrap().to_lowercase();
    let (name, flag) = (&role.name, role.flag());
    let has_rollout = kind != "replicaset";
    let change = |spec: Value| patch(&role, &kind, &json!({"spec": spec}));
    let command = match dice.between(0, 11) {
        0 => format!("delete {kind} {name}{flag}{}", cascade(dice)),
        1 => {
            let command = format!("delete {kind} {name}{flag}{}", cascade(dice));
            kubectl(actions, at, &command);
            let again = apply(files, role.manifest.clone());
            return kubectl(actions, at + dice.one(&[0, 2, 60]), &again);
        }
        2..=4 => {
            let replicas = dice.one(&[0, 1, 2, 4, 8]);
            format!("scale {kind} {name}{flag} --replicas={replicas}")
        }
        5 | 6 if has_rollout => format!("rollout restart {kind}/{name}{flag}"),
        7 if kind == "deployment" => change(json!({"strategy": deployment_strategy(dice)})),
        8 if kind == "deployment" => {
            kubectl(actions, at, &change(json!({"paused": true})));
            let back = at + dice.one(&[1, 30, 200]);
            return kubectl(actions, back, &change(json!({"paused": false})));
        }
        7 | 8 if kind == "statefulset" => change(json!({"updateStrategy": update_strategy(dice)})),
        9 => format!("delete pods -l app={name}{flag}"),
        10 if has_rollout => {
            // A rollout that is changed on its way.
            let image = |number: i64| format!("set image {kind}/{name} main=app:v{number}{flag}");
            kubectl(actions, at, &image(dice.between(1, 4)));
            let after = at + dice.one(&[0, 1, 4, 15]);
            let number = dice.between(1, 4);
            return kubectl(actions, after, &image(number));
        }
        _ => format!(
            "set image {kind}/{name} main=app:v{}{flag}",
            dice.between(1, 4)
        ),
    };
    kubectl(actions, at, &command);
}

/// Something is done to a disruption budget.
pub(super) fn act_on_budget(
    dice: &mut Dice,
    cast: &Cast,
    at: i64,
    actions: &mut Vec<Value>,
    files: &mut Vec<(String, Value)>,
) {
    let role = dice.one(&cast.budgets);
    let command = match dice.between(0, 4) {
        0 => format!("delete pdb {}{}", role.name, role.flag()),
        1 => format!("delete pdb -l role=poddisruptionbudget{}", role.flag()),
        2 => apply(files, role.manifest.clone()),
        _ => {
            let bound = bound(dice);
            patch(&role, "pdb", &json!({"spec": bound}))
        }
    };
    kubectl(actions, at, &command);
}
