//! Worlds from seeds: each kind of thing that happens to counters, alone or with others beside it.
//!
//! What nobody can know from what servers store is not asked for:
//! - A restart of which no process start tells shows as a fall of a busy counter to half or less. Counters that would come
//!   back as high as they were, or nearly, do so only after they were missing in two scrapes, and not long after; nothing can
//!   tell a counter that went from 3 to 3 in one interval from one that rested.
//! - Counters that go on although the process that shows them began anew (a database's behind its exporter) are far beyond
//!   what a new process could have counted.
//! - An exporter's new pod is first scraped when the old one has missed a scrape: until then the old one may still be there.
//! - Views of one counter agree when it rests. So events rest before the edges of windows that are compared exactly; between
//!   others they count by either view.
//! - In views that became one series a counter is never small: 2 after 3 would be a restart.
//! - A counter whose metric is relabelled gets one label more or less. Another value of the same label is a series that is
//!   born while its target goes on, unless it is larger than can be.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::life::ends_at_rest;
use super::maker::Maker;
use super::source::DIALECTS;
use super::target::Ms;
use super::world::{Style, World};

/// What a world is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Errors occur for the first time.
    Births,
    /// Processes restart, and say when they started.
    Restarts,
    /// A process restarts again and again.
    CrashLoop,
    /// Processes restart, and do not say so.
    BlindRestarts,
    /// Nobody scrapes for a while; the process goes on, or begins anew.
    Gaps,
    /// Two servers scrape, with clocks of their own.
    Replicas,
    /// The same, and what they saw is one series.
    Merged,
    /// A scrape job's labels change.
    Relabelled,
    /// One metric's labels change.
    MetricRelabelled,
    /// A server's external label changes.
    ExternalLabel,
    /// An exporter's pod is replaced; what it reports goes on.
    ExporterReplaced,
    /// An exporter's process restarts; what it reports goes on.
    ExporterRestarts,
    /// The server injects zeros when counters are created.
    Zeros,
    /// Counters tell when they were created.
    Created,
    /// Pods are replaced by new ones.
    Rolling,
    /// Series are pushed; nobody scrapes `up`.
    Pushed,
    /// A process begins just before a window's left edge.
    Young,
}

pub const KINDS: [Kind; 17] = [
    Kind::Births,
    Kind::Restarts,
    Kind::CrashLoop,
    Kind::BlindRestarts,
    Kind::Gaps,
    Kind::Replicas,
    Kind::Merged,
    Kind::Relabelled,
    Kind::MetricRelabelled,
    Kind::ExternalLabel,
    Kind::ExporterReplaced,
    Kind::ExporterRestarts,
    Kind::Zeros,
    Kind::Created,
    Kind::Rolling,
    Kind::Pushed,
    Kind::Young,
];

pub const MINUTE: Ms = 60_000;
/// Before an edge, views have to have come to rest for as long as one may be read late.
const REST: Ms = 215_000;
/// 2026-03-07T18:00:00Z.
const EPOCH: Ms = 1_772_906_400_000;

