//! Deployments, ReplicaSets and StatefulSets: their counters, their bounds and their order.

use super::{Verdict, hold};
use podtime::model::{DeploymentStrategy, PodManagementPolicy};
use podtime::sim::{Span, Time};
use podtime::world::{
    Change, Deployment, DeploymentId, Fact, Owner, Phase, Pod, PodId, ReplicaSetId, StatefulSet,
    StatefulSetId, WorkloadChange, World,
};
use std::collections::BTreeMap;

/// What a decision that is on its way may not know of yet.
const ON_THE_WAY: Span = Span::from_secs(5);

/// After this nothing more comes: minReadySeconds, back-offs of a few failures.
const SETTLED_AFTER: Span = Span::from_secs(120);

/// What is remembered of the sets.
pub(super) struct Replicated {
    replicas: BTreeMap<ReplicaSetId, i32>,
    /// When somebody changed what the Deployment is to be.
    spec_changes: BTreeMap<DeploymentId, Time>,
    /// When anything happened to an owner or its pods.
    changed: BTreeMap<Owner, Time>,
    /// When each pod was Ready, or being deleted, or ended: what its successor may not know yet.
    pod_changes: BTreeMap<(StatefulSetId, i32), Time>,
    is_slow: bool,
}

impl Replicated {
    pub(super) fn new(is_slow: bool) -> Self {
        Self {
            replicas: BTreeMap::new(),
            spec_changes: BTreeMap::new(),
            changed: BTreeMap::new(),
            pod_changes: BTreeMap::new(),
            is_slow,
        }
    }

    pub(super) fn fact(&mut self, world: &World, fact: &Fact) -> Verdict {
        match fact.change {
            Change::Deployment(id, change) => self.deployment(world, id, change, fact.at),
            Change::ReplicaSet(id, change) => {
                self.changed.insert(Owner::ReplicaSet(id), fact.at);
                self.replicaset(world, id, change, fact.at)
            }
            Change::StatefulSet(id, _) => {
                self.changed.insert(Owner::StatefulSet(id), fact.at);
                statefulset_figures(world.statefulset(id))
            }
            _ => match fact.change.pod() {
                Some(pod) => self.pod(world, pod, fact),
                None => Ok(()),
            },
        }
    }

    fn deployment(
        &mut self,
        world: &World,
        id: DeploymentId,
        change: WorkloadChange,
        at: Time,
    ) -> Verdict {
        let row = world.deployment(id);
        if matches!(change, WorkloadChange::Created | WorkloadChange::Updated) {
            self.spec_changes.insert(id, at);
        }
        let status = &row.status;
        hold(
            0 <= status.available
                && status.available <= status.ready
                && status.ready <= status.replicas
                && 0 <= status.updated
                && status.updated <= status.replicas
                && status.unavailable >= 0
                && status.observed_generation <= row.generation,
            "deployment status",
            || format!("{}: {status:?}", row.meta.name),
        )
    }

    /// WL-2 to WL-4: what the Deployment controller asks for stays within surge and unavailability.
    fn replicaset(
        &mut self,
        world: &World,
        id: ReplicaSetId,
        change: WorkloadChange,
        at: Time,
    ) -> Verdict {
        let row = world.replicaset(id);
        let status = &row.status;
        hold(
            0 <= status.available
                && status.available <= status.ready
                && status.ready <= status.replicas
                && status.observed_generation <= row.generation,
            "replicaset status",
            || format!("{}: {status:?}", row.meta.name),
        )?;
        let before = self.replicas.insert(id, row.spec.replicas).unwrap_or(0);
        let is_own = matches!(change, WorkloadChange::Created | WorkloadChange::Updated);
        let Some(deployment) = row.deployment().filter(|_| is_own) else {
            return Ok(());
        };
        let owner = world.deployment(deployment);
        let spec_changed = self.spec_changes.get(&deployment).copied();
        let is_fresh = spec_changed.is_none_or(|changed| at - changed <= ON_THE_WAY);
        let Some((least, most)) = bounds(owner).filter(|_| !is_fresh && !self.is_slow) else {
            return Ok(());
        };
        let sets = owner.replicasets.iter().map(|&set| world.replicaset(set));
        let total: i32 = sets.map(|set| set.spec.replicas).sum();
        hold(
            row.spec.replicas <= before || total <= most,
            "surge",
            || format!("{} has {total} replicas of at most {most}", owner.meta.name),
        )?;
        hold(
            row.spec.replicas >= before || total >= least,
            "unavailability",
            || {
                format!(
                    "{} has {total} replicas of at least {least}",
                    owner.meta.name
                )
            },
        )
    }

