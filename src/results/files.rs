//! The result files of a run: a row of `record/` in, a row of CSV out.

use super::folder::Folder;
use super::format::{push_wall_clock, push_wall_clock_seconds};
use super::objects;
use super::selection::FileSet;
use super::sheet::{Sheet, SheetEnd};
use super::{PROGRAM, ResultsError};
use crate::model::Name;
use crate::record::{
    CompletionRow, CoverageRow, CronRow, Detail, EventObject, JobRow, Load, ObjectRef, PodRow,
    RetryKind, RetryRow, Rows, Subject, condition_reason, coverage, event_name, extended_amounts,
    outcome_name, seconds,
};
use crate::sim::{Seq, Time};
use crate::world::{Fact, Node, Phase, World};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

const EVENTS: &str = "seq,t,time,kind,namespace,name,event,node,cause,detail";
const COMPLETIONS: &str =
    "t,time,namespace,job,cronjob,active,ready,terminating,succeeded,failed,condition,reason";
const RETRIES: &str = "t,time,namespace,job,pod,index,attempt,kind,reason,exit_code,backoff_s";
const COVERAGE: &str = "t,time,namespace,daemonset,desired,current,ready,updated,available,\
                        unavailable,misscheduled,coverage";
const CRONJOBS: &str = "t,time,namespace,cronjob,scheduled_time,outcome,job,late_s";
const JOBS: &str = "namespace,job,cronjob,created_t,start_t,finish_t,deleted_t,duration_s,condition,\
                    reason,completions,succeeded,failed,retries,pods,first_pod_wait_s";
const PODS: &str = "namespace,pod,owner_kind,owner,index,node,created_t,scheduled_t,started_t,ready_t,\
                    finished_t,deleted_t,phase,reason,exit_code,restarts";
const NODES: &str = "node,pool,added_t,ready_t,removed_t,cpu_m,memory_bytes,pods_max,pods_run";
const UTILIZATION: &str = "t,time,nodes,nodes_ready,pods_pending,pods_running,cpu_requested_m,\
                           cpu_allocatable_m,memory_requested_bytes,memory_allocatable_bytes";

/// The moment of the row before, as text: many rows share one.
#[derive(Debug, Default)]
struct Stamp {
    at: Option<Time>,
    seconds: String,
    wall_clock: String,
}

/// All files that are being written.
#[derive(Debug)]
pub(super) struct Files {
    scenario: Name,
    /// The extended resources that have columns, by name.
    resources: Vec<Name>,
    stamp: Stamp,
    detail: String,
    events: Sheet,
    completions: Sheet,
    retries: Sheet,
    coverage: Sheet,
    cronjobs: Sheet,
    jobs: Sheet,
    pods: Sheet,
    nodes: Sheet,
    utilization: Sheet,
    objects: Option<Objects>,
}

/// `objects.jsonl` on its way.
#[derive(Debug)]
struct Objects {
    path: PathBuf,
    out: BufWriter<File>,
    error: Option<io::Error>,
}

impl Files {
    /// Makes the chosen files, with their header rows.
    pub(super) fn create(
        folder: &Folder,
        write: &FileSet,
        scenario: &Name,
        resources: Vec<Name>,
    ) -> Result<Self, ResultsError> {
        let sheet = |name: &str, columns: &str, more: &[String]| {
            let columns = columns.split(',').chain(more.iter().map(String::as_str));
            let path = folder.path().join(format!("{name}.csv"));
            let digest = name == "events";
            Sheet::create(&path, write.has(name), digest, columns)
                .map_err(|source| write_error(folder, &path, source))
        };
        let of_nodes: Vec<String> = resources.iter().map(ToString::to_string).collect();
        let of_utilization: Vec<String> = resources
            .iter()
            .flat_map(|name| [format!("{name}_requested"), format!("{name}_allocatable")])
            .collect();
        Ok(Self {
            scenario: scenario.clone(),
            stamp: Stamp::default(),
            detail: String::new(),
            events: sheet("events", EVENTS, &[])?,
            completions: sheet("completions", COMPLETIONS, &[])?,
            retries: sheet("retries", RETRIES, &[])?,
            coverage: sheet("coverage", COVERAGE, &[])?,
            cronjobs: sheet("cronjobs", CRONJOBS, &[])?,
            jobs: sheet("jobs", JOBS, &[])?,
            pods: sheet("pods", PODS, &[])?,
            nodes: sheet("nodes", NODES, &of_nodes)?,
            utilization: sheet("utilization", UTILIZATION, &of_utilization)?,
            objects: Objects::create(folder, write)?,
            resources,
        })
    }

