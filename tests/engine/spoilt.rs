//! A source that answers in part, for somebody else, at another time, with an error inside, or that came back empty: nothing
//! is settled on it, people are told, and what was missed is read again and counted.

use std::sync::Arc;

use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_core::time::Span;
use slo_core::time::short::{at as moment, secs};
use slo_evaluation::engine::{Engine, Settings, Snapshot, SnapshotChannel};
use slo_evaluation::evaluate::{Limits, direct};
use slo_evaluation::ledger::{Definition, GroupBuckets, History};
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::budget::State;
use slo_model::slo::Slo;
use slo_model::source::{Source, Sources};

use super::world::{self, BEGIN, definition, of_requests, query, rolling, slos};
use super::{Home, engine, round, row, same, settings};
use crate::servers::between::{Between, Mode};

/// In the sixth hour, in which the first error of `births` comes.
const START: i64 = BEGIN + 5 * 3600 - 300;

fn some() -> Vec<Slo> {
    let lag = format!("thresholdMetric: {}", query("lag_seconds{job=\"gauges\"}"));
    slos(
        &(of_requests("births", "job=\"births\"", &rolling("6h"), "")
            + &of_requests("plain", "job=\"plain\"", &rolling("2h"), "")
            + &of_requests("tenants", "job=\"tenants\"", &rolling("6h"), "slo-engine/group-by: tenant")
                .replace("sum(", "sum by (tenant) (")
            + &definition(
                "lag",
                &lag,
                &rolling("6h"),
                "Occurrences",
                "- {target: 0.9, op: lt, value: 60}",
                "",
            )),
    )
}

struct Spoilt {
    between: Between,
    slos: Vec<Slo>,
    home: Home,
    source: Arc<PrometheusSource>,
    engine: Engine,
}

impl Spoilt {
    async fn new() -> Self {
        let between = Between::start(&world::shared().await.url()).await;
        let source = world::source_at(&between.url);
        let (slos, home) = (some(), Home::new().await);
        let engine = engine(&slos, source.clone(), home.ledger.clone()).await;
        Self { between, slos, home, source, engine }
    }

    async fn history(&self, slo: &Slo) -> History {
        let definition = Definition { key: slo.key.to_string(), indicator: slo.indicator_digest() };
        self.home.ledger.histories(&[definition]).await.unwrap().remove(0).unwrap()
    }

    async fn rounds(&mut self, seconds: impl IntoIterator<Item = i64>) -> Arc<Snapshot> {
        let mut last = None;
        for second in seconds {
            last = Some(round(&mut self.engine, START + second).await);
        }
        last.unwrap()
    }

    /// Fails unless everything is as in an engine whose source was whole all the time, `second` seconds after the start.
    async fn is_whole_again(&self, second: i64) {
        let whole = Home::new().await;
        let source = world::source(world::shared().await);
        // One that looks for late samples, and finds none.
        let mut engine = looking_back(&self.slos, source, &whole).await;
        let mut at = START;
        while at < START + second {
            round(&mut engine, at).await;
            at += 600;
        }
        let want = round(&mut engine, START + second).await;
        for slo in &self.slos {
            same(&self.home.history(slo).await, &whole.history(slo).await, &slo.key.to_string());
        }
        let got = self.engine.snapshots().latest();
        assert_eq!(got.rows.len(), want.rows.len());
        for (got, want) in got.rows.iter().zip(&want.rows) {
            assert_eq!((&got.slo.key, &got.group, got.verdict), (&want.slo.key, &want.group, want.verdict));
            let warnings: Vec<_> = got.warnings.iter().filter(|text| !text.contains("--settle")).collect();
            assert_eq!(warnings, want.warnings.iter().collect::<Vec<_>>(), "{}", got.slo.key);
            assert_eq!(got.estimated, want.estimated, "{}", got.slo.key);
        }
    }
}

/// An engine that looks for samples that came late.
async fn looking_back(slos: &[Slo], source: Arc<PrometheusSource>, home: &Home) -> Engine {
    let limits = Limits { late: Span::hours(6), ..Limits::default() };
    let settings = Settings { limits, ..settings() };
    let (slos, ledger) = (slos.to_vec(), home.ledger.clone());
    Engine::new(slos, source, ledger, settings, SnapshotChannel::default()).await.unwrap()
}

