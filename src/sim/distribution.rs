//! Distributions of durations, drawn by inversion: one uniform number gives one duration.
//!
//! Inversion costs a little more than the usual shortcuts and buys two things: a draw takes
//! exactly one number from its stream, and a longer quantile always comes from a larger number,
//! so that two variants of a scenario meet the same luck even where their parameters differ.
//!
//! Parameters are checked when a distribution is made; drawing cannot fail. A draw is never
//! negative, never longer than [`Distribution::LONGEST`], and a whole number of nanoseconds.

use std::sync::Arc;

use super::special::{gamma_quantile, normal_probability, normal_quantile};
use super::{Span, Stream};

mod error;

pub use error::DistributionError;
use error::{finite, in_order, not_negative, positive, positive_span};

/// A checked distribution of durations.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    law: Law,
}

/// Spans are kept where the result must be exact, nanoseconds as `f64` where it is rounded anyway.
#[derive(Clone, Debug, PartialEq)]
enum Law {
    Constant(Span),
    Uniform {
        min: Span,
        max: Span,
    },
    Exponential {
        mean: f64,
    },
    Normal {
        mean: f64,
        stddev: f64,
    },
    LogNormal {
        median: f64,
        sigma: f64,
    },
    Weibull {
        scale: f64,
        shape: f64,
    },
    Gamma {
        mean: f64,
        shape: f64,
    },
    Pareto {
        min: f64,
        shape: f64,
    },
    Triangular {
        min: Span,
        mode: Span,
        max: Span,
    },
    /// In rising order, at least one.
    Empirical {
        samples: Arc<[Span]>,
    },
}

impl Distribution {
    /// The longest duration that is drawn or accepted as a parameter: 100 years of 365 days.
    ///
    /// Far beyond any run, and far enough below [`Span::MAX`] to be added to a time.
    pub const LONGEST: Span = Span::from_days(36_500);

    /// Always `value`.
    pub fn constant(value: Span) -> Result<Distribution, DistributionError> {
        not_negative("constant", value)?;
        Ok(Law::Constant(value).into())
    }

    /// Any duration from `min` to `max`, all equally likely.
    pub fn uniform(min: Span, max: Span) -> Result<Distribution, DistributionError> {
        not_negative("min", min)?;
        not_negative("max", max)?;
        in_order(("min", min), ("max", max))?;
        Ok(Law::Uniform { min, max }.into())
    }

    /// The time between events that come independently of each other, `mean` on average.
    pub fn exponential(mean: Span) -> Result<Distribution, DistributionError> {
        Ok(Law::Exponential {
            mean: positive_span("mean", mean)?,
        }
        .into())
    }

    /// The bell curve; what it would put below zero is zero.
    pub fn normal(mean: Span, stddev: Span) -> Result<Distribution, DistributionError> {
        not_negative("mean", mean)?;
        not_negative("stddev", stddev)?;
        Ok(Law::Normal {
            mean: nanos(mean),
            stddev: nanos(stddev),
        }
        .into())
    }

    /// A duration whose logarithm is normal, with `sigma` the deviation of that logarithm.
    pub fn lognormal(median: Span, sigma: f64) -> Result<Distribution, DistributionError> {
        let median = positive_span("median", median)?;
        finite("sigma", sigma)?;
        if sigma < 0.0 {
            return Err(DistributionError::NegativeNumber {
                parameter: "sigma",
                value: sigma,
            });
        }
        Ok(Law::LogNormal { median, sigma }.into())
    }

    /// A duration whose logarithm is normal: half of the draws are below `median`, and 95 of 100
    /// below `p95`.
    pub fn lognormal_p95(median: Span, p95: Span) -> Result<Distribution, DistributionError> {
        let median_nanos = positive_span("median", median)?;
        not_negative("p95", p95)?;
        in_order(("median", median), ("p95", p95))?;
        let sigma = libm::log(nanos(p95) / median_nanos) / normal_quantile(0.95);
        Distribution::lognormal(median, sigma)
    }

    /// Weibull's distribution: with a `shape` below 1 the young fail most, above 1 the old.
    pub fn weibull(scale: Span, shape: f64) -> Result<Distribution, DistributionError> {
        let scale = positive_span("scale", scale)?;
        positive("shape", shape)?;
        Ok(Law::Weibull { scale, shape }.into())
    }

    /// The gamma distribution; with a whole `shape`, the sum of so many exponential durations.
    ///
    /// The shape is from 0.01 to 10,000: outside, the inversion loses its precision.
    pub fn gamma(mean: Span, shape: f64) -> Result<Distribution, DistributionError> {
        let mean = positive_span("mean", mean)?;
        positive("shape", shape)?;
        if !(0.01..=10_000.0).contains(&shape) {
            return Err(DistributionError::GammaShape { value: shape });
        }
        Ok(Law::Gamma { mean, shape }.into())
    }

    /// Pareto's distribution: nothing below `min`, and the heavier a tail the smaller `shape` is.
    pub fn pareto(min: Span, shape: f64) -> Result<Distribution, DistributionError> {
        let min = positive_span("min", min)?;
        positive("shape", shape)?;
        Ok(Law::Pareto { min, shape }.into())
    }

    /// From `min` to `max`, most often near `mode`.
    pub fn triangular(min: Span, mode: Span, max: Span) -> Result<Distribution, DistributionError> {
        not_negative("min", min)?;
        not_negative("mode", mode)?;
        not_negative("max", max)?;
        in_order(("min", min), ("mode", mode))?;
        in_order(("mode", mode), ("max", max))?;
        Ok(Law::Triangular { min, mode, max }.into())
    }

