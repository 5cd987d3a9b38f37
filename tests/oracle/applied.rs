//! Recordings in which it matters that `kubectl apply` sends one object after the other.
//!
//! Pods of several owners that are created within some hundredths of a second compete for nodes with equal scores
//! (SCH-63), so that the order of their creations decides which owner's pods share a node. podtime applies the objects
//! of a scenario all at once; here they are applied at the times at which the recording has them.

use crate::archive::Recording;

/// Recording, and when each object of its manifests was created, in milliseconds. Those of budgets are between those of
/// their neighbors: a timeline does not name them.
const TIMES: &[(&str, &[u32])] = &[("node-drain", &[11, 14, 17, 20, 23, 33])];

const MANIFESTS: &str = "manifests.yaml";

/// The recording with its objects applied one by one, if it is one of those.
pub(crate) fn one_by_one(name: &str, recording: Recording) -> Recording {
    match TIMES.iter().find(|(known, _)| *known == name) {
        Some((_, times)) => spread(recording, times),
        None => recording,
    }
}

fn spread(mut recording: Recording, times: &[u32]) -> Recording {
    let files = &mut recording.scenario;
    let manifests = files.remove(MANIFESTS).expect("a recording has manifests");
    let objects: Vec<&str> = manifests.split("\n---\n").collect();
    assert_eq!(objects.len(), times.len(), "each object has its time");
    let mut actions = String::from("  actions:\n");
    for (at, object) in times.iter().zip(objects) {
        let file = format!("applied-at-{at}.yaml");
        actions.push_str(&format!("  - at: {at}ms\n    kubectl: apply -f {file}\n"));
        files.insert(file, object.to_owned());
    }
    let main = files
        .get_mut("scenario.yaml")
        .expect("the main file is there");
    let (listed, none) = (format!("  manifests:\n  - {MANIFESTS}\n"), "");
    for (from, to) in [(listed.as_str(), none), ("  actions:\n", actions.as_str())] {
        assert!(main.contains(from), "the scenario has no {from:?}");
        *main = main.replacen(from, to, 1);
    }
    recording
}
