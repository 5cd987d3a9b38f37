//! Kubernetes objects to the model: the only place that names Kubernetes' own API types.
//!
//! [`decode`] takes one object of a document apart, fills in the defaults of Kubernetes 1.36, and checks it as the API
//! server would; every fault goes to the list of problems with its place. What the API server accepts is accepted.
//! [`edit`] changes a manifest as `kubectl` does and decodes it again.
//!
//! A field of an API type is honored, refused, or named in a list of those that have no effect here: types are taken
//! apart by name, so a new field does not compile until it is one of these.

mod affinity;
mod annotations;
mod containers;
mod cronjob;
mod daemonset;
mod deployment;
mod edit;
mod job;
mod job_policy;
mod kind;
mod meta;
mod names;
mod node;
mod patch;
mod place;
mod pod;
mod policy;
mod ports;
mod probes;
mod quantity;
mod replicaset;
mod resources;
mod row;
mod scheduling;
mod spread;
mod statefulset;
mod update;
mod volumes;

pub use edit::edit;
pub use row::{cpu_millis, whole_bytes, with_requests};

use crate::model::{Manifest, ManifestText, Meta, Name, NodeSpec, Object};
use crate::scenario::document::Node;
use crate::scenario::path;
use crate::scenario::problem::{Position, Problem, Problems, quote};
use crate::scenario::typed::{Typed, read_typed};
use crate::sim::Span;
use k8s_openapi::api::{apps, batch, core, policy as policy_api, scheduling as scheduling_api};
use kind::Kind;
use place::{Faults, Place};
use serde::de::DeserializeOwned;

/// The namespace of objects that name none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Whether an object must have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Naming {
    /// As `kubectl apply`.
    #[default]
    Required,
    /// Whoever makes the object names it: `metadata.generateName`, or nothing, stands for a name.
    Optional,
}

/// How an object is read.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The path of the object from the root of its document: empty for one that is a document of its own.
    pub path: &'a str,
    /// The namespace of an object that names none.
    pub namespace: &'a str,
    /// Whether it must have a name. With [`Naming::Optional`] its model's name is `generateName`, or empty.
    pub naming: Naming,
    /// The object takes the place of an older one: what is only checked on creation is not (WL-C1).
    is_update: bool,
    /// The older one has a zone in its schedule, which may stay (WL-C3).
    keeps_zone_in_schedule: bool,
}

impl<'a> Options<'a> {
    /// An object at `path`, in the namespace `default` unless it says otherwise, with a name.
    pub fn at(path: &'a str) -> Self {
        Self {
            path,
            namespace: DEFAULT_NAMESPACE,
            naming: Naming::Required,
            is_update: false,
            keeps_zone_in_schedule: false,
        }
    }

    /// The same, in another namespace (`kubectl -n`).
    #[must_use]
    pub fn in_namespace(self, namespace: &'a str) -> Self {
        Self { namespace, ..self }
    }

    /// The same for an object that is named later.
    #[must_use]
    pub fn named_later(self) -> Self {
        Self {
            naming: Naming::Optional,
            ..self
        }
    }
}

/// An object of a kind that has no effect here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoEffect {
    /// `apiVersion` and kind, as in `v1 ConfigMap`: to be named once.
    pub kind: Name,
    /// Where the first such object stands.
    pub at: Position,
}

/// What became of an object or a list of them. Objects at fault are in neither list.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// Those that have an effect, in order.
    pub objects: Vec<Object>,
    /// Those that have none.
    pub no_effect: Vec<NoEffect>,
}

/// Reads the object at `node`, or all objects of a `List`.
pub fn decode(node: &Node, options: Options<'_>, problems: &mut Problems) -> Decoded {
    let mut decoded = Decoded::default();
    decode_into(node, options, None, problems, &mut decoded);
    decoded
}

