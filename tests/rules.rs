//! Which rules of Kubernetes' behavior are held by a test, and which are listed as differences.
//!
//! `tests/rules/rules.csv` has every rule that the project follows, by the IDs that code and tests cite. A rule that
//! decides something in a timeline is cited in a test's name, at a test or in a row of its table, or `docs/differences.md`
//! lists it; one that decides nothing says why. `cargo test --test rules -- --nocapture` prints the count.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PREFIXES: [&str; 8] = ["JOB", "CRON", "DS", "NL", "SCH", "KUB", "WL", "CP"];

struct Rule {
    id: String,
    decides: bool,
    title: String,
    why: String,
}

fn rules() -> Vec<Rule> {
    let text = include_str!("rules/rules.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row = |row: csv::StringRecord| {
        assert!(["timeline", "none"].contains(&&row[1]), "{row:?}");
        Rule {
            id: row[0].to_owned(),
            decides: &row[1] == "timeline",
            title: row[2].to_owned(),
            why: row[3].to_owned(),
        }
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

/// A rule's ID, taken apart: prefix, class (`C` for constants and so on), number, suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Id {
    prefix: String,
    number: u32,
    suffix: Option<char>,
}

impl Id {
    /// Reads `C12a` after the prefix; what follows must not belong to it.
    fn read(prefix: &str, text: &str) -> Option<(Self, usize)> {
        let letters = text.chars().take_while(char::is_ascii_uppercase).count();
        let digits = text[letters..].chars().take_while(char::is_ascii_digit);
        let end = letters + digits.count();
        let number = text[letters..end].parse().ok().filter(|_| letters <= 2)?;
        let mut rest = text[end..].chars();
        let first = rest.next();
        let suffix = first.filter(|c| c.is_ascii_lowercase() && !is_word(rest.next()));
        if suffix.is_none() && is_word(first) {
            return None;
        }
        let id = Self {
            prefix: format!("{prefix}-{}", &text[..letters]),
            number,
            suffix,
        };
        Some((id, end + usize::from(suffix.is_some())))
    }

    fn text(&self) -> String {
        let suffix = self.suffix.map(String::from).unwrap_or_default();
        format!("{}{}{suffix}", self.prefix, self.number)
    }

    /// All from this one to `last`.
    fn range(&self, last: &Self) -> Vec<String> {
        let with = |number, suffix| {
            let prefix = self.prefix.clone();
            Self {
                prefix,
                number,
                suffix,
            }
            .text()
        };
        match (self.suffix, last.suffix) {
            (Some(from), Some(to)) if self.number == last.number => {
                (from..=to).map(|c| with(self.number, Some(c))).collect()
            }
            _ => (self.number..=last.number)
                .map(|number| with(number, None))
                .collect(),
        }
    }
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// The IDs that a text cites, ranges such as `JOB-72 to JOB-74` in full.
fn cited(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for prefix in PREFIXES {
        let start = format!("{prefix}-");
        for (at, _) in text.match_indices(&start) {
            let before = text[..at].chars().next_back();
            let rest = &text[at + start.len()..];
            let Some((id, length)) = Id::read(prefix, rest).filter(|_| !is_word(before)) else {
                continue;
            };
            let end = rest[length..].strip_prefix(&format!(" to {start}"));
            match end.and_then(|end| Id::read(prefix, end)) {
                Some((last, _)) => found.extend(id.range(&last)),
                None => {
                    found.insert(id.text());
                }
            }
        }
    }
    for part in text.split("fn ").skip(1) {
        let name = part.split(|c: char| !is_word(Some(c))).next().unwrap();
        found.extend(cited_by_name(name));
    }
    found
}

/// The IDs in a test's name: `…_job_72_to_74`, `wl_j23_and_j24_…`, `…_nl_27_nl_28`.
fn cited_by_name(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut prefix = None;
    let mut last: Option<Id> = None;
    let mut is_range = false;
    for word in name.split('_') {
        let known = PREFIXES.iter().find(|known| known.to_lowercase() == word);
        if known.is_some() {
            (prefix, last) = (known, None);
        } else if word == "to" && last.is_some() {
            is_range = true;
        } else if word != "and" || last.is_none() {
            let digits = word.find(|c: char| c.is_ascii_digit());
            let upper = digits.map(|at| word[..at].to_uppercase() + &word[at..]);
            let id = prefix.zip(upper).and_then(|(p, w)| Id::read(p, &w));
            match (&id, &last) {
                (Some((id, _)), Some(first)) if is_range => found.extend(first.range(id)),
                (Some((id, _)), _) => found.push(id.text()),
                (None, _) => prefix = None,
            }
            is_range = false;
            last = id.map(|(id, _)| id);
        }
    }
    found
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let itself = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules.rs");
    found.retain(|path| *path != itself);
    found
}

/// What of a file is tests. The head of a file says what it is about, and checks nothing.
fn tests_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let is_all = path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
    let begin = if is_all {
        0
    } else {
        let inline = text.find("#[cfg(test)]\nmod tests {");
        inline.unwrap_or(text.len())
    };
    let lines = text[begin..].lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//!"));
    lines.collect::<Vec<_>>().join("\n")
}

fn cited_in_tests() -> BTreeSet<String> {
    let files = sources("src").into_iter().chain(sources("tests"));
    files.flat_map(|path| cited(&tests_of(&path))).collect()
}

fn differences() -> BTreeSet<String> {
    cited(include_str!("../docs/differences.md"))
}

/// Whether a rule is among the cited ones; a bare number means all its lettered rules, unless it is a rule itself.
fn is_among(id: &str, cited: &BTreeSet<String>, known: &BTreeSet<String>) -> bool {
    let bare = id.trim_end_matches(|c: char| c.is_ascii_lowercase());
    cited.contains(id) || !known.contains(bare) && cited.contains(bare)
}

#[test]
fn every_rule_is_tested_or_listed() {
    let (tests, differences) = (cited_in_tests(), differences());
    let rules = rules();
    let known: BTreeSet<String> = rules.iter().map(|rule| rule.id.clone()).collect();
    let mut neither = Vec::new();
    // Rules, those that decide something, tested, listed only, neither.
    let mut table: BTreeMap<&str, [u32; 5]> = BTreeMap::new();
    for rule in &rules {
        let prefix = rule.id.split('-').next().unwrap();
        let [all, decide, tested, listed, missing] = table.entry(prefix).or_default();
        *all += 1;
        if !rule.decides {
            continue;
        }
        *decide += 1;
        if is_among(&rule.id, &tests, &known) {
            *tested += 1;
        } else if is_among(&rule.id, &differences, &known) {
            *listed += 1;
        } else {
            *missing += 1;
            neither.push(format!("{}: {}", rule.id, rule.title));
        }
    }
    println!("rules   all  decide  tested  listed  neither");
    let mut sums = [0; 5];
    for (prefix, numbers) in &table {
        let [all, decide, tested, listed, missing] = numbers;
        println!("{prefix:<5} {all:>5} {decide:>7} {tested:>7} {listed:>7} {missing:>8}");
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }
    let [all, decide, tested, listed, missing] = sums;
    println!("all   {all:>5} {decide:>7} {tested:>7} {listed:>7} {missing:>8}");
    assert!(
        neither.is_empty(),
        "neither tested nor in docs/differences.md:\n{}",
        neither.join("\n")
    );
}

#[test]
fn citations_name_rules_that_exist() {
    let known: BTreeSet<String> = rules().into_iter().map(|rule| rule.id).collect();
    let bare = |id: &String| {
        id.trim_end_matches(|c: char| c.is_ascii_lowercase())
            .to_owned()
    };
    let bare: BTreeSet<String> = known.iter().map(bare).collect();
    let mut unknown = Vec::new();
    for path in sources("src").into_iter().chain(sources("tests")) {
        let text = fs::read_to_string(&path).unwrap();
        // Of a range, only the ends have to exist.
        let single = text.replace(" to ", " – ").replace("_to_", "_and_");
        let wrong = cited(&single);
        let wrong = wrong
            .iter()
            .filter(|id| !known.contains(*id) && !bare.contains(*id));
        unknown.extend(wrong.map(|id| format!("{}: {id}", path.display())));
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn the_list_of_rules_is_in_order() {
    let rules = rules();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids.len(), rules.len(), "an ID is there twice");
    for rule in &rules {
        let (prefix, rest) = rule.id.split_once('-').unwrap();
        let (id, length) = Id::read(prefix, rest).unwrap();
        assert_eq!((id.text(), length), (rule.id.clone(), rest.len()));
        assert!(
            PREFIXES.contains(&prefix) && !rule.title.is_empty(),
            "{}",
            rule.id
        );
        assert_eq!(rule.decides, rule.why.is_empty(), "{}: why not?", rule.id);
    }
}

#[test]
fn citations_are_read() {
    let read = |text: &str| Vec::from_iter(cited(text)).join(" ");
    assert_eq!(
        read("// JOB-12, CRON-V3 and (SCH-60a)."),
        "CRON-V3 JOB-12 SCH-60a"
    );
    assert_eq!(read("JOB-72 to JOB-74"), "JOB-72 JOB-73 JOB-74");
    assert_eq!(read("SCH-12b to SCH-12d"), "SCH-12b SCH-12c SCH-12d");
    assert_eq!(read("JOB-72 to CP-74"), "CP-74 JOB-72");
    assert_eq!(
        read("fn some_pods_job_12() fn other_cron_v3_nl_4a()"),
        "CRON-V3 JOB-12 NL-4a"
    );
    assert_eq!(read("fn wl_j23_and_j24_selectors()"), "WL-J23 WL-J24");
    assert_eq!(read("fn wl_d1_to_d3_defaults()"), "WL-D1 WL-D2 WL-D3");
    assert_eq!(read("fn a_cp_g1_cp_g2()"), "CP-G1 CP-G2");
    assert_eq!(read("fn a_node_keeps_one_pod_ds_40_ds_42()"), "DS-40 DS-42");
    for text in [
        "job-12",
        "AJOB-12",
        "JOB-x",
        "JOB-12th",
        "fn job_of_12_pods()",
        "fn to_ds()",
    ] {
        assert_eq!(read(text), "", "{text}");
    }
}
