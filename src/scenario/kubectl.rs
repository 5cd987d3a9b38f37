//! `kubectl:` actions: the command that a person would type, made a [`Command`].
//!
//! Exactly the commands and flags of the contract are known. What kubectl itself would refuse
//! before it asks the server is refused here; what the server would refuse is left to the run.

mod arguments;
mod commands;
mod edits;
mod nodes;
mod resources;
mod selectors;

use super::files::Files;
use super::manifests::PassedOver;
use super::problem::{Problems, quote};
use super::suggest::did_you_mean;
use super::walk::Field;
use crate::model::Command;
use arguments::Arguments;

/// What a command line is read with.
pub(super) struct Context<'a, 'd> {
    /// The command line in the scenario.
    pub(super) field: &'a Field<'d>,
    /// Reads the manifests that `-f` names.
    pub(super) files: &'a mut Files,
    /// Takes note of kinds without effect in those.
    pub(super) passed_over: &'a mut PassedOver,
    /// The wall clock of the action, RFC 3339.
    pub(super) wall_clock: String,
}

/// Why a command line is refused.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    message: String,
    hint: Option<String>,
}

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            message,
            hint: None,
        }
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A command: its words, and the flags that it knows.
struct Known {
    words: &'static str,
    flags: &'static [&'static str],
    read: fn(&Arguments, &mut Context<'_, '_>, &mut Problems) -> Result<Vec<Command>, Refusal>,
}

/// Every command that is known. `-n` is among the flags of all: kubectl takes it everywhere, and it means
/// nothing to commands on nodes.
const COMMANDS: &[Known] = &[
    Known {
        words: "apply",
        flags: &["filename", "namespace"],
        read: commands::apply,
    },
    Known {
        words: "create",
        flags: &["filename", "namespace"],
        read: commands::create,
    },
    Known {
        words: "create job",
        flags: &["from", "namespace"],
        read: commands::create_job,
    },
    Known {
        words: "delete",
        flags: &[
            "filename",
            "selector",
            "field-selector",
            "all",
            "cascade",
            "grace-period",
            "force",
            "namespace",
        ],
        read: commands::delete,
    },
    Known {
        words: "scale",
        flags: &["replicas", "namespace"],
        read: edits::scale,
    },
    Known {
        words: "patch",
        flags: &["patch", "type", "namespace"],
        read: edits::patch,
    },
    Known {
        words: "label",
        flags: &[
            "overwrite",
            "all",
            "selector",
            "field-selector",
            "namespace",
        ],
        read: edits::label,
    },
    Known {
        words: "annotate",
        flags: &["overwrite", "namespace"],
        read: edits::annotate,
    },
    Known {
        words: "taint",
        flags: &["overwrite", "all", "selector", "namespace"],
        read: nodes::taint,
    },
    Known {
        words: "cordon",
        flags: &["selector", "namespace"],
        read: nodes::cordon,
    },
    Known {
        words: "uncordon",
        flags: &["selector", "namespace"],
        read: nodes::uncordon,
    },
    Known {
        words: "drain",
        flags: &[
            "ignore-daemonsets",
            "delete-emptydir-data",
            "force",
            "grace-period",
            "timeout",
            "disable-eviction",
            "pod-selector",
            "selector",
            "namespace",
        ],
        read: nodes::drain,
    },
    Known {
        words: "rollout restart",
        flags: &["namespace"],
        read: edits::rollout_restart,
    },
    Known {
        words: "set image",
        flags: &["namespace"],
        read: edits::set_image,
    },
];

/// The words of every command, for the schema and for messages.
pub(super) fn command_names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.words)
}

/// Reads a command line; several commands where kubectl would do several things.
pub(super) fn read(context: &mut Context<'_, '_>, problems: &mut Problems) -> Vec<Command> {
    let Some(text) = context.field.text(problems) else {
        return Vec::new();
    };
    let result = split(text).and_then(|words| {
        let arguments = Arguments::parse(&words)?;
        let (known, rest) = find_command(&arguments)?;
        arguments.check_flags(known.words, known.flags)?;
        let arguments = arguments.with_words(rest);
        (known.read)(&arguments, context, problems)
    });
    match result {
        Ok(commands) => commands,
        Err(refusal) => {
            let problem = context.field.error(refusal.message);
            problems.push(match refusal.hint {
                Some(hint) => problem.with_hint(hint),
                None => problem,
            });
            Vec::new()
        }
    }
}

fn split(text: &str) -> Result<Vec<String>, Refusal> {
    let mut words = shell_words::split(text)
        .map_err(|_| Refusal::new("a quote in this command is not closed"))?;
    if words.first().is_some_and(|word| word == "kubectl") {
        words.remove(0);
    }
    if words.is_empty() {
        let hint = format!("the commands are {}", list(command_names()));
        return Err(Refusal::new("the command is empty").with_hint(hint));
    }
    Ok(words)
}

/// The command that the first words name, and the words behind them.
fn find_command(arguments: &Arguments) -> Result<(&'static Known, Vec<String>), Refusal> {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    // The longer name first: `create job` before `create`.
    for length in [2, 1] {
        let name = words.get(..length).map(|words| words.join(" "));
        let known = COMMANDS
            .iter()
            .find(|known| Some(known.words) == name.as_deref());
        if let Some(known) = known {
            let rest = &arguments.words[length..];
            if known.words == "create" {
                commands::check_create(rest, arguments)?;
            }
            return Ok((known, rest.to_vec()));
        }
    }
    let typed = words.first().copied().unwrap_or("");
    let pair = words
        .get(..2)
        .map(|words| words.join(" "))
        .unwrap_or_default();
    let is_half = command_names().any(|name| {
        name.split_once(' ')
            .is_some_and(|(first, _)| first == typed)
    });
    let typed = if is_half && !pair.is_empty() {
        pair.as_str()
    } else {
        typed
    };
    let message = format!("`kubectl` has no command {} here", quote(typed));
    let all = format!("known are {}", list(command_names()));
    let hint = match did_you_mean(typed, command_names()) {
        Some(meant) => format!("did you mean {}? {all}", quote(meant)),
        None => all,
    };
    Err(Refusal::new(message).with_hint(hint))
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(quote).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
