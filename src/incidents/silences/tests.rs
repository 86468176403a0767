use super::stored::KEEP_EXPIRED;
use super::*;
use slo_core::time::Timestamp;
use slo_core::time::short::at_ms;
use slo_model::route::matcher::MatcherSpec;

async fn store() -> (Silences, Clock) {
    let clock = Clock::manual(1_000_000);
    let database = Store::open("sqlite::memory:", &slo_base::store::ENGINE).await.unwrap();
    (Silences::open(database, SilenceLimits::default(), clock.clone()).await.unwrap(), clock)
}

fn wanted(id: Option<&str>, value: &str, starts_at: Timestamp, ends_at: Timestamp) -> SilenceRequest {
    let matcher =
        MatcherSpec { is_equal: true, is_regex: false, name: "a".to_owned(), value: value.to_owned() };
    SilenceRequest {
        id: id.map(str::to_owned),
        matchers: vec![matcher],
        starts_at,
        ends_at,
        created_by: "me".to_owned(),
        comment: "c".to_owned(),
        series: None,
    }
}

#[tokio::test]
async fn the_same_matchers_keep_the_id_and_others_make_a_new_one() {
    let (silences, clock) = store().await;
    let id = silences.set(wanted(None, "x", at_ms(0), at_ms(2_000_000)), "me").await.unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(id.as_bytes()[14], b'4');
    let starts = silences.get(&id).unwrap().body.starts_at;
    assert_eq!(starts, at_ms(1_000_000));
    assert_eq!(silences.set(wanted(Some(&id), "x", starts, at_ms(3_000_000)), "me").await.unwrap(), id);
    assert_eq!(silences.get(&id).unwrap().body.ends_at, at_ms(3_000_000));
    let other = silences.set(wanted(Some(&id), "y", starts, at_ms(3_000_000)), "me").await.unwrap();
    assert_ne!(other, id);
    assert_eq!(silences.get(&id).unwrap().state(clock.now()), SilenceState::Expired);
    assert_eq!(silences.active().len(), 1);
    silences.expire(&other, "me").await.unwrap();
    assert!(silences.active().is_empty());
    assert_eq!(silences.expire("nope", "me").await, Err(SilenceError::NotFound));
    let unknown = silences.set(wanted(Some("nope"), "x", at_ms(0), at_ms(2_000_000)), "me").await;
    assert_eq!(unknown, Err(SilenceError::NotFound));
}

#[tokio::test]
async fn expired_ones_go_after_five_days() {
    let (silences, clock) = store().await;
    silences.set(wanted(None, "x", at_ms(0), at_ms(2_000_000)), "me").await.unwrap();
    clock.set_ms(2_000_000 + KEEP_EXPIRED.ms() - 1);
    silences.collect_garbage().await.unwrap();
    assert_eq!(silences.len(), 1);
    clock.set_ms(2_000_000 + KEEP_EXPIRED.ms());
    silences.collect_garbage().await.unwrap();
    assert!(silences.is_empty());
}
