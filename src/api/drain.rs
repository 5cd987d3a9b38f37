//! Who drains nodes (NL-71, NL-72): `kubectl drain`, and whoever else begins a [`crate::world::Drain`].
//!
//! A drain takes its nodes one after the other. It asks for the eviction of all pods of a node at once, asks again every
//! 5 s where a budget refuses, and goes on when every pod that was evicted is gone. Upstream: `pkg/drain/drain.go` and
//! `pkg/cmd/drain/drain.go` of kubectl. Nothing ticks: a refused eviction is asked for again at the first of its moments
//! after something happened that may change the answer, and a poll is a look at the moment at which it finds something.

mod filter;

use super::{Context, Origin};
use crate::model::Name;
use crate::sim::{Span, Time};
use crate::world::{
    Call, Change, DrainEvent, DrainId, Event, NodeId, Outcome, PodId, WorkloadChange,
};
use std::collections::BTreeMap;

/// NL-C16: between the answer to a refused eviction and the next try.
const RETRY: Span = Span::from_secs(5);
/// NL-C16: between two looks whether an evicted pod is gone.
const POLL: Span = Span::from_secs(1);

/// What a drain does about a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// The request is on its way.
    Asking,
    /// Refused for now; `retry` is the next try that is in the queue.
    Refused { at: Time, retry: Option<Time> },
    /// On its way out; `found` is the look that finds it gone.
    Leaving { since: Time, found: Option<Time> },
}

/// How far a drain has come.
#[derive(Debug)]
struct Progress {
    /// The place of the node that is being drained.
    place: usize,
    /// `--timeout`, counted for each node.
    deadline: Option<Time>,
    tasks: BTreeMap<PodId, Task>,
    /// What went wrong on this node.
    errors: Vec<String>,
}

/// All drains that are under way.
#[derive(Debug, Default)]
pub struct Drains {
    running: BTreeMap<DrainId, Progress>,
}

impl Drains {
    /// Something has happened.
    pub fn observe(&mut self, change: &Change, ctx: &mut Context<'_>) {
        if let Change::DrainBegan(drain) = *change {
            self.begin_node(drain, 0, ctx);
            return;
        }
        if self.running.is_empty() {
            return;
        }
        if let Change::DisruptionBudget(id, change) = *change {
            let world = ctx.view.world;
            let budget = world.budget(id);
            // A selector may have let go of the pod, or a second budget may have taken hold of it.
            let is_any = change != WorkloadChange::Status;
            self.reconsider(ctx, |pod| {
                let row = world.pod(pod);
                row.is_some_and(|row| {
                    budget.selects(row) || (is_any && row.namespace == budget.meta.namespace)
                })
            });
        } else if let Change::PodDeleted(pod) = *change {
            self.find_gone(pod, ctx);
            self.reconsider(ctx, |other| other == pod);
        } else if let Change::PodNotReady(pod)
        | Change::PodDeleting(pod)
        | Change::PodSucceeded(pod)
        | Change::PodFailed(pod) = *change
        {
            self.reconsider(ctx, |other| other == pod);
        }
    }

    /// A moment that a drain asked for has come.
    pub fn handle(&mut self, event: DrainEvent, ctx: &mut Context<'_>) {
        match event {
            DrainEvent::Retry { drain, pod } => self.retry(drain, pod, ctx),
            DrainEvent::Look(drain) => self.look(drain, ctx),
        }
    }

    /// The API has answered the request for a pod.
    pub fn answered(
        &mut self,
        drain: DrainId,
        pod: PodId,
        outcome: &Outcome,
        ctx: &mut Context<'_>,
    ) {
        let Some(progress) = self.running.get_mut(&drain) else {
            return;
        };
        let now = ctx.now();
        match outcome {
            Outcome::Done if ctx.view.world.live_pod(pod).is_some() => {
                let leaving = Task::Leaving {
                    since: now,
                    found: None,
                };
                progress.tasks.insert(pod, leaving);
            }
            Outcome::Done | Outcome::NotFound => {
                progress.tasks.remove(&pod);
            }
            Outcome::Later(_) => {
                let refused = Task::Refused {
                    at: now,
                    retry: None,
                };
                progress.tasks.insert(pod, refused);
                if let Some(deadline) = progress.deadline {
                    plan_retry(drain, pod, progress, deadline, ctx);
                }
            }
            Outcome::Refused(message) => {
                progress.tasks.remove(&pod);
                let error = format!("error when evicting {}: {message}", shown(pod, ctx));
                progress.errors.push(error);
            }
        }
        self.end_node_if_done(drain, ctx);
    }

