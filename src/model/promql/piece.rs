//! An expression for one of several windows that follow each other, so that together they have everything once.
//!
//! `increase(x[5m])` asked every five minutes never sees what happened between the last sample of one range and the first
//! of the next: of a counter that is scraped every 15 s, one increment in twenty, and always the same one. And a range of
//! Prometheus 2.x has the sample at its left edge, which is the right edge of the range before; one of 3.x has not.
//!
//! | function | what it looks at | is asked of |
//! |---|---|---|
//! | `increase`, `delta`, `rate`, `irate`, `idelta`, `changes`, `resets`, `deriv` | pairs of samples | one scrape interval more: the pairs whose later sample lies in the window |
//! | `…_over_time` | samples | the samples in the window |
//! | anything else | | the window |
//!
//! `increase` and `delta` are estimated for the range that they are asked of, so their result is scaled back, and that of
//! `rate` where samples are further apart than the window is long. Samples as regular as scrapes are then counted as they
//! are, if the window is a multiple of their interval or shorter than it; otherwise as many as lie in a window on average. A
//! counter that was zero shortly before is estimated short by a part of an interval at most, as Prometheus does not
//! extrapolate to below zero.

use std::ops::Range;

use slo_core::duration;
use slo_core::time::Span;

use super::check::{Kind, Token, tokens};
use super::render::MOMENT_WINDOW;
use super::window::{fill, filled};

/// Which samples a server takes for those of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RangeEdges {
    /// Prometheus 2.x: those at both edges.
    Closed,
    /// Prometheus 3.x: the one at the right edge, and not the one at the left.
    LeftOpen,
    /// `VictoriaMetrics`: as 3.x, but differences begin with the last sample before the range.
    SeesBefore,
    /// Not known: what is asked for is right on 2.x, and on 3.x but for samples in the first millisecond of a window.
    #[default]
    Unknown,
}

impl RangeEdges {
    /// What is longer by this than the pairs or samples that are wanted has one too many.
    fn excess(self) -> Span {
        match self {
            Self::Closed | Self::Unknown => Span::MILLISECOND,
            Self::LeftOpen | Self::SeesBefore => Span::ZERO,
        }
    }
}

/// What a function looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// At pairs of samples, and extrapolates to its range.
    Extrapolated,
    /// The same, a second.
    Rate,
    Pairs,
    Samples,
    Otherwise,
}

impl Looks {
    fn is_at_pairs(self) -> bool {
        match self {
            Self::Extrapolated | Self::Rate | Self::Pairs => true,
            Self::Samples | Self::Otherwise => false,
        }
    }
}

fn looks(function: &str) -> Looks {
    match function {
        "increase" | "delta" => Looks::Extrapolated,
        "rate" => Looks::Rate,
        "irate" | "idelta" | "changes" | "resets" | "deriv" => Looks::Pairs,
        other if other.ends_with("_over_time") => Looks::Samples,
        _ => Looks::Otherwise,
    }
}

/// How far apart the values of a range are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Interval {
    /// As the series of this selector are scraped.
    Scraped(String),
    /// As a subquery says.
    Step(Span),
    /// As Prometheus' default is, for a subquery that says nothing after its colon, which ends here.
    Default(usize),
}

/// Prometheus' own evaluation interval, which a subquery without a step has.
const DEFAULT_STEP: Span = Span::minutes(1);

/// A range that is as long as the window.
#[derive(Debug)]
struct Windowed {
    /// Its length, in the filled text.
    length: Range<usize>,
    looks: Looks,
    interval: Interval,
    /// What its result is scaled with; `None` when scaling makes no difference.
    scaled: Option<Range<usize>>,
}

/// The selectors of `template` whose scrape interval [`render`] wants to know.
pub(super) fn scraped(template: &str) -> Vec<String> {
    let (text, places) = filled(template, MOMENT_WINDOW);
    let mut selectors: Vec<String> = ranges(&text, &places)
        .into_iter()
        .filter(|range| range.looks.is_at_pairs())
        .filter_map(|range| match range.interval {
            Interval::Scraped(selector) => Some(selector),
            Interval::Step(_) | Interval::Default(_) => None,
        })
        .collect();
    selectors.sort_unstable();
    selectors.dedup();
    selectors
}

/// `template` for a `window` on a server that reads ranges so; `interval` tells how often a selector's series are scraped.
pub(super) fn render(
    template: &str,
    window: Span,
    edges: RangeEdges,
    interval: impl Fn(&str) -> Span,
) -> String {
    if edges == RangeEdges::SeesBefore {
        return fill(template, window);
    }
    let (text, places) = filled(template, window);
    // What is put in, and in the place of what.
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut scaled: Vec<Range<usize>> = Vec::new();
    for range in ranges(&text, &places) {
        let apart = match &range.interval {
            Interval::Scraped(selector) => interval(selector),
            Interval::Step(step) => *step,
            Interval::Default(_) => DEFAULT_STEP,
        };
        let (length, factor) = asked(range.looks, window, apart.max(Span::MILLISECOND), edges);
        edits.push((range.length, duration::format(length)));
        if let (Interval::Default(place), true) = (range.interval, range.looks.is_at_pairs()) {
            edits.push((place..place, duration::format(DEFAULT_STEP)));
        }
        if let (Some(factor), Some(call)) = (factor, range.scaled)
            && !scaled.contains(&call)
        {
            edits.push((call.start..call.start, "(".to_owned()));
            edits.push((call.end..call.end, format!(" * ({factor}))")));
            scaled.push(call);
        }
    }
    edits.sort_by_key(|(place, _)| place.start);
    let mut text = text;
    for (place, instead) in edits.into_iter().rev() {
        text.replace_range(place, &instead);
    }
    text
}

