//! Pods and pod templates (WL-P1 to WL-P23).
//!
//! Upstream: `ValidatePodTemplateSpec` and `ValidatePodSpec` in `pkg/apis/core/validation/validation.go`; defaults in
//! `pkg/apis/core/v1/defaults.go`.

use super::containers::{Around, containers};
use super::meta::{annotation_labels, labels};
use super::place::{Faults, Place, quoted_list};
use super::{Options, annotations, names, resources, scheduling, seconds, volumes};
use crate::model::{
    Container, Labels, Meta, Name, PodSpec, PodTemplate, PreemptionPolicy, Resources, RestartPolicy,
};
use crate::sim::Span;
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;
use std::sync::Arc;

const DEFAULT_GRACE_SECONDS: i64 = 30;
const POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];

/// What a pod or template is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PodOf {
    /// It is a Pod of its own.
    Pod,
    /// The template of a Job, with a `podFailurePolicy` or without.
    Job {
        /// Only `Never` is possible then (WL-J22).
        has_failure_policy: bool,
    },
    /// The template of a workload whose pods always run: its kind.
    Kept(&'static str),
}

/// Reads a Pod. Its labels and annotations stand in the template as well.
pub(super) fn pod(
    pod: api::Pod,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, Arc<PodTemplate>) {
    let api::Pod {
        metadata,
        spec,
        status: _,
    } = pod;
    let rules = super::meta::Rules {
        has_behavior: true,
        ..super::meta::Rules::WORKLOAD
    };
    let annotation_map = metadata.annotations.clone().unwrap_or_default();
    let at = root.key("metadata");
    let meta = super::meta::meta(metadata, &at, rules, options, faults);
    let place = root.key("spec");
    let spec = pod_spec(
        spec.unwrap_or_default(),
        &meta.labels,
        &place,
        PodOf::Pod,
        BTreeSet::new(),
        faults,
    );
    if spec.node_name.is_some() && !spec.scheduling_gates.is_empty() {
        faults.forbidden(
            &place.key("nodeName"),
            "cannot be set until all schedulingGates have been cleared",
        );
    }
    let behavior = annotations::behaviors(
        &annotation_map,
        &spec.containers,
        &at.key("annotations"),
        faults,
    );
    let template = PodTemplate {
        labels: meta.labels.clone(),
        annotations: meta.annotations.clone(),
        behavior,
        spec,
    };
    (meta, Arc::new(template))
}

/// Reads the pod template at `at`; `claims` are the volumes of a StatefulSet's claim templates.
pub(super) fn template(
    template: api::PodTemplateSpec,
    at: &Place<'_>,
    of: PodOf,
    claims: BTreeSet<String>,
    faults: &mut Faults<'_>,
) -> PodTemplate {
    let api::PodTemplateSpec { metadata, spec } = template;
    let metadata = metadata.unwrap_or_default();
    let place = at.key("metadata");
    let map = metadata.annotations.unwrap_or_default();
    let labels = labels(
        metadata.labels.unwrap_or_default(),
        &place.key("labels"),
        faults,
    );
    let spec = pod_spec(
        spec.unwrap_or_default(),
        &labels,
        &at.key("spec"),
        of,
        claims,
        faults,
    );
    let place = place.key("annotations");
    PodTemplate {
        labels,
        behavior: annotations::behaviors(&map, &spec.containers, &place, faults),
        annotations: annotation_labels(map, &place, faults),
        spec,
    }
}

fn pod_spec(
    spec: api::PodSpec,
    own_labels: &Labels,
    at: &Place<'_>,
    of: PodOf,
    mut volume_names: BTreeSet<String>,
    faults: &mut Faults<'_>,
) -> PodSpec {
    let checks = Checks::of(&spec);
    checks.run(at, of, faults);
    let list = at.key("volumes");
    let has_empty_dir = volumes::check_volumes(
        spec.volumes.as_deref().unwrap_or_default(),
        &list,
        &mut volume_names,
        faults,
    );
    let host_network = spec.host_network.unwrap_or(false);
    let around = Around {
        volumes: &volume_names,
        host_network,
        of,
    };
    let init = spec.init_containers.unwrap_or_default();
    let (mut containers, host_ports) = containers(init, spec.containers, at, &around, faults);
    let overhead = spec.overhead.unwrap_or_default();
    let overhead = resources::total(&overhead, &at.key("overhead"), faults);
    let restart_policy = restart_policy(spec.restart_policy.as_deref(), at, of, faults);
    let grace = spec
        .termination_grace_period_seconds
        .unwrap_or(DEFAULT_GRACE_SECONDS);
    let pod_level = spec
        .resources
        .map(|requirements| resources::asked(requirements, &at.key("resources"), faults));
    let node_selector = spec.node_selector.unwrap_or_default();
    let mut decoded = PodSpec {
        restart_policy,
        // WL-P15: a negative one counts as one second.
        termination_grace: if grace < 0 {
            Span::from_secs(1)
        } else {
            seconds(grace)
        },
        active_deadline: spec.active_deadline_seconds.map(seconds),
        node_name: not_empty(spec.node_name),
        node_selector: labels(node_selector, &at.key("nodeSelector"), faults),
        affinity: scheduling::affinity(spec.affinity, own_labels, &at.key("affinity"), faults),
        tolerations: scheduling::tolerations(
            spec.tolerations.unwrap_or_default(),
            &at.key("tolerations"),
            faults,
        ),
        spread: scheduling::spread(
            spec.topology_spread_constraints.unwrap_or_default(),
            own_labels,
            &at.key("topologySpreadConstraints"),
            faults,
        ),
        priority_class: not_empty(spec.priority_class_name),
        preemption_policy: preemption_policy(spec.preemption_policy, at, faults),
        host_network,
        host_ports,
        scheduling_gates: scheduling::gates(
            spec.scheduling_gates.unwrap_or_default(),
            &at.key("schedulingGates"),
            faults,
        ),
        overhead,
        has_empty_dir,
        containers: Vec::new(),
    };
    std::mem::swap(&mut decoded.containers, &mut containers);
    if let Some(asked) = pod_level {
        raise_to(&mut decoded, &asked);
    }
    decoded
}

