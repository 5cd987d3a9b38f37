//! A controller's work queue: client-go's rate-limited, delaying queue.
//!
//! A key is in the queue at most once and is never worked on twice at a time (CP-19). Delayed entries are one
//! for each key, and the earliest wins (CP-Q3). Keys leave in the order in which they became ready (CP-Q5).

use super::ErrorBackoff;
use crate::sim::{Seq, Span, Time};
use priority_queue::PriorityQueue;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::Hash;

/// A key that waits, and the event that made it wait.
type Cause = Option<Seq>;

/// The queue of one controller.
#[derive(Debug)]
pub(super) struct WorkQueue<K: Ord + Hash> {
    /// Keys on their way through the watch: a constant delay, so first in is first out.
    arriving: VecDeque<(Time, K, Span, Cause)>,
    delayed: PriorityQueue<K, Reverse<(Time, u64)>>,
    delayed_causes: BTreeMap<K, Cause>,
    delays: u64,
    ready: VecDeque<K>,
    /// Keys to be worked on, with the first cause of each: those in `ready`, and those that wait for their worker.
    dirty: BTreeMap<K, Cause>,
    processing: BTreeSet<K>,
    failures: BTreeMap<K, u32>,
    backoff: ErrorBackoff,
}

impl<K: Copy + Ord + Hash> WorkQueue<K> {
    pub(super) fn new(backoff: ErrorBackoff) -> Self {
        Self {
            arriving: VecDeque::new(),
            delayed: PriorityQueue::new(),
            delayed_causes: BTreeMap::new(),
            delays: 0,
            ready: VecDeque::new(),
            dirty: BTreeMap::new(),
            processing: BTreeSet::new(),
            failures: BTreeMap::new(),
            backoff,
        }
    }

    /// A watch event of `key` comes at `at`, and asks for a look `delay` after that.
    pub(super) fn arrive(&mut self, at: Time, key: K, delay: Span, cause: Cause) {
        debug_assert!(
            self.arriving.back().is_none_or(|last| last.0 <= at),
            "watches are in order"
        );
        self.arriving.push_back((at, key, delay, cause));
    }

    /// Look at `key` at a moment; an earlier entry stays.
    pub(super) fn add_at(&mut self, at: Time, key: K, cause: Cause) {
        self.delays += 1;
        let priority = Reverse((at, self.delays));
        let earlier = self
            .delayed
            .get_priority(&key)
            .is_some_and(|old| old.0.0 <= at);
        if !earlier {
            self.delayed.push(key, priority);
            self.delayed_causes.insert(key, cause);
        }
    }

    /// Look at `key` again with the back-off of errors.
    pub(super) fn add_rate_limited(&mut self, now: Time, key: K, cause: Cause) {
        let failures = self.failures.entry(key).or_insert(0);
        let delay = (0..*failures).fold(self.backoff.base, |delay, _| {
            (delay * 2).min(self.backoff.cap)
        });
        *failures += 1;
        self.add_at(now + delay, key, cause);
    }

    /// The key's errors are over (CP-Q4).
    pub(super) fn forget(&mut self, key: K) {
        self.failures.remove(&key);
    }

    /// The next moment at which a key becomes ready by itself.
    pub(super) fn next_due(&self) -> Option<Time> {
        let arriving = self.arriving.front().map(|entry| entry.0);
        let delayed = self.delayed.peek().map(|(_, priority)| priority.0.0);
        [arriving, delayed].into_iter().flatten().min()
    }

    /// Moves keys that are due by `now` to the ready ones.
    pub(super) fn advance(&mut self, now: Time) {
        while self.arriving.front().is_some_and(|entry| entry.0 <= now) {
            let Some((at, key, delay, cause)) = self.arriving.pop_front() else {
                break;
            };
            if delay > Span::ZERO {
                self.add_at(at + delay, key, cause);
            } else {
                self.add(key, cause);
            }
        }
        while self
            .delayed
            .peek()
            .is_some_and(|(_, priority)| priority.0.0 <= now)
        {
            let Some((key, _)) = self.delayed.pop() else {
                break;
            };
            let cause = self.delayed_causes.remove(&key).flatten();
            self.add(key, cause);
        }
    }

    fn add(&mut self, key: K, cause: Cause) {
        if self.dirty.contains_key(&key) {
            return;
        }
        self.dirty.insert(key, cause);
        if !self.processing.contains(&key) {
            self.ready.push_back(key);
        }
    }

    /// The next ready key; nobody else gets it until [`WorkQueue::done`].
    pub(super) fn take(&mut self) -> Option<(K, Cause)> {
        let key = self.ready.pop_front()?;
        let cause = self.dirty.remove(&key).flatten();
        self.processing.insert(key);
        Some((key, cause))
    }

