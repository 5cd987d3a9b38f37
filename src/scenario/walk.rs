//! Reading the scenario's own keys from a map, one after the other.
//!
//! A [`Walk`] reports every fault and goes on: a getter gives `None` where the key is missing, null
//! or at fault. [`Walk::finish`] reports the keys that nobody asked for, so every key a map may
//! have must be asked for first.

use std::fmt;
use std::ops::RangeInclusive;

use super::document::{Key, Node};
use super::path;
use super::problem::{Problem, Problems, quote};
use super::suggest::did_you_mean;

/// A value of a document and the path that leads to it.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The value.
    pub node: &'a Node,
    /// Its path from the root of the document.
    pub path: String,
}

impl<'a> Field<'a> {
    /// The value at `path`.
    pub fn new(node: &'a Node, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { node, path }
    }

    /// Reports something about this value.
    pub fn error(&self, message: impl Into<String>) -> Problem {
        Problem::error(self.node.at, &self.path, message)
    }

    /// Reports that something else should stand here: `expected {wanted}, found …`.
    pub fn expected(&self, wanted: &str) -> Problem {
        self.error(format!("expected {wanted}, found {}", self.node.describe()))
    }

    /// Text. Numbers and booleans are refused with the advice to quote them.
    pub fn text(&self, problems: &mut Problems) -> Option<&'a str> {
        let text = self.node.as_str();
        if text.is_none() {
            problems.push(self.node.advising_quotes(self.expected("text")));
        }
        text
    }

    /// A boolean.
    pub fn boolean(&self, problems: &mut Problems) -> Option<bool> {
        let boolean = self.node.as_bool();
        if boolean.is_none() {
            problems.push(self.expected("a boolean, `true` or `false`"));
        }
        boolean
    }

    /// A whole number within `range`.
    pub fn int<T>(&self, range: RangeInclusive<T>, problems: &mut Problems) -> Option<T>
    where
        T: Copy + Into<i128> + TryFrom<i128>,
    {
        let int = self.node.as_int();
        let (least, most): (i128, i128) = ((*range.start()).into(), (*range.end()).into());
        let fitting = int.filter(|int| (least..=most).contains(int));
        if fitting.is_none() {
            // A bound that is only that of the type is worth a word to those who pass it.
            let is_open = most >= i128::from(i32::MAX) && int.is_none_or(|int| int < least);
            let wanted = if is_open {
                format!("a whole number of at least {least}")
            } else {
                format!("a whole number from {least} to {most}")
            };
            problems.push(self.expected(&wanted));
        }
        fitting.and_then(|int| T::try_from(int).ok())
    }

    /// A finite number within `range`.
    pub fn number(&self, range: RangeInclusive<f64>, problems: &mut Problems) -> Option<f64> {
        let number = self.node.as_f64().filter(|number| number.is_finite());
        let fitting = number.filter(|number| range.contains(number));
        if fitting.is_none() {
            let wanted = match (range.start(), range.end()) {
                (least, most) if most.is_finite() => format!("a number from {least} to {most}"),
                (least, _) if least.is_finite() => format!("a number of at least {least}"),
                (_, _) => "a number".to_owned(),
            };
            problems.push(self.expected(&wanted));
        }
        fitting
    }

    /// A probability: a number from 0 to 1.
    pub fn probability(&self, problems: &mut Problems) -> Option<f64> {
        self.number(0.0..=1.0, problems)
    }

    /// What `parse` makes of a scalar as it is written, so `90` and `"90"` are the same. `wanted`
    /// is for messages: `a duration such as 90s or 1h30m`. The error of `parse` becomes the hint.
    pub fn parsed<T, E: fmt::Display>(
        &self,
        wanted: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Option<T> {
        let Some(text) = self.node.scalar_text() else {
            problems.push(self.expected(wanted));
            return None;
        };
        match parse(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                let reason = reason.to_string();
                let problem = self.expected(wanted);
                problems.push(if reason.is_empty() {
                    problem
                } else {
                    problem.with_hint(reason)
                });
                None
            }
        }
    }

    /// The value that goes with one of a few words.
    pub fn choice<T: Clone>(&self, choices: &[(&str, T)], problems: &mut Problems) -> Option<T> {
        let word = self.node.as_str();
        let chosen = choices.iter().find(|(name, _)| word == Some(*name));
        if let Some((_, value)) = chosen {
            return Some(value.clone());
        }
        let names = || choices.iter().map(|(name, _)| *name);
        let problem = self.expected(&one_of(names()));
        problems.push(with_suggestion(problem, word.unwrap_or(""), names()));
        None
    }

    /// The items of a list.
    pub fn items(&self, problems: &mut Problems) -> Option<Vec<Field<'a>>> {
        let Some(items) = self.node.as_seq() else {
            problems.push(self.expected("a list"));
            return None;
        };
        let field = |(index, node)| Field::new(node, path::item(&self.path, index));
        Some(items.iter().enumerate().map(field).collect())
    }

    /// The entries of a map whose keys are free, such as labels.
    pub fn entries(&self, problems: &mut Problems) -> Option<Vec<(&'a Key, Field<'a>)>> {
        let Some(entries) = self.node.as_map() else {
            problems.push(self.expected("a map"));
            return None;
        };
        let field = |(key, node): &'a (Key, Node)| {
            (key, Field::new(node, path::child(&self.path, &key.name)))
        };
        Some(entries.iter().map(field).collect())
    }

    /// The one entry of a map that must have exactly one, whose key is one of `names`.
    pub fn variant(
        &self,
        names: &[&'static str],
        problems: &mut Problems,
    ) -> Option<(&'static str, Field<'a>)> {
        let wanted = || format!("a map with {}", one_of(names.iter().copied()));
        let Some([(key, node)]) = self.node.as_map() else {
            problems.push(match self.node.as_map() {
                Some(entries) => {
                    let count = entries.len();
                    let count = if count == 0 {
                        "no".to_owned()
                    } else {
                        count.to_string()
                    };
                    self.error(format!("expected {}, found {count} keys", wanted()))
                }
                None => self.expected(&wanted()),
            });
            return None;
        };
        let field = Field::new(node, path::child(&self.path, &key.name));
        if let Some(name) = names.iter().find(|name| **name == key.name) {
            return Some((name, field));
        }
        let message = format!("expected {}, found {}", wanted(), quote(&key.name));
        let problem = Problem::error(key.at, &field.path, message);
        problems.push(with_suggestion(problem, &key.name, names.iter().copied()));
        None
    }

    /// A reader of the keys of this map; `None`, and a problem, if it is no map.
    pub fn walk<'p>(&self, problems: &'p mut Problems) -> Option<Walk<'a, 'p>> {
        let Some(entries) = self.node.as_map() else {
            problems.push(self.expected("a map"));
            return None;
        };
        Some(Walk {
            field: self.clone(),
            entries,
            known: Vec::new(),
            problems,
        })
    }
}

