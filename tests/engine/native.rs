//! Native histograms through a real Prometheus 2.42: what is counted is what happened, by status, ticks and a new ledger
//! alike.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo_core::time::short::at as moment;
use slo_evaluation::engine::{Engine, SnapshotChannel, stored};
use slo_evaluation::evaluate::{Limits, direct};
use slo_model::slo::Slo;
use slo_model::source::Source;
use slo_model::status::Row;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::world::{self, BEGIN, definition, query, rolling, slos};
use super::{Home, close, engine, round, same, settings};
use crate::servers::prometheus::{Options, Prometheus};
use crate::servers::remote_write::{self, Exponential, Value, Written};

const HOUR: i64 = 3600;
const SCRAPE: i64 = 15;
const HOURS: i64 = 6;
const NOW: i64 = BEGIN + HOURS * HOUR;
/// What was observed in a scrape: below 0.2973, in (0.2973, 0.3242], below 0.5, and above.
const VALUES: [f64; 4] = [0.1, 0.31, 0.45, 0.9];

/// What arrived with a scrape of one series.
#[derive(Debug, Clone, Copy)]
struct Arrived {
    at: i64,
    instance: &'static str,
    failed: bool,
    observed: [u64; 4],
}

/// Everything that was written, and what it means.
struct Lived {
    series: Vec<Written>,
    arrived: Vec<Arrived>,
}

/// When the process of an instance started, by seconds since [`BEGIN`]; the first is the instance's own beginning.
fn starts(instance: &str) -> Vec<i64> {
    match instance {
        // Born in the second hour; its count shows a restart, and only a bucket shows the next.
        "b" => vec![HOUR + 600, 2 * HOUR, 2 * HOUR + SCRAPE],
        "c" => vec![-86_400, 3 * HOUR],
        _ => vec![-86_400],
    }
}

fn live() -> Lived {
    let mut random = StdRng::seed_from_u64(7);
    let mut lived = Lived { series: Vec::new(), arrived: Vec::new() };
    for (place, instance) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let labels = |name: &str, more: &[(&str, &str)]| -> Vec<(String, String)> {
            let own = [("__name__", name), ("job", "native"), ("instance", instance)];
            own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let starts = starts(instance);
        let (mut up, mut started) = (Vec::new(), Vec::new());
        let mut histograms: [Option<Exponential>; 2] = [None, None];
        let mut samples: [Vec<(i64, Value)>; 2] = [Vec::new(), Vec::new()];
        let mut owed = [[0_u64; 4]; 2];
        let mut process = None;
        let mut second = place as i64 * 3 + 1;
        while second < HOURS * HOUR {
            let at = (BEGIN + second) * 1000;
            let now = starts.iter().rposition(|start| *start <= second);
            if let Some(now) = now {
                if process != Some(now) {
                    process = Some(now);
                    let past = u64::from(starts[now] < 0) * 1000;
                    let mut begun = Exponential::new(3);
                    begun.observe(0.2, past);
                    histograms = [Some(begun), None];
                    owed = [[0; 4]; 2];
                }
                for (failed, owed) in owed.iter_mut().enumerate() {
                    let most = if failed == 1 { u64::from(random.random_ratio(1, 40)) * 3 } else { 6 };
                    for times in owed.iter_mut() {
                        *times += random.random_range(0..=most);
                    }
                }
                // The one second a process of `b` lives it has seen little; the next has more of all but one bucket.
                if instance == "b" && starts[now] == 2 * HOUR {
                    owed[0] = [9, 0, 0, 0];
                } else if instance == "b" && second - starts[now] < SCRAPE && now == 2 {
                    owed[0] = [2, 1, 1, 30];
                }
                // Not scraped for ten minutes.
                let is_down = instance == "a" && (4 * HOUR..4 * HOUR + 600).contains(&second);
                up.push((at, Value::Number(if is_down { 0.0 } else { 1.0 })));
                if !is_down {
                    started.push((at, Value::Number((BEGIN + starts[now]) as f64)));
                    for (failed, owed) in owed.iter_mut().enumerate() {
                        if histograms[failed].is_none() && owed.iter().sum::<u64>() == 0 {
                            continue;
                        }
                        let histogram = histograms[failed].get_or_insert_with(|| Exponential::new(3));
                        if instance == "d" && histogram.schema == 3 && second > 5 * HOUR {
                            histogram.halve();
                        }
                        for (value, times) in VALUES.iter().zip(&*owed) {
                            histogram.observe(*value, *times);
                        }
                        samples[failed].push((at, Value::Histogram(histogram.clone())));
                        let observed = std::mem::take(owed);
                        let failed = failed == 1;
                        lived.arrived.push(Arrived { at: BEGIN + second, instance, failed, observed });
                    }
                }
            }
            second += SCRAPE;
        }
        lived.series.push((labels("up", &[]), up));
        lived.series.push((labels("process_start_time_seconds", &[]), started));
        for (code, samples) in ["200", "500"].into_iter().zip(samples) {
            lived.series.push((labels("request_seconds", &[("code", code)]), samples));
        }
    }
    lived
}

