//! Specs of workloads and of the objects that decide beside them, defaults filled in.

use super::{LabelSelector, Labels, ManifestText, Name, PodTemplate, PreemptionPolicy};
use crate::cron::{Schedule, TimeZone};
use crate::sim::Span;
use std::sync::Arc;

/// `completionMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionMode {
    /// Any pods.
    NonIndexed,
    /// A pod for each index.
    Indexed,
}

/// `podReplacementPolicy` (JOB-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodReplacementPolicy {
    /// As soon as a pod is being deleted.
    TerminatingOrFailed,
    /// Once it is Failed or Succeeded.
    Failed,
}

/// `onExitCodes.operator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitCodeOperator {
    /// One of them.
    In,
    /// None of them.
    NotIn,
}

/// `action` of a pod failure policy rule (JOB-53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureAction {
    /// Counts as an ordinary failure.
    Count,
    /// The index fails at once.
    FailIndex,
    /// The Job fails.
    FailJob,
    /// Does not count.
    Ignore,
}

/// What a pod failure policy rule looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureMatch {
    /// JOB-51.
    ExitCodes {
        /// The container, or any.
        container: Option<Name>,
        /// In or not in.
        operator: ExitCodeOperator,
        /// The codes, ascending.
        values: Vec<i32>,
    },
    /// JOB-52: (type, status) pairs, any of them.
    Conditions(Vec<(Name, Name)>),
}

/// A rule of `podFailurePolicy`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FailureRule {
    /// What it does.
    pub action: FailureAction,
    /// When it matches.
    pub matches: FailureMatch,
}

/// A rule of `successPolicy` (JOB-62).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SuccessRule {
    /// Inclusive ranges of indexes, ascending; `None`: any.
    pub indexes: Option<Vec<(i32, i32)>>,
    /// How many of them.
    pub count: Option<i32>,
}

/// A Job's spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobSpec {
    /// `parallelism`.
    pub parallelism: i32,
    /// `completions`; `None`: a work queue (WL-D3).
    pub completions: Option<i32>,
    /// `backoffLimit`.
    pub backoff_limit: i32,
    /// `backoffLimitPerIndex`.
    pub backoff_limit_per_index: Option<i32>,
    /// `maxFailedIndexes`.
    pub max_failed_indexes: Option<i32>,
    /// `activeDeadlineSeconds`.
    pub active_deadline: Option<Span>,
    /// `ttlSecondsAfterFinished`.
    pub ttl_after_finished: Option<Span>,
    /// `suspend`.
    pub suspend: bool,
    /// `completionMode`.
    pub completion_mode: CompletionMode,
    /// `podReplacementPolicy`.
    pub pod_replacement_policy: PodReplacementPolicy,
    /// `podFailurePolicy.rules`.
    pub failure_policy: Option<Vec<FailureRule>>,
    /// `successPolicy.rules`.
    pub success_policy: Option<Vec<SuccessRule>>,
    /// `managedBy` names another controller: the Job is left alone (JOB-5).
    pub managed_by_other: bool,
    /// The pods; labels as the user wrote them.
    pub template: Arc<PodTemplate>,
}

/// `concurrencyPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConcurrencyPolicy {
    /// Jobs may overlap.
    Allow,
    /// A time that comes while a Job runs waits (CRON-31, CRON-32).
    Forbid,
    /// The running Job is deleted (CRON-33).
    Replace,
}

/// A CronJob's spec.
#[derive(Debug, Clone, PartialEq)]
pub struct CronJobSpec {
    /// `schedule`, parsed.
    pub schedule: Arc<Schedule>,
    /// `schedule` as written: whether it changes decides CRON-2.
    pub schedule_text: Name,
    /// The zone of `timeZone`, UTC without.
    pub zone: TimeZone,
    /// `timeZone` as written.
    pub zone_text: Option<Name>,
    /// `startingDeadlineSeconds`.
    pub starting_deadline: Option<Span>,
    /// `concurrencyPolicy`.
    pub concurrency_policy: ConcurrencyPolicy,
    /// `suspend`.
    pub suspend: bool,
    /// `successfulJobsHistoryLimit`.
    pub successful_history_limit: i32,
    /// `failedJobsHistoryLimit`.
    pub failed_history_limit: i32,
    /// `jobTemplate.spec`.
    pub job: JobSpec,
    /// `jobTemplate.metadata.labels`.
    pub job_labels: Labels,
    /// `jobTemplate.metadata.annotations`.
    pub job_annotations: Labels,
    /// A Job made of `jobTemplate`, without a name, as JSON text.
    pub job_text: ManifestText,
}

/// An integer or a percentage (`maxUnavailable`, `maxSurge`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountOrPercent {
    /// A number of pods.
    Count(i32),
    /// Per cent of them.
    Percent(i32),
}

impl CountOrPercent {
    /// The number of pods out of `total`, percentages rounded up or down.
    pub fn resolve(self, total: i32, round_up: bool) -> i32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let hundredths = i64::from(percent) * i64::from(total);
                let value = if round_up {
                    (hundredths + 99).div_euclid(100)
                } else {
                    hundredths / 100
                };
                i32::try_from(value).unwrap_or(i32::MAX)
            }
        }
    }
}

