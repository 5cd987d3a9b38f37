//! Containers in their order, and pods that come to an end where a kubelet lives.

use super::{Verdict, hold};
use podtime::model::{Container, ContainerKind, PodTemplate, RestartPolicy, TaintEffect};
use podtime::sim::{Span, Time};
use podtime::world::{
    Change, ContainerState, Fact, Node, NodeId, Owner, Phase, Pod, PodId, Readiness, World,
};
use std::collections::{BTreeMap, BTreeSet};

/// A kubelet's report that was sent before contact was lost.
const ON_THE_WAY: Span = Span::from_millis(20);

/// More than relists, watches, slow clients, PodGC (NL-C13) and the taint manager need.
const SLACK: Span = Span::from_secs(200);

/// The default tolerations (NL-C9) and the slack.
const EVICTED_AFTER: Span = Span::from_secs(500);

/// Since when nodes are what they are.
#[derive(Default)]
pub(super) struct Kubelets {
    changed: BTreeMap<NodeId, Time>,
    /// By facts: one report may hold a start and an end, and the world is as after both.
    ended: BTreeSet<PodId>,
}

impl Kubelets {
    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        match fact.change {
            Change::NodeAdded(node)
            | Change::NodeReady(node)
            | Change::NodeNotReady(node)
            | Change::NodeTainted { node, .. }
            | Change::NodeUntainted { node, .. }
            | Change::NodeCrashed(node)
            | Change::NodeRecovered(node)
            | Change::NodeRemoved(node) => {
                self.changed.insert(node, fact.at);
                Ok(())
            }
            Change::ContainerStarted { pod, container } => {
                hold(!self.ended.contains(&pod), "containers", || {
                    "a container starts after the end of its pod".to_owned()
                })?;
                started(world, pod, usize::from(container), fact.at)
            }
            Change::PodSucceeded(pod) => {
                self.ended.insert(pod);
                ended(world, pod)
            }
            Change::PodFailed(pod) => {
                self.ended.insert(pod);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What must have happened by now, if a node has been the same for long.
    pub(super) fn settled(&mut self, world: &World, end: Time, is_slow: bool) -> Verdict {
        for (_, pod) in world.pods() {
            finalized(world, pod, end, is_slow)?;
            let Some(id) = pod.node else {
                let holds = pod.deletion.is_none() || pod.finalizer;
                hold(holds, "deletion", || {
                    format!("{} is bound to no node and is being deleted", pod.name)
                })?;
                continue;
            };
            let node = world.node(id);
            let since = self.changed.get(&id).copied().unwrap_or(Time::ZERO);
            let bound = pod.scheduled_at.unwrap_or(Time::ZERO);
            let quiet = end - since.max(bound);
            if !node.exists() {
                hold(quiet < SLACK || pod.finalizer, "pods of no node", || {
                    format!("{} outlives its node {}", pod.name, node.name)
                })?;
                continue;
            }
            if !pod.phase.is_terminal() && quiet > EVICTED_AFTER && is_evicted(world, pod, node) {
                hold(pod.deletion.is_some(), "evictions", || {
                    format!("{} stays on {} with {:?}", pod.name, node.name, node.taints)
                })?;
            }
            if node.readiness == Readiness::Ready && !node.silent && quiet > SLACK {
                hold(
                    pod.accepted_at.is_some() || pod.phase.is_terminal(),
                    "kubelets",
                    || {
                        format!(
                            "{} is bound to {}, whose kubelet never saw it",
                            pod.name, node.name
                        )
                    },
                )?;
                stopped(pod, node, end)?;
            }
        }
        Ok(())
    }
}

/// NL-41: a taint that the pod does not bear at all.
fn is_evicted(world: &World, pod: &Pod, node: &Node) -> bool {
    let template: &PodTemplate = world.template_of(pod);
    let tolerations = &template.spec.tolerations;
    node.taints
        .iter()
        .filter(|taint| taint.effect == TaintEffect::NoExecute)
        .any(|taint| {
            let mut bearing = tolerations.iter().filter(|t| t.tolerates(taint)).peekable();
            bearing.peek().is_none() || bearing.all(|t| t.seconds.is_some())
        })
}

/// KUB-40: what is asked to stop has stopped when its grace period is over.
fn stopped(pod: &Pod, node: &Node, end: Time) -> Verdict {
    let Some(deletion) = pod.deletion else {
        return Ok(());
    };
    let due = deletion.requested_exactly_at + deletion.grace;
    hold(end - due < SLACK || pod.finalizer, "deletion", || {
        let due = due.to_seconds_text();
        format!("{} should have left {} at {due} s", pod.name, node.name)
    })
}

/// JOB-72, JOB-77: nobody keeps a finalizer for ever.
fn finalized(world: &World, pod: &Pod, end: Time, is_slow: bool) -> Verdict {
    let since = match (pod.finalizer, pod.owner) {
        (true, Owner::Job(job)) => {
            let job = world.job(job);
            job.deleted_at.or(job.finished_at)
        }
        // An orphan's finalizer goes with its owner.
        (
            true,
            Owner::None | Owner::DaemonSet(_) | Owner::ReplicaSet(_) | Owner::StatefulSet(_),
        ) => Some(pod.created_at),
        (false, _) => None,
    };
    hold(
        is_slow || since.is_none_or(|since| end - since < SLACK),
        "finalizers",
        || format!("{} keeps its finalizer: {pod:?}", pod.name),
    )
}

/// KUB-14: init containers first, on a node that is heard of.
fn started(world: &World, id: PodId, started: usize, at: Time) -> Verdict {
    let Some((pod, node)) = world.pod(id).and_then(|pod| Some((pod, pod.node?))) else {
        return hold(false, "containers", || {
            "a container runs on no node".to_owned()
        });
    };
    let node = world.node(node);
    let just_now = |since: Time| at - since <= ON_THE_WAY;
    let heard = node.silent_since.is_none_or(just_now) && node.removed_at.is_none_or(just_now);
    hold(heard, "containers", || {
        format!(
            "a container of {} starts on {}, which is away",
            pod.name, node.name
        )
    })?;
    let template: &PodTemplate = world.template_of(pod);
    let containers: &[Container] = &template.spec.containers;
    let me = &containers[started];
    let restarts = pod.containers[started].restarts;
    let policy = me.restart_policy.unwrap_or(template.spec.restart_policy);
    hold(
        restarts == 0
            || policy != RestartPolicy::Never
            || me.kind == ContainerKind::Sidecar
            || !me.restart_rules.is_empty(),
        "containers",
        || format!("{} of {} starts again", me.name, pod.name),
    )?;
    for (container, status) in containers[..started].iter().zip(&pod.containers) {
        let ready = match container.kind {
            ContainerKind::Regular => true,
            ContainerKind::Init => {
                matches!(
                    status.state,
                    ContainerState::Terminated { exit_code: 0, .. }
                )
            }
            ContainerKind::Sidecar => status.state != ContainerState::Waiting,
        };
        hold(ready, "containers", || {
            format!(
                "{} of {} starts before {} is done",
                me.name, pod.name, container.name
            )
        })?;
    }
    Ok(())
}

/// KUB-3: all regular containers ended with 0.
fn ended(world: &World, id: PodId) -> Verdict {
    let Some(pod) = world.pod(id) else {
        return Ok(());
    };
    let template: &PodTemplate = world.template_of(pod);
    let mut pairs = template.spec.containers.iter().zip(&pod.containers);
    let bad = pairs.find(|(container, status)| {
        container.kind == ContainerKind::Regular
            && !matches!(
                status.state,
                ContainerState::Terminated { exit_code: 0, .. }
            )
    });
    hold(
        bad.is_none() && pod.phase == Phase::Succeeded,
        "containers",
        || format!("{} has succeeded with {bad:?}", pod.name),
    )
}
