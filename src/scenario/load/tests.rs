use std::fs;

use expect_test::{Expect, expect};

use super::*;

/// A folder with some files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load_in(
    folder: &tempfile::TempDir,
    paths: &[&str],
    options: &Options,
) -> Result<Loaded, String> {
    let root = format!("{}/", folder.path().display());
    let paths: Vec<String> = paths.iter().map(|path| format!("{root}{path}")).collect();
    load(&paths, options).map_err(|rejected| {
        rejected
            .problems
            .display(&rejected.sources)
            .to_string()
            .replace(&root, "")
    })
}

fn warnings(loaded: &Loaded) -> String {
    loaded.warnings.display(&loaded.sources).to_string()
}

const MINIMAL: &str = "\
apiVersion: podtime/v1
kind: Scenario
metadata: {name: minimal}
spec:
  duration: 1h
  cluster:
    pools:
    - {name: workers, count: 2}
";

#[test]
fn a_minimal_scenario_is_loaded() {
    let folder = folder(&[("s.yaml", MINIMAL)]);
    let loaded = load_in(&folder, &["s.yaml"], &Options::default()).unwrap();
    assert_eq!(&*loaded.model.name, "minimal");
    assert_eq!(loaded.model.pools[0].count, 2);
    assert_eq!(loaded.model.duration, Some(Span::from_hours(1)));
    assert_eq!(warnings(&loaded), "");
}
