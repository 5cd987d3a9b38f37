//! What any discrete-event simulation needs: time, a queue of events, random streams and the
//! distributions that are drawn from them.
//!
//! Nothing here knows Kubernetes, reads a clock or keeps a global: the same calls give the same
//! bits on every machine.

mod distribution;
mod lookup;
mod queue;
mod special;
mod stream;
mod time;

pub use distribution::{Distribution, DistributionError};
pub use lookup::Lookup;
pub use queue::{Entry, EventQueue, Seq};
pub use stream::{Identity, Stream};
pub use time::{Span, SpanError, Time};
