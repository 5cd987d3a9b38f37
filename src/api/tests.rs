//! What the API server adds to new objects, and how it deletes pods.

use super::{commit, not_ready_taint};
use crate::engine::testing::model;
use crate::model::{PreemptionPolicy, PriorityClassSpec};
use crate::sim::{Span, Time};
use crate::world::{
    Call, CronJobId, DaemonSetId, JobId, NewJob, NewPod, NodeId, Outcome, Owner, Phase, PodId,
    PodUpdate, World,
};

/// A cluster of one node with these objects.
fn world(manifests: &str) -> World {
    let spec = format!("  cluster: {{pools: [{{name: w, count: 1}}]}}\n  manifests:\n{manifests}");
    let model = model(&spec);
    let mut world = World::new(0);
    let node = model.pools[0].node.clone();
    let spec = Box::new(node);
    let (pool, ready) = (None, true);
    commit(&mut world, 1, Call::CreateNode { spec, pool, ready });
    for object in model.objects {
        let object = Box::new(object);
        let replace = false;
        let outcome = commit(&mut world, 1, Call::Put { object, replace });
        assert_eq!(outcome, Outcome::Done);
    }
    world
}

const POD: &str = "restartPolicy: Never, containers: [{name: c, image: a}]";

fn job(name: &str, more: &str) -> String {
    format!(
        "  - {{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{{more} template: \
         {{metadata: {{labels: {{app: x}}}}, spec: {{{POD}}}}}}}}}\n"
    )
}

fn create(world: &mut World, owner: Owner, index: Option<i32>) -> Result<PodId, Outcome> {
    let (template, revision) = match owner {
        Owner::Job(job) => (world.job(job).template, None),
        Owner::DaemonSet(set) => {
            let row = world.daemonset(set);
            (row.template, Some(row.revision))
        }
        Owner::None | Owner::ReplicaSet(_) | Owner::StatefulSet(_) => panic!("{owner:?}"),
    };
    let new = NewPod {
        owner,
        template,
        index,
        target: revision.map(|_| NodeId(0)),
        revision,
        index_failures: (0, 0),
    };
    let outcome = commit(world, 1, Call::CreatePod(new));
    if outcome != Outcome::Done {
        return Err(outcome);
    }
    let newest = world.pods().max_by_key(|(_, pod)| pod.number);
    Ok(newest.unwrap().0)
}

/// The name's last part, if it is five characters that spell no word (CP-N1).
fn suffix<'n>(name: &'n str, prefix: &str) -> &'n str {
    let suffix = name
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{name}"));
    let is_safe = |c: char| "bcdfghjklmnpqrstvwxz2456789".contains(c);
    assert!(suffix.len() == 5 && suffix.chars().all(is_safe), "{name}");
    suffix
}

/// CP-N1, CP-N2, JOB-37, DS-32: `<owner>-` or `<owner>-<index>-`, of 58 characters at most, and five more. A long name is
/// cut before its index, as in upstream's `TestPodGenerateNameWithIndex`.
#[test]
fn pods_are_named_after_their_owner() {
    let long = "j".repeat(60);
    let manifests = job("a", "") + &job(&long, "") + DAEMONSET;
    let mut world = world(&manifests);
    let indexed = format!("{}-3-", &long[..55]);
    let cases = [
        (Owner::Job(JobId(0)), None, "a-"),
        (Owner::Job(JobId(0)), Some(12), "a-12-"),
        (Owner::Job(JobId(1)), None, &long[..58]),
        (Owner::Job(JobId(1)), Some(3), &indexed),
        (Owner::DaemonSet(DaemonSetId(0)), None, "agent-"),
    ];
    let mut suffixes = Vec::new();
    for (owner, index, prefix) in cases {
        for _ in 0..2 {
            let pod = create(&mut world, owner, index).unwrap();
            let name = world.pod(pod).unwrap().name.to_string();
            suffixes.push(suffix(&name, prefix).to_owned());
        }
    }
    suffixes.sort();
    suffixes.dedup();
    assert_eq!(suffixes.len(), 10);
}

const DAEMONSET: &str = "  - {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: \
                         {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, \
                         image: a}]}}}}\n";

