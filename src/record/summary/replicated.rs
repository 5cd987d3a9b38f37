//! Figures of Deployments and StatefulSets: how many of their pods are available, over time.
//!
//! Least and mean are those after all replicas were available for the first time: before, the workload is being
//! rolled out, which `rollout_s` measures. A state counts only if it lasts.

use super::{key, seconds, share};
use crate::record::numbers::{MILLION, ratio_millionths};
use crate::record::rows::{AvailabilityRow, ReplicatedId};
use crate::sim::{Span, Time};
use crate::world::{Change, Fact, Revision, WorkloadChange, World};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Replicated {
    warm_up: Time,
    rows: BTreeMap<ReplicatedId, Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    /// `spec.replicas`, the last one.
    replicas: i32,
    /// The present state, and since when.
    available: i32,
    since: Time,
    ended: bool,
    was_full: bool,
    available_min: Option<i32>,
    /// Available pods × nanoseconds, and the nanoseconds.
    available_sum: i128,
    nanos: i128,
    revision: Option<Revision>,
    rollout_from: Time,
    rollout: Option<Span>,
}

impl Replicated {
    pub(super) fn new(warm_up: Time) -> Self {
        let rows = BTreeMap::new();
        Self { warm_up, rows }
    }

    pub(super) fn event(&mut self, world: &World, fact: &Fact) {
        let (id, change, replicas, revision) = if let Change::Deployment(id, change) = fact.change {
            let row = world.deployment(id);
            let id = ReplicatedId::Deployment(id);
            (id, change, row.spec.replicas, row.revision)
        } else if let Change::StatefulSet(id, change) = fact.change {
            let row = world.statefulset(id);
            let id = ReplicatedId::StatefulSet(id);
            (id, change, row.spec.replicas, row.revision)
        } else {
            return;
        };
        let figures = self.rows.entry(id).or_default();
        match change {
            WorkloadChange::Created | WorkloadChange::Updated => {
                figures.replicas = replicas;
                figures.changed(fact.at, revision);
            }
            WorkloadChange::RolledOut => figures.rollout = Some(fact.at - figures.rollout_from),
            WorkloadChange::Deleted => {
                figures.pass(self.warm_up, fact.at);
                figures.ended = true;
            }
            WorkloadChange::Annotated | WorkloadChange::Status | WorkloadChange::Deleting => {}
        }
    }

    pub(super) fn status(&mut self, row: &AvailabilityRow) {
        let figures = self.rows.entry(row.id).or_default();
        if !figures.ended {
            figures.pass(self.warm_up, row.at);
            figures.available = row.available;
            figures.was_full |= row.replicas > 0 && row.available >= row.replicas;
        }
    }

    pub(super) fn finish(&mut self, end: Time) {
        for figures in self.rows.values_mut() {
            if !figures.ended {
                figures.pass(self.warm_up, end);
                figures.note_least();
            }
        }
    }

    /// Those of Deployments, then those of StatefulSets, by name; of two of one name the later one stands.
    pub(super) fn figures(&self, world: &World) -> [Value; 2] {
        let (mut deployments, mut statefulsets) = (Map::new(), Map::new());
        let mut sorted: BTreeMap<(bool, String), Value> = BTreeMap::new();
        for (id, figures) in &self.rows {
            let (is_stateful, meta) = match *id {
                ReplicatedId::Deployment(id) => (false, &world.deployment(id).meta),
                ReplicatedId::StatefulSet(id) => (true, &world.statefulset(id).meta),
            };
            sorted.insert((is_stateful, key(meta)), figures.to_value());
        }
        for ((is_stateful, name), figures) in sorted {
            let map = if is_stateful {
                &mut statefulsets
            } else {
                &mut deployments
            };
            map.insert(name, figures);
        }
        [Value::Object(deployments), Value::Object(statefulsets)]
    }
}

impl Figures {
    /// The spec came or changed: a new template is a new rollout.
    fn changed(&mut self, at: Time, revision: Revision) {
        if self.revision.replace(revision) != Some(revision) {
            self.rollout_from = at;
            self.rollout = None;
        }
    }

    /// The state has been what it is until `at`.
    fn pass(&mut self, warm_up: Time, at: Time) {
        let length = (at - self.since.max(warm_up)).as_nanos();
        self.since = at;
        if length <= 0 {
            return;
        }
        self.note_least();
        if self.was_full {
            self.available_sum += i128::from(self.available) * i128::from(length);
            self.nanos += i128::from(length);
        }
    }

    fn note_least(&mut self) {
        if self.was_full {
            let least = self.available_min.unwrap_or(self.available);
            self.available_min = Some(least.min(self.available));
        }
    }

    fn to_value(&self) -> Value {
        let least = self.available_min.map(|least| i64::from(least) * MILLION);
        let mean = ratio_millionths(self.available_sum, self.nanos).or(least);
        json!({
            "replicas": self.replicas,
            "available_min": self.available_min,
            "available_mean": mean.map(share),
            "rollout_s": self.rollout.map(seconds),
        })
    }
}
