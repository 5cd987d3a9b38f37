//! Plays a table of wrong inputs and writes down what was said.

use assert_cmd::Command;
use expect_test::ExpectFile;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// The file that a case is about.
pub(crate) const INPUT: &str = "input.yaml";

/// The commands that most cases are for; they are not shown where both say the same.
const BOTH: &str = "$ podtime validate input.yaml\n$ podtime run input.yaml\n";

/// Nothing takes nearly this long; a command that hangs must not hang the tests.
const HANGING: Duration = Duration::from_mins(5);

/// Of a flood of problems this many lines are shown.
const FLOOD_LINES_SHOWN: usize = 12;

/// A longer line of input is not shown below a message.
const LINE_SHOWN_MAX: usize = 110;

/// One wrong input.
pub(crate) struct Case {
    name: String,
    files: Vec<(String, Vec<u8>)>,
    /// The command lines that must refuse it.
    commands: Vec<Vec<String>>,
    stdin: Vec<u8>,
    is_flood: bool,
}

impl Case {
    /// A case without files; give it a command.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: Vec::new(),
            commands: Vec::new(),
            stdin: Vec::new(),
            is_flood: false,
        }
    }

    /// A file that `validate` and `run` must both refuse.
    pub(crate) fn input(name: &str, text: impl Into<Vec<u8>>) -> Self {
        Self::new(name)
            .file(INPUT, text)
            .command(&["validate", INPUT])
            .command(&["run", INPUT])
    }

    /// One more file in the folder.
    pub(crate) fn file(mut self, name: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.to_owned(), text.into()));
        self
    }

    /// One more command line.
    pub(crate) fn command(mut self, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        self.commands.push(arguments.collect());
        self
    }

    /// The snapshot shows the beginning and the end alone.
    pub(crate) fn flood(mut self) -> Self {
        self.is_flood = true;
        self
    }

    /// What the commands find on stdin.
    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }
}

/// Plays all cases and compares what was said with the snapshot.
pub(crate) fn check(cases: &[Case], expected: &ExpectFile) {
    let mut said = String::new();
    let mut faults = Vec::new();
    for case in cases {
        writeln!(said, "## {}", case.name).unwrap();
        said += &play(case, &mut faults);
        said.push('\n');
    }
    expected.assert_eq(&said);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What was said to a case. Whatever else is wrong with the answer goes to `faults`.
fn play(case: &Case, faults: &mut Vec<String>) -> String {
    let folder = fresh_folder(case);
    let before = list(folder.path());
    let mut said: Vec<(String, String)> = Vec::new();
    for arguments in &case.commands {
        let stderr = refusal(case, folder.path(), arguments, faults);
        if list(folder.path()) != before {
            faults.push(format!("{}: it wrote something", case.name));
        }
        let command = format!("$ podtime {}\n", shortened(&arguments.join(" ")));
        // Two commands that say the same are shown together.
        match said.last_mut() {
            Some((commands, last)) if *last == stderr => *commands += &command,
            _ => said.push((command, stderr)),
        }
    }
    if let [(commands, stderr)] = said.as_slice()
        && commands == BOTH
    {
        return with_lines(case, stderr);
    }
    let shown = said
        .iter()
        .map(|(commands, stderr)| format!("{commands}{}", with_lines(case, stderr)));
    shown.collect()
}

/// Runs a command that must be refused.
fn refusal(case: &Case, folder: &Path, arguments: &[String], faults: &mut Vec<String>) -> String {
    let output = podtime(folder, arguments)
        .write_stdin(case.stdin.clone())
        .output()
        .unwrap();
    let name = &case.name;
    let stderr = String::from_utf8(output.stderr).unwrap();
    // The name of the folder is another one each time; how the system writes it may differ as well.
    let whole = folder.canonicalize().unwrap();
    let stderr = stderr.replace(whole.to_str().unwrap(), "FOLDER");
    let stderr = stderr.replace(folder.to_str().unwrap(), "FOLDER");
    let stdout = String::from_utf8_lossy(&output.stdout);
    if output.status.code() != Some(2) {
        let status = output.status;
        faults.push(format!("{name}: {arguments:?}: {status}: {stderr}"));
    } else if !stdout.is_empty() {
        faults.push(format!(
            "{name}: stdout is for what was asked for: {stdout}"
        ));
    } else if !stderr.contains("error: ") {
        faults.push(format!("{name}: no error: {stderr}"));
    }
    stderr
}

fn shortened(command: &str) -> String {
    match command.char_indices().nth(LINE_SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &command[..end]),
        None => command.to_owned(),
    }
}

/// The binary, to be run in a folder.
pub(crate) fn podtime(folder: &Path, arguments: &[String]) -> Command {
    let mut command = Command::cargo_bin("podtime").unwrap();
    command.current_dir(folder).args(arguments).timeout(HANGING);
    command
}

fn fresh_folder(case: &Case) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &case.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// All paths below a folder.
fn list(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.display().to_string());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What was said, with the line that each message points at below it, so that a reader of the snapshot
/// sees whether the place is the right one. The count at the end is left out.
fn with_lines(case: &Case, stderr: &str) -> String {
    let mut shown = String::new();
    for line in stderr.lines() {
        if line.ends_with(" warnings") || line.ends_with(" warning") {
            continue;
        }
        writeln!(shown, "{line}").unwrap();
        if let Some((text, column)) = place(case, line) {
            writeln!(shown, "    | {text}\n    | {:>column$}", '^').unwrap();
        }
    }
    if !case.is_flood {
        return shown;
    }
    let lines: Vec<&str> = shown.lines().collect();
    let (first, rest) = lines.split_at(FLOOD_LINES_SHOWN);
    let hidden = rest.len() - 1;
    let last = rest[hidden];
    format!("{}\n[{hidden} lines more]\n{last}\n", first.join("\n"))
}

/// The line and column that a message begins with, where they are of a file of the case.
fn place(case: &Case, message: &str) -> Option<(String, usize)> {
    let (at, _) = message
        .split_once(": error: ")
        .or_else(|| message.split_once(": warning: "))?;
    let mut parts = at.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    let (_, text) = case.files.iter().find(|(name, _)| name == file)?;
    let text = String::from_utf8_lossy(text);
    let Some(line) = text.lines().nth(line - 1) else {
        assert_eq!(
            (line, column),
            (1, 1),
            "{}: no such place: {message}",
            case.name
        );
        return None;
    };
    let line = line.trim_start_matches('\u{feff}');
    assert!(
        column <= line.chars().count() + 1,
        "{}: no such column: {message}",
        case.name
    );
    let printable = |c: char| if c.is_control() { '\u{2423}' } else { c };
    (line.len() <= LINE_SHOWN_MAX).then(|| (line.chars().map(printable).collect(), column))
}
