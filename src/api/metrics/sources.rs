//! How each data source is doing, written at each scrape.

use std::fmt::{Error, Formatter};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::outcome;
use crate::api::sources::asked;
use slo_base::telemetry::metrics::write;
use slo_core::metrics;
use slo_core::time::Timestamp;
use slo_model::source::Sources;

/// The sources of an engine.
pub(super) struct SourceMetrics(pub(super) Sources);

impl std::fmt::Debug for SourceMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result<(), Error> {
        f.write_str("SourceMetrics")
    }
}

impl Collector for SourceMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let all = asked(&self.0);
        let each = || all.iter().map(|source| ([source.name.as_str()], &source.health));
        let encoder = &mut encoder;
        let up = each().filter_map(|(name, health)| Some((name, f64::from(health.is_up()?))));
        write(encoder, metrics::SOURCE_UP, up)?;
        let requests = each().flat_map(|([name], health)| {
            [(true, health.answered), (false, health.failed)].map(|(ok, count)| ([name, outcome(ok)], count))
        });
        write(encoder, metrics::SOURCE_REQUESTS, requests)?;
        write(encoder, metrics::SOURCE_SECONDS, each().map(|(name, health)| (name, health.seconds)))?;
        let last = |at: Option<Timestamp>| at.map_or(0.0, Timestamp::as_seconds_f64);
        let answered = each().map(|(name, health)| (name, last(health.last_success)));
        write(encoder, metrics::SOURCE_LAST_SUCCESS, answered)?;
        write(encoder, metrics::SOURCE_PARTIAL, each().map(|(name, health)| (name, health.partial)))?;
        let skew = each().filter_map(|(name, health)| Some((name, health.clock_skew?.as_seconds_f64())));
        write(encoder, metrics::SOURCE_SKEW, skew)
    }
}
