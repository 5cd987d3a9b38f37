//! An expression as this module evaluates it: names resolved to what they mean, with the place of
//! each in the text, and written back as text for reports.

use super::fields::Kind;

/// A part of an expression, and where in the text a message about it points (a byte offset).
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) kind: NodeKind,
}

#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Literal(Literal),
    /// The element of the comprehension around it that has this name.
    Variable(String),
    Cluster,
    /// `job('name')`.
    Object {
        kind: Kind,
        name: Box<Node>,
    },
    /// `jobs('glob')`.
    Objects {
        kind: Kind,
        pattern: Box<Node>,
    },
    Field {
        of: Box<Node>,
        field: String,
    },
    Has {
        of: Box<Node>,
        field: String,
    },
    Index {
        of: Box<Node>,
        index: Box<Node>,
    },
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Binary {
        operator: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
    Conditional {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    List(Vec<Node>),
    /// The receiver of a method is its first argument.
    Call {
        function: Function,
        arguments: Vec<Node>,
    },
    Comprehension(Box<Comprehension>),
}

impl Node {
    /// Calls `look` for this node and all below it, in the order of the text.
    pub(super) fn visit(&self, look: &mut impl FnMut(&Self)) {
        look(self);
        match &self.kind {
            NodeKind::Literal(_) | NodeKind::Variable(_) | NodeKind::Cluster => {}
            NodeKind::Object { name: of, .. }
            | NodeKind::Objects { pattern: of, .. }
            | NodeKind::Field { of, .. }
            | NodeKind::Has { of, .. }
            | NodeKind::Not(of)
            | NodeKind::Negate(of) => of.visit(look),
            NodeKind::Index {
                of: left,
                index: right,
            }
            | NodeKind::Binary { left, right, .. } => {
                left.visit(look);
                right.visit(look);
            }
            NodeKind::And(nodes)
            | NodeKind::Or(nodes)
            | NodeKind::List(nodes)
            | NodeKind::Call {
                arguments: nodes, ..
            } => {
                for node in nodes {
                    node.visit(look);
                }
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                condition.visit(look);
                then.visit(look);
                otherwise.visit(look);
            }
            NodeKind::Comprehension(comprehension) => {
                comprehension.range.visit(look);
                if let Some(filter) = &comprehension.filter {
                    filter.visit(look);
                }
                comprehension.body.visit(look);
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
}

/// `range.form(variable, filter, body)`; only `map` may have a filter.
#[derive(Debug, Clone)]
pub(super) struct Comprehension {
    pub(super) form: Form,
    pub(super) range: Node,
    pub(super) variable: String,
    pub(super) filter: Option<Node>,
    pub(super) body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl Form {
    pub(super) const ALL: [(&'static str, Self); 5] = [
        ("all", Self::All),
        ("exists", Self::Exists),
        ("exists_one", Self::ExistsOne),
        ("map", Self::Map),
        ("filter", Self::Filter),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, form)| *form == self)
            .map_or("", |(name, _)| name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

impl Operator {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Int,
    Double,
    Text,
    Contains,
    StartsWith,
    EndsWith,
    Sum,
    Mean,
    Min,
    Max,
    Percentile,
}

impl Function {
    /// Functions called on nothing: name, function, number of arguments.
    pub(super) const GLOBAL: [(&'static str, Self, usize); 4] = [
        ("size", Self::Size, 1),
        ("int", Self::Int, 1),
        ("double", Self::Double, 1),
        ("string", Self::Text, 1),
    ];

    /// Functions called on a receiver: name, function, number of arguments with the receiver.
    pub(super) const METHODS: [(&'static str, Self, usize); 9] = [
        ("size", Self::Size, 1),
        ("sum", Self::Sum, 1),
        ("mean", Self::Mean, 1),
        ("min", Self::Min, 1),
        ("max", Self::Max, 1),
        ("percentile", Self::Percentile, 2),
        ("contains", Self::Contains, 2),
        ("startsWith", Self::StartsWith, 2),
        ("endsWith", Self::EndsWith, 2),
    ];

    pub(super) fn name(self) -> &'static str {
        let method = Self::METHODS
            .iter()
            .find(|(_, function, _)| *function == self);
        let global = Self::GLOBAL
            .iter()
            .find(|(_, function, _)| *function == self);
        method.or(global).map_or("", |(name, _, _)| name)
    }

    pub(super) const fn is_method(self) -> bool {
        !matches!(self, Self::Int | Self::Double | Self::Text)
    }
}
