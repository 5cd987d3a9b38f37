//! The evaluation of an expression over one summary, in a bounded number of steps.
//!
//! Differs: from CEL in four ways. An operation on a null stops with the null and is
//! absorbed by `&&`, `||`, `all` and `exists` as CEL absorbs errors; comparing with the literal
//! `null` works, and so does `has`. Both sides of `&&` and `||` are evaluated, and an unknown name
//! is an error from either. Field names are checked, so a misspelt one is never just absent.
//! The work is counted, and too much of it is an error.

use std::rc::Rc;

use serde_json::Value as Json;

use super::expression::ExpressionError;
use super::fields::Kind;
use super::lookup;
use super::node::{Comprehension, Literal, Node, NodeKind, Operator};
use super::operators::{arithmetic, equal, ordered};
use super::render::render;
use super::value::{Evaluated, Object, Stop, Value};

/// The most steps that an evaluation takes: one for each node and element that it looks at, and
/// more for what is long. A second or so, and at most some hundred megabytes.
const STEPS_MAX: usize = 5_000_000;

/// The value of a measure.
pub(super) fn measure(root: &Node, summary: &Json) -> Result<Option<Json>, ExpressionError> {
    let mut evaluator = Evaluator::new(summary);
    match evaluator
        .operand(root)
        .and_then(|value| evaluator.json_of(&value, root.at))
    {
        // A double that is not finite has no JSON.
        Ok(Json::Null) | Err(Stop::Null(_)) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(Stop::Fault(error) | Stop::Fatal(error)) => Err(error),
    }
}

pub(super) struct Evaluator<'s> {
    summary: &'s Json,
    steps_left: usize,
    /// The variables of the comprehensions around, innermost last.
    variables: Vec<(String, Value<'s>)>,
}

impl<'s> Evaluator<'s> {
    pub(super) fn new(summary: &'s Json) -> Self {
        Self {
            summary,
            steps_left: STEPS_MAX,
            variables: Vec::new(),
        }
    }

