use super::super::indexes::Indexes;
use super::matched_rule;
use crate::model::SuccessRule;

type Ranges = &'static [(i32, i32)];
type Rules = &'static [(Option<Ranges>, Option<i32>)];

/// Upstream `TestMatchSuccessPolicy`, completions 10: rules, succeeded indexes, the rule that is met.
const CASES: &[(&str, Rules, Ranges, Option<usize>)] = &[
    ("any rules are nothing", &[], &[(0, 0)], None),
    (
        "indexes matched",
        &[(Some(&[(0, 2)]), None)],
        &[(0, 2), (4, 7)],
        Some(0),
    ),
    (
        "indexes didn't match",
        &[(Some(&[(3, 3)]), None)],
        &[(0, 2)],
        None,
    ),
    ("count matched", &[(None, Some(2))], &[(0, 2)], Some(0)),
    ("count didn't match", &[(None, Some(4))], &[(0, 2)], None),
    (
        "multiple rules, met one",
        &[(Some(&[(9, 9)]), None), (Some(&[(4, 4), (6, 6)]), None)],
        &[(0, 2), (4, 7)],
        Some(1),
    ),
    (
        "multiple rules, met all",
        &[(Some(&[(0, 1)]), None), (Some(&[(5, 5)]), None)],
        &[(0, 2), (4, 7)],
        Some(0),
    ),
    (
        "indexes and count, met",
        &[(Some(&[(3, 6)]), Some(2))],
        &[(0, 2), (4, 7)],
        Some(0),
    ),
    (
        "indexes and count, not met",
        &[(Some(&[(3, 6)]), Some(2))],
        &[(0, 2), (6, 7)],
        None,
    ),
    ("nothing has succeeded", &[(None, Some(4))], &[], None),
    (
        "nothing has succeeded, count 0",
        &[(None, Some(0))],
        &[],
        None,
    ),
    (
        "rules is proper subset",
        &[(Some(&[(2, 4), (6, 8)]), None)],
        &[(1, 5), (6, 9)],
        Some(0),
    ),
    (
        "rules equals succeeded",
        &[(Some(&[(2, 4), (6, 9)]), None)],
        &[(2, 4), (6, 9)],
        Some(0),
    ),
    (
        "rules is subset",
        &[(Some(&[(2, 4), (8, 12)]), None)],
        &[(2, 5), (7, 15)],
        Some(0),
    ),
    (
        "rules is an empty set",
        &[(Some(&[]), None)],
        &[(1, 3)],
        None,
    ),
    (
        "rules beyond completions",
        &[(Some(&[(10, 12), (14, 16)]), None)],
        &[(1, 3), (5, 7)],
        None,
    ),
    (
        "overlaps at first",
        &[(Some(&[(1, 3), (5, 7)]), None)],
        &[(2, 4), (6, 8)],
        None,
    ),
    (
        "overlaps at first, count",
        &[(Some(&[(1, 3), (5, 7)]), Some(4))],
        &[(2, 4), (6, 8)],
        Some(0),
    ),
    (
        "overlaps at last",
        &[(Some(&[(2, 4), (6, 9)]), None)],
        &[(1, 3), (5, 7)],
        None,
    ),
    (
        "overlaps at last, count",
        &[(Some(&[(2, 4), (6, 9)]), Some(4))],
        &[(1, 3), (5, 7)],
        Some(0),
    ),
    (
        "completely overlaps",
        &[(Some(&[(0, 4), (6, 9)]), None)],
        &[(1, 3), (7, 8)],
        None,
    ),
    (
        "completely overlaps, count",
        &[(Some(&[(0, 4), (6, 9)]), Some(5))],
        &[(1, 3), (7, 8)],
        Some(0),
    ),
    (
        "overlaps multiple",
        &[(Some(&[(0, 6), (8, 9)]), None)],
        &[(1, 3), (5, 9)],
        None,
    ),
    (
        "overlaps multiple, count",
        &[(Some(&[(0, 6), (8, 9)]), Some(7))],
        &[(1, 3), (5, 9)],
        Some(0),
    ),
    (
        "first rules overlaps at first",
        &[(Some(&[(0, 3), (6, 9)]), None)],
        &[(1, 10)],
        None,
    ),
    (
        "first rules overlaps, count",
        &[(Some(&[(0, 3), (6, 9)]), Some(7))],
        &[(1, 10)],
        Some(0),
    ),
    (
        "first rules overlaps, count too high",
        &[(Some(&[(0, 3), (6, 9)]), Some(8))],
        &[(1, 10)],
        None,
    ),
];

#[test]
fn the_first_rule_that_is_met_decides() {
    // JOB-62.
    for &(name, rules, succeeded, met) in CASES {
        let rules: Vec<SuccessRule> = rules
            .iter()
            .map(|&(indexes, count)| SuccessRule {
                indexes: indexes.map(<[(i32, i32)]>::to_vec),
                count,
            })
            .collect();
        let succeeded = Indexes::below(i32::MAX, succeeded);
        assert_eq!(matched_rule(&rules, 10, &succeeded), met, "{name}");
    }
}
