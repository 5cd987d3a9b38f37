use super::*;
use crate::record::fixture::*;
use crate::world::{CronDecision, CronOutcome, JobConditionKind, Owner};
use expect_test::{Expect, expect};
use std::fs;

/// The files of a run of one node that is told by `play`, 100 s long.
struct Run {
    root: tempfile::TempDir,
    finished: Finished,
}

impl Run {
    fn new(write: &str, play: impl FnOnce(&mut Play<ResultFiles>)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let options = Options {
            scenario_digest: "blake3:0".to_owned(),
            write: FileSet::parse(write).unwrap(),
            sample: None,
        };
        let model = model();
        let files = ResultFiles::create(&root.path().join("out"), &model, options).unwrap();
        let mut stage = Play::new(&model, files);
        play(&mut stage);
        let finished = stage.finish(100_000).unwrap();
        Self { root, finished }
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.root.path().join("out").join(file)).unwrap()
    }

    fn check(&self, file: &str, expected: &Expect) {
        expected.assert_eq(&self.text(file));
    }
}

/// A Job whose first pod fails after 5 s and whose second one succeeds.
fn job_with_a_retry(stage: &mut Play<ResultFiles>) {
    let node = stage.at(0, |world| add_node(world, "gpu-node"));
    let job = stage.at(0, |world| create_job(world, "etl", job_spec(), None));
    let owner = Owner::Job(job);
    let first = stage.at(20, |world| create_pod(world, "etl-aaaaa", owner, 1));
    stage.at(20, |world| write_counts(world, job, 1, 0, 0));
    stage.at(30, |world| world.bind(first, node));
    stage.at(1_030, |world| start_pod(world, first));
    stage.at(6_030, |world| end_pod(world, first, 1));
    stage.at(7_000, |world| write_counts(world, job, 0, 0, 1));
    let second = stage.at(16_030, |world| create_pod(world, "etl-bbbbb", owner, 2));
    stage.at(16_040, |world| world.bind(second, node));
    stage.at(17_040, |world| start_pod(world, second));
    stage.at(22_040, |world| end_pod(world, second, 0));
    stage.at(23_000, |world| {
        write_counts(world, job, 0, 1, 1);
        let reason = "CompletionsReached";
        write_conditions(
            world,
            job,
            &[
                (JobConditionKind::SuccessCriteriaMet, true, reason),
                (JobConditionKind::Complete, true, reason),
            ],
        );
    });
    stage.at(30_000, |world| world.remove_pod(second));
}

