//! What was counted wrongly is counted anew, as far as the source goes, and a running engine goes on with it.

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use slo_core::time::short::at as moment;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::evaluate::Limits;
use slo_evaluation::ledger::GroupBuckets;
use slo_evaluation::recount::{RecountError, Recounted, recount};
use slo_model::budget::State;
use slo_model::promql::Selector;
use slo_model::source::{Answer, Point, Series, Source, SourceError};

use super::world::{self, BEGIN, of_requests, rolling, slos};
use super::{Home, engine, round, row, same};
use crate::servers::prometheus::{Options, Prometheus};

const HOUR: i64 = 3600;
const AT: i64 = BEGIN + 9 * HOUR;

/// A source that keeps the errors to itself.
struct Lying(Arc<dyn Source>);

#[async_trait]
impl Source for Lying {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let mut answer = self.0.samples(selector, range, max_series).await?;
        answer.data.retain(|series| series.labels.get("code") != "500");
        Ok(answer)
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        self.0.instant(query, at).await
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        self.0.range(query, start, end, step).await
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        self.0.label_values(selector, label, range).await
    }

    async fn version(&self) -> Result<String, SourceError> {
        self.0.version().await
    }

    fn place(&self) -> String {
        self.0.place()
    }
}

/// Ten hours of a shop with a request a second, of which every third fails in the sixth hour; the server keeps what is
/// younger than `from`.
async fn server(from: i64) -> Prometheus {
    let (mut requests, mut up) = (String::new(), String::new());
    let (mut good, mut bad) = (70_000, 9_000);
    for at in (BEGIN..=BEGIN + 10 * HOUR).step_by(30) {
        let failed = if (5 * HOUR..6 * HOUR).contains(&(at - BEGIN)) { 10 } else { 0 };
        good += 30 - failed;
        bad += failed;
        if at < from {
            continue;
        }
        for (code, value) in [("200", good), ("500", bad)] {
            let labels = format!("job=\"shop\",instance=\"a\",code=\"{code}\"");
            writeln!(requests, "requests_total{{{labels}}} {value} {}", at + 7).unwrap();
        }
        writeln!(up, "up{{job=\"shop\",instance=\"a\"}} 1 {}", at + 7).unwrap();
    }
    let text = format!("# TYPE requests counter\n{requests}# TYPE up gauge\n{up}# EOF\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.om");
    std::fs::write(&file, text).unwrap();
    Prometheus::start(Options { openmetrics: vec![file], ..Options::default() }).await
}

fn shop() -> String {
    of_requests("shop", "job=\"shop\"", &rolling("8h"), "")
}

async fn anew(home: &Home, source: &dyn Source, from: i64) -> Result<Recounted, RecountError> {
    let limits = Limits::default();
    recount(&slos(&shop())[0], source, home.ledger.as_ref(), &limits, (moment(from), None)).await
}

#[tokio::test]
async fn a_running_engine_goes_on_with_what_was_counted_anew() {
    let server = server(BEGIN).await;
    let truth: Arc<dyn Source> = world::source(&server);
    let (home, right) = (Home::new().await, Home::new().await);
    let slo = slos(&shop());
    let mut wrong = engine(&slo, Arc::new(Lying(truth.clone())), home.ledger.clone()).await;
    assert_eq!(row(&round(&mut wrong, AT).await.rows, "shop", &[]).verdict.state, State::Ok);
    let mut steady = engine(&slo, truth.clone(), right.ledger.clone()).await;
    round(&mut steady, AT).await;

    let found = anew(&home, truth.as_ref(), BEGIN).await.unwrap();
    let (_, before, after) = found.groups[0].clone();
    assert!((before.total - before.good).abs() < 1e-6, "{before:?}");
    assert!((after.total - after.good - 1200.0).abs() < 1e-6, "{after:?}");
    assert_eq!((found.before[0].verdict.state, found.after[0].verdict.state), (State::Ok, State::Ok));
    let spent = found.after[0].verdict.budget.spent;
    assert!((spent - 1200.0).abs() < 1e-6, "{spent}");
    assert_eq!((found.range, found.kept), (found.asked, Span::ZERO));
    // Nothing was written by that.
    let now = round(&mut wrong, AT + 30).await;
    assert!(row(&now.rows, "shop", &[]).verdict.budget.spent.abs() < 1e-6);

    home.ledger.correct(&found.correction.unwrap()).await.unwrap();
    let (now, want) = (round(&mut wrong, AT + 60).await, round(&mut steady, AT + 60).await);
    let (now, want) = (row(&now.rows, "shop", &[]), row(&want.rows, "shop", &[]));
    // Without a restart, with the next tick.
    assert!((now.verdict.budget.spent - spent).abs() < 1e-6, "{:?}", now.verdict);
    assert_eq!(now.verdict.burn_rates, want.verdict.burn_rates);
    let again = anew(&home, truth.as_ref(), BEGIN).await.unwrap();
    assert!(again.correction.is_none(), "once is enough: {:?}", again.correction);
    let settled = |history: Vec<GroupBuckets>| {
        let mut history = history;
        history[0].buckets.retain(|bucket| bucket.end <= again.range.until && bucket.end > again.range.after);
        history
    };
    let (one, other) = (home.history(&slo[0]).await, right.history(&slo[0]).await);
    same(&settled(one), &settled(other), "counted anew");
}

#[tokio::test]
async fn what_the_source_has_no_more_stays_as_it_is() {
    let all = server(BEGIN).await;
    let kept = server(BEGIN + 4 * HOUR).await;
    let (truth, source) = (world::source(&all), world::source(&kept));
    let (home, right) = (Home::new().await, Home::new().await);
    let slo = slos(&shop());
    let mut wrong = engine(&slo, Arc::new(Lying(truth.clone())), home.ledger.clone()).await;
    round(&mut wrong, AT).await;
    let mut steady = engine(&slo, truth, right.ledger.clone()).await;
    round(&mut steady, AT).await;
    let before = home.history(&slo[0]).await;

    let found = anew(&home, source.as_ref(), BEGIN).await.unwrap();
    let range = found.range;
    assert!(found.asked.after < range.after, "{found:?}");
    let begins = moment(BEGIN + 4 * HOUR);
    assert!(begins + Span::minutes(9) < range.after && range.after < begins + Span::minutes(20), "{range:?}");
    home.ledger.correct(&found.correction.unwrap()).await.unwrap();
    let part = |history: &[GroupBuckets], of: TimeRange| {
        let mut history = history.to_vec();
        history[0].buckets.retain(|bucket| of.contains(bucket.end));
        history
    };
    let after = home.history(&slo[0]).await;
    let gone = TimeRange::new(found.asked.after, range.after);
    same(&part(&after, gone), &part(&before, gone), "what is gone");
    same(&part(&after, range), &part(&right.history(&slo[0]).await, range), "what is there");

    // All of it is gone, or was never there.
    let empty = Prometheus::start(Options::default()).await;
    let nothing = anew(&home, world::source(&empty).as_ref(), BEGIN).await.unwrap_err();
    assert!(matches!(nothing, RecountError::Gone { .. }), "{nothing}");
    let nothing = anew(&Home::new().await, source.as_ref(), BEGIN).await.unwrap_err();
    assert!(matches!(nothing, RecountError::NeverRecorded), "{nothing}");
    let nothing = anew(&home, source.as_ref(), AT + HOUR).await.unwrap_err();
    assert!(matches!(nothing, RecountError::NothingFinal { .. }), "{nothing}");
}
