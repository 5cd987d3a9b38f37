//! A subtree of a document read into a type that implements serde's `Deserialize`.
//!
//! All faults are found in one go: a value of the wrong type is reported where it stands, left
//! out, and the reading starts again without it. A key that the type does not know is a warning,
//! as it is for `kubectl`, with the known key that it resembles.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::document::{Key, Node, Value, whole};
use super::path::{self, Path, Segment};
use super::problem::{KEPT_MAX, Position, Problem, Problems, quote};
use super::suggest::did_you_mean;

/// So many faults are looked for in one object; each costs a reading of the whole object.
const FAULTS_MAX: usize = 50;

/// What became of a subtree.
#[derive(Clone, Debug)]
pub struct Typed<T> {
    /// The value without the branches that were at fault; `None` if nothing could be read.
    pub value: Option<T>,
    /// The paths of those branches, from the root of the document. A check that misses a value
    /// need not complain if it was left out: that fault is reported already.
    pub left_out: Vec<String>,
}

/// Reads `node`, which stands at `path`, as a `T`. Type faults go to `problems` as errors, unknown
/// keys as warnings.
pub fn read_typed<T: DeserializeOwned>(
    node: &Node,
    path: &str,
    problems: &mut Problems,
) -> Typed<T> {
    let mut attempt = Attempt::default();
    let mut unknown = BTreeMap::new();
    let mut left_out = Vec::new();
    let value = loop {
        let reader = Reader {
            node,
            place: &Place::Root(path),
            attempt: &attempt,
            unless_known: None,
        };
        let result = T::deserialize(reader);
        unknown.append(&mut attempt.unknown.take());
        let fault = match result {
            Ok(value) => break Some(value),
            Err(fault) => fault,
        };
        let (culprit, place) = attempt
            .culprit
            .take()
            .unwrap_or_else(|| (node, path.to_owned()));
        // With a branch left out, the value around it may not fit any more: no fault of its own.
        let follows = left_out.iter().any(|out: &String| lies_within(out, &place));
        if !follows || matches!(fault, Fault::Missing(_)) {
            problems.extend(fault.problem(culprit, &place));
        }
        left_out.push(place);
        if std::ptr::eq(culprit, node) {
            break None;
        }
        attempt.left_out.push(culprit);
        if attempt.left_out.len() == FAULTS_MAX {
            let message =
                format!("more than {FAULTS_MAX} faults in this object; no more are shown");
            problems.push(Problem::error(node.at, path, message));
            break None;
        }
    };
    problems.extend(unknown.into_values());
    Typed { value, left_out }
}

fn lies_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| outer.is_empty() || rest.starts_with(['.', '[']))
}

/// One reading of the tree, up to its first fault.
#[derive(Default)]
struct Attempt<'a> {
    left_out: Vec<&'a Node>,
    culprit: RefCell<Option<(&'a Node, String)>>,
    unknown: RefCell<BTreeMap<Position, Problem>>,
}

impl<'a> Attempt<'a> {
    fn leaves_out(&self, node: &Node) -> bool {
        self.left_out.iter().any(|out| std::ptr::eq(*out, node))
    }

    /// Blames a value, unless one within it is to blame.
    fn blame(&self, node: &'a Node, place: &Place<'_>) {
        self.culprit
            .borrow_mut()
            .get_or_insert_with(|| (node, place.text()));
    }
}

