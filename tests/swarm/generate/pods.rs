//! Pod templates, and what their containers do.

use super::Cast;
use crate::dice::{Dice, map};
use serde_json::{Value, json};

/// What a template is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A Job's pods, with this restart policy.
    Job(&'static str),
    /// Daemon pods.
    Daemon,
    /// Pods of a Deployment, ReplicaSet or StatefulSet.
    Replica,
    /// A bare pod.
    Bare,
}

/// Metadata and spec of a pod or of a template; `app` is its label.
pub(super) fn pod(dice: &mut Dice, app: &str, wanted: Use) -> Value {
    let mut metadata = map(json!({"labels": {"app": app, "tier": dice.one(&["front", "back"])}}));
    dice.maybe(&mut metadata, 20, "annotations", annotations);
    json!({"metadata": metadata, "spec": spec(dice, app, wanted)})
}

fn annotations(dice: &mut Dice) -> Value {
    let mut annotations = map(json!({}));
    dice.maybe(&mut annotations, 40, "podtime/run", |dice| {
        json!(dice.one(&["5s", "1s,90s", "0s", "300ms,forever"]))
    });
    dice.maybe(&mut annotations, 30, "podtime/exit-code", |dice| {
        json!(dice.one(&["1,0", "1,42,0", "0"]))
    });
    dice.maybe(&mut annotations, 30, "podtime/terminate", |dice| {
        json!(dice.one(&["0s", "20s", "90s"]))
    });
    dice.maybe(&mut annotations, 20, "podtime/ready-after", |dice| {
        json!(dice.one(&["2s", "30s"]))
    });
    Value::Object(annotations)
}

fn spec(dice: &mut Dice, app: &str, wanted: Use) -> Value {
    let mut spec = map(json!({}));
    let mut containers = vec![container(dice, "main")];
    if dice.chance(20) {
        containers.push(container(dice, "helper"));
    }
    let has_port = wanted != Use::Bare && dice.chance(6);
    if has_port {
        containers[0]["ports"] = json!([{"containerPort": 80, "hostPort": 8080}]);
    }
    spec.insert("containers".to_owned(), json!(containers));
    dice.maybe(&mut spec, 25, "initContainers", init_containers);
    let restart = match wanted {
        Use::Job(policy) => policy,
        Use::Daemon | Use::Replica => "Always",
        Use::Bare => dice.one(&["Always", "OnFailure", "Never"]),
    };
    spec.insert("restartPolicy".to_owned(), json!(restart));
    dice.maybe(&mut spec, 40, "terminationGracePeriodSeconds", |dice| {
        json!(dice.one(&[0, 1, 5, 60]))
    });
    if !matches!(wanted, Use::Daemon | Use::Replica) {
        dice.maybe(&mut spec, 6, "activeDeadlineSeconds", |dice| {
            json!(dice.between(1, 120))
        });
        dice.maybe(
            &mut spec,
            2,
            "schedulingGates",
            |_| json!([{"name": "hold"}]),
        );
    }
    if wanted == Use::Bare && dice.chance(15) {
        let name = dice.one(&["small-1", "small-2", "nowhere"]);
        spec.insert("nodeName".to_owned(), json!(name));
        spec.remove("schedulingGates");
    }
    dice.maybe(
        &mut spec,
        12,
        "nodeSelector",
        |dice| json!({"disk": dice.one(&["ssd", "hdd"])}),
    );
    dice.maybe(&mut spec, 45, "tolerations", tolerations);
    dice.maybe(&mut spec, 24, "affinity", |dice| affinity(dice, app));
    dice.maybe(&mut spec, 12, "topologySpreadConstraints", |dice| {
        json!([{
            "maxSkew": dice.between(1, 2),
            "topologyKey": dice.one(&["zone", "kubernetes.io/hostname"]),
            "whenUnsatisfiable": dice.one(&["DoNotSchedule", "ScheduleAnyway"]),
            "labelSelector": {"matchLabels": {"app": app}},
        }])
    });
    dice.maybe(&mut spec, 40, "priorityClassName", |dice| {
        json!(dice.one(&["high", "high", "polite", "low"]))
    });
    dice.maybe(
        &mut spec,
        15,
        "volumes",
        |_| json!([{"name": "scratch", "emptyDir": {}}]),
    );
    Value::Object(spec)
}

fn container(dice: &mut Dice, name: &str) -> Value {
    let mut container = map(json!({
        "name": name,
        "image": dice.one(&["app:v1", "app:v2", "tool:latest"]),
    }));
    dice.maybe(&mut container, 80, "resources", |dice| {
        let mut requests = map(json!({}));
        dice.maybe(&mut requests, 85, "cpu", |dice| {
            json!(dice.one(&["50m", "250m", "600m", "1500m"]))
        });
        dice.maybe(&mut requests, 60, "memory", |dice| {
            json!(dice.one(&["32Mi", "256Mi", "1Gi"]))
        });
        json!({"requests": requests})
    });
    Value::Object(container)
}

fn init_containers(dice: &mut Dice) -> Value {
    let mut containers = Vec::new();
    for name in ["prepare", "fetch"] {
        let mut init = map(container(dice, name));
        dice.maybe(&mut init, 40, "restartPolicy", |_| json!("Always"));
        containers.push(Value::Object(init));
        if dice.chance(60) {
            break;
        }
    }
    json!(containers)
}

