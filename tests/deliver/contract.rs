//! What every outbox promises, promise by promise.

use slo_core::time::short::ms;
use slo_core::time::{Span, Timestamp};
use slo_delivery::outbox::{Attempt, Leased, Outcome, Outlet, Recorded, Room, State};

use super::*;

macro_rules! on_every_store {
    ($($promise:ident),* $(,)?) => {
        mod file {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Home::file()).await; })*
        }
        mod memory {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Home::memory()).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Home::postgres().await).await; })*
        }
    };
}

on_every_store![
    a_key_is_enqueued_once,
    what_is_due_is_handed_out_once_and_urgent_first,
    a_lease_that_ended_is_handed_out_again,
    who_lost_the_lease_decides_nothing_but_that_it_arrived,
    attempts_are_kept_with_all_that_was_said,
    a_thread_stays_in_order,
    a_newer_state_of_things_replaces_one_that_failed,
    each_channel_goes_its_own_way,
    a_stand_in_is_stored_with_the_refusal_or_not_at_all,
    a_full_outlet_leaves_room_for_others,
    what_waits_is_told,
    an_alerts_notifications_are_found_in_one_question,
    what_is_long_done_is_forgotten,
    odd_texts_come_back_as_they_were,
    two_workers_share_and_none_gets_what_the_other_has,
];

const LEASE: Span = Span::minutes(1);

fn outlet(receiver: &str, channel: u32) -> Outlet {
    Outlet { receiver: receiver.to_owned(), channel }
}

async fn take(outbox: &Outbox, now: Timestamp, max: u32) -> Vec<Leased> {
    let rooms: Vec<Room> =
        outbox.due(now).await.unwrap().into_iter().map(|outlet| Room { outlet, max }).collect();
    outbox.lease("w1", now, LEASE, &rooms).await.unwrap()
}

fn keys(leased: &[Leased]) -> Vec<&str> {
    leased.iter().map(|row| row.notification.key.as_str()).collect()
}

fn attempt(row: &Leased, at: Timestamp, outcome: Outcome) -> Attempt {
    Attempt {
        row: row.id,
        attempt: row.attempt,
        at,
        worker: "w1".to_owned(),
        channel: "webhook".to_owned(),
        status: Some(503),
        latency: ms(12),
        excerpt: "busy".to_owned(),
        outcome,
    }
}

fn retry(after: Span) -> Outcome {
    Outcome::Retry { after, reason: "HTTP 503".to_owned() }
}

async fn record(outbox: &Outbox, row: &Leased, at: Timestamp, outcome: Outcome) -> Recorded {
    outbox.record(&attempt(row, at, outcome), None).await.unwrap()
}

async fn state(outbox: &Outbox, key: &str) -> State {
    outbox.by_key(key).await.unwrap()[0].state
}

async fn a_key_is_enqueued_once(home: Home) {
    let outbox = home.open().await;
    let (a, b) = (notification("a"), notification("b"));
    assert_eq!(outbox.enqueue(&[a.clone(), b.clone(), a.clone()]).await.unwrap(), 2);
    assert_eq!(outbox.enqueue(std::slice::from_ref(&a)).await.unwrap(), 0);
    assert_eq!(outbox.enqueue(&[]).await.unwrap(), 0);
    // The key decides, and so does it after the message went out.
    let leased = take(&outbox, NOW, 10).await;
    assert_eq!(leased.len(), 2);
    record(&outbox, &leased[0], NOW, Outcome::Accepted).await;
    let other = Notification { reason: "another".to_owned(), ..a.clone() };
    assert_eq!(outbox.enqueue(&[other, b]).await.unwrap(), 0);
    assert_eq!(outbox.by_key("a").await.unwrap()[0].notification, a);
    assert_eq!(outbox.by_key("c").await.unwrap(), []);
}

