//! The layout of the code is a rule, and rules are tests: the arrows of the module map, the sizes of files,
//! and the words that must not appear.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may use (ARCHITECTURE.md, "Modules"). A new arrow is a commit of its own that says why.
const ARROWS: &[(&str, &[&str])] = &[
    ("sim", &[]),
    ("cron", &[]),
    ("expect", &[]),
    ("model", &["sim", "cron"]),
    ("world", &["model", "sim"]),
    ("api", &["world", "model", "sim"]),
    ("controllers", &["api", "world", "model", "sim", "cron"]),
    ("scheduler", &["api", "world", "model", "sim"]),
    ("kubelet", &["api", "world", "model", "sim"]),
    ("chance", &["api", "world", "model", "sim"]),
    ("autoscaler", &["scheduler", "api", "world", "model", "sim"]),
    ("record", &["world", "model", "sim"]),
    (
        "engine",
        &[
            "api",
            "controllers",
            "scheduler",
            "kubelet",
            "chance",
            "autoscaler",
            "record",
            "world",
            "model",
            "sim",
        ],
    ),
    ("results", &["record", "world", "model", "sim"]),
    ("k8s", &["scenario", "model", "sim", "cron"]),
    ("scenario", &["k8s", "expect", "model", "sim", "cron"]),
];

/// Lines of a source file, tests not counted.
const LONGEST_FILE: usize = 500;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The module that a file belongs to: its folder below `src/`.
fn module(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(src()).unwrap();
    (inside.components().count() > 1)
        .then(|| inside.iter().next().unwrap().to_str().unwrap().to_string())
}

fn is_test(path: &Path) -> bool {
    let names = ["tests.rs", "testing.rs", "fixture.rs"];
    names.iter().any(|name| path.ends_with(name)) || path.iter().any(|part| part == "tests")
}

/// The text without its inline tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].to_string()
}

/// Modules of the crate that a text names after `crate::`, those in a group included.
fn uses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split("crate::").skip(1) {
        let names = match part.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => part
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default(),
        };
        for name in names.split(',') {
            found.push(
                name.trim()
                    .split("::")
                    .next()
                    .unwrap_or_default()
                    .to_string(),
            );
        }
    }
    found
}

#[test]
fn modules_use_only_what_the_map_allows() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for path in sources(&src()).into_iter().filter(|path| !is_test(path)) {
        let Some(module) = module(&path) else {
            continue;
        };
        let Some(allowed) = arrows.get(module.as_str()) else {
            assert_eq!(module, "cli", "{module} is not in the map");
            continue;
        };
        for used in uses(&code(&path)) {
            let is_known = arrows.contains_key(used.as_str()) || used == "cli";
            if is_known && used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: {module} uses {used}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows against the map:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_arrow_check_sees_every_form_of_use() {
    assert_eq!(uses("use crate::sim::Time;"), ["sim"]);
    assert_eq!(
        uses("use crate::{api::View, world};\nfn f() -> crate::model::Name {}"),
        ["api", "world", "model"]
    );
}

#[test]
fn files_have_one_subject_and_fit() {
    let long: Vec<String> = sources(&src())
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| (code(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, path)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(
        long.is_empty(),
        "longer than {LONGEST_FILE} lines without tests:\n{}",
        long.join("\n")
    );
}

#[test]
fn kubernetes_types_stay_at_the_border() {
    let outside: Vec<String> = sources(&src())
        .into_iter()
        .filter(|path| !is_test(path) && module(path).as_deref() != Some("k8s"))
        .filter(|path| {
            code(path)
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains("k8s_openapi"))
        })
        .map(|path| path.display().to_string())
        .collect();
    assert!(
        outside.is_empty(),
        "k8s_openapi outside src/k8s:\n{}",
        outside.join("\n")
    );
}

#[test]
fn nothing_is_left_open() {
    // Put together here, so that this file does not find itself.
    let words = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
        ["#[ig", "nore]"].concat(),
    ];
    let mut found = Vec::new();
    for path in sources(&src()) {
        let text = fs::read_to_string(&path).unwrap();
        found.extend(
            words
                .iter()
                .filter(|word| text.contains(word.as_str()))
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
