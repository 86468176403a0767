//! Scraping fake targets: what is stored, what a failure leaves, and the schedule.

use std::time::Duration;

use axum::http::StatusCode;
use slo_base::clock::Clock;
use slo_core::time::short::{at_ms, ms};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_embedded::{QueryValue, ScrapeReport, ScrapeTarget, Scraper};
use slo_model::promql::{MatchOp, Matcher, Selector};
use slo_model::source::Source;
use tokio_util::sync::CancellationToken;

use super::target::{Say, Target};
use super::{Opened, open};
use crate::servers::deadline;

const T0: Timestamp = at_ms(1_788_220_800_000);
const STEP: Span = ms(15_000);

/// A source, a target and a scraper of it.
struct Scene {
    opened: Opened,
    target: Target,
    scraper: Scraper,
    now: Timestamp,
}

impl Scene {
    async fn new(say: Say, change: impl FnOnce(&mut ScrapeTarget)) -> Self {
        let opened = open(Clock::manual(T0.ms())).await;
        let target = Target::start(say).await;
        let mut settings = ScrapeTarget::new("shop", target.url());
        "a".clone_into(&mut settings.instance);
        change(&mut settings);
        let scraper = Scraper::new(&opened.source, vec![settings]).unwrap();
        Self { opened, target, scraper, now: T0 - STEP }
    }

    /// The next scrape.
    async fn scrape(&mut self) -> ScrapeReport {
        self.now += STEP;
        self.scraper.scrape_once(self.now).await.remove(0)
    }

    /// An instant vector just after the last scrape, one line per element, sorted.
    async fn ask(&self, query: &str) -> Vec<String> {
        let value = self.opened.source.query(query, self.now + ms(1000), None).await.unwrap();
        let QueryValue::Vector(vector) = value else { panic!("{query} is a {}", value.kind()) };
        let mut lines: Vec<String> =
            vector.iter().map(|one| format!("{} {}", one.labels, one.samples[0].value)).collect();
        lines.sort();
        lines
    }

    /// All raw samples of a metric.
    async fn raw(&self, metric: &str) -> Vec<(String, Vec<(i64, f64)>)> {
        let range = TimeRange::new(T0 - ms(1), self.now);
        let answer = self.opened.source.samples(&Selector::new(metric, vec![]), range, 100).await.unwrap();
        let samples = |series: slo_model::source::Series| {
            let samples =
                series.samples.iter().map(|sample| ((sample.at - T0) / STEP, sample.value)).collect();
            (series.labels.to_string(), samples)
        };
        answer.data.into_iter().map(samples).collect()
    }
}

