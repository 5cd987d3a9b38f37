use super::*;
use crate::model::TolerationOperator;
use std::collections::BTreeMap;

const EXTENDED_A: &str = "example.com/aaa";
const EXTENDED_B: &str = "example.com/bbb";

/// A node of 10 m, 20 B memory, 20 B storage, 32 pods and 5 of an extended resource, as in `fit_test.go`.
fn node(used_cpu_m: i64, used_memory: i64, used_extended: i64) -> (Room, NodeInfo) {
    let allocatable = Resources {
        cpu_m: 10,
        memory_bytes: 20,
        storage_bytes: 20,
        pods: 32,
        extended: vec![(EXTENDED_A.into(), 5)],
    };
    let room = Room {
        cpu_m: 10,
        memory_bytes: 20,
        pods: 32,
        used_cpu_m,
        used_memory_bytes: used_memory,
        used_pods: 1,
        ..Room::default()
    };
    let info = NodeInfo {
        name: "node".into(),
        labels: Labels::default(),
        taints: Vec::new(),
        unschedulable: false,
        exists: true,
        allocatable,
        requested: Resources {
            cpu_m: used_cpu_m,
            memory_bytes: used_memory,
            extended: vec![(EXTENDED_A.into(), used_extended)],
            ..Resources::default()
        },
        ports: Vec::new(),
        pods: BTreeMap::new(),
    };
    (room, info)
}

fn requests(cpu_m: i64, memory_bytes: i64, extended: &[(&str, i64)]) -> Resources {
    Resources {
        cpu_m,
        memory_bytes,
        extended: extended
            .iter()
            .map(|(name, amount)| ((*name).into(), *amount))
            .collect(),
        ..Resources::default()
    }
}

fn said(shortage: Option<Shortage>) -> (Vec<String>, bool) {
    let Some(shortage) = shortage else {
        return (Vec::new(), false);
    };
    let mut tally = Tally::default();
    Rejection::Resources(shortage.clone()).count(&mut tally);
    let reasons = shortage.reasons.iter().map(|reason| match reason {
        Reason::Text(text) => (*text).to_owned(),
        Reason::Insufficient(name) => format!("Insufficient {name}"),
    });
    (reasons.collect(), shortage.unresolvable)
}

/// Name, requests, used (cpu, memory, extended), reasons, whether no preemption helps.
type Case = (
    &'static str,
    Resources,
    (i64, i64, i64),
    &'static [&'static str],
    bool,
);

/// SCH-45: `TestEnoughRequests` (`fit_test.go`), cases without init containers (those are SCH-50).
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn enough_requests_sch_45() {
    let cases: &[Case] = &[
        (
            "nothing asked always fits",
            requests(0, 0, &[]),
            (10, 20, 0),
            &[],
            false,
        ),
        (
            "too many resources",
            requests(1, 1, &[]),
            (10, 20, 0),
            &["Insufficient cpu", "Insufficient memory"],
            false,
        ),
        ("both fit", requests(1, 1, &[]), (5, 5, 0), &[], false),
        (
            "memory fits",
            requests(2, 1, &[]),
            (9, 5, 0),
            &["Insufficient cpu"],
            false,
        ),
        (
            "cpu fits",
            requests(1, 2, &[]),
            (5, 19, 0),
            &["Insufficient memory"],
            false,
        ),
        ("just fits", requests(5, 1, &[]), (5, 19, 0), &[], false),
        (
            "extended fits",
            requests(0, 0, &[(EXTENDED_A, 1)]),
            (0, 0, 0),
            &[],
            false,
        ),
        (
            "more than the node ever has",
            requests(1, 1, &[(EXTENDED_A, 10)]),
            (0, 0, 0),
            &["Insufficient example.com/aaa"],
            true,
        ),
        (
            "extended is used up",
            requests(1, 1, &[(EXTENDED_A, 1)]),
            (0, 0, 5),
            &["Insufficient example.com/aaa"],
            false,
        ),
        (
            "an unknown resource",
            requests(1, 1, &[(EXTENDED_B, 1)]),
            (0, 0, 0),
            &["Insufficient example.com/bbb"],
            true,
        ),
        (
            "none of an unknown one",
            requests(1, 1, &[(EXTENDED_B, 0)]),
            (0, 0, 0),
            &[],
            false,
        ),
        (
            "more cpu than the node ever has",
            requests(11, 1, &[]),
            (5, 0, 0),
            &["Insufficient cpu"],
            true,
        ),
    ];
    for (name, requests, (cpu, memory, extended), reasons, unresolvable) in cases {
        let (room, info) = node(*cpu, *memory, *extended);
        let found = said(shortage(requests, &room, &info));
        let expected: Vec<String> = reasons.iter().map(|&reason| reason.to_owned()).collect();
        assert_eq!(found, (expected, *unresolvable), "{name}");
        let fits = has_room(requests, &room) && has_other_resources(requests, &info);
        assert_eq!(fits, reasons.is_empty(), "{name}: the short question");
    }
}

