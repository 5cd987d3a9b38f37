use super::*;
use crate::model::{Edit, EditContext, ResourceKind};
use serde_json::{Value, json};

/// The edited manifest, or the refusal.
fn outcome(kind: ResourceKind, manifest: &Value, change: &Edit) -> Result<Value, String> {
    let object = edit(kind, &manifest.to_string(), change, EditContext::default())?;
    let text = match &object {
        Object::Pod(manifest) => &manifest.text,
        Object::Job(manifest) => &manifest.text,
        Object::CronJob(manifest) => &manifest.text,
        Object::DaemonSet(manifest) => &manifest.text,
        Object::Deployment(manifest) => &manifest.text,
        Object::ReplicaSet(manifest) => &manifest.text,
        Object::StatefulSet(manifest) => &manifest.text,
        Object::PriorityClass(manifest) => &manifest.text,
        Object::Service(manifest) => &manifest.text,
        Object::ResourceQuota(manifest) => &manifest.text,
        Object::LimitRange(manifest) => &manifest.text,
        Object::PodDisruptionBudget(manifest) => &manifest.text,
        Object::Node(node) => &node.manifest,
    };
    Ok(serde_json::from_str(text).unwrap())
}

fn job() -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"completions": 3, "parallelism": 1, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
    })
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "x"}}, "template": {
            "metadata": {"labels": {"app": "x"}},
            "spec": {"containers": [{"name": "c", "image": "i", "env": [{"name": "A", "value": "1"}]},
                                    {"name": "d", "image": "j"}]}}},
    })
}

fn refusals(kind: ResourceKind, manifest: &Value, edits: &[Edit]) -> String {
    let lines = edits
        .iter()
        .map(|change| match outcome(kind, manifest, change) {
            Ok(_) => "fine\n".to_owned(),
            Err(refusal) => refusal + "\n",
        });
    lines.collect()
}

fn merge(text: &str) -> Edit {
    Edit::MergePatch(text.into())
}