/// `updateStrategy` of a DaemonSet or StatefulSet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpdateStrategy {
    /// A DaemonSet's rolling update.
    RollingUpdate {
        /// `maxUnavailable`.
        max_unavailable: CountOrPercent,
        /// `maxSurge`.
        max_surge: CountOrPercent,
    },
    /// A StatefulSet's rolling update down to `partition`.
    Partitioned {
        /// Ordinals below it keep the old revision.
        partition: i32,
    },
    /// Pods are renewed when somebody deletes them.
    OnDelete,
}

/// `unhealthyPodEvictionPolicy` of a disruption budget: whether pods that are not Ready may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum UnhealthyPodEviction {
    /// Freely as long as enough others are Ready, else as Ready ones.
    #[default]
    IfHealthyBudget,
    /// Freely.
    AlwaysAllow,
}

/// A disruption budget's spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisruptionBudgetSpec {
    /// `minAvailable`.
    pub min_available: Option<CountOrPercent>,
    /// `maxUnavailable`; never together with `minAvailable`.
    pub max_unavailable: Option<CountOrPercent>,
    /// `selector`; an empty one selects all pods, a missing one none.
    pub selector: LabelSelector,
    /// `unhealthyPodEvictionPolicy`.
    pub unhealthy_pods: UnhealthyPodEviction,
}

/// A DaemonSet's spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DaemonSetSpec {
    /// `selector`.
    pub selector: LabelSelector,
    /// The pods, without the tolerations that the controller adds (DS-20).
    pub template: Arc<PodTemplate>,
    /// `updateStrategy`.
    pub update_strategy: UpdateStrategy,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// `revisionHistoryLimit`.
    pub revision_history_limit: i32,
}

/// `strategy` of a Deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeploymentStrategy {
    /// WL-2 to WL-4.
    RollingUpdate {
        /// `maxUnavailable`.
        max_unavailable: CountOrPercent,
        /// `maxSurge`.
        max_surge: CountOrPercent,
    },
    /// WL-5.
    Recreate,
}

/// A Deployment's spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeploymentSpec {
    /// `replicas`.
    pub replicas: i32,
    /// `selector`.
    pub selector: LabelSelector,
    /// The pods.
    pub template: Arc<PodTemplate>,
    /// `strategy`.
    pub strategy: DeploymentStrategy,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// `revisionHistoryLimit`.
    pub revision_history_limit: i32,
    /// `progressDeadlineSeconds`.
    pub progress_deadline: Span,
    /// `paused`.
    pub paused: bool,
}

/// A ReplicaSet's spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaSetSpec {
    /// `replicas`.
    pub replicas: i32,
    /// `selector`.
    pub selector: LabelSelector,
    /// The pods.
    pub template: Arc<PodTemplate>,
    /// `minReadySeconds`.
    pub min_ready: Span,
}

/// `podManagementPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodManagementPolicy {
    /// One after the other (WL-22).
    OrderedReady,
    /// All at once (WL-25).
    Parallel,
}

/// A StatefulSet's spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatefulSetSpec {
    /// `replicas`.
    pub replicas: i32,
    /// `ordinals.start`.
    pub first_ordinal: i32,
    /// `selector`.
    pub selector: LabelSelector,
    /// The pods.
    pub template: Arc<PodTemplate>,
    /// `podManagementPolicy`.
    pub pod_management_policy: PodManagementPolicy,
    /// `updateStrategy`.
    pub update_strategy: UpdateStrategy,
    /// `minReadySeconds`.
    pub min_ready: Span,
    /// `revisionHistoryLimit`.
    pub revision_history_limit: i32,
}

/// A PriorityClass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityClassSpec {
    /// `value`.
    pub value: i32,
    /// `globalDefault`.
    pub global_default: bool,
    /// `preemptionPolicy`.
    pub preemption_policy: PreemptionPolicy,
}

/// A Service's selector; `None` selects nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSpec {
    /// `selector`.
    pub selector: Option<LabelSelector>,
}

/// A ResourceQuota: hard limits by the names of the API (`pods`, `requests.cpu`, `count/jobs.batch` …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaSpec {
    /// Name, limit in thousandths of a core for CPU, bytes for memory, else a count.
    pub hard: Vec<(Name, i64)>,
    /// `scopes` is used: the quota counts only some pods, by scope name.
    pub scopes: Vec<Name>,
}

/// A LimitRange, as far as it defaults or refuses pods and containers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitRangeSpec {
    /// `defaultRequest` of containers; `None` for a resource that is not named.
    pub default_request: [Option<i64>; 2],
    /// `default` (limit) of containers: cpu in millicores, memory in bytes.
    pub default_limit: [Option<i64>; 2],
    /// `min` of containers: cpu, memory.
    pub container_min: [Option<i64>; 2],
    /// `max` of containers.
    pub container_max: [Option<i64>; 2],
    /// `min` of pods.
    pub pod_min: [Option<i64>; 2],
    /// `max` of pods.
    pub pod_max: [Option<i64>; 2],
}

impl JobSpec {
    /// JOB-12: whether pods are replaced only when they have failed or ended.
    pub fn only_replaces_failed(&self) -> bool {
        self.pod_replacement_policy == PodReplacementPolicy::Failed || self.failure_policy.is_some()
    }
}
