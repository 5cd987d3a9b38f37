//! The reconciler against a world whose Jobs run for a fixed time; calls are carried out at once.

use super::*;
use crate::api;
use crate::cron::{Schedule, TimeZone};
use crate::model::{
    Affinity, CompletionMode, ConcurrencyPolicy, ControlPlane, CronJobSpec, JobSpec, Labels, Meta,
    Model, PodReplacementPolicy, PodSpec, PodTemplate, Profile, QuotaSpec, Resources,
    RestartPolicy,
};
use crate::world::{JobCondition, JobStatus, Outcome};
use std::sync::Arc;

mod timelines;
mod upstream;

/// 2016-05-19, a Thursday: the day of upstream's tests. Times are given as seconds since its midnight.
const DAY_UNIX: i64 = 1_463_616_000;
const DAY: i64 = 86_400;

/// A cluster that holds one `CronJob`.
struct Cluster {
    world: World,
    model: Model,
    reconciler: CronJobReconciler,
    key: CronJobId,
    /// When the queue gives the `CronJob` out next.
    due: Option<Time>,
    /// When Jobs end, and how.
    ends: BTreeMap<(Time, JobId), JobConditionKind>,
    run: Span,
    outcome: JobConditionKind,
    /// Decisions, as `time outcome slot`.
    log: Vec<String>,
    syncs: u32,
    events: u32,
    writes: u32,
    /// How the last sync ended.
    requeue: Requeue,
    /// The look that the last sync asked for.
    asked: Option<Time>,
}

