//! Autoscaled pools, and the flags of cluster-autoscaler.
//!
//! Every default is that of cluster-autoscaler 1.36 (`config/flags/flags.go`).

use crate::sim::{Distribution, Span};

/// How a pool grows and shrinks.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscale {
    /// It never shrinks below this.
    pub min: u32,
    /// It never grows beyond this.
    pub max: u32,
    /// From the request of a node to its object.
    pub provision: Distribution,
    /// `scale-down-unneeded-time` of this pool, if it has its own.
    pub unneeded: Option<Span>,
    /// For the expander `priority`: the highest one grows.
    pub priority: i32,
}

/// Which of several pools grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expander {
    /// The one in which the least share of CPU and memory stays idle.
    LeastWaste,
    /// The one that helps most pods.
    MostPods,
    /// The one that needs the fewest nodes.
    LeastNodes,
    /// The one of the highest `priority`.
    Priority,
    /// The one whose new nodes cost least for what they are asked for.
    Price,
    /// Any.
    Random,
}

impl Expander {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::LeastWaste,
        Self::MostPods,
        Self::LeastNodes,
        Self::Priority,
        Self::Price,
        Self::Random,
    ];

    /// The word of the flag `expander`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeastWaste => "least-waste",
            Self::MostPods => "most-pods",
            Self::LeastNodes => "least-nodes",
            Self::Priority => "priority",
            Self::Price => "price",
            Self::Random => "random",
        }
    }
}

/// Flags of cluster-autoscaler that have an effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, as upstream's"
)]
pub struct AutoscalerFlags {
    /// `scan-interval`.
    pub scan_interval: Span,
    /// `frequent-loops-enabled`: a new unschedulable pod, and success, start a loop at once.
    pub frequent_loops: bool,
    /// `expander`: one after the other until one pool is left.
    pub expanders: Vec<Expander>,
    /// `new-pod-scale-up-delay`.
    pub new_pod_scale_up_delay: Span,
    /// `max-node-provision-time`.
    pub max_node_provision_time: Span,
    /// `max-nodes-total`; 0: no limit.
    pub max_nodes_total: u32,
    /// `max-nodes-per-scaleup`.
    pub max_nodes_per_scale_up: u32,
    /// `force-ds`: new nodes are expected to run every DaemonSet that suits them.
    pub force_daemonsets: bool,
    /// `scale-down-enabled`.
    pub scale_down: bool,
    /// `scale-down-delay-after-add`.
    pub delay_after_add: Span,
    /// `scale-down-delay-after-delete`.
    pub delay_after_delete: Span,
    /// `scale-down-delay-after-failure`.
    pub delay_after_failure: Span,
    /// `scale-down-unneeded-time`.
    pub unneeded_time: Span,
    /// `scale-down-unready-time`.
    pub unready_time: Span,
    /// `scale-down-utilization-threshold`, in thousandths.
    pub utilization_threshold_milli: u32,
    /// `ignore-daemonsets-utilization`.
    pub ignore_daemonsets_utilization: bool,
    /// `unremovable-node-recheck-timeout`.
    pub unremovable_recheck: Span,
    /// `max-scale-down-parallelism`.
    pub max_scale_down_parallelism: u32,
    /// `max-drain-parallelism`.
    pub max_drain_parallelism: u32,
    /// `node-delete-delay-after-taint`.
    pub delete_delay_after_taint: Span,
    /// `max-graceful-termination-sec`.
    pub max_graceful_termination: Span,
    /// `daemonset-eviction-for-empty-nodes`.
    pub evict_daemons_of_empty_nodes: bool,
    /// `daemonset-eviction-for-occupied-nodes`.
    pub evict_daemons_of_occupied_nodes: bool,
    /// `skip-nodes-with-system-pods`.
    pub skip_system_pods: bool,
    /// `skip-nodes-with-local-storage`.
    pub skip_local_storage: bool,
    /// `ok-total-unready-count`.
    pub ok_total_unready_count: u32,
    /// `max-total-unready-percentage`.
    pub max_total_unready_percentage: u32,
}

impl Default for AutoscalerFlags {
    fn default() -> Self {
        Self {
            scan_interval: Span::from_secs(10),
            frequent_loops: true,
            expanders: vec![Expander::LeastWaste],
            new_pod_scale_up_delay: Span::ZERO,
            max_node_provision_time: Span::from_secs(900),
            max_nodes_total: 0,
            max_nodes_per_scale_up: 1000,
            force_daemonsets: false,
            scale_down: true,
            delay_after_add: Span::from_secs(600),
            delay_after_delete: Span::ZERO,
            delay_after_failure: Span::from_secs(180),
            unneeded_time: Span::from_secs(600),
            unready_time: Span::from_secs(1200),
            utilization_threshold_milli: 500,
            ignore_daemonsets_utilization: false,
            unremovable_recheck: Span::from_secs(300),
            max_scale_down_parallelism: 10,
            max_drain_parallelism: 1,
            delete_delay_after_taint: Span::from_secs(5),
            max_graceful_termination: Span::from_secs(600),
            evict_daemons_of_empty_nodes: false,
            evict_daemons_of_occupied_nodes: true,
            skip_system_pods: true,
            skip_local_storage: true,
            ok_total_unready_count: 3,
            max_total_unready_percentage: 45,
        }
    }
}
