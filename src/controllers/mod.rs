//! The controllers of kube-controller-manager: one reconciler a file.
//!
//! A change says which keys to look at, never what to do. A reconciler compares what is with what should be
//! and returns a [`Plan`]; the [`Controller`] around it (work queue, workers, client) carries the plan out
//! over virtual time, and only then is the key free again. Scheduler and kubelet are not known here.

mod availability;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod garbage_collector;
mod history;
pub mod job;
pub mod node_lifecycle;
mod passes;
mod plan;
pub mod pod_gc;
pub mod replicaset;
pub mod statefulset;
pub mod taint_eviction;
#[cfg(test)]
mod testing;
pub mod ttl_after_finished;
mod worker;
mod workqueue;

pub use plan::{Plan, Progress, Requeue};
pub use worker::{Controller, Loop};

use crate::api::View;
use crate::model::Model;
use crate::sim::Span;
use crate::world::{Change, ControllerKind};

/// Keys that a change makes a controller look at, with the delay of each (zero: at once).
#[derive(Debug)]
pub struct Wakes<K>(pub Vec<(K, Span)>);

impl<K> Wakes<K> {
    /// Look at once.
    pub fn now(&mut self, key: K) {
        self.0.push((key, Span::ZERO));
    }

    /// Look after a delay; an earlier entry of the same key wins (CP-Q3).
    pub fn after(&mut self, key: K, delay: Span) {
        self.0.push((key, delay));
    }
}

/// How a controller's queue backs off after an error: the first delay, doubled up to the cap.
#[derive(Debug, Clone, Copy)]
pub struct ErrorBackoff {
    /// The first delay.
    pub base: Span,
    /// The longest.
    pub cap: Span,
}

impl ErrorBackoff {
    /// CP-Q1.
    pub const DEFAULT: Self = Self {
        base: Span::from_millis(5),
        cap: Span::from_secs(1000),
    };
}

/// A controller's decisions.
pub trait Reconcile {
    /// What its queue holds.
    type Key: Copy + Ord + std::hash::Hash + std::fmt::Debug;

    /// Which controller it is.
    const KIND: ControllerKind;

    /// How its queue backs off.
    const BACKOFF: ErrorBackoff = ErrorBackoff::DEFAULT;

    /// Which keys to look at, given that something changed.
    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<Self::Key>);

    /// Compares what is with what should be. `progress.stage` is 0 unless the stage before answered
    /// [`Requeue::Continue`].
    fn reconcile(
        &mut self,
        view: View<'_>,
        key: Self::Key,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue;
}

/// All controllers of a run.
#[derive(Debug)]
pub struct Controllers {
    rows: Vec<(ControllerKind, Box<dyn Loop>)>,
}

impl Controllers {
    /// The controllers with the workers and clients that the flags give them.
    pub fn new(model: &Model, seed: u64) -> Self {
        let control_plane = &model.control_plane;
        let client = control_plane.client(control_plane.controllers.client);
        let gc_client = control_plane.client(garbage_collector::CLIENT);
        let flags = &control_plane.controllers;
        let gc = Controller::new(
            garbage_collector::GarbageCollector,
            flags.concurrent_gc_syncs,
            gc_client,
        );
        let node_lifecycle = node_lifecycle::NodeLifecycle::new(seed, control_plane);
        let node_lifecycle = Controller::new(node_lifecycle, node_lifecycle::WORKERS, client);
        let taint_eviction = taint_eviction::TaintEviction::default();
        let taint_eviction = Controller::new(taint_eviction, taint_eviction::WORKERS, client);
        let pod_gc = Controller::new(pod_gc::PodGc::new(seed, control_plane.profile), 1, client);
        let job = Controller::new(
            job::JobReconciler::default(),
            flags.concurrent_job_syncs,
            client,
        );
        let cronjob_workers = flags.concurrent_cron_job_syncs;
        let cronjob = Controller::new(
            cronjob::CronJobReconciler::default(),
            cronjob_workers,
            client,
        );
        let daemonset_workers = flags.concurrent_daemonset_syncs;
        let daemonset = Controller::new(
            daemonset::DaemonSetReconciler::default(),
            daemonset_workers,
            client,
        );
        let deployment = Controller::new(
            deployment::DeploymentReconciler::default(),
            flags.concurrent_deployment_syncs,
            client,
        );
        let replicaset = Controller::new(
            replicaset::ReplicaSetReconciler::default(),
            flags.concurrent_replicaset_syncs,
            client,
        );
        let statefulset = Controller::new(
            statefulset::StatefulSetReconciler::default(),
            flags.concurrent_statefulset_syncs,
            client,
        );
        let disruption = Controller::new(
            disruption::DisruptionReconciler,
            disruption::WORKERS,
            client,
        );
        let ttl_workers = flags.concurrent_ttl_after_finished_syncs;
        let ttl = Controller::new(ttl_after_finished::TtlReconciler, ttl_workers, client);
        Self {
            rows: vec![
                (ControllerKind::Job, Box::new(job)),
                (ControllerKind::CronJob, Box::new(cronjob)),
                (ControllerKind::DaemonSet, Box::new(daemonset)),
                (ControllerKind::Deployment, Box::new(deployment)),
                (ControllerKind::ReplicaSet, Box::new(replicaset)),
                (ControllerKind::StatefulSet, Box::new(statefulset)),
                (ControllerKind::Disruption, Box::new(disruption)),
                (ControllerKind::TtlAfterFinished, Box::new(ttl)),
                (ControllerKind::GarbageCollector, Box::new(gc)),
                (ControllerKind::NodeLifecycle, Box::new(node_lifecycle)),
                (ControllerKind::TaintEviction, Box::new(taint_eviction)),
                (ControllerKind::PodGc, Box::new(pod_gc)),
            ],
        }
    }

    /// The controller of this kind.
    pub fn get(&mut self, kind: ControllerKind) -> &mut dyn Loop {
        let row = self.rows.iter_mut().find(|(known, _)| *known == kind);
        &mut *row.expect("every controller that asks for a call runs").1
    }

    /// All of them, in an order that never changes.
    pub fn all(&mut self) -> impl Iterator<Item = &mut Box<dyn Loop>> {
        self.rows.iter_mut().map(|(_, controller)| controller)
    }
}
