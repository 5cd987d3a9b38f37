//! The static check: the type of every part as far as the text says it. What is certain to fail on
//! every summary is an error before any run; what depends on the summary is left to the evaluation.

use super::expression::ExpressionError;
use super::fields::{FieldType, Kind};
use super::lookup::unknown_field;
use super::node::{Comprehension, Form, Function, Literal, Node, NodeKind, Operator};
use super::value::phrase_of;

/// What is known of a value before a run; any of them may also be null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Any,
    Null,
    Bool,
    Int,
    Double,
    Text,
    List(Box<Type>),
    Object(Kind),
    Shares,
}

type Checked<T = Type> = Result<T, ExpressionError>;

/// The type of the whole of `root`.
pub(super) fn check(root: &Node) -> Checked {
    Checker {
        variables: Vec::new(),
    }
    .type_of(root)
}

impl Type {
    pub(super) const fn may_be_bool(&self) -> bool {
        matches!(self, Self::Any | Self::Bool)
    }

    const fn may_be_text(&self) -> bool {
        matches!(self, Self::Any | Self::Text)
    }

    const fn may_be_number(&self) -> bool {
        matches!(self, Self::Any | Self::Int | Self::Double)
    }

    /// The type of the elements of a list.
    fn element(&self) -> Option<Self> {
        if *self == Self::Any {
            return Some(Self::Any);
        }
        let Self::List(element) = self else {
            return None;
        };
        Some((**element).clone())
    }

    const fn object_kind(&self) -> Option<Kind> {
        let Self::Object(kind) = self else {
            return None;
        };
        Some(*kind)
    }

    /// What it is, with an article.
    pub(super) fn phrase(&self) -> String {
        match self {
            Self::Any => "anything".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Int => "an int".to_owned(),
            Self::Double => "a double".to_owned(),
            Self::Text => "a string".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Object(kind) => phrase_of(*kind),
            Self::Shares => "a map by resource name".to_owned(),
        }
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (left, right) if left == right => left,
            // Any value may be null.
            (Self::Null, other) | (other, Self::Null) => other,
            (Self::List(left), Self::List(right)) => Self::List(Box::new(left.join(*right))),
            _ => Self::Any,
        }
    }
}

struct Checker {
    variables: Vec<(String, Type)>,
}

impl Checker {
    fn type_of(&mut self, node: &Node) -> Checked {
        match &node.kind {
            NodeKind::Literal(literal) => Ok(literal_type(literal)),
            NodeKind::Variable(name) => {
                let known = self
                    .variables
                    .iter()
                    .rev()
                    .find(|(variable, _)| variable == name);
                Ok(known.map_or(Type::Any, |(_, known)| known.clone()))
            }
            NodeKind::Cluster => Ok(Type::Object(Kind::Cluster)),
            NodeKind::Object { kind, name } => {
                self.text(name, kind.singular())?;
                Ok(Type::Object(*kind))
            }
            NodeKind::Objects { kind, pattern } => {
                self.text(pattern, kind.plural())?;
                glob(pattern)?;
                Ok(Type::List(Box::new(Type::Object(*kind))))
            }
            NodeKind::Field { of, field } => {
                let of = self.type_of(of)?;
                field_type(&of, field, node.at)
            }
            NodeKind::Has { of, field } => {
                let of = self.type_of(of)?;
                field_type(&of, field, node.at).map(|_| Type::Bool)
            }
            NodeKind::Index { of, index } => self.index(of, index, node.at),
            NodeKind::Not(of) => self.boolean(of).map(|()| Type::Bool),
            NodeKind::Negate(of) => self.number(of, node.at),
            NodeKind::And(terms) | NodeKind::Or(terms) => {
                terms.iter().try_for_each(|term| self.boolean(term))?;
                Ok(Type::Bool)
            }
            NodeKind::Binary {
                operator,
                left,
                right,
            } => {
                let (left_type, right_type) = (self.type_of(left)?, self.type_of(right)?);
                binary(*operator, left_type, right_type, node.at)
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.boolean(condition)?;
                Ok(self.type_of(then)?.join(self.type_of(otherwise)?))
            }
            NodeKind::List(elements) => self.list(elements),
            NodeKind::Call {
                function,
                arguments,
            } => self.call(*function, arguments, node.at),
            NodeKind::Comprehension(comprehension) => self.comprehension(comprehension, node.at),
        }
    }

    fn list(&mut self, elements: &[Node]) -> Checked {
        let mut joined: Option<Type> = None;
        for element in elements {
            let element = self.type_of(element)?;
            joined = Some(match joined {
                Some(joined) => joined.join(element),
                None => element,
            });
        }
        Ok(Type::List(Box::new(joined.unwrap_or(Type::Any))))
    }

