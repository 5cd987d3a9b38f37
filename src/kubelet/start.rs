//! From the binding to running, and from an exit to the next start.

use super::Kubelet;
use super::backoff::{self, Verdict};
use super::behavior::Script;
use super::local::{LocalPod, State};
use super::work::{Progress, last_contact, saved_by};
use crate::api::Context;
use crate::model::{ContainerKind, ImagePullPolicy, KubeletProfile, RestartPolicy};
use crate::sim::{Span, Stream, Time};
use crate::world::{
    ContainerIndex, Event, KubeletEvent, NodeId, Phase, Pod, PodId, PodReason, PodUpdate,
};

/// KUB-C2: a waiting container is looked at this often at the least, drawn out by up to a half.
const RESYNC: Span = Span::from_secs(60);

impl Kubelet {
    /// The kubelet sees a pod that was bound to it (KUB-10 to KUB-12).
    pub(super) fn admit(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let Some(row) = world.live_pod(pod) else {
            return;
        };
        let Some(node) = row.node else { return };
        if self.pods.contains_key(pod)
            || row.phase.is_terminal()
            || !world.node(node).exists()
            || world.node(node).silent
        {
            return;
        }
        self.pods
            .insert(pod, LocalPod::new(node, row.containers.len()));
        if row.deletion.is_some() {
            self.terminate(pod, ctx);
            return;
        }
        if let Some(reason) = self.refusal(row, node, ctx) {
            self.report(
                pod,
                vec![PodUpdate::Phase {
                    phase: Phase::Failed,
                    reason: Some(reason),
                }],
                ctx,
            );
            self.pods.remove(pod);
            return;
        }
        self.report(pod, vec![PodUpdate::Accepted], ctx);
        if let Some(deadline) = world.template_of(row).spec.active_deadline {
            let at = world.api_time(ctx.now()) + deadline;
            ctx.out
                .event_at(at, Event::Kubelet(KubeletEvent::Deadline(pod)));
        }
        self.start_next(pod, ctx);
    }

    /// KUB-10: why the kubelet does not take the pod. Those that it has taken before count; others that were bound in
    /// the same moment are looked at after this one.
    fn refusal(&self, row: &Pod, node: NodeId, ctx: &Context<'_>) -> Option<PodReason> {
        let world = ctx.view.world;
        let node = world.node(node);
        if !world
            .template_of(row)
            .spec
            .selects_node(&node.name, &node.labels)
        {
            return Some(PodReason::NodeAffinity);
        }
        let (asked, bound, has) = (world.requests_of(row), &node.requested, &node.allocatable);
        let is_full = i64::from(node.live_pods) > has.pods
            || bound.cpu_m > has.cpu_m
            || bound.memory_bytes > has.memory_bytes;
        if !is_full {
            return None; // The usual case, without a walk over the node's pods.
        }
        let (mut pods, mut cpu_m, mut memory_bytes) = (0_i64, 0_i64, 0_i64);
        for pod in node
            .pods
            .values()
            .filter(|pod| self.pods.contains_key(**pod))
        {
            let taken = world.pod(*pod).map(|pod| world.requests_of(pod));
            pods += 1;
            cpu_m = cpu_m.saturating_add(taken.map_or(0, |taken| taken.cpu_m));
            memory_bytes = memory_bytes.saturating_add(taken.map_or(0, |taken| taken.memory_bytes));
        }
        if pods > has.pods {
            return Some(PodReason::OutOfPods);
        }
        if asked.cpu_m > 0 && cpu_m > has.cpu_m {
            return Some(PodReason::OutOfCpu);
        }
        (asked.memory_bytes > 0 && memory_bytes > has.memory_bytes)
            .then_some(PodReason::OutOfMemory)
    }

