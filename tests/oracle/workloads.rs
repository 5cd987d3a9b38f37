//! The criteria for pods, Jobs, DaemonSets, nodes and placements.

use crate::compare::{Check, Comparison, real};
use crate::placement::{self, Decision};
use crate::side::{DAEMONSET_STEPS, FOREVER, JOB_STEPS, Job, Pod, Run};
use crate::steps::Steps;
use std::collections::{BTreeMap, BTreeSet};

/// Conditions whose reasons are compared where both sides have the condition.
const REASONED: [&str; 4] = ["SuccessCriteriaMet", "Complete", "FailureTarget", "Failed"];

/// The keys of both maps.
pub(crate) fn keys<'a, K: Ord, V>(
    one: &'a BTreeMap<K, V>,
    two: &'a BTreeMap<K, V>,
) -> BTreeSet<&'a K> {
    one.keys().chain(two.keys()).collect()
}

fn pods_of<'a>(run: &'a Run, owner: &str) -> Vec<&'a Pod> {
    run.pods.iter().filter(|pod| pod.owner == owner).collect()
}

fn known_times(times: Option<&Vec<f64>>) -> Vec<Option<f64>> {
    times.into_iter().flatten().copied().map(Some).collect()
}

fn outcome(job: &Job) -> String {
    let (condition, reason) = &job.terminal;
    let terminal = match (condition.as_str(), reason.as_str()) {
        ("", _) => "unfinished".to_owned(),
        (condition, "") => condition.to_owned(),
        (condition, reason) => format!("{condition}/{reason}"),
    };
    let (succeeded, failed) = job.counters;
    format!("{terminal}, {succeeded} succeeded, {failed} failed")
}

