#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes every snapshot with them"
)]

use super::*;
use crate::scenario::problem::SourceId;
use expect_test::{Expect, expect};

/// The place of `part` in the only text of `sources`.
fn place(sources: &Sources, source: SourceId, part: &str) -> Position {
    let text = sources.text(source);
    let offset = text.find(part).unwrap();
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let narrow = |count: usize| u32::try_from(count).unwrap();
    Position {
        source,
        line: narrow(before.matches('\n').count() + 1),
        column: narrow(before[line_start..].chars().count() + 1),
        offset: narrow(offset),
        length: narrow(part.len()),
    }
}

/// A snapshot loses the indentation that all its lines share; this line has none.
fn framed(text: &str) -> String {
    format!("shown:\n{text}")
}

fn check(text: &str, part: &str, expected: &Expect) {
    let mut sources = Sources::new();
    let source = sources.add("nightly.yaml", text);
    let problem = Problem::error(
        place(&sources, source, part),
        "spec.seed",
        "expected a number",
    )
    .with_hint("write it without quotes");
    expected.assert_eq(&framed(&render(&problem, &sources, Style::Graphical)));
}

#[test]
fn the_fault_stands_under_its_line_and_below_the_one_before() {
    check(
        "kind: Scenario\nspec:\n  seed: ünü\n  duration: 1h\n",
        "ünü",
        &expect![[r#"
            shown:
              × expected a number
               ╭─[nightly.yaml:3:9]
             2 │ spec:
             3 │   seed: ünü
               ·         ─┬─
               ·          ╰── spec.seed
               ╰────
              help: write it without quotes
        "#]],
    );
}

#[test]
fn the_first_line_and_an_empty_place_can_be_at_fault() {
    check(
        "",
        "",
        &expect![[r#"
            shown:
              × expected a number
               ╭─[nightly.yaml:1:1]
               ╰────
              help: write it without quotes
        "#]],
    );
    check(
        "seed: x",
        "x",
        &expect![[r#"
            shown:
              × expected a number
               ╭─[nightly.yaml:1:7]
             1 │ seed: x
               ·       ┬
               ·       ╰── spec.seed
               ╰────
              help: write it without quotes
        "#]],
    );
    check(
        "seed:\n",
        "\n",
        &expect![[r#"
            shown:
              × expected a number
               ╭─[nightly.yaml:1:6]
             1 │ seed:
               ╰────
              help: write it without quotes
        "#]],
    );
}

#[test]
fn a_long_line_is_cut_and_control_characters_are_not_shown() {
    let text = format!(
        "{}\n{}\u{1b}[31mX{}\n",
        "a".repeat(500),
        "é".repeat(500),
        "b".repeat(500)
    );
    check(
        &text,
        "X",
        &expect![[r#"
            shown:
              × expected a number
               ╭─[nightly.yaml:2:506]
             1 │ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
             2 │ éééééééééééééééééééééééééééééééééééééééééééééééé�[31mXbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
               ·                                                      ┬
               ·                                                      ╰── spec.seed
               ╰────
              help: write it without quotes
        "#]],
    );
}

#[test]
fn a_problem_without_a_place_has_no_excerpt() {
    let problem = Problem::warning(None, "", "it has no effect");
    let text = render(&problem, &Sources::new(), Style::Graphical);
    expect![[r#"
        shown:
          ⚠ it has no effect
    "#]]
    .assert_eq(&framed(&text));
    let colored = render(&problem, &Sources::new(), Style::Colored);
    assert!(colored.contains("\u{1b}["));
    let plain = render(&problem, &Sources::new(), Style::Plain);
    assert_eq!(plain, "warning: it has no effect\n");
}
