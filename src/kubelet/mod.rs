//! The kubelets: a pod's life on its node, from the binding to the end of its object.
//!
//! One [`Kubelet`] plays all of them. It keeps its own truth about containers, as a real kubelet does, and the
//! API hears of it in status reports: out of contact, the containers run on and the reports wait. Behavior
//! follows `pkg/kubelet` (rules KUB-*): phases, start order, restarts with back-off, termination. The kubelet's
//! profile `kubernetes` adds the relist (KUB-17) and the drawn-out restarts (KUB-26).
//!
//! Not here: which node a pod goes to, and what controllers make of its end.

mod backoff;
mod behavior;
mod images;
mod local;
mod start;
mod stop;
mod work;

use crate::api::{Context, Origin};
use crate::model::{ContainerKind, KubeletProfile};
use crate::sim::{Span, Stream, Time};
use crate::world::{
    Call, Change, ContainerIndex, Event, KubeletEvent, NodeChange, NodeId, Phase, PodId, PodUpdate,
    Readiness, World,
};
use images::Images;
use local::{LocalPod, State};
use slotmap::SecondaryMap;
use std::collections::{BTreeMap, BTreeSet};
use work::{Works, last_contact};

/// KUB-C1: how often the kubelet asks the runtime what has become of its containers.
const RELIST: Span = Span::from_secs(1);

/// All kubelets of the cluster.
#[derive(Debug, Default)]
pub struct Kubelet {
    pods: SecondaryMap<PodId, LocalPod>,
    images: BTreeMap<NodeId, Images>,
    /// Machines that are off: nothing happens there.
    dark: BTreeSet<NodeId>,
    works: Works,
}

impl Kubelet {
    /// Something has happened to an object.
    pub fn observe(&mut self, change: &Change, ctx: &mut Context<'_>) {
        let watch = ctx.view.latency().watch;
        self.follow_work(change, ctx);
        if let Change::PodScheduled(pod) = *change {
            ctx.schedule(watch, Event::Kubelet(KubeletEvent::Admit(pod)));
        } else if let Change::PodDeleting(pod) = *change {
            if self.pods.contains_key(pod) {
                ctx.schedule(watch, Event::Kubelet(KubeletEvent::Terminate(pod)));
            }
        } else if let Change::PodNotReady(pod) = *change {
            self.contradict(pod, ctx);
        } else if let Change::PodSucceeded(pod) | Change::PodFailed(pod) = *change {
            self.finish_deletion(pod, ctx);
        } else if let Change::PodDeleted(pod) = *change {
            self.drop_pod(pod, ctx.view.world);
            self.works.forget(pod);
        } else if let Change::NodeAdded(node) = *change {
            // A node at t = 0 becomes Ready in the same moment, and the post finds nothing to change.
            let after = ctx.view.world.node(node).ready_after;
            ctx.schedule(after, Event::Kubelet(KubeletEvent::PostReady(node)));
        } else if let Change::NodeRemoved(node) = *change {
            self.lose(node, ctx.view.world);
        } else if let Change::NodeCrashed(node) = *change {
            if ctx.view.world.node(node).powered_off {
                self.power_off(node, ctx);
            }
        } else if let Change::NodeRecovered(node) = *change {
            self.recover(node, ctx);
        }
    }

    /// What becomes of the work of pods that save it.
    fn follow_work(&mut self, change: &Change, ctx: &Context<'_>) {
        if let Change::PodCreated(pod) = *change {
            self.works.take_up(pod, ctx.view);
        } else if let Change::PodFailed(pod) | Change::PodDeleting(pod) = *change {
            self.works.leave(pod, ctx.view.world);
        } else if let Change::PodSucceeded(pod) = *change {
            self.works.forget(pod);
        } else if let Change::JobDeleted(job) = *change {
            self.works.forget_job(job);
        }
    }

    /// A pod's containers are gone, or will never be heard of again.
    pub(super) fn drop_pod(&mut self, pod: PodId, world: &World) {
        let Some(local) = self.pods.remove(pod) else {
            return;
        };
        let at = last_contact(local.node, world);
        for (container, status) in (0..=ContainerIndex::MAX).zip(&local.containers) {
            self.works.save(pod, container, status, at);
        }
    }

