//! Against Debian's Prometheus 2.42.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo_base::clock::Clock;
use slo_base::config::source::QueryMethod;
use slo_core::labels::Labels;
use slo_core::time::TimeRange;
use slo_core::time::short::{at, at_ms, ms, range, secs};
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::source::{Series, Source, SourceError};

use super::{made, selector, settings, source};
use crate::servers::prometheus::{Options, Prometheus, trace, trace_file, trace_text};

/// The first sample of every trace, unix seconds.
const START: i64 = 1_788_220_800;

type Lines = BTreeMap<Labels, Vec<(i64, f64)>>;

/// The samples of a metric in a trace's own text.
fn lines(name: &str, metric: &str) -> Lines {
    let mut lines = Lines::new();
    for line in trace_text(name).lines().filter(|line| line.starts_with(metric)) {
        let (sample, at) = line.rsplit_once(' ').unwrap();
        let (series, value) = sample.rsplit_once(' ').unwrap();
        let inside = series.strip_prefix(metric).unwrap().trim_matches(['{', '}']);
        let mut labels: Labels = inside
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(n, v)| (n, v.trim_matches('"')))
            .collect();
        labels.set("__name__", metric);
        let at: f64 = at.parse().unwrap();
        lines.entry(labels).or_default().push(((at * 1000.0) as i64, value.parse().unwrap()));
    }
    lines
}

fn within(lines: &Lines, span: TimeRange) -> Lines {
    lines
        .iter()
        .map(|(labels, samples)| {
            let inside = |(at, _): &&(i64, f64)| span.contains(at_ms(*at));
            (labels.clone(), samples.iter().filter(inside).copied().collect::<Vec<_>>())
        })
        .filter(|(_, samples)| !samples.is_empty())
        .collect()
}

fn gathered(series: Vec<Series>) -> Lines {
    let count = series.len();
    let lines: Lines = series
        .into_iter()
        .map(|series| (series.labels, series.samples.iter().map(|s| (s.at.ms(), s.value)).collect()))
        .collect();
    assert_eq!(lines.len(), count, "a series came twice");
    lines
}

#[tokio::test]
async fn raw_samples_are_the_traces_own_lines_for_any_span() {
    let server = trace("birth").await;
    let source = source(&server.url());
    let (requests, metric) = (selector(r#"http_requests_total{job="shop"}"#), "http_requests_total");
    let lines = lines("birth", metric);
    assert!(lines.len() > 1);
    let mut spans = vec![
        range(START - 100_000, START + 100_000),
        // Exactly between two samples: the left one is out, the right one in.
        range(START, START + 15),
        TimeRange::new(at_ms(START * 1000 - 1), at_ms(START * 1000)),
        TimeRange::new(at_ms(START * 1000 + 1), at_ms(START * 1000 + 14_999)),
        TimeRange::new(at_ms(START * 1000 - 500), at_ms(START * 1000 + 15_000)),
        range(START - 7200, START - 3600),
    ];
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..40 {
        let after_ms = START * 1000 + random.random_range(-3_600_000..21_600_000);
        spans.push(TimeRange::new(at_ms(after_ms), at_ms(after_ms + random.random_range(1..7_200_000))));
    }
    for span in spans {
        let answer = source.samples(&requests, span, 100).await.unwrap();
        assert_eq!(gathered(answer.data), within(&lines, span), "{span:?}");
        assert_eq!(answer.warnings, Vec::<String>::new());
    }
}

#[tokio::test]
async fn three_days_of_the_largest_trace_come_whole_by_post_and_by_get() {
    let server = trace("diurnal").await;
    let lines = lines("diurnal", "http_requests_total");
    for method in [QueryMethod::Post, QueryMethod::Get] {
        let mut settings = settings(&server.url());
        settings.method = method;
        let span = range(START - 1, START + 3 * 86_400);
        let answer = made(settings).samples(&selector("http_requests_total"), span, 100).await.unwrap();
        assert_eq!(gathered(answer.data), lines, "{method:?}");
    }
}

#[tokio::test]
async fn an_empty_span_asks_nothing_and_a_metric_that_is_not_there_is_no_error() {
    let nobody = source("http://127.0.0.1:1");
    let span = range(10, 10);
    assert_eq!(nobody.samples(&selector("a"), span, 1).await.unwrap().data, []);
    assert!(nobody.label_values(&selector("a"), "job", span).await.unwrap().data.is_empty());

    let server = trace("quiet").await;
    let source = source(&server.url());
    let span = range(START, START + 3600);
    assert_eq!(source.samples(&selector("no_such_metric"), span, 1).await.unwrap().data, []);
    assert_eq!(source.instant("no_such_metric", at(START)).await.unwrap().data, []);
}

#[tokio::test]
async fn more_series_than_asked_for_are_an_error_that_names_the_selector() {
    let server = trace("birth").await;
    let span = range(START - 1, START + 21_600);
    let error = source(&server.url()).samples(&selector("http_requests_total"), span, 1).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::TooManySeries { selector, limit: 1 } if selector == "http_requests_total"),
        "{error}"
    );
}

