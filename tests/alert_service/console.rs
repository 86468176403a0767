//! The console over HTTP: what each page shows and what its forms do.

use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde_json::json;
use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::time::short::{at_ms, secs};
use slo_evaluation::engine::Snapshot;
use slo_incidents::access::tokens::Scope;
use slo_incidents::incidents::{IncidentState, Mark, NewIncident};
use slo_incidents::silences::SilenceState;
use slo_model::alert::Priority;
use slo_model::budget::{Situation, Sums, WindowSums, verdict};
use slo_model::status::Row;

use super::{NOW, Served, client, incoming};

const SCRIPT: &str = "<script>alert(1)</script>";

pub(super) fn incident(id: &str, labels: &[(&str, &str)]) -> NewIncident {
    NewIncident {
        id: id.to_owned(),
        priority: Priority::P1,
        title: format!("DiskFull {SCRIPT}"),
        rule: "DiskFull".to_owned(),
        labels: labels.iter().copied().collect(),
        at: at_ms(NOW - 120_000),
    }
}

/// A browser that shows redirects instead of following them.
pub(super) fn browser() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .no_proxy()
        .timeout(crate::servers::deadline::PATIENCE)
        .redirect(Policy::none())
        .build()
        .unwrap()
}

pub(super) async fn page(served: &Served, path: &str) -> String {
    let answer = client().get(format!("{}{path}", served.url())).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let text = answer.text().await.unwrap();
    assert!(!text.contains("<script"), "{text}");
    text
}

pub(super) fn form(served: &Served, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    browser().post(format!("{}{path}", served.url())).form(fields)
}

/// Where an answer leads.
pub(super) fn leads(answer: &Response) -> (u16, &str) {
    let to = answer.headers().get("location").map_or("", |to| to.to_str().unwrap());
    (answer.status().as_u16(), to)
}

/// A month of `total` requests of which `good` were good.
fn row(name: &str, good: f64, total: f64) -> Row {
    let loaded = crate::fire::slos::definitions("");
    let mut slo = loaded.slos.into_iter().next().unwrap();
    name.clone_into(&mut slo.key.name);
    let sums = Sums { good, total, covered: 2_592_000.0 };
    let mut windows = WindowSums { whole: sums, ..WindowSums::default() };
    windows.burn.fill(Some(sums));
    let at = at_ms(NOW);
    let situation = Situation { at, data_until: Some(at), source_answers: true };
    let group: Labels = [("tenant", SCRIPT)].into_iter().collect();
    let verdict = verdict(&slo, &windows, situation);
    Row {
        verdict,
        slo: slo.into(),
        group,
        estimated: false,
        warnings: vec!["a warning".to_owned()],
        left_out: 0,
        hidden_breaches: 0,
    }
}

#[tokio::test]
async fn the_overview_says_what_is_wrong_and_who_has_it() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let quiet = page(&served, "/").await;
    assert!(page(&served, "/alerts").await.contains("No alert fires."));
    for words in
        ["No incident is open.", "There is no verdict yet", "Nothing is silenced.", "There is no schedule"]
    {
        assert!(quiet.contains(words), "{words}: {quiet}");
    }
    served.service.incidents.begin(incident("i1", &[("alertname", "DiskFull")])).await.unwrap();
    for (priority, summary) in [("P3", "it grows"), ("P1", "it is full"), ("P2", "it fills")] {
        let mut alert = incoming(&[("alertname", "DiskFull"), ("priority", priority)]);
        alert.annotations = slo_core::labels::RawLabels::new([("summary", summary)]);
        served.service.alerts.put(vec![alert]).await.unwrap();
    }
    served.snapshots.publish(Snapshot {
        at: at_ms(NOW) - secs(60),
        rows: vec![row("fine", 99_950.0, 100_000.0), row("spent", 90_000.0, 100_000.0)],
        errors: vec![("broken".to_owned(), "the source does not answer".to_owned())],
        ready: true,
        ..Snapshot::default()
    });
    let text = page(&served, "/").await;
    for words in [
        "<title>(1) slo",
        "&lt;script&gt;",
        "nobody has it",
        "<div class=\"summary\">it is full</div>",
        "3 alerts</a> fire now, 0 of them silenced",
        "(2m ago)",
        "50%",
        "-9900%",
        ">exhausted<",
        "the source does not answer",
        "a warning",
        "href=\"./metrics\"",
        "href=\"./incidents/i1\"",
        "http-equiv=\"refresh\"",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.find("<b>spent</b>") < text.find("<b>fine</b>"), "the worst first");
}

