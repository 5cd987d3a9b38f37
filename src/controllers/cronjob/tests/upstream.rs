//! Kubernetes' own tables: `cronjob_controllerv2_test.go`.

use super::*;

/// What `status` says before the sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    NeverRan,
    /// The Job of `job` has ended.
    Done,
    /// It runs.
    Active,
    /// It runs, and its creation has not made it into `status.active`.
    Unlisted,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    policy: ConcurrencyPolicy,
    schedule: &'static str,
    deadline: Option<i64>,
    suspend: bool,
    before: Before,
    created: &'static str,
    /// The slot that the Job is named after.
    job: &'static str,
    last: &'static str,
    now: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    creates: bool,
    deletes: bool,
    active: usize,
    events: u32,
    /// Seconds to the next look, the padding left out.
    requeue: Option<i64>,
}

const HOURLY: Case = Case {
    policy: ConcurrencyPolicy::Allow,
    schedule: "0 * * * ?",
    deadline: None,
    suspend: false,
    before: Before::NeverRan,
    created: "09:59",
    job: "09:01",
    last: "09:01",
    now: "10:01",
};

const EVERY_HOUR: Case = Case {
    schedule: "@every 1h",
    created: "08:59",
    job: "08:59",
    last: "09:59",
    ..HOURLY
};

fn check(name: &str, case: Case, expected: Expected) {
    let mut spec = spec(case.schedule);
    spec.concurrency_policy = case.policy;
    spec.starting_deadline = case.deadline.map(Span::from_secs);
    spec.suspend = case.suspend;
    let mut cluster = Cluster::with(Profile::Kubernetes, spec, case.created, 0);
    if case.before != Before::NeverRan {
        put_job(&mut cluster, case);
    }
    while cluster.world.pop_change().is_some() {}
    let now = seconds(at(case.now));
    cluster.world.advance(now);
    let jobs = cluster.cronjob().jobs.len();
    let all = cluster.world.all_jobs().count();
    cluster.sync();

    let created = cluster.world.all_jobs().count() - all;
    let remaining = cluster.cronjob().jobs.len();
    let look = cluster.requeue_of_last_sync(now);
    let got = Expected {
        creates: created == 1,
        deletes: remaining < jobs + created,
        active: cluster.cronjob().status.active.len(),
        events: cluster.events,
        requeue: look,
    };
    assert_eq!(got, expected, "{name}: {case:?}");
    if case.before == Before::Done {
        let completion = seconds(at(case.job) + 10);
        let successful = cluster.cronjob().status.last_successful;
        assert_eq!(successful, Some(completion), "{name}: {case:?}");
    }
}

/// The Job that ran before.
fn put_job(cluster: &mut Cluster, case: Case) {
    let slot = DAY_UNIX + at(case.job);
    let call = Call::CreateJob(NewJob {
        cronjob: cluster.key,
        name: format!("cron-{}", slot / 60).into(),
        scheduled_unix: Some(slot),
    });
    api::commit(&mut cluster.world, 1, call);
    let job = JobId(0);
    if case.before == Before::Done {
        let status = finished(JobConditionKind::Complete, None, seconds(at(case.job) + 10));
        cluster.world.write_job_status(job, status);
    }
    let status = CronJobStatus {
        active: match case.before {
            Before::Active | Before::Done => vec![job],
            Before::NeverRan | Before::Unlisted => Vec::new(),
        },
        last_schedule_unix: Some(DAY_UNIX + at(case.last)),
        last_successful: None,
    };
    cluster.world.write_cronjob_status(cluster.key, status);
}

impl Cluster {
    /// Seconds from `now` to the look that the sync itself asked for, less the padding.
    fn requeue_of_last_sync(&self, now: Time) -> Option<i64> {
        let look = self.asked?;
        let wait = look - now - Span::from_millis(100);
        assert_eq!(wait, Span::from_secs(wait.as_secs()), "whole seconds");
        Some(wait.as_secs())
    }
}

fn rests(active: usize, events: u32, requeue: i64) -> Expected {
    Expected {
        creates: false,
        deletes: false,
        active,
        events,
        requeue: Some(requeue),
    }
}

fn stops(active: usize, events: u32) -> Expected {
    Expected {
        requeue: None,
        ..rests(active, events, 0)
    }
}