    fn pod(&mut self, world: &World, id: PodId, fact: &Fact) -> Verdict {
        let Some(pod) = world.pod(id) else {
            return Ok(());
        };
        self.changed.insert(pod.owner, fact.at);
        let (Owner::StatefulSet(set), Some(ordinal)) = (pod.owner, pod.index) else {
            return Ok(());
        };
        if matches!(fact.change, Change::PodCreated(_)) {
            self.in_order(world, set, ordinal, fact.at)?;
        } else {
            self.pod_changes.insert((set, ordinal), fact.at);
        }
        Ok(())
    }

    /// WL-22: with `OrderedReady` a pod is created when all before it are Ready.
    fn in_order(&self, world: &World, id: StatefulSetId, ordinal: i32, at: Time) -> Verdict {
        let set = world.statefulset(id);
        if set.spec.pod_management_policy == PodManagementPolicy::Parallel || self.is_slow {
            return Ok(());
        }
        let pods = || set.pods.values().filter_map(|&pod| world.live_pod(pod));
        for before in set.spec.first_ordinal..ordinal {
            let changed = self.pod_changes.get(&(id, before));
            if changed.is_some_and(|changed| at - *changed <= ON_THE_WAY) {
                continue;
            }
            let is_ready = |pod: &Pod| pod.index == Some(before) && pod.ready && pod.is_active();
            hold(pods().any(is_ready), "order", || {
                let name = &set.meta.name;
                format!("{name}-{ordinal} is created before {name}-{before} is Ready")
            })?;
        }
        Ok(())
    }

    /// Whom nothing has happened to for long has the right counters, and as many pods as it should.
    pub(super) fn settled(&self, world: &World, end: Time) -> Verdict {
        if self.is_slow {
            return Ok(());
        }
        let quiet = |owner: Owner| {
            let changed = self.changed.get(&owner);
            changed.is_none_or(|changed| end - *changed > SETTLED_AFTER)
        };
        for (id, row) in world.all_replicasets() {
            if row.exists() && !row.deleting && quiet(Owner::ReplicaSet(id)) {
                let pods = row.pods.values().filter_map(|&pod| world.live_pod(pod));
                let active: Vec<&Pod> = pods.filter(|pod| pod.is_active()).collect();
                let counted = counts(&active);
                let status = &row.status;
                let name = &row.meta.name;
                hold(
                    counted == [status.replicas, status.ready] && status.available == status.ready,
                    "counters",
                    || format!("{name} has {counted:?} pods and Ready ones, and says {status:?}"),
                )?;
                let has_room = !has_quota(world, &row.meta.namespace);
                hold(
                    !has_room || counted[0] == row.spec.replicas,
                    "replicas",
                    || format!("{name} has {} of {} pods", counted[0], row.spec.replicas),
                )?;
            }
        }
        for (id, row) in world.all_statefulsets() {
            if row.exists() && !row.deleting && quiet(Owner::StatefulSet(id)) {
                statefulset_settled(world, row)?;
            }
        }
        for (_, row) in world.all_deployments() {
            let sets = || {
                row.replicasets
                    .iter()
                    .map(|&set| (set, world.replicaset(set)))
            };
            let is_quiet = sets().all(|(set, _)| quiet(Owner::ReplicaSet(set)));
            if row.exists() && !row.deleting && is_quiet {
                let sum = |figure: fn(&podtime::world::ReplicaSetStatus) -> i32| -> i32 {
                    sets().map(|(_, set)| figure(&set.status)).sum()
                };
                let counted = [
                    sum(|status| status.replicas),
                    sum(|status| status.ready),
                    sum(|status| status.available),
                ];
                let status = &row.status;
                hold(
                    counted == [status.replicas, status.ready, status.available],
                    "counters",
                    || {
                        format!(
                            "{} has {counted:?} pods, and says {status:?}",
                            row.meta.name
                        )
                    },
                )?;
            }
        }
        Ok(())
    }
}

