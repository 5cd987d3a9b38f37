//! Faults in expectations.

use crate::support::{Case, check};
use expect_test::expect_file;

#[test]
fn expectations() {
    let cases = [
        "",
        "1",
        "job('etl').retries",
        "1 +",
        "job('etl').complet",
        "job('elt').complete",
        "jbo('etl').complete",
        "job(etl).complete",
        "job().complete",
        "job('etl', 'x').complete",
        "clutser.nodes_max == 2",
        "cluster.nodes_mix == 2",
        "daemonset('etl').coverage_min > 0.5",
        "job('etl').retries = 1",
        "job('etl').retries == '1'",
        "job('etl').complete and true",
        "jobs('etl').map(j, j.duration).max() < 3.0",
        "jobs('etl').all(j, k.complete)",
        "job('etl').retries <= 3.5.1",
        "job(\"etl\").complete == True",
        "jobs('etl').percentile() < 1.0",
        "has(job('etl').x)",
        "job('etl').duration_s < 5m",
        "cluster.utilization_mean['nvidia.com/gpu] > 0.5",
        "job('etl').complete; true",
        "job('etl').complete &&\u{a0}true",
        "'a' < 1",
        "job('etl').retries >\n    job('elt').retries",
        "job('other/etl').complete",
        "job(\"etl\".matches('x')).complete",
    ];
    let cases = cases.iter().map(|expression| {
        // Most people write no quotes around them.
        let written = match *expression {
            "" | "'a' < 1" => format!("\"{expression}\""),
            plain => plain.to_owned(),
        };

        let text = format!(
            "\
apiVersion: podtime/v1
kind: Scenario
metadata: {{name: wrong}}
spec:
  cluster: {{pools: [{{name: workers, count: 2}}]}}
  manifests:
  - apiVersion: batch/v1
    kind: Job
    metadata: {{name: etl}}
    spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: etl}}]}}}}}}
  expect:
  - {written}
"
        );
        Case::input(expression, text)
    });
    check(
        &cases.collect::<Vec<_>>(),
        &expect_file!["snapshots/expectations.txt"],
    );
}
