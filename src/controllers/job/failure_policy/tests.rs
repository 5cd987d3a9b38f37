#![allow(clippy::too_many_lines, reason = "tables of cases")]

use super::super::testing::{Bench, Sketch, container, spec, template};
use super::{Judgement, judge};
use crate::model::ContainerKind::{Init, Regular};
use crate::model::{ExitCodeOperator, FailureAction, FailureMatch, FailureRule};
use crate::world::{DisruptionReason, Phase};
use ExitCodeOperator::{In, NotIn};
use FailureAction::{Count, FailIndex, FailJob, Ignore};
use std::sync::Arc;

fn codes(
    action: FailureAction,
    operator: ExitCodeOperator,
    container: Option<&str>,
    values: &[i32],
) -> FailureRule {
    FailureRule {
        action,
        matches: FailureMatch::ExitCodes {
            container: container.map(Into::into),
            operator,
            values: values.to_vec(),
        },
    }
}

fn condition(action: FailureAction, kind: &str, status: &str) -> FailureRule {
    FailureRule {
        action,
        matches: FailureMatch::Conditions(vec![(kind.into(), status.into())]),
    }
}

/// Judges a failed pod with an init, a main and a support container and these exit codes (`None`: running).
fn judged(rules: &[FailureRule], exits: [Option<i32>; 3], disrupted: bool) -> Judgement {
    let mut spec = spec(1, Some(1));
    let kinds = [("init", Init), ("main", Regular), ("support", Regular)];
    let containers = kinds.map(|(name, kind)| container(name, kind));
    spec.template = Arc::new(template(containers.to_vec()));
    let mut bench = Bench::new(spec);
    let pod = bench.pod(Sketch::new(Phase::Failed));
    for (place, code) in (0..).zip(exits) {
        if let Some(code) = code {
            bench.exit(pod, place, code);
        }
    }
    if disrupted {
        bench
            .world
            .disrupt(pod, DisruptionReason::DeletionByTaintManager);
    }
    let pod = bench.world.pod(pod).unwrap();
    judge(Some(rules), bench.world.template_of(pod), pod)
}

#[test]
fn the_first_rule_that_matches_decides() {
    // JOB-50 to JOB-53; JOB-55: whatever the reason of the condition; upstream `TestMatchPodFailurePolicy`.
    let ok = Some(0);
    let cases = [
        ("no policy rules", vec![], [ok, Some(2), ok], false, None),
        (
            "ignore rule matched for exit codes",
            vec![codes(Ignore, In, None, &[1, 2, 3])],
            [ok, Some(2), ok],
            false,
            Some(Ignore),
        ),
        (
            "ignore rule matched on negative exit codes - needed for Windows support",
            vec![codes(Ignore, In, None, &[-1_073_741_676, -1_073_741_510])],
            [ok, Some(-1_073_741_510), ok],
            false,
            Some(Ignore),
        ),
        (
            "successful containers are skipped by the rules",
            vec![codes(FailJob, NotIn, None, &[111])],
            [ok, Some(111), ok],
            false,
            None,
        ),
        (
            "pod failure policy with NotIn operator and value 0",
            vec![codes(FailJob, NotIn, None, &[0])],
            [ok, Some(1), ok],
            false,
            Some(FailJob),
        ),
        (
            "second jobfail rule matched for exit codes",
            vec![
                codes(FailJob, In, None, &[1, 2]),
                codes(Count, In, None, &[6]),
            ],
            [ok, Some(6), ok],
            false,
            Some(Count),
        ),
        (
            "count rule matched first for exit codes",
            vec![codes(Count, In, None, &[2]), codes(FailJob, In, None, &[2])],
            [ok, Some(2), ok],
            false,
            Some(Count),
        ),
        (
            "pod failure policy for the wrong container",
            vec![codes(FailJob, In, Some("support"), &[2])],
            [ok, Some(2), ok],
            false,
            None,
        ),
        (
            "a container still terminating has no exit code",
            vec![codes(FailJob, NotIn, None, &[7])],
            [ok, None, ok],
            false,
            None,
        ),
        (
            "FailIndex rule matched for an init container",
            vec![codes(FailIndex, In, None, &[9])],
            [Some(9), None, None],
            false,
            Some(FailIndex),
        ),
        (
            "ignore rule matched for pod conditions",
            vec![condition(Ignore, "DisruptionTarget", "True")],
            [ok, Some(143), ok],
            true,
            Some(Ignore),
        ),
        (
            "ignore rule not matched for pod conditions; missing condition",
            vec![condition(Ignore, "DisruptionTarget", "True")],
            [ok, Some(143), ok],
            false,
            None,
        ),
        (
            "FailJob rule matched for exit codes",
            vec![codes(FailJob, In, None, &[1, 2, 3])],
            [ok, Some(2), ok],
            false,
            Some(FailJob),
        ),
        (
            "FailIndex rule matched for pod conditions",
            vec![condition(FailIndex, "DisruptionTarget", "True")],
            [ok, Some(143), ok],
            true,
            Some(FailIndex),
        ),
        (
            "job fail rule matched for pod conditions",
            vec![condition(FailJob, "DisruptionTarget", "True")],
            [ok, Some(143), ok],
            true,
            Some(FailJob),
        ),
        (
            "count rule matched for pod conditions",
            vec![condition(Count, "DisruptionTarget", "True")],
            [ok, Some(143), ok],
            true,
            Some(Count),
        ),
        (
            "no rule matched",
            vec![codes(FailJob, NotIn, None, &[8])],
            [ok, Some(8), ok],
            false,
            None,
        ),
        (
            "ignore rule not matched by the pattern's status",
            vec![condition(Ignore, "DisruptionTarget", "False")],
            [ok, Some(143), ok],
            true,
            None,
        ),
    ];
    for (name, rules, exits, disrupted, action) in cases {
        let judgement = judged(&rules, exits, disrupted);
        assert_eq!(judgement.action, action, "{name}");
        assert_eq!(judgement.counted, action != Some(Ignore), "{name}");
        assert_eq!(
            judgement.message.is_some(),
            action == Some(FailJob),
            "{name}"
        );
    }
}

#[test]
fn the_message_names_what_was_found() {
    // JOB-54.
    let ignored = codes(Ignore, In, None, &[9]);
    let rules = [ignored.clone(), codes(FailJob, In, None, &[2])];
    let both = judged(&rules, [Some(2), Some(2), Some(0)], false);
    assert_eq!(
        both.message.unwrap(),
        "Container main for pod default/j-0 failed with exit code 2 matching FailJob rule at index 1",
        "regular containers are searched first"
    );
    let rules = [ignored, condition(FailJob, "DisruptionTarget", "True")];
    let disrupted = judged(&rules, [Some(0), Some(143), Some(0)], true);
    assert_eq!(
        disrupted.message.unwrap(),
        "Pod default/j-0 has condition DisruptionTarget matching FailJob rule at index 1"
    );
}
