use expect_test::expect;

use super::*;
use crate::scenario::parse::parse;
use crate::scenario::problem::{Problems, Sources};

fn document(text: &str) -> Node {
    let mut sources = Sources::new();
    let source = sources.add("x.yaml", text);
    let mut problems = Problems::new();
    let mut documents = parse(&sources, source, &mut problems);
    assert!(problems.is_empty());
    documents.remove(0)
}

const POD: &str = "\
spec:
  containers:
  - name: a
    image: b
  - name: c
metadata:
  labels: {app.kubernetes.io/name: x}
";

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

#[test]
fn values_are_found_by_key_and_path() {
    let pod = document(POD);
    let image = pod.at_path(["spec", "containers", "0", "image"]);
    assert_eq!(image.and_then(Node::as_str), Some("b"));
    let label = pod.find(&path("metadata.labels[app.kubernetes.io/name]"));
    assert_eq!(label.and_then(Node::as_str), Some("x"));
    assert!(pod.at_path(["spec", "containers", "name"]).is_none());
    assert!(
        pod.at_path(["spec", "containers", "0", "image", "x"])
            .is_none()
    );
    assert!(pod.find(&path("spec[0]")).is_none());
    assert_eq!(pod.entry("metadata").unwrap().0.at.line, 6);
}

#[test]
fn a_missing_value_is_placed_at_its_nearest_ancestor() {
    let pod = document(POD);
    let place = |path: &str| {
        let at = pod.position_of(path);
        (at.line, at.column)
    };
    assert_eq!(place("spec.containers[1].name"), (5, 11));
    assert_eq!(place("spec.containers[1].image.tag"), (5, 5));
    assert_eq!(place("spec.containers[7].image"), (3, 3));
    assert_eq!(place("status"), (1, 1));
    assert_eq!(place("not a path["), (1, 1));
}

#[test]
fn branches_are_replaced_and_taken_out() {
    let mut pod = document(POD);
    let smaller = pod.without(&path("spec.containers[0]"));
    expect![[r#"{"spec":{"containers":[{"name":"c"}]},"metadata":{"labels":{"app.kubernetes.io/name":"x"}}}"#]]
        .assert_eq(&smaller.to_json().to_string());
    assert!(pod.remove(&path("spec.volumes[0]")).is_none());
    assert!(pod.remove(&path("")).is_none());
    assert!(pod.remove(&path("metadata.labels")).is_some());
    let at = pod.at;
    let key = |name: &str| Key {
        name: name.to_owned(),
        at,
    };
    let text = |text: &str| Node::new(at, Value::String(text.to_owned()));
    assert!(pod.set(key("metadata"), text("new")));
    assert!(pod.set(key("kind"), text("Pod")));
    let container = pod.find_mut(&path("spec.containers[1]")).unwrap();
    assert!(container.set(key("image"), Node::new(at, Value::Null)));
    let image = container.get_mut("image").unwrap();
    assert!(image.set(key("tag"), text("v1")));
    assert!(!pod.get_mut("kind").unwrap().set(key("x"), text("y")));
    expect![[r#"{"spec":{"containers":[{"name":"a","image":"b"},{"name":"c","image":{"tag":"v1"}}]},"metadata":"new","kind":"Pod"}"#]]
        .assert_eq(&pod.to_json().to_string());
}

#[test]
fn json_goes_in_and_out() {
    let json = serde_json::json!({
        "a": [1, -1, u64::MAX, 1.5, true, null, "x"],
        "b": {"c": {}},
    });
    let at = document("a: 1").at;
    let node = Node::from_json(at, &json);
    assert_eq!(node.to_json(), json);
    assert_eq!(
        node.at_path(["a", "2"]).unwrap().describe(),
        "the number `18446744073709551615`"
    );
    expect![[r#"{"a":1000,"b":null,"c":0.1,"d":1e+20}"#]].assert_eq(
        &document("{a: 1e3, b: .inf, c: 0.1, d: 1e20}")
            .to_json()
            .to_string(),
    );
}

#[test]
fn numbers_are_read_in_the_width_that_is_asked_for() {
    let list = document("[5, 2.0, 2.5, 18446744073709551615, '5']");
    let ints: Vec<_> = list.as_seq().unwrap().iter().map(Node::as_int).collect();
    let most = i128::from(u64::MAX);
    assert_eq!(ints, [Some(5), Some(2), None, Some(most), None]);
    assert_eq!(list.as_seq().unwrap()[2].as_f64(), Some(2.5));
}