    /// Starts the container whose turn it is (KUB-13 to KUB-15).
    pub(super) fn start_next(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let containers = &ctx.view.world.template_of(row).spec.containers;
        let local = &self.pods[pod];
        if local.stopping.is_some() || local.is_ending {
            return;
        }
        for (index, (container, status)) in containers.iter().zip(&local.containers).enumerate() {
            let has_run = matches!(status.state, State::Running { .. } | State::Exited { .. });
            let passes = match container.kind {
                ContainerKind::Init => {
                    status.is_over && matches!(status.state, State::Exited { code: 0, .. })
                }
                ContainerKind::Sidecar | ContainerKind::Regular => has_run || status.attempt > 1,
            };
            if passes {
                continue;
            }
            if status.state == State::Waiting && status.attempt == 0 {
                self.start(pod, container_index(index), ctx);
            }
            return;
        }
    }

    /// Starts a container: its image first.
    fn start(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let at = usize::from(container);
        let script = Script::of(ctx.view, row, at);
        let local = &mut self.pods[pod];
        let status = &mut local.containers[at];
        status.attempt += 1;
        let attempt = status.attempt;
        let spec = &ctx.view.world.template_of(row).spec.containers[at];
        let images = self.images.entry(local.node).or_default();
        let arrival = images.arrival(&spec.image);
        let pull = if arrival.is_some() {
            Span::ZERO
        } else {
            script.image_pull(attempt)
        };
        let flags = &ctx.view.model.control_plane.kubelet;
        // KUB-22: whoever wants an image that is on its way queues up behind it.
        let is_there = arrival.is_some_and(|arrival| arrival <= ctx.now());
        let waits = spec.image_pull_policy != ImagePullPolicy::Never
            && (!is_there || spec.image_pull_policy == ImagePullPolicy::Always);
        let done = if waits {
            images.pull(&spec.image, pull, ctx.now(), flags)
        } else {
            ctx.now()
        };
        if done <= ctx.now() {
            self.begin(pod, container, ctx);
            return;
        }
        local.containers[at].state = State::Pulling;
        ctx.out.event_at(
            done,
            Event::Kubelet(KubeletEvent::Pulled {
                pod,
                container,
                attempt,
            }),
        );
        self.report(pod, vec![PodUpdate::Pulling { container }], ctx);
    }

    pub(super) fn pulled(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        if self.pods[pod].containers[usize::from(container)].state == State::Pulling {
            self.report(pod, vec![PodUpdate::Pulled { container }], ctx);
            self.begin(pod, container, ctx);
        }
    }

    /// The image is there: the container is created and started.
    fn begin(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let at = usize::from(container);
        let (progress, labels) = (
            self.progress(pod, container, ctx),
            &ctx.view.world.node(self.pods[pod].node).labels,
        );
        let status = &mut self.pods[pod].containers[at];
        let start = Script::of(ctx.view, row, at).start(status.attempt, labels, progress);
        status.state = State::Starting;
        status.exit_code = start.exit_code;
        status.ready_after = start.ready_after;
        status.run = start.run;
        status.work = start.work.map(|(share, _)| share);
        let attempt = status.attempt;
        if let Some((share, total)) = start.work {
            let (saved, total) = (share.from, Some(total));
            self.works.note(pod, container, Progress { total, saved });
        }
        ctx.schedule(
            start.startup,
            Event::Kubelet(KubeletEvent::Running {
                pod,
                container,
                attempt,
            }),
        );
    }

    /// How far the container's piece of work is, what the pod before it has saved until now included.
    fn progress(
        &self,
        pod: PodId,
        container: ContainerIndex,
        ctx: &Context<'_>,
    ) -> Option<Progress> {
        let (mut progress, past) = self.works.progress(pod, container)?;
        if let Some(local) = past.and_then(|past| self.pods.get(past)) {
            let at = last_contact(local.node, ctx.view.world);
            let status = local.containers.get(usize::from(container));
            let saved = status.and_then(|status| saved_by(status, at));
            progress.saved = progress.saved.max(saved.unwrap_or(Span::ZERO));
        }
        Some(progress)
    }

