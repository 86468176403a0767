//! What neither the compiler nor clippy can see: which room of a crate may ask which, how long a file may be, and that
//! tests wait for events. Which crate may ask which stands in the `Cargo.toml`s; what pure crates may not call, and what
//! has no place in any, in the `.clippy.toml`s and under `[workspace.lints]`.

use std::path::Path;

/// Lines above which a file is to be divided.
const MOST_LINES: usize = 500;

/// The rooms of crates that have several, from the ground up: a room may use those before it.
const ROOMS: [(&str, &[&str]); 6] = [
    ("src/core", &["names", "metrics", "suggest", "sorted", "labels"]),
    (
        "src/model",
        &[
            "samples", "buckets", "promql", "source", "slo", "counting", "budget", "alert", "route",
            "generate", "status",
        ],
    ),
    ("src/base", &["config", "clock", "telemetry", "store"]),
    ("src/evaluation", &["prometheus", "ledger", "evaluate", "engine", "recount"]),
    (
        "src/report",
        &[
            "words", "period", "facts", "share", "review", "method", "tables", "csv", "markdown", "json",
            "html", "demo",
        ],
    ),
    ("src", &["api", "app", "cli"]),
];

/// Files below these may sleep: what starts real servers polls them, and what measures lasts.
const MAY_SLEEP: [&str; 3] = ["tests/servers/", "tests/bench/", "tests/house.rs"];

/// Every `.rs` file under a folder, with its path from the root.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let named = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((named, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no files under {folder}");
    found.sort();
    found
}

/// The lines of a file that are code, up to its tests, each with its number.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_start()));
    lines.take_while(|(_, line)| *line != "#[cfg(test)]").filter(|(_, line)| !line.starts_with("//"))
}

/// Uses of rooms that stand above the one of the file at `path`, as `path:line: …`.
fn upward(path: &str, text: &str, krate: &str, rooms: &[&str]) -> Vec<String> {
    let inside = path.strip_prefix(krate).unwrap_or_default().trim_start_matches('/');
    let room = inside.split(['/', '.']).next().unwrap_or_default();
    let Some(height) = rooms.iter().position(|known| *known == room) else { return Vec::new() };
    let used = code(text).flat_map(|(number, line)| {
        let heads = line.match_indices("crate::").filter_map(move |(at, root)| line.get(at + root.len()..));
        heads.map(move |rest| (number, rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()))
    });
    used.filter_map(|(number, head)| {
        let head = head?;
        let above = rooms.iter().position(|known| *known == head).is_some_and(|other| other > height);
        above.then(|| format!("{path}:{number}: {room} asks {head}, which is above it"))
    })
    .collect()
}

#[test]
fn rooms_ask_only_those_below() {
    let mut findings = Vec::new();
    for (krate, rooms) in ROOMS {
        for (path, text) in files(krate).iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
            findings.extend(upward(path, text, krate, rooms));
        }
    }
    assert_eq!(findings, Vec::<String>::new());
    let asks =
        |text: &str| upward("src/base/store/mod.rs", text, "src/base", &["clock", "store", "zoo"]).len();
    assert_eq!(asks("use crate::clock::Clock;\n// crate::zoo\n#[cfg(test)]\nuse crate::zoo;"), 0);
    assert_eq!(asks("use crate::zoo::Lion;\nfn f(x: crate::zoo::Lion) {}"), 2);
}

#[test]
fn files_fit_in_a_mind() {
    let all = files("src").into_iter().chain(files("tests"));
    let long = all.filter(|(_, text)| text.lines().count() > MOST_LINES).map(|(path, _)| path);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<String>::new(), "more than {MOST_LINES} lines");
}

#[test]
fn tests_wait_for_events_and_not_for_time() {
    let waits =
        files("tests").into_iter().filter(|(path, _)| !MAY_SLEEP.iter().any(|free| path.starts_with(free)));
    let sleeps = waits.flat_map(|(path, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains("sleep("));
        lines.map(|(at, _)| format!("{path}:{}", at + 1)).collect::<Vec<_>>()
    });
    assert_eq!(sleeps.collect::<Vec<_>>(), Vec::<String>::new(), "await an event instead");
}
