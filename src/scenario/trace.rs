//! Arrivals from the rows of a CSV file: which columns it has, and what their cells mean.

use super::arrivals::{Context, Template, naming_of};
use super::cells::{Cell, Table};
use super::files::Files;
use super::measures::{Found, Quantity, UNITS, value};
use super::names::{SUBDOMAIN_HINT, is_subdomain};
use super::problem::{Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::{Field, Walk};
use crate::k8s;
use crate::model::{
    ARRIVALS_MAX, ArrivalNaming, ArrivalSource, ContainerKind, Object, Resources, Trace, TraceRow,
};
use crate::sim::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A key of `columns`.
pub(super) struct Column {
    pub(super) key: &'static str,
    pub(super) description: &'static str,
    quantity: Quantity,
}

/// The keys of `columns`.
pub(super) const COLUMNS: &[Column] = &[
    Column {
        key: "name",
        description: "The object's name.",
        quantity: Quantity::Name,
    },
    Column {
        key: "at",
        description: "When it comes, from the start of the run: `_s`, `_ms`, or durations such as 90s.",
        quantity: Quantity::Time,
    },
    Column {
        key: "run",
        description: "How long its containers run: `_s`, `_ms`, or durations such as 90s.",
        quantity: Quantity::Time,
    },
    Column {
        key: "cpu",
        description: "What its first container requests: `_m`, or quantities such as 500m.",
        quantity: Quantity::Cpu,
    },
    Column {
        key: "memory",
        description: "What its first container requests: `_mib`, `_bytes`, or quantities such as 1Gi.",
        quantity: Quantity::Memory,
    },
    Column {
        key: "exitCode",
        description: "How its containers end, from 0 to 255.",
        quantity: Quantity::ExitCode,
    },
];

/// The columns in the order of [`COLUMNS`].
type Layout = [Option<Found>; 6];

/// Reads `file` and `columns`.
pub(super) fn read(
    file: &Field<'_>,
    columns: Option<&Field<'_>>,
    template: Option<&Template<'_>>,
    context: &mut Context<'_>,
    walk: &mut Walk<'_, '_>,
) -> Option<(ArrivalNaming, ArrivalSource)> {
    let Some(columns) = columns else {
        let problem = walk.field().error("the key `columns` is missing");
        walk.problems().push(problem.with_hint(
            "which column of the file says what: `columns: {name: name, at: submit_s, run: duration_s}`",
        ));
        return None;
    };
    let problems = walk.problems();
    let named = named_columns(columns, problems);
    let path = file.text(problems)?;
    let source = match context.files.read(path) {
        Ok(source) => source,
        Err(problem) => {
            problems.push(problem.or_at(file.node.at, &file.path));
            return None;
        }
    };
    let files: &Files = context.files;
    let mut table = match Table::open(files.sources(), source) {
        Ok(table) => table,
        Err(problem) => {
            problems.push(problem.or_at(file.node.at, &file.path));
            return None;
        }
    };
    let layout = find_columns(&named?, &table, problems)?;
    let template = template?;
    let naming = naming(template, &layout, columns, problems);
    let container = container(template, &layout, columns, problems);
    let rows = read_rows(&mut table, &layout, template, container?, problems)?;
    warn_of_late_rows(&rows.trace, file, context.horizon, problems);
    let objects = rows.objects(template, container?);
    Some((naming?, ArrivalSource::Trace(rows.trace.finish(objects))))
}

/// The values of `columns`, in the order of [`COLUMNS`].
fn named_columns<'a>(
    columns: &Field<'a>,
    problems: &mut Problems,
) -> Option<Vec<Option<Field<'a>>>> {
    let mut walk = columns.walk(problems)?;
    let fields: Vec<Option<Field<'a>>> = COLUMNS
        .iter()
        .map(|column| match column.key {
            "at" => walk.required("at"),
            key => walk.optional(key),
        })
        .collect();
    walk.finish();
    fields[1].is_some().then_some(fields)
}

