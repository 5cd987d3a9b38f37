//! The real binary in a fresh folder: exit code, stdout, stderr, files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

mod check;
mod cron;
mod general;
mod run;
mod support;
mod validate;