#[tokio::test]
async fn partial_answers_are_shown_and_not_settled_until_they_are_whole() {
    for mode in [Mode::Partial, Mode::Warned] {
        let mut spoilt = Spoilt::new().await;
        spoilt.rounds([0]).await;
        let mut before = Vec::new();
        for slo in &spoilt.slos {
            before.push(spoilt.history(slo).await.settled_to);
        }
        spoilt.between.set(mode.clone());
        let snapshot = spoilt.rounds((30..=600).step_by(30)).await;
        assert_eq!(snapshot.partial, spoilt.slos.len());
        for (slo, before) in spoilt.slos.iter().zip(before) {
            assert_eq!(spoilt.history(slo).await.settled_to, before, "{mode:?} {}", slo.key);
            for row in snapshot.rows.iter().filter(|row| row.slo.key == slo.key) {
                let told = |text: &str| row.warnings.iter().any(|warning| warning.contains(text));
                assert!(told("have been partial since") && row.estimated, "{:?}", row.warnings);
                assert!(told("isPartial") || told("rpc error"), "{:?}", row.warnings);
            }
        }
        // Shown as far as it is known: the requests, not the errors; and its time is not covered.
        let plain = row(&snapshot.rows, "plain", &[]);
        assert_eq!(plain.verdict.state, State::Ok);
        assert!(plain.verdict.coverage < 0.93, "{}", plain.verdict.coverage);
        spoilt.between.set(Mode::Whole);
        let snapshot = spoilt.rounds([630, 660]).await;
        assert_eq!((snapshot.partial, &snapshot.errors), (0, &Vec::new()));
        spoilt.is_whole_again(660).await;
    }
}

#[tokio::test]
async fn an_engine_that_starts_on_partial_answers_owes_what_it_read() {
    let mut spoilt = Spoilt::new().await;
    spoilt.rounds([0]).await;
    spoilt.between.set(Mode::Partial);
    spoilt.rounds([30, 60]).await;
    // Killed, and a quarter of an hour later there again; then it ticks on.
    spoilt.engine = engine(&spoilt.slos, spoilt.source.clone(), spoilt.home.ledger.clone()).await;
    let snapshot = spoilt.rounds([900, 930]).await;
    assert_eq!(snapshot.partial, spoilt.slos.len());
    // What is new is whole again, and what is to be read again is not: the time is not lost.
    spoilt.between.set(Mode::PartialPast);
    let snapshot = spoilt.rounds([960, 990]).await;
    // What is read on a grid asks nothing of the past.
    assert_eq!(snapshot.partial, spoilt.slos.len() - 1);
    spoilt.between.set(Mode::Whole);
    let snapshot = spoilt.rounds([1020, 1290]).await;
    assert_eq!(snapshot.partial, 0);
    spoilt.is_whole_again(1290).await;
}

#[tokio::test]
async fn a_new_ledger_that_is_filled_in_part_owes_all_of_it() {
    let mut spoilt = Spoilt::new().await;
    spoilt.between.set(Mode::Warned);
    let snapshot = spoilt.rounds([0, 30]).await;
    assert_eq!(snapshot.partial, spoilt.slos.len());
    spoilt.between.set(Mode::Whole);
    // What is older is asked for again after five minutes.
    spoilt.rounds([60, 90, 330, 360]).await;
    spoilt.is_whole_again(360).await;
}

#[tokio::test]
async fn what_is_partial_for_too_long_is_settled_without_coverage() {
    let mut spoilt = Spoilt::new().await;
    let settings = Settings { partial_wait: secs(120), ..settings() };
    let (slos, source, ledger) = (spoilt.slos.clone(), spoilt.source.clone(), spoilt.home.ledger.clone());
    spoilt.engine = Engine::new(slos, source, ledger, settings, SnapshotChannel::default()).await.unwrap();
    spoilt.rounds([0]).await;
    spoilt.between.set(Mode::Partial);
    spoilt.rounds((30..=180).step_by(30)).await;
    spoilt.between.set(Mode::Whole);
    spoilt.rounds([210, 240]).await;
    let slo = &spoilt.slos[1];
    assert!(spoilt.history(slo).await.settled_to.unwrap() > moment(START + 120));
    let history = spoilt.home.history(slo).await;
    let of = |second: i64| {
        history[0].buckets.iter().find(|bucket| bucket.end == moment(START + second)).copied().unwrap()
    };
    let (partial, whole) = (of(60), of(240));
    assert!(partial.total > 0.0 && partial.good == partial.total && partial.covered == 0.0, "{partial:?}");
    assert!(whole.good < whole.total && whole.covered > 0.0, "{whole:?}");
}

