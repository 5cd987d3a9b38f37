//! Which files are written (`--write`).

/// The files of a run, without their extensions, in the order of the contract.
pub const FILE_NAMES: [&str; 11] = [
    "events",
    "completions",
    "retries",
    "coverage",
    "cronjobs",
    "jobs",
    "pods",
    "nodes",
    "utilization",
    "objects",
    "summary",
];

/// Some of the files of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSet {
    chosen: [bool; FILE_NAMES.len()],
}

/// A name that is none of [`FILE_NAMES`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no result file {name:?}; the files are {}", FILE_NAMES.join(", "))]
pub struct UnknownFile {
    /// The name.
    pub name: String,
}

impl Default for FileSet {
    /// All of them.
    fn default() -> Self {
        Self {
            chosen: [true; FILE_NAMES.len()],
        }
    }
}

impl FileSet {
    /// Reads names separated by commas. `summary` is always among the files: it marks the folder.
    ///
    /// # Errors
    /// A name that is not known.
    pub fn parse(text: &str) -> Result<Self, UnknownFile> {
        let mut chosen = [false; FILE_NAMES.len()];
        for name in text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let unknown = || UnknownFile {
                name: name.to_owned(),
            };
            let at = FILE_NAMES.iter().position(|known| *known == name);
            chosen[at.ok_or_else(unknown)?] = true;
        }
        Ok(Self { chosen })
    }

    /// Whether the file of this name is written.
    pub fn has(&self, name: &str) -> bool {
        let files = FILE_NAMES.iter().zip(self.chosen);
        name == "summary"
            || files
                .into_iter()
                .any(|(known, chosen)| chosen && *known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_chooses_files() {
        let all = FileSet::default();
        assert!(FILE_NAMES.iter().all(|name| all.has(name)));
        let some = FileSet::parse("events, jobs").unwrap();
        let chosen: Vec<&str> = FILE_NAMES
            .into_iter()
            .filter(|name| some.has(name))
            .collect();
        assert_eq!(chosen, ["events", "jobs", "summary"]);
        assert!(!FileSet::parse("").unwrap().has("events"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_that_are_known() {
        let error = FileSet::parse("events,evnts").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no result file \"evnts\"; the files are events, completions, retries, coverage, \
             cronjobs, jobs, pods, nodes, utilization, objects, summary"
        );
    }
}