/// The range to ask for, and what its result is to be multiplied with.
fn asked(looks: Looks, window: Span, apart: Span, edges: RangeEdges) -> (Span, Option<String>) {
    let pairs = window + apart - edges.excess();
    let seconds = |length: Span| length.as_seconds_f64();
    match looks {
        Looks::Extrapolated => (pairs, Some(format!("{} / {}", seconds(window.max(apart)), seconds(pairs)))),
        // Whoever asks multiplies with the window.
        Looks::Rate => (pairs, (apart > window).then(|| format!("{} / {}", seconds(apart), seconds(window)))),
        Looks::Pairs => (pairs, None),
        Looks::Samples => ((window - edges.excess()).max(Span::MILLISECOND), None),
        Looks::Otherwise => (window, None),
    }
}

/// A pair of parentheses with what stands before them.
struct Call<'a> {
    name: Token<'a>,
    open: usize,
    /// The byte after the closing one.
    end: usize,
}

/// The ranges of `text` that are `places` and nothing more, without those that lie in the subquery of another one.
fn ranges(text: &str, places: &[Range<usize>]) -> Vec<Windowed> {
    let (tokens, _) = tokens(text);
    let token = |index: usize| tokens.get(index);
    let mut open: Vec<usize> = Vec::new();
    let mut calls: Vec<Call<'_>> = Vec::new();
    for (index, one) in tokens.iter().enumerate() {
        if one.is("(") {
            open.push(index);
        } else if one.is(")")
            && let Some(at) = open.pop()
            && let Some(name) = at.checked_sub(1).and_then(token).filter(|name| name.kind == Kind::Name)
        {
            calls.push(Call { name: *name, open: at, end: one.end() });
        }
    }
    let mut found: Vec<Windowed> = Vec::new();
    for (index, bracket) in tokens.iter().enumerate().filter(|(_, one)| one.is("[")) {
        let is_window = |one: &&Token<'_>| places.contains(&(one.start..one.end()));
        let (Some(length), Some(next)) = (token(index + 1).filter(is_window), token(index + 2)) else {
            continue;
        };
        // From the inside out.
        let around: Vec<&Call<'_>> =
            calls.iter().filter(|call| call.open < index && call.end > bracket.end()).collect();
        let Some(call) = around.iter().max_by_key(|call| call.open) else { continue };
        let interval = if next.is("]") {
            // Prometheus 3 itself takes what lies before and after such a range.
            if token(index + 3).is_some_and(|word| word.is_word("anchored") || word.is_word("smoothed")) {
                continue;
            }
            selector(text, &tokens, index).map(Interval::Scraped)
        } else {
            step(&tokens, index + 2)
        };
        let Some(interval) = interval else { continue };
        let begins = token(call.open).map_or(0, Token::end);
        if !next.is("]") {
            found.retain(|inner| !(begins..bracket.start).contains(&inner.length.start));
        }
        let scaled = scaled(call, &around);
        let length = length.start..length.end();
        found.push(Windowed { length, looks: looks(call.name.text), interval, scaled });
    }
    found
}

/// The call whose result is proportional to what `call` gives and can be multiplied on every server: not every one can
/// multiply histograms. What is made of a histogram's shape does not depend on how much it holds.
fn scaled(call: &Call<'_>, around: &[&Call<'_>]) -> Option<Range<usize>> {
    let is_of_histograms = |call: &&&Call<'_>| call.name.text.starts_with("histogram_");
    let place = |call: &Call<'_>| call.name.start..call.end;
    match around.iter().filter(is_of_histograms).max_by_key(|call| call.open) {
        None => Some(place(call)),
        Some(of) if matches!(of.name.text, "histogram_count" | "histogram_sum") => Some(place(of)),
        Some(_) => None,
    }
}

/// The selector that ends before the bracket.
fn selector(text: &str, tokens: &[Token<'_>], bracket: usize) -> Option<String> {
    let mut first = bracket.checked_sub(1)?;
    if tokens.get(first)?.is("}") {
        first = tokens.get(..first)?.iter().rposition(|one| one.is("{"))?;
        let metric = first.checked_sub(1).and_then(|before| tokens.get(before));
        if metric.is_some_and(|metric| metric.kind == Kind::Name) {
            first -= 1;
        }
    }
    Some(text.get(tokens.get(first)?.start..tokens.get(bracket)?.start)?.trim_end().to_owned())
}

/// The step of a subquery whose colon is at `colon`; `None` of one that is computed.
fn step(tokens: &[Token<'_>], colon: usize) -> Option<Interval> {
    let (colon, step) = (tokens.get(colon).filter(|one| one.is(":"))?, tokens.get(colon + 1)?);
    if step.is("]") {
        return Some(Interval::Default(colon.end()));
    }
    let length = match step.kind {
        Kind::Number => step.text.parse().ok().map(Span::from_seconds),
        _ => duration::parse(step.text).ok(),
    };
    let length = length.filter(|length| *length > Span::ZERO)?;
    tokens
        .iter()
        .find(|one| one.start >= step.end())
        .filter(|one| one.is("]"))
        .map(|_| Interval::Step(length))
}

#[cfg(test)]
#[path = "piece_tests.rs"]
mod tests;
