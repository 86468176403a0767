//! The mail of a page about an SLO, from the tick that finds it to the mail server: all that is needed at night.

use slo_evaluation::engine::alerts::Overrides;

use super::mail::{bench, html};
use super::*;
use crate::fire::charts::{outage, recorded};
use crate::fire::slos::{START, definitions, engine, snapshot_of};
use crate::fire::{RecordingSink, alerting};
use crate::servers::smtp::Smtp;

/// The notification of the fastest tier of an SLO that burns, as routing makes it.
async fn page() -> Notification {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let ledger = recorded(&slo, 16, outage, false).await;
    let alerting = alerting(&sink, None, None);
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 16).await.with_charts(ledger);
    let now = (START + 16 * 60) * 1000;
    alerts.tick(&snapshot_of(&slo, 16, outage, true), slo_core::time::short::at_ms(now)).await;
    let alert = sink.take().into_iter().find(|alert| alert.labels.get("tier") == "1h").unwrap();
    let mut page = notification("page");
    page.alerts[0] = NotifiedAlert {
        fingerprint: alert.fingerprint(),
        labels: alert.labels.to_labels(),
        annotations: alert.annotations.to_labels(),
        starts_at: NOW - MINUTE * 2,
        ended_at: None,
        generator_url: String::new(),
        context: alert.context,
    };
    // The tick was in January and the mail is of September.
    let slo = page.alerts[0].context.as_mut().and_then(|context| context.slo.as_mut()).unwrap();
    slo.exhausts_at = Some("2026-09-04T06:57:36Z".parse().unwrap());
    page.context = NotificationContext {
        acknowledge_url: Some("https://slo.example.com/ack/abc".to_owned()),
        incident_url: Some("https://slo.example.com/incidents/7".to_owned()),
    };
    for (name, value) in
        [("runbook", "alerts/runbooks/api.md"), ("dashboard", "https://grafana.example.com/d/api")]
    {
        page.alerts[0].annotations.set(name, value);
    }
    Notification { person: Some("ben".to_owned()), reason: "incident 1 began".to_owned(), ..page }
}

#[tokio::test]
async fn a_page_has_all_that_is_needed_at_night() {
    let server = Smtp::start().await;
    let bench = bench(&server).await;
    let page = page().await;
    let over = following(&page, "over", Kind::Resolved);
    bench.outbox.enqueue(&[page]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let mail = server.mails().remove(0);
    assert_eq!(
        mail.header("Subject").unwrap(),
        "[P1] FIRING: api: 100% of events failed in the last 5m; the objective allows 0.1%"
    );
    // Slashes are escaped, too.
    let html = html(&mail.data).replace("&#x2f;", "/").replace("=C3=97", "×");
    for text in [
        "api: 100% of events failed in the last 5m; the objective allows 0.1%",
        "P1 &nbsp;FIRING",
        "since 2026-09-03 23:58:00 UTC (2 min)",
        "href=\"https://slo.example.com/ack/abc\"",
        "href=\"https://slo.example.com/incidents/7\"",
        "Runbook: <b>alerts/runbooks/api.md</b>",
        "href=\"https://grafana.example.com/d/api\"",
        "<b>api</b>, target 99.9%",
        "<b>83.68%</b>, gone in 6 h 57 min if this goes on",
        "<b>116.7×</b> over 1h; 14.4× is too fast",
        "src=\"cid:burn-chart\"",
        "6h before",
        "Sent to sre for ben, because: incident 1 began",
    ] {
        assert!(html.contains(text), "{text} in\n{html}");
    }
    // The picture itself: its size, 576 by 120, stands right behind a PNG's first bytes.
    assert!(mail.data.contains("iVBORw0KGgoAAAANSUhEUgAAAkAAAAB4"), "{}", mail.data);
    // Of what is over, the chart of its beginning says nothing new.
    bench.outbox.enqueue(&[over]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let data = server.mails().remove(1).data;
    assert!(
        data.contains("RESOLVED") && !data.contains("burn-chart") && !data.contains("image/png"),
        "{data}"
    );
}
