//! Probes and lifecycle hooks: checked (WL-P10, WL-P11), but without an effect, since behaviors say when a container is
//! Ready and how it stops.

use super::place::{Faults, Place};
use crate::model::ContainerKind;
use k8s_openapi::api::core::v1 as api;

/// What a container says of its health.
pub(super) struct Probes {
    /// `lifecycle`.
    pub(super) lifecycle: Option<api::Lifecycle>,
    /// `livenessProbe`.
    pub(super) liveness: Option<api::Probe>,
    /// `readinessProbe`.
    pub(super) readiness: Option<api::Probe>,
    /// `startupProbe`.
    pub(super) startup: Option<api::Probe>,
}

/// Checks the probes of the container at `at`.
pub(super) fn check(probes: &Probes, kind: ContainerKind, at: &Place<'_>, faults: &mut Faults<'_>) {
    let all = [
        ("livenessProbe", &probes.liveness),
        ("readinessProbe", &probes.readiness),
        ("startupProbe", &probes.startup),
    ];
    if kind == ContainerKind::Init {
        let lifecycle = probes.lifecycle.as_ref().map(|_| "lifecycle");
        let written = all
            .iter()
            .filter_map(|(key, probe)| probe.as_ref().map(|_| *key));
        for key in lifecycle.into_iter().chain(written) {
            let detail = "may not be set for init containers without restartPolicy=Always";
            faults.forbidden(&at.key(key), detail);
        }
        return;
    }
    for (key, probe) in all {
        if let Some(probe) = probe {
            check_probe(probe, key == "readinessProbe", &at.key(key), faults);
        }
    }
}

fn check_probe(probe: &api::Probe, is_readiness: bool, at: &Place<'_>, faults: &mut Faults<'_>) {
    let api::Probe {
        exec,
        failure_threshold,
        grpc,
        http_get,
        initial_delay_seconds,
        period_seconds,
        success_threshold,
        tcp_socket,
        termination_grace_period_seconds,
        timeout_seconds,
    } = probe;
    let handlers = [
        ("exec", exec.is_some()),
        ("httpGet", http_get.is_some()),
        ("tcpSocket", tcp_socket.is_some()),
        ("grpc", grpc.is_some()),
    ];
    let mut written = handlers.iter().filter(|(_, is_written)| *is_written);
    if written.next().is_none() {
        let hint = "a probe has one of exec, httpGet, tcpSocket and grpc";
        faults.required_with_hint(at, "must specify a handler type", hint);
    }
    for (key, _) in written {
        faults.forbidden(&at.key(key), "may not specify more than 1 handler type");
    }
    for (key, value) in [
        ("initialDelaySeconds", initial_delay_seconds),
        ("timeoutSeconds", timeout_seconds),
        ("periodSeconds", period_seconds),
        ("successThreshold", success_threshold),
        ("failureThreshold", failure_threshold),
    ] {
        faults.nonnegative(&at.key(key), value.map(i64::from));
    }
    // 0 is taken as unset, which is 1.
    if let Some(threshold) = success_threshold.filter(|count| !matches!(count, 0 | 1))
        && !is_readiness
    {
        faults.invalid(&at.key("successThreshold"), threshold, "must be 1");
    }
    if let Some(grace) = *termination_grace_period_seconds {
        let at = at.key("terminationGracePeriodSeconds");
        if grace <= 0 {
            faults.invalid(&at, grace, "must be greater than 0");
        }
        if is_readiness {
            faults.invalid(&at, grace, "must not be set for readinessProbes");
        }
    }
}
