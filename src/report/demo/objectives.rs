//! The invented platform's objectives, and the traffic that each sees.

use slo_core::time::Span;
use slo_model::promql::SliQuery;
use slo_model::slo::{
    About, Budgeting, Comparison, FirstValues, Indicator, NoData, Numerator, Slo, SloKey, Target, Window,
};

/// An objective with the traffic that it sees.
pub(super) struct Invented {
    pub(super) slo: Slo,
    /// Events a second at the busiest hour; a time slice objective counts its slices.
    pub(super) rate: f64,
    /// The share of bad events when nothing is wrong.
    pub(super) usual: f64,
    /// Groups with their shares of traffic and of what is usually bad.
    pub(super) groups: &'static [(&'static str, f64, f64)],
}

/// One line of the table of objectives.
struct Line {
    name: &'static str,
    objective: Option<&'static str>,
    service: &'static str,
    owner: Option<&'static str>,
    target: f64,
    says: &'static str,
    latency: Option<f64>,
    slices: bool,
    rate: f64,
    usual: f64,
    groups: &'static [(&'static str, f64, f64)],
}

const ROUTES: &[(&str, f64, f64)] = &[
    ("POST /bookings", 0.09, 0.34),
    ("POST /payments", 0.06, 0.27),
    ("GET /berths", 0.38, 0.16),
    ("GET /tariffs", 0.22, 0.09),
    ("PUT /bookings/{id}", 0.11, 0.09),
    ("GET /invoices", 0.14, 0.05),
];

const LINES: [Line; 8] = [
    Line {
        name: "booking-availability",
        objective: None,
        service: "booking",
        owner: Some("harbour team"),
        target: 0.999,
        says: "Requests answered without a server error",
        latency: None,
        slices: false,
        rate: 62.0,
        usual: 0.000_34,
        groups: &[],
    },
    Line {
        name: "booking-latency",
        objective: None,
        service: "booking",
        owner: Some("harbour team"),
        target: 0.99,
        says: "",
        latency: Some(0.8),
        slices: false,
        rate: 62.0,
        usual: 0.003_7,
        groups: ROUTES,
    },
    Line {
        name: "payment-confirmation",
        objective: None,
        service: "booking",
        owner: Some("harbour team"),
        target: 0.995,
        says: "Payments confirmed by the bank within ten seconds",
        latency: None,
        slices: false,
        rate: 1.6,
        usual: 0.001_3,
        groups: &[],
    },
    Line {
        name: "search-availability",
        objective: None,
        service: "search",
        owner: Some("discovery team"),
        target: 0.995,
        says: "Searches answered without a server error",
        latency: None,
        slices: false,
        rate: 95.0,
        usual: 0.000_28,
        groups: &[],
    },
    Line {
        name: "search-latency",
        objective: Some("p95"),
        service: "search",
        owner: Some("discovery team"),
        target: 0.95,
        says: "",
        latency: Some(0.5),
        slices: false,
        rate: 95.0,
        usual: 0.029,
        groups: &[],
    },
    Line {
        name: "search-freshness",
        objective: None,
        service: "search",
        owner: Some("discovery team"),
        target: 0.99,
        says: "Minutes in which the index is younger than five minutes",
        latency: None,
        slices: true,
        rate: 0.0,
        usual: 0.004_4,
        groups: &[],
    },
    Line {
        name: "manifest-freshness",
        objective: None,
        service: "manifests",
        owner: Some("data team"),
        target: 0.99,
        says: "Minutes in which the newest manifest is younger than half an hour",
        latency: None,
        slices: true,
        rate: 0.0,
        usual: 0.001_6,
        groups: &[],
    },
    Line {
        name: "manifest-errors",
        objective: None,
        service: "manifests",
        owner: None,
        target: 0.999,
        says: "Manifests taken in without a failure",
        latency: None,
        slices: false,
        rate: 2.4,
        usual: 0.000_21,
        groups: &[],
    },
];

/// The objectives.
pub(super) fn objectives() -> Vec<Invented> {
    LINES.iter().filter_map(Line::objective).collect()
}

impl Line {
    fn objective(&self) -> Option<Invented> {
        let histogram = SliQuery::parse(r#"http_request_duration_seconds_bucket{job="quayside"}"#).ok()?;
        let total = SliQuery::parse(r#"sum(requests_total{job="quayside"})"#).ok()?;
        let indicator = match (self.latency, histogram) {
            (Some(threshold), SliQuery::Counter(buckets)) => {
                Indicator::ClassicHistogram { buckets, comparison: Comparison::LessOrEqual, threshold }
            }
            _ => Indicator::Ratio { numerator: Numerator::Bad(total.clone()), total, counter: true },
        };
        let minute = Span::minutes(1);
        let slo = Slo {
            key: SloKey { name: self.name.to_owned(), objective: self.objective.map(str::to_owned) },
            service: self.service.to_owned(),
            target: Target::new(self.target).ok()?,
            window: Window::Rolling("30d".parse().ok()?),
            budgeting: if self.slices {
                Budgeting::Timeslices { target: 1.0, slice: minute }
            } else {
                Budgeting::Occurrences
            },
            indicator,
            group_by: if self.groups.is_empty() { Vec::new() } else { vec!["http_route".to_owned()] },
            no_data: NoData::Ignore,
            minimum_events: 0.0,
            first_values: FirstValues::default(),
            source: None,
            about: About {
                description: self.says.to_owned(),
                owner: self.owner.map(str::to_owned),
                ..About::default()
            },
        };
        Some(Invented { slo, rate: self.rate, usual: self.usual, groups: self.groups })
    }
}
