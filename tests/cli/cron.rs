//! `podtime cron`.

use crate::support::Folder;
use expect_test::{Expect, expect};

fn check(arguments: &[&str], expected: &Expect) {
    let line: Vec<&str> = ["cron"].iter().chain(arguments).copied().collect();
    Folder::new().podtime(&line).is(expected);
}

#[test]
fn the_next_times_are_printed_in_utc() {
    check(
        &["0 2 * * *", "--after", "2026-01-05T02:00:00Z", "-n", "2"],
        &expect![[r#"
            exit 0
            --- stdout
            2026-01-06T02:00:00Z
            2026-01-07T02:00:00Z
        "#]],
    );
    check(
        &[
            "@every 1h30m",
            "--after",
            "2026-01-05T02:00:00+01:00",
            "-n",
            "1",
        ],
        &expect![[r#"
            exit 0
            --- stdout
            2026-01-05T02:30:00Z
        "#]],
    );
}

#[test]
fn a_zone_shows_its_wall_clock_beside_utc() {
    // Clocks go forward on 2026-03-08 at 02:00: 02:30 does not exist on that day (CRON-71).
    check(
        &[
            "30 2 * * *",
            "--time-zone",
            "America/New_York",
            "--after",
            "2026-03-07T00:00:00Z",
            "-n",
            "2",
        ],
        &expect![[r#"
            exit 0
            --- stdout
            2026-03-07T07:30:00Z  2026-03-07T02:30:00-05:00
            2026-03-09T06:30:00Z  2026-03-09T02:30:00-04:00
        "#]],
    );
}

#[test]
fn a_time_that_never_comes_is_never() {
    check(
        &["0 0 30 2 *", "--after", "2026-01-05T02:00:00Z"],
        &expect![[r#"
            exit 0
            --- stdout
            never
        "#]],
    );
}

#[test]
fn json_has_the_question_and_the_answer() {
    check(
        &[
            "0 2 * * *",
            "--time-zone=Europe/Vienna",
            "--after=2026-01-05T02:00:00Z",
            "-n1",
            "--format=json",
        ],
        &expect![[r#"
            exit 0
            --- stdout
            {
              "schedule": "0 2 * * *",
              "time_zone": "Europe/Vienna",
              "after": "2026-01-05T02:00:00Z",
              "next": [
                {
                  "time": "2026-01-06T01:00:00Z",
                  "local": "2026-01-06T02:00:00+01:00"
                }
              ]
            }
        "#]],
    );
}

#[test]
fn a_bad_schedule_has_a_caret_under_the_fault() {
    check(
        &["0 61 * * *"],
        &expect![[r#"
            exit 2
            --- stderr
            error: hour: end of range (61) above maximum (23): 61
              0 61 * * *
                ^^
        "#]],
    );
    check(
        &["0 0 * * * *"],
        &expect![[r#"
            exit 2
            --- stderr
            error: expected exactly 5 fields, found 6: [0 0 * * * *]
              0 0 * * * *
              ^^^^^^^^^^^
              hint: Kubernetes has no field for seconds or years: minute, hour, day of month, month, day of week
        "#]],
    );
    check(
        &[""],
        &expect![[r#"
            exit 2
            --- stderr
            error: empty spec string
              hint: the fields are minute, hour, day of month, month, day of week
        "#]],
    );
    check(
        &["@dayly"],
        &expect![[r#"
            exit 2
            --- stderr
            error: unrecognized descriptor: @dayly
              @dayly
              ^^^^^^
              hint: known are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and `@every 1h30m`
        "#]],
    );
}

#[test]
fn a_bad_zone_or_time_is_refused() {
    check(
        &["@daily", "--time-zone", "europe/vienna"],
        &expect![[r#"
            exit 2
            --- stderr
            error: unknown time zone europe/vienna
              hint: did you mean Europe/Vienna?
        "#]],
    );
    check(
        &["@daily", "--after", "tomorrow"],
        &expect![[r#"
            exit 2
            --- stderr
            error: invalid value 'tomorrow' for '--after <TIME>': expected a time such as 2026-03-08T06:00:00Z

            For more information, try '--help'.
        "#]],
    );
    check(
        &[],
        &expect![[r#"
            exit 2
            --- stderr
            error: the following required arguments were not provided:
              <SCHEDULE>

            Usage: podtime cron <SCHEDULE>

            For more information, try '--help'.
        "#]],
    );
}

#[test]
fn a_zone_in_the_schedule_is_read_with_a_warning() {
    // CRON-80: the API server refuses it.
    let line = [
        "TZ=Asia/Tokyo @daily",
        "--after=2026-01-05T02:00:00Z",
        "-n1",
    ];
    check(
        &line,
        &expect![[r#"
            exit 0
            --- stdout
            2026-01-05T15:00:00Z  2026-01-06T00:00:00+09:00
            --- stderr
            warning: Kubernetes refuses a schedule that names a zone; set timeZone instead
        "#]],
    );
    check(
        &[&line[..], &["--quiet"]].concat(),
        &expect![[r#"
            exit 0
            --- stdout
            2026-01-05T15:00:00Z  2026-01-06T00:00:00+09:00
        "#]],
    );
}

#[test]
fn a_table_is_read_from_a_file_or_stdin() {
    let table = "schedule,time_zone,after\n0 2 * * *,,2026-01-05T02:00:00Z\n61 * * * *,,2026-01-05T02:00:00Z\n";
    let folder = Folder::with(&[("table.csv", table), ("wrong.csv", "schedule,after\n")]);
    let from_file = folder.podtime(&["cron", "--batch", "table.csv"]);
    from_file.is(&expect![[r#"
        exit 0
        --- stdout
        schedule,time_zone,after,next1,next2,next3,next4,next5
        0 2 * * *,,2026-01-05T02:00:00Z,2026-01-06T02:00:00Z,2026-01-07T02:00:00Z,2026-01-08T02:00:00Z,2026-01-09T02:00:00Z,2026-01-10T02:00:00Z
        61 * * * *,,2026-01-05T02:00:00Z,error,,,,
    "#]]);
    let from_stdin = folder.podtime_with_stdin(&["cron", "--batch", "-"], table);
    assert_eq!(from_stdin.stdout, from_file.stdout);
    folder
        .podtime(&["cron", "--batch", "wrong.csv"])
        .is(&expect![[r#"
            exit 2
            --- stderr
            error: wrong.csv: line 1: no column "time_zone"; the columns are schedule, time_zone and after
        "#]]);
    folder
        .podtime(&["cron", "--batch", "missing.csv"])
        .is(&expect![[r#"
            exit 2
            --- stderr
            error: cannot read missing.csv: it is not there
        "#]]);
    folder
        .podtime(&["cron", "@daily", "--batch", "table.csv"])
        .is(&expect![[r#"
            exit 2
            --- stderr
            error: the argument '[SCHEDULE]' cannot be used with '--batch <FILE.csv>'

            Usage: podtime cron <SCHEDULE>

            For more information, try '--help'.
        "#]]);
}
