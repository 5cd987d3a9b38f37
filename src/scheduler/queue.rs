//! The three queues of pods that want a node: active, backing off, unschedulable.
//!
//! Upstream: `backend/queue/{scheduling_queue,active_queue,backoff_queue}.go`. The queue knows neither nodes
//! nor filters: which pods an event may help is asked of the caller, once for each group of like pods.

use super::plugins::Plugins;
use crate::model::{Name, SchedulerFlags};
use crate::sim::{Seq, Span, Time};
use crate::world::{NodeId, PodId, PodNumber, TemplateId};
use slotmap::SecondaryMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// SCH-C3: how long a pod stays in the unschedulable pool at most.
const POOL_LIMIT: Span = Span::from_secs(300);
/// SCH-C3: how often that is checked, from t = 0.
const POOL_TICK: Span = Span::from_secs(30);

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A pod that wants a node.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) pod: PodId,
    pub(super) number: PodNumber,
    pub(super) template: TemplateId,
    /// The one node it may run on (daemon pods, SCH-22).
    pub(super) target: Option<NodeId>,
    pub(super) priority: i32,
    /// When it was added, or failed last (SCH-5).
    pub(super) since: Time,
    /// Attempts that found no node.
    pub(super) failures: u32,
    /// Internal errors in a row.
    pub(super) errors: u32,
    /// Which plugins rejected it at the last attempt.
    pub(super) rejectors: Plugins,
    /// The cache's version at the last attempt: at the same version another attempt ends the same.
    pub(super) version: u64,
    /// The message that was written last.
    pub(super) message: Option<Name>,
    /// What put it where it is.
    pub(super) cause: Option<Seq>,
    /// Why it is tried.
    pub(super) trial: Trial,
}

/// Why a pod is tried, and so what its end means for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    /// It is new, or something may help it.
    Alone,
    /// Something may help its group, whose others wait for how it ends ([`Queue::is_lazy`]).
    ForGroup(Group),
    /// A node that was left by a pod has room for it ([`Queue::first_in_pool`]).
    ForRoom,
}

impl Trial {
    /// The group that waits for the end.
    pub(super) fn group(self) -> Option<Group> {
        match self {
            Self::ForGroup(group) => Some(group),
            Self::Alone | Self::ForRoom => None,
        }
    }
}

/// Where a waiting pod is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Active,
    /// Until the whole second of the wall clock is over.
    Backoff(i64),
    /// The same after an internal error: not popped early.
    ErrorBackoff(i64),
    Pool,
}

/// SCH-5: higher priority, then longer waiting, then older.
pub(super) type Rank = (Reverse<i32>, Time, PodNumber, PodId);

/// A pod of a group, by age, with the time that is part of its rank.
type Member = (PodNumber, PodId, Time);

/// Pods of the pool that every event about nodes or resources helps alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) rejectors: Plugins,
    pub(super) template: TemplateId,
    pub(super) target: Option<NodeId>,
    pub(super) priority: i32,
}

/// All pods that want a node and are not in a scheduling or binding cycle.
#[derive(Debug)]
pub(super) struct Queue {
    entries: SecondaryMap<PodId, (Waiting, Place)>,
    active: BTreeSet<Rank>,
    backoff: BTreeSet<(i64, Rank)>,
    error_backoff: BTreeSet<(i64, Rank)>,
    groups: BTreeMap<Group, BTreeSet<Member>>,
    /// The first pod of each group; only where the queue is lazy.
    firsts: BTreeMap<Rank, Group>,
    /// The pool by time of the last attempt.
    pool: BTreeSet<(Time, PodNumber, PodId)>,
    initial_backoff: Span,
    max_backoff: Span,
    start_unix_nanos: i64,
    /// Of a group that something may help, the first pod is tried; the next one only if that one found a node. Where
    /// attempts take no time all of them would end like the first, and a queue of thousands would be tried at each
    /// end of a pod. Differs: the others keep their messages, and their attempts are not counted.
    is_lazy: bool,
}

