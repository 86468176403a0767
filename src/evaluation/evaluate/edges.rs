//! Classic histograms count up to fixed bounds; a threshold between two bounds cannot be counted, only guessed.

use slo_core::names::LE;
use slo_core::time::TimeRange;
use slo_model::promql::{MatchOp, Matcher, QueryError, Selector};
use slo_model::source::{Answer, Source, SourceError};

use super::EvaluateError;

/// The matcher on `le` for `threshold`, in whichever notation the server has it (`1`, `1.0`, `1e+00`). `None` when the
/// histogram has no buckets at all in `range`; the flag is false when there may be others, for the answer is partial.
pub(super) async fn bound(
    source: &dyn Source,
    buckets: &Selector,
    threshold: f64,
    range: TimeRange,
) -> Result<(Option<Matcher>, bool), EvaluateError> {
    let Answer { data: texts, partial, .. } = source.label_values(buckets, LE, range).await?;
    let mut edges: Vec<f64> = texts.iter().filter_map(|text| parse(text)).collect();
    if edges.is_empty() {
        return Ok((None, !partial));
    }
    let same: Vec<&str> =
        texts.iter().filter(|text| parse(text) == Some(threshold)).map(String::as_str).collect();
    if same.is_empty() && partial {
        let reason = format!("its answer is partial, and has no bucket {threshold} of {buckets}");
        return Err(SourceError::Doubtful { url: source.place(), reason }.into());
    }
    if same.is_empty() {
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        return Err(EvaluateError::OffEdge {
            metric: buckets.to_string(),
            threshold: threshold.to_string(),
            nearest: nearest(&edges, threshold),
        });
    }
    let matcher = one_of(LE, &same).map_err(|error| SourceError::Settings(error.to_string()))?;
    Ok((Some(matcher), !partial))
}

/// A matcher for any of `values`.
pub(super) fn one_of(label: &str, values: &[&str]) -> Result<Matcher, QueryError> {
    match values {
        [one] => Ok(Matcher::equal(label, *one)),
        several => {
            let alternatives: Vec<String> = several.iter().map(|value| regex::escape(value)).collect();
            Matcher::new(label, MatchOp::Regex, alternatives.join("|"))
        }
    }
}

/// The number an `le` label means.
pub(super) fn parse(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|edge| !edge.is_nan())
}

fn nearest(edges: &[f64], threshold: f64) -> String {
    let below = edges.iter().rev().find(|edge| **edge < threshold);
    let above = edges.iter().find(|edge| **edge > threshold && edge.is_finite());
    match (below, above) {
        (Some(below), Some(above)) => format!("the nearest are {below} and {above}"),
        (Some(edge), None) => format!("the highest is {edge}"),
        (None, Some(edge)) => format!("the lowest is {edge}"),
        (None, None) => "it has only the bucket +Inf".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_nearest_edges_are_named() {
        assert_eq!(nearest(&[0.1, 0.25, 0.5, f64::INFINITY], 0.3), "the nearest are 0.25 and 0.5");
        assert_eq!(nearest(&[0.1, 0.25, f64::INFINITY], 3.0), "the highest is 0.25");
        assert_eq!(nearest(&[0.1, f64::INFINITY], 0.01), "the lowest is 0.1");
    }

    #[test]
    fn several_notations_of_one_bound() {
        let matcher = one_of(LE, &["1", "1.0"]).unwrap();
        assert!(matcher.matches("1") && matcher.matches("1.0") && !matcher.matches("110"));
    }
}
