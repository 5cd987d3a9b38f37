//! What happens to the cluster, in the first part of the run.

use super::workloads::{job_spec, schedule, strategy};
use super::{Cast, Role, replicated};
use crate::dice::Dice;
use serde_json::{Value, json};

/// `spec.actions`, and the files that they read.
pub(super) fn actions(dice: &mut Dice, cast: &Cast, busy_s: i64) -> (Value, Vec<(String, Value)>) {
    let mut actions = Vec::new();
    let mut files = Vec::new();
    let mut nodes = Nodes::new(cast);
    for _ in 0..dice.between(0, 25) {
        let at = dice.between(0, busy_s - 1);
        let mut choices = vec![0, 0, 0, 1];
        for (number, roles) in [
            (2, &cast.jobs),
            (3, &cast.cronjobs),
            (4, &cast.daemonsets),
            (5, &cast.pods),
            (6, &cast.replicated),
            (7, &cast.budgets),
            (8, &cast.budgets),
        ] {
            if !roles.is_empty() {
                choices.extend([number, number]);
            }
        }
        match dice.one(&choices) {
            0 => nodes.act(dice, at, busy_s, &mut actions),
            1 => kubectl(&mut actions, at, &on_pods(dice, &nodes)),
            2 => on_job(dice, cast, at, &mut actions, &mut files),
            3 => on_cronjob(dice, cast, at, &mut actions),
            4 => on_daemonset(dice, cast, at, &mut actions, &mut files),
            6 => replicated::act(dice, cast, at, &mut actions, &mut files),
            7 => replicated::act_on_budget(dice, cast, at, &mut actions, &mut files),
            8 => {
                let name = dice.one(&nodes.names);
                nodes.drain(dice, &name, at, busy_s, &mut actions);
            }
            _ => {
                let role = dice.one(&cast.pods);
                let command = format!("delete pod {}{}", role.name, role.flag());
                kubectl(&mut actions, at, &command);
            }
        }
    }
    if cast.budgets.iter().any(|role| role.name == "calm") {
        for _ in 0..dice.between(2, 8) {
            let (name, at) = (dice.one(&nodes.names), dice.between(60, busy_s - 1));
            nodes.drain(dice, &name, at, busy_s, &mut actions);
        }
    }
    (json!(actions), files)
}

pub(super) fn kubectl(actions: &mut Vec<Value>, at: i64, command: &str) {
    actions.push(json!({"at": format!("{at}s"), "kubectl": command}));
}

/// Names of nodes that there are, or were.
struct Nodes {
    pools: Vec<String>,
    names: Vec<String>,
    manifests: i64,
}

impl Nodes {
    fn new(cast: &Cast) -> Self {
        let names = cast
            .pools
            .iter()
            .flat_map(|(pool, count)| (1..=*count).map(move |number| format!("{pool}-{number}")));
        Self {
            pools: cast.pools.iter().map(|(pool, _)| pool.clone()).collect(),
            names: names.collect(),
            manifests: 0,
        }
    }

    fn act(&mut self, dice: &mut Dice, at: i64, busy_s: i64, actions: &mut Vec<Value>) {
        let name = dice.one(&self.names);
        let mut push = |at: i64, node: Value| {
            actions.push(json!({"at": format!("{at}s"), "node": node}));
        };
        match dice.between(0, 12) {
            0 => push(
                at,
                json!({"add": {"pool": dice.one(&self.pools), "count": dice.between(1, 2)}}),
            ),
            1 => {
                self.manifests += 1;
                let mut node = super::cluster::node(dice);
                node["apiVersion"] = json!("v1");
                node["kind"] = json!("Node");
                node["metadata"]["name"] = json!(format!("extra-{}", self.manifests));
                push(at, json!({"add": node}));
            }
            2 | 3 => push(at, json!({"remove": name})),
            4..=6 => {
                let how = dice.one(&["crash", "powerOff"]);
                push(at, json!({how: name}));
                if dice.chance(70) {
                    let back = (at + dice.one(&[1, 30, 100, 500])).min(busy_s - 1);
                    push(back, json!({"recover": name}));
                }
            }
            7 => kubectl(
                actions,
                at,
                &format!("{} {name}", dice.one(&["cordon", "uncordon"])),
            ),
            8 | 11 | 12 => self.drain(dice, &name, at, busy_s, actions),
            9 => {
                let key = dice.one(&["dedicated", "maintenance"]);
                let effect = dice.one(&["NoSchedule", "NoExecute"]);
                let command = format!("taint node {name} {key}=batch:{effect} --overwrite");
                kubectl(actions, at, &command);
                if dice.chance(60) {
                    let back = (at + dice.one(&[3, 150])).min(busy_s - 1);
                    kubectl(actions, back, &format!("taint node {name} {key}-"));
                }
            }
            _ => {
                let label = dice.one(&["disk=ssd", "disk=hdd", "zone=a", "zone-"]);
                kubectl(
                    actions,
                    at,
                    &format!("label node {name} {label} --overwrite"),
                );
            }
        }
    }

