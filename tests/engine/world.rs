//! A made-up day of a shop, with everything that happens to counters: loaded into one real Prometheus, so that what was
//! counted can be compared with what happened.

use std::fmt::Write as _;
use std::sync::Arc;

use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::slo::Slo;
use tokio::sync::OnceCell;

use crate::servers::prometheus::{Options, Prometheus};

/// 2026-03-07T18:00:00Z. At 07:00 the next day New York puts its clocks forward.
pub const BEGIN: i64 = 1_772_906_400;
/// Twenty-four hours later.
pub const END: i64 = BEGIN + 86_400;
/// Seconds between scrapes.
pub const SCRAPE: i64 = 30;

/// Samples of one metric family; OpenMetrics wants a family's series together.
struct Family {
    name: &'static str,
    kind: &'static str,
    lines: String,
}

impl Family {
    fn new(name: &'static str, kind: &'static str) -> Self {
        Self { name, kind, lines: String::new() }
    }

    /// A series with a value every [`SCRAPE`] seconds, `phase` seconds after a round one, where `value` has one.
    fn series(&mut self, suffix: &str, labels: &str, phase: i64, value: impl Fn(i64) -> Option<f64>) {
        for at in (BEGIN..=END).step_by(usize::try_from(SCRAPE).unwrap()) {
            if let Some(value) = value(at - BEGIN) {
                writeln!(self.lines, "{}{suffix}{{{labels}}} {value} {}", self.name, at + phase).unwrap();
            }
        }
    }

    fn text(&self) -> String {
        format!("# TYPE {} {}\n{}", self.name, self.kind, self.lines)
    }
}

const HOUR: i64 = 3600;

/// Two requests a second, 1 % of them bad; restarted after seven hours.
fn plain(second: i64) -> f64 {
    let since = if second >= 7 * HOUR { second - 7 * HOUR } else { second + 5000 };
    (since * 2) as f64
}

fn requests() -> Family {
    let mut family = Family::new("requests", "counter");
    let all = |rate: i64| move |second: i64| Some((second * rate) as f64);
    let labels = |job: &str, rest: &str| {
        format!("job=\"{job}\",instance=\"{job}-1\"{}{rest}", if rest.is_empty() { "" } else { "," })
    };
    family.series("_total", &labels("plain", "code=\"200\""), 7, |second| Some(plain(second) * 99.0));
    family.series("_total", &labels("plain", "code=\"500\""), 7, |second| Some(plain(second)));
    // Born by `up`: the first error comes after five hours with the value 7.
    family.series("_total", &labels("births", "code=\"200\""), 3, all(1));
    family
        .series("_total", &labels("births", "code=\"500\""), 3, |second| (second >= 5 * HOUR).then_some(7.0));
    // A target that is first scraped after ten hours: born with its process, or with its counter, or long before.
    for (code, value) in [("200", 40.0), ("500", 2.0)] {
        for job in ["process", "created", "old"] {
            family.series("_total", &labels(job, &format!("code=\"{code}\"")), 11, |second| {
                (second >= 10 * HOUR).then_some(value)
            });
        }
    }
    family.series("_created", &labels("created", "code=\"200\""), 11, |second| {
        (second >= 10 * HOUR).then_some((BEGIN + 10 * HOUR - 20) as f64)
    });
    // No scrapes for an hour and a quarter from the 12th hour on; the process goes on counting.
    let scraped = |second: i64| !(12 * HOUR..13 * HOUR + 900).contains(&second);
    family.series("_total", &labels("gap", "code=\"200\""), 5, |second| {
        scraped(second).then_some((second * 3) as f64)
    });
    family.series("_total", &labels("gap", "code=\"500\""), 5, |second| {
        scraped(second).then_some((second / 600) as f64)
    });
    // One target, seen by two replicas of a Prometheus, of which one is away for half an hour.
    for (replica, phase) in [("a", 2), ("b", 17)] {
        for (code, rate) in [("200", 4), ("500", 1)] {
            let rest = format!("code=\"{code}\",replica=\"{replica}\"");
            family.series("_total", &labels("twice", &rest), phase, |second| {
                let away = replica == "a" && (14 * HOUR..14 * HOUR + 1800).contains(&second);
                (!away).then_some(((second + phase) * rate) as f64)
            });
        }
    }
    // Tenants, one of which comes late and one of which is nobody's.
    for (tenant, from, rate) in
        [("tenant=\"one\",", 0, 2), ("tenant=\"two\",", 0, 1), ("tenant=\"new\",", 15 * HOUR, 5), ("", 0, 1)]
    {
        for (code, share) in [("200", 3), ("500", 1)] {
            family.series("_total", &labels("tenants", &format!("{tenant}code=\"{code}\"")), 9, |second| {
                (second >= from).then_some(((second - from) * rate * share) as f64)
            });
        }
    }
    // A job that nobody names in a query, and that begins in the middle of the day.
    family.series("_total", &labels("late", "kind=\"order\",code=\"200\""), 13, |second| {
        (second >= 8 * HOUR).then_some((second - 8 * HOUR) as f64)
    });
    family.series("_total", &labels("late", "kind=\"order\",code=\"500\""), 13, |second| {
        (second >= 9 * HOUR && !(16 * HOUR..18 * HOUR).contains(&second)).then_some((second / HOUR) as f64)
    });
    // Values that are no counter's.
    family.series("_total", &labels("broken", "code=\"200\""), 1, |second| {
        Some(match second % 600 {
            0 => f64::NAN,
            300 => f64::INFINITY,
            _ => second as f64,
        })
    });
    family
}

