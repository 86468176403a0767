//! CPU and memory of a process, as Linux' /proc tells them.

/// Clock ticks a second in /proc/PID/stat; the same on every Linux that Rust runs on (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;
const PAGE: usize = 4096;

/// CPU seconds that process `pid` has used so far, in user and kernel mode, all threads together; to 10 ms.
pub fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in brackets may hold anything; the numbers begin after it with field 3.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: f64 =
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / TICKS
}

/// CPU seconds of this process.
pub fn own_cpu_seconds() -> f64 {
    cpu_seconds(std::process::id())
}

/// Bytes of this process that are in memory now.
pub fn own_memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * PAGE
}

/// Bytes of this process that were in memory at the most.
pub fn own_peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
}

/// Time this thread has run on a core; what else the machine does is not in it.
#[allow(dead_code, reason = "not every benchmark measures one thread")]
pub fn thread_cpu() -> std::time::Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    std::time::Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

/// Bytes of process `pid` that are in memory now: its own share of what it shares with others counted once (PSS).
pub fn memory(pid: u32) -> usize {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
}
