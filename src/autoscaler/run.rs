//! One run of the loop: look at the cluster, grow a pool, shrink others, say when to look again.
//!
//! Upstream: `core/static_autoscaler.go`.

use super::pools;
use super::removal::Removal;
use super::scale_down::{self, Candidate};
use super::scale_up;
use super::template::{self, Template};
use super::{Autoscaler, flags, note};
use crate::api::{Context, View};
use crate::model::{AutoscalerFlags, Name};
use crate::scheduler::WhatIf;
use crate::sim::{Span, Time};
use crate::world::{NodeId, PodId, Readiness, Scaling, World};
use std::collections::BTreeMap;

impl Autoscaler {
    /// One run of the loop.
    pub(super) fn run(&mut self, ctx: &mut Context<'_>) {
        let view = ctx.view;
        self.give_up_awaited(ctx);
        if !is_healthy(view) {
            self.planner.forget();
            return;
        }
        let sizes = pools::sizes(view.world, &self.pools);
        let candidates = self.candidates(view, &sizes);
        if self.waiting.is_empty() && candidates.is_empty() {
            self.planner.forget();
            return;
        }
        let templates = self.templates(view);
        let mut what_if = self.what_if(view.world, &templates);
        let (grown, are_new) = self.help(&mut what_if, &templates, &sizes, ctx);
        let flags = flags(view);
        let shrunk = flags.scale_down && {
            let (world, version) = (view.world, self.version);
            let planner = &mut self.planner;
            planner.update(&mut what_if, world, flags, &candidates, version);
            !are_new && self.shrink(&sizes, ctx)
        };
        self.look_again(grown || shrunk, ctx);
    }

