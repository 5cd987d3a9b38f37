//! Objects that decide beside the workloads: priority classes, services, quotas, limit ranges.

use super::World;
use crate::model::{
    LimitRangeSpec, Name, PriorityClassSpec, QuotaSpec, ResourceKind, ServiceSpec, Target,
};
use std::collections::BTreeMap;

/// All of them, by namespace and name (priority classes by name).
#[derive(Debug, Default)]
pub struct Policies {
    /// Priority classes.
    pub priority_classes: BTreeMap<Name, PriorityClassSpec>,
    /// Services.
    pub services: BTreeMap<(Name, Name), ServiceSpec>,
    /// Resource quotas.
    pub quotas: BTreeMap<(Name, Name), QuotaSpec>,
    /// Limit ranges.
    pub limit_ranges: BTreeMap<(Name, Name), LimitRangeSpec>,
}

impl World {
    /// The objects that decide beside the workloads.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The same, to be changed by the API.
    pub(crate) fn policies_mut(&mut self) -> &mut Policies {
        &mut self.policies
    }

    /// Takes one of them away.
    pub(crate) fn remove_policy(&mut self, target: &Target) {
        let key = (target.namespace.clone(), target.name.clone());
        match target.kind {
            ResourceKind::PriorityClass => {
                self.policies.priority_classes.remove(&target.name);
            }
            ResourceKind::Service => {
                self.policies.services.remove(&key);
            }
            ResourceKind::ResourceQuota => {
                self.policies.quotas.remove(&key);
            }
            ResourceKind::LimitRange => {
                self.policies.limit_ranges.remove(&key);
            }
            ResourceKind::Pod
            | ResourceKind::Job
            | ResourceKind::CronJob
            | ResourceKind::DaemonSet
            | ResourceKind::Deployment
            | ResourceKind::ReplicaSet
            | ResourceKind::StatefulSet
            | ResourceKind::PodDisruptionBudget
            | ResourceKind::Node => unreachable!("{} is no policy", target.kind.name()),
        }
    }
}
