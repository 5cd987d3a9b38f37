//! Changes of a document before it is read: `--set PATH=VALUE`, and the axes of a sweep.
//!
//! A path leads through keys (`spec.seed`, `spec.x["a.b"]`), items by number (`spec.actions[0].at`)
//! and items by content (`spec.cluster.pools[name=workers].count`). `manifests[kind=Job,name=etl]`
//! is an object of `spec.manifests`, whichever file it is in.
//!
//! Keys that are not there yet are made, since most keys have defaults; whether they make sense is
//! found when the document is read. An item that is not there is an error at once.

use super::document::{Key, Node, Value};
use super::problem::{Position, Problem, quote};
use super::suggest::did_you_mean;

/// Longer paths are refused; a document is never deeper.
const STEPS_MAX: usize = 128;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an item by number, from 0.
    Index(usize),
    /// Into every item whose keys have these values.
    Filter(Vec<(String, String)>),
}

/// A path to one or several values of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPath {
    pub(super) steps: Vec<Step>,
    text: String,
}

/// A change: what is to stand at a path.
#[derive(Clone, Debug)]
pub struct Patch {
    /// Where.
    pub path: SetPath,
    /// What.
    pub value: Node,
    /// Where the path was written.
    pub at: Position,
}

impl SetPath {
    /// Reads a path.
    ///
    /// # Errors
    /// Says in a few words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = if let Some(inner) = rest.strip_prefix('[') {
                bracket(inner)?
            } else if rest.starts_with(['"', '\'']) {
                let (key, after) = quoted(rest)?;
                (Step::Key(key), after)
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return Err(format!("a key is missing before {}", quote(rest)));
                }
                (Step::Key(rest[..end].to_owned()), &rest[end..])
            };
            steps.push(step);
            rest = match after.strip_prefix('.') {
                Some("") => return Err("a key is missing after the last `.`".to_owned()),
                Some(next) => next,
                None if after.is_empty() || after.starts_with('[') => after,
                None => return Err(format!("expected `.` or `[` before {}", quote(after))),
            };
            if steps.len() > STEPS_MAX {
                return Err(format!("it has more than {STEPS_MAX} steps"));
            }
        }
        if steps.is_empty() {
            return Err("it is empty".to_owned());
        }
        let text = text.to_owned();
        Ok(Self { steps, text })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The filter of `manifests[…]` and the steps behind it, if the path is about manifests.
    pub(super) fn about_manifests(&self) -> Option<(&'static [&'static str], &Filter, &[Step])> {
        let heads: [(&[&str], &'static [&'static str]); 3] = [
            (&["manifests"], &["spec", "manifests"]),
            (&["spec", "manifests"], &["spec", "manifests"]),
            (
                &["spec", "cluster", "manifests"],
                &["spec", "cluster", "manifests"],
            ),
        ];
        heads.into_iter().find_map(|(head, list)| {
            let (first, rest) = self.steps.split_at_checked(head.len())?;
            let same = first
                .iter()
                .zip(head)
                .all(|(step, key)| *step == Step::Key((*key).to_owned()));
            match (same, rest.split_first()?) {
                (true, (Step::Filter(filter), rest)) => Some((list, filter, rest)),
                (_, _) => None,
            }
        })
    }

    /// Whether the path begins with the word for all manifests.
    pub(super) fn begins_with_manifests(&self) -> bool {
        self.steps[0] == Step::Key("manifests".to_owned())
    }
}

/// Keys and the values that they must have.
pub(super) type Filter = Vec<(String, String)>;

fn bracket(inner: &str) -> Result<(Step, &str), String> {
    let close = |after: &'_ str| {
        let hint = "a `[` is not closed";
        after.strip_prefix(']').map(str::len).ok_or(hint.to_owned())
    };
    if inner.starts_with(['"', '\'']) {
        let (key, after) = quoted(inner)?;
        let left = close(after)?;
        return Ok((Step::Key(key), &inner[inner.len() - left..]));
    }
    let mut filter = Vec::new();
    let mut rest = inner;
    loop {
        let end = rest.find(['=', ']', ',']).ok_or("a `[` is not closed")?;
        let (key, after) = rest.split_at(end);
        let Some(after) = after.strip_prefix('=') else {
            let is_alone = filter.is_empty() && after.starts_with(']');
            return match key.parse() {
                _ if !is_alone => Err(format!("expected `key=value` at {}", quote(key))),
                Ok(index) => Ok((Step::Index(index), &after[1..])),
                Err(_) if !key.is_empty() => Ok((Step::Key(key.to_owned()), &after[1..])),
                Err(_) => Err("there is nothing between `[` and `]`".to_owned()),
            };
        };
        let (value, after) = if after.starts_with(['"', '\'']) {
            quoted(after)?
        } else {
            let end = after.find([']', ',']).ok_or("a `[` is not closed")?;
            (after[..end].to_owned(), &after[end..])
        };
        filter.push((key.trim().to_owned(), value));
        let Some(next) = after.strip_prefix(',') else {
            let left = close(after)?;
            return Ok((Step::Filter(filter), &after[after.len() - left..]));
        };
        rest = next;
    }
}

/// A text in quotes, without escapes, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let quote = text.chars().next().unwrap_or('"');
    let inner = &text[1..];
    let end = inner.find(quote).ok_or("a quote is not closed")?;
    Ok((inner[..end].to_owned(), &inner[end + 1..]))
}

