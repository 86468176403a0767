//! The aggregation operators.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::Failure;
use super::labels::check_name;
use super::plan::{Aggregation, Fold, Keep, Node};
use super::run::Evaluator;
use super::value::{Grid, Row};
use super::window::{quantile, spread};
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;

/// Rows that are folded into one.
struct Group {
    labels: Arc<Labels>,
    members: Vec<Row>,
}

/// Evaluates an aggregation.
pub(super) fn eval(
    evaluator: &Evaluator<'_>,
    aggregation: &Aggregation,
    grid: Grid,
) -> Result<Vec<Row>, Failure> {
    let groups = grouped(evaluator.vector(&aggregation.inner, grid)?, &aggregation.keep);
    let parameter = || match &aggregation.parameter {
        Some(node) => evaluator.scalar(node, grid),
        None => Err(Failure::BadData("the aggregation's parameter is missing".to_owned())),
    };
    match aggregation.fold {
        Fold::TopK => Ok(ranked(groups, &parameter()?, |one, other| other.total_cmp(one))),
        Fold::BottomK => Ok(ranked(groups, &parameter()?, f64::total_cmp)),
        Fold::CountValues => count_values(groups, aggregation.parameter.as_ref(), grid),
        Fold::Quantile => {
            let phi = parameter()?;
            Ok(folded(groups, grid, |step, values| {
                quantile(phi.get(step).copied().unwrap_or(f64::NAN), values)
            }))
        }
        Fold::Sum => Ok(folded(groups, grid, |_, values| values.iter().sum())),
        Fold::Avg => Ok(folded(groups, grid, |_, values| values.iter().sum::<f64>() / values.len() as f64)),
        Fold::Min => Ok(folded(groups, grid, |_, values| best(values, |value, best| value < best))),
        Fold::Max => Ok(folded(groups, grid, |_, values| best(values, |value, best| value > best))),
        Fold::Count => Ok(folded(groups, grid, |_, values| values.len() as f64)),
        Fold::Group => Ok(folded(groups, grid, |_, _| 1.0)),
        Fold::Stddev => Ok(folded(groups, grid, |_, values| spread(values.iter().copied()).sqrt())),
        Fold::Stdvar => Ok(folded(groups, grid, |_, values| spread(values.iter().copied()))),
    }
}

/// Groups in the order in which their first rows come.
fn grouped(rows: Vec<Row>, keep: &Keep) -> Vec<Group> {
    let drop = match keep {
        Keep::By(_) => Vec::new(),
        Keep::Without(names) => {
            names.iter().map(String::as_str).chain(std::iter::once(METRIC_NAME)).collect::<Vec<_>>()
        }
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<Labels, usize> = HashMap::new();
    for row in rows {
        let labels = match keep {
            Keep::By(names) => row.labels.only(names),
            Keep::Without(_) => row.labels.without(&drop),
        };
        match places.entry(labels) {
            Entry::Occupied(entry) => {
                if let Some(group) = groups.get_mut(*entry.get()) {
                    group.members.push(row);
                }
            }
            Entry::Vacant(entry) => {
                groups.push(Group { labels: Arc::new(entry.key().clone()), members: vec![row] });
                entry.insert(groups.len() - 1);
            }
        }
    }
    groups
}

/// One row per group; a step at which no member has a value has none.
fn folded(groups: Vec<Group>, grid: Grid, fold: impl Fn(usize, &mut [f64]) -> f64) -> Vec<Row> {
    let mut values = Vec::new();
    groups
        .into_iter()
        .map(|group| {
            let mut row = Row::empty(group.labels, grid);
            for step in 0..grid.count {
                values.clear();
                values.extend(group.members.iter().filter_map(|member| member.at(step)));
                if !values.is_empty() {
                    row.set(step, fold(step, &mut values));
                }
            }
            row
        })
        .collect()
}

/// The value that no other beats; NaN only when there is nothing else.
fn best(values: &[f64], beats: fn(f64, f64) -> bool) -> f64 {
    let start = f64::NAN;
    values.iter().fold(start, |best, value| if best.is_nan() || beats(*value, best) { *value } else { best })
}

/// `topk` and `bottomk`: the rows themselves, holes where they are not among the first k. Of an instant query they
/// come in order of value.
fn ranked(groups: Vec<Group>, k: &[f64], order: fn(&f64, &f64) -> std::cmp::Ordering) -> Vec<Row> {
    let mut answer = Vec::new();
    for Group { members, .. } in groups {
        let mut kept: Vec<Row> = members
            .iter()
            .map(|row| Row { labels: Arc::clone(&row.labels), values: vec![None; k.len()] })
            .collect();
        let mut first_order: Vec<usize> = Vec::new();
        for (step, k) in k.iter().enumerate() {
            let mut present: Vec<(usize, f64)> = members
                .iter()
                .enumerate()
                .filter_map(|(place, row)| row.at(step).map(|value| (place, value)))
                .collect();
            present.sort_by(|(_, one), (_, other)| {
                one.is_nan().cmp(&other.is_nan()).then_with(|| order(one, other))
            });
            // A k below 1, NaN included, keeps nothing.
            present.truncate(*k as usize);
            for (place, value) in &present {
                if let Some(row) = kept.get_mut(*place) {
                    row.set(step, *value);
                }
            }
            if step == 0 {
                first_order = present.into_iter().map(|(place, _)| place).collect();
            }
        }
        let rank = |place: usize| first_order.iter().position(|first| *first == place).unwrap_or(usize::MAX);
        let mut kept: Vec<(usize, Row)> = kept.into_iter().enumerate().collect();
        kept.sort_by_key(|(place, _)| rank(*place));
        answer.extend(kept.into_iter().map(|(_, row)| row).filter(Row::has_values));
    }
    answer
}

/// `count_values`: how many members have each value, the value in a label.
fn count_values(groups: Vec<Group>, parameter: Option<&Node>, grid: Grid) -> Result<Vec<Row>, Failure> {
    let Some(Node::Text(name)) = parameter else {
        return Err(Failure::BadData("count_values needs a label name as its parameter".to_owned()));
    };
    check_name(name, "label name in count_values()")?;
    let mut answer: Vec<Row> = Vec::new();
    let mut places: HashMap<Labels, usize> = HashMap::new();
    for group in groups {
        for member in &group.members {
            for (step, value) in member.values.iter().enumerate() {
                let Some(value) = value else { continue };
                let mut labels = (*group.labels).clone();
                labels.set(name.as_str(), in_label(*value));
                let place = *places.entry(labels).or_insert_with_key(|labels| {
                    answer.push(Row::empty(Arc::new(labels.clone()), grid));
                    answer.len() - 1
                });
                if let Some(row) = answer.get_mut(place) {
                    let counted = row.at(step).unwrap_or(0.0);
                    row.set(step, counted + 1.0);
                }
            }
        }
    }
    Ok(answer)
}

/// A number as a label has it: no exponent, `+Inf` with its sign.
fn in_label(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}
