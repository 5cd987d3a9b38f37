//! Result files: recorders that write a run down as CSV and JSON, folders that are replaced as a whole, and
//! the comparison of two of them.
//!
//! The columns are those of the contract (§3). How a run works is not known here: everything written comes
//! out of a fact or a row of `record/`.

mod digest;
mod files;
mod folder;
mod format;
mod objects;
mod selection;
mod sheet;
mod table;

pub use digest::{
    Difference, DifferenceKind, Divergence, compare_folders, digest_folder, first_divergence,
};
pub use folder::{Folder, FolderError};
pub use selection::{FILE_NAMES, FileSet, UnknownFile};
pub use table::short_table;

use crate::model::Model;
use crate::record::{Recorder, Summary, Timeline};
use crate::sim::{Span, Time};
use crate::world::{Fact, World};
use files::Files;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What `summary.json` says of the program that wrote it; a folder without it is not ours to replace.
const PROGRAM: &str = "podtime";

/// The sampling grid of a run without a horizon.
const SAMPLE_EVERY_DEFAULT: Span = Span::from_secs(10);
/// Samples of a run with one.
const SAMPLES_PER_RUN: i64 = 1000;
/// The finest default grid.
const SAMPLE_EVERY_LEAST: Span = Span::from_secs(1);

/// What to write.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The digest of the scenario and all that it reads.
    pub scenario_digest: String,
    /// `--write`.
    pub write: FileSet,
    /// `--sample`; `None`: a thousandth of the horizon, at least 1 s; 10 s without a horizon.
    pub sample: Option<Span>,
}

/// Why there are no result files.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The folder cannot be replaced, or cannot be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file, at its place in the finished folder.
        path: PathBuf,
        /// The first error.
        source: std::io::Error,
    },
}

impl ResultsError {
    /// Whether the command line is wrong (exit code 2) and not the machine (3).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Folder(error) => error.is_usage(),
            Self::Write { .. } => false,
        }
    }
}

/// What a run left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The contents of `summary.json`.
    pub summary: Value,
    /// The digest of `events.csv`, written or not: `blake3:…`.
    pub events_digest: String,
}

/// Writes the files of a run into a folder beside the target, and puts it in place at the end.
#[derive(Debug)]
pub struct ResultFiles {
    folder: Folder,
    sample_every: Option<Span>,
    head: Head,
    timeline: Timeline,
    sinks: (Summary, Files),
}

/// What `summary.json` says of the run itself.
#[derive(Debug)]
struct Head {
    scenario: String,
    scenario_digest: String,
    seed: u64,
    horizon: Option<Span>,
}

impl ResultFiles {
    /// Begins to write the results of a run of `model`, whose seed and duration are those that are played.
    ///
    /// # Errors
    /// A target that is not ours to replace, or a file that cannot be made.
    pub fn create(target: &Path, model: &Model, options: Options) -> Result<Self, ResultsError> {
        let folder = Folder::prepare(target)?;
        let timeline = Timeline::new(model);
        let names = timeline.load().names().to_vec();
        let files = Files::create(&folder, &options.write, &model.name, names)?;
        let sample_every = options.write.has("utilization").then(|| {
            let default = model.duration.map_or(SAMPLE_EVERY_DEFAULT, |horizon| {
                (horizon / SAMPLES_PER_RUN).max(SAMPLE_EVERY_LEAST)
            });
            options.sample.unwrap_or(default)
        });
        Ok(Self {
            folder,
            sample_every,
            head: Head {
                scenario: model.name.to_string(),
                scenario_digest: options.scenario_digest,
                seed: model.seed,
                horizon: model.duration,
            },
            timeline,
            sinks: (Summary::new(model), files),
        })
    }
}

impl Recorder for ResultFiles {
    type Output = Result<Finished, ResultsError>;

    fn record(&mut self, world: &World, fact: &Fact) {
        self.timeline.record(world, fact, &mut self.sinks);
    }

    fn sample(&mut self, world: &World, at: Time) {
        self.timeline.sample(world, at, &mut self.sinks);
    }

    fn sample_every(&self) -> Option<Span> {
        self.sample_every
    }

    fn finish(mut self, world: &World, end: Time) -> Self::Output {
        self.timeline.finish(world, end, &mut self.sinks);
        let (summary, files) = self.sinks;
        let events = summary.events();
        let events_digest = files.finish(&self.folder)?;
        let figures = summary.finish(world, end, self.timeline.load());
        let summary = self.head.summary(end, events, &events_digest, figures);
        // Always written: it marks the folder as ours.
        files::write_summary(&self.folder, &summary)?;
        self.folder.commit()?;
        Ok(Finished {
            summary,
            events_digest,
        })
    }
}

impl Head {
    fn summary(
        &self,
        end: Time,
        events: u64,
        events_digest: &str,
        figures: Map<String, Value>,
    ) -> Value {
        let seconds = crate::record::seconds;
        let mut summary = Map::new();
        for (key, value) in [
            ("program", json!(PROGRAM)),
            ("version", json!(env!("CARGO_PKG_VERSION"))),
            ("scenario", json!(self.scenario)),
            ("scenario_digest", json!(self.scenario_digest)),
            ("seed", json!(self.seed)),
            ("horizon_s", json!(self.horizon.map(seconds))),
            ("end_s", json!(seconds(end.since_start()))),
            ("events", json!(events)),
            ("events_digest", json!(events_digest)),
        ] {
            summary.insert(key.to_owned(), value);
        }
        summary.extend(figures);
        Value::Object(summary)
    }
}

#[cfg(test)]
mod tests;
