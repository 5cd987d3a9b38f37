//! The node lifecycle controller: finds out silent nodes, and taints those that are not Ready.
//!
//! Follows `pkg/controller/nodelifecycle`: workers that keep `NoSchedule` taints in step (`no_schedule`), a
//! monitor that looks at all nodes every 5 s (`monitor`, `health`, `zones`), and a tainter that every 100 ms
//! may give one node of a zone its `NoExecute` taint (`tainter`). Neither of the two loops ticks: a pass is played
//! where something has changed, or where a silent node is due.
//!
//! Not here: who evicts the pods of a tainted node; conditions other than Ready; `node-startup-grace-period`, since
//! a node here has posted its Ready condition from the start.

mod health;
mod monitor;
mod no_schedule;
mod tainter;
mod zones;

use super::passes::{Passes, drawn_phase};
use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::model::{ControlPlane, Profile, Taint, TaintEffect};
use crate::sim::{Span, Time};
use crate::world::{Change, ControllerKind, Node, NodeId, Readiness};
use health::{LEASE_RENEWAL, Silence, unknown_at};
use std::cell::Cell;
use std::collections::BTreeSet;
use zones::Zones;

/// NL-C12: workers for node updates, and one each for the monitor and the tainter.
pub(super) const WORKERS: u32 = 10;
/// NL-C8.
const TAINTING_PERIOD: Span = Span::from_millis(100);
/// Key of the taints of nodes whose kubelet says that they are not Ready.
const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// Key of the taints of silent nodes.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// What there is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The `NoSchedule` taints of a node.
    Node(NodeId),
    /// All nodes: a pass of the monitor.
    Monitor,
    /// The nodes that wait for their `NoExecute` taint: a pass of the tainter.
    Tainter,
}

/// Decides on the taints of nodes, and on their condition Ready where the kubelet is silent.
#[derive(Debug)]
pub struct NodeLifecycle {
    monitor: Passes,
    tainter: Passes,
    profile: Profile,
    grace: Span,
    zones: Zones,
    /// Nodes that the monitor's pass in progress makes unknown; they wait for their taint as soon as they are.
    in_progress: Option<BTreeSet<NodeId>>,
    /// Nodes that the tainter has taken up since the monitor's last pass ended: their taint may be on its way.
    taken_up: BTreeSet<NodeId>,
    /// When the monitor's last pass began.
    last_pass: Time,
    /// The latest pass of the monitor that a change asks for; noted where the change is seen.
    awaited_pass: Cell<Time>,
    /// When the monitor last took every node as just seen (NL-28).
    probe_floor: Option<Time>,
}

impl NodeLifecycle {
    /// Draws the phases of the loops; there are none in the ideal profile.
    pub fn new(seed: u64, control_plane: &ControlPlane) -> Self {
        let ControlPlane {
            profile,
            controllers: flags,
            ..
        } = control_plane;
        let passes = |name, period| Passes::new(seed, *profile, name, period);
        Self {
            monitor: passes("node-monitor", flags.node_monitor_period),
            tainter: passes("no-execute-tainter", TAINTING_PERIOD),
            profile: *profile,
            grace: flags.node_monitor_grace_period,
            zones: Zones::default(),
            in_progress: None,
            taken_up: BTreeSet::new(),
            last_pass: Time::MIN,
            awaited_pass: Cell::new(Time::MIN),
            probe_floor: None,
        }
    }

    /// The monitor's pass that finds out a node, if it is silent and that has not happened yet.
    fn found_out_at(&self, view: View<'_>, node: &Node) -> Option<Time> {
        if !node.exists() || node.readiness == Readiness::Unknown {
            return None;
        }
        let silence = Silence {
            since: node.silent_since?,
            contact_since: node.contact_since,
        };
        let renewals = match self.profile {
            Profile::Ideal => Passes::at_every_moment(),
            Profile::Kubernetes => {
                let phase = drawn_phase(view.seed, &["node", &node.name, "lease"], LEASE_RENEWAL);
                Passes::known(LEASE_RENEWAL, phase)
            }
        };
        let latency = view.latency();
        let seen = silence.last_renewal(renewals) + latency.call + latency.watch;
        Some(unknown_at(seen, self.probe_floor, self.monitor, self.grace))
    }

    /// Whether the monitor's next pass has anything to do after a change of this node.
    fn matters(&self, node: &Node) -> bool {
        let is_settled = node.readiness == Readiness::Ready && !has_condition_taint(node);
        !self.zones.is_calm() || node.exists() && !is_settled
    }
}

impl Reconcile for NodeLifecycle {
    type Key = Key;

    const KIND: ControllerKind = ControllerKind::NodeLifecycle;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<Key>) {
        let seen = view.now() + view.latency().watch;
        let mut at = |key, at: Time| wakes.after(key, (at - seen).max(Span::ZERO));
        if let Change::NodeAdded(node)
        | Change::NodeReady(node)
        | Change::NodeNotReady(node)
        | Change::NodeCordoned(node)
        | Change::NodeUncordoned(node)
        | Change::NodeTainted { node, .. }
        | Change::NodeUntainted { node, .. } = *change
        {
            at(Key::Node(node), seen);
        }
        if let Change::NodeCrashed(node) = *change
            && let Some(pass) = self.found_out_at(view, view.world.node(node))
        {
            at(Key::Monitor, pass);
        }
        if let Change::NodeNotReady(_) = *change {
            at(Key::Tainter, self.tainter.at_or_after(seen));
        }
        if let Change::NodeAdded(node)
        | Change::NodeReady(node)
        | Change::NodeNotReady(node)
        | Change::NodeTainted { node, .. }
        | Change::NodeUntainted { node, .. }
        | Change::NodeLabeled(node)
        | Change::NodeRemoved(node) = *change
            && self.matters(view.world.node(node))
        {
            let pass = self.monitor.at_or_after(seen);
            self.awaited_pass.set(pass);
            at(Key::Monitor, pass);
            at(Key::Tainter, self.tainter.after(pass));
        }
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: Key,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        match key {
            Key::Node(node) => {
                no_schedule::reconcile(view, node, plan);
                Requeue::Done
            }
            Key::Monitor if progress.stage == 0 => self.begin_pass(view, plan),
            Key::Monitor => self.end_pass(view, plan),
            Key::Tainter => self.taint_waiting(view, plan),
        }
    }
}

/// A taint of a condition: it has no value.
fn taint(key: &str, effect: TaintEffect) -> Taint {
    Taint {
        key: key.into(),
        value: "".into(),
        effect,
    }
}

/// Whether a node has the `NoExecute` taint with this key.
fn has_no_execute(node: &Node, key: &str) -> bool {
    let mut taints = node.taints.iter();
    taints.any(|taint| &*taint.key == key && taint.effect == TaintEffect::NoExecute)
}

fn has_condition_taint(node: &Node) -> bool {
    has_no_execute(node, NOT_READY) || has_no_execute(node, UNREACHABLE)
}

#[cfg(test)]
mod tests;
