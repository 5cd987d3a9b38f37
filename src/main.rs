//! Process entry of `podtime`, and where to begin reading.
//!
//! `podtime` plays a scenario, which is Kubernetes manifests and what happens to them, on a simulated
//! cluster, and writes what happened as CSV and JSON. The way of the data:
//!
//! ```text
//! scenario file ─► Document ─► Model ─► World ─► engine loop ─► Change ─► Recorder ─► CSV, JSON
//! ```
//!
//! - `cli/` reads the command line; `cli/run.rs` is the whole program in one function.
//! - `scenario/` and `k8s/` turn text into a checked `model::Model`, or into all that is wrong with it.
//! - `engine/` plays the model. Start at [`podtime::simulate`], which is the program without its files.
//! - `controllers/`, `scheduler/` and `kubelet/` are what moves: they look at `world/` and answer with
//!   calls that `api/` carries out.
//! - `record/` and `results/` watch, and write down.
//!
//! `src/lib.rs` follows one scenario from its file to its CSV.

use std::process::ExitCode;

fn main() -> ExitCode {
    podtime::cli::main(std::env::args_os())
}
