//! A pod's life: phases go forward, what is terminal stays, what is gone is gone.

use super::{Verdict, hold};
use podtime::model::PodTemplate;
use podtime::sim::Time;
use podtime::world::{
    Change, ContainerStatus, DisruptionReason, Fact, NodeId, Owner, Phase, Pod, PodId, PodReason,
    World,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered of a pod.
struct Seen {
    phase: Phase,
    node: Option<NodeId>,
    /// By a fact: the world is as it is after all changes of a call.
    bound: bool,
    deleting: bool,
    /// What may not change any more once the pod is terminal.
    end: Option<(Option<Time>, Option<PodReason>, Vec<ContainerStatus>)>,
}

/// All pods that exist, and the ids of those that are gone.
#[derive(Default)]
pub(super) struct Pods {
    seen: BTreeMap<PodId, Seen>,
    gone: BTreeSet<PodId>,
}

impl Pods {
    pub(super) fn count(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        let Some(id) = fact.change.pod() else {
            return Ok(());
        };
        hold(!self.gone.contains(&id), "gone pods", || {
            "the pod's object is gone already".to_owned()
        })?;
        let Some(pod) = world.pod(id) else {
            return hold(false, "gone pods", || "the pod has no row".to_owned());
        };
        match fact.change {
            Change::PodCreated(_) => {
                let seen = Seen {
                    phase: Phase::Pending,
                    node: None,
                    bound: false,
                    deleting: false,
                    end: None,
                };
                hold(self.seen.insert(id, seen).is_none(), "pods", || {
                    "the pod is created twice".to_owned()
                })
            }
            Change::PodDeleted(_) => {
                self.seen.remove(&id);
                self.gone.insert(id);
                hold(
                    !pod.finalizer && pod.deleted_at == Some(fact.at),
                    "pods",
                    || "the finalizer still holds the pod".to_owned(),
                )
            }
            Change::PodScheduled(_) => {
                let node = pod.node.map(|node| world.node(node));
                hold(
                    node.is_some_and(|node| node.added_at <= fact.at),
                    "binding",
                    || "the node never was".to_owned(),
                )?;
                let was_bound = self
                    .seen
                    .get_mut(&id)
                    .is_none_or(|seen| std::mem::replace(&mut seen.bound, true));
                hold(!was_bound, "binding", || {
                    "the pod was bound before".to_owned()
                })?;
                let template: &PodTemplate = world.template_of(pod);
                hold(template.spec.scheduling_gates.is_empty(), "binding", || {
                    "the pod has scheduling gates".to_owned()
                })
            }
            Change::PodStarted(_) | Change::PodReady(_) | Change::ContainerStarted { .. } => {
                hold(pod.node.is_some(), "binding", || {
                    "the pod has no node".to_owned()
                })
            }
            _ => hold(self.seen.contains_key(&id), "pods", || {
                "the pod was never created".to_owned()
            }),
        }
    }

    pub(super) fn walk(&mut self, world: &World) -> Verdict {
        let mut count = 0;
        for (id, pod) in world.pods() {
            // Its creation may be told after a change of the same moment.
            let Some(seen) = self.seen.get_mut(&id) else {
                continue;
            };
            count += 1;
            seen.check(pod)?;
            let listed = match pod.owner {
                Owner::None => None,
                Owner::Job(job) => world.job(job).pods.get(&pod.number),
                Owner::DaemonSet(set) => world.daemonset(set).pods.get(&pod.number),
                Owner::ReplicaSet(set) => world.replicaset(set).pods.get(&pod.number),
                Owner::StatefulSet(set) => world.statefulset(set).pods.get(&pod.number),
            };
            hold(
                pod.owner == Owner::None || listed == Some(&id),
                "owners",
                || format!("{} is not among the pods of its owner", pod.name),
            )?;
        }
        hold(count <= world.pods().count(), "pods", || {
            "pods are lost".to_owned()
        })
    }
}

impl Seen {
    fn check(&mut self, pod: &Pod) -> Verdict {
        let name = &pod.name;
        hold(
            pod.phase >= self.phase && (!self.phase.is_terminal() || pod.phase == self.phase),
            "phases",
            || {
                format!(
                    "{name} goes from {} to {}",
                    self.phase.name(),
                    pod.phase.name()
                )
            },
        )?;
        self.phase = pod.phase;
        hold(
            self.node.is_none() || pod.node == self.node,
            "binding",
            || format!("{name} changes its node"),
        )?;
        self.node = pod.node;
        hold(!self.deleting || pod.deletion.is_some(), "deletion", || {
            format!("{name} is no longer being deleted")
        })?;
        self.deleting = pod.deletion.is_some();
        times(pod)?;
        if pod.phase.is_terminal() {
            // PodGC (NL-64) writes a phase, and leaves the other conditions as they are.
            let by_pod_gc = pod.disruption == Some(DisruptionReason::DeletionByPodGC);
            hold(!pod.ready || by_pod_gc, "terminal pods", || {
                format!("{name} is Ready")
            })?;
            let end = (pod.finished_at, pod.reason, pod.containers.clone());
            hold(
                self.end.get_or_insert_with(|| end.clone()) == &end,
                "terminal pods",
                || format!("{name} changes after its end: {:?} was {:?}", end, self.end),
            )?;
        }
        Ok(())
    }
}

/// The times of a pod in their order.
fn times(pod: &Pod) -> Verdict {
    let named = [
        ("created", Some(pod.created_at)),
        ("scheduled", pod.scheduled_at),
        ("accepted", pod.accepted_at),
        ("started", pod.started_at),
        ("ready", pod.ready_at),
        ("finished", pod.finished_at),
    ];
    let present: Vec<(&str, Time)> = named
        .into_iter()
        .filter_map(|(name, at)| Some((name, at?)))
        .collect();
    for pair in present.windows(2) {
        hold(pair[0].1 <= pair[1].1, "times", || {
            format!("{} is {} before it is {}", pod.name, pair[1].0, pair[0].0)
        })?;
    }
    hold(
        pod.phase.is_terminal() == pod.finished_at.is_some(),
        "times",
        || {
            format!(
                "{} is {} and has the end {:?}",
                pod.name,
                pod.phase.name(),
                pod.finished_at
            )
        },
    )
}
