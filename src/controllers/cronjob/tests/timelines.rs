//! Timelines: what starts when, and what is told about each scheduled time.

use super::*;

/// A `CronJob` with a policy and a deadline.
fn with(schedule: &str, policy: ConcurrencyPolicy, deadline: Option<i64>) -> CronJobSpec {
    CronJobSpec {
        concurrency_policy: policy,
        starting_deadline: deadline.map(Span::from_secs),
        ..spec(schedule)
    }
}

fn check(cluster: &Cluster, expected: &[&str]) {
    assert_eq!(cluster.log, expected);
}

const MINUTE: i64 = 60;

#[test]
fn forbid_postpones_to_the_latest_cron_t1() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Forbid, None);
    let mut cluster = Cluster::new(spec, "00:01", 7 * MINUTE);
    cluster.run_until("00:32");
    check(
        &cluster,
        &[
            "00:05 Started 00:05",
            "00:12 Started 00:10",
            "00:19 Started 00:15",
            // Certain once 00:25 has come: only the latest is ever started (CRON-26).
            "00:25 SkippedForbid 00:20",
            "00:26 Started 00:25",
        ],
    );
}

#[test]
fn forbid_with_a_deadline_drops_cron_t2() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Forbid, Some(60));
    let mut cluster = Cluster::new(spec, "00:01", 7 * MINUTE);
    cluster.run_until("00:20");
    check(
        &cluster,
        &[
            "00:05 Started 00:05",
            "00:12 SkippedForbid 00:10",
            "00:15 Started 00:15",
            // Not yet decided: 00:20 is held back.
        ],
    );
}

#[test]
fn allow_overlaps_cron_t3() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Allow, None);
    let mut cluster = Cluster::new(spec, "00:01", 7 * MINUTE);
    cluster.run_until("00:11");
    check(&cluster, &["00:05 Started 00:05", "00:10 Started 00:10"]);
    assert_eq!(cluster.cronjob().status.active.len(), 2);
    cluster.run_until("00:12");
    assert_eq!(cluster.cronjob().status.active, [JobId(1)]);
    assert_eq!(cluster.cronjob().status.last_successful, Some(seconds(720)));
}

#[test]
fn resuming_starts_the_latest_missed_cron_t4() {
    let mut cluster = Cluster::new(spec("0 * * * *"), "06:30", MINUTE);
    cluster.edit("07:59", |spec| spec.suspend = true);
    cluster.edit("09:30", |spec| spec.suspend = false);
    cluster.run_until("10:00");
    check(
        &cluster,
        &[
            "07:00 Started 07:00",
            "09:30 MissedSuspended 08:00",
            "09:30 Started 09:00",
            "10:00 Started 10:00",
        ],
    );
}

#[test]
fn resuming_after_the_deadline_starts_nothing_cron_t4() {
    let spec = with("0 * * * *", ConcurrencyPolicy::Allow, Some(600));
    let mut cluster = Cluster::new(spec, "06:30", MINUTE);
    cluster.edit("07:59", |spec| spec.suspend = true);
    cluster.edit("09:30", |spec| spec.suspend = false);
    cluster.run_until("10:00");
    check(
        &cluster,
        &[
            "07:00 Started 07:00",
            "09:30 MissedSuspended 08:00",
            "09:30 MissedSuspended 09:00",
            "10:00 Started 10:00",
        ],
    );
}

/// CRON-4, CRON-16: after a sync that a suspension ends, nothing is asked for.
#[test]
fn a_suspended_cronjob_never_ticks() {
    let mut suspended = spec("* * * * *");
    suspended.suspend = true;
    let mut cluster = Cluster::new(suspended, "00:00", MINUTE);
    cluster.run_until("10:00");
    assert_eq!((cluster.syncs, cluster.due), (1, None));
    check(&cluster, &[]);
    cluster.edit("10:00", |spec| spec.suspend = false);
    cluster.run_until("10:00");
    assert_eq!(cluster.log.len(), 600);
    assert_eq!(cluster.log[0], "10:00 MissedSuspended 00:01");
    assert_eq!(cluster.log[599], "10:00 Started 10:00");
}

