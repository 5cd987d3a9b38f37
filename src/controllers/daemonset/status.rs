//! A `DaemonSet`'s status (DS-90 to DS-99).
//!
//! Upstream: `updateDaemonSetStatus` in `pkg/controller/daemon/daemon_controller.go`.

use super::eligibility::Eligibility;
use super::survey::{Subject, Survey, by_age};
use crate::world::DaemonSetStatus;

/// The status as the world is now.
pub(super) fn status(subject: &Subject<'_>, survey: &Survey<'_>) -> DaemonSetStatus {
    let mut status = DaemonSetStatus {
        observed_generation: subject
            .generation
            .max(subject.row.status.observed_generation),
        ..DaemonSetStatus::default()
    };
    for place in survey.places() {
        match place.eligibility {
            Some(Eligibility::Run) => {
                status.desired += 1;
                let oldest = match place.pods {
                    [] => continue,
                    [pod] => pod,
                    pods => by_age(subject.world, pods)[0],
                };
                status.current += 1;
                status.ready += i32::from(oldest.row.ready);
                status.available += i32::from(subject.is_available(oldest.row));
                status.updated += i32::from(subject.is_updated(oldest.row));
            }
            Some(Eligibility::Keep | Eligibility::Leave) => {
                status.misscheduled += i32::from(!place.pods.is_empty());
            }
            None => {}
        }
    }
    status.unavailable = status.desired - status.available;
    status
}
