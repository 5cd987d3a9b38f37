use super::Indexes;

type Ranges<'a> = &'a [(i32, i32)];

fn set(ranges: Ranges<'_>) -> Indexes {
    Indexes::below(i32::MAX, ranges)
}

#[test]
fn text_is_that_of_completed_indexes() {
    // JOB-75; upstream `TestCalculateSucceededIndexes`.
    let cases: [(Ranges<'_>, &str); 6] = [
        (&[], ""),
        (&[(0, 0)], "0"),
        (&[(3, 4)], "3,4"),
        (&[(3, 5)], "3-5"),
        (&[(1, 1), (3, 5), (7, 8)], "1,3-5,7,8"),
        (&[(2, 2), (4, 5), (7, 9)], "2,4,5,7-9"),
    ];
    for (ranges, text) in cases {
        assert_eq!(set(ranges).to_string(), text);
    }
}

#[test]
fn indexes_beyond_completions_are_dropped() {
    let ranges = [(0, 2), (4, 7), (9, 9)];
    let cases = [
        (10, "0-2,4-7,9"),
        (6, "0-2,4,5"),
        (4, "0-2"),
        (2, "0,1"),
        (0, ""),
    ];
    for (completions, text) in cases {
        assert_eq!(Indexes::below(completions, &ranges).to_string(), text);
    }
    assert_eq!(Indexes::below(10, &[(1, 5), (6, 9)]).to_string(), "1-9");
}

#[test]
fn new_indexes_are_merged() {
    // Upstream `TestCalculateSucceededIndexes`: "one index and counted", "range and counted" and the like.
    let cases: [(Ranges<'_>, &[i32], &str); 6] = [
        (&[], &[1], "1"),
        (&[], &[0, 1, 3], "0,1,3"),
        (&[(2, 4)], &[1, 5], "1-5"),
        (&[(2, 4), (9, 9)], &[3], "2-4,9"),
        (&[(0, 0), (2, 2)], &[1], "0-2"),
        (&[(1, 1), (4, 6)], &[2, 3, 8], "1-6,8"),
    ];
    for (before, new, after) in cases {
        assert_eq!(set(before).with(new.iter().copied()).to_string(), after);
    }
    let merged = set(&[(1, 3), (10, 12)]).merge(&set(&[(2, 7), (11, 11)]));
    assert_eq!(merged.to_string(), "1-7,10-12");
    assert_eq!(merged.total(), 10);
}

#[test]
fn an_index_is_found() {
    // Upstream `TestIntervalsHaveIndex`.
    let cases: [(&str, i32, Ranges<'_>, bool); 6] = [
        ("empty", 4, &[], false),
        ("before all", 1, &[(2, 4), (6, 7)], false),
        ("after all", 9, &[(2, 4), (6, 8)], false),
        ("in between", 5, &[(2, 4), (6, 8)], false),
        ("in first", 2, &[(2, 4), (6, 8)], true),
        ("in second", 8, &[(2, 4), (6, 8)], true),
    ];
    for (name, index, ranges, found) in cases {
        assert_eq!(set(ranges).contains(index), found, "{name}");
    }
}

#[test]
fn the_lowest_missing_indexes_come_first() {
    // JOB-38; upstream `TestFirstPendingIndexes`, the taken indexes joined.
    let cases: [(&str, usize, i32, Ranges<'_>, &[i32]); 7] = [
        ("cnt greater than completions", 5, 3, &[], &[0, 1, 2]),
        ("cnt less than completions", 2, 5, &[], &[0, 1]),
        ("first pods active", 3, 10, &[(0, 1)], &[2, 3, 4]),
        (
            "last pods active or succeeded",
            6,
            6,
            &[(4, 6)],
            &[0, 1, 2, 3],
        ),
        ("mixed", 5, 20, &[(2, 5), (8, 9)], &[0, 1, 6, 7, 10]),
        (
            "with failed indexes",
            5,
            20,
            &[(1, 3), (5, 7), (9, 9)],
            &[0, 4, 8, 10, 11],
        ),
        ("none wanted", 0, 20, &[(1, 3)], &[]),
    ];
    for (name, count, completions, taken, missing) in cases {
        assert_eq!(
            set(taken).first_missing(count, completions),
            missing,
            "{name}"
        );
    }
}
