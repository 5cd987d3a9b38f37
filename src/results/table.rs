//! What a run says on the terminal: a few aligned lines made out of its summary.

use crate::sim::Span;
use serde_json::Value;
use std::fmt::Write;

/// Between two columns.
const GAP: &str = "  ";
/// Why writing into a `String` cannot fail.
const INFALLIBLE: &str = "a String takes every text";

/// A list of workloads: its title, the heads of its columns, and the cells of one of them.
struct Section {
    key: &'static str,
    title: &'static str,
    heads: &'static [&'static str],
    cells: fn(&Value) -> Vec<String>,
}

const REPLICATED_HEADS: &[&str] = &["REPLICAS", "LEAST", "MEAN", "ROLLOUT"];

const SECTIONS: [Section; 5] = [
    Section {
        key: "jobs",
        title: "JOB",
        heads: &["STATUS", "COMPLETIONS", "RETRIES", "DURATION"],
        cells: job_cells,
    },
    Section {
        key: "cronjobs",
        title: "CRONJOB",
        heads: &[
            "SCHEDULED",
            "STARTED",
            "SKIPPED",
            "MISSED",
            "FAILED",
            "LATEST",
        ],
        cells: cronjob_cells,
    },
    Section {
        key: "daemonsets",
        title: "DAEMONSET",
        heads: &["DESIRED", "COVERED", "LEAST", "MEAN", "ROLLOUT"],
        cells: daemonset_cells,
    },
    Section {
        key: "deployments",
        title: "DEPLOYMENT",
        heads: REPLICATED_HEADS,
        cells: replicated_cells,
    },
    Section {
        key: "statefulsets",
        title: "STATEFULSET",
        heads: REPLICATED_HEADS,
        cells: replicated_cells,
    },
];

/// The figures of `summary` in a few lines, each list cut after `most` workloads.
pub fn short_table(summary: &Value, most: usize) -> String {
    let mut out = String::new();
    for section in &SECTIONS {
        let Some(workloads) = summary[section.key].as_object() else {
            continue;
        };
        if workloads.is_empty() {
            continue;
        }
        let heads = section.heads.iter().map(ToString::to_string);
        let mut rows = vec![
            std::iter::once(section.title.to_owned())
                .chain(heads)
                .collect(),
        ];
        for (name, figures) in workloads.iter().take(most) {
            let mut row = vec![short_name(name).to_owned()];
            row.extend((section.cells)(figures));
            rows.push(row);
        }
        push_aligned(&mut out, &rows);
        if workloads.len() > most {
            let more = workloads.len() - most;
            writeln!(out, "… and {more} more").expect(INFALLIBLE);
        }
        out.push('\n');
    }
    push_cluster(&mut out, summary);
    out
}

fn job_cells(job: &Value) -> Vec<String> {
    let status = if job["complete"] == true {
        "Complete".to_owned()
    } else if job["failed"] == true {
        format!("Failed: {}", job["reason"].as_str().unwrap_or_default())
    } else if job["start_t"].is_null() {
        "not started".to_owned()
    } else {
        "unfinished".to_owned()
    };
    let completions = match job["completions"].as_i64() {
        Some(completions) => format!("{}/{completions}", job["succeeded"]),
        None => job["succeeded"].to_string(),
    };
    vec![
        status,
        completions,
        job["retries"].to_string(),
        duration(&job["duration_s"]),
    ]
}

fn cronjob_cells(cronjob: &Value) -> Vec<String> {
    let counts = ["scheduled", "started", "skipped", "missed", "failed"];
    let mut cells: Vec<String> = counts.map(|key| cronjob[key].to_string()).into();
    cells.push(duration(&cronjob["late_max_s"]));
    cells
}

fn daemonset_cells(daemonset: &Value) -> Vec<String> {
    vec![
        daemonset["desired_max"].to_string(),
        duration(&daemonset["covered_t"]),
        percent(&daemonset["coverage_min"]),
        percent(&daemonset["coverage_mean"]),
        duration(&daemonset["rollout_s"]),
    ]
}

fn replicated_cells(workload: &Value) -> Vec<String> {
    let mean = workload["available_mean"].as_f64();
    let least = workload["available_min"].as_i64();
    vec![
        workload["replicas"].to_string(),
        least.map_or_else(|| "-".to_owned(), |least| least.to_string()),
        mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.1}")),
        duration(&workload["rollout_s"]),
    ]
}

