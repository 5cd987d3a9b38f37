//! How a Deployment is scaled while it is paused, or in the middle of a rollout: in proportion.
//!
//! Upstream: `scale` in `pkg/controller/deployment/sync.go`, `GetReplicaSetProportion` in
//! `pkg/controller/deployment/util/deployment_util.go`.

use super::bounds::Bounds;
use super::family::{Member, Scaling, total};

/// What `scale` looks at.
#[derive(Debug)]
pub(super) struct Situation<'a> {
    pub(super) bounds: Bounds,
    pub(super) is_recreated: bool,
    /// `status.replicas` of the Deployment.
    pub(super) pods: i64,
    pub(super) new: Option<Member>,
    /// The oldest first.
    pub(super) old: &'a [Member],
}

/// The sets to be written, with their sizes: those whose size stays get the annotations only.
pub(super) fn scale(situation: &Situation<'_>) -> Vec<Scaling> {
    let Situation {
        bounds, new, old, ..
    } = situation;
    let mut active: Vec<Member> = old.iter().chain(new).copied().collect();
    active.retain(|member| member.replicas > 0);
    let single = match active.as_slice() {
        [] => new.or_else(|| old.last().copied()),
        [only] => Some(*only),
        [..] => None,
    };
    if let Some(only) = single {
        let differs = only.replicas != bounds.replicas;
        return differs
            .then_some((only.id, bounds.replicas))
            .into_iter()
            .collect();
    }
    if let Some(new) = new
        && new.replicas == bounds.replicas
        && new.desired == bounds.replicas
        && new.available == bounds.replicas
    {
        let old = old.iter().filter(|member| member.replicas > 0);
        return old.map(|member| (member.id, 0)).collect();
    }
    if situation.is_recreated {
        return Vec::new();
    }
    in_proportion(situation, active)
}

/// `active`: old ones before the new one, the oldest first.
fn in_proportion(situation: &Situation<'_>, mut active: Vec<Member>) -> Vec<Scaling> {
    let bounds = &situation.bounds;
    let allowed = if bounds.replicas > 0 {
        bounds.most()
    } else {
        0
    };
    let to_add = allowed - total(&active);
    active.sort_by_key(|member| member.id);
    if to_add > 0 {
        active.reverse();
    }
    if to_add != 0 {
        active.sort_by_key(|member| std::cmp::Reverse(member.replicas)); // stable
    }
    let mut added = 0;
    let mut sizes: Vec<Scaling> = Vec::new();
    for member in &active {
        let share = proportion(situation, member, to_add, added);
        added += share;
        sizes.push((member.id, member.replicas + share));
    }
    if let Some((_, size)) = sizes.first_mut().filter(|_| to_add != 0) {
        *size = (*size + to_add - added).max(0);
    }
    sizes
}

/// What one set gets of `to_add` pods, of which `added` are given away; negative where pods are taken.
fn proportion(situation: &Situation<'_>, member: &Member, to_add: i64, added: i64) -> i64 {
    if member.replicas == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let allowed = to_add - added;
    let fraction = fraction(situation, member);
    if to_add > 0 {
        fraction.min(allowed)
    } else {
        fraction.max(allowed)
    }
}

fn fraction(situation: &Situation<'_>, member: &Member) -> i64 {
    let bounds = &situation.bounds;
    if bounds.replicas == 0 {
        return -member.replicas;
    }
    let before = if member.most == 0 {
        situation.pods
    } else {
        member.most
    };
    if before == 0 {
        return 0;
    }
    let product = i128::from(member.replicas) * i128::from(bounds.most());
    let before = i128::from(before);
    // Rounded half away from zero; nothing here is negative.
    let size = (2 * product + before).div_euclid(2 * before);
    i64::try_from(size).unwrap_or(i64::MAX) - member.replicas
}
