//! YAML or JSON text to trees of positioned values.
//!
//! Works on the parser's events and not through serde, since only they say where a key, an alias
//! or the second of two equal keys stands, and since a tree built from events needs no recursion:
//! input decides how deep it is nested. JSON takes the same way; it is a subset of YAML 1.2.
//!
//! Every document of a stream is read; one that is broken is reported and left out. Anchors,
//! aliases and merge keys (`<<`) are resolved here; nothing after this module knows of them.

mod frame;
mod syntax;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{self as yaml, ErrorKind, Event, Parser, ScalarStyle, ScanError};

use super::document::{Key, Node, Value};
use super::path::{Path, Segment};
use super::problem::{Position, Problem, Problems, SourceId, Sources, quote};
use super::scalar;
use frame::{Content, Entries, Frame, Pending, Size};
use text::Text;

/// How deep lists and maps may be nested. Kubernetes objects stay below 30; JSON readers commonly
/// stop at 128.
pub const DEPTH_MAX: usize = 128;

/// How many values one text may hold, aliases expanded: some 500 MB of memory.
pub const VALUES_MAX: usize = 4_000_000;

/// How much aliases may add to a text: bytes of scalars, plus [`VALUE_COST`] for each value.
/// 1,500 ordinary pod templates; an alias bomb passes it after its first few levels.
pub const ALIAS_COST_MAX: usize = 64 << 20;

/// What a copied value costs beside the bytes of its text: about its size in memory.
pub const VALUE_COST: usize = 64;

/// After this many broken documents the rest of a stream is not read.
const BROKEN_DOCUMENTS_MAX: usize = 100;

/// A key longer than this, counted in characters up to its colon, is not taken for one. YAML says
/// 1,024; JSON has no limit.
const KEY_CHARS_MAX: usize = 65_536;

/// Reads all documents of a source. Empty documents are left out; what is wrong goes to `problems`.
pub fn parse(sources: &Sources, source: SourceId, problems: &mut Problems) -> Vec<Node> {
    let text = sources.text(source);
    let mut options = yaml::options! {
        simple_key_max_lookahead: KEY_CHARS_MAX,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(Text { source, text }, problems);
    let mut broken = 0;
    loop {
        let stop = match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => builder.event(event, span).is_err(),
            Some(Err(error)) => {
                builder.syntax_error(&error);
                broken += 1;
                let is_last = !matches!(parser.proceed_next_document(), Ok(true));
                if !is_last && broken == BROKEN_DOCUMENTS_MAX {
                    builder.too_many_broken(&error);
                }
                is_last || broken == BROKEN_DOCUMENTS_MAX
            }
        };
        if stop {
            break;
        }
    }
    builder.documents
}

/// The text holds too much; no more of it is read.
struct TooMuch;

struct Builder<'a> {
    text: Text<'a>,
    problems: &'a mut Problems,
    documents: Vec<Node>,
    stack: Vec<Frame>,
    /// Complete anchored values of this document.
    anchors: BTreeMap<usize, (Node, Size)>,
    values: usize,
    alias_cost: usize,
}

