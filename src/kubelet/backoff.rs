//! CrashLoopBackOff: how long a container waits before it is started again (KUB-25, KUB-26).

use crate::sim::{Span, Time};

/// KUB-C6.
const INITIAL: Span = Span::from_secs(10);

/// What the back-off says of a container that ended at `exited_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Start it; the next wait is this long.
    Start(Span),
    /// Wait until this moment.
    Wait(Time),
}

/// Decides at `now`; `entry` is the container's last delay and start, `cap` the longest delay.
pub(super) fn decide(
    exited_at: Time,
    now: Time,
    entry: Option<(Span, Time)>,
    cap: Span,
) -> Verdict {
    let Some((delay, used_at)) = entry else {
        return Verdict::Start(INITIAL.min(cap));
    };
    // KUB-C8: the container ran so long that the sequence begins again.
    if exited_at - used_at > cap * 2 {
        return Verdict::Start(INITIAL.min(cap));
    }
    if now < exited_at + delay {
        return Verdict::Wait(exited_at + delay);
    }
    Verdict::Start((delay * 2).min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Span = Span::from_secs(300);

    /// The waits between exit and restart of a container that runs `run` each time.
    fn waits(run: Span, restarts: usize) -> Vec<i64> {
        let (mut now, mut entry, mut waits) = (Time::ZERO, None, Vec::new());
        for _ in 0..restarts {
            let exited_at = now + run;
            now = exited_at;
            if let Verdict::Wait(until) = decide(exited_at, now, entry, CAP) {
                now = until;
            }
            let Verdict::Start(delay) = decide(exited_at, now, entry, CAP) else {
                panic!("the wait is over")
            };
            entry = Some((delay, now));
            waits.push((now - exited_at).as_secs());
        }
        waits
    }

    /// KUB-C6, KUB-25.
    #[test]
    fn waits_double_up_to_the_cap_kub_26() {
        assert_eq!(
            waits(Span::from_secs(1), 9),
            [0, 10, 20, 40, 80, 160, 300, 300, 300]
        );
    }

    /// KUB-C8.
    #[test]
    fn a_long_run_begins_the_sequence_again_kub_26() {
        assert_eq!(waits(Span::from_secs(601), 4), [0, 0, 0, 0]);
        assert_eq!(waits(Span::from_secs(600), 4), [0, 10, 20, 40]);
    }
}
