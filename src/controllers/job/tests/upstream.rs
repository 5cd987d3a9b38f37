//! More of Kubernetes' own tables of whole syncs: `docs/upstream-tests.md`. Cases are told by their place in upstream's
//! table; those of feature gates that are off in 1.36 are left out.

use super::*;
use crate::world::{DisruptionReason, JobCondition, JobStatus};

/// Place, parallelism, completions, `backoffLimit`, restarts of each pod, their phase; active, succeeded, failed; conditions.
type Restarts = (
    u32,
    i32,
    i32,
    i32,
    &'static [u32],
    Phase,
    (i32, i32, i32),
    &'static [&'static str],
);

/// `TestJobBackoffForOnFailure` (JOB-43, JOB-61, JOB-81).
#[test]
fn restarts_of_the_pods_end_a_job() {
    const ENDING: [&str; 1] = ["FailureTarget"];
    let cases: [Restarts; 11] = [
        (1, 1, 1, 0, &[0], Running, (1, 0, 0), &[]),
        (2, 1, 1, 1, &[0], Running, (1, 0, 0), &[]),
        (3, 1, 1, 1, &[1], Running, (0, 0, 1), &ENDING),
        (4, 1, 1, 1, &[1], Pending, (0, 0, 1), &ENDING),
        (5, 1, 5, 2, &[2], Running, (0, 0, 1), &ENDING),
        (6, 1, 5, 2, &[2], Pending, (0, 0, 1), &ENDING),
        (7, 2, 5, 2, &[1, 1], Running, (0, 0, 2), &ENDING),
        (8, 2, 5, 2, &[1, 1], Pending, (0, 0, 2), &ENDING),
        (9, 2, 5, 3, &[1, 1], Running, (2, 0, 0), &[]),
        (10, 2, 4, 6, &[1, 1], Running, (0, 0, 0), &["Suspended"]),
        (12, 2, 4, 6, &[1, 1, 2, 0], Succeeded, (0, 4, 0), &COMPLETE),
    ];
    for (place, parallelism, completions, backoff, restarts, phase, numbers, conditions) in cases {
        let mut job = limit(backoff, spec(parallelism, Some(completions)));
        job.suspend = place >= 10;
        let mut template = (*job.template).clone();
        template.spec.restart_policy = RestartPolicy::OnFailure;
        job.template = Arc::new(template);
        let sketch = |&restarts: &u32| Sketch {
            restarts,
            ..Sketch::new(phase)
        };
        let pods: Vec<Sketch> = restarts.iter().map(sketch).collect();
        let mut bench = Bench::with(job, &pods, 60);
        bench.sync();
        let status = bench.status();
        let got = (status.active, status.succeeded, status.failed);
        assert_eq!(got, numbers, "{place}");
        assert_eq!(bench.conditions(), conditions, "{place}");
    }
}

/// Place, completions, deadline, seconds since the start, `backoffLimit`; pods; deletions, succeeded, failed; reason and conditions.
type Deadline = (
    u32,
    i32,
    i64,
    i64,
    i32,
    &'static [Sketch],
    (usize, i32, i32),
    &'static str,
    &'static [&'static str],
);

/// `TestSyncJobPastDeadline` (JOB-80, JOB-20: the limit comes before the deadline).
#[test]
fn deadlines_end_a_job() {
    const EXCEEDED: &str = "DeadlineExceeded";
    let cases: [Deadline; 5] = [
        (
            1,
            1,
            10,
            15,
            6,
            &[RUN],
            (1, 0, 1),
            EXCEEDED,
            &["FailureTarget"],
        ),
        (
            2,
            2,
            10,
            15,
            6,
            &[RUN, OK],
            (1, 1, 1),
            EXCEEDED,
            &["FailureTarget"],
        ),
        (3, 1, 10, 10, 6, &[], (0, 0, 0), EXCEEDED, &FAILED),
        (
            4,
            1,
            1,
            10,
            0,
            &[BAD],
            (0, 0, 1),
            "BackoffLimitExceeded",
            &FAILED,
        ),
        (
            5,
            2,
            10,
            15,
            6,
            &[],
            (0, 0, 0),
            "JobSuspended",
            &["Suspended"],
        ),
    ];
    for (place, completions, deadline, age, backoff, pods, numbers, reason, conditions) in cases {
        let job = JobSpec {
            active_deadline: Some(Span::from_secs(deadline)),
            suspend: place == 5,
            ..limit(backoff, spec(1, Some(completions)))
        };
        let mut bench = Bench::with(job, pods, age);
        let status = JobStatus {
            start_time: Some(at(0)),
            ..JobStatus::default()
        };
        bench.world.write_job_status(bench.job, status);
        bench.sync();
        let status = bench.status();
        let got = (bench.deleted.len(), status.succeeded, status.failed);
        assert_eq!(got, numbers, "{place}");
        assert_eq!(&*status.conditions[0].reason, reason, "{place}");
        assert_eq!(bench.conditions(), conditions, "{place}");
    }
}

