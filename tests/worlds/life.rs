//! What happens inside processes: how busy they are, when which counter begins, and when they end.

use std::ops::Range;

use rand::RngExt;
use rand::rngs::StdRng;

use super::target::{Counter, Life, Ms};

/// How busy a target is: for each code how long it is between steps, how large they are at most, and whether it is shown at
/// zero from the start.
#[derive(Clone)]
pub struct Traffic {
    pub codes: Vec<Code>,
    /// Nothing happens in these times.
    pub quiet: Vec<Range<Ms>>,
}

#[derive(Clone)]
pub struct Code {
    pub name: &'static str,
    pub gap: Ms,
    pub most: u64,
    pub shown_at_zero: bool,
}

impl Traffic {
    pub fn any(random: &mut StdRng) -> Self {
        let mut code = |name, gap: Range<Ms>, most: Range<u64>| Code {
            name,
            gap: random.random_range(gap) * 1000,
            most: random.random_range(most),
            shown_at_zero: random.random_ratio(1, 5),
        };
        let mut codes = vec![code("200", 2..9, 1..20), code("500", 40..400, 1..40)];
        codes.extend([code("404", 20..90, 1..8), code("503", 300..2000, 1..400)]);
        codes[0].shown_at_zero = random.random_ratio(4, 5);
        codes.truncate(random.random_range(2..=4));
        Self { codes, quiet: Vec::new() }
    }

    fn steps(&self, code: &Code, times: Range<Ms>, random: &mut StdRng) -> Vec<(Ms, u64)> {
        let (mut steps, mut events, mut at) = (Vec::new(), 0, times.start);
        loop {
            at += random.random_range(code.gap / 2..=code.gap * 3 / 2);
            if at >= times.end {
                return steps;
            }
            if self.quiet.iter().any(|quiet| quiet.contains(&at)) {
                continue;
            }
            events += random.random_range(code.most.div_ceil(2)..=code.most);
            steps.push((at, events));
        }
    }

    /// A process that begins with nothing.
    pub fn process(&self, alive: Range<Ms>, random: &mut StdRng) -> Life {
        let counter = |code: &Code| {
            let steps = self.steps(code, alive.clone(), random);
            let first = steps.first().map_or(alive.end, |(at, _)| *at);
            Counter {
                code: code.name,
                from: if code.shown_at_zero { alive.start } else { first },
                base: 0,
                steps,
            }
        };
        Life { counters: self.codes.iter().map(counter).collect(), alive }
    }

    /// Something that has run for long when the world begins. `past` events of the first kind have happened, and fewer of
    /// the others, or none.
    pub fn old(&self, begin: Ms, end: Ms, past: u64, random: &mut StdRng) -> Life {
        let alive = begin - 40 * 86_400_000..end;
        let counter = |(place, code): (usize, &Code)| {
            let steps = self.steps(code, begin - 600_000..end, random);
            let first = steps.first().map_or(end, |(at, _)| *at);
            let base = match (place, random.random_range(0..3)) {
                (0, _) => past,
                (_, 0) => 0,
                (_, 1) => random.random_range(1..=past.clamp(1, 4)),
                _ => past / 33,
            };
            let shown = base > 0 || code.shown_at_zero;
            Counter { code: code.name, from: if shown { alive.start } else { first }, base, steps }
        };
        Life { counters: self.codes.iter().enumerate().map(counter).collect(), alive: alive.clone() }
    }
}

/// Nothing but the first counter happens in `range`.
pub fn rare_ones_rest(life: &mut Life, range: &Range<Ms>) {
    for counter in life.counters.iter_mut().skip(1) {
        let before: u64 = counter.steps.iter().rfind(|(at, _)| *at < range.start).map_or(0, |(_, n)| *n);
        let inside = counter.steps.iter().rfind(|(at, _)| range.contains(at)).map_or(before, |(_, n)| *n);
        counter.steps.retain(|(at, _)| !range.contains(at));
        for (at, events) in &mut counter.steps {
            if *at >= range.end {
                *events -= inside - before;
            }
        }
        if counter.base == 0 && range.contains(&counter.from) && counter.from > life.alive.start {
            counter.from = counter.steps.first().map_or(life.alive.end, |(at, _)| *at);
        }
    }
}

/// Nothing happens in the last `length` of a life: both of two views see all of it.
pub fn ends_at_rest(life: &mut Life, length: Ms) {
    let until = life.alive.end - length;
    for counter in &mut life.counters {
        counter.steps.retain(|(at, _)| *at < until);
        if counter.from > until {
            counter.from = Ms::MAX;
        }
    }
}
