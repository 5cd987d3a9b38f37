//! Pools that grow and shrink.
//!
//! The draws have dice of their own: a seed without them makes the scenario that it made before there were any.

use crate::dice::{Dice, map};
use serde_json::{Value, json};

/// Sets the dice apart from those of the rest.
const APART: u64 = 0x6175_746f_7363_616c;

/// Lets pools of a cluster be autoscaled, for two seeds of five.
pub(super) fn autoscale(seed: u64, cluster: &mut Value) {
    let mut dice = Dice::new(seed ^ APART);
    let dice = &mut dice;
    if !dice.chance(40) {
        return;
    }
    for pool in cluster["pools"].as_array_mut().unwrap() {
        if dice.chance(50) {
            pool["price"] = json!(dice.one(&[0.05, 0.192, 1.0]));
        }
        if dice.chance(70) {
            let count = pool["count"].as_i64().unwrap();
            let mut scale = map(json!({
                "min": dice.between(0, count),
                "max": count + dice.between(0, 6),
            }));
            dice.maybe(&mut scale, 80, "provision", |dice| {
                dice.one(&[
                    json!("0s"),
                    json!("30s"),
                    json!({"uniform": {"min": "10s", "max": "4m"}}),
                ])
            });
            dice.maybe(&mut scale, 60, "unneeded", |dice| {
                json!(dice.one(&["0s", "30s", "3m"]))
            });
            dice.maybe(&mut scale, 30, "priority", |dice| json!(dice.between(0, 3)));
            pool["autoscale"] = Value::Object(scale);
        }
    }
    if dice.chance(80) {
        cluster["autoscaler"] = flags(dice);
    }
}

fn flags(dice: &mut Dice) -> Value {
    let mut flags = map(json!({}));
    for (percent, key, choices) in [
        (30, "scan-interval", ["5s", "10s", "60s"]),
        (30, "new-pod-scale-up-delay", ["0s", "10s", "45s"]),
        (30, "max-node-provision-time", ["1m", "3m", "15m"]),
        (70, "scale-down-delay-after-add", ["0s", "1m", "10m"]),
        (30, "scale-down-delay-after-delete", ["0s", "10s", "3m"]),
        (50, "scale-down-unneeded-time", ["0s", "1m", "5m"]),
        (30, "unremovable-node-recheck-timeout", ["5s", "1m", "5m"]),
        (30, "node-delete-delay-after-taint", ["0s", "5s", "30s"]),
        (
            60,
            "expander",
            ["random", "most-pods,least-waste", "price,priority"],
        ),
    ] {
        dice.maybe(&mut flags, percent, key, |dice| json!(dice.one(&choices)));
    }
    for (percent, key) in [
        (30, "frequent-loops-enabled"),
        (30, "force-ds"),
        (20, "ignore-daemonsets-utilization"),
        (30, "skip-nodes-with-local-storage"),
        (30, "skip-nodes-with-system-pods"),
        (30, "daemonset-eviction-for-empty-nodes"),
    ] {
        dice.maybe(&mut flags, percent, key, |dice| json!(dice.chance(50)));
    }
    dice.maybe(&mut flags, 30, "scale-down-utilization-threshold", |dice| {
        json!(dice.one(&[0.0, 0.7, 1.0]))
    });
    dice.maybe(&mut flags, 30, "max-drain-parallelism", |dice| {
        json!(dice.one(&[2, 5]))
    });
    dice.maybe(&mut flags, 20, "max-graceful-termination-sec", |dice| {
        json!(dice.one(&[1, 20]))
    });
    dice.maybe(&mut flags, 20, "max-nodes-total", |dice| {
        json!(dice.one(&[3, 8]))
    });
    Value::Object(flags)
}
