//! `spec.arrivals`: objects that come over time, with drawn gaps or as the rows of a file say.

use std::collections::BTreeMap;

use super::distributions::{distribution, duration};
use super::document::Node;
use super::files::Files;
use super::manifests::PassedOver;
use super::names::{SUBDOMAIN_HINT, is_subdomain};
use super::path;
use super::problem::{Position, Problem, Problems, quote};
use super::trace;
use super::walk::{Field, Walk};
use crate::k8s;
use crate::model::{
    ARRIVALS_MAX, ArrivalNaming, ArrivalSource, Arrivals, DrawnArrivals, Name, Object,
};
use crate::sim::{Distribution, Span, Time};

/// More entries are a mistake.
const ENTRIES_MAX: usize = 10_000;

/// An entry and where it stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) arrivals: Arrivals,
    at: Position,
    path: String,
}

/// What entries are read with.
pub(super) struct Context<'a> {
    pub(super) files: &'a mut Files,
    pub(super) passed_over: &'a mut PassedOver,
    pub(super) horizon: Option<Span>,
}

/// The object of an entry, before it has a name.
pub(super) struct Template<'a> {
    /// As it was written.
    pub(super) node: &'a Node,
    pub(super) path: String,
    pub(super) object: Object,
    pub(super) naming: Option<ArrivalNaming>,
}

impl Template<'_> {
    /// Something is wrong with how the object is named.
    pub(super) fn naming_error(&self, message: &str) -> Problem {
        let at = self.node.get("metadata").unwrap_or(self.node).at;
        Problem::error(at, path::child(&self.path, "metadata"), message)
    }
}

