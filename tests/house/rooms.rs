//! Which room may ask which.

use std::collections::BTreeSet;

use super::code::{code, line, without_tests};

/// The rooms from the ground up. A room may use those before it, and itself; so nothing asks upwards and there are no
/// circles. A new room gets its place here.
const ORDER: [&str; 34] = [
    "conventions",
    "suggest",
    "clock",
    "sorted",
    "labels",
    "samples",
    "buckets",
    "promql",
    "slo",
    "counting",
    "budget",
    "alert",
    "route",
    "dashboard",
    "generate",
    "config",
    "telemetry",
    "store",
    "source",
    "ledger",
    "spec",
    "evaluate",
    "status",
    "deliver",
    "incident",
    "report",
    "engine",
    "api",
    "platform",
    "app",
    "cli",
    "main",
    "bin",
    // The library's root only names the rooms.
    "lib",
];

/// Rooms that compute and do nothing else: time is an argument, and what they need is handed in. So live evaluation,
/// replay and tests share one path.
const PURE: [&str; 14] = [
    "conventions",
    "suggest",
    "sorted",
    "labels",
    "samples",
    "buckets",
    "promql",
    "slo",
    "counting",
    "budget",
    "alert",
    "route",
    "dashboard",
    "generate",
];

/// What a pure room may not name: crates that wait, connect or store, and the parts of std that do.
const IMPURE: [&str; 18] = [
    "tokio::",
    "tokio_util::",
    "sqlx::",
    "reqwest::",
    "axum::",
    "tower_http::",
    "hyper::",
    "tsink::",
    "tracing::",
    "rand::",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "Instant::now",
    "SystemTime",
    "Utc::now",
];

/// Rooms that may use only these, whatever the order says.
const ONLY: [(&str, &[&str]); 3] = [
    // What is watched could run without what watches it.
    ("platform", &["telemetry", "config", "clock", "store", "conventions", "labels"]),
    ("main", &["cli"]),
    ("bin", &["platform", "telemetry", "config", "clock"]),
];

/// What is wrong with the edges of one file.
pub fn findings(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else {
        return vec![format!("{path}: is in no room; a file belongs to src/ROOM.rs or src/ROOM/")];
    };
    let Some(height) = height(&room) else {
        return vec![format!(
            "{path}: {room} is no room of the house; give it a place in ORDER (tests/house/rooms.rs)"
        )];
    };
    // Tests of a room may look at it from anywhere.
    if path.ends_with("tests.rs") {
        return Vec::new();
    }
    let code = without_tests(&code(text));
    let mut findings = Vec::new();
    for (at, used) in uses(&code, depth_of(path)) {
        let place = format!("{path}:{}", line(&code, at));
        let allowed = ONLY.iter().find(|(only, _)| *only == room).map(|(_, allowed)| *allowed);
        match self::height(&used) {
            _ if used == room => {}
            None => findings.push(format!(
                "{place}: {used} is no room of the house; give it a place in ORDER (tests/house/rooms.rs)"
            )),
            Some(_) if allowed.is_some_and(|allowed| !allowed.contains(&used.as_str())) => {
                findings.push(format!(
                    "{place}: {room} may not use {used}, only {}",
                    allowed.unwrap_or_default().join(", ")
                ));
            }
            Some(_) if allowed.is_some() => {}
            Some(other) if other >= height => {
                findings.push(format!("{place}: {room} asks {used}, which is above it"));
            }
            Some(_) if PURE.contains(&room.as_str()) && !PURE.contains(&used.as_str()) => {
                findings.push(format!("{place}: {room} is pure and {used} is not"));
            }
            Some(_) => {}
        }
    }
    if PURE.contains(&room.as_str()) {
        findings.extend(impurities(path, &code));
    }
    findings
}

fn impurities(path: &str, code: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for name in IMPURE {
        for (at, _) in code.match_indices(name) {
            let inside_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if !inside_a_word {
                let name = name.trim_end_matches("::");
                findings.push(format!("{path}:{}: a pure room may not use {name}", line(code, at)));
            }
        }
    }
    findings
}

fn height(room: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == room)
}

/// `src/a/b.rs` and `src/a.rs` are in `a`.
fn room_of(path: &str) -> Option<String> {
    let inside = path.strip_prefix("src/")?;
    let room = inside.split('/').next()?;
    Some(room.strip_suffix(".rs").unwrap_or(room).to_owned())
}

/// How many modules deep a file is: 1 for a room's own, 0 for the root.
fn depth_of(path: &str) -> usize {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = inside.split('/').filter(|part| *part != "mod").count();
    if matches!(inside, "lib" | "main") { 0 } else { parts }
}

