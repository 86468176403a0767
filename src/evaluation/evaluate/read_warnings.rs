//! What a read finds out about its queries that people should know: numbers that had to be put right, and sides of a ratio
//! that find nothing. Told once a read, whatever number of buckets it is about.

use slo_model::counting::{Counted, LeftOut};

use slo_core::text::counted;
use slo_model::source::Answer;

/// How far above the total an estimate may be without a word, as a share of the total: each side is extrapolated by itself.
const ESTIMATE_SLACK: f64 = 0.01;
/// What fractions leave behind when they are added up, in events.
const ROUNDING: f64 = 1e-6;

/// What was found so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ReadWarnings {
    /// The server's own warnings, and ours, each once.
    said: Vec<String>,
    /// Samples that are no counter's.
    unusable: usize,
    /// First values that nothing dates.
    history: LeftOut,
    /// Falls that were not taken for restarts.
    small_falls: usize,
    /// Series that are no counters, and one of them.
    deltas: Option<(usize, String)>,
    /// Buckets of which one side was put right.
    cut: usize,
    /// The lowest and the highest value of a raw ratio, beyond 0 and 1.
    ratios: (f64, f64),
    /// The numerator's query where it answered NaN, and how often.
    no_number: Option<String>,
    no_numbers: usize,
    /// A side that has no series although the other has; empty for both.
    missing: Option<&'static str>,
    /// An answer lacked data.
    pub(super) partial: bool,
}

/// What the queries of a ratio found.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Found {
    /// Series of the numerator.
    pub(super) numerator: bool,
    /// Events of the numerator; `… or vector(0)` has a series without.
    pub(super) events: bool,
    /// Series of the total.
    pub(super) total: bool,
}

impl Found {
    /// A value came.
    pub(super) fn saw(&mut self, events: f64, of_total: bool) {
        self.total |= of_total;
        self.numerator |= !of_total;
        self.events |= !of_total && events != 0.0;
    }

    /// A value came of the one query that there is.
    pub(super) fn saw_both(&mut self) {
        (self.numerator, self.total) = (true, true);
    }
}

impl ReadWarnings {
    /// The data of an answer; what came with it is noted.
    pub(super) fn take<T>(&mut self, answer: Answer<T>) -> T {
        self.say(answer.warnings);
        self.partial |= answer.partial;
        answer.data
    }

    /// Takes over warnings in words.
    pub(super) fn say(&mut self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            if !self.said.contains(&warning) {
                self.said.push(warning);
            }
        }
    }

    /// What counting left out, and what it could not be sure of.
    pub(super) fn counted(&mut self, counted: &Counted) {
        self.unusable += counted.unusable;
        self.history += counted.history;
        self.small_falls += counted.small_falls;
        if let (deltas, Some(example)) = &counted.deltas
            && self.deltas.as_ref().is_none_or(|(known, _)| known < deltas)
        {
            self.deltas = Some((*deltas, example.to_string()));
        }
    }

    /// The numerator's query answered NaN about a window.
    pub(super) fn no_number(&mut self, query: &str) {
        self.no_numbers += 1;
        self.no_number.get_or_insert_with(|| query.to_owned());
    }

    /// What the queries found, ever or in this read. That nothing bad has happened yet is as it should be.
    pub(super) fn found(&mut self, found: Found, bad: bool) {
        self.missing = if found.events && !found.total {
            Some("total")
        } else if found.total && !found.numerator && !bad {
            Some("good")
        } else if !found.total && !found.numerator {
            Some("")
        } else {
            None
        };
    }

    /// Good and total of a bucket, put right: neither negative, and good at most the total.
    pub(super) fn ordered(&mut self, part: f64, total: f64, bad: bool, is_estimate: bool) -> (f64, f64) {
        let slack = ROUNDING + if is_estimate { ESTIMATE_SLACK * total.max(0.0) } else { 0.0 };
        self.cut += usize::from(part > total + slack || part < -slack);
        ordered(part, total, bad)
    }

    /// A value of a raw ratio, put right.
    pub(super) fn ratio(&mut self, value: f64) -> f64 {
        let (low, high) = self.ratios;
        self.ratios = (low.min(value), high.max(value));
        value.clamp(0.0, 1.0)
    }

    /// All of it in words.
    pub(super) fn warnings(self, bad: bool) -> Vec<String> {
        let mut all = self.said;
        if self.unusable > 0 {
            all.push(format!(
                "{} samples were NaN, infinite, negative or absurdly large and were left out",
                self.unusable
            ));
        }
        all.extend(first_values(&self.history, bad));
        if self.small_falls > 0 && self.deltas.is_none() {
            all.push(format!(
                "counters fell a little {} times, as replicas or agents that write one series make them; this was not taken for restarts, and events are missed or late by as much (read replicas apart with --replica-label)",
                self.small_falls
            ));
        }
        if let Some((series, example)) = &self.deltas {
            all.push(format!(
                "{series} series fall in every fourth sample or more, which no counter does, {example} for one: these look like deltas, and a counter's increments of them are not what happened; count them by sum_over_time(…[$window])"
            ));
        }
        if let Some(query) = &self.no_number {
            let side = if bad { "bad" } else { "good" };
            all.push(format!(
                "the {side} query answers NaN, which is no number, so that nothing is known of {}: is there 0/0 in it? {query}",
                counted(self.no_numbers, "window")
            ));
        }
        if self.missing == Some("") {
            all.push("no query finds a series; check their names and labels".to_owned());
        } else if let Some(side) = self.missing {
            all.push(format!("the {side} query finds no series; check its name and labels"));
        } else if self.cut > 0 {
            let (side, buckets) =
                (if bad { "bad" } else { "good" }, if self.cut == 1 { "bucket" } else { "buckets" });
            all.push(format!(
                "the {side} query counts more events than the total, or fewer than none, in {} {buckets}, which were cut to what can be; are the queries swapped, or of different things?",
                self.cut
            ));
        }
        let (low, high) = self.ratios;
        let beyond = [(high > 1.0 + ROUNDING, "up to", high), (low < -ROUNDING, "down to", low)];
        let beyond: Vec<String> = beyond
            .into_iter()
            .filter(|(is_beyond, _, _)| *is_beyond)
            .map(|(_, way, value)| format!("{way} {}", readable(value)))
            .collect();
        if !beyond.is_empty() {
            all.push(format!(
                "the raw query has values {}, and a raw ratio is between 0 and 1; is it a percentage?",
                beyond.join(" and ")
            ));
        }
        all
    }
}

