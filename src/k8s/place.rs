//! Where a value of one object stands, and what is said about it when it is at fault.
//!
//! The words are those of the API server (WL-F1) with the path taken out and the first letter made small:
//! `required value: valid values: "OnFailure", "Never"`.

use crate::scenario::document::Node;
use crate::scenario::path;
use crate::scenario::problem::{Position, Problem, Problems, Severity};
use crate::scenario::suggest::did_you_mean;
use std::fmt::Write as _;
use std::ops::Range;

/// A value quoted in a message is cut to this many characters.
const SHOWN_CHARS_MAX: usize = 200;

/// A value of an object: its node (or the nearest parent that exists), and its path.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    step: Step<'a>,
    node: Option<&'a Node>,
    at: Position,
    left_out: &'a [String],
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root(&'a str),
    Key(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    /// The object itself, which stands at `path`; `left_out` are the paths that were left out when it was read.
    pub(super) fn root(node: &'a Node, path: &'a str, left_out: &'a [String]) -> Self {
        Self {
            step: Step::Root(path),
            node: Some(node),
            at: node.at,
            left_out,
        }
    }

    /// The value of a key.
    pub(super) fn key<'b>(&'b self, key: &'b str) -> Place<'b> {
        let node = self.node.and_then(|node| node.get(key));
        Place {
            step: Step::Key(self, key),
            node,
            at: node.map_or(self.at, |node| node.at),
            left_out: self.left_out,
        }
    }

    /// The item that is the `read`-th one of those that were read.
    pub(super) fn item(&self, read: usize) -> Place<'_> {
        let index = if self.left_out.is_empty() {
            read
        } else {
            self.written_index(read)
        };
        let items = self.node.and_then(Node::as_seq);
        let node = items.and_then(|items| items.get(index));
        Place {
            step: Step::Item(self, index),
            node,
            at: node.map_or(self.at, |node| node.at),
            left_out: self.left_out,
        }
    }

    /// A part of the text that stands here.
    pub(super) fn within(&self, text: &str, range: Range<usize>) -> Self {
        Self {
            at: self.at.within(text, range),
            ..*self
        }
    }

    /// The path from the root of the document.
    pub(super) fn path(&self) -> String {
        let mut steps = Vec::new();
        let mut place = self;
        let mut text = loop {
            match place.step {
                Step::Root(root) => break root.to_owned(),
                Step::Key(parent, _) | Step::Item(parent, _) => {
                    steps.push(place.step);
                    place = parent;
                }
            }
        };
        for step in steps.into_iter().rev() {
            text = match step {
                Step::Root(root) => root.to_owned(),
                Step::Key(_, key) => path::child(&text, key),
                Step::Item(_, index) => path::item(&text, index),
            };
        }
        text
    }

    /// Whether something of this value, or around it, was left out for a fault that is reported already.
    pub(super) fn is_doubtful(&self) -> bool {
        if self.left_out.is_empty() {
            return false;
        }
        let own = self.path();
        let lies_within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| {
                outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '['])
            })
        };
        self.left_out
            .iter()
            .any(|out| lies_within(&own, out) || lies_within(out, &own))
    }

    /// The index in the text of an item, given how many items before it were read.
    fn written_index(&self, read: usize) -> usize {
        let own = self.path();
        let mut index = 0;
        let mut seen = 0;
        loop {
            let is_out = self.left_out.contains(&path::item(&own, index));
            if !is_out {
                if seen == read {
                    return index;
                }
                seen += 1;
            }
            index += 1;
        }
    }
}

/// A value as a message shows it.
pub(super) enum Shown {
    /// Text, in quotes.
    Text(String),
    /// A number, or JSON.
    Plain(String),
    /// The message goes without it.
    Omitted,
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Shown {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Shown {
    fn from(number: i64) -> Self {
        Self::Plain(number.to_string())
    }
}

impl From<i32> for Shown {
    fn from(number: i32) -> Self {
        Self::Plain(number.to_string())
    }
}

impl Shown {
    /// A value as JSON.
    pub(super) fn json(value: &serde_json::Value) -> Self {
        Self::Plain(cut(&value.to_string()))
    }
}

/// Collects what is wrong with one object.
pub(super) struct Faults<'p> {
    problems: &'p mut Problems,
    before: usize,
}

impl<'p> Faults<'p> {
    /// Adds to `problems`; what is there already is not counted.
    pub(super) fn new(problems: &'p mut Problems) -> Self {
        let before = problems.len();
        Self { problems, before }
    }

