//! What every one of our processes tells about itself: when it started, and which version it is.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::clock::Clock;
use slo_core::names::PROCESS_START;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// Registers `process_start_time_seconds`, which is now, and `build_info_name`, which is 1 with our version.
///
/// Exact counting needs the first: a counter's first value belongs to the window in which its process started. The
/// second is a gauge and not OpenMetrics' `info`, because Prometheus' older text format has no such type.
pub fn register(registry: &mut Registry, clock: &Clock, build_info_name: &'static str) {
    let start = Gauge::<f64, AtomicU64>::default();
    start.set(clock.now_ms() as f64 / 1000.0);
    registry.register(PROCESS_START, "When this process started, unix seconds", start);

    let build = Family::<Build, Gauge>::default();
    build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
    registry.register(build_info_name, "1, with the version in its label", build);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::exposition::render;

    #[test]
    fn start_is_the_clocks_time_with_milliseconds() {
        let mut registry = Registry::default();
        register(&mut registry, &Clock::manual(1_700_000_000_250), "thing_build_info");
        let body = render(&registry, None).unwrap().body;
        assert!(body.contains("process_start_time_seconds 1700000000.25\n"), "{body}");
        let version = env!("CARGO_PKG_VERSION");
        assert!(body.contains(&format!("thing_build_info{{version=\"{version}\"}} 1\n")), "{body}");
    }
}
