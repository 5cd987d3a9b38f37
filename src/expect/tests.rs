#![allow(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "tables and snapshots are long, and snapshots are written with hashes"
)]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::fields::Kind;
use super::limits::{BRACKETS_MAX, CHAIN_MAX, TEXT_BYTES_MAX};
use super::lookup::glob_matches;
use super::{Evaluation, Expression, ExpressionError, FieldType, percentile};

/// A summary as a run writes it.
fn summary() -> Json {
    let job = |complete: bool, duration: Json, retries: u32| {
        json!({
            "complete": complete, "failed": !complete && !duration.is_null(), "reason": if complete { json!("CompletionsReached") } else { json!(null) },
            "created_t": 0.0, "start_t": 0.0, "finish_t": duration, "duration_s": duration,
            "completions": 1, "succeeded": u32::from(complete), "failed_pods": retries, "retries": retries,
            "pods": retries + 1, "first_pod_wait_s": 1.5,
        })
    };
    json!({
        "jobs": {
            "default/etl-2": job(true, json!(4000.5), 1),
            "default/etl-1": job(true, json!(1200.0), 0),
            "default/database-migration": job(true, json!(95.25), 2),
            "batch/report": job(false, json!(null), 5),
            "default/report-daily": job(false, json!(600.0), 6),
            "team-a/load": job(true, json!(10.0), 0),
            "team-b/load": job(true, json!(20.0), 0),
        },
        "cronjobs": {"default/nightly": {
            "scheduled": 7, "started": 6, "skipped": 1, "replaced": 0, "missed": 0, "late_max_s": 0.013,
            "complete": 6, "failed": 0, "duration_p50_s": 61.0, "duration_p95_s": 70.2, "duration_max_s": 71.0,
        }},
        "daemonsets": {"kube-system/log-collector": {
            "desired_max": 4, "coverage_min": 0.75, "coverage_mean": 0.9981, "covered_t": 5.0,
            "rollout_s": null, "misscheduled_max": 0,
        }},
        "deployments": {"default/web": {"replicas": 3, "available_min": 2, "available_mean": 2.9, "rollout_s": 14.0}},
        "statefulsets": {},
        "arrivals": {"adhoc": {
            "count": 2880, "complete": 2880, "failed": 0, "retries": 31, "wait_mean_s": 0.8, "wait_p95_s": 2.0,
            "wait_max_s": 9.5, "duration_mean_s": 10, "duration_p95_s": 22.0,
        }},
        "cluster": {
            "nodes_max": 4, "pods_created": 3000, "pods_succeeded": 2950, "pods_failed": 9, "pods_evicted": 0,
            "pods_preempted": 0, "pods_pending_max": 12, "pending_p95_s": 3.5, "cpu_utilization_mean": 0.41,
            "cpu_utilization_max": 0.97, "memory_utilization_mean": 0.3, "memory_utilization_max": 0.5,
            "daemon_cpu_share": 0.05, "utilization_mean": {"nvidia.com/gpu": 0.62, "example.com/fpga": null},
            "cost": 3.25, "node_hours": 17.5, "pool_node_hours": {"base": 7.5, "spot": 10.0},
        },
    })
}

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn value(text: &str) -> Result<Option<Json>, ExpressionError> {
    parse(text).evaluate_value(&summary())
}

/// The error as the caller shows it, the text marked where it points.
fn show(text: &str, error: &ExpressionError) -> String {
    let (before, after) = text.split_at(error.offset);
    let hint = error
        .hint
        .as_ref()
        .map_or(String::new(), |hint| format!("\n  hint: {hint}"));
    format!("{before}»{after}\n  {}{hint}\n", error.message)
}

fn check_parse_errors(texts: &[&str], expected: &Expect) {
    let mut actual = String::new();
    for text in texts {
        let error = Expression::parse(text).map(drop).expect_err(text);
        actual.push_str(&show(text, &error));
    }
    expected.assert_eq(&actual);
}