/// What is said of first values that nothing dates: both numbers.
fn first_values(history: &LeftOut, bad: bool) -> Option<String> {
    let LeftOut { series, numerator, total } = *history;
    if series == 0 {
        return None;
    }
    let side = if bad { "bad" } else { "good" };
    Some(format!(
        "{series} series were first seen with {} events ({} {side}) in them, and nothing tells when those happened: they are taken for history and not counted; annotate slo-engine/first-values: count to count them, or history to be silent",
        events(total),
        events(numerator)
    ))
}

/// A number of events.
fn events(number: f64) -> String {
    format!("{number:.0}")
}

/// Good and total, both never negative and good at most total.
pub(super) fn ordered(part: f64, total: f64, bad: bool) -> (f64, f64) {
    let total = total.max(0.0);
    let part = part.clamp(0.0, total);
    (if bad { total - part } else { part }, total)
}

/// Enough digits to see what a number is; an infinite one is very large.
fn readable(value: f64) -> String {
    if value.abs() < 1e6 {
        (value as f32).to_string()
    } else {
        format!("{:.1e}", value.clamp(f64::MIN, f64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_put_right_and_told_once() {
        let mut warnings = ReadWarnings::default();
        assert_eq!(warnings.ordered(3.0, 5.0, true, false), (2.0, 5.0));
        assert_eq!(warnings.ordered(5.000_000_1, 5.0, false, false), (5.0, 5.0));
        assert_eq!(warnings.ordered(5.04, 5.0, false, true), (5.0, 5.0));
        assert_eq!(warnings.clone().warnings(false), [""; 0]);
        assert_eq!(warnings.ordered(6.0, 5.0, true, false), (0.0, 5.0));
        assert_eq!(warnings.ordered(5.04, 5.0, false, false), (5.0, 5.0));
        assert_eq!(warnings.ordered(-1.0, 5.0, false, false), (0.0, 5.0));
        let warnings = warnings.warnings(true);
        assert!(
            warnings[0].contains("the bad query") && warnings[0].contains("in 3 buckets"),
            "{warnings:?}"
        );
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn a_ratio_that_is_a_percentage() {
        let told = |values: &[f64]| {
            let mut warnings = ReadWarnings::default();
            for value in values {
                assert!((0.0..=1.0).contains(&warnings.ratio(*value)));
            }
            warnings.warnings(false).join("\n")
        };
        assert_eq!(told(&[0.0, 0.5, 1.0, 1.000_000_1]), "");
        assert!(told(&[0.0, 99.6, 42.0]).contains("values up to 99.6, and"));
        assert!(told(&[-3.0, 0.5]).contains("values down to -3, and"));
        assert!(told(&[f64::INFINITY, -2e7]).contains("values up to 1.8e308 and down to -2.0e7, and"));
    }

    #[test]
    fn a_side_without_series() {
        let told = |numerator: Option<f64>, total: Option<f64>, bad| {
            let (mut warnings, mut found) = (ReadWarnings::default(), Found::default());
            for (value, of_total) in [(numerator, false), (total, true)] {
                if let Some(value) = value {
                    found.saw(value, of_total);
                }
            }
            warnings.found(found, bad);
            warnings.warnings(bad).join("\n")
        };
        let (some, none) = (Some(5.0), None);
        assert_eq!(told(none, none, true), "no query finds a series; check their names and labels");
        assert_eq!(told(some, none, true), "the total query finds no series; check its name and labels");
        assert_eq!(told(none, some, false), "the good query finds no series; check its name and labels");
        for (numerator, total, bad) in
            [(none, some, true), (some, some, false), (Some(0.0), none, false), (Some(0.0), some, false)]
        {
            assert_eq!(told(numerator, total, bad), "");
        }
    }
}