/// `TestJobBackoffOnRestartPolicyNever`, the cases of one pod (JOB-21).
#[test]
fn failed_pods_end_a_job() {
    let one = |limit_of_failures| limit(limit_of_failures, spec(1, Some(1)));
    let again = |failed| Want {
        created: 1,
        active: 1,
        failed,
        released: usize::try_from(failed).unwrap(),
        ..want()
    };
    check(vec![
        Case::new(
            "1",
            one(0),
            &[(1, RUN)],
            Want {
                active: 1,
                ..want()
            },
        ),
        Case::new("2", one(1), &[(1, BAD)], again(1)),
        Case::new(
            "3",
            one(1),
            &[(2, BAD)],
            Want {
                failed: 2,
                released: 2,
                conditions: FAILED.to_vec(),
                ..want()
            },
        ),
    ]);
}

/// Indexes and count of a rule.
type Rule = (Option<&'static [(i32, i32)]>, Option<i32>);

/// A Job with a `successPolicy` on its first two indexes.
struct Policy {
    place: u32,
    completions: i32,
    rule: Rule,
    backoff: i32,
    per_index: Option<i32>,
    /// With `podFailurePolicy: FailJob` for disruptions, and index 0 disrupted.
    disrupted: Option<bool>,
    pods: &'static [Sketch],
    /// The policy has been met before.
    was_met: bool,
    /// Active, succeeded, failed, terminating.
    numbers: (i32, i32, i32, i32),
    completed: &'static str,
    failed: Option<&'static str>,
    reason: &'static str,
    conditions: &'static [&'static str],
}

const EITHER: Rule = (Some(&[(0, 1)]), Some(1));

const fn policy(place: u32, completions: i32, pods: &'static [Sketch]) -> Policy {
    Policy {
        place,
        completions,
        rule: EITHER,
        backoff: i32::MAX,
        per_index: None,
        disrupted: None,
        was_met: false,
        pods,
        numbers: (0, 1, 1, 0),
        completed: "1",
        failed: None,
        reason: "SuccessPolicy",
        conditions: &COMPLETE,
    }
}

const MET: [&str; 1] = ["SuccessCriteriaMet"];

