//! "Did you mean …?": the known word nearest to one that is not known. Pure.

/// The longest word that is compared; anything longer is no slip of the finger.
const LONGEST: usize = 64;

/// The candidate nearest to `word`, if it is near enough to be what was meant: at most a third of its letters differ.
/// Upper and lower case count as the same.
///
/// ```
/// assert_eq!(slo_core::suggest::closest("tagret", ["target", "op"]), Some("target"));
/// assert_eq!(slo_core::suggest::closest("weather", ["target", "op"]), None);
/// ```
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let folded: Vec<char> = word.to_lowercase().chars().collect();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| {
            let other: Vec<char> = candidate.to_lowercase().chars().collect();
            (distance(&folded, &other), other.len(), candidate)
        })
        .filter(|(edits, length, _)| *edits <= (folded.len().max(*length) / 3).max(1) && edits < length)
        .min_by_key(|(edits, _, _)| *edits)
        .map(|(_, _, candidate)| candidate)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn `a` into `b`
/// (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut previous_a = None;
    for (row, letter_a) in a.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push(row + 1);
        let mut previous_b = None;
        for (column, letter_b) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, column) + usize::from(letter_a != letter_b))
                .min(at(&above, column + 1) + 1)
                .min(at(&current, column) + 1);
            if column > 0 && previous_a == Some(letter_b) && previous_b == Some(letter_a) {
                best = best.min(at(&before, column - 1) + 1);
            }
            current.push(best);
            previous_b = Some(letter_b);
        }
        before = std::mem::replace(&mut above, current);
        previous_a = Some(letter_a);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn the_usual_slips_are_recognised() {
        let keys =
            ["target", "targetPercent", "timeSliceTarget", "timeSliceWindow", "displayName", "op", "value"];
        for (wrong, right) in [
            ("tagret", "target"),
            ("Target", "target"),
            ("targets", "target"),
            ("targetPercentage", "targetPercent"),
            ("timeslicetarget", "timeSliceTarget"),
            ("display_name", "displayName"),
            ("vlaue", "value"),
            ("po", "op"),
        ] {
            assert_eq!(closest(wrong, keys), Some(right), "{wrong}");
        }
    }

    #[test]
    fn what_is_far_away_is_not_suggested() {
        for wrong in ["", "weather", "x", "zz", &"target".repeat(50)] {
            assert_eq!(closest(wrong, ["target", "op"]), None, "{wrong}");
        }
    }
}
