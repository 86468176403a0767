//! The binary operators: arithmetic, comparison, sets, and how elements of two vectors find each other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Failure;
use super::plan::{Binary, Many, Matching, Op};
use super::run::Evaluator;
use super::value::{Grid, Row, Value, merge, nameless};
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;

/// Evaluates an operation.
pub(super) fn eval(evaluator: &Evaluator<'_>, binary: &Binary, grid: Grid) -> Result<Value, Failure> {
    let (left, right) = (evaluator.eval(&binary.left, grid)?, evaluator.eval(&binary.right, grid)?);
    evaluator.check()?;
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            let pairs = left.into_iter().zip(right);
            Ok(Value::Scalar(pairs.map(|(left, right)| number(binary.op, left, right)).collect()))
        }
        (Value::Vector(rows), Value::Scalar(scalar)) => with_scalar(binary, rows, &scalar, false),
        (Value::Scalar(scalar), Value::Vector(rows)) => with_scalar(binary, rows, &scalar, true),
        (Value::Vector(left), Value::Vector(right)) => match binary.op {
            Op::And | Op::Unless => Ok(Value::Vector(filtered(binary, left, &right, grid))),
            Op::Or => union(binary, left, right, grid).map(Value::Vector),
            _ => matched(binary, &left, &right, grid).map(Value::Vector),
        },
        _ => Err(Failure::Execution("operators take numbers and instant vectors only".to_owned())),
    }
}