async fn what_is_due_is_handed_out_once_and_urgent_first(home: Home) {
    let outbox = home.open().await;
    let low = Notification { priority: Priority::P3, due_at: NOW - HOUR, ..notification("low") };
    let later = Notification { due_at: NOW + ms(1), ..notification("later") };
    outbox.enqueue(&[low, notification("high"), later]).await.unwrap();
    assert_eq!(take(&outbox, NOW - HOUR * 2, 10).await, []);
    let first = take(&outbox, NOW, 1).await;
    assert_eq!(keys(&first), ["high"]);
    assert_eq!((first[0].attempt, first[0].channel, first[0].first_at), (1, 0, NOW));
    assert_eq!(keys(&take(&outbox, NOW, 10).await), ["low"]);
    assert_eq!(take(&outbox, NOW, 10).await, []);
    assert_eq!(outbox.next_due().await.unwrap(), Some(NOW + ms(1)));
    assert_eq!(keys(&take(&outbox, NOW + ms(1), 10).await), ["later"]);
}

async fn a_lease_that_ended_is_handed_out_again(home: Home) {
    let outbox = home.open().await;
    outbox.enqueue(&[notification("a")]).await.unwrap();
    assert_eq!(take(&outbox, NOW, 1).await.len(), 1);
    assert_eq!(take(&outbox, NOW + LEASE - ms(1), 1).await, []);
    let again = take(&outbox, NOW + LEASE, 1).await;
    assert_eq!((again[0].attempt, again[0].first_at), (2, NOW));
    // Another process finds the same.
    if !home.url.contains("memory") {
        let other = home.open().await;
        assert_eq!(take(&other, NOW + LEASE, 1).await, []);
        assert_eq!(take(&other, NOW + LEASE * 2, 1).await[0].attempt, 3);
    }
}

async fn who_lost_the_lease_decides_nothing_but_that_it_arrived(home: Home) {
    let outbox = home.open().await;
    outbox.enqueue(&[notification("a")]).await.unwrap();
    let slow = take(&outbox, NOW, 1).await.remove(0);
    let quick = take(&outbox, NOW + LEASE, 1).await.remove(0);
    for outcome in [retry(ms(1)), Outcome::Refused("x".to_owned()), Outcome::Expired("x".to_owned())] {
        assert_eq!(record(&outbox, &slow, NOW, outcome).await, Recorded::LeaseLost);
        assert_eq!(state(&outbox, "a").await, State::Leased);
    }
    assert_eq!(record(&outbox, &slow, NOW, Outcome::Accepted).await, Recorded::Applied);
    assert_eq!(record(&outbox, &quick, NOW, retry(ms(1))).await, Recorded::LeaseLost);
    assert_eq!(state(&outbox, "a").await, State::Accepted);
    assert_eq!(take(&outbox, NOW + HOUR, 1).await, []);
}

async fn attempts_are_kept_with_all_that_was_said(home: Home) {
    let outbox = home.open().await;
    outbox.enqueue(&[notification("a")]).await.unwrap();
    let row = take(&outbox, NOW, 1).await.remove(0);
    assert_eq!(record(&outbox, &row, NOW + ms(5), retry(ms(1000))).await, Recorded::Applied);
    assert_eq!(take(&outbox, NOW + ms(1004), 1).await, []);
    let row = take(&outbox, NOW + ms(1005), 1).await.remove(0);
    record(&outbox, &row, NOW + ms(1010), Outcome::Accepted).await;
    let standing = outbox.by_key("a").await.unwrap().remove(0);
    assert_eq!(
        (standing.state, standing.handed_out, standing.ended_at),
        (State::Accepted, 2, Some(NOW + ms(1010)))
    );
    let [first, second] = &standing.tried[..] else { panic!("{standing:?}") };
    assert_eq!((first.attempt, first.at, first.next_at), (1, NOW + ms(5), Some(NOW + ms(1005))));
    assert_eq!((first.outcome.as_str(), first.reason.as_str()), ("retry", "HTTP 503"));
    assert_eq!((first.worker.as_str(), first.channel.as_str()), ("w1", "webhook"));
    assert_eq!((first.status, first.latency, first.excerpt.as_str()), (Some(503), ms(12), "busy"));
    assert_eq!((second.attempt, second.outcome.as_str(), second.next_at), (2, "accepted", None));
    let newest_first = outbox.by_incident("7").await.unwrap();
    assert_eq!(newest_first, [standing]);
    assert_eq!(outbox.by_incident("8").await.unwrap(), []);
}

