//! Part 2: the table of objectives, what is to be known about single numbers, and the twelve months in figures.

use super::chart::{bar, bar_scale, month_scale, months};
use super::write::{Out, name, put, text};
use crate::review::{Counted, ObjectiveReview, Outcome, Review, Unit};
use crate::words;
use slo_core::time::TimeRange;

/// Notes under the table, each once, with the numbers that refer to them.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    fn mark(&mut self, note: String) -> String {
        let number = self.0.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        }) + 1;
        format!("<sup><a href=\"#note-{number}\" aria-label=\"note {number}\">{number}</a></sup>")
    }
}

pub(super) fn part(review: &Review) -> String {
    let mut out = Out::default();
    let mut notes = Notes::default();
    let (scale, top) = (bar_scale(review), month_scale(review));
    put!(
        out,
        "<table class=\"objectives\"><caption class=\"vh\">Objectives</caption><thead><tr><th scope=\"col\">Objective</th>\
         <th scope=\"col\" class=\"num\">Target<br>%</th><th scope=\"col\" class=\"num\">Reached<br>%</th>\
         <th scope=\"col\" class=\"num\">Bad events<br>allowed</th><th scope=\"col\" class=\"num\"><br>spent</th>\
         <th scope=\"col\" class=\"num\"><br>left</th><th scope=\"col\" class=\"num spent\">Spent, % of budget<br>{}</th>\
         <th scope=\"col\" class=\"num\"><br>{}</th><th scope=\"col\" class=\"num\">Coverage<br>%</th>\
         <th scope=\"col\" class=\"sp\">12 months,<br>0–{} %</th></tr></thead>\n",
        text(&review.period.short()),
        text(&review.period.short_before()),
        words::number(top * 100.0, 0)
    );
    for service in &review.services {
        put!(
            out,
            "<tbody><tr class=\"svc\"><th scope=\"rowgroup\" colspan=\"10\">{}",
            name(&service.service)
        );
        if let Some(owner) = &service.owner {
            put!(out, " <small>{}</small>", name(owner));
        }
        put!(out, "</th></tr>\n");
        for one in service.objectives.iter().filter_map(|place| review.objectives.get(*place)) {
            row(&mut out, review, one, &mut notes, (scale, top));
        }
        put!(out, "</tbody>\n");
    }
    put!(out, "</table>\n");
    put!(
        out,
        "<p class=\"note\">Small figures are minutes of a full outage at average traffic; what is budgeted in time slices \
               is counted in minutes itself."
    );
    if review.objectives.iter().any(|one| one.slo.window.is_rolling()) {
        put!(
            out,
            " Rolling windows are reported for {}, by the events in it: a target of 99.9 % over 30 days is asked of these days.",
            text(&review.period.dates())
        );
    }
    put!(out, "</p>");
    if !notes.0.is_empty() {
        put!(out, "<ol class=\"notes\">");
        for (number, note) in notes.0.iter().enumerate() {
            put!(out, "<li id=\"note-{}\">{}</li>", number + 1, text(note));
        }
        put!(out, "</ol>");
    }
    twelve_months(&mut out, review);
    out.0
}