impl Op {
    fn compares(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

/// The result as a number; a comparison is 0 or 1.
fn number(op: Op, left: f64, right: f64) -> f64 {
    match op {
        Op::Add => left + right,
        Op::Sub => left - right,
        Op::Mul => left * right,
        Op::Div => left / right,
        Op::Mod => left % right,
        Op::Pow => left.powf(right),
        Op::Atan2 => left.atan2(right),
        Op::Eq | Op::Ne | Op::Gt | Op::Ge | Op::Lt | Op::Le => f64::from(u8::from(holds(op, left, right))),
        // Set operators have no value of their own; the parser lets them stand between vectors only.
        Op::And | Op::Or | Op::Unless => f64::NAN,
    }
}

fn holds(op: Op, left: f64, right: f64) -> bool {
    match op {
        Op::Eq => left == right,
        Op::Ne => left != right,
        Op::Gt => left > right,
        Op::Ge => left >= right,
        Op::Lt => left < right,
        Op::Le => left <= right,
        Op::Add
        | Op::Sub
        | Op::Mul
        | Op::Div
        | Op::Mod
        | Op::Pow
        | Op::Atan2
        | Op::And
        | Op::Or
        | Op::Unless => false,
    }
}

/// What an element becomes: `None` when a comparison filters it out, else `kept` or the number.
fn element(binary: &Binary, left: f64, right: f64, kept: f64) -> Option<f64> {
    if binary.op.compares() && !binary.return_bool {
        return holds(binary.op, left, right).then_some(kept);
    }
    Some(number(binary.op, left, right))
}

fn with_scalar(binary: &Binary, rows: Vec<Row>, scalar: &[f64], scalar_left: bool) -> Result<Value, Failure> {
    let keeps_name = binary.op.compares() && !binary.return_bool;
    let rows = rows.into_iter().map(|row| {
        let values = row.values.into_iter().zip(scalar).map(|(value, scalar)| {
            let value = value?;
            let (left, right) = if scalar_left { (*scalar, value) } else { (value, *scalar) };
            element(binary, left, right, value)
        });
        Row { values: values.collect(), labels: if keeps_name { row.labels } else { nameless(&row.labels) } }
    });
    merge(rows.collect()).map(Value::Vector)
}

/// Numbers for the label sets on which elements match.
#[derive(Default)]
struct Signatures {
    known: HashMap<Labels, usize>,
}

impl Signatures {
    fn of(&mut self, rows: &[Row], matching: &Matching) -> Vec<usize> {
        let mut drop: Vec<&str> = matching.labels.iter().map(String::as_str).collect();
        drop.push(METRIC_NAME);
        rows.iter()
            .map(|row| {
                let labels =
                    if matching.on { row.labels.only(&matching.labels) } else { row.labels.without(&drop) };
                let next = self.known.len();
                *self.known.entry(labels).or_insert(next)
            })
            .collect()
    }

    fn name(&self, signature: usize) -> String {
        let labels = self.known.iter().find(|(_, number)| **number == signature);
        labels.map(|(labels, _)| labels.to_string()).unwrap_or_default()
    }
}

/// `and` and `unless`: elements of the left side with, or without, a partner on the right.
fn filtered(binary: &Binary, mut left: Vec<Row>, right: &[Row], grid: Grid) -> Vec<Row> {
    let mut signatures = Signatures::default();
    let left_signatures = signatures.of(&left, &binary.matching);
    let right_signatures = signatures.of(right, &binary.matching);
    let wanted = binary.op == Op::And;
    for step in 0..grid.count {
        let present = present(right, &right_signatures, step);
        for (row, signature) in left.iter_mut().zip(&left_signatures) {
            if present.contains(signature) != wanted
                && let Some(slot) = row.values.get_mut(step)
            {
                *slot = None;
            }
        }
    }
    left.retain(Row::has_values);
    left
}

/// `or`: the left side, and of the right what has no partner there.
fn union(binary: &Binary, left: Vec<Row>, mut right: Vec<Row>, grid: Grid) -> Result<Vec<Row>, Failure> {
    let mut signatures = Signatures::default();
    let left_signatures = signatures.of(&left, &binary.matching);
    let right_signatures = signatures.of(&right, &binary.matching);
    for step in 0..grid.count {
        let present = present(&left, &left_signatures, step);
        for (row, signature) in right.iter_mut().zip(&right_signatures) {
            if present.contains(signature)
                && let Some(slot) = row.values.get_mut(step)
            {
                *slot = None;
            }
        }
    }
    right.retain(Row::has_values);
    merge(left.into_iter().chain(right).collect())
}

fn present(rows: &[Row], signatures: &[usize], step: usize) -> HashSet<usize> {
    rows.iter().zip(signatures).filter(|(row, _)| row.at(step).is_some()).map(|(_, number)| *number).collect()
}

/// Arithmetic and comparison between two vectors.
fn matched(binary: &Binary, left: &[Row], right: &[Row], grid: Grid) -> Result<Vec<Row>, Failure> {
    let swapped = binary.matching.many == Many::Right;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut signatures = Signatures::default();
    let many_signatures = signatures.of(many, &binary.matching);
    let one_signatures = signatures.of(one, &binary.matching);
    let mut results = Results { grid, rows: Vec::new(), pairs: HashMap::new(), places: HashMap::new() };
    for step in 0..grid.count {
        if !many.iter().any(|row| row.at(step).is_some()) {
            continue;
        }
        let mut partners: HashMap<usize, (usize, f64)> = HashMap::with_capacity(one.len());
        for (place, (row, signature)) in one.iter().zip(&one_signatures).enumerate() {
            let Some(value) = row.at(step) else { continue };
            if partners.insert(*signature, (place, value)).is_some() {
                return Err(duplicate(&signatures.name(*signature), if swapped { "left" } else { "right" }));
            }
        }
        let mut used = HashSet::new();
        for (place, (row, signature)) in many.iter().zip(&many_signatures).enumerate() {
            let (Some(value), Some((partner, other))) = (row.at(step), partners.get(signature)) else {
                continue;
            };
            let (left, right) = if swapped { (*other, value) } else { (value, *other) };
            let Some(result) = element(binary, left, right, left) else { continue };
            if binary.matching.many == Many::Neither && !used.insert(*signature) {
                return Err(Failure::Execution(
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                        .to_owned(),
                ));
            }
            let labels = || result_labels(binary, &row.labels, one.get(*partner).map(|row| &*row.labels));
            results.set((place, *partner), step, result, labels)?;
        }
    }
    Ok(results.rows)
}

fn duplicate(group: &str, side: &str) -> Failure {
    Failure::Execution(format!(
        "found duplicate series for the match group {group} on the {side} hand-side of the operation; many-to-many \
         matching not allowed: matching labels must be unique on one side"
    ))
}

/// The rows of the result: found by the pair that made them, and shared where labels are equal.
struct Results {
    grid: Grid,
    rows: Vec<Row>,
    pairs: HashMap<(usize, usize), usize>,
    places: HashMap<Labels, usize>,
}

impl Results {
    fn set(
        &mut self,
        pair: (usize, usize),
        step: usize,
        value: f64,
        labels: impl FnOnce() -> Labels,
    ) -> Result<(), Failure> {
        let place = *self.pairs.entry(pair).or_insert_with(|| {
            *self.places.entry(labels()).or_insert_with_key(|labels| {
                self.rows.push(Row::empty(Arc::new(labels.clone()), self.grid));
                self.rows.len() - 1
            })
        });
        let Some(row) = self.rows.get_mut(place) else { return Ok(()) };
        if row.at(step).is_some() {
            return Err(Failure::Execution(
                "multiple matches for labels: grouping labels must ensure unique matches".to_owned(),
            ));
        }
        row.set(step, value);
        Ok(())
    }
}

/// The labels of a result: those of the side with many, without what matching leaves out, and with what `group_left`
/// or `group_right` brings from the other.
fn result_labels(binary: &Binary, many: &Labels, one: Option<&Labels>) -> Labels {
    let matching = &binary.matching;
    let mut labels = many.clone();
    if !binary.op.compares() || binary.return_bool {
        labels.remove(METRIC_NAME);
    }
    if matching.many == Many::Neither {
        labels = if matching.on { labels.only(&matching.labels) } else { labels.without(&matching.labels) };
    }
    for name in &matching.include {
        labels.set(name.as_str(), one.map_or("", |one| one.get(name)));
    }
    labels
}
