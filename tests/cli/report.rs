//! `slo report`: from a ledger with a known truth, from a real Prometheus, invented; and what it looks like in a browser.

use serde_json::Value;

use super::{rules, slo};
use crate::engine::world::{self, of_requests, rolling, slos};
use crate::servers::browser::Browser;
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store};
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_delivery::Outbox;
use slo_evaluation::engine::definition;
use slo_evaluation::ledger::{self, Bucket, Entry, GroupBuckets};
use slo_incidents::incidents::{Action, Incidents, Mark, NewIncident};
use slo_model::alert::Priority;
use slo_model::route::{Kind, Notification, NotificationContext};

const STEP: Span = Span::from_seconds(60);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A folder with a ledger of October 2026, in UTC: ten requests a minute, of which two were bad on the 14th from 09:36 to
/// 14:04, and nothing was read on the 20th. An incident of it was opened at 09:42, and ann was called.
async fn october() -> tempfile::TempDir {
    let text = of_requests("births", "job=\"births\"", &rolling("30d"), "");
    let (folder, _) = rules(&text.replace("target: 0.9", "target: 0.999"));
    let slo = &slos(&text)[0];
    let store =
        Store::open(&format!("sqlite://{}", folder.path().join("slo.db").display()), &ENGINE).await.unwrap();
    let ledger = ledger::open(&store, STEP).await.unwrap();
    let history = ledger.register(&[definition(slo)]).await.unwrap()[0];
    let (begin, end) = (at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z"));
    let (bad_from, bad_to) = (at("2026-10-14T09:36:00Z"), at("2026-10-14T14:04:00Z"));
    let (away_from, away_to) = (at("2026-10-20T00:00:00Z"), at("2026-10-21T00:00:00Z"));
    let mut buckets = Vec::new();
    let mut ends = begin + STEP;
    while ends <= end {
        let bad = if ends > bad_from && ends <= bad_to { 2.0 } else { 0.0 };
        if ends <= away_from || ends > away_to {
            buckets.push(Bucket { end: ends, good: 10.0 - bad, total: 10.0, covered: 60.0 });
        }
        ends += STEP;
    }
    let entry = Entry {
        history: history.id,
        counted_from: begin,
        settled_to: end,
        estimated: false,
        groups: vec![GroupBuckets { group: Labels::new(), buckets }],
    };
    ledger.append(&[entry]).await.unwrap();
    let incidents = Incidents::open(store.clone(), Clock::System).await.unwrap();
    let incident = NewIncident {
        id: "inc-1".to_owned(),
        priority: Priority::P1,
        title: "Pool <exhausted>".to_owned(),
        rule: "FastBurn".to_owned(),
        labels: [("slo", "births"), ("service", "shop")].into_iter().collect(),
        at: at("2026-10-14T09:42:00Z"),
    };
    incidents.begin(incident).await.unwrap();
    for (action, by, when) in [
        (Action::Acknowledge, "ann", "2026-10-14T09:47:00Z"),
        (Action::Resolve { by_alerts: true }, "engine", "2026-10-14T14:04:00Z"),
        (Action::Mark(Mark::Useful), "ann", "2026-10-14T15:00:00Z"),
    ] {
        incidents.act_at("inc-1", &action, by, at(when)).await.unwrap();
    }
    let page = Notification {
        key: "page".to_owned(),
        thread: "inc-1".to_owned(),
        incident: Some("inc-1".to_owned()),
        kind: Kind::Firing,
        priority: Priority::P1,
        receiver: "oncall".to_owned(),
        person: Some("ann".to_owned()),
        group: Labels::new(),
        alerts: Vec::new(),
        due_at: at("2026-10-14T09:42:00Z"),
        failover: None,
        reason: "test".to_owned(),
        context: NotificationContext::default(),
    };
    let resolved = Notification { key: "over".to_owned(), kind: Kind::Resolved, ..page.clone() };
    Outbox::new(store.clone()).enqueue(&[page, resolved]).await.unwrap();
    store.close().await;
    folder
}

fn asked<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["report", "--rules", "slos.yaml", "--database", "sqlite://slo.db"], more].concat()
}

