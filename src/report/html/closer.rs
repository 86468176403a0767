//! One objective closely: its burn-down, what was bad by day, by group, by hour and weekday.

use chrono::Datelike;

use super::chart::{burn_down, day_axis, share_bar, y_axis};
use super::write::{Out, dot, line, name, put as write, svg, text};
use crate::review::{ObjectiveReview, Review, Spend};
use crate::share::apportion;
use crate::words;

/// Steps of the heat map, in % of the budget: each about three times the one before, so that one incident does not hide the
/// rest.
const STEPS: [f64; 5] = [0.1, 0.3, 1.0, 3.0, 10.0];
/// Days of which each has a row.
const MOST_DAYS: usize = 31;

/// Writes it; folded unless `open`.
pub(super) fn put(out: &mut Out, review: &Review, one: &ObjectiveReview, spend: &Spend, open: bool) {
    if open {
        write!(out, "<h3 id=\"closer\">Closer: {}</h3>", name(&one.name));
    } else {
        write!(out, "<details class=\"close\"><summary>Closer: {}</summary>", name(&one.name));
    }
    if open {
        write!(out, "<figure><figcaption class=\"unit\">Budget left, %</figcaption>");
        burn_down(out, review, one, spend, 190);
        write!(out, "</figure>");
    }
    days(out, review, one, spend);
    groups(out, one, spend);
    hours(out, review, one, spend);
    if !open {
        write!(out, "</details>");
    }
}

/// The share of bad events by day, on a logarithmic scale, with what is allowed.
fn days(out: &mut Out, review: &Review, one: &ObjectiveReview, spend: &Spend) {
    let allowed = one.slo.target.budget() * 100.0;
    let share = |sums: slo_model::budget::Sums| sums.ratio().map(|good| (1.0 - good) * 100.0);
    let shares: Vec<Option<f64>> = spend.by_day.iter().map(|day| share(day.sums)).collect();
    let known: Vec<f64> = shares.iter().flatten().copied().filter(|share| *share > 0.0).collect();
    if known.is_empty() {
        return;
    }
    let decade = |value: f64| value.log10();
    let lowest = known.iter().copied().fold(allowed, f64::min).max(allowed / 1000.0);
    let (low, high) = (
        decade(lowest).floor(),
        decade(known.iter().copied().fold(allowed, f64::max)).ceil().max(decade(lowest).floor() + 1.0),
    );
    let (width, tall) = (372.0, 120.0);
    let y = |value: f64| (high - decade(value.max(lowest)).clamp(low, high)) / (high - low) * tall;
    let count = review.period.days().len().max(1) as f64;
    let x = |number: usize| (number as f64 + 0.5) / count * width;
    write!(
        out,
        "<figure><figcaption class=\"unit\">Bad {} by day, %, logarithmic; the line is what the objective allows, {} %</figcaption>\
         <div class=\"plot\"><div class=\"box\" style=\"--h:120px\">",
        text(&one.unit.many()),
        words::target(one.slo.target.budget())
    );
    write!(out, "{}", svg("", width, tall, &format!("Bad share by day of {}", one.name.clone())));
    let decades: Vec<f64> = (0..=(high - low) as i64).map(|step| high - step as f64).collect();
    for level in &decades {
        let height = (high - level) / (high - low) * tall;
        write!(out, "{}", line("grid", (0.0, height), (width, height)));
    }
    write!(out, "{}", line("obj", (0.0, y(allowed)), (width, y(allowed))));
    for (number, value) in shares.iter().enumerate() {
        if let Some(value) = value.filter(|value| *value > 0.0) {
            let (stem, class) = if value > allowed { ("stem hot", "hot") } else { ("stem", "") };
            write!(
                out,
                "{}{}",
                line(stem, (x(number), y(value)), (x(number), y(allowed))),
                dot(class, x(number), y(value))
            );
        }
    }
    write!(out, "</svg>");
    let labels: Vec<(f64, String)> = decades
        .iter()
        .map(|level| {
            let digits = usize::try_from((-level) as i64).unwrap_or_default().min(6);
            ((high - level) / (high - low), words::number(10_f64.powf(*level), digits))
        })
        .collect();
    y_axis(out, &labels);
    write!(out, "</div>");
    day_axis(out, review);
    write!(out, "</div></figure>");
    if spend.by_day.len() <= MOST_DAYS {
        day_table(out, one, spend);
    }
}

fn day_table(out: &mut Out, one: &ObjectiveReview, spend: &Spend) {
    write!(
        out,
        "<details><summary>Numbers by day</summary><div class=\"cols\"><table class=\"plain\"><thead><tr><th scope=\"col\">Day</th>\
         <th scope=\"col\" class=\"num\">All</th><th scope=\"col\" class=\"num\">Bad</th>\
         <th scope=\"col\" class=\"num\">% of budget</th></tr></thead><tbody>"
    );
    let bad: Vec<f64> = spend.by_day.iter().map(super::super::review::DaySpend::bad).collect();
    let shares: Vec<f64> = bad.iter().map(|bad| one.share(*bad).unwrap_or_default() * 100.0).collect();
    for ((day, count), tenths) in spend.by_day.iter().zip(apportion(&bad, 1.0)).zip(apportion(&shares, 0.1)) {
        let weekday = words::weekday(day.day.weekday()).get(..3).unwrap_or_default();
        write!(
            out,
            "<tr><th scope=\"row\">{weekday} {}</th><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>",
            words::day(day.day),
            words::count(day.sums.total),
            words::number(count as f64, 0),
            words::number(tenths as f64 / 10.0, 1)
        );
    }
    write!(out, "</tbody></table></div></details>");
}

