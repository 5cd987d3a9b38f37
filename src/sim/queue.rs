//! The queue of what will happen: a stable priority queue by simulated time.
//!
//! Entries of one moment leave in the order in which they came, so a run does not depend on how
//! a heap breaks ties. Nothing is cancelled here: whoever receives an event decides whether it
//! still means something. The queue keeps no clock and does not refuse the past.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;

use super::Time;

/// The number of a recorded fact, in the order of recording; an event carries that of its cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

impl Seq {
    /// No fact: what only the scenario itself brought about.
    pub const NONE: Seq = Seq(0);

    /// The number that follows.
    #[must_use]
    pub const fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Debug for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An event with its moment and its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<E> {
    /// When the event happens.
    pub at: Time,
    /// The fact that made it happen.
    pub cause: Seq,
    /// What happens.
    pub event: E,
}

/// Events to come, ordered by time and, within one moment, by insertion.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Queued<E>>,
    next_ticket: u64,
}

impl<E> EventQueue<E> {
    /// An empty queue.
    pub fn new() -> EventQueue<E> {
        EventQueue {
            heap: BinaryHeap::new(),
            next_ticket: 0,
        }
    }

    /// Adds an event; it leaves after all that are due earlier and all that are due at the same
    /// moment and were added before it.
    pub fn push(&mut self, at: Time, cause: Seq, event: E) {
        let ticket = self.next_ticket;
        // At one insertion a nanosecond this counter lasts for five centuries.
        self.next_ticket += 1;
        self.heap.push(Queued {
            at,
            ticket,
            cause,
            event,
        });
    }

    /// Takes out the next event.
    pub fn pop(&mut self) -> Option<Entry<E>> {
        self.heap.pop().map(
            |Queued {
                 at,
                 ticket: _,
                 cause,
                 event,
             }| Entry { at, cause, event },
        )
    }

    /// When the next event is due.
    pub fn peek_at(&self) -> Option<Time> {
        self.heap.peek().map(|queued| queued.at)
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

impl<E> Default for EventQueue<E> {
    fn default() -> EventQueue<E> {
        EventQueue::new()
    }
}

/// An entry in the heap; compared by `(at, ticket)` alone, and the smallest is the greatest,
/// since the standard heap gives out the greatest first.
#[derive(Clone, Debug)]
struct Queued<E> {
    at: Time,
    ticket: u64,
    cause: Seq,
    event: E,
}

impl<E> Ord for Queued<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.ticket).cmp(&(self.at, self.ticket))
    }
}

impl<E> PartialOrd for Queued<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Queued<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Queued<E> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_of_one_moment_leave_in_the_order_of_insertion() {
        let mut queue = EventQueue::new();
        let noon = Time::from_nanos(12);
        queue.push(noon, Seq(3), "first");
        queue.push(Time::MAX, Seq(4), "never");
        queue.push(noon, Seq(1), "second");
        queue.push(Time::from_nanos(-1), Seq(9), "before");
        queue.push(noon, Seq(2), "third");
        assert_eq!(queue.len(), 5);
        assert_eq!(queue.peek_at(), Some(Time::from_nanos(-1)));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|e| (e.event, e.cause))
            .collect();
        assert_eq!(
            order,
            [
                ("before", Seq(9)),
                ("first", Seq(3)),
                ("second", Seq(1)),
                ("third", Seq(2)),
                ("never", Seq(4)),
            ],
        );
        assert!(queue.is_empty());
        assert_eq!(queue.peek_at(), None);
    }

    proptest! {
        /// `Some(at)` pushes, `None` pops; the model is a vector kept sorted by a stable sort.
        #[test]
        fn the_queue_does_what_a_sorted_vector_does(
            steps in prop::collection::vec(prop::option::weighted(0.6, -3_i64..12), 0..400)
        ) {
            let mut queue = EventQueue::new();
            let mut model: Vec<Entry<usize>> = Vec::new();
            for (step, at) in steps.into_iter().enumerate() {
                if let Some(nanos) = at {
                    let (at, cause) = (Time::from_nanos(nanos), Seq(step as u64 / 2));
                    queue.push(at, cause, step);
                    model.push(Entry { at, cause, event: step });
                    model.sort_by_key(|entry| entry.at);
                } else {
                    let expected = (!model.is_empty()).then(|| model.remove(0));
                    prop_assert_eq!(queue.pop(), expected);
                }
                prop_assert_eq!(queue.len(), model.len());
                prop_assert_eq!(queue.peek_at(), model.first().map(|entry| entry.at));
            }
        }
    }
}
