//! Part 3: what spent the budgets.

use super::chart::{burn_down, share_bar};
use super::closer;
use super::write::{Out, name, put, text};
use crate::review::{IncidentReview, ObjectiveReview, Outcome, Review, Spend};
use crate::share::apportion;
use crate::words;

/// Small drawings that are not folded.
const MOST_SMALL: usize = 8;
/// Waterfalls.
const MOST_FALLS: usize = 4;
/// Objectives that are looked at closely: the first open, the others folded.
const MOST_CLOSE: usize = 8;
/// Incidents in the list; all are in the table `incidents` of the CSV.
const MOST_LISTED: usize = 40;

pub(super) fn part(review: &Review) -> String {
    let mut out = Out::default();
    let mut spent: Vec<(&ObjectiveReview, &Spend)> = review.spent().collect();
    spent.sort_by(|a, b| {
        let share = |one: &ObjectiveReview| one.spent_ratio.unwrap_or_default();
        share(b.0).total_cmp(&share(a.0))
    });
    if spent.is_empty() {
        put!(out, "<p class=\"how\">Nothing was counted, so nothing was spent.</p>");
        return out.0;
    }
    small(&mut out, review, &spent);
    if !review.origin.without_incidents {
        matrix(&mut out, review);
        incidents(&mut out, review);
    }
    falls(&mut out, review, &spent);
    for (number, (one, spend)) in
        spent.iter().filter(|(_, spend)| spend.bad > 0.0).take(MOST_CLOSE).enumerate()
    {
        closer::put(&mut out, review, one, spend, number == 0);
    }
    out.0
}

fn small(out: &mut Out, review: &Review, spent: &[(&ObjectiveReview, &Spend)]) {
    put!(
        out,
        "<h3 id=\"burn-down\">Budget left, day by day</h3><p class=\"how\">% of the budget of {}. Dashes: an even spend. \
         Letters: incidents. Below the zero line it is overspent.</p>",
        text(&review.period.short())
    );
    let (shown, folded) = spent.split_at(spent.len().min(MOST_SMALL));
    let draw = |out: &mut Out, them: &[(&ObjectiveReview, &Spend)]| {
        put!(out, "<div class=\"minis\">");
        for (one, spend) in them {
            let left = one.spent_ratio.map_or(0.0, |spent| 1.0 - spent);
            let class = if left < 0.0 { " class=\"hot\"" } else { "" };
            put!(
                out,
                "<figure class=\"mini\"><figcaption><b>{}</b><span{class}>{} % left</span></figcaption>",
                name(&one.name),
                words::number(left * 100.0, 1)
            );
            burn_down(out, review, one, spend, 96);
            put!(out, "</figure>");
        }
        put!(out, "</div>");
    };
    draw(out, shown);
    if !folded.is_empty() {
        put!(out, "<details><summary>{} more objectives</summary>", folded.len());
        draw(out, folded);
        put!(out, "</details>");
    }
}

