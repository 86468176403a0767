//! Every command with its flags, defaults and possible values, as `--help` prints them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::assert_golden;
use crate::platform::platform_api;
use crate::upgrade::program;

/// The help of a program and of all its subcommands.
fn helps(program: &Path, name: &str) -> String {
    let mut text = String::new();
    let mut waiting = vec![Vec::<String>::new()];
    while let Some(path) = waiting.pop() {
        let mut command = Command::new(program);
        let output = command.args(&path).arg("--help").env_remove("COLUMNS").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{path:?}: {help}");
        writeln!(text, "$ {name} {}\n\n{help}", [&path[..], &["--help".to_owned()]].concat().join(" "))
            .unwrap();
        let below = subcommands(&help).map(|command| [&path[..], &[command]].concat());
        let mut below: Vec<Vec<String>> = below.collect();
        below.reverse();
        waiting.append(&mut below);
    }
    text
}

/// The subcommands that a help lists.
fn subcommands(help: &str) -> impl Iterator<Item = String> {
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
}

#[test]
fn of_slo() {
    let text = helps(&program(), "slo");
    assert!(text.matches("\nUsage: ").count() > 20, "{text}");
    assert_golden("help-slo.txt", &text);
}

#[test]
fn of_the_platform_api() {
    assert_golden("help-platform-api.txt", &helps(platform_api(), "platform-api"));
}
