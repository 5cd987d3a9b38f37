//! Operators on values, as the CEL specification has them.

use std::cmp::Ordering;
use std::rc::Rc;

use super::check::mixed;
use super::expression::ExpressionError;
use super::node::Operator;
use super::value::{Evaluated, Stop, Value, as_int};

fn fault<T>(at: usize, message: impl Into<String>) -> Evaluated<T> {
    Err(Stop::Fault(ExpressionError::new(at, message.into())))
}

/// `+ - * / %` on two values of one type.
pub(super) fn arithmetic<'s>(
    operator: Operator,
    left: &Value<'s>,
    right: &Value<'s>,
    at: usize,
) -> Evaluated<Value<'s>> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => {
            int_arithmetic(operator, *left, *right, at).map(Value::Int)
        }
        (Value::Double(left), Value::Double(right)) if operator != Operator::Modulo => {
            Ok(Value::Double(double_arithmetic(operator, *left, *right)))
        }
        (Value::Text(left), Value::Text(right)) if operator == Operator::Add => {
            Ok(Value::Text(Rc::from(format!("{left}{right}"))))
        }
        (Value::List(left), Value::List(right)) if operator == Operator::Add => Ok(Value::List(
            left.iter().chain(right.iter()).cloned().collect(),
        )),
        _ => {
            let error = mismatch(operator, left, right, at);
            let is_mixed = matches!(
                (left, right),
                (Value::Int(_), Value::Double(_)) | (Value::Double(_), Value::Int(_))
            );
            Err(Stop::Fault(if is_mixed { mixed(error) } else { error }))
        }
    }
}

fn mismatch(operator: Operator, left: &Value<'_>, right: &Value<'_>, at: usize) -> ExpressionError {
    let message = format!(
        "'{}' is not made for {} and {}",
        operator.symbol(),
        left.phrase(),
        right.phrase()
    );
    ExpressionError::new(at, message)
}

fn int_arithmetic(operator: Operator, left: i64, right: i64, at: usize) -> Evaluated<i64> {
    let result = match operator {
        Operator::Divide | Operator::Modulo if right == 0 => {
            return fault(at, format!("{left} {} 0", operator.symbol()));
        }
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessEqual
        | Operator::Greater
        | Operator::GreaterEqual
        | Operator::In => None,
    };
    result.map_or_else(
        || {
            fault(
                at,
                format!(
                    "{left} {} {right} is too large for an int",
                    operator.symbol()
                ),
            )
        },
        Ok,
    )
}

fn double_arithmetic(operator: Operator, left: f64, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Modulo
        | Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessEqual
        | Operator::Greater
        | Operator::GreaterEqual
        | Operator::In => f64::NAN,
    }
}

/// `< <= > >=`. Numbers compare by value across int and double; a NaN is in no order.
pub(super) fn ordered(
    operator: Operator,
    left: &Value<'_>,
    right: &Value<'_>,
    at: usize,
) -> Evaluated<bool> {
    let ordering = match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => {
            compare_numbers(left, right)
        }
        _ => return Err(Stop::Fault(mismatch(operator, left, right, at))),
    };
    Ok(match operator {
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => ordering == Some(Ordering::Greater),
        Operator::GreaterEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Equal
        | Operator::NotEqual
        | Operator::In
        | Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Modulo => false,
    })
}

/// The order of two numbers by value; none where one is a NaN or no number.
pub(super) fn compare_numbers(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Double(right)) => compare_int_with_double(*left, *right),
        (Value::Double(left), Value::Int(right)) => {
            compare_int_with_double(*right, *left).map(Ordering::reverse)
        }
        _ => None,
    }
}

/// Compares without rounding the int to a double, which beyond 2^53 would make others equal.
fn compare_int_with_double(left: i64, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    let Some(whole) = as_int(right) else {
        return Some(if right > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    };
    let fraction = right.fract();
    Some(left.cmp(&whole).then(if fraction > 0.0 {
        Ordering::Less
    } else if fraction < 0.0 {
        Ordering::Greater
    } else {
        Ordering::Equal
    }))
}

/// Whether two values are equal; values of different types are not. `charge` is asked for a step
/// for each pair of elements, since a shared list may be far larger than its memory.
pub(super) fn equal(
    left: &Value<'_>,
    right: &Value<'_>,
    charge: &mut impl FnMut() -> Evaluated<()>,
) -> Evaluated<bool> {
    charge()?;
    Ok(match (left, right) {
        (Value::Null(_), Value::Null(_)) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Text(left), Value::Text(right))
        | (Value::Shares(_, left), Value::Shares(_, right)) => left == right,
        (Value::Object(left), Value::Object(right)) => {
            left.kind == right.kind && left.key == right.key
        }
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(left, right, charge)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => compare_numbers(left, right) == Some(Ordering::Equal),
    })
}
