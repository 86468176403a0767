//! One table of queries, asked of a real Prometheus and of ours, on the same data: the answers are equal to 1e-9.
//!
//! Prometheus 2.x has closed ranges and ours are left-open. The data lies 4 s after multiples of 15 s and questions are
//! asked at other seconds (subqueries at whole multiples), so that no sample is on an edge and the two must agree.

use std::fmt::Write;

use serde_json::Value;
use slo_base::clock::Clock;

use super::prometheus::Prometheus;
use super::{client, open, serve};

/// Where the data begins, a multiple of an hour.
pub const START: i64 = 1_788_220_800;
/// Two hours of samples.
const STEPS: i64 = 480;
/// When the instant queries are asked.
pub const AT: i64 = START + 7207;

/// A series as OpenMetrics writes it, and its value at each step.
type Generated<'a> = (&'a str, &'a dyn Fn(i64) -> Option<f64>);

/// Counters with a restart, a birth and an end; gauges with NaN and Inf; a histogram; names that need care.
pub fn data() -> String {
    let mut text = String::new();
    let mut metric = |head: &str, kind: &str, series: &[Generated<'_>]| {
        let _ = writeln!(text, "# TYPE {head} {kind}");
        for (name, value) in series {
            for step in 0..STEPS {
                if let Some(value) = value(step) {
                    let _ = writeln!(text, "{name} {value} {}", START + 4 + step * 15);
                }
            }
        }
    };
    let reset = |step: i64| if step < 300 { step * 7 } else { (step - 300) * 5 };
    metric(
        "req",
        "counter",
        &[
            (r#"req_total{job="a",instance="1",code="200"}"#, &|s| Some((s * 10) as f64)),
            (r#"req_total{job="a",instance="1",code="500"}"#, &|s| {
                (s > 100).then_some((s - 100) as f64 * 0.5)
            }),
            (r#"req_total{job="a",instance="2",code="200"}"#, &|s| Some(reset(s) as f64)),
            (r#"req_total{job="a",instance="2",code="500"}"#, &|s| (s < 400).then_some(3.0)),
            (r#"req_total{job="b",instance="1",code="200"}"#, &|s| {
                (s % 10 != 3).then_some((s * s) as f64 / 100.0)
            }),
            (r#"req_total{job="b",instance="1",code="404",path="a=b,c}d\"e\\f"}"#, &|s| Some(s as f64)),
        ],
    );
    metric(
        "temp",
        "gauge",
        &[
            (r#"temp{room="kitchen",floor="0"}"#, &|s| Some(20.0 + (s as f64 / 30.0).sin() * 5.0)),
            (r#"temp{room="küche",floor="1"}"#, &|s| Some(-3.25 + (s % 7) as f64)),
            (r#"temp{room="cellar",floor="-1"}"#, &|s| Some(if s % 50 == 0 { f64::NAN } else { 11.0 })),
            (r#"temp{room="sun"}"#, &|s| Some(if s > 470 { f64::INFINITY } else { 5778.0 })),
            (r#"temp{room="zero"}"#, &|_| Some(0.0)),
        ],
    );
    metric(
        "limit",
        "gauge",
        &[
            (r#"limit{floor="0",unit="C"}"#, &|_| Some(21.0)),
            (r#"limit{floor="1",unit="C"}"#, &|_| Some(-1.0)),
        ],
    );
    let buckets = |le: f64| move |s: i64| Some((s as f64 * le * 10.0).floor());
    metric(
        "lat",
        "histogram",
        &[
            (r#"lat_bucket{svc="x",le="0.1"}"#, &buckets(0.1)),
            (r#"lat_bucket{svc="x",le="0.5"}"#, &buckets(0.5)),
            (r#"lat_bucket{svc="x",le="1.0"}"#, &buckets(0.9)),
            (r#"lat_bucket{svc="x",le="+Inf"}"#, &buckets(1.0)),
            (r#"lat_count{svc="x"}"#, &buckets(1.0)),
            (r#"lat_sum{svc="x"}"#, &buckets(0.7)),
            (r#"lat_bucket{svc="y",le="0.1"}"#, &buckets(0.0)),
            (r#"lat_bucket{svc="y",le="+Inf"}"#, &buckets(0.3)),
        ],
    );
    text.push_str("# EOF\n");
    text
}

/// Asked at one moment and over a range.
#[rustfmt::skip]
const QUERIES: &[&str] = &[
    "req_total", r#"req_total{job="a",code!="200"}"#, r#"req_total{code=~"4..|5.."}"#, r#"req_total{path=""}"#,
    r#"{__name__=~"req_.*|limit",floor!="1"}"#, r#"{job="b"}"#, r#"temp{room="küche"}"#, r#"temp{room=~".ü.*"}"#,
    "req_total offset 10m", "req_total offset -5m", "req_total @ 1788222007", "sum(req_total @ start())",
    "rate(req_total[5m] @ end())", "rate(req_total[5m] offset 30m)", "nothing_here", "req_total offset 3h",
    "rate(req_total[5m])", "increase(req_total[1h])", "irate(req_total[5m])", "delta(temp[10m])",
    "idelta(temp[10m])", "changes(temp[1h])", "resets(req_total[2h])", "deriv(temp[30m])",
    "predict_linear(temp[30m], 3600)", "holt_winters(temp[30m], 0.3, 0.6)", "avg_over_time(temp[1h])",
    "sum_over_time(temp[1h])", "min_over_time(temp[1h])", "max_over_time(temp[1h])", "count_over_time(temp[1h])",
    "last_over_time(temp[1h])", "present_over_time(req_total[2m])", "stddev_over_time(temp[1h])",
    "stdvar_over_time(temp[1h])", "quantile_over_time(0.9, temp[1h])", "quantile_over_time(2, temp[1h])",
    "absent_over_time(nothing_here[5m])", r#"absent(nothing{job="x",code=~"5.."})"#, "absent(req_total)",
    r#"absent(nothing{a="1",a="2",b="3"})"#, r#"absent_over_time(req_total{code="500",instance="2"}[5m])"#,
    "sum(rate(req_total[5m]))", "sum by (code) (rate(req_total[5m]))", "sum without (instance) (req_total)",
    "avg by (job) (req_total)", "min(temp)", "max(temp)", "count by (code) (req_total)", "group by (job) (req_total)",
    "stddev by (job) (req_total)", "stdvar(req_total)", "quantile(0.3, req_total)", "quantile by (job) (0.95, req_total)",
    r#"count_values("v", limit)"#, r#"count_values by (floor) ("v", temp > 10)"#, "sum by (missing) (req_total)",
    "sum by (__name__) (limit)", "count without (code, instance) (req_total)", "sum(nothing)",
    "topk(2, req_total)", "bottomk(2, req_total)", "topk by (job) (1, req_total)", "bottomk(10, temp)", "topk(0, temp)",
    "sort(req_total)", "sort_desc(temp)",
    r#"rate(req_total{code="500"}[5m]) / ignoring(code) rate(req_total{code="200"}[5m])"#,
    r#"sum by (job) (rate(req_total{code="500"}[5m])) / sum by (job) (rate(req_total[5m]))"#,
    "temp - on(floor) limit", "temp > on(floor) limit", "temp > on(floor) group_left(unit) limit",
    "limit * on(floor) group_right(unit) temp", "temp >= bool on(floor) limit", "req_total and on(job) req_total",
    r#"req_total unless req_total{code="200"}"#, r#"req_total{code="500"} or req_total"#,
    "rate(req_total[5m]) or temp", "limit or on(floor) temp", "temp and ignoring(room) limit",
    "temp > 10", "10 < temp", "temp == bool 0", "temp * 2 + 1", "2 ^ limit % 7", "-temp", "-2 ^ 2", "-(2 ^ 2)",
    "2 ^ 3 ^ 2", "1 + 2 * 3 - 4 / 5 % 6", "7 % -3", "-7 % 3", "1 / 0", "0 / 0", "1 > bool 2", "temp atan2 limit",
    "atan2(1, 2)", "1 atan2 2", "1e3 + .5 + 0x1F + Inf", "temp + Inf", "temp != temp",
    "abs(temp)", "ceil(temp)", "floor(temp)", "exp(limit)", "sqrt(temp)", "ln(temp)", "log2(temp)", "log10(temp)",
    "sgn(temp)", "round(temp)", "round(temp, 0.5)", "round(temp, 0)", "clamp(temp, 0, 15)", "clamp(temp, 5, 1)",
    "clamp_min(temp, 3)", "clamp_max(temp, NaN)", "sin(temp)", "cosh(limit)", "deg(limit)", "rad(limit)", "pi()",
    "acos(limit / 30)", "atanh(limit / 30)",
    "time()", "timestamp(req_total)", "timestamp(sum(req_total))", "timestamp(req_total offset 1h)", "vector(1)",
    "scalar(temp)", r#"scalar(temp{room="zero"})"#, "scalar(sum(req_total))", "vector(time()) - 1",
    "minute()", "hour()", "day_of_week()", "day_of_month()", "day_of_year()", "days_in_month()", "month()", "year()",
    "hour(req_total * 1000)", "days_in_month(vector(1709164800))", "year(vector(-1e9))",
    r#"label_replace(req_total, "host", "h-$1", "instance", "(.)")"#,
    r#"label_replace(req_total, "host", "h-$1", "instance", "x(.)")"#,
    r#"label_replace(temp, "room", "", "floor", "0")"#, r#"label_replace(temp, "short", "${1}_", "room", "(..).*")"#,
    r#"label_join(req_total, "all", "-", "job", "missing", "code")"#,
    "histogram_quantile(0.9, rate(lat_bucket[5m]))", "histogram_quantile(0.5, sum by (le) (rate(lat_bucket[5m])))",
    "histogram_quantile(0.05, lat_bucket)", "histogram_quantile(1.5, lat_bucket)", "histogram_quantile(-1, lat_bucket)",
    "histogram_quantile(0.99, lat_bucket)", "histogram_quantile(0.5, req_total)", "histogram_count(lat_bucket)",
    "max_over_time(rate(req_total[5m])[30m:1m])", "avg_over_time(temp[30m:])", "sum_over_time(time()[10m:90s])",
    "rate(req_total[5m:30s])", "min_over_time(sum(req_total)[10m:1m] offset 5m)",
    "max_over_time(req_total[10m:1m] @ 1788222007)", "sum_over_time((temp > 10)[10m:1m])",
    "quantile_over_time(scalar(limit{floor=\"1\"}) + 1.5, temp[10m])",
    r#"sum(rate(req_total{code=~"5.."}[1h])) / sum(rate(req_total[1h])) > 0.001"#,
];

/// Errors: the same status and type as Prometheus' own.
#[rustfmt::skip]
const BAD: &[&str] = &[
    "", "sum(", "rate(req_total)", "req_total[5m] + 1", "{}", r#"{job=~".*"}"#, "sum(1)", "1 and 2", "unknown(1)",
    r#"req_total{code=~"("}"#, "limit + on(unit) group_left limit + temp", "temp + on(unit) limit * on() temp",
    "temp * on() limit", "req_total + on(job) req_total", r#"label_replace(temp, "1x", "", "room", "")"#,
    r#"label_replace(req_total, "code", "", "", "")"#, "-req_total + ignoring(code) req_total", "1 > 2",
    "holt_winters(temp[30m], 3, 0.6)", r#"rate({__name__=~"lat_count|lat_sum"}[5m])"#,
];

/// Ask both; the answers as JSON.
struct Both {
    client: reqwest::Client,
    theirs: String,
    ours: String,
}

impl Both {
    async fn ask(&self, path: &str, pairs: &[(&str, String)]) -> (Value, Value) {
        (self.one(&self.theirs, path, pairs).await, self.one(&self.ours, path, pairs).await)
    }

    async fn one(&self, url: &str, path: &str, pairs: &[(&str, String)]) -> Value {
        let answer = self.client.post(format!("{url}{path}")).form(pairs).send().await.unwrap();
        let status = answer.status().as_u16();
        let mut body: Value = answer.json().await.unwrap();
        body["http"] = status.into();
        body
    }
}

/// Numbers equal to 1e-9 relative; NaN equals NaN.
fn same(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        (Value::String(one), Value::String(other)) => one == other || close(one, other),
        (one, other) => one == other,
    }
}

fn close(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => {
            one.is_nan() && other.is_nan()
                || one.to_bits() == other.to_bits()
                || (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
        }
        _ => false,
    }
}

/// The order of a vector means something only after sorting functions.
fn in_order(query: &str, mut answer: Value) -> Value {
    let ordered = ["sort", "topk", "bottomk"].iter().any(|function| query.starts_with(function));
    if let Some(result) = answer["data"]["result"].as_array_mut()
        && !ordered
    {
        result.sort_by_key(|element| element["metric"].to_string());
    }
    answer
}

async fn both() -> (Both, Prometheus, super::Opened) {
    let text = data();
    let prometheus = Prometheus::with(&text).await;
    let opened = open(Clock::manual(AT * 1000)).await;
    opened.source.load_openmetrics(text).await.unwrap();
    let ours = format!("http://{}", serve(&opened.source).await);
    (Both { client: client(), theirs: prometheus.url.clone(), ours }, prometheus, opened)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_prometheus_own() {
    let (both, _prometheus, _opened) = both().await;
    let mut wrong = Vec::new();
    for query in QUERIES {
        let mut check = |what: &str, (theirs, ours): (Value, Value)| {
            let (theirs, ours) = (in_order(query, theirs), in_order(query, ours));
            if theirs["status"] != ours["status"]
                || theirs["http"] != ours["http"]
                || !same(&theirs["data"], &ours["data"])
            {
                wrong.push(format!("{what} {query}\n  theirs {theirs}\n  ours   {ours}"));
            }
        };
        let instant = [("query", (*query).to_owned()), ("time", AT.to_string())];
        check("instant", both.ask("/api/v1/query", &instant).await);
        if !query.starts_with("sort") {
            let range = [
                ("query", (*query).to_owned()),
                ("start", (START + 607).to_string()),
                ("end", AT.to_string()),
                ("step", "4m".to_owned()),
            ];
            check("range", both.ask("/api/v1/query_range", &range).await);
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), shortened(&wrong));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_prometheus_own() {
    let (both, _prometheus, _opened) = both().await;
    let mut wrong = Vec::new();
    for query in BAD {
        let instant = [("query", (*query).to_owned()), ("time", AT.to_string())];
        let (theirs, ours) = both.ask("/api/v1/query", &instant).await;
        let kind =
            |answer: &Value| (answer["http"].clone(), answer["status"].clone(), answer["errorType"].clone());
        if kind(&theirs) != kind(&ours) {
            wrong.push(format!("{query}\n  theirs {theirs}\n  ours   {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), shortened(&wrong));
}

fn shortened(wrong: &[String]) -> String {
    let lines = wrong.join("\n");
    lines.lines().map(|line| line.chars().take(600).collect::<String>() + "\n").collect()
}
