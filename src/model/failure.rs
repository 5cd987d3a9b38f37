//! Drawn failures of nodes: those of a pool's nodes, each for itself, and outages of many nodes at a time.

use super::{Labels, Name, glob_matches};
use crate::sim::{Distribution, Span, Time};

/// What a failure does to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureHow {
    /// Contact is lost, containers run on.
    Crash,
    /// Contact is lost and the containers are dead.
    PowerOff,
    /// The machine is gone, and its object with it.
    Remove,
    /// The node is drained, and gone when the notice is over, whatever is left on it.
    Drain {
        /// From the drain to the removal.
        notice: Span,
    },
}

impl FailureHow {
    /// The word of the scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::PowerOff => "powerOff",
            Self::Remove => "remove",
            Self::Drain { .. } => "drain",
        }
    }

    /// Whether the node goes for good.
    pub const fn removes(self) -> bool {
        match self {
            Self::Crash | Self::PowerOff => false,
            Self::Remove | Self::Drain { .. } => true,
        }
    }
}

/// A kind of failure that each node of a pool has.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeFailure {
    /// From the first time Ready, or from the end of the last such failure, to the next.
    pub every: Distribution,
    /// What it does.
    pub how: FailureHow,
    /// Until the node is back; for one that goes, until its successor joins.
    pub lasts: Distribution,
}

/// When an outage begins.
#[derive(Debug, Clone, PartialEq)]
pub enum OutageTime {
    /// Once, at this moment.
    At(Time),
    /// After a drawn time from the start, or from the end of the last one.
    Every(Distribution),
}

/// All nodes with some labels fail together and are back together.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    /// The target as text, `zone=eu-1a` for example; names the outage's random streams and its events.
    pub text: Name,
    /// How many outages before it in the list have the same text.
    pub nth: u32,
    /// Labels of the nodes that fail; values are globs.
    pub labels: Vec<(Name, Name)>,
    /// When it begins.
    pub begins: OutageTime,
    /// Whether the containers die.
    pub powered_off: bool,
    /// How long it lasts.
    pub lasts: Distribution,
}

/// Whether `labels` has each of the keys with a value that its glob matches.
pub fn labels_match(globs: &[(Name, Name)], labels: &Labels) -> bool {
    globs.iter().all(|(key, glob)| {
        labels
            .get(key)
            .is_some_and(|value| glob_matches(glob, value))
    })
}
