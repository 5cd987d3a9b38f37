//! `podtime cron`: the next times of a schedule, or of a table of schedules.

use super::arguments::CronArguments;
use super::inputs;
use super::outcome::{Failure, Verdict};
use super::terminal::Terminal;
use crate::cron::{
    BatchError, ParseError, Schedule, TimeZone, UnixSeconds, ZoneError, batch, mentions_time_zone,
};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Prints one line for each time: in UTC and, where there is a zone, on its wall clock.
pub(super) fn run(arguments: &CronArguments, terminal: &mut Terminal) -> Result<Verdict, Failure> {
    if let Some(table) = &arguments.batch {
        return run_batch(table, terminal);
    }
    let text = arguments.schedule.as_deref().unwrap_or_default();
    let schedule = Schedule::parse(text).map_err(|error| bad_schedule(text, &error))?;
    let named = arguments.time_zone.as_deref().map(admit).transpose()?;
    if mentions_time_zone(text) {
        terminal.warn("Kubernetes refuses a schedule that names a zone; set timeZone instead");
    }
    let zone = schedule.own_zone().or(named);
    let after = arguments.after.unwrap_or_else(present);
    let mut times = schedule.upcoming(after, zone.unwrap_or_default());
    let mut listed = Vec::new();
    for _ in 0..arguments.count {
        let next = times.next();
        if terminal.is_json() {
            listed.push(as_json(next, zone));
        } else {
            terminal.print(&as_line(next, zone))?;
        }
        if next.is_none() || terminal.is_closed() {
            break;
        }
    }
    if terminal.is_json() {
        terminal.print_json(&json!({
            "schedule": text,
            "time_zone": zone.map(TimeZone::name),
            "after": after.to_string(),
            "next": listed,
        }))?;
    }
    Ok(Verdict::Held)
}

fn as_line(next: Option<UnixSeconds>, zone: Option<TimeZone>) -> String {
    match (next, zone) {
        (None, _) => "never\n".to_owned(),
        (Some(at), None) => format!("{at}\n"),
        (Some(at), Some(zone)) => format!("{at}  {}\n", zone.format(at)),
    }
}

/// Null stands for never.
fn as_json(next: Option<UnixSeconds>, zone: Option<TimeZone>) -> Value {
    match (next, zone) {
        (None, _) => Value::Null,
        (Some(at), None) => json!({"time": at.to_string()}),
        (Some(at), Some(zone)) => json!({"time": at.to_string(), "local": zone.format(at)}),
    }
}

/// The zone as a `CronJob` may name it.
fn admit(name: &str) -> Result<TimeZone, Failure> {
    TimeZone::admit(name).map_err(|error| {
        let near = match &error {
            ZoneError::Unknown { name } => TimeZone::suggestions(name),
            ZoneError::Empty | ZoneError::Local => Vec::new(),
        };
        if near.is_empty() {
            Failure::usage(error)
        } else {
            Failure::usage_with_hint(error, format!("did you mean {}?", near.join(" or ")))
        }
    })
}

/// The schedule with carets under the fault.
fn bad_schedule(text: &str, error: &ParseError) -> Failure {
    let shown = |part: &str| -> String {
        let no_control = |character: char| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        };
        part.chars().map(no_control).collect()
    };
    if text.is_empty() {
        return Failure::usage_with_hint(error, error.hint().unwrap_or_default());
    }
    let span = error.span();
    let carets = text[span.clone()].chars().count().max(1);
    let message = format!(
        "{error}\n  {}\n  {}{}",
        shown(text),
        " ".repeat(text[..span.start].chars().count()),
        "^".repeat(carets),
    );
    match error.hint() {
        Some(hint) => Failure::usage_with_hint(message, hint),
        None => Failure::usage(message),
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "a person who asks for the next times means after now; no result of a run sees it"
)]
fn present() -> UnixSeconds {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    UnixSeconds::new(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn run_batch(table: &Path, terminal: &mut Terminal) -> Result<Verdict, Failure> {
    let input: Box<dyn Read> = if table.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        let refuse = |error: io::Error| {
            Failure::usage(format!(
                "cannot read {}: {}",
                table.display(),
                inputs::explain(&error)
            ))
        };
        Box::new(File::open(table).map_err(refuse)?)
    };
    match batch(input, terminal.stdout()) {
        Ok(_) => {}
        Err(BatchError::Write(error)) => terminal.stdout_failed(error)?,
        Err(error) => return Err(Failure::usage(format!("{}: {error}", table.display()))),
    }
    Ok(Verdict::Held)
}