impl Lived {
    /// Events in the hours that end at `at`, of which so many were in those of [`VALUES`].
    fn events(&self, at: i64, hours: i64, which: impl Fn(&Arrived) -> bool, of: &[usize]) -> f64 {
        let inside = |one: &&Arrived| one.at > at - hours * HOUR && one.at <= at && which(one);
        let events = self.arrived.iter().filter(inside);
        events.map(|one| of.iter().map(|place| one.observed[*place]).sum::<u64>()).sum::<u64>() as f64
    }
}

/// What was lived, and a Prometheus that has it.
async fn shared() -> &'static (Lived, Prometheus) {
    static SHARED: OnceCell<&'static (Lived, Prometheus)> = OnceCell::const_new();
    let begin = async || {
        let flags = vec![remote_write::NATIVE.to_owned()];
        let server = Prometheus::start(Options { flags, ..Options::default() }).await;
        let lived = live();
        remote_write::write(&server.url(), &lived.series).await;
        &*Box::leak(Box::new((lived, server)))
    };
    SHARED.get_or_init(begin).await
}

const WINDOW: i64 = 4;

fn latency(name: &str, selector: &str, objective: &str) -> String {
    let metric = format!("thresholdMetric: {}", query(selector));
    let window = rolling(&format!("{WINDOW}h"));
    definition(name, &metric, &window, "Occurrences", objective, "slo-engine/histogram: native")
}

fn ratio(name: &str, kind: &str, part: &str, total: &str) -> String {
    let metric = format!(
        "ratioMetric:\n        counter: true\n        {kind}: {}\n        total: {}",
        query(part),
        query(total)
    );
    definition(name, &metric, &rolling(&format!("{WINDOW}h")), "Occurrences", "- target: 0.9", "")
}

/// Every way of asking, and how many of what happened was good, and in all.
fn ways(lived: &Lived, at: i64) -> Vec<(&'static str, String, f64, f64)> {
    const ALL: &[usize] = &[0, 1, 2, 3];
    let events = |which: fn(&Arrived) -> bool, of: &[usize]| lived.events(at, WINDOW, which, of);
    let all = events(|_| true, ALL);
    let fast = events(|_| true, &[0, 1, 2]);
    let x = "request_seconds{job=\"native\"}";
    let rate = "rate(request_seconds{job=\"native\"}[5m])";
    vec![
        ("fast", latency("fast", x, "- {target: 0.5, op: lte, value: 0.5}"), fast, all),
        ("slow", latency("slow", x, "- {target: 0.5, op: gt, value: 0.5}"), all - fast, all),
        (
            "failed",
            ratio(
                "failed",
                "bad",
                "sum(histogram_count(request_seconds{job=\"native\",code=\"500\"}))",
                &format!("sum(histogram_count({x}))"),
            ),
            events(|one| !one.failed, ALL),
            all,
        ),
        (
            "fraction",
            ratio(
                "fraction",
                "good",
                &format!("sum(histogram_fraction(-Inf, 0.5, {rate}) * histogram_count({rate}))"),
                &format!("histogram_count(sum({rate}))"),
            ),
            fast,
            all,
        ),
        (
            "between",
            ratio(
                "between",
                "good",
                &format!("histogram_fraction(0.25, 0.5, {x}) * histogram_count({x})"),
                &format!("histogram_count({x})"),
            ),
            events(|_| true, &[1, 2]),
            all,
        ),
    ]
}

#[tokio::test]
async fn status_ticks_and_a_new_ledger_count_what_happened() {
    let (lived, server) = shared().await;
    let source = world::source(server);
    let ways = ways(lived, NOW);
    let slos = slos(&ways.iter().map(|(_, text, _, _)| text.as_str()).collect::<String>());
    for result in direct(&slos, source.as_ref(), &Limits::default(), moment(NOW)).await {
        let one = result.unwrap().remove(0);
        let name = one.slo.key.to_string();
        check(&ways, &name, (one.verdict.counts.good, one.verdict.counts.total), "status");
        assert!(!one.estimated && one.warnings.is_empty(), "{name}: {:?}", one.warnings);
    }
    let ticked = ticked(&slos, source.clone(), 3).await;
    let home = Home::new().await;
    let mut new = engine(&slos, source, home.ledger.clone()).await;
    new.catch_up(moment(BEGIN + HOUR), &CancellationToken::new(), &|_| {}).await.unwrap();
    let filled = round(&mut new, NOW).await;
    for (rows, how) in [(&ticked.1, "ticks"), (&filled.rows, "a new ledger")] {
        for row in rows {
            let counts = row.verdict.counts;
            check(&ways, &row.slo.key.to_string(), (counts.good, counts.total), how);
            assert!(!row.estimated && row.warnings.is_empty(), "{how}: {row:?}");
        }
    }
    for slo in &slos {
        same(&ticked.0.history(slo).await, &home.history(slo).await, &slo.key.to_string());
    }
    let (_, rows) = stored(&slos, ticked.0.ledger.as_ref(), moment(NOW), 1000).await.unwrap();
    for row in &rows {
        check(&ways, &row.slo.key.to_string(), (row.verdict.counts.good, row.verdict.counts.total), "stored");
    }
}

