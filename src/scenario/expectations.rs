//! `spec.expect`: conditions over the final summary, read when the scenario is.

use super::problem::{Position, Problem, Problems};
use super::walk::Field;
use crate::expect::Expression;

/// A condition and where it was written.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The condition.
    pub expression: Expression,
    /// Where it stands.
    pub at: Position,
}

/// Reads the list.
pub(super) fn read(items: &[Field<'_>], problems: &mut Problems) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    for item in items {
        let Some(text) = item.text(problems) else {
            continue;
        };
        match Expression::parse_condition(text) {
            Ok(expression) => expectations.push(Expectation {
                expression,
                at: item.node.at,
            }),
            Err(error) => {
                let at = within(item.node.at, text, error.offset);
                let problem = Problem::error(at, &item.path, error.message);
                problems.push(match error.hint {
                    Some(hint) => problem.with_hint(hint),
                    None => problem,
                });
            }
        }
    }
    expectations
}

/// The place `offset` bytes into a text. Where the text is not written as it is read (in quotes,
/// with escapes, over several lines), that is the place of the whole.
fn within(at: Position, text: &str, offset: usize) -> Position {
    let is_plain = at.length as usize == text.len() && text.is_char_boundary(offset);
    let (true, Ok(bytes)) = (is_plain, u32::try_from(offset)) else {
        return at;
    };
    let characters = text[..offset].chars().count();
    Position {
        column: at.column + u32::try_from(characters).unwrap_or(0),
        offset: at.offset + bytes,
        length: at.length - bytes,
        ..at
    }
}
