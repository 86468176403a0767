//! What arrives at a receiver, channel by channel, and what is kept from going out.

use secrecy::SecretString;
use slo_model::route::Channel;

use super::*;
use crate::servers::receiver::{Reaction, Receiver, Request};

/// Sends one notification through one channel to a receiver that takes it.
async fn arrives(
    channel: impl Fn(&str, &TempDir) -> Channel,
    notification: &Notification,
) -> (Request, Bench) {
    let (server, folder) = (Receiver::start().await, tempfile::tempdir().unwrap());
    let bench =
        Bench::new(Home::memory().open().await, &[receiver("sre", vec![channel(&server.url, &folder)])]);
    bench.outbox.enqueue(std::slice::from_ref(notification)).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let request = server.taken().into_iter().next();
    let tried = bench.outbox.by_key(&notification.key).await.unwrap();
    (request.unwrap_or_else(|| panic!("nothing arrived: {tried:?}")), bench)
}

fn slack(url: &str, folder: &TempDir) -> Channel {
    Channel::Slack { webhook: secret_file(folder, "slack", url), channel: Some("#sre".to_owned()) }
}

fn pagerduty(url: &str, folder: &TempDir) -> Channel {
    Channel::PagerDuty { routing_key: secret_file(folder, "key", "R0UT1NG"), url: url.to_owned() }
}

#[tokio::test]
async fn our_webhook_is_signed_with_both_secrets_and_has_a_key() {
    let with_secrets = |url: &str, folder: &TempDir| Channel::Webhook {
        url: url.to_owned(),
        secrets: vec![secret_file(folder, "new", "new secret"), secret_file(folder, "old", "old secret")],
    };
    let (request, _) = arrives(with_secrets, &notification("g/1/firing")).await;
    assert_eq!(request.headers["idempotency-key"], "g/1/firing");
    assert_eq!(request.headers["content-type"], "application/json");
    let seconds = NOW.seconds();
    let signed = |secret: &str| {
        slo_delivery::webhook::sign(&SecretString::from(secret.to_owned()), seconds, &request.body)
    };
    let expected = format!("t={seconds},v1={},v1={}", signed("new secret"), signed("old secret"));
    assert_eq!(request.headers["slo-signature"], expected);
    let body = request.json();
    assert_eq!(body["version"], 1);
    assert_eq!(body["title"], "[P1] FIRING: Nobody can log in");
    assert_eq!(body["priority"], "P1");
    assert_eq!(body["alerts"][0]["starts_at"], "2026-09-03T23:55:00.000Z");
    assert_eq!(body["alerts"][0]["labels"]["alertname"], "ApiDown");
    assert_eq!(body["alerts"][0]["ended_at"], serde_json::Value::Null);
}

