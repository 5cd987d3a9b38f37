//! The values of an evaluation. Lists and strings are shared, so that copying one costs nothing
//! and the memory of an evaluation is bounded by its steps.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::expression::ExpressionError;
use super::fields::Kind;

#[derive(Debug, Clone)]
pub(super) enum Value<'s> {
    Null(Null),
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Rc<str>),
    List(Rc<[Value<'s>]>),
    Object(Object<'s>),
    /// Numbers by resource name, and the expression that they are.
    Shares(&'s Map<String, Json>, Rc<str>),
}

/// Where a null comes from: an expression that is it, or nothing for the literal.
pub(super) type Null = Option<Rc<str>>;

/// An object of the summary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'s> {
    pub(super) kind: Kind,
    /// Its key in the summary, `<namespace>/<name>`; empty for the cluster.
    pub(super) key: &'s str,
    pub(super) fields: &'s Map<String, Json>,
}

/// Why an evaluation ends without a value.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    /// It met a null, which this expression is.
    Null(Rc<str>),
    /// An operation that cannot be; `false && …` and `true || …` pass over it, as CEL has it.
    Fault(ExpressionError),
    /// An unknown name, or too much work; nothing passes over it.
    Fatal(ExpressionError),
}

pub(super) type Evaluated<T> = Result<T, Stop>;

impl Value<'_> {
    /// What it is, with an article, for messages.
    pub(super) fn phrase(&self) -> String {
        match self {
            Self::Null(_) => "null".to_owned(),
            Self::Bool(_) => "a boolean".to_owned(),
            Self::Int(_) => "an int".to_owned(),
            Self::Double(_) => "a double".to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Object(object) => phrase_of(object.kind),
            Self::Shares(..) => "a map by resource name".to_owned(),
        }
    }
}

/// One object of a kind, with an article.
pub(super) fn phrase_of(kind: Kind) -> String {
    let article = match kind {
        Kind::Arrival => "an",
        Kind::Cluster => "the",
        Kind::Job | Kind::CronJob | Kind::DaemonSet | Kind::Deployment | Kind::StatefulSet => "a",
    };
    format!("{article} {}", kind.singular())
}

/// The double nearest to `value`, as CEL's `double(int)`.
#[allow(
    clippy::cast_precision_loss,
    reason = "CEL's conversion rounds to the nearest double"
)]
pub(super) fn as_double(value: i64) -> f64 {
    value as f64
}

/// The int that `value` truncates to, if it is in range, as CEL's `int(double)`.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the range is checked; the fraction is meant to go"
)]
pub(super) fn as_int(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (-LIMIT..LIMIT).contains(&value).then_some(value as i64)
}
