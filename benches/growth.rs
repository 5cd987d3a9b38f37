//! What a run costs as one number of the scenario grows: pods, nodes, pods that find no node, pods of one Job, and
//! CronJobs. Each figure is a whole run without result files, without the reading of the scenario.
//!
//! `cargo bench` runs all of it; `cargo bench -- nodes` one group. `docs/performance.md` has the table.

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use podtime::{Model, scenario, simulate};
use std::time::Duration;

/// A scenario with so many nodes, and the rest of its spec.
struct Scenario {
    nodes: usize,
    rest: String,
}

impl Scenario {
    fn model(&self) -> Model {
        let text = format!(
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: bench}}\nspec:\n  cluster:\n    \
             controlPlane: ideal\n    pools:\n    - name: node\n      count: {}\n      node: {{status: {{allocatable: \
             {{cpu: \"16\", memory: 64Gi, pods: \"110\"}}}}}}\n{}",
            self.nodes, self.rest
        );
        let options = scenario::Options {
            stdin: Some(text.into_bytes()),
            ..scenario::Options::default()
        };
        let loaded = scenario::load(&["-".to_owned()], &options);
        loaded
            .expect("the scenarios of the benches are right")
            .model
    }
}

/// Bare pods, one after the other: `gap` apart, each running for `run`.
fn bare_pods(nodes: usize, pods: usize, gap: &str, run: &str, cpu: &str) -> Scenario {
    Scenario {
        nodes,
        rest: format!(
            "  duration: 1d\n  behaviors:\n  - {{match: {{kind: Pod}}, run: {run}}}\n  arrivals:\n  - name: pod\n    times: \
             {gap}\n    count: {pods}\n    object: {{apiVersion: v1, kind: Pod, metadata: {{name: pod}}, spec: \
             {{restartPolicy: Never, containers: [{{name: main, image: job, resources: {{requests: {{cpu: {cpu}}}}}}}]}}}}\n"
        ),
    }
}

/// One Job whose pods all run at once.
fn one_job(pods: usize) -> Scenario {
    Scenario {
        nodes: 1000,
        rest: format!(
            "  manifests:\n  - apiVersion: batch/v1\n    kind: Job\n    metadata: {{name: job}}\n    spec:\n      \
             completions: {pods}\n      parallelism: {pods}\n      template:\n        spec: {{restartPolicy: Never, \
             containers: [{{name: main, image: job, resources: {{requests: {{cpu: 100m}}}}}}]}}\n"
        ),
    }
}

/// CronJobs that all start a pod every ten minutes, for two hours.
fn cronjobs(count: usize) -> Scenario {
    let mut rest = String::from("  duration: 2h\n  manifests:\n");
    for number in 0..count {
        rest += &format!(
            "  - apiVersion: batch/v1\n    kind: CronJob\n    metadata: {{name: cron-{number}}}\n    spec: {{schedule: \
             \"{}-59/10 * * * *\", jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: \
             main, image: job}}]}}}}}}}}}}\n",
            number % 10
        );
    }
    Scenario { nodes: 100, rest }
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    sizes: &[usize],
    scenario: impl Fn(usize) -> Scenario,
) {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_secs(2));
    for &size in sizes {
        let model = scenario(size).model();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(size),
            &model,
            |bencher, model| {
                bencher.iter(|| simulate(model, 0, ()));
            },
        );
    }
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    measure(criterion, "pods", &[1_000, 10_000, 100_000], |pods| {
        bare_pods(100, pods, "500ms", "100s", "500m")
    });
    measure(criterion, "nodes", &[100, 1_000, 5_000], |nodes| {
        bare_pods(nodes, 10_000, "500ms", "100s", "500m")
    });
    measure(
        criterion,
        "pending",
        &[100, 1_000, 10_000, 100_000],
        |pending| bare_pods(10, pending, "1ms", "1h", "17"),
    );
    measure(
        criterion,
        "job",
        &[10, 100, 1_000, 10_000, 100_000],
        one_job,
    );
    measure(criterion, "cronjobs", &[10, 100, 1_000], cronjobs);
}

criterion_group!(benches, growth);
criterion_main!(benches);
