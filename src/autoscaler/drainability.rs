//! Which pods keep a node from being removed.
//!
//! Upstream: `simulator/drainability/rules`, in their order.

use crate::model::AutoscalerFlags;
use crate::sim::{Span, Time};
use crate::world::{Owner, Pod, World};

const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
const SAFE_LOCAL_VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
/// `blocking-system-pod-distruption-timeout`.
const SYSTEM_POD_TIMEOUT: Span = Span::from_hours(1);
/// A pod that is being deleted for longer than its grace period and this is as good as gone.
const LONG_TERMINATING: Span = Span::from_secs(30);

/// What becomes of a pod when its node is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drain {
    /// Nothing: it is as good as gone.
    Ignore,
    /// It goes with its node.
    Daemon,
    /// It is evicted, and needs another place.
    Move,
    /// Its end is waited for.
    Wait,
    /// It keeps the node; until the moment, if time alone can change that.
    Block(&'static str, Option<Time>),
}

/// The first rule that decides.
pub(super) fn drain(world: &World, flags: &AutoscalerFlags, pod: &Pod, now: Time) -> Drain {
    if pod.phase.is_terminal() {
        return Drain::Ignore;
    }
    if let Some(deletion) = pod.deletion
        && deletion.requested_at + deletion.grace + LONG_TERMINATING < now
    {
        return Drain::Ignore;
    }
    if let Owner::DaemonSet(_) = pod.owner {
        return Drain::Daemon;
    }
    let template = world.template_of(pod);
    match template
        .annotations
        .get(SAFE_TO_EVICT)
        .map(|value| &**value)
    {
        Some("true") => return Drain::Move,
        Some("on-completion") => return Drain::Wait,
        Some(_) | None => {}
    }
    if pod.owner == Owner::None {
        return Drain::Block("not replicated", None);
    }
    let timeout = pod.created_at + SYSTEM_POD_TIMEOUT;
    if flags.skip_system_pods
        && &*pod.namespace == "kube-system"
        && timeout >= now
        && world.budgets_of(pod).next().is_none()
    {
        return Drain::Block("kube-system", Some(timeout));
    }
    if template
        .annotations
        .get(SAFE_TO_EVICT)
        .is_some_and(|value| &**value == "false")
    {
        return Drain::Block("not safe to evict", None);
    }
    let volumes = template.annotations.get(SAFE_LOCAL_VOLUMES);
    if flags.skip_local_storage
        && template.spec.has_empty_dir
        && volumes.is_none_or(|volumes| volumes.is_empty())
    {
        return Drain::Block("local storage", None);
    }
    let mut budgets = world.budgets_of(pod);
    if budgets.any(|id| world.budget(id).status.disruptions_allowed < 1) {
        return Drain::Block("not enough pod disruption budget", None);
    }
    Drain::Move
}