    /// Writes what is left; the digest of `events.csv`, or the first error.
    pub(super) fn finish(self, folder: &Folder) -> Result<String, ResultsError> {
        let error = |(path, source): (PathBuf, io::Error)| write_error(folder, &path, source);
        let events = self.events.finish().map_err(error)?;
        let others: [SheetEnd; 8] = [
            self.completions.finish(),
            self.retries.finish(),
            self.coverage.finish(),
            self.cronjobs.finish(),
            self.jobs.finish(),
            self.pods.finish(),
            self.nodes.finish(),
            self.utilization.finish(),
        ];
        for end in others {
            end.map_err(error)?;
        }
        if let Some(objects) = self.objects {
            objects.finish().map_err(error)?;
        }
        let digest = events.expect("events are always digested");
        Ok(format!("blake3:{digest}"))
    }
}

/// Writes `summary.json`.
pub(super) fn write_summary(folder: &Folder, summary: &Value) -> Result<(), ResultsError> {
    debug_assert_eq!(summary["program"], PROGRAM, "the mark of our folders");
    let path = folder.path().join("summary.json");
    let text = format!("{summary:#}\n");
    std::fs::write(&path, text).map_err(|source| write_error(folder, &path, source))
}

/// An error about a file, named by its place in the finished folder.
fn write_error(folder: &Folder, path: &std::path::Path, source: io::Error) -> ResultsError {
    let name = path.file_name().unwrap_or_default();
    ResultsError::Write {
        path: folder.target().join(name),
        source,
    }
}

impl Objects {
    fn create(folder: &Folder, write: &FileSet) -> Result<Option<Self>, ResultsError> {
        if !write.has("objects") {
            return Ok(None);
        }
        let path = folder.path().join("objects.jsonl");
        let file = File::create(&path).map_err(|source| write_error(folder, &path, source))?;
        Ok(Some(Self {
            path,
            out: BufWriter::new(file),
            error: None,
        }))
    }

    fn push(&mut self, line: &Value) {
        if self.error.is_none() {
            self.error = writeln!(self.out, "{line}").err();
        }
    }

    fn finish(mut self) -> Result<(), (PathBuf, io::Error)> {
        match self.error.take().or_else(|| self.out.flush().err()) {
            Some(error) => Err((self.path, error)),
            None => Ok(()),
        }
    }
}

impl Stamp {
    fn set(&mut self, world: &World, at: Time) {
        if self.at != Some(at) {
            self.at = Some(at);
            self.seconds.clear();
            super::format::push_seconds(&mut self.seconds, at.since_start());
            self.wall_clock.clear();
            push_wall_clock(&mut self.wall_clock, world.unix_nanos(at));
        }
    }

    /// Columns `t` and `time`.
    fn write(&mut self, world: &World, at: Time, sheet: &mut Sheet) {
        self.set(world, at);
        sheet.text(&self.seconds);
        sheet.text(&self.wall_clock);
    }
}

