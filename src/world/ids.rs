//! Typed keys.

use crate::model::Name;

slotmap::new_key_type! {
    /// A pod's row; of a generation, so the key of a pod that is gone never means another.
    pub struct PodId;
    /// A call on its way to the API.
    pub struct CallId;
}

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The row's index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the row at `index`.
            pub(in crate::world) fn at(index: usize) -> Self {
                Self(u32::try_from(index).expect("fewer than 2^32 rows of a kind exist"))
            }
        }
    };
}

row_id! {
    /// A node, gone ones included: never used again within a run.
    NodeId
}
row_id! {
    /// A Job, gone ones included.
    JobId
}
row_id! {
    /// A CronJob, gone ones included.
    CronJobId
}
row_id! {
    /// A DaemonSet, gone ones included.
    DaemonSetId
}
row_id! {
    /// A Deployment, gone ones included.
    DeploymentId
}
row_id! {
    /// A ReplicaSet, gone ones included.
    ReplicaSetId
}
row_id! {
    /// A StatefulSet, gone ones included.
    StatefulSetId
}
row_id! {
    /// A `PodDisruptionBudget`, gone ones included.
    BudgetId
}
row_id! {
    /// A drain of nodes, those that are over included.
    DrainId
}
row_id! {
    /// An interned pod template.
    TemplateId
}

/// What came with `spec.arrivals`: which entry, and its number there from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArrivalId {
    /// The place in [`crate::model::Model::arrivals`].
    pub entry: u16,
    /// The number.
    pub number: u32,
}

/// The order in which pods were created in this run, from 0: sorts an owner's pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodNumber(pub u64);

/// The controller that a pod belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// Nobody: a bare pod, or one whose owner was deleted with `--cascade=orphan`.
    None,
    /// A Job.
    Job(JobId),
    /// A DaemonSet.
    DaemonSet(DaemonSetId),
    /// A ReplicaSet.
    ReplicaSet(ReplicaSetId),
    /// A StatefulSet.
    StatefulSet(StatefulSetId),
}

/// Namespace and name of an object.
pub(in crate::world) type Key = (Name, Name);