    /// The work on `key` is over; if it was added meanwhile, it is ready again.
    pub(super) fn done(&mut self, key: K) {
        self.processing.remove(&key);
        if self.dirty.contains_key(&key) {
            self.ready.push_back(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::ZERO;

    fn queue() -> WorkQueue<u32> {
        WorkQueue::new(ErrorBackoff::DEFAULT)
    }

    fn ms(millis: i64) -> Time {
        NOW + Span::from_millis(millis)
    }

    /// CRON-5.
    #[test]
    fn the_earliest_delay_wins_cp_q3() {
        let mut queue = queue();
        queue.add_at(ms(500), 1, Some(Seq(1)));
        queue.add_at(ms(900), 1, Some(Seq(2)));
        queue.add_at(ms(200), 1, Some(Seq(3)));
        assert_eq!(queue.next_due(), Some(ms(200)));
        queue.advance(ms(200));
        assert_eq!(queue.take(), Some((1, Some(Seq(3)))));
        queue.advance(ms(2000));
        assert_eq!(queue.take(), None, "later entries were dropped");
    }

    #[test]
    fn a_key_added_while_it_is_worked_on_comes_again_cp_19() {
        let mut queue = queue();
        queue.arrive(ms(1), 7, Span::ZERO, None);
        queue.advance(ms(1));
        assert_eq!(queue.take(), Some((7, None)));
        queue.arrive(ms(2), 7, Span::ZERO, Some(Seq(9)));
        queue.advance(ms(2));
        assert_eq!(queue.take(), None);
        queue.done(7);
        assert_eq!(queue.take(), Some((7, Some(Seq(9)))));
    }

    #[test]
    fn an_immediate_add_leaves_the_delayed_entry_job_3() {
        let mut queue = queue();
        queue.arrive(ms(0), 7, Span::from_secs(1), None);
        queue.arrive(ms(10), 7, Span::ZERO, None);
        queue.advance(ms(10));
        assert!(queue.take().is_some());
        queue.done(7);
        assert_eq!(queue.next_due(), Some(ms(1000)));
    }

    /// CP-Q5.
    #[test]
    fn keys_leave_in_the_order_in_which_they_became_ready() {
        let mut queue = queue();
        queue.add_at(ms(30), 1, None);
        queue.arrive(ms(10), 2, Span::ZERO, None);
        queue.arrive(ms(20), 3, Span::ZERO, None);
        queue.add_at(ms(25), 4, None);
        for at in [ms(10), ms(20), ms(25), ms(30)] {
            queue.advance(at);
        }
        let order: Vec<u32> = std::iter::from_fn(|| queue.take())
            .map(|(key, _)| key)
            .collect();
        assert_eq!(order, [2, 3, 4, 1]);
    }

    /// The delays of errors in a row, in milliseconds.
    fn delays(backoff: ErrorBackoff, errors: usize) -> Vec<i64> {
        let mut queue = WorkQueue::new(backoff);
        let mut delays = Vec::new();
        for _ in 0..errors {
            queue.add_rate_limited(NOW, 1_u32, None);
            let due = queue.next_due().unwrap();
            delays.push((due - NOW).as_nanos() / 1_000_000);
            queue.advance(due);
            queue.take();
            queue.done(1);
        }
        delays
    }

    /// CP-Q2, JOB-C2; the others, CronJobs among them (CRON-C4), have the default (CP-Q1).
    #[test]
    fn the_job_controller_waits_longer_after_errors() {
        use crate::controllers::{Reconcile, cronjob, daemonset, job};
        let job = job::JobReconciler::BACKOFF;
        let seconds = [1, 2, 4, 8, 16, 32, 60, 60];
        assert_eq!(delays(job, 8), seconds.map(|second| second * 1000));
        for default in [
            cronjob::CronJobReconciler::BACKOFF,
            daemonset::DaemonSetReconciler::BACKOFF,
        ] {
            let delays = delays(default, 20);
            assert_eq!(delays[..9], [5, 10, 20, 40, 80, 160, 320, 640, 1280]);
            assert_eq!(delays[18..], [1_000_000, 1_000_000]);
        }
    }

    /// CP-Q4.
    #[test]
    fn a_success_ends_the_back_off() {
        let mut queue = queue();
        let mut delays = Vec::new();
        for is_success in [false, false, true, false] {
            if is_success {
                queue.forget(1);
                continue;
            }
            queue.add_rate_limited(NOW, 1, None);
            let due = queue.next_due().unwrap();
            delays.push((due - NOW).as_nanos() / 1_000_000);
            queue.advance(due);
            queue.take();
            queue.done(1);
        }
        assert_eq!(delays, [5, 10, 5]);
    }

    #[test]
    fn errors_back_off_cp_q1() {
        let mut queue = queue();
        let mut delays = Vec::new();
        for _ in 0..4 {
            queue.add_rate_limited(NOW, 1, None);
            let due = queue.next_due().unwrap();
            delays.push((due - NOW).as_nanos() / 1_000_000);
            queue.advance(due);
            queue.take();
            queue.done(1);
        }
        assert_eq!(delays, [5, 10, 20, 40]);
    }
}
