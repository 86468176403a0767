//! Rounding that keeps sums: parts are shown with few digits and still add up to their whole, as it is shown.

/// `parts` as whole numbers of `unit` that add up to their sum, rounded to that unit: each is rounded down, and the units
/// that are missing go to those that lost the most (the largest-remainder method). Negative or odd parts count as nothing.
pub fn apportion(parts: &[f64], unit: f64) -> Vec<i64> {
    let scaled: Vec<f64> = parts
        .iter()
        .map(|part| part / unit)
        .map(|part| if part.is_finite() && part > 0.0 { part.min(1e15) } else { 0.0 })
        .collect();
    // The nudge keeps 0.3 / 0.1 = 2.9999999999999996 from being 2 and a large remainder.
    let floor = |part: f64| (part + 1e-9).floor();
    let whole = scaled.iter().sum::<f64>().round() as i64;
    let mut rounded: Vec<i64> = scaled.iter().map(|part| floor(*part) as i64).collect();
    let missing = whole - rounded.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..scaled.len()).collect();
    let lost = |at: usize| scaled.get(at).map_or(0.0, |part| part - floor(*part));
    // Of those that lost the same, the first.
    order.sort_by(|a, b| lost(*b).total_cmp(&lost(*a)).then(a.cmp(b)));
    for at in order.into_iter().take(usize::try_from(missing).unwrap_or_default()) {
        if let Some(part) = rounded.get_mut(at) {
            *part += 1;
        }
    }
    rounded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thirds_are_not_ninety_nine() {
        assert_eq!(apportion(&[1.0, 1.0, 1.0], 0.03), [34, 33, 33]);
        assert_eq!(apportion(&[0.3, 0.1], 0.1), [3, 1]);
        assert_eq!(apportion(&[], 0.1), Vec::<i64>::new());
        assert_eq!(apportion(&[f64::NAN, -1.0, 2.0], 1.0), [0, 0, 2]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_rounded_whole(parts in prop::collection::vec(0.0..500.0_f64, 0..40)) {
            let rounded = apportion(&parts, 0.1);
            let whole = (parts.iter().sum::<f64>() / 0.1).round() as i64;
            prop_assert_eq!(rounded.iter().sum::<i64>(), whole);
            for (part, shown) in parts.iter().zip(&rounded) {
                prop_assert!((part / 0.1 - *shown as f64).abs() < 1.0 + 1e-6);
            }
        }
    }
}