/// Rooms that are named as `crate::room`, `slo::room`, `crate::{room, …}`, or by climbing to the root with `super`.
fn uses(code: &str, depth: usize) -> Vec<(usize, String)> {
    let climb = "super::".repeat(depth.max(1));
    let mut found = BTreeSet::new();
    for root in ["crate::", "slo::", climb.as_str()] {
        let climbing = root == climb;
        for (at, _) in code.match_indices(root) {
            // Not a part of a longer path or word: neither `a::slo::` nor `pub(in super::…`, nor one `super` too many.
            let before = &code[..at];
            if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
                || (climbing && depth == 0)
            {
                continue;
            }
            let rest = &code[at + root.len()..];
            for (offset, name) in heads(rest) {
                // Climbing may also end at an item of the root; and only a room has `::` behind it.
                if !(climbing && height(&name).is_none()) {
                    found.insert((at + root.len() + offset, name));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The first names of a path or of every path in a group, with their offsets.
fn heads(rest: &str) -> Vec<(usize, String)> {
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    if !rest.starts_with('{') {
        return Some(word(rest)).filter(|name| !name.is_empty()).map(|name| (0, name)).into_iter().collect();
    }
    let (mut depth, mut expecting, mut found) = (0, false, Vec::new());
    for (at, c) in rest.char_indices() {
        match c {
            '{' => {
                depth += 1;
                expecting = depth == 1;
            }
            '}' => depth -= 1,
            ',' => expecting = depth == 1,
            c if c.is_whitespace() => {}
            _ if expecting => {
                expecting = false;
                let name = word(&rest[at..]);
                if !name.is_empty() && name != "self" {
                    found.push((at, name));
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = findings(path, text);
        let matches = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| found.contains(expected));
        assert!(matches, "{path}: {text}\nfound {found:#?}\nexpected {expected:#?}");
    }

    #[test]
    fn edges_that_point_down_are_fine() {
        check("src/budget/sums.rs", "use crate::slo::Slo;\nuse crate::{labels::Labels, buckets};", &[]);
        check("src/api/mod.rs", "fn f() { crate::engine::run() }", &[]);
        check("src/slo/mod.rs", "use self::x; use super::slo::Slo; use crate::slo::y;", &[]);
        check("src/main.rs", "fn main() { slo::cli::run() }", &[]);
        check("src/lib.rs", "pub mod api;", &[]);
    }

    #[test]
    fn edges_that_point_up_are_found_however_they_are_written() {
        let up = ["src/ledger/mod.rs:2: ledger asks engine, which is above it"];
        check("src/ledger/mod.rs", "\nuse crate::engine::Tick;", &up);
        check("src/ledger/mod.rs", "\nuse crate::{labels::Labels, engine::{Tick, X}};", &up);
        check("src/ledger/mod.rs", "\nfn f(x: crate::engine::Tick) {}", &up);
        check("src/ledger/mod.rs", "\nuse super::engine::Tick;", &up);
        let up = ["src/ledger/sqlite/mod.rs:2: ledger asks engine, which is above it"];
        check("src/ledger/sqlite/mod.rs", "\nuse super::super::engine::Tick;", &up);
        check("src/ledger/sqlite/mod.rs", "\nuse super::read; use super::range;", &[]);
        check("src/source/mod.rs", "use crate::cli;", &["source asks cli"]);
    }

    #[test]
    fn pure_rooms_stay_pure() {
        check("src/budget/mod.rs", "use crate::clock::Clock;", &["budget is pure and clock is not"]);
        check(
            "src/slo/mod.rs",
            "use tokio::sync::Mutex;",
            &["src/slo/mod.rs:1: a pure room may not use tokio"],
        );
        check("src/counting.rs", "fn f() { chrono::Utc::now(); }", &["may not use Utc::now"]);
        check("src/counting/x.rs", "use std::fs;", &["may not use std::fs"]);
        check("src/slo/mod.rs", "// tokio::spawn\nconst A: &str = \"tokio::spawn\"; use my_tokio::x;", &[]);
    }

    #[test]
    fn some_rooms_have_a_list() {
        check(
            "src/platform/mod.rs",
            "use crate::telemetry::http; use crate::slo::Slo;",
            &["platform may not use slo"],
        );
        check("src/main.rs", "use slo::engine;", &["main may not use engine, only cli"]);
        check("src/bin/platform-api.rs", "use slo::{platform, api::x};", &["bin may not use api"]);
    }

    #[test]
    fn tests_may_look_from_anywhere_and_strangers_are_told() {
        check("src/slo/mod.rs", "#[cfg(test)]\nmod tests { use crate::api::x; }", &[]);
        check("src/budget/rolling_tests.rs", "use crate::engine::x;", &[]);
        check("src/cellar/mod.rs", "", &["cellar is no room of the house"]);
        check("src/api/mod.rs", "use crate::attic::x;", &["attic is no room of the house"]);
    }
}