    /// The container is up.
    pub(super) fn running(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let local = &mut self.pods[pod];
        let status = &mut local.containers[usize::from(container)];
        if status.state != State::Starting {
            return;
        }
        status.state = State::Running { since: now };
        let (attempt, run, ready_after) = (status.attempt, status.run, status.ready_after);
        let mut updates = vec![PodUpdate::Started { container }];
        if let Some(run) = run {
            ctx.schedule(
                run,
                Event::Kubelet(KubeletEvent::Exit {
                    pod,
                    container,
                    attempt,
                }),
            );
        }
        if ready_after.is_zero() {
            self.pods[pod].containers[usize::from(container)].ready = true;
            updates.push(PodUpdate::ContainerReady {
                container,
                ready: true,
            });
        } else {
            ctx.schedule(
                ready_after,
                Event::Kubelet(KubeletEvent::Ready {
                    pod,
                    container,
                    attempt,
                }),
            );
        }
        updates.extend(self.phase_update(pod, ctx));
        updates.extend(self.readiness_update(pod, ctx));
        self.report(pod, updates, ctx);
        self.start_next(pod, ctx);
    }

    /// KUB-3, KUB-4: the pod is Running once every container but the init ones has been started.
    fn phase_update(&mut self, pod: PodId, ctx: &Context<'_>) -> Option<PodUpdate> {
        let row = ctx.view.world.pod(pod)?;
        let containers = &ctx.view.world.template_of(row).spec.containers;
        let local = &mut self.pods[pod];
        if local.phase != Phase::Pending {
            return None;
        }
        let all_started = containers
            .iter()
            .zip(&local.containers)
            .all(|(container, status)| {
                container.kind == ContainerKind::Init
                    || matches!(status.state, State::Running { .. } | State::Exited { .. })
                    || status.attempt > 1
            });
        if !all_started {
            return None;
        }
        local.phase = Phase::Running;
        Some(PodUpdate::Phase {
            phase: Phase::Running,
            reason: None,
        })
    }

    pub(super) fn become_ready(
        &mut self,
        pod: PodId,
        container: ContainerIndex,
        ctx: &mut Context<'_>,
    ) {
        let status = &mut self.pods[pod].containers[usize::from(container)];
        if !matches!(status.state, State::Running { .. }) || status.ready {
            return;
        }
        status.ready = true;
        let mut updates = vec![PodUpdate::ContainerReady {
            container,
            ready: true,
        }];
        updates.extend(self.readiness_update(pod, ctx));
        self.report(pod, updates, ctx);
    }

    /// The kubelet sees that a container has ended: restart, wait, or the end of the pod (KUB-8, KUB-25, KUB-27).
    pub(super) fn notice(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let Some(row) = ctx.view.world.pod(pod) else {
            return;
        };
        let at = usize::from(container);
        let local = &mut self.pods[pod];
        let is_leaving = local.stopping.is_some() || local.is_ending;
        let status = &mut local.containers[at];
        let State::Exited {
            code,
            at: exited_at,
            noticed: false,
        } = status.state
        else {
            return;
        };
        status.state = State::Exited {
            code,
            at: exited_at,
            noticed: true,
        };
        status.ready = false;
        let restarts = !is_leaving && row.deletion.is_none() && will_restart(row, at, code, ctx);
        status.is_over = !restarts;
        let cap = ctx
            .view
            .model
            .control_plane
            .kubelet
            .max_container_restart_period;
        let verdict = backoff::decide(exited_at, ctx.now(), status.backoff, cap);
        let mut updates = vec![PodUpdate::Exited {
            container,
            exit_code: code,
            finished_at: exited_at,
        }];
        if let (true, Verdict::Wait(until)) = (restarts, verdict) {
            updates.push(PodUpdate::Backoff {
                container,
                wait: until - exited_at,
            });
        }
        updates.extend(self.readiness_update(pod, ctx));
        if restarts {
            if code == 0 {
                // The work is done; what is restarted begins another piece.
                self.works.note(pod, container, Progress::default());
            }
            self.report(pod, updates, ctx);
            self.follow(pod, container, verdict, ctx);
            return;
        }
        self.after_end(pod, updates, ctx);
    }

