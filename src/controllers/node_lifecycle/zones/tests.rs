//! Tables of zone states, rates and token buckets.

use super::*;
use Turn::{AllDisrupted, Restored};
use ZoneState::{Full, Initial, Normal, Partial};

fn at(millis: i64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

fn of(not_ready: u32, total: u32) -> Census {
    Census { not_ready, total }
}

#[test]
fn zone_states_nl_26() {
    let cases = [
        (of(0, 0), Normal),
        (of(0, 5), Normal),
        (of(1, 1), Full),
        (of(2, 2), Full),
        (of(1, 2), Normal),
        (of(2, 3), Normal),
        (of(3, 4), Partial),
        (of(3, 5), Partial),
        (of(3, 6), Normal),
        (of(11, 20), Partial),
        (of(10, 20), Normal),
        (of(55, 100), Partial),
        (of(54, 100), Normal),
        (of(100, 100), Full),
    ];
    let flags = ControllerFlags::default();
    for (census, state) in cases {
        assert_eq!(state_of(census, &flags), state, "{census:?}");
    }
    let strict = ControllerFlags {
        unhealthy_zone_threshold_milli: 1000,
        ..ControllerFlags::default()
    };
    assert_eq!(state_of(of(99, 100), &strict), Normal);
}

#[test]
fn rates_nl_27() {
    let flags = ControllerFlags::default();
    let cases = [
        (Initial, 4, 100),
        (Normal, 4, 100),
        (Normal, 400, 100),
        (Full, 4, 100),
        (Full, 400, 100),
        (Partial, 50, 0),
        (Partial, 51, 10),
    ];
    for (state, nodes, rate) in cases {
        assert_eq!(rate_milli(state, nodes, &flags), rate, "{state:?} {nodes}");
    }
}

#[test]
fn one_token_each_ten_seconds_nl_c4() {
    let mut limiter = Limiter::new(100);
    let taken: Vec<i64> = (0..300)
        .map(|tick| 30_000 + tick * 100)
        .filter(|&millis| limiter.take(at(millis)))
        .collect();
    assert_eq!(taken, [30_000, 40_000, 50_000]);
    let mut never = Limiter::new(0);
    assert!(!never.take(at(0)) && never.token_at().is_none());
}

#[test]
fn a_new_rate_inherits_an_empty_bucket_nl_29() {
    // Name, old rate, whether the token was taken at 0 s, rate from 1 s on, next token.
    let cases = [
        ("full stays full", 100, false, 10, Some(Time::MIN)),
        ("empty stays empty", 100, true, 10, Some(at(101_000))),
        ("after a stop", 0, false, 100, Some(at(11_000))),
        ("to a stop", 100, false, 0, None),
        ("the same", 100, true, 100, Some(at(10_000))),
    ];
    for (name, old, taken, new, token_at) in cases {
        let mut limiter = Limiter::new(old);
        if taken {
            assert!(limiter.take(at(0)), "{name}");
        }
        limiter.swap(new, at(1_000));
        assert_eq!(limiter.token_at(), token_at, "{name}");
    }
}

#[test]
fn the_zone_of_a_node_nl_25() {
    let zone = |prefix: &str| format!("{prefix}/zone");
    let region = |prefix: &str| format!("{prefix}/region");
    let (topology, beta) = (
        "topology.kubernetes.io",
        "failure-domain.beta.kubernetes.io",
    );
    let cases = [
        (vec![], ("", "")),
        (vec![(zone(topology), "a")], ("", "a")),
        (
            vec![(region(topology), "r"), (zone(topology), "a")],
            ("r", "a"),
        ),
        (
            vec![(zone(topology), "a"), (zone(beta), "old")],
            ("", "old"),
        ),
    ];
    for (labels, wanted) in cases {
        let pairs = labels.iter();
        let pairs = pairs.map(|(key, value)| (key.as_str().into(), (*value).into()));
        let (region, zone) = zone_of(&Labels::new(pairs));
        assert_eq!((&*region, &*zone), wanted);
    }
}

/// Settles zones 0, 1, … one pass a second; answers with the turn and the rate of each zone that has a node.
fn settle(passes: &[&[Census]]) -> Vec<(Turn, Vec<u32>)> {
    let flags = ControllerFlags::default();
    let mut zones = Zones::default();
    let mut results = Vec::new();
    for (second, censuses) in (0..).zip(passes) {
        let key = |index: usize| (Name::from(""), Name::from(format!("{index}")));
        let mut map = BTreeMap::new();
        for (index, census) in censuses.iter().enumerate().filter(|(_, c)| c.total > 0) {
            zones.ensure(key(index), &flags);
            map.insert(key(index), *census);
        }
        let turn = zones.settle(&map, &flags, at(second * 1000));
        let counted = zones.zones.values().filter(|zone| zone.state.is_some());
        let rates = counted.map(|zone| zone.limiter.rate_milli);
        results.push((turn, rates.collect()));
    }
    results
}

#[test]
fn passes_change_rates_nl_27_nl_28() {
    let none = Turn::None;
    assert_eq!(
        settle(&[&[of(1, 1)], &[of(1, 1)], &[of(0, 1)], &[of(0, 1)]]),
        [
            (AllDisrupted, vec![0]),
            (none, vec![0]),
            (Restored, vec![100]),
            (none, vec![100])
        ],
        "the only node is lost and comes back"
    );
    assert_eq!(
        settle(&[&[of(0, 4)], &[of(2, 4)], &[of(3, 4)], &[of(4, 4)]]),
        [
            (none, vec![100]),
            (none, vec![100]),
            (none, vec![0]),
            (AllDisrupted, vec![0])
        ],
        "a small zone goes down node by node"
    );
    assert_eq!(
        settle(&[&[of(4, 4), of(0, 4)], &[of(4, 4), of(3, 4)]]),
        [(none, vec![100, 100]), (none, vec![100, 0])],
        "a full zone among others goes on at the normal rate"
    );
    assert_eq!(
        settle(&[&[of(60, 100)], &[of(100, 100)], &[of(60, 100)]]),
        [
            (none, vec![10]),
            (AllDisrupted, vec![0]),
            (Restored, vec![10])
        ],
        "a large zone"
    );
    assert_eq!(
        settle(&[&[of(3, 3), of(0, 3)], &[of(3, 3), of(0, 0)]]),
        [(none, vec![100, 100]), (none, vec![100])],
        "the healthy zone is removed, and the other one was full before: upstream sees no turn"
    );
}