fn tolerations(dice: &mut Dice) -> Value {
    let mut tolerations = Vec::new();
    if dice.chance(20) {
        tolerations.push(json!({"operator": "Exists"}));
    }
    if dice.chance(60) {
        let mut one = map(json!({"key": "dedicated", "operator": "Exists"}));
        dice.maybe(&mut one, 50, "effect", |dice| {
            json!(dice.one(&["NoSchedule", "NoExecute"]))
        });
        tolerations.push(Value::Object(one));
    }
    if dice.chance(40) {
        tolerations.push(json!({
            "key": "maintenance",
            "operator": "Equal",
            "value": dice.one(&["batch", "web"]),
            "effect": "NoExecute",
            "tolerationSeconds": dice.one(&[0, 5, 120]),
        }));
    }
    if dice.chance(25) {
        tolerations.push(json!({
            "key": "node.kubernetes.io/unreachable",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": dice.one(&[0, 10, 60]),
        }));
    }
    json!(tolerations)
}

fn affinity(dice: &mut Dice, app: &str) -> Value {
    let mut affinity = map(json!({}));
    let term = |dice: &mut Dice, app: &str| {
        let labels = if dice.chance(35) {
            json!({"app": app})
        } else {
            json!({"tier": dice.one(&["front", "back"])})
        };
        json!({
            "labelSelector": {"matchLabels": labels},
            "topologyKey": dice.one(&["kubernetes.io/hostname", "zone"]),
        })
    };
    dice.maybe(&mut affinity, 40, "nodeAffinity", |dice| {
        let term = json!({"matchExpressions": [{
            "key": dice.one(&["disk", "zone"]),
            "operator": dice.one(&["In", "NotIn"]),
            "values": [dice.one(&["ssd", "a"])],
        }]});
        if dice.chance(50) {
            json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}})
        } else {
            json!({"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": dice.between(1, 100), "preference": term},
            ]})
        }
    });
    for key in ["podAffinity", "podAntiAffinity"] {
        dice.maybe(&mut affinity, 35, key, |dice| {
            let term = term(dice, app);
            if dice.chance(50) {
                json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]})
            } else {
                json!({"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": dice.between(1, 100), "podAffinityTerm": term},
                ]})
            }
        });
    }
    Value::Object(affinity)
}

/// `spec.behaviors`: a rule for some of the workloads, and one for the rest.
pub(super) fn behaviors(dice: &mut Dice, cast: &Cast) -> Value {
    let mut rules = Vec::new();
    let batch = cast.jobs.iter().chain(&cast.cronjobs);
    for role in batch
        .chain(&cast.daemonsets)
        .chain(&cast.pods)
        .chain(&cast.replicated)
    {
        if dice.chance(60) {
            let mut rule = behavior(dice);
            rule["match"] = json!({"name": role.name});
            let is_replicated = cast.replicated.iter().any(|other| other.name == role.name);
            if is_replicated && dice.chance(70) {
                // Pods that come and go by themselves leave evictions little to do.
                rule = json!({"match": {"name": role.name}, "startup": dice.one(&["1s", "15s"])});
            }
            rules.push(rule);
        }
    }
    if dice.chance(20) {
        let mut rule = behavior(dice);
        rule["match"] = json!({"container": dice.one(&["prepare", "fetch"])});
        rules.push(rule);
    }
    if dice.chance(50) {
        let mut rule = behavior(dice);
        rule["match"] = json!({"kind": "Job"});
        rules.push(rule);
    }
    json!(rules)
}

fn behavior(dice: &mut Dice) -> Value {
    let mut rule = map(json!({}));
    dice.maybe(&mut rule, 40, "startup", |dice| {
        dice.one(&[
            json!("0s"),
            json!("3s"),
            json!({"uniform": {"min": "1s", "max": "20s"}}),
        ])
    });
    dice.maybe(&mut rule, 25, "imagePull", |dice| {
        json!(dice.one(&["0s", "2s", "15s"]))
    });
    dice.maybe(&mut rule, 25, "readyAfter", |dice| {
        json!(dice.one(&["0s", "1s", "25s"]))
    });
    dice.maybe(&mut rule, 70, "run", |dice| {
        dice.one(&[
            json!("0s"),
            json!("4s"),
            json!("forever"),
            json!({"exponential": {"mean": "20s"}}),
            json!({"lognormal": {"median": "15s", "p95": "2m"}}),
            json!({"uniform": {"min": "1s", "max": "90s"}}),
        ])
    });
    dice.maybe(&mut rule, 50, "failure", |dice| {
        let mut failure = map(json!({"probability": dice.one(&[0.1, 0.4, 1.0])}));
        dice.maybe(&mut failure, 60, "exitCode", |dice| {
            json!(dice.one(&[1, 3, 42]))
        });
        dice.maybe(&mut failure, 40, "run", |dice| {
            json!(dice.one(&["0s", "2s", "30s"]))
        });
        Value::Object(failure)
    });
    dice.maybe(&mut rule, 20, "attempts", |dice| {
        json!([
            {"run": dice.one(&["1s", "8s"]), "exitCode": dice.one(&[1, 3, 42])},
            {"exitCode": dice.one(&[0, 1])},
            {"run": "6s", "exitCode": 0},
        ])
    });
    dice.maybe(&mut rule, 15, "attemptBy", |dice| {
        json!(dice.one(&["pod", "failure"]))
    });
    dice.maybe(&mut rule, 30, "terminate", |dice| {
        json!(dice.one(&["0s", "4s", "50s"]))
    });
    Value::Object(rule)
}
