//! What a cell of a trace counts, by the name of its column.

use super::problem::quote;
use crate::k8s;
use crate::sim::{Distribution, Span};

/// What a column can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Name,
    Time,
    Cpu,
    Memory,
    ExitCode,
}

/// The units that the end of a column's name can say, by length: `_ms` is not `_s`.
pub(super) const UNITS: &[&str] = &["_bytes", "_mib", "_ms", "_s", "_m"];

impl Quantity {
    /// The units it can be counted in, and what each counts: nanoseconds, millicores, bytes.
    pub(super) const fn units(self) -> &'static [(&'static str, i64)] {
        match self {
            Self::Name | Self::ExitCode => &[],
            Self::Time => &[("_s", 1_000_000_000), ("_ms", 1_000_000)],
            Self::Cpu => &[("_m", 1)],
            Self::Memory => &[("_mib", 1 << 20), ("_bytes", 1)],
        }
    }

    /// What a cell without a unit looks like.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Name => "the name of an object",
            Self::Time => "a duration such as 90s",
            Self::Cpu => "a quantity such as 500m",
            Self::Memory => "a quantity such as 512Mi",
            Self::ExitCode => "an exit code from 0 to 255",
        }
    }
}

/// A column that the scenario names: its place in the file and the unit of its cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) quantity: Quantity,
    pub(super) place: usize,
    pub(super) unit: Option<i64>,
}

/// The number in a cell: nanoseconds, millicores, bytes; `None` for an empty one. `limit` is that of the container, 0
/// where it has none. The error is a message and a hint.
pub(super) fn value(found: Found, text: &str, limit: i64) -> Result<Option<i64>, (String, String)> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |wanted: &str, hint: String| {
        Err((format!("expected {wanted}, found {}", quote(text)), hint))
    };
    let number = match (found.quantity, found.unit) {
        (Quantity::Name, _) => None,
        (Quantity::ExitCode, _) => text.parse::<u8>().ok().map(i64::from),
        (_, Some(unit)) => match counted(text, unit) {
            Some(number) => Some(number),
            None => {
                return wrong(
                    "a number that is not negative",
                    "the unit stands in the name of the column".to_owned(),
                );
            }
        },
        (Quantity::Time, None) => match Span::parse(text) {
            Ok(span) => Some(span.as_nanos()),
            Err(error) => return wrong(found.quantity.example(), error.to_string()),
        },
        (Quantity::Cpu, None) => k8s::cpu_millis(text),
        (Quantity::Memory, None) => k8s::whole_bytes(text),
    };
    let longest = Distribution::LONGEST.as_nanos();
    match number {
        Some(number) if number < 0 => wrong("a value that is not negative", String::new()),
        Some(number) if found.quantity == Quantity::Time && number > longest => {
            wrong("at most 100 years", String::new())
        }
        Some(i64::MAX) => wrong("a smaller number", String::new()),
        Some(number) if limit > 0 && number > limit => Err((
            format!("{} is more than the limit of the container", quote(text)),
            "raise or remove the limit in `object`".to_owned(),
        )),
        Some(number) => Ok(Some(number)),
        None => wrong(found.quantity.example(), String::new()),
    }
}

/// A number of units, fractions included, as a whole number; the largest one where it is too large.
fn counted(text: &str, unit: i64) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return (whole >= 0).then(|| whole.saturating_mul(unit));
    }
    let number = text.parse::<f64>().ok().filter(|number| *number >= 0.0)?;
    #[expect(clippy::cast_precision_loss, reason = "a unit is a small number")]
    let nanos = number * unit as f64;
    Some(Span::from_nanos_f64(nanos).as_nanos())
}