/// WL-F1, WL-F2: the texts of refusals.
#[test]
fn wl_j30_to_j32_updates_of_jobs() {
    let mut indexed = job();
    indexed["spec"]["completionMode"] = "Indexed".into();
    let edits = [
        merge(
            r#"{"spec": {"parallelism": 5, "suspend": true, "backoffLimit": 1, "ttlSecondsAfterFinished": 5}}"#,
        ),
        merge(r#"{"spec": {"completions": 5}}"#),
        merge(r#"{"spec": {"completions": 5, "parallelism": 5}}"#),
        merge(r#"{"spec": {"completionMode": "NonIndexed"}}"#),
        merge(r#"{"spec": {"backoffLimitPerIndex": 1}}"#),
        merge(r#"{"spec": {"template": {"spec": {"dnsPolicy": "ClusterFirst"}}}}"#),
        merge(r#"{"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}}"#),
        merge(r#"{"spec": {"parallelism": -1, "podReplacementPolicy": "Now"}}"#),
        merge(r#"{"spec": {"parallelism": "many"}}"#),
        merge(r#"{"metadata": {"name": "b"}}"#),
        merge(r#"{"spec": {"template": 5}}"#),
    ];
    expect![[r#"
        fine
        Job.batch "a" is invalid: spec.completions: Invalid value: 5: field is immutable
        Job.batch "a" is invalid: spec.completions: Invalid value: 5: field is immutable
        fine
        Job.batch "a" is invalid: [spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode, spec.backoffLimitPerIndex: Invalid value: 1: field is immutable]
        fine
        Job.batch "a" is invalid: spec.template: Invalid value: {"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"nodeSelector":{"disk":"ssd"},…: field is immutable
        Job.batch "a" is invalid: [spec.parallelism: Invalid value: -1: must be greater than or equal to 0, spec.podReplacementPolicy: Unsupported value: "Now": supported values: "Failed", "TerminatingOrFailed"]
        Job.batch "a" is invalid: spec.parallelism: Expected a whole number, found the text `many`
        the name of the object (b) does not match the name on the URL (a)
        Job.batch "a" is invalid: [spec.template: Expected a map (PodTemplateSpec), found the number `5`, spec.template: Invalid value: 5: field is immutable]
    "#]].assert_eq(&refusals(ResourceKind::Job, &job(), &edits));
    expect![[r#"
        fine
        Job.batch "a" is invalid: spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism
        fine
        Job.batch "a" is invalid: spec.completionMode: Invalid value: "NonIndexed": field is immutable
        Job.batch "a" is invalid: spec.backoffLimitPerIndex: Invalid value: 1: field is immutable
        fine
        Job.batch "a" is invalid: spec.template: Invalid value: {"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"nodeSelector":{"disk":"ssd"},…: field is immutable
        Job.batch "a" is invalid: [spec.parallelism: Invalid value: -1: must be greater than or equal to 0, spec.podReplacementPolicy: Unsupported value: "Now": supported values: "Failed", "TerminatingOrFailed"]
        Job.batch "a" is invalid: spec.parallelism: Expected a whole number, found the text `many`
        the name of the object (b) does not match the name on the URL (a)
        Job.batch "a" is invalid: [spec.template: Expected a map (PodTemplateSpec), found the number `5`, spec.template: Invalid value: 5: field is immutable]
    "#]].assert_eq(&refusals(ResourceKind::Job, &indexed, &edits));
}

#[test]
fn wl_j32_a_suspended_job_may_change_where_it_runs() {
    let mut suspended = job();
    suspended["spec"]["suspend"] = true.into();
    let change = |text: &str, template_is_mutable: bool| {
        let text = format!(r#"{{"spec": {{"template": {text}}}}}"#);
        let context = EditContext {
            template_is_mutable,
        };
        edit(
            ResourceKind::Job,
            &suspended.to_string(),
            &Edit::StrategicPatch(text.into()),
            context,
        )
        .is_ok()
    };
    for (text, allowed) in [
        (
            r#"{"spec": {"nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}]}}"#,
            true,
        ),
        (
            r#"{"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}}"#,
            true,
        ),
        (
            r#"{"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]}}"#,
            true,
        ),
        (
            r#"{"spec": {"containers": [{"name": "c", "image": "k"}]}}"#,
            false,
        ),
        (r#"{"spec": {"affinity": {"nodeAffinity": {}}}}"#, true),
        (r#"{"spec": {"affinity": {"podAffinity": {}}}}"#, false),
    ] {
        assert_eq!(change(text, true), allowed, "{text}");
        assert!(!change(text, false), "{text}");
    }
}

#[test]
fn selectors_and_stateful_sets_are_fixed() {
    let selector = r#"{"spec": {"selector": {"matchLabels": {"app": "z"}}, "template": {"metadata": {"labels": {"app": "z"}}}}}"#;
    let mut set = deployment();
    set["kind"] = "StatefulSet".into();
    expect![[r#"
        Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"z"}}: field is immutable
        Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0
    "#]].assert_eq(&refusals(
        ResourceKind::Deployment,
        &deployment(),
        &[merge(selector), Edit::Scale(-1)],
    ));
    expect![[r#"
        StatefulSet.apps "web" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden
        StatefulSet.apps "web" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden
        fine
    "#]].assert_eq(&refusals(
        ResourceKind::StatefulSet,
        &set,
        &[
            merge(selector),
            merge(r#"{"spec": {"serviceName": "b"}}"#),
            merge(r#"{"spec": {"podManagementPolicy": "OrderedReady", "replicas": 5}}"#),
        ],
    ));
}

#[test]
fn wl_c3_a_cron_job_keeps_the_zone_in_its_schedule() {
    let cron_job = |schedule: &str| {
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a".repeat(60)},
            "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}},
        })
    };
    let edits = [
        merge(r#"{"spec": {"suspend": true}}"#),
        merge(r#"{"spec": {"schedule": "TZ=UTC 1 * * * *"}}"#),
        merge(r#"{"spec": {"schedule": "TZ=UTC 1 * * * *", "timeZone": "UTC"}}"#),
    ];
    expect![[r#"
        fine
        CronJob.batch "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is invalid: spec.schedule: Invalid value: "TZ=UTC 1 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead
        CronJob.batch "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is invalid: spec.schedule: Invalid value: "TZ=UTC 1 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead
    "#]].assert_eq(&refusals(
        ResourceKind::CronJob,
        &cron_job("* * * * *"),
        &edits,
    ));
    expect![[r#"
        fine
        fine
        CronJob.batch "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is invalid: spec.schedule: Invalid value: "TZ=UTC 1 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule
    "#]].assert_eq(&refusals(
        ResourceKind::CronJob,
        &cron_job("TZ=UTC * * * * *"),
        &edits,
    ));
}

/// WL-C10, WL-C4.
#[test]
fn a_cron_job_may_change_in_everything_else() {
    let cron_job = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"completions": 1, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}},
    });
    let edits = [
        merge(r#"{"spec": {"schedule": "@daily", "timeZone": "Europe/Berlin"}}"#),
        merge(
            r#"{"spec": {"suspend": true, "concurrencyPolicy": "Replace", "startingDeadlineSeconds": 5}}"#,
        ),
        merge(r#"{"spec": {"successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0}}"#),
        merge(
            r#"{"spec": {"jobTemplate": {"spec": {"completions": 3, "completionMode": "Indexed"}}}}"#,
        ),
    ];
    assert_eq!(
        refusals(ResourceKind::CronJob, &cron_job, &edits),
        "fine\nfine\nfine\nfine\n"
    );
}

#[test]
fn kubectl_commands_change_what_they_should() {
    let apply = |change: Edit| outcome(ResourceKind::Deployment, &deployment(), &change).unwrap();
    assert_eq!(apply(Edit::Scale(7))["spec"]["replicas"], 7);
    let images = |name: &str| {
        let new = apply(Edit::SetImage(vec![(name.into(), "new:2".into())]));
        let containers = new["spec"]["template"]["spec"]["containers"]
            .as_array()
            .unwrap()
            .clone();
        containers
            .iter()
            .map(|container| container["image"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(images("d"), ["i", "new:2"]);
    assert_eq!(images("*"), ["new:2", "new:2"]);
    let new = apply(Edit::RestartedAt("2026-01-01T00:00:00Z".into()));
    let annotations = &new["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(
        annotations["kubectl.kubernetes.io/restartedAt"],
        "2026-01-01T00:00:00Z"
    );
    let new = apply(Edit::Label(vec![
        ("a".into(), Some("b".into())),
        ("c".into(), None),
    ]));
    assert_eq!(new["metadata"]["labels"], json!({"a": "b"}));
    let mut other = deployment();
    other["spec"]["replicas"] = 9.into();
    other["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("namespace");
    let new = apply(Edit::Apply(other.to_string().into()));
    assert_eq!(
        (&new["spec"]["replicas"], &new["metadata"]["namespace"]),
        (&json!(9), &json!("default"))
    );
    let mut paused = deployment();
    paused["spec"]["paused"] = true.into();
    let mut lines = refusals(
        ResourceKind::Deployment,
        &paused,
        &[
            Edit::RestartedAt("x".into()),
            Edit::SetImage(vec![("e".into(), "f".into())]),
            Edit::Label(vec![("a b".into(), Some("c".into()))]),
            Edit::MergePatch("{".into()),
            Edit::MergePatch("5".into()),
            Edit::Apply("[]".into()),
        ],
    );
    lines += &refusals(
        ResourceKind::Job,
        &job(),
        &[Edit::Scale(1), Edit::RestartedAt("x".into())],
    );
    expect![[r#"
        can't restart paused deployment (run rollout resume first)
        unable to find container named "e"
        Deployment.apps "web" is invalid: metadata.labels[a b]: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')
        unable to parse "{": EOF while parsing an object at line 1 column 1
        the patch leaves no object
        the patch leaves no object
        the server could not find the requested resource: a Job has no scale
        Job a restarting is not supported
    "#]].assert_eq(&lines);
}

/// Cases of RFC 7386, appendix A.
#[test]
fn merge_patches() {
    for (target, patch, result) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (
            json!({"a": "b"}),
            json!({"b": "c"}),
            json!({"a": "b", "b": "c"}),
        ),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (
            json!({"a": {"b": "c"}}),
            json!({"a": {"b": "d", "c": null}}),
            json!({"a": {"b": "d"}}),
        ),
        (
            json!({"a": [{"b": "c"}]}),
            json!({"a": [1]}),
            json!({"a": [1]}),
        ),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (
            json!({"e": null}),
            json!({"a": 1}),
            json!({"e": null, "a": 1}),
        ),
        (
            json!([1, 2]),
            json!({"a": "b", "c": null}),
            json!({"a": "b"}),
        ),
        (
            json!({}),
            json!({"a": {"bb": {"ccc": null}}}),
            json!({"a": {"bb": {}}}),
        ),
    ] {
        let mut changed = target.clone();
        patch::merge(&mut changed, &patch);
        assert_eq!(changed, result, "{target} {patch}");
    }
}

/// Cases of RFC 6902, appendix A, and more of its rules.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn json_patches() {
    let apply = |target: Value, patch: Value| {
        let mut changed = target;
        patch::json(&mut changed, &patch).map(|()| changed)
    };
    for (target, patch, result) in [
        (
            json!({"foo": "bar"}),
            json!([{"op": "add", "path": "/baz", "value": 1}]),
            json!({"foo": "bar", "baz": 1}),
        ),
        (
            json!({"foo": [1, 3]}),
            json!([{"op": "add", "path": "/foo/1", "value": 2}]),
            json!({"foo": [1, 2, 3]}),
        ),
        (
            json!({"foo": [1]}),
            json!([{"op": "add", "path": "/foo/-", "value": 2}]),
            json!({"foo": [1, 2]}),
        ),
        (
            json!({"a": 1, "b": 2}),
            json!([{"op": "remove", "path": "/a"}]),
            json!({"b": 2}),
        ),
        (
            json!({"a": [1, 2, 3]}),
            json!([{"op": "remove", "path": "/a/1"}]),
            json!({"a": [1, 3]}),
        ),
        (
            json!({"a": 1}),
            json!([{"op": "replace", "path": "/a", "value": [2]}]),
            json!({"a": [2]}),
        ),
        (
            json!({"a": {"b": 1}, "c": {}}),
            json!([{"op": "move", "from": "/a/b", "path": "/c/d"}]),
            json!({"a": {}, "c": {"d": 1}}),
        ),
        (
            json!({"a": [1, 2, 3]}),
            json!([{"op": "move", "from": "/a/0", "path": "/a/2"}]),
            json!({"a": [2, 3, 1]}),
        ),
        (
            json!({"a": {"b": 1}}),
            json!([{"op": "copy", "from": "/a", "path": "/c"}]),
            json!({"a": {"b": 1}, "c": {"b": 1}}),
        ),
        (
            json!({"a/b": 1, "c~d": 2}),
            json!([{"op": "test", "path": "/a~1b", "value": 1}, {"op": "remove", "path": "/c~0d"}]),
            json!({"a/b": 1}),
        ),
        (
            json!({"~1": 10}),
            json!([{"op": "test", "path": "/~01", "value": 10}]),
            json!({"~1": 10}),
        ),
        (
            json!({"a": 1}),
            json!([{"op": "replace", "path": "", "value": {"b": 2}}]),
            json!({"b": 2}),
        ),
    ] {
        assert_eq!(
            apply(target.clone(), patch.clone()),
            Ok(result),
            "{target} {patch}"
        );
    }
    let refused = [
        json!({}),
        json!([{"path": "/a"}]),
        json!([{"op": "add", "path": "/a"}]),
        json!([{"op": "jump", "path": "/a", "value": 1}]),
        json!([{"op": "remove", "path": "/nowhere"}]),
        json!([{"op": "replace", "path": "/nowhere", "value": 1}]),
        json!([{"op": "add", "path": "/nowhere/b", "value": 1}]),
        json!([{"op": "add", "path": "/list/3", "value": 1}]),
        json!([{"op": "add", "path": "/list/01", "value": 1}]),
        json!([{"op": "add", "path": "a", "value": 1}]),
        json!([{"op": "test", "path": "/a", "value": 2}]),
        json!([{"op": "move", "from": "/map", "path": "/map/x"}]),
        (0..40)
            .map(|n| json!({"op": "copy", "from": "", "path": format!("/x{n}")}))
            .collect(),
    ];
    let target = json!({"a": 1, "list": [1, 2], "map": {}});
    let lines = refused.map(|patch| apply(target.clone(), patch).unwrap_err());
    expect![[r#"
        a JSON patch is a list of operations
        an operation of a JSON patch needs the text "op"
        an operation of a JSON patch needs a "value"
        unknown operation "jump" of a JSON patch: known are add, remove, replace, move, copy and test
        the path "/nowhere" of the JSON patch does not exist
        the path "/nowhere" of the JSON patch does not exist
        the path "/nowhere/b" of the JSON patch does not exist
        the path "/list/3" of the JSON patch does not exist
        the path "/list/01" of the JSON patch does not exist
        the path "a" of a JSON patch must start with a slash
        testing value /a failed
        "/map" cannot be moved into itself
        the JSON patch makes the object too large"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn strategic_patches() {
    let apply = |patch: Value| {
        let mut changed = deployment();
        patch::strategic(
            &mut changed,
            &json!({"spec": {"template": {"spec": patch}}}),
        )
        .unwrap();
        changed["spec"]["template"]["spec"].clone()
    };
    let names = |spec: &Value| {
        let containers = spec["containers"].as_array().unwrap();
        let text = |container: &Value| {
            format!(
                "{}={}",
                container["name"].as_str().unwrap(),
                container["image"].as_str().unwrap_or("?")
            )
        };
        containers.iter().map(text).collect::<Vec<_>>()
    };
    let spec =
        apply(json!({"containers": [{"name": "d", "image": "k"}, {"name": "e", "image": "l"}]}));
    assert_eq!(names(&spec), ["c=i", "d=k", "e=l"]);
    let spec = apply(
        json!({"containers": [{"name": "c", "env": [{"name": "B", "value": "2"}, {"name": "A", "$patch": "delete"}]}]}),
    );
    assert_eq!(
        spec["containers"][0]["env"],
        json!([{"name": "B", "value": "2"}])
    );
    let spec = apply(json!({"containers": [{"name": "c", "$patch": "delete"}]}));
    assert_eq!(names(&spec), ["d=j"]);
    let spec = apply(json!({"containers": [{"$patch": "replace"}, {"name": "z", "image": "y"}]}));
    assert_eq!(names(&spec), ["z=y"]);
    let spec = apply(
        json!({"$setElementOrder/containers": [{"name": "d"}], "tolerations": [{"operator": "Exists"}]}),
    );
    assert_eq!(spec["tolerations"], json!([{"operator": "Exists"}]));
    assert_eq!(spec.as_object().unwrap().len(), 2);
    let mut service = json!({"ports": [{"port": 80, "name": "a"}]});
    patch::strategic(
        &mut service,
        &json!({"ports": [{"port": 80, "targetPort": 8080}]}),
    )
    .unwrap();
    assert_eq!(
        service["ports"],
        json!([{"port": 80, "name": "a", "targetPort": 8080}])
    );
    let mut finalizers = json!({"finalizers": ["a", "b"]});
    let patch = json!({"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]});
    patch::strategic(&mut finalizers, &patch).unwrap();
    assert_eq!(finalizers["finalizers"], json!(["b", "c"]));
    let patch = json!({"containers": [{"image": "x"}]});
    expect![[r#"map: {"image":"x"} does not contain declared merge key: name"#]]
        .assert_eq(&patch::strategic(&mut json!({"containers": []}), &patch).unwrap_err());
}
