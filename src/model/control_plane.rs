//! The control plane's delays, rates and flags.
//!
//! Every number here is a default of Kubernetes 1.36 (rule in its comment) or was chosen near what recordings of a
//! real control plane show (`docs/fidelity.md`). The `ideal` profile takes away what is delay and keeps what is policy.

use super::AutoscalerFlags;
use crate::sim::Span;

/// Whether a component has the delays of a real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Latencies, batching, rate limits and phases of a real control plane.
    #[default]
    Kubernetes,
    /// None of these.
    Ideal,
}

/// A client's token bucket (CP-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientRate {
    /// Thousandths of a request a second; `None`: no limit.
    pub qps_milli: Option<u32>,
    /// Tokens of a full bucket.
    pub burst: u32,
}

impl ClientRate {
    /// `qps` requests a second with a burst.
    pub const fn new(qps: u32, burst: u32) -> Self {
        Self {
            qps_milli: Some(qps * 1000),
            burst,
        }
    }

    /// No limit.
    pub const UNLIMITED: Self = Self {
        qps_milli: None,
        burst: 0,
    };
}

/// Times that a real control plane needs between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// From a change of the API to the component that watches it.
    pub watch: Span,
    /// From a request, when the limiter lets it pass, to its change.
    pub call: Span,
    /// What the API server spends on each write: it takes them one after the other, so that bursts make queues.
    pub write: Span,
    /// The length of a scheduling cycle, success or not.
    pub scheduling_cycle: Span,
    /// JOB-C1: how long pod events of a Job are gathered.
    pub job_batch: Span,
    /// CRON-C1: what is added to every scheduled time.
    pub cron_padding: Span,
}

impl Latency {
    /// Near the medians of the recordings.
    pub const KUBERNETES: Self = Self {
        watch: Span::from_millis(3),
        call: Span::from_millis(3),
        write: Span::from_nanos(1_500_000),
        scheduling_cycle: Span::from_millis(1),
        job_batch: Span::from_secs(1),
        cron_padding: Span::from_millis(100),
    };

    /// Nothing takes time.
    pub const IDEAL: Self = Self {
        watch: Span::ZERO,
        call: Span::ZERO,
        write: Span::ZERO,
        scheduling_cycle: Span::ZERO,
        job_batch: Span::ZERO,
        cron_padding: Span::ZERO,
    };
}

/// Flags of kube-controller-manager that have an effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControllerFlags {
    /// `kube-api-qps` and `kube-api-burst`: of each controller (CP-1).
    pub client: ClientRate,
    /// `concurrent-job-syncs` (CP-10).
    pub concurrent_job_syncs: u32,
    /// `concurrent-cron-job-syncs` (CP-11).
    pub concurrent_cron_job_syncs: u32,
    /// `concurrent-daemonset-syncs` (CP-12).
    pub concurrent_daemonset_syncs: u32,
    /// `concurrent-deployment-syncs` (CP-13).
    pub concurrent_deployment_syncs: u32,
    /// `concurrent-replicaset-syncs` (CP-13).
    pub concurrent_replicaset_syncs: u32,
    /// `concurrent-statefulset-syncs` (CP-13).
    pub concurrent_statefulset_syncs: u32,
    /// `concurrent-ttl-after-finished-syncs` (CP-14).
    pub concurrent_ttl_after_finished_syncs: u32,
    /// `concurrent-gc-syncs` (CP-15).
    pub concurrent_gc_syncs: u32,
    /// `node-monitor-period` (NL-C1).
    pub node_monitor_period: Span,
    /// `node-monitor-grace-period` (NL-C2).
    pub node_monitor_grace_period: Span,
    /// `node-startup-grace-period` (NL-C3).
    pub node_startup_grace_period: Span,
    /// `node-eviction-rate`, thousandths of a node a second (NL-C4).
    pub node_eviction_rate_milli: u32,
    /// `secondary-node-eviction-rate`, thousandths of a node a second (NL-C5).
    pub secondary_node_eviction_rate_milli: u32,
    /// `large-cluster-size-threshold` (NL-C6).
    pub large_cluster_size_threshold: u32,
    /// `unhealthy-zone-threshold`, in thousandths (NL-C7).
    pub unhealthy_zone_threshold_milli: u32,
    /// `terminated-pod-gc-threshold` (NL-C14); 0 turns it off.
    pub terminated_pod_gc_threshold: u32,
}

impl Default for ControllerFlags {
    fn default() -> Self {
        Self {
            client: ClientRate::new(20, 30),
            concurrent_job_syncs: 5,
            concurrent_cron_job_syncs: 5,
            concurrent_daemonset_syncs: 2,
            concurrent_deployment_syncs: 5,
            concurrent_replicaset_syncs: 5,
            concurrent_statefulset_syncs: 5,
            concurrent_ttl_after_finished_syncs: 5,
            concurrent_gc_syncs: 20,
            node_monitor_period: Span::from_secs(5),
            node_monitor_grace_period: Span::from_secs(50),
            node_startup_grace_period: Span::from_secs(60),
            node_eviction_rate_milli: 100,
            secondary_node_eviction_rate_milli: 10,
            large_cluster_size_threshold: 50,
            unhealthy_zone_threshold_milli: 550,
            terminated_pod_gc_threshold: 12_500,
        }
    }
}

