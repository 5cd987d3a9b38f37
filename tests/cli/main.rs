//! The real binary in a fresh folder: exit code, stdout, stderr, files.

mod cron;
mod general;
mod support;