#[test]
fn conditions_hold_as_cel_has_them() {
    for text in [
        "job('database-migration').complete && job('database-migration').retries <= 3",
        "daemonset('log-collector').coverage_min >= 0.75",
        "daemonset('kube-system/log-collector').desired_max == 4",
        "cronjob('nightly').started + cronjob('nightly').skipped == cronjob('nightly').scheduled",
        "deployment('web').available_min >= 2",
        "arrival('adhoc').count == 2880 && arrival('adhoc').wait_p95_s < 3",
        "cluster.utilization_mean[\"nvidia.com/gpu\"] > 0.6",
        "cluster.cost < 3.5 && cluster.cost / cluster.node_hours < 0.2",
        "cluster.pool_node_hours['spot'] == 10.0",
        "cluster['nodes_max'] == 4",
        "job('team-b/load').duration_s == 20",
        "jobs('etl-*').map(j, j.duration_s).max() < 5000.0",
        "jobs('etl-*').size() == 2 && size(jobs('nothing-*')) == 0",
        "jobs('team-*/load').size() == 2 && jobs('load').size() == 2 && jobs('?oad').size() == 2",
        "jobs('*').exists(j, j.retries > 5) && jobs('etl-?').all(j, j.complete)",
        "jobs('*').exists_one(j, j.retries == 6)",
        "jobs('*').filter(j, j.complete).map(j, j.retries).sum() == 3",
        "jobs('*').map(j, j.complete, j.retries).sum() == 3",
        "job('etl-1').reason in ['CompletionsReached', 'Other']",
        "job('etl-1').reason.startsWith('Comp') && job('etl-1').reason.contains('tions')",
        "'nvidia.com/gpu' in cluster.utilization_mean",
        "!job('batch/report').complete ? 1 < 2 : job('nowhere').complete",
        "cronjobs('*').size() == 1 && statefulsets('*').size() == 0",
        "job('et' + 'l-1').complete",
        "double(job('etl-2').retries) / 2.0 == 0.5 && int(2.9) == 2 && string(3) == '3'",
        // An unfinished Job has no finish: the literal null and has() may ask.
        "job('report').finish_t == null && null != job('etl-1').finish_t",
        "has(job('etl-1').finish_t) && !has(job('report').finish_t)",
        // A null is absorbed where the other side decides.
        "job('report').duration_s < 3600.0 || job('etl-1').complete",
        "jobs('*').exists(j, j.duration_s > 4000.0)",
        "!(job('report').complete && job('report').duration_s < 1.0)",
        "1 / 0 == 1 || true",
    ] {
        assert_eq!(parse(text).evaluate(&summary()), Evaluation::Held, "{text}");
        assert!(Expression::parse_condition(text).is_ok(), "{text}");
    }
}

#[test]
fn measures_have_values() {
    for (text, expected) in [
        ("job('etl-2').duration_s", json!(4000.5)),
        ("job('etl-2').retries", json!(1)),
        ("arrival('adhoc').duration_mean_s", json!(10.0)),
        (
            "jobs('etl-*').map(j, j.duration_s)",
            json!([1200.0, 4000.5]),
        ),
        ("jobs('etl-*').map(j, j.duration_s).mean()", json!(2600.25)),
        (
            "jobs('etl-*').map(j, j.duration_s).percentile(50)",
            json!(2600.25),
        ),
        (
            "jobs('etl-*').map(j, j.duration_s).percentile(0.5)",
            json!(2600.25),
        ),
        ("jobs('*').map(j, j.retries).max()", json!(6)),
        ("jobs('nothing').map(j, j.retries).sum()", json!(0)),
        ("[1, 2.5].sum()", json!(3.5)),
        ("[3, 1, 2].min()", json!(1)),
        ("cluster.pods_failed % 4 - 2 * -3", json!(7)),
        ("'é'.size()", json!(1)),
        ("[1] + [2, 3]", json!([1, 2, 3])),
        ("[[1, 2], [3]][0][1]", json!(2)),
    ] {
        assert_eq!(value(text), Ok(Some(expected)), "{text}");
    }
}

#[test]
fn null_measures_are_none() {
    for text in [
        "job('report').duration_s",
        "job('report').duration_s / 60.0",
        "jobs('*').map(j, j.duration_s).max()",
        "jobs('nothing').map(j, j.duration_s).mean()",
        "cluster.utilization_mean['example.com/fpga']",
        "statefulsets('*').map(s, s.available_min).min()",
        "1.0 / 0.0",
    ] {
        assert_eq!(value(text), Ok(None), "{text}");
    }
}

#[test]
fn numbers_compare_across_int_and_double_without_rounding() {
    for (text, held) in [
        ("1 == 1.0", true),
        ("1 < 1.5 && 1.5 < 2 && 2 >= 2.0 && -1 > -1.5", true),
        ("9007199254740993 == 9007199254740992.0", false),
        ("9007199254740993 > 9007199254740992.0", true),
        ("9223372036854775807 < 9223372036854775808.0", true),
        ("-9223372036854775808 >= -9223372036854775808.0", true),
        ("1 < 1e300 && -1 > -1e300", true),
        ("0.0 / 0.0 == 0.0 / 0.0", false),
        ("[1, 2] == [1.0, 2.0]", true),
        ("1 in [1.0]", true),
    ] {
        assert_eq!(parse(text).evaluate(&json!({})).is_held(), held, "{text}");
    }
}

