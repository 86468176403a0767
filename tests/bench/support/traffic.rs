//! Counters that are a function of time, so that the truth of any window is known without counting: what a counter has
//! seen by step `k` is `slope × k` and a wobble that never outruns the slope.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Seconds between scrapes.
pub const SCRAPE: i64 = 15;

/// One counter.
#[derive(Debug, Clone)]
pub struct Series {
    /// `job="…",instance="…",…`
    pub labels: String,
    /// Events a scrape, on average.
    pub slope: u64,
    /// Tells its wobble from others'.
    pub seed: u64,
    /// Its process restarts after so many scrapes, again and again; 0 for never.
    pub restarts: i64,
}

impl Series {
    /// Events from the beginning of time up to the scrape at `at` (unix seconds, a multiple of [`SCRAPE`]).
    pub fn events(&self, at: i64) -> u64 {
        let step = (at / SCRAPE).cast_unsigned();
        let mixed = (step ^ self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        self.slope * step + mixed % self.slope.max(1)
    }

    /// What the counter shows at `at`: events since `from`, or since the last restart after that.
    pub fn value(&self, from: i64, at: i64) -> u64 {
        let mut since = from;
        if self.restarts > 0 {
            let period = self.restarts * SCRAPE;
            since = since.max(at.div_euclid(period) * period - SCRAPE);
        }
        self.events(at) - self.events(since)
    }
}

/// What a file of history holds.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// The counters' metric.
    pub metric: &'a str,
    /// The counters.
    pub counters: &'a [Series],
    /// The labels of targets that were always up.
    pub targets: &'a [String],
    /// Full names of series that a rule would have recorded, every [`RECORDED`] seconds; a small ratio each.
    pub records: &'a [String],
}

/// Seconds between two evaluations of a rule.
pub const RECORDED: i64 = 30;

impl History<'_> {
    /// Writes an OpenMetrics file with every sample of `(from, until]`, and tells how many there are. In order of time, for
    /// that is the order a TSDB takes samples in; so without `# TYPE`, which would have to come first in its family.
    pub fn write(&self, file: &Path, (from, until): (i64, i64)) -> io::Result<usize> {
        let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(file)?);
        let names: Vec<String> =
            self.counters.iter().map(|one| format!("{}{{{}}}", self.metric, one.labels)).collect();
        let mut samples = 0;
        let mut text = String::new();
        let mut at = from + SCRAPE;
        while at <= until {
            text.clear();
            for (one, name) in self.counters.iter().zip(&names) {
                let _ = writeln!(text, "{name} {} {at}", one.value(from, at));
            }
            for target in self.targets {
                let _ = writeln!(text, "up{{{target}}} 1 {at}");
            }
            if at % RECORDED == 0 {
                for (place, record) in self.records.iter().enumerate() {
                    let _ = writeln!(
                        text,
                        "{record} 0.00{} {at}",
                        1000 + (at / RECORDED * 7 + place as i64) % 9000
                    );
                }
            }
            samples += text.bytes().filter(|byte| *byte == b'\n').count();
            out.write_all(text.as_bytes())?;
            at += SCRAPE;
        }
        out.write_all(b"# EOF\n")?;
        out.flush()?;
        Ok(samples)
    }
}