fn push_cluster(out: &mut String, summary: &Value) {
    let cluster = &summary["cluster"];
    let count = |key: &str| cluster[key].as_i64().unwrap_or_default();
    let mut pods = format!("{} pods", count("pods_created"));
    for (key, word) in [
        ("pods_succeeded", "succeeded"),
        ("pods_failed", "failed"),
        ("pods_evicted", "evicted"),
        ("pods_preempted", "preempted"),
    ] {
        if count(key) > 0 {
            write!(pods, ", {} {word}", count(key)).expect(INFALLIBLE);
        }
    }
    let nodes = count("nodes_max");
    let word = if nodes == 1 { "node" } else { "nodes" };
    let lines = [
        format!("{nodes} {word}; {pods}"),
        format!(
            "cpu requested {} on average, {} at most; memory {}, {}",
            percent(&cluster["cpu_utilization_mean"]),
            percent(&cluster["cpu_utilization_max"]),
            percent(&cluster["memory_utilization_mean"]),
            percent(&cluster["memory_utilization_max"]),
        ),
        format!(
            "{} events in {}",
            summary["events"].as_i64().unwrap_or_default(),
            duration(&summary["end_s"])
        ),
    ];
    if let Some(hours) = cluster["node_hours"].as_f64() {
        match cluster["cost"].as_f64() {
            Some(cost) => writeln!(out, "{hours:.1} node hours, cost {cost:.2}"),
            None => writeln!(out, "{hours:.1} node hours"),
        }
        .expect(INFALLIBLE);
    }
    for line in lines {
        writeln!(out, "{line}").expect(INFALLIBLE);
    }
}

/// The first two columns to the left, numbers to the right.
fn push_aligned(out: &mut String, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let length = |cell: &String| cell.chars().count();
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(length).max())
        .map(Option::unwrap_or_default)
        .collect();
    // A column of words has a head and no digit in front.
    let is_text = |at: usize| {
        let mut cells = rows.iter().skip(1).filter_map(|row| row.get(at));
        at == 0 || cells.any(|cell| cell.starts_with(|c: char| c.is_alphabetic()))
    };
    for row in rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[at] - length(cell));
            let gap = if at == 0 { "" } else { GAP };
            let (before, after) = if is_text(at) {
                ("", padding.as_str())
            } else {
                (padding.as_str(), "")
            };
            for part in [gap, before, cell, after] {
                line.push_str(part);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// `default` goes without saying.
fn short_name(name: &str) -> &str {
    name.strip_prefix("default/").unwrap_or(name)
}

fn duration(seconds: &Value) -> String {
    match seconds.as_f64() {
        Some(seconds) => Span::from_nanos_f64(seconds * 1e9).to_string(),
        None => "-".to_owned(),
    }
}

fn percent(share: &Value) -> String {
    match share.as_f64() {
        Some(share) => format!("{:.1}%", share * 100.0),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn summary() -> Value {
        let job = json!({"complete": true, "failed": false, "reason": "CompletionsReached",
            "start_t": 0.0, "completions": 5, "succeeded": 5, "retries": 2, "duration_s": 92.345});
        let failed = json!({"complete": false, "failed": true, "reason": "BackoffLimitExceeded",
            "start_t": 0.0, "completions": null, "succeeded": 0, "retries": 6, "duration_s": 600.0});
        json!({
            "events": 1234,
            "end_s": 86400.0,
            "jobs": {"batch/etl": job, "default/migration": failed, "default/z": failed},
            "cronjobs": {"default/nightly": {"scheduled": 7, "started": 5, "skipped": 1,
                "missed": 1, "failed": 0, "late_max_s": 0.125}},
            "daemonsets": {"kube-system/logs": {"desired_max": 4, "covered_t": 6.5,
                "coverage_min": 0.75, "coverage_mean": 0.999_123, "rollout_s": null}},
            "deployments": {"default/web": {"replicas": 4, "available_min": 3,
                "available_mean": 3.956_123, "rollout_s": 12.5}},
            "statefulsets": {"default/db": {"replicas": 1, "available_min": null,
                "available_mean": null, "rollout_s": null}},
            "cluster": {"nodes_max": 4, "pods_created": 23, "pods_succeeded": 10, "pods_failed": 0,
                "pods_evicted": 1, "pods_preempted": 0, "cpu_utilization_mean": 0.3456,
                "cpu_utilization_max": 1.0, "memory_utilization_mean": null,
                "memory_utilization_max": null},
        })
    }

    #[test]
    fn the_table_is_aligned_and_cut() {
        expect![[r"
            JOB        STATUS                        COMPLETIONS  RETRIES   DURATION
            batch/etl  Complete                              5/5        2  1m32.345s
            migration  Failed: BackoffLimitExceeded            0        6        10m
            … and 1 more

            CRONJOB  SCHEDULED  STARTED  SKIPPED  MISSED  FAILED  LATEST
            nightly          7        5        1       1       0   125ms

            DAEMONSET         DESIRED  COVERED  LEAST   MEAN  ROLLOUT
            kube-system/logs        4     6.5s  75.0%  99.9%        -

            DEPLOYMENT  REPLICAS  LEAST  MEAN  ROLLOUT
            web                4      3   4.0    12.5s

            STATEFULSET  REPLICAS  LEAST  MEAN  ROLLOUT
            db                  1      -     -        -

            4 nodes; 23 pods, 10 succeeded, 1 evicted
            cpu requested 34.6% on average, 100.0% at most; memory -, -
            1234 events in 1d
        "]]
        .assert_eq(&short_table(&summary(), 2));
    }

    #[test]
    fn a_run_without_workloads_has_a_table_too() {
        expect![[r"
            0 nodes; 0 pods
            cpu requested - on average, - at most; memory -, -
            0 events in 0s
        "]]
        .assert_eq(&short_table(&json!({"end_s": 0.0}), 5));
    }
}