async fn a_thread_stays_in_order(home: Home) {
    let outbox = home.open().await;
    let page = notification("page");
    let resolve = Notification { due_at: NOW - HOUR, ..following(&page, "resolve", Kind::Resolved) };
    let colleague =
        Notification { person: Some("eve".to_owned()), ..following(&page, "other", Kind::Escalation) };
    outbox.enqueue(&[page, resolve, colleague, notification("unrelated")]).await.unwrap();
    let first = take(&outbox, NOW, 10).await;
    assert_eq!(keys(&first), ["page", "other", "unrelated"]);
    record(&outbox, &first[0], NOW, retry(HOUR)).await;
    assert_eq!(take(&outbox, NOW + ms(1), 10).await, [], "a resolve does not overtake its page");
    let page = take(&outbox, NOW + HOUR, 10).await;
    let page = page.iter().find(|row| row.notification.key == "page").unwrap();
    record(&outbox, page, NOW + HOUR, Outcome::Accepted).await;
    assert_eq!(keys(&take(&outbox, NOW + HOUR, 10).await), ["resolve"]);
}

async fn a_newer_state_of_things_replaces_one_that_failed(home: Home) {
    let outbox = home.open().await;
    let first = notification("n0");
    outbox.enqueue(std::slice::from_ref(&first)).await.unwrap();
    let row = take(&outbox, NOW, 1).await.remove(0);
    // In flight while the next one comes: whether it arrives is not known yet.
    outbox.enqueue(&[following(&first, "n1", Kind::Firing)]).await.unwrap();
    assert_eq!(state(&outbox, "n0").await, State::Leased);
    record(&outbox, &row, NOW, retry(ms(10))).await;
    assert_eq!(state(&outbox, "n0").await, State::Superseded);
    let row = take(&outbox, NOW, 1).await.remove(0);
    assert_eq!(row.notification.key, "n1");
    record(&outbox, &row, NOW, retry(ms(10))).await;
    assert_eq!(state(&outbox, "n1").await, State::Queued);
    outbox
        .enqueue(&[following(&first, "n2", Kind::Firing), following(&first, "n3", Kind::Resolved)])
        .await
        .unwrap();
    assert_eq!(state(&outbox, "n1").await, State::Superseded);
    assert_eq!(keys(&take(&outbox, NOW + HOUR, 9).await), ["n2"]);
    assert_eq!(state(&outbox, "n3").await, State::Queued);
}

async fn each_channel_goes_its_own_way(home: Home) {
    let outbox = home.open().await;
    outbox.enqueue(&[notification("a")]).await.unwrap();
    let first = take(&outbox, NOW, 1).await.remove(0);
    outbox.add_channels(&first, 3, NOW).await.unwrap();
    outbox.add_channels(&first, 3, NOW).await.unwrap();
    assert_eq!(outbox.due(NOW).await.unwrap(), [outlet("sre", 1), outlet("sre", 2)]);
    let further = take(&outbox, NOW, 10).await;
    assert_eq!(further.iter().map(|row| row.channel).collect::<Vec<_>>(), [1, 2]);
    record(&outbox, &first, NOW, retry(HOUR)).await;
    record(&outbox, &further[0], NOW, Outcome::Accepted).await;
    record(&outbox, &further[1], NOW, Outcome::Refused("gone".to_owned())).await;
    let states: Vec<State> = outbox.by_key("a").await.unwrap().iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Queued, State::Accepted, State::Refused]);
}

async fn a_stand_in_is_stored_with_the_refusal_or_not_at_all(home: Home) {
    let outbox = home.open().await;
    outbox.enqueue(&[notification("a")]).await.unwrap();
    let slow = take(&outbox, NOW, 1).await.remove(0);
    let quick = take(&outbox, NOW + LEASE, 1).await.remove(0);
    let next = Notification { receiver: "manager".to_owned(), ..notification("a/failover") };
    let refusal = |row| attempt(row, NOW + LEASE, Outcome::Refused("gone".to_owned()));
    assert_eq!(outbox.record(&refusal(&slow), Some(&next)).await.unwrap(), Recorded::LeaseLost);
    assert_eq!(outbox.by_key("a/failover").await.unwrap(), []);
    assert_eq!(outbox.record(&refusal(&quick), Some(&next)).await.unwrap(), Recorded::Applied);
    assert_eq!(outbox.due(NOW + LEASE).await.unwrap(), [outlet("manager", 0)]);
}

