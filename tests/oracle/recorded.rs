//! The recorded side: a timeline as the recorder distilled it from watches of the API.

use crate::archive::Recording;
use crate::side::{DAEMONSET_STEPS, JOB_STEPS, Pod, Run, Slot, epoch, exact, whole};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A row: what happened to one object. Pods are named `OWNER#n`, `OWNER-INDEX#n` or `OWNER@NODE#n`.
#[derive(Debug, Deserialize)]
struct Row {
    /// Below 0 while the nodes join.
    t_seconds: f64,
    kind: String,
    name: String,
    event: String,
    detail: String,
}

/// Owners that pods are named after, by kind.
struct Owners(BTreeMap<&'static str, BTreeSet<String>>);

/// What is known while reading.
struct Reader {
    /// The wall clock at t = 0.
    start: i64,
    run: Run,
    owners: Owners,
    /// Name -> place in `run.pods`.
    pods: BTreeMap<String, usize>,
    /// CronJob -> scheduled times that `Forbid` blocked.
    blocked: BTreeMap<String, BTreeSet<i64>>,
}

/// What the control plane did.
pub(crate) fn read(recording: &Recording) -> Run {
    let rows: Vec<Row> = csv::Reader::from_reader(recording.timeline.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("a timeline has the columns of a Row");
    let mut reader = Reader {
        start: recording.start,
        run: Run::default(),
        owners: Owners::of(&rows),
        pods: BTreeMap::new(),
        blocked: BTreeMap::new(),
    };
    for row in &rows {
        match row.kind.as_str() {
            "Pod" => reader.pod(row),
            "Job" => reader.job(row),
            "DaemonSet" => reader.daemonset(row),
            "Node" => reader.node(row),
            "CronJob" => reader.cronjob(row),
            _ => {}
        }
    }
    reader.finish()
}

impl Owners {
    fn of(rows: &[Row]) -> Self {
        let created = |kind: &'static str| {
            let event = format!("{kind}Created");
            let of_kind = rows
                .iter()
                .filter(|row| row.kind == kind && row.event == event);
            (kind, of_kind.map(|row| row.name.clone()).collect())
        };
        Self(["Job", "StatefulSet", "Deployment"].map(created).into())
    }

    /// The owner of a pod, from the name that the timeline gives the pod.
    fn of_pod(&self, pod: &str) -> String {
        let base = pod.rsplit_once('#').map_or("", |(base, _)| base);
        if let Some((daemonset, _)) = base.split_once('@') {
            return format!("DaemonSet/{daemonset}");
        }
        if self.0["Job"].contains(base) {
            return format!("Job/{base}");
        }
        let (stem, number) = base.rsplit_once('-').unwrap_or(("", base));
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            for kind in ["Job", "StatefulSet"] {
                if self.0[kind].contains(stem) {
                    return format!("{kind}/{stem}");
                }
            }
        }
        let stem = base.split(".rs").next().unwrap_or(base);
        if self.0["Deployment"].contains(stem) {
            return format!("Deployment/{stem}");
        }
        format!("Pod/{}", if base.is_empty() { pod } else { base })
    }
}

/// The `name=value` words of a detail.
fn words(detail: &str) -> BTreeMap<&str, &str> {
    let pairs = detail.split_whitespace();
    pairs.filter_map(|word| word.split_once('=')).collect()
}

impl Reader {
    fn pod(&mut self, row: &Row) {
        if row.event == "PodCreated" {
            self.pods.insert(row.name.clone(), self.run.pods.len());
            self.run.pods.push(Pod {
                owner: self.owners.of_pod(&row.name),
                created: Some(row.t_seconds),
                ..Pod::default()
            });
            return;
        }
        let Some(place) = self.pods.get(&row.name) else {
            return;
        };
        let pod = &mut self.run.pods[*place];
        if row.event == "PodScheduled" {
            pod.node.clone_from(&row.detail);
        }
        let moment = match row.event.as_str() {
            "PodScheduled" => &mut pod.scheduled,
            "PodRunning" => &mut pod.started,
            "PodSucceeded" => &mut pod.succeeded,
            "PodFailed" => &mut pod.failed,
            "PodDeleted" => &mut pod.deleted,
            "ContainerRestarted" => {
                let restarts = self.run.restarts.entry(pod.owner.clone()).or_default();
                restarts.push(row.t_seconds);
                return;
            }
            _ => return,
        };
        moment.get_or_insert(row.t_seconds);
    }

