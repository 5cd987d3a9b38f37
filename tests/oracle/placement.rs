//! Which nodes the Kubernetes scheduler could have chosen for a pod.
//!
//! Ties between nodes fall by accident in a real cluster, and one of them changes every later choice. So
//! each choice is judged in the state that the choices before it made: a replay of the default filters and
//! scores that matter for pods without affinity, spread constraints or volumes. These are closed nodes, the
//! node selector and the fit of CPU, memory and pods; then `LeastAllocated` and `BalancedAllocation`
//! (Kubernetes 1.36: before and after), each with CPU and memory at weight 1.

use crate::archive::{Node, Placement, PodSpec};
use crate::side::{Run, exact, whole};
use std::collections::BTreeMap;

/// Stands in for a missing request in `LeastAllocated` (upstream `DefaultMilliCPURequest`).
const SCORED_CPU_M: i64 = 100;
/// The same for memory (upstream `DefaultMemoryRequest`).
const SCORED_MEMORY_BYTES: i64 = 200 << 20;

/// A binding that waited longer than this came from the queue of unschedulable pods.
const WAITING_SECONDS: f64 = 1.0;

/// CPU in thousandths and memory in bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Resources {
    cpu_m: i64,
    memory_bytes: i64,
}

/// A choice, and what would have been right.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) at: f64,
    pub(crate) owner: String,
    pub(crate) node: String,
    /// The nodes that share the best score, by name.
    pub(crate) best: Vec<String>,
}

impl Decision {
    pub(crate) fn is_best(&self) -> bool {
        self.best.contains(&self.node)
    }
}

/// A node during the replay.
struct State<'a> {
    node: &'a Node,
    labels: BTreeMap<String, String>,
    used: Resources,
    /// With the defaults for missing requests.
    scored: Resources,
    pods: i64,
}

/// What changes the state, in the order of a moment.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Relabel(&'a BTreeMap<String, Option<String>>),
    Release(&'a PodSpec),
    Choose(&'a str, &'a PodSpec),
}

impl Resources {
    /// The sum of a pod's requests, `absent` standing in for each that a container lacks.
    fn of(pod: &PodSpec, absent: Self) -> Self {
        let containers = pod.containers.iter();
        containers.fold(Self::default(), |sum, container| Self {
            cpu_m: sum.cpu_m + container.cpu_m.unwrap_or(absent.cpu_m),
            memory_bytes: sum.memory_bytes + container.memory_bytes.unwrap_or(absent.memory_bytes),
        })
    }

    fn real(pod: &PodSpec) -> Self {
        Self::of(pod, Self::default())
    }

    fn scored(pod: &PodSpec) -> Self {
        let absent = Self {
            cpu_m: SCORED_CPU_M,
            memory_bytes: SCORED_MEMORY_BYTES,
        };
        Self::of(pod, absent)
    }

    fn plus(self, other: Self, sign: i64) -> Self {
        Self {
            cpu_m: self.cpu_m + sign * other.cpu_m,
            memory_bytes: self.memory_bytes + sign * other.memory_bytes,
        }
    }
}

impl<'a> State<'a> {
    fn new(node: &'a Node) -> Self {
        Self {
            node,
            labels: node.labels.clone(),
            used: Resources::default(),
            scored: Resources::default(),
            pods: 0,
        }
    }

    fn fits(&self, pod: &PodSpec) -> bool {
        let is_selected = pod
            .node_selector
            .iter()
            .all(|(key, value)| self.labels.get(key) == Some(value));
        let after = self.used.plus(Resources::real(pod), 1);
        is_selected
            && !self.node.closed
            && self.pods < self.node.pods_max
            && after.cpu_m <= self.node.cpu_m
            && after.memory_bytes <= self.node.memory_bytes
    }

    fn score(&self, pod: &PodSpec) -> i64 {
        let after = self.scored.plus(Resources::scored(pod), 1);
        let free = |used: i64, allocatable: i64| {
            if used <= allocatable {
                (allocatable - used) * 100 / allocatable
            } else {
                0
            }
        };
        let least = i64::midpoint(
            free(after.cpu_m, self.node.cpu_m),
            free(after.memory_bytes, self.node.memory_bytes),
        );
        let real = Resources::real(pod);
        if real.cpu_m == 0 && real.memory_bytes == 0 {
            return least;
        }
        let gain = self.balance(self.used.plus(real, 1)) - self.balance(self.used);
        least + 50 + i64::midpoint(50, gain)
    }

