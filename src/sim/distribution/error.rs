//! What can be wrong with the parameters of a distribution.

use super::{Distribution, nanos};
use crate::sim::Span;

/// Why parameters make no distribution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// A duration is below zero.
    #[error("{parameter} must not be negative, and is {value}")]
    Negative {
        /// The parameter's name in a scenario.
        parameter: &'static str,
        /// What it was given.
        value: Span,
    },
    /// A duration is zero where that leaves nothing to draw from.
    #[error("{parameter} must be longer than 0s; for no time at all write a plain 0s")]
    Zero {
        /// The parameter's name in a scenario.
        parameter: &'static str,
    },
    /// A duration is longer than any that is drawn.
    #[error("{parameter} must be at most {limit} (100 years), and is {value}", limit = Distribution::LONGEST)]
    TooLong {
        /// The parameter's name in a scenario.
        parameter: &'static str,
        /// What it was given.
        value: Span,
    },
    /// Two durations are the wrong way around.
    #[error("{low} ({low_value}) must not be longer than {high} ({high_value})")]
    OutOfOrder {
        /// The name of the parameter that should be the shorter one.
        low: &'static str,
        /// Its value.
        low_value: Span,
        /// The name of the parameter that should be the longer one.
        high: &'static str,
        /// Its value.
        high_value: Span,
    },
    /// A number is NaN or infinite.
    #[error("{parameter} must be a finite number, and is {value}")]
    NotFinite {
        /// The parameter's name in a scenario.
        parameter: &'static str,
        /// What it was given.
        value: f64,
    },
    /// A number is below zero.
    #[error("{parameter} must not be negative, and is {value}")]
    NegativeNumber {
        /// The parameter's name in a scenario.
        parameter: &'static str,
        /// What it was given.
        value: f64,
    },
    /// A number is zero or below.
    #[error("{parameter} must be greater than 0, and is {value}")]
    NotPositive {
        /// The parameter's name in a scenario.
        parameter: &'static str,
        /// What it was given.
        value: f64,
    },
    /// The shape of a gamma distribution is too extreme to be inverted well.
    #[error("the shape of a gamma distribution must be from 0.01 to 10000, and is {value}")]
    GammaShape {
        /// What it was given.
        value: f64,
    },
    /// An empirical distribution has nothing to choose from.
    #[error("samples must hold at least one duration, and is empty")]
    NoSamples,
}

pub(super) fn not_negative(parameter: &'static str, value: Span) -> Result<(), DistributionError> {
    if value.is_negative() {
        return Err(DistributionError::Negative { parameter, value });
    }
    if value > Distribution::LONGEST {
        return Err(DistributionError::TooLong { parameter, value });
    }
    Ok(())
}

/// Checks a duration that scales a distribution, and returns it in nanoseconds.
pub(super) fn positive_span(
    parameter: &'static str,
    value: Span,
) -> Result<f64, DistributionError> {
    not_negative(parameter, value)?;
    if value.is_zero() {
        return Err(DistributionError::Zero { parameter });
    }
    Ok(nanos(value))
}

pub(super) fn finite(parameter: &'static str, value: f64) -> Result<(), DistributionError> {
    if value.is_finite() {
        Ok(())
    } else {
        Err(DistributionError::NotFinite { parameter, value })
    }
}

pub(super) fn positive(parameter: &'static str, value: f64) -> Result<(), DistributionError> {
    finite(parameter, value)?;
    if value <= 0.0 {
        return Err(DistributionError::NotPositive { parameter, value });
    }
    Ok(())
}

pub(super) fn in_order(
    (low, low_value): (&'static str, Span),
    (high, high_value): (&'static str, Span),
) -> Result<(), DistributionError> {
    if low_value > high_value {
        return Err(DistributionError::OutOfOrder {
            low,
            low_value,
            high,
            high_value,
        });
    }
    Ok(())
}