    /// Starts the container again, or waits.
    fn follow(
        &mut self,
        pod: PodId,
        container: ContainerIndex,
        verdict: Verdict,
        ctx: &mut Context<'_>,
    ) {
        let now = ctx.now();
        let status = &mut self.pods[pod].containers[usize::from(container)];
        let attempt = status.attempt;
        match verdict {
            Verdict::Start(delay) => {
                status.backoff = Some((delay, now));
                self.start(pod, container, ctx);
            }
            Verdict::Wait(until) => {
                let at = next_look(pod, attempt, until, ctx);
                ctx.out.event_at(
                    at,
                    Event::Kubelet(KubeletEvent::Restart {
                        pod,
                        container,
                        attempt,
                    }),
                );
            }
        }
    }

    /// The wait may be over.
    pub(super) fn restart(&mut self, pod: PodId, container: ContainerIndex, ctx: &mut Context<'_>) {
        let local = &self.pods[pod];
        let status = &local.containers[usize::from(container)];
        let State::Exited { at, .. } = status.state else {
            return;
        };
        if local.stopping.is_some() || local.is_ending || status.is_over {
            return;
        }
        let cap = ctx
            .view
            .model
            .control_plane
            .kubelet
            .max_container_restart_period;
        let verdict = backoff::decide(at, ctx.now(), status.backoff, cap);
        self.follow(pod, container, verdict, ctx);
    }
}

/// When the kubelet looks again at a container whose wait ends at `until`: KUB-26's jitter, or the moment itself.
fn next_look(pod: PodId, attempt: u32, until: Time, ctx: &Context<'_>) -> Time {
    match (
        ctx.view.model.control_plane.kubelet.profile,
        ctx.view.world.pod(pod),
    ) {
        (KubeletProfile::Ideal, _) | (_, None) => until,
        (KubeletProfile::Kubernetes, Some(row)) => {
            let now = ctx.now();
            let identity = ctx.view.world.pod_identity(row);
            let number = now.as_nanos().unsigned_abs() ^ u64::from(attempt);
            let mut stream = Stream::keyed(ctx.view.seed, &identity, "restart-jitter", number);
            let ahead = (until - now).min(RESYNC);
            let half = u64::try_from(ahead.as_nanos() / 2).unwrap_or(0);
            now + ahead + Span::from_nanos(i64::try_from(stream.below(half + 1)).unwrap_or(0))
        }
    }
}

/// KUB-8.
fn will_restart(row: &Pod, container: usize, code: i32, ctx: &Context<'_>) -> bool {
    let spec = &ctx.view.world.template_of(row).spec;
    let container = &spec.containers[container];
    if container
        .restart_rules
        .iter()
        .any(|rule| rule.matches(code))
    {
        return true;
    }
    let policy = match (container.restart_policy, container.kind) {
        (Some(policy), _) => policy,
        (None, ContainerKind::Sidecar) => RestartPolicy::Always,
        // An init container that has succeeded is not started again, whatever the pod's policy.
        (None, ContainerKind::Init) if spec.restart_policy == RestartPolicy::Always => {
            RestartPolicy::OnFailure
        }
        (None, ContainerKind::Init | ContainerKind::Regular) => spec.restart_policy,
    };
    match policy {
        RestartPolicy::Always => true,
        RestartPolicy::OnFailure => code != 0,
        RestartPolicy::Never => false,
    }
}

/// A container's place as the events carry it.
pub(super) fn container_index(index: usize) -> ContainerIndex {
    ContainerIndex::try_from(index).expect("a pod has at most 255 containers")
}
