//! Inputs that are wrong, and what is said about each: every fault that `kubectl apply` or the API server
//! would refuse, and every fault in what is podtime's own. The messages are snapshots: a change to one is
//! looked at by a person. What the API server accepts is in `accepted.rs`.
//!
//! Each input goes to the real binary in a fresh folder. It must be answered with exit code 2, nothing on
//! stdout, nothing written, and the place of the fault where there is a text to point into.
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]
#![allow(clippy::too_many_lines, reason = "a table is as long as it has cases")]
#![allow(clippy::unwrap_used, reason = "all of this is a test")]

mod accepted;
mod arrivals;
mod bombs;
mod command_line;
mod expectations;
mod failures;
mod manifests;
mod objects;
mod scenarios;
mod support;
mod texts;