#[tokio::test]
async fn a_month_from_the_ledger_says_what_happened() {
    let folder = october().await;
    let json = ["--month", "2026-10", "--format", "json", "--at", "2026-11-03T00:00:00Z"];
    let ran = slo(folder.path(), &asked(&json)).await.with(0);
    let report = ran.json();
    let one = &report["slos"][0];
    let (total, bad) = (30.0 * 1440.0 * 10.0, 268.0 * 2.0);
    assert_eq!((one["total"].as_f64(), one["good"].as_f64()), (Some(total), Some(total - bad)));
    assert_eq!((one["state"].as_str(), one["outcome"].as_str()), (Some("exhausted"), Some("missed")));
    assert!((one["budget"]["allowed"].as_f64().unwrap() - total * 0.001).abs() < 1e-6, "{one}");
    assert!((one["coverage"].as_f64().unwrap() - 30.0 / 31.0).abs() < 1e-9, "{one}");
    assert_eq!(
        one["gaps"],
        serde_json::json!([{"start": "2026-10-20T00:00:00Z", "end": "2026-10-21T00:00:00Z"}])
    );
    let spend = &one["spend"];
    assert_eq!(spend["incidents"][0]["bad"].as_f64(), Some(bad), "the minutes before the page are its own");
    assert_eq!(spend["outside"]["bad"].as_f64(), Some(0.0));
    assert_eq!(report["incidents"][0]["began_at"], "2026-10-14T09:35:00Z");
    assert_eq!(report["pages"]["list"].as_array().unwrap().len(), 1, "the end of an incident is no page");
    assert_eq!(report["pages"]["list"][0]["whom"], "ann");
    assert_eq!(report["pages"]["times"][0]["acknowledge"]["median_seconds"].as_i64(), Some(300));
    assert_eq!(report["pages"]["rules"][0]["acted_upon"].as_i64(), Some(1));
    assert_eq!(report["services"][0]["ask"], "freeze");
    assert_eq!(report["services"][0]["postmortems"][0], "inc-1");

    let other = of_requests("renamed", "job=\"births\"", &rolling("30d"), "");
    std::fs::write(folder.path().join("other.yaml"), other).unwrap();
    let undefined = [
        "report",
        "--rules",
        "other.yaml",
        "--database",
        "sqlite://slo.db",
        "--month",
        "2026-10",
        "--format",
        "json",
    ];
    let undefined = slo(folder.path(), &undefined).await.with(0).json();
    assert_eq!(undefined["source"]["undefined"], serde_json::json!(["births"]));
    assert_eq!(undefined["slos"][0]["outcome"], "no_data");

    // The same again gives the same bytes, also later.
    let later = ["--month", "2026-10", "--format", "json", "--at", "2027-01-20T00:00:00Z"];
    assert_eq!(slo(folder.path(), &asked(&later)).await.with(0).stdout, ran.stdout);

    let table = ["--month", "2026-10", "--format", "csv", "--table", "spend"];
    let csv = slo(folder.path(), &asked(&table)).await.with(0).stdout;
    let sum = |by: &str| -> f64 {
        let rows = csv.lines().filter(|line| line.split(',').nth(2) == Some(by));
        rows.map(|line| line.split(',').nth(4).unwrap().parse::<f64>().unwrap()).sum()
    };
    assert_eq!(["incident", "hour", "day"].map(sum), [bad; 3], "{csv}");

    let md = slo(folder.path(), &asked(&["--month", "2026-10", "--format", "md"])).await.with(0).stdout;
    assert!(md.contains("kept") || md.contains("missed its objective"), "{md}");
    assert!(md.contains("all of it in one incident on Wednesday 14 October"), "{md}");
    assert!(md.contains("Pool &lt;exhausted>"), "{md}");
}

