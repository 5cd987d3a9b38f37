use super::*;

const OURS: &str = r#"{"program": "podtime", "version": "0.0.1"}"#;

/// Names in a folder, hidden ones included, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_folder_comes_into_place_as_a_whole() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("results").join("nightly");
    let folder = Folder::prepare(&target).unwrap();
    write(folder.path(), "summary.json", OURS);
    assert!(!target.exists(), "nothing is in place before the end");
    folder.commit().unwrap();
    assert_eq!(names(&target), ["summary.json"]);
    assert_eq!(names(&root.path().join("results")), ["nightly"]);
}

#[test]
fn our_own_results_and_empty_folders_are_replaced() {
    let root = tempfile::tempdir().unwrap();
    for old in [None, Some("summary.json")] {
        let target = root.path().join("out");
        fs::create_dir_all(&target).unwrap();
        if let Some(name) = old {
            write(&target, name, OURS);
            write(&target, "pods.csv", "old");
        }
        let folder = Folder::prepare(&target).unwrap();
        write(folder.path(), "summary.json", OURS);
        folder.commit().unwrap();
        assert_eq!(names(&target), ["summary.json"]);
        assert_eq!(names(root.path()), ["out"]);
    }
}

#[test]
fn the_folder_of_somebody_else_is_refused_as_a_usage_error() {
    for (name, text) in [
        ("notes.md", "mine"),
        ("summary.json", r#"{"program": "other"}"#),
        ("summary.json", "{"),
    ] {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out");
        write(&target, name, text);
        let error = Folder::prepare(&target).unwrap_err();
        assert!(error.is_usage(), "{error}");
        assert!(error.to_string().contains("is not empty"), "{error}");
        assert_eq!(fs::read_to_string(target.join(name)).unwrap(), text);
        assert_eq!(names(root.path()), ["out"]);
    }
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "out", "a file");
    let error = Folder::prepare(&root.path().join("out")).unwrap_err();
    assert!(error.is_usage(), "{error}");
}

#[test]
fn a_run_that_does_not_end_leaves_everything_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    write(&target, "summary.json", OURS);
    let folder = Folder::prepare(&target).unwrap();
    write(folder.path(), "events.csv", "half");
    drop(folder);
    assert_eq!(names(root.path()), ["out"]);
    assert_eq!(names(&target), ["summary.json"]);

    drop(Folder::prepare(&root.path().join("a").join("b").join("c")).unwrap());
    assert_eq!(
        names(root.path()),
        ["out"],
        "folders made on the way go again"
    );
}

#[test]
fn a_target_that_became_foreign_meanwhile_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    let folder = Folder::prepare(&target).unwrap();
    write(&target, "notes.md", "mine");
    assert!(folder.commit().unwrap_err().is_usage());
    assert_eq!(names(&target), ["notes.md"]);
    assert_eq!(names(root.path()), ["out"]);
}

#[test]
fn a_parent_that_is_no_folder_is_an_error_of_the_machine() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "file", "");
    let error = Folder::prepare(&root.path().join("file").join("out")).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
    assert_eq!(names(root.path()), ["file"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_kept_and_what_it_leads_to_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    let (real, link) = (root.path().join("real"), root.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let folder = Folder::prepare(&link).unwrap();
    write(folder.path(), "summary.json", OURS);
    folder.commit().unwrap();
    assert!(link.is_symlink());
    assert_eq!(names(&real), ["summary.json"]);
}

#[cfg(unix)]
#[test]
fn the_folder_is_open_to_those_who_may_read_its_neighbors() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let neighbor = root.path().join("neighbor");
    fs::create_dir(&neighbor).unwrap();
    let target = root.path().join("out");
    Folder::prepare(&target).unwrap().commit().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&target), mode(&neighbor));
}
