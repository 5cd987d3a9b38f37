//! The keys of a scenario: a document becomes a model.

use super::actions;
use super::arrivals;
use super::behaviors;
use super::cluster;
use super::distributions::{duration, positive_duration};
use super::document::Node;
use super::expectations::{self, Expectation, Names};
use super::failures;
use super::files::Files;
use super::manifests::{self, PassedOver, Placed};
use super::names::{SUBDOMAIN_HINT, is_subdomain};
use super::problem::{Position, Problem, Problems, quote};
use super::walk::{Field, Walk};
use crate::model::{BehaviorRule, Command, Labels, Model, Name, NodeSpec, Object};
use crate::sim::Span;

/// The wall clock at t = 0 where `spec.start` is missing: 2026-01-01T00:00:00Z.
const DEFAULT_START_UNIX_NANOS: i64 = 1_767_225_600 * 1_000_000_000;

/// How long a run lasts that nobody limits and that a `CronJob` keeps alive.
const DURATION_WITH_CRONJOBS: Span = Span::from_days(1);

/// What `spec` says, before it is put together.
struct Spec {
    at: Position,
    start_unix_nanos: i64,
    duration: Option<Span>,
    seed: u64,
    warm_up: Span,
    cluster: cluster::Cluster,
    objects: Vec<Placed>,
    behaviors: Vec<BehaviorRule>,
    actions: Vec<actions::Placed>,
    arrivals: Vec<arrivals::Placed>,
    /// Everything that could bring a node was read.
    nodes_are_known: bool,
    expectations: Vec<Expectation>,
}

/// Reads a whole scenario, whose run has an end that is said elsewhere (`--until`) or not; `None` where an error keeps a model from being made.
pub(super) fn read(
    root: &Node,
    files: &mut Files,
    ends_elsewhere: bool,
    problems: &mut Problems,
) -> Option<(Model, Vec<Expectation>)> {
    let mut walk = Field::new(root, "").walk(problems)?;
    walk.choice("apiVersion", &[("podtime/v1", ())]);
    walk.choice("kind", &[("Scenario", ())]);
    let (name, description) = read_metadata(&mut walk);
    let mut passed_over = PassedOver::default();
    let spec = walk.required("spec");
    let spec =
        spec.and_then(|spec| read_spec(&spec, root, files, &mut passed_over, walk.problems()));
    walk.finish();
    passed_over.report(problems);
    let spec = spec?;
    check(&spec, files, problems);
    if !ends_elsewhere && spec.horizon().is_none() {
        arrivals::check_ends(&spec.arrivals, problems);
    }
    if problems.has_errors() {
        return None;
    }
    Some(assemble(spec, name?, description))
}

fn read_metadata(root: &mut Walk<'_, '_>) -> (Option<Name>, Name) {
    let Some(metadata) = root.required("metadata") else {
        return (None, "".into());
    };
    let Some(mut walk) = metadata.walk(root.problems()) else {
        return (None, "".into());
    };
    let name = walk.required("name");
    let name = name.and_then(|name| {
        let text = name.text(walk.problems())?;
        if is_subdomain(text) {
            return Some(text.into());
        }
        let message = format!(
            "{} cannot be the name of a scenario, and of a folder",
            quote(text)
        );
        let problem = name.error(message).with_hint(SUBDOMAIN_HINT);
        walk.problems().push(problem);
        None
    });
    let description = walk.text("description").unwrap_or("").trim().into();
    walk.finish();
    (name, description)
}

