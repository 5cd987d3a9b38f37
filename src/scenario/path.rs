//! Places within a document, such as `spec.containers[0].image` or
//! `metadata.labels[app.kubernetes.io/name]`.
//!
//! A key that is not a plain word (letters, digits, `-`, `_`) stands between brackets, and between
//! quotes as well where it is empty or could be taken for a number: `data[1]` is an item of a list.

use std::fmt;

use super::problem::push_escaped;

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into the value of a map's key.
    Key(String),
    /// Into an item of a list, from 0.
    Index(usize),
}

/// A way from the root of a document to a value within it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// The path that [`fmt::Display`] writes as `text`; `None` if a bracket is not closed, or text
    /// follows it that is neither `.` nor `[`, or a segment is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (segment, after) = parse_bracket(inner)?;
                segments.push(segment);
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                segments.push(Segment::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() || after.starts_with('[') {
                    return None;
                }
                rest = after;
            } else if !rest.is_empty() && !rest.starts_with('[') {
                return None;
            }
        }
        Some(Self(segments))
    }
}

fn parse_bracket(inner: &str) -> Option<(Segment, &str)> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let end = quoted.find("\"]")?;
        return Some((Segment::Key(quoted[..end].to_owned()), &quoted[end + 2..]));
    }
    let end = inner.find(']')?;
    let (name, after) = (&inner[..end], &inner[end + 1..]);
    if name.is_empty() {
        return None;
    }
    let segment = match name.parse() {
        Ok(index) => Segment::Index(index),
        Err(_) => Segment::Key(name.to_owned()),
    };
    Some((segment, after))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Key(key) => push_key(&mut text, key),
                Segment::Index(index) => push_index(&mut text, *index),
            }
        }
        f.write_str(&text)
    }
}

/// The path of the value of `key` in the map at `parent`.
pub fn child(parent: &str, key: &str) -> String {
    let mut path = parent.to_owned();
    push_key(&mut path, key);
    path
}

/// The path of an item of the list at `parent`.
pub fn item(parent: &str, index: usize) -> String {
    let mut path = parent.to_owned();
    push_index(&mut path, index);
    path
}

/// The path `inner`, which starts at the value at `parent`, seen from the root.
pub fn join(parent: &str, inner: &str) -> String {
    let dot = !parent.is_empty() && !inner.is_empty() && !inner.starts_with('[');
    format!("{parent}{}{inner}", if dot { "." } else { "" })
}

fn push_key(path: &mut String, key: &str) {
    let is_word = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if is_word {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        return;
    }
    let is_index = key.parse::<usize>().is_ok();
    let quote = if key.is_empty() || is_index { "\"" } else { "" };
    path.push('[');
    path.push_str(quote);
    for character in key.chars() {
        push_escaped(path, character);
    }
    path.push_str(quote);
    path.push(']');
}

fn push_index(path: &mut String, index: usize) {
    use fmt::Write as _;
    write!(path, "[{index}]").expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_and_read_back() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("spec", &["spec"]),
            (
                "spec.containers[0].image",
                &["spec", "containers", "#0", "image"],
            ),
            (
                "metadata.labels[app.kubernetes.io/name]",
                &["metadata", "labels", "app.kubernetes.io/name"],
            ),
            ("[0][1].a", &["#0", "#1", "a"]),
            ("data[a b].c", &["data", "a b", "c"]),
        ];
        for (text, segments) in cases {
            let path = Path(
                segments
                    .iter()
                    .map(|segment| match segment.strip_prefix('#') {
                        Some(index) => Segment::Index(index.parse().unwrap()),
                        None => Segment::Key((*segment).to_owned()),
                    })
                    .collect(),
            );
            assert_eq!(path.to_string(), *text);
            assert_eq!(Path::parse(text), Some(path), "{text}");
        }
    }

    #[test]
    fn broken_paths_are_refused() {
        for text in [".", "a.", "a..b", "a[", "a[]", "a[0]b", "a.[0]", "[\"1]"] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }

    #[test]
    fn joining_puts_a_dot_where_one_belongs() {
        assert_eq!(join("", "a.b"), "a.b");
        assert_eq!(join("spec", "a"), "spec.a");
        assert_eq!(join("spec", "[0]"), "spec[0]");
        assert_eq!(join("spec", ""), "spec");
        assert_eq!(child("spec", "8080"), "spec.8080");
    }
}