#[tokio::test]
async fn answers_that_are_not_believed_settle_nothing() {
    for (mode, why) in [
        (Mode::Other, "answered for other targets"),
        (Mode::Ahead(Span::minutes(2)), "ahead of ours"),
        (Mode::ErrorInside, "the store is on fire"),
        (Mode::Cut, "in the middle of the JSON"),
    ] {
        let mut spoilt = Spoilt::new().await;
        spoilt.rounds([0, 30]).await;
        let mut before = Vec::new();
        for slo in &spoilt.slos {
            before.push(spoilt.home.history(slo).await);
        }
        spoilt.between.set(mode.clone());
        let snapshot = spoilt.rounds([60, 90, 120]).await;
        for (slo, before) in spoilt.slos.iter().zip(&before) {
            let told = snapshot.errors.iter().find(|(name, _)| *name == slo.key.to_string());
            assert!(told.is_some_and(|(_, error)| error.contains(why)), "{mode:?}: {:?}", snapshot.errors);
            same(&spoilt.home.history(slo).await, before, &format!("{mode:?} {}", slo.key));
        }
        assert!(snapshot.rows.iter().all(|row| row.verdict.state == State::NoData));
        spoilt.between.set(Mode::Whole);
        let snapshot = spoilt.rounds([150, 180]).await;
        assert_eq!(snapshot.errors, [], "{mode:?}");
        spoilt.is_whole_again(180).await;
    }
}

#[tokio::test]
async fn samples_that_come_late_are_filled_in_and_the_flag_is_named() {
    let mut spoilt = Spoilt::new().await;
    spoilt.engine = looking_back(&spoilt.slos, spoilt.source.clone(), &spoilt.home).await;
    spoilt.rounds([0]).await;
    spoilt.between.set(Mode::Held);
    spoilt.rounds((30..=240).step_by(30)).await;
    spoilt.between.set(Mode::Whole);
    // The hour ends after 300 s, and is looked at ten minutes after.
    let snapshot = spoilt.rounds((270..=960).step_by(30)).await;
    for name in ["plain", "tenants"] {
        let told = snapshot.rows.iter().filter(|row| row.slo.key.to_string() == name);
        let told = told.flat_map(|row| &row.warnings).any(|text| text.contains("later than --settle (60 s)"));
        assert!(told, "{name}: {:?}", snapshot.rows.iter().map(|row| &row.warnings).collect::<Vec<_>>());
    }
    let snapshot = spoilt.rounds([990]).await;
    assert_eq!(snapshot.errors, []);
    spoilt.is_whole_again(990).await;
}

#[tokio::test]
async fn the_coverage_of_a_total_ends_with_it_though_it_was_settled_before() {
    let source = world::source(world::shared().await);
    let metric = format!(
        "ratioMetric:\n        counter: true\n        bad: {}\n        total: {}",
        query("sum(requests_total{job=\"late\",code=\"500\"})"),
        query("sum(requests_total{job=\"late\",code=\"500\"})")
    );
    let text = definition("late", &metric, &rolling("12h"), "Occurrences", "- target: 0.5", "");
    let (slos, home) = (slos(&text), Home::new().await);
    let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
    // Its series are gone from the 16th to the 18th hour, and its target is scraped.
    let last = BEGIN + 16 * 3600;
    let covered = async || {
        let history = home.history(&slos[0]).await;
        let after =
            history.iter().flat_map(|group| &group.buckets).filter(|bucket| bucket.end > moment(last + 60));
        after.map(|bucket| bucket.covered).sum::<f64>()
    };
    for second in (0..=1740).step_by(60) {
        round(&mut engine, last + second).await;
    }
    assert!(covered().await > 1500.0);
    for second in (1800..=2400).step_by(60) {
        round(&mut engine, last + second).await;
    }
    assert_eq!(covered().await, 0.0);
    let snapshot = engine.snapshots().latest();
    let late = row(&snapshot.rows, "late", &[]);
    assert!(late.warnings.iter().any(|text| text.contains("was the metric renamed?")), "{:?}", late.warnings);
    assert_eq!(late.verdict.state, State::Stale);
    // And it can be set how long that takes.
    let limits = Limits { ended_after: Span::hours(3), ..Limits::default() };
    let assessed = direct(&slos, source.as_ref(), &limits, moment(last + 2400)).await.remove(0).unwrap();
    assert_eq!(assessed[0].warnings, [""; 0]);
}

