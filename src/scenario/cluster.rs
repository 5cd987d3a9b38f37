//! `spec.cluster`: the control plane, pools of nodes, and nodes from manifests.

use std::collections::BTreeMap;

use super::document::{Key, Node, Value};
use super::files::Files;
use super::manifests::{self, PassedOver, Placed};
use super::names::is_subdomain;
use super::problem::{Position, Problem, Problems, quote};
use super::walk::Field;
use super::{autoscaler, control_plane, failures};
use crate::k8s;
use crate::model::{Autoscale, ControlPlane, NodeSpec, Object, Pool};

/// More nodes than this, added ones included, are refused.
pub(super) const NODES_MAX: u32 = 1_000_000;

/// The longest name of a pool: with a hyphen and a number of nine digits it is still a label.
const POOL_NAME_CHARS_MAX: usize = 53;

/// What a pool's node has if its manifest does not say: that of `--node-size`.
pub(super) const NODE_SIZE: [(&str, &str); 3] = [("cpu", "4"), ("memory", "16Gi"), ("pods", "110")];

/// A cluster as it is at t = 0.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    pub(super) control_plane: ControlPlane,
    pub(super) pools: Vec<Pool>,
    pub(super) pool_places: Vec<Position>,
    pub(super) nodes: Vec<Placed>,
    pub(super) outages: Vec<failures::Placed>,
}

/// Reads `spec.cluster`.
pub(super) fn read(
    field: &Field<'_>,
    root: &Node,
    files: &mut Files,
    passed_over: &mut PassedOver,
    problems: &mut Problems,
) -> Cluster {
    let mut cluster = Cluster::default();
    let Some(mut walk) = field.walk(problems) else {
        return cluster;
    };
    if let Some(field) = walk.optional("controlPlane") {
        cluster.control_plane = control_plane::read(&field, walk.problems());
    }
    let fields = walk.items("pools");
    let is_autoscaled = fields
        .iter()
        .any(|field| field.node.get("autoscale").is_some());
    for field in fields {
        if let Some(pool) = read_pool(&field, files, walk.problems()) {
            cluster.pools.push(pool);
            let place = field.node.get("name").map_or(field.node.at, |name| name.at);
            cluster.pool_places.push(place);
        }
    }
    if let Some(list) = walk.optional("manifests") {
        let origins = manifests::find(&list, files, walk.problems());
        let objects = manifests::decode_all(&origins, root, files, passed_over, walk.problems());
        for placed in objects {
            if matches!(placed.object, Object::Node(_)) {
                cluster.nodes.push(placed);
                continue;
            }
            let (kind, _, name) = manifests::identity(&placed.object);
            let message = format!("expected a Node, found the {kind} {}", quote(name));
            walk.problems().push(
                Problem::error(placed.at, &placed.path, message)
                    .with_hint("other objects belong into `spec.manifests`"),
            );
        }
    }
    let items = walk.items("outages");
    cluster.outages = failures::read_outages(&items, files, walk.problems());
    if let Some(field) = walk.optional("autoscaler") {
        let flags = autoscaler::read_flags_of_autoscaler(&field, walk.problems());
        cluster.control_plane.autoscaler = flags;
        if !is_autoscaled {
            let message = "no pool has `autoscale`: these flags have no effect";
            let problem = Problem::warning(field.node.at, &field.path, message);
            walk.problems().push(problem);
        }
    }
    walk.finish();
    cluster
}

fn read_pool(field: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Option<Pool> {
    let mut walk = field.walk(problems)?;
    let name = walk.required("name");
    let name = name.and_then(|name| pool_name(&name, walk.problems()));
    let count = walk.optional("count");
    let node = walk.optional("node");
    let failures = walk
        .optional("failures")
        .map(|field| failures::read(&field, files, walk.problems()));
    let price_micros = autoscaler::price(&mut walk);
    let autoscale = walk.optional("autoscale");
    let is_autoscaled = autoscale.is_some();
    let autoscale =
        autoscale.and_then(|field| autoscaler::autoscale(&field, files, walk.problems()));
    let count = if is_autoscaled && count.is_none() {
        autoscale.as_ref().map(|autoscale| autoscale.min)
    } else {
        let field = walk.required("count");
        let count = field
            .as_ref()
            .and_then(|field| field.int(0..=NODES_MAX, walk.problems()));
        if let (Some(field), Some(count), Some(autoscale)) = (&field, count, &autoscale) {
            check_count(field, count, autoscale, walk.problems());
        }
        count
    };
    let nothing = Node::new(field.node.at, Value::Null);
    let node = node.unwrap_or_else(|| Field::new(&nothing, format!("{}.node", field.path)));
    let pattern = name.and_then(|name| pattern(&node, name, walk.problems()));
    walk.finish();
    Some(Pool {
        name: name?.into(),
        count: count?,
        node: pattern?,
        failures: failures.unwrap_or_default(),
        price_micros,
        autoscale,
    })
}

/// An autoscaled pool begins between its bounds.
fn check_count(field: &Field<'_>, count: u32, autoscale: &Autoscale, problems: &mut Problems) {
    let Autoscale { min, max, .. } = autoscale;
    if min <= max && !(*min..=*max).contains(&count) {
        let message = format!("`count` ({count}) is not between `min` ({min}) and `max` ({max})");
        let hint = "an autoscaled pool begins with `count` nodes, or with `min` of them";
        problems.push(field.error(message).with_hint(hint));
    }
}

fn pool_name<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<&'a str> {
    let name = field.text(problems)?;
    if is_subdomain(name) && name.len() <= POOL_NAME_CHARS_MAX {
        return Some(name);
    }
    let message = format!("{} cannot begin the name of a node", quote(name));
    let hint = format!(
        "at most {POOL_NAME_CHARS_MAX} lower-case letters, digits and `-`, a letter or digit first"
    );
    problems.push(field.error(message).with_hint(hint));
    None
}

