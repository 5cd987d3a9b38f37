use super::TtlReconciler;
use crate::api::View;
use crate::controllers::job::testing::{Bench, at, spec};
use crate::controllers::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::model::{Cascade, JobSpec};
use crate::sim::Span;
use crate::world::{Call, Change, Job, JobCondition, JobConditionKind, JobStatus, OwnerRef};

/// A Job with this time to live that finished at 20 s.
fn finished(ttl: Option<i64>) -> Bench {
    let mut bench = Bench::new(JobSpec {
        ttl_after_finished: ttl.map(Span::from_secs),
        ..spec(1, Some(1))
    });
    bench.changes();
    bench.world.advance(at(20) + Span::from_millis(600));
    let condition = JobCondition {
        kind: JobConditionKind::Failed,
        status: true,
        reason: "".into(),
        message: "".into(),
        changed_at: at(20),
    };
    let status = JobStatus {
        conditions: vec![condition],
        ..JobStatus::default()
    };
    bench.world.write_job_status(bench.job, status);
    bench
}

fn decide(bench: &Bench) -> (Requeue, bool) {
    let mut plan = Plan::default();
    let view: View<'_> = bench.view();
    let requeue = TtlReconciler.reconcile(view, bench.job, Progress::default(), &mut plan);
    let calls = plan.steps.iter().flat_map(|step| &step.calls);
    let deletes = calls.map(|call| {
        assert!(matches!(
            call,
            Call::DeleteObject {
                owner: OwnerRef::Job(_),
                cascade: Cascade::Foreground,
                ..
            }
        ));
    });
    (requeue, deletes.count() == 1)
}

fn wakes(bench: &mut Bench) -> usize {
    let changes: Vec<Change> = bench.changes();
    let mut wakes = Wakes(Vec::new());
    for change in &changes {
        TtlReconciler.concerns(bench.view(), change, &mut wakes);
    }
    wakes.0.len()
}

#[test]
fn the_job_is_deleted_a_time_after_the_second_it_finished_in() {
    // JOB-83, CP-G6 (in the foreground); upstream `TestTimeLeft`.
    let mut bench = finished(Some(8));
    assert_eq!(wakes(&mut bench), 1);
    let left = Span::from_millis(7400);
    assert_eq!(decide(&bench), (Requeue::After(left), false));
    bench.world.advance(at(28));
    assert_eq!(decide(&bench), (Requeue::Done, true));
    bench.world.mark_job_deleting(bench.job);
    assert_eq!(decide(&bench), (Requeue::Done, false));
}

#[test]
fn jobs_without_an_end_or_a_time_to_live_stay() {
    let mut bench = finished(None);
    assert_eq!(wakes(&mut bench), 0);
    assert_eq!(decide(&bench), (Requeue::Done, false));
    let now = finished(Some(0));
    assert_eq!(decide(&now), (Requeue::Done, true), "0 deletes at once");
    let mut running = Bench::new(JobSpec {
        ttl_after_finished: Some(Span::ZERO),
        ..spec(1, Some(1))
    });
    assert_eq!(wakes(&mut running), 0);
    assert_eq!(decide(&running), (Requeue::Done, false));
    assert!(Job::exists(running.world.job(running.job)));
}
