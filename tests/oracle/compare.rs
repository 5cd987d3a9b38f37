//! The criteria by which a simulated run is like a recorded one.
//!
//! The tolerance at time t is 1 s and 0.5 % of t: the control plane batches by one second, stores times in
//! whole seconds and answers within some 0.2 s; the share of t is for what adds up over rounds. Known noise
//! widens it. What happens within the tolerance of the end may be missing on the other side.

use crate::archive::{Noise, Recording};
use crate::side::{FOREVER, Run};
use crate::steps::Steps;

/// The tolerance at t = 0.
const TOLERANCE_SECONDS: f64 = 1.0;
/// What a second of the run adds to it.
const TOLERANCE_SHARE: f64 = 0.005;
/// Shorter pieces of a step function come from rounding.
const SHORTEST_PIECE_SECONDS: f64 = 1e-3;

/// Both sides, and what has been found so far.
pub(crate) struct Comparison<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) recorded: &'a Run,
    pub(crate) simulated: &'a Run,
    checks: Vec<Check>,
    /// For each step function, the share of time in which it is exactly equal.
    agreement: Vec<f64>,
    distances: Distances,
}

/// One thing that was compared.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    criterion: String,
    subject: String,
    /// Empty where the criterion holds.
    difference: String,
    /// 1 where it holds; for a step function the share of time within tolerance.
    score: f64,
    /// When the difference begins.
    at: f64,
}

/// How far apart the times of the same thing are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distances {
    pub(crate) count: usize,
    pub(crate) sum_seconds: f64,
    pub(crate) worst_seconds: f64,
    pub(crate) worst: String,
}

/// What came of a comparison.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) checks: usize,
    pub(crate) failed: usize,
    /// The mean over all checks, in per cent.
    pub(crate) score: f64,
    /// The mean share of time in which step functions are exactly equal, in per cent.
    pub(crate) agreement: f64,
    pub(crate) distances: Distances,
    /// The first difference in each criterion, earliest first.
    pub(crate) differences: Vec<String>,
    /// Where the tolerance is wider, and why.
    pub(crate) noise: Vec<Noise>,
}

impl Summary {
    /// Of a scenario that cannot be played.
    pub(crate) fn unplayable(reason: &str) -> Self {
        Self {
            checks: 1,
            failed: 1,
            score: 0.0,
            agreement: 0.0,
            distances: Distances::default(),
            differences: vec![format!("scenario: {reason}")],
            noise: Vec::new(),
        }
    }

    pub(crate) fn passes(&self) -> bool {
        self.failed == 0
    }
}

impl Distances {
    /// Greater texts win ties, so that the order of comparing does not matter.
    fn add(&mut self, seconds: f64, what: String) {
        self.count += 1;
        self.sum_seconds += seconds;
        let order = seconds.total_cmp(&self.worst_seconds);
        if order.then_with(|| what.cmp(&self.worst)).is_gt() {
            (self.worst_seconds, self.worst) = (seconds, what);
        }
    }

    pub(crate) fn mean_seconds(&self) -> f64 {
        mean(self.sum_seconds, self.count).unwrap_or(0.0)
    }
}

/// `None` of nothing.
pub(crate) fn mean(sum: f64, count: usize) -> Option<f64> {
    let count = u32::try_from(count).expect("few enough to be counted");
    (count > 0).then(|| sum / f64::from(count))
}

impl Check {
    pub(crate) fn new(criterion: &str, subject: &str, difference: String) -> Self {
        let score = if difference.is_empty() { 1.0 } else { 0.0 };
        Self {
            criterion: criterion.to_owned(),
            subject: subject.to_owned(),
            difference,
            score,
            at: FOREVER,
        }
    }

    pub(crate) fn at(self, at: f64) -> Self {
        Self { at, ..self }
    }

    fn score(self, score: f64) -> Self {
        Self { score, ..self }
    }
}

/// Compares everything.
pub(crate) fn compare(recording: &Recording, recorded: &Run, simulated: &Run) -> Summary {
    let mut comparison = Comparison {
        recording,
        recorded,
        simulated,
        checks: Vec::new(),
        agreement: Vec::new(),
        distances: Distances::default(),
    };
    comparison.pods();
    comparison.jobs();
    comparison.daemonsets_and_nodes();
    comparison.cronjobs();
    comparison.placements();
    comparison.summary()
}