    /// Grows a pool if that helps a pod. Whether it did; and whether it waits once more, since all pods are new.
    fn help<'w>(
        &mut self,
        what_if: &mut WhatIf<'w>,
        templates: &[Template],
        sizes: &[u32],
        ctx: &mut Context<'w>,
    ) -> (bool, bool) {
        let view = ctx.view;
        let world = view.world;
        let pods = scale_up::filter_out_schedulable(what_if, world, self.unschedulable(world));
        let unhelped = pods.len();
        let pods = scale_up::to_help(world, pods, flags(view).new_pod_scale_up_delay);
        let oldest = scale_up::oldest(world, &pods);
        let are_new = oldest.is_some_and(|oldest| oldest + scale_up::NEW_PODS > ctx.now());
        if are_new || unhelped > pods.len() {
            self.look_at_young(oldest.filter(|_| are_new), ctx);
        }
        if are_new || pods.is_empty() {
            return (false, are_new);
        }
        let scene = scale_up::Scene {
            view,
            pools: &self.pools,
            templates,
            sizes,
            decision: self.decisions,
        };
        let growth = scale_up::decide(&scene, what_if, &pods);
        let grown = growth.is_some();
        if let Some(growth) = growth {
            self.grow(growth, ctx);
        }
        // A pool that is held back for a while may help later.
        let held_back = self.pools.iter().filter_map(|pool| pool.backoff_until);
        if let Some(at) = held_back.filter(|&until| until > ctx.now()).min() {
            self.loops.at_tick(at, ctx);
        }
        (grown, false)
    }

    /// Gives up on nodes that do not come.
    fn give_up_awaited(&mut self, ctx: &mut Context<'_>) {
        let patience = flags(ctx.view).max_node_provision_time;
        for pool in &mut self.pools {
            let lost = pool.give_up(ctx.now());
            if lost > 0 {
                let text = format!("nodes={lost} waited_s={}", patience.to_seconds_text()).into();
                let pool = pool.index;
                note(Scaling::UpFailed { pool, text }, ctx);
            }
            if let Some(at) = pool.gives_up_at() {
                self.loops.at_tick(at, ctx);
            }
        }
    }

    /// Nodes that may be removed as far as their pools go, hardly used or not.
    fn candidates(&self, view: View<'_>, sizes: &[u32]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        if !flags(view).scale_down {
            return candidates;
        }
        let places: BTreeMap<&Name, usize> = self
            .pools
            .iter()
            .enumerate()
            .filter(|(place, pool)| sizes[*place] > pool.min)
            .map(|(place, pool)| (&pool.name, place))
            .collect();
        for (id, node) in view.world.nodes() {
            let place = node.pool.as_ref().and_then(|pool| places.get(pool));
            let Some(&pool) = place.filter(|_| node.ready_at.is_some()) else {
                continue;
            };
            if self.removals.contains_key(&id) {
                continue;
            }
            let own = self.pools[pool].autoscale(view.model).unneeded;
            let unneeded = own.unwrap_or(flags(view).unneeded_time);
            let threshold = scale_down::threshold(node, unneeded, flags(view).unready_time);
            candidates.push(Candidate {
                node: id,
                pool,
                threshold,
            });
        }
        candidates
    }

    fn templates(&mut self, view: View<'_>) -> Vec<Template> {
        let force = flags(view).force_daemonsets;
        let ready_since = &self.ready_since;
        let since = |node| ready_since.get(&node).copied();
        let pools = self.pools.iter_mut();
        pools
            .map(|pool| template::of_pool(view.world, pool, since, force))
            .collect()
    }

    /// The cluster as it will be when the nodes that were asked for are there.
    fn what_if<'w>(&self, world: &'w World, templates: &[Template]) -> WhatIf<'w> {
        let mut what_if = WhatIf::new(world);
        for waiting in self.waiting.values() {
            if let Some(pod) = world.live_pod(waiting.pod)
                && let Some(node) = pod.nominated.filter(|&node| world.node(node).exists())
            {
                what_if.place(waiting.pod, pod, node);
            }
        }
        for (pool, template) in self.pools.iter().zip(templates) {
            let starting: Vec<NodeId> = world
                .nodes()
                .filter(|(_, node)| node.pool.as_ref() == Some(&pool.name))
                .filter(|(_, node)| node.ready_at.is_none())
                .map(|(id, _)| id)
                .collect();
            for &node in &starting {
                what_if.remove_node(node);
            }
            for number in 0..pool.awaited() + starting.len() {
                let name: Name = format!("{}-upcoming-{number}", pool.name).into();
                what_if.add_node(template.node(name));
            }
        }
        what_if
    }

    /// Pods that the scheduler found no node for, and that are not on their way to one.
    fn unschedulable(&self, world: &World) -> Vec<PodId> {
        let waits = |id: &PodId| {
            world.live_pod(*id).is_some_and(|pod| {
                pod.node.is_none() && pod.nominated.is_none() && pod.deletion.is_none()
            })
        };
        let pods = self.waiting.values().map(|waiting| waiting.pod);
        pods.filter(waits).collect()
    }

    /// Pods that are too young for now are worth another run.
    fn look_at_young(&mut self, oldest: Option<Time>, ctx: &mut Context<'_>) {
        let world = ctx.view.world;
        let delay = flags(ctx.view).new_pod_scale_up_delay;
        let waiting = self.waiting.values();
        let created = waiting.filter_map(|waiting| world.pod(waiting.pod));
        let due = created.map(|pod| world.api_time(pod.created_at) + delay);
        let due = due.filter(|&due| due >= ctx.now());
        // The delay must be over, not just up.
        let due = due.map(|due| due + Span::from_nanos(1));
        let new = oldest.map(|oldest| oldest + scale_up::NEW_PODS);
        if let Some(at) = due.chain(new).min() {
            self.loops.at_tick(at, ctx);
        }
    }

    fn grow(&mut self, growth: scale_up::Growth, ctx: &mut Context<'_>) {
        self.decisions += 1;
        self.last_up = Some(ctx.now());
        let number = ctx.view.world.pod(growth.for_pod).map(|pod| pod.number);
        let waiting = number.and_then(|number| self.waiting.get(&number));
        ctx.out.set_cause(waiting.and_then(|waiting| waiting.cause));
        let pool = self.pools[growth.pool].index;
        let (count, text) = (growth.count, growth.text);
        note(Scaling::Up { pool, count, text }, ctx);
        ctx.out.set_cause(None);
    }

    /// Begins to remove what has been unneeded for long enough; whether anything is.
    fn shrink(&mut self, sizes: &[u32], ctx: &mut Context<'_>) -> bool {
        let flags = flags(ctx.view);
        if self.cooldown_ends(flags).is_some_and(|end| end > ctx.now()) {
            return false;
        }
        let (empty, drained) = self.planner.due(ctx.now());
        let mut left: Vec<u32> = sizes.to_vec();
        for removal in self.removals.values() {
            left[removal.pool] = left[removal.pool].saturating_sub(1);
        }
        let drains = self.removals.values().filter(|removal| removal.drain);
        let mut drain_budget =
            (flags.max_drain_parallelism as usize).saturating_sub(drains.count());
        let parallel = flags.max_scale_down_parallelism as usize;
        let mut shrunk = false;
        for (node, drain) in empty
            .into_iter()
            .map(|node| (node, false))
            .chain(drained.into_iter().map(|node| (node, true)))
        {
            let Some(unneeded) = self.planner.unneeded().get(&node) else {
                continue;
            };
            let pool = unneeded.pool;
            let has_budget = self.removals.len() < parallel && (!drain || drain_budget > 0);
            if left[pool] <= self.pools[pool].min || !has_budget {
                continue;
            }
            left[pool] -= 1;
            drain_budget -= usize::from(drain);
            let text = why(ctx.view.world, unneeded, ctx.now()).into();
            self.removals.insert(node, Removal::new(pool, drain));
            self.planner.forget_node(node);
            note(Scaling::Down { node, text }, ctx);
            shrunk = true;
        }
        if shrunk {
            self.last_down = Some(ctx.now());
        }
        shrunk
    }

    /// When nodes may be removed again.
    fn cooldown_ends(&self, flags: &AutoscalerFlags) -> Option<Time> {
        let after = |at: Option<Time>, delay| at.map(|at| at + delay);
        after(self.last_up, flags.delay_after_add)
            .max(after(self.last_down, flags.delay_after_delete))
            .max(after(self.last_failure, flags.delay_after_failure))
    }

    /// Sets the next run that time alone makes worth it; at once after success, which may make room for more.
    fn look_again(&mut self, productive: bool, ctx: &mut Context<'_>) {
        let flags = flags(ctx.view);
        let now = ctx.now();
        if productive {
            if flags.frequent_loops {
                self.loops.at(now, ctx);
            } else {
                self.loops.at_tick(now, ctx);
            }
        }
        if let Some(at) = self.planner.next(now, self.version) {
            self.loops.at_tick(at, ctx);
        }
        let (empty, drained) = self.planner.due(now);
        let is_due = !empty.is_empty() || !drained.is_empty();
        if let Some(end) = self.cooldown_ends(flags).filter(|&end| is_due && end > now) {
            self.loops.at_tick(end, ctx);
        }
    }
}

/// Whether few enough nodes are silent. Upstream: `clusterstate.IsClusterHealthy`.
fn is_healthy(view: View<'_>) -> bool {
    let nodes = view.world.nodes();
    let (mut all, mut unready) = (0_u64, 0_u64);
    for (_, node) in nodes {
        all += 1;
        unready += u64::from(node.readiness != Readiness::Ready && node.ready_at.is_some());
    }
    let flags = flags(view);
    unready <= u64::from(flags.ok_total_unready_count)
        || unready * 100 <= u64::from(flags.max_total_unready_percentage) * all
}

/// `reason=empty utilization=0.375 unneeded_s=600`.
fn why(world: &World, unneeded: &scale_down::Unneeded, now: Time) -> String {
    let reason = if unneeded.pods.is_empty() {
        "empty"
    } else {
        "underutilized"
    };
    let thousandths = unneeded.utilization / 1000;
    let mut text = format!(
        "reason={reason} utilization={}.{:03} unneeded_s={}",
        thousandths / 1000,
        thousandths % 1000,
        (now - unneeded.since).to_seconds_text()
    );
    if !unneeded.pods.is_empty() {
        text.push_str(" pods=");
        scale_up::push_pods(&mut text, world, &unneeded.pods);
    }
    text
}
