//! What people read: the table of all recordings, and the report of those that are not as they should be.

use crate::compare::{Summary, mean};
use crate::side::FOREVER;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One line for each recording, and one for all of them.
pub(crate) fn table(summaries: &BTreeMap<String, Summary>) -> String {
    let width = summaries.keys().map(String::len).max().unwrap_or(0).max(9);
    let mut text = format!(
        "{:<width$}  held   score  agreement     mean     worst  first difference\n",
        "recording"
    );
    for (name, summary) in summaries {
        let first = summary.differences.first().map_or("", String::as_str);
        let line = format!(
            "{name:<width$}  {}  {:6.2}   {:6.2} %  {:5.3} s  {:6.2} s  {first}",
            if summary.passes() { "pass" } else { "FAIL" },
            summary.score,
            summary.agreement,
            summary.distances.mean_seconds(),
            summary.distances.worst_seconds,
        );
        text += line.trim_end();
        text += "\n";
    }
    text + &closing_line(summaries)
}

fn closing_line(summaries: &BTreeMap<String, Summary>) -> String {
    let all = || summaries.values();
    let mean_of = |figure: fn(&Summary) -> f64| {
        mean(all().map(figure).sum(), summaries.len()).expect("there are recordings")
    };
    format!(
        "{} of {} pass; mean score {:.2}; mean agreement {:.2} %; mean time difference {:.3} s\n",
        all().filter(|summary| summary.passes()).count(),
        summaries.len(),
        mean_of(|summary| summary.score),
        mean_of(|summary| summary.agreement),
        mean_of(|summary| summary.distances.mean_seconds()),
    )
}

/// Why some recordings are not reproduced.
pub(crate) fn reasons(not_yet: &[(&str, &str)]) -> String {
    let lines = not_yet
        .iter()
        .map(|(name, reason)| format!("  {name}: {reason}\n"));
    lines.collect()
}

/// The first difference in each criterion, and what had been allowed for.
pub(crate) fn report(name: &str, summary: &Summary) -> String {
    let mut text = format!(
        "{name}: {} of {} checks hold, score {:.2}; worst time difference {:.3} s ({})\n",
        summary.checks - summary.failed,
        summary.checks,
        summary.score,
        summary.distances.worst_seconds,
        summary.distances.worst,
    );
    for difference in &summary.differences {
        writeln!(text, "  {difference}").expect("a String takes all");
    }
    for noise in &summary.noise {
        let end = if noise.until < FOREVER {
            format!("{} s", noise.until)
        } else {
            "the end".to_owned()
        };
        writeln!(
            text,
            "  known noise: {} s and {} of the numbers in {} from {} s to {end}: {}",
            noise.seconds,
            noise.share,
            noise.criteria.join(", "),
            noise.from,
            noise.reason
        )
        .expect("a String takes all");
    }
    text
}
