//! What lists of numbers know beyond CEL: `sum`, `mean`, `min`, `max` and `percentile`.

use std::cmp::Ordering;

use super::expression::ExpressionError;
use super::node::Function;
use super::operators::compare_numbers;
use super::value::{Evaluated, Stop, Value, as_double, as_int};

/// The percentile `percent` (0 to 100) of `sorted`, which is in ascending order: linear between
/// the two nearest of its numbers (Hyndman and Fan's type 7, as `numpy` and spreadsheets have it).
/// `None` for an empty list.
pub fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = as_double(i64::try_from(last).ok()?) * (percent.clamp(0.0, 100.0) / 100.0);
    let below = usize::try_from(as_int(place)?).ok()?.min(last);
    let above = (below + 1).min(last);
    let share = place.fract();
    // The numbers themselves, where the place is one's own: infinities must not meet a zero.
    if share == 0.0 {
        return Some(sorted[below]);
    }
    Some(sorted[below] + (sorted[above] - sorted[below]) * share)
}

/// Applies `function` to `list`. `percent` is the argument of `percentile`, `text` the whole call.
///
/// A null in the list stops it, and so does an empty list except for `sum` (0), as a null does.
pub(super) fn aggregate<'s>(
    function: Function,
    list: &[Value<'s>],
    percent: Option<&Value<'s>>,
    at: usize,
    text: impl Fn() -> String,
) -> Evaluated<Value<'s>> {
    let all_int = check_numbers(function, list, at)?;
    let Some(first) = list.first() else {
        if function == Function::Sum {
            return Ok(Value::Int(0));
        }
        return Err(Stop::Null(format!("{} of an empty list", text()).into()));
    };
    match function {
        Function::Sum if all_int => int_sum(list, at),
        Function::Sum => Ok(Value::Double(list.iter().map(number).sum())),
        Function::Mean => {
            let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
            Ok(Value::Double(
                list.iter().map(number).sum::<f64>() / as_double(count),
            ))
        }
        Function::Min => Ok(extreme(first, list, Ordering::Less)),
        Function::Max => Ok(extreme(first, list, Ordering::Greater)),
        Function::Percentile => {
            let percent = percent_of(percent, at)?;
            let mut sorted: Vec<f64> = list.iter().map(number).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            Ok(Value::Double(
                percentile(&sorted, percent).unwrap_or(f64::NAN),
            ))
        }
        Function::Size
        | Function::Int
        | Function::Double
        | Function::Text
        | Function::Contains
        | Function::StartsWith
        | Function::EndsWith => Err(Stop::Fault(ExpressionError::new(
            at,
            format!("{}() is no aggregate", function.name()),
        ))),
    }
}

/// Whether all are ints; stops at the first that is null or no number.
fn check_numbers(function: Function, list: &[Value<'_>], at: usize) -> Evaluated<bool> {
    let mut all_int = true;
    for value in list {
        match value {
            Value::Int(_) => {}
            Value::Double(_) => all_int = false,
            Value::Null(origin) => {
                return Err(Stop::Null(origin.clone().unwrap_or_else(|| "null".into())));
            }
            Value::Bool(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Object(_)
            | Value::Shares(..) => {
                let message = format!(
                    "{}() needs numbers, not {}",
                    function.name(),
                    value.phrase()
                );
                return Err(Stop::Fault(ExpressionError::new(at, message)));
            }
        }
    }
    Ok(all_int)
}

fn number(value: &Value<'_>) -> f64 {
    match value {
        Value::Int(value) => as_double(*value),
        Value::Double(value) => *value,
        Value::Null(_)
        | Value::Bool(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Object(_)
        | Value::Shares(..) => f64::NAN,
    }
}

fn int_sum<'s>(list: &[Value<'_>], at: usize) -> Evaluated<Value<'s>> {
    let mut sum: i64 = 0;
    for value in list {
        if let Value::Int(value) = value {
            sum = sum.checked_add(*value).ok_or_else(|| {
                Stop::Fault(ExpressionError::new(
                    at,
                    "the sum is too large for an int".to_owned(),
                ))
            })?;
        }
    }
    Ok(Value::Int(sum))
}

/// The first of the values that is before (or after) all others.
fn extreme<'s>(first: &Value<'s>, list: &[Value<'s>], wanted: Ordering) -> Value<'s> {
    let mut best = first;
    for value in list {
        if compare_numbers(value, best) == Some(wanted) {
            best = value;
        }
    }
    best.clone()
}

/// The argument of `percentile`: 0 to 100; a double between 0 and 1 is read as a share, for
/// nobody asks for the 0.95th of a hundred parts.
fn percent_of(percent: Option<&Value<'_>>, at: usize) -> Evaluated<f64> {
    let percent = percent.map_or(f64::NAN, number);
    if !(0.0..=100.0).contains(&percent) {
        return Err(Stop::Fault(
            ExpressionError::new(at, "percentile() takes a number from 0 to 100".to_owned())
                .with_hint("the median is percentile(50)"),
        ));
    }
    Ok(if percent > 0.0 && percent < 1.0 {
        percent * 100.0
    } else {
        percent
    })
}
