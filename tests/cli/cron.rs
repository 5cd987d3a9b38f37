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
        &expect![[r"
        "]],
    );
    check(
        &[
            "@every 1h30m",
            "--after",
            "2026-01-05T02:00:00+01:00",
            "-n",
            "1",
        ],
        &expect![[r"
        "]],
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
        &expect![[r"
        "]],
    );
}

#[test]
fn a_time_that_never_comes_is_never() {
    check(
        &["0 0 30 2 *", "--after", "2026-01-05T02:00:00Z"],
        &expect![[r"
        "]],
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
        &expect![[r"
        "]],
    );
}

#[test]
fn a_bad_schedule_has_a_caret_under_the_fault() {
    check(
        &["0 61 * * *"],
        &expect![[r"
        "]],
    );
    check(
        &["0 0 * * * *"],
        &expect![[r"
        "]],
    );
    check(
        &[""],
        &expect![[r"
        "]],
    );
    check(
        &["@dayly"],
        &expect![[r"
        "]],
    );
}

#[test]
fn a_bad_zone_or_time_is_refused() {
    check(
        &["@daily", "--time-zone", "europe/vienna"],
        &expect![[r"
        "]],
    );
    check(
        &["@daily", "--after", "tomorrow"],
        &expect![[r"
        "]],
    );
    check(
        &[],
        &expect![[r"
        "]],
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
        &expect![[r"
        "]],
    );
    check(
        &[&line[..], &["--quiet"]].concat(),
        &expect![[r"
        "]],
    );
}

#[test]
fn a_table_is_read_from_a_file_or_stdin() {
    let table = "schedule,time_zone,after\n0 2 * * *,,2026-01-05T02:00:00Z\n61 * * * *,,2026-01-05T02:00:00Z\n";
    let expected = expect![[r"
        "]];
    let folder = Folder::with(&[("table.csv", table), ("wrong.csv", "schedule,after\n")]);
    folder
        .podtime(&["cron", "--batch", "table.csv"])
        .is(&expected);
    folder
        .podtime_with_stdin(&["cron", "--batch", "-"], table)
        .is(&expected);
    folder
        .podtime(&["cron", "--batch", "wrong.csv"])
        .is(&expect![[r"
        "]]);
    folder
        .podtime(&["cron", "--batch", "missing.csv"])
        .is(&expect![[r"
        "]]);
    folder
        .podtime(&["cron", "@daily", "--batch", "table.csv"])
        .is(&expect![[r"
        "]]);
}
