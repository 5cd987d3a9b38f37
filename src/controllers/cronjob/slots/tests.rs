use super::*;

/// Dates of the tables: Thursday, 2016-05-19, as in upstream's tests.
fn at(text: &str) -> UnixSeconds {
    let text = match text.split_once(' ') {
        None => format!("2016-05-19T{text}Z"),
        Some((date, time)) => format!("2016-{date}T{time}Z"),
    };
    UnixSeconds::parse_rfc3339(&text).expect("a time of the table")
}

fn timetable(schedule: &str) -> Timetable {
    Timetable {
        schedule: Arc::new(Schedule::parse(schedule).expect("a schedule of the table")),
        zone: TimeZone::UTC,
    }
}

fn few(slot: &str) -> Due {
    Due::Slot {
        slot: at(slot),
        many_missed: false,
    }
}

fn many(slot: &str) -> Due {
    Due::Slot {
        slot: at(slot),
        many_missed: true,
    }
}

/// Checks slot and time of the next look; `next` is relative to `now`, in seconds.
fn check(id: &str, schedule: &str, base: &str, now: &str, due: Due, next: i64) {
    let timetable = timetable(schedule);
    assert_eq!(timetable.due(at(base), at(now)), due, "{id}");
    let look = timetable.next_look(at(base), at(now)).expect("it recurs");
    assert_eq!(look.seconds() - at(now).seconds(), next, "{id}: next look");
    if let Due::Slot { slot, .. } = due {
        assert_eq!(timetable.latest(at(base), at(now)), Some(slot), "{id}");
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

#[test]
fn test_vectors_cron_s1_to_s8() {
    let weekdays = "30 6-16/4 * * 1-5";
    let noons = "30 10,11,12 * * 1-5";
    check(
        "CRON-S1",
        "0 * * * *",
        "10:00:10",
        "15:01:10",
        few("15:00:00"),
        58 * MINUTE + 50,
    );
    check(
        "CRON-S2",
        weekdays,
        "10:30:00",
        "05-20 10:31:00",
        few("05-20 10:30:00"),
        239 * MINUTE,
    );
    check(
        "CRON-S3",
        noons,
        "10:30:00",
        "05-20 16:30:00",
        Due::Lost,
        66 * HOUR,
    );
    check(
        "CRON-S4",
        "@every 1h",
        "10:01:00",
        "05-26 10:00:00",
        many("05-26 09:01:00"),
        MINUTE,
    );
    check(
        "CRON-S5",
        "0 12 * * 4",
        "12:00:00",
        "06-07 11:30:00",
        few("06-02 12:00:00"),
        48 * HOUR + 30 * MINUTE,
    );
    check(
        "CRON-S6",
        "0 12 * * 5",
        "10:00:00",
        "16:00:00",
        Due::NotYet,
        20 * HOUR,
    );
    check(
        "CRON-S7",
        "0 9,10 * * *",
        "10:00:00",
        "05-20 11:30:00",
        Due::Lost,
        21 * HOUR + 30 * MINUTE,
    );
    check(
        "CRON-S8",
        noons,
        "10:30:00",
        "12:45:00",
        few("12:30:00"),
        21 * HOUR + 45 * MINUTE,
    );
}

/// `TestMostRecentScheduleTime` in `utils_test.go`: the cases that the vectors above do not hold.
#[test]
fn most_recent_schedule_time() {
    let weekdays = "30 6-16/4 * * 1-5";
    check(
        "now before next schedule",
        "0 * * * *",
        "10:00:00",
        "10:00:30",
        Due::NotYet,
        HOUR - 30,
    );
    check(
        "now just after next schedule",
        "0 * * * *",
        "10:00:00",
        "11:01:00",
        few("11:00:00"),
        59 * MINUTE,
    );
    check(
        "missed 5 schedules",
        "0 * * * *",
        "10:00:10",
        "15:01:00",
        few("15:00:00"),
        59 * MINUTE,
    );
    check(
        "longer diff between executions",
        weekdays,
        "10:30:00",
        "05-23 10:31:00",
        few("05-23 10:30:00"),
        239 * MINUTE,
    );
    check(
        "shorter diff between executions",
        weekdays,
        "10:00:00",
        "05-20 10:31:00",
        few("05-20 10:30:00"),
        239 * MINUTE,
    );
    check(
        "earliestTime being LastScheduleTime",
        "*/5 * * * *",
        "10:30:00",
        "10:31:00",
        Due::NotYet,
        4 * MINUTE,
    );
}

/// `TestNextScheduleTime`, cases 1 to 7, and the last two of `TestMostRecentScheduleTime`.
#[test]
fn next_schedule_time_within_the_deadline() {
    let cases = [
        ("case 1", "09:50:00", "09:53:00", None, Due::NotYet),
        ("case 2", "09:50:00", "10:00:02", None, few("10:00:00")),
        ("case 3", "10:00:00", "10:02:00", None, Due::NotYet),
        ("case 4", "10:00:00", "11:05:00", None, few("11:00:00")),
        ("case 5", "09:00:00", "11:05:00", None, few("11:00:00")),
        (
            "case 6",
            "09:00:00",
            "05-29 11:00:00",
            None,
            many("05-29 11:00:00"),
        ),
        (
            "case 7",
            "09:00:00",
            "05-29 11:00:00",
            Some(7200),
            few("05-29 11:00:00"),
        ),
    ];
    for (name, base, now, deadline, due) in cases {
        let too_old = too_old(deadline.map(Span::from_secs), at(now));
        let base = earliest(at(base), too_old);
        assert_eq!(timetable("0 * * * ?").due(base, at(now)), due, "{name}");
    }
    let minute = too_old(Some(Span::from_secs(60)), at("10:32:00"));
    assert_eq!(earliest(at("10:30:00"), minute), at("10:31:00"));
    let minute = too_old(Some(Span::from_secs(60)), at("10:30:30"));
    assert_eq!(earliest(at("10:30:00"), minute), at("10:30:00"));
}

/// Case 8, and "rogue cronjob".
#[test]
fn a_schedule_that_never_matches_is_invalid_cron_25() {
    let never = timetable("59 23 31 2 *");
    assert_eq!(never.due(at("10:00:10"), at("11:00:00")), Due::Invalid);
    assert_eq!(never.next_look(at("10:00:10"), at("11:00:00")), None);
    assert_eq!(never.latest(at("10:00:10"), at("11:00:00")), None);
}

#[test]
fn no_deadline_lets_the_slot_through_if_it_is_zero_cron_27() {
    let now = at("10:00:00");
    let base = earliest(at("09:59:30"), too_old(Some(Span::ZERO), now));
    assert_eq!(timetable("* * * * *").due(base, now), Due::NotYet);
    let base = earliest(at("09:59:30"), too_old(Some(Span::from_secs(1)), now));
    assert_eq!(timetable("* * * * *").due(base, now), few("10:00:00"));
}

#[test]
fn a_deadline_beyond_all_time_is_none() {
    let too_old = too_old(Some(Span::MAX), at("10:00:00"));
    assert_eq!(earliest(at("09:00:00"), too_old), at("09:00:00"));
}

/// Where the search loses a time, the ledger still has to find it.
#[test]
fn the_latest_time_is_never_lost() {
    let cases = [
        (
            "30 10,11,12 * * 1-5",
            "10:30:00",
            "05-20 16:30:00",
            "05-20 12:30:00",
        ),
        (
            "0 9,10 * * *",
            "10:00:00",
            "05-20 11:30:00",
            "05-20 10:00:00",
        ),
        ("* 9 * * 1", "09:00:00", "06-02 00:00:00", "05-30 09:59:00"),
        ("@every 90s", "10:00:00", "12:01:29", "12:00:00"),
        ("0 0 1 1 *", "10:00:00", "12-31 23:59:59", ""),
    ];
    for (schedule, after, now, latest) in cases {
        let expected = (!latest.is_empty()).then(|| at(latest));
        let found = timetable(schedule).latest(at(after), at(now));
        assert_eq!(found, expected, "{schedule}");
    }
}

/// CRON-C2.
#[test]
fn more_than_a_hundred_missed_times_are_many() {
    let minutely = timetable("* * * * *");
    let due = |now| minutely.due(at("10:00:00"), at(now));
    assert_eq!(due("11:40:59"), few("11:40:00"), "100");
    assert_eq!(due("11:41:00"), many("11:41:00"), "101");
}
