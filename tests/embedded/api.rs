//! The Prometheus API as its clients use it: `promtool query`, raw requests, and the envelope.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};
use slo_base::clock::Clock;

use super::compare::{AT, START, data};
use super::prometheus::Prometheus;
use super::{Opened, client, open, serve};
use crate::servers::deadline;

struct Scene {
    theirs: Prometheus,
    ours: String,
    _opened: Opened,
}

async fn scene() -> Scene {
    let theirs = Prometheus::with(&data()).await;
    let (ours, opened) = alone().await;
    Scene { theirs, ours, _opened: opened }
}

async fn alone() -> (String, Opened) {
    let opened = open(Clock::manual(AT * 1000)).await;
    opened.source.load_openmetrics(data()).await.unwrap();
    (format!("http://{}", serve(&opened.source).await), opened)
}

/// What `promtool query …` prints, its lines sorted: only the order of a vector may differ.
async fn promtool(url: &str, kind: &str, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("/usr/bin/promtool");
    command.args(["query", kind]);
    let (flags, rest): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    command.args(flags).arg(url).args(rest);
    let output = deadline::output(command).await;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool query {kind} {arguments:?}: {error}");
    let mut lines: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn promtool_prints_the_same() {
    let scene = scene().await;
    let (time, start, end) =
        (format!("--time={AT}"), format!("--start={}", START + 607), format!("--end={AT}"));
    let json = "--format=json";
    for (kind, arguments) in [
        ("instant", vec![time.as_str(), "sum by (job) (rate(req_total[5m]))"]),
        ("instant", vec![&time, json, r#"temp{room=~"k.*"} > -5"#]),
        ("instant", vec![&time, "req_total[1m]"]),
        ("instant", vec![&time, "req_total[1m] offset 30m"]),
        ("instant", vec![&time, "max_over_time(temp[5m])[10m:2m]"]),
        ("instant", vec![&time, "scalar(sum(limit))"]),
        ("instant", vec![&time, "nothing"]),
        ("range", vec![&start, &end, "--step=5m", "sum(increase(req_total[10m]))"]),
        ("range", vec![&start, &end, "--step=90s", json, "temp / 3"]),
        ("series", vec![&start, &end, "--match=req_total", r#"--match={room=~"s.+"}"#]),
        ("labels", vec![&start, &end, "job"]),
        ("labels", vec![&start, &end, "__name__"]),
        ("labels", vec!["--match=temp", &start, &end, "room"]),
    ] {
        let theirs = promtool(&scene.theirs.url, kind, &arguments).await;
        let ours = promtool(&scene.ours, kind, &arguments).await;
        assert_eq!(ours, theirs, "promtool query {kind} {arguments:?}");
    }
}

async fn get(url: &str, path_and_query: &str) -> (u16, Value) {
    let answer = client().get(format!("{url}{path_and_query}")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Requests whose answers, status and all, are equal on both; of an error the message may differ.
#[tokio::test(flavor = "multi_thread")]
async fn requests_have_the_same_answers() {
    let scene = scene().await;
    let (rfc, offset) = ("2026-09-01T02:00:07Z", "2026-09-01T04%3A00%3A07.000%2B02:00");
    let range = format!("start={}&end={AT}", START + 607);
    for path in [
        format!("query?query=limit&time={AT}"),
        format!("query?query=limit&time={rfc}"),
        format!("query?query=limit&time={offset}"),
        format!("query?query=time()&time={AT}.25"),
        format!("query?query=time()&time={AT}.0004"),
        format!("query?query=limit%5B1m%5D&time={AT}"),
        format!("query?query=limit&time={AT}&timeout=5s"),
        format!("query?query=limit&time={AT}&timeout=x"),
        "query?query=limit&time=x".to_owned(),
        format!("query?time={AT}"),
        format!("query_range?query=limit&{range}&step=1800"),
        format!("query_range?query=limit&{range}&step=0.5h"),
        format!("query_range?query=1&{range}&step=30m"),
        format!("query_range?query=%22a%22&{range}&step=30m"),
        format!("query_range?query=limit%5B5m%5D&{range}&step=30m"),
        format!("query_range?query=limit&{range}&step=0"),
        format!("query_range?query=limit&{range}&step=-5"),
        format!("query_range?query=limit&{range}"),
        format!("query_range?query=limit&start={AT}&end={START}&step=5"),
        format!("query_range?query=vector(1)&start={START}&end={}&step=1", START + 11_000),
        format!("query_range?query=vector(1)&start={START}&end={}&step=1", START + 11_001),
        format!("query_range?query=limit&end={AT}&step=5"),
        format!("series?match[]=limit&{range}"),
        format!("series?match[]=limit&match[]=%7Broom=%22sun%22%7D&{range}"),
        "series".to_owned(),
        "series?match[]=limit".to_owned(),
        "series?match[]=rate(limit[5m])".to_owned(),
        "series?match[]=%7B%7D".to_owned(),
        "series?match[]=limit&start=5&end=4".to_owned(),
        "series?match[]=limit&start=1&end=2".to_owned(),
        format!("labels?{range}"),
        "labels".to_owned(),
        format!("labels?match[]=temp&{range}"),
        format!("label/room/values?{range}"),
        "label/__name__/values".to_owned(),
        format!("label/floor/values?match[]=limit&{range}"),
        "label/nothing/values".to_owned(),
        "label/1x/values".to_owned(),
        "label/room/values?start=x".to_owned(),
        "label/room/values?start=5&end=4".to_owned(),
        "rules".to_owned(),
        "alerts".to_owned(),
        "metadata".to_owned(),
        format!("query_exemplars?query=limit&{range}"),
    ] {
        let path = format!("/api/v1/{path}");
        let (their_status, mut theirs) = get(&scene.theirs.url, &path).await;
        let (our_status, mut ours) = get(&scene.ours, &path).await;
        for answer in [&mut theirs, &mut ours] {
            if answer["error"].take().is_null() {
                sort(&mut answer["data"]);
            }
        }
        assert_eq!((our_status, ours), (their_status, theirs), "{path}");
    }
}

/// Sets have no order.
fn sort(data: &mut Value) {
    let list = if data.is_array() { Some(data) } else { data.get_mut("result") };
    if let Some(list) = list.and_then(Value::as_array_mut)
        && list.iter().all(|element| element.is_string() || element.is_object())
    {
        list.sort_by_key(Value::to_string);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_queries_and_envelopes() {
    let (url, _opened) = alone().await;
    let form = [("query", "limit{floor=\"0\"}"), ("time", &AT.to_string())];
    let answer = client().post(format!("{url}/api/v1/query?query=ignored")).form(&form).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let metric = r#"{"__name__":"limit","floor":"0","unit":"C"}"#;
    assert_eq!(
        answer.text().await.unwrap(),
        format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{metric},"value":[{AT},"21"]}}]}}}}"#
        )
    );
    let (status, error) = get(&url, "/api/v1/query?query=sum(").await;
    let keys: BTreeSet<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((status, keys), (400, BTreeSet::from(["error", "errorType", "status"])));
    // Without a time it is now, by the source's clock.
    let (_, now) = get(&url, "/api/v1/query?query=time()").await;
    assert_eq!(now["data"], json!({"resultType": "scalar", "result": [AT, AT.to_string()]}));
    let (status, unknown) = get(&url, "/api/v1/unheard/of").await;
    assert_eq!((status, &unknown["errorType"]), (404, &json!("not_found")));
    let (_, build) = get(&url, "/api/v1/status/buildinfo").await;
    assert_eq!((&build["status"], &build["data"]["version"]), (&json!("success"), &json!("2.42.0")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_costs_too_much_is_refused_with_its_status() {
    let (url, opened) = alone().await;
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    for (query, want_status, want_kind) in [
        ("sum_over_time(vector(1)[30d:1ms])", 422, "execution"),
        (r#"sum_over_time({__name__=~".+"}[23h:50ms])"#, 422, "execution"),
        (deep.as_str(), 400, "bad_data"),
        ("limitk(1, temp)", 400, "bad_data"),
    ] {
        let form = [("query", query), ("time", &AT.to_string()), ("timeout", "30s")];
        let answer = client().post(format!("{url}/api/v1/query")).form(&form).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        assert_eq!((status, &body["errorType"]), (want_status, &json!(want_kind)), "{query:.60}: {body}");
    }
    // What would make promql-parser panic, as a query and as a matcher.
    for nasty in ["x[1e300]", "x offset 1e300", "x[5m:1e300]", "x @ 1e300", "x[99999999999y]", deep.as_str()]
    {
        for (path, name) in [("query", "query"), ("series", "match[]")] {
            let form = [(name, nasty), ("time", &AT.to_string())];
            let answer = client().post(format!("{url}/api/v1/{path}")).form(&form).send().await.unwrap();
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            assert_eq!((status, &body["errorType"]), (400, &json!("bad_data")), "{path} {nasty:.60}: {body}");
        }
    }
    // Billions of additions: the time limit ends them, wherever it finds them.
    let long = "sum_over_time(sum_over_time(sum(req_total)[1h:1s])[24h:100ms])";
    for (query, timeout) in [("sum(req_total)", "0.000001"), (long, "0.3")] {
        let form = [("query", query), ("time", &AT.to_string()), ("timeout", timeout)];
        let answer = client().post(format!("{url}/api/v1/query")).form(&form).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        assert_eq!((status, &body["errorType"]), (503, &json!("timeout")), "{query}");
    }
    let huge = [("query", "1".repeat(2 << 20))];
    let answer = client().post(format!("{url}/api/v1/query")).form(&huge).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    opened.source.close().await.unwrap();
    let (status, body) = get(&url, &format!("/api/v1/query?query=limit&time={AT}")).await;
    assert_eq!((status, &body["status"]), (500, &json!("error")));
}

#[tokio::test]
async fn native_histograms_are_refused_by_name() {
    let opened = open(Clock::System).await;
    let selector = slo_model::promql::Selector::new("x", Vec::new());
    let range = slo_core::time::short::range(0, 60);
    let refused = slo_model::source::Source::histograms(&*opened.source, &selector, &[0.5], range, 10).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("knows no native histograms: count the classic histogram"), "{refused}");
}
