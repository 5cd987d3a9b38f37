//! `spec.actions`: what happens to the cluster, in the order of time.

use std::collections::BTreeMap;

use super::cluster::{self, Cluster, NODES_MAX};
use super::distributions::duration;
use super::files::Files;
use super::manifests::{self, PassedOver};
use super::problem::{Position, Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::Field;
use super::{kubectl, wall_clock};
use crate::k8s::DEFAULT_NAMESPACE;
use crate::model::{Action, Command, Name, NodeSource, Object, Pool, Selection};
use crate::sim::{Span, Time};

/// What `node:` can do.
pub(super) const NODE_VERBS: &[&str] = &["add", "remove", "crash", "powerOff", "recover"];

/// An action and where it stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) action: Action,
    /// Where the name of a node stands, or the command.
    at: Position,
    path: String,
}

impl Placed {
    /// Whether it applies or creates an object that `is_it` is looking for.
    pub(super) fn brings(&self, is_it: impl Fn(&Object) -> bool) -> bool {
        let (Command::Apply(objects) | Command::Create(objects)) = &self.action.command else {
            return false;
        };
        objects.iter().any(is_it)
    }

    /// Whether it adds a node.
    pub(super) fn brings_node(&self) -> bool {
        matches!(self.action.command, Command::AddNode(_))
            || self.brings(|object| matches!(object, Object::Node(_)))
    }
}

/// What actions are read with.
pub(super) struct Context<'a> {
    pub(super) pools: &'a [Pool],
    pub(super) files: &'a mut Files,
    pub(super) passed_over: &'a mut PassedOver,
    pub(super) start_unix_nanos: i64,
    pub(super) horizon: Option<Span>,
    /// Everything that could bring a node was read without a fault; reading may find otherwise.
    pub(super) nodes_are_known: bool,
}