#[tokio::test]
async fn alertmanagers_format_is_alertmanagers() {
    let mut both = notification("a");
    let mut over = both.alerts[0].clone();
    over.ended_at = Some(NOW);
    over.labels.set("alertname", "Other");
    both.alerts.push(over);
    let (request, _) = arrives(|url, _| Channel::AlertmanagerWebhook { url: url.to_owned() }, &both).await;
    let alert = |name: &str, status: &str, ends: &str, fingerprint: &str| {
        serde_json::json!({
            "status": status,
            "labels": {"alertname": name, "service": "api"},
            "annotations": {"summary": "Nobody can log in", "runbook_url": "https://runbooks.example.com/api"},
            "startsAt": "2026-09-03T23:55:00Z",
            "endsAt": ends,
            "generatorURL": "http://prometheus:9090/graph",
            "fingerprint": fingerprint,
        })
    };
    let fingerprint = both.alerts[0].fingerprint.to_string();
    let expected = serde_json::json!({
        "receiver": "sre",
        "status": "firing",
        "alerts": [
            alert("ApiDown", "firing", "0001-01-01T00:00:00Z", &fingerprint),
            alert("Other", "resolved", "2026-09-04T00:00:00Z", &fingerprint),
        ],
        "groupLabels": {"service": "api"},
        "commonLabels": {"service": "api"},
        "commonAnnotations": {"summary": "Nobody can log in", "runbook_url": "https://runbooks.example.com/api"},
        "externalURL": "http://slo.example.com",
        "version": "4",
        "groupKey": "thread of a",
        "truncatedAlerts": 0,
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn slack_gets_blocks_within_its_sizes_and_nobody_is_mentioned() {
    let mut evil = notification("a");
    evil.alerts[0]
        .annotations
        .set("summary", format!("<!channel> @here <https://evil.example|click> & {}", "x".repeat(9000)));
    evil.alerts[0].annotations.set("runbook_url", "https://runbooks.example.com/a|b>c?x=1&y=2");
    evil.reason = "<!everyone>".to_owned();
    let labels: Labels = [("alertname", "<@U123>")].into_iter().collect();
    evil.alerts.extend(std::iter::repeat_n(NotifiedAlert { labels, ..evil.alerts[0].clone() }, 100));
    let (request, bench) = arrives(slack, &evil).await;
    let body = request.json();
    let text = body.to_string();
    for mention in ["<!", "<@", "<https://evil"] {
        assert!(!text.contains(mention), "{mention} in {text}");
    }
    assert_eq!(body["channel"], "#sre");
    assert_eq!(body["blocks"][0]["type"], "header");
    assert!(body["blocks"][0]["text"]["text"].as_str().unwrap().chars().count() <= 150);
    let section = body["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(section.chars().count() <= 3000, "{}", section.chars().count());
    assert!(section.contains("&lt;!channel&gt;"), "{section}");
    assert_eq!(body["blocks"][2]["elements"][0]["text"], "&lt;!everyone&gt;");
    assert_eq!(bench.metrics.template_failures("slack.txt"), 0);
    let (request, _) = arrives(slack, &notification("b")).await;
    let section = request.json()["blocks"][1]["text"]["text"].as_str().unwrap().to_owned();
    assert!(section.contains("<https://runbooks.example.com/api|Runbook>"), "{section}");
    assert!(
        section.starts_with("*FIRING*, priority *P1*, since 2026-09-03 23:55:00 UTC (5 min)"),
        "{section}"
    );
}

#[tokio::test]
async fn pagerduty_triggers_acknowledges_and_resolves_one_incident() {
    let page = notification("a");
    let (request, _) = arrives(pagerduty, &page).await;
    let event = request.json();
    assert_eq!(
        (event["routing_key"].as_str(), event["event_action"].as_str()),
        (Some("R0UT1NG"), Some("trigger"))
    );
    assert_eq!(event["payload"]["summary"], "[P1] FIRING: Nobody can log in");
    assert_eq!(event["payload"]["severity"], "critical");
    assert_eq!(event["payload"]["timestamp"], "2026-09-03T23:55:00.000Z");
    assert_eq!(
        event["links"][0],
        serde_json::json!({"href": "https://runbooks.example.com/api", "text": "Runbook"})
    );
    for (kind, action) in [(Kind::Acknowledged, "acknowledge"), (Kind::Resolved, "resolve")] {
        let (request, _) = arrives(pagerduty, &following(&page, "b", kind)).await;
        let later = request.json();
        assert_eq!(later["event_action"], action);
        assert_eq!(later["dedup_key"], event["dedup_key"]);
        assert_eq!(later["payload"], serde_json::Value::Null);
    }
}

#[tokio::test]
async fn pagerduty_gets_no_more_than_it_takes() {
    let mut huge = notification("a");
    huge.thread = "t".repeat(300);
    for number in 0..80 {
        huge.alerts[0].labels.set(format!("label_{number}"), "ü".repeat(2000));
    }
    huge.alerts[0].annotations.set("summary", "🦀".repeat(5000));
    huge.alerts = vec![huge.alerts[0].clone(); 60];
    let (request, _) = arrives(pagerduty, &huge).await;
    assert!(request.body.len() <= 512 * 1024, "{}", request.body.len());
    let event = request.json();
    assert!(event["payload"]["summary"].as_str().unwrap().len() <= 1024);
    assert!(event["dedup_key"].as_str().unwrap().len() <= 255);
    let shown = event["payload"]["custom_details"]["alerts"].as_array().unwrap().len();
    assert_eq!(event["payload"]["custom_details"]["further_alerts"], 60 - shown);
}

#[tokio::test]
async fn places_that_a_url_must_not_reach_are_refused_and_told() {
    let server = Receiver::start().await;
    let bench = |guard: Guard, url: String| async move {
        let (clock, metrics) = (Clock::manual(NOW.ms()), DeliveryMetrics::default());
        let http = Http::new(guard, clock.clone(), Duration::from_secs(20)).unwrap();
        let tools = Tools { http, ..tools(&clock, &metrics) };
        let ready = Receivers::build(&[receiver("sre", vec![webhook(&url)])], None, &tools);
        let ready = ready.map_err(|problems| problems.join("\n")).unwrap();
        let alarm = Arc::new(Remember::default());
        let outbox = Home::memory().open().await;
        outbox.enqueue(&[notification("a")]).await.unwrap();
        let settings = DeliverySettings::default();
        Delivery::new(
            outbox,
            ready,
            clock,
            settings,
            metrics,
            Arc::clone(&alarm) as Arc<dyn DeliveryFailureSink>,
            "t",
        )
        .pass()
        .await
        .unwrap();
        let alarm = alarm.0.lock().unwrap();
        alarm.first().map(|what| what.reason.clone())
    };
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    for url in [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        server.url.clone(),
        // A name is judged by what it resolves to, when it is connected to.
        format!("http://localhost:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
    ] {
        let reason = bench(Guard::default(), url.clone()).await.unwrap_or_default();
        assert!(reason.contains("not on the public internet"), "{url}: {reason}");
    }
    assert_eq!(server.requests().len(), 0);
    // What is allowed may be reached, but does not open what it redirects to.
    let allowed = || Guard::allowing(&["127.0.0.1"]).unwrap();
    server.script([Reaction::Redirect(307, "http://169.254.169.254/".to_owned())]);
    let reason = bench(allowed(), server.url.clone()).await.unwrap_or_default();
    assert!(reason.contains("169.254.169.254"), "{reason}");
    server.script([Reaction::Redirect(308, "/elsewhere".to_owned())]);
    assert_eq!(bench(allowed(), server.url.clone()).await, None);
    assert_eq!(server.taken()[0].path, "/elsewhere");
    server.script([Reaction::Redirect(302, "/elsewhere".to_owned())]);
    assert!(bench(allowed(), server.url.clone()).await.unwrap().contains("use its final address"));
    assert_eq!(
        bench(Guard::allowing(&["localhost"]).unwrap(), format!("http://localhost:{port}")).await,
        None
    );
}

#[tokio::test]
async fn a_template_that_fails_or_never_ends_sends_the_plain_message_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (name, wrong) in [
        ("title.txt", "{% for x in range(9999) %}{% for y in range(9999) %}x{% endfor %}{% endfor %}"),
        ("mail.txt", "{{ nothing.of.the.kind }}"),
        ("slack.txt", "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"),
        ("mail.html", "{{ 'x' * 100000000 }}"),
    ] {
        std::fs::write(folder.path().join(name), wrong).unwrap();
    }
    let metrics = DeliveryMetrics::default();
    let templates = Templates::load(folder.path(), metrics.clone()).unwrap();
    let mut evil = notification("a");
    evil.alerts[0].annotations.set("summary", "<!channel> <script>");
    let message = slo_delivery::message::Message::of(&evil, NOW);
    assert_eq!(templates.title(&message, 100), "[P1] FIRING: <!channel> <script>");
    assert!(templates.mail_text(&message).contains("Runbook: https://runbooks.example.com/api"));
    assert!(templates.slack(&message).contains("&lt;!channel&gt;"));
    assert!(templates.mail_html(&message).contains("&lt;script&gt;"));
    for name in ["title.txt", "mail.txt", "slack.txt", "mail.html"] {
        assert_eq!(metrics.template_failures(name), 1, "{name}");
    }
    std::fs::write(folder.path().join("mail.txt"), "line one\n{% if %}").unwrap();
    let error = Templates::load(folder.path(), metrics).unwrap_err().to_string();
    assert!(error.contains("mail.txt") && error.contains('2'), "{error}");
}

#[test]
fn shipped_templates_need_nothing_that_a_message_may_lack() {
    let metrics = DeliveryMetrics::default();
    let templates = Templates::load(std::path::Path::new("alerts/templates"), metrics.clone()).unwrap();
    let bare =
        Notification { alerts: Vec::new(), group: Labels::new(), kind: Kind::Heartbeat, ..notification("a") };
    let digest = Notification {
        alerts: vec![notification("x").alerts[0].clone(); 900],
        kind: Kind::Digest,
        ..notification("a")
    };
    for notification in [bare, digest, notification("b")] {
        let message = slo_delivery::message::Message::of(&notification, NOW);
        let texts = [
            templates.title(&message, 200),
            templates.mail_text(&message),
            templates.mail_html(&message),
            templates.slack(&message),
        ];
        assert!(texts.iter().all(|text| !text.trim().is_empty()), "{texts:?}");
    }
    for name in ["title.txt", "mail.txt", "slack.txt", "mail.html"] {
        assert_eq!(metrics.template_failures(name), 0, "{name}");
    }
}
