//! Expectations and measures: CEL expressions over the final summary of a run.
//!
//! An expression is read once ([`Expression::parse`]), with every name in it that does not depend
//! on a run checked there, and evaluated over as many summaries as there are. The `cel` crate reads
//! the text; the evaluation is this module's own. Three promises ask for that: a null is
//! neither true nor false and the report names it, an unknown name or field is an error that no
//! `||` hides, and the work of one evaluation is bounded whatever its text says.
//!
//! Left out on purpose: clocks, time stamps and durations (times are seconds), regular
//! expressions, byte strings, map literals and messages.
//!
//! ```
//! use podtime::expect::{Evaluation, Expression};
//!
//! let summary = serde_json::json!({"jobs": {"default/etl": {"complete": true, "retries": 5}}});
//! let expression = Expression::parse("job('etl').complete && job('etl').retries <= 3").unwrap();
//! let Evaluation::NotHeld { values } = expression.evaluate(&summary) else { panic!() };
//! assert_eq!(values[1], ("job('etl').retries".to_owned(), 5.into()));
//! ```

mod aggregate;
mod call;
mod check;
mod evaluate;
mod expression;
mod fields;
mod limits;
mod lookup;
mod lower;
mod node;
mod operators;
mod render;
mod report;
mod value;

pub use aggregate::percentile;
pub use expression::{Expression, ExpressionError, Reference};
pub use fields::{Field, FieldType, Kind};
pub use report::Evaluation;

#[cfg(test)]
mod tests;
