//! Which groups of an SLO are shown: the worst, up to a limit; the rest is added up.

use super::{Situation, State, WindowSums, verdict};
use crate::counting::overflow;
use crate::slo::Slo;
use slo_core::labels::Labels;

/// The groups of an SLO that are shown, and what became of the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// In order of their labels; what was added up is among them as [`OVERFLOW_GROUP`](crate::counting::OVERFLOW_GROUP).
    pub groups: Vec<(Labels, WindowSums)>,
    /// How many were added up, of those that were counted by themselves.
    pub left_out: usize,
    /// How many of these have spent their budget.
    pub exhausted: usize,
}

impl Shown {
    /// What is said of the groups that are added up.
    pub fn warning(&self, max_groups: usize) -> Option<String> {
        let Self { left_out, exhausted, .. } = self;
        (*left_out > 0).then(|| {
            let spent = if *exhausted > 0 {
                format!("; {exhausted} of them have spent their budget")
            } else {
                String::new()
            };
            format!(
                "more than {max_groups} groups: {left_out} with fewer bad events are counted together in __other__ (--max-groups){spent}"
            )
        })
    }
}

/// The groups to show: those with the most bad events in the whole window, at most `max_groups` and the rest together.
pub fn shown(
    slo: &Slo,
    mut groups: Vec<(Labels, WindowSums)>,
    max_groups: usize,
    situation: Situation,
) -> Shown {
    let other = overflow(&slo.group_by);
    let is_other = |group: &Labels| !slo.group_by.is_empty() && *group == other;
    let named = groups.iter().filter(|(group, _)| !is_other(group)).count();
    if named <= max_groups {
        return Shown { groups, ..Shown::default() };
    }
    let bad = |sums: &WindowSums| sums.whole.total - sums.whole.good;
    // Of those that are equally bad, the busiest are shown; then order decides.
    groups.sort_by(|(a, one), (b, two)| {
        let worst = bad(two).total_cmp(&bad(one)).then(two.whole.total.total_cmp(&one.whole.total));
        is_other(a).cmp(&is_other(b)).then(worst).then_with(|| a.cmp(b))
    });
    let rest = groups.split_off(max_groups.min(groups.len()));
    let counted: Vec<_> = rest.iter().filter(|(group, _)| !is_other(group)).collect();
    let exhausted =
        counted.iter().filter(|(_, sums)| verdict(slo, sums, situation).state == State::Exhausted).count();
    let left_out = counted.len();
    groups.push((other.clone(), WindowSums::together(rest.iter().map(|(_, sums)| sums))));
    groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    Shown { groups, left_out, exhausted }
}
