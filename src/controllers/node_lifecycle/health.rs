//! When a silent node is found out (NL-1 to NL-3).
//!
//! Follows `tryUpdateNodeHealth`. No heartbeat is played: the last one before the silence is computed.

use crate::controllers::passes::Passes;
use crate::sim::{Span, Time};

/// NL-C11: how often a kubelet renews its lease. Differs: its jitter of 0–4 % is left out.
pub(super) const LEASE_RENEWAL: Span = Span::from_secs(10);

/// A node that has fallen silent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence {
    /// Since when.
    pub(super) since: Time,
    /// Since when the node had been in contact; `None`: since before the run.
    pub(super) contact_since: Option<Time>,
}

impl Silence {
    /// The last renewal of the lease; `renewals`: when they come.
    ///
    /// A kubelet also renews at once when it starts and when contact is back.
    pub(super) fn last_renewal(self, renewals: Passes) -> Time {
        let last = renewals.at_or_before(self.since);
        self.contact_since.map_or(last, |contact| last.max(contact))
    }
}

/// The monitor's pass that finds the node unknown: the one `grace` after the pass that saw the renewal (NL-3).
///
/// `floor`: a moment at which the monitor took every node as just seen (NL-28).
pub(super) fn unknown_at(
    renewal_seen: Time,
    floor: Option<Time>,
    monitor: Passes,
    grace: Span,
) -> Time {
    let probed = monitor.at_or_after(renewal_seen);
    let probed = floor.map_or(probed, |floor| probed.max(floor));
    monitor.at_or_after(probed + grace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// NL-C11.
    #[test]
    fn the_last_renewal_is_at_most_ten_seconds_back_nl_80() {
        let renewals = Passes::known(LEASE_RENEWAL, Span::from_secs(7));
        let cases = [
            // (silent since, in contact since, last renewal), ms
            (15_000, None, 7_000),
            (17_000, None, 17_000),
            (16_999, None, 7_000),
            (3_000, None, -3_000),
            (15_000, Some(1_000), 7_000),
            (15_000, Some(12_000), 12_000),
            (15_000, Some(15_000), 15_000),
        ];
        for (since, contact, last) in cases {
            let silence = Silence {
                since: ms(since),
                contact_since: contact.map(ms),
            };
            assert_eq!(
                silence.last_renewal(renewals),
                ms(last),
                "{since} {contact:?}"
            );
        }
        let at_once = Passes::known(Span::ZERO, Span::ZERO);
        let silence = Silence {
            since: ms(15_000),
            contact_since: None,
        };
        assert_eq!(silence.last_renewal(at_once), ms(15_000), "ideal");
    }

    #[test]
    fn unknown_at_the_pass_that_is_the_grace_after_the_one_that_saw_the_renewal_nl_3() {
        let monitor = Passes::known(Span::from_secs(5), Span::from_millis(1_200));
        let grace = Span::from_secs(50);
        let cases = [
            // (renewal seen, floor, unknown), ms
            (1_200, None, 51_200),
            (1_201, None, 56_200),
            (6_199, None, 56_200),
            (-3_000, None, 51_200),
            (1_200, Some(31_200), 81_200),
            (36_000, Some(31_200), 86_200),
        ];
        for (seen, floor, unknown) in cases {
            let at = unknown_at(ms(seen), floor.map(ms), monitor, grace);
            assert_eq!(at, ms(unknown), "{seen} {floor:?}");
        }
        let odd = Passes::known(Span::from_secs(7), Span::ZERO);
        assert_eq!(unknown_at(ms(0), None, odd, grace), ms(56_000));
        let ideal = Passes::known(Span::ZERO, Span::ZERO);
        assert_eq!(unknown_at(ms(15_000), None, ideal, grace), ms(65_000));
    }

    #[test]
    fn a_silent_node_is_found_out_40_to_55_seconds_later_fact_26() {
        let grace = Span::from_secs(50);
        for renewal_phase in (0..10_000).step_by(170) {
            for monitor_phase in (0..5_000).step_by(90) {
                let renewals = Passes::known(LEASE_RENEWAL, Span::from_millis(renewal_phase));
                let monitor = Passes::known(Span::from_secs(5), Span::from_millis(monitor_phase));
                let silence = Silence {
                    since: ms(100_000),
                    contact_since: None,
                };
                let at = unknown_at(silence.last_renewal(renewals), None, monitor, grace);
                let after = at - silence.since;
                assert!(
                    after > Span::from_secs(40) && after < Span::from_secs(55),
                    "{after:?}"
                );
            }
        }
    }
}
