//! The parser's marks as positions in the text.

use super::{Position, SourceId, yaml};

/// A text and its name in positions.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) source: SourceId,
    pub(super) text: &'a str,
}

impl<'a> Text<'a> {
    /// What stands at a position.
    pub(super) fn at(self, at: Position) -> &'a str {
        let start = at.offset as usize;
        let end = start + at.length as usize;
        self.text.get(start..end).unwrap_or("")
    }

    /// The position of a scalar or alias; of its first line, if it has several.
    pub(super) fn position(self, span: yaml::Span) -> Position {
        let mut at = self.point(span.start);
        let end = span.end.byte_offset().unwrap_or(0);
        at.length = narrow(end.saturating_sub(at.offset as usize));
        if let Some(line_end) = self.at(at).find(['\n', '\r']) {
            at.length = narrow(line_end);
        }
        at
    }

    /// The first character of a list or map, before its end is known. `map` is the position of
    /// the block map that a list is a value of.
    pub(super) fn opening(self, span: yaml::Span, map: Option<Position>) -> Position {
        let mut at = self.point(span.start);
        if let Some(map) = map {
            self.move_to_dash(&mut at, map);
        }
        let rest = self.text.get(at.offset as usize..).unwrap_or("");
        at.length = rest.chars().next().map_or(0, |c| narrow(c.len_utf8()));
        at
    }

    /// An empty position at a mark.
    pub(super) fn point(self, marker: yaml::Marker) -> Position {
        Position {
            source: self.source,
            line: narrow(marker.line()),
            column: narrow(marker.col() + 1),
            offset: narrow(marker.byte_offset().unwrap_or(0)),
            length: 0,
        }
    }

    /// Whether a map in flow style begins here that is the first thing in another one.
    pub(super) fn is_doubled_brace(self, at: Position) -> bool {
        let (before, rest) = self
            .text
            .split_at_checked(at.offset as usize)
            .unwrap_or_default();
        before.ends_with('{') && rest.starts_with('{')
    }

    /// The parser has read tabs before it refuses them; the place of the fault is the first one.
    pub(super) fn move_to_tab(self, at: &mut Position) {
        let before = self.text.get(..at.offset as usize).unwrap_or("");
        let tabs = narrow(before.len() - before.trim_end_matches('\t').len());
        let tabs = tabs.min(at.column - 1);
        at.offset -= tabs;
        at.column -= tabs;
    }

    /// The parser reports a list whose dashes stand right below the key of its map at its first
    /// item; its place is the first dash.
    fn move_to_dash(self, at: &mut Position, map: Position) {
        // What stands before the item is then ASCII, and columns are bytes. Looking for the start
        // of the line would take quadratic time in a text of one long line.
        let end = at.offset as usize;
        let indent = map.column as usize - 1;
        let line_start = end.saturating_sub(at.column as usize - 1);
        let line = self.text.get(line_start..end).unwrap_or("");
        if line.find(|c| c != ' ') == Some(indent) && line[indent..].starts_with('-') {
            at.column = map.column;
            at.offset = narrow(line_start + indent);
        }
    }
}

/// `opening` made longer, up to the end of the list or map, if that is on the same line.
pub(super) fn closing(opening: Position, span: yaml::Span) -> Position {
    let mut at = opening;
    let end = span.end.byte_offset().unwrap_or(0);
    if narrow(span.end.line()) == at.line && end > at.offset as usize {
        at.length = narrow(end - at.offset as usize);
    }
    at
}

/// Offsets within a text fit in 32 bits, see [`crate::scenario::source::FILE_BYTES_MAX`].
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
