//! What every one of our processes tells about itself: when it started, and which version it is.

use prometheus_client::registry::Registry;

use super::metrics::{FloatGauges, Gauges};
use crate::clock::Clock;
use slo_core::metrics::{Gauge, PROCESS_START};

/// Registers `process_start_time_seconds`, which is now, and `build_info`, which is 1 with our version.
///
/// Exact counting needs the first: a counter's first value belongs to the window in which its process started. The
/// second is a gauge and not OpenMetrics' `info`, because Prometheus' older text format has no such type.
pub fn register(registry: &mut Registry, clock: &Clock, build_info: Gauge<1>) {
    FloatGauges::registered(registry, PROCESS_START).with([]).set(clock.now().as_seconds_f64());
    Gauges::registered(registry, build_info).with([env!("CARGO_PKG_VERSION")]).set(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::exposition::render;

    #[test]
    fn start_is_the_clocks_time_with_milliseconds() {
        let mut registry = Registry::default();
        register(&mut registry, &Clock::manual(1_700_000_000_250), slo_core::metrics::PLATFORM_BUILD_INFO);
        let body = render(&registry, None).unwrap().body;
        assert!(body.contains("process_start_time_seconds 1700000000.25\n"), "{body}");
        let version = env!("CARGO_PKG_VERSION");
        assert!(body.contains(&format!("platform_build_info{{version=\"{version}\"}} 1\n")), "{body}");
    }
}
