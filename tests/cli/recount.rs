//! `slo recount`: a ledger that was counted wrongly, in a file and in `PostgreSQL`.

use slo_base::store::{ENGINE, Store};
use slo_core::time::short::{at, range};
use slo_evaluation::ledger::{self, Correction, Definition};

use super::{rules, slo};
use crate::engine::world::{self, BEGIN, of_requests, rolling, slos};
use crate::engine::{engine, round};
use crate::servers::home::Home;

/// A ledger of the shared world, in which somebody made all errors of an hour good.
async fn spoilt(home: &Home, text: &str) {
    let ledger = crate::stores::ledger(&home.url, 30).await.unwrap();
    let slos = slos(text);
    let source = world::source(world::shared().await);
    round(&mut engine(&slos, source, ledger.clone()).await, BEGIN + 12 * 3600).await;
    let definition = Definition { key: slos[0].key.to_string(), indicator: slos[0].indicator_digest() };
    let history = ledger.histories(&[definition]).await.unwrap().remove(0).unwrap();
    let hour = range(BEGIN + 9 * 3600, BEGIN + 10 * 3600);
    let mut groups = ledger.read(history.id, hour, ledger::Resolution::Fine).await.unwrap();
    groups.iter_mut().flat_map(|group| &mut group.buckets).for_each(|bucket| bucket.good = bucket.total);
    let spoilt = Correction { history: history.id, range: hour, groups, estimated: false, also: None };
    ledger.correct(&spoilt).await.unwrap();
    ledger.store().close().await;
}

async fn on(home: Home) {
    let text = of_requests("plain", "job=\"plain\"", &rolling("6h"), "");
    spoilt(&home, &text).await;
    let (folder, _) = rules(&text);
    let (server, database) = (world::shared().await.url(), home.url.clone());
    let from = (BEGIN + 8 * 3600).to_string();
    let asked = ["recount", "--rules", "slos.yaml", "--prometheus", &server, "--slo", "plain"];
    let asked = [&asked[..], &["--database", &database, "--from", &from]].concat();
    let with = |more: &[&'static str]| [&asked[..], more].concat();
    let log = async || {
        let store = Store::open_to_read(&database, &ENGINE).await.unwrap();
        let log = slo_incidents::access::audit::read(&store, "plain", 10).await.unwrap();
        store.close().await;
        log
    };

    let ran = slo(folder.path(), &with(&["--dry-run", "--format", "json"])).await.with(0);
    let looked = ran.json()["slos"][0].clone();
    assert_eq!((&looked["changed"], &looked["written"]), (&true.into(), &false.into()), "{looked}");
    let bad = |of: &str| looked["groups"][0][of]["bad"].as_f64().unwrap();
    // Two errors a second, of which an hour was made good.
    assert!((bad("after") - bad("before") - 7200.0).abs() < 1e-6, "{looked}");
    let left = |of: &str| looked["budgets"][0][of]["remaining_ratio"].as_f64().unwrap();
    assert!(left("after") < left("before"), "{looked}");
    assert!(log().await.is_empty());

    let ran = slo(folder.path(), &with(&["--by", "ann"])).await.with(0);
    let said = &ran.stdout;
    assert!(said.contains("was: good") && said.contains("engines on this database"), "{said}");
    let line = log().await.remove(0);
    let who = (line.actor.as_str(), line.action.as_str(), line.subject.as_str());
    assert_eq!(who, ("ann", "recounted", "plain"));
    assert!(line.detail.contains("; was good"), "{}", line.detail);

    let ran = slo(folder.path(), &with(&[])).await.with(0);
    assert!(ran.stdout.contains("nothing changes"), "{}", ran.stdout);
    assert_eq!(log().await.len(), 1);
    let at = at(BEGIN + 12 * 3600 - 60).rfc3339_seconds();
    assert_eq!(looked["at"], at.as_str());
    let status = ["status", "--rules", "slos.yaml", "--database", &database, "--format", "json", "--at", &at];
    let after = slo(folder.path(), &status).await.with(0).json();
    let foretold = &looked["budgets"][0]["after"]["remaining_ratio"];
    assert_eq!(&after["slos"][0]["budget"]["remaining_ratio"], foretold);

    for (more, words) in [
        (&["--to", "2020-01-01T00:00:00Z"][..], "--to lies before --from"),
        (&["--by", " "], "--by is a name"),
    ] {
        let ran = slo(folder.path(), &with(more)).await.with(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn a_ledger_in_a_file_is_counted_anew() {
    on(Home::file()).await;
}

#[tokio::test]
async fn a_ledger_in_postgresql_is_counted_anew() {
    on(Home::postgres().await).await;
}
