//! Whole objects, as text; the rules of each kind in the modules below.

mod edits;
mod hostile;
mod jobs;
mod pods;
mod workloads;

use super::*;
use crate::model::{
    ContainerKind, CountOrPercent, DisruptionBudgetSpec, LabelSelector, Requirement, RestartPolicy,
    UnhealthyPodEviction,
};
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

/// The messages for each text, one line each, in the order of the texts.
fn messages(texts: impl IntoIterator<Item = String>) -> String {
    let mut lines = String::new();
    for text in texts {
        let (decoded, shown) = read(&text);
        assert_eq!(
            decoded.objects.is_empty(),
            shown.contains("error:"),
            "{text}\n{shown}"
        );
        let shown = shown
            .trim_end()
            .replace("\n  at ", " @ ")
            .replace("\n  hint: ", " — ");
        lines += if shown.is_empty() { "fine" } else { &shown };
        lines += "\n";
    }
    lines
}

#[test]
fn lists_are_unpacked_and_other_kinds_named() {
    let job = "metadata: {name: a}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}";
    let text = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: batch/v1, kind: Job, {job}}}\n\
         - {{apiVersion: batch/v1, kind: JobList, items: [{{{job}}}, {{apiVersion: batch/v1, kind: Job, {job}}}]}}\n\
         - {{apiVersion: v1, kind: ConfigMap, metadata: {{name: x}}}}\n\
         - {{apiVersion: v1, kind: Namespace, metadata: {{name: x}}}}\n\
         - {{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, metadata: {{name: x}}}}\n\
         - {{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: x}}}}\n\
         - {{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: x, ownerReferences: [{{kind: Deployment, name: b, controller: true}}]}}}}\n\
         - {{apiVersion: v1, kind: Pod, metadata: {{name: x, ownerReferences: [{{kind: Job, name: a, controller: true}}]}}}}\n"
    );
    let decoded = check(
        &text,
        &expect![[r"
        x.yaml:10:3: warning: passed over, since Deployment `b` makes it
          at items[6]
        x.yaml:11:3: warning: passed over, since Job `a` makes it
          at items[7]
    "]],
    );
    assert_eq!(decoded.objects.len(), 3);
    let others: Vec<_> = decoded.no_effect.iter().map(|other| &*other.kind).collect();
    expect![[r"
        v1 ConfigMap
        batch.volcano.sh/v1alpha1 Job
        autoscaling/v2 HorizontalPodAutoscaler"]]
    .assert_eq(&others.join("\n"));
}

#[test]
fn the_type_of_an_object_must_be_right() {
    let cases = [
        "kind: Job",
        "apiVersion: batch/v1",
        "apiVersion: batch/v1\nkind: [Job]",
        "apiVersion: v1\nkind: Job",
        "apiVersion: batch/v1beta1\nkind: CronJob",
        "apiVersion: extensions/v1beta1\nkind: DaemonSet",
        "apiVersion: apps/v1beta1\nkind: Deployment",
        "apiVersion: batch\nkind: Job",
        "apiVersion: batch/v1\nkind: Jobs",
        "apiVersion: apps/v1\nkind: Job",
        "apiVersion: v1\nkind: pod",
        "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget",
        "just text",
        "- apiVersion: v1",
    ];
    expect![[r"
        x.yaml:1:1: error: the key `apiVersion` is missing @ apiVersion — every Kubernetes object has one, as in `apiVersion: batch/v1`
        x.yaml:1:1: error: the key `kind` is missing @ kind — every Kubernetes object has one, as in `kind: Job`
        x.yaml:2:7: error: expected text, found a list @ kind — every Kubernetes object has one, as in `kind: Job`
        x.yaml:1:13: error: no kind `Job` in version `v1` @ apiVersion — write `apiVersion: batch/v1`
        x.yaml:1:13: error: no kind `CronJob` in version `batch/v1beta1` @ apiVersion — write `apiVersion: batch/v1`
        x.yaml:1:13: error: no kind `DaemonSet` in version `extensions/v1beta1` @ apiVersion — write `apiVersion: apps/v1`
        x.yaml:1:13: error: no kind `Deployment` in version `apps/v1beta1` @ apiVersion — write `apiVersion: apps/v1`
        x.yaml:1:13: error: no kind `Job` in version `batch` @ apiVersion — write `apiVersion: batch/v1`
        x.yaml:2:7: error: no kind `Jobs` in version `batch/v1` @ kind — did you mean `Job`?
        x.yaml:1:13: error: no kind `Job` in version `apps/v1` @ apiVersion — write `apiVersion: batch/v1`
        x.yaml:2:7: error: no kind `pod` in version `v1` @ kind — did you mean `Pod`?
        x.yaml:1:13: error: no kind `PodDisruptionBudget` in version `policy/v1beta1` @ apiVersion — write `apiVersion: policy/v1`
        x.yaml:1:1: error: expected a Kubernetes object, found the text `just text`
        x.yaml:1:1: error: expected a Kubernetes object, found a list
    "]].assert_eq(&messages(cases.map(str::to_owned)));
}

/// A label that is no text, a container that is none: the rest is still looked at, at its own place.
#[test]
fn a_fault_of_type_hides_no_other_and_makes_no_other() {
    check(
        "\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  selector: {matchLabels: {version: 1}}
  template:
    metadata: {labels: {app: x}}
    spec:
      containers:
      - just text
      - {name: C, image: i}
      volumes: 5
      restartPolicy: Never
",
        &expect![[r#"
            x.yaml:5:37: error: expected text, found the number `1`
              at spec.selector.matchLabels.version
              hint: to make it text, write "1"
            x.yaml:10:9: error: expected a map (Container), found the text `just text`
              at spec.template.spec.containers[0]
            x.yaml:11:16: error: invalid value: "C": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')
              at spec.template.spec.containers[1].name
            x.yaml:12:16: error: expected a list, found the number `5`
              at spec.template.spec.volumes
            x.yaml:13:22: error: unsupported value: "Never": supported values: "Always"
              at spec.template.spec.restartPolicy
        "#]],
    );
}

fn node(text: &str) -> crate::model::NodeSpec {
    let (decoded, shown) = read(&format!("apiVersion: v1\nkind: Node\n{text}"));
    match decoded.objects.into_iter().next() {
        Some(Object::Node(node)) => node,
        other => panic!("{other:?} {shown}"),
    }
}

/// KUB-C12.
#[test]
fn nodes_have_the_defaults_of_the_contract() {
    let spec = node(
        "metadata: {name: node}\nstatus: {capacity: {cpu: 4, memory: 16Gi, nvidia.com/gpu: 2}, allocatable: {cpu: 3900m}}\n",
    );
    let labels: Vec<_> = spec
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    expect![[r"
        kubernetes.io/arch=amd64
        kubernetes.io/hostname=node
        kubernetes.io/os=linux"]]
    .assert_eq(&labels.join("\n"));
    let has = &spec.allocatable;
    assert_eq!(
        (has.cpu_m, has.memory_bytes, has.pods),
        (3900, 16 << 30, 110)
    );
    assert_eq!(has.extended("nvidia.com/gpu"), 2);
    assert_eq!(spec.ready_after, Span::from_secs(1));
    let spec = node(
        "metadata: {name: node, labels: {kubernetes.io/hostname: h, kubernetes.io/arch: arm64}, annotations: {podtime/ready-after: 30s}}\n\
         spec: {unschedulable: true, taints: [{key: a, effect: NoExecute}, {key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}\n\
         status: {allocatable: {cpu: 1, memory: 1Gi, pods: 5}}\n",
    );
    assert_eq!(
        spec.labels
            .get("kubernetes.io/hostname")
            .map(|name| &**name),
        Some("h")
    );
    assert_eq!(
        spec.labels.get("kubernetes.io/arch").map(|name| &**name),
        Some("arm64")
    );
    assert_eq!((spec.taints.len(), spec.unschedulable), (1, true));
    assert_eq!(spec.ready_after, Span::from_secs(30));
    assert_eq!(spec.allocatable.pods, 5);
}

#[test]
fn faults_of_nodes() {
    let text = |rest: &str| format!("apiVersion: v1\nkind: Node\n{rest}\n");
    expect![[r#"
        x.yaml:3:35: error: forbidden: not allowed on this type, it lives in no namespace @ metadata.namespace
        x.yaml:3:51: error: unknown annotation `podtime/run` @ metadata.annotations[podtime/run] — known here: podtime/ready-after
        x.yaml:1:1: warning: the node has no cpu: pods that ask for any do not fit @ status.allocatable.cpu
        x.yaml:1:1: warning: the node has no memory: pods that ask for any do not fit @ status.allocatable.memory
        x.yaml:4:37: error: invalid value: "1GiB": unable to parse quantity's suffix: known are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and exponents such as e3 @ status.capacity.memory — did you mean 1Gi?
        x.yaml:4:59: error: invalid value: "0.5": must be an integer @ status.capacity[nvidia.com/gpu]
        x.yaml:4:17: error: required value: valid values: "NoSchedule", "PreferNoSchedule", "NoExecute" @ spec.taints[0].effect
        x.yaml:4:33: error: invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ spec.taints[1].key
        x.yaml:4:48: error: unsupported value: "NoRun": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute" @ spec.taints[1].effect
        x.yaml:4:85: error: duplicate value: taints must be unique by key and effect pair @ spec.taints[3]
    "#]].assert_eq(&messages([
        text("metadata: {name: node, namespace: x}\nstatus: {capacity: {cpu: 1, memory: 1Gi}}"),
        text("metadata: {name: node, annotations: {podtime/run: 5s}}\nstatus: {capacity: {cpu: 1, memory: 1Gi}}"),
        text("metadata: {name: node}"),
        text("metadata: {name: node}\nstatus: {capacity: {cpu: 1, memory: 1GiB, nvidia.com/gpu: 0.5}}"),
        text("metadata: {name: node}\nspec: {taints: [{key: a}, {key: 'a b', effect: NoRun}, {key: c, effect: NoExecute}, {key: c, effect: NoExecute}]}\nstatus: {capacity: {cpu: 1, memory: 1Gi}}"),
    ]));
}

#[test]
fn the_nodes_of_a_pool_are_named_later() {
    let mut sources = Sources::new();
    let text = "{metadata: {labels: {disk: ssd}}, status: {allocatable: {cpu: 4, memory: 16Gi}}}\n---\n{status: {allocatable: {cpu: x}}}\n---\n{}\n";
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    let mut read = |index: usize| {
        let path = "spec.cluster.pools[0].node";
        decode_pool_node(&documents[index], "workers", path, &mut problems)
    };
    let spec = read(0).unwrap();
    assert_eq!(&*spec.name, "workers");
    assert_eq!(spec.labels.get("kubernetes.io/hostname"), None);
    assert_eq!(
        spec.labels.get("kubernetes.io/os").map(|os| &**os),
        Some("linux")
    );
    assert_eq!(read(1), None);
    assert!(read(2).is_some());
    expect![[r#"
        x.yaml:3:24: warning: the node has no memory: pods that ask for any do not fit
          at spec.cluster.pools[0].node.status.allocatable.memory
        x.yaml:3:30: error: invalid value: "x": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'
          at spec.cluster.pools[0].node.status.allocatable.cpu
          hint: write a number with or without a suffix, such as 500m, 2 or 16Gi
        x.yaml:5:1: warning: the node has no cpu: pods that ask for any do not fit
          at spec.cluster.pools[0].node.status.allocatable.cpu
        x.yaml:5:1: warning: the node has no memory: pods that ask for any do not fit
          at spec.cluster.pools[0].node.status.allocatable.memory
    "#]].assert_eq(&problems.display(&sources).to_string());
}

#[test]
fn annotations_say_what_containers_do() {
    let text = |annotations: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, annotations: {{{annotations}}}}}\n\
             spec: {{containers: [{{name: main, image: i}}, {{name: log.b, image: i}}]}}\n"
        )
        .replace("log.b", "log-b")
    };
    let (decoded, shown) = read(&text(
        "podtime/run: '10s, 1h30m,forever', podtime/exit-code: '1,1,0', podtime/startup.log-b: 2s, podtime/attempt-by: pod, sim/run: x",
    ));
    assert_eq!(shown, "");
    let Some(Object::Pod(pod)) = decoded.objects.first() else {
        panic!("a pod");
    };
    let [all, log] = pod.spec.behavior.as_slice() else {
        panic!("{:?}", pod.spec.behavior);
    };
    assert_eq!(all.container, None);
    assert_eq!(
        all.run,
        [
            Some(Span::from_secs(10)),
            Some(Span::from_minutes(90)),
            None
        ]
    );
    assert_eq!(all.exit_codes, [1, 1, 0]);
    assert_eq!(all.attempt_by, Some(crate::model::AttemptBy::Pod));
    assert_eq!(log.container.as_deref(), Some("log-b"));
    assert_eq!(log.startup, Some(Span::from_secs(2)));
    expect![[r#"
        x.yaml:3:48: error: expected text, found the number `10` @ metadata.annotations[podtime/run] — to make it text, write "10"
        x.yaml:3:48: error: invalid value: "10": duration "10" has a number without a unit; write 10s for seconds, or another of ms, s, m, h, d @ metadata.annotations[podtime/run]
        x.yaml:3:48: error: invalid value: "": the duration is empty; write a number with a unit, such as 30s or 1h30m @ metadata.annotations[podtime/run]
        x.yaml:3:48: error: invalid value: "-5s": a duration may not be negative here @ metadata.annotations[podtime/run]
        x.yaml:3:54: error: invalid value: "256": an exit code is a number from 0 to 255 @ metadata.annotations[podtime/exit-code]
        x.yaml:3:53: error: unknown annotation `podtime/exitcode` @ metadata.annotations[podtime/exitcode] — did you mean `podtime/exit-code`?
        x.yaml:3:48: error: unknown annotation `podtime/foo` @ metadata.annotations[podtime/foo] — known here: podtime/startup, podtime/image-pull, podtime/ready-after, podtime/run, podtime/exit-code, podtime/terminate, podtime/checkpoint, podtime/attempt-by
        x.yaml:3:53: error: the annotation is for the container `mian`, which does not exist @ metadata.annotations[podtime/run.mian] — did you mean `main`?
        x.yaml:3:55: error: unsupported value: "job": supported values: "failure", "pod" @ metadata.annotations[podtime/attempt-by]
        x.yaml:3:48: warning: the annotation `podtime/run` has an effect on the pod template only, not here @ metadata.annotations[podtime/run]
    "#]].assert_eq(&messages([
        text("podtime/run: 10"),
        text("podtime/run: '10'"),
        text("podtime/run: '10s,,5s'"),
        text("podtime/run: -5s"),
        text("podtime/exit-code: '0,256'"),
        text("podtime/exitcode: '1'"),
        text("podtime/foo: '1'"),
        text("podtime/run.mian: 5s"),
        text("podtime/attempt-by: job"),
        "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {podtime/run: 5s}}\n"
            .to_owned(),
    ]));
}

/// WL-D15.
#[test]
fn kub_20_pull_policies() {
    use crate::model::ImagePullPolicy::{Always, IfNotPresent};
    for (image, policy) in [
        ("busybox", Always),
        ("busybox:latest", Always),
        ("busybox:1", IfNotPresent),
        ("host:5000/busybox", Always),
        ("host:5000/busybox:2", IfNotPresent),
        ("busybox@sha256:abc", IfNotPresent),
        ("busybox:1@sha256:abc", IfNotPresent),
        ("busybox:latest@sha256:abc", Always),
    ] {
        assert_eq!(containers::default_pull_policy(image), policy, "{image}");
    }
}

/// KUB-C9.
#[test]
fn wl_d12_to_d14_defaults_of_pods() {
    let (decoded, shown) = read(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: true\n  resources: {requests: {cpu: 2}}\n  \
         initContainers: [{name: s, image: i, restartPolicy: Always}]\n  \
         containers: [{name: c, image: i, ports: [{containerPort: 80}], resources: {limits: {cpu: 500m, memory: 1Gi}, requests: {memory: 0.5Gi}}}]\n",
    );
    assert_eq!(shown, "");
    let Some(Object::Pod(pod)) = decoded.objects.first() else {
        panic!("a pod");
    };
    let spec = &pod.spec.spec;
    assert_eq!(spec.restart_policy, RestartPolicy::Always);
    assert_eq!(spec.termination_grace, Span::from_secs(30));
    assert_eq!(spec.containers[0].kind, ContainerKind::Sidecar);
    assert_eq!(spec.containers[1].requests.cpu_m, 500);
    assert_eq!(spec.containers[1].requests.memory_bytes, 512 << 20);
    assert_eq!(spec.host_ports[0].host_port, 80);
    assert_eq!(spec.requests().cpu_m, 2000);
}

#[test]
fn policy_objects() {
    let (decoded, shown) = read(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 10, requests.cpu: 1500m, count/jobs.batch: 5}}\n---\n\
         apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Container, default: {cpu: 1}, min: {memory: 1Mi}}]}\n---\n\
         apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: p}\nvalue: 5\npreemptionPolicy: Never\n---\n\
         apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {minAvailable: 50%, selector: {matchLabels: {app: x}}}\n",
    );
    assert_eq!(shown, "");
    let [
        Object::ResourceQuota(quota),
        Object::LimitRange(range),
        Object::PriorityClass(class),
        Object::PodDisruptionBudget(budget),
    ] = decoded.objects.as_slice()
    else {
        panic!("{:?}", decoded.objects);
    };
    let hard: Vec<_> = quota
        .spec
        .hard
        .iter()
        .map(|(name, limit)| (&**name, *limit))
        .collect();
    assert_eq!(
        hard,
        [
            ("count/jobs.batch", 5),
            ("pods", 10),
            ("requests.cpu", 1500)
        ]
    );
    assert_eq!(range.spec.default_request, [Some(1000), Some(1 << 20)]);
    assert_eq!((class.spec.value, &*class.meta.namespace), (5, ""));
    let expected = DisruptionBudgetSpec {
        min_available: Some(CountOrPercent::Percent(50)),
        max_unavailable: None,
        selector: LabelSelector(vec![Requirement::equals("app", "x")]),
        unhealthy_pods: UnhealthyPodEviction::IfHealthyBudget,
    };
    assert_eq!(budget.spec, expected);
    let text =
        |kind: &str, rest: &str| format!("apiVersion: {kind}\nmetadata: {{name: a}}\n{rest}\n");
    expect![[r#"
        x.yaml:4:8: error: forbidden: maximum allowed value of a user defined priority is 1000000000 @ value
        x.yaml:5:19: error: unsupported value: "never": supported values: "Never", "PreemptLowerPriority" @ preemptionPolicy — did you mean Never?
        x.yaml:4:38: error: forbidden: may not be specified when `type` is 'Pod' @ spec.limits[0].default
        x.yaml:4:56: error: unsupported value: "container": supported values: "Container", "Pod", "PersistentVolumeClaim" @ spec.limits[1].type — did you mean Container?
        x.yaml:4:97: error: invalid value: "2": min value 2 is greater than max value 1 @ spec.limits[2].min.cpu
        x.yaml:4:21: error: invalid value: "-1": must be greater than or equal to 0 @ spec.hard.pods
        x.yaml:4:32: error: invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ spec.hard[a b]
        x.yaml:4:45: error: unsupported value: "Best": supported values: "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass" @ spec.scopes[0]
        x.yaml:4:7: error: invalid value: minAvailable and maxUnavailable cannot be both set @ spec
        x.yaml:4:41: error: invalid value: "101%": must not be greater than 100% @ spec.maxUnavailable
        x.yaml:4:26: error: invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc') @ spec.selector[a b]
    "#]].assert_eq(&messages([
        text("scheduling.k8s.io/v1\nkind: PriorityClass", "value: 1000000001\npreemptionPolicy: never"),
        text("v1\nkind: LimitRange", "spec: {limits: [{type: Pod, default: {cpu: 1}}, {type: container}, {type: Container, min: {cpu: 2}, max: {cpu: 1}}]}"),
        text("v1\nkind: ResourceQuota", "spec: {hard: {pods: -1, 'a b': 1}, scopes: [Best]}"),
        text("policy/v1\nkind: PodDisruptionBudget", "spec: {minAvailable: 1, maxUnavailable: 101%}"),
        text("v1\nkind: Service", "spec: {selector: {'a b': c}}"),
    ]));
}
