//! The files that a scenario is made of: each is read once, in the order in which they are named,
//! and all of them together have a digest in which no path appears.

use std::path::{Path, PathBuf};

use super::document::Node;
use super::parse::parse;
use super::problem::{Position, Problem, Problems, SourceId, Sources, quote};
use super::source;

/// Standard input, as a path.
pub const STDIN: &str = "-";

/// Every text that was read for a scenario.
#[derive(Clone, Debug, Default)]
pub struct Files {
    sources: Sources,
    /// The folder that relative paths are seen from.
    base: PathBuf,
    stdin: Option<Vec<u8>>,
    read: Vec<File>,
    /// Texts that are no files and still decide what is played: `--set` and the like.
    said: Vec<String>,
}

#[derive(Clone, Debug)]
struct File {
    path: PathBuf,
    content: Result<SourceId, Problem>,
    /// The documents of a YAML file and what is wrong with them, once it was asked for.
    documents: Option<(Vec<Node>, Vec<Problem>)>,
}

/// Names one file among [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(usize);

impl Files {
    /// No file yet. `stdin` is what stands for the path `-`, where the caller has read it.
    pub fn new(stdin: Option<Vec<u8>>) -> Self {
        Self {
            stdin,
            ..Self::default()
        }
    }

    /// From now on relative paths start in the folder of `file`.
    pub fn set_base_to_folder_of(&mut self, file: &str) {
        if file != STDIN {
            self.base = Path::new(file)
                .parent()
                .map(Path::to_owned)
                .unwrap_or_default();
        }
    }

    /// The folder that relative paths are seen from; empty for the current one.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// All texts, for showing problems.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Keeps a text that came from the command line; positions can point into it.
    pub fn add_text(&mut self, name: &str, text: &str) -> SourceId {
        self.sources.add(name, text)
    }

    /// Makes `text` part of the digest.
    pub fn digest_text(&mut self, text: &str) {
        self.said.push(text.to_owned());
    }

    /// The texts, given away.
    pub fn into_sources(self) -> Sources {
        self.sources
    }

    /// Reads a file, or finds it among those read before.
    ///
    /// The problem has no position where the file as a whole is at fault, see [`Problem::or_at`].
    pub fn read(&mut self, path: &str) -> Result<SourceId, Problem> {
        let id = self.open(path);
        self.read[id.0].content.clone()
    }

    /// The file at `path`, read now if it was not before.
    pub fn open(&mut self, path: &str) -> FileId {
        let resolved = if path == STDIN {
            PathBuf::from(STDIN)
        } else {
            self.base.join(path)
        };
        if let Some(known) = self.read.iter().position(|file| file.path == resolved) {
            return FileId(known);
        }
        let shown = resolved.display().to_string();
        let content = match (path, &self.stdin) {
            (STDIN, Some(bytes)) => source::decode(&mut self.sources, bytes.clone(), "stdin"),
            (_, _) => source::read_file(&mut self.sources, &resolved, &shown),
        };
        self.read.push(File {
            path: resolved,
            content,
            documents: None,
        });
        FileId(self.read.len() - 1)
    }

    /// The documents of a YAML file. Its faults go to `problems`; a file that cannot be read is
    /// the error.
    pub fn documents(&mut self, id: FileId, problems: &mut Problems) -> Result<&[Node], Problem> {
        let file = &mut self.read[id.0];
        let source = file.content.clone()?;
        if file.documents.is_none() {
            let mut found = Problems::new();
            let documents = parse(&self.sources, source, &mut found);
            file.documents = Some((documents, found.into_iter().collect()));
        }
        let (documents, found) = file.documents.as_ref().expect("it was filled in just now");
        problems.extend(found.iter().cloned());
        Ok(documents)
    }

    /// That a file, which was read, holds no object; an error unless the caller says otherwise.
    pub fn nothing_in(&self, id: FileId) -> Problem {
        let file = &self.read[id.0];
        let source = file.content.as_ref().ok().copied();
        let name = source.map_or_else(
            || file.path.display().to_string(),
            |source| self.sources.name(source).to_owned(),
        );
        let message = format!("there is no object in {}", quote(&name));
        Problem::error(source.map(Position::start_of), "", message)
    }

    /// A document of a file that [`Files::documents`] has given.
    pub fn document(&self, id: FileId, index: usize) -> Option<&Node> {
        self.read[id.0].documents.as_ref()?.0.get(index)
    }

    /// As [`Files::document`], to change it.
    pub fn document_mut(&mut self, id: FileId, index: usize) -> Option<&mut Node> {
        self.read[id.0].documents.as_mut()?.0.get_mut(index)
    }

    /// BLAKE3 over the contents of all files that could be read, in the order of reading, and over
    /// the texts of [`Files::digest_text`]; 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            // The length keeps two files apart from one that holds both.
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for file in &self.read {
            if let Ok(source) = file.content {
                add(self.sources.text(source));
            }
        }
        for text in &self.said {
            add(text);
        }
        hasher.finalize().to_hex().to_string()
    }
}
