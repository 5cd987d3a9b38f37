//! What a container does in one start: rules, annotations and defaults of the contract, and the draws.

use super::work::{Progress, Share};
use crate::api::View;
use crate::model::{
    AnnotatedBehavior, Attempt, Behavior, Container, ContainerKind, Failure, FailureLaw, Labels,
    Name, RestartPolicy, RunTime, Subject,
};
use crate::sim::{Distribution, Identity, Span, Stream};
use crate::world::Pod;

/// What is not said: startup 1 s, run 10 s, terminate 1 s (contract §2).
const STARTUP: Span = Span::from_secs(1);
const RUN: Span = Span::from_secs(10);
const INIT_RUN: Span = Span::from_secs(1);
const TERMINATE: Span = Span::from_secs(1);

/// One start of a container, drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) startup: Span,
    pub(super) ready_after: Span,
    pub(super) run: Option<Span>,
    pub(super) exit_code: i32,
    /// What it does of its piece of work, and how long the whole piece is; `None`: it saves nothing.
    pub(super) work: Option<(Share, Span)>,
}

/// A failure that was drawn: how long the container runs (`None`: for ever), and its exit code.
type Fault = (Option<Span>, i32);

/// A container of a pod, with what the user said about it.
pub(super) struct Script<'a> {
    seed: u64,
    identity: Identity,
    container: &'a Container,
    restart_policy: RestartPolicy,
    annotated: Option<&'a AnnotatedBehavior>,
    behavior: Option<&'a Behavior>,
    /// How long the container runs by the row of a file that its pod or Job came from.
    row_run: Option<Span>,
    /// How it ends by that row.
    row_exit_code: Option<i32>,
    /// The attempt that the container's first start is.
    first_attempt: u32,
}

impl<'a> Script<'a> {
    /// Looks up what the user said about the container at `index`.
    pub(super) fn of(view: View<'a>, pod: &'a Pod, index: usize) -> Self {
        let template = view.world.template_of(pod);
        let container = &template.spec.containers[index];
        let is_regular = container.kind == ContainerKind::Regular;
        let names = view.world.names_of(pod);
        let subject = Subject {
            namespace: &pod.namespace,
            names: &names,
            labels: &pod.labels,
            container: &container.name,
            is_regular,
        };
        let behavior = view
            .model
            .behaviors
            .iter()
            .find(|rule| rule.matches.matches(&subject))
            .map(|rule| &rule.behavior);
        let is_its_own = |name: &Option<Name>| name.as_ref() == Some(&container.name);
        let annotated = template
            .behavior
            .iter()
            .find(|annotated| is_its_own(&annotated.container))
            .or_else(|| {
                template
                    .behavior
                    .iter()
                    .find(|annotated| annotated.container.is_none() && is_regular)
            });
        let arrival = view.world.arrival_of(pod).filter(|_| is_regular);
        let (row_run, row_exit_code) = arrival.map_or((None, None), |arrival| {
            view.model.arrivals[usize::from(arrival.entry)].behavior(arrival.number)
        });
        Self {
            seed: view.seed,
            identity: view.world.pod_identity(pod).child(&[&*container.name]),
            container,
            restart_policy: template.spec.restart_policy,
            annotated,
            behavior,
            row_run,
            row_exit_code: row_exit_code.map(i32::from),
            first_attempt: first_attempt(pod, annotated, behavior),
        }
    }

    fn draw(&self, purpose: &str, start: u32, from: &Distribution) -> Span {
        from.sample(&mut Stream::keyed(
            self.seed,
            &self.identity,
            purpose,
            u64::from(start),
        ))
    }

    fn span(
        &self,
        purpose: &str,
        start: u32,
        annotated: Option<Span>,
        behavior: Option<&Distribution>,
        default: Span,
    ) -> Span {
        annotated
            .or_else(|| behavior.map(|from| self.draw(purpose, start, from)))
            .unwrap_or(default)
    }