#[test]
fn a_null_is_not_held_and_the_report_names_it() {
    for (text, expected) in [
        (
            "job('report').duration_s < 3600.0",
            "job('batch/report').duration_s",
        ),
        (
            "job('report').duration_s >= 0.0",
            "job('batch/report').duration_s",
        ),
        (
            "!(job('report').duration_s < 3600.0)",
            "job('batch/report').duration_s",
        ),
        (
            "job('report').duration_s == 5.0",
            "job('batch/report').duration_s",
        ),
        (
            "job('report').reason != 'DeadlineExceeded'",
            "job('batch/report').reason",
        ),
        (
            "job('etl-1').complete && job('report').finish_t < 1.0",
            "job('batch/report').finish_t",
        ),
        (
            "jobs('*').map(j, j.duration_s).max() < 1.0",
            "job('batch/report').duration_s",
        ),
        (
            "jobs('*').all(j, j.duration_s < 1e9)",
            "job('batch/report').duration_s",
        ),
        (
            "cluster.utilization_mean['example.com/fpga'] > 0.5",
            "cluster.utilization_mean['example.com/fpga']",
        ),
        (
            "jobs('x').map(j, j.pods).max() < 5",
            "jobs('x').map(j, j.pods).max() of an empty list",
        ),
    ] {
        let expected = Evaluation::Null {
            which: expected.to_owned(),
        };
        assert_eq!(parse(text).evaluate(&summary()), expected, "{text}");
    }
}

