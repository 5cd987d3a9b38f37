//! Placeholder.
use crate::api::{Context, Origin};
use crate::model::Model;
use crate::world::{Call, Change, Outcome, SchedulerEvent};
/// Placeholder.
#[derive(Debug)]
pub struct Scheduler {
    next: usize,
}
impl Scheduler {
    /// New.
    pub fn new(_: &Model) -> Self {
        Self { next: 0 }
    }
    /// Observe.
    pub fn observe(&mut self, change: &Change, ctx: &mut Context<'_>) {
        if let Change::PodCreated(pod) = *change {
            let row = ctx.view.world.pod(pod).unwrap();
            let nodes: Vec<_> = ctx.view.world.nodes().map(|n| n.0).collect();
            self.next += 1;
            let node = row.target.unwrap_or(nodes[self.next % nodes.len()]);
            ctx.send(Origin::Scheduler, Call::Bind { pod, node });
        }
    }
    /// Handle.
    pub fn handle(&mut self, _: SchedulerEvent, _: &mut Context<'_>) {}
    /// Answered.
    pub fn answered(&mut self, _: &Call, _: &Outcome, _: &mut Context<'_>) {}
}
