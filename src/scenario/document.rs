//! A document as typed: a tree of values, each with the place where it stands in its source.
//!
//! [`super::parse::parse`] makes such trees from text; sweeps and `--set` change them before they
//! are read. The tree knows no schema. Scalars are read as Kubernetes reads them, see
//! `scalar.rs`.

use super::path::{Path, Segment};
use super::problem::{Position, Problem, quote};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands; for a list or map, its start.
    pub at: Position,
    /// The value itself.
    pub value: Value,
    /// How a boolean or number was written, where that differs from the way it is printed.
    raw: Option<Box<str>>,
}

/// What a value can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: `null`, `~`, or a value left out.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// A whole number above [`i64::MAX`].
    BigInt(u64),
    /// Any other number; may be infinite or not a number (`.inf`, `.nan`).
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Seq(Vec<Node>),
    /// A map, in the order in which its keys were written; keys are unique.
    Map(Vec<(Key, Node)>),
}

/// A key of a map and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key; a boolean or number as key is its text, as in Kubernetes.
    pub name: String,
    /// Where the key stands.
    pub at: Position,
}

impl Node {
    /// A value that stands at `at`.
    pub fn new(at: Position, value: Value) -> Self {
        let raw = None;
        Self { at, value, raw }
    }

    /// The same value, written as `raw`.
    #[must_use]
    pub(super) fn written_as(mut self, raw: &str) -> Self {
        if self.printed() != raw {
            self.raw = Some(raw.into());
        }
        self
    }

