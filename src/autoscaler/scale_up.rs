//! Growing: for which pods, which pool, by how many nodes.
//!
//! Upstream: `core/static_autoscaler.go`, `core/podlistprocessor`, `core/scaleup/orchestrator`.

use super::estimator::{self, Group};
use super::expander::{self, Choice};
use super::pools::PoolState;
use super::template::Template;
use crate::api::View;
use crate::model::{Name, Resources};
use crate::scheduler::WhatIf;
use crate::sim::{Identity, Span, Stream, Time};
use crate::world::{NodeId, Owner, PodId, TemplateId, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The loop waits once for more pods if all of them are younger.
pub(super) const NEW_PODS: Span = Span::from_secs(2);
/// Pods of a lower priority do not count (`expendable-pods-priority-cutoff`).
const EXPENDABLE_BELOW: i32 = -10;
/// So many pods are named in the text of an event.
const NAMED_PODS: usize = 3;

/// What a pool is to grow by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Growth {
    /// Its place among the autoscaled pools.
    pub(super) pool: usize,
    pub(super) count: u32,
    /// The first pod that it helps.
    pub(super) for_pod: PodId,
    pub(super) text: Name,
}

/// Puts pods that are marked unschedulable on nodes that have room for them by now, or will once they are there; the
/// pods that are left, the most important first.
pub(super) fn filter_out_schedulable(
    what_if: &mut WhatIf<'_>,
    world: &World,
    mut pods: Vec<PodId>,
) -> Vec<PodId> {
    let rank = |id: &PodId| {
        let pod = world.pod(*id);
        pod.map(|pod| (std::cmp::Reverse(pod.priority), pod.number))
    };
    pods.sort_by_key(rank);
    let nodes: Vec<NodeId> = what_if.nodes().to_vec();
    // Where the search for the like of a pod goes on: a node that is full for one of them is full for the others.
    let mut from: BTreeMap<TemplateId, usize> = BTreeMap::new();
    pods.retain(|&id| {
        let Some(pod) = world.pod(id) else {
            return false;
        };
        if let Some(target) = pod.target {
            let fits = nodes.contains(&target) && what_if.fits(pod, target);
            if fits {
                what_if.place(id, pod, target);
            }
            return !fits;
        }
        let start = if what_if.is_plain(pod) {
            from.entry(pod.template).or_default()
        } else {
            &mut 0
        };
        let candidates = nodes[*start..].iter().copied();
        let Some(node) = what_if.first_fit(pod, candidates) else {
            *start = nodes.len();
            return true;
        };
        let skipped = nodes[*start..].iter().position(|&have| have == node);
        *start += skipped.unwrap_or(0);
        what_if.place(id, pod, node);
        false
    });
    pods
}

/// Takes away those that no new node is for, or that are too young.
pub(super) fn to_help(world: &World, pods: Vec<PodId>, delay: Span) -> Vec<PodId> {
    let now = world.now();
    let wants = |id: &PodId| {
        world.pod(*id).is_some_and(|pod| {
            !matches!(pod.owner, Owner::DaemonSet(_))
                && pod.priority >= EXPENDABLE_BELOW
                && now > world.api_time(pod.created_at) + delay
        })
    };
    pods.into_iter().filter(wants).collect()
}

/// When the oldest of the pods was created, as the API has it.
pub(super) fn oldest(world: &World, pods: &[PodId]) -> Option<Time> {
    let created = pods.iter().filter_map(|&id| world.pod(id));
    created.map(|pod| world.api_time(pod.created_at)).min()
}

/// What a loop knows of the pools.
pub(super) struct Scene<'a, 'w> {
    pub(super) view: View<'w>,
    pub(super) pools: &'a [PoolState],
    pub(super) templates: &'a [Template],
    /// Nodes of each pool, awaited ones included.
    pub(super) sizes: &'a [u32],
    /// The number of the decision, for the random expander.
    pub(super) decision: u64,
}

