//! Containers and init containers (WL-P1 to WL-P12).
//!
//! Upstream: `validateContainers`, `validateInitContainers` and `validateContainerCommon` in
//! `pkg/apis/core/validation/validation.go`; defaults in `pkg/apis/core/v1/defaults.go`.

use super::place::{Faults, Place};
use super::pod::PodOf;
use super::resources::{Asked, asked};
use super::{names, ports, probes, volumes};
use crate::model::{
    Container, ContainerKind, ContainerPort, ImagePullPolicy, RestartPolicy, RestartRule,
};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

const RESTART_RULES_MAX: usize = 20;
const RESTART_RULE_CODES_MAX: usize = 255;

/// What the containers of a pod need to know of it.
pub(super) struct Around<'a> {
    /// Names of the volumes, those of claim templates included.
    pub(super) volumes: &'a BTreeSet<String>,
    /// `hostNetwork`.
    pub(super) host_network: bool,
    /// What the pod is part of.
    pub(super) of: PodOf,
}

/// The containers of a pod, init containers first, and the ports that they ask for on the node.
pub(super) fn containers(
    init: Vec<api::Container>,
    regular: Vec<api::Container>,
    spec: &Place<'_>,
    around: &Around<'_>,
    faults: &mut Faults<'_>,
) -> (Vec<Container>, Vec<ContainerPort>) {
    let mut names = BTreeSet::new();
    let mut host_ports = Vec::new();
    let list = spec.key("containers");
    if regular.is_empty() {
        faults.required(&list, "a pod has at least one container");
    }
    let mut taken = BTreeSet::new();
    let mut of_pod = Vec::new();
    for (index, value) in regular.into_iter().enumerate() {
        let place = list.item(index);
        check_unique(&value.name, &mut names, &place, faults);
        ports::check_host_ports(&value, &mut taken, &place, around, faults);
        host_ports.extend(ports::host_ports(&value, around.host_network));
        of_pod.push(container(value, true, &place, around, faults));
    }
    let list = spec.key("initContainers");
    let mut all = Vec::new();
    for (index, value) in init.into_iter().enumerate() {
        let place = list.item(index);
        check_unique(&value.name, &mut names, &place, faults);
        // Init containers run one by one, so only ports of one of them can collide.
        ports::check_host_ports(&value, &mut BTreeSet::new(), &place, around, faults);
        if value.restart_policy.as_deref() == Some("Always") {
            host_ports.extend(ports::host_ports(&value, around.host_network));
        }
        all.push(container(value, false, &place, around, faults));
    }
    all.append(&mut of_pod);
    (all, host_ports)
}

fn check_unique(name: &str, names: &mut BTreeSet<String>, at: &Place<'_>, faults: &mut Faults<'_>) {
    if !name.is_empty() && !names.insert(name.to_owned()) {
        faults.duplicate(&at.key("name"), name);
    }
}

fn container(
    value: api::Container,
    is_regular: bool,
    at: &Place<'_>,
    around: &Around<'_>,
    faults: &mut Faults<'_>,
) -> Container {
    let api::Container {
        env,
        image,
        image_pull_policy,
        lifecycle,
        liveness_probe,
        name,
        ports: port_list,
        readiness_probe,
        resources,
        restart_policy,
        restart_policy_rules,
        startup_probe,
        termination_message_policy,
        volume_devices,
        volume_mounts,
        // No effect here: nothing is really run.
        args: _,
        command: _,
        env_from: _,
        resize_policy: _,
        security_context: _,
        stdin: _,
        stdin_once: _,
        termination_message_path: _,
        tty: _,
        working_dir: _,
    } = value;
    let image = image.unwrap_or_default();
    check_name(&name, at, faults);
    check_image(&image, around.of, at, faults);
    ports::check_ports(&port_list.unwrap_or_default(), &at.key("ports"), faults);
    check_env(&env.unwrap_or_default(), &at.key("env"), faults);
    check_message_policy(termination_message_policy.as_deref(), at, faults);
    let mounts = (
        volume_mounts.unwrap_or_default(),
        volume_devices.unwrap_or_default(),
    );
    volumes::check_mounts(&mounts, at, around.volumes, faults);
    let rules = restart_policy_rules.unwrap_or_default();
    let (restart_policy, restart_rules) =
        own_restart_policy(restart_policy.as_deref(), rules, at, faults);
    let kind = match restart_policy {
        _ if is_regular => ContainerKind::Regular,
        Some(RestartPolicy::Always) => ContainerKind::Sidecar,
        Some(RestartPolicy::OnFailure | RestartPolicy::Never) | None => ContainerKind::Init,
    };
    let probes = probes::Probes {
        lifecycle,
        liveness: liveness_probe,
        readiness: readiness_probe,
        startup: startup_probe,
    };
    probes::check(&probes, kind, at, faults);
    let Asked {
        requests,
        limits,
        requests_named,
    } = asked(resources.unwrap_or_default(), &at.key("resources"), faults);
    Container {
        name: name.into(),
        kind,
        image_pull_policy: pull_policy(image_pull_policy.as_deref(), &image, at, faults),
        image: image.into(),
        requests,
        limits,
        requests_named,
        restart_policy: restart_policy.filter(|_| kind != ContainerKind::Sidecar),
        restart_rules,
    }
}

