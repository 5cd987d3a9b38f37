//! Labels and label selectors.

use super::Name;

/// Keys and values, sorted by key; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(std::sync::Arc<[(Name, Name)]>);

impl Default for Labels {
    fn default() -> Self {
        Self(std::sync::Arc::new([]))
    }
}

impl Labels {
    /// From pairs in any order; of equal keys the last one stays.
    pub fn new(pairs: impl IntoIterator<Item = (Name, Name)>) -> Self {
        let sorted: std::collections::BTreeMap<Name, Name> = pairs.into_iter().collect();
        Self(sorted.into_iter().collect())
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Name> {
        let at = self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// All pairs, by key.
    pub fn iter(&self) -> impl Iterator<Item = &(Name, Name)> {
        self.0.iter()
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A copy in which `changes` are set (`Some`) or removed (`None`).
    #[must_use]
    pub fn with(&self, changes: impl IntoIterator<Item = (Name, Option<Name>)>) -> Self {
        let mut map: std::collections::BTreeMap<Name, Name> = self.0.iter().cloned().collect();
        for (key, value) in changes {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Self(map.into_iter().collect())
    }
}

/// How a [`Requirement`] compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// The value is one of `values`.
    In,
    /// The key is missing, or its value is none of `values`.
    NotIn,
    /// The key is there.
    Exists,
    /// The key is missing.
    DoesNotExist,
    /// The value is an integer above `values[0]` (node affinity only).
    Gt,
    /// The value is an integer below `values[0]` (node affinity only).
    Lt,
}

/// One condition on a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The label's key.
    pub key: Name,
    /// How it compares.
    pub operator: Operator,
    /// With what; one value for `Gt` and `Lt`, none for `Exists` and `DoesNotExist`.
    pub values: Vec<Name>,
}

impl Requirement {
    /// Whether a label with this value (`None`: missing) meets the requirement.
    pub fn matches_value(&self, value: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let compares = |above: bool| {
            let (Some(have), Some(bound)) = (value.and_then(number), self.values.first()) else {
                return false;
            };
            number(bound).is_some_and(|bound| if above { have > bound } else { have < bound })
        };
        match self.operator {
            Operator::In => value.is_some_and(|v| self.values.iter().any(|w| **w == *v)),
            Operator::NotIn => value.is_none_or(|v| self.values.iter().all(|w| **w != *v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt => compares(true),
            Operator::Lt => compares(false),
        }
    }

    /// Whether `labels` meet the requirement.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matches_value(labels.get(&self.key).map(|value| &**value))
    }
}

/// A label selector: all requirements must hold; without any it selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSelector(pub Vec<Requirement>);

impl LabelSelector {
    /// Whether `labels` meet every requirement.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels))
    }
}