/// One pod that serves all day, a request a second, of which one in a hundred is bad, and one that comes for four hours with
/// a past of its own. Nobody scrapes an `up` of theirs.
fn served() -> [Family; 2] {
    let (mut served, mut failed) = (Family::new("served", "counter"), Family::new("failed", "counter"));
    let visits = |second: i64| (4 * HOUR..8 * HOUR).contains(&second).then_some(second - 4 * HOUR);
    for (code, every, past) in [("200", 1, 50_000), ("500", 100, 700)] {
        let labels = |pod: &str| format!("job=\"pods\",instance=\"{pod}\",code=\"{code}\"");
        served.series("_total", &labels("stays"), 0, |second| Some((second / every) as f64));
        served.series("_total", &labels("comes"), 0, |second| Some((visits(second)? / every + past) as f64));
    }
    let labels = |pod: &str| format!("job=\"pods\",instance=\"{pod}\"");
    failed.series("_total", &labels("stays"), 0, |second| Some((second / 50) as f64));
    failed.series("_total", &labels("comes"), 0, |second| Some((visits(second)? / 50 + 9000) as f64));
    [served, failed]
}

fn up() -> Family {
    let mut family = Family::new("up", "gauge");
    for (job, phase) in [
        ("plain", 7),
        ("births", 3),
        ("idle", 4),
        ("broken", 1),
        ("histogram", 6),
        ("gauges", 8),
        ("tenants", 9),
    ] {
        family.series("", &format!("job=\"{job}\",instance=\"{job}-1\""), phase, |_| Some(1.0));
    }
    for (job, from) in [("process", 10 * HOUR), ("created", 10 * HOUR), ("old", 10 * HOUR)] {
        family.series("", &format!("job=\"{job}\",instance=\"{job}-1\""), 11, |second| {
            (second >= from).then_some(1.0)
        });
    }
    family.series("", "job=\"late\",instance=\"late-1\"", 13, |_| Some(1.0));
    family.series("", "job=\"gap\",instance=\"gap-1\"", 5, |second| {
        (!(12 * HOUR..13 * HOUR + 900).contains(&second)).then_some(1.0)
    });
    for (replica, phase) in [("a", 2), ("b", 17)] {
        family.series(
            "",
            &format!("job=\"twice\",instance=\"twice-1\",replica=\"{replica}\""),
            phase,
            |second| {
                let away = replica == "a" && (14 * HOUR..14 * HOUR + 1800).contains(&second);
                (!away).then_some(1.0)
            },
        );
    }
    family
}

fn starts() -> Family {
    let mut family = Family::new("process_start_time_seconds", "gauge");
    for (job, start) in [("process", BEGIN + 10 * HOUR - 5), ("old", BEGIN - 40 * 86_400)] {
        family.series("", &format!("job=\"{job}\",instance=\"{job}-1\""), 11, |second| {
            (second >= 10 * HOUR).then_some(start as f64)
        });
    }
    family
}

