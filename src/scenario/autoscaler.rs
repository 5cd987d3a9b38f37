//! `autoscale` and `price` of a pool, and `spec.cluster.autoscaler`: the flags of cluster-autoscaler.

use super::cluster::NODES_MAX;
use super::control_plane::{Flag, Kind, read_flags};
use super::distributions::{distribution, duration};
use super::files::Files;
use super::problem::{Problem, Problems, quote};
use super::suggest::did_you_mean;
use super::walk::{Field, Walk};
use crate::model::{Autoscale, AutoscalerFlags, Expander};
use crate::sim::{Distribution, Span};

/// What a node takes to come if the pool does not say.
pub(super) const PROVISION: Span = Span::from_secs(90);

/// The highest price of a node hour.
pub(super) const PRICE_MAX: f64 = 1_000_000.0;

/// More nodes or seconds than this are no sensible flag.
const COUNT_MAX: u32 = 1_000_000;

/// Flags of cluster-autoscaler.
pub(super) const AUTOSCALER_FLAGS: &[Flag<AutoscalerFlags>] = &[
    ("scan-interval", Kind::Duration(|f| &mut f.scan_interval)),
    (
        "frequent-loops-enabled",
        Kind::Switch(|f| &mut f.frequent_loops),
    ),
    (
        "expander",
        Kind::Words(EXPANDER_WORDS, |f, words| {
            let all = Expander::ALL.into_iter();
            let of = |word: &&str| all.clone().find(|expander| expander.name() == *word);
            f.expanders = words.iter().filter_map(of).collect();
        }),
    ),
    (
        "new-pod-scale-up-delay",
        Kind::Delay(|f| &mut f.new_pod_scale_up_delay),
    ),
    (
        "max-node-provision-time",
        Kind::Duration(|f| &mut f.max_node_provision_time),
    ),
    (
        "max-nodes-total",
        Kind::Count(0, COUNT_MAX, |f| &mut f.max_nodes_total),
    ),
    (
        "max-nodes-per-scaleup",
        Kind::Count(1, COUNT_MAX, |f| &mut f.max_nodes_per_scale_up),
    ),
    ("force-ds", Kind::Switch(|f| &mut f.force_daemonsets)),
    ("scale-down-enabled", Kind::Switch(|f| &mut f.scale_down)),
    (
        "scale-down-delay-after-add",
        Kind::Delay(|f| &mut f.delay_after_add),
    ),
    (
        "scale-down-delay-after-delete",
        Kind::Delay(|f| &mut f.delay_after_delete),
    ),
    (
        "scale-down-delay-after-failure",
        Kind::Delay(|f| &mut f.delay_after_failure),
    ),
    (
        "scale-down-unneeded-time",
        Kind::Delay(|f| &mut f.unneeded_time),
    ),
    (
        "scale-down-unready-time",
        Kind::Delay(|f| &mut f.unready_time),
    ),
    (
        "scale-down-utilization-threshold",
        Kind::Milli(1000, |f| &mut f.utilization_threshold_milli),
    ),
    (
        "ignore-daemonsets-utilization",
        Kind::Switch(|f| &mut f.ignore_daemonsets_utilization),
    ),
    (
        "unremovable-node-recheck-timeout",
        Kind::Duration(|f| &mut f.unremovable_recheck),
    ),
    (
        "max-scale-down-parallelism",
        Kind::Count(1, COUNT_MAX, |f| &mut f.max_scale_down_parallelism),
    ),
    (
        "max-drain-parallelism",
        Kind::Count(1, COUNT_MAX, |f| &mut f.max_drain_parallelism),
    ),
    (
        "node-delete-delay-after-taint",
        Kind::Delay(|f| &mut f.delete_delay_after_taint),
    ),
    (
        "max-graceful-termination-sec",
        Kind::Seconds(|f| &mut f.max_graceful_termination),
    ),
    (
        "daemonset-eviction-for-empty-nodes",
        Kind::Switch(|f| &mut f.evict_daemons_of_empty_nodes),
    ),
    (
        "daemonset-eviction-for-occupied-nodes",
        Kind::Switch(|f| &mut f.evict_daemons_of_occupied_nodes),
    ),
    (
        "skip-nodes-with-system-pods",
        Kind::Switch(|f| &mut f.skip_system_pods),
    ),
    (
        "skip-nodes-with-local-storage",
        Kind::Switch(|f| &mut f.skip_local_storage),
    ),
    (
        "ok-total-unready-count",
        Kind::Count(0, COUNT_MAX, |f| &mut f.ok_total_unready_count),
    ),
    (
        "max-total-unready-percentage",
        Kind::Count(0, 100, |f| &mut f.max_total_unready_percentage),
    ),
];