    /// A moment in a pod's life has come; one that is out of date is dropped here.
    pub fn handle(&mut self, event: KubeletEvent, ctx: &mut Context<'_>) {
        match event {
            KubeletEvent::PostReady(node) => post_ready(node, ctx),
            KubeletEvent::Admit(pod) => self.admit(pod, ctx),
            KubeletEvent::Terminate(pod) => self.terminate(pod, ctx),
            KubeletEvent::Deadline(pod) => self.pass_deadline(pod, ctx),
            KubeletEvent::Pulled {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.pulled(pod, container, ctx);
            }
            KubeletEvent::Running {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.running(pod, container, ctx);
            }
            KubeletEvent::Ready {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.become_ready(pod, container, ctx);
            }
            KubeletEvent::Exit {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.exit(pod, container, ctx);
            }
            KubeletEvent::Notice {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.notice(pod, container, ctx);
            }
            KubeletEvent::Restart {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.restart(pod, container, ctx);
            }
            KubeletEvent::Stopped {
                pod,
                container,
                attempt,
            } if self.is_current(pod, container, attempt) => {
                self.stopped(pod, container, ctx);
            }
            KubeletEvent::Pulled { .. }
            | KubeletEvent::Running { .. }
            | KubeletEvent::Ready { .. }
            | KubeletEvent::Exit { .. }
            | KubeletEvent::Notice { .. }
            | KubeletEvent::Restart { .. }
            | KubeletEvent::Stopped { .. } => {}
        }
    }

    fn is_current(&self, pod: PodId, container: ContainerIndex, attempt: u32) -> bool {
        self.pods.get(pod).is_some_and(|local| {
            local.containers[usize::from(container)].attempt == attempt
                && !self.dark.contains(&local.node)
        })
    }

    /// A kubelet in contact writes its own view again where somebody else has changed the status.
    fn contradict(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let Some(local) = self.pods.get(pod) else {
            return;
        };
        if local.ready && !ctx.view.world.node(local.node).silent {
            self.report(pod, vec![PodUpdate::Ready(true)], ctx);
        }
    }

    /// A container's process has ended by itself: noticed at the next relist (KUB-17), or at once.
    fn exit(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let local = &mut self.pods[pod];
        let row = &mut local.containers[usize::from(container)];
        // A container that was asked to stop ends by that, however long it would have run.
        let (State::Running { .. }, None) = (row.state, row.stopping) else {
            return;
        };
        let until = last_contact(local.node, ctx.view.world);
        self.works.save(pod, container, row, until);
        row.state = State::Exited {
            code: row.exit_code,
            at: now,
            noticed: false,
        };
        let attempt = row.attempt;
        let notice = next_relist(local.node, ctx);
        if notice > now {
            ctx.out.event_at(
                notice,
                Event::Kubelet(KubeletEvent::Notice {
                    pod,
                    container,
                    attempt,
                }),
            );
        } else {
            self.notice(pod, container, ctx);
        }
    }

    /// Tells the API, or keeps it until contact is back.
    fn report(&mut self, pod: PodId, updates: Vec<PodUpdate>, ctx: &mut Context<'_>) {
        let local = &mut self.pods[pod];
        if ctx.view.world.node(local.node).silent {
            local.unreported.extend(updates);
        } else {
            ctx.send(Origin::Nobody, Call::Report { pod, updates });
        }
    }

    /// Readiness of the whole pod (KUB-34), if it changed.
    fn readiness_update(&mut self, pod: PodId, ctx: &Context<'_>) -> Option<PodUpdate> {
        let row = ctx.view.world.pod(pod)?;
        let containers = &ctx.view.world.template_of(row).spec.containers;
        let local = &mut self.pods[pod];
        let ready = containers
            .iter()
            .zip(&local.containers)
            .filter(|(container, _)| container.kind != ContainerKind::Init)
            .all(|(_, status)| status.ready);
        (std::mem::replace(&mut local.ready, ready) != ready).then_some(PodUpdate::Ready(ready))
    }

    /// The machine is gone, and its containers with it.
    fn lose(&mut self, node: NodeId, world: &World) {
        self.images.remove(&node);
        self.dark.remove(&node);
        for &pod in world.node(node).pods.values() {
            self.drop_pod(pod, world);
        }
    }