#[test]
fn a_slot_that_forbid_holds_when_suspended_stays_skipped() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Forbid, None);
    let mut cluster = Cluster::new(spec, "00:01", 7 * MINUTE);
    cluster.edit("00:11", |spec| spec.suspend = true);
    cluster.edit("00:23", |spec| spec.suspend = false);
    cluster.run_until("00:24");
    check(
        &cluster,
        &[
            "00:05 Started 00:05",
            "00:23 SkippedForbid 00:10",
            "00:23 MissedSuspended 00:15",
            "00:23 Started 00:20",
        ],
    );
}

/// The controller does not get to the `CronJob` for three days.
#[test]
fn many_missed_times_start_one_job_cron_t5() {
    let mut cluster = Cluster::new(spec("* * * * *"), "00:00", MINUTE);
    cluster.due = Some(seconds(3 * DAY));
    cluster.run_until("3 00:00");
    assert_eq!(cluster.log.len(), 3 * 1440);
    assert_eq!(cluster.log[0], "3 00:00 Missed 00:01");
    assert_eq!(cluster.log[4319], "3 00:00 Started 3 00:00");
    // SuccessfulCreate and TooManyMissedTimes.
    assert_eq!((cluster.events, cluster.jobs().len()), (2, 1));
}

#[test]
fn a_sync_tells_a_bounded_number_of_times() {
    let mut cluster = Cluster::new(spec("@every 1s"), "00:00", DAY);
    cluster.due = Some(seconds(12_001));
    cluster.run_until("03:20:01");
    let told = cluster.log.len();
    // The creation and the status bring further syncs at the same moment.
    assert_eq!(told, 10_001, "5,000 in each of two syncs, and the start");
    assert_eq!(cluster.log[0], "03:20:01 Missed 00:00:01");
    assert_eq!(cluster.log[5000], "03:20:01 Started 03:20:01");
    cluster.run_until("03:20:04");
    // 12,000 before the start, and two that were followed by another of the same name (CRON-40).
    let missed = cluster.log.iter().filter(|row| row.contains("Missed"));
    assert_eq!(missed.count(), 12_002);
}

#[test]
fn replace_deletes_and_creates_cron_33() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Replace, None);
    let mut cluster = Cluster::new(spec, "00:01", 7 * MINUTE);
    cluster.run_until("00:10");
    check(
        &cluster,
        &[
            "00:05 Started 00:05",
            "00:10 Replaced 00:05",
            "00:10 Started 00:10",
        ],
    );
    let name = format!("cron-{}", (DAY_UNIX + 600) / 60);
    assert_eq!(cluster.jobs(), [name]);
    assert_eq!(cluster.cronjob().status.active, [JobId(1)]);
    assert_eq!(cluster.writes, 2, "one write a sync");
}

/// CRON-12.
#[test]
fn jobs_made_by_hand_are_never_active_cron_34() {
    let mut suspended = spec("* * * * *");
    suspended.suspend = true;
    let mut cluster = Cluster::new(suspended, "00:00", MINUTE);
    cluster.create_by_hand("00:10:30", "by-hand");
    cluster.run_until("00:11");
    assert_eq!(cluster.events, 1, "UnexpectedJob");
    assert!(cluster.cronjob().status.active.is_empty());
    cluster.run_until("00:20");
    let successful = cluster.cronjob().status.last_successful;
    assert_eq!(successful, Some(seconds(at("00:11:30"))));
    assert_eq!(cluster.writes, 1);
    // The row comes with the creation, from the API.
    check(&cluster, &["00:10:30 Manual -"]);
}

#[test]
fn forbid_does_not_count_jobs_made_by_hand_cron_34() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Forbid, None);
    let mut cluster = Cluster::new(spec, "00:00", 20 * MINUTE);
    cluster.create_by_hand("00:04", "by-hand");
    cluster.run_until("00:06");
    check(&cluster, &["00:04 Manual -", "00:05 Started 00:05"]);
}