/// Reads the pattern of a pool's nodes: a Node that may go without kind and name, and that has no hostname label unless
/// the user gave it one. Its name is that of the pool. `None` after an error.
pub fn decode_pool_node(
    node: &Node,
    pool: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<NodeSpec> {
    let options = Options {
        naming: Naming::Optional,
        ..Options::at(path)
    };
    let mut json = node.to_json();
    if json.is_null() {
        json = serde_json::json!({});
    }
    if let Some(map) = json.as_object_mut() {
        map.insert("apiVersion".to_owned(), "v1".into());
        map.insert("kind".to_owned(), "Node".into());
    }
    let text: ManifestText = json.to_string().into();
    let mut faults = Faults::new(problems);
    let empty = Node::from_json(node.at, &serde_json::json!({}));
    let node = if node.is_null() { &empty } else { node };
    let Typed { value, left_out } = read_typed(node, path, faults.problems());
    let root = Place::root(node, path, &left_out);
    let spec = node::node(value?, Some(pool), text, &root, options, &mut faults);
    (!faults.has_errors()).then_some(spec)
}

/// The identity that items of a list take over from it where they have none of their own, as in `kubectl get --raw`.
type ItemType = (String, String);

fn decode_into(
    node: &Node,
    options: Options<'_>,
    item_type: Option<&ItemType>,
    problems: &mut Problems,
    decoded: &mut Decoded,
) {
    if node.as_map().is_none() {
        let message = format!("expected a Kubernetes object, found {}", node.describe());
        problems.push(Problem::error(node.at, options.path, message));
        return;
    }
    let Some((api_version, kind_text)) = type_of(node, options.path, item_type, problems) else {
        return;
    };
    if kind_text.ends_with("List")
        && let Some(items) = node.get("items").and_then(Node::as_seq)
    {
        let item_kind = kind_text.trim_end_matches("List").to_owned();
        let item_type = (!item_kind.is_empty()).then_some((api_version, item_kind));
        let list = path::child(options.path, "items");
        for (index, item) in items.iter().enumerate() {
            let path = path::item(&list, index);
            let options = Options {
                path: &path,
                ..options
            };
            decode_into(item, options, item_type.as_ref(), problems, decoded);
        }
        return;
    }
    match kind::of(&api_version, &kind_text) {
        kind::Verdict::Known(kind) => {
            if let Some(owner) = owner_of(node, kind) {
                let message = format!("passed over, since {owner} makes it");
                problems.push(Problem::warning(node.at, options.path, message));
                return;
            }
            decoded
                .objects
                .extend(decode_kind(node, kind, options, problems));
        }
        kind::Verdict::NoEffect => decoded.no_effect.push(NoEffect {
            kind: format!("{api_version} {kind_text}").into(),
            at: node.at,
        }),
        kind::Verdict::Silent => {}
        kind::Verdict::Wrong { key, message, hint } => {
            let at = node.get(key).map_or(node.at, |value| value.at);
            let problem = Problem::error(at, path::child(options.path, key), message);
            problems.push(problem.with_hint(hint));
        }
    }
}

/// `apiVersion` and `kind`, both of which must be there.
fn type_of(
    node: &Node,
    path: &str,
    item_type: Option<&ItemType>,
    problems: &mut Problems,
) -> Option<ItemType> {
    let mut read = |key: &str, default: Option<&String>, hint: &str| {
        let value = node.get(key).filter(|value| !value.is_null());
        let (at, message) = match (value, default) {
            (None, Some(default)) => return Some(default.clone()),
            (None, None) => (node.at, format!("the key {} is missing", quote(key))),
            (Some(value), _) => match value.as_str() {
                Some(text) if !text.is_empty() => return Some(text.to_owned()),
                Some(_) | None => {
                    let message = format!("expected text, found {}", value.describe());
                    (value.at, message)
                }
            },
        };
        let problem = Problem::error(at, path::child(path, key), message);
        problems.push(problem.with_hint(hint));
        None
    };
    let version = read(
        "apiVersion",
        item_type.map(|(version, _)| version),
        "every Kubernetes object has one, as in `apiVersion: batch/v1`",
    );
    let kind = read(
        "kind",
        item_type.map(|(_, kind)| kind),
        "every Kubernetes object has one, as in `kind: Job`",
    );
    version.zip(kind)
}

/// A pod, Job or ReplicaSet that a controller made is not made by hand as well.
fn owner_of(node: &Node, kind: Kind) -> Option<String> {
    if !matches!(kind, Kind::Pod | Kind::Job | Kind::ReplicaSet) {
        return None;
    }
    let owners = node.at_path(["metadata", "ownerReferences"])?.as_seq()?;
    let owner = owners.iter().find(|owner| {
        let flag = owner.get("controller").and_then(Node::as_bool);
        flag == Some(true)
    })?;
    let text = |key: &str| owner.get(key).and_then(Node::as_str).unwrap_or("?");
    Some(format!("{} {}", text("kind"), quote(text("name"))))
}

fn decode_kind(
    node: &Node,
    kind: Kind,
    options: Options<'_>,
    problems: &mut Problems,
) -> Option<Object> {
    let context = Context { node, options };
    match kind {
        Kind::Pod => context.read(problems, |value: core::v1::Pod, root, faults| {
            Some(context.manifest(pod::pod(value, root, options, faults), Object::Pod))
        }),
        Kind::Job => context.read(problems, |value: batch::v1::Job, root, faults| {
            Some(context.manifest(job::job(value, root, options, faults), Object::Job))
        }),
        Kind::CronJob => context.read(problems, |value: batch::v1::CronJob, root, faults| {
            let namespace = value.metadata.namespace.clone();
            let namespace = namespace.unwrap_or_else(|| options.namespace.to_owned());
            let text = cronjob::job_text(&node.to_json(), &namespace);
            let read = cronjob::cron_job(value, text, root, options, faults)?;
            Some(context.manifest(read, Object::CronJob))
        }),
        Kind::DaemonSet => context.read(problems, |value: apps::v1::DaemonSet, root, faults| {
            let read = daemonset::daemon_set(value, root, options, faults);
            Some(context.manifest(read, Object::DaemonSet))
        }),
        Kind::Deployment => context.read(problems, |value: apps::v1::Deployment, root, faults| {
            let read = deployment::deployment(value, root, options, faults);
            Some(context.manifest(read, Object::Deployment))
        }),
        Kind::ReplicaSet => context.read(problems, |value: apps::v1::ReplicaSet, root, faults| {
            let read = replicaset::replica_set(value, root, options, faults);
            Some(context.manifest(read, Object::ReplicaSet))
        }),
        Kind::StatefulSet => {
            context.read(problems, |value: apps::v1::StatefulSet, root, faults| {
                let read = statefulset::stateful_set(value, root, options, faults);
                Some(context.manifest(read, Object::StatefulSet))
            })
        }
        Kind::Node => context.read(problems, |value: core::v1::Node, root, faults| {
            let text = node.to_json().to_string().into();
            let read = node::node(value, None, text, root, options, faults);
            Some(Object::Node(read))
        }),
        Kind::PriorityClass
        | Kind::Service
        | Kind::ResourceQuota
        | Kind::LimitRange
        | Kind::PodDisruptionBudget => decode_policy(&context, kind, problems),
    }
}

fn decode_policy(context: &Context<'_>, kind: Kind, problems: &mut Problems) -> Option<Object> {
    let options = context.options;
    match kind {
        Kind::PriorityClass => context.read(
            problems,
            |value: scheduling_api::v1::PriorityClass, root, faults| {
                let read = policy::priority_class(value, root, options, faults);
                Some(context.manifest(read, Object::PriorityClass))
            },
        ),
        Kind::Service => context.read(problems, |value: core::v1::Service, root, faults| {
            let read = policy::service(value, root, options, faults);
            Some(context.manifest(read, Object::Service))
        }),
        Kind::ResourceQuota => {
            context.read(problems, |value: core::v1::ResourceQuota, root, faults| {
                let read = policy::resource_quota(value, root, options, faults);
                Some(context.manifest(read, Object::ResourceQuota))
            })
        }
        Kind::LimitRange => context.read(problems, |value: core::v1::LimitRange, root, faults| {
            let read = policy::limit_range(value, root, options, faults);
            Some(context.manifest(read, Object::LimitRange))
        }),
        Kind::PodDisruptionBudget => context.read(
            problems,
            |value: policy_api::v1::PodDisruptionBudget, root, faults| {
                let read = policy::disruption_budget(value, root, options, faults);
                Some(context.manifest(read, Object::PodDisruptionBudget))
            },
        ),
        Kind::Pod
        | Kind::Job
        | Kind::CronJob
        | Kind::DaemonSet
        | Kind::Deployment
        | Kind::ReplicaSet
        | Kind::StatefulSet
        | Kind::Node => None,
    }
}

/// One object that is being read.
struct Context<'a> {
    node: &'a Node,
    options: Options<'a>,
}

