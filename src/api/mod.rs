//! How truth may change: admission, defaults, client rate limits, and the carrying out of calls.
//!
//! Behavior modules see the world through a [`Context`] and answer with calls and events in its
//! [`Outbox`]; the loop takes them from there. The module does not know who calls.

mod outbox;
mod rate;

pub use outbox::{Context, Origin, Outbox, Request, View};
pub use rate::TokenBucket;
