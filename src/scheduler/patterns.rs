//! What is asked of a pod template once, and remembered: which nodes it may go to, and how good each of them is.
//!
//! Pods of one template get the same answers about taints, labels and, as long as a node's room stays as it is, about
//! resources. So a cycle over thousands of nodes reads two small arrays instead of computing (SCH-1).

use super::cache::{Cache, EMPTY, has_pod_affinity};
use super::filters::{Rejection, has_other_resources, has_room, place_verdict};
use super::scores::{room_score, unwelcome};
use crate::model::{Name, PodSpec, Resources, WhenUnsatisfiable};
use crate::sim::Lookup;
use crate::world::{NodeId, TemplateId, Templates};
use std::cell::Cell;

/// What of a node's labels, taints and cordon decides about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceVerdict {
    Welcome,
    Unschedulable,
    Taint,
    Affinity,
}

impl PlaceVerdict {
    /// The rejection that it means.
    pub(super) fn rejection(self) -> Option<Rejection> {
        match self {
            Self::Welcome => None,
            Self::Unschedulable => Some(Rejection::Unschedulable),
            Self::Taint => Some(Rejection::Taint),
            Self::Affinity => Some(Rejection::Affinity),
        }
    }
}

/// What is known of a template.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says that one kind of question can be skipped"
)]
pub(super) struct Pattern {
    pub(super) requests: Resources,
    /// Names that required node affinity allows (SCH-22).
    pub(super) named: Option<Vec<Name>>,
    pub(super) has_ports: bool,
    /// Topology spread constraints that filter.
    pub(super) spreads_hard: bool,
    /// Topology spread constraints of any kind.
    pub(super) spreads: bool,
    /// Required or preferred pod affinity or anti-affinity.
    pub(super) pod_affinity: bool,
    /// By node.
    places: Vec<PlaceVerdict>,
    /// SCH-55a, by node; all 0 where no node has such a taint.
    unwelcome: Vec<i64>,
    pub(super) any_unwelcome: bool,
    /// Whether there are preferred terms of node affinity.
    pub(super) prefers: bool,
    /// SCH-56a, by node; empty without preferred terms.
    preferred: Vec<i64>,
    shape: usize,
}

impl Pattern {
    pub(super) fn place(&self, node: NodeId) -> PlaceVerdict {
        self.places[node.index()]
    }

    pub(super) fn unwelcome(&self, node: NodeId) -> i64 {
        self.unwelcome[node.index()]
    }

    /// SCH-56a: the weights of the preferences that the node meets.
    pub(super) fn preferred(&self, node: NodeId) -> i64 {
        self.preferred.get(node.index()).copied().unwrap_or(0)
    }

    fn look_at(&mut self, spec: &PodSpec, cache: &Cache, node: NodeId) {
        let info = cache.info(node);
        let verdict = place_verdict(
            spec,
            &info.name,
            &info.labels,
            &info.taints,
            info.unschedulable,
        );
        self.places[node.index()] = match verdict {
            None => PlaceVerdict::Welcome,
            Some(Rejection::Unschedulable) => PlaceVerdict::Unschedulable,
            Some(Rejection::Taint) => PlaceVerdict::Taint,
            Some(_) => PlaceVerdict::Affinity,
        };
        self.unwelcome[node.index()] = unwelcome(&spec.tolerations, &info.taints);
        self.any_unwelcome |= self.unwelcome[node.index()] > 0;
        if let Some(preferred) = self.preferred.get_mut(node.index()) {
            let terms = spec.affinity.node_preferred.iter();
            *preferred = terms
                .filter(|weighted| weighted.term.matches(&info.name, &info.labels))
                .map(|weighted| weighted.weight)
                .sum();
        }
    }
}

/// What resources a template asks for, and what it learned of each node.
#[derive(Debug)]
struct Shape {
    requests: Resources,
    scored: Resources,
    /// Neither storage nor extended resources.
    is_narrow: bool,
    /// By node.
    memo: Vec<Cell<Memo>>,
    /// The answers of nodes without pods, by size of node.
    empty: Vec<Cell<u16>>,
}

/// The answer for a node at a stamp of its room: no room ([`NO_ROOM`]), or the score of SCH-59 and SCH-60.
#[derive(Debug, Clone, Copy)]
struct Memo {
    stamp: u32,
    answer: u16,
}

const NO_ROOM: u16 = u16::MAX;
const UNKNOWN: u16 = u16::MAX - 1;

/// The patterns of all templates that pods were made of so far.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    rows: Vec<Option<Box<Pattern>>>,
    shapes: Vec<Shape>,
    shape_ids: Lookup<(Resources, Resources), usize>,
    any_pod_rules: bool,
}

impl Patterns {
    /// Whether some template filters by the pods that are there.
    pub(super) fn any_pod_rules(&self) -> bool {
        self.any_pod_rules
    }

    /// The pattern of a template that [`Patterns::learn`] has seen.
    pub(super) fn get(&self, template: TemplateId) -> &Pattern {
        let row = self.rows.get(template.index()).and_then(Option::as_deref);
        row.expect("a template is learned when its first pod is seen")
    }