/// The place of the `=` between PATH and VALUE: the first outside brackets and quotes.
pub(super) fn split_assignment(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut open_quote) = (0_usize, None);
    for (at, character) in text.char_indices() {
        match (open_quote, character) {
            (Some(quote), _) => open_quote = Some(quote).filter(|quote| *quote != character),
            (None, '"' | '\'') => open_quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '=') if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            (None, _) => {}
        }
    }
    None
}

/// Puts the patch's value at `steps` behind `node`. `done` is the path so far, for messages.
pub(super) fn apply(
    node: &mut Node,
    steps: &[Step],
    done: &str,
    patch: &Patch,
) -> Result<(), Problem> {
    let Some((step, rest)) = steps.split_first() else {
        *node = patch.value.clone();
        return Ok(());
    };
    match step {
        Step::Key(key) => {
            let done = super::path::child(done, key);
            let next = step_into_key(node, key, rest, &done, patch)?;
            apply(next, rest, &done, patch)
        }
        Step::Index(index) => {
            let items = items_of(node, done, patch)?;
            let count = items.len();
            let Some(next) = items.get_mut(*index) else {
                let message = format!(
                    "there is no item {index} in {}: it has {count}",
                    quote(done)
                );
                return Err(refused(patch, message));
            };
            apply(next, rest, &super::path::item(done, *index), patch)
        }
        Step::Filter(filter) => {
            let items = items_of(node, done, patch)?;
            let mut names = Vec::new();
            let mut matched = false;
            for (index, item) in items.iter_mut().enumerate() {
                if fits(item, filter) {
                    matched = true;
                    apply(item, rest, &super::path::item(done, index), patch)?;
                } else {
                    names.extend(describe(item, filter));
                }
            }
            if matched {
                return Ok(());
            }
            Err(nothing_matches(patch, done, filter, &names))
        }
    }
}

/// The value of a key, which is made where it is not there.
fn step_into_key<'n>(
    node: &'n mut Node,
    key: &str,
    rest: &[Step],
    done: &str,
    patch: &Patch,
) -> Result<&'n mut Node, Problem> {
    if !node.is_null() && node.as_map().is_none() {
        let message = format!(
            "{} leads into {}, which has no keys",
            quote(done),
            node.describe()
        );
        return Err(refused(patch, message));
    }
    if node.get(key).is_none() {
        if matches!(rest.first(), Some(Step::Index(_) | Step::Filter(_))) {
            let keys: Vec<&str> = node
                .as_map()
                .unwrap_or_default()
                .iter()
                .map(|(key, _)| key.name.as_str())
                .collect();
            let problem = refused(patch, format!("there is no list {}", quote(done)));
            return Err(match did_you_mean(key, keys.iter().copied()) {
                Some(meant) => problem.with_hint(format!("did you mean {}?", quote(meant))),
                None => problem,
            });
        }
        let name = key.to_owned();
        node.set(Key { name, at: patch.at }, Node::new(patch.at, Value::Null));
    }
    Ok(node.get_mut(key).expect("the key was set just now"))
}

fn items_of<'n>(
    node: &'n mut Node,
    done: &str,
    patch: &Patch,
) -> Result<&'n mut Vec<Node>, Problem> {
    let found = node.describe();
    let Value::Seq(items) = &mut node.value else {
        let message = format!("{} is no list but {found}", quote(done));
        return Err(refused(patch, message));
    };
    Ok(items)
}

/// Whether an item's keys, or those of its `metadata`, have the values.
pub(super) fn fits(item: &Node, filter: &Filter) -> bool {
    filter
        .iter()
        .all(|(key, value)| value_of(item, key).is_some_and(|have| have == *value))
}

fn value_of(item: &Node, key: &str) -> Option<String> {
    let keys: Vec<&str> = key.split('.').collect();
    let own = item.at_path(keys.iter().copied());
    let found = own.or_else(|| item.get("metadata")?.at_path(keys.iter().copied()));
    match found.and_then(Node::scalar_text) {
        None if key == "namespace" && item.get("kind").is_some() => Some("default".to_owned()),
        found => found,
    }
}

/// The item in the words of the filter.
pub(super) fn describe(item: &Node, filter: &Filter) -> Option<String> {
    let pairs = filter
        .iter()
        .map(|(key, _)| Some(format!("{key}={}", value_of(item, key)?)));
    pairs
        .collect::<Option<Vec<_>>>()
        .map(|pairs| pairs.join(","))
}

/// The problem of a filter that no item fits; `names` are those that are there.
pub(super) fn nothing_matches(
    patch: &Patch,
    list: &str,
    filter: &Filter,
    names: &[String],
) -> Problem {
    let pairs: Vec<String> = filter
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let wanted = pairs.join(",");
    let problem = refused(patch, format!("nothing in {} has {wanted}", quote(list)));
    if let Some(meant) = did_you_mean(&wanted, names.iter().map(String::as_str)) {
        return problem.with_hint(format!("did you mean [{meant}]?"));
    }
    if names.is_empty() {
        return problem;
    }
    let shown: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
    problem.with_hint(format!("there is [{}]", shown.join("], [")))
}

pub(super) fn refused(patch: &Patch, message: String) -> Problem {
    Problem::error(patch.at, patch.path.text(), message)
}

/// Moves a whole tree to one place.
pub(super) fn place(node: &mut Node, at: Position) {
    node.at = at;
    match &mut node.value {
        Value::Seq(items) => items.iter_mut().for_each(|item| place(item, at)),
        Value::Map(entries) => {
            for (key, value) in entries {
                key.at = at;
                place(value, at);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;
