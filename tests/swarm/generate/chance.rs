//! Drawn failures: of nodes, of zones, of containers, and the work that they cost.
//!
//! A stream of its own decides, so that the scenario of a seed is otherwise the one that it was before.

use crate::dice::{Dice, map};
use serde_json::{Value, json};

/// Adds failures to the scenarios of most seeds.
pub(super) fn add(seed: u64, spec: &mut Value) {
    let mut dice = Dice::of(seed, "chance");
    let dice = &mut dice;
    if dice.chance(40) {
        return;
    }
    for pool in spec["cluster"]["pools"].as_array_mut().unwrap() {
        if dice.chance(35) {
            pool["failures"] = failures(dice);
        }
    }
    if dice.chance(30) {
        let count = dice.between(1, 3);
        let outages: Vec<Value> = (0..count).map(|_| outage(dice)).collect();
        spec["cluster"]["outages"] = json!(outages);
    }
    for rule in spec["behaviors"].as_array_mut().unwrap() {
        if dice.chance(35) {
            rule["failure"] = failure(dice);
        }
        if dice.chance(40) {
            rule["checkpoint"] = json!(dice.one(&["1s", "7s", "1m"]));
        }
    }
    for manifest in spec["manifests"].as_array_mut().unwrap() {
        restart_rules(dice, manifest);
    }
}

fn failures(dice: &mut Dice) -> Value {
    if dice.chance(70) {
        return one_failure(dice);
    }
    json!([one_failure(dice), one_failure(dice)])
}

fn one_failure(dice: &mut Dice) -> Value {
    let mut failure = map(json!({"every": gaps(dice)}));
    let how = dice.one(&["crash", "powerOff", "remove", "drain", "drain"]);
    failure.insert("how".to_owned(), json!(how));
    if how == "drain" {
        failure.insert("notice".to_owned(), json!(dice.one(&["0s", "20s", "2m"])));
    }
    let comes_back = how == "crash" || how == "powerOff";
    dice.maybe(
        &mut failure,
        if comes_back { 100 } else { 50 },
        "for",
        lasts,
    );
    Value::Object(failure)
}

fn gaps(dice: &mut Dice) -> Value {
    dice.one(&[
        json!({"exponential": {"mean": "4m"}}),
        json!({"exponential": {"mean": "20m"}}),
        json!({"weibull": {"scale": "10m", "shape": 2}}),
        json!({"uniform": {"min": "0s", "max": "5m"}}),
        json!("7m"),
    ])
}

fn lasts(dice: &mut Dice) -> Value {
    dice.one(&[
        json!("0s"),
        json!("3s"),
        json!("100s"),
        json!("7m"),
        json!({"exponential": {"mean": "1m"}}),
    ])
}

fn outage(dice: &mut Dice) -> Value {
    let mut outage = map(json!({"how": dice.one(&["crash", "powerOff"]), "for": lasts(dice)}));
    if dice.chance(60) {
        outage.insert("zone".to_owned(), json!(dice.one(&["a", "b", "*"])));
    } else {
        outage.insert(
            "match".to_owned(),
            dice.one(&[json!({"disk": "ssd"}), json!({"zone": "?", "disk": "*d"})]),
        );
    }
    if dice.chance(50) {
        outage.insert("at".to_owned(), json!(format!("{}s", dice.between(0, 900))));
    } else {
        outage.insert("every".to_owned(), gaps(dice));
    }
    Value::Object(outage)
}

fn failure(dice: &mut Dice) -> Value {
    let mut failure = map(json!({}));
    if dice.chance(50) {
        let hazard = dice.one(&[
            json!("3s"),
            json!({"exponential": {"mean": "30s"}}),
            json!({"weibull": {"scale": "1m", "shape": 1.5}}),
        ]);
        failure.insert("hazard".to_owned(), hazard);
    } else {
        let probability = dice.one(&[json!(0.3), json!([0.5, 0.25, 0]), json!([0, 0.5])]);
        failure.insert("probability".to_owned(), probability);
        dice.maybe(&mut failure, 30, "run", |dice| {
            json!(dice.one(&["1s", "40s", "forever"]))
        });
    }
    dice.maybe(&mut failure, 40, "exitCode", |dice| {
        json!(dice.one(&[1, 3, 42]))
    });
    dice.maybe(&mut failure, 40, "nodes", |dice| {
        json!([
            {"match": {"disk": "hdd"}, "factor": dice.one(&[0.0, 0.5, 2.0])},
            {"match": {"zone": "*"}, "factor": 1.5},
        ])
    });
    Value::Object(failure)
}

/// Gives some containers, wherever they are, a policy and rules of their own.
fn restart_rules(dice: &mut Dice, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| restart_rules(dice, item)),
        Value::Object(entries) => {
            if entries.contains_key("image")
                && !entries.contains_key("restartPolicy")
                && dice.chance(8)
            {
                entries.insert(
                    "restartPolicy".to_owned(),
                    json!(dice.one(&["Never", "OnFailure"])),
                );
                entries.insert(
                    "restartPolicyRules".to_owned(),
                    json!([{
                        "action": "Restart",
                        "exitCodes": {"operator": dice.one(&["In", "NotIn"]), "values": [3, 42]},
                    }]),
                );
            }
            entries
                .values_mut()
                .for_each(|entry| restart_rules(dice, entry));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
