//! The criteria for CronJobs: which Jobs were made for which times, which were kept, which were passed over.

use crate::compare::{Check, Comparison};
use crate::side::{Run, Slot, whole};
use std::collections::{BTreeMap, BTreeSet};

/// What a CronJob's runs are called by.
type Runs = BTreeMap<Slot, String>;

/// Scheduled times without a Job, and the outcomes that are right for each.
type Expected<'a> = BTreeMap<i64, BTreeSet<&'a str>>;

/// A schedule whose times are known without reading it: every full minute.
const EVERY_MINUTE: &str = "* * * * *";

/// The names of a CronJob's Jobs that are there at the end.
fn kept<'a>(run: &'a Run, cronjob: &str) -> BTreeSet<&'a str> {
    let jobs = run.jobs.iter();
    jobs.filter(|(_, job)| job.cronjob == cronjob && job.deleted.is_none())
        .map(|(name, _)| name.as_str())
        .collect()
}

impl Comparison<'_> {
    /// Every CronJob of either side.
    pub(crate) fn cronjobs(&mut self) {
        let (recorded, simulated) = (self.recorded, self.simulated);
        let mut names = BTreeSet::new();
        for run in [recorded, simulated] {
            names.extend(run.cron_runs.keys().map(String::as_str));
            let of_cronjobs = run.jobs.values().map(|job| job.cronjob.as_str());
            names.extend(of_cronjobs.filter(|name| !name.is_empty()));
        }
        let none = Runs::new();
        for name in names {
            let one = recorded.cron_runs.get(name).unwrap_or(&none);
            let two = simulated.cron_runs.get(name).unwrap_or(&none);
            self.runs(name, one, two);
            let created = |run: &Run, runs: &Runs| {
                let jobs = runs.values().map(|job| run.jobs.get(job)?.created);
                jobs.collect::<Vec<_>>()
            };
            self.times(
                "cronjob.created",
                &format!("CronJob/{name}"),
                created(recorded, one),
                created(simulated, two),
            );
            self.kept(name);
            self.skipped(name, one, two);
        }
    }

    /// The same scheduled times with the same names of Jobs.
    fn runs(&mut self, name: &str, recorded: &Runs, simulated: &Runs) {
        let slots = crate::workloads::keys(recorded, simulated);
        let odd = slots.into_iter().find(|slot| {
            recorded.get(slot) != simulated.get(slot)
                && !self.is_just_begun(slot, recorded, simulated)
        });
        let job = |runs: &Runs, slot| runs.get(slot).map_or("no Job", String::as_str).to_owned();
        let difference = odd.map_or(String::new(), |slot| {
            let (one, two) = (job(recorded, slot), job(simulated, slot));
            format!("{}: {one} recorded, {two} simulated", self.slot(slot))
        });
        self.add(Check::new(
            "cronjob.runs",
            &format!("CronJob/{name}"),
            difference,
        ));
    }

    fn slot(&self, slot: &Slot) -> String {
        match slot {
            Slot::Scheduled(epoch) => self.scheduled(*epoch),
            Slot::Manual(_) => slot.to_string(),
        }
    }

    fn scheduled(&self, epoch: i64) -> String {
        format!("scheduled time at {} s", epoch - self.recording.start)
    }

    /// The one side that has a Job for the scheduled time made it right before the end.
    fn is_just_begun(&self, slot: &Slot, recorded: &Runs, simulated: &Runs) -> bool {
        let created = |run: &Run, runs: &Runs| {
            let job = runs.get(slot)?;
            Some(run.jobs.get(job).and_then(|job| job.created))
        };
        let one = created(self.recorded, recorded);
        let two = created(self.simulated, simulated);
        match (one, two) {
            (Some(Some(t)), None) | (None, Some(Some(t))) => self.is_late(t, "cronjob.runs"),
            _ => false,
        }
    }

    /// The same Jobs are left at the end by the history limits.
    fn kept(&mut self, name: &str) {
        let (recorded, simulated) = (self.recorded, self.simulated);
        let mut lately = BTreeSet::new();
        for (job_name, job) in recorded.jobs.iter().chain(&simulated.jobs) {
            let mut moments = [job.created, job.deleted].into_iter().flatten();
            if job.cronjob == name && moments.any(|t| self.is_late(t, "cronjob.kept")) {
                lately.insert(job_name.as_str());
            }
        }
        let (one, two) = (kept(recorded, name), kept(simulated, name));
        let odd = one
            .symmetric_difference(&two)
            .find(|job| !lately.contains(*job));
        let difference = odd.map_or(String::new(), |job| {
            let side = if one.contains(job) {
                "recorded"
            } else {
                "simulated"
            };
            format!("{job} is left at the end only as {side}")
        });
        self.add(Check::new(
            "cronjob.kept",
            &format!("CronJob/{name}"),
            difference,
        ));
    }

    /// Scheduled times that the recording shows without a Job, since `Forbid` blocked them or they passed
    /// while the CronJob was suspended, are reported as such.
    fn skipped(&mut self, name: &str, recorded: &Runs, simulated: &Runs) {
        let expected = self.expected(name, recorded);
        let none = BTreeMap::new();
        let found = self.simulated.skipped.get(name).unwrap_or(&none);
        let found = |slot: &i64| found.get(slot).map(String::as_str);
        let job = |slot: &i64| simulated.get(&Slot::Scheduled(*slot)).map(String::as_str);
        let odd = expected.iter().find(|(slot, right)| {
            job(slot).is_some() || !found(slot).is_some_and(|outcome| right.contains(outcome))
        });
        let difference = odd.map_or(String::new(), |(slot, right)| {
            let right: Vec<&str> = right.iter().copied().collect();
            format!(
                "{}: {} recorded, {} simulated",
                self.scheduled(*slot),
                right.join(" or "),
                job(slot).or(found(slot)).unwrap_or("nothing")
            )
        });
        self.add(Check::new(
            "cronjob.skipped",
            &format!("CronJob/{name}"),
            difference,
        ));
    }

    fn expected(&self, name: &str, recorded: &Runs) -> Expected<'_> {
        let cronjob = self.recording.cronjobs.get(name);
        // A time that was passed over may have been found too late only after that.
        let has_deadline = cronjob.is_some_and(|cronjob| cronjob.has_deadline);
        let late = has_deadline.then_some("missed_deadline");
        let mut expected = Expected::new();
        for (slot, why) in self.recorded.skipped.get(name).into_iter().flatten() {
            expected.insert(*slot, late.into_iter().chain([why.as_str()]).collect());
        }
        if cronjob.is_none_or(|cronjob| cronjob.schedule != EVERY_MINUTE) {
            return expected;
        }
        let changes = self.recorded.suspended.get(name).map_or(&[][..], |all| all);
        for change in changes.windows(2).filter(|change| change[0].1) {
            let mut slot = whole((change[0].0 / 60.0).ceil()) * 60;
            while slot < whole(change[1].0) {
                if !recorded.contains_key(&Slot::Scheduled(slot)) {
                    let outcomes = late.into_iter().chain(["missed_suspended"]);
                    expected.insert(slot, outcomes.collect());
                }
                slot += 60;
            }
        }
        expected
    }
}
