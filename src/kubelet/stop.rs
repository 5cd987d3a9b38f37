//! The end of a pod: by itself, by a deletion, or by its deadline (KUB-40 to KUB-46).

use super::Kubelet;
use super::behavior::Script;
use super::local::{State, Stopping};
use super::start::container_index;
use super::work::last_contact;
use crate::api::{Context, Origin};
use crate::model::ContainerKind;
use crate::sim::{Span, Time};
use crate::world::{Call, ContainerIndex, Event, KubeletEvent, Phase, PodId, PodReason, PodUpdate};

/// KUB-C10: the least time that a container gets.
const LEAST_GRACE: Span = Span::from_secs(2);
/// Exit codes of a container that obeys SIGTERM, and of one that is killed (KUB-43).
const TERMINATED: i32 = 143;
const KILLED: i32 = 137;

impl Kubelet {
    /// The deletion request has come, or a shorter grace period.
    pub(super) fn terminate(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let Some(deletion) = ctx.view.world.live_pod(pod).and_then(|row| row.deletion) else {
            return;
        };
        let Some(local) = self.pods.get(pod) else {
            return;
        };
        if ctx.view.world.node(local.node).silent {
            return;
        }
        let kill_at = (deletion.requested_exactly_at + deletion.grace).max(ctx.now() + LEAST_GRACE);
        let reason = local.stopping.and_then(|stopping| stopping.reason);
        self.stop_pod(pod, Stopping { kill_at, reason }, ctx);
    }

    /// KUB-46.
    pub(super) fn pass_deadline(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.live_pod(pod) else {
            return;
        };
        let Some(local) = self.pods.get(pod) else {
            return;
        };
        if local.stopping.is_some() || local.is_ending {
            return;
        }
        let grace = ctx
            .view
            .world
            .template_of(row)
            .spec
            .termination_grace
            .max(LEAST_GRACE);
        let stopping = Stopping {
            kill_at: ctx.now() + grace,
            reason: Some(PodReason::DeadlineExceeded),
        };
        self.stop_pod(pod, stopping, ctx);
    }

    fn stop_pod(&mut self, pod: PodId, stopping: Stopping, ctx: &mut Context<'_>) {
        self.pods[pod].stopping = Some(stopping);
        for container in self.unfinished(pod, ContainerKind::Regular, ctx) {
            self.stop_container(pod, container, stopping.kill_at, ctx);
        }
        for container in self.unfinished(pod, ContainerKind::Init, ctx) {
            self.stop_container(pod, container, stopping.kill_at, ctx);
        }
        self.after_end(pod, Vec::new(), ctx);
    }

    /// Containers of a kind that run; those that are only being started end at once.
    fn unfinished(
        &mut self,
        pod: PodId,
        kind: ContainerKind,
        ctx: &Context<'_>,
    ) -> Vec<ContainerIndex> {
        let Some(row) = ctx.view.world.pod(pod) else {
            return Vec::new();
        };
        let containers = &ctx.view.world.template_of(row).spec.containers;
        let mut running = Vec::new();
        for (index, status) in self.pods[pod].containers.iter_mut().enumerate() {
            if containers[index].kind != kind {
                continue;
            }
            match status.state {
                State::Running { .. } => running.push(container_index(index)),
                State::Waiting
                | State::Pulling
                | State::Starting
                | State::Exited { noticed: true, .. } => {
                    status.attempt += 1; // What is still to come of this start is stale.
                    status.is_over = true;
                }
                State::Exited { noticed: false, .. } => {}
            }
        }
        running
    }