/// `TestSyncJobWithJobSuccessPolicy` (JOB-62, JOB-63, JOB-20: what comes first).
#[test]
fn success_policies_end_a_job() {
    const AGAIN: &[Sketch] = &[pod(0, Failed), pod(0, Running), pod(1, Succeeded)];
    const ONE_EACH: &[Sketch] = &[pod(0, Failed), pod(1, Succeeded)];
    const SPENT: &[Sketch] = &[pod(0, Failed).failures(1), pod(1, Succeeded)];
    const THREE: &[Sketch] = &[
        pod(0, Failed),
        pod(0, Running),
        pod(1, Succeeded),
        pod(2, Running),
    ];
    const TWICE: &[Sketch] = &[pod(0, Failed), pod(0, Failed), pod(1, Succeeded)];
    const DOUBLED: &[Sketch] = &[
        pod(0, Failed),
        pod(1, Running),
        pod(1, Succeeded),
        pod(2, Running),
    ];
    let cases = [
        Policy {
            numbers: (0, 1, 1, 2),
            conditions: &MET,
            ..policy(1, 3, THREE)
        },
        Policy {
            disrupted: Some(false),
            numbers: (0, 1, 1, 1),
            conditions: &MET,
            ..policy(3, 2, AGAIN)
        },
        Policy {
            per_index: Some(2),
            numbers: (0, 1, 1, 1),
            failed: Some(""),
            conditions: &MET,
            ..policy(5, 2, AGAIN)
        },
        Policy {
            per_index: Some(2),
            was_met: true,
            failed: Some(""),
            ..policy(6, 2, ONE_EACH)
        },
        Policy {
            per_index: Some(3),
            was_met: true,
            numbers: (0, 1, 1, 2),
            failed: Some(""),
            conditions: &MET,
            ..policy(7, 3, DOUBLED)
        },
        Policy {
            disrupted: Some(true),
            numbers: (0, 1, 2, 1),
            reason: "PodFailurePolicy",
            conditions: &["FailureTarget"],
            ..policy(9, 2, AGAIN)
        },
        Policy {
            per_index: Some(1),
            failed: Some("0"),
            reason: "FailedIndexes",
            conditions: &FAILED,
            ..policy(10, 2, SPENT)
        },
        Policy {
            backoff: 1,
            numbers: (0, 1, 2, 0),
            reason: "BackoffLimitExceeded",
            conditions: &FAILED,
            ..policy(11, 2, TWICE)
        },
        Policy {
            rule: (None, Some(1)),
            disrupted: Some(true),
            was_met: true,
            ..policy(12, 2, ONE_EACH)
        },
        Policy {
            rule: (Some(&[(1, 1)]), None),
            per_index: Some(1),
            was_met: true,
            failed: Some("0"),
            ..policy(13, 2, SPENT)
        },
        Policy {
            backoff: 1,
            was_met: true,
            ..policy(14, 2, ONE_EACH)
        },
        Policy {
            disrupted: Some(true),
            reason: "PodFailurePolicy",
            conditions: &FAILED,
            ..policy(15, 2, ONE_EACH)
        },
    ];
    for case in cases {
        case.check();
    }
}

impl Policy {
    fn check(&self) {
        let (indexes, count) = self.rule;
        let rule = SuccessRule {
            indexes: indexes.map(<[_]>::to_vec),
            count,
        };
        let fail_job = FailureRule {
            action: FailureAction::FailJob,
            matches: FailureMatch::Conditions(vec![("DisruptionTarget".into(), "True".into())]),
        };
        let job = JobSpec {
            success_policy: Some(vec![rule]),
            backoff_limit_per_index: self.per_index,
            failure_policy: self.disrupted.map(|_| vec![fail_job]),
            ..limit(self.backoff, indexed(self.completions, self.completions))
        };
        let mut bench = Bench::with(job, self.pods, 3600);
        if self.disrupted == Some(true) {
            let first = *bench.world.job(bench.job).pods.values().next().unwrap();
            let reason = DisruptionReason::DeletionByTaintManager;
            bench.world.disrupt(first, reason);
        }
        if self.was_met {
            let condition = JobCondition {
                kind: JobConditionKind::SuccessCriteriaMet,
                status: true,
                reason: "SuccessPolicy".into(),
                message: "".into(),
                changed_at: at(0),
            };
            let status = JobStatus {
                conditions: vec![condition],
                ..JobStatus::default()
            };
            bench.world.write_job_status(bench.job, status);
        }
        bench.sync();
        let (place, status) = (self.place, bench.status());
        let numbers = (
            status.active,
            status.succeeded,
            status.failed,
            status.terminating,
        );
        assert_eq!(numbers, self.numbers, "{place}");
        let text = |ranges: &[(i32, i32)]| Indexes::below(i32::MAX, ranges).to_string();
        assert_eq!(text(&status.completed_indexes), self.completed, "{place}");
        let failed = status.failed_indexes.as_deref().map(text);
        assert_eq!(failed.as_deref(), self.failed, "{place}");
        let reason = status.conditions.first().map(|c| &*c.reason);
        assert_eq!(reason.unwrap_or(""), self.reason, "{place}");
        assert_eq!(bench.conditions(), self.conditions, "{place}");
    }
}
