//! `spec.cluster.controlPlane`: a profile, or a map with the components' own flag names.
//!
//! Each component has one table of the flags that have an effect here; the reader, the hint of an
//! unknown flag and the schema all come from it.

use super::autoscaler::words;
use super::distributions::{DURATION, duration, positive_duration};
use super::problem::{Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::Field;
use crate::model::{
    ClientRate, ControlPlane, ControllerFlags, KubeletFlags, KubeletProfile, Profile,
    SchedulerFlags,
};
use crate::sim::Span;

/// The words for both profiles.
pub(super) const PROFILES: &[&str] = &["kubernetes", "ideal"];

/// What a flag's value is, and where it goes.
pub(super) enum Kind<F> {
    /// A whole number within bounds.
    Count(u32, u32, fn(&mut F) -> &mut u32),
    /// As `Count`; not set by default.
    OptionalCount(u32, u32, fn(&mut F) -> &mut Option<u32>),
    /// A rate or share with at most three decimals, at most so many thousandths.
    Milli(u32, fn(&mut F) -> &mut u32),
    /// Requests a second: as `Milli`, and a negative number is no limit.
    Qps(fn(&mut F) -> &mut Option<u32>),
    /// A duration longer than 0.
    Duration(fn(&mut F) -> &mut Span),
    /// A duration of 0 or longer.
    Delay(fn(&mut F) -> &mut Span),
    /// Words between commas, out of a list.
    Words(&'static [&'static str], fn(&mut F, &[&str])),
    /// A duration as a whole number of seconds.
    Seconds(fn(&mut F) -> &mut Span),
    /// True or false.
    Switch(fn(&mut F) -> &mut bool),
}