/// WL-D9, JOB-C10, DS-C9, DS-32.
#[test]
fn pods_carry_the_labels_of_their_controller() {
    let mut world = world(&(job("a", "") + DAEMONSET));
    let labels = |world: &mut World, owner, index| {
        let pod = create(world, owner, index).unwrap();
        let labels = &world.pod(pod).unwrap().labels;
        let pairs = labels.iter().map(|(key, value)| format!("{key}={value}"));
        pairs.collect::<Vec<_>>()
    };
    let uid = world.job(JobId(0)).uid.clone();
    assert_eq!(
        labels(&mut world, Owner::Job(JobId(0)), Some(4)),
        [
            "app=x".to_owned(),
            format!("batch.kubernetes.io/controller-uid={uid}"),
            "batch.kubernetes.io/job-completion-index=4".to_owned(),
            "batch.kubernetes.io/job-name=a".to_owned(),
            format!("controller-uid={uid}"),
            "job-name=a".to_owned(),
        ]
    );
    let revision = world.daemonset(DaemonSetId(0)).revision;
    assert_eq!(
        labels(&mut world, Owner::DaemonSet(DaemonSetId(0)), None),
        [
            "app=x".to_owned(),
            format!("controller-revision-hash={:x}", revision.0),
        ]
    );
}