fn starts(active: usize, events: u32, requeue: i64) -> Expected {
    Expected {
        creates: true,
        ..rests(active, events, requeue)
    }
}

const POLICIES: [ConcurrencyPolicy; 3] = [
    ConcurrencyPolicy::Allow,
    ConcurrencyPolicy::Forbid,
    ConcurrencyPolicy::Replace,
];
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const SHORT: i64 = 10;
const MEDIUM: i64 = 2 * HOUR;
const LONG: i64 = 1_000_000;

impl Case {
    fn ran(before: Before) -> Self {
        Self { before, ..HOURLY }
    }

    fn policy(self, policy: ConcurrencyPolicy) -> Self {
        Self { policy, ..self }
    }

    fn now(self, now: &'static str) -> Self {
        Self { now, ..self }
    }

    fn deadline(self, seconds: i64) -> Self {
        let deadline = Some(seconds);
        Self { deadline, ..self }
    }

    fn suspended(self) -> Self {
        let suspend = true;
        Self { suspend, ..self }
    }
}

/// `TestControllerV2SyncCronJob`, "never ran …".
/// CRON-18 and CRON-24 (the next look), each a padding (CRON-C1) after the slot.
#[test]
fn never_ran() {
    for policy in POLICIES {
        let case = HOURLY.policy(policy);
        check("not time", case.now("09:59"), rests(0, 0, MINUTE));
        check("is time", case, starts(1, 1, 59 * MINUTE));
    }
    check("is time, suspended", HOURLY.suspended(), stops(0, 0));
    let past = HOURLY.deadline(SHORT).now("10:12");
    check("is time, past deadline", past, rests(0, 0, 48 * MINUTE));
    let soon = HOURLY.deadline(LONG);
    check(
        "is time, not past deadline",
        soon,
        starts(1, 1, 59 * MINUTE),
    );
}

/// `TestControllerV2SyncCronJob`, "prev ran but done …": an event for the end of the Job each.
/// CRON-12: a Job that has ended leaves the list, and is the last one that was successful.
#[test]
fn ran_and_done() {
    let done = Case::ran(Before::Done);
    for policy in POLICIES {
        let case = done.policy(policy);
        check("not time", case.now("09:59"), rests(0, 1, MINUTE));
        check("is time", case, starts(1, 2, 59 * MINUTE));
        let overdue = case.now("7 10:00");
        check("overdue, no deadline", overdue, starts(1, 3, HOUR));
        let long = overdue.deadline(LONG);
        check("overdue, not past deadline", long, starts(1, 3, HOUR));
        let medium = overdue.deadline(MEDIUM);
        check("overdue, past medium deadline", medium, starts(1, 2, HOUR));
        let short = overdue.deadline(SHORT);
        check("overdue, past short deadline", short, starts(1, 2, HOUR));
    }
    check("is time, suspended", done.suspended(), stops(0, 1));
    let past = done.deadline(SHORT);
    check("is time, past deadline", past, rests(0, 1, 59 * MINUTE));
    let soon = done.deadline(LONG);
    check(
        "is time, not past deadline",
        soon,
        starts(1, 2, 59 * MINUTE),
    );
}

/// `TestControllerV2SyncCronJob`, "still active …" and "this started but went missing …".
/// CRON-20 (the slot's own Job is there), CRON-21, CRON-30 to CRON-33.
#[test]
fn still_active() {
    let active = Case::ran(Before::Active);
    for policy in POLICIES {
        let case = active.policy(policy);
        check("not time", case.now("09:59"), rests(1, 0, MINUTE));
        let job = "10:00";
        let listed = Case {
            job,
            ..case.deadline(LONG)
        };
        check("the slot's own Job", listed, rests(1, 0, 59 * MINUTE));
    }
    check("is time, A", active, starts(2, 1, 59 * MINUTE));
    let forbid = active.policy(ConcurrencyPolicy::Forbid);
    check("is time, F", forbid, rests(1, 1, 59 * MINUTE));
    let replaces = Expected {
        deletes: true,
        ..starts(1, 2, 59 * MINUTE)
    };
    let replace = active.policy(ConcurrencyPolicy::Replace);
    check("is time, R", replace, replaces);
    check("is time, suspended", active.suspended(), stops(1, 0));
    let past = active.deadline(SHORT);
    check("is time, past deadline", past, rests(1, 0, 59 * MINUTE));
    let soon = active.deadline(LONG);
    check(
        "is time, not past deadline",
        soon,
        starts(2, 1, 59 * MINUTE),
    );
}

