//! The real binary in a fresh folder: exit code, stdout, stderr, files.

mod check;
mod cron;
mod general;
mod run;
mod support;
mod validate;
