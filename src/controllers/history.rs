//! `ControllerRevision`s (DS-80, DS-81): their numbers, and which are old enough to go.
//!
//! Upstream: `constructHistory` and `cleanupHistory` in `pkg/controller/daemon/update.go`; `getStatefulSetRevisions`
//! in `pkg/controller/statefulset/stateful_set_control.go` numbers them in the same way. Differs: the deletion
//! or renumbering of a revision does not bring the set back into the queue (DS-1), since what such a sync could
//! find is brought up by the pods and the status anyway.

use crate::world::Revision;

/// The number that `current` should have and has not: one above that of all others (DS-80).
pub(super) fn number_to_write(history: &[(Revision, i64)], current: Revision) -> Option<i64> {
    let highest_other = history
        .iter()
        .filter(|(revision, _)| *revision != current)
        .map(|(_, number)| *number)
        .max()
        .unwrap_or(0);
    let present = history
        .iter()
        .find(|(revision, _)| *revision == current)
        .map_or(0, |(_, number)| *number);
    (present <= highest_other).then_some(highest_other + 1)
}

/// Old revisions beyond `limit`, the oldest first, those passed over that a pod still has (DS-81).
pub(super) fn to_delete(
    history: &[(Revision, i64)],
    current: Revision,
    limit: i32,
    is_used: impl Fn(Revision) -> bool,
) -> Vec<Revision> {
    let mut old: Vec<(i64, Revision)> = history
        .iter()
        .filter(|(revision, _)| *revision != current)
        .map(|(revision, number)| (*number, *revision))
        .collect();
    let excess = old
        .len()
        .saturating_sub(usize::try_from(limit).unwrap_or(0));
    if excess == 0 {
        return Vec::new();
    }
    old.sort_unstable();
    let unused = old.into_iter().map(|(_, revision)| revision);
    unused
        .filter(|revision| !is_used(*revision))
        .take(excess)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Revision = Revision(10);
    const B: Revision = Revision(20);
    const C: Revision = Revision(30);

    #[test]
    fn a_template_has_the_highest_number_ds_80() {
        let check = |name: &str, history: &[(Revision, i64)], number: Option<i64>| {
            assert_eq!(number_to_write(history, A), number, "{name}");
        };
        check("first of all", &[], Some(1));
        check("known", &[(A, 1)], None);
        check("new", &[(B, 4), (C, 2)], Some(5));
        check("back to an old one", &[(A, 1), (B, 2)], Some(3));
        check("already raised", &[(A, 3), (B, 2)], None);
    }

    #[test]
    fn the_oldest_unused_revisions_go_ds_81() {
        let history = [(C, 5), (A, 7), (B, 4)];
        let check = |limit, used: &[Revision], deleted: &[Revision]| {
            let found = to_delete(&history, A, limit, |revision| used.contains(&revision));
            assert_eq!(found, deleted, "limit {limit}, used {used:?}");
        };
        check(2, &[], &[]);
        check(1, &[], &[B]);
        check(1, &[B], &[C]);
        check(0, &[], &[B, C]);
        check(0, &[B, C], &[]);
    }
}
