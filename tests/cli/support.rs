//! A folder to run `podtime` in, and what it left behind.

use assert_cmd::Command;
use expect_test::Expect;
use std::path::Path;
use tempfile::TempDir;

/// A fresh folder.
pub(crate) struct Folder(TempDir);

/// What a command did.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names in a folder, sorted; hidden ones too.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path().join(name)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A command that runs here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("podtime").unwrap();
        command.current_dir(self.path()).args(arguments);
        command
    }

    /// Runs `podtime` with these arguments.
    pub(crate) fn podtime(&self, arguments: &[&str]) -> Done {
        self.podtime_with_stdin(arguments, "")
    }

    pub(crate) fn podtime_with_stdin(&self, arguments: &[&str], stdin: &str) -> Done {
        let output = self
            .command(arguments)
            .write_stdin(stdin.to_owned())
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    /// Compares all that a person sees.
    pub(crate) fn is(&self, expected: &Expect) {
        let mut seen = format!("exit {}\n", self.code);
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                seen += &format!("--- {name}\n{text}");
            }
        }
        expected.assert_eq(&seen);
    }
}
