//! Why a pod does not fit, in Kubernetes' words (SCH-4).
//!
//! Upstream: `FitError.Error` of `framework/types.go`; the sums of reasons are sorted as text.

use super::plugins::Plugins;
use crate::model::Name;
use std::fmt::Write as _;

/// The message where there is no node at all.
pub(super) const NO_NODES: &str = "no nodes available to schedule pods";

/// What a node says when it turns a pod away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// A fixed text.
    Text(&'static str),
    /// An extended resource of this name does not suffice.
    Insufficient(Name),
}

/// How many nodes said what.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally(Vec<(Reason, usize)>);

impl Tally {
    pub(super) fn add(&mut self, reason: Reason, nodes: usize) {
        if nodes == 0 {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += nodes,
            None => self.0.push((reason, nodes)),
        }
    }

    /// `0/N nodes are available: 1 this, 2 that.` with the nodes that nobody looked at, `absent` of them.
    pub(super) fn message(&self, nodes: usize, absent: usize, absent_plugins: Plugins) -> String {
        let mut parts: Vec<String> = self
            .0
            .iter()
            .map(|(reason, count)| match reason {
                Reason::Text(text) => format!("{count} {text}"),
                Reason::Insufficient(name) => format!("{count} Insufficient {name}"),
            })
            .collect();
        if absent > 0 {
            let plugins = absent_plugins.list();
            parts.push(format!(
                "{absent} node(s) didn't satisfy plugin(s) {plugins}"
            ));
        }
        parts.sort();
        let mut text = format!("0/{nodes} nodes are available:");
        if !parts.is_empty() {
            let _ = write!(text, " {}.", parts.join(", "));
        }
        text
    }
}

/// What follows when preemption was tried in vain: the dynamic-resources plugin speaks first.
pub(super) fn with_preemption(message: &str, why: &str) -> String {
    format!("{message} no new claims to deallocate, preemption: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As recorded from kube-scheduler 1.36 (SCH-4).
    #[test]
    fn messages_as_recorded_sch_4() {
        let mut tally = Tally::default();
        tally.add(Reason::Text("node(s) had untolerated taint(s)"), 1);
        tally.add(Reason::Text("Insufficient cpu"), 1);
        tally.add(Reason::Text("Insufficient cpu"), 1);
        let mut preemption = Tally::default();
        preemption.add(
            Reason::Text("No preemption victims found for incoming pod"),
            2,
        );
        preemption.add(Reason::Text("Preemption is not helpful for scheduling"), 1);
        let message = with_preemption(
            &tally.message(3, 0, Plugins::NONE),
            &preemption.message(3, 0, Plugins::NONE),
        );
        assert_eq!(
            message,
            "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to \
             deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No \
             preemption victims found for incoming pod."
        );

        let mut tally = Tally::default();
        tally.add(Reason::Text("Insufficient cpu"), 1);
        assert_eq!(
            tally.message(3, 2, Plugins::NODE_AFFINITY | Plugins::RESOURCES_FIT),
            "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity \
             NodeResourcesFit]."
        );
    }
}
