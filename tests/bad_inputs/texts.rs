//! Files that cannot be read, and text that is no YAML.

use crate::support::{Case, INPUT, check, podtime};
use expect_test::expect_file;

const SCENARIO: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: good}
spec:
  duration: 1h
  cluster: {pools: [{name: workers, count: 2}]}
";

#[test]
fn files_that_cannot_be_read() {
    let both = |case: Case, path: &str| case.command(&["validate", path]).command(&["run", path]);
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(SCENARIO.encode_utf16().flat_map(u16::to_le_bytes));
    let cases = vec![
        both(Case::new("a file that is missing"), "missing.yaml"),
        both(Case::new("a folder"), "."),
        both(Case::new("no name"), ""),
        Case::input("an empty file", ""),
        Case::input("comments alone", "# nothing\n---\n# here\n"),
        Case::input("invalid UTF-8", *b"kind: Job\nmetadata: {name: caf\xe9}\n"),
        Case::input("UTF-16", utf16),
        Case::input(
            "binary garbage",
            *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0",
        ),
        Case::input(
            "a NUL in a name",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a\0b}\n",
        ),
        both(Case::new("nothing on stdin"), "-"),
        both(Case::new("a fault on stdin"), "-").stdin(format!("{SCENARIO}  sed: 1\n")),
        both(Case::new("a fault after a byte-order mark"), INPUT).file(
            INPUT,
            format!("\u{feff}{}", SCENARIO.replace("podtime/v1", "podtime/v2")),
        ),
        both(Case::new("a fault in a file with Windows line ends"), INPUT).file(
            INPUT,
            format!("{SCENARIO}  seed: -1\n").replace('\n', "\r\n"),
        ),
        both(Case::new("a fault in JSON"), INPUT).file(
            INPUT,
            r#"{"apiVersion": "podtime/v1", "kind": "Scenario", "metadata": {"name": "j"},
 "spec": {"duration": "soon", "cluster": {"pools": [{"name": "a"}]}}}"#,
        ),
        Case::input(
            "files that a scenario names",
            "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: files}
spec:
  cluster:
    pools: [{name: workers, count: 2}]
    manifests: [nodes.yaml]
  manifests: [missing/job.yaml, 'jobs/*.yaml', ., 7]
  behaviors:
  - run: {empirical: {file: samples.csv, column: s}}
  actions:
  - {at: 1m, kubectl: apply -f later.yaml}
",
        ),
    ];
    check(&cases, &expect_file!["snapshots/files.txt"]);
}

#[test]
fn text_that_is_no_yaml() {
    let cases = [
        ("tabs", "kind: Job\nmetadata:\n\tname: etl\n"),
        (
            "an open bracket",
            "kind: Job\nmetadata: {name: etl\nspec: {}\n",
        ),
        ("an open quote", "kind: Job\nmetadata: {name: \"etl}\n"),
        (
            "wrong indentation",
            "kind: Job\nmetadata:\n  name: etl\n   labels: {}\n",
        ),
        (
            "a colon in a text",
            "kind: Job\nmetadata:\n  name: etl: nightly\n",
        ),
        (
            "a reserved character",
            "kind: Job\nmetadata: {name: @etl}\n",
        ),
        (
            "a template of another tool",
            "kind: Job\nmetadata:\n  name: {{ .Release.Name }}\n",
        ),
        (
            "keys given twice",
            "apiVersion: v1\nkind: Pod\nkind: Job\nmetadata: {name: a, name: b}\n",
        ),
        (
            "an alias without an anchor",
            "kind: Job\nmetadata: *common\n",
        ),
        (
            "an alias within its anchor",
            "kind: Job\nmetadata: &m {name: a, labels: *m}\n",
        ),
        (
            "a merge of no map",
            "kind: Job\nmetadata: {<<: 7, name: a}\n",
        ),
        (
            "an unknown tag",
            "kind: !job Job\nmetadata: {name: !!int etl}\n",
        ),
        ("a key that is no text", "kind: Job\n? [a, b]\n: 1\n"),
        ("a text in place of an object", "just words\n"),
        (
            "a list in place of an object",
            "- apiVersion: v1\n- kind: Job\n",
        ),
        (
            "a broken document between good ones",
            "apiVersion: v1\nkind: Pod\n---\na: [1\nb: 2\n---\nkind: Job\nmetadata: {name: Etl}\n",
        ),
        ("neither version nor kind", "metadata: {name: etl}\n"),
        (
            "an unknown kind of podtime",
            "apiVersion: podtime/v1\nkind: Scenery\nmetadata: {name: a}\n",
        ),
        (
            "an unknown version of podtime",
            "apiVersion: podtime/v9\nkind: Scenario\nmetadata: {name: a}\nspec: {}\n",
        ),
        (
            "two scenarios in a file",
            "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: a}\nspec: {duration: 1h, cluster: {pools: [{name: a, count: 1}]}}\n---\napiVersion: podtime/v1\nkind: Scenario\nmetadata: {name: b}\nspec: {}\n",
        ),
        (
            "an unknown API version",
            "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Job\nmetadata: {name: b}\n---\napiVersion: apps/v2\nkind: Deploymnet\nmetadata: {name: c}\n",
        ),
        (
            "a List of what is no object",
            "apiVersion: v1\nkind: List\nitems: [7, {kind: Job}]\n",
        ),
    ];
    let cases = cases.map(|(name, text)| Case::input(name, text));
    check(&cases, &expect_file!["snapshots/yaml.txt"]);
}

/// A user who may read everything has no such files.
#[cfg(unix)]
#[test]
fn a_file_without_permission() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(INPUT);
    std::fs::write(&path, SCENARIO).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        return;
    }
    for command in ["validate", "run"] {
        let output = podtime(folder.path(), &[command.to_owned(), INPUT.to_owned()]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.starts_with("error: cannot read `input.yaml`: permission denied\n"),
            "{stderr}"
        );
    }
}
