//! What the pods of the whole cluster say about a pod: topology spread, and affinity between pods.

use super::cache::{Cache, Held, NodeInfo};
use super::filters::Rejection;
use super::interpod::Company;
use super::patterns::{Pattern, Patterns};
use super::spread::SpreadFilter;
use crate::model::{Labels, PodSpec};
use crate::world::{Pod, Templates, World};

/// SCH-47 and SCH-48 for one pod, counted once for all nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct PodRules<'a> {
    spread: Option<SpreadFilter<'a>>,
    company: Option<Company<'a>>,
}

impl<'a> PodRules<'a> {
    pub(super) fn new(
        world: &'a World,
        cache: &mut Cache,
        patterns: &Patterns,
        pod: &'a Pod,
    ) -> Self {
        let pattern: &Pattern = patterns.get(pod.template);
        let spec: &'a PodSpec = &world.templates().get(pod.template).spec;
        let has_company = pattern.pod_affinity || !cache.sociable().is_empty();
        Self {
            spread: if pattern.spreads_hard {
                SpreadFilter::new(cache, spec, pod)
            } else {
                None
            },
            company: if has_company {
                Company::new(world.templates(), cache, spec, pod)
            } else {
                None
            },
        }
    }

    /// What was counted elsewhere.
    pub(super) fn of(spread: Option<SpreadFilter<'a>>, company: Option<Company<'a>>) -> Self {
        Self { spread, company }
    }

    /// Whether nothing has a say: almost always.
    pub(super) fn is_empty(&self) -> bool {
        self.spread.is_none() && self.company.is_none()
    }

    /// Why a node with these labels will not do.
    pub(super) fn rejection(&self, labels: &Labels) -> Option<Rejection> {
        let spread = self
            .spread
            .as_ref()
            .and_then(|spread| spread.rejection(labels));
        spread.or_else(|| {
            self.company
                .as_ref()
                .and_then(|company| company.rejection(labels))
        })
    }

    /// The rules as if a pod came to a node (1) or went from it (-1).
    pub(super) fn shift(&mut self, templates: &Templates, held: &Held, info: &NodeInfo, by: i64) {
        if let Some(spread) = &mut self.spread {
            spread.shift(held, info, by);
        }
        if let Some(company) = &mut self.company {
            company.shift(templates, held, &info.labels, by);
        }
    }
}