fn find_columns(
    named: &[Option<Field<'_>>],
    table: &Table<'_>,
    problems: &mut Problems,
) -> Option<Layout> {
    let before = problems.len();
    let mut layout: Layout = [None; 6];
    for ((column, field), found) in COLUMNS.iter().zip(named).zip(&mut layout) {
        let Some(field) = field else { continue };
        let Some(name) = field.text(problems) else {
            continue;
        };
        let Some(place) = table.header.iter().position(|have| have.trim() == name) else {
            problems.push(no_column(field, name, table));
            continue;
        };
        let quantity = column.quantity;
        let unit = UNITS.iter().find(|unit| name.ends_with(*unit));
        let known = quantity.units();
        let counts = known.iter().find(|(word, _)| Some(word) == unit);
        if let (Some(unit), None, false) = (unit, counts, known.is_empty()) {
            let message = format!(
                "{} ends in the unit `{unit}`, which is none of `{}`",
                quote(name),
                column.key
            );
            let words: Vec<String> = known.iter().map(|(word, _)| quote(word)).collect();
            let hint = format!(
                "its units are {}; without one each cell is {}",
                words.join(", "),
                quantity.example()
            );
            problems.push(field.error(message).with_hint(hint));
            continue;
        }
        *found = Some(Found {
            quantity,
            place,
            unit: counts.map(|(_, counts)| *counts),
        });
    }
    (problems.len() == before).then_some(layout)
}

fn no_column(field: &Field<'_>, name: &str, table: &Table<'_>) -> Problem {
    let file = table.name();
    let problem = field.error(format!(
        "there is no column {} in {}",
        quote(name),
        quote(file)
    ));
    let names = || table.header.iter().map(str::trim);
    if let Some(meant) = did_you_mean(name, names()) {
        return problem.with_hint(format!("did you mean {}?", quote(meant)));
    }
    let names: Vec<String> = names().map(quote).collect();
    problem.with_hint(format!("the columns are {}", names.join(", ")))
}

/// The rows name the objects, or the template does.
fn naming(
    template: &Template<'_>,
    layout: &Layout,
    columns: &Field<'_>,
    problems: &mut Problems,
) -> Option<ArrivalNaming> {
    if layout[0].is_none() {
        return naming_of(template, problems);
    }
    if template.naming.is_none() {
        return Some(ArrivalNaming::ByRow);
    }
    let problem = template.naming_error("the rows of the file name the objects, and so does this");
    let hint = format!("remove the name here, or `name` from `{}`", columns.path);
    problems.push(problem.with_hint(hint));
    None
}

/// The place of the container that the rows are about, where they fill anything in.
fn container(
    template: &Template<'_>,
    layout: &Layout,
    columns: &Field<'_>,
    problems: &mut Problems,
) -> Option<usize> {
    if layout[2..].iter().all(Option::is_none) {
        return Some(0);
    }
    let mut object = template.object.clone();
    let kind = object.kind();
    let Some((pods, _)) = object.template_mut() else {
        let message = format!("the rows say what pods do, and a {kind} has none");
        let problem = columns.error(message);
        problems.push(problem.with_hint("only `name` and `at` have a meaning for it"));
        return None;
    };
    let is_regular = |kind: &ContainerKind| *kind == ContainerKind::Regular;
    pods.spec
        .containers
        .iter()
        .position(|container| is_regular(&container.kind))
}

/// Rows that were read, and the requests that they refer to.
#[derive(Default)]
struct Rows {
    trace: Trace,
    /// CPU and memory, `None` where a cell is empty.
    requests: BTreeMap<(Option<i64>, Option<i64>), u32>,
}

impl Rows {
    fn objects(&self, template: &Template<'_>, container: usize) -> Vec<Object> {
        let mut requests: Vec<_> = self.requests.iter().collect();
        requests.sort_by_key(|(_, number)| **number);
        requests
            .into_iter()
            .map(|((cpu, memory), _)| filled(&template.object, container, *cpu, *memory))
            .collect()
    }
}

/// The object with the requests of a row.
fn filled(object: &Object, container: usize, cpu: Option<i64>, memory: Option<i64>) -> Object {
    let mut object = object.clone();
    if (cpu, memory) == (None, None) {
        return object;
    }
    let Some((template, text)) = object.template_mut() else {
        return object;
    };
    let template = Arc::make_mut(template);
    if let Some(container) = template.spec.containers.get_mut(container) {
        let Resources {
            cpu_m,
            memory_bytes,
            ..
        } = &mut container.requests;
        if let Some(cpu) = cpu {
            *cpu_m = cpu;
            container.requests_named.0 = true;
        }
        if let Some(memory) = memory {
            *memory_bytes = memory;
            container.requests_named.1 = true;
        }
        let name = container.name.clone();
        *text = k8s::with_requests(text, &name, cpu, memory);
        if let Object::CronJob(cronjob) = &mut object {
            let text = &mut cronjob.spec.job_text;
            *text = k8s::with_requests(text, &name, cpu, memory);
        }
    }
    object
}

fn read_rows(
    table: &mut Table<'_>,
    layout: &Layout,
    template: &Template<'_>,
    container: usize,
    problems: &mut Problems,
) -> Option<Rows> {
    let mut object = template.object.clone();
    let limits = object
        .template_mut()
        .and_then(|(pods, _)| Some(pods.spec.containers.get(container)?.limits.clone()));
    let mut reading = Reading {
        limits: limits.unwrap_or_default(),
        rows: Rows::default(),
        names: BTreeSet::new(),
    };
    let mut found = Problems::new();
    let mut count = 0_u32;
    while let Some(row) = table.next_row() {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                found.push(problem);
                break;
            }
        };
        count += 1;
        if count > ARRIVALS_MAX {
            let message = format!("more than {ARRIVALS_MAX} rows");
            found.push(row.cell(0).error(table, &message, ""));
            break;
        }
        let cells = layout.map(|found| found.map(|found| (found, row.cell(found.place))));
        reading.add(&cells, table, &mut found);
    }
    if count == 0 {
        let message = "there is no row in this file: nothing comes";
        found.push(Problem::warning(table.start(), "", message));
    }
    let is_read = !found.has_errors();
    problems.extend(found);
    is_read.then_some(reading.rows)
}