/// Requests of the pod as a whole stand in for the sum of those of its containers (`spec.resources`). The model has no
/// place for them: what they exceed the sum by is booked as overhead.
fn raise_to(spec: &mut PodSpec, asked: &resources::Asked) {
    let overhead = std::mem::take(&mut spec.overhead);
    let mut more = asked.requests.clone();
    more.subtract(&spec.requests());
    more.maximum(&Resources::default());
    more.add(&overhead);
    spec.overhead = more;
    for container in &mut spec.containers {
        name_requests(container, asked.requests_named);
    }
}

fn name_requests(container: &mut Container, named: (bool, bool)) {
    container.requests_named.0 |= named.0;
    container.requests_named.1 |= named.1;
}

fn not_empty(text: Option<String>) -> Option<Name> {
    text.filter(|text| !text.is_empty()).map(Into::into)
}

/// WL-P13, WL-D12, WL-J20 to WL-J22, WL-D22, WL-E2.
fn restart_policy(
    text: Option<&str>,
    spec: &Place<'_>,
    of: PodOf,
    faults: &mut Faults<'_>,
) -> RestartPolicy {
    let at = spec.key("restartPolicy");
    let text = text.filter(|text| !text.is_empty()).unwrap_or("Always");
    let policy = match text {
        "Always" => Some(RestartPolicy::Always),
        "OnFailure" => Some(RestartPolicy::OnFailure),
        "Never" => Some(RestartPolicy::Never),
        _ => None,
    };
    let of_job = ["OnFailure", "Never"];
    match (of, policy) {
        (PodOf::Pod, None) => faults.unsupported(&at, text, &POLICIES),
        (PodOf::Pod, Some(_)) | (PodOf::Kept(_), Some(RestartPolicy::Always)) => {}
        (PodOf::Kept(_), Some(_) | None) => faults.unsupported(&at, text, &["Always"]),
        (PodOf::Job { .. }, None) => faults.unsupported(&at, text, &of_job),
        (PodOf::Job { .. }, Some(RestartPolicy::Always)) => faults.required_with_hint(
            &at,
            &format!("valid values: {}", quoted_list(&of_job)),
            "the pods of a Job end: write restartPolicy: OnFailure to restart a failed container in its pod, or Never \
             to replace the pod",
        ),
        (
            PodOf::Job {
                has_failure_policy: true,
            },
            Some(RestartPolicy::OnFailure),
        ) => faults.invalid(
            &at,
            text,
            "only \"Never\" is supported when podFailurePolicy is specified",
        ),
        (PodOf::Job { .. }, Some(RestartPolicy::OnFailure | RestartPolicy::Never)) => {}
    }
    policy.unwrap_or(RestartPolicy::Always)
}

fn preemption_policy(
    text: Option<String>,
    spec: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<PreemptionPolicy> {
    let text = text?;
    match text.as_str() {
        "PreemptLowerPriority" => Some(PreemptionPolicy::PreemptLowerPriority),
        "Never" => Some(PreemptionPolicy::Never),
        _ => {
            let known = ["Never", "PreemptLowerPriority"];
            faults.unsupported(&spec.key("preemptionPolicy"), &text, &known);
            None
        }
    }
}

/// What is only checked of a pod.
struct Checks<'a> {
    active_deadline: Option<i64>,
    dns_policy: Option<&'a str>,
    ephemeral_containers: bool,
    resource_claims: bool,
    labels: [(&'static str, Option<&'a str>); 2],
    subdomains: [(&'static str, Option<&'a str>); 4],
    scheduler: Option<&'a str>,
}