impl Rows for Files {
    fn event(&mut self, world: &World, fact: &Fact, seq: Seq) {
        let Some(event) = event_name(&fact.change) else {
            debug_assert!(false, "{:?} has a number but is no event", fact.change);
            return;
        };
        let subject = Subject::of(&fact.change);
        let object = EventObject::of(world, subject, &self.scenario);
        self.detail.clear();
        let mut detail = Detail {
            text: &mut self.detail,
            seconds: super::format::push_seconds,
            wall_clock: push_wall_clock_seconds,
        };
        detail.write(world, &fact.change);
        let sheet = &mut self.events;
        sheet.unsigned(seq.0);
        self.stamp.write(world, fact.at, sheet);
        sheet.text(object.kind);
        sheet.text(object.namespace);
        sheet.text(object.name);
        sheet.text(event);
        sheet.text(object.node);
        match fact.cause {
            Some(cause) => sheet.unsigned(cause.0),
            None => sheet.empty(),
        }
        sheet.text(&self.detail);
        sheet.end();
    }

    fn completion(&mut self, world: &World, row: &CompletionRow<'_>) {
        let sheet = &mut self.completions;
        if !sheet.is_open() {
            return;
        }
        let job = row.job;
        self.stamp.write(world, row.at, sheet);
        sheet.text(&job.meta.namespace);
        sheet.text(&job.meta.name);
        sheet.text(row.cronjob.map_or("", |cronjob| &cronjob.meta.name));
        sheet.integer(job.status.active);
        sheet.integer(job.status.ready);
        sheet.integer(job.status.terminating);
        sheet.integer(job.status.succeeded);
        sheet.integer(job.status.failed);
        if let Some((kind, status)) = row.condition {
            sheet.text(kind.name());
            sheet.text(condition_reason(job, kind, status));
        } else {
            sheet.empty();
            sheet.empty();
        }
        sheet.end();
    }

    fn retry(&mut self, world: &World, row: &RetryRow<'_>) {
        let sheet = &mut self.retries;
        if !sheet.is_open() {
            return;
        }
        self.stamp.write(world, row.at, sheet);
        sheet.text(&row.pod.namespace);
        sheet.text(row.job.map_or("", |job| &world.job(job).meta.name));
        sheet.text(&row.pod.name);
        sheet.integer_or_empty(row.pod.index);
        sheet.integer(row.attempt);
        sheet.text(match row.kind {
            RetryKind::Pod => "pod",
            RetryKind::Container => "container",
        });
        sheet.text(row.reason);
        sheet.integer_or_empty(row.exit_code);
        sheet.seconds(Some(row.backoff));
        sheet.end();
    }

    fn coverage(&mut self, world: &World, row: &CoverageRow<'_>) {
        let sheet = &mut self.coverage;
        if !sheet.is_open() {
            return;
        }
        let status = &row.daemonset.status;
        self.stamp.write(world, row.at, sheet);
        sheet.text(&row.daemonset.meta.namespace);
        sheet.text(&row.daemonset.meta.name);
        for count in [
            status.desired,
            status.current,
            status.ready,
            status.updated,
            status.available,
            status.unavailable,
            status.misscheduled,
        ] {
            sheet.integer(count);
        }
        sheet.share(coverage(status));
        sheet.end();
    }

    fn cron(&mut self, world: &World, row: &CronRow<'_>) {
        let sheet = &mut self.cronjobs;
        if !sheet.is_open() {
            return;
        }
        self.stamp.write(world, row.at, sheet);
        sheet.text(&row.cronjob.meta.namespace);
        sheet.text(&row.cronjob.meta.name);
        match row.decision.scheduled_unix {
            Some(unix) => sheet.formatted(|cell| push_wall_clock_seconds(cell, unix)),
            None => sheet.empty(),
        }
        sheet.text(outcome_name(row.decision.outcome));
        sheet.text(row.job.map_or("", |job| &job.meta.name));
        sheet.seconds(row.late);
        sheet.end();
    }