    fn job(&mut self, row: &Row) {
        let t = row.t_seconds;
        match row.event.as_str() {
            "JobCreated" => self.run.job(&row.name).created = Some(t),
            "JobDeleted" => self.run.end_of_job(&row.name, t),
            _ => self.job_status(row),
        }
    }

    fn job_status(&mut self, row: &Row) {
        let job = self.run.job(&row.name);
        if let Some(condition) = row.event.strip_prefix("JobCond.") {
            let reason = words(&row.detail).get("reason").copied().unwrap_or("");
            let key = (condition.to_owned(), reason.to_owned());
            if ["Complete", "Failed"].contains(&condition) {
                job.terminal = key.clone();
            }
            job.conditions.entry(key).or_default().push(row.t_seconds);
            return;
        }
        let counter = row
            .event
            .strip_prefix("Job")
            .unwrap_or_default()
            .to_lowercase();
        let Some(place) = JOB_STEPS.iter().position(|name| *name == counter) else {
            return;
        };
        // Not a number where the field was taken out of the status.
        if let Ok(value) = row.detail.parse() {
            job.steps[place].set(row.t_seconds, value);
            job.changed = row.t_seconds;
            job.counters = (job.steps[3].last(), job.steps[4].last());
        }
    }

    fn daemonset(&mut self, row: &Row) {
        match row.event.as_str() {
            "DaemonSetStatus" => {
                let counters = words(&row.detail);
                let daemonset = self.run.daemonset(&row.name);
                for (name, steps) in DAEMONSET_STEPS.iter().zip(daemonset) {
                    if let Some(value) = counters.get(name) {
                        steps.set(row.t_seconds, value.parse().expect("a count"));
                    }
                }
            }
            "DaemonSetDeleted" => self.run.end_of_daemonset(&row.name, row.t_seconds),
            _ => {}
        }
    }

    fn node(&mut self, row: &Row) {
        let is_ready = row.event == "NodeReady" && row.detail == "True";
        self.run
            .node_ready(&row.name, row.t_seconds.max(0.0), is_ready);
    }

    fn cronjob(&mut self, row: &Row) {
        let words = words(&row.detail);
        match row.event.as_str() {
            "CronJobRun" | "CronJobManualRun" => {
                let job = words["job"].to_owned();
                let slot = match words.get("scheduled") {
                    Some(time) if row.event == "CronJobRun" => Slot::Scheduled(epoch(time)),
                    _ => Slot::Manual(job.clone()),
                };
                let runs = self.run.cron_runs.entry(row.name.clone()).or_default();
                runs.insert(slot, job.clone());
                self.run.job(&job).cronjob.clone_from(&row.name);
            }
            "CronJobSuspend" => {
                let change = (self.wall_clock(row.t_seconds), row.detail == "True");
                let suspended = self.run.suspended.entry(row.name.clone()).or_default();
                suspended.push(change);
            }
            "Event:JobAlreadyActive" => {
                let minute = whole(self.wall_clock(row.t_seconds) / 60.0) * 60;
                let blocked = self.blocked.entry(row.name.clone()).or_default();
                blocked.insert(minute);
            }
            _ => {}
        }
    }

    fn wall_clock(&self, t: f64) -> f64 {
        exact(self.start) + t
    }

    /// A blocked scheduled time is dropped for good once a later one is handled.
    fn finish(mut self) -> Run {
        for (cronjob, blocked) in self.blocked {
            let runs = self.run.cron_runs.entry(cronjob.clone()).or_default();
            let run: BTreeSet<i64> = runs
                .keys()
                .filter_map(|slot| match slot {
                    Slot::Scheduled(epoch) => Some(*epoch),
                    Slot::Manual(_) => None,
                })
                .collect();
            let last = blocked.union(&run).max().copied();
            let dropped = blocked
                .difference(&run)
                .filter(|slot| Some(**slot) < last)
                .map(|slot| (*slot, "skipped_forbid".to_owned()));
            self.run.skipped.insert(cronjob, dropped.collect());
        }
        self.run
    }
}