async fn a_full_outlet_leaves_room_for_others(home: Home) {
    let outbox = home.open().await;
    let many: Vec<Notification> = (0..300).map(|number| notification(&format!("n{number}"))).collect();
    outbox.enqueue(&many).await.unwrap();
    let others = ["a b", "z"].map(|name| Notification { receiver: name.to_owned(), ..notification(name) });
    outbox.enqueue(&others).await.unwrap();
    assert_eq!(outbox.due(NOW).await.unwrap(), [outlet("a b", 0), outlet("sre", 0), outlet("z", 0)]);
    let rooms = [Room { outlet: outlet("sre", 0), max: 2 }, Room { outlet: outlet("a b", 0), max: 2 }];
    let leased = outbox.lease("w1", NOW, LEASE, &rooms).await.unwrap();
    assert_eq!(
        counts(leased.iter().map(|row| row.notification.receiver.as_str())),
        [("a b", 1), ("sre", 2)].into()
    );
    assert_eq!(outbox.lease("w1", NOW, LEASE, &[]).await.unwrap(), []);
}

async fn what_waits_is_told(home: Home) {
    let outbox = home.open().await;
    assert_eq!(outbox.depth().await.unwrap(), slo_delivery::outbox::Depth::default());
    assert_eq!(outbox.next_due().await.unwrap(), None);
    let old = Notification { due_at: NOW - HOUR, ..notification("old") };
    outbox.enqueue(&[old, notification("a"), notification("b")]).await.unwrap();
    let row = take(&outbox, NOW, 1).await.remove(0);
    let depth = outbox.depth().await.unwrap();
    assert_eq!((depth.queued, depth.leased, depth.oldest_due_at), (2, 1, Some(NOW - HOUR)));
    record(&outbox, &row, NOW, Outcome::Accepted).await;
    let depth = outbox.depth().await.unwrap();
    assert_eq!((depth.queued, depth.leased, depth.oldest_due_at), (2, 0, Some(NOW)));
}

async fn an_alerts_notifications_are_found_in_one_question(home: Home) {
    let outbox = home.open().await;
    let about = |key: &str, alerts: &[u64], at: Timestamp| {
        let mut one = Notification { due_at: at, incident: Some(key.to_owned()), ..notification(key) };
        let alert = one.alerts.remove(0);
        one.alerts.extend(
            alerts.iter().map(|print| NotifiedAlert { fingerprint: Fingerprint(*print), ..alert.clone() }),
        );
        one
    };
    // Each of another incident and decided at another moment.
    let many: Vec<Notification> =
        (0..130).map(|number| about(&number.to_string(), &[u64::MAX, 5], NOW + ms(number))).collect();
    outbox.enqueue(&many).await.unwrap();
    outbox.enqueue(&[about("other", &[6], NOW), about("nothing", &[], NOW)]).await.unwrap();
    // The key decides, not the content.
    outbox.enqueue(&[about("other", &[u64::MAX], NOW)]).await.unwrap();
    let found = outbox.by_alert(Fingerprint(u64::MAX)).await.unwrap();
    let newest_first: Vec<&Notification> = found.iter().map(|entry| &entry.notification).collect();
    assert_eq!(newest_first, many.iter().rev().collect::<Vec<_>>());
    assert_eq!(outbox.by_alert(Fingerprint(5)).await.unwrap().len(), 130);
    assert_eq!(outbox.by_alert(Fingerprint(6)).await.unwrap().len(), 1);
    assert_eq!(outbox.by_alert(Fingerprint(7)).await.unwrap(), []);
    // What is forgotten is found no more.
    for row in take(&outbox, NOW, 1000).await {
        record(&outbox, &row, NOW, Outcome::Accepted).await;
    }
    outbox.prune(NOW + ms(1), 1000).await.unwrap();
    assert_eq!(outbox.by_alert(Fingerprint(6)).await.unwrap(), []);
    assert_eq!(outbox.by_alert(Fingerprint(5)).await.unwrap().len(), 129);
}

