#![allow(clippy::too_many_lines, reason = "tables of cases")]

mod upstream;

use super::indexes::Indexes;
use super::testing::{Bench, Sketch, at, indexed, spec};
use crate::controllers::Requeue;
use crate::model::{
    ExitCodeOperator, FailureAction, FailureMatch, FailureRule, JobSpec, PodReplacementPolicy,
    RestartPolicy, SuccessRule,
};
use crate::sim::Span;
use crate::world::Phase::{Failed, Pending, Running, Succeeded};
use crate::world::{JobConditionKind, Phase};
use std::sync::Arc;

/// A sync of a Job whose pods ended long ago.
struct Case {
    name: &'static str,
    spec: JobSpec,
    pods: Vec<Sketch>,
    deleting: bool,
    want: Want,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Want {
    created: usize,
    deleted: usize,
    /// Finalizers taken off.
    released: usize,
    active: i32,
    ready: i32,
    terminating: i32,
    succeeded: i32,
    failed: i32,
    conditions: Vec<&'static str>,
}

impl Case {
    fn new(name: &'static str, spec: JobSpec, pods: &[(usize, Sketch)], want: Want) -> Self {
        let pods = pods.iter();
        Self {
            name,
            spec,
            pods: pods
                .flat_map(|&(count, sketch)| std::iter::repeat_n(sketch, count))
                .collect(),
            deleting: false,
            want,
        }
    }

