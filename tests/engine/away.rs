//! A Prometheus that is away, and an engine that was.

use slo_model::budget::State;

use super::world::{self, BEGIN, definition, of_requests, query, rolling, slos};
use super::{Home, engine, round, row, same};

fn some() -> String {
    let lag = format!("thresholdMetric: {}", query("lag_seconds{job=\"gauges\"}"));
    of_requests("births", "job=\"births\"", &rolling("6h"), "")
        + &of_requests("plain", "job=\"plain\"", &rolling("2h"), "")
        + &of_requests("tenants", "job=\"tenants\"", &rolling("6h"), "slo-engine/group-by: tenant")
            .replace("sum(", "sum by (tenant) (")
        + &definition("lag", &lag, &rolling("6h"), "Occurrences", "- {target: 0.9, op: lt, value: 60}", "")
}

#[tokio::test]
async fn prometheus_is_killed_and_comes_back() {
    let mut server = world::server().await;
    let slos = slos(&some());
    let (interrupted, whole) = (Home::new().await, Home::new().await);
    let source = world::source(&server);
    let mut engine_of_interrupted = engine(&slos, source.clone(), interrupted.ledger.clone()).await;
    let start = BEGIN + 4 * 3600 + 1800;
    let before = round(&mut engine_of_interrupted, start).await;
    assert_eq!(row(&before.rows, "births", &[]).verdict.state, State::Ok);

    // Away for a quarter of an hour, one tick; then for hours, a fill.
    let mut now = start;
    for away in [900, 3 * 3600] {
        let histories: Vec<_> = {
            let mut all = Vec::new();
            for slo in &slos {
                all.push(interrupted.history(slo).await);
            }
            all
        };
        server.process().kill();
        for second in [30, 60, away] {
            let snapshot = round(&mut engine_of_interrupted, now + second).await;
            assert_eq!(snapshot.at.seconds(), now + second);
            for slo in &slos {
                let rows = snapshot.rows.iter().filter(|row| row.slo.key == slo.key);
                let states: Vec<State> = rows.map(|row| row.verdict.state).collect();
                assert!(
                    !states.is_empty() && states.iter().all(|state| *state == State::NoData),
                    "{states:?}"
                );
            }
            assert!(
                snapshot.errors.iter().any(|(_, error)| error.contains("cannot reach")),
                "{:?}",
                snapshot.errors
            );
        }
        for (slo, history) in slos.iter().zip(&histories) {
            same(&interrupted.history(slo).await, history, &format!("{} was touched", slo.key));
        }
        server.restart().await;
        now += away + 30;
        let snapshot = round(&mut engine_of_interrupted, now).await;
        assert_eq!(snapshot.errors, []);
        assert_eq!(row(&snapshot.rows, "births", &[]).verdict.state, State::Ok);
    }

    let mut never_interrupted = engine(&slos, source, whole.ledger.clone()).await;
    let mut at = start;
    while at < now {
        round(&mut never_interrupted, at).await;
        at += 600;
    }
    let want = round(&mut never_interrupted, now).await;
    let got = engine_of_interrupted.snapshots().latest();
    for slo in &slos {
        same(&interrupted.history(slo).await, &whole.history(slo).await, &slo.key.to_string());
    }
    for (got, want) in got.rows.iter().zip(&want.rows) {
        assert_eq!((&got.slo.key, &got.group, got.verdict), (&want.slo.key, &want.group, want.verdict));
    }
}

#[tokio::test]
async fn an_engine_that_starts_without_prometheus_shows_what_it_knew() {
    let mut server = world::server().await;
    let slos = slos(&some());
    let home = Home::new().await;
    let source = world::source(&server);
    let at = BEGIN + 5 * 3600;
    let known = round(&mut engine(&slos, source.clone(), home.ledger.clone()).await, at).await;
    server.process().kill();
    let mut again = engine(&slos, source, home.ledger.clone()).await;
    let snapshot = round(&mut again, at + 30).await;
    assert!(snapshot.ready, "it answers, if only that it does not know");
    let (before, now) = (row(&known.rows, "births", &[]).verdict, row(&snapshot.rows, "births", &[]).verdict);
    assert_eq!(now.state, State::NoData);
    assert!(now.counts.total > 0.9 * before.counts.total, "{now:?}");
    server.restart().await;
    let snapshot = round(&mut again, at + 60).await;
    assert_eq!(row(&snapshot.rows, "births", &[]).verdict.state, State::Ok);
}

#[tokio::test]
async fn a_gap_longer_than_the_window_is_filled_as_well() {
    let slos = slos(&of_requests("plain", "job=\"plain\"", &rolling("30m"), ""));
    let source = world::source(world::shared().await);
    let (away, present) = (Home::new().await, Home::new().await);
    let (start, end) = (BEGIN + 3600, BEGIN + 20 * 3600);
    for (home, stops) in
        [(&away, &[start, end][..]), (&present, &[start, start + 5 * 3600, start + 9 * 3600, end])]
    {
        let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
        for at in stops {
            round(&mut engine, *at).await;
        }
    }
    same(&away.history(&slos[0]).await, &present.history(&slos[0]).await, "plain");
}
