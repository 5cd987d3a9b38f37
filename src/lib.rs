//! `podtime`: a deterministic discrete-event simulator of Kubernetes clusters.
//!
//! The way of one scenario, from its file to its CSV:
//!
//! 1. `podtime run nightly.yaml` comes in at [`cli::main`]; `cli/run.rs` does the steps below.
//! 2. [`scenario::load`] reads the file and all that it names into trees of positioned values, patches
//!    them with `--set`, and checks them; [`k8s`] does that for Kubernetes' own objects. What comes out
//!    is a [`Model`], plain data that is right, or every problem with its line.
//! 3. [`simulate`] plays the model. [`engine`] pops an event, hands it to one of [`controllers`],
//!    [`scheduler`], [`kubelet`] or [`chance`], lets [`api`] carry out the calls that they answer with, and shows
//!    everybody the changes of the [`world`].
//! 4. Each change, stamped with its number, time and cause, goes to a [`record::Recorder`].
//!    [`results::ResultFiles`] is one: it makes rows of them, and a summary of the rows.
//! 5. [`expect`] evaluates the scenario's expectations over the summary; `cli/` prints, and exits.
//!
//! [`sim`] (time, queue, random streams, distributions) and [`cron`] (schedules, zones) know nothing of
//! all that. The same model and seed give the same bytes: nothing below `cli/` reads a clock or the
//! environment.

pub mod api;
pub mod autoscaler;
pub mod chance;
pub mod cli;
pub mod controllers;
pub mod cron;
pub mod engine;
pub mod expect;
pub mod k8s;
pub mod kubelet;
pub mod model;
pub mod record;
pub mod results;
pub mod scenario;
pub mod scheduler;
pub mod sim;
pub mod world;

pub use engine::simulate;
pub use model::Model;