async fn what_is_long_done_is_forgotten(home: Home) {
    let outbox = home.open().await;
    outbox.enqueue(&[notification("a"), notification("b"), notification("c")]).await.unwrap();
    let rows = take(&outbox, NOW, 10).await;
    outbox.add_channels(&rows[1], 2, NOW).await.unwrap();
    for (row, at) in rows.iter().zip([NOW, NOW, NOW + ms(2)]) {
        record(&outbox, row, at, Outcome::Accepted).await;
    }
    assert_eq!(outbox.prune(NOW, 10).await.unwrap(), 0);
    // One of b's channels is open, c ended too late.
    assert_eq!(outbox.prune(NOW + ms(1), 10).await.unwrap(), 1);
    assert_eq!(outbox.by_key("a").await.unwrap(), []);
    assert_eq!(outbox.by_key("b").await.unwrap().len(), 2);
    assert_eq!(outbox.by_key("c").await.unwrap().len(), 1);
}

async fn odd_texts_come_back_as_they_were(home: Home) {
    let outbox = home.open().await;
    for odd in ["quote\" and \\ and 'one'", "two\nlines", "ünï 🦀", "]}], --", "", "nul\0inside"] {
        let mut one = notification(&format!("key {odd}"));
        one.receiver = format!("team {odd}");
        one.reason = odd.to_owned();
        one.alerts[0].labels.set("odd", odd);
        assert_eq!(outbox.enqueue(&[one.clone()]).await.unwrap(), 1, "{odd:?}");
        let leased = take(&outbox, NOW, 10).await;
        assert_eq!(leased.iter().map(|row| &row.notification).collect::<Vec<_>>(), [&one]);
        assert_eq!(outbox.by_key(&one.key).await.unwrap().len(), 1);
    }
}

/// 300 rows, four workers on two handles; every row fails at random and ends accepted. Who holds what is written down
/// when it is handed out and when it is given back: nobody may get what another holds.
async fn two_workers_share_and_none_gets_what_the_other_has(home: Home) {
    let first = home.open().await;
    let second = if home.url.contains("memory") { first.clone() } else { home.open().await };
    let all: Vec<Notification> = (0..300).map(|number| notification(&format!("n{number}"))).collect();
    let (a, b) = tokio::join!(first.enqueue(&all), second.enqueue(&all));
    assert_eq!(a.unwrap() + b.unwrap(), 300);
    let held: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let accepted: Arc<Mutex<Vec<String>>> = Arc::default();
    let workers = [&first, &second, &first, &second].map(Clone::clone).into_iter().enumerate().map(
        |(number, outbox)| {
            let (held, accepted) = (Arc::clone(&held), Arc::clone(&accepted));
            tokio::spawn(async move {
                loop {
                    let rooms: Vec<Room> = outbox
                        .due(NOW)
                        .await
                        .unwrap()
                        .into_iter()
                        .map(|outlet| Room { outlet, max: 7 })
                        .collect();
                    let leased = outbox.lease(&format!("w{number}"), NOW, LEASE, &rooms).await.unwrap();
                    if leased.is_empty() && outbox.depth().await.unwrap().queued == 0 {
                        return;
                    }
                    for row in &leased {
                        let other = held.lock().unwrap().insert(row.notification.key.clone(), number);
                        assert_eq!(other, None, "{} is held by two", row.notification.key);
                    }
                    for row in leased {
                        held.lock().unwrap().remove(&row.notification.key);
                        let outcome = if rand::random_bool(0.3) {
                            retry(ms(0))
                        } else {
                            accepted.lock().unwrap().push(row.notification.key.clone());
                            Outcome::Accepted
                        };
                        assert_eq!(record(&outbox, &row, NOW, outcome).await, Recorded::Applied);
                    }
                }
            })
        },
    );
    for worker in workers.collect::<Vec<_>>() {
        crate::servers::deadline::soon("a worker's end", worker).await.unwrap();
    }
    let accepted = counts(accepted.lock().unwrap().clone());
    assert_eq!(accepted.len(), 300, "none is lost");
    assert!(accepted.values().all(|times| *times == 1), "none is accepted twice: {accepted:?}");
}