impl Queue {
    pub(super) fn new(flags: &SchedulerFlags, start_unix_nanos: i64, is_lazy: bool) -> Self {
        Self {
            entries: SecondaryMap::new(),
            active: BTreeSet::new(),
            backoff: BTreeSet::new(),
            error_backoff: BTreeSet::new(),
            groups: BTreeMap::new(),
            firsts: BTreeMap::new(),
            pool: BTreeSet::new(),
            initial_backoff: flags.pod_initial_backoff,
            max_backoff: flags.pod_max_backoff,
            start_unix_nanos,
            is_lazy,
        }
    }

    /// SCH-6: a new pod is tried at once.
    pub(super) fn add(&mut self, waiting: Waiting) {
        self.put(waiting, Place::Active);
    }

    /// SCH-7: a pod that found no node; `helped`: something that happened meanwhile may change that. Without
    /// rejectors it was an internal error, which is tried again after its own back-off (SCH-8).
    pub(super) fn add_failed(&mut self, mut waiting: Waiting, now: Time, helped: bool) {
        let trial = std::mem::replace(&mut waiting.trial, Trial::Alone);
        if trial != Trial::Alone && !helped && !waiting.rejectors.is_empty() {
            self.put(waiting, Place::Pool);
            return;
        }
        if waiting.rejectors.is_empty() {
            waiting.errors += 1;
        } else {
            waiting.failures += 1;
            waiting.errors = 0;
        }
        waiting.since = now;
        if helped || waiting.rejectors.is_empty() {
            self.requeue(waiting, now);
        } else {
            self.put(waiting, Place::Pool);
        }
    }

