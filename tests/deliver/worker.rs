//! Workers against receivers that fail. Time is the test's.

use serde_json::Value;
use slo_core::time::Span;
use slo_delivery::outbox::State;

use super::*;
use crate::servers::receiver::{Reaction, Receiver, Request};

async fn states(outbox: &Outbox, key: &str) -> Vec<State> {
    outbox.by_key(key).await.unwrap().iter().map(|row| row.state).collect()
}

async fn one_message_after_two_hours_of_outage(home: Home) {
    let server = Receiver::start().await;
    let bench = Bench::new(home.open().await, &[receiver("sre", vec![webhook(&server.url)])]);
    bench.outbox.enqueue(&[notification("n0")]).await.unwrap();
    let outage = [
        Reaction::Status(500, "oops"),
        Reaction::RetryAfter(429, "30"),
        Reaction::Reset,
        Reaction::ResetInBody,
        Reaction::Status(503, "busy"),
    ];
    for reaction in outage.iter().cycle().take(12) {
        server.always(Some(reaction.clone()));
        bench.let_pass(MINUTE * 10, MINUTE).await;
        // The reminders that are due meanwhile.
        let number = server.requests().len();
        bench
            .outbox
            .enqueue(&[following(&notification("n0"), &format!("reminder {number}"), Kind::Firing)])
            .await
            .unwrap();
    }
    assert!(server.requests().len() > 60, "{}", server.requests().len());
    assert_eq!(server.taken().len(), 0);
    server.always(None);
    bench.let_pass(MINUTE * 10, MINUTE).await;
    assert_eq!(server.taken().len(), 1, "one message after recovery");
    assert!(bench.alarm.0.lock().unwrap().is_empty(), "an outage of hours gives nothing up");
    assert_eq!(states(&bench.outbox, "n0").await, [State::Superseded]);
    assert_eq!(bench.outbox.depth().await.unwrap().queued, 0);
    // What was asked for was waited.
    for standing in bench.outbox.by_incident("7").await.unwrap() {
        for tried in standing.tried.iter().filter(|tried| tried.status == Some(429)) {
            assert!(tried.next_at.unwrap() - tried.at >= Span::from_seconds(30), "{tried:?}");
        }
    }
}

#[tokio::test]
async fn one_message_after_an_outage_on_sqlite() {
    one_message_after_two_hours_of_outage(Home::file()).await;
}

#[tokio::test]
async fn one_message_after_an_outage_on_postgres() {
    one_message_after_two_hours_of_outage(Home::postgres().await).await;
}

