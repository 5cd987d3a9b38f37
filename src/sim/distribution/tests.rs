use std::fmt::Write as _;

use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn secs(seconds: i64) -> Span {
    Span::from_secs(seconds)
}

/// One of each kind, with parameters as a scenario would have them.
fn one_of_each() -> Vec<(&'static str, Distribution)> {
    let samples = [5, 1, 8, 8, 3].map(secs).to_vec();
    [
        ("constant", Distribution::constant(secs(5))),
        ("uniform", Distribution::uniform(secs(2), secs(12))),
        ("exponential", Distribution::exponential(secs(30))),
        ("normal", Distribution::normal(secs(10), secs(8))),
        ("lognormal", Distribution::lognormal(secs(90), 0.5)),
        (
            "lognormal p95",
            Distribution::lognormal_p95(secs(90), secs(300)),
        ),
        ("weibull", Distribution::weibull(secs(60), 1.5)),
        ("gamma", Distribution::gamma(secs(40), 2.5)),
        ("gamma, heavy", Distribution::gamma(secs(40), 0.3)),
        ("pareto", Distribution::pareto(secs(10), 2.5)),
        (
            "triangular",
            Distribution::triangular(secs(10), secs(20), secs(60)),
        ),
        ("empirical", Distribution::empirical(samples)),
    ]
    .map(|(name, made)| (name, made.unwrap()))
    .to_vec()
}

#[test]
fn quantiles_are_those_of_the_closed_forms() {
    let of = one_of_each();
    let check = |name: &str, u: f64, expected: f64| {
        let (_, distribution) = of.iter().find(|(n, _)| *n == name).unwrap();
        let actual = distribution.quantile(u).as_secs_f64();
        assert!(
            (actual - expected).abs() < 1e-8,
            "{name} at {u}: {actual}, not {expected}"
        );
    };
    check("constant", 0.3, 5.0);
    check("uniform", 0.25, 4.5);
    check("exponential", 0.5, 20.794_415_416_798_36); // 30 ln 2
    check("exponential", 0.95, 89.871_968_206_619_7); // 30 ln 20
    check("normal", 0.5, 10.0);
    check("normal", 0.95, 23.158_829_015_611_78);
    check("normal", 0.1, 0.0); // 10 - 1.28 · 8, cut
    check("lognormal", 0.5, 90.0);
    check("lognormal", 0.841_344_746_068_542_9, 148.384_914_363_011_55); // 90 √e
    check("lognormal p95", 0.5, 90.0);
    check("lognormal p95", 0.95, 300.0);
    check("weibull", 0.632_120_558_828_557_7, 60.0); // 1 - 1/e
    check("weibull", 0.5, 46.993_186_126_479_08); // 60 (ln 2)^(2/3)
    check("gamma", 0.5, 34.811_681_528_764_22); // 16 · 2.1757…
    check("pareto", 0.5, 13.195_079_107_728_942); // 10 · 2^0.4
    check("triangular", 0.2, 20.0);
    check("triangular", 0.05, 15.0);
    check("triangular", 0.8, 40.0);
    check("empirical", 0.0, 1.0);
    check("empirical", 0.19, 1.0);
    check("empirical", 0.21, 3.0);
    check("empirical", 0.59, 5.0);
    check("empirical", 0.61, 8.0);
    check("empirical", 1.0, 8.0);
    let chi_squared = Distribution::gamma(secs(10), 5.0).unwrap();
    assert_eq!(chi_squared.quantile(0.95).to_seconds_text(), "18.307");
}