/// `TestControllerV2SyncCronJob`, "with @every schedule, never ran …" and "… prev ran but done …".
#[test]
fn every_hour() {
    let young = Case {
        created: "09:59",
        ..EVERY_HOUR.now("10:00")
    };
    check("not time", young, rests(0, 0, 59 * MINUTE));
    check("is time", EVERY_HOUR.now("09:59"), starts(1, 1, HOUR));
    let past = EVERY_HOUR.deadline(SHORT).now("09:59:11");
    check("past deadline", past, rests(0, 0, HOUR - 11));
    let soon = EVERY_HOUR.deadline(LONG).now("09:59:09");
    check("not past deadline", soon, starts(1, 1, HOUR - 9));

    let before = Before::Done;
    let done = Case {
        before,
        ..EVERY_HOUR
    };
    check("not time", done.now("10:00"), rests(0, 1, 59 * MINUTE));
    check("is time", done.now("11:00"), starts(1, 2, 59 * MINUTE));
    let past = done.deadline(SHORT).now("10:59:11");
    check("past deadline", past, rests(0, 1, HOUR - 11));
    let overdue = Case {
        job: "09:01",
        last: "10:01",
        ..done.now("7 10:00")
    };
    check("overdue, no deadline", overdue, starts(1, 3, MINUTE));
    let past = overdue.deadline(SHORT).now("7 10:01:11");
    check("overdue, past deadline", past, rests(0, 1, HOUR - 11));
}

/// `TestControllerV2SyncCronJob`, "with @every schedule, still active …".
#[test]
fn every_hour_and_active() {
    let before = Before::Active;
    let active = Case {
        before,
        ..EVERY_HOUR
    };
    check("not time", active.now("10:00"), rests(1, 0, 59 * MINUTE));
    let last = "08:59";
    check(
        "is time",
        Case { last, ..active },
        starts(2, 1, 58 * MINUTE),
    );
    let past = active.deadline(SHORT).now("10:59:11");
    check("past deadline", past, rests(1, 0, HOUR - 11));
    let soon = active.deadline(LONG).now("10:59:09");
    check("not past deadline", soon, starts(2, 1, HOUR - 9));
}

/// `TestControllerV2JobAlreadyExistsButNotInActiveStatus`: noted as if just created (CRON-23), but no event for it.
#[test]
fn a_job_that_exists_is_noted() {
    let unlisted = Case {
        job: "10:00",
        ..Case::ran(Before::Unlisted)
    };
    let expected = Expected {
        creates: false,
        events: 1, // UnexpectedJob
        ..starts(1, 1, 59 * MINUTE)
    };
    check("not in the list", unlisted, expected);
}

/// `TestControllerV2UpdateCronJob`: at 09:59:59, last slot 09:59:00; delays in seconds.
#[test]
fn a_changed_schedule_waits_for_its_next_slot_cron_2() {
    let cases = [
        ("30 * * * *", "*/1 * * * *", 1),
        ("@every 1m", "@every 3m", 2 * 60 + 1),
        ("@every 3m", "@every 1m", 1),
    ];
    for (old, new, delay) in cases {
        let mut cluster = Cluster::with(Profile::Kubernetes, spec(old), "09:00", 0);
        let status = CronJobStatus {
            last_schedule_unix: Some(DAY_UNIX + at("09:59")),
            ..CronJobStatus::default()
        };
        cluster.world.write_cronjob_status(cluster.key, status);
        while cluster.world.pop_change().is_some() {}
        cluster.due = None;
        cluster.edit("09:59:59", |spec| {
            spec.schedule = Arc::new(Schedule::parse(new).unwrap());
            spec.schedule_text = new.into();
        });
        let due = seconds(at("09:59:59") + delay) + Span::from_millis(100);
        assert_eq!(cluster.due, Some(due), "{old} to {new}");
        cluster.due = None;
        cluster.edit("10:00", |spec| spec.job_text = "{\"a\":1}".into());
        let arrival = seconds(at("10:00")) + crate::model::Latency::KUBERNETES.watch;
        assert_eq!(
            cluster.due,
            Some(arrival),
            "another change is seen at once (CRON-1)"
        );
    }
}