#[tokio::test]
async fn what_fails_for_longer_than_the_limit_is_given_up_and_told() {
    let (server, other) = (Receiver::start().await, Receiver::start().await);
    server.always(Some(Reaction::Status(500, "oops")));
    let receivers =
        [receiver("sre", vec![webhook(&server.url)]), receiver("manager", vec![webhook(&other.url)])];
    let bench = Bench::new(Home::memory().open().await, &receivers);
    bench
        .outbox
        .enqueue(&[Notification { failover: Some("manager".to_owned()), ..notification("a") }])
        .await
        .unwrap();
    bench.delivery.pass().await.unwrap();
    bench.let_pass(HOUR * 23, MINUTE * 5).await;
    assert_eq!(states(&bench.outbox, "a").await, [State::Queued]);
    assert_eq!(other.requests().len(), 0);
    bench.let_pass(HOUR * 2, MINUTE * 5).await;
    assert_eq!(states(&bench.outbox, "a").await, [State::Expired]);
    assert_eq!(other.taken().len(), 1);
    assert_eq!(bench.alarm.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_for_good_falls_over_along_the_chain_and_raises_the_alarm() {
    let (first, second, third) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    first.always(Some(Reaction::Status(410, "gone\r\nfor good")));
    second.always(Some(Reaction::Status(404, "")));
    let with = |name, url: &str, failover: &str| route::Receiver {
        failover: Some(failover.to_owned()),
        ..receiver(name, vec![webhook(url)])
    };
    let receivers = [
        with("sre", &first.url, "lead"),
        with("lead", &second.url, "manager"),
        with("manager", &third.url, "sre"),
    ];
    let bench = Bench::new(Home::memory().open().await, &receivers);
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    assert_eq!(bench.delivery.pass().await.unwrap(), 3);
    assert_eq!([first.requests().len(), second.requests().len(), third.taken().len()], [1, 1, 1]);
    let told = third.taken()[0].json();
    assert_eq!(
        (told["kind"].as_str(), told["key"].as_str()),
        (Some("failover"), Some("a/failover/lead/failover/manager"))
    );
    assert!(
        told["reason"]
            .as_str()
            .unwrap()
            .contains("receiver \"sre\" could not be notified by webhook: HTTP 410"),
        "{told}"
    );
    let alarm = bench.alarm.0.lock().unwrap().clone();
    let given_up: Vec<_> =
        alarm.iter().map(|what| (what.channel.as_str(), what.failover.as_deref())).collect();
    assert_eq!(given_up, [("webhook", Some("lead")), ("webhook", Some("manager"))]);
    let tried = bench.outbox.by_key("a").await.unwrap().remove(0).tried.remove(0);
    assert_eq!((tried.status, tried.excerpt.as_str()), (Some(410), "gone\\r\\nfor good"));
    // All of it again changes nothing.
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    assert_eq!(bench.delivery.pass().await.unwrap(), 0);
}

#[tokio::test]
async fn a_stand_in_never_gets_the_link_of_another() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    first.always(Some(Reaction::Status(410, "gone")));
    let receivers =
        [receiver("sre", vec![webhook(&first.url)]), receiver("manager", vec![webhook(&second.url)])];
    let bench = Bench::new(Home::memory().open().await, &receivers);
    let mut page = Notification { failover: Some("manager".to_owned()), ..notification("a") };
    page.context.acknowledge_url = Some("https://slo.example.com/ack/of-sre".to_owned());
    bench.outbox.enqueue(&[page]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    assert!(first.requests()[0].json()["acknowledge_url"].as_str().unwrap().ends_with("of-sre"));
    let told = second.taken()[0].json();
    assert!(told["acknowledge_url"].is_null() && !told.to_string().contains("of-sre"), "{told}");
}

#[tokio::test]
async fn whoever_sends_an_alert_does_not_choose_where_people_click() {
    let (ours, theirs) = (Receiver::start().await, Receiver::start().await);
    let channels = vec![webhook(&ours.url), route::Channel::AlertmanagerWebhook { url: theirs.url.clone() }];
    let bench = Bench::new(Home::memory().open().await, &[receiver("sre", channels)]);
    let mut page = notification("a");
    for name in ["acknowledge_url", "incident_url", "burn_chart"] {
        page.alerts[0].annotations.set(name, "https://evil.example.com/");
    }
    let mut linked = Notification { key: "b".to_owned(), thread: "b".to_owned(), ..page.clone() };
    linked.context.acknowledge_url = Some("https://slo.example.com/ack/1".to_owned());
    bench.outbox.enqueue(&[page, linked]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    bench.delivery.pass().await.unwrap();
    let told: Vec<Value> = ours.taken().iter().map(Request::json).collect();
    let of = |key: &str| told.iter().find(|told| told["key"] == key).unwrap();
    assert!(of("a")["acknowledge_url"].is_null() && of("a")["incident_url"].is_null(), "{told:?}");
    assert!(of("a")["alerts"][0]["burn_chart"].is_null(), "{told:?}");
    // It is an annotation like any other.
    assert_eq!(of("a")["alerts"][0]["annotations"]["acknowledge_url"], "https://evil.example.com/");
    assert_eq!(of("b")["acknowledge_url"], "https://slo.example.com/ack/1");
    let links: Vec<Value> = theirs.taken().iter().map(Request::json).collect();
    let link = "https://slo.example.com/ack/1";
    assert!(
        links.iter().any(|told| told["alerts"][0]["annotations"]["acknowledge_url"] == link),
        "{links:?}"
    );
}

#[tokio::test]
async fn what_is_over_pages_no_stand_in() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    first.always(Some(Reaction::Status(410, "gone")));
    let receivers =
        [receiver("sre", vec![webhook(&first.url)]), receiver("manager", vec![webhook(&second.url)])];
    let bench = Bench::new(Home::memory().open().await, &receivers);
    for (key, kind) in [("a", Kind::Firing), ("b", Kind::Escalation), ("c", Kind::Resolved)] {
        let one = Notification { failover: Some("manager".to_owned()), kind, ..notification(key) };
        bench.outbox.enqueue(&[one]).await.unwrap();
        bench.delivery.pass().await.unwrap();
    }
    let kinds: Vec<_> = second.taken().iter().map(|told| told.json()["kind"].clone()).collect();
    assert_eq!(kinds, ["failover", "failover", "resolved"]);
}

#[tokio::test]
async fn a_circle_of_stand_ins_ends() {
    let server = Receiver::start().await;
    server.always(Some(Reaction::Status(400, "no")));
    let with = |name, failover: &str| route::Receiver {
        failover: Some(failover.to_owned()),
        ..receiver(name, vec![webhook(&server.url)])
    };
    let bench = Bench::new(Home::memory().open().await, &[with("sre", "b"), with("b", "sre")]);
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    assert_eq!(bench.delivery.pass().await.unwrap(), 3);
    assert_eq!(bench.outbox.depth().await.unwrap().queued, 0);
}

#[tokio::test]
async fn every_channel_of_a_receiver_gets_it_and_one_that_fails_does_not_repeat_the_others() {
    let (good, bad) = (Receiver::start().await, Receiver::start().await);
    bad.script([Reaction::Status(500, ""), Reaction::Status(500, "")]);
    let bench = Bench::new(
        Home::memory().open().await,
        &[receiver("sre", vec![webhook(&bad.url), webhook(&good.url), webhook(&good.url)])],
    );
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    assert_eq!((bad.taken().len(), good.taken().len()), (0, 2));
    bench.let_pass(MINUTE * 10, MINUTE).await;
    assert_eq!((bad.taken().len(), good.taken().len()), (1, 2));
    assert_eq!(bench.metrics.attempts("webhook", "retry"), 2);
    assert_eq!(bench.metrics.attempts("webhook", "accepted"), 3);
}

#[tokio::test]
async fn a_receiver_that_is_gone_from_the_file_is_refused() {
    let bench = Bench::new(Home::memory().open().await, &[]);
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    assert_eq!(states(&bench.outbox, "a").await, [State::Refused]);
    assert!(
        bench.alarm.0.lock().unwrap()[0]
            .reason
            .contains("\"sre\" has no channel 1 in the routing file any more")
    );
}

#[tokio::test]
async fn a_slow_receiver_keeps_nobody_waiting_and_is_not_flooded() {
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    slow.always(Some(Reaction::Hold));
    let receivers =
        [receiver("slow", vec![webhook(&slow.url)]), receiver("quick", vec![webhook(&quick.url)])];
    let home = Home::file();
    let bench = Bench::new(home.open().await, &receivers);
    let to = |name: &str, number: usize| Notification {
        receiver: name.to_owned(),
        ..notification(&format!("{name} {number}"))
    };
    bench.outbox.enqueue(&(0..30).map(|number| to("slow", number)).collect::<Vec<_>>()).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let running = bench.delivery.start(stop.clone());
    slow.wait_for(8).await;
    // Enqueued while the slow one is full: they go out although it has answered nothing.
    bench.outbox.enqueue(&(0..20).map(|number| to("quick", number)).collect::<Vec<_>>()).await.unwrap();
    quick.wait_for(20).await;
    assert_eq!(slow.requests().len(), 8, "no more than there is room for");
    slow.release(30);
    slow.wait_for(30).await;
    stop.cancel();
    crate::servers::deadline::soon("the worker's end", running).await.unwrap();
    assert_eq!(
        bench.outbox.depth().await.unwrap(),
        slo_delivery::outbox::Depth::default(),
        "a clean stop finishes"
    );
    assert_eq!((slow.keys().len(), quick.keys().len()), (30, 20));
}

#[tokio::test]
async fn new_receivers_are_used_from_the_next_message_on() {
    let (old, new) = (Receiver::start().await, Receiver::start().await);
    let bench = Bench::new(Home::memory().open().await, &[receiver("sre", vec![webhook(&old.url)])]);
    bench.outbox.enqueue(&[notification("a")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    let tools = tools(&bench.clock, &bench.metrics);
    let ready = Receivers::build(&[receiver("sre", vec![webhook(&new.url)])], None, &tools);
    bench.delivery.replace(ready.map_err(|problems| problems.join("\n")).unwrap());
    bench.outbox.enqueue(&[notification("b")]).await.unwrap();
    bench.delivery.pass().await.unwrap();
    assert_eq!((old.taken().len(), new.taken().len()), (1, 1));
}
