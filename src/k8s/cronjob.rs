//! `CronJobs` (WL-C1 to WL-C10, WL-D11).
//!
//! Upstream: `ValidateCronJobCreate` in `pkg/apis/batch/validation/validation.go`.

use super::job::{JobOf, job_spec};
use super::meta::Rules;
use super::place::{Faults, Place};
use super::{Options, annotations, meta, seconds};
use crate::cron::{Schedule, TimeZone};
use crate::model::{ConcurrencyPolicy, CronJobSpec, ManifestText, Meta};
use k8s_openapi::api::batch::v1 as api;
use std::sync::Arc;

/// A Job's name is its `CronJob`'s and eleven more characters, 63 in all.
const NAME_MAX: usize = 52;
const DEFAULT_SUCCESSFUL_LIMIT: i32 = 3;
const DEFAULT_FAILED_LIMIT: i32 = 1;

/// Reads a `CronJob`; `None` without a schedule that can be read. `job_text` is its Job template as a Job.
pub(super) fn cron_job(
    value: api::CronJob,
    job_text: ManifestText,
    root: &Place<'_>,
    options: Options<'_>,
    faults: &mut Faults<'_>,
) -> Option<(Meta, CronJobSpec)> {
    let api::CronJob {
        metadata,
        spec,
        status: _,
    } = value;
    let at = root.key("metadata");
    let meta = meta::meta(metadata, &at, Rules::WORKLOAD, options, faults);
    if meta.name.len() > NAME_MAX && !options.is_update {
        let detail = "must be no more than 52 characters";
        faults.invalid(&at.key("name"), &*meta.name, detail);
    }
    let at = root.key("spec");
    let api::CronJobSpec {
        concurrency_policy,
        failed_jobs_history_limit,
        job_template,
        schedule,
        starting_deadline_seconds,
        successful_jobs_history_limit,
        suspend,
        time_zone,
    } = spec;
    for (key, value) in [
        ("startingDeadlineSeconds", starting_deadline_seconds),
        (
            "successfulJobsHistoryLimit",
            successful_jobs_history_limit.map(i64::from),
        ),
        (
            "failedJobsHistoryLimit",
            failed_jobs_history_limit.map(i64::from),
        ),
    ] {
        faults.nonnegative(&at.key(key), value);
    }
    let zone = zone(time_zone.as_deref(), &at.key("timeZone"), faults);
    let parsed = parse_schedule(
        &schedule,
        time_zone.is_some(),
        options,
        &at.key("schedule"),
        faults,
    );
    let template = job_template_of(job_template, &at.key("jobTemplate"), faults);
    let spec = CronJobSpec {
        schedule: Arc::new(parsed?),
        schedule_text: schedule.into(),
        zone,
        zone_text: time_zone.map(Into::into),
        starting_deadline: starting_deadline_seconds.map(seconds),
        concurrency_policy: concurrency(
            concurrency_policy.as_deref(),
            &at.key("concurrencyPolicy"),
            faults,
        ),
        suspend: suspend.unwrap_or(false),
        successful_history_limit: successful_jobs_history_limit.unwrap_or(DEFAULT_SUCCESSFUL_LIMIT),
        failed_history_limit: failed_jobs_history_limit.unwrap_or(DEFAULT_FAILED_LIMIT),
        job: template.spec,
        job_labels: template.labels,
        job_annotations: template.annotations,
        job_text,
    };
    Some((meta, spec))
}

/// WL-C2 to WL-C4.
fn parse_schedule(
    text: &str,
    has_zone: bool,
    options: Options<'_>,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Option<Schedule> {
    if text.is_empty() {
        faults.required(
            at,
            "five fields, as in \"0 2 * * *\", or a word such as @daily",
        );
        return None;
    }
    let schedule = match Schedule::parse(text) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            let detail = error.to_string();
            let at = &at.within(text, error.span());
            match error.hint() {
                Some(hint) => faults.invalid_with_hint(at, text, &detail, hint),
                None => faults.invalid(at, text, &detail),
            }
            None
        }
    };
    if crate::cron::mentions_time_zone(text) {
        if !options.keeps_zone_in_schedule {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            faults.invalid(at, text, detail);
        } else if has_zone {
            let detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
            faults.invalid(at, text, detail);
        }
    }
    schedule
}

/// WL-C5.
fn zone(name: Option<&str>, at: &Place<'_>, faults: &mut Faults<'_>) -> TimeZone {
    let Some(name) = name else {
        return TimeZone::UTC;
    };
    TimeZone::admit(name).unwrap_or_else(|error| {
        let detail = error.to_string();
        let near = TimeZone::suggestions(name);
        if near.is_empty() {
            faults.invalid(at, name, &detail);
        } else {
            let hint = format!("did you mean {}?", near.join(" or "));
            faults.invalid_with_hint(at, name, &detail, &hint);
        }
        TimeZone::UTC
    })
}

/// WL-C7.
fn concurrency(policy: Option<&str>, at: &Place<'_>, faults: &mut Faults<'_>) -> ConcurrencyPolicy {
    match policy {
        Some("Allow" | "") | None => ConcurrencyPolicy::Allow,
        Some("Forbid") => ConcurrencyPolicy::Forbid,
        Some("Replace") => ConcurrencyPolicy::Replace,
        Some(other) => {
            faults.unsupported(at, other, &["Allow", "Forbid", "Replace"]);
            ConcurrencyPolicy::Allow
        }
    }
}

struct Template {
    spec: crate::model::JobSpec,
    labels: crate::model::Labels,
    annotations: crate::model::Labels,
}

/// WL-C8, WL-C9. Differs: upstream does not check the template's labels and annotations before a Job is made of them.
fn job_template_of(
    template: api::JobTemplateSpec,
    at: &Place<'_>,
    faults: &mut Faults<'_>,
) -> Template {
    let api::JobTemplateSpec { metadata, spec } = template;
    let metadata = metadata.unwrap_or_default();
    let place = at.key("metadata");
    let spec = job_spec(
        spec.unwrap_or_default(),
        &at.key("spec"),
        JobOf::CronJob,
        faults,
    );
    let map = metadata.annotations.unwrap_or_default();
    annotations::warn_of_misplaced(&map, &place.key("annotations"), faults);
    let labels = metadata.labels.unwrap_or_default();
    let labels = meta::labels(labels, &place.key("labels"), faults);
    Template {
        labels: if labels.is_empty() {
            // WL-D8.
            spec.template.labels.clone()
        } else {
            labels
        },
        annotations: meta::annotation_labels(map, &place.key("annotations"), faults),
        spec,
    }
}

/// A Job document made of a `CronJob`'s Job template, without a name.
pub(super) fn job_text(cron_job: &serde_json::Value, namespace: &str) -> ManifestText {
    let template = &cron_job["spec"]["jobTemplate"];
    let mut metadata = template["metadata"].clone();
    if !metadata.is_object() {
        metadata = serde_json::json!({});
    }
    metadata["namespace"] = namespace.into();
    let job = serde_json::json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": template["spec"],
    });
    job.to_string().into()
}