/// The world of a seed.
pub fn world(seed: u64) -> Arc<World> {
    let mut random = StdRng::seed_from_u64(seed);
    let kind = KINDS[usize::try_from(seed).unwrap() % KINDS.len()];
    let mut world = plain(seed, kind, &mut random);
    let mut maker =
        Maker { quiet: Vec::new(), edges: Vec::new(), random, begin: world.begin, end: world.end };
    maker.edges = world.moments.iter().map(|at| at - world.window).filter(|at| *at > world.begin).collect();
    if viewed_twice(kind) {
        let edges = world.moments.iter().flat_map(|at| [*at, at - world.window]);
        maker.quiet = edges.map(|edge| edge - REST..edge + 1).collect();
        // Which view is the first tells what is history.
        maker.quiet.push(world.begin..world.begin + MINUTE);
    }
    let mut targets = maker.of_kind(kind);
    let beside = maker.random.random_range(0..=2);
    for _ in 0..beside {
        // What is beside it is in a job of its own, or in the same one.
        let other = match kind {
            Kind::Merged => kind,
            // A gap or a restart at that time would hide which series goes on under which label.
            Kind::ExternalLabel => Kind::Births,
            // What only one of two saw before a gap in which the process ended is lost.
            Kind::Replicas => Kind::Restarts,
            _ => maker.beside(),
        };
        let mut others = maker.of_kind(other);
        for target in &mut others {
            for (_, instance) in &mut target.instance {
                *instance = format!("{instance}-{}", targets.len());
            }
            if !world.named && maker.random.random_ratio(1, 2) {
                "other".clone_into(&mut target.job);
            }
        }
        targets.extend(others);
    }
    if kind == Kind::ExternalLabel {
        let at = maker.moment();
        for target in &mut targets {
            let name = |server: &str| vec![("prometheus", server.to_owned())];
            target.labels = vec![(0, name("p1")), (at, name("p2"))];
            target.marks = false;
        }
    }
    if viewed_twice(kind) {
        for target in &mut targets {
            maker.view_twice(target, kind == Kind::Merged);
            for life in target.lives.iter_mut().filter(|life| life.alive.end < world.end) {
                ends_at_rest(life, 65_000);
            }
        }
    }
    let late = if viewed_twice(kind) || maker.random.random_ratio(1, 2) { 0 } else { 25_000 };
    for target in &mut targets {
        target.late = late;
        target.happen(&mut world, &mut maker.random);
    }
    world.settle();
    Arc::new(world)
}

/// Two servers see it.
fn viewed_twice(kind: Kind) -> bool {
    matches!(kind, Kind::Replicas | Kind::Merged)
}

/// A world in which nothing happens.
fn plain(seed: u64, kind: Kind, random: &mut StdRng) -> World {
    let viewed_twice = viewed_twice(kind);
    let begin = EPOCH + random.random_range(0..86_400) * 1000;
    let length = if viewed_twice { 60 } else { random.random_range(20..=60) } * MINUTE;
    // The engine ticks on a grid of 30 s.
    let end = (begin + length) / 30_000 * 30_000;
    let window = random.random_range(10..=40) * MINUTE;
    let mut moments: Vec<Ms> = (0..if viewed_twice { 1 } else { 3 })
        .map(|_| random.random_range((begin + 5 * MINUTE) / 1000..end / 1000) * 1000)
        .collect();
    moments.push(end);
    let mut ticks = Vec::new();
    let mut tick = begin + random.random_range(1..=length / MINUTE / 2) * MINUTE;
    while tick < end {
        ticks.push(tick / 1000 * 1000);
        tick += if random.random_ratio(1, 4) {
            random.random_range(120..900)
        } else {
            random.random_range(30..180)
        } * 1000;
    }
    ticks.push(end);
    let mut dialect = DIALECTS[random.random_range(0..DIALECTS.len())];
    dialect.longest = random.random_ratio(1, 4).then(|| random.random_range(1000..1500) * 1000);
    dialect.refuses_up = random.random_ratio(1, 8);
    dialect.partial = random.random_ratio(1, 8);
    dialect.fails = random.random_ratio(1, 6).then(|| random.random_range(5..40));
    // One in four is asked of native histograms, as servers that have them answer.
    let native = seed / KINDS.len() as u64 % 4 == 3;
    if native && dialect.name.starts_with("VictoriaMetrics") {
        (dialect, dialect.longest, dialect.fails) = (DIALECTS[0], dialect.longest, dialect.fails);
    }
    World {
        seed,
        kind,
        native,
        begin,
        end,
        window,
        moments,
        ticks,
        style: if random.random() { Style::Codes } else { Style::Outcomes },
        named: random.random_ratio(2, 3),
        asks_bad: random.random(),
        dialect,
        series: Vec::new(),
        places: std::collections::HashMap::new(),
        events: Vec::new(),
    }
}
