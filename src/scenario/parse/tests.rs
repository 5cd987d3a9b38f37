use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;

/// What a text is read as, JSON for each document, then its problems.
fn read(text: &str) -> String {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    problems.sort();
    let mut shown = String::new();
    for document in documents {
        shown += &document.to_json().to_string();
        shown += "\n";
    }
    shown + &problems.display(&sources).to_string()
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&read(text));
}

/// Each scalar's and key's line, column and the text it covers.
fn places(text: &str) -> String {
    fn walk(node: &Node, sources: &Sources, shown: &mut String) {
        let mut show = |kind: &str, at: Position| {
            let text = sources.slice(at);
            writeln!(shown, "{kind}{}:{} {text:?}", at.line, at.column).unwrap();
        };
        show("", node.at);
        for (key, _) in node.as_map().unwrap_or_default() {
            show("key ", key.at);
        }
        for item in node.as_seq().unwrap_or_default() {
            walk(item, sources, shown);
        }
        for (_, value) in node.as_map().unwrap_or_default() {
            walk(value, sources, shown);
        }
    }
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let mut shown = String::new();
    for document in parse(&sources, source, &mut problems) {
        walk(&document, &sources, &mut shown);
    }
    assert!(problems.is_empty(), "{}", problems.display(&sources));
    shown
}