#[tokio::test]
async fn instant_answers_vectors_and_scalars() {
    let server = trace("birth").await;
    let source = source(&server.url());
    let moment = at(START);
    let vector =
        source.instant(r#"http_requests_total{code="200",instance="a"}"#, moment).await.unwrap().data;
    assert_eq!(vector.len(), 1);
    assert_eq!((vector[0].value, vector[0].labels.get("instance")), (151.0, "a"));
    // A lone scalar, and one that JSON has no number for.
    for (query, want) in [("1+1", 2.0), ("1/0", f64::INFINITY), ("-1/0", f64::NEG_INFINITY)] {
        let scalar = source.instant(query, moment).await.unwrap().data;
        assert_eq!((scalar.len(), scalar[0].value), (1, want), "{query}");
        assert!(scalar[0].labels.is_empty());
    }
    assert!(source.instant("vector(0/0)", moment).await.unwrap().data[0].value.is_nan());
    // The moment is kept to the millisecond.
    let now = source.instant("time()", at_ms(1_788_220_815_123)).await.unwrap().data;
    assert!((now[0].value - 1_788_220_815.123).abs() < 1e-6);
    for query in ["up[5m]", "\"text\""] {
        let error = source.instant(query, moment).await.unwrap_err();
        assert!(matches!(error, SourceError::BadQuery { .. }), "{error}");
    }
}

#[tokio::test]
async fn ranges_longer_than_the_server_allows_come_in_pieces() {
    let server = trace("quiet").await;
    let source = source(&server.url());
    // 25,000 points; the server refuses more than 11,000 in one answer.
    let end = at(START + 25_000);
    let answer = source.range("time()", at(START), end, secs(1)).await.unwrap();
    let samples = &answer.data[0].samples;
    assert_eq!((answer.data.len(), samples.len()), (1, 25_001));
    for (step, sample) in samples.iter().enumerate() {
        let second = START + step as i64;
        assert_eq!((sample.at, sample.value), (at(second), second as f64));
    }
}

#[tokio::test]
async fn label_values_are_those_of_the_selected_series() {
    let server = trace("birth").await;
    let source = source(&server.url());
    let span = range(START - 1, START + 21_600);
    let requests = selector(r#"http_requests_total{job="shop"}"#);
    let codes = source.label_values(&requests, "code", span).await.unwrap().data;
    let mut want: Vec<String> =
        lines("birth", "http_requests_total").keys().map(|labels| labels.get("code").to_owned()).collect();
    want.sort();
    want.dedup();
    assert!(want.len() > 1);
    assert_eq!(codes, want);
    let none = source.label_values(&selector("no_such_metric"), "code", span).await.unwrap();
    assert!(none.data.is_empty());
}

#[tokio::test]
async fn the_servers_own_errors_are_told_apart() {
    let server = trace("birth").await;
    let source_of = |url: &str| source(url);
    let error = source_of(&server.url()).instant("sum(", at(0)).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::BadQuery { reason, query, .. } if reason.contains("parse error") && query == "sum("),
        "{error}"
    );
    let error = source_of(&server.url()).range("time()", at_ms(0), at_ms(1), ms(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::BadQuery { .. }), "{error}");

    let small = Prometheus::start(Options {
        openmetrics: vec![trace_file("birth.om.gz")],
        flags: vec!["--query.max-samples=100".to_owned()],
        ..Options::default()
    })
    .await;
    let span = range(START, START + 21_600);
    let error =
        source_of(&small.url()).samples(&selector("http_requests_total"), span, 100).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::TooLarge { reason, .. } if reason.contains("too many samples")),
        "{error}"
    );

    let hasty =
        Prometheus::start(Options { flags: vec!["--query.timeout=1ms".to_owned()], ..Options::default() })
            .await;
    // It looks at its watch between steps, and one step is more than its millisecond.
    let error = source_of(&hasty.url())
        .range("sum_over_time(vector(1)[1d:1s])", at(0), at(10), secs(1))
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_path_before_the_api_is_part_of_the_address() {
    let options =
        Options { flags: vec!["--web.route-prefix=/mimir/prometheus".to_owned()], ..Options::default() };
    let server = Prometheus::start(options).await;
    for end in ["/mimir/prometheus", "/mimir/prometheus/", "/mimir/prometheus/api/v1/"] {
        let source = source(&format!("{}{end}", server.url()));
        assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);
        assert_eq!(source.place(), format!("{}/mimir/prometheus", server.url()));
    }
    // Without it the API is not there, and the error says where to look.
    let lost = source(&server.url());
    for error in [lost.instant("1", at(0)).await.unwrap_err(), lost.version().await.unwrap_err()] {
        assert!(matches!(&error, SourceError::Malformed { reason, .. } if reason.contains("404")), "{error}");
        assert!(error.to_string().contains("/api/v1"), "{error}");
    }
}

#[tokio::test]
async fn version_and_clock() {
    let server = trace("quiet").await;
    assert!(source(&server.url()).version().await.unwrap().starts_with("Prometheus 2.42."));
    let clock = Clock::manual(Clock::System.now().ms() - 60_000);
    let behind = PrometheusSource::new(settings(&server.url()), clock).unwrap();
    let skew = behind.server_time_skew().await.unwrap();
    // Ours stands still a minute ago; the server's goes on.
    assert!((59_000..3_600_000).contains(&skew.ms()), "{skew:?}");
    assert!(!behind.has_native_histograms(&selector("http_requests_total"), at(START)).await.unwrap());
}

#[tokio::test]
async fn a_server_that_is_gone_is_unreachable_and_found_again() {
    let mut server = Prometheus::start(Options::default()).await;
    let source = source(&server.url());
    assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);
    server.process().kill();
    let error = source.instant("1", at(0)).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::Unreachable { reason, .. } if reason.contains("refused")),
        "{error}"
    );
    assert!(error.is_outage());
    server.restart().await;
    assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);
}
