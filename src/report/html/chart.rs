//! Drawings that several parts share.

use chrono::Datelike;

use super::write::{Out, dot, line, path, per_cent, put, rect, svg, text};
use crate::review::{ObjectiveReview, Review, Spend};
use crate::words;

/// Bars of spent budget end here at most, so that one that is far over does not make all others vanish.
const MOST_BAR: f64 = 3.0;
/// And here at least, so that the line of 100 % has room on its right.
const LEAST_BAR: f64 = 1.5;

/// The common scale of bars of spent budget: the share at their right end.
pub(super) fn bar_scale(review: &Review) -> f64 {
    let most = review.objectives.iter().filter_map(|one| one.spent_ratio).fold(0.0, f64::max);
    most.clamp(LEAST_BAR, MOST_BAR)
}

/// A bar of spent budget against the line of 100 %. What is beyond the scale ends open.
pub(super) fn bar(spent: Option<f64>, scale: f64) -> String {
    let says = match spent {
        Some(spent) => format!("{} % of the budget spent", words::number(spent * 100.0, 1)),
        None => "nothing known".to_owned(),
    };
    let x = |share: f64| share / scale * 100.0;
    let mut out = svg("bar", 100.0, 10.0, &says);
    let spent = spent.unwrap_or_default();
    out += &rect("d", 0.0, 2.0, x(spent.min(1.0)), 6.0);
    if spent > 1.0 {
        out += &rect("over", x(1.0), 2.0, x(spent.min(scale)) - x(1.0), 6.0);
    }
    if spent > scale {
        out += &line("cut", (96.0, 0.0), (94.0, 10.0));
    }
    out + &line("limit", (x(1.0), 0.0), (x(1.0), 10.0)) + "</svg>"
}

/// Twelve months as bars on one scale.
pub(super) fn months(one: &ObjectiveReview, scale: f64) -> String {
    let (met, known) = one.months.met();
    let says = format!("Spent in each of twelve months; {met} of {known} met");
    let mut out = svg("spark", 120.0, 30.0, &says);
    let y = |share: f64| 30.0 - share.min(scale) / scale * 30.0;
    for (number, spent) in one.months.spent.iter().enumerate() {
        let x = number as f64 * 10.0 + 1.0;
        match spent {
            Some(spent) => {
                let class = if *spent > 1.0 { "over" } else { "d" };
                // A bar of nothing is still a month that was counted.
                let top = y(*spent).min(29.0);
                out += &rect(class, x, top, 8.0, 30.0 - top);
                if *spent > scale {
                    out += &line("cut", (x - 1.0, 5.0), (x + 9.0, 3.0));
                }
            }
            None => out += &dot("none", x + 4.0, 28.0),
        }
    }
    out + &line("limit", (0.0, y(1.0)), (120.0, y(1.0))) + "</svg>"
}

/// The share at the top of all twelve-month bars.
pub(super) fn month_scale(review: &Review) -> f64 {
    let most = review.objectives.iter().filter_map(|one| one.months.most()).fold(0.0, f64::max);
    most.clamp(LEAST_BAR, 2.2)
}

/// The axis of days under a drawing: the first day and each seventh after it, or months where there are several.
pub(super) fn day_axis(out: &mut Out, review: &Review) {
    let days = review.period.days();
    let count = days.len().max(1);
    put!(out, "<div class=\"xs\" aria-hidden=\"true\">");
    let first_months = if count > 100 { 3 } else { 1 };
    for (number, (day, _)) in days.iter().enumerate() {
        let left = per_cent(number as f64 / count as f64);
        let class = if number == 0 { " class=\"first\"" } else { "" };
        let month = words::short_month(*day);
        if count > 31 {
            // The first of each month, or of each quarter.
            if day.day() == 1 && day.month0().is_multiple_of(first_months) {
                put!(out, "<i{class} style=\"left:{left}\">{month}</i>");
            }
        } else if number == 0 {
            put!(out, "<i{class} style=\"left:{left}\">{} {month}</i>", day.day());
        } else if number.is_multiple_of(7) && count - number > 1 {
            put!(out, "<i style=\"left:{left}\">{}</i>", day.day());
        }
    }
    put!(out, "</div>");
}

/// Labels of horizontal lines, from the top (0) to the bottom (1).
pub(super) fn y_axis(out: &mut Out, labels: &[(f64, String)]) {
    put!(out, "<div class=\"ys\" aria-hidden=\"true\">");
    for (top, label) in labels {
        put!(out, "<i style=\"top:{}\">{}</i>", per_cent(*top), text(label));
    }
    put!(out, "</div>");
}