impl<'a> Comparison<'a> {
    pub(crate) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    fn known<'c>(&self, criterion: &'c str) -> impl Iterator<Item = &'a Noise> + use<'a, 'c> {
        let group = criterion.split('.').next().unwrap_or(criterion);
        let is_meant = move |noise: &&Noise| {
            let mut names = noise.criteria.iter();
            names.any(|name| name == criterion || name == group)
        };
        self.recording.noise.iter().filter(is_meant)
    }

    fn tolerance(&self, criterion: &str, t: f64) -> f64 {
        let noise = self
            .known(criterion)
            .filter(|noise| noise.from <= t && t <= noise.until)
            .map(|noise| noise.seconds)
            .fold(0.0, f64::max);
        TOLERANCE_SECONDS + TOLERANCE_SHARE * t.max(0.0) + noise
    }

    /// The distance says nothing about the model.
    fn is_of_unstated_phase(&self, criterion: &str, t: f64) -> bool {
        self.known(criterion)
            .any(|noise| noise.is_of_a_phase() && noise.from <= t && t <= noise.until)
    }

    /// Of pods, or of a counter's largest value, that may differ: the known noise of large recordings.
    pub(crate) fn share(&self, criterion: &str) -> f64 {
        self.known(criterion)
            .map(|noise| noise.share)
            .fold(0.0, f64::max)
    }

    /// So close to the end that the other side may not have come to it.
    pub(crate) fn is_late(&self, t: f64, criterion: &str) -> bool {
        let end = self.recording.end_seconds;
        t > end - self.tolerance(criterion, end)
    }

    /// Equal numbers of times, and in order no pair further apart than the tolerance.
    pub(crate) fn times(
        &mut self,
        criterion: &str,
        subject: &str,
        recorded: impl IntoIterator<Item = Option<f64>>,
        simulated: impl IntoIterator<Item = Option<f64>>,
    ) {
        let (mut recorded, mut simulated) = (sorted(recorded), sorted(simulated));
        self.drop_late(criterion, &mut recorded, simulated.len());
        self.drop_late(criterion, &mut simulated, recorded.len());
        let (one, two) = (recorded.len(), simulated.len());
        if one == 0 && two == 0 {
            return;
        }
        let mut apart = Vec::new();
        for (x, y) in recorded.iter().copied().zip(simulated.iter().copied()) {
            if !self.is_of_unstated_phase(criterion, x) {
                let what = format!("{criterion} {subject} at {x:.2} s");
                self.distances.add((x - y).abs(), what);
            }
            if (x - y).abs() > self.tolerance(criterion, x) {
                apart.push((x, y));
            }
        }
        let wrong = real(apart.len() + one.abs_diff(two));
        let is_within = wrong <= self.share(criterion) * real(one.max(two));
        let first = apart.first().map_or(String::new(), |(x, y)| {
            format!("first at {x:.3} s recorded, {y:.3} s simulated")
        });
        let difference = if is_within || one == two {
            if is_within { String::new() } else { first }
        } else {
            let partner = |times: &[f64]| {
                let time = times.get(one.min(two));
                time.map_or("none".to_owned(), |t| format!("{t:.3} s"))
            };
            let lone = format!(
                "first without a partner: {} recorded, {} simulated",
                partner(&recorded),
                partner(&simulated)
            );
            let first = if first.is_empty() { lone } else { first };
            format!("{one} recorded, {two} simulated; {first}")
        };
        let lone = recorded.iter().skip(two).chain(simulated.iter().skip(one));
        let at = apart
            .iter()
            .map(|(x, _)| *x)
            .chain(lone.copied())
            .fold(FOREVER, f64::min);
        self.add(Check::new(criterion, subject, difference).at(at));
    }

    /// Drops times at the end for which the other side, with `others` of them, has no partner.
    fn drop_late(&self, criterion: &str, times: &mut Vec<f64>, others: usize) {
        while times.len() > others
            && times
                .last()
                .is_some_and(|last| self.is_late(*last, criterion))
        {
            times.pop();
        }
    }

    /// Equal at all times, except within the tolerance of a time when the other side takes that value.
    ///
    /// A value that lasts no longer than the tolerance need not appear on the other side.
    pub(crate) fn steps(
        &mut self,
        criterion: &str,
        subject: &str,
        recorded: &Steps,
        simulated: &Steps,
    ) {
        let end = self.recording.end_seconds;
        let largest = recorded.range(0.0, end).1.max(simulated.range(0.0, end).1);
        let slack = self.share(criterion) * f64::from(largest.max(0));
        let cuts = self.cuts(criterion, recorded, simulated);
        let (mut same, mut bad, mut first) = (0.0, 0.0, None);
        for piece in cuts.windows(2) {
            let (from, length) = (piece[0], piece[1] - piece[0]);
            let middle = f64::midpoint(piece[0], piece[1]);
            let (x, y) = (recorded.at(middle), simulated.at(middle));
            if x == y {
                same += length;
            }
            if f64::from((x - y).abs()) <= slack || length <= SHORTEST_PIECE_SECONDS {
                continue;
            }
            let tolerance = self.tolerance(criterion, middle);
            let is_strange = |value: i32, other: &Steps| {
                let (low, high) = other.range(middle - tolerance, middle + tolerance);
                let value = f64::from(value);
                value < f64::from(low) - slack || value > f64::from(high) + slack
            };
            let lasts = |steps: &Steps| steps.lasts(middle, end) > tolerance;
            let (strange_x, strange_y) = (is_strange(x, simulated), is_strange(y, recorded));
            if (strange_x && (strange_y || lasts(recorded))) || (strange_y && lasts(simulated)) {
                bad += length;
                first.get_or_insert((from, x, y));
            }
        }
        self.agreement.push(same / end);
        let (at, difference) = first.map_or((FOREVER, String::new()), |(at, x, y)| {
            let text = format!("{x} recorded, {y} simulated at {at:.3} s");
            (at, format!("{text} (out of tolerance for {bad:.1} s)"))
        });
        let check = Check::new(criterion, subject, difference);
        self.add(check.score(1.0 - bad / end).at(at));
    }

    /// Where the value, or what is tolerated, may change.
    fn cuts(&self, criterion: &str, recorded: &Steps, simulated: &Steps) -> Vec<f64> {
        let end = self.recording.end_seconds;
        let mut cuts = vec![0.0, end];
        for t in recorded.times().iter().chain(simulated.times()) {
            let tolerance = self.tolerance(criterion, *t);
            cuts.extend([t - tolerance, *t, t + tolerance].map(|cut| cut.clamp(0.0, end)));
        }
        cuts.sort_by(f64::total_cmp);
        cuts.dedup_by(|a, b| a.total_cmp(b).is_eq());
        cuts
    }

    fn summary(self) -> Summary {
        let mut failed: Vec<&Check> = self
            .checks
            .iter()
            .filter(|check| !check.difference.is_empty())
            .collect();
        failed.sort_by(|a, b| a.at.total_cmp(&b.at));
        let mut criteria: Vec<&str> = Vec::new();
        let mut differences = Vec::new();
        for check in &failed {
            if !criteria.contains(&check.criterion.as_str()) {
                criteria.push(&check.criterion);
                let (criterion, subject) = (&check.criterion, &check.subject);
                differences.push(format!("{criterion} {subject}: {}", check.difference));
            }
        }
        let scores = self.checks.iter().map(|check| check.score).sum();
        let agreement = self.agreement.iter().sum();
        Summary {
            checks: self.checks.len(),
            failed: failed.len(),
            score: 100.0 * mean(scores, self.checks.len()).unwrap_or(0.0),
            agreement: 100.0 * mean(agreement, self.agreement.len()).unwrap_or(1.0),
            distances: self.distances,
            differences,
            noise: self.recording.noise.clone(),
        }
    }
}

fn sorted(times: impl IntoIterator<Item = Option<f64>>) -> Vec<f64> {
    let mut times: Vec<f64> = times.into_iter().flatten().collect();
    times.sort_by(f64::total_cmp);
    times
}

/// A number of pods, as a float.
pub(crate) fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("few enough to be counted"))
}