    fn job(&mut self, world: &World, row: &JobRow<'_>) {
        let sheet = &mut self.jobs;
        if !sheet.is_open() {
            return;
        }
        let job = row.job;
        sheet.text(&job.meta.namespace);
        sheet.text(&job.meta.name);
        sheet.text(row.cronjob.map_or("", |id| &world.cronjob(id).meta.name));
        sheet.time(Some(job.created_at));
        sheet.time(job.started_at);
        sheet.time(job.finished_at);
        sheet.time(job.deleted_at);
        sheet.seconds(row.duration());
        let (condition, reason) = last_condition(row);
        sheet.text(condition);
        sheet.text(reason);
        sheet.integer_or_empty(job.spec.completions);
        sheet.integer(job.status.succeeded);
        sheet.integer(job.status.failed);
        sheet.integer(row.retries);
        sheet.integer(job.pods_created);
        sheet.seconds(row.first_pod_wait);
        sheet.end();
    }

    fn pod(&mut self, world: &World, row: &PodRow<'_>) {
        let sheet = &mut self.pods;
        if !sheet.is_open() {
            return;
        }
        let pod = row.pod;
        let (owner_kind, owner) = world.owner_name(row.owner);
        sheet.text(&pod.namespace);
        sheet.text(&pod.name);
        sheet.text(owner_kind);
        sheet.text(owner);
        sheet.integer_or_empty(pod.index);
        sheet.text(pod.node.map_or("", |node| &world.node(node).name));
        sheet.time(Some(pod.created_at));
        sheet.time(pod.scheduled_at);
        sheet.time(pod.started_at);
        sheet.time(pod.ready_at);
        sheet.time(pod.finished_at);
        sheet.time(pod.deleted_at);
        sheet.text(pod.phase.name());
        let reason = pod.reason.map(crate::world::PodReason::name);
        let disruption = pod.disruption.map(crate::world::DisruptionReason::name);
        sheet.text(match pod.phase {
            Phase::Succeeded => reason.unwrap_or(""),
            Phase::Pending | Phase::Running | Phase::Failed => reason.or(disruption).unwrap_or(""),
        });
        let exit_code = pod.exit_code().filter(|_| pod.phase.is_terminal());
        sheet.integer_or_empty(exit_code);
        sheet.integer(pod.restarts());
        sheet.end();
    }

    fn node(&mut self, _: &World, node: &Node) {
        let sheet = &mut self.nodes;
        if !sheet.is_open() {
            return;
        }
        sheet.text(&node.name);
        sheet.text(node.pool.as_deref().unwrap_or(""));
        sheet.time(Some(node.added_at));
        sheet.time(node.ready_at);
        sheet.time(node.removed_at);
        sheet.integer(node.allocatable.cpu_m);
        sheet.integer(node.allocatable.memory_bytes);
        sheet.integer(node.allocatable.pods);
        sheet.integer(node.pods_run);
        for amount in extended_amounts(node, &self.resources) {
            sheet.integer(amount);
        }
        sheet.end();
    }

    fn object(&mut self, world: &World, at: Time, object: ObjectRef) {
        let Some(objects) = &mut self.objects else {
            return;
        };
        let (kind, namespace, name) = objects::identity(world, object);
        objects.push(&json!({
            "t": seconds(at.since_start()),
            "kind": kind,
            "namespace": namespace,
            "name": name,
            "spec": objects::spec(world, object),
        }));
    }

    fn sample(&mut self, world: &World, at: Time, load: &Load) {
        let sheet = &mut self.utilization;
        if !sheet.is_open() {
            return;
        }
        self.stamp.write(world, at, sheet);
        for count in [
            load.nodes,
            load.nodes_ready,
            load.pods_pending,
            load.pods_running,
        ] {
            sheet.integer(count);
        }
        let basic = [load.cpu_m(), load.memory_bytes()];
        for (requested, allocatable) in basic.into_iter().chain(load.extended()) {
            sheet.integer(requested);
            sheet.integer(allocatable);
        }
        sheet.end();
    }
}

/// What a person would call the Job's state: its end, else the condition that came last.
fn last_condition<'w>(row: &JobRow<'w>) -> (&'static str, &'w str) {
    let status = &row.job.status;
    let last = status.conditions.iter().rev().find(|c| c.status);
    match status.finished().or(last) {
        Some(condition) => (condition.kind.name(), &condition.reason),
        None => ("", ""),
    }
}
