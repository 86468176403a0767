use proptest::prelude::*;
use slo_core::time::short::{ms, secs};

use super::*;
use crate::promql::Expression;

fn piece(text: &str, edges: RangeEdges) -> String {
    let interval = |selector: &str| if selector.starts_with("slow") { secs(600) } else { secs(15) };
    let asked = Expression::parse(text).unwrap().piece(secs(300), edges, interval);
    crate::promql::validate(&asked).unwrap_or_else(|error| panic!("{asked}: {error}"));
    asked
}

#[test]
fn pairs_are_asked_an_interval_further_back_and_samples_a_millisecond_less() {
    for (text, want) in [
        (
            "sum by (team) (increase(a{code=~\"5..\"}[$window]) * on (key) group_left (team) owner)",
            "sum by (team) ((increase(a{code=~\"5..\"}[314999ms]) * (300 / 314.999)) * on (key) group_left (team) owner)",
        ),
        ("-delta(a[$window]) ^ 2", "-(delta(a[314999ms]) * (300 / 314.999)) ^ 2"),
        (
            "sum(increase({\"http.requests\", x=\"]$window\"}[${window}] offset 1h))",
            "sum((increase({\"http.requests\", x=\"]5m\"}[314999ms] offset 1h) * (300 / 314.999)))",
        ),
        (
            "sum(rate(a[$window])) - sum(rate(b[{{.window}}]))",
            "sum(rate(a[314999ms])) - sum(rate(b[314999ms]))",
        ),
        (
            "sum(changes(a[$window])) + sum(resets(a[$window]))",
            "sum(changes(a[314999ms])) + sum(resets(a[314999ms]))",
        ),
        ("sum(sum_over_time(a[$window]))", "sum(sum_over_time(a[299999ms]))"),
        ("sum(count_over_time((a > 1)[$window:15s]))", "sum(count_over_time((a > 1)[299999ms:15s]))"),
        ("sum(count_over_time((a > 1)[$window:]))", "sum(count_over_time((a > 1)[299999ms:]))"),
        // The step of a subquery is how far apart its values are; what it is made of has ranges of its own.
        (
            "sum(increase(sum by (x) (a)[$window : 20] offset 5m))",
            "sum((increase(sum by (x) (a)[319999ms : 20] offset 5m) * (300 / 319.999)))",
        ),
        ("sum(increase((a * b)[$window:]))", "sum((increase((a * b)[359999ms:1m]) * (300 / 359.999)))"),
        (
            "sum(count_over_time((increase(a[$window]) > 1)[$window:1m]))",
            "sum(count_over_time((increase(a[5m]) > 1)[299999ms:1m]))",
        ),
        // Further apart than the window is long: a pair is in one window, and is all of what it is estimated from.
        ("sum(increase(slow[$window]))", "sum((increase(slow[899999ms]) * (600 / 899.999)))"),
        ("sum(rate(slow[$window]))", "sum((rate(slow[899999ms]) * (600 / 300)))"),
        // What is not the window's length, or is computed, or moved, is the definition's business.
        (
            "sum(increase(a[$window] offset $window)) * 0 + $window",
            "sum((increase(a[314999ms] offset 5m) * (300 / 314.999))) * 0 + 5m",
        ),
        ("sum(increase(a[$window*2]))", "sum(increase(a[5m*2]))"),
        ("sum(increase(a[$window] anchored))", "sum(increase(a[5m] anchored))"),
        (
            "sum(avg_over_time(b[10m])) * sum(increase(a[$window]))",
            "sum(avg_over_time(b[10m])) * sum((increase(a[314999ms]) * (300 / 314.999)))",
        ),
        // Histograms are no numbers, and not every server can multiply them.
        (
            "histogram_count(sum by (x) (increase(h[$window]))) > 0",
            "(histogram_count(sum by (x) (increase(h[314999ms]))) * (300 / 314.999)) > 0",
        ),
        (
            "histogram_fraction(-Inf, 1, sum(increase(h[$window]))) * histogram_count(sum(increase(h[$window])) + sum(increase(g[$window])))",
            "histogram_fraction(-Inf, 1, sum(increase(h[314999ms]))) * (histogram_count(sum(increase(h[314999ms])) + sum(increase(g[314999ms]))) * (300 / 314.999))",
        ),
        // A counter as it stands, and what is averaged over the window.
        (
            "sum(a or b)",
            "sum((increase(a[314999ms]) * (300 / 314.999)) or (increase(b[314999ms]) * (300 / 314.999)))",
        ),
        (
            "sum(count_over_time(a[5m:15s]))",
            "sum_over_time((sum(count_over_time(a[5m:15s])))[299999ms:30s]) / scalar(count_over_time(vector(1)[299999ms:30s]))",
        ),
    ] {
        assert_eq!(piece(text, RangeEdges::Unknown), want, "{text}");
        assert_eq!(piece(text, RangeEdges::Closed), want, "{text}");
        assert_eq!(piece(text, RangeEdges::SeesBefore), Expression::parse(text).unwrap().over(secs(300)));
    }
    let text = "sum(increase(a[$window])) / sum(sum_over_time(b[$window]))";
    assert_eq!(
        piece(text, RangeEdges::LeftOpen),
        "sum((increase(a[315s]) * (300 / 315))) / sum(sum_over_time(b[5m]))"
    );
}

