use super::*;

fn assert_close(actual: f64, expected: f64, relative: f64, what: &str) {
    assert!(
        libm::fabs(actual - expected) <= relative * libm::fabs(expected),
        "{what}: {actual} is not {expected}",
    );
}

#[test]
fn normal_quantiles_are_those_of_the_tables() {
    // Computed with forty digits.
    for (u, expected) in [
        (1e-15, -7.941_345_326_170_997),
        (1e-9, -5.997_807_015_007_687),
        (0.001, -3.090_232_306_167_813_5),
        (0.025, -1.959_963_984_540_054_2),
        (0.3, -0.524_400_512_708_040_8),
        (0.8, 0.841_621_233_572_914_4),
        (0.95, 1.644_853_626_951_472_3),
        (0.999_999_999_9, 6.361_340_889_697_422),
    ] {
        assert_close(normal_quantile(u), expected, 2e-15, &format!("u = {u}"));
    }
    assert!(normal_quantile(0.5).abs() < f64::MIN_POSITIVE);
}

#[test]
fn normal_quantiles_invert_the_distribution_function() {
    for step in 1..1000 {
        let u = f64::from(step) / 1000.0;
        assert_close(
            normal_probability(normal_quantile(u)),
            u,
            1e-14,
            &format!("u = {u}"),
        );
    }
}

#[test]
fn gamma_quantiles_are_those_of_the_tables() {
    // Computed with forty digits by bisecting the incomplete gamma function.
    #[rustfmt::skip]
    let cases = [
        (0.1, 1e-6, 6.073_048_362_407_926e-61), (0.1, 0.01, 6.073_048_362_407_899e-21),
        (0.1, 0.5, 5.933_911_044_602_262e-4), (0.1, 0.95, 0.580_435_105_323_134_4),
        (0.1, 0.999_999, 9.457_027_060_457_44),
        (0.5, 1e-6, 7.853_981_633_978_595e-13), (0.5, 0.5, 0.227_468_211_559_786_4),
        (0.5, 0.95, 1.920_729_410_347_062_2), (0.5, 0.999_999, 11.964_063_488_439_735),
        (1.0, 1e-6, 1.000_000_500_000_333_3e-6), (1.0, 0.5, core::f64::consts::LN_2),
        (1.0, 0.95, 2.995_732_273_553_99), (1.0, 0.999_999, 13.815_510_557_935_518),
        (2.5, 1e-6, 0.006_448_080_103_248_549), (2.5, 0.01, 0.277_149_038_364_138_6),
        (2.5, 0.5, 2.175_730_095_547_763_7), (2.5, 0.999_999, 17.944_093_439_805_21),
        (10.0, 1e-6, 1.276_818_787_864_408), (10.0, 0.01, 4.130_199_166_273_199),
        (10.0, 0.95, 15.705_216_422_115_46), (10.0, 0.999_999, 32.710_340_517_484_81),
        (100.0, 1e-6, 59.436_320_698_122_89), (100.0, 0.95, 116.997_134_446_162_46),
        (1000.0, 1e-6, 856.814_651_279_391_9), (1000.0, 0.5, 999.666_686_426_965_2),
        (1000.0, 0.999_999, 1_157.577_911_008_724),
    ];
    for (a, u, expected) in cases {
        assert_close(
            gamma_quantile(a, u),
            expected,
            2e-12,
            &format!("a = {a}, u = {u}"),
        );
    }
}

#[test]
fn gamma_quantiles_rise_and_invert_over_the_whole_range() {
    let lowest = f64::EPSILON / 2.0;
    for a in [0.01, 0.03, 0.3, 0.9, 1.1, 3.0, 12.0, 77.0, 900.0, 10_000.0] {
        let mut previous = -1.0;
        for u in [
            lowest,
            1e-12,
            1e-5,
            0.01,
            0.2,
            0.49,
            0.51,
            0.8,
            0.99,
            0.99999,
            1.0 - lowest,
        ] {
            let x = gamma_quantile(a, u);
            assert!(
                x.is_finite() && x >= previous,
                "a = {a}, u = {u}: {x} after {previous}"
            );
            previous = x;
            if x > 1e-17 {
                let (lower, upper) = incomplete_gamma(a, x);
                let (tail, expected) = if u <= 0.5 {
                    (lower, u)
                } else {
                    (upper, 1.0 - u)
                };
                assert_close(tail, expected, 1e-9, &format!("a = {a}, u = {u}, x = {x}"));
            }
        }
    }
}
