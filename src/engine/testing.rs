//! Plays the text of a scenario for tests of what many modules do together.

use super::simulate;
use crate::model::Model;
use crate::record::Recorder;
use crate::record::{Detail, EventObject, Subject, event_name};
use crate::scenario::{Document, Options};
use crate::sim::Time;
use crate::world::{Fact, World};
use std::fmt::Write;

/// An event as `events.csv` has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) t: Time,
    /// Name of the object.
    pub(crate) name: String,
    pub(crate) event: &'static str,
    pub(crate) node: String,
    pub(crate) detail: String,
    /// The number of the row, and of the one that brought it about.
    pub(crate) seq: u64,
    pub(crate) cause: Option<u64>,
}

/// All events of a run.
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    /// The moments of an event, by the name of its object, in seconds.
    pub(crate) fn times(&self, event: &str, name: &str) -> Vec<f64> {
        let rows = self.0.iter();
        rows.filter(|row| row.event == event && row.name.starts_with(name))
            .map(|row| (row.t - Time::ZERO).as_secs_f64())
            .collect()
    }

    /// The rows of nodes and outages, from `from` seconds on, as lines.
    pub(crate) fn of_nodes(&self, from: f64) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let is_about_nodes = row.node == row.name || row.event.starts_with("Outage");
            let is_noise =
                row.event.ends_with("ainted") || row.node.is_empty() && row.name.is_empty();
            let t = (row.t - Time::ZERO).as_secs_f64();
            if is_about_nodes && !is_noise && t >= from {
                let line = format!("{t:.3} {} {} {}", row.name, row.event, row.detail);
                text += line.trim_end();
                text.push('\n');
            }
        }
        text
    }

    /// When each container of a pod of this owner started, how long it ran and what it exited with.
    pub(crate) fn runs(&self, owner: &str) -> String {
        let mut text = String::new();
        for (at, row) in self.0.iter().enumerate() {
            if row.event != "ContainerStarted" || !row.name.starts_with(owner) {
                continue;
            }
            let (name, _) = row.name.rsplit_once('-').unwrap_or((&row.name, ""));
            let started = (row.t - Time::ZERO).as_secs_f64();
            let same = |other: &&Row| other.name == row.name && other.event == "ContainerExited";
            let end = self.0[at..].iter().find(same);
            let end = end.map_or("runs".to_owned(), |end| {
                let ran = (end.t - row.t).as_secs_f64();
                let code = end.detail.rsplit_once('=').map_or("", |(_, code)| code);
                format!("ran {ran:.0} exit {code}")
            });
            writeln!(text, "{started:.0} {name} on {}: {end}", row.node).unwrap();
        }
        text
    }
}

struct Lines {
    rows: Vec<Row>,
    scenario: String,
}

impl Recorder for Lines {
    type Output = Rows;

    fn record(&mut self, world: &World, fact: &Fact) {
        let Some(event) = event_name(&fact.change) else {
            return;
        };
        let object = EventObject::of(world, Subject::of(&fact.change), &self.scenario);
        let mut detail = String::new();
        Detail {
            text: &mut detail,
            seconds: |text, span| text.push_str(&format!("{:.3}", span.as_secs_f64())),
            wall_clock: |text, unix| text.push_str(&unix.to_string()),
        }
        .write(world, &fact.change);
        self.rows.push(Row {
            t: fact.at,
            name: object.name.to_owned(),
            event,
            node: object.node.to_owned(),
            detail,
            seq: fact.seq.map_or(0, |seq| seq.0),
            cause: fact.cause.map(|cause| cause.0),
        });
    }

    fn finish(self, _: &World, _: Time) -> Rows {
        Rows(self.rows)
    }
}

/// The model of a scenario whose `spec` are these lines of YAML, without delays of the control plane.
pub(crate) fn model(spec: &str) -> Model {
    let text = format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: test}}\nspec:\n{spec}\n"
    );
    let options = Options {
        stdin: Some(text.into_bytes()),
        ..Options::default()
    };
    let loaded = Document::read(&["-".to_owned()], &options).and_then(Document::load);
    match loaded {
        Ok(loaded) => loaded.model,
        Err(rejected) => panic!("{:?}", rejected.problems.iter().collect::<Vec<_>>()),
    }
}

/// Plays it with a seed.
pub(crate) fn play(spec: &str, seed: u64) -> Rows {
    let model = model(spec);
    let recorder = Lines {
        rows: Vec::new(),
        scenario: model.name.to_string(),
    };
    simulate(&model, seed, recorder)
}