/// A flag: its name on the command line or in the component's configuration file.
pub(super) type Flag<F> = (&'static str, Kind<F>);

/// Most workers, tokens or nodes that a flag may name.
const COUNT_MAX: u32 = 1_000_000;

/// kube-controller-manager.
pub(super) const CONTROLLER_FLAGS: &[Flag<ControllerFlags>] = &[
    ("kube-api-qps", Kind::Qps(|f| &mut f.client.qps_milli)),
    (
        "kube-api-burst",
        Kind::Count(1, COUNT_MAX, |f| &mut f.client.burst),
    ),
    (
        "concurrent-job-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_job_syncs),
    ),
    (
        "concurrent-cron-job-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_cron_job_syncs),
    ),
    (
        "concurrent-daemonset-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_daemonset_syncs),
    ),
    (
        "concurrent-deployment-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_deployment_syncs),
    ),
    (
        "concurrent-replicaset-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_replicaset_syncs),
    ),
    (
        "concurrent-statefulset-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_statefulset_syncs),
    ),
    (
        "concurrent-ttl-after-finished-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_ttl_after_finished_syncs),
    ),
    (
        "concurrent-gc-syncs",
        Kind::Count(1, COUNT_MAX, |f| &mut f.concurrent_gc_syncs),
    ),
    (
        "node-monitor-period",
        Kind::Duration(|f| &mut f.node_monitor_period),
    ),
    (
        "node-monitor-grace-period",
        Kind::Duration(|f| &mut f.node_monitor_grace_period),
    ),
    (
        "node-startup-grace-period",
        Kind::Duration(|f| &mut f.node_startup_grace_period),
    ),
    (
        "node-eviction-rate",
        Kind::Milli(1_000_000, |f| &mut f.node_eviction_rate_milli),
    ),
    (
        "secondary-node-eviction-rate",
        Kind::Milli(1_000_000, |f| &mut f.secondary_node_eviction_rate_milli),
    ),
    (
        "large-cluster-size-threshold",
        Kind::Count(0, COUNT_MAX, |f| &mut f.large_cluster_size_threshold),
    ),
    (
        "unhealthy-zone-threshold",
        Kind::Milli(1000, |f| &mut f.unhealthy_zone_threshold_milli),
    ),
    (
        "terminated-pod-gc-threshold",
        Kind::Count(0, i32::MAX.unsigned_abs(), |f| {
            &mut f.terminated_pod_gc_threshold
        }),
    ),
];

/// kube-scheduler: two flags and three keys of its configuration file.
pub(super) const SCHEDULER_FLAGS: &[Flag<SchedulerFlags>] = &[
    ("kube-api-qps", Kind::Qps(|f| &mut f.client.qps_milli)),
    (
        "kube-api-burst",
        Kind::Count(1, COUNT_MAX, |f| &mut f.client.burst),
    ),
    (
        "percentageOfNodesToScore",
        Kind::Count(0, 100, |f| &mut f.percentage_of_nodes_to_score),
    ),
    (
        "podInitialBackoffSeconds",
        Kind::Seconds(|f| &mut f.pod_initial_backoff),
    ),
    (
        "podMaxBackoffSeconds",
        Kind::Seconds(|f| &mut f.pod_max_backoff),
    ),
];

/// kubelet: keys of its configuration file.
pub(super) const KUBELET_FLAGS: &[Flag<KubeletFlags>] = &[
    (
        "maxContainerRestartPeriod",
        Kind::Duration(|f| &mut f.max_container_restart_period),
    ),
    (
        "serializeImagePulls",
        Kind::Switch(|f| &mut f.serialize_image_pulls),
    ),
    (
        "maxParallelImagePulls",
        Kind::OptionalCount(1, COUNT_MAX, |f| &mut f.max_parallel_image_pulls),
    ),
];

/// Reads `controlPlane`.
pub(super) fn read(field: &Field<'_>, problems: &mut Problems) -> ControlPlane {
    let mut plane = ControlPlane::default();
    if field.node.as_map().is_none() {
        let choices = [
            (PROFILES[0], Profile::Kubernetes),
            (PROFILES[1], Profile::Ideal),
        ];
        let profile = field.choice(&choices, problems).unwrap_or_default();
        plane.profile = profile;
        plane.kubelet.profile = match profile {
            Profile::Kubernetes => KubeletProfile::Kubernetes,
            Profile::Ideal => KubeletProfile::Ideal,
        };
        return plane;
    }
    let Some(mut walk) = field.walk(problems) else {
        return plane;
    };
    let choices = [
        (PROFILES[0], Profile::Kubernetes),
        (PROFILES[1], Profile::Ideal),
    ];
    plane.profile = walk.choice("profile", &choices).unwrap_or_default();
    if let Some(field) = walk.optional("kube-controller-manager") {
        read_flags(
            "kube-controller-manager",
            &field,
            CONTROLLER_FLAGS,
            &mut plane.controllers,
            walk.problems(),
        );
    }
    if let Some(field) = walk.optional("kube-scheduler") {
        read_flags(
            "kube-scheduler",
            &field,
            SCHEDULER_FLAGS,
            &mut plane.scheduler,
            walk.problems(),
        );
        check_backoff(&field, &plane.scheduler, walk.problems());
    }
    if let Some(field) = walk.optional("kubelet") {
        plane.kubelet = read_kubelet(&field, walk.problems());
    }
    walk.finish();
    plane
}

fn check_backoff(field: &Field<'_>, flags: &SchedulerFlags, problems: &mut Problems) {
    if flags.pod_initial_backoff > flags.pod_max_backoff {
        problems.push(field.error(format!(
            "podInitialBackoffSeconds ({}) must not be longer than podMaxBackoffSeconds ({})",
            flags.pod_initial_backoff, flags.pod_max_backoff
        )));
    }
}

fn read_kubelet(field: &Field<'_>, problems: &mut Problems) -> KubeletFlags {
    let mut flags = KubeletFlags::default();
    if let Some(profile) = field.node.get("profile") {
        let choices = [
            (PROFILES[0], KubeletProfile::Kubernetes),
            (PROFILES[1], KubeletProfile::Ideal),
        ];
        let profile = Field::new(profile, super::path::child(&field.path, "profile"));
        flags.profile = profile.choice(&choices, problems).unwrap_or_default();
    }
    read_flags("kubelet", field, KUBELET_FLAGS, &mut flags, problems);
    if flags.serialize_image_pulls && flags.max_parallel_image_pulls.is_some_and(|max| max > 1) {
        problems.push(
            field
                .error("`maxParallelImagePulls` above 1 needs `serializeImagePulls: false`")
                .with_hint("the kubelet refuses to start with both"),
        );
    }
    flags
}

/// Reads the flags of a component from a map.
pub(super) fn read_flags<F>(
    component: &str,
    field: &Field<'_>,
    flags: &[Flag<F>],
    into: &mut F,
    problems: &mut Problems,
) {
    for (key, value) in field.entries(problems).unwrap_or_default() {
        if component == "kubelet" && key.name == "profile" {
            continue;
        }
        let name = key.name.trim_start_matches("--");
        if let Some((_, kind)) = flags.iter().find(|(flag, _)| *flag == name) {
            if !value.node.is_null() {
                read_flag(&value, kind, into, problems);
            }
            continue;
        }
        let names: Vec<String> = flags.iter().map(|(flag, _)| quote(flag)).collect();
        let known = format!("those of {component} that have one: {}", names.join(", "));
        let hint = match did_you_mean(name, flags.iter().map(|(flag, _)| *flag)) {
            Some(meant) => format!("did you mean {}? {known}", quote(meant)),
            None => known,
        };
        let message = format!("the flag {} of {component} has no effect here", quote(name));
        problems.push(Problem::error(key.at, &value.path, message).with_hint(hint));
    }
}

fn read_flag<F>(field: &Field<'_>, kind: &Kind<F>, into: &mut F, problems: &mut Problems) {
    match kind {
        Kind::Count(least, most, place) => {
            if let Some(count) = field.int(*least..=*most, problems) {
                *place(into) = count;
            }
        }
        Kind::OptionalCount(least, most, place) => {
            if let Some(count) = field.int(*least..=*most, problems) {
                *place(into) = Some(count);
            }
        }
        Kind::Milli(most, place) => {
            if let Some(number) = field.number(0.0..=f64::from(*most) / 1000.0, problems) {
                *place(into) = milli(number);
            }
        }
        Kind::Qps(place) => {
            let most = f64::from(COUNT_MAX);
            let Some(number) = field.number(-most..=most, problems) else {
                return;
            };
            if number < 0.0 {
                *place(into) = ClientRate::UNLIMITED.qps_milli;
            } else if milli(number) == 0 {
                let problem =
                    field.error("a client that may make 0 requests a second never makes one");
                problems.push(problem.with_hint("a negative number takes the limit away"));
            } else {
                *place(into) = Some(milli(number));
            }
        }
        Kind::Duration(place) => {
            if let Some(span) = positive_duration(field, problems) {
                *place(into) = span;
            }
        }
        Kind::Delay(place) => {
            if let Some(span) = duration(field, problems) {
                *place(into) = span;
            }
        }
        Kind::Words(list, take) => {
            let Some(text) = field.text(problems) else {
                return;
            };
            match words(text, list) {
                Ok(words) => take(into, &words),
                Err((word, hint)) => {
                    let problem = field.error(format!("there is no {word}"));
                    problems.push(problem.with_hint(hint));
                }
            }
        }
        Kind::Seconds(place) => {
            if let Some(seconds) = field.int(1..=86_400_i64, problems) {
                *place(into) = Span::from_secs(seconds);
            }
        }
        Kind::Switch(place) => {
            if let Some(boolean) = field.boolean(problems) {
                *place(into) = boolean;
            }
        }
    }
}

/// Thousandths of a number from 0 to a million.
fn milli(number: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is checked to be from 0 to a million"
    )]
    let milli = libm::round(number * 1000.0) as u32;
    milli
}

/// The JSON Schema of a flag's value.
pub(super) fn flag_schema<F>(kind: &Kind<F>) -> serde_json::Value {
    match kind {
        Kind::Count(least, most, _) | Kind::OptionalCount(least, most, _) => {
            serde_json::json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Milli(most, _) => {
            serde_json::json!({"type": "number", "minimum": 0, "maximum": f64::from(*most) / 1000.0})
        }
        Kind::Qps(_) => serde_json::json!({"type": "number"}),
        Kind::Duration(_) | Kind::Delay(_) => {
            serde_json::json!({"type": "string", "description": DURATION})
        }
        Kind::Seconds(_) => serde_json::json!({"type": "integer", "minimum": 1, "maximum": 86_400}),
        Kind::Words(list, _) => {
            let word = format!("({})", list.join("|"));
            serde_json::json!({"type": "string", "pattern": format!("^{word}(, *{word})*$")})
        }
        Kind::Switch(_) => serde_json::json!({"type": "boolean"}),
    }
}
