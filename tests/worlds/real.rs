//! The same worlds in a real Prometheus, two dozen of them beside each other.

use std::fmt::Write as _;
use std::sync::Arc;

use slo_core::names::JOB;
use slo_evaluation::evaluate::{Limits, direct};

use super::kinds::{self, Kind};
use super::target::Ms;
use super::world::{World, moment};
use crate::engine::world::{slos, source};
use crate::servers::prometheus::{Options, Prometheus};

/// Seeds of worlds whose queries name their job, with one view: so they can be told apart.
fn worlds() -> Vec<Arc<World>> {
    let single = |world: &Arc<World>| {
        world.named && !world.native && !matches!(world.kind, Kind::Replicas | Kind::Merged)
    };
    (2000..).map(kinds::world).filter(single).take(24).collect()
}

/// Everything that is stored, metric by metric; each world has jobs of its own.
fn text(worlds: &[Arc<World>]) -> String {
    let mut all = Vec::new();
    for world in worlds {
        for (labels, samples) in &world.series {
            let mut labels = labels.clone();
            labels.set(JOB, format!("{}-{}", labels.get(JOB), world.seed));
            all.push((labels, samples));
        }
    }
    all.sort_by(|(a, _), (b, _)| (a.metric(), a).cmp(&(b.metric(), b)));
    let mut text = String::new();
    for (labels, samples) in all {
        for sample in samples {
            if let Some(value) = sample.value {
                writeln!(text, "{labels} {value} {}", sample.at as f64 / 1000.0).unwrap();
            }
        }
    }
    text + "# EOF\n"
}

#[tokio::test]
async fn two_dozen_worlds_are_counted_through_a_real_prometheus() {
    let worlds = worlds();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("worlds.om");
    std::fs::write(&file, text(&worlds)).unwrap();
    let server = Prometheus::start(Options { openmetrics: vec![file], ..Options::default() }).await;
    let source = source(&server);
    for world in worlds {
        let slos = slos(&world.definition().replace("\"shop\"", &format!("\"shop-{}\"", world.seed)));
        for at in &world.moments {
            let assessed = direct(&slos, source.as_ref(), &Limits::default(), moment(*at)).await.remove(0);
            let counts = assessed.unwrap()[0].verdict.counts;
            let from = at - world.window;
            // By now everything has arrived.
            let truth = world.truth(&(from..*at), from, Ms::MAX);
            let is_right = truth.good.contains(&counts.good) && truth.total.contains(&counts.total);
            assert!(is_right, "world {} {:?}: {counts:?}, was {truth:?}", world.seed, world.kind);
        }
    }
}