fn groups(out: &mut Out, one: &ObjectiveReview, spend: &Spend) {
    if spend.by_group.is_empty() {
        return;
    }
    let total: f64 = spend.by_group.iter().map(|group| group.total).sum();
    let (bad, all): (Vec<f64>, Vec<f64>) =
        spend.by_group.iter().map(|group| (group.bad, group.total)).unzip();
    let (shares, traffic) = (
        apportion(
            &bad.iter().map(|bad| bad / spend.bad.max(f64::MIN_POSITIVE) * 100.0).collect::<Vec<_>>(),
            0.1,
        ),
        apportion(&all.iter().map(|one| one / total.max(f64::MIN_POSITIVE) * 100.0).collect::<Vec<_>>(), 0.1),
    );
    let counts = apportion(&bad, 1.0);
    let most = shares.iter().chain(&traffic).copied().max().unwrap_or(1000) as f64 / 1000.0 * 1.08;
    let label = one.slo.group_by.join(", ");
    write!(
        out,
        "<h4>By {}</h4><p class=\"how\">Bar: share of what was bad. Tick: share of all {}. A bar far beyond its tick is a group \
         that fares worse than the rest.</p><table class=\"groups\"><thead><tr><th scope=\"col\">{}</th>\
         <th scope=\"col\" class=\"bars\"><span class=\"vh\">Bar</span></th><th scope=\"col\" class=\"num\">Bad, %</th>\
         <th scope=\"col\" class=\"num\">All, %</th><th scope=\"col\" class=\"num\">Bad {}</th></tr></thead><tbody>",
        name(&label),
        text(&one.unit.many()),
        name(&label),
        text(&one.unit.many())
    );
    for (((group, share), traffic), count) in spend.by_group.iter().zip(&shares).zip(&traffic).zip(&counts) {
        let shown = group
            .name
            .as_deref()
            .map_or_else(|| "all others".to_owned(), |group| format!("<code>{}</code>", name(group)));
        let (part, of) = (*share as f64 / 1000.0, *traffic as f64 / 1000.0);
        let says = format!(
            "{} % of what was bad, {} % of all",
            words::number(part * 100.0, 1),
            words::number(of * 100.0, 1)
        );
        write!(
            out,
            "<tr><th scope=\"row\">{shown}</th><td class=\"bars\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td></tr>",
            share_bar("d", 0.0, part, most, Some(of), &says),
            words::number(part * 100.0, 1),
            words::number(of * 100.0, 1),
            words::number(*count as f64, 0)
        );
    }
    write!(
        out,
        "</tbody><tfoot><tr><th scope=\"row\">All</th><td class=\"bars\"></td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
         <td class=\"num\">{}</td></tr></tfoot></table>",
        words::number(shares.iter().sum::<i64>() as f64 / 10.0, 1),
        words::number(traffic.iter().sum::<i64>() as f64 / 10.0, 1),
        words::number(counts.iter().sum::<i64>() as f64, 0)
    );
}

/// The heat map, which is a table.
fn hours(out: &mut Out, review: &Review, one: &ObjectiveReview, spend: &Spend) {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    write!(
        out,
        "<h4>By hour and weekday</h4><p class=\"how\">% of the budget; columns are hours of the day, {}. Framed: mostly \
         incidents.</p><table class=\"heat\"><caption class=\"vh\">% of the budget by weekday and hour</caption><thead><tr><td></td>",
        text(review.period.zone.name())
    );
    for hour in 0..24 {
        write!(out, "<th scope=\"col\">{hour:02}</th>");
    }
    write!(out, "</tr></thead><tbody>");
    for ((day, row), incidents) in DAYS.iter().zip(&spend.by_hour).zip(&spend.in_incidents) {
        write!(out, "<tr><th scope=\"row\">{day}</th>");
        for (bad, claimed) in row.iter().zip(incidents) {
            let share = one.share(*bad).unwrap_or_default() * 100.0;
            let step = STEPS.iter().filter(|bound| share >= **bound).count();
            let framed = if *claimed > bad * 0.5 && share >= 0.1 { " in" } else { "" };
            let value = match share {
                _ if share < 0.05 => String::new(),
                _ if share >= 9.95 => words::number(share, 0),
                _ => words::number(share, 1),
            };
            write!(out, "<td class=\"h{step}{framed}\">{value}</td>");
        }
        write!(out, "</tr>");
    }
    write!(out, "</tbody></table><p class=\"legend\" aria-hidden=\"true\">");
    for (step, label) in ["under 0.1", "0.1–0.3", "0.3–1", "1–3", "3–10", "10 and more"].iter().enumerate()
    {
        write!(out, "<span><i class=\"sw h{step}\"></i>{label}</span>");
    }
    write!(out, "<span><i class=\"sw in\"></i>mostly incidents</span></p>");
}
