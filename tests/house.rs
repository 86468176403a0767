//! The rules of the house, read off the source itself: which room may ask which, how long a file may be, and what has
//! no place in it. A rule that is wrong is changed here, in the open, not worked around.

mod code;
mod rooms;
mod rules;

use std::path::{Path, PathBuf};

/// A file of ours.
struct File {
    /// From the package's root, with `/`.
    path: String,
    text: String,
}

/// Every `.rs` file under `folder`.
fn files(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(File {
                    path: relative(root, &path),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    assert!(!found.is_empty(), "no files under {folder}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn relative(root: &Path, path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root).unwrap().to_owned();
    path.to_str().unwrap().replace('\\', "/")
}

/// Fails with every finding at once.
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn rooms_ask_only_those_below() {
    let findings: Vec<String> =
        files("src").iter().flat_map(|file| rooms::findings(&file.path, &file.text)).collect();
    assert_none(&findings);
}

#[test]
fn files_fit_in_a_mind() {
    let mut findings = Vec::new();
    for file in files("src").iter().chain(&files("tests")) {
        match rules::length(&file.path, &file.text) {
            rules::Length::Fits => {}
            rules::Length::Long(finding) => eprintln!("warning: {finding}"),
            rules::Length::TooLong(finding) => findings.push(finding),
        }
    }
    assert_none(&findings);
}

#[test]
fn nothing_is_left_undone_or_unexplained() {
    let mut findings = Vec::new();
    for file in files("src") {
        findings.extend(rules::unfinished(&file.path, &file.text));
        findings.extend(rules::prints(&file.path, &file.text));
    }
    for file in files("src").iter().chain(&files("tests")) {
        findings.extend(rules::unexplained_exceptions(&file.path, &file.text));
    }
    assert_none(&findings);
}

#[test]
fn tests_wait_for_events_and_not_for_time() {
    let findings: Vec<String> =
        files("tests").iter().flat_map(|file| rules::sleeps(&file.path, &file.text)).collect();
    assert_none(&findings);
}