    fn deleting(mut self) -> Self {
        self.deleting = true;
        self
    }
}

fn check(cases: Vec<Case>) {
    for case in cases {
        let mut bench = Bench::with(case.spec, &case.pods, 3600);
        if case.deleting {
            bench.world.mark_job_deleting(bench.job);
        }
        bench.sync();
        let conditions = bench.conditions();
        let status = bench.status();
        let got = Want {
            created: bench.created.len(),
            deleted: bench.deleted.len(),
            released: bench.released.len(),
            active: status.active,
            ready: status.ready,
            terminating: status.terminating,
            succeeded: status.succeeded,
            failed: status.failed,
            conditions,
        };
        assert_eq!(got, case.want, "{}", case.name);
        assert!(status.uncounted.succeeded.is_empty() && status.uncounted.failed.is_empty());
    }
}

const RUN: Sketch = Sketch::new(Running);
const READY: Sketch = RUN.ready();
const WAIT: Sketch = Sketch::new(Pending);
const OK: Sketch = Sketch::new(Succeeded);
const BAD: Sketch = Sketch::new(Failed);
const GOING: Sketch = RUN.deleting();

fn only_failed(spec: JobSpec) -> JobSpec {
    JobSpec {
        pod_replacement_policy: PodReplacementPolicy::Failed,
        ..spec
    }
}

fn limit(backoff_limit: i32, spec: JobSpec) -> JobSpec {
    JobSpec {
        backoff_limit,
        ..spec
    }
}

fn want() -> Want {
    Want::default()
}

const COMPLETE: [&str; 2] = ["SuccessCriteriaMet", "Complete"];
const FAILED: [&str; 2] = ["FailureTarget", "Failed"];

/// Upstream `TestControllerSyncJob`, Jobs without indexes.
/// JOB-31: a sync that removes pods creates none.
#[test]
fn syncs_start_and_remove_pods() {
    let five = || spec(2, Some(5));
    let queue = || spec(2, None);
    let create = |created, active| Want {
        created,
        active,
        ..want()
    };
    check(vec![
        Case::new("job start", five(), &[], create(2, 2)),
        Case::new("WQ job start", queue(), &[], create(2, 2)),
        Case::new("pending pods", five(), &[(2, WAIT)], create(0, 2)),
        Case::new(
            "correct # of pods",
            spec(3, Some(5)),
            &[(1, RUN), (2, READY)],
            Want {
                active: 3,
                ready: 2,
                ..want()
            },
        ),
        Case::new(
            "WQ job: correct # of pods",
            queue(),
            &[(2, RUN)],
            create(0, 2),
        ),
        Case::new(
            "too few active pods",
            five(),
            &[(1, RUN), (1, OK)],
            Want {
                succeeded: 1,
                released: 1,
                ..create(1, 2)
            },
        ),
        Case::new(
            "too few active pods with a dynamic job",
            queue(),
            &[(1, RUN)],
            create(1, 2),
        ),
        Case::new(
            "too many active pods; PodReplacementPolicy enabled",
            five(),
            &[(3, RUN)],
            Want {
                deleted: 1,
                released: 1,
                active: 2,
                terminating: 1,
                ..want()
            },
        ),
        Case::new(
            "count ready pods when too many active pods",
            five(),
            &[(3, READY)],
            Want {
                deleted: 1,
                released: 1,
                active: 2,
                ready: 2,
                terminating: 1,
                ..want()
            },
        ),
        Case::new(
            "more active pods than parallelism",
            five(),
            &[(10, RUN)],
            Want {
                deleted: 8,
                released: 8,
                active: 2,
                terminating: 8,
                ..want()
            },
        ),
        Case::new(
            "more active pods than remaining completions",
            spec(3, Some(4)),
            &[(3, RUN), (2, OK)],
            Want {
                deleted: 1,
                released: 3,
                active: 2,
                terminating: 1,
                succeeded: 2,
                ..want()
            },
        ),
        Case::new(
            "failed + succeed pods: reset backoff delay",
            five(),
            &[(1, RUN), (1, OK), (1, BAD)],
            Want {
                released: 2,
                succeeded: 1,
                failed: 1,
                ..create(1, 2)
            },
        ),
        Case::new(
            "new failed pod",
            five(),
            &[(1, RUN), (1, BAD)],
            Want {
                released: 1,
                failed: 1,
                ..create(1, 2)
            },
        ),
        Case::new(
            "status change",
            five(),
            &[(2, RUN), (2, OK)],
            Want {
                released: 2,
                active: 2,
                succeeded: 2,
                ..want()
            },
        ),
    ]);
}

/// Upstream `TestControllerSyncJob`: `podReplacementPolicy` and `podFailurePolicy` (JOB-12, JOB-13, JOB-33).
#[test]
fn terminating_pods_are_replaced_as_the_policy_says() {
    let one = || spec(1, Some(1));
    let by_policy = JobSpec {
        failure_policy: Some(Vec::new()),
        ..one()
    };
    let surplus = || Want {
        deleted: 1,
        released: 1,
        active: 1,
        terminating: 5,
        ..want()
    };
    check(vec![
        Case::new(
            "WQ job: recreate pods when failed",
            only_failed(spec(1, None)),
            &[(1, RUN), (1, BAD), (1, GOING)],
            Want {
                released: 1,
                active: 1,
                terminating: 1,
                failed: 1,
                ..want()
            },
        ),
        Case::new(
            "WQ job: recreate pods when terminating or failed",
            spec(1, None),
            &[(1, RUN), (1, BAD), (1, GOING)],
            Want {
                released: 2,
                active: 1,
                terminating: 1,
                failed: 2,
                ..want()
            },
        ),
        Case::new(
            "more terminating pods than parallelism",
            only_failed(one()),
            &[(2, RUN), (4, GOING)],
            surplus(),
        ),
        Case::new(
            "more terminating pods than parallelism; PodFailurePolicy used",
            by_policy,
            &[(2, RUN), (4, GOING)],
            surplus(),
        ),
        Case::new(
            "indexed job with some pods deleted, podReplacementPolicy Failed",
            only_failed(indexed(2, 5)),
            &[(1, GOING)],
            Want {
                created: 1,
                active: 1,
                terminating: 1,
                ..want()
            },
        ),
        Case::new(
            "indexed job with some pods deleted, podReplacementPolicy TerminatingOrFailed",
            indexed(2, 5),
            &[(1, Sketch::of(Running, 0).deleting())],
            Want {
                created: 2,
                released: 1,
                active: 2,
                terminating: 1,
                failed: 1,
                ..want()
            },
        ),
    ]);
}

/// Upstream `TestControllerSyncJob`, `TestJobBackoffOnRestartPolicyNever`, `TestSyncJobPastDeadline`.
/// JOB-21 (the limit and one more), JOB-22 (active pods go with the Job), JOB-23 ("deleting job").
#[test]
fn jobs_end() {
    let five = || spec(2, Some(5));
    let done = |succeeded| Want {
        released: 0,
        succeeded,
        conditions: COMPLETE.to_vec(),
        ..want()
    };
    check(vec![
        Case::new(
            "job finish",
            five(),
            &[(5, OK)],
            Want {
                released: 5,
                ..done(5)
            },
        ),
        Case::new(
            "WQ job finishing",
            spec(2, None),
            &[(1, RUN), (1, OK)],
            Want {
                released: 1,
                active: 1,
                succeeded: 1,
                ..want()
            },
        ),
        Case::new(
            "WQ job all finished",
            spec(2, None),
            &[(2, OK)],
            Want {
                released: 2,
                ..done(2)
            },
        ),
        Case::new(
            "WQ job all finished despite one failure",
            spec(2, None),
            &[(1, OK), (1, BAD)],
            Want {
                released: 2,
                failed: 1,
                ..done(1)
            },
        ),
        Case::new("completions 0 (JOB-61)", spec(1, Some(0)), &[], done(0)),
        Case::new("parallelism 0 (JOB-61)", spec(0, Some(1)), &[], want()),
        Case::new(
            "a last pod still terminating (JOB-70)",
            spec(1, Some(1)),
            &[(1, OK), (1, GOING)],
            Want {
                released: 2,
                succeeded: 1,
                failed: 1,
                terminating: 1,
                conditions: vec!["SuccessCriteriaMet"],
                ..want()
            },
        ),
        Case::new(
            "deleting job",
            five(),
            &[(1, WAIT), (1, RUN), (1, OK)],
            Want {
                released: 3,
                active: 2,
                succeeded: 1,
                ..want()
            },
        )
        .deleting(),
        Case::new(
            "too many job failures",
            limit(0, five()),
            &[(1, BAD)],
            Want {
                released: 1,
                failed: 1,
                conditions: FAILED.to_vec(),
                ..want()
            },
        )
        .deleting(),
        Case::new(
            "count ready pods when job fails",
            limit(0, spec(2, Some(3))),
            &[(2, READY), (1, BAD)],
            Want {
                deleted: 2,
                released: 3,
                terminating: 2,
                failed: 3,
                conditions: vec!["FailureTarget"],
                ..want()
            },
        ),
        Case::new(
            "not enough failures with backoffLimit 6 - multiple pods",
            spec(2, Some(2)),
            &[(1, RUN), (6, BAD)],
            Want {
                created: 1,
                released: 6,
                active: 2,
                failed: 6,
                ..want()
            },
        ),
        Case::new(
            "too many failures with backoffLimit 6 - multiple pods",
            spec(2, Some(2)),
            &[(7, BAD)],
            Want {
                released: 7,
                failed: 7,
                conditions: FAILED.to_vec(),
                ..want()
            },
        ),
    ]);
}

/// Upstream `TestControllerSyncJob`: suspension (JOB-40, JOB-81).
#[test]
fn suspended_jobs_keep_no_pods() {
    let suspended = || JobSpec {
        suspend: true,
        ..spec(2, Some(4))
    };
    let asleep = |terminating| Want {
        terminating,
        conditions: vec!["Suspended"],
        ..want()
    };
    check(vec![
        Case::new("born suspended", suspended(), &[], asleep(0)),
        Case::new(
            "suspending a job with satisfied expectations; PodReplacementPolicy enabled",
            suspended(),
            &[(2, RUN)],
            Want {
                deleted: 2,
                released: 2,
                ..asleep(2)
            },
        ),
        Case::new(
            "count ready pods when suspending a job with satisfied expectations",
            suspended(),
            &[(2, READY)],
            Want {
                deleted: 2,
                released: 2,
                ..asleep(2)
            },
        ),
        Case::new(
            "suspending a deleted job",
            suspended(),
            &[(2, RUN)],
            Want {
                released: 2,
                active: 2,
                ..want()
            },
        )
        .deleting(),
        Case::new(
            "a suspended Job that has all completions",
            suspended(),
            &[(4, OK)],
            Want {
                released: 4,
                succeeded: 4,
                conditions: COMPLETE.to_vec(),
                ..want()
            },
        ),
    ]);
}

/// Upstream `TestControllerSyncJob` and `TestSyncJobWithJobBackoffLimitPerIndex`, Indexed Jobs.
struct IndexCase {
    name: &'static str,
    spec: JobSpec,
    pods: Vec<Sketch>,
    /// Indexes that get a pod.
    created: &'static [i32],
    deleted: usize,
    released: usize,
    active: i32,
    failed: i32,
    completed: &'static str,
    failed_indexes: Option<&'static str>,
    conditions: &'static [&'static str],
}

