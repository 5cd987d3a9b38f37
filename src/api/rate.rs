//! A client's token bucket (CP-6).

use crate::model::ClientRate;
use crate::sim::{Span, Time};

/// Lets requests pass in order: a burst at once, then at a steady rate.
#[derive(Debug, Clone)]
pub struct TokenBucket {
    /// Time that a token takes to grow; `None`: no limit.
    interval: Option<Span>,
    /// How far the bucket can fill up.
    capacity: Span,
    /// The moment at which the bucket would be empty but for what has grown since: a full bucket lies `capacity` back.
    empty_at: Option<Time>,
}

impl TokenBucket {
    /// A full bucket.
    pub fn new(rate: ClientRate) -> Self {
        let interval = rate
            .qps_milli
            .filter(|&qps| qps > 0)
            .map(|qps| Span::from_nanos(1_000_000_000_000 / i64::from(qps)));
        let burst = i64::from(rate.burst.max(1));
        Self {
            interval,
            capacity: interval.unwrap_or(Span::ZERO) * burst,
            empty_at: None,
        }
    }

    /// Takes the next token: the moment, `now` or later, at which its request may go.
    pub fn reserve(&mut self, now: Time) -> Time {
        let Some(interval) = self.interval else {
            return now;
        };
        let full = now - self.capacity;
        let empty_at = self.empty_at.map_or(full, |at| at.max(full)) + interval;
        self.empty_at = Some(empty_at);
        empty_at.max(now)
    }

    /// Takes a token only if there is one now.
    pub fn try_take(&mut self, now: Time) -> bool {
        let Some(interval) = self.interval else {
            return true;
        };
        let full = now - self.capacity;
        let empty_at = self.empty_at.map_or(full, |at| at.max(full)) + interval;
        let passes = empty_at <= now;
        if passes {
            self.empty_at = Some(empty_at);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_then_steady_cp_6() {
        let mut bucket = TokenBucket::new(ClientRate::new(20, 30));
        let start = Time::ZERO + Span::from_secs(100);
        let passes: Vec<i64> = (0..33)
            .map(|_| (bucket.reserve(start) - start).as_nanos() / 1_000_000)
            .collect();
        assert_eq!(passes[..30], [0; 30]);
        assert_eq!(passes[30..], [50, 100, 150]);
        let later = start + Span::from_millis(400);
        assert_eq!(
            bucket.reserve(later),
            later,
            "five tokens have grown, three of them were owed"
        );
    }

    #[test]
    fn an_unlimited_client_never_waits() {
        let mut bucket = TokenBucket::new(ClientRate::UNLIMITED);
        assert!((0..1000).all(|_| bucket.reserve(Time::ZERO) == Time::ZERO));
    }
}
