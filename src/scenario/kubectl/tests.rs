use expect_test::{Expect, expect};

use super::*;
use crate::scenario::document::{Node, Value};
use crate::scenario::problem::Position;

/// What a command line becomes, or why it is refused.
fn read_line(text: &str) -> String {
    let mut files = Files::new(None);
    let at = Position::start_of(files.add_text("s.yaml", text));
    let node = Node::new(at, Value::String(text.to_owned()));
    let field = Field::new(&node, "spec.actions[0].kubectl");
    let mut problems = Problems::new();
    let mut context = Context {
        field: &field,
        files: &mut files,
        passed_over: &mut PassedOver::default(),
        wall_clock: "2026-01-01T00:10:00Z".to_owned(),
    };
    let commands = read(&mut context, &mut problems);
    let mut lines: Vec<String> = commands
        .iter()
        .map(|command| format!("{command:?}"))
        .collect();
    for problem in &problems {
        lines.push(format!("refused: {}", problem.message));
        lines.extend(problem.hint.iter().map(|hint| format!("  hint: {hint}")));
    }
    lines.join("\n")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a snapshot is written in place"
)]
fn check(lines: &[&str], expected: Expect) {
    let shown: Vec<String> = lines
        .iter()
        .map(|line| format!("$ {line}\n{}\n", read_line(line)))
        .collect();
    expected.assert_eq(&shown.concat());
}