impl<'a> Builder<'a> {
    fn new(text: Text<'a>, problems: &'a mut Problems) -> Self {
        Self {
            text,
            problems,
            documents: Vec::new(),
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            values: 0,
            alias_cost: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, span: yaml::Span) -> Result<(), TooMuch> {
        match event {
            Event::DocumentStart(..) => {
                self.stack.clear();
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span);
                let cost = VALUE_COST + node.as_str().map_or(0, str::len);
                let size = Size {
                    cost,
                    values: 1,
                    height: 0,
                };
                self.place(node, anchor, size)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let at = self.text.opening(span, self.list_parent(style));
                self.open(Content::List(Vec::new()), at, anchor, tag.as_deref())
            }
            Event::MappingStart(_, anchor, tag) => {
                let at = self.text.opening(span, None);
                let content = Content::Map(Entries::default());
                self.open(content, at, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            // The last ones come only with an option that is not set here.
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::UnresolvedAlias(_)
            | Event::Comment(..)
            | _ => Ok(()),
        }
    }

    /// The position of the map in block style that a list in block style is to be a value of.
    fn list_parent(&self, style: yaml::StructureStyle) -> Option<Position> {
        let parent = self.stack.last()?;
        let is_map = matches!(parent.content, Content::Map(_));
        (is_map && style == yaml::StructureStyle::Block).then_some(parent.at)
    }

    fn open(
        &mut self,
        content: Content,
        at: Position,
        anchor: usize,
        tag: Option<&yaml::Tag>,
    ) -> Result<(), TooMuch> {
        let core_tag = match content {
            Content::List(_) => "seq",
            Content::Map(_) => "map",
        };
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema_tag(core_tag)) {
            self.refuse_tag(tag, at);
        }
        if self.stack.len() == DEPTH_MAX {
            self.too_deep(at);
            return Err(TooMuch);
        }
        self.stack.push(Frame {
            at,
            anchor,
            content,
            size: Size {
                cost: VALUE_COST,
                values: 1,
                height: 1,
            },
        });
        Ok(())
    }

    fn close(&mut self, span: yaml::Span) -> Result<(), TooMuch> {
        let frame = self.stack.pop().expect("the parser pairs starts and ends");
        let at = text::closing(frame.at, span);
        let value = match frame.content {
            Content::List(items) => Value::Seq(items),
            Content::Map(entries) => Value::Map(self.merge(entries)),
        };
        self.place(Node::new(at, value), frame.anchor, frame.size)
    }

    /// Puts a complete value where it belongs: into the open list or map, as a key or a value, or
    /// into the list of documents.
    fn place(&mut self, node: Node, anchor: usize, size: Size) -> Result<(), TooMuch> {
        if anchor != 0 {
            self.spend_on_copy(size, node.at)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.values += 1;
        self.check_values(node.at)?;
        let Some(frame) = self.stack.last_mut() else {
            if !node.is_null() {
                self.documents.push(node);
            }
            return Ok(());
        };
        frame.size.add(size);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map(entries) => match entries.pending.take() {
                None => {
                    let pending = self.key(&node);
                    if let Some(Frame {
                        content: Content::Map(entries),
                        ..
                    }) = self.stack.last_mut()
                    {
                        entries.pending = Some(pending);
                    }
                }
                Some(Pending::Key(key)) => {
                    let mut node = node;
                    if node.is_null() && node.at.length == 0 {
                        // A value left out has no place of its own that a reader would recognize.
                        node.at = key.at;
                    }
                    entries.places.insert(key.name.clone(), entries.list.len());
                    entries.list.push((key, node));
                }
                Some(Pending::Merge) => entries.merged.push(node),
                Some(Pending::Dropped(_)) => {}
            },
        }
        Ok(())
    }

    fn key(&mut self, node: &Node) -> Pending {
        let at = node.at;
        let name = match &node.value {
            Value::String(name) if name == "<<" && self.text.at(at) == "<<" => {
                return Pending::Merge;
            }
            Value::String(name) => name.clone(),
            // As `sigs.k8s.io/yaml` turns them into keys of JSON objects.
            Value::Bool(bool) => bool.to_string(),
            Value::Int(int) => int.to_string(),
            Value::BigInt(int) => int.to_string(),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "Kubernetes prints such a key with 32 bits"
            )]
            Value::Float(float) => (*float as f32).to_string(),
            Value::Null | Value::Seq(_) | Value::Map(_) => {
                let found = node.describe();
                let message = format!("expected text as a key, found {found}");
                let mut problem = Problem::error(at, self.path(), message);
                if self.text.is_doubled_brace(at) {
                    problem = problem.with_hint(syntax::TEMPLATE);
                }
                self.problems.push(problem);
                return Pending::Dropped(String::from("?"));
            }
        };
        let earlier = match self.stack.last().map(|frame| &frame.content) {
            Some(Content::Map(entries)) => {
                let place = entries.places.get(&name);
                place.map(|place| entries.list[*place].0.at)
            }
            Some(Content::List(_)) | None => None,
        };
        if let Some(first) = earlier {
            let message = format!("the key {} is given twice", quote(&name));
            let hint = format!(
                "the first one is at line {}, column {}; remove one of them",
                first.line, first.column
            );
            let path = super::path::child(&self.path(), &name);
            self.problems
                .push(Problem::error(at, path, message).with_hint(hint));
            return Pending::Dropped(name);
        }
        Pending::Key(Key { name, at })
    }

    /// The entries of a map with those of its merge keys behind them. Keys of the map itself win,
    /// then the earlier of the merged maps.
    fn merge(&mut self, map: Entries) -> Vec<(Key, Node)> {
        let Entries {
            list: mut entries,
            mut places,
            merged,
            ..
        } = map;
        let mut maps = Vec::new();
        for node in merged {
            if let Value::Seq(items) = node.value {
                maps.extend(items);
            } else {
                maps.push(node);
            }
        }
        for node in maps {
            let Value::Map(more) = node.value else {
                let found = node.describe();
                let message = format!("expected a map, or a list of maps, to merge, found {found}");
                self.problems
                    .push(Problem::error(node.at, self.path(), message));
                continue;
            };
            for (key, value) in more {
                if !places.contains_key(&key.name) {
                    places.insert(key.name.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        entries
    }

    fn alias(&mut self, anchor: usize, span: yaml::Span) -> Result<(), TooMuch> {
        let at = self.text.position(span);
        let Some((_, size)) = self.anchors.get(&anchor) else {
            let name = quote(self.text.at(at));
            let message = format!("the alias {name} stands within the value that it refers to");
            self.problems.push(Problem::error(at, self.path(), message));
            return self.place(Node::new(at, Value::Null), 0, Size::default());
        };
        let size = *size;
        self.spend_on_copy(size, at)?;
        self.values = self.values.saturating_add(size.values);
        self.check_values(at)?;
        if self.stack.len() + size.height > DEPTH_MAX {
            self.too_deep(at);
            return Err(TooMuch);
        }
        let node = self.anchors[&anchor].0.clone();
        self.place(node, 0, size)
    }

    fn spend_on_copy(&mut self, size: Size, at: Position) -> Result<(), TooMuch> {
        self.alias_cost = self.alias_cost.saturating_add(size.cost);
        if self.alias_cost <= ALIAS_COST_MAX {
            return Ok(());
        }
        let message = format!(
            "the aliases of this file stand for more than {} MiB",
            ALIAS_COST_MAX >> 20
        );
        self.problems.push(Problem::error(at, self.path(), message));
        Err(TooMuch)
    }

    fn check_values(&mut self, at: Position) -> Result<(), TooMuch> {
        if self.values <= VALUES_MAX {
            return Ok(());
        }
        let message = format!("this file holds more than {VALUES_MAX} values");
        let hint = "split it into several files";
        self.problems
            .push(Problem::error(at, self.path(), message).with_hint(hint));
        Err(TooMuch)
    }

    fn too_deep(&mut self, at: Position) {
        // The path to it would be of no use, and as long as the nesting is deep.
        let message = format!("lists and maps are nested more than {DEPTH_MAX} deep");
        self.problems.push(Problem::error(at, "", message));
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&yaml::Tag>,
        span: yaml::Span,
    ) -> Node {
        let at = self.text.position(span);
        if let Some(tag) = tag {
            return self.tagged_scalar(&text, tag, at);
        }
        if style != ScalarStyle::Plain {
            return Node::new(at, Value::String(text.into_owned()));
        }
        match scalar::resolve(&text) {
            Value::String(text) => Node::new(at, Value::String(text)),
            value @ (Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::Seq(_)
            | Value::Map(_)) => Node::new(at, value).written_as(&text),
        }
    }

    fn tagged_scalar(&mut self, text: &str, tag: &yaml::Tag, at: Position) -> Node {
        let is_text = tag.is_yaml_core_schema_tag("str")
            || tag.parts() == ("", "!")
            || tag.parts() == ("!", "")
            || tag.parts() == ("tag:yaml.org,2002:", "timestamp");
        if is_text {
            return Node::new(at, Value::String(text.to_owned()));
        }
        let node = Node::new(at, scalar::resolve(text)).written_as(text);
        let fits = match (tag.core_suffix(), &node.value) {
            (Some("null"), Value::Null)
            | (Some("bool"), Value::Bool(_))
            | (Some("int"), Value::Int(_) | Value::BigInt(_))
            | (Some("float"), Value::Int(_) | Value::BigInt(_) | Value::Float(_)) => true,
            (Some("null" | "bool" | "int" | "float"), _) => {
                let tag = quote(&tag.original());
                let message = format!("{} is no value for the tag {tag}", quote(text));
                self.problems.push(Problem::error(at, self.path(), message));
                return node;
            }
            _ => false,
        };
        if !fits {
            self.refuse_tag(tag, at);
        }
        node
    }

    fn refuse_tag(&mut self, tag: &yaml::Tag, at: Position) {
        let message = format!("the tag {} has no meaning here", quote(&tag.original()));
        let hint = "remove it; `!!str` before a value makes it text, as quotes do";
        self.problems
            .push(Problem::error(at, self.path(), message).with_hint(hint));
    }

    fn syntax_error(&mut self, error: &ScanError) {
        let mut at = self.text.point(*error.marker());
        if syntax::is_about_tab(error) {
            self.text.move_to_tab(&mut at);
        }
        self.stack.clear();
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            self.too_deep(at);
        } else {
            self.problems.push(syntax::problem(error, at));
        }
    }

    fn too_many_broken(&mut self, error: &ScanError) {
        let at = self.text.point(*error.marker());
        let message = format!(
            "{BROKEN_DOCUMENTS_MAX} documents of this file are broken; what follows is not read"
        );
        self.problems.push(Problem::error(at, "", message));
    }

    fn path(&self) -> String {
        frame::path(&self.stack)
    }
}

#[cfg(test)]
mod tests;
