use super::super::testing::{Bench, Sketch, spec};
use super::concerns;
use crate::controllers::Wakes;
use crate::model::JobSpec;
use crate::sim::Span;
use crate::world::{Change, JobStatus, Phase};

fn waits(bench: &mut Bench) -> Vec<(Change, Option<Span>)> {
    let changes = bench.changes();
    let delay = |change: &Change| {
        let mut wakes = Wakes(Vec::new());
        concerns(bench.view(), change, &mut wakes);
        assert!(wakes.0.len() <= 1, "{change:?} wakes the Job once at most");
        wakes.0.pop().map(|(_, delay)| delay)
    };
    changes
        .iter()
        .map(|change| (change.clone(), delay(change)))
        .collect()
}

/// Delays of the changes that wake the Job.
fn delays(bench: &mut Bench) -> Vec<Span> {
    let waits = waits(bench);
    waits.into_iter().filter_map(|(_, delay)| delay).collect()
}

const NOW: Span = Span::ZERO;
const BATCH: Span = Span::from_secs(1);

#[test]
fn pod_changes_are_gathered_and_spec_changes_are_not() {
    // JOB-1, JOB-2; JOB-4: the request of a deletion is one of the changes; upstream `TestUpdateJobRequeue`, `TestAddPod`, `TestUpdatePod`.
    let mut bench = Bench::new(spec(1, Some(1)));
    assert_eq!(delays(&mut bench), [NOW], "creation");
    bench.pod(Sketch::new(Phase::Running).ready().deleting());
    let pod = waits(&mut bench);
    assert!(pod.len() > 3);
    assert!(
        pod.iter().all(|(_, delay)| *delay == Some(BATCH)),
        "{pod:?}"
    );
    let status = JobStatus {
        active: 1,
        ..JobStatus::default()
    };
    bench.world.write_job_status(bench.job, status);
    assert_eq!(delays(&mut bench), [BATCH], "status");
    let job = bench.world.job(bench.job);
    let (meta, manifest) = (job.meta.clone(), job.manifest.clone());
    bench
        .world
        .update_job(bench.job, meta, spec(2, Some(2)), manifest);
    bench.world.mark_job_deleting(bench.job);
    assert_eq!(delays(&mut bench), [NOW, NOW], "spec, deletion");
}

#[test]
fn pods_of_a_job_that_is_gone_are_let_go_when_they_are_deleted() {
    // JOB-77; upstream `TestWatchOrphanPods`, `TestDeletePodOrphan`.
    let mut bench = Bench::new(spec(1, Some(1)));
    let pod = bench.pod(Sketch::new(Phase::Running));
    bench.world.remove_job(bench.job);
    bench.changes();
    bench.world.request_deletion(pod, Span::from_secs(30));
    assert_eq!(delays(&mut bench), [NOW]);
    bench.sync();
    assert_eq!(bench.released, [pod]);
    bench.changes();
    bench.phase(pod, Phase::Failed);
    assert_eq!(delays(&mut bench), [], "nothing is left to do");
}

#[test]
fn a_job_of_another_controller_is_left_alone() {
    // JOB-5; upstream `TestSyncJobWhenManagedBy`.
    let managed = JobSpec {
        managed_by_other: true,
        ..spec(1, Some(1))
    };
    let mut bench = Bench::with(managed, &[Sketch::new(Phase::Succeeded)], 10);
    bench.sync();
    assert!(bench.written.is_empty() && bench.created.is_empty() && bench.released.is_empty());
}
