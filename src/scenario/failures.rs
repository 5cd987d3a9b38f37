//! Failures of nodes: `failures` of a pool and `spec.cluster.outages`.

use super::distributions::{distribution, duration};
use super::files::Files;
use super::problem::{Position, Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::{Field, Walk};
use crate::model::{FailureHow, Labels, Name, NodeFailure, Outage, OutageTime, Pool, labels_match};
use crate::sim::{Distribution, Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// More kinds of failure of one pool, or outages, are a mistake.
const FAILURES_MAX: usize = 100;
const OUTAGES_MAX: usize = 10_000;

/// The label that `zone` stands for.
const ZONE: &str = "topology.kubernetes.io/zone";
const HOSTNAME: &str = "kubernetes.io/hostname";

/// The words of `how`; the notice of a drain is a key of its own.
pub(super) const HOW: &[(&str, FailureHow)] = &[
    ("crash", FailureHow::Crash),
    ("powerOff", FailureHow::PowerOff),
    ("remove", FailureHow::Remove),
    ("drain", FailureHow::Drain { notice: Span::ZERO }),
];

/// The words of an outage's `how`: its nodes come back. The value is whether the containers die.
pub(super) const OUTAGE_HOW: &[(&str, bool)] = &[("crash", false), ("powerOff", true)];

/// Reads `failures` of a pool: one map, or a list of maps.
pub(super) fn read(
    field: &Field<'_>,
    files: &mut Files,
    problems: &mut Problems,
) -> Vec<NodeFailure> {
    if field.node.as_seq().is_none() {
        return read_one(field, files, problems).into_iter().collect();
    }
    let items = field.items(problems).unwrap_or_default();
    if items.len() > FAILURES_MAX {
        let message = format!("more than {FAILURES_MAX} kinds of failure of one pool");
        problems.push(field.error(message));
        return Vec::new();
    }
    let read = |item: &Field<'_>| read_one(item, files, problems);
    items.iter().filter_map(read).collect()
}

fn read_one(field: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Option<NodeFailure> {
    let mut walk = field.walk(problems)?;
    let every = walk.required("every");
    let every = every.and_then(|every| gaps(&every, files, walk.problems()));
    let how = walk.required("how");
    let how = how.and_then(|how| how.choice(HOW, walk.problems()));
    let notice = walk.optional("notice");
    let how = how.and_then(|how| with_notice(how, notice.as_ref(), &mut walk));
    let lasts = lasts(&mut walk, how.is_none_or(FailureHow::removes), files);
    walk.finish();
    Some(NodeFailure {
        every: every?,
        how: how?,
        lasts: lasts?,
    })
}

/// Times between failures; always 0 would be no time at all.
fn gaps(field: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Option<Distribution> {
    let gaps = distribution(field, files, problems)?;
    if gaps.mean().is_zero() {
        problems.push(field.error("the time between failures must be longer than 0s"));
        return None;
    }
    Some(gaps)
}

fn with_notice(
    how: FailureHow,
    notice: Option<&Field<'_>>,
    walk: &mut Walk<'_, '_>,
) -> Option<FailureHow> {
    match (how, notice) {
        (FailureHow::Drain { .. }, Some(notice)) => {
            let notice = duration(notice, walk.problems())?;
            Some(FailureHow::Drain { notice })
        }
        (FailureHow::Drain { .. }, None) => {
            let problem = walk.field().error("the key `notice` is missing").with_hint(
                "how long the node has from the drain to its end, `notice: 2m` for example",
            );
            walk.problems().push(problem);
            None
        }
        (FailureHow::Crash | FailureHow::PowerOff | FailureHow::Remove, Some(notice)) => {
            let message = format!("`how: {}` comes without a notice", how.name());
            let problem = notice.error(message).with_hint("`how: drain` has one");
            walk.problems().push(problem);
            None
        }
        (FailureHow::Crash | FailureHow::PowerOff | FailureHow::Remove, None) => Some(how),
    }
}

/// `for`. A node that comes back must know when; the successor of one that does not joins at once.
fn lasts(walk: &mut Walk<'_, '_>, has_default: bool, files: &mut Files) -> Option<Distribution> {
    if let Some(field) = walk.optional("for") {
        return distribution(&field, files, walk.problems());
    }
    if has_default {
        return Distribution::constant(Span::ZERO).ok();
    }
    let problem = walk.field().error("the key `for` is missing").with_hint(
        "how long the node is down, `for: 15m` for example; one that is gone for good is `how: remove`",
    );
    walk.problems().push(problem);
    None
}

/// An outage and where it stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) outage: Outage,
    place: Position,
    path: String,
}

/// Reads `spec.cluster.outages`.
pub(super) fn read_outages(
    items: &[Field<'_>],
    files: &mut Files,
    problems: &mut Problems,
) -> Vec<Placed> {
    if let Some(item) = items.get(OUTAGES_MAX) {
        problems.push(item.error(format!("more than {OUTAGES_MAX} outages")));
        return Vec::new();
    }
    let mut outages: Vec<Placed> = Vec::new();
    let mut seen: BTreeMap<Name, u32> = BTreeMap::new();
    for item in items {
        let Some(mut outage) = read_outage(item, files, problems) else {
            continue;
        };
        let same = seen.entry(outage.text.clone()).or_insert(0);
        outage.nth = *same;
        *same += 1;
        outages.push(Placed {
            outage,
            place: item.node.at,
            path: item.path.clone(),
        });
    }
    outages
}

fn read_outage(field: &Field<'_>, files: &mut Files, problems: &mut Problems) -> Option<Outage> {
    let mut walk = field.walk(problems)?;
    let target = target(&mut walk);
    let begins = begins(&mut walk, files);
    let how = walk.required("how");
    let powered_off = how.and_then(|how| outage_how(&how, walk.problems()));
    let lasts = lasts(&mut walk, false, files);
    walk.finish();
    let (text, labels) = target?;
    Some(Outage {
        text,
        nth: 0,
        labels,
        begins: begins?,
        powered_off: powered_off?,
        lasts: lasts?,
    })
}

fn outage_how(field: &Field<'_>, problems: &mut Problems) -> Option<bool> {
    let is_of_a_pool = |word: &str| HOW.iter().any(|(name, how)| *name == word && how.removes());
    if field.node.as_str().is_some_and(is_of_a_pool) {
        let problem = field.expected("one of `crash`, `powerOff`");
        problems.push(problem.with_hint(
            "the nodes of an outage come back; nodes that go are `failures` of their pool",
        ));
        return None;
    }
    field.choice(OUTAGE_HOW, problems)
}

/// `zone` or `match`, as text and as labels.
fn target(walk: &mut Walk<'_, '_>) -> Option<(Name, Vec<(Name, Name)>)> {
    let (zone, labels) = (walk.optional("zone"), walk.optional("match"));
    match (zone, labels) {
        (Some(zone), None) => {
            let zone = zone.text(walk.problems())?;
            let text = format!("zone={zone}").into();
            Some((text, vec![(ZONE.into(), zone.into())]))
        }
        (None, Some(labels)) => {
            let labels = read_labels(&labels, walk.problems())?;
            let text: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            Some((text.join(",").into(), labels))
        }
        (Some(_), Some(_)) => {
            let problem = walk
                .field()
                .error("both `zone` and `match` are given; write two outages")
                .with_hint(format!("`zone` is short for the label {ZONE}"));
            walk.problems().push(problem);
            None
        }
        (None, None) => {
            let problem = walk
                .field()
                .error("expected one of the keys `zone`, `match`");
            walk.problems()
                .push(problem.with_hint("which nodes fail together"));
            None
        }
    }
}

/// Labels of nodes, values as globs; at least one.
pub(super) fn read_labels(field: &Field<'_>, problems: &mut Problems) -> Option<Vec<(Name, Name)>> {
    let entries = field.entries(problems)?;
    if entries.is_empty() {
        let problem = field.error("no label is given");
        problems.push(problem.with_hint("`kubernetes.io/hostname: \"*\"` is every node"));
        return None;
    }
    let mut labels = Vec::new();
    for (key, value) in entries {
        if value.node.as_map().is_some() {
            let problem = value.expected("the text of a label");
            problems.push(problem.with_hint("labels stand directly under `match`: {disk: old}"));
            return None;
        }
        labels.push((key.name.as_str().into(), value.text(problems)?.into()));
    }
    labels.sort();
    Some(labels)
}

fn begins(walk: &mut Walk<'_, '_>, files: &mut Files) -> Option<OutageTime> {
    let (at, every) = (walk.optional("at"), walk.optional("every"));
    let fault = match (at, every) {
        (Some(at), None) => {
            let at = duration(&at, walk.problems())?;
            return Some(OutageTime::At(Time::ZERO + at));
        }
        (None, Some(every)) => {
            let every = gaps(&every, files, walk.problems())?;
            return Some(OutageTime::Every(every));
        }
        (Some(_), Some(_)) => "both `at` and `every` are given; write two outages",
        (None, None) => "expected one of the keys `at`, `every`",
    };
    let problem = walk.field().error(fault);
    walk.problems().push(
        problem.with_hint("`at: 3h` is one outage, `every: {exponential: {mean: 30d}}` draws them"),
    );
    None
}

/// What there is to say about outages once everything is read: one that never comes, one that strikes nobody.
/// `nodes` are the labels of nodes with manifests of their own; `None`: more nodes may come, or labels change.
pub(super) fn check_outages(
    outages: &[Placed],
    pools: &[Pool],
    nodes: Option<&[&Labels]>,
    horizon: Option<Span>,
    problems: &mut Problems,
) {
    let of_pools: Vec<Labels> = pools.iter().map(|pool| pool.node(1).labels).collect();
    for placed in outages {
        let Outage {
            text,
            labels,
            begins,
            ..
        } = &placed.outage;
        let mut warn = |message, hint: Option<String>| {
            let problem = Problem::warning(placed.place, &placed.path, message);
            problems.push(match hint {
                Some(hint) => problem.with_hint(hint),
                None => problem,
            });
        };
        if let (OutageTime::At(at), Some(horizon)) = (begins, horizon)
            && at.since_start() >= horizon
        {
            let at = at.since_start();
            let message =
                format!("at {at} the run is over, which lasts {horizon}: this never happens");
            warn(message, None);
        }
        let Some(nodes) = nodes else { continue };
        let all = || of_pools.iter().chain(nodes.iter().copied());
        // A host's name is another one on every node of a pool.
        let names_hosts = labels.iter().any(|(key, _)| **key == *HOSTNAME);
        if !names_hosts && !all().any(|node| labels_match(labels, node)) {
            let message = format!("no node is of {text}: this outage strikes nobody");
            warn(message, closest(labels, &all()));
        }
    }
}

/// Advice for the first label that no node has.
fn closest<'n>(
    labels: &[(Name, Name)],
    nodes: &(impl Iterator<Item = &'n Labels> + Clone),
) -> Option<String> {
    let missing = |(key, value): &&(Name, Name)| {
        let one = [(key.clone(), value.clone())];
        !nodes.clone().any(|node| labels_match(&one, node))
    };
    let (key, value) = labels.iter().find(missing)?;
    let values: BTreeSet<&str> = nodes
        .clone()
        .filter_map(|node| node.get(key).map(|value| &**value))
        .collect();
    if values.is_empty() {
        return Some(format!("no node has the label {key}"));
    }
    if let Some(meant) = did_you_mean(value, values.iter().copied()) {
        return Some(format!("did you mean {}?", quote(meant)));
    }
    let values: Vec<String> = values.iter().take(8).map(|value| quote(value)).collect();
    Some(format!("the nodes have {key}: {}", values.join(", ")))
}