/// Ten answers a scrape, of which 6 within half a second, 9 within one; one instance writes its bounds as Go does, the
/// other as Python does.
fn histogram() -> Family {
    let mut family = Family::new("duration_seconds", "histogram");
    for (instance, bounds) in [("go", ["0.5", "1", "+Inf"]), ("python", ["0.5", "1.0", "+Inf"])] {
        for (bound, count) in bounds.into_iter().zip([6, 9, 10]) {
            let labels = format!("job=\"histogram\",instance=\"{instance}\",le=\"{bound}\"");
            family.series("_bucket", &labels, 6, |second| Some((second / SCRAPE * count) as f64));
        }
    }
    family
}

/// A lag that is too long from the 4th to the 5th hour and unknown in the 6th, a ratio that somebody computed, and
/// requests per scrape.
fn gauges() -> Vec<Family> {
    let gauge = |name, value: &dyn Fn(i64) -> Option<f64>| {
        let mut family = Family::new(name, "gauge");
        family.series("", "job=\"gauges\",instance=\"gauges-1\"", 0, value);
        family
    };
    let hour = |second: i64| second / HOUR;
    vec![
        gauge("lag_seconds", &|second| match hour(second) {
            4 => Some(900.0),
            6 => None,
            _ => Some(10.0),
        }),
        gauge("success_ratio", &|second| Some(if hour(second) == 2 { 0.5 } else { 1.0 })),
        gauge("failure_ratio", &|second| Some(if hour(second) == 2 { 0.5 } else { 0.0 })),
        gauge("asked", &|_| Some(4.0)),
        gauge("answered", &|second| Some(if hour(second) == 3 { 1.0 } else { 4.0 })),
    ]
}

/// The whole world as OpenMetrics text.
pub fn text() -> String {
    let families = [requests(), up(), starts(), histogram()];
    let mut text: String = families.iter().chain(&gauges()).chain(&served()).map(Family::text).collect();
    text.push_str("# EOF\n");
    text
}

/// A Prometheus of one's own with the world in it.
pub async fn server() -> Prometheus {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.om");
    std::fs::write(&file, text()).unwrap();
    Prometheus::start(Options { openmetrics: vec![file], ..Options::default() }).await
}

/// A Prometheus with the world in it, shared by all tests of the binary. Only ask it.
pub async fn shared() -> &'static Prometheus {
    static SHARED: OnceCell<&'static Prometheus> = OnceCell::const_new();
    SHARED.get_or_init(async || &*Box::leak(Box::new(server().await))).await
}

pub fn source(server: &Prometheus) -> Arc<PrometheusSource> {
    source_at(&server.url())
}

pub fn source_at(url: &str) -> Arc<PrometheusSource> {
    let mut settings = SourceSettings::new(url).unwrap();
    settings.retry.retries = 1;
    settings.retry.base = std::time::Duration::from_millis(1);
    Arc::new(PrometheusSource::new(settings, Clock::System).unwrap())
}

/// An SLO over `window` of requests that are good unless their code is 500.
pub fn of_requests(name: &str, matchers: &str, window: &str, more: &str) -> String {
    let all = if matchers.is_empty() { String::new() } else { format!("{{{matchers}}}") };
    let bad = if matchers.is_empty() {
        "{code=\"500\"}".to_owned()
    } else {
        format!("{{{matchers},code=\"500\"}}")
    };
    let metric = format!(
        "ratioMetric:\n        counter: true\n        bad: {}\n        total: {}",
        query(&format!("sum(requests_total{bad})")),
        query(&format!("sum(requests_total{all})"))
    );
    definition(name, &metric, window, "Occurrences", "- target: 0.9", more)
}

pub fn query(text: &str) -> String {
    format!("{{metricSource: {{type: Prometheus, spec: {{query: '{text}'}}}}}}")
}

/// An SLO document. `more` are annotations, as YAML in flow style.
pub fn definition(
    name: &str,
    metric: &str,
    window: &str,
    method: &str,
    objectives: &str,
    more: &str,
) -> String {
    format!(
        "apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
  annotations: {{{more}}}
spec:
  service: shop
  indicator:
    metadata: {{name: {name}-sli}}
    spec:
      {metric}
  timeWindow:
  - {window}
  budgetingMethod: {method}
  objectives:
  {objectives}
---
"
    )
}

pub fn rolling(duration: &str) -> String {
    format!("{{duration: {duration}, isRolling: true}}")
}

/// The definitions in `text`, which must have no errors.
pub fn slos(text: &str) -> Vec<Slo> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slos.yaml");
    std::fs::write(&file, text).unwrap();
    slo::app::load(&[file]).unwrap_or_else(|findings| panic!("{findings}\n{text}"))
}
