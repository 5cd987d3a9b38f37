//! The comparison must be able to fail: each criterion notices what it is there for.

use crate::archive::{Recording, recordings};
use crate::compare::{Summary, compare};
use crate::recorded;
use crate::side::{Run, Slot};
use std::collections::BTreeMap;

/// The recording against itself after `change`.
fn compare_with(recording: &Recording, change: fn(&mut Run)) -> Summary {
    let recorded = recorded::read(recording);
    let mut changed = recorded.clone();
    change(&mut changed);
    compare(recording, &recorded, &changed)
}

fn shift(time: &mut Option<f64>, seconds: f64) {
    *time = time.map(|t| t + seconds);
}

/// Recording, criterion, change.
type Case = (&'static str, &'static str, fn(&mut Run));

const NOTICED: &[Case] = &[
    ("job-simple", "pods.created", |run| {
        shift(&mut run.pods[0].created, 1.1);
    }),
    ("job-parallel", "pods.started", |run| {
        run.pods[4].started = None;
    }),
    ("job-parallel", "pods.succeeded", |run| {
        run.pods.pop();
    }),
    ("ds-ondelete", "pods.deleted", |run| {
        for pod in &mut run.pods {
            shift(&mut pod.deleted, -3.0);
        }
    }),
    ("job-onfailure-recover", "restarts", |run| {
        run.restarts.clear();
    }),
    ("job-simple", "job.conditions", |run| {
        for job in run.jobs.values_mut() {
            job.conditions.clear();
        }
    }),
    ("job-backofflimit-never", "job.final", |run| {
        for job in run.jobs.values_mut() {
            job.counters.1 += 1;
        }
    }),
    ("job-ttl", "job.deleted", |run| {
        for job in run.jobs.values_mut() {
            job.deleted = None;
        }
    }),
    ("job-parallel", "job.active", |run| {
        for job in run.jobs.values_mut() {
            job.steps[0].set(1e3, 2);
            job.steps.swap(0, 3);
        }
    }),
    ("ds-taints", "daemonset.desired", |run| {
        for daemonset in run.daemonsets.values_mut() {
            daemonset[0] = crate::steps::Steps::default();
        }
    }),
    ("ds-cordon", "daemonset.nodes", |run| {
        run.pods[0].node = run.pods[1].node.clone();
    }),
    ("node-failure-short", "nodes.ready", |run| {
        for node in run.nodes_ready.values_mut() {
            node.set(60.0, 0);
        }
    }),
    ("cron-allow", "cronjob.runs", |run| {
        for runs in run.cron_runs.values_mut() {
            runs.pop_first();
        }
    }),
    ("cron-manual", "cronjob.created", |run| {
        for job in run.jobs.values_mut() {
            shift(&mut job.created, 5.0);
        }
    }),
    ("cron-history", "cronjob.kept", |run| {
        for job in run.jobs.values_mut() {
            job.deleted = None;
        }
    }),
    ("cron-forbid", "cronjob.skipped", |run| {
        run.skipped.clear();
    }),
    ("sched-hetero", "placement.best", |run| {
        let node = run.pods[0].node.clone();
        for pod in &mut run.pods {
            pod.node.clone_from(&node);
        }
    }),
];

#[test]
fn every_criterion_notices_its_kind_of_difference() {
    let recordings = recordings();
    for (name, criterion, change) in NOTICED {
        let summary = compare_with(&recordings[*name], *change);
        let mut differences = summary.differences.iter();
        assert!(
            differences.any(|text| text.starts_with(&format!("{criterion} "))),
            "{name}: {criterion} is not among {:#?}",
            summary.differences
        );
    }
}

#[test]
fn what_is_within_the_tolerance_is_no_difference() {
    let recordings = recordings();
    for name in ["job-simple", "job-parallel", "ds-taints", "cron-allow"] {
        let same = compare_with(&recordings[name], |_| {});
        assert!(same.passes(), "{name}: {:#?}", same.differences);
        assert!(same.distances.worst_seconds < 1e-9, "{name}");
        let near = compare_with(&recordings[name], |run| {
            for pod in &mut run.pods {
                shift(&mut pod.created, 0.9);
            }
        });
        assert!(near.passes(), "{name}: {:#?}", near.differences);
    }
}

#[test]
fn timelines_name_pods_after_their_owners() {
    let recordings = recordings();
    let owners = |name: &str| {
        let run = recorded::read(&recordings[name]);
        let mut owners: Vec<String> = run.pods.into_iter().map(|pod| pod.owner).collect();
        owners.sort();
        owners.dedup();
        owners
    };
    assert_eq!(owners("job-indexed"), ["Job/ix"]);
    assert_eq!(owners("sts-rollout"), ["StatefulSet/db"]);
    assert_eq!(owners("deploy-rollout"), ["Deployment/web"]);
    let daemons = owners("ds-taints");
    assert!(daemons.iter().all(|name| name.starts_with("DaemonSet/")));
}

#[test]
fn runs_of_a_cronjob_are_told_by_scheduled_time_or_by_hand() {
    let recordings = recordings();
    let slots = |name: &str| {
        let runs = recorded::read(&recordings[name]).cron_runs;
        let slots = runs.into_values().flat_map(BTreeMap::into_keys);
        slots.collect::<Vec<Slot>>()
    };
    let by_hand = ["man-again", "man-by-hand"].map(|job| Slot::Manual(job.to_owned()));
    assert_eq!(slots("cron-manual"), by_hand);
    let minutes = [30, 90].map(|t| Slot::Scheduled(recordings["cron-forbid"].start + t));
    assert_eq!(slots("cron-forbid")[..2], minutes);
}
