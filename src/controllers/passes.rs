//! The moments at which a periodic loop of kube-controller-manager looks at the cluster.
//!
//! Nothing ticks here: a loop's controller asks when the next pass comes at which it would find something.

use crate::model::Profile;
use crate::sim::{Span, Stream, Time};

/// The passes of a loop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passes {
    /// Zero or less: the loop looks at every moment.
    period: Span,
    /// The moment of the first pass.
    phase: Span,
}

impl Passes {
    /// The loop that is called `name`: its phase is drawn from the seed, and the ideal profile waits for no pass.
    pub(super) fn new(seed: u64, profile: Profile, name: &str, period: Span) -> Self {
        match profile {
            Profile::Ideal => Self::at_every_moment(),
            Profile::Kubernetes => {
                Self::known(period, drawn_phase(seed, &["control-plane", name], period))
            }
        }
    }

    /// A loop that waits for nothing.
    pub(super) fn at_every_moment() -> Self {
        Self::known(Span::ZERO, Span::ZERO)
    }

    /// A loop with a known phase.
    pub(super) fn known(period: Span, phase: Span) -> Self {
        Self { period, phase }
    }

    /// The first pass that is not before `time`.
    pub(super) fn at_or_after(&self, time: Time) -> Time {
        if self.period <= Span::ZERO {
            return time;
        }
        let ahead = (self.phase - time.since_start()).as_nanos();
        time + Span::from_nanos(ahead.rem_euclid(self.period.as_nanos()))
    }

    /// The first pass after `time`; where the loop looks at every moment, `time` itself.
    pub(super) fn after(&self, time: Time) -> Time {
        if self.period <= Span::ZERO {
            return time;
        }
        self.at_or_after(time + Span::from_nanos(1))
    }

    /// The last pass that is not after `time`.
    pub(super) fn at_or_before(&self, time: Time) -> Time {
        if self.period <= Span::ZERO {
            return time;
        }
        let back = (time.since_start() - self.phase).as_nanos();
        time - Span::from_nanos(back.rem_euclid(self.period.as_nanos()))
    }

    /// Whether a pass comes at `time`.
    pub(super) fn comes_at(&self, time: Time) -> bool {
        self.at_or_after(time) == time
    }
}

/// A moment within `period`, drawn for the loop with this identity; zero where the period is none.
pub(super) fn drawn_phase(seed: u64, identity: &[&str], period: Span) -> Span {
    let Ok(nanos @ 1..) = u64::try_from(period.as_nanos()) else {
        return Span::ZERO;
    };
    let phase = Stream::new(seed, identity, "phase").below(nanos);
    Span::from_nanos(i64::try_from(phase).expect("a phase is less than its period"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn passes_come_at_the_phase_and_then_every_period() {
        let passes = Passes::known(Span::from_secs(5), Span::from_millis(1200));
        let cases = [
            (-3801, -3800),
            (-3800, -3800),
            (0, 1200),
            (1200, 1200),
            (1201, 6200),
            (51_200, 51_200),
        ];
        for (time, pass) in cases {
            assert_eq!(passes.at_or_after(ms(time)), ms(pass), "{time} ms");
        }
        assert_eq!(passes.after(ms(1200)), ms(6200));
        assert_eq!(passes.at_or_before(ms(1200)), ms(1200));
        assert_eq!(passes.at_or_before(ms(1199)), ms(-3800));
        assert!(passes.comes_at(ms(6200)) && !passes.comes_at(ms(6201)));
    }

    #[test]
    fn the_ideal_profile_waits_for_no_pass() {
        let passes = Passes::new(7, Profile::Ideal, "node-monitor", Span::from_secs(5));
        assert_eq!(passes.at_or_after(ms(17)), ms(17));
        assert_eq!(passes.after(ms(17)), ms(17));
    }

    #[test]
    fn phases_are_drawn_for_each_loop_and_seed() {
        let phase = |seed, name| drawn_phase(seed, &["control-plane", name], Span::from_secs(5));
        assert_eq!(phase(1, "a"), phase(1, "a"));
        assert_ne!(phase(1, "a"), phase(2, "a"));
        assert_ne!(phase(1, "a"), phase(1, "b"));
        assert!((0..50).all(|seed| phase(seed, "a") < Span::from_secs(5)));
        assert_eq!(drawn_phase(1, &["a"], Span::ZERO), Span::ZERO);
    }
}
