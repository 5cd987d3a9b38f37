//! Lists and maps that are still open while a text is read.

use std::collections::BTreeMap;

use super::{Key, Node, Path, Position, Segment};

/// A list or map that is still open.
pub(super) struct Frame {
    pub(super) at: Position,
    pub(super) anchor: usize,
    pub(super) content: Content,
    pub(super) size: Size,
}

pub(super) enum Content {
    List(Vec<Node>),
    Map(Entries),
}

#[derive(Default)]
pub(super) struct Entries {
    pub(super) list: Vec<(Key, Node)>,
    /// Where in `list` each name is; keeps a map of many keys from taking quadratic time.
    pub(super) places: BTreeMap<String, usize>,
    /// The key whose value comes next.
    pub(super) pending: Option<Pending>,
    pub(super) merged: Vec<Node>,
}

pub(super) enum Pending {
    Key(Key),
    /// `<<`: the value is a map, or a list of maps, to take entries from.
    Merge,
    /// The key was refused, and its value is read and dropped. Holds a name for paths.
    Dropped(String),
}

/// What it takes to copy a subtree.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) cost: usize,
    pub(super) values: usize,
    /// Levels of lists and maps; 0 for a scalar.
    pub(super) height: usize,
}

impl Size {
    pub(super) fn add(&mut self, part: Size) {
        self.cost = self.cost.saturating_add(part.cost);
        self.values = self.values.saturating_add(part.values);
        self.height = self.height.max(part.height + 1);
    }
}

/// The path of the value that comes next, given the open lists and maps from the outermost on.
pub(super) fn path(stack: &[Frame]) -> String {
    let mut segments = Vec::new();
    for frame in stack {
        match &frame.content {
            Content::List(items) => segments.push(Segment::Index(items.len())),
            Content::Map(entries) => match &entries.pending {
                Some(Pending::Key(key)) => segments.push(Segment::Key(key.name.clone())),
                Some(Pending::Merge) => segments.push(Segment::Key(String::from("<<"))),
                Some(Pending::Dropped(name)) => segments.push(Segment::Key(name.clone())),
                None => {}
            },
        }
    }
    Path(segments).to_string()
}
