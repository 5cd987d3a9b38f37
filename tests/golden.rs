//! The committed results of `scenarios/` are what the program gives now, by its own `check`.
//!
//! They are blessed with a release build; this test runs the build under test, so that the two agree too.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[test]
fn scenarios_give_their_committed_results() {
    let output = assert_cmd::Command::cargo_bin("podtime")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["check", "--quiet"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "results have changed; look at them, then bless with `podtime check --bless`\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
