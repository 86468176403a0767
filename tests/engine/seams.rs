//! Estimates in the ledger are pieces that have everything once, whichever edges the server's ranges have.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use regex::Regex;
use slo_core::duration;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::State;
use slo_model::promql::Selector;
use slo_model::source::{Answer, Point, Series, Source, SourceError};
use tokio::sync::OnceCell;

use super::world::{BEGIN, definition, query, rolling};
use super::{Home, assessed, engine, round, row, world};
use crate::servers::prometheus::{Options, Prometheus};

/// Answers as Prometheus 3 does: its ranges and subqueries have no sample at their left edge, which on 2.42 is the same as
/// a range that is a millisecond shorter.
struct LeftOpen {
    inner: Arc<dyn Source>,
    ranges: Regex,
}

impl LeftOpen {
    fn new(inner: Arc<dyn Source>) -> Self {
        Self { inner, ranges: Regex::new(r"\[(\w+)(:\w*)?\]").unwrap() }
    }

    fn query(&self, query: &str) -> String {
        let shorter = |found: &regex::Captures<'_>| {
            let length = duration::parse(&found[1]).unwrap() - Span::MILLISECOND;
            format!("[{}{}]", duration::format(length), found.get(2).map_or("", |step| step.as_str()))
        };
        self.ranges.replace_all(query, shorter).into_owned()
    }
}

#[async_trait]
impl Source for LeftOpen {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.inner.samples(selector, range, max_series).await
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        self.inner.instant(&self.query(query), at).await
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.inner.range(&self.query(query), start, end, step).await
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.inner.label_values(selector, label, range).await
    }

    async fn version(&self) -> Result<String, SourceError> {
        Ok("Prometheus 3.14.0".to_owned())
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// Six hours with a scrape every 15 s, on round moments. A job runs every five minutes: what it asks for, half of it failing, is
/// in the first scrape after each mark. Beside the counters, `deltas` has what each scrape found new.
async fn server() -> &'static Prometheus {
    static SHARED: OnceCell<&'static Prometheus> = OnceCell::const_new();
    SHARED
        .get_or_init(async || {
            let (mut counters, mut owners, mut deltas) = (String::new(), String::new(), String::new());
            let (mut good, mut bad) = (10_000, 100);
            for at in (BEGIN..=BEGIN + 6 * 3600).step_by(15) {
                let (more, failed) = if at % 300 == 15 { (100, 50) } else { (2, 0) };
                good += more;
                bad += failed;
                for (code, value, delta) in [("200", good, more), ("500", bad, failed)] {
                    let labels = format!("job=\"shop\",instance=\"a\",key=\"x\",code=\"{code}\"");
                    writeln!(counters, "http_requests_total{{{labels}}} {value} {at}").unwrap();
                    writeln!(deltas, "deltas{{{labels}}} {delta} {at}").unwrap();
                }
                writeln!(owners, "owner{{team=\"pay\",key=\"x\"}} 1 {at}").unwrap();
            }
            let text = format!(
                "# TYPE http_requests counter\n{counters}# TYPE owner gauge\n{owners}# TYPE deltas gauge\n{deltas}# EOF\n"
            );
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("seams.om");
            std::fs::write(&file, text).unwrap();
            let server = Prometheus::start(Options { openmetrics: vec![file], ..Options::default() }).await;
            &*Box::leak(Box::new(server))
        })
        .await
}

fn ratio(name: &str, of: impl Fn(&str) -> String) -> String {
    let metric = format!(
        "ratioMetric:\n        counter: true\n        bad: {}\n        total: {}",
        query(&of("{code=~\"5..\"}")),
        query(&of("{}"))
    );
    definition(name, &metric, &rolling("5h"), "Occurrences", "- target: 0.9", "")
}

#[tokio::test]
async fn pieces_in_the_ledger_have_every_increment_once_on_2_and_on_3() {
    const JOINED: &str = "* on (key) group_left (team) owner";
    let text = ratio("joined", |matchers| format!("sum by (team) (http_requests_total{matchers} {JOINED})"))
        + &ratio("increase-joined", |matchers| {
            format!("sum by (team) (increase(http_requests_total{matchers}[$window]) {JOINED})")
        })
        + &ratio("rate-joined", |matchers| {
            format!("sum by (team) (rate(http_requests_total{matchers}[$window]) {JOINED})")
        })
        + &ratio("deltas", |matchers| format!("sum(sum_over_time(deltas{matchers}[$window]))"));
    let counted = world::source(server().await);
    let left_open: Arc<dyn Source> = Arc::new(LeftOpen::new(counted.clone()));
    // On the marks, so that the ledger's pieces begin where the window does.
    let at = BEGIN + 5 * 3600 + 1800;
    // 1200 scrapes, 60 of them with 150 requests, and 2 in each of the others.
    let (bad, total) = (3000.0, 60.0 * 150.0 + 1140.0 * 2.0);
    for source in [counted, left_open] {
        let version = source.version().await.unwrap();
        let home = Home::new().await;
        let mut engine = engine(&world::slos(&text), source.clone(), home.ledger.clone()).await;
        let snapshot = round(&mut engine, at).await;
        let direct = assessed(&text, source.as_ref(), at).await;
        assert_eq!(direct.len(), 4);
        for one in direct {
            let name = one.slo.key.to_string();
            let row = row(&snapshot.rows, &name, &[]);
            assert!(one.estimated && row.estimated, "{name}");
            // A range that is a millisecond shorter is also extrapolated to less.
            let near = |got: f64, want: f64| (got - want).abs() < 0.1;
            for (way, verdict) in [("status", one.verdict), ("ledger", row.verdict)] {
                let what = format!("{name} by {way} from {version}: {verdict:?}");
                assert!(near(verdict.counts.total, total), "{what}");
                assert!(near(verdict.counts.total - verdict.counts.good, bad), "{what}");
                assert_eq!(verdict.state, State::Exhausted, "{what}");
                for rate in verdict.burn_rates.iter().flatten() {
                    assert!((rate.unwrap() - 10.0 * bad / total).abs() < 0.001, "{what}");
                }
            }
        }
    }
}
