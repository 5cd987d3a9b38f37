//! A folder that is replaced as a whole or left as it was.
//!
//! Everything is written into a folder beside the target, on the same file system, so that a rename puts it
//! in place. Whatever goes wrong before, the target is what it was and nothing else is left behind.

use super::PROGRAM;
use serde::Deserialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Why a folder cannot be replaced.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds files that podtime did not write.
    #[error(
        "{} is not empty and holds no results of podtime; name another folder or empty this one",
        path.display()
    )]
    Foreign {
        /// The target.
        path: PathBuf,
    },
    /// There is something else in its place.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The target.
        path: PathBuf,
    },
    /// The machine does not let us.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl FolderError {
    /// Whether the command line is wrong (exit code 2) and not the machine (3).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Foreign { .. } | Self::NotAFolder { .. } => true,
            Self::Io { .. } => false,
        }
    }
}

/// A folder on its way to its place.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    /// Holds `new/`, and `old/` for the moment of the exchange; gone with this value.
    beside: TempDir,
    new: PathBuf,
    /// Folders above the target that were made for it, the innermost last.
    made: Vec<PathBuf>,
    committed: bool,
}

impl Folder {
    /// Makes an empty folder beside `target`, which is to take its place.
    ///
    /// # Errors
    /// A target that is no folder, or one that is neither empty nor podtime's own.
    pub fn prepare(target: &Path) -> Result<Self, FolderError> {
        let error = |source| FolderError::Io {
            path: target.to_owned(),
            source,
        };
        // A link stays what it is: what it leads to is replaced.
        let target = if target.exists() {
            target.canonicalize().map_err(error)?
        } else {
            std::path::absolute(target).map_err(error)?
        };
        refuse_foreign(&target)?;
        let Some(parent) = target.parent() else {
            return Err(FolderError::Foreign { path: target });
        };
        let mut made = Made::default();
        made.create(parent)?;
        let io_error = |source| FolderError::Io {
            path: target.clone(),
            source,
        };
        let beside = tempfile::Builder::new()
            .prefix(".podtime-")
            .tempdir_in(parent)
            .map_err(io_error)?;
        // A folder in it, since the temporary one itself is closed to other users.
        let new = beside.path().join("new");
        fs::create_dir(&new).map_err(io_error)?;
        Ok(Self {
            target,
            beside,
            new,
            made: std::mem::take(&mut made.0),
            committed: false,
        })
    }

    /// Where to write until [`Folder::commit`].
    pub fn path(&self) -> &Path {
        &self.new
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the folder in place of the target.
    ///
    /// # Errors
    /// A target that has become another's since, or a rename that fails; the target is then as it was.
    pub fn commit(mut self) -> Result<(), FolderError> {
        refuse_foreign(&self.target)?;
        let error = |source| FolderError::Io {
            path: self.target.clone(),
            source,
        };
        let old = self.beside.path().join("old");
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &old).map_err(error)?;
        }
        if let Err(source) = fs::rename(&self.new, &self.target) {
            if replaces && let Err(lost) = fs::rename(&old, &self.target) {
                // The old results are safe where they are: they must outlive this value.
                self.beside.disable_cleanup(true);
                return Err(FolderError::Io {
                    path: old,
                    source: lost,
                });
            }
            return Err(error(source));
        }
        self.committed = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.committed {
            // Its own folder first, so that those above it are empty.
            let _ = fs::remove_dir_all(self.beside.path());
            remove_empty(&self.made);
        }
    }
}

/// Folders made on the way; removed again unless they are handed on.
#[derive(Debug, Default)]
struct Made(Vec<PathBuf>);

impl Made {
    fn create(&mut self, folder: &Path) -> Result<(), FolderError> {
        let missing: Vec<&Path> = folder
            .ancestors()
            .take_while(|above| !above.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).map_err(|source| FolderError::Io {
                path: folder.to_owned(),
                source,
            })?;
            self.0.push(folder.to_owned());
        }
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        remove_empty(&self.0);
    }
}

fn remove_empty(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        // One that somebody else has begun to use stays.
        let _ = fs::remove_dir(folder);
    }
}

/// A folder may be replaced if it is empty or holds a `summary.json` of podtime's.
fn refuse_foreign(target: &Path) -> Result<(), FolderError> {
    let path = || target.to_owned();
    let mut entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(FolderError::NotAFolder { path: path() });
        }
        Err(source) => {
            return Err(FolderError::Io {
                path: path(),
                source,
            });
        }
    };
    if entries.next().is_none() || is_ours(target) {
        return Ok(());
    }
    Err(FolderError::Foreign { path: path() })
}

fn is_ours(folder: &Path) -> bool {
    #[derive(Deserialize)]
    struct Mark {
        program: String,
    }
    let text = fs::read(folder.join("summary.json"));
    text.ok()
        .and_then(|text| serde_json::from_slice::<Mark>(&text).ok())
        .is_some_and(|mark| mark.program == PROGRAM)
}

#[cfg(test)]
mod tests;