/// CP-G5: kubectl asks for the background unless it is told otherwise.
#[test]
fn delete_takes_names_selectors_and_manners() {
    check(
        &[
            "delete job etl",
            "kubectl delete po a b -n batch",
            "delete job.batch/a jobs.v1.batch/b cronjob/c",
            "delete pods --all --force",
            "delete pod --field-selector spec.nodeName=w-1,status.phase!=Running --grace-period=0",
            "delete job,cj -l 'app=etl,tier in (a, b),x notin (y),!gone,there,k!=v' --cascade=orphan",
            "delete node w-1 --cascade=foreground --grace-period 5",
            "delete ds x --cascade=false",
        ],
        expect![[r#"
            $ delete job etl
            Delete { kind: Job, namespace: "default", selection: Names(["etl"]), cascade: Background, grace: None, force: false }
            $ kubectl delete po a b -n batch
            Delete { kind: Pod, namespace: "batch", selection: Names(["a", "b"]), cascade: Background, grace: None, force: false }
            $ delete job.batch/a jobs.v1.batch/b cronjob/c
            Delete { kind: Job, namespace: "default", selection: Names(["a", "b"]), cascade: Background, grace: None, force: false }
            Delete { kind: CronJob, namespace: "default", selection: Names(["c"]), cascade: Background, grace: None, force: false }
            $ delete pods --all --force
            Delete { kind: Pod, namespace: "default", selection: Matching { labels: LabelSelector([]), fields: [] }, cascade: Background, grace: Some(0s), force: true }
            $ delete pod --field-selector spec.nodeName=w-1,status.phase!=Running --grace-period=0
            Delete { kind: Pod, namespace: "default", selection: Matching { labels: LabelSelector([]), fields: [("spec.nodeName", true, "w-1"), ("status.phase", false, "Running")] }, cascade: Background, grace: Some(1s), force: false }
            $ delete job,cj -l 'app=etl,tier in (a, b),x notin (y),!gone,there,k!=v' --cascade=orphan
            Delete { kind: Job, namespace: "default", selection: Matching { labels: LabelSelector([Requirement { key: "app", operator: In, values: ["etl"] }, Requirement { key: "tier", operator: In, values: ["a", "b"] }, Requirement { key: "x", operator: NotIn, values: ["y"] }, Requirement { key: "gone", operator: DoesNotExist, values: [] }, Requirement { key: "there", operator: Exists, values: [] }, Requirement { key: "k", operator: NotIn, values: ["v"] }]), fields: [] }, cascade: Orphan, grace: None, force: false }
            Delete { kind: CronJob, namespace: "default", selection: Matching { labels: LabelSelector([Requirement { key: "app", operator: In, values: ["etl"] }, Requirement { key: "tier", operator: In, values: ["a", "b"] }, Requirement { key: "x", operator: NotIn, values: ["y"] }, Requirement { key: "gone", operator: DoesNotExist, values: [] }, Requirement { key: "there", operator: Exists, values: [] }, Requirement { key: "k", operator: NotIn, values: ["v"] }]), fields: [] }, cascade: Orphan, grace: None, force: false }
            $ delete node w-1 --cascade=foreground --grace-period 5
            Delete { kind: Node, namespace: "", selection: Names(["w-1"]), cascade: Foreground, grace: Some(5s), force: false }
            $ delete ds x --cascade=false
            Delete { kind: DaemonSet, namespace: "default", selection: Names(["x"]), cascade: Orphan, grace: None, force: false }
        "#]],
    );
}

#[test]
fn wrong_deletes_are_refused() {
    check(
        &[
            "delete",
            "delete jobs",
            "delete jbo etl",
            "delete job.apps etl",
            "delete job Etl",
            "delete job a -l b=c",
            "delete job --all -l b=c",
            "delete job a --cascade=sometimes",
            "delete job a --force --grace-period=5",
            "delete job a --grace-period=soon",
            "delete pod --field-selector spec.node=w-1",
            "delete pod -l 'a in b'",
            "delete job a --now",
            "delete job a --replicas=3",
            "delete job a -n",
            "delete job a -n Prod",
            "delete job/a b",
            "delete -f https://example.com/x.yaml",
            "delete -f none.yaml",
        ],
        expect![[r"
            $ delete
            refused: the kind and name of an object are missing
            $ delete jobs
            refused: the name of the jobs is missing
            $ delete jbo etl
            refused: `jbo` is no kind of object that is simulated
              hint: did you mean `job`? known are `pods`, `jobs`, `cronjobs`, `daemonsets`, `deployments`, `replicasets`, `statefulsets`, `nodes`, `priorityclasses`, `services`, `resourcequotas`, `limitranges`, `poddisruptionbudgets`
            $ delete job.apps etl
            refused: `job.apps` is in another API group
              hint: did you mean `job.batch`?
            $ delete job Etl
            refused: `Etl` is not the name of an object
            $ delete job a -l b=c
            refused: objects are chosen either by name, or with `-l`, `--field-selector` or `--all`
            $ delete job --all -l b=c
            refused: `--all` and `-l` cannot be given together
            $ delete job a --cascade=sometimes
            refused: expected one of `background`, `foreground`, `orphan` for `--cascade`, found `sometimes`
            $ delete job a --force --grace-period=5
            refused: `--force` and a `--grace-period` above 0 cannot be given together
            $ delete job a --grace-period=soon
            refused: expected a whole number for `--grace-period`, found `soon`
            $ delete pod --field-selector spec.node=w-1
            refused: Pod cannot be selected by the field `spec.node`
              hint: its fields are `metadata.name`, `metadata.namespace`, `spec.nodeName`, `status.phase`
            $ delete pod -l 'a in b'
            refused: `a in b` is no part of a label selector
              hint: write `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a` or `!a`
            $ delete job a --now
            refused: the flag `--now` of `delete` is not known here
              hint: known are `-f, --filename`, `-l, --selector`, `--field-selector`, `--all`, `--cascade`, `--grace-period`, `--force`, `-n, --namespace`
            $ delete job a --replicas=3
            refused: the flag `--replicas` of `delete` is not known here
              hint: known are `-f, --filename`, `-l, --selector`, `--field-selector`, `--all`, `--cascade`, `--grace-period`, `--force`, `-n, --namespace`
            $ delete job a -n
            refused: the flag `--namespace` needs a value
            $ delete job a -n Prod
            refused: expected a name for `--namespace`, found `Prod`
            $ delete job/a b
            refused: expected KIND/NAME as before, found `b`
            $ delete -f https://example.com/x.yaml
            refused: expected a file for `--filename`, found `https://example.com/x.yaml`
            $ delete -f none.yaml
            refused: cannot read `none.yaml`: there is no such file
        "]],
    );
}

#[test]
fn unknown_commands_are_refused() {
    check(
        &[
            "",
            "kubectl",
            "get pods",
            "dlete job x",
            "rollout restrt ds/x",
            "rollout",
            "set env ds/x a=b",
            "create deployment x --image=y",
            "apply",
            "apply x.yaml",
            "delete 'job",
        ],
        expect![[r"
            $ 
            refused: the command is empty
              hint: the commands are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ kubectl
            refused: the command is empty
              hint: the commands are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ get pods
            refused: `kubectl` has no command `get` here
              hint: known are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ dlete job x
            refused: `kubectl` has no command `dlete` here
              hint: did you mean `delete`? known are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ rollout restrt ds/x
            refused: `kubectl` has no command `rollout restrt` here
              hint: did you mean `rollout restart`? known are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ rollout
            refused: `kubectl` has no command `rollout` here
              hint: known are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ set env ds/x a=b
            refused: `kubectl` has no command `set env` here
              hint: known are `apply`, `create`, `create job`, `delete`, `scale`, `patch`, `label`, `annotate`, `taint`, `cordon`, `uncordon`, `drain`, `rollout restart`, `set image`
            $ create deployment x --image=y
            refused: `kubectl create deployment` is not known here
              hint: known are `create -f FILE` and `create job NAME --from=cronjob/NAME`
            $ apply
            refused: the flag `-f` is missing
            $ apply x.yaml
            refused: `x.yaml` does not belong into `kubectl apply -f FILE`
              hint: did you mean `-f x.yaml`?
            $ delete 'job
            refused: a quote in this command is not closed
        "]],
    );
}

#[test]
fn specs_are_edited() {
    check(
        &[
            "scale deploy/web --replicas=4",
            "scale --replicas 0 statefulset db -n data",
            "patch cronjob tick --type merge -p '{\"spec\":{\"suspend\":true}}'",
            "patch ds x -p 'spec: {template: {spec: {priorityClassName: high}}}'",
            "patch deploy x --type=json -p='[{\"op\":\"remove\",\"path\":\"/spec/paused\"}]'",
            "rollout restart daemonset/log",
            "set image ds/log main=registry.example/log:2 '*=b'",
            "label job etl team=a old- -n batch",
            "annotate deploy web note='a b' --overwrite",
        ],
        expect![[r#"
            $ scale deploy/web --replicas=4
            Edit { targets: [Target { kind: Deployment, namespace: "default", name: "web" }], edit: Scale(4) }
            $ scale --replicas 0 statefulset db -n data
            Edit { targets: [Target { kind: StatefulSet, namespace: "data", name: "db" }], edit: Scale(0) }
            $ patch cronjob tick --type merge -p '{"spec":{"suspend":true}}'
            Edit { targets: [Target { kind: CronJob, namespace: "default", name: "tick" }], edit: MergePatch("{\"spec\":{\"suspend\":true}}") }
            $ patch ds x -p 'spec: {template: {spec: {priorityClassName: high}}}'
            Edit { targets: [Target { kind: DaemonSet, namespace: "default", name: "x" }], edit: StrategicPatch("{\"spec\":{\"template\":{\"spec\":{\"priorityClassName\":\"high\"}}}}") }
            $ patch deploy x --type=json -p='[{"op":"remove","path":"/spec/paused"}]'
            Edit { targets: [Target { kind: Deployment, namespace: "default", name: "x" }], edit: JsonPatch("[{\"op\":\"remove\",\"path\":\"/spec/paused\"}]") }
            $ rollout restart daemonset/log
            Edit { targets: [Target { kind: DaemonSet, namespace: "default", name: "log" }], edit: RestartedAt("2026-01-01T00:10:00Z") }
            $ set image ds/log main=registry.example/log:2 '*=b'
            Edit { targets: [Target { kind: DaemonSet, namespace: "default", name: "log" }], edit: SetImage([("main", "registry.example/log:2"), ("*", "b")]) }
            $ label job etl team=a old- -n batch
            Edit { targets: [Target { kind: Job, namespace: "batch", name: "etl" }], edit: Label([("team", Some("a")), ("old", None)]) }
            $ annotate deploy web note='a b' --overwrite
            Edit { targets: [Target { kind: Deployment, namespace: "default", name: "web" }], edit: Annotate([("note", Some("a b"))]) }
        "#]],
    );
}

#[test]
fn wrong_edits_are_refused() {
    check(
        &[
            "scale ds x --replicas=1",
            "scale deploy web",
            "scale deploy web --replicas=-1",
            "scale deploy web --replicas=x",
            "patch ds x",
            "patch ds x y -p '{}'",
            "patch ds x -p '[]'",
            "patch ds x -p '{a: '",
            "patch ds x --type=jsn -p '[]'",
            "rollout restart job x",
            "set image ds/x",
            "set image ds/x main=",
            "label job etl",
            "label job etl a=b c",
            "label job etl 'a=b c'",
            "label job -l a=b c=d",
            "annotate job etl /a=b",
        ],
        expect![[r#"
            $ scale ds x --replicas=1
            refused: `kubectl scale` cannot be used on a DaemonSet
              hint: its kinds are `Deployment`, `ReplicaSet`, `StatefulSet`
            $ scale deploy web
            refused: the flag `--replicas` is missing
            $ scale deploy web --replicas=-1
            refused: expected a number of at least 0 for `--replicas`, found `-1`
            $ scale deploy web --replicas=x
            refused: expected a whole number for `--replicas`, found `x`
            $ patch ds x
            refused: the flag `-p` is missing
              hint: -p '{"spec": …}'
            $ patch ds x y -p '{}'
            refused: `patch` takes the name of one object
            $ patch ds x -p '[]'
            refused: expected a map for `--patch`, found `[]`
            $ patch ds x -p '{a: '
            refused: the patch is at fault: this is not valid YAML: unclosed bracket '{'
            $ patch ds x --type=jsn -p '[]'
            refused: expected one of `strategic`, `merge`, `json` for `--type`, found `jsn`
              hint: did you mean `json`?
            $ rollout restart job x
            refused: `kubectl rollout restart` cannot be used on a Job
              hint: its kinds are `Deployment`, `DaemonSet`, `StatefulSet`
            $ set image ds/x
            refused: no image is given
              hint: write CONTAINER=IMAGE, or `*=IMAGE` for all containers
            $ set image ds/x main=
            refused: expected CONTAINER=IMAGE, found `main=`
            $ label job etl
            refused: no change is given
              hint: write `key=value` or `key-`
            $ label job etl a=b c
            refused: `c` is no change of a label
              hint: write `key=value` or `key-`
            $ label job etl 'a=b c'
            refused: `a=b c` is no change of a label
              hint: write `key=value` or `key-`
            $ label job -l a=b c=d
            refused: `label` with a selector is for nodes here; name the objects
            $ annotate job etl /a=b
            refused: `/a=b` is no change of an annotation
              hint: write `key=value` or `key-`
        "#]],
    );
}

#[test]
fn nodes_are_labelled_tainted_and_drained() {
    check(
        &[
            "label node w-1 disk=ssd old-",
            "label nodes --all zone=a --overwrite",
            "label node/w-1 a=b",
            "taint node w-1 w-2 gpu=yes:NoSchedule spot:NoExecute old- older:PreferNoSchedule-",
            "taint no -l disk=ssd a=b:NoSchedule --overwrite=true",
            "cordon w-1 node/w-2",
            "uncordon -l disk=ssd",
            "drain w-1 --ignore-daemonsets --delete-emptydir-data --force --grace-period=30 --timeout 5m",
            "drain w-1 --timeout=0s --grace-period=-1",
            "drain -l zone=a --disable-eviction --pod-selector app=web",
        ],
        expect![[r#"
            $ label node w-1 disk=ssd old-
            LabelNodes { nodes: Names(["w-1"]), labels: [("disk", Some("ssd")), ("old", None)], overwrite: false }
            $ label nodes --all zone=a --overwrite
            LabelNodes { nodes: Matching { labels: LabelSelector([]), fields: [] }, labels: [("zone", Some("a"))], overwrite: true }
            $ label node/w-1 a=b
            LabelNodes { nodes: Names(["w-1"]), labels: [("a", Some("b"))], overwrite: false }
            $ taint node w-1 w-2 gpu=yes:NoSchedule spot:NoExecute old- older:PreferNoSchedule-
            TaintNodes { nodes: Names(["w-1", "w-2"]), taints: [Add(Taint { key: "gpu", value: "yes", effect: NoSchedule }), Add(Taint { key: "spot", value: "", effect: NoExecute }), Remove { key: "old", effect: None }, Remove { key: "older", effect: Some(PreferNoSchedule) }], overwrite: false }
            $ taint no -l disk=ssd a=b:NoSchedule --overwrite=true
            TaintNodes { nodes: Matching { labels: LabelSelector([Requirement { key: "disk", operator: In, values: ["ssd"] }]), fields: [] }, taints: [Add(Taint { key: "a", value: "b", effect: NoSchedule })], overwrite: true }
            $ cordon w-1 node/w-2
            CordonNodes { nodes: Names(["w-1", "w-2"]), unschedulable: true }
            $ uncordon -l disk=ssd
            CordonNodes { nodes: Matching { labels: LabelSelector([Requirement { key: "disk", operator: In, values: ["ssd"] }]), fields: [] }, unschedulable: false }
            $ drain w-1 --ignore-daemonsets --delete-emptydir-data --force --grace-period=30 --timeout 5m
            DrainNodes { nodes: Names(["w-1"]), options: DrainOptions { ignore_daemonsets: true, delete_emptydir_data: true, force: true, grace_period: Some(30s), timeout: Some(5m), disable_eviction: false, pod_selector: LabelSelector([]) } }
            $ drain w-1 --timeout=0s --grace-period=-1
            DrainNodes { nodes: Names(["w-1"]), options: DrainOptions { ignore_daemonsets: false, delete_emptydir_data: false, force: false, grace_period: None, timeout: None, disable_eviction: false, pod_selector: LabelSelector([]) } }
            $ drain -l zone=a --disable-eviction --pod-selector app=web
            DrainNodes { nodes: Matching { labels: LabelSelector([Requirement { key: "zone", operator: In, values: ["a"] }]), fields: [] }, options: DrainOptions { ignore_daemonsets: false, delete_emptydir_data: false, force: false, grace_period: None, timeout: None, disable_eviction: true, pod_selector: LabelSelector([Requirement { key: "app", operator: In, values: ["web"] }]) } }
        "#]],
    );
}

#[test]
fn wrong_commands_for_nodes_are_refused() {
    check(
        &[
            "taint node w-1",
            "taint node w-1 a=b",
            "taint node w-1 a=b:NoRun",
            "taint pod x a=b:NoSchedule",
            "cordon",
            "cordon w-1 -l a=b",
            "drain w-1 --timeout=5",
            "drain w-1 --ignore-daemonset",
            "drain pod/x",
            "label node a=b",
        ],
        expect![[r"
            $ taint node w-1
            refused: no taint is given
              hint: write `key=value:Effect`, `key:Effect`, `key:Effect-` or `key-`; the effects are `NoSchedule`, `PreferNoSchedule`, `NoExecute`
            $ taint node w-1 a=b
            refused: `a=b` is no taint
              hint: write `key=value:Effect`, `key:Effect`, `key:Effect-` or `key-`; the effects are `NoSchedule`, `PreferNoSchedule`, `NoExecute`
            $ taint node w-1 a=b:NoRun
            refused: `a=b:NoRun` is no taint
              hint: write `key=value:Effect`, `key:Effect`, `key:Effect-` or `key-`; the effects are `NoSchedule`, `PreferNoSchedule`, `NoExecute`
            $ taint pod x a=b:NoSchedule
            refused: only nodes have taints, and `pod` are none
            $ cordon
            refused: the name of a node is missing
            $ cordon w-1 -l a=b
            refused: objects are chosen either by name, or with `-l`, `--field-selector` or `--all`
            $ drain w-1 --timeout=5
            refused: expected a duration such as 60s for `--timeout`, found `5`
            $ drain w-1 --ignore-daemonset
            refused: the flag `--ignore-daemonset` of `drain` is not known here
              hint: did you mean `--ignore-daemonsets`? known are `--ignore-daemonsets`, `--delete-emptydir-data`, `--force`, `--grace-period`, `--timeout`, `--disable-eviction`, `--pod-selector`, `-l, --selector`, `-n, --namespace`
            $ drain pod/x
            refused: `pod/x` is not the name of an object
              hint: write either `KIND NAME` or `KIND/NAME`
            $ label node a=b
            refused: the name of a node is missing
        "]],
    );
}

#[test]
fn jobs_are_made_of_cronjobs() {
    check(
        &[
            "create job --from=cronjob/nightly manual",
            "create job manual --from cj/nightly -n batch",
            "create job manual",
            "create job --from=cronjob/nightly",
            "create job manual --from=job/nightly",
            "create job Manual --from=cronjob/nightly",
            "create job manual --image=x",
        ],
        expect![[r#"
            $ create job --from=cronjob/nightly manual
            CreateJobFrom { namespace: "default", cronjob: "nightly", job: "manual" }
            $ create job manual --from cj/nightly -n batch
            CreateJobFrom { namespace: "batch", cronjob: "nightly", job: "manual" }
            $ create job manual
            refused: the flag `--from` is missing
              hint: write `create job NAME --from=cronjob/NAME`
            $ create job --from=cronjob/nightly
            refused: expected one name for the new Job
              hint: write `create job NAME --from=cronjob/NAME`
            $ create job manual --from=job/nightly
            refused: expected cronjob/NAME for `--from`, found `job/nightly`
            $ create job Manual --from=cronjob/nightly
            refused: `Manual` is not the name of an object
              hint: lower-case letters, digits, `-` and `.`, a letter or digit first and last
            $ create job manual --image=x
            refused: the flag `--image` of `create job` is not known here
              hint: known are `--from`, `-n, --namespace`
        "#]],
    );
}

proptest::proptest! {
    #[test]
    fn any_line_is_read_or_refused(words in proptest::collection::vec(
        "(kubectl|delete|apply|create|job|scale|patch|label|taint|cordon|drain|rollout|restart|set|image|node|po|ds/x|-l|-n|-p|-f|--all|--force|--cascade=|--type|--|-|=|a=b:NoSchedule|a-|:-|'|[{!(,é\\\\]{1,3}|[ -~]{0,6})", 0..7,
    )) {
        read_line(&words.join(" "));
    }
}
