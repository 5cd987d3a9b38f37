//! Jobs (WL-J1 to WL-J26, WL-D1 to WL-D10).
//!
//! Upstream: `ValidateJob` in `pkg/apis/batch/validation/validation.go`, `pkg/apis/batch/v1/defaults.go`, and
//! `generateSelector` in `pkg/registry/batch/job/strategy.go`.

use super::job_policy::{failure_policy, success_policy};
use super::meta::Rules;
use super::place::{Faults, Place, Shown};
use super::pod::{PodOf, template, without};
use super::{Options, meta, names, seconds};
use crate::model::{CompletionMode, FailureRule, JobSpec, Labels, Meta, PodReplacementPolicy};
use k8s_openapi::api::batch::v1 as api;
use std::collections::BTreeSet;
use std::sync::Arc;

const DEFAULT_BACKOFF_LIMIT: i32 = 6;
const PARALLELISM_MAX: i32 = 100_000;
const FAILED_INDEXES_MAX: i32 = 100_000;
/// Above so many completions the next two limits hold (WL-J10).
const MANY_COMPLETIONS: i32 = 100_000;
const MANY_PARALLELISM_MAX: i32 = 10_000;
const MANY_FAILED_INDEXES_MAX: i32 = 10_000;
const MANAGED_BY_BYTES_MAX: usize = 63;
const OWN_CONTROLLER: &str = "kubernetes.io/job-controller";

const NAME_LABELS: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
const UID_LABELS: [&str; 2] = ["controller-uid", "batch.kubernetes.io/controller-uid"];

/// Whether a spec is that of a Job or part of a CronJob.
#[derive(Clone, Copy)]
pub(super) enum JobOf<'a> {
    /// A Job with its name and, if it comes from a cluster, its uid.
    Itself {
        /// `metadata.name`.
        name: &'a str,
        /// `metadata.uid`.
        uid: Option<&'a str>,
    },
    /// The Job template of a CronJob.
    CronJob,
}