/// Budgets in rows, incidents in columns. A row's shares add up to what was spent.
fn matrix(out: &mut Out, review: &Review) {
    let lettered: Vec<(usize, &IncidentReview)> =
        review.lettered().filter(|(_, incident)| !incident.shares.is_empty()).collect();
    put!(out, "<h3 id=\"by-incident\">By incident</h3>");
    if review.incidents.iter().all(|one| one.shares.is_empty()) {
        put!(
            out,
            "<p class=\"how\">No incident spent any of it: all of it was spent outside of incidents.</p>"
        );
        return;
    }
    let others = review.incidents.iter().any(|one| one.letter.is_none() && !one.shares.is_empty());
    put!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Share of each budget by incident\">\
         <table class=\"matrix\"><thead><tr><th scope=\"col\">Share of each budget, %</th>"
    );
    for (_, incident) in &lettered {
        put!(
            out,
            "<th scope=\"col\" class=\"num\"><abbr title=\"{}\">{}</abbr></th>",
            text(&incident.title()),
            incident.letter.as_deref().unwrap_or_default()
        );
    }
    if others {
        put!(out, "<th scope=\"col\" class=\"num\">Others</th>");
    }
    put!(
        out,
        "<th scope=\"col\" class=\"num\">Outside</th><th scope=\"col\" class=\"num\">Spent</th></tr></thead><tbody>"
    );
    for (one, spend) in review.spent() {
        let mut parts: Vec<f64> = lettered
            .iter()
            .map(|(place, _)| spend.by_incident.get(place).copied().unwrap_or_default())
            .collect();
        let named: f64 = parts.iter().sum();
        if others {
            parts.push((spend.by_incident.values().sum::<f64>() - named).max(0.0));
        }
        parts.push(spend.outside);
        let parts: Vec<f64> = parts.iter().map(|bad| one.share(*bad).unwrap_or_default() * 100.0).collect();
        put!(out, "<tr><th scope=\"row\">{}</th>", name(&one.name));
        let shown = apportion(&parts, 0.1);
        let last = parts.len() - 1;
        for (number, (tenths, part)) in shown.iter().zip(&parts).enumerate() {
            match tenths {
                0 if *part <= 0.0 => put!(out, "<td class=\"num nil\">·</td>"),
                0 => put!(out, "<td class=\"num nil\">0.0</td>"),
                tenths => {
                    let strong = if *tenths >= 200 && number < last { " strong" } else { "" };
                    put!(out, "<td class=\"num{strong}\">{}</td>", words::number(*tenths as f64 / 10.0, 1));
                }
            }
        }
        let sum = shown.iter().sum::<i64>();
        let class = if one.outcome == Outcome::Missed { "num strong hot" } else { "num strong" };
        put!(out, "<td class=\"{class}\">{}</td></tr>", words::number(sum as f64 / 10.0, 1));
    }
    put!(
        out,
        "</tbody></table></div><p class=\"note\">Rows add up to their last column. A dot: the incident did not touch the \
         budget. Bold: 20 % or more of a budget, for which the policy asks for a postmortem.</p>"
    );
}

fn incidents(out: &mut Out, review: &Review) {
    if review.incidents.is_empty() {
        put!(out, "<p class=\"note\">No incident was open in this time.</p>");
        return;
    }
    let zone = review.period.zone;
    put!(
        out,
        "<table class=\"incs\"><caption class=\"vh\">Incidents</caption><thead><tr><th scope=\"col\">Incident</th>\
         <th scope=\"col\">Began</th><th scope=\"col\" class=\"num\">Noticed after</th><th scope=\"col\" class=\"num\">Lasted</th>\
         <th scope=\"col\">Priority</th><th scope=\"col\" class=\"num\">Most of a budget, %</th></tr></thead><tbody>"
    );
    let listed: Vec<&IncidentReview> = if review.incidents.len() <= MOST_LISTED {
        review.incidents.iter().collect()
    } else {
        review.lettered().map(|(_, incident)| incident).collect()
    };
    for incident in &listed {
        let facts = &incident.facts;
        let noticed = facts.opened_at - incident.began;
        let is_late = noticed > slo_core::time::Span::ZERO;
        let lasted = match facts.resolved_at {
            Some(end) if end <= review.until => words::length(end - incident.began),
            _ => format!("{}, and goes on", words::length(review.until - incident.began)),
        };
        let began = if incident.began < review.period.range().after {
            format!("before it, {}", words::day_of(zone, incident.began))
        } else {
            format!("{}, {}", words::day_of(zone, incident.began), words::clock(zone, incident.began))
        };
        put!(
            out,
            "<tr><th scope=\"row\"><b class=\"key\">{}</b> {}</th><td>{}</td><td class=\"num{}\" data-l=\"noticed after\">{}</td>\
             <td class=\"num\" data-l=\"lasted\">{lasted}</td><td data-l=\"priority\">{}</td>\
             <td class=\"num{}\" data-l=\"of a budget, %\">{}</td></tr>",
            incident.letter.as_deref().unwrap_or("·"),
            name(&incident.title()),
            text(&began),
            if is_late { "" } else { " none" },
            if is_late { words::length(noticed) } else { words::NONE.to_owned() },
            facts.priority,
            if incident.shares.is_empty() { " none" } else { "" },
            if incident.shares.is_empty() {
                words::NONE.to_owned()
            } else {
                words::number(incident.most() * 100.0, 1)
            }
        );
    }
    put!(out, "</tbody></table>");
    let hidden = review.incidents.len() - listed.len();
    if hidden > 0 {
        put!(
            out,
            "<p class=\"note\">{} more, which spent less, are in the table <code>incidents</code> of the CSV and in the JSON.</p>",
            words::number(hidden as f64, 0)
        );
    }
}

