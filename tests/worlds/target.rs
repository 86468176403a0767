//! A scrape target and everything that happens to it; and what a server that scrapes it gets to see.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use rand::RngExt;
use rand::rngs::StdRng;
use slo_core::labels::Labels;
use slo_core::names::{INSTANCE, JOB, METRIC_NAME};

use super::world::{Event, Since, Stored, World};

/// All times here are milliseconds after the epoch.
pub type Ms = i64;

/// One counter of a process: how many events had happened by when.
pub struct Counter {
    pub code: &'static str,
    /// It is shown from then on.
    pub from: Ms,
    /// Events before the first step.
    pub base: u64,
    /// Moments, and how many events had happened since `base`.
    pub steps: Vec<(Ms, u64)>,
}

impl Counter {
    fn value(&self, at: Ms) -> Option<u64> {
        let known = self.steps.partition_point(|(step, _)| *step <= at);
        let counted = known.checked_sub(1).map_or(0, |last| self.steps[last].1);
        (at >= self.from).then_some(self.base + counted)
    }
}

/// As long as counters go on: a process, or the database behind an exporter.
pub struct Life {
    pub alive: Range<Ms>,
    pub counters: Vec<Counter>,
}

/// A way in which a target is read.
#[derive(Clone)]
pub struct View {
    pub replica: Option<&'static str>,
    /// How far its server's clock is ahead.
    pub skew: Ms,
    /// Where in the interval it scrapes.
    pub phase: Ms,
    pub away: Range<Ms>,
}