#[test]
fn positions_count_characters_and_cover_the_value() {
    expect![[r#"
        1:1 "g"
        key 1:1 "größe"
        key 2:1 "list"
        key 7:1 "empty"
        1:8 "[ä, \"😀\", b]"
        1:9 "ä"
        1:12 "\"😀\""
        1:17 "b"
        3:1 "-"
        3:3 "{a: 1}"
        key 3:4 "a"
        3:7 "1"
        5:3 "two"
        7:1 "empty"
    "#]]
    .assert_eq(&places(
        "größe: [ä, \"\u{1f600}\", b]\r\nlist:\r\n- {a: 1}\r\n- |\r\n  two\r\n  lines\r\nempty:\r\n",
    ));
}

#[test]
fn a_list_is_placed_at_its_first_dash() {
    expect![[r#"
        1:1 "a"
        key 1:1 "a"
        key 5:1 "c"
        2:1 "-"
        2:3 "-"
        2:5 "x"
        3:3 "b"
        key 3:3 "b"
        4:3 "-"
        4:5 "y"
        6:3 "-"
        7:4 "z"
    "#]]
    .assert_eq(&places("a:\n- - x\n- b:\n  - y\nc:\n  -\n   z\n"));
}

#[test]
fn a_byte_order_mark_does_not_shift_columns() {
    expect![[r#"
        1:1 "a"
        key 1:1 "a"
        1:4 "b"
    "#]]
    .assert_eq(&places("\u{feff}a: b\n"));
}

#[test]
fn streams_are_read_document_by_document() {
    check(
        "# only a comment\n---\na: 1\n---\n---\n# nothing\n...\n---\nnull\n---\n[b]\n",
        &expect![[r#"
            {"a":1}
            ["b"]
        "#]],
    );
    check("", &expect![""]);
    check("\n# nothing\n", &expect![""]);
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    check(
        "a: [1, 2\n---\nb: 1\n---\nc: d: e\n---\nf: 1\n",
        &expect![[r#"
            {"b":1}
            {"f":1}
            x.yaml:1:4: error: this is not valid YAML: unclosed bracket '['
            x.yaml:5:5: error: this is not valid YAML: mapping values are not allowed in this context
              hint: indent it as its neighbors, or quote a text that holds `: `
        "#]],
    );
}

#[test]
fn json_is_read_as_it_is() {
    check(
        "{\n\t\"a\": [1, 2.50, true, null, \"\\u00e9\\ud83d\\ude00\\/\"],\n\t\"b\":{\"c\":\"yes\",\"d\":{}}\n}\n",
        &expect![[r#"
            {"a":[1,2.5,true,null,"é😀/"],"b":{"c":"yes","d":{}}}
        "#]],
    );
    let long_key = "k".repeat(2_000);
    let json = format!("{{\"{long_key}\":\"{}\"}}", "v".repeat(100_000));
    assert_eq!(read(&json).trim_end(), json);
}

#[test]
fn keys_that_are_no_text_are_read_as_kubernetes_does() {
    check(
        "{8080: a, true: b, off: c, 1.50: d}",
        &expect![[r#"
        {"8080":"a","true":"b","false":"c","1.5":"d"}
    "#]],
    );
    check(
        "a:\n  ? [b]\n  : 1\n  ~: 2\n  {c: d}: 3\n  e: 4\n",
        &expect![[r#"
            {"a":{"e":4}}
            x.yaml:2:5: error: expected text as a key, found a list
              at a
            x.yaml:4:3: error: expected text as a key, found nothing
              at a
            x.yaml:5:3: error: expected text as a key, found a map
              at a
        "#]],
    );
}

#[test]
fn the_first_of_two_equal_keys_is_used() {
    check(
        "spec:\n- name: a\n  image: b\n  name: {c: d}\n",
        &expect![[r#"
            {"spec":[{"name":"a","image":"b"}]}
            x.yaml:4:3: error: the key `name` is given twice
              at spec[0].name
              hint: the first one is at line 2, column 3; remove one of them
        "#]],
    );
}

#[test]
fn a_map_of_many_keys_is_read_in_linear_time() {
    let mut text = String::new();
    for n in 0..50_000 {
        writeln!(text, "k{n}: {n}").unwrap();
    }
    assert!(read(&text).ends_with("\"k49999\":49999}\n"));
}

#[test]
fn one_long_line_is_read_in_linear_time() {
    // Took minutes when the start of the line was searched for with each list.
    let text = format!("[{}]", "{\"a\": 1, \"b\": [1]}, ".repeat(50_000));
    assert!(read(&text).ends_with("\"b\":[1]}]\n"));
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    check(
        "base: &base {cpu: 1, memory: 2}\nother: &other {cpu: 9, disk: 4}\n\
         a: *base\nb: {<<: *base, memory: 3}\nc: {<<: [*base, *other], gpu: 1}\nd: {'<<': 1}\n",
        &expect![[r#"
            {"base":{"cpu":1,"memory":2},"other":{"cpu":9,"disk":4},"a":{"cpu":1,"memory":2},"b":{"memory":3,"cpu":1},"c":{"gpu":1,"cpu":1,"memory":2,"disk":4},"d":{"<<":1}}
        "#]],
    );
    check(
        "a: &a [1, *a]\nb: *missing\n---\nc: {<<: 5}\n",
        &expect![[r#"
            {"c":{}}
            x.yaml:1:11: error: the alias `*a` stands within the value that it refers to
              at a[1]
            x.yaml:2:4: error: this alias refers to an anchor that is not defined before it
            x.yaml:4:9: error: expected a map, or a list of maps, to merge, found the number `5`
              at c
        "#]],
    );
    check(
        "a: &a [1, *a]\nc: {<<: 5}\n",
        &expect![[r#"
        {"a":[1,null],"c":{}}
        x.yaml:1:11: error: the alias `*a` stands within the value that it refers to
          at a[1]
        x.yaml:2:9: error: expected a map, or a list of maps, to merge, found the number `5`
          at c
    "#]],
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let inner = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "a{level}: &a{level} [{inner}]").unwrap();
    }
    expect![[r"
        x.yaml:6:45: error: the aliases of this file stand for more than 64 MiB
          at a5[7]"]]
    .assert_eq(read(&bomb).trim_end());
    // The same with one large text.
    let bomb = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        "*a, ".repeat(100)
    );
    expect![[r"
        x.yaml:2:253: error: the aliases of this file stand for more than 64 MiB
          at b[62]"]]
    .assert_eq(read(&bomb).trim_end());
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    let flow = "[".repeat(10_000) + &"]".repeat(10_000);
    check(
        &flow,
        &expect![[r"
        x.yaml:1:129: error: lists and maps are nested more than 128 deep
    "]],
    );
    check(
        &"[".repeat(1_000_000),
        &expect![[r"
        x.yaml:1:129: error: lists and maps are nested more than 128 deep
    "]],
    );
    check(
        &("- ".repeat(10_000) + "x\n"),
        &expect![[r"
        x.yaml:1:257: error: lists and maps are nested more than 128 deep
    "]],
    );
    check(
        &("? ".repeat(10_000) + "x\n"),
        &expect![[r"
        x.yaml:1:257: error: lists and maps are nested more than 128 deep
    "]],
    );
    check(
        &"{a: ".repeat(10_000),
        &expect![[r"
        x.yaml:1:513: error: lists and maps are nested more than 128 deep
    "]],
    );
    let block: String = (0..5_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    check(
        &block,
        &expect![[r"
        x.yaml:129:129: error: lists and maps are nested more than 128 deep
    "]],
    );
    // Aliases add their height to the place where they stand.
    let mut aliases = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        writeln!(aliases, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    expect!["x.yaml:128:14: error: lists and maps are nested more than 128 deep"]
        .assert_eq(read(&aliases).lines().last().unwrap());
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let depth = DEPTH_MAX;
    let flow = "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(read(&flow).trim_end(), flow);
    let block = "- ".repeat(depth) + "x\n";
    assert!(read(&block).starts_with("[[[["));
}

#[test]
fn more_documents_than_usual_are_read() {
    let text = "---\na: 1\n".repeat(5_000);
    assert_eq!(read(&text).lines().count(), 5_000);
}

#[test]
fn tabs_are_refused_where_they_indent() {
    check(
        "a:\n\tb: 1\n",
        &expect![[r"
            x.yaml:2:1: error: a tab is used for indentation
              hint: indent with spaces
        "]],
    );
    check(
        "a: 1\t# fine\nb:\t2\n",
        &expect![[r#"
        {"a":1,"b":2}
    "#]],
    );
}

#[test]
fn broken_text_is_refused_with_its_place() {
    check(
        "a: \"open\n",
        &expect![[r"
        x.yaml:1:4: error: this is not valid YAML: unclosed quote
    "]],
    );
    check(
        "a: }\n",
        &expect![[r"
        x.yaml:1:4: error: this is not valid YAML: misplaced bracket
    "]],
    );
    check(
        "{\"a\": 1,, }",
        &expect![[r"
        x.yaml:1:9: error: this is not valid YAML: unexpected EOF while parsing an implicit flow mapping
    "]],
    );
    check(
        "a: x\0y\nb: 1\n",
        &expect![[r"
        x.yaml:1:5: error: this is not valid YAML: unexpected character: `\u{0}'
    "]],
    );
    check(
        "a: \u{7}\n",
        &expect![[r"
        x.yaml:1:4: error: this is not valid YAML: unexpected character: `\u{7}'
    "]],
    );
    check(
        "a: 1\n b: 2\n",
        &expect![[r"
            x.yaml:2:3: error: this is not valid YAML: mapping values are not allowed in this context
              hint: indent it as its neighbors, or quote a text that holds `: `
        "]],
    );
    check(
        "a: @b\n",
        &expect![[r"
            x.yaml:1:4: error: this is not valid YAML: unexpected character: `@'
              hint: quote a text that begins with this character
        "]],
    );
    check(
        "%YAML 3.0\n---\na: 1\n",
        &expect![[r"
        x.yaml:1:1: error: this is not valid YAML: unsupported YAML major version
    "]],
    );
}

#[test]
fn tags_of_the_core_schema_are_followed() {
    check(
        "a: !!str 5\nb: !!int '5'\nc: !!float 5\nd: ! 5\ne: !!bool maybe\nf: !env X\ng: !!set {a}\nh: !!binary aGk=\n",
        &expect![[r#"
            {"a":"5","b":5,"c":5,"d":"5","e":"maybe","f":"X","g":{"a":null},"h":"aGk="}
            x.yaml:5:11: error: `maybe` is no value for the tag `!!bool`
              at e
            x.yaml:6:9: error: the tag `!env` has no meaning here
              at f
              hint: remove it; `!!str` before a value makes it text, as quotes do
            x.yaml:7:10: error: the tag `!!set` has no meaning here
              at g
              hint: remove it; `!!str` before a value makes it text, as quotes do
            x.yaml:8:13: error: the tag `!!binary` has no meaning here
              at h
              hint: remove it; `!!str` before a value makes it text, as quotes do
        "#]],
    );
}

#[test]
fn numbers_keep_the_way_they_are_written() {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", "[1.10, 0755, yes, 5, ~, 'a b', [], {}]");
    let documents = parse(&sources, source, &mut Problems::new());
    let described: Vec<String> = documents[0]
        .as_seq()
        .unwrap()
        .iter()
        .map(Node::describe)
        .collect();
    expect!["the number `1.10`, the number `0755`, the boolean `yes`, the number `5`, nothing, the text `a b`, a list, a map"].assert_eq(&described.join(", "));
}

proptest::proptest! {
    /// Whatever is read, positions lie on characters of the text, and nothing panics.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c0-1é\u{1f600}:\\-\\[\\]{}?,&*!|>'\"#%@<~. \\t\n\r\u{feff}\0]{0,60}") {
        let mut sources = Sources::new();
        let source = sources.add("x.yaml", text);
        let mut problems = Problems::new();
        let documents = parse(&sources, source, &mut problems);
        let mut open: Vec<&Node> = documents.iter().collect();
        let mut places: Vec<Position> = problems.iter().filter_map(|problem| problem.at).collect();
        while let Some(node) = open.pop() {
            places.push(node.at);
            open.extend(node.as_seq().unwrap_or_default());
            for (key, value) in node.as_map().unwrap_or_default() {
                places.push(key.at);
                open.push(value);
            }
        }
        let text = sources.text(source);
        for at in places {
            let (start, length) = (at.offset as usize, at.length as usize);
            proptest::prop_assert!(text.get(start..start + length).is_some(), "{at:?}");
        }
    }
}
