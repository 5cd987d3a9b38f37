use super::*;
use crate::scenario::parse::parse;
use crate::scenario::problem::Sources;
use expect_test::{Expect, expect};

/// Reads all documents of a text and shows the problems.
fn read(text: &str) -> (Decoded, String) {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    let mut all = Decoded::default();
    for document in &documents {
        let decoded = decode(document, Options::at(""), &mut problems);
        all.objects.extend(decoded.objects);
        all.no_effect.extend(decoded.no_effect);
    }
    problems.sort();
    (all, problems.display(&sources).to_string())
}

fn check(text: &str, expected: &Expect) -> Decoded {
    let (decoded, shown) = read(text);
    expected.assert_eq(&shown);
    decoded
}

/// The manifests of Kubernetes' own introduction to these kinds.
const INTRODUCTION: &str = "\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: log-collector
  namespace: monitoring
spec:
  selector:
    matchLabels:
      app: log-collector
  template:
    metadata:
      labels:
        app: log-collector
    spec:
      tolerations:
      - key: node-role.kubernetes.io/control-plane
        effect: NoSchedule
      containers:
      - name: fluentd
        image: fluentd:v1.16
        volumeMounts:
        - name: varlog
          mountPath: /var/log
      volumes:
      - name: varlog
        hostPath:
          path: /var/log
---
apiVersion: batch/v1
kind: Job
metadata:
  name: database-migration
spec:
  completions: 1       # Run 1 successful completion
  parallelism: 1       # Run 1 Pod at a time
  backoffLimit: 3      # Retry up to 3 times on failure
  template:
    spec:
      restartPolicy: OnFailure
      containers:
      - name: migrate
        image: my-app:v2
        command: [\"python\", \"manage.py\", \"migrate\"]
        env:
        - name: DB_HOST
          value: \"postgres.production.svc.cluster.local\"
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly-backup
spec:
  schedule: \"0 2 * * *\"    # Run at 2:00 AM every day
  concurrencyPolicy: Forbid # Do not start if previous run is still active
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 1
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - name: backup
            image: backup-tool:v1
            command: [\"/bin/backup.sh\"]
";

#[test]
fn the_introduction_is_read_without_a_word() {
    let decoded = check(INTRODUCTION, &expect![""]);
    let [
        Object::DaemonSet(set),
        Object::Job(job),
        Object::CronJob(cron_job),
    ] = decoded.objects.as_slice()
    else {
        panic!("three objects, {:?}", decoded.objects);
    };
    assert_eq!(
        (&*set.meta.namespace, &*set.meta.name),
        ("monitoring", "log-collector")
    );
    assert_eq!(&*job.meta.namespace, "default");
    assert_eq!((job.spec.completions, job.spec.backoff_limit), (Some(1), 3));
    assert_eq!(cron_job.spec.failed_history_limit, 1);
    assert!(cron_job.spec.job_text.contains("backup-tool:v1"));
}