    /// 100 where CPU and memory are used to the same share.
    fn balance(&self, used: Resources) -> i64 {
        let share = |used: i64, allocatable: i64| (exact(used) / exact(allocatable)).min(1.0);
        let cpu = share(used.cpu_m, self.node.cpu_m);
        let memory = share(used.memory_bytes, self.node.memory_bytes);
        whole((1.0 - (cpu - memory).abs() / 2.0) * 100.0)
    }

    fn relabel(&mut self, labels: &BTreeMap<String, Option<String>>) {
        for (key, value) in labels {
            match value {
                Some(value) => self.labels.insert(key.clone(), value.clone()),
                None => self.labels.remove(key),
            };
        }
    }

    fn take(&mut self, pod: &PodSpec, sign: i64) {
        self.used = self.used.plus(Resources::real(pod), sign);
        self.scored = self.scored.plus(Resources::scored(pod), sign);
        self.pods += sign;
    }
}

impl Step<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Relabel(_) => 0,
            Self::Release(_) => 1,
            Self::Choose(..) => 2,
        }
    }
}

/// All changes in their order; those of one moment and kind as they were listed.
fn steps<'a>(placement: &'a Placement, run: &'a Run) -> Vec<(f64, &'a str, Step<'a>)> {
    let mut steps: Vec<(f64, &str, Step<'_>)> = placement
        .relabels
        .iter()
        .map(|relabel| {
            let step = Step::Relabel(&relabel.labels);
            (relabel.at, relabel.node.as_str(), step)
        })
        .collect();
    for pod in &run.pods {
        let (Some(spec), Some(created), Some(scheduled)) =
            (placement.pods.get(&pod.owner), pod.created, pod.scheduled)
        else {
            continue;
        };
        // Bindings overtake each other: pods that did not wait were decided on as they were created.
        let has_waited = scheduled - created >= WAITING_SECONDS;
        let decided = if has_waited { scheduled } else { created };
        steps.push((decided, &pod.node, Step::Choose(&pod.owner, spec)));
        if let Some(ended) = pod.ended() {
            steps.push((ended, &pod.node, Step::Release(spec)));
        }
    }
    steps.sort_by(|(a, _, one), (b, _, two)| a.total_cmp(b).then(one.rank().cmp(&two.rank())));
    steps
}

/// Every choice of a run.
pub(crate) fn replay(placement: &Placement, run: &Run) -> Vec<Decision> {
    let mut nodes: BTreeMap<&str, State<'_>> = placement
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), State::new(node)))
        .collect();
    let mut decisions = Vec::new();
    for (at, node, step) in steps(placement, run) {
        if !nodes.contains_key(node) {
            continue;
        }
        if let Step::Choose(owner, pod) = step {
            decisions.push(Decision {
                at,
                owner: owner.to_owned(),
                node: node.to_owned(),
                best: best(&nodes, pod),
            });
        }
        let state = nodes.get_mut(node).expect("looked up above");
        match step {
            Step::Relabel(labels) => state.relabel(labels),
            Step::Release(pod) => state.take(pod, -1),
            Step::Choose(_, pod) => state.take(pod, 1),
        }
    }
    decisions
}

fn best(nodes: &BTreeMap<&str, State<'_>>, pod: &PodSpec) -> Vec<String> {
    let scores: Vec<(&str, i64)> = nodes
        .iter()
        .filter(|(_, state)| state.fits(pod))
        .map(|(name, state)| (*name, state.score(pod)))
        .collect();
    let top = scores.iter().map(|(_, score)| *score).max();
    scores
        .into_iter()
        .filter(|(_, score)| Some(*score) == top)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// How many pods each node got, sorted.
pub(crate) fn counts(placement: &Placement, run: &Run) -> Vec<usize> {
    let placed = |name: &str| {
        run.pods
            .iter()
            .filter(|pod| pod.scheduled.is_some() && placement.pods.contains_key(&pod.owner))
            .filter(|pod| pod.node == name)
            .count()
    };
    let mut counts: Vec<usize> = placement
        .nodes
        .iter()
        .map(|node| placed(&node.name))
        .collect();
    counts.sort_unstable();
    counts
}