#[test]
fn the_scrape_interval_of_what_differences_are_taken_of_is_wanted() {
    let text = "sum(increase(a{x=\"1\"}[$window])) + sum(rate({y=\"2\"}[$window])) + sum(increase(a{x=\"1\"}[$window])) + sum(sum_over_time(b[$window])) + sum(increase((c)[$window:1m]))";
    assert_eq!(Expression::parse(text).unwrap().scraped(), ["a{x=\"1\"}", "{y=\"2\"}"]);
    assert_eq!(Expression::parse("sum(a or b)").unwrap().scraped(), ["a", "b"]);
    assert_eq!(Expression::parse("sum(increase(b[5m]))").unwrap().scraped(), [""; 0]);
}

/// `increase` over the `range` that ends at `until`, of a counter's samples, as Prometheus computes it (`extrapolatedRate`).
fn increase(samples: &[(i64, f64)], until: i64, range: i64, closed: bool) -> Option<f64> {
    let after = until - range - i64::from(closed);
    let seen: Vec<_> = samples.iter().filter(|(at, _)| *at > after && *at <= until).collect();
    let [first, .., last] = seen.as_slice() else { return None };
    let (delta, sampled) = (last.1 - first.1, (last.0 - first.0) as f64);
    let average = sampled / (seen.len() - 1) as f64;
    let (mut to_start, mut to_end) = ((first.0 - (until - range)) as f64, (until - last.0) as f64);
    if delta > 0.0 {
        to_start = to_start.min(sampled * first.1 / delta);
    }
    for to in [&mut to_start, &mut to_end] {
        if *to >= average * 1.1 {
            *to = average / 2.0;
        }
    }
    Some(delta * (sampled + to_start + to_end) / sampled)
}

proptest! {
    /// Whatever the phase of the scrapes, whatever happened, and whichever edges the server has: pieces have together what
    /// happened, and so has the whole.
    #[test]
    fn pieces_add_up_to_what_happened(
        interval in prop::sample::select(vec![1_000, 5_000, 15_000, 30_000, 60_000, 300_000, 600_000i64]),
        phase in 0..600_000i64,
        closed: bool,
        steps in prop::collection::vec(prop_oneof![3 => Just(0.0), 1 => 0.0..1000.0f64], 300),
    ) {
        let window = 300_000;
        let pieces = 12;
        let phase = phase % interval;
        // Long before and long after, and never so near to zero that it would be limited.
        let (begin, end) = (-4 * (window + interval), (pieces + 4) * window + 4 * interval);
        let mut value = 1e6;
        let mut samples = Vec::new();
        for (index, at) in (begin + phase..end).step_by(usize::try_from(interval).unwrap()).enumerate() {
            value += steps[index % steps.len()];
            samples.push((at, value));
        }
        let edges = if closed { RangeEdges::Closed } else { RangeEdges::LeftOpen };
        let of = |until: i64, window: i64| {
            let pairs = window + interval - edges.excess().ms();
            let (range, factor) = asked(Looks::Extrapolated, ms(window), ms(interval), edges);
            prop_assert_eq!(range, ms(pairs));
            let (over, under) = factor.as_deref().unwrap().split_once(" / ").unwrap();
            let factor = over.parse::<f64>().unwrap() / under.parse::<f64>().unwrap();
            Ok(increase(&samples, until, pairs, closed).unwrap_or_default() * factor)
        };
        let before = |at: i64| samples.iter().rev().find(|(time, _)| *time <= at).map_or(0.0, |(_, value)| *value);
        let lived = before(window * pieces) - before(0);
        let mut sum = 0.0;
        for piece in 1..=pieces {
            sum += of(piece * window, window)?;
        }
        prop_assert!((sum - lived).abs() < 1e-6 * lived.max(1.0), "{} instead of {}", sum, lived);
        let whole = of(window * pieces, window * pieces)?;
        prop_assert!((whole - lived).abs() < 1e-6 * lived.max(1.0), "{} instead of {}", whole, lived);
    }
}