impl<'a> Checks<'a> {
    fn of(spec: &'a api::PodSpec) -> Self {
        let api::PodSpec {
            active_deadline_seconds,
            dns_policy,
            ephemeral_containers,
            hostname,
            node_name,
            priority_class_name,
            resource_claims,
            runtime_class_name,
            scheduler_name,
            service_account_name,
            subdomain,
            // Taken over into the model.
            affinity: _,
            containers: _,
            host_network: _,
            init_containers: _,
            node_selector: _,
            overhead: _,
            preemption_policy: _,
            resources: _,
            restart_policy: _,
            scheduling_gates: _,
            termination_grace_period_seconds: _,
            tolerations: _,
            topology_spread_constraints: _,
            volumes: _,
            // Admission sets it from the class.
            priority: _,
            // No effect here.
            automount_service_account_token: _,
            dns_config: _,
            enable_service_links: _,
            host_aliases: _,
            host_ipc: _,
            host_pid: _,
            host_users: _,
            hostname_override: _,
            image_pull_secrets: _,
            os: _,
            readiness_gates: _,
            scheduling_group: _,
            security_context: _,
            service_account: _,
            set_hostname_as_fqdn: _,
            share_process_namespace: _,
        } = spec;
        Self {
            active_deadline: *active_deadline_seconds,
            dns_policy: dns_policy.as_deref(),
            ephemeral_containers: ephemeral_containers
                .as_ref()
                .is_some_and(|list| !list.is_empty()),
            resource_claims: resource_claims
                .as_ref()
                .is_some_and(|list| !list.is_empty()),
            labels: [
                ("hostname", hostname.as_deref()),
                ("subdomain", subdomain.as_deref()),
            ],
            subdomains: [
                ("nodeName", node_name.as_deref()),
                ("priorityClassName", priority_class_name.as_deref()),
                ("runtimeClassName", runtime_class_name.as_deref()),
                ("serviceAccountName", service_account_name.as_deref()),
            ],
            scheduler: scheduler_name.as_deref(),
        }
    }

    fn run(&self, at: &Place<'_>, of: PodOf, faults: &mut Faults<'_>) {
        self.check_deadline(at, of, faults);
        self.check_names(at, of, faults);
        let known = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
        if let Some(policy) = self
            .dns_policy
            .filter(|policy| !policy.is_empty() && !known.contains(policy))
        {
            faults.unsupported(&at.key("dnsPolicy"), policy, &known);
        }
        if self.ephemeral_containers {
            let detail = match of {
                PodOf::Pod => "cannot be set on create",
                PodOf::Job { .. } | PodOf::Kept(_) => {
                    "ephemeral containers not allowed in pod template"
                }
            };
            faults.forbidden(&at.key("ephemeralContainers"), detail);
        }
        if self.resource_claims {
            let message = "resource claims have no effect here: the devices count as free";
            faults.warn(&at.key("resourceClaims"), message);
        }
        if let Some(name) = self
            .scheduler
            .filter(|name| !matches!(*name, "" | "default-scheduler"))
        {
            let message = format!(
                "the scheduler `{name}` is not simulated: the default scheduler takes its place"
            );
            faults.warn(&at.key("schedulerName"), &message);
        }
    }

    /// WL-P14, WL-D23, WL-E4.
    fn check_deadline(&self, at: &Place<'_>, of: PodOf, faults: &mut Faults<'_>) {
        let Some(deadline) = self.active_deadline else {
            return;
        };
        let at = at.key("activeDeadlineSeconds");
        if !(1..=i64::from(i32::MAX)).contains(&deadline) {
            let detail = "must be between 1 and 2147483647, inclusive";
            faults.invalid(&at, deadline, detail);
        }
        if let PodOf::Kept(kind) = of {
            let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
            faults.forbidden(&at, &detail);
        }
    }

    /// WL-P20, WL-P21. A StatefulSet overwrites host name and subdomain.
    fn check_names(&self, at: &Place<'_>, of: PodOf, faults: &mut Faults<'_>) {
        let rules: [(&[(&str, Option<&str>)], fn(&str) -> names::Faults); 2] = [
            (&self.labels, names::dns_label),
            (&self.subdomains, names::dns_subdomain),
        ];
        for (fields, rule) in rules {
            for (key, name) in fields {
                let is_overwritten =
                    of == PodOf::Kept("StatefulSet") && matches!(*key, "hostname" | "subdomain");
                for name in name
                    .iter()
                    .filter(|name| !name.is_empty() && !is_overwritten)
                {
                    for fault in rule(name) {
                        faults.invalid(&at.key(key), *name, &fault);
                    }
                }
            }
        }
    }
}

/// The labels without those that the controller of Jobs gives its pods (WL-D9).
pub(super) fn without(labels: &Labels, keys: &[&str]) -> Labels {
    labels.with(keys.iter().map(|key| (Name::from(*key), None)))
}