#[tokio::test]
async fn names_labels_and_bounds_are_stored_as_exposed() {
    let text = r#"# HELP lat Seconds.
# TYPE lat histogram
lat_bucket{path="/a,b=c}",le="0.10"} 1
lat_bucket{path="/a,b=c}",le="1"} 2 1395066363000
lat_bucket{path="/a,b=c}",le="+Inf"} 3
lat_sum{path="/a,b=c}"} 1.5e0
lat_count{path="/a,b=c}"} 3
# TYPE rpc summary
rpc{quantile="0.5"} NaN
rpc_sum 0
job:rate:5m{quote="\"x\"",slash="C:\\d",line="1\n2",empty="",} +Inf

 spaced  { a = "1" , b = "2" }   -3.5e-1
"#;
    let mut scene = Scene::new(Say::Text(text.to_owned()), |_| ()).await;
    let report = scene.scrape().await;
    assert_eq!((report.error, report.samples), (None, 9));
    let own = r#"instance="a",job="shop""#;
    let stored = scene.ask(r#"{__name__=~".+",__name__!~"up|scrape_.*"}"#).await;
    assert_eq!(
        stored,
        [
            format!(r#"job:rate:5m{{{own},line="1\n2",quote="\"x\"",slash="C:\\d"}} inf"#),
            format!(r#"lat_bucket{{{own},le="+Inf",path="/a,b=c}}"}} 3"#),
            format!(r#"lat_bucket{{{own},le="0.10",path="/a,b=c}}"}} 1"#),
            format!(r#"lat_bucket{{{own},le="1",path="/a,b=c}}"}} 2"#),
            format!(r#"lat_count{{{own},path="/a,b=c}}"}} 3"#),
            format!(r#"lat_sum{{{own},path="/a,b=c}}"}} 1.5"#),
            format!("rpc_sum{{{own}}} 0"),
            format!(r#"rpc{{{own},quantile="0.5"}} NaN"#),
            format!(r#"spaced{{a="1",b="2",{own}}} -0.35"#),
        ]
    );
    assert_eq!(scene.ask("up").await, [format!("up{{{own}}} 1")]);
    assert_eq!(scene.ask("scrape_samples_scraped").await, [format!("scrape_samples_scraped{{{own}}} 9")]);
    assert_eq!(scene.ask("scrape_duration_seconds > 0").await.len(), 1);
    let about = scene.opened.source.metadata();
    assert_eq!((about["lat"].kind.as_str(), about["lat"].help.as_str()), ("histogram", "Seconds."));
}

#[tokio::test]
async fn openmetrics_is_read_to_its_end() {
    let whole = "# TYPE a counter\na_total{x=\"1\"} 5 1395066363.5 # {trace_id=\"ab c\"} 0.67 1395066363.4\na_created 1.5\n# EOF\n";
    let mut scene = Scene::new(Say::OpenMetrics(whole.to_owned()), |_| ()).await;
    assert_eq!(scene.scrape().await.error, None);
    assert_eq!(scene.ask("a_total").await, [r#"a_total{instance="a",job="shop",x="1"} 5"#]);
    for (text, reason) in [
        ("a_total 6\n", "cut off"),
        ("a_total 6\n# EOF\na_total 7\n", "after # EOF"),
        ("a_total 6 1 # {a=\"1\"\n# EOF\n", "exemplar"),
        ("a_total 6 yesterday\n# EOF\n", "not a timestamp"),
    ] {
        scene.target.say(Say::OpenMetrics(text.to_owned()));
        let error = scene.scrape().await.error.unwrap();
        assert!(error.contains(reason), "{text:?}: {error}");
        assert_eq!(scene.ask("a_total").await, [""; 0], "{text:?}");
    }
}

#[tokio::test]
async fn the_targets_labels_win_and_the_exposed_ones_are_exported() {
    let text =
        "m{job=\"theirs\",instance=\"i\",exported_job=\"taken\",zone=\"z\"} 1\nup{} 9\nup{job=\"x\"} 8\n";
    let mut scene = Scene::new(Say::Text(text.to_owned()), |target| {
        target.labels.set("zone", "here");
    })
    .await;
    scene.scrape().await;
    assert_eq!(
        scene.ask("m").await,
        [
            r#"m{exported_exported_job="theirs",exported_instance="i",exported_job="taken",exported_zone="z",instance="a",job="shop",zone="here"} 1"#
        ]
    );
    assert_eq!(scene.ask(r#"up{exported_job=""}"#).await, [r#"up{instance="a",job="shop",zone="here"} 1"#]);
    assert_eq!(scene.ask(r#"up{exported_job="x"}"#).await.len(), 1);
}

#[tokio::test]
async fn a_failed_scrape_says_why_and_ends_every_series() {
    let mut scene = Scene::new(Say::Text(String::new()), |target| {
        target.sample_limit = 3;
        target.body_limit = 1000;
        target.timeout = Duration::from_millis(200);
    })
    .await;
    let many = "m{i=\"1\"} 1\nm{i=\"2\"} 1\nm{i=\"3\"} 1\nm{i=\"4\"} 1\n";
    for (say, reason) in [
        (Say::Status(StatusCode::INTERNAL_SERVER_ERROR), "HTTP 500"),
        (Say::Never, "within 0.2 s"),
        (Say::Text(many.to_owned()), "more than 3 samples"),
        (Say::Text("x".repeat(1001)), "more than 1000 bytes"),
        (Say::Bytes(vec![b'm', b' ', 0xff]), "not UTF-8"),
        (Say::Text("m 1\nm{a=\"1} 2\n".to_owned()), "line 2: a string does not end"),
        (Say::Text("m 1\n<html>\n".to_owned()), "line 2: a metric name is missing"),
        (Say::Text("m 1 2 3\n".to_owned()), "there is more after the sample"),
        (Say::Text("m{a=\"1\",a=\"2\"} 1\n".to_owned()), "the label a is there twice"),
        (Say::Text("m one\n".to_owned()), "not a number"),
    ] {
        scene.target.text("m 1\nn 2\n");
        assert_eq!(scene.scrape().await.error, None);
        assert_eq!((scene.ask("m").await.len(), scene.ask("n").await.len()), (1, 1));
        scene.target.say(say);
        let report = scene.scrape().await;
        let error = report.error.unwrap();
        assert!(error.contains(reason), "want {reason}: {error}");
        assert_eq!(report.samples, 0);
        assert_eq!((scene.ask("m").await, scene.ask("n").await), (vec![], vec![]), "{reason}");
        assert_eq!(scene.ask("up").await, [r#"up{instance="a",job="shop"} 0"#]);
        assert_eq!(scene.ask("scrape_samples_scraped").await.len(), 1);
    }
    let raw = scene.raw("m").await;
    assert_eq!(raw[0].1.len(), 10, "samples() has no end marks: {raw:?}");
    assert_eq!(scene.ask("count_over_time(m[10m])").await, [r#"{instance="a",job="shop"} 10"#]);
}

#[tokio::test]
async fn a_target_that_is_not_there_is_down() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let opened = open(Clock::manual(T0.ms())).await;
    let target = ScrapeTarget::new("gone", format!("http://{address}/metrics"));
    let report = Scraper::new(&opened.source, vec![target]).unwrap().scrape_once(T0).await.remove(0);
    let error = report.error.unwrap();
    assert!(error.to_lowercase().contains("refused"), "{error}");
    let up = opened.source.instant("up", T0).await.unwrap().data;
    assert_eq!((up[0].value, up[0].labels.get("instance")), (0.0, address.to_string().as_str()));
}

#[tokio::test]
async fn a_series_that_vanishes_ends_at_once_and_may_come_back() {
    let mut scene = Scene::new(Say::Text(String::new()), |_| ()).await;
    for text in ["m{i=\"1\"} 1\nm{i=\"2\"} 1\n", "m{i=\"1\"} 2\n", "m{i=\"1\"} 3\nm{i=\"2\"} 5\n"] {
        scene.target.text(text);
        scene.scrape().await;
        assert_eq!(scene.ask("m").await.len(), text.lines().count());
    }
    let raw = scene.raw("m").await;
    assert_eq!(raw[0].1, [(0, 1.0), (1, 2.0), (2, 3.0)]);
    assert_eq!(raw[1].1, [(0, 1.0), (2, 5.0)]);
}

#[tokio::test]
async fn a_restart_of_the_target_is_a_fall_and_counts_from_zero() {
    let mut scene = Scene::new(Say::Text(String::new()), |_| ()).await;
    for value in [100, 110, 4, 9] {
        scene.target.text(&format!("c_total {value}\nc_total 7\n"));
        scene.scrape().await;
    }
    assert_eq!(scene.raw("c_total").await[0].1, [(0, 100.0), (1, 110.0), (2, 4.0), (3, 9.0)]);
    assert_eq!(scene.ask("resets(c_total[5m])").await, [r#"{instance="a",job="shop"} 1"#]);
}

#[tokio::test]
async fn wrong_settings_are_refused_with_their_reason() {
    let opened = open(Clock::System).await;
    let refuse = |change: fn(&mut ScrapeTarget), reason: &str| {
        let mut target = ScrapeTarget::new("a", "http://127.0.0.1:1/metrics");
        change(&mut target);
        let error = Scraper::new(&opened.source, vec![target]).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    };
    refuse(|target| target.url = "127.0.0.1".to_owned(), "not a URL");
    refuse(|target| target.url = "ftp://127.0.0.1/".to_owned(), "http or https");
    refuse(|target| target.job = String::new(), "must not be empty");
    refuse(|target| target.interval = Duration::ZERO, "interval");
    refuse(|target| target.timeout = Duration::from_secs(16), "timeout");
    refuse(|target| target.labels.set("1x", "y"), "label name");
    let twice = vec![ScrapeTarget::new("a", "http://127.0.0.1:1/metrics"); 2];
    assert!(Scraper::new(&opened.source, twice).unwrap_err().to_string().contains("two scrape targets"));
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    deadline::soon("a scrape", what).await
}

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_follow_each_other_and_stop_cleanly() {
    let opened = open(Clock::System).await;
    let target = Target::start(Say::Text("a 1\n".to_owned())).await;
    let mut settings = ScrapeTarget::new("fast", target.url());
    settings.interval = Duration::from_millis(50);
    settings.timeout = settings.interval;
    let scraper = Scraper::new(&opened.source, vec![settings]).unwrap();
    let mut reports = scraper.reports();
    let stop = CancellationToken::new();
    let running = tokio::spawn(scraper.run(stop.clone()));
    let mut times = Vec::new();
    while times.len() < 8 {
        times.push(soon(reports.recv()).await.unwrap().at);
    }
    stop.cancel();
    soon(running).await.unwrap();
    assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
    let range = TimeRange::new(times[0] - ms(1), times[7]);
    let selector = Selector::new("a", vec![Matcher::new("job", MatchOp::Regex, "f.*").unwrap()]);
    let stored = opened.source.samples(&selector, range, 10).await.unwrap().data;
    let stored: Vec<Timestamp> = stored[0].samples.iter().map(|sample| sample.at).collect();
    assert_eq!(stored, times);
    opened.source.close().await.unwrap();
    assert!(opened.source.instant("a", times[7]).await.is_err());
}

/// Moves the clock on, a second at a time, until `what` has happened.
async fn ticking<T>(clock: &Clock, what: impl Future<Output = T>) -> T {
    let mut what = std::pin::pin!(soon(what));
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    loop {
        tokio::select! {
            done = &mut what => return done,
            _ = ticks.tick() => clock.set_ms(clock.now().ms() + 1000),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_scrape_never_overlaps_itself_and_leaves_slots_out() {
    let clock = Clock::manual(T0.ms());
    let opened = open(clock.clone()).await;
    let target = Target::start(Say::WhenAllowed).await;
    let mut settings = ScrapeTarget::new("slow", target.url());
    settings.interval = Duration::from_mins(1);
    settings.timeout = settings.interval;
    let scraper = Scraper::new(&opened.source, vec![settings]).unwrap();
    let mut reports = scraper.reports();
    let stop = CancellationToken::new();
    let running = tokio::spawn(scraper.run(stop.clone()));
    ticking(&clock, target.entered(1)).await;
    // Ten slots pass while the target thinks.
    clock.set_ms(clock.now().ms() + 600_000);
    target.allow(1);
    let first = soon(reports.recv()).await.unwrap();
    target.allow(1);
    let second = ticking(&clock, reports.recv()).await.unwrap();
    stop.cancel();
    soon(running).await.unwrap();
    assert_eq!(target.most_inside(), 1);
    assert_eq!((first.error, second.error), (None, None));
    assert!(second.at - first.at >= ms(600_000), "slots that have passed are not made up for");
}