/// Reads the keys of one map. Call [`Walk::finish`] in the end.
#[must_use = "unknown keys are reported by `finish`"]
pub struct Walk<'a, 'p> {
    field: Field<'a>,
    entries: &'a [(Key, Node)],
    known: Vec<&'static str>,
    problems: &'p mut Problems,
}

impl<'a> Walk<'a, '_> {
    /// The map that is read.
    pub fn field(&self) -> &Field<'a> {
        &self.field
    }

    /// The place for faults that this reader cannot find.
    pub fn problems(&mut self) -> &mut Problems {
        self.problems
    }

    /// Whether the map has the key, with a value that is not null.
    pub fn has(&self, key: &str) -> bool {
        self.field.node.get(key).is_some_and(|node| !node.is_null())
    }

    /// A key's value if it is there and not null. Makes the key known.
    pub fn optional(&mut self, key: &'static str) -> Option<Field<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let (_, node) = self.entries.iter().find(|(have, _)| have.name == key)?;
        let field = Field::new(node, path::child(&self.field.path, key));
        (!node.is_null()).then_some(field)
    }

    /// As [`Walk::optional`]; that the key is missing is a fault.
    pub fn required(&mut self, key: &'static str) -> Option<Field<'a>> {
        let field = self.optional(key);
        if field.is_none() {
            let message = format!("the key {} is missing", quote(key));
            self.problems.push(self.field.error(message));
        }
        field
    }

    /// Text, see [`Field::text`].
    pub fn text(&mut self, key: &'static str) -> Option<&'a str> {
        self.optional(key)?.text(self.problems)
    }

    /// Text that must be there.
    pub fn required_text(&mut self, key: &'static str) -> Option<&'a str> {
        self.required(key)?.text(self.problems)
    }

    /// A boolean.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        self.optional(key)?.boolean(self.problems)
    }

    /// A whole number within `range`.
    pub fn int<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + Into<i128> + TryFrom<i128>,
    {
        self.optional(key)?.int(range, self.problems)
    }

    /// A finite number within `range`.
    pub fn number(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        self.optional(key)?.number(range, self.problems)
    }

    /// A probability.
    pub fn probability(&mut self, key: &'static str) -> Option<f64> {
        self.optional(key)?.probability(self.problems)
    }

    /// What `parse` makes of a scalar, see [`Field::parsed`].
    pub fn parsed<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.optional(key)?.parsed(wanted, parse, self.problems)
    }

    /// The value that goes with one of a few words.
    pub fn choice<T: Clone>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        self.optional(key)?.choice(choices, self.problems)
    }

    /// The items of a list; none if the key is missing or at fault.
    pub fn items(&mut self, key: &'static str) -> Vec<Field<'a>> {
        self.optional(key)
            .and_then(|field| field.items(self.problems))
            .unwrap_or_default()
    }

    /// The entries of a map whose keys are free; none if the key is missing or at fault.
    pub fn entries(&mut self, key: &'static str) -> Vec<(&'a Key, Field<'a>)> {
        self.optional(key)
            .and_then(|field| field.entries(self.problems))
            .unwrap_or_default()
    }

    /// A reader of the map under a key.
    pub fn walk(&mut self, key: &'static str) -> Option<Walk<'a, '_>> {
        self.optional(key)?.walk(self.problems)
    }

    /// Reports every key that was not asked for.
    pub fn finish(self) {
        let Walk {
            field,
            entries,
            known,
            problems,
        } = self;
        let list: Vec<String> = known.iter().map(|name| quote(name)).collect();
        let list = list.join(", ");
        for (key, _) in entries {
            if known.contains(&key.name.as_str()) {
                continue;
            }
            let message = format!("unknown key {}", quote(&key.name));
            let path = path::child(&field.path, &key.name);
            let hint = match did_you_mean(&key.name, known.iter().copied()) {
                Some(meant) => format!("did you mean {}? known here: {list}", quote(meant)),
                None if known.is_empty() => "no key is known here".to_owned(),
                None => format!("known here: {list}"),
            };
            problems.push(Problem::error(key.at, path, message).with_hint(hint));
        }
    }
}

fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(quote).collect();
    match names.as_slice() {
        [only] => only.clone(),
        _ => format!("one of {}", names.join(", ")),
    }
}

fn with_suggestion<'n>(
    problem: Problem,
    word: &str,
    names: impl Iterator<Item = &'n str>,
) -> Problem {
    match did_you_mean(word, names) {
        Some(meant) => problem.with_hint(format!("did you mean {}?", quote(meant))),
        None => problem,
    }
}

#[cfg(test)]
mod tests;