/// Rows while they are read.
struct Reading {
    /// Of the container that the rows fill in.
    limits: Resources,
    rows: Rows,
    names: BTreeSet<Box<str>>,
}

impl Reading {
    /// Checks a row, whose cells are in the order of [`COLUMNS`], and keeps it.
    fn add(
        &mut self,
        cells: &[Option<(Found, Cell<'_>)>; 6],
        table: &Table<'_>,
        problems: &mut Problems,
    ) {
        let [name, at, run, cpu, memory, exit_code] = *cells;
        let mut number = |cell: Option<(Found, Cell<'_>)>, limit: i64| {
            let (found, cell) = cell?;
            value(found, cell.text, limit)
                .map_err(|(message, hint)| problems.push(cell.error(table, &message, &hint)))
                .ok()?
        };
        let at_nanos = number(at, 0);
        let (run, exit_code) = (number(run, 0), number(exit_code, 0));
        let requests = (
            number(cpu, self.limits.cpu_m),
            number(memory, self.limits.memory_bytes),
        );
        if let Some((_, cell)) = at.filter(|(_, cell)| cell.text.is_empty()) {
            let message = "the cell is empty, and it says when the row comes";
            problems.push(cell.error(table, message, ""));
        }
        if let Some((_, cell)) = name {
            self.check_name(&cell, table, problems);
        }
        let next = u32::try_from(self.rows.requests.len()).unwrap_or(u32::MAX);
        let object = *self.rows.requests.entry(requests).or_insert(next);
        self.rows.trace.push(TraceRow {
            at: Time::from_nanos(at_nanos.unwrap_or(0)),
            name: name.map_or("", |(_, cell)| cell.text),
            run: run.map(Span::from_nanos),
            exit_code: exit_code.and_then(|code| u8::try_from(code).ok()),
            object,
        });
    }

    fn check_name(&mut self, cell: &Cell<'_>, table: &Table<'_>, problems: &mut Problems) {
        if cell.text.is_empty() {
            let message = "the cell is empty, and it names the object";
            problems.push(cell.error(table, message, ""));
        } else if !is_subdomain(cell.text) {
            let message = format!("{} cannot be the name of an object", quote(cell.text));
            problems.push(cell.error(table, &message, SUBDOMAIN_HINT));
        } else if !self.names.insert(cell.text.into()) {
            let message = format!("{} is there twice", quote(cell.text));
            problems.push(cell.error(table, &message, ""));
        }
    }
}

fn warn_of_late_rows(
    trace: &Trace,
    file: &Field<'_>,
    horizon: Option<Span>,
    problems: &mut Problems,
) {
    let Some(horizon) = horizon else { return };
    let late = (0..trace.len()).filter(|&row| trace.row(row).at.since_start() >= horizon);
    let late = late.count();
    if late > 0 {
        let rows = trace.len();
        let message = format!("{late} of {rows} rows never come, since the run lasts {horizon}");
        problems.push(Problem::warning(file.node.at, &file.path, message));
    }
}