impl Comparison<'_> {
    /// For each owner the same numbers of pods come to the same moments at the same times.
    pub(crate) fn pods(&mut self) {
        let (recorded, simulated) = (self.recorded, self.simulated);
        let both = recorded.pods.iter().chain(&simulated.pods);
        let owners: BTreeSet<&str> = both.map(|pod| pod.owner.as_str()).collect();
        for owner in owners {
            let (one, two) = (pods_of(recorded, owner), pods_of(simulated, owner));
            for (name, moment) in Pod::MOMENTS {
                let criterion = format!("pods.{name}");
                let times = |pods: &[&Pod]| pods.iter().map(|pod| moment(pod)).collect::<Vec<_>>();
                self.times(&criterion, owner, times(&one), times(&two));
            }
            let restarts = |run: &Run| known_times(run.restarts.get(owner));
            self.times("restarts", owner, restarts(recorded), restarts(simulated));
            if owner.starts_with("DaemonSet/") {
                self.daemons(owner, &one, &two);
            }
        }
    }

    /// The same nodes ran a daemon pod, and none more of them at a time than recorded. Which node is
    /// updated first is the controller's accident.
    fn daemons(&mut self, owner: &str, recorded: &[&Pod], simulated: &[&Pod]) {
        let (one, two) = (self.most_at_once(recorded), self.most_at_once(simulated));
        let on = |most: &BTreeMap<String, usize>, node| most.get(node).copied().unwrap_or(0);
        let difference = keys(&one, &two)
            .into_iter()
            .map(|node| (node, on(&one, node), on(&two, node)))
            .find(|(_, recorded, simulated)| {
                *recorded == 0 || *simulated == 0 || simulated > recorded
            })
            .map_or(String::new(), |(node, recorded, simulated)| {
                format!("pods at a time on {node}: {recorded} recorded, {simulated} simulated")
            });
        self.add(Check::new("daemonset.nodes", owner, difference));
    }

    /// Node -> how many of the pods ran there at the same time.
    fn most_at_once(&self, pods: &[&Pod]) -> BTreeMap<String, usize> {
        let began: Vec<(&Pod, f64)> = pods
            .iter()
            .filter_map(|pod| Some((*pod, pod.started?)))
            .filter(|(_, started)| !self.is_late(*started, "daemonset.nodes"))
            .collect();
        let mut most = BTreeMap::new();
        for (pod, started) in &began {
            let at_once = began
                .iter()
                .filter(|(other, _)| other.node == pod.node)
                .filter(|(other, since)| {
                    since <= started && *started < other.ended().unwrap_or(FOREVER)
                })
                .count();
            let peak = most.entry(pod.node.clone()).or_insert(0);
            *peak = at_once.max(*peak);
        }
        most
    }

    /// Conditions, lifetimes, counters and the final state of each Job.
    pub(crate) fn jobs(&mut self) {
        let (recorded, simulated) = (self.recorded, self.simulated);
        let absent = Job::default();
        for name in keys(&recorded.jobs, &simulated.jobs) {
            let one = recorded.jobs.get(name).unwrap_or(&absent);
            let two = simulated.jobs.get(name).unwrap_or(&absent);
            let subject = format!("Job/{name}");
            self.conditions(&subject, one, two);
            self.times("job.created", &subject, [one.created], [two.created]);
            self.times("job.deleted", &subject, [one.deleted], [two.deleted]);
            for (place, counter) in JOB_STEPS.iter().enumerate() {
                let criterion = format!("job.{counter}");
                self.steps(&criterion, &subject, &one.steps[place], &two.steps[place]);
            }
            self.final_state(&subject, one, two);
        }
    }

    fn conditions(&mut self, subject: &str, one: &Job, two: &Job) {
        for condition in REASONED {
            let (x, y) = (one.reasons(condition), two.reasons(condition));
            if let (Some(first), Some(second)) = (x.first(), y.first())
                && x != y
            {
                let difference = format!("{first} recorded, {second} simulated");
                let subject = format!("{subject} {condition}");
                self.add(Check::new("job.conditions", &subject, difference));
            }
        }
        for key in keys(&one.conditions, &two.conditions) {
            let subject = format!("{subject} {}/{}", key.0, key.1);
            let times = |job: &Job| known_times(job.conditions.get(key));
            self.times("job.conditions", &subject, times(one), times(two));
        }
    }

    fn final_state(&mut self, subject: &str, one: &Job, two: &Job) {
        let last = one.changed.max(two.changed);
        let are_finished = !one.terminal.0.is_empty() && !two.terminal.0.is_empty();
        let is_decided = are_finished || !self.is_late(last, "job.final");
        let are_equal = (&one.terminal, one.counters) == (&two.terminal, two.counters);
        let difference = if is_decided && !are_equal {
            format!("{} recorded; {} simulated", outcome(one), outcome(two))
        } else {
            String::new()
        };
        self.add(Check::new("job.final", subject, difference).at(last));
    }

    /// Counters of each DaemonSet, and when each node was Ready.
    pub(crate) fn daemonsets_and_nodes(&mut self) {
        let (recorded, simulated) = (self.recorded, self.simulated);
        let none = Default::default();
        for name in keys(&recorded.daemonsets, &simulated.daemonsets) {
            let one = recorded.daemonsets.get(name).unwrap_or(&none);
            let two = simulated.daemonsets.get(name).unwrap_or(&none);
            for (place, counter) in DAEMONSET_STEPS.iter().enumerate() {
                let criterion = format!("daemonset.{counter}");
                let subject = format!("DaemonSet/{name}");
                self.steps(&criterion, &subject, &one[place], &two[place]);
            }
        }
        let never = Steps::default();
        for name in keys(&recorded.nodes_ready, &simulated.nodes_ready) {
            let one = recorded.nodes_ready.get(name).unwrap_or(&never);
            let two = simulated.nodes_ready.get(name).unwrap_or(&never);
            self.steps("nodes.ready", &format!("Node/{name}"), one, two);
        }
    }

    /// Every simulated choice of a node is among the best in the simulated state, and the pods spread over
    /// the nodes as recorded but for ties.
    pub(crate) fn placements(&mut self) {
        let Some(placement) = &self.recording.placement else {
            return;
        };
        let one = placement::replay(placement, self.recorded);
        let two = placement::replay(placement, self.simulated);
        let wrong = |side: &[Decision]| side.iter().filter(|choice| !choice.is_best()).count();
        let allowed = real(wrong(&one)) + self.share("placement.best") * real(two.len());
        let first = two.iter().find(|choice| !choice.is_best());
        let first = first.filter(|_| real(wrong(&two)) > allowed);
        let difference = first.map_or(String::new(), |choice| {
            let best = choice.best.join(", ");
            format!(
                "{} on {} at {:.3} s; the best there: {}",
                choice.owner,
                choice.node,
                choice.at,
                if best.is_empty() { "none fits" } else { &best }
            )
        });
        let at = first.map_or(FOREVER, |choice| choice.at);
        self.add(Check::new("placement.best", "scheduler", difference).at(at));
        let ties = |side: &[Decision]| side.iter().filter(|choice| choice.best.len() > 1).count();
        let x = placement::counts(placement, self.recorded);
        let y = placement::counts(placement, self.simulated);
        let apart: usize = x.iter().zip(&y).map(|(x, y)| x.abs_diff(*y)).sum();
        let difference = if apart / 2 > ties(&one).min(ties(&two)) {
            format!("pods per node: {x:?} recorded, {y:?} simulated")
        } else {
            String::new()
        };
        self.add(Check::new("placement.counts", "scheduler", difference));
    }
}
