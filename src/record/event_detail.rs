//! What an event says beyond its name and object.

use super::event_names::{Subject, condition_reason, outcome_name};
use crate::model::Name;
use crate::sim::Span;
use crate::world::{
    Change, ContainerIndex, CronDecision, JobId, NodeId, Owner, PodId, Readiness, ReplicaSetId,
    Scaling, WorkloadChange, World,
};
use std::fmt::Write;

/// Where the details of events are written: plain text of `key=value`, or a message.
///
/// Times come from the caller's formats, so that this module knows none.
pub struct Detail<'a> {
    /// The text, empty at first.
    pub text: &'a mut String,
    /// Writes seconds.
    pub seconds: fn(&mut String, Span),
    /// Writes a moment of the wall clock, given in seconds since the Unix epoch.
    pub wall_clock: fn(&mut String, i64),
}

impl Detail<'_> {
    /// Writes what there is to say about `change` beyond its name and object.
    pub fn write(&mut self, world: &World, change: &Change) {
        match Subject::of(change) {
            Subject::Node(node) => self.node(world, node, change),
            Subject::Pod(pod) => self.pod(world, pod, change),
            Subject::Job(job) => self.job(world, job, change),
            Subject::CronJob(_) => {
                if let Change::CronJobDecided { decision, .. } = change {
                    self.decision(world, decision);
                }
            }
            Subject::ReplicaSet(id) => self.replicaset(world, id, change),
            Subject::DaemonSet(_)
            | Subject::Deployment(_)
            | Subject::StatefulSet(_)
            | Subject::DisruptionBudget(_) => {}
            Subject::Pool(_) => {
                if let Change::Scaling(Scaling::Up { text, .. } | Scaling::UpFailed { text, .. }) =
                    change
                {
                    self.text.push_str(text);
                }
            }
            Subject::Action => {
                if let Change::Action { text, refusal } = change {
                    self.text.push_str(text);
                    if let Some(refusal) = refusal {
                        self.text.push_str(": ");
                        self.text.push_str(refusal);
                    }
                } else if let Change::Outage { detail, .. } = change {
                    self.text.push_str(detail);
                }
            }
        }
    }

    fn node(&mut self, world: &World, id: NodeId, change: &Change) {
        if let Change::NodeTainted { taint, .. } | Change::NodeUntainted { taint, .. } = change {
            self.text.push_str(taint);
        } else if let Change::Scaling(
            Scaling::Down { text, .. } | Scaling::DownFailed { text, .. },
        ) = change
        {
            self.text.push_str(text);
        } else if let Change::NodeFailure { detail, .. } = change {
            self.text.push_str(detail);
        } else if let Change::NodeNotReady(_) = change {
            self.text.push_str(match world.node(id).readiness {
                Readiness::Unknown => "status=Unknown",
                Readiness::NotReady | Readiness::Ready => "status=False",
            });
        } else if let (Change::NodeAdded(_), Some(pool)) = (change, &world.node(id).pool) {
            self.pair("pool", pool);
        }
    }

    fn pod(&mut self, world: &World, id: PodId, change: &Change) {
        let Some(pod) = world.pod(id) else { return };
        if let Change::PodCreated(_) = change {
            let (kind, name) = world.owner_name(pod.owner);
            if pod.owner != Owner::None {
                self.pair("owner", kind);
                self.text.push('/');
                self.text.push_str(name);
            }
            if let Some(index) = pod.index {
                self.pair("index", index);
            }
        } else if let Change::PodUnschedulable(_) = change {
            self.text
                .push_str(pod.unschedulable.as_deref().unwrap_or(""));
        } else if let Change::EvictionRefused { message, .. } = change {
            self.text.push_str(message);
        } else if let (Change::PodNominated(_), Some(node)) = (change, pod.nominated) {
            self.pair("node", &world.node(node).name);
        } else if let Change::PodFailed(_) = change {
            if let Some(reason) = pod.reason {
                self.pair("reason", reason.name());
            }
            if let Some(exit_code) = pod.exit_code() {
                self.pair("exit_code", exit_code);
            }
        } else if let (Change::PodDeleting(_), Some(deletion)) = (change, pod.deletion) {
            self.seconds("grace_s", deletion.grace);
        } else if let (Change::PodPreempted(_) | Change::PodEvicted(_), Some(reason)) =
            (change, pod.disruption)
        {
            self.pair("reason", reason.name());
        }
        let container = |index: ContainerIndex| -> &Name {
            &world.template_of(pod).spec.containers[usize::from(index)].name
        };
        if let Change::ContainerPulling { container: at, .. }
        | Change::ContainerPulled { container: at, .. } = change
        {
            self.pair("container", container(*at));
            let image = &world.template_of(pod).spec.containers[usize::from(*at)].image;
            self.pair("image", image);
        } else if let Change::ContainerStarted { container: at, .. } = change {
            self.pair("container", container(*at));
            self.pair("restarts", pod.containers[usize::from(*at)].restarts);
        } else if let Change::ContainerExited {
            container: at,
            exit_code,
            ..
        } = change
        {
            self.pair("container", container(*at));
            self.pair("exit_code", exit_code);
        } else if let Change::ContainerBackoff {
            container: at,
            wait,
            ..
        } = change
        {
            self.pair("container", container(*at));
            self.seconds("wait_s", *wait);
        }
    }

    fn replicaset(&mut self, world: &World, id: ReplicaSetId, change: &Change) {
        let replicaset = world.replicaset(id);
        let is_new = matches!(change, Change::ReplicaSet(_, WorkloadChange::Created));
        if let Some(deployment) = replicaset.deployment().filter(|_| is_new) {
            self.pair("owner", "Deployment/");
            self.text.push_str(&world.deployment(deployment).meta.name);
        }
        if is_new || matches!(change, Change::ReplicaSet(_, WorkloadChange::Updated)) {
            self.pair("replicas", replicaset.spec.replicas);
        }
    }

    fn job(&mut self, world: &World, id: JobId, change: &Change) {
        let job = world.job(id);
        if let (Change::JobCreated(_), Some(cronjob)) = (change, job.cronjob) {
            self.pair("owner", "CronJob/");
            self.text.push_str(&world.cronjob(cronjob).meta.name);
        } else if let Change::JobCondition { kind, status, .. } = change {
            self.pair("reason", condition_reason(job, *kind, *status));
        }
    }

    fn decision(&mut self, world: &World, decision: &CronDecision) {
        self.pair("outcome", outcome_name(decision.outcome));
        if let Some(scheduled) = decision.scheduled_unix {
            self.key("scheduled");
            (self.wall_clock)(self.text, scheduled);
        }
        if let Some(job) = decision.job {
            self.pair("job", &world.job(job).meta.name);
        }
    }

    fn key(&mut self, key: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(key);
        self.text.push('=');
    }

    fn pair(&mut self, key: &str, value: impl std::fmt::Display) {
        self.key(key);
        write!(self.text, "{value}").expect("a String takes every text");
    }

    fn seconds(&mut self, key: &str, span: Span) {
        self.key(key);
        (self.seconds)(self.text, span);
    }
}
