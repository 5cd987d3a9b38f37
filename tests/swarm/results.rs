//! The result files of a run, held against each other.

use crate::check::{Verdict, hold};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A row by column.
type Row = BTreeMap<String, String>;

fn read(folder: &Path, name: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{name}.csv"))).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// How many rows have this value.
fn count(rows: &[Row], column: &str, value: &str) -> u64 {
    rows.iter().filter(|row| row[column] == value).count() as u64
}

/// Everything that can be told from the files alone.
pub(crate) fn check(folder: &Path, summary: &Value) -> Verdict {
    let text = std::fs::read_to_string(folder.join("summary.json")).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    hold(written == *summary, "summary", || {
        "summary.json is not the summary".to_owned()
    })?;
    let events = read(folder, "events");
    let pods = read(folder, "pods");
    let jobs = read(folder, "jobs");
    same(&summary["events"], events.len() as u64, "events")?;
    objects(&events)?;
    cluster(&summary["cluster"], &events, &pods)?;
    job_figures(&summary["jobs"], &jobs, &pods)?;
    cronjobs(&summary["cronjobs"], &read(folder, "cronjobs"), &jobs)?;
    nodes(&events, &read(folder, "nodes"))
}

fn same(figure: &Value, counted: u64, what: &str) -> Verdict {
    hold(figure.as_u64() == Some(counted), "summary", || {
        format!("{what} is {figure} and {counted} by the rows")
    })
}

/// Events are about objects that exist.
fn objects(events: &[Row]) -> Verdict {
    let mut existing: BTreeSet<[&str; 3]> = BTreeSet::new();
    for row in events {
        let key = [&*row["kind"], &*row["namespace"], &*row["name"]];
        let event = &*row["event"];
        if matches!(&*row["kind"], "Scenario" | "Pool") {
            continue;
        }
        let kind = key[0];
        let comes = event == format!("{kind}Created") || event == format!("{kind}Added");
        let goes = event == format!("{kind}Deleted") || event == format!("{kind}Removed");
        let holds = if comes {
            existing.insert(key)
        } else if goes {
            existing.remove(&key)
        } else {
            existing.contains(&key)
        };
        hold(holds, "event objects", || {
            format!(
                "event {} is {event} of {key:?}, at the wrong time",
                row["seq"]
            )
        })?;
    }
    Ok(())
}

fn cluster(figures: &Value, events: &[Row], pods: &[Row]) -> Verdict {
    same(&figures["pods_created"], pods.len() as u64, "pods_created")?;
    let created = count(events, "event", "PodCreated");
    same(&figures["pods_created"], created, "pods_created")?;
    for (figure, phase, event) in [
        ("pods_succeeded", "Succeeded", "PodSucceeded"),
        ("pods_failed", "Failed", "PodFailed"),
    ] {
        same(&figures[figure], count(pods, "phase", phase), figure)?;
        same(&figures[figure], count(events, "event", event), figure)?;
    }
    let evicted = count(events, "event", "PodEvicted");
    let preempted = count(events, "event", "PodPreempted");
    same(&figures["pods_evicted"], evicted, "pods_evicted")?;
    same(&figures["pods_preempted"], preempted, "pods_preempted")
}

fn job_figures(figures: &Value, jobs: &[Row], pods: &[Row]) -> Verdict {
    let mut created: BTreeMap<[&str; 2], u64> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| pod["owner_kind"] == "Job") {
        *created
            .entry([&pod["namespace"], &pod["owner"]])
            .or_default() += 1;
    }
    // Of two Jobs of one name the figures are those of the later one.
    let mut totals: BTreeMap<[&str; 2], u64> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for job in jobs {
        let key = [&*job["namespace"], &*job["job"]];
        *totals.entry(key).or_default() += job["pods"].parse::<u64>().unwrap();
        if job["cronjob"].is_empty() {
            names.insert(format!("{}/{}", key[0], key[1]));
        }
    }
    for (key, total) in totals {
        let counted = created.get(&key).copied().unwrap_or(0);
        hold(total == counted, "summary", || {
            format!("{key:?} has {total} pods and {counted} by pods.csv")
        })?;
    }
    let told: BTreeSet<String> = figures.as_object().unwrap().keys().cloned().collect();
    hold(told == names, "summary", || {
        format!("figures of the Jobs {told:?}, rows of {names:?}")
    })?;
    for job in jobs.iter().filter(|job| job["cronjob"].is_empty()) {
        let key = format!("{}/{}", job["namespace"], job["job"]);
        let figure = &figures[&key];
        let is_last = figure["created_t"].as_f64().map(|t| format!("{t:.3}"))
            == Some(job["created_t"].clone());
        if !is_last {
            continue;
        }
        for column in ["succeeded", "retries", "pods"] {
            same(&figure[column], job[column].parse().unwrap(), column)?;
        }
        hold(
            figure["complete"] == (job["condition"] == "Complete")
                && figure["failed"] == (job["condition"] == "Failed"),
            "summary",
            || format!("{key} is {figure} and {job:?}"),
        )?;
    }
    Ok(())
}

fn cronjobs(figures: &Value, decisions: &[Row], jobs: &[Row]) -> Verdict {
    for (key, figure) in figures.as_object().unwrap() {
        let is_own = |row: &&Row| *key == format!("{}/{}", row["namespace"], row["cronjob"]);
        let own: Vec<Row> = decisions.iter().filter(is_own).cloned().collect();
        let own_jobs: Vec<Row> = jobs.iter().filter(is_own).cloned().collect();
        let missed = ["missed", "missed_deadline", "missed_suspended"];
        let missed = missed
            .iter()
            .map(|outcome| count(&own, "outcome", outcome))
            .sum();
        same(
            &figure["started"],
            count(&own, "outcome", "started"),
            "started",
        )?;
        same(
            &figure["skipped"],
            count(&own, "outcome", "skipped_forbid"),
            "skipped",
        )?;
        same(
            &figure["replaced"],
            count(&own, "outcome", "replaced"),
            "replaced",
        )?;
        same(&figure["missed"], missed, "missed")?;
        same(
            &figure["complete"],
            count(&own_jobs, "condition", "Complete"),
            "complete",
        )?;
        same(
            &figure["failed"],
            count(&own_jobs, "condition", "Failed"),
            "failed",
        )?;
    }
    Ok(())
}

fn nodes(events: &[Row], nodes: &[Row]) -> Verdict {
    let added = count(events, "event", "NodeAdded");
    hold(added == nodes.len() as u64, "nodes", || {
        format!("{added} nodes came, and there are {} rows", nodes.len())
    })?;
    let run: u64 = nodes
        .iter()
        .map(|node| node["pods_run"].parse::<u64>().unwrap())
        .sum();
    // A pod may be bound to a node that is just gone, after its row was written.
    let mut there: BTreeSet<&str> = BTreeSet::new();
    let mut scheduled = 0;
    for row in events {
        match &*row["event"] {
            "NodeAdded" => {
                there.insert(&row["node"]);
            }
            "NodeRemoved" => {
                there.remove(&*row["node"]);
            }
            "PodScheduled" if there.contains(&*row["node"]) => scheduled += 1,
            _ => {}
        }
    }
    hold(run == scheduled, "nodes", || {
        format!("nodes ran {run} pods, and {scheduled} were scheduled")
    })
}
