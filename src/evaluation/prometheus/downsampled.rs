//! Tells when a source answers with downsampled data: one sample where there were many, so that restarts and births between
//! them are not seen. Pure.

use slo_core::time::{Span, Timestamp};
use slo_model::source::Series;

/// Thanos' finer resolution; the coarser one is a multiple of it.
const RESOLUTION: Span = Span::minutes(5);

/// What is said of an answer that is downsampled.
const SEEN: &str = "the source answers with downsampled data, a sample in 5 minutes or an hour: restarts and births between them are not seen, and what is counted of that time is an estimate";

/// A warning when one of the series is downsampled by Thanos, whose samples then stand a millisecond before whole
/// multiples of the resolution. No scrape does that twice in a row.
pub(super) fn seen(series: &[Series]) -> Option<String> {
    let stands_so = |at: Timestamp| {
        let next = at + Span::MILLISECOND;
        next.align_down(RESOLUTION) == next
    };
    let is_downsampled = |series: &Series| {
        series
            .samples
            .array_windows()
            .any(|[one, next]| next.at - one.at >= RESOLUTION && stands_so(one.at) && stands_so(next.at))
    };
    series.iter().any(is_downsampled).then(|| SEEN.to_owned())
}

/// A warning when the source's URL asks for downsampled data, whose numbers nothing tells from others'.
pub(super) fn asked(max_source_resolution: Option<&str>) -> Option<String> {
    let resolution = max_source_resolution?;
    let is_raw = resolution.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse() == Ok(0.0);
    (!is_raw).then(|| {
        format!(
            "the source's URL allows downsampled data (max_source_resolution={}): restarts and births between its samples are not seen, and what is counted of it is an estimate",
            super::failure::quote(resolution)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::labels::Labels;
    use slo_core::time::short::at_ms;
    use slo_model::source::Sample;

    fn of(times: &[i64]) -> bool {
        let samples = times.iter().map(|at| Sample { at: at_ms(*at), value: 1.0 }).collect();
        seen(&[Series { labels: Labels::new(), samples }]).is_some()
    }

    #[test]
    fn thanos_samples_are_known_by_where_they_stand() {
        // Of a counter: its first sample, the resolution's ends, its last.
        assert!(of(&[7_000, 299_999, 599_999, 899_999, 912_000]));
        assert!(of(&[3_599_999, 7_199_999]));
        // Scrapes each 15 s that meet such a moment now and then, scrapes each 5 minutes, pushes on the minute.
        assert!(!of(&[284_999, 299_999, 314_999, 599_999]));
        assert!(!of(&[12_345, 312_345, 612_345]));
        assert!(!of(&[300_000, 600_000, 900_000]));
        assert!(!of(&[]));
    }

    #[test]
    fn a_resolution_in_the_url_is_told_unless_it_is_raw() {
        for raw in [None, Some("0"), Some("0s"), Some("0.0")] {
            assert_eq!(asked(raw), None);
        }
        for coarse in ["5m", "1h", "auto", "300", ""] {
            assert!(asked(Some(coarse)).unwrap().contains("downsampled"), "{coarse}");
        }
    }
}