    /// The containers are dead; the kubelet finds out when it is back.
    fn power_off(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let now = ctx.now();
        self.dark.insert(node);
        let until = last_contact(node, ctx.view.world);
        for pod in ctx.view.world.node(node).pods.values() {
            let Some(local) = self.pods.get_mut(*pod) else {
                continue;
            };
            for (at, container) in (0..=ContainerIndex::MAX).zip(&mut local.containers) {
                self.works.save(*pod, at, container, until);
                let dead = State::Exited {
                    code: 137,
                    at: now,
                    noticed: false,
                };
                container.state = match container.state {
                    State::Running { .. } => dead,
                    State::Pulling | State::Starting if container.attempt > 1 => dead,
                    State::Pulling | State::Starting => {
                        container.attempt = 0; // It has not run yet, and its first start is still to come.
                        State::Waiting
                    }
                    other @ (State::Waiting | State::Exited { .. }) => other,
                };
            }
        }
    }

    /// Contact is back: what happened meanwhile is reported, and what was asked for meanwhile is done.
    fn recover(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let row = world.node(node);
        let rebooted = self.dark.remove(&node);
        if ctx.now() >= row.added_at + row.ready_after {
            // Fact 28: at once. Else the kubelet is not up for the first time yet.
            let change = NodeChange::Readiness(Readiness::Ready);
            ctx.send(Origin::Nobody, Call::ChangeNode { node, change });
        }
        for &pod in row.pods.values() {
            self.recover_pod(pod, rebooted, ctx);
        }
    }

    fn recover_pod(&mut self, pod: PodId, rebooted: bool, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.live_pod(pod) else {
            return;
        };
        if row.phase.is_terminal() {
            // Somebody else has ended it (NL-64); what the kubelet knows of it matters no more.
            if self.pods.contains_key(pod) {
                self.leave(pod, ctx);
            } else {
                self.finish_deletion(pod, ctx);
            }
            return;
        }
        let Some(local) = self.pods.get_mut(pod) else {
            self.admit(pod, ctx);
            return;
        };
        let mut updates = std::mem::take(&mut local.unreported);
        let dead: Vec<ContainerIndex> = local.unnoticed();
        if dead.is_empty() && local.phase != Phase::Pending {
            updates.push(PodUpdate::Ready(local.ready));
        }
        let is_over = local.phase.is_terminal();
        let waiting = local.waiting_for_restart();
        if !updates.is_empty() {
            self.report(pod, updates, ctx);
        }
        if is_over {
            self.leave(pod, ctx);
            return;
        }
        for container in dead {
            if self.pods.contains_key(pod) {
                self.notice(pod, container, ctx);
            }
        }
        if rebooted {
            for container in waiting {
                if self.pods.contains_key(pod) {
                    self.restart(pod, container, ctx);
                }
            }
            if self.pods.contains_key(pod) {
                self.start_next(pod, ctx);
            }
        }
        if self.pods.contains_key(pod) && row.deletion.is_some() {
            self.terminate(pod, ctx);
        }
    }
}

/// The kubelet of a new node is up.
fn post_ready(node: NodeId, ctx: &mut Context<'_>) {
    let row = ctx.view.world.node(node);
    if row.exists() && row.readiness != Readiness::Ready && !row.silent {
        let change = NodeChange::Readiness(Readiness::Ready);
        ctx.send(Origin::Nobody, Call::ChangeNode { node, change });
    }
}

/// The moment at which the kubelet of `node` next asks its runtime.
fn next_relist(node: NodeId, ctx: &Context<'_>) -> Time {
    let now = ctx.now();
    match ctx.view.model.control_plane.kubelet.profile {
        KubeletProfile::Ideal => now,
        KubeletProfile::Kubernetes => {
            let name = &ctx.view.world.node(node).name;
            let mut stream = Stream::new(ctx.view.seed, &["node", name], "relist");
            let phase = i64::try_from(stream.below(RELIST.as_nanos().unsigned_abs()))
                .expect("below a second");
            let wait = (phase - now.as_nanos()).rem_euclid(RELIST.as_nanos());
            now + Span::from_nanos(wait)
        }
    }
}

#[cfg(test)]
mod tests;