    /// SCH-9: the first active pod, else the first that backs off.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let (.., pod) = self.next_rank()?;
        self.remove(pod)
    }

    /// Takes a pod out, wherever it is.
    pub(super) fn remove(&mut self, pod: PodId) -> Option<Waiting> {
        let (waiting, place) = self.entries.remove(pod)?;
        let rank = rank(&waiting);
        match place {
            Place::Active => {
                self.active.remove(&rank);
            }
            Place::Backoff(end) => {
                self.backoff.remove(&(end, rank));
            }
            Place::ErrorBackoff(end) => {
                self.error_backoff.remove(&(end, rank));
            }
            Place::Pool => {
                self.pool.remove(&(waiting.since, waiting.number, pod));
                self.change_group(&waiting, BTreeSet::remove);
            }
        }
        Some(waiting)
    }

    /// Whether one pod is tried for all of its group.
    pub(super) fn is_lazy(&self) -> bool {
        self.is_lazy
    }

    /// Of the first pods of all groups, by rank and after the one of rank `after`, the first one that `accepts` has an
    /// answer for; `None` where the queue is not lazy.
    pub(super) fn first_in_pool<T>(
        &self,
        after: Option<Rank>,
        mut accepts: impl FnMut(Group) -> Option<T>,
    ) -> Option<(Rank, T)> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut firsts = self.firsts.range((after, Bound::Unbounded));
        firsts.find_map(|(&rank, &group)| accepts(group).map(|answer| (rank, answer)))
    }

    /// Takes a pod out of the pool that a node has room for.
    pub(super) fn take_for_room(&mut self, pod: PodId, cause: Option<Seq>) -> Option<Waiting> {
        let mut waiting = self.remove(pod)?;
        waiting.cause = cause.or(waiting.cause);
        waiting.trial = Trial::ForRoom;
        Some(waiting)
    }

    /// The rank of the pod that [`Queue::pop`] would take.
    pub(super) fn next_rank(&self) -> Option<Rank> {
        let first = self.active.first();
        first
            .or(self.backoff.first().map(|(_, rank)| rank))
            .copied()
    }

    /// Whether nothing waits anywhere.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// SCH-10 (a), SCH-11, SCH-13: moves the pods out of the pool that something may help. `helps` is asked once for
    /// each group: `Some(true)` moves all of it, `None` asks `helps_pod` about each member. Pods that are held back stay.
    pub(super) fn move_helped(
        &mut self,
        now: Time,
        cause: Option<Seq>,
        helps: impl Fn(Group) -> Option<bool>,
        helps_pod: impl Fn(Plugins, PodId) -> bool,
        is_held_back: impl Fn(PodId) -> bool,
    ) {
        let mut helped = Vec::new();
        for (&group, members) in &self.groups {
            let verdict = helps(group);
            if verdict == Some(false) {
                continue;
            }
            let members = members.iter().map(|&(_, pod, _)| pod);
            let mut members = members.filter(|&pod| {
                (verdict.is_some() || helps_pod(group.rejectors, pod)) && !is_held_back(pod)
            });
            if self.is_lazy && verdict.is_some() {
                helped.extend(members.next().map(|pod| (pod, Trial::ForGroup(group))));
            } else {
                helped.extend(members.map(|pod| (pod, Trial::Alone)));
            }
        }
        for (pod, trial) in helped {
            self.move_out(pod, now, cause, trial);
        }
    }

    /// The pod of this number has been tried for its group: the next one is. Never the same one again, which may be
    /// back in the group by now: where attempts take no time, that would not end.
    pub(super) fn probe_next(
        &mut self,
        group: Group,
        tried: PodNumber,
        now: Time,
        cause: Option<Seq>,
        is_held_back: impl Fn(PodId) -> bool,
    ) {
        let mut members = self.groups.get(&group).into_iter().flatten();
        let next = members.find(|&&(number, pod, _)| number > tried && !is_held_back(pod));
        if let Some(&(_, pod, _)) = next {
            self.move_out(pod, now, cause, Trial::ForGroup(group));
        }
    }

    /// Puts one pod of the pool back among those to be tried.
    fn move_out(&mut self, pod: PodId, now: Time, cause: Option<Seq>, trial: Trial) {
        if self
            .entries
            .get(pod)
            .is_some_and(|(_, place)| *place == Place::Pool)
            && let Some(mut waiting) = self.remove(pod)
        {
            waiting.cause = cause.or(waiting.cause);
            waiting.trial = trial;
            self.requeue(waiting, now);
        }
    }

    /// SCH-8: pods whose back-off is over become active.
    pub(super) fn flush_backoff(&mut self, now: Time) {
        let second = self.second(now);
        for errors in [false, true] {
            loop {
                let queue = if errors {
                    &self.error_backoff
                } else {
                    &self.backoff
                };
                let Some(&(end, (.., pod))) = queue.first() else {
                    break;
                };
                if end >= second {
                    break;
                }
                if let Some(waiting) = self.remove(pod) {
                    self.put(waiting, Place::Active);
                }
            }
        }
    }

    /// When [`Queue::flush_backoff`] has something to do next (SCH-C2). As long as there are no nodes, internal errors
    /// are not worth a tick: the attempt would end the same.
    pub(super) fn next_backoff_flush(&self, has_nodes: bool) -> Option<Time> {
        let first = |queue: &BTreeSet<(i64, Rank)>| queue.first().map(|&(end, _)| end);
        let error_end = first(&self.error_backoff).filter(|_| has_nodes);
        let end = first(&self.backoff).into_iter().chain(error_end).min()?;
        Some(self.time_of_second(end.saturating_add(1)))
    }

    /// The first node is there. Pods that found none came back at each end of their back-off, and went again at once: as
    /// nothing could change meanwhile, that is only made up for now. `cycle` is the time that an attempt takes.
    pub(super) fn catch_up(&mut self, now: Time, cycle: Span) {
        let second = self.second(now);
        let overdue = self.error_backoff.iter().filter(|(end, _)| *end < second);
        let overdue: Vec<PodId> = overdue.map(|&(_, (.., pod))| pod).collect();
        for pod in overdue {
            let Some(mut waiting) = self.remove(pod) else {
                continue;
            };
            while let Some(end) = self.backoff_end(&waiting).filter(|&end| end < second) {
                waiting.since = self.time_of_second(end + 1) + cycle;
                waiting.errors += 1;
            }
            self.requeue(waiting, now);
        }
    }

    /// SCH-10 (c): pods that are too long in the pool are tried again. A pod whose last attempt came after the last change
    /// that may have helped (`eased`) would fail the same way and stays.
    pub(super) fn flush_pool(&mut self, now: Time, eased: u64) {
        let old: Vec<PodId> = self
            .pool
            .iter()
            .take_while(|(since, ..)| now - *since > POOL_LIMIT)
            .map(|&(.., pod)| pod)
            .filter(|&pod| self.entries[pod].0.version < eased)
            .collect();
        for pod in old {
            self.move_out(pod, now, None, Trial::Alone);
        }
    }

    /// The tick at which [`Queue::flush_pool`] has something to do next; `None` if an attempt would change nothing.
    pub(super) fn next_pool_flush(&self, now: Time, eased: u64) -> Option<Time> {
        // A lazy queue has tried one of each group whenever something may have helped: that is as good.
        let &(since, _, pod) = self.pool.first().filter(|_| !self.is_lazy)?;
        // Versions grow with time, so the pod that failed first has the oldest.
        if self.entries[pod].0.version >= eased {
            return None;
        }
        let tick = POOL_TICK.as_nanos();
        let after = (since + POOL_LIMIT).max(now).as_nanos();
        Some(Time::from_nanos(
            after
                .div_euclid(tick)
                .saturating_add(1)
                .saturating_mul(tick),
        ))
    }

    fn requeue(&mut self, waiting: Waiting, now: Time) {
        let place = match self.backoff_end(&waiting) {
            Some(end) if end >= self.second(now) => {
                if waiting.rejectors.is_empty() {
                    Place::ErrorBackoff(end)
                } else {
                    Place::Backoff(end)
                }
            }
            Some(_) | None => Place::Active,
        };
        self.put(waiting, place);
    }

    fn put(&mut self, waiting: Waiting, place: Place) {
        let rank = rank(&waiting);
        match place {
            Place::Active => {
                self.active.insert(rank);
            }
            Place::Backoff(end) => {
                self.backoff.insert((end, rank));
            }
            Place::ErrorBackoff(end) => {
                self.error_backoff.insert((end, rank));
            }
            Place::Pool => {
                self.pool
                    .insert((waiting.since, waiting.number, waiting.pod));
                self.change_group(&waiting, |members, &member| members.insert(member));
            }
        }
        self.entries.insert(waiting.pod, (waiting, place));
    }

    /// Lets a pod join its group or leave it, and keeps [`Queue::firsts`] true.
    fn change_group(
        &mut self,
        waiting: &Waiting,
        change: impl FnOnce(&mut BTreeSet<Member>, &Member) -> bool,
    ) {
        let group = group(waiting);
        let rank = |&(number, pod, since): &Member| (Reverse(group.priority), since, number, pod);
        let members = self.groups.entry(group).or_default();
        let before = members.first().map(rank);
        change(members, &(waiting.number, waiting.pod, waiting.since));
        let after = members.first().map(rank);
        if members.is_empty() {
            self.groups.remove(&group);
        }
        if self.is_lazy && before != after {
            before.map(|before| self.firsts.remove(&before));
            after.map(|after| self.firsts.insert(after, group));
        }
    }

    /// SCH-8: the whole second of the wall clock after which the back-off is over.
    fn backoff_end(&self, waiting: &Waiting) -> Option<i64> {
        let attempts = if waiting.errors > 0 {
            waiting.errors
        } else {
            waiting.failures
        };
        if attempts == 0 || self.max_backoff == Span::ZERO {
            return None;
        }
        Some(self.second(waiting.since + backoff(attempts, self.initial_backoff, self.max_backoff)))
    }

    /// When a second of the wall clock begins.
    fn time_of_second(&self, second: i64) -> Time {
        let nanos = second.saturating_mul(NANOS_PER_SECOND);
        Time::from_nanos(nanos.saturating_sub(self.start_unix_nanos))
    }

    fn second(&self, time: Time) -> i64 {
        self.start_unix_nanos
            .saturating_add(time.as_nanos())
            .div_euclid(NANOS_PER_SECOND)
    }
}

/// SCH-8: 1, 2, 4, 8, 10, 10 … seconds with the default flags.
fn backoff(attempts: u32, initial: Span, max: Span) -> Span {
    let factor = 1_i64.checked_shl(attempts - 1).filter(|&factor| factor > 0);
    factor.map_or(max, |factor| (initial * factor).min(max))
}

pub(super) fn rank(waiting: &Waiting) -> Rank {
    (
        Reverse(waiting.priority),
        waiting.since,
        waiting.number,
        waiting.pod,
    )
}

pub(super) fn group(waiting: &Waiting) -> Group {
    Group {
        rejectors: waiting.rejectors,
        template: waiting.template,
        target: waiting.target,
        priority: waiting.priority,
    }
}

#[cfg(test)]
mod tests;
