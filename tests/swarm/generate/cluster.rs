//! Nodes, the control plane, and objects that decide beside the workloads.

use super::Cast;
use crate::dice::{Dice, map};
use serde_json::{Value, json};

/// `spec.cluster`.
pub(super) fn cluster(dice: &mut Dice, cast: &mut Cast) -> Value {
    let names = ["small", "large", "spot"];
    let count = dice.between(1, 3);
    let mut pools = Vec::new();
    for name in &names[..usize::try_from(count).unwrap()] {
        let nodes = dice.between(1, 4);
        cast.pools.push(((*name).to_owned(), nodes));
        pools.push(json!({"name": name, "count": nodes, "node": node(dice)}));
    }
    let mut cluster = map(json!({"pools": pools}));
    dice.maybe(&mut cluster, 70, "controlPlane", control_plane);
    Value::Object(cluster)
}

/// A partial v1 Node.
pub(super) fn node(dice: &mut Dice) -> Value {
    let mut labels = map(json!({"disk": dice.one(&["ssd", "hdd"])}));
    dice.maybe(&mut labels, 70, "zone", |dice| {
        json!(dice.one(&["a", "b", "c"]))
    });
    dice.maybe(&mut labels, 40, "topology.kubernetes.io/zone", |dice| {
        json!(dice.one(&["a", "b"]))
    });
    let mut spec = map(json!({}));
    dice.maybe(&mut spec, 25, "taints", |dice| json!([taint(dice)]));
    dice.maybe(&mut spec, 5, "unschedulable", |_| json!(true));
    json!({
        "metadata": {"labels": labels},
        "spec": spec,
        "status": {"allocatable": {
            "cpu": dice.one(&["900m", "2", "4", "8"]),
            "memory": dice.one(&["1Gi", "4Gi", "16Gi"]),
            "pods": dice.one(&["3", "8", "110", "110"]),
        }},
    })
}

pub(super) fn taint(dice: &mut Dice) -> Value {
    json!({
        "key": dice.one(&["dedicated", "maintenance"]),
        "value": dice.one(&["batch", "web"]),
        "effect": dice.one(&["NoSchedule", "NoExecute", "PreferNoSchedule"]),
    })
}

fn control_plane(dice: &mut Dice) -> Value {
    if dice.chance(40) {
        return json!(dice.one(&["ideal", "kubernetes"]));
    }
    let mut plane = map(json!({"profile": dice.one(&["ideal", "kubernetes", "kubernetes"])}));
    dice.maybe(&mut plane, 60, "kube-controller-manager", |dice| {
        let mut flags = map(json!({}));
        dice.maybe(&mut flags, 30, "kube-api-qps", |d| {
            json!(d.one(&[1, 5, 100]))
        });
        dice.maybe(&mut flags, 30, "kube-api-burst", |d| {
            json!(d.one(&[1, 5, 200]))
        });
        for key in [
            "concurrent-job-syncs",
            "concurrent-cron-job-syncs",
            "concurrent-daemonset-syncs",
            "concurrent-gc-syncs",
        ] {
            dice.maybe(&mut flags, 15, key, |dice| json!(dice.one(&[1, 2])));
        }
        dice.maybe(&mut flags, 20, "node-monitor-grace-period", |dice| {
            json!(dice.one(&["20s", "40s"]))
        });
        dice.maybe(&mut flags, 20, "terminated-pod-gc-threshold", |dice| {
            json!(dice.one(&[1, 5, 20]))
        });
        Value::Object(flags)
    });
    dice.maybe(&mut plane, 50, "kubelet", |dice| {
        let mut flags = map(json!({"profile": dice.one(&["ideal", "kubernetes"])}));
        dice.maybe(&mut flags, 30, "maxContainerRestartPeriod", |dice| {
            json!(dice.one(&["10s", "60s"]))
        });
        Value::Object(flags)
    });
    Value::Object(plane)
}

/// Priority classes always, so that pods can name them; quotas and ranges sometimes.
pub(super) fn policies(dice: &mut Dice) -> Vec<Value> {
    let class = |name: &str, value: i64, policy: &str| {
        json!({
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
            "preemptionPolicy": policy,
        })
    };
    let mut objects = vec![
        class("high", 1000, "PreemptLowerPriority"),
        class("polite", 500, "Never"),
        class("low", -10, "PreemptLowerPriority"),
    ];
    if dice.chance(20) {
        let mut hard = map(json!({}));
        dice.maybe(&mut hard, 50, "pods", |dice| json!(dice.one(&["4", "15"])));
        dice.maybe(&mut hard, 40, "count/jobs.batch", |dice| {
            json!(dice.one(&["3", "8"]))
        });
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "quota", "namespace": "batch"},
            "spec": {"hard": hard},
        }));
    }
    if dice.chance(15) {
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "range", "namespace": dice.one(&["default", "batch"])},
            "spec": {"limits": [{
                "type": "Container",
                "default": {"cpu": "1", "memory": "512Mi"},
                "defaultRequest": {"cpu": "200m", "memory": "64Mi"},
            }]},
        }));
    }
    objects
}