fn row(out: &mut Out, review: &Review, one: &ObjectiveReview, notes: &mut Notes, (scale, top): (f64, f64)) {
    let (word, class) = match one.outcome {
        Outcome::Missed => ("Missed", "no"),
        Outcome::Met => (if review.is_running() { "Met so far" } else { "Met" }, "ok"),
        Outcome::NoEvents => ("No events", "ok"),
        Outcome::NoData => ("Not measured", "no"),
    };
    let marks = marks(review, one, notes);
    put!(
        out,
        "<tr id=\"{}\"><th scope=\"row\" class=\"name\">{} <span class=\"{class}\">{word}</span>{marks}",
        text(&one.anchor),
        name(&one.name)
    );
    if !one.promise.is_empty() {
        put!(out, "<small>{}</small>", name(&one.promise));
    }
    put!(out, "</th>");
    let cell = |out: &mut Out, label: &str, class: &str, value: &str, small: Option<String>| {
        put!(out, "<td class=\"num{class}\" data-l=\"{label}\">{value}");
        if let Some(small) = small {
            put!(out, "<small>{small}</small>");
        }
        put!(out, "</td>");
    };
    let missed = if one.outcome == Outcome::Missed { " hot" } else { "" };
    let digits = words::reached_digits(one.slo.target.ratio());
    let estimated = if one.counted == Counted::Estimated && one.counts.total > 0.0 { "~" } else { "" };
    cell(out, "Target, %", "", &words::target(one.slo.target.ratio()), None);
    cell(out, "Reached, %", "", &format!("{estimated}{}", words::reached(one.counts.ratio(), digits)), None);
    let minutes = |minutes: f64| match one.unit {
        Unit::Events | Unit::Weighed => Some(format!("{} min", words::number(minutes, 1))),
        Unit::Slices(_) => None,
    };
    if one.counts.total > 0.0 {
        let spent = one.spent_minutes().unwrap_or_default();
        let digits = usize::from(one.allowed < 100.0);
        let count = |value: f64| words::number(value, digits);
        cell(out, "Allowed", "", &count(one.allowed), minutes(one.allowed_minutes));
        cell(out, "Spent", "", &count(one.spent), minutes(spent));
        cell(out, "Left", missed, &count(one.left()), minutes(one.allowed_minutes - spent));
    } else {
        for label in ["Allowed", "Spent", "Left"] {
            cell(out, label, "", words::NONE, None);
        }
    }
    put!(
        out,
        "<td class=\"num spent{missed}\" data-l=\"Spent of the budget, %\">{}{}</td>",
        words::percent(one.spent_ratio, 1),
        bar(one.spent_ratio, scale)
    );
    cell(
        out,
        &text(&format!("{}, %", review.period.short_before())),
        "",
        &words::percent(one.before, 1),
        None,
    );
    let covered = if one.coverage < 0.99 { " hot" } else { "" };
    cell(out, "Coverage, %", covered, &text(&words::coverage(one.coverage)), None);
    let (met, known) = one.months.met();
    let met = if known > 0 { format!("{met} of {known} met") } else { "not known".to_owned() };
    put!(out, "<td class=\"sp\" data-l=\"12 months\">{}<small>{met}</small></td>", months(one, top));
    put!(out, "</tr>\n");
}

fn marks(review: &Review, one: &ObjectiveReview, notes: &mut Notes) -> String {
    let zone = review.period.zone;
    let mut marks = String::new();
    if one.counted == Counted::Estimated && one.counts.total > 0.0 {
        marks += &notes.mark(
            "Estimated (~): some of it came from the source’s own arithmetic, or from hours whose minutes are no longer kept."
                .to_owned(),
        );
    }
    if let Unit::Slices(slice) = one.unit
        && slice != slo_core::time::Span::minutes(1)
    {
        marks += &notes.mark(format!("Counted in {}.", one.unit.many()));
    }
    if one.unit == Unit::Weighed {
        marks += &notes.mark(
            "Put together from other objectives; what spent their budgets stands with them.".to_owned(),
        );
    }
    marks += &one.measured_since(review).map(|note| notes.mark(note)).unwrap_or_default();
    let gaps: Vec<TimeRange> = one.gaps_within(review);
    if !gaps.is_empty() && one.outcome != Outcome::NoData {
        let all = gaps.iter().fold(slo_core::time::Span::ZERO, |sum, gap| sum + gap.length());
        let longest = gaps.iter().max_by_key(|gap| gap.length());
        let from = longest.map_or_else(String::new, |gap| {
            let (day, clock) = (words::day_of(zone, gap.after), words::clock(zone, gap.after));
            if gaps.len() == 1 {
                format!(" from {day}, {clock}")
            } else {
                format!(" in {} stretches, the longest from {day}, {clock}", gaps.len())
            }
        });
        marks += &notes.mark(format!(
            "Not measured for {}{from}; nothing is assumed about that time.",
            words::length(all)
        ));
    }
    for warning in &one.warnings {
        marks += &notes.mark(words::name(warning));
    }
    marks
}

fn twelve_months(out: &mut Out, review: &Review) {
    if review.objectives.iter().all(|one| one.months.met().1 == 0) {
        return;
    }
    put!(
        out,
        "<details><summary>The twelve months in figures, % of each budget</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Twelve months\"><table class=\"plain\"><thead><tr>\
         <th scope=\"col\">Objective</th>"
    );
    for month in review.period.months() {
        put!(
            out,
            "<th scope=\"col\" class=\"num\">{}<br>{}</th>",
            words::short_month(month.first),
            month.first.format("%Y")
        );
    }
    put!(out, "</tr></thead><tbody>");
    for one in &review.objectives {
        put!(out, "<tr><th scope=\"row\">{}</th>", name(&one.name));
        for spent in &one.months.spent {
            let class = if spent.is_some_and(|spent| spent > 1.0) { "num hot" } else { "num" };
            put!(out, "<td class=\"{class}\">{}</td>", words::percent(*spent, 1));
        }
        put!(out, "</tr>");
    }
    put!(out, "</tbody></table></div></details>");
}
