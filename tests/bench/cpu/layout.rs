//! Two hundred services with eight counters each, as one scrape job or as a job each; their SLOs, and the recording
//! rules that say the same.

use std::fmt::Write as _;

use slo_model::slo::Slo;

use crate::support::objectives::availability;
use crate::support::traffic::{RECORDED, Series};

/// Services, each with one SLO.
pub const SERVICES: u64 = 200;
/// Instances of each service, each with [`CODES`].
pub const INSTANCES: u64 = 2;
const CODES: [(&str, u64); 4] = [("200", 900), ("404", 20), ("500", 5), ("503", 2)];
/// The counters' metric.
pub const METRIC: &str = "http_requests_total";
/// The windows of the recorded ratios, but for the 30 days.
const WINDOWS: [&str; 7] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

/// How services are scraped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Two targets of one job have the counters of every service.
    OneJob,
    /// Each service is a job with two targets of its own.
    OwnJobs,
}

impl Layout {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneJob => "all SLOs in one job",
            Self::OwnJobs => "each SLO a job of its own",
        }
    }

    /// The label that tells services apart, and its value.
    fn label(self, service: u64) -> (&'static str, String) {
        let name = match self {
            Self::OneJob => "service",
            Self::OwnJobs => "job",
        };
        (name, format!("s{service:03}"))
    }

    /// The labels that select a service's counters.
    fn matchers(self, service: u64) -> String {
        let (name, value) = self.label(service);
        match self {
            Self::OneJob => format!(r#"job="shop",{name}="{value}""#),
            Self::OwnJobs => format!(r#"{name}="{value}""#),
        }
    }

    /// Job and instance of every target.
    pub fn targets(self) -> Vec<(String, String)> {
        let jobs = match self {
            Self::OneJob => vec!["shop".to_owned()],
            Self::OwnJobs => (0..SERVICES).map(|service| self.label(service).1).collect(),
        };
        let instances =
            |job: String| (0..INSTANCES).map(move |instance| (job.clone(), format!("i{instance}")));
        jobs.into_iter().flat_map(instances).collect()
    }

    /// The counters of one service.
    pub fn counters(self, service: u64) -> Vec<Series> {
        let series = |instance: u64, place: usize, (code, slope): (&str, u64)| Series {
            labels: format!(r#"{},instance="i{instance}",code="{code}""#, self.matchers(service)),
            slope: slope + service,
            seed: service << 16 | instance << 8 | place as u64,
            restarts: 0,
        };
        (0..INSTANCES)
            .flat_map(|instance| {
                CODES.iter().enumerate().map(move |(place, code)| series(instance, place, *code))
            })
            .collect()
    }

    /// The SLO of every service.
    pub fn slos(self) -> Vec<Slo> {
        (0..SERVICES)
            .map(|service| {
                let matchers = self.matchers(service);
                let total = format!("sum({METRIC}{{{matchers}}})");
                let bad = format!(r#"sum({METRIC}{{{matchers},code=~"5.."}})"#);
                availability(&format!("s{service:03}"), &bad, &total)
            })
            .collect()
    }

    /// The usual recording rules, a group for each SLO.
    pub fn rules(self) -> String {
        let mut text = "groups:\n".to_owned();
        for service in 0..SERVICES {
            let matchers = self.matchers(service);
            let _ = writeln!(text, "- name: s{service:03}\n  interval: {RECORDED}s\n  rules:");
            for window in WINDOWS {
                let rate = |matchers: &str| format!("sum(rate({METRIC}{{{matchers}}}[{window}]))");
                let expression =
                    format!("{} / {}", rate(&format!(r#"{matchers},code=~"5..""#)), rate(&matchers));
                rule(&mut text, &recorded(window), &expression, service);
            }
            let average = format!("avg_over_time({}{{slo=\"s{service:03}\"}}[30d])", recorded("5m"));
            rule(&mut text, &recorded("30d"), &average, service);
        }
        text
    }
}

/// What the 5-minute rules record.
pub fn records() -> Vec<String> {
    (0..SERVICES).map(|service| format!("{}{{slo=\"s{service:03}\"}}", recorded("5m"))).collect()
}

fn recorded(window: &str) -> String {
    format!("slo:sli_error:ratio_rate{window}")
}

fn rule(text: &mut String, record: &str, expression: &str, service: u64) {
    let _ =
        writeln!(text, "  - record: {record}\n    expr: '{expression}'\n    labels: {{slo: s{service:03}}}");
}
