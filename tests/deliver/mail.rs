//! Mail as it arrives at a server.

use slo_model::alert::{AlertContext, BurnChart};
use slo_model::route::{Channel, MailTls, Smtp as Settings};

use super::*;
use crate::servers::smtp::{Mood, Smtp, Talk};

fn settings(port: u16) -> Settings {
    Settings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: MailTls::None,
        username: None,
        password: None,
        from: "SLO <slo@example.com>".to_owned(),
        ca_file: None,
    }
}

fn mail_to(addresses: &[&str]) -> route::Receiver {
    receiver(
        "sre",
        vec![Channel::Email { to: addresses.iter().map(|a| (*a).to_owned()).collect(), from: None }],
    )
}

pub(super) async fn bench(server: &Smtp) -> Bench {
    let receivers = [mail_to(&["Eve <eve@example.com>", "sre@example.com"])];
    Bench::with(
        Home::memory().open().await,
        &receivers,
        Some(&settings(server.port)),
        DeliverySettings::default(),
    )
}

/// The HTML part of a mail.
pub(super) fn html(data: &str) -> String {
    data.split("text/html").nth(1).unwrap().replace("=\n", "").replace("=3D", "=")
}

#[tokio::test]
async fn an_incident_is_one_thread_of_mails_over_one_connection() {
    let server = Smtp::start().await;
    let bench = bench(&server).await;
    let mut page = notification("page");
    for (name, value) in [("target", "99.9 %"), ("remaining_budget", "12 %")] {
        page.alerts[0].annotations.set(name, value);
    }
    let rates = vec![Some(0.2), None, Some(0.8), Some(61.2)];
    let chart = BurnChart { span: slo_core::time::Span::hours(6), rates, threshold: Some(14.4) };
    page.alerts[0].context = Some(Box::new(AlertContext { slo: None, chart: Some(chart) }));
    page.context.acknowledge_url = Some("https://slo.example.com/ack?token=abc&x=1".to_owned());
    page.alerts[0].labels.set("slo", "api-availability");
    page.alerts[0].annotations.set("dashboard", "/d/executive");
    let resolve = following(&notification("page"), "resolve", Kind::Resolved);
    bench.outbox.enqueue(&[page, resolve, notification("another")]).await.unwrap();
    assert_eq!(bench.delivery.pass().await.unwrap(), 3);
    bench.outbox.enqueue(&[notification("later")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let mails = server.mails();
    assert_eq!(mails.len(), 4);
    assert!(server.connections() <= 2, "connections are kept: {}", server.connections());
    let find = |text: &str| mails.iter().find(|mail| mail.header("Subject").unwrap().contains(text)).unwrap();
    let (page, resolved) =
        (mails.iter().find(|mail| mail.data.contains("image/png")).unwrap(), find("RESOLVED"));
    assert_eq!(
        (page.from.as_str(), page.to.as_slice()),
        ("slo@example.com", ["eve@example.com".to_owned(), "sre@example.com".to_owned()].as_slice())
    );
    assert_eq!(page.header("Subject").unwrap(), "[P1] FIRING: Nobody can log in");
    let thread = page.header("References").unwrap();
    assert_eq!(page.header("In-Reply-To").unwrap(), thread);
    assert_eq!(resolved.header("References").unwrap(), thread);
    let others = mails.iter().filter(|mail| mail.header("References").unwrap() == thread).count();
    assert_eq!(others, 2, "other incidents are other threads");
    let ids = counts(mails.iter().map(|mail| mail.header("Message-ID").unwrap()));
    assert_eq!(ids.len(), 4);
    assert_eq!(page.header("Auto-Submitted").unwrap(), "auto-generated");
    let words = page.data.replace("=\n", "").replace("=3D", "=");
    for text in [
        "Nobody can log in",
        "99.9 %",
        "Budget left: 12 %",
        "since 2026-09-03 23:55:00 UTC (5 min)",
        "https://runbooks.example.com/api",
        "https://slo.example.com/ack?token=abc",
        "multipart/alternative",
        "cid:burn-chart",
        "Content-ID: <burn-chart>",
        "Burn rate over 6h until the alert began: 61.2",
        "Dashboard: /d/executive",
    ] {
        assert!(words.contains(text), "{text} in\n{words}");
    }
}

#[tokio::test]
async fn a_second_delivery_has_the_same_id() {
    let server = Smtp::start().await;
    let bench = bench(&server).await;
    server.script([Mood::Reset]);
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    assert_eq!(server.mails().len(), 0);
    bench.let_pass(MINUTE * 2, MINUTE).await;
    let again = Bench::with(
        Home::memory().open().await,
        &[mail_to(&["eve@example.com"])],
        Some(&settings(server.port)),
        DeliverySettings::default(),
    );
    again.outbox.enqueue(&[notification("a")]).await.unwrap();
    again.delivery.pass().await.unwrap();
    let ids: Vec<_> = server.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_refused() {
    let server = Smtp::start().await;
    let bench = bench(&server).await;
    server.script([
        Mood::Recipient("450 greylisted, come again"),
        Mood::Data("421 closing"),
        Mood::Reset,
        Mood::Data("451 try later"),
    ]);
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    bench.let_pass(MINUTE * 10, MINUTE).await;
    assert_eq!(server.mails().len(), 1);
    let tried = bench.outbox.by_key("a").await.unwrap().remove(0).tried;
    let statuses: Vec<_> = tried.iter().map(|tried| tried.status).collect();
    assert_eq!(statuses, [Some(450), Some(421), None, Some(451), Some(250)], "{tried:?}");
    assert!(tried[0].reason.contains("greylisted"), "{tried:?}");
    server.script([Mood::Recipient("550 no such user")]);
    bench.outbox.enqueue(&[notification("b")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    assert!(bench.alarm.0.lock().unwrap()[0].reason.contains("no such user"));
    assert_eq!(server.mails().len(), 1);
}

/// Sends one mail with these settings; what became of it, status and reason.
async fn try_once(settings: &Settings) -> (Option<u16>, String) {
    let bench = Bench::with(
        Home::memory().open().await,
        &[mail_to(&["eve@example.com"])],
        Some(settings),
        DeliverySettings::default(),
    );
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let tried = bench.outbox.by_key("a").await.unwrap().remove(0).tried.remove(0);
    (tried.status, tried.reason)
}

#[tokio::test]
async fn mail_is_upgraded_or_encrypted_from_the_start_and_the_certificate_is_checked() {
    for (talk, tls) in [(Talk::StartTls, MailTls::StartTls), (Talk::Tls, MailTls::Tls)] {
        let server = Smtp::talking(talk).await;
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("ca.pem");
        std::fs::write(&trusted, &server.certificate).unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "open sesame\n").unwrap();
        // PLAIN of user slo.
        server.ask_for("AHNsbwBvcGVuIHNlc2FtZQ==");
        let settings = Settings {
            tls,
            username: Some("slo".to_owned()),
            password: Some(SecretRef::File(password.clone())),
            ca_file: Some(trusted.clone()),
            ..settings(server.port)
        };
        assert_eq!(try_once(&settings).await.0, Some(250), "{talk:?}");
        let mail = server.mails().remove(0);
        assert!(mail.encrypted, "{talk:?}");

        std::fs::write(&password, "abracadabra").unwrap();
        let (status, reason) = try_once(&settings).await;
        assert!(status == Some(535) && reason.contains("wrong user"), "{status:?} {reason}");
        // Nobody vouches for it: it may be somebody else, and is asked again rather than believed.
        let strangers = Settings { ca_file: None, ..settings.clone() };
        let (status, reason) = try_once(&strangers).await;
        assert!(status.is_none() && reason.to_lowercase().contains("certificate"), "{status:?} {reason}");
        std::fs::write(&trusted, "no certificate").unwrap();
        let (_, reason) = try_once(&settings).await;
        assert!(reason.contains("certificates"), "{reason}");
        assert_eq!(server.mails().len(), 1);
    }
    // A server without STARTTLS gets no mail that was to be encrypted.
    let server = Smtp::start().await;
    let (status, reason) = try_once(&Settings { tls: MailTls::StartTls, ..settings(server.port) }).await;
    assert!(status.is_none() && reason.to_uppercase().contains("STARTTLS"), "{status:?} {reason}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn nothing_in_an_alert_becomes_a_header_or_markup() {
    let server = Smtp::start().await;
    let bench = bench(&server).await;
    let mut evil = notification("key\r\nX-Evil: 1");
    evil.thread = "thread\r\nBcc: eve@evil.example".to_owned();
    evil.alerts[0].annotations =
        [("summary", "down\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>")].into_iter().collect();
    evil.alerts[0].labels.set("team", "<img src=x onerror=alert(1)>");
    evil.alerts[0].annotations.set("runbook_url", "javascript:alert(1)");
    bench.outbox.enqueue(&[evil]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let mail = server.mails().remove(0);
    assert_eq!(mail.to, ["eve@example.com", "sre@example.com"]);
    assert_eq!((mail.header("Bcc"), mail.header("X-Evil")), (None, None));
    let html = html(&mail.data);
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
    assert!(html.contains("&lt;img") && !html.contains("<img"), "{html}");
    assert!(!html.contains("href=\"javascript"), "{html}");
}

#[test]
fn settings_that_cannot_work_are_told_all_at_once() {
    let metrics = DeliveryMetrics::default();
    let tools = tools(&Clock::manual(NOW.ms()), &metrics);
    let open = Settings { host: "mail.example.com".to_owned(), ..settings(25) };
    let receivers = [mail_to(&["not an address"])];
    let problems = Receivers::build(&receivers, Some(&settings(25)), &tools).err().unwrap();
    assert!(
        problems[0].contains("receiver \"sre\", email: \"not an address\" is not a valid mail address"),
        "{problems:?}"
    );
    let problems = Receivers::build(&receivers, Some(&open), &tools).err().unwrap();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("use starttls or tls"), "{problems:?}");
    let problems = Receivers::build(&receivers, None, &tools).err().unwrap();
    assert!(problems[0].contains("no smtp server"), "{problems:?}");
}
