//! Kubernetes' own tables of the plugins that look at nodes and pods, as data: `docs/upstream-tests.md`.
//!
//! A case has nodes, pods on them, the pod that comes, and for each node what upstream's test expects of the plugin
//! alone. `id` names the test and the place in its table.

#![allow(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tables of cases"
)]

use super::*;
use crate::model::{Name, Operator};
use crate::scheduler::cache::{Cache, Held};
use crate::scheduler::filters::Rejection;
use crate::scheduler::interpod::{self, Company};
use crate::scheduler::scores::normalize;
use crate::scheduler::spread::{self, SpreadFilter};
use serde::Deserialize;
use std::collections::BTreeMap;

type Pairs = BTreeMap<String, String>;
/// Key, operator, values.
type Expression = (String, String, Vec<String>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    pod: PodCase,
    nodes: Vec<NodeCase>,
    #[serde(default)]
    pods: Vec<PodCase>,
    /// `yes`, or why the pod does not fit: by node.
    #[serde(default)]
    fits: Vec<String>,
    /// By node that fits; `None`: the plugin has no say.
    #[serde(default)]
    scores: Option<Vec<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeCase {
    name: String,
    #[serde(default)]
    labels: Pairs,
    #[serde(default)]
    taints: bool,
    /// Another plugin has turned the pod away.
    #[serde(default)]
    failed: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PodCase {
    namespace: Option<String>,
    node: Option<String>,
    labels: Pairs,
    terminating: bool,
    selector: Pairs,
    required: Option<Vec<NodeTerms>>,
    preferred: Vec<(i64, NodeTerms)>,
    tolerations: Vec<serde_json::Value>,
    spread: Vec<SpreadCase>,
    near: Vec<TermCase>,
    away: Vec<TermCase>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NodeTerms {
    labels: Vec<Expression>,
    fields: Vec<Expression>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpreadCase {
    skew: i64,
    key: String,
    hard: bool,
    selector: Option<Vec<Expression>>,
    #[serde(default)]
    min_domains: Option<i64>,
    #[serde(default)]
    affinity: Option<String>,
    #[serde(default)]
    taints: Option<String>,
    #[serde(default)]
    match_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermCase {
    selector: Option<Vec<Expression>>,
    key: String,
    #[serde(default)]
    namespaces: Vec<String>,
    /// Without one, the term is required.
    #[serde(default)]
    weight: Option<i64>,
}

fn pairs(pairs: &Pairs) -> Labels {
    let pairs = pairs.iter();
    Labels::new(pairs.map(|(key, value)| (key.as_str().into(), value.as_str().into())))
}

fn requirement((key, operator, values): &Expression) -> Requirement {
    let operator = match operator.as_str() {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt,
        "Lt" => Operator::Lt,
        other => panic!("{other}"),
    };
    Requirement {
        key: key.as_str().into(),
        operator,
        values: values.iter().map(|value| value.as_str().into()).collect(),
    }
}

/// A missing selector selects nothing.
fn selector(expressions: Option<&Vec<Expression>>) -> LabelSelector {
    let nothing = || vec![requirement(&(String::new(), "In".into(), Vec::new()))];
    let all = expressions.map(|all| all.iter().map(requirement).collect());
    LabelSelector(all.unwrap_or_else(nothing))
}

fn node_term(term: &NodeTerms) -> NodeSelectorTerm {
    let labels = term.labels.iter().map(|e| NodeTerm::Label(requirement(e)));
    let fields = term
        .fields
        .iter()
        .map(|e| NodeTerm::NodeName(requirement(e)));
    NodeSelectorTerm(labels.chain(fields).collect())
}

fn pod_term(term: &TermCase) -> PodAffinityTerm {
    let namespaces = term.namespaces.iter().map(|name| name.as_str().into());
    PodAffinityTerm {
        selector: selector(term.selector.as_ref()),
        namespaces: Some(namespaces.collect()),
        topology_key: term.key.as_str().into(),
    }
}

fn split(terms: &[TermCase]) -> (Vec<PodAffinityTerm>, Vec<Weighted<PodAffinityTerm>>) {
    let required = terms.iter().filter(|term| term.weight.is_none());
    let preferred = terms.iter().filter_map(|term| {
        let (weight, term) = (term.weight?, pod_term(term));
        Some(Weighted { weight, term })
    });
    (required.map(pod_term).collect(), preferred.collect())
}

fn spread_constraint(case: &SpreadCase, labels: &Pairs) -> SpreadConstraint {
    let mut selector = selector(case.selector.as_ref());
    for key in &case.match_keys {
        if let Some(value) = labels.get(key) {
            selector.0.push(Requirement::equals(key, value));
        }
    }
    SpreadConstraint {
        max_skew: case.skew,
        min_domains: case.min_domains,
        topology_key: case.key.as_str().into(),
        when_unsatisfiable: if case.hard {
            WhenUnsatisfiable::DoNotSchedule
        } else {
            WhenUnsatisfiable::ScheduleAnyway
        },
        selector,
        honor_affinity: case.affinity.as_deref() != Some("Ignore"),
        honor_taints: case.taints.as_deref() == Some("Honor"),
    }
}

impl PodCase {
    fn template(&self) -> PodTemplate {
        let mut made = template(0, 0);
        made.labels = pairs(&self.labels);
        let spec = &mut made.spec;
        spec.node_selector = pairs(&self.selector);
        let affinity = &mut spec.affinity;
        let required = self.required.as_ref();
        affinity.node_required = required.map(|terms| terms.iter().map(node_term).collect());
        let preferred = self.preferred.iter().map(|(weight, term)| Weighted {
            weight: *weight,
            term: node_term(term),
        });
        affinity.node_preferred = preferred.collect();
        (affinity.pod_required, affinity.pod_preferred) = split(&self.near);
        (affinity.anti_required, affinity.anti_preferred) = split(&self.away);
        let constraints = self.spread.iter();
        spec.spread = constraints
            .map(|case| spread_constraint(case, &self.labels))
            .collect();
        assert!(self.tolerations.is_empty(), "no case has any");
        made
    }

    fn create(&self, world: &mut World) -> PodId {
        let made = self.template();
        let labels = made.labels.clone();
        let template = world.intern(&Arc::new(made));
        let new = NewPod {
            owner: Owner::None,
            template,
            index: None,
            target: None,
            revision: None,
            index_failures: (0, 0),
        };
        let name = format!("p{}", world.pods().count());
        let admission = PodAdmission {
            namespace: self.namespace.as_deref().unwrap_or("default").into(),
            name: Name::from(name),
            labels,
            attempt: 1,
            ordinal: 0,
            priority: 0,
            preemption_policy: PreemptionPolicy::PreemptLowerPriority,
            arrival: None,
        };
        world.create_pod(new, admission)
    }
}

/// A case in a world of its own.
struct Scene {
    world: World,
    cache: Cache,
    /// The nodes of the case, and those among them that no other plugin has turned away.
    nodes: Vec<NodeId>,
    found: Vec<(NodeId, i64)>,
    pod: PodId,
}

impl Scene {
    fn new(case: &Case) -> Self {
        let mut world = World::new(0);
        let mut cache = Cache::default();
        let (mut nodes, mut found) = (Vec::new(), Vec::new());
        for row in &case.nodes {
            let mut spec = node(&row.name, 0, 0);
            spec.labels = pairs(&row.labels);
            if row.taints {
                let key = "node.kubernetes.io/unschedulable";
                spec.taints = vec![taint(key, TaintEffect::NoSchedule)];
            }
            let id = world.add_node(spec, None, true);
            cache.add_node(&world, id);
            cache.update_node(&world, id);
            nodes.push(id);
            if !row.failed {
                found.push((id, 0));
            }
        }
        for other in &case.pods {
            let id = other.create(&mut world);
            let name = other.node.as_deref().unwrap_or("");
            let Some(node) = world.node_named(&Name::from(name)) else {
                continue; // Upstream has pods of nodes that it does not have.
            };
            world.bind(id, node);
            if other.terminating {
                world.request_deletion(id, Span::from_secs(30));
            }
            let held = Held::new(id, world.pod(id).unwrap(), node, false);
            cache.hold(&world, held);
        }
        let pod = case.pod.create(&mut world);
        Self {
            world,
            cache,
            nodes,
            found,
            pod,
        }
    }

    /// What `judge` says of the labels of each node.
    fn verdicts(&self, judge: impl Fn(NodeId) -> Option<Rejection>) -> Vec<&'static str> {
        let text = |rejection| match rejection {
            None => "yes",
            Some(Rejection::SpreadSkew) => "no",
            Some(Rejection::SpreadLabel) => "never",
            Some(Rejection::PodAffinity) => "affinity",
            Some(Rejection::PodAntiAffinity) => "anti",
            Some(Rejection::ExistingAntiAffinity) => "existing",
            Some(_) => "another",
        };
        self.nodes.iter().map(|node| text(judge(*node))).collect()
    }
}

fn cases(text: &str, count: usize) -> Vec<Case> {
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), count);
    cases
}

/// `podtopologyspread/filtering_test.go`: SCH-47, SCH-52.
#[test]
fn spread_filters() {
    for case in cases(include_str!("upstream/spread_filter.json"), 36) {
        let mut scene = Scene::new(&case);
        let pod = scene.world.pod(scene.pod).unwrap();
        let spec = &scene.world.template_of(pod).spec;
        let filter = SpreadFilter::new(&mut scene.cache, spec, pod).unwrap();
        let label = |node| filter.rejection(&scene.world.node(node).labels);
        assert_eq!(scene.verdicts(label), case.fits, "{}", case.id);
    }
}

/// `podtopologyspread/scoring_test.go`: SCH-57a.
#[test]
fn spread_scores() {
    for case in cases(include_str!("upstream/spread_score.json"), 26) {
        let mut scene = Scene::new(&case);
        let pod = scene.world.pod(scene.pod).unwrap();
        let spec = &scene.world.template_of(pod).spec;
        let scores = spread::scores(&scene.world, &mut scene.cache, spec, pod, &scene.found);
        assert_eq!(scores, case.scores, "{}", case.id);
    }
}

/// `interpodaffinity/filtering_test.go`: SCH-48, SCH-53.
#[test]
fn affinity_filters() {
    for case in cases(include_str!("upstream/affinity_filter.json"), 37) {
        let mut scene = Scene::new(&case);
        let pod = scene.world.pod(scene.pod).unwrap();
        let templates = scene.world.templates();
        let spec = &scene.world.template_of(pod).spec;
        let company = Company::new(templates, &mut scene.cache, spec, pod);
        let judge = |node| {
            let labels = &scene.world.node(node).labels;
            company
                .as_ref()
                .and_then(|company| company.rejection(labels))
        };
        assert_eq!(scene.verdicts(judge), case.fits, "{}", case.id);
    }
}

/// `interpodaffinity/scoring_test.go`: SCH-58a, SCH-C9.
#[test]
fn affinity_scores() {
    for case in cases(include_str!("upstream/affinity_score.json"), 19) {
        let mut scene = Scene::new(&case);
        let pod = scene.world.pod(scene.pod).unwrap();
        let templates = scene.world.templates();
        let spec = &scene.world.template_of(pod).spec;
        let scores = interpod::scores(templates, &mut scene.cache, spec, pod, &scene.found);
        assert_eq!(scores, case.scores, "{}", case.id);
    }
}

/// `nodeaffinity/node_affinity_test.go`: SCH-43.
#[test]
fn node_affinity_filters() {
    for case in cases(include_str!("upstream/node_affinity.json"), 27) {
        let spec = case.pod.template().spec;
        let node = &case.nodes[0];
        let fits = spec.selects_node(&node.name, &pairs(&node.labels));
        assert_eq!(fits, case.fits[0] == "yes", "{}", case.id);
    }
}

/// `nodeaffinity/node_affinity_test.go`: SCH-56a.
#[test]
fn node_affinity_scores() {
    for case in cases(include_str!("upstream/node_affinity_score.json"), 7) {
        let terms = case.pod.template().spec.affinity.node_preferred;
        let of_node = |node: &NodeCase| {
            let labels = pairs(&node.labels);
            let terms = terms.iter();
            let fond = terms.filter(|weighted| weighted.term.matches(&node.name, &labels));
            fond.map(|weighted| weighted.weight).sum::<i64>()
        };
        let mut scores: Vec<i64> = case.nodes.iter().map(of_node).collect();
        normalize(&mut scores, false);
        let expected = case.scores.unwrap_or(vec![0; case.nodes.len()]);
        assert_eq!(scores, expected, "{}", case.id);
    }
}

/// Main container, init containers and overhead: cpu, memory, extended resource.
type Asked = (i64, i64, i64);

/// Pod, init containers, overhead; used on the node; what does not suffice, and whether that is for good.
type FitCase = (
    u32,
    Asked,
    &'static [Asked],
    Asked,
    Asked,
    &'static str,
    bool,
);

const EXTENDED: &str = "example.com/aaa";

fn resources((cpu_m, memory_bytes, extended): Asked) -> Resources {
    Resources {
        cpu_m,
        memory_bytes,
        extended: vec![(EXTENDED.into(), extended)],
        ..Resources::default()
    }
}

/// `noderesources/fit_test.go`, `TestEnoughRequests` by number: pods with init containers or overhead (SCH-45, SCH-50).
/// The node has 10 m, 20 B and 5 of the extended resource; those without are in `filters/tests.rs`.
#[test]
fn init_containers_and_overhead_ask_for_room() {
    const NONE: Asked = (0, 0, 0);
    const ONE: Asked = (1, 1, 0);
    let cases: [FitCase; 18] = [
        (3, ONE, &[(3, 1, 0)], NONE, (8, 19, 0), "cpu", false),
        (
            4,
            ONE,
            &[(3, 1, 0), (2, 1, 0)],
            NONE,
            (8, 19, 0),
            "cpu",
            false,
        ),
        (5, ONE, &[(1, 3, 0)], NONE, (9, 19, 0), "memory", false),
        (
            6,
            ONE,
            &[(1, 3, 0), (1, 2, 0)],
            NONE,
            (9, 19, 0),
            "memory",
            false,
        ),
        (7, ONE, &[ONE], NONE, (9, 19, 0), "", false),
        (8, ONE, &[ONE, ONE], NONE, (9, 19, 0), "", false),
        (13, (4, 1, 0), &[(5, 1, 0)], NONE, (5, 19, 0), "", false),
        (15, NONE, &[(0, 0, 1)], NONE, NONE, "", false),
        (17, NONE, &[(1, 1, 10)], NONE, NONE, EXTENDED, true),
        (19, NONE, &[(1, 1, 1)], NONE, (0, 0, 5), EXTENDED, false),
        (20, (2, 2, 6), &[], NONE, (0, 0, 2), EXTENDED, true),
        (
            21,
            NONE,
            &[(1, 1, 3), (1, 1, 3)],
            NONE,
            (0, 0, 2),
            "",
            false,
        ),
        (
            22,
            NONE,
            &[(1, 1, 6), (1, 1, 3)],
            NONE,
            (0, 0, 2),
            EXTENDED,
            true,
        ),
        (27, (1, 1, 10), &[], NONE, NONE, EXTENDED, true),
        (28, NONE, &[(1, 1, 10)], NONE, NONE, EXTENDED, true),
        (31, ONE, &[], (3, 13, 0), (5, 5, 0), "", false),
        (32, ONE, &[], (1, 15, 0), (5, 5, 0), "memory", false),
        (34, ONE, &[], NONE, (0, 0, 6), "", false),
    ];
    for (number, main, inits, overhead, used, lacking, for_good) in cases {
        let mut rig = Rig::new();
        let mut spec = node("a", 10, 20);
        spec.allocatable.extended = vec![(EXTENDED.into(), 5)];
        let id = rig.node(spec);
        let mut there = template(0, 0);
        there.spec.containers[0].requests = resources(used);
        let there = rig.pod_of("there", &there, 0, Some(id));
        rig.world.bind(there, id);
        rig.changes();
        let mut asks = template(0, 0);
        asks.spec.containers[0].requests = resources(main);
        asks.spec.overhead = resources(overhead);
        for init in inits {
            let mut container = asks.spec.containers[0].clone();
            container.kind = ContainerKind::Init;
            container.requests = resources(*init);
            asks.spec.containers.insert(0, container);
        }
        rig.pod("asks", &asks);
        rig.run_until(50);
        let said = rig.lines().pop().unwrap();
        if lacking.is_empty() {
            assert!(said.ends_with("asks -> a"), "{number}: {said}");
            continue;
        }
        let why = format!("0/1 nodes are available: 1 Insufficient {lacking}. ");
        assert!(said.contains(&why), "{number}: {said}");
        let helps = if for_good {
            "1 Preemption is not helpful for scheduling."
        } else {
            "1 No preemption victims found for incoming pod."
        };
        assert!(said.ends_with(helps), "{number}: {said}");
    }
}

/// Name, priority, hundreds of milli CPUs, start time in seconds.
type Sitting = (&'static str, i32, i64, i64);

/// Binds the pods and lets them start, then plays a pod of this priority and size; whom it costs their place.
fn preempts(nodes: &[&[Sitting]], priority: i32, size: i64) -> Vec<String> {
    let mut rig = Rig::new();
    let mut started = Vec::new();
    for (number, pods) in nodes.iter().enumerate() {
        let id = rig.node(node(&format!("node{}", number + 1), 500, 8 * GI));
        for (name, priority, size, start) in *pods {
            let pod = rig.pod_of(name, &template(size * 100, MI), *priority, Some(id));
            started.push((*start, pod));
        }
    }
    rig.run();
    started.sort_by_key(|(start, _)| *start);
    for (start, pod) in started {
        rig.run_until(1000 * (start + 10));
        rig.world.report(pod, &PodUpdate::Accepted);
        rig.changes();
    }
    rig.run_until(60_000);
    rig.log.clear();
    rig.pod_of("p", &template(size * 100, MI), priority, None);
    rig.run_until(61_000);
    let lines = rig.log.iter();
    let victims = lines.filter_map(|(_, line)| line.strip_suffix(" deleting"));
    let mut victims: Vec<String> = victims.map(str::to_owned).collect();
    victims.sort();
    victims
}

const NEG: i32 = -100;
const LOW: i32 = 0;
const MID: i32 = 100;
const HIGH: i32 = 1000;
const TOP: i32 = 10_000;

/// `defaultpreemption/default_preemption_test.go`, `TestDryRunPreemption` by number, a node each (SCH-65).
#[test]
fn victims_of_a_node() {
    let cases: [(u32, i32, i64, &[Sitting], &[&str]); 6] = [
        (4, HIGH, 3, &[("p1", MID, 3, 0)], &["p1"]),
        (5, LOW, 3, &[("p1", MID, 3, 0)], &[]),
        (
            6,
            HIGH,
            3,
            &[("p1.1", LOW, 1, 0), ("p1.2", MID, 3, 0)],
            &["p1.2"],
        ),
        (
            7,
            HIGH,
            3,
            &[
                ("p1.1", MID, 1, 0),
                ("p1.2", LOW, 1, 0),
                ("p1.3", MID, 2, 0),
                ("p1.4", HIGH, 1, 0),
            ],
            &["p1.2", "p1.3"],
        ),
        (7, HIGH, 3, &[("p2", HIGH, 3, 0)], &[]),
        (
            8,
            HIGH,
            3,
            &[
                ("p1.1", LOW, 1, 5),
                ("p1.2", LOW, 1, 4),
                ("p1.3", MID, 2, 3),
                ("p1.4", HIGH, 1, 2),
            ],
            &["p1.1", "p1.3"],
        ),
    ];
    for (number, priority, size, pods, victims) in cases {
        assert_eq!(preempts(&[pods], priority, size), victims, "{number}");
    }
}

/// The same file, `TestSelectBestCandidate` by number: the node whose pods go (SCH-66).
#[test]
fn the_best_candidate() {
    type Nodes = &'static [&'static [Sitting]];
    let cases: [(u32, i32, i64, Nodes, &[&str]); 9] = [
        (
            1,
            HIGH,
            3,
            &[&[("1", MID, 3, 0)], &[("2", MID, 3, 0)]],
            &["1"],
        ),
        (
            2,
            HIGH,
            5,
            &[
                &[("1.1", MID, 2, 0), ("1.2", MID, 3, 0)],
                &[("2.1", MID, 2, 0), ("2.2", LOW, 2, 0)],
                &[("3.1", LOW, 2, 0), ("3.2", LOW, 2, 0)],
            ],
            &["3.1", "3.2"],
        ),
        (
            3,
            HIGH,
            5,
            &[
                &[("1.1", MID, 2, 0), ("1.2", MID, 3, 0)],
                &[("2.1", MID, 3, 0), ("2.2", LOW, 2, 0)],
                &[("3.1", MID, 2, 0), ("3.2", MID, 2, 0)],
            ],
            &["2.1", "2.2"],
        ),
        (
            4,
            HIGH,
            5,
            &[
                &[
                    ("1.1", MID, 1, 0),
                    ("1.2", NEG, 1, 0),
                    ("1.3", MID, 1, 0),
                    ("1.4", NEG, 1, 0),
                ],
                &[("2.1", MID, 3, 0), ("2.2", NEG, 2, 0)],
                &[("3.1", MID, 2, 0), ("3.2", NEG, 1, 0), ("3.3", LOW, 1, 0)],
            ],
            &["2.1", "2.2"],
        ),
        (
            5,
            HIGH,
            5,
            &[
                &[("1.1", MID, 1, 0), ("1.2", NEG, 1, 0), ("1.3", NEG, 1, 0)],
                &[("2.1", MID, 3, 0), ("2.2", NEG, 2, 0)],
                &[("3.1", MID, 2, 0), ("3.2", NEG, 1, 0), ("3.3", LOW, 1, 0)],
            ],
            &["2.1", "2.2"],
        ),
        (
            6,
            TOP,
            5,
            &[
                &[("1.1", MID, 1, 0), ("1.2", LOW, 1, 0), ("1.3", LOW, 1, 0)],
                &[("2.1", HIGH, 3, 0)],
                &[
                    ("3.1", MID, 2, 0),
                    ("3.2", LOW, 1, 0),
                    ("3.3", LOW, 1, 0),
                    // Upstream's is twice this size, and its node holds more than it has room for.
                    ("3.4", LOW, 1, 0),
                ],
                &[
                    ("4.1", MID, 2, 0),
                    ("4.2", MID, 1, 0),
                    ("4.3", MID, 1, 0),
                    ("4.4", NEG, 1, 0),
                ],
            ],
            &["1.1", "1.2", "1.3"],
        ),
        (
            7,
            HIGH,
            5,
            &[
                &[("1.1", MID, 2, 2), ("1.2", MID, 2, 2)],
                &[("2.1", MID, 2, 3), ("2.2", MID, 2, 3)],
                &[("3.1", MID, 2, 1), ("3.2", MID, 2, 1)],
            ],
            &["2.1", "2.2"],
        ),
        (
            8,
            HIGH,
            5,
            &[
                &[("1.1", MID, 2, 4), ("1.2", MID, 2, 2)],
                &[("2.1", MID, 2, 5), ("2.2", MID, 2, 1)],
                &[("3.1", MID, 2, 3), ("3.2", MID, 2, 6)],
            ],
            &["3.1", "3.2"],
        ),
        (
            9,
            HIGH,
            5,
            &[
                &[("1.1", LOW, 2, 4), ("1.2", MID, 2, 2)],
                &[("2.1", MID, 2, 6), ("2.2", LOW, 2, 1)],
                &[("3.1", LOW, 2, 3), ("3.2", MID, 2, 5)],
            ],
            &["2.1", "2.2"],
        ),
    ];
    for (number, priority, size, nodes, victims) in cases {
        assert_eq!(preempts(nodes, priority, size), victims, "{number}");
    }
}