fn has_quota(world: &World, namespace: &str) -> bool {
    let mut quotas = world.policies().quotas.keys();
    quotas.any(|(space, _)| **space == *namespace)
}

/// How many there are, and how many of them are Ready.
fn counts(pods: &[&Pod]) -> [i32; 2] {
    let ready = pods.iter().filter(|pod| pod.ready).count();
    [pods.len(), ready].map(|count| i32::try_from(count).unwrap())
}

/// The fewest and the most replicas of all ReplicaSets while a Deployment rolls out.
fn bounds(row: &Deployment) -> Option<(i32, i32)> {
    let DeploymentStrategy::RollingUpdate {
        max_unavailable,
        max_surge,
    } = row.spec.strategy
    else {
        return None;
    };
    let replicas = row.spec.replicas;
    let surge = max_surge.resolve(replicas, true);
    let mut unavailable = max_unavailable.resolve(replicas, false);
    if surge == 0 {
        unavailable = unavailable.max(1);
    }
    Some(((replicas - unavailable).max(0), replicas + surge))
}

fn statefulset_figures(row: &StatefulSet) -> Verdict {
    let status = &row.status;
    hold(
        0 <= status.available
            && status.available <= status.ready
            && status.ready <= status.replicas
            && status.current <= status.replicas
            && status.updated <= status.replicas
            && status.observed_generation <= row.generation,
        "statefulset status",
        || format!("{}: {status:?}", row.meta.name),
    )
}

fn statefulset_settled(world: &World, row: &StatefulSet) -> Verdict {
    let pods: Vec<&Pod> = row
        .pods
        .values()
        .filter_map(|&pod| world.live_pod(pod))
        .collect();
    let counted = counts(&pods);
    let status = &row.status;
    let name = &row.meta.name;
    let is_well = pods
        .iter()
        .all(|pod| pod.ready && pod.deletion.is_none() && pod.phase == Phase::Running);
    hold(
        counted == [status.replicas, status.ready],
        "counters",
        || format!("{name} has {counted:?} pods and Ready ones, and says {status:?}"),
    )?;
    let is_parallel = row.spec.pod_management_policy == PodManagementPolicy::Parallel;
    // An orphan of that name is not adopted, and keeps the name.
    let is_taken = |ordinal: i32| {
        let pod = world.pod_named(&row.meta.namespace, &format!("{name}-{ordinal}").into());
        pod.is_some_and(|pod| !row.pods.values().any(|own| *own == pod))
    };
    let first = row.spec.first_ordinal;
    // Orphans of an earlier set of that name may have held the names for long: the retries back off to 1000 s.
    let is_second = world.all_statefulsets().any(|(_, other)| {
        !other.exists() && (&other.meta.namespace, &other.meta.name) == (&row.meta.namespace, name)
    });
    let has_room = !has_quota(world, &row.meta.namespace)
        && !is_second
        && !(first..first + row.spec.replicas).any(is_taken);
    // One that is not Ready holds up the others.
    hold(
        !has_room || !(is_well || is_parallel) || counted[0] == row.spec.replicas,
        "replicas",
        || format!("{name} has {} of {} pods", counted[0], row.spec.replicas),
    )
}
