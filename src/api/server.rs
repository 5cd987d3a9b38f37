//! The API server as a queue: it takes writes one after the other.

use crate::model::Latency;
use crate::sim::{Span, Time};
use crate::world::Call;

/// Says when a request that arrives is carried out.
#[derive(Debug)]
pub struct ApiServer {
    /// What one write takes.
    write: Span,
    /// When it has done all that has arrived.
    free_at: Time,
}

impl ApiServer {
    /// A server with nothing to do.
    pub fn new(latency: &Latency) -> Self {
        Self {
            write: latency.write,
            free_at: Time::MIN,
        }
    }

    /// When `call`, which arrives now, changes the world: as soon as everything that came before is done; at once where
    /// it is no request.
    pub fn accept(&mut self, now: Time, call: &Call) -> Time {
        if !is_request(call) {
            return now;
        }
        let begins = self.free_at.max(now);
        self.free_at = begins + self.write * writes(call);
        begins
    }
}

/// Whether the API server is asked: not where something is only noted, or happens to a machine.
fn is_request(call: &Call) -> bool {
    !matches!(
        call,
        Call::NoteCronDecisions { .. }
            | Call::NoteAction { .. }
            | Call::NoteFailure { .. }
            | Call::NoteOutage { .. }
            | Call::NoteScaling(_)
            | Call::NoteDrained(_)
            | Call::EndDrain(_)
            | Call::SetNodeSilent { .. }
    )
}

/// How many writes stand for a call, v1 Events that nothing waits for included.
fn writes(call: &Call) -> i64 {
    // The scheduler tells of each binding; a victim of preemption or eviction gets its condition first.
    let is_double = matches!(
        call,
        Call::Bind { .. }
            | Call::EvictPod { .. }
            | Call::DeletePod {
                disruption: Some(_),
                ..
            }
    );
    1 + i64::from(is_double)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_wait_for_those_before_them() {
        let write = Span::from_millis(2);
        let mut server = ApiServer::new(&Latency {
            write,
            ..Latency::IDEAL
        });
        let at = |millis| Time::ZERO + Span::from_millis(millis);
        let mut accept = |now: i64, call: &Call| server.accept(at(now), call);
        assert_eq!(accept(0, &Call::WriteEvent), at(0), "it is idle");
        assert_eq!(accept(0, &Call::WriteEvent), at(2), "one is before it");
        let bind = Call::Bind {
            pod: crate::world::PodId::default(),
            node: crate::world::NodeId(0),
        };
        assert_eq!(accept(1, &bind), at(4), "two are before it");
        assert_eq!(
            accept(1, &Call::WriteEvent),
            at(8),
            "a binding is two writes"
        );
        assert_eq!(accept(50, &Call::WriteEvent), at(50), "it is idle again");
    }

    #[test]
    fn nothing_waits_in_the_ideal_profile() {
        let mut server = ApiServer::new(&Latency::IDEAL);
        for _ in 0..100 {
            assert_eq!(server.accept(Time::ZERO, &Call::WriteEvent), Time::ZERO);
        }
    }
}
