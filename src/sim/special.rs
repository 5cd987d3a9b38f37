//! The special functions that inverting a distribution needs, on `libm` alone.
//!
//! Everything is made of `+ - * /` and functions of `libm`, which are the same bits on every
//! platform; `f64`'s own `ln`, `exp` and `powf` are not.

/// Terms of a series or a fraction; at the largest shape that is accepted some 1,500 are needed.
const MAX_TERMS: u32 = 10_000;
/// Steps of the inversion; Halley's method takes about five, bisection alone would take sixty.
const MAX_STEPS: u32 = 200;

/// The inverse of the standard normal distribution function, for `u` between 0 and 1.
///
/// Wichura's algorithm AS 241 (PPND16), Applied Statistics 37 (1988), to about 16 digits.
pub(super) fn normal_quantile(u: f64) -> f64 {
    let q = u - 0.5;
    if libm::fabs(q) <= 0.425 {
        let r = 0.425 * 0.425 - q * q;
        return q * horner(&CENTER_ABOVE, r) / horner(&CENTER_BELOW, r);
    }
    let tail = if q < 0.0 { u } else { 1.0 - u };
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 {
        horner(&MIDDLE_ABOVE, r - 1.6) / horner(&MIDDLE_BELOW, r - 1.6)
    } else {
        horner(&FAR_ABOVE, r - 5.0) / horner(&FAR_BELOW, r - 5.0)
    };
    if q < 0.0 { -z } else { z }
}

/// The standard normal distribution function.
pub(super) fn normal_probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z / core::f64::consts::SQRT_2)
}

/// The inverse of the regularized lower incomplete gamma function: the `x` with `P(a, x) = u`.
///
/// `a` is from 0.01 to 10,000 and `u` between 0 and 1. Halley's method, kept inside a bracket
/// that bisection narrows, so that it ends whatever the arguments are.
pub(super) fn gamma_quantile(a: f64, u: f64) -> f64 {
    // P(a, x) = xᵃ / Γ(a + 1) · (1 - x·a / (a + 1) + …): exact where x is below the resolution.
    let near_zero = libm::exp((libm::log(u) + libm::lgamma(a + 1.0)) / a);
    if near_zero < 1e-17 {
        return near_zero;
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut x = gamma_start(a, u, near_zero);
    for _ in 0..MAX_STEPS {
        let (lower, upper) = incomplete_gamma(a, x);
        // The smaller of the two tails has the more correct digits.
        let excess = if u <= 0.5 {
            lower - u
        } else {
            (1.0 - u) - upper
        };
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let density = gamma_prefactor(a, x) / x;
        let newton = excess / density;
        let curvature = (a - 1.0) / x - 1.0;
        let halley = newton / (1.0 - 0.5 * (newton * curvature).clamp(-1.0, 1.0));
        let mut next = x - halley;
        // Written so that a NaN (no density left, far out in a tail) bisects as well.
        let inside = next > low && next < high;
        if !inside {
            next = if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * x
            };
        }
        let moved = libm::fabs(next - x);
        x = next;
        if moved <= 1e-14 * x {
            break;
        }
    }
    x
}

/// A first guess: the leading term for small shapes (where it is below 1 for every `u`), Wilson
/// and Hilferty's cube for others, unless the cube is about to turn negative.
fn gamma_start(a: f64, u: f64, near_zero: f64) -> f64 {
    if a < 1.0 {
        return near_zero;
    }
    let ninth = 1.0 / (9.0 * a);
    let root = 1.0 - ninth + normal_quantile(u) * libm::sqrt(ninth);
    let cube = a * root * root * root;
    if root > 0.2 { cube } else { near_zero }
}

/// The regularized incomplete gamma functions `(P(a, x), Q(a, x))`, which add up to one.
fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if x < a + 1.0 {
        let lower = gamma_prefactor(a, x) * gamma_series(a, x);
        (lower, 1.0 - lower)
    } else {
        let upper = gamma_prefactor(a, x) * gamma_fraction(a, x);
        (1.0 - upper, upper)
    }
}

/// `xᵃ e⁻ˣ / Γ(a)`.
fn gamma_prefactor(a: f64, x: f64) -> f64 {
    libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

/// `P(a, x) / prefactor` as `Σ xⁿ / (a (a + 1) … (a + n))`, which converges fast below `a + 1`.
fn gamma_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut denominator = a;
    for _ in 0..MAX_TERMS {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// `Q(a, x) / prefactor` as Legendre's continued fraction, evaluated by Lentz's method, which
/// converges fast above `a + 1`; no denominator vanishes there.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut denominator = x + 1.0 - a;
    let mut ratio_above = f64::INFINITY;
    let mut ratio_below = 1.0 / denominator;
    let mut fraction = ratio_below;
    let mut index = 0.0;
    for _ in 0..MAX_TERMS {
        index += 1.0;
        let numerator = index * (a - index);
        denominator += 2.0;
        ratio_below = 1.0 / (numerator * ratio_below + denominator);
        ratio_above = denominator + numerator / ratio_above;
        let factor = ratio_above * ratio_below;
        fraction *= factor;
        if libm::fabs(factor - 1.0) < 1e-15 {
            break;
        }
    }
    fraction
}

/// A polynomial with the coefficients in rising order.
fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}

// The coefficients of AS 241, numerators and denominators of its three rational functions.

const CENTER_ABOVE: [f64; 8] = [
    3.387_132_872_796_366_6,
    133.141_667_891_784_38,
    1_971.590_950_306_551_4,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTER_BELOW: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const MIDDLE_ABOVE: [f64; 8] = [
    1.423_437_110_749_683_6,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    0.000_774_545_014_278_341_4,
];
const MIDDLE_BELOW: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_07,
    0.015_198_666_563_616_457,
    0.000_547_593_808_499_534_5,
    1.050_750_071_644_416_8e-9,
];
const FAR_ABOVE: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288e-7,
];
const FAR_BELOW: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    0.000_786_869_131_145_613_2,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests;
