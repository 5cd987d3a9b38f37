//! A `DaemonSet`'s nodes and pods at one moment: what every decision of a sync looks at.
//!
//! One pass over the nodes and one over the set's pods. Upstream: `getNodesToDaemonPods` and the node lister
//! in `pkg/controller/daemon/daemon_controller.go`.

use super::eligibility::Eligibility;
use crate::controllers::availability::has_been_ready;
use crate::sim::Time;
use crate::world::{DaemonSet, DaemonSetId, NodeId, Pod, PodId, Revision, World};
use std::ops::Range;

/// The `DaemonSet` of a sync.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'w> {
    pub(super) world: &'w World,
    pub(super) id: DaemonSetId,
    pub(super) row: &'w DaemonSet,
    /// The revision that the sync works towards: that of its start, even if the template changes meanwhile.
    pub(super) revision: Revision,
    /// The generation at the sync's start.
    pub(super) generation: u32,
}

impl Subject<'_> {
    pub(super) fn now(&self) -> Time {
        self.world.now()
    }

    /// DS-61.
    pub(super) fn is_updated(&self, pod: &Pod) -> bool {
        pod.revision == Some(self.revision)
    }

    /// DS-63.
    pub(super) fn is_available(&self, pod: &Pod) -> bool {
        has_been_ready(pod, self.row.spec.min_ready, self.now())
    }
}

/// A pod of the set.
#[derive(Debug, Clone, Copy)]
pub(super) struct DaemonPod<'w> {
    pub(super) id: PodId,
    pub(super) row: &'w Pod,
    /// The node it is on or for (DS-31).
    node: NodeId,
}

impl DaemonPod<'_> {
    pub(super) fn is_deleting(&self) -> bool {
        self.row.deletion.is_some()
    }
}

/// The oldest first, by DS-42: bound before unbound, then creation (cut to the second), then name.
pub(super) fn by_age<'p, 'w>(
    world: &World,
    pods: impl IntoIterator<Item = &'p DaemonPod<'w>>,
) -> Vec<&'p DaemonPod<'w>>
where
    'w: 'p,
{
    let mut sorted: Vec<_> = pods.into_iter().collect();
    sorted.sort_by_key(|pod| {
        (
            pod.row.node.is_none(),
            world.api_time(pod.row.created_at),
            &pod.row.name,
        )
    });
    sorted
}

/// A node and the set's pods there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'s, 'w> {
    pub(super) node: NodeId,
    /// `None`: the node's object is gone, but pods of it are left.
    pub(super) eligibility: Option<Eligibility>,
    /// Without those that are both terminal and being deleted (section 5), in order of creation.
    pub(super) pods: &'s [DaemonPod<'w>],
}

/// All places of a set, in order of the nodes' creation (DS-53).
#[derive(Debug)]
pub(super) struct Survey<'w> {
    pods: Vec<DaemonPod<'w>>,
    places: Vec<(NodeId, Option<Eligibility>, Range<usize>)>,
}

impl<'w> Survey<'w> {
    pub(super) fn of(subject: &Subject<'w>) -> Self {
        let world = subject.world;
        let mut pods: Vec<DaemonPod<'w>> = subject
            .row
            .pods
            .values()
            .filter_map(|&id| daemon_pod(world, id))
            .collect();
        pods.sort_by_key(|pod| pod.node);
        let spec = &world.templates().get(subject.row.template).spec;
        let mut places = Vec::new();
        let mut from = 0;
        for (id, node) in world.all_nodes() {
            let here = pods[from..].iter().take_while(|pod| pod.node == id).count();
            let range = from..from + here;
            from = range.end;
            let eligibility = node.exists().then(|| Eligibility::of(spec, node));
            if eligibility.is_some() || here > 0 {
                places.push((id, eligibility, range));
            }
        }
        Self { pods, places }
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place<'_, 'w>> {
        self.places.iter().map(|(node, eligibility, range)| Place {
            node: *node,
            eligibility: *eligibility,
            pods: &self.pods[range.clone()],
        })
    }
}

fn daemon_pod(world: &World, id: PodId) -> Option<DaemonPod<'_>> {
    let row = world.live_pod(id)?;
    let is_over = row.deletion.is_some() && row.phase.is_terminal();
    let node = row.node.or(row.target)?;
    (!is_over).then_some(DaemonPod { id, row, node })
}
