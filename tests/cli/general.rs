//! What holds for every command.

use crate::support::Folder;
use expect_test::expect;
use std::io::Read;
use std::process::{Command, Stdio};

#[test]
fn the_version_names_the_release_of_the_zone_rules() {
    let done = Folder::new().podtime(&["--version"]);
    assert_eq!(done.code, 0);
    let version = env!("CARGO_PKG_VERSION");
    let zones = podtime::cron::iana_release();
    assert_eq!(
        done.stdout,
        format!("podtime {version} (time zones: IANA {zones})\n")
    );
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    for line in [
        &["rum"][..],
        &["sweep", "x.yaml"],
        &["run"],
        &["run", "x.yaml", "--seed", "-1"],
        &["run", "x.yaml", "--until", "0s"],
        &["run", "x.yaml", "--write", "evnts"],
        &["cron", "@daily", "-n", "many"],
        &["completions", "cmd"],
        &[],
    ] {
        let done = Folder::new().podtime(line);
        assert_eq!(done.code, 2, "{line:?}");
        assert_eq!(done.stdout, "", "{line:?}");
        assert!(!done.stderr.is_empty(), "{line:?}");
    }
    Folder::new().podtime(&["rum"]).is(&expect![[r#"
        exit 2
        --- stderr
        error: unrecognized subcommand 'rum'

          tip: a similar subcommand exists: 'run'

        Usage: podtime [OPTIONS] <COMMAND>

        For more information, try '--help'.
    "#]]);
}

#[test]
fn help_goes_to_stdout() {
    let done = Folder::new().podtime(&["--help"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    for command in ["run", "validate", "check", "cron", "schema", "completions"] {
        let help = Folder::new().podtime(&[command, "--help"]);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{command}");
        for flag in ["--quiet", "--format"] {
            assert!(help.stdout.contains(flag), "{command} {flag}");
        }
        assert!(done.stdout.contains(&format!("  {command} ")), "{command}");
    }
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = Folder::new().podtime(&["completions", shell]);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{shell}");
        assert!(done.stdout.contains("podtime"), "{shell}");
    }
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let lines = ["cron", "* * * * *", "-n", "4000000000"];
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("podtime"))
        .args(lines)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_exit_code_3() {
    for line in [
        &["cron", "@daily"][..],
        &["--help"],
        &["completions", "bash"],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = Command::new(assert_cmd::cargo::cargo_bin("podtime"))
            .args(line)
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{line:?}");
    }
}

#[test]
fn the_schema_of_scenarios_is_json() {
    let done = Folder::new().podtime(&["schema"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(schema["properties"]["spec"].is_object());
    Folder::new().podtime(&["schema", "sweep"]).is(&expect![[r#"
        exit 2
        --- stderr
        error: there is no schema of sweeps yet
    "#]]);
}