fn read_spec(
    field: &Field<'_>,
    root: &Node,
    files: &mut Files,
    passed_over: &mut PassedOver,
    problems: &mut Problems,
) -> Option<Spec> {
    let mut walk = field.walk(problems)?;
    let start = walk.parsed("start", "a time such as 2026-01-05T00:00:00Z", unix_nanos);
    let start_unix_nanos = start.unwrap_or(DEFAULT_START_UNIX_NANOS);
    let duration_field = walk.optional("duration");
    let duration_value =
        duration_field.and_then(|field| positive_duration(&field, walk.problems()));
    check_end(&mut walk, start_unix_nanos, duration_value);
    let seed = walk.int("seed", 0..=u64::MAX).unwrap_or(0);
    let warm_up = walk.optional("warmUp");
    let warm_up = warm_up.and_then(|field| {
        let span = duration(&field, walk.problems())?;
        if duration_value.is_some_and(|duration| span >= duration) {
            let message = format!("the warm-up ({span}) leaves nothing of the run");
            walk.problems().push(field.error(message));
        }
        Some(span)
    });
    let mut found = Problems::new();
    let cluster = match walk.optional("cluster") {
        Some(field) => cluster::read(&field, root, files, passed_over, &mut found),
        None => cluster::Cluster::default(),
    };
    let mut nodes_are_known = !found.has_errors();
    walk.problems().extend(found);
    let mut found = Problems::new();
    let objects = match walk.optional("manifests") {
        Some(list) => {
            let origins = manifests::find(&list, files, &mut found);
            manifests::decode_all(&origins, root, files, passed_over, &mut found)
        }
        None => Vec::new(),
    };
    nodes_are_known &= !found.has_errors();
    walk.problems().extend(found);
    let rules = walk.items("behaviors");
    let behaviors = rules
        .iter()
        .filter_map(|rule| behaviors::read(rule, files, walk.problems()))
        .collect();
    let arrivals = read_arrivals(&mut walk, files, passed_over, duration_value);
    let items = walk.items("actions");
    let mut context = actions::Context {
        pools: &cluster.pools,
        files,
        passed_over,
        start_unix_nanos,
        horizon: duration_value,
        nodes_are_known,
    };
    let actions = actions::read(&items, &mut context, walk.problems());
    let nodes_are_known = context.nodes_are_known;
    let items = walk.items("expect");
    let expectations = expectations::read(&items, walk.problems());
    walk.finish();
    Some(Spec {
        at: field.node.at,
        start_unix_nanos,
        duration: duration_value,
        seed,
        warm_up: warm_up.unwrap_or(Span::ZERO),
        cluster,
        objects,
        behaviors,
        actions,
        arrivals,
        nodes_are_known,
        expectations,
    })
}

fn read_arrivals(
    walk: &mut Walk<'_, '_>,
    files: &mut Files,
    passed_over: &mut PassedOver,
    horizon: Option<Span>,
) -> Vec<arrivals::Placed> {
    let items = walk.items("arrivals");
    let mut context = arrivals::Context {
        files,
        passed_over,
        horizon,
    };
    arrivals::read(&items, &mut context, walk.problems())
}

/// RFC 3339, as nanoseconds since the Unix epoch.
fn unix_nanos(text: &str) -> Result<i64, String> {
    use chrono::format::ParseErrorKind as Kind;
    let time = chrono::DateTime::parse_from_rfc3339(text).map_err(|error| {
        let is_beyond = matches!(error.kind(), Kind::OutOfRange | Kind::Impossible);
        let hint = if is_beyond {
            "there is no such day or time"
        } else {
            "a date, `T`, a time, and the zone: `Z`, or an offset such as `+01:00`"
        };
        hint.to_owned()
    })?;
    let nanos = time.timestamp_nanos_opt();
    nanos.ok_or_else(|| "the year must be from 1678 to 2261".to_owned())
}

fn check_end(walk: &mut Walk<'_, '_>, start: i64, duration: Option<Span>) {
    let length = duration.unwrap_or(Span::ZERO).as_nanos();
    if start.checked_add(length).is_none() {
        let problem = walk.field().error("the run must end before the year 2262");
        walk.problems().push(problem);
    }
}

