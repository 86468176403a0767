//! A wall clock that is set for one process, so that a program sees the same date whenever a test runs. It goes on from the
//! time it was set to; timeouts, which the monotonic clock measures, stay as they are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use slo_base::clock::Clock;

use super::binary;

/// Sets the clock of the process that `command` will start to `at_ms` (unix milliseconds). Returns how far that clock is ahead
/// of the system's, in milliseconds.
pub fn set(command: &mut Command, at_ms: i64) -> i64 {
    let ahead_ms = at_ms - Clock::System.now().ms();
    command.env("LD_PRELOAD", &*LIBRARY).env("SLO_TEST_CLOCK_MS", ahead_ms.to_string());
    ahead_ms
}

/// A library that replaces the C library's `clock_gettime`, compiled once for each run of the tests.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/clock.c");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clock.so");
    // Another test binary may compile it at the same time, so each replaces the file as a whole.
    let own = library.with_extension(format!("{}.so", std::process::id()));
    let mut compiler = Command::new(binary(&["/usr/bin/cc"], "build-essential"));
    let output = compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&own).arg(&source).output().unwrap();
    assert!(output.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&own, &library).unwrap();
    library
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_set_for_one_process_only() {
        let mut command = Command::new("date");
        command.args(["--utc", "+%Y-%m-%d %H"]);
        let before = command.output().unwrap().stdout;
        set(&mut command, 1_789_984_800_500);
        assert_eq!(command.output().unwrap().stdout, b"2026-09-21 10\n");
        assert_ne!(before, b"2026-09-21 10\n");
    }
}
