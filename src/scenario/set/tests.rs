use super::*;

#[test]
fn paths_are_read() {
    let key = |key: &str| Step::Key(key.to_owned());
    let filter = |pairs: &[(&str, &str)]| {
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        Step::Filter(pairs.iter().map(owned).collect())
    };
    for (text, steps) in [
        ("a", vec![key("a")]),
        ("a.b-c", vec![key("a"), key("b-c")]),
        (
            "a[0][12].b",
            vec![key("a"), Step::Index(0), Step::Index(12), key("b")],
        ),
        (
            "a[x=1,y=\"2,]\"].b",
            vec![key("a"), filter(&[("x", "1"), ("y", "2,]")]), key("b")],
        ),
        ("a['b.c/d'].e", vec![key("a"), key("b.c/d"), key("e")]),
        ("a.\"b.c\".e", vec![key("a"), key("b.c"), key("e")]),
        ("a[b.c/d]", vec![key("a"), key("b.c/d")]),
        ("a[\"7\"]", vec![key("a"), key("7")]),
    ] {
        assert_eq!(SetPath::parse(text).unwrap().steps, steps, "{text}");
    }
    for text in [
        "", ".", "a.", "a..b", "a[", "a[]", "a[x", "a[0]b", "a[\"x]", "a[x=1", "a[x=1,y]",
        "a[0,1]", "a[\"x\"",
    ] {
        assert!(SetPath::parse(text).is_err(), "{text}");
    }
    assert!(SetPath::parse(&"[0]".repeat(10_000)).is_err());
}

#[test]
fn assignments_are_split_outside_brackets() {
    for (text, expected) in [
        ("a=b", Some(("a", "b"))),
        ("a[x=1].b=c=d", Some(("a[x=1].b", "c=d"))),
        ("a[\"x=]\"]=1", Some(("a[\"x=]\"]", "1"))),
        ("a=", Some(("a", ""))),
        ("a", None),
        ("a[x=1]", None),
    ] {
        assert_eq!(split_assignment(text), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_path_is_read_or_refused(text in "[a-c.=,'\"\\[\\]0-9é]{0,20}") {
        let path = split_assignment(&text).map_or(text.as_str(), |(path, _)| path);
        if let Ok(path) = SetPath::parse(path) {
            proptest::prop_assert!(!path.steps.is_empty());
        }
    }
}