/// CRON-40, CRON-41, CRON-42: labels, annotations and spec of the template.
#[test]
fn a_job_of_a_cronjob_is_made_of_its_template() {
    let mut world = world(&format!(
        "  - {{apiVersion: batch/v1, kind: CronJob, metadata: {{name: cron}}, spec: {{schedule: '@daily', jobTemplate: \
         {{metadata: {{labels: {{team: a}}, annotations: {{note: b}}}}, spec: {{completions: 3, parallelism: 2, \
         backoffLimit: 4, template: {{spec: {{{POD}}}}}}}}}}}}}\n"
    ));
    let new = NewJob {
        cronjob: CronJobId(0),
        name: "cron-29".into(),
        scheduled_unix: Some(29 * 60),
    };
    assert_eq!(
        commit(&mut world, 1, Call::CreateJob(new.clone())),
        Outcome::Done
    );
    let made = world.job(JobId(0));
    assert_eq!(&*made.meta.name, "cron-29");
    let pairs: Vec<_> = made
        .meta
        .labels
        .iter()
        .chain(made.meta.annotations.iter())
        .collect();
    assert_eq!(format!("{pairs:?}"), r#"[("team", "a"), ("note", "b")]"#);
    let spec = &made.spec;
    let numbers = (spec.completions, spec.parallelism, spec.backoff_limit);
    assert_eq!(numbers, (Some(3), 2, 4));
    assert_eq!(made.cronjob, Some(CronJobId(0)));
    let again = commit(&mut world, 1, Call::CreateJob(new));
    assert!(matches!(again, Outcome::Refused(_)), "CRON-23");
}

/// SCH-70, SCH-71.
#[test]
fn priority_comes_from_the_class() {
    use PreemptionPolicy::{Never, PreemptLowerPriority};
    let class = |name: &str| job("a", "").replace("restartPolicy", &format!("{name}restartPolicy"));
    let priority = |name: &str, is_default: bool| {
        let mut world = world(&class(name));
        let classes = &mut world.policies_mut().priority_classes;
        let spec = |value, global_default, preemption_policy| PriorityClassSpec {
            value,
            global_default,
            preemption_policy,
        };
        classes.insert("batch".into(), spec(-5, false, PreemptionPolicy::Never));
        let other = spec(7, is_default, PreemptionPolicy::PreemptLowerPriority);
        classes.insert("usual".into(), other);
        let pod = create(&mut world, Owner::Job(JobId(0)), None).ok()?;
        let row = world.pod(pod).unwrap();
        Some((row.priority, row.preemption_policy))
    };
    let cases = [
        ("", false, Some((0, PreemptLowerPriority))),
        ("", true, Some((7, PreemptLowerPriority))),
        ("priorityClassName: batch, ", true, Some((-5, Never))),
        (
            "priorityClassName: system-node-critical, ",
            false,
            Some((2_000_001_000, PreemptLowerPriority)),
        ),
        (
            "priorityClassName: system-cluster-critical, ",
            false,
            Some((2_000_000_000, PreemptLowerPriority)),
        ),
        ("priorityClassName: nobody, ", false, None),
    ];
    for (name, is_default, want) in cases {
        assert_eq!(priority(name, is_default), want, "{name} {is_default}");
    }
}

/// A bound, running pod of a Job, its finalizer taken off or not; it is 100 s later.
fn running(is_held: bool) -> (World, PodId) {
    let mut world = world(&job("a", ""));
    let pod = create(&mut world, Owner::Job(JobId(0)), None).unwrap();
    world.bind(pod, NodeId(0));
    phase(&mut world, pod, Phase::Running);
    if !is_held {
        world.remove_finalizer(pod);
    }
    world.advance(Time::ZERO + Span::from_secs(100));
    (world, pod)
}

fn phase(world: &mut World, pod: PodId, phase: Phase) {
    let reason = None;
    world.report(pod, &PodUpdate::Phase { phase, reason });
}

fn delete(world: &mut World, pod: PodId, grace: Option<i64>) {
    let grace = grace.map(Span::from_secs);
    let disruption = None;
    let call = Call::DeletePod {
        pod,
        grace,
        disruption,
    };
    assert_eq!(commit(world, 1, call), Outcome::Done);
}

/// The grace period of a pod that is being deleted, in seconds; `None`: its object is gone.
fn grace(world: &World, pod: PodId) -> Option<i64> {
    let row = world.live_pod(pod)?;
    row.deletion.map(|deletion| deletion.grace.as_secs())
}

/// NL-50, NL-51.
#[test]
fn deletions_have_a_grace_period_where_something_runs() {
    let cases = [
        ("the pod's own", None, Some(30)),
        ("of the request", Some(5), Some(5)),
        ("longer", Some(500), Some(500)),
        ("negative", Some(-3), Some(1)),
        ("none", Some(0), None),
    ];
    for (name, asked, want) in cases {
        let (mut world, pod) = running(false);
        delete(&mut world, pod, asked);
        assert_eq!(grace(&world, pod), want, "{name}");
    }
    let (mut world, pod) = running(false);
    phase(&mut world, pod, Phase::Succeeded);
    delete(&mut world, pod, None);
    assert!(world.live_pod(pod).is_none(), "it has ended");

    let mut world = self::world(&job("a", ""));
    let pod = create(&mut world, Owner::Job(JobId(0)), None).unwrap();
    world.remove_finalizer(pod);
    delete(&mut world, pod, None);
    assert!(world.live_pod(pod).is_none(), "it is on no node");

    let (mut world, pod) = running(true);
    delete(&mut world, pod, Some(0));
    assert!(
        world.live_pod(pod).is_some(),
        "a finalizer holds the object"
    );
    assert_eq!(
        commit(&mut world, 1, Call::RemoveFinalizer { pod }),
        Outcome::Done
    );
    assert!(world.live_pod(pod).is_none());
}

/// NL-52: 5 s after a request with 30 s; the seconds from the first request to the end.
#[test]
fn a_second_deletion_can_only_shorten() {
    for (second, want) in [
        (Some(50), 30),
        (None, 30),
        (Some(25), 30),
        (Some(10), 15),
        (Some(1), 6),
    ] {
        let (mut world, pod) = running(false);
        delete(&mut world, pod, Some(30));
        world.advance(Time::ZERO + Span::from_secs(105));
        delete(&mut world, pod, second);
        assert_eq!(grace(&world, pod), Some(want), "{second:?}");
    }
    let (mut world, pod) = running(false);
    delete(&mut world, pod, Some(30));
    delete(&mut world, pod, Some(0));
    assert!(world.live_pod(pod).is_none(), "at once");
}

/// NL-30.
#[test]
fn a_new_node_carries_a_taint_until_it_is_ready() {
    let mut world = World::new(0);
    let mut node = model("  cluster: {pools: [{name: w, count: 1}]}").pools[0]
        .node
        .clone();
    for (ready, taints) in [(true, 0), (false, 1)] {
        node.name = format!("w-{ready}").as_str().into();
        let call = Call::CreateNode {
            spec: Box::new(node.clone()),
            pool: None,
            ready,
        };
        assert_eq!(commit(&mut world, 1, call), Outcome::Done);
        let id = world.node_named(&node.name).unwrap();
        let found = &world.node(id).taints;
        assert_eq!(found.len(), taints);
        assert!(found.iter().all(|taint| *taint == not_ready_taint()));
    }
}