    /// Lists the pods of a drain's node and asks for their eviction; past the last node the drain is over.
    fn begin_node(&mut self, drain: DrainId, place: usize, ctx: &mut Context<'_>) {
        let row = ctx.view.world.drain(drain);
        let Some(&node) = row.nodes.get(place) else {
            self.running.remove(&drain);
            tell(Call::EndDrain(drain), ctx);
            return;
        };
        let mut progress = Progress {
            place,
            deadline: row.options.timeout.map(|timeout| ctx.now() + timeout),
            tasks: BTreeMap::new(),
            errors: Vec::new(),
        };
        match filter::pods_to_evict(ctx.view.world, node, &row.options) {
            Err(errors) => progress.errors = errors,
            Ok(pods) => {
                // Before the evictions, the pods are listed and the API is asked whether it evicts at all.
                let call = ctx.view.latency().call;
                for pod in pods {
                    progress.tasks.insert(pod, Task::Asking);
                    ask(drain, pod, call + call, ctx);
                }
                if let Some(deadline) = progress.deadline {
                    let event = Event::Drain(DrainEvent::Look(drain));
                    ctx.out.event_at(deadline, event);
                }
            }
        }
        self.running.insert(drain, progress);
        self.end_node_if_done(drain, ctx);
    }

    /// Goes on to the next node when nothing is to be waited for on this one.
    fn end_node_if_done(&mut self, drain: DrainId, ctx: &mut Context<'_>) {
        let Some(progress) = self.running.get(&drain) else {
            return;
        };
        if !progress.tasks.is_empty() {
            return;
        }
        let row = ctx.view.world.drain(drain);
        let node = row.nodes[progress.place];
        if progress.errors.is_empty() {
            tell(Call::NoteDrained(node), ctx);
        } else {
            let refusal = Some(failure(node, &progress.errors, ctx));
            let text = row.text.clone();
            tell(Call::NoteAction { text, refusal }, ctx);
        }
        let next = progress.place + 1;
        self.begin_node(drain, next, ctx);
    }

    /// The answer to refused evictions of these pods may have changed.
    fn reconsider(&mut self, ctx: &mut Context<'_>, concerns: impl Fn(PodId) -> bool) {
        let now = ctx.now();
        for (&drain, progress) in &mut self.running {
            let pods: Vec<PodId> = progress.tasks.keys().copied().collect();
            for pod in pods.into_iter().filter(|&pod| concerns(pod)) {
                plan_retry(drain, pod, progress, now, ctx);
            }
        }
    }

    /// A pod is gone: the drains that wait for it find that at their next look.
    fn find_gone(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let now = ctx.now();
        for (&drain, progress) in &mut self.running {
            let task = progress.tasks.get_mut(&pod);
            if let Some(Task::Leaving { since, found }) = task {
                let at = next_moment(*since, POLL, now);
                *found = Some(at);
                ctx.out.event_at(at, Event::Drain(DrainEvent::Look(drain)));
            }
        }
    }

    fn retry(&mut self, drain: DrainId, pod: PodId, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let Some(progress) = self.running.get_mut(&drain) else {
            return;
        };
        match progress.tasks.get(&pod) {
            Some(Task::Refused {
                retry: Some(at), ..
            }) if *at == now => {}
            Some(Task::Refused { .. } | Task::Asking | Task::Leaving { .. }) | None => return,
        }
        if progress.deadline.is_some_and(|deadline| deadline <= now) {
            progress.tasks.remove(&pod);
            let error = format!(
                "error when evicting {}: global timeout reached",
                shown(pod, ctx)
            );
            progress.errors.push(error);
            self.end_node_if_done(drain, ctx);
            return;
        }
        progress.tasks.insert(pod, Task::Asking);
        ask(drain, pod, Span::ZERO, ctx);
    }