    /// How long the image takes, the first time that it comes to a node.
    pub(super) fn image_pull(&self, start: u32) -> Span {
        let behavior = self.behavior.and_then(|b| b.image_pull.as_ref());
        self.span(
            "image-pull",
            start,
            self.annotated.and_then(|a| a.image_pull),
            behavior,
            Span::ZERO,
        )
    }

    /// How long the container takes to stop when asked to.
    pub(super) fn terminate(&self, start: u32) -> Span {
        let behavior = self.behavior.and_then(|b| b.terminate.as_ref());
        self.span(
            "terminate",
            start,
            self.annotated.and_then(|a| a.terminate),
            behavior,
            TERMINATE,
        )
    }

    /// Draws the container's `start`-th start (from 1), on a node with these labels, of a piece of work that is so far.
    pub(super) fn start(&self, start: u32, labels: &Labels, progress: Option<Progress>) -> Start {
        let behavior = self.behavior;
        let startup = self.span(
            "startup",
            start,
            self.annotated.and_then(|a| a.startup),
            behavior.and_then(|b| b.startup.as_ref()),
            STARTUP,
        );
        let ready_after = self.span(
            "ready-after",
            start,
            self.annotated.and_then(|a| a.ready_after),
            behavior.and_then(|b| b.ready_after.as_ref()),
            Span::ZERO,
        );
        let attempt = self.attempt(start);
        let scripted = self.behavior.and_then(|b| entry(&b.attempts, attempt));
        let whole = match (
            self.row_run,
            self.annotated.and_then(|a| entry(&a.run, attempt)),
        ) {
            (Some(run), _) => Some(run),
            (None, Some(run)) => *run,
            (None, None) => self.run_time(start, scripted),
        };
        let work = self.work(scripted, whole, progress);
        let rest = work.map_or(whole, |(share, total)| Some(total - share.from));
        let fault = self
            .behavior
            .and_then(|b| b.failure.as_ref())
            .filter(|_| scripted.is_none())
            .and_then(|failure| self.fault(failure, start, labels, rest));
        let exit_code = self
            .row_exit_code
            .or_else(|| entry(&self.annotated?.exit_codes, attempt).copied())
            .or_else(|| scripted.and_then(|attempt| attempt.exit_code))
            .or_else(|| fault.map(|(_, code)| code))
            .or_else(|| self.behavior.and_then(|b| b.exit_code))
            .unwrap_or(0);
        let run = fault.map_or(rest, |(run, _)| run);
        Start {
            startup,
            ready_after,
            run,
            exit_code,
            work,
        }
    }

    /// The number of the attempt: the container's start, or the Job's (contract §2) and what was restarted in place.
    fn attempt(&self, start: u32) -> u32 {
        match self.restart_policy {
            RestartPolicy::Never => self.first_attempt + start.saturating_sub(1),
            RestartPolicy::Always | RestartPolicy::OnFailure => start,
        }
    }

    /// What is left of the piece of work. A scripted attempt with a time of its own is played as it is written.
    fn work(
        &self,
        scripted: Option<&Attempt>,
        whole: Option<Span>,
        progress: Option<Progress>,
    ) -> Option<(Share, Span)> {
        let interval = self
            .annotated
            .and_then(|a| a.checkpoint)
            .or_else(|| self.behavior.and_then(|b| b.checkpoint))?;
        let is_written = !self.says_run() && scripted.is_some_and(|attempt| attempt.run.is_some());
        if is_written {
            return None;
        }
        let Progress { total, saved } = progress?;
        let total = total.or(whole)?;
        let from = saved.min(total);
        Some((Share { from, interval }, total))
    }