    /// One node, or two, or all of a kind; some of them are taken into service again.
    fn drain(&self, dice: &mut Dice, name: &str, at: i64, busy_s: i64, actions: &mut Vec<Value>) {
        let which = match dice.between(0, 4) {
            0 => "-l disk=ssd".to_owned(),
            1 => format!("{name} {}", dice.one(&self.names)),
            _ => name.to_owned(),
        };
        let flags = dice.one(&[
            "",
            "",
            "",
            " --grace-period=5",
            " --timeout=30s",
            " --disable-eviction",
            " --pod-selector=tier=front",
        ]);
        let command =
            format!("drain {which} --ignore-daemonsets --delete-emptydir-data --force{flags}");
        kubectl(actions, at, &command);
        if dice.chance(60) {
            let back = (at + dice.one(&[20, 200])).min(busy_s - 1);
            kubectl(actions, back, &format!("uncordon {which}"));
        }
    }
}

fn on_pods(dice: &mut Dice, nodes: &Nodes) -> String {
    let namespace = dice.one(&["", " -n batch"]);
    let which = match dice.between(0, 3) {
        0 => "--all".to_owned(),
        1 => format!("--field-selector=spec.nodeName={}", dice.one(&nodes.names)),
        2 => format!("-l app=job-{}", dice.between(1, 3)),
        _ => "-l tier=front".to_owned(),
    };
    let how = dice.one(&[
        "",
        "",
        " --grace-period=1",
        " --force",
        " --grace-period=40",
    ]);
    format!("delete pods {which}{namespace}{how}")
}

pub(super) fn cascade(dice: &mut Dice) -> &'static str {
    dice.one(&["", "", " --cascade=foreground", " --cascade=orphan"])
}

pub(super) fn patch(role: &Role, kind: &str, patch: &Value) -> String {
    format!(
        "patch {kind} {}{} --type merge -p '{patch}'",
        role.name,
        role.flag()
    )
}

/// Applies a manifest, out of a file.
pub(super) fn apply(files: &mut Vec<(String, Value)>, manifest: Value) -> String {
    let name = format!("object-{}.json", files.len() + 1);
    files.push((name.clone(), manifest));
    format!("apply -f {name}")
}

fn on_job(
    dice: &mut Dice,
    cast: &Cast,
    at: i64,
    actions: &mut Vec<Value>,
    files: &mut Vec<(String, Value)>,
) {
    let role = dice.one(&cast.jobs);
    let change = |spec: Value| patch(&role, "job", &json!({"spec": spec}));
    let command = match dice.between(0, 8) {
        0 => format!("delete job {}{}{}", role.name, role.flag(), cascade(dice)),
        1 => {
            // Gone, and later another of the same name.
            let command = format!("delete job {}{}{}", role.name, role.flag(), cascade(dice));
            kubectl(actions, at, &command);
            let mut manifest = role.manifest.clone();
            manifest["spec"] = job_spec(dice, &role.name);
            let again = apply(files, manifest);
            return kubectl(actions, at + dice.one(&[0, 1, 20]), &again);
        }
        2 => {
            kubectl(actions, at, &change(json!({"suspend": true})));
            if dice.chance(80) {
                let back = at + dice.one(&[0, 1, 40]);
                kubectl(actions, back, &change(json!({"suspend": false})));
            }
            return;
        }
        3 => {
            let count = dice.between(0, 9);
            change(json!({"parallelism": count, "completions": count}))
        }
        4 => change(json!({"activeDeadlineSeconds": dice.one(&[1, 60, 300])})),
        5 => change(json!({"ttlSecondsAfterFinished": dice.one(&[0, 60])})),
        6 => change(json!({"backoffLimit": dice.between(0, 5)})),
        _ => change(json!({"parallelism": dice.between(0, 8)})),
    };
    kubectl(actions, at, &command);
}

