//! Deployments, ReplicaSets and StatefulSets: how they come, and the ReplicaSets that a Deployment makes (WL-11).

use super::admission::Refusal;
use super::put::taken;
use super::{quota, revision_of};
use crate::model::{
    DeploymentSpec, Labels, Manifest, ManifestText, Meta, Name, Operator, PodTemplate,
    ReplicaSetSpec, Requirement, StatefulSetSpec,
};
use crate::world::{
    DeploymentSeed, NewReplicaSet, ReplicaSetId, ReplicaSetSeed, ReplicaSetUpdate, Revision,
    StatefulSetSeed, World,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// WL-11: the label that tells the pods of a Deployment's ReplicaSets apart.
const TEMPLATE_HASH: &str = "pod-template-hash";
/// CP-N1: the characters of a hash in a name.
const SAFE_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// The longest name of a ReplicaSet; the Deployment's part is cut.
const NAME_LENGTH: usize = 253;

pub(super) fn put_deployment(
    world: &mut World,
    deployment: Manifest<DeploymentSpec>,
    replace: bool,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = deployment;
    let known = world.deployment_named(&meta.namespace, &meta.name);
    let used = || world.deployments_in(&meta.namespace).count();
    admit(
        world,
        &meta,
        "deployments.apps",
        (known.is_some(), replace),
        used,
    )?;
    let seed = DeploymentSeed {
        revision: revision_of(&spec.template),
        meta,
        spec,
        manifest: text,
    };
    match known {
        Some(id) => world.update_deployment(id, seed),
        None => {
            world.create_deployment(seed);
        }
    }
    Ok(())
}

pub(super) fn put_replicaset(
    world: &mut World,
    replicaset: Manifest<ReplicaSetSpec>,
    replace: bool,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = replicaset;
    let known = world.replicaset_named(&meta.namespace, &meta.name);
    let used = || world.replicasets_in(&meta.namespace).count();
    admit(
        world,
        &meta,
        "replicasets.apps",
        (known.is_some(), replace),
        used,
    )?;
    if let Some(id) = known {
        world.relabel_replicaset(id, meta);
        world.update_replicaset(id, spec, None, text);
    } else {
        world.create_replicaset(ReplicaSetSeed {
            meta,
            owner: None,
            origin: None,
            spec,
            manifest: text,
        });
    }
    Ok(())
}

pub(super) fn put_statefulset(
    world: &mut World,
    statefulset: Manifest<StatefulSetSpec>,
    replace: bool,
) -> Result<(), Refusal> {
    let Manifest { meta, spec, text } = statefulset;
    let known = world.statefulset_named(&meta.namespace, &meta.name);
    let used = || world.statefulsets_in(&meta.namespace).count();
    admit(
        world,
        &meta,
        "statefulsets.apps",
        (known.is_some(), replace),
        used,
    )?;
    let seed = StatefulSetSeed {
        revision: revision_of(&spec.template),
        meta,
        spec,
        manifest: text,
    };
    match known {
        Some(id) => world.update_statefulset(id, seed),
        None => {
            world.create_statefulset(seed);
        }
    }
    Ok(())
}

/// Refuses a new object whose name is taken (unless it replaces that one), or for which a quota has no room.
fn admit(
    world: &World,
    meta: &Meta,
    resource: &str,
    (exists, replace): (bool, bool),
    used: impl Fn() -> usize,
) -> Result<(), Refusal> {
    match (exists, replace) {
        (true, true) => Ok(()),
        (true, false) => Err(taken(resource, &meta.name)),
        (false, _) => {
            quota::admit_count(world, &meta.namespace, &format!("count/{resource}"), used)
        }
    }
}

/// Creates the ReplicaSet of a Deployment's template.
pub(super) fn create_replicaset(
    world: &mut World,
    new: &NewReplicaSet,
) -> Result<ReplicaSetId, Refusal> {
    let deployment = world.deployment(new.deployment);
    if !deployment.exists() {
        return Err(Refusal::NotFound);
    }
    let hash = hash_text(new.revision);
    let name = replicaset_name(&deployment.meta.name, &hash);
    let namespace = deployment.meta.namespace.clone();
    let label: (Name, Option<Name>) = (TEMPLATE_HASH.into(), Some(hash.clone()));
    let mut template = PodTemplate::clone(&new.template);
    template.labels = template.labels.with([label]);
    let mut selector = deployment.spec.selector.clone();
    selector.0.push(Requirement {
        key: TEMPLATE_HASH.into(),
        operator: Operator::In,
        values: vec![hash.clone()],
    });
    let meta = Meta {
        namespace,
        name,
        labels: template.labels.clone(),
        annotations: Labels::default(),
    };
    let manifest = manifest_of_child(&deployment.manifest, &meta, &hash, new.replicas);
    let used = || world.replicasets_in(&meta.namespace).count();
    let exists = world
        .replicaset_named(&meta.namespace, &meta.name)
        .is_some();
    admit(world, &meta, "replicasets.apps", (exists, false), used)?;
    let origin = world.intern(&new.template);
    Ok(world.create_replicaset(ReplicaSetSeed {
        meta,
        owner: Some((new.deployment, new.notes)),
        origin: Some(origin),
        spec: ReplicaSetSpec {
            replicas: new.replicas,
            selector,
            template: Arc::new(template),
            min_ready: new.min_ready,
        },
        manifest,
    }))
}

/// Scales a ReplicaSet, or changes what its Deployment notes on it.
pub(super) fn update_replicaset(world: &mut World, id: ReplicaSetId, update: ReplicaSetUpdate) {
    let row = world.replicaset(id);
    let mut spec = row.spec.clone();
    let mut manifest = row.manifest.clone();
    if spec.replicas != update.replicas || spec.min_ready != update.min_ready {
        spec.replicas = update.replicas;
        spec.min_ready = update.min_ready;
        let mut json: Value = serde_json::from_str(&manifest).unwrap_or_default();
        if json["spec"].is_object() {
            json["spec"]["replicas"] = update.replicas.into();
            json["spec"]["minReadySeconds"] = update.min_ready.as_secs().into();
            manifest = json.to_string().into();
        }
    }
    world.update_replicaset(id, spec, Some(update.notes), manifest);
}

/// `<deployment>-<hash>`.
fn replicaset_name(deployment: &str, hash: &str) -> Name {
    let longest = NAME_LENGTH - hash.len() - 1;
    let cut = deployment.len().min(longest);
    format!("{}-{hash}", &deployment[..cut]).into()
}

/// The decimal digits of a hash, each as a character that spells no words.
fn hash_text(revision: Revision) -> Name {
    let digits = revision.0.to_string();
    let safe = |digit: u8| char::from(SAFE_ALPHABET[usize::from(digit) % SAFE_ALPHABET.len()]);
    digits.bytes().map(safe).collect::<String>().into()
}

/// The manifest of a ReplicaSet that a Deployment makes.
fn manifest_of_child(parent: &str, meta: &Meta, hash: &str, replicas: i32) -> ManifestText {
    let mut parent: Value = serde_json::from_str(parent).unwrap_or_default();
    let mut spec = parent["spec"].take();
    let mut selector = spec["selector"].take();
    let mut template = spec["template"].take();
    let min_ready = spec["minReadySeconds"].take();
    label(&mut selector, "matchLabels", hash);
    if !template["metadata"].is_object() {
        template["metadata"] = json!({});
    }
    label(&mut template["metadata"], "labels", hash);
    let labels = template["metadata"]["labels"].clone();
    let mut spec = json!({"replicas": replicas, "selector": selector, "template": template});
    if !min_ready.is_null() {
        spec["minReadySeconds"] = min_ready;
    }
    let metadata = json!({"name": &*meta.name, "namespace": &*meta.namespace, "labels": labels});
    let object = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": spec,
    });
    object.to_string().into()
}