    fn number(&mut self, node: &Node, at: usize) -> Checked {
        let found = self.type_of(node)?;
        if found.may_be_number() {
            return Ok(found);
        }
        Err(ExpressionError::new(
            at,
            format!("needs a number here, not {}", found.phrase()),
        ))
    }

    fn boolean(&mut self, node: &Node) -> Checked<()> {
        let found = self.type_of(node)?;
        if found.may_be_bool() {
            return Ok(());
        }
        Err(ExpressionError::new(
            node.at,
            format!("needs a boolean here, not {}", found.phrase()),
        ))
    }

    fn text(&mut self, node: &Node, function: &str) -> Checked<()> {
        let found = self.type_of(node)?;
        if found.may_be_text() {
            return Ok(());
        }
        Err(ExpressionError::new(
            node.at,
            format!("{function}() takes a string, not {}", found.phrase()),
        )
        .with_hint(format!("write {function}('name')")))
    }

    fn index(&mut self, of: &Node, index: &Node, at: usize) -> Checked {
        let (of_type, index_type) = (self.type_of(of)?, self.type_of(index)?);
        let wrong = |wanted: &str| {
            Err(ExpressionError::new(
                index.at,
                format!(
                    "{} is indexed by {wanted}, not {}",
                    of_type.phrase(),
                    index_type.phrase()
                ),
            ))
        };
        match &of_type {
            Type::Any => Ok(Type::Any),
            Type::List(element) if matches!(index_type, Type::Any | Type::Int) => {
                Ok((**element).clone())
            }
            Type::List(_) => wrong("an int"),
            Type::Object(_) | Type::Shares if !index_type.may_be_text() => wrong("a string"),
            Type::Object(_) => {
                let NodeKind::Literal(Literal::Text(field)) = &index.kind else {
                    return Ok(Type::Any);
                };
                field_type(&of_type, field, index.at)
            }
            Type::Shares => Ok(Type::Double),
            Type::Null | Type::Bool | Type::Int | Type::Double | Type::Text => Err(
                ExpressionError::new(at, format!("{} cannot be indexed", of_type.phrase())),
            ),
        }
    }

    fn call(&mut self, function: Function, arguments: &[Node], at: usize) -> Checked {
        let types = arguments
            .iter()
            .map(|argument| self.type_of(argument))
            .collect::<Checked<Vec<_>>>()?;
        let first = types.first().cloned().unwrap_or(Type::Any);
        let name = function.name();
        let needs = |wanted: &str, found: &Type| {
            Err(ExpressionError::new(
                at,
                format!("{name}() needs {wanted}, not {}", found.phrase()),
            ))
        };
        let element = first.element().unwrap_or(Type::Any);
        let is_list = matches!(first, Type::Any | Type::List(_));
        match function {
            Function::Size if is_list || first.may_be_text() => Ok(Type::Int),
            Function::Size => needs("a list or a string", &first),
            Function::Int | Function::Double if !first.may_be_number() && !first.may_be_text() => {
                needs("a number or a string", &first)
            }
            Function::Int => Ok(Type::Int),
            Function::Double => Ok(Type::Double),
            Function::Text if matches!(first, Type::List(_) | Type::Object(_) | Type::Shares) => {
                needs("a number, a boolean or a string", &first)
            }
            Function::Text => Ok(Type::Text),
            Function::Contains | Function::StartsWith | Function::EndsWith => {
                match types.iter().find(|found| !found.may_be_text()) {
                    Some(found) => needs("strings", found),
                    None => Ok(Type::Bool),
                }
            }
            Function::Sum
            | Function::Mean
            | Function::Min
            | Function::Max
            | Function::Percentile => {
                if !is_list {
                    return needs("a list", &first);
                }
                if !element.may_be_number() && element != Type::Null {
                    return needs("a list of numbers", &first)
                        .map_err(|error| list_hint(error, &element, ""));
                }
                match (function, types.get(1)) {
                    (Function::Percentile, Some(percent)) if !percent.may_be_number() => {
                        needs("a number", percent)
                    }
                    (Function::Mean | Function::Percentile, _) => Ok(Type::Double),
                    _ => Ok(element),
                }
            }
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension, at: usize) -> Checked {
        let range = self.type_of(&comprehension.range)?;
        let Some(element) = range.element() else {
            let name = comprehension.form.name();
            let message = format!("{name}() needs a list, not {}", range.phrase());
            let kind = range.object_kind().filter(|kind| *kind != Kind::Cluster);
            let hint = kind.map(|kind| format!("{}('glob-*') is a list", kind.plural()));
            return Err(ExpressionError::new(at, message).with_optional_hint(hint));
        };
        self.variables
            .push((comprehension.variable.clone(), element));
        let result = self.body(comprehension, range);
        self.variables.pop();
        result
    }

    fn body(&mut self, comprehension: &Comprehension, range: Type) -> Checked {
        if let Some(filter) = &comprehension.filter {
            self.boolean(filter)?;
        }
        match comprehension.form {
            Form::Map => Ok(Type::List(Box::new(self.type_of(&comprehension.body)?))),
            Form::Filter => self.boolean(&comprehension.body).map(|()| range),
            Form::All | Form::Exists | Form::ExistsOne => {
                self.boolean(&comprehension.body).map(|()| Type::Bool)
            }
        }
    }
}

/// A literal glob knows `*` and `?`; other wildcards would match nothing, quietly.
fn glob(pattern: &Node) -> Checked<()> {
    let NodeKind::Literal(Literal::Text(text)) = &pattern.kind else {
        return Ok(());
    };
    if text.contains(['[', ']', '{', '}']) {
        let message = format!("'{text}' matches no name: only * and ? are wildcards");
        return Err(ExpressionError::new(pattern.at, message));
    }
    Ok(())
}

const fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Double(_) => Type::Double,
        Literal::Text(_) => Type::Text,
    }
}