/// Labels that hold from a moment on.
pub type Relabelled = Vec<(Ms, Vec<(&'static str, String)>)>;

/// A target.
#[expect(clippy::struct_excessive_bools, reason = "what is true of it is independent of each other")]
pub struct Target {
    pub job: String,
    pub instance: Vec<(Ms, String)>,
    /// Labels of all its series, `up` included.
    pub labels: Relabelled,
    /// Labels of its counters alone.
    pub of_metric: Relabelled,
    pub lives: Vec<Life>,
    /// From when on it reports which process start; nothing where it is blind.
    pub starts: Vec<(Ms, Ms)>,
    pub scraped: Range<Ms>,
    /// Nobody scrapes it meanwhile.
    pub gap: Range<Ms>,
    pub interval: Ms,
    /// Nobody scrapes it: its series are pushed.
    pub pushed: bool,
    /// The server injects zeros at the time a counter was created.
    pub zeros: bool,
    /// It shows `_created`.
    pub created: bool,
    /// Series that are no longer scraped get a marker.
    pub marks: bool,
    /// Samples arrive up to so much later.
    pub late: Ms,
    pub views: Vec<View>,
}

fn at<T>(changes: &[(Ms, T)], now: Ms) -> Option<&T> {
    changes.iter().rfind(|(from, _)| *from <= now).map(|(_, value)| value)
}

/// What a view showed last: series by their places in the world.
#[derive(Default)]
struct Shown {
    series: BTreeSet<usize>,
    at: Ms,
    arrived: Ms,
}

/// What is read of a target in one scrape.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Read {
    Up,
    Start,
    Created(&'static str),
    Counter(&'static str),
}

/// The places of series, by the view, how often labels had changed, and what is read.
type Places = HashMap<(usize, usize, Read), usize>;

impl Target {
    /// The moments at which it is scraped, and by which view.
    fn scrapes(&self, world: &World, random: &mut StdRng) -> Vec<(Ms, usize)> {
        let mut scrapes = Vec::new();
        for (place, view) in self.views.iter().enumerate() {
            let mut next = world.begin + view.phase;
            while next < world.end {
                let now = next + random.random_range(0..=self.interval / 20);
                let is_away = view.away.contains(&now) || self.gap.contains(&now);
                if !is_away && self.scraped.contains(&now) {
                    scrapes.push((now, place));
                }
                next += self.interval;
            }
        }
        scrapes.sort_unstable();
        scrapes
    }

    /// The labels of what `view` reads at `now`.
    fn labels(&self, read: Read, view: &View, now: Ms, world: &World) -> Labels {
        let metric = match read {
            Read::Up => "up".to_owned(),
            Read::Start => "process_start_time_seconds".to_owned(),
            Read::Created(code) => world.metric(code).replace("_total", "_created"),
            Read::Counter(code) => world.metric(code).to_owned(),
        };
        let mut labels = vec![
            (METRIC_NAME, metric),
            (JOB, self.job.clone()),
            (INSTANCE, at(&self.instance, now).cloned().unwrap_or_default()),
            ("replica", view.replica.unwrap_or_default().to_owned()),
        ];
        labels.extend(at(&self.labels, now).into_iter().flatten().cloned());
        if let Read::Counter(code) | Read::Created(code) = read {
            labels.push(("code", code.to_owned()));
            labels.extend(at(&self.of_metric, now).into_iter().flatten().cloned());
        }
        labels.into_iter().collect()
    }

    /// How much later than by its first view an event may be counted. A replica is read in another one's place when that
    /// missed two scrapes, a minute apart for all that is known at first.
    fn slack(&self) -> Ms {
        let skew = self.views.iter().map(|view| view.skew.abs()).max().unwrap_or(0);
        if self.views.len() > 1 { 150_000 + 2 * self.interval + skew } else { 0 }
    }

    /// How often its labels had changed.
    fn epoch(&self, now: Ms) -> usize {
        let instances = self.instance.iter().map(|(from, _)| from);
        let labels = self.labels.iter().chain(&self.of_metric).map(|(from, _)| from);
        instances.chain(labels).filter(|from| **from <= now).count()
    }

    /// Scrapes it for as long as the world lasts.
    pub fn happen(&self, world: &mut World, random: &mut StdRng) {
        let mut places = Places::new();
        let mut seen: HashMap<(usize, usize), u64> = HashMap::new();
        let mut known = false;
        let mut shown: Vec<Shown> = self.views.iter().map(|_| Shown::default()).collect();
        let slack = self.slack();
        for (now, place) in self.scrapes(world, random) {
            let (view, last) = (&self.views[place], &mut shown[place]);
            let stamp = now + view.skew;
            let arrived = last.arrived.max(stamp + random.random_range(0..=self.late));
            if self.marks && last.at > 0 && stamp - last.at > self.interval * 3 / 2 {
                world.stale(&last.series, last.at + self.interval, last.arrived + self.interval);
                last.series.clear();
            }
            let epoch = self.epoch(now);
            let mut series = |world: &mut World, read: Read| {
                let key = (place, epoch, read);
                *places.entry(key).or_insert_with(|| world.series(self.labels(read, view, now, world)))
            };
            let life = self.lives.iter().enumerate().find(|(_, life)| life.alive.contains(&now));
            let start = at(&self.starts, now).copied();
            let mut exposed: Vec<(usize, f64)> = Vec::new();
            if !self.pushed {
                exposed.push((series(world, Read::Up), f64::from(u8::from(life.is_some()))));
            }
            if let Some(start) = start.filter(|_| life.is_some()) {
                exposed.push((series(world, Read::Start), start as f64 / 1000.0));
            }
            let mut is_read = !self.pushed && life.is_some();
            for (which, counter) in life.iter().flat_map(|(_, life)| life.counters.iter().enumerate()) {
                let Some(value) = counter.value(now) else {
                    continue;
                };
                let number = life.map_or(0, |(number, _)| number);
                let own = series(world, Read::Counter(counter.code));
                if self.created {
                    exposed.push((series(world, Read::Created(counter.code)), counter.from as f64 / 1000.0));
                }
                let before = seen.insert((number, which), value);
                let zero = self.zeros && before.is_none() && world.inject(own, counter.from, stamp, arrived);
                let since = match start.or(self.created.then_some(counter.from)) {
                    _ if before.is_some() || known || zero => Since::Always,
                    Some(start) => Since::After(start),
                    None => Since::Never,
                };
                let count = value.saturating_sub(before.unwrap_or(0));
                if count > 0 {
                    let bad = counter.code.starts_with('5');
                    // By the clock that is behind.
                    let (at, latest) = (now, now + slack);
                    let arrived = if slack > 0 { now } else { arrived };
                    let first = before.is_none().then_some(own);
                    world.events.push(Event { at, latest, arrived, bad, count, since, first });
                }
                exposed.push((own, value as f64));
                is_read = true;
            }
            known |= is_read;
            let now_shown: BTreeSet<usize> = exposed.iter().map(|(series, _)| *series).collect();
            if !self.pushed && last.series != now_shown {
                let gone: BTreeSet<usize> = last.series.difference(&now_shown).copied().collect();
                world.stale(&gone, stamp, arrived);
            }
            for (series, value) in exposed {
                world.sample(series, Stored { at: stamp, value: Some(value), arrived });
            }
            *last = Shown { series: now_shown, at: stamp, arrived };
        }
        self.end(&shown, world);
    }

    /// Marks what is not scraped any more.
    fn end(&self, shown: &[Shown], world: &mut World) {
        let end = world.end;
        for last in shown.iter().filter(|last| self.marks && last.at + self.interval < end) {
            world.stale(&last.series, last.at + self.interval, last.arrived + self.interval);
        }
    }
}
