//! The help of every command, as a terminal shows it.

use super::*;

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    commands
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn it_is_text_for_people_and_not_for_rustdoc() {
    let folder = tempfile::tempdir().unwrap();
    let mut waiting = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = waiting.pop() {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = slo(folder.path(), &arguments).await.with(0).stdout;
        for mark in ["`", "[`", "://slo.db>", "\t"] {
            assert!(!help.contains(mark), "{mark:?} in the help of {command:?}:\n{help}");
        }
        let widest = help.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?} columns in the help of {command:?}");
        for name in listed(&help) {
            waiting.push(command.iter().cloned().chain([name]).collect());
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen} commands");
}