fn seconds(seconds: i64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// `10:05`, `10:05:30` or `1 10:05` (a day later), in seconds.
fn at(text: &str) -> i64 {
    let (day, clock) = text.split_once(' ').unwrap_or(("0", text));
    let units = clock.split(':').zip([3600, 60, 1]);
    let number = |text: &str| text.parse::<i64>().expect("a number");
    number(day) * DAY + units.map(|(text, unit)| number(text) * unit).sum::<i64>()
}

fn clock(seconds: i64) -> String {
    let (day, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let day = if day == 0 {
        String::new()
    } else {
        format!("{day} ")
    };
    let second = if second == 0 {
        String::new()
    } else {
        format!(":{second:02}")
    };
    format!("{day}{hour:02}:{minute:02}{second}")
}

fn job_spec() -> JobSpec {
    let template = PodTemplate {
        labels: Labels::default(),
        annotations: Labels::default(),
        behavior: Vec::new(),
        spec: PodSpec {
            containers: Vec::new(),
            restart_policy: RestartPolicy::Never,
            termination_grace: Span::from_secs(30),
            active_deadline: None,
            node_name: None,
            node_selector: Labels::default(),
            affinity: Affinity::default(),
            tolerations: Vec::new(),
            spread: Vec::new(),
            priority_class: None,
            preemption_policy: None,
            host_network: false,
            host_ports: Vec::new(),
            scheduling_gates: Vec::new(),
            overhead: Resources::default(),
            has_empty_dir: false,
        },
    };
    JobSpec {
        parallelism: 1,
        completions: Some(1),
        backoff_limit: 6,
        backoff_limit_per_index: None,
        max_failed_indexes: None,
        active_deadline: None,
        ttl_after_finished: None,
        suspend: false,
        completion_mode: CompletionMode::NonIndexed,
        pod_replacement_policy: PodReplacementPolicy::TerminatingOrFailed,
        failure_policy: None,
        success_policy: None,
        managed_by_other: false,
        template: Arc::new(template),
    }
}

fn spec(schedule: &str) -> CronJobSpec {
    CronJobSpec {
        schedule: Arc::new(Schedule::parse(schedule).expect("a schedule")),
        schedule_text: schedule.into(),
        zone: TimeZone::UTC,
        zone_text: None,
        starting_deadline: None,
        concurrency_policy: ConcurrencyPolicy::Allow,
        suspend: false,
        successful_history_limit: 3,
        failed_history_limit: 1,
        job: job_spec(),
        job_labels: Labels::default(),
        job_annotations: Labels::default(),
        job_text: "{}".into(),
    }
}

fn model(profile: Profile) -> Model {
    Model {
        name: "test".into(),
        description: "".into(),
        start_unix_nanos: DAY_UNIX * 1_000_000_000,
        duration: None,
        seed: 1,
        warm_up: Span::ZERO,
        control_plane: ControlPlane {
            profile,
            ..ControlPlane::default()
        },
        pools: Vec::new(),
        outages: Vec::new(),
        nodes: Vec::new(),
        objects: Vec::new(),
        behaviors: Vec::new(),
        actions: Vec::new(),
        arrivals: Vec::new(),
        edit: |_, _, _, _| Err(String::new()),
    }
}

fn meta(name: &str) -> Meta {
    Meta {
        namespace: "default".into(),
        name: name.into(),
        labels: Labels::default(),
        annotations: Labels::default(),
    }
}

/// A status with one condition.
fn finished(kind: JobConditionKind, start: Option<Time>, at: Time) -> JobStatus {
    let condition = JobCondition {
        kind,
        status: true,
        reason: "".into(),
        message: "".into(),
        changed_at: at,
    };
    let is_complete = kind == JobConditionKind::Complete;
    JobStatus {
        start_time: start,
        completion_time: is_complete.then_some(at),
        conditions: vec![condition],
        ..JobStatus::default()
    }
}

impl Cluster {
    /// A `CronJob` made at `created`, whose Jobs run for so many seconds. Nothing takes time (`ideal`).
    fn new(spec: CronJobSpec, created: &str, run: i64) -> Self {
        Self::with(Profile::Ideal, spec, created, run)
    }

    fn with(profile: Profile, spec: CronJobSpec, created: &str, run: i64) -> Self {
        let model = model(profile);
        let mut world = World::new(model.start_unix_nanos);
        world.advance(seconds(at(created)));
        let key = world.create_cronjob(meta("cron"), spec, "{}".into());
        let mut cluster = Self {
            world,
            model,
            reconciler: CronJobReconciler::default(),
            key,
            due: None,
            ends: BTreeMap::new(),
            run: Span::from_secs(run),
            outcome: JobConditionKind::Complete,
            log: Vec::new(),
            syncs: 0,
            events: 0,
            writes: 0,
            requeue: Requeue::Done,
            asked: None,
        };
        cluster.observe();
        cluster
    }

    fn cronjob(&self) -> &CronJob {
        self.world.cronjob(self.key)
    }

    fn view(&self) -> View<'_> {
        View {
            world: &self.world,
            model: &self.model,
            seed: 1,
        }
    }

    fn look_at(&mut self, at: Time) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Tells the changes to the reconciler, and notes decisions and new Jobs.
    fn observe(&mut self) {
        while let Some(change) = self.world.pop_change() {
            let mut wakes = Wakes(Vec::new());
            self.reconciler.concerns(self.view(), &change, &mut wakes);
            let arrival = self.world.now() + self.view().latency().watch;
            for (_, delay) in wakes.0 {
                self.look_at(arrival + delay);
            }
            if let Change::JobCreated(job) = change {
                self.ends
                    .insert((self.world.now() + self.run, job), self.outcome);
            } else if let Change::CronJobDecided { decision, .. } = change {
                let slot = decision
                    .scheduled_unix
                    .map_or("-".into(), |unix| clock(unix - DAY_UNIX));
                let now = clock(self.world.now().since_start().as_secs());
                self.log
                    .push(format!("{now} {:?} {slot}", decision.outcome));
            }
        }
    }

    /// One sync, its calls carried out at once.
    fn sync(&mut self) {
        self.due = None;
        self.asked = None;
        self.syncs += 1;
        let mut progress = Progress::default();
        loop {
            let mut plan = Plan::default();
            let view = View {
                world: &self.world,
                model: &self.model,
                seed: 1,
            };
            self.requeue = self
                .reconciler
                .reconcile(view, self.key, progress, &mut plan);
            self.events += plan.events;
            for at in plan.requeues.drain(..) {
                self.asked = Some(at);
                self.look_at(at);
            }
            for step in plan.steps {
                for call in step.calls {
                    self.events += u32::from(step.events);
                    self.writes += u32::from(matches!(call, Call::WriteCronJobStatus { .. }));
                    match api::commit(&mut self.world, 1, call) {
                        Outcome::Done | Outcome::NotFound => progress.done += 1,
                        Outcome::Refused(_) | Outcome::Later(_) => progress.refused += 1,
                    }
                }
            }
            if self.requeue != Requeue::Continue {
                break;
            }
            progress.stage += 1;
        }
        let now = self.world.now();
        match self.requeue {
            Requeue::Done | Requeue::Continue => {}
            Requeue::After(delay) => self.look_at(now + delay),
            Requeue::Backoff => self.look_at(now + Span::from_secs(1)),
        }
        self.observe();
    }

    /// Plays until just after `end`.
    fn run_until(&mut self, end: &str) {
        let end = seconds(at(end));
        loop {
            let ending = self.ends.first_key_value().map(|(key, _)| key.0);
            let Some(next) = [self.due, ending].into_iter().flatten().min() else {
                break;
            };
            if next > end {
                break;
            }
            self.world.advance(next.max(self.world.now()));
            if self.due.is_some_and(|due| due <= next) {
                self.sync();
            } else if let Some(((at, job), kind)) = self.ends.pop_first()
                && self.world.job(job).exists()
            {
                let started = self.world.job(job).created_at;
                self.world
                    .write_job_status(job, finished(kind, Some(started), at));
                self.observe();
            }
        }
        self.world.advance(end);
    }

    fn edit(&mut self, when: &str, change: impl FnOnce(&mut CronJobSpec)) {
        self.run_until(when);
        let mut spec = self.cronjob().spec.clone();
        change(&mut spec);
        self.world
            .update_cronjob(self.key, meta("cron"), spec, "{}".into());
        self.observe();
    }

    fn create_by_hand(&mut self, when: &str, name: &str) {
        self.run_until(when);
        let call = Call::CreateJob(NewJob {
            cronjob: self.key,
            name: name.into(),
            scheduled_unix: None,
        });
        api::commit(&mut self.world, 1, call);
        self.observe();
    }

    /// Names of the `CronJob`'s Jobs, by creation.
    fn jobs(&self) -> Vec<&str> {
        let jobs = self.cronjob().jobs.iter();
        jobs.map(|job| &*self.world.job(*job).meta.name).collect()
    }
}