fn field_type(of: &Type, field: &str, at: usize) -> Checked {
    match of {
        Type::Any => Ok(Type::Any),
        Type::Object(kind) => match kind.field(field) {
            None => Err(unknown_field(*kind, field, at)),
            Some(field) => Ok(match field.field_type {
                FieldType::Bool => Type::Bool,
                FieldType::Count => Type::Int,
                FieldType::Seconds | FieldType::Share => Type::Double,
                FieldType::Text => Type::Text,
                FieldType::Shares => Type::Shares,
            }),
        },
        Type::Shares => Err(ExpressionError::new(
            at,
            format!("a resource is named in brackets: [\"{field}\"]"),
        )),
        Type::List(element) => Err(list_hint(
            ExpressionError::new(at, format!("a list has no field '{field}'")),
            element,
            field,
        )),
        Type::Null | Type::Bool | Type::Int | Type::Double | Type::Text => Err(
            ExpressionError::new(at, format!("{} has no field '{field}'", of.phrase())),
        ),
    }
}

/// Says how to get a list of numbers out of a list of objects: by `field`, or another they have.
fn list_hint(error: ExpressionError, element: &Type, field: &str) -> ExpressionError {
    let Some(kind) = element.object_kind() else {
        return error;
    };
    let known = kind.field(field).or(kind.fields().last().copied());
    let field = known.map_or(field, |field| field.name);
    error.with_hint(format!(
        "take a field of each: {}('…').map(x, x.{field})",
        kind.plural()
    ))
}

fn binary(operator: Operator, left: Type, right: Type, at: usize) -> Checked {
    let symbol = operator.symbol();
    let mismatch = |left: &Type, right: &Type| {
        Err(ExpressionError::new(
            at,
            format!(
                "'{symbol}' is not made for {} and {}",
                left.phrase(),
                right.phrase()
            ),
        ))
    };
    match operator {
        Operator::Equal | Operator::NotEqual => {
            let comparable = left.may_be_number() && right.may_be_number()
                || [&left, &right]
                    .iter()
                    .any(|side| matches!(side, Type::Any | Type::Null))
                || std::mem::discriminant(&left) == std::mem::discriminant(&right);
            if comparable {
                Ok(Type::Bool)
            } else {
                mismatch(&left, &right)
            }
        }
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
            let comparable = left.may_be_number() && right.may_be_number()
                || left.may_be_text() && right.may_be_text()
                || left.may_be_bool() && right.may_be_bool();
            if comparable {
                Ok(Type::Bool)
            } else {
                mismatch(&left, &right)
            }
        }
        Operator::In => {
            let is_container =
                right.element().is_some() || right == Type::Shares && left.may_be_text();
            if is_container {
                Ok(Type::Bool)
            } else {
                mismatch(&left, &right)
            }
        }
        Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Modulo => match (&left, &right) {
            (Type::Any, other) | (other, Type::Any) if arithmetic_on(operator, other) => {
                Ok(Type::Any)
            }
            (Type::Int, Type::Double) | (Type::Double, Type::Int) => {
                mismatch(&left, &right).map_err(mixed)
            }
            (Type::List(_), Type::List(_)) if operator == Operator::Add => Ok(left.join(right)),
            _ if left == right && arithmetic_on(operator, &left) => Ok(left),
            _ => mismatch(&left, &right),
        },
    }
}

const fn arithmetic_on(operator: Operator, operand: &Type) -> bool {
    match operand {
        Type::Any | Type::Int => true,
        Type::Double => !matches!(operator, Operator::Modulo),
        Type::Text | Type::List(_) => matches!(operator, Operator::Add),
        Type::Null | Type::Bool | Type::Object(_) | Type::Shares => false,
    }
}

/// CEL compares ints with doubles, and calculates with one kind at a time.
pub(super) fn mixed(error: ExpressionError) -> ExpressionError {
    error.with_hint("CEL does not mix them: write 2.0 for 2, or double(x)")
}
