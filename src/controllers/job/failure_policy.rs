//! `podFailurePolicy` (JOB-50 to JOB-55). Upstream: `pod_failure_policy.go`.

use crate::model::{
    ContainerKind, ExitCodeOperator, FailureAction, FailureMatch, FailureRule, Name, PodTemplate,
};
use crate::world::{ContainerState, Pod};

/// What the policy says of a failed pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    /// Whether it counts towards the limits.
    pub(super) counted: bool,
    /// The action of the rule that matched.
    pub(super) action: Option<FailureAction>,
    /// Why the Job fails, with [`FailureAction::FailJob`] (JOB-54).
    pub(super) message: Option<String>,
}

/// JOB-50: the first rule that matches decides; without one a failure counts.
pub(super) fn judge(rules: Option<&[FailureRule]>, template: &PodTemplate, pod: &Pod) -> Judgement {
    for (index, rule) in rules.unwrap_or_default().iter().enumerate() {
        let Some(finding) = find(&rule.matches, template, pod) else {
            continue;
        };
        let message = (rule.action == FailureAction::FailJob).then(|| {
            let (namespace, name) = (&pod.namespace, &pod.name);
            match finding {
                Finding::ExitCode(container, code) => format!(
                    "Container {container} for pod {namespace}/{name} failed with exit code {code} matching FailJob rule at index {index}"
                ),
                Finding::Condition(kind) => format!(
                    "Pod {namespace}/{name} has condition {kind} matching FailJob rule at index {index}"
                ),
            }
        });
        return Judgement {
            counted: rule.action != FailureAction::Ignore,
            action: Some(rule.action),
            message,
        };
    }
    Judgement {
        counted: true,
        action: None,
        message: None,
    }
}

/// What a rule found in a pod.
enum Finding<'p> {
    ExitCode(&'p Name, i32),
    Condition(&'p str),
}

fn find<'p>(matches: &FailureMatch, template: &'p PodTemplate, pod: &Pod) -> Option<Finding<'p>> {
    match matches {
        FailureMatch::ExitCodes {
            container,
            operator,
            values,
        } => {
            let regular = failed_containers(template, pod, true);
            let mut all = regular.chain(failed_containers(template, pod, false));
            let (name, code) = all.find(|(name, code)| {
                container.as_ref().is_none_or(|wanted| wanted == *name)
                    && match operator {
                        ExitCodeOperator::In => values.contains(code),
                        ExitCodeOperator::NotIn => !values.contains(code),
                    }
            })?;
            Some(Finding::ExitCode(name, code))
        }
        FailureMatch::Conditions(patterns) => conditions(template, pod)
            .into_iter()
            .filter_map(|(kind, status)| Some((kind, if status? { "True" } else { "False" })))
            .find(|(kind, status)| {
                patterns
                    .iter()
                    .any(|(wanted, value)| **wanted == **kind && **value == **status)
            })
            .map(|(kind, _)| Finding::Condition(kind)),
    }
}

/// JOB-51: containers that ended with another code than 0; regular ones, or those of the other kinds.
fn failed_containers<'p>(
    template: &'p PodTemplate,
    pod: &Pod,
    regular: bool,
) -> impl Iterator<Item = (&'p Name, i32)> {
    template
        .spec
        .containers
        .iter()
        .zip(&pod.containers)
        .filter(move |(container, _)| (container.kind == ContainerKind::Regular) == regular)
        .filter_map(|(container, status)| match status.state {
            ContainerState::Terminated { exit_code, .. } if exit_code != 0 => {
                Some((&container.name, exit_code))
            }
            ContainerState::Terminated { .. }
            | ContainerState::Waiting
            | ContainerState::Running(_) => None,
        })
}

/// JOB-52: the pod's conditions by type; `None`: it does not have this one.
fn conditions(template: &PodTemplate, pod: &Pod) -> [(&'static str, Option<bool>); 5] {
    let mut initialized = true;
    for (container, status) in template.spec.containers.iter().zip(&pod.containers) {
        initialized &= match container.kind {
            ContainerKind::Regular => true,
            ContainerKind::Sidecar => status.state != ContainerState::Waiting,
            ContainerKind::Init => {
                matches!(
                    status.state,
                    ContainerState::Terminated { exit_code: 0, .. }
                )
            }
        };
    }
    let ready = (pod.ready_changed_at.is_some() || pod.accepted_at.is_some()).then_some(pod.ready);
    let scheduled = pod.node.map(|_| true);
    [
        ("DisruptionTarget", pod.disruption.map(|_| true)),
        ("Initialized", pod.accepted_at.map(|_| initialized)),
        ("Ready", ready),
        ("ContainersReady", ready),
        (
            "PodScheduled",
            scheduled.or(pod.unschedulable.as_ref().map(|_| false)),
        ),
    ]
}

#[cfg(test)]
mod tests;