#[test]
fn what_is_not_held_comes_with_its_values() {
    let texts = [
        "job('database-migration').complete && job('database-migration').retries <= 1",
        "job('etl-1').duration_s + job('etl-2').duration_s < 5000.0 || cluster.pods_failed == 0",
        "jobs('etl-*').map(j, j.duration_s).max() < 3600.0",
        "jobs('*').all(j, j.complete && j.retries < 6)",
        "jobs('etl-*').exists(x, x.retries > job('report').retries)",
        "jobs('etl-*').size() > 2 && jobs('none').exists(j, j.failed)",
        "!(job('etl-1').complete ? cluster.nodes_max < 5 : cluster.pods_failed > 7)",
        "[1, 2, 3].all(x, x < 2)",
        "(cluster.nodes_max - (1 - 2)) * 2 in [1]",
        "false",
    ];
    let mut actual = String::new();
    for text in texts {
        writeln!(actual, "{text}\n  {}", parse(text).evaluate(&summary())).unwrap();
    }
    expect![[r#"
        job('database-migration').complete && job('database-migration').retries <= 1
          not held: job('database-migration').complete is true, job('database-migration').retries is 2
        job('etl-1').duration_s + job('etl-2').duration_s < 5000.0 || cluster.pods_failed == 0
          not held: job('etl-1').duration_s is 1200.0, job('etl-2').duration_s is 4000.5, cluster.pods_failed is 9
        jobs('etl-*').map(j, j.duration_s).max() < 3600.0
          not held: jobs('etl-*').map(j, j.duration_s).max() is 4000.5
        jobs('*').all(j, j.complete && j.retries < 6)
          not held: job('batch/report').complete is false, job('batch/report').retries is 5, job('default/report-daily').complete is false, job('default/report-daily').retries is 6
        jobs('etl-*').exists(x, x.retries > job('report').retries)
          not held: job('default/etl-1').retries is 0, job('report').retries is 5, job('default/etl-2').retries is 1
        jobs('etl-*').size() > 2 && jobs('none').exists(j, j.failed)
          not held: jobs('etl-*').size() is 2, jobs('none').exists(j, j.failed) is false
        !(job('etl-1').complete ? cluster.nodes_max < 5 : cluster.pods_failed > 7)
          not held: job('etl-1').complete is true, cluster.nodes_max is 4
        [1, 2, 3].all(x, x < 2)
          not held: x is 2
        (cluster.nodes_max - (1 - 2)) * 2 in [1]
          not held: cluster.nodes_max is 4
        false
          not held
    "#]].assert_eq(&actual);
}

#[test]
fn names_that_a_run_lacks_are_errors() {
    let texts = [
        "job('databse-migration').complete",
        "job('load').complete",
        "job('team-c/load').complete",
        "job('nightly').complete",
        "job('nightly-29457120').complete",
        "job('zzz').complete",
        "statefulset('db').replicas > 1",
        "true || job('zzz').complete",
        "false && cronjob('nightli').missed == 0",
        "cluster.utilization_mean['nvidia.com/gpux'] > 0.5",
        "[cluster, job('etl-1')][1].retires == 0",
        "job('etl-1')['com' + 'plet']",
        "[1, 'a'][1] < 3",
        "[1, 2.0][1] + 1 == 3.0",
        "[1][7] == 1",
        "1 / 0 == 1",
        "9223372036854775807 + 1 > 0",
        "[1].percentile(101) > 1.0",
        "int('x') == 1",
        "[job('etl-1'), 1][0]",
    ];
    let mut actual = String::new();
    for text in texts {
        let Evaluation::Error(error) = parse(text).evaluate(&summary()) else {
            panic!("{text} is no error");
        };
        actual.push_str(&show(text, &error));
    }
    expect![[r#"
        job(»'databse-migration').complete
          no job is named 'databse-migration'
          hint: did you mean 'database-migration'?
        job(»'load').complete
          2 jobs are named 'load'
          hint: say which: job('team-a/load'), job('team-b/load')
        job(»'team-c/load').complete
          no job is named 'team-c/load'
          hint: did you mean 'team-a/load'?
        job(»'nightly').complete
          no job is named 'nightly'
          hint: there is a cronjob of that name: cronjob('nightly')
        job(»'nightly-29457120').complete
          no job is named 'nightly-29457120'
          hint: jobs that a cronjob made are summed up there: cronjob('nightly')
        job(»'zzz').complete
          no job is named 'zzz'
          hint: there are: batch/report, default/database-migration, default/etl-1, default/etl-2, default/report-daily …
        statefulset(»'db').replicas > 1
          no statefulset is named 'db'
          hint: the summary has no statefulsets
        true || job(»'zzz').complete
          no job is named 'zzz'
          hint: there are: batch/report, default/database-migration, default/etl-1, default/etl-2, default/report-daily …
        false && cronjob(»'nightli').missed == 0
          no cronjob is named 'nightli'
          hint: did you mean 'nightly'?
        cluster.utilization_mean[»'nvidia.com/gpux'] > 0.5
          cluster.utilization_mean has no resource 'nvidia.com/gpux'
          hint: did you mean 'nvidia.com/gpu'?
        [cluster, job('etl-1')][1].»retires == 0
          a job has no field 'retires'
          hint: did you mean 'retries'?
        job('etl-1')['com' »+ 'plet']
          a job has no field 'complet'
          hint: did you mean 'complete'?
        [1, 'a'][1] »< 3
          '<' is not made for a string and an int
        [1, 2.0][1] »+ 1 == 3.0
          '+' is not made for a double and an int
          hint: CEL does not mix them: write 2.0 for 2, or double(x)
        [1][»7] == 1
          no element 7 in a list of 1
        1 »/ 0 == 1
          1 / 0
        9223372036854775807 »+ 1 > 0
          9223372036854775807 + 1 is too large for an int
        [1].»percentile(101) > 1.0
          percentile() takes a number from 0 to 100
          hint: the median is percentile(50)
        »int('x') == 1
          int() cannot convert 'x'
        »[job('etl-1'), 1][0]
          an expectation is true or false; this is a job
          hint: compare it, as in job('etl').retries <= 3
    "#]].assert_eq(&actual);
}

#[test]
fn syntax_errors_have_a_place_and_a_hint() {
    check_parse_errors(
        &[
            "",
            "  // nothing",
            "job('a'",
            "job('a'))",
            "(1]",
            "job('a).complete",
            "'\\q'",
            "1 +",
            "a = b",
            "1 = 2",
            "true and false",
            "true & false",
            "job('a').duration_s < 1h",
            "f(1,)",
            "true ? 1",
            "'é' + é",
            "1 + if",
            "99999999999999999999",
            "job('a').retries <= 3 3",
            "x.`a-b`",
        ],
        &expect![[r#"
            »
              the expression is empty
            »  // nothing
              the expression is empty
            job»('a'
              '(' is never closed
            job('a')»)
              ')' closes nothing
            (1»]
              ']' does not close '('
            job(»'a).complete
              the string is never closed
            '»\q'
              an escape sequence that CEL does not know
              hint: write \\ for a backslash
            1 +»
              unexpected end of the expression
            a »= b
              unexpected '='
              hint: write == to compare
            1 »= 2
              unexpected '='
              hint: write == to compare
            true »and false
              unexpected 'and'
              hint: write && for 'and'
            true »& false
              unexpected '&'
              hint: write && for 'and'
            job('a').duration_s < 1»h
              unexpected 'h'
              hint: a time is a number of seconds: 3600.0 is an hour
            f(1,»)
              unexpected ')'
            true ? 1»
              unexpected end of the expression
            'é' + »é
              unexpected 'é'
            1 + »if
              'if' is a reserved word of CEL
            »99999999999999999999
              invalid int literal
            job('a').retries <= 3 »3
              unexpected '3'
            x».`a-b`
              unsupported syntax: '`'
        "#]],
    );
}

#[test]
fn unknown_names_are_found_before_a_run() {
    check_parse_errors(
        &[
            "jbo('a').complete",
            "job('a').retires <= 3",
            "true || job('a').complet",
            "jobs('etl-*').map(j, j.duraton_s).max() < 1.0",
            "cluster.cpu_utilisation_mean < 0.5",
            "cronjob('a').frobnicate",
            "has(job('a').finish)",
            "job('a')['retires'] == 1",
            "clutser.nodes_max > 1",
            "job.complete",
            "etl.complete",
            "jobs('*').all(k, j.complete)",
            "jobs('*').averge()",
            "jobs('*').retries > 1",
            "jobs('*').max() > 1",
            "job('a').reason.matches('.*')",
            "job('a').duration_s < duration('1h')",
            "sum(jobs('*').map(j, j.retries))",
            "jobs('*').job('x')",
            "job()",
            "job('a', 'b').complete",
            "job(1).complete",
            "jobs('etl-[12]').size() > 0",
            "job('a').all(j, j.complete)",
            "jobs('*').all(j.complete)",
            "jobs('*').all(1, true)",
            "has(1)",
        ],
        &expect![[r#"
            »jbo('a').complete
              unknown function 'jbo'
              hint: did you mean job()?
            job('a').»retires <= 3
              a job has no field 'retires'
              hint: did you mean 'retries'?
            true || job('a').»complet
              a job has no field 'complet'
              hint: did you mean 'complete'?
            jobs('etl-*').map(j, j.»duraton_s).max() < 1.0
              a job has no field 'duraton_s'
              hint: did you mean 'duration_s'?
            cluster.»cpu_utilisation_mean < 0.5
              the cluster has no field 'cpu_utilisation_mean'
              hint: did you mean 'cpu_utilization_mean'?
            cronjob('a').»frobnicate
              a cronjob has no field 'frobnicate'
              hint: its fields are: scheduled, started, skipped, replaced, missed, late_max_s, complete, failed, duration_p50_s, duration_p95_s, duration_max_s
            has(job('a').»finish)
              a job has no field 'finish'
              hint: did you mean 'finish_t'?
            job('a')[»'retires'] == 1
              a job has no field 'retires'
              hint: did you mean 'retries'?
            »clutser.nodes_max > 1
              unknown variable 'clutser'
              hint: did you mean 'cluster'?
            »job.complete
              unknown variable 'job'
              hint: it is a function: job('name')
            »etl.complete
              unknown variable 'etl'
              hint: a string has quotes: 'text'; the summary is cluster, job('name'), cronjob('name') and so on
            jobs('*').all(k, »j.complete)
              unknown variable 'j'
              hint: a string has quotes: 'text'; the summary is cluster, job('name'), cronjob('name') and so on
            jobs('*').»averge()
              unknown function 'averge'
              hint: known: size, sum, mean, min, max, percentile, contains, startsWith, endsWith, all, exists, exists_one, map, filter
            jobs('*').»retries > 1
              a list has no field 'retries'
              hint: take a field of each: jobs('…').map(x, x.retries)
            jobs('*').»max() > 1
              max() needs a list of numbers, not a list
              hint: take a field of each: jobs('…').map(x, x.first_pod_wait_s)
            job('a').reason.»matches('.*')
              unknown function 'matches'
              hint: there are no regular expressions: use startsWith, endsWith, contains, or a glob
            job('a').duration_s < »duration('1h')
              unknown function 'duration'
              hint: a time is a number of seconds: 3600.0 is an hour
            »sum(jobs('*').map(j, j.retries))
              unknown function 'sum'
              hint: call it on a list or a string: x.sum(…)
            jobs('*').»job('x')
              unknown function 'job'
              hint: call it on nothing: job(x)
            »job()
              job() takes one argument, not 0
            »job('a', 'b').complete
              job() takes one argument, not 2
            job(»1).complete
              job() takes a string, not an int
              hint: write job('name')
            jobs(»'etl-[12]').size() > 0
              'etl-[12]' matches no name: only * and ? are wildcards
            job('a').»all(j, j.complete)
              all() needs a list, not a job
              hint: jobs('glob-*') is a list
            jobs('*').»all(j.complete)
              all() takes a variable and an expression
              hint: write all(j, …j…)
            jobs('*').all(»1, true)
              the first argument of all() is a name
              hint: write all(j, …j…)
            »has(1)
              has() asks for a field
              hint: write has(job('name').finish_t)
        "#]],
    );
}

#[test]
fn wrong_types_are_found_before_a_run() {
    check_parse_errors(
        &[
            "job('a').retries / 2.0 > 1.0",
            "job('a').duration_s / 60 < 1.0",
            "job('a').complete > 1",
            "job('a').reason == 1",
            "job('a').retries && true",
            "!job('a').retries",
            "-'a'",
            "1 in 2",
            "'a' * 2",
            "1 < null",
            "cluster[1] > 2",
            "1[2]",
            "1 ? 2 : 3",
            "{'a': 1}['a'] == 1",
            "3u == 3",
            "b'x' == b'x'",
            "Foo{a: 1}",
            "cluster.utilization_mean.gpu > 0.5",
            "size(3)",
            "[1, 2]['x']",
        ],
        &expect![[r#"
            job('a').retries »/ 2.0 > 1.0
              '/' is not made for an int and a double
              hint: CEL does not mix them: write 2.0 for 2, or double(x)
            job('a').duration_s »/ 60 < 1.0
              '/' is not made for a double and an int
              hint: CEL does not mix them: write 2.0 for 2, or double(x)
            job('a').complete »> 1
              '>' is not made for a boolean and an int
            job('a').reason »== 1
              '==' is not made for a string and an int
            job('a').»retries && true
              needs a boolean here, not an int
            !job('a').»retries
              needs a boolean here, not an int
            »-'a'
              needs a number here, not a string
            1 »in 2
              'in' is not made for an int and an int
            'a' »* 2
              '*' is not made for a string and an int
            1 »< null
              '<' is not made for an int and null
            cluster[»1] > 2
              the cluster is indexed by a string, not an int
            1»[2]
              an int cannot be indexed
            »1 ? 2 : 3
              needs a boolean here, not an int
            »{'a': 1}['a'] == 1
              maps are not part of this language
            »3u == 3
              unsigned numbers are not part of this language
              hint: write 3, not 3u
            »b'x' == b'x'
              byte strings are not part of this language
              hint: write 'x', not b'x'
            Foo»{a: 1}
              messages are not part of this language
            cluster.utilization_mean.»gpu > 0.5
              a resource is named in brackets: ["gpu"]
            »size(3)
              size() needs a list or a string, not an int
            [1, 2][»'x']
              a list is indexed by an int, not a string
        "#]],
    );
    let error =
        Expression::parse_condition("job('a').retries").expect_err("a count is no condition");
    assert_eq!(
        error.message,
        "an expectation is true or false; this is an int"
    );
}

#[test]
fn references_are_the_literal_names() {
    let text = "'é' == '' || job('etl').complete && jobs(\"a-*\").all(j, cronjob('n/b').missed < 1) && job('x' + 'y').failed";
    let references = parse(text).references();
    let found: Vec<_> = references
        .iter()
        .map(|found| (found.kind, found.text.as_str(), found.is_glob))
        .collect();
    assert_eq!(
        found,
        [
            (Kind::Job, "etl", false),
            (Kind::Job, "a-*", true),
            (Kind::CronJob, "n/b", false)
        ]
    );
    for reference in references {
        assert_eq!(
            &text[reference.offset + 1..][..reference.text.len()],
            reference.text
        );
    }
}

/// Each must be refused in good time, not overflow the stack.
#[test]
fn deep_nesting_is_refused() {
    const DEEP: usize = 10_000;
    let texts = [
        "(".repeat(DEEP),
        format!("{}1{}", "(".repeat(DEEP), ")".repeat(DEEP)),
        format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("{}1{}", "{1:".repeat(DEEP / 2), "}".repeat(DEEP / 2)),
        format!("{}true", "!".repeat(DEEP)),
        format!("{}1", "-".repeat(DEEP)),
        format!("{}1", "1 ? 2 : ".repeat(DEEP)),
        format!("{}1", "1?2:".repeat(DEEP / 4)),
        format!("1{}", "+1".repeat(DEEP)),
        format!("1{}", "+1".repeat(DEEP / 2)),
        format!("1{}", "<1".repeat(DEEP / 2)),
        format!("1{}", " in[]".repeat(DEEP / 4)),
        format!("cluster{}", ".a".repeat(DEEP / 2)),
        format!("cluster{}", "[0]".repeat(DEEP / 2)),
        format!("cluster{}", ".f()".repeat(DEEP / 4)),
        format!("{}1{}", "size(".repeat(DEEP / 8), ")".repeat(DEEP / 8)),
        format!("1{}", "\"".repeat(DEEP)),
        format!("'\\q{}", "(".repeat(DEEP)),
        format!("r'\\'{}", "(".repeat(DEEP)),
        format!("// '\n{}", "(".repeat(DEEP)),
        ")".repeat(DEEP),
        "?".repeat(DEEP),
        "a{".repeat(DEEP / 2),
        "job('a').complete && ".repeat(DEEP),
    ];
    for text in texts {
        let error = Expression::parse(&text).map(drop).expect_err(&text[..40]);
        assert!(error.offset <= text.len(), "{error:?}");
    }
}

/// What the limits let through goes through the parser and the evaluation on a test's small stack.
#[test]
fn nesting_up_to_the_limits_works() {
    let brackets = BRACKETS_MAX;
    let texts = [
        format!("{}true{}", "(".repeat(brackets), ")".repeat(brackets)),
        format!(
            "{}1{} == 1",
            "size([".repeat(brackets / 2),
            "])".repeat(brackets / 2)
        ),
        format!("{}true", "true ? true : ".repeat(CHAIN_MAX)),
        format!("{}true", "!".repeat(CHAIN_MAX)),
        format!("1{} > 0", " + 1".repeat(CHAIN_MAX - 1)),
        format!(
            "{}true{}",
            "(!false && true ? true : ".repeat(brackets),
            ")".repeat(brackets)
        ),
        format!("true{}", " && (1 < 2)".repeat(1000)),
        format!(
            "{}[1]{} != []",
            "[1].map(a, ".repeat(brackets - 1),
            ")".repeat(brackets - 1)
        ),
        format!("[{}1].size() > 0", "1,".repeat(TEXT_BYTES_MAX / 2 - 20)),
    ];
    for text in texts {
        assert_eq!(
            parse(&text).evaluate(&summary()),
            Evaluation::Held,
            "{}",
            &text[..40]
        );
    }
}

#[test]
fn work_is_bounded() {
    let ten = "[0,1,2,3,4,5,6,7,8,9]";
    let nested = format!(
        "{}true{}",
        format!("{ten}.all(x, ").repeat(12),
        ")".repeat(12)
    );
    let doubling = format!(
        "['{}']{}.size() > 0",
        "x".repeat(1000),
        ".map(x, x + x)".repeat(40)
    );
    let shared = format!("[1]{} == [2]", ".map(x, [x, x])".repeat(40));
    let compared = format!("[[1]{0}] == [[1]{0}]", ".map(x, [x, x])".repeat(40));
    for text in [nested, doubling, compared] {
        let Evaluation::Error(error) = parse(&text).evaluate(&summary()) else {
            panic!("{}", &text[..40])
        };
        assert_eq!(
            error.message,
            "the expression takes more than 5000000 steps"
        );
    }
    assert!(matches!(
        parse(&shared).evaluate(&summary()),
        Evaluation::NotHeld { .. }
    ));
    let value = parse(&shared.replace(" == [2]", "")).evaluate_value(&summary());
    assert!(value.is_err(), "a list of 2^40 elements was written out");
}

#[test]
fn globs_match_whole_names_without_backtracking() {
    for (pattern, text, matches) in [
        ("*", "", true),
        ("etl-*", "etl-", true),
        ("etl-*", "xetl-1", false),
        ("*-etl", "a-b-etl", true),
        ("a*b*c", "aXbXbXc", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("?", "é", true),
        ("", "a", false),
        ("etl", "etl-1", false),
    ] {
        assert_eq!(glob_matches(pattern, text), matches, "{pattern} {text}");
    }
    assert!(!glob_matches(
        &format!("{}c", "a*".repeat(60)),
        &format!("{}b", "a".repeat(250))
    ));
}

#[test]
fn percentiles_are_linear_between_neighbors() {
    let four = [1.0, 2.0, 3.0, 4.0];
    for (percent, expected) in [
        (0.0, 1.0),
        (25.0, 1.75),
        (50.0, 2.5),
        (95.0, 3.85),
        (100.0, 4.0),
    ] {
        let actual = percentile(&four, percent).unwrap();
        assert!((actual - expected).abs() < 1e-12, "{percent}: {actual}");
    }
    assert_eq!(percentile(&[], 50.0), None);
    assert_eq!(percentile(&[7.0], 95.0), Some(7.0));
}

/// Each kind of object of the summary above has the fields of the table, and no others.
#[test]
fn the_field_table_is_the_summary() {
    let summary = summary();
    for kind in Kind::NAMED
        .into_iter()
        .filter(|kind| *kind != Kind::StatefulSet)
        .chain([Kind::Cluster])
    {
        let section = summary[kind.plural()].as_object().unwrap();
        let object = if kind == Kind::Cluster {
            section
        } else {
            section.values().next().unwrap().as_object().unwrap()
        };
        let names: Vec<&str> = object.keys().map(String::as_str).collect();
        let known: Vec<&str> = kind.fields().iter().map(|field| field.name).collect();
        assert_eq!(names, known, "{kind:?}");
    }
    assert_eq!(
        Kind::Job.field("duration_s").map(|field| field.field_type),
        Some(FieldType::Seconds)
    );
}

/// Where this language and CEL agree, the `cel` crate's own evaluation is the judge.
#[test]
fn literals_evaluate_as_the_cel_crate_has_them() {
    for text in [
        "1 + 2 * 3 - 4 / 3 % 5",
        "(1 + 2) * 3",
        "-7 / 2 == -3 && -7 % 3 == -1",
        "1 - 2 - 3 == -4",
        "true || false && false",
        "!true == false",
        "true ? false : true",
        "1 < 2 == true",
        "1.5 * 2.0 <= 3.0",
        "1 == 1.0 && 2 > 1.5 && 1.5 < 2",
        "'a' + 'b' < 'b'",
        "'a\\u00e9\\n'.size() == 3",
        "r'\\n'.size() == 2",
        "'''it's'''.contains(\"'s\")",
        "[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]",
        "[1, 2, 3].map(x, x > 1, x * 2).size() == 2",
        "[1, 2, 3].exists_one(x, x > 2)",
        "[1, 2].all(x, [3, 4].exists(y, y - x == 2))",
        "[1, 2].exists(x, 1 / (x - 1) == 1)",
        "1 / 0 == 1 || true",
        "false && 1 / 0 == 1",
        "2 in [1, 2] && !('c' in ['a', 'b'])",
        "int('12') + int(2.9) == 14 && double('1.5') == 1.5 && string(12) == '12'",
        "0x1F == 31 && 1e3 == 1000.0",
        "[[1], [2]][1][0] == 2 // a comment",
        "--1 == 1 && !!true",
    ] {
        let program = cel::Program::compile(text).unwrap();
        let theirs = program.execute(&cel::Context::default()).unwrap();
        let ours = parse(text).evaluate_value(&json!({})).unwrap().unwrap();
        let ours = match ours.as_bool() {
            Some(value) => cel::Value::Bool(value),
            None => cel::Value::Int(ours.as_i64().expect(text)),
        };
        assert_eq!(ours, theirs, "{text}");
    }
}

/// Text made of the pieces of the language, right and wrong.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "job('etl-1')",
        "jobs('*')",
        "cluster",
        ".retries",
        ".duration_s",
        ".finish_t",
        ".map(j, j.retries)",
        ".all(j, ",
        "j.complete",
        ".max()",
        ".percentile(95)",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "\\",
        "!",
        "-",
        " + ",
        " / ",
        " == ",
        " < ",
        " && ",
        " || ",
        " ? ",
        " : ",
        ", ",
        "null",
        "true",
        "1",
        "2.5",
        "0",
        "has(",
        "size(",
        "double(",
        "é",
        "\n",
        "//",
        "`",
        "r'",
        "in ",
        "1h",
        "==",
        "&",
        ".",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in prop_oneof![pieces(), any::<String>()]) {
        match Expression::parse(&text) {
            Ok(expression) => {
                let summary = summary();
                let again = expression.evaluate(&summary);
                prop_assert_eq!(expression.evaluate(&summary), again);
                let _ = expression.evaluate_value(&summary);
                let _ = expression.references();
            }
            Err(error) => prop_assert!(text.is_char_boundary(error.offset), "{:?}", error),
        }
    }
}
