//! `concurrencyPolicy`: what active Jobs mean for the slot that is due.
//!
//! Upstream: the middle of `syncCronJob` in `pkg/controller/cronjob/cronjob_controllerv2.go`.

use crate::model::ConcurrencyPolicy;

/// What to do about a slot that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Create the Job.
    Start,
    /// Leave the slot; it is started later if it is still the latest one then (CRON-32).
    Wait,
    /// Delete the active Jobs, then create the new one (CRON-33).
    Replace,
}

/// CRON-30 to CRON-34: only Jobs in `status.active` count, so Jobs made by hand do not.
pub(super) fn judge(policy: ConcurrencyPolicy, active: usize) -> Verdict {
    match (policy, active) {
        (_, 0) | (ConcurrencyPolicy::Allow, _) => Verdict::Start,
        (ConcurrencyPolicy::Forbid, _) => Verdict::Wait,
        (ConcurrencyPolicy::Replace, _) => Verdict::Replace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_jobs_decide_cron_30_to_33() {
        let cases = [
            (ConcurrencyPolicy::Allow, 0, Verdict::Start),
            (ConcurrencyPolicy::Allow, 2, Verdict::Start),
            (ConcurrencyPolicy::Forbid, 0, Verdict::Start),
            (ConcurrencyPolicy::Forbid, 1, Verdict::Wait),
            (ConcurrencyPolicy::Replace, 0, Verdict::Start),
            (ConcurrencyPolicy::Replace, 1, Verdict::Replace),
        ];
        for (policy, active, verdict) in cases {
            assert_eq!(judge(policy, active), verdict, "{policy:?} with {active}");
        }
    }
}