    /// One of the `samples`, each as likely as the other; nothing in between.
    ///
    /// Their order does not matter.
    pub fn empirical(mut samples: Vec<Span>) -> Result<Distribution, DistributionError> {
        if samples.is_empty() {
            return Err(DistributionError::NoSamples);
        }
        for &sample in &samples {
            not_negative("a sample", sample)?;
        }
        samples.sort_unstable();
        Ok(Law::Empirical {
            samples: samples.into(),
        }
        .into())
    }

    /// Draws one duration; takes exactly one number from the stream.
    pub fn sample(&self, stream: &mut Stream) -> Span {
        self.quantile(stream.unit())
    }

    /// The duration that a draw stays below with probability `u`.
    ///
    /// `u` is moved into the range of [`Stream::unit`] where it is outside, so that 0 and 1 give
    /// the ends of what can be drawn; a NaN gives the lower end.
    pub fn quantile(&self, u: f64) -> Span {
        const LOWEST: f64 = f64::EPSILON / 2.0;
        let u = if u > LOWEST {
            u.min(1.0 - LOWEST)
        } else {
            LOWEST
        };
        let span = match &self.law {
            Law::Constant(value) => *value,
            Law::Uniform { min, max } => *min + round(nanos(*max - *min) * u),
            Law::Exponential { mean } => round(-mean * libm::log1p(-u)),
            Law::Normal { mean, stddev } => round(mean + stddev * normal_quantile(u)),
            Law::LogNormal { median, sigma } => {
                round(median * libm::exp(sigma * normal_quantile(u)))
            }
            Law::Weibull { scale, shape } => {
                round(scale * libm::pow(-libm::log1p(-u), 1.0 / shape))
            }
            Law::Gamma { mean, shape } => round(mean / shape * gamma_quantile(*shape, u)),
            // `1 - u` is exact for the numbers of a stream.
            Law::Pareto { min, shape } => round(min * libm::pow(1.0 - u, -1.0 / shape)),
            Law::Triangular { min, mode, max } => triangular_quantile(*min, *mode, *max, u),
            Law::Empirical { samples } => samples[index(samples.len(), u)],
        };
        span.clamp(Span::ZERO, Distribution::LONGEST)
    }

    /// The average of the draws, at most [`Distribution::LONGEST`], which also stands for a mean
    /// that is infinite (a Pareto tail of shape 1 or less).
    ///
    /// That single draws end at the longest duration is not counted in.
    pub fn mean(&self) -> Span {
        let span = match &self.law {
            Law::Constant(value) => *value,
            Law::Uniform { min, max } => *min + (*max - *min) / 2,
            Law::Exponential { mean } | Law::Gamma { mean, .. } => round(*mean),
            Law::Normal { mean, stddev } => round(mean_above_zero(*mean, *stddev)),
            Law::LogNormal { median, sigma } => round(median * libm::exp(0.5 * sigma * sigma)),
            Law::Weibull { scale, shape } => round(scale * libm::tgamma(1.0 + 1.0 / shape)),
            Law::Pareto { min, shape } if *shape > 1.0 => round(min * (shape / (shape - 1.0))),
            Law::Pareto { .. } => Distribution::LONGEST,
            Law::Triangular { min, mode, max } => {
                *min + round((nanos(*mode - *min) + nanos(*max - *min)) / 3.0)
            }
            Law::Empirical { samples } => empirical_mean(samples),
        };
        span.clamp(Span::ZERO, Distribution::LONGEST)
    }
}

impl From<Law> for Distribution {
    fn from(law: Law) -> Distribution {
        Distribution { law }
    }
}

/// The one place where a drawn duration becomes an integer.
fn round(nanos: f64) -> Span {
    Span::from_nanos_f64(nanos)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a parameter of more than 104 days may be off by some nanoseconds"
)]
fn nanos(span: Span) -> f64 {
    span.as_nanos() as f64
}

fn triangular_quantile(min: Span, mode: Span, max: Span, u: f64) -> Span {
    let (width, rise, fall) = (nanos(max - min), nanos(mode - min), nanos(max - mode));
    if u * width < rise {
        min + round(libm::sqrt(u * width * rise))
    } else {
        max - round(libm::sqrt((1.0 - u) * width * fall))
    }
}

/// Which of `count` samples in rising order the number `u` falls on.
fn index(count: usize, u: f64) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "no memory holds 2^53 samples")]
    let position = u * count as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the position is between 0 and the count, and its fraction is to be dropped"
    )]
    let index = position as usize;
    index.min(count - 1)
}

/// The mean of a normal distribution whose negative part is moved to zero.
fn mean_above_zero(mean: f64, stddev: f64) -> f64 {
    // Without spread there is nothing to divide by, and beyond 40 deviations nothing to cut.
    if mean >= 40.0 * stddev {
        return mean;
    }
    let z = mean / stddev;
    let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * core::f64::consts::PI);
    mean * normal_probability(z) + stddev * density
}

fn empirical_mean(samples: &[Span]) -> Span {
    let sum: i128 = samples
        .iter()
        .map(|sample| i128::from(sample.as_nanos()))
        .sum();
    let count = i128::try_from(samples.len()).expect("a length fits 127 bits");
    Span::from_nanos(i64::try_from(sum / count).expect("an average is within its samples"))
}

#[cfg(test)]
mod tests;