fn check_indexed(cases: Vec<IndexCase>) {
    for case in cases {
        let name = case.name;
        let mut bench = Bench::with(case.spec, &case.pods, 3600);
        bench.sync();
        let mut created: Vec<i32> = bench.created.iter().filter_map(|pod| pod.index).collect();
        created.sort_unstable();
        assert_eq!(created, case.created, "{name}: created");
        assert_eq!(bench.deleted.len(), case.deleted, "{name}: deleted");
        assert_eq!(bench.released.len(), case.released, "{name}: released");
        assert_eq!(bench.conditions(), case.conditions, "{name}");
        let status = bench.status();
        assert_eq!(status.active, case.active, "{name}: active");
        assert_eq!(status.failed, case.failed, "{name}: failed");
        let text = |ranges: &[(i32, i32)]| Indexes::below(i32::MAX, ranges).to_string();
        assert_eq!(text(&status.completed_indexes), case.completed, "{name}");
        let failed = status.failed_indexes.as_deref().map(text);
        assert_eq!(failed.as_deref(), case.failed_indexes, "{name}");
        let total = Indexes::below(i32::MAX, &status.completed_indexes).total();
        assert_eq!(status.succeeded, total, "{name}: succeeded");
    }
}

const fn pod(index: i32, phase: Phase) -> Sketch {
    Sketch::of(phase, index)
}