/// The budget that is left, from the period's first moment to its last.
pub(super) fn burn_down(out: &mut Out, review: &Review, one: &ObjectiveReview, spend: &Spend, height: u32) {
    let (width, tall) = (372.0, 150.0);
    let left = |bad: f64| 1.0 - one.share(bad).unwrap_or_default();
    let lowest = spend.burn_down.iter().map(|(_, bad)| left(*bad)).fold(0.0, f64::min);
    // Down to the next half budget below, so that nothing is cut.
    let bottom = ((lowest * 2.0).floor() / 2.0).min(-0.5);
    let y = |left: f64| (1.0 - left) / (1.0 - bottom) * tall;
    let share = one
        .spent_ratio
        .map_or_else(|| words::NONE.to_owned(), |spent| words::number((1.0 - spent) * 100.0, 1));
    put!(out, "<div class=\"plot\"><div class=\"box\" style=\"--h:{height}px\">");
    put!(
        out,
        "{}",
        svg("", width, tall, &format!("{}: {share} % of the budget left at the end", one.name.clone()))
    );
    for (_, incident) in review.lettered() {
        let place = review.incidents.iter().position(|other| other.facts.id == incident.facts.id);
        let touched = place.is_some_and(|place| spend.by_incident.contains_key(&place));
        if touched {
            let x = moment(review, incident.began) * width;
            put!(out, "{}", line("stem", (x, 0.0), (x, tall)));
        }
    }
    for level in [1.0, 0.5] {
        put!(out, "{}", line("grid", (0.0, y(level)), (width, y(level))));
    }
    put!(out, "{}", line("ideal", (0.0, y(1.0)), (width, y(0.0))));
    put!(out, "{}", line("zero", (0.0, y(0.0)), (width, y(0.0))));
    let points: Vec<(f64, f64)> = spend.burn_down.iter().map(|(x, bad)| (x * width, left(*bad))).collect();
    for (class, part) in split(&points) {
        put!(
            out,
            "<path class=\"ln {class}\" d=\"{}\"/>",
            path(simple(part.iter().map(|(x, left)| (*x, y(*left)))))
        );
    }
    put!(out, "</svg>");
    marks(out, review, spend);
    let label = |value: f64| (y(value) / tall, words::number(value * 100.0, 0));
    let mut labels = vec![label(1.0), label(0.0)];
    if bottom < -0.5 {
        labels.push(label(bottom));
    }
    y_axis(out, &labels);
    put!(out, "</div>");
    day_axis(out, review);
    put!(out, "</div>");
}

/// Where in the period a moment lies, from 0 to 1.
pub(super) fn moment(review: &Review, at: slo_core::time::Timestamp) -> f64 {
    let range = review.period.range();
    let share = (at - range.after).as_seconds_f64() / range.length().as_seconds_f64().max(1.0);
    share.clamp(0.0, 1.0)
}

/// The letters of incidents over a drawing; of neighbours that would lie on each other only the first, with a sign.
fn marks(out: &mut Out, review: &Review, spend: &Spend) {
    let mut last: f64 = -1.0;
    for (place, incident) in review.lettered().filter(|(place, _)| spend.by_incident.contains_key(place)) {
        let _ = place;
        let x = moment(review, incident.began);
        if x - last < 0.045 && last >= 0.0 {
            continue;
        }
        last = x;
        let letter = incident.letter.as_deref().unwrap_or_default();
        put!(out, "<i class=\"mk\" style=\"left:{}\" aria-hidden=\"true\">{letter}</i>", per_cent(x));
    }
}

/// A line in its parts above and below zero.
fn split(points: &[(f64, f64)]) -> Vec<(&'static str, Vec<(f64, f64)>)> {
    let mut parts: Vec<(&'static str, Vec<(f64, f64)>)> = Vec::new();
    for (number, (x, left)) in points.iter().enumerate() {
        let class = if *left < 0.0 { "hot" } else { "" };
        match parts.last_mut() {
            Some((known, part)) if *known == class => part.push((*x, *left)),
            _ => {
                // The two parts meet on the zero line.
                let before = number.checked_sub(1).and_then(|before| points.get(before)).copied();
                let meet = before.map(|(from, above)| {
                    let share = above / (above - left);
                    (from + (x - from) * share, 0.0)
                });
                if let (Some(meet), Some((_, part))) = (meet, parts.last_mut()) {
                    part.push(meet);
                }
                parts.push((class, meet.into_iter().chain([(*x, *left)]).collect()));
            }
        }
    }
    parts
}

/// A line without the points that lie on it anyway.
pub(super) fn simple(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    const NEAR: f64 = 0.35;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut pending: Vec<(f64, f64)> = Vec::new();
    for point in points {
        if let (Some(start), Some(last)) = (kept.last().copied(), pending.last().copied()) {
            let on_line = |(x, y): &(f64, f64)| {
                let share = if point.0 > start.0 { (x - start.0) / (point.0 - start.0) } else { 0.0 };
                (start.1 + (point.1 - start.1) * share - y).abs() <= NEAR
            };
            if !pending.iter().all(on_line) {
                kept.push(last);
                pending.clear();
            }
        }
        if kept.is_empty() {
            kept.push(point);
        } else {
            pending.push(point);
        }
    }
    kept.extend(pending.last());
    kept
}

/// A bar in a table that shows the whole of it.
pub(super) fn share_bar(
    class: &str,
    from: f64,
    to: f64,
    scale: f64,
    tick: Option<f64>,
    says: &str,
) -> String {
    let x = |share: f64| (share / scale).clamp(0.0, 1.0) * 100.0;
    let mut out = svg("bar", 100.0, 10.0, says);
    out += &rect(class, x(from), 1.0, (x(to) - x(from)).max(0.4), 8.0);
    if let Some(tick) = tick {
        out += &line("tick", (x(tick), 0.0), (x(tick), 10.0));
    }
    out + "</svg>"
}

/// A length in minutes on a logarithmic axis from 1 minute to `most`, from 0 to 1.
pub(super) fn logarithmic(minutes: f64, most: f64) -> f64 {
    let most = most.max(10.0);
    (minutes.max(1.0).ln() / most.ln()).clamp(0.0, 1.0)
}
