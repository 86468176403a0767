//! Part 5: latency by week.

use super::chart::y_axis;
use super::write::{Out, dot, line, name, path, per_cent, put, svg, text};
use crate::review::{LatencyReview, LatencyWeek, ObjectiveReview, Review};
use crate::words;

/// Objectives that are drawn.
const MOST: usize = 12;
/// The scale of slow events, in powers of ten of what is allowed: at least from a tenth to tenfold, at most from a
/// thousandth to a thousandfold.
fn decades(burns: impl Iterator<Item = f64>) -> (f64, f64) {
    burns.filter(|burn| *burn > 0.0).map(f64::log10).fold((-1.0, 1.0), |(low, high), level| {
        (level.floor().clamp(-3.0, low), level.ceil().clamp(high, 3.0))
    })
}

pub(super) fn part(review: &Review) -> String {
    let mut out = Out::default();
    if review.latency.is_empty() {
        return out.0;
    }
    put!(
        out,
        "<p class=\"how\">Drawn is how many events were beyond the bound, in % of what the objective allows, on a logarithmic \
         scale; the line is 100 %. A ledger counts bounds and not percentiles: a p95 objective of 500 ms holds where 95 % were \
         within 500 ms.</p><div class=\"pair lat\">"
    );
    for latency in review.latency.iter().take(MOST) {
        if let Some(one) = review.objectives.get(latency.objective) {
            figure(&mut out, one, latency);
        }
    }
    put!(out, "</div>");
    if review.latency.len() > MOST {
        put!(
            out,
            "<p class=\"note\">{} more are in the table <code>latency</code> of the CSV.</p>",
            review.latency.len() - MOST
        );
    }
    out.0
}

fn label(week: &LatencyWeek) -> String {
    use chrono::Datelike;
    let (first, last) = (week.first.day(), week.last.day());
    let month = words::short_month(week.last);
    if week.first == week.last {
        format!("{last} {month}")
    } else if week.first.month() == week.last.month() {
        format!("{first}–{last} {month}")
    } else {
        format!("{first} {}–{last} {month}", words::short_month(week.first))
    }
}

fn figure(out: &mut Out, one: &ObjectiveReview, latency: &LatencyReview) {
    let (width, tall, count) = (300.0, 110.0, latency.weeks.len().max(1));
    let allowed = one.slo.target.budget();
    let burn = |week: &LatencyWeek| week.within().map(|within| (1.0 - within) / allowed);
    let (low, high) = decades(latency.weeks.iter().filter_map(burn));
    let y = |burn: f64| {
        let level = if burn > 0.0 { burn.log10() } else { low };
        (high - level.clamp(low, high)) / (high - low) * tall
    };
    let x = |number: usize| (number as f64 + 0.5) / count as f64 * width;
    put!(
        out,
        "<figure><figcaption><b>{}</b> {} % {}</figcaption><div class=\"plot\"><div class=\"box\" style=\"--h:110px\">{}",
        name(&one.name),
        words::target(one.slo.target.ratio()),
        text(&one.promise),
        svg("", width, tall, &format!("{} by week, % of what is allowed", one.name.clone()))
    );
    for level in [10.0, 0.1] {
        put!(out, "{}", line("grid", (0.0, y(level)), (width, y(level))));
    }
    put!(out, "{}", line("obj", (0.0, y(1.0)), (width, y(1.0))));
    // A week without events breaks the line.
    let mut run: Vec<(f64, f64)> = Vec::new();
    let flush = |out: &mut Out, run: &mut Vec<(f64, f64)>| {
        if run.len() > 1 {
            put!(out, "<path class=\"ln key\" d=\"{}\"/>", path(run.iter().copied()));
        }
        run.clear();
    };
    for (number, week) in latency.weeks.iter().enumerate() {
        match burn(week) {
            Some(burn) => run.push((x(number), y(burn))),
            None => flush(out, &mut run),
        }
    }
    flush(out, &mut run);
    for (number, week) in latency.weeks.iter().enumerate() {
        if let Some(burn) = burn(week) {
            put!(out, "{}", dot(if burn > 1.0 { "hot" } else { "" }, x(number), y(burn)));
        }
    }
    put!(out, "</svg>");
    y_axis(
        out,
        &[
            (y(10.0) / tall, "1,000".to_owned()),
            (y(1.0) / tall, "100".to_owned()),
            (y(0.1) / tall, "10".to_owned()),
        ],
    );
    put!(out, "</div><div class=\"xs\" aria-hidden=\"true\">");
    let every = count.div_ceil(6);
    for (number, week) in latency.weeks.iter().enumerate().step_by(every) {
        put!(out, "<i style=\"left:{}\">{}</i>", per_cent(x(number) / width), label(week));
    }
    put!(
        out,
        "</div></div><table class=\"small\"><caption class=\"vh\">{}</caption><thead><tr><th scope=\"col\">Week</th><th scope=\"col\" class=\"num\">All</th>\
         <th scope=\"col\" class=\"num\">{}, %</th><th scope=\"col\" class=\"num\">Of what is allowed, %</th></tr></thead><tbody>",
        name(&one.name),
        text(&sentence(&one.promise))
    );
    for week in &latency.weeks {
        let burn = burn(week);
        let class = if burn.is_some_and(|burn| burn > 1.0) { "num hot" } else { "num" };
        put!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"{class}\">{}</td></tr>",
            label(week),
            week.sums.map_or_else(|| words::NONE.to_owned(), |sums| words::count(sums.total)),
            words::reached(week.within(), words::reached_digits(one.slo.target.ratio())),
            words::percent(burn, 1)
        );
    }
    put!(out, "</tbody></table></figure>");
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