fn indexed_case(name: &'static str, spec: JobSpec, pods: &[Sketch]) -> IndexCase {
    IndexCase {
        name,
        spec,
        pods: pods.to_vec(),
        created: &[],
        deleted: 0,
        released: 0,
        active: 0,
        failed: 0,
        completed: "",
        failed_indexes: None,
        conditions: &[],
    }
}

#[test]
fn indexes_are_started_and_completed() {
    // JOB-38, JOB-39, JOB-75.
    check_indexed(vec![
        IndexCase {
            created: &[0, 1],
            active: 2,
            ..indexed_case("indexed job start", indexed(2, 5), &[])
        },
        IndexCase {
            released: 4,
            failed: 1,
            completed: "0-2",
            conditions: &COMPLETE,
            ..indexed_case(
                "indexed job completed",
                indexed(2, 3),
                &[
                    pod(0, Succeeded),
                    pod(1, Failed),
                    pod(1, Succeeded),
                    pod(2, Succeeded),
                ],
            )
        },
        IndexCase {
            deleted: 1,
            released: 3,
            failed: 2,
            completed: "0",
            conditions: &["FailureTarget"],
            ..indexed_case(
                "count terminating pods when indexed job fails",
                limit(0, indexed(2, 3)),
                &[pod(0, Succeeded), pod(1, Failed), pod(2, Running)],
            )
        },
        IndexCase {
            created: &[2],
            released: 3,
            active: 1,
            completed: "0,1",
            ..indexed_case(
                "indexed job repeated completed index",
                indexed(2, 3),
                &[pod(0, Succeeded), pod(1, Succeeded), pod(1, Succeeded)],
            )
        },
        IndexCase {
            created: &[1, 6, 10, 11, 12, 13],
            released: 6,
            active: 8,
            completed: "2,4,5,7-9",
            ..indexed_case(
                "indexed job some running and completed pods",
                indexed(8, 20),
                &[
                    pod(0, Running),
                    pod(2, Succeeded),
                    pod(3, Pending),
                    pod(4, Succeeded),
                    pod(5, Succeeded),
                    pod(7, Succeeded),
                    pod(8, Succeeded),
                    pod(9, Succeeded),
                ],
            )
        },
        IndexCase {
            created: &[0, 2],
            released: 2,
            active: 3,
            failed: 2,
            ..indexed_case(
                "indexed job some failed pods",
                indexed(3, 4),
                &[pod(0, Failed), pod(1, Pending), pod(2, Failed)],
            )
        },
        IndexCase {
            deleted: 2,
            released: 5,
            completed: "0",
            ..indexed_case(
                "indexed job with indexes outside of range",
                indexed(2, 5),
                &[
                    pod(0, Succeeded),
                    pod(5, Running),
                    pod(6, Succeeded),
                    pod(7, Pending),
                    pod(8, Failed),
                ],
            )
        },
        IndexCase {
            deleted: 2,
            released: 3,
            active: 2,
            completed: "0",
            ..indexed_case(
                "indexed job repeated indexes",
                indexed(5, 5),
                &[
                    RUN,
                    pod(0, Succeeded),
                    pod(1, Running),
                    pod(2, Running),
                    pod(2, Pending),
                ],
            )
        },
    ]);
}

fn per_index(limit: i32, spec: JobSpec) -> JobSpec {
    JobSpec {
        backoff_limit: i32::MAX,
        backoff_limit_per_index: Some(limit),
        ..spec
    }
}