/// The growth that helps most by the expanders; `None` if none helps.
pub(super) fn decide<'w>(
    scene: &Scene<'_, 'w>,
    what_if: &mut WhatIf<'w>,
    pods: &[PodId],
) -> Option<Growth> {
    let view = scene.view;
    let flags = &view.model.control_plane.autoscaler;
    let groups = estimator::groups(view.world, pods);
    let mut choices = Vec::new();
    for place in 0..scene.pools.len() {
        choices.extend(choice(scene, what_if, &groups, place));
    }
    let identity = Identity::new(&["cluster-autoscaler"]);
    let mut stream = Stream::keyed(view.seed, &identity, "expander", scene.decision);
    let best = expander::best(&flags.expanders, choices, &mut stream)?;
    let text = text(scene, &best).into();
    Some(Growth {
        pool: best.pool,
        count: best.estimate.nodes,
        for_pod: *best.estimate.pods.first()?,
        text,
    })
}

/// What growing a pool would be good for.
fn choice<'w>(
    scene: &Scene<'_, 'w>,
    what_if: &mut WhatIf<'w>,
    groups: &[Group],
    place: usize,
) -> Option<Choice> {
    let (world, model) = (scene.view.world, scene.view.model);
    let flags = &model.control_plane.autoscaler;
    let pool = &scene.pools[place];
    let is_backed_off = pool.backoff_until.is_some_and(|until| until > world.now());
    if is_backed_off {
        return None;
    }
    let mut limit = pool.max.saturating_sub(scene.sizes[place]);
    limit = limit.min(flags.max_nodes_per_scale_up);
    if flags.max_nodes_total > 0 {
        let awaited: usize = scene.pools.iter().map(PoolState::awaited).sum();
        let nodes = u32::try_from(world.nodes().count() + awaited).unwrap_or(u32::MAX);
        limit = limit.min(flags.max_nodes_total.saturating_sub(nodes));
    }
    if limit == 0 {
        return None;
    }
    let template = &scene.templates[place];
    let groups = estimator::helped(what_if, world, groups, template);
    let estimate = estimator::estimate(what_if, world, &groups, template, limit);
    if estimate.nodes == 0 {
        return None;
    }
    let mut requested = Resources::default();
    for pod in estimate.pods.iter().filter_map(|&id| world.pod(id)) {
        requested.add(world.requests_of(pod));
    }
    Some(Choice {
        pool: place,
        estimate,
        requested,
        allocatable: template.allocatable.clone(),
        priority: pool.autoscale(model).priority,
        price_micros: model.pools[pool.index].price_micros.unwrap_or(0),
    })
}

/// `nodes=1->3 max=20 pods=12 for=default/a,default/b,… template=w-1 daemons=agent`.
fn text(scene: &Scene<'_, '_>, choice: &Choice) -> String {
    let world = scene.view.world;
    let pool = &scene.pools[choice.pool];
    let size = scene.sizes[choice.pool];
    let pods = &choice.estimate.pods;
    let mut text = format!(
        "nodes={size}->{} max={} pods={} for=",
        size + choice.estimate.nodes,
        pool.max,
        pods.len()
    );
    push_pods(&mut text, world, pods);
    let template = &scene.templates[choice.pool];
    let after = template.after.as_deref().unwrap_or("manifest");
    let expected: BTreeSet<TemplateId> = template.daemons.iter().copied().collect();
    let daemonsets = world.all_daemonsets();
    let names: Vec<&str> = daemonsets
        .filter(|(_, daemonset)| daemonset.exists() && expected.contains(&daemonset.template))
        .map(|(_, daemonset)| &*daemonset.meta.name)
        .collect();
    let daemons = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(",")
    };
    write!(text, " template={after} daemons={daemons}").expect("a String takes every text");
    text
}

/// Names of pods, not too many.
pub(super) fn push_pods(text: &mut String, world: &World, pods: &[PodId]) {
    for (place, pod) in pods.iter().take(NAMED_PODS).enumerate() {
        let comma = if place > 0 { "," } else { "" };
        if let Some(pod) = world.pod(*pod) {
            write!(text, "{comma}{}/{}", pod.namespace, pod.name)
                .expect("a String takes every text");
        }
    }
    if pods.len() > NAMED_PODS {
        text.push_str(",…");
    }
}
