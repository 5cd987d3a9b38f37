//! `podtime`: a deterministic discrete-event simulator of Kubernetes clusters.

pub mod cron;
pub mod expect;
pub mod scenario;
pub mod sim;