fn on_exit(action: FailureAction, values: &[i32], spec: JobSpec) -> JobSpec {
    JobSpec {
        failure_policy: Some(vec![FailureRule {
            action,
            matches: FailureMatch::ExitCodes {
                container: None,
                operator: ExitCodeOperator::In,
                values: values.to_vec(),
            },
        }]),
        ..spec
    }
}

#[test]
fn failed_indexes_are_counted_on_their_own() {
    // JOB-47, JOB-48, JOB-20 item 6.
    let two = || per_index(1, indexed(2, 2));
    let most = JobSpec {
        max_failed_indexes: Some(1),
        ..per_index(1, indexed(4, 4))
    };
    let running = |name, pods: &[Sketch]| IndexCase {
        failed_indexes: Some(""),
        active: 2,
        ..indexed_case(name, two(), pods)
    };
    check_indexed(vec![
        IndexCase {
            released: 3,
            active: 0,
            failed: 1,
            completed: "0,1",
            conditions: &COMPLETE,
            ..running(
                "successful job after a single failure within index",
                &[
                    pod(0, Failed),
                    pod(0, Succeeded).failures(1),
                    pod(1, Succeeded),
                ],
            )
        },
        IndexCase {
            created: &[0, 1],
            ..running(
                "single failed pod, not counted as the replacement pod creation is delayed",
                &[pod(0, Failed)],
            )
        },
        IndexCase {
            created: &[1],
            released: 1,
            failed: 1,
            ..running(
                "single failed pod replaced already",
                &[pod(0, Failed), pod(0, Pending).failures(1)],
            )
        },
        IndexCase {
            created: &[1],
            released: 1,
            active: 1,
            failed: 1,
            failed_indexes: Some("0"),
            ..running(
                "single failed index due to exceeding the backoff limit per index, the job continues",
                &[pod(0, Failed).failures(1)],
            )
        },
        IndexCase {
            spec: on_exit(FailureAction::FailIndex, &[3], two()),
            created: &[1],
            released: 1,
            active: 1,
            failed: 1,
            failed_indexes: Some("0"),
            ..running(
                "single failed index due to FailIndex action, the job continues",
                &[pod(0, Failed).exit(3)],
            )
        },
        IndexCase {
            spec: on_exit(FailureAction::FailJob, &[3], two()),
            released: 1,
            active: 0,
            failed: 1,
            conditions: &FAILED,
            ..running(
                "job failed index due to FailJob action",
                &[pod(0, Failed).exit(3)],
            )
        },
        IndexCase {
            spec: on_exit(FailureAction::Ignore, &[3], two()),
            created: &[0, 1],
            ..running(
                "job pod failure ignored due to matching Ignore action",
                &[pod(0, Failed).exit(3)],
            )
        },
        IndexCase {
            spec: limit(1, two()),
            released: 2,
            active: 0,
            failed: 2,
            conditions: &FAILED,
            ..running(
                "job failed due to exceeding backoffLimit before backoffLimitPerIndex",
                &[pod(0, Failed), pod(1, Failed)],
            )
        },
        IndexCase {
            released: 2,
            active: 0,
            failed: 1,
            completed: "1",
            failed_indexes: Some("0"),
            conditions: &FAILED,
            ..running(
                "job failed due to failed indexes",
                &[pod(0, Failed).failures(1), pod(1, Succeeded)],
            )
        },
        IndexCase {
            spec: most,
            deleted: 1,
            released: 4,
            active: 0,
            failed: 3,
            completed: "1",
            failed_indexes: Some("0,2"),
            conditions: &["FailureTarget"],
            ..running(
                "job failed due to exceeding max failed indexes",
                &[
                    pod(0, Failed).failures(1),
                    pod(1, Succeeded),
                    pod(2, Failed).failures(1),
                    pod(3, Running),
                ],
            )
        },
    ]);
}

#[test]
fn an_index_in_backoff_takes_up_a_place() {
    // JOB-38 with JOB-46: the candidates are the lowest indexes, those in back-off included.
    let mut bench = Bench::new(per_index(3, indexed(2, 4)));
    bench.world.advance(at(100));
    bench.pod(pod(0, Failed).exit(1));
    bench.sync();
    assert_eq!(
        bench
            .created
            .iter()
            .map(|new| new.index)
            .collect::<Vec<_>>(),
        [Some(1)]
    );
    assert_eq!((bench.status().active, bench.status().failed), (1, 0));
    assert!(
        bench.look_again.is_empty(),
        "a pod was started, so the events of it come"
    );
    bench.world.advance(at(102));
    bench.sync();
    assert_eq!(bench.look_again, [at(110)]);
    bench.world.advance(at(110));
    bench.sync();
    let replaced = bench.created.last().unwrap();
    assert_eq!((replaced.index, replaced.index_failures), (Some(0), (1, 0)));
    assert_eq!(
        bench.status().failed,
        0,
        "it is counted when its replacement is active"
    );
    bench.sync();
    assert_eq!(bench.status().failed, 1);
}