/// The bits of 1,000 draws of each distribution, hashed: a change here changes every result of
/// every scenario that draws, so it must be meant, and is the same on every platform.
#[test]
fn the_bits_of_a_thousand_draws_are_fixed() {
    let mut table = String::new();
    for (name, distribution) in one_of_each() {
        let mut stream = Stream::new(42, &["golden"], name);
        let mut hasher = blake3::Hasher::new();
        for _ in 0..1000 {
            let draw = distribution.sample(&mut stream);
            hasher.update(&draw.as_nanos().to_le_bytes());
        }
        let hash = hasher.finalize().to_hex();
        writeln!(table, "{name}: {}", &hash[..16]).unwrap();
    }
    expect_test::expect![[r"
        constant: 2e13cf03966280fe
        uniform: 4154a2c13371746d
        exponential: a931004e57a6c208
        normal: cc8133164de9bc6f
        lognormal: e0723d5ce402f62c
        lognormal p95: 7b762ddfb4838261
        weibull: 1beb51f55976e6ee
        gamma: 58b4bff6fffb246a
        gamma, heavy: 8b9257685db2dcd2
        pareto: b2eb21203c67d4ab
        triangular: 24d164858b2e8306
        empirical: 74d58c38a6e18922
    "]]
    .assert_eq(&table);
}

/// A second opinion: of 100,000 draws of an independent implementation, the share below our
/// quantile of `u` is `u`, within five standard deviations.
#[test]
fn draws_of_another_implementation_fall_below_our_quantiles_as_they_should() {
    check_against("exponential", &rand_distr::Exp::new(1.0 / 30.0).unwrap());
    check_against("normal", &rand_distr::Normal::new(10.0, 8.0).unwrap());
    check_against(
        "lognormal",
        &rand_distr::LogNormal::new(libm::log(90.0), 0.5).unwrap(),
    );
    check_against("weibull", &rand_distr::Weibull::new(60.0, 1.5).unwrap());
    check_against("gamma", &rand_distr::Gamma::new(2.5, 16.0).unwrap());
    check_against(
        "gamma, heavy",
        &rand_distr::Gamma::new(0.3, 40.0 / 0.3).unwrap(),
    );
    check_against("pareto", &rand_distr::Pareto::new(10.0, 2.5).unwrap());
    check_against(
        "triangular",
        &rand_distr::Triangular::new(10.0, 60.0, 20.0).unwrap(),
    );
    check_against("uniform", &rand_distr::Uniform::new(2.0, 12.0).unwrap());
}

fn check_against(name: &str, other: &impl rand_distr::Distribution<f64>) {
    const DRAWS: u32 = 100_000;
    let of = one_of_each();
    let (_, distribution) = of.iter().find(|(n, _)| *n == name).unwrap();
    let mut generator = ChaCha8Rng::seed_from_u64(7);
    let mut draws: Vec<f64> = (0..DRAWS).map(|_| other.sample(&mut generator)).collect();
    draws.sort_by(f64::total_cmp);
    for u in [0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999] {
        let quantile = distribution.quantile(u).as_secs_f64();
        if quantile > 0.0 {
            let below = draws.partition_point(|draw| *draw < quantile);
            let share = f64::from(u32::try_from(below).unwrap()) / f64::from(DRAWS);
            let deviation = libm::sqrt(u * (1.0 - u) / f64::from(DRAWS));
            assert!(
                (share - u).abs() < 5.0 * deviation,
                "{name} at {u}: {share}"
            );
        }
    }
}

#[test]
fn the_mean_is_the_mean_of_the_quantiles() {
    for (name, distribution) in one_of_each() {
        // The midpoint rule over the quantile function; a heavy tail leaves it a little short.
        let steps = 10_000;
        let sum: f64 = (0..steps)
            .map(|step| (f64::from(step) + 0.5) / f64::from(steps))
            .map(|u| distribution.quantile(u).as_secs_f64())
            .sum();
        let (actual, mean) = (sum / f64::from(steps), distribution.mean().as_secs_f64());
        assert!(
            (actual / mean - 1.0).abs() < 0.003,
            "{name}: {actual} and not {mean}"
        );
    }
    let endless = Distribution::pareto(secs(1), 1.0).unwrap();
    assert_eq!(endless.mean(), Distribution::LONGEST);
    let steep = Distribution::pareto(secs(1), f64::MAX).unwrap();
    assert_eq!(steep.mean(), secs(1));
    let certain = Distribution::normal(secs(3), Span::ZERO).unwrap();
    assert_eq!(certain.mean(), secs(3));
    let nothing = Distribution::normal(Span::ZERO, Span::ZERO).unwrap();
    assert_eq!(
        (nothing.mean(), nothing.quantile(0.9)),
        (Span::ZERO, Span::ZERO)
    );
}

#[test]
fn a_draw_takes_one_number_whatever_the_distribution() {
    let mut expected = Stream::new(1, &["one"], "test");
    expected.next_u64();
    for (name, distribution) in one_of_each() {
        let mut stream = Stream::new(1, &["one"], "test");
        distribution.sample(&mut stream);
        assert_eq!(stream, expected, "{name}");
    }
}

#[test]
fn extreme_parameters_stay_in_bounds() {
    let extremes = [
        Distribution::lognormal(secs(1), 1e300),
        Distribution::lognormal(Distribution::LONGEST, 0.0),
        Distribution::weibull(secs(1), 1e-300),
        Distribution::weibull(secs(1), f64::MAX),
        Distribution::pareto(secs(1), 1e-300),
        Distribution::pareto(Span::from_nanos(1), f64::MIN_POSITIVE),
        Distribution::gamma(Distribution::LONGEST, 0.01),
        Distribution::gamma(Span::from_nanos(1), 10_000.0),
        Distribution::normal(Span::ZERO, Distribution::LONGEST),
        Distribution::exponential(Distribution::LONGEST),
        Distribution::uniform(Distribution::LONGEST, Distribution::LONGEST),
        Distribution::triangular(secs(1), secs(1), secs(1)),
    ];
    for distribution in extremes {
        let distribution = distribution.unwrap();
        let mut previous = Span::ZERO;
        for u in [
            f64::NAN,
            -1.0,
            0.0,
            1e-300,
            1e-9,
            0.5,
            0.999,
            1.0,
            2.0,
            f64::INFINITY,
        ] {
            let draw = distribution.quantile(u);
            assert!(
                draw >= previous && draw <= Distribution::LONGEST,
                "{distribution:?} at {u}"
            );
            previous = draw;
        }
        assert!(distribution.mean() <= Distribution::LONGEST);
    }
}

fn check_refused(cases: Vec<(Result<Distribution, DistributionError>, &str)>) {
    for (made, message) in cases {
        assert_eq!(
            made.map_err(|error| error.to_string()),
            Err(message.to_owned())
        );
    }
}

#[test]
fn wrong_durations_are_refused_with_what_would_be_right() {
    let no_time = |parameter: &str| {
        format!("{parameter} must be longer than 0s; for no time at all write a plain 0s")
    };
    let long = Distribution::LONGEST + secs(1);
    check_refused(vec![
        (
            Distribution::constant(secs(-5)),
            "constant must not be negative, and is -5s",
        ),
        (
            Distribution::constant(long),
            "constant must be at most 36500d (100 years), and is 36500d1s",
        ),
        (
            Distribution::uniform(secs(-1), secs(1)),
            "min must not be negative, and is -1s",
        ),
        (
            Distribution::uniform(secs(90), secs(1)),
            "min (1m30s) must not be longer than max (1s)",
        ),
        (Distribution::exponential(Span::ZERO), &no_time("mean")),
        (
            Distribution::exponential(secs(-1)),
            "mean must not be negative, and is -1s",
        ),
        (
            Distribution::normal(secs(1), secs(-1)),
            "stddev must not be negative, and is -1s",
        ),
        (Distribution::lognormal(Span::ZERO, 1.0), &no_time("median")),
        (
            Distribution::lognormal_p95(secs(9), secs(3)),
            "median (9s) must not be longer than p95 (3s)",
        ),
        (
            Distribution::lognormal_p95(Span::ZERO, secs(3)),
            &no_time("median"),
        ),
        (Distribution::weibull(Span::ZERO, 1.0), &no_time("scale")),
        (Distribution::gamma(Span::ZERO, 1.0), &no_time("mean")),
        (Distribution::pareto(Span::ZERO, 1.0), &no_time("min")),
        (
            Distribution::triangular(secs(1), secs(5), secs(4)),
            "mode (5s) must not be longer than max (4s)",
        ),
        (
            Distribution::triangular(secs(3), secs(2), secs(4)),
            "min (3s) must not be longer than mode (2s)",
        ),
        (
            Distribution::empirical(vec![]),
            "samples must hold at least one duration, and is empty",
        ),
        (
            Distribution::empirical(vec![secs(1), secs(-1)]),
            "a sample must not be negative, and is -1s",
        ),
    ]);
}

#[test]
fn wrong_numbers_are_refused_with_what_would_be_right() {
    check_refused(vec![
        (
            Distribution::lognormal(secs(1), f64::NAN),
            "sigma must be a finite number, and is NaN",
        ),
        (
            Distribution::lognormal(secs(1), -0.5),
            "sigma must not be negative, and is -0.5",
        ),
        (
            Distribution::weibull(secs(1), 0.0),
            "shape must be greater than 0, and is 0",
        ),
        (
            Distribution::weibull(secs(1), f64::INFINITY),
            "shape must be a finite number, and is inf",
        ),
        (
            Distribution::gamma(secs(1), 0.001),
            "the shape of a gamma distribution must be from 0.01 to 10000, and is 0.001",
        ),
        (
            Distribution::gamma(secs(1), -1.0),
            "shape must be greater than 0, and is -1",
        ),
        (
            Distribution::pareto(secs(1), -0.0),
            "shape must be greater than 0, and is -0",
        ),
    ]);
}

proptest! {
    #[test]
    fn a_larger_number_never_gives_a_shorter_duration(a in 0.0..1.0, b in 0.0..1.0) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        for (name, distribution) in one_of_each() {
            prop_assert!(distribution.quantile(low) <= distribution.quantile(high), "{}", name);
        }
    }
}
