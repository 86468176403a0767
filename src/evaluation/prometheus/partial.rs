//! Which answers lack data by their own words. `VictoriaMetrics` has a flag for it (`isPartial`); Prometheus with remote
//! storage, Thanos and Cortex have warnings. What the evaluation of PromQL warns of is of the query, not of the data. Pure.

use slo_core::time::Span;

/// What PromQL's evaluator begins its warnings and infos with, in every server that is built on it.
const OF_THE_QUERY: &str = "PromQL ";
/// Thanos, of a time or of labels that none of its stores has: one is away, or there never was one.
const NO_STORE: &str = "No StoreAPIs matched";
/// What is older than this and in no store is taken for gone with the retention: a sidecar has the last two hours and more.
const OLD: Span = Span::hours(3);

/// Whether a warning says that data is missing from the answer: a store did not answer, a result was cut.
pub(super) fn is_of_missing_data(warning: &str) -> bool {
    !warning.starts_with(OF_THE_QUERY)
}

/// Whether an answer about a moment so long ago lacks data, if its server says so in these words. That no store has what is
/// long past is no outage.
pub(super) fn is_partial(says_so: bool, warnings: &[String], ago: Span) -> bool {
    let is_past = |warning: &String| warning.contains(NO_STORE) || !is_of_missing_data(warning);
    says_so && !(ago > OLD && warnings.iter().all(is_past))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_that_are_away_and_cut_results_are_partial_and_what_promql_says_is_not() {
        for partial in [
            "receive series from Addr: 10.0.0.7:10901 LabelSets: {replica=\"a\"}: rpc error: code = Unavailable",
            "remote_read: remote server http://r/read returned HTTP status 500",
            "results truncated due to limit",
            "query result may contain partial data",
        ] {
            assert!(is_of_missing_data(partial), "{partial}");
        }
        assert!(!is_of_missing_data("PromQL warning: encountered a mix of histograms and floats"));
        assert!(!is_of_missing_data("PromQL info: metric might not be a counter"));
    }

    #[test]
    fn what_is_long_past_and_in_no_store_is_gone() {
        let none = ["No StoreAPIs matched for this query".to_owned()];
        assert!(is_partial(true, &none, Span::minutes(1)));
        assert!(!is_partial(true, &none, Span::days(20)));
        let both = [none.concat(), "receive series from Addr: 10.0.0.7:10901: rpc error".to_owned()];
        assert!(is_partial(true, &both, Span::days(20)));
        assert!(!is_partial(false, &[], Span::ZERO));
    }
}
