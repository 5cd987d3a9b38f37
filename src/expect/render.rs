//! An expression written back as CEL text, one way for each tree, for reports.

use std::borrow::Borrow;
use std::fmt::{self, Write as _};

use super::node::{Comprehension, Function, Literal, Node, NodeKind, Operator};

// How tightly the parts of an expression bind, loosest first; operators take three levels from
// `RELATION`.
const CONDITIONAL: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const RELATION: u8 = 3;
const UNARY: u8 = 6;
const MEMBER: u8 = 7;

/// Writes `node` as CEL text, one way for each tree, with `names` standing for variables.
pub(super) fn render(node: &Node, names: &[(String, String)]) -> String {
    let mut writer = Writer {
        names: names.to_vec(),
        out: String::new(),
    };
    writer.node(node, CONDITIONAL);
    writer.out
}

/// `text` as a CEL string literal.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character.is_control() => {
                write_to(&mut out, format_args!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('\'');
    out
}

fn write_to(out: &mut String, what: fmt::Arguments<'_>) {
    out.write_fmt(what)
        .expect("a string takes all that is written");
}

struct Writer {
    /// What variables are written as, innermost last.
    names: Vec<(String, String)>,
    out: String,
}

impl Writer {
    /// Writes `node`, in parentheses if it binds more loosely than `needed`.
    fn node(&mut self, node: &Node, needed: u8) {
        let own = precedence(node);
        if own < needed {
            self.out.push('(');
        }
        self.bare(node, own);
        if own < needed {
            self.out.push(')');
        }
    }

    fn bare(&mut self, node: &Node, own: u8) {
        match &node.kind {
            NodeKind::Literal(literal) => self.literal(literal),
            NodeKind::Variable(name) => {
                let known = self
                    .names
                    .iter()
                    .rev()
                    .find(|(variable, _)| variable == name);
                self.out
                    .push_str(known.map_or(name.as_str(), |(_, stands_for)| stands_for));
            }
            NodeKind::Cluster => self.out.push_str("cluster"),
            NodeKind::Object { kind, name } => {
                self.call(kind.singular(), std::slice::from_ref(name));
            }
            NodeKind::Objects { kind, pattern } => {
                self.call(kind.plural(), std::slice::from_ref(pattern));
            }
            NodeKind::Field { of, field } => self.field("", of, field, ""),
            NodeKind::Has { of, field } => self.field("has(", of, field, ")"),
            NodeKind::Index { of, index } => {
                self.node(of, MEMBER);
                self.out.push('[');
                self.node(index, CONDITIONAL);
                self.out.push(']');
            }
            NodeKind::Not(of) => self.unary('!', of),
            NodeKind::Negate(of) => self.unary('-', of),
            NodeKind::And(terms) => self.separated(terms, " && ", RELATION),
            NodeKind::Or(terms) => self.separated(terms, " || ", AND),
            NodeKind::Binary {
                operator,
                left,
                right,
            } => {
                self.node(left, own);
                self.out.push(' ');
                self.out.push_str(operator.symbol());
                self.out.push(' ');
                self.node(right, own + 1);
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.node(condition, OR);
                self.out.push_str(" ? ");
                self.node(then, OR);
                self.out.push_str(" : ");
                self.node(otherwise, CONDITIONAL);
            }
            NodeKind::List(elements) => {
                self.out.push('[');
                self.separated(elements, ", ", CONDITIONAL);
                self.out.push(']');
            }
            NodeKind::Call {
                function,
                arguments,
            } => self.function(*function, arguments),
            NodeKind::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn unary(&mut self, symbol: char, of: &Node) {
        self.out.push(symbol);
        self.node(of, MEMBER);
    }

    fn field(&mut self, before: &str, of: &Node, field: &str, after: &str) {
        self.out.push_str(before);
        self.node(of, MEMBER);
        self.out.push('.');
        self.out.push_str(field);
        self.out.push_str(after);
    }

    fn function(&mut self, function: Function, arguments: &[Node]) {
        match arguments.split_first() {
            Some((receiver, rest)) if function.is_method() => {
                self.node(receiver, MEMBER);
                self.out.push('.');
                self.call(function.name(), rest);
            }
            _ => self.call(function.name(), arguments),
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension) {
        self.node(&comprehension.range, MEMBER);
        self.out.push('.');
        self.out.push_str(comprehension.form.name());
        self.out.push('(');
        self.out.push_str(&comprehension.variable);
        // It hides a variable of the same name outside.
        self.names.push((
            comprehension.variable.clone(),
            comprehension.variable.clone(),
        ));
        for part in comprehension.filter.iter().chain([&comprehension.body]) {
            self.out.push_str(", ");
            self.node(part, CONDITIONAL);
        }
        self.names.pop();
        self.out.push(')');
    }

    fn call<N: Borrow<Node>>(&mut self, name: &str, arguments: &[N]) {
        self.out.push_str(name);
        self.out.push('(');
        self.separated(arguments, ", ", CONDITIONAL);
        self.out.push(')');
    }

    fn separated<N: Borrow<Node>>(&mut self, nodes: &[N], by: &str, needed: u8) {
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                self.out.push_str(by);
            }
            self.node(node.borrow(), needed);
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.out.push_str("null"),
            Literal::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Literal::Int(value) => self.out.push_str(&value.to_string()),
            Literal::Double(value) => write_to(&mut self.out, format_args!("{value:?}")),
            Literal::Text(text) => self.out.push_str(&quote(text)),
        }
    }
}

const fn operator_precedence(operator: Operator) -> u8 {
    match operator {
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessEqual
        | Operator::Greater
        | Operator::GreaterEqual
        | Operator::In => RELATION,
        Operator::Add | Operator::Subtract => RELATION + 1,
        Operator::Multiply | Operator::Divide | Operator::Modulo => RELATION + 2,
    }
}

fn precedence(node: &Node) -> u8 {
    match &node.kind {
        NodeKind::Conditional { .. } => CONDITIONAL,
        NodeKind::Or(_) => OR,
        NodeKind::And(_) => AND,
        NodeKind::Binary { operator, .. } => operator_precedence(*operator),
        NodeKind::Not(_) | NodeKind::Negate(_) => UNARY,
        NodeKind::Literal(_)
        | NodeKind::Variable(_)
        | NodeKind::Cluster
        | NodeKind::Object { .. }
        | NodeKind::Objects { .. }
        | NodeKind::Field { .. }
        | NodeKind::Has { .. }
        | NodeKind::Index { .. }
        | NodeKind::List(_)
        | NodeKind::Call { .. }
        | NodeKind::Comprehension(_) => MEMBER,
    }
}
