//! What `spec.arrivals` brings, and when.

use crate::engine::simulate;
use crate::engine::testing::{Rows, model, play};
use crate::record::SummaryRecorder;
use expect_test::expect;
use serde_json::{Value, json};

/// A scenario without delays, with room for everything: arrivals, and what else the spec says.
fn spec(arrivals: &str, more: &str) -> String {
    format!(
        "  cluster: {{controlPlane: ideal, pools: [{{name: w, count: 4, node: {{status: {{allocatable: \
         {{cpu: 8, memory: 32Gi}}}}}}}}]}}\n  arrivals:\n{arrivals}\n{more}"
    )
}

const POD: &str = "spec: {restartPolicy: Never, containers: [{name: c, image: a}]}";

/// An entry: its name, the keys about its times, and its object.
fn entry(name: &str, keys: &str, kind: &str, metadata: &str) -> String {
    let (version, body) = match kind {
        "Job" => ("batch/v1", format!("spec: {{template: {{{POD}}}}}")),
        "Deployment" => (
            "apps/v1",
            "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: \
             [{name: c, image: a}]}}}"
                .to_owned(),
        ),
        _ => ("v1", POD.to_owned()),
    };
    format!(
        "  - {{name: {name}, {keys}, object: {{apiVersion: {version}, kind: {kind}, metadata: {{{metadata}}}, {body}}}}}\n"
    )
}

fn file(columns: &str) -> String {
    format!("file: tests/data/arrivals.csv, columns: {{{columns}}}")
}

/// Names and times, rounded to milliseconds, of what an event is about.
fn seen(rows: &Rows, event: &str, prefix: &str) -> Vec<(String, i64)> {
    let rows = rows.0.iter();
    rows.filter(|row| row.event == event && row.name.starts_with(prefix))
        .map(|row| (row.name.clone(), row.t.as_nanos() / 1_000_000))
        .collect()
}

fn figures(spec: &str) -> Value {
    let model = model(spec);
    simulate(&model, 1, SummaryRecorder::new(&model))
}

#[test]
fn the_first_comes_one_gap_after_the_start_and_the_count_ends_it() {
    let keys = "times: 10s, start: 5s, count: 3";
    let rows = play(&spec(&entry("p", keys, "Pod", "name: p"), ""), 1);
    let expected = [("p-1", 15_000), ("p-2", 25_000), ("p-3", 35_000)];
    assert_eq!(
        seen(&rows, "PodCreated", ""),
        expected.map(|(name, at)| (name.to_owned(), at))
    );
}

#[test]
fn nothing_comes_at_the_end_or_later() {
    let keys = "times: 10s, end: 30s";
    let rows = play(&spec(&entry("p", keys, "Pod", "name: p"), ""), 1);
    assert_eq!(rows.times("PodCreated", "p-"), [10.0, 20.0]);
    // Both ran for 10 s, and nothing else was waited for.
    let last = rows.0.last().unwrap();
    assert_eq!(
        (last.event, last.t.as_nanos()),
        ("PodSucceeded", 31_000_000_000)
    );
}

#[test]
fn drawn_gaps_and_names_depend_on_seed_name_and_number_alone() {
    let keys = "times: {exponential: {mean: 30s}}, count: 20";
    let adhoc = entry("adhoc", keys, "Job", "generateName: adhoc-");
    let alone = seen(&play(&spec(&adhoc, ""), 1), "JobCreated", "adhoc-");
    assert_eq!(alone.len(), 20);
    assert!(alone.iter().all(|(name, _)| {
        let suffix = name.strip_prefix("adhoc-").unwrap();
        suffix.len() == 5
            && suffix
                .bytes()
                .all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
    }));
    let others = entry("other", keys, "Job", "generateName: other-")
        + &adhoc
        + &entry("third", "times: 7s, count: 9", "Pod", "name: p");
    let among = play(&spec(&others, ""), 1);
    assert_eq!(seen(&among, "JobCreated", "adhoc-"), alone, "the same luck");
    let other_seed = seen(&play(&spec(&adhoc, ""), 2), "JobCreated", "adhoc-");
    assert!(alone.iter().zip(&other_seed).all(|(one, two)| one != two));
    let fewer = adhoc.replace("count: 20", "count: 5");
    let fewer = seen(&play(&spec(&fewer, ""), 1), "JobCreated", "adhoc-");
    assert_eq!(fewer, alone[..5]);
}