/// Reads the list, sorted by time; what stands first stays first at the same time.
pub(super) fn read(
    items: &[Field<'_>],
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Vec<Placed> {
    let mut actions = Vec::new();
    for item in items {
        let mut found = Problems::new();
        read_one(item, context, &mut found, &mut actions);
        context.nodes_are_known &= !found.has_errors();
        problems.extend(found);
    }
    actions.sort_by_key(|placed| placed.action.at);
    actions
}

fn read_one(
    item: &Field<'_>,
    context: &mut Context<'_>,
    problems: &mut Problems,
    actions: &mut Vec<Placed>,
) {
    let Some(mut walk) = item.walk(problems) else {
        return;
    };
    let at_field = walk.required("at");
    let at = at_field
        .as_ref()
        .and_then(|at| duration(at, walk.problems()));
    let (node, kubectl) = (walk.optional("node"), walk.optional("kubectl"));
    let fault = match (&node, &kubectl) {
        (None, None) => Some("expected one of the keys `node`, `kubectl`"),
        (Some(_), Some(_)) => Some("both `node` and `kubectl` are given; write two actions"),
        (Some(_), None) | (None, Some(_)) => None,
    };
    if let Some(fault) = fault {
        walk.problems().push(item.error(fault));
    }
    if let (Some(field), Some(at), Some(horizon)) = (&at_field, at, context.horizon)
        && at >= horizon
    {
        let message = format!("at {at} the run is over, which lasts {horizon}: this never happens");
        let problem = Problem::warning(field.node.at, &field.path, message);
        walk.problems().push(problem);
    }
    let time = Time::ZERO + at.unwrap_or(Span::ZERO);
    let mut found = Vec::new();
    if let Some(field) = node {
        let read = read_node(&field, context, walk.problems());
        found.extend(read.map(|(command, text, at)| (command, text, at, field.path)));
    }
    if let Some(field) = kubectl {
        let mut line = kubectl::Context {
            field: &field,
            files: context.files,
            passed_over: context.passed_over,
            wall_clock: wall_clock(context.start_unix_nanos, time),
        };
        let commands = kubectl::read(&mut line, walk.problems());
        let text = field.node.as_str().unwrap_or("");
        let place = |command| (command, text.to_owned(), field.node.at, field.path.clone());
        found.extend(commands.into_iter().map(place));
    }
    walk.finish();
    for (command, text, position, path) in found {
        let text = text.into();
        let action = Action {
            at: time,
            command,
            text,
        };
        actions.push(Placed {
            action,
            at: position,
            path,
        });
    }
}

fn read_node(
    field: &Field<'_>,
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Option<(Command, String, Position)> {
    let (verb, value) = field.variant(NODE_VERBS, problems)?;
    if verb == "add" {
        let (source, text) = read_add(&value, context, problems)?;
        let text = format!("node: {{add: {text}}}");
        return Some((Command::AddNode(source), text, value.node.at));
    }
    let name: Name = value.text(problems)?.into();
    let text = format!("node: {{{verb}: {name}}}");
    let command = match verb {
        "remove" => Command::RemoveNode(name),
        "crash" => Command::CrashNode(name),
        "powerOff" => Command::PowerOffNode(name),
        _ => Command::RecoverNode(name),
    };
    Some((command, text, value.node.at))
}

fn read_add(
    field: &Field<'_>,
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Option<(NodeSource, String)> {
    let is_manifest = ["kind", "metadata", "apiVersion"]
        .iter()
        .any(|key| field.node.get(key).is_some());
    if is_manifest {
        let mut objects = manifests::decode_one(
            field.node,
            &field.path,
            DEFAULT_NAMESPACE,
            context.passed_over,
            problems,
        );
        let node = match objects.pop() {
            Some(Object::Node(node)) => node,
            Some(_) => {
                problems.push(field.error("expected a Node, or a map with `pool` and `count`"));
                return None;
            }
            None => return None,
        };
        let text = node.name.to_string();
        return Some((NodeSource::Manifest(Box::new(node)), text));
    }
    let mut walk = field.walk(problems)?;
    let name = walk.required("pool");
    let name = name.and_then(|name| Some((name.text(walk.problems())?, name)));
    let count = walk.int("count", 1..=NODES_MAX);
    let has_count = walk.has("count");
    walk.finish();
    let (name, name_field) = name?;
    let position = context.pools.iter().position(|pool| *pool.name == *name);
    if position.is_none() && !context.nodes_are_known {
        // The pool may be one of those at fault.
        return None;
    }
    let Some(pool) = position else {
        let names = || context.pools.iter().map(|pool| &*pool.name);
        let problem = name_field.error(format!("there is no pool {}", quote(name)));
        problems.push(match did_you_mean(name, names()) {
            Some(meant) => problem.with_hint(format!("did you mean {}?", quote(meant))),
            None => problem.with_hint(format!(
                "the pools are {}",
                names().map(quote).collect::<Vec<_>>().join(", ")
            )),
        });
        return None;
    };
    let count = if has_count { count? } else { 1 };
    let text = format!("{{pool: {name}, count: {count}}}");
    Some((NodeSource::Pool { pool, count }, text))
}

/// How many nodes the actions add to each pool.
pub(super) fn added(actions: &[Placed], pools: usize) -> Vec<u32> {
    let mut added = vec![0_u32; pools];
    for placed in actions {
        if let Command::AddNode(NodeSource::Pool { pool, count }) = placed.action.command {
            added[pool] = added[pool].saturating_add(count);
        }
    }
    added
}

/// The nodes that have been there by some time.
struct NodesSoFar<'a> {
    /// Pools and the highest number of each.
    pools: Vec<(&'a Pool, u32)>,
    /// Nodes with manifests of their own and when they come.
    others: BTreeMap<Name, Time>,
}

impl NodesSoFar<'_> {
    fn has(&self, name: &str, now: Time) -> bool {
        self.others.get(name).is_some_and(|from| *from <= now)
            || self.pools.iter().any(|(pool, most)| {
                // The successors of nodes that go are not known before the run.
                let is_open = pool.failures.iter().any(|failure| failure.how.removes());
                cluster::number_in_pool(name, pool)
                    .is_some_and(|number| number >= 1 && (is_open || number <= *most))
            })
    }

    /// When actions to come give a pool the node of this name.
    fn reached_by_pool(&self, name: &str, to_come: &[Placed]) -> Option<Time> {
        let pools = self.pools.iter().enumerate();
        let mut numbers = pools.filter_map(|(index, (pool, most))| {
            Some((index, *most, cluster::number_in_pool(name, pool)?))
        });
        let (index, mut most, number) = numbers.next()?;
        to_come.iter().find_map(|placed| {
            let Command::AddNode(NodeSource::Pool { pool, count }) = placed.action.command else {
                return None;
            };
            if pool == index {
                most = most.saturating_add(count);
            }
            (1..=most).contains(&number).then_some(placed.action.at)
        })
    }

    fn closest(&self, name: &str) -> Option<String> {
        let others = self.others.keys().map(ToString::to_string);
        let last = self.pools.iter().filter(|(_, most)| *most > 0);
        let of_pools = last.flat_map(|(pool, most)| {
            let most = pool
                .autoscale
                .as_ref()
                .map_or(*most, |autoscale| autoscale.max);
            [format!("{}-1", pool.name), format!("{}-{most}", pool.name)]
        });
        let names: Vec<String> = others.chain(of_pools).collect();
        did_you_mean(name, names.iter().map(String::as_str)).map(str::to_owned)
    }
}

/// Reports nodes that are named before they ever were there. `manifest_nodes` are those of t = 0.
pub(super) fn check_nodes(
    actions: &[Placed],
    cluster: &Cluster,
    manifest_nodes: &[Name],
    problems: &mut Problems,
) {
    let mut nodes = NodesSoFar {
        pools: cluster
            .pools
            .iter()
            // Numbers of an autoscaled pool rise as nodes come and go.
            .map(|pool| match pool.autoscale {
                Some(_) => (pool, u32::MAX),
                None => (pool, pool.count),
            })
            .collect(),
        others: manifest_nodes
            .iter()
            .map(|name| (name.clone(), Time::ZERO))
            .collect(),
    };
    let mut comes_later: BTreeMap<Name, Time> = BTreeMap::new();
    for placed in actions {
        for name in made_nodes(&placed.action.command) {
            comes_later.entry(name).or_insert(placed.action.at);
        }
    }
    for (index, placed) in actions.iter().enumerate() {
        let now = placed.action.at;
        if let Command::AddNode(NodeSource::Pool { pool, count }) = placed.action.command {
            nodes.pools[pool].1 = nodes.pools[pool].1.saturating_add(count);
        }
        for name in made_nodes(&placed.action.command) {
            nodes.others.insert(name, now);
        }
        let (names, is_error) = named_nodes(&placed.action.command);
        for name in names.iter().filter(|name| !nodes.has(name, now)) {
            let later = comes_later.get(name).copied();
            let later = later.or_else(|| nodes.reached_by_pool(name, &actions[index..]));
            problems.push(no_such_node(placed, name, is_error, &nodes, later));
        }
    }
}

fn no_such_node(
    placed: &Placed,
    name: &str,
    is_error: bool,
    nodes: &NodesSoFar<'_>,
    later: Option<Time>,
) -> Problem {
    let now = placed.action.at.since_start();
    let message = format!("there is no node {} at {now}", quote(name));
    // What kubectl would refuse is played as a refusal.
    let make = if is_error {
        Problem::error
    } else {
        Problem::warning
    };
    let problem = make(Some(placed.at), placed.path.clone(), message);
    if let Some(later) = later {
        let later = later.since_start();
        return problem.with_hint(format!("it is added at {later}"));
    }
    match nodes.closest(name) {
        Some(meant) => problem.with_hint(format!("did you mean {}?", quote(&meant))),
        None => problem,
    }
}

/// The nodes with manifests of their own that a command makes.
fn made_nodes(command: &Command) -> Vec<Name> {
    match command {
        Command::AddNode(NodeSource::Manifest(node)) => vec![node.name.clone()],
        Command::Apply(objects) | Command::Create(objects) => {
            let name = |object: &Object| match manifests::identity(object) {
                ("Node", _, name) => Some(Name::from(name)),
                _ => None,
            };
            objects.iter().filter_map(name).collect()
        }
        Command::AddNode(NodeSource::Pool { .. })
        | Command::RemoveNode(_)
        | Command::CrashNode(_)
        | Command::PowerOffNode(_)
        | Command::RecoverNode(_)
        | Command::CreateJobFrom { .. }
        | Command::Delete { .. }
        | Command::Edit { .. }
        | Command::LabelNodes { .. }
        | Command::TaintNodes { .. }
        | Command::CordonNodes { .. }
        | Command::DrainNodes { .. } => Vec::new(),
    }
}

/// The nodes that a command names, and whether one that is not there is an error.
fn named_nodes(command: &Command) -> (&[Name], bool) {
    match command {
        Command::RemoveNode(name)
        | Command::CrashNode(name)
        | Command::PowerOffNode(name)
        | Command::RecoverNode(name) => (std::slice::from_ref(name), true),
        Command::LabelNodes {
            nodes: Selection::Names(names),
            ..
        }
        | Command::TaintNodes {
            nodes: Selection::Names(names),
            ..
        }
        | Command::CordonNodes {
            nodes: Selection::Names(names),
            ..
        }
        | Command::DrainNodes {
            nodes: Selection::Names(names),
            ..
        } => (names, false),
        Command::LabelNodes {
            nodes: Selection::Matching { .. },
            ..
        }
        | Command::TaintNodes {
            nodes: Selection::Matching { .. },
            ..
        }
        | Command::CordonNodes {
            nodes: Selection::Matching { .. },
            ..
        }
        | Command::DrainNodes {
            nodes: Selection::Matching { .. },
            ..
        }
        | Command::AddNode(_)
        | Command::Apply(_)
        | Command::Create(_)
        | Command::CreateJobFrom { .. }
        | Command::Delete { .. }
        | Command::Edit { .. } => (&[], false),
    }
}
