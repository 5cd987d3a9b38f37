//! When a pod counts as available: Ready for `minReadySeconds` (DS-63, WL-10).
//!
//! Upstream: `IsPodAvailable` in `pkg/api/v1/pod/util.go`, `FindMinNextPodAvailabilityCheck` in
//! `pkg/controller/controller_utils.go`.

use crate::sim::{Span, Time};
use crate::world::Pod;

/// DS-63; `since` is cut to the second as in the API, so up to a second less than `min_ready` is enough.
pub(super) fn is_available(
    is_ready: bool,
    since: Option<Time>,
    min_ready: Span,
    now: Time,
) -> bool {
    is_ready && (min_ready.is_zero() || since.is_some_and(|since| since + min_ready <= now))
}

/// Whether a pod is available now.
pub(super) fn has_been_ready(pod: &Pod, min_ready: Span, now: Time) -> bool {
    is_available(pod.ready, pod.ready_changed_at, min_ready, now)
}

/// The next moment at which one of `pods` becomes available; `None` if none is on its way.
pub(super) fn next_available<'w>(
    pods: impl Iterator<Item = &'w Pod>,
    min_ready: Span,
    now: Time,
) -> Option<Time> {
    let waiting = pods.filter(|pod| pod.ready && !has_been_ready(pod, min_ready, now));
    waiting
        .filter_map(|pod| pod.ready_changed_at)
        .map(|since| since + min_ready)
        .min()
}
