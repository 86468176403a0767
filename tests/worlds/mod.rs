//! A thousand random worlds: what is said of each, straight from its server, by an engine that ticks and is started anew now
//! and then, and by a ledger that is filled at the end, is what happened.
//!
//! `SLO_WORLD=seed cargo test -p slo --test main worlds` replays one and explains it; `SLO_WORLDS=n` tries the first n seeds.

mod check;
mod kinds;
mod ledger;
mod life;
mod maker;
mod real;
mod source;
mod target;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A number in the environment.
#[expect(clippy::disallowed_methods, reason = "which worlds are tried is asked by who runs the tests")]
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

/// The worlds whose seeds leave `part` over when they are divided by [`PARTS`].
async fn check(part: u64) {
    if let Some(seed) = asked("SLO_WORLD") {
        if seed % PARTS == part {
            let wrong = check::world(seed, true).await;
            assert_eq!(wrong, [""; 0], "world {seed}");
        }
        return;
    }
    let worlds = asked("SLO_WORLDS").unwrap_or(WORLDS);
    let mut failed: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut said = String::new();
    for seed in (0..worlds).filter(|seed| seed % PARTS == part) {
        let wrong = check::world(seed, false).await;
        if let Some(first) = wrong.first() {
            let kind = format!("{:?}", kinds::world(seed).kind);
            if failed.get(&kind).is_none_or(|known| known.len() < 2) {
                writeln!(said, "SLO_WORLD={seed} {kind}: {first} (and {} more)", wrong.len() - 1).unwrap();
            }
            failed.entry(kind).or_default().push(seed);
        }
    }
    assert!(failed.is_empty(), "{failed:?}\n{said}");
}

const WORLDS: u64 = 1000;
/// As many tests share the worlds.
const PARTS: u64 = 2;

#[tokio::test]
async fn one_half_of_the_worlds_is_counted_as_it_happened() {
    check(0).await;
}

#[tokio::test]
async fn the_other_half_of_the_worlds_is_counted_as_it_happened() {
    check(1).await;
}
