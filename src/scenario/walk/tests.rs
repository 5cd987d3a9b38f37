use expect_test::{Expect, expect};

use super::*;
use crate::scenario::parse::parse;
use crate::scenario::problem::Sources;

/// Reads a text's only document with `read` and shows the problems.
fn check(text: &str, read: impl FnOnce(&Field<'_>, &mut Problems), expected: &Expect) {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    let [document] = documents.as_slice() else {
        panic!("expected one document");
    };
    read(&Field::new(document, ""), &mut problems);
    problems.sort();
    expected.assert_eq(&problems.display(&sources).to_string());
}

fn seconds(text: &str) -> Result<u32, String> {
    let digits = text.strip_suffix('s').ok_or("the unit is missing")?;
    digits.parse().map_err(|_| String::new())
}

const DURATION: &str = "a duration such as 90s or 1h30m";

#[test]
fn values_of_the_right_kind_are_read() {
    check(
        "name: a\nseed: 1e3\nwhere: 0.5\non_: yes\nfor: 90s\nhow: drain\nlist: [1, 2]\nnone: null\nmap: {x: z}\n",
        |field, problems| {
            let mut walk = field.walk(problems).unwrap();
            assert_eq!(walk.required_text("name"), Some("a"));
            assert_eq!(walk.int("seed", 0..=u64::MAX), Some(1000));
            assert_eq!(walk.probability("where"), Some(0.5));
            assert_eq!(walk.boolean("on_"), Some(true));
            assert_eq!(walk.parsed("for", DURATION, seconds), Some(90));
            assert_eq!(walk.choice("how", &[("crash", 1), ("drain", 2)]), Some(2));
            assert_eq!(walk.items("list").len(), 2);
            assert_eq!(walk.text("none"), None);
            assert!(!walk.has("none") && walk.has("name"));
            assert_eq!(walk.text("absent"), None);
            let mut inner = walk.walk("map").unwrap();
            assert_eq!(inner.text("x"), Some("z"));
            inner.finish();
            walk.finish();
        },
        &expect![""],
    );
}

#[test]
fn every_fault_is_reported() {
    check(
        "name: 1.10\nseed: -1\ncount: 99999999999\nshare: 1.5\nactive: maybe\nfor: [90s]\nuntil: 90\nhow: crsh\nlist: {}\nmap: 7\nworker: 4\n",
        |field, problems| {
            let mut walk = field.walk(problems).unwrap();
            walk.text("name");
            walk.int("seed", 0..=u64::MAX);
            walk.int("count", 0..=i32::MAX);
            walk.probability("share");
            walk.boolean("active");
            walk.parsed("for", DURATION, seconds);
            walk.parsed("until", DURATION, seconds);
            walk.choice("how", &[("crash", 1), ("drain", 2)]);
            walk.items("list");
            assert!(walk.walk("map").is_none());
            walk.required("workers");
            walk.finish();
        },
        &expect![[r#"
            x.yaml:1:1: error: the key `workers` is missing
            x.yaml:1:7: error: expected text, found the number `1.10`
              at name
              hint: to make it text, write "1.10"
            x.yaml:2:7: error: expected a whole number of at least 0, found the number `-1`
              at seed
            x.yaml:3:8: error: expected a whole number from 0 to 2147483647, found the number `99999999999`
              at count
            x.yaml:4:8: error: expected a number from 0 to 1, found the number `1.5`
              at share
            x.yaml:5:9: error: expected a boolean, `true` or `false`, found the text `maybe`
              at active
            x.yaml:6:6: error: expected a duration such as 90s or 1h30m, found a list
              at for
            x.yaml:7:8: error: expected a duration such as 90s or 1h30m, found the number `90`
              at until
              hint: the unit is missing
            x.yaml:8:6: error: expected one of `crash`, `drain`, found the text `crsh`
              at how
              hint: did you mean `crash`?
            x.yaml:9:7: error: expected a list, found a map
              at list
            x.yaml:10:6: error: expected a map, found the number `7`
              at map
            x.yaml:11:1: error: unknown key `worker`
              at worker
              hint: did you mean `workers`? known here: `name`, `seed`, `count`, `share`, `active`, `for`, `until`, `how`, `list`, `map`, `workers`
        "#]],
    );
}

#[test]
fn paths_lead_into_lists_and_odd_keys() {
    check(
        "pools:\n- count: 1\n- count: none\n  labels:\n    app.kubernetes.io/name: 5\n",
        |field, problems| {
            let mut walk = field.walk(problems).unwrap();
            for pool in walk.items("pools") {
                let Some(mut pool) = pool.walk(walk.problems()) else {
                    continue;
                };
                pool.int("count", 0..=5000_i32);
                for (_, label) in pool.entries("labels") {
                    label.text(pool.problems());
                }
                pool.finish();
            }
            walk.finish();
        },
        &expect![[r#"
            x.yaml:3:10: error: expected a whole number from 0 to 5000, found the text `none`
              at pools[1].count
            x.yaml:5:29: error: expected text, found the number `5`
              at pools[1].labels[app.kubernetes.io/name]
              hint: to make it text, write "5"
        "#]],
    );
}

#[test]
fn a_variant_has_exactly_one_known_key() {
    let names = &["constant", "exponential"];
    let read = |field: &Field<'_>, problems: &mut Problems| {
        for item in field.items(problems).unwrap() {
            if let Some((name, value)) = item.variant(names, problems) {
                assert_eq!((name, value.path.as_str()), ("constant", "[0].constant"));
            }
        }
    };
    check(
        "[{constant: 1}, {exponental: 1}, {}, {constant: 1, uniform: 2}, 5s]",
        read,
        &expect![[r"
            x.yaml:1:18: error: expected a map with one of `constant`, `exponential`, found `exponental`
              at [1].exponental
              hint: did you mean `exponential`?
            x.yaml:1:34: error: expected a map with one of `constant`, `exponential`, found no keys
              at [2]
            x.yaml:1:38: error: expected a map with one of `constant`, `exponential`, found 2 keys
              at [3]
            x.yaml:1:65: error: expected a map with one of `constant`, `exponential`, found the text `5s`
              at [4]
        "]],
    );
}
