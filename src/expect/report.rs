//! What became of an expectation, with the values that decided it.

use std::fmt;

use serde_json::Value as Json;

use super::evaluate::Evaluator;
use super::expression::ExpressionError;
use super::lookup::object_text;
use super::node::{Comprehension, Form, Node, NodeKind};
use super::render::render;
use super::value::{Stop, Value};

/// The most values that a report names.
const VALUES_MAX: usize = 20;
/// The most elements of a list that a report goes into.
const ELEMENTS_MAX: usize = 5;
/// The longest list that a report shows.
const LIST_MAX: usize = 10;

/// What became of an expectation.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluation {
    /// It is true.
    Held,
    /// It is false.
    NotHeld {
        /// The parts of it that come from the summary, in the order of the text, each with its
        /// value: `job('a').retries` is 5. Of an `all` or `exists`, those of the first few
        /// elements at fault, which are named (`job('batch/etl-3').complete`).
        values: Vec<(String, Json)>,
    },
    /// It needs a value that is null, so it is not held.
    Null {
        /// The expression that is null, its object under its full name.
        which: String,
    },
    /// It names something that is not there, or does what cannot be done.
    Error(ExpressionError),
}

impl Evaluation {
    /// Whether it is true.
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Held)
    }
}

impl fmt::Display for Evaluation {
    /// One line: `not held: job('a').retries is 5`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => write!(out, "held"),
            Self::NotHeld { values } => {
                write!(out, "not held")?;
                for (index, (text, value)) in values.iter().enumerate() {
                    write!(
                        out,
                        "{} {text} is {value}",
                        if index == 0 { ":" } else { "," }
                    )?;
                }
                Ok(())
            }
            Self::Null { which } => write!(out, "not held: {which} is null"),
            Self::Error(error) => match &error.hint {
                Some(hint) => write!(out, "{} ({hint})", error.message),
                None => write!(out, "{}", error.message),
            },
        }
    }
}

/// Evaluates a condition.
pub(super) fn evaluate(root: &Node, summary: &Json) -> Evaluation {
    let error = match Evaluator::new(summary).operand(root) {
        Ok(Value::Bool(true)) => return Evaluation::Held,
        Ok(Value::Bool(false)) => {
            let mut values = Values {
                evaluator: Evaluator::new(summary),
                names: Vec::new(),
                found: Vec::new(),
            };
            values.collect(root);
            return Evaluation::NotHeld {
                values: values.found,
            };
        }
        Err(Stop::Null(which)) => {
            return Evaluation::Null {
                which: which.to_string(),
            };
        }
        Err(Stop::Fault(error) | Stop::Fatal(error)) => error,
        Ok(other) => {
            let message = format!(
                "an expectation is true or false; this is {}",
                other.phrase()
            );
            ExpressionError::new(0, message).with_hint("compare it, as in job('etl').retries <= 3")
        }
    };
    Evaluation::Error(error)
}

/// Collects the values in an expression that is false. Its own evaluator bounds the work again;
/// what that cuts off, and what stops, is left out.
struct Values<'s> {
    evaluator: Evaluator<'s>,
    /// What variables are written as.
    names: Vec<(String, String)>,
    found: Vec<(String, Json)>,
}

impl<'s> Values<'s> {
    fn collect(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Literal(_) | NodeKind::Cluster => {}
            NodeKind::And(nodes) | NodeKind::Or(nodes) | NodeKind::List(nodes) => {
                for node in nodes {
                    self.collect(node);
                }
            }
            NodeKind::Not(of) | NodeKind::Negate(of) => self.collect(of),
            NodeKind::Binary { left, right, .. } => {
                self.collect(left);
                self.collect(right);
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.collect(condition);
                if let Ok(Value::Bool(taken)) = self.evaluator.value(condition) {
                    self.collect(if taken { then } else { otherwise });
                }
            }
            NodeKind::Comprehension(comprehension)
                if matches!(comprehension.form, Form::All | Form::Exists) =>
            {
                self.collect_elements(comprehension, node);
            }
            NodeKind::Comprehension(_)
            | NodeKind::Variable(_)
            | NodeKind::Object { .. }
            | NodeKind::Objects { .. }
            | NodeKind::Field { .. }
            | NodeKind::Has { .. }
            | NodeKind::Index { .. }
            | NodeKind::Call { .. } => self.add(node),
        }
    }

    fn add(&mut self, node: &Node) {
        if self.found.len() >= VALUES_MAX {
            return;
        }
        let text = render(node, &self.names);
        if self.found.iter().any(|(known, _)| *known == text) {
            return;
        }
        let Ok(value) = self.evaluator.value(node) else {
            return;
        };
        let is_short = match &value {
            Value::List(list) => list.len() <= LIST_MAX,
            Value::Null(_) | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Text(_) => {
                true
            }
            Value::Object(_) | Value::Shares(..) => false,
        };
        if !is_short {
            return;
        }
        if let Ok(value) = self.evaluator.json_of(&value, node.at) {
            self.found.push((text, value));
        }
    }

    /// The values in the body for the elements at fault: those for which an `all` or `exists` that
    /// is false is not true.
    fn collect_elements(&mut self, comprehension: &Comprehension, node: &Node) {
        let Ok(Value::List(list)) = self.evaluator.value(&comprehension.range) else {
            return;
        };
        let is_true = matches!(self.evaluator.value(node), Ok(Value::Bool(true)));
        if is_true {
            return self.add(node);
        }
        let mut at_fault = 0;
        for element in list.iter() {
            let held = self
                .evaluator
                .with(comprehension, element, |own| own.value(&comprehension.body));
            if matches!(held, Ok(Value::Bool(true))) {
                continue;
            }
            at_fault += 1;
            if at_fault > ELEMENTS_MAX {
                break;
            }
            self.collect_element(comprehension, element);
        }
        if list.is_empty() {
            self.add(node);
        }
    }

    fn collect_element(&mut self, comprehension: &Comprehension, element: &Value<'s>) {
        let stands_for = match element {
            Value::Object(object) => object_text(object),
            Value::Null(_)
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Double(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Shares(..) => comprehension.variable.clone(),
        };
        self.names
            .push((comprehension.variable.clone(), stands_for));
        self.evaluator.enter(comprehension, element);
        self.collect(&comprehension.body);
        self.evaluator.leave();
        self.names.pop();
    }
}
