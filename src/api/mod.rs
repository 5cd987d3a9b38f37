//! How truth may change: admission, defaults, client rate limits, and the carrying out of calls.
//!
//! Behavior modules see the world through a [`Context`] and answer with calls and events in its
//! [`Outbox`]; the loop takes them from there. The module does not know who calls.

mod admission;
mod commit;
mod daemon;
mod drain;
mod eviction;
mod kubectl;
mod outbox;
mod put;
mod quota;
mod rate;
mod replicated;
mod server;

pub use commit::commit;
pub use daemon::{daemon_template, revision_of};
pub use drain::Drains;
pub use kubectl::carry_out;
pub use outbox::{Context, Origin, Outbox, Request, View};
pub use put::{not_ready_taint, unschedulable_taint};
pub use rate::TokenBucket;
pub use server::ApiServer;

#[cfg(test)]
mod tests;
