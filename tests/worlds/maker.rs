//! The targets of each kind of world.

use std::ops::Range;

use rand::RngExt;
use rand::rngs::StdRng;

use super::kinds::{Kind, MINUTE};
use super::life::{Traffic, rare_ones_rest};
use super::target::{Life, Ms, Relabelled, Target, View};

/// Makes targets.
pub struct Maker {
    pub random: StdRng,
    pub begin: Ms,
    pub end: Ms,
    pub quiet: Vec<Range<Ms>>,
    /// Left edges of windows.
    pub edges: Vec<Ms>,
}

impl Maker {
    /// A kind that may happen beside any other.
    pub fn beside(&mut self) -> Kind {
        const BESIDE: [Kind; 4] = [Kind::Births, Kind::Restarts, Kind::Gaps, Kind::Rolling];
        BESIDE[self.random.random_range(0..BESIDE.len())]
    }

    /// A moment that is not too near the beginning or the end.
    pub fn moment(&mut self) -> Ms {
        self.random.random_range(self.begin + 3 * MINUTE..self.end - 2 * MINUTE)
    }

    fn traffic(&mut self) -> Traffic {
        let quiet = self.quiet.clone();
        Traffic { quiet, ..Traffic::any(&mut self.random) }
    }

    /// A target that has been there for long, with `past` events.
    fn old(&mut self, instance: &str, past: u64) -> Target {
        let traffic = self.traffic();
        let life = traffic.old(self.begin, self.end, past, &mut self.random);
        self.target(instance, vec![life])
    }

    fn past(&mut self) -> u64 {
        [20, 3000, 2_000_000][self.random.random_range(0..3)] + self.random.random_range(0..500)
    }

    fn target(&mut self, instance: &str, lives: Vec<Life>) -> Target {
        let interval = [5, 10, 15, 15, 30, 30, 60][self.random.random_range(0..7)] * 1000;
        let view = View { replica: None, skew: 0, phase: self.random.random_range(0..interval), away: 0..0 };
        Target {
            job: "shop".to_owned(),
            instance: vec![(0, instance.to_owned())],
            labels: Relabelled::new(),
            of_metric: Relabelled::new(),
            starts: lives.iter().map(|life| (life.alive.start, life.alive.start)).collect(),
            lives,
            scraped: 0..Ms::MAX,
            gap: 0..0,
            interval,
            pushed: false,
            zeros: false,
            created: false,
            marks: true,
            late: 0,
            views: vec![view],
        }
    }

    pub fn of_kind(&mut self, kind: Kind) -> Vec<Target> {
        match kind {
            Kind::Births | Kind::Replicas => self.births(),
            Kind::Restarts => vec![self.restarts()],
            Kind::CrashLoop => vec![self.crash_loop()],
            Kind::BlindRestarts => vec![self.blind_restarts()],
            Kind::Gaps => vec![self.gaps()],
            Kind::Merged => {
                let past = 20_000 + self.past();
                let mut target = self.old("m", past);
                for counter in &mut target.lives[0].counters {
                    (counter.base, counter.from) = (counter.base + past, 0);
                }
                vec![target]
            }
            Kind::Relabelled | Kind::ExternalLabel => vec![self.relabelled()],
            Kind::MetricRelabelled => vec![self.metric_relabelled()],
            Kind::ExporterReplaced => vec![self.exporter(true)],
            Kind::ExporterRestarts => vec![self.exporter(false)],
            Kind::Zeros => self.zeros(),
            Kind::Created => self.created(),
            Kind::Rolling => self.rolling(),
            Kind::Pushed => vec![self.pushed()],
            Kind::Young => vec![self.young()],
        }
    }

    fn births(&mut self) -> Vec<Target> {
        let past = self.past();
        let mut targets = vec![self.old("b0", past)];
        let begins = self.moment();
        let traffic = self.traffic();
        let life = traffic.process(begins..self.end, &mut self.random);
        targets.push(self.target("b1", vec![life]));
        targets
    }

    /// One life after another, from an old one on.
    fn restarting(&mut self, instance: &str, restarts: &[(Ms, Ms)], old: bool) -> Target {
        let traffic = self.traffic();
        let past = self.past();
        let mut lives = Vec::new();
        let mut from = self.begin - self.random.random_range(10..10_000_000);
        for (ended, began) in restarts.iter().copied().chain([(self.end, self.end)]) {
            lives.push(if lives.is_empty() && old {
                traffic.old(self.begin, ended, past, &mut self.random)
            } else {
                traffic.process(from.max(self.begin - 10 * MINUTE)..ended, &mut self.random)
            });
            from = began;
        }
        self.target(instance, lives)
    }

    fn restarts(&mut self) -> Target {
        let mut moments: Vec<Ms> = (0..self.random.random_range(1..4)).map(|_| self.moment()).collect();
        moments.sort_unstable();
        moments.dedup_by(|a, b| *a - *b < 3 * MINUTE);
        let down: Vec<(Ms, Ms)> =
            moments.iter().map(|at| (*at, at + self.random.random_range(300..100_000))).collect();
        let old = self.random.random();
        self.restarting("r", &down, old)
    }