    /// Draws whether the start fails. The node decides only what the same draw means.
    fn fault(
        &self,
        failure: &Failure,
        start: u32,
        labels: &Labels,
        rest: Option<Span>,
    ) -> Option<Fault> {
        let factor = failure.factor(labels);
        let stream = |purpose| Stream::keyed(self.seed, &self.identity, purpose, u64::from(start));
        match &failure.law {
            FailureLaw::Probability(by_attempt) => {
                let probability = entry(by_attempt, self.attempt(start))? * factor;
                if !stream("failure").chance(probability) {
                    return None;
                }
                let run = match failure.run.as_ref().filter(|_| !self.says_run()) {
                    Some(RunTime::For(distribution)) => {
                        let run = self.draw("run", start, distribution);
                        Some(
                            rest.filter(|_| self.saves())
                                .map_or(run, |rest| run.min(rest)),
                        )
                    }
                    Some(RunTime::Forever) => None,
                    None => rest,
                };
                Some((run, failure.exit_code))
            }
            FailureLaw::Hazard(_) if self.says_exit_code() => None,
            FailureLaw::Hazard(time) => {
                let at = hazard(time, &mut stream("hazard"), factor)?;
                rest.is_none_or(|rest| at < rest)
                    .then_some((Some(at), failure.exit_code))
            }
        }
    }

    /// Whether the pod itself says how long it runs, whatever the rules are.
    fn says_run(&self) -> bool {
        self.row_run.is_some() || self.annotated.is_some_and(|a| !a.run.is_empty())
    }

    /// Whether the pod itself says how it ends.
    fn says_exit_code(&self) -> bool {
        self.row_exit_code.is_some() || self.annotated.is_some_and(|a| !a.exit_codes.is_empty())
    }

    fn saves(&self) -> bool {
        self.annotated.is_some_and(|a| a.checkpoint.is_some())
            || self.behavior.is_some_and(|b| b.checkpoint.is_some())
    }

    fn run_time(&self, start: u32, scripted: Option<&Attempt>) -> Option<Span> {
        let said = scripted
            .and_then(|attempt| attempt.run.as_ref())
            .or_else(|| self.behavior.and_then(|b| b.run.as_ref()));
        match said {
            Some(RunTime::For(distribution)) => Some(self.draw("run", start, distribution)),
            Some(RunTime::Forever) => None,
            None => match (self.container.kind, self.restart_policy) {
                (ContainerKind::Init, _) => Some(INIT_RUN),
                (ContainerKind::Sidecar, _) | (ContainerKind::Regular, RestartPolicy::Always) => {
                    None
                }
                (ContainerKind::Regular, RestartPolicy::OnFailure | RestartPolicy::Never) => {
                    Some(RUN)
                }
            },
        }
    }
}

/// The time to a failure whose rate is `factor` times that of `time`; `None`: there is none.
fn hazard(time: &Distribution, stream: &mut Stream, factor: f64) -> Option<Span> {
    let u = stream.unit();
    if factor <= 0.0 {
        return None;
    }
    // The chance to last so long is raised to the power of the factor.
    let u = -libm::expm1(libm::log1p(-u) / factor);
    Some(time.quantile(u))
}

/// The entry for an attempt (from 1); the last one repeats.
fn entry<T>(entries: &[T], attempt: u32) -> Option<&T> {
    let at = (attempt.max(1) as usize - 1).min(entries.len().checked_sub(1)?);
    entries.get(at)
}

/// Contract §2: earlier failed pods plus one, or all earlier pods plus one with `attempt-by: pod`.
fn first_attempt(
    pod: &Pod,
    annotated: Option<&AnnotatedBehavior>,
    behavior: Option<&Behavior>,
) -> u32 {
    let by = annotated
        .and_then(|a| a.attempt_by)
        .or_else(|| behavior.and_then(|b| b.attempt_by))
        .unwrap_or_default();
    match by {
        crate::model::AttemptBy::Failure => pod.attempt,
        crate::model::AttemptBy::Pod => pod.ordinal + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn the_last_entry_repeats() {
        let codes = [1, 1, 0];
        let seen: Vec<i32> = (1..=5)
            .filter_map(|attempt| entry(&codes, attempt).copied())
            .collect();
        assert_eq!(seen, [1, 1, 0, 0, 0]);
        assert_eq!(entry::<i32>(&[], 1), None);
    }
}