fn check(ways: &[(&str, String, f64, f64)], name: &str, (good, total): (f64, f64), how: &str) {
    let (_, _, want_good, want_total) = ways.iter().find(|(way, ..)| *way == name).unwrap();
    close(total, *want_total, &format!("{name} total, {how}"));
    close(good, *want_good, &format!("{name} good, {how}"));
}

/// An engine that ticks now and then, and starts anew sometimes.
async fn ticked(slos: &[Slo], source: Arc<dyn Source>, seed: u64) -> (Home, Vec<Row>) {
    let mut random = StdRng::seed_from_u64(seed);
    let home = Home::new().await;
    let anew = async || {
        let ledger = home.ledger.clone();
        Engine::new(slos.to_vec(), source.clone(), ledger, settings(), SnapshotChannel::default())
            .await
            .unwrap()
    };
    let mut engine = anew().await;
    let mut now = BEGIN + HOUR;
    loop {
        let snapshot = round(&mut engine, now).await;
        assert_eq!(snapshot.errors, [], "seed {seed}, {} s", now - BEGIN);
        if now >= NOW {
            break;
        }
        if random.random_ratio(1, 12) {
            engine = anew().await;
        }
        let gap = if random.random_ratio(1, 5) { 1200..3600 } else { 60..600 };
        now = (now + random.random_range(gap)).min(NOW);
    }
    let rows = engine.snapshots().latest().rows.clone();
    (home, rows)
}

#[tokio::test]
async fn a_threshold_inside_of_a_bucket_is_bounded_from_both_sides() {
    let (lived, server) = shared().await;
    let source = world::source(server);
    let text = latency(
        "inside",
        "request_seconds{job=\"native\",instance=\"a\"}",
        "- {target: 0.5, op: lte, value: 0.3}",
    );
    let slos = slos(&text);
    let of_a = |one: &Arrived| one.instance == "a";
    let total = lived.events(NOW, WINDOW, of_a, &[0, 1, 2, 3]);
    let (most, least) =
        (lived.events(NOW, WINDOW, of_a, &[1, 2, 3]), lived.events(NOW, WINDOW, of_a, &[2, 3]));
    let one =
        direct(&slos, source.as_ref(), &Limits::default(), moment(NOW)).await.remove(0).unwrap().remove(0);
    close(one.verdict.counts.total, total, "total");
    close(one.verdict.counts.total - one.verdict.counts.good, most, "bad");
    assert!(one.estimated);
    let said = one.warnings.join("\n");
    for part in
        ["0.3 is not a bucket edge", "0.2973", "0.3242", &format!("{least:.0} to {most:.0} bad events")]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (_, rows) = ticked(&slos, source, 5).await;
    let counts = rows[0].verdict.counts;
    close(counts.total - counts.good, most, "bad, by ticks");
    assert!(rows[0].estimated);
}

#[tokio::test]
async fn a_histogram_of_the_other_kind_is_told_with_what_to_write() {
    let (_, server) = shared().await;
    let classic = world::shared().await;
    let told = async |text: &str, server: &Prometheus, at: i64| {
        let result =
            direct(&slos(text), world::source(server).as_ref(), &Limits::default(), moment(at)).await;
        result
            .into_iter()
            .flat_map(|result| result.unwrap())
            .flat_map(|one| one.warnings)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let bucket =
        latency("bucket", "request_seconds_bucket{job=\"native\"}", "- {target: 0.5, op: lte, value: 0.5}")
            .replace("slo-engine/histogram: native", "");
    let value = latency("value", "request_seconds", "- {target: 0.5, op: lte, value: 0.5}")
        .replace("slo-engine/histogram: native", "");
    let count = ratio("count", "bad", "request_seconds_count{code=\"500\"}", "request_seconds_count");
    let bare = ratio("bare", "bad", "request_seconds{code=\"500\"}", "request_seconds");
    for (text, want) in [
        (
            bucket,
            "but request_seconds is a native histogram: ask thresholdMetric for request_seconds{job=\"native\"}",
        ),
        (value, "request_seconds is a native histogram, which has no single value: annotate the SLO"),
        (count, "but request_seconds is a native histogram: write histogram_count(request_seconds)"),
        (
            bare,
            "request_seconds is a native histogram, not a counter: write histogram_count(request_seconds)",
        ),
    ] {
        let said = told(&text, server, NOW).await;
        assert!(said.contains(want), "{want}: {said}");
    }
    let native =
        latency("native", "duration_seconds{job=\"histogram\"}", "- {target: 0.5, op: lte, value: 0.5}");
    let said = told(&native, classic, BEGIN + 6 * HOUR).await;
    let want = "there is no native histogram duration_seconds, but duration_seconds_bucket is a classic one";
    assert!(said.contains(want), "{said}");
}