    /// The value of `node`, which may be null.
    pub(super) fn value(&mut self, node: &Node) -> Evaluated<Value<'s>> {
        self.charge(1, node.at)?;
        match &node.kind {
            NodeKind::Literal(literal) => self.literal(literal, node.at),
            NodeKind::Variable(name) => {
                let known = self
                    .variables
                    .iter()
                    .rev()
                    .find(|(variable, _)| variable == name);
                known.map(|(_, value)| value.clone()).ok_or_else(|| {
                    Stop::Fatal(ExpressionError::new(
                        node.at,
                        format!("unknown variable '{name}'"),
                    ))
                })
            }
            NodeKind::Cluster => self.cluster(node.at),
            NodeKind::Object { kind, name } => self.object(*kind, name),
            NodeKind::Objects { kind, pattern } => self.objects(*kind, pattern),
            NodeKind::Field { of, field } => self.field(of, field, node.at),
            NodeKind::Has { of, field } => Ok(Value::Bool(!matches!(
                self.field(of, field, node.at)?,
                Value::Null(_)
            ))),
            NodeKind::Index { of, index } => self.index(of, index, node.at),
            NodeKind::Not(of) => Ok(Value::Bool(!self.boolean(of)?)),
            NodeKind::Negate(of) => self.negate(of, node.at),
            NodeKind::And(terms) => self.decide(terms, false, Self::boolean).map(Value::Bool),
            NodeKind::Or(terms) => self.decide(terms, true, Self::boolean).map(Value::Bool),
            NodeKind::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, left, right, node.at),
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                if self.boolean(condition)? {
                    self.value(then)
                } else {
                    self.value(otherwise)
                }
            }
            NodeKind::List(elements) => {
                let elements: Evaluated<Vec<_>> =
                    elements.iter().map(|element| self.value(element)).collect();
                Ok(Value::List(elements?.into()))
            }
            NodeKind::Call {
                function,
                arguments,
            } => self.call(*function, arguments, node),
            NodeKind::Comprehension(comprehension) => self.comprehension(comprehension, node.at),
        }
    }

    /// The value of `node`, where a null stops.
    pub(super) fn operand(&mut self, node: &Node) -> Evaluated<Value<'s>> {
        let value = self.value(node)?;
        let Value::Null(origin) = value else {
            return Ok(value);
        };
        Err(Stop::Null(
            origin.unwrap_or_else(|| render(node, &[]).into()),
        ))
    }

    pub(super) fn boolean(&mut self, node: &Node) -> Evaluated<bool> {
        let value = self.operand(node)?;
        let Value::Bool(value) = value else {
            return needs("a boolean", &value, node.at);
        };
        Ok(value)
    }

    pub(super) fn text(&mut self, node: &Node) -> Evaluated<Rc<str>> {
        let value = self.operand(node)?;
        let Value::Text(text) = value else {
            return needs("a string", &value, node.at);
        };
        Ok(text)
    }

    pub(super) fn list(&mut self, node: &Node) -> Evaluated<Rc<[Value<'s>]>> {
        let value = self.operand(node)?;
        let Value::List(list) = value else {
            return needs("a list", &value, node.at);
        };
        Ok(list)
    }

    pub(super) fn charge(&mut self, steps: usize, at: usize) -> Evaluated<()> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => Err(Stop::Fatal(
                ExpressionError::new(
                    at,
                    format!("the expression takes more than {STEPS_MAX} steps"),
                )
                .with_hint("put fewer lists inside one another"),
            )),
        }
    }

    fn literal(&mut self, literal: &Literal, at: usize) -> Evaluated<Value<'s>> {
        Ok(match literal {
            Literal::Null => Value::Null(None),
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Int(value) => Value::Int(*value),
            Literal::Double(value) => Value::Double(*value),
            Literal::Text(text) => {
                self.charge(text.len(), at)?;
                Value::Text(text.as_str().into())
            }
        })
    }

    fn cluster(&self, at: usize) -> Evaluated<Value<'s>> {
        let fields = self
            .summary
            .get(Kind::Cluster.singular())
            .and_then(Json::as_object);
        let missing = || {
            Stop::Fatal(ExpressionError::new(
                at,
                "the summary has no cluster".to_owned(),
            ))
        };
        Ok(Value::Object(Object {
            kind: Kind::Cluster,
            key: "",
            fields: fields.ok_or_else(missing)?,
        }))
    }

    fn object(&mut self, kind: Kind, name: &Node) -> Evaluated<Value<'s>> {
        let text = self.text(name)?;
        if !text.contains('/') {
            let all = lookup::section(self.summary, kind).map_or(0, serde_json::Map::len);
            self.charge(all / 8, name.at)?;
        }
        lookup::object(self.summary, kind, &text, name.at).map(Value::Object)
    }

    fn objects(&mut self, kind: Kind, pattern: &Node) -> Evaluated<Value<'s>> {
        let text = self.text(pattern)?;
        let all = lookup::section(self.summary, kind).map_or(0, serde_json::Map::len);
        // A long pattern may be tried at each character of a name.
        self.charge(all.saturating_mul(1 + text.len() / 16), pattern.at)?;
        let found = lookup::objects(self.summary, kind, &text);
        Ok(Value::List(found.into_iter().map(Value::Object).collect()))
    }

    fn field(&mut self, of: &Node, field: &str, at: usize) -> Evaluated<Value<'s>> {
        let value = self.operand(of)?;
        let Value::Object(object) = value else {
            return fault(at, format!("{} has no field '{field}'", value.phrase()));
        };
        lookup::field(&object, field, at)
    }

    fn index(&mut self, of: &Node, index: &Node, at: usize) -> Evaluated<Value<'s>> {
        let (of, place) = (self.operand(of)?, self.operand(index)?);
        match (&of, &place) {
            (Value::List(list), Value::Int(place)) => {
                let found = usize::try_from(*place)
                    .ok()
                    .and_then(|place| list.get(place));
                found.map_or_else(
                    || {
                        fault(
                            index.at,
                            format!("no element {place} in a list of {}", list.len()),
                        )
                    },
                    |found| Ok(found.clone()),
                )
            }
            (Value::Object(object), Value::Text(field)) => lookup::field(object, field, index.at),
            (Value::Shares(shares, text), Value::Text(resource)) => {
                lookup::share(shares, text, resource, index.at)
            }
            _ => fault(
                at,
                format!("{} cannot be indexed by {}", of.phrase(), place.phrase()),
            ),
        }
    }

    fn negate(&mut self, of: &Node, at: usize) -> Evaluated<Value<'s>> {
        let value = self.operand(of)?;
        if let Value::Double(value) = value {
            return Ok(Value::Double(-value));
        }
        let Value::Int(value) = value else {
            return needs("a number", &value, at);
        };
        match value.checked_neg() {
            Some(value) => Ok(Value::Int(value)),
            None => fault(at, format!("-({value}) is too large for an int")),
        }
    }

    /// `&&`, `||`, `all` and `exists`: `decisive` if it is the value of any of `parts`, whatever
    /// stopped others of them; else what stopped one; else its opposite.
    pub(super) fn decide<P>(
        &mut self,
        parts: impl IntoIterator<Item = P>,
        decisive: bool,
        mut judge: impl FnMut(&mut Self, P) -> Evaluated<bool>,
    ) -> Evaluated<bool> {
        let mut decided = false;
        let mut stopped = None;
        for part in parts {
            match judge(self, part) {
                Ok(value) => decided |= value == decisive,
                Err(Stop::Fatal(error)) => return Err(Stop::Fatal(error)),
                Err(stop) => {
                    // A fault says more than a null does; of two of a kind, the first counts.
                    let says_more =
                        matches!((&stopped, &stop), (Some(Stop::Null(_)), Stop::Fault(_)));
                    if says_more || stopped.is_none() {
                        stopped = Some(stop);
                    }
                }
            }
        }
        match stopped {
            _ if decided => Ok(decisive),
            Some(stop) => Err(stop),
            None => Ok(!decisive),
        }
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Node,
        right: &Node,
        at: usize,
    ) -> Evaluated<Value<'s>> {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        if is_equality && (is_null_literal(left) || is_null_literal(right)) {
            let both = [self.value(left)?, self.value(right)?];
            let equal = both.iter().all(|value| matches!(value, Value::Null(_)));
            return Ok(Value::Bool(equal == (operator == Operator::Equal)));
        }
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        match operator {
            Operator::Equal => self.equal(&left, &right, at).map(Value::Bool),
            Operator::NotEqual => self
                .equal(&left, &right, at)
                .map(|equal| Value::Bool(!equal)),
            Operator::In => self.contained(&left, &right, at).map(Value::Bool),
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                ordered(operator, &left, &right, at).map(Value::Bool)
            }
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Modulo => {
                self.charge(length(&left) + length(&right), at)?;
                arithmetic(operator, &left, &right, at)
            }
        }
    }

    fn equal(&mut self, left: &Value<'s>, right: &Value<'s>, at: usize) -> Evaluated<bool> {
        self.charge(length(left).min(length(right)), at)?;
        equal(left, right, &mut || self.charge(1, at))
    }

    fn contained(
        &mut self,
        element: &Value<'s>,
        container: &Value<'s>,
        at: usize,
    ) -> Evaluated<bool> {
        match (element, container) {
            (_, Value::List(list)) => {
                for candidate in list.iter() {
                    if self.equal(element, candidate, at)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Value::Text(resource), Value::Shares(shares, _)) => {
                Ok(shares.contains_key(&**resource))
            }
            _ => fault(
                at,
                format!(
                    "'in' is not made for {} and {}",
                    element.phrase(),
                    container.phrase()
                ),
            ),
        }
    }

    /// Runs `look` with the variable of `comprehension` standing for `element`.
    pub(super) fn with<T>(
        &mut self,
        comprehension: &Comprehension,
        element: &Value<'s>,
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.enter(comprehension, element);
        let result = look(self);
        self.leave();
        result
    }

    /// Makes the variable of `comprehension` stand for `element`, until `leave`.
    pub(super) fn enter(&mut self, comprehension: &Comprehension, element: &Value<'s>) {
        self.variables
            .push((comprehension.variable.clone(), element.clone()));
    }

    /// Ends what the last `enter` began.
    pub(super) fn leave(&mut self) {
        self.variables.pop();
    }

    /// `value` as JSON; a double that is not finite is null there.
    pub(super) fn json_of(&mut self, value: &Value<'s>, at: usize) -> Evaluated<Json> {
        self.charge(1 + length(value), at)?;
        Ok(match value {
            Value::Null(_) => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Double(value) => (*value).into(),
            Value::Text(text) => (&**text).into(),
            Value::List(list) => {
                let elements: Evaluated<Vec<_>> = list
                    .iter()
                    .map(|element| self.json_of(element, at))
                    .collect();
                Json::Array(elements?)
            }
            Value::Object(_) | Value::Shares(..) => {
                let error =
                    ExpressionError::new(at, format!("{} is no value of its own", value.phrase()));
                return Err(Stop::Fault(error.with_hint("name a field of it")));
            }
        })
    }
}

pub(super) fn fault<T>(at: usize, message: String) -> Evaluated<T> {
    Err(Stop::Fault(ExpressionError::new(at, message)))
}

/// The fault of a value that is not what its place asks for.
pub(super) fn needs<T>(wanted: &str, found: &Value<'_>, at: usize) -> Evaluated<T> {
    fault(at, format!("needs {wanted} here, not {}", found.phrase()))
}

const fn is_null_literal(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Literal(Literal::Null))
}

/// What copying or scanning a value costs beyond a step.
pub(super) fn length(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Null(_)
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Double(_)
        | Value::Object(_)
        | Value::Shares(..) => 0,
    }
}
