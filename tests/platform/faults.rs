//! Faults on request hit what they should, as often as they should, and nothing else.

use slo_platform::Settings;
use slo_platform::fault::{Fault, Verdict, verdict};

use super::{NOW_MS, Server, freshness, labels, runs, settings};

#[tokio::test]
async fn errors_hit_the_requests_that_the_seed_says() {
    const REQUESTS: u64 = 600;
    let (seed, fault) = (7, Fault::Errors);
    let server = Server::start(Settings { seed, fault, ..settings() }).await;
    let mut expected = [0.0; 2];
    for n in 0..REQUESTS {
        let status = server.status("/api/v1/companies?limit=1").await;
        match verdict(fault, seed, n) {
            Verdict::Fail(failed) => {
                assert_eq!(status, failed.as_u16(), "request {n}");
                expected[usize::from(failed == 503)] += 1.0;
            }
            Verdict::Pass | Verdict::Delay(_) => assert_eq!(status, 200, "request {n}"),
        }
        // In between, what must never be faulted: it takes no number either.
        if n % 50 == 0 {
            assert_eq!(server.status("/health").await, 200);
            assert_eq!(server.status("/nowhere").await, 404);
        }
    }
    assert!(expected[0] > 10.0 && expected[1] > 0.0, "{expected:?}");
    let metrics = server.metrics().await;
    let counted = [500, 503].map(|status| metrics.answered("/api/v1/companies", status));
    assert_eq!(counted, expected);
    assert_eq!(metrics.answered("/health", 200), 12.0);
    server.stop().await;
}

#[tokio::test]
async fn latency_slows_as_many_requests_as_the_seed_says() {
    const REQUESTS: u64 = 60;
    let (seed, fault) = (3, Fault::Latency);
    let server = Server::start(Settings { seed, fault, ..settings() }).await;
    let requests = (0..REQUESTS).map(|_| server.status("/api/v1/news?limit=1"));
    assert!(futures::future::join_all(requests).await.iter().all(|status| *status == 200));
    let slow = (0..REQUESTS).filter(|n| matches!(verdict(fault, seed, *n), Verdict::Delay(_))).count();
    assert!(slow > 2, "{slow}");
    let metrics = server.metrics().await;
    let others = labels("GET", "/api/v1/news", 200);
    let fast = metrics.value(&format!(
        "http_server_request_duration_seconds_bucket{{le=\"0.25\",{}",
        others.trim_start_matches('{')
    ));
    // A busy machine can make more of them slow, but never one of the slow ones fast.
    assert!(fast <= (REQUESTS - slow as u64) as f64, "{fast} fast, {slow} slow of {REQUESTS}");
    server.stop().await;
}

#[tokio::test]
async fn stale_data_is_old_from_the_start_and_says_so() {
    let server = Server::start(Settings { fault: Fault::Stale, ..settings() }).await;
    let metrics = server.metrics().await;
    for source in ["sec", "financial", "news"] {
        assert_eq!(metrics.value(&freshness(source)), (NOW_MS / 1000 - 2 * 3600) as f64, "{source}");
        assert_eq!(metrics.value(&runs(source, "failure")), 1.0, "{source}");
        assert_eq!(metrics.value(&runs(source, "success")), 0.0, "{source}");
        assert_eq!(metrics.value(&format!("ingest_records_total{{source=\"{source}\"}}")), 0.0, "{source}");
    }
    // Old data is served; the API itself is well.
    assert_eq!(server.status("/api/v1/news").await, 200);
    assert_eq!(server.status("/health/ready").await, 200);
    server.stop().await;
}
