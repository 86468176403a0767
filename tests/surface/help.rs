//! Every command with its flags, their values and defaults; and the whole text of `--help`, whose wording may change.

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

/// The lines of helps that a script depends on: commands, usage, flags, arguments, defaults and possible values, without the
/// words that describe them.
fn flags(helps: &str) -> String {
    let mut text = String::new();
    for line in helps.lines() {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        let is_flag = indent <= 6 && line.starts_with('-');
        let is_argument = indent == 2 && line.starts_with(['<', '[']);
        let facts = ["[default: ", "[possible values: ", "[aliases: "];
        let facts = facts.iter().filter_map(|fact| line.find(fact)).min().map(|at| &line[at..]);
        if line.starts_with("$ ") || line.starts_with("Usage: ") {
            writeln!(text, "{line}").unwrap();
        } else if is_flag || is_argument {
            let name = line.split("  ").next().unwrap_or_default();
            writeln!(text, "  {name}").unwrap();
        } else if let Some((value, _)) = line.strip_prefix("- ").and_then(|line| line.split_once(':')) {
            writeln!(text, "    value {value}").unwrap();
        }
        if let Some(facts) = facts {
            writeln!(text, "    {facts}").unwrap();
        }
    }
    text
}

#[test]
fn help_of_slo() {
    let helps = helps(&program(), "slo");
    assert!(helps.matches("\nUsage: ").count() > 20, "{helps}");
    assert_golden("flags-slo.txt", &flags(&helps));
    assert_golden("help-slo.txt", &helps);
}

#[test]
fn help_of_the_platform_api() {
    let helps = helps(platform_api(), "platform-api");
    assert_golden("flags-platform-api.txt", &flags(&helps));
    assert_golden("help-platform-api.txt", &helps);
}

#[test]
fn flags_have_no_descriptions() {
    let help = "Usage: x [OPTIONS] <A>\n\nArguments:\n  <A>  Words\n\nOptions:\n      --log <FILTER>\n          What to\n          \
                --log about\n          \n          [default: info]\n  -h, --help  Print help\n      --as <F>  How [default: a] \
                [possible values: a, b]\n          Possible values:\n          - json: One\n";
    let flags = flags(help);
    let expected = "Usage: x [OPTIONS] <A>\n  <A>\n  --log <FILTER>\n    [default: info]\n  -h, --help\n  --as <F>\n    \
                    [default: a] [possible values: a, b]\n    value json\n";
    assert_eq!(flags, expected);
}
