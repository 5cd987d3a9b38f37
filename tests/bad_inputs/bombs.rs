//! Inputs that are made to exhaust the reader: bombs, floods and deep nestings.

use crate::support::{Case, INPUT, check};
use expect_test::expect_file;
use std::fmt::Write as _;

const DEEP: usize = 10_000;

/// So deep that an expression of one or two characters a level is still short enough to be read.
const DEEP_AND_SHORT: usize = 7_000;

/// More than a file may hold.
const LARGE: usize = 100 << 20;

fn nested(open: &str, inner: &str, close: &str) -> String {
    nested_by(DEEP, open, inner, close)
}

fn nested_by(depth: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Nine aliases of nine aliases of …
fn alias_bomb() -> String {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..10 {
        let inner = format!("*a{}", level - 1);
        let items = [inner.as_str(); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
    }
    text
}

/// A duration, and a flood of keys behind it.
fn unknown_keys() -> String {
    let mut text = String::from("1h\n");
    for number in 0..DEEP {
        writeln!(text, "  x{number}: 1").unwrap();
    }
    text
}

fn block_map() -> String {
    let mut text = String::new();
    for level in 0..1_000 {
        writeln!(text, "{}a:", " ".repeat(level)).unwrap();
    }
    text
}

#[test]
fn text_that_is_too_deep_or_too_much() {
    let in_a_scenario = |key: &str, value: &str| {
        format!(
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: deep}}\nspec:\n  \
             cluster: {{pools: [{{name: workers, count: 1}}]}}\n  {key}: {value}\n"
        )
    };
    let cases = vec![
        Case::input("lists in flow style", nested("[", "", "]")),
        Case::input("maps in flow style", nested("{a: ", "1", "}")),
        Case::input("JSON", nested("{\"a\":[", "1", "]}")),
        Case::input("lists that are never closed", "[".repeat(DEEP)),
        Case::input("lists in block style", format!("{}x\n", "- ".repeat(DEEP))),
        Case::input("maps in block style", block_map()),
        Case::input("keys of keys", format!("{}x\n", "? ".repeat(DEEP))),
        Case::input(
            "a list within a scenario",
            in_a_scenario("actions", &nested("[", "", "]")),
        ),
        Case::input(
            "a map within a manifest",
            format!("kind: Job\nspec: {}\n", nested("{a: ", "1", "}")),
        ),
        Case::input("an alias bomb", alias_bomb()),
        Case::input(
            "an alias bomb of merges",
            alias_bomb().replace("lol", "{b: 1}").replace("a9:", "<<:"),
        ),
        Case::input("100 MB", vec![b' '; LARGE]),
        Case::new("100 MB on stdin")
            .stdin(vec![b'a'; LARGE])
            .command(&["validate", "-"])
            .command(&["run", "-"]),
        Case::input(
            "a name of 1 MB",
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\n",
                "a".repeat(1_000_000)
            ),
        ),
        Case::input("10,000 broken documents", "a: [\n---\n".repeat(DEEP)).flood(),
        Case::input(
            "10,000 unknown keys",
            in_a_scenario("duration", &unknown_keys()),
        )
        .flood(),
        Case::new("a value of --set that is nested")
            .file(INPUT, in_a_scenario("duration", "1h"))
            .command(&[
                "run",
                INPUT,
                "--set",
                &format!("spec.actions={}", nested("[", "", "]")),
            ]),
    ];
    check(&cases, &expect_file!["snapshots/bombs.txt"]);
}

#[test]
fn expressions_that_are_too_deep_or_too_much() {
    let cases = [
        ("parentheses", nested_by(DEEP_AND_SHORT, "(", "true", ")")),
        ("more parentheses", nested("(", "true", ")")),
        ("parentheses that are never closed", "(".repeat(DEEP)),
        ("brackets", nested_by(DEEP_AND_SHORT, "[", "true", "]")),
        (
            "maps",
            nested_by(DEEP_AND_SHORT / 4, "{true: ", "true", "}"),
        ),
        ("calls", nested_by(DEEP_AND_SHORT / 3, "size(", "'a'", ")")),
        ("not", format!("{}true", "!".repeat(DEEP))),
        ("minus", format!("{}1 == 1", "-".repeat(DEEP))),
        ("sums", format!("{}1 == 1", "1+".repeat(DEEP_AND_SHORT))),
        ("and", format!("{}true", "true&&".repeat(DEEP))),
        (
            "conditionals",
            format!("{}true", "true?true:".repeat(DEEP_AND_SHORT / 5)),
        ),
        (
            "selections",
            format!("cluster{} == 1", ".a".repeat(DEEP_AND_SHORT)),
        ),
        (
            "indexes",
            format!("cluster{} == 1", "[0]".repeat(DEEP_AND_SHORT / 3)),
        ),
        (
            "a string of 1 MB",
            format!("cluster.x == '{}'", "a".repeat(1_000_000)),
        ),
        ("a string that never ends", "cluster.x == 'a".to_owned()),
    ];
    let cases = cases.map(|(name, text)| {
        let text = text.replace('\'', "''");
        let text = format!(
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: deep}}\nspec:\n  \
             cluster: {{pools: [{{name: workers, count: 1}}]}}\n  expect:\n  - '{text}'\n"
        );
        Case::input(name, text)
    });
    check(&cases, &expect_file!["snapshots/deep_expressions.txt"]);
}
