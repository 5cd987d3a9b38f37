//! The `DaemonSet` controller: one pod on each node that should have one, renewed node by node.
//!
//! A sync (DS-50) writes the template's `ControllerRevision` if that is new, then makes up for what nodes lack or
//! have too much of. Only if there is no such thing does it take a step of a rolling update (DS-51); what follows
//! comes with the next sync, which the changes of the pods bring about. At last it trims the history and writes
//! the status of the world as it has become. Pods are not bound here: each names its node, and the scheduler binds
//! it (DS-30). Upstream: `syncDaemonSet` in `pkg/controller/daemon/daemon_controller.go`.
//!
//! Differs: expectations (CP-E1) are always satisfied when a sync begins. A worker keeps its key until the API has
//! answered every call, and decisions look at the API itself, not at a cache that lags behind it by milliseconds;
//! syncs that Kubernetes spends waiting for that cache do not take place.

mod backoff;
mod eligibility;
mod history;
mod per_node;
mod rolling;
mod status;
mod survey;
#[cfg(test)]
mod tests;
mod triggers;

use super::{Plan, Progress, Reconcile, Requeue, Wakes};
use crate::api::View;
use crate::world::{
    Call, Change, ControllerKind, DaemonSetId, DaemonSetStatus, NewPod, Owner, PodId, Revision,
};
use backoff::{FailedPodBackoff, Instant};
use per_node::Work;
use std::collections::BTreeMap;
use survey::{Subject, Survey};

/// DS-C1: creations in a sync, and likewise deletions.
const BURST: usize = 250;

/// Sets of which a sync can find something new only after a change that it looks at: no back-off and no
/// `minReadySeconds` runs. The number is that of the nodes' changes at the last sync.
///
/// What only matters to others (a container starts) would bring about a sync in Kubernetes that does nothing, one for
/// each pod and each a pass over all nodes; such syncs are left out.
type Settled = BTreeMap<DaemonSetId, u64>;

/// What a sync set out for; the template may change while its calls are on their way.
#[derive(Debug, Clone, Copy)]
struct Start {
    generation: u32,
    revision: Revision,
    /// A step of the rolling update was impossible.
    has_failed: bool,
}

/// The decisions of the `DaemonSet` controller.
#[derive(Debug, Default)]
pub struct DaemonSetReconciler {
    failed_pods: FailedPodBackoff,
    instant: Instant,
    /// Syncs whose calls are on their way.
    started: BTreeMap<DaemonSetId, Start>,
    /// Sets whose last sync found nothing to do, now or later.
    settled: Settled,
}

impl Reconcile for DaemonSetReconciler {
    type Key = DaemonSetId;

    const KIND: ControllerKind = ControllerKind::DaemonSet;

    fn concerns(&self, view: View<'_>, change: &Change, wakes: &mut Wakes<DaemonSetId>) {
        triggers::concerns(view.world, &self.settled, change, wakes);
    }

    fn reconcile(
        &mut self,
        view: View<'_>,
        key: DaemonSetId,
        progress: Progress,
        plan: &mut Plan,
    ) -> Requeue {
        let row = view.world.daemonset(key);
        self.settled.remove(&key);
        let start = self.started.remove(&key).unwrap_or(Start {
            generation: row.generation,
            revision: row.revision,
            has_failed: false,
        });
        if !row.exists() || row.deleting {
            return Requeue::Done; // DS-54
        }
        let subject = Subject {
            world: view.world,
            id: key,
            row,
            revision: start.revision,
            generation: start.generation,
        };
        let survey = Survey::of(&subject);
        if progress.stage > 0 {
            let has_failed = start.has_failed || progress.refused > 0;
            return finish(&subject, &survey, has_failed, plan);
        }
        let has_failed = self.act(&subject, &survey, plan);
        if plan.is_empty() {
            if !has_failed && plan.requeues.is_empty() && row.spec.min_ready.is_zero() {
                self.settled.insert(key, view.world.node_changes());
            }
            return finish(&subject, &survey, has_failed, plan);
        }
        self.started.insert(
            key,
            Start {
                has_failed,
                ..start
            },
        );
        Requeue::Continue
    }
}

impl DaemonSetReconciler {
    /// Plans all of a sync but its end; answers whether it failed.
    fn act(&mut self, subject: &Subject<'_>, survey: &Survey<'_>, plan: &mut Plan) -> bool {
        let row = subject.row;
        if let Some(number) = history::number_to_write(&row.history, subject.revision) {
            plan.call(Call::WriteRevision {
                daemonset: subject.id,
                revision: subject.revision,
                number,
            });
        }
        let work = per_node::manage(subject, survey, &mut self.failed_pods);
        for _ in 0..work.events {
            plan.event();
        }
        if let Some(delay) = work.look_again_after {
            plan.look_again_at(subject.now() + delay);
        }
        if !work.is_empty() {
            self.carry_out(subject, work, plan);
            return false;
        }
        match rolling::roll(subject, survey) {
            Ok(work) => {
                self.carry_out(subject, work, plan);
                false
            }
            Err(rolling::NodeGone) => true,
        }
    }

    /// DS-52.
    fn carry_out(&mut self, subject: &Subject<'_>, work: Work, plan: &mut Plan) {
        let mut creations = Vec::new();
        for node in work.create.into_iter().take(BURST) {
            match self.instant.admit(subject.id, node, subject.now()) {
                Ok(()) => creations.push(Call::CreatePod(NewPod {
                    owner: Owner::DaemonSet(subject.id),
                    template: subject.row.template,
                    index: None,
                    target: Some(node),
                    revision: Some(subject.revision),
                    index_failures: (0, 0),
                })),
                Err(delay) => plan.look_again_at(subject.now() + delay),
            }
        }
        let delete = |pod: PodId| Call::DeletePod {
            pod,
            grace: None,
            disruption: None,
        };
        plan.slow_start(creations);
        let deletions = work.delete.into_iter().take(BURST).map(delete);
        plan.together(deletions.collect(), true);
    }
}

/// The end of a sync: history and status.
fn finish(
    subject: &Subject<'_>,
    survey: &Survey<'_>,
    has_failed: bool,
    plan: &mut Plan,
) -> Requeue {
    if !has_failed {
        trim_history(subject, plan);
    }
    let status = status::status(subject, survey);
    let waits_for_min_ready =
        !subject.row.spec.min_ready.is_zero() && status.ready != status.available;
    write_status(subject, status, plan);
    if has_failed {
        Requeue::Backoff
    } else if waits_for_min_ready {
        Requeue::After(subject.row.spec.min_ready) // DS-2
    } else {
        Requeue::Done
    }
}

/// DS-81.
fn trim_history(subject: &Subject<'_>, plan: &mut Plan) {
    let row = subject.row;
    let is_used = |revision: Revision| {
        let mut pods = row.pods.values().filter_map(|pod| subject.world.pod(*pod));
        pods.any(|pod| pod.revision == Some(revision))
    };
    let limit = row.spec.revision_history_limit;
    for revision in history::to_delete(&row.history, subject.revision, limit, is_used) {
        plan.call(Call::DeleteRevision {
            daemonset: subject.id,
            revision,
        });
    }
}

fn write_status(subject: &Subject<'_>, status: DaemonSetStatus, plan: &mut Plan) {
    if status != subject.row.status {
        plan.call(Call::WriteDaemonSetStatus {
            daemonset: subject.id,
            status: Box::new(status),
        });
    }
}
