use super::*;
use crate::record::fixture::*;
use crate::world::{CronDecision, CronOutcome, DisruptionReason, JobConditionKind, Owner};
use expect_test::expect;

/// The figures of a run of 100 s.
fn play(warm_up: Span, play: impl FnOnce(&mut Play<SummaryRecorder>)) -> Value {
    let model = Model { warm_up, ..model() };
    let mut stage = Play::new(&model, SummaryRecorder::new(&model));
    play(&mut stage);
    stage.finish(100_000)
}

/// A pod that waits 2 s, runs for `run` ms and ends.
fn run_pod(stage: &mut Play<SummaryRecorder>, from: i64, name: &str, owner: Owner, run: i64) {
    let node = stage.world.node_named("gpu-node").unwrap();
    let pod = stage.at(from, |world| create_pod(world, name, owner, 1));
    stage.at(from + 1_000, |world| world.bind(pod, node));
    stage.at(from + 2_000, |world| start_pod(world, pod));
    stage.at(from + 2_000 + run, |world| end_pod(world, pod, 0));
}

#[test]
fn utilization_is_a_mean_over_time() {
    let summary = play(Span::ZERO, |stage| {
        stage.at(0, |world| add_node(world, "gpu-node"));
        // 500 of 1000 millicores and 1 of 2 GPUs for 50 of 100 s.
        run_pod(stage, 0, "a", Owner::None, 49_000);
        // A node that comes and goes in one instant is none.
        let other = stage.at(90_000, |world| add_node(world, "n"));
        stage.at(90_000, |world| world.remove_node(other));
    });
    expect![[r#"
        {
          "nodes_max": 1,
          "pods_created": 1,
          "pods_succeeded": 1,
          "pods_failed": 0,
          "pods_evicted": 0,
          "pods_preempted": 0,
          "pods_pending_max": 1,
          "pending_p95_s": 2.0,
          "cpu_utilization_mean": 0.25,
          "cpu_utilization_max": 0.5,
          "memory_utilization_mean": 0.0,
          "memory_utilization_max": 0.0,
          "daemon_cpu_share": 0.0,
          "utilization_mean": {
            "nvidia.com/gpu": 0.25
          }
        }"#]]
    .assert_eq(&format!("{:#}", summary["cluster"]));
}

#[test]
fn pods_of_a_node_that_is_gone_do_not_count() {
    let summary = play(Span::ZERO, |stage| {
        let node = stage.at(0, |world| add_node(world, "gpu-node"));
        let other = stage.at(0, |world| add_node(world, "n"));
        let pod = stage.at(0, |world| create_pod(world, "a", Owner::None, 1));
        stage.at(0, |world| world.bind(pod, other));
        stage.at(50_000, |world| world.remove_node(other));
        stage.at(60_000, |world| {
            world.disrupt(pod, DisruptionReason::DeletionByTaintManager);
            world.remove_pod(pod);
        });
        stage.at(60_000, |world| world.node(node).requested.cpu_m);
    });
    let cluster = &summary["cluster"];
    // 500 m for 50 s of 2000 m for 50 s and 1000 m for 50 s.
    assert_eq!(cluster["cpu_utilization_mean"], json!(0.166_667));
    assert_eq!(cluster["cpu_utilization_max"], json!(0.25));
    assert_eq!(cluster["nodes_max"], 2);
    assert_eq!(cluster["pods_evicted"], 1);
    assert_eq!(cluster["pending_p95_s"], json!(60.0));
}

#[test]
fn coverage_counts_after_it_was_first_full() {
    let summary = play(Span::ZERO, |stage| {
        let id = stage.at(0, |world| world.create_daemonset(daemonset_seed("logs", 1)));
        for (millis, ready, updated) in [(100, 0, 4), (5_000, 2, 4), (20_000, 4, 4)] {
            stage.at(millis, |world| cover(world, id, 4, ready, updated));
        }
        stage.at(40_000, |world| {
            world.update_daemonset(id, daemonset_seed("logs", 2));
            cover(world, id, 4, 3, 0);
        });
        // Within one instant: no state that lasts.
        stage.at(50_000, |world| cover(world, id, 4, 0, 1));
        stage.at(50_000, |world| cover(world, id, 4, 4, 4));
    });
    // Full from 20 s to 40 s and from 50 s on, three quarters in between: 77.5 of 80 s.
    expect![[r#"
        {
          "default/logs": {
            "desired_max": 4,
            "coverage_min": 0.75,
            "coverage_mean": 0.96875,
            "covered_t": 20.0,
            "rollout_s": 10.0,
            "misscheduled_max": 0
          }
        }"#]]
    .assert_eq(&format!("{:#}", summary["daemonsets"]));
}

#[test]
fn a_daemonset_that_was_never_full_has_no_coverage() {
    let summary = play(Span::ZERO, |stage| {
        let id = stage.at(0, |world| world.create_daemonset(daemonset_seed("logs", 1)));
        stage.at(100, |world| cover(world, id, 0, 0, 0));
        stage.at(200, |world| cover(world, id, 2, 1, 2));
    });
    let figures = &summary["daemonsets"]["default/logs"];
    for key in ["coverage_min", "coverage_mean", "covered_t"] {
        assert_eq!(figures[key], Value::Null, "{key}");
    }
    assert_eq!(figures["desired_max"], 2);
}

fn finish_job(
    stage: &mut Play<SummaryRecorder>,
    from: i64,
    to: i64,
    name: &str,
    of: Option<crate::world::CronJobId>,
) {
    let job = stage.at(from, |world| create_job(world, name, job_spec(), of));
    stage.at(from, |world| write_counts(world, job, 1, 0, 0));
    stage.at(to, |world| {
        write_conditions(
            world,
            job,
            &[(JobConditionKind::Complete, true, "CompletionsReached")],
        );
    });
}

#[test]
fn jobs_of_a_cronjob_are_summed_up_there() {
    let summary = play(Span::ZERO, |stage| {
        let cronjob = stage.at(0, |world| create_cronjob(world, "nightly"));
        finish_job(stage, 1_000, 3_000, "nightly-1", Some(cronjob));
        finish_job(stage, 4_000, 8_000, "nightly-2", Some(cronjob));
        let orphan = stage
            .world
            .job_named(&"default".into(), &"nightly-2".into());
        stage.at(9_000, |world| world.orphan_job(orphan.unwrap()));
        let decision = |scheduled, outcome| CronDecision {
            scheduled_unix: Some(1_767_571_200_i64 + scheduled),
            outcome,
            job: orphan,
        };
        let decisions = vec![
            decision(1, CronOutcome::Started),
            decision(9, CronOutcome::Started),
            decision(5, CronOutcome::SkippedForbid),
            decision(6, CronOutcome::Missed),
            decision(1, CronOutcome::Replaced),
            decision(2, CronOutcome::Manual),
        ];
        stage.at(10_250, |world| {
            world.note_cron_decisions(cronjob, decisions);
        });
    });
    assert_eq!(summary["jobs"], json!({}));
    expect![[r#"
        {
          "default/nightly": {
            "scheduled": 4,
            "started": 2,
            "skipped": 1,
            "replaced": 1,
            "missed": 1,
            "late_max_s": 9.25,
            "complete": 2,
            "failed": 0,
            "duration_p50_s": 3.0,
            "duration_p95_s": 3.9,
            "duration_max_s": 4.0
          }
        }"#]]
    .assert_eq(&format!("{:#}", summary["cronjobs"]));
}

#[test]
fn the_warm_up_leaves_out_what_was_created_before_its_end() {
    let summary = play(Span::from_secs(50), |stage| {
        stage.at(0, |world| add_node(world, "gpu-node"));
        finish_job(stage, 1_000, 3_000, "early", None);
        run_pod(stage, 10_000, "a", Owner::None, 63_000);
        finish_job(stage, 80_000, 83_000, "late", None);
    });
    let jobs: Vec<&String> = summary["jobs"].as_object().unwrap().keys().collect();
    assert_eq!(jobs, ["default/late"]);
    assert_eq!(summary["cluster"]["pods_created"], 0);
    // 500 of 1000 millicores for the first 25 of the last 50 s.
    assert_eq!(summary["cluster"]["cpu_utilization_mean"], json!(0.25));
}

#[test]
fn availability_counts_after_it_was_first_full() {
    let summary = play(Span::ZERO, |stage| {
        let id = stage.at(0, |world| {
            world.create_deployment(deployment_seed("web", 1))
        });
        for (millis, available) in [(5_000, 2), (20_000, 4)] {
            stage.at(millis, |world| make_available(world, id, available));
        }
        stage.at(40_000, |world| {
            world.update_deployment(id, deployment_seed("web", 2));
            make_available(world, id, 3);
        });
        // Within one instant: no state that lasts.
        stage.at(50_000, |world| make_available(world, id, 0));
        stage.at(50_000, |world| make_available(world, id, 4));
    });
    // 4 from 20 s to 40 s and from 50 s on, 3 in between: 310 of 80 s.
    expect![[r#"
        {
          "default/web": {
            "replicas": 4,
            "available_min": 3,
            "available_mean": 3.875,
            "rollout_s": 10.0
          }
        }"#]]
    .assert_eq(&format!("{:#}", summary["deployments"]));
    assert_eq!(summary["statefulsets"], json!({}));
}

#[test]
fn a_deployment_that_was_never_full_has_no_availability() {
    let summary = play(Span::ZERO, |stage| {
        let id = stage.at(0, |world| {
            world.create_deployment(deployment_seed("web", 1))
        });
        stage.at(5_000, |world| make_available(world, id, 3));
    });
    let figures = &summary["deployments"]["default/web"];
    assert_eq!(figures["replicas"], json!(4));
    assert_eq!(figures["available_min"], json!(null));
    assert_eq!(figures["rollout_s"], json!(null));
}