    /// The tree of a JSON value; every part of it stands at `at`.
    pub fn from_json(at: Position, json: &serde_json::Value) -> Self {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(bool) => Value::Bool(*bool),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(int), _) => Value::Int(int),
                (None, Some(int)) => Value::BigInt(int),
                (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Value::String(text.clone()),
            serde_json::Value::Array(items) => {
                Value::Seq(items.iter().map(|item| Self::from_json(at, item)).collect())
            }
            serde_json::Value::Object(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(name, value)| {
                        let name = name.clone();
                        (Key { name, at }, Self::from_json(at, value))
                    })
                    .collect(),
            ),
        };
        Self::new(at, value)
    }

    /// The value as JSON. A number without a fraction becomes a whole number (`1e3` is 1000, as
    /// Kubernetes' own reader makes it); an infinite number or `.nan` becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(bool) => (*bool).into(),
            Value::Int(int) => (*int).into(),
            Value::BigInt(int) => (*int).into(),
            Value::Float(float) => match whole(*float) {
                Some(int) => int.into(),
                None => (*float).into(),
            },
            Value::String(text) => text.as_str().into(),
            Value::Seq(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.name.clone(), value.to_json()))
                .collect(),
        }
    }

    /// Whether the value is null or was left out.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The text, if the value is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::Seq(_)
            | Value::Map(_) => None,
        }
    }

    /// The boolean, if the value is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(bool) => Some(bool),
            Value::Null
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Seq(_)
            | Value::Map(_) => None,
        }
    }

    /// The whole number, if the value is one; `1e3` and `2.0` count.
    pub fn as_int(&self) -> Option<i128> {
        match self.value {
            Value::Int(int) => Some(int.into()),
            Value::BigInt(int) => Some(int.into()),
            Value::Float(float) => whole(float).map(Into::into),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// The number, if the value is one. Whole numbers beyond 2^53 are rounded.
    pub fn as_f64(&self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a number that large is rounded by every reader that wants a float"
        )]
        match self.value {
            Value::Int(int) => Some(int as f64),
            Value::BigInt(int) => Some(int as f64),
            Value::Float(float) => Some(float),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// The items, if the value is a list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Map(_) => None,
        }
    }

    /// The entries, if the value is a map.
    pub fn as_map(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::Seq(_) => None,
        }
    }

    /// A scalar as it was written (`1.10`, `yes`), for text as its content; `None` for null, lists
    /// and maps.
    pub fn scalar_text(&self) -> Option<String> {
        match (&self.value, &self.raw) {
            (Value::Null | Value::Seq(_) | Value::Map(_), _) => None,
            (_, Some(raw)) => Some(raw.to_string()),
            (_, None) => Some(self.printed()),
        }
    }

    /// The value in the words of a message: `the number 5`, `a list`, `nothing`.
    pub fn describe(&self) -> String {
        let raw = self.scalar_text().unwrap_or_default();
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(_) => format!("the boolean {}", quote(&raw)),
            Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
                format!("the number {}", quote(&raw))
            }
            Value::String(_) => format!("the text {}", quote(&raw)),
            Value::Seq(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }

    /// A problem of this value, which should be text, with the advice to quote it if that would help.
    pub fn advising_quotes(&self, problem: Problem) -> Problem {
        match self.scalar_text() {
            Some(raw) => problem.with_hint(format!("to make it text, write \"{raw}\"")),
            None => problem,
        }
    }

    /// The value of a key, if the value is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key and its value, if the value is a map that has it.
    pub fn entry(&self, key: &str) -> Option<(&Key, &Node)> {
        self.as_map()?
            .iter()
            .find(|(candidate, _)| candidate.name == key)
            .map(|(key, value)| (key, value))
    }

    /// As [`Node::get`], to change the value.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.step_mut(&Segment::Key(key.to_owned()))
    }

    /// Follows keys; a number stands for an item where the value is a list.
    pub fn at_path<'p>(&self, keys: impl IntoIterator<Item = &'p str>) -> Option<&Node> {
        keys.into_iter()
            .try_fold(self, |node, key| match &node.value {
                Value::Seq(items) => items.get(key.parse::<usize>().ok()?),
                Value::Map(_) => node.get(key),
                Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::BigInt(_)
                | Value::Float(_)
                | Value::String(_) => None,
            })
    }

    /// The value at a path.
    pub fn find(&self, path: &Path) -> Option<&Node> {
        path.0.iter().try_fold(self, Self::step)
    }

    /// The value at a path, to change it.
    pub fn find_mut(&mut self, path: &Path) -> Option<&mut Node> {
        path.0.iter().try_fold(self, Self::step_mut)
    }

    /// The value at a path or, where the path leaves the tree, the last value on it.
    pub fn nearest(&self, path: &Path) -> &Node {
        let mut node = self;
        for segment in &path.0 {
            match node.step(segment) {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// Where the value at a path written as text stands: its own position, or that of the last
    /// value on the path that exists. `path` is as [`Path::parse`] reads it.
    pub fn position_of(&self, path: &str) -> Position {
        Path::parse(path).map_or(self.at, |path| self.nearest(&path).at)
    }

    /// Gives `key` a value, in its old place or at the end. Returns false, and changes nothing,
    /// if this is neither a map nor null; null becomes a map.
    pub fn set(&mut self, key: Key, value: Node) -> bool {
        if self.is_null() {
            self.value = Value::Map(Vec::new());
        }
        let Value::Map(entries) = &mut self.value else {
            return false;
        };
        match entries.iter_mut().find(|(old, _)| old.name == key.name) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
        true
    }

    /// Takes the value at a path out of the tree; items after it move up. `None`, and no change,
    /// if there is none or the path is empty.
    pub fn remove(&mut self, path: &Path) -> Option<Node> {
        let (last, parents) = path.0.split_last()?;
        let parent = parents.iter().try_fold(self, Self::step_mut)?;
        match (&mut parent.value, last) {
            (Value::Map(entries), Segment::Key(key)) => {
                let index = entries.iter().position(|(old, _)| old.name == *key)?;
                Some(entries.remove(index).1)
            }
            (Value::Seq(items), Segment::Index(index)) if *index < items.len() => {
                Some(items.remove(*index))
            }
            _ => None,
        }
    }

    /// A copy of the tree without the value at a path.
    #[must_use]
    pub fn without(&self, path: &Path) -> Node {
        let mut copy = self.clone();
        copy.remove(path);
        copy
    }

    fn step(&self, segment: &Segment) -> Option<&Node> {
        match segment {
            Segment::Key(key) => self.get(key),
            Segment::Index(index) => self.as_seq()?.get(*index),
        }
    }

    fn step_mut(&mut self, segment: &Segment) -> Option<&mut Node> {
        match (&mut self.value, segment) {
            (Value::Map(entries), Segment::Key(key)) => entries
                .iter_mut()
                .find(|(candidate, _)| candidate.name == *key)
                .map(|(_, value)| value),
            (Value::Seq(items), Segment::Index(index)) => items.get_mut(*index),
            _ => None,
        }
    }

    fn printed(&self) -> String {
        match &self.value {
            Value::Bool(bool) => bool.to_string(),
            Value::Int(int) => int.to_string(),
            Value::BigInt(int) => int.to_string(),
            Value::Float(float) => float.to_string(),
            Value::String(text) => text.clone(),
            Value::Null | Value::Seq(_) | Value::Map(_) => String::new(),
        }
    }
}

/// The whole number that `float` is, if it is one that a float holds exactly.
pub(super) fn whole(float: f64) -> Option<i64> {
    /// 2^53: up to here every whole number is a float of its own.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::float_cmp,
        reason = "the comparisons make sure that nothing is lost"
    )]
    (float.abs() <= EXACT_MAX && float.trunc() == float).then_some(float as i64)
}

#[cfg(test)]
mod tests;
