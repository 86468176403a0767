//! Whatever is written into a definition, loading it ends, tells places that exist, and does not panic.

use proptest::prelude::*;
use slo_definitions::{load_str, render};

const SEEDS: [&str; 5] = [
    include_str!("../../rules/slos/availability.yaml"),
    include_str!("../../rules/slos/latency.yaml"),
    include_str!("../../rules/slos/freshness.yaml"),
    include_str!("../golden/spec/in-valid.yaml"),
    include_str!("../golden/spec/in-alerts.yaml"),
];

/// Pieces of YAML, `OpenSLO` and PromQL to throw in.
const PIECES: [&str; 32] = [
    "\n",
    "  ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a ",
    "<<: *a\n",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "#",
    "---\n",
    "\t",
    "!!str ",
    "\u{feff}",
    "é",
    "\u{1f600}",
    "0",
    "-1",
    "1e999",
    ".nan",
    "null",
    "target",
    "rate(",
    "$window",
    "\\",
    "\r",
];

fn survives(text: &str) -> Result<(), TestCaseError> {
    let loaded = load_str("x.yaml", text);
    let lines = text.lines().count();
    for found in &loaded.diagnostics {
        prop_assert!(found.place.line <= lines.max(1) + 1, "{found:?}\n{text}");
        prop_assert!(found.place.end_column > found.place.column, "{found:?}");
        prop_assert!(!render(found).is_empty());
        if let Some(line) = &found.place.source_line {
            prop_assert!(
                found.place.column <= line.chars().count() + 1 || line.chars().count() >= 400,
                "{found:?}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_definitions(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0..6usize), 1..6),
    ) {
        let mut characters: Vec<char> = SEEDS[seed].chars().collect();
        for (at, piece, removed) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + removed).min(characters.len());
            characters.splice(at..end, PIECES[piece].chars());
        }
        let text: String = characters.into_iter().collect();
        survives(&text)?;
    }

    #[test]
    fn lines_moved_and_doubled(
        seed in 0..SEEDS.len(),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..4),
    ) {
        let mut lines: Vec<&str> = SEEDS[seed].lines().collect();
        for (from, to, double) in moves {
            let from = from.index(lines.len());
            let line = if double { lines[from] } else { lines.remove(from) };
            let to = to.index(lines.len() + 1);
            lines.insert(to, line);
        }
        survives(&lines.join("\n"))?;
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        survives(&text)?;
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        survives(&text)?;
    }
}
