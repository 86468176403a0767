//! The same requests to a real Alertmanager 0.25 and to us: status codes and answers must be the same, once times, ids and
//! what the two must say differently are taken out.

use serde_json::{Value, json};
use slo_base::clock::Clock;

use super::{Served, client};
use crate::servers::alertmanager::Alertmanager;

const CONFIG: &str = "route: {receiver: default}\nreceivers: [{name: default}]\n";

struct Asked {
    method: &'static str,
    path: String,
    kind: Option<&'static str>,
    body: Option<String>,
    /// The words of an error of JSON, times or expressions are the parser's own: only their kind is compared.
    words: bool,
}

fn get(path: &str) -> Asked {
    Asked { method: "GET", path: path.to_owned(), kind: None, body: None, words: true }
}

fn post(path: &str, body: &str) -> Asked {
    let body = Some(body.to_owned());
    Asked { method: "POST", path: path.to_owned(), kind: Some("application/json"), body, words: true }
}

fn loosely(mut asked: Asked) -> Asked {
    asked.words = false;
    asked
}

fn of_kind(mut asked: Asked, kind: Option<&'static str>) -> Asked {
    asked.kind = kind;
    asked
}

fn alerts() -> Vec<Asked> {
    let path = "/api/v2/alerts";
    vec![
        get(path),
        get("/api/v2/alerts/groups"),
        loosely(post(path, "[")),
        loosely(post(path, "{}")),
        post(path, ""),
        post(path, "[]"),
        of_kind(post(path, "[]"), Some("text/plain")),
        of_kind(post(path, "[]"), Some("application/json; charset=utf-8")),
        of_kind(post(path, "[]"), None),
        post(path, "[{}]"),
        post(path, r#"[{"labels":{}}]"#),
        post(
            path,
            r#"[{"labels":{"a-b":"1"}},{"labels":{"ok":""}},{"labels":{"alertname":"kept"}},
                {"labels":{"alertname":"x"},"annotations":{"b-c":"1"}}]"#,
        ),
        loosely(post(path, r#"[{"labels":{"alertname":1}}]"#)),
        loosely(post(path, r#"[{"labels":{"alertname":"t"},"startsAt":"yesterday"}]"#)),
        post(
            path,
            r#"[{"labels":{"alertname":"t"},"startsAt":"2030-01-02T00:00:00Z","endsAt":"2030-01-01T00:00:00Z"}]"#,
        ),
        post(path, r#"[{"labels":{"alertname":"t"},"generatorURL":"not a url"}]"#),
        post(
            path,
            r#"[{"labels":{"alertname":"zero"},"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00.000Z"}]"#,
        ),
        post(
            path,
            r#"[{"labels":{"alertname":"t2","empty":""},"annotations":{"e":"","s":"<b>&\"é"},"extra":1,
                 "generatorURL":"http://x/y?a=b"}]"#,
        ),
        // Overlapping: the earliest start, the newest annotations, the latest explicit end.
        post(
            path,
            r#"[{"labels":{"alertname":"merged"},"annotations":{"v":"1"},"startsAt":"2025-01-01T00:00:00Z","endsAt":"2035-01-01T00:00:00Z"}]"#,
        ),
        post(
            path,
            r#"[{"labels":{"alertname":"merged"},"annotations":{"v":"2"},"startsAt":"2025-06-01T00:00:00Z"}]"#,
        ),
        // Over, and so not listed.
        post(
            path,
            r#"[{"labels":{"alertname":"over"},"startsAt":"2025-01-01T00:00:00Z","endsAt":"2025-01-02T00:00:00Z"}]"#,
        ),
        get(path),
        get("/api/v2/alerts?active=foo"),
        get("/api/v2/alerts?active=1&unprocessed=false"),
        get("/api/v2/alerts?filter=foo"),
        loosely(get("/api/v2/alerts?filter=foo=~%5B")),
        loosely(get("/api/v2/alerts?receiver=%5B")),
        get("/api/v2/alerts?receiver=def"),
        get("/api/v2/alerts?receiver=def.*"),
        get("/api/v2/alerts?filter=alertname%3Dt2&filter=empty%3D%22%22"),
        get("/api/v2/alerts?filter=alertname%3D~%22t.*%22&silenced=false"),
        get("/api/v2/alerts?filter=alertname!%3Dt2"),
        get("/api/v2/alerts?filter=alertname%3D%22t2"),
        get("/api/v2/alerts/groups"),
        get("/api/v2/alerts/groups?filter=alertname%3Dt2"),
        get("/api/v2/alerts/groups?filter=foo"),
        get("/api/v2/receivers"),
        get("/api/v2/nope"),
    ]
}

fn silences() -> Vec<Asked> {
    let path = "/api/v2/silences";
    let with = |matchers: &str, from: &str, to: &str| {
        let body = format!(
            r#"{{"matchers":{matchers},"startsAt":"{from}","endsAt":"{to}","createdBy":"me","comment":"c"}}"#
        );
        post(path, &body)
    };
    let (from, to) = ("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z");
    let x = r#"[{"name":"a","value":"x","isRegex":false}]"#;
    vec![
        get(path),
        post(path, "{}"),
        post(path, ""),
        loosely(post(path, "[")),
        with("[]", from, to),
        with(r#"[{"name":"a","value":"","isRegex":false}]"#, from, to),
        loosely(with(r#"[{"name":"a","value":"[","isRegex":true}]"#, from, to)),
        with(r#"[{"name":"a-b","value":"x","isRegex":true}]"#, from, to),
        with(r#"[{"name":"a","value":"x"}]"#, from, to),
        with(r#"[{"name":"a","isRegex":false}]"#, from, to),
        with(x, to, from),
        with(x, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"),
        with(x, "2020-01-01T00:00:00Z", to),
        with(r#"[{"name":"a","value":"y.*","isRegex":true,"isEqual":false}]"#, from, to),
        with(
            r#"[{"name":"alertname","value":"t2","isRegex":false}]"#,
            "0001-01-01T00:00:00Z",
            "2035-01-01T00:00:00Z",
        ),
        post(
            path,
            &format!(
                r#"{{"id":"nope","matchers":{x},"startsAt":"{from}","endsAt":"{to}","createdBy":"","comment":""}}"#
            ),
        ),
        get(path),
        get("/api/v2/silences?filter=foo"),
        get("/api/v2/silences?filter=a%3Dx"),
        get("/api/v2/silences?filter=a%3Dx&filter=nosuch%3Dx"),
        get("/api/v2/silence/nope"),
        get("/api/v2/silence/11111111-1111-4111-8111-111111111111"),
        Asked {
            method: "DELETE",
            path: "/api/v2/silence/nope".to_owned(),
            kind: None,
            body: None,
            words: true,
        },
        get("/api/v2/alerts"),
        get("/api/v2/alerts?silenced=false"),
        get("/api/v2/alerts?active=false"),
        get("/api/v2/alerts/groups?active=false"),
        get("/api/v2/alerts/groups?silenced=false&active=false"),
    ]
}

/// Status, content type and body; silences' ids by their order.
async fn ask(base: &str, asked: &Asked) -> (u16, String, Value) {
    let method = asked.method.parse().unwrap();
    let mut request = client().request(method, format!("{base}{}", asked.path));
    if let Some(kind) = asked.kind {
        request = request.header("content-type", kind);
    }
    if let Some(body) = &asked.body {
        request = request.body(body.clone());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned();
    let text = response.text().await.unwrap();
    let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    normalise(&mut body);
    if asked.words {
        return (status, kind, body);
    }
    let code = body.get("code").cloned();
    (status, kind, code.unwrap_or(json!(body.is_string())))
}

/// Takes out what differs from run to run: times of this year, and random ids.
fn normalise(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(normalise),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let now = value
                    .as_str()
                    .is_some_and(|time| !["2025", "2030", "2035"].iter().any(|year| time.starts_with(year)));
                match name.as_str() {
                    "startsAt" | "endsAt" | "updatedAt" if now => *value = json!("now"),
                    "id" | "silenceID" => *value = json!("id"),
                    "silencedBy" => *value = json!(value.as_array().map(Vec::len)),
                    _ => normalise(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    // Alerts of a group come in no order from Alertmanager.
    if let Some(alerts) = value.get_mut("alerts").and_then(Value::as_array_mut) {
        alerts.sort_by_key(|alert| alert["fingerprint"].to_string());
    }
}

#[tokio::test]
async fn the_same_requests_have_the_same_answers() {
    let theirs = Alertmanager::start(CONFIG).await;
    let ours = Served::start(Clock::System, "").await;
    let mut different = Vec::new();
    for asked in alerts().into_iter().chain(silences()) {
        let (expected, found) = (ask(&theirs.url(), &asked).await, ask(&ours.url(), &asked).await);
        if expected != found {
            let body = asked.body.as_deref().unwrap_or_default();
            different.push(format!(
                "{} {} {body}\nAlertmanager: {expected:?}\nours:         {found:?}",
                asked.method, asked.path
            ));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
}

#[tokio::test]
async fn methods_that_are_not_there_and_paths_that_are_not_ours_are_refused() {
    let theirs = Alertmanager::start(CONFIG).await;
    let ours = Served::start(Clock::System, "").await;
    for (method, path) in [
        ("DELETE", "/api/v2/alerts"),
        ("POST", "/api/v2/status"),
        ("GET", "/alertmanager/api/v2/status"),
        ("GET", "/api/v2"),
        ("GET", "/api/v3/status"),
    ] {
        let status = async |base: String| {
            let request = client().request(method.parse().unwrap(), format!("{base}{path}"));
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!(status(theirs.url()).await, status(ours.url()).await, "{method} {path}");
    }
    let prefixed = Served::start(Clock::System, "/slo").await;
    let status = async |path: &str| {
        client().get(format!("{}{path}", prefixed.url())).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("/slo/api/v2/status").await, 200);
    assert_eq!(status("/api/v2/status").await, 404);
    assert_eq!(status("/alertmanager/api/v2/status").await, 404);
}

#[tokio::test]
async fn status_has_what_tools_read() {
    let theirs = Alertmanager::start(CONFIG).await;
    let ours = Served::start(Clock::System, "").await;
    let read = async |base: String| -> Value {
        client().get(format!("{base}/api/v2/status")).send().await.unwrap().json().await.unwrap()
    };
    let (expected, found) = (read(theirs.url()).await, read(ours.url()).await);
    assert_eq!(expected["cluster"], found["cluster"]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&expected), keys(&found));
    assert_eq!(keys(&expected["versionInfo"]), keys(&found["versionInfo"]));
    assert!(found["config"]["original"].as_str().unwrap().contains("receivers:"));
}