/// Where the reader is: a list that lives on the stack, turned into text only when needed.
enum Place<'p> {
    Root(&'p str),
    Key(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn text(&self) -> String {
        let mut segments = Vec::new();
        let mut place = self;
        let root = loop {
            match place {
                Place::Root(root) => break root,
                Place::Key(parent, key) => {
                    segments.push(Segment::Key((*key).to_owned()));
                    place = parent;
                }
                Place::Item(parent, index) => {
                    segments.push(Segment::Index(*index));
                    place = parent;
                }
            }
        };
        segments.reverse();
        path::join(root, &Path(segments).to_string())
    }
}

/// Why a value does not fit.
#[derive(Debug)]
enum Fault {
    /// The type wants something else: what.
    Expected(String),
    /// The value is one of a few words, but not of these.
    Variant(String, &'static [&'static str]),
    /// The type needs a key that the map does not have.
    Missing(&'static str),
    Other(String),
}

impl Fault {
    fn problem(self, node: &Node, place: &str) -> Option<Problem> {
        let found = node.describe();
        Some(match self {
            Self::Expected(wanted) => {
                let message = format!("expected {wanted}, found {found}");
                let problem = Problem::error(node.at, place, message);
                if wanted == "text" {
                    node.advising_quotes(problem)
                } else {
                    problem
                }
            }
            Self::Variant(word, words) => {
                let list: Vec<String> = words.iter().map(|word| quote(word)).collect();
                let message = format!("expected one of {}, found {found}", list.join(", "));
                let problem = Problem::error(node.at, place, message);
                match did_you_mean(&word, words.iter().copied()) {
                    Some(meant) => problem.with_hint(format!("did you mean {}?", quote(meant))),
                    None => problem,
                }
            }
            // The key is there, but its value was left out, which has been reported.
            Self::Missing(key) if node.get(key).is_some() => return None,
            Self::Missing(key) => {
                Problem::error(node.at, place, format!("the key {} is missing", quote(key)))
            }
            Self::Other(reason) => {
                Problem::error(node.at, place, format!("{found} does not fit: {reason}"))
            }
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Expected(kind_in_words(&expected.to_string()).to_owned())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Expected(range_in_words(&expected.to_string()).to_owned())
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::Variant(variant.to_owned(), expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

/// The words of serde and of the types it fills, made those of a person who writes YAML.
fn kind_in_words(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" | "u64" | "usize" => {
            "a whole number"
        }
        "f32" | "f64" => "a number",
        "a string" => "text",
        "a boolean" => "a boolean, `true` or `false`",
        "a sequence" => "a list",
        "IntOrString" => "a whole number or text",
        "Quantity" => "a quantity such as 500m or 2Gi",
        other => other,
    }
}

/// The same for a number that is one, but does not fit.
fn range_in_words(expected: &str) -> &str {
    match expected {
        "i32" | "a 32-bit integer" => "a whole number from -2147483648 to 2147483647",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, not negative",
        other => kind_in_words(other),
    }
}

#[derive(Clone, Copy)]
struct Reader<'a, 'p> {
    node: &'a Node,
    place: &'p Place<'p>,
    attempt: &'p Attempt<'a>,
    /// The key of this value and the keys that the map's type knows: what to report if the type
    /// turns out to ignore the value.
    unless_known: Option<(&'a Key, &'static [&'static str])>,
}

impl<'a, 'p> Reader<'a, 'p> {
    fn expected<T>(self, wanted: &str) -> Result<T, Fault> {
        self.blamed(Err(Fault::Expected(wanted.to_owned())))
    }

    fn blamed<T>(self, result: Result<T, Fault>) -> Result<T, Fault> {
        if result.is_err() {
            self.attempt.blame(self.node, self.place);
        }
        result
    }

    fn entries(self, known: &'static [&'static str]) -> Option<Entries<'a, 'p>> {
        Some(Entries {
            map: self,
            known,
            rest: self.node.as_map()?.iter(),
            current: None,
        })
    }

    fn visit_map<'de, V: Visitor<'de>>(
        self,
        known: &'static [&'static str],
        wanted: &str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Some(mut entries) = self.entries(known) else {
            return self.expected(wanted);
        };
        let result = visitor.visit_map(&mut entries);
        if let (Err(Fault::Expected(_)), Some((key, value))) = (&result, entries.current) {
            // Thrown by the type after it has read a value, whose content it then refused.
            self.attempt
                .blame(value, &Place::Key(self.place, &key.name));
        }
        self.blamed(result)
    }
}

impl<'de> Deserializer<'de> for Reader<'_, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let result = match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(bool) => visitor.visit_bool(*bool),
            Value::Int(int) => visitor.visit_i64(*int),
            Value::BigInt(int) => visitor.visit_u64(*int),
            // As on its way to the API server, where `1e3` and `2.0` become JSON's 1000 and 2.
            Value::Float(float) => match whole(*float) {
                Some(int) => visitor.visit_i64(int),
                None => visitor.visit_f64(*float),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Seq(items) => visitor.visit_seq(Items {
                list: self,
                rest: items.iter().enumerate(),
            }),
            Value::Map(_) => return self.visit_map(&[], "a map", visitor),
        };
        self.blamed(result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.blamed(visitor.visit_newtype_struct(self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_map(fields, &format!("a map ({name})"), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let result = match (self.node.as_str(), self.entries(&[])) {
            (Some(word), _) => visitor.visit_enum(StrDeserializer::new(word)),
            (None, Some(entries)) => visitor.visit_enum(MapAccessDeserializer::new(entries)),
            (None, None) => return self.expected("text"),
        };
        self.blamed(result)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let Some((key, known)) = self.unless_known {
            let message = format!("the unknown key {} is ignored", quote(&key.name));
            let mut problem = Problem::warning(key.at, self.place.text(), message);
            if let Some(meant) = did_you_mean(&key.name, known.iter().copied()) {
                problem = problem.with_hint(format!("did you mean {}?", quote(meant)));
            }
            let mut unknown = self.attempt.unknown.borrow_mut();
            if unknown.len() < KEPT_MAX {
                unknown.insert(key.at, problem);
            }
        }
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct Items<'a, 'p> {
    list: Reader<'a, 'p>,
    rest: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let attempt = self.list.attempt;
        let Some((index, node)) = self.rest.find(|(_, node)| !attempt.leaves_out(node)) else {
            return Ok(None);
        };
        let reader = Reader {
            node,
            place: &Place::Item(self.list.place, index),
            attempt,
            unless_known: None,
        };
        reader.blamed(seed.deserialize(reader)).map(Some)
    }
}

struct Entries<'a, 'p> {
    map: Reader<'a, 'p>,
    known: &'static [&'static str],
    rest: std::slice::Iter<'a, (Key, Node)>,
    current: Option<(&'a Key, &'a Node)>,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let attempt = self.map.attempt;
        let next = self.rest.find(|(_, value)| !attempt.leaves_out(value));
        self.current = next.map(|(key, value)| (key, value));
        let Some((key, _)) = self.current else {
            return Ok(None);
        };
        seed.deserialize(StrDeserializer::new(&key.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, node) = self.current.expect("serde asks for a key first");
        let reader = Reader {
            node,
            place: &Place::Key(self.map.place, &key.name),
            attempt: self.map.attempt,
            unless_known: Some((key, self.known)),
        };
        reader.blamed(seed.deserialize(reader))
    }
}

#[cfg(test)]
mod tests;
