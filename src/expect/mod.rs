//! Expectations: CEL over the final summary.
