//! Scenario text to a checked model.
//!
//! The lower half of this module knows nothing of Kubernetes: files become trees of positioned
//! values ([`document`], [`parse`]), and whatever is wrong becomes a [`problem::Problem`] that points
//! into the text. [`walk`] reads the scenario's own keys from such a tree, [`typed`] reads a subtree
//! into a type that has a serde implementation.

pub mod document;
pub mod parse;
pub mod path;
pub mod problem;
mod scalar;
pub mod source;
pub mod suggest;
pub mod typed;
pub mod walk;