/// What can be checked only when everything is read.
fn check(spec: &Spec, files: &Files, problems: &mut Problems) {
    let added = actions::added(&spec.actions, spec.cluster.pools.len());
    let (more_nodes, others): (Vec<&Placed>, Vec<&Placed>) = spec
        .objects
        .iter()
        .partition(|placed| matches!(placed.object, Object::Node(_)));
    let nodes: Vec<&Placed> = spec.cluster.nodes.iter().chain(more_nodes).collect();
    let names: Vec<Name> = nodes
        .iter()
        .map(|placed| manifests::identity(&placed.object).2.into())
        .collect();
    cluster::check(&spec.cluster, &nodes, &added, problems);
    // A node that could not be read is no reason to miss it elsewhere.
    if spec.nodes_are_known {
        actions::check_nodes(&spec.actions, &spec.cluster, &names, problems);
    }
    check_outages(spec, &nodes, problems);
    manifests::check_duplicates(&others, files, problems);
    if !problems.has_errors() {
        let mut names = Names::default();
        for placed in &others {
            names.add(&placed.object);
        }
        for placed in &spec.actions {
            names.add_made_by(&placed.action.command);
        }
        for placed in &spec.arrivals {
            names.add_arrival(&placed.arrivals.name);
        }
        names.check(&spec.expectations, problems);
    }
    let pools = spec.cluster.pools.iter();
    let pool_nodes = pools
        .map(|pool| {
            let most = pool.autoscale.as_ref().map(|autoscale| autoscale.max);
            pool.count.max(most.unwrap_or(0))
        })
        .max();
    let has_no_node = spec.nodes_are_known && pool_nodes.unwrap_or(0) == 0;
    if has_no_node && nodes.is_empty() && !spec.actions.iter().any(actions::Placed::brings_node) {
        let message = "there is no node: pods stay Pending until the end";
        problems.push(Problem::warning(spec.at, "spec.cluster", message));
    }
}

fn check_outages(spec: &Spec, nodes: &[&Placed], problems: &mut Problems) {
    let changes = |placed: &actions::Placed| {
        placed.brings_node() || matches!(placed.action.command, Command::LabelNodes { .. })
    };
    let labels: Vec<&Labels> = nodes
        .iter()
        .filter_map(|placed| {
            if let Object::Node(node) = &placed.object {
                Some(&node.labels)
            } else {
                None
            }
        })
        .collect();
    let are_known = spec.nodes_are_known && !spec.actions.iter().any(changes);
    failures::check_outages(
        &spec.cluster.outages,
        &spec.cluster.pools,
        are_known.then_some(&labels),
        spec.duration,
        problems,
    );
}

impl Spec {
    /// When the run ends at the latest, whatever happens in it.
    fn horizon(&self) -> Option<Span> {
        let is_cronjob = |object: &Object| matches!(object, Object::CronJob(_));
        let of_arrivals =
            |placed: &arrivals::Placed| placed.arrivals.objects().iter().any(is_cronjob);
        let any_cronjob = self.objects.iter().any(|placed| is_cronjob(&placed.object))
            || self.actions.iter().any(|placed| placed.brings(is_cronjob))
            || self.arrivals.iter().any(of_arrivals);
        let default = any_cronjob.then_some(DURATION_WITH_CRONJOBS);
        self.duration.or(default)
    }
}

fn assemble(spec: Spec, name: Name, description: Name) -> (Model, Vec<Expectation>) {
    let duration = spec.horizon();
    let mut nodes: Vec<NodeSpec> = Vec::new();
    let mut objects = Vec::new();
    for placed in spec.cluster.nodes.into_iter().chain(spec.objects) {
        if let Object::Node(node) = placed.object {
            nodes.push(node);
        } else {
            objects.push(placed.object);
        }
    }
    let model = Model {
        name,
        description,
        start_unix_nanos: spec.start_unix_nanos,
        duration,
        seed: spec.seed,
        warm_up: spec.warm_up,
        control_plane: spec.cluster.control_plane,
        pools: spec.cluster.pools,
        outages: spec
            .cluster
            .outages
            .into_iter()
            .map(|placed| placed.outage)
            .collect(),
        nodes,
        objects,
        behaviors: spec.behaviors,
        actions: spec
            .actions
            .into_iter()
            .map(|placed| placed.action)
            .collect(),
        arrivals: spec
            .arrivals
            .into_iter()
            .map(|placed| placed.arrivals)
            .collect(),
        edit: crate::k8s::edit,
    };
    (model, spec.expectations)
}
