//! `spec.arrivals`.

use serde_json::{Value, json};

use super::build::{closed, described, reference, text};
use crate::model::ARRIVALS_MAX;
use crate::scenario::trace::COLUMNS;

/// An entry of `spec.arrivals`.
pub(super) fn arrival() -> Value {
    let mut arrival = closed(
        "Objects that come over time: with drawn gaps, or one for each row of a file.",
        &["name", "object"],
        [
            (
                "name",
                text("Names its figures, `arrival('name')`, and its draws."),
            ),
            (
                "times",
                described(
                    "distribution",
                    "The gap from `start` to the first arrival, and from each to the next.",
                ),
            ),
            (
                "start",
                described("duration", "Nothing comes before; default 0s."),
            ),
            (
                "end",
                described("duration", "Nothing comes at this time or later."),
            ),
            (
                "count",
                json!({"description": "No more than so many come.", "type": "integer", "minimum": 1, "maximum": ARRIVALS_MAX}),
            ),
            (
                "file",
                text("A CSV file, relative to this one, with a row for each object."),
            ),
            ("columns", columns()),
            ("object", reference("object")),
        ],
    );
    arrival["oneOf"] = json!([
        {"required": ["times"]},
        {"required": ["file", "columns"]},
    ]);
    arrival
}

fn columns() -> Value {
    let mut columns = closed(
        "Which column of the file says what; the end of a column's name is the unit.",
        &["at"],
        [],
    );
    for column in COLUMNS {
        columns["properties"][column.key] = text(column.description);
    }
    columns
}