/// Reads a Job.
pub(super) fn job(
    job: api::Job,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> (Meta, JobSpec) {
    let api::Job {
        metadata,
        spec,
        status: _,
    } = job;
    let uid = metadata.uid.clone();
    let at = root.key("metadata");
    let mut meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    let of = JobOf::Itself {
        name: &meta.name,
        uid: uid.as_deref(),
    };
    let spec = job_spec(spec.unwrap_or_default(), &root.key("spec"), of, faults);
    check_host_names(&meta.name, &spec, &at, faults);
    // WL-D8.
    if meta.labels.is_empty() {
        meta.labels = spec.template.labels.clone();
    }
    (meta, spec)
}

/// WL-J2: the pods of an Indexed Job are named after it and their index.
fn check_host_names(name: &str, spec: &JobSpec, at: &Place<'_>, faults: &mut Faults<'_>) {
    let Some(completions) = spec.completions.filter(|completions| *completions > 0) else {
        return;
    };
    let host_name = format!("{name}-{}", completions - 1);
    let is_indexed = spec.completion_mode == CompletionMode::Indexed;
    if is_indexed && !name.is_empty() && !names::dns_label(&host_name).is_empty() {
        let detail = format!("will not able to create pod with invalid DNS label: {host_name}");
        faults.invalid(&at.key("name"), name, &detail);
    }
}

/// Reads the spec of a Job, or of a CronJob's Job template.
pub(super) fn job_spec(
    spec: api::JobSpec,
    at: &Place<'_>,
    of: JobOf<'_>,
    faults: &mut Faults<'_>,
) -> JobSpec {
    check_numbers(&spec, at, faults);
    check_managed_by(spec.managed_by.as_deref(), &at.key("managedBy"), faults);
    let mode = completion_mode(spec.completion_mode.as_deref(), at, faults);
    match mode {
        CompletionMode::Indexed => check_indexed(&spec, at, faults),
        CompletionMode::NonIndexed => check_non_indexed(&spec, at, faults),
    }
    let containers = container_names(&spec);
    let failure_policy = spec.pod_failure_policy.map(|policy| {
        let is_per_index = spec.backoff_limit_per_index.is_some();
        let at = at.key("podFailurePolicy");
        failure_policy(policy, &containers, is_per_index, &at, faults)
    });
    let completions = spec.completions;
    let of_indexed = spec
        .success_policy
        .filter(|_| mode == CompletionMode::Indexed);
    let success_policy = of_indexed.map(|policy| {
        let at = at.key("successPolicy");
        success_policy(policy, completions.unwrap_or(0), &at, faults)
    });
    let of_pod = PodOf::Job {
        has_failure_policy: failure_policy.is_some(),
    };
    let place = at.key("template");
    let mut template = template(spec.template, &place, of_pod, BTreeSet::new(), faults);
    match of {
        JobOf::Itself { name, uid } => {
            let identity = Identity {
                name,
                uid,
                is_manual: spec.manual_selector.unwrap_or(false),
            };
            identity.check(spec.selector, &mut template.labels, at, faults);
        }
        JobOf::CronJob => check_no_selector(spec.selector, spec.manual_selector, at, faults),
    }
    let default_limit = match spec.backoff_limit_per_index {
        Some(_) => i32::MAX,
        None => DEFAULT_BACKOFF_LIMIT,
    };
    let (completions, parallelism) = match (completions, spec.parallelism) {
        (None, None) => (Some(1), 1),
        (completions, parallelism) => (completions, parallelism.unwrap_or(1)),
    };
    JobSpec {
        parallelism,
        completions,
        backoff_limit: spec.backoff_limit.unwrap_or(default_limit),
        backoff_limit_per_index: spec.backoff_limit_per_index,
        max_failed_indexes: spec.max_failed_indexes,
        active_deadline: spec.active_deadline_seconds.map(seconds),
        ttl_after_finished: spec
            .ttl_seconds_after_finished
            .map(|ttl| seconds(ttl.into())),
        suspend: spec.suspend.unwrap_or(false),
        completion_mode: mode,
        pod_replacement_policy: replacement_policy(
            spec.pod_replacement_policy.as_deref(),
            failure_policy.as_deref(),
            &at.key("podReplacementPolicy"),
            faults,
        ),
        failure_policy,
        success_policy,
        managed_by_other: spec
            .managed_by
            .is_some_and(|controller| controller != OWN_CONTROLLER),
        template: Arc::new(template),
    }
}

/// WL-J3, WL-J4.
fn check_numbers(spec: &api::JobSpec, at: &Place<'_>, faults: &mut Faults<'_>) {
    for (key, value) in [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        (
            "ttlSecondsAfterFinished",
            spec.ttl_seconds_after_finished.map(i64::from),
        ),
        (
            "backoffLimitPerIndex",
            spec.backoff_limit_per_index.map(i64::from),
        ),
        ("maxFailedIndexes", spec.max_failed_indexes.map(i64::from)),
    ] {
        faults.nonnegative(&at.key(key), value);
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        let place = at.key("backoffLimitPerIndex");
        faults.required(&place, "when maxFailedIndexes is specified");
    }
}

/// WL-J11.
fn check_managed_by(controller: Option<&str>, at: &Place<'_>, faults: &mut Faults<'_>) {
    let Some(controller) = controller else {
        return;
    };
    if controller.is_empty() {
        faults.required(at, "");
        return;
    }
    for fault in names::domain_prefixed_path(controller) {
        faults.invalid(at, controller, &fault);
    }
    if controller.len() > MANAGED_BY_BYTES_MAX {
        faults.too_long(at, MANAGED_BY_BYTES_MAX);
    }
}

/// WL-J6, WL-D5.
fn completion_mode(mode: Option<&str>, at: &Place<'_>, faults: &mut Faults<'_>) -> CompletionMode {
    match mode {
        Some("Indexed") => CompletionMode::Indexed,
        Some("NonIndexed") | None => CompletionMode::NonIndexed,
        Some(other) => {
            let known = ["NonIndexed", "Indexed"];
            faults.unsupported(&at.key("completionMode"), other, &known);
            CompletionMode::NonIndexed
        }
    }
}

/// WL-J7 to WL-J10.
fn check_indexed(spec: &api::JobSpec, at: &Place<'_>, faults: &mut Faults<'_>) {
    let most = |key: &str, value: Option<i32>, most: i32, why: &str, faults: &mut Faults<'_>| {
        if let Some(value) = value.filter(|value| *value > most) {
            let detail = format!("must be less than or equal to {most}{why}");
            faults.invalid(&at.key(key), value, &detail);
        }
    };
    let failed = spec.max_failed_indexes;
    let why = " when completion mode is Indexed";
    most(
        "parallelism",
        spec.parallelism,
        PARALLELISM_MAX,
        why,
        faults,
    );
    most("maxFailedIndexes", failed, FAILED_INDEXES_MAX, "", faults);
    let Some(completions) = spec.completions else {
        faults.required(&at.key("completions"), "when completion mode is Indexed");
        return;
    };
    if let Some(failed) = failed.filter(|failed| *failed > completions) {
        let detail = "must be less than or equal to completions";
        faults.invalid(&at.key("maxFailedIndexes"), failed, detail);
    }
    if completions <= MANY_COMPLETIONS || spec.backoff_limit_per_index.is_none() {
        return;
    }
    if failed.is_none() {
        let detail = format!("must be specified when completions is above {MANY_COMPLETIONS}");
        faults.required(&at.key("maxFailedIndexes"), &detail);
    }
    let why = format!(
        " when completions are above {MANY_COMPLETIONS} and used with backoff limit per index"
    );
    most(
        "parallelism",
        spec.parallelism,
        MANY_PARALLELISM_MAX,
        &why,
        faults,
    );
    most(
        "maxFailedIndexes",
        failed,
        MANY_FAILED_INDEXES_MAX,
        &why,
        faults,
    );
}