    /// Whether an error was found since [`Faults::new`].
    pub(super) fn has_errors(&self) -> bool {
        self.problems
            .iter()
            .skip(self.before)
            .any(|problem| problem.severity == Severity::Error)
    }

    /// What is read from the same object goes to the same list.
    pub(super) fn problems(&mut self) -> &mut Problems {
        self.problems
    }

    /// The value is not allowed.
    pub(super) fn invalid(&mut self, at: &Place<'_>, value: impl Into<Shown>, detail: &str) {
        self.push(at, &body("invalid value", &value.into(), detail), None);
    }

    /// As [`Faults::invalid`], with what to do about it.
    pub(super) fn invalid_with_hint(
        &mut self,
        at: &Place<'_>,
        value: impl Into<Shown>,
        detail: &str,
        hint: &str,
    ) {
        let text = body("invalid value", &value.into(), detail);
        self.push(at, &text, Some(hint.to_owned()));
    }

    /// The value is missing.
    pub(super) fn required(&mut self, at: &Place<'_>, detail: &str) {
        self.push(at, &body("required value", &Shown::Omitted, detail), None);
    }

    /// As [`Faults::required`], with what to do about it.
    pub(super) fn required_with_hint(&mut self, at: &Place<'_>, detail: &str, hint: &str) {
        let text = body("required value", &Shown::Omitted, detail);
        self.push(at, &text, Some(hint.to_owned()));
    }

    /// The value is none of a few words.
    pub(super) fn unsupported(&mut self, at: &Place<'_>, value: &str, supported: &[&str]) {
        let list = quoted_list(supported);
        let detail = format!("supported values: {list}");
        let hint = did_you_mean(value, supported.iter().copied())
            .map(|meant| format!("did you mean {meant}?"));
        let text = body("unsupported value", &Shown::from(value), &detail);
        self.push(at, &text, hint);
    }

    /// The key may not be there.
    pub(super) fn forbidden(&mut self, at: &Place<'_>, detail: &str) {
        self.push(at, &body("forbidden", &Shown::Omitted, detail), None);
    }

    /// The value is there twice.
    pub(super) fn duplicate(&mut self, at: &Place<'_>, value: impl Into<Shown>) {
        self.push(at, &body("duplicate value", &value.into(), ""), None);
    }

    /// The value names something that does not exist.
    pub(super) fn not_found(&mut self, at: &Place<'_>, value: &str) {
        self.push(at, &body("not found", &Shown::from(value), ""), None);
    }

    /// The list is too long.
    pub(super) fn too_many(&mut self, at: &Place<'_>, count: usize, most: usize) {
        let detail = format!("must have at most {most} items");
        let text = body("too many", &Shown::Plain(count.to_string()), &detail);
        self.push(at, &text, None);
    }

    /// The text is too long.
    pub(super) fn too_long(&mut self, at: &Place<'_>, most: usize) {
        let detail = format!("may not be more than {most} bytes");
        self.push(at, &body("too long", &Shown::Omitted, &detail), None);
    }

    /// The number may not be below 0.
    pub(super) fn nonnegative(&mut self, at: &Place<'_>, value: Option<i64>) {
        if let Some(value) = value.filter(|value| *value < 0) {
            self.invalid(at, value, "must be greater than or equal to 0");
        }
    }

    /// Something is used, but not as the user may expect.
    pub(super) fn warn(&mut self, at: &Place<'_>, message: &str) {
        self.problems
            .push(Problem::warning(at.at, at.path(), message));
    }

    /// A fault in words of its own.
    pub(super) fn error(&mut self, at: &Place<'_>, message: &str, hint: Option<String>) {
        self.push(at, message, hint);
    }

    fn push(&mut self, at: &Place<'_>, message: &str, hint: Option<String>) {
        if at.is_doubtful() {
            return;
        }
        let mut problem = Problem::error(at.at, at.path(), message);
        problem.hint = hint;
        self.problems.push(problem);
    }
}

/// Words in quotes, with commas between.
pub(super) fn quoted_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    quoted.join(", ")
}

fn body(kind: &str, value: &Shown, detail: &str) -> String {
    let mut text = kind.to_owned();
    let written = match value {
        Shown::Text(value) => write!(text, ": {:?}", cut(value)),
        Shown::Plain(value) => write!(text, ": {value}"),
        Shown::Omitted => Ok(()),
    };
    written.expect("writing to a String cannot fail");
    if !detail.is_empty() {
        text.push_str(": ");
        text.push_str(detail);
    }
    text
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