/// Adds the hash to a map of labels.
fn label(parent: &mut Value, key: &str, hash: &str) {
    if !parent.is_object() {
        *parent = json!({});
    }
    if !parent[key].is_object() {
        parent[key] = json!({});
    }
    parent[key][TEMPLATE_HASH] = hash.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_spell_no_words_wl_11() {
        assert_eq!(&*hash_text(Revision(0)), "4");
        assert_eq!(&*hash_text(Revision(1_234_567_890)), "56789bcdf4");
    }

    #[test]
    fn long_names_are_cut_wl_11() {
        assert_eq!(&*replicaset_name("web", "5f7"), "web-5f7");
        let name = replicaset_name(&"a".repeat(253), "5f7");
        assert_eq!(name.len(), 253);
        assert!(name.ends_with("a-5f7"));
    }

    #[test]
    fn a_child_carries_the_hash_in_selector_and_template_wl_11() {
        let parent = json!({"kind": "Deployment", "spec": {
            "replicas": 3, "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}},
        }});
        let meta = Meta {
            namespace: "default".into(),
            name: "web-5f7".into(),
            labels: Labels::default(),
            annotations: Labels::default(),
        };
        let child = manifest_of_child(&parent.to_string(), &meta, "5f7", 2);
        let child: Value = serde_json::from_str(&child).unwrap();
        assert_eq!(child["spec"]["replicas"], 2);
        assert_eq!(
            child["spec"]["selector"]["matchLabels"],
            json!({"app": "web", TEMPLATE_HASH: "5f7"})
        );
        assert_eq!(
            child["spec"]["template"]["metadata"]["labels"],
            child["metadata"]["labels"]
        );
        assert!(child["spec"].get("strategy").is_none());
    }
}