/// Reads the list.
pub(super) fn read(
    items: &[Field<'_>],
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Vec<Placed> {
    if let Some(item) = items.get(ENTRIES_MAX) {
        problems.push(item.error(format!("more than {ENTRIES_MAX} entries of arrivals")));
        return Vec::new();
    }
    let mut seen: BTreeMap<&str, Position> = BTreeMap::new();
    let mut placed = Vec::new();
    for item in items {
        if let Some(name) = item.node.get("name")
            && let Some(text) = name.as_str()
        {
            if seen.contains_key(text) {
                let message = format!("the arrivals {} are there twice", quote(text));
                let path = path::child(&item.path, "name");
                let problem = Problem::error(name.at, path, message);
                problems
                    .push(problem.with_hint("the name stands for figures and draws of its own"));
            }
            seen.insert(text, name.at);
        }
        placed.extend(read_one(item, context, problems));
    }
    placed
}

fn read_one(
    item: &Field<'_>,
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Option<Placed> {
    let mut walk = item.walk(problems)?;
    let name = walk.required("name");
    let name = name.and_then(|name| read_name(&name, walk.problems()));
    let (times, file) = (walk.optional("times"), walk.optional("file"));
    let columns = walk.optional("columns");
    let bounds = ["start", "end", "count"].map(|key| walk.optional(key));
    let object = walk.required("object");
    let template = object.and_then(|object| read_object(&object, context, walk.problems()));
    let template = template.as_ref();
    let source = match (times, file) {
        (Some(times), None) => {
            refuse(&[columns], "times", "a file", &mut walk);
            read_drawn(&times, &bounds, template, context, &mut walk)
        }
        (None, Some(file)) => {
            refuse(&bounds, "file", "drawn times", &mut walk);
            trace::read(&file, columns.as_ref(), template, context, &mut walk)
        }
        (times, _) => {
            let fault = if times.is_some() {
                "both `times` and `file` are given; write two entries"
            } else {
                "expected one of the keys `times`, `file`"
            };
            let hint = "`times: {exponential: {mean: 30s}}` draws the gaps, `file: x.csv` has a row for each object";
            let problem = item.error(fault).with_hint(hint);
            walk.problems().push(problem);
            None
        }
    };
    walk.finish();
    let (naming, source) = source?;
    let arrivals = Arrivals {
        name: name?,
        naming,
        source,
    };
    Some(Placed {
        arrivals,
        at: item.node.at,
        path: item.path.clone(),
    })
}

fn read_name(field: &Field<'_>, problems: &mut Problems) -> Option<Name> {
    let text = field.text(problems)?;
    if is_subdomain(text) {
        return Some(text.into());
    }
    let problem = field.error(format!("{} cannot be the name of arrivals", quote(text)));
    problems.push(problem.with_hint(SUBDOMAIN_HINT));
    None
}

/// Keys that go with the other way to say when objects come.
fn refuse(fields: &[Option<Field<'_>>], with: &str, of: &str, walk: &mut Walk<'_, '_>) {
    for field in fields.iter().flatten() {
        let key = field.path.rsplit('.').next().unwrap_or_default();
        let message = format!("{} is for {of}, and here is `{with}`", quote(key));
        walk.problems().push(field.error(message));
    }
}

/// Reads the object. `None`, too, for one of a kind that has no effect.
fn read_object<'a>(
    field: &Field<'a>,
    context: &mut Context<'_>,
    problems: &mut Problems,
) -> Option<Template<'a>> {
    let options = k8s::Options::at(&field.path).named_later();
    let decoded = k8s::decode(field.node, options, problems);
    for passed in decoded.no_effect {
        context.passed_over.add(&passed.kind, passed.at);
    }
    let mut objects = decoded.objects.into_iter();
    let object = objects.next()?;
    if objects.next().is_some() {
        let problem = field.error("expected one object, found a list of several");
        problems.push(problem.with_hint("write an entry for each"));
        return None;
    }
    let Some(meta) = object.meta() else {
        let problem = field.error("nodes do not come with `arrivals`");
        problems.push(problem.with_hint("`actions` add nodes, and so does `autoscale` of a pool"));
        return None;
    };
    let text = |key: &str| {
        let value = field.node.at_path(["metadata", key]).and_then(Node::as_str);
        value.filter(|text| !text.is_empty())
    };
    let naming = match (text("name"), text("generateName")) {
        (Some(_), _) => Some(ArrivalNaming::Numbered(meta.name.clone())),
        (None, Some(_)) => Some(ArrivalNaming::Generated(meta.name.clone())),
        (None, None) => None,
    };
    Some(Template {
        node: field.node,
        path: field.path.clone(),
        object,
        naming,
    })
}

/// The naming that the object's metadata gives.
pub(super) fn naming_of(template: &Template<'_>, problems: &mut Problems) -> Option<ArrivalNaming> {
    if template.naming.is_none() {
        let problem = template.naming_error("one of the keys `generateName`, `name` is missing");
        problems.push(
            problem.with_hint("with `generateName: adhoc-` each object gets a drawn suffix, with `name: adhoc` a number"),
        );
    }
    template.naming.clone()
}

fn read_drawn(
    times: &Field<'_>,
    [start, end, count]: &[Option<Field<'_>>; 3],
    template: Option<&Template<'_>>,
    context: &mut Context<'_>,
    walk: &mut Walk<'_, '_>,
) -> Option<(ArrivalNaming, ArrivalSource)> {
    let problems = walk.problems();
    let naming = template.and_then(|template| naming_of(template, problems));
    let gaps = distribution(times, context.files, problems);
    let gaps = gaps.filter(|gaps| {
        if gaps.mean().is_zero() {
            problems.push(times.error("the time between arrivals must be longer than 0s"));
        }
        !gaps.mean().is_zero()
    });
    let mut time = |field: &Option<Field<'_>>| match field {
        Some(field) => duration(field, problems).map(|span| Some(Time::ZERO + span)),
        None => Some(None),
    };
    let (starts, ends) = (time(start), time(end));
    let counted = match count {
        Some(count) => count.int(1..=ARRIVALS_MAX, problems).map(Some),
        None => Some(None),
    };
    let (gaps, starts, ends, counted) = (gaps?, starts?.unwrap_or(Time::ZERO), ends?, counted?);
    if let (Some(end), Some(field)) = (ends, end)
        && end <= starts
    {
        let message = format!(
            "the end ({}) is not after the start ({})",
            end.since_start(),
            starts.since_start()
        );
        problems.push(field.error(message));
        return None;
    }
    if let (Some(field), Some(horizon)) = (start, context.horizon)
        && starts.since_start() >= horizon
    {
        let at = starts.since_start();
        let message = format!("at {at} the run is over, which lasts {horizon}: nothing comes");
        problems.push(Problem::warning(field.node.at, &field.path, message));
    }
    if !is_bearable(&gaps, starts, ends, counted, context.horizon) {
        let message = format!("more than {ARRIVALS_MAX} arrivals are to be expected");
        let problem = times.error(message);
        problems.push(problem.with_hint("make the gaps longer, or give a `count`"));
        return None;
    }
    let drawn = DrawnArrivals {
        object: template?.object.clone(),
        gaps,
        start: starts,
        end: ends,
        count: counted,
    };
    Some((naming?, ArrivalSource::Drawn(Box::new(drawn))))
}

/// Whether there will be no more arrivals than a run can bear.
fn is_bearable(
    gaps: &Distribution,
    start: Time,
    end: Option<Time>,
    count: Option<u32>,
    horizon: Option<Span>,
) -> bool {
    let end = end.map(Time::since_start);
    let last = match (end, horizon) {
        (Some(end), Some(horizon)) => Some(end.min(horizon)),
        (end, horizon) => end.or(horizon),
    };
    let (Some(last), None) = (last, count) else {
        return true;
    };
    let lasts = last - start.since_start();
    lasts.as_nanos() / gaps.mean().as_nanos() <= i64::from(ARRIVALS_MAX)
}

/// Without a horizon every entry must come to an end.
pub(super) fn check_ends(arrivals: &[Placed], problems: &mut Problems) {
    for placed in arrivals
        .iter()
        .filter(|placed| !placed.arrivals.is_bounded())
    {
        let message = "these arrivals never end, and the run has no `duration`";
        let problem = Problem::error(placed.at, &placed.path, message);
        problems
            .push(problem.with_hint("give them a `count` or an `end`, or give `spec.duration`"));
    }
}