/// The words of [`Expander`], in its order; a test holds the two together.
pub(super) const EXPANDER_WORDS: &[&str] = &[
    "least-waste",
    "most-pods",
    "least-nodes",
    "priority",
    "price",
    "random",
];

/// Reads `spec.cluster.autoscaler`.
pub(super) fn read_flags_of_autoscaler(
    field: &Field<'_>,
    problems: &mut Problems,
) -> AutoscalerFlags {
    let mut flags = AutoscalerFlags::default();
    read_flags(
        "cluster-autoscaler",
        field,
        AUTOSCALER_FLAGS,
        &mut flags,
        problems,
    );
    flags
}

/// Reads `price` of a pool, in millionths.
pub(super) fn price(walk: &mut Walk<'_, '_>) -> Option<u64> {
    let price = walk.number("price", 0.0..=PRICE_MAX)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is checked to be from 0 to a million"
    )]
    let micros = libm::round(price * 1_000_000.0) as u64;
    Some(micros)
}

/// Reads `autoscale` of a pool.
pub(super) fn autoscale(
    field: &Field<'_>,
    files: &mut Files,
    problems: &mut Problems,
) -> Option<Autoscale> {
    reject_misplaced(field, problems)?;
    let mut walk = field.walk(problems)?;
    let min = walk.int("min", 0..=NODES_MAX).unwrap_or(0);
    let max = walk.required("max");
    let max = max.and_then(|max| max.int(1..=NODES_MAX, walk.problems()));
    if let Some(most) = max.filter(|most| *most < min) {
        let problem = walk
            .field()
            .error(format!("`max` ({most}) is less than `min` ({min})"));
        walk.problems().push(problem);
    }
    let provision = match walk.optional("provision") {
        Some(field) => distribution(&field, files, walk.problems()),
        None => Distribution::constant(PROVISION).ok(),
    };
    let unneeded = walk.optional("unneeded");
    let unneeded = unneeded.and_then(|field| duration(&field, walk.problems()));
    let priority = walk.int("priority", -1_000_000..=1_000_000).unwrap_or(0);
    walk.finish();
    Some(Autoscale {
        min,
        max: max?,
        provision: provision?,
        unneeded,
        priority,
    })
}

/// Keys that one looks for here and that stand elsewhere.
fn reject_misplaced(field: &Field<'_>, problems: &mut Problems) -> Option<()> {
    let mut is_right = true;
    for (key, value) in field.entries(problems)? {
        let hint = match key.name.as_str() {
            "expander" => {
                "it chooses between the pools: write it under `spec.cluster.autoscaler`".to_owned()
            }
            "price" => "it is a key of the pool, beside `autoscale`".to_owned(),
            name => {
                let flags = AUTOSCALER_FLAGS.iter().map(|(flag, _)| *flag);
                if !flags.clone().any(|flag| flag == name) {
                    continue;
                }
                "flags stand under `spec.cluster.autoscaler`".to_owned()
            }
        };
        is_right = false;
        let message = format!("{} does not belong here", quote(&key.name));
        problems.push(Problem::error(key.at, &value.path, message).with_hint(hint));
    }
    is_right.then_some(())
}

/// Words between commas, each one of `words`; the fault and a hint.
pub(super) fn words<'t>(
    text: &'t str,
    words: &[&'static str],
) -> Result<Vec<&'t str>, (String, String)> {
    let given: Vec<&str> = text.split(',').map(str::trim).collect();
    for word in &given {
        if !words.contains(word) {
            let list: Vec<String> = words.iter().map(|word| quote(word)).collect();
            let list = list.join(", ");
            let known = format!("known here: {list}");
            let hint = match did_you_mean(word, words.iter().copied()) {
                Some(meant) => format!("did you mean {}? {known}", quote(meant)),
                None => known,
            };
            return Err((quote(word), hint));
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expander_has_its_word() {
        let names: Vec<&str> = Expander::ALL
            .iter()
            .map(|expander| expander.name())
            .collect();
        assert_eq!(names, EXPANDER_WORDS);
    }
}