#[test]
fn ignored_failures_of_an_index_are_carried_over() {
    // JOB-47; upstream `TestGetNewIndexFailureCountValue`.
    let spec = on_exit(FailureAction::Ignore, &[3], per_index(1, indexed(1, 1)));
    for (exit, failures) in [(3, (1, 1)), (4, (2, 0))] {
        let failed = pod(0, Failed).failures(1).exit(exit);
        let mut bench = Bench::with(spec.clone(), &[failed], 3600);
        if exit == 4 {
            // The limit is reached: only a higher one leaves something to carry over.
            bench = Bench::with(per_index(2, spec.clone()), &[failed], 3600);
        }
        bench.sync();
        assert_eq!(bench.created[0].index_failures, failures, "exit {exit}");
    }
}

#[test]
fn a_success_policy_ends_the_job() {
    // JOB-62, JOB-63; upstream `TestSyncJobWithJobSuccessPolicy`.
    let policy = JobSpec {
        success_policy: Some(vec![SuccessRule {
            indexes: Some(vec![(0, 1)]),
            count: Some(1),
        }]),
        ..indexed(3, 3)
    };
    let pods = [pod(0, Succeeded), pod(1, Running), pod(2, Running)];
    let mut bench = Bench::with(policy, &pods, 60);
    bench.sync();
    assert_eq!(bench.conditions(), ["SuccessCriteriaMet"]);
    let status = bench.status();
    assert_eq!(&*status.conditions[0].reason, "SuccessPolicy");
    assert_eq!(&*status.conditions[0].message, "Matched rules at index 0");
    assert_eq!(
        (status.terminating, status.failed, status.active),
        (2, 0, 0)
    );
    let ended: Vec<_> = bench.deleted.clone();
    for pod in ended {
        bench.phase(pod, Failed);
        bench.world.remove_pod(pod);
    }
    bench.world.advance(at(70));
    bench.sync();
    assert_eq!(bench.conditions(), COMPLETE);
    let status = bench.status();
    assert_eq!((status.succeeded, status.failed), (1, 0));
    assert_eq!(status.completion_time, Some(at(70)));
}

#[test]
fn replacements_wait_and_the_status_does_not() {
    // JOB-34, JOB-42, JOB-49 (the fixed version): recording job-one-fails-others-run.
    let mut bench = Bench::new(spec(4, Some(4)));
    bench.sync();
    assert_eq!(bench.created.len(), 4);
    let pods: Vec<_> = bench.world.job(bench.job).pods.values().copied().collect();
    for &pod in &pods {
        bench.phase(pod, Running);
    }
    bench.world.advance(at(4));
    bench.exit(pods[0], 0, 1);
    bench.phase(pods[0], Failed);
    bench.world.advance(at(5) + Span::from_millis(3));
    bench.sync();
    assert_eq!((bench.status().active, bench.status().failed), (3, 1));
    assert_eq!(bench.released, [pods[0]]);
    assert_eq!(bench.look_again, [at(14)]);
    bench.world.advance(at(13) + Span::from_millis(500));
    bench.sync();
    let soonest = at(14) + Span::from_millis(500);
    assert_eq!(
        bench.look_again.last(),
        Some(&soonest),
        "a wait is 1 s at least (fact 36)"
    );
    bench.world.advance(soonest);
    bench.sync();
    assert_eq!(bench.created.len(), 5);
}

#[test]
fn restarts_fail_a_job_of_restart_policy_on_failure() {
    // JOB-43; upstream `TestJobBackoffForOnFailure`.
    let mut on_failure = limit(2, spec(2, Some(5)));
    let mut template = (*on_failure.template).clone();
    template.spec.restart_policy = RestartPolicy::OnFailure;
    on_failure.template = Arc::new(template);
    let mut once = RUN;
    once.restarts = 1;
    for (pods, failed) in [(1, false), (2, true)] {
        let mut bench = Bench::with(on_failure.clone(), &vec![once; pods], 60);
        bench.sync();
        assert_eq!(
            bench.conditions().contains(&"FailureTarget"),
            failed,
            "{pods} pods"
        );
        assert_eq!(bench.deleted.len(), if failed { 2 } else { 0 });
    }
    let never = limit(2, spec(2, Some(5)));
    let mut bench = Bench::with(never, &[once, once], 60);
    bench.sync();
    assert!(bench.conditions().is_empty());
}