#[test]
fn events_have_numbers_causes_and_details() {
    let run = Run::new("events", job_with_a_retry);
    run.check("events.csv", &expect![[r"
        seq,t,time,kind,namespace,name,event,node,cause,detail
        1,0.000,2026-01-05T00:00:00.000Z,Node,,gpu-node,NodeAdded,gpu-node,,
        2,0.000,2026-01-05T00:00:00.000Z,Node,,gpu-node,NodeReady,gpu-node,1,
        3,0.000,2026-01-05T00:00:00.000Z,Job,default,etl,JobCreated,,,
        4,0.020,2026-01-05T00:00:00.020Z,Pod,default,etl-aaaaa,PodCreated,,,owner=Job/etl
        5,0.020,2026-01-05T00:00:00.020Z,Job,default,etl,JobStarted,,,
        6,0.030,2026-01-05T00:00:00.030Z,Pod,default,etl-aaaaa,PodScheduled,gpu-node,,
        7,1.030,2026-01-05T00:00:01.030Z,Pod,default,etl-aaaaa,ContainerStarted,gpu-node,,container=app restarts=0
        8,1.030,2026-01-05T00:00:01.030Z,Pod,default,etl-aaaaa,PodStarted,gpu-node,7,
        9,6.030,2026-01-05T00:00:06.030Z,Pod,default,etl-aaaaa,ContainerExited,gpu-node,,container=app exit_code=1
        10,6.030,2026-01-05T00:00:06.030Z,Pod,default,etl-aaaaa,PodFailed,gpu-node,9,exit_code=1
        11,16.030,2026-01-05T00:00:16.030Z,Pod,default,etl-bbbbb,PodCreated,,,owner=Job/etl
        12,16.040,2026-01-05T00:00:16.040Z,Pod,default,etl-bbbbb,PodScheduled,gpu-node,,
        13,17.040,2026-01-05T00:00:17.040Z,Pod,default,etl-bbbbb,ContainerStarted,gpu-node,,container=app restarts=0
        14,17.040,2026-01-05T00:00:17.040Z,Pod,default,etl-bbbbb,PodStarted,gpu-node,13,
        15,22.040,2026-01-05T00:00:22.040Z,Pod,default,etl-bbbbb,ContainerExited,gpu-node,,container=app exit_code=0
        16,22.040,2026-01-05T00:00:22.040Z,Pod,default,etl-bbbbb,PodSucceeded,gpu-node,15,
        17,23.000,2026-01-05T00:00:23.000Z,Job,default,etl,JobSuccessCriteriaMet,,,reason=CompletionsReached
        18,23.000,2026-01-05T00:00:23.000Z,Job,default,etl,JobComplete,,17,reason=CompletionsReached
        19,30.000,2026-01-05T00:00:30.000Z,Pod,default,etl-bbbbb,PodDeleted,gpu-node,,
    "]]);
    let digest = blake3::hash(run.text("events.csv").as_bytes());
    assert_eq!(run.finished.events_digest, format!("blake3:{digest}"));
}

#[test]
fn the_events_digest_does_not_need_the_file() {
    let (with, without) = (
        Run::new("events", job_with_a_retry),
        Run::new("jobs", job_with_a_retry),
    );
    assert_eq!(with.finished, without.finished);
    let mut names: Vec<_> = fs::read_dir(without.root.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["jobs.csv", "summary.json"]);
}

#[test]
fn a_job_status_is_told_by_counters_and_by_conditions() {
    let run = Run::new("completions,jobs,retries", job_with_a_retry);
    run.check(
        "completions.csv",
        &expect![[r"
        t,time,namespace,job,cronjob,active,ready,terminating,succeeded,failed,condition,reason
        0.020,2026-01-05T00:00:00.020Z,default,etl,,1,0,0,0,0,,
        7.000,2026-01-05T00:00:07.000Z,default,etl,,0,0,0,0,1,,
        23.000,2026-01-05T00:00:23.000Z,default,etl,,0,0,0,1,1,,
        23.000,2026-01-05T00:00:23.000Z,default,etl,,0,0,0,1,1,SuccessCriteriaMet,CompletionsReached
        23.000,2026-01-05T00:00:23.000Z,default,etl,,0,0,0,1,1,Complete,CompletionsReached
    "]],
    );
    run.check(
        "retries.csv",
        &expect![[r"
        t,time,namespace,job,pod,index,attempt,kind,reason,exit_code,backoff_s
        16.030,2026-01-05T00:00:16.030Z,default,etl,etl-bbbbb,,2,pod,Error,1,10.000
    "]],
    );
    run.check("jobs.csv", &expect![[r"
        namespace,job,cronjob,created_t,start_t,finish_t,deleted_t,duration_s,condition,reason,completions,succeeded,failed,retries,pods,first_pod_wait_s
        default,etl,,0.000,0.020,23.000,,22.980,Complete,CompletionsReached,1,1,1,1,2,1.030
    "]]);
}

#[test]
fn pods_that_are_gone_come_before_those_that_are_left() {
    let run = Run::new("pods,nodes", job_with_a_retry);
    run.check("pods.csv", &expect![[r"
        namespace,pod,owner_kind,owner,index,node,created_t,scheduled_t,started_t,ready_t,finished_t,deleted_t,phase,reason,exit_code,restarts
        default,etl-bbbbb,Job,etl,,gpu-node,16.030,16.040,17.040,,22.040,30.000,Succeeded,,0,0
        default,etl-aaaaa,Job,etl,,gpu-node,0.020,0.030,1.030,,6.030,,Failed,,1,0
    "]]);
    run.check(
        "nodes.csv",
        &expect![[r"
        node,pool,added_t,ready_t,removed_t,cpu_m,memory_bytes,pods_max,pods_run,nvidia.com/gpu
        gpu-node,,0.000,0.000,,1000,1073741824,110,2,2
    "]],
    );
}

#[test]
fn containers_that_are_started_again_are_retries() {
    let run = Run::new("retries", |stage| {
        let node = stage.at(0, |world| add_node(world, "n"));
        let job = stage.at(0, |world| create_job(world, "etl", job_spec(), None));
        let owner = Owner::Job(job);
        let pod = stage.at(0, |world| create_pod(world, "etl-aaaaa", owner, 1));
        stage.at(0, |world| world.bind(pod, node));
        stage.at(1_000, |world| start_pod(world, pod));
        stage.at(3_500, |world| exit_container(world, pod, 137));
        stage.at(13_500, |world| start_pod(world, pod));
        stage.at(15_000, |world| exit_container(world, pod, 0));
        stage.at(35_000, |world| start_pod(world, pod));
    });
    run.check(
        "retries.csv",
        &expect![[r"
        t,time,namespace,job,pod,index,attempt,kind,reason,exit_code,backoff_s
        13.500,2026-01-05T00:00:13.500Z,default,etl,etl-aaaaa,,2,container,OOMKilled,137,10.000
        35.000,2026-01-05T00:00:35.000Z,default,etl,etl-aaaaa,,3,container,Completed,0,20.000
    "]],
    );
}

/// JOB-17: with `TerminatingOrFailed` a pod is replaced once its deletion begins; it is lost once.
#[test]
fn a_pod_that_is_taken_away_is_one_retry() {
    let run = Run::new("retries", |stage| {
        let node = stage.at(0, |world| add_node(world, "n"));
        let job = stage.at(0, |world| create_job(world, "etl", job_spec(), None));
        let owner = Owner::Job(job);
        let first = stage.at(0, |world| create_pod(world, "etl-a", owner, 1));
        stage.at(0, |world| world.bind(first, node));
        stage.at(1_000, |world| start_pod(world, first));
        stage.at(5_000, |world| {
            world.disrupt(
                first,
                crate::world::DisruptionReason::DeletionByTaintManager,
            );
            world.request_deletion(first, Span::from_secs(30));
        });
        stage.at(6_000, |world| create_pod(world, "etl-b", owner, 1));
        stage.at(7_000, |world| end_pod(world, first, 143));
        stage.at(8_000, |world| create_pod(world, "etl-c", owner, 2));
    });
    run.check(
        "retries.csv",
        &expect![[r"
        t,time,namespace,job,pod,index,attempt,kind,reason,exit_code,backoff_s
        6.000,2026-01-05T00:00:06.000Z,default,etl,etl-b,,1,pod,DeletionByTaintManager,,1.000
    "]],
    );
}

#[test]
fn coverage_is_ready_of_desired() {
    let run = Run::new("coverage", |stage| {
        let id = stage.at(0, |world| world.create_daemonset(daemonset_seed("logs", 1)));
        for (millis, desired, ready) in [(100, 3, 0), (2_000, 3, 1), (4_000, 3, 3), (5_000, 0, 0)] {
            stage.at(millis, |world| cover(world, id, desired, ready, desired));
        }
    });
    run.check("coverage.csv", &expect![[r"
        t,time,namespace,daemonset,desired,current,ready,updated,available,unavailable,misscheduled,coverage
        0.100,2026-01-05T00:00:00.100Z,default,logs,3,3,0,3,0,3,0,0
        2.000,2026-01-05T00:00:02.000Z,default,logs,3,3,1,3,1,2,0,0.333333
        4.000,2026-01-05T00:00:04.000Z,default,logs,3,3,3,3,3,0,0,1
        5.000,2026-01-05T00:00:05.000Z,default,logs,0,0,0,0,0,0,0,1
    "]]);
}

#[test]
fn each_decision_of_a_cronjob_is_a_row() {
    let start = 1_767_571_200_i64;
    let run = Run::new("cronjobs,events", |stage| {
        let cronjob = stage.at(0, |world| create_cronjob(world, "nightly"));
        let decide = |stage: &mut Play<_>, millis, scheduled, outcome, job| {
            let decision = CronDecision {
                scheduled_unix: scheduled,
                outcome,
                job,
            };
            stage.at(millis, |world: &mut World| {
                world.note_cron_decisions(cronjob, vec![decision]);
            });
        };
        let job = stage.at(60_100, |world| {
            create_job(world, "nightly-29459521", job_spec(), Some(cronjob))
        });
        let slot = |minutes: i64| Some(start + 60 * minutes);
        decide(stage, 60_120, slot(1), CronOutcome::Started, Some(job));
        decide(stage, 61_000, slot(2), CronOutcome::SkippedForbid, None);
        decide(stage, 62_000, slot(3), CronOutcome::MissedDeadline, None);
        decide(stage, 63_000, slot(1), CronOutcome::Replaced, Some(job));
        decide(stage, 64_000, None, CronOutcome::Manual, Some(job));
    });
    run.check("cronjobs.csv", &expect![[r"
        t,time,namespace,cronjob,scheduled_time,outcome,job,late_s
        60.120,2026-01-05T00:01:00.120Z,default,nightly,2026-01-05T00:01:00Z,started,nightly-29459521,0.120
        61.000,2026-01-05T00:01:01.000Z,default,nightly,2026-01-05T00:02:00Z,skipped_forbid,,
        62.000,2026-01-05T00:01:02.000Z,default,nightly,2026-01-05T00:03:00Z,missed_deadline,,
        63.000,2026-01-05T00:01:03.000Z,default,nightly,2026-01-05T00:01:00Z,replaced,nightly-29459521,
        64.000,2026-01-05T00:01:04.000Z,default,nightly,,manual,nightly-29459521,
    "]]);
    run.check("events.csv", &expect![[r"
        seq,t,time,kind,namespace,name,event,node,cause,detail
        1,0.000,2026-01-05T00:00:00.000Z,CronJob,default,nightly,CronJobCreated,,,
        2,60.100,2026-01-05T00:01:00.100Z,Job,default,nightly-29459521,JobCreated,,,owner=CronJob/nightly
        3,60.120,2026-01-05T00:01:00.120Z,CronJob,default,nightly,CronJobScheduled,,,outcome=started scheduled=2026-01-05T00:01:00Z job=nightly-29459521
        4,61.000,2026-01-05T00:01:01.000Z,CronJob,default,nightly,CronJobSkipped,,,outcome=skipped_forbid scheduled=2026-01-05T00:02:00Z
        5,62.000,2026-01-05T00:01:02.000Z,CronJob,default,nightly,CronJobMissed,,,outcome=missed_deadline scheduled=2026-01-05T00:03:00Z
        6,63.000,2026-01-05T00:01:03.000Z,CronJob,default,nightly,CronJobReplaced,,,outcome=replaced scheduled=2026-01-05T00:01:00Z job=nightly-29459521
        7,64.000,2026-01-05T00:01:04.000Z,CronJob,default,nightly,CronJobScheduled,,,outcome=manual job=nightly-29459521
    "]]);
}

#[test]
fn utilization_has_columns_for_extended_resources() {
    let run = Run::new("utilization", |stage| {
        stage.sample(0);
        job_with_a_retry(stage);
        stage.sample(100_000);
    });
    run.check("utilization.csv", &expect![[r"
        t,time,nodes,nodes_ready,pods_pending,pods_running,cpu_requested_m,cpu_allocatable_m,memory_requested_bytes,memory_allocatable_bytes,nvidia.com/gpu_requested,nvidia.com/gpu_allocatable
        0.000,2026-01-05T00:00:00.000Z,0,0,0,0,0,0,0,0,0,0
        100.000,2026-01-05T00:01:40.000Z,1,1,0,0,0,1000,0,1073741824,0,2
    "]]);
}

#[test]
fn objects_come_with_the_spec_of_their_manifest() {
    let run = Run::new("objects", |stage| {
        let node = stage.at(0, |world| add_node(world, "gpu-node"));
        stage.at(1_500, |world| create_job(world, "etl", job_spec(), None));
        let cordon = crate::world::NodeChange::Unschedulable(true);
        stage.at(2_000, |world| world.change_node(node, cordon));
    });
    run.check("objects.jsonl", &expect![[r#"
        {"t":0.0,"kind":"Node","namespace":"","name":"gpu-node","spec":{"podCIDR":"10.0.0.0/24"}}
        {"t":1.5,"kind":"Job","namespace":"default","name":"etl","spec":{"completions":1}}
        {"t":2.0,"kind":"Node","namespace":"","name":"gpu-node","spec":{"podCIDR":"10.0.0.0/24","unschedulable":true}}
    "#]]);
}

#[test]
fn the_summary_says_what_was_played() {
    let run = Run::new("summary", job_with_a_retry);
    run.check("summary.json", &expect![[r#"
        {
          "program": "podtime",
          "version": "0.1.0",
          "scenario": "test",
          "scenario_digest": "blake3:0",
          "seed": 7,
          "horizon_s": 100.0,
          "end_s": 100.0,
          "events": 19,
          "events_digest": "blake3:c69ebbc15d73cc6cfb0aed7aaaabb353557c68b2966b841fea096d68d199fd1e",
          "jobs": {
            "default/etl": {
              "complete": true,
              "failed": false,
              "reason": "CompletionsReached",
              "created_t": 0.0,
              "start_t": 0.02,
              "finish_t": 23.0,
              "duration_s": 22.98,
              "completions": 1,
              "succeeded": 1,
              "failed_pods": 1,
              "retries": 1,
              "pods": 2,
              "first_pod_wait_s": 1.03
            }
          },
          "cronjobs": {},
          "daemonsets": {},
          "deployments": {},
          "statefulsets": {},
          "arrivals": {},
          "cluster": {
            "nodes_max": 1,
            "pods_created": 2,
            "pods_succeeded": 1,
            "pods_failed": 1,
            "pods_evicted": 0,
            "pods_preempted": 0,
            "pods_pending_max": 1,
            "pending_p95_s": 1.01,
            "cpu_utilization_mean": 0.06,
            "cpu_utilization_max": 0.5,
            "memory_utilization_mean": 0.0,
            "memory_utilization_max": 0.0,
            "daemon_cpu_share": 0.0,
            "utilization_mean": {
              "nvidia.com/gpu": 0.06
            }
          }
        }
    "#]]);
}

#[test]
fn the_sampling_grid_is_a_thousandth_of_the_horizon_and_at_least_a_second() {
    let root = tempfile::tempdir().unwrap();
    let grid = |duration: Option<Span>, sample, write: &str| {
        let options = Options {
            sample,
            write: FileSet::parse(write).unwrap(),
            ..Options::default()
        };
        let model = Model {
            duration,
            ..model()
        };
        let target = root.path().join("out");
        let files = ResultFiles::create(&target, &model, options).unwrap();
        files.sample_every()
    };
    let seconds = |seconds| Some(Span::from_secs(seconds));
    assert_eq!(grid(seconds(60), None, "utilization"), seconds(1));
    assert_eq!(
        grid(seconds(86_400), None, "utilization"),
        Some(Span::from_millis(86_400))
    );
    assert_eq!(grid(None, None, "utilization"), seconds(10));
    assert_eq!(grid(None, seconds(3), "utilization"), seconds(3));
    assert_eq!(grid(seconds(60), None, "jobs"), None);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_of_the_machine() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    let model = model();
    let files = ResultFiles::create(&target, &model, Options::default()).unwrap();
    // In the way of `summary.json`.
    fs::create_dir(files.folder.path().join("summary.json")).unwrap();
    let error = Play::new(&model, files).finish(1000).unwrap_err();
    assert!(!error.is_usage());
    assert!(error.to_string().contains("out/summary.json"), "{error}");
    assert_eq!(
        fs::read_dir(root.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}