fn on_cronjob(dice: &mut Dice, cast: &Cast, at: i64, actions: &mut Vec<Value>) {
    let role = dice.one(&cast.cronjobs);
    let change = |spec: Value| patch(&role, "cronjob", &json!({"spec": spec}));
    let command = match dice.between(0, 7) {
        0 => format!(
            "delete cronjob {}{}{}",
            role.name,
            role.flag(),
            cascade(dice)
        ),
        1 => {
            kubectl(actions, at, &change(json!({"suspend": true})));
            if dice.chance(80) {
                let back = at + dice.one(&[0, 50, 400]);
                kubectl(actions, back, &change(json!({"suspend": false})));
            }
            return;
        }
        2 => change(json!({"schedule": schedule(dice)})),
        3 => change(json!({"concurrencyPolicy": dice.one(&["Allow", "Forbid", "Replace"])})),
        4 => change(json!({
            "successfulJobsHistoryLimit": dice.between(0, 2),
            "failedJobsHistoryLimit": dice.between(0, 2),
        })),
        5 => {
            let job = format!("manual-{}", dice.between(1, 3));
            format!(
                "create job --from=cronjob/{} {job}{}",
                role.name,
                role.flag()
            )
        }
        6 => format!("delete jobs --all{}{}", role.flag(), cascade(dice)),
        _ => format!("set image cronjob/{} main=app:v9{}", role.name, role.flag()),
    };
    kubectl(actions, at, &command);
}

fn on_daemonset(
    dice: &mut Dice,
    cast: &Cast,
    at: i64,
    actions: &mut Vec<Value>,
    files: &mut Vec<(String, Value)>,
) {
    let role = dice.one(&cast.daemonsets);
    let (name, flag) = (&role.name, role.flag());
    let change = |spec: Value| patch(&role, "daemonset", &json!({"spec": spec}));
    let command = match dice.between(0, 9) {
        0 => format!("delete daemonset {name}{flag}{}", cascade(dice)),
        1 => {
            let command = format!("delete daemonset {name}{flag}{}", cascade(dice));
            kubectl(actions, at, &command);
            let again = apply(files, role.manifest.clone());
            return kubectl(actions, at + dice.one(&[0, 2, 60]), &again);
        }
        2 | 3 => format!("rollout restart daemonset/{name}{flag}"),
        4 | 5 => format!(
            "set image daemonset/{name} main=app:v{}{flag}",
            dice.between(1, 4)
        ),
        6 => change(json!({"template": {"spec": {
            "nodeSelector": {"disk": dice.one(&["ssd", "hdd"])},
        }}})),
        7 | 8 => {
            // A surge that another strategy finds half done.
            let surge = json!({"type": "RollingUpdate", "rollingUpdate": {
                "maxUnavailable": 0,
                "maxSurge": "100%",
            }});
            kubectl(actions, at, &change(json!({"updateStrategy": surge})));
            let command = format!("rollout restart daemonset/{name}{flag}");
            kubectl(actions, at + 1, &command);
            let after = at + dice.one(&[2, 5, 15]);
            let strategy = strategy(dice);
            return kubectl(actions, after, &change(json!({"updateStrategy": strategy})));
        }
        _ => change(json!({"updateStrategy": strategy(dice)})),
    };
    kubectl(actions, at, &command);
}