/// CRON-3, CRON-52: the end of a Job brings about the sync that trims.
#[test]
fn limits_of_zero_delete_at_once_cron_51() {
    let mut none = spec("*/5 * * * *");
    none.successful_history_limit = 0;
    none.failed_history_limit = 0;
    for outcome in [JobConditionKind::Complete, JobConditionKind::Failed] {
        let mut cluster = Cluster::new(none.clone(), "00:01", MINUTE);
        cluster.outcome = outcome;
        cluster.run_until("00:05:59");
        assert_eq!(cluster.jobs().len(), 1);
        cluster.run_until("00:06");
        assert_eq!(cluster.jobs().len(), 0);
        assert!(cluster.cronjob().status.active.is_empty());
        let is_complete = outcome == JobConditionKind::Complete;
        let successful = cluster.cronjob().status.last_successful;
        assert_eq!(successful, is_complete.then_some(seconds(360)));
    }
}

#[test]
fn a_name_that_the_history_gives_free_is_started_cron_40() {
    // Two slots of a minute share a name; the first one's Job goes in the sync that starts the second.
    let spec = CronJobSpec {
        successful_history_limit: 0,
        ..with("@every 30s", ConcurrencyPolicy::Allow, None)
    };
    let mut cluster = Cluster::new(spec, "00:00:30", 45);
    cluster.run_until("00:01:59");
    check(
        &cluster,
        &["00:01 Started 00:01", "00:01:45 Started 00:01:30"],
    );
}

#[test]
fn default_limits_keep_the_newest_cron_51() {
    let mut cluster = Cluster::new(spec("*/5 * * * *"), "00:01", MINUTE);
    cluster.run_until("00:24");
    let kept = [600, 900, 1200].map(|slot| format!("cron-{}", (DAY_UNIX + slot) / 60));
    assert_eq!(cluster.jobs(), kept);
}

/// `TestControllerV2CleanupFinishedJobs`: a quota stops the creation and not the clean-up.
#[test]
fn a_refused_creation_is_tried_again_cron_22() {
    let mut limited = spec("*/5 * * * *");
    limited.successful_history_limit = 1;
    let mut cluster = Cluster::new(limited, "00:01", MINUTE);
    cluster.run_until("00:06");
    let quota = |count: i64| QuotaSpec {
        hard: vec![("count/jobs.batch".into(), count)],
        scopes: Vec::new(),
    };
    let key = (Name::from("default"), Name::from("quota"));
    let quotas = &mut cluster.world.policies_mut().quotas;
    quotas.insert(key.clone(), quota(1));
    let events = cluster.events;
    cluster.run_until("00:10");
    assert_eq!(cluster.requeue, Requeue::Backoff);
    assert_eq!(cluster.events, events + 1, "FailedCreate");
    cluster.run_until("00:16");
    cluster.world.policies_mut().quotas.insert(key, quota(2));
    cluster.run_until("00:20");
    check(
        &cluster,
        &[
            "00:05 Started 00:05",
            "00:15 Missed 00:10",
            "00:16:01 Started 00:15",
            "00:20 Started 00:20",
        ],
    );
}

#[test]
fn a_refused_creation_misses_its_deadline() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Allow, Some(30));
    let mut cluster = Cluster::new(spec, "00:01", MINUTE);
    let quota = QuotaSpec {
        hard: vec![("count/jobs.batch".into(), 0)],
        scopes: Vec::new(),
    };
    let key = (Name::from("default"), Name::from("quota"));
    cluster.world.policies_mut().quotas.insert(key, quota);
    cluster.run_until("00:09");
    check(&cluster, &["00:05:30 MissedDeadline 00:05"]);
    assert_eq!(cluster.due, Some(seconds(600)), "back to the timetable");
}

#[test]
fn a_deadline_of_zero_never_runs_cron_27() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Allow, Some(0));
    let mut cluster = Cluster::new(spec, "00:01", MINUTE);
    cluster.run_until("00:10");
    check(
        &cluster,
        &["00:05 MissedDeadline 00:05", "00:10 MissedDeadline 00:10"],
    );
}

