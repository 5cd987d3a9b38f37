//! Calls and comprehensions: the parts of the evaluation that work on whole lists and strings.

use std::rc::Rc;

use super::aggregate::aggregate;
use super::evaluate::{Evaluator, fault, length, needs};
use super::node::{Comprehension, Form, Function, Node};
use super::render::{quote, render};
use super::value::{Evaluated, Value, as_double, as_int};

impl<'s> Evaluator<'s> {
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &[Node],
        node: &Node,
    ) -> Evaluated<Value<'s>> {
        let [first, rest @ ..] = arguments else {
            return fault(node.at, format!("{}() needs an argument", function.name()));
        };
        match function {
            Function::Size => self.size(first, node.at),
            Function::Int | Function::Double | Function::Text => {
                let value = self.operand(first)?;
                self.charge(length(&value), node.at)?;
                convert(function, &value, node.at)
            }
            Function::Contains => self.texts(arguments, node.at, |text, part| text.contains(part)),
            Function::StartsWith => {
                self.texts(arguments, node.at, |text, part| text.starts_with(part))
            }
            Function::EndsWith => self.texts(arguments, node.at, |text, part| text.ends_with(part)),
            Function::Sum
            | Function::Mean
            | Function::Min
            | Function::Max
            | Function::Percentile => {
                let list = self.list(first)?;
                let percent = rest
                    .first()
                    .map(|percent| self.operand(percent))
                    .transpose()?;
                // Sorting looks at each element a few times.
                self.charge(
                    list.len()
                        .saturating_mul(if percent.is_some() { 4 } else { 1 }),
                    node.at,
                )?;
                aggregate(function, &list, percent.as_ref(), node.at, || {
                    render(node, &[])
                })
            }
        }
    }

    fn size(&mut self, of: &Node, at: usize) -> Evaluated<Value<'s>> {
        let value = self.operand(of)?;
        if let Value::List(list) = value {
            return Ok(count(list.len()));
        }
        let Value::Text(text) = value else {
            return needs("a list or a string", &value, at);
        };
        self.charge(text.len(), at)?;
        Ok(count(text.chars().count()))
    }

    /// What `ask` says of a string and a part of it.
    fn texts(
        &mut self,
        arguments: &[Node],
        at: usize,
        ask: impl FnOnce(&str, &str) -> bool,
    ) -> Evaluated<Value<'s>> {
        let [text, part] = arguments else {
            return fault(at, "needs a string and a part of it".to_owned());
        };
        let (text, part): (Rc<str>, Rc<str>) = (self.text(text)?, self.text(part)?);
        self.charge(text.len() + part.len(), at)?;
        Ok(Value::Bool(ask(&text, &part)))
    }

    pub(super) fn comprehension(
        &mut self,
        comprehension: &Comprehension,
        at: usize,
    ) -> Evaluated<Value<'s>> {
        let range = self.list(&comprehension.range)?;
        self.charge(range.len(), at)?;
        let elements = range.iter();
        let holds = |own: &mut Self, element: &Value<'s>| {
            own.with(comprehension, element, |own| {
                own.boolean(&comprehension.body)
            })
        };
        match comprehension.form {
            Form::All => self.decide(elements, false, holds).map(Value::Bool),
            Form::Exists => self.decide(elements, true, holds).map(Value::Bool),
            Form::ExistsOne => {
                let mut found = 0_usize;
                for element in elements {
                    found += usize::from(holds(self, element)?);
                }
                Ok(Value::Bool(found == 1))
            }
            Form::Filter => {
                let mut kept = Vec::new();
                for element in elements {
                    if holds(self, element)? {
                        kept.push(element.clone());
                    }
                }
                Ok(Value::List(kept.into()))
            }
            Form::Map => {
                let mut mapped = Vec::new();
                for element in elements {
                    let value =
                        self.with(comprehension, element, |own| match &comprehension.filter {
                            Some(filter) if !own.boolean(filter)? => Ok(None),
                            _ => own.value(&comprehension.body).map(Some),
                        })?;
                    mapped.extend(value);
                }
                Ok(Value::List(mapped.into()))
            }
        }
    }
}

fn count<'s>(count: usize) -> Value<'s> {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `int(x)`, `double(x)` and `string(x)`.
fn convert<'s>(function: Function, value: &Value<'s>, at: usize) -> Evaluated<Value<'s>> {
    let converted = match (function, value) {
        (Function::Int, Value::Int(_))
        | (Function::Double, Value::Double(_))
        | (Function::Text, Value::Text(_)) => Some(value.clone()),
        (Function::Int, Value::Double(value)) => as_int(*value).map(Value::Int),
        (Function::Int, Value::Text(text)) => text.parse().ok().map(Value::Int),
        (Function::Double, Value::Int(value)) => Some(Value::Double(as_double(*value))),
        (Function::Double, Value::Text(text)) => text.parse().ok().map(Value::Double),
        (Function::Text, Value::Bool(value)) => Some(Value::Text(value.to_string().into())),
        (Function::Text, Value::Int(value)) => Some(Value::Text(value.to_string().into())),
        (Function::Text, Value::Double(value)) => Some(Value::Text(value.to_string().into())),
        _ => None,
    };
    converted.map_or_else(
        || {
            let what = if let Value::Text(text) = value
                && text.len() <= 100
            {
                quote(text)
            } else {
                value.phrase()
            };
            fault(at, format!("{}() cannot convert {what}", function.name()))
        },
        Ok,
    )
}
