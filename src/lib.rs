//! `podtime`: a deterministic discrete-event simulator of Kubernetes clusters.

pub mod api;
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