    /// Strikes out the pods that are gone, and gives the others up when the time is over.
    fn look(&mut self, drain: DrainId, ctx: &mut Context<'_>) {
        let now = ctx.now();
        let Some(progress) = self.running.get_mut(&drain) else {
            return;
        };
        let is_late = progress.deadline.is_some_and(|deadline| deadline <= now);
        let mut errors = Vec::new();
        progress.tasks.retain(|&pod, task| match task {
            Task::Leaving { found, .. } => {
                let is_gone = found.is_some_and(|at| at <= now);
                if !is_gone && is_late {
                    let shown = shown(pod, ctx);
                    errors.push(format!(
                        "error when waiting for {shown} to terminate: context deadline exceeded"
                    ));
                }
                !is_gone && !is_late
            }
            Task::Asking | Task::Refused { .. } => true,
        });
        progress.errors.append(&mut errors);
        self.end_node_if_done(drain, ctx);
    }
}

/// Asks again for a refused eviction at the first of its moments from `from` on, unless that is planned already.
fn plan_retry(
    drain: DrainId,
    pod: PodId,
    progress: &mut Progress,
    from: Time,
    ctx: &mut Context<'_>,
) {
    // Two requests go with each try: the pod is read again, and its eviction asked for.
    let call = ctx.view.latency().call;
    let period = RETRY + call + call;
    let Some(Task::Refused { at, retry }) = progress.tasks.get_mut(&pod) else {
        return;
    };
    let next = next_moment(*at + RETRY + call, period, from);
    if retry.is_none_or(|planned| next < planned) {
        *retry = Some(next);
        let event = Event::Drain(DrainEvent::Retry { drain, pod });
        ctx.out.event_at(next, event);
    }
}

/// The first of `start`, `start + period`, … that is not before `from`.
fn next_moment(start: Time, period: Span, from: Time) -> Time {
    if from <= start {
        return start;
    }
    let (gone, period) = ((from - start).as_nanos(), period.as_nanos());
    let periods = gone / period + i64::from(gone % period != 0);
    start + Span::from_nanos(period * periods)
}

/// Asks for the eviction of a pod, `after` from now.
fn ask(drain: DrainId, pod: PodId, after: Span, ctx: &mut Context<'_>) {
    let options = &ctx.view.world.drain(drain).options;
    let grace = options.grace_period;
    let call = if options.disable_eviction {
        let disruption = None;
        Call::DeletePod {
            pod,
            grace,
            disruption,
        }
    } else {
        Call::EvictPod { pod, grace }
    };
    let at = ctx.now() + after + ctx.view.latency().call;
    ctx.out.call_at(at, Origin::Drain(drain, pod), call);
}

/// What the drain has to say is no request.
fn tell(call: Call, ctx: &mut Context<'_>) {
    let now = ctx.now();
    ctx.out.call_at(now, Origin::Nobody, call);
}

fn shown(pod: PodId, ctx: &Context<'_>) -> String {
    let row = ctx.view.world.pod(pod);
    row.map_or_else(String::new, |row| {
        format!("pods/{:?} -n {:?}", &*row.name, &*row.namespace)
    })
}

fn failure(node: NodeId, errors: &[String], ctx: &Context<'_>) -> Name {
    let name = &ctx.view.world.node(node).name;
    let errors = match errors {
        [only] => only.clone(),
        _ => format!("[{}]", errors.join(", ")),
    };
    format!("unable to drain node {:?} due to error: {errors}", &**name).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_whole_periods_apart_nl_72() {
        let time = |millis| Time::ZERO + Span::from_millis(millis);
        let period = Span::from_millis(5006);
        for (from, want) in [
            (0, 15_000),
            (15_000, 15_000),
            (15_001, 20_006),
            (20_006, 20_006),
            (39_000, 40_030),
        ] {
            let found = next_moment(time(15_000), period, time(from));
            assert_eq!(found, time(want), "from {from}");
        }
    }
}