/// WL-J5, WL-J18.
fn check_non_indexed(spec: &api::JobSpec, at: &Place<'_>, faults: &mut Faults<'_>) {
    let detail = "requires indexed completion mode";
    let hint = "set completionMode: Indexed";
    for (key, value) in [
        ("backoffLimitPerIndex", spec.backoff_limit_per_index),
        ("maxFailedIndexes", spec.max_failed_indexes),
    ] {
        if let Some(value) = value {
            faults.invalid_with_hint(&at.key(key), value, detail, hint);
        }
    }
    if spec.success_policy.is_some() {
        faults.invalid_with_hint(&at.key("successPolicy"), Shown::Omitted, detail, hint);
    }
}

fn container_names(spec: &api::JobSpec) -> BTreeSet<String> {
    let pod = spec.template.spec.iter();
    pod.flat_map(|pod| pod.init_containers.iter().flatten().chain(&pod.containers))
        .map(|container| container.name.clone())
        .collect()
}

/// WL-J12, WL-D7.
fn replacement_policy(
    policy: Option<&str>,
    failure_policy: Option<&[FailureRule]>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> PodReplacementPolicy {
    let known: &[&str] = match failure_policy {
        Some(_) => &["Failed"],
        None => &["Failed", "TerminatingOrFailed"],
    };
    match policy {
        Some("Failed") => PodReplacementPolicy::Failed,
        Some(other) if !known.contains(&other) => {
            faults.unsupported(at, other, known);
            PodReplacementPolicy::Failed
        }
        None if failure_policy.is_some() => PodReplacementPolicy::Failed,
        Some(_) | None => PodReplacementPolicy::TerminatingOrFailed,
    }
}

/// WL-C9.
fn check_no_selector(
    selector: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector>,
    is_manual: Option<bool>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) {
    if selector.is_some() {
        let detail = "`selector` will be auto-generated";
        faults.invalid(&at.key("selector"), Shown::Omitted, detail);
    }
    if is_manual == Some(true) {
        let detail = "supported values: \"nil\", \"false\"";
        let text = format!("unsupported value: true: {detail}");
        faults.error(&at.key("manualSelector"), &text, None);
    }
}

/// By what a Job knows its pods.
struct Identity<'a> {
    name: &'a str,
    uid: Option<&'a str>,
    is_manual: bool,
}

impl Identity<'_> {
    /// WL-J23, WL-J24, WL-D9. Takes the labels away that the controller adds again.
    fn check(
        &self,
        selector: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector>,
        labels: &mut Labels,
        spec: &Place<'_>,
        faults: &mut Faults<'_>,
    ) {
        let at = spec.key("selector");
        let is_generated = selector.is_none() && !self.is_manual;
        let selector = selector.map(|selector| meta::selector(selector, &at, faults));
        if self.is_manual {
            match selector {
                Some(selector) => meta::check_template_labels(&selector, spec, labels, faults),
                None => faults.required(&at, "a Job with manualSelector: true needs its own"),
            }
            return;
        }
        let generated = self.generated_labels();
        if !is_generated && !selector.is_some_and(|selector| selector.matches(&generated)) {
            faults.invalid_with_hint(
                &at,
                Shown::Omitted,
                "`selector` not auto-generated",
                "leave it out, or set manualSelector: true",
            );
        }
        let place = spec.key("template");
        let place = place.key("metadata");
        let place = place.key("labels");
        for (key, value) in generated.iter() {
            let is_other = labels.get(key).is_some_and(|written| written != value);
            if is_other && !self.name.is_empty() {
                let detail = format!("must be '{value}'");
                let hint = "leave it out: the Job's controller sets it";
                faults.invalid_with_hint(&place.key(key), Shown::Omitted, &detail, hint);
            }
        }
        *labels = without(labels, &[NAME_LABELS, UID_LABELS].concat());
    }

    /// A Job that comes from a manifest gets its uid when it is created: a label that names one cannot be right.
    fn generated_labels(&self) -> Labels {
        let uid = self.uid.unwrap_or("<uid>");
        let names = NAME_LABELS.map(|key| (key.into(), self.name.into()));
        let uids = UID_LABELS.map(|key| (key.into(), uid.into()));
        Labels::new(names.into_iter().chain(uids))
    }
}
