//! From the parser's tree to `Node`: names of functions and variables get their meaning here, and
//! what this language leaves out of CEL is refused, each with its place.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::expression::ExpressionError;
use super::fields::Kind;
use super::lookup::closest;
use super::node::{Comprehension, Form, Function, Literal, Node, NodeKind, Operator};

type Lowered<T = Node> = Result<T, ExpressionError>;

/// Turns the parser's tree into a `Node`.
pub(super) fn lower(root: &IdedExpr, source: &SourceInfo, text: &str) -> Lowered {
    Lowering {
        source,
        text,
        variables: Vec::new(),
    }
    .node(root)
}

struct Lowering<'t> {
    source: &'t SourceInfo,
    text: &'t str,
    /// The variables of the comprehensions around, outermost first.
    variables: Vec<String>,
}

const OPERATORS: [(&str, Operator); 12] = [
    (operators::ADD, Operator::Add),
    (operators::SUBSTRACT, Operator::Subtract),
    (operators::MULTIPLY, Operator::Multiply),
    (operators::DIVIDE, Operator::Divide),
    (operators::MODULO, Operator::Modulo),
    (operators::EQUALS, Operator::Equal),
    (operators::NOT_EQUALS, Operator::NotEqual),
    (operators::LESS, Operator::Less),
    (operators::LESS_EQUALS, Operator::LessEqual),
    (operators::GREATER, Operator::Greater),
    (operators::GREATER_EQUALS, Operator::GreaterEqual),
    (operators::IN, Operator::In),
];