/// How a budget was spent, step by step: each bar starts where the one above ended.
fn falls(out: &mut Out, review: &Review, spent: &[(&ObjectiveReview, &Spend)]) {
    let missed: Vec<_> = spent.iter().filter(|(one, _)| one.outcome == Outcome::Missed).collect();
    if missed.is_empty() {
        return;
    }
    put!(
        out,
        "<h3 id=\"overspent\">{}</h3><p class=\"how\">% of each budget. Bars start where the one above ended; the line is the \
         budget, colour is what went beyond it.</p>",
        match missed.len() {
            1 => "The one that overspent".to_owned(),
            count if count <= MOST_FALLS => format!("The {} that overspent", words::small(count)),
            count => format!("The worst {} of {count} that overspent", words::small(MOST_FALLS)),
        }
    );
    for (one, spend) in missed.into_iter().take(MOST_FALLS) {
        fall(out, review, one, spend);
    }
}

fn fall(out: &mut Out, review: &Review, one: &ObjectiveReview, spend: &Spend) {
    let scale = one.spent_ratio.unwrap_or(1.0).max(1.0) * 1.05;
    let mut steps: Vec<(String, f64)> = Vec::new();
    let mut rest = 0.0;
    for (place, bad) in &spend.by_incident {
        match review.incidents.get(*place) {
            Some(incident) if incident.letter.is_some() && one.share(*bad).unwrap_or_default() >= 0.005 => {
                let letter = incident.letter.as_deref().unwrap_or_default();
                let day = words::day_of(review.period.zone, incident.began);
                let day = day.split_once(' ').map_or(day.as_str(), |(_, day)| day).to_owned();
                steps.push((
                    format!("<b class=\"key\">{letter}</b> {} <small>{day}</small>", name(&incident.title())),
                    *bad,
                ));
            }
            _ => rest += bad,
        }
    }
    if rest > 0.0 {
        steps.push(("All other incidents".to_owned(), rest));
    }
    if spend.outside > 0.0 {
        steps.push(("Outside incidents".to_owned(), spend.outside));
    }
    let unit = text(&one.unit.many());
    put!(
        out,
        "<table class=\"fall\"><thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"bars\"><span class=\"vh\">Bar</span></th>\
         <th scope=\"col\" class=\"num\">Bad {unit}</th><th scope=\"col\" class=\"num\">% of budget</th></tr></thead><tbody>",
        name(&one.name)
    );
    let shares: Vec<f64> = steps.iter().map(|(_, bad)| one.share(*bad).unwrap_or_default() * 100.0).collect();
    let (whole, shown) =
        (apportion(&steps.iter().map(|step| step.1).collect::<Vec<_>>(), 1.0), apportion(&shares, 0.1));
    let mut from = 0.0;
    for (((label, bad), count), tenths) in steps.iter().zip(&whole).zip(&shown) {
        let to = from + one.share(*bad).unwrap_or_default();
        put!(
            out,
            "<tr><th scope=\"row\">{label}</th><td class=\"bars\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>",
            fall_bar(from, to, scale),
            words::number(*count as f64, 0),
            words::number(*tenths as f64 / 10.0, 1)
        );
        from = to;
    }
    put!(
        out,
        "</tbody><tfoot><tr><th scope=\"row\">Spent, of {} allowed</th><td class=\"bars\">{}</td><td class=\"num\">{}</td>\
         <td class=\"num hot\">{}</td></tr></tfoot></table>",
        words::count(one.allowed),
        fall_bar(0.0, from, scale),
        words::number(whole.iter().sum::<i64>() as f64, 0),
        words::number(shown.iter().sum::<i64>() as f64 / 10.0, 1)
    );
}

fn fall_bar(from: f64, to: f64, scale: f64) -> String {
    let says = format!(
        "from {} to {} % of the budget",
        words::number(from * 100.0, 1),
        words::number(to * 100.0, 1)
    );
    let inner = |markup: String| markup.trim_end_matches("</svg>").to_owned();
    let x = |share: f64| share / scale * 100.0;
    let mut out = inner(share_bar("d", from.min(1.0), to.min(1.0), scale, None, &says));
    if from >= 1.0 {
        out = super::write::svg("bar", 100.0, 10.0, &says);
    }
    if to > 1.0 {
        out += &super::write::rect("over", x(from.max(1.0)), 1.0, x(to) - x(from.max(1.0)), 8.0);
    }
    out + &super::write::line("limit", (x(1.0), -8.0), (x(1.0), 18.0)) + "</svg>"
}
