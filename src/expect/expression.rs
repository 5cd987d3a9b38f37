//! An expression: its text, read and checked once.

use serde_json::Value as Json;

use super::check;
use super::evaluate;
use super::fields::Kind;
use super::limits;
use super::lower;
use super::node::{Literal, Node, NodeKind};
use super::report::{self, Evaluation};

/// The stack of the thread that parses: measured, the parser takes up to 0.25 MiB for each of the
/// levels that `limits` lets through (without optimization), and `PARSER_DEPTH_MAX` of those fit
/// with room to spare. It is address space only until used.
const PARSER_STACK_BYTES: usize = 96 * 1024 * 1024;
/// The parser's own limit; what `limits` lets through stays below it.
const PARSER_DEPTH_MAX: u16 = 255;

/// A CEL expression over the summary of a run.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    root: Node,
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// The place in the text, in bytes from its start.
    pub offset: usize,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What would be right, where that can be said.
    pub hint: Option<String>,
}

/// A name of an object that the text of an expression holds literally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The kind of object that is looked up.
    pub kind: Kind,
    /// The name, `namespace/name` or glob, as CEL reads the string.
    pub text: String,
    /// Whether it is the glob of a list (`jobs('etl-*')`), which may match nothing.
    pub is_glob: bool,
    /// The place of the string in the text, in bytes from its start.
    pub offset: usize,
}

impl ExpressionError {
    pub(super) fn new(offset: usize, message: String) -> Self {
        Self {
            offset,
            message,
            hint: None,
        }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn with_optional_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

impl Expression {
    /// Reads `text`: a measure, or a condition.
    ///
    /// # Errors
    /// The first fault of the text: too long or too deep, not CEL, an unknown function, variable
    /// or field, or an operation on types that it is not made for.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Self::read(text).map(|(expression, _)| expression)
    }

    /// Reads `text` as [`Expression::parse`] does, as something that holds or does not.
    ///
    /// # Errors
    /// As [`Expression::parse`]; also where the result is certain not to be a boolean.
    pub fn parse_condition(text: &str) -> Result<Self, ExpressionError> {
        let (expression, result) = Self::read(text)?;
        if result.may_be_bool() {
            return Ok(expression);
        }
        Err(ExpressionError::new(
            0,
            format!(
                "an expectation is true or false; this is {}",
                result.phrase()
            ),
        )
        .with_hint("compare it, as in job('etl').retries <= 3"))
    }

    fn read(text: &str) -> Result<(Self, check::Type), ExpressionError> {
        limits::check(text)?;
        let root = on_parser_stack(|| parse(text))??;
        let result = check::check(&root)?;
        Ok((
            Self {
                text: text.to_owned(),
                root,
            },
            result,
        ))
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of objects that the text holds literally, in its order.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        self.root.visit(&mut |node| {
            let (kind, name, is_glob) = if let NodeKind::Object { kind, name } = &node.kind {
                (*kind, name, false)
            } else if let NodeKind::Objects { kind, pattern } = &node.kind {
                (*kind, pattern, true)
            } else {
                return;
            };
            if let NodeKind::Literal(Literal::Text(text)) = &name.kind {
                found.push(Reference {
                    kind,
                    text: text.clone(),
                    is_glob,
                    offset: name.at,
                });
            }
        });
        found
    }

    /// Evaluates a condition over `summary`, the content of a `summary.json`.
    ///
    /// Both sides of `&&` and `||` are looked at, so an unknown name is an error wherever it
    /// stands; only the branch of a conditional (`?:`) that is not taken is passed over.
    pub fn evaluate(&self, summary: &Json) -> Evaluation {
        report::evaluate(&self.root, summary)
    }

    /// Evaluates a measure over `summary`: its value, or `None` where it is null or met a null
    /// (or is a double that is not finite, such as a division by zero).
    ///
    /// # Errors
    /// An unknown or ambiguous name, an operation on types that it is not made for, too much work
    /// (more than five million steps), or a result that is an object.
    pub fn evaluate_value(&self, summary: &Json) -> Result<Option<Json>, ExpressionError> {
        evaluate::measure(&self.root, summary)
    }
}

/// Runs `read` on a stack that is large enough for the parser's recursion.
fn on_parser_stack<T: Send>(read: impl FnOnce() -> T + Send) -> Result<T, ExpressionError> {
    let refused = |why: &str| ExpressionError::new(0, format!("cannot read the expression: {why}"));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("expression".to_owned())
            .stack_size(PARSER_STACK_BYTES)
            .spawn_scoped(scope, read)
            .map_err(|error| refused(&error.to_string()))?;
        thread.join().map_err(|_| refused("the parser failed"))
    })
}

fn parse(text: &str) -> Result<Node, ExpressionError> {
    // An environment without the standard library expands no macros: comprehensions stay calls.
    let parser = cel::Env::default()
        .with_optional_support(false)
        .parser()
        .max_recursion_depth(PARSER_DEPTH_MAX);
    match parser.parse_with_source_info(text) {
        Ok((root, source)) => lower::lower(&root, &source, text),
        Err(errors) => Err(syntax_error(&errors, text)),
    }
}

/// The first of the parser's complaints, in words for a person.
fn syntax_error(errors: &cel::ParseErrors, text: &str) -> ExpressionError {
    // What it says of its own tree comes of what it says of the text.
    let of_text = errors
        .errors
        .iter()
        .find(|error| error.msg.starts_with("Syntax error: "));
    let Some(first) = of_text.or(errors.errors.first()) else {
        return ExpressionError::new(0, "not a CEL expression".to_owned());
    };
    let offset = offset_of(text, first.pos);
    let message = first
        .msg
        .strip_prefix("Syntax error: ")
        .unwrap_or(&first.msg);
    let rest = &text[offset..];
    let message = if rest.trim().is_empty() {
        "unexpected end of the expression".to_owned()
    } else if let Some(missing) = message.strip_prefix("missing ") {
        let what = missing.split(" at ").next().unwrap_or(missing);
        format!("missing {what} before '{}'", word_at(rest))
    } else if message.starts_with("reserved identifier") {
        format!("'{}' is a reserved word of CEL", word_at(rest))
    } else if message.starts_with("unsupported syntax") || message.starts_with("invalid ") {
        message.to_owned()
    } else {
        format!("unexpected '{}'", word_at(rest))
    };
    ExpressionError::new(offset, message).with_optional_hint(syntax_hint(text, offset))
}

fn syntax_hint(text: &str, offset: usize) -> Option<String> {
    let after_number = text[..offset].ends_with(|before: char| before.is_ascii_digit());
    let hint = match word_at(&text[offset..]) {
        "=" => "write == to compare",
        "and" | "AND" | "&" => "write && for 'and'",
        "or" | "OR" | "|" => "write || for 'or'",
        "not" | "NOT" => "write ! for 'not'",
        "ms" | "s" | "m" | "h" | "d" if after_number => {
            "a time is a number of seconds: 3600.0 is an hour"
        }
        "`" => "index a field whose name is no identifier: x[\"a-b\"]",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The byte offset of a line and a column (both from 1, columns in characters).
fn offset_of(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = &text[start..];
    start
        + rest
            .char_indices()
            .nth(column - 1)
            .map_or(rest.len(), |(offset, _)| offset)
}

/// The identifier or number that `rest` starts with, or its first character.
fn word_at(rest: &str) -> &str {
    let word = rest
        .find(|next: char| !(next.is_alphanumeric() || next == '_'))
        .unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    &rest[..word.max(first).min(rest.len())]
}
