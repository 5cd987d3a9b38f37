//! `PodDisruptionBudget`s: their rows, and how they change.

use super::{BudgetId, Change, Pod, PodId, PodNumber, WorkloadChange, World};
use crate::model::{DisruptionBudgetSpec, ManifestText, Meta, Name};
use crate::sim::Time;
use std::collections::BTreeMap;

/// A budget's status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BudgetStatus {
    /// `currentHealthy`: Ready pods that nobody is about to delete.
    pub current_healthy: i32,
    /// `desiredHealthy`: as many have to stay Ready.
    pub desired_healthy: i32,
    /// `expectedPods`.
    pub expected_pods: i32,
    /// `disruptionsAllowed`: evictions that would be granted now.
    pub disruptions_allowed: i32,
    /// `disruptedPods`: pods whose eviction was granted and that the controller has not yet seen go, with the second
    /// of the grant.
    pub disrupted_pods: BTreeMap<Name, Time>,
    /// `observedGeneration`.
    pub observed_generation: u32,
    /// The message of condition `DisruptionAllowed` with reason `SyncFailed`; `None`: the last sync went well.
    pub failure: Option<Name>,
}

/// A budget.
#[derive(Debug, Clone)]
pub struct DisruptionBudget {
    /// Namespace, name, labels, annotations.
    pub meta: Meta,
    /// Its spec.
    pub spec: DisruptionBudgetSpec,
    /// Its manifest as JSON text.
    pub manifest: ManifestText,
    /// `metadata.generation`, from 1.
    pub generation: u32,
    /// Rises with every write: a status that was made of an older state is refused.
    pub version: u64,
    /// Its status.
    pub status: BudgetStatus,
    /// Creation.
    pub created_at: Time,
    /// End of the object.
    pub deleted_at: Option<Time>,
    /// The pods that it selects and that exist, in order of creation.
    pub pods: BTreeMap<PodNumber, PodId>,
}

impl DisruptionBudget {
    /// Whether the object exists.
    pub fn exists(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether it is for this pod.
    pub fn selects(&self, pod: &Pod) -> bool {
        self.meta.namespace == pod.namespace && self.spec.selector.matches(&pod.labels)
    }
}

impl World {
    /// The budget, gone ones included.
    pub fn budget(&self, id: BudgetId) -> &DisruptionBudget {
        &self.budgets[id.index()]
    }

    /// All budgets that exist, by namespace and name.
    pub fn budgets(&self) -> impl Iterator<Item = (BudgetId, &DisruptionBudget)> {
        self.budget_names.values().map(|&id| (id, self.budget(id)))
    }

    /// The budgets of a namespace by name.
    pub fn budgets_in<'w>(&'w self, namespace: &Name) -> impl Iterator<Item = BudgetId> + use<'w> {
        super::queries::in_namespace(&self.budget_names, namespace)
    }

    /// The budget of this name.
    pub fn budget_named(&self, namespace: &Name, name: &Name) -> Option<BudgetId> {
        self.budget_names
            .get(&(namespace.clone(), name.clone()))
            .copied()
    }

    /// The budgets that select a pod, by name.
    pub fn budgets_of<'w>(&'w self, pod: &'w Pod) -> impl Iterator<Item = BudgetId> + use<'w> {
        self.budgets_in(&pod.namespace)
            .filter(|&id| self.budget(id).selects(pod))
    }

    /// Creates a budget, or replaces the metadata and spec of the one of that name.
    pub(crate) fn put_budget(
        &mut self,
        meta: Meta,
        spec: DisruptionBudgetSpec,
        manifest: ManifestText,
    ) {
        match self.budget_named(&meta.namespace, &meta.name) {
            Some(id) => self.update_budget(id, meta, spec, manifest),
            None => self.create_budget(meta, spec, manifest),
        }
    }

    fn create_budget(&mut self, meta: Meta, spec: DisruptionBudgetSpec, manifest: ManifestText) {
        let id = BudgetId::at(self.budgets.len());
        let key = (meta.namespace.clone(), meta.name.clone());
        self.budget_names.insert(key, id);
        self.budgets.push(DisruptionBudget {
            meta,
            spec,
            manifest,
            generation: 1,
            version: 1,
            status: BudgetStatus::default(),
            created_at: self.now,
            deleted_at: None,
            pods: BTreeMap::new(),
        });
        self.select_pods(id);
        self.push(Change::DisruptionBudget(id, WorkloadChange::Created));
    }

    fn update_budget(
        &mut self,
        id: BudgetId,
        meta: Meta,
        spec: DisruptionBudgetSpec,
        manifest: ManifestText,
    ) {
        let budget = &mut self.budgets[id.index()];
        budget.meta = meta;
        budget.manifest = manifest;
        if budget.spec == spec {
            return;
        }
        budget.spec = spec;
        budget.generation += 1;
        budget.version += 1;
        self.select_pods(id);
        self.push(Change::DisruptionBudget(id, WorkloadChange::Updated));
    }

    /// Finds the pods that a budget selects.
    fn select_pods(&mut self, id: BudgetId) {
        let budget = self.budget(id);
        let pods = self.pods_in(&budget.meta.namespace);
        let selected = pods.filter(|(_, pod)| budget.selects(pod));
        let selected = selected.map(|(pod, row)| (row.number, pod)).collect();
        self.budgets[id.index()].pods = selected;
    }

    /// Writes a budget's status; says nothing where nothing changes.
    pub(crate) fn write_budget_status(&mut self, id: BudgetId, status: BudgetStatus) {
        let budget = &mut self.budgets[id.index()];
        if budget.status != status {
            budget.status = status;
            budget.version += 1;
            self.push(Change::DisruptionBudget(id, WorkloadChange::Status));
        }
    }

    /// Ends a budget's object.
    pub(crate) fn remove_budget(&mut self, id: BudgetId) {
        let now = self.now;
        let budget = &mut self.budgets[id.index()];
        assert!(
            budget.exists(),
            "budget {} is deleted twice",
            budget.meta.name
        );
        budget.deleted_at = Some(now);
        budget.pods.clear();
        let key = (budget.meta.namespace.clone(), budget.meta.name.clone());
        self.budget_names.remove(&key);
        self.push(Change::DisruptionBudget(id, WorkloadChange::Deleted));
    }

    /// A pod has come: the budgets that select it know it from now on.
    pub(in crate::world) fn note_pod_of_budgets(&mut self, id: PodId) {
        if self.budget_names.is_empty() {
            return;
        }
        let pod = &self.pods[id];
        let number = pod.number;
        let budgets: Vec<BudgetId> = self.budgets_of(pod).collect();
        for budget in budgets {
            self.budgets[budget.index()].pods.insert(number, id);
        }
    }

    /// A pod's object is gone.
    pub(in crate::world) fn forget_pod_of_budgets(&mut self, id: PodId) {
        if self.budget_names.is_empty() {
            return;
        }
        let pod = &self.pods[id];
        let number = pod.number;
        let budgets: Vec<BudgetId> = self.budgets_of(pod).collect();
        for budget in budgets {
            self.budgets[budget.index()].pods.remove(&number);
        }
    }
}
