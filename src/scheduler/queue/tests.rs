use super::*;

fn flags() -> SchedulerFlags {
    SchedulerFlags::default()
}

/// SCH-8.
#[test]
fn backoff_doubles_to_its_end_sch_8() {
    let flags = flags();
    let seconds: Vec<i64> = (1..=7)
        .chain([40, 64, 65, 1000])
        .map(|attempts| {
            let span = backoff(attempts, flags.pod_initial_backoff, flags.pod_max_backoff);
            span.as_secs()
        })
        .collect();
    assert_eq!(seconds, [1, 2, 4, 8, 10, 10, 10, 10, 10, 10, 10]);
}

fn waiting(slot: &mut slotmap::SlotMap<PodId, ()>, number: u64) -> Waiting {
    Waiting {
        pod: slot.insert(()),
        number: PodNumber(number),
        template: TemplateId(0),
        target: None,
        priority: 0,
        since: Time::ZERO,
        failures: 0,
        errors: 0,
        rejectors: Plugins::NONE,
        version: 0,
        message: None,
        cause: None,
        trial: Trial::Alone,
    }
}

fn at(millis: i64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

fn rejected(mut waiting: Waiting) -> Waiting {
    waiting.rejectors = Plugins::RESOURCES_FIT;
    waiting
}

/// SCH-8, SCH-C2: the example of the rule: failed at 10.3 s, released at 12.0 s; the run begins at .5 of a second here.
#[test]
fn backoff_ends_with_a_whole_second_of_the_wall_clock() {
    let mut slots = slotmap::SlotMap::with_key();
    let mut queue = Queue::new(&flags(), 500_000_000, false);
    let pod = rejected(waiting(&mut slots, 0));
    queue.add_failed(pod, at(9800), true);
    assert_eq!(queue.next_backoff_flush(true), Some(at(11_500)));
    queue.flush_backoff(at(11_499));
    assert_eq!(
        queue.next_backoff_flush(true),
        Some(at(11_500)),
        "still backing off"
    );
    queue.flush_backoff(at(11_500));
    assert_eq!(queue.next_backoff_flush(true), None);
    assert!(queue.pop().is_some());
}

/// SCH-9: the back-off only counts while others are active.
#[test]
fn a_pod_that_backs_off_is_popped_when_no_other_is_active() {
    let mut slots = slotmap::SlotMap::with_key();
    let mut queue = Queue::new(&flags(), 0, false);
    let first = rejected(waiting(&mut slots, 0));
    queue.add_failed(first, at(100), true);
    queue.add(waiting(&mut slots, 1));
    let order: Vec<u64> = std::iter::from_fn(|| queue.pop())
        .map(|waiting| waiting.number.0)
        .collect();
    assert_eq!(order, [1, 0]);
    // An internal error is not popped early.
    queue.add_failed(waiting(&mut slots, 2), at(200), false);
    assert!(queue.pop().is_none() && !queue.is_empty());
}

/// SCH-5: priority, then the time since the last attempt.
#[test]
fn a_pod_that_failed_goes_behind_its_equals_sch_5() {
    let mut slots = slotmap::SlotMap::with_key();
    let mut queue = Queue::new(&flags(), 0, false);
    let mut failed = rejected(waiting(&mut slots, 0));
    failed.failures = 0;
    queue.add_failed(failed, at(1000), false);
    let group = Group {
        rejectors: Plugins::RESOURCES_FIT,
        template: TemplateId(0),
        target: None,
        priority: 0,
    };
    queue.move_helped(
        at(5000),
        None,
        |asked| {
            assert_eq!(asked, group);
            Some(true)
        },
        |_, _| false,
        |_| false,
    );
    let mut newer = waiting(&mut slots, 1);
    newer.since = at(4000);
    queue.add(newer);
    let mut early = waiting(&mut slots, 2);
    early.since = at(500);
    queue.add(early);
    let mut higher = waiting(&mut slots, 3);
    (higher.since, higher.priority) = (at(6000), 1);
    queue.add(higher);
    let order: Vec<u64> = std::iter::from_fn(|| queue.pop())
        .map(|waiting| waiting.number.0)
        .collect();
    assert_eq!(order, [3, 2, 0, 1]);
}

/// SCH-10 (c), SCH-C3.
#[test]
fn the_pool_is_checked_at_ticks_of_thirty_seconds() {
    let mut slots = slotmap::SlotMap::with_key();
    let mut queue = Queue::new(&flags(), 0, false);
    let pod = rejected(waiting(&mut slots, 0));
    queue.add_failed(pod, at(0), false);
    assert_eq!(
        queue.next_pool_flush(at(0), 0),
        None,
        "nothing may have helped"
    );
    assert_eq!(
        queue.next_pool_flush(at(0), 1),
        Some(at(330_000)),
        "300 s are not more than 300 s"
    );
    queue.flush_pool(at(300_000), 1);
    assert!(queue.pop().is_none());
    queue.flush_pool(at(330_000), 1);
    assert!(queue.pop().is_some());
}

/// SCH-11: a pod that something helps still has to wait for its back-off, if that is not over.
#[test]
fn a_helped_pod_serves_its_backoff() {
    for (helped_at, order) in [(1_500, [1, 0]), (9_000, [0, 1])] {
        let mut slots = slotmap::SlotMap::with_key();
        let mut queue = Queue::new(&flags(), 0, false);
        queue.add_failed(rejected(waiting(&mut slots, 0)), at(1000), false);
        let helps = |_: Group| Some(true);
        queue.move_helped(at(helped_at), None, helps, |_, _| false, |_| false);
        let mut newer = waiting(&mut slots, 1);
        newer.since = at(helped_at);
        queue.add(newer);
        let popped: Vec<u64> = std::iter::from_fn(|| queue.pop())
            .map(|waiting| waiting.number.0)
            .collect();
        assert_eq!(popped, order, "helped at {helped_at}");
    }
}
