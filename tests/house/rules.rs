//! Rules for one file at a time.

use super::code::{code, line};

/// Lines above which a file is worth a thought, and above which it is to be divided.
const LONG: usize = 400;
const TOO_LONG: usize = 500;

/// What a file's length says.
pub enum Length {
    Fits,
    Long(String),
    TooLong(String),
}

pub fn length(path: &str, text: &str) -> Length {
    match text.lines().count() {
        lines if lines > TOO_LONG => {
            Length::TooLong(format!("{path}: {lines} lines; divide it, {TOO_LONG} is the most"))
        }
        lines if lines > LONG => {
            Length::Long(format!("{path}: {lines} lines; most files here have fewer than 300"))
        }
        _ => Length::Fits,
    }
}

/// Macros that stand for work that was not done, or that somebody forgot.
pub fn unfinished(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut findings = Vec::new();
    for name in ["todo!", "unimplemented!", "dbg!"] {
        findings.extend(
            calls(&code, name).map(|at| format!("{path}:{}: {name} has no place in src", line(&code, at))),
        );
    }
    findings
}

/// Printing that panics when nobody reads, or when the disk is full.
pub fn prints(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut findings = Vec::new();
    for name in ["print!", "println!", "eprint!", "eprintln!"] {
        findings.extend(calls(&code, name).map(|at| {
            format!("{path}:{}: {name} panics on a closed pipe; see src/cli/out.rs", line(&code, at))
        }));
    }
    findings
}

/// `allow` and `expect` attributes without a reason.
pub fn unexplained_exceptions(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut findings = Vec::new();
    for start in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
        for (at, _) in code.match_indices(start) {
            let rest = &code[at..];
            let attribute = rest.split_inclusive(']').next().unwrap_or(rest);
            if !attribute.contains("reason") {
                findings.push(format!("{path}:{}: {start}…) needs a reason = \"…\"", line(&code, at)));
            }
        }
    }
    findings
}

/// Waiting for time to pass where an event could be awaited. What starts real servers has to poll them, and what
/// measures has to last.
pub fn sleeps(path: &str, text: &str) -> Vec<String> {
    if ["tests/servers/", "tests/bench/", "tests/house/"].iter().any(|free| path.starts_with(free)) {
        return Vec::new();
    }
    let code = code(text);
    calls(&code, "sleep(")
        .map(|at| format!("{path}:{}: await an event instead of sleeping", line(&code, at)))
        .collect()
}

/// Where `name` begins a word.
fn calls<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(name)
        .map(|(at, _)| at)
        .filter(|at| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_that_panics_is_found() {
        let found =
            prints("x.rs", "fn f() {\n    println!();\n    outprint!(); // print!\n    eprint!(\"\");\n}\n");
        assert_eq!(found.iter().map(|one| &one[..6]).collect::<Vec<_>>(), ["x.rs:2", "x.rs:4"]);
    }

    #[test]
    fn long_files_are_found() {
        assert!(matches!(length("a.rs", &"x\n".repeat(400)), Length::Fits));
        assert!(matches!(length("a.rs", &"x\n".repeat(401)), Length::Long(_)));
        assert!(matches!(length("a.rs", &"x\n".repeat(501)), Length::TooLong(_)));
    }

    #[test]
    fn unfinished_work_is_found_in_code_only() {
        let found =
            unfinished("a.rs", "// todo!()\nfn f() { todo!(\"later\") }\nfn g() { my_dbg!(1); dbg!(1) }");
        assert_eq!(found, ["a.rs:2: todo! has no place in src", "a.rs:3: dbg! has no place in src"]);
    }

    #[test]
    fn exceptions_need_reasons() {
        let with = "#[expect(clippy::x, reason = \"because\")]\n#![allow(\n  a,\n  reason = \"so\"\n)]";
        assert!(unexplained_exceptions("a.rs", with).is_empty());
        let without = "#[allow(clippy::x)]\nfn f() {}\n#[expect(y)]";
        assert_eq!(unexplained_exceptions("a.rs", without).len(), 2);
    }

    #[test]
    fn sleeping_is_found() {
        let text = "tokio::time::sleep(x).await; // sleep(\nlet oversleep(x);";
        assert_eq!(sleeps("tests/a.rs", text), ["tests/a.rs:1: await an event instead of sleeping"]);
        assert!(sleeps("tests/servers/process.rs", text).is_empty());
    }
}
