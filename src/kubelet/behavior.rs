//! What a container does in one start: rules, annotations and defaults of the contract, and the draws.

use crate::api::View;
use crate::model::{
    AnnotatedBehavior, Attempt, Behavior, Container, ContainerKind, Name, RestartPolicy, RunTime,
    Subject,
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
}

/// A container of a pod, with what the user said about it.
pub(super) struct Script<'a> {
    seed: u64,
    identity: Identity,
    container: &'a Container,
    restart_policy: RestartPolicy,
    annotated: Option<&'a AnnotatedBehavior>,
    behavior: Option<&'a Behavior>,
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
        Self {
            seed: view.seed,
            identity: view.world.pod_identity(pod).child(&[&*container.name]),
            container,
            restart_policy: template.spec.restart_policy,
            annotated,
            behavior,
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

    /// Draws the container's `start`-th start (from 1).
    pub(super) fn start(&self, start: u32) -> Start {
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
        let (run, exit_code) = self.ending(start);
        Start {
            startup,
            ready_after,
            run,
            exit_code,
        }
    }

    /// How long it runs and what it exits with: annotations, then a scripted attempt, then a drawn failure.
    fn ending(&self, start: u32) -> (Option<Span>, i32) {
        let attempt = match self.restart_policy {
            RestartPolicy::Never => self.first_attempt,
            RestartPolicy::Always | RestartPolicy::OnFailure => start,
        };
        let scripted = self.behavior.and_then(|b| entry(&b.attempts, attempt));
        let failure = self
            .behavior
            .and_then(|b| b.failure.as_ref())
            .filter(|failure| {
                scripted.is_none()
                    && Stream::keyed(self.seed, &self.identity, "failure", u64::from(start))
                        .chance(failure.probability)
            });
        let run = match self.annotated.and_then(|a| entry(&a.run, attempt)) {
            Some(run) => *run,
            None => self.run_time(
                start,
                scripted,
                failure.and_then(|failure| failure.run.as_ref()),
            ),
        };
        let exit_code = self
            .annotated
            .and_then(|a| entry(&a.exit_codes, attempt).copied())
            .or_else(|| scripted.and_then(|attempt| attempt.exit_code))
            .or_else(|| failure.map(|failure| failure.exit_code))
            .or_else(|| self.behavior.and_then(|b| b.exit_code))
            .unwrap_or(0);
        (run, exit_code)
    }

    fn run_time(
        &self,
        start: u32,
        scripted: Option<&Attempt>,
        failing: Option<&RunTime>,
    ) -> Option<Span> {
        let said = scripted
            .and_then(|attempt| attempt.run.as_ref())
            .or(failing)
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
