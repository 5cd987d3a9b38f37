//! Words and flags of a command line, in the notation of kubectl's own flag library (`pflag`).

use std::fmt;
use std::str::FromStr;

use super::{Refusal, list};
use crate::scenario::problem::quote;
use crate::scenario::suggest::did_you_mean;
use crate::sim::Span;

/// How a flag takes its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// `--flag value` or `--flag=value`.
    Value,
    /// `--flag` or `--flag=true`.
    Switch,
    /// `--flag` or `--flag=value`; what stands behind a blank is no value.
    Optional(&'static str),
}

/// Long name, short name, value. One table does for all commands: no name means two things.
const FLAGS: &[(&str, Option<char>, Takes)] = &[
    ("namespace", Some('n'), Takes::Value),
    ("filename", Some('f'), Takes::Value),
    ("selector", Some('l'), Takes::Value),
    ("field-selector", None, Takes::Value),
    ("patch", Some('p'), Takes::Value),
    ("type", None, Takes::Value),
    ("from", None, Takes::Value),
    ("replicas", None, Takes::Value),
    ("grace-period", None, Takes::Value),
    ("timeout", None, Takes::Value),
    ("cascade", None, Takes::Optional("background")),
    ("all", None, Takes::Switch),
    ("force", None, Takes::Switch),
    ("overwrite", None, Takes::Switch),
    ("ignore-daemonsets", None, Takes::Switch),
    ("delete-emptydir-data", None, Takes::Switch),
    ("disable-eviction", None, Takes::Switch),
    ("pod-selector", None, Takes::Value),
];

/// A command line, taken apart.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// What is no flag.
    pub(super) words: Vec<String>,
    flags: Vec<(&'static str, String)>,
}

impl Arguments {
    /// Takes `words` apart. Flags may stand anywhere, up to `--`.
    pub(super) fn parse(words: &[String]) -> Result<Self, Refusal> {
        let mut arguments = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                arguments.words.extend(rest.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                let flag = FLAGS.iter().find(|(flag, _, _)| *flag == name);
                let &(name, _, takes) =
                    flag.ok_or_else(|| arguments.unknown(&format!("--{name}")))?;
                arguments.add(name, takes, value, &mut rest)?;
            } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
                let mut letters = short.chars();
                let letter = letters.next().unwrap_or('-');
                let flag = FLAGS.iter().find(|(_, flag, _)| *flag == Some(letter));
                let &(name, _, takes) =
                    flag.ok_or_else(|| arguments.unknown(&format!("-{letter}")))?;
                let attached = letters.as_str();
                let attached = attached.strip_prefix('=').unwrap_or(attached);
                let value = (short.len() > letter.len_utf8()).then_some(attached);
                arguments.add(name, takes, value, &mut rest)?;
            } else {
                arguments.words.push(word.clone());
            }
        }
        Ok(arguments)
    }

    fn add<'w>(
        &mut self,
        name: &'static str,
        takes: Takes,
        value: Option<&'w str>,
        rest: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), Refusal> {
        let alone = match takes {
            Takes::Switch => Some("true"),
            Takes::Optional(value) => Some(value),
            Takes::Value => rest_of_value(value, rest),
        };
        let Some(value) = value.or(alone) else {
            return Err(Refusal::new(format!("the flag `--{name}` needs a value")));
        };
        self.flags.push((name, value.to_owned()));
        Ok(())
    }

    fn unknown(&self, flag: &str) -> Refusal {
        match super::find_command(self) {
            Ok((known, _)) => unknown_flag(flag, known.words, known.flags),
            // Before its flags, the command itself is at fault.
            Err(refusal) if !self.words.is_empty() => refusal,
            Err(_) => {
                let all: Vec<&str> = FLAGS.iter().map(|(name, _, _)| *name).collect();
                unknown_flag(flag, "kubectl", &all)
            }
        }
    }

    /// The same flags with other words.
    pub(super) fn with_words(self, words: Vec<String>) -> Self {
        Self { words, ..self }
    }

    /// Refuses flags that `command` does not know.
    pub(super) fn check_flags(&self, command: &str, known: &[&'static str]) -> Result<(), Refusal> {
        match self.flags.iter().find(|(name, _)| !known.contains(name)) {
            Some((name, _)) => Err(unknown_flag(&format!("--{name}"), command, known)),
            None => Ok(()),
        }
    }

    /// The value of a flag; the last one where it is given twice.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let flag = self.flags.iter().rev().find(|(have, _)| *have == name);
        flag.map(|(_, value)| value.as_str())
    }

    /// All values of a flag that may be given several times.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = self.flags.iter().filter(move |(have, _)| *have == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// A flag that is on or off.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Refusal> {
        match self.value(name) {
            // As Go's strconv.ParseBool.
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(other) => Err(wrong_value(name, "`true` or `false`", other)),
        }
    }

    /// A flag whose value is a number.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let Some(text) = self.value(name) else {
            return Ok(None);
        };
        let number = text
            .parse()
            .map_err(|_| wrong_value(name, "a whole number", text))?;
        Ok(Some(number))
    }

    /// `--grace-period`; a negative one, as in kubectl, is that of the pod.
    pub(super) fn grace_period(&self) -> Result<Option<Span>, Refusal> {
        let seconds: Option<i32> = self.number("grace-period")?;
        Ok(seconds
            .filter(|seconds| *seconds >= 0)
            .map(|seconds| Span::from_secs(seconds.into())))
    }

    /// The namespace, `default` if none is given.
    pub(super) fn namespace(&self) -> Result<&str, Refusal> {
        let namespace = self.value("namespace").unwrap_or("default");
        if crate::scenario::names::is_dns_label(namespace) {
            return Ok(namespace);
        }
        Err(wrong_value("namespace", "a name", namespace))
    }
}

/// The word behind a flag, which is its value if none stands within the flag.
fn rest_of_value<'w>(
    value: Option<&str>,
    rest: &mut impl Iterator<Item = &'w String>,
) -> Option<&'w str> {
    match value {
        Some(_) => None,
        None => rest.next().map(String::as_str),
    }
}

/// The refusal of a flag's value.
pub(super) fn wrong_value(name: &str, wanted: &str, found: impl fmt::Display) -> Refusal {
    let found = quote(&found.to_string());
    Refusal::new(format!("expected {wanted} for `--{name}`, found {found}"))
}

fn unknown_flag(flag: &str, command: &str, known: &[&str]) -> Refusal {
    let message = format!(
        "the flag {} of {} is not known here",
        quote(flag),
        quote(command)
    );
    let names: Vec<String> = known.iter().map(|name| display(name)).collect();
    let all = format!("known are {}", list(names.iter().map(String::as_str)));
    let typed = flag.trim_start_matches('-');
    Refusal::new(message).with_hint(match did_you_mean(typed, known.iter().copied()) {
        Some(meant) => format!("did you mean `--{meant}`? {all}"),
        None => all,
    })
}

fn display(name: &str) -> String {
    match FLAGS.iter().find(|(flag, _, _)| *flag == name) {
        Some((_, Some(short), _)) => format!("-{short}, --{name}"),
        Some((_, None, _)) | None => format!("--{name}"),
    }
}