fn check_name(name: &str, at: &Place<'_>, faults: &mut Faults<'_>) {
    let at = at.key("name");
    if name.is_empty() {
        faults.required(&at, "every container needs a name");
        return;
    }
    for fault in names::dns_label(name) {
        faults.invalid(&at, name, &fault);
    }
}

/// WL-P3: blanks around the image of a template pass here and fail its pods.
fn check_image(image: &str, of: PodOf, at: &Place<'_>, faults: &mut Faults<'_>) {
    let at = at.key("image");
    if image.is_empty() {
        faults.required(&at, "every container needs an image");
    } else if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        match of {
            PodOf::Pod => faults.invalid(&at, image, detail),
            PodOf::Job { .. } | PodOf::Kept(_) => {
                faults.warn(&at, &format!("the pods will be refused: {detail}"));
            }
        }
    }
}

fn check_env(env: &[api::EnvVar], at: &Place<'_>, faults: &mut Faults<'_>) {
    for (index, variable) in env.iter().enumerate() {
        let api::EnvVar {
            name,
            value: _,
            value_from: _,
        } = variable;
        if name.is_empty() {
            faults.required(&at.item(index).key("name"), "");
        }
    }
}

fn check_message_policy(policy: Option<&str>, at: &Place<'_>, faults: &mut Faults<'_>) {
    const KNOWN: [&str; 2] = ["FallbackToLogsOnError", "File"];
    if let Some(policy) = policy.filter(|policy| !policy.is_empty() && !KNOWN.contains(policy)) {
        faults.unsupported(&at.key("terminationMessagePolicy"), policy, &KNOWN);
    }
}

/// WL-P4, WL-D15, KUB-20.
fn pull_policy(
    policy: Option<&str>,
    image: &str,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> ImagePullPolicy {
    match policy {
        Some("Always") => ImagePullPolicy::Always,
        Some("IfNotPresent") => ImagePullPolicy::IfNotPresent,
        Some("Never") => ImagePullPolicy::Never,
        Some("") | None => default_pull_policy(image),
        Some(other) => {
            let known = ["Always", "IfNotPresent", "Never"];
            faults.unsupported(&at.key("imagePullPolicy"), other, &known);
            ImagePullPolicy::IfNotPresent
        }
    }
}

/// KUB-20: `Always` for the tag `latest`, which also stands for no tag; a digest is no tag `latest`.
pub(super) fn default_pull_policy(image: &str) -> ImagePullPolicy {
    let (image, digest) = match image.split_once('@') {
        Some((image, _)) => (image, true),
        None => (image, false),
    };
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        Some((_, "latest")) => ImagePullPolicy::Always,
        None if !digest => ImagePullPolicy::Always,
        Some(_) | None => ImagePullPolicy::IfNotPresent,
    }
}

/// WL-P12.
fn own_restart_policy(
    policy: Option<&str>,
    rules: Vec<api::ContainerRestartRule>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> (Option<RestartPolicy>, Vec<RestartRule>) {
    let place = at.key("restartPolicy");
    let list = at.key("restartPolicyRules");
    let known = ["Always", "Never", "OnFailure"];
    let restart_policy = match policy {
        Some("Always") => Some(RestartPolicy::Always),
        Some("OnFailure") => Some(RestartPolicy::OnFailure),
        Some("Never") => Some(RestartPolicy::Never),
        Some(other) => {
            faults.unsupported(&place, other, &known);
            None
        }
        None => {
            if !rules.is_empty() {
                let detail = "must specify restartPolicy when restart rules are used";
                faults.required(&place, detail);
            }
            None
        }
    };
    if rules.len() > RESTART_RULES_MAX {
        faults.too_many(&list, rules.len(), RESTART_RULES_MAX);
    }
    let read = |(index, rule)| restart_rule(rule, &list.item(index), faults);
    let rules = rules.into_iter().enumerate().filter_map(read).collect();
    (restart_policy, rules)
}

/// Either action restarts the container, so that the first rule that matches and any that does are the same.
fn restart_rule(
    rule: api::ContainerRestartRule,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<RestartRule> {
    let api::ContainerRestartRule { action, exit_codes } = rule;
    let actions = ["Restart", "RestartAllContainers"];
    if !actions.contains(&action.as_str()) {
        faults.unsupported(&at.key("action"), &action, &actions);
    }
    if action == "RestartAllContainers" {
        let message = "only the container itself is restarted here, not all of the pod";
        faults.warn(&at.key("action"), message);
    }
    let place = at.key("exitCodes");
    let Some(exit_codes) = exit_codes else {
        faults.required(&place, "must be specified");
        return None;
    };
    let api::ContainerRestartRuleOnExitCodes { operator, values } = exit_codes;
    let operators = ["In", "NotIn"];
    if !operators.contains(&operator.as_str()) {
        faults.unsupported(&place.key("operator"), &operator, &operators);
    }
    let exit_codes = values.unwrap_or_default();
    if exit_codes.len() > RESTART_RULE_CODES_MAX {
        faults.too_many(
            &place.key("values"),
            exit_codes.len(),
            RESTART_RULE_CODES_MAX,
        );
    }
    let includes = operator == "In";
    Some(RestartRule {
        exit_codes,
        includes,
    })
}