#[test]
fn an_arrival_leaves_the_draws_of_others_alone() {
    let manifests = "  manifests:\n  - {apiVersion: batch/v1, kind: Job, metadata: {name: own}, spec: {completions: 6, \
        parallelism: 2, template: {spec: {restartPolicy: Never, containers: [{name: c, image: a}]}}}}\n  behaviors:\n  \
        - {run: {exponential: {mean: 1m}}, failure: {probability: 0.3}}\n";
    let one = entry("p", "times: 9s, count: 1", "Pod", "name: p");
    let many = entry("p", "times: 9s, count: 30", "Pod", "name: p");
    let runs = |arrivals: &str| {
        let runs = play(&spec(arrivals, manifests), 5).runs("own");
        // The node may be another one.
        let lines = runs.lines().map(|line| {
            line.split(" on ").next().unwrap().to_owned() + line.split(": ").nth(1).unwrap()
        });
        lines.collect::<Vec<String>>()
    };
    let alone = runs(&one);
    assert!(alone.len() >= 6);
    assert_eq!(runs(&many), alone);
}

#[test]
fn rows_come_by_time_and_fill_in_names_and_behavior() {
    let columns =
        "name: name, at: submit_s, run: duration_s, cpu: cpu_m, memory: mem_mib, exitCode: exit";
    let rows = play(&spec(&entry("t", &file(columns), "Pod", ""), ""), 1);
    let expected = [("a", 2_500), ("b", 7_000), ("c", 7_000)];
    assert_eq!(
        seen(&rows, "PodCreated", ""),
        expected.map(|(name, at)| (name.to_owned(), at))
    );
    let exits: Vec<String> = rows
        .0
        .iter()
        .filter(|row| row.event == "ContainerExited")
        .map(|row| {
            format!(
                "{} {} {}",
                row.name,
                row.t.as_nanos() / 1_000_000,
                row.detail
            )
        })
        .collect();
    // A second to start; what a row does not say is as in any pod.
    expect![[r#"
        c 18000 container=c exit_code=0
        b 38000 container=c exit_code=0
        a 63500 container=c exit_code=3"#]]
    .assert_eq(&exits.join("\n"));
}

#[test]
fn rows_of_equal_requests_share_a_template() {
    let columns = "at: submit_s, cpu: cpu_m, memory: mem_mib";
    let model = model(&spec(&entry("t", &file(columns), "Pod", "name: p"), ""));
    let objects = model.arrivals[0].objects();
    let requests: Vec<_> = objects
        .iter()
        .map(|object| {
            let (template, text) = object
                .clone()
                .template_mut()
                .map(|(t, text)| (t.clone(), text.clone()))
                .unwrap();
            let text: Value = serde_json::from_str(&text).unwrap();
            let requests = template.spec.requests();
            (
                requests.cpu_m,
                requests.memory_bytes >> 20,
                text["spec"]["containers"][0]["resources"].clone(),
            )
        })
        .collect();
    let said = |cpu: &str, memory: u64| json!({"requests": {"cpu": cpu, "memory": (memory << 20).to_string()}});
    assert_eq!(
        requests,
        [
            (1500, 256, said("1500m", 256)),
            (250, 512, said("250m", 512)),
            (0, 0, Value::Null),
        ]
    );
}

#[test]
fn a_row_wins_over_annotations_and_rules_and_holds_for_every_attempt_of_a_job() {
    let columns = "name: name, at: submit_s, run: duration_s, exitCode: exit";
    let job = entry("t", &file(columns), "Job", "").replace(
        "template: {",
        "backoffLimit: 1, template: {metadata: {annotations: {podtime/run: 5s, podtime/exit-code: '7'}}, ",
    );
    let rules = "  behaviors:\n  - {run: 1s, exitCode: 9}\n";
    let runs = play(&spec(&job, rules), 1).runs("");
    let runs: Vec<String> = runs
        .lines()
        .map(|line| {
            let (name, rest) = line.split_once(" on ").unwrap();
            format!(
                "{} {}",
                name.split(' ').nth(1).unwrap(),
                rest.split_once(": ").unwrap().1
            )
        })
        .collect();
    assert_eq!(
        runs,
        [
            "a ran 60 exit 3",
            "b ran 30 exit 0",
            "c ran 5 exit 7",
            "c ran 5 exit 7",
            "a ran 60 exit 3"
        ]
    );
}

#[test]
fn any_kind_may_come_and_rows_say_what_its_pods_do() {
    let columns = "name: name, at: submit_s, run: duration_s";
    let rows = play(
        &spec(
            &entry("t", &file(columns), "Deployment", ""),
            "  duration: 50s",
        ),
        1,
    );
    assert_eq!(rows.times("DeploymentCreated", ""), [2.5, 7.0, 7.0]);
    let exits = rows.times("ContainerExited", "b-");
    assert_eq!(exits.first(), Some(&38.0), "it would run for ever");
    let figures = figures(&spec(
        &entry("t", "times: 10s", "Deployment", "generateName: d-"),
        "  duration: 35s",
    ));
    assert_eq!(figures["arrivals"]["t"]["count"], 3);
    assert_eq!(figures["deployments"].as_object().unwrap().len(), 3);
}

#[test]
fn figures_of_jobs_are_summed_up_and_stand_nowhere_else() {
    let keys = "times: 10s, count: 4";
    let rules = "  behaviors:\n  - {match: {name: 'j-2'}, run: 4s, exitCode: 1}\n  - {run: 6s}\n";
    let job =
        entry("j", keys, "Job", "name: j").replace("template: {", "backoffLimit: 1, template: {");
    let figures = figures(&spec(&job, rules));
    assert_eq!(figures["jobs"], json!({}));
    // Three of 7 s; of the other a failure after 5 s, 10 s of back-off, and another failure after 5 s.
    expect![[r#"{"count":4,"complete":3,"failed":1,"retries":1,"wait_mean_s":1.0,"wait_p95_s":1.0,"wait_max_s":1.0,"duration_mean_s":10.25,"duration_p95_s":18.05}"#]]
        .assert_eq(&figures["arrivals"]["j"].to_string());
}

#[test]
fn one_that_never_ran_has_waited_until_the_end() {
    let keys = "times: 10s, count: 2";
    let big = entry("big", keys, "Pod", "name: p")
        .replace("image: a", "image: a, resources: {requests: {cpu: 9}}");
    let figures = figures(&spec(&big, "  duration: 100s"));
    expect![[r#"{"count":2,"complete":0,"failed":0,"retries":0,"wait_mean_s":85.0,"wait_p95_s":89.5,"wait_max_s":90.0,"duration_mean_s":null,"duration_p95_s":null}"#]]
        .assert_eq(&figures["arrivals"]["big"].to_string());
}

#[test]
fn what_the_api_server_refuses_is_an_action_and_does_not_count() {
    let quota = "  manifests:\n  - {apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: \
        {count/jobs.batch: '2'}}}\n";
    let jobs = spec(&entry("j", "times: 10s, count: 3", "Job", "name: j"), quota);
    let rows = play(&jobs, 1);
    assert_eq!(rows.times("JobCreated", "j-"), [10.0, 20.0]);
    let refused = rows.0.iter().find(|row| row.event == "Action").unwrap();
    expect!["arrival j: Job j-3: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=2, limited: count/jobs.batch=2"]
        .assert_eq(&refused.detail);
    assert_eq!(figures(&jobs)["arrivals"]["j"]["count"], 2);
}

#[test]
fn what_comes_before_the_end_of_the_warm_up_does_not_count() {
    let pods = spec(
        &entry("p", "times: 10s", "Pod", "name: p"),
        "  duration: 65s\n  warmUp: 25s",
    );
    assert_eq!(figures(&pods)["arrivals"]["p"]["count"], 4);
}