/// The nodes' pattern; a pool that says nothing of its nodes' size has the usual one.
fn pattern(field: &Field<'_>, name: &str, problems: &mut Problems) -> Option<NodeSpec> {
    if !field.node.is_null() {
        field.entries(problems)?;
    }
    if let Some(own) = field.node.at_path(["metadata", "name"]) {
        let path = format!("{}.metadata.name", field.path);
        let message = format!("the nodes of this pool are called {name}-1, {name}-2, …");
        problems.push(Problem::error(own.at, path, message).with_hint("remove `name`"));
        return None;
    }
    let mut node = field.node.clone();
    if node.get("status").is_none_or(Node::is_null) {
        let at = field.node.at;
        let key = |name: &str| Key {
            name: name.to_owned(),
            at,
        };
        let text = |text: &str| Node::new(at, Value::String(text.to_owned()));
        let entries = NODE_SIZE.map(|(resource, amount)| (key(resource), text(amount)));
        let allocatable = Node::new(at, Value::Map(entries.into()));
        let status = Node::new(at, Value::Map(vec![(key("allocatable"), allocatable)]));
        node.set(key("status"), status);
    }
    k8s::decode_pool_node(&node, name, &field.path, problems)
}

/// Reports pools and nodes of the same name, and too many nodes. `added` is how many nodes actions
/// add to each pool, `manifest_nodes` are those with manifests of their own.
pub(super) fn check(
    cluster: &Cluster,
    manifest_nodes: &[&Placed],
    added: &[u32],
    problems: &mut Problems,
) {
    let mut names: BTreeMap<&str, Position> = BTreeMap::new();
    let mut total: u64 = 0;
    for (index, (pool, place)) in cluster.pools.iter().zip(&cluster.pool_places).enumerate() {
        let path = format!("spec.cluster.pools[{index}].name");
        if let Some(first) = names.insert(&pool.name, *place) {
            let message = format!("there are two pools {}", quote(&pool.name));
            let hint = format!("the first one is at line {}", first.line);
            problems.push(Problem::error(*place, path, message).with_hint(hint));
        }
        let most = pool.autoscale.as_ref().map_or(0, |autoscale| autoscale.max);
        total +=
            u64::from(pool.count.max(most)) + added.get(index).map_or(0, |count| u64::from(*count));
        if total > u64::from(NODES_MAX) {
            let path = format!("spec.cluster.pools[{index}].count");
            let message = format!("with this pool there are more than {NODES_MAX} nodes");
            problems.push(Problem::error(*place, path, message));
            return;
        }
    }
    let mut nodes: BTreeMap<&str, Position> = BTreeMap::new();
    for placed in manifest_nodes {
        let (_, _, name) = manifests::identity(&placed.object);
        let twice = |other: &str| {
            let message = format!("the node {} is there twice", quote(name));
            Problem::error(placed.at, &placed.path, message).with_hint(other)
        };
        if let Some(first) = nodes.insert(name, placed.at) {
            problems.push(twice(&format!("the first one is at line {}", first.line)));
        }
        let owner = cluster.pools.iter().enumerate().find(|(index, pool)| {
            let most = pool
                .count
                .saturating_add(added.get(*index).copied().unwrap_or(0));
            number_in_pool(name, pool).is_some_and(|number| number <= most)
        });
        if let Some((_, pool)) = owner {
            problems.push(twice(&format!(
                "the pool {} has one of that name",
                quote(&pool.name)
            )));
        }
    }
}

/// The number of the node `name` if it could be one of the pool's.
pub(super) fn number_in_pool(name: &str, pool: &Pool) -> Option<u32> {
    let number = name.strip_prefix(&*pool.name)?.strip_prefix('-')?;
    let is_plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { number.parse().ok() } else { None }
}
