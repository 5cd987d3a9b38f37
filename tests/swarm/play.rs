//! One seed, from the scenario's text to the checked results.

use crate::check::{Checker, Violation};
use crate::generate::generate;
use crate::results;
use podtime::record::Recorder;
use podtime::results::{Options, ResultFiles};
use podtime::scenario;
use podtime::sim::Time;
use podtime::world::{Fact, World};
use podtime::{Model, simulate};
use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Every so many seeds the run is played three times.
const REPEATED_EVERY: u64 = 8;

/// Plays a seed; the folder of a seed that fails stays.
pub(crate) fn play(seed: u64) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("swarm-{seed}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = write(seed, &folder);
    let result = catch_unwind(AssertUnwindSafe(|| play_in(seed, &path, &folder)));
    let failure = match result {
        Ok(Ok(())) => {
            fs::remove_dir_all(&folder).unwrap();
            return Ok(());
        }
        Ok(Err(failure)) => failure,
        Err(panic) => words_of(panic.as_ref()),
    };
    Err(format!("{failure}\n  scenario: {}", path.display()))
}

/// What a panic says: a violation, or the program's own.
fn words_of(panic: &(dyn Any + Send)) -> String {
    if let Some(violation) = panic.downcast_ref::<Violation>() {
        return violation.to_string();
    }
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    format!("panic: {}", text.unwrap_or_default())
}

/// Writes the scenario and what it reads.
fn write(seed: u64, folder: &Path) -> PathBuf {
    let generated = generate(seed);
    for (name, manifest) in &generated.files {
        fs::write(folder.join(name), format!("{manifest:#}\n")).unwrap();
    }
    let path = folder.join("scenario.yaml");
    fs::write(&path, format!("{:#}\n", generated.scenario)).unwrap();
    path
}

fn load(path: &Path) -> Result<Model, String> {
    let paths = [path.to_str().unwrap().to_owned()];
    match scenario::load(&paths, &scenario::Options::default()) {
        Ok(loaded) => Ok(loaded.model),
        Err(rejected) => {
            let problems: Vec<String> = rejected
                .problems
                .iter()
                .map(|problem| format!("{}: {}", problem.path, problem.message))
                .collect();
            Err(format!(
                "the scenario is refused\n  {}",
                problems.join("\n  ")
            ))
        }
    }
}

fn files(model: &Model, target: &Path) -> ResultFiles {
    ResultFiles::create(target, model, Options::default()).unwrap()
}

fn play_in(seed: u64, path: &Path, folder: &Path) -> Result<(), String> {
    let model = load(path)?;
    let target = folder.join("results");
    let recorder = (
        (Checker::new(&model), Digest::default()),
        files(&model, &target),
    );
    let ((violation, digest), finished) = simulate(&model, model.seed, recorder);
    if let Some(violation) = violation {
        return Err(violation.to_string());
    }
    let finished = finished.map_err(|error| error.to_string())?;
    results::check(&target, &finished.summary).map_err(|failure| failure.to_string())?;
    if seed.is_multiple_of(REPEATED_EVERY) {
        simulate(&model, model.seed, ());
        let again = folder.join("again");
        let (alone, finished) = (
            simulate(&model, model.seed, Digest::default()),
            simulate(&model, model.seed, files(&model, &again)),
        );
        finished.map_err(|error| error.to_string())?;
        if alone != digest {
            return Err("recorders: without files the facts are others".to_owned());
        }
        same_bytes(&target, &again)?;
    }
    Ok(())
}

fn same_bytes(one: &Path, two: &Path) -> Result<(), String> {
    for entry in fs::read_dir(one).unwrap() {
        let name = entry.unwrap().file_name();
        if fs::read(one.join(&name)).ok() != fs::read(two.join(&name)).ok() {
            return Err(format!("determinism: {} differs", name.display()));
        }
    }
    Ok(())
}

/// A digest of all facts.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Recorder for Digest {
    type Output = blake3::Hash;

    fn record(&mut self, _: &World, fact: &Fact) {
        self.0.update(format!("{fact:?}").as_bytes());
    }

    fn finish(self, _: &World, _: Time) -> blake3::Hash {
        self.0.finalize()
    }
}
