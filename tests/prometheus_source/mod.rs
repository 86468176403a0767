//! The Prometheus source: against a real Prometheus, and against fakes that fail in every way a server can.

mod divided;
mod failures;
mod limits;
mod native;
mod real;
mod requests;
mod tls;

use std::time::Duration;

use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::promql::{Selector, SliQuery};
use wiremock::ResponseTemplate;

/// Settings whose retries wait for next to nothing.
fn settings(url: &str) -> SourceSettings {
    let mut settings = SourceSettings::new(url).unwrap();
    settings.retry.base = Duration::from_millis(1);
    settings.retry.cap = Duration::from_millis(2);
    settings
}

fn source(url: &str) -> PrometheusSource {
    made(settings(url))
}

fn made(settings: SourceSettings) -> PrometheusSource {
    PrometheusSource::new(settings, Clock::System).unwrap()
}

fn selector(text: &str) -> Selector {
    match SliQuery::parse(text).unwrap() {
        SliQuery::Counter(counter) => counter.selector,
        SliQuery::Combined(_) | SliQuery::Expression(_) => panic!("{text} is not a selector"),
    }
}

/// A good answer to an instant query: the scalar 1.
fn one() -> ResponseTemplate {
    json(r#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#)
}

fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

/// A matrix answer with the given samples of one series.
fn matrix(values: &str) -> ResponseTemplate {
    json(&format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"__name__":"a"}},"values":{values}}}]}}}}"#
    ))
}