    fn crash_loop(&mut self) -> Target {
        let mut at = self.moment();
        let mut down = Vec::new();
        for _ in 0..self.random.random_range(3..9) {
            let began = at + self.random.random_range(500..30_000);
            if began >= self.end {
                break;
            }
            down.push((at, began));
            at = (began + self.random.random_range(10_000..150_000)).min(self.end);
        }
        let old = self.random.random();
        self.restarting("c", &down, old)
    }

    fn blind_restarts(&mut self) -> Target {
        let at = self.random.random_range(self.begin + 15 * MINUTE..self.end - MINUTE);
        let mut target = self.restarting("x", &[(at, at + 1000)], true);
        let interval = target.interval;
        let began = at + self.random.random_range(300..interval);
        let [before, after] = &mut target.lives[..] else { unreachable!() };
        before.counters[0].base = before.counters[0].base.max(1000);
        after.alive.start = began;
        after.counters[0].steps.retain(|(step, _)| *step > began);
        rare_ones_rest(after, &(0..began + 3 * interval));
        for (counter, was) in after.counters.iter_mut().zip(&before.counters) {
            // A window may begin between this and its return.
            if was.from < at && counter.from > began + 8 * MINUTE {
                counter.from = began;
            }
        }
        target.starts.clear();
        target
    }

    fn gaps(&mut self) -> Target {
        let from = self.moment();
        let until = from + self.random.random_range(90_000..20 * MINUTE);
        let restarts = self.random.random_ratio(1, 2) && until < self.end;
        let mut target = if restarts {
            let at = self.random.random_range(from..until);
            self.restarting("g", &[(at, at + 500)], true)
        } else {
            let past = self.past();
            let mut target = self.old("g", past);
            if self.random.random() {
                target.starts.clear();
            }
            target
        };
        target.gap = from..until;
        target.marks = self.random.random();
        target
    }

    /// Either of two label sets, or none, from a moment on.
    fn relabel(&mut self) -> Relabelled {
        let env = |value: &str| vec![("env", value.to_owned())];
        let at = self.moment();
        match self.random.random_range(0..3) {
            0 => vec![(at, env("prod"))],
            1 => vec![(0, env("prod")), (at, Vec::new())],
            _ => vec![(0, env("prod")), (at, env("live"))],
        }
    }

    fn relabelled(&mut self) -> Target {
        let past = self.past();
        let mut target = self.old("l", past);
        target.labels = self.relabel();
        if self.random.random_ratio(1, 3) {
            target.starts.clear();
        }
        target
    }

    fn metric_relabelled(&mut self) -> Target {
        let past = self.past();
        let mut target = self.old("l", past);
        target.of_metric = self.relabel();
        // The same names.
        if target.of_metric.len() == 2 && !target.of_metric[1].1.is_empty() {
            target.of_metric.remove(0);
        }
        target
    }

    fn exporter(&mut self, replaced: bool) -> Target {
        let mut target = self.old("e0", 3_000_000);
        let at = self.moment();
        let least = if replaced { 1000 + 2 * target.interval } else { 1000 };
        let began = at + self.random.random_range(least..150_000);
        target.starts = vec![(0, self.begin - 86_400_000), (began, began)];
        target.gap = at..began;
        if replaced {
            target.instance.push((began, "e1".to_owned()));
        }
        target
    }

    fn zeros(&mut self) -> Vec<Target> {
        let mut targets = self.births();
        let down = self.restarts();
        targets.push(down);
        for target in &mut targets {
            target.zeros = true;
            if self.random.random() {
                target.starts.clear();
            }
        }
        // Of restarts without a process start only the zeros tell.
        targets
    }

    fn created(&mut self) -> Vec<Target> {
        let mut targets = self.births();
        for target in &mut targets {
            target.created = true;
            target.starts.clear();
        }
        targets
    }

    fn rolling(&mut self) -> Vec<Target> {
        let traffic = self.traffic();
        let at = self.moment();
        let began = at + self.random.random_range(-60_000..30_000);
        let past = self.past();
        let before = traffic.old(self.begin, at, past, &mut self.random);
        let after = traffic.process(began..self.end, &mut self.random);
        let mut old = self.target("p0", vec![before]);
        old.scraped = 0..at;
        let mut new = self.target("p1", vec![after]);
        new.interval = old.interval;
        new.scraped = began..Ms::MAX;
        vec![old, new]
    }

    fn pushed(&mut self) -> Target {
        let mut target = self.blind_restarts();
        target.pushed = true;
        target.marks = false;
        target
    }

    fn young(&mut self) -> Target {
        let edge = match self.edges.len() {
            0 => self.begin,
            some => self.edges[self.random.random_range(0..some)],
        };
        let began = edge - self.random.random_range(1000..280_000);
        let traffic = self.traffic();
        let life = traffic.process(began..self.end, &mut self.random);
        let mut target = self.target("y", vec![life]);
        target.scraped = edge..Ms::MAX;
        target
    }

    /// A second server scrapes the target, with a clock of its own.
    pub fn view_twice(&mut self, target: &mut Target, merged: bool) {
        target.interval = target.interval.min(20_000);
        let skew = self.random.random_range(0..20_000);
        let phase = self.random.random_range(0..target.interval);
        let away = self.moment();
        let away = if self.random.random() { away..away + 10 * MINUTE } else { 0..0 };
        let second = View { replica: None, skew, phase, away };
        target.views.push(second);
        if !merged {
            target.views[0].replica = Some("one");
            target.views[1].replica = Some("two");
        }
    }
}
