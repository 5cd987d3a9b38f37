//! Scenario text to a checked model.
//!
//! The lower half of this module knows nothing of Kubernetes: files become trees of positioned
//! values ([`document`], [`parse`]), and whatever is wrong becomes a [`problem::Problem`] that points
//! into the text. [`walk`] reads the scenario's own keys from such a tree, [`typed`] reads a subtree
//! into a type that has a serde implementation.
//!
//! The upper half makes a model out of such trees: [`load()`] is the way in, `spec` reads the keys
//! one after the other, and [`set`] changes a document before it is read.

mod actions;
mod autoscaler;
mod behaviors;
mod cluster;
mod control_plane;
mod distributions;
pub mod document;
mod expectations;
mod failures;
pub mod files;
mod header;
mod kubectl;
mod load;
mod manifests;
mod names;
pub mod parse;
pub mod path;
mod plain;
pub mod problem;
mod scalar;
pub mod schema;
pub mod set;
pub mod source;
mod spec;
pub mod suggest;
pub mod typed;
mod validate;
pub mod walk;

pub use expectations::Expectation;
pub use header::API_VERSION;
pub use load::{Document, Loaded, Options, Rejected, load};
pub use plain::{DEFAULT_NODES, PlainOptions};
pub use validate::{Content, FileReport, Report, validate};

use crate::sim::Time;
use walk::Walk;

/// Makes `key` known, and an error where it is used.
fn not_simulated(walk: &mut Walk<'_, '_>, key: &'static str) {
    if let Some(field) = walk.optional(key) {
        let problem = field.error(format!("`{key}` is not simulated yet"));
        walk.problems().push(problem.with_hint("remove it for now"));
    }
}

/// The wall clock at `at`, in RFC 3339, cut to whole seconds as kubectl writes it.
fn wall_clock(start_unix_nanos: i64, at: Time) -> String {
    let nanos = start_unix_nanos.saturating_add(at.as_nanos());
    let time = chrono::DateTime::from_timestamp_nanos(nanos);
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
