//! Tables from the rules and from upstream's own tests, and properties.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::duration::parse_nanoseconds;
use super::*;

fn at(text: &str) -> UnixSeconds {
    UnixSeconds::parse_rfc3339(text).unwrap_or_else(|| panic!("{text} is no time"))
}

fn zone(name: &str) -> TimeZone {
    TimeZone::load(name).unwrap()
}

fn schedule(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Wants exactly these times one after the other; `never` for the one that does not exist.
fn check(name: &str, text: &str, zone_name: &str, after: &str, expected: &[&str]) {
    let (schedule, zone) = (schedule(text), zone(zone_name));
    let mut times = schedule.upcoming(at(after), zone);
    let found: Vec<_> = (0..expected.len())
        .map(|_| {
            times
                .next()
                .map_or("never".to_owned(), |time| zone.format(time))
        })
        .collect();
    assert_eq!(found, expected, "{name}: {text} {zone_name} {after}");
}

#[test]
fn vectors_of_the_rules() {
    let new_york = "America/New_York";
    let sao_paulo = "America/Sao_Paulo";
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, &str, &[&str])] = &[
        ("CRON-V1", "30 2 * * *", new_york, "2026-03-07T17:00:00Z", &["2026-03-09T02:30:00-04:00", "2026-03-10T02:30:00-04:00"]),
        ("CRON-V2", "*/30 1-3 * * *", new_york, "2026-03-08T06:00:00Z", &["2026-03-08T01:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T03:30:00-04:00", "2026-03-09T01:00:00-04:00"]),
        ("CRON-V3", "30 1 * * *", new_york, "2026-10-31T17:00:00Z", &["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"]),
        ("CRON-V4", "0 * * * *", new_york, "2026-11-01T03:30:00Z", &["2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"]),
        ("CRON-V5", "0 0 * * *", sao_paulo, "2018-11-03T12:00:00Z", &["2018-11-05T00:00:00-02:00", "2018-11-06T00:00:00-02:00"]),
        ("CRON-V6", "0 12 4 11 *", sao_paulo, "2018-10-03T12:00:00Z", &["2018-11-04T12:00:00-02:00"]),
        ("CRON-V7", "0 0 * * 0", sao_paulo, "2018-11-01T12:00:00Z", &["2018-11-11T00:00:00-02:00"]),
        ("CRON-V8", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", &["2026-04-25T00:00:00+03:00"]),
        ("CRON-V9", "0 0 * * *", "America/Havana", "2026-10-31T12:00:00Z", &["2026-11-01T00:00:00-04:00", "2026-11-01T00:00:00-05:00", "2026-11-02T00:00:00-05:00"]),
        ("CRON-V10", "0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", &["2026-01-02T00:00:00+00:00", "2026-01-09T00:00:00+00:00", "2026-01-13T00:00:00+00:00", "2026-01-16T00:00:00+00:00", "2026-01-23T00:00:00+00:00"]),
        ("CRON-V11", "0 0 */2 * 1", "UTC", "2026-01-01T00:00:00Z", &["2026-01-03T00:00:00+00:00", "2026-01-05T00:00:00+00:00", "2026-01-07T00:00:00+00:00", "2026-01-09T00:00:00+00:00", "2026-01-11T00:00:00+00:00", "2026-01-12T00:00:00+00:00"]),
        ("CRON-V12", "0 0 */1 * 1", "UTC", "2026-01-01T00:00:00Z", &["2026-01-05T00:00:00+00:00", "2026-01-12T00:00:00+00:00", "2026-01-19T00:00:00+00:00"]),
        ("CRON-V13", "59 23 31 2 *", "UTC", "2026-01-01T00:00:00Z", &["never"]),
        ("CRON-V14", "0 0 29 2 *", "UTC", "2024-03-01T00:00:00Z", &["2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00"]),
        ("CRON-65 full range is no star", "0 0 1-31 * 1", "UTC", "2026-01-01T00:00:00Z", &["2026-01-02T00:00:00+00:00"]),
        ("CRON-65 star in a list", "0 0 *,13 * 1", "UTC", "2026-01-01T00:00:00Z", &["2026-01-05T00:00:00+00:00"]),
        ("CRON-70 across 2100", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["never"]),
        ("CRON-70 last year counts", "0 0 29 2 *", "UTC", "2099-01-01T00:00:00Z", &["2104-02-29T00:00:00+00:00"]),
        ("CRON-72 once", "0 2 * * *", new_york, "2026-11-01T04:00:00Z", &["2026-11-01T02:00:00-05:00", "2026-11-02T02:00:00-05:00"]),
        ("CRON-72 gap skips", "0 2 * * *", new_york, "2026-03-07T17:00:00Z", &["2026-03-09T02:00:00-04:00"]),
        ("CRON-72 gap at midnight", "0 1 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", &["2026-04-24T01:00:00+03:00"]),
        ("CRON-72 lost for a year", "0 0 4 11 *", sao_paulo, "2018-10-03T12:00:00Z", &["2019-11-04T00:00:00-03:00"]),
        ("CRON-72 half an hour forward", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", &["2026-10-05T02:15:00+11:00"]),
        ("CRON-72 half an hour back", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", &["2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30", "2026-04-06T01:45:00+10:30"]),
    ];
    for (name, text, zone_name, after, expected) in cases {
        check(name, text, zone_name, after, expected);
    }
}

/// `TestNext` in upstream's `spec_test.go`, without its field for seconds.
/// CRON-60, CRON-73: a prefix names the zone, whatever zone the schedule is asked in.
#[test]
fn upstream_table_of_next() {
    #[rustfmt::skip]
    let cases = [
        ("2012-07-09T14:45:00Z", "0/15 * * * *", "2012-07-09T15:00:00Z"),
        ("2012-07-09T14:59:00Z", "0/15 * * * *", "2012-07-09T15:00:00Z"),
        ("2012-07-09T14:59:59Z", "0/15 * * * *", "2012-07-09T15:00:00Z"),
        ("2012-07-09T15:45:00Z", "20-35/15 * * * *", "2012-07-09T16:20:00Z"),
        ("2012-07-09T23:46:00Z", "*/15 * * * *", "2012-07-10T00:00:00Z"),
        ("2012-07-09T23:45:00Z", "20-35/15 * * * *", "2012-07-10T00:20:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 9 Apr-Oct ?", "2012-08-09T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 */5 Apr,Aug,Oct Mon", "2012-08-01T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 */5 Oct Mon", "2012-10-01T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 * Feb Mon", "2013-02-04T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 * Feb Mon/2", "2013-02-01T00:00:00Z"),
        ("2012-12-31T23:59:45Z", "* * * * *", "2013-01-01T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 29 Feb ?", "2016-02-29T00:00:00Z"),
        ("2012-03-11T00:00:00-05:00", "TZ=America/New_York 30 2 11 Mar ?", "2013-03-11T02:30:00-04:00"),
        ("2012-03-11T00:00:00-05:00", "TZ=America/New_York 0 * * * ?", "2012-03-11T01:00:00-05:00"),
        ("2012-03-11T01:00:00-05:00", "TZ=America/New_York 0 * * * ?", "2012-03-11T03:00:00-04:00"),
        ("2012-03-11T03:00:00-04:00", "CRON_TZ=America/New_York 0 * * * ?", "2012-03-11T04:00:00-04:00"),
        ("2012-03-11T01:00:00-05:00", "TZ=America/New_York 0 1 * * ?", "2012-03-12T01:00:00-04:00"),
        ("2012-03-11T00:00:00-05:00", "TZ=America/New_York 0 2 * * ?", "2012-03-12T02:00:00-04:00"),
        ("2012-11-04T00:00:00-04:00", "TZ=America/New_York 30 2 04 Nov ?", "2012-11-04T02:30:00-05:00"),
        ("2012-11-04T01:45:00-04:00", "TZ=America/New_York 30 1 04 Nov ?", "2012-11-04T01:30:00-05:00"),
        ("2012-11-04T01:00:00-04:00", "TZ=America/New_York 0 * * * ?", "2012-11-04T01:00:00-05:00"),
        ("2012-11-04T01:00:00-05:00", "TZ=America/New_York 0 * * * ?", "2012-11-04T02:00:00-05:00"),
        ("2012-11-04T01:00:00-04:00", "TZ=America/New_York 0 1 * * ?", "2012-11-04T01:00:00-05:00"),
        ("2012-11-04T01:00:00-05:00", "TZ=America/New_York 0 1 * * ?", "2012-11-05T01:00:00-05:00"),
        ("2012-11-04T00:00:00-04:00", "TZ=America/New_York 0 3 3 * ?", "2012-12-03T03:00:00-05:00"),
        ("2018-10-17T05:00:00-04:00", "TZ=America/Sao_Paulo 0 9 10 * ?", "2018-11-10T06:00:00-05:00"),
        ("2018-02-14T05:00:00-05:00", "TZ=America/Sao_Paulo 0 9 22 * ?", "2018-02-22T07:00:00-05:00"),
    ];
    for (after, text, expected) in cases {
        let found = schedule(text).next(at(after), TimeZone::UTC);
        assert_eq!(found, Some(at(expected)), "{text} after {after}");
    }
    for text in ["0 0 30 Feb ?", "0 0 31 Apr ?"] {
        assert_eq!(
            schedule(text).next(at("2012-07-09T23:35:00Z"), TimeZone::UTC),
            None,
            "{text}"
        );
    }
}

/// CRON-61, CRON-63, CRON-67: texts that mean the same.
#[test]
fn different_texts_are_the_same_schedule() {
    let cases = [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 ?"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * SUN"),
        ("@daily", "0 0 * * *"),
        ("@midnight", " 0\t0  *\u{a0}* * \n"),
        ("@hourly", "0 */1 * * *"),
        ("*-5 * * * *", "* * * * *"),
        ("*-x-y * * * *", "* * * * *"),
        ("+05 007 * * *", "5 7 * * *"),
        ("50/5 * * * *", "50-59/5 * * * *"),
        ("3-40/99999999999 * * * *", "3 * * * *"),
        ("5/9223372036854775807 * * * *", "5 * * * *"),
        (",1,,2, * * * *", "1,2 * * * *"),
        ("0 0 1 jan-DEC *", "0 0 1 1-12 *"),
        ("0 0 1 jan/3 *", "0 0 1 1,4,7,10 *"),
        ("@every 1h0m10.7s", "@every 3610s"),
        ("@every 500ms", "@every 1s"),
        ("@every -5m", "@every 1s"),
        ("@every 0", "@every 1s"),
        ("TZ=UTC   @daily  ", "TZ=UTC 0 0 * * *"),
        ("TZ= 0 0 * * *", "TZ=UTC 0 0 * * *"),
        ("TZ=Local 0 0 * * *", "0 0 * * *"),
    ];
    for (left, right) in cases {
        assert_eq!(schedule(left), schedule(right), "{left} and {right}");
    }
    // CRON-64: these match at the same values but are starred differently.
    for (left, right) in [("0 0 1-31 * 1", "0 0 * * 1"), ("0 0 * * 0-6", "0 0 * * *")] {
        assert_ne!(schedule(left), schedule(right), "{left} and {right}");
    }
}

/// CRON-60, CRON-62, CRON-80: each message with the text that it points at.
#[test]
fn errors_name_the_field_and_point_at_the_text() {
    #[rustfmt::skip]
    let cases = [
        ("", "", "empty spec string"),
        ("   ", "   ", "expected exactly 5 fields, found 0: []"),
        ("* * * *", "* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("* * * * * *", "* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"),
        (" @hourly", " @hourly", "expected exactly 5 fields, found 1: [@hourly]"),
        ("60 * * * *", "60", "minute: end of range (60) above maximum (59): 60"),
        ("1,2,5-70/3 * * * *", "5-70/3", "minute: end of range (70) above maximum (59): 5-70/3"),
        ("* 24 * * *", "24", "hour: end of range (24) above maximum (23): 24"),
        ("* * 0 * *", "0", "day of month: beginning of range (0) below minimum (1): 0"),
        ("* * 0/2 * *", "0/2", "day of month: beginning of range (0) below minimum (1): 0/2"),
        ("* * 32 * *", "32", "day of month: end of range (32) above maximum (31): 32"),
        ("* * * 13 * ", "13", "month: end of range (13) above maximum (12): 13"),
        ("* * * january *", "january", "month: failed to parse int from \"january\""),
        ("* * * * 7", "7", "day of week: end of range (7) above maximum (6): 7"),
        ("* * * * fri-mon", "fri-mon", "day of week: beginning of range (5) beyond end of range (1): fri-mon"),
        ("* 22-2 * * *", "22-2", "hour: beginning of range (22) beyond end of range (2): 22-2"),
        ("0 0 * * 5#2", "5#2", "day of week: failed to parse int from \"5#2\""),
        ("0 0 L * *", "L", "day of month: failed to parse int from \"L\""),
        ("jan * * * *", "jan", "minute: failed to parse int from \"jan\""),
        ("* * * mon *", "mon", "month: failed to parse int from \"mon\""),
        ("*/0 * * * *", "*/0", "minute: step of range should be a positive number: */0"),
        ("*/-1 * * * *", "-1", "minute: negative number (-1) not allowed: -1"),
        ("-1 * * * *", "-1", "minute: failed to parse int from \"\""),
        ("3,1- * * * *", "1-", "minute: failed to parse int from \"\""),
        ("*/ * * * *", "*/", "minute: failed to parse int from \"\""),
        ("1-2-3 * * * *", "1-2-3", "minute: too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "1/2/3", "minute: too many slashes: 1/2/3"),
        ("1/x/3 * * * *", "1/x/3", "minute: too many slashes: 1/x/3"),
        ("1-x * * * *", "x", "minute: failed to parse int from \"x\""),
        ("** * * * *", "**", "minute: failed to parse int from \"**\""),
        ("9223372036854775808 * * * *", "9223372036854775808", "minute: failed to parse int from \"9223372036854775808\""),
        ("@reboot", "@reboot", "unrecognized descriptor: @reboot"),
        ("@Daily", "@Daily", "unrecognized descriptor: @Daily"),
        ("@daily ", "@daily ", "unrecognized descriptor: @daily "),
        ("@every", "@every", "unrecognized descriptor: @every"),
        ("@every 1x", "@every 1x", "failed to parse duration @every 1x: time: unknown unit \"x\" in duration \"1x\""),
        ("@every 5", "@every 5", "failed to parse duration @every 5: time: missing unit in duration \"5\""),
        ("@every  1s", "@every  1s", "failed to parse duration @every  1s: time: invalid duration \" 1s\""),
        ("TZ=0", "TZ=0", "no schedule follows the time zone"),
        ("TZ=Nowhere * * * * *", "Nowhere", "provided bad location Nowhere: unknown time zone Nowhere"),
        ("CRON_TZ=UTC  * é * * *", "é", "hour: failed to parse int from \"é\""),
        (" TZ=UTC * * * * *", " TZ=UTC * * * * *", "expected exactly 5 fields, found 6: [TZ=UTC * * * * *]"),
    ];
    for (text, blamed, message) in cases {
        let error = Schedule::parse(text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!(&text[error.span()], blamed, "{text}");
    }
    let hint = |text: &str| Schedule::parse(text).expect_err(text).hint();
    assert_eq!(hint("* * * * 7"), Some("Sunday is 0"));
    assert_eq!(hint("60 * * * *"), None);
}

/// A field of only commas is accepted and matches nothing (CRON-61).
#[test]
fn a_field_without_values_never_matches() {
    for text in [
        ", * * * *",
        "* ,, * * *",
        "* * , * *",
        "* * * , *",
        "* * * * ,",
        "* * , * ,",
    ] {
        assert_eq!(
            schedule(text).next(at("2026-01-01T00:00:00Z"), TimeZone::UTC),
            None,
            "{text}"
        );
    }
    check(
        "either day",
        "0 0 , * 1",
        "UTC",
        "2026-01-01T00:00:00Z",
        &["2026-01-05T00:00:00+00:00"],
    );
}

/// CRON-66.
#[test]
fn every_counts_from_the_moment_given() {
    let schedule = schedule("@every 1h30m");
    let after = UnixSeconds::from_nanoseconds(1_000_000_000_999_999_999);
    let next = schedule.next(after, zone("Asia/Tokyo")).unwrap();
    assert_eq!(next.nanoseconds(), Some(1_000_005_400_000_000_000));
    assert_eq!(UnixSeconds::from_nanoseconds(-1).seconds(), -1);
}

/// Go's `TestParseDuration` and `TestParseDurationErrors` in `time/time_test.go`.
#[test]
fn durations_are_read_as_go_reads_them() {
    const SECOND: i64 = 1_000_000_000;
    let cases = [
        ("0", 0),
        ("5s", 5 * SECOND),
        ("+5s", 5 * SECOND),
        ("-0", 0),
        ("5.6s", 5_600_000_000),
        ("5.s", 5 * SECOND),
        (".5s", SECOND / 2),
        ("1.004s", 1_004_000_000),
        ("100.00100s", 100_001_000_000),
        ("10ns", 10),
        ("11us", 11_000),
        ("12µs", 12_000),
        ("12μs", 12_000),
        ("13ms", 13_000_000),
        ("3h30m", 12_600 * SECOND),
        ("-1m30.5s", -90_500_000_000),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("52763797000ns", 52_763_797_000),
        ("0.3333333333333333333h", 20 * 60 * SECOND),
        ("9007199254740993ns", 9_007_199_254_740_993),
        ("9223372036854775807ns", i64::MAX),
        ("9223372036854775.807us", i64::MAX),
        ("-9223372036854775808ns", i64::MIN),
        ("0.100000000000000000000h", 6 * 60 * SECOND),
        ("0.830103483285477580700h", 2_988_372_539_827),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_nanoseconds(text), Ok(expected), "{text}");
    }
    #[rustfmt::skip]
    let errors = [
        "", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", " 1s", "1 s", "1s ", "1e3s", "٣s",
        "9223372036854775808ns", "9223372036854775.808us", "3000000h", "-9223372036854775809ns",
        "99999999999999999999s", "9223372036854775807ns1ns", "1__0s",
    ];
    for text in errors {
        assert!(parse_nanoseconds(text).is_err(), "{text}");
    }
}

/// CRON-81.
#[test]
fn zones_are_admitted_by_exact_name() {
    for name in [
        "UTC",
        "Etc/UTC",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT+5",
        "EST5EDT",
    ] {
        assert_eq!(TimeZone::admit(name).map(TimeZone::name), Ok(name));
    }
    let unknown = |name: &str| {
        Err(ZoneError::Unknown {
            name: name.to_owned(),
        })
    };
    #[rustfmt::skip]
    let refused = [
        "utc", "america/new_york", "Europe/Berlin ", "/Etc/UTC", "Etc//UTC", "Etc/UTC/", "../UTC",
        "./UTC", "-UTC", "Continent/Zone", "America", "America/AVeryLongCityName", "Europe/Zürich",
    ];
    for name in refused {
        assert_eq!(TimeZone::admit(name), unknown(name), "{name}");
    }
    assert_eq!(TimeZone::admit(""), Err(ZoneError::Empty));
    assert_eq!(TimeZone::admit("lOCAL"), Err(ZoneError::Local));
    assert_eq!(TimeZone::load(""), Ok(TimeZone::UTC));
    assert_eq!(TimeZone::load("Local"), unknown("Local"));
}

#[test]
fn a_misspelled_zone_is_recognized() {
    let first = |name| TimeZone::suggestions(name).first().copied();
    assert_eq!(first("america/new_york"), Some("America/New_York"));
    assert_eq!(first("Europe/Berlni"), Some("Europe/Berlin"));
    assert_eq!(first("New York"), Some("America/New_York"));
    assert_eq!(first("Tokyo"), Some("Asia/Tokyo"));
    assert_eq!(first("Middle/Of/Nowhere"), None);
    assert_eq!(first(""), None);
    assert_eq!(first(&"x".repeat(1_000_000)), None);
}

#[test]
fn clocks_with_odd_offsets_and_lost_days_end_the_search() {
    // Differs: upstream never returns from the day that Samoa left out.
    check(
        "lost day",
        "0 0 31 12 *",
        "Pacific/Apia",
        "2011-12-28T20:00:00Z",
        &["2011-12-31T00:00:00+14:00"],
    );
    // Local mean time, 17 minutes and 30 seconds ahead: every minute still starts at second 0.
    let after = at("1880-01-01T00:00:00Z");
    let next = schedule("* * * * *")
        .next(after, zone("Europe/Brussels"))
        .unwrap();
    assert_eq!(next.seconds() - after.seconds(), 30, "{next}");
}

#[test]
fn moments_at_the_ends_of_time_are_bounded() {
    let schedule = schedule("* * * * *");
    assert_eq!(schedule.next(UnixSeconds::MAX, TimeZone::UTC), None);
    assert_eq!(UnixSeconds::new(i64::MIN), UnixSeconds::MIN);
    assert_eq!(UnixSeconds::MIN.to_string(), "0000-01-01T00:00:00Z");
    assert_eq!(
        UnixSeconds::new(i64::MAX).to_string(),
        "9999-12-31T23:59:59Z"
    );
    assert_eq!(UnixSeconds::MAX.nanoseconds(), None);
}

fn batch_text(input: &str) -> Result<String, BatchError> {
    let mut output = Vec::new();
    batch(input.as_bytes(), &mut output)?;
    Ok(String::from_utf8(output).unwrap())
}

#[test]
fn batch_writes_one_row_for_each_schedule() {
    let input = "\u{feff}note,after,schedule,time_zone\n\
                 a,2026-03-07T18:00:00.5+01:00,\"0 0,12 * * *\",\n\
                 b,2026-01-01T00:00:00Z,\" @every 1h\",UTC\n\
                 c,2026-01-01T00:00:00Z,\" @every 1h\",\n\
                 d,2026-01-01T00:00:00Z,0 0 * * *,Nowhere\n\
                 e,2093-01-01T00:00:00Z,0 0 29 2 *,Etc/UTC\n\
                 f,2026-01-01T00:00:00Z,TZ=Asia/Tokyo 0 0 1 * *,Nowhere\n";
    expect_test::expect![[r#"
        schedule,time_zone,after,next1,next2,next3,next4,next5
        "0 0,12 * * *",,2026-03-07T18:00:00.5+01:00,2026-03-08T00:00:00Z,2026-03-08T12:00:00Z,2026-03-09T00:00:00Z,2026-03-09T12:00:00Z,2026-03-10T00:00:00Z
        " @every 1h",UTC,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,2026-01-01T02:00:00Z,2026-01-01T03:00:00Z,2026-01-01T04:00:00Z,2026-01-01T05:00:00Z
        " @every 1h",,2026-01-01T00:00:00Z,error,,,,
        0 0 * * *,Nowhere,2026-01-01T00:00:00Z,error,,,,
        0 0 29 2 *,Etc/UTC,2093-01-01T00:00:00Z,2096-02-29T00:00:00Z,never,never,never,never
        TZ=Asia/Tokyo 0 0 1 * *,Nowhere,2026-01-01T00:00:00Z,2026-01-31T15:00:00Z,2026-02-28T15:00:00Z,2026-03-31T15:00:00Z,2026-04-30T15:00:00Z,2026-05-31T15:00:00Z
    "#]]
    .assert_eq(&batch_text(input).unwrap());
}

#[test]
fn batch_names_the_line_that_it_cannot_read() {
    let cases = [
        (
            "schedule,after\n",
            "line 1: no column \"time_zone\"; the columns are schedule, time_zone and after",
        ),
        (
            "schedule,time_zone,after\n@daily,,2026-01-01T00:00:00Z\n\n@daily,,soon\n",
            "line 4: after: \"soon\" is no time such as 2026-03-08T06:00:00Z",
        ),
        (
            "schedule,time_zone,after\n@daily,UTC\n",
            "line 2: 2 fields, but the header has 3",
        ),
    ];
    for (input, message) in cases {
        assert_eq!(batch_text(input).unwrap_err().to_string(), message);
    }
}

/// A field that the `cron` crate reads alike: star, values and ranges, with and without a step.
fn alike_field(minimum: u32, maximum: u32) -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    let element = (minimum..=maximum, minimum..=maximum, 1..=5_u32)
        .prop_map(|(one, other, step)| (one.min(other), one.max(other), step));
    prop::collection::vec(element, 0..4)
}

/// The field's text, with `shift` added to each value.
fn field_text(elements: &[(u32, u32, u32)], shift: u32) -> String {
    let element = |&(start, end, step): &(u32, u32, u32)| match (start == end, step) {
        (true, _) => format!("{}", start + shift),
        (false, 1) => format!("{}-{}", start + shift, end + shift),
        (false, _) => format!("{}-{}/{step}", start + shift, end + shift),
    };
    let texts: Vec<_> = elements.iter().map(element).collect();
    if texts.is_empty() {
        "*".to_owned()
    } else {
        texts.join(",")
    }
}

proptest! {
    /// The crate counts weekdays from 1 and wants both days to match, so one of them is a star.
    #[test]
    fn agrees_with_the_cron_crate_in_utc(
        minute in alike_field(0, 59),
        hour in alike_field(0, 23),
        day in alike_field(1, 31),
        month in alike_field(1, 12),
        by_week in any::<bool>(),
        weekday in alike_field(0, 6),
        after in 0..4_000_000_000_i64,
    ) {
        let (day, weekday) = if by_week { (vec![], weekday) } else { (day, vec![]) };
        let head = [&minute, &hour, &day, &month].map(|field| field_text(field, 0)).join(" ");
        let ours = format!("{head} {}", field_text(&weekday, 0));
        let theirs = format!("0 {head} {}", field_text(&weekday, 1));
        let theirs = cron::Schedule::from_str(&theirs).unwrap();
        let start = DateTime::<Utc>::from_timestamp(after, 0).unwrap();
        let found: Vec<_> = schedule(&ours)
            .upcoming(UnixSeconds::new(after), TimeZone::UTC).take(8).collect();
        let expected: Vec<_> = theirs.after(&start).take(8)
            .map(|time| UnixSeconds::new(time.timestamp())).collect();
        // The crate searches to the year 2100 where Kubernetes gives up after five years.
        prop_assert_eq!(&found[..], &expected[..found.len()], "{}", ours);
        if let Some(beyond) = expected.get(found.len()) {
            let last = found.last().map_or(after, |last| last.seconds());
            prop_assert!(beyond.seconds() - last > 5 * 365 * 86_400, "{} lacks {}", ours, beyond);
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*", duration in "[-+.0-9a-zµ]{0,12}", zone in "\\PC{0,20}") {
        let _ = Schedule::parse(&text);
        let _ = Schedule::parse(&format!("TZ={text}"));
        let _ = Schedule::parse(&format!("@every {duration}"));
        let _ = TimeZone::admit(&zone);
        let _ = TimeZone::suggestions(&zone);
    }

    #[test]
    fn errors_point_into_the_text(text in "[-*/?,0-9a-zéTZ=@ \t]{0,24}") {
        if let Err(error) = Schedule::parse(&text) {
            prop_assert!(text.get(error.span()).is_some(), "{:?} of {:?}", error, text);
        }
    }

    /// Whatever the zone and the time, the search ends, later than it began and on the minute.
    #[test]
    fn next_is_later_in_every_zone(
        fields in (alike_field(0, 59), alike_field(0, 23), alike_field(1, 31), alike_field(1, 12), alike_field(0, 6)),
        zone in prop::sample::select(TimeZone::names()),
        after in prop_oneof![any::<i64>(), -3_000_000_000..4_000_000_000_i64],
    ) {
        let zone = TimeZone::load(zone).unwrap();
        let (minute, hour, day, month, weekday) = fields;
        let text = [minute, hour, day, month, weekday].map(|field| field_text(&field, 0)).join(" ");
        let schedule = schedule(&text);
        let mut last = UnixSeconds::new(after);
        for next in schedule.upcoming(last, zone).take(4) {
            prop_assert!(next > last, "{} in {}: {} after {}", text, zone, next, last);
            prop_assert!(zone.format(next).contains(":00"), "{}", next);
            last = next;
        }
    }
}