#[tokio::test]
async fn pages_may_do_nothing_but_show() {
    let served = Served::start(Clock::System, "").await;
    for path in
        ["/", "/silences", "/audit", "/alerts", "/nowhere", "/incidents/none", "/alerts/0123456789abcdef"]
    {
        let answer = client().get(format!("{}{path}", served.url())).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(policy.contains("style-src 'sha256-") && policy.contains("form-action 'self'"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        // With `no-referrer` browsers send our own forms as from nowhere.
        assert_eq!(header("referrer-policy"), "same-origin");
    }
}

#[tokio::test]
async fn an_incident_is_taken_noted_judged_and_resolved() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let labels = [("alertname", "DiskFull"), ("host", SCRIPT)];
    served.service.incidents.begin(incident("i1", &labels)).await.unwrap();
    served.service.alerts.put(vec![incoming(&labels)]).await.unwrap();
    let taken = form(&served, "/incidents/i1/acknowledge", &[("by", "ann")]).send().await.unwrap();
    assert_eq!(leads(&taken), (303, "../../incidents/i1"));
    let cookie = taken.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("slo-by=ann;") && cookie.contains("SameSite=Strict"), "{cookie}");
    let note = form(&served, "/incidents/i1/note", &[("by", "ann"), ("text", "a <b>new</b> disk")]);
    assert_eq!(note.send().await.unwrap().status(), 303);
    let mark = form(&served, "/incidents/i1/mark", &[("mark", "noise")]).send().await.unwrap();
    assert_eq!(mark.status(), 303);
    let text = page(&served, "/incidents/i1").await;
    for words in [
        "<b>ann</b> has it",
        "a &lt;b&gt;new",
        "Marked <b>noise</b>",
        "<b>acknowledged</b>",
        "firing",
        ">opened<",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(served.service.incidents.get("i1").unwrap().mark, Some(Mark::Noise));
    let done = form(&served, "/incidents/i1/resolve", &[("from", "overview")]).send().await.unwrap();
    assert_eq!(leads(&done), (303, "../../"));
    assert_eq!(served.service.incidents.get("i1").unwrap().state, IncidentState::Resolved);
    assert!(page(&served, "/").await.contains("Over since yesterday"));
    // What cannot be is said on the page, with what was typed.
    let late = form(&served, "/incidents/i1/acknowledge", &[]).send().await.unwrap();
    assert_eq!(late.status(), 409);
    assert!(late.text().await.unwrap().contains("is resolved; there is nothing to acknowledge"));
    let typed = "&".repeat(4001);
    let long = form(&served, "/incidents/i1/note", &[("text", &typed)]).send().await.unwrap();
    assert_eq!(long.status(), 409);
    let text = long.text().await.unwrap();
    assert!(text.contains("more than 4000 characters") && text.contains(&"&amp;".repeat(4001)));
    for (path, status) in
        [("/incidents/i1/explode", 404), ("/incidents/no/note", 404), ("/incidents/i1/mark", 400)]
    {
        assert_eq!(form(&served, path, &[("text", "x")]).send().await.unwrap().status(), status, "{path}");
    }
    // A form's address that is opened leads to the page.
    let back = browser().get(format!("{}/incidents/i1/note", served.url())).send().await.unwrap();
    assert_eq!(leads(&back), (303, "../../incidents/i1"));
}

#[tokio::test]
async fn an_incidents_labels_are_silenced() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let labels = [("alertname", "DiskFull"), ("host", "a\"\\b")];
    served.service.incidents.begin(incident("i1", &labels)).await.unwrap();
    served.service.alerts.put(vec![incoming(&labels), incoming(&[("alertname", "DiskFull")])]).await.unwrap();
    assert!(page(&served, "/incidents/i1").await.contains("1 of the alerts that fire now"));
    let path = "/incidents/i1/silence";
    let silent = form(&served, path, &[("duration", "4h"), ("by", "ann")]).send().await.unwrap();
    assert_eq!(silent.status(), 400);
    assert!(silent.text().await.unwrap().contains("Say why"));
    let fields = [("duration", "4h"), ("by", "ann"), ("comment", "a new disk")];
    let made = form(&served, path, &fields).send().await.unwrap();
    assert_eq!(leads(&made), (303, "../../incidents/i1"));
    let silence = served.service.silences.active().into_iter().next().unwrap();
    assert_eq!((silence.body.ends_at, silence.body.created_by.as_str()), (at_ms(NOW + 4 * 3_600_000), "ann"));
    let text = page(&served, "/incidents/i1").await;
    assert!(text.contains("mutes 1 now") && text.contains("a new disk"), "{text}");
    let alert =
        served.service.alerts.all().into_iter().find(|(_, alert)| silence.matches(&alert.labels)).unwrap();
    assert!(page(&served, &format!("/alerts/{}", alert.0)).await.contains("by ann: a new disk"));
}

