//! How fast failed daemon pods are deleted (DS-45): once at first, then no faster than 1, 2, 4, … s apart.
//!
//! Upstream: `staging/src/k8s.io/client-go/util/flowcontrol/backoff.go`.

use crate::sim::{Span, Time};
use crate::world::{DaemonSetId, NodeId};
use std::collections::BTreeMap;

/// DS-C2: the first delay.
const INITIAL: Span = Span::from_secs(1);
/// DS-C2: the longest delay.
const CAP: Span = Span::from_minutes(15);
/// DS-C2: an entry without an update for longer than this starts anew.
const FORGET_AFTER: Span = Span::from_minutes(30);
/// DS-C3: how often old entries are thrown away; nobody can see it but in memory.
const CLEAN_UP_EVERY: Span = Span::from_minutes(1);

/// Whose failed pods; a new generation starts anew, once it has been observed.
pub(super) type Key = (DaemonSetId, u32, NodeId);

#[derive(Debug, Clone, Copy)]
struct Entry {
    delay: Span,
    updated_at: Time,
}

/// The back-off of each node of each `DaemonSet`.
#[derive(Debug, Default)]
pub(super) struct FailedPodBackoff {
    entries: BTreeMap<Key, Entry>,
    cleaned_up_at: Time,
}

impl FailedPodBackoff {
    /// Lets a failed pod be deleted now; otherwise the whole present delay, after which to ask again.
    pub(super) fn admit(&mut self, key: Key, now: Time) -> Result<(), Span> {
        self.clean_up(now);
        let known = self
            .entries
            .get(&key)
            .filter(|entry| now - entry.updated_at <= FORGET_AFTER);
        let delay = match known {
            Some(entry) if now - entry.updated_at < entry.delay => return Err(entry.delay),
            Some(entry) => (entry.delay * 2).min(CAP),
            None => INITIAL,
        };
        let updated_at = now;
        self.entries.insert(key, Entry { delay, updated_at });
        Ok(())
    }

    fn clean_up(&mut self, now: Time) {
        if now - self.cleaned_up_at >= CLEAN_UP_EVERY {
            self.cleaned_up_at = now;
            self.entries
                .retain(|_, entry| now - entry.updated_at <= FORGET_AFTER);
        }
    }
}

/// How many pods a node is given at one instant.
const MOST_AT_ONCE: u32 = 5;

/// Pods that were created for each node at this very instant.
///
/// Differs: a pod that tolerates a `NoExecute` taint for 0 s is evicted the moment it is bound, and replaced at once,
/// without end (DS-13 does not ask for how long a taint is borne). Time that requests take limits that; where nothing
/// takes time, the creation after [`MOST_AT_ONCE`] of one instant waits like the deletion of a failed pod.
#[derive(Debug, Default)]
pub(super) struct Instant {
    at: Time,
    created: BTreeMap<(DaemonSetId, NodeId), u32>,
}

impl Instant {
    /// Lets a pod be created now; otherwise the delay after which to ask again.
    pub(super) fn admit(
        &mut self,
        daemonset: DaemonSetId,
        node: NodeId,
        now: Time,
    ) -> Result<(), Span> {
        if std::mem::replace(&mut self.at, now) != now {
            self.created.clear();
        }
        let created = self.created.entry((daemonset, node)).or_default();
        if *created == MOST_AT_ONCE {
            return Err(INITIAL);
        }
        *created += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = (DaemonSetId(0), 1, NodeId(0));

    fn at(secs: i64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn deletions_come_no_faster_than_1_2_4_seconds_apart_ds_45() {
        let mut backoff = FailedPodBackoff::default();
        let mut deletions = Vec::new();
        for tenth in 0..200 {
            let now = Time::ZERO + Span::from_millis(100 * tenth);
            if backoff.admit(KEY, now).is_ok() {
                deletions.push(100 * tenth);
            }
        }
        assert_eq!(deletions, [0, 1000, 3000, 7000, 15_000]);
    }

    #[test]
    fn the_whole_delay_is_waited_for_ds_45() {
        let mut backoff = FailedPodBackoff::default();
        assert_eq!(backoff.admit(KEY, at(0)), Ok(()));
        assert_eq!(backoff.admit(KEY, at(5)), Ok(()));
        assert_eq!(backoff.admit(KEY, at(6)), Err(Span::from_secs(2)));
        assert_eq!(backoff.admit(KEY, at(7)), Ok(()), "not a moment longer");
    }

    #[test]
    fn the_delay_is_capped_and_forgotten_ds_c2() {
        let mut backoff = FailedPodBackoff::default();
        let mut now = at(0);
        for _ in 0..15 {
            assert_eq!(backoff.admit(KEY, now), Ok(()));
            now += CAP;
        }
        assert_eq!(backoff.admit(KEY, now - Span::from_secs(1)), Err(CAP));
        now = now - CAP + FORGET_AFTER;
        let mut kept = FailedPodBackoff {
            entries: backoff.entries.clone(),
            cleaned_up_at: now,
        };
        assert_eq!(kept.admit(KEY, now), Ok(()), "30 min: doubled, as capped");
        assert_eq!(kept.admit(KEY, now + Span::from_secs(1)), Err(CAP));
        let later = now + Span::from_nanos(1);
        assert_eq!(backoff.admit(KEY, later), Ok(()));
        assert_eq!(backoff.admit(KEY, later), Err(INITIAL), "begins anew");
    }

    #[test]
    fn nodes_and_generations_are_apart_ds_45() {
        let mut backoff = FailedPodBackoff::default();
        for key in [KEY, (KEY.0, 2, KEY.2), (KEY.0, 1, NodeId(1))] {
            assert_eq!(backoff.admit(key, at(0)), Ok(()), "{key:?}");
        }
        assert_eq!(backoff.entries.len(), 3);
        let later = (KEY.0, 3, KEY.2);
        assert_eq!(backoff.admit(later, at(2000)), Ok(()));
        assert_eq!(backoff.entries.len(), 1, "old entries are thrown away");
    }
}
