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
    /// What was added up, if anything was.
    pub rest: Option<Rest>,
}

/// The groups that are not shown by themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// The group that they are added up in.
    group: Labels,
    /// How many groups are shown.
    max_groups: usize,
    /// How many they are at least: as far as they were counted by themselves.
    pub groups: usize,
    /// How many of them have spent their budget, as far as they were counted by themselves.
    pub exhausted: usize,
}

impl Shown {
    /// What was added up in `group`, if it is the one of the others.
    pub fn rest_in(&self, group: &Labels) -> Option<&Rest> {
        self.rest.as_ref().filter(|rest| rest.group == *group)
    }
}

impl Rest {
    /// What is said of it.
    pub fn warning(&self) -> String {
        let spent = match self.exhausted {
            0 => String::new(),
            some => format!("; {some} of them have spent their budget"),
        };
        format!(
            "more than {} groups: those with the fewest bad events are counted together in __other__ (--max-groups){spent}",
            self.max_groups
        )
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
        let has_rest = named < groups.len();
        return Shown {
            groups,
            rest: has_rest.then_some(Rest { group: other, max_groups, groups: 1, exhausted: 0 }),
        };
    }
    let bad = |sums: &WindowSums| sums.whole.total - sums.whole.good;
    // Of those that are equally bad, the busiest are shown; then order decides.
    groups.sort_by(|(a, one), (b, two)| {
        let worst = bad(two).total_cmp(&bad(one)).then(two.whole.total.total_cmp(&one.whole.total));
        is_other(a).cmp(&is_other(b)).then(worst).then_with(|| a.cmp(b))
    });
    let rest = groups.split_off(max_groups.min(groups.len()));
    let spent = |sums: &WindowSums| verdict(slo, sums, situation).state == State::Exhausted;
    let exhausted = rest.iter().filter(|(group, sums)| !is_other(group) && spent(sums)).count();
    let left_out = rest.len();
    groups.push((other.clone(), WindowSums::together(rest.iter().map(|(_, sums)| sums))));
    groups.sort_by(|(a, _), (b, _)| a.cmp(b));
    Shown { groups, rest: Some(Rest { group: other, max_groups, groups: left_out, exhausted }) }
}
