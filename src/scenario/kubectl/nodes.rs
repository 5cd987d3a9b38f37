//! `taint`, `cordon`, `uncordon` and `drain`.

use super::arguments::{Arguments, wrong_value};
use super::resources::{kind, nodes};
use super::selectors::{label_selector, taint_changes};
use super::{Context, Refusal};
use crate::model::{Command, DrainOptions, LabelSelector, ResourceKind};
use crate::scenario::problem::{Problems, quote};
use crate::sim::Span;

pub(super) fn taint(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let mut words = arguments.words.as_slice();
    let is_qualified = words
        .first()
        .is_some_and(|word| word.contains('/') && !word.contains('='));
    if let (Some(first), false) = (words.first(), is_qualified) {
        if kind(first)? != ResourceKind::Node {
            return Err(Refusal::new(format!(
                "only nodes have taints, and {} are none",
                quote(first)
            )));
        }
        words = &words[1..];
    }
    let is_taint = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let middle = words.iter().position(is_taint).unwrap_or(words.len());
    Ok(vec![Command::TaintNodes {
        nodes: nodes(&words[..middle], arguments)?,
        taints: taint_changes(&words[middle..])?,
        overwrite: arguments.switch("overwrite")?,
    }])
}

pub(super) fn cordon(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    set_unschedulable(arguments, true)
}

pub(super) fn uncordon(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    set_unschedulable(arguments, false)
}

fn set_unschedulable(arguments: &Arguments, unschedulable: bool) -> Result<Vec<Command>, Refusal> {
    Ok(vec![Command::CordonNodes {
        nodes: nodes(&arguments.words, arguments)?,
        unschedulable,
    }])
}

pub(super) fn drain(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let timeout = match arguments.value("timeout") {
        None => None,
        Some(text) => match Span::parse(text) {
            // Zero is kubectl's word for no limit.
            Ok(span) if span.is_zero() => None,
            Ok(span) if !span.is_negative() => Some(span),
            Ok(_) | Err(_) => return Err(wrong_value("timeout", "a duration such as 60s", text)),
        },
    };
    Ok(vec![Command::DrainNodes {
        nodes: nodes(&arguments.words, arguments)?,
        options: DrainOptions {
            ignore_daemonsets: arguments.switch("ignore-daemonsets")?,
            delete_emptydir_data: arguments.switch("delete-emptydir-data")?,
            force: arguments.switch("force")?,
            grace_period: arguments.grace_period()?,
            timeout,
            disable_eviction: arguments.switch("disable-eviction")?,
            pod_selector: match arguments.value("pod-selector") {
                Some(text) => label_selector(text)?,
                None => LabelSelector::default(),
            },
        },
    }])
}