    /// Looks at a template for the first time.
    pub(super) fn learn(&mut self, templates: &Templates, cache: &Cache, template: TemplateId) {
        if self.rows.len() <= template.index() {
            self.rows.resize_with(template.index() + 1, || None);
        }
        if self.rows[template.index()].is_some() {
            return;
        }
        let spec = &templates.get(template).spec;
        let nodes = cache.rooms().len();
        let shape = self.shape(
            templates.requests(template),
            templates.scored_requests(template),
        );
        let mut pattern = Pattern {
            requests: templates.requests(template).clone(),
            named: spec.named_nodes(),
            has_ports: !spec.host_ports.is_empty(),
            spreads_hard: spec.spread.iter().any(|constraint| {
                constraint.when_unsatisfiable == WhenUnsatisfiable::DoNotSchedule
            }),
            spreads: !spec.spread.is_empty(),
            pod_affinity: has_pod_affinity(&spec.affinity),
            places: vec![PlaceVerdict::Welcome; nodes],
            unwelcome: vec![0; nodes],
            any_unwelcome: false,
            prefers: !spec.affinity.node_preferred.is_empty(),
            preferred: if spec.affinity.node_preferred.is_empty() {
                Vec::new()
            } else {
                vec![0; nodes]
            },
            shape,
        };
        for &node in cache.order() {
            pattern.look_at(spec, cache, node);
        }
        self.any_pod_rules |= pattern.spreads_hard || pattern.pod_affinity;
        self.rows[template.index()] = Some(Box::new(pattern));
    }

    /// A node is new, or its labels, taints or cordon changed.
    pub(super) fn node_changed(&mut self, templates: &Templates, cache: &Cache, node: NodeId) {
        let nodes = cache.rooms().len();
        for (index, pattern) in self.rows.iter_mut().enumerate() {
            let Some(pattern) = pattern else { continue };
            let index = u32::try_from(index).expect("templates are counted in 32 bits");
            pattern.places.resize(nodes, PlaceVerdict::Welcome);
            pattern.unwelcome.resize(nodes, 0);
            let spec = &templates.get(TemplateId(index)).spec;
            if !spec.affinity.node_preferred.is_empty() {
                pattern.preferred.resize(nodes, 0);
            }
            pattern.look_at(spec, cache, node);
        }
    }

    /// Whether the node is welcome to the template and has room for it.
    pub(super) fn has_room(&self, cache: &Cache, template: TemplateId, node: NodeId) -> bool {
        let pattern = self.get(template);
        pattern.places.get(node.index()) == Some(&PlaceVerdict::Welcome)
            && self.shapes[pattern.shape].fits(cache, node)
    }

    /// Makes room to remember an answer of every node; to be called before [`Patterns::scan`].
    pub(super) fn prepare(&mut self, cache: &Cache, template: TemplateId) {
        let shape = self.get(template).shape;
        let unknown = Memo {
            stamp: 0,
            answer: UNKNOWN,
        };
        let shape = &mut self.shapes[shape];
        shape.memo.resize(cache.rooms().len(), Cell::new(unknown));
        shape.empty.resize(cache.size_count(), Cell::new(UNKNOWN));
    }

    /// Puts the nodes into `found` that are welcome, have room and are accepted, with the scores of their rooms (SCH-45,
    /// SCH-59, SCH-60); stops as SCH-18 says. How many were turned away.
    pub(super) fn scan(
        &self,
        cache: &Cache,
        template: TemplateId,
        search: &Search<'_>,
        accept: impl Fn(NodeId) -> bool,
        found: &mut Vec<(NodeId, i64)>,
    ) -> usize {
        let pattern = self.get(template);
        let shape = &self.shapes[pattern.shape];
        let (before, from) = search.nodes.split_at(search.start);
        let mut turned_away = 0;
        for &node in from.iter().chain(before) {
            let score = if pattern.places[node.index()] == PlaceVerdict::Welcome {
                shape.answer(cache, node).filter(|_| accept(node))
            } else {
                None
            };
            match score {
                None => turned_away += 1,
                Some(_) if found.len() == search.limit => break,
                Some(score) => found.push((node, score)),
            }
        }
        turned_away
    }

    fn shape(&mut self, requests: &Resources, scored: &Resources) -> usize {
        let shapes = &mut self.shapes;
        let key = (requests.clone(), scored.clone());
        *self.shape_ids.get_or_insert_with(key, || {
            shapes.push(Shape {
                requests: requests.clone(),
                scored: scored.clone(),
                is_narrow: requests.storage_bytes == 0 && requests.extended.is_empty(),
                memo: Vec::new(),
                empty: Vec::new(),
            });
            shapes.len() - 1
        })
    }
}

/// Which nodes are looked at, in which order, and how many are enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) nodes: &'a [NodeId],
    pub(super) start: usize,
    pub(super) limit: usize,
}

impl Shape {
    #[inline]
    fn answer(&self, cache: &Cache, node: NodeId) -> Option<i64> {
        let stamp = cache.stamps()[node.index()];
        let answer = if stamp == EMPTY {
            self.answer_when_empty(cache, node)
        } else {
            let memo = self.memo[node.index()].get();
            if memo.stamp == stamp && memo.answer != UNKNOWN {
                memo.answer
            } else {
                let answer = self.compute(cache, node);
                self.memo[node.index()].set(Memo { stamp, answer });
                answer
            }
        };
        (answer != NO_ROOM).then_some(i64::from(answer))
    }

    #[inline]
    fn answer_when_empty(&self, cache: &Cache, node: NodeId) -> u16 {
        let known = &self.empty[cache.sizes()[node.index()]];
        if known.get() == UNKNOWN {
            known.set(self.compute(cache, node));
        }
        known.get()
    }

    /// SCH-45.
    fn fits(&self, cache: &Cache, node: NodeId) -> bool {
        has_room(&self.requests, cache.room(node))
            && (self.is_narrow || has_other_resources(&self.requests, cache.info(node)))
    }

    fn compute(&self, cache: &Cache, node: NodeId) -> u16 {
        if !self.fits(cache, node) {
            return NO_ROOM;
        }
        let score = room_score(&self.requests, &self.scored, cache.room(node));
        u16::try_from(score).expect("two scores of at most 100 are summed")
    }
}