/// `TestControllerV2JobAlreadyExistsButDifferentOwner`.
#[test]
fn a_foreign_job_of_the_name_stops_the_slot_cron_23() {
    let mut cluster = Cluster::new(spec("*/5 * * * *"), "00:01", MINUTE);
    let other = cluster
        .world
        .create_cronjob(meta("other"), spec("0 0 1 1 *"), "{}".into());
    let call = Call::CreateJob(NewJob {
        cronjob: other,
        name: format!("cron-{}", (DAY_UNIX + 300) / 60).into(),
        scheduled_unix: None,
    });
    api::commit(&mut cluster.world, 1, call);
    while cluster.world.pop_change().is_some() {}
    cluster.run_until("00:20");
    check(&cluster, &[]);
    assert_eq!(cluster.requeue, Requeue::Done);
    assert_eq!(
        (cluster.due, cluster.events),
        (None, 0),
        "nobody looks again"
    );
}

#[test]
fn never_matching_schedules_end_cron_25() {
    let mut cluster = Cluster::new(spec("59 23 31 2 *"), "00:01", MINUTE);
    cluster.run_until("300 00:00");
    assert_eq!((cluster.syncs, cluster.events, cluster.due), (1, 1, None));
}

#[test]
fn irregular_schedules_lose_times_cron_29() {
    // The Job of 10:00 holds 09:00 and 10:00 of the next day back until 11:30.
    let spec = with("0 9,10 * * *", ConcurrencyPolicy::Forbid, None);
    let mut cluster = Cluster::new(spec, "09:30", DAY + 90 * MINUTE);
    cluster.run_until("2 09:00");
    check(
        &cluster,
        &[
            "10:00 Started 10:00",
            "1 10:00 SkippedForbid 1 09:00",
            "1 11:30 Missed 1 10:00",
            "2 09:00 Started 2 09:00",
        ],
    );
}

#[test]
fn a_new_schedule_takes_over_cron_2() {
    let mut cluster = Cluster::new(spec("* * * * *"), "00:00:30", 10);
    cluster.edit("00:02:10", |spec| {
        spec.schedule = Arc::new(Schedule::parse("*/3 * * * *").unwrap());
        spec.schedule_text = "*/3 * * * *".into();
    });
    cluster.run_until("00:06");
    check(
        &cluster,
        &[
            "00:01 Started 00:01",
            "00:02 Started 00:02",
            "00:03 Started 00:03",
            "00:06 Started 00:06",
        ],
    );
}

#[test]
fn times_count_by_the_schedule_of_their_day() {
    let mut cluster = Cluster::new(spec("0 * * * *"), "00:30", 10);
    cluster.edit("01:30", |spec| spec.suspend = true);
    cluster.edit("03:30", |spec| {
        spec.schedule = Arc::new(Schedule::parse("20,40 * * * *").unwrap());
        spec.schedule_text = "20,40 * * * *".into();
    });
    cluster.edit("04:30", |spec| spec.suspend = false);
    cluster.run_until("04:40");
    check(
        &cluster,
        &[
            "01:00 Started 01:00",
            // Seen when the schedule changed: 03:00 could still have been the latest.
            "03:30 MissedSuspended 02:00",
            "04:30 MissedSuspended 03:00",
            "04:30 MissedSuspended 03:40",
            "04:30 Started 04:20",
            "04:40 Started 04:40",
        ],
    );
}

#[test]
fn every_counts_from_where_a_deadline_put_it_cron_66() {
    let spec = with("@every 10m", ConcurrencyPolicy::Forbid, Some(900));
    let mut cluster = Cluster::new(spec, "00:00", 23 * MINUTE);
    cluster.run_until("01:00");
    check(
        &cluster,
        &[
            "00:10 Started 00:10",
            "00:30 SkippedForbid 00:20",
            // At 00:33 the search begins at 00:18, so that it finds 00:28 and not 00:30.
            "00:33 Started 00:28",
            "00:38 SkippedForbid 00:30",
            "00:48 SkippedForbid 00:38",
            "00:56 SkippedForbid 00:48",
            "00:56 Started 00:51",
        ],
    );
}