/// SCH-45: `TestNotEnoughRequests` (`fit_test.go`).
#[test]
fn too_many_pods_sch_45() {
    let (mut room, info) = node(10, 20, 0);
    room.pods = 1;
    assert_eq!(
        said(shortage(&Resources::default(), &room, &info)),
        (vec!["Too many pods".to_owned()], false)
    );
    assert!(!has_room(&Resources::default(), &room));
}

fn taint(key: &str, value: &str, effect: TaintEffect) -> Taint {
    Taint {
        key: key.into(),
        value: value.into(),
        effect,
    }
}

fn toleration(
    key: &str,
    operator: TolerationOperator,
    value: &str,
    effect: Option<TaintEffect>,
) -> Toleration {
    Toleration {
        key: key.into(),
        operator,
        value: value.into(),
        effect,
        seconds: None,
    }
}

/// SCH-42, SCH-51: `TestTaintTolerationFilter` (`taint_toleration_test.go`).
#[test]
fn taint_toleration_sch_42() {
    use TaintEffect::{NoExecute, NoSchedule, PreferNoSchedule};
    use TolerationOperator::{Equal, Exists};
    let user1 = || vec![taint("dedicated", "user1", NoSchedule)];
    for (name, tolerations, taints, passes) in [
        ("no tolerations", vec![], user1(), false),
        (
            "the same value",
            vec![toleration("dedicated", Equal, "user1", Some(NoSchedule))],
            user1(),
            true,
        ),
        (
            "another value",
            vec![toleration("dedicated", Equal, "user2", Some(NoSchedule))],
            user1(),
            false,
        ),
        (
            "any value",
            vec![toleration("foo", Exists, "", Some(NoSchedule))],
            vec![taint("foo", "bar", NoSchedule)],
            true,
        ),
        (
            "several",
            vec![
                toleration("dedicated", Equal, "user2", Some(NoSchedule)),
                toleration("foo", Exists, "", Some(NoSchedule)),
            ],
            vec![
                taint("dedicated", "user2", NoSchedule),
                taint("foo", "bar", NoSchedule),
            ],
            true,
        ),
        (
            "another effect",
            vec![toleration("foo", Equal, "bar", Some(PreferNoSchedule))],
            vec![taint("foo", "bar", NoSchedule)],
            false,
        ),
        (
            "any effect",
            vec![toleration("foo", Equal, "bar", None)],
            vec![taint("foo", "bar", NoSchedule)],
            true,
        ),
        (
            "a preference keeps nobody away",
            vec![],
            vec![taint("dedicated", "user1", PreferNoSchedule)],
            true,
        ),
        (
            "borne for 300 s by default (NL-40)",
            vec![],
            vec![taint("node.kubernetes.io/not-ready", "", NoExecute)],
            true,
        ),
        (
            "its NoSchedule is not",
            vec![],
            vec![taint("node.kubernetes.io/not-ready", "", NoSchedule)],
            false,
        ),
    ] {
        assert_eq!(tolerates_all(&tolerations, &taints), passes, "{name}");
    }
}

fn port(host_ip: &str, host_port: u16, protocol: &str) -> ContainerPort {
    ContainerPort {
        host_ip: host_ip.into(),
        host_port,
        protocol: protocol.into(),
    }
}

/// SCH-44: `TestNodePorts` (`node_ports_test.go`).
#[test]
fn node_ports_sch_44() {
    for (name, wanted, held, conflict) in [
        (
            "other port",
            vec![port("127.0.0.1", 8080, "UDP")],
            vec![port("127.0.0.1", 9090, "UDP")],
            false,
        ),
        (
            "same udp port",
            vec![port("127.0.0.1", 8080, "UDP")],
            vec![port("127.0.0.1", 8080, "UDP")],
            true,
        ),
        (
            "other address",
            vec![port("127.0.0.1", 8080, "TCP")],
            vec![port("127.0.0.2", 8080, "TCP")],
            false,
        ),
        (
            "other protocol",
            vec![port("127.0.0.1", 8080, "UDP")],
            vec![port("127.0.0.1", 8080, "TCP")],
            false,
        ),
        (
            "one of two",
            vec![
                port("127.0.0.1", 8000, "UDP"),
                port("127.0.0.1", 8080, "UDP"),
            ],
            vec![port("127.0.0.1", 8080, "UDP")],
            true,
        ),
        (
            "all addresses wanted",
            vec![port("0.0.0.0", 8001, "TCP")],
            vec![port("127.0.0.1", 8001, "TCP")],
            true,
        ),
        (
            "all addresses held",
            vec![port("10.0.10.10", 8001, "TCP")],
            vec![port("", 8001, "TCP")],
            true,
        ),
        (
            "all addresses, other protocol",
            vec![port("127.0.0.1", 8001, "TCP")],
            vec![port("0.0.0.0", 8001, "UDP")],
            false,
        ),
    ] {
        assert_eq!(ports_conflict(&wanted, &held), conflict, "{name}");
    }
}
