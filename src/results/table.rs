//! The short table.

use serde_json::Value;

/// The short table.
pub fn short_table(summary: &Value) -> String {
    summary.to_string()
}
