//! Reading input files, with limits: what cannot be read is a [`Problem`], not a crash.
//!
//! Text from elsewhere (standard input, the command line) is added with [`Sources::add`] after
//! [`decode`].

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::problem::{Position, Problem, SourceId, Sources, quote};

/// The largest file that is read. A manifest with 5,000 nodes has some 5 MB; positions count
/// bytes with 32 bits.
pub const FILE_BYTES_MAX: u64 = 64 << 20;

/// Reads a file into `sources` under the display name `shown`. The problem has a position only
/// where the file's bytes are at fault; see [`Problem::or_at`] for the others.
pub fn read_file(sources: &mut Sources, file: &Path, shown: &str) -> Result<SourceId, Problem> {
    let refuse =
        |reason: &str| Problem::error(None, "", format!("cannot read {}: {reason}", quote(shown)));
    let opened = File::open(file).map_err(|error| refuse(&explain(&error)))?;
    let metadata = opened
        .metadata()
        .map_err(|error| refuse(&explain(&error)))?;
    if metadata.is_dir() {
        return Err(refuse("it is a directory").with_hint("name the files in it"));
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(refuse(&too_large()));
    }
    read_from(sources, opened, shown)
}

/// Reads everything that `input` gives, at most [`FILE_BYTES_MAX`] bytes, into `sources` under the
/// display name `shown`.
pub fn read_from(
    sources: &mut Sources,
    input: impl Read,
    shown: &str,
) -> Result<SourceId, Problem> {
    let refuse =
        |reason: &str| Problem::error(None, "", format!("cannot read {}: {reason}", quote(shown)));
    let mut bytes = Vec::new();
    input
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refuse(&explain(&error)))?;
    decode(sources, bytes, shown)
}

/// Adds bytes that must be UTF-8 of at most [`FILE_BYTES_MAX`] bytes.
pub fn decode(sources: &mut Sources, bytes: Vec<u8>, shown: &str) -> Result<SourceId, Problem> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("cannot read {}: {}", quote(shown), too_large());
        return Err(Problem::error(None, "", message));
    }
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Ok(sources.add(shown, text)),
        Err(error) => error,
    };
    let valid_up_to = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[valid_up_to];
    // What is kept for display shows a replacement character in the place of the bad bytes.
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let before = text[..valid_up_to].trim_start_matches('\u{feff}');
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let at = Position {
        source: sources.add(shown, text.as_str()),
        line: narrow(before.matches('\n').count() + 1),
        column: narrow(before[line_start..].chars().count() + 1),
        offset: narrow(before.len()),
        length: narrow('\u{fffd}'.len_utf8()),
    };
    let message = format!("the byte 0x{byte:02x} is not valid UTF-8");
    Err(Problem::error(at, "", message).with_hint("save the file as UTF-8"))
}

fn too_large() -> String {
    format!("it has more than {} MiB", FILE_BYTES_MAX >> 20)
}

/// The reason in words that do not depend on the operating system, for the usual reasons.
fn explain(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        "there is no such file".to_owned()
    } else if kind == io::ErrorKind::PermissionDenied {
        "permission denied".to_owned()
    } else if kind == io::ErrorKind::IsADirectory {
        "it is a directory".to_owned()
    } else {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::{Expect, expect};

    use super::*;

    fn check(bytes: &[u8], expected: &Expect) {
        let mut sources = Sources::new();
        let problem = decode(&mut sources, bytes.to_vec(), "x.yaml").unwrap_err();
        expected.assert_eq(&problem.display(&sources).to_string());
    }

    #[test]
    fn invalid_utf8_is_refused_with_its_place() {
        check(
            b"name: caf\xe9\n",
            &expect![[r"
                x.yaml:1:10: error: the byte 0xe9 is not valid UTF-8
                  hint: save the file as UTF-8"]],
        );
        check(
            "\u{feff}a: 1\nb: é\u{1f600}"
                .bytes()
                .chain([0xff])
                .collect::<Vec<_>>()
                .as_slice(),
            &expect![[r"
                x.yaml:2:6: error: the byte 0xff is not valid UTF-8
                  hint: save the file as UTF-8"]],
        );
        check(
            b"\xff\xfea\0",
            &expect![[r"
                x.yaml:1:1: error: the byte 0xff is not valid UTF-8
                  hint: save the file as UTF-8"]],
        );
    }

    #[test]
    fn files_that_cannot_be_read_are_problems() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large.yaml");
        // A sparse file: 100 MB that take no room.
        fs::File::create(&large)
            .unwrap()
            .set_len(100_000_000)
            .unwrap();
        fs::write(folder.path().join("good.yaml"), "a: 1\n").unwrap();
        let mut sources = Sources::new();
        let mut read = |name: &str| {
            let problem = read_file(&mut sources, &folder.path().join(name), name);
            match problem {
                Ok(id) => format!("text {:?}", sources.text(id)),
                Err(problem) => problem.display(&sources).to_string(),
            }
        };
        expect!["text \"a: 1\\n\""].assert_eq(&read("good.yaml"));
        expect!["error: cannot read `missing.yaml`: there is no such file"]
            .assert_eq(&read("missing.yaml"));
        expect!["error: cannot read `large.yaml`: it has more than 64 MiB"]
            .assert_eq(&read("large.yaml"));
        expect![[r"
            error: cannot read `.`: it is a directory
              hint: name the files in it"]]
        .assert_eq(&read("."));
    }

    #[test]
    fn endless_input_is_cut_off() {
        let mut sources = Sources::new();
        let problem = read_from(&mut sources, io::repeat(b' '), "-").unwrap_err();
        expect!["error: cannot read `-`: it has more than 64 MiB"]
            .assert_eq(&problem.display(&sources).to_string());
    }
}
