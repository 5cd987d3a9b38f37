//! Whether two folders hold the same results.
//!
//! Only the files of the contract count: what else lies there (a report, notes) says nothing about a run. The
//! version of the program in `summary.json` is passed over.

use super::FILE_NAMES;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is in the first folder only.
    OnlyFirst,
    /// It is in the second folder only.
    OnlySecond,
    /// Its contents differ.
    Contents,
}

/// A file that differs between two folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The name of the file.
    pub file: String,
    /// How it differs.
    pub kind: DifferenceKind,
}

/// The first row in which two CSV files differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The number of the row, the header being row 1.
    pub row: u64,
    /// The row of the first file; `None` behind its end.
    pub first: Option<Vec<String>>,
    /// The row of the second file.
    pub second: Option<Vec<String>>,
}

/// The digests of a folder's result files, by name of the file: `blake3:…`.
///
/// # Errors
/// A file that cannot be read; a folder that is not there has no files.
pub fn digest_folder(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for name in FILE_NAMES {
        let file = file_name(name);
        let path = folder.join(&file);
        if path.is_file() {
            digests.insert(file, digest_file(&path)?);
        }
    }
    Ok(digests)
}

/// The files that differ, by name.
///
/// # Errors
/// A file that cannot be read.
pub fn compare_folders(first: &Path, second: &Path) -> io::Result<Vec<Difference>> {
    let (first, second) = (digest_folder(first)?, digest_folder(second)?);
    let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
    names.sort();
    names.dedup();
    let differences = names.into_iter().filter_map(|file| {
        let kind = match (first.get(file), second.get(file)) {
            (Some(a), Some(b)) if a == b => return None,
            (Some(_), Some(_)) => DifferenceKind::Contents,
            (Some(_), None) => DifferenceKind::OnlyFirst,
            (None, _) => DifferenceKind::OnlySecond,
        };
        let file = file.clone();
        Some(Difference { file, kind })
    });
    Ok(differences.collect())
}

/// The first row in which two CSV files differ, header included; `None` where they are equal.
///
/// # Errors
/// A file that cannot be read or that is no CSV.
pub fn first_divergence(first: &Path, second: &Path) -> csv::Result<Option<Divergence>> {
    let rows = |path: &Path| -> csv::Result<_> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_path(path)?;
        Ok(reader.into_records())
    };
    let (mut firsts, mut seconds) = (rows(first)?, rows(second)?);
    for row in 1.. {
        let (a, b) = (firsts.next().transpose()?, seconds.next().transpose()?);
        if a != b {
            let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
            return Ok(Some(Divergence {
                row,
                first: a.map(cells),
                second: b.map(cells),
            }));
        }
        if a.is_none() {
            break;
        }
    }
    Ok(None)
}

fn file_name(name: &str) -> String {
    let extension = match name {
        "summary" => "json",
        "objects" => "jsonl",
        _ => "csv",
    };
    format!("{name}.{extension}")
}

fn digest_file(path: &PathBuf) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    if path.ends_with("summary.json") {
        hasher.update(&without_version(&fs::read(path)?));
    } else {
        hasher.update_reader(File::open(path)?)?;
    }
    Ok(format!("blake3:{}", hasher.finalize()))
}

/// The text of a summary without the version of the program; as it is where it is no JSON object.
fn without_version(text: &[u8]) -> Vec<u8> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(mut summary)) => {
            summary.shift_remove("version");
            Value::Object(summary).to_string().into_bytes()
        }
        Ok(_) | Err(_) => text.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn the_version_and_other_files_do_not_count() {
        let a = folder(&[
            (
                "summary.json",
                r#"{"program": "podtime", "version": "1", "seed": 0}"#,
            ),
            ("events.csv", "seq\n1\n"),
        ]);
        let b = folder(&[
            (
                "summary.json",
                r#"{"program":"podtime","version":"2","seed":0}"#,
            ),
            ("events.csv", "seq\n1\n"),
            ("report.html", "<html>"),
        ]);
        assert_eq!(compare_folders(a.path(), b.path()).unwrap(), []);
        assert_eq!(digest_folder(a.path()).unwrap().len(), 2);
    }

    #[test]
    fn each_difference_is_named() {
        let a = folder(&[
            ("summary.json", r#"{"version": "1", "seed": 0}"#),
            ("jobs.csv", "job\n"),
            ("events.csv", "seq\n1\n"),
        ]);
        let b = folder(&[
            ("summary.json", r#"{"version": "1", "seed": 1}"#),
            ("pods.csv", "pod\n"),
            ("events.csv", "seq\n1\n"),
        ]);
        let found: Vec<_> = compare_folders(a.path(), b.path())
            .unwrap()
            .into_iter()
            .map(|difference| (difference.file, difference.kind))
            .collect();
        assert_eq!(
            found,
            [
                ("jobs.csv".to_owned(), DifferenceKind::OnlyFirst),
                ("pods.csv".to_owned(), DifferenceKind::OnlySecond),
                ("summary.json".to_owned(), DifferenceKind::Contents),
            ]
        );
    }

    #[test]
    fn the_first_row_that_differs_is_found() {
        let a = folder(&[("events.csv", "seq,t\n1,\"a\nb\"\n2,c\n")]);
        let b = folder(&[("events.csv", "seq,t\n1,\"a\nb\"\n2,d\n3,e\n")]);
        let paths = |other: &tempfile::TempDir| {
            first_divergence(
                &a.path().join("events.csv"),
                &other.path().join("events.csv"),
            )
        };
        assert_eq!(paths(&a).unwrap(), None);
        let row = |cells: [&str; 2]| Some(cells.map(str::to_owned).to_vec());
        assert_eq!(
            paths(&b).unwrap(),
            Some(Divergence {
                row: 3,
                first: row(["2", "c"]),
                second: row(["2", "d"]),
            })
        );
        assert!(paths(&folder(&[])).is_err());
    }
}