impl Lowering<'_> {
    fn node(&mut self, expr: &IdedExpr) -> Lowered {
        let at = self.offset(expr);
        let kind = match &expr.expr {
            Expr::Literal(literal) => NodeKind::Literal(lower_literal(literal, at)?),
            Expr::Ident(name) => return self.identifier(name, at),
            Expr::Select(select) => {
                let of = Box::new(self.node(&select.operand)?);
                let at = self.name_after(at);
                let kind = NodeKind::Field {
                    of,
                    field: select.field.clone(),
                };
                return Ok(Node { at, kind });
            }
            Expr::Call(call) => return self.call(call, at),
            Expr::List(list) => NodeKind::List(self.nodes(&list.elements)?),
            Expr::Map(_) => return Err(left_out("maps are", at)),
            Expr::Struct(_) => return Err(left_out("messages are", at)),
            Expr::Comprehension(_) | Expr::Unspecified => {
                return Err(ExpressionError::new(at, "not a CEL expression".to_owned()));
            }
        };
        Ok(Node { at, kind })
    }

    fn nodes(&mut self, exprs: &[IdedExpr]) -> Lowered<Vec<Node>> {
        exprs.iter().map(|expr| self.node(expr)).collect()
    }

    fn boxed(&mut self, expr: &IdedExpr) -> Lowered<Box<Node>> {
        self.node(expr).map(Box::new)
    }

    /// The byte offset of the token that the parser put the expression at.
    fn offset(&self, expr: &IdedExpr) -> usize {
        let start = self
            .source
            .offset_for(expr.id)
            .map_or(0, |(start, _)| start as usize);
        // A place inside a character cannot be; a message must not fail over it.
        self.text.floor_char_boundary(start)
    }

    /// The start of the name that ends before the bracket at `bracket`.
    fn name_before(&self, bracket: usize) -> usize {
        let head = self.text[..bracket].trim_end();
        head.rfind(|before: char| !(before.is_ascii_alphanumeric() || before == '_'))
            .map_or(0, |before| {
                before + head[before..].chars().next().map_or(1, char::len_utf8)
            })
    }

    /// The start of the name after the dot at `dot`.
    fn name_after(&self, dot: usize) -> usize {
        let tail = self.text[dot..]
            .strip_prefix('.')
            .unwrap_or(&self.text[dot..]);
        self.text.len() - tail.trim_start().len()
    }

    fn identifier(&self, name: &str, at: usize) -> Lowered {
        let name = name.trim_start_matches('.');
        if self.variables.iter().any(|variable| variable == name) {
            return Ok(Node {
                at,
                kind: NodeKind::Variable(name.to_owned()),
            });
        }
        if name == Kind::Cluster.singular() {
            return Ok(Node {
                at,
                kind: NodeKind::Cluster,
            });
        }
        let error = ExpressionError::new(at, format!("unknown variable '{name}'"));
        let function = Kind::NAMED
            .iter()
            .find(|kind| name == kind.singular() || name == kind.plural());
        if let Some(kind) = function {
            let example = if name == kind.singular() {
                "name"
            } else {
                "glob-*"
            };
            return Err(error.with_hint(format!("it is a function: {name}('{example}')")));
        }
        let known = self
            .variables
            .iter()
            .map(String::as_str)
            .chain([Kind::Cluster.singular()]);
        let hint = closest(name, known).map_or_else(
            || "a string has quotes: 'text'; the summary is cluster, job('name'), cronjob('name') and so on".to_owned(),
            |close| format!("did you mean '{close}'?"),
        );
        Err(error.with_hint(hint))
    }

    fn call(&mut self, call: &CallExpr, at: usize) -> Lowered {
        let name = call.func_name.as_str();
        if let Some(target) = &call.target {
            return self.method(target, name, &call.args, at);
        }
        if let Some(kind) = self.operator(name, &call.args)? {
            return Ok(Node { at, kind });
        }
        let name = name.trim_start_matches('.');
        let at = self.name_before(at);
        if name == operators::HAS {
            return self.has(&call.args, at);
        }
        for kind in Kind::NAMED {
            if name == kind.singular() {
                check_arity(name, 1, &call.args, at)?;
                return Ok(Node {
                    at,
                    kind: NodeKind::Object {
                        kind,
                        name: self.boxed(&call.args[0])?,
                    },
                });
            }
            if name == kind.plural() {
                check_arity(name, 1, &call.args, at)?;
                return Ok(Node {
                    at,
                    kind: NodeKind::Objects {
                        kind,
                        pattern: self.boxed(&call.args[0])?,
                    },
                });
            }
        }
        if let Some((_, function, arity)) =
            Function::GLOBAL.iter().find(|(known, ..)| *known == name)
        {
            check_arity(name, *arity, &call.args, at)?;
            let kind = NodeKind::Call {
                function: *function,
                arguments: self.nodes(&call.args)?,
            };
            return Ok(Node { at, kind });
        }
        Err(unknown_function(name, at, false))
    }

    fn operator(&mut self, name: &str, args: &[IdedExpr]) -> Lowered<Option<NodeKind>> {
        let kind = match (name, args) {
            (operators::LOGICAL_AND, [_, _]) => NodeKind::And(self.terms(name, args)?),
            (operators::LOGICAL_OR, [_, _]) => NodeKind::Or(self.terms(name, args)?),
            (operators::LOGICAL_NOT, [of]) => NodeKind::Not(self.boxed(of)?),
            (operators::NEGATE, [of]) => NodeKind::Negate(self.boxed(of)?),
            (operators::INDEX, [of, index]) => NodeKind::Index {
                of: self.boxed(of)?,
                index: self.boxed(index)?,
            },
            (operators::CONDITIONAL, [condition, then, otherwise]) => NodeKind::Conditional {
                condition: self.boxed(condition)?,
                then: self.boxed(then)?,
                otherwise: self.boxed(otherwise)?,
            },
            (_, [left, right]) => match OPERATORS.iter().find(|(known, _)| *known == name) {
                Some((_, operator)) => NodeKind::Binary {
                    operator: *operator,
                    left: self.boxed(left)?,
                    right: self.boxed(right)?,
                },
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    /// The terms of a chain of `&&` or `||`, which the parser makes a balanced tree, in order.
    fn terms(&mut self, name: &str, args: &[IdedExpr]) -> Lowered<Vec<Node>> {
        let mut terms = Vec::new();
        for arg in args {
            if let Expr::Call(call) = &arg.expr
                && call.func_name == name
                && call.target.is_none()
            {
                terms.extend(self.terms(name, &call.args)?);
            } else {
                terms.push(self.node(arg)?);
            }
        }
        Ok(terms)
    }

    fn has(&mut self, args: &[IdedExpr], at: usize) -> Lowered {
        if let [
            IdedExpr {
                expr: Expr::Select(select),
                ..
            },
        ] = args
        {
            let place = self.offset(&args[0]);
            let of = self.boxed(&select.operand)?;
            let kind = NodeKind::Has {
                of,
                field: select.field.clone(),
            };
            return Ok(Node {
                at: self.name_after(place),
                kind,
            });
        }
        Err(
            ExpressionError::new(at, "has() asks for a field".to_owned())
                .with_hint("write has(job('name').finish_t)"),
        )
    }

    fn method(&mut self, target: &IdedExpr, name: &str, args: &[IdedExpr], at: usize) -> Lowered {
        let at = self.name_before(at);
        if let Some((_, form)) = Form::ALL.iter().find(|(known, _)| *known == name) {
            return self.comprehension(*form, target, args, at);
        }
        if let Some((_, function, arity)) =
            Function::METHODS.iter().find(|(known, ..)| *known == name)
        {
            check_arity(name, arity - 1, args, at)?;
            let mut arguments = vec![self.node(target)?];
            arguments.extend(self.nodes(args)?);
            return Ok(Node {
                at,
                kind: NodeKind::Call {
                    function: *function,
                    arguments,
                },
            });
        }
        Err(unknown_function(name, at, true))
    }

    fn comprehension(
        &mut self,
        form: Form,
        target: &IdedExpr,
        args: &[IdedExpr],
        at: usize,
    ) -> Lowered {
        let range = self.node(target)?;
        let (variable, filter, body) = match args {
            [variable, body] => (variable, None, body),
            [variable, filter, body] if form == Form::Map => (variable, Some(filter), body),
            _ => {
                let name = form.name();
                return Err(ExpressionError::new(
                    at,
                    format!("{name}() takes a variable and an expression"),
                )
                .with_hint(format!("write {name}(j, …j…)")));
            }
        };
        let Expr::Ident(variable_name) = &variable.expr else {
            let place = self.offset(variable);
            return Err(ExpressionError::new(
                place,
                format!("the first argument of {}() is a name", form.name()),
            )
            .with_hint(format!("write {}(j, …j…)", form.name())));
        };
        self.variables.push(variable_name.clone());
        let filter = filter.map(|filter| self.node(filter)).transpose();
        let body = self.node(body);
        self.variables.pop();
        let comprehension = Comprehension {
            form,
            range,
            variable: variable_name.clone(),
            filter: filter?,
            body: body?,
        };
        Ok(Node {
            at,
            kind: NodeKind::Comprehension(Box::new(comprehension)),
        })
    }
}

fn check_arity(name: &str, wanted: usize, args: &[IdedExpr], at: usize) -> Lowered<()> {
    if args.len() == wanted {
        return Ok(());
    }
    let wanted = match wanted {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        _ => format!("{wanted} arguments"),
    };
    Err(ExpressionError::new(
        at,
        format!("{name}() takes {wanted}, not {}", args.len()),
    ))
}

fn lower_literal(literal: &LiteralValue, at: usize) -> Lowered<Literal> {
    Ok(match literal {
        LiteralValue::Null => Literal::Null,
        LiteralValue::Boolean(value) => Literal::Bool(*value.inner()),
        LiteralValue::Int(value) => Literal::Int(*value.inner()),
        LiteralValue::Double(value) => Literal::Double(*value.inner()),
        LiteralValue::String(text) => Literal::Text(text.inner().to_owned()),
        LiteralValue::UInt(_) => {
            return Err(left_out("unsigned numbers are", at).with_hint("write 3, not 3u"));
        }
        LiteralValue::Bytes(_) => {
            return Err(left_out("byte strings are", at).with_hint("write 'x', not b'x'"));
        }
    })
}

fn left_out(what: &str, at: usize) -> ExpressionError {
    ExpressionError::new(at, format!("{what} not part of this language"))
}

fn unknown_function(name: &str, at: usize, is_method: bool) -> ExpressionError {
    let kinds = || {
        Kind::NAMED
            .iter()
            .flat_map(|kind| [kind.singular(), kind.plural()])
    };
    let globals = || {
        kinds()
            .chain(Function::GLOBAL.iter().map(|(known, ..)| *known))
            .chain([operators::HAS])
    };
    let methods = || {
        Function::METHODS
            .iter()
            .map(|(known, ..)| *known)
            .chain(Form::ALL.iter().map(|(known, _)| *known))
    };
    let error = ExpressionError::new(at, format!("unknown function '{name}'"));
    let hint = if name == "matches" {
        "there are no regular expressions: use startsWith, endsWith, contains, or a glob".to_owned()
    } else if matches!(name, "duration" | "timestamp") {
        "a time is a number of seconds: 3600.0 is an hour".to_owned()
    } else if is_method && globals().any(|known| known == name) {
        format!("call it on nothing: {name}(x)")
    } else if !is_method && methods().any(|known| known == name) {
        format!("call it on a list or a string: x.{name}(…)")
    } else if let Some(close) = closest_function(name, is_method, globals(), methods()) {
        format!("did you mean {close}()?")
    } else {
        let known: Vec<&str> = if is_method {
            methods().collect()
        } else {
            globals().collect()
        };
        format!("known: {}", known.join(", "))
    };
    error.with_hint(hint)
}

fn closest_function(
    name: &str,
    is_method: bool,
    globals: impl Iterator<Item = &'static str>,
    methods: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if is_method {
        closest(name, methods)
    } else {
        closest(name, globals)
    }
}