#[test]
fn the_deadline_ends_the_job() {
    // JOB-80, JOB-73; upstream `TestSyncJobPastDeadline`.
    let limited = JobSpec {
        active_deadline: Some(Span::from_secs(10)),
        ..spec(1, Some(2))
    };
    let mut bench = Bench::new(limited);
    bench.sync();
    assert_eq!(bench.look_again, [at(10)]);
    bench.world.advance(at(10));
    bench.sync();
    assert_eq!(bench.conditions(), ["FailureTarget"]);
    assert_eq!(&*bench.status().conditions[0].reason, "DeadlineExceeded");
    assert_eq!((bench.deleted.len(), bench.status().failed), (1, 1));
    let pod = bench.deleted[0];
    bench.phase(pod, Failed);
    bench.world.remove_pod(pod);
    bench.world.advance(at(14));
    bench.sync();
    assert_eq!(bench.conditions(), FAILED);
    assert_eq!(bench.status().completion_time, None, "JOB-76");
    assert_eq!(bench.events, 1, "JOB-94");
    let written = bench.written.len();
    bench.sync();
    assert_eq!(bench.written.len(), written, "JOB-5");
}

#[test]
fn a_finished_job_takes_two_writes() {
    // JOB-70 to JOB-72, JOB-93: recording job-simple.
    let mut bench = Bench::with(spec(1, Some(1)), &[OK], 7);
    bench.sync();
    let [first, second] = &bench.written[..] else {
        panic!("{:?}", bench.written);
    };
    assert_eq!((first.succeeded, first.uncounted.succeeded.len()), (0, 1));
    assert_eq!(
        first.conditions[0].kind,
        JobConditionKind::SuccessCriteriaMet
    );
    assert_eq!(first.conditions.len(), 1);
    assert_eq!((second.succeeded, second.uncounted.succeeded.len()), (1, 0));
    assert_eq!(second.completion_time, Some(at(7)));
    assert_eq!(bench.events, 1);
}

/// JOB-8: the first sync sets it.
#[test]
fn suspension_takes_the_start_time_away() {
    // JOB-81, JOB-82, JOB-92: recording job-suspend-resume.
    let mut bench = Bench::new(spec(2, Some(4)));
    bench.sync();
    assert_eq!(bench.status().start_time, Some(at(0)));
    assert_eq!(bench.events, 0);
    let change = |bench: &mut Bench, second, suspend| {
        bench.world.advance(at(second) + Span::from_millis(7));
        let job = bench.world.job(bench.job);
        let (meta, manifest) = (job.meta.clone(), job.manifest.clone());
        let spec = JobSpec {
            suspend,
            ..job.spec.clone()
        };
        bench.world.update_job(bench.job, meta, spec, manifest);
        bench.sync();
    };
    change(&mut bench, 6, true);
    assert_eq!(bench.status().start_time, None);
    assert_eq!((bench.deleted.len(), bench.released.len()), (2, 2));
    assert_eq!(bench.conditions(), ["Suspended"]);
    assert_eq!((bench.status().active, bench.status().terminating), (0, 2));
    bench.sync();
    assert_eq!(bench.status().failed, 0, "JOB-32");
    change(&mut bench, 18, false);
    assert_eq!(bench.status().start_time, Some(at(18)));
    assert_eq!(bench.status().active, 2);
    let condition = &bench.status().conditions[0];
    assert_eq!(
        (condition.status, &*condition.reason),
        (false, "JobResumed")
    );
    assert_eq!(bench.events, 2);
}

/// CP-E4.
#[test]
fn one_sync_handles_five_hundred_pods() {
    // JOB-C4, JOB-C5, JOB-36, JOB-72.
    let mut bench = Bench::new(spec(600, Some(600)));
    bench.sync();
    assert_eq!((bench.created.len(), bench.status().active), (500, 500));
    bench.sync();
    assert_eq!((bench.created.len(), bench.status().active), (600, 600));
    let pods: Vec<_> = bench.world.job(bench.job).pods.values().copied().collect();
    for pod in pods {
        bench.phase(pod, Succeeded);
    }
    bench.sync();
    assert_eq!(bench.status().succeeded, 500);
    assert_eq!(bench.conditions(), ["SuccessCriteriaMet"]);
    bench.sync();
    assert_eq!(bench.status().succeeded, 600);
    assert_eq!(bench.conditions(), COMPLETE);
}

