//! A recorder that holds every fact, and the world after it, against what Kubernetes guarantees.
//!
//! A violation ends the run: the recorder unwinds with a [`Violation`], which `play` catches.

mod chance;
mod cronjobs;
mod daemonsets;
mod disruption;
mod jobs;
mod kubelet;
mod nodes;
mod pending;
mod placement;
mod pods;
mod replicated;
mod scaling;

use podtime::Model;
use podtime::model::ControlPlane;
use podtime::record::Recorder;
use podtime::sim::{Seq, Time};
use podtime::world::{Change, Fact, World};
use std::fmt;

/// No scenario of the generator has as many.
const MOST_FACTS: u64 = 500_000;

/// With more pods than this the world is walked less often.
const FEW_PODS: usize = 48;

/// Something that does not hold.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The invariant.
    pub(crate) name: &'static str,
    /// How it is broken.
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

/// Whether something holds.
pub(crate) type Verdict = Result<(), Violation>;

/// `Ok` if it does; the text is only made if it does not.
pub(crate) fn hold(holds: bool, name: &'static str, text: impl FnOnce() -> String) -> Verdict {
    if holds {
        return Ok(());
    }
    Err(Violation { name, text: text() })
}

/// The recorder.
pub(crate) struct Checker {
    facts: u64,
    since_walk: usize,
    last_at: Time,
    last_seq: Seq,
    pods: pods::Pods,
    nodes: nodes::Nodes,
    jobs: jobs::Jobs,
    cronjobs: cronjobs::CronJobs,
    daemonsets: daemonsets::DaemonSets,
    pending: pending::Pending,
    placement: placement::Placement,
    kubelets: kubelet::Kubelets,
    chance: chance::Chance,
    disruption: disruption::Disruption,
    replicated: replicated::Replicated,
    scaling: scaling::Scaling,
    /// A client of few calls a second: what it has to do is done late.
    is_slow: bool,
}

impl Checker {
    pub(crate) fn new(model: &Model) -> Self {
        let is_slow = is_slow(&model.control_plane);
        Self {
            facts: 0,
            since_walk: 0,
            last_at: Time::ZERO,
            last_seq: Seq(0),
            pods: pods::Pods::default(),
            nodes: nodes::Nodes::default(),
            jobs: jobs::Jobs::default(),
            cronjobs: cronjobs::CronJobs::new(model),
            daemonsets: daemonsets::DaemonSets::default(),
            pending: pending::Pending::new(model),
            placement: placement::Placement::default(),
            kubelets: kubelet::Kubelets::default(),
            scaling: scaling::Scaling::new(model),
            chance: chance::Chance::new(model),
            disruption: disruption::Disruption::new(is_slow),
            replicated: replicated::Replicated::new(is_slow),
            is_slow,
        }
    }

    /// Causes come before effects, numbers have no gaps, time does not go back.
    fn order(&mut self, fact: &Fact) -> Verdict {
        self.facts += 1;
        hold(self.facts < MOST_FACTS, "endless", || {
            format!("{MOST_FACTS} facts and no end")
        })?;
        hold(fact.at >= self.last_at, "time", || {
            format!(
                "{} comes after {}",
                fact.at.to_seconds_text(),
                self.last_at.to_seconds_text()
            )
        })?;
        self.last_at = fact.at;
        if let Some(seq) = fact.seq {
            hold(seq.0 == self.last_seq.0 + 1, "numbers", || {
                format!("{} comes after {}", seq.0, self.last_seq.0)
            })?;
            self.last_seq = seq;
        }
        hold(
            fact.seq.is_some() == fact.change.is_event(),
            "numbers",
            || "events have numbers, and nothing else".to_owned(),
        )?;
        let later = fact.seq.unwrap_or(Seq(self.last_seq.0 + 1));
        hold(
            fact.cause.is_none_or(|cause| cause.0 >= 1 && cause < later),
            "causes",
            || {
                format!(
                    "the cause {:?} of {:?} is not before it",
                    fact.cause, fact.seq
                )
            },
        )
    }

    fn check(&mut self, world: &World, fact: &Fact) -> Verdict {
        self.order(fact)?;
        self.pods.fact(world, fact)?;
        self.jobs.fact(world, fact)?;
        self.cronjobs.fact(world, fact)?;
        self.daemonsets.fact(world, fact)?;
        self.pending.fact(world, fact)?;
        self.placement.fact(world, fact)?;
        self.kubelets.fact(world, fact)?;
        self.chance.fact(world, fact)?;
        self.disruption.fact(world, fact)?;
        self.replicated.fact(world, fact)?;
        self.scaling.fact(world, fact)?;
        self.since_walk += 1;
        let pods = self.pods.count();
        if pods > FEW_PODS && self.since_walk < pods / 16 {
            return Ok(());
        }
        self.since_walk = 0;
        self.walk(world)
    }

    fn walk(&mut self, world: &World) -> Verdict {
        self.pods.walk(world)?;
        self.nodes.walk(world)?;
        self.jobs.walk(world)?;
        self.daemonsets.walk(world)?;
        self.chance.walk(world)?;
        disruption::Disruption::walk(world)?;
        quotas(world)
    }

    fn settled(&mut self, world: &World, end: Time) -> Verdict {
        self.walk(world)?;
        self.pending.look(world, end)?;
        self.kubelets.settled(world, end, self.is_slow)?;
        self.cronjobs.settled(world, end, self.is_slow)?;
        self.daemonsets.settled(world, end)?;
        self.chance.settled(world, end)?;
        self.disruption.settled(world, end)?;
        self.replicated.settled(world, end)?;
        if self.is_slow {
            return Ok(());
        }
        self.jobs.settled(world, end)
    }
}

impl Recorder for Checker {
    type Output = Option<Violation>;

    fn record(&mut self, world: &World, fact: &Fact) {
        if let Err(mut violation) = self.check(world, fact) {
            violation.text += &told(world, fact);
            std::panic::resume_unwind(Box::new(violation));
        }
    }

    fn finish(mut self, world: &World, end: Time) -> Option<Violation> {
        self.settled(world, end).err()
    }
}

/// Pods that have not ended, and Jobs, are within the quotas, which are there before them.
fn quotas(world: &World) -> Verdict {
    for ((namespace, name), quota) in &world.policies().quotas {
        let pods = world
            .pods_in(namespace)
            .filter(|(_, pod)| !pod.phase.is_terminal());
        let used = [
            ("pods", pods.count()),
            ("count/jobs.batch", world.jobs_in(namespace).count()),
        ];
        for (resource, used) in used {
            let hard = quota.hard.iter().find(|(hard, _)| **hard == *resource);
            let most = hard.map_or(i64::MAX, |(_, most)| *most);
            hold(i64::try_from(used).unwrap() <= most, "quotas", || {
                format!("{name} allows {most} {resource}, and there are {used}")
            })?;
        }
    }
    Ok(())
}

/// Whether a controller may need minutes for what a run of the generator asks of it.
fn is_slow(plane: &ControlPlane) -> bool {
    let rate = plane.client(plane.controllers.client);
    rate.qps_milli.is_some_and(|qps| qps < 10_000)
}

/// When a violation was seen, and at which fact.
fn told(world: &World, fact: &Fact) -> String {
    let seq = fact.seq.map_or(0, |seq| seq.0);
    let pod = fact.change.pod().and_then(|id| world.pod(id));
    let pod = pod.map_or("", |pod| &*pod.name);
    let at = fact.at.to_seconds_text();
    let change: &Change = &fact.change;
    format!(" (at {at} s, event {seq}: {change:?} {pod})")
}