#[tokio::test]
async fn a_silence_is_shown_before_it_is_made() {
    let served = Served::start(Clock::manual(NOW), "").await;
    served
        .service
        .alerts
        .put(vec![incoming(&[("alertname", SCRIPT)]), incoming(&[("alertname", "b")])])
        .await
        .unwrap();
    assert!(
        page(&served, "/silences?matchers=alertname%3D%22b%22").await.contains("alertname=&quot;b&quot;")
    );
    let fields =
        [("matchers", "alertname=~\".*script.*\""), ("duration", "2h"), ("comment", "<b>"), ("by", "ann")];
    let seen = form(&served, "/silences/preview", &fields).send().await.unwrap();
    assert_eq!(seen.status(), 200);
    let text = seen.text().await.unwrap();
    assert!(text.contains("<b>1</b> of the 2 alerts") && text.contains("Silence for 2h"), "{text}");
    assert!(text.contains("&lt;script&gt;") && !text.contains("<script"), "{text}");
    assert!(served.service.silences.is_empty());
    let made = form(&served, "/silences", &fields).send().await.unwrap();
    assert_eq!(leads(&made), (303, "./silences"));
    let text = page(&served, "/silences").await;
    assert!(text.contains("alertname=~&quot;.*script.*&quot;") && text.contains("ann: &lt;b&gt;"), "{text}");
    assert!(page(&served, "/").await.contains("1 of them silenced"));
    // What is refused is said beside what was typed.
    for (at, value, said) in [
        (0, "alertname=~\"[\"", "the expression is wrong"),
        (0, "alertname=~\".*\"", "must not match the empty string"),
        (1, "20y", "a silence lasts"),
        (1, "soon", "is not a valid duration"),
        (2, " ", "Say why"),
        (3, "", "Say who"),
    ] {
        let mut wrong = fields;
        wrong[at].1 = value;
        for path in ["/silences", "/silences/preview"] {
            let answer = form(&served, path, &wrong).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{path} {value}");
            let text = answer.text().await.unwrap();
            assert!(text.contains(said), "{said}: {text}");
            assert!(text.contains(&value.replace('"', "&quot;")), "{value} is kept: {text}");
        }
    }
    assert_eq!(served.service.silences.len(), 1);
    let id = served.service.silences.all()[0].body.id.clone();
    let ended = form(&served, &format!("/silences/{id}/expire"), &[]).header("cookie", "slo-by=ben");
    assert_eq!(leads(&ended.send().await.unwrap()), (303, "../../silences"));
    assert_eq!(served.service.silences.get(&id).unwrap().state(at_ms(NOW)), SilenceState::Expired);
    let log = page(&served, "/audit").await;
    assert!(log.contains("<b>silence expired</b>") && log.contains("<td>ben</td>"), "{log}");
    assert_eq!(form(&served, "/silences/none/expire", &[]).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_alerts_page_says_what_is_known() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let mut alert = incoming(&[("alertname", "a"), ("odd", SCRIPT)]);
    alert.annotations = slo_core::labels::RawLabels::new([
        ("summary", "it <i>burns</i>"),
        ("runbook_url", "javascript:alert(1)"),
        ("dashboard", "https://grafana.example/d/1"),
    ]);
    alert.generator_url = "https://prometheus.example/graph".into();
    let print = alert.fingerprint();
    served.service.alerts.put(vec![alert]).await.unwrap();
    let text = page(&served, &format!("/alerts/{print}")).await;
    for words in [
        ">firing<",
        "it &lt;i&gt;burns",
        "href=\"https://grafana.example/d/1\"",
        "href=\"https://prometheus.example/graph\"",
        "Nothing was decided about it yet",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("href=\"javascript"), "{text}");
    let all = page(&served, "/alerts").await;
    assert!(
        all.contains(&format!("href=\"./alerts/{print}\"")) && all.contains("odd=&quot;&lt;script&gt;"),
        "{all}"
    );
    for none in ["0123456789abcdef", "x", "%3Cscript%3E"] {
        let answer = client().get(format!("{}/alerts/{none}", served.url())).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        assert!(!answer.text().await.unwrap().contains("<script"));
    }
}

#[tokio::test]
async fn the_audit_log_has_tokens_and_whose_token_silenced() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let token = served.service.tokens.add("karma", &[Scope::Admin].into()).await.unwrap();
    let silence = json!({
        "matchers": [{"name": "a", "value": "b", "isRegex": false}], "createdBy": "ann\nx", "comment": "c",
        "startsAt": "2026-11-01T00:00:00Z", "endsAt": "2026-11-01T01:00:00Z",
    });
    let url = format!("{}/api/v2/silences", served.url());
    let made = client().post(&url).bearer_auth(&token).json(&silence).send().await.unwrap();
    assert_eq!(made.status(), 200);
    let url = format!("{}/audit", served.url());
    let log = client().get(&url).basic_auth("any", Some(&token)).send().await.unwrap().text().await.unwrap();
    assert!(log.contains("<td>ann x (by karma)</td>"), "{log}");
    assert!(log.contains("<b>token added</b>") && log.contains("as karma"), "{log}");
    assert!(log.find("silence added") < log.find("token added"), "the newest first");
}