/// Flags and configuration of kube-scheduler that have an effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerFlags {
    /// `kube-api-qps` and `kube-api-burst` (CP-4).
    pub client: ClientRate,
    /// `percentageOfNodesToScore`; 0 is adaptive (SCH-C5).
    pub percentage_of_nodes_to_score: u32,
    /// `podInitialBackoffSeconds` (SCH-C1).
    pub pod_initial_backoff: Span,
    /// `podMaxBackoffSeconds` (SCH-C1).
    pub pod_max_backoff: Span,
}

impl Default for SchedulerFlags {
    fn default() -> Self {
        Self {
            client: ClientRate::new(50, 100),
            percentage_of_nodes_to_score: 0,
            pod_initial_backoff: Span::from_secs(1),
            pod_max_backoff: Span::from_secs(10),
        }
    }
}

/// How the kubelet notices and restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KubeletProfile {
    /// Exits are noticed at the next relist (KUB-17), restarts are drawn out (KUB-26).
    #[default]
    Kubernetes,
    /// At once, and to the instant.
    Ideal,
}

/// Configuration of the kubelets that has an effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeletFlags {
    /// Relist and jitter, or neither.
    pub profile: KubeletProfile,
    /// `maxContainerRestartPeriod` (KUB-C6).
    pub max_container_restart_period: Span,
    /// `serializeImagePulls` (KUB-22).
    pub serialize_image_pulls: bool,
    /// `maxParallelImagePulls`, with `serializeImagePulls: false`.
    pub max_parallel_image_pulls: Option<u32>,
}

impl Default for KubeletFlags {
    fn default() -> Self {
        Self {
            profile: KubeletProfile::Kubernetes,
            max_container_restart_period: Span::from_secs(300),
            serialize_image_pulls: true,
            max_parallel_image_pulls: None,
        }
    }
}

/// `spec.cluster.controlPlane`, flags that a profile overrules already resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlPlane {
    /// Of the API server, the controller manager and the scheduler.
    pub profile: Profile,
    /// kube-controller-manager.
    pub controllers: ControllerFlags,
    /// kube-scheduler.
    pub scheduler: SchedulerFlags,
    /// The kubelets.
    pub kubelet: KubeletFlags,
    /// cluster-autoscaler, for pools that have `autoscale`.
    pub autoscaler: AutoscalerFlags,
}

impl ControlPlane {
    /// Delays of the profile.
    pub const fn latency(&self) -> &'static Latency {
        match self.profile {
            Profile::Kubernetes => &Latency::KUBERNETES,
            Profile::Ideal => &Latency::IDEAL,
        }
    }

    /// `rate`, or no limit in the ideal profile.
    pub const fn client(&self, rate: ClientRate) -> ClientRate {
        match self.profile {
            Profile::Kubernetes => rate,
            Profile::Ideal => ClientRate::UNLIMITED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number that a flag or a constant of Kubernetes 1.36 has.
    #[test]
    fn defaults_are_those_of_kubernetes() {
        let flags = ControllerFlags::default();
        let workers = [
            ("CP-10, JOB-C8", flags.concurrent_job_syncs, 5),
            ("CP-11, CRON-C3", flags.concurrent_cron_job_syncs, 5),
            ("CP-12, DS-C4", flags.concurrent_daemonset_syncs, 2),
            ("CP-13", flags.concurrent_deployment_syncs, 5),
            ("CP-13", flags.concurrent_replicaset_syncs, 5),
            ("CP-13", flags.concurrent_statefulset_syncs, 5),
            ("CP-14", flags.concurrent_ttl_after_finished_syncs, 5),
            ("CP-15", flags.concurrent_gc_syncs, 20),
            ("NL-C6", flags.large_cluster_size_threshold, 50),
            ("NL-C7", flags.unhealthy_zone_threshold_milli, 550),
            ("NL-C5", flags.secondary_node_eviction_rate_milli, 10),
            ("NL-C4", flags.node_eviction_rate_milli, 100),
            ("NL-C14", flags.terminated_pod_gc_threshold, 12_500),
        ];
        for (rule, found, expected) in workers {
            assert_eq!(found, expected, "{rule}");
        }
        let scheduler = SchedulerFlags::default();
        let times = [
            ("NL-C1", flags.node_monitor_period, 5_000),
            ("NL-C2", flags.node_monitor_grace_period, 50_000),
            ("NL-C3", flags.node_startup_grace_period, 60_000),
            ("SCH-C1", scheduler.pod_initial_backoff, 1_000),
            ("SCH-C1", scheduler.pod_max_backoff, 10_000),
            ("JOB-C1", Latency::KUBERNETES.job_batch, 1_000),
            ("CRON-C1", Latency::KUBERNETES.cron_padding, 100),
        ];
        for (rule, found, millis) in times {
            assert_eq!(found, Span::from_millis(millis), "{rule}");
        }
        assert_eq!(flags.client, ClientRate::new(20, 30), "CP-1");
        assert_eq!(scheduler.client, ClientRate::new(50, 100), "CP-4");
        assert_eq!(scheduler.percentage_of_nodes_to_score, 0, "SCH-C5");
        let kubelet = KubeletFlags::default();
        let restart = kubelet.max_container_restart_period;
        assert_eq!(restart, Span::from_secs(300), "KUB-C6");
        assert!(kubelet.serialize_image_pulls, "KUB-22");
    }
}