    fn stop_container(
        &mut self,
        pod: PodId,
        container: ContainerIndex,
        kill_at: Time,
        ctx: &mut Context<'_>,
    ) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let at = usize::from(container);
        let status = &mut self.pods[pod].containers[at];
        let attempt = status.attempt;
        let wish = ctx.now() + Script::of(ctx.view, row, at).terminate(attempt);
        if status.stopping.is_some() && kill_at >= wish {
            return; // It is on its way out already, and this request would not shorten that.
        }
        status.stopping = Some(if wish <= kill_at { TERMINATED } else { KILLED });
        ctx.out.event_at(
            wish.min(kill_at),
            Event::Kubelet(KubeletEvent::Stopped {
                pod,
                container,
                attempt,
            }),
        );
    }

    /// A container that was asked to stop has stopped.
    pub(super) fn stopped(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let local = &mut self.pods[pod];
        let until = last_contact(local.node, ctx.view.world);
        let status = &mut local.containers[usize::from(container)];
        let (State::Running { .. }, Some(code)) = (status.state, status.stopping) else {
            return;
        };
        self.works.save(pod, container, status, until);
        status.state = State::Exited {
            code,
            at: now,
            noticed: true,
        };
        status.ready = false;
        status.is_over = true;
        let mut updates = vec![PodUpdate::Exited {
            container,
            exit_code: code,
            finished_at: now,
        }];
        updates.extend(self.readiness_update(pod, ctx));
        self.after_end(pod, updates, ctx);
    }

    /// A container has ended for good: the next one starts, the sidecars go, or the pod is over.
    pub(super) fn after_end(&mut self, pod: PodId, updates: Vec<PodUpdate>, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let containers = &ctx.view.world.template_of(row).spec.containers;
        let local = &self.pods[pod];
        let of = |kind: ContainerKind| {
            containers
                .iter()
                .zip(&local.containers)
                .filter(move |(c, _)| c.kind == kind)
                .map(|(_, status)| status)
        };
        let failed_init = of(ContainerKind::Init)
            .any(|status| status.is_over && !matches!(status.state, State::Exited { code: 0, .. }));
        let regular_over = of(ContainerKind::Regular).all(|status| status.is_over);
        let is_stopping = local.stopping.is_some();
        let init_running =
            of(ContainerKind::Init).any(|status| matches!(status.state, State::Running { .. }));
        let goes_on = if is_stopping {
            init_running || !regular_over
        } else {
            !regular_over && !failed_init
        };
        if goes_on {
            if !updates.is_empty() {
                self.report(pod, updates, ctx);
            }
            self.start_next(pod, ctx);
            return;
        }
        let sidecars_run = of(ContainerKind::Sidecar).any(|status| !status.is_over);
        if sidecars_run {
            self.stop_sidecars(pod, updates, ctx);
            return;
        }
        self.end(pod, updates, ctx);
    }

    /// KUB-41, KUB-27: sidecars stop after the regular containers, within the same grace period.
    fn stop_sidecars(&mut self, pod: PodId, updates: Vec<PodUpdate>, ctx: &mut Context<'_>) {
        if !updates.is_empty() {
            self.report(pod, updates, ctx);
        }
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let grace = ctx
            .view
            .world
            .template_of(row)
            .spec
            .termination_grace
            .max(LEAST_GRACE);
        let least = ctx.now() + LEAST_GRACE;
        let local = &mut self.pods[pod];
        local.is_ending = true;
        let kill_at = local
            .stopping
            .map_or(ctx.now() + grace, |stopping| stopping.kill_at.max(least));
        let running = self.unfinished(pod, ContainerKind::Sidecar, ctx);
        if running.is_empty() {
            self.end(pod, Vec::new(), ctx);
            return;
        }
        for container in running {
            self.stop_container(pod, container, kill_at, ctx);
        }
    }

    /// KUB-5, KUB-44: the terminal phase, and the end of the object if it is being deleted.
    fn end(&mut self, pod: PodId, mut updates: Vec<PodUpdate>, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let containers = &ctx.view.world.template_of(row).spec.containers;
        let local = &mut self.pods[pod];
        let succeeded = containers
            .iter()
            .zip(&local.containers)
            .all(|(container, status)| {
                container.kind != ContainerKind::Regular
                    || matches!(status.state, State::Exited { code: 0, .. })
            });
        let reason = local.stopping.and_then(|stopping| stopping.reason);
        let phase = if succeeded && reason.is_none() {
            Phase::Succeeded
        } else {
            Phase::Failed
        };
        local.phase = phase;
        if std::mem::take(&mut local.ready) {
            updates.push(PodUpdate::Ready(false));
        }
        updates.push(PodUpdate::Phase { phase, reason });
        self.report(pod, updates, ctx);
        if self.pods[pod].unreported.is_empty() {
            self.leave(pod, ctx);
        }
    }

    /// The API knows that the pod is over: its object goes if that was asked for, and the kubelet forgets it.
    pub(super) fn leave(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        self.drop_pod(pod, ctx.view.world);
        if ctx
            .view
            .world
            .live_pod(pod)
            .is_some_and(|row| row.deletion.is_some())
        {
            let at = ctx.now() + ctx.view.latency().call * 2;
            ctx.out.call_at(
                at,
                Origin::Nobody,
                Call::DeletePod {
                    pod,
                    grace: Some(Span::ZERO),
                    disruption: None,
                },
            );
        }
    }

    /// KUB-44, for a deletion that was asked for while the last report was on its way: the kubelet had left the
    /// pod by then.
    pub(super) fn finish_deletion(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let Some((row, node)) = world.live_pod(pod).and_then(|row| Some((row, row.node?))) else {
            return;
        };
        let node = world.node(node);
        let waits = row.deletion.is_some_and(|deletion| !deletion.is_confirmed);
        if waits && !self.pods.contains_key(pod) && node.exists() && !node.silent {
            let grace = Some(Span::ZERO);
            let disruption = None;
            ctx.send(
                Origin::Nobody,
                Call::DeletePod {
                    pod,
                    grace,
                    disruption,
                },
            );
        }
    }
}