impl Context<'_> {
    /// Reads the object as a `T` and takes it apart; `None` after an error.
    fn read<T: DeserializeOwned>(
        &self,
        problems: &mut Problems,
        take_apart: impl FnOnce(T, &Place<'_>, &mut Faults<'_>) -> Option<Object>,
    ) -> Option<Object> {
        let mut faults = Faults::new(problems);
        let Typed { value, left_out } =
            read_typed::<T>(self.node, self.options.path, faults.problems());
        let root = Place::root(self.node, self.options.path, &left_out);
        let object = take_apart(value?, &root, &mut faults);
        object.filter(|_| !faults.has_errors())
    }

    fn manifest<S>(&self, (meta, spec): (Meta, S), wrap: fn(Manifest<S>) -> Object) -> Object {
        let text = self.text(&meta);
        wrap(Manifest { meta, spec, text })
    }

    /// The object as JSON text, its namespace filled in.
    fn text(&self, meta: &Meta) -> ManifestText {
        let mut json = self.node.to_json();
        if !meta.namespace.is_empty() && json["metadata"].is_object() {
            json["metadata"]["namespace"] = (&*meta.namespace).into();
        }
        json.to_string().into()
    }
}

/// Seconds of the API, where they are more than can be simulated the longest span there is.
fn seconds(seconds: i64) -> Span {
    /// About 285 years.
    const MOST: i64 = 9_000_000_000;
    Span::from_secs(seconds.clamp(-MOST, MOST))
}

#[cfg(test)]
mod tests;