#[tokio::test]
async fn a_month_that_goes_on_says_how_far_and_one_to_come_is_refused() {
    let folder = october().await;
    let so_far = ["--month", "2026-10", "--format", "json", "--at", "2026-10-16T00:00:00Z"];
    let report = slo(folder.path(), &asked(&so_far)).await.with(0).json();
    assert_eq!(report["period"]["complete"], false);
    assert_eq!(report["period"]["until"], "2026-10-16T00:00:00Z");
    assert_eq!(report["slos"][0]["total"].as_f64(), Some(15.0 * 14_400.0));
    let to_come = ["--month", "2026-12", "--at", "2026-10-16T00:00:00Z"];
    let ran = slo(folder.path(), &asked(&to_come)).await.with(2);
    assert!(ran.stderr.contains("December 2026 has not begun") && ran.stderr.contains("--month 2026-10"));
    let before = ["--month", "2026-08", "--format", "md", "--at", "2026-10-16T00:00:00Z"];
    let before = slo(folder.path(), &asked(&before)).await.with(0).stdout;
    assert!(before.contains("was not measured"), "{before}");
    for (wrong, says) in [
        (&["--month", "2026-13"][..], "write e.g. 2026-10"),
        (&["--from", "2026-10-09", "--to", "2026-10-01"], "is after the last"),
        (&["--month", "2026-10", "--service", "shpo"], "did you mean shop?"),
        (&["--month", "2026-10", "--time-zone", "Mars/Base"], "Mars/Base"),
    ] {
        let ran = slo(folder.path(), &asked(wrong)).await.with(2);
        assert!(ran.stderr.contains(says), "{wrong:?}: {}", ran.stderr);
    }
    let empty = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join("slos.yaml"), empty.path().join("slos.yaml")).unwrap();
    let nowhere = ["report", "--rules", "slos.yaml", "--month", "2026-10"];
    assert!(slo(empty.path(), &nowhere).await.with(2).stderr.contains("--database URL"));
}

#[tokio::test]
async fn a_day_of_prometheus_is_what_status_says_of_it() {
    let server = world::shared().await;
    let (folder, _) = rules(&of_requests("births", "job=\"births\"", &rolling("1d"), ""));
    let url = server.url();
    let source = ["--rules", "slos.yaml", "--prometheus", &url, "--format", "json"];
    let end = "2026-03-08T18:00:00Z";
    let status = [&["status", "--at", end], &source[..]].concat();
    let status = slo(folder.path(), &status).await.with(0).json();
    // Where it is six hours later, this day ends at 18:00 UTC.
    let day =
        ["report", "--from", "2026-03-08", "--to", "2026-03-08", "--time-zone", "Etc/GMT-6", "--at", end];
    let report = slo(folder.path(), &[&day, &source[..]].concat()).await.with(0).json();
    assert_eq!(report["period"]["start"], "2026-03-07T18:00:00Z");
    for field in ["good", "total", "counting", "state"] {
        assert_eq!(report["slos"][0][field], status["slos"][0][field], "{field}");
    }
    assert_eq!(report["source"]["incidents_recorded"], false);
    assert_eq!(report["slos"][0]["window"]["end"], end);
}

#[tokio::test]
async fn the_invented_report_is_one_page_that_a_browser_shows_without_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let ran = slo(folder.path(), &["report", "--demo", "--out", "demo.html"]).await.with(0);
    assert!(ran.stderr.contains("6 of 8 objectives met"), "{}", ran.stderr);
    let html = std::fs::read_to_string(folder.path().join("demo.html")).unwrap();
    assert_eq!(slo(folder.path(), &["report", "--demo"]).await.with(0).stdout, html);
    assert!(html.len() < 300_000, "{} bytes", html.len());
    let browser = Browser::start().await;
    browser.open(&format!("file://{}", folder.path().join("demo.html").display())).await;
    browser.see("What spent the budget").await;
    browser.see("nothing in it happened").await;
    assert_eq!(browser.complaints().await, [""; 0]);
    let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
    assert_eq!(browser.ask_page(fits).await, Value::Bool(true), "nothing stands out to the right");
    let links = "return [...document.querySelectorAll('a[href^=\"#\"]')]\
                 .filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash)";
    assert_eq!(browser.ask_page(links).await, serde_json::json!([]), "links that lead nowhere");
    let silent =
        "return [...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label')).length";
    assert_eq!(browser.ask_page(silent).await, serde_json::json!(0), "drawings without words");
}
