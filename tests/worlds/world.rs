//! A made-up world: what its servers store, and what happened in it.

use std::collections::{BTreeSet, HashMap};
use std::ops::{Range, RangeInclusive};

use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};

use super::kinds::Kind;
use super::source::Dialect;
use super::target::Ms;

/// A process that is first scraped within this counts from its start, wherever counting began.
const YOUNG: Ms = 5 * 60_000;

/// A sample that a server has, or a marker that the series ended.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    pub at: Ms,
    /// `None`: stale.
    pub value: Option<f64>,
    pub arrived: Ms,
}

/// From which evidence a first value counts.
#[derive(Debug, Clone, Copy)]
pub enum Since {
    /// Its target was scraped before without it, or a zero was.
    Always,
    /// It began then: if that is in the counted range, or just before it was first seen.
    After(Ms),
    /// Nothing tells when it began.
    Never,
}

/// Events that a sample shows.
#[derive(Debug, Clone)]
pub struct Event {
    /// When they are first seen; but for the clocks of several views, the time of a sample.
    pub at: Ms,
    /// Another view shows them, or is read instead, by then.
    pub latest: Ms,
    pub arrived: Ms,
    pub bad: bool,
    pub count: u64,
    pub since: Since,
    /// The place of the series, where it is the first that is seen of a counter.
    pub first: Option<usize>,
}

/// How bad and good are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// One metric with a label for the code.
    Codes,
    /// One metric for each outcome.
    Outcomes,
}

/// The numbers of bad and of all events, from what is certain to what is possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    pub good: RangeInclusive<f64>,
    pub total: RangeInclusive<f64>,
}

/// A world.
pub struct World {
    pub seed: u64,
    pub kind: Kind,
    pub begin: Ms,
    pub end: Ms,
    /// The SLO's window.
    pub window: Ms,
    /// Moments at which it is looked at, straight from the source; the last one is the end.
    pub moments: Vec<Ms>,
    /// Moments at which the engine ticks.
    pub ticks: Vec<Ms>,
    pub style: Style,
    /// Its counters are native histograms, whose observations are counted.
    pub native: bool,
    /// The query names its targets' job.
    pub named: bool,
    /// The query asks for bad events.
    pub asks_bad: bool,
    pub dialect: Dialect,
    pub series: Vec<(Labels, Vec<Stored>)>,
    pub places: HashMap<Labels, usize>,
    pub events: Vec<Event>,
}

impl World {
    pub fn metric(&self, code: &str) -> &'static str {
        match (self.style, code.starts_with('5')) {
            (Style::Codes, _) => "requests_total",
            (Style::Outcomes, true) => "failed_total",
            (Style::Outcomes, false) => "served_total",
        }
    }

    /// The place of a series.
    pub fn series(&mut self, labels: Labels) -> usize {
        let next = self.series.len();
        let place = *self.places.entry(labels.clone()).or_insert(next);
        if place == next {
            self.series.push((labels, Vec::new()));
        }
        place
    }

    pub fn sample(&mut self, series: usize, sample: Stored) {
        self.series[series].1.push(sample);
    }

    pub fn stale(&mut self, gone: &BTreeSet<usize>, at: Ms, arrived: Ms) {
        for series in gone {
            self.sample(*series, Stored { at, value: None, arrived });
        }
    }

    /// A zero at the time a counter was created, if the server takes it: after the series' last sample, and not from before
    /// the server began.
    pub fn inject(&mut self, series: usize, created: Ms, scraped: Ms, arrived: Ms) -> bool {
        let last = self.series[series].1.last().map_or(self.begin, |last| last.at);
        let taken = created > last && created < scraped;
        if taken {
            self.sample(series, Stored { at: created, value: Some(0.0), arrived });
        }
        taken
    }

    /// Puts samples in order, one a millisecond.
    pub fn settle(&mut self) {
        for (_, samples) in &mut self.series {
            samples.sort_by_key(|sample| sample.at);
            samples.dedup_by_key(|sample| sample.at);
        }
    }

    /// What happened in `range` (left-open) as far as it has arrived at `now`, counted from `counted_from` on.
    pub fn truth(&self, range: &Range<Ms>, counted_from: Ms, now: Ms) -> Truth {
        let (mut sure, mut possible) = ([0u64; 2], [0u64; 2]);
        for event in self.events.iter().filter(|event| event.arrived <= now) {
            let counts = match event.since {
                Since::Always => true,
                Since::After(start) => start > counted_from.min(event.at - YOUNG),
                Since::Never => false,
            };
            if !counts {
                continue;
            }
            let bad = usize::from(event.bad);
            if event.at > range.start && event.latest <= range.end {
                sure[bad] += event.count;
            }
            if event.latest > range.start && event.at <= range.end {
                possible[bad] += event.count;
            }
        }
        let [good, bad] = [0, 1].map(|place| (sure[place] as f64, possible[place] as f64));
        Truth { good: good.0..=good.1, total: good.0 + bad.0..=good.1 + bad.1 }
    }

    /// The SLO, in OpenSLO's words.
    pub fn definition(&self) -> String {
        let matchers = |more: &str| match (self.named, more) {
            (true, "") => "{job=\"shop\"}".to_owned(),
            (true, more) => format!("{{job=\"shop\",{more}}}"),
            (false, "") => String::new(),
            (false, more) => format!("{{{more}}}"),
        };
        let sum = |selector: &str| {
            if self.native { format!("sum(histogram_count({selector}))") } else { format!("sum({selector})") }
        };
        let (part, total) = match self.style {
            Style::Codes => {
                let code = if self.asks_bad { "code=~\"5..\"" } else { "code!~\"5..\"" };
                (
                    sum(&format!("requests_total{}", matchers(code))),
                    sum(&format!("requests_total{}", matchers(""))),
                )
            }
            Style::Outcomes => {
                let one = |metric: &str| sum(&format!("{metric}{}", matchers("")));
                let part = one(if self.asks_bad { "failed_total" } else { "served_total" });
                (part, format!("{} + {}", one("served_total"), one("failed_total")))
            }
        };
        let side = if self.asks_bad { "bad" } else { "good" };
        let query = |text: &str| format!("{{metricSource: {{type: Prometheus, spec: {{query: '{text}'}}}}}}");
        format!(
            "apiVersion: openslo/v1
kind: SLO
metadata: {{name: world}}
spec:
  service: worlds
  indicator:
    metadata: {{name: world-sli}}
    spec:
      ratioMetric:
        counter: true
        {side}: {}
        total: {}
  timeWindow:
  - {{duration: {}m, isRolling: true}}
  budgetingMethod: Occurrences
  objectives:
  - target: 0.9
",
            query(&part),
            query(&total),
            self.window / 60_000
        )
    }
}

/// A moment of a world.
pub fn moment(at: Ms) -> Timestamp {
    Timestamp::from_ms(at)
}

/// A length of time of a world.
pub fn span(length: Ms) -> Span {
    Span::from_ms(length)
}
