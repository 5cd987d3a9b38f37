//! Whether, and how long, a pod bears the `NoExecute` taints of its node (NL-40, NL-41).
//!
//! Follows `GetMatchingTolerations`, `getMinTolerationTime`, and admission's `DefaultTolerationSeconds`, whose
//! tolerations no pod here carries in its spec.

use crate::model::{Taint, TaintEffect, Toleration};
use crate::sim::Span;

/// NL-C9.
const BORNE_BY_DEFAULT: Span = Span::from_secs(300);
/// The taints for which every pod has a toleration, its own or the default one.
const DEFAULT_KEYS: [&str; 2] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
];

/// What becomes of a pod on a node with some `NoExecute` taints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Stay,
    /// It is evicted at once.
    Leave,
    /// It is evicted after this time, which is positive.
    LeaveAfter(Span),
}

/// The verdict on a pod with these tolerations; `taints`: the `NoExecute` ones.
pub(super) fn verdict(tolerations: &[Toleration], taints: &[&Taint]) -> Verdict {
    let mut least: Option<Span> = None;
    for taint in taints {
        // The first toleration that matches decides, the default one being the last.
        let matching = tolerations.iter().find(|t| t.tolerates(taint));
        let seconds = match matching {
            Some(toleration) => toleration.seconds,
            None if is_borne_by_default(tolerations, taint) => Some(BORNE_BY_DEFAULT),
            None => return Verdict::Leave,
        };
        if let Some(seconds) = seconds {
            least = Some(least.map_or(seconds, |least| least.min(seconds)));
        }
    }
    match least {
        None => Verdict::Stay,
        Some(span) if span <= Span::ZERO => Verdict::Leave,
        Some(span) => Verdict::LeaveAfter(span),
    }
}

/// NL-40: admission adds the toleration unless there is one for the key and the effect, whatever its value.
fn is_borne_by_default(tolerations: &[Toleration], taint: &Taint) -> bool {
    let is_own = |toleration: &Toleration| {
        (toleration.key.is_empty() || toleration.key == taint.key)
            && matches!(toleration.effect, None | Some(TaintEffect::NoExecute))
    };
    DEFAULT_KEYS.contains(&&*taint.key) && !tolerations.iter().any(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TolerationOperator;

    fn taint(key: &str) -> Taint {
        Taint {
            key: key.into(),
            value: "v".into(),
            effect: TaintEffect::NoExecute,
        }
    }

    /// `seconds`: -1 is no limit.
    fn bears(key: &str, seconds: i64) -> Toleration {
        Toleration {
            seconds: (seconds != -1).then_some(Span::from_secs(seconds)),
            ..Toleration::exists(key, TaintEffect::NoExecute)
        }
    }

    fn after(seconds: i64) -> Verdict {
        Verdict::LeaveAfter(Span::from_secs(seconds))
    }

    #[test]
    fn the_least_of_the_tolerations_in_use_counts_nl_41() {
        // The rows without default keys are upstream's `TestGetMinTolerationTime` and `TestCreatePod`.
        let (not_ready, unreachable) = (DEFAULT_KEYS[0], DEFAULT_KEYS[1]);
        let mut other_effect = bears("a", -1);
        other_effect.effect = Some(TaintEffect::NoSchedule);
        let mut other_value = bears("a", -1);
        other_value.operator = TolerationOperator::Equal;
        let mut every_key = bears("", -1);
        every_key.effect = None;
        let mut wrong_value = bears(not_ready, -1);
        wrong_value.operator = TolerationOperator::Equal;
        wrong_value.value = "other".into();
        let cases: [(&str, &[Toleration], &[&str], Verdict); 16] = [
            ("no taints", &[], &[], Verdict::Stay),
            ("untolerated", &[], &["a"], Verdict::Leave),
            ("for ever", &[bears("a", -1)], &["a"], Verdict::Stay),
            ("a time", &[bears("a", 100)], &["a"], after(100)),
            ("no time", &[bears("a", 0)], &["a"], Verdict::Leave),
            ("negative", &[bears("a", -5)], &["a"], Verdict::Leave),
            ("other effect", &[other_effect], &["a"], Verdict::Leave),
            ("other value", &[other_value], &["a"], Verdict::Leave),
            (
                "one of two",
                &[bears("a", 100)],
                &["a", "b"],
                Verdict::Leave,
            ),
            (
                "least",
                &[bears("a", 100), bears("b", 1)],
                &["a", "b"],
                after(1),
            ),
            (
                "unused ones do not count",
                &[bears("a", 100), bears("b", 1)],
                &["a"],
                after(100),
            ),
            (
                "for ever and a time",
                &[bears("a", -1), bears("b", 7)],
                &["a", "b"],
                after(7),
            ),
            (
                "the first match",
                &[bears("a", -1), bears("a", 7)],
                &["a"],
                Verdict::Stay,
            ),
            ("by default", &[], &[unreachable], after(300)),
            ("every key", &[every_key], &[not_ready, "a"], Verdict::Stay),
            (
                "an own one of another value, NL-40",
                &[wrong_value],
                &[not_ready],
                Verdict::Leave,
            ),
        ];
        for (name, tolerations, keys, wanted) in cases {
            let taints: Vec<Taint> = keys.iter().map(|key| taint(key)).collect();
            let taints: Vec<&Taint> = taints.iter().collect();
            assert_eq!(verdict(tolerations, &taints), wanted, "{name}");
        }
        let (ready, reach) = (taint(not_ready), taint(unreachable));
        assert_eq!(
            verdict(&[bears(not_ready, 30)], &[&ready, &reach]),
            after(30)
        );
    }
}
