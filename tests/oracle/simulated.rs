//! The simulated side: podtime plays the recording's scenario, and its result files are read.

use crate::archive::Recording;
use crate::side::{DAEMONSET_STEPS, JOB_STEPS, Pod, Run, Slot, epoch};
use podtime::results::{self, FileSet, ResultFiles};
use podtime::scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The result files that are read.
const FILES: &str = "pods,retries,completions,jobs,coverage,nodes,events,cronjobs";

/// Plays the scenario.
///
/// # Errors
/// What podtime has against it.
pub(crate) fn run(recording: &Recording, recorded: &Run) -> Result<Run, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let results = folder.path().join("results");
    play(recording, folder.path(), &results)?;
    Ok(read(&results, recording, recorded))
}

fn play(recording: &Recording, folder: &Path, results: &Path) -> Result<(), String> {
    for (name, text) in &recording.scenario {
        fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    let main = folder.join("scenario.yaml").display().to_string();
    let loaded = scenario::load(&[main], &scenario::Options::default())
        .map_err(|rejected| in_words(&rejected))?;
    let options = results::Options {
        write: FileSet::parse(FILES).expect("these files exist"),
        ..results::Options::default()
    };
    let model = &loaded.model;
    let files = ResultFiles::create(results, model, options).map_err(|error| error.to_string())?;
    podtime::simulate(model, model.seed, files)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// One problem after the other.
fn in_words(rejected: &scenario::Rejected) -> String {
    let problems = rejected.problems.iter();
    let lines: Vec<String> = problems
        .map(|problem| problem.display(&rejected.sources).to_string())
        .collect();
    lines.join("; ")
}

/// One row of a result file, by column.
struct Row(BTreeMap<String, String>);

impl Row {
    /// The rows of a file.
    fn all(results: &Path, file: &str) -> Vec<Self> {
        let path = results.join(file).with_extension("csv");
        let mut reader = csv::Reader::from_path(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let rows = reader.deserialize().map(|row| row.map(Self));
        rows.collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn text(&self, column: &str) -> &str {
        let cell = self.0.get(column);
        cell.unwrap_or_else(|| panic!("no column {column}"))
    }

    /// `None` where the cell is empty.
    fn time(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty()).then(|| {
            text.parse()
                .unwrap_or_else(|_| panic!("{column}: {text} is no time"))
        })
    }

    /// The time of a row that has one.
    fn t(&self) -> f64 {
        self.time("t").expect("every such row has its time")
    }

    /// 0 where the cell is empty.
    fn count(&self, column: &str) -> i32 {
        match self.text(column) {
            "" => 0,
            text => text
                .parse()
                .unwrap_or_else(|_| panic!("{column}: {text} is no count")),
        }
    }
}

/// What is known while reading.
struct Reader<'a> {
    results: &'a Path,
    /// The nodes of the recording.
    nodes: BTreeSet<&'a str>,
    /// Owners `Deployment/…` of recorded pods.
    deployments: BTreeSet<&'a str>,
    run: Run,
}

fn read(results: &Path, recording: &Recording, recorded: &Run) -> Run {
    let owners = recorded.pods.iter().map(|pod| pod.owner.as_str());
    let mut reader = Reader {
        results,
        nodes: recording.nodes.iter().map(String::as_str).collect(),
        deployments: owners
            .filter(|owner| owner.starts_with("Deployment/"))
            .collect(),
        run: Run::default(),
    };
    reader.pods();
    reader.completions();
    reader.jobs();
    reader.coverage();
    reader.nodes();
    reader.events();
    reader.cronjobs();
    reader.run
}

impl Reader<'_> {
    fn rows(&self, file: &str) -> Vec<Row> {
        Row::all(self.results, file)
    }

    /// A node that an action adds has a pool of its own, so that it is called `NAME-1`.
    fn node_name(&self, name: &str) -> String {
        match name.strip_suffix("-1") {
            Some(pool) if self.nodes.contains(pool) && !self.nodes.contains(name) => pool,
            Some(_) | None => name,
        }
        .to_owned()
    }

    fn owner(&self, row: &Row) -> String {
        let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
        let kind = or(row.text("owner_kind"), "Pod");
        let name = or(row.text("owner"), row.text("pod"));
        if kind == "ReplicaSet" {
            let stem = name.rsplit_once('-').map_or("", |(stem, _)| stem);
            let deployment = format!("Deployment/{stem}");
            if self.deployments.contains(deployment.as_str()) {
                return deployment;
            }
        }
        format!("{kind}/{name}")
    }

    fn pods(&mut self) {
        let mut owners = BTreeMap::new();
        for row in self.rows("pods") {
            let owner = self.owner(&row);
            owners.insert(row.text("pod").to_owned(), owner.clone());
            let end_in = |phase| {
                (row.text("phase") == phase)
                    .then(|| row.time("finished_t"))
                    .flatten()
            };
            self.run.pods.push(Pod {
                owner,
                node: self.node_name(row.text("node")),
                created: row.time("created_t"),
                scheduled: row.time("scheduled_t"),
                started: row.time("started_t"),
                succeeded: end_in("Succeeded"),
                failed: end_in("Failed"),
                deleted: row.time("deleted_t"),
            });
        }
        for row in self.rows("retries") {
            if row.text("kind") == "container" {
                let pod = row.text("pod");
                let owner = owners
                    .get(pod)
                    .cloned()
                    .unwrap_or_else(|| format!("Pod/{pod}"));
                self.run.restarts.entry(owner).or_default().push(row.t());
            }
        }
    }

    fn completions(&mut self) {
        let mut latest = BTreeMap::new();
        for row in self.rows("completions") {
            let job = self.run.job(row.text("job"));
            job.changed = row.t();
            for (name, steps) in JOB_STEPS.iter().zip(&mut job.steps) {
                steps.set(row.t(), row.count(name));
            }
            let condition = (
                row.text("condition").to_owned(),
                row.text("reason").to_owned(),
            );
            if !condition.0.is_empty() && latest.get(row.text("job")) != Some(&condition) {
                latest.insert(row.text("job").to_owned(), condition.clone());
                job.conditions.entry(condition).or_default().push(row.t());
            }
        }
    }

    fn jobs(&mut self) {
        for row in self.rows("jobs") {
            let job = self.run.job(row.text("job"));
            job.created = row.time("created_t");
            row.text("cronjob").clone_into(&mut job.cronjob);
            job.counters = (row.count("succeeded"), row.count("failed"));
            let condition = row.text("condition");
            if ["Complete", "Failed"].contains(&condition) {
                job.terminal = (condition.to_owned(), row.text("reason").to_owned());
            }
        }
    }

    fn coverage(&mut self) {
        for row in self.rows("coverage") {
            let daemonset = self.run.daemonset(row.text("daemonset"));
            for (name, steps) in DAEMONSET_STEPS.iter().zip(daemonset) {
                steps.set(row.t(), row.count(name));
            }
        }
    }

    fn nodes(&mut self) {
        for row in self.rows("nodes") {
            if let Some(ready) = row.time("ready_t") {
                let name = self.node_name(row.text("node"));
                self.run.node_ready(&name, ready, true);
            }
        }
    }

    fn events(&mut self) {
        for row in self.rows("events") {
            let name = row.text("name");
            match row.text("event") {
                "JobDeleted" => self.run.end_of_job(name, row.t()),
                "DaemonSetDeleted" => self.run.end_of_daemonset(name, row.t()),
                event @ ("NodeReady" | "NodeNotReady" | "NodeRemoved") => {
                    let name = self.node_name(name);
                    self.run.node_ready(&name, row.t(), event == "NodeReady");
                }
                _ => {}
            }
        }
    }

    fn cronjobs(&mut self) {
        for row in self.rows("cronjobs") {
            let (cronjob, outcome) = (row.text("cronjob").to_owned(), row.text("outcome"));
            let (job, time) = (row.text("job").to_owned(), row.text("scheduled_time"));
            if !job.is_empty() && ["started", "replaced", "manual"].contains(&outcome) {
                let slot = if outcome == "manual" {
                    Slot::Manual(job.clone())
                } else {
                    Slot::Scheduled(epoch(time))
                };
                let runs = self.run.cron_runs.entry(cronjob).or_default();
                runs.insert(slot, job);
            } else if !time.is_empty() {
                let skipped = self.run.skipped.entry(cronjob).or_default();
                skipped.insert(epoch(time), outcome.to_owned());
            }
        }
    }
}
