//! Amounts of what a node has and a pod asks for.

use super::Name;

/// The name of an extended resource such as `nvidia.com/gpu`.
pub type ResourceName = Name;

/// Amounts by resource, as integers: a request, an allocatable amount, or a sum of either.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resources {
    /// CPU in millicores.
    pub cpu_m: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Ephemeral storage in bytes.
    pub storage_bytes: i64,
    /// Number of pods (of a node's allocatable; 0 in requests).
    pub pods: i64,
    /// Extended resources and huge pages, sorted by name.
    pub extended: Vec<(ResourceName, i64)>,
}

impl Resources {
    /// The amount of the extended resource `name`, 0 where there is none.
    pub fn extended(&self, name: &str) -> i64 {
        let at = self.extended.binary_search_by(|(n, _)| (**n).cmp(name));
        at.map_or(0, |at| self.extended[at].1)
    }

    /// Sets the amount of the extended resource `name`.
    pub fn set_extended(&mut self, name: &ResourceName, amount: i64) {
        match self.extended.binary_search_by(|(n, _)| n.cmp(name)) {
            Ok(at) => self.extended[at].1 = amount,
            Err(at) => self.extended.insert(at, (name.clone(), amount)),
        }
    }

    /// Adds `other`, resource by resource.
    pub fn add(&mut self, other: &Self) {
        self.apply(other, i64::saturating_add);
    }

    /// Takes `other` away, resource by resource; may fall below 0.
    pub fn subtract(&mut self, other: &Self) {
        self.apply(other, i64::saturating_sub);
    }

    /// The larger amount of each resource.
    pub fn maximum(&mut self, other: &Self) {
        self.apply(other, i64::max);
    }

    fn apply(&mut self, other: &Self, join: impl Fn(i64, i64) -> i64) {
        self.cpu_m = join(self.cpu_m, other.cpu_m);
        self.memory_bytes = join(self.memory_bytes, other.memory_bytes);
        self.storage_bytes = join(self.storage_bytes, other.storage_bytes);
        self.pods = join(self.pods, other.pods);
        for (name, amount) in &other.extended {
            self.set_extended(name, join(self.extended(name), *amount));
        }
    }
}