#[test]
fn a_deleted_cronjob_is_left_alone_cron_14() {
    let mut cluster = Cluster::new(spec("*/5 * * * *"), "00:01", 20 * MINUTE);
    cluster.run_until("00:06");
    cluster.world.mark_cronjob_deleting(cluster.key);
    cluster.observe();
    cluster.run_until("00:12");
    check(&cluster, &["00:05 Started 00:05"]);
    assert_eq!(cluster.due, None);
    cluster.world.remove_cronjob(cluster.key);
    cluster.observe();
    cluster.run_until("00:26");
    assert!(cluster.reconciler.ledgers.is_empty());
    assert_eq!((cluster.due, cluster.log.len()), (None, 1));
}

/// Its Jobs go before it, and one of them may take long.
#[test]
fn a_cronjob_that_waits_for_its_jobs_keeps_its_history_cron_11() {
    let spec = CronJobSpec {
        successful_history_limit: 0,
        ..spec("*/5 * * * *")
    };
    let mut cluster = Cluster::new(spec, "00:01", 2 * MINUTE);
    cluster.run_until("00:06");
    cluster.world.mark_cronjob_deleting(cluster.key);
    cluster.observe();
    cluster.run_until("00:12");
    check(&cluster, &["00:05 Started 00:05"]);
    assert!(cluster.jobs().is_empty(), "the limit is 0");
    assert!(cluster.cronjob().status.active.is_empty());
}

/// Recording `cron-suspend-resume`: late by 45 s, in the profile with its delays.
#[test]
fn recorded_suspension() {
    let mut cluster = Cluster::with(Profile::Kubernetes, spec("* * * * *"), "20:51:30", 12);
    cluster.edit("20:52:45", |spec| spec.suspend = true);
    cluster.edit("20:55:45", |spec| spec.suspend = false);
    cluster.run_until("20:56:01");
    check(
        &cluster,
        &[
            "20:52 Started 20:52",
            "20:55:45 MissedSuspended 20:53",
            "20:55:45 MissedSuspended 20:54",
            "20:55:45 Started 20:55",
            "20:56 Started 20:56",
        ],
    );
    let created = cluster.world.job(JobId(2)).created_at;
    assert_eq!(created, seconds(at("20:56")) + Span::from_millis(100));
}

/// CRON-13, CRON-24: a Job that somebody deletes leaves the list, and blocks no longer.
#[test]
fn a_deleted_job_leaves_the_list() {
    let spec = with("*/5 * * * *", ConcurrencyPolicy::Forbid, None);
    let mut cluster = Cluster::new(spec, "00:01", 60 * MINUTE);
    cluster.run_until("00:12");
    let events = cluster.events;
    cluster.world.remove_job(JobId(0));
    cluster.observe();
    cluster.run_until("00:12");
    assert_eq!(cluster.cronjob().status.active, [JobId(1)]);
    assert_eq!(cluster.log, ["00:05 Started 00:05", "00:12 Started 00:10"]);
    // MissingJob and SuccessfulCreate.
    assert_eq!(cluster.events, events + 2);
}

/// CRON-50.
#[test]
fn history_is_trimmed_while_suspended() {
    let mut none = spec("*/5 * * * *");
    none.successful_history_limit = 0;
    let mut cluster = Cluster::new(none, "00:01", 5 * MINUTE);
    cluster.edit("00:07", |spec| spec.suspend = true);
    cluster.run_until("00:09");
    assert_eq!(cluster.jobs().len(), 1);
    cluster.run_until("00:10");
    assert!(cluster.jobs().is_empty() && cluster.cronjob().status.active.is_empty());
}

/// CRON-73: `timeZone`, and UTC without one.
#[test]
fn times_are_those_of_the_zone() {
    let mut berlin = spec("0 2 * * *");
    berlin.zone = TimeZone::load("Europe/Berlin").unwrap();
    for (spec, start) in [(berlin, "1 00:00"), (spec("0 2 * * *"), "02:00")] {
        let mut cluster = Cluster::new(spec, "00:30", MINUTE);
        cluster.run_until("1 01:00");
        assert_eq!(cluster.log, [format!("{start} Started {start}")]);
    }
}