#[test]
fn refused_creations_are_tried_again() {
    // JOB-6, JOB-35, JOB-C6, CP-E2; upstream `TestControllerSyncJob`, "limited pods".
    let mut bench = Bench::new(spec(100, Some(200)));
    bench.quota = 10;
    assert_eq!(bench.sync(), Requeue::Backoff);
    assert_eq!((bench.created.len(), bench.status().active), (10, 10));
    bench.quota = usize::MAX;
    assert_eq!(bench.sync(), Requeue::Done);
    assert_eq!((bench.created.len(), bench.status().active), (100, 100));

    let mut bench = Bench::with(spec(4, Some(5)), &[BAD], 3600);
    bench.quota = 1;
    assert_eq!(bench.sync(), Requeue::Backoff);
    let active: Vec<i32> = bench.written.iter().map(|status| status.active).collect();
    assert_eq!(
        active,
        [1, 1],
        "both writes leave out what was refused or never sent"
    );
}

#[test]
fn ignored_failures_wait_but_do_not_count() {
    // JOB-41, fact 7 of the recordings: job-pfp-count-and-ignore-exit.
    let spec = limit(0, on_exit(FailureAction::Ignore, &[3], spec(1, Some(1))));
    let mut bench = Bench::new(spec);
    for (second, wait) in [(10, 10), (20, 20), (40, 40)] {
        bench.world.advance(at(second));
        bench.sync();
        let live = bench.world.job(bench.job).pods.values().next_back();
        let pod = *live.unwrap();
        bench.phase(pod, Running);
        bench.exit(pod, 0, 3);
        bench.phase(pod, Failed);
        bench.sync();
        assert_eq!(bench.look_again.last(), Some(&at(second + wait)));
        assert_eq!((bench.status().failed, bench.conditions().len()), (0, 0));
    }
}

#[test]
fn elastic_jobs_forget_what_is_out_of_range() {
    // Upstream `TestCalculateSucceededIndexes`, "index range above completions"; recording job-elastic-indexed.
    let mut bench = Bench::with(indexed(4, 4), &[pod(0, Succeeded), pod(3, Succeeded)], 9);
    bench.sync();
    assert_eq!(bench.status().succeeded, 2);
    let job = bench.world.job(bench.job);
    let (meta, manifest) = (job.meta.clone(), job.manifest.clone());
    bench
        .world
        .update_job(bench.job, meta, indexed(2, 2), manifest);
    bench.sync();
    assert_eq!(bench.status().completed_indexes, [(0, 0)]);
    assert_eq!(bench.status().succeeded, 1);
}

#[test]
fn a_new_deadline_is_looked_at_from_the_start_of_the_job() {
    // JOB-84, JOB-80: what counts is the start time, not the change.
    let mut bench = Bench::new(spec(1, Some(1)));
    bench.sync();
    assert!(bench.look_again.is_empty());
    let limit = |bench: &mut Bench, seconds| {
        let job = bench.world.job(bench.job);
        let (meta, manifest) = (job.meta.clone(), job.manifest.clone());
        let spec = JobSpec {
            active_deadline: Some(Span::from_secs(seconds)),
            ..job.spec.clone()
        };
        bench.world.update_job(bench.job, meta, spec, manifest);
        bench.sync();
    };
    bench.world.advance(at(20));
    limit(&mut bench, 100);
    assert_eq!(bench.look_again, [at(100)]);
    limit(&mut bench, 10);
    assert_eq!(bench.conditions(), ["FailureTarget"]);
}

#[test]
fn the_back_off_is_remembered_with_a_status_and_forgotten_with_the_job() {
    // JOB-45.
    let mut bench = Bench::with(spec(1, Some(1)), &[], 10);
    bench.sync();
    let pod = *bench.world.job(bench.job).pods.values().next().unwrap();
    bench.exit(pod, 0, 1);
    bench.phase(pod, Failed);
    bench.sync();
    assert_eq!(bench.reconciler.records[&bench.job].failures, 1);
    bench.world.advance(at(20));
    bench.sync();
    assert_eq!(
        bench.reconciler.records[&bench.job].failures, 1,
        "nothing new"
    );
    let pod = *bench.world.job(bench.job).pods.values().last().unwrap();
    bench.phase(pod, Succeeded);
    bench.sync();
    assert_eq!(bench.conditions(), COMPLETE);
    bench.sync();
    assert!(bench.reconciler.records.is_empty());
}