#[tokio::test]
async fn a_store_that_came_back_empty_leaves_history_and_ends_no_total() {
    let mut server = world::server().await;
    let (slos, home) = (some(), Home::new().await);
    let mut engine = engine(&slos, world::source(&server), home.ledger.clone()).await;
    round(&mut engine, START).await;
    let mut before = Vec::new();
    for slo in &slos {
        before.push(home.history(slo).await);
    }
    server.restart_empty().await;
    for second in (30..=3000).step_by(270) {
        round(&mut engine, START + second).await;
    }
    let settled = moment(START - 60);
    for (slo, before) in slos.iter().zip(&before) {
        let until = |all: Vec<GroupBuckets>| -> Vec<GroupBuckets> {
            let cut = all.into_iter().map(|mut one| {
                one.buckets.retain(|bucket| bucket.end <= settled);
                one
            });
            cut.filter(|one| !one.buckets.is_empty()).collect()
        };
        let now = home.history(slo).await;
        let later = now.clone().into_iter().flat_map(|one| one.buckets).filter(|bucket| bucket.end > settled);
        let later: Vec<_> = later.collect();
        assert!(later.iter().all(|bucket| bucket.total == 0.0), "{}", slo.key);
        // The last scrape that was settled speaks for what is left of its interval.
        assert!(later.iter().map(|bucket| bucket.covered).sum::<f64>() <= 30.0, "{}", slo.key);
        same(&until(now), &until(before.clone()), &slo.key.to_string());
    }
    let snapshot = engine.snapshots().latest();
    assert_eq!(snapshot.errors, []);
    for row in &snapshot.rows {
        assert_eq!(row.verdict.state, State::Stale, "{}", row.slo.key);
        assert!(!row.warnings.iter().any(|text| text.contains("renamed")), "{:?}", row.warnings);
    }
}

#[tokio::test]
async fn a_source_that_hangs_touches_only_its_own_objectives() {
    let between = Between::start(&world::shared().await.url()).await;
    let mut settings = SourceSettings::new(&between.url).unwrap();
    settings.timeout = std::time::Duration::from_millis(500);
    let far: Arc<dyn Source> = Arc::new(PrometheusSource::new(settings, Clock::System).unwrap());
    let sources = Sources::only(world::source(world::shared().await));
    sources.set_named([("far".to_owned(), Arc::clone(&far))].into_iter().collect());
    let text = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: far}\nspec: {type: Prometheus, connectionDetails: {}}\n---\n".to_owned()
        + &of_requests("near", "job=\"plain\"", &rolling("2h"), "")
        + &of_requests("far", "job=\"plain\"", &rolling("2h"), "")
            .replace("metricSource: {", "metricSource: {metricSourceRef: far, ");
    let (slos, home) = (slos(&text), Home::new().await);
    let (ledger, settings) = (home.ledger.clone(), super::settings());
    let mut engine = Engine::new(slos, sources, ledger, settings, SnapshotChannel::default()).await.unwrap();
    round(&mut engine, START).await;
    between.set(Mode::Hang);
    for second in [30, 60, 90] {
        let snapshot = round(&mut engine, START + second).await;
        assert_eq!(row(&snapshot.rows, "near", &[]).verdict.state, State::Ok);
        assert_eq!(row(&snapshot.rows, "far", &[]).verdict.state, State::NoData);
        let errors: Vec<&str> = snapshot.errors.iter().map(|(slo, _)| slo.as_str()).collect();
        assert_eq!(errors, ["far"]);
        assert!(snapshot.errors[0].1.contains("did not answer within"), "{:?}", snapshot.errors);
    }
    assert_eq!(far.health().unwrap().is_up(), Some(false));
    between.set(Mode::Whole);
    let snapshot = round(&mut engine, START + 120).await;
    assert_eq!(snapshot.errors, []);
    assert_eq!(far.health().unwrap().is_up(), Some(true));
    assert!(far.health().unwrap().version.is_some_and(|version| version.starts_with("Prometheus 2.")));
}
