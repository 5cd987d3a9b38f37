//! Objects that decide beside the workloads: priority classes, services, quotas, limit ranges.

use super::World;
use crate::model::{
    LabelSelector, LimitRangeSpec, Name, PriorityClassSpec, QuotaSpec, ServiceSpec,
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
    /// Selectors of pod disruption budgets.
    pub budgets: BTreeMap<(Name, Name), LabelSelector>,
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
}
